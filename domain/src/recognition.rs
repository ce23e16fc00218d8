//! Owns when revenue is earned (U48): an amount over the days of its period, cumulated and then rounded, so that the days
//! add up to it exactly.
//!
//! Does not own which amounts there are (events), nor the books they are written into (a projection). Nothing that is
//! decided rests on this; what was recognised by a day is read, not stored.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::calendar::{Period, days_between, plus_days};
use crate::money::{Money, MoneyFault};

/// An amount and the civil days it is earned on. It may be negative: what is given back takes revenue back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// What is earned in all.
    pub amount: Money,
    /// The first day it is for.
    pub first_day: Date,
    /// The last day it is for.
    pub last_day: Date,
    /// The day it is entered on. Days before it, those of a grace that was renewed, are earned on it (U48).
    pub booked_on: Date,
}

impl Schedule {
    /// Over the days of a period. One that is over before it begins is a single day.
    pub fn over(amount: Money, period: Period, booked_on: Date) -> Self {
        let first_day = period.first_day();
        Self { amount, first_day, last_day: period.last_day().max(first_day), booked_on }
    }

    /// All of it on one day.
    pub fn on(amount: Money, day: Date) -> Self {
        Self { amount, first_day: day, last_day: day, booked_on: day }
    }

    /// What is earned to the end of a day. Where what it is for ended before its time, that day takes the rest (U34, U48).
    ///
    /// ```
    /// use jiff::civil::date;
    /// use subledger_domain::money::Money;
    /// use subledger_domain::recognition::Schedule;
    /// let (first_day, last_day) = (date(2022, 10, 1), date(2022, 10, 31));
    /// let schedule = Schedule { amount: Money::cny("999.00")?, first_day, last_day, booked_on: first_day };
    /// assert_eq!(schedule.through(date(2022, 10, 2), None)?, Money::cny("64.45")?);
    /// # Ok::<(), subledger_domain::money::MoneyFault>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyFault::TooLarge`], which no amount over the days of a term reaches.
    pub fn through(&self, day: Date, ended_on: Option<Date>) -> Result<Money, MoneyFault> {
        if day < self.booked_on || day < self.first_day && ended_on.is_none_or(|ended| day < ended) {
            return Ok(Money::zero(self.amount.currency()));
        }
        if day >= self.last_day || ended_on.is_some_and(|ended| ended <= day) {
            return Ok(self.amount);
        }
        let days = |last| Decimal::from(days_between(self.first_day, last).saturating_add(1));
        let earned = self.amount.amount().checked_mul(days(day)).ok_or(MoneyFault::TooLarge)?;
        let exact = earned.checked_div(days(self.last_day)).ok_or(MoneyFault::TooLarge)?;
        Money::rounded(exact, self.amount.currency())
    }

    /// What is earned from one day to another, both counted: the sum of these days.
    ///
    /// # Errors
    /// As [`Schedule::through`].
    pub fn within(&self, first: Date, last: Date, ended_on: Option<Date>) -> Result<Money, MoneyFault> {
        self.through(last, ended_on)?.minus(self.through(plus_days(first, -1), ended_on)?)
    }

    /// The first day on which anything of it is earned.
    pub fn begins_on(&self, ended_on: Option<Date>) -> Date {
        ended_on.map_or(self.first_day, |ended| ended.min(self.first_day)).max(self.booked_on)
    }

