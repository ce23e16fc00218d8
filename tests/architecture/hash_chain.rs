//! Owns that three accounts of the hash chain agree: the log's code, the worked example in `docs/hash-chain.md`, and the
//! check that uses nothing of ours.
//!
//! Does not own the chain of a real log (`verify`).

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use subledger_domain::fact::Fact;
use subledger_eventlog::chain;
use subledger_eventlog::record::{Hash, Recorded};

use crate::documents::fenced_blocks;
use crate::workspace::{read, root};

/// The example's events, one JSON object a line.
fn example() -> String {
    let blocks = fenced_blocks(&read("docs/hash-chain.md"));
    let ndjson = blocks.iter().find_map(|block| block.strip_prefix("ndjson\n"));
    ndjson.expect("docs/hash-chain.md has one `ndjson` block").to_owned()
}

fn events(ndjson: &str) -> Vec<Value> {
    ndjson.lines().map(|line| serde_json::from_str(line).expect("each line of the example is JSON")).collect()
}

fn text(event: &Value, key: &str) -> String {
    event[key].as_str().unwrap_or_else(|| panic!("the example has no text `{key}`: {event}")).to_owned()
}

fn number(event: &Value, key: &str) -> u64 {
    event[key].as_u64().unwrap_or_else(|| panic!("the example has no number `{key}`: {event}"))
}

fn recorded(event: &Value) -> Recorded {
    let uuid = |key| text(event, key).parse().expect("the example's ids are UUIDs");
    let instant = |key| text(event, key).parse().expect("the example's instants are RFC 3339");
    Recorded {
        position: number(event, "position"),
        account_id: text(event, "account_id"),
        aggregate_type: text(event, "aggregate_type"),
        aggregate_id: text(event, "aggregate_id"),
        sequence: number(event, "sequence"),
        event_type: text(event, "event_type"),
        event_version: text(event, "event_version"),
        payload: text(event, "payload"),
        metadata: text(event, "metadata"),
        event_id: uuid("event_id"),
        command_id: uuid("command_id"),
        effective_at: instant("effective_at"),
        recorded_at: instant("recorded_at"),
        hash: Hash::GENESIS,
    }
}

/// What the check prints, and whether it is content.
fn check(ndjson: &str) -> (String, bool) {
    let mut child = Command::new("python3")
        .arg(root().join("scripts/check-hash-chain.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is there; scripts/test installs it");
    let mut input = child.stdin.take().expect("standard input is a pipe");
    // The check stops reading at the first bad event, so a closed pipe is no fault here.
    input
        .write_all(ndjson.as_bytes())
        .or_else(|fault| match fault.kind() {
            std::io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(fault),
        })
        .expect("the check reads its input");
    drop(input);
    let output = child.wait_with_output().expect("the check ends");
    (String::from_utf8_lossy(&output.stdout).trim().to_owned(), output.status.success())
}

#[test]
fn the_documented_example_is_what_the_log_computes() {
    let mut previous = Hash::GENESIS;
    for event in events(&example()) {
        let log_id = i16::try_from(number(&event, "log_id")).expect("a small log id");
        previous = chain::link(log_id, previous, &recorded(&event));
        assert_eq!(previous.to_string(), text(&event, "hash"), "position {}", event["position"]);
    }
    assert_ne!(previous, Hash::GENESIS, "the example has no events");
}

#[test]
fn the_documented_example_is_of_events_that_are_stored() {
    let types = events(&example()).into_iter().map(|event| {
        let fact: Fact = recorded(&event).fact().unwrap_or_else(|fault| panic!("{}: {fault}", event["event_type"]));
        cqrs_es::DomainEvent::event_type(&fact)
    });
    assert_eq!(types.collect::<Vec<_>>(), ["AccountOpened", "MoneyDeposited"]);
}

#[test]
fn the_independent_check_accepts_the_documented_example() {
    assert_eq!(check(&example()), ("ok 2 events".to_owned(), true));
}

#[test]
fn the_independent_check_finds_a_change_of_any_column() {
    let good = events(&example());
    let columns = good[1].as_object().expect("an event is an object").keys().cloned();
    for column in columns {
        let mut changed = good.clone();
        changed[1][&column] = match &changed[1][&column] {
            Value::Number(number) => (number.as_u64().expect("counts are whole") + 1).into(),
            other => format!("{}!", other.as_str().expect("all others are texts")).into(),
        };
        let lines: Vec<String> = changed.iter().map(Value::to_string).collect();
        assert_eq!(check(&lines.join("\n")), ("bad at position 2".to_owned(), false), "{column} can be changed unseen");
    }
}

#[test]
fn the_independent_check_finds_a_missing_event_and_a_missing_column() {
    let lines: Vec<String> = example().lines().map(str::to_owned).collect();
    assert_eq!(check(&lines[1]), ("bad at position 1".to_owned(), false));
    assert_eq!(check("{}\n"), ("bad at position 1".to_owned(), false));
    assert_eq!(check("no JSON\n"), ("bad at position 1".to_owned(), false));
}
