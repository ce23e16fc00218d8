//! Owns the laws of amounts alone: every function that splits, shares, counts or writes one, over its whole range.
//!
//! Does not own what an order comes to (`orders`).

use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;
use rust_decimal::Decimal;
use subledger_domain::calendar::{MonthEnd, nth_boundary};
use subledger_domain::money::{Currency, Money, MoneyFault};
use subledger_domain::plan_change::months;
use subledger_domain::proration::{MonthShare, started_blocks};
use subledger_domain::recognition::Schedule;
use subledger_domain::terms::{Discount, PromotionName, UpgradePricing};

use super::by_hand::{LARGEST_FEN, fen, half_away, hundredths_of_months, written, yuan};
use crate::properties::boundary;

/// Amounts as they are owed: small ones, round ones, and any that the ledger can hold.
fn owed() -> impl Strategy<Value = i128> {
    prop_oneof![0..200_i128, (0..50_000_i128).prop_map(|yuan| yuan * 100), 0..1_000_000_000_i128, 0..=LARGEST_FEN]
}

/// Any amount, of either sign, with the ends of the range among them.
fn any_fen() -> impl Strategy<Value = i128> {
    let edge = (0..3_i128).prop_map(|less| LARGEST_FEN - less);
    prop_oneof![3 => owed(), 1 => edge].prop_flat_map(|fen| prop_oneof![Just(fen), Just(-fen)])
}

/// Some days of a natural month.
fn some_days() -> impl Strategy<Value = (u32, u32)> {
    (28..=31_u32).prop_flat_map(|days| (0..=days, Just(days)))
}

fn share_of(service_days: u32, days: u32, fee: Money) -> Money {
    MonthShare { service_days, days, whole: false }.of(fee).expect("no more than the fee")
}

/// An amount over so many days from the first of 2023 on.
fn schedule(amount: i128, length: i32) -> Schedule {
    let first_day = date(2023, 1, 1);
    let last_day = first_day.saturating_add((length - 1).days());
    Schedule { amount: yuan(amount), first_day, last_day, booked_on: first_day }
}

/// What of it is earned on the days numbered from `from` up to, not including, `to`.
fn earned(schedule: &Schedule, from: i32, to: i32) -> i128 {
    let [first, last] = [from, to - 1].map(|n| schedule.first_day.saturating_add(n.days()));
    fen(schedule.within(first, last, None).expect("no more than the amount"))
}

/// A length in days, and where it is cut: begin and end are among the cuts.
fn cut_days() -> impl Strategy<Value = (i32, Vec<i32>)> {
    (1..740_i32).prop_flat_map(|length| {
        let inner = prop::collection::btree_set(0..=length, 0..10);
        let cuts = inner.prop_map(move |mut cuts| {
            cuts.extend([0, length]);
            cuts.into_iter().collect()
        });
        (Just(length), cuts)
    })
}

