//! Owns an operator's stop and its lift (U40): what it takes away and gives back, what it costs, and how it stands beside
//! other causes (U2, U34).

use cqrs_es::DomainEvent;
use subledger_domain::application::{Event as ApplicationEvent, OperatorNote, SuspensionCause};
use subledger_domain::books::Working;
use subledger_domain::catalog::AddOn;
use subledger_domain::charge::Item;
use subledger_domain::decide::{Order, as_at};
use subledger_domain::entitlement::{Context, Entitlements, Reason, Source};
use subledger_domain::fact::Event;
use subledger_domain::plan::{DataSite, Feature, Plan, Quota};
use subledger_domain::usage::Event as UsageEvent;
use subledger_tests::fixtures::{CHAT, beside_chat, instant};

use crate::timeline::Story;

/// On Pro from 2022-10-12 10:00, with money for whatever comes.
fn on_pro(months: u32) -> Story {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12 10:00").deposit("500000.00").and().buy(CHAT, Plan::Pro, months).accepted();
    story
}

/// Why it is stopped at an instant, and when it is to be recycled.
#[track_caller]
fn stopped(story: &Story, when: &str) -> (Vec<&'static str>, Option<String>) {
    let books = as_at(Working::over(&story.books), instant(when), &story.catalog);
    let application = books.application(CHAT).expect("created");
    let day = |at| subledger_tests::fixtures::civil_day(at).to_string();
    (application.suspensions.keys().map(|cause| cause.name()).collect(), application.recycle_at.map(day))
}

