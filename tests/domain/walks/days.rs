//! Owns civil time a second time, in whole numbers: Beijing is eight hours before UTC, a day has 86,400 seconds, months
//! are counted. It shares no line and no library with the domain's calendar.

use jiff::Timestamp;

/// Civil days since 1970-01-01 in Beijing.
pub(super) type Day = i64;

/// Months since year 0.
pub(super) type MonthNo = i64;

const BEIJING: i64 = 8 * 3_600;

pub(super) fn day_of(at: Timestamp) -> Day {
    (at.as_second() + BEIJING).div_euclid(86_400)
}

/// 00:00 of a day.
pub(super) fn midnight(day: Day) -> Timestamp {
    at_second(day, 0)
}

pub(super) fn at_second(day: Day, second: i64) -> Timestamp {
    Timestamp::from_second(day * 86_400 - BEIJING + second).expect("a year of our time")
}

/// The day of a civil date, by counting from March so that the leap day comes last.
pub(super) fn day_number(year: i64, month: i64, day: i64) -> Day {
    let (year, from_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_of_years = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    days_of_years + (153 * from_march + 2) / 5 + day - 1 - 719_468
}

/// Year, month, day.
pub(super) fn civil(day: Day) -> (i64, i64, i64) {
    let mut year = 1970 + day / 366;
    while day_number(year + 1, 1, 1) <= day {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && day_number(year, month + 1, 1) <= day {
        month += 1;
    }
    (year, month, day - day_number(year, month, 1) + 1)
}

pub(super) fn month_of(day: Day) -> MonthNo {
    let (year, month, _) = civil(day);
    year * 12 + month - 1
}

pub(super) fn first_of(month: MonthNo) -> Day {
    day_number(month.div_euclid(12), month.rem_euclid(12) + 1, 1)
}

pub(super) fn days_in(month: MonthNo) -> i64 {
    first_of(month + 1) - first_of(month)
}

/// The day of the month of `anchor`, `months` later, or that month's last.
pub(super) fn boundary(anchor: Day, months: i64) -> Day {
    let (_, _, day) = civil(anchor);
    let month = month_of(anchor) + months;
    first_of(month) + day.min(days_in(month)) - 1
}

/// `2022-10`
pub(super) fn month_name(month: MonthNo) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

#[test]
fn days_are_counted_as_people_count_them() {
    assert_eq!((day_number(1970, 1, 1), day_number(2000, 3, 1)), (0, 11_017));
    for day in day_number(2019, 1, 1)..day_number(2030, 1, 1) {
        let (year, month, of_month) = civil(day);
        assert_eq!(day_number(year, month, of_month), day);
        assert_eq!(midnight(day).to_string(), format!("{}T16:00:00Z", text(day - 1)));
    }
    assert_eq!(civil(boundary(day_number(2024, 1, 31), 1)), (2024, 2, 29));
    assert_eq!(civil(boundary(day_number(2022, 12, 31), 3)), (2023, 3, 31));
}

#[cfg(test)]
fn text(day: Day) -> String {
    let (year, month, of_month) = civil(day);
    format!("{year:04}-{month:02}-{of_month:02}")
}
