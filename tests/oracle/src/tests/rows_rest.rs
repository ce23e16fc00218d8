//! Owns the worked examples of the rows U37–U47, each by its number. U48 is in `revenue`.

use super::life::{
    Life, add_on, buy, buy_for, correct, create, day, downgrade, gift, lift, month, promote, renew, suspend, upgrade,
    usage,
};
use crate::document::Kind;
use crate::order::{Feature, Order, Timing};
use crate::prices::{AddOnKind, CallPack, List, Plan, Promotion, Site};
use crate::view::{AddOnState, ApplicationState};
use crate::{Cause, Oracle};

/// Asks for push to all members and approves it at the same instant.
pub(crate) fn approve_push(life: &mut Life, at: &str) {
    life.ok(at, Order::RequestFeature { application: 1, feature: Feature::PushAll });
    life.ok(at, Order::ApproveFeature { application: 1, feature: Feature::PushAll, has_ticket: true });
}

#[test]
fn u37_abroad_one_list_for_all_sites_and_one_statement() {
    let mut life = Life::at(Site::Singapore, List::E2, "2022-11-01", 1_000_000_00);
    life.ok("2022-11-01", create(2, Site::China));
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    assert_eq!(life.last_order().total, 2_999_00);
    life.ok("2022-11-01", buy_for(2, Plan::Pro, 1));
    life.ok("2022-11-02", usage("2022-11-01", 10_001, 0));
    life.ok("2022-11-02", Order::RecordUsage { application: 2, date: day("2022-11-01"), dau: 10_001, peak_groups: 0 });
    life.run("2022-12-03");
    let statement = life.statement("2022-11").expect("issued");
    assert_eq!((statement.total, statement.lines[0].amount), (4_000_00, 3_000_00));
}

#[test]
fn u38_a_correction_upwards_is_on_the_next_statement() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 1));
    life.ok("2022-10-20", usage("2022-10-19", 10_000, 0));
    life.ok("2022-11-05", correct("2022-10-19", 20_001));
    assert_eq!((life.billed("2022-10"), life.credit_notes()), (0, vec![]));
    life.run("2022-12-03");
    let statement = life.statement("2022-11").expect("issued");
    let line = statement.lines.last().expect("a line of the correction");
    assert_eq!((statement.total, line.amount, line.adjusts), (2_000_00, 2_000_00, Some(month("2022-10"))));
}

#[test]
fn u38_that_statement_is_issued_even_if_empty_otherwise() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 1));
    life.ok("2022-12-05", correct("2022-10-19", 20_001));
    life.run("2023-01-03");
    assert_eq!((life.billed("2022-12"), life.0.account().debt), (2_000_00, 0));
}

#[test]
fn u38_a_correction_downwards_is_a_credit_note_at_once() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 1));
    life.ok("2022-10-20", usage("2022-10-19", 20_001, 0));
    life.run("2022-11-03");
    let before = life.cash();
    life.ok("2022-11-05", correct("2022-10-19", 10_000));
    assert_eq!((life.credit_notes(), life.cash() - before), (vec![2_000_00], 2_000_00));
    life.ok("2022-11-06", correct("2022-10-19", 0));
    assert_eq!(life.credit_notes(), [2_000_00], "never more than was billed");
    assert_eq!(life.billed("2022-10"), 2_000_00, "the issued one never changes");
}

#[test]
fn u38_debt_first_then_as_it_was_paid() {
    let mut life = Life::with_cash("2022-10-01", 1_998_00);
    life.ok("2022-10-01", buy(Plan::Pro, 2));
    life.ok("2022-10-02", gift(500_00));
    life.ok("2022-10-20", usage("2022-10-19", 20_001, 0));
    life.run("2022-11-03");
    assert_eq!(life.debt(), 1_500_00);
    life.ok("2022-11-05", correct("2022-10-19", 0));
    assert_eq!((life.debt(), life.cash(), life.0.account().gift), (0, 0, 500_00));
    assert_eq!(life.run("2022-11-10").causes(), []);
}

#[test]
fn u39_the_list_in_force_at_payment() {
    let published = || {
        let mut life = Life::rich("2023-12-05");
        life.0.publish(day("2024-01-01").midnight(), List::E4);
        life.ok("2023-12-05", buy(Plan::Pro, 1));
        life
    };
    let mut life = published();
    life.ok("2023-12-20", renew(1));
    assert_eq!((life.last_order().total, life.paid_through()), (999_00, day("2024-02-04")));
    let mut life = published();
    life.ok("2024-01-02", renew(1));
    assert_eq!(life.last_order().total, 1_499_00);
}

