//! Owns what is known of a payer: the fold of its events.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DepositKind, Event, Voucher};
use crate::aggregate::Folded;
use crate::calendar::Month;
use crate::charge::{CreditReason, Item, Payment, StatementLine};
use crate::ids::{AccountId, ApplicationId, InvoiceId, VoucherId};
use crate::money::{Currency, Money};
use crate::terms::PromotionName;

/// A payer, open or not yet.
#[expect(clippy::large_enum_variant, reason = "the small variant lives only until the first event")]
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
    /// Every voucher given, also what is used up or expired: an id is given once.
    pub vouchers: BTreeMap<VoucherId, Voucher>,
    /// Promotions that made a price; a refund gives none back (U31).
    pub promotions_used: BTreeSet<PromotionName>,
    /// The last number of the payer's invoice series.
    pub invoices_issued: u64,
    /// Months that are still to be settled.
    pub billing: BTreeMap<Month, BillingMonth>,
    /// Bills that are not paid in full, oldest first.
    pub receivables: Vec<Receivable>,
    /// Corrections of settled months that the next statement bills, one a line.
    pub adjustments: Vec<StatementLine>,
    /// Whether the one refund within five days is taken (facts §3.3).
    pub five_day_refund_taken: bool,
    /// The debt as one story, from the first unpaid bill until everything is paid.
    pub arrears: Option<Arrears>,
    /// The broken invariant that took it out of service.
    pub parked: Option<String>,
}

/// A month on its way to its statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingMonth {
    /// When its statement is drafted.
    pub draft_at: Timestamp,
    /// When its statement becomes final and is deducted.
    pub final_at: Timestamp,
    /// The statement, once drafted.
    pub drafted: Option<InvoiceId>,
}

/// A bill that is not paid in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receivable {
    /// The bill.
    pub invoice_id: InvoiceId,
    /// Its number.
    pub number: u64,
    /// Since when it is owed.
    pub since: Timestamp,
    /// What is owed.
    pub due: Money,
}

/// A debt as one story: what joins it later changes neither its start nor its stop (U5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrears {
    /// The first unpaid bill's instant.
    pub since: Timestamp,
    /// When everything stops, or stopped.
    pub suspend_at: Timestamp,
    /// Since when everything is stopped.
    pub suspended_at: Option<Timestamp>,
}

impl OpenAccount {
    /// What can be taken: gift and cash. Both are bounded, so their sum always exists.
    pub fn balance(&self) -> Money {
        sum_or_keep(self.gift, self.cash)
    }

    /// What is owed.
    pub fn debt(&self) -> Money {
        self.receivables.iter().fold(Money::zero(self.cash.currency()), |debt, bill| sum_or_keep(debt, bill.due))
    }

    /// Gift and cash less what is owed (U4); negative in arrears.
    pub fn available(&self) -> Money {
        difference_or_keep(self.balance(), self.debt())
    }

