//! Owns the worked examples of the rows about changes and refunds: U21–U36, each by its number.

use super::life::{
    Life, add_on, auto_renew, buy, cancel_downgrade, day, deposit, downgrade, gift, keep_history, owing_a_thousand,
    promote, refund, refund_add_on, renew, renew_add_on, suspend, upgrade, usage,
};
use crate::Cause;
use crate::order::{Order, RefundKind, Timing};
use crate::prices::{AddOnKind, CallPack, Plan, Promotion};
use crate::view::{AccountState, AddOnState, ApplicationState};

#[test]
fn u21_after_the_stop_a_renewal_begins_a_new_term() {
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.refused("2022-11-18 23:59:59", buy(Plan::Pro, 1), "already_subscribed");
    life.ok("2022-11-25 15:00", renew(2));
    assert_eq!((life.last_order().total, life.paid_through()), (1_998_00, day("2023-01-24")));
    assert_eq!((life.state(), life.causes()), (ApplicationState::Active, vec![]));
}

#[test]
fn u21_leaving_flagship_over_a_stop_needs_no_ticket_and_loses_approvals() {
    for (plan, is_kept) in [(Plan::Flagship, true), (Plan::Pro, false)] {
        let mut life = Life::rich("2022-10-12");
        life.ok("2022-10-12", buy(Plan::Flagship, 1));
        super::rows_rest::approve_push(&mut life, "2022-10-13");
        life.ok("2022-11-25 15:00", buy(plan, 1));
        assert_eq!(life.rights().has("push_all"), is_kept);
    }
}

#[test]
fn u22_an_upgrade_ends_the_avchatroom_pack() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-01", add_on(1, AddOnKind::AvchatroomUnlimited, 1));
    life.ok("2022-11-01", add_on(2, AddOnKind::GroupMembers, 1));
    life.ok("2022-11-01", add_on(3, AddOnKind::GroupsPerUser, 1));
    life.ok("2022-11-01", add_on(4, AddOnKind::AvCall(CallPack::Basic), 1));
    life.ok("2022-11-16", upgrade());
    assert_eq!(life.credit_notes(), [466_67]);
    let rights = life.rights();
    let limits = ["avchatrooms_max", "group_members_max", "groups_per_user_max"].map(|name| rights.limit(name));
    assert_eq!(limits, [None, Some(6_000), Some(3_000)]);
    life.refused("2022-11-17", renew_add_on(4, 1), "plan_mismatch");
    life.ok("2022-11-17", renew_add_on(3, 1));
    assert_eq!(life.last_order().total, 900_00);
}

#[test]
fn u23_a_downgrade_keeps_the_packs() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Flagship, 1));
    life.ok("2022-11-01", add_on(1, AddOnKind::GroupMembers, 1));
    life.ok("2022-11-01", add_on(2, AddOnKind::GroupsPerUser, 1));
    assert_eq!(life.last_order().total, 900_00);
    life.ok("2022-11-16", downgrade(Timing::Immediate));
    let rights = life.rights();
    let limits = ["avchatrooms_max", "group_members_max", "groups_per_user_max"].map(|name| rights.limit(name));
    assert_eq!(limits, [Some(50), Some(2_000), Some(1_000)]);
    life.ok("2022-11-17", renew_add_on(2, 1));
    assert_eq!(life.last_order().total, 1_100_00);
}

#[test]
fn u24_in_grace_nothing_is_sold_but_the_plan() {
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.ok("2022-10-12", add_on(1, AddOnKind::GroupMembers, 3));
    for order in [upgrade(), add_on(2, AddOnKind::GroupsPerUser, 1), renew_add_on(1, 1), keep_history(90)] {
        life.refused("2022-11-14", order, "renewal_required");
    }
    life.ok("2022-11-14", renew(1));
    assert_eq!(life.paid_through(), day("2022-12-11"));
    life.ok("2022-11-14", upgrade());
    assert_eq!(life.last_order().total, 1_840_00);
}

