//! Owns debts: how a bill that cannot be paid stands (U4), when everything stops (C9.3), what cures it (U1 to U3), what
//! joins it (U5), and how it ends (U34).
//!
//! Does not own what is billed (`settlement`).

use subledger_domain::application::SuspensionCause;
use subledger_domain::books::Working;
use subledger_domain::catalog::AddOn;
use subledger_domain::charge::Item;
use subledger_domain::decide::as_at;
use subledger_domain::ids::ApplicationId;
use subledger_domain::plan::{DataSite, Plan};
use subledger_tests::fixtures::{CHAT, beside_chat, cny, create, instant, keep_history};

use crate::timeline::Story;

/// On Pro from 2022-10-12 with nothing left, and October billed at 1,000.00 on 11-03 unless something is paid in.
fn owing_from_november_3(months: u32) -> Story {
    let mut story = Story::begin("2022-10-12");
    let price = cny("999.00").times(u64::from(months)).expect("in range").amount().to_string();
    story.on("2022-10-12").deposit(&price).and().buy(CHAT, Plan::Pro, months).balance("0.00", "0.00");
    story.on("2022-10-21").measure(CHAT, "2022-10-20", 10_001, 0).accepted();
    story
}

/// (debt, available, whether everything is stopped) as a reader sees it.
fn owes(story: &Story, when: &str) -> (String, String, bool) {
    let seen = as_at(Working::over(&story.books), instant(when), &story.catalog);
    let account = seen.account().expect("opened");
    (account.debt().amount().to_string(), account.available().amount().to_string(), account.is_suspended())
}

fn expect(debt: &str, available: &str, stopped: bool) -> (String, String, bool) {
    (debt.to_owned(), available.to_owned(), stopped)
}

fn causes(story: &Story, application: ApplicationId, when: &str) -> Vec<SuspensionCause> {
    let seen = as_at(Working::over(&story.books), instant(when), &story.catalog);
    seen.application(application).expect("created").suspensions.keys().copied().collect()
}

#[test]
fn c9_3_billed_on_november_3_usable_to_the_9th_the_whole_account_stopped_on_the_10th() {
    let (trial, flagship) = (beside_chat(1), beside_chat(2));
    let mut story = owing_from_november_3(3);
    story.on("2022-10-22").create(trial, DataSite::Korea).and().create(flagship, DataSite::Germany);
    story.on("2022-10-22").deposit("5999.00").and().buy(flagship, Plan::Flagship, 1).accepted();
    assert_eq!(owes(&story, "2022-11-02 23:59:59"), expect("0.00", "0.00", false));
    assert_eq!(owes(&story, "2022-11-03"), expect("1000.00", "-1000.00", false));
    for application in [CHAT, trial, flagship] {
        assert_ne!(story.state_at(application, "2022-11-09 23:59:59"), "suspended");
        assert_eq!(story.state_at(application, "2022-11-10"), "suspended");
    }
    assert_eq!(owes(&story, "2022-11-10"), expect("1000.00", "-1000.00", true));
    story.on("2022-11-09 23:59:59").settle().accepted();
    let stop = story.on("2022-11-10").settle();
    let due: Vec<&str> = stop.due.iter().map(|decision| decision.asked).collect();
    assert_eq!(due, ["stop"]);
    assert_eq!(stop.due[0].facts.len(), 4, "the account and each of its applications, in one decision");
}

#[test]
fn u1_a_debt_stopped_everything_and_paying_it_brings_everything_back() {
    let mut story = owing_from_november_3(2);
    story.on("2022-11-12").renew(CHAT, 1).refused("account_suspended");
    story
        .on("2022-11-12")
        .deposit("1500.00")
        .then(&["MoneyDeposited", "ReceivablePaid", "ArrearsCleared", "SuspensionLifted"])
        .balance("500.00", "0.00");
    assert_eq!(owes(&story, "2022-11-12"), expect("0.00", "500.00", false));
    assert_eq!(story.state_at(CHAT, "2022-11-12"), "active");
    story.on("2022-11-12").renew(CHAT, 1).refused("insufficient_balance").balance("500.00", "0.00");
}

