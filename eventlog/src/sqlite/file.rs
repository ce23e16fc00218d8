//! Owns the file: who may write it (a lock), how connections to it are set up, whether it is a ledger, and bringing its
//! schema up to this release.
//!
//! Does not own what is written into it (`log`, `directory`, `tables`).

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params};

use super::fault;
use crate::chain::instant_text;
use crate::migrate::{self, Applied, Migration};
use crate::record::Head;
use crate::store::StoreFault;

/// The one log of a file.
pub const LOG_ID: i16 = 1;

/// `SBLG`: tells a ledger from any other SQLite file, before its tables are looked at.
const APPLICATION_ID: i32 = 0x5342_4c47;

/// How long a connection waits for another one's lock. Only a backup tool or a reader that opens can hold one.
const BUSY: Duration = Duration::from_secs(5);

/// More than the statements of the log and of all projections together, so that none is prepared twice.
const STATEMENTS: usize = 128;

/// The file behind all its names, so that two names of one file mean one lock. It need not exist yet.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, StoreFault> {
    let unusable = |error: std::io::Error| StoreFault::Unusable {
        what: format!("{} cannot be opened: {error}", path.display()),
        remedy: "name a file in a directory that exists and may be read and written".to_owned(),
    };
    if path.exists() {
        return path.canonicalize().map_err(unusable);
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| unusable(std::io::ErrorKind::InvalidFilename.into()))?;
    Ok(parent.canonicalize().map_err(unusable)?.join(name))
}

/// Takes the sole right to write. The system gives it back when the process ends, however it ends; a pid file would not.
pub(super) fn lock(path: &Path) -> Result<File, StoreFault> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let unusable = |error: std::io::Error| StoreFault::Unusable {
        what: format!("{} cannot be locked: {error}", path.display()),
        remedy: "make its directory writable, on a file system that knows locks".to_owned(),
    };
    let file = File::options().create(true).truncate(false).write(true).open(&name).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreFault::Unusable {
            what: format!("{} is being written by another process", path.display()),
            remedy: "stop that process, or open the ledger read-only beside it".to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// The connection that writes: durable at every commit, or refused.
pub(super) fn open_writing(path: &Path, allow_unsafe: bool) -> Result<Connection, StoreFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = connect(path, flags)?;
    recognise(&connection, path)?;
    connection.pragma_update(None, "journal_mode", "wal").map_err(|error| not_ours(path, &error))?;
    connection
        .pragma_update(None, "synchronous", if allow_unsafe { "normal" } else { "full" })
        .map_err(fault::reading)?;
    // Where fsync does not reach the disk (macOS) this does; elsewhere it changes nothing.
    connection.pragma_update(None, "fullfsync", true).map_err(fault::reading)?;
    // SQLite would swallow a failed sync of its own checkpoint and retry it later, after the system has forgotten which
    // pages were lost. The writer checkpoints by hand, and sees what happens.
    connection.pragma_update(None, "wal_autocheckpoint", 0).map_err(fault::reading)?;
    // A poisoned store must leave the file as it is; a sound one is tidied up by the writer when it ends.
    checkpoint_on_close(&connection, false)?;
    assert_durable(&connection, path, allow_unsafe)?;
    bring_up(&mut connection, path, migrate::SQLITE)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn open_reading(path: &Path) -> Result<Connection, StoreFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = connect(path, flags)?;
    connection.pragma_update(None, "query_only", true).map_err(|error| not_ours(path, &error))?;
    checkpoint_on_close(&connection, false)?;
    Ok(connection)
}

