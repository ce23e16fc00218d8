//! Owns the audit: the same fold as the runner's with no writes, compared with the live rows at their own position.
//!
//! Does not own whether the log itself was tampered with: `verify` recomputes its chain.

use std::fmt;
use std::sync::Arc;

use subledger_eventlog::store::Store;

use crate::compare::{Comparison, Difference, compare};
use crate::fault::RunFault;
use crate::projection::Projection;
use crate::replay::{self, FoldProgress};

/// What the audit of one projection found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedProjection {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: u32,
    /// The position its rows were compared at.
    pub position: u64,
    /// Each of its tables.
    pub tables: Vec<Comparison>,
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// The log's last position when the audit ended. A projection that is behind lags; that is no difference.
    pub head: u64,
    /// Each projection.
    pub projections: Vec<AuditedProjection>,
}

impl AuditReport {
    /// Whether every row is what the log says.
    pub fn is_clean(&self) -> bool {
        self.differences().next().is_none()
    }

    /// Every difference, by projection, table and key.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.projections.iter().flat_map(|audited| &audited.tables).flat_map(|table| &table.differences)
    }
}

impl fmt::Display for AuditReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for audited in &self.projections {
            let rows: usize = audited.tables.iter().map(|table| table.rows_found).sum();
            write!(f, "{} v{}: {rows} rows at position {}", audited.name, audited.version, audited.position)?;
            match self.head.saturating_sub(audited.position) {
                0 => f.write_str(", the head")?,
                lag => write!(f, ", {lag} behind the head {}", self.head)?,
            }
            let differing: usize = audited.tables.iter().map(|table| table.rows_differing).sum();
            match differing {
                0 => writeln!(f, ": nothing differs")?,
                differing => writeln!(f, ": {differing} rows differ")?,
            }
            for difference in audited.tables.iter().flat_map(|table| &table.differences) {
                writeln!(f, "  {difference}")?;
            }
        }
        Ok(())
    }
}

/// Compares projections with the log, row by row. Writes nothing and may run beside a server.
///
/// # Errors
/// [`RunFault`], when the log cannot be read to the end or the rows were folded from another one.
pub async fn audit(
    store: &dyn Store,
    projections: &[Arc<dyn Projection>],
    on_progress: &mut (dyn FnMut(FoldProgress) + Send),
) -> Result<AuditReport, RunFault> {
    let mut audited = Vec::new();
    for mut replay in replay::from_nothing(store, projections, on_progress).await? {
        let live = replay::live_rows(store, &mut replay).await?;
        let projection = &*replay.projection;
        audited.push(AuditedProjection {
            name: projection.name(),
            version: projection.version(),
            position: replay.at.position,
            tables: compare(projection, &replay.rows, &live),
        });
    }
    Ok(AuditReport { head: store.head().await?.position, projections: audited })
}
