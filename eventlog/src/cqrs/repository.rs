//! Owns the reading repository: code written against cqrs-es' `PersistedEventRepository` reads single streams of the
//! log, or all streams of one kind in the log's order.

use std::sync::Arc;

use cqrs_es::Aggregate;
use cqrs_es::persist::{
    PersistedEventRepository, PersistenceError, ReplayFeed, ReplayStream, SerializedEvent, SerializedSnapshot,
};
use serde_json::Value;

use super::PAGE;
use crate::record::Recorded;
use crate::store::{Store, StoreFault};

/// Events waiting for a slow reader of a stream.
const QUEUE: usize = 200;

/// Why nothing can be written here.
const REFUSAL: &str = "this repository only reads: a single aggregate's events cannot be appended past its payer; \
                       commit through `Ledger`";

/// Reads the log through cqrs-es' own interface. A stream that breaks ends in an error, never as if it were complete.
#[derive(Clone)]
pub struct LogRepository {
    store: Arc<dyn Store>,
}

impl std::fmt::Debug for LogRepository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogRepository").field("store", &self.store.kind()).finish()
    }
}

impl LogRepository {
    /// A repository over a log.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    async fn stream(&self, kind: &str, id: &str, after: u64) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let events = self.store.read_stream(kind, id, after).await.map_err(unreadable)?;
        events.into_iter().map(serialized).collect()
    }
}

impl PersistedEventRepository for LogRepository {
    async fn get_events<A: Aggregate>(&self, aggregate_id: &str) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.stream(A::TYPE, aggregate_id, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.stream(A::TYPE, aggregate_id, last_sequence as u64).await
    }

    async fn get_snapshot<A: Aggregate>(&self, _: &str) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        _: &[SerializedEvent],
        _: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        Err(PersistenceError::UnknownError(REFUSAL.into()))
    }

    async fn stream_events<A: Aggregate>(&self, aggregate_id: &str) -> Result<ReplayStream, PersistenceError> {
        let (mut feed, stream) = ReplayStream::new(QUEUE);
        let (repository, id) = (self.clone(), aggregate_id.to_owned());
        tokio::spawn(async move {
            match repository.stream(A::TYPE, &id, 0).await {
                Ok(events) => push(&mut feed, events.into_iter().map(Ok)).await,
                Err(error) => push(&mut feed, [Err(error)]).await,
            };
        });
        Ok(stream)
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        let (feed, stream) = ReplayStream::new(QUEUE);
        tokio::spawn(feed_kind(Arc::clone(&self.store), A::TYPE, feed));
        Ok(stream)
    }
}

/// Feeds all events of one kind up to where the log ends now.
async fn feed_kind(store: Arc<dyn Store>, kind: &'static str, mut feed: ReplayFeed) {
    let end = match store.head().await {
        Ok(head) => head.position,
        Err(fault) => {
            push(&mut feed, [Err(unreadable(fault))]).await;
            return;
        }
    };
    let mut position = 0;
    while position < end {
        let page = match store.read_after(position, PAGE).await {
            Ok(page) if page.is_empty() => {
                Err(StoreFault::Damaged { position, reason: "the log ends early".to_owned() })
            }
            other => other,
        };
        let (wanted, failed) = match page {
            Ok(page) => {
                position = page.last().map_or(end, |event| event.position);
                let ours = page.into_iter().filter(|event| event.aggregate_type == kind && event.position <= end);
                (ours.map(serialized).collect(), false)
            }
            Err(fault) => (vec![Err(unreadable(fault))], true),
        };
        if !push(&mut feed, wanted).await || failed {
            return;
        }
    }
}

/// Hands events over until one is an error or nobody listens any more; says whether to go on.
async fn push(
    feed: &mut ReplayFeed,
    events: impl IntoIterator<Item = Result<SerializedEvent, PersistenceError>, IntoIter: Send> + Send,
) -> bool {
    for event in events {
        let failed = event.is_err();
        if feed.push(event).await.is_err() || failed {
            return false;
        }
    }
    true
}

fn serialized(event: Recorded) -> Result<SerializedEvent, PersistenceError> {
    let sequence = usize::try_from(event.sequence).map_err(|error| PersistenceError::UnknownError(error.into()))?;
    Ok(SerializedEvent {
        aggregate_id: event.aggregate_id,
        sequence,
        aggregate_type: event.aggregate_type,
        event_type: event.event_type,
        event_version: event.event_version,
        payload: serde_json::from_str(&event.payload)?,
        metadata: serde_json::from_str(&event.metadata)?,
    })
}

fn unreadable(fault: StoreFault) -> PersistenceError {
    match fault {
        StoreFault::Damaged { .. } => PersistenceError::UnknownError(Box::new(fault)),
        other => PersistenceError::ConnectionError(Box::new(other)),
    }
}
