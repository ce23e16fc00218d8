//! Owns the demonstration: some months of two applications' lives, played through the real HTTP server on a manual
//! clock, told as a timeline.
//!
//! Does not own a word about billing: amounts, days and reasons are read from the server's answers.

mod story;
mod timeline;

pub use story::{BEGINS, DemoFault, play};
