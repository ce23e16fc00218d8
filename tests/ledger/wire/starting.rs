//! Owns refusals at start, through the real command line or the server that it starts: each says what is wrong and what
//! to do, changes nothing, and leaves nothing running.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rusqlite::Connection as SqliteConnection;
use sqlx::{Connection, Executor, PgConnection};
use subledger_api::server::{Server, ServerOptions};
use subledger_eventlog::store::{ClockKind, StoredClock};
use subledger_tests::on_both_stores;
use subledger_tests::postgres::durable_database;
use subledger_tests::served::{Place, Served, StoreKind};

on_both_stores! {
    a_ledger_of_a_newer_schema_is_refused_until_it_is_not
    a_ledger_born_under_the_other_clock_is_refused
    a_server_that_cannot_listen_leaves_the_ledger_free
    what_only_reads_runs_beside_a_server_and_what_writes_does_not
}

const BEGINS: &str = "2022-10-12T00:00:00+08:00";

/// What a start says when it is refused.
async fn refusal(options: ServerOptions) -> String {
    match Server::start(options, |_, _| {}).await {
        Ok(_) => panic!("this start must be refused"),
        Err(fault) => fault.to_string(),
    }
}

async fn change(place: &Place, statement: &str) {
    match place.url.strip_prefix("sqlite:") {
        Some(path) => {
            SqliteConnection::open(path)
                .and_then(|file| file.execute_batch(statement))
                .expect("the file can be changed");
        }
        None => {
            let mut connection = PgConnection::connect(&place.url).await.expect("the private server answers");
            connection.execute(statement).await.expect("the owner may change it");
        }
    }
}

async fn a_ledger_of_a_newer_schema_is_refused_until_it_is_not(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "1.00", "0.00").await;
    let place = served.stop().await;
    let later = "INSERT INTO schema_migrations (version, name, sha256, applied_at) VALUES (2, 'later', 'ab', '2030-01-01 00:00:00Z')";
    change(&place, later).await;
    let told = refusal(place.options(BEGINS)).await;
    assert!(told.starts_with("the schema is newer than this release: migration 2 (later)"), "{told}");
    assert!(told.ends_with("run the release that applied it, or a later one"), "{told}");
    change(&place, "DELETE FROM schema_migrations WHERE version = 2").await;
    let served = Served::on(place, BEGINS).await;
    assert_eq!(served.head().await, "2");
}

async fn a_ledger_born_under_the_other_clock_is_refused(kind: StoreKind) {
    let system = |place: &Place| {
        let now = BEGINS.parse().expect("an instant");
        ServerOptions { clock: StoredClock { kind: ClockKind::System, now }, ..place.options(BEGINS) }
    };
    let served = Served::start(kind, BEGINS).await;
    served.advance("2022-10-13T00:00:00+08:00").await;
    let place = served.stop().await;
    let told = refusal(system(&place)).await;
    assert!(told.starts_with("this ledger was born under the other kind of clock"), "{told}");
    assert!(told.contains("`--clock system` or `--clock manual:<instant>`"), "{told}");
    // The right kind goes on from where it stood, whatever instant is named.
    let served = Served::on(place, "2030-01-01T00:00:00+08:00").await;
    assert_eq!(served.read("/v1/clock").await["now"], "2022-10-13T00:00:00+08:00");
    drop(served);

    let place = Place::fresh(kind);
    let server = Server::start(system(&place), |_, _| {}).await.expect("an unborn ledger takes any clock");
    server.stop().await.expect("the server stops");
    let told = refusal(place.options(BEGINS)).await;
    assert!(told.starts_with("this ledger was born under the other kind of clock"), "{told}");
}

async fn a_server_that_cannot_listen_leaves_the_ledger_free(kind: StoreKind) {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let listen = taken.local_addr().expect("a bound port");
    let place = Place::fresh(kind);
    let told = refusal(ServerOptions { listen, ..place.options(BEGINS) }).await;
    assert!(told.starts_with(&format!("cannot listen on {listen}")), "{told}");
    let served = Served::on(place, BEGINS).await;
    served.open("acme", "0.00", "0.00").await;
}

