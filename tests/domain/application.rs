//! Owns the rules of an application: where it starts, how it enters a plan, how it is stopped and recycled.
//!
//! Does not own when a plan ends or what retention lasts; both arrive in the step.

use cqrs_es::test::TestFramework;
use jiff::Timestamp;
use subledger_domain::Folded;
use subledger_domain::application::{Application, Command, Error, Event, SuspensionCause};
use subledger_domain::plan::{DataSite, PaidPlan, Plan};
use subledger_tests::fixtures::{CHAT, agreement, created, entered, instant, payer, rights};

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
        recycle_at: instant("2023-02-17"),
        at: instant("2022-11-19"),
    }
}

fn lifted(at: &str) -> Event {
    Event::SuspensionLifted { cause: SuspensionCause::Expired, recycle_at: None, at: instant(at) }
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
    ];
    let none = "✗ NotCreated";
    let early = "✗ NotDueForRecycling";
    let gone = "✗ Recycled";
    let back = "SuspensionLifted + PlanEntered";
    let (exists, enters, stops) = ("✗ AlreadyCreated", "PlanEntered", "ApplicationSuspended");
    assert_table::<Application>(
        &steps,
        &[
            ("not created", vec![], &["ApplicationCreated", none, none, none, none, none]),
            ("Trial", on_trial(), &[exists, enters, enters, stops, early, early]),
            ("Pro", on_pro(), &[exists, enters, enters, stops, early, early]),
            ("stopped", stopped(), &[exists, back, back, "nothing", early, "ApplicationRecycled"]),
            ("recycled", recycled(), &[exists, gone, gone, gone, gone, gone]),
        ],
    );
}

#[test]
fn a_fact_out_of_place_leaves_the_application_as_it_was() {
    for event in recycled().into_iter().skip(1).chain([lifted("2022-11-25")]) {
        let mut application = Application::default();
        assert_eq!(application.evolve(&event), Folded::OutOfPlace, "{event:?}");
        assert_eq!(application, Application::default());
    }
    let mut application = folded(&stopped());
    assert_eq!(application.evolve(&created("2022-12-01")), Folded::OutOfPlace);
    assert_eq!(application, folded(&stopped()));
}
