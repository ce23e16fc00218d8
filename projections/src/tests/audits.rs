//! Rebuild and audit: equal when nothing happened, exact when something did, right beside a runner.

use subledger_domain::account::DepositKind;
use subledger_domain::plan::PaidPlan;
use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::Change;
use subledger_eventlog::store::Checkpoint;
use subledger_memory::{MemoryStore, Move};

use super::{caught_up, live};
use crate::audit::{AuditReport, audit};
use crate::compare::Mismatch;
use crate::fault::RunFault;
use crate::fixture::{Ledger, at};
use crate::invoices::{self, INVOICE_LINES, INVOICES};
use crate::rebuild::{RebuildReport, rebuild};
use crate::row::column;
use crate::{digest, read};

const AMOUNT: usize = column(INVOICE_LINES.columns, "amount");

fn ledger() -> Vec<Recorded> {
    Ledger::generated(5, 120).log
}

async fn audited(store: &MemoryStore) -> AuditReport {
    audit(store, &crate::all(), &mut |_| {}).await.expect("a sound log")
}

async fn rebuilt(store: &MemoryStore) -> RebuildReport {
    rebuild(store, &crate::all(), &mut |_| {}).await.expect("a sound log")
}

/// The keys of the first two lines.
fn two_lines(store: &MemoryStore) -> [Vec<Option<String>>; 2] {
    let invoices = store.contents("invoices");
    let mut keys = invoices.rows(&INVOICE_LINES).expect("its table").keys();
    [(); 2].map(|()| keys.next().expect("a line").iter().cloned().map(Some).collect())
}

fn overcharge(key: &[Option<String>]) -> Change {
    Change::Patch { table: &INVOICE_LINES, key: key.to_vec(), set: vec![(AMOUNT, Some("1.00".to_owned()))] }
}

#[tokio::test]
async fn rebuild_equals_live() {
    for seed in 0..8 {
        let store = live(&Ledger::generated(seed, 120).log).await;
        let before = store.contents("invoices");
        let report = rebuilt(&store).await;
        assert!(report.was_equal(), "{report}");
        for table in report.projections.iter().flat_map(|rebuilt| &rebuilt.tables) {
            assert_eq!(table.digest_expected, table.digest_found);
            assert_eq!(table.rows_expected, table.rows_found);
        }
        assert_eq!(store.contents("invoices"), before);
        assert!(audited(&store).await.is_clean());
    }
}

#[tokio::test]
async fn a_rebuild_reports_the_digest_of_what_is_then_live() {
    let store = live(&ledger()).await;
    let report = rebuilt(&store).await;
    for rebuilt in &report.projections {
        let live = store.contents(rebuilt.name);
        let digests: Vec<_> = live.tables().map(|(table, rows)| (table.name, digest::of_rows(rows))).collect();
        let reported: Vec<_> = rebuilt.tables.iter().map(|table| (table.table, table.digest_expected)).collect();
        assert_eq!(reported, digests);
    }
}

#[tokio::test]
async fn an_amount_changed_by_hand_is_named_with_its_line_and_rebuild_mends_it() {
    let store = live(&ledger()).await;
    let sound = store.contents("invoices");
    let [key, _] = two_lines(&store);
    store.tamper(&overcharge(&key));
    let report = audited(&store).await;
    assert!(!report.is_clean());
    let differences: Vec<_> = report.differences().collect();
    let [difference] = differences.as_slice() else { panic!("{report}") };
    let (invoice_id, line_id) = (difference.key[0].clone(), difference.key[1].clone());
    assert_eq!(difference.table, "invoice_lines");
    let invoice = sound.get(&INVOICES, std::slice::from_ref(&invoice_id)).expect("its invoice");
    let (account, number) = (invoice[1].clone().expect("not null"), invoice[2].clone().expect("not null"));
    let expected = sound.get(&INVOICE_LINES, &difference.key).expect("the line")[AMOUNT].clone();
    assert_eq!(
        difference.to_string(),
        format!(
            "invoice_lines [{invoice_id}, {line_id}] (invoice {number} of {account}, line {line_id}): \
             amount is 1.00, by the log it is {}",
            expected.clone().expect("not null")
        )
    );
    assert_eq!(difference.mismatch, Mismatch::Cell { column: "amount", expected, found: Some("1.00".to_owned()) });

    let report = rebuilt(&store).await;
    let differing: Vec<_> =
        report.projections.iter().flat_map(|rebuilt| &rebuilt.tables).map(|table| table.rows_differing).collect();
    assert_eq!(differing.iter().sum::<usize>(), 1, "{report}");
    assert!(!report.was_equal());
    assert!(audited(&store).await.is_clean());
    assert_eq!(store.contents("invoices"), sound);
}

#[tokio::test]
async fn a_statements_line_changed_by_hand_is_named() {
    let mut ledger = Ledger::new();
    let opened = at("2022-10-12T10:00:00+08:00");
    ledger.open("acme", opened);
    ledger.deposit("acme", "9999.00", DepositKind::Cash, opened);
    ledger.create("acme", 1_400_000_001, opened);
    ledger.buy("acme", 1_400_000_001, PaidPlan::Pro, 1, opened).expect("paid for");
    ledger.use_up("acme", 1_400_000_001, 25_000, 10, at("2022-10-31T12:00:00+08:00"));
    ledger.run_due(at("2022-11-03T00:00:00+08:00"));
    let store = live(&ledger.log).await;
    let page = invoices::list(&store, "acme", Some("1"), 1).await.expect("rows");
    let (invoice_id, line_id) = (page[0].invoice_id.to_string(), page[0].lines[0].line_id.to_string());
    store.tamper(&overcharge(&[Some(invoice_id.clone()), Some(line_id.clone())]));
    let report = audited(&store).await;
    let differences: Vec<String> = report.differences().map(ToString::to_string).collect();
    let named = format!(
        "invoice_lines [{invoice_id}, {line_id}] (invoice 2 of acme, line {line_id}): \
         amount is 1.00, by the log it is 2000.00"
    );
    assert_eq!(differences, [named]);
}

