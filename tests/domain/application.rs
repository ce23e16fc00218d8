//! Owns the rules of an application: where it starts, how it enters a plan, how it is stopped and recycled.
//!
//! Does not own when a plan ends or what retention lasts; both arrive in the step.

use cqrs_es::test::TestFramework;
use jiff::Timestamp;
use subledger_domain::Folded;
use subledger_domain::application::{Application, Command, Error, Event, OperatorNote, SuspensionCause};
use subledger_domain::plan::{DataSite, Feature, PaidPlan, Plan};
use subledger_tests::fixtures::{CHAT, agreement, cny, created, day, entered, instant, payer, rights};

use crate::steps::assert_table;

fn application() -> TestFramework<Application> {
    TestFramework::with(())
}

fn create() -> Command {
    Command::Create {
        application_id: CHAT,
        account_id: payer(),
        name: format!("chat {CHAT}"),
        data_site: DataSite::China,
        rights: rights(Plan::Trial),
        at: instant("2022-10-12"),
    }
}

fn enter(at: &str, plan: PaidPlan, n: u64) -> Command {
    Command::EnterPlan { plan, subscription_id: agreement(n), rights: rights(plan.into()), at: instant(at) }
}

fn suspend(at: &str, recycle_at: &str) -> Command {
    Command::Suspend { cause: SuspensionCause::Expired, recycle_at: instant(recycle_at), at: instant(at) }
}

fn recycle(at: &str) -> Command {
    Command::Recycle { at: instant(at) }
}

fn suspended() -> Event {
    Event::ApplicationSuspended {
        cause: SuspensionCause::Expired,
        recycle_at: Some(instant("2023-02-17")),
        note: None,
        at: instant("2022-11-19"),
    }
}

fn lifted(at: &str) -> Event {
    Event::SuspensionLifted {
        cause: SuspensionCause::Expired,
        recycle_at: None,
        operator_stays: false,
        at: instant(at),
    }
}

fn on_trial() -> Vec<Event> {
    vec![created("2022-10-12")]
}

fn on_pro() -> Vec<Event> {
    [on_trial(), vec![entered("2022-10-12 10:00", Plan::Trial, PaidPlan::Pro, 1)]].concat()
}

fn stopped() -> Vec<Event> {
    [on_pro(), vec![suspended()]].concat()
}

fn recycled() -> Vec<Event> {
    [stopped(), vec![Event::ApplicationRecycled { at: instant("2023-02-17") }]].concat()
}

fn suspend_for_arrears() -> Command {
    Command::Suspend { cause: SuspensionCause::Arrears, recycle_at: instant("2023-02-08"), at: instant("2022-11-10") }
}

fn suspended_for_arrears() -> Event {
    Event::ApplicationSuspended {
        cause: SuspensionCause::Arrears,
        recycle_at: Some(instant("2023-02-08")),
        note: None,
        at: instant("2022-11-10"),
    }
}

fn in_arrears() -> Vec<Event> {
    [on_pro(), vec![suspended_for_arrears()]].concat()
}

/// Stopped for arrears on 11-10, for its expiry on 11-19 (U2): recycled by the first stop.
fn both() -> Vec<Event> {
    let expired = Event::ApplicationSuspended {
        cause: SuspensionCause::Expired,
        recycle_at: Some(instant("2023-02-08")),
        note: None,
        at: instant("2022-11-19"),
    };
    [in_arrears(), vec![expired]].concat()
}

fn keep(at: &str, days: u32) -> Command {
    let monthly_price = (days > 7).then(|| cny("1000.00"));
    Command::SetHistoryRetention { days, monthly_price, at: instant(at) }
}

fn kept(at: &str, days: u32, activates: bool) -> Event {
    let monthly_price = (days > 7).then(|| cny("1000.00"));
    Event::HistoryRetentionSet { days, included: 7, monthly_price, activates, at: instant(at) }
}

fn folded(events: &[Event]) -> Application {
    let mut application = Application::default();
    for event in events {
        assert_eq!(application.evolve(event), Folded::InPlace, "{event:?}");
    }
    application
}

fn recycle_at(events: &[Event]) -> Option<Timestamp> {
    folded(events).created().expect("created").recycle_at
}

#[test]
fn s6_a_new_application_is_on_trial() {
    application().given_no_previous_events().when(create()).then_expect_events(on_trial());
    let created = folded(&on_trial());
    let application = created.created().expect("created");
    assert_eq!((application.plan, application.subscription), (Plan::Trial, None));
    assert!(application.in_service());
}

#[test]
fn an_application_enters_the_plan_with_the_rights_agreed() {
    application()
        .given(on_trial())
        .when(enter("2022-10-12 10:00", PaidPlan::Pro, 1))
        .then_expect_events(vec![entered("2022-10-12 10:00", Plan::Trial, PaidPlan::Pro, 1)]);
}

