//! Owns tables held in memory: the one way in which changes become rows outside SQL. Rebuild, audit, the past and the
//! tests' store all fold into this.
//!
//! Does not own what a change means to SQLite or PostgreSQL; the stores' contract holds them together.

use std::collections::BTreeMap;

use crate::rows::{Change, Column, ColumnKind, Row, Table};
use crate::store::RowQuery;

/// A row's key in text form.
pub type Key = Vec<String>;

/// Changes that fit no rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MemoryFault {
    /// The table is not one of these.
    #[error("there is no table {table} here")]
    NoSuchTable {
        /// Its name.
        table: &'static str,
    },
    /// Too few or too many cells, a column that does not exist, or no number where one belongs.
    #[error("a change of {table} does not have its columns")]
    Misshapen {
        /// The table.
        table: &'static str,
    },
    /// A key has no NULL.
    #[error("a key of {table} has an empty cell")]
    NullKey {
        /// The table.
        table: &'static str,
    },
    /// A patch needs a row.
    #[error("{table} has no row {} to change", key.join(", "))]
    NoSuchRow {
        /// The table.
        table: &'static str,
        /// Its key.
        key: Key,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct MemoryTable {
    table: &'static Table,
    rows: BTreeMap<Key, Row>,
}

/// Rows of some tables, each in the order of its keys: compared cell by cell as bytes of their text, whatever the
/// column's kind, so the order is the same whatever store the rows came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryTables {
    tables: Vec<MemoryTable>,
}

impl MemoryTables {
    /// Empty tables.
    pub fn new(tables: &[&'static Table]) -> Self {
        Self { tables: tables.iter().map(|&table| MemoryTable { table, rows: BTreeMap::new() }).collect() }
    }

    /// The tables, in the order they were given.
    pub fn tables(&self) -> impl Iterator<Item = (&'static Table, &BTreeMap<Key, Row>)> {
        self.tables.iter().map(|held| (held.table, &held.rows))
    }

    /// The rows of a table; `None` when it is not held here.
    pub fn rows(&self, table: &Table) -> Option<&BTreeMap<Key, Row>> {
        self.tables.iter().find(|held| held.table.name == table.name).map(|held| &held.rows)
    }

    /// A row by its key.
    pub fn get(&self, table: &Table, key: &[String]) -> Option<&Row> {
        self.rows(table)?.get(key)
    }

    /// A page of rows as a store gives it: those that fit, in key order, integers by value.
    ///
    /// # Errors
    /// [`MemoryFault`]: the table is not held here, or it has no such columns.
    pub fn page(&self, table: &'static Table, query: &RowQuery) -> Result<Vec<Row>, MemoryFault> {
        let held = self.rows(table).ok_or(MemoryFault::NoSuchTable { table: table.name })?;
        let after = query.after.as_ref().map(|key| in_order(table, key)).transpose()?;
        let mut wanted = Vec::new();
        for (name, value) in &query.equals {
            let index = table.columns.iter().position(|column| column.name == *name);
            wanted.push((index.ok_or(MemoryFault::Misshapen { table: table.name })?, value));
        }
        // Rows that share the first cells of their keys lie together.
        let first = |place| wanted.iter().find(|(index, _)| *index == place).map(|(_, value)| (*value).clone());
        let shared: Key = (0..table.key).map_while(first).collect();
        let mut page = Vec::new();
        for (key, row) in held.range(shared.clone()..).take_while(|(key, _)| key.starts_with(&shared)) {
            if !wanted.iter().all(|(index, value)| row[*index].as_ref() == Some(*value)) {
                continue;
            }
            let place = in_order(table, key)?;
            if after.as_ref().is_none_or(|after| place > *after) {
                page.push((place, row));
            }
        }
        page.sort();
        Ok(page.into_iter().take(query.limit as usize).map(|(_, row)| row.clone()).collect())
    }

    /// Applies a change and answers which row of which table it was about.
    ///
    /// # Errors
    /// [`MemoryFault`]; nothing is changed then.
    pub fn apply(&mut self, change: &Change) -> Result<(&'static str, Key), MemoryFault> {
        match change {
            Change::Upsert { table, row } => Ok((table.name, self.put(table, row.clone())?)),
            Change::Patch { table, key, set } => {
                let key = whole_key(table, key)?;
                let row = self.held(table)?.get_mut(&key);
                let row = row.ok_or_else(|| MemoryFault::NoSuchRow { table: table.name, key: key.clone() })?;
                let fits = |index: usize, cell| {
                    index >= table.key && table.columns.get(index).is_some_and(|column| is_of_kind(column, cell))
                };
                if !set.iter().all(|(index, cell)| fits(*index, cell)) {
                    return Err(MemoryFault::Misshapen { table: table.name });
                }
                for (index, value) in set {
                    row[*index].clone_from(value);
                }
                Ok((table.name, key))
            }
            Change::Delete { table, key } => {
                let key = whole_key(table, key)?;
                self.held(table)?.remove(&key);
                Ok((table.name, key))
            }
        }
    }

    /// Puts a whole row in its place.
    ///
    /// # Errors
    /// [`MemoryFault`]; nothing is changed then.
    pub fn put(&mut self, table: &'static Table, row: Row) -> Result<Key, MemoryFault> {
        let mut cells = table.columns.iter().zip(&row);
        if row.len() != table.columns.len() || !cells.all(|(column, cell)| is_of_kind(column, cell)) {
            return Err(MemoryFault::Misshapen { table: table.name });
        }
        let key = whole_key(table, &row[..table.key])?;
        self.held(table)?.insert(key.clone(), row);
        Ok(key)
    }

    /// Takes a row away, if it is there.
    ///
    /// # Errors
    /// [`MemoryFault::NoSuchTable`].
    pub fn remove(&mut self, table: &'static Table, key: &[String]) -> Result<(), MemoryFault> {
        self.held(table)?.remove(key);
        Ok(())
    }

    fn held(&mut self, table: &Table) -> Result<&mut BTreeMap<Key, Row>, MemoryFault> {
        let held = self.tables.iter_mut().find(|held| held.table.name == table.name);
        held.map(|held| &mut held.rows).ok_or(MemoryFault::NoSuchTable { table: table.name })
    }
}

/// Stores keep integers as numbers and all else as its text.
fn is_of_kind(column: &Column, cell: &Option<String>) -> bool {
    match (column.kind, cell) {
        (ColumnKind::Integer, Some(text)) => text.parse::<i64>().is_ok(),
        (
            ColumnKind::Integer
            | ColumnKind::Text
            | ColumnKind::Amount
            | ColumnKind::Instant
            | ColumnKind::Date
            | ColumnKind::Json
            | ColumnKind::Boolean,
            _,
        ) => true,
    }
}

/// The key as texts.
fn whole_key(table: &'static Table, cells: &[Option<String>]) -> Result<Key, MemoryFault> {
    if cells.len() != table.key {
        return Err(MemoryFault::Misshapen { table: table.name });
    }
    let key: Option<Key> = cells.iter().cloned().collect();
    key.ok_or(MemoryFault::NullKey { table: table.name })
}

/// A cell of a key as a store orders it: integers by value, all else by its text.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place<'a> {
    Number(i64),
    Text(&'a str),
}

/// Where a key stands among others in a store.
fn in_order<'a>(table: &'static Table, key: &'a [String]) -> Result<Vec<Place<'a>>, MemoryFault> {
    let cells = table.columns.iter().zip(key);
    let places = cells.map(|(column, cell)| match column.kind {
        ColumnKind::Integer => cell.parse().map(Place::Number),
        ColumnKind::Text
        | ColumnKind::Amount
        | ColumnKind::Instant
        | ColumnKind::Date
        | ColumnKind::Json
        | ColumnKind::Boolean => Ok(Place::Text(cell)),
    });
    places.collect::<Result<_, _>>().map_err(|_| MemoryFault::Misshapen { table: table.name })
}

#[cfg(test)]
mod tests {
    use super::*;

