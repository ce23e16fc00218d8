//! Owns the edges of the rules about terms: their ends, changes, refunds and renewals.

use super::life::{
    Life, add_on, auto_renew, buy, buy_auto, buy_with, create, day, deposit, downgrade, gift, keep_history,
    ordinary_refund, promote, refund_add_on, renew, renew_add_on, upgrade, voucher,
};
use crate::Cause;
use crate::order::{Order, RefundKind, Timing};
use crate::prices::{AddOnKind, CallPack, Plan, Promotion, Site};
use crate::view::{AddOnState, ApplicationState};

#[test]
fn c10_the_anchor_is_kept_from_month_to_month() {
    let cases = [
        ("2023-01-31", ["2023-02-27", "2023-03-30", "2023-04-29", "2023-05-30"]),
        ("2024-01-31", ["2024-02-28", "2024-03-30", "2024-04-29", "2024-05-30"]),
        ("2024-01-30", ["2024-02-28", "2024-03-29", "2024-04-29", "2024-05-29"]),
        ("2023-02-28", ["2023-03-27", "2023-04-27", "2023-05-27", "2023-06-27"]),
        ("2024-02-29", ["2024-03-28", "2024-04-28", "2024-05-28", "2024-06-28"]),
    ];
    for (from, ends) in cases {
        let mut life = Life::rich(from);
        life.ok(from, buy(Plan::Pro, 1));
        for end in ends {
            assert_eq!(life.paid_through(), day(end), "{from}");
            life.ok(&format!("{end} 12:00"), renew(1));
        }
        let mut life = Life::rich(from);
        life.ok(from, buy(Plan::Pro, 4));
        assert_eq!(life.paid_through(), day(ends[3]), "{from}, all at once");
    }
    let mut life = Life::rich("2023-02-28");
    life.ok("2023-02-28", buy(Plan::Pro, 12));
    assert_eq!(life.paid_through(), day("2024-02-27"));
    let mut life = Life::rich("2024-02-29");
    life.ok("2024-02-29", buy(Plan::Pro, 12));
    assert_eq!(life.paid_through(), day("2025-02-27"));
}

#[test]
fn c10_a_renewal_in_grace_keeps_the_anchor_and_one_after_the_stop_does_not() {
    let mut life = Life::rich("2023-01-31");
    life.ok("2023-01-31", buy(Plan::Pro, 1));
    life.ok("2023-03-06", renew(1));
    assert_eq!(life.paid_through(), day("2023-03-30"));
    let mut life = Life::rich("2023-01-31");
    life.ok("2023-01-31", buy(Plan::Pro, 1));
    life.ok("2023-03-07", renew(1));
    assert_eq!(life.paid_through(), day("2023-04-06"));
}

#[test]
fn u29_purchased_months_have_their_own_lengths() {
    // 01-31..02-27 is whole, 02-28..03-30 has 31 days.
    let mut life = Life::rich("2023-01-31");
    life.ok("2023-01-31", buy(Plan::Pro, 2));
    let back = life.refund("2023-02-28");
    assert_eq!((back.used, back.total), (1_031_23, 966_77));
    let mut life = Life::rich("2024-02-01");
    life.ok("2024-02-01", buy(Plan::Pro, 1));
    assert_eq!(life.refund("2024-02-10").used, 344_48, "10 of 29 days");
    let mut life = Life::rich("2023-02-01");
    life.ok("2023-02-01", buy(Plan::Pro, 1));
    assert_eq!(life.refund("2023-02-10").used, 356_79, "10 of 28 days");
}

#[test]
fn u29_on_the_last_day_everything_is_used() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-10", renew(1));
    let back = life.refund("2022-11-30 23:59:59");
    assert_eq!((back.used, back.total), (999_00, 999_00));
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-10", renew(1));
    let back = life.refund("2022-12-01");
    assert_eq!((back.used, back.total), (32_23, 966_77), "the first order is over and does not count");
}

