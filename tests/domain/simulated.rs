//! Owns the stories that the simulation found: where the ledger and the oracle disagreed and the ledger was wrong. Each
//! names the seed of the small world that failed.

use subledger_domain::catalog::AddOn;
use subledger_domain::charge::Item;
use subledger_domain::plan::Plan;
use subledger_domain::terms::DowngradeTiming::{Immediate, PeriodEnd};
use subledger_tests::fixtures::CHAT;

use crate::timeline::Story;

/// So much paid in, and a plan bought with it at once.
fn bought(at: &str, money: &str, plan: Plan, months: u32) -> Story {
    let mut story = Story::begin(&at[..10]);
    story.on(at).deposit(money).and().buy(CHAT, plan, months).accepted();
    story
}

/// Seed 38.
#[test]
fn u45_a_downgrade_asks_for_the_plan_before_the_state() {
    let mut story = bought("2022-10-12 10:00", "999.00", Plan::Pro, 1);
    story.on("2022-11-14").downgrade(CHAT, Plan::Pro, PeriodEnd).refused("already_on_plan");
    story.on("2022-11-19").downgrade(CHAT, Plan::Pro, PeriodEnd).refused("application_suspended");
}

/// Seed 888.
#[test]
fn u22_a_pack_in_its_grace_ends_with_an_upgrade_and_nothing_comes_back() {
    let mut story = bought("2022-11-01 10:00", "9000.00", Plan::Pro, 2);
    story.on("2022-11-01 11:00").pack(CHAT, AddOn::AvchatroomUnlimited, 1).accepted();
    story.on("2022-12-02").upgrade(CHAT).then(&["AddOnEnded", "PlanUpgraded", "PlanEntered", "OrderPaid"]);
    assert!(story.credits().is_empty());
}

/// Seed 1032.
#[test]
fn u28_the_day_of_a_downgrade_is_flagships_also_in_the_instant_the_term_begins() {
    let mut story = bought("2022-11-01 10:00", "2999.00", Plan::Flagship, 1);
    story.on("2022-11-01 10:00").downgrade(CHAT, Plan::Pro, Immediate).balance("1933.33", "0.00");
    // A day of Flagship and nine of Pro: 2,999 − 1,933.33 − (2,999 + 9 × 999) ÷ 30 = 666.00.
    story.on("2022-11-10").refund(CHAT).balance("2599.33", "0.00");
}

/// Seeds 1079 and 2216.
#[test]
fn u39_an_upgrade_brings_the_grace_of_its_own_list() {
    for (upgraded, at_midnight) in [(false, "grace"), (true, "suspended")] {
        let mut story = bought("2023-12-28 10:00", "9000.00", Plan::Pro, 1);
        story.publish("2023-12-29", "2024-01");
        if upgraded {
            story.on("2024-01-23").upgrade(CHAT).accepted();
        }
        assert_eq!(story.state_at(CHAT, "2024-01-28 23:59:59"), "grace");
        assert_eq!(story.state_at(CHAT, "2024-01-29"), at_midnight);
    }
}

/// Seed 8661.
#[test]
fn u38_what_a_credit_note_paid_of_a_bill_comes_back_when_the_bill_is_corrected() {
    let mut story = bought("2022-10-01 10:00", "2498.00", Plan::Pro, 2);
    story.on("2022-10-10").measure(CHAT, "2022-10-10", 20_001, 0).accepted();
    // 500.00 in cash meet 2,000.00; the refund of 832.50 and a deposit pay the rest.
    story.on("2022-11-05").refund(CHAT).accepted();
    assert_eq!(story.debt(), "667.50");
    story.on("2022-11-06").deposit("667.50").balance("0.00", "0.00");
    story.on("2022-11-07").correct(CHAT, "2022-10-10", 10_000).balance("2000.00", "0.00");
}

/// As the story before it, with gift.
#[test]
fn u38_and_it_comes_back_as_what_the_note_gave_back() {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-01").gift("1998.00").and().buy(CHAT, Plan::Pro, 2).balance("0.00", "0.00");
    story.on("2022-10-10").measure(CHAT, "2022-10-10", 10_001, 0).accepted();
    story.on("2022-11-05").refund(CHAT).accepted();
    story.on("2022-11-06").deposit("167.50").balance("0.00", "0.00");
    story.on("2022-11-07").correct(CHAT, "2022-10-10", 10_000).balance("167.50", "832.50");
}

