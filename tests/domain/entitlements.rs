//! Owns the rights a life gives: every row of the plan matrix (S11) at every step, with its source and its cause.
//!
//! Does not own the matrix as data (the price list): the figures stand here once more, as the document prints them.

use cqrs_es::DomainEvent;
use subledger_domain::books::Working;
use subledger_domain::decide::as_at;
use subledger_domain::entitlement::{Context, Entitlements, Reason, Source};
use subledger_domain::ids::EventId;
use subledger_domain::plan::{DataSite, Feature, Grant, Plan, Quota};
use subledger_tests::fixtures::{CHAT, QUOTAS, beside_chat, instant};

use crate::timeline::Story;

/// S11: on which plans, and S8 and S9 for what is only there on application.
const FEATURES: [(&str, [Grant; 3]); 14] = {
    use Grant::{No, OnApplication, Yes};
    const FLAGSHIP: [Grant; 3] = [No, No, Yes];
    [
        ("global_access", [Yes, Yes, Yes]),
        ("push_all", [No, No, OnApplication]),
        ("same_platform_multi_device", FLAGSHIP),
        ("local_message_search", FLAGSHIP),
        ("avchatroom_history_for_new_members", FLAGSHIP),
        ("community", [No, No, OnApplication]),
        ("group_read_receipts", FLAGSHIP),
        ("group_targeted_messages", FLAGSHIP),
        ("avchatroom_online_members", FLAGSHIP),
        ("avchatroom_broadcast", FLAGSHIP),
        ("user_status", FLAGSHIP),
        ("conversation_mark", FLAGSHIP),
        ("conversation_group", FLAGSHIP),
        ("avchatroom_ban_members", FLAGSHIP),
    ]
};

/// The event that explains a right, by its type.
fn explains(story: &Story, cause: Option<EventId>) -> String {
    let cause = cause.expect("every right has a cause");
    let fact = story.facts().find(|fact| fact.id == cause).expect("the cause is in the log");
    fact.event_type()
}

#[track_caller]
fn assert_rights(story: &Story, when: &str, plan: Plan, in_service: bool, cause: &str) {
    let books = as_at(Working::over(&story.books), instant(when), &story.catalog);
    let rights = Entitlements::of(&books, CHAT).expect("the story has created it");
    assert_eq!((rights.plan(), rights.in_service()), (plan, in_service), "at {when}");
    let source = if in_service { Source::Plan } else { Source::Suspension };
    assert_eq!(Quota::ALL.len(), QUOTAS.len());
    for (name, limits) in QUOTAS {
        let right = rights.quota(Quota::named(name).expect("a row of S11"));
        let limit = if in_service { limits[plan as usize] } else { Some(0) };
        assert_eq!((right.limit, right.source), (limit, source), "{name} at {when}");
        assert_eq!(explains(story, right.cause.map(|ground| ground.event_id)), cause, "{name} at {when}");
    }
    assert_eq!(Feature::ALL.len(), FEATURES.len());
    for (name, grants) in FEATURES {
        let right = rights.feature(Feature::named(name).expect("a row of S11"));
        let granted = in_service && grants[plan as usize] == Grant::Yes;
        assert_eq!(
            (right.granted, right.grant, right.source),
            (granted, grants[plan as usize], source),
            "{name} at {when}"
        );
        assert_eq!(explains(story, right.cause.map(|ground| ground.event_id)), cause, "{name} at {when}");
    }
}

/// Trial, Pro to 2022-11-11, Flagship from 2022-11-25 to 2022-12-24, recycled at last; settled all along.
fn life() -> Story {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-12 10:00").deposit("10000.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    story
}

