//! Owns the life of a feature that is opened on application (S8, S9, U44): asked for, answered, opened, lost, and the ladder
//! of refusals of each of these orders (U45).
//!
//! Does not own what a client or group must be to use one (`checks`).

use cqrs_es::DomainEvent;
use subledger_domain::books::Working;
use subledger_domain::decide::{Order, as_at};
use subledger_domain::entitlement::{Context, Entitlements, Reason, Source};
use subledger_domain::plan::{DataSite, Feature, Plan, Quota};
use subledger_tests::fixtures::{self, CHAT, beside_chat, instant};

use crate::timeline::Story;

const BOTH: [Feature; 2] = [Feature::PushAll, Feature::Community];

/// On Flagship from 2022-11-01, with money for whatever comes.
fn on_flagship(months: u32) -> Story {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("500000.00");
    story.on("2022-11-01").buy(CHAT, Plan::Flagship, months).accepted();
    story
}

/// Asked for and approved on 11-10 at 15:00.
fn approved(feature: Feature, months: u32) -> Story {
    let mut story = on_flagship(months);
    story.on("2022-11-09").request(CHAT, feature).then(&["FeatureRequested"]);
    story.on("2022-11-10 15:00").approve(CHAT, feature).accepted();
    story
}

/// What a check of a feature answers, where the right comes from, and the type of the event that explains it.
#[track_caller]
fn seen(story: &Story, feature: Feature, when: &str) -> (Reason, Source, String) {
    let books = as_at(Working::over(&story.books), instant(when), &story.catalog);
    let rights = Entitlements::of(&books, CHAT).expect("created");
    let (right, verdict) = (rights.feature(feature), rights.check_feature(feature, &Context::default()));
    assert_eq!((right.granted, right.cause), (verdict.allowed, verdict.cause), "{feature:?} at {when}");
    let cause = right.cause.expect("every right has a cause").event_id;
    let fact = story.facts().find(|fact| fact.id == cause);
    // What falls due on the way is in no log yet.
    let told = fact.map_or_else(|| "what falls due".to_owned(), DomainEvent::event_type);
    (verdict.reason, right.source, told)
}

fn told(reason: Reason, source: Source, cause: &str) -> (Reason, Source, String) {
    (reason, source, cause.to_owned())
}

#[test]
fn s8_u44_push_opens_48_hours_after_its_approval_to_the_second() {
    let mut story = approved(Feature::PushAll, 6);
    let waits = told(Reason::NotOpenYet, Source::Approval, "FeatureApproved");
    assert_eq!(seen(&story, Feature::PushAll, "2022-11-10 15:00"), waits);
    assert_eq!(seen(&story, Feature::PushAll, "2022-11-12 14:59:59"), waits);
    // Nobody has to come by for it to open.
    assert_eq!(seen(&story, Feature::PushAll, "2022-11-12 15:00").0, Reason::Granted);
    story.on("2022-11-12 14:59:59").settle().after(&[]);
    story.on("2022-11-13").settle().after(&["2022-11-12 FeatureOpened"]);
    let opened = story.facts().find(|fact| fact.event_type() == "FeatureOpened").expect("it opened");
    assert_eq!(opened.event.at(), instant("2022-11-12 15:00"));
    assert_eq!(seen(&story, Feature::PushAll, "2022-11-13"), told(Reason::Granted, Source::Approval, "FeatureOpened"));
}

#[test]
fn s8_the_instant_of_opening_is_shown_until_it_comes() {
    let story = approved(Feature::PushAll, 6);
    let opens_at = |when: &str| {
        let books = as_at(Working::over(&story.books), instant(when), &story.catalog);
        let due: Vec<_> = books.timers_of(CHAT).into_iter().filter(|timer| timer.feature.is_some()).cloned().collect();
        let shown = Entitlements::of(&books, CHAT).expect("created").feature(Feature::PushAll).opens_at;
        assert_eq!(due.iter().map(|timer| timer.at).collect::<Vec<_>>(), shown.into_iter().collect::<Vec<_>>());
        shown
    };
    assert_eq!(opens_at("2022-11-12 14:59:59"), Some(instant("2022-11-12 15:00")));
    assert_eq!(opens_at("2022-11-12 15:00"), None);
}

