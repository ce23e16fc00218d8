//! Owns the proof that a log changed by hand is found out: `verify` names the position, and no node starts on it.

use subledger_eventlog::record::Recorded;

use super::node::{advance, on_manual_clock};
use super::place::{Place, whole_log};
use super::process::{self, Ran};
use super::seed::Seeded;
use super::story::mixed;

/// A change to the log by somebody with the file or the owner's password, and the way back.
struct Change {
    what: String,
    statements: Vec<String>,
    back: Vec<String>,
    /// The first position that is no longer what it was.
    position: u64,
}

impl Change {
    /// Sets a column of one event. Both texts are SQL.
    fn set(event: &Recorded, column: &str, to: &str, back: &str) -> Self {
        let position = event.position;
        let statement = |value: &str| format!("UPDATE events SET {column} = {value} WHERE position = {position}");
        Self {
            what: format!("{column} of {position}"),
            statements: vec![statement(to)],
            back: vec![statement(back)],
            position,
        }
    }

    /// One digit of the payload, so that it stays JSON.
    fn payload(event: &Recorded, chance: &mut Seeded) -> Self {
        let digits: Vec<usize> = event.payload.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at).collect();
        let at = *chance.one_of(&digits);
        let mut changed = event.payload.clone();
        changed.replace_range(at..=at, if &changed[at..=at] == "7" { "8" } else { "7" });
        let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
        Self::set(event, "payload", &literal(&changed), &literal(&event.payload))
    }

    /// An event and the next in each other's place.
    fn swap(event: &Recorded) -> Self {
        let (one, two, away) = (event.position, event.position + 1, 1_000_000);
        let renumber = |from: u64, to: u64| format!("UPDATE events SET position = {to} WHERE position = {from}");
        let statements = vec![renumber(one, away), renumber(two, one), renumber(away, two)];
        Self { what: format!("{one} and {two} swapped"), back: statements.clone(), statements, position: one }
    }

    /// An event out of the middle. There is no way back, so it comes last.
    fn delete(event: &Recorded) -> Self {
        let position = event.position;
        let statements = vec![format!("DELETE FROM events WHERE position = {position}")];
        Self { what: format!("{position} deleted"), statements, back: Vec::new(), position }
    }
}

fn changes(log: &[Recorded], chance: &mut Seeded) -> Vec<Change> {
    let mut any = || chance.one_of(&log[..log.len() - 1]).clone();
    let texts = ["account_id", "aggregate_id", "event_type", "event_version"];
    let mut changes: Vec<Change> = texts
        .iter()
        .map(|column| {
            Change::set(
                &any(),
                column,
                &format!("{column} || 'x'"),
                &format!("substr({column}, 1, length({column}) - 1)"),
            )
        })
        .collect();
    changes.push(Change::set(&any(), "sequence", "sequence + 1000", "sequence - 1000"));
    changes.push(Change::swap(&any()));
    let payloads = [any(), any(), any(), log[log.len() - 1].clone()];
    let deleted = any();
    changes.extend(payloads.iter().map(|event| Change::payload(event, chance)));
    changes.push(Change::delete(&deleted));
    changes
}

fn assert_named(ran: &Ran, change: &Change) {
    assert!(!ran.succeeded && ran.said["whole"] == false, "{}: {ran:?}", change.what);
    assert_eq!(ran.said["position"], change.position, "{}: {ran:?}", change.what);
}

async fn finds_every_change(place: Place) {
    let mut chance = Seeded::printed("tampered");
    let engine = on_manual_clock(place.open().await, true).await;
    for moment in mixed(&mut chance, 2, 30) {
        advance(&engine, moment.at).await.expect("the clock moves");
        // Refused ones are part of the mix.
        let _ = engine.submit(moment.asked.under(&moment.key)).await;
    }
    drop(engine);
    drop(place.open().await);
    let log = whole_log(place.open_to_read().await.as_ref()).await;
    for change in changes(&log, &mut chance) {
        let verified = process::run(&place, &["verify"]).await;
        assert!(verified.succeeded && verified.said["events"] == log.len(), "{verified:?}");
        for statement in &change.statements {
            assert_eq!(place.tamper(statement).await, 1, "{statement}");
        }
        assert_named(&process::run(&place, &["verify"]).await, &change);
        let served = process::run(
            &place,
            &["serve", "--dev", "--listen", "127.0.0.1:0", "--clock", "manual:2022-10-12T00:00:00+08:00"],
        )
        .await;
        assert!(!served.succeeded, "{}: a server starts on it", change.what);
        let names = served.words.contains(&format!("damaged at position {}", change.position));
        assert!(names, "{}: {}", change.what, served.words);
        for statement in &change.back {
            assert_eq!(place.tamper(statement).await, 1, "{statement}");
        }
    }
}

#[tokio::test]
async fn a_log_changed_by_hand_is_found_out_on_sqlite() {
    finds_every_change(Place::sqlite()).await;
}

#[tokio::test]
async fn a_log_changed_by_hand_is_found_out_on_postgres() {
    finds_every_change(Place::postgres("tampered")).await;
}