    /// The last day on which anything of it is earned.
    pub fn done_on(&self, ended_on: Option<Date>) -> Date {
        ended_on.map_or(self.last_day, |ended| ended.min(self.last_day)).max(self.booked_on)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn cny(text: &str) -> Money {
        Money::cny(text).expect("an amount")
    }

    fn pro_of_october() -> Schedule {
        let (first_day, last_day) = (date(2022, 10, 1), date(2022, 10, 31));
        Schedule { amount: cny("999.00"), first_day, last_day, booked_on: first_day }
    }

    fn day(schedule: &Schedule, day: Date, ended_on: Option<Date>) -> Money {
        schedule.within(day, day, ended_on).expect("small")
    }

    #[test]
    fn u48_999_over_31_days_is_cumulated_and_then_rounded() {
        let schedule = pro_of_october();
        let days: Vec<Money> = (1..=31).map(|n| day(&schedule, date(2022, 10, n), None)).collect();
        assert_eq!(days[..3], [cny("32.23"), cny("32.22"), cny("32.23")]);
        let sum = days.iter().try_fold(cny("0.00"), |sum, day| sum.plus(*day)).expect("small");
        assert_eq!(sum, cny("999.00"));
        for outside in [date(2022, 9, 30), date(2022, 11, 1)] {
            assert_eq!(day(&schedule, outside, None), cny("0.00"));
        }
    }

    #[test]
    fn u48_the_day_it_ends_takes_the_rest() {
        let (schedule, ended) = (pro_of_october(), date(2022, 10, 3));
        let ended_on = Some(ended);
        assert_eq!(day(&schedule, date(2022, 10, 2), ended_on), cny("32.22"));
        // 999.00 less the 64.45 of two days.
        assert_eq!(day(&schedule, ended, ended_on), cny("934.55"));
        assert_eq!(day(&schedule, date(2022, 10, 4), ended_on), cny("0.00"));
        // Before its first day just so: a renewal that never began.
        let early = Some(date(2022, 9, 20));
        let renewal = Schedule { booked_on: date(2022, 9, 15), ..schedule };
        assert_eq!(day(&renewal, date(2022, 9, 20), early), cny("999.00"));
        assert_eq!(renewal.through(date(2022, 9, 19), early), Ok(cny("0.00")));
        assert_eq!((renewal.done_on(early), renewal.done_on(None)), (date(2022, 9, 20), date(2022, 10, 31)));
    }

    #[test]
    fn u48_a_grace_is_earned_once_it_is_renewed() {
        let schedule = Schedule { booked_on: date(2022, 10, 5), ..pro_of_october() };
        assert_eq!(schedule.through(date(2022, 10, 4), None), Ok(cny("0.00")));
        // Five days of 31 at once.
        assert_eq!(day(&schedule, date(2022, 10, 5), None), cny("161.13"));
        assert_eq!(day(&schedule, date(2022, 10, 6), None), cny("32.22"));
    }

    #[test]
    fn an_end_after_the_last_day_changes_nothing() {
        let schedule = pro_of_october();
        for n in 1..=31 {
            let on = date(2022, 10, n);
            assert_eq!(schedule.through(on, Some(date(2022, 11, 20))), schedule.through(on, None));
        }
    }

    proptest! {
        #[test]
        fn u48_days_add_up_whatever_the_amount_the_term_and_its_end(
            fen in -100_000_000_i64..100_000_000,
            first in 0_i32..400,
            length in 1_i32..740,
            late in 0_i32..8,
            ended in proptest::option::of(0_i32..800),
        ) {
            let amount = Money::rounded(Decimal::new(fen, 2), crate::money::Currency::CNY).expect("small");
            let begin = date(2022, 1, 1);
            let first_day = plus_days(begin, first);
            let schedule = Schedule {
                amount,
                first_day,
                last_day: plus_days(first_day, length - 1),
                booked_on: plus_days(first_day, late),
            };
            let ended_on = ended.map(|after| plus_days(schedule.booked_on, after));
            let mut sum = cny("0.00");
            let mut on = begin;
            while on <= plus_days(begin, 2_000) {
                sum = sum.plus(day(&schedule, on, ended_on)).expect("small");
                prop_assert_eq!(sum, schedule.through(on, ended_on).expect("small"));
                on = plus_days(on, 1);
            }
            prop_assert_eq!(sum, amount);
            let (begins, done) = (schedule.begins_on(ended_on), schedule.done_on(ended_on));
            prop_assert_eq!(schedule.through(plus_days(begins, -1), ended_on), Ok(cny("0.00")));
            prop_assert_eq!(schedule.through(done, ended_on), Ok(amount));
        }
    }
}
