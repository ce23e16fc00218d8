//! Owns what is known of an agreement: the fold of its events.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Event, StopCause};
use crate::aggregate::Folded;
use crate::calendar::{Anchor, Period, at_time, midnight, plus_days};
use crate::ids::ApplicationId;
use crate::plan::PaidPlan;
use crate::terms::PlanTerms;

/// An agreement in one of its stages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subscription {
    /// Nothing has happened.
    #[default]
    NotStarted,
    /// It began.
    Started(Agreement),
}

/// How far an agreement has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Inside what is paid.
    Active,
    /// Everything paid has ended; usable until the instant.
    Grace {
        /// When the service stops.
        until: Timestamp,
    },
    /// Over.
    Stopped {
        /// Why.
        cause: StopCause,
        /// Since when.
        at: Timestamp,
    },
}

/// One term that was paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoughtTerm {
    /// Whole months.
    pub months: u32,
    /// The stretch they run.
    pub period: Period,
    /// What was agreed.
    pub terms: Arc<PlanTerms>,
}

/// An agreement that began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// The application.
    pub application_id: ApplicationId,
    /// What its months are counted from.
    pub anchor: Anchor,
    /// Every term bought, in order; never empty.
    pub first: BoughtTerm,
    /// Renewals behind the first term.
    pub renewals: Vec<BoughtTerm>,
    /// How far it has come.
    pub stage: Stage,
    /// The last day the payer was reminded.
    pub reminded_on: Option<Date>,
}

impl Agreement {
    /// The term bought last.
    pub fn last_term(&self) -> &BoughtTerm {
        self.renewals.last().unwrap_or(&self.first)
    }

    /// The plan agreed to.
    pub fn plan(&self) -> PaidPlan {
        self.last_term().terms.plan
    }

    /// Whole months bought so far: the next boundary is counted from the anchor, never from the boundary before.
    pub fn months(&self) -> u32 {
        self.renewals.iter().map(|term| term.months).fold(self.first.months, u32::saturating_add)
    }

    /// The end of everything paid; exclusive.
    pub fn paid_until(&self) -> Timestamp {
        self.last_term().period.end
    }

    /// The last civil day of everything paid.
    pub fn last_day(&self) -> Date {
        self.last_term().period.last_day()
    }

    /// The term an instant falls into; before the first the first, behind the last the last.
    pub fn term_at(&self, at: Timestamp) -> &BoughtTerm {
        let later = self.renewals.iter().rev().find(|term| term.period.start <= at);
        later.unwrap_or(&self.first)
    }

    /// Whether it is paid for or in grace.
    pub fn is_running(&self) -> bool {
        match self.stage {
            Stage::Active | Stage::Grace { .. } => true,
            Stage::Stopped { .. } => false,
        }
    }

    /// When the service stops if nothing more is paid: the last day is not counted (policy `expiry_grace_days`).
    pub fn stop_at(&self) -> Timestamp {
        let term = self.last_term();
        stop_after(term.period, &term.terms)
    }

    /// The next reminder's day and instant, while it runs.
    pub fn next_reminder(&self) -> Option<(Date, Timestamp)> {
        if !self.is_running() {
            return None;
        }
        let term = self.last_term();
        reminder_after(term.period, &term.terms, self.reminded_on)
    }
}

/// The first reminder of a term's end that follows the one sent last: on the last days up to the end and for some days
/// after, at 09:00 (R0), never once the service has stopped.
pub(super) fn reminder_after(period: Period, terms: &PlanTerms, sent: Option<Date>) -> Option<(Date, Timestamp)> {
    let last_day = period.last_day();
    let before = i32::try_from(terms.policies.reminder_days_before).unwrap_or(i32::MAX);
    let after = i32::try_from(terms.policies.reminder_days_after).unwrap_or(i32::MAX);
    let opens = plus_days(last_day, 1_i32.saturating_sub(before));
    let on = match sent {
        Some(last) if last >= opens => plus_days(last, 1),
        Some(_) | None => opens,
    };
    let at = at_time(on, 9, 0);
    let in_time = on <= plus_days(last_day, after) && at < stop_after(period, terms);
    in_time.then_some((on, at))
}

fn stop_after(period: Period, terms: &PlanTerms) -> Timestamp {
    let grace_days = i32::try_from(terms.policies.expiry_grace_days).unwrap_or(i32::MAX);
    midnight(plus_days(period.last_day(), grace_days.saturating_add(1)))
}

impl Subscription {
    /// The agreement if it began.
    pub fn started(&self) -> Option<&Agreement> {
        match self {
            Self::NotStarted => None,
            Self::Started(agreement) => Some(agreement),
        }
    }

    /// Folds a fact. Pairs that `decide` never emits leave the state as it is, and say so.
    pub fn evolve(&mut self, event: &Event) -> Folded {
        match (self, event) {
            (this @ Self::NotStarted, Event::SubscriptionStarted { application_id, months, period, terms, at, .. }) => {
                *this = Self::Started(Agreement {
                    application_id: *application_id,
                    anchor: Anchor { at: *at },
                    first: BoughtTerm { months: *months, period: *period, terms: Arc::new(terms.clone()) },
                    renewals: Vec::new(),
                    stage: Stage::Active,
                    reminded_on: None,
                });
            }
            (Self::Started(agreement), Event::SubscriptionRenewed { months, period, terms, .. }) => {
                let terms = Arc::new(terms.clone());
                agreement.renewals.push(BoughtTerm { months: *months, period: *period, terms });
                agreement.stage = Stage::Active;
            }
            (Self::Started(agreement), Event::RenewalReminded { on, .. }) => agreement.reminded_on = Some(*on),
            (Self::Started(agreement), Event::GraceBegan { until, .. }) => {
                agreement.stage = Stage::Grace { until: *until };
            }
            (Self::Started(agreement), Event::SubscriptionStopped { cause, at, .. }) => {
                agreement.stage = Stage::Stopped { cause: *cause, at: *at };
            }
            (Self::Started(_), Event::SubscriptionStarted { .. })
            | (
                Self::NotStarted,
                Event::SubscriptionRenewed { .. }
                | Event::RenewalReminded { .. }
                | Event::GraceBegan { .. }
                | Event::SubscriptionStopped { .. },
            ) => return Folded::OutOfPlace,
        }
        Folded::InPlace
    }
}
