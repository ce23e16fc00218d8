//! Owns every decision of the ledger: what an order means, what it costs, what follows from it, what is due when, and
//! which rights are in force.
//!
//! Does not own a clock, a store, a connection, or randomness. Everything here is a function of its arguments.

pub mod calendar;
pub mod envelope;
pub mod ids;
pub mod money;
pub mod plan;
pub mod terms;
