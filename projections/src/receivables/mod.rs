//! Owns what payers owe: one row for each statement that is not paid in full.
//!
//! Does not own when a debt stops anything (`due`) nor how it was paid (`invoices`).

mod fold;
mod table;
mod view;

pub use fold::Receivables;
pub use table::RECEIVABLES;
pub use view::{Receivable, list};
