//! Attacks on the log that only PostgreSQL lets one make: races of two nodes, killed backends, lost answers, unsafe
//! servers, old schemas, roles.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use sqlx::{Connection, Executor, PgConnection, Row};
use subledger_eventlog::open::OpenOptions;
use subledger_eventlog::postgres::{PostgresStore, migrate};
use subledger_eventlog::record::{Answer, Batch, CommandKey, Draft, Hash, Head, Job};
use subledger_eventlog::store::{
    Appended, Checkpoint, ClockKind, ProjectionStep, Reservation, Store, StoreFault, StoredClock,
};
use subledger_tests::postgres::{as_role, create_role, database, durable_database};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use uuid::Uuid;

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub(crate) fn options(url: &str) -> OpenOptions {
    OpenOptions { url: url.to_owned(), read_only: false, migrate: false, allow_unsafe: true }
}

pub(crate) async fn open(url: &str) -> PostgresStore {
    PostgresStore::open(&options(url)).await.expect("the test's ledger opens")
}

async fn owner(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("the private server answers")
}

fn draft(account: &str, sequence: u64) -> Draft {
    Draft {
        account_id: account.to_owned(),
        aggregate_type: "account",
        aggregate_id: account.to_owned(),
        sequence,
        event_type: "Deposited".to_owned(),
        event_version: "1".to_owned(),
        payload: r#"{"amount":  "1.00"}"#.to_owned(),
        metadata: r#"{"causation_id":"cmd"}"#.to_owned(),
        event_id: Uuid::from_u128(u128::from(sequence)),
        command_id: Uuid::from_u128(7),
        effective_at: instant("2022-10-11T16:00:00.123456Z"),
    }
}

fn answer(key: &str) -> Answer {
    Answer {
        key: CommandKey { scope: "acme".to_owned(), key: key.to_owned() },
        fingerprint: Hash([9; 32]),
        command_id: Uuid::from_u128(7),
        status: 201,
        resource: "{}".to_owned(),
    }
}

fn job(drafts: Vec<Draft>, key: Option<&str>) -> Job {
    Job { drafts, recorded_at: instant("2022-10-12T00:00:00Z"), answer: key.map(answer), clock: None }
}

fn batch(before: Head, drafts: Vec<Draft>, key: Option<&str>) -> Batch {
    Batch::seal(1, before, vec![job(drafts, key)])
}

async fn backends(url: &str, application: &str) -> Vec<i32> {
    let rows = owner(url)
        .await
        .fetch_all(
            "SELECT pid, application_name, wait_event_type FROM pg_stat_activity WHERE datname = current_database()",
        )
        .await
        .expect("the owner may look");
    let waits = |row: &sqlx::postgres::PgRow| {
        row.get::<Option<&str>, _>(1) == Some(application) && row.get::<Option<&str>, _>(2) == Some("Lock")
    };
    rows.iter().filter(|row| waits(row)).map(|row| row.get(0)).collect()
}

