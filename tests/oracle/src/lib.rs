//! Owns the billing domain written a second time, without a line of the first: plain facts of one payer, walked day by
//! day over the calendar. A simulator holds the ledger's money against it.
//!
//! Does not own speed, history or storage: it knows the present instant only, and what was issued.
//!
//! It is written from the seed (S1–S19), the house rules (R0, U1–U48) and the facts alone, uses no package at all, and
//! prefers what is obviously right: an agreement is the list of its days, a refund counts them, a month is a bit for each
//! day. Where the rules leave two honest readings, [`readings`] says which one is taken here.
//!
//! One [`Oracle`] is one payer. [`Oracle::submit`] takes orders in the order of their instants; everything due is settled
//! first. Instants are microseconds ([`calendar::Instant`]), money is fen.

pub mod books;
pub mod calendar;
pub mod document;
pub mod order;
pub mod policies;
pub mod prices;
pub mod readings;
pub mod rights;
pub mod rounding;
pub mod view;

mod add_on_orders;
mod agreement;
mod application;
mod auto_renewal;
mod operator_orders;
mod oracle;
mod plan_orders;
mod revenue;
mod sale;
mod settlement;
mod storage;
mod usage;
mod wallet;

#[cfg(test)]
mod tests;

pub use application::{Cause, FeatureState};
pub use oracle::{Oracle, Tried};
pub use order::{Answer, Order, Refund, Refusal};
