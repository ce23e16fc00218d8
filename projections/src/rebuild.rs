//! Owns rebuilding projections: the log folded from nothing, compared with what is live at the same position, put in
//! its place in one transaction.
//!
//! Does not own catching up: a rebuilt projection stands where it stood, and its follower goes on from there.

use std::fmt;
use std::sync::Arc;

use subledger_eventlog::rows::{Row, Table};
use subledger_eventlog::store::Store;

use crate::compare::{Comparison, compare};
use crate::fault::RunFault;
use crate::projection::Projection;
use crate::replay::{self, FoldProgress, Replay};
use subledger_eventlog::memory_tables::MemoryTables;

/// How often a switch is tried again because the checkpoint moved between comparing and switching.
const SWITCHES: u32 = 64;

/// What the rebuild of one projection found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuiltProjection {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: u32,
    /// The position it was rebuilt at.
    pub position: u64,
    /// Each table: `found` is before, `expected` is after.
    pub tables: Vec<Comparison>,
}

/// What a rebuild found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildReport {
    /// Each projection.
    pub projections: Vec<RebuiltProjection>,
}

impl RebuildReport {
    /// Whether everything was as it is now.
    pub fn was_equal(&self) -> bool {
        self.projections.iter().flat_map(|rebuilt| &rebuilt.tables).all(|table| table.differences.is_empty())
    }
}

impl fmt::Display for RebuildReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rebuilt in &self.projections {
            writeln!(f, "{} v{} rebuilt at position {}", rebuilt.name, rebuilt.version, rebuilt.position)?;
            for table in &rebuilt.tables {
                write!(f, "  {}: {} rows, digest {}", table.table, table.rows_expected, table.digest_expected)?;
                match table.rows_differing {
                    0 => writeln!(f, ", equal")?,
                    differing => writeln!(
                        f,
                        "; {differing} rows differed, before {} rows, digest {}",
                        table.rows_found, table.digest_found
                    )?,
                }
            }
        }
        Ok(())
    }
}

/// Rebuilds projections from nothing and replaces what is live. Unprepared ones are prepared first.
///
/// # Errors
/// [`RunFault`]; a projection that failed keeps its rows.
pub async fn rebuild(
    store: &dyn Store,
    projections: &[Arc<dyn Projection>],
    on_progress: &mut (dyn FnMut(FoldProgress) + Send),
) -> Result<RebuildReport, RunFault> {
    crate::runner::prepare(store, projections).await?;
    let mut rebuilt = Vec::new();
    for replay in replay::from_nothing(store, projections, on_progress).await? {
        rebuilt.push(switch(store, replay).await?);
    }
    Ok(RebuildReport { projections: rebuilt })
}

async fn switch(store: &dyn Store, mut replay: Replay) -> Result<RebuiltProjection, RunFault> {
    let (name, version) = (replay.projection.name(), replay.projection.version());
    let mut live = replay::live_rows(store, &mut replay).await?;
    for _ in 0..SWITCHES {
        let rows = contents(&replay.rows);
        if store.replace_projection(name, version, replay.at, &rows).await? {
            let tables = compare(&*replay.projection, &replay.rows, &live);
            return Ok(RebuiltProjection { name, version, position: replay.at.position, tables });
        }
        replay::settle(store, &mut replay, &mut live).await?;
    }
    Err(RunFault::Restless { projection: name })
}

fn contents(tables: &MemoryTables) -> Vec<(&'static Table, Vec<Row>)> {
    tables.tables().map(|(table, rows)| (table, rows.values().cloned().collect())).collect()
}