#[test]
fn u29_what_was_used_is_taken_off_all_that_was_paid() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", promote(1, Plan::Flagship, 1, Promotion::FirstPurchase));
    life.ok("2022-11-10", renew(1));
    // Paid 299.90 + 2,999.00, used half of 2,999.00.
    assert_eq!(life.refund("2022-11-15").total, 1_799_40);
}

#[test]
fn u29_all_orders_go_back_in_the_proportion_they_were_paid() {
    let mut life = Life::with_cash("2022-11-01", 999_00);
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-02", gift(999_00));
    life.ok("2022-11-02", renew(1));
    let back = life.refund("2022-11-10");
    assert_eq!((back.cash, back.gift), (832_50, 832_50));
    let mut life = Life::with_cash("2022-11-01", 500_00);
    life.ok("2022-11-01", gift(499_00));
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    let back = life.refund("2022-11-15");
    assert_eq!((back.total, back.cash, back.gift), (499_50, 250_00, 249_50));
}

#[test]
fn u31_vouchers_never_come_back() {
    let with_voucher = || {
        let mut life = Life::with_cash("2022-11-01", 499_00);
        life.ok("2022-11-01", Order::GrantVoucher(voucher(7, 500_00, "2022-12-31")));
        life.ok("2022-11-01", buy_with(Plan::Pro, 1, 7));
        life
    };
    let mut life = with_voucher();
    let back = life.refund("2022-11-02");
    assert_eq!((back.kind, back.total), (RefundKind::FiveDay, 499_00));
    assert_eq!(life.0.account().vouchers, [(7, 0)]);
    let mut life = with_voucher();
    assert_eq!(life.refund("2022-11-15").total, 0);
}

#[test]
fn u31_an_add_on_can_take_the_accounts_five_day_refund() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-01", add_on(1, AddOnKind::GroupMembers, 1));
    let back = life.ok("2022-11-06", refund_add_on(1)).refund.expect("refunded");
    assert_eq!((back.kind, back.total), (RefundKind::FiveDay, 500_00));
    assert_eq!(life.rights().limit("group_members_max"), Some(200));
    assert_eq!(life.refund("2022-11-06").kind, RefundKind::Ordinary);
    life.refused("2022-11-06", refund_add_on(1), "not_subscribed");
}

#[test]
fn u30_a_refund_after_a_downgrade() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Flagship, 1));
    life.ok("2022-11-16", downgrade(Timing::Immediate));
    let back = life.refund("2022-11-25");
    assert_eq!((back.paid, back.used, back.total), (2_065_67, 1_899_17, 166_50));
}

#[test]
fn u28_after_a_downgrade_the_five_day_refund_is_closed() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Flagship, 1));
    life.ok("2022-11-02", downgrade(Timing::Immediate));
    // Unused after the 2nd: 28 days; paid 2,999 − 1,866.67; used 2 × 2,999 ÷ 30.
    assert_eq!(life.credit_notes(), [1_866_67]);
    let back = life.refund("2022-11-02");
    assert_eq!((back.kind, back.total), (RefundKind::Ordinary, 932_40));
}

#[test]
fn u26_remaining_orders_at_different_prices_weigh_by_days() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", promote(1, Plan::Pro, 1, Promotion::FirstPurchase));
    life.ok("2022-11-02", renew(1));
    life.ok("2022-11-16", upgrade());
    // 1.51 × (2,999 − (15 × 99.90 + 31 × 999) ÷ 46)
    assert_eq!(life.last_order().total, 3_462_71);
}

#[test]
fn u26_half_a_fen_goes_up() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", promote(1, Plan::Pro, 1, Promotion::FirstPurchase));
    life.ok("2022-11-05", upgrade());
    // Twenty-six days are 0.85 months: 2,549.15 − 84.915 = 2,464.235.
    assert_eq!(life.last_order().total, 2_464_24);
}

