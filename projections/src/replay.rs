//! Owns folding the log from nothing into memory, and reading the live rows beside it at the same position, also while
//! a follower moves them.
//!
//! Does not own what is done about a difference (`rebuild`, `audit`).

use std::collections::BTreeSet;
use std::sync::Arc;

use subledger_domain::fact::Fact;
use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::{Row, Table};
use subledger_eventlog::store::{Checkpoint, RowQuery, Store};

use crate::fault::{LogHash, RunFault};
use crate::past;
use crate::projection::Projection;
use crate::read;
use subledger_eventlog::memory_tables::{Key, MemoryFault, MemoryTables};

/// Events read at a time.
const EVENTS: u32 = 5_000;
/// Live rows read at a time.
const ROWS: u32 = 1_000;
/// How often a moving checkpoint is followed before giving up. Each round reads only the rows that moved in the one
/// before, so on a store that reads faster than it is written to the rounds shrink to nothing.
const ROUNDS: u32 = 64;

/// How far a fold from nothing has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldProgress {
    /// Position of the last event folded.
    pub position: u64,
    /// Where it will end.
    pub of: u64,
}

/// A projection folded from nothing, in memory.
pub(crate) struct Replay {
    pub(crate) projection: Arc<dyn Projection>,
    pub(crate) rows: MemoryTables,
    pub(crate) at: Checkpoint,
    target: Checkpoint,
    /// Rows that moved since live rows were read; not kept before that.
    touched: Option<BTreeSet<(&'static str, Key)>>,
}

impl Replay {
    fn fold(&mut self, recorded: &Recorded, fact: &Fact) -> Result<(), RunFault> {
        let touched = past::fold(&*self.projection, recorded, fact, &mut self.rows)?;
        if let Some(kept) = &mut self.touched {
            kept.extend(touched);
        }
        self.at = Checkpoint { position: recorded.position, log_hash: recorded.hash };
        self.at_its_target()
    }

    fn behind(&self) -> bool {
        self.at.position < self.target.position
    }

    /// The target was made from this log, or from another.
    fn at_its_target(&self) -> Result<(), RunFault> {
        let Checkpoint { position, log_hash: folded } = self.target;
        if self.at.position == position && self.at.log_hash != folded {
            return Err(RunFault::AnotherHistory { position, folded, found: LogHash::Is(self.at.log_hash) });
        }
        Ok(())
    }
}

/// Folds every projection from nothing to its live checkpoint, reading the log once.
pub(crate) async fn from_nothing(
    store: &dyn Store,
    projections: &[Arc<dyn Projection>],
    on_progress: &mut (dyn FnMut(FoldProgress) + Send),
) -> Result<Vec<Replay>, RunFault> {
    let mut replays = Vec::new();
    for projection in projections {
        let target = read::checkpoint(store, &**projection).await?;
        let rows = MemoryTables::new(projection.tables());
        let projection = Arc::clone(projection);
        let replay = Replay { projection, rows, at: read::NOTHING, target, touched: None };
        replay.at_its_target()?;
        replays.push(replay);
    }
    advance(store, &mut replays, on_progress).await?;
    Ok(replays)
}

/// Folds on to each one's target.
async fn advance(
    store: &dyn Store,
    replays: &mut [Replay],
    on_progress: &mut (dyn FnMut(FoldProgress) + Send),
) -> Result<(), RunFault> {
    let of = replays.iter().map(|replay| replay.target.position).max().unwrap_or(0);
    while let Some(from) = replays.iter().filter(|replay| replay.behind()).map(|replay| replay.at).min_by_key(position)
    {
        let page = read::page(store, from, EVENTS).await?;
        let ended = page.events.is_empty();
        for recorded in &page.events {
            let mut waiting = replays.iter_mut().filter(|replay| replay.behind()).peekable();
            if waiting.peek().is_none() {
                break;
            }
            let fact = read::fact(recorded)?;
            for replay in waiting.filter(|replay| replay.at.position + 1 == recorded.position) {
                replay.fold(recorded, &fact)?;
            }
        }
        if let Some(replay) = replays.iter().find(|replay| ended && replay.behind()) {
            let Checkpoint { position, log_hash: folded } = replay.target;
            return Err(RunFault::AnotherHistory { position, folded, found: LogHash::Ends });
        }
        let position = replays.iter().map(|replay| replay.at.position).max().unwrap_or(0);
        on_progress(FoldProgress { position, of });
    }
    Ok(())
}

fn position(checkpoint: &Checkpoint) -> u64 {
    checkpoint.position
}

/// The live rows at the position of the replay, which is moved on with them.
pub(crate) async fn live_rows(store: &dyn Store, replay: &mut Replay) -> Result<MemoryTables, RunFault> {
    let mut live = MemoryTables::new(replay.projection.tables());
    for table in replay.projection.tables() {
        let mut query = RowQuery { equals: Vec::new(), after: None, limit: ROWS };
        loop {
            let page = store.rows(table, &query).await?;
            let ended = page.len() < ROWS as usize;
            for row in page {
                query.after = Some(put(replay, &mut live, table, row)?);
            }
            if ended {
                break;
            }
        }
    }
    settle(store, replay, &mut live).await?;
    Ok(live)
}

/// Follows a checkpoint that moved while rows were read: folds on to it and reads again only what those events touched;
/// every other row was the same before and after. Ends when the checkpoint stood still.
pub(crate) async fn settle(store: &dyn Store, replay: &mut Replay, live: &mut MemoryTables) -> Result<(), RunFault> {
    let projection = replay.projection.name();
    for _ in 0..ROUNDS {
        let now = read::checkpoint(store, &*replay.projection).await?;
        if now == replay.at {
            return Ok(());
        }
        if now.position <= replay.at.position {
            break;
        }
        replay.touched = Some(BTreeSet::new());
        replay.target = now;
        advance(store, std::slice::from_mut(replay), &mut |_| {}).await?;
        for (name, key) in replay.touched.take().into_iter().flatten() {
            let held = replay.projection.tables().iter().find(|table| table.name == name);
            let table = held.expect("a touched table is one of the projection's");
            reread(store, replay, live, table, &key).await?;
        }
    }
    Err(RunFault::Restless { projection })
}

async fn reread(
    store: &dyn Store,
    replay: &Replay,
    live: &mut MemoryTables,
    table: &'static Table,
    key: &[String],
) -> Result<(), RunFault> {
    let columns = table.columns.iter().map(|column| column.name);
    let query = RowQuery { equals: columns.zip(key.iter().cloned()).collect(), after: None, limit: 1 };
    match store.rows(table, &query).await?.pop() {
        Some(row) => put(replay, live, table, row).map(|_| ()),
        None => live.remove(table, key).map_err(|fault| misfit(replay, fault)),
    }
}

fn put(replay: &Replay, live: &mut MemoryTables, table: &'static Table, row: Row) -> Result<Key, RunFault> {
    live.put(table, row).map_err(|fault| misfit(replay, fault))
}

fn misfit(replay: &Replay, fault: MemoryFault) -> RunFault {
    RunFault::Rows { projection: replay.projection.name(), position: replay.at.position, fault }
}
