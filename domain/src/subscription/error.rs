//! Owns the refusals of an agreement.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::calendar::{day_of, last_day_before};
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
    /// A higher plan is in force, or the one asked for is none that is lower.
    #[error("the application is on {plan} already")]
    AlreadyOnPlan {
        /// The plan in force.
        plan: PaidPlan,
    },
    /// One is enough.
    #[error("a downgrade is scheduled for {} already", day_of(*at))]
    DowngradeAlreadyScheduled {
        /// When it takes effect.
        at: Timestamp,
    },
    /// None is scheduled, or what follows it is paid for (U27).
    #[error("{why}")]
    DowngradeNotAllowed {
        /// The rule.
        why: &'static str,
    },
    /// Nothing is left to change until it is renewed (U24).
    #[error("the plan ended on {last_day}; renew it first")]
    RenewalRequired {
        /// The last day paid for.
        last_day: Date,
    },
    /// Still usable for some days, but nothing is left to change (U32).
    #[error("the plan was given back; buy it anew first")]
    GivenBack,
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
