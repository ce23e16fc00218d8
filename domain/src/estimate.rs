//! Owns the price calculator (S3): what a plan, value-added services and expected use would cost, without a payer.
//!
//! Does not own prices (`catalog`). It is priced by the same terms and the same arithmetic as purchases and settlement.

use serde::Serialize;

use crate::catalog::{AddOn, AddOnTerms, PriceList, PromotionName};
use crate::charge::{Formula, Item};
use crate::decide::{OrderError, Refusal, promoted};
use crate::money::{Money, MoneyFault};
use crate::plan::{DataSite, PaidPlan, Plan};
use crate::proration::{MonthShare, started_blocks};
use crate::terms::{Discount, OverageTerms, PlanTerms};

/// What is asked: a life of whole months with the same use in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Where the data lives.
    pub data_site: DataSite,
    /// The plan.
    pub plan: Plan,
    /// Whole months.
    pub months: u32,
    /// Value-added services for as many months.
    pub add_ons: Vec<AddOn>,
    /// Days of history kept, if not the plan's own.
    pub history_retention_days: Option<u32>,
    /// Highest daily actives of each month.
    pub peak_dau: u64,
    /// Highest number of groups of each month.
    pub peak_groups: u64,
    /// A promotion asked for. Whether a payer is entitled to it, an estimate cannot tell.
    pub promotion: Option<PromotionName>,
}

/// One line of an estimate, for all months (U43).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EstimateLine {
    /// What it is for.
    pub item: Item,
    /// Months it is for.
    pub months: u32,
    /// What it comes to in one month.
    pub monthly: Money,
    /// What it comes to.
    pub amount: Money,
    /// How one month came about, or all of what is paid in advance.
    pub formula: String,
}

/// What all of it would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// Each part.
    pub lines: Vec<EstimateLine>,
    /// Paid in advance.
    pub prepaid: Money,
    /// Billed after use.
    pub postpaid: Money,
    /// Both.
    pub total: Money,
    /// The list it was priced by.
    pub price_list: String,
}

/// Answers what it would cost.
///
/// # Errors
/// The refusals of the purchases it stands for.
pub fn estimate(list: &PriceList, asked: &Question) -> Result<Estimate, Refusal> {
    if !list.months().contains(&asked.months) {
        let (least, most) = (*list.months().start(), *list.months().end());
        return Err(OrderError::MonthsOutOfRange { months: asked.months, least, most }.into());
    }
    let mut add_ons: Vec<AddOnTerms> = Vec::new();
    for add_on in &asked.add_ons {
        if add_ons.iter().any(|deal| deal.add_on.kind() == add_on.kind()) {
            return Err(OrderError::AddOnAskedTwice { add_on: *add_on }.into());
        }
        let deal = list.add_on(*add_on, asked.data_site, asked.plan).map_err(OrderError::from)?;
        list.sold_anew(&deal).map_err(OrderError::from)?;
        add_ons.push(deal);
    }
    let plan = match asked.plan {
        Plan::Trial => return Err(OrderError::TrialNotReenterable.into()),
        Plan::Pro => PaidPlan::Pro,
        Plan::Flagship => PaidPlan::Flagship,
    };
    let terms = list.plan_terms(asked.data_site, plan);
    let months = asked.months;
    let promotion = asked.promotion.map(|name| promoted(list, name, plan, months)).transpose()?;
    let mut prepaid = vec![match promotion {
        None => monthly(Item::from(plan), terms.monthly_price, months)?,
        Some(promotion) => promotional(Item::from(plan), terms.monthly_price, months, promotion.discount())?,
    }];
    for deal in &add_ons {
        if let Some(item) = Item::of_add_on(deal.add_on) {
            prepaid.push(monthly(item, deal.price, months)?);
        }
    }
    let mut postpaid = Vec::new();
    postpaid.extend(overage(Item::DauOverage, asked.peak_dau, &terms.dau_overage, months)?);
    postpaid.extend(overage(Item::GroupOverage, asked.peak_groups, &terms.group_overage, months)?);
    postpaid.extend(storage(list, &terms, asked.history_retention_days, months)?);
    let (in_advance, after_use) = (sum(list, &prepaid)?, sum(list, &postpaid)?);
    let total = in_advance.plus(after_use).map_err(money)?;
    let lines = prepaid.into_iter().chain(postpaid).collect();
    Ok(Estimate { lines, prepaid: in_advance, postpaid: after_use, total, price_list: list.id().to_owned() })
}

fn monthly(item: Item, price: Money, months: u32) -> Result<EstimateLine, Refusal> {
    let amount = price.times(u64::from(months)).map_err(money)?;
    let formula = Formula::MonthlyPrice { monthly_price: price, months, amount }.to_string();
    Ok(EstimateLine { item, months, monthly: price, amount, formula })
}

