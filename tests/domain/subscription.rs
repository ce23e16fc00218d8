//! Owns the rules of an agreement: terms, renewals, reminders, grace, the stop.
//!
//! Does not own what follows for the application or the payer; those are orders.

use cqrs_es::test::TestFramework;
use jiff::ToSpan;
use subledger_domain::Folded;
use subledger_domain::plan::PaidPlan;
use subledger_domain::subscription::{Command, Error, Event, StopCause, Subscription};
use subledger_tests::fixtures::{CHAT, ProTerm, day, instant, invoice, line, terms};

use crate::steps::assert_table;

fn subscription() -> TestFramework<Subscription> {
    TestFramework::with(())
}

fn start(term: ProTerm) -> Command {
    Command::Start {
        application_id: CHAT,
        months: term.months,
        terms: terms(PaidPlan::Pro),
        discount: None,
        voucher_id: None,
        invoice_id: invoice(term.n),
        line_id: line(term.n),
        at: instant(term.paid),
    }
}

fn renew(term: ProTerm, plan: PaidPlan) -> Command {
    Command::Renew {
        months: term.months,
        terms: terms(plan),
        voucher_id: None,
        invoice_id: invoice(term.n),
        line_id: line(term.n),
        at: instant(term.paid),
    }
}

fn remind(on: &str) -> Command {
    Command::Remind { on: day(on), at: instant(&format!("{on} 09:00")) }
}

fn reminded(on: &str, next: Option<&str>) -> Event {
    Event::RenewalReminded {
        application_id: CHAT,
        on: day(on),
        last_day: day("2022-11-11"),
        next_at: next.map(|next| instant(&format!("{next} 09:00"))),
        at: instant(&format!("{on} 09:00")),
    }
}

fn grace_began() -> Event {
    Event::GraceBegan {
        application_id: CHAT,
        last_day: day("2022-11-11"),
        until: instant("2022-11-19"),
        at: instant("2022-11-12"),
    }
}

fn stopped() -> Event {
    Event::SubscriptionStopped {
        application_id: CHAT,
        cause: StopCause::Expired,
        recycle_at: instant("2023-02-17"),
        at: instant("2022-11-19"),
    }
}

fn active() -> Vec<Event> {
    vec![ProTerm::C9_1.started()]
}

fn in_grace() -> Vec<Event> {
    vec![ProTerm::C9_1.started(), grace_began()]
}

fn over() -> Vec<Event> {
    vec![ProTerm::C9_1.started(), grace_began(), stopped()]
}

/// U34: the application was recycled under it.
fn ended() -> Vec<Event> {
    vec![ProTerm::C9_1.started(), Event::SubscriptionEnded { application_id: CHAT, at: instant("2022-11-08") }]
}

#[test]
fn s1_a_term_runs_from_payment_to_the_day_before_the_same_day_of_the_month() {
    subscription()
        .given_no_previous_events()
        .when(start(ProTerm::C9_1))
        .then_expect_events(vec![ProTerm::C9_1.started()]);
}

#[test]
fn several_months_are_one_term_one_line_and_one_amount() {
    let term =
        ProTerm { months: 3, end: "2023-01-12", amount: "2997.00", reminded: "2023-01-05 09:00", ..ProTerm::C9_1 };
    subscription().given_no_previous_events().when(start(term)).then_expect_events(vec![term.started()]);
}

#[test]
fn a_renewal_follows_everything_paid_whenever_it_is_paid() {
    for paid in ["2022-10-12 10:00", "2022-11-11 23:59:59"] {
        let term = ProTerm { paid, ..ProTerm::BEHIND_C9_1 };
        subscription().given(active()).when(renew(term, PaidPlan::Pro)).then_expect_events(vec![term.renewed()]);
    }
    for paid in ["2022-11-12", "2022-11-18 23:59:59"] {
        let term = ProTerm { paid, ..ProTerm::BEHIND_C9_1 };
        subscription().given(in_grace()).when(renew(term, PaidPlan::Pro)).then_expect_events(vec![term.renewed()]);
    }
}

#[test]
fn a_renewal_keeps_the_plan() {
    subscription()
        .given(active())
        .when(renew(ProTerm::BEHIND_C9_1, PaidPlan::Flagship))
        .then_expect_error(Error::PlanMismatch { running: PaidPlan::Pro, asked: PaidPlan::Flagship });
}

#[test]
fn a_second_start_says_until_when_the_first_runs() {
    subscription()
        .given([active(), vec![ProTerm::BEHIND_C9_1.renewed()]].concat())
        .when(start(ProTerm::C9_1))
        .then_expect_error(Error::AlreadySubscribed { plan: PaidPlan::Pro, until: instant("2022-12-12") });
}

