//! Owns the rule that a worker's hours change nothing: late, often, never, or with orders refused in between, the same
//! life gives the same decisions, to the id.
//!
//! Does not own what the decisions are.

use cqrs_es::DomainEvent;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use subledger_domain::decide::{Command, Decision, Order};
use subledger_domain::ids::CommandId;
use subledger_domain::plan::{DataSite, Plan};
use subledger_tests::fixtures::{
    CHAT, beside_chat, catalog, command, create, deposit, instant, open_account, payer, purchase, renewal,
};

use crate::lives::{busy_life, life};
use crate::timeline::Story;

/// When the worker comes by.
enum Worker {
    /// At each of these instants.
    At(Vec<Timestamp>),
    Never,
}

/// C9.1 and more: two applications, one renewed in grace, one stopped and bought again, both recycled before the end.
fn orders() -> Vec<Command> {
    let cash = subledger_domain::account::DepositKind::Cash;
    let other = beside_chat(1);
    vec![
        command("2022-10-12", "open", open_account()),
        command("2022-10-12", "deposit", deposit("20000.00", cash)),
        command("2022-10-12", "create 1", create(CHAT, DataSite::China)),
        command("2022-10-12", "create 2", create(other, DataSite::Korea)),
        command("2022-10-12", "buy 1", purchase(CHAT, Plan::Pro, 1)),
        command("2022-10-31 17:00", "buy 2", purchase(other, Plan::Flagship, 1)),
        command("2022-11-13 09:00", "renew 1", renewal(CHAT, 1)),
        command("2022-12-25 10:00", "buy 2 again", purchase(other, Plan::Pro, 2)),
        command("2023-02-28", "too late for nothing", deposit("0.01", cash)),
        command("2023-08-01", "last", deposit("1.00", cash)),
    ]
}

/// The decisions that hold facts; the worker's own command never has any.
fn decided(orders: &[Command], worker: &Worker) -> Vec<Decision> {
    let visits = match worker {
        Worker::At(instants) => instants.clone(),
        Worker::Never => vec![],
    };
    let mut visits = visits.into_iter().peekable();
    let mut story = Story::nobody(catalog());
    for order in orders {
        while let Some(at) = visits.next_if(|at| *at < order.at) {
            let id = CommandId::keyed(at, payer().as_str(), "worker");
            story.send(&Command { id, at, order: Order::RunDue });
        }
        story.send(order);
    }
    story.decisions.into_iter().filter(|decision| !decision.facts.is_empty()).collect()
}

/// A year of an application in China with packs and one in India: usage beyond the plan, a debt paid late, another that
/// stops everything, a stop and a return, what is not renewed ended, one recycled at last.
fn a_year() -> Vec<Command> {
    use subledger_domain::catalog::{AddOn, CallVariant};
    use subledger_tests::fixtures::{buy_add_on, day, keep_history, try_add_on, usage};
    let cash = subledger_domain::account::DepositKind::Cash;
    let other = beside_chat(1);
    vec![
        command("2022-10-12", "open", open_account()),
        command("2022-10-12", "deposit", deposit("12000.00", cash)),
        command("2022-10-12", "create 1", create(CHAT, DataSite::China)),
        command("2022-10-12", "create 2", create(other, DataSite::India)),
        command("2022-10-12 10:00", "buy 1", purchase(CHAT, Plan::Pro, 3)),
        command("2022-10-12 10:00", "pack", buy_add_on(CHAT, AddOn::GroupMembers, 2)),
        command("2022-10-12 10:00", "try", try_add_on(CHAT, AddOn::AvCall(CallVariant::Trial))),
        command("2022-10-31 23:59:59", "buy 2", purchase(other, Plan::Pro, 1)),
        command("2022-11-01", "keep", keep_history(CHAT, 90)),
        command("2022-11-20 01:00", "measure 1", usage(CHAT, day("2022-11-19"), 25_000, 0)),
        command("2022-11-20 01:00", "measure 2", usage(other, day("2022-11-19"), 0, 200_001)),
        command("2022-12-02 23:59:59", "correct 2", usage(other, day("2022-11-19"), 0, 300_001)),
        command("2022-12-13", "pay", deposit("9000.00", cash)),
        command("2022-12-31 12:00", "measure 3", usage(CHAT, day("2022-12-30"), 70_000, 0)),
        command("2023-01-25", "pay again", deposit("7000.00", cash)),
        command("2023-01-25", "back", purchase(CHAT, Plan::Flagship, 2)),
        command("2023-04-01", "in April", deposit("0.01", cash)),
        command("2023-10-31", "last", deposit("1.00", cash)),
    ]
}

