//! Owns the answer to a write: the resource with its receipt beside the fields. Assembled from the log, the first time
//! and every later time, so a replay is the same bytes.

use cqrs_es::Aggregate;
use serde::Serialize;
use subledger_domain::add_on::AddOnPurchase;
use subledger_domain::fact::Fact;
use subledger_domain::ids::{CommandId, EventId};
use subledger_eventlog::record::{AnsweredCommand, Recorded};

use super::event::stream;
use super::refund::{GIVING_BACK, RefundView};
use super::text;
use super::wire::{Instant, Position};

#[derive(Debug, Serialize)]
struct Receipt<'a> {
    command_id: CommandId,
    position: Position,
    recorded_at: Instant,
    events: Vec<ReceiptEvent<'a>>,
}

#[derive(Debug, Serialize)]
struct ReceiptEvent<'a> {
    event_id: EventId,
    #[serde(rename = "type")]
    kind: &'a str,
    stream: String,
    sequence: u64,
    effective_at: Instant,
}

/// The whole body of an accepted write. `events` are those of the command, in the log's order. The id of an add-on that
/// began with it stands beside the receipt, so that the resource, and with it the ETag, is the application as read.
pub fn answer(command: &AnsweredCommand, events: &[Recorded]) -> String {
    let receipt = text(&Receipt {
        command_id: CommandId::from_uuid(command.answer.command_id),
        position: Position(command.last_position),
        recorded_at: Instant(command.recorded_at),
        events: events.iter().map(ReceiptEvent::of).collect(),
    });
    // The resource was stored as text and goes out as that text: parsing it here could only change bytes.
    let fields = command.answer.resource.strip_suffix('}').unwrap_or(&command.answer.resource);
    let comma = if fields == "{" { "" } else { "," };
    let begun = begun_add_on(events).map_or_else(String::new, |id| format!("\"add_on_id\":{},", text(&id)));
    let refund = refund(events).map_or_else(String::new, |refund| format!("\"refund\":{},", text(&refund)));
    format!("{fields}{comma}{begun}{refund}\"receipt\":{receipt}}}")
}

/// The add-on whose first event is among these.
fn begun_add_on(events: &[Recorded]) -> Option<&str> {
    let begun = |event: &&Recorded| event.aggregate_type == AddOnPurchase::TYPE && event.sequence == 1;
    events.iter().find(begun).map(|event| event.aggregate_id.as_str())
}

/// The refund among these events; most orders give nothing back, and need not be read again for it.
fn refund(events: &[Recorded]) -> Option<RefundView> {
    let told = |event: &&Recorded| GIVING_BACK.contains(&event.event_type.as_str());
    let facts: Vec<Fact> = events.iter().filter(told).filter_map(|event| event.fact().ok()).collect();
    RefundView::of(facts.iter())
}

impl<'a> ReceiptEvent<'a> {
    fn of(recorded: &'a Recorded) -> Self {
        Self {
            event_id: EventId::from_uuid(recorded.event_id),
            kind: &recorded.event_type,
            stream: stream(recorded),
            sequence: recorded.sequence,
            effective_at: Instant(recorded.effective_at),
        }
    }
}
