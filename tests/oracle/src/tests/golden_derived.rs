//! Owns the golden cases C, each through a life unless it is arithmetic.

use super::life::{
    Life, add_on, buy, buy_auto, create, day, deposit, instant, keep_history, ordinary_refund, promote, refund_add_on,
    renew, upgrade, usage,
};
use crate::Cause;
use crate::agreement::{Agreement, Bought};
use crate::calendar::{MonthEnd, boundary};
use crate::document::Kind;
use crate::order::{Order, RefundKind};
use crate::policies::UpgradeMonths;
use crate::prices::{AddOnKind, CallPack, GROUPS_BLOCK, GROUPS_INCLUDED, List, Plan, Promotion, Site, blocks};
use crate::rounding::Fen;
use crate::settlement::share_of;
use crate::view::ApplicationState;

/// The statement of a month of Pro with one reading.
fn month_with(site: Site, dau: u64, groups: u64) -> Fen {
    let mut life = Life::at(site, List::E2, "2022-11-01", 1_000_000_00);
    life.ok("2022-11-01", buy(Plan::Pro, 2));
    life.ok("2022-11-20 12:00", usage("2022-11-15", dau, groups));
    life.run("2022-12-03");
    life.billed("2022-11")
}

#[test]
fn c1_users_beyond_the_allowance_by_started_blocks() {
    let cases = [(0, 0), (9_999, 0), (10_000, 0), (10_001, 1), (20_000, 1), (20_001, 2), (100_000, 9)];
    for (dau, blocks) in cases {
        assert_eq!(month_with(Site::China, dau, 0), blocks * 1_000_00, "{dau}");
        assert_eq!(month_with(Site::Korea, dau, 0), blocks * 3_000_00, "{dau} abroad");
    }
}

#[test]
fn c2_groups_beyond_the_allowance_by_started_blocks() {
    for (groups, blocks) in [(100_000, 0), (100_001, 1), (200_000, 1), (200_001, 2)] {
        assert_eq!(month_with(Site::China, 0, groups), blocks * 1_000_00, "{groups}");
        assert_eq!(month_with(Site::India, 0, groups), blocks * 3_000_00, "{groups} abroad");
    }
}

#[test]
fn c2_8_counted_once_at_the_end_a_higher_peak_before_is_free() {
    assert_eq!(blocks(80_000, GROUPS_INCLUDED, GROUPS_BLOCK), 0);
    assert_eq!(month_with(Site::China, 0, 150_000), 1_000_00, "by the month's peak it is not");
}

#[test]
fn c3_totals_of_a_month_at_home() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    assert_eq!(life.last_order().total, 999_00, "C3.1");
    life.ok("2022-11-01", add_on(1, AddOnKind::AvchatroomUnlimited, 1));
    life.ok("2022-11-01", add_on(2, AddOnKind::GroupMembers, 1));
    life.ok("2022-11-01", add_on(3, AddOnKind::GroupsPerUser, 1));
    assert_eq!(life.cash(), 1_000_000_00 - 3_599_00, "C3.3");
    life.ok("2022-11-02", keep_history(360));
    life.ok("2022-11-03", usage("2022-11-03", 25_000, 150_000));
    life.run("2022-12-03");
    let amounts: Vec<Fen> = life.statement("2022-11").expect("issued").lines.iter().map(|line| line.amount).collect();
    assert_eq!(amounts, [2_000_00, 1_000_00, 2_500_00], "C3.3");
}

#[test]
fn c3_6_c3_7_plans_with_call_packs() {
    let cases = [(Plan::Pro, CallPack::Basic, 1_499_00), (Plan::Flagship, CallPack::Premium, 4_499_00)];
    for (plan, pack, total) in cases {
        let mut life = Life::rich("2022-11-01");
        life.ok("2022-11-01", buy(plan, 1));
        life.ok("2022-11-01", add_on(1, AddOnKind::AvCall(pack), 1));
        assert_eq!(1_000_000_00 - life.cash(), total);
    }
}

#[test]
fn c4_totals_of_a_month_abroad() {
    for (list, packs) in [(List::E2, 11_099_00), (List::E3, 5_599_00)] {
        let mut life = Life::at(Site::Germany, list, "2022-11-01", 1_000_000_00);
        life.ok("2022-11-01", buy(Plan::Pro, 1));
        assert_eq!(life.last_order().total, 2_999_00, "C4.1");
        life.ok("2022-11-01", add_on(1, AddOnKind::AvchatroomUnlimited, 1));
        life.ok("2022-11-01", add_on(2, AddOnKind::GroupMembers, 1));
        life.ok("2022-11-01", add_on(3, AddOnKind::GroupsPerUser, 1));
        assert_eq!(1_000_000_00 - life.cash(), packs, "C4.2");
        let call_pack = add_on(4, AddOnKind::AvCall(CallPack::Basic), 1);
        match list {
            List::E2 => life.refused("2022-11-01", call_pack, "add_on_not_sold_here"),
            _ => {
                life.ok("2022-11-01", call_pack);
                assert_eq!(life.last_order().total, 500_00, "C4.5");
            }
        }
    }
}

