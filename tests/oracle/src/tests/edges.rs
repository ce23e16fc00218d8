//! Owns the edges of the rules, as far as they decide them.
