//! Owns the proof that orders, keys and clock decide the log alone: not the store, not how time is told to pass, not
//! whether timers are looked after, not a restart. The same hashes mean the same log, byte for byte.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use subledger_api::engine::{Engine, WriteFault};
use subledger_eventlog::record::Hash;
use subledger_memory::MemoryStore;

use super::node::{advance, on_manual_clock};
use super::place::{Keeps, Place, digests, whole_log};
use super::seed::Seeded;
use super::story::{Moment, mixed};

/// How a ledger is brought from one order to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// One move of the clock.
    Jump,
    /// A move each day.
    Daily,
    /// One move, and nobody looks after what is due: the next order finds it.
    Unattended,
    /// One move, and a new node every few orders.
    Restarted,
}

/// What came of a story: the log's hashes, and each answer or refusal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) hashes: Vec<Hash>,
    pub(super) answers: Vec<Result<String, String>>,
}

pub(super) async fn start(place: &impl Keeps, way: Way) -> Engine {
    on_manual_clock(place.open().await, way != Way::Unattended).await
}

async fn told(place: &impl Keeps, way: Way, story: &[Moment]) -> Outcome {
    let mut engine = start(place, way).await;
    let mut answers = Vec::new();
    for (number, moment) in story.iter().enumerate() {
        if way == Way::Restarted && number % 7 == 6 {
            drop(engine);
            engine = start(place, way).await;
        }
        pass(&engine, way, moment.at).await;
        answers.push(match engine.submit(moment.asked.under(&moment.key)).await {
            Ok(accepted) => Ok(accepted.body),
            Err(WriteFault::Refused(refusal)) => Err(refusal.to_string()),
            Err(fault) => panic!("{way:?}, order {number}: {fault}"),
        });
    }
    let log = whole_log(place.open_to_read().await.as_ref()).await;
    Outcome { hashes: log.iter().map(|event| event.hash).collect(), answers }
}

pub(super) async fn pass(engine: &Engine, way: Way, to: Timestamp) {
    if way == Way::Daily {
        let day = SignedDuration::from_hours(24);
        let mut next = engine.now().checked_add(day).expect("within some years");
        while next < to {
            advance(engine, next).await.expect("the clock moves");
            next = next.checked_add(day).expect("within some years");
        }
    }
    if engine.now() < to {
        advance(engine, to).await.expect("the clock moves");
    }
}

/// One way's outcome against the first's, with the place of the first difference.
pub(super) fn assert_same(name: &str, expected: &Outcome, found: &Outcome) {
    let differing = expected.answers.iter().zip(&found.answers).position(|(one, other)| one != other);
    if let Some(order) = differing {
        panic!("{name}, order {}: {:?} and {:?}", order + 1, expected.answers[order], found.answers[order]);
    }
    let differing = expected.hashes.iter().zip(&found.hashes).position(|(one, other)| one != other);
    assert_eq!(differing.map(|index| index + 1), None, "{name}: the first position that differs");
    assert_eq!(expected.hashes.len(), found.hashes.len(), "{name}");
}

/// The story must go where differences could hide.
fn assert_varied(outcome: &Outcome) {
    let refused = outcome.answers.iter().filter(|answer| answer.is_err()).count();
    assert!(refused > 3 && outcome.answers.len() - refused > 20, "{refused} of {} refused", outcome.answers.len());
}

#[tokio::test]
async fn the_same_orders_give_the_same_log_on_every_store_and_by_every_way_of_time() {
    let mut chance = Seeded::printed("same log");
    let story = mixed(&mut chance, 4, 120);
    let expected = told(&Place::sqlite(), Way::Jump, &story).await;
    assert_varied(&expected);
    for way in [Way::Daily, Way::Restarted] {
        assert_same(&format!("sqlite, {way:?}"), &expected, &told(&Place::sqlite(), way, &story).await);
    }
    for way in [Way::Jump, Way::Daily, Way::Restarted] {
        let place = Place::postgres("same_log");
        assert_same(&format!("postgres, {way:?}"), &expected, &told(&place, way, &story).await);
    }
    for way in [Way::Jump, Way::Daily, Way::Restarted] {
        let place = Arc::<MemoryStore>::default();
        assert_same(&format!("memory, {way:?}"), &expected, &told(&place, way, &story).await);
    }
}

/// SQLite, PostgreSQL, and the store in memory, which shares no line with either.
#[tokio::test]
async fn one_trace_gives_three_stores_the_same_log_and_the_same_rows() {
    let mut chance = Seeded::printed("three stores");
    for _ in 0..3 {
        let story = mixed(&mut chance, 3, 150);
        let (sqlite, postgres) = (Place::sqlite(), Place::postgres("three_stores"));
        let memory = Arc::<MemoryStore>::default();
        let expected = told(&memory, Way::Jump, &story).await;
        assert_varied(&expected);
        assert_same("sqlite", &expected, &told(&sqlite, Way::Jump, &story).await);
        assert_same("postgres", &expected, &told(&postgres, Way::Jump, &story).await);
        let rows = digests(&*memory).await;
        assert_eq!(digests(sqlite.open().await.as_ref()).await, rows);
        assert_eq!(digests(postgres.open().await.as_ref()).await, rows);
    }
}

/// Of one payer only: between payers the log's order is the order in which things are noticed.
#[tokio::test]
async fn a_payer_whose_timers_nobody_looks_after_has_the_same_log() {
    let mut chance = Seeded::printed("unattended");
    for _ in 0..3 {
        let story = mixed(&mut chance, 1, 60);
        let expected = told(&Place::sqlite(), Way::Jump, &story).await;
        let unattended = told(&Place::sqlite(), Way::Unattended, &story).await;
        assert_same("sqlite, unattended", &expected, &unattended);
        let unattended = told(&Place::postgres("unattended"), Way::Unattended, &story).await;
        assert_same("postgres, unattended", &expected, &unattended);
    }
}
