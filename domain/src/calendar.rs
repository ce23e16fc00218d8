//! Owns civil time: which day an instant falls on, where the n-th boundary of a term lies, half-open periods.
//!
//! Does not own how long grace or retention last (policies), nor what time it is.
//!
//! All civil dates are Asia/Shanghai's, for every data site (rules R0, U37). The n-th boundary is always counted from
//! the anchor, never from the boundary before, so a term bought on the 31st returns to the 31st after February.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The zone of every bill. Compiled in, so no host's zone database can move a boundary.
pub static BILLING_ZONE: TimeZone = jiff::tz::get!("Asia/Shanghai");

/// Its name, as price lists must state it.
pub const BILLING_ZONE_NAME: &str = "Asia/Shanghai";

/// The civil day an instant falls on.
///
/// ```
/// use subledger_domain::calendar::day_of;
/// let late: jiff::Timestamp = "2022-10-11T16:00:00Z".parse()?;
/// assert_eq!(day_of(late).to_string(), "2022-10-12");
/// # Ok::<(), jiff::Error>(())
/// ```
pub fn day_of(at: Timestamp) -> Date {
    BILLING_ZONE.to_datetime(at).date()
}

/// The last civil day of what ends, exclusively, at an instant.
pub fn last_day_before(end: Timestamp) -> Date {
    day_of(end.checked_sub(1.microsecond()).unwrap_or(end))
}

/// 00:00 of a civil day.
pub fn midnight(day: Date) -> Timestamp {
    at_time(day, 0, 0)
}

/// A time of day on a civil day, e.g. 09:00 for reminders.
pub fn at_time(day: Date, hour: i8, minute: i8) -> Timestamp {
    instant_of(day.at(hour, minute, 0, 0))
}

/// The zone has had no gap since 1991, so only the far end of the calendar, in the year 9999, has no instant.
fn instant_of(civil: DateTime) -> Timestamp {
    BILLING_ZONE.to_timestamp(civil).unwrap_or(Timestamp::MAX)
}

/// `day` plus a number of days; saturates at the calendar's ends, thousands of years away.
pub fn plus_days(day: Date, days: i32) -> Date {
    day.saturating_add(days.days())
}

/// Days from `from` to `to`; negative when `to` is earlier.
pub fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// What happens to a boundary in a month that lacks the anchor's day (#10 of the facts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthEnd {
    /// The boundary is the month's last day: 31 January + 1 month ends at 00:00 of 28 February. The default.
    Clamp,
    /// The term includes the month's last day: it ends at 00:00 of 1 March.
    IncludeLastDay,
}

/// When on its last day a term ends (#11 of the facts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValidityEnd {
    /// At the end of day T−1. The default.
    EndOfDay,
    /// On day T−1 at the time of day of the purchase (A1.2).
    ClockTime,
}

/// The first day after `months` months counted from `anchor`: the exclusive end of a term of that length.
///
/// ```
/// use subledger_domain::calendar::{nth_boundary, MonthEnd};
/// let anchor = jiff::civil::date(2023, 1, 31);
/// assert_eq!(nth_boundary(anchor, 1, MonthEnd::Clamp).to_string(), "2023-02-28");
/// assert_eq!(nth_boundary(anchor, 2, MonthEnd::Clamp).to_string(), "2023-03-31");
/// ```
pub fn nth_boundary(anchor: Date, months: u32, month_end: MonthEnd) -> Date {
    let months = i32::try_from(months).unwrap_or(i32::MAX);
    let clamped = anchor.saturating_add(months.months());
    match month_end {
        MonthEnd::Clamp => clamped,
        MonthEnd::IncludeLastDay if clamped.day() < anchor.day() => plus_days(clamped, 1),
        MonthEnd::IncludeLastDay => clamped,
    }
}

/// A natural month, the unit of everything billed after use.
///
/// ```
/// use subledger_domain::calendar::Month;
/// let month: Month = "2022-11".parse().expect("a month");
/// assert_eq!((month.days(), month.next().to_string()), (30, "2022-12".to_owned()));
/// assert!("2022-13".parse::<Month>().is_err() && "2022-1".parse::<Month>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: Date,
}

/// A text that names no natural month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a month like 2022-11")]
pub struct MonthFault;

