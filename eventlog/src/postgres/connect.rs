//! Owns connections: what each is set to, and whether the server is one that keeps what it acknowledges.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection, PgPool, Row};

use super::fault;
use crate::store::StoreFault;

/// The oldest server this release is tested with, as `server_version_num`.
const OLDEST_SERVER: i32 = 150_000;
/// Longest wait for the head's lock. Shorter than a statement's limit, because the server's answer to this one says
/// for certain that nothing was written, while a statement cut off by its limit leaves that open.
const LOCK_WAIT: &str = "10s";
/// Longest run of one statement.
const STATEMENT_LIMIT: &str = "15s";
/// A process that holds the head and stops must not hold up all others.
const HELD_HEAD_LIMIT: &str = "15s";
/// Longest wait for an answer: longer than the server's own limits, so it ends only waits for a server that is gone
/// without a word.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
/// Longest wait for a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// A pooled connection that has rested longer is asked for a sign of life before it is used.
const TRUSTED_REST: Duration = Duration::from_secs(1);
const READERS: u32 = 8;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Appends and holds the head.
    Append,
    /// Reads; projections' transactions unless `read_only`.
    Read {
        /// The server refuses writes.
        read_only: bool,
    },
    /// Changes the schema; may take long.
    Migrate,
}

/// A parsed URL.
#[derive(Debug, Clone)]
pub(super) struct Session {
    base: PgConnectOptions,
}

impl Session {
    pub(super) fn parse(url: &str) -> Result<Self, StoreFault> {
        let base = url.parse().map_err(|error: sqlx::Error| StoreFault::Unusable {
            what: format!("the store's URL cannot be read: {error}"),
            remedy: "give one like `postgres://user@host/database`".to_owned(),
        })?;
        Ok(Self { base })
    }

    /// The options of a connection. Settings travel in the start-up message, so they cost no round trip and outrank
    /// the role's and the database's. A limit that the URL itself sets in `options=-c …` stands.
    pub(super) fn options(&self, purpose: Purpose) -> PgConnectOptions {
        let mut settings = vec![("default_transaction_isolation", r"read\ committed"), ("jit", "off")];
        if purpose != Purpose::Migrate {
            settings.extend([("lock_timeout", LOCK_WAIT), ("statement_timeout", STATEMENT_LIMIT)]);
        }
        let name = match purpose {
            Purpose::Append => {
                settings.push(("idle_in_transaction_session_timeout", HELD_HEAD_LIMIT));
                // A plan made while the tables were small must not scan them when they have grown.
                settings.extend([("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off")]);
                "subledger writer"
            }
            Purpose::Read { read_only } => {
                // Same danger; here the figures differ from call to call, so each gets its own plan.
                settings.push(("plan_cache_mode", "force_custom_plan"));
                if read_only {
                    settings.push(("default_transaction_read_only", "on"));
                }
                "subledger reader"
            }
            Purpose::Migrate => "subledger migrate",
        };
        let given = self.base.get_options().unwrap_or_default();
        settings.retain(|(setting, _)| !given.contains(setting));
        let options = self.base.clone().options(settings);
        if options.get_application_name().is_some() { options } else { options.application_name(name) }
    }

    pub(super) async fn connect(&self, purpose: Purpose) -> Result<PgConnection, StoreFault> {
        connect(&self.options(purpose)).await
    }

    pub(super) fn pool(&self, read_only: bool) -> PgPool {
        PgPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(CONNECT_LIMIT)
            // The pool's default asks for a sign of life before every use: a second round trip for each read.
            .test_before_acquire(false)
            .before_acquire(|connection, rest| {
                Box::pin(async move {
                    if rest.idle_for > TRUSTED_REST {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(self.options(Purpose::Read { read_only }))
    }
}

/// Opens one connection.
pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreFault> {
    match tokio::time::timeout(CONNECT_LIMIT, PgConnection::connect_with(options)).await {
        Ok(connected) => connected.map_err(fault::reading),
        Err(_) => {
            Err(StoreFault::Unavailable { reason: format!("no connection within {} s", CONNECT_LIMIT.as_secs()) })
        }
    }
}

/// Waits for the server's answer, but not for ever: the network may have swallowed it.
pub(super) async fn answered<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(ANSWER_LIMIT, answer).await.unwrap_or_else(|_| {
        let reason = format!("no answer within {} s", ANSWER_LIMIT.as_secs());
        Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, reason)))
    })
}

/// Ends a connection; one that cannot even say goodbye is gone as well.
pub(super) async fn close(connection: PgConnection) {
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "a connection ended without goodbye");
    }
}

/// Runs text without parameters; several statements in it are one round trip.
pub(super) async fn run(connection: &mut PgConnection, text: &str) -> Result<(), sqlx::Error> {
    connection.execute(text).await?;
    Ok(())
}

/// Checks the server and returns the warnings to show when an unsafe one is allowed.
pub(super) async fn inspect(connection: &mut PgConnection, allow_unsafe: bool) -> Result<Vec<String>, StoreFault> {
    let row = sqlx::query(
        "SELECT current_setting('server_version_num')::int, pg_is_in_recovery(), current_setting('server_encoding'),
                current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes')",
    )
    .fetch_one(connection)
    .await
    .map_err(fault::reading)?;
    let get = |column: usize| row.try_get::<String, _>(column).map_err(fault::reading);
    let version: i32 = row.try_get(0).map_err(fault::reading)?;
    if version < OLDEST_SERVER {
        return Err(unusable(format!("the server is PostgreSQL {}", version / 10_000), "use PostgreSQL 15 or newer"));
    }
    if row.try_get(1).map_err(fault::reading)? {
        return Err(unusable("the server is a replica".to_owned(), "give the URL of the primary"));
    }
    let encoding = get(2)?;
    if encoding != "UTF8" {
        return Err(unusable(format!("the database is encoded in {encoding}"), "create it with ENCODING 'UTF8'"));
    }
    let settings = [("fsync", get(3)?), ("synchronous_commit", get(4)?), ("full_page_writes", get(5)?)];
    // Every other value of synchronous_commit waits for the local disk at least.
    let off: Vec<&str> = settings.iter().filter(|(_, value)| value == "off").map(|(name, _)| *name).collect();
    if off.is_empty() {
        return Ok(Vec::new());
    }
    let what = format!("the server may lose acknowledged writes: {} off", off.join(", "));
    if allow_unsafe {
        return Ok(vec![what]);
    }
    Err(unusable(what, "turn them on, or accept the loss with `--allow-unsafe-store`"))
}

fn unusable(what: String, remedy: &str) -> StoreFault {
    StoreFault::Unusable { what, remedy: remedy.to_owned() }
}
