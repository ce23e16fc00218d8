//! Owns the demonstration: a year of six applications of two payers, played through the real HTTP server on a manual
//! clock, told as a timeline.
//!
//! Does not own a word about billing: amounts, days and reasons are read from the server's answers.

mod statement;
mod story;
mod teller;
mod timeline;

pub use story::{BEGINS, play};
pub use teller::DemoFault;
