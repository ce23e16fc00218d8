//! Owns what differs between the rows the log asks for and the rows that are there.
//!
//! Does not own reading either of them (`replay`).

use std::collections::BTreeMap;
use std::fmt;

use subledger_eventlog::record::Hash;
use subledger_eventlog::rows::{Row, Table};

use crate::digest;
use crate::projection::Projection;
use subledger_eventlog::memory_tables::{Key, MemoryTables};

/// How a row differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// The log asks for it and it is not there.
    Missing,
    /// It is there and the log does not ask for it.
    Surplus,
    /// One of its cells is not what the log asks for. `None` is NULL.
    Cell {
        /// The column.
        column: &'static str,
        /// As the log has it.
        expected: Option<String>,
        /// As it is.
        found: Option<String>,
    },
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// The row's key.
    pub key: Key,
    /// How a reader would call the row; empty where the key says it all.
    pub called: String,
    /// How it differs.
    pub mismatch: Mismatch,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.table, self.key.join(", "))?;
        if !self.called.is_empty() {
            write!(f, " ({})", self.called)?;
        }
        match &self.mismatch {
            Mismatch::Missing => f.write_str(": the row is missing"),
            Mismatch::Surplus => f.write_str(": the log asks for no such row"),
            Mismatch::Cell { column, expected, found } => {
                let (found, expected) = (found.as_deref().unwrap_or("NULL"), expected.as_deref().unwrap_or("NULL"));
                write!(f, ": {column} is {found}, by the log it is {expected}")
            }
        }
    }
}

/// One table, as the log has it and as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The table.
    pub table: &'static str,
    /// Rows the log asks for.
    pub rows_expected: usize,
    /// Rows that are there.
    pub rows_found: usize,
    /// Digest of the rows the log asks for.
    pub digest_expected: Hash,
    /// Digest of the rows that are there.
    pub digest_found: Hash,
    /// How many rows differ.
    pub rows_differing: usize,
    /// Every difference, cell by cell, in key order.
    pub differences: Vec<Difference>,
}

/// Compares all tables of a projection.
pub(crate) fn compare(projection: &dyn Projection, expected: &MemoryTables, found: &MemoryTables) -> Vec<Comparison> {
    let none = BTreeMap::new();
    let tables = expected.tables();
    tables
        .map(|(table, rows)| {
            let there = found.rows(table).unwrap_or(&none);
            let called = |key: &[String]| {
                let called = projection.describe(table, key, expected);
                called.or_else(|| projection.describe(table, key, found)).unwrap_or_default()
            };
            compare_table(table, rows, there, &called)
        })
        .collect()
}

fn compare_table(
    table: &'static Table,
    expected: &BTreeMap<Key, Row>,
    found: &BTreeMap<Key, Row>,
    called: &dyn Fn(&[String]) -> String,
) -> Comparison {
    let mut comparison = Comparison {
        table: table.name,
        rows_expected: expected.len(),
        rows_found: found.len(),
        digest_expected: digest::of_rows(expected),
        digest_found: digest::of_rows(found),
        rows_differing: 0,
        differences: Vec::new(),
    };
    let surplus = found.keys().filter(|key| !expected.contains_key(*key));
    let keys: std::collections::BTreeSet<&Key> = expected.keys().chain(surplus).collect();
    for key in keys {
        let mismatches = mismatches(table, expected.get(key), found.get(key));
        comparison.rows_differing += usize::from(!mismatches.is_empty());
        comparison.differences.extend(mismatches.into_iter().map(|mismatch| Difference {
            table: table.name,
            key: key.clone(),
            called: called(key),
            mismatch,
        }));
    }
    comparison
}

fn mismatches(table: &Table, expected: Option<&Row>, found: Option<&Row>) -> Vec<Mismatch> {
    match (expected, found) {
        (None, None) => Vec::new(),
        (Some(_), None) => vec![Mismatch::Missing],
        (None, Some(_)) => vec![Mismatch::Surplus],
        (Some(expected), Some(found)) => {
            let cells = table.columns.iter().zip(expected.iter().zip(found));
            cells
                .filter(|(_, (expected, found))| expected != found)
                .map(|(column, (expected, found))| Mismatch::Cell {
                    column: column.name,
                    expected: expected.clone(),
                    found: found.clone(),
                })
                .collect()
        }
    }
}
