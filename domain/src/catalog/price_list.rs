//! Owns one price list that has been checked: what it holds, and how it is asked.
//!
//! Does not own how a file becomes one (`raw`, `check`). Nothing here can fail for want of a price: a list without one
//! was refused when it was read.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use serde::Serialize;

use super::add_on::{AddOn, AddOnOffer, AddOnTerms, NotSold};
use super::examples::{Example, ExampleFailure};
use super::promotion::{Promotion, PromotionName};
use crate::money::{Currency, Money};
use crate::plan::{DataSite, Features, PaidPlan, Plan, PriceRegion, Quotas, Rights};
use crate::terms::{OverageTerms, PlanTerms, Policies, StorageStep};

/// A dated price list. Serialised, it is the view that readers get of everything in it.
#[derive(Debug, Clone, Serialize)]
pub struct PriceList {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) effective_from: Date,
    pub(super) currency: Currency,
    pub(super) time_zone: &'static str,
    pub(super) content_hash: String,
    pub(super) source: String,
    pub(super) sites: Sites,
    pub(super) matrix: Matrix,
    pub(super) limits: OrderLimits,
    pub(super) plans: PlanPrices,
    pub(super) overage: Overages,
    pub(super) add_ons: Vec<AddOnOffer>,
    pub(super) history_storage: HistoryStorage,
    pub(super) promotions: Vec<Promotion>,
    pub(super) policies: Policies,
    pub(super) policy_sources: BTreeMap<String, String>,
    pub(super) examples: Vec<Example>,
    /// What it was read from: publishing it writes this down.
    #[serde(skip)]
    pub(super) text: String,
    /// Where the parts stood that are compared with other lists.
    #[serde(skip)]
    pub(super) place: Place,
}

/// Where a list came from, for faults that only show beside another list.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) id_line: usize,
    pub(super) effective_from_line: usize,
}

/// Which prices a data site pays.
#[derive(Debug, Clone, Serialize)]
pub struct Sites {
    /// The documents it was taken from.
    pub source: String,
    /// Every site once.
    pub regions: Vec<SiteRegion>,
}

/// One site and its prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SiteRegion {
    /// Where the data lives.
    pub site: DataSite,
    /// The column of prices.
    pub region: PriceRegion,
}

/// Something every plan has one of.
#[derive(Debug, Clone, Serialize)]
pub struct ByPlan<T> {
    /// Trial's.
    pub trial: T,
    /// Pro's.
    pub pro: T,
    /// Flagship's.
    pub flagship: T,
}

impl<T> ByPlan<T> {
    /// The plan's own.
    pub fn of(&self, plan: Plan) -> &T {
        match plan {
            Plan::Trial => &self.trial,
            Plan::Pro => &self.pro,
            Plan::Flagship => &self.flagship,
        }
    }
}

/// The plan matrix (S11).
#[derive(Debug, Clone, Serialize)]
pub struct Matrix {
    /// The documents it was taken from.
    pub source: String,
    /// Its numbers.
    pub quotas: ByPlan<Quotas>,
    /// Its features.
    pub features: ByPlan<Features>,
}

/// How long an order may be and how many applications an account may have.
#[derive(Debug, Clone, Serialize)]
pub struct OrderLimits {
    /// The documents it was taken from.
    pub source: String,
    /// Fewest months of one order.
    pub months_min: u32,
    /// Most months of one order.
    pub months_max: u32,
    /// Most applications of one account.
    pub applications_max: u32,
}

/// A price in every region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Prices {
    /// In China.
    pub china: Money,
    /// On every site abroad.
    pub overseas: Money,
}

impl Prices {
    /// The region's own.
    pub fn of(&self, region: PriceRegion) -> Money {
        match region {
            PriceRegion::China => self.china,
            PriceRegion::Overseas => self.overseas,
        }
    }
}

/// A price in some regions; a region without one does not sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OfferPrices {
    /// In China.
    pub china: Option<Money>,
    /// On every site abroad.
    pub overseas: Option<Money>,
}

impl OfferPrices {
    /// The region's own.
    pub fn of(&self, region: PriceRegion) -> Option<Money> {
        match region {
            PriceRegion::China => self.china,
            PriceRegion::Overseas => self.overseas,
        }
    }
}

/// What the plans that are sold cost.
#[derive(Debug, Clone, Serialize)]
pub struct PlanPrices {
    /// Pro's.
    pub pro: PlanPrice,
    /// Flagship's.
    pub flagship: PlanPrice,
}

impl PlanPrices {
    /// The plan's own.
    pub fn of(&self, plan: PaidPlan) -> &PlanPrice {
        match plan {
            PaidPlan::Pro => &self.pro,
            PaidPlan::Flagship => &self.flagship,
        }
    }
}