    static PAIRS: Table = Table {
        name: "pairs",
        version: 1,
        key: 1,
        columns: &[Column { name: "name", kind: ColumnKind::Text }, Column { name: "value", kind: ColumnKind::Text }],
        indexes: &[],
    };

    fn cell(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_patch_needs_a_row_and_a_delete_does_not() {
        let mut tables = MemoryTables::new(&[&PAIRS]);
        let patch = Change::Patch { table: &PAIRS, key: vec![cell("a")], set: vec![(1, cell("2"))] };
        assert_eq!(tables.apply(&patch), Err(MemoryFault::NoSuchRow { table: "pairs", key: vec!["a".to_owned()] }));
        tables.put(&PAIRS, vec![cell("a"), None]).expect("a whole row");
        tables.apply(&patch).expect("the row is there");
        assert_eq!(tables.get(&PAIRS, &["a".to_owned()]), Some(&vec![cell("a"), cell("2")]));
        let delete = Change::Delete { table: &PAIRS, key: vec![cell("a")] };
        tables.apply(&delete).expect("there");
        tables.apply(&delete).expect("gone already");
    }

    #[test]
    fn a_key_is_never_null_and_never_patched() {
        let mut tables = MemoryTables::new(&[&PAIRS]);
        assert_eq!(tables.put(&PAIRS, vec![None, cell("1")]), Err(MemoryFault::NullKey { table: "pairs" }));
        assert_eq!(tables.put(&PAIRS, vec![cell("a")]), Err(MemoryFault::Misshapen { table: "pairs" }));
        tables.put(&PAIRS, vec![cell("a"), None]).expect("a whole row");
        let patch = Change::Patch { table: &PAIRS, key: vec![cell("a")], set: vec![(0, cell("b"))] };
        assert_eq!(tables.apply(&patch), Err(MemoryFault::Misshapen { table: "pairs" }));
    }
}
