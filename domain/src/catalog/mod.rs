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
const BUILTIN: [(&str, &str); 3] = [
    ("2022-07.toml", include_str!("../../price_lists/2022-07.toml")),
    ("2023-03.toml", include_str!("../../price_lists/2023-03.toml")),
    ("2024-01.toml", include_str!("../../price_lists/2024-01.toml")),
];
/// How many of them are in force in a ledger that published none.
const IN_FORCE: usize = 1;

/// The price lists of a ledger. Cheap to clone: the lists are shared.
///
/// A list is known in one of two ways. It takes effect on its day because the ledger was started with it or has published
/// it, or it comes with the release and waits for that: a release never changes a price by itself.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// Those that take effect on their day, oldest first.
    lists: Arc<[Arc<PriceList>]>,
    /// The oldest of those the ledger was started with.
    earliest: Arc<PriceList>,
    /// Those that come with the release and are not published, oldest first.
    unpublished: Arc<[Arc<PriceList>]>,
}

impl Catalog {
    /// The lists that come with a release; all but the first wait to be published.
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
        Self::from_lists(owned(BUILTIN.iter().take(IN_FORCE)))?.beside_the_releases()
    }

    /// Lists from outside, as (file name, text). Each takes effect on its day.
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
        let earliest = Arc::clone(lists.first().expect("a catalogue without lists was refused"));
        Ok(Self { lists: lists.into(), earliest, unpublished: Arc::default() })
    }

    /// The same, and the release's other lists waiting to be published.
    ///
    /// # Errors
    /// [`CatalogFault`], which a test rules out.
    pub fn beside_the_releases(self) -> Result<Self, CatalogFault> {
        let releases = Self::from_lists(owned(BUILTIN.iter()))?;
        let waits = |list: &&Arc<PriceList>| self.list(list.id()).is_none();
        let unpublished = releases.lists.iter().filter(waits).map(Arc::clone).collect();
        Ok(Self { unpublished, ..self })
    }

    /// The catalogue with one more list that takes effect on its day. One that is there already changes nothing.
    ///
    /// # Errors
    /// [`CatalogFault`]: another list has its id or its day.
    pub fn with(&self, list: PriceList) -> Result<Self, CatalogFault> {
        if self.list(list.id()).is_some_and(|known| known.content_hash() == list.content_hash()) {
            return Ok(self.clone());
        }
        let faults: Vec<_> = self.lists.iter().flat_map(|earlier| check::clashes(earlier, &list)).collect();
        if !faults.is_empty() {
            return Err(CatalogFault { faults });
        }
        let unpublished = self.unpublished.iter().filter(|known| known.id() != list.id()).map(Arc::clone).collect();
        let mut lists = self.lists.to_vec();
        lists.push(Arc::new(list));
        lists.sort_by_key(|list| list.effective_from());
        Ok(Self { lists: lists.into(), earliest: Arc::clone(&self.earliest), unpublished })
    }

    /// The list an order at this instant is priced by: the newest that took effect by 00:00 of its civil day.
    ///
    /// The earliest list that the ledger was started with also holds before its own date. A ledger may be given history
    /// older than its oldest list, and refusing it would only make people falsify the date; `effective_from` still shows
    /// in every view. A published list never does: it is for the future only.
    pub fn in_force(&self, at: Timestamp) -> &PriceList {
        let day = day_of(at);
        let newest = self.lists.iter().rfind(|list| list.effective_from() <= day);
        newest.unwrap_or(&self.earliest)
    }

    /// Every list that takes effect on its day, oldest first.
    pub fn lists(&self) -> &[Arc<PriceList>] {
        &self.lists
    }

    /// The release's lists that are not published, oldest first.
    pub fn unpublished(&self) -> &[Arc<PriceList>] {
        &self.unpublished
    }

    /// The list of that id among those that take effect on their day.
    pub fn list(&self, id: &str) -> Option<&PriceList> {
        self.lists.iter().find(|list| list.id() == id).map(Arc::as_ref)
    }
}

fn owned<'a>(files: impl Iterator<Item = &'a (&'a str, &'a str)>) -> Vec<(String, String)> {
    files.map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
}
