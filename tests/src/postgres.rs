//! Owns a private PostgreSQL for each test process: on a Unix socket in a folder of its own, gone when the process is.
//!
//! Does not own any server that is already running; none is ever touched.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{Connection, Executor, PgConnection};

/// Names the folder that holds `initdb` and `postgres`, before all other places are searched.
const BIN_VARIABLE: &str = "SUBLEDGER_TEST_POSTGRES";
const TEMPLATE: &str = "subledger_template";
const START_LIMIT: Duration = Duration::from_secs(60);

/// Kept by the server's shell. Its standard input is a pipe from this process, so it learns of this process's end
/// however that comes about, and then stops the server at once and removes the folder.
const KEEPER: &str = r#"
"$1/postgres" -D "$2/data" -c listen_addresses= -c unix_socket_directories="$2" -c max_connections=300 \
    -c shared_buffers=32MB -c "fsync=$3" -c "synchronous_commit=$3" -c "full_page_writes=$3" >"$2/log" 2>&1 &
cat >/dev/null
kill -QUIT $!
wait $!
rm -rf "$2"
"#;

/// A server of this process.
struct Cluster {
    folder: PathBuf,
    /// Held only for the pipe to its standard input.
    _keeper: Child,
}

/// A new, empty, migrated ledger: the URL of its owner. Commits may be lost in a crash of the machine, so it must be
/// opened with `allow_unsafe`.
///
/// # Panics
/// When there is no PostgreSQL on this machine, with one line that says what to run.
pub fn database(name_hint: &str) -> String {
    static FAST: OnceLock<Cluster> = OnceLock::new();
    FAST.get_or_init(|| Cluster::start(false)).database(name_hint)
}

/// As [`database`], on a server that keeps what it acknowledges.
///
/// # Panics
/// As [`database`].
pub fn durable_database(name_hint: &str) -> String {
    static DURABLE: OnceLock<Cluster> = OnceLock::new();
    DURABLE.get_or_init(|| Cluster::start(true)).database(name_hint)
}

/// The same database with the given role instead of the owner.
pub fn as_role(url: &str, role: &str) -> String {
    url.replace("user=ledger", &format!("user={role}"))
}

