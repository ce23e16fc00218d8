//! Owns whole years told by days: packs, usage beyond the plan, debts and their cure, a stop and a return on another plan, two
//! sites on one statement, and what holds of any such year.
//!
//! Does not own single rules (`settlement`, `arrears`, `storage`, `add_ons`) nor years nobody would think of (`walks`).

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rust_decimal::Decimal;
use subledger_domain::account;
use subledger_domain::add_on;
use subledger_domain::books::{Books, Working};
use subledger_domain::catalog::AddOn;
use subledger_domain::charge::Item;
use subledger_domain::entitlement::Entitlements;
use subledger_domain::fact::Event;
use subledger_domain::plan::{DataSite, Plan, Quota};
use subledger_tests::fixtures::{CHAT, beside_chat, civil_day};

use crate::lives::busy_life;
use crate::timeline::Story;

#[test]
fn packs_overage_a_debt_paid_a_stop_and_a_return_on_flagship() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12 10:00").deposit("10000.00").and().buy(CHAT, Plan::Pro, 3).balance("7003.00", "0.00");
    story.on("2022-10-12 10:00").pack(CHAT, AddOn::GroupMembers, 3).balance("5503.00", "0.00");
    story.on("2022-10-12 10:00").pack(CHAT, AddOn::AvchatroomUnlimited, 1).balance("4503.00", "0.00");
    story.on("2022-10-20").keep(CHAT, 90).accepted();
    story.on("2022-10-26 01:00").measure(CHAT, "2022-10-25", 25_000, 150_000).accepted();
    story.on("2022-11-03").settle().balance("503.00", "0.00");
    story.on("2022-11-11 01:00").measure(CHAT, "2022-11-10", 12_000, 90_000).accepted();
    // 2,000.00 for November, and 503.00 to pay it.
    story.on("2022-12-08").deposit("1000.00").balance("0.00", "0.00");
    story
        .on("2022-12-12 18:00")
        .deposit("3000.00")
        .after(&["2022-12-10 AccountSuspended", "2022-12-10 ApplicationSuspended"])
        .then(&["MoneyDeposited", "ReceivablePaid", "ArrearsCleared", "SuspensionLifted"])
        .balance("2503.00", "0.00");
    story.on("2022-12-21").measure(CHAT, "2022-12-20", 30_001, 0).accepted();
    story.on("2023-01-05").deposit("1238.93").balance("0.00", "0.00");
    story.on("2023-01-16").measure(CHAT, "2023-01-15", 10_001, 0).accepted();
    assert_eq!(story.state_at(CHAT, "2023-01-19"), "suspended");
    story.on("2023-02-20 09:00").deposit("5000.00").balance("3838.70", "0.00");
    story.on("2023-02-20 09:00").buy(CHAT, Plan::Flagship, 1).balance("839.70", "0.00");
    story.on("2023-02-26").measure(CHAT, "2023-02-25", 9_000, 0).accepted();
    story.on("2023-12-31").settle().balance("259.64", "0.00");
    assert_eq!(
        story.totals(),
        [
            "2022-10 4000.00",
            "2022-11 2000.00",
            "2022-12 3741.93",
            "2023-01 1161.30",
            "2023-02 160.71",
            "2023-03 419.35",
        ]
    );
    let december = story.statement("2022-12");
    assert_eq!(december.fee(CHAT, Item::DauOverage), "2806.45");
    assert_eq!(december.fee(CHAT, Item::HistoryStorage), "935.48");
    assert_eq!(
        (story.terms_of(CHAT), story.pack_terms_of(CHAT)),
        (
            vec!["2022-10-12..2023-01-11 2997.00".to_owned(), "2023-02-20..2023-03-19 2999.00".to_owned()],
            vec!["2022-10-12..2023-01-11 1500.00".to_owned(), "2022-10-12..2022-11-11 1000.00".to_owned()],
        )
    );
    let told = story.told_of(CHAT);
    let stops: Vec<&str> = told.iter().map(String::as_str).filter(|line| !line.contains("Reminded")).collect();
    assert_eq!(
        stops[stops.len() - 6..],
        [
            "2023-02-26 UsageRecorded",
            "2023-03-03 UsageMonthClosed",
            "2023-03-20 GraceBegan",
            "2023-03-27 SubscriptionStopped",
            "2023-03-27 ApplicationSuspended",
            "2023-06-25 ApplicationRecycled",
        ]
    );
}

