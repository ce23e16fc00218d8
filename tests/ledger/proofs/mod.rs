//! Owns the proofs that the ledger keeps its promises, on both stores: kills, two nodes on one log, the same log by
//! every way to it, rebuilds and audits, foreign readers.
//!
//! Does not own the stores' contract (`subledger_tests::contract`) nor the rules of the business (`domain`).

mod cut_off;
mod export;
mod kills;
mod log_check;
mod mended;
mod node;
mod place;
mod plans;
mod price_lists;
mod process;
mod same_log;
mod seed;
mod stock;
mod story;
mod tampered;
mod three_years;
mod trade;
mod two_nodes;
mod wire;
