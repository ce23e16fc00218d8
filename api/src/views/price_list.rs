//! Owns how a price list looks: the summary in a list, and the whole document.

use jiff::civil::Date;
use serde::Serialize;

use super::text;

/// A price list rendered once at start: lists never change after they are loaded.
#[derive(Debug, Clone)]
pub struct PriceListView {
    id: String,
    effective_from: Date,
    content_hash: String,
    document: String,
}

#[derive(Debug, Serialize)]
struct Summary<'a> {
    price_list: &'a str,
    effective_from: Date,
    in_force: bool,
    content_hash: &'a str,
}

impl PriceListView {
    /// Of a list and everything in it.
    pub fn of(id: &str, effective_from: Date, content_hash: &str, list: &impl Serialize) -> Self {
        let (id, content_hash) = (id.to_owned(), content_hash.to_owned());
        Self { id, effective_from, content_hash, document: text(list) }
    }

    /// Its name in events, e.g. `2022-07`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Everything in it, policies included.
    pub fn document(&self) -> &str {
        &self.document
    }

    /// What a list of lists shows of it.
    pub fn summary(&self, in_force: &str) -> String {
        text(&Summary {
            price_list: &self.id,
            effective_from: self.effective_from,
            in_force: self.id == in_force,
            content_hash: &self.content_hash,
        })
    }
}
