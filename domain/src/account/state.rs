//! Owns what is known of a payer: the fold of its events.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DepositKind, Event};
use crate::aggregate::Folded;
use crate::ids::AccountId;
use crate::money::{Currency, Money};

/// A payer, open or not yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Account {
    /// Nothing has happened.
    #[default]
    NotOpen,
    /// The ledger keeps it.
    Open(OpenAccount),
}

/// A payer that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAccount {
    /// The payer.
    pub id: AccountId,
    /// As the payer is called.
    pub name: String,
    /// Whether the enterprise is verified.
    pub enterprise_verified: bool,
    /// Whether the payer is new to the service.
    pub new_customer: bool,
    /// Since when.
    pub opened_at: Timestamp,
    /// Paid in; never negative.
    pub cash: Money,
    /// Given; never negative.
    pub gift: Money,
    /// The last number of the payer's invoice series.
    pub invoices_issued: u64,
    /// The broken invariant that took it out of service.
    pub parked: Option<String>,
}

impl OpenAccount {
    /// What an order may cost: gift and cash. Both are bounded, so their sum always exists.
    pub fn available(&self) -> Money {
        sum_or_keep(self.gift, self.cash)
    }
}

impl Account {
    /// The account if it is open.
    pub fn open(&self) -> Option<&OpenAccount> {
        match self {
            Self::NotOpen => None,
            Self::Open(account) => Some(account),
        }
    }

    /// Folds a fact. Pairs that `decide` never emits leave the state as it is, and say so.
    pub fn evolve(&mut self, event: &Event) -> Folded {
        match (self, event) {
            (
                this @ Self::NotOpen,
                Event::AccountOpened { account_id, name, enterprise_verified, new_customer, at },
            ) => {
                *this = Self::Open(OpenAccount {
                    id: account_id.clone(),
                    name: name.clone(),
                    enterprise_verified: *enterprise_verified,
                    new_customer: *new_customer,
                    opened_at: *at,
                    cash: Money::zero(Currency::CNY),
                    gift: Money::zero(Currency::CNY),
                    invoices_issued: 0,
                    parked: None,
                });
            }
            (Self::Open(account), Event::MoneyDeposited { amount, kind, .. }) => match kind {
                DepositKind::Cash => account.cash = sum_or_keep(account.cash, *amount),
                DepositKind::Gift => account.gift = sum_or_keep(account.gift, *amount),
            },
            (Self::Open(account), Event::OrderPaid { number, paid, .. }) => {
                account.gift = difference_or_keep(account.gift, paid.gift);
                account.cash = difference_or_keep(account.cash, paid.cash);
                account.invoices_issued = *number;
            }
            (Self::Open(account), Event::AccountParked { invariant, .. }) => {
                account.parked = Some(invariant.clone());
            }
            (Self::Open(_), Event::AccountOpened { .. })
            | (Self::NotOpen, Event::MoneyDeposited { .. } | Event::OrderPaid { .. } | Event::AccountParked { .. }) => {
                return Folded::OutOfPlace;
            }
        }
        Folded::InPlace
    }
}

// `decide` has checked these sums before it emitted the fact, so the arms that keep the old figure are never taken by
// a log that verifies; evolve must not fail, and a figure that cannot exist must not replace one that can.
fn sum_or_keep(balance: Money, amount: Money) -> Money {
    balance.plus(amount).unwrap_or(balance)
}

fn difference_or_keep(balance: Money, amount: Money) -> Money {
    balance.minus(amount).unwrap_or(balance)
}
