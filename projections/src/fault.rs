//! Owns what can stop a projection, with the position it stopped at.

use subledger_domain::envelope::DecodeFault;
use subledger_eventlog::record::Hash;
use subledger_eventlog::store::StoreFault;

use crate::projection::FoldFault;
use subledger_eventlog::memory_tables::MemoryFault;

/// Why a projection cannot go on. Nothing is ever skipped.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RunFault {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// Its tables were never created.
    #[error("projection {projection} version {version} was never prepared; `serve` and `rebuild` prepare it")]
    NotPrepared {
        /// Its name.
        projection: &'static str,
        /// Its version.
        version: u32,
    },
    /// The checkpoint was made from a log that is not this one.
    #[error("rows were folded to position {position} of a log whose hash there was {folded}; this log has {found}")]
    AnotherHistory {
        /// The checkpoint's position.
        position: u64,
        /// The hash the checkpoint names.
        folded: Hash,
        /// What the log says there.
        found: LogHash,
    },
    /// Positions are dense; a gap means lost events.
    #[error("the log is damaged: position {found} follows {}", expected - 1)]
    Gap {
        /// The position that must come.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// An event this release cannot read.
    #[error("stopped at position {position}: {fault}")]
    Unreadable {
        /// Where.
        position: u64,
        /// Why.
        fault: DecodeFault,
    },
    /// An event that contradicts its row.
    #[error("projection {projection} stopped at position {position}: {fault}")]
    Fold {
        /// Which projection.
        projection: &'static str,
        /// Where.
        position: u64,
        /// Why.
        fault: FoldFault,
    },
    /// Changes that fit no rows.
    #[error("projection {projection} stopped at position {position}: {fault}")]
    Rows {
        /// Which projection.
        projection: &'static str,
        /// Where.
        position: u64,
        /// Why.
        fault: MemoryFault,
    },
    /// The checkpoint would not stand still, or moved back.
    #[error("projection {projection} does not stand still long enough to be compared; try again in a quieter hour")]
    Restless {
        /// Which projection.
        projection: &'static str,
    },
}

impl RunFault {
    /// Whether the same step may succeed later without anybody's doing.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(fault) => match fault {
                // Unknown is as good as unavailable here: the next step starts from the checkpoint, whatever it is.
                StoreFault::NotWritten { .. } | StoreFault::Unknown { .. } | StoreFault::Unavailable { .. } => true,
                StoreFault::Poisoned { .. } | StoreFault::Unusable { .. } | StoreFault::Damaged { .. } => false,
            },
            Self::Restless { .. } => true,
            Self::NotPrepared { .. }
            | Self::AnotherHistory { .. }
            | Self::Gap { .. }
            | Self::Unreadable { .. }
            | Self::Fold { .. }
            | Self::Rows { .. } => false,
        }
    }
}

/// What the log holds at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogHash {
    /// An event with this hash.
    Is(Hash),
    /// Nothing: the log is shorter.
    Ends,
}

impl std::fmt::Display for LogHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Is(hash) => write!(f, "{hash}"),
            Self::Ends => f.write_str("no such position"),
        }
    }
}
