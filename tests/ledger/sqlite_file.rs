//! Owns what is true of a ledger in a file: who may write it, which files are refused, what a changed byte looks like,
//! and what a disk that breaks its word does.

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use rusqlite::Connection;
use subledger_eventlog::open::{OpenOptions, open};
use subledger_eventlog::record::{Batch, Draft, Head, Job};
use subledger_eventlog::sqlite::SqliteStore;
use subledger_eventlog::store::{Appended, Checkpoint, ClockKind, ProjectionStep, Store, StoreFault, StoredClock};
use subledger_eventlog::verify::verify;
use tempfile::TempDir;
use uuid::Uuid;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn place() -> std::io::Result<(TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ledger.db");
    Ok((folder, path))
}

fn job(sequence: u64, payload: &str) -> Job {
    let at: Timestamp = "2022-10-12T00:00:00+08:00".parse().expect("an instant");
    let draft = Draft {
        account_id: "acme".to_owned(),
        aggregate_type: "note",
        aggregate_id: "a".to_owned(),
        sequence,
        event_type: "NoteTaken".to_owned(),
        event_version: "1.0".to_owned(),
        payload: payload.to_owned(),
        metadata: "{}".to_owned(),
        event_id: Uuid::from_u128(u128::from(sequence)),
        command_id: Uuid::from_u128(7),
        effective_at: at,
    };
    Job { drafts: vec![draft], recorded_at: at, answer: None, clock: None }
}

