//! Owns money that goes back: what a refund comes to, the credit note in the making, and why it is given.
//!
//! Does not own what a refund is reckoned from (`refund`) nor how it is paid out (`account`).

use serde::{Deserialize, Serialize};

use super::StatementLine;
use crate::ids::InvoiceId;
use crate::money::Money;

/// Which refund a payer gets (facts §3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundKind {
    /// All that was paid, within five days of the first purchase of an item, once per account.
    FiveDay,
    /// What was paid less what was used, at any time.
    Ordinary,
}

impl RefundKind {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::FiveDay => "five_day",
            Self::Ordinary => "ordinary",
        }
    }
}

/// What a payer gets back of a prepaid item, with the sums behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// Five-day or ordinary.
    pub kind: RefundKind,
    /// Paid in cash and gift by the orders that end, less what went back before.
    pub paid: Money,
    /// What of it was used.
    pub used: Money,
    /// The credit note; none when nothing is left to give back (C6.5).
    pub credit: Option<Credit>,
}

/// Money that goes back to a payer: a credit note in the making.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// The credit note.
    pub invoice_id: InvoiceId,
    /// What it is for.
    pub reason: CreditReason,
    /// The invoices whose money goes back.
    pub of: Vec<InvoiceId>,
    /// What each part is for; amounts without a sign.
    pub lines: Vec<StatementLine>,
    /// Their sum; more than nothing.
    pub total: Money,
    /// How those invoices were paid, less what went back before: it returns in the same proportion, and no more of it.
    pub paid: PaidBy,
}

/// Money by the balance it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaidBy {
    /// From the gift balance.
    pub gift: Money,
    /// From the cash balance.
    pub cash: Money,
}

impl PaidBy {
    /// Both together; bounded, as each balance is.
    pub fn sum(&self) -> Money {
        self.gift.plus(self.cash).unwrap_or(self.cash)
    }
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditReason {
    /// A prepaid item was refunded within its first five days; an account gets that once.
    FiveDayRefund,
    /// A prepaid item was refunded.
    Refund,
    /// The plan was lowered within its term.
    Downgrade,
    /// A closed month was corrected downwards.
    Correction,
}

impl From<RefundKind> for CreditReason {
    fn from(kind: RefundKind) -> Self {
        match kind {
            RefundKind::FiveDay => Self::FiveDayRefund,
            RefundKind::Ordinary => Self::Refund,
        }
    }
}
