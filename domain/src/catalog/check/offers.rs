//! Owns the check of everything with a price: plans, overage, history storage, and what add-ons and promotions do.
//!
//! Does not own the plan matrix that they are held against (`matrix`).

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::super::add_on::{AddOn, AddOnOffer, CallVariant, Raise, TrialUse};
use super::super::fault::Faults;
use super::super::price_list::{
    HistoryStorage, Matrix, OfferPrices, Overage, Overages, PaidSteps, PlanPrice, PlanPrices, Prices,
};
use super::super::promotion::{Promotion, PromotionName};
use super::super::raw::{
    RawAddOn, RawLimits, RawOfferPrices, RawOverage, RawPlanPrice, RawPriceList, RawPrices, RawPromotion, RawStep,
    RawStorage,
};
use super::source;
use crate::money::{Currency, Money};
use crate::plan::{PaidPlan, Plan, PriceRegion, Quota};
use crate::terms::StorageStep;

/// The checked offers.
pub(super) struct Offers {
    pub(super) plans: PlanPrices,
    pub(super) overage: Overages,
    pub(super) add_ons: Vec<AddOnOffer>,
    pub(super) history_storage: HistoryStorage,
    pub(super) promotions: Vec<Promotion>,
}

/// Checks offers in one currency.
pub(super) struct Checker<'f, 't> {
    pub(super) currency: Currency,
    pub(super) faults: &'f mut Faults<'t>,
}

impl Checker<'_, '_> {
    /// Without a matrix, what depends on it is not looked at; the list is refused for the matrix anyway.
    pub(super) fn offers(mut self, raw: &RawPriceList, matrix: Option<&Matrix>) -> Option<Offers> {
        let pro = self.plan_price(&raw.plans.pro);
        let flagship = self.plan_price(&raw.plans.flagship);
        let dau = self.overage(&raw.overage.dau, raw, matrix, Quota::DauIncluded);
        let groups = self.overage(&raw.overage.groups, raw, matrix, Quota::PeakGroupsIncluded);
        let add_ons = self.add_ons(&raw.add_ons, matrix);
        let history_storage = self.storage(&raw.history_storage, matrix);
        let promotions = self.promotions(&raw.promotions, &raw.limits);
        Some(Offers {
            plans: PlanPrices { pro: pro?, flagship: flagship? },
            overage: Overages { dau: dau?, groups: groups? },
            add_ons: add_ons?,
            history_storage: history_storage?,
            promotions: promotions?,
        })
    }

    fn price(&mut self, raw: &Spanned<String>) -> Option<Money> {
        match Money::parse(raw.get_ref(), self.currency) {
            Ok(price) if price.is_negative() => {
                self.faults.add(raw.span(), "price_negative", "a price cannot be negative");
                None
            }
            Ok(price) => Some(price),
            Err(fault) => {
                self.faults.add(raw.span(), "price_form", format!("{:?}: {fault}", raw.get_ref()));
                None
            }
        }
    }

    fn prices(&mut self, raw: &RawPrices) -> Option<Prices> {
        let (china, overseas) = (self.price(&raw.china), self.price(&raw.overseas));
        Some(Prices { china: china?, overseas: overseas? })
    }

    fn source(&mut self, raw: &Spanned<String>) -> Option<String> {
        source(raw, self.faults)
    }

    fn plan_price(&mut self, raw: &RawPlanPrice) -> Option<PlanPrice> {
        let (monthly_price, source) = (self.prices(&raw.monthly_price), self.source(&raw.source));
        Some(PlanPrice { monthly_price: monthly_price?, source: source? })
    }

    fn overage(
        &mut self,
        raw: &RawOverage,
        list: &RawPriceList,
        matrix: Option<&Matrix>,
        row: Quota,
    ) -> Option<Overage> {
        let block = *raw.block.get_ref();
        if block == 0 {
            self.faults.add(raw.block.span(), "overage_block", "a block holds at least one unit");
        }
        let (block_price, source) = (self.prices(&raw.block_price), self.source(&raw.source));
        let quotas = &matrix?.quotas;
        let included = quotas.pro.get(row).zip(quotas.flagship.get(row));
        if included.is_none() {
            let place = list.matrix.quotas.get_ref().get_key_value(row.name()).map_or(0..0, |(key, _)| key.span());
            self.faults.add(place, "overage_included", "without a limit on Pro and Flagship nothing is beyond it");
        }
        let (included_pro, included_flagship) = included?;
        Some(Overage { included_pro, included_flagship, block, block_price: block_price?, source: source? })
    }

    fn add_ons(&mut self, raw: &[RawAddOn], matrix: Option<&Matrix>) -> Option<Vec<AddOnOffer>> {
        let mut offered = BTreeSet::new();
        // Collected before the first is looked for, so that one fault does not hide the next.
        let offers: Vec<_> = raw.iter().map(|raw| self.add_on(raw, matrix, &mut offered)).collect();
        offers.into_iter().collect()
    }