#[test]
fn two_applications_at_two_sites_stand_on_one_statement_and_stop_apart() {
    let abroad = beside_chat(1);
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-01").deposit("100000.00").and().create(abroad, DataSite::Singapore);
    story.on("2022-10-01").buy(CHAT, Plan::Pro, 6).and().buy(abroad, Plan::Pro, 1).and().keep(abroad, 30).accepted();
    story.on("2022-11-04").measure(CHAT, "2022-11-03", 25_000, 0).and().measure(abroad, "2022-11-03", 25_000, 0);
    story.on("2023-01-03").settle().accepted();
    assert_eq!(story.totals(), ["2022-10 700.00", "2022-11 3563.33", "2022-12 0.00"]);
    let november = story.statement("2022-11");
    // Abroad stopped on 11-08: 6,000 × 7/30 and 700 × 7/30.
    assert_eq!(
        (november.fee(CHAT, Item::DauOverage), november.fee(abroad, Item::DauOverage)),
        ("2000.00".to_owned(), "1400.00".to_owned())
    );
    assert_eq!(november.fee(abroad, Item::HistoryStorage), "163.33");
    let december = story.statement("2022-12");
    assert!(december.lines.iter().all(|line| line.application_id == CHAT), "a stopped month has no line");
    assert_eq!(november.paid.cash.amount().to_string(), "3563.33");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_statement_is_the_sum_of_its_lines_and_a_month_has_at_most_one(life in busy_life()) {
        let story = life.lived();
        let mut months = BTreeSet::new();
        for statement in story.statements() {
            prop_assert!(months.insert(statement.month.clone()), "{} twice", statement.month);
            let sum: Decimal = statement.lines.iter().map(|line| line.amount.amount()).sum();
            prop_assert_eq!(&sum.to_string(), &statement.total);
            let paid = statement.paid.voucher.amount() + statement.paid.gift.amount() + statement.paid.cash.amount();
            prop_assert_eq!((sum - paid).to_string(), statement.due.clone());
            for line in &statement.lines {
                prop_assert!(!line.causes.is_empty() && !line.amount.is_negative());
            }
            let items: BTreeSet<_> = statement.lines.iter().map(|line| (line.application_id, line.item)).collect();
            prop_assert_eq!(items.len(), statement.lines.len(), "an item twice for one application");
        }
    }

    #[test]
    fn what_is_owed_is_the_unpaid_part_of_statements_and_everything_stops_seven_days_later(life in busy_life()) {
        let story = life.lived();
        let (mut owed, mut since, mut stopped) = (Decimal::ZERO, None, false);
        for fact in story.facts() {
            let Event::Account(event) = &fact.event else { continue };
            match event {
                account::Event::StatementFinalised { due, at, .. } => {
                    owed += due.amount();
                    since = since.or((owed > Decimal::ZERO).then_some(*at));
                }
                account::Event::ReceivablePaid { paid, .. } => owed -= paid.gift.amount() + paid.cash.amount(),
                account::Event::AccountSuspended { at, debt, .. } => {
                    prop_assert_eq!(debt.amount(), owed);
                    let days = civil_day(since.expect("owed since")).until(civil_day(*at)).expect("in range");
                    prop_assert_eq!(days.get_days(), 7);
                    stopped = true;
                }
                account::Event::ArrearsCleared { .. } => {
                    prop_assert_eq!(owed, Decimal::ZERO);
                    (since, stopped) = (None, false);
                }
                _ => {}
            }
        }
        let payer = story.payer();
        prop_assert_eq!(payer.debt().amount(), owed);
        prop_assert_eq!(payer.available().amount(), payer.cash.amount() + payer.gift.amount() - owed);
        prop_assert!(!payer.cash.is_negative() && !payer.gift.is_negative());
        prop_assert_eq!(payer.is_suspended(), stopped);
        prop_assert_eq!(&payer.parked, &None);
    }

    #[test]
    fn each_due_date_fires_once(life in busy_life()) {
        let story = life.lived();
        let mut fired = BTreeSet::new();
        for decision in story.decisions.iter().filter(|decision| !decision.facts.is_empty()) {
            prop_assert!(fired.insert(decision.command_id), "{} at {} twice", decision.asked, decision.at);
        }
    }

    #[test]
    fn the_terms_of_an_add_on_tile(life in busy_life()) {
        let mut ends = BTreeMap::new();
        for fact in life.lived().facts() {
            match &fact.event {
                Event::AddOn(add_on::Event::AddOnStarted { period, at, .. }) => {
                    prop_assert_eq!(period.start, *at);
                    prop_assert_eq!(ends.insert(fact.stream.clone(), period.end), None);
                }
                Event::AddOn(add_on::Event::AddOnRenewed { period, .. }) => {
                    prop_assert_eq!(ends.insert(fact.stream.clone(), period.end), Some(period.start));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn rights_are_a_function_of_the_facts(life in busy_life()) {
        let story = life.lived();
        let mut again = Books::default();
        for (position, fact) in (1..).zip(story.facts()) {
            again.evolve_recorded(fact, position);
            again.evolve_recorded(fact, position);
        }
        prop_assert_eq!(&again, &story.books);
        let (once, twice) = (Working::over(&story.books), Working::over(&again));
        for application in once.applications() {
            let [once, twice] = [&once, &twice].map(|books| Entitlements::of(books, application.id).expect("it exists"));
            for row in Quota::ALL {
                prop_assert_eq!(once.quota(*row), twice.quota(*row));
            }
        }
    }
}
