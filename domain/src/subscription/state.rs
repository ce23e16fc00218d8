//! Owns what is known of an agreement: the fold of its events.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Event, StopCause};
use crate::aggregate::Folded;
use crate::ids::ApplicationId;
use crate::plan::PaidPlan;
use crate::term::{BoughtTerm, Terms};
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
    /// Over, with the application it was for.
    Ended {
        /// Since when.
        at: Timestamp,
    },
}

/// An agreement that began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// The application.
    pub application_id: ApplicationId,
    /// Every term bought.
    pub terms: Terms<PlanTerms>,
    /// How far it has come.
    pub stage: Stage,
}

impl Agreement {
    /// The plan agreed to.
    pub fn plan(&self) -> PaidPlan {
        self.terms.last().terms.plan
    }

    /// Whether it is paid for or in grace.
    pub fn is_running(&self) -> bool {
        match self.stage {
            Stage::Active | Stage::Grace { .. } => true,
            Stage::Stopped { .. } | Stage::Ended { .. } => false,
        }
    }

    /// Whether everything paid has ended and nothing more is sold to the application until it is renewed (U24).
    pub fn is_in_grace(&self) -> bool {
        matches!(self.stage, Stage::Grace { .. })
    }

    /// The next reminder's day and instant, while it runs.
    pub fn next_reminder(&self) -> Option<(Date, Timestamp)> {
        if self.is_running() { self.terms.next_reminder() } else { None }
    }
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
                let first = BoughtTerm { months: *months, period: *period, terms: Arc::new(terms.clone()) };
                *this = Self::Started(Agreement {
                    application_id: *application_id,
                    terms: Terms::beginning(*at, first),
                    stage: Stage::Active,
                });
            }
            (Self::Started(agreement), Event::SubscriptionRenewed { months, period, terms, .. }) => {
                let terms = Arc::new(terms.clone());
                agreement.terms.push(BoughtTerm { months: *months, period: *period, terms });
                agreement.stage = Stage::Active;
            }
            (Self::Started(agreement), Event::RenewalReminded { on, .. }) => agreement.terms.reminded_on = Some(*on),
            (Self::Started(agreement), Event::GraceBegan { until, .. }) => {
                agreement.stage = Stage::Grace { until: *until };
            }
            (Self::Started(agreement), Event::SubscriptionStopped { cause, at, .. }) => {
                agreement.stage = Stage::Stopped { cause: *cause, at: *at };
            }
            (Self::Started(agreement), Event::SubscriptionEnded { at, .. }) => {
                agreement.stage = Stage::Ended { at: *at };
            }
            (Self::Started(_), Event::SubscriptionStarted { .. })
            | (
                Self::NotStarted,
                Event::SubscriptionRenewed { .. }
                | Event::RenewalReminded { .. }
                | Event::GraceBegan { .. }
                | Event::SubscriptionStopped { .. }
                | Event::SubscriptionEnded { .. },
            ) => return Folded::OutOfPlace,
        }
        Folded::InPlace
    }
}
