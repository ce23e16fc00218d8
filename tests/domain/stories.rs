//! Owns whole lives, told by days: buy, expire, stop, buy again, recycle; renewals in every state; anchors on the 31st;
//! two applications of one payer.
//!
//! Does not own single rules (`house_rules`, `golden_cases`) nor lives nobody would think of (`properties`).

use subledger_domain::decide::Decision;
use subledger_domain::ids::ApplicationId;
use subledger_domain::plan::{DataSite, Plan};
use subledger_tests::fixtures::{CHAT, application_of, beside_chat};

use crate::timeline::{Answer, Story};

#[test]
fn bought_expired_stopped_bought_again_and_recycled() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12 09:00").gift("100.00").and().deposit("4000.00");
    story
        .on("2022-10-12 10:00")
        .buy(CHAT, Plan::Pro, 1)
        .then(&["SubscriptionStarted", "PlanEntered", "OrderPaid", "BillingMonthOpened"])
        .balance("3101.00", "0.00");
    story
        .on("2022-11-25 14:00")
        .buy(CHAT, Plan::Flagship, 1)
        .after(&[
            "2022-11-05..2022-11-11 RenewalReminded",
            "2022-11-12 GraceBegan",
            "2022-11-12..2022-11-18 RenewalReminded",
            "2022-11-19 SubscriptionStopped",
            "2022-11-19 ApplicationSuspended",
        ])
        .then(&["SubscriptionStarted", "SuspensionLifted", "PlanEntered", "OrderPaid"])
        .balance("102.00", "0.00");
    story.on("2022-11-30").renew(CHAT, 1).refused("insufficient_balance");
    story.on("2023-06-01").deposit("2999.00").after(&[
        "2022-12-18..2022-12-24 RenewalReminded",
        "2022-12-25 GraceBegan",
        "2022-12-25..2022-12-31 RenewalReminded",
        "2023-01-01 SubscriptionStopped",
        "2023-01-01 ApplicationSuspended",
        "2023-04-01 ApplicationRecycled",
    ]);
    story.on("2023-06-01").renew(CHAT, 1).refused("application_recycled").balance("3101.00", "0.00");
    assert_eq!(story.terms_of(CHAT), ["2022-10-12..2022-11-11 999.00", "2022-11-25..2022-12-24 2999.00"]);
}

#[test]
fn renewed_in_term_in_grace_and_after_the_stop() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("100000.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    // In term, two reminders sent: the next comes before the new end.
    story
        .on("2022-11-06 10:00")
        .renew(CHAT, 1)
        .after(&["2022-11-05..2022-11-06 RenewalReminded"])
        .then(&["SubscriptionRenewed", "OrderPaid"]);
    // In grace: the term goes on from the old end, and the grace is over.
    story
        .on("2022-12-15 10:00")
        .renew(CHAT, 2)
        .after(&[
            "2022-12-05..2022-12-11 RenewalReminded",
            "2022-12-12 GraceBegan",
            "2022-12-12..2022-12-15 RenewalReminded",
        ])
        .then(&["SubscriptionRenewed", "OrderPaid"]);
    assert_eq!(story.state_at(CHAT, "2022-12-15 10:00"), "active");
    story.on("2023-02-05").settle().after(&[]);
    // After the stop: a new agreement from the day of payment.
    story
        .on("2023-02-19 08:00")
        .renew(CHAT, 1)
        .after(&[
            "2023-02-05..2023-02-11 RenewalReminded",
            "2023-02-12 GraceBegan",
            "2023-02-12..2023-02-18 RenewalReminded",
            "2023-02-19 SubscriptionStopped",
            "2023-02-19 ApplicationSuspended",
        ])
        .then(&["SubscriptionStarted", "SuspensionLifted", "PlanEntered", "OrderPaid"]);
    assert_eq!(
        story.terms_of(CHAT),
        [
            "2022-10-12..2022-11-11 999.00",
            "2022-11-12..2022-12-11 999.00",
            "2022-12-12..2023-02-11 1998.00",
            "2023-02-19..2023-03-18 999.00",
        ]
    );
}

#[test]
fn renewed_on_the_day_of_purchase_nothing_is_said_until_the_end_of_everything_paid() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("100000.00").and().buy(CHAT, Plan::Pro, 1).and().renew(CHAT, 11).accepted();
    story.on("2023-10-06").settle().after(&["2023-10-05 RenewalReminded"]);
    assert_eq!(story.terms_of(CHAT), ["2022-10-12..2022-11-11 999.00", "2022-11-12..2023-10-11 10989.00"]);
}

#[test]
fn an_anchor_on_the_31st_comes_back_to_the_31st_after_every_short_month() {
    let mut story = Story::begin("2022-12-31");
    story.on("2022-12-31 18:00").deposit("100000.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    for _ in 0..6 {
        story.on("2023-01-02").renew(CHAT, 1).accepted();
    }
    assert_eq!(
        story.terms_of(CHAT),
        [
            "2022-12-31..2023-01-30 999.00",
            "2023-01-31..2023-02-27 999.00",
            "2023-02-28..2023-03-30 999.00",
            "2023-03-31..2023-04-29 999.00",
            "2023-04-30..2023-05-30 999.00",
            "2023-05-31..2023-06-29 999.00",
            "2023-06-30..2023-07-30 999.00",
        ]
    );
}

