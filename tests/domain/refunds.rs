//! Owns refunds: ordinary and within five days, of plans and of packs, and what follows from them (U29–U34, C6, B1, B2).
//!
//! Does not own downgrades at once (`plan_changes`).

use subledger_domain::catalog::AddOn;
use subledger_domain::charge::Item;
use subledger_domain::charge::RefundKind::{FiveDay, Ordinary};
use subledger_domain::plan::{DataSite, Plan};
use subledger_domain::terms::DowngradeTiming::Immediate;
use subledger_tests::fixtures::{CHAT, beside_chat};

use crate::timeline::Story;

#[track_caller]
fn bought(on: &str, plan: Plan, months: u32, price: &str) -> Story {
    let mut story = Story::begin("2022-10-01");
    story.on(on).deposit(price).and().buy(CHAT, plan, months).accepted().balance("0.00", "0.00");
    story
}

#[test]
fn c6_1_an_ordinary_refund_is_what_was_paid_less_the_days_used() {
    let mut story = bought("2022-11-01", Plan::Pro, 1, "999.00");
    story.on("2022-11-15 20:00").refund(CHAT).then(&["PlanRefunded", "CreditNoteIssued"]).balance("499.50", "0.00");
}

#[test]
fn c6_4_a_pack_is_given_back_by_itself() {
    let mut story = bought("2022-11-01", Plan::Pro, 1, "999.00");
    story.on("2022-11-01").deposit("1000.00").and().pack(CHAT, AddOn::AvchatroomUnlimited, 1).accepted();
    story
        .on("2022-11-03")
        .refund_pack(CHAT, AddOn::AvchatroomUnlimited, Some(Ordinary))
        .then(&["AddOnRefunded", "CreditNoteIssued"]);
    assert_eq!(story.credits(), ["refund 900.00"]);
    assert_eq!(story.state_at(CHAT, "2022-11-03"), "active");
    story.on("2022-11-04").refund_pack(CHAT, AddOn::AvchatroomUnlimited, None).refused("not_subscribed");
}

#[test]
fn c6_10_months_not_begun_come_back_whole() {
    let mut story = bought("2022-11-01", Plan::Pro, 1, "999.00");
    story.on("2022-11-08").deposit("999.00").and().renew(CHAT, 1).accepted();
    story.on("2022-11-10").refund(CHAT).balance("1665.00", "0.00");
}

#[test]
fn u29_whole_months_used_count_at_their_price_and_the_running_one_by_its_days() {
    let mut story = bought("2022-10-12", Plan::Pro, 12, "11988.00");
    story.on("2022-12-20 11:00").refund(CHAT).balance("9699.97", "0.00");
}

#[test]
fn u30_an_upgraded_order_is_used_day_by_day_at_the_plan_of_the_day() {
    let mut story = bought("2022-11-01", Plan::Pro, 1, "999.00");
    story.on("2022-11-16").deposit("980.00").and().upgrade(CHAT).accepted();
    story.on("2022-11-25").refund(CHAT).balance("479.83", "0.00");
}

#[test]
fn u30_a_downgraded_order_has_had_its_part_back() {
    let mut story = bought("2022-11-01", Plan::Flagship, 1, "2999.00");
    story.on("2022-11-16").downgrade(CHAT, Plan::Pro, Immediate).balance("933.33", "0.00");
    // 16 days of Flagship and 4 of Pro: 2,999 − 933.33 − (16 × 2,999 + 4 × 999) ÷ 30 = 333.00.
    story.on("2022-11-20").refund(CHAT).balance("1266.33", "0.00");
}

#[test]
fn u31_within_five_days_all_that_was_paid_comes_back_once_per_account() {
    let mut last_minute = bought("2022-11-01 23:59", Plan::Pro, 1, "999.00");
    last_minute.on("2022-11-06 23:59:59").refund(CHAT).balance("999.00", "0.00");
    assert_eq!(last_minute.credits(), ["five days 999.00"]);
    let mut late = bought("2022-11-01 23:59", Plan::Pro, 1, "999.00");
    late.on("2022-11-07").refund_by(CHAT, FiveDay).refused("refund_already_taken");
    late.on("2022-11-07").refund(CHAT).balance("765.90", "0.00");
    let other = beside_chat(1);
    last_minute.on("2022-11-07").create(other, DataSite::China).and().buy(other, Plan::Pro, 1).accepted();
    last_minute.on("2022-11-08").refund_by(other, FiveDay).refused("refund_already_taken");
    last_minute.on("2022-11-08").refund(other).balance("932.40", "0.00");
}

#[test]
fn u31_the_kind_can_be_chosen() {
    let mut story = bought("2022-11-01", Plan::Pro, 1, "999.00");
    story.on("2022-11-03").refund_by(CHAT, Ordinary).balance("899.10", "0.00");
    assert!(!story.payer().five_day_refund_taken);
}

