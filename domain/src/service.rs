//! Owns when an application was in paid service, and what that means for a natural month (R0: service day, stop month).
//!
//! Does not own why service starts or stops (`application`).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::{Month, Period, day_of, midnight, plus_days};
use crate::proration::MonthShare;

/// Stretches of paid service, in order; the last one may still run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidService {
    stretches: Vec<Stretch>,
}

/// One stretch: `from` belongs to it, `until` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stretch {
    from: Timestamp,
    until: Option<Timestamp>,
}

impl PaidService {
    /// Service begins, unless it runs already.
    pub fn begin(&mut self, at: Timestamp) {
        if !self.is_running() {
            self.stretches.push(Stretch { from: at, until: None });
        }
    }

    /// Service ends, if it runs.
    pub fn end(&mut self, at: Timestamp) {
        if let Some(last) = self.stretches.last_mut().filter(|last| last.until.is_none()) {
            last.until = Some(at);
        }
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.stretches.last().is_some_and(|last| last.until.is_none())
    }

    /// The stretches inside a period, cut to it.
    pub fn within(&self, period: Period) -> impl Iterator<Item = Period> {
        self.stretches.iter().filter_map(move |stretch| {
            let start = stretch.from.max(period.start);
            let end = stretch.until.map_or(period.end, |until| until.min(period.end));
            (start < end).then_some(Period { start, end })
        })
    }

    /// Whether the application was in paid service on that day at any moment.
    pub fn is_service_day(&self, day: Date) -> bool {
        self.within(whole(day)).next().is_some()
    }

    /// The service days of a month.
    pub fn days_of(&self, month: Month) -> Vec<Date> {
        month.each_day().filter(|day| self.is_service_day(*day)).collect()
    }

    /// The share of a month: service days over its days once a whole day of it was lost after a stop, else all of it.
    pub fn share_of(&self, month: Month) -> MonthShare {
        let service_days = u32::try_from(self.days_of(month).len()).unwrap_or(u32::MAX);
        let whole = !month.each_day().any(|day| self.is_lost_to_a_stop(day));
        MonthShare { service_days, days: month.days(), whole }
    }

    /// A whole day out of service behind a stop; days before the first service are not lost, they were never sold.
    fn is_lost_to_a_stop(&self, day: Date) -> bool {
        let stopped_before =
            self.stretches.iter().any(|stretch| stretch.until.is_some_and(|until| until <= midnight(day)));
        stopped_before && !self.is_service_day(day)
    }

    /// Whether any day of a month up to an instant was a service day.
    pub fn touches(&self, month: Month, up_to: Timestamp) -> bool {
        let period = month.period();
        // The instant itself counts: service that runs at 00:00 of the 1st makes the 1st a service day.
        let end = period.end.min(midnight(plus_days(day_of(up_to), 1)));
        self.within(Period { start: period.start, end }).next().is_some()
    }
}

fn whole(day: Date) -> Period {
    Period { start: midnight(day), end: midnight(plus_days(day, 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn service(stretches: &[(&str, Option<&str>)]) -> PaidService {
        let mut service = PaidService::default();
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        for (from, until) in stretches {
            service.begin(at(from));
            until.iter().for_each(|until| service.end(at(until)));
        }
        service
    }

    fn month(text: &str) -> Month {
        text.parse().expect("a month")
    }

    #[test]
    fn u9_trial_days_before_the_purchase_are_neither_used_nor_lost() {
        let bought_and_stopped = service(&[("2022-11-10T15:00:00+08:00", Some("2022-11-25T00:00:00+08:00"))]);
        let share = bought_and_stopped.share_of(month("2022-11"));
        assert_eq!(share, MonthShare { service_days: 15, days: 30, whole: false });
        let bought = service(&[("2022-11-10T15:00:00+08:00", None)]);
        assert!(bought.share_of(month("2022-11")).whole);
    }

    #[test]
    fn u11_the_month_of_coming_back_has_the_same_share() {
        let back = service(&[
            ("2022-10-12T00:00:00+08:00", Some("2022-11-19T00:00:00+08:00")),
            ("2022-12-10T09:00:00+08:00", None),
        ]);
        assert_eq!(back.share_of(month("2022-12")), MonthShare { service_days: 22, days: 31, whole: false });
        assert!(back.share_of(month("2023-01")).whole);
        assert!(back.share_of(month("2022-10")).whole);
    }

    #[test]
    fn a_day_with_a_moment_of_service_is_a_service_day_and_not_lost() {
        let stopped_at_noon = service(&[("2022-11-01T00:00:00+08:00", Some("2022-11-30T12:00:00+08:00"))]);
        assert!(stopped_at_noon.is_service_day(date(2022, 11, 30)));
        assert!(stopped_at_noon.share_of(month("2022-11")).whole);
        assert_eq!(stopped_at_noon.share_of(month("2022-12")).service_days, 0);
    }
}