#[test]
fn s9_u44_communities_open_with_the_approval_and_have_room_for_none_before_it() {
    let mut story = on_flagship(6);
    let room = |story: &Story, when: &str| story.limit_at(CHAT, Quota::CommunitiesMax, when);
    assert_eq!(room(&story, "2022-11-01"), Some(0));
    story.on("2022-11-09").request(CHAT, Feature::Community).accepted();
    assert_eq!(room(&story, "2022-11-09"), Some(0));
    story.on("2022-11-10 15:00").approve(CHAT, Feature::Community).then(&["FeatureApproved", "FeatureOpened"]);
    assert_eq!(room(&story, "2022-11-10 15:00"), Some(100_000));
    let opened = told(Reason::Granted, Source::Approval, "FeatureOpened");
    assert_eq!(seen(&story, Feature::Community, "2022-11-10 15:00"), opened);
    let books = Working::over(&story.books);
    let right = Entitlements::of(&books, CHAT).expect("created").quota(Quota::CommunitiesMax);
    assert_eq!(right.source, Source::Approval);
    assert!(books.timers_of(CHAT).iter().all(|timer| timer.feature.is_none()), "nothing is left to open");
}

#[test]
fn u44_what_was_withdrawn_or_rejected_may_be_asked_for_again() {
    for feature in BOTH {
        let mut story = on_flagship(6);
        story.on("2022-11-02").request(CHAT, feature).accepted();
        story.on("2022-11-03").withdraw(CHAT, feature).then(&["FeatureWithdrawn"]);
        story.on("2022-11-03").approve(CHAT, feature).refused("feature_not_requested");
        story.on("2022-11-04").request(CHAT, feature).then(&["FeatureRequested"]);
        story.on("2022-11-05").reject(CHAT, feature).then(&["FeatureRejected"]);
        let none = told(Reason::NotApproved, Source::Plan, "PlanEntered");
        assert_eq!(seen(&story, feature, "2022-11-06"), none);
        story.on("2022-11-06").request(CHAT, feature).then(&["FeatureRequested"]);
        assert_eq!(seen(&story, feature, "2022-11-06"), none);
    }
}

#[test]
fn u44_a_stop_that_ends_on_flagship_keeps_requests_and_approvals() {
    for feature in BOTH {
        let mut story = approved(feature, 1);
        // Flagship to 11-30, stopped on 12-08, back on 12-20.
        story.on("2022-12-08").settle().accepted();
        assert_eq!(
            seen(&story, feature, "2022-12-08"),
            told(Reason::NotInService, Source::Suspension, "ApplicationSuspended")
        );
        story.on("2022-12-20").buy(CHAT, Plan::Flagship, 1).then(&[
            "SubscriptionStarted",
            "SuspensionLifted",
            "PlanEntered",
            "OrderPaid",
        ]);
        assert_eq!(seen(&story, feature, "2022-12-20"), told(Reason::Granted, Source::Approval, "FeatureOpened"));
    }
}

#[test]
fn u44_the_48_hours_run_through_a_stop() {
    // Flagship to 11-30: stopped on 12-08 00:00, a day into the 48 hours.
    let mut story = on_flagship(1);
    story.on("2022-11-09").request(CHAT, Feature::PushAll).accepted();
    story.on("2022-12-07 06:00").approve(CHAT, Feature::PushAll).accepted();
    story.on("2022-12-20").settle().after(&[
        "2022-12-07 RenewalReminded",
        "2022-12-08 SubscriptionStopped",
        "2022-12-08 ApplicationSuspended",
        "2022-12-09 FeatureOpened",
    ]);
    assert_eq!(seen(&story, Feature::PushAll, "2022-12-20").0, Reason::NotInService);
    story.on("2022-12-21").buy(CHAT, Plan::Flagship, 1).accepted();
    assert_eq!(seen(&story, Feature::PushAll, "2022-12-21").0, Reason::Granted);
}

