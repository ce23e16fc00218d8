//! Owns the facts of an application as they are stored. These types are the stored format: a change is a new version.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::aggregate::stored_events;
use crate::ids::{AccountId, ApplicationId, SubscriptionId};
use crate::money::Money;
use crate::plan::{DataSite, Feature, PaidPlan, Plan, Rights};

/// Why a service is stopped. Causes stand side by side; each is cleared by its own cure (U2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspensionCause {
    /// The plan's grace ran out; cured by paying for a new term (S7).
    Expired,
    /// The payer's debt stood too long; cured by paying it (U2).
    Arrears,
    /// The plan was refunded and its last days are over; cured by paying for a new term (S7, U32).
    Refunded,
    /// An operator stopped it; cured by the operator alone (U40).
    Operator,
}

impl SuspensionCause {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Arrears => "arrears",
            Self::Refunded => "refunded",
            Self::Operator => "operator",
        }
    }

    /// Whether a stop for it ends in recycling. What cannot be undone comes only by documented causes (U34).
    pub fn recycles(self) -> bool {
        match self {
            Self::Expired | Self::Arrears | Self::Refunded => true,
            Self::Operator => false,
        }
    }
}

/// Why an operator acts, and by what authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorNote {
    /// As it is told to the payer.
    pub reason: String,
    /// The operator's ticket.
    pub ticket: String,
}

/// A fact of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It exists, on Trial.
    ApplicationCreated {
        /// SDKAppID.
        application_id: ApplicationId,
        /// The payer.
        account_id: AccountId,
        /// As it is called.
        name: String,
        /// Where its data lives.
        data_site: DataSite,
        /// Trial's rights.
        rights: Rights,
        /// When.
        at: Timestamp,
    },
    /// It is on a paid plan from now on.
    PlanEntered {
        /// The plan.
        plan: PaidPlan,
        /// The plan before.
        from: Plan,
        /// The agreement it rests on.
        subscription_id: SubscriptionId,
        /// The plan's rights, as agreed.
        rights: Rights,
        /// When.
        at: Timestamp,
    },
    /// One more cause stops the service.
    ApplicationSuspended {
        /// The cause.
        cause: SuspensionCause,
        /// When it is recycled unless every such cause is cured before; none while only an operator stops it (U34).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recycle_at: Option<Timestamp>,
        /// Of an operator's stop.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<OperatorNote>,
        /// When.
        at: Timestamp,
    },
    /// A cause was cured.
    SuspensionLifted {
        /// The cause.
        cause: SuspensionCause,
        /// When it is recycled for the causes that stay; none when none of them leads there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recycle_at: Option<Timestamp>,
        /// Whether an operator's stop stays. It has no recycling date, so the date alone does not tell whether the service
        /// goes on.
        #[serde(default, skip_serializing_if = "is_false")]
        operator_stays: bool,
        /// When.
        at: Timestamp,
    },
    /// The days of history that are kept were changed (S18).
    HistoryRetentionSet {
        /// Days kept from now on.
        days: u32,
        /// Days the plan includes; as many as that means switched off.
        included: u32,
        /// Price of the step and natural month, unless it is included.
        monthly_price: Option<Money>,
        /// Whether it was off before: the month is then charged whole.
        activates: bool,
        /// When.
        at: Timestamp,
    },
    /// A feature that is opened on application was asked for (S8, S9).
    FeatureRequested {
        /// The feature.
        feature: Feature,
        /// When.
        at: Timestamp,
    },
    /// The payer no longer asks for it.
    FeatureWithdrawn {
        /// The feature.
        feature: Feature,
        /// When.
        at: Timestamp,
    },
    /// An operator said yes.
    FeatureApproved {
        /// The feature.
        feature: Feature,
        /// When it can be used: at once, or after the hours that opening takes.
        opens_at: Timestamp,
        /// The operator's ticket.
        ticket: String,
        /// When.
        at: Timestamp,
    },
    /// An operator said no; it may be asked for again.
    FeatureRejected {
        /// The feature.
        feature: Feature,
        /// As it is told to the payer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The operator's ticket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// It can be used from now on.
    FeatureOpened {
        /// The feature.
        feature: Feature,
        /// When.
        at: Timestamp,
    },
    /// The plan that is entered does not offer it: request, approval or opening is void (U44).
    FeatureLost {
        /// The feature.
        feature: Feature,
        /// When.
        at: Timestamp,
    },
    /// It is gone for good.
    ApplicationRecycled {
        /// When.
        at: Timestamp,
    },
}

impl Event {
    /// Whether no cause stops the service any more after it: a cause was lifted and none stays.
    pub fn ends_the_stop(&self) -> bool {
        matches!(self, Self::SuspensionLifted { recycle_at: None, operator_stays: false, .. })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
fn is_false(flag: &bool) -> bool {
    !flag
}

stored_events!(Event {
    ApplicationCreated => "1",
    PlanEntered => "1",
    ApplicationSuspended => "1",
    SuspensionLifted => "1",
    HistoryRetentionSet => "1",
    FeatureRequested => "1",
    FeatureWithdrawn => "1",
    FeatureApproved => "1",
    FeatureRejected => "1",
    FeatureOpened => "1",
    FeatureLost => "1",
    ApplicationRecycled => "1",
});
