//! Owns the attacks on the store alone: the contract, and what is true of one store only.

mod cqrs_adapters;
mod postgres_contract;
mod postgres_log;
mod postgres_projections;
mod proofs;
mod sqlite_contract;
mod sqlite_file;