impl Month {
    /// The month a civil day lies in.
    pub fn of(day: Date) -> Self {
        Self { first: day.first_of_month() }
    }

    /// The month an instant falls into.
    pub fn at(instant: Timestamp) -> Self {
        Self::of(day_of(instant))
    }

    /// Its first day.
    pub fn first_day(self) -> Date {
        self.first
    }

    /// Its last day.
    pub fn last_day(self) -> Date {
        self.first.last_of_month()
    }

    /// How many days it has.
    pub fn days(self) -> u32 {
        u32::from(self.first.days_in_month().unsigned_abs())
    }

    /// Each of its days.
    pub fn each_day(self) -> impl DoubleEndedIterator<Item = Date> {
        (0..self.first.days_in_month()).map(move |day| plus_days(self.first, i32::from(day)))
    }

    /// The month after it.
    pub fn next(self) -> Self {
        Self { first: self.first.saturating_add(1.months()) }
    }

    /// 00:00 of a day of the month after it: when what was used in it is drafted and settled.
    pub fn settled_on(self, day: u32) -> Timestamp {
        midnight(plus_days(self.next().first, i32::try_from(day).unwrap_or(i32::MAX).saturating_sub(1)))
    }

    /// The stretch of time it is.
    pub fn period(self) -> Period {
        Period { start: midnight(self.first), end: midnight(self.next().first) }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

impl FromStr for Month {
    type Err = MonthFault;
    fn from_str(text: &str) -> Result<Self, MonthFault> {
        let first: Date = format!("{text}-01").parse().map_err(|_| MonthFault)?;
        let month = Self { first };
        // One spelling per month.
        if month.to_string() == text { Ok(month) } else { Err(MonthFault) }
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A half-open stretch of time: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First instant inside.
    pub start: Timestamp,
    /// First instant outside.
    pub end: Timestamp,
}

impl Period {
    /// Whether an instant lies inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// The civil day it starts on.
    pub fn first_day(&self) -> Date {
        day_of(self.start)
    }

    /// The last civil day it touches: the payer's "valid through".
    pub fn last_day(&self) -> Date {
        last_day_before(self.end)
    }
}

/// The terms of one agreement: consecutive stretches of whole months, all counted from one anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The instant of payment the months are counted from.
    pub at: Timestamp,
}

impl Anchor {
    /// Where the first `months` months end.
    pub fn boundary(&self, months: u32, month_end: MonthEnd, validity_end: ValidityEnd) -> Timestamp {
        let end = nth_boundary(day_of(self.at), months, month_end);
        match validity_end {
            ValidityEnd::EndOfDay => midnight(end),
            ValidityEnd::ClockTime => {
                let time_of_day = BILLING_ZONE.to_datetime(self.at).time();
                instant_of(plus_days(end, -1).to_datetime(time_of_day))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn boundaries_tile_for_every_anchor_day_from_2020_to_2060() {
        let mut day = date(2020, 1, 1);
        while day < date(2060, 1, 1) {
            for months in 1..=24_u32 {
                let end = nth_boundary(day, months, MonthEnd::Clamp);
                let before = nth_boundary(day, months - 1, MonthEnd::Clamp);
                assert!(before < end, "{day} + {months}");
                assert_eq!(end.day(), day.day().min(end.days_in_month()), "{day} + {months}");
                let length = days_between(before, end);
                assert!((28..=31).contains(&length), "{day} + {months}: {length} days");
            }
            day = plus_days(day, 1);
        }
    }

    #[test]
    fn every_midnight_from_2020_to_2060_is_eight_hours_before_utc() {
        let mut day = date(2020, 1, 1);
        while day < date(2060, 1, 1) {
            let at = midnight(day);
            assert_eq!(at.as_second().rem_euclid(86_400), 16 * 3600, "{day}");
            assert_eq!(day_of(at), day);
            assert_eq!(day_of(at.checked_sub(1.microsecond()).expect("in range")), plus_days(day, -1));
            day = plus_days(day, 1);
        }
    }

    #[test]
    fn a_period_is_half_open_and_knows_its_last_day() {
        let period = Period { start: midnight(date(2022, 10, 12)), end: midnight(date(2022, 11, 12)) };
        assert!(period.contains(period.start));
        assert!(!period.contains(period.end));
        assert_eq!(period.last_day(), date(2022, 11, 11));
    }
}
