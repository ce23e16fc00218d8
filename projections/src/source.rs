//! Owns where the rows of a view come from: the tables of a store, or rows in memory that hold what was known earlier.
//! Views read both alike.
//!
//! Does not own the fold of either (`runner`, `past`).

use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::{Row, Table};
use subledger_eventlog::store::{RowQuery, Store, StoreFault};

use crate::row::damaged;
use subledger_eventlog::memory_tables::MemoryTables;

/// Rows, and the log behind them.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    store: &'a dyn Store,
    past: Option<&'a MemoryTables>,
}

impl<'a> Source<'a> {
    /// Rows in memory, made of events of that store's log.
    pub fn past(rows: &'a MemoryTables, store: &'a dyn Store) -> Self {
        Self { store, past: Some(rows) }
    }

    pub(crate) async fn rows(self, table: &'static Table, query: &RowQuery) -> Result<Vec<Row>, StoreFault> {
        match self.past {
            None => self.store.rows(table, query).await,
            Some(rows) => rows.page(table, query).map_err(|fault| damaged(fault.to_string())),
        }
    }

    /// What rows cite stands in the log for ever, whatever came later.
    pub(crate) async fn read_stream(self, kind: &str, id: &str, after: u64) -> Result<Vec<Recorded>, StoreFault> {
        self.store.read_stream(kind, id, after).await
    }
}

impl<'a> From<&'a dyn Store> for Source<'a> {
    fn from(store: &'a dyn Store) -> Self {
        Self { store, past: None }
    }
}

impl<'a, S: Store> From<&'a S> for Source<'a> {
    fn from(store: &'a S) -> Self {
        Self { store, past: None }
    }
}
