//! Owns the attacks on the product as callers meet it: real HTTP and the real command line, on both stores.
//!
//! Does not own the rules behind the wire (`domain`'s own tests) nor the stores' contract.

mod bills;
mod calculator;
mod changes_quoted;
mod conventions;
mod crowd;
mod debts;
mod explanations;
mod features;
mod golden;
mod journal;
mod life;
mod one_log;
mod operator_stops;
mod overage;
mod packs;
mod parked;
mod plan_changes;
mod price_lists;
mod quotes;
mod reads;
mod refunds;
mod refusal_codes;
mod refusals;
mod rules;
mod starting;
mod storage;
mod two_times;
mod untouched;
mod vouchers;
mod year_refusals;