#[test]
fn in_a_leap_year_an_anchor_on_the_30th_ends_its_february_on_the_28th() {
    let mut story = Story::begin("2024-01-30");
    story.on("2024-01-30").deposit("100000.00").and().buy(CHAT, Plan::Pro, 1).and().renew(CHAT, 1).accepted();
    assert_eq!(story.terms_of(CHAT), ["2024-01-30..2024-02-28 999.00", "2024-02-29..2024-03-29 999.00"]);
    story.on("2024-12-31").settle().after(&[
        "2024-03-23..2024-03-29 RenewalReminded",
        "2024-03-30 GraceBegan",
        "2024-03-30..2024-04-05 RenewalReminded",
        "2024-04-06 SubscriptionStopped",
        "2024-04-06 ApplicationSuspended",
        "2024-07-05 ApplicationRecycled",
    ]);
}

#[test]
fn of_two_applications_of_one_payer_one_stops_and_the_other_goes_on() {
    let games = beside_chat(1);
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("9996.00").and().create(games, DataSite::Singapore);
    story.on("2022-10-12 10:00").buy(CHAT, Plan::Pro, 1).and().buy(games, Plan::Pro, 1).balance("5998.00", "0.00");
    story.on("2022-11-10").renew(games, 2).accepted().balance("0.00", "0.00");
    story.on("2022-12-31").settle().accepted();
    let chat = story.told_of(CHAT);
    assert_eq!(chat[chat.len() - 2..], ["2022-11-19 SubscriptionStopped", "2022-11-19 ApplicationSuspended"]);
    assert_eq!(
        story.told_of(games),
        [
            "2022-10-12 ApplicationCreated",
            "2022-10-12 SubscriptionStarted",
            "2022-10-12 PlanEntered",
            "2022-10-12 OrderPaid",
            "2022-11-05..2022-11-09 RenewalReminded",
            "2022-11-10 SubscriptionRenewed",
            "2022-11-10 OrderPaid",
        ]
    );
    assert_eq!((story.state_at(CHAT, "2022-12-31"), story.state_at(games, "2022-12-31")), ("suspended", "active"));
    // Money for one of them is enough for one of them.
    story.on("2023-01-01").deposit("999.00").and().renew(games, 1).refused("insufficient_balance");
    story.on("2023-01-01").renew(CHAT, 1).accepted().balance("0.00", "0.00");
    assert_eq!(story.terms_of(games), ["2022-10-12..2022-11-11 2999.00", "2022-11-12..2023-01-11 5998.00"]);
    assert_eq!(story.terms_of(CHAT), ["2022-10-12..2022-11-11 999.00", "2023-01-01..2023-01-31 999.00"]);
}

/// What fell due before an order: which kind, for which application.
fn fell_due(answer: &Answer<'_>) -> Vec<(&'static str, ApplicationId)> {
    let first = |decision: &Decision| decision.facts.first().and_then(|placed| application_of(&placed.fact));
    answer.due.iter().map(|decision| (decision.asked, first(decision).expect("of an application"))).collect()
}

#[test]
fn r0_at_one_instant_ends_come_before_stops_before_recycling_and_lower_ids_before_higher() {
    let [second, third] = [1, 2].map(beside_chat);
    let mut story = Story::begin("2022-10-12");
    story
        .on("2022-10-12")
        .deposit("10000.00")
        .and()
        .create(third, DataSite::China)
        .and()
        .create(second, DataSite::China);
    // Its stop falls on the day the two others end.
    story.on("2022-10-12").buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-10-19").buy(third, Plan::Pro, 1).and().buy(second, Plan::Pro, 1).accepted();
    story.on("2022-11-18 23:59:59").settle().accepted();
    let due = fell_due(&story.on("2022-11-19").settle());
    assert_eq!(due, [("period_end", second), ("period_end", third), ("stop", CHAT)]);
    // Its recycling falls on the day the second stops and the third ends.
    story.on("2023-01-10").buy(second, Plan::Pro, 1).accepted();
    story.on("2023-01-17").buy(third, Plan::Pro, 1).accepted();
    story.on("2023-02-16 23:59:59").settle().accepted();
    let due = fell_due(&story.on("2023-02-17").settle());
    assert_eq!(due, [("period_end", third), ("stop", second), ("recycle", CHAT)]);
}

#[test]
fn r0_what_a_reader_sees_at_midnight_does_not_wait_for_the_worker() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    let asleep = story.books.clone();
    for (when, state) in [
        ("2022-11-11 23:59:59", "active"),
        ("2022-11-12", "grace"),
        ("2022-11-18 23:59:59", "grace"),
        ("2022-11-19", "suspended"),
        ("2023-02-16 23:59:59", "suspended"),
        ("2023-02-17", "recycled"),
    ] {
        assert_eq!(story.state_at(CHAT, when), state, "at {when}, looking ahead");
    }
    assert_eq!(story.books, asleep, "looking changed something");
    for when in ["2022-11-12", "2022-11-19", "2023-02-17"] {
        let ahead = story.state_at(CHAT, when);
        story.on(when).settle().accepted();
        assert_eq!(story.state_at(CHAT, when), ahead, "at {when}, once it has happened");
    }
}
