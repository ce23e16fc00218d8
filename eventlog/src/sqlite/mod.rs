//! Owns the embedded store: one SQLite file, one process that writes it, on one thread; others may read beside it.
//!
//! Does not own SQL in any other dialect (`postgres`), nor when to append (the engine).

mod directory;
mod fault;
mod file;
mod log;
mod readers;
mod tables;
mod writer;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};
use tokio::task::spawn_blocking;

pub use self::file::LOG_ID;
use self::readers::Readers;
use self::tables::OwnedStep;
use self::writer::{Trust, Turn, Writer};
use crate::record::{AnsweredCommand, Batch, CommandKey, Head, Recorded};
use crate::rows::{Row, Table};
use crate::store::{
    Appended, Checkpoint, HeldHead, ProjectionStep, Reservation, RowQuery, Store, StoreFault, StoredClock,
};

/// A ledger in an SQLite file.
pub struct SqliteStore {
    readers: Arc<Readers>,
    writer: Option<Arc<Writer>>,
    path: PathBuf,
    /// Appends share it, a held head has it alone.
    appending: Arc<RwLock<()>>,
    /// Application ids known to be taken: where the search for a free one need not look.
    taken: Arc<Mutex<Range<u64>>>,
}

impl SqliteStore {
    /// Opens a ledger for writing, starts one when there is no file, and brings its schema up to this release.
    /// `allow_unsafe` lets a power cut undo the last commits; it is for benches.
    ///
    /// # Errors
    /// [`StoreFault::Unusable`] when another process writes it, when it is no ledger, when its schema is not one that
    /// this release can go on from, or when it would not be durable.
    pub async fn open(path: &Path, allow_unsafe: bool) -> Result<Self, StoreFault> {
        let path = path.to_owned();
        blocking(move || {
            let path = file::resolve(&path)?;
            let lock = file::lock(&path)?;
            let connection = file::open_writing(&path, allow_unsafe)?;
            let trust = Arc::new(Trust::default());
            let writer = Writer::start(connection, lock, Arc::clone(&trust))?;
            Ok(Self::assemble(path, trust, Some(Arc::new(writer))))
        })
        .await
    }

    /// Opens a ledger for reading only, also beside a process that writes it.
    ///
    /// # Errors
    /// [`StoreFault::Unusable`] when there is no such file, when it is no ledger, or when its schema is not this
    /// release's.
    pub async fn open_read_only(path: &Path) -> Result<Self, StoreFault> {
        let path = path.to_owned();
        blocking(move || {
            if !path.exists() {
                return Err(StoreFault::Unusable {
                    what: format!("there is no file {}", path.display()),
                    remedy: "name the ledger's file, or open it for writing once to start one".to_owned(),
                });
            }
            let path = file::resolve(&path)?;
            file::assert_current(&file::open_reading(&path)?, &path)?;
            Ok(Self::assemble(path, Arc::new(Trust::default()), None))
        })
        .await
    }

    fn assemble(path: PathBuf, trust: Arc<Trust>, writer: Option<Arc<Writer>>) -> Self {
        Self {
            readers: Readers::new(path.clone(), trust, writer.clone()),
            writer,
            path,
            appending: Arc::default(),
            taken: Arc::new(Mutex::new(0..0)),
        }
    }

    fn writer(&self) -> Result<&Arc<Writer>, StoreFault> {
        self.writer.as_ref().ok_or_else(|| StoreFault::Unusable {
            what: format!("{} is open for reading only", self.path.display()),
            remedy: "open it for writing, with no other process writing it".to_owned(),
        })
    }
}

async fn blocking<T: Send + 'static>(
    open: impl FnOnce() -> Result<T, StoreFault> + Send + 'static,
) -> Result<T, StoreFault> {
    spawn_blocking(open)
        .await
        .unwrap_or_else(|error| Err(StoreFault::Unavailable { reason: format!("opening the ledger ended: {error}") }))
}

