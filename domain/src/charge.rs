//! Owns what a payer is charged for: one line of an invoice with its period, quantity, price and formula, and how it
//! was paid.
//!
//! Does not own which line is due when (aggregates) nor the invoice as a document (a projection).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::calendar::Period;
use crate::ids::{InvoiceId, LineId};
use crate::money::Money;
use crate::plan::PaidPlan;

/// What a line is for (S5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// A term of the Pro package.
    Pro,
    /// A term of the Flagship package.
    Flagship,
}

impl Item {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pro => "pro",
            Self::Flagship => "flagship",
        }
    }

    /// As a payer reads it.
    pub fn description(self) -> &'static str {
        match self {
            Self::Pro => "Pro package, prepaid",
            Self::Flagship => "Flagship package, prepaid",
        }
    }
}

impl From<PaidPlan> for Item {
    fn from(plan: PaidPlan) -> Self {
        match plan {
            PaidPlan::Pro => Self::Pro,
            PaidPlan::Flagship => Self::Flagship,
        }
    }
}

/// How an amount came about, with its numbers. Kept as data, so that it can be told in any language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Formula {
    /// Monthly price × months.
    MonthlyPrice {
        /// Price of one month.
        monthly_price: Money,
        /// Whole months.
        months: u32,
        /// The product.
        amount: Money,
    },
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MonthlyPrice { monthly_price, months, amount } => {
                let unit = if *months == 1 { "month" } else { "months" };
                write!(f, "{} per month × {months} {unit} = {}", monthly_price.amount(), amount.amount())
            }
        }
    }
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
}

/// What a payment took from where. Voucher first, then gift, then cash (facts §10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// From vouchers.
    pub voucher: Money,
    /// From the gift balance.
    pub gift: Money,
    /// From the cash balance.
    pub cash: Money,
}
