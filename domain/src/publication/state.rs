//! Owns what is known of a publication: the fold of its one event.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Event;
use crate::aggregate::Folded;
use crate::calendar::day_of;

/// Whether a list is published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    published: Option<Published>,
}

/// A published list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Its first day.
    pub effective_from: Date,
    /// SHA-256 of its text, in hex.
    pub content_hash: String,
    /// When it was published.
    pub at: Timestamp,
}

impl Publication {
    /// The list, once it is published.
    pub fn published(&self) -> Option<&Published> {
        self.published.as_ref()
    }

    /// Folds a fact. Pairs that `decide` never emits leave the state as it is, and say so.
    pub fn evolve(&mut self, event: &Event) -> Folded {
        match (&self.published, event) {
            (None, Event::PriceListPublished { effective_from, content_hash, at, .. })
                if *effective_from > day_of(*at) =>
            {
                let (effective_from, content_hash, at) = (*effective_from, content_hash.clone(), *at);
                self.published = Some(Published { effective_from, content_hash, at });
                Folded::InPlace
            }
            (None | Some(_), Event::PriceListPublished { .. }) => Folded::OutOfPlace,
        }
    }
}
