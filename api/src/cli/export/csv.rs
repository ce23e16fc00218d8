//! Owns the log as comma-separated values (RFC 4180): its columns, payload and metadata as they are stored.

use std::io::{self, Write};

use subledger_domain::ids::{CommandId, EventId};
use subledger_eventlog::chain::instant_text;
use subledger_eventlog::record::Recorded;

const COLUMNS: [&str; 14] = [
    "position",
    "event_id",
    "account_id",
    "aggregate_type",
    "aggregate_id",
    "sequence",
    "event_type",
    "event_version",
    "effective_at",
    "recorded_at",
    "command_id",
    "payload",
    "metadata",
    "hash",
];

pub(super) fn begin(out: &mut impl Write) -> io::Result<()> {
    write!(out, "{}\r\n", COLUMNS.join(","))
}

pub(super) fn event(out: &mut impl Write, event: &Recorded) -> io::Result<()> {
    let cells: [String; COLUMNS.len()] = [
        event.position.to_string(),
        EventId::from_uuid(event.event_id).to_string(),
        event.account_id.clone(),
        event.aggregate_type.clone(),
        event.aggregate_id.clone(),
        event.sequence.to_string(),
        event.event_type.clone(),
        event.event_version.clone(),
        instant_text(event.effective_at),
        instant_text(event.recorded_at),
        CommandId::from_uuid(event.command_id).to_string(),
        event.payload.clone(),
        event.metadata.clone(),
        event.hash.to_string(),
    ];
    write!(out, "{}\r\n", cells.each_ref().map(|cell| quoted(cell)).join(","))
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_quotes_has_them() {
        for (cell, expected) in
            [("a b", "a b"), ("a,b", "\"a,b\""), ("{\"a\":1}", "\"{\"\"a\"\":1}\""), ("a\nb", "\"a\nb\"")]
        {
            assert_eq!(quoted(cell), expected);
        }
    }
}
