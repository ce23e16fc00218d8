//! Owns the refusals of an application.

use jiff::Timestamp;

/// Why an application does not take a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody created it.
    #[error("there is no such application")]
    NotCreated,
    /// It exists already.
    #[error("the application exists already")]
    AlreadyCreated,
    /// It is gone for good.
    #[error("the application was recycled at {at}; create a new one")]
    Recycled {
        /// When.
        at: Timestamp,
    },
    /// Recycling comes 90 days after an uninterrupted stop, not before.
    #[error("the application is not due for recycling")]
    NotDueForRecycling,
}
