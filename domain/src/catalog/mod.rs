//! Owns price lists: dated, checked when they are read, superseded and never edited.
//!
//! Does not own what was agreed (copied into events as `terms`) nor what an order costs. It reads no files: texts come
//! as strings, with the name that faults shall point at.

mod add_on;
mod check;
mod examples;
mod fault;
mod price_list;
mod promotion;
mod raw;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;

pub use add_on::{AddOn, AddOnKind, AddOnOffer, AddOnTerms, CallVariant, NotSold, PlanRaise, Raise, TrialUse};
pub use examples::{Example, ExampleFailure};
pub use fault::{CatalogFault, Fault};
pub use price_list::{
    ByPlan, Clause, HistoryStorage, Matrix, Metered, OfferPrices, OrderLimits, Overage, Overages, PlanPrice,
    PlanPrices, PriceList, Prices, SiteRegion, Sites,
};
pub use promotion::{Promotion, PromotionName};

use crate::calendar::day_of;

/// The lists that come with a release, by file name.
const BUILTIN: [(&str, &str); 1] = [("2022-07.toml", include_str!("../../price_lists/2022-07.toml"))];

/// Every price list there is, oldest first. Cheap to clone: the lists are shared.
#[derive(Debug, Clone)]
pub struct Catalog {
    lists: Arc<[Arc<PriceList>]>,
}

impl Catalog {
    /// The lists that come with a release.
    ///
    /// # Errors
    /// [`CatalogFault`], which a test rules out.
    ///
    /// ```
    /// use subledger_domain::catalog::Catalog;
    /// use subledger_domain::plan::{DataSite, PaidPlan};
    /// let catalog = Catalog::builtin()?;
    /// let list = catalog.in_force("2022-10-12T10:00:00+08:00".parse().expect("an instant"));
    /// assert_eq!(list.id(), "2022-07");
    /// assert_eq!(list.plan_terms(DataSite::China, PaidPlan::Pro).monthly_price.to_string(), "999.00 CNY");
    /// # Ok::<(), subledger_domain::catalog::CatalogFault>(())
    /// ```
    pub fn builtin() -> Result<Self, CatalogFault> {
        Self::from_lists(BUILTIN.into_iter().map(|(file, text)| (file.to_owned(), text.to_owned())).collect())
    }

    /// Lists from outside, as (file name, text).
    ///
    /// # Errors
    /// [`CatalogFault`] with everything that is wrong, over all files.
    pub fn from_lists(files: Vec<(String, String)>) -> Result<Self, CatalogFault> {
        let mut faults = Vec::new();
        let mut lists: Vec<Arc<PriceList>> = Vec::new();
        for (file, text) in files {
            match PriceList::parse(&file, &text) {
                Ok(list) => {
                    faults.extend(lists.iter().flat_map(|earlier| check::clashes(earlier, &list)));
                    lists.push(Arc::new(list));
                }
                Err(fault) => faults.extend(fault.faults),
            }
        }
        if lists.is_empty() && faults.is_empty() {
            faults.push(Fault::without_lists());
        }
        if !faults.is_empty() {
            return Err(CatalogFault { faults });
        }
        lists.sort_by_key(|list| list.effective_from());
        Ok(Self { lists: lists.into() })
    }

    /// The list an order at this instant is priced by: the newest that took effect by 00:00 of its civil day.
    ///
    /// The earliest list also holds before its own date. A ledger may be given history older than its oldest list, and
    /// refusing it would only make people falsify the date; `effective_from` still shows in every view.
    pub fn in_force(&self, at: Timestamp) -> &PriceList {
        let day = day_of(at);
        let newest = self.lists.iter().rfind(|list| list.effective_from() <= day);
        newest.or(self.lists.first()).expect("a catalogue without lists is refused when it is made")
    }

    /// Every list, oldest first.
    pub fn lists(&self) -> &[Arc<PriceList>] {
        &self.lists
    }

    /// The list of that id.
    pub fn list(&self, id: &str) -> Option<&PriceList> {
        self.lists.iter().find(|list| list.id() == id).map(Arc::as_ref)
    }
}
