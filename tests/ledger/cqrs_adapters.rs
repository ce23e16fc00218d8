//! The adapters to cqrs-es, on PostgreSQL: a payer's Books through `CqrsFramework`, single streams through our and the
//! stock repository. The Books here are a shop's: shelves that belong to one payer.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore, PersistenceError};
use cqrs_es::{Aggregate, AggregateContext, AggregateError, CqrsFramework, DomainEvent, EventEnvelope, EventStore};
use jiff::Timestamp;
use postgres_es::PostgresEventRepository;
use serde::{Deserialize, Serialize};
use sqlx::Executor;
use sqlx::postgres::PgPoolOptions;
use subledger_domain::envelope::{DecodeFault, Routed, StoredFact};
use subledger_domain::ids::{CommandId, EventId, IdSeries};
use subledger_eventlog::cqrs::{Ledger, LogRepository};
use subledger_eventlog::record::Recorded;
use subledger_eventlog::store::Store;
use subledger_tests::postgres::database;

use crate::postgres_log::{LOSE_ANSWER, LossyUrl, instant, open};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum ShelfEvent {
    Filled { count: u32 },
    Sold { count: u32 },
}

impl DomainEvent for ShelfEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Filled { .. } => "Filled".to_owned(),
            Self::Sold { .. } => "Sold".to_owned(),
        }
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// What the stock reader folds: one stream by itself.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Shelf {
    count: u32,
}

#[derive(Debug, PartialEq)]
struct SoldOut {
    left: u32,
}

impl fmt::Display for SoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "only {} left", self.left)
    }
}

impl std::error::Error for SoldOut {}

impl Aggregate for Shelf {
    const TYPE: &'static str = "shelf";
    type Command = ();
    type Event = ShelfEvent;
    type Error = SoldOut;
    type Services = ();

    async fn handle(&mut self, (): (), (): &(), _: &EventSink<Self>) -> Result<(), SoldOut> {
        Ok(())
    }

    fn apply(&mut self, event: ShelfEvent) {
        match event {
            ShelfEvent::Filled { count } => self.count += count,
            ShelfEvent::Sold { count } => self.count -= count,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Fact {
    shelf: String,
    event: ShelfEvent,
    id: EventId,
    at: Timestamp,
    caused_by: String,
}

impl DomainEvent for Fact {
    fn event_type(&self) -> String {
        self.event.event_type()
    }

    fn event_version(&self) -> String {
        self.event.event_version()
    }
}

impl Routed for Fact {
    fn aggregate_type(&self) -> &'static str {
        Shelf::TYPE
    }

    fn aggregate_id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.shelf)
    }

    fn event_id(&self) -> EventId {
        self.id
    }

    fn effective_at(&self) -> Timestamp {
        self.at
    }

    fn caused_by(&self) -> String {
        self.caused_by.clone()
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&self.event)
    }

    fn decode(stored: &StoredFact<'_>) -> Result<Self, DecodeFault> {
        let (aggregate_type, event_type, event_version) =
            (stored.aggregate_type.to_owned(), stored.event_type.to_owned(), stored.event_version.to_owned());
        if !matches!((stored.aggregate_type, stored.event_type), ("shelf", "Filled" | "Sold")) {
            return Err(DecodeFault::UnknownEvent { aggregate_type, event_type, event_version });
        }
        let event = serde_json::from_str(stored.payload).map_err(|error| DecodeFault::Malformed {
            aggregate_type,
            event_type,
            event_version,
            reason: error.to_string(),
        })?;
        let (shelf, caused_by) = (stored.aggregate_id.to_owned(), stored.caused_by.to_owned());
        Ok(Self { shelf, event, id: stored.event_id, at: noon(), caused_by })
    }
}

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Shop {
    shelves: BTreeMap<String, Shelf>,
}

struct Order {
    id: CommandId,
    /// Shelf, how many in, how many out at once.
    moves: Vec<(&'static str, u32, u32)>,
}

impl Aggregate for Shop {
    const TYPE: &'static str = "shop";
    type Command = Order;
    type Event = Fact;
    type Error = SoldOut;
    type Services = ();

