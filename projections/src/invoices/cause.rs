//! Owns the events that explain a line: how a row names them, and where they lie in the log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};
use subledger_domain::charge::CauseRef;
use subledger_domain::ids::EventId;
use subledger_eventlog::store::StoreFault;

use crate::row::damaged;
use crate::source::Source;

/// An event that explains something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The event.
    pub event_id: EventId,
    /// Its place in the log; on the wire an opaque string.
    #[serde(serialize_with = "as_text")]
    pub position: u64,
}

/// A cause as a row names it. A charge is explained by its own event, whose position the fold is given; a statement's
/// line by earlier events, of which its event knows the streams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum StoredCause {
    InLog {
        event_id: EventId,
        #[serde(serialize_with = "as_text", deserialize_with = "from_text")]
        position: u64,
    },
    InStream(CauseRef),
}

fn as_text<S: Serializer>(position: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(position)
}

fn from_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// The JSON of a cell.
pub(super) fn json(causes: &[StoredCause]) -> Option<String> {
    Some(serde_json::to_string(causes).expect("ids and numbers are plain JSON"))
}

/// Where events of streams lie in the log. Each stream is read once, however many lines cite it.
#[derive(Debug, Default)]
pub(super) struct Places {
    streams: BTreeMap<(String, String), BTreeMap<u64, Cause>>,
}

impl Places {
    /// Looks up everything that these causes name by stream.
    pub(super) async fn of(source: Source<'_>, causes: impl Iterator<Item = &StoredCause>) -> Result<Self, StoreFault> {
        let mut first: BTreeMap<(String, String), u64> = BTreeMap::new();
        for cause in causes {
            if let StoredCause::InStream(named) = cause {
                let stream = (named.aggregate_type.clone(), named.aggregate_id.clone());
                let earliest = first.entry(stream).or_insert(named.sequence);
                *earliest = named.sequence.min(*earliest);
            }
        }
        let mut places = Self::default();
        for (stream, earliest) in first {
            let events = source.read_stream(&stream.0, &stream.1, earliest.saturating_sub(1)).await?;
            let place = |event: &subledger_eventlog::record::Recorded| {
                (event.sequence, Cause { event_id: EventId::from_uuid(event.event_id), position: event.position })
            };
            places.streams.insert(stream, events.iter().map(place).collect());
        }
        Ok(places)
    }

    /// A cause with its place.
    ///
    /// # Errors
    /// [`StoreFault`], when the log has another event there or none.
    pub(super) fn place(&self, cause: StoredCause) -> Result<Cause, StoreFault> {
        match cause {
            StoredCause::InLog { event_id, position } => Ok(Cause { event_id, position }),
            StoredCause::InStream(named) => {
                let stream = self.streams.get(&(named.aggregate_type.clone(), named.aggregate_id.clone()));
                let found = stream.and_then(|events| events.get(&named.sequence));
                found.filter(|found| found.event_id == named.event_id).cloned().ok_or_else(|| {
                    let CauseRef { event_id, aggregate_type, aggregate_id, sequence } = named;
                    damaged(format!(
                        "a line cites {event_id}, which is not event {sequence} of {aggregate_type}/{aggregate_id}"
                    ))
                })
            }
        }
    }
}
