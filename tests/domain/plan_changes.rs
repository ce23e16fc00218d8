//! Owns changes of the plan within its term: upgrades by each way of pricing them, downgrades at the end of what is paid
//! and at once (U22–U28, C11).
//!
//! Does not own refunds (`refunds`).

use subledger_domain::catalog::AddOn;
use subledger_domain::plan::{Plan, Quota};
use subledger_domain::terms::DowngradeTiming::{Immediate, PeriodEnd};
use subledger_tests::fixtures::{CHAT, catalog_with};

use crate::timeline::Story;

/// Pro for November, with this much left.
#[track_caller]
fn november(plan: Plan, left: &str) -> Story {
    november_of(Story::begin("2022-10-20"), plan, left)
}

#[track_caller]
fn november_of(mut story: Story, plan: Plan, left: &str) -> Story {
    let price = if plan == Plan::Pro { "999.00" } else { "2999.00" };
    story.on("2022-11-01 09:00").deposit(price).and().buy(CHAT, plan, 1).accepted();
    if left != "0.00" {
        story.on("2022-11-01 09:00").deposit(left);
    }
    story
}

#[test]
fn c11_an_upgrade_costs_the_difference_for_the_months_left() {
    for (policy, day, amount) in [
        ("platform_formula", "2022-11-16", "980.00"),
        ("platform_formula", "2022-11-01", "1980.00"),
        ("exact", "2022-11-16", "986.30"),
        ("exact", "2022-11-01", "1972.60"),
    ] {
        let mut story = november_of(
            Story::begin_under(catalog_with("upgrade", &format!("{policy:?}")), "2022-10-20"),
            Plan::Pro,
            amount,
        );
        story.on(&format!("{day} 15:00")).upgrade(CHAT).then(&["PlanUpgraded", "PlanEntered", "OrderPaid"]);
        assert_eq!(story.charges_of(CHAT).last().expect("charged"), amount, "{policy} on {day}");
        assert_eq!((story.payer().cash.amount().to_string().as_str(), story.plan_of(CHAT)), ("0.00", Plan::Flagship));
    }
}

#[test]
fn u42_the_next_day_is_cheaper() {
    for (day, amount) in [("2022-11-15", "1060.00"), ("2022-11-16", "980.00")] {
        let mut story = november(Plan::Pro, "2000.00");
        story.on(&format!("{day} 10:00")).upgrade(CHAT).accepted();
        assert_eq!(story.charges_of(CHAT).last().expect("charged"), amount);
    }
}

#[test]
fn u25_an_upgrade_runs_to_the_end_of_everything_paid() {
    let mut story = november(Plan::Pro, "4019.00");
    story.on("2022-11-02").renew(CHAT, 1).accepted();
    story.on("2022-11-16 12:00").upgrade(CHAT).balance("0.00", "0.00");
    assert_eq!(story.charges_of(CHAT).last().expect("charged"), "3020.00");
    assert_eq!(story.limit_at(CHAT, Quota::AvchatroomsMax, "2022-12-31 23:59:59"), None);
    assert_eq!(story.state_at(CHAT, "2022-12-31 23:59:59"), "active");
    assert_eq!(story.state_at(CHAT, "2023-01-01"), "grace");
}

#[test]
fn u26_nothing_is_capped_on_the_first_day_of_a_long_month() {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-01 09:00").deposit("3039.00").and().buy(CHAT, Plan::Pro, 1).and().upgrade(CHAT).accepted();
    assert_eq!(story.charges_of(CHAT), ["999.00", "2040.00"]);
}

#[test]
fn u24_in_grace_a_renewal_comes_first() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("4000.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    for moment in ["2022-11-12", "2022-11-14", "2022-11-18 23:59:59"] {
        story.on(moment).upgrade(CHAT).refused("renewal_required");
        // The plan comes before the state (U45).
        story.on(moment).downgrade(CHAT, Plan::Pro, PeriodEnd).refused("already_on_plan");
    }
    let mut flagship = Story::begin("2022-10-12");
    flagship.on("2022-10-12").deposit("2999.00").and().buy(CHAT, Plan::Flagship, 1).accepted();
    flagship.on("2022-11-14").downgrade(CHAT, Plan::Pro, PeriodEnd).refused("renewal_required");
    let mut renewed = Story::begin("2022-10-12");
    renewed.on("2022-10-12").deposit("4000.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    renewed.on("2022-11-14").renew(CHAT, 1).and().upgrade(CHAT).accepted();
    assert_eq!(renewed.charges_of(CHAT), ["999.00", "999.00", "1840.00"]);
}

