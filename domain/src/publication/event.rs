//! Owns the facts of a publication as they are stored. These types are the stored format: a change is a new version.
//!
//! The text is stored whole, and so the form of a price list's file is stored format too: a list that was published can
//! be read for ever.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::aggregate::stored_events;
use crate::ids::PriceListId;

/// A fact of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A list takes effect on its day.
    PriceListPublished {
        /// The list.
        price_list: PriceListId,
        /// Its first day, from 00:00 Asia/Shanghai.
        effective_from: Date,
        /// SHA-256 of the text, in hex.
        content_hash: String,
        /// The list, to the byte.
        text: String,
        /// When it was published.
        at: Timestamp,
    },
}

stored_events!(Event {
    PriceListPublished => "1",
});