#[test]
fn u1_in_arrears_nothing_new_is_sold_or_given_before_the_stop_and_after_it() {
    let (trial, pack) = (beside_chat(1), AddOn::GroupMembers);
    for (when, code) in [
        ("2022-11-03", "account_in_arrears"),
        ("2022-11-09 23:59:59", "account_in_arrears"),
        ("2022-11-10", "account_suspended"),
        ("2022-12-25", "account_suspended"),
    ] {
        let mut story = owing_from_november_3(12);
        story.on("2022-10-22").create(trial, DataSite::China);
        story.on("2022-10-22").deposit("500.00").and().pack(CHAT, pack, 3).refused("insufficient_balance");
        story.on("2022-10-22").pack(CHAT, pack, 1).accepted().and().keep(CHAT, 90).accepted();
        // 90 days cost 1,000.00 more: 2,000.00 are owed.
        story.on(when).settle().accepted();
        assert_eq!(owes(&story, when).0, if when < "2022-12" { "2000.00" } else { "2300.00" }, "{when}");
        story.on(when).renew(CHAT, 1).refused(code);
        story.on(when).buy(trial, Plan::Pro, 1).refused(code);
        story.on(when).pack(CHAT, AddOn::GroupsPerUser, 1).refused(code);
        story.on(when).renew_pack(CHAT, pack, 1).refused(code);
        story.on(when).try_pack(trial).refused(code);
        story.on(when).create(beside_chat(2), DataSite::China).refused(code);
        story.on(when).keep(CHAT, 180).refused(code);
    }
}

#[test]
fn u1_in_arrears_history_may_be_shortened_until_the_stop() {
    let life = |when: &str| {
        let mut story = owing_from_november_3(3);
        story.on("2022-10-22").keep(CHAT, 360).accepted();
        story.on(when).settle().accepted();
        story
    };
    life("2022-11-03").on("2022-11-03").keep(CHAT, 7).then(&["HistoryRetentionSet"]);
    life("2022-11-09").on("2022-11-09 23:59:59").keep(CHAT, 90).then(&["HistoryRetentionSet"]);
    life("2022-11-10").on("2022-11-10").keep(CHAT, 7).refused("account_suspended");
}

#[test]
fn u2_a_running_plan_and_trial_go_on_and_the_term_is_not_extended() {
    let trial = beside_chat(1);
    let mut story = owing_from_november_3(2);
    story.on("2022-10-22").create(trial, DataSite::China);
    assert_eq!(causes(&story, trial, "2022-11-10"), [SuspensionCause::Arrears]);
    story.on("2022-12-10").deposit("1000.00").accepted();
    assert_eq!((story.state_at(CHAT, "2022-12-10"), story.state_at(trial, "2022-12-10")), ("active", "trial"));
    // Sold to 12-11 and stopped for thirty days of it: to 12-11 all the same.
    assert_eq!(story.state_at(CHAT, "2022-12-11 23:59:59"), "active");
    assert_eq!(story.state_at(CHAT, "2022-12-12"), "grace");
}

#[test]
fn u2_an_end_that_falls_into_the_stop_runs_its_own_timetable() {
    let cured = |when: &str| {
        let mut story = owing_from_november_3(1);
        story.on(when).deposit("1000.00").accepted();
        story
    };
    // Pro to 11-11, stopped 11-10.
    let story = cured("2022-11-14");
    assert_eq!(story.state_at(CHAT, "2022-11-14"), "grace");
    assert_eq!(story.state_at(CHAT, "2022-11-18 23:59:59"), "grace");
    assert_eq!(causes(&story, CHAT, "2022-11-19"), [SuspensionCause::Expired]);
    let both = [SuspensionCause::Expired, SuspensionCause::Arrears];
    assert_eq!(causes(&owing_from_november_3(1), CHAT, "2022-11-24"), both);
    let mut story = cured("2022-11-25");
    assert_eq!(causes(&story, CHAT, "2022-11-25"), [SuspensionCause::Expired]);
    story.on("2022-11-25").deposit("999.00").and().renew(CHAT, 1).then(&[
        "SubscriptionStarted",
        "SuspensionLifted",
        "PlanEntered",
        "OrderPaid",
    ]);
    assert_eq!(story.state_at(CHAT, "2022-11-25"), "active");
}

