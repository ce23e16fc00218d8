//! Owns what all prepaid terms share: how bought months follow each other, which terms are in force when, when a payer is
//! reminded, when a term renews itself, when grace ends.
//!
//! Does not own what is bought (`subscription`, `add_on`) nor what is given back of it (`refund`).

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::calendar::{Anchor, Period, at_time, day_of, last_day_before, midnight, plus_days};
use crate::ids::InvoiceId;
use crate::money::Money;
use crate::terms::Policies;
use crate::timeline::Timeline;

/// Days behind the last one on which an auto-renewal is tried again; with the last day itself that makes seven (R0).
const RETRY_DAYS: i32 = 6;
/// When on its day an auto-renewal is tried (R0).
const RENEWAL_HOUR: i8 = 23;

/// Terms that say which house rules were agreed with them, and what a month of them costs.
pub trait Agreed {
    /// The house rules in force for the term.
    fn policies(&self) -> &Policies;
    /// List price of one month.
    fn monthly_price(&self) -> Money;
    /// The list they were taken from.
    fn price_list(&self) -> &str;
}

/// One term that was paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoughtTerm<T> {
    /// Whole months; none of a trial.
    pub months: u32,
    /// The stretch they run.
    pub period: Period,
    /// What was agreed.
    pub terms: Arc<T>,
    /// The order that paid for it; none of a trial.
    pub order: Option<TermOrder>,
}

/// The order behind a term, or behind a change of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermOrder {
    /// Its invoice.
    pub invoice_id: InvoiceId,
    /// What it came to.
    pub amount: Money,
}

/// Terms that are in force from an instant on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce<T> {
    /// What was agreed.
    pub terms: Arc<T>,
    /// Whether they replaced others in the middle of a term: then the day of the change belongs to the dearer ones.
    pub changed_within_term: bool,
}

/// A change in the middle of what was paid, up to the end of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermChange {
    /// From the change to the end of everything paid then.
    pub period: Period,
    /// What was paid for it, or given back.
    pub money: ChangeMoney,
}

/// Which way the money of a change went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeMoney {
    /// Paid by an order.
    Paid(TermOrder),
    /// Given back.
    Returned(Money),
}

/// A payer's wish that terms follow each other by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoRenew {
    /// Whole months of each renewal.
    pub months: u32,
    /// Since when.
    pub since: Timestamp,
}

/// Consecutive terms, all counted from one anchor; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms<T> {
    /// What the months are counted from.
    pub anchor: Anchor,
    first: BoughtTerm<T>,
    renewals: Vec<BoughtTerm<T>>,
    in_force: Timeline<InForce<T>>,
    changes: Vec<TermChange>,
    /// The last day the payer was reminded.
    pub reminded_on: Option<Date>,
    /// Whether and how it renews itself.
    pub auto_renew: Option<AutoRenew>,
    /// The last day an auto-renewal was tried in vain.
    pub tried_on: Option<Date>,
}

impl<T: Agreed> Terms<T> {
    /// Begins with a first term, anchored at its payment.
    pub fn beginning(at: Timestamp, first: BoughtTerm<T>) -> Self {
        let terms = InForce { terms: Arc::clone(&first.terms), changed_within_term: false };
        Self {
            anchor: Anchor { at },
            in_force: Timeline::beginning(first.period.start, terms),
            first,
            renewals: Vec::new(),
            changes: Vec::new(),
            reminded_on: None,
            auto_renew: None,
            tried_on: None,
        }
    }

    /// Adds a term behind everything paid.
    pub fn push(&mut self, term: BoughtTerm<T>) {
        let terms = InForce { terms: Arc::clone(&term.terms), changed_within_term: false };
        self.in_force.set(term.period.start, terms);
        self.renewals.push(term);
    }

    /// Puts other terms in force in the middle of what was paid, up to the end of it (U25).
    pub fn change(&mut self, at: Timestamp, terms: Arc<T>, money: ChangeMoney) {
        self.changes.push(TermChange { period: Period { start: at, end: self.paid_until() }, money });
        // Changed in the instant in which they begin, the old terms still have the price of that day.
        self.in_force.change(at, InForce { terms, changed_within_term: true });
    }

    /// Puts other terms in force at the end of a term, unless a term that was paid for begins there (U27).
    pub fn follow_with(&mut self, at: Timestamp, terms: Arc<T>) {
        self.in_force.set_unless_begun(at, InForce { terms, changed_within_term: false });
    }

    /// Given back: what was paid ahead never comes into force (U32).
    pub fn give_back(&mut self, at: Timestamp) {
        self.in_force.end(at);
    }

    /// Which terms are in force from when on.
    pub fn in_force(&self) -> impl DoubleEndedIterator<Item = (Timestamp, &InForce<T>)> {
        self.in_force.entries()
    }