fn expect(causes: &[&'static str], recycled_on: Option<&str>) -> (Vec<&'static str>, Option<String>) {
    (causes.to_vec(), recycled_on.map(str::to_owned))
}

#[test]
fn u40_the_days_of_an_operators_stop_are_not_service_days() {
    let mut story = on_pro(6);
    story.on("2022-10-15").keep(CHAT, 90).accepted();
    story.on("2022-11-20 12:00").measure(CHAT, "2022-11-20", 15_000, 0).accepted();
    story.on("2022-11-26").stop(CHAT).then(&["ApplicationSuspended"]);
    assert_eq!(story.state_at(CHAT, "2022-11-30"), "suspended");
    // A whole day out of service: stored and never a peak (U12).
    story.on("2022-11-29").measure(CHAT, "2022-11-28", 90_000, 0).accepted();
    story.on("2022-12-01").lift(CHAT).then(&["SuspensionLifted", "BillingMonthOpened"]);
    story.on("2022-12-03").settle().accepted();
    let november = story.statement("2022-11");
    assert_eq!(november.fee(CHAT, Item::DauOverage), "833.33");
    assert_eq!(november.fee(CHAT, Item::HistoryStorage), "833.33");
}

#[test]
fn u40_a_stop_and_its_lift_inside_a_day_lose_no_day() {
    let mut story = on_pro(6);
    story.on("2022-11-20 12:00").measure(CHAT, "2022-11-20", 15_000, 0).accepted();
    story.on("2022-11-26 00:00:01").stop(CHAT).accepted();
    story.on("2022-11-26 23:59:59").lift(CHAT).accepted();
    story.on("2022-12-03").settle().accepted();
    assert_eq!(story.statement("2022-11").fee(CHAT, Item::DauOverage), "1000.00");
}

#[test]
fn u40_the_prepaid_term_runs_on_and_nothing_is_paid_back() {
    let mut story = on_pro(1);
    let left = "499001.00";
    story.on("2022-10-20").stop(CHAT).balance(left, "0.00");
    story.on("2022-11-01").lift(CHAT).balance(left, "0.00");
    assert_eq!(story.terms_of(CHAT), ["2022-10-12..2022-11-11 999.00"]);
    assert_eq!(story.state_at(CHAT, "2022-11-11 23:59:59"), "active");
    assert_eq!(story.state_at(CHAT, "2022-11-12"), "grace");
}

#[test]
fn u40_a_stopped_service_grants_nothing_and_cites_the_stop() {
    let mut story = on_pro(6);
    story.on("2022-10-20").stop(CHAT).accepted();
    let books = Working::over(&story.books);
    let rights = Entitlements::of(&books, CHAT).expect("created");
    let (right, verdict) =
        (rights.quota(Quota::UsersMax), rights.check_quota(Quota::UsersMax, 0, 1, &Context::default()));
    assert_eq!((right.limit, right.source, verdict.reason), (Some(0), Source::Suspension, Reason::NotInService));
    let stop = story.facts().last().expect("the stop");
    assert_eq!(
        (right.cause.map(|ground| ground.event_id), stop.event_type().as_str()),
        (Some(stop.id), "ApplicationSuspended")
    );
    let Event::Application(ApplicationEvent::ApplicationSuspended { cause, recycle_at, note, .. }) = &stop.event else {
        panic!("{stop:?}")
    };
    let told = OperatorNote { reason: "spam was sent".to_owned(), ticket: "OP-3".to_owned() };
    assert_eq!((*cause, *recycle_at, note.as_ref()), (SuspensionCause::Operator, None, Some(&told)));
}

#[test]
fn u34_u40_an_operators_stop_alone_never_recycles() {
    let mut story = on_pro(24);
    story.on("2022-10-20").stop(CHAT).accepted();
    assert_eq!(stopped(&story, "2023-10-20"), expect(&["operator"], None));
    let trial = beside_chat(1);
    story.on("2023-01-01").create(trial, DataSite::China).and().stop(trial).accepted();
    assert_eq!(story.state_at(trial, "2024-06-01"), "suspended");
    story.on("2024-06-01").lift(trial).accepted();
    assert_eq!(story.state_at(trial, "2024-06-01"), "trial");
}

#[test]
fn u34_u40_the_clock_to_recycling_runs_for_documented_causes_alone() {
    // Pro to 11-11, stopped by its expiry on 11-19: recycled on 2023-02-17, whatever an operator does.
    let expired = Some("2023-02-17");
    let mut before = on_pro(1);
    before.on("2022-10-20").stop(CHAT).accepted();
    assert_eq!(stopped(&before, "2022-11-18"), expect(&["operator"], None));
    assert_eq!(stopped(&before, "2022-11-19"), expect(&["expired", "operator"], expired));
    before.on("2022-12-01").lift(CHAT).then(&["SuspensionLifted"]);
    assert_eq!(stopped(&before, "2022-12-01"), expect(&["expired"], expired));
    before.on("2022-12-02").stop(CHAT).then(&["ApplicationSuspended"]);
    assert_eq!(stopped(&before, "2022-12-02"), expect(&["expired", "operator"], expired));
    before.on("2023-02-17").settle().after(&["2023-02-17 ApplicationRecycled"]);
    before.on("2023-02-18").lift(CHAT).refused("application_recycled");
    before.on("2023-02-18").stop(CHAT).refused("application_recycled");
}

#[test]
fn u2_u40_each_cause_has_its_own_cure() {
    let mut story = on_pro(1);
    story.on("2022-11-25").stop(CHAT).accepted();
    let both = expect(&["expired", "operator"], Some("2023-02-17"));
    assert_eq!(stopped(&story, "2022-11-25"), both);
    // A renewal cures the expiry and nothing else; the application is not in service, so no month is opened.
    story.on("2022-12-01").renew(CHAT, 3).then(&[
        "SubscriptionStarted",
        "SuspensionLifted",
        "PlanEntered",
        "OrderPaid",
    ]);
    assert_eq!(stopped(&story, "2022-12-01"), expect(&["operator"], None));
    assert_eq!(story.state_at(CHAT, "2022-12-01"), "suspended");
    // Grounds: the stop that stands is cited, not the one that was lifted.
    let books = Working::over(&story.books);
    let cited = books.grounds(CHAT).and_then(|grounds| grounds.stop()).expect("stopped");
    let fact = story.facts().find(|fact| fact.id == cited.event_id).expect("in the log");
    assert_eq!(fact.event.at(), instant("2022-11-25"));
    story.on("2022-12-10").lift(CHAT).then(&["SuspensionLifted", "BillingMonthOpened"]);
    assert_eq!(story.state_at(CHAT, "2022-12-10"), "active");
    // The term was paid and ran: 12-01 to 02-28.
    assert_eq!(story.state_at(CHAT, "2023-02-28 23:59:59"), "active");
    // 22 of 31 days of December.
    story.on("2022-12-20").measure(CHAT, "2022-12-15", 10_001, 0).accepted();
    story.on("2023-01-03").settle().accepted();
    assert_eq!(story.statement("2022-12").fee(CHAT, Item::DauOverage), "709.68");
}

#[test]
fn u2_u40_a_debt_that_is_paid_lifts_its_own_cause_under_an_operators_stop() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12 10:00").deposit("11988.00").and().buy(CHAT, Plan::Pro, 12).accepted();
    story.on("2022-10-20").measure(CHAT, "2022-10-20", 10_001, 0).accepted();
    story.on("2022-11-20").stop(CHAT).accepted();
    assert_eq!(stopped(&story, "2022-11-20"), expect(&["arrears", "operator"], Some("2023-02-08")));
    story.on("2022-11-21").deposit("1000.00").then(&[
        "MoneyDeposited",
        "ReceivablePaid",
        "ArrearsCleared",
        "SuspensionLifted",
    ]);
    assert_eq!(stopped(&story, "2022-11-21"), expect(&["operator"], None));
    assert_eq!(story.state_at(CHAT, "2022-11-21"), "suspended");
    // Stopped days count for nothing, from 11-10 on.
    story.on("2022-12-05").lift(CHAT).accepted();
    assert_eq!(story.state_at(CHAT, "2022-12-05"), "active");
}

