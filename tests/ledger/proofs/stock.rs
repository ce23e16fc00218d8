//! Owns the proof that our log is what readers of the field expect: stock postgres-es folds our streams to the state our
//! Books hold and cannot write them, and cqrs-es' own framework executes our orders to the same log.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::sync::Arc;

use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{Aggregate, AggregateContext, AggregateError, CqrsFramework, EventStore};
use jiff::Timestamp;
use postgres_es::PostgresEventRepository;
use sqlx::PgPool;
use subledger_domain::account::Account;
use subledger_domain::application::Application;
use subledger_domain::books::{Books, Working};
use subledger_domain::catalog::Catalog;
use subledger_domain::decide::Command;
use subledger_domain::ids::CommandId;
use subledger_domain::subscription::Subscription;
use subledger_eventlog::cqrs::Ledger;

use super::node::{ACTOR, Asked, advance, birth, on_manual_clock};
use super::place::{Place, whole_log};
use super::seed::Seeded;
use super::story::{Moment, mixed};

/// A stream as stock postgres-es folds it.
async fn folded<A: Aggregate + Clone>(pool: &PgPool, id: &str) -> A {
    let events = PersistedEventStore::<_, A>::new_event_store(PostgresEventRepository::new(pool.clone()));
    let mut loaded = events.load_aggregate(id).await.expect("stock postgres-es reads our log");
    loaded.aggregate().clone()
}

/// Stock postgres-es tries to go on with a stream where it ends.
async fn assert_stock_cannot_write<A: Aggregate + Debug>(pool: &PgPool, id: &str)
where
    A::Event: Clone + Debug,
{
    let events = PersistedEventStore::<_, A>::new_event_store(PostgresEventRepository::new(pool.clone()));
    let written = EventStore::<A>::load_events(&events, id).await.expect("reads");
    let loaded = events.load_aggregate(id).await.expect("reads");
    let again = written.last().expect("the stream is not empty").payload.clone();
    events.commit(vec![again], loaded, HashMap::new()).await.expect_err("the log's columns refuse a stock insert");
}

#[tokio::test]
async fn stock_postgres_es_folds_our_streams_to_the_state_of_our_books_and_cannot_write_them() {
    let mut chance = Seeded::printed("stock");
    let place = Place::postgres("stock_reader");
    let engine = on_manual_clock(place.open().await, true).await;
    for Moment { at, asked, key } in mixed(&mut chance, 3, 80) {
        advance(&engine, at).await.expect("the clock moves");
        // Refused ones are part of the mix.
        let _ = engine.submit(asked.under(&key)).await;
    }
    let pool = PgPool::connect(&place.url()).await.expect("the private server answers");
    let log = whole_log(place.open_to_read().await.as_ref()).await;
    let streams: BTreeSet<(&str, &str, &str)> = log
        .iter()
        .map(|event| (event.account_id.as_str(), event.aggregate_type.as_str(), event.aggregate_id.as_str()))
        .collect();
    assert!(streams.iter().any(|(_, kind, _)| *kind == Subscription::TYPE), "the story sells nothing");
    for (payer, kind, id) in streams {
        let books = engine.with_books(&payer.parse().expect("an id"), Clone::clone).expect("the payer has Books");
        let ours = Working::over(&books);
        match kind {
            Account::TYPE => {
                assert_eq!(folded::<Account>(&pool, id).await, *ours.payer());
                assert_stock_cannot_write::<Account>(&pool, id).await;
            }
            Application::TYPE => {
                let stock = folded::<Application>(&pool, id).await;
                assert_eq!(stock.created(), ours.application(id.parse().expect("an id")));
                assert!(stock.created().is_some());
            }
            Subscription::TYPE => {
                let stock = folded::<Subscription>(&pool, id).await;
                assert_eq!(stock.started(), ours.agreement(id.parse().expect("an id")));
                assert!(stock.started().is_some());
            }
            other => panic!("a stream of kind {other}"),
        }
    }
    assert_eq!(whole_log(place.open_to_read().await.as_ref()).await, log, "nothing was written by the stock writer");
}

/// The framework takes all of a command or nothing, so what falls due is not a command of its own there: the story
/// stays inside one day.
fn of_one_day(chance: &mut Seeded) -> Vec<Moment> {
    let mut story = mixed(chance, 3, 60);
    let payers = 3;
    story.truncate(story.len() - payers);
    for (moment, number) in story.iter_mut().zip(0..) {
        moment.at = birth().checked_add(jiff::SignedDuration::from_secs(number)).expect("a day");
    }
    story
}

async fn executed(place: &Place, story: &[Moment]) -> Vec<Result<(), String>> {
    let store = place.open().await;
    let mut outcomes = Vec::new();
    for Moment { at, asked: Asked { account, order }, key } in story {
        let at: Timestamp = *at;
        let ledger = Ledger::new(Arc::clone(&store), Arc::new(move || at));
        let framework: CqrsFramework<Books, Ledger> =
            CqrsFramework::new(ledger, Vec::new(), Catalog::builtin().expect("the built-in lists are valid"));
        let command = Command { id: CommandId::keyed(at, account.as_str(), key), at, order: order.clone() };
        let notes =
            HashMap::from([("actor".to_owned(), ACTOR.to_owned()), ("asked".to_owned(), order.name().to_owned())]);
        outcomes.push(match framework.execute_with_metadata(account.as_str(), command, notes).await {
            Ok(()) => Ok(()),
            Err(AggregateError::UserError(refusal)) => Err(refusal.to_string()),
            Err(fault) => panic!("{key}: {fault}"),
        });
    }
    outcomes
}

async fn framework_and_engine_agree(by_framework: Place, by_engine: Place) {
    let mut chance = Seeded::printed("framework");
    let story = of_one_day(&mut chance);
    let outcomes = executed(&by_framework, &story).await;
    let engine = on_manual_clock(by_engine.open().await, true).await;
    for (moment, outcome) in story.iter().zip(outcomes) {
        advance(&engine, moment.at).await.expect("the clock moves");
        let answered = engine.submit(moment.asked.under(&moment.key)).await;
        assert_eq!(answered.map(|_| ()).map_err(|fault| fault.to_string()), outcome, "{}", moment.key);
    }
    let log = whole_log(by_framework.open_to_read().await.as_ref()).await;
    assert_eq!(log, whole_log(by_engine.open_to_read().await.as_ref()).await);
    // A node takes up the framework's log where it ends, and goes on.
    let taken_up = on_manual_clock(by_framework.open().await, true).await;
    assert_eq!(taken_up.position(), log.len() as u64);
    for payer in engine.accounts(None, 10) {
        assert_eq!(taken_up.with_books(&payer, Clone::clone), engine.with_books(&payer, Clone::clone));
        let more = Asked::deposit(&payer, "1.00", subledger_domain::account::DepositKind::Cash);
        taken_up.submit(more.under("more")).await.expect("the log goes on");
    }
}

#[tokio::test]
async fn the_framework_executes_our_orders_to_the_log_the_engine_writes_on_sqlite() {
    framework_and_engine_agree(Place::sqlite(), Place::sqlite()).await;
}

#[tokio::test]
async fn the_framework_executes_our_orders_to_the_log_the_engine_writes_on_postgres() {
    framework_and_engine_agree(Place::postgres("framework"), Place::postgres("engine")).await;
}
