//! Owns why a line comes to its amount: the steps of its formula, the clauses of the price list it was agreed by, the
//! house rules that decided it. A function of the events the line comes from.
//!
//! Does not own the words (`wording`), the events' own look, nor any figure.

use serde_json::Value;

use crate::add_on::{self, AddOnDeal};
use crate::catalog::{Catalog, Clause, Metered, PriceList};
use crate::charge::{Formula, Item, SourceLine, StatementLine};
use crate::fact::{Event, Fact};
use crate::ids::LineId;
use crate::plan::{PaidPlan, Plan};
use crate::subscription;
use crate::terms::{PlanTerms, Policies};
use crate::wording::{self, Policy, Told};

/// Why a line comes to its amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The formula's steps with their numbers; the last one is the calculation.
    pub steps: Vec<Told>,
    /// The parts of the price list that the prices come from.
    pub clauses: Vec<CitedClause>,
    /// The house rules, as agreed, that decided amount and period.
    pub policies: Vec<CitedPolicy>,
}

/// A part of a price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitedClause {
    /// Its path in the list.
    pub name: String,
    /// The documents it was taken from; none when the list is no longer in the catalogue.
    pub source: Option<String>,
    /// What it says.
    pub told: Told,
}

/// A house rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitedPolicy {
    /// Its key.
    pub name: &'static str,
    /// How it was set when the terms were agreed.
    pub setting: Value,
    /// The documents it was taken from; none when the list is no longer in the catalogue.
    pub source: Option<String>,
    /// What it says.
    pub told: Told,
}

/// The terms an event agreed.
#[derive(Debug, Clone, Copy)]
enum Agreed<'e> {
    Plan(&'e PlanTerms),
    AddOn(&'e AddOnDeal),
}

impl<'e> Agreed<'e> {
    fn policies(self) -> &'e Policies {
        match self {
            Self::Plan(terms) => &terms.policies,
            Self::AddOn(deal) => &deal.policies,
        }
    }

    fn price_list(self) -> &'e str {
        match self {
            Self::Plan(terms) => &terms.price_list,
            Self::AddOn(deal) => &deal.terms.price_list,
        }
    }
}

/// The line of that id, if the event brought it about.
pub fn line_in(fact: &Fact, id: LineId) -> Option<SourceLine> {
    let charged = fact.charge().filter(|(_, charge)| charge.line_id == id);
    let charged = charged.map(|(application_id, charge)| SourceLine::of_charge(application_id, charge));
    charged.or_else(|| documented(fact).iter().find(|line| line.line_id == id).map(SourceLine::from))
}

/// The lines of a document of the payer's own.
fn documented(fact: &Fact) -> &[StatementLine] {
    match &fact.event {
        Event::Account(event) => event.lines(),
        Event::Application(_) | Event::Subscription(_) | Event::AddOn(_) | Event::Usage(_) | Event::PriceList(_) => &[],
    }
}

/// The terms an event agreed, which later lines rest on.
fn agreed_in(fact: &Fact) -> Option<Agreed<'_>> {
    match &fact.event {
        Event::Subscription(event) => event.agreed().map(Agreed::Plan),
        Event::AddOn(event) => event.agreed().map(Agreed::AddOn),
        Event::Account(_) | Event::Application(_) | Event::Usage(_) | Event::PriceList(_) => None,
    }
}

/// Why a line comes to its amount. `causes` are the events it cites, whole.
pub fn explain(line: &SourceLine, causes: &[Fact], catalog: &Catalog) -> Explanation {
    let agreed = causes.iter().find_map(agreed_in);
    let list = catalog.list(&line.price_list);
    let clauses = clauses(line, agreed).into_iter().map(|clause| cited_clause(clause, list)).collect();
    let is_renewal = causes.iter().any(is_renewal);
    let rules = agreed.map(|agreed| {
        let list = catalog.list(agreed.price_list());
        let cite = |policy| cited_policy(policy, agreed.policies(), list);
        policies(&line.formula, is_renewal).into_iter().map(cite).collect()
    });
    Explanation { steps: wording::steps(line.item, &line.formula), clauses, policies: rules.unwrap_or_default() }
}

fn is_renewal(fact: &Fact) -> bool {
    matches!(
        fact.event,
        Event::Subscription(subscription::Event::SubscriptionRenewed { .. })
            | Event::AddOn(add_on::Event::AddOnRenewed { .. })
    )
}

