//! Owns what readers get: pure folds of the log to rows, tables described as data, the runner that keeps them up to
//! date, rebuilding them from nothing, and the audit that compares the two.
//!
//! Does not own decisions, prices or time: every amount and every instant it writes stands in an event. It holds no
//! connection; what it reads and writes goes through [`subledger_eventlog::store::Store`].
//!
//! Read it from the left: `row, projection, source` ← one folder per projection (`table` ← `fold`, `view`)
//! ← `read, coalesce` ← `runner`; and `past, digest` ← `replay, compare` ← `rebuild, audit`.

pub mod audit;
mod coalesce;
mod compare;
pub mod digest;
pub mod due;
pub mod entitlements;
mod fault;
pub mod invoices;
pub mod journal;
pub mod past;
mod progress;
mod projection;
mod read;
pub mod rebuild;
pub mod receivables;
mod replay;
mod row;
pub mod runner;
mod source;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use compare::{Comparison, Difference, Mismatch};
pub use fault::RunFault;
pub use progress::{ProgressHandle, Stopped};
pub use projection::{FoldFault, Projection};
pub use replay::FoldProgress;
pub use source::Source;

/// Every projection of this release.
pub fn all() -> Vec<Arc<dyn Projection>> {
    vec![
        Arc::new(invoices::Invoices),
        Arc::new(receivables::Receivables),
        Arc::new(entitlements::RightsInForce),
        Arc::new(due::DueDates),
        Arc::new(journal::Journal),
    ]
}
