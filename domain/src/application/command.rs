//! Owns the steps an application can be asked to take.

use jiff::Timestamp;

use super::SuspensionCause;
use crate::ids::{AccountId, ApplicationId, SubscriptionId};
use crate::money::Money;
use crate::plan::{DataSite, PaidPlan, Rights};

/// A step of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin on Trial (S6).
    Create {
        /// SDKAppID.
        application_id: ApplicationId,
        /// The payer.
        account_id: AccountId,
        /// As it is called.
        name: String,
        /// Where its data lives, for ever.
        data_site: DataSite,
        /// Trial's rights.
        rights: Rights,
        /// When.
        at: Timestamp,
    },
    /// Go on a plan that is paid; ends the suspension for expiry.
    EnterPlan {
        /// The plan.
        plan: PaidPlan,
        /// The agreement it rests on.
        subscription_id: SubscriptionId,
        /// The plan's rights, as agreed.
        rights: Rights,
        /// When.
        at: Timestamp,
    },
    /// Stop the service for one more cause.
    Suspend {
        /// The cause.
        cause: SuspensionCause,
        /// When it is recycled if this is what stops it.
        recycle_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// Go on: a cause is cured.
    Lift {
        /// The cause.
        cause: SuspensionCause,
        /// When.
        at: Timestamp,
    },
    /// Change how many days of history are kept.
    SetHistoryRetention {
        /// Days wanted.
        days: u32,
        /// Price of the step and month, as agreed with the plan; none for the plan's own figure.
        monthly_price: Option<Money>,
        /// When.
        at: Timestamp,
    },
    /// End it for good.
    Recycle {
        /// When.
        at: Timestamp,
    },
}
