//! Owns how the ledger's clock looks.

use jiff::Timestamp;
use serde::Serialize;

use super::text;
use super::wire::Instant;

#[derive(Debug, Serialize)]
struct ClockView {
    kind: &'static str,
    now: Instant,
}

/// `{"kind":"manual"·"system","now"}` as text.
pub fn clock(now: Timestamp, is_manual: bool) -> String {
    text(&ClockView { kind: if is_manual { "manual" } else { "system" }, now: Instant(now) })
}
