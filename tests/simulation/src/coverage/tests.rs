//! Owns what must hold of the tables of reasons: they name what exists, and tell of orders what `docs/state-tables.md`
//! tells of the aggregates' steps.

use super::{Pair, Reasons, VIEWS, View, due, events, orders, states};

const TABLES: &str = include_str!("../../../../docs/state-tables.md");

/// A table of the document, whose aggregate it is, which of its columns a state is, which of its rows an order is.
type Table = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static [&'static str])],
    &'static [(&'static str, &'static [&'static str])],
);

/// Left out is what an order decides beside the aggregate's own step: purchases and renewals after an end start another
/// agreement (U21), and the ladder of U45 refuses before it.
const SAME: [Table; 6] = [
    (
        "Account",
        "account",
        &[
            ("not open", &["not open"]),
            ("active", &["open"]),
            ("in arrears", &["owes", "owes, has money"]),
            ("suspended", &["stopped"]),
        ],
        &[("OpenAccount", &["open"]), ("Deposit", &["deposit"]), ("GrantVoucher", &["grant a voucher"])],
    ),
    (
        "Application",
        "application",
        &[
            ("not created", &["not created"]),
            ("trial", &["Trial"]),
            ("pro", &["Pro"]),
            ("flagship", &["Flagship"]),
            ("suspended", &["stopped: expired", "stopped: operator"]),
        ],
        &[
            ("CreateApplication", &["create"]),
            ("SuspendApplication", &["stop: operator"]),
            ("LiftSuspension", &["lift operator"]),
        ],
    ),
    (
        "Application: a feature opened on application",
        "application",
        &[
            ("trial", &["Trial"]),
            ("pro", &["Pro"]),
            ("flagship", &["Flagship", "requested", "approved", "open"]),
            ("suspended", &["requested, stopped"]),
            ("recycled", &["recycled"]),
        ],
        &[
            ("RequestFeature", &["request push"]),
            ("WithdrawFeature", &["withdraw push"]),
            ("ApproveFeature", &["approve push"]),
            ("RejectFeature", &["reject push"]),
        ],
    ),
    (
        "Subscription",
        "subscription",
        &[
            ("not started", &["not started"]),
            ("active", &["Pro", "Pro, renews itself", "Flagship"]),
            ("going down", &["Flagship, Pro scheduled", "Flagship, Pro scheduled and paid"]),
            ("grace", &["grace"]),
            ("refunded", &["refunded"]),
            ("stopped", &["stopped"]),
            ("ended", &["ended"]),
        ],
        &[
            ("UpgradePlan", &["upgrade"]),
            ("DowngradePlan", &["schedule Pro", "downgrade at once"]),
            ("CancelDowngrade", &["take the schedule back"]),
            ("RefundPlan", &["give back"]),
            ("SetAutoRenew", &["renew itself", "no longer renew itself"]),
        ],
    ),
    (
        "Add-on",
        "add_on",
        &[
            ("not started", &["not started"]),
            ("trial", &["trial"]),
            ("active", &["active", "renews itself"]),
            ("grace", &["grace"]),
            ("ended", &["ended"]),
        ],
        &[
            ("RenewAddOn", &["renew"]),
            ("RefundAddOn", &["give back"]),
            ("SetAddOnAutoRenew", &["renew itself", "no longer renew itself"]),
        ],
    ),
    (
        "Usage month",
        "usage_month",
        &[("nothing told", &["untold"]), ("open", &["open"]), ("closed", &["closed"])],
        &[("RecordUsage", &["a new day", "a known day, other"]), ("CorrectUsage", &["correct"])],
    ),
];

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

/// What a table of the document answers to a step in a state.
fn cell(title: &str, column: &str, row: &str) -> &'static str {
    let heading = format!("## {title}");
    let mut lines = TABLES.lines().skip_while(|line| *line != heading).skip(1).filter(|line| line.starts_with('|'));
    let states = cells(lines.next().expect("a table has a head"));
    let column = states.iter().position(|state| *state == column).unwrap_or_else(|| panic!("{title}: {column}"));
    let row = lines.map(cells).find(|cells| cells[0] == row).unwrap_or_else(|| panic!("{title}: {row}"));
    row[column]
}

#[test]
fn an_order_can_be_accepted_where_its_aggregate_takes_the_step() {
    for (title, aggregate, states, rows) in SAME {
        for ((state, columns), (order, rows)) in
            states.iter().flat_map(|state| rows.iter().map(move |row| (state, row)))
        {
            let mut answers = columns.iter().flat_map(|column| rows.iter().map(|row| cell(title, column, row)));
            let is_taken = answers.any(|answer| !answer.starts_with('✗'));
            let why = orders::why_never_accepted(&Pair { aggregate, state, step: order });
            assert_eq!(is_taken, why.is_none(), "{aggregate}, {state} × {order}: {why:?}");
        }
    }
}

/// A reason that no pair has is one that was misspelt or outlived what it is about.
fn unused(reasons: Reasons, view: &View) -> Vec<&'static str> {
    let told = |why: &&str| view.all().any(|pair| (view.why_not)(&pair) == Some(*why));
    reasons.iter().map(|(.., why)| *why).filter(|why| !told(why)).collect()
}

#[test]
fn every_reason_names_states_and_steps_that_there_are() {
    let tables = [events::WHY_NOT, due::WHY_NOT, orders::NEVER_SENT, orders::NEVER_ACCEPTED, orders::NEVER_REFUSED];
    for (reasons, view) in tables.into_iter().zip(&VIEWS) {
        for (aggregate, named_states, steps, why) in reasons {
            let known = states::AGGREGATES.iter().find(|(known, _)| known == aggregate);
            let (_, known) = known.unwrap_or_else(|| panic!("{aggregate}: {why}"));
            assert!(named_states.iter().all(|state| known.contains(state)), "{named_states:?}: {why}");
            let known = (view.steps)(aggregate);
            assert!(steps.iter().all(|step| known.contains(step)), "{steps:?}: {why}");
        }
        assert_eq!(unused(reasons, view), [""; 0], "{}", view.title);
    }
}

#[test]
fn what_begins_an_aggregate_can_be_met_before_it_began() {
    let begins = [
        ("account", "not open", "AccountOpened", "OpenAccount"),
        ("application", "not created", "ApplicationCreated", "CreateApplication"),
        ("subscription", "not started", "SubscriptionStarted", "PurchasePlan"),
    ];
    for (aggregate, state, event, order) in begins {
        assert_eq!(events::why_not(&Pair { aggregate, state, step: event }), None);
        assert_eq!(orders::why_never_accepted(&Pair { aggregate, state, step: order }), None);
        let due = due::of(aggregate).into_iter().map(|step| Pair { aggregate, state, step });
        assert!(due.into_iter().all(|pair| due::why_not(&pair).is_some()), "{aggregate}");
    }
}
