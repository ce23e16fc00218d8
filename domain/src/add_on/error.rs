//! Owns the refusals of a bought add-on.

use jiff::Timestamp;

use crate::catalog::AddOn;
use crate::money::MoneyFault;

/// Why an add-on does not take a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is none of that id.
    #[error("there is no such add-on")]
    NotStarted,
    /// It runs already.
    #[error("the add-on was started already")]
    AlreadyStarted,
    /// It is over.
    #[error("the add-on has ended; buy it anew")]
    Ended,
    /// A trial is not renewed, it is followed by a purchase.
    #[error("{add_on} is a trial, which cannot be renewed; buy one of the paid versions")]
    TrialNotRenewable {
        /// What runs.
        add_on: AddOn,
    },
    /// What was free is not given back.
    #[error("{add_on} is a trial and free; there is nothing to give back")]
    TrialNotRefundable {
        /// What runs.
        add_on: AddOn,
    },
    /// A timer came before its instant.
    #[error("nothing is due before {due}")]
    NotDue {
        /// The earliest instant.
        due: Timestamp,
    },
    /// Amounts cannot be combined.
    #[error(transparent)]
    Money(#[from] MoneyFault),
}
