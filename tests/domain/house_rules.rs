//! Owns the house rules these orders reach, by their numbers: U1 to U4 on money, U21 after a stop, U34 recycling, U46 the
//! stop's instant and the length of orders. U45 has a file of its own (`refusals`).
//!
//! Does not own arrears, upgrades and refunds, which no order reaches yet.

use subledger_domain::plan::{DataSite, Plan};
use subledger_tests::fixtures::{CHAT, beside_chat};

use crate::timeline::Story;

/// On a plan to 2022-11-11, with this much left.
#[track_caller]
fn to_november_11(plan: Plan, left: &str) -> Story {
    let mut story = Story::begin("2022-10-12");
    let price = if plan == Plan::Pro { "999.00" } else { "2999.00" };
    story.on("2022-10-12 10:00").deposit(price).and().buy(CHAT, plan, 1).accepted().balance("0.00", "0.00");
    if left != "0.00" {
        story.on("2022-10-12 10:00").deposit(left);
    }
    story
}

#[test]
fn u1_a_renewal_without_money_is_refused_and_takes_nothing() {
    let mut story = to_november_11(Plan::Pro, "998.99");
    story.on("2022-11-11").renew(CHAT, 1).refused("insufficient_balance").balance("998.99", "0.00");
    story.on("2022-11-13").renew(CHAT, 1).refused("insufficient_balance").balance("998.99", "0.00");
    story.on("2022-11-25").renew(CHAT, 1).refused("insufficient_balance").balance("998.99", "0.00");
    assert_eq!(story.terms_of(CHAT).len(), 1);
}

#[test]
fn u2_money_alone_does_not_cure_an_expiry_a_renewal_does() {
    let mut story = to_november_11(Plan::Pro, "0.00");
    story.on("2022-11-25").deposit("10000.00").then(&["MoneyDeposited"]);
    assert_eq!(story.state_at(CHAT, "2022-11-25"), "suspended");
    story.on("2022-11-25").renew(CHAT, 1).then(&[
        "SubscriptionStarted",
        "SuspensionLifted",
        "PlanEntered",
        "OrderPaid",
    ]);
    assert_eq!(story.state_at(CHAT, "2022-11-25"), "active");
}

#[test]
fn u2_an_end_that_falls_into_another_applications_stop_runs_its_own_timetable() {
    let other = beside_chat(1);
    let mut story = to_november_11(Plan::Pro, "999.00");
    story.on("2022-10-25 08:00").create(other, DataSite::China).and().buy(other, Plan::Pro, 1).accepted();
    assert_eq!((story.state_at(CHAT, "2022-11-24"), story.state_at(other, "2022-11-24")), ("suspended", "active"));
    assert_eq!((story.state_at(CHAT, "2022-11-25"), story.state_at(other, "2022-11-25")), ("suspended", "grace"));
    assert_eq!((story.state_at(CHAT, "2022-12-02"), story.state_at(other, "2022-12-02")), ("suspended", "suspended"));
}

#[test]
fn u3_u4_an_order_takes_gift_first_then_cash_down_to_zero() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").gift("300.00").and().deposit("500.00").balance("500.00", "300.00");
    story.on("2022-10-12").buy(CHAT, Plan::Pro, 1).refused("insufficient_balance").balance("500.00", "300.00");
    story.on("2022-10-12").deposit("199.00").and().buy(CHAT, Plan::Pro, 1).accepted().balance("0.00", "0.00");
    story.on("2022-10-13").deposit("1000.00").and().gift("1.00").and().renew(CHAT, 1).balance("2.00", "0.00");
}

#[test]
fn u21_renewing_after_a_stop_starts_a_new_term_at_payment() {
    let mut story = to_november_11(Plan::Pro, "1998.00");
    story.on("2022-11-25 14:00").renew(CHAT, 2).balance("0.00", "0.00");
    assert_eq!(story.terms_of(CHAT), ["2022-10-12..2022-11-11 999.00", "2022-11-25..2023-01-24 1998.00"]);
}

