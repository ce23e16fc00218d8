//! Owns when an amount is earned (U48): its days, counted one by one, and the day that takes what is left of them.
//!
//! Does not own amounts, nor who paid them: a voucher takes nothing off what is earned, see [`crate::books`].

use std::collections::BTreeMap;

use crate::calendar::Day;
use crate::oracle::Oracle;
use crate::order::{AddOnId, ApplicationId};
use crate::prices::Item;
use crate::rounding::{Fen, round};

/// What is paid by period and can end before its time: the plan of an application, or one of its add-ons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sold {
    pub(crate) application: ApplicationId,
    pub(crate) add_on: Option<AddOnId>,
}

/// An amount that becomes revenue over a run of days; below zero it takes revenue back.
#[derive(Clone, Debug)]
struct Earning {
    item: Item,
    amount: Fen,
    /// First day and first day after.
    over: (Day, Day),
    /// Before this day nothing of it is earned, on it all of its days that have passed.
    booked_on: Day,
    /// None of what was used, for that cannot end.
    sold: Option<Sold>,
    ended_on: Option<Day>,
}

impl Earning {
    /// Cumulated, then rounded: so the days add up to the amount.
    fn by(&self, through: Day) -> Fen {
        if through < self.booked_on {
            return 0;
        }
        if self.ended_on.is_some_and(|ended_on| ended_on <= through) {
            return self.amount;
        }
        let (mut days, mut passed) = (0, 0);
        let mut day = self.over.0;
        while day < self.over.1 {
            days += 1;
            passed += i128::from(day <= through);
            day = day.plus(1);
        }
        round(i128::from(self.amount) * passed, days)
    }
}

/// All that a payer's money is or will be earned by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Revenue {
    earnings: Vec<Earning>,
}

impl Revenue {
    /// An amount booked today is earned over the days of its line.
    pub(crate) fn spread(&mut self, sold: Sold, item: Item, amount: Fen, over: (Day, Day), today: Day) {
        self.note(Earning { item, amount, over, booked_on: today, sold: Some(sold), ended_on: None });
    }

    /// What was used is earned on one day, whenever it is billed.
    pub(crate) fn earn_on(&mut self, day: Day, item: Item, amount: Fen) {
        self.note(Earning { item, amount, over: (day, day.plus(1)), booked_on: day, sold: None, ended_on: None });
    }

    fn note(&mut self, earning: Earning) {
        if earning.amount != 0 {
            self.earnings.push(earning);
        }
    }

    /// Today takes the rest of it, of what has not begun too. What is over already has no rest.
    pub(crate) fn end(&mut self, ended: Sold, today: Day) {
        self.end_all(today, |sold| sold == ended);
    }

    /// The same of the plan and all add-ons (U34).
    pub(crate) fn end_application(&mut self, application: ApplicationId, today: Day) {
        self.end_all(today, |sold| sold.application == application);
    }

    fn end_all(&mut self, today: Day, ends: impl Fn(Sold) -> bool) {
        for earning in self.earnings.iter_mut().filter(|earning| earning.sold.is_some_and(&ends)) {
            // An agreement before this one may have ended long ago, and stays so.
            earning.ended_on = earning.ended_on.or(Some(today));
        }
    }
}

impl Oracle {
    /// All revenue up to the end of this day, by item, with nothing taken off for vouchers (U48). An item that comes to
    /// nothing is left out. Of days to come it tells what they would earn if nothing more happened.
    pub fn earned_by(&self, through: Day) -> BTreeMap<Item, Fen> {
        let mut earned = BTreeMap::new();
        for earning in &self.revenue.earnings {
            *earned.entry(earning.item).or_insert(0) += earning.by(through);
        }
        earned.retain(|_, amount| *amount != 0);
        earned
    }
}