/// Within what the ledger can hold, or refused.
fn held(exact: i128) -> Result<i128, MoneyFault> {
    if exact.abs() <= LARGEST_FEN { Ok(exact) } else { Err(MoneyFault::TooLarge) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Law 1.
    #[test]
    fn the_parts_of_an_amount_add_up_to_it_into_however_many_it_is_split(
        amount in any_fen(),
        (length, cuts) in cut_days(),
    ) {
        let schedule = schedule(amount, length);
        let parts: Vec<i128> = cuts.windows(2).map(|cut| earned(&schedule, cut[0], cut[1])).collect();
        prop_assert_eq!(parts.iter().sum::<i128>(), amount);
    }

    /// Law 2.
    #[test]
    fn no_part_is_negative_and_none_exceeds_the_whole(
        amount in owed(),
        (length, cuts) in cut_days(),
        (some, all) in some_days(),
        part in 0..=1_000_000_i128,
        percent in 0..=100_u32,
    ) {
        let schedule = schedule(amount, length);
        let whole = yuan(amount);
        let of_balances = fen(whole.share(yuan(part), yuan(1_000_000)).expect("no more than the whole"));
        let promoted = Discount { promotion: PromotionName::Yearly, price_percent: percent };
        let promoted = fen(promoted.price(whole).expect("no more than the whole"));
        let shares = [fen(share_of(some, all, whole)), of_balances, promoted];
        for part in cuts.windows(2).map(|cut| earned(&schedule, cut[0], cut[1])).chain(shares) {
            prop_assert!((0..=amount).contains(&part), "{} of {}", part, amount);
        }
    }

    /// Law 3.
    #[test]
    fn a_month_costs_no_less_for_more_days_a_higher_peak_or_a_higher_price(
        fees in [owed(), owed()],
        (some, all) in some_days(),
        fewer in 0..=31_u32,
        peaks in [0..10_000_000_u64, 0..10_000_000_u64],
        block in 1..200_000_u64,
    ) {
        let [low, high] = [fees[0].min(fees[1]), fees[0].max(fees[1])].map(yuan);
        prop_assert!(share_of(fewer.min(some), all, high) <= share_of(some, all, high));
        prop_assert!(share_of(some, all, low) <= share_of(some, all, high));
        let [lower, higher] = [peaks[0].min(peaks[1]), peaks[0].max(peaks[1])];
        prop_assert!(started_blocks(lower, 10_000, block) <= started_blocks(higher, 10_000, block));
    }

    /// Law 4.
    #[test]
    fn what_a_stretch_earns_is_what_its_pieces_earn(
        amount in any_fen(),
        (length, cuts) in cut_days(),
    ) {
        let schedule = schedule(amount, length);
        let through = |day: i32| half_away(amount * i128::from(day), length.into());
        let mut pieces = 0;
        for cut in cuts.windows(2) {
            pieces += earned(&schedule, cut[0], cut[1]);
            prop_assert_eq!(pieces, through(cut[1]));
        }
        let middle = cuts[cuts.len() / 2];
        prop_assert_eq!(earned(&schedule, middle, length), amount - through(middle));
    }

    /// Law 9.
    #[test]
    fn no_days_no_blocks_and_no_price_cost_nothing(fee in owed(), (some, all) in some_days(), peak in 0..=10_000_u64) {
        prop_assert_eq!(fen(share_of(0, all, yuan(fee))), 0);
        prop_assert_eq!(fen(share_of(some, all, yuan(0))), 0);
        prop_assert_eq!(started_blocks(peak, 10_000, 10_000), 0);
        prop_assert_eq!(yuan(fee).times(0).map(fen), Ok(0));
    }

    /// Law 10.
    #[test]
    fn all_days_of_a_month_cost_its_price_to_the_fen(fee in owed(), days in 28..=31_u32, whole in any::<bool>()) {
        prop_assert_eq!(MonthShare { service_days: days, days, whole }.of(yuan(fee)).map(fen), Ok(fee));
        prop_assert_eq!(earned(&schedule(fee, days as i32), 0, days as i32), fee);
    }

    /// Law 12. What leaves the range is an error at the very fen, and no order of magnitude is a panic.
    #[test]
    fn an_amount_beyond_the_range_is_an_error_and_no_panic(
        amounts in [any_fen(), any_fen(), any_fen()],
        count in prop_oneof![0..1_000_u64, any::<u64>()],
    ) {
        let [a, b, c] = amounts;
        prop_assert_eq!(yuan(a).plus(yuan(b)).map(fen), held(a + b));
        prop_assert_eq!(yuan(a).minus(yuan(b)).map(fen), held(a - b));
        prop_assert_eq!(yuan(a).times(count).map(fen), held(a * i128::from(count)));
        let share = if c == 0 { Err(MoneyFault::TooLarge) } else { held(half_away(a * b * c.signum(), c.abs())) };
        prop_assert_eq!(yuan(a).share(yuan(b), yuan(c)).map(fen), share);
    }

    /// Law 14. A fraction up to the one rounding of the line, the price of many blocks as that of one.
    #[test]
    fn the_share_of_a_month_is_its_days_over_the_months_rounded_once(
        price in 0..10_000_000_i128,
        blocks in 0..10_000_u64,
        (some, all) in some_days(),
    ) {
        let fee = yuan(price).times(blocks).expect("in range");
        let exact = half_away(price * i128::from(blocks) * i128::from(some), all.into());
        prop_assert_eq!(fen(share_of(some, all, fee)), exact);
    }

    /// Law 15.
    #[test]
    fn an_amount_is_written_in_one_way_and_read_back_as_it_was(amount in any_fen()) {
        let money = yuan(amount);
        let text = format!(r#"{{"amount":"{}","currency":"CNY"}}"#, written(amount));
        prop_assert_eq!(&serde_json::to_string(&money).expect("plain data"), &text);
        prop_assert_eq!(serde_json::from_str::<Money>(&text).expect("its own form"), money);
        prop_assert_eq!(fen(money), amount);
    }
}

/// Laws 3 and 14, of an upgrade: months of 365/12 days, to two decimals before they meet a price (B5).
#[test]
fn months_left_are_of_365_12_days_and_to_two_decimals() {
    let left = |days| months(days, UpgradePricing::PlatformFormula).expect("in range");
    for days in 0..=1_500_u32 {
        let hundredths = hundredths_of_months(days.into());
        assert_eq!(left(days), Decimal::from_i128_with_scale(hundredths, 2), "{days} days");
        assert!(left(days) < left(days + 1), "{days} days");
    }
    assert!(months(u32::MAX, UpgradePricing::PlatformFormula).is_ok());
}

/// Law 11. Sums of two currencies cannot be written down as long as there is one.
#[test]
fn no_currency_but_one_is_an_amounts() {
    let letters = || ('A'..='Z').chain(['c', 'n', 'y', '¥']);
    let codes = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| format!("{a}{b}{c}"))));
    let kept: Vec<String> = codes
        .filter(|code| {
            let read = serde_json::from_str::<Money>(&format!(r#"{{"amount":"9.00","currency":"{code}"}}"#));
            assert_eq!(read.is_ok(), code.parse::<Currency>().is_ok(), "{code}");
            read.is_ok()
        })
        .collect();
    assert_eq!(kept, ["CNY"]);
}

/// Law 13.
#[test]
fn a_boundary_returns_to_the_anchors_day_behind_a_short_month() {
    let first = date(2023, 1, 1);
    for n in 0..4 * 365 {
        let anchor = first.saturating_add(n.days());
        for months in 0..=24 {
            assert_eq!(nth_boundary(anchor, months, MonthEnd::Clamp), boundary(anchor, months), "{anchor} + {months}");
        }
    }
}