/// What one plan costs.
#[derive(Debug, Clone, Serialize)]
pub struct PlanPrice {
    /// List price of one month.
    pub monthly_price: Prices,
    /// The documents it was taken from.
    pub source: String,
}

/// What is metered and charged beyond what a plan includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metered {
    /// Peak daily actives of a month (S14).
    Dau,
    /// Peak groups of a month (S15).
    Groups,
}

/// Overage on both.
#[derive(Debug, Clone, Serialize)]
pub struct Overages {
    /// On peak daily actives.
    pub dau: Overage,
    /// On peak groups.
    pub groups: Overage,
}

impl Overages {
    /// The metered thing's own.
    pub fn of(&self, metered: Metered) -> &Overage {
        match metered {
            Metered::Dau => &self.dau,
            Metered::Groups => &self.groups,
        }
    }
}

/// Overage by started blocks.
#[derive(Debug, Clone, Serialize)]
pub struct Overage {
    /// What Pro includes, from the matrix.
    pub included_pro: u64,
    /// What Flagship includes, from the matrix.
    pub included_flagship: u64,
    /// Size of one block.
    pub block: u64,
    /// Price of one block and month.
    pub block_price: Prices,
    /// The documents it was taken from.
    pub source: String,
}

/// Longer history storage, by region and plan, shortest step first.
#[derive(Debug, Clone, Serialize)]
pub struct HistoryStorage {
    /// The documents it was taken from.
    pub source: String,
    pub(super) china: PaidSteps,
    pub(super) overseas: PaidSteps,
}

/// The steps of each plan that is sold.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PaidSteps {
    pub(super) pro: Vec<StorageStep>,
    pub(super) flagship: Vec<StorageStep>,
}

/// A part of a price list that an amount or a rule can be traced to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clause<'a> {
    /// The list as a whole.
    List,
    /// Which prices a site pays.
    Sites,
    /// The plan matrix.
    Matrix,
    /// Lengths of orders, number of applications.
    Limits,
    /// A plan's price.
    Plan(PaidPlan),
    /// Overage.
    Overage(Metered),
    /// An add-on as sold on a plan.
    AddOn(AddOn, Plan),
    /// Longer history storage.
    HistoryStorage,
    /// A promotion.
    Promotion(PromotionName),
    /// A policy, by its key.
    Policy(&'a str),
}

/// `plans.pro`, `overage.dau`, `policies.month_end`: the path in the file.
impl fmt::Display for Clause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List => f.write_str("price list"),
            Self::Sites => f.write_str("sites"),
            Self::Matrix => f.write_str("matrix"),
            Self::Limits => f.write_str("limits"),
            Self::Plan(plan) => write!(f, "plans.{plan}"),
            Self::Overage(Metered::Dau) => f.write_str("overage.dau"),
            Self::Overage(Metered::Groups) => f.write_str("overage.groups"),
            Self::AddOn(add_on, plan) => write!(f, "add_ons.{add_on} on {plan}"),
            Self::HistoryStorage => f.write_str("history_storage"),
            Self::Promotion(name) => write!(f, "promotions.{name}"),
            Self::Policy(key) => write!(f, "policies.{key}"),
        }
    }
}

impl PriceList {
    /// Its name in events, e.g. `2022-07`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first civil day it is in force, from 00:00 Asia/Shanghai.
    pub fn effective_from(&self) -> Date {
        self.effective_from
    }

    /// The currency of every price in it.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line its day stands on, from 1.
    pub fn effective_from_line(&self) -> usize {
        self.place.effective_from_line
    }

    /// SHA-256 of its text, in hex: what publishing it binds to.
    pub fn content_hash(&self) -> String {
        self.content_hash.clone()
    }

    /// Which prices an application with this data site pays (S2).
    pub fn region(&self, site: DataSite) -> PriceRegion {
        let entry = self.sites.regions.iter().find(|entry| entry.site == site);
        entry.map(|entry| entry.region).expect("a list that lacks a site is refused when it is read")
    }

    /// All rows of the matrix for one plan.
    pub fn rights(&self, plan: Plan) -> Rights {
        Rights {
            price_list: self.id.clone(),
            quotas: self.matrix.quotas.of(plan).clone(),
            features: self.matrix.features.of(plan).clone(),
        }
    }

    /// What a payer agrees to who buys a term of this plan today.
    pub fn plan_terms(&self, site: DataSite, plan: PaidPlan) -> PlanTerms {
        let region = self.region(site);
        PlanTerms {
            price_list: self.id.clone(),
            data_site: site,
            plan,
            monthly_price: self.plans.of(plan).monthly_price.of(region),
            dau_overage: self.overage(Metered::Dau, region, plan),
            group_overage: self.overage(Metered::Groups, region, plan),
            history_storage: self.storage(region, plan).to_vec(),
            policies: self.policies,
        }
    }

