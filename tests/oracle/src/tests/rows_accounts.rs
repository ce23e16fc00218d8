//! Owns the worked examples of the rows about debts, months and money: U1–U20, each by its number.

use super::life::{
    Life, add_on, auto_renew, buy, buy_auto, buy_with, create, day, deposit, gift, keep_history, owing_a_thousand,
    refund, renew, upgrade, usage, voucher,
};
use crate::Cause;
use crate::order::{Order, PayMode};
use crate::prices::{AddOnKind, CallPack, Plan, Promotion, Site};
use crate::rounding::Fen;
use crate::view::{AccountState, ApplicationState};

#[test]
fn u1_nothing_new_while_anything_is_owed() {
    let mut life = owing_a_thousand(3);
    let new = [
        create(2, Site::China),
        renew(1),
        upgrade(),
        keep_history(90),
        add_on(1, AddOnKind::GroupMembers, 1),
        add_on(1, AddOnKind::AvCall(CallPack::Trial), 1),
    ];
    for order in &new {
        life.refused("2022-11-05", order.clone(), "account_in_arrears");
    }
    for order in new {
        life.refused("2022-11-11", order, "account_suspended");
    }
    life.ok("2022-11-12", deposit(1_500_00));
    let account = life.0.account();
    assert_eq!((account.state, account.cash, account.debt), (AccountState::Active, 500_00, 0));
    life.refused("2022-11-12", renew(1), "insufficient_balance");
}

/// Pro from 10-12 to 11-11, 1,000 owed since 11-03 and paid at some time.
fn cured_on(at: &str) -> Life {
    let mut life = owing_a_thousand(1);
    life.run("2022-11-10");
    assert_eq!(life.causes(), [Cause::Arrears]);
    life.ok(at, deposit(1_000_00));
    life
}

#[test]
fn u2_each_cause_has_its_own_cure() {
    let mut life = cured_on("2022-11-14");
    assert_eq!(life.state(), ApplicationState::Grace);
    assert_eq!(life.run("2022-11-18 23:59:59").state(), ApplicationState::Grace);
    assert_eq!(life.run("2022-11-19").causes(), [Cause::Expired]);
    let life = cured_on("2022-11-25");
    assert_eq!((life.state(), life.causes()), (ApplicationState::Suspended, vec![Cause::Expired]));
}

#[test]
fn u2_trial_goes_on() {
    let mut life = owing_a_thousand(1);
    life.refused("2022-11-05", create(2, Site::China), "account_in_arrears");
    let mut life = Life::with_cash("2022-10-12", 999_00);
    life.ok("2022-10-12", create(2, Site::China));
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.ok("2022-10-20", usage("2022-10-19", 10_001, 0));
    life.run("2022-11-10");
    assert_eq!(life.application(2).state, ApplicationState::Suspended);
    life.ok("2022-11-11", deposit(1_000_00));
    let trial = life.application(2);
    assert_eq!((trial.state, trial.plan), (ApplicationState::Active, Plan::Trial));
}

#[test]
fn u3_the_oldest_debt_first_and_the_clock_unchanged() {
    let mut life = owing_a_thousand(3);
    life.ok("2022-11-08", deposit(400_00));
    let arrears = life.0.account().arrears.expect("still owing");
    assert_eq!((life.debt(), arrears), (600_00, (day("2022-11-03"), day("2022-11-10").midnight())));
    life.ok("2022-11-09", deposit(600_00));
    assert_eq!((life.debt(), life.0.account().available), (0, 0));
    assert_eq!(life.run("2022-11-10").state(), ApplicationState::Active);
}

#[test]
fn u4_balances_go_down_to_zero_and_the_rest_is_owed() {
    let mut life = Life::with_cash("2022-10-12", 999_00);
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.ok("2022-10-12", deposit(500_00));
    life.ok("2022-10-12", gift(300_00));
    life.ok("2022-10-20", usage("2022-10-19", 10_001, 0));
    life.run("2022-11-03");
    let account = life.0.account();
    assert_eq!((account.cash, account.gift, account.debt, account.available), (0, 0, 200_00, -200_00));
}

#[test]
fn u5_a_second_bill_makes_the_debt_grow_and_nothing_else() {
    let mut life = owing_a_thousand(3);
    life.ok("2022-11-04 12:00", usage("2022-11-04", 20_001, 0));
    life.run("2022-12-03");
    assert_eq!((life.billed("2022-11"), life.debt()), (600_00, 1_600_00));
    assert_eq!(life.stopped_on(Cause::Arrears), day("2022-11-10"));
    assert_eq!(life.application(1).recycles_at, Some(day("2023-02-08").midnight()));
    assert_eq!(life.0.account().arrears.map(|(since, _)| since), Some(day("2022-11-03")));
}