    fn add_on(
        &mut self,
        raw: &RawAddOn,
        matrix: Option<&Matrix>,
        offered: &mut BTreeSet<(AddOn, Plan)>,
    ) -> Option<AddOnOffer> {
        let price = self.offer_prices(raw.price.get_ref());
        let list_price = raw.list_price.as_ref().map(|list_price| self.offer_prices(list_price.get_ref()));
        let source = self.source(&raw.source);
        let place = raw.variant.as_ref().map_or(raw.kind.span(), Spanned::span);
        let Some(add_on) = AddOn::of(*raw.kind.get_ref(), raw.variant.as_ref().map(|variant| *variant.get_ref()))
        else {
            self.faults.add(place, "add_on_variant", "av_call has a variant, and nothing else has");
            return None;
        };
        let plans = raw.plans.get_ref().clone();
        for plan in &plans {
            if !offered.insert((add_on, *plan)) {
                self.faults.add(place.clone(), "add_on_duplicate", format!("{add_on} is offered twice on {plan}"));
            }
        }
        self.add_on_plans(raw, add_on);
        let raises = self.raises(raw, add_on, matrix);
        let renewal_only = self.renewal_only(raw, add_on);
        let trial = self.trial(raw, add_on);
        let (price, list_price) = self.shown_prices(raw, price?, list_price)?;
        let gift_minutes = raw.gift_minutes;
        Some(AddOnOffer {
            add_on,
            renewal_only,
            plans,
            raises,
            trial,
            gift_minutes,
            price,
            list_price,
            source: source?,
        })
    }

    fn offer_prices(&mut self, raw: &RawOfferPrices) -> Option<OfferPrices> {
        let mut price = |raw: &Option<Spanned<String>>| match raw {
            Some(raw) => self.price(raw).map(Some),
            None => Some(None),
        };
        let (china, overseas) = (price(&raw.china), price(&raw.overseas));
        Some(OfferPrices { china: china?, overseas: overseas? })
    }

    /// A price somewhere; a list price only where there is a price, and not below it.
    fn shown_prices(
        &mut self,
        raw: &RawAddOn,
        price: OfferPrices,
        list_price: Option<Option<OfferPrices>>,
    ) -> Option<(OfferPrices, OfferPrices)> {
        if price.china.is_none() && price.overseas.is_none() {
            self.faults.add(raw.price.span(), "add_on_price", "what is offered has a price in at least one region");
        }
        let Some(list_price) = list_price else {
            return Some((price, OfferPrices { china: None, overseas: None }));
        };
        let list_price = list_price?;
        let place = raw.list_price.as_ref().map_or(raw.price.span(), Spanned::span);
        for region in [PriceRegion::China, PriceRegion::Overseas] {
            if let Some(list) = list_price.of(region)
                && price.of(region).is_none_or(|price| list < price)
            {
                let message = "a list price stands beside a price and is not below it";
                self.faults.add(place.clone(), "add_on_list_price", message);
            }
        }
        Some((price, list_price))
    }

    fn add_on_plans(&mut self, raw: &RawAddOn, add_on: AddOn) {
        let plans = raw.plans.get_ref();
        if plans.is_empty() {
            self.faults.add(raw.plans.span(), "add_on_plans", "what is offered is offered on some plan");
        }
        if plans.contains(&Plan::Trial) && add_on != AddOn::AvCall(CallVariant::Trial) {
            self.faults.add(raw.plans.span(), "add_on_plans", "on Trial only the trial of the call package is offered");
        }
    }

    fn raises(&mut self, raw: &RawAddOn, add_on: AddOn, matrix: Option<&Matrix>) -> Option<Raise> {
        let (quota, raises_to) = match (add_on.raises(), &raw.raises_to) {
            (None, None) => return None,
            (Some(quota), Some(raises_to)) => (quota, raises_to),
            (Some(quota), None) => {
                let message = format!("{add_on} must say what {} becomes", quota.name());
                self.faults.add(raw.kind.span(), "add_on_raises", message);
                return None;
            }
            (None, Some(raises_to)) => {
                self.faults.add(raises_to.span(), "add_on_raises", format!("{add_on} raises no limit"));
                return None;
            }
        };
        let to = raises_to.get_ref().0;
        let quotas = &matrix?.quotas;
        for plan in raw.plans.get_ref() {
            let own = quotas.of(*plan).get(quota);
            let more = match (own, to) {
                (Some(own), Some(to)) => to > own,
                (Some(_), None) => true,
                (None, _) => false,
            };
            if !more {
                let message = format!("{plan} has as much of {} without {add_on}", quota.name());
                self.faults.add(raises_to.span(), "add_on_raises", message);
            }
        }
        Some(Raise { quota, to })
    }

    fn renewal_only(&mut self, raw: &RawAddOn, add_on: AddOn) -> bool {
        let Some(renewal_only) = &raw.renewal_only else { return false };
        if *renewal_only.get_ref() && add_on == AddOn::AvCall(CallVariant::Trial) {
            self.faults.add(renewal_only.span(), "add_on_renewal_only", "a trial is never renewed");
        }
        *renewal_only.get_ref()
    }

