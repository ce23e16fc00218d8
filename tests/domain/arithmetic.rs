//! Owns the golden cases that are sums alone: blocks, shares, rounding, splits by how it was paid (A2.10, A4, A6, B).
//!
//! Does not own cases with an order behind them. What belongs to products that are not sold here has its figures given:
//! the functions are ours.

use jiff::civil::Date;
use rust_decimal::Decimal;
use subledger_domain::charge::Item;
use subledger_domain::money::{Currency, Money};
use subledger_domain::plan::Plan;
use subledger_domain::plan_change::months;
use subledger_domain::proration::{MonthShare, started_blocks};
use subledger_domain::terms::{Discount, PromotionName, UpgradePricing};
use subledger_tests::fixtures::{CHAT, catalog, cny, day, instant};

use crate::timeline::Story;

fn exact(text: &str) -> Decimal {
    text.parse().expect("a figure")
}

fn percent(price_percent: u32) -> Discount {
    Discount { promotion: PromotionName::Yearly, price_percent }
}

#[track_caller]
fn cost(price: &str, count: u64) -> Money {
    cny(price).times(count).expect("in range")
}

#[test]
fn a2_10_call_packages_are_sold_at_four_fifths_of_their_list_price() {
    for (list_price, price) in
        [("625.00", "500.00"), ("1250.00", "1000.00"), ("1875.00", "1500.00"), ("6250.00", "5000.00")]
    {
        assert_eq!(percent(80).price(cny(list_price)), Ok(cny(price)));
    }
    use subledger_domain::catalog::{AddOn, CallVariant};
    use subledger_domain::plan::DataSite;
    let catalog = catalog();
    let list = catalog.in_force(instant("2022-11-01"));
    for (variant, plan, price) in [
        (CallVariant::Basic, Plan::Pro, "500.00"),
        (CallVariant::Advanced, Plan::Pro, "1000.00"),
        (CallVariant::Premium, Plan::Flagship, "1500.00"),
    ] {
        let terms = list.add_on(AddOn::AvCall(variant), DataSite::China, plan).expect("it is sold");
        assert_eq!(terms.price, cny(price), "{variant:?}");
    }
}

#[test]
fn a4_2_a_started_hundred_thousand_groups_costs_1000() {
    assert_eq!(cost("1000.00", started_blocks(130_000, 100_000, 100_000)), cny("1000.00"));
}

#[test]
fn a4_4_two_months_of_roaming_at_200000_cost_2000() {
    assert_eq!(cost("500.00", 2 * started_blocks(200_000, 0, 100_000)), cny("2000.00"));
}

#[test]
fn a4_5_a_peak_of_200001_costs_20000() {
    assert_eq!(cost("1000.00", started_blocks(200_001, 10_000, 10_000)), cny("20000.00"));
}

#[test]
fn a6_2_a_twentieth_of_a_yuan_is_left_of_0_054() {
    let detail = exact("0.0010") * exact("54");
    assert_eq!(detail, exact("0.054"));
    assert_eq!(Money::rounded(detail, Currency::CNY), Ok(cny("0.05")));
}

#[test]
fn b1_and_b2_what_goes_back_is_split_as_it_was_paid_and_gift_takes_the_rest() {
    let order = percent(83).price(cost("51.00", 12)).expect("in range");
    assert_eq!(order, cny("507.96"));
    // 100.00 were paid by voucher, which is not given back.
    let (cash, gift) = (cny("200.00"), cny("207.96"));
    let paid = order.minus(cny("100.00")).expect("in range");
    assert_eq!(cash.plus(gift), Ok(paid));
    let used = cost("0.42", 96).plus(cost("0.21", 24)).expect("in range");
    assert_eq!(used, cny("45.36"));
    for (back, in_cash, in_gift) in
        [(paid, "200.00", "207.96"), (paid.minus(used).expect("in range"), "177.76", "184.84")]
    {
        let share = back.share(cash, paid).expect("in range");
        assert_eq!((share, back.minus(share)), (cny(in_cash), Ok(cny(in_gift))), "of {back}");
    }
}

#[test]
fn b5_ninety_two_days_are_3_02_months() {
    let fee = |pricing| {
        let left = months(92, pricing).expect("in range");
        let exact = exact("218") * left * exact("0.8") - exact("65") * left * exact("0.8");
        (left.round_dp(4), exact.round_dp(4))
    };
    assert_eq!(fee(UpgradePricing::PlatformFormula), (exact("3.02"), exact("369.648")));
    assert_eq!(fee(UpgradePricing::Exact), (exact("3.0247"), exact("370.2181")));
}

#[test]
fn b6_a_month_and_half_of_one_cost_90() {
    let half = MonthShare { service_days: 15, days: 30, whole: false };
    let part = half.of(cny("60.00")).expect("in range");
    assert_eq!(cny("60.00").plus(part), Ok(cny("90.00")));
}

#[test]
fn b9_usage_of_the_last_evening_of_january_is_januarys_and_deducted_in_february() {
    let mut story = Story::begin("2022-12-31");
    story.on("2023-01-01").deposit("4000.00").and().buy(CHAT, Plan::Pro, 3).accepted();
    story.on("2023-01-31 23:59").measure(CHAT, "2023-01-31", 10_001, 0).accepted();
    story.on("2023-02-03").settle().accepted();
    let statement = story.statement("2023-01");
    assert_eq!((statement.fee(CHAT, Item::DauOverage).as_str(), statement.at), ("1000.00", instant("2023-02-03")));
    let deducted_on: Date = day("2023-02-03");
    assert_eq!(subledger_tests::fixtures::civil_day(statement.at), deducted_on);
}

#[test]
fn b10_gift_is_consumed_before_cash() {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-01").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-10-02").deposit("550.00").and().gift("550.00").balance("550.00", "550.00");
    story.on("2022-10-02").keep(CHAT, 30).accepted();
    story.on("2022-11-03").settle().balance("550.00", "50.00");
}