#[test]
fn u6_the_bill_at_midnight_then_the_renewal_in_the_evening() {
    let mut life = Life::with_cash("2022-11-04", 999_00);
    life.ok("2022-11-04", buy_auto(1, Plan::Pro));
    life.ok("2022-11-05", keep_history(30));
    life.ok("2022-11-05", deposit(1_000_00));
    life.run("2022-12-03 23:00");
    assert_eq!((life.cash(), life.paid_through()), (500_00, day("2022-12-03")));
    life.ok("2022-12-04 12:00", deposit(499_00));
    life.run("2022-12-04 22:59:59");
    assert_eq!(life.cash(), 999_00);
    life.run("2022-12-04 23:00");
    assert_eq!((life.cash(), life.paid_through()), (0, day("2023-01-03")));
    assert_eq!(life.last_order().lines[0].period, Some((day("2022-12-04"), day("2023-01-04"))));
}

#[test]
fn u7_money_for_one_of_two() {
    let mut life = Life::with_cash("2022-11-01", 1_998_00);
    life.ok("2022-11-01", create(2, Site::China));
    life.ok("2022-11-01", buy_auto(2, Plan::Pro));
    life.ok("2022-11-01", buy_auto(1, Plan::Pro));
    life.ok("2022-11-30", deposit(1_000_00));
    life.run("2022-11-30 23:00");
    assert_eq!((life.paid_through(), life.cash()), (day("2022-12-31"), 1_00));
    assert_eq!(life.application(2).subscription.expect("in term").paid_through, day("2022-11-30"));
    life.ok("2022-12-01", deposit(998_00));
    life.run("2022-12-01 23:00");
    assert_eq!(life.application(2).subscription.expect("renewed").paid_through, day("2022-12-31"));
}

#[test]
fn u7_an_add_on_waits_for_its_plan() {
    let mut life = Life::with_cash("2022-11-01", 1_499_00);
    life.ok("2022-11-01", buy_auto(1, Plan::Pro));
    let kind = AddOnKind::GroupMembers;
    let order = Order::BuyAddOn { application: 1, add_on: 1, kind, months: 1, auto_renew: true, voucher: None };
    life.ok("2022-11-01", order);
    life.ok("2022-11-30", deposit(600_00));
    life.run("2022-11-30 23:00");
    assert_eq!((life.cash(), life.add_on_ends()), (600_00, vec![day("2022-11-30")]));
    life.ok("2022-12-01", deposit(899_00));
    life.run("2022-12-01 23:00");
    assert_eq!((life.cash(), life.paid_through(), life.add_on_ends()), (0, day("2022-12-31"), vec![day("2022-12-31")]));
}

/// Trial to 11-10 15:00, then Pro.
fn bought_in_the_month() -> Life {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-09", usage("2022-11-05", 90, 0));
    life.ok("2022-11-10 15:00", buy(Plan::Pro, 1));
    life
}

#[test]
fn u8_a_month_begun_on_trial_is_not_a_part_of_a_month() {
    let mut life = bought_in_the_month();
    life.ok("2022-11-20 12:00", usage("2022-11-20", 12_000, 0));
    life.run("2022-12-03");
    assert_eq!(life.billed("2022-11"), 1_000_00);
    assert_eq!(life.statement("2022-11").expect("issued").lines[0].share, Some((1, 1)));
}

#[test]
fn u8_the_day_of_purchase_counts() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-10 23:59:59", buy(Plan::Pro, 1));
    life.ok("2022-11-11", usage("2022-11-10", 12_000, 0));
    life.ok("2022-11-11", usage("2022-11-09", 99_000, 0));
    life.run("2022-12-03");
    assert_eq!(life.billed("2022-11"), 1_000_00);
}

#[test]
fn u9_trial_days_are_no_service_days_of_a_stop_month() {
    let mut life = bought_in_the_month();
    life.refund("2022-11-17 12:00");
    life.ok("2022-11-20 12:00", usage("2022-11-20", 12_000, 0));
    life.run("2022-12-03");
    assert_eq!(life.stopped_on(Cause::Refunded), day("2022-11-25"));
    assert_eq!(life.statement("2022-11").expect("issued").lines[0].share, Some((15, 30)));
    assert_eq!(life.billed("2022-11"), 500_00);
}

