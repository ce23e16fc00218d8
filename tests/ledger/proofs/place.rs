//! Owns where a proof keeps its ledger: a file, or a database of the private PostgreSQL; and looking into it past the
//! product, by SQL.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::OpenFlags;
use sqlx::{Connection, Executor, PgConnection, Row};
use subledger_eventlog::open::{OpenOptions, open};
use subledger_eventlog::record::Recorded;
use subledger_eventlog::store::Store;
use subledger_memory::MemoryStore;
use subledger_projections::audit::audit;
use subledger_projections::rebuild::rebuild;
use subledger_projections::runner;
use subledger_tests::postgres;
use tempfile::TempDir;
use uuid::Uuid;

/// What keeps a ledger from one node to the next.
pub(super) trait Keeps {
    /// For writing.
    async fn open(&self) -> Arc<dyn Store>;
    /// As anybody may beside a server.
    async fn open_to_read(&self) -> Arc<dyn Store>;
}

/// The process itself.
impl Keeps for Arc<MemoryStore> {
    async fn open(&self) -> Arc<dyn Store> {
        Self::clone(self)
    }
    async fn open_to_read(&self) -> Arc<dyn Store> {
        Self::clone(self)
    }
}

/// A place for one ledger.
pub(super) enum Place {
    /// Gone with its folder.
    Sqlite { _folder: TempDir, path: PathBuf },
    /// Gone with the private server.
    Postgres { url: String },
}

/// A row of `commands`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandRow {
    pub(super) scope: String,
    pub(super) key: String,
    pub(super) command_id: Uuid,
    pub(super) first_position: u64,
    pub(super) last_position: u64,
}

const COMMANDS: &str = "SELECT scope, key, CAST(command_id AS text), first_position, last_position FROM commands";

impl Place {
    pub(super) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("the temporary folder is writable");
        let path = folder.path().join("ledger.db");
        Self::Sqlite { _folder: folder, path }
    }

    /// On the server that may lose commits when the machine fails.
    pub(super) fn postgres(hint: &str) -> Self {
        Self::Postgres { url: postgres::database(hint) }
    }

    /// On the server that keeps what it acknowledges.
    pub(super) fn durable_postgres(hint: &str) -> Self {
        Self::Postgres { url: postgres::durable_database(hint) }
    }

    /// As `--store` takes it.
    pub(super) fn url(&self) -> String {
        match self {
            Self::Sqlite { path, .. } => format!("sqlite:{}", path.display()),
            Self::Postgres { url } => url.clone(),
        }
    }

    /// For writing. A node that was let go of gives its file back when its task has noticed, so this waits for it.
    pub(super) async fn open(&self) -> Arc<dyn Store> {
        let options = OpenOptions { url: self.url(), read_only: false, migrate: false, allow_unsafe: true };
        let started = Instant::now();
        loop {
            match open(options.clone()).await {
                Ok(store) => return store,
                Err(fault) => assert!(started.elapsed() < Duration::from_secs(10), "{fault}"),
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// As anybody may beside a server.
    pub(super) async fn open_to_read(&self) -> Arc<dyn Store> {
        let options = OpenOptions { url: self.url(), read_only: true, migrate: false, allow_unsafe: true };
        open(options).await.expect("the ledger opens for reading")
    }

    /// What only somebody with the file or the owner's password can do. Answers how many rows it changed.
    pub(super) async fn tamper(&self, statement: &str) -> u64 {
        match self {
            Self::Sqlite { path, .. } => {
                let connection = rusqlite::Connection::open(path).expect("the file opens");
                connection.execute(statement, []).expect("the statement runs") as u64
            }
            Self::Postgres { url } => {
                let mut owner = PgConnection::connect(url).await.expect("the private server answers");
                owner.execute(statement).await.expect("the owner may do this").rows_affected()
            }
        }
    }

    /// The first column of the first row, as text.
    pub(super) async fn look(&self, query: &str) -> String {
        match self {
            Self::Sqlite { path, .. } => {
                let connection = looking(path);
                connection.query_row(query, [], |row| row.get(0)).expect("there is a row")
            }
            Self::Postgres { url } => {
                let mut owner = PgConnection::connect(url).await.expect("the private server answers");
                owner.fetch_one(query).await.expect("there is a row").get(0)
            }
        }
    }

    /// Every answered command.
    pub(super) async fn commands(&self) -> Vec<CommandRow> {
        let position = |number: i64| u64::try_from(number).expect("positions are not negative");
        let row = |scope, key, id: String, first, last| CommandRow {
            scope,
            key,
            command_id: id.parse().expect("a UUID"),
            first_position: position(first),
            last_position: position(last),
        };
        match self {
            Self::Sqlite { path, .. } => {
                let connection = looking(path);
                let mut select = connection.prepare(COMMANDS).expect("the table is there");
                let rows = select.query_map([], |cells| {
                    Ok(row(cells.get(0)?, cells.get(1)?, cells.get(2)?, cells.get(3)?, cells.get(4)?))
                });
                rows.expect("reads").collect::<Result<_, _>>().expect("reads")
            }
            Self::Postgres { url } => {
                let mut owner = PgConnection::connect(url).await.expect("the private server answers");
                let rows = owner.fetch_all(COMMANDS).await.expect("reads");
                rows.iter()
                    .map(|cells| row(cells.get(0), cells.get(1), cells.get(2), cells.get(3), cells.get(4)))
                    .collect()
            }
        }
    }
}

impl Keeps for Place {
    async fn open(&self) -> Arc<dyn Store> {
        Self::open(self).await
    }
    async fn open_to_read(&self) -> Arc<dyn Store> {
        Self::open_to_read(self).await
    }
}

/// A connection that leaves the file as it is, so that it may look beside a server.
fn looking(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the file opens")
}

/// Every event, in order.
pub(super) async fn whole_log(store: &dyn Store) -> Vec<Recorded> {
    const PAGE: u32 = 5_000;
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let page = store.read_after(events.len() as u64, PAGE).await.expect("reads");
        let ended = page.len() < PAGE as usize;
        events.extend(page);
        if ended {
            return events;
        }
    }
}

/// Waits until the server beside us has folded everything there is now.
pub(super) async fn until_caught_up(store: &dyn Store) {
    let started = Instant::now();
    let head = store.head().await.expect("reads").position;
    for projection in subledger_projections::all() {
        loop {
            let at = store.checkpoint(projection.name(), projection.version()).await.expect("reads");
            if at.is_some_and(|at| at.position >= head) {
                break;
            }
            assert!(started.elapsed() < Duration::from_secs(30), "{} does not catch up", projection.name());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The digest of every table of every projection, folded to the head and then once more from nothing.
pub(super) async fn digests(store: &dyn Store) -> Vec<(&'static str, String)> {
    let projections = subledger_projections::all();
    runner::prepare(store, &projections).await.expect("the tables are made");
    for projection in &projections {
        runner::catch_up(store, &**projection, &mut |_| ()).await.expect("folds");
    }
    let report = rebuild(store, &projections, &mut |_| ()).await.expect("rebuilds");
    assert!(report.was_equal(), "{report}");
    let tables = report.projections.iter().flat_map(|rebuilt| &rebuilt.tables);
    tables.map(|table| (table.table, table.digest_found.to_string())).collect()
}

/// Fails unless every projection stands at the head and every row is what the log says.
pub(super) async fn assert_audited(store: &dyn Store) {
    let report = audit(store, &subledger_projections::all(), &mut |_| ()).await.expect("audits");
    assert!(report.is_clean(), "{report}");
    assert!(report.projections.iter().all(|projection| projection.position == report.head), "{report}");
}
