//! Owns the attacks on the store alone: the contract, and what is true of one store only.

mod postgres_contract;
mod sqlite_contract;
mod sqlite_file;