#[test]
fn paying_after_the_stop_lifts_the_suspension_first() {
    application()
        .given(stopped())
        .when(enter("2022-11-25", PaidPlan::Flagship, 2))
        .then_expect_events(vec![lifted("2022-11-25"), entered("2022-11-25", Plan::Pro, PaidPlan::Flagship, 2)]);
}

#[test]
fn u34_a_cause_that_stands_already_neither_stops_again_nor_moves_the_recycling() {
    application().given(stopped()).when(suspend("2022-11-20", "2023-02-18")).then_expect_events(vec![]);
}

#[test]
fn u34_lifting_the_last_cause_ends_the_clock_to_recycling_and_a_new_stop_starts_another() {
    assert_eq!(recycle_at(&stopped()), Some(instant("2023-02-17")));
    let back = [stopped(), vec![lifted("2022-11-25")]].concat();
    assert_eq!(recycle_at(&back), None);
    application().given(back).when(recycle("2023-02-17")).then_expect_error(Error::NotDueForRecycling);
}

#[test]
fn u34_a_second_cause_keeps_the_recycling_of_the_first_whichever_is_cured() {
    application().given(in_arrears()).when(suspend("2022-11-19", "2023-02-17")).then_expect_events(both().split_off(3));
    let lift = Command::Lift { cause: SuspensionCause::Arrears, at: instant("2022-11-25") };
    let lifted = Event::SuspensionLifted {
        cause: SuspensionCause::Arrears,
        recycle_at: Some(instant("2023-02-08")),
        operator_stays: false,
        at: instant("2022-11-25"),
    };
    application().given(both()).when(lift).then_expect_events(vec![lifted.clone()]);
    let left = [both(), vec![lifted]].concat();
    assert_eq!(recycle_at(&left), Some(instant("2023-02-08")));
    let state = folded(&left);
    let causes: Vec<_> = state.created().expect("created").suspensions.keys().copied().collect();
    assert_eq!(causes, [SuspensionCause::Expired]);
}

#[test]
fn c8_2_u17_history_is_changed_once_a_month_and_the_same_figure_is_no_change() {
    let on = || [on_pro(), vec![kept("2022-11-05", 90, true)]].concat();
    application().given(on_pro()).when(keep("2022-11-05", 90)).then_expect_events(vec![kept("2022-11-05", 90, true)]);
    let refused = || Error::RetentionChangedThisMonth { on: day("2022-11-05") };
    for (at, days) in [("2022-11-05", 180), ("2022-11-30 23:59:59", 7), ("2022-11-06", 30)] {
        application().given(on()).when(keep(at, days)).then_expect_error(refused());
    }
    application().given(on()).when(keep("2022-11-06", 90)).then_expect_events(vec![]);
    // A raise is no activation; off and on again is one.
    let raised = kept("2022-12-01", 180, false);
    application().given(on()).when(keep("2022-12-01", 180)).then_expect_events(vec![raised]);
    let off = [on(), vec![kept("2022-12-01", 7, false)]].concat();
    application().given(off).when(keep("2023-01-01", 90)).then_expect_events(vec![kept("2023-01-01", 90, true)]);
}

#[test]
fn u16_a_step_that_the_new_plan_includes_ends_and_is_not_the_payers_one_change() {
    let on = [on_pro(), vec![kept("2022-10-20", 30, true), suspended()]].concat();
    let entered = [on, vec![lifted("2022-11-25"), entered("2022-11-25", Plan::Pro, PaidPlan::Flagship, 2)]].concat();
    let state = folded(&entered);
    let application = state.created().expect("created");
    assert_eq!((application.retention.days(), application.included_days()), (None, 30));
    let raised = Event::HistoryRetentionSet {
        days: 90,
        included: 30,
        monthly_price: Some(cny("1000.00")),
        activates: true,
        at: instant("2022-11-25"),
    };
    self::application().given(entered).when(keep("2022-11-25", 90)).then_expect_events(vec![raised]);
}

#[test]
fn recycling_comes_at_its_instant_and_not_a_second_before() {
    application().given(stopped()).when(recycle("2023-02-16 23:59:59")).then_expect_error(Error::NotDueForRecycling);
    application()
        .given(stopped())
        .when(recycle("2023-02-17"))
        .then_expect_events(vec![Event::ApplicationRecycled { at: instant("2023-02-17") }]);
}

#[test]
fn a_recycled_application_is_gone_for_good() {
    let gone = || Error::Recycled { at: instant("2023-02-17") };
    for step in [enter("2023-02-18", PaidPlan::Pro, 2), suspend("2023-02-18", "2023-05-19"), recycle("2023-02-18")] {
        application().given(recycled()).when(step).then_expect_error(gone());
    }
    assert!(!folded(&recycled()).created().expect("created").in_service());
}