#[test]
fn reminders_follow_each_other_and_the_last_one_says_so() {
    let mut so_far = active();
    let mut on = day("2022-11-05");
    while on <= day("2022-11-18") {
        if on == day("2022-11-12") {
            so_far.push(grace_began());
        }
        let tomorrow = on.tomorrow().expect("in range").to_string();
        let next = (on < day("2022-11-18")).then_some(tomorrow.as_str());
        let expected = reminded(&on.to_string(), next);
        subscription().given(so_far.clone()).when(remind(&on.to_string())).then_expect_events(vec![expected.clone()]);
        so_far.push(expected);
        on = on.saturating_add(1.day());
    }
    subscription().given(so_far).when(remind("2022-11-19")).then_expect_error(Error::NotSubscribed);
}

#[test]
fn a_reminder_is_sent_once_and_not_before_nine() {
    let once = [active(), vec![reminded("2022-11-05", Some("2022-11-06"))]].concat();
    let next = || Error::NotDue { due: instant("2022-11-06 09:00") };
    subscription().given(once.clone()).when(remind("2022-11-05")).then_expect_error(next());
    let early = Command::Remind { on: day("2022-11-06"), at: instant("2022-11-06 08:59:59") };
    subscription().given(once).when(early).then_expect_error(next());
}

#[test]
fn grace_begins_when_everything_paid_has_ended_and_not_a_second_before() {
    let begin = |at| Command::EndPeriod { at: instant(at) };
    let early = || Error::NotDue { due: instant("2022-11-12") };
    subscription().given(active()).when(begin("2022-11-11 23:59:59")).then_expect_error(early());
    subscription().given(active()).when(begin("2022-11-12")).then_expect_events(vec![grace_began()]);
    let renewed = [active(), vec![ProTerm::BEHIND_C9_1.renewed()]].concat();
    let later = Error::NotDue { due: instant("2022-12-12") };
    subscription().given(renewed).when(begin("2022-11-12")).then_expect_error(later);
}

#[test]
fn the_stop_comes_when_the_grace_has_ended_and_not_a_second_before() {
    let stop = |at| Command::Stop { at: instant(at) };
    let early = || Error::NotDue { due: instant("2022-11-19") };
    subscription().given(in_grace()).when(stop("2022-11-18 23:59:59")).then_expect_error(early());
    subscription().given(in_grace()).when(stop("2022-11-19")).then_expect_events(vec![stopped()]);
}

#[test]
fn a_renewal_inside_the_grace_ends_it() {
    let renewed = [in_grace(), vec![ProTerm::BEHIND_C9_1.renewed()]].concat();
    let stop = Command::Stop { at: instant("2022-11-19") };
    let not_before = Error::NotDue { due: instant("2022-12-19") };
    subscription().given(renewed).when(stop).then_expect_error(not_before);
}

#[test]
fn an_agreement_answers_every_step_in_every_state() {
    let steps = [
        ("start", start(ProTerm::C9_1)),
        ("renew", renew(ProTerm::BEHIND_C9_1, PaidPlan::Pro)),
        ("renew another plan", renew(ProTerm::BEHIND_C9_1, PaidPlan::Flagship)),
        ("remind", remind("2022-11-05")),
        ("remind on another day", remind("2022-11-06")),
        ("begin grace", Command::EndPeriod { at: instant("2022-11-12") }),
        ("begin grace too early", Command::EndPeriod { at: instant("2022-11-11 23:59:59") }),
        ("stop", Command::Stop { at: instant("2022-11-19") }),
        ("stop too early", Command::Stop { at: instant("2022-11-18 23:59:59") }),
        ("end", Command::End { at: instant("2023-02-08") }),
    ];
    let none = "✗ NotSubscribed";
    let (already, other, early) = ("✗ AlreadySubscribed", "✗ PlanMismatch", "✗ NotDue");
    let (renewed, reminded, ends) = ("SubscriptionRenewed", "RenewalReminded", "SubscriptionEnded");
    assert_table::<Subscription>(
        &steps,
        &[
            ("not started", vec![], &["SubscriptionStarted", none, none, none, none, none, none, none, none, none]),
            // A stop without a grace before it is early, however late it comes: the grace begins first.
            ("active", active(), &[already, renewed, other, reminded, early, "GraceBegan", early, early, early, ends]),
            (
                "grace",
                in_grace(),
                &[already, renewed, other, reminded, early, "nothing", "nothing", "SubscriptionStopped", early, ends],
            ),
            ("stopped", over(), &[already, none, none, none, none, none, none, "nothing", "nothing", "nothing"]),
            ("ended", ended(), &[already, none, none, none, none, none, none, "nothing", "nothing", "nothing"]),
        ],
    );
}

#[test]
fn a_fact_out_of_place_leaves_the_agreement_as_it_was() {
    for event in [ProTerm::C9_1.renewed(), reminded("2022-11-05", None), grace_began(), stopped()] {
        let mut subscription = Subscription::default();
        assert_eq!(subscription.evolve(&event), Folded::OutOfPlace, "{event:?}");
        assert_eq!(subscription, Subscription::default());
    }
    let mut subscription = Subscription::default();
    assert_eq!(subscription.evolve(&ProTerm::C9_1.started()), Folded::InPlace);
    let before = subscription.clone();
    assert_eq!(subscription.evolve(&ProTerm::BEHIND_C9_1.started()), Folded::OutOfPlace);
    assert_eq!(subscription, before);
}