#[test]
fn u44_s8_s9_leaving_flagship_loses_requests_approvals_and_openings() {
    for feature in BOTH {
        for (asked, answered) in [(true, false), (true, true)] {
            let mut story = on_flagship(1);
            if asked {
                story.on("2022-11-09").request(CHAT, feature).accepted();
            }
            if answered {
                story.on("2022-12-07 06:00").approve(CHAT, feature).accepted();
            }
            // Inside the 48 hours of push; communities are open.
            story.on("2022-12-08 12:00").buy(CHAT, Plan::Pro, 1).then(&[
                "SubscriptionStarted",
                "SuspensionLifted",
                "FeatureLost",
                "PlanEntered",
                "OrderPaid",
            ]);
            assert_eq!(seen(&story, feature, "2022-12-09"), told(Reason::Plan, Source::Plan, "PlanEntered"));
            assert_eq!(story.limit_at(CHAT, Quota::CommunitiesMax, "2022-12-09"), Some(0));
            // Back on Flagship one asks again.
            story.on("2023-01-20").buy(CHAT, Plan::Flagship, 1).accepted();
            assert_eq!(seen(&story, feature, "2023-01-20"), told(Reason::NotApproved, Source::Plan, "PlanEntered"));
            story.on("2023-01-20").approve(CHAT, feature).refused("feature_not_requested");
            story.on("2023-01-20").request(CHAT, feature).then(&["FeatureRequested"]);
        }
    }
}

#[test]
fn a_recycled_application_opens_nothing_any_more() {
    let mut story = on_flagship(1);
    story.on("2022-11-09").request(CHAT, Feature::PushAll).accepted();
    // Recycled 90 days after the stop of 12-08, inside the 48 hours.
    story.on("2023-03-07 06:00").approve(CHAT, Feature::PushAll).accepted();
    story.on("2023-04-01").settle().after(&["2023-03-08 ApplicationRecycled"]);
    assert!(Working::over(&story.books).timers_of(CHAT).is_empty());
}

/// What is asked of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Request,
    Withdraw,
    Approve,
    ApproveWithoutTicket,
    Reject,
}

impl Asked {
    const ALL: [Self; 5] = [Self::Request, Self::Withdraw, Self::Approve, Self::ApproveWithoutTicket, Self::Reject];

    fn order(self, feature: Feature) -> Order {
        match self {
            Self::Request => fixtures::request(CHAT, feature),
            Self::Withdraw => fixtures::withdraw(CHAT, feature),
            Self::Approve => fixtures::approve(CHAT, feature),
            Self::ApproveWithoutTicket => Order::ApproveFeature { application_id: CHAT, feature, ticket: None },
            Self::Reject => fixtures::reject(CHAT, feature),
        }
    }
}

/// Asks all of a state and compares the codes, `ok` where it is accepted.
#[track_caller]
fn assert_answers(name: &str, story: &dyn Fn() -> Story, feature: Feature, expected: [&str; 5]) {
    for (asked, expected) in Asked::ALL.into_iter().zip(expected) {
        let mut story = story();
        let (at, before) = (story.books.latest().expect("it has begun"), story.books.clone());
        let answer = story.ask(at, asked.order(feature)).order;
        let got = answer.as_ref().map_or_else(|refusal| refusal.code(), |_| "ok");
        assert_eq!(got, expected, "{name}: {asked:?} {feature:?}");
        assert!(answer.is_ok() || story.books == before, "{name}: {asked:?} left a trace");
    }
}

#[test]
fn u45_every_order_about_a_feature_in_every_state() {
    let no_ticket = "operator_approval_required";
    let flagship = "feature_needs_flagship";
    let nothing = "feature_not_requested";
    let again = "feature_already_requested";
    let on = |plan: Plan| {
        move || {
            let mut story = Story::begin("2022-10-12");
            story.on("2022-10-12").deposit("500000.00");
            if plan != Plan::Trial {
                story.on("2022-11-01").buy(CHAT, plan, 6).accepted();
            }
            story
        }
    };
    for feature in BOTH {
        let requested = || {
            let mut story = on_flagship(6);
            story.on("2022-11-09").request(CHAT, feature).accepted();
            story
        };
        let open = || {
            let mut story = approved(feature, 6);
            story.on("2022-11-20").settle().accepted();
            story
        };
        let (trial, pro) = (on(Plan::Trial), on(Plan::Pro));
        let needs = [flagship, flagship, flagship, no_ticket, flagship];
        assert_answers("Trial", &trial, feature, needs);
        assert_answers("Pro", &pro, feature, needs);
        assert_answers("Flagship", &|| on_flagship(6), feature, ["ok", nothing, nothing, no_ticket, nothing]);
        assert_answers("requested", &requested, feature, [again, "ok", "ok", no_ticket, "ok"]);
        // Approved is approved: a second yes is true already.
        assert_answers("approved", &|| approved(feature, 6), feature, [again, nothing, "ok", no_ticket, nothing]);
        assert_answers("open", &open, feature, [again, nothing, "ok", no_ticket, nothing]);
    }
}

