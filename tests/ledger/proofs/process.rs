//! Owns the product as a process of its own: started, asked, killed.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use super::place::Place;

const PROGRAM: &str = env!("CARGO_BIN_EXE_subledger-under-test");
/// A machine under load starts slowly; a server that hangs must not hang the tests.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Where manual clocks begin.
pub(super) const BIRTH: &str = "2022-10-12T00:00:00+08:00";

fn command(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["--json", "--allow-unsafe-store", "--store", &place.url()]).args(arguments);
    command.env("SUBLEDGER_LOG", "error").stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// A server that can be killed.
pub(super) struct Served {
    child: Child,
    /// Like `http://127.0.0.1:40000`.
    pub(super) url: String,
}

impl Served {
    /// Starts one and waits until it answers.
    pub(super) async fn start(place: &Place) -> Self {
        let mut child = spawn(place);
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        let read = tokio::time::timeout(START_LIMIT, lines.read_line(&mut line)).await;
        if !matches!(read, Ok(Ok(length)) if length > 0) {
            // Ends what is left of it, so that its words can be read to their end.
            let _ = child.start_kill();
            let mut words = String::new();
            let told = child.stderr.take().expect("piped").read_to_string(&mut words).await;
            panic!("the server does not start ({read:?}, {told:?}): {words}");
        }
        let said: Value = serde_json::from_str(&line).expect("one line of JSON");
        Self { child, url: said["url"].as_str().expect("it says where it is").to_owned() }
    }

    /// SIGKILL: nothing of it runs after this.
    pub(super) async fn kill(mut self) {
        self.child.kill().await.expect("it is ours to kill");
    }
}

/// Starts a server and kills it that much later, wherever it has come to.
pub(super) async fn kill_while_starting(place: &Place, after: Duration) {
    let mut child = spawn(place);
    tokio::time::sleep(after).await;
    child.kill().await.expect("it is ours to kill");
}

fn spawn(place: &Place) -> Child {
    let clock = format!("manual:{BIRTH}");
    command(place, &["serve", "--dev", "--listen", "127.0.0.1:0", "--clock", &clock])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) succeeded: bool,
    /// Its summary; null when it ended in a fault.
    pub(super) said: Value,
    /// Its words on standard error.
    pub(super) words: String,
}

/// Runs `verify`, `audit`, `rebuild` on a place.
pub(super) async fn run(place: &Place, arguments: &[&str]) -> Ran {
    let output = command(place, arguments).output().await.expect("the program runs");
    Ran {
        succeeded: output.status.success(),
        said: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
        words: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
