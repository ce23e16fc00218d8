//! Owns the simulation: worlds of random but seeded life, each decided by the ledger's `decide` and by the independent
//! oracle, and compared to the fen: facts, documents, rows that readers get, and the books of account. Single-threaded, on a virtual clock; a seed is a world and nothing else.
//!
//! Does not own rules: a disagreement is a fault of the ledger, or of the oracle, or a reading that has to be settled.

mod both;
mod compare;
mod courses;
mod coverage;
mod dice;
mod documents;
mod journal;
mod kept;
mod life;
mod readers;
mod shrink;
mod step;
mod words;
mod world;
mod worlds;

pub use coverage::Coverage;
pub use world::Size;
pub use worlds::{Failure, Ran, Simulator};
