//! Owns what Books remember of documents: how each invoice was paid, what went back of it, what each settled month was
//! billed. Refunds and corrections ask.
//!
//! Does not own the documents themselves (a projection).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Books;
use crate::account::Event;
use crate::charge::{CreditReason, Item, PaidBy, Payment, StatementLine};
use crate::fact::{Event as AnyEvent, Fact};
use crate::ids::{InvoiceId, UsageMonthId};
use crate::money::{Currency, Money};

/// How an invoice was paid. Vouchers are left out: they are never returned (facts §3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidInvoice {
    /// From which balances.
    pub paid: PaidBy,
    /// What went back of it.
    pub returned: PaidBy,
}

/// What a settled month of an application was billed so far, corrections included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BilledMonth {
    /// The statement of the month first, then those that billed corrections of it.
    pub invoices: Vec<InvoiceId>,
    /// What each item came to.
    amounts: BTreeMap<Item, Money>,
    /// The statements that charged an item something, the oldest first: its money is of these (U38).
    charged: BTreeMap<Item, Vec<InvoiceId>>,
}

impl Default for PaidInvoice {
    fn default() -> Self {
        let nothing = Money::zero(Currency::default());
        let none = PaidBy { gift: nothing, cash: nothing };
        Self { paid: none, returned: none }
    }
}

impl BilledMonth {
    /// What an item came to so far.
    pub fn amount(&self, item: Item) -> Money {
        self.amounts.get(&item).copied().unwrap_or(Money::zero(Currency::default()))
    }

    /// The statements that charged any of these items, the oldest first.
    pub(crate) fn charged_by(&self, items: &[Item]) -> Vec<InvoiceId> {
        let of = |invoice: &&InvoiceId| {
            items.iter().any(|item| self.charged.get(item).is_some_and(|charged| charged.contains(invoice)))
        };
        self.invoices.iter().filter(of).copied().collect()
    }

    fn bill(&mut self, invoice: InvoiceId, line: &StatementLine) {
        if line.amount.is_positive() {
            self.charged.entry(line.item).or_default().push(invoice);
        }
        if !self.invoices.contains(&invoice) {
            self.invoices.push(invoice);
        }
        let billed = self.amount(line.item);
        self.amounts.insert(line.item, billed.plus(line.amount).unwrap_or(billed));
    }

    fn give_back(&mut self, line: &StatementLine) {
        let billed = self.amount(line.item);
        self.amounts.insert(line.item, billed.minus(line.amount).unwrap_or(billed));
    }
}

/// The month a statement's line bills.
fn billed_month(line: &StatementLine, month: crate::calendar::Month) -> UsageMonthId {
    let month = line.adjusts.map_or(month, |adjusts| adjusts.month);
    UsageMonthId { application_id: line.application_id, month }
}

/// The invoices and settled months a fact changes what is remembered of.
pub(super) fn touched(fact: &Fact) -> (Vec<InvoiceId>, Vec<UsageMonthId>) {
    match &fact.event {
        AnyEvent::Account(Event::OrderPaid { invoice_id, .. } | Event::ReceivablePaid { invoice_id, .. }) => {
            (vec![*invoice_id], vec![])
        }
        AnyEvent::Account(Event::StatementFinalised { invoice_id, month, lines, .. }) => {
            (vec![*invoice_id], lines.iter().map(|line| billed_month(line, *month)).collect())
        }
        AnyEvent::Account(Event::CreditNoteIssued { invoice_id, of, lines, .. }) => {
            let corrected =
                lines.iter().filter_map(|line| line.adjusts.map(|adjusts| billed_month(line, adjusts.month)));
            (of.iter().chain([invoice_id]).copied().collect(), corrected.collect())
        }
        AnyEvent::Account(Event::ReceivableCredited { invoice_id, credit_note, .. }) => {
            (vec![*invoice_id, *credit_note], vec![])
        }
        AnyEvent::Account(_)
        | AnyEvent::Application(_)
        | AnyEvent::Subscription(_)
        | AnyEvent::AddOn(_)
        | AnyEvent::Usage(_)
        | AnyEvent::PriceList(_) => (vec![], vec![]),
    }
}

