//! Owns the one list of upcasters: how payloads of older versions become today's.
//!
//! Every reader goes through `to_current`, so there is no second list to drift from. Each version ever written has a
//! golden file that is added once and never edited.

use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use serde_json::Value;

use crate::envelope::StoredFact;

/// All upcasters, oldest first. None yet: every event is at its first version.
pub fn upcasters() -> Vec<Box<dyn EventUpcaster>> {
    Vec::new()
}

/// The payload in today's form, or `None` when no chain of upcasters leads to a known (type, version).
pub(crate) fn to_current(stored: &StoredFact<'_>, known: &[(&str, &str)]) -> Option<Result<Value, serde_json::Error>> {
    let payload = match serde_json::from_str(stored.payload) {
        Ok(payload) => payload,
        Err(fault) => return Some(Err(fault)),
    };
    let old = SerializedEvent {
        aggregate_id: stored.aggregate_id.to_owned(),
        sequence: 0,
        aggregate_type: stored.aggregate_type.to_owned(),
        event_type: stored.event_type.to_owned(),
        event_version: stored.event_version.to_owned(),
        payload,
        metadata: Value::Null,
    };
    let current = upcasters().iter().fold(old, |event, upcaster| {
        if upcaster.can_upcast(&event.event_type, &event.event_version) { upcaster.upcast(event) } else { event }
    });
    known.contains(&(current.event_type.as_str(), current.event_version.as_str())).then_some(Ok(current.payload))
}
