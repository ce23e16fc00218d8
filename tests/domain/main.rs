//! Owns the tests of the domain as the business reads them: each aggregate's rules, the ladder of refusals, golden cases
//! by their ids, house rules by their numbers, stories on a timeline, and properties over random lives.
//!
//! Does not own the log, the wire or the clock: everything here is `decide` over Books, folded.

mod account;
mod add_on;
mod add_ons;
mod application;
mod arrears;
mod entitlements;
mod estimates;
mod explanations;
mod golden_cases;
mod golden_events;
mod house_rules;
mod late_worker;
mod lives;
mod many_applications;
mod orders;
mod policies;
mod properties;
mod quotes;
mod refusals;
mod settlement;
mod steps;
mod storage;
mod stories;
mod subscription;
mod timeline;
mod usage;
mod walks;
mod year;
