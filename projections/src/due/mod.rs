//! Owns what is due when, for every payer: the timers of the Books as rows, so that a worker knows whom to call.
//!
//! Does not own what happens then (decisions). It only saves looking: every decision settles what is due anyhow.

mod fold;
mod table;
mod view;

pub use fold::DueDates;
pub use table::DUE;
pub use view::{Due, until};
