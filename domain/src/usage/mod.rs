//! Owns one application's usage in one natural month (S13–S15): a reading a day, the latest one counts while the month is
//! open.
//!
//! Does not own which days are billed (`service`) nor prices: a reading is the fact it is, also above a cap, also on a
//! day out of service (U12, U14). Meters must not break.

mod command;
mod decide;
mod error;
mod event;
mod state;

pub use command::Command;
pub use error::Error;
pub use event::Event;
pub use state::{Reading, UsageMonth};

crate::aggregate::aggregate!(UsageMonth, "usage_month");
