//! Owns the facts of an agreement as they are stored. These types are the stored format: a change is a new version.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::aggregate::stored_events;
use crate::calendar::Period;
use crate::charge::Charge;
use crate::ids::ApplicationId;
use crate::terms::PlanTerms;

/// Why an agreement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopCause {
    /// The grace ran out unpaid.
    Expired,
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
    SubscriptionStopped => "1",
    SubscriptionEnded => "1",
});

impl Event {
    /// The application it is about.
    pub fn application_id(&self) -> ApplicationId {
        match self {
            Self::SubscriptionStarted { application_id, .. }
            | Self::SubscriptionRenewed { application_id, .. }
            | Self::RenewalReminded { application_id, .. }
            | Self::GraceBegan { application_id, .. }
            | Self::SubscriptionStopped { application_id, .. }
            | Self::SubscriptionEnded { application_id, .. } => *application_id,
        }
    }
}
