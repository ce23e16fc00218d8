//! Owns a plan as the laws buy it: paid by cash, gift and voucher, in one order or month by month, perhaps upgraded;
//! with what was paid for it and used of it, counted by hand.
//!
//! Does not own what must hold of it (`orders`, `changes`).

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use subledger_domain::account::DepositKind;
use subledger_domain::charge::RefundKind;
use subledger_domain::decide::Order;
use subledger_domain::plan::Plan;
use subledger_tests::fixtures::{CHAT, deposit, grant, instant, purchase, renewal, with_voucher};

use super::by_hand::{fen, half_away, hundredths_of_months, written};
use crate::properties::boundary;
use crate::timeline::Story;

/// List prices of a month in China, in fen.
pub(super) const PRO: i128 = 99_900;
pub(super) const FLAGSHIP: i128 = 299_900;

/// 28 · 29 · 30 · 31 have this for their least common multiple: days of any month add up in it without a remainder.
const PARTS_OF_A_MONTH: i128 = 377_580;

/// Months of a plan, counted from the day of purchase, and the prices of one in fen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    pub(super) first: Date,
    pub(super) months: u32,
    pub(super) monthly_price: i128,
    /// From that day on, the n-th from the first, this price; the day itself has it already (U28, U30).
    pub(super) upgraded: Option<(i32, i128)>,
}

impl Term {
    /// Days of all its months.
    pub(super) fn length(&self) -> i32 {
        days(self.first, boundary(self.first, self.months)).try_into().expect("two years")
    }

    /// What is used through the n-th day behind the first, that day counted: each day's price over its month's days,
    /// their sum rounded once (U29, U30).
    pub(super) fn used_through(&self, today: i32) -> i128 {
        let mut parts = 0;
        for (month_days, day) in self.each_day().take_while(|(_, day)| *day <= today) {
            let price = self.upgraded.filter(|(from, _)| day >= *from).map_or(self.monthly_price, |(_, dearer)| dearer);
            parts += price * (PARTS_OF_A_MONTH / month_days);
        }
        half_away(parts, PARTS_OF_A_MONTH)
    }

    /// Each of its days by its number behind the first, with the length of its month.
    pub(super) fn each_day(&self) -> impl Iterator<Item = (i128, i32)> {
        let (first, months) = (self.first, self.months);
        let bounds = (0..months).map(move |n| (boundary(first, n), boundary(first, n + 1)));
        let lengths = bounds.flat_map(|(begin, end)| (0..days(begin, end)).map(move |_| days(begin, end)));
        lengths.zip(0..)
    }
}

/// A plan as it is bought, in one order or month by month, how it is paid, and perhaps its upgrade.
#[derive(Debug, Clone)]
pub(super) struct Bought {
    pub(super) plan: Plan,
    pub(super) term: Term,
    pub(super) month_by_month: bool,
    pub(super) gift: i128,
    pub(super) voucher: i128,
}

/// What went back, by balance, in fen.
#[derive(Debug, PartialEq)]
pub(super) struct Back {
    pub(super) gift: i128,
    pub(super) cash: i128,
}

impl Bought {
    /// Lived up to its upgrade, or its purchase.
    pub(super) fn lived(&self) -> Story {
        let Term { first, months, upgraded, .. } = self.term;
        let mut story = Story::begin("2022-10-01");
        let at = on(first, 0, "10:00");
        story.ask(at, deposit("1000000.00", DepositKind::Cash)).accepted();
        if self.gift > 0 {
            story.ask(at, deposit(&written(self.gift), DepositKind::Gift)).accepted();
        }
        let in_one = if self.month_by_month { 1 } else { months };
        let mut order = purchase(CHAT, self.plan, in_one);
        if self.voucher > 0 {
            story.ask(at, grant("V-1", &written(self.voucher), "2030-12-31")).accepted();
            order = with_voucher(order, "V-1");
        }
        story.ask(at, order).accepted();
        for _ in in_one..months {
            story.ask(at, renewal(CHAT, 1)).accepted();
        }
        if let Some((day, _)) = upgraded {
            story.ask(on(first, day, "11:00"), upgrade()).accepted();
        }
        story
    }

