//! The runner: once, twice, cut short, beside another node, on a log it must not trust.

use std::sync::Arc;
use std::time::Duration;

use subledger_domain::fact::Fact;
use subledger_eventlog::record::{Hash, Recorded};
use subledger_eventlog::rows::{Change, Table};
use subledger_memory::{MemoryStore, StepFault};
use tokio::sync::watch;

use super::{caught_up, head, live};
use crate::due::{DUE, DueDates};
use crate::entitlements::RightsInForce;
use crate::fault::{LogHash, RunFault};
use crate::fixture::Ledger;
use crate::progress::ProgressHandle;
use crate::projection::{FoldFault, Projection};
use crate::runner::{self, Progress};

const NAMES: [&str; 3] = ["invoices", "entitlements", "due"];

fn ledger() -> Vec<Recorded> {
    Ledger::generated(5, 400).log
}

async fn prepared(kind: &'static str, log: &[Recorded]) -> MemoryStore {
    let store = MemoryStore::of_kind(kind, log);
    runner::prepare(&store, &crate::all()).await.expect("prepared");
    store
}

async fn catch_up(store: &MemoryStore, projection: &dyn Projection) -> Result<Progress, RunFault> {
    runner::catch_up(store, projection, &mut |_| {}).await
}

#[tokio::test]
async fn running_twice_is_running_once() {
    let store = live(&ledger()).await;
    let (steps, rows) = (store.steps(), NAMES.map(|name| store.contents(name)));
    caught_up(&store).await;
    assert_eq!(store.steps(), steps);
    assert_eq!(NAMES.map(|name| store.contents(name)), rows);
}

#[tokio::test]
async fn steps_are_smaller_where_they_hold_the_writer() {
    let log = ledger();
    for (kind, most) in [("sqlite", 500), ("postgres", 5_000)] {
        let store = prepared(kind, &log).await;
        let mut steps = Vec::new();
        let last = runner::catch_up(&store, &DueDates, &mut |step| steps.push(step)).await.expect("a sound log");
        assert_eq!((last.position, last.caught_up), (log.len() as u64, true));
        assert!(steps.iter().all(|step| step.folded <= most), "{steps:?}");
        assert_eq!(steps.iter().map(|step| u64::from(step.folded)).sum::<u64>(), log.len() as u64);
        assert_eq!(kind == "sqlite", steps.len() > 1, "{steps:?}");
    }
}

#[tokio::test]
async fn a_crash_between_two_steps_resumes_where_it_stopped() {
    let log = ledger();
    let whole = live(&log).await;
    for fault in [StepFault::NotWritten, StepFault::WrittenUnsaid, StepFault::AnotherWasFaster] {
        let store = prepared("sqlite", &log).await;
        store.fail_steps([None, Some(fault)]);
        match catch_up(&store, &RightsInForce).await {
            Err(stopped) => assert!(stopped.is_transient() && fault != StepFault::AnotherWasFaster, "{stopped}"),
            Ok(_) => assert_eq!(fault, StepFault::AnotherWasFaster),
        }
        let end = catch_up(&store, &RightsInForce).await.expect("the fault has passed");
        assert_eq!(end.position, log.len() as u64);
        assert_eq!(store.contents("entitlements"), whole.contents("entitlements"), "{fault:?}");
    }
}

#[tokio::test]
async fn an_event_it_does_not_know_stops_it_at_its_position() {
    let mut log = ledger();
    log[40].event_type = "SomethingNewer".to_owned();
    let store = prepared("postgres", &log).await;
    let fault = catch_up(&store, &DueDates).await.expect_err("unknown");
    assert!(matches!(fault, RunFault::Unreadable { position: 41, .. }), "{fault:?}");
    assert_eq!(
        fault.to_string(),
        format!(
            "stopped at position 41: this release does not know event {}/SomethingNewer version 1; run a newer one",
            log[40].aggregate_type
        )
    );
    assert!(!fault.is_transient());
    // Rows go as far as the log can be read, and not one event further.
    assert_eq!(store.checkpoints()["due"].position, 40);
    assert_eq!(store.contents("due"), live(&log[..40]).await.contents("due"));
}

#[tokio::test]
async fn a_payload_or_metadata_it_cannot_read_stops_it_at_its_position() {
    for (spoil, position) in [(0, 7), (1, 9)] {
        let mut log = ledger();
        let event = &mut log[position - 1];
        match spoil {
            0 => event.payload = "{}".to_owned(),
            _ => event.metadata = "{}".to_owned(),
        }
        let store = prepared("postgres", &log).await;
        let fault = catch_up(&store, &DueDates).await.expect_err("unreadable");
        assert!(fault.to_string().starts_with(&format!("stopped at position {position}: ")), "{fault}");
    }
}

#[tokio::test]
async fn a_gap_in_the_positions_stops_it() {
    let mut log = ledger();
    log.remove(20);
    let store = prepared("postgres", &log).await;
    let fault = catch_up(&store, &DueDates).await.expect_err("a gap");
    assert!(matches!(fault, RunFault::Gap { expected: 21, found: 22 }), "{fault:?}");
    assert_eq!(store.checkpoints()["due"].position, 0);
}

