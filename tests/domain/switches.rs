//! Owns what each policy switch means on a setting other than the one that ships: days of grace, of arrears, of retention,
//! of reminders, of settlement.
//!
//! Does not own the ways of an upgrade and a downgrade (`plan_changes`) nor ends of months and days (`golden_cases`).
//! Switches with one setting have no other to show.

use subledger_domain::plan::Plan;
use subledger_tests::fixtures::{CHAT, catalog_with, try_catalog_with};

use crate::timeline::Story;

/// Pro from 10-12 to 11-11 under another setting, with nothing left.
#[track_caller]
fn to_november_11(policy: &str, value: &str) -> Story {
    let mut story = Story::begin_under(catalog_with(policy, value), "2022-10-12");
    story.on("2022-10-12").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    story
}

/// The last instant of one state and the first of the next.
#[track_caller]
fn assert_turns(story: &Story, last: &str, before: &str, first: &str, after: &str) {
    assert_eq!((story.state_at(CHAT, last), story.state_at(CHAT, first)), (before, after), "{last}, {first}");
}

#[test]
fn expiry_grace_days_move_the_stop() {
    for (days, last, stop) in [("7", "2022-11-18 23:59:59", "2022-11-19"), ("1", "2022-11-12 23:59:59", "2022-11-13")] {
        assert_turns(&to_november_11("expiry_grace_days", days), last, "grace", stop, "suspended");
    }
}

#[test]
fn arrears_grace_days_move_the_stop_for_debts() {
    for (days, last, stop) in [("7", "2022-11-09 23:59:59", "2022-11-10"), ("3", "2022-11-05 23:59:59", "2022-11-06")] {
        let mut story = Story::begin_under(catalog_with("arrears_grace_days", days), "2022-10-12");
        story.on("2022-10-12").deposit("2997.00").and().buy(CHAT, Plan::Pro, 3).accepted();
        story.on("2022-10-20").measure(CHAT, "2022-10-20", 10_001, 0).accepted();
        assert_turns(&story, last, "active", stop, "suspended");
    }
}

#[test]
fn retention_days_move_the_recycling() {
    for (days, last, gone) in [("90", "2023-02-16 23:59:59", "2023-02-17"), ("30", "2022-12-18 23:59:59", "2022-12-19")]
    {
        assert_turns(&to_november_11("retention_days", days), last, "suspended", gone, "recycled");
    }
}

#[test]
fn refund_grace_days_move_the_stop_after_a_refund() {
    for (days, last, stop) in [("7", "2022-11-17 23:59:59", "2022-11-18"), ("2", "2022-11-12 23:59:59", "2022-11-13")] {
        let mut story = to_november_11("refund_grace_days", days);
        story.on("2022-11-10 14:00").refund(CHAT).accepted();
        assert_turns(&story, last, "refunded", stop, "suspended");
    }
}

#[test]
fn reminder_days_say_on_which_days_one_is_reminded() {
    let before = ["2022-11-05..2022-11-11 RenewalReminded", "2022-11-12 GraceBegan"];
    let after = ["2022-11-12..2022-11-18 RenewalReminded", "2022-11-19 SubscriptionStopped"];
    for (policy, value, told) in [
        ("reminder_days_before", "7", [before, after]),
        ("reminder_days_before", "2", [["2022-11-10..2022-11-11 RenewalReminded", before[1]], after]),
        ("reminder_days_after", "3", [before, ["2022-11-12..2022-11-14 RenewalReminded", after[1]]]),
    ] {
        let mut story = to_november_11(policy, value);
        let told = [told.concat(), vec!["2022-11-19 ApplicationSuspended"]].concat();
        story.on("2022-11-30").settle().after(&told);
    }
}

#[test]
fn settlement_days_say_when_a_statement_is_drafted_and_deducted() {
    for (policy, value, drafted, settled) in [
        ("settlement_final_day", "3", "2022-11-01", "2022-11-03"),
        ("settlement_final_day", "5", "2022-11-01", "2022-11-05"),
        ("settlement_draft_day", "2", "2022-11-02", "2022-11-03"),
    ] {
        let mut story = to_november_11(policy, value);
        story.on("2022-11-30").settle().after_months(&[
            &format!("{drafted} StatementDrafted"),
            &format!("{drafted} BillingMonthOpened"),
            &format!("{settled} StatementFinalised"),
        ]);
    }
}

#[test]
fn a_switch_with_one_setting_takes_no_other() {
    for policy in ["stop_month_share", "storage_month", "refund_used", "renewal_in_grace", "payment_order", "rounding"]
    {
        assert!(try_catalog_with(policy, "\"otherwise\"").is_err(), "{policy}");
    }
}