#[test]
fn u2_reminders_and_grace_are_told_while_the_account_is_stopped() {
    let mut story = owing_from_november_3(1);
    story.on("2022-11-25").settle().after(&[
        "2022-11-03 FellIntoArrears",
        "2022-11-05..2022-11-09 RenewalReminded",
        "2022-11-10 AccountSuspended",
        "2022-11-10 ApplicationSuspended",
        "2022-11-10..2022-11-11 RenewalReminded",
        "2022-11-12 GraceBegan",
        "2022-11-12..2022-11-18 RenewalReminded",
        "2022-11-19 SubscriptionStopped",
        "2022-11-19 ApplicationSuspended",
    ]);
}

#[test]
fn u3_a_part_changes_no_date_and_the_last_fen_cures() {
    let mut story = owing_from_november_3(3);
    story.on("2022-11-08").deposit("400.00").then(&["MoneyDeposited", "ReceivablePaid"]).balance("0.00", "0.00");
    assert_eq!(owes(&story, "2022-11-08"), expect("600.00", "-600.00", false));
    assert_eq!(owes(&story, "2022-11-10"), expect("600.00", "-600.00", true));
    story.on("2022-11-09").deposit("600.00").then(&["MoneyDeposited", "ReceivablePaid", "ArrearsCleared"]);
    assert_eq!(owes(&story, "2022-11-09"), expect("0.00", "0.00", false));
    assert_eq!(story.state_at(CHAT, "2022-11-10"), "active");
    let mut story = owing_from_november_3(3);
    story.on("2022-11-09").deposit("999.99").accepted();
    assert_eq!(owes(&story, "2022-11-10"), expect("0.01", "-0.01", true));
    // At the instant of the stop it is too late for the stop and in time for the cure.
    let mut story = owing_from_november_3(3);
    story.on("2022-11-10").deposit("1000.00").then(&[
        "MoneyDeposited",
        "ReceivablePaid",
        "ArrearsCleared",
        "SuspensionLifted",
    ]);
    story.on("2022-11-20").measure(CHAT, "2022-11-20", 10_001, 0).accepted();
    story.on("2022-12-03").settle().accepted();
    assert_eq!(story.statement("2022-11").total, "1000.00", "no whole day was lost");
}

#[test]
fn u3_gift_pays_debts_too() {
    let mut story = owing_from_november_3(3);
    story.on("2022-11-08").gift("1000.01").balance("0.00", "0.01");
    assert_eq!(owes(&story, "2022-11-08"), expect("0.00", "0.01", false));
}

#[test]
fn u4_a_bill_larger_than_the_balance_takes_it_down_to_zero_and_the_rest_is_owed() {
    let mut story = owing_from_november_3(3);
    story.on("2022-10-30").gift("300.00").and().deposit("500.00");
    story.on("2022-11-03").settle().balance("0.00", "0.00");
    assert_eq!(owes(&story, "2022-11-03"), expect("200.00", "-200.00", false));
    let statement = story.statement("2022-10");
    assert_eq!((statement.total.as_str(), statement.due.as_str()), ("1000.00", "200.00"));
    let paid = [statement.paid.voucher, statement.paid.gift, statement.paid.cash].map(|part| part.amount().to_string());
    assert_eq!(paid, ["0.00", "300.00", "500.00"]);
    // A bill that is just covered leaves nothing owed.
    let mut story = owing_from_november_3(3);
    story.on("2022-10-30").gift("300.00").and().deposit("700.00");
    story.on("2022-11-03").settle().balance("0.00", "0.00").after(&[]);
    assert_eq!(owes(&story, "2022-11-30"), expect("0.00", "0.00", false));
}

