//! Owns an agreement of one application to a plan: the terms bought, renewals, upgrade and downgrade, reminders, grace,
//! refund, the stop.
//!
//! Does not own whether the application may be served (application), where the money comes from (account), nor what a
//! refund comes to (`refund`). A purchase after a stop is a new agreement with an anchor of its own (U21).

mod command;
mod decide;
mod error;
mod event;
mod state;

pub use command::Command;
pub use error::Error;
pub use event::{Event, StopCause};
pub use state::{Agreement, ScheduledDowngrade, Stage, Subscription};

crate::aggregate::aggregate!(Subscription, "subscription");
