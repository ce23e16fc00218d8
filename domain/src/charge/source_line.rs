//! Owns a line of an order or of a payer's document as its event has it, in one form for whoever tells of it.
//!
//! Does not own where it stands and what it comes from: that is the invoice's.

use super::{Charge, Formula, Item, StatementLine};
use crate::calendar::Period;
use crate::ids::ApplicationId;
use crate::money::Money;

/// A line as the event has it that brings it about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// The application it is for.
    pub application_id: ApplicationId,
    /// What it is for.
    pub item: Item,
    /// The stretch of time it pays.
    pub period: Period,
    /// How many units.
    pub quantity: u64,
    /// Price of one unit.
    pub unit_price: Money,
    /// What it comes to.
    pub amount: Money,
    /// The price list agreed to.
    pub price_list: String,
    /// How it came about.
    pub formula: Formula,
}

impl SourceLine {
    /// The one line of an order.
    pub fn of_charge(application_id: ApplicationId, charge: &Charge) -> Self {
        Self {
            application_id,
            item: charge.item,
            period: charge.period,
            quantity: u64::from(charge.quantity),
            unit_price: charge.unit_price,
            amount: charge.amount,
            price_list: charge.price_list.clone(),
            formula: charge.formula.clone(),
        }
    }
}

impl From<&StatementLine> for SourceLine {
    fn from(line: &StatementLine) -> Self {
        Self {
            application_id: line.application_id,
            item: line.item,
            period: line.period,
            quantity: line.quantity,
            unit_price: line.unit_price,
            amount: line.amount,
            price_list: line.price_list.clone(),
            formula: line.formula.clone(),
        }
    }
}