#[test]
fn an_application_answers_every_step_in_every_state() {
    let steps = [
        ("create", create()),
        ("enter Pro", enter("2023-02-17", PaidPlan::Pro, 2)),
        ("enter Flagship", enter("2023-02-17", PaidPlan::Flagship, 2)),
        ("suspend", suspend("2023-02-17", "2023-05-18")),
        ("recycle too early", recycle("2023-02-16")),
        ("recycle", recycle("2023-02-17")),
        ("stop for arrears", suspend_for_arrears()),
        ("lift arrears", Command::Lift { cause: SuspensionCause::Arrears, at: instant("2023-02-17") }),
        ("keep 90 days", keep("2023-02-17", 90)),
        ("keep what is included", keep("2023-02-17", 7)),
    ];
    let none = "✗ NotCreated";
    let early = "✗ NotDueForRecycling";
    let gone = "✗ Recycled";
    let back = "SuspensionLifted + PlanEntered";
    let (exists, enters, stops) = ("✗ AlreadyCreated", "PlanEntered", "ApplicationSuspended");
    let (same, over, lifts) = ("nothing", "ApplicationRecycled", "SuspensionLifted");
    let set = "HistoryRetentionSet";
    assert_table::<Application>(
        &steps,
        &[
            ("not created", vec![], &["ApplicationCreated", none, none, none, none, none, none, none, none, none]),
            ("Trial", on_trial(), &[exists, enters, enters, stops, early, early, stops, same, set, same]),
            ("Pro", on_pro(), &[exists, enters, enters, stops, early, early, stops, same, set, same]),
            ("stopped", stopped(), &[exists, back, back, same, early, over, stops, same, set, same]),
            // A purchase cures the expiry only; the account's own step has refused it before.
            ("in arrears", in_arrears(), &[exists, enters, enters, stops, over, over, same, lifts, set, same]),
            ("both", both(), &[exists, back, back, same, over, over, same, lifts, set, same]),
            ("recycled", recycled(), &[exists, gone, gone, gone, gone, gone, gone, same, gone, gone]),
        ],
    );
}

fn on_flagship() -> Vec<Event> {
    [on_trial(), vec![entered("2022-10-12 10:00", Plan::Trial, PaidPlan::Flagship, 1)]].concat()
}

fn requested() -> Vec<Event> {
    let asked = Event::FeatureRequested { feature: Feature::PushAll, at: instant("2022-11-01") };
    [on_flagship(), vec![asked]].concat()
}

fn approved() -> Vec<Event> {
    let (feature, opens_at, ticket) = (Feature::PushAll, instant("2022-11-05"), "OP-1".to_owned());
    [requested(), vec![Event::FeatureApproved { feature, opens_at, ticket, at: instant("2022-11-03") }]].concat()
}

fn opened() -> Vec<Event> {
    [approved(), vec![Event::FeatureOpened { feature: Feature::PushAll, at: instant("2022-11-05") }]].concat()
}

fn note() -> OperatorNote {
    OperatorNote { reason: "spam was sent".to_owned(), ticket: "OP-3".to_owned() }
}

fn stopped_by_operator(before: Vec<Event>, recycle_at: Option<&str>) -> Vec<Event> {
    let (cause, recycle_at) = (SuspensionCause::Operator, recycle_at.map(instant));
    let stop = Event::ApplicationSuspended { cause, recycle_at, note: Some(note()), at: instant("2022-11-30") };
    [before, vec![stop]].concat()
}

fn refunded() -> Vec<Event> {
    let (cause, recycle_at) = (SuspensionCause::Refunded, Some(instant("2023-02-17")));
    [on_pro(), vec![Event::ApplicationSuspended { cause, recycle_at, note: None, at: instant("2022-11-19") }]].concat()
}