async fn until_one_waits(url: &str) -> i32 {
    let started = Instant::now();
    loop {
        if let [pid] = backends(url, "subledger writer").await[..] {
            return pid;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "no writer came to wait for the head");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_is_appended_is_read_back_to_the_byte() {
    let store = open(&database("bytes")).await;
    let written = batch(Head::EMPTY, vec![draft("acme", 1), draft("acme", 2)], Some("k"));
    assert_eq!(store.append(&written).await.expect("appends"), Appended::Written);
    assert_eq!(store.head().await.expect("reads"), written.after);
    assert_eq!(store.read_after(0, 10).await.expect("reads"), written.events);
    assert_eq!(store.read_account("acme", 1, 2, 10).await.expect("reads"), written.events[1..]);
    assert_eq!(store.read_stream("account", "acme", 1).await.expect("reads"), written.events[1..]);
    let keys = [answer("k").key, answer("other").key];
    assert_eq!(store.confirm(&keys).await.expect("reads"), (written.after, written.commands.clone()));
    assert_eq!(store.confirm(&[]).await.expect("reads"), (written.after, Vec::new()));
}

#[tokio::test]
async fn of_two_nodes_at_one_head_exactly_one_writes() {
    let url = database("race");
    let (one, two) = (open(&url).await, open(&url).await);
    for round in 1..=25 {
        let head = one.head().await.expect("reads");
        let (left, right) =
            (batch(head, vec![draft("left", round)], None), batch(head, vec![draft("right", round)], None));
        let (left, right) = tokio::join!(one.append(&left), two.append(&right));
        let outcomes = [left.expect("no fault"), right.expect("no fault")];
        assert!(
            outcomes == [Appended::Written, Appended::Stale] || outcomes == [Appended::Stale, Appended::Written],
            "{outcomes:?}"
        );
        // The loser's stream stays behind; bring it level for the next round.
        let (loser, account) = if outcomes[0] == Appended::Stale { (&one, "left") } else { (&two, "right") };
        let held = loser.hold_head().await.expect("holds");
        let again = batch(held.head(), vec![draft(account, round)], None);
        assert_eq!(held.append(&again).await.expect("appends"), Appended::Written);
    }
    let events = one.read_after(0, 1_000).await.expect("reads");
    assert!(events.iter().map(|event| event.position).eq(1..=50));
}

#[tokio::test]
async fn isolation_is_ours_whatever_the_database_prefers() {
    let url = database("isolation");
    let prefer = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = serializable', current_database()); END $$";
    owner(&url).await.execute(prefer).await.expect("the owner may prefer");
    let (one, two) = (open(&url).await, open(&url).await);
    let held = one.hold_head().await.expect("holds");
    let theirs = batch(held.head(), vec![draft("theirs", 1)], None);
    let ours = batch(held.head(), vec![draft("ours", 1)], None);
    let waiting = tokio::spawn(async move { two.append(&theirs).await });
    until_one_waits(&url).await;
    assert_eq!(held.append(&ours).await.expect("appends"), Appended::Written);
    // Under SERIALIZABLE this would be 40001.
    assert_eq!(waiting.await.expect("ends").expect("no fault"), Appended::Stale);
}

#[tokio::test]
async fn whoever_holds_the_head_first_appends_first() {
    let url = database("lock_first");
    let stores = [open(&url).await, open(&url).await];
    let writers = stores.map(|store| {
        tokio::spawn(async move {
            for _ in 0..25 {
                let held = store.hold_head().await.expect("holds");
                let batch = batch(held.head(), vec![draft("acme", held.head().position + 1)], None);
                assert_eq!(held.append(&batch).await.expect("appends"), Appended::Written);
            }
        })
    });
    for writer in writers {
        writer.await.expect("a writer ends well");
    }
    assert_eq!(open(&url).await.head().await.expect("reads").position, 50);
}

#[tokio::test]
async fn a_held_head_that_is_dropped_holds_nobody_up() {
    let url = database("dropped");
    let (one, two) = (open(&url).await, open(&url).await);
    drop(one.hold_head().await.expect("holds"));
    let batch = batch(Head::EMPTY, vec![draft("acme", 1)], None);
    assert_eq!(two.append(&batch).await.expect("appends"), Appended::Written);
    one.hold_head().await.expect("holds again").release().await.expect("lets go");
}

#[tokio::test]
async fn an_answer_without_events_is_guarded_by_its_key_and_the_head() {
    let store = open(&database("answers")).await;
    let only = batch(Head::EMPTY, Vec::new(), Some("k"));
    assert_eq!(store.append(&only).await.expect("appends"), Appended::Written);
    assert_eq!(store.append(&only).await.expect("no fault"), Appended::Stale);
    let other = batch(Head { position: 1, ..Head::EMPTY }, Vec::new(), Some("l"));
    assert_eq!(store.append(&other).await.expect("no fault"), Appended::Stale);
    let taken = batch(Head::EMPTY, vec![draft("acme", 1)], Some("k"));
    assert_eq!(store.append(&taken).await.expect("no fault"), Appended::Stale);
    assert_eq!(store.head().await.expect("reads"), Head::EMPTY);
}

#[tokio::test]
async fn two_answers_to_one_key_at_once_leave_one() {
    let url = database("one_key");
    let (one, two) = (open(&url).await, open(&url).await);
    let only = batch(Head::EMPTY, Vec::new(), Some("k"));
    let mut lock = owner(&url).await;
    lock.execute("BEGIN; SELECT 1 FROM log_head FOR UPDATE").await.expect("locks");
    let writers = [one, two].map(|store| {
        let only = only.clone();
        tokio::spawn(async move { store.append(&only).await.expect("no fault") })
    });
    while backends(&url, "subledger writer").await.len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    lock.execute("ROLLBACK").await.expect("lets go");
    let mut outcomes = Vec::new();
    for writer in writers {
        outcomes.push(writer.await.expect("ends"));
    }
    assert!(outcomes.contains(&Appended::Written) && outcomes.contains(&Appended::Stale), "{outcomes:?}");
}

#[tokio::test]
async fn a_taken_sequence_is_stale_and_writes_nothing() {
    let store = open(&database("taken")).await;
    let first = batch(Head::EMPTY, vec![draft("acme", 1)], None);
    assert_eq!(store.append(&first).await.expect("appends"), Appended::Written);
    let again = batch(first.after, vec![draft("new", 1), draft("acme", 1)], Some("k"));
    assert_eq!(store.append(&again).await.expect("no fault"), Appended::Stale);
    let held = store.hold_head().await.expect("holds");
    assert_eq!(held.append(&again).await.expect("no fault"), Appended::Stale);
    assert_eq!(store.confirm(&[answer("k").key]).await.expect("reads"), (first.after, Vec::new()));
}

#[tokio::test]
async fn what_the_server_cannot_store_is_not_written() {
    let store = open(&database("refused")).await;
    let mut broken = draft("acme", 1);
    broken.payload = "{".to_owned();
    let mut nul = draft("acme", 1);
    nul.payload = "\"\0\"".to_owned();
    for bad in [broken, nul] {
        let outcome = store.append(&batch(Head::EMPTY, vec![bad], None)).await;
        assert!(matches!(outcome, Err(StoreFault::NotWritten { .. })), "{outcome:?}");
    }
    let mut ticking = batch(Head::EMPTY, vec![draft("acme", 1)], None);
    ticking.clock = Some(instant("2022-11-01T00:00:00Z"));
    let outcome = store.append(&ticking).await;
    assert!(matches!(outcome, Err(StoreFault::NotWritten { .. })), "a clock that was never born: {outcome:?}");
    assert_eq!(store.head().await.expect("reads"), Head::EMPTY);
}

#[tokio::test]
async fn a_killed_backend_leaves_the_outcome_open_until_one_looks() {
    let url = database("killed");
    let (store, looker) = (std::sync::Arc::new(open(&url).await), open(&url).await);
    let mut lock = owner(&url).await;
    lock.execute("BEGIN; SELECT 1 FROM log_head FOR UPDATE").await.expect("locks");
    let (appender, written) = (store.clone(), batch(Head::EMPTY, vec![draft("acme", 1)], Some("k")));
    let sent = written.clone();
    let waiting = tokio::spawn(async move { appender.append(&sent).await });
    let pid = until_one_waits(&url).await;
    owner(&url).await.execute(format!("SELECT pg_terminate_backend({pid})").as_str()).await.expect("kills");
    let outcome = waiting.await.expect("ends");
    assert!(matches!(outcome, Err(StoreFault::Unknown { .. })), "{outcome:?}");
    lock.execute("ROLLBACK").await.expect("lets go");
    assert_eq!(looker.confirm(&[answer("k").key]).await.expect("reads"), (Head::EMPTY, Vec::new()));
    // The same handle goes on with a new connection.
    assert_eq!(store.append(&written).await.expect("appends"), Appended::Written);
}

/// An append that holds this text anywhere gets no answer from a [`LossyUrl`].
pub(crate) const LOSE_ANSWER: &str = "LostAnswer";

/// A server whose answers to some appends are lost on the way.
pub(crate) struct LossyUrl {
    pub(crate) url: String,
    _folder: tempfile::TempDir,
}

impl LossyUrl {
    pub(crate) fn over(url: &str) -> Self {
        let (host, _) = url.split_once("host=").expect("a socket").1.split_once('&').expect("a user");
        let folder = tempfile::tempdir_in("/tmp").expect("a folder");
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).expect("a socket");
        tokio::spawn(deaf_proxy(listener, format!("{host}/.s.PGSQL.5432")));
        Self { url: url.replace(host, &folder.path().display().to_string()), _folder: folder }
    }
}

/// Passes bytes on to the server and, once it has seen the append, none back: then the connection ends.
async fn deaf_proxy(listener: UnixListener, server: String) {
    while let Ok((mut client, _)) = listener.accept().await {
        let mut upstream = UnixStream::connect(&server).await.expect("the server answers");
        tokio::spawn(async move {
            let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
            loop {
                tokio::select! {
                    Ok(read) = client.read(&mut up) => {
                        if read == 0 { return; }
                        upstream.write_all(&up[..read]).await.expect("passes on");
                        // The parameters travel with Bind, so this is the statement being run, not being prepared.
                        if up[..read].windows(10).any(|bytes| bytes == LOSE_ANSWER.as_bytes()) {
                            // Waits for the server's answer, so that the commit has happened.
                            assert!(upstream.read(&mut down).await.is_ok_and(|read| read > 0));
                            return;
                        }
                    }
                    Ok(read) = upstream.read(&mut down) => {
                        if read == 0 || client.write_all(&down[..read]).await.is_err() { return; }
                    }
                    else => return,
                }
            }
        });
    }
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_the_look_up_finds_the_command() {
    let lossy = LossyUrl::over(&database("lost"));
    let store = open(&lossy.url).await;
    let mut lost = draft("acme", 1);
    lost.event_type = LOSE_ANSWER.to_owned();
    let sent = batch(Head::EMPTY, vec![lost], Some("k"));
    let outcome = store.append(&sent).await;
    assert!(matches!(outcome, Err(StoreFault::Unknown { .. })), "{outcome:?}");
    let (head, answers) = store.confirm(&[answer("k").key]).await.expect("reads");
    assert_eq!((head, answers), (sent.after, sent.commands));
}

#[tokio::test]
async fn a_wait_for_the_head_is_bounded_and_says_whether_it_was_written() {
    let url = database("bounded");
    let mut lock = owner(&url).await;
    lock.execute("BEGIN; SELECT 1 FROM log_head FOR UPDATE").await.expect("locks");
    let sent = batch(Head::EMPTY, vec![draft("acme", 1)], None);
    let limited = |setting: &str| format!("{url}&options=-c%20{setting}%3D200ms");
    let started = Instant::now();
    let store = open(&limited("lock_timeout")).await;
    let outcome = store.append(&sent).await;
    assert!(matches!(outcome, Err(StoreFault::NotWritten { .. })), "{outcome:?}");
    let held = store.hold_head().await.map(|_| ());
    assert!(matches!(held, Err(StoreFault::NotWritten { .. })), "{held:?}");
    // A statement cut off by its limit: the server's code is not on the short list.
    let outcome = open(&limited("statement_timeout")).await.append(&sent).await;
    assert!(matches!(outcome, Err(StoreFault::Unknown { .. })), "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
    lock.execute("ROLLBACK").await.expect("lets go");
    assert_eq!(store.append(&sent).await.expect("appends"), Appended::Written);
}

fn refusal(outcome: Result<PostgresStore, StoreFault>) -> String {
    match outcome {
        Err(StoreFault::Unusable { what, remedy }) => format!("{what}; {remedy}"),
        other => panic!("this store must be refused as unusable: {other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_may_lose_commits_is_refused() {
    let url = database("unsafe");
    let strict = OpenOptions { allow_unsafe: false, ..options(&url) };
    let text = refusal(PostgresStore::open(&strict).await);
    assert!(text.contains("fsync, synchronous_commit, full_page_writes off"), "{text}");
    assert!(text.contains("--allow-unsafe-store"), "{text}");
    assert_eq!(open(&url).await.warnings().len(), 1);
    let safe = OpenOptions { allow_unsafe: false, ..options(&durable_database("safe")) };
    assert!(PostgresStore::open(&safe).await.expect("a safe server is taken").warnings().is_empty());
}

#[tokio::test]
async fn a_schema_that_is_not_this_release_s_is_refused() {
    let url = database("schema");
    let mut owner = owner(&url).await;
    owner.execute("INSERT INTO schema_migrations VALUES (99, 'later', '', now())").await.expect("inserts");
    refusal(PostgresStore::open(&options(&url)).await);
    owner.execute("UPDATE schema_migrations SET version = 1, name = 'log' WHERE version = 99").await.err();
    owner
        .execute("DELETE FROM schema_migrations WHERE version = 99; UPDATE schema_migrations SET sha256 = 'x'")
        .await
        .expect("alters");
    refusal(PostgresStore::open(&options(&url)).await);
    owner.execute("DELETE FROM schema_migrations").await.expect("deletes");
    let text = refusal(PostgresStore::open(&options(&url)).await);
    assert!(text.contains("subledger migrate"), "{text}");
    owner.execute("DROP TABLE schema_migrations").await.expect("drops");
    let text = refusal(PostgresStore::open(&options(&url)).await);
    assert!(text.contains("subledger migrate"), "{text}");
}

#[tokio::test]
async fn two_nodes_that_migrate_at_once_apply_each_migration_once() {
    let url = database("empty");
    owner(&url).await.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.expect("empties");
    let (one, two) = tokio::join!(migrate(&url, None), migrate(&url, None));
    let mut applied = [one.expect("migrates").len(), two.expect("migrates").len()];
    applied.sort_unstable();
    assert_eq!(applied[0], 0);
    assert!(applied[1] > 0);
    let opened = PostgresStore::open(&OpenOptions { migrate: true, ..options(&url) }).await.expect("opens");
    assert_eq!(opened.head().await.expect("reads"), Head::EMPTY);
}

#[tokio::test]
async fn the_application_s_role_appends_and_can_change_nothing_that_is_written() {
    let url = database("grants");
    create_role(&url, "ledger-app");
    migrate(&url, Some("ledger-app")).await.expect("grants");
    let app = as_role(&url, "ledger-app");
    let store = open(&app).await;
    assert!(!store.connected_as_owner().await.expect("reads"));
    assert!(open(&url).await.connected_as_owner().await.expect("reads"));
    let written = batch(Head::EMPTY, vec![draft("acme", 1)], Some("k"));
    assert_eq!(store.append(&written).await.expect("appends"), Appended::Written);
    store.hold_head().await.expect("holds").release().await.expect("lets go");
    let mut role = owner(&app).await;
    for statement in [
        "UPDATE events SET payload = '{}'",
        "DELETE FROM events",
        "TRUNCATE events",
        "UPDATE commands SET status = 200",
        "DELETE FROM commands",
        "DELETE FROM log_head",
        "ALTER TABLE events ADD COLUMN x int",
        "DROP TABLE events",
        "UPDATE schema_migrations SET name = ''",
    ] {
        let error = role.execute(statement).await.expect_err(statement);
        assert_eq!(error.as_database_error().and_then(|e| e.code()).as_deref(), Some("42501"), "{statement}");
    }
}

#[tokio::test]
async fn only_a_role_that_can_be_held_to_appending_gets_grants() {
    let url = database("roles");
    for role in ["nobody-of-that-name", "ledger", "", "x\"; DROP TABLE events; --"] {
        let outcome = migrate(&url, Some(role)).await;
        assert!(matches!(outcome, Err(StoreFault::Unusable { .. })), "{role}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_role_that_may_not_create_tables_is_told_what_to_do() {
    let url = database("no_create");
    create_role(&url, "ledger-poor");
    migrate(&url, Some("ledger-poor")).await.expect("grants");
    owner(&url).await.execute("REVOKE CREATE ON SCHEMA public FROM \"ledger-poor\"").await.expect("revokes");
    let store = open(&as_role(&url, "ledger-poor")).await;
    match store.prepare_projection("journal", 1, &[&crate::postgres_projections::LINES]).await {
        Err(StoreFault::Unusable { remedy, .. }) => {
            assert!(remedy.contains("subledger migrate --app-role"), "{remedy}")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_application_id_is_held_by_one_account_for_ever() {
    let url = database("directory");
    let (one, two) = (open(&url).await, open(&url).await);
    one.reserve_account("acme").await.expect("reserves");
    one.reserve_account("acme").await.expect("again");
    assert_eq!(one.reserve_application("acme", Some(102), 100).await.expect("reserves"), Reservation::Held(102));
    assert_eq!(two.reserve_application("acme", Some(102), 100).await.expect("again"), Reservation::Held(102));
    assert_eq!(two.reserve_application("other", Some(102), 100).await.expect("no fault"), Reservation::HeldByAnother);
    // Its unused reservation comes back, a used one does not.
    assert_eq!(one.reserve_application("acme", None, 100).await.expect("reserves"), Reservation::Held(102));
    let mut used = draft("acme", 1);
    (used.aggregate_type, used.aggregate_id) = ("application", "102".to_owned());
    one.append(&batch(Head::EMPTY, vec![used], None)).await.expect("appends");
    let mut held = Vec::new();
    for (store, account) in [(&one, "acme"), (&two, "a"), (&one, "b"), (&two, "c")] {
        held.push(store.reserve_application(account, None, 100).await.expect("reserves"));
    }
    assert_eq!(held, [100, 101, 103, 104].map(Reservation::Held));
}

#[tokio::test]
async fn accounts_that_ask_at_once_get_different_ids() {
    let url = database("directory_race");
    let store = std::sync::Arc::new(open(&url).await);
    let asking: Vec<_> = (0..20)
        .map(|account| {
            let store = store.clone();
            tokio::spawn(async move { store.reserve_application(&format!("a{account}"), None, 100).await })
        })
        .collect();
    let mut held = Vec::new();
    for asked in asking {
        match asked.await.expect("ends").expect("reserves") {
            Reservation::Held(id) => held.push(id),
            Reservation::HeldByAnother => panic!("nobody asked for a certain one"),
        }
    }
    held.sort_unstable();
    assert!(held.iter().copied().eq(100..120), "{held:?}");
}

#[tokio::test]
async fn a_ledger_keeps_the_clock_it_was_born_under_and_a_manual_one_moves_with_a_batch() {
    let url = database("clock");
    let (one, two) = (open(&url).await, open(&url).await);
    assert_eq!(one.clock().await.expect("reads"), None);
    let born = StoredClock { kind: ClockKind::Manual, now: instant("2022-10-01T00:00:00Z") };
    assert_eq!(one.birth(born).await.expect("is born"), born);
    let late = StoredClock { kind: ClockKind::System, now: instant("2023-01-01T00:00:00Z") };
    assert_eq!(two.birth(late).await.expect("is born already"), born);
    let mut ticking = batch(Head::EMPTY, Vec::new(), Some("k"));
    ticking.clock = Some(instant("2022-11-01T00:00:00Z"));
    assert_eq!(one.append(&ticking).await.expect("appends"), Appended::Written);
    ticking.clock = Some(instant("2022-12-01T00:00:00Z"));
    assert_eq!(one.append(&ticking).await.expect("no fault"), Appended::Stale);
    let stands = StoredClock { now: instant("2022-11-01T00:00:00Z"), ..born };
    assert_eq!(two.clock().await.expect("reads"), Some(stands));
}

#[tokio::test]
async fn a_store_opened_for_reading_writes_nothing() {
    let url = database("read_only");
    let store = PostgresStore::open(&OpenOptions { read_only: true, ..options(&url) }).await.expect("opens");
    let outcome = store.append(&batch(Head::EMPTY, vec![draft("acme", 1)], None)).await;
    assert!(matches!(outcome, Err(StoreFault::NotWritten { .. })), "{outcome:?}");
    assert!(store.hold_head().await.is_err() && store.reserve_account("acme").await.is_err());
    let stand = Checkpoint { position: 0, log_hash: Hash::GENESIS };
    let step = ProjectionStep { name: "journal", version: 1, from: stand, to: stand, changes: &[] };
    assert!(store.project(step).await.is_err());
    assert_eq!(store.head().await.expect("reads"), Head::EMPTY);
}