#[test]
fn u40_a_first_plan_that_is_bought_under_a_stop_is_charged_from_the_lift_on() {
    // Bought on 11-11, lifted on 11-21: 10 of 30 days, whether the stop came before the purchase or after it.
    for stopped_first in [true, false] {
        let mut story = Story::begin("2022-10-12");
        story.on("2022-10-12").deposit("50000.00");
        if stopped_first {
            story.on("2022-11-11").stop(CHAT).and().buy(CHAT, Plan::Pro, 2).accepted();
        } else {
            story.on("2022-11-11").buy(CHAT, Plan::Pro, 2).accepted().and().stop(CHAT).accepted();
        }
        story.on("2022-11-21").lift(CHAT).accepted();
        story.on("2022-11-25").measure(CHAT, "2022-11-24", 10_001, 0).accepted();
        story.on("2022-12-03").settle().accepted();
        assert_eq!(story.statement("2022-11").fee(CHAT, Item::DauOverage), "333.33", "stopped first: {stopped_first}");
    }
}

#[test]
fn u14_a_plan_that_is_bought_under_a_stop_is_no_trial() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("5000.00").and().stop(CHAT).and().buy(CHAT, Plan::Pro, 2).accepted();
    story.on("2022-10-14").measure(CHAT, "2022-10-13", 9_000, 0).accepted();
    let told = story.facts().last().map(|fact| fact.event.clone());
    let Some(Event::Usage(UsageEvent::UsageRecorded { over_cap, .. })) = told else { panic!("{told:?}") };
    assert!(!over_cap, "Pro's reading is above no cap");
}

#[test]
fn u40_what_is_true_already_brings_nothing_about() {
    let mut story = on_pro(6);
    story.on("2022-10-20").lift(CHAT).then(&[]);
    story.on("2022-10-20").stop(CHAT).then(&["ApplicationSuspended"]);
    story.on("2022-10-21").stop(CHAT).then(&[]);
    assert_eq!(stopped(&story, "2022-10-21"), expect(&["operator"], None));
    story.on("2022-10-22").lift(CHAT).then(&["SuspensionLifted"]);
    story.on("2022-10-22").lift(CHAT).then(&[]);
    story.on("2022-10-22").stop(CHAT).then(&["ApplicationSuspended"]);
}

#[test]
fn u45_nothing_is_sold_to_what_an_operator_stopped_but_its_plan() {
    let mut story = on_pro(6);
    story.on("2022-10-20").stop(CHAT).accepted();
    let code = "application_suspended";
    story.on("2022-10-20").pack(CHAT, AddOn::GroupMembers, 1).refused(code);
    story.on("2022-10-20").try_pack(CHAT).refused(code);
    story.on("2022-10-20").keep(CHAT, 90).refused(code);
    story.on("2022-10-20").request(CHAT, Feature::PushAll).refused(code);
    // The term runs, and an end that is not renewed would recycle it: each cause has its own cure.
    story.on("2022-10-20").renew(CHAT, 1).then(&["SubscriptionRenewed", "OrderPaid"]);
}

#[test]
fn u45_an_operators_stop_needs_a_ticket_and_a_living_application() {
    let without =
        |reason: &str| Order::SuspendApplication { application_id: CHAT, reason: reason.to_owned(), ticket: None };
    let mut story = on_pro(1);
    story.ask(instant("2022-10-20"), without("spam")).refused("operator_approval_required");
    story.on("2022-10-20").stop(beside_chat(1)).refused("not_found");
    story.on("2022-10-20").lift(beside_chat(1)).refused("not_found");
    story.on("2023-02-17").settle().accepted();
    story.ask(instant("2023-02-17"), without("spam")).refused("application_recycled");
    let mut parked = on_pro(1);
    parked.park("2022-10-20");
    parked.ask(instant("2022-10-20"), without("spam")).refused("account_parked");
    parked.on("2022-10-20").lift(CHAT).refused("account_parked");
}