#[test]
fn u40_days_of_an_operators_stop_are_no_service_days() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 2));
    life.ok("2022-11-20", usage("2022-11-19", 15_000, 0));
    life.ok("2022-11-26", suspend());
    life.ok("2022-12-01", lift());
    assert_eq!((life.state(), life.paid_through()), (ApplicationState::Active, day("2022-12-31")));
    life.run("2022-12-03");
    assert_eq!(life.billed("2022-11"), 833_33);
}

#[test]
fn u41_a_trial_of_calls() {
    let trial = |id| add_on(id, AddOnKind::AvCall(CallPack::Trial), 0);
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01 15:00", trial(1));
    assert_eq!(life.add_on_ends(), [day("2022-11-07")]);
    life.refused("2022-11-07 23:59:59", trial(2), "add_on_already_active");
    life.ok("2022-11-08", trial(2));
    assert_eq!(life.application(1).add_ons[0].state, AddOnState::Ended);
    life.refused("2022-11-20", trial(3), "trial_pack_used_up");
}

#[test]
fn u41_a_paid_pack_ends_the_trial_and_another_waits() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", add_on(1, AddOnKind::AvCall(CallPack::Trial), 0));
    life.refused("2022-11-01", add_on(2, AddOnKind::AvCall(CallPack::Basic), 1), "add_on_needs_paid_plan");
    life.ok("2022-11-02", buy(Plan::Pro, 3));
    life.refused("2022-11-02", add_on(2, AddOnKind::AvCall(CallPack::Premium), 1), "plan_mismatch");
    life.ok("2022-11-02", add_on(2, AddOnKind::AvCall(CallPack::Basic), 1));
    assert_eq!(life.application(1).add_ons[0].state, AddOnState::Ended);
    for pack in [CallPack::Trial, CallPack::Basic, CallPack::Advanced] {
        life.refused("2022-11-03", add_on(3, AddOnKind::AvCall(pack), 1), "add_on_already_active");
    }
}

#[test]
fn u41_ten_trials_for_an_account() {
    let mut life = Life::rich("2022-11-01");
    for application in 2..=7 {
        life.ok("2022-11-01", create(application, Site::China));
    }
    let mut taken = 0;
    for (first, at) in [(0, "2022-11-01"), (100, "2022-11-10")] {
        for application in 1..=6 {
            let kind = AddOnKind::AvCall(CallPack::Trial);
            let add_on = first + u128::from(application);
            let order = Order::BuyAddOn { application, add_on, kind, months: 1, auto_renew: false, voucher: None };
            if taken < 10 {
                life.ok(at, order);
                taken += 1;
            } else {
                life.refused(at, order, "trial_pack_used_up");
            }
        }
    }
}

#[test]
fn u42_the_price_of_an_upgrade_is_another_tomorrow() {
    for (at, price) in [("2022-11-15 23:59:59", 1_060_00), ("2022-11-16", 980_00)] {
        let mut life = Life::rich("2022-11-01");
        life.ok("2022-11-01", buy(Plan::Pro, 1));
        life.ok(at, upgrade());
        assert_eq!(life.last_order().total, price);
    }
}

#[test]
fn u43_what_three_months_of_the_same_usage_cost() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 3));
    for date in ["2022-11-10", "2022-12-10", "2023-01-10"] {
        life.ok(&format!("{date} 12:00"), usage(date, 25_000, 0));
    }
    life.run("2023-02-03");
    assert_eq!(1_000_000_00 - life.cash(), 2_997_00 + 6_000_00);
}

#[test]
fn u44_push_opens_after_forty_eight_hours() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Flagship, 3));
    approve_push(&mut life, "2022-11-10 15:00");
    assert!(!life.run("2022-11-12 14:59:59").rights().has("push_all"));
    assert!(life.run("2022-11-12 15:00").rights().has("push_all"));
    life.ok("2022-11-20", downgrade(Timing::Immediate));
    life.ok("2022-11-25", upgrade());
    assert!(!life.rights().has("push_all"));
    life.ok("2022-11-25", Order::RequestFeature { application: 1, feature: Feature::PushAll });
}