#[test]
fn u10_grace_is_service() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 1));
    life.ok("2022-11-03 12:00", usage("2022-11-03", 25_000, 0));
    life.run("2022-12-03");
    assert_eq!((life.stopped_on(Cause::Expired), life.billed("2022-11")), (day("2022-11-08"), 466_67));
}

#[test]
fn u11_the_month_of_coming_back_has_a_share_too() {
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.ok("2022-12-10 12:00", buy(Plan::Pro, 1));
    life.ok("2022-12-20", usage("2022-12-15", 15_000, 0));
    life.run("2023-01-03");
    assert_eq!(life.billed("2022-12"), 709_68);
}

#[test]
fn u12_the_date_of_a_reading_decides() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 1));
    life.ok("2022-11-08 12:00", usage("2022-11-07", 10_001, 0));
    life.ok("2022-11-08 12:00", usage("2022-11-08", 50_000, 0));
    let counted = ["2022-11-07", "2022-11-08"].map(|date| life.0.usage_day(1, day(date)).expect("stored").counted);
    assert_eq!(counted, [true, false]);
    life.run("2022-12-03");
    assert_eq!(life.billed("2022-11"), 233_33);
}

#[test]
fn u13_a_day_without_a_reading_is_a_day_of_nothing() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 2));
    life.ok("2022-10-31 12:00", usage("2022-10-31", 0, 120_000));
    life.run("2022-12-03");
    let november = life.statement("2022-11").expect("issued");
    assert_eq!((november.total, november.lines[0].days_without_reading), (0, 30));
    assert_eq!(life.billed("2022-10"), 1_000_00);
}

#[test]
fn u14_above_the_caps_of_trial_is_a_fact_without_a_fee() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-02", usage("2022-11-01", 101, 0));
    let reading = life.0.usage_day(1, day("2022-11-01")).expect("stored");
    assert!(reading.over_cap && !reading.counted);
    life.run("2022-12-03");
    assert!(life.statement("2022-11").is_none());
    assert_eq!(life.rights().limit("dau_included"), Some(100));
}

#[test]
fn u15_storage_over_a_stop_and_a_return() {
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.ok("2022-10-12", keep_history(360));
    life.ok("2023-01-11", buy(Plan::Pro, 1));
    life.run("2023-02-03");
    let billed: Vec<Option<Fen>> = ["2022-10", "2022-11", "2022-12", "2023-01"]
        .map(|month| life.statement(month).map(|statement| statement.total))
        .into();
    assert_eq!(billed, [Some(2_500_00), Some(1_500_00), None, Some(1_693_55)]);
}

#[test]
fn u16_a_change_of_plan_with_storage_on() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 3));
    life.ok("2022-10-01", keep_history(90));
    life.ok("2022-11-16", upgrade());
    life.run("2023-01-03");
    assert_eq!((life.billed("2022-11"), life.billed("2022-12")), (1_000_00, 500_00));
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 3));
    life.ok("2022-10-01", keep_history(30));
    life.ok("2022-11-16", upgrade());
    life.ok("2022-11-17", keep_history(90));
    assert_eq!(life.rights().limit("history_retention_days"), Some(90), "the upgrade is not the payer's change");
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 3));
    life.ok("2022-10-01", keep_history(30));
    life.ok("2022-11-16", upgrade());
    life.run("2023-01-03");
    assert_eq!((life.billed("2022-11"), life.billed("2022-12")), (500_00, 0));
}

#[test]
fn u17_off_and_on_again_and_the_same_figure() {
    let mut life = Life::rich("2022-09-01");
    life.ok("2022-09-01", buy(Plan::Pro, 6));
    life.ok("2022-09-01", keep_history(90));
    life.ok("2022-11-20", keep_history(90));
    life.ok("2022-11-20", keep_history(7));
    life.ok("2022-12-05", keep_history(90));
    life.run("2023-01-03");
    assert_eq!((life.billed("2022-11"), life.billed("2022-12")), (1_000_00, 1_000_00));
}

#[test]
fn u17_a_raise_is_not_an_activation() {
    let mut life = Life::rich("2022-10-14");
    life.ok("2022-10-14", buy(Plan::Pro, 1));
    life.ok("2022-10-14", keep_history(90));
    life.ok("2022-11-05", keep_history(360));
    life.run("2022-12-03");
    assert_eq!((life.stopped_on(Cause::Expired), life.billed("2022-11")), (day("2022-11-21"), 1_666_67));
}

