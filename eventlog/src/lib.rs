//! Owns the log: append, read in order, verify, migrate; and, for projections, one transaction of row changes and
//! checkpoint. SQLite and PostgreSQL stand behind one trait.
//!
//! Does not own what an event means: it never decides and never projects.

pub mod chain;
pub mod cqrs;
pub mod memory_tables;
pub mod migrate;
pub mod open;
pub mod postgres;
pub mod record;
pub mod rows;
pub mod sqlite;
pub mod store;
pub mod verify;