#[async_trait]
impl Store for SqliteStore {
    fn kind(&self) -> &'static str {
        "sqlite"
    }

    fn is_sole_writer(&self) -> bool {
        self.writer.is_some()
    }

    fn log_id(&self) -> i16 {
        LOG_ID
    }

    async fn head(&self) -> Result<Head, StoreFault> {
        self.readers.run(log::head).await
    }

    async fn confirm(&self, keys: &[CommandKey]) -> Result<(Head, Vec<AnsweredCommand>), StoreFault> {
        let keys = keys.to_vec();
        self.readers.run(move |connection| log::confirm(connection, &keys)).await
    }

    async fn append(&self, batch: &Batch) -> Result<Appended, StoreFault> {
        let writer = self.writer()?;
        let shared = Arc::clone(&self.appending).read_owned().await;
        let batch = batch.clone();
        writer
            .run(Turn::Append, move |connection| {
                // Held by the work, not by who waits for it: given up on, it is still on its way.
                let _shared = shared;
                log::append(connection, &batch)
            })
            .await
    }

    async fn hold_head(&self) -> Result<Box<dyn HeldHead>, StoreFault> {
        let writer = Arc::clone(self.writer()?);
        let alone = Arc::clone(&self.appending).write_owned().await;
        let head = self.head().await?;
        Ok(Box::new(Held { head, writer, alone }))
    }

    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<Recorded>, StoreFault> {
        self.readers.run(move |connection| log::read_after(connection, position, limit)).await
    }

    async fn read_account(
        &self,
        account: &str,
        after: u64,
        up_to: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreFault> {
        let account = account.to_owned();
        self.readers.run(move |connection| log::read_account(connection, &account, after, up_to, limit)).await
    }

    async fn read_stream(
        &self,
        aggregate_type: &str,
        aggregate_id: &str,
        after: u64,
    ) -> Result<Vec<Recorded>, StoreFault> {
        let (kind, id) = (aggregate_type.to_owned(), aggregate_id.to_owned());
        self.readers.run(move |connection| log::read_stream(connection, &kind, &id, after)).await
    }

    async fn reserve_account(&self, account: &str) -> Result<(), StoreFault> {
        let account = account.to_owned();
        self.writer()?.run(Turn::Append, move |connection| directory::reserve_account(connection, &account)).await
    }

    async fn application_holder(&self, application: u64) -> Result<Option<String>, StoreFault> {
        self.readers.run(move |connection| directory::application_holder(connection, application)).await
    }

    async fn reserve_application(
        &self,
        account: &str,
        wanted: Option<u64>,
        first: u64,
    ) -> Result<Reservation, StoreFault> {
        let account = account.to_owned();
        let taken = Arc::clone(&self.taken);
        self.writer()?
            .run(Turn::Append, move |connection| match wanted {
                Some(wanted) => directory::reserve_wanted(connection, &account, wanted),
                None => {
                    let mut taken = taken.lock().expect("a search that panics ends the writer's thread");
                    directory::reserve_any(connection, &account, first, &mut taken)
                }
            })
            .await
    }

    async fn clock(&self) -> Result<Option<StoredClock>, StoreFault> {
        self.readers.run(directory::clock).await
    }

    async fn birth(&self, clock: StoredClock) -> Result<StoredClock, StoreFault> {
        self.writer()?.run(Turn::Append, move |connection| directory::birth(connection, clock)).await
    }

    async fn prepare_projection(&self, name: &str, version: u32, tables: &[&'static Table]) -> Result<(), StoreFault> {
        let (name, tables) = (name.to_owned(), tables.to_vec());
        self.writer()?.run(Turn::Project, move |connection| tables::prepare(connection, &name, version, &tables)).await
    }

    async fn checkpoint(&self, name: &str, version: u32) -> Result<Option<Checkpoint>, StoreFault> {
        let name = name.to_owned();
        self.readers.run(move |connection| tables::checkpoint(connection, &name, version)).await
    }

    async fn project(&self, step: ProjectionStep<'_>) -> Result<bool, StoreFault> {
        let ProjectionStep { name, version, from, to, changes } = step;
        let step = OwnedStep { name: name.to_owned(), version, from, to, changes: changes.to_vec() };
        self.writer()?.run(Turn::Project, move |connection| tables::project(connection, &step)).await
    }

    async fn rows(&self, table: &'static Table, query: &RowQuery) -> Result<Vec<Row>, StoreFault> {
        let query = query.clone();
        self.readers.run(move |connection| tables::rows(connection, table, &query)).await
    }

    async fn replace_projection(
        &self,
        name: &str,
        version: u32,
        at: Checkpoint,
        tables: &[(&'static Table, Vec<Row>)],
    ) -> Result<bool, StoreFault> {
        let (name, tables) = (name.to_owned(), tables.to_vec());
        self.writer()?
            .run(Turn::Project, move |connection| tables::replace(connection, &name, version, at, &tables))
            .await
    }
}

/// The head, while nobody else in this process appends. No other process can: the file is locked.
struct Held {
    head: Head,
    writer: Arc<Writer>,
    alone: OwnedRwLockWriteGuard<()>,
}

#[async_trait]
impl HeldHead for Held {
    fn head(&self) -> Head {
        self.head
    }

    async fn append(self: Box<Self>, batch: &Batch) -> Result<Appended, StoreFault> {
        let Self { writer, alone, .. } = *self;
        let batch = batch.clone();
        writer
            .run(Turn::Append, move |connection| {
                let _alone = alone;
                log::append(connection, &batch)
            })
            .await
    }

    async fn release(self: Box<Self>) -> Result<(), StoreFault> {
        Ok(())
    }
}
