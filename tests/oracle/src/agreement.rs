//! Owns a prepaid agreement as the list of all its days, each with its price, and what was paid for them.
//!
//! Does not own who may buy, nor where returned money goes.

use crate::calendar::{Day, boundary};
use crate::policies::{self, UpgradeMonths};
use crate::prices::{List, Plan, Site, plan_price};
use crate::rounding::{CUTS, Fen, day_in_cuts, round};

/// One paid day.
#[derive(Clone, Debug)]
pub(crate) struct PaidDay {
    /// The plan of that day; of an add-on the plan it was bought with.
    pub(crate) plan: Plan,
    /// List price of a month at which the day is used up.
    pub(crate) monthly: Fen,
    /// What the promotion of the day's order left of the list price.
    pub(crate) percent: i64,
    /// Days of the purchased month it lies in.
    pub(crate) month_days: i32,
    /// Which of the agreement's payments covers it.
    pub(crate) payment: usize,
    /// The list agreed when it was paid.
    pub(crate) list: List,
}

/// Money paid for a run of days, less what was returned since.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) first: Day,
    pub(crate) end: Day,
    pub(crate) cash: Fen,
    pub(crate) gift: Fen,
}

/// What is bought by an order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bought {
    pub(crate) months: u32,
    pub(crate) plan: Plan,
    pub(crate) monthly: Fen,
    pub(crate) percent: i64,
    pub(crate) list: List,
}

impl Bought {
    /// The price: rounded once.
    pub(crate) fn price(&self) -> Fen {
        round(i128::from(self.monthly) * i128::from(self.months) * i128::from(self.percent), 100)
    }
}

/// Paid days from the anchor on, without a hole.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    pub(crate) anchor: Day,
    pub(crate) months: u32,
    pub(crate) days: Vec<PaidDay>,
    pub(crate) payments: Vec<Payment>,
    pub(crate) auto_renew: bool,
    pub(crate) auto_months: u32,
    /// The day from which the plan is Pro, once a downgrade is scheduled.
    pub(crate) scheduled: Option<Day>,
    /// The list by which it was scheduled.
    pub(crate) scheduled_list: Option<List>,
    /// The list of the Pro plan after the end of everything paid, once a scheduled downgrade has come.
    pub(crate) followed_by: Option<List>,
    /// Upgraded or downgraded: closes the five-day refund.
    pub(crate) changed: bool,
}

/// What may come back, and how much of it as cash.
#[derive(Clone, Debug)]
pub(crate) struct Returnable {
    pub(crate) paid: Fen,
    pub(crate) used: Fen,
    pub(crate) amount: Fen,
    /// What was paid, by cash and gift.
    pub(crate) by: (Fen, Fen),
}

impl Agreement {
    pub(crate) fn new(anchor: Day) -> Self {
        Self {
            anchor,
            months: 0,
            days: Vec::new(),
            payments: Vec::new(),
            auto_renew: false,
            auto_months: 1,
            scheduled: None,
            scheduled_list: None,
            followed_by: None,
            changed: false,
        }
    }

    /// The first day that is not paid.
    pub(crate) fn end(&self) -> Day {
        self.anchor.plus(i32::try_from(self.days.len()).expect("a few thousand days"))
    }

    /// The last day that is paid (X of the rules).
    pub(crate) fn last_day(&self) -> Day {
        self.end().plus(-1)
    }

    fn index(&self, day: Day) -> Option<usize> {
        usize::try_from(day.0 - self.anchor.0).ok().filter(|index| *index < self.days.len())
    }

    /// A paid day.
    pub(crate) fn day(&self, day: Day) -> Option<&PaidDay> {
        self.index(day).map(|index| &self.days[index])
    }

    /// The list agreed for this day; after the end that of the last day.
    pub(crate) fn list(&self, day: Day) -> List {
        let agreed = self.day(day).or(self.days.last());
        agreed.expect("an agreement has days").list
    }

    /// The list of the prices in force on this day: after the end, of the downgrade that came there, if one did.
    pub(crate) fn list_in_force(&self, day: Day) -> List {
        match self.followed_by {
            Some(list) if self.day(day).is_none() => list,
            _ => self.list(day),
        }
    }

    /// Adds months at the end, month by month from the anchor.
    pub(crate) fn extend(&mut self, bought: Bought, cash: Fen, gift: Fen) -> (Day, Day) {
        self.followed_by = None;
        let first = self.end();
        let payment = self.payments.len();
        for _ in 0..bought.months {
            let start = self.end();
            self.months += 1;
            let end = boundary(self.anchor, self.months, policies::MONTH_END);
            let month_days = end.0 - start.0;
            for _ in 0..month_days {
                let Bought { plan, monthly, percent, list, .. } = bought;
                self.days.push(PaidDay { plan, monthly, percent, month_days, payment, list });
            }
        }
        let end = self.end();
        self.payments.push(Payment { first, end, cash, gift });
        (first, end)
    }

    fn payment_of(&self, today: Day) -> Option<usize> {
        self.day(today).map(|day| day.payment)
    }

    fn used_in_cuts(&self, payment: usize, today: Day) -> i128 {
        let mut used = 0;
        let mut day = self.payments[payment].first;
        while day <= today {
            let paid = self.day(day).expect("used days are paid days");
            used += day_in_cuts(paid.monthly, paid.month_days);
            day = day.plus(1);
        }
        used
    }