    fn trial(&mut self, raw: &RawAddOn, add_on: AddOn) -> Option<TrialUse> {
        let is_trial = add_on == AddOn::AvCall(CallVariant::Trial);
        let Some(trial) = &raw.trial else {
            if is_trial {
                self.faults.add(raw.kind.span(), "add_on_trial", "a trial says its days and how often it may be taken");
            }
            return None;
        };
        let terms = trial.get_ref();
        let empty = terms.days == 0 || terms.uses_per_application == 0 || terms.uses_per_account == 0;
        if empty || !is_trial {
            let message = "only the variant trial has these, and each is at least 1";
            self.faults.add(trial.span(), "add_on_trial", message);
        }
        Some(TrialUse {
            days: terms.days,
            uses_per_application: terms.uses_per_application,
            uses_per_account: terms.uses_per_account,
        })
    }

    fn storage(&mut self, raw: &RawStorage, matrix: Option<&Matrix>) -> Option<HistoryStorage> {
        let source = self.source(&raw.source);
        let pro = self.storage_steps(raw, PaidPlan::Pro, matrix);
        let flagship = self.storage_steps(raw, PaidPlan::Flagship, matrix);
        let (pro, flagship) = (pro?, flagship?);
        let in_region = |steps: &[(u32, Prices)], region| {
            steps.iter().map(|(days, prices)| StorageStep { days: *days, monthly_price: prices.of(region) }).collect()
        };
        let by_region = |region| PaidSteps { pro: in_region(&pro, region), flagship: in_region(&flagship, region) };
        Some(HistoryStorage {
            source: source?,
            china: by_region(PriceRegion::China),
            overseas: by_region(PriceRegion::Overseas),
        })
    }

    /// The steps of one plan, shortest first.
    fn storage_steps(
        &mut self,
        raw: &RawStorage,
        plan: PaidPlan,
        matrix: Option<&Matrix>,
    ) -> Option<Vec<(u32, Prices)>> {
        let mut steps: BTreeMap<u32, (&RawStep, Option<Prices>)> = BTreeMap::new();
        for step in raw.steps.iter().filter(|step| step.plan == plan) {
            let days = *step.days.get_ref();
            let prices = self.prices(&step.monthly_price);
            if let Some(included) = matrix.map(|matrix| matrix.quotas.of(plan.into()).history_retention_days)
                && included.is_none_or(|included| u64::from(days) <= included)
            {
                self.faults.add(step.days.span(), "storage_step", format!("{plan} includes {days} days already"));
            }
            if steps.insert(days, (step, prices)).is_some() {
                self.faults.add(step.days.span(), "storage_duplicate", format!("{plan} has two steps of {days} days"));
            }
        }
        for ((_, shorter), (days, longer)) in steps.iter().zip(steps.iter().skip(1)) {
            if let ((_, Some(less)), (step, Some(more))) = (shorter, longer)
                && (more.china < less.china || more.overseas < less.overseas)
            {
                let place =
                    if more.china < less.china { &step.monthly_price.china } else { &step.monthly_price.overseas };
                let message = format!("{days} days on {plan} cost less than fewer days do");
                self.faults.add(place.span(), "storage_price", message);
            }
        }
        steps.into_iter().map(|(days, (_, prices))| Some((days, prices?))).collect()
    }

    fn promotions(&mut self, raw: &[RawPromotion], limits: &RawLimits) -> Option<Vec<Promotion>> {
        let mut names = BTreeSet::new();
        let promotions: Vec<_> = raw.iter().map(|raw| self.promotion(raw, limits, &mut names)).collect();
        promotions.into_iter().collect()
    }

    fn promotion(
        &mut self,
        raw: &RawPromotion,
        limits: &RawLimits,
        names: &mut BTreeSet<PromotionName>,
    ) -> Option<Promotion> {
        let name = *raw.name.get_ref();
        if !names.insert(name) {
            self.faults.add(raw.name.span(), "promotion_duplicate", format!("there are two promotions {name}"));
        }
        if raw.plans.get_ref().is_empty() {
            self.faults.add(raw.plans.span(), "promotion_plans", "a promotion is for some plan");
        }
        let range = *limits.months_min.get_ref()..=*limits.months_max.get_ref();
        let months = raw.months.get_ref();
        // An empty range is a fault of its own, and every promotion would repeat it.
        if months.is_empty() || !(range.is_empty() || months.iter().all(|months| range.contains(months))) {
            let message = format!("a promotion is for orders of {} to {} months", range.start(), range.end());
            self.faults.add(raw.months.span(), "promotion_months", message);
        }
        let price_percent = u32::try_from(*raw.price_percent.get_ref()).ok().filter(|percent| *percent <= 100);
        if price_percent.is_none() {
            self.faults.add(
                raw.price_percent.span(),
                "promotion_percent",
                "what is paid is 0 to 100 percent of the price",
            );
        }
        Some(Promotion {
            name,
            plans: raw.plans.get_ref().clone(),
            months: months.clone(),
            renewals: raw.renewals,
            once_per_account: raw.once_per_account,
            new_customers_only: raw.new_customers_only,
            enterprise_verified_only: raw.enterprise_verified_only,
            source: self.source(&raw.source)?,
            price_percent: price_percent?,
        })
    }
}