/// Whether a file that will only be read is a ledger of this release's schema.
pub(super) fn assert_current(connection: &Connection, path: &Path) -> Result<(), StoreFault> {
    if !recognise(connection, path)? {
        return Err(StoreFault::Unusable {
            what: format!("{} is empty, there is no ledger in it", path.display()),
            remedy: "name the ledger's file, or open it for writing once to start one".to_owned(),
        });
    }
    match migrate::pending(migrate::SQLITE, &applied(connection).map_err(fault::reading)?)? {
        [] => Ok(()),
        [migration, ..] => Err(StoreFault::Unusable {
            what: format!("{} lacks migration {} ({})", path.display(), migration.version, migration.name),
            remedy: "open it for writing once with this release, or read it with the release that wrote it".to_owned(),
        }),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreFault> {
    let connection = Connection::open_with_flags(path, flags).map_err(|error| StoreFault::Unusable {
        what: format!("{} cannot be opened: {error}", path.display()),
        remedy: "check that the file and its directory may be read and written by this user".to_owned(),
    })?;
    connection.busy_timeout(BUSY).map_err(fault::reading)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Whether the last connection to close moves the write-ahead log into the file and removes it.
pub(super) fn checkpoint_on_close(connection: &Connection, wanted: bool) -> Result<(), StoreFault> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !wanted).map_err(fault::reading)?;
    Ok(())
}

fn not_ours(path: &Path, error: &rusqlite::Error) -> StoreFault {
    let remedy = match error.sqlite_error_code() {
        // Readers too share memory through a file beside the ledger.
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => "let this user write in the ledger's directory",
        _ => "name the ledger's own file, or a new one",
    };
    StoreFault::Unusable {
        what: format!("{} cannot be read as a ledger: {error}", path.display()),
        remedy: remedy.to_owned(),
    }
}

/// `true` for a ledger, `false` for a file without anything in it; refuses everything else.
fn recognise(connection: &Connection, path: &Path) -> Result<bool, StoreFault> {
    let unreadable = |error| not_ours(path, &error);
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(unreadable)?;
    let tables: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(unreadable)?;
    match (id, tables) {
        (APPLICATION_ID, 1..) => Ok(true),
        (0, 0) => Ok(false),
        _ => Err(StoreFault::Unusable {
            what: format!("{} is an SQLite file, but not a ledger", path.display()),
            remedy: "name the ledger's own file, or a new one".to_owned(),
        }),
    }
}

/// Refuses a connection that would call a commit durable before it is.
fn assert_durable(connection: &Connection, path: &Path, allow_unsafe: bool) -> Result<(), StoreFault> {
    let journal: String =
        connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(fault::reading)?;
    if journal != "wal" {
        return Err(StoreFault::Unusable {
            what: format!("{} keeps journal mode `{journal}`, the ledger needs `wal`", path.display()),
            remedy: "put it on a local file system that can share memory between processes".to_owned(),
        });
    }
    let synchronous: i64 =
        connection.pragma_query_value(None, "synchronous", |row| row.get(0)).map_err(fault::reading)?;
    // 2 is FULL, 3 is EXTRA.
    if synchronous < 2 && !allow_unsafe {
        return Err(StoreFault::Unusable {
            what: format!("{} is open with synchronous={synchronous}: a power cut would undo commits", path.display()),
            remedy: "let it run with synchronous=FULL, or allow an unsafe store for a bench".to_owned(),
        });
    }
    Ok(())
}

fn applied(connection: &Connection) -> rusqlite::Result<Vec<Applied>> {
    let mut rows = connection.prepare("SELECT version, name, sha256 FROM schema_migrations ORDER BY version")?;
    rows.query_map([], |row| Ok(Applied { version: row.get(0)?, name: row.get(1)?, sha256: row.get(2)? }))?.collect()
}

/// Applies what is pending and gives the log its head, all in one transaction.
fn bring_up(connection: &mut Connection, path: &Path, known: &[Migration]) -> Result<(), StoreFault> {
    let unusable = |error: rusqlite::Error| StoreFault::Unusable {
        what: format!("the schema of {} could not be brought up: {error}", path.display()),
        remedy: "nothing of it was written; clear the cause and start again".to_owned(),
    };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unusable)?;
    transaction
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS schema_migrations (
                 version    INTEGER NOT NULL PRIMARY KEY,
                 name       TEXT    NOT NULL,
                 sha256     TEXT    NOT NULL,
                 applied_at TEXT    NOT NULL
             ) STRICT",
        )
        .map_err(unusable)?;
    let pending = migrate::pending(known, &applied(&transaction).map_err(unusable)?)?;
    if pending.is_empty() {
        return Ok(());
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(unusable)?;
    for migration in pending {
        apply(&transaction, migration).map_err(unusable)?;
    }
    transaction
        .execute(
            "INSERT INTO log_head (log_id, position, hash, recorded_at) VALUES (?1, 0, ?2, ?3) ON CONFLICT DO NOTHING",
            params![LOG_ID, Head::EMPTY.hash.0, instant_text(Head::EMPTY.recorded_at)],
        )
        .map_err(unusable)?;
    transaction.commit().map_err(fault::committing)
}

fn apply(connection: &Connection, migration: &Migration) -> rusqlite::Result<()> {
    connection.execute_batch(migration.sql)?;
    connection.execute(
        "INSERT INTO schema_migrations (version, name, sha256, applied_at) VALUES (?1, ?2, ?3, ?4)",
        params![migration.version, migration.name, migration.sha256(), instant_text(Timestamp::now())],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_does_not_sync_at_commit_is_refused() -> Result<(), Box<dyn std::error::Error>> {
        let folder = std::env::temp_dir().join(format!("subledger-synchronous-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let path = folder.join("ledger.db");
        let connection = open_writing(&path, true)?;
        assert_durable(&connection, &path, true)?;
        let refused = assert_durable(&connection, &path, false).expect_err("NORMAL may lose commits");
        assert!(refused.to_string().contains("synchronous=1: a power cut would undo commits"), "{refused}");
        connection.pragma_update(None, "synchronous", "full")?;
        assert_durable(&connection, &path, false)?;
        std::fs::remove_dir_all(&folder)?;
        Ok(())
    }
}