#[test]
fn u30_renewals_after_an_upgrade_are_orders_of_their_own() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-16", upgrade());
    life.ok("2022-11-17", renew(1));
    assert_eq!(life.last_order().total, 2_999_00);
    assert_eq!(life.refund("2022-11-25").total, 479_83 + 2_999_00);
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-16", upgrade());
    life.ok("2022-11-17", renew(1));
    let back = life.refund("2022-12-10");
    assert_eq!((back.paid, back.used), (2_999_00, 967_42));
}

#[test]
fn c9_7_seven_tries_and_no_eighth() {
    let mut life = Life::with_cash("2022-10-12", 999_00);
    life.ok("2022-10-12", buy_auto(1, Plan::Pro));
    life.run("2022-11-18 12:00");
    assert_eq!(life.0.tried_renewals().len(), 7);
    life.ok("2022-11-18 12:00", deposit(999_00));
    life.run("2022-11-19");
    assert_eq!((life.0.tried_renewals().len(), life.causes()), (7, vec![Cause::Expired]));
}

#[test]
fn u7_all_or_nothing_with_a_voucher_too() {
    let mut life = Life::with_cash("2022-10-12", 999_00);
    life.ok("2022-10-12", buy_auto(1, Plan::Pro));
    life.ok("2022-10-12", Order::GrantVoucher(voucher(7, 500_00, "2022-12-31")));
    life.ok("2022-10-13", deposit(498_99));
    life.run("2022-11-11 23:00");
    assert_eq!((life.cash(), life.0.account().vouchers), (498_99, vec![(7, 500_00)]));
    life.ok("2022-11-12", deposit(1));
    life.run("2022-11-12 23:00");
    assert_eq!((life.cash(), life.0.account().vouchers), (0, vec![(7, 0)]));
}

#[test]
fn u7_an_add_on_in_its_own_grace_is_tried_again() {
    let mut life = Life::with_cash("2022-11-01", 999_00 * 12 + 500_00);
    life.ok("2022-11-01", buy(Plan::Pro, 12));
    life.ok("2022-11-01", add_on(1, AddOnKind::GroupMembers, 1));
    life.ok("2022-11-02", Order::SetAddOnAutoRenew { application: 1, add_on: 1, enabled: true, months: Some(2) });
    life.ok("2022-12-06 12:00", deposit(1_000_00));
    life.run("2022-12-06 23:00");
    assert_eq!((life.cash(), life.add_on_ends()), (0, vec![day("2023-01-31")]));
}

#[test]
fn u27_a_call_pack_of_flagship_is_not_renewed_on_pro() {
    let mut life = Life::rich("2022-11-12");
    life.ok("2022-11-12", buy(Plan::Flagship, 1));
    life.ok("2022-11-12", add_on(1, AddOnKind::AvCall(CallPack::Premium), 2));
    life.ok("2022-11-20", downgrade(Timing::PeriodEnd));
    life.ok("2022-12-01", renew(1));
    life.refused("2022-12-12", renew_add_on(1, 1), "plan_mismatch");
    assert_eq!(life.application(1).add_ons[0].state, AddOnState::Active);
}

#[test]
fn u27_a_refund_cancels_the_schedule_and_gives_back_the_pro_term() {
    let mut life = Life::rich("2022-11-12");
    life.ok("2022-11-12", buy(Plan::Flagship, 1));
    life.ok("2022-11-20", downgrade(Timing::PeriodEnd));
    life.ok("2022-12-01", renew(1));
    let back = life.refund("2022-12-11");
    assert_eq!((back.used, back.total), (2_999_00, 999_00));
}

#[test]
fn u24_changes_that_a_stop_or_grace_refuses() {
    let mut life = Life::rich("2022-10-12");
    life.refused("2022-10-12", upgrade(), "not_subscribed");
    life.refused("2022-10-12", downgrade(Timing::Immediate), "not_subscribed");
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.refused("2022-10-13", downgrade(Timing::Immediate), "already_on_plan");
    life.refused("2022-11-19", upgrade(), "application_suspended");
    life.refused("2022-11-19", add_on(1, AddOnKind::GroupMembers, 1), "application_suspended");
    life.refused("2022-11-19", keep_history(30), "application_suspended");
    life.refused("2022-11-19", auto_renew(true), "not_subscribed");
}

