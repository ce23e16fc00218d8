//! Owns keeping a projection's rows up to date: some events, their rows and the checkpoint in one transaction.
//!
//! Does not own when to run (callers, or the wake-ups of [`follow`]). A lost transaction, a second node or a crash
//! between two steps changes nothing: each step starts from the checkpoint that is stored.

use std::sync::Arc;
use std::time::Duration;

use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::Change;
use subledger_eventlog::store::{Checkpoint, ProjectionStep, Store};
use tokio::sync::watch;

use crate::coalesce::coalesce;
use crate::fault::RunFault;
use crate::progress::ProgressHandle;
use crate::projection::Projection;
use crate::read;

/// How far a step came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Position of the last event in the rows.
    pub position: u64,
    /// Events this step folded.
    pub folded: u32,
    /// Whether the log ended there.
    pub caught_up: bool,
}

/// What one transaction may hold.
#[derive(Debug, Clone, Copy)]
struct StepSize {
    events: u32,
    changes: usize,
}

impl StepSize {
    fn of(store: &dyn Store) -> Self {
        // On SQLite a step holds the only writer while appends wait (at most 20 ms).
        match store.kind() {
            "sqlite" => Self { events: 500, changes: 1_000 },
            _ => Self { events: 5_000, changes: 20_000 },
        }
    }
}

/// Creates the tables and checkpoints of projections where they are missing.
///
/// # Errors
/// [`RunFault::Store`].
pub async fn prepare(store: &dyn Store, projections: &[Arc<dyn Projection>]) -> Result<(), RunFault> {
    for projection in projections {
        store.prepare_projection(projection.name(), projection.version(), projection.tables()).await?;
    }
    Ok(())
}

/// One step: reads on from the checkpoint, folds, writes.
///
/// # Errors
/// [`RunFault`], with the position it stopped at. What precedes an event that cannot be folded is written.
pub async fn run_once(store: &dyn Store, projection: &dyn Projection) -> Result<Progress, RunFault> {
    let from = read::checkpoint(store, projection).await?;
    let size = StepSize::of(store);
    let page = read::page(store, from, size.events).await?;
    let step = fold(projection, from, &page.events, size.changes)?;
    if step.folded == 0 {
        return Ok(Progress { position: from.position, folded: 0, caught_up: true });
    }
    let changes = coalesce(step.changes);
    let (name, version, to) = (projection.name(), projection.version(), step.to);
    if store.project(ProjectionStep { name, version, from, to, changes: &changes }).await? {
        let caught_up = page.ended && page.events.len() == step.folded as usize;
        return Ok(Progress { position: to.position, folded: step.folded, caught_up });
    }
    // Another node was faster: its rows are as good as ours.
    let moved = read::checkpoint(store, projection).await?;
    if moved == from {
        return Err(RunFault::Restless { projection: name });
    }
    Ok(Progress { position: moved.position, folded: 0, caught_up: false })
}

struct Step {
    to: Checkpoint,
    folded: u32,
    changes: Vec<Change>,
}

/// Folds events until they end, the step is full, or one cannot be folded. The latter is an error only at the start of
/// a step, so that rows go as far as the log can be read.
fn fold(projection: &dyn Projection, from: Checkpoint, events: &[Recorded], most: usize) -> Result<Step, RunFault> {
    let mut step = Step { to: from, folded: 0, changes: Vec::new() };
    for recorded in events {
        let whole = step.changes.len();
        match fold_one(projection, recorded, &mut step.changes) {
            Ok(()) => {}
            Err(_) if step.folded > 0 => {
                step.changes.truncate(whole);
                break;
            }
            Err(fault) => return Err(fault),
        }
        step.to = Checkpoint { position: recorded.position, log_hash: recorded.hash };
        step.folded += 1;
        if step.changes.len() >= most {
            break;
        }
    }
    Ok(step)
}

fn fold_one(projection: &dyn Projection, recorded: &Recorded, changes: &mut Vec<Change>) -> Result<(), RunFault> {
    let fact = read::fact(recorded)?;
    projection.fold(recorded, &fact, changes).map_err(|fault| RunFault::Fold {
        projection: projection.name(),
        position: recorded.position,
        fault,
    })
}

/// Steps until the log ends.
///
/// # Errors
/// [`RunFault`], with the position it stopped at.
pub async fn catch_up(
    store: &dyn Store,
    projection: &dyn Projection,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Progress, RunFault> {
    loop {
        let progress = run_once(store, projection).await?;
        on_progress(progress);
        if progress.caught_up {
            return Ok(progress);
        }
    }
}

/// Follows the log until `wake` is closed: a new head wakes it, and without one it looks every `poll`, because another
/// node's appends wake nobody here. Faults of the store that pass by themselves are waited out.
///
/// # Errors
/// [`RunFault`] that does not pass by itself; whoever waits on `progress` is told.
pub async fn follow(
    store: Arc<dyn Store>,
    projection: Arc<dyn Projection>,
    progress: ProgressHandle,
    wake: watch::Receiver<u64>,
    poll: Duration,
) -> Result<(), RunFault> {
    let followed = follow_on(&*store, &*projection, &progress, wake, poll).await;
    progress.stop(match &followed {
        Ok(()) => "the ledger is shutting down".to_owned(),
        Err(fault) => fault.to_string(),
    });
    followed
}

async fn follow_on(
    store: &dyn Store,
    projection: &dyn Projection,
    progress: &ProgressHandle,
    mut wake: watch::Receiver<u64>,
    poll: Duration,
) -> Result<(), RunFault> {
    while wake.has_changed().is_ok() {
        wake.mark_unchanged();
        match run_once(store, projection).await {
            Ok(step) => {
                progress.record(step.position);
                if step.caught_up {
                    // A closed channel is seen at the loop's head.
                    let _ = tokio::time::timeout(poll, wake.changed()).await;
                }
            }
            Err(fault) if fault.is_transient() => {
                tracing::warn!(projection = projection.name(), %fault, "the projection waits for its store");
                tokio::time::sleep(poll).await;
            }
            Err(fault) => {
                tracing::error!(projection = projection.name(), %fault, "the projection stopped");
                return Err(fault);
            }
        }
    }
    Ok(())
}