/// Lets nobody into a database any more, and puts out who is in.
pub fn shut(url: &str) {
    let name = name_in(url);
    at_the_server(url, format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS false"));
    at_the_server(url, format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
}

/// Lets everybody in again.
pub fn reopen(url: &str) {
    at_the_server(url, format!("ALTER DATABASE \"{}\" ALLOW_CONNECTIONS true", name_in(url)));
}

fn name_in(url: &str) -> &str {
    let name = url.strip_prefix("postgres:///").and_then(|rest| rest.split_once('?'));
    name.expect("a URL of this module").0
}

fn at_the_server(url: &str, statement: String) {
    run(url.replace(&format!("postgres:///{}?", name_in(url)), "postgres:///postgres?"), statement);
}

impl Cluster {
    fn start(durable: bool) -> Self {
        let bin = find_bin();
        let user = unprivileged_user();
        // Not TMPDIR: a socket's path must be shorter than about 100 bytes.
        let folder =
            tempfile::Builder::new().prefix("subledger-pg-").tempdir_in("/tmp").expect("/tmp is writable").keep();
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).expect("the folder is ours");
        if let Some((uid, gid)) = user {
            std::os::unix::fs::chown(&folder, Some(uid), Some(gid)).expect("root may give a folder away");
        }
        let initdb = as_user(&mut Command::new(bin.join("initdb")), user)
            .args(["-U", "ledger", "-A", "trust", "-E", "UTF8", "--locale=C", "-N", "-D"])
            .arg(folder.join("data"))
            .current_dir("/")
            .output()
            .expect("initdb runs");
        assert!(initdb.status.success(), "initdb: {}", String::from_utf8_lossy(&initdb.stderr));
        let keeper = as_user(&mut Command::new("sh"), user)
            .args(["-c", KEEPER, "sh"])
            .args([bin.as_os_str(), folder.as_os_str()])
            .arg(if durable { "on" } else { "off" })
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Of its own group, so that Ctrl-C at the tests leaves it alive to clean up.
            .process_group(0)
            .spawn()
            .expect("sh runs");
        let cluster = Self { folder, _keeper: keeper };
        cluster.await_ready();
        cluster.make_template();
        cluster
    }

    /// The server writes `ready` into the last line of its pid file.
    fn await_ready(&self) {
        let started = Instant::now();
        while !fs::read_to_string(self.folder.join("data/postmaster.pid")).is_ok_and(|text| text.contains("ready")) {
            if started.elapsed() > START_LIMIT {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                panic!("PostgreSQL did not start within {} s: {log}", START_LIMIT.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=ledger", self.folder.display())
    }

    fn make_template(&self) {
        self.run(format!("CREATE DATABASE {TEMPLATE}"));
        let url = self.url(TEMPLATE);
        apart(async move {
            subledger_eventlog::postgres::migrate(&url, None).await.expect("the migrations apply to an empty database");
        });
    }

    fn database(&self, name_hint: &str) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let hint: String =
            name_hint.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(40).collect();
        let name = format!("{}_{}", hint.to_ascii_lowercase(), COUNT.fetch_add(1, Ordering::Relaxed));
        self.run(format!("CREATE DATABASE \"{name}\" TEMPLATE {TEMPLATE}"));
        self.url(&name)
    }

    fn run(&self, statement: String) {
        run(self.url("postgres"), statement);
    }
}

fn run(url: String, statement: String) {
    apart(async move {
        let mut connection = PgConnection::connect(&url).await.expect("the private server answers");
        connection.execute(statement.as_str()).await.expect("the owner may do this");
        connection.close().await.expect("the connection ends");
    });
}

/// Runs a future on a thread of its own, because callers are already inside a runtime that must not be blocked on.
fn apart(future: impl Future<Output = ()> + Send + 'static) {
    let ran = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        runtime.block_on(future);
    });
    if let Err(panic) = ran.join() {
        std::panic::resume_unwind(panic);
    }
}

fn as_user(command: &mut Command, user: Option<(u32, u32)>) -> &mut Command {
    match user {
        Some((uid, gid)) => command.uid(uid).gid(gid),
        None => command,
    }
}

/// PostgreSQL refuses to run as root; then it runs as the user that its package made.
fn unprivileged_user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok().filter(|output| output.status.success())?;
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    let user = id(&["-u", "postgres"]).zip(id(&["-g", "postgres"]));
    Some(user.expect("tests run as root need a user `postgres`: run scripts/test"))
}

fn find_bin() -> PathBuf {
    let named = std::env::var_os(BIN_VARIABLE).map(PathBuf::from);
    if let Some(folder) = &named {
        assert!(
            is_bin(folder),
            "{BIN_VARIABLE} names {}, which has no initdb and postgres: see scripts/test",
            folder.display()
        );
    }
    named
        .or_else(|| on_path().into_iter().find(|folder| is_bin(folder)))
        .or_else(|| installed().into_iter().find(|folder| is_bin(folder)))
        .unwrap_or_else(|| panic!("PostgreSQL 15 or newer is not on this machine: run scripts/test, which brings it"))
}

fn is_bin(folder: &Path) -> bool {
    folder.join("initdb").is_file() && folder.join("postgres").is_file()
}

fn on_path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// Where packages put it: what `pg_config` says, then Debian's and Homebrew's folders, newest version first.
fn installed() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    let mut versions = BTreeMap::new();
    for (parent, prefix) in
        [("/usr/lib/postgresql", ""), ("/opt/homebrew/opt", "postgresql@"), ("/usr/local/opt", "postgresql@")]
    {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(version) = name.strip_prefix(prefix).and_then(|version| version.parse::<u32>().ok()) {
                versions.insert((version, parent), entry.path().join("bin"));
            }
        }
    }
    folders.extend(versions.into_values().rev());
    folders
}

/// Roles belong to a whole server, so tests that run at once must not create one twice.
///
/// # Panics
/// When the role cannot be created.
pub fn create_role(url: &str, role: &str) {
    static CREATED: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let mut created = CREATED.lock().unwrap_or_else(PoisonError::into_inner);
    if created.iter().any(|name| name == role) {
        return;
    }
    let (url, statement) = (url.to_owned(), format!("CREATE ROLE \"{role}\" LOGIN"));
    apart(async move {
        let mut connection = PgConnection::connect(&url).await.expect("the private server answers");
        connection.execute(statement.as_str()).await.expect("the owner may create roles");
    });
    created.push(role.to_owned());
}