    async fn handle(&mut self, order: Order, (): &(), sink: &EventSink<Self>) -> Result<(), SoldOut> {
        let mut ids = IdSeries::new(order.id, noon());
        for (shelf, filled, sold) in order.moves {
            let left = self.shelves.get(shelf).map_or(0, |shelf| shelf.count) + filled;
            if sold > left {
                return Err(SoldOut { left });
            }
            let mut caused_by = order.id.to_string();
            for event in [ShelfEvent::Filled { count: filled }, ShelfEvent::Sold { count: sold }] {
                let fact =
                    Fact { shelf: shelf.to_owned(), event, id: EventId::from_uuid(ids.draw()), at: noon(), caused_by };
                caused_by = fact.id.to_string();
                sink.write(fact, self).await;
            }
        }
        Ok(())
    }

    fn apply(&mut self, fact: Fact) {
        self.shelves.entry(fact.shelf).or_default().apply(fact.event);
    }
}

fn noon() -> Timestamp {
    instant("2022-10-12T12:00:00Z")
}

fn order(key: &str, moves: &[(&'static str, u32, u32)]) -> Order {
    Order { id: CommandId::keyed(noon(), "acme", key), moves: moves.to_vec() }
}

fn ledger(store: Arc<dyn Store>) -> Ledger {
    Ledger::new(store, Arc::new(|| instant("2022-10-12T12:00:01Z")))
}

fn framework(store: Arc<dyn Store>) -> CqrsFramework<Shop, Ledger> {
    CqrsFramework::new(ledger(store), Vec::new(), ())
}

/// Decides an order on what was loaded and leaves the commit for later.
async fn decided(ledger: &Ledger, account: &str, order: Order) -> (Vec<Fact>, <Ledger as EventStore<Shop>>::AC) {
    let mut loaded = EventStore::<Shop>::load_aggregate(ledger, account).await.expect("loads");
    let sink = EventSink::default();
    loaded.aggregate().handle(order, &(), &sink).await.expect("accepted");
    (sink.collect().await, loaded)
}

async fn commit(
    ledger: &Ledger,
    (facts, loaded): (Vec<Fact>, <Ledger as EventStore<Shop>>::AC),
) -> Result<Vec<EventEnvelope<Shop>>, AggregateError<SoldOut>> {
    EventStore::<Shop>::commit(ledger, facts, loaded, HashMap::new()).await
}

fn sequences(events: &[Recorded]) -> Vec<(&str, u64)> {
    events.iter().map(|event| (event.aggregate_id.as_str(), event.sequence)).collect()
}

#[tokio::test]
async fn a_payer_s_order_is_one_append_over_several_streams() {
    let store: Arc<dyn Store> = Arc::new(open(&database("cqrs")).await);
    let shop = framework(store.clone());
    let metadata = HashMap::from([("actor".to_owned(), "console".to_owned())]);
    shop.execute_with_metadata("acme", order("1", &[("tea", 5, 1), ("salt", 2, 2)]), metadata).await.expect("accepted");
    shop.execute("acme", order("2", &[("tea", 0, 4)])).await.expect("what was loaded is what was left");
    let events = store.read_after(0, 100).await.expect("reads");
    let expected = [("tea", 1), ("tea", 2), ("salt", 1), ("salt", 2), ("tea", 3), ("tea", 4)];
    assert_eq!(sequences(&events), expected);
    assert!(events.iter().all(|event| event.account_id == "acme" && event.effective_at == noon()));
    let (first, second) = (CommandId::keyed(noon(), "acme", "1"), CommandId::keyed(noon(), "acme", "2"));
    let commands: Vec<_> = events.iter().map(|event| event.command_id).collect();
    assert_eq!(commands[..4], [first.uuid(); 4], "facts that facts brought about carry their command");
    assert_eq!(commands[4..], [second.uuid(); 2]);
    let caused = EventId::from_uuid(events[0].event_id);
    assert_eq!(events[0].metadata, format!(r#"{{"actor":"console","causation_id":"{first}"}}"#));
    assert_eq!(events[1].metadata, format!(r#"{{"actor":"console","causation_id":"{caused}"}}"#));
}

#[tokio::test]
async fn a_refused_order_and_one_without_facts_touch_nothing() {
    let store: Arc<dyn Store> = Arc::new(open(&database("cqrs_refused")).await);
    let shop = framework(store.clone());
    let refused = shop.execute("acme", order("1", &[("tea", 5, 1), ("salt", 0, 1)])).await;
    assert!(matches!(refused, Err(AggregateError::UserError(SoldOut { left: 0 }))), "{refused:?}");
    shop.execute("acme", order("2", &[])).await.expect("nothing to do");
    assert_eq!(store.head().await.expect("reads").position, 0);
}

#[tokio::test]
async fn another_payer_s_events_in_between_are_no_conflict() {
    let store: Arc<dyn Store> = Arc::new(open(&database("cqrs_between")).await);
    let ledger = ledger(store.clone());
    let waiting = decided(&ledger, "acme", order("1", &[("tea", 5, 1)])).await;
    let other = decided(&ledger, "other", order("2", &[("salt", 5, 1)])).await;
    commit(&ledger, other).await.expect("commits");
    let envelopes = commit(&ledger, waiting).await.expect("commits above the other's");
    let told: Vec<_> = envelopes.iter().map(|e| (e.sequence, e.metadata["position"].as_str())).collect();
    assert_eq!(told, [(1, "3"), (2, "4")]);
    let loaded = EventStore::<Shop>::load_events(&ledger, "acme").await.expect("loads");
    assert_eq!(loaded.len(), 2);
    assert!(loaded.iter().zip(&envelopes).all(|(a, b)| a.payload == b.payload && a.metadata == b.metadata));
}

#[tokio::test]
async fn the_same_payer_s_events_in_between_are_a_conflict() {
    let store: Arc<dyn Store> = Arc::new(open(&database("cqrs_conflict")).await);
    let ledger = ledger(store.clone());
    let late = decided(&ledger, "acme", order("1", &[("tea", 5, 1)])).await;
    // Another stream of the same payer: no sequence clashes, and yet the decision was made on old Books.
    let first = decided(&ledger, "acme", order("2", &[("salt", 5, 1)])).await;
    commit(&ledger, first).await.expect("commits");
    let conflict = commit(&ledger, late).await;
    assert!(matches!(conflict, Err(AggregateError::AggregateConflict)), "{conflict:?}");
    // A stream that belongs to another payer.
    let stolen = decided(&ledger, "thief", order("3", &[("salt", 5, 1)])).await;
    let conflict = commit(&ledger, stolen).await;
    assert!(matches!(conflict, Err(AggregateError::AggregateConflict)), "{conflict:?}");
    assert_eq!(store.head().await.expect("reads").position, 2);
    assert!(store.hold_head().await.expect("nobody holds the head").release().await.is_ok());
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_looked_up_and_not_written_twice() {
    let proxied = LossyUrl::over(&database("cqrs_lost"));
    let store: Arc<dyn Store> = Arc::new(open(&proxied.url).await);
    let metadata = HashMap::from([("actor".to_owned(), LOSE_ANSWER.to_owned())]);
    let shop = framework(store.clone());
    shop.execute_with_metadata("acme", order("1", &[("tea", 5, 1)]), metadata).await.expect("it is in the log");
    shop.execute("acme", order("2", &[("tea", 0, 4)])).await.expect("accepted");
    let events = store.read_after(0, 100).await.expect("reads");
    assert_eq!(sequences(&events), [("tea", 1), ("tea", 2), ("tea", 3), ("tea", 4)]);
}

#[tokio::test]
async fn a_stored_event_of_unknown_type_stops_the_reader() {
    let url = database("cqrs_unknown");
    let store: Arc<dyn Store> = Arc::new(open(&url).await);
    framework(store.clone()).execute("acme", order("1", &[("tea", 5, 1)])).await.expect("accepted");
    let mut owner = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.expect("connects");
    owner.execute("UPDATE events SET event_type = 'Gilded' WHERE position = 2").await.expect("alters");
    let stopped = EventStore::<Shop>::load_aggregate(&ledger(store), "acme").await.expect_err("stops");
    assert!(matches!(stopped, AggregateError::DeserializationError(_)));
    assert!(stopped.to_string().starts_with("position 2:"), "{stopped}");
}

#[tokio::test]
async fn the_stock_reader_reads_our_streams_and_cannot_write_them() {
    let url = database("stock");
    let store: Arc<dyn Store> = Arc::new(open(&url).await);
    let shop = framework(store.clone());
    shop.execute("acme", order("1", &[("tea", 5, 1), ("salt", 2, 2)])).await.expect("accepted");
    shop.execute("acme", order("2", &[("tea", 10, 0)])).await.expect("accepted");
    let pool = PgPoolOptions::new().max_connections(2).connect(&url).await.expect("connects");
    let stock = PostgresEventRepository::new(pool.clone());
    let ours = LogRepository::new(store);
    for shelf in ["tea", "salt", "none"] {
        let read = stock.get_events::<Shelf>(shelf).await.expect("reads");
        assert_eq!(read, ours.get_events::<Shelf>(shelf).await.expect("reads"));
        let last = stock.get_last_events::<Shelf>(shelf, 2).await.expect("reads");
        assert_eq!(last, ours.get_last_events::<Shelf>(shelf, 2).await.expect("reads"));
    }
    let events = PersistedEventStore::<_, Shelf>::new_event_store(PostgresEventRepository::new(pool));
    let mut tea = events.load_aggregate("tea").await.expect("folds");
    assert_eq!(*tea.aggregate(), Shelf { count: 14 });
    let event = ShelfEvent::Filled { count: 1 };
    events.commit(vec![event], tea, HashMap::new()).await.expect_err("our columns refuse the stock insert");
}

#[tokio::test]
async fn our_repository_refuses_to_persist_and_says_why() {
    let store: Arc<dyn Store> = Arc::new(open(&database("repository")).await);
    framework(store.clone()).execute("acme", order("1", &[("tea", 5, 1)])).await.expect("accepted");
    let events = PersistedEventStore::<_, Shelf>::new_event_store(LogRepository::new(store));
    let mut tea = events.load_aggregate("tea").await.expect("folds");
    assert_eq!(*tea.aggregate(), Shelf { count: 4 });
    let refused = events.commit(vec![ShelfEvent::Sold { count: 1 }], tea, HashMap::new()).await.expect_err("refuses");
    assert!(refused.to_string().contains("commit through `Ledger`"), "{refused}");
}

#[tokio::test]
async fn a_replay_comes_in_the_log_s_order_and_a_broken_one_ends_in_an_error() {
    let url = database("replay");
    let store: Arc<dyn Store> = Arc::new(open(&url).await);
    let shop = framework(store.clone());
    shop.execute("acme", order("1", &[("tea", 5, 1)])).await.expect("accepted");
    shop.execute("other", order("2", &[("salt", 5, 1)])).await.expect("accepted");
    shop.execute("acme", order("3", &[("tea", 5, 1)])).await.expect("accepted");
    let repository = LogRepository::new(store);
    let mut stream = repository.stream_all_events::<Shelf>().await.expect("starts");
    let mut seen = Vec::new();
    while let Some(event) = stream.next::<Shelf>(&[]).await {
        let event = event.expect("reads");
        seen.push((event.aggregate_id, event.sequence));
    }
    let expected = [("tea", 1), ("tea", 2), ("salt", 1), ("salt", 2), ("tea", 3), ("tea", 4)];
    assert!(seen.iter().map(|(id, sequence)| (id.as_str(), *sequence)).eq(expected), "{seen:?}");

    let mut owner = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.expect("connects");
    owner.execute("ALTER TABLE events RENAME TO lost").await.expect("alters");
    let streams = [repository.stream_all_events::<Shelf>().await, repository.stream_events::<Shelf>("tea").await];
    for stream in streams {
        let broken = stream.expect("starts").next::<Shelf>(&[]).await;
        assert!(matches!(broken, Some(Err(PersistenceError::ConnectionError(_)))), "{broken:?}");
    }
}
