//! Owns `EventStore` over the log: loading one payer, committing one payer's facts in one append.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use cqrs_es::{Aggregate, AggregateContext, AggregateError, EventEnvelope, EventStore};
use jiff::Timestamp;
use subledger_domain::envelope::Routed;
use subledger_domain::ids::CommandId;

use super::{AdapterFault, PAGE};
use crate::record::{Batch, Draft, Head, Job, Recorded};
use crate::store::{Appended, Store, StoreFault};

/// Tells the committer's time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// An event store whose aggregate id is the payer's account id.
///
/// Only facts that know their stream can be committed (`A::Event: Routed`), so no single aggregate gets into the log
/// past its payer.
#[derive(Clone)]
pub struct Ledger {
    store: Arc<dyn Store>,
    clock: Clock,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("store", &self.store.kind()).finish_non_exhaustive()
    }
}

/// A payer as it was loaded. The sequences are those of the log: at commit the aggregate already holds the new events,
/// because cqrs-es applies each as it is emitted.
#[derive(Debug)]
pub struct Loaded<A> {
    aggregate: A,
    account: String,
    head: Head,
    events: usize,
    sequences: BTreeMap<(String, String), u64>,
}

impl<A: Aggregate> AggregateContext<A> for Loaded<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.aggregate
    }
}

impl Ledger {
    /// An event store over a log; `clock` gives `recorded_at`.
    pub fn new(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// All of a payer's events up to a head, in the log's order.
    async fn read(&self, account: &str, up_to: u64) -> Result<Vec<Recorded>, StoreFault> {
        let mut events: Vec<Recorded> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.position);
            let page = self.store.read_account(account, after, up_to, PAGE).await?;
            let read = page.len();
            events.extend(page);
            if read < PAGE as usize {
                return Ok(events);
            }
        }
    }

    /// Appends at the head the payer was loaded at; when others have moved it, or the outcome is unknown, holds the
    /// head, looks, and appends under the lock. While the head is held no append of unknown outcome can still arrive,
    /// and one that starts later finds that the head has moved.
    async fn settle(&self, account: &str, loaded: Head, drafts: Vec<Draft>) -> Result<Vec<Recorded>, AdapterFault> {
        let batch = self.seal(loaded, drafts.clone());
        match self.store.append(&batch).await {
            Ok(Appended::Written) => return Ok(batch.events),
            Ok(Appended::Stale) | Err(StoreFault::Unknown { .. }) => {}
            Err(fault) => return Err(fault.into()),
        }
        let held = self.store.hold_head().await?;
        let enough = u32::try_from(drafts.len() + 1).unwrap_or(u32::MAX);
        let since = self.store.read_account(account, loaded.position, held.head().position, enough).await?;
        if !since.is_empty() {
            held.release().await?;
            let ours = since.iter().map(|event| event.event_id).eq(drafts.iter().map(|draft| draft.event_id));
            return if ours { Ok(since) } else { Err(AdapterFault::Conflict) };
        }
        let batch = self.seal(held.head(), drafts);
        match held.append(&batch).await? {
            Appended::Written => Ok(batch.events),
            // Nobody wrote this payer's events, yet a sequence is taken: the stream belongs to another payer.
            Appended::Stale => Err(AdapterFault::Conflict),
        }
    }

    fn seal(&self, before: Head, drafts: Vec<Draft>) -> Batch {
        let job = Job { drafts, recorded_at: (self.clock)(), answer: None, clock: None };
        Batch::seal(self.store.log_id(), before, vec![job])
    }
}

