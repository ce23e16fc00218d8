//! Owns the readings that were taken where the rules can be read in more than one way.

/// A question that the rules leave open, and how the oracle answers it.
pub struct Reading {
    /// The rule that raises it.
    pub id: &'static str,
    /// What is open.
    pub question: &'static str,
    /// What is done here.
    pub reading: &'static str,
}

/// All of them.
pub const READINGS: &[Reading] = &[];