    /// The terms in force at an instant; before the first the first.
    pub fn in_force_at(&self, at: Timestamp) -> &T {
        &self.in_force.at(at).terms
    }

    /// The terms of the bought term that begins at an instant.
    pub fn bought_from(&self, at: Timestamp) -> Option<&T> {
        self.all().find(|term| term.period.start == at).map(|term| term.terms.as_ref())
    }

    /// Changes in the middle of what was paid, in order.
    pub fn changes(&self) -> &[TermChange] {
        &self.changes
    }

    /// The natural stretches of one month each that were bought, each with the price list's terms it was bought by.
    pub fn each_month(&self) -> impl Iterator<Item = Period> {
        let mut before = 0_u32;
        self.all().flat_map(move |term| {
            let first = before;
            before = before.saturating_add(term.months);
            let policies = term.terms.policies();
            let boundary =
                move |n: u32| self.anchor.boundary(first.saturating_add(n), policies.month_end, policies.validity_end);
            (0..term.months).map(move |n| Period {
                start: if n == 0 { term.period.start } else { boundary(n) },
                end: if n.saturating_add(1) == term.months { term.period.end } else { boundary(n.saturating_add(1)) },
            })
        })
    }

    /// The dearest price of a month in force on a civil day: the day of a change counts as the dearer plan (U28, U30).
    pub fn price_on(&self, day: Date) -> Money {
        let begun = self.in_force().take_while(|(from, _)| day_of(*from) <= day).collect::<Vec<_>>();
        let next = begun.iter().skip(1).map(Some).chain([None]);
        let touches = |next: Option<&(Timestamp, &InForce<T>)>| {
            next.is_none_or(|(until, change)| {
                let last = if change.changed_within_term { day_of(*until) } else { last_day_before(*until) };
                last >= day
            })
        };
        let touching = begun.iter().zip(next).filter(|(_, next)| touches(*next)).map(|(entry, _)| entry);
        touching.map(|(_, in_force)| in_force.terms.monthly_price()).max().unwrap_or(self.first.terms.monthly_price())
    }

    /// When it is to be renewed by itself next: at 23:00 of the last day, then once a day, seven times at most (R0, U6).
    pub fn next_auto_renewal(&self) -> Option<Timestamp> {
        let since = self.auto_renew?.since;
        let last_day = self.last_day();
        let wished = day_of(since);
        let first = if at_time(wished, RENEWAL_HOUR, 0) > since { wished } else { plus_days(wished, 1) };
        let untried = self.tried_on.map_or(last_day, |tried| plus_days(tried, 1));
        let on = last_day.max(first).max(untried);
        let at = at_time(on, RENEWAL_HOUR, 0);
        (on <= plus_days(last_day, RETRY_DAYS) && at < self.stop_at()).then_some(at)
    }

    /// When it would be renewed by itself next if that were wished from an instant on; none switches it off.
    pub fn auto_renewal_if_set(&self, months: Option<u32>, at: Timestamp) -> Option<Timestamp>
    where
        T: Clone,
    {
        let auto_renew = months.map(|months| AutoRenew { months, since: at });
        Self { auto_renew, ..self.clone() }.next_auto_renewal()
    }

    /// When it is tried again after a try in vain.
    pub fn auto_renewal_if_tried(&self, at: Timestamp) -> Option<Timestamp>
    where
        T: Clone,
    {
        Self { tried_on: Some(day_of(at)), ..self.clone() }.next_auto_renewal()
    }

    /// When it is renewed by itself behind a further term.
    pub fn auto_renewal_behind(&self, term: BoughtTerm<T>) -> Option<Timestamp>
    where
        T: Clone,
    {
        let mut extended = self.clone();
        extended.push(term);
        extended.next_auto_renewal()
    }

    /// Notes a try in vain.
    pub fn tried(&mut self, at: Timestamp) {
        self.tried_on = Some(day_of(at));
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
        stop_after(self.last().period, self.last_policies())
    }

    /// The next reminder's day and instant.
    pub fn next_reminder(&self) -> Option<(Date, Timestamp)> {
        reminder_after(self.last().period, self.last_policies(), self.reminded_on)
    }

    /// The reminder that follows one of this day.
    pub fn reminder_behind(&self, on: Date) -> Option<Timestamp> {
        reminder_after(self.last().period, self.last_policies(), Some(on)).map(|(_, at)| at)
    }

    /// The policies in force when everything paid ends: a change within the last term has brought its own (U39).
    fn last_policies(&self) -> &Policies {
        let end = self.paid_until();
        self.in_force_at(end.checked_sub(1.microsecond()).unwrap_or(end)).policies()
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