impl<A> EventStore<A> for Ledger
where
    A: Aggregate,
    A::Event: Routed,
{
    type AC = Loaded<A>;

    async fn load_events(&self, account: &str) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let head = self.store.head().await.map_err(|fault| refuse::<A>(fault.into()))?;
        let recorded = self.read(account, head.position).await.map_err(|fault| refuse::<A>(fault.into()))?;
        let envelopes = recorded.iter().enumerate().map(|(index, event)| envelope(index + 1, event));
        envelopes.collect::<Result<_, _>>().map_err(refuse::<A>)
    }

    async fn load_aggregate(&self, account: &str) -> Result<Loaded<A>, AggregateError<A::Error>> {
        // The head first: events that come in between are left for the commit to find.
        let head = self.store.head().await.map_err(|fault| refuse::<A>(fault.into()))?;
        let recorded = self.read(account, head.position).await.map_err(|fault| refuse::<A>(fault.into()))?;
        let (mut aggregate, mut sequences) = (A::default(), BTreeMap::new());
        let events = recorded.len();
        for event in recorded {
            let (fact, _) = decode(&event).map_err(refuse::<A>)?;
            aggregate.apply(fact);
            sequences.insert((event.aggregate_type, event.aggregate_id), event.sequence);
        }
        Ok(Loaded { aggregate, account: account.to_owned(), head, events, sequences })
    }

    async fn commit(
        &self,
        events: Vec<A::Event>,
        context: Loaded<A>,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let drafts = draft(&events, &context.account, context.sequences, &metadata).map_err(refuse::<A>)?;
        let recorded = self.settle(&context.account, context.head, drafts).await.map_err(refuse::<A>)?;
        let envelopes = recorded.iter().zip(events).enumerate().map(|(index, (event, payload))| {
            let sequence = context.events + index + 1;
            Ok(EventEnvelope { aggregate_id: context.account.clone(), sequence, payload, metadata: told(event)? })
        });
        envelopes.collect::<Result<_, AdapterFault>>().map_err(refuse::<A>)
    }
}

fn draft<E: Routed>(
    events: &[E],
    account: &str,
    mut sequences: BTreeMap<(String, String), u64>,
    metadata: &HashMap<String, String>,
) -> Result<Vec<Draft>, AdapterFault> {
    let mut commands: BTreeMap<String, CommandId> = BTreeMap::new();
    let mut drafts = Vec::with_capacity(events.len());
    for event in events {
        let (caused_by, event_id) = (event.caused_by(), event.event_id());
        let command = command_of(&caused_by, &commands)
            .ok_or_else(|| AdapterFault::Uncaused { event: event_id.to_string(), caused_by: caused_by.clone() })?;
        commands.insert(event_id.to_string(), command);
        let stream = (event.aggregate_type().to_owned(), event.aggregate_id().into_owned());
        let sequence = sequences.entry(stream).or_default();
        *sequence += 1;
        drafts.push(Draft::of(event, account, *sequence, command, metadata)?);
    }
    Ok(drafts)
}

/// A fact is caused by its command or by a fact before it, which has a command.
fn command_of(caused_by: &str, commands: &BTreeMap<String, CommandId>) -> Option<CommandId> {
    caused_by.parse().ok().or_else(|| commands.get(caused_by).copied())
}

fn envelope<A>(sequence: usize, event: &Recorded) -> Result<EventEnvelope<A>, AdapterFault>
where
    A: Aggregate,
    A::Event: Routed,
{
    let (payload, mut metadata) = decode::<A::Event>(event)?;
    metadata.insert("position".to_owned(), event.position.to_string());
    Ok(EventEnvelope { aggregate_id: event.account_id.clone(), sequence, payload, metadata })
}

fn decode<E: Routed>(event: &Recorded) -> Result<(E, HashMap<String, String>), AdapterFault> {
    let metadata: HashMap<String, String> = serde_json::from_str(&event.metadata)?;
    let fact = event.fact().map_err(|fault| AdapterFault::Decode { position: event.position, fault })?;
    Ok((fact, metadata))
}

/// The stored metadata and the position, which cqrs-es has no field for.
fn told(event: &Recorded) -> Result<HashMap<String, String>, AdapterFault> {
    let mut metadata: HashMap<String, String> = serde_json::from_str(&event.metadata)?;
    metadata.insert("position".to_owned(), event.position.to_string());
    Ok(metadata)
}

fn refuse<A: Aggregate>(fault: AdapterFault) -> AggregateError<A::Error> {
    match fault {
        AdapterFault::Conflict => AggregateError::AggregateConflict,
        AdapterFault::Decode { .. } | AdapterFault::Json(_) => AggregateError::DeserializationError(Box::new(fault)),
        AdapterFault::Store(
            StoreFault::NotWritten { .. } | StoreFault::Unknown { .. } | StoreFault::Unavailable { .. },
        ) => AggregateError::DatabaseConnectionError(Box::new(fault)),
        AdapterFault::Store(_) | AdapterFault::Uncaused { .. } => AggregateError::UnexpectedError(Box::new(fault)),
    }
}