#[test]
fn u32_a_smaller_plan_after_a_refund() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Flagship, 1));
    super::rows_rest::approve_push(&mut life, "2022-11-01");
    life.ok("2022-11-10 14:00", ordinary_refund());
    assert!(life.rights().has("push_all"), "seven days more of Flagship");
    life.ok("2022-11-12", buy(Plan::Pro, 1));
    assert!(!life.rights().has("push_all"));
    assert_eq!(life.run("2022-11-30").state(), ApplicationState::Active);
}

#[test]
fn u7_the_earlier_end_is_renewed_first() {
    let mut life = Life::with_cash("2022-11-01", 1_998_00);
    life.ok("2022-11-01", create(2, Site::China));
    life.ok("2022-11-01", buy_auto(2, Plan::Pro));
    life.ok("2022-11-02", buy_auto(1, Plan::Pro));
    life.ok("2022-12-01 12:00", deposit(999_00));
    life.run("2022-12-01 23:00");
    let ends = [1, 2].map(|id| life.application(id).subscription.expect("not stopped yet").paid_through);
    assert_eq!(ends, [day("2022-12-01"), day("2022-12-31")]);
}

#[test]
fn u21_a_stop_for_a_refund_is_cured_by_buying() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.refund("2022-11-02");
    life.run("2022-11-10");
    assert_eq!(life.causes(), [Cause::Refunded]);
    life.ok("2022-11-11", renew(1));
    assert_eq!(
        (life.causes(), life.state(), life.paid_through()),
        (vec![], ApplicationState::Active, day("2022-12-10"))
    );
    assert_eq!(life.application(1).recycles_at, None);
}

#[test]
fn u31_a_refund_of_nothing_does_not_take_the_five_day_refund() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", Order::GrantVoucher(voucher(7, 999_00, "2022-12-31")));
    life.ok("2022-11-01", buy_with(Plan::Pro, 1, 7));
    let back = life.refund("2022-11-02");
    assert_eq!((back.kind, back.total), (RefundKind::Ordinary, 0));
    life.ok("2022-11-02", buy(Plan::Pro, 1));
    assert_eq!(life.refund("2022-11-02").kind, RefundKind::FiveDay);
}

#[test]
fn u20_a_minimum_that_is_just_met() {
    let mut life = Life::rich("2022-11-01");
    let mut terms = voucher(7, 50_00, "2022-11-01");
    terms.minimum = Some(99_90);
    life.ok("2022-11-01", Order::GrantVoucher(terms));
    let promotion = Some(Promotion::FirstPurchase);
    let (application, plan, months, auto_renew, voucher) = (1, Plan::Pro, 1, false, Some(7));
    life.ok("2022-11-01 23:59:59", Order::PurchasePlan { application, plan, months, auto_renew, voucher, promotion });
    assert_eq!((life.last_order().voucher, life.last_order().cash), (50_00, 49_90));
}

#[test]
fn u22_the_packs_refund_pays_the_upgrade_or_nothing_happens() {
    for (left, upgrades) in [(51_333, true), (51_332, false)] {
        let mut life = Life::with_cash("2022-11-01", 999_00 + 1_000_00 + left);
        life.ok("2022-11-01", buy(Plan::Pro, 1));
        life.ok("2022-11-01", add_on(1, AddOnKind::AvchatroomUnlimited, 1));
        if upgrades {
            life.ok("2022-11-16", upgrade());
            assert_eq!((life.credit_notes(), life.0.account().cash), (vec![466_67], 0));
        } else {
            life.refused("2022-11-16", upgrade(), "insufficient_balance");
            assert_eq!((life.credit_notes(), life.0.account().cash), (vec![], left));
        }
    }
}
