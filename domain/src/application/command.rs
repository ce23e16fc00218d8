//! Owns the steps an application can be asked to take.

use jiff::Timestamp;

use super::{OperatorNote, SuspensionCause};
use crate::ids::{AccountId, ApplicationId, SubscriptionId};
use crate::money::Money;
use crate::plan::{DataSite, Feature, PaidPlan, Rights};

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
    /// Go on a plan that is paid; ends the suspensions for expiry and refund, and features the plan does not offer.
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
    /// Stop the service for one more documented cause.
    Suspend {
        /// The cause.
        cause: SuspensionCause,
        /// When it is recycled if this is what stops it.
        recycle_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// Stop the service because an operator says so (U40).
    SuspendByOperator {
        /// Why, and by what authority.
        note: OperatorNote,
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
    /// Ask for a feature that is opened on application.
    RequestFeature {
        /// The feature.
        feature: Feature,
        /// When.
        at: Timestamp,
    },
    /// No longer ask for it.
    WithdrawFeature {
        /// The feature.
        feature: Feature,
        /// When.
        at: Timestamp,
    },
    /// Say yes to a request.
    ApproveFeature {
        /// The feature.
        feature: Feature,
        /// When it can be used.
        opens_at: Timestamp,
        /// The operator's ticket.
        ticket: String,
        /// When.
        at: Timestamp,
    },
    /// Say no to a request.
    RejectFeature {
        /// The feature.
        feature: Feature,
        /// As it is told to the payer.
        reason: Option<String>,
        /// The operator's ticket.
        ticket: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// Let it be used: the hours that opening takes are over.
    OpenFeature {
        /// The feature.
        feature: Feature,
        /// When.
        at: Timestamp,
    },
    /// End it for good.
    Recycle {
        /// When.
        at: Timestamp,
    },
}