fn clauses(line: &SourceLine, agreed: Option<Agreed<'_>>) -> Vec<Clause<'static>> {
    let add_on = match agreed {
        Some(Agreed::AddOn(deal)) => Clause::AddOn(deal.terms.add_on, deal.terms.plan),
        // The events of an add-on's line always agreed the deal it is for.
        Some(Agreed::Plan(_)) | None => Clause::List,
    };
    let prices = match line.item {
        Item::Pro => vec![Clause::Plan(PaidPlan::Pro)],
        Item::Flagship => vec![Clause::Plan(PaidPlan::Flagship)],
        Item::AvchatroomUnlimited
        | Item::GroupMembers
        | Item::GroupsPerUser
        | Item::AvCallBasic
        | Item::AvCallAdvanced
        | Item::AvCallPremium => vec![add_on],
        Item::DauOverage => vec![Clause::Overage(Metered::Dau), Clause::Matrix],
        Item::GroupOverage => vec![Clause::Overage(Metered::Groups), Clause::Matrix],
        Item::HistoryStorage => vec![Clause::HistoryStorage],
    };
    let promotion = match line.formula {
        Formula::Promotional { promotion, .. } => Some(Clause::Promotion(promotion)),
        Formula::MonthlyPrice { .. }
        | Formula::Overage { .. }
        | Formula::Storage { .. }
        | Formula::Upgrade { .. }
        | Formula::Downgrade { .. }
        | Formula::Refund { .. }
        | Formula::Correction { .. } => None,
    };
    prices.into_iter().chain(promotion).chain([Clause::Sites]).collect()
}

/// The house rules a formula rests on.
fn policies(formula: &Formula, is_renewal: bool) -> Vec<Policy> {
    match formula {
        Formula::MonthlyPrice { .. } if is_renewal => {
            vec![Policy::RenewalInGrace, Policy::MonthEnd, Policy::ValidityEnd, Policy::PaymentOrder]
        }
        Formula::Promotional { .. } => {
            vec![Policy::MonthEnd, Policy::ValidityEnd, Policy::PaymentOrder, Policy::Rounding]
        }
        Formula::Upgrade { .. } => vec![Policy::Upgrade, Policy::PaymentOrder, Policy::Rounding],
        Formula::Downgrade { .. } => vec![Policy::Downgrade, Policy::RefundUsed, Policy::Rounding],
        Formula::Refund { .. } => vec![Policy::RefundUsed, Policy::RefundGraceDays, Policy::Rounding],
        Formula::Correction { now, .. } => policies(now, is_renewal),
        Formula::MonthlyPrice { .. } => vec![Policy::MonthEnd, Policy::ValidityEnd, Policy::PaymentOrder],
        Formula::Overage { share, .. } if share.whole => vec![Policy::SettlementFinalDay],
        Formula::Overage { .. } => vec![Policy::SettlementFinalDay, Policy::StopMonthShare, Policy::Rounding],
        Formula::Storage { share, .. } if share.whole => vec![Policy::SettlementFinalDay, Policy::StorageMonth],
        Formula::Storage { .. } => {
            vec![Policy::SettlementFinalDay, Policy::StorageMonth, Policy::StopMonthShare, Policy::Rounding]
        }
    }
}

fn cited_clause(clause: Clause<'_>, list: Option<&PriceList>) -> CitedClause {
    let source = list.and_then(|list| list.source(clause)).map(str::to_owned);
    CitedClause { name: clause.to_string(), source, told: clause_told(clause) }
}

fn cited_policy(policy: Policy, agreed: &Policies, list: Option<&PriceList>) -> CitedPolicy {
    let settings = serde_json::to_value(agreed).expect("policies are plain data");
    let source = list.and_then(|list| list.source(Clause::Policy(policy.key()))).map(str::to_owned);
    let setting = settings.get(policy.key()).cloned().unwrap_or(Value::Null);
    CitedPolicy { name: policy.key(), setting, source, told: policy.told(agreed) }
}

fn clause_told(clause: Clause<'_>) -> Told {
    match clause {
        Clause::List => Told::new("The price list as a whole.", "价格表整体。"),
        Clause::Sites => Told::new("Which prices the application's data site pays.", "应用数据中心所适用的价格。"),
        Clause::Matrix => Told::new("What each plan includes.", "各套餐包含的用量。"),
        Clause::Limits => Told::new("How long an order may be.", "订单时长的范围。"),
        Clause::Plan(plan) => {
            let plan = wording::plan(plan);
            Told::new(format!("The price of one month of {}.", plan.en), format!("{}的每月价格。", plan.zh))
        }
        Clause::Overage(Metered::Dau) => {
            Told::new("The price of a block of daily active users beyond the plan.", "超出套餐的日活跃用户数每档价格。")
        }
        Clause::Overage(Metered::Groups) => {
            Told::new("The price of a block of groups beyond the plan.", "超出套餐的群组数每档价格。")
        }
        Clause::AddOn(_, Plan::Trial | Plan::Pro | Plan::Flagship) => Told::new(
            "The price of one month of this service on the application's plan.",
            "该增值服务在应用所用套餐下的每月价格。",
        ),
        Clause::HistoryStorage => {
            Told::new("The settings of history storage and their monthly prices.", "历史消息存储各档及其每月价格。")
        }
        Clause::Promotion(_) => Told::new("The promotion the order was given.", "该订单享受的优惠。"),
        Clause::Policy(_) => Told::new("A house rule of the price list.", "价格表中的规则。"),
    }
}