#[test]
fn u25_everything_paid_becomes_flagship() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-01", renew(1));
    life.ok("2022-11-16", upgrade());
    assert_eq!(life.last_order().total, 3_020_00);
    assert_eq!((life.run("2022-12-31").application(1).plan, life.paid_through()), (Plan::Flagship, day("2022-12-31")));
}

#[test]
fn u26_no_cap_and_never_more_credit_than_was_paid() {
    let mut life = Life::rich("2022-12-01");
    life.ok("2022-12-01", buy(Plan::Pro, 1));
    life.ok("2022-12-01 12:00", upgrade());
    assert_eq!(life.last_order().total, 2_040_00);
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", promote(1, Plan::Pro, 1, Promotion::FirstPurchase));
    life.ok("2022-11-01", upgrade());
    assert_eq!(life.last_order().total, 2_870_11);
}

/// Flagship from 11-12 to 12-11, going down at its end.
fn going_down() -> Life {
    let mut life = Life::rich("2022-11-12");
    life.ok("2022-11-12", buy(Plan::Flagship, 1));
    life.ok("2022-11-20", downgrade(Timing::PeriodEnd));
    life
}

#[test]
fn u27_a_renewal_after_the_schedule_is_pro() {
    let mut life = going_down();
    life.refused("2022-11-21", downgrade(Timing::PeriodEnd), "downgrade_already_scheduled");
    life.ok("2022-12-01", renew(1));
    assert_eq!((life.last_order().total, life.paid_through()), (999_00, day("2023-01-11")));
    life.refused("2022-12-02", cancel_downgrade(), "downgrade_not_allowed");
    assert_eq!(life.run("2022-12-11 23:59:59").application(1).plan, Plan::Flagship);
    assert_eq!(life.run("2022-12-12").application(1).plan, Plan::Pro);
}

#[test]
fn u27_it_takes_effect_even_if_nobody_renews() {
    let mut life = going_down();
    life.run("2022-12-12");
    assert_eq!((life.state(), life.application(1).plan), (ApplicationState::Grace, Plan::Pro));
    life.ok("2022-12-14", renew(1));
    assert_eq!((life.last_order().total, life.paid_through()), (999_00, day("2023-01-11")));
}

#[test]
fn u27_automatic_renewals_follow_it_and_it_can_be_cancelled() {
    let mut life = going_down();
    life.ok("2022-11-20", auto_renew(true));
    life.run("2022-12-11 23:00");
    assert_eq!(life.last_order().total, 999_00);
    let mut life = going_down();
    life.ok("2022-11-30", cancel_downgrade());
    life.ok("2022-12-01", renew(1));
    assert_eq!(life.last_order().total, 2_999_00);
}

#[test]
fn u28_what_an_immediate_downgrade_gives_back() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Flagship, 1));
    life.ok("2022-11-16 12:00", downgrade(Timing::Immediate));
    assert_eq!((life.credit_notes(), life.paid_through()), (vec![933_33], day("2022-11-30")));
    assert_eq!(life.application(1).plan, Plan::Pro);
}

#[test]
fn u28_whole_months_not_begun_and_the_cap() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Flagship, 3));
    life.ok("2022-11-16", downgrade(Timing::Immediate));
    assert_eq!(life.credit_notes(), [4_933_33]);
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", promote(1, Plan::Flagship, 1, Promotion::FirstPurchase));
    life.ok("2022-11-02", downgrade(Timing::Immediate));
    assert_eq!(life.credit_notes(), [99_97], "paid 299.90, used 199.93");
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", promote(1, Plan::Flagship, 1, Promotion::FirstPurchase));
    life.ok("2022-11-16", downgrade(Timing::Immediate));
    assert!(life.credit_notes().is_empty());
}

#[test]
fn u29_months_used_and_days_of_the_running_month() {
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12", buy(Plan::Pro, 12));
    let refund = life.refund("2022-12-20");
    assert_eq!((refund.used, refund.total), (2_288_03, 9_699_97));
}

