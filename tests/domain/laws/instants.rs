//! Owns the laws of order and place: what changes at one instant, and wherever the server stands.
//!
//! Does not own a worker that comes late (`late_worker`) nor whole nodes (the room of the ledger's own tests).

use std::fmt::Debug;
use std::process::Command;

use proptest::prelude::*;
use subledger_domain::account::DepositKind;
use subledger_domain::books::Working;
use subledger_domain::catalog::AddOn;
use subledger_domain::decide::Order;
use subledger_domain::entitlement::Entitlements;
use subledger_domain::plan::{DataSite, Plan, Quota};
use subledger_tests::fixtures::{
    beside_chat, buy_add_on, create, deposit, instant, keep_history, open_account, purchase, renewal,
};

use crate::lives::busy_life;
use crate::timeline::Story;

/// What three applications ask at one instant: each its own orders, in its own order.
fn asked() -> [Vec<Order>; 3] {
    let [first, second, third] = [0, 1, 2].map(beside_chat);
    [
        vec![purchase(first, Plan::Pro, 2), buy_add_on(first, AddOn::GroupMembers, 1), keep_history(first, 90)],
        vec![purchase(second, Plan::Flagship, 1), renewal(second, 3)],
        vec![purchase(third, Plan::Pro, 1), buy_add_on(third, AddOn::AvchatroomUnlimited, 2), renewal(third, 1)],
    ]
}

/// Which application asks next, eight times.
fn turns() -> impl Strategy<Value = Vec<usize>> {
    Just(vec![0, 0, 0, 1, 1, 2, 2, 2]).prop_shuffle()
}

/// The three, after they asked in turn.
fn after(turns: &[usize], cash: &str) -> Story {
    let mut story = Story::nobody(subledger_tests::fixtures::catalog());
    let at = instant("2022-10-31 10:00");
    story.ask(at, open_account()).accepted();
    story.ask(at, deposit(cash, DepositKind::Cash)).accepted();
    story.ask(at, deposit("1234.56", DepositKind::Gift)).accepted();
    for n in 0..3 {
        story.ask(at, create(beside_chat(n), DataSite::China)).accepted();
    }
    let mut orders = asked().map(Vec::into_iter);
    for turn in turns {
        story.ask(at, orders[*turn].next().expect("as many as its turns"));
    }
    story
}

/// What each of the three has, and what is left to pay the next order.
fn seen(story: &Story) -> impl PartialEq + Debug + use<> {
    let books = Working::over(&story.books);
    let of_each = [0, 1, 2].map(beside_chat).map(|id| {
        let held = Entitlements::of(&books, id).expect("created");
        let limits: Vec<_> = Quota::ALL.iter().map(|row| held.quota(*row).limit).collect();
        (story.terms_of(id), story.pack_terms_of(id), limits, story.plan_of(id))
    });
    (of_each, story.payer().cash, story.payer().gift)
}

/// The place of what is due at one instant (R0); whatever else is asked is an order.
fn class(asked: &str) -> u8 {
    match asked {
        "period_end" => 1,
        "statement_draft" | "settlement" => 2,
        "auto_renewal" => 3,
        "stop" => 4,
        "recycle" => 5,
        "feature_opening" => 6,
        "reminder" => 7,
        _ => 8,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Law 7, where nobody waits for another's money: the order does not matter.
    #[test]
    fn orders_of_one_instant_come_to_the_same_in_any_order_while_the_money_lasts(turns in turns()) {
        let story = after(&turns, "20000.00");
        prop_assert_eq!(seen(&story), seen(&after(&[0, 0, 0, 1, 1, 2, 2, 2], "20000.00")));
        // 1,998 + 500, 2,999 + 8,997, 999 + 2,000 + 999 of 21,234.56.
        prop_assert_eq!(story.payer().available().amount().to_string(), "2742.56");
    }

    /// Law 7, where it matters: what is due comes before what is asked, in the order of R0, whoever comes when.
    #[test]
    fn at_one_instant_what_is_due_goes_by_its_class_and_orders_come_last(life in busy_life()) {
        let story = life.lived();
        let held: Vec<_> = story.decisions.iter().filter(|decision| !decision.facts.is_empty()).collect();
        for pair in held.windows(2).filter(|pair| pair[0].at == pair[1].at) {
            let [one, other] = [pair[0], pair[1]].map(|decision| class(decision.asked));
            prop_assert!(one <= other, "{} before {} at {}", pair[0].asked, pair[1].asked, pair[0].at);
        }
    }
}

/// Law 7, where the money is for one of two: who asked first has it, by the log.
#[test]
fn money_for_one_of_two_orders_of_an_instant_is_the_first_ones() {
    for turns in [[0, 2], [2, 0]] {
        let story = after(&turns, "800.00");
        let [first, other] = turns.map(|turn| story.terms_of(beside_chat(turn as u64)).len());
        assert_eq!((first, other), (1, 0), "asked in the order {turns:?}");
    }
}

/// Law 8: golden cases and house rules come out the same, wherever the server stands and whatever its zone is called.
#[test]
fn the_zone_of_the_server_changes_no_amount_and_no_date() {
    let tests = std::env::current_exe().expect("this very test");
    for zone in ["UTC", "Pacific/Kiritimati", "America/St_Johns", "<-12>12", "No/Such_Zone"] {
        let mut run = Command::new(&tests);
        let run = run.args(["golden_cases::", "house_rules::", "--test-threads=1"]).env("TZ", zone);
        let ended = run.output().expect("it starts");
        let told = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success(), "in {zone}:\n{told}");
        assert!(
            told.contains("test golden_cases::") && told.contains("test house_rules::"),
            "nothing ran in {zone}:\n{told}"
        );
    }
}
