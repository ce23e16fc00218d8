//! Owns the facts of an agreement as they are stored. These types are the stored format: a change is a new version.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::aggregate::stored_events;
use crate::calendar::Period;
use crate::charge::{Charge, Refund};
use crate::ids::ApplicationId;
use crate::plan::{PaidPlan, Rights};
use crate::terms::{DowngradeTiming, PlanTerms};

/// Why an agreement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopCause {
    /// The grace ran out unpaid.
    Expired,
    /// It was refunded, and the days it stayed usable ran out.
    Refunded,
}

/// A fact of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The agreement began with its first term.
    SubscriptionStarted {
        /// The application.
        application_id: ApplicationId,
        /// Whole months bought.
        months: u32,
        /// The stretch they run.
        period: Period,
        /// What was agreed.
        terms: PlanTerms,
        /// What it costs.
        charge: Charge,
        /// When the payer is first reminded of its end.
        first_reminder_at: Option<Timestamp>,
        /// When.
        at: Timestamp,
    },
    /// A further term was bought; it follows everything paid before.
    SubscriptionRenewed {
        /// The application.
        application_id: ApplicationId,
        /// Whole months bought.
        months: u32,
        /// The stretch they run.
        period: Period,
        /// What was agreed.
        terms: PlanTerms,
        /// What it costs.
        charge: Charge,
        /// When the payer is first reminded of its end.
        first_reminder_at: Option<Timestamp>,
        /// When it is next renewed by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_auto_renewal_at: Option<Timestamp>,
        /// When.
        at: Timestamp,
    },
    /// The payer was reminded of the end.
    RenewalReminded {
        /// The application.
        application_id: ApplicationId,
        /// The civil day of the reminder.
        on: Date,
        /// The last day paid for.
        last_day: Date,
        /// The next reminder, unless this was the last.
        next_at: Option<Timestamp>,
        /// When.
        at: Timestamp,
    },
    /// Everything paid has ended; the application is usable until the stop.
    GraceBegan {
        /// The application.
        application_id: ApplicationId,
        /// The last day paid for.
        last_day: Date,
        /// When the service stops unless renewed.
        until: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// A higher plan is in force, to the end of everything paid.
    PlanUpgraded {
        /// The application.
        application_id: ApplicationId,
        /// The plan before.
        from: PaidPlan,
        /// What was agreed.
        terms: PlanTerms,
        /// What it costs.
        charge: Charge,
        /// When.
        at: Timestamp,
    },
    /// A lower plan will follow everything paid.
    DowngradeScheduled {
        /// The application.
        application_id: ApplicationId,
        /// What was agreed.
        terms: PlanTerms,
        /// The lower plan's rights, as agreed.
        rights: Rights,
        /// The operator's approval.
        ticket: String,
        /// When it takes effect.
        takes_effect_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// No lower plan will follow.
    DowngradeCancelled {
        /// The application.
        application_id: ApplicationId,
        /// When.
        at: Timestamp,
    },
    /// A lower plan is in force.
    PlanDowngraded {
        /// The application.
        application_id: ApplicationId,
        /// The plan before.
        from: PaidPlan,
        /// What was agreed.
        terms: PlanTerms,
        /// The lower plan's rights, as agreed.
        rights: Rights,
        /// The operator's approval.
        ticket: String,
        /// As scheduled, or at once.
        timing: DowngradeTiming,
        /// What is given back; only of a downgrade at once.
        refund: Option<Refund>,
        /// When.
        at: Timestamp,
    },
    /// The agreement was given back; the application is usable until the stop (U32).
    PlanRefunded {
        /// The application.
        application_id: ApplicationId,
        /// What is given back.
        refund: Refund,
        /// Why, in the caller's words.
        reason: Option<String>,
        /// When the service stops.
        usable_until: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// It renews itself from now on, or no longer.
    AutoRenewSet {
        /// The application.
        application_id: ApplicationId,
        /// Whole months of each renewal; none is off.
        months: Option<u32>,
        /// When it is next renewed by itself.
        next_auto_renewal_at: Option<Timestamp>,
        /// When.
        at: Timestamp,
    },
    /// A renewal by itself was tried in vain.
    AutoRenewalFailed {
        /// The application.
        application_id: ApplicationId,
        /// The code of the refusal.
        reason: String,
        /// When it is tried again; none after the last try.
        next_auto_renewal_at: Option<Timestamp>,
        /// When.
        at: Timestamp,
    },
    /// The agreement is over.
    SubscriptionStopped {
        /// The application.
        application_id: ApplicationId,
        /// Why.
        cause: StopCause,
        /// When the application is recycled unless a new term is bought.
        recycle_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// The application it was for is gone; what is left of its terms has no use any more (U34).
    SubscriptionEnded {
        /// The application.
        application_id: ApplicationId,
        /// When.
        at: Timestamp,
    },
}

stored_events!(Event {
    SubscriptionStarted => "1",
    SubscriptionRenewed => "1",
    RenewalReminded => "1",
    GraceBegan => "1",
    PlanUpgraded => "1",
    DowngradeScheduled => "1",
    DowngradeCancelled => "1",
    PlanDowngraded => "1",
    PlanRefunded => "1",
    AutoRenewSet => "1",
    AutoRenewalFailed => "1",
    SubscriptionStopped => "1",
    SubscriptionEnded => "1",
});

impl Event {
    /// What it costs, if it is an order that is paid.
    pub fn charge(&self) -> Option<&Charge> {
        match self {
            Self::SubscriptionStarted { charge, .. }
            | Self::SubscriptionRenewed { charge, .. }
            | Self::PlanUpgraded { charge, .. } => Some(charge),
            Self::RenewalReminded { .. }
            | Self::GraceBegan { .. }
            | Self::DowngradeScheduled { .. }
            | Self::DowngradeCancelled { .. }
            | Self::PlanDowngraded { .. }
            | Self::PlanRefunded { .. }
            | Self::AutoRenewSet { .. }
            | Self::AutoRenewalFailed { .. }
            | Self::SubscriptionStopped { .. }
            | Self::SubscriptionEnded { .. } => None,
        }
    }

    /// The terms it puts in force.
    pub fn agreed(&self) -> Option<&PlanTerms> {
        match self {
            Self::SubscriptionStarted { terms, .. }
            | Self::SubscriptionRenewed { terms, .. }
            | Self::PlanUpgraded { terms, .. }
            | Self::PlanDowngraded { terms, .. } => Some(terms),
            Self::RenewalReminded { .. }
            | Self::GraceBegan { .. }
            | Self::DowngradeScheduled { .. }
            | Self::DowngradeCancelled { .. }
            | Self::PlanRefunded { .. }
            | Self::AutoRenewSet { .. }
            | Self::AutoRenewalFailed { .. }
            | Self::SubscriptionStopped { .. }
            | Self::SubscriptionEnded { .. } => None,
        }
    }

    /// The application it is about.
    pub fn application_id(&self) -> ApplicationId {
        match self {
            Self::SubscriptionStarted { application_id, .. }
            | Self::SubscriptionRenewed { application_id, .. }
            | Self::RenewalReminded { application_id, .. }
            | Self::GraceBegan { application_id, .. }
            | Self::PlanUpgraded { application_id, .. }
            | Self::DowngradeScheduled { application_id, .. }
            | Self::DowngradeCancelled { application_id, .. }
            | Self::PlanDowngraded { application_id, .. }
            | Self::PlanRefunded { application_id, .. }
            | Self::AutoRenewSet { application_id, .. }
            | Self::AutoRenewalFailed { application_id, .. }
            | Self::SubscriptionStopped { application_id, .. }
            | Self::SubscriptionEnded { application_id, .. } => *application_id,
        }
    }
}