#[tokio::test]
async fn missing_and_surplus_rows_are_named() {
    let store = live(&ledger()).await;
    let [missing, copied] = two_lines(&store);
    let key: Vec<String> = copied.iter().flatten().cloned().collect();
    let mut surplus = store.contents("invoices").get(&INVOICE_LINES, &key).expect("a line").clone();
    surplus[1] = Some("line_forged".to_owned());
    store.tamper(&Change::Delete { table: &INVOICE_LINES, key: missing.clone() });
    store.tamper(&Change::Upsert { table: &INVOICE_LINES, row: surplus });
    let report = audited(&store).await;
    let found: Vec<_> = report.differences().map(|difference| (&difference.key[1], &difference.mismatch)).collect();
    let missing = missing[1].clone().expect("not null");
    let forged = "line_forged".to_owned();
    assert_eq!(found, [(&missing, &Mismatch::Missing), (&forged, &Mismatch::Surplus)]);
    assert!(report.differences().all(|difference| difference.called.starts_with("invoice ")), "{report}");
    let lines = report.projections[0].tables.iter().find(|table| table.table == "invoice_lines").expect("its table");
    assert_eq!((lines.rows_expected, lines.rows_found, lines.rows_differing), (lines.rows_found, lines.rows_found, 2));
    assert_ne!(lines.digest_expected, lines.digest_found);
}

#[tokio::test]
async fn an_audit_writes_nothing() {
    let store = live(&ledger()).await;
    let [key, _] = two_lines(&store);
    store.tamper(&overcharge(&key));
    let (rows, steps, checkpoints) = (store.contents("invoices"), store.steps(), store.checkpoints());
    audited(&store).await;
    assert_eq!(store.contents("invoices"), rows);
    assert_eq!((store.steps(), store.checkpoints()), (steps, checkpoints));
}

#[tokio::test]
async fn lagging_is_said_and_is_no_difference() {
    let log = ledger();
    let store = live(&log[..100]).await;
    store.spoil(|held| *held = log.clone());
    let report = audited(&store).await;
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.head, report.projections[0].position), (log.len() as u64, 100));
    let behind = format!("at position 100, {} behind the head {}: nothing differs", log.len() - 100, log.len());
    assert!(report.to_string().contains(&behind), "{report}");
}

/// What a runner on another node writes, event by event.
pub(super) fn moves(name: &'static str, events: &[Recorded]) -> Vec<Move> {
    let projection = crate::all().into_iter().find(|projection| projection.name() == name).expect("of this release");
    let steps = events.iter().map(|event| {
        let mut changes = Vec::new();
        projection.fold(event, &read::fact(event).expect("sound"), &mut changes).expect("sound");
        Move { name, to: Checkpoint { position: event.position, log_hash: event.hash }, changes }
    });
    steps.collect()
}

#[tokio::test]
async fn an_audit_is_exact_beside_a_running_projection() {
    let log = ledger();
    for name in ["invoices", "receivables", "entitlements", "due", "journal"] {
        for forged in [false, true] {
            let store = live(&log[..100]).await;
            store.spoil(|held| *held = log.clone());
            if forged {
                store.tamper(&overcharge(&two_lines(&store)[0]));
            }
            store.write_beside(moves(name, &log[100..140]));
            let report = audited(&store).await;
            assert_eq!(report.differences().count(), usize::from(forged), "{name}: {report}");
            let position =
                report.projections.iter().find(|audited| audited.name == name).map(|audited| audited.position);
            assert!(position > Some(100), "{report}");
        }
    }
}

#[tokio::test]
async fn a_rebuild_follows_a_checkpoint_that_moves_before_the_switch() {
    let log = ledger();
    let store = live(&log[..100]).await;
    store.spoil(|held| *held = log.clone());
    store.tamper(&overcharge(&two_lines(&store)[0]));
    store.write_beside(moves("invoices", &log[100..120]));
    let report = rebuilt(&store).await;
    assert_eq!(report.projections[0].tables.iter().map(|table| table.rows_differing).sum::<usize>(), 1, "{report}");
    assert!(report.projections[0].position > 100);
    caught_up(&store).await;
    assert_eq!(store.contents("invoices"), live(&log).await.contents("invoices"));
}

#[tokio::test]
async fn rows_of_another_history_are_neither_audited_nor_rebuilt() {
    let store = live(&ledger()).await;
    let rows = store.contents("invoices");
    store.spoil(|held| *held = Ledger::generated(6, 400).log);
    let fault = audit(&store, &crate::all(), &mut |_| {}).await.expect_err("another log");
    assert!(matches!(fault, RunFault::AnotherHistory { .. }), "{fault}");
    let fault = rebuild(&store, &crate::all(), &mut |_| {}).await.expect_err("another log");
    assert!(matches!(fault, RunFault::AnotherHistory { .. }), "{fault}");
    store.spoil(|log| log.truncate(5));
    let fault = audit(&store, &crate::all(), &mut |_| {}).await.expect_err("a shorter log");
    assert!(matches!(fault, RunFault::AnotherHistory { .. }), "{fault}");
    assert_eq!(store.contents("invoices"), rows);
}

#[tokio::test]
async fn an_empty_ledger_is_clean() {
    let store = live(&[]).await;
    assert!(audited(&store).await.is_clean());
    assert!(rebuilt(&store).await.was_equal());
}