#[test]
fn c5_orders_of_many_months() {
    let cases = [(Plan::Pro, 12, 11_988_00), (Plan::Flagship, 12, 35_988_00), (Plan::Flagship, 24, 71_976_00)];
    for (plan, months, price) in cases {
        let mut life = Life::rich("2022-11-01");
        life.ok("2022-11-01", buy(plan, months));
        assert_eq!(life.last_order().total, price);
    }
    let mut life = Life::rich("2022-11-01");
    for months in [0, 25] {
        life.refused("2022-11-01", buy(Plan::Pro, months), "months_out_of_range");
    }
}

/// A life whose five-day refund was used on another application.
fn without_five_days(from: &str) -> Life {
    let mut life = Life::rich(from);
    life.ok(from, create(2, Site::China));
    life.ok(from, super::life::buy_for(2, Plan::Pro, 1));
    let answer = life.ok(from, Order::RefundPlan { application: 2, kind: None });
    assert_eq!(answer.refund.expect("refunded").kind, RefundKind::FiveDay);
    life
}

#[test]
fn c6_1_half_a_month_comes_back() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01 10:00", buy(Plan::Pro, 1));
    let refund = life.refund("2022-11-15 10:00");
    assert_eq!((refund.used, refund.total, refund.kind), (499_50, 499_50, RefundKind::Ordinary));
}

#[test]
fn c6_4_three_days_of_a_pack() {
    let mut life = without_five_days("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-01", add_on(1, AddOnKind::AvchatroomUnlimited, 1));
    let refund = life.ok("2022-11-03", refund_add_on(1)).refund.expect("refunded");
    assert_eq!((refund.used, refund.total), (100_00, 900_00));
}

#[test]
fn c6_5_c6_6_used_up_comes_back_as_nothing_and_is_cleared() {
    let mut life = without_five_days("2022-11-01");
    life.ok("2022-11-01", promote(1, Plan::Flagship, 1, Promotion::FirstPurchase));
    let refund = life.refund("2022-11-05");
    assert_eq!((refund.paid, refund.used, refund.total), (299_90, 499_83, 0));
    assert_eq!(life.application(1).subscription, None);
    assert_eq!(life.state(), ApplicationState::Grace);
}

#[test]
fn c6_8_on_the_fifth_day_after_everything_comes_back() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    let refund = life.refund("2022-11-06 23:00");
    assert_eq!((refund.kind, refund.total, refund.cash), (RefundKind::FiveDay, 999_00, 999_00));
}

#[test]
fn c6_10_a_renewal_not_begun_comes_back_in_full() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-02", renew(1));
    let refund = life.refund("2022-11-10");
    assert_eq!((refund.used, refund.total), (333_00, 1_665_00));
}

#[test]
fn c7_1_fifteen_days_of_thirty_one() {
    let mut life = Life::rich("2022-11-09");
    life.ok("2022-11-09", buy(Plan::Pro, 1));
    life.ok("2022-12-05", usage("2022-12-05", 15_000, 0));
    life.run("2023-01-03");
    assert_eq!(life.stopped_on(Cause::Expired), day("2022-12-16"));
    assert_eq!(life.billed("2022-12"), 483_87);
}

/// Pro to 11-03, stopped 11-11; storage of 360 days switched on at some time.
fn storage_and_stop(on: &str) -> Fen {
    let mut life = Life::rich("2022-10-04");
    life.ok("2022-10-04", buy(Plan::Pro, 1));
    life.ok(on, keep_history(360));
    life.run("2022-12-03");
    life.billed("2022-11")
}

#[test]
fn c7_4_c7_5_storage_in_the_stop_month() {
    assert_eq!(storage_and_stop("2022-10-20"), 833_33);
    assert_eq!(storage_and_stop("2022-11-03 23:59"), 2_500_00);
}

#[test]
fn c7_6_a_whole_month_is_a_whole_month() {
    assert_eq!(share_of(3_000_00, (28, 28)), 3_000_00);
}

#[test]
fn c7_7_after_the_stop_month_nothing_accrues() {
    let mut life = Life::rich("2022-10-04");
    life.ok("2022-10-04", buy(Plan::Pro, 1));
    life.ok("2022-10-04", keep_history(360));
    life.ok("2022-12-05", usage("2022-12-05", 50_000, 0));
    life.run("2023-01-03");
    assert!(life.statement("2022-12").is_none());
}

#[test]
fn c8_1_c8_2_a_late_activation_is_a_whole_month_and_the_months_only_change() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 2));
    life.ok("2022-11-28", keep_history(90));
    for days in [7, 30, 360] {
        life.refused("2022-11-30", keep_history(days), "retention_changed_this_month");
    }
    life.run("2022-12-03");
    assert_eq!(life.billed("2022-11"), 1_000_00);
}

