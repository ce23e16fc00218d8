//! Owns the forms that all views share: instants, positions, periods.
//!
//! Does not own money and ids; they know their own form.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Serialize, Serializer};
use subledger_domain::books::Ground;
use subledger_domain::calendar::{BILLING_ZONE, Period};
use subledger_domain::ids::EventId;

/// An instant as readers see it: RFC 3339 with the billing zone's offset, a fraction only where there is one.
///
/// ```
/// let at = "2022-10-11T16:00:00Z".parse()?;
/// assert_eq!(subledger_api::views::Instant(at).to_string(), "2022-10-12T00:00:00+08:00");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant(pub Timestamp);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.display_with_offset(BILLING_ZONE.to_offset(self.0)), f)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A place in the log as readers see it: opaque text, so that no client computes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `{"start","end","last_day"}`: half-open in instants, `last_day` inclusive.
#[derive(Debug, Serialize)]
pub(super) struct PeriodView {
    start: Instant,
    end: Instant,
    last_day: Date,
}

impl From<Period> for PeriodView {
    fn from(period: Period) -> Self {
        Self { start: Instant(period.start), end: Instant(period.end), last_day: period.last_day() }
    }
}

/// The event that explains a right. Its position is null while the event is due but not yet written.
#[derive(Debug, Serialize)]
pub(super) struct Cause {
    event_id: EventId,
    position: Option<Position>,
}

impl From<Ground> for Cause {
    fn from(ground: Ground) -> Self {
        Self { event_id: ground.event_id, position: ground.position.map(Position) }
    }
}
