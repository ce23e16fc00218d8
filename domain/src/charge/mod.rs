//! Owns what a payer is charged for: one line of an invoice with its period, quantity, price and formula, and how it
//! was paid.
//!
//! Does not own which line is due when (aggregates) nor the invoice as a document (a projection).

mod credit;
mod formula;
mod item;
mod source_line;

use serde::{Deserialize, Serialize};

pub use credit::{Credit, CreditReason, PaidBy, Refund, RefundKind};
pub(crate) use formula::as_price;
pub use formula::{Formula, UsedPart};
pub use item::{Item, NoItem};
pub use source_line::SourceLine;

use crate::calendar::{Month, Period};
use crate::ids::{ApplicationId, EventId, InvoiceId, LineId, VoucherId};
use crate::money::Money;
use crate::terms::PromotionName;

/// An event that a line comes from, by its id and its place in its stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseRef {
    /// The event.
    pub event_id: EventId,
    /// Kind of its aggregate.
    pub aggregate_type: String,
    /// Its stream among its kind.
    pub aggregate_id: String,
    /// Its sequence there.
    pub sequence: u64,
}

/// One line of a monthly statement, whole inside the event that brings it about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementLine {
    /// The line.
    pub line_id: LineId,
    /// The application it is for.
    pub application_id: ApplicationId,
    /// What it is for.
    pub item: Item,
    /// The natural month.
    pub period: Period,
    /// How many units: blocks begun, or months of storage.
    pub quantity: u64,
    /// Price of one unit and month.
    pub unit_price: Money,
    /// What is owed; rounded once, here.
    pub amount: Money,
    /// The price list agreed to.
    pub price_list: String,
    /// How `amount` came about.
    pub formula: Formula,
    /// The events it comes from.
    pub causes: Vec<CauseRef>,
    /// The line of an issued statement that this one corrects (U38).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjusts: Option<Adjusts>,
}

/// What a correction is of. The issued statement itself never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjusts {
    /// The statement.
    pub invoice_id: InvoiceId,
    /// Its month.
    pub month: Month,
}

/// One charge: an invoice line in the making, whole inside the event that brings it about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// The invoice it belongs to.
    pub invoice_id: InvoiceId,
    /// The line.
    pub line_id: LineId,
    /// What it is for.
    pub item: Item,
    /// The stretch of time it pays.
    pub period: Period,
    /// How many units.
    pub quantity: u32,
    /// Price of one unit.
    pub unit_price: Money,
    /// What is owed; rounded once, here.
    pub amount: Money,
    /// The price list agreed to.
    pub price_list: String,
    /// How `amount` came about.
    pub formula: Formula,
    /// The voucher that is to pay of it first (U20).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher_id: Option<VoucherId>,
}

impl Charge {
    /// The promotion it was priced by.
    pub fn promotion(&self) -> Option<PromotionName> {
        let Formula::Promotional { promotion, .. } = &self.formula else { return None };
        Some(*promotion)
    }
}

/// What a payment took from where. Voucher first, then gift, then cash (facts §10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// From a voucher.
    pub voucher: Money,
    /// Which one: one for each order or statement (U20).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher_id: Option<VoucherId>,
    /// From the gift balance.
    pub gift: Money,
    /// From the cash balance.
    pub cash: Money,
}