/// Beside seed 8661.
#[test]
fn u30_what_of_a_downgrade_paid_a_debt_has_been_returned_too() {
    let mut story = bought("2022-10-01 10:00", "5998.00", Plan::Flagship, 2);
    story.on("2022-10-10").measure(CHAT, "2022-10-10", 10_001, 0).accepted();
    // 2,000 × 25 ÷ 30 = 1,666.67, of which 1,000.00 pay October.
    story.on("2022-11-05").downgrade(CHAT, Plan::Pro, Immediate).balance("666.67", "0.00");
    // 5,998 − 1,666.67 − 2,999 − (5 × 2,999 + 5 × 999) ÷ 30 = 666.00.
    story.on("2022-11-10").refund(CHAT).balance("1332.67", "0.00");
}

/// Seed 13706.
#[test]
fn u32_what_is_paid_ahead_of_a_refund_never_comes_into_force() {
    let mut story = bought("2022-11-01 10:00", "9000.00", Plan::Flagship, 1);
    story.on("2022-11-02").keep(CHAT, 90).accepted();
    story.on("2022-11-10").downgrade(CHAT, Plan::Pro, PeriodEnd).and().renew(CHAT, 1).accepted();
    story.on("2022-11-30 18:00").refund(CHAT).accepted();
    story.on("2023-01-03").settle();
    // Flagship's 500.00 for the seven days that it stays usable, not Pro's 1,000.00.
    assert_eq!(story.statement("2022-12").fee(CHAT, Item::HistoryStorage), "112.90");
}

/// Seed 294.
#[test]
fn u38_a_correction_comes_back_as_the_statements_that_charged_it_were_paid() {
    let mut story = bought("2022-10-01 10:00", "5997.00", Plan::Pro, 6);
    story.on("2022-10-10").deposit("997.00").and().measure(CHAT, "2022-10-10", 0, 100_001).accepted();
    // October's groups are paid in cash on 11-03, October's daily actives by a gift on 12-03.
    story.on("2022-11-05").correct(CHAT, "2022-10-10", 10_001).accepted();
    story.on("2022-11-06").gift("2000.00").accepted();
    story.on("2022-12-05").correct(CHAT, "2022-10-10", 0).balance("0.00", "2000.00");
}

/// Seed 346.
#[test]
fn u38_what_a_voucher_paid_pays_no_debt_when_it_is_corrected() {
    let mut story = bought("2022-10-01 10:00", "5994.00", Plan::Pro, 6);
    story.on("2022-10-02").grant("v1", "1000.00", "2022-12-31").accepted();
    story.on("2022-10-10").measure(CHAT, "2022-10-10", 10_001, 0).accepted();
    story.on("2022-11-10").measure(CHAT, "2022-11-10", 10_001, 0).accepted();
    // The voucher paid October; November is owed.
    story.on("2022-12-05").correct(CHAT, "2022-10-10", 0).accepted();
    assert_eq!((story.debt().as_str(), story.credits()), ("1000.00", vec!["correction 1000.00".to_owned()]));
}

/// Seed 850.
#[test]
fn u34_a_scheduled_downgrade_of_what_is_recycled_is_due_no_more() {
    let mut story = bought("2023-03-07 10:00", "17994.00", Plan::Flagship, 6);
    story
        .on("2023-03-08")
        .measure(CHAT, "2023-03-08", 20_001, 0)
        .and()
        .downgrade(CHAT, Plan::Pro, PeriodEnd)
        .accepted();
    assert_eq!(story.state_at(CHAT, "2023-07-09"), "recycled");
    // The term would have ended on 09-06; nobody is parked over it.
    story.on("2023-09-07").settle().accepted();
    assert_eq!(story.payer().parked, None);
}

/// Seed 18913.
#[test]
fn u18_a_draft_of_a_correction_that_is_withdrawn_becomes_no_statement() {
    let mut story = bought("2022-10-12 10:00", "999.00", Plan::Pro, 1);
    // Stopped on 11-19. What is corrected up in December stands on December's draft alone.
    story.on("2022-12-05").correct(CHAT, "2022-11-05", 10_001).accepted();
    story.on("2023-01-02").correct(CHAT, "2022-11-05", 10_000).then(&["UsageCorrected", "AdjustmentWithdrawn"]);
    story.on("2023-01-03").settle();
    assert_eq!(story.statements().iter().map(|one| one.month.as_str()).collect::<Vec<_>>(), ["2022-10", "2022-11"]);
    // The next one has a month of its own again.
    story.on("2023-01-05").correct(CHAT, "2022-11-05", 20_001).accepted();
    story.on("2023-02-03").settle();
    assert_eq!(story.statement("2023-01").fee(CHAT, Item::DauOverage), "1200.00");
}
