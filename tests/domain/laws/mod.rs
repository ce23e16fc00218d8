//! Owns the laws of proration and money, each held against arithmetic by hand: whole fen and whole days.
//!
//! Does not own the figures of single cases (`golden_cases`, `house_rules`) nor whole lives (`properties`, `year`).

mod amounts;
mod bought;
mod by_hand;
mod changes;
mod orders;