#[test]
fn c8_4_to_c8_6_steps_that_are_not_sold() {
    let mut life = Life::rich("2022-11-01");
    life.refused("2022-11-01", keep_history(90), "add_on_needs_paid_plan");
    life.ok("2022-11-01", buy(Plan::Flagship, 1));
    life.ok("2022-11-01", keep_history(30));
    for days in [7, 60, 361] {
        life.refused("2022-11-01", keep_history(days), "retention_step_unknown");
    }
    assert_eq!(life.rights().limit("history_retention_days"), Some(30));
}

#[test]
fn c9_1_the_timetable_of_an_end() {
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12 10:00", buy(Plan::Pro, 1));
    let reminders = life.0.reminder_days(1);
    assert_eq!((reminders.first(), reminders.last()), (Some(&day("2022-11-05")), Some(&day("2022-11-18"))));
    assert_eq!(reminders.len(), 14);
    let timetable = [
        ("2022-11-11 23:59:59", ApplicationState::Active),
        ("2022-11-12", ApplicationState::Grace),
        ("2022-11-18 23:59:59", ApplicationState::Grace),
        ("2022-11-19", ApplicationState::Suspended),
        ("2023-02-16 23:59:59", ApplicationState::Suspended),
        ("2023-02-17", ApplicationState::Recycled),
    ];
    for (at, state) in timetable {
        assert_eq!(life.run(at).state(), state, "{at}");
    }
}

#[test]
fn c9_3_the_timetable_of_arrears() {
    let mut life = super::life::owing_a_thousand(3);
    assert_eq!(life.run("2022-11-09 23:59:59").state(), ApplicationState::Active);
    assert_eq!(life.run("2022-11-10").causes(), [Cause::Arrears]);
}

#[test]
fn c9_6_a_day_of_grace_from_e3_on() {
    let mut life = Life::at(Site::China, List::E3, "2022-10-12", 999_00);
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    assert_eq!(life.run("2022-11-12 23:59:59").state(), ApplicationState::Grace);
    life.run("2022-11-13");
    assert_eq!(life.stopped_on(Cause::Expired), day("2022-11-13"));
}

#[test]
fn c9_7_an_automatic_renewal_within_the_six_days_after() {
    let mut life = Life::with_cash("2022-10-12", 999_00);
    life.ok("2022-10-12", buy_auto(1, Plan::Pro));
    life.ok("2022-11-16 12:00", deposit(999_00));
    life.run("2022-11-16 22:59:59");
    assert_eq!(life.state(), ApplicationState::Grace);
    life.run("2022-11-16 23:00");
    assert_eq!((life.state(), life.paid_through()), (ApplicationState::Active, day("2022-12-11")));
    let tried: Vec<_> = life.0.tried_renewals().iter().map(|tried| (tried.at, tried.renewed)).collect();
    let evenings = [11, 12, 13, 14, 15, 16].map(|n| (instant(&format!("2022-11-{n} 23:00")), n == 16));
    assert_eq!(tried, evenings);
}

#[test]
fn c10_month_ends_are_clamped() {
    let cases = [
        ("2023-01-31", "2023-02-28", "2023-03-01"),
        ("2023-01-29", "2023-02-28", "2023-03-01"),
        ("2022-12-15", "2023-01-15", "2023-01-15"),
        ("2022-12-01", "2023-01-01", "2023-01-01"),
    ];
    for (from, end, alternative) in cases {
        assert_eq!(boundary(day(from), 1, MonthEnd::ClampTheEnd), day(end), "{from}");
        assert_eq!(boundary(day(from), 1, MonthEnd::ClampTheLastDay), day(alternative), "{from}");
        let mut life = Life::rich(from);
        life.ok(from, buy(Plan::Pro, 1));
        assert_eq!(life.paid_through(), day(end).plus(-1));
    }
}

#[test]
fn c11_the_platforms_formula() {
    for (bought, left, fee, exact) in [("2022-11-01", 15, 980_00, 986_30), ("2022-11-01", 30, 1_980_00, 1_972_60)] {
        let mut agreement = Agreement::new(day(bought));
        let pro = Bought { months: 1, plan: Plan::Pro, monthly: 999_00, percent: 100, list: List::E2 };
        agreement.extend(pro, 999_00, 0);
        let today = agreement.end().plus(-left);
        assert_eq!(agreement.upgrade_fee(today, Site::China, 2_999_00, UpgradeMonths::Hundredths), fee);
        assert_eq!(agreement.upgrade_fee(today, Site::China, 2_999_00, UpgradeMonths::Exact), exact);
        let mut life = Life::rich(bought);
        life.ok(bought, buy(Plan::Pro, 1));
        life.0.submit(today.midnight(), &upgrade()).expect("an upgrade in term");
        assert_eq!((life.last_order().total, life.last_order().kind), (fee, Kind::Order));
    }
}

#[test]
fn c6_1_can_be_asked_for_by_name() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    let refund = life.ok("2022-11-03", ordinary_refund()).refund.expect("refunded");
    assert_eq!((refund.kind, refund.total), (RefundKind::Ordinary, 899_10));
}
