//! Owns what is known of an agreement: the fold of its events.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Event, StopCause};
use crate::aggregate::Folded;
use crate::charge::Charge;
use crate::ids::ApplicationId;
use crate::money::Money;
use crate::plan::{PaidPlan, Rights};
use crate::term::{AutoRenew, BoughtTerm, ChangeMoney, TermOrder, Terms};
use crate::terms::{DowngradeTiming, PlanTerms};

/// An agreement in one of its stages.
#[expect(clippy::large_enum_variant, reason = "the small variant lives only until the first event")]
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
    /// Given back; usable until the instant, but nothing of it can be changed any more.
    Refunded {
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
    /// The plan in force.
    pub plan: PaidPlan,
    /// Every term bought.
    pub terms: Terms<PlanTerms>,
    /// How far it has come.
    pub stage: Stage,
    /// The lower plan that will follow everything paid.
    pub scheduled: Option<ScheduledDowngrade>,
}

/// A downgrade that has not taken effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledDowngrade {
    /// When it does.
    pub at: Timestamp,
    /// What was agreed.
    pub terms: Arc<PlanTerms>,
    /// The lower plan's rights, as agreed.
    pub rights: Arc<Rights>,
    /// The operator's approval.
    pub ticket: String,
}

impl Agreement {
    /// The plan a further term is of: the lower one once a downgrade is scheduled (U27).
    pub fn renewal_plan(&self) -> PaidPlan {
        self.scheduled.as_ref().map_or(self.plan, |scheduled| scheduled.terms.plan)
    }

    /// The instant at which the plan in force ends or changes by itself.
    pub fn next_end(&self) -> Timestamp {
        let paid_until = self.terms.paid_until();
        self.scheduled.as_ref().map_or(paid_until, |scheduled| scheduled.at.min(paid_until))
    }

    /// When it is next renewed by itself.
    pub fn next_auto_renewal(&self) -> Option<Timestamp> {
        if self.is_running() { self.terms.next_auto_renewal() } else { None }
    }

    /// Whether it is paid for or in grace.
    pub fn is_running(&self) -> bool {
        match self.stage {
            Stage::Active | Stage::Grace { .. } => true,
            Stage::Refunded { .. } | Stage::Stopped { .. } | Stage::Ended { .. } => false,
        }
    }

    /// Whether it keeps the application in service: paid for, in grace, or refunded and still usable.
    pub fn is_usable(&self) -> bool {
        self.is_running() || matches!(self.stage, Stage::Refunded { .. })
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
            (
                this @ Self::NotStarted,
                Event::SubscriptionStarted { application_id, months, period, terms, charge, at, .. },
            ) => {
                let first = BoughtTerm {
                    months: *months,
                    period: *period,
                    terms: Arc::new(terms.clone()),
                    order: Some(order(charge)),
                };
                *this = Self::Started(Agreement {
                    application_id: *application_id,
                    plan: terms.plan,
                    terms: Terms::beginning(*at, first),
                    stage: Stage::Active,
                    scheduled: None,
                });
                Folded::InPlace
            }
            (Self::Started(_), Event::SubscriptionStarted { .. })
            | (
                Self::NotStarted,
                Event::SubscriptionRenewed { .. }
                | Event::RenewalReminded { .. }
                | Event::GraceBegan { .. }
                | Event::PlanUpgraded { .. }
                | Event::DowngradeScheduled { .. }
                | Event::DowngradeCancelled { .. }
                | Event::PlanDowngraded { .. }
                | Event::PlanRefunded { .. }
                | Event::AutoRenewSet { .. }
                | Event::AutoRenewalFailed { .. }
                | Event::SubscriptionStopped { .. }
                | Event::SubscriptionEnded { .. },
            ) => Folded::OutOfPlace,
            (Self::Started(agreement), event) => agreement.fold(event),
        }
    }
}

impl Agreement {
    fn fold(&mut self, event: &Event) -> Folded {
        match event {
            Event::SubscriptionStarted { .. } => return Folded::OutOfPlace,
            Event::SubscriptionRenewed { months, period, terms, charge, .. } => {
                let (months, period, terms) = (*months, *period, Arc::new(terms.clone()));
                self.terms.push(BoughtTerm { months, period, terms, order: Some(order(charge)) });
                self.stage = Stage::Active;
            }
            Event::RenewalReminded { on, .. } => self.terms.reminded_on = Some(*on),
            Event::GraceBegan { until, .. } => self.stage = Stage::Grace { until: *until },
            Event::PlanUpgraded { terms, charge, at, .. } => {
                self.plan = terms.plan;
                self.terms.change(*at, Arc::new(terms.clone()), ChangeMoney::Paid(order(charge)));
            }
            Event::DowngradeScheduled { terms, rights, ticket, takes_effect_at, .. } => {
                let (terms, rights) = (Arc::new(terms.clone()), Arc::new(rights.clone()));
                let (at, ticket) = (*takes_effect_at, ticket.clone());
                self.scheduled = Some(ScheduledDowngrade { at, terms, rights, ticket });
            }
            Event::DowngradeCancelled { .. } => self.scheduled = None,
            Event::PlanDowngraded { terms, timing, refund, at, .. } => {
                self.plan = terms.plan;
                self.scheduled = None;
                let terms = Arc::new(terms.clone());
                match timing {
                    DowngradeTiming::PeriodEnd => self.terms.follow_with(*at, terms),
                    DowngradeTiming::Immediate => {
                        let nothing = Money::zero(terms.monthly_price.currency());
                        let credit = refund.as_ref().and_then(|refund| refund.credit.as_ref());
                        let returned = credit.map_or(nothing, |credit| credit.total);
                        self.terms.change(*at, terms, ChangeMoney::Returned(returned));
                    }
                }
            }
            Event::PlanRefunded { usable_until, at, .. } => {
                self.stage = Stage::Refunded { until: *usable_until };
                self.terms.give_back(*at);
                self.scheduled = None;
                self.terms.auto_renew = None;
            }
            Event::AutoRenewSet { months, at, .. } => {
                self.terms.auto_renew = months.map(|months| AutoRenew { months, since: *at });
            }
            Event::AutoRenewalFailed { at, .. } => self.terms.tried(*at),
            Event::SubscriptionStopped { cause, at, .. } => self.stage = Stage::Stopped { cause: *cause, at: *at },
            Event::SubscriptionEnded { at, .. } => {
                self.stage = Stage::Ended { at: *at };
                // What was to follow what is gone follows nothing, and is due no more (U34).
                self.scheduled = None;
            }
        }
        Folded::InPlace
    }
}

fn order(charge: &Charge) -> TermOrder {
    TermOrder { invoice_id: charge.invoice_id, amount: charge.amount }
}
