//! Owns corrections of settled months: up with the next statement, down with a credit note at once (U38).

use subledger_domain::charge::Item;
use subledger_domain::plan::Plan;
use subledger_tests::fixtures::CHAT;

use crate::timeline::Story;

/// Pro from October on for half a year, with enough money; October's peak is this.
fn october_of(dau: u64) -> Story {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-01").deposit("20000.00").and().buy(CHAT, Plan::Pro, 6).accepted().balance("14006.00", "0.00");
    story.on("2022-10-10").measure(CHAT, "2022-10-10", dau, 0).accepted();
    story
}

#[test]
fn u38_up_is_a_line_on_the_next_statement() {
    let mut story = october_of(10_000);
    story.on("2022-11-05").correct(CHAT, "2022-10-10", 20_001).then(&["UsageCorrected", "AdjustmentDeferred"]);
    story.on("2022-12-03").settle().balance("12006.00", "0.00");
    let statement = story.statement("2022-11");
    assert_eq!(statement.total, "2000.00");
    let line = statement.lines.iter().find(|line| line.adjusts.is_some()).expect("the correction");
    assert_eq!(line.adjusts.expect("of October").month.to_string(), "2022-10");
    assert_eq!(story.statement("2022-10").total, "0.00");
}

#[test]
fn u38_down_is_a_credit_note_at_once() {
    let mut story = october_of(20_001);
    story.on("2022-11-05").correct(CHAT, "2022-10-10", 10_000).then(&["UsageCorrected", "CreditNoteIssued"]);
    assert_eq!(story.credits(), ["correction 2000.00"]);
    assert_eq!(story.statement("2022-10").total, "2000.00");
    // All that was billed has gone back: less is not less than nothing.
    story.on("2022-11-06").correct(CHAT, "2022-10-10", 1).then(&["UsageCorrected"]);
}

#[test]
fn u38_between_draft_and_settlement_the_next_statement_is_that_of_the_month_before() {
    let mut story = october_of(10_000);
    story.on("2022-12-02").correct(CHAT, "2022-10-10", 10_001).accepted();
    story.on("2022-12-03").settle();
    assert_eq!(story.statement("2022-11").total, "1000.00");
}

#[test]
fn u38_what_is_corrected_twice_before_it_is_billed_is_billed_once() {
    let mut story = october_of(10_000);
    story.on("2022-11-05").correct(CHAT, "2022-10-10", 30_001).accepted();
    story.on("2022-11-06").correct(CHAT, "2022-10-10", 20_001).accepted();
    story.on("2022-11-07").correct(CHAT, "2022-10-11", 20_001).then(&["UsageCorrected"]);
    story.on("2022-12-03").settle();
    assert_eq!(story.statement("2022-11").total, "2000.00");
    let mut back = october_of(10_000);
    back.on("2022-11-05").correct(CHAT, "2022-10-10", 30_001).accepted();
    back.on("2022-11-06").correct(CHAT, "2022-10-10", 10_000).then(&["UsageCorrected", "AdjustmentWithdrawn"]);
    back.on("2022-12-03").settle();
    assert_eq!((back.statement("2022-11").total.as_str(), back.credits().len()), ("0.00", 0));
}

#[test]
fn u38_share_and_price_are_those_of_the_month_of_usage() {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-12").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    // Stopped on 11-19: 18 of 30 days.
    story.on("2022-12-05").correct(CHAT, "2022-11-05", 10_001).then(&[
        "UsageCorrected",
        "AdjustmentDeferred",
        "BillingMonthOpened",
    ]);
    story.on("2023-01-03").settle();
    assert_eq!(story.statement("2022-12").total, "600.00");
    assert_eq!(story.statement("2022-12").fee(CHAT, Item::DauOverage), "600.00");
}

#[test]
fn u38_a_credit_pays_the_debt_first() {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-01").deposit("2000.00").and().gift("499.00").and().buy(CHAT, Plan::Pro, 2).accepted();
    story.on("2022-10-10").measure(CHAT, "2022-10-10", 20_001, 0).accepted();
    // 501.00 in cash meet a bill of 2,000.00.
    story.on("2022-11-05").correct(CHAT, "2022-10-10", 10_001).then(&[
        "UsageCorrected",
        "CreditNoteIssued",
        "ReceivableCredited",
    ]);
    assert_eq!(story.debt(), "499.00");
    story.on("2022-11-06").correct(CHAT, "2022-10-10", 10_000).then(&[
        "UsageCorrected",
        "CreditNoteIssued",
        "ReceivableCredited",
        "ArrearsCleared",
    ]);
    assert_eq!((story.debt().as_str(), story.payer().cash.amount().to_string().as_str()), ("0.00", "501.00"));
}

#[test]
fn only_a_settled_month_is_corrected() {
    let mut story = october_of(10_000);
    story.on("2022-11-02 23:59:59").correct(CHAT, "2022-10-10", 1).refused("invalid_request");
    story.on("2022-11-03").correct(CHAT, "2022-10-10", 10_000).then(&[]);
    story.on("2022-11-03").correct(CHAT, "2022-11-04", 1).refused("usage_in_future");
    story.on("2022-11-03").correct(CHAT, "2022-09-30", 1).refused("usage_before_creation");
    story.on("2022-11-03").measure(CHAT, "2022-10-10", 1, 1).refused("usage_month_closed");
}
