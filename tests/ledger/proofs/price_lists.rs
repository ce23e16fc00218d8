//! Owns the proof that a published price list is part of the log like everything else: the same log by every way of
//! time, taken up by other nodes and by later starts, whole to `verify` and `audit`, readable to stock postgres-es.

use cqrs_es::EventStore;
use cqrs_es::persist::PersistedEventStore;
use futures::future::join;
use jiff::{SignedDuration, Timestamp};
use postgres_es::PostgresEventRepository;
use sqlx::PgPool;
use subledger_api::engine::{Accepted, Engine, Publish, WriteFault};
use subledger_domain::account::DepositKind;
use subledger_domain::catalog::Catalog;
use subledger_domain::decide::{self, NotPublished, Wanted};
use subledger_domain::ids::CommandId;
use subledger_domain::plan::{DataSite, PaidPlan, Plan};
use subledger_domain::publication::{NO_PAYER, Publication};
use subledger_eventlog::record::{Batch, CommandKey, Draft, Hash, Head, Job};
use subledger_eventlog::store::{Appended, ClockKind, StoreFault, StoredClock};
use subledger_projections::runner;

use super::node::{ACTOR, Asked, account, advance, application, on_manual_clock, on_manual_clock_under};
use super::place::{Place, whole_log};
use super::process;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

async fn publish(engine: &Engine, list: &str, key: &str) -> Result<Accepted, WriteFault> {
    let key = CommandKey { scope: "/price-lists".to_owned(), key: key.to_owned() };
    let wanted = Wanted::OfTheRelease(list.to_owned());
    engine.publish(Publish { key, fingerprint: Hash::GENESIS, wanted, if_match: None, actor: ACTOR.to_owned() }).await
}

/// How a ledger is brought from one order to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Jump,
    Daily,
    /// Nobody looks after what is due: the next order finds it.
    Late,
    /// A new node before every order.
    Restarted,
}

const WAYS: [Way; 4] = [Way::Jump, Way::Daily, Way::Late, Way::Restarted];

async fn pass(engine: &Engine, way: Way, to: Timestamp) {
    while way == Way::Daily && engine.now() < to {
        let next = engine.now().checked_add(SignedDuration::from_hours(24)).expect("within some years");
        advance(engine, next.min(to)).await.expect("the clock moves");
    }
    if engine.now() < to {
        advance(engine, to).await.expect("the clock moves");
    }
}

/// A plan of 2022 that runs on into 2023, lists published in the middle, orders on both sides of their days.
async fn told(place: &Place, way: Way) -> Vec<Hash> {
    let (acme, chat, other) = (account("acme"), application(1), application(2));
    let mut engine = on_manual_clock(place.open().await, way != Way::Late).await;
    let orders = [
        ("2022-10-12T10:00:00+08:00", Some(Asked::open(&acme))),
        ("2022-10-12T10:00:00+08:00", Some(Asked::deposit(&acme, "20000.00", DepositKind::Cash))),
        ("2022-10-12T10:00:00+08:00", Some(Asked::create(&acme, chat, DataSite::China))),
        ("2022-10-12T10:00:00+08:00", Some(Asked::buy(&acme, chat, Plan::Pro, 4))),
        ("2022-12-01T10:00:00+08:00", None),
        ("2023-02-12T10:00:00+08:00", Some(Asked::renew(&acme, chat, 1))),
        ("2023-03-20T00:00:00+08:00", Some(Asked::create(&acme, other, DataSite::Korea))),
        ("2023-03-20T00:00:00+08:00", Some(Asked::buy(&acme, other, Plan::Flagship, 1))),
        ("2023-06-30T00:00:00+08:00", Some(Asked::deposit(&acme, "1.00", DepositKind::Gift))),
    ];
    for (number, (when, asked)) in orders.into_iter().enumerate() {
        if way == Way::Restarted {
            drop(engine);
            engine = on_manual_clock(place.open().await, true).await;
        }
        pass(&engine, way, at(when)).await;
        match asked {
            Some(asked) => drop(engine.submit(asked.under(&number.to_string())).await.expect("accepted")),
            None => {
                publish(&engine, "2023-03", "later").await.expect("published");
                publish(&engine, "2024-01", "latest").await.expect("published");
            }
        }
    }
    let log = whole_log(place.open_to_read().await.as_ref()).await;
    let published = log.iter().position(|event| event.event_type == "PriceListPublished").expect("it is in the log");
    let stops = log.iter().skip(published).filter(|event| event.event_type == "SubscriptionStopped").count();
    assert_eq!(stops, 2, "both plans end after the lists were published");
    log.iter().map(|event| event.hash).collect()
}

