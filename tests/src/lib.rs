//! Owns what the test programs share.
//!
//! Does not own any test: those lie beside `src`, one folder a program.

pub mod fixtures;
