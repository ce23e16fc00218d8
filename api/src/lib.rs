//! Owns connecting: the engine, HTTP, workers, the command line. The only room that knows what time it is.
//!
//! Does not own business conditions: where a handler would branch on a subscription's state, the branch belongs in
//! `domain`.

pub mod cli;
pub mod client;
pub mod clock;
pub mod demo;
pub mod engine;
pub mod http;
pub mod server;
pub mod views;
