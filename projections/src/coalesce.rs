//! Owns making many changes of one row into one, so that a step writes each row once.
//!
//! Does not own what is written (folds). Afterwards every key occurs once and in key order: two nodes that fold the same
//! events take their locks in the same order.

use std::collections::BTreeMap;

use subledger_eventlog::rows::{Change, Row, Table};

/// The same effect with at most one change for each row.
pub(crate) fn coalesce(changes: Vec<Change>) -> Vec<Change> {
    let mut last: BTreeMap<(&'static str, Row), Change> = BTreeMap::new();
    for change in changes {
        let place = place(&change);
        let merged = match last.remove(&place) {
            Some(earlier) => merge(earlier, change),
            None => change,
        };
        last.insert(place, merged);
    }
    last.into_values().collect()
}

fn place(change: &Change) -> (&'static str, Row) {
    match change {
        Change::Upsert { table, row } => (table.name, key_of(table, row)),
        Change::Patch { table, key, .. } | Change::Delete { table, key } => (table.name, key.clone()),
    }
}

fn key_of(table: &Table, row: &Row) -> Row {
    row.iter().take(table.key).cloned().collect()
}

fn merge(earlier: Change, later: Change) -> Change {
    match (earlier, later) {
        // A whole row or a deletion does not care what was before.
        (_, later @ (Change::Upsert { .. } | Change::Delete { .. })) => later,
        (Change::Upsert { table, mut row }, Change::Patch { set, .. }) => {
            for (index, value) in set {
                row[index] = value;
            }
            Change::Upsert { table, row }
        }
        (Change::Patch { table, key, set: mut earlier }, Change::Patch { set, .. }) => {
            earlier.retain(|(index, _)| set.iter().all(|(newer, _)| newer != index));
            earlier.extend(set);
            Change::Patch { table, key, set: earlier }
        }
        // A patch of a row that is gone changes nothing.
        (earlier @ Change::Delete { .. }, Change::Patch { .. }) => earlier,
    }
}

#[cfg(test)]
mod tests {
    use subledger_eventlog::rows::{Column, ColumnKind};

    use super::*;
    use subledger_eventlog::memory_tables::MemoryTables;

    static CELLS: Table = Table {
        name: "cells",
        version: 1,
        key: 1,
        columns: &[
            Column { name: "name", kind: ColumnKind::Text },
            Column { name: "left", kind: ColumnKind::Text },
            Column { name: "right", kind: ColumnKind::Text },
        ],
        indexes: &[],
    };

    fn cell(number: u32) -> Option<String> {
        Some(number.to_string())
    }

    /// Every order of upserts, patches and deletions of two rows, as numbers in base 6.
    fn changes(mut code: u32, length: u32) -> Vec<Change> {
        let mut changes = Vec::new();
        for step in 0..length {
            let key = cell(code % 2);
            changes.push(match (code / 2) % 3 {
                0 => Change::Upsert { table: &CELLS, row: vec![key, cell(step), None] },
                1 => Change::Patch { table: &CELLS, key: vec![key], set: vec![(1 + step as usize % 2, cell(step))] },
                _ => Change::Delete { table: &CELLS, key: vec![key] },
            });
            code /= 6;
        }
        changes
    }

    /// As a store does it: a patch of a row that is not there changes nothing.
    fn applied(changes: &[Change]) -> MemoryTables {
        let mut tables = MemoryTables::new(&[&CELLS]);
        for row in 0..2 {
            tables.put(&CELLS, vec![cell(row), cell(7), cell(8)]).expect("a whole row");
        }
        for change in changes {
            let _ = tables.apply(change);
        }
        tables
    }

    #[test]
    fn coalesced_changes_leave_the_same_rows() {
        for code in 0..6_u32.pow(5) {
            let all = changes(code, 5);
            let fewer = coalesce(all.clone());
            assert!(fewer.len() <= 2, "{all:?}");
            assert_eq!(applied(&fewer), applied(&all), "{all:?}");
        }
    }
}