#[test]
fn an_application_answers_steps_of_features_and_of_an_operator_in_every_state() {
    let (feature, at) = (Feature::PushAll, instant("2022-12-01"));
    let (ticket, opens_at) = ("OP-1".to_owned(), instant("2022-12-03"));
    let steps = [
        ("request", Command::RequestFeature { feature, at }),
        ("withdraw", Command::WithdrawFeature { feature, at }),
        ("approve", Command::ApproveFeature { feature, opens_at, ticket: ticket.clone(), at }),
        ("approve at once", Command::ApproveFeature { feature, opens_at: at, ticket, at }),
        ("reject", Command::RejectFeature { feature, reason: None, ticket: None, at }),
        ("open", Command::OpenFeature { feature, at }),
        ("open too early", Command::OpenFeature { feature, at: instant("2022-11-04") }),
        ("stop", Command::SuspendByOperator { note: note(), at }),
        ("lift", Command::Lift { cause: SuspensionCause::Operator, at }),
        ("enter Pro", enter("2022-12-01", PaidPlan::Pro, 2)),
        ("enter Flagship", enter("2022-12-01", PaidPlan::Flagship, 2)),
    ];
    let (none, needs, nothing, early) =
        ("✗ NotCreated", "✗ FeatureNeedsFlagship", "✗ FeatureNotRequested", "✗ FeatureNotDue");
    let (again, gone, stops, same, enters) =
        ("✗ FeatureAlreadyRequested", "✗ Recycled", "ApplicationSuspended", "nothing", "PlanEntered");
    let (lost, back, lifts) = ("FeatureLost + PlanEntered", "SuspensionLifted + PlanEntered", "SuspensionLifted");
    let (asked, at_once) = ("FeatureRequested", "FeatureApproved + FeatureOpened");
    let (withdrawn, approves, rejects, opens) =
        ("FeatureWithdrawn", "FeatureApproved", "FeatureRejected", "FeatureOpened");
    let by_operator = |recycle_at| stopped_by_operator(stopped(), recycle_at);
    assert_table::<Application>(
        &steps,
        &[
            ("not created", vec![], &[none; 11]),
            ("Pro", on_pro(), &[needs, needs, needs, needs, needs, early, early, stops, same, enters, enters]),
            (
                "Flagship",
                on_flagship(),
                &[asked, nothing, nothing, nothing, nothing, early, early, stops, same, enters, enters],
            ),
            (
                "requested",
                requested(),
                &[again, withdrawn, approves, at_once, rejects, early, early, stops, same, lost, enters],
            ),
            ("approved", approved(), &[again, nothing, same, same, nothing, opens, early, stops, same, lost, enters]),
            ("open", opened(), &[again, nothing, same, same, nothing, early, early, stops, same, lost, enters]),
            ("refunded", refunded(), &[needs, needs, needs, needs, needs, early, early, stops, same, back, back]),
            (
                "stopped by an operator too",
                by_operator(Some("2023-02-17")),
                &[needs, needs, needs, needs, needs, early, early, same, lifts, back, back],
            ),
            ("recycled", recycled(), &[gone, gone, gone, gone, gone, gone, gone, gone, same, gone, gone]),
        ],
    );
}

#[test]
fn u34_u40_an_operators_stop_neither_starts_nor_moves_the_clock_to_recycling() {
    let stop = || Command::SuspendByOperator { note: note(), at: instant("2022-11-30") };
    application().given(on_pro()).when(stop()).then_expect_events(stopped_by_operator(on_pro(), None).split_off(2));
    let beside = stopped_by_operator(stopped(), Some("2023-02-17"));
    application().given(stopped()).when(stop()).then_expect_events(beside.clone().split_off(3));
    // The documented cause is cured: its date goes with it, and the operator's stop stays.
    let lifted = Event::SuspensionLifted {
        cause: SuspensionCause::Expired,
        recycle_at: None,
        operator_stays: true,
        at: instant("2022-12-01"),
    };
    assert!(!lifted.ends_the_stop());
    let renewed = vec![lifted, entered("2022-12-01", Plan::Pro, PaidPlan::Pro, 2)];
    application().given(beside.clone()).when(enter("2022-12-01", PaidPlan::Pro, 2)).then_expect_events(renewed.clone());
    let left = [beside.clone(), renewed].concat();
    assert_eq!(recycle_at(&left), None);
    assert!(!folded(&left).created().expect("created").in_service());
    // The operator's is lifted: the documented cause's date stands.
    let lift = Command::Lift { cause: SuspensionCause::Operator, at: instant("2022-12-01") };
    let lifted = Event::SuspensionLifted {
        cause: SuspensionCause::Operator,
        recycle_at: Some(instant("2023-02-17")),
        operator_stays: false,
        at: instant("2022-12-01"),
    };
    assert!(!lifted.ends_the_stop());
    application().given(beside).when(lift).then_expect_events(vec![lifted]);
}

#[test]
fn a_fact_out_of_place_leaves_the_application_as_it_was() {
    for event in recycled().into_iter().skip(1).chain(opened().into_iter().skip(2)).chain([lifted("2022-11-25")]) {
        let mut application = Application::default();
        assert_eq!(application.evolve(&event), Folded::OutOfPlace, "{event:?}");
        assert_eq!(application, Application::default());
    }
    let mut application = folded(&stopped());
    assert_eq!(application.evolve(&created("2022-12-01")), Folded::OutOfPlace);
    assert_eq!(application, folded(&stopped()));
}