#[test]
fn s11_every_row_has_its_figure_its_source_and_its_cause_at_every_step() {
    let mut story = Story::begin("2022-10-01");
    assert_rights(&story, "2022-10-12 10:00", Plan::Trial, true, "ApplicationCreated");
    story.on("2022-10-12 10:00").deposit("10000.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    assert_rights(&story, "2022-10-12 10:00", Plan::Pro, true, "PlanEntered");
    assert_rights(&story, "2022-11-11 23:59:59", Plan::Pro, true, "PlanEntered");
    assert_rights(&story, "2022-11-18 23:59:59", Plan::Pro, true, "PlanEntered");
    story.on("2022-11-19").settle().accepted();
    assert_rights(&story, "2022-11-19", Plan::Pro, false, "ApplicationSuspended");
    story.on("2022-11-25").buy(CHAT, Plan::Flagship, 1).accepted();
    assert_rights(&story, "2022-11-25", Plan::Flagship, true, "PlanEntered");
    let stopped_by = |story: &Story| Working::over(&story.books).grounds(CHAT).expect("it exists").stop();
    assert_eq!(stopped_by(&story), None, "a stop that was lifted explains nothing any more");
    assert_rights(&story, "2022-12-31 23:59:59", Plan::Flagship, true, "PlanEntered");
    story.on("2023-01-01").settle().accepted();
    assert_rights(&story, "2023-01-01", Plan::Flagship, false, "ApplicationSuspended");
    story.on("2023-04-01").settle().accepted();
    assert_rights(&story, "2023-04-01", Plan::Flagship, false, "ApplicationRecycled");
}

#[test]
fn a_renewal_in_term_leaves_every_right_as_it_was() {
    let mut story = life();
    story.on("2022-10-13").renew(CHAT, 1).accepted();
    assert_rights(&story, "2022-11-12", Plan::Pro, true, "PlanEntered");
    assert_eq!(story.state_at(CHAT, "2022-11-12"), "active");
}

#[test]
fn a_check_says_what_is_left_and_why() {
    let mut story = life();
    story.on("2022-10-12 10:00").create(beside_chat(1), DataSite::China);
    let ask = |story: &Story, when: &str, trial: bool, quota, current, requested| {
        let books = as_at(Working::over(&story.books), instant(when), &story.catalog);
        let application = if trial { beside_chat(1) } else { CHAT };
        let verdict = Entitlements::of(&books, application).expect("created").check_quota(
            quota,
            current,
            requested,
            &Context::default(),
        );
        (verdict.allowed, verdict.remaining, verdict.reason)
    };
    let when = "2022-10-12 10:00";
    assert_eq!(ask(&story, when, false, Quota::AvchatroomsMax, 49, 1), (true, Some(1), Reason::Granted));
    assert_eq!(ask(&story, when, false, Quota::AvchatroomsMax, 50, 1), (false, Some(0), Reason::LimitReached));
    assert_eq!(ask(&story, when, false, Quota::AvchatroomsMax, 49, 2), (false, Some(1), Reason::LimitReached));
    assert_eq!(ask(&story, when, false, Quota::UsersMax, u64::MAX, 1), (true, None, Reason::Granted));
    // U14: Trial's caps refuse what is asked beyond them; a paid plan bills it.
    assert_eq!(ask(&story, when, true, Quota::DauIncluded, 100, 1), (false, Some(0), Reason::TrialQuotaExceeded));
    assert_eq!(ask(&story, when, false, Quota::DauIncluded, 10_000, 1), (true, Some(0), Reason::Granted));
    assert_eq!(ask(&story, "2022-11-19", false, Quota::UsersMax, 0, 1), (false, Some(0), Reason::NotInService));
}

/// What a check of Pro's row answers: whether it is allowed, and what was left.
fn checked(quota: Quota, current: u64, requested: u64) -> (bool, Option<u64>) {
    let story = life();
    let books = Working::over(&story.books);
    let verdict =
        Entitlements::of(&books, CHAT).expect("created").check_quota(quota, current, requested, &Context::default());
    (verdict.allowed, verdict.remaining)
}

#[test]
fn s12_a3_1_three_rooms_created_and_dissolved_leave_50() {
    assert_eq!(checked(Quota::AvchatroomsMax, 0, 50), (true, Some(50)));
    assert_eq!(checked(Quota::AvchatroomsMax, 0, 51), (false, Some(50)));
}

#[test]
fn s12_a3_2_three_rooms_that_everybody_left_still_count() {
    assert_eq!(checked(Quota::AvchatroomsMax, 3, 47), (true, Some(47)));
    assert_eq!(checked(Quota::AvchatroomsMax, 3, 48), (false, Some(47)));
}

#[test]
fn s13_a3_6_a_group_beyond_10000_a_day_waits_until_one_of_that_day_is_dissolved() {
    assert_eq!(checked(Quota::GroupsDailyNetNewMax, 9_999, 1), (true, Some(1)));
    assert_eq!(checked(Quota::GroupsDailyNetNewMax, 10_000, 1), (false, Some(0)));
    assert_eq!(checked(Quota::GroupsDailyNetNewMax, 9_999, 2), (false, Some(1)));
    // More than the limit can stand there after a change of plan; nothing is left then.
    assert_eq!(checked(Quota::GroupsDailyNetNewMax, 10_400, 1), (false, Some(0)));
}

#[test]
fn a_check_of_a_feature_tells_not_in_this_plan_from_not_approved() {
    let mut story = life();
    story.on("2022-11-25").buy(CHAT, Plan::Flagship, 1).accepted();
    let books = Working::over(&story.books);
    let rights = Entitlements::of(&books, CHAT).expect("created");
    let reason = |feature| rights.check_feature(feature, &Context::default()).reason;
    assert_eq!(reason(Feature::UserStatus), Reason::Granted);
    assert_eq!(reason(Feature::PushAll), Reason::NotApproved);
    assert_eq!(reason(Feature::Community), Reason::NotApproved);
    let stopped = as_at(books.clone(), instant("2023-01-01"), &story.catalog);
    let rights = Entitlements::of(&stopped, CHAT).expect("created");
    assert_eq!(rights.check_feature(Feature::GlobalAccess, &Context::default()).reason, Reason::NotInService);
    let pro = life();
    let books = Working::over(&pro.books);
    let rights = Entitlements::of(&books, CHAT).expect("created");
    assert_eq!(rights.check_feature(Feature::PushAll, &Context::default()).reason, Reason::Plan);
}
