//! Owns how an estimate looks.

use serde::Serialize;
use subledger_domain::catalog::PromotionName;
use subledger_domain::charge::Item;
use subledger_domain::estimate::{Estimate, EstimateLine, Question};
use subledger_domain::money::Money;
use subledger_domain::plan::{DataSite, Plan};

/// What a life would cost, for all its months (U43).
#[derive(Debug, Serialize)]
pub struct EstimateView<'a> {
    data_site: DataSite,
    plan: Plan,
    months: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion: Option<PromotionName>,
    lines: Vec<LineView<'a>>,
    prepaid: Money,
    postpaid: Money,
    total: Money,
    price_list: &'a str,
}

#[derive(Debug, Serialize)]
struct LineView<'a> {
    item: Item,
    description: &'static str,
    months: u32,
    monthly: Money,
    amount: Money,
    formula: &'a str,
}

impl<'a> EstimateView<'a> {
    /// Of what was asked and what it comes to.
    pub fn of(asked: &Question, estimate: &'a Estimate) -> Self {
        Self {
            data_site: asked.data_site,
            plan: asked.plan,
            months: asked.months,
            promotion: asked.promotion,
            lines: estimate.lines.iter().map(LineView::from).collect(),
            prepaid: estimate.prepaid,
            postpaid: estimate.postpaid,
            total: estimate.total,
            price_list: &estimate.price_list,
        }
    }
}

impl<'a> From<&'a EstimateLine> for LineView<'a> {
    fn from(line: &'a EstimateLine) -> Self {
        Self {
            item: line.item,
            description: line.item.description(),
            months: line.months,
            monthly: line.monthly,
            amount: line.amount,
            formula: &line.formula,
        }
    }
}
