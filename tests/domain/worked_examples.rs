//! Owns worked examples of the house's rules, to the letter, where the rule's own tests have other figures.
//!
//! Does not own the rules around them (`plan_changes`, `refunds`, `add_ons`, `features`, `settlement`).

use subledger_domain::catalog::{AddOn, CallVariant, PromotionName};
use subledger_domain::charge::Item;
use subledger_domain::charge::RefundKind::Ordinary;
use subledger_domain::plan::{DataSite, Feature, Plan, Quota};
use subledger_domain::terms::DowngradeTiming::{Immediate, PeriodEnd};
use subledger_tests::fixtures::{CHAT, beside_chat, promoted, purchase};

use crate::timeline::Story;

/// With money, and nothing bought.
fn rich() -> Story {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-01").deposit("50000.00").accepted();
    story
}

fn cash(story: &Story) -> String {
    story.payer().cash.amount().to_string()
}

#[test]
fn u9_trial_to_the_10th_pro_to_its_refund_and_fifteen_days_of_thirty() {
    let mut story = rich();
    story.on("2022-11-10 15:00").buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-11-20 10:00").measure(CHAT, "2022-11-20", 12_000, 0).accepted();
    let mut refunded = rich();
    refunded.on("2022-11-10 15:00").buy(CHAT, Plan::Pro, 1).accepted();
    refunded.on("2022-11-17 12:00").refund(CHAT).accepted();
    refunded.on("2022-11-20 10:00").measure(CHAT, "2022-11-20", 12_000, 0).accepted();
    assert_eq!(refunded.state_at(CHAT, "2022-11-24 23:59:59"), "refunded");
    assert_eq!(refunded.state_at(CHAT, "2022-11-25"), "suspended");
    story.on("2022-12-03").settle();
    refunded.on("2022-12-03").settle();
    let fees = [&story, &refunded].map(|story| story.statement("2022-11").fee(CHAT, Item::DauOverage));
    assert_eq!(fees, ["1000.00", "500.00"], "U8 without the stop, U9 with it");
}

#[test]
fn u22_call_packs_stay_to_their_end_and_are_not_renewed_on_flagship() {
    let (basic, advanced) = (AddOn::AvCall(CallVariant::Basic), AddOn::AvCall(CallVariant::Advanced));
    for call in [basic, advanced] {
        let mut story = rich();
        story.on("2022-11-01").buy(CHAT, Plan::Pro, 3).and().pack(CHAT, call, 1).accepted();
        story.on("2022-11-01").pack(CHAT, AddOn::GroupsPerUser, 1).accepted();
        story.on("2022-11-16").upgrade(CHAT).then(&["PlanUpgraded", "PlanEntered", "OrderPaid"]);
        assert_eq!(story.limit_at(CHAT, Quota::GroupsPerUserMax, "2022-11-16"), Some(3_000));
        story.on("2022-11-20").renew_pack(CHAT, call, 1).refused("plan_mismatch");
        story.on("2022-11-20").renew_pack(CHAT, AddOn::GroupsPerUser, 1).accepted();
        let terms = story.pack_terms_of(CHAT);
        assert_eq!(terms[1..], ["2022-11-01..2022-11-30 1100.00", "2022-12-01..2022-12-31 900.00"]);
    }
}

#[test]
fn u23_a_pack_paid_900_has_limit_1000_after_the_downgrade_and_renews_at_1100() {
    let mut story = rich();
    story.on("2022-11-01").buy(CHAT, Plan::Flagship, 3).and().pack(CHAT, AddOn::GroupsPerUser, 1).accepted();
    story.on("2022-11-01").pack(CHAT, AddOn::GroupMembers, 1).accepted();
    assert_eq!(story.limit_at(CHAT, Quota::GroupsPerUserMax, "2022-11-16"), Some(3_000));
    story.on("2022-11-16").downgrade(CHAT, Plan::Pro, Immediate).accepted();
    assert_eq!(story.limit_at(CHAT, Quota::GroupsPerUserMax, "2022-11-16"), Some(1_000));
    assert_eq!(story.limit_at(CHAT, Quota::GroupMembersMax, "2022-11-16"), Some(2_000));
    assert_eq!(story.limit_at(CHAT, Quota::AvchatroomsMax, "2022-11-16"), Some(50));
    story.on("2022-11-20").renew_pack(CHAT, AddOn::GroupsPerUser, 1).accepted();
    assert_eq!(story.pack_terms_of(CHAT).last().expect("renewed"), "2022-12-01..2022-12-31 1100.00");
}

#[test]
fn u26_an_upgrade_of_a_first_purchase_credits_what_was_paid_and_no_more() {
    let mut story = rich();
    let first = promoted(purchase(CHAT, Plan::Pro, 1), PromotionName::FirstPurchase);
    story.on("2022-11-01 09:00").order(first).and().upgrade(CHAT).accepted();
    assert_eq!(story.charges_of(CHAT), ["99.90", "2870.11"]);
}

#[test]
fn u28_a_downgrade_goes_back_to_gift_and_cash_as_it_was_paid() {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-11-01").gift("1499.50").and().deposit("1499.50").and().buy(CHAT, Plan::Flagship, 1).accepted();
    // 933.33: half of it is rounded in cash, gift takes the rest.
    story.on("2022-11-16").downgrade(CHAT, Plan::Pro, Immediate).balance("466.67", "466.66");
}

