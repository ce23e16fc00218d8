//! Owns the golden cases that documents give: A of the product, B of the platform.
//!
//! Left out: A4.3, A6.1 and A6.3, sums and packs of things that this product does not sell.

use super::life::{Life, buy, day, instant, month, promote, usage};
use crate::agreement::{Agreement, Bought};
use crate::calendar::{ValidityEnd, validity_end};
use crate::order::PayMode;
use crate::policies::UpgradeMonths;
use crate::prices::{CallPack, Item, List, Plan, Promotion, Site, add_on_price, blocks, yuan};
use crate::rounding::round;
use crate::wallet::{Charge, HeldVoucher, Money, split};

#[test]
fn a1_1_a_month_runs_to_the_day_before() {
    let mut life = Life::rich("2019-02-12");
    life.ok("2019-02-12 10:00", buy(Plan::Pro, 1));
    assert_eq!(life.paid_through(), day("2019-03-11"));
}

#[test]
fn a1_2_by_the_clock_it_runs_to_the_same_time_of_day() {
    let bought = instant("2022-03-09 10:10:52");
    assert_eq!(validity_end(bought, 1, ValidityEnd::ClockTime), instant("2022-04-08 10:10:52"));
    assert_eq!(validity_end(bought, 1, ValidityEnd::EndOfDay), instant("2022-04-09"));
}

#[test]
fn a1_3_bought_on_the_first_it_runs_to_the_last() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01 10:00", buy(Plan::Pro, 1));
    assert_eq!(life.paid_through(), day("2022-11-30"));
}

#[test]
fn a2_1_a2_2_the_first_purchase_is_a_tenth() {
    for (plan, price) in [(Plan::Flagship, 299_90), (Plan::Pro, 99_90)] {
        let mut life = Life::rich("2022-11-01");
        life.ok("2022-11-01", promote(1, plan, 1, Promotion::FirstPurchase));
        assert_eq!(life.last_order().total, price);
    }
}

#[test]
fn a2_10_call_packs_are_four_fifths_of_their_list_price() {
    for (pack, list_price) in [(CallPack::Basic, 625), (CallPack::Advanced, 1_250), (CallPack::Premium, 1_875)] {
        let kind = crate::prices::AddOnKind::AvCall(pack);
        let price = add_on_price(List::E3, Site::China, Plan::Flagship, kind).expect("from E3 on with either plan");
        assert_eq!(price * 100, yuan(list_price) * 80);
    }
}

#[test]
fn a3_1_a3_2_rooms_that_may_still_be_created() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    let rooms = life.rights().limit("avchatrooms_max").expect("Pro has a limit");
    let creatable = |created: u64, dissolved: u64| rooms - (created - dissolved);
    assert_eq!((creatable(3, 3), creatable(3, 0)), (50, 47));
}

#[test]
fn a3_3_a3_4_one_day_above_is_charged_on_its_value() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 3));
    for number in 1..=30 {
        life.ok("2022-11-30 12:00", usage(&format!("2022-11-{number}"), 9_999, 10));
    }
    life.ok("2022-12-31 12:00", usage("2022-12-07", 31_000, 10));
    life.run("2023-01-03");
    assert_eq!((life.billed("2022-11"), life.billed("2022-12")), (0, 3_000_00));
}

#[test]
fn a3_6_net_new_groups_have_a_limit_a_day() {
    let mut life = Life::rich("2022-11-01");
    assert_eq!(life.rights().limit("groups_daily_net_new_max"), Some(100));
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    assert_eq!(life.rights().limit("groups_daily_net_new_max"), Some(10_000));
}

#[test]
fn a4_2_a4_4_a4_5_blocks_of_2019() {
    assert_eq!(1_000 * blocks(130_000, 100_000, 100_000), 1_000);
    assert_eq!(500 * 2 * blocks(200_000, 0, 100_000), 2_000);
    assert_eq!(10_000 * blocks(200_001, 100_000, 100_000), 20_000);
}

/// 51 × 12 × 0.83, of which a voucher paid 100.
fn order_of_b1() -> (i64, (i64, i64)) {
    let bought = Bought { months: 12, plan: Plan::Pro, monthly: 51_00, percent: 83, list: List::E2 };
    (bought.price(), (200_00, 207_96))
}

