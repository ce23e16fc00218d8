//! Owns what a price list must be: every rule that a file is held to, and the way from its text to a [`PriceList`].
//!
//! Does not own the form of the file (`raw`) nor the arithmetic of its examples (`examples`).
//!
//! A file of the wrong form gives one fault, because nothing after it can be trusted. Otherwise everything that is wrong
//! is found in one reading: each part is checked into an `Option`, and only a list whose parts are all there is made.

mod matrix;
mod offers;

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Spanned;

use super::examples::Example;
use super::fault::{CatalogFault, Fault, Faults};
use super::price_list::{OrderLimits, Place, PriceList, SiteRegion, Sites};
use super::raw::{PolicyPlaces, RawExamples, RawLimits, RawPriceList, RawSites};
use crate::calendar::BILLING_ZONE_NAME;
use crate::ids::PriceListId;
use crate::money::Currency;
use crate::plan::{DataSite, PriceRegion};
use crate::terms::Policies;

impl PriceList {
    /// Reads a price list. `file` is what faults point at.
    ///
    /// # Errors
    /// [`CatalogFault`].
    pub fn parse(file: &str, text: &str) -> Result<Self, CatalogFault> {
        let mut faults = Faults::new(file, text);
        let list = read(text, &mut faults).and_then(|(raw, places)| build(raw, &places, text, &mut faults));
        list.filter(|_| faults.found.is_empty()).ok_or_else(|| faults.into_fault())
    }
}

/// Something with where in the text it stood.
type Placed<T> = (Range<usize>, T);

/// The source of each policy, as it stands in the file.
type RawSources = Spanned<BTreeMap<Spanned<String>, Spanned<String>>>;

/// What is wrong with `later` beside `earlier`.
pub(super) fn clashes(earlier: &PriceList, later: &PriceList) -> Vec<Fault> {
    let fault = |line, rule, message| Fault { file: later.place.file.clone(), line, rule, message };
    let mut found = Vec::new();
    if earlier.id == later.id {
        let message = format!("{} already has the id {}", earlier.place.file, later.id);
        found.push(fault(later.place.id_line, "duplicate_id", message));
    }
    if earlier.effective_from == later.effective_from {
        let message = format!("{} takes effect on {} too", earlier.place.file, later.effective_from);
        found.push(fault(later.place.effective_from_line, "duplicate_effective_from", message));
    }
    found
}

fn read(text: &str, faults: &mut Faults<'_>) -> Option<(RawPriceList, PolicyPlaces)> {
    let mut refuse = |rule, error: &toml::de::Error| faults.add(error.span().unwrap_or(0..0), rule, error.message());
    let document = toml::Deserializer::parse(text).map_err(|error| refuse("syntax", &error)).ok()?;
    let raw = RawPriceList::deserialize(document).map_err(|error| refuse("form", &error)).ok()?;
    let places = toml::from_str(text).map_err(|error| refuse("form", &error)).ok()?;
    Some((raw, places))
}

fn build(raw: RawPriceList, places: &PolicyPlaces, text: &str, faults: &mut Faults<'_>) -> Option<PriceList> {
    let place = Place {
        file: faults.file.to_owned(),
        id_line: faults.line(&raw.id.span()),
        effective_from_line: faults.line(&raw.effective_from.span()),
    };
    let id = id(&raw.id, faults);
    let effective_from = effective_from(&raw, faults);
    let currency = currency(&raw.currency, faults);
    time_zone(&raw.time_zone, faults);
    let sites = sites(&raw.sites, faults);
    let limits = limits(&raw.limits, faults);
    let matrix = matrix::matrix(&raw.matrix, faults);
    let policy_sources = policies(&raw.policies, &raw.policy_sources, places, faults);
    // Prices of an unknown currency are read as CNY, only to find what else is wrong: the list is refused anyway.
    let read_as = currency.unwrap_or_default();
    let offers = offers::Checker { currency: read_as, faults }.offers(&raw, matrix.as_ref());
    let source = source(&raw.source, faults);
    let examples = examples(raw.examples, read_as, faults);
    let offers = offers?;
    let list = PriceList {
        id: id?,
        name: raw.name,
        effective_from: effective_from?,
        currency: currency?,
        time_zone: BILLING_ZONE_NAME,
        content_hash: content_hash(text),
        source: source?,
        sites: sites?,
        matrix: matrix?,
        limits: limits?,
        plans: offers.plans,
        overage: offers.overage,
        add_ons: offers.add_ons,
        history_storage: offers.history_storage,
        promotions: offers.promotions,
        policies: raw.policies,
        policy_sources: policy_sources?,
        examples: Vec::new(),
        text: text.to_owned(),
        place,
    };
    hold(list, examples, faults)
}

