//! Owns the facts of a bought add-on as they are stored. These types are the stored format: a change is a new version.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::AddOnDeal;
use crate::aggregate::stored_events;
use crate::calendar::Period;
use crate::charge::{Charge, Refund};
use crate::ids::ApplicationId;

/// Why an add-on ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// Its time ran out.
    Expired,
    /// A paid version took the place of a trial (U41).
    Superseded,
    /// The application was recycled under it.
    Recycled,
    /// It was given back.
    Refunded,
}

/// A fact of an add-on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was bought; its first term runs.
    AddOnStarted {
        /// The application.
        application_id: ApplicationId,
        /// Whole months bought.
        months: u32,
        /// The stretch they run.
        period: Period,
        /// What was agreed.
        deal: AddOnDeal,
        /// What it costs.
        charge: Charge,
        /// When the payer is first reminded of its end.
        first_reminder_at: Option<Timestamp>,
        /// When.
        at: Timestamp,
    },
    /// It is tried out, free.
    AddOnTrialStarted {
        /// The application.
        application_id: ApplicationId,
        /// The stretch it runs.
        period: Period,
        /// What was agreed.
        deal: AddOnDeal,
        /// When.
        at: Timestamp,
    },
    /// A further term was bought; it follows everything paid before.
    AddOnRenewed {
        /// The application.
        application_id: ApplicationId,
        /// Whole months bought.
        months: u32,
        /// The stretch they run.
        period: Period,
        /// What was agreed.
        deal: AddOnDeal,
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
    AddOnReminded {
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
    /// Everything paid has ended; it is usable until the end of the grace.
    AddOnGraceBegan {
        /// The application.
        application_id: ApplicationId,
        /// The last day paid for.
        last_day: Date,
        /// When it ends unless renewed.
        until: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// It was given back and is over; limits fall back to the plan's.
    AddOnRefunded {
        /// The application.
        application_id: ApplicationId,
        /// What is given back.
        refund: Refund,
        /// Why, in the caller's words.
        reason: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// It renews itself from now on, or no longer.
    AddOnAutoRenewSet {
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
    AddOnAutoRenewalFailed {
        /// The application.
        application_id: ApplicationId,
        /// The code of the refusal.
        reason: String,
        /// When it is tried again; none after the last try.
        next_auto_renewal_at: Option<Timestamp>,
        /// When.
        at: Timestamp,
    },
    /// It is over; limits fall back to the plan's.
    AddOnEnded {
        /// The application.
        application_id: ApplicationId,
        /// Why.
        cause: EndCause,
        /// When.
        at: Timestamp,
    },
}

stored_events!(Event {
    AddOnStarted => "1",
    AddOnTrialStarted => "1",
    AddOnRenewed => "1",
    AddOnReminded => "1",
    AddOnGraceBegan => "1",
    AddOnRefunded => "1",
    AddOnAutoRenewSet => "1",
    AddOnAutoRenewalFailed => "1",
    AddOnEnded => "1",
});

impl Event {
    /// What it costs, if it is an order that is paid.
    pub fn charge(&self) -> Option<&Charge> {
        match self {
            Self::AddOnStarted { charge, .. } | Self::AddOnRenewed { charge, .. } => Some(charge),
            Self::AddOnTrialStarted { .. }
            | Self::AddOnReminded { .. }
            | Self::AddOnGraceBegan { .. }
            | Self::AddOnRefunded { .. }
            | Self::AddOnAutoRenewSet { .. }
            | Self::AddOnAutoRenewalFailed { .. }
            | Self::AddOnEnded { .. } => None,
        }
    }

    /// What it agrees.
    pub fn agreed(&self) -> Option<&AddOnDeal> {
        match self {
            Self::AddOnStarted { deal, .. }
            | Self::AddOnTrialStarted { deal, .. }
            | Self::AddOnRenewed { deal, .. } => Some(deal),
            Self::AddOnReminded { .. }
            | Self::AddOnGraceBegan { .. }
            | Self::AddOnRefunded { .. }
            | Self::AddOnAutoRenewSet { .. }
            | Self::AddOnAutoRenewalFailed { .. }
            | Self::AddOnEnded { .. } => None,
        }
    }

    /// The application it is about.
    pub fn application_id(&self) -> ApplicationId {
        match self {
            Self::AddOnStarted { application_id, .. }
            | Self::AddOnTrialStarted { application_id, .. }
            | Self::AddOnRenewed { application_id, .. }
            | Self::AddOnReminded { application_id, .. }
            | Self::AddOnGraceBegan { application_id, .. }
            | Self::AddOnRefunded { application_id, .. }
            | Self::AddOnAutoRenewSet { application_id, .. }
            | Self::AddOnAutoRenewalFailed { application_id, .. }
            | Self::AddOnEnded { application_id, .. } => *application_id,
        }
    }
}
