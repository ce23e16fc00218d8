//! Owns promotions: what one takes off, and on which orders.
//!
//! Does not own whether a payer is entitled to one: who is new, verified or has used it is the account's.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::money::{Money, MoneyFault};
use crate::plan::PaidPlan;

/// The promotions that can be asked for, as the wire names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromotionName {
    /// The first month of a new customer.
    FirstPurchase,
    /// Whole years of Flagship.
    Yearly,
}

impl fmt::Display for PromotionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstPurchase => "first_purchase",
            Self::Yearly => "yearly",
        })
    }
}

/// One promotion of a price list. It touches the plan's price only, never add-ons or overage.
#[derive(Debug, Clone, Serialize)]
pub struct Promotion {
    /// What it is asked for by.
    pub name: PromotionName,
    /// The plans it is for.
    pub plans: Vec<PaidPlan>,
    /// The lengths of order it is for, in months.
    pub months: Vec<u32>,
    /// What is paid, in percent of the list price; 0 to 100.
    pub price_percent: u32,
    /// Whether renewals may have it.
    pub renewals: bool,
    /// Whether an account may have it once only, over all its applications and plans.
    pub once_per_account: bool,
    /// Whether only new customers may have it.
    pub new_customers_only: bool,
    /// Whether only accounts verified as enterprises may have it.
    pub enterprise_verified_only: bool,
    /// The documents it was taken from.
    pub source: String,
}

impl Promotion {
    /// Whether an order of this plan and length may have it, as far as the order alone can tell.
    pub fn covers(&self, plan: PaidPlan, months: u32) -> bool {
        self.plans.contains(&plan) && self.months.contains(&months)
    }

    /// What is paid instead of `list_total`, rounded once.
    ///
    /// # Errors
    /// [`MoneyFault::TooLarge`].
    pub fn price(&self, list_total: Money) -> Result<Money, MoneyFault> {
        let share = Decimal::new(i64::from(self.price_percent), 2);
        let exact = list_total.amount().checked_mul(share).ok_or(MoneyFault::TooLarge)?;
        Money::rounded(exact, list_total.currency())
    }
}