#[test]
fn u30_an_upgraded_order_day_by_day() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-16", upgrade());
    assert_eq!(life.last_order().total, 980_00);
    let refund = life.refund("2022-11-25");
    assert_eq!((refund.paid, refund.used, refund.total), (1_979_00, 1_499_17, 479_83));
}

#[test]
fn u31_the_window_closes_at_the_end_of_its_last_day() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01 23:59", buy(Plan::Pro, 1));
    let refund = life.refund("2022-11-06 23:59");
    assert_eq!((refund.kind, refund.total), (RefundKind::FiveDay, 999_00));
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01 23:59", buy(Plan::Pro, 1));
    let refund = life.refund("2022-11-07");
    assert_eq!((refund.kind, refund.used, refund.total), (RefundKind::Ordinary, 233_10, 765_90));
}

#[test]
fn u31_once_for_an_account_and_not_after_an_upgrade() {
    let five_day = Order::RefundPlan { application: 1, kind: Some(RefundKind::FiveDay) };
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.refund("2022-11-02");
    life.ok("2022-11-02", buy(Plan::Pro, 1));
    life.refused("2022-11-03", five_day.clone(), "refund_already_taken");
    assert_eq!(life.refund("2022-11-03").kind, RefundKind::Ordinary);
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-01", upgrade());
    life.refused("2022-11-03", five_day, "refund_already_taken");
    assert_eq!(life.refund("2022-11-03").kind, RefundKind::Ordinary);
}

#[test]
fn u31_promotions_come_back_as_paid_and_are_not_given_twice() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", promote(1, Plan::Pro, 1, Promotion::FirstPurchase));
    assert_eq!(life.refund("2022-11-02").total, 99_90);
    life.refused("2022-11-02", promote(1, Plan::Pro, 1, Promotion::FirstPurchase), "promotion_not_applicable");
}

#[test]
fn u32_seven_days_after_a_refund() {
    let mut life = Life::rich("2022-10-20");
    life.ok("2022-10-20", buy(Plan::Pro, 1));
    life.ok("2022-11-05", usage("2022-11-04", 15_000, 0));
    life.refund("2022-11-10 14:00");
    assert_eq!(life.state(), ApplicationState::Grace);
    assert_eq!(life.run("2022-11-17 23:59:59").state(), ApplicationState::Grace);
    assert_eq!(life.run("2022-11-18").causes(), [Cause::Refunded]);
    life.run("2022-12-03");
    assert_eq!(life.billed("2022-11"), 566_67);
}

#[test]
fn u32_a_purchase_inside_begins_a_new_term() {
    let mut life = Life::rich("2022-10-20");
    life.ok("2022-10-20", buy(Plan::Flagship, 1));
    life.ok("2022-10-20", add_on(1, AddOnKind::GroupMembers, 6));
    life.ok("2022-10-25", downgrade(Timing::PeriodEnd));
    life.refund("2022-11-10 14:00");
    assert_eq!(life.application(1).add_ons[0].state, AddOnState::Active);
    life.ok("2022-11-12", buy(Plan::Flagship, 1));
    assert_eq!(life.paid_through(), day("2022-12-11"));
    assert_eq!(life.application(1).subscription.expect("running").scheduled, None);
    assert_eq!(life.run("2022-12-01").state(), ApplicationState::Active);
}

#[test]
fn u33_a_refund_in_arrears_pays_the_debt_first() {
    let mut life = Life::with_cash("2022-10-01", 999_00);
    life.ok("2022-10-01", buy(Plan::Pro, 1));
    life.ok("2022-10-20", usage("2022-10-19", 10_001, 0));
    life.ok("2022-10-31 12:00", deposit(999_00));
    life.ok("2022-10-31 12:00", renew(1));
    life.run("2022-11-15");
    assert_eq!((life.debt(), life.causes()), (1_000_00, vec![Cause::Arrears]));
    let refund = life.refund("2022-11-15 12:00");
    assert_eq!((refund.total, refund.to_debt, refund.cash), (499_50, 499_50, 0));
    assert_eq!((life.debt(), life.state()), (500_50, ApplicationState::Suspended));
}

