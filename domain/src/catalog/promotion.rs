//! Owns promotions: what one takes off, and on which orders.
//!
//! Does not own whether a payer is entitled to one: who is new, verified or has used it is the account's.

use serde::Serialize;

use crate::money::{Money, MoneyFault};
use crate::plan::PaidPlan;
use crate::terms::Discount;
pub use crate::terms::PromotionName;

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

    /// What it leaves of a list price.
    pub fn discount(&self) -> Discount {
        Discount { promotion: self.name, price_percent: self.price_percent }
    }

    /// What is paid instead of `list_total`, rounded once.
    ///
    /// # Errors
    /// [`MoneyFault::TooLarge`].
    pub fn price(&self, list_total: Money) -> Result<Money, MoneyFault> {
        self.discount().price(list_total)
    }
}
