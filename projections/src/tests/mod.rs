//! Owns the tests that span this room: stories with hand-written rows, every prefix against the Books, the runner's
//! faults, rebuild and audit.

mod against_books;
mod audits;
mod journal;
mod running;
mod story;
mod year;

use std::sync::Arc;

use subledger_eventlog::record::Recorded;
use subledger_eventlog::store::Store;
use subledger_memory::MemoryStore;

use crate::projection::Projection;
use crate::runner;

/// Every projection, folded to the end of the store's log.
async fn caught_up(store: &MemoryStore) -> Vec<Arc<dyn Projection>> {
    let projections = crate::all();
    runner::prepare(store, &projections).await.expect("prepared");
    for projection in &projections {
        runner::catch_up(store, &**projection, &mut |_| {}).await.expect("a sound log");
    }
    projections
}

/// A store whose rows go to the end of a log.
async fn live(log: &[Recorded]) -> MemoryStore {
    let store = MemoryStore::holding(log);
    caught_up(&store).await;
    store
}

async fn head(store: &MemoryStore) -> u64 {
    store.head().await.expect("in memory").position
}