fn content_hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn source(raw: &Spanned<String>, faults: &mut Faults<'_>) -> Option<String> {
    if raw.get_ref().trim().is_empty() {
        faults.add(raw.span(), "source", "a source must name the documents");
        return None;
    }
    Some(raw.get_ref().clone())
}

fn id(raw: &Spanned<String>, faults: &mut Faults<'_>) -> Option<String> {
    let id = raw.get_ref().parse::<PriceListId>();
    id.map(|id| id.to_string()).map_err(|fault| faults.add(raw.span(), "id", fault.to_string())).ok()
}

fn effective_from(raw: &RawPriceList, faults: &mut Faults<'_>) -> Option<Date> {
    let given = raw.effective_from.get_ref();
    let date = match (given.date, given.time) {
        (Some(date), None) => date.to_string().parse().ok(),
        _ => None,
    };
    if date.is_none() {
        let message = "must be a day without a time of day, like 2022-07-01: it begins at 00:00 Asia/Shanghai";
        faults.add(raw.effective_from.span(), "effective_from", message);
    }
    date
}

fn currency(raw: &Spanned<String>, faults: &mut Faults<'_>) -> Option<Currency> {
    let currency = raw.get_ref().parse::<Currency>();
    currency.map_err(|fault| faults.add(raw.span(), "currency", fault.to_string())).ok()
}

fn time_zone(raw: &Spanned<String>, faults: &mut Faults<'_>) {
    if raw.get_ref() != BILLING_ZONE_NAME {
        faults.add(raw.span(), "time_zone", format!("every bill follows {BILLING_ZONE_NAME}"));
    }
}

fn sites(raw: &RawSites, faults: &mut Faults<'_>) -> Option<Sites> {
    let mut regions = BTreeMap::new();
    for (site, region) in raw.region.get_ref() {
        let site = named::<DataSite>(site, "site", faults);
        let region = named::<PriceRegion>(region, "region", faults);
        if let (Some(site), Some(region)) = (site, region) {
            regions.insert(site, region);
        }
    }
    for site in DataSite::ALL {
        let given = raw.region.get_ref().keys().any(|key| read_name(key.get_ref()) == Ok(site));
        if !given {
            faults.add(raw.region.span(), "site_without_region", format!("site {site:?} has no region"));
        }
    }
    let regions: Vec<_> = regions.into_iter().map(|(site, region)| SiteRegion { site, region }).collect();
    let source = source(&raw.source, faults)?;
    (regions.len() == DataSite::ALL.len()).then_some(Sites { source, regions })
}

fn read_name<'a, T: Deserialize<'a>>(name: &'a str) -> Result<T, serde::de::value::Error> {
    T::deserialize(serde::de::value::BorrowedStrDeserializer::new(name))
}

fn named<'a, T: Deserialize<'a>>(raw: &'a Spanned<String>, rule: &'static str, faults: &mut Faults<'_>) -> Option<T> {
    read_name(raw.get_ref()).map_err(|error| faults.add(raw.span(), rule, error.to_string())).ok()
}

