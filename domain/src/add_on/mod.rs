//! Owns a bought value-added service of one application (S16): its terms, renewals, reminders, grace, refund, end.
//!
//! Does not own whether it is in effect: it acts only while its application is in paid service (U35), and what it raises
//! is `entitlement`'s to say. No change in place: another variant is another add-on.

mod command;
mod decide;
mod error;
mod event;
mod state;

pub use command::Command;
pub use error::Error;
pub use event::{EndCause, Event};
pub use state::{AddOnBought, AddOnDeal, AddOnPurchase, Stage};

crate::aggregate::aggregate!(AddOnPurchase, "add_on");