#[test]
fn u5_a_bill_while_everything_is_stopped_joins_the_debt_and_moves_no_date() {
    let mut story = owing_from_november_3(3);
    story.on("2022-11-05").measure(CHAT, "2022-11-04", 20_001, 0).accepted();
    story.on("2022-12-03").settle().accepted();
    let statement = story.statement("2022-11");
    assert_eq!(statement.fee(CHAT, Item::DauOverage), "600.00");
    assert_eq!(owes(&story, "2022-12-03"), expect("1600.00", "-1600.00", true));
    let arrears = story.payer().arrears.expect("it owes");
    assert_eq!((arrears.since, arrears.suspended_at), (instant("2022-11-03"), Some(instant("2022-11-10"))));
    assert_eq!(story.state_at(CHAT, "2023-02-07 23:59:59"), "suspended");
    assert_eq!(story.state_at(CHAT, "2023-02-08"), "recycled");
    // The oldest debt first, and half of it cures nothing.
    story.on("2022-12-10").deposit("1000.00").then(&["MoneyDeposited", "ReceivablePaid"]);
    let owed: Vec<_> = story.payer().receivables.iter().map(|bill| (bill.number, bill.due)).collect();
    assert_eq!(owed, [(3, cny("600.00"))]);
    assert_eq!(story.state_at(CHAT, "2022-12-10"), "suspended");
    story.on("2022-12-11").deposit("600.00").then(&[
        "MoneyDeposited",
        "ReceivablePaid",
        "ArrearsCleared",
        "SuspensionLifted",
        "BillingMonthOpened",
    ]);
    // December 2 to 10 were stopped as well: 21 of 31 days are left to be used.
    story.on("2022-12-20").measure(CHAT, "2022-12-20", 10_001, 0).accepted();
    story.on("2023-01-03").settle().accepted();
    assert_eq!(story.statement("2022-12").total, "677.42");
}

#[test]
fn a_second_debt_after_a_cure_counts_its_own_seven_days() {
    let mut story = owing_from_november_3(6);
    story.on("2022-11-09").deposit("1000.00").accepted();
    story.on("2022-11-20").measure(CHAT, "2022-11-20", 20_001, 0).accepted();
    story.on("2022-12-09 23:59:59").settle().accepted();
    assert_eq!(owes(&story, "2022-12-09 23:59:59"), expect("2000.00", "-2000.00", false));
    assert_eq!(owes(&story, "2022-12-10"), expect("2000.00", "-2000.00", true));
    assert_eq!(story.state_at(CHAT, "2023-03-09 23:59:59"), "suspended");
    assert_eq!(story.state_at(CHAT, "2023-03-10"), "recycled");
}

#[test]
fn u34_stopped_90_days_for_arrears_it_is_recycled_and_the_debt_stays() {
    let mut story = owing_from_november_3(12);
    story.on("2022-10-22").deposit("6000.00").and().pack(CHAT, AddOn::GroupMembers, 12).balance("0.00", "0.00");
    story.on("2023-02-07 23:59:59").settle().accepted();
    assert_eq!(story.state_at(CHAT, "2023-02-07 23:59:59"), "suspended");
    story.on("2023-02-08").settle().after(&[
        "2023-02-08 ApplicationRecycled",
        "2023-02-08 SubscriptionEnded",
        "2023-02-08 AddOnEnded",
    ]);
    assert_eq!(owes(&story, "2023-02-08"), expect("1000.00", "-1000.00", true));
    // What was paid in advance is not paid back, and nothing of it is due any more.
    story.on("2023-12-31").settle().after(&[]);
    story.on("2023-12-31").deposit("1000.00").then(&["MoneyDeposited", "ReceivablePaid", "ArrearsCleared"]);
    assert_eq!(owes(&story, "2023-12-31"), expect("0.00", "0.00", false));
    assert_eq!(story.state_at(CHAT, "2023-12-31"), "recycled");
    story.on("2023-12-31").deposit("999.00").and().renew(CHAT, 1).refused("application_recycled");
    story.on("2023-12-31").create(beside_chat(1), DataSite::China).and().buy(beside_chat(1), Plan::Pro, 1).accepted();
}

