//! Owns what attacks share: a private PostgreSQL for each test process.

pub mod postgres;