#[test]
fn u44_communities_open_at_approval_and_requests_are_lost_too() {
    let (application, feature) = (1, Feature::Community);
    let request = Order::RequestFeature { application, feature };
    let mut life = Life::rich("2022-11-01");
    life.refused("2022-11-01", request.clone(), "feature_needs_flagship");
    life.ok("2022-11-01", buy(Plan::Flagship, 3));
    life.refused("2022-11-01", Order::WithdrawFeature { application, feature }, "feature_not_requested");
    life.ok("2022-11-01", request.clone());
    life.refused("2022-11-01", request.clone(), "feature_already_requested");
    let approve = |has_ticket| Order::ApproveFeature { application, feature, has_ticket };
    life.refused("2022-11-01", approve(false), "operator_approval_required");
    assert_eq!(life.rights().limit("communities_max"), Some(0));
    life.ok("2022-11-02", approve(true));
    assert_eq!(life.rights().limit("communities_max"), Some(100_000));
    life.ok("2022-11-03", Order::RequestFeature { application, feature: Feature::PushAll });
    life.ok("2022-11-04", downgrade(Timing::Immediate));
    life.ok("2022-11-04", upgrade());
    let approve_push = Order::ApproveFeature { application, feature: Feature::PushAll, has_ticket: true };
    life.refused("2022-11-04", approve_push, "feature_not_requested");
}

#[test]
fn u45_which_refusal_comes_first() {
    let mut life = Life::at(Site::Korea, List::E2, "2022-11-01", 0);
    life.refused("2022-11-01", add_on(1, AddOnKind::AvCall(CallPack::Basic), 1), "add_on_not_sold_here");
    life.refused("2022-11-01", add_on(1, AddOnKind::AvCall(CallPack::Basic), 25), "months_out_of_range");
    let expired_and_poor = super::life::buy_with(Plan::Pro, 1, 9);
    life.refused("2022-11-01", expired_and_poor, "voucher_not_applicable");
    life.refused("2022-11-01", promote(1, Plan::Pro, 2, Promotion::FirstPurchase), "promotion_not_applicable");
    life.refused("2022-11-01", buy(Plan::Trial, 1), "trial_not_reenterable");
    life.refused("2022-11-01", buy(Plan::Pro, 1), "insufficient_balance");
}

#[test]
fn u45_what_is_wrong_with_an_order_comes_before_whose_it_is() {
    let (mut nobodys, at) = (Oracle::new(), day("2022-11-01").midnight());
    assert_eq!(nobodys.submit(at, &buy(Plan::Pro, 25)).err(), Some("months_out_of_range"));
    for order in [buy(Plan::Pro, 1), gift(1_00), create(1, Site::China), Order::RunDue] {
        assert_eq!(nobodys.submit(at, &order).err(), Some("not_found"), "{order:?}");
    }
}

#[test]
fn u46_at_the_instant_of_the_stop_a_term_is_new() {
    let pro = || {
        let mut life = Life::rich("2022-10-12");
        life.ok("2022-10-12", buy(Plan::Pro, 1));
        life
    };
    let mut life = pro();
    life.ok("2022-11-18 23:59:59", renew(1));
    assert_eq!(life.last_order().lines[0].period, Some((day("2022-11-12"), day("2022-12-12"))));
    let mut life = pro();
    life.ok("2022-11-19", renew(1));
    assert_eq!(life.last_order().lines[0].period, Some((day("2022-11-19"), day("2022-12-19"))));
    for _ in 0..4 {
        life.ok("2022-11-20", renew(24));
    }
    assert_eq!(life.paid_through(), day("2030-12-18"));
}

#[test]
fn u47_promotions() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", create(2, Site::China));
    life.refused("2022-11-01", promote(1, Plan::Pro, 12, Promotion::Yearly), "promotion_not_applicable");
    life.refused("2022-11-01", promote(1, Plan::Flagship, 11, Promotion::Yearly), "promotion_not_applicable");
    life.ok("2022-11-01", promote(1, Plan::Pro, 1, Promotion::FirstPurchase));
    life.refused("2022-11-01", promote(2, Plan::Flagship, 1, Promotion::FirstPurchase), "promotion_not_applicable");
    life.ok("2022-11-01", promote(2, Plan::Flagship, 12, Promotion::Yearly));
    assert_eq!((life.last_order().total, life.last_order().kind), (26_991_00, Kind::Order));
}

#[test]
fn u40_other_causes_stay() {
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.ok("2022-10-20", suspend());
    life.run("2022-11-19");
    assert_eq!(life.causes(), [Cause::Expired, Cause::Operator]);
    life.ok("2022-11-20", lift());
    assert_eq!(life.causes(), [Cause::Expired]);
}
