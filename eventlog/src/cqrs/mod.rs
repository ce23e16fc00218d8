//! Owns the adapters by which cqrs-es uses the log: `Ledger`, an event store whose aggregate is one payer's Books, and
//! `LogRepository`, which reads single streams.
//!
//! Does not own what a fact means or where it belongs: facts say so themselves (`Routed`).

mod ledger;
mod repository;

pub use ledger::{Clock, Ledger, Loaded};
pub use repository::LogRepository;

use serde_json::Error as JsonError;
use subledger_domain::envelope::DecodeFault;

use crate::store::StoreFault;

/// How many events one read asks for.
const PAGE: u32 = 5_000;

/// Why an adapter could not do what cqrs-es asked.
#[derive(Debug, thiserror::Error)]
pub enum AdapterFault {
    /// The store's own words.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A stored event cannot be read. It stops the reader, it is never skipped.
    #[error("position {position}: {fault}")]
    Decode {
        /// Where.
        position: u64,
        /// Why.
        fault: DecodeFault,
    },
    /// A stored or new event's payload or metadata is not the JSON it must be.
    #[error("the event's JSON: {0}")]
    Json(#[from] JsonError),
    /// An event whose command cannot be told: it is caused neither by a command nor by an earlier event of its batch.
    #[error("event {event} is caused by `{caused_by}`, which is no command and no event before it")]
    Uncaused {
        /// The event.
        event: String,
        /// What it gives as its cause.
        caused_by: String,
    },
    /// The payer has events that this writer had not seen.
    #[error("the account has moved on since it was loaded")]
    Conflict,
}
