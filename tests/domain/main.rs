//! Owns the tests of the domain as the business reads them: each aggregate's rules, the ladder of refusals, golden cases
//! by their ids, house rules by their numbers, stories on a timeline, and properties over random lives.
//!
//! Does not own the log, the wire or the clock: everything here is `decide` over Books, folded.

mod account;
mod add_on;
mod add_ons;
mod application;
mod arithmetic;
mod arrears;
mod auto_renewal;
mod checks;
mod corrections;
mod entitlements;
mod estimates;
mod explanations;
mod features;
mod golden_cases;
mod golden_events;
mod house_rules;
mod late_worker;
mod laws;
mod lives;
mod many_applications;
mod operator_stops;
mod orders;
mod plan_changes;
mod plan_orders;
mod policies;
mod price_lists;
mod promotions;
mod properties;
mod quotes;
mod refunds;
mod refusals;
mod settlement;
mod simulated;
mod state_tables;
mod steps;
mod storage;
mod stories;
mod subscription;
mod switches;
mod timeline;
mod usage;
mod vouchers;
mod walks;
mod worked_examples;
mod year;
