//! Owns the attacks on the stores, and on the product that is served from them: every test that needs a store.

mod cqrs_adapters;
mod memory_contract;
mod postgres_contract;
mod postgres_log;
mod postgres_projections;
mod proofs;
mod sqlite_contract;
mod sqlite_file;
mod wire;