#[test]
fn u18_a_statement_of_nothing_is_issued() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-20", usage("2022-11-19", 8_000, 0));
    life.run("2022-12-01");
    assert!(life.0.documents().last().expect("drafted").is_draft);
    life.run("2022-12-03");
    let statement = life.statement("2022-11").expect("issued");
    assert_eq!((statement.total, statement.lines[0].peak, statement.issued_on), (0, Some(8_000), day("2022-12-03")));
    assert_eq!((life.debt(), life.0.account().state), (0, AccountState::Active));
}

#[test]
fn u19_a_voucher_on_the_day_after_its_last() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", Order::GrantVoucher(voucher(7, 100_00, "2022-11-30")));
    life.refused("2022-12-01 00:01", buy_with(Plan::Pro, 1, 7), "voucher_expired");
    assert_eq!(life.cash(), 1_000_000_00);
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", Order::GrantVoucher(voucher(7, 100_00, "2022-11-30")));
    life.ok("2022-11-30 23:59:59", buy_with(Plan::Pro, 1, 7));
    assert_eq!(life.cash(), 1_000_000_00 - 899_00);
}

#[test]
fn u20_what_is_left_of_a_voucher_stays() {
    let mut life = Life::with_cash("2022-11-01", 0);
    life.ok("2022-11-01", Order::GrantVoucher(voucher(7, 1_500_00, "2022-12-31")));
    life.ok("2022-11-01", buy_with(Plan::Pro, 1, 7));
    assert_eq!((life.cash(), life.0.account().vouchers), (0, vec![(7, 501_00)]));
}

#[test]
fn u20_conditions_of_a_voucher() {
    let terms = |change: fn(&mut crate::order::Voucher)| {
        let mut terms = voucher(7, 100_00, "2022-12-31");
        change(&mut terms);
        terms
    };
    let unfit = [
        terms(|terms| terms.minimum = Some(999_01)),
        terms(|terms| terms.applies_to = vec![crate::prices::Item::Flagship]),
        terms(|terms| terms.months_min = Some(2)),
        terms(|terms| terms.pay_mode = Some(PayMode::Postpaid)),
    ];
    for terms in unfit {
        let mut life = Life::rich("2022-11-01");
        life.ok("2022-11-01", Order::GrantVoucher(terms));
        life.refused("2022-11-01", buy_with(Plan::Pro, 1, 7), "voucher_not_applicable");
    }
    let mut life = Life::rich("2022-11-01");
    life.refused("2022-11-01", buy_with(Plan::Pro, 1, 8), "voucher_not_applicable");
    life.ok("2022-11-01", Order::GrantVoucher(terms(|terms| terms.minimum = Some(99_91))));
    let promotion = Some(Promotion::FirstPurchase);
    let order = Order::PurchasePlan {
        application: 1,
        plan: Plan::Pro,
        months: 1,
        auto_renew: false,
        voucher: Some(7),
        promotion,
    };
    life.refused("2022-11-01", order, "voucher_not_applicable");
}

#[test]
fn u20_statements_and_automatic_renewals_choose_for_themselves() {
    let mut life = Life::with_cash("2022-11-01", 999_00);
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-01", auto_renew(true));
    life.ok("2022-11-02", Order::GrantVoucher(voucher(1, 999_00, "2023-01-31")));
    life.ok("2022-11-02", Order::GrantVoucher(voucher(2, 999_00, "2023-01-30")));
    life.ok("2022-11-02", usage("2022-11-02", 10_001, 0));
    life.run("2022-12-03");
    assert_eq!(life.0.account().vouchers, [(1, 0), (2, 0)]);
    assert_eq!((life.paid_through(), life.debt()), (day("2022-12-31"), 1_00));
}

#[test]
fn u20_vouchers_do_not_pay_for_accounts_in_arrears() {
    let mut life = owing_a_thousand(6);
    life.ok("2022-11-04", usage("2022-11-04", 10_001, 0));
    life.ok("2022-11-05", Order::GrantVoucher(voucher(1, 500_00, "2023-01-31")));
    life.run("2022-12-03");
    assert_eq!((life.debt(), life.0.account().vouchers), (1_300_00, vec![(1, 500_00)]));
    life.refused("2022-12-04", refund_of_nothing(), "not_found");
}

fn refund_of_nothing() -> Order {
    let Order::RefundPlan { kind, .. } = refund() else { panic!("a refund of a plan") };
    Order::RefundPlan { application: 9, kind }
}