    /// Terms of overage.
    pub fn overage(&self, metered: Metered, region: PriceRegion, plan: PaidPlan) -> OverageTerms {
        let overage = self.overage.of(metered);
        OverageTerms {
            included: match plan {
                PaidPlan::Pro => overage.included_pro,
                PaidPlan::Flagship => overage.included_flagship,
            },
            block: overage.block,
            block_price: overage.block_price.of(region),
        }
    }

    /// The house rules.
    pub fn policies(&self) -> Policies {
        self.policies
    }

    /// How many months one order may run.
    pub fn months(&self) -> RangeInclusive<u32> {
        self.limits.months_min..=self.limits.months_max
    }

    /// How many applications one account may have.
    pub fn applications_max(&self) -> u32 {
        self.limits.applications_max
    }

    /// The terms of an add-on for an application with this site and plan. The site is looked at before the plan (U45).
    ///
    /// # Errors
    /// [`NotSold`].
    pub fn add_on(&self, add_on: AddOn, site: DataSite, plan: Plan) -> Result<AddOnTerms, NotSold> {
        let region = self.region(site);
        let here = || self.add_ons.iter().filter(|offer| offer.add_on == add_on && offer.price.of(region).is_some());
        if here().next().is_none() {
            return Err(NotSold::Here);
        }
        let refusal = if plan == Plan::Trial { NotSold::OnTrial } else { NotSold::OnThisPlan };
        let offer = here().find(|offer| offer.plans.contains(&plan)).ok_or(refusal)?;
        Ok(AddOnTerms {
            price_list: self.id.clone(),
            data_site: site,
            plan,
            add_on,
            price: offer.price.of(region).ok_or(NotSold::Here)?,
            list_price: offer.list_price.of(region),
            raises: offer.raises,
            trial: offer.trial,
            gift_minutes: offer.gift_minutes,
            raises_by_plan: here().flat_map(AddOnOffer::raises_by_plan).collect(),
        })
    }

    /// Whether what these terms are for is sold to those who do not have it; a renewal does not ask.
    ///
    /// # Errors
    /// [`NotSold::Anew`].
    pub fn sold_anew(&self, terms: &AddOnTerms) -> Result<(), NotSold> {
        let offer = |offer: &&AddOnOffer| offer.add_on == terms.add_on && offer.plans.contains(&terms.plan);
        match self.add_ons.iter().find(offer) {
            Some(offer) if offer.renewal_only => Err(NotSold::Anew),
            Some(_) | None => Ok(()),
        }
    }

    /// Every offer of an add-on, in the order of the file.
    pub fn add_ons(&self) -> &[AddOnOffer] {
        &self.add_ons
    }

    /// The steps of longer history storage, shortest first; what the plan includes is not among them.
    pub fn storage(&self, region: PriceRegion, plan: PaidPlan) -> &[StorageStep] {
        let steps = match region {
            PriceRegion::China => &self.history_storage.china,
            PriceRegion::Overseas => &self.history_storage.overseas,
        };
        match plan {
            PaidPlan::Pro => &steps.pro,
            PaidPlan::Flagship => &steps.flagship,
        }
    }

    /// Every promotion, in the order of the file.
    pub fn promotions(&self) -> &[Promotion] {
        &self.promotions
    }

    /// The promotion of that name, if the list has it.
    pub fn promotion(&self, name: PromotionName) -> Option<&Promotion> {
        self.promotions.iter().find(|promotion| promotion.name == name)
    }

    /// The documents a part of the list was taken from; `None` if the list has no such part.
    pub fn source(&self, clause: Clause<'_>) -> Option<&str> {
        Some(match clause {
            Clause::List => &self.source,
            Clause::Sites => &self.sites.source,
            Clause::Matrix => &self.matrix.source,
            Clause::Limits => &self.limits.source,
            Clause::Plan(plan) => &self.plans.of(plan).source,
            Clause::Overage(metered) => &self.overage.of(metered).source,
            Clause::AddOn(add_on, plan) => {
                &self.add_ons.iter().find(|offer| offer.add_on == add_on && offer.plans.contains(&plan))?.source
            }
            Clause::HistoryStorage => &self.history_storage.source,
            Clause::Promotion(name) => &self.promotion(name)?.source,
            Clause::Policy(key) => self.policy_sources.get(key)?,
        })
    }

    /// Its worked examples.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// Works every example again and tells which do not hold. Of a list that was read there are none: reading refuses.
    pub fn check_examples(&self) -> Vec<ExampleFailure> {
        self.examples.iter().filter_map(|example| example.check(self)).collect()
    }
}
