//! Owns what all prepaid terms share: how bought months follow each other, when a payer is reminded, when grace ends.
//!
//! Does not own what is bought (`subscription`, `add_on`).

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::{Anchor, Period, at_time, midnight, plus_days};
use crate::terms::Policies;

/// Terms that say which house rules were agreed with them.
pub trait Agreed {
    /// The house rules in force for the term.
    fn policies(&self) -> &Policies;
}

/// One term that was paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoughtTerm<T> {
    /// Whole months.
    pub months: u32,
    /// The stretch they run.
    pub period: Period,
    /// What was agreed.
    pub terms: Arc<T>,
}

/// Consecutive terms, all counted from one anchor; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms<T> {
    /// What the months are counted from.
    pub anchor: Anchor,
    first: BoughtTerm<T>,
    renewals: Vec<BoughtTerm<T>>,
    /// The last day the payer was reminded.
    pub reminded_on: Option<Date>,
}

impl<T: Agreed> Terms<T> {
    /// Begins with a first term, anchored at its payment.
    pub fn beginning(at: Timestamp, first: BoughtTerm<T>) -> Self {
        Self { anchor: Anchor { at }, first, renewals: Vec::new(), reminded_on: None }
    }

    /// Adds a term behind everything paid.
    pub fn push(&mut self, term: BoughtTerm<T>) {
        self.renewals.push(term);
    }

    /// Every term, in order.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &BoughtTerm<T>> {
        std::iter::once(&self.first).chain(&self.renewals)
    }

    /// The term bought last.
    pub fn last(&self) -> &BoughtTerm<T> {
        self.renewals.last().unwrap_or(&self.first)
    }

    /// The term an instant falls into; before the first the first, behind the last the last.
    pub fn at(&self, at: Timestamp) -> &BoughtTerm<T> {
        self.all().rev().find(|term| term.period.start <= at).unwrap_or(&self.first)
    }

    /// Whole months bought so far: the next boundary is counted from the anchor, never from the boundary before.
    pub fn months(&self) -> u32 {
        self.all().fold(0, |months, term| months.saturating_add(term.months))
    }

    /// The end of everything paid; exclusive.
    pub fn paid_until(&self) -> Timestamp {
        self.last().period.end
    }

    /// The last civil day of everything paid.
    pub fn last_day(&self) -> Date {
        self.last().period.last_day()
    }

    /// Where a further term of so many months would run: behind the old end, also inside the grace (#15 of the facts).
    pub fn next_period(&self, months: u32, policies: &Policies) -> Period {
        let total = self.months().saturating_add(months);
        let end = self.anchor.boundary(total, policies.month_end, policies.validity_end);
        Period { start: self.paid_until(), end }
    }

    /// When everything stops if nothing more is paid: the last day is not counted (policy `expiry_grace_days`).
    pub fn stop_at(&self) -> Timestamp {
        stop_after(self.last().period, self.last().terms.policies())
    }

    /// The next reminder's day and instant.
    pub fn next_reminder(&self) -> Option<(Date, Timestamp)> {
        reminder_after(self.last().period, self.last().terms.policies(), self.reminded_on)
    }

    /// The reminder that follows one of this day.
    pub fn reminder_behind(&self, on: Date) -> Option<Timestamp> {
        reminder_after(self.last().period, self.last().terms.policies(), Some(on)).map(|(_, at)| at)
    }
}

/// The first term starts at payment; its days are counted by civil dates (R0, S1).
pub fn first_period(at: Timestamp, months: u32, policies: &Policies) -> Period {
    Period { start: at, end: Anchor { at }.boundary(months, policies.month_end, policies.validity_end) }
}

/// When the payer of a new term is first reminded of its end.
pub fn first_reminder(period: Period, policies: &Policies) -> Option<Timestamp> {
    reminder_after(period, policies, None).map(|(_, at)| at)
}

/// The first reminder of a term's end that follows the one sent last: on the last days up to the end and for some days
/// after, at 09:00 (R0), never once everything has stopped.
fn reminder_after(period: Period, policies: &Policies, sent: Option<Date>) -> Option<(Date, Timestamp)> {
    let last_day = period.last_day();
    let opens = plus_days(last_day, 1_i32.saturating_sub(days(policies.reminder_days_before)));
    let on = match sent {
        Some(last) if last >= opens => plus_days(last, 1),
        Some(_) | None => opens,
    };
    let at = at_time(on, 9, 0);
    let in_time = on <= plus_days(last_day, days(policies.reminder_days_after)) && at < stop_after(period, policies);
    in_time.then_some((on, at))
}

fn stop_after(period: Period, policies: &Policies) -> Timestamp {
    midnight(plus_days(period.last_day(), days(policies.expiry_grace_days).saturating_add(1)))
}

/// A policy's days, as the calendar counts them.
pub fn days(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
