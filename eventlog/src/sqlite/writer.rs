//! Owns the one connection that writes: its thread, the order in which work reaches it, its checkpoints, and closing the
//! store for good when the disk broke its word.
//!
//! Does not own what is written (`log`, `directory`, `tables`).

use std::collections::VecDeque;
use std::fs::File;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::{fault, file};
use crate::store::StoreFault;

/// Rows changed between two checkpoints. Fewer cost appends more (a third of their speed at 2,000, because the same pages
/// are moved again and again); this many keep the write-ahead log around forty megabytes.
const CHECKPOINT_ROWS: u64 = 8_000;

/// Whether the disk is still trusted, shared by the writer and all readers.
#[derive(Debug, Default)]
pub(super) struct Trust {
    broken: OnceLock<String>,
}

impl Trust {
    /// Refuses when the store is closed for good.
    pub(super) fn check(&self) -> Result<(), StoreFault> {
        match self.broken.get() {
            None => Ok(()),
            Some(reason) => Err(StoreFault::Poisoned { reason: reason.clone() }),
        }
    }

    fn note(&self, fault: &StoreFault) {
        if let StoreFault::Poisoned { reason } = fault
            && self.broken.set(reason.clone()).is_ok()
        {
            tracing::error!(reason, "the disk refused to keep what was written; the store is closed for good");
        }
    }
}

/// Which work waits for which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// What a command waits for.
    Append,
    /// What projections write: only when no command waits.
    Project,
}

type Work = Box<dyn FnOnce(&mut Connection) + Send>;

#[derive(Default)]
struct Waiting {
    appends: VecDeque<Work>,
    projections: VecDeque<Work>,
    closed: bool,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("nothing that holds this lock can panic")
    }

    /// Hands the work back when there is nobody left to do it.
    fn push(&self, turn: Turn, work: Work) -> Result<(), Work> {
        let mut waiting = self.waiting();
        if waiting.closed {
            return Err(work);
        }
        match turn {
            Turn::Append => waiting.appends.push_back(work),
            Turn::Project => waiting.projections.push_back(work),
        }
        self.changed.notify_one();
        Ok(())
    }

    /// The next piece of work; `None` when the queue is closed and empty.
    fn next(&self) -> Option<Work> {
        let mut waiting = self.waiting();
        loop {
            let next = waiting.appends.pop_front().or_else(|| waiting.projections.pop_front());
            if next.is_some() || waiting.closed {
                return next;
            }
            waiting = self.changed.wait(waiting).expect("nothing that holds this lock can panic");
        }
    }

    fn close(&self) {
        self.waiting().closed = true;
        self.changed.notify_one();
    }
}

/// The writer's thread, held by the store. Dropping it finishes what is queued and gives the lock back.
pub(super) struct Writer {
    queue: Arc<Queue>,
    trust: Arc<Trust>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread; it holds the lock as long as the connection.
    pub(super) fn start(connection: Connection, lock: File, trust: Arc<Trust>) -> Result<Self, StoreFault> {
        let queue = Arc::new(Queue::default());
        let served = Served(Arc::clone(&queue));
        let watched = Arc::clone(&trust);
        let thread = thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                serve(connection, &served.0, &watched);
                drop(lock);
            })
            .map_err(|error| StoreFault::Unusable {
                what: format!("the writer's thread did not start: {error}"),
                remedy: "raise the limit of threads for this user".to_owned(),
            })?;
        Ok(Self { queue, trust, thread: Some(thread) })
    }

    /// Has work done on the writing connection and waits for its outcome. Work that was queued is done even when nobody
    /// waits for it any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreFault> + Send + 'static,
    ) -> Result<T, StoreFault> {
        let (tell, told) = oneshot::channel();
        let trust = Arc::clone(&self.trust);
        let work: Work = Box::new(move |connection| {
            let outcome = trust.check().and_then(|()| work(connection));
            if let Err(fault) = &outcome {
                trust.note(fault);
            }
            // Fails when whoever asked has gone: what is written stays written.
            drop(tell.send(outcome));
        });
        if self.queue.push(turn, work).is_err() {
            return Err(StoreFault::NotWritten { reason: "the writer's thread has ended".to_owned() });
        }
        let ended = |_| Err(StoreFault::Unknown { reason: "the writer's thread ended before it answered".to_owned() });
        told.await.unwrap_or_else(ended)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer's thread ended in a panic");
        }
    }
}

/// Closes the queue and lets everyone in it go, also when the thread ends in a panic.
struct Served(Arc<Queue>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.close();
        while self.0.next().is_some() {}
    }
}

fn serve(mut connection: Connection, queue: &Queue, trust: &Trust) {
    let mut checkpointed = connection.total_changes();
    while let Some(work) = queue.next() {
        work(&mut connection);
        let changed = connection.total_changes();
        if changed - checkpointed >= CHECKPOINT_ROWS && trust.check().is_ok() {
            checkpoint(&connection, trust);
            checkpointed = changed;
        }
    }
    if trust.check().is_ok() {
        checkpoint(&connection, trust);
    }
    // Asked again: the last checkpoint may have been the one that broke it.
    if trust.check().is_ok()
        && let Err(fault) = file::checkpoint_on_close(&connection, true)
    {
        tracing::warn!(%fault, "the write-ahead log stays beside the ledger; the next start reads it");
    }
}

/// Moves the write-ahead log into the file as far as readers let it. A sync that fails here would lose what commits
/// have promised, so it poisons the store like a failed commit.
fn checkpoint(connection: &Connection, trust: &Trust) {
    if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
        let fault = fault::committing(error);
        tracing::warn!(%fault, "a checkpoint failed");
        trust.note(&fault);
    }
}

/// What becomes of a transaction once its statements have run.
pub(super) enum Verdict<T> {
    /// It commits.
    Keep(T),
    /// It is rolled back: nothing was to be written after all.
    Discard(T),
}

/// Runs statements in one transaction, which takes the writer's lock at once.
pub(super) fn transact<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<Verdict<T>, StoreFault>,
) -> Result<T, StoreFault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault::writing)?;
    match work(&transaction)? {
        Verdict::Keep(value) => transaction.commit().map_err(fault::committing).map(|()| value),
        Verdict::Discard(value) => transaction.rollback().map_err(fault::writing).map(|()| value),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn appends_are_taken_before_projections_that_came_earlier() -> rusqlite::Result<()> {
        let queue = Queue::default();
        let (done, order) = mpsc::channel();
        for (name, turn) in [("p1", Turn::Project), ("a1", Turn::Append), ("p2", Turn::Project), ("a2", Turn::Append)] {
            let done = done.clone();
            let work: Work = Box::new(move |_| done.send(name).expect("the test is listening"));
            assert!(queue.push(turn, work).is_ok());
        }
        queue.close();
        let mut connection = Connection::open_in_memory()?;
        while let Some(work) = queue.next() {
            work(&mut connection);
        }
        drop(done);
        assert_eq!(order.iter().collect::<Vec<_>>(), ["a1", "a2", "p1", "p2"]);
        Ok(())
    }

    #[test]
    fn a_closed_queue_takes_no_work() {
        let queue = Queue::default();
        queue.close();
        assert!(queue.push(Turn::Append, Box::new(|_| ())).is_err());
        assert!(queue.next().is_none());
    }
}