#[test]
fn u21_after_a_stop_any_plan_can_be_bought() {
    for (before, then, amount) in [
        (Plan::Pro, Plan::Pro, "999.00"),
        (Plan::Pro, Plan::Flagship, "2999.00"),
        (Plan::Flagship, Plan::Pro, "999.00"),
        (Plan::Flagship, Plan::Flagship, "2999.00"),
    ] {
        let mut story = to_november_11(before, amount);
        story.on("2022-11-25").buy(CHAT, then, 1).balance("0.00", "0.00");
        let expected = format!("2022-11-25..2022-12-24 {amount}");
        assert_eq!(story.terms_of(CHAT).last(), Some(&expected), "{before} then {then}");
        assert_eq!(story.state_at(CHAT, "2022-12-24"), "active");
    }
}

#[test]
fn u21_before_the_stop_a_purchase_is_refused_in_term_and_in_grace() {
    for when in ["2022-10-12 10:00", "2022-11-11 23:59:59", "2022-11-12", "2022-11-18 23:59:59"] {
        for plan in [Plan::Pro, Plan::Flagship] {
            let mut story = to_november_11(Plan::Pro, "10000.00");
            story.on(when).buy(CHAT, plan, 1).refused("already_subscribed").balance("10000.00", "0.00");
        }
    }
}

#[test]
fn u34_recycling_is_counted_from_the_day_of_the_stop_and_that_day_counts() {
    let mut story = to_november_11(Plan::Pro, "5000.00");
    story.on("2023-02-16 23:59:59").settle().accepted();
    assert_eq!(story.state_at(CHAT, "2023-02-16 23:59:59"), "suspended");
    story.on("2023-02-17").settle().after(&["2023-02-17 ApplicationRecycled"]).balance("5000.00", "0.00");
    for refused in [story.on("2023-02-17").renew(CHAT, 1).order, story.on("2023-02-17").buy(CHAT, Plan::Pro, 1).order] {
        assert_eq!(refused.map_err(|refusal| refusal.code()).map(|_| ()), Err("application_recycled"));
    }
}

#[test]
fn u34_a_renewal_in_the_last_second_saves_the_application_and_the_next_stop_counts_anew() {
    let mut story = to_november_11(Plan::Pro, "999.00");
    story.on("2023-02-16 23:59:59").renew(CHAT, 1).accepted();
    assert_eq!(story.terms_of(CHAT).last().map(String::as_str), Some("2023-02-16..2023-03-15 999.00"));
    story.on("2023-12-31").settle().accepted();
    let told = story.told_of(CHAT);
    assert_eq!(
        told[told.len() - 3..],
        ["2023-03-23 SubscriptionStopped", "2023-03-23 ApplicationSuspended", "2023-06-21 ApplicationRecycled",]
    );
}

#[test]
fn u46_one_second_before_the_stop_a_renewal_follows_the_old_end() {
    let mut story = to_november_11(Plan::Pro, "999.00");
    story.on("2022-11-18 23:59:59").renew(CHAT, 1).then(&["SubscriptionRenewed", "OrderPaid"]);
    assert_eq!(story.terms_of(CHAT)[1], "2022-11-12..2022-12-11 999.00");
}

#[test]
fn u46_at_the_instant_of_the_stop_a_renewal_starts_a_new_term() {
    let mut story = to_november_11(Plan::Pro, "999.00");
    story.on("2022-11-18 12:00").settle().accepted();
    story.on("2022-11-19").renew(CHAT, 1).after(&["2022-11-19 SubscriptionStopped", "2022-11-19 ApplicationSuspended"]);
    assert_eq!(story.terms_of(CHAT)[1], "2022-11-19..2022-12-18 999.00");
    assert_eq!(story.state_at(CHAT, "2022-12-18 23:59:59"), "active");
}

#[test]
fn u46_an_order_has_1_to_24_months_and_the_sum_has_no_cap() {
    let mut story = to_november_11(Plan::Pro, "95904.00");
    for _ in 0..4 {
        story.on("2022-10-12 10:00").renew(CHAT, 24).accepted();
    }
    assert_eq!(story.terms_of(CHAT).last().map(String::as_str), Some("2028-11-12..2030-11-11 23976.00"));
    story.on("2022-10-12 10:00").renew(CHAT, 1).refused("insufficient_balance").balance("0.00", "0.00");
}
