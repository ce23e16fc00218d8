//! Owns how fast the oracle is.