#[test]
fn u22_an_upgrade_ends_the_pack_that_flagship_includes_and_gives_it_back() {
    let mut story = november(Plan::Pro, "2600.00");
    story.on("2022-11-01 10:00").pack(CHAT, AddOn::AvchatroomUnlimited, 1).accepted();
    story.on("2022-11-01 10:00").pack(CHAT, AddOn::GroupMembers, 3).accepted().balance("100.00", "0.00");
    // 100.00 and the 466.67 that come back are too little for 980.00.
    story.on("2022-11-16 10:00").upgrade(CHAT).refused("insufficient_balance").balance("100.00", "0.00");
    story.on("2022-11-16 10:00").deposit("413.33").and().upgrade(CHAT).balance("0.00", "0.00");
    assert_eq!(story.credits(), ["refund 466.67"]);
    assert_eq!(story.limit_at(CHAT, Quota::GroupMembersMax, "2022-11-16 10:00"), Some(6000));
}

#[test]
fn refund_and_repurchase_is_an_ordinary_refund_and_a_new_term() {
    let under = catalog_with("upgrade", "\"refund_and_repurchase\"");
    let mut story = november_of(Story::begin_under(under, "2022-10-20"), Plan::Pro, "5532.80");
    // 16 of 30 days are used: 999.00 − 532.80 = 466.20 come back.
    story.on("2022-11-16 10:00").upgrade_for(CHAT, 25).refused("months_out_of_range");
    story.on("2022-11-16 10:00").upgrade_for(CHAT, 2).balance("1.00", "0.00");
    assert_eq!(story.credits(), ["refund 466.20"]);
    assert_eq!(story.terms_of(CHAT), ["2022-11-01..2022-11-30 999.00", "2022-11-16..2023-01-15 5998.00"]);
    assert_eq!(story.state_at(CHAT, "2022-11-16 10:00"), "active");
    let mut exact = november(Plan::Pro, "2000.00");
    exact.on("2022-11-16").upgrade_for(CHAT, 2).refused("invalid_request");
}

#[test]
fn u27_a_scheduled_downgrade_waits_for_the_end_of_what_is_paid_and_renewals_are_of_pro() {
    let mut story = Story::begin("2022-11-12");
    story.on("2022-11-12 09:00").deposit("4997.00").and().buy(CHAT, Plan::Flagship, 1).accepted();
    story.on("2022-11-20").downgrade(CHAT, Plan::Pro, PeriodEnd).then(&["DowngradeScheduled"]);
    story.on("2022-11-20").downgrade(CHAT, Plan::Pro, PeriodEnd).refused("downgrade_already_scheduled");
    story.on("2022-12-01").renew(CHAT, 1).accepted();
    assert_eq!(story.terms_of(CHAT), ["2022-11-12..2022-12-11 2999.00", "2022-12-12..2023-01-11 999.00"]);
    story.on("2022-12-02").cancel_downgrade(CHAT).refused("downgrade_not_allowed");
    story.on("2022-12-03").renew(CHAT, 1).accepted();
    assert_eq!(story.limit_at(CHAT, Quota::AvchatroomsMax, "2022-12-11 23:59:59"), None);
    assert_eq!(story.limit_at(CHAT, Quota::AvchatroomsMax, "2022-12-12"), Some(50));
    assert_eq!(story.state_at(CHAT, "2023-02-11 23:59:59"), "active");
    story.on("2022-12-12").settle();
    assert_eq!(story.plan_of(CHAT), Plan::Pro);
}

#[test]
fn u27_a_scheduled_downgrade_takes_effect_even_if_nobody_renews() {
    let mut story = november(Plan::Flagship, "999.00");
    story.on("2022-11-20").downgrade(CHAT, Plan::Pro, PeriodEnd).accepted();
    story.on("2022-12-01").settle();
    assert_eq!((story.plan_of(CHAT), story.state_at(CHAT, "2022-12-01")), (Plan::Pro, "grace"));
    assert_eq!(story.limit_at(CHAT, Quota::AvchatroomsMax, "2022-12-01"), Some(50));
    story.on("2022-12-05").renew(CHAT, 1).accepted();
    assert_eq!(story.terms_of(CHAT).last().expect("renewed"), "2022-12-01..2022-12-31 999.00");
}