    /// U29, U30: the orders in force and ahead, less what was used of them, today counted; rounded once, in what was used.
    pub(crate) fn ordinary_refund(&self, today: Day) -> Returnable {
        let current = self.payment_of(today).expect("a refund is of a running term");
        let (paid, by) = self.paid_from(current);
        let used = round(self.used_in_cuts(current, today), CUTS);
        Returnable { paid, used, amount: (paid - used).max(0), by }
    }

    /// What is left of what was paid by this order and those after it, and the same by cash and gift.
    fn paid_from(&self, first: usize) -> (Fen, (Fen, Fen)) {
        let cash: Fen = self.payments[first..].iter().map(|payment| payment.cash).sum();
        let gift: Fen = self.payments[first..].iter().map(|payment| payment.gift).sum();
        (cash + gift, (cash, gift))
    }

    /// U31: everything that was paid.
    pub(crate) fn full_refund(&self) -> Returnable {
        let cash: Fen = self.payments.iter().map(|payment| payment.cash).sum();
        let gift: Fen = self.payments.iter().map(|payment| payment.gift).sum();
        let paid = cash + gift;
        Returnable { paid, used: 0, amount: paid, by: (cash, gift) }
    }

    /// Whether the five-day refund is open for this agreement.
    pub(crate) fn in_five_days(&self, today: Day) -> bool {
        !self.changed && today <= self.anchor.plus(policies::FIVE_DAY_REFUND_DAYS)
    }

    /// B5, U25, U26: days left, today counted, as months; the new price less each day's old price at the discount of its
    /// own order. The old plan is Pro on all of them, also today after a downgrade of today.
    pub(crate) fn upgrade_fee(&self, today: Day, site: Site, new_monthly: Fen, rule: UpgradeMonths) -> Fen {
        let mut days_left = 0_i128;
        let mut differences = 0_i128;
        let mut day = today;
        while let Some(paid) = self.day(day) {
            days_left += 1;
            let old = if paid.plan == Plan::Pro { paid.monthly } else { plan_price(paid.list, site, Plan::Pro) };
            differences += i128::from(new_monthly) * 100 - i128::from(old) * i128::from(paid.percent);
            day = day.plus(1);
        }
        match rule {
            UpgradeMonths::Hundredths => {
                let hundredths = i128::from(round(days_left * 12 * 100, 365));
                round(hundredths * differences, 100 * 100 * days_left)
            }
            UpgradeMonths::Exact => round(12 * differences, 365 * 100),
        }
    }

    /// Joins what is in force and ahead into one payment, with the price of the upgrade (U30).
    fn join(&mut self, today: Day, cash: Fen, gift: Fen) {
        let current = self.payment_of(today).expect("only a running term changes its plan");
        let end = self.end();
        for later in self.payments.split_off(current + 1) {
            self.payments[current].cash += later.cash;
            self.payments[current].gift += later.gift;
        }
        let joined = &mut self.payments[current];
        joined.end = end;
        joined.cash += cash;
        joined.gift += gift;
        for day in &mut self.days {
            day.payment = day.payment.min(current);
        }
    }

    /// All days from this one on are of this plan, at its list price.
    fn change_from(&mut self, first: Day, plan: Plan, monthly: Fen) {
        let mut day = first;
        while let Some(index) = self.index(day) {
            self.days[index].plan = plan;
            self.days[index].monthly = monthly;
            day = day.plus(1);
        }
        self.changed = true;
    }

    /// Today and all days left become Flagship.
    pub(crate) fn upgrade(&mut self, today: Day, monthly: Fen, list: List, cash: Fen, gift: Fen) {
        self.join(today, cash, gift);
        self.change_from(today, Plan::Flagship, monthly);
        self.agree_from(today, list);
    }

    /// U28: the difference of the days after today, never more than what was paid and is not used.
    pub(crate) fn downgrade_credit(&self, today: Day, pro_monthly: Fen) -> Returnable {
        let current = self.payment_of(today).expect("only a running term is downgraded");
        let mut difference = 0_i128;
        let mut day = today.plus(1);
        while let Some(paid) = self.day(day) {
            difference += day_in_cuts(paid.monthly - pro_monthly, paid.month_days);
            day = day.plus(1);
        }
        let (paid, by) = self.paid_from(current);
        let used = round(self.used_in_cuts(current, today), CUTS);
        let amount = round(difference, CUTS).min(paid - used).max(0);
        Returnable { paid, used, amount, by }
    }

    /// Today stays Flagship, all days after it are Pro; what came back is no longer paid.
    pub(crate) fn downgrade(&mut self, today: Day, pro_monthly: Fen, list: List, cash: Fen, gift: Fen) {
        self.join(today, -cash, -gift);
        self.change_from(today.plus(1), Plan::Pro, pro_monthly);
        self.agree_from(today, list);
    }

    /// What is agreed from this day on is by this list (U39).
    fn agree_from(&mut self, first: Day, list: List) {
        let mut day = first;
        while let Some(index) = self.index(day) {
            self.days[index].list = list;
            day = day.plus(1);
        }
    }
}
