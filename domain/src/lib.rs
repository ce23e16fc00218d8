//! Owns every decision of the ledger: what an order means, what it costs, what follows from it, what is due when, and
//! which rights are in force.
//!
//! Does not own a clock, a store, a connection, or randomness. Everything here is a function of its arguments.
//!
//! Read it from the left: `ids, money, calendar, plan, timeline, term, terms, proration, service, recognition, charge,
//! wording, envelope` ← `catalog` ← the aggregates (`account`, `application`, `subscription`, `add_on`, `usage`,
//! `publication`) ← `fact, step, timer` ← `policy, settlement, refund, plan_change, correction, books, decide, entitlement,
//! estimate, quote, explain`. Aggregates never import each other; what
//! one fact means for another aggregate stands in `policy`.

pub mod account;
pub mod add_on;
mod aggregate;
pub mod application;
pub mod books;
pub mod calendar;
pub mod catalog;
pub mod charge;
mod correction;
pub mod decide;
pub mod entitlement;
pub mod envelope;
pub mod estimate;
pub mod explain;
pub mod fact;
pub mod ids;
pub mod money;
pub mod plan;
pub mod plan_change;
mod policy;
pub mod proration;
pub mod publication;
pub mod quote;
pub mod recognition;
pub mod refund;
pub mod service;
pub mod settlement;
pub mod step;
pub mod subscription;
pub mod term;
pub mod terms;
pub mod timeline;
pub mod timer;
pub mod upcast;
pub mod usage;
pub mod wording;

pub use aggregate::Folded;
