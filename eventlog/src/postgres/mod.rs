//! Owns the PostgreSQL side of the log: one statement per append, reads in position order, projections' transactions.
//!
//! Does not own when to append or what to do when the head has moved (the engine), nor the list of migrations
//! (`migrate`).
//!
//! Nothing here relies on sequences, triggers, advisory locks or LISTEN: the lock on the row of `log_head` is the
//! commit order. All isolation is READ COMMITTED, set by us on each connection.

mod append;
mod connect;
mod directory;
mod fault;
mod instant;
mod projection;
mod read;
mod schema;

use std::sync::Mutex;

use async_trait::async_trait;
use sqlx::PgPool;

pub use schema::migrate;

use crate::open::OpenOptions;
use crate::record::{AnsweredCommand, Batch, CommandKey, Head, Recorded};
use crate::rows::{Row, Table};
use crate::store::{
    Appended, Checkpoint, HeldHead, ProjectionStep, Reservation, RowQuery, Store, StoreFault, StoredClock,
};
use append::Writer;
use connect::{Purpose, Session};

/// There is one log today; `log_id` is in every key so that there can be more.
const LOG_ID: i16 = 1;

/// A ledger in PostgreSQL.
#[derive(Debug)]
pub struct PostgresStore {
    pool: PgPool,
    writer: Writer,
    read_only: bool,
    warnings: Vec<String>,
    /// `(first, free)`: every application id from `first` to below `free` is known to be reserved. Reservations are
    /// never given back, so the search for the next one starts here.
    reserved: Mutex<(u64, u64)>,
}

impl PostgresStore {
    /// Opens a ledger and checks that the server keeps what it acknowledges and that the schema is this release's.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer; `Unusable`, with what to do, when it is too old, a replica,
    /// configured to lose commits (unless `allow_unsafe`), or when the schema is older (unless `migrate`) or newer.
    pub async fn open(options: &OpenOptions) -> Result<Self, StoreFault> {
        let session = Session::parse(&options.url)?;
        let mut connection = session.connect(Purpose::Read { read_only: options.read_only }).await?;
        let warnings = connect::inspect(&mut connection, options.allow_unsafe).await?;
        let pending = schema::pending(&mut connection).await?;
        connect::close(connection).await;
        if let Some(oldest) = pending.first() {
            if !options.migrate || options.read_only {
                return Err(schema::older(oldest));
            }
            migrate(&options.url, None).await?;
        }
        Ok(Self {
            pool: session.pool(options.read_only),
            writer: Writer::new(session.options(Purpose::Append)),
            read_only: options.read_only,
            warnings,
            reserved: Mutex::new((0, 0)),
        })
    }

    /// What was found of a server that was accepted though it may lose commits.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether the connected role owns the log or is a superuser, and so could rewrite it. `doctor` warns.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer.
    pub async fn connected_as_owner(&self) -> Result<bool, StoreFault> {
        schema::connected_as_owner(&self.pool).await
    }

    fn writable(&self) -> Result<(), StoreFault> {
        if self.read_only {
            return Err(StoreFault::NotWritten { reason: "the ledger was opened for reading only".to_owned() });
        }
        Ok(())
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn kind(&self) -> &'static str {
        "postgres"
    }

    fn is_sole_writer(&self) -> bool {
        false
    }

    fn log_id(&self) -> i16 {
        LOG_ID
    }

    async fn advice(&self) -> Result<Vec<String>, StoreFault> {
        let mut advice = self.warnings.clone();
        if self.connected_as_owner().await? {
            advice.push(
                "connected as the owner of the log, who could rewrite it; run `serve` as a role made by `subledger migrate \
                 --app-role NAME`"
                    .to_owned(),
            );
        }
        Ok(advice)
    }

    async fn head(&self) -> Result<Head, StoreFault> {
        read::head(&self.pool).await
    }

    async fn confirm(&self, keys: &[CommandKey]) -> Result<(Head, Vec<AnsweredCommand>), StoreFault> {
        read::confirm(&self.pool, keys).await
    }

    async fn append(&self, batch: &Batch) -> Result<Appended, StoreFault> {
        self.writable()?;
        self.writer.append(batch).await
    }

    async fn hold_head(&self) -> Result<Box<dyn HeldHead>, StoreFault> {
        self.writable()?;
        self.writer.hold_head().await
    }

    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<Recorded>, StoreFault> {
        read::after(&self.pool, position, limit).await
    }

    async fn read_account(
        &self,
        account: &str,
        after: u64,
        up_to: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreFault> {
        read::account(&self.pool, account, after..=up_to, limit).await
    }

    async fn read_stream(
        &self,
        aggregate_type: &str,
        aggregate_id: &str,
        after: u64,
    ) -> Result<Vec<Recorded>, StoreFault> {
        read::stream(&self.pool, aggregate_type, aggregate_id, after).await
    }

    async fn reserve_account(&self, account: &str) -> Result<(), StoreFault> {
        self.writable()?;
        directory::reserve_account(&self.pool, account).await
    }

    async fn application_holder(&self, application: u64) -> Result<Option<String>, StoreFault> {
        directory::application_holder(&self.pool, application).await
    }

    async fn reserve_application(
        &self,
        account: &str,
        wanted: Option<u64>,
        first: u64,
    ) -> Result<Reservation, StoreFault> {
        self.writable()?;
        match wanted {
            Some(id) => directory::reserve_wanted(&self.pool, account, id).await,
            None => directory::reserve_next(&self.pool, &self.reserved, account, first).await,
        }
    }

    async fn clock(&self) -> Result<Option<StoredClock>, StoreFault> {
        directory::clock(&self.pool).await
    }

    async fn birth(&self, clock: StoredClock) -> Result<StoredClock, StoreFault> {
        self.writable()?;
        directory::birth(&self.pool, clock).await
    }

    async fn prepare_projection(&self, name: &str, version: u32, tables: &[&'static Table]) -> Result<(), StoreFault> {
        self.writable()?;
        projection::prepare(&self.pool, name, version, tables).await
    }

    async fn checkpoint(&self, name: &str, version: u32) -> Result<Option<Checkpoint>, StoreFault> {
        projection::checkpoint(&self.pool, name, version).await
    }

    async fn project(&self, step: ProjectionStep<'_>) -> Result<bool, StoreFault> {
        self.writable()?;
        projection::project(&self.pool, &step).await
    }

    async fn rows(&self, table: &'static Table, query: &RowQuery) -> Result<Vec<Row>, StoreFault> {
        projection::rows(&self.pool, table, query).await
    }

    async fn replace_projection(
        &self,
        name: &str,
        version: u32,
        at: Checkpoint,
        tables: &[(&'static Table, Vec<Row>)],
    ) -> Result<bool, StoreFault> {
        self.writable()?;
        projection::replace(&self.pool, name, version, at, tables).await
    }
}