#[tokio::test]
async fn a_list_published_in_the_middle_gives_the_same_log_by_every_way_and_on_every_store() {
    let expected = told(&Place::sqlite(), Way::Jump).await;
    for way in WAYS {
        assert_eq!(told(&Place::sqlite(), way).await, expected, "sqlite, {way:?}");
        assert_eq!(told(&Place::postgres("lists"), way).await, expected, "postgres, {way:?}");
    }
}

#[tokio::test]
async fn verify_and_audit_find_nothing_in_a_log_with_published_lists_and_doctor_names_them() {
    for place in [Place::sqlite(), Place::durable_postgres("lists_whole")] {
        told(&place, Way::Jump).await;
        {
            let store = place.open().await;
            runner::prepare(store.as_ref(), &subledger_projections::all()).await.expect("tables");
            for projection in subledger_projections::all() {
                runner::catch_up(store.as_ref(), &*projection, &mut |_| ()).await.expect("it folds");
            }
        }
        for command in ["verify", "audit"] {
            let ran = process::run(&place, &[command]).await;
            assert!(ran.succeeded, "{command}: {} {}", ran.said, ran.words);
        }
        let told = process::run(&place, &["doctor"]).await.said.to_string();
        assert!(told.contains("2023-03 from 2023-03-07, 2024-01 from 2024-01-01"), "{told}");
    }
}

#[tokio::test]
async fn what_one_node_publishes_the_other_sells_by() {
    let place = Place::postgres("two_publish");
    let one = on_manual_clock(place.open().await, true).await;
    let two = on_manual_clock(place.open().await, true).await;
    let (acme, chat) = (account("acme"), application(1));
    advance(&two, at("2023-12-05T00:00:00+08:00")).await.expect("the clock moves");
    for asked in [
        Asked::open(&acme),
        Asked::deposit(&acme, "1499.00", DepositKind::Cash),
        Asked::create(&acme, chat, DataSite::China),
    ] {
        two.submit(asked.under(&format!("{:?}", asked.order))).await.expect("accepted");
    }
    advance(&two, at("2024-01-02T00:00:00+08:00")).await.expect("the clock moves");
    // The first node's clock stands where it was born: the list comes behind everything in the log all the same. The
    // second has not heard of it when it decides, and so decides again. Exactly the new price is left.
    let published = publish(&one, "2024-01", "k").await.expect("published");
    let bought = two.submit(Asked::buy(&acme, chat, Plan::Pro, 1).under("buy")).await.expect("1499.00 is left");
    assert!(bought.position > published.position && one.wait_for(bought.position).await);
    let price = |engine: &Engine, when: &str| {
        let catalog = engine.catalog();
        catalog.in_force(at(when)).plan_terms(DataSite::China, PaidPlan::Pro).monthly_price.to_string()
    };
    for node in [&one, &two] {
        assert_eq!(price(node, "2023-12-31T23:59:59+08:00"), "999.00 CNY");
        assert_eq!(price(node, "2024-01-01T00:00:00+08:00"), "1499.00 CNY");
    }
    let left = two.with_books(&acme, |books| books.account().expect("opened").cash.to_string());
    assert_eq!(left.as_deref(), Some("0.00 CNY"));
}

#[tokio::test]
async fn of_one_list_published_on_two_nodes_at_once_one_takes_effect() {
    let place = Place::postgres("race_publish");
    let one = on_manual_clock(place.open().await, true).await;
    let two = on_manual_clock(place.open().await, true).await;
    // The same key: one event, one answer. Different keys: one of them comes too late.
    let (first, second) = join(publish(&one, "2023-03", "k"), publish(&two, "2023-03", "k")).await;
    let (first, second) = (first.expect("answered"), second.expect("answered"));
    assert_eq!((&first.body, &first.etag), (&second.body, &second.etag));
    assert!(first.replayed != second.replayed);
    let (first, second) = join(publish(&one, "2024-01", "a"), publish(&two, "2024-01", "b")).await;
    let late = [first, second].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert_eq!(late, [WriteFault::NotPublished(NotPublished::IdTaken { price_list: "2024-01".to_owned() })]);
    assert_eq!(whole_log(place.open_to_read().await.as_ref()).await.len(), 2);
}

