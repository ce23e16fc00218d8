//! Owns how an event of the log looks: its columns, payload and metadata as they are stored.

use serde::Serialize;
use serde_json::value::RawValue;
use subledger_domain::ids::{CommandId, EventId};
use subledger_eventlog::record::Recorded;

use super::wire::{Instant, Position};

#[derive(Debug, Serialize)]
struct EventView<'a> {
    position: Position,
    event_id: EventId,
    #[serde(rename = "type")]
    kind: &'a str,
    version: &'a str,
    stream: String,
    sequence: u64,
    effective_at: Instant,
    recorded_at: Instant,
    command_id: CommandId,
    account_id: &'a str,
    data: &'a RawValue,
    metadata: &'a RawValue,
    hash: String,
}

/// An event as text. Payload and metadata go out to the byte as they are stored, since the hash covers these bytes.
///
/// # Errors
/// When the stored payload or metadata is no JSON: the log is damaged there.
pub fn event(recorded: &Recorded) -> Result<String, serde_json::Error> {
    serde_json::to_string(&EventView {
        position: Position(recorded.position),
        event_id: EventId::from_uuid(recorded.event_id),
        kind: &recorded.event_type,
        version: &recorded.event_version,
        stream: stream(recorded),
        sequence: recorded.sequence,
        effective_at: Instant(recorded.effective_at),
        recorded_at: Instant(recorded.recorded_at),
        command_id: CommandId::from_uuid(recorded.command_id),
        account_id: &recorded.account_id,
        data: serde_json::from_str(&recorded.payload)?,
        metadata: serde_json::from_str(&recorded.metadata)?,
        hash: recorded.hash.to_string(),
    })
}

/// `subscription/sub_…`
pub(super) fn stream(recorded: &Recorded) -> String {
    format!("{}/{}", recorded.aggregate_type, recorded.aggregate_id)
}
