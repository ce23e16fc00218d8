//! Owns the refusals of a usage month.

/// Why a usage month does not take a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Its statement is final.
    #[error("the month is settled; send a correction")]
    MonthClosed,
}