#[test]
fn u27_a_scheduled_downgrade_can_be_taken_back() {
    let mut story = november(Plan::Flagship, "2999.00");
    story.on("2022-11-19").cancel_downgrade(CHAT).refused("downgrade_not_allowed");
    story
        .on("2022-11-20")
        .downgrade(CHAT, Plan::Pro, PeriodEnd)
        .and()
        .cancel_downgrade(CHAT)
        .then(&["DowngradeCancelled"]);
    story.on("2022-11-25").renew(CHAT, 1).accepted();
    assert_eq!(story.terms_of(CHAT).last().expect("renewed"), "2022-12-01..2022-12-31 2999.00");
}

#[test]
fn u28_a_downgrade_at_once_gives_back_the_difference_of_the_unused_days() {
    let mut story = november(Plan::Flagship, "0.00");
    story.on("2022-11-16 15:00").downgrade(CHAT, Plan::Pro, Immediate).then(&[
        "PlanDowngraded",
        "PlanEntered",
        "CreditNoteIssued",
    ]);
    assert_eq!(story.credits(), ["downgrade 933.33"]);
    assert_eq!(story.state_at(CHAT, "2022-11-30 23:59:59"), "active");
    assert_eq!(story.limit_at(CHAT, Quota::AvchatroomsMax, "2022-11-16 15:00"), Some(50));
}

#[test]
fn u28_whole_months_not_begun_give_back_their_difference_too() {
    let mut story = november(Plan::Flagship, "5998.00");
    story.on("2022-11-02").renew(CHAT, 2).accepted();
    story.on("2022-11-16").downgrade(CHAT, Plan::Pro, Immediate).balance("4933.33", "0.00");
}

#[test]
fn u27_a_downgrade_needs_an_operators_ticket() {
    let mut story = november(Plan::Flagship, "0.00");
    story.on("2022-11-16").downgrade_without_ticket(CHAT).refused("operator_approval_required");
    let mut free = november_of(
        Story::begin_under(catalog_with("downgrade_needs_approval", "false"), "2022-10-20"),
        Plan::Flagship,
        "0.00",
    );
    free.on("2022-11-16").downgrade_without_ticket(CHAT).then(&["DowngradeScheduled"]);
    let mut at_once = november_of(
        Story::begin_under(catalog_with("downgrade", "\"immediate\""), "2022-10-20"),
        Plan::Flagship,
        "0.00",
    );
    at_once.on("2022-11-16").downgrade_as_the_policy_says(CHAT).accepted();
    assert_eq!(at_once.plan_of(CHAT), Plan::Pro);
}

#[test]
fn each_change_has_one_direction() {
    let mut trial = Story::begin("2022-11-01");
    trial.on("2022-11-01").upgrade(CHAT).refused("not_subscribed");
    trial.on("2022-11-01").downgrade(CHAT, Plan::Pro, Immediate).refused("not_subscribed");
    let mut pro = november(Plan::Pro, "9000.00");
    pro.on("2022-11-02").upgrade_to(CHAT, Plan::Pro).refused("already_on_plan");
    pro.on("2022-11-02").upgrade_to(CHAT, Plan::Trial).refused("trial_not_reenterable");
    pro.on("2022-11-02").downgrade(CHAT, Plan::Pro, Immediate).refused("already_on_plan");
    pro.on("2022-11-02").downgrade(CHAT, Plan::Flagship, Immediate).refused("downgrade_not_allowed");
    pro.on("2022-11-02").downgrade(CHAT, Plan::Trial, Immediate).refused("trial_not_reenterable");
    let mut flagship = november(Plan::Flagship, "9000.00");
    flagship.on("2022-11-02").upgrade(CHAT).refused("already_on_plan");
    flagship.on("2022-11-02").upgrade_to(CHAT, Plan::Pro).refused("downgrade_not_allowed");
}

#[test]
fn u16_storage_that_the_higher_plan_includes_ends_with_the_month_charged() {
    for (days, november_fee, december_fee) in [(90, "1000.00", "500.00"), (30, "500.00", "none")] {
        let mut story = november(Plan::Pro, "9000.00");
        story.on("2022-11-02").renew(CHAT, 2).and().keep(CHAT, days).accepted();
        story.on("2022-11-16 10:00").upgrade(CHAT).accepted();
        story.on("2023-01-03").settle();
        let fee = |month: &str| story.statement(month).fee(CHAT, subledger_domain::charge::Item::HistoryStorage);
        assert_eq!((fee("2022-11").as_str(), fee("2022-12").as_str()), (november_fee, december_fee), "{days} days");
    }
}
