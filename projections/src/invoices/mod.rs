//! Owns invoices as documents: one for each order paid and for each month settled, with a line for each charge, numbered
//! in the payer's own gapless series, and its payments as they came; beside them months that are drafted.
//!
//! Does not own any amount: they are copied from the events that brought them about, each line citing its own.

mod cause;
mod fold;
mod table;
mod view;

pub use cause::Cause;
pub use fold::Invoices;
pub use table::{INVOICE_LINES, INVOICE_NUMBERS, INVOICE_PAYMENTS, INVOICES, STATEMENT_DRAFTS};
pub use view::{Invoice, Line, LinePeriod, Paid, get, is_cursor, list};
