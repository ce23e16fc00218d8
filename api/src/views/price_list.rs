//! Owns how a price list looks: the summary in a list of lists, and the whole document.

use jiff::civil::Date;
use serde::Serialize;
use subledger_domain::calendar::midnight;
use subledger_domain::catalog::{Catalog, PriceList};
use subledger_domain::fact::{Event, Fact};
use subledger_domain::terms::Policies;

use super::text;
use super::wire::Instant;

/// What a list of lists shows of one.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    price_list: &'a str,
    name: &'a str,
    effective_from: Date,
    in_force: bool,
    in_force_from: Option<Instant>,
    content_hash: String,
    policies: Policies,
}

/// Everything in it, and from when it is in force; not whether it is now, so that its ETag stays.
#[derive(Debug, Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    list: &'a PriceList,
    in_force_from: Option<Instant>,
}

/// Every list of a catalogue as its summary: those that take effect on their day, oldest first, then those that wait to
/// be published. `in_force` is the id of the list that orders are priced by now.
pub fn price_lists(catalog: &Catalog, in_force: &str) -> Vec<String> {
    let summary = |list: &PriceList, in_force_from: Option<Instant>| {
        text(&Summary {
            price_list: list.id(),
            name: list.name(),
            effective_from: list.effective_from(),
            in_force: in_force_from.is_some() && list.id() == in_force,
            in_force_from,
            content_hash: list.content_hash(),
            policies: list.policies(),
        })
    };
    let effective = catalog.lists().iter().map(|list| summary(list, Some(begin(list))));
    effective.chain(catalog.unpublished().iter().map(|list| summary(list, None))).collect()
}

/// One list, policies included; `None` when the catalogue has none of that id.
pub fn price_list(catalog: &Catalog, id: &str) -> Option<String> {
    if let Some(list) = catalog.list(id) {
        return Some(text(&Document { list, in_force_from: Some(begin(list)) }));
    }
    let waits = catalog.unpublished().iter().find(|list| list.id() == id)?;
    Some(text(&Document { list: waits, in_force_from: None }))
}

/// The list that an event published, as [`price_list`] shows it from then on.
pub fn published_list(fact: &Fact) -> Option<String> {
    match &fact.event {
        Event::PriceList(published) => {
            let list = published.list().ok()?;
            Some(text(&Document { list: &list, in_force_from: Some(begin(&list)) }))
        }
        Event::Account(_) | Event::Application(_) | Event::Subscription(_) | Event::AddOn(_) | Event::Usage(_) => None,
    }
}

fn begin(list: &PriceList) -> Instant {
    Instant(midnight(list.effective_from()))
}
