//! Owns the one step of a publication.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::ids::PriceListId;

/// A step of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Bring a list into force on its day.
    Publish {
        /// The list.
        price_list: PriceListId,
        /// Its first day.
        effective_from: Date,
        /// SHA-256 of its text, in hex.
        content_hash: String,
        /// Its text, which has been read and found good.
        text: String,
        /// When it is published.
        at: Timestamp,
    },
}