/// Add-ons and what is billed after use stay at their price (facts §4.3).
fn promotional(item: Item, monthly: Money, months: u32, discount: Discount) -> Result<EstimateLine, Refusal> {
    let full = monthly.times(u64::from(months)).map_err(money)?;
    let (amount, Discount { promotion, price_percent }) = (discount.price(full).map_err(money)?, discount);
    let formula = Formula::Promotional { promotion, monthly_price: monthly, months, price_percent, amount };
    Ok(EstimateLine { item, months, monthly, amount, formula: formula.to_string() })
}

fn overage(item: Item, peak: u64, terms: &OverageTerms, months: u32) -> Result<Option<EstimateLine>, Refusal> {
    let blocks = started_blocks(peak, terms.included, terms.block);
    if blocks == 0 {
        return Ok(None);
    }
    let fee = terms.block_price.times(blocks).map_err(money)?;
    let formula = Formula::Overage {
        peak,
        peak_on: None,
        included: terms.included,
        block: terms.block,
        blocks,
        block_price: terms.block_price,
        share: WHOLE_MONTH,
        days_without_reading: Vec::new(),
        amount: fee,
    };
    let amount = fee.times(u64::from(months)).map_err(money)?;
    Ok(Some(EstimateLine { item, months, monthly: fee, amount, formula: formula.to_string() }))
}

fn storage(
    list: &PriceList,
    terms: &PlanTerms,
    days: Option<u32>,
    months: u32,
) -> Result<Option<EstimateLine>, Refusal> {
    let included = list.rights(terms.plan.into()).quotas.history_retention_days;
    let Some(days) = days.filter(|days| Some(u64::from(*days)) != included) else { return Ok(None) };
    let Some(step) = terms.history_storage.iter().find(|step| step.days == days) else {
        let steps = terms.history_storage.iter().map(|step| step.days).collect();
        return Err(OrderError::RetentionStepUnknown { days, steps }.into());
    };
    let (monthly_price, plan) = (step.monthly_price, terms.plan);
    let formula = Formula::Storage { kept_days: days, plan, monthly_price, share: WHOLE_MONTH, amount: monthly_price };
    let amount = monthly_price.times(u64::from(months)).map_err(money)?;
    let (item, formula) = (Item::HistoryStorage, formula.to_string());
    Ok(Some(EstimateLine { item, months, monthly: monthly_price, amount, formula }))
}

const WHOLE_MONTH: MonthShare = MonthShare { service_days: 30, days: 30, whole: true };

fn sum(list: &PriceList, lines: &[EstimateLine]) -> Result<Money, Refusal> {
    let nothing = Money::zero(list.currency());
    lines.iter().try_fold(nothing, |total, line| total.plus(line.amount)).map_err(money)
}

fn money(fault: MoneyFault) -> Refusal {
    crate::account::Error::from(fault).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{CallVariant, Catalog};

    fn asked(plan: Plan, months: u32) -> Question {
        Question {
            data_site: DataSite::China,
            plan,
            months,
            add_ons: Vec::new(),
            history_retention_days: None,
            peak_dau: 0,
            peak_groups: 0,
            promotion: None,
        }
    }

    fn totals(question: &Question) -> (String, String, String) {
        let catalog = Catalog::builtin().expect("the built-in lists");
        let list = catalog.list("2022-07").expect("the default list");
        let estimate = estimate(list, question).expect("it is sold");
        let text = |money: Money| money.amount().to_string();
        (text(estimate.prepaid), text(estimate.postpaid), text(estimate.total))
    }

    #[test]
    fn u43_everything_is_for_all_the_months() {
        let question = Question { peak_dau: 25_000, ..asked(Plan::Pro, 3) };
        assert_eq!(totals(&question), ("2997.00".into(), "6000.00".into(), "8997.00".into()));
    }

    #[test]
    fn c3_3_adds_up() {
        let question = Question {
            add_ons: vec![AddOn::AvchatroomUnlimited, AddOn::GroupMembers, AddOn::GroupsPerUser],
            history_retention_days: Some(360),
            peak_dau: 25_000,
            peak_groups: 150_000,
            ..asked(Plan::Pro, 1)
        };
        assert_eq!(totals(&question), ("3599.00".into(), "5500.00".into(), "9099.00".into()));
    }

    #[test]
    fn c3_7_adds_up() {
        let question = Question { add_ons: vec![AddOn::AvCall(CallVariant::Premium)], ..asked(Plan::Flagship, 1) };
        assert_eq!(totals(&question), ("4499.00".into(), "0.00".into(), "4499.00".into()));
    }
}