    /// Lived, and given back on the n-th day behind the first.
    pub(super) fn given_back(&self, day: i32) -> Back {
        let mut story = self.lived();
        let kind = Some(RefundKind::Ordinary);
        let refund = Order::RefundPlan { application_id: CHAT, kind, reason: None };
        came_back(&mut story, on(self.term.first, day, "12:00"), refund)
    }

    /// What was paid in cash and gift; what a voucher paid is nobody's money.
    pub(super) fn paid(&self) -> i128 {
        let price = self.term.monthly_price * i128::from(self.term.months);
        let upgrade = self.term.upgraded.map_or(0, |(day, dearer)| {
            let left = i128::from(self.term.length() - day);
            half_away((dearer - self.term.monthly_price) * hundredths_of_months(left), 100)
        });
        price - self.voucher.min(price) + upgrade
    }

    pub(super) fn paid_in_cash(&self) -> i128 {
        self.paid() - self.gift.min(self.paid())
    }
}

pub(super) fn upgrade() -> Order {
    Order::UpgradePlan { application_id: CHAT, plan: Plan::Flagship, months: None, voucher_id: None }
}

/// What an order brought back to the balances.
pub(super) fn came_back(story: &mut Story, at: Timestamp, order: Order) -> Back {
    let balances = |story: &Story| [story.payer().gift, story.payer().cash].map(fen);
    let before = balances(story);
    story.ask(at, order).accepted();
    let after = balances(story);
    Back { gift: after[0] - before[0], cash: after[1] - before[1] }
}

/// The later of two civil days less the earlier.
pub(super) fn days(from: Date, to: Date) -> i128 {
    from.until(to).expect("in range").get_days().into()
}

/// A time of day on the n-th day behind a civil day.
pub(super) fn on(first: Date, days: i32, time: &str) -> Timestamp {
    instant(&format!("{} {time}", first.saturating_add(days.days())))
}

fn first_day() -> impl Strategy<Value = Date> {
    (0..1_200_i32).prop_map(|days| date(2022, 11, 1).saturating_add(days.days()))
}

/// A part of an order's price that is paid otherwise: nothing, some of it, or all of it and more.
fn beside_cash() -> impl Strategy<Value = i128> {
    prop_oneof![2 => Just(0), 3 => 1..120_000_i128, 1 => 0..2_000_000_i128]
}

/// Pro with an upgrade on some day, Pro or Flagship without; and two days of the term from the upgrade on, in order.
pub(super) fn bought() -> impl Strategy<Value = (Bought, [i32; 2])> {
    let plan = prop_oneof![
        1 => Just((Plan::Pro, PRO, false)),
        1 => Just((Plan::Flagship, FLAGSHIP, false)),
        2 => Just((Plan::Pro, PRO, true)),
    ];
    let months = prop_oneof![4 => 1..4_u32, 1 => 4..14_u32];
    let days = prop::array::uniform3(0..1_000_i32);
    (first_day(), plan, months, any::<bool>(), beside_cash(), beside_cash(), days).prop_map(
        |(first, (plan, monthly_price, changes), months, month_by_month, gift, voucher, thousandths)| {
            let mut term = Term { first, months, monthly_price, upgraded: None };
            let mut days = thousandths.map(|part| term.length() * part / 1_000);
            days.sort_unstable();
            let [changed, sooner, later] = days;
            term.upgraded = changes.then_some((changed, FLAGSHIP));
            // A voucher pays one order; what it paid of a month that is over would have to be left out of the sum.
            let voucher = if month_by_month { 0 } else { voucher };
            (Bought { plan, term, month_by_month, gift, voucher }, [sooner, later])
        },
    )
}
