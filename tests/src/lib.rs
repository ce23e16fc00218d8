//! Owns what the test targets share: the contract that every store must keep.

pub mod contract;
