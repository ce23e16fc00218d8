//! Owns the refusals of a publication.

use jiff::civil::Date;

/// Why a list is not published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A list is superseded, never edited, so it is published once.
    #[error("the price list is published already")]
    AlreadyPublished,
    /// What was sold today was sold at today's prices, and stays so (U39).
    #[error("`effective_from` is {effective_from}; a list is published for the future only, from {earliest} on")]
    NotForTheFuture {
        /// Its first day.
        effective_from: Date,
        /// The first day it could have: tomorrow in Asia/Shanghai.
        earliest: Date,
    },
}