#[test]
fn b1_everything_comes_back_but_the_voucher() {
    let (price, (cash, gift)) = order_of_b1();
    assert_eq!((price, cash + gift), (507_96, 407_96));
    let mut agreement = Agreement::new(day("2022-11-01"));
    let bought = Bought { months: 12, plan: Plan::Pro, monthly: 51_00, percent: 83, list: List::E2 };
    agreement.extend(bought, cash, gift);
    let full = agreement.full_refund();
    assert_eq!(
        (full.amount, split(full.amount, (i128::from(full.by.0), i128::from(full.by.0 + full.by.1)))),
        (407_96, (200_00, 207_96))
    );
}

#[test]
fn b2_what_is_left_is_split_as_it_was_paid() {
    let (_, (cash, gift)) = order_of_b1();
    let used = 42 * 96 + 21 * 24;
    assert_eq!(used, 45_36);
    let left = cash + gift - used;
    assert_eq!((left, split(left, (cash.into(), (cash + gift).into()))), (362_60, (177_76, 184_84)));
}

#[test]
fn b5_an_upgrade_counts_today_and_rounds_its_months() {
    let mut agreement = Agreement::new(day("2018-10-01"));
    let bought = Bought { months: 3, plan: Plan::Pro, monthly: 65_00, percent: 80, list: List::E2 };
    agreement.extend(bought, 156_00, 0);
    assert_eq!(agreement.end().0 - day("2018-10-01").0, 92);
    // 218 at its discount of 0.8 is 174.40.
    assert_eq!(agreement.upgrade_fee(day("2018-10-01"), Site::China, 174_40, UpgradeMonths::Hundredths), 369_65);
    assert_eq!(agreement.upgrade_fee(day("2018-10-01"), Site::China, 174_40, UpgradeMonths::Exact), 370_22);
}

#[test]
fn b7_the_system_takes_vouchers_by_expiry_amount_and_remainder() {
    let mut money = Money::default();
    let held = [
        (1, 10, "03-09", None),
        (2, 8, "03-09", None),
        (3, 5, "03-09", None),
        (4, 2, "03-09", None),
        (5, 4, "03-10", None),
    ];
    for (id, left, expires, minimum) in held {
        let mut terms = super::life::voucher(id, yuan(left), &format!("2017-{expires}"));
        terms.minimum = minimum;
        money.vouchers.push(HeldVoucher { terms, remaining: yuan(left) });
    }
    let mut order = Vec::new();
    let lines = [(Item::Pro, yuan(4))];
    let charge = Charge { lines: &lines, months: Some(1), mode: PayMode::Prepaid, today: day("2017-03-01") };
    while let Some((index, _)) = money.chosen_voucher(&charge) {
        order.push(money.vouchers[index].terms.id);
        money.vouchers[index].remaining = 0;
    }
    assert_eq!(order, [3, 2, 1, 4, 5], "C, B, A, D, E");
}

#[test]
fn b9_usage_of_the_last_evening_of_january_is_januarys() {
    let mut life = Life::rich("2023-01-01");
    life.ok("2023-01-01", buy(Plan::Pro, 3));
    life.ok("2023-01-31 23:59:59", usage("2023-01-31", 10_001, 0));
    life.run("2023-02-03");
    let statement = life.statement("2023-01").expect("issued");
    assert_eq!(
        (statement.total, statement.issued_on, statement.month),
        (1_000_00, day("2023-02-03"), Some(month("2023-01")))
    );
}

#[test]
fn a6_2_detail_is_finer_than_deductions() {
    assert_eq!(round(54 * 10, 100), 5, "54 deductions at 0.0010 are 0.054");
}

#[test]
fn b6_a_month_and_half_of_one() {
    assert_eq!(60_00 + round(60_00 * 15, 30), 90_00);
}

#[test]
fn b10_gift_is_consumed_before_cash() {
    let mut money = Money { cash: 50_00, gift: 50_00, ..Money::default() };
    let lines = [(Item::DauOverage, 30_00)];
    let charge = Charge { lines: &lines, months: None, mode: PayMode::Postpaid, today: day("2022-11-03") };
    money.pay_what_there_is(&charge, None);
    assert_eq!((money.cash, money.gift), (50_00, 20_00));
}
