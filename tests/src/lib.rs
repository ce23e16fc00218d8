//! Owns what the test targets share: the contract that every store must keep, a private PostgreSQL for each test process.

pub mod contract;
pub mod postgres;