#[test]
fn r0_a_year_with_statements_debts_and_stops_is_decided_the_same_to_the_id() {
    let orders = a_year();
    let never = decided(&orders, &Worker::Never);
    for (name, visits) in [
        ("daily at midnight", daily("2022-10-12", "2023-10-31")),
        ("daily a second before midnight", daily("2022-10-12 23:59:59", "2023-10-30 23:59:59")),
        ("daily at nine", daily("2022-10-12 09:00", "2023-10-30 09:00")),
        ("in one jump", vec![instant("2023-10-30 23:59:59")]),
    ] {
        assert_eq!(decided(&orders, &Worker::At(visits)), never, "{name}");
    }
    let asked: std::collections::BTreeSet<&str> = never.iter().map(|decision| decision.asked).collect();
    for due in ["period_end", "statement_draft", "settlement", "stop", "recycle", "reminder"] {
        assert!(asked.contains(due), "the year has no {due}");
    }
    let events: Vec<String> =
        never.iter().flat_map(|decision| &decision.facts).map(|placed| placed.fact.event_type()).collect();
    for event in ["FellIntoArrears", "AccountSuspended", "ArrearsCleared", "AddOnEnded", "ApplicationRecycled"] {
        assert!(events.iter().any(|kind| kind == event), "the year has no {event}");
    }
}

fn daily(first: &str, last: &str) -> Vec<Timestamp> {
    let (mut at, last) = (instant(first), instant(last));
    let mut visits = Vec::new();
    while at <= last {
        visits.push(at);
        at = at.checked_add(24.hours()).expect("in range");
    }
    visits
}

#[test]
fn r0_daily_in_one_jump_or_never_a_life_is_decided_the_same_to_the_id() {
    let orders = orders();
    let never = decided(&orders, &Worker::Never);
    for (name, visits) in [
        ("daily at midnight", daily("2022-10-12", "2023-08-01")),
        ("daily at noon", daily("2022-10-12 12:00", "2023-08-01")),
        ("daily at nine", daily("2022-10-12 09:00", "2023-08-01")),
        ("in one jump", vec![instant("2023-07-31 23:59:59")]),
        ("twice at once", vec![instant("2023-01-01"), instant("2023-01-01")]),
    ] {
        let with = decided(&orders, &Worker::At(visits));
        assert_eq!(with, never, "{name}");
    }
    let recycled = never.iter().filter(|decision| decision.asked == "recycle").count();
    assert_eq!(recycled, 2, "the life reaches its end");
}

#[test]
fn a_refused_order_leaves_what_was_due_before_it_and_nothing_else() {
    let mut refused = Story::begin("2022-10-12");
    refused.on("2022-10-12").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    let mut settled = Story::begin("2022-10-12");
    settled.on("2022-10-12").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    for when in ["2022-11-07", "2022-11-12", "2022-11-18 09:00", "2022-11-19", "2023-01-01", "2023-02-16 23:59:59"] {
        refused.on(when).renew(CHAT, 1).refused("insufficient_balance");
        refused.on(when).buy(CHAT, Plan::Trial, 1).refused("trial_not_reenterable").after(&[]);
        settled.on(when).settle().then(&[]);
        assert_eq!(refused.books, settled.books, "at {when}");
    }
    refused.on("2023-02-17").renew(CHAT, 1).refused("application_recycled").after(&["2023-02-17 ApplicationRecycled"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn r0_any_life_is_decided_the_same_whenever_the_worker_comes_by(
        life in prop_oneof![life(), busy_life()],
        mut thousandths in prop::collection::vec(0..1_000_i64, 1..60),
    ) {
        let numbered = life.orders.iter().enumerate();
        let orders: Vec<Command> = numbered.map(|(n, (at, order))| {
            Command { id: CommandId::keyed(*at, payer().as_str(), &n.to_string()), at: *at, order: order.clone() }
        }).collect();
        let (first, last) = (orders[0].at, orders[orders.len() - 1].at);
        let length = last.duration_since(first).as_secs();
        thousandths.sort_unstable();
        let instants = thousandths.iter().map(|part| first.checked_add((length * part / 1_000).seconds()));
        let visits: Vec<Timestamp> = instants.collect::<Result<_, _>>().expect("between two instants");
        prop_assert_eq!(decided(&orders, &Worker::At(visits)), decided(&orders, &Worker::Never));
    }
}
