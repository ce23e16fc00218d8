//! Owns invoices as documents: one for each order paid, with a line for each charge, numbered in the payer's own
//! gapless series.
//!
//! Does not own any amount: they are copied from the events that brought them about, each line citing its own.

mod fold;
mod table;
mod view;

pub use fold::Invoices;
pub use table::{INVOICE_LINES, INVOICE_NUMBERS, INVOICES};
pub use view::{Cause, Invoice, Line, LinePeriod, Paid, get, is_cursor, list};
