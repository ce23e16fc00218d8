//! Owns who may have a promotion on a purchase (U47): what the list says of it, held against the order and the payer.
//!
//! Does not own what it takes off (`catalog`).

use std::fmt;

use super::OrderError;
use crate::account::OpenAccount;
use crate::catalog::{PriceList, Promotion, PromotionName};
use crate::plan::PaidPlan;
use crate::terms::Discount;

/// Why a promotion does not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotPromoted {
    /// The list in force has none of that name.
    NotOffered,
    /// It is for other plans.
    OtherPlans(Vec<PaidPlan>),
    /// It is for other lengths.
    OtherMonths(Vec<u32>),
    /// Only for new customers.
    NotNew,
    /// Only for verified enterprises.
    NotVerified,
    /// Only once for an account, over all its applications and plans.
    Used,
}

impl fmt::Display for NotPromoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn listed<T: ToString>(things: &[T]) -> String {
            things.iter().map(T::to_string).collect::<Vec<_>>().join(" or ")
        }
        match self {
            Self::NotOffered => f.write_str("the price list in force does not have it"),
            Self::OtherPlans(plans) => write!(f, "it is for {}", listed(plans)),
            Self::OtherMonths(months) if months == &[1] => f.write_str("it is for orders of 1 month"),
            Self::OtherMonths(months) => write!(f, "it is for orders of {} months", listed(months)),
            Self::NotNew => f.write_str("it is for new customers"),
            Self::NotVerified => f.write_str("it is for verified enterprises"),
            Self::Used => f.write_str("the account has had it, and it is given once"),
        }
    }
}

/// As far as an order without a payer can tell: for an estimate.
pub(crate) fn of_order(
    list: &PriceList,
    name: PromotionName,
    plan: PaidPlan,
    months: u32,
) -> Result<&Promotion, OrderError> {
    let refused = |why| OrderError::PromotionNotApplicable { promotion: name, why };
    let promotion = list.promotion(name).ok_or_else(|| refused(NotPromoted::NotOffered))?;
    if !promotion.plans.contains(&plan) {
        return Err(refused(NotPromoted::OtherPlans(promotion.plans.clone())));
    }
    if !promotion.covers(plan, months) {
        return Err(refused(NotPromoted::OtherMonths(promotion.months.clone())));
    }
    Ok(promotion)
}

/// What the payer's purchase is reduced by.
pub(super) fn of_purchase(
    list: &PriceList,
    payer: &OpenAccount,
    name: PromotionName,
    plan: PaidPlan,
    months: u32,
) -> Result<Discount, OrderError> {
    let promotion = of_order(list, name, plan, months)?;
    let refused = |why| Err(OrderError::PromotionNotApplicable { promotion: name, why });
    if promotion.new_customers_only && !payer.new_customer {
        return refused(NotPromoted::NotNew);
    }
    if promotion.enterprise_verified_only && !payer.enterprise_verified {
        return refused(NotPromoted::NotVerified);
    }
    if promotion.once_per_account && payer.promotions_used.contains(&name) {
        return refused(NotPromoted::Used);
    }
    Ok(promotion.discount())
}