#[test]
fn s11_what_comes_with_a_plan_is_not_asked_for() {
    for feature in Feature::ALL.iter().filter(|feature| !BOTH.contains(feature)) {
        for story in [|| Story::begin("2022-10-12"), || on_flagship(6)] {
            let invalid = "invalid_request";
            let expected = [invalid, invalid, invalid, "operator_approval_required", invalid];
            assert_answers("any plan", &story, *feature, expected);
        }
    }
}

#[test]
fn u45_a_payer_who_asks_climbs_every_rung_and_an_operator_is_not_held_up_by_debts() {
    let feature = Feature::Community;
    let parked = || {
        let mut story = on_flagship(6);
        story.park("2022-11-09");
        story
    };
    let recycled = || {
        let mut story = on_flagship(1);
        story.on("2023-03-08").settle().accepted();
        story
    };
    // Owes November's 200.00 since 12-03, stopped on 12-10.
    let owing = |when: &'static str| {
        move || {
            let mut story = Story::begin("2022-10-12");
            story.on("2022-10-12").deposit("18293.90");
            story.on("2022-11-01").buy(CHAT, Plan::Flagship, 6).accepted();
            story.on("2022-11-09").request(CHAT, Feature::Community).accepted();
            story.on("2022-11-09").measure(CHAT, "2022-11-09", 10_001, 0).accepted();
            story.on(when).settle().accepted();
            story
        }
    };
    let operator_stopped = || {
        let mut story = on_flagship(6);
        story.on("2022-11-09").stop(CHAT).accepted();
        story
    };
    let (gone, park) = ("application_recycled", "account_parked");
    assert_answers("parked", &parked, feature, [park; 5]);
    assert_answers("recycled", &recycled, feature, [gone; 5]);
    let (no_ticket, nothing) = ("operator_approval_required", "feature_not_requested");
    let answered = |code| [code, "ok", "ok", no_ticket, "ok"];
    assert_answers("in arrears", &owing("2022-12-03"), feature, answered("account_in_arrears"));
    assert_answers("suspended", &owing("2022-12-10"), feature, answered("account_suspended"));
    let stopped = ["application_suspended", nothing, nothing, no_ticket, nothing];
    assert_answers("stopped by an operator", &operator_stopped, feature, stopped);
    // The stop comes before the plan.
    let mut trial = Story::begin("2022-10-12");
    trial.on("2022-10-12").stop(CHAT).accepted();
    trial.on("2022-10-12").request(CHAT, feature).refused("application_suspended");
    trial.on("2022-10-12").lift(CHAT).accepted().and().request(CHAT, feature).refused("feature_needs_flagship");
}

#[test]
fn s16_a_feature_is_one_applications_own() {
    let other = beside_chat(1);
    let mut story = approved(Feature::Community, 6);
    story.on("2022-11-11").create(other, DataSite::China).and().buy(other, Plan::Flagship, 1).accepted();
    assert_eq!(story.limit_at(other, Quota::CommunitiesMax, "2022-11-11"), Some(0));
    assert_eq!(story.limit_at(CHAT, Quota::CommunitiesMax, "2022-11-11"), Some(100_000));
    story.on("2022-11-11").approve(other, Feature::Community).refused("feature_not_requested");
    story.on("2022-11-11").request(beside_chat(2), Feature::Community).refused("not_found");
}

#[test]
fn two_features_that_open_at_one_instant_both_open() {
    let mut story = on_flagship(6);
    let other = beside_chat(1);
    story.on("2022-11-08").create(other, DataSite::China).and().buy(other, Plan::Flagship, 6).accepted();
    for application in [CHAT, other] {
        story.on("2022-11-09").request(application, Feature::PushAll).accepted();
    }
    for application in [CHAT, other] {
        story.on("2022-11-10 15:00").approve(application, Feature::PushAll).accepted();
    }
    story.on("2022-11-12 15:00").settle().after(&["2022-11-12 FeatureOpened", "2022-11-12 FeatureOpened"]);
}