impl Books {
    /// Remembers what a fact says of documents.
    pub(super) fn remember(&mut self, fact: &Fact) {
        let AnyEvent::Account(event) = &fact.event else { return };
        match event {
            Event::OrderPaid { invoice_id, paid, .. } | Event::ReceivablePaid { invoice_id, paid, .. } => {
                self.paid_for(*invoice_id, paid);
            }
            Event::StatementFinalised { invoice_id, month, lines, paid, .. } => {
                self.paid_for(*invoice_id, paid);
                for line in lines {
                    let billed = self.billed.entry(billed_month(line, *month)).or_default();
                    Arc::make_mut(billed).bill(*invoice_id, line);
                }
            }
            Event::CreditNoteIssued { invoice_id, of, lines, reason, total, returned, .. } => {
                let gone = self.gone(of, *total, *returned);
                // What paid debts, until the open bills tell which.
                self.payments.entry(*invoice_id).or_default().paid = difference(gone, *returned);
                self.went_back(of, gone);
                for line in lines.iter().filter(|_| *reason == CreditReason::Correction) {
                    let month = line.adjusts.map(|adjusts| billed_month(line, adjusts.month));
                    if let Some(billed) = month.and_then(|month| self.billed.get_mut(&month)) {
                        Arc::make_mut(billed).give_back(line);
                    }
                }
            }
            Event::ReceivableCredited { invoice_id, credit_note, amount, .. } => {
                self.paid_by_note(*invoice_id, *credit_note, *amount);
            }
            Event::AccountOpened { .. }
            | Event::MoneyDeposited { .. }
            | Event::VoucherGranted { .. }
            | Event::BillingMonthOpened { .. }
            | Event::StatementDrafted { .. }
            | Event::BillingMonthPassed { .. }
            | Event::FellIntoArrears { .. }
            | Event::AdjustmentDeferred { .. }
            | Event::AdjustmentWithdrawn { .. }
            | Event::ArrearsCleared { .. }
            | Event::AccountSuspended { .. }
            | Event::AccountParked { .. }
            | Event::AccountUnparked { .. } => {}
        }
    }

    fn paid_for(&mut self, invoice_id: InvoiceId, payment: &Payment) {
        let known = self.payments.entry(invoice_id).or_default();
        known.paid = sum(known.paid, PaidBy { gift: payment.gift, cash: payment.cash });
    }

    /// What a note takes off the invoices it is of, debts that it paid included: in the proportion they were paid (U30).
    fn gone(&self, of: &[InvoiceId], total: Money, returned: PaidBy) -> PaidBy {
        let nothing = PaidBy { gift: Money::zero(total.currency()), cash: Money::zero(total.currency()) };
        let left = of.iter().filter_map(|id| self.payments.get(id)).map(PaidInvoice::left).fold(nothing, sum);
        let all = total.min(left.sum());
        if all == returned.sum() {
            return returned;
        }
        in_proportion(all, left)
    }

    /// A bill that a note paid is paid by what the note is of.
    fn paid_by_note(&mut self, invoice_id: InvoiceId, note: InvoiceId, amount: Money) {
        let Some(source) = self.payments.get(&note).map(|known| known.paid) else { return };
        let known = self.payments.entry(invoice_id).or_default();
        known.paid = sum(known.paid, in_proportion(amount.min(source.sum()), source));
    }

    /// What goes back is taken off the invoices it is of, in order, no more of each than was paid.
    fn went_back(&mut self, of: &[InvoiceId], returned: PaidBy) {
        let mut rest = returned;
        for invoice_id in of {
            let Some(known) = self.payments.get_mut(invoice_id) else { continue };
            let left = known.left();
            let here = PaidBy { gift: rest.gift.min(left.gift), cash: rest.cash.min(left.cash) };
            known.returned = sum(known.returned, here);
            rest = difference(rest, here);
        }
    }
}

impl PaidInvoice {
    /// What was paid and did not go back.
    pub fn left(&self) -> PaidBy {
        difference(self.paid, self.returned)
    }
}

/// An amount split as another one is; cash is rounded and gift takes the rest (R0).
fn in_proportion(amount: Money, like: PaidBy) -> PaidBy {
    let nothing = Money::zero(amount.currency());
    let cash = amount.share(like.cash, like.sum()).unwrap_or(nothing);
    PaidBy { gift: amount.minus(cash).unwrap_or(nothing), cash }
}

// `decide` has checked what it emitted, so the arms that keep the old figure are never taken by a log that verifies.
pub(crate) fn sum(one: PaidBy, other: PaidBy) -> PaidBy {
    PaidBy { gift: one.gift.plus(other.gift).unwrap_or(one.gift), cash: one.cash.plus(other.cash).unwrap_or(one.cash) }
}

fn difference(one: PaidBy, other: PaidBy) -> PaidBy {
    PaidBy {
        gift: one.gift.minus(other.gift).unwrap_or(one.gift),
        cash: one.cash.minus(other.cash).unwrap_or(one.cash),
    }
}
