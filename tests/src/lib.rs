//! Owns what the test targets share: the contract that every store must keep, a private PostgreSQL for each test process,
//! fixtures in the business's own terms, the codes that clients know.

pub mod codes;
pub mod contract;
pub mod fixtures;
pub mod postgres;
pub mod served;