#[test]
fn u34_the_clock_to_recycling_starts_with_the_first_cause_whichever_it_was() {
    // Expired on 11-19, in arrears from 12-03, stopped for both from 12-10: recycled by the first.
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-11-09").measure(CHAT, "2022-11-09", 10_001, 0).accepted();
    assert_eq!(causes(&story, CHAT, "2022-12-10"), [SuspensionCause::Expired, SuspensionCause::Arrears]);
    assert_eq!(story.state_at(CHAT, "2023-02-16 23:59:59"), "suspended");
    assert_eq!(story.state_at(CHAT, "2023-02-17"), "recycled");
    // Arrears first, expired later, arrears paid: the first stop still counts.
    let mut story = owing_from_november_3(1);
    story.on("2022-12-20").deposit("1000.00").accepted();
    assert_eq!(causes(&story, CHAT, "2022-12-20"), [SuspensionCause::Expired]);
    assert_eq!(story.state_at(CHAT, "2023-02-07 23:59:59"), "suspended");
    assert_eq!(story.state_at(CHAT, "2023-02-08"), "recycled");
}

#[test]
fn u45_pairs_of_refusals_told_in_the_order_of_the_ladder() {
    let (trial, korea) = (beside_chat(1), beside_chat(2));
    let story = |when: &str| {
        let mut story = owing_from_november_3(1);
        story.on("2022-10-22").create(trial, DataSite::China).and().create(korea, DataSite::Korea);
        story.on(when).settle().accepted();
        story
    };
    let call = AddOn::AvCall(subledger_domain::catalog::CallVariant::Basic);
    // months, then recycled, then the account's debt
    let late = "2023-02-08";
    story(late).on(late).renew(CHAT, 25).refused("months_out_of_range");
    story(late).on(late).renew(CHAT, 1).refused("application_recycled");
    story(late).on(late).keep(CHAT, 90).refused("application_recycled");
    story(late).on(late).measure(CHAT, "2023-02-07", 1, 1).refused("application_recycled");
    let stopped = "2022-11-19";
    story(stopped).on(stopped).pack(CHAT, call, 0).refused("months_out_of_range");
    story(stopped).on(stopped).pack(korea, call, 1).refused("account_suspended");
    story(stopped).on(stopped).keep(trial, 90).refused("account_suspended");
    let owing = "2022-11-09";
    story(owing).on(owing).pack(korea, call, 1).refused("account_in_arrears");
    story(owing).on(owing).buy(trial, Plan::Trial, 1).refused("account_in_arrears");
    // Trial sells no step, and it is told before anything about the payer's money.
    let before = "2022-11-02";
    story(before).on(before).pack(korea, call, 1).refused("add_on_not_sold_here");
    story(before).on(before).pack(trial, call, 1).refused("add_on_needs_paid_plan");
    story(before).on(before).pack(CHAT, call, 1).refused("insufficient_balance");
    story(before).ask(instant(before), keep_history(trial, 60)).refused("add_on_needs_paid_plan");
    let mut parked = story(stopped);
    parked.park(stopped);
    parked.on(stopped).pack(korea, call, 25).refused("months_out_of_range");
    parked.on(stopped).pack(korea, call, 1).refused("account_parked");
    parked.on(stopped).keep(CHAT, 90).refused("account_parked");
    parked.on(stopped).measure(CHAT, "2022-11-01", 1, 1).refused("account_parked");
    parked.ask(instant(stopped), create(beside_chat(3), DataSite::China)).refused("account_parked");
}
