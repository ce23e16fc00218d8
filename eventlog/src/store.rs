//! Owns the seam between the ledger and its stores: one object-safe trait that SQLite and PostgreSQL stand behind, and
//! what can go wrong there.
//!
//! Does not own decisions: a store appends what it is given at the head it is given, or nothing.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::record::{AnsweredCommand, Batch, CommandKey, Hash, Head, Recorded};
use crate::rows::{Change, Row, Table};

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// All of it is durable.
    Written,
    /// None of it: the head had moved, a key is already answered, or a stream already holds a sequence. Look which.
    Stale,
}

/// Why a store could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreFault {
    /// Certainly not written; trying again is safe.
    #[error("the store did not take the batch: {reason}")]
    NotWritten {
        /// What the store said.
        reason: String,
    },
    /// It may or may not be written: look before answering or trying again.
    #[error("the store did not say whether the batch is written: {reason}")]
    Unknown {
        /// What the store said.
        reason: String,
    },
    /// Reading failed; nothing was changed.
    #[error("the store cannot be read: {reason}")]
    Unavailable {
        /// What the store said.
        reason: String,
    },
    /// A sync to disk failed. What the disk holds is no longer known: never retried, the process must end.
    #[error("the disk refused to keep what was written, the store is closed for good: {reason}")]
    Poisoned {
        /// What the system said.
        reason: String,
    },
    /// The store cannot be used as it is; the text says what to do.
    #[error("{what}; {remedy}")]
    Unusable {
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// What is stored contradicts itself.
    #[error("the log is damaged at position {position}: {reason}")]
    Damaged {
        /// Where.
        position: u64,
        /// How.
        reason: String,
    },
}

/// Which clock a ledger was born under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockKind {
    /// The system's clock.
    System,
    /// A test clock kept in the ledger.
    Manual,
}

/// The ledger's clock as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredClock {
    /// Its kind, for ever.
    pub kind: ClockKind,
    /// Where a manual clock stands; for a system clock, when the ledger was born.
    pub now: Timestamp,
}

/// Whom an application id belongs to after a reservation was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reservation {
    /// The asking account holds it; it may have held it before.
    Held(u64),
    /// Another account holds it.
    HeldByAnother,
}

/// How far a projection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Position of the last event folded.
    pub position: u64,
    /// Hash of the log at that position.
    pub log_hash: Hash,
}

/// Row changes and the checkpoint they lead to, written in one transaction.
#[derive(Debug, Clone)]
pub struct ProjectionStep<'a> {
    /// Projection's name.
    pub name: &'a str,
    /// Its version.
    pub version: u32,
    /// The checkpoint it must stand at, else nothing is written.
    pub from: Checkpoint,
    /// The checkpoint it leads to.
    pub to: Checkpoint,
    /// What changes, in order.
    pub changes: &'a [Change],
}

/// A page of rows that fit some columns exactly.
#[derive(Debug, Clone, Default)]
pub struct RowQuery {
    /// Columns that must equal a value (text form).
    pub equals: Vec<(&'static str, String)>,
    /// Only rows whose key is after this one, in key order.
    pub after: Option<Vec<String>>,
    /// At most so many rows.
    pub limit: u32,
}

/// A held head: nobody else appends until it is used or dropped.
#[async_trait]
pub trait HeldHead: Send {
    /// The head as it stands.
    fn head(&self) -> Head;
    /// Appends and commits; `batch.before` must be the held head.
    async fn append(self: Box<Self>, batch: &Batch) -> Result<Appended, StoreFault>;
    /// Lets go without writing.
    async fn release(self: Box<Self>) -> Result<(), StoreFault>;
}

/// One ledger's store. All reads come from the primary, never a replica.
#[async_trait]
pub trait Store: Send + Sync {
    /// `sqlite` or `postgres`.
    fn kind(&self) -> &'static str;
    /// Whether a lock keeps every other process from writing, so that the head need not be confirmed.
    fn is_sole_writer(&self) -> bool;
    /// The log this handle appends to and reads.
    fn log_id(&self) -> i16;

    /// What an operator should change about how the store is run. Nothing, where it is a condition of opening it.
    async fn advice(&self) -> Result<Vec<String>, StoreFault> {
        Ok(Vec::new())
    }

    /// Where the log ends.
    async fn head(&self) -> Result<Head, StoreFault>;
    /// The head and the answers kept for these keys, in one round trip.
    async fn confirm(&self, keys: &[CommandKey]) -> Result<(Head, Vec<AnsweredCommand>), StoreFault>;
    /// Appends in one statement, guarded by `batch.before` and by the keys.
    async fn append(&self, batch: &Batch) -> Result<Appended, StoreFault>;
    /// Waits for the head and holds it (other writers wait).
    async fn hold_head(&self) -> Result<Box<dyn HeldHead>, StoreFault>;

    /// Events after a position, in order; fewer than `limit` means the end was reached.
    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<Recorded>, StoreFault>;
    /// One payer's events after a position and up to another, in order.
    async fn read_account(
        &self,
        account: &str,
        after: u64,
        up_to: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreFault>;
    /// One stream's events after a sequence, in order.
    async fn read_stream(
        &self,
        aggregate_type: &str,
        aggregate_id: &str,
        after: u64,
    ) -> Result<Vec<Recorded>, StoreFault>;

    /// Notes which log an account lives in. Harmless when no account follows.
    async fn reserve_account(&self, account: &str) -> Result<(), StoreFault>;
    /// Reserves an application id: the one asked for, else the smallest reservation of this account that no stream of
    /// kind `application` uses, else the smallest free one from `first` up.
    async fn reserve_application(
        &self,
        account: &str,
        wanted: Option<u64>,
        first: u64,
    ) -> Result<Reservation, StoreFault>;
    /// The account that holds an application id; `None` while it is free. Reserves nothing.
    async fn application_holder(&self, application: u64) -> Result<Option<String>, StoreFault>;

    /// The ledger's clock, if it has been born.
    async fn clock(&self) -> Result<Option<StoredClock>, StoreFault>;
    /// Gives an unborn ledger its clock; answers the one it has afterwards.
    async fn birth(&self, clock: StoredClock) -> Result<StoredClock, StoreFault>;

    /// Creates a projection's tables, views and checkpoint row (at 0) where they are missing.
    async fn prepare_projection(&self, name: &str, version: u32, tables: &[&'static Table]) -> Result<(), StoreFault>;
    /// How far a projection has come; `None` when it was never prepared.
    async fn checkpoint(&self, name: &str, version: u32) -> Result<Option<Checkpoint>, StoreFault>;
    /// Writes rows and checkpoint in one transaction; `false` when the projection was not at `step.from`.
    async fn project(&self, step: ProjectionStep<'_>) -> Result<bool, StoreFault>;
    /// Rows of a table in force, in key order.
    async fn rows(&self, table: &'static Table, query: &RowQuery) -> Result<Vec<Row>, StoreFault>;
    /// Replaces all rows of a projection's tables by these and sets its checkpoint, in one transaction, unless its
    /// checkpoint is no longer `at`. New tables are filled beside the old and take their names.
    async fn replace_projection(
        &self,
        name: &str,
        version: u32,
        at: Checkpoint,
        tables: &[(&'static Table, Vec<Row>)],
    ) -> Result<bool, StoreFault>;
}