#[tokio::test]
async fn a_node_that_was_started_with_a_list_that_clashes_does_not_serve() {
    let place = Place::sqlite();
    {
        let engine = on_manual_clock(place.open().await, true).await;
        publish(&engine, "2023-03", "k").await.expect("published");
    }
    let text = include_str!("../../../domain/price_lists/2023-03.toml");
    let started = |text: String| {
        let place = &place;
        async move {
            let lists = vec![
                ("2022-07.toml".to_owned(), include_str!("../../../domain/price_lists/2022-07.toml").to_owned()),
                ("mine.toml".to_owned(), text),
            ];
            let catalog = Catalog::from_lists(lists).expect("good lists");
            on_manual_clock_under(place.open().await, catalog).await
        }
    };
    let clashing = text.replace("id = \"2023-03\"\n", "id = \"mine\"\n");
    let fault = started(clashing).await.err().expect("it was started").to_string();
    assert!(fault.contains("published at position 1") && fault.contains("duplicate_effective_from"), "{fault}");
    // The same list, to the byte, is no contradiction.
    assert!(started(text.to_owned()).await.is_ok());
}

#[tokio::test]
async fn stock_postgres_es_folds_a_publication() {
    let place = Place::postgres("stock_publication");
    let engine = on_manual_clock(place.open().await, true).await;
    publish(&engine, "2023-03", "k").await.expect("published");
    let pool = PgPool::connect(&place.url()).await.expect("the private server answers");
    let events = PersistedEventStore::<_, Publication>::new_event_store(PostgresEventRepository::new(pool));
    let mut loaded = events.load_aggregate("2023-03").await.expect("stock postgres-es reads our log");
    let published = cqrs_es::AggregateContext::aggregate(&mut loaded).published().expect("published").clone();
    assert_eq!(published.effective_from.to_string(), "2023-03-07");
    assert_eq!(engine.catalog().list("2023-03").map(|list| list.content_hash()), Some(published.content_hash));
}

/// An event as somebody with the store might have written it: chained and dense, and false.
async fn forged(place: &Place, change: impl Fn(&mut Draft)) -> (process::Ran, Result<Engine, StoreFault>) {
    let (when, id) = (at("2022-12-01T10:00:00+08:00"), CommandId::default());
    let catalog = Catalog::builtin().expect("the built-in lists are valid");
    let decision = decide::publish(&catalog, &Wanted::OfTheRelease("2023-03".to_owned()), id, when).expect("decided");
    let fact = &decision.facts[0].fact;
    let mut draft = Draft::of(fact, NO_PAYER, 1, id, [("actor", "local")]).expect("plain data");
    change(&mut draft);
    {
        let store = place.open().await;
        store.birth(StoredClock { kind: ClockKind::Manual, now: when }).await.expect("born");
        let job = Job { drafts: vec![draft], recorded_at: when, answer: None, clock: None };
        let batch = Batch::seal(store.log_id(), Head::EMPTY, vec![job]);
        assert!(matches!(store.append(&batch).await, Ok(Appended::Written)));
    }
    let verified = process::run(place, &["verify"]).await;
    (verified, on_manual_clock_under(place.open().await, catalog).await)
}

#[tokio::test]
async fn verify_and_every_node_refuse_a_published_list_that_is_not_what_its_event_says() {
    let (verified, started) = forged(&Place::sqlite(), |_| ()).await;
    assert!(verified.succeeded && started.is_ok(), "the event as it is written: {verified:?}");
    type Change = fn(&mut Draft);
    // What is false, who finds it (a node, or verify alone), and how it is told.
    let forgeries: [(&str, bool, &str, Change); 4] = [
        ("a price", true, "the event says", |draft| {
            draft.payload = draft.payload.replace("# 1v1 call", "# 1v1 calls");
        }),
        ("no list", true, "(form)", |draft| draft.payload = draft.payload.replace("[[add_ons]]", "[[gifts]]")),
        ("the past", false, "cannot happen", |draft| draft.payload = draft.payload.replace("2022-12-01", "2023-12-01")),
        ("a payer's", false, "no payer's", |draft| draft.account_id = "acme".to_owned()),
    ];
    for (what, by_nodes, told, change) in forgeries {
        let (verified, started) = forged(&Place::sqlite(), change).await;
        assert!(!verified.succeeded && verified.said["position"] == 1, "{what}: {verified:?}");
        let reason = verified.said["reason"].to_string();
        assert!(reason.contains(told), "{what}: {reason}");
        match started.err().map(|fault| fault.to_string()) {
            Some(fault) => assert!(by_nodes && fault.contains("published at position 1"), "{what}: {fault}"),
            None => assert!(!by_nodes, "{what}: a node starts on it"),
        }
    }
}
