//! Owns the facts of an application as they are stored. These types are the stored format: a change is a new version.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::aggregate::stored_events;
use crate::ids::{AccountId, ApplicationId, SubscriptionId};
use crate::money::Money;
use crate::plan::{DataSite, PaidPlan, Plan, Rights};

/// Why a service is stopped. Causes stand side by side; each is cleared by its own cure (U2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspensionCause {
    /// The plan's grace ran out; cured by paying for a new term (S7).
    Expired,
    /// The payer's debt stood too long; cured by paying it (U2).
    Arrears,
    /// The plan was refunded; cured by paying for a new term (S7, U32).
    Refunded,
}

impl SuspensionCause {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Arrears => "arrears",
            Self::Refunded => "refunded",
        }
    }
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
        /// When it is recycled unless every such cause is cured before.
        recycle_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// A cause was cured.
    SuspensionLifted {
        /// The cause.
        cause: SuspensionCause,
        /// When it is recycled for the causes that stay; none once it is in service again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recycle_at: Option<Timestamp>,
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
    /// It is gone for good.
    ApplicationRecycled {
        /// When.
        at: Timestamp,
    },
}

stored_events!(Event {
    ApplicationCreated => "1",
    PlanEntered => "1",
    ApplicationSuspended => "1",
    SuspensionLifted => "1",
    HistoryRetentionSet => "1",
    ApplicationRecycled => "1",
});
