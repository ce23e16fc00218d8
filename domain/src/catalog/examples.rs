//! Owns worked examples: an order and its usage with what they must cost, written beside the prices they prove.
//!
//! Does not own what a real order costs: that is decided with a payer's state. An example has none, so it needs the list
//! and multiplication only.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::add_on::{AddOn, NotSold};
use super::price_list::{Metered, PriceList};
use super::promotion::PromotionName;
use crate::money::{Currency, Money, MoneyFault};
use crate::plan::{DataSite, PaidPlan, Plan};
use crate::terms::OverageTerms;

/// An order of whole months, the usage of each of them, and what is expected.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it is called; golden cases keep their number.
    pub case: String,
    /// Where the data lives.
    pub site: DataSite,
    /// The plan.
    pub plan: Plan,
    /// Months ordered; everything is for all of them.
    #[serde(default = "one_month")]
    pub months: u32,
    /// Whether it renews what the application has: what is only renewed is refused to others.
    #[serde(default)]
    pub renewal: bool,
    /// Add-ons ordered with it, for as many months.
    #[serde(default)]
    pub add_ons: Vec<AddOn>,
    /// Days of history kept, if not the plan's own.
    #[serde(default)]
    pub history_retention_days: Option<u32>,
    /// Highest daily actives of each month.
    #[serde(default)]
    pub peak_dau: u64,
    /// Highest number of groups of each month.
    #[serde(default)]
    pub peak_groups: u64,
    /// A promotion asked for.
    #[serde(default)]
    pub promotion: Option<PromotionName>,
    /// What is paid in advance, e.g. `"999.00"`.
    #[serde(default)]
    pub prepaid: Option<String>,
    /// What is billed after use.
    #[serde(default)]
    pub postpaid: Option<String>,
    /// Both.
    #[serde(default)]
    pub total: Option<String>,
    /// The refusal's name, if the order must be refused.
    #[serde(default)]
    pub refused: Option<String>,
}

fn one_month() -> u32 {
    1
}

/// An example that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("example {case}: {figure} must be {expected}, the list gives {found}")]
pub struct ExampleFailure {
    /// Which one.
    pub case: String,
    /// Which of its figures.
    pub figure: &'static str,
    /// What it says.
    pub expected: String,
    /// What the list gives.
    pub found: String,
}

struct Cost {
    prepaid: Money,
    postpaid: Money,
    total: Money,
}

enum NoCost {
    Refused(&'static str),
    Money(MoneyFault),
}

impl From<MoneyFault> for NoCost {
    fn from(fault: MoneyFault) -> Self {
        Self::Money(fault)
    }
}

impl From<NotSold> for NoCost {
    fn from(refusal: NotSold) -> Self {
        Self::Refused(refusal.code())
    }
}

impl fmt::Display for NoCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(code) => write!(f, "the refusal {code}"),
            Self::Money(fault) => fault.fmt(f),
        }
    }
}

impl Example {
    /// What is wrong with the expectation itself: it is for amounts, or for a refusal, and not for both.
    pub(super) fn malformed(&self, currency: Currency) -> Option<String> {
        let mut figures = [&self.prepaid, &self.postpaid, &self.total].into_iter().flatten().peekable();
        if figures.peek().is_some() == self.refused.is_some() {
            return Some("must expect amounts, or a refusal, and not both".to_owned());
        }
        figures.find_map(|figure| Money::parse(figure, currency).err().map(|fault| format!("{figure:?}: {fault}")))
    }

    pub(super) fn check(&self, list: &PriceList) -> Option<ExampleFailure> {
        let failure = |figure, expected: &str, found: String| {
            Some(ExampleFailure { case: self.case.clone(), figure, expected: expected.to_owned(), found })
        };
        match (self.cost(list), &self.refused) {
            (Ok(cost), None) => {
                let figures = [
                    ("prepaid", &self.prepaid, cost.prepaid),
                    ("postpaid", &self.postpaid, cost.postpaid),
                    ("total", &self.total, cost.total),
                ];
                figures.into_iter().find_map(|(figure, expected, found)| {
                    let expected = expected.as_deref()?;
                    let holds = Money::parse(expected, list.currency()) == Ok(found);
                    if holds { None } else { failure(figure, expected, found.amount().to_string()) }
                })
            }
            (Ok(cost), Some(code)) => failure("the refusal", code, format!("a total of {}", cost.total)),
            (Err(NoCost::Refused(found)), Some(code)) if found == code => None,
            (Err(found), Some(code)) => failure("the refusal", code, found.to_string()),
            (Err(found), None) => failure("the cost", "an amount", found.to_string()),
        }
    }

    fn cost(&self, list: &PriceList) -> Result<Cost, NoCost> {
        if !list.months().contains(&self.months) {
            return Err(NoCost::Refused("months_out_of_range"));
        }
        let mut prepaid = self.plan_price(list)?;
        for add_on in &self.add_ons {
            let terms = list.add_on(*add_on, self.site, self.plan)?;
            if !self.renewal {
                list.sold_anew(&terms)?;
            }
            let count = if terms.trial.is_some() { 1 } else { self.months };
            prepaid = prepaid.plus(terms.price.times(count.into())?)?;
        }
        let postpaid = self.month_of_usage(list)?.times(self.months.into())?;
        Ok(Cost { prepaid, postpaid, total: prepaid.plus(postpaid)? })
    }

    fn paid_plan(&self) -> Option<PaidPlan> {
        PaidPlan::ALL.into_iter().find(|paid| Plan::from(*paid) == self.plan)
    }

    fn plan_price(&self, list: &PriceList) -> Result<Money, NoCost> {
        let promotion = self.promotion.map(|name| list.promotion(name));
        let Some(plan) = self.paid_plan() else {
            return match promotion {
                None => Ok(Money::zero(list.currency())),
                Some(_) => Err(NoCost::Refused("promotion_not_applicable")),
            };
        };
        let full = list.plan_terms(self.site, plan).monthly_price.times(self.months.into())?;
        match promotion {
            None => Ok(full),
            Some(Some(promotion)) if promotion.covers(plan, self.months) && (promotion.renewals || !self.renewal) => {
                Ok(promotion.price(full)?)
            }
            Some(_) => Err(NoCost::Refused("promotion_not_applicable")),
        }
    }

    fn month_of_usage(&self, list: &PriceList) -> Result<Money, NoCost> {
        let own_days = list.rights(self.plan).quotas.history_retention_days;
        let longer = self.history_retention_days.filter(|days| Some(u64::from(*days)) != own_days);
        let Some(plan) = self.paid_plan() else {
            return match longer {
                None => Ok(Money::zero(list.currency())),
                Some(_) => Err(NotSold::OnTrial.into()),
            };
        };
        let region = list.region(self.site);
        let mut sum = match longer {
            None => Money::zero(list.currency()),
            Some(days) => {
                let step = list.storage(region, plan).iter().find(|step| step.days == days);
                step.ok_or(NoCost::Refused("retention_step_unknown"))?.monthly_price
            }
        };
        for (metered, peak) in [(Metered::Dau, self.peak_dau), (Metered::Groups, self.peak_groups)] {
            sum = sum.plus(overage(&list.overage(metered, region, plan), peak)?)?;
        }
        Ok(sum)
    }
}

/// A started block counts whole; what is included is free, to the last unit.
fn overage(terms: &OverageTerms, peak: u64) -> Result<Money, MoneyFault> {
    terms.block_price.times(peak.saturating_sub(terms.included).div_ceil(terms.block))
}
