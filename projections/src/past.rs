//! Owns a projection's rows as they stood: the very fold that keeps the live rows, of the events that count, into memory.
//! No figure is computed a second time.
//!
//! Does not own which events count: the caller knows the two times (`api`).

use subledger_domain::fact::Fact;
use subledger_eventlog::record::Recorded;

use crate::fault::RunFault;
use crate::projection::Projection;
use subledger_eventlog::memory_tables::{Key, MemoryTables};

/// The rows of some events, in the order of the log.
///
/// # Errors
/// [`RunFault::Fold`], [`RunFault::Rows`]: an event contradicts its row, or an earlier one is missing.
pub fn rows<'e>(
    projection: &dyn Projection,
    events: impl IntoIterator<Item = &'e (Recorded, Fact)>,
) -> Result<MemoryTables, RunFault> {
    let mut rows = MemoryTables::new(projection.tables());
    for (recorded, fact) in events {
        fold(projection, recorded, fact, &mut rows)?;
    }
    Ok(rows)
}

/// Folds one event and answers which rows of which tables it was about.
pub(crate) fn fold(
    projection: &dyn Projection,
    recorded: &Recorded,
    fact: &Fact,
    rows: &mut MemoryTables,
) -> Result<Vec<(&'static str, Key)>, RunFault> {
    let (name, position) = (projection.name(), recorded.position);
    let mut changes = Vec::new();
    let folded = projection.fold(recorded, fact, &mut changes);
    folded.map_err(|fault| RunFault::Fold { projection: name, position, fault })?;
    let touched = changes.iter().map(|change| rows.apply(change));
    touched.collect::<Result<_, _>>().map_err(|fault| RunFault::Rows { projection: name, position, fault })
}
