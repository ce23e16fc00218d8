//! Owns folding row changes in order into at most one change per key, so that each table takes three kinds of
//! statement, in any order, and no key occurs twice in one.

use std::collections::BTreeMap;

use crate::rows::{Change, Row, Table};
use crate::store::StoreFault;

/// A key and the new values of some columns, in one row.
pub(super) type Patch<'a> = Vec<Option<&'a str>>;

/// What remains to be done to one table.
#[derive(Debug, Default)]
pub(super) struct Coalesced<'a> {
    /// Whole rows.
    pub(super) upserts: Vec<Vec<Option<&'a str>>>,
    /// By the columns that change: key, then new values.
    pub(super) patches: BTreeMap<Vec<usize>, Vec<Patch<'a>>>,
    /// Keys.
    pub(super) deletes: Vec<Vec<Option<&'a str>>>,
}

type Key<'a> = Vec<Option<&'a str>>;
/// Sorted, so that two transactions take row locks in one order.
type Outcomes<'a> = BTreeMap<Key<'a>, Outcome<'a>>;

/// What has become of one key so far.
enum Outcome<'a> {
    Upsert(Vec<Option<&'a str>>),
    Patch(BTreeMap<usize, Option<&'a str>>),
    Delete,
}

/// Folds changes, in order, table by table.
pub(super) fn by_table(changes: &[Change]) -> Result<Vec<(&'static Table, Coalesced<'_>)>, StoreFault> {
    let mut tables: BTreeMap<(&'static str, u32), (&'static Table, Outcomes<'_>)> = BTreeMap::new();
    for change in changes {
        let (Change::Upsert { table, .. } | Change::Patch { table, .. } | Change::Delete { table, .. }) = change;
        let (_, keys) = tables.entry((table.name, table.version)).or_insert_with(|| (table, Outcomes::new()));
        fold(keys, change)?;
    }
    Ok(tables.into_values().map(|(table, keys)| (table, sort_out(keys))).collect())
}

/// The rows of a whole table, checked; no key may occur twice.
pub(super) fn replacement<'a>(table: &Table, rows: &'a [Row]) -> Result<Vec<Vec<Option<&'a str>>>, StoreFault> {
    rows.iter().map(|row| whole(table, row, table.columns.len())).collect()
}

/// Rows turned on their side: one list per column, as UNNEST takes them.
pub(super) fn columns<'a>(rows: &[Vec<Option<&'a str>>], width: usize) -> Vec<Vec<Option<&'a str>>> {
    (0..width).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}

fn fold<'a>(keys: &mut Outcomes<'a>, change: &'a Change) -> Result<(), StoreFault> {
    match change {
        Change::Upsert { table, row } => {
            let row = whole(table, row, table.columns.len())?;
            keys.insert(row[..table.key].to_vec(), Outcome::Upsert(row));
        }
        Change::Delete { table, key } => {
            keys.insert(whole(table, key, table.key)?, Outcome::Delete);
        }
        Change::Patch { table, key, set } => {
            let key = whole(table, key, table.key)?;
            if let Some((column, _)) = set.iter().find(|(column, _)| !(table.key..table.columns.len()).contains(column))
            {
                return Err(misfit(table, &format!("a patch of column {column}, which is none or part of the key")));
            }
            let outcome = keys.entry(key).or_insert_with(|| Outcome::Patch(BTreeMap::new()));
            for (column, value) in set {
                match outcome {
                    Outcome::Upsert(row) => row[*column] = value.as_deref(),
                    Outcome::Patch(patch) => {
                        patch.insert(*column, value.as_deref());
                    }
                    Outcome::Delete => return Err(misfit(table, "a patch of a row that is gone")),
                }
            }
        }
    }
    Ok(())
}

fn sort_out<'a>(keys: Outcomes<'a>) -> Coalesced<'a> {
    let mut coalesced = Coalesced::default();
    for (key, outcome) in keys {
        match outcome {
            Outcome::Upsert(row) => coalesced.upserts.push(row),
            Outcome::Delete => coalesced.deletes.push(key),
            Outcome::Patch(patch) if patch.is_empty() => {}
            Outcome::Patch(patch) => {
                let set: Vec<usize> = patch.keys().copied().collect();
                let row = key.into_iter().chain(patch.into_values()).collect();
                coalesced.patches.entry(set).or_default().push(row);
            }
        }
    }
    coalesced
}

fn whole<'a>(table: &Table, row: &'a [Option<String>], width: usize) -> Result<Vec<Option<&'a str>>, StoreFault> {
    if row.len() != width {
        return Err(misfit(table, &format!("{} values where {width} are due", row.len())));
    }
    if row[..table.key].iter().any(Option::is_none) {
        return Err(misfit(table, "a key with a hole"));
    }
    Ok(row.iter().map(Option::as_deref).collect())
}

fn misfit(table: &Table, what: &str) -> StoreFault {
    StoreFault::NotWritten { reason: format!("a change of {} v{} has {what}", table.name, table.version) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{Column, ColumnKind};

    static TABLE: Table = Table {
        name: "t",
        version: 1,
        key: 1,
        columns: &[
            Column { name: "id", kind: ColumnKind::Text },
            Column { name: "a", kind: ColumnKind::Integer },
            Column { name: "b", kind: ColumnKind::Integer },
        ],
        indexes: &[],
    };

    fn row(values: &[&str]) -> Row {
        values.iter().map(|value| Some((*value).to_owned())).collect()
    }

    fn upsert(values: &[&str]) -> Change {
        Change::Upsert { table: &TABLE, row: row(values) }
    }

    fn patch(key: &str, column: usize, value: &str) -> Change {
        Change::Patch { table: &TABLE, key: row(&[key]), set: vec![(column, Some(value.to_owned()))] }
    }

    fn delete(key: &str) -> Change {
        Change::Delete { table: &TABLE, key: row(&[key]) }
    }

    #[test]
    fn of_several_changes_of_one_key_one_remains() {
        let changes = [
            upsert(&["x", "1", "1"]),
            patch("x", 2, "9"),
            patch("y", 1, "5"),
            patch("y", 2, "6"),
            upsert(&["z", "1", "1"]),
            delete("z"),
            delete("w"),
            upsert(&["w", "3", "3"]),
        ];
        let tables = by_table(&changes).expect("well formed");
        let [(_, left)] = &tables[..] else { panic!("one table") };
        assert_eq!(left.upserts, [[Some("w"), Some("3"), Some("3")], [Some("x"), Some("1"), Some("9")]]);
        assert_eq!(left.patches[&vec![1, 2]], [[Some("y"), Some("5"), Some("6")]]);
        assert_eq!(left.deletes, [[Some("z")]]);
    }

    #[test]
    fn a_row_that_does_not_fit_its_table_is_refused() {
        for change in [upsert(&["x", "1"]), patch("x", 0, "y"), patch("x", 3, "1")] {
            assert!(by_table(std::slice::from_ref(&change)).is_err(), "{change:?}");
        }
        assert!(by_table(&[delete("x"), patch("x", 1, "1")]).is_err());
        let hole = Change::Delete { table: &TABLE, key: vec![None] };
        assert!(by_table(std::slice::from_ref(&hole)).is_err());
    }
}
