//! Owns what time it is. The only place in the product that asks the system.

use std::sync::RwLock;

use jiff::{Timestamp, TimestampRound, Unit};
use subledger_eventlog::store::{ClockKind, StoredClock};

/// The ledger's clock.
#[derive(Debug)]
pub enum Clock {
    /// The system's.
    System,
    /// A test clock kept in the ledger; it moves only when told to.
    Manual(RwLock<Timestamp>),
}

impl Clock {
    /// The clock a ledger was born under, standing where it stood.
    pub fn resumed(stored: StoredClock) -> Self {
        match stored.kind {
            ClockKind::System => Self::System,
            ClockKind::Manual => Self::Manual(RwLock::new(stored.now)),
        }
    }

    /// What time it is, to the microsecond: the finest the stores keep.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => to_microseconds(Timestamp::now()),
            Self::Manual(now) => *now.read().unwrap_or_else(std::sync::PoisonError::into_inner),
        }
    }

    /// Whether it is a manual one.
    pub fn is_manual(&self) -> bool {
        match self {
            Self::System => false,
            Self::Manual(_) => true,
        }
    }

    /// Puts a manual clock forward; a system clock and an earlier instant leave it as it is.
    pub(crate) fn put_forward(&self, to: Timestamp) {
        if let Self::Manual(now) = self {
            let mut now = now.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            *now = (*now).max(to);
        }
    }
}

/// Cuts what the stores cannot keep.
pub fn to_microseconds(at: Timestamp) -> Timestamp {
    let cut = TimestampRound::new().smallest(Unit::Microsecond).mode(jiff::RoundMode::Trunc);
    // Only an increment that does not divide a day can fail, and one microsecond does.
    at.round(cut).unwrap_or(at)
}
