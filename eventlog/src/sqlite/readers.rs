//! Owns the connections that only read: how many there are, and that none is used for anything else.
//!
//! Does not own what is read (`log`, `directory`, `tables`).

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::file;
use super::writer::{Trust, Writer};
use crate::store::StoreFault;

/// Reads at one time. A read is a page at most, so more would only compete for the same cores.
const READERS: usize = 4;

/// Read-only connections, opened when first needed.
pub(super) struct Readers {
    path: PathBuf,
    trust: Arc<Trust>,
    free: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    /// Behind the connections: a read that goes on when its store was let go of keeps the writer, whose connection must be
    /// the last to close, because only that one can tidy up the file.
    _writer: Option<Arc<Writer>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, trust: Arc<Trust>, writer: Option<Arc<Writer>>) -> Arc<Self> {
        let (free, idle) = (Arc::new(Semaphore::new(READERS)), Mutex::default());
        Arc::new(Self { path, trust, free, idle, _writer: writer })
    }

    /// Has work done on a reading connection, off the threads that serve.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, StoreFault> + Send + 'static,
    ) -> Result<T, StoreFault> {
        self.trust.check()?;
        let permit = Arc::clone(&self.free).acquire_owned().await.expect("nobody closes this semaphore");
        let readers = Arc::clone(self);
        let read = spawn_blocking(move || {
            let _permit = permit;
            let popped = readers.idle().pop();
            let connection = popped.map_or_else(|| file::open_reading(&readers.path), Ok)?;
            let outcome = work(&connection);
            readers.idle().push(connection);
            outcome
        });
        read.await.unwrap_or_else(|error| Err(StoreFault::Unavailable { reason: format!("a read ended: {error}") }))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().expect("nothing that holds this lock can panic")
    }
}
