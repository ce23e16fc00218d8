//! Owns the publication of a price list: the event that brings one into force, with its text and content hash, for the
//! future only (U39). Each list is a stream of its own, of one event, and belongs to no payer.
//!
//! Does not own what a list must be (`catalog`), nor which lists clash with one another (`decide`).

mod command;
mod decide;
mod error;
mod event;
mod read;
mod state;

pub use command::Command;
pub use error::Error;
pub use event::Event;
pub use read::Unusable;
pub use state::{Publication, Published};

/// What stands in the account column of these events. No account id holds a slash, so no payer's Books can meet them.
pub const NO_PAYER: &str = "/price-lists";

crate::aggregate::aggregate!(Publication, "price_list");
