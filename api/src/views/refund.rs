//! Owns how an order shows what it gave back: by which rule, from what was paid less what was used, and where it went.
//!
//! Does not own the credit note as a document (`projections::invoices`).

use serde::Serialize;
use subledger_domain::charge::RefundKind;
use subledger_domain::fact::{Event, Fact};
use subledger_domain::ids::InvoiceId;
use subledger_domain::money::Money;
use subledger_domain::{account, add_on, subscription};

/// The events that tell of a refund.
pub(super) const GIVING_BACK: [&str; 4] = ["PlanRefunded", "PlanDowngraded", "AddOnRefunded", "CreditNoteIssued"];

/// What an order gave back.
#[derive(Debug, Serialize)]
pub(super) struct RefundView {
    kind: RefundKind,
    paid: Money,
    used: Money,
    cash: Money,
    gift: Money,
    /// What of it paid open bills first.
    to_debt: Money,
    credit_note: Option<InvoiceId>,
}

impl RefundView {
    /// The first refund among these facts, with its credit note. An upgrade may give a pack back beside the plan; the
    /// credit notes tell of each.
    pub(super) fn of<'f>(facts: impl Iterator<Item = &'f Fact> + Clone) -> Option<Self> {
        let refund = facts.clone().find_map(|fact| match &fact.event {
            Event::Subscription(subscription::Event::PlanRefunded { refund, .. }) => Some(refund),
            Event::Subscription(subscription::Event::PlanDowngraded { refund, .. }) => refund.as_ref(),
            Event::AddOn(add_on::Event::AddOnRefunded { refund, .. }) => Some(refund),
            _ => None,
        })?;
        let note = facts.clone().find_map(|fact| match &fact.event {
            Event::Account(account::Event::CreditNoteIssued { invoice_id, returned, to_debt, .. }) => {
                let of_refund = refund.credit.as_ref().is_some_and(|credit| credit.invoice_id == *invoice_id);
                of_refund.then_some((*invoice_id, *returned, *to_debt))
            }
            _ => None,
        });
        let nothing = Money::zero(refund.paid.currency());
        let (cash, gift, to_debt) =
            note.map_or((nothing, nothing, nothing), |(_, returned, to_debt)| (returned.cash, returned.gift, to_debt));
        let credit_note = note.map(|(id, ..)| id);
        Some(Self { kind: refund.kind, paid: refund.paid, used: refund.used, cash, gift, to_debt, credit_note })
    }
}