    /// Whether everything is stopped for arrears.
    pub fn is_suspended(&self) -> bool {
        self.arrears.is_some_and(|arrears| arrears.suspended_at.is_some())
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
                    vouchers: BTreeMap::new(),
                    promotions_used: BTreeSet::new(),
                    invoices_issued: 0,
                    billing: BTreeMap::new(),
                    receivables: Vec::new(),
                    adjustments: Vec::new(),
                    five_day_refund_taken: false,
                    arrears: None,
                    parked: None,
                });
            }
            (Self::Open(account), Event::MoneyDeposited { amount, kind, .. }) => match kind {
                DepositKind::Cash => account.cash = sum_or_keep(account.cash, *amount),
                DepositKind::Gift => account.gift = sum_or_keep(account.gift, *amount),
            },
            (Self::Open(account), Event::VoucherGranted { voucher_id, face, expires_on, conditions, .. }) => {
                let (face, expires_on, conditions) = (*face, *expires_on, conditions.clone());
                account.vouchers.insert(voucher_id.clone(), Voucher { face, remaining: face, expires_on, conditions });
            }
            (Self::Open(account), Event::OrderPaid { number, paid, promotion, .. }) => {
                account.take(paid);
                account.promotions_used.extend(*promotion);
                account.invoices_issued = *number;
            }
            (Self::Open(account), Event::AccountParked { invariant, .. }) => {
                account.parked = Some(invariant.clone());
            }
            (Self::Open(account), Event::AccountUnparked { .. }) => account.parked = None,
            (Self::Open(account), Event::BillingMonthOpened { month, draft_at, final_at, .. }) => {
                let opened = BillingMonth { draft_at: *draft_at, final_at: *final_at, drafted: None };
                account.billing.insert(*month, opened);
            }
            (Self::Open(account), Event::StatementDrafted { month, invoice_id, .. }) => {
                if let Some(billing) = account.billing.get_mut(month) {
                    billing.drafted = Some(*invoice_id);
                }
            }
            (Self::Open(account), Event::StatementFinalised { invoice_id, number, month, paid, due, at, .. }) => {
                account.billing.remove(month);
                account.adjustments.clear();
                account.invoices_issued = *number;
                account.take(paid);
                if due.is_positive() {
                    let (invoice_id, number, since, due) = (*invoice_id, *number, *at, *due);
                    account.receivables.push(Receivable { invoice_id, number, since, due });
                }
            }
            (Self::Open(account), Event::BillingMonthPassed { month, .. }) => {
                account.billing.remove(month);
            }
            (Self::Open(account), Event::FellIntoArrears { suspend_at, at, .. }) => {
                account.arrears = Some(Arrears { since: *at, suspend_at: *suspend_at, suspended_at: None });
            }
            (Self::Open(account), Event::ReceivablePaid { invoice_id, paid, remaining, .. }) => {
                account.take(paid);
                account.still_owed(*invoice_id, *remaining);
            }
            (Self::Open(account), Event::CreditNoteIssued { number, reason, returned, .. }) => {
                account.gift = sum_or_keep(account.gift, returned.gift);
                account.cash = sum_or_keep(account.cash, returned.cash);
                account.invoices_issued = *number;
                account.five_day_refund_taken |= *reason == CreditReason::FiveDayRefund;
            }
            (Self::Open(account), Event::ReceivableCredited { invoice_id, remaining, .. }) => {
                account.still_owed(*invoice_id, *remaining);
            }
            (Self::Open(account), Event::AdjustmentDeferred { line, .. }) => {
                let month = line.adjusts.map(|adjusts| adjusts.month);
                account.adjustments.retain(|known| !is_adjustment(known, line.application_id, line.item, month));
                account.adjustments.push(line.clone());
            }
            (Self::Open(account), Event::AdjustmentWithdrawn { application_id, item, month, .. }) => {
                account.adjustments.retain(|known| !is_adjustment(known, *application_id, *item, Some(*month)));
            }
            (Self::Open(account), Event::ArrearsCleared { .. }) => account.arrears = None,
            (Self::Open(account), Event::AccountSuspended { at, .. }) => {
                if let Some(arrears) = &mut account.arrears {
                    arrears.suspended_at = Some(*at);
                }
            }
            (Self::Open(_), Event::AccountOpened { .. })
            | (
                Self::NotOpen,
                Event::MoneyDeposited { .. }
                | Event::VoucherGranted { .. }
                | Event::OrderPaid { .. }
                | Event::AccountParked { .. }
                | Event::BillingMonthOpened { .. }
                | Event::StatementDrafted { .. }
                | Event::StatementFinalised { .. }
                | Event::BillingMonthPassed { .. }
                | Event::FellIntoArrears { .. }
                | Event::ReceivablePaid { .. }
                | Event::CreditNoteIssued { .. }
                | Event::ReceivableCredited { .. }
                | Event::AdjustmentDeferred { .. }
                | Event::AdjustmentWithdrawn { .. }
                | Event::ArrearsCleared { .. }
                | Event::AccountSuspended { .. }
                | Event::AccountUnparked { .. },
            ) => return Folded::OutOfPlace,
        }
        Folded::InPlace
    }
}

impl OpenAccount {
    fn take(&mut self, paid: &Payment) {
        if let Some(voucher) = paid.voucher_id.as_ref().and_then(|id| self.vouchers.get_mut(id)) {
            voucher.remaining = difference_or_keep(voucher.remaining, paid.voucher);
        }
        self.gift = difference_or_keep(self.gift, paid.gift);
        self.cash = difference_or_keep(self.cash, paid.cash);
    }

    fn still_owed(&mut self, invoice_id: InvoiceId, remaining: Money) {
        for bill in self.receivables.iter_mut().filter(|bill| bill.invoice_id == invoice_id) {
            bill.due = remaining;
        }
        self.receivables.retain(|bill| !bill.due.is_zero());
    }

    /// The correction of that line that the next statement bills.
    pub fn adjustment(&self, application_id: ApplicationId, item: Item, month: Month) -> Option<&StatementLine> {
        self.adjustments.iter().find(|line| is_adjustment(line, application_id, item, Some(month)))
    }
}

fn is_adjustment(line: &StatementLine, application_id: ApplicationId, item: Item, month: Option<Month>) -> bool {
    line.application_id == application_id && line.item == item && line.adjusts.map(|adjusts| adjusts.month) == month
}

// `decide` has checked these sums before it emitted the fact, so the arms that keep the old figure are never taken by
// a log that verifies; evolve must not fail, and a figure that cannot exist must not replace one that can.
fn sum_or_keep(balance: Money, amount: Money) -> Money {
    balance.plus(amount).unwrap_or(balance)
}

fn difference_or_keep(balance: Money, amount: Money) -> Money {
    balance.minus(amount).unwrap_or(balance)
}
