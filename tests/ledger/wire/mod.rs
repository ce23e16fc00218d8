//! Owns the attacks on the product as callers meet it: real HTTP and the real command line, on both stores.
//!
//! Does not own the rules behind the wire (`domain`'s own tests) nor the stores' contract.

mod conventions;
mod crowd;
mod explanations;
mod golden;
mod one_log;
mod quotes;
mod reads;
mod refusals;
mod rules;
mod starting;
