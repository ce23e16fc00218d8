//! Owns reading the log for a fold: on from a checkpoint that must lie on this very log, without a gap, each event
//! decoded or the reader stopped.
//!
//! Does not own the chain over payloads (`verify` recomputes that).

use std::borrow::Cow;

use serde::Deserialize;
use subledger_domain::envelope::{Routed, StoredFact};
use subledger_domain::fact::Fact;
use subledger_domain::ids::EventId;
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
    let own = from.position.min(1);
    let asked = limit.saturating_add(u32::from(own == 1));
    let mut events = store.read_after(from.position - own, asked).await?;
    let ended = events.len() < asked as usize;
    if own == 1 {
        let event = if events.is_empty() { return Err(another(LogHash::Ends)) } else { events.remove(0) };
        dense(from.position, &event)?;
        if event.hash != from.log_hash {
            return Err(another(LogHash::Is(event.hash)));
        }
    } else if from.log_hash != Hash::GENESIS {
        return Err(another(LogHash::Is(Hash::GENESIS)));
    }
    for (expected, event) in (from.position + 1..).zip(&events) {
        dense(expected, event)?;
    }
    Ok(Page { events, ended })
}

fn dense(expected: u64, event: &Recorded) -> Result<(), RunFault> {
    let found = event.position;
    if found == expected { Ok(()) } else { Err(RunFault::Gap { expected, found }) }
}

/// What an event needs of its metadata; the rest is for people.
#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    causation_id: Cow<'a, str>,
}

/// The fact in a recorded event.
pub(crate) fn fact(recorded: &Recorded) -> Result<Fact, RunFault> {
    let position = recorded.position;
    let metadata: Metadata<'_> = serde_json::from_str(&recorded.metadata)
        .map_err(|fault| RunFault::Metadata { position, reason: fault.to_string() })?;
    let stored = StoredFact {
        aggregate_type: &recorded.aggregate_type,
        aggregate_id: &recorded.aggregate_id,
        event_type: &recorded.event_type,
        event_version: &recorded.event_version,
        event_id: EventId::from_uuid(recorded.event_id),
        payload: &recorded.payload,
        caused_by: &metadata.causation_id,
    };
    Fact::decode(&stored).map_err(|fault| RunFault::Unreadable { position, fault })
}