async fn what_only_reads_runs_beside_a_server_and_what_writes_does_not(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "999.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    // Invoices are read from the projections: these have caught up now.
    served.get("/v1/accounts/acme/invoices").await.is(200);
    let store = served.store().to_owned();
    for command in ["verify", "audit", "doctor"] {
        let run = subledger(&[command, "--allow-unsafe-store", "--store", &store]).output().expect("the program runs");
        let told = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        // Tests are the owner of their PostgreSQL, which does not sync; `doctor` says so and asks to look.
        let expected = !(command == "doctor" && kind == StoreKind::Postgres);
        assert_eq!(run.status.success(), expected, "{command}: {told}");
    }
    if kind == StoreKind::Sqlite {
        let told = refused(&["rebuild", "--store", &store]);
        assert!(told.contains("is being written by another process; stop that process"), "{told}");
    }
    served.deposit("acme", "1.00", "cash").await.is(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_ledger_is_refused_and_left_as_it_was() {
    let place = Place::fresh(StoreKind::Sqlite);
    let path = place.url.trim_start_matches("sqlite:");
    let prose = "Dear reader, this is no database at all, but it is long enough to look like one. ".repeat(20);
    std::fs::write(path, &prose).expect("the folder is ours");
    let told = refusal(place.options(BEGINS)).await;
    assert!(told.ends_with("name the ledger's own file, or a new one"), "{told}");
    assert_eq!(std::fs::read_to_string(path).expect("the file is there"), prose);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_whose_url_has_no_known_form_is_refused_without_repeating_it() {
    for url in ["mysql://root:secret@db/ledger", "ledger.db", "sqlite:", ""] {
        let place = Place { url: url.to_owned(), folder: None };
        let told = refusal(place.options(BEGINS)).await;
        assert!(told.contains("write sqlite:PATH"), "{told}");
        assert!(!told.contains("secret"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_may_lose_commits_is_refused_unless_that_is_allowed() {
    let careful = |place: &Place| ServerOptions { allow_unsafe_store: false, ..place.options(BEGINS) };
    let place = Place::fresh(StoreKind::Postgres);
    let told = refusal(careful(&place)).await;
    assert!(
        told.starts_with("the server may lose acknowledged writes: fsync, synchronous_commit, full_page_writes off"),
        "{told}"
    );
    assert!(told.contains("--allow-unsafe-store"), "{told}");
    let durable = Place { url: durable_database("wire"), folder: None };
    let server = Server::start(careful(&durable), |_, _| {}).await.expect("a server that keeps its word is good");
    server.stop().await.expect("the server stops");
}

/// The program with these arguments, none of its settings taken from this process's environment.
fn subledger(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_subledger-under-test"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SUBLEDGER_")) {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// What a start that is refused says on standard error. It says nothing on standard output.
fn refused(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = subledger(arguments).output().expect("the program runs");
    let told = String::from_utf8_lossy(&stderr).into_owned();
    assert!(!status.success(), "{arguments:?} must be refused: {told}");
    assert_eq!(String::from_utf8_lossy(&stdout), "", "{arguments:?}");
    told
}

/// A process that ends with the test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        // A process that is gone already needs no end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the program on a file and waits until it serves.
fn serving(store: &str) -> Serving {
    let clock = format!("manual:{BEGINS}");
    let mut command = subledger(&["serve", "--dev", "--listen", "127.0.0.1:0", "--clock", &clock, "--store", store]);
    let mut process = Serving(command.stdout(Stdio::piped()).spawn().expect("the program runs"));
    let mut line = String::new();
    let stdout = process.0.stdout.take().expect("standard output is a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("the program says where it serves");
    assert!(line.starts_with("serving http://127.0.0.1:"), "{line}");
    process
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_served_by_another_process_is_refused_until_that_ends() {
    let place = Place::fresh(StoreKind::Sqlite);
    let other = serving(&place.url);
    let told = refusal(place.options(BEGINS)).await;
    assert!(told.contains("is being written by another process; stop that process"), "{told}");
    let told = refused(&["serve", "--dev", "--listen", "127.0.0.1:0", "--store", &place.url]);
    assert!(told.contains("is being written by another process"), "{told}");
    drop(other);
    // Killed, not stopped: the lock goes with the process.
    Served::on(place, BEGINS).await.open("acme", "0.00", "0.00").await;
}

#[test]
fn asked_to_stop_the_program_ends_well_and_leaves_one_file() {
    let place = Place::fresh(StoreKind::Sqlite);
    let mut process = serving(&place.url);
    let asked = Command::new("kill").args(["-TERM", &process.0.id().to_string()]).status().expect("kill runs");
    assert!(asked.success());
    assert!(process.0.wait().expect("the program ends").success());
    let folder = place.folder.as_ref().expect("a folder").path();
    let mut left: Vec<_> =
        std::fs::read_dir(folder).expect("the folder is there").flatten().map(|file| file.file_name()).collect();
    left.sort();
    assert_eq!(left, ["ledger.db", "ledger.db.lock"]);
}

#[test]
fn without_keys_only_loopback_is_served_and_only_when_told_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = format!("sqlite:{}", folder.path().join("ledger.db").display());
    for arguments in [
        vec!["serve", "--listen", "127.0.0.1:0"],
        vec!["serve", "--dev", "--listen", "0.0.0.0:0"],
        vec!["serve", "--dev", "--listen", "[::]:0"],
        vec!["serve", "--dev", "--listen", "192.0.2.1:7878"],
    ] {
        let told = refused(&[arguments.as_slice(), &["--store", &store]].concat());
        assert!(told.contains("the API has no keys yet") && told.contains("loopback with --dev only"), "{told}");
    }
    for (arguments, word) in [
        (vec!["serve", "--dev", "--clock", "manual"], "manual:<instant>"),
        (vec!["serve", "--dev", "--clock", "manual:yesterday"], "yesterday"),
        (vec!["serve", "--dev", "--listen", "localhost"], "localhost"),
        (vec!["serve", "--dev", "--price-lists", "no-such-folder"], "no-such-folder"),
        (vec!["serve", "--dev", "--colour"], "--colour"),
    ] {
        let told = refused(&[arguments.as_slice(), &["--store", &store]].concat());
        assert!(told.contains(word), "{told}");
    }
    assert!(std::fs::read_dir(folder.path()).expect("the folder is there").next().is_none(), "a refused start wrote");
}

/// The line of a text, from 1.
fn line_of(text: &str, wanted: &str) -> usize {
    1 + text.lines().position(|line| line.contains(wanted)).expect("the line is there")
}

/// `serve` and `check-price-list` both refuse the list, naming file, line and rule.
fn refused_list(folder: &Path, text: &str, line: usize, rule: &str) {
    let file = folder.join("2022-07.toml");
    std::fs::write(&file, text).expect("the folder is ours");
    let place = format!("{}:{line}: ", file.display());
    let store = format!("sqlite:{}", folder.join("ledger.db").display());
    let lists = folder.display().to_string();
    let told = refused(&["serve", "--dev", "--listen", "127.0.0.1:0", "--price-lists", &lists, "--store", &store]);
    let checked = subledger(&["check-price-list", &file.display().to_string()]).output().expect("the program runs");
    assert!(!checked.status.success());
    for told in [told, String::from_utf8_lossy(&checked.stdout).into_owned()] {
        assert!(told.contains(&place) && told.contains(&format!("({rule})")), "no {place} ({rule}) in: {told}");
    }
    assert!(!folder.join("ledger.db").exists(), "a refused start wrote");
}

#[test]
fn a_price_list_with_a_hole_a_double_or_a_negative_price_is_refused_with_file_and_line() {
    let whole = include_str!("../../../domain/price_lists/2022-07.toml");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let row = "avchatrooms_max          = { trial = 10, pro = 50, flagship = \"unlimited\" }\n";
    assert!(whole.contains(row));
    refused_list(folder.path(), &whole.replace(row, ""), line_of(whole, "[matrix.quotas]"), "row_missing");
    let double = whole.replace("variant = \"advanced\"", "variant = \"basic\"");
    let line = double.lines().enumerate().filter(|(_, line)| *line == "variant = \"basic\"").nth(1);
    let line = line.map(|(index, _)| index + 1).expect("a second one");
    refused_list(folder.path(), &double, line, "add_on_duplicate");
    let price = "monthly_price = { china = \"999.00\"";
    let negative = whole.replace(price, "monthly_price = { china = \"-999.00\"");
    refused_list(folder.path(), &negative, line_of(whole, price), "price_negative");
    refused_list(folder.path(), &format!("{whole}\nid = \"again\"\n[[["), whole.lines().count() + 3, "syntax");
}