fn batch(before: Head, sequence: u64) -> Batch {
    Batch::seal(1, before, vec![job(sequence, r#"{"text":"as it was"}"#)])
}

/// Three events, and the store that wrote them.
async fn three_events(path: &Path) -> Result<SqliteStore, StoreFault> {
    let store = SqliteStore::open(path, false).await?;
    for sequence in 1..=3 {
        assert_eq!(store.append(&batch(store.head().await?, sequence)).await?, Appended::Written);
    }
    Ok(store)
}

async fn refusal(path: &Path) -> String {
    match SqliteStore::open(path, false).await {
        Ok(_) => panic!("{} must be refused", path.display()),
        Err(fault) => fault.to_string(),
    }
}

async fn read_refusal(path: &Path) -> String {
    match SqliteStore::open_read_only(path).await {
        Ok(_) => panic!("{} must be refused", path.display()),
        Err(fault) => fault.to_string(),
    }
}

#[tokio::test]
async fn a_second_writer_is_refused_under_any_name_of_the_file() -> Outcome {
    let (folder, path) = place()?;
    let store = three_events(&path).await?;
    let text = refusal(&path).await;
    assert!(text.contains("is being written by another process; stop that process, or open"), "{text}");
    #[cfg(unix)]
    {
        let alias = folder.path().join("alias.db");
        std::os::unix::fs::symlink(&path, &alias)?;
        assert!(refusal(&alias).await.contains("is being written by another process"));
    }
    drop(store);
    let again = SqliteStore::open(&path, false).await?;
    assert_eq!(again.head().await?.position, 3);
    drop(folder);
    Ok(())
}

#[tokio::test]
async fn a_closed_ledger_is_one_file() -> Outcome {
    let (folder, path) = place()?;
    drop(three_events(&path).await?);
    let copy = folder.path().join("copy.db");
    std::fs::copy(&path, &copy)?;
    assert!(!folder.path().join("ledger.db-wal").exists(), "the write-ahead log was left behind");
    assert_eq!(SqliteStore::open(&copy, false).await?.read_after(0, 10).await?.len(), 3);
    Ok(())
}

/// Changes a closed ledger behind the store's back.
/// Who asked for a page may leave before it is read; the store may be let go of meanwhile.
#[tokio::test]
async fn a_ledger_closed_while_it_is_read_is_one_file_as_soon_as_that_is_over() -> Outcome {
    let (folder, path) = place()?;
    let store = SqliteStore::open(&path, false).await?;
    let jobs = (1..=20_000).map(|sequence| job(sequence, r#"{"text":"one of many"}"#)).collect();
    assert_eq!(store.append(&Batch::seal(1, Head::EMPTY, jobs)).await?, Appended::Written);
    {
        let mut page = store.read_after(0, 20_000);
        // Once, which begins it.
        assert!(futures::poll!(&mut page).is_pending());
    }
    drop(store);
    let begun = std::time::Instant::now();
    while folder.path().join("ledger.db-wal").exists() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "the write-ahead log was left behind");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(SqliteStore::open_read_only(&path).await?.head().await?.position, 20_000);
    Ok(())
}

fn tamper(path: &Path, sql: &str) -> rusqlite::Result<()> {
    Connection::open(path)?.execute_batch(sql)
}

#[tokio::test]
async fn a_newer_schema_is_refused() -> Outcome {
    let (_folder, path) = place()?;
    drop(three_events(&path).await?);
    tamper(&path, "INSERT INTO schema_migrations VALUES (2, 'later', 'ab', '2030-01-01T00:00:00.000000Z')")?;
    for text in [refusal(&path).await, read_refusal(&path).await] {
        assert!(text.starts_with("the schema is newer than this release: migration 2 (later)"), "{text}");
        assert!(text.ends_with("run the release that applied it, or a later one"), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_changed_migration_is_refused() -> Outcome {
    let (_folder, path) = place()?;
    drop(three_events(&path).await?);
    tamper(&path, "UPDATE schema_migrations SET sha256 = 'ab' WHERE version = 1")?;
    for text in [refusal(&path).await, read_refusal(&path).await] {
        assert!(text.starts_with("migration 1 (log) is not what was applied here"), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_no_ledger_is_refused_and_left_as_it_was() -> Outcome {
    let (folder, _) = place()?;
    let foreign = folder.path().join("foreign.db");
    tamper(&foreign, "CREATE TABLE schema_migrations (version, name, sha256, applied_at); PRAGMA application_id = 5")?;
    let prose = folder.path().join("prose.txt");
    std::fs::write(
        &prose,
        "Dear reader, this is no database at all, but it is long enough to look like one. ".repeat(20),
    )?;
    for path in [foreign, prose] {
        let before = std::fs::read(&path)?;
        for text in [refusal(&path).await, read_refusal(&path).await] {
            assert!(text.ends_with("name the ledger's own file, or a new one"), "{text}");
        }
        assert_eq!(std::fs::read(&path)?, before);
    }
    Ok(())
}

#[tokio::test]
async fn reading_starts_no_ledger() -> Outcome {
    let (_folder, path) = place()?;
    assert!(read_refusal(&path).await.starts_with("there is no file"));
    assert!(!path.exists());
    std::fs::write(&path, "")?;
    assert!(read_refusal(&path).await.contains("there is no ledger in it"));
    Ok(())
}

#[tokio::test]
async fn a_reader_beside_the_writer_sees_what_is_appended_and_writes_nothing() -> Outcome {
    let (_folder, path) = place()?;
    let writer = three_events(&path).await?;
    let reader = SqliteStore::open_read_only(&path).await?;
    assert!(writer.is_sole_writer() && !reader.is_sole_writer());
    let fourth = batch(writer.head().await?, 4);
    for fault in [
        reader.append(&fourth).await.err(),
        reader.hold_head().await.err(),
        reader.reserve_account("acme").await.err(),
        reader.reserve_application("acme", None, 1).await.err(),
        reader.birth(StoredClock { kind: ClockKind::System, now: fourth.after.recorded_at }).await.err(),
        reader.prepare_projection("due", 1, &[]).await.err(),
        reader.project(no_step()).await.err(),
        reader.replace_projection("due", 1, no_step().from, &[]).await.err(),
    ] {
        let text = fault.expect("a reader must not write").to_string();
        assert!(text.contains("is open for reading only; open it for writing"), "{text}");
    }
    assert_eq!(writer.append(&fourth).await?, Appended::Written);
    assert_eq!(reader.head().await?, fourth.after);
    assert_eq!(verify(&reader, |_| Ok(()), |_, _| ()).await?.events, 4);
    Ok(())
}

fn no_step() -> ProjectionStep<'static> {
    let start = Checkpoint { position: 0, log_hash: Head::EMPTY.hash };
    ProjectionStep { name: "due", version: 1, from: start, to: start, changes: &[] }
}

/// What `verify` says of a ledger of three events after it was tampered with.
async fn found(sql: &str) -> Result<String, Box<dyn std::error::Error>> {
    let (_folder, path) = place()?;
    drop(three_events(&path).await?);
    tamper(&path, sql)?;
    let store = SqliteStore::open_read_only(&path).await?;
    match verify(&store, |_| Ok(()), |_, _| ()).await {
        Ok(verified) => panic!("after `{sql}` the log counts as whole: {verified:?}"),
        Err(fault) => Ok(fault.to_string()),
    }
}

#[tokio::test]
async fn one_changed_byte_names_its_position() -> Outcome {
    for (column, value) in [
        ("payload", r#"'{"text":"as it wax"}'"#),
        ("metadata", "'{ }'"),
        ("account_id", "'acmf'"),
        ("aggregate_type", "'nota'"),
        ("aggregate_id", "'b'"),
        ("sequence", "9"),
        ("event_type", "'NoteTakem'"),
        ("event_version", "'1.1'"),
        ("event_id", "'00000000-0000-0000-0000-000000000009'"),
        ("command_id", "'00000000-0000-0000-0000-000000000009'"),
        ("effective_at", "'2022-10-11T16:00:00.000001Z'"),
        ("recorded_at", "'2022-10-11T16:00:00.000001Z'"),
        ("hash", "zeroblob(32)"),
    ] {
        let text = found(&format!("UPDATE events SET {column} = {value} WHERE position = 2")).await?;
        assert!(text.starts_with("the log is damaged at position 2: its hash is "), "{column}: {text}");
    }
    let text = found("UPDATE events SET recorded_at = 'yesterday' WHERE position = 2").await?;
    assert!(text.starts_with("the log is damaged at position 2: the event cannot be read: `yesterday`"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_missing_event_or_another_head_names_its_position() -> Outcome {
    let head_of_second = "UPDATE log_head SET (position, hash, recorded_at) =
                          (SELECT position, hash, recorded_at FROM events WHERE position = 2)";
    for (sql, expected) in [
        ("DELETE FROM events WHERE position = 2", "position 2: the event is missing, the next is at 3"),
        ("DELETE FROM events WHERE position = 3", "position 3: the event is missing, the head is at 3"),
        ("UPDATE log_head SET hash = zeroblob(32)", "position 3: the head says hash 0000"),
        ("UPDATE log_head SET recorded_at = '2022-10-11T16:00:00.000001Z'", "position 3: the head says hash"),
        ("DELETE FROM log_head", "position 0: the log has no head"),
        (head_of_second, "position 3: the event is above the head"),
    ] {
        let text = found(sql).await?;
        assert!(text.starts_with(&format!("the log is damaged at {expected}")), "{sql}: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn an_append_below_the_events_is_damage_and_not_a_moved_head() -> Outcome {
    let (_folder, path) = place()?;
    drop(three_events(&path).await?);
    tamper(&path, "UPDATE log_head SET position = 2")?;
    let store = SqliteStore::open(&path, false).await?;
    let fault = store.append(&batch(store.head().await?, 9)).await.expect_err("position 3 is taken");
    assert_eq!(fault.to_string(), "the log is damaged at position 3: the log holds an event above its head");
    Ok(())
}

#[tokio::test]
async fn a_url_names_its_store_or_is_told_how() -> Outcome {
    let (_folder, path) = place()?;
    let options = |url: String, read_only| OpenOptions { url, read_only, migrate: false, allow_unsafe: false };
    let url = format!("sqlite:{}", path.display());
    let store = open(options(url.clone(), false)).await?;
    assert_eq!((store.kind(), store.log_id(), store.is_sole_writer()), ("sqlite", 1, true));
    assert!(!open(options(url.replace("sqlite:", "sqlite://"), true)).await?.is_sole_writer());
    for url in ["sqlite:", "mysql://root:secret@db/x", "ledger.db"] {
        let fault = open(options(url.to_owned(), false)).await.err().expect("this is no store");
        let text = fault.to_string();
        assert!(text.contains("sqlite:PATH") && text.contains("postgres://") && !text.contains("secret"), "{text}");
    }
    Ok(())
}

/// Set for the process that runs out of room.
const LIMITED: &str = "SUBLEDGER_LIMITED_LEDGER";

/// The system lets a child process write no file beyond a megabyte, so some commit of it fails for real.
#[cfg(unix)]
#[tokio::test]
async fn a_commit_that_the_disk_refuses_closes_the_store_and_loses_nothing_acknowledged() -> Outcome {
    if let Ok(path) = std::env::var(LIMITED) {
        return run_out_of_room(Path::new(&path)).await;
    }
    let (folder, path) = place()?;
    let name = "sqlite_file::a_commit_that_the_disk_refuses_closes_the_store_and_loses_nothing_acknowledged";
    // Without the trap the system would end the child instead of refusing the write.
    let output = Command::new("sh")
        .args(["-c", r#"trap '' XFSZ; ulimit -f 2048; exec "$0" --exact "$1""#])
        .arg(std::env::current_exe()?)
        .arg(name)
        .env(LIMITED, &path)
        .output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let acknowledged: u64 = std::fs::read_to_string(path.with_extension("acknowledged"))?.parse()?;
    assert!(acknowledged > 0);
    let store = SqliteStore::open(&path, false).await?;
    let verified = verify(&store, |_| Ok(()), |_, _| ()).await?;
    assert!((acknowledged..=acknowledged + 1).contains(&verified.events), "{acknowledged}, then {}", verified.events);
    drop(folder);
    Ok(())
}

#[cfg(unix)]
async fn run_out_of_room(path: &Path) -> Outcome {
    let store = SqliteStore::open(path, false).await?;
    let payload = format!(r#"{{"text":"{}"}}"#, "x".repeat(20_000));
    let mut head = store.head().await?;
    let fault = loop {
        let batch = Batch::seal(1, head, vec![job(head.position + 1, &payload)]);
        match store.append(&batch).await {
            Ok(_) => head = batch.after,
            Err(fault) => break fault,
        }
    };
    std::fs::write(path.with_extension("acknowledged"), head.position.to_string())?;
    assert!(matches!(fault, StoreFault::Poisoned { .. }), "{fault:?}");
    for later in [store.append(&batch(head, head.position + 1)).await.err(), store.head().await.err()] {
        assert!(matches!(later, Some(StoreFault::Poisoned { .. })), "{later:?}");
    }
    Ok(())
}
