//! Owns an application (SDKAppID): its data site, the plan it is on with the rights agreed, why it is suspended, when
//! it is recycled, and how far the features are that are opened on application.
//!
//! Does not own what was paid (subscriptions) nor how long retention lasts: the recycling instant arrives in the step.
//! Trial is where it starts and never where it returns (S7): no step leads there.

mod command;
mod decide;
mod error;
mod event;
mod feature;
mod state;

pub use command::Command;
pub use error::Error;
pub use event::{Event, OperatorNote, SuspensionCause};
pub use feature::FeatureStage;
pub use state::{Application, CreatedApplication, Retention};

crate::aggregate::aggregate!(Application, "application");
