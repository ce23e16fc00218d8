//! Owns the answer to an accepted write: the resource as rendered before the append, and the receipt assembled from the
//! log by this one function, the first time and every later time. So replays are the same bytes.

use serde::Serialize;
use subledger_domain::ids::{CommandId, EventId};
use subledger_eventlog::record::{AnsweredCommand, Recorded};

use super::Accepted;
use crate::views;

#[derive(Serialize)]
struct Receipt<'a> {
    command_id: String,
    position: String,
    recorded_at: String,
    events: Vec<ReceiptEvent<'a>>,
}

#[derive(Serialize)]
struct ReceiptEvent<'a> {
    event_id: String,
    #[serde(rename = "type")]
    event_type: &'a str,
    stream: String,
    sequence: u64,
    effective_at: String,
}

/// The whole answer. `events` are those from the command's first to its last position.
pub(super) fn answer(command: &AnsweredCommand, events: &[Recorded], replayed: bool) -> Result<Accepted, serde_json::Error> {
    let resource = &command.answer.resource;
    let receipt = serde_json::to_string(&Receipt {
        command_id: CommandId::from_uuid(command.answer.command_id).to_string(),
        position: command.last_position.to_string(),
        recorded_at: views::instant(command.recorded_at),
        events: events.iter().map(receipt_event).collect(),
    })?;
    Ok(Accepted {
        status: command.answer.status,
        body: beside(resource, &receipt),
        etag: views::etag(resource),
        replayed,
        position: command.last_position,
    })
}

fn receipt_event(event: &Recorded) -> ReceiptEvent<'_> {
    ReceiptEvent {
        event_id: EventId::from_uuid(event.event_id).to_string(),
        event_type: &event.event_type,
        stream: format!("{}/{}", event.aggregate_type, event.aggregate_id),
        sequence: event.sequence,
        effective_at: views::instant(event.effective_at),
    }
}

/// Puts the receipt into the resource's object as its last member.
fn beside(resource: &str, receipt: &str) -> String {
    let members = resource.strip_suffix('}').unwrap_or(resource);
    let comma = if members.ends_with('{') { "" } else { "," };
    format!("{members}{comma}\"receipt\":{receipt}}}")
}


#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn the_receipt_is_the_last_member_of_the_resource() {
        assert_eq!(beside(r#"{"a":1}"#, "{}"), r#"{"a":1,"receipt":{}}"#);
        assert_eq!(beside("{}", "null"), r#"{"receipt":null}"#);
    }
}
