//! Owns a store in memory for tests: it keeps the whole contract of a store, so what runs on it runs as on SQLite and
//! PostgreSQL, and it has the faults that tests ask for.
//!
//! Does not own anything that a ledger is served from: no release holds it. Nothing outlives the process.

mod directory;
mod fault;
mod log;
mod projected;
mod store;

pub use fault::{Move, StepFault};
pub use store::MemoryStore;