#[tokio::test]
async fn a_checkpoint_of_another_history_stops_it() {
    let log = ledger();
    let store = live(&log[..10]).await;
    store.spoil(|held| *held = Ledger::generated(6, 100).log);
    let fault = catch_up(&store, &DueDates).await.expect_err("another log");
    assert!(matches!(fault, RunFault::AnotherHistory { position: 10, found: LogHash::Is(_), .. }), "{fault:?}");
    store.spoil(|held| *held = log[..9].to_vec());
    let fault = catch_up(&store, &DueDates).await.expect_err("a shorter log");
    assert!(matches!(fault, RunFault::AnotherHistory { position: 10, found: LogHash::Ends, .. }), "{fault:?}");
    store.spoil_checkpoint("due", 0);
    let fault = catch_up(&store, &DueDates).await.expect_err("a start that is none");
    assert!(matches!(fault, RunFault::AnotherHistory { found: LogHash::Is(Hash::GENESIS), .. }), "{fault:?}");
}

#[tokio::test]
async fn a_projection_that_was_never_prepared_is_not_run() {
    let store = MemoryStore::holding(&ledger());
    let fault = catch_up(&store, &DueDates).await.expect_err("no tables");
    assert!(matches!(fault, RunFault::NotPrepared { projection: "due", version: 3 }), "{fault:?}");
}

#[tokio::test]
async fn a_row_of_another_payer_is_a_contradiction() {
    let mut log = ledger();
    let order = log.iter().position(|event| event.event_type == "OrderPaid").expect("somebody bought");
    log[order].account_id = "mallory".to_owned();
    let store = prepared("postgres", &log).await;
    let fault = catch_up(&store, &crate::invoices::Invoices).await.expect_err("another payer");
    assert!(matches!(fault, RunFault::Fold { projection: "invoices", position, .. } if position == order as u64 + 1));
}

/// Writes to the table of what is due, and stumbles over an event after it has begun.
struct Stumbling;

impl Projection for Stumbling {
    fn name(&self) -> &'static str {
        "due"
    }
    fn version(&self) -> u32 {
        3
    }
    fn tables(&self) -> &'static [&'static Table] {
        DueDates.tables()
    }
    fn fold(&self, recorded: &Recorded, _: &Fact, changes: &mut Vec<Change>) -> Result<(), FoldFault> {
        let cell = Some(recorded.position.to_string());
        changes.push(Change::Upsert { table: self.tables()[0], row: vec![cell; 7] });
        let fault = FoldFault::Contradiction { what: "the test", in_event: String::new(), in_row: String::new() };
        if recorded.position == 4 { Err(fault) } else { Ok(()) }
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_folded_leaves_nothing_behind() {
    let store = prepared("postgres", &ledger()).await;
    let fault = catch_up(&store, &Stumbling).await.expect_err("it stumbles");
    assert!(matches!(fault, RunFault::Fold { projection: "due", position: 4, .. }), "{fault:?}");
    assert_eq!(store.contents("due").rows(&DUE).expect("its table").len(), 3);
    assert_eq!(store.checkpoints()["due"].position, 3);
}

#[tokio::test]
async fn a_follower_is_woken_and_tells_how_far_it_is() {
    let log = ledger();
    let store = Arc::new(prepared("postgres", &log[..50]).await);
    let (wake, woken) = watch::channel(0);
    let progress = ProgressHandle::new();
    // Longer than the test may take: only a wake-up brings it on.
    let poll = Duration::from_secs(3_600);
    let following =
        tokio::spawn(runner::follow(Arc::clone(&store) as _, Arc::new(DueDates), progress.clone(), woken, poll));
    assert_eq!(progress.reached(50).await, Ok(50));
    store.spoil(|held| *held = log.clone());
    wake.send(log.len() as u64).expect("somebody follows");
    assert_eq!(progress.reached(log.len() as u64).await, Ok(head(&store).await));
    drop(wake);
    following.await.expect("no panic").expect("closed, not failed");
    assert_eq!(progress.position(), log.len() as u64);
    assert!(progress.reached(log.len() as u64 + 1).await.is_err());
}

#[tokio::test]
async fn a_follower_looks_by_itself_and_waits_out_what_passes() {
    let log = ledger();
    let store = Arc::new(prepared("postgres", &log[..50]).await);
    store.fail_steps([Some(StepFault::NotWritten), Some(StepFault::WrittenUnsaid)]);
    let (_wake, woken) = watch::channel(0);
    let progress = ProgressHandle::new();
    let poll = Duration::from_millis(1);
    tokio::spawn(runner::follow(Arc::clone(&store) as _, Arc::new(DueDates), progress.clone(), woken, poll));
    assert_eq!(progress.reached(50).await, Ok(50));
    store.spoil(|held| *held = log.clone());
    assert_eq!(progress.reached(60).await, Ok(log.len() as u64));
}

#[tokio::test]
async fn who_waits_for_a_follower_that_stopped_is_told_why() {
    let mut log = ledger();
    log[40].event_version = "99".to_owned();
    let store = Arc::new(prepared("postgres", &log).await);
    let (_wake, woken) = watch::channel(0);
    let progress = ProgressHandle::new();
    let poll = Duration::from_millis(1);
    let following =
        tokio::spawn(runner::follow(Arc::clone(&store) as _, Arc::new(DueDates), progress.clone(), woken, poll));
    let stopped = progress.reached(41).await.expect_err("unknown version");
    assert_eq!(stopped.position, 40);
    assert!(stopped.reason.contains("stopped at position 41"), "{stopped}");
    assert_eq!(progress.reached(40).await, Ok(40));
    following.await.expect("no panic").expect_err("it stopped");
}
