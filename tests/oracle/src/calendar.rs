//! Owns civil time: days and months of Asia/Shanghai (UTC+8, no summer time since 1992) and the ends of periods.
//!
//! Does not own what falls due when.

/// Microseconds since 1970-01-01T00:00:00Z.
pub type Instant = i64;

/// A second as an [`Instant`] counts it.
pub const SECOND: Instant = 1_000_000;
/// An hour as an [`Instant`] counts it.
pub const HOUR: Instant = 3_600 * SECOND;
const DAY: Instant = 24 * HOUR;
const EAST_OF_GREENWICH: Instant = 8 * HOUR;

/// A civil day in the billing zone, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

/// A civil month in the billing zone, counted from January of the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

/// What a period does whose last month is too short for the anchor (facts §11 #10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonthEnd {
    /// The first day no longer in the period is clamped: 01-31 runs to 02-27.
    ClampTheEnd,
    /// The last day of the period is clamped: 01-31 runs to 02-28.
    ClampTheLastDay,
}

/// When a period bought at some time of a day ends (facts §11 #11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValidityEnd {
    /// At the midnight after its last day.
    EndOfDay,
    /// On its last day, at the time of day at which it was bought: a day short of a month, as the document has it.
    ClockTime,
}

const fn leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

impl Day {
    /// The day of this date.
    pub fn new(year: i32, month: i32, day: i32) -> Self {
        Month(year * 12 + month - 1).day(day)
    }

    /// The day in which this instant lies.
    pub fn of(at: Instant) -> Self {
        Self(i32::try_from((at + EAST_OF_GREENWICH).div_euclid(DAY)).expect("a day of these centuries"))
    }

    /// Its first instant.
    pub fn midnight(self) -> Instant {
        Instant::from(self.0) * DAY - EAST_OF_GREENWICH
    }

    /// A time of this day.
    pub fn time(self, hour: i64, minute: i64, second: i64) -> Instant {
        self.midnight() + hour * HOUR + (minute * 60 + second) * SECOND
    }

    /// So many days later, or earlier.
    pub fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// Its month and its number in the month, from 1.
    pub fn civil(self) -> (Month, i32) {
        // Guess the month by its mean length, then walk to it.
        let mut month = Month((i64::from(self.0) * 4_800 / 146_097) as i32 + 1970 * 12);
        while month.first_day() > self {
            month = Month(month.0 - 1);
        }
        while month.next().first_day() <= self {
            month = month.next();
        }
        (month, self.0 - month.first_day().0 + 1)
    }

    /// Its month.
    pub fn month(self) -> Month {
        self.civil().0
    }

    /// Its number in its month, from 1.
    pub fn number(self) -> i32 {
        self.civil().1
    }
}

impl Month {
    /// The month of this year and number, from 1.
    pub fn new(year: i32, month: i32) -> Self {
        Self(year * 12 + month - 1)
    }

    /// The one after it.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// How many days it has.
    pub fn days(self) -> i32 {
        match self.0.rem_euclid(12) + 1 {
            4 | 6 | 9 | 11 => 30,
            2 if leap(self.0.div_euclid(12)) => 29,
            2 => 28,
            _ => 31,
        }
    }

    /// Its first day.
    pub fn first_day(self) -> Day {
        const BEFORE: [i32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let (year, number) = (self.0.div_euclid(12), self.0.rem_euclid(12));
        let past = year - 1;
        let leap_days = past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400);
        let this_leap = i32::from(number >= 2 && leap(year));
        // 719,162 days lie between 0001-01-01 and 1970-01-01.
        let index = usize::try_from(number).expect("twelve months");
        Day(past * 365 + leap_days + BEFORE[index] + this_leap - 719_162)
    }

    /// Its last day.
    pub fn last_day(self) -> Day {
        self.next().first_day().plus(-1)
    }

    /// Its day of this number, from 1.
    pub fn day(self, number: i32) -> Day {
        self.first_day().plus(number - 1)
    }
}

/// The first day that is no longer in a period of so many months from `anchor` on.
pub fn boundary(anchor: Day, months: u32, rule: MonthEnd) -> Day {
    let (month, number) = anchor.civil();
    let target = Month(month.0 + i32::try_from(months).expect("a few years"));
    match rule {
        _ if number <= target.days() => target.day(number),
        MonthEnd::ClampTheEnd => target.day(target.days()),
        MonthEnd::ClampTheLastDay => target.next().first_day(),
    }
}

/// The end of a period of so many months bought at this instant.
pub fn validity_end(bought: Instant, months: u32, rule: ValidityEnd) -> Instant {
    let day = Day::of(bought);
    let end = boundary(day, months, crate::policies::MONTH_END).midnight();
    match rule {
        ValidityEnd::EndOfDay => end,
        ValidityEnd::ClockTime => end - DAY + (bought - day.midnight()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hundred_years_walked_day_by_day() {
        let (mut year, mut month, mut number) = (1900, 1, 1);
        let start = Day::new(1900, 1, 1);
        assert_eq!(start.0, -25_567);
        for count in 0..73_000 {
            let day = start.plus(count);
            assert_eq!(day, Day::new(year, month, number));
            assert_eq!(day.civil(), (Month::new(year, month), number));
            assert_eq!((Day::of(day.midnight()), Day::of(day.midnight() - 1)), (day, day.plus(-1)));
            number += 1;
            if number > Month::new(year, month).days() {
                (number, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
        assert_eq!(Day::new(1970, 1, 1).0, 0);
        assert_eq!(Day::new(2022, 11, 1).midnight(), 1_667_232_000 * SECOND);
    }
}
