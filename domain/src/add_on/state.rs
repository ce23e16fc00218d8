//! Owns what is known of a bought add-on: the fold of its events.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{EndCause, Event};
use crate::aggregate::Folded;
use crate::catalog::{AddOn, AddOnTerms};
use crate::charge::Charge;
use crate::ids::ApplicationId;
use crate::money::Money;
use crate::term::{Agreed, AutoRenew, BoughtTerm, TermOrder, Terms};
use crate::terms::Policies;

/// What a payer agrees to with an add-on: its price and effect, and the house rules of the term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddOnDeal {
    /// Price and effect.
    pub terms: AddOnTerms,
    /// House rules in force for the term.
    pub policies: Policies,
}

impl Agreed for AddOnDeal {
    fn policies(&self) -> &Policies {
        &self.policies
    }

    fn monthly_price(&self) -> Money {
        self.terms.price
    }

    fn price_list(&self) -> &str {
        &self.terms.price_list
    }
}

/// A bought add-on in one of its stages.
#[expect(clippy::large_enum_variant, reason = "the small variant lives only until the first event")]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AddOnPurchase {
    /// Nothing has happened.
    #[default]
    NotStarted,
    /// It began.
    Started(AddOnBought),
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Inside what is paid, or tried.
    Active,
    /// Everything paid has ended; usable until the instant.
    Grace {
        /// When it ends.
        until: Timestamp,
    },
    /// Over.
    Ended {
        /// Why.
        cause: EndCause,
        /// Since when.
        at: Timestamp,
    },
}

/// An add-on that began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddOnBought {
    /// The application.
    pub application_id: ApplicationId,
    /// Every term bought.
    pub terms: Terms<AddOnDeal>,
    /// How far it has come.
    pub stage: Stage,
}

impl AddOnBought {
    /// What it is.
    pub fn add_on(&self) -> AddOn {
        self.terms.last().terms.terms.add_on
    }

    /// Whether it is a trial.
    pub fn is_trial(&self) -> bool {
        self.terms.last().terms.terms.trial.is_some()
    }

    /// Whether it is paid for or in grace.
    pub fn is_running(&self) -> bool {
        match self.stage {
            Stage::Active | Stage::Grace { .. } => true,
            Stage::Ended { .. } => false,
        }
    }

    /// When it is next renewed by itself, while it runs.
    pub fn next_auto_renewal(&self) -> Option<Timestamp> {
        if self.is_running() { self.terms.next_auto_renewal() } else { None }
    }

    /// The next reminder's day and instant, while it runs; a trial's end is told when it is begun.
    pub fn next_reminder(&self) -> Option<(Date, Timestamp)> {
        if self.is_running() && !self.is_trial() { self.terms.next_reminder() } else { None }
    }
}

impl AddOnPurchase {
    /// The add-on if it began.
    pub fn started(&self) -> Option<&AddOnBought> {
        match self {
            Self::NotStarted => None,
            Self::Started(bought) => Some(bought),
        }
    }

    /// Folds a fact. Pairs that `decide` never emits leave the state as it is, and say so.
    pub fn evolve(&mut self, event: &Event) -> Folded {
        match (self, event) {
            (this @ Self::NotStarted, Event::AddOnStarted { application_id, months, period, deal, charge, at, .. }) => {
                let (months, period, terms) = (*months, *period, Arc::new(deal.clone()));
                let first = BoughtTerm { months, period, terms, order: Some(order(charge)) };
                *this = Self::begun(*application_id, *at, first);
            }
            (this @ Self::NotStarted, Event::AddOnTrialStarted { application_id, period, deal, at }) => {
                let first = BoughtTerm { months: 0, period: *period, terms: Arc::new(deal.clone()), order: None };
                *this = Self::begun(*application_id, *at, first);
            }
            (Self::Started(bought), Event::AddOnRenewed { months, period, deal, charge, .. }) => {
                let (months, period, terms) = (*months, *period, Arc::new(deal.clone()));
                bought.terms.push(BoughtTerm { months, period, terms, order: Some(order(charge)) });
                bought.stage = Stage::Active;
            }
            (Self::Started(bought), Event::AddOnReminded { on, .. }) => bought.terms.reminded_on = Some(*on),
            (Self::Started(bought), Event::AddOnGraceBegan { until, .. }) => {
                bought.stage = Stage::Grace { until: *until };
            }
            (Self::Started(bought), Event::AddOnRefunded { at, .. }) => {
                bought.stage = Stage::Ended { cause: EndCause::Refunded, at: *at };
            }
            (Self::Started(bought), Event::AddOnAutoRenewSet { months, at, .. }) => {
                bought.terms.auto_renew = months.map(|months| AutoRenew { months, since: *at });
            }
            (Self::Started(bought), Event::AddOnAutoRenewalFailed { at, .. }) => bought.terms.tried(*at),
            (Self::Started(bought), Event::AddOnEnded { cause, at, .. }) => {
                bought.stage = Stage::Ended { cause: *cause, at: *at };
            }
            (Self::Started(_), Event::AddOnStarted { .. } | Event::AddOnTrialStarted { .. })
            | (
                Self::NotStarted,
                Event::AddOnRenewed { .. }
                | Event::AddOnReminded { .. }
                | Event::AddOnGraceBegan { .. }
                | Event::AddOnRefunded { .. }
                | Event::AddOnAutoRenewSet { .. }
                | Event::AddOnAutoRenewalFailed { .. }
                | Event::AddOnEnded { .. },
            ) => return Folded::OutOfPlace,
        }
        Folded::InPlace
    }

    fn begun(application_id: ApplicationId, at: Timestamp, first: BoughtTerm<AddOnDeal>) -> Self {
        Self::Started(AddOnBought { application_id, terms: Terms::beginning(at, first), stage: Stage::Active })
    }
}

fn order(charge: &Charge) -> TermOrder {
    TermOrder { invoice_id: charge.invoice_id, amount: charge.amount }
}
