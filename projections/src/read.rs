//! Owns reading the log for a fold: on from a checkpoint that must lie on this very log, without a gap, each event
//! decoded or the reader stopped.
//!
//! Does not own the chain over payloads (`verify` recomputes that).

use subledger_domain::fact::Fact;
use subledger_eventlog::record::{Hash, Recorded};
use subledger_eventlog::store::{Checkpoint, Store};

use crate::fault::{LogHash, RunFault};
use crate::projection::Projection;

/// Nothing folded yet.
pub(crate) const NOTHING: Checkpoint = Checkpoint { position: 0, log_hash: Hash::GENESIS };

/// Events that follow a checkpoint.
pub(crate) struct Page {
    pub(crate) events: Vec<Recorded>,
    /// Whether the log ended with them.
    pub(crate) ended: bool,
}

/// How far a projection has come.
pub(crate) async fn checkpoint(store: &dyn Store, projection: &dyn Projection) -> Result<Checkpoint, RunFault> {
    let (projection, version) = (projection.name(), projection.version());
    let checkpoint = store.checkpoint(projection, version).await?;
    checkpoint.ok_or(RunFault::NotPrepared { projection, version })
}

/// At most `limit` events behind a checkpoint. The checkpoint's own event is read with them: a log that has another hash
/// there, or ends before, is another history.
pub(crate) async fn page(store: &dyn Store, from: Checkpoint, limit: u32) -> Result<Page, RunFault> {
    let another = |found| RunFault::AnotherHistory { position: from.position, folded: from.log_hash, found };
    let Some(before) = from.position.checked_sub(1) else {
        if from != NOTHING {
            return Err(another(LogHash::Is(Hash::GENESIS)));
        }
        let events = store.read_after(0, limit).await?;
        return dense_page(from, events, limit);
    };
    let mut events = store.read_after(before, limit.saturating_add(1)).await?;
    if events.is_empty() {
        return Err(another(LogHash::Ends));
    }
    let own = events.remove(0);
    dense(from.position, &own)?;
    if own.hash != from.log_hash {
        return Err(another(LogHash::Is(own.hash)));
    }
    dense_page(from, events, limit)
}

/// Fewer events than were asked for mean that the log ends with them.
fn dense_page(from: Checkpoint, events: Vec<Recorded>, limit: u32) -> Result<Page, RunFault> {
    for (expected, event) in (from.position + 1..).zip(&events) {
        dense(expected, event)?;
    }
    let ended = events.len() < limit as usize;
    Ok(Page { events, ended })
}

fn dense(expected: u64, event: &Recorded) -> Result<(), RunFault> {
    let found = event.position;
    if found == expected { Ok(()) } else { Err(RunFault::Gap { expected, found }) }
}

/// The fact in a recorded event.
pub(crate) fn fact(recorded: &Recorded) -> Result<Fact, RunFault> {
    recorded.fact().map_err(|fault| RunFault::Unreadable { position: recorded.position, fault })
}
