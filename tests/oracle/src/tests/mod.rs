//! Owns the oracle's own tests: the golden cases, every U-row's worked example, and edges of the rules. Amounts are
//! written with the fen last: `9_699_97` is 9,699.97.

#![allow(clippy::inconsistent_digit_grouping, reason = "fen stand apart from yuan")]

mod edges;
mod edges_of_bills;
mod golden_derived;
mod golden_given;
mod life;
mod lives;
mod revenue;
mod rows_accounts;
mod rows_changes;
mod rows_rest;
