//! Owns the refusals of an agreement.

use jiff::Timestamp;

use crate::calendar::last_day_before;
use crate::money::MoneyFault;
use crate::plan::PaidPlan;

/// Why a subscription does not take a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing was bought.
    #[error("the application has no running subscription")]
    NotSubscribed,
    /// One runs already.
    #[error("a {plan} subscription runs to the end of {}; renew it instead", last_day_before(*until))]
    AlreadySubscribed {
        /// The plan.
        plan: PaidPlan,
        /// The end of everything paid.
        until: Timestamp,
    },
    /// A renewal keeps the plan.
    #[error("the subscription is to {running}, not to {asked}")]
    PlanMismatch {
        /// The plan that runs.
        running: PaidPlan,
        /// The plan of the terms offered.
        asked: PaidPlan,
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