#[test]
fn u28_never_more_than_is_left_of_what_was_paid() {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-11-01").deposit("5000.00").accepted();
    let first = promoted(purchase(CHAT, Plan::Flagship, 1), PromotionName::FirstPurchase);
    story.on("2022-11-01").order(first).balance("4700.10", "0.00");
    // By the 16th more than the 299.90 paid is used at the full price.
    story.on("2022-11-16").downgrade(CHAT, Plan::Pro, Immediate).then(&["PlanDowngraded", "PlanEntered"]);
    assert_eq!(cash(&story), "4700.10");
}

#[test]
fn u32_a_refund_takes_the_schedule_and_the_automatic_renewal_with_it_and_leaves_the_packs() {
    let mut story = rich();
    story.on("2022-11-01").buy(CHAT, Plan::Flagship, 1).and().pack(CHAT, AddOn::GroupMembers, 3).accepted();
    story.on("2022-11-02").auto_renew(CHAT, Some(1)).and().downgrade(CHAT, Plan::Pro, PeriodEnd).accepted();
    story.on("2022-11-10 14:00").refund_by(CHAT, Ordinary).accepted();
    assert_eq!(story.state_at(CHAT, "2022-11-17 23:59:59"), "refunded");
    let before = cash(&story);
    story.on("2022-12-08").settle().accepted();
    assert_eq!((story.plan_of(CHAT), story.terms_of(CHAT).len(), cash(&story)), (Plan::Flagship, 1, before));
    assert_eq!(story.pack_terms_of(CHAT), ["2022-11-01..2023-01-31 1500.00"]);
    // Packs are given back one by one.
    story.on("2022-12-08").refund_pack(CHAT, AddOn::GroupMembers, Some(Ordinary)).accepted();
    // One whole month and 8 of 31 days.
    assert_eq!(story.credits().last().expect("a credit note"), "refund 870.97");
}

#[test]
fn u34_under_a_stop_for_arrears_unused_prepaid_is_given_back_until_the_recycling_and_not_after_it() {
    let owing = || {
        let mut story = Story::begin("2022-10-01");
        story.on("2022-10-12").deposit("11988.00").and().buy(CHAT, Plan::Pro, 12).accepted();
        story.on("2022-10-20").measure(CHAT, "2022-10-20", 10_001, 0).accepted();
        assert_eq!(story.state_at(CHAT, "2022-11-10"), "suspended");
        story
    };
    let mut before = owing();
    before.on("2023-02-07 23:59:59").refund(CHAT).accepted();
    let mut after = owing();
    after.on("2023-02-08").refund(CHAT).refused("application_recycled");
    assert_eq!(after.debt(), "1000.00");
}

#[test]
fn u44_a_downgrade_at_once_takes_the_approval_and_an_upgrade_does_not_bring_it_back() {
    let push = Feature::PushAll;
    let mut story = rich();
    story.on("2022-11-01").buy(CHAT, Plan::Flagship, 1).and().request(CHAT, push).accepted();
    story.on("2022-11-10 15:00").approve(CHAT, push).accepted();
    story.on("2022-11-12 14:59:59").settle().after(&[]);
    story.on("2022-11-12 15:00").settle().after(&["2022-11-12 FeatureOpened"]);
    story.on("2022-11-20").downgrade(CHAT, Plan::Pro, Immediate).then(&[
        "PlanDowngraded",
        "FeatureLost",
        "PlanEntered",
        "CreditNoteIssued",
    ]);
    story.on("2022-11-25").upgrade(CHAT).accepted();
    story.on("2022-11-25").approve(CHAT, push).refused("feature_not_requested");
    story.on("2022-11-25").request(CHAT, push).then(&["FeatureRequested"]);
}

#[test]
fn u47_a_second_application_of_the_account_has_no_first_purchase() {
    let second = beside_chat(1);
    let mut story = rich();
    story.on("2022-11-01").create(second, DataSite::China).accepted();
    story.on("2022-11-01").order(promoted(purchase(CHAT, Plan::Pro, 1), PromotionName::FirstPurchase)).accepted();
    let again = promoted(purchase(second, Plan::Flagship, 1), PromotionName::FirstPurchase);
    story.on("2022-11-01").order(again).refused("promotion_not_applicable");
}

#[test]
fn c6_6_a_promotional_month_is_used_at_the_full_price() {
    let mut story = rich();
    // The account's one refund within five days is taken elsewhere.
    let other = beside_chat(1);
    story.on("2022-10-31").create(other, DataSite::China).and().buy(other, Plan::Pro, 1).and().refund(other).accepted();
    let first = promoted(purchase(CHAT, Plan::Flagship, 1), PromotionName::FirstPurchase);
    story.on("2022-11-01").order(first).accepted();
    let before = cash(&story);
    story.on("2022-11-05").refund(CHAT).then(&["PlanRefunded"]);
    assert_eq!((cash(&story), story.state_at(CHAT, "2022-11-05")), (before, "refunded"));
}

#[test]
fn c6_8_on_day_5_after_the_purchase_all_comes_back() {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-11-01 10:00").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).balance("0.00", "0.00");
    story.on("2022-11-06 10:00").refund(CHAT).balance("999.00", "0.00");
    assert_eq!(story.credits(), ["five days 999.00"]);
}

#[test]
fn u31_a_promotion_is_refunded_with_what_was_paid_and_is_not_given_back() {
    let mut story = rich();
    let first = || promoted(purchase(CHAT, Plan::Flagship, 1), PromotionName::FirstPurchase);
    story.on("2022-11-01").order(first()).and().refund(CHAT).balance("50000.00", "0.00");
    story.on("2022-11-20").order(first()).refused("promotion_not_applicable");
}