#[test]
fn u33_nothing_to_give_back_after_the_end() {
    let mut life = Life::rich("2022-10-01");
    life.refused("2022-10-01", refund(), "not_subscribed");
    life.ok("2022-10-01", buy(Plan::Pro, 1));
    life.refused("2022-11-01", refund(), "not_subscribed");
    life.refused("2022-11-08", refund(), "not_subscribed");
}

#[test]
fn u34_ninety_days_from_the_start_of_the_stop() {
    let mut life = owing_a_thousand(1);
    life.run("2023-02-07 23:59:59");
    assert_eq!((life.state(), life.causes()), (ApplicationState::Suspended, vec![Cause::Expired, Cause::Arrears]));
    life.run("2023-02-08");
    assert_eq!((life.state(), life.debt()), (ApplicationState::Recycled, 1_000_00));
    life.ok("2023-02-09", deposit(1_000_00));
    assert_eq!((life.0.account().state, life.state()), (AccountState::Active, ApplicationState::Recycled));
    life.refused("2023-02-09", renew(1), "application_recycled");
}

#[test]
fn u34_causes_join_and_leave_and_the_stop_goes_on() {
    let mut life = owing_a_thousand(1);
    life.ok("2022-12-01", deposit(1_000_00));
    assert_eq!(life.causes(), [Cause::Expired], "expired joined on 11-19, arrears left");
    assert_eq!(life.run("2023-02-08").state(), ApplicationState::Recycled);
}

#[test]
fn u34_an_operators_stop_alone_does_not_recycle() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 12));
    life.ok("2022-10-02", suspend());
    assert_eq!(life.run("2023-09-30").state(), ApplicationState::Suspended);
}

#[test]
fn u35_an_add_on_longer_than_its_plan() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-20", add_on(1, AddOnKind::GroupMembers, 12));
    assert_eq!(life.add_on_ends(), [day("2023-11-19")]);
    assert!(life.run("2022-12-07 23:59:59").rights().in_service);
    assert!(!life.run("2022-12-08").rights().in_service);
    life.ok("2022-12-20", buy(Plan::Pro, 1));
    assert_eq!((life.rights().in_service, life.rights().limit("group_members_max")), (true, Some(2_000)));
}

#[test]
fn u36_an_add_ons_own_end() {
    let pack = || {
        let mut life = Life::rich("2022-11-01");
        life.ok("2022-11-01", buy(Plan::Pro, 12));
        life.ok("2022-11-01", add_on(1, AddOnKind::GroupMembers, 1));
        life
    };
    let mut life = pack();
    assert_eq!(life.run("2022-12-07 23:59:59").rights().limit("group_members_max"), Some(2_000));
    assert_eq!(life.run("2022-12-08").rights().limit("group_members_max"), Some(200));
    life.ok("2022-12-10", add_on(2, AddOnKind::GroupMembers, 1));
    assert_eq!(life.add_on_ends()[1], day("2023-01-09"));
    let mut life = pack();
    life.refused("2022-12-05", refund_add_on(1), "not_subscribed");
    life.ok("2022-12-05", renew_add_on(1, 1));
    assert_eq!(life.add_on_ends(), [day("2022-12-31")]);
}

#[test]
fn u28_b2_a_downgrade_goes_back_as_it_was_paid() {
    let mut life = Life::with_cash("2022-11-01", 1_999_00);
    life.ok("2022-11-01", gift(1_000_00));
    life.ok("2022-11-01", buy(Plan::Flagship, 1));
    life.ok("2022-11-16", downgrade(Timing::Immediate));
    // 933.33 × 1,999 ÷ 2,999 = 622.12; the gift takes the rest.
    assert_eq!((life.cash(), life.0.account().gift), (622_12, 311_21));
}