#[test]
fn u31_neither_renewals_nor_upgrades_come_back_whole() {
    let mut renewed = bought("2022-10-12", Plan::Pro, 1, "999.00");
    renewed.on("2022-11-10").deposit("999.00").and().renew(CHAT, 1).accepted();
    renewed.on("2022-11-13").refund_by(CHAT, FiveDay).refused("refund_already_taken");
    let mut upgraded = bought("2022-11-01", Plan::Pro, 1, "999.00");
    upgraded.on("2022-11-02").deposit("1900.00").and().upgrade(CHAT).accepted();
    upgraded.on("2022-11-03").refund_by(CHAT, FiveDay).refused("refund_already_taken");
}

#[test]
fn b2_money_returns_in_the_proportion_it_was_paid() {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-11-01").gift("599.40").and().deposit("399.60").and().buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-11-15").refund_by(CHAT, Ordinary).balance("199.80", "299.70");
}

#[test]
fn u32_a_refunded_plan_is_usable_for_seven_days_and_accrues() {
    let mut story = bought("2022-11-01", Plan::Pro, 1, "999.00");
    story.on("2022-11-05").measure(CHAT, "2022-11-05", 12_000, 0).accepted();
    story.on("2022-11-10 14:00").refund(CHAT).accepted();
    assert_eq!(story.state_at(CHAT, "2022-11-17 23:59:59"), "refunded");
    assert_eq!(story.state_at(CHAT, "2022-11-18"), "suspended");
    story.on("2022-11-12").upgrade(CHAT).refused("renewal_required");
    story.on("2022-11-12").refund(CHAT).refused("not_subscribed");
    story.on("2022-12-03").settle();
    assert_eq!(story.statement("2022-11").fee(CHAT, Item::DauOverage), "566.67");
}

#[test]
fn u32_a_purchase_inside_the_seven_days_starts_a_new_term_at_payment() {
    let mut story = bought("2022-11-01", Plan::Flagship, 1, "2999.00");
    story.on("2022-11-10").refund(CHAT).and().buy(CHAT, Plan::Pro, 1).then(&[
        "SubscriptionEnded",
        "SubscriptionStarted",
        "PlanEntered",
        "OrderPaid",
    ]);
    assert_eq!(story.terms_of(CHAT).last().expect("bought"), "2022-11-10..2022-12-09 999.00");
    assert_eq!(story.state_at(CHAT, "2022-12-09 23:59:59"), "active");
}

#[test]
fn s7_after_a_refund_and_its_stop_the_application_goes_on_by_buying() {
    let mut story = bought("2022-11-01", Plan::Pro, 1, "999.00");
    story.on("2022-11-10").refund(CHAT).accepted();
    story.on("2022-11-20").buy(CHAT, Plan::Trial, 1).refused("trial_not_reenterable");
    story.on("2022-11-20").deposit("999.00").and().renew(CHAT, 1).then(&[
        "SubscriptionStarted",
        "SuspensionLifted",
        "PlanEntered",
        "OrderPaid",
    ]);
    assert_eq!(story.state_at(CHAT, "2022-11-20"), "active");
}

#[test]
fn u32_nothing_more_happens_to_a_refunded_plan_by_itself() {
    let mut story = bought("2022-11-01", Plan::Pro, 1, "999.00");
    story.on("2022-11-02").auto_renew(CHAT, Some(1)).and().refund(CHAT).accepted();
    story.on("2022-11-30 23:00").settle().after(&["2022-11-10 SubscriptionStopped", "2022-11-10 ApplicationSuspended"]);
}

#[test]
fn u33_in_arrears_a_refund_pays_the_debt_first() {
    let mut story = bought("2022-10-12", Plan::Pro, 2, "1998.00");
    story.on("2022-10-20").measure(CHAT, "2022-10-20", 12_000, 0).accepted();
    story.on("2022-11-26").refund_by(CHAT, Ordinary).balance("0.00", "0.00");
    // 999 and 15 of 30 days of the second month are used: 499.50 of the debt of 1,000 are paid, everything stays stopped.
    assert_eq!((story.debt().as_str(), story.state_at(CHAT, "2022-11-26")), ("500.50", "suspended"));
}

#[test]
fn u33_in_grace_or_after_the_stop_nothing_is_left_to_refund() {
    let mut story = bought("2022-10-12", Plan::Pro, 1, "999.00");
    for moment in ["2022-11-12", "2022-11-18 23:59:59", "2022-11-19", "2022-12-24"] {
        story.on(moment).refund(CHAT).refused("not_subscribed");
    }
    let mut trial = Story::begin("2022-10-12");
    trial.on("2022-10-12").refund(CHAT).refused("not_subscribed");
}

#[test]
fn c6_5_a_refund_of_nothing_is_done_all_the_same() {
    let mut story = bought("2022-11-01", Plan::Pro, 1, "999.00");
    story.on("2022-11-30 23:00").refund(CHAT).then(&["PlanRefunded"]).balance("0.00", "0.00");
    assert_eq!(story.state_at(CHAT, "2022-12-07 23:59:59"), "refunded");
}

#[test]
fn a_trial_of_the_call_pack_has_nothing_to_give_back() {
    let mut story = Story::begin("2022-11-01");
    story.on("2022-11-01").try_pack(CHAT).accepted();
    let call = AddOn::AvCall(subledger_domain::catalog::CallVariant::Trial);
    story.on("2022-11-02").refund_pack(CHAT, call, None).refused("not_subscribed");
}
