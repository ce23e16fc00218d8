//! Owns the laws of orders: a plan is bought and given back, and every fen of it is counted by hand.
//!
//! Does not own changes undone (`changes`), what orders do to each other (`instants`) nor amounts alone (`amounts`).

use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;
use subledger_domain::plan::Plan;
use subledger_tests::fixtures::CHAT;

use super::bought::{Back, Bought, FLAGSHIP, PRO, Term, bought};
use super::by_hand::{LARGEST_FEN, fen, half_away, written};
use crate::timeline::Story;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Laws 1 and 2, of the two balances: in one order they were paid, so they stand or fall together.
    #[test]
    fn what_goes_back_is_split_as_it_was_paid_and_no_fen_is_lost((bought, [day, _]) in bought()) {
        let bought = Bought { month_by_month: false, ..bought };
        let (back, paid, cash) = (bought.given_back(day), bought.paid(), bought.paid_in_cash());
        let left = (paid - bought.term.used_through(day)).max(0);
        let in_cash = if paid == 0 { 0 } else { half_away(left * cash, paid) };
        prop_assert_eq!(&back, &Back { cash: in_cash, gift: left - in_cash });
        prop_assert!((0..=cash).contains(&back.cash) && (0..=paid - cash).contains(&back.gift));
    }

    /// Law 3, of days used; a day that is begun is used (R0).
    #[test]
    fn the_later_a_plan_is_given_back_the_less_goes_back((bought, [sooner, later]) in bought()) {
        let [sooner, later] = [sooner, later].map(|day| bought.given_back(day)).map(|back| back.gift + back.cash);
        prop_assert!(later <= sooner);
    }

    /// Law 4, of orders: months bought one by one are months bought at once, also where an upgrade cuts them in two.
    #[test]
    fn months_bought_one_by_one_cost_and_give_back_what_they_do_at_once((bought, [day, _]) in bought()) {
        let paid_in = |month_by_month| Bought { month_by_month, voucher: 0, ..bought.clone() };
        let (at_once, one_by_one) = (paid_in(false), paid_in(true));
        let [left, left_by_month] = [&at_once, &one_by_one].map(|bought| fen(bought.lived().payer().available()));
        prop_assert_eq!(left, 100_000_000 + bought.gift - at_once.paid());
        prop_assert_eq!(left_by_month, left);
        let total = |back: Back| back.gift + back.cash;
        prop_assert_eq!(total(at_once.given_back(day)), total(one_by_one.given_back(day)));
    }

    /// Law 6: each day at the price of its plan, the days of two plans rounded once.
    #[test]
    fn what_goes_back_is_what_was_paid_less_the_days_used((bought, [day, _]) in bought()) {
        let back = bought.given_back(day);
        let left = (bought.paid() - bought.term.used_through(day)).max(0);
        prop_assert_eq!(back.gift + back.cash, left);
    }
}

/// Law 9, of orders. A day that is begun is used, so even a moment of a plan costs its day (R0, U30).
#[test]
fn no_months_are_not_sold_and_cost_nothing() {
    let mut story = Story::begin("2022-11-01");
    story.on("2022-11-01").deposit("9000.00").and().buy(CHAT, Plan::Pro, 0).refused("months_out_of_range");
    let renewed = story.on("2022-11-01").buy(CHAT, Plan::Pro, 1).and().renew(CHAT, 0);
    renewed.refused("months_out_of_range").balance("8001.00", "0.00");
}

/// Law 10: full months cost the list price, and used to their last day they are worth it: nothing goes back.
#[test]
fn full_months_cost_their_list_price_and_used_up_leave_nothing() {
    for months in 1..=24 {
        for (plan, monthly_price) in [(Plan::Pro, PRO), (Plan::Flagship, FLAGSHIP)] {
            let first = date(2023, 1, 1).saturating_add((7 * i64::from(months)).days());
            let term = Term { first, months, monthly_price, upgraded: None };
            let bought = Bought { plan, term, month_by_month: false, gift: 0, voucher: 0 };
            let left = fen(bought.lived().payer().available());
            assert_eq!(100_000_000 - left, monthly_price * i128::from(months), "{months} months of {plan}");
            assert_eq!(bought.given_back(term.length() - 1), Back { gift: 0, cash: 0 }, "{months} months of {plan}");
        }
    }
}

/// Law 12, of balances: what would leave the range is refused, and nothing of it is kept.
#[test]
fn a_balance_beyond_the_range_is_refused() {
    let mut story = Story::begin("2022-11-01");
    story.on("2022-11-01").deposit(&written(LARGEST_FEN)).accepted();
    story.on("2022-11-01").deposit("0.01").refused("invalid_request").balance(&written(LARGEST_FEN), "0.00");
    story.on("2022-11-01").buy(CHAT, Plan::Pro, 24).accepted().balance(&written(LARGEST_FEN - 24 * PRO), "0.00");
}
