//! Owns an agreement of one application to one plan: the terms bought, renewals, reminders, grace, the stop.
//!
//! Does not own whether the application may be served (application) nor where the money comes from (account). A
//! purchase after a stop is a new agreement with an anchor of its own (U21).

mod command;
mod decide;
mod error;
mod event;
mod state;

pub use command::Command;
pub use error::Error;
pub use event::{Event, StopCause};
pub use state::{Agreement, Stage, Subscription};

crate::aggregate::aggregate!(Subscription, "subscription");