fn limits(raw: &RawLimits, faults: &mut Faults<'_>) -> Option<OrderLimits> {
    let (months_min, months_max) = (*raw.months_min.get_ref(), *raw.months_max.get_ref());
    if months_min == 0 {
        faults.add(raw.months_min.span(), "months_range", "an order runs at least one month");
    }
    if months_max < months_min {
        faults.add(
            raw.months_max.span(),
            "months_range",
            format!("no order fits into {months_min} to {months_max} months"),
        );
    }
    let applications_max = *raw.applications_max.get_ref();
    if applications_max == 0 {
        faults.add(raw.applications_max.span(), "applications_max", "an account has room for at least one application");
    }
    Some(OrderLimits { source: source(&raw.source, faults)?, months_min, months_max, applications_max })
}

/// Policies are typed already; what is left are days that no calendar has, and a source for each.
fn policies(
    policies: &Policies,
    sources: &RawSources,
    places: &PolicyPlaces,
    faults: &mut Faults<'_>,
) -> Option<BTreeMap<String, String>> {
    let mut refuse = |key: &str, message: &str| {
        let place = places.policies.get_key_value(key).map_or(0..0, |(key, _)| key.span());
        faults.add(place, "policy_day", message);
    };
    if !(1..=28).contains(&policies.settlement_draft_day) {
        refuse("settlement_draft_day", "must be a day that every month has, 1 to 28");
    }
    if !(policies.settlement_draft_day..=28).contains(&policies.settlement_final_day) {
        refuse("settlement_final_day", "must be the day of the draft or later, at most 28");
    }
    // A renewal at the end of the grace continues from the old end; its own reminders and end must still lie ahead, also
    // of the shortest month.
    if policies.expiry_grace_days.saturating_add(policies.reminder_days_before) > 28 {
        refuse("expiry_grace_days", "with reminder_days_before it comes to 28 days at the most");
    }
    if policies.arrears_grace_days == 0 {
        refuse("arrears_grace_days", "counts the day of the bill, so it is at least 1");
    }
    if policies.retention_days == 0 {
        refuse("retention_days", "counts the day of the stop, so it is at least 1");
    }
    policy_sources(sources, places, faults)
}

fn policy_sources(
    sources: &RawSources,
    places: &PolicyPlaces,
    faults: &mut Faults<'_>,
) -> Option<BTreeMap<String, String>> {
    for key in places.policies.keys().filter(|key| !sources.get_ref().contains_key(key.get_ref().as_str())) {
        faults.add(key.span(), "policy_source", format!("policy {} has no line in [policy_sources]", key.get_ref()));
    }
    for key in sources.get_ref().keys().filter(|key| !places.policies.contains_key(key.get_ref().as_str())) {
        faults.add(key.span(), "policy_source", format!("there is no policy {}", key.get_ref()));
    }
    sources.get_ref().iter().map(|(key, raw)| Some((key.get_ref().clone(), source(raw, faults)?))).collect()
}

/// Examples with their places, each of which expects something.
fn examples(raw: RawExamples, currency: Currency, faults: &mut Faults<'_>) -> Vec<Placed<Example>> {
    if raw.cases.get_ref().is_empty() {
        faults.add(raw.cases.span(), "examples_missing", "a price list proves itself by worked examples");
    }
    let mut examples = Vec::new();
    for raw in raw.cases.into_inner() {
        let (span, example) = (raw.span(), raw.into_inner());
        if let Some(message) = example.malformed(currency) {
            faults.add(span.clone(), "example_form", message);
        }
        examples.push((span, example));
    }
    examples
}

/// The list with its examples, if they hold.
fn hold(list: PriceList, examples: Vec<Placed<Example>>, faults: &mut Faults<'_>) -> Option<PriceList> {
    if !faults.found.is_empty() {
        return None; // Failing examples would only repeat what is wrong with the prices.
    }
    for (span, example) in &examples {
        if let Some(failure) = example.check(&list) {
            faults.add(span.clone(), "example", failure.to_string());
        }
    }
    Some(PriceList { examples: examples.into_iter().map(|(_, example)| example).collect(), ..list })
}
