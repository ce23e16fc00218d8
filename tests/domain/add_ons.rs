//! Owns the orders of value-added services (S5, S16, S19): who is sold what at which price, one of a kind at a time, longer
//! than the plan (U35), their own expiry (U36), the call package's trial (U41), and what they raise.
//!
//! Does not own an add-on's life as an aggregate (`add_on`).

use subledger_domain::catalog::{AddOn, CallVariant};
use subledger_domain::entitlement::{Entitlements, Source};
use subledger_domain::plan::{DataSite, Plan, Quota};
use subledger_tests::fixtures::{CHAT, beside_chat, instant, open_account, renew_add_on, try_add_on, uuid};

use crate::timeline::Story;

use AddOn::{AvCall, AvchatroomUnlimited, GroupMembers, GroupsPerUser};

const BASIC: AddOn = AvCall(CallVariant::Basic);
const ADVANCED: AddOn = AvCall(CallVariant::Advanced);
const PREMIUM: AddOn = AvCall(CallVariant::Premium);

#[track_caller]
fn on_plan(when: &str, site: DataSite, plan: Plan, months: u32) -> Story {
    let mut story = Story::nobody(subledger_tests::fixtures::catalog());
    story.ask(instant(when), open_account());
    story.on(when).deposit("500000.00").and().create(CHAT, site);
    if plan != Plan::Trial {
        story.on(when).buy(CHAT, plan, months).accepted();
    }
    story
}

/// What each is sold at: add-on, plan, China, abroad; a price or the refusal.
const SOLD: [(AddOn, Plan, &str, &str); 21] = {
    use Plan::{Flagship, Pro, Trial};
    const PAID_ONLY: &str = "add_on_needs_paid_plan";
    const NOT_ABROAD: &str = "add_on_not_sold_here";
    const OTHER_PLAN: &str = "plan_mismatch";
    const TRIAL: AddOn = AvCall(CallVariant::Trial);
    [
        (AvchatroomUnlimited, Trial, PAID_ONLY, PAID_ONLY),
        (AvchatroomUnlimited, Pro, "1000.00", "3200.00"),
        (AvchatroomUnlimited, Flagship, OTHER_PLAN, OTHER_PLAN),
        (GroupMembers, Trial, PAID_ONLY, PAID_ONLY),
        (GroupMembers, Pro, "500.00", "1700.00"),
        (GroupMembers, Flagship, "500.00", "1700.00"),
        (GroupsPerUser, Trial, PAID_ONLY, PAID_ONLY),
        (GroupsPerUser, Pro, "1100.00", "3200.00"),
        (GroupsPerUser, Flagship, "900.00", "3200.00"),
        (BASIC, Trial, PAID_ONLY, NOT_ABROAD),
        (BASIC, Pro, "500.00", NOT_ABROAD),
        (BASIC, Flagship, OTHER_PLAN, NOT_ABROAD),
        (ADVANCED, Trial, PAID_ONLY, NOT_ABROAD),
        (ADVANCED, Pro, "1000.00", NOT_ABROAD),
        (ADVANCED, Flagship, OTHER_PLAN, NOT_ABROAD),
        (PREMIUM, Trial, PAID_ONLY, NOT_ABROAD),
        (PREMIUM, Pro, OTHER_PLAN, NOT_ABROAD),
        (PREMIUM, Flagship, "1500.00", NOT_ABROAD),
        // The trial has no months to buy.
        (TRIAL, Trial, OTHER_PLAN, NOT_ABROAD),
        (TRIAL, Pro, OTHER_PLAN, NOT_ABROAD),
        (TRIAL, Flagship, OTHER_PLAN, NOT_ABROAD),
    ]
};

#[test]
fn s5_s16_s19_each_is_sold_on_its_plans_and_sites_at_its_price() {
    for (add_on, plan, china, abroad) in SOLD {
        let sites = [(DataSite::China, china), (DataSite::India, abroad), (DataSite::Korea, abroad)];
        for (site, expected) in sites {
            let mut story = on_plan("2022-10-12", site, plan, 1);
            let answer = story.on("2022-10-12").pack(CHAT, add_on, 1);
            match answer.order.as_ref() {
                Ok(_) => assert_eq!(story.pack_terms_of(CHAT), [format!("2022-10-12..2022-11-11 {expected}")]),
                Err(refusal) => assert_eq!(refusal.code(), expected, "{add_on} on {plan} in {site:?}"),
            }
            let priced = expected.starts_with(|first: char| first.is_ascii_digit());
            assert_eq!(!story.pack_terms_of(CHAT).is_empty(), priced, "{add_on} on {plan} in {site:?}");
        }
    }
}

#[test]
fn c4_2_a_month_of_pro_abroad_with_three_packs_costs_11099() {
    let mut story = on_plan("2022-10-12", DataSite::Singapore, Plan::Pro, 1);
    for add_on in [AvchatroomUnlimited, GroupMembers, GroupsPerUser] {
        story.on("2022-10-12").pack(CHAT, add_on, 1).then(&["AddOnStarted", "OrderPaid"]);
    }
    let left = story.payer().cash.amount().to_string();
    assert_eq!(left, "488901.00", "500,000.00 less 11,099.00");
}

#[test]
fn c4_5_the_call_package_is_refused_abroad_before_its_plan_rules() {
    for (plan, add_on) in [(Plan::Pro, BASIC), (Plan::Flagship, BASIC), (Plan::Trial, PREMIUM)] {
        for site in [DataSite::Singapore, DataSite::Germany, DataSite::Korea, DataSite::India] {
            on_plan("2022-10-12", site, plan, 1).on("2022-10-12").pack(CHAT, add_on, 1).refused("add_on_not_sold_here");
        }
    }
    on_plan("2022-10-12", DataSite::Korea, Plan::Trial, 0)
        .on("2022-10-12")
        .try_pack(CHAT)
        .refused("add_on_not_sold_here");
}

#[test]
fn bought_for_0_or_25_months_or_twice_it_is_refused() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 3);
    for months in [0, 25] {
        story.on("2022-10-12").pack(CHAT, GroupMembers, months).refused("months_out_of_range");
    }
    story.on("2022-10-12").pack(CHAT, GroupMembers, 24).accepted();
    story.on("2022-10-13").pack(CHAT, GroupMembers, 1).refused("add_on_already_active");
    for months in [0, 25] {
        story.on("2022-10-13").renew_pack(CHAT, GroupMembers, months).refused("months_out_of_range");
    }
    // One of a kind, but several kinds.
    story.on("2022-10-13").pack(CHAT, GroupsPerUser, 1).and().pack(CHAT, BASIC, 1).accepted();
    story.on("2022-10-13").pack(CHAT, ADVANCED, 1).refused("add_on_already_active");
    assert_eq!(story.pack_terms_of(CHAT)[0], "2022-10-12..2024-10-11 12000.00");
}

#[test]
fn s16_it_acts_on_its_own_application_only() {
    let other = beside_chat(1);
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 3);
    story.on("2022-10-12").create(other, DataSite::China).and().buy(other, Plan::Pro, 3).accepted();
    story.on("2022-10-13").pack(CHAT, GroupMembers, 1).accepted();
    assert_eq!(story.limit_at(CHAT, Quota::GroupMembersMax, "2022-10-13"), Some(2_000));
    assert_eq!(story.limit_at(other, Quota::GroupMembersMax, "2022-10-13"), Some(200));
    let id = story.pack_of(CHAT, GroupMembers);
    story.ask(instant("2022-10-13"), renew_add_on(other, id, 1)).refused("not_found");
    story
        .ask(instant("2022-10-13"), renew_add_on(CHAT, subledger_domain::ids::AddOnId::from_uuid(uuid(1)), 1))
        .refused("not_found");
    story.on("2022-10-13").pack(other, GroupMembers, 1).accepted();
}

#[test]
fn each_raises_one_row_and_says_which_event_gave_it() {
    for (plan, add_on, quota, before, after) in [
        (Plan::Pro, AvchatroomUnlimited, Quota::AvchatroomsMax, Some(50), None),
        (Plan::Pro, GroupMembers, Quota::GroupMembersMax, Some(200), Some(2_000)),
        (Plan::Flagship, GroupMembers, Quota::GroupMembersMax, Some(2_000), Some(6_000)),
        (Plan::Pro, GroupsPerUser, Quota::GroupsPerUserMax, Some(500), Some(1_000)),
        (Plan::Flagship, GroupsPerUser, Quota::GroupsPerUserMax, Some(1_000), Some(3_000)),
    ] {
        let mut story = on_plan("2022-10-12", DataSite::China, plan, 3);
        let rows =
            |story: &Story| Quota::ALL.iter().map(|row| story.limit_at(CHAT, *row, "2022-10-13")).collect::<Vec<_>>();
        let without = rows(&story);
        assert_eq!(story.limit_at(CHAT, quota, "2022-10-13"), before);
        story.on("2022-10-13").pack(CHAT, add_on, 1).accepted();
        assert_eq!(story.limit_at(CHAT, quota, "2022-10-13"), after);
        let changed = rows(&story).iter().zip(&without).filter(|(now, then)| now != then).count();
        assert_eq!(changed, 1, "{add_on} on {plan}");
        let books = subledger_domain::books::Working::over(&story.books);
        let right = Entitlements::of(&books, CHAT).expect("created").quota(quota);
        let cause = story.facts().find(|fact| Some(fact.id) == right.cause.map(|ground| ground.event_id));
        let kind = cause.map(cqrs_es::DomainEvent::event_type);
        assert_eq!((right.source, kind.as_deref()), (Source::AddOn, Some("AddOnStarted")));
    }
    // The call package raises nothing.
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 3);
    story.on("2022-10-13").pack(CHAT, ADVANCED, 1).accepted();
    assert_eq!(story.limit_at(CHAT, Quota::AvchatroomsMax, "2022-10-13"), Some(50));
}

#[test]
fn u35_longer_than_the_plan_it_runs_on_without_effect_and_acts_again_with_the_plan() {
    let limit = |story: &Story, when: &str| story.limit_at(CHAT, Quota::GroupMembersMax, when);
    let mut story = on_plan("2022-11-01", DataSite::China, Plan::Pro, 1);
    story.on("2022-11-20").pack(CHAT, GroupMembers, 12).accepted();
    assert_eq!(story.pack_terms_of(CHAT), ["2022-11-20..2023-11-19 6000.00"]);
    assert_eq!((limit(&story, "2022-11-30"), limit(&story, "2022-12-07 23:59:59")), (Some(2_000), Some(2_000)));
    assert_eq!(limit(&story, "2022-12-08"), Some(0));
    story.on("2023-01-15").buy(CHAT, Plan::Pro, 24).accepted();
    assert_eq!(limit(&story, "2023-01-15"), Some(2_000));
    // Its term went on all the while.
    assert_eq!((limit(&story, "2023-11-26 23:59:59"), limit(&story, "2023-11-27")), (Some(2_000), Some(200)));
}

#[test]
fn u22_u23_the_limit_of_a_running_pack_follows_the_plan() {
    let limits = |story: &Story, when: &str| {
        [Quota::GroupMembersMax, Quota::GroupsPerUserMax].map(|row| story.limit_at(CHAT, row, when).expect("a figure"))
    };
    for (first, second, before, after, price) in [
        (Plan::Pro, Plan::Flagship, [2_000, 1_000], [6_000, 3_000], "900.00"),
        (Plan::Flagship, Plan::Pro, [6_000, 3_000], [2_000, 1_000], "1100.00"),
    ] {
        let mut story = on_plan("2022-11-01", DataSite::China, first, 1);
        story.on("2022-11-20").pack(CHAT, GroupMembers, 12).and().pack(CHAT, GroupsPerUser, 3).accepted();
        assert_eq!(limits(&story, "2022-12-07 23:59:59"), before, "{first}");
        assert_eq!(limits(&story, "2022-12-08"), [0, 0]);
        story.on("2022-12-20").buy(CHAT, second, 6).accepted();
        assert_eq!(limits(&story, "2022-12-20"), after, "{first}, then {second}");
        // At the price paid to its end, renewed at the new one.
        story.on("2022-12-21").renew_pack(CHAT, GroupsPerUser, 1).accepted();
        assert_eq!(story.pack_terms_of(CHAT)[2], format!("2023-02-20..2023-03-19 {price}"));
        assert_eq!(limits(&story, "2022-12-21"), after, "renewed");
    }
    // Rooms without limit are Flagship's already: the right is then the plan's own.
    let mut story = on_plan("2022-11-01", DataSite::China, Plan::Pro, 1);
    story.on("2022-11-20").pack(CHAT, AvchatroomUnlimited, 12).accepted();
    story.on("2022-12-20").buy(CHAT, Plan::Flagship, 1).accepted();
    let books = subledger_domain::books::Working::over(&story.books);
    let right = Entitlements::of(&books, CHAT).expect("created").quota(Quota::AvchatroomsMax);
    assert_eq!((right.limit, right.source), (None, Source::Plan));
    story.on("2022-12-20").renew_pack(CHAT, AvchatroomUnlimited, 1).refused("plan_mismatch");
}

#[test]
fn u35_an_application_that_is_recycled_takes_its_packs_with_it() {
    let mut story = on_plan("2022-11-01", DataSite::China, Plan::Pro, 1);
    story.on("2022-11-20").pack(CHAT, GroupMembers, 12).accepted();
    story.on("2023-12-31").settle().accepted();
    let told = story.told_of(CHAT);
    assert_eq!(told[told.len() - 2..], ["2023-03-08 ApplicationRecycled", "2023-03-08 AddOnEnded"]);
}

#[test]
fn u36_its_own_expiry_is_as_the_plans() {
    let bought = || {
        let mut story = on_plan("2022-11-01", DataSite::China, Plan::Pro, 12);
        story.on("2022-11-01 10:00").pack(CHAT, GroupMembers, 1).accepted();
        assert_eq!(story.pack_terms_of(CHAT), ["2022-11-01..2022-11-30 500.00"]);
        story
    };
    let limit = |story: &Story, when: &str| story.limit_at(CHAT, Quota::GroupMembersMax, when);
    let story = bought();
    assert_eq!((limit(&story, "2022-12-07 23:59:59"), limit(&story, "2022-12-08")), (Some(2_000), Some(200)));
    // Renewed on 12-05 it follows the old end.
    let mut story = bought();
    story.on("2022-12-05").renew_pack(CHAT, GroupMembers, 1).then(&["AddOnRenewed", "OrderPaid"]);
    assert_eq!(story.pack_terms_of(CHAT)[1], "2022-12-01..2022-12-31 500.00");
    assert_eq!((limit(&story, "2023-01-07 23:59:59"), limit(&story, "2023-01-08")), (Some(2_000), Some(200)));
    // In its grace it is renewed, not bought beside itself.
    bought().on("2022-12-07 23:59:59").pack(CHAT, GroupMembers, 1).refused("add_on_already_active");
    // Bought on 12-10 it is another one.
    let mut story = bought();
    story.on("2022-12-10").renew_pack(CHAT, GroupMembers, 1).refused("not_subscribed");
    story.on("2022-12-10").pack(CHAT, GroupMembers, 1).accepted();
    assert_eq!(story.pack_terms_of(CHAT)[1], "2022-12-10..2023-01-09 500.00");
}

#[test]
fn u36_it_is_reminded_of_like_the_plan() {
    let mut story = on_plan("2022-11-01", DataSite::China, Plan::Pro, 12);
    story.on("2022-11-01 10:00").pack(CHAT, GroupMembers, 1).accepted();
    story.on("2022-12-31").settle().after(&[
        "2022-11-24..2022-11-30 AddOnReminded",
        "2022-12-01 AddOnGraceBegan",
        "2022-12-01..2022-12-07 AddOnReminded",
        "2022-12-08 AddOnEnded",
    ]);
}

#[test]
fn u24_in_the_plans_grace_no_pack_is_sold_renewed_or_tried() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 1);
    story.on("2022-10-15").pack(CHAT, GroupMembers, 1).accepted();
    story.on("2022-11-14").pack(CHAT, GroupsPerUser, 1).refused("renewal_required");
    story.on("2022-11-14").renew_pack(CHAT, GroupMembers, 1).refused("renewal_required");
    story.on("2022-11-14").try_pack(CHAT).refused("renewal_required");
    story.on("2022-11-14").renew(CHAT, 1).and().renew_pack(CHAT, GroupMembers, 1).accepted();
    story.on("2022-12-20").pack(CHAT, GroupsPerUser, 1).refused("application_suspended");
    story.on("2022-12-20").renew_pack(CHAT, GroupMembers, 1).refused("application_suspended");
    story.on("2022-12-20").try_pack(CHAT).refused("application_suspended");
}

#[test]
fn u41_the_trial_is_free_for_seven_days_on_every_plan() {
    for plan in [Plan::Trial, Plan::Pro, Plan::Flagship] {
        let mut story = on_plan("2022-10-12", DataSite::China, plan, 3);
        let before = story.payer().cash;
        story.on("2022-11-01 15:00").try_pack(CHAT).then(&["AddOnTrialStarted"]);
        assert_eq!(story.pack_terms_of(CHAT), ["2022-11-01..2022-11-07 on trial"], "{plan}");
        story.on("2022-11-07 23:59:59").settle().after(&[]);
        story.on("2022-11-08").settle().after(&["2022-11-08 AddOnEnded"]);
        assert_eq!(story.payer().cash, before);
    }
}

#[test]
fn u41_it_is_given_twice_to_an_application() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 6);
    story.on("2022-10-12").try_pack(CHAT).accepted().and().try_pack(CHAT).refused("add_on_already_active");
    story.on("2022-10-18 23:59:59").try_pack(CHAT).refused("add_on_already_active");
    story.on("2022-10-19").try_pack(CHAT).accepted();
    story.on("2022-10-26").try_pack(CHAT).refused("trial_pack_used_up");
}

#[test]
fn u41_it_is_given_ten_times_to_an_account() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Trial, 0);
    story.on("2022-10-12").try_pack(CHAT).accepted();
    for n in 1..=9 {
        story.on("2022-10-12").create(beside_chat(n), DataSite::China).and().try_pack(beside_chat(n)).accepted();
    }
    story
        .on("2022-10-12")
        .create(beside_chat(10), DataSite::China)
        .and()
        .try_pack(beside_chat(10))
        .refused("trial_pack_used_up");
    story.on("2022-10-19").try_pack(CHAT).refused("trial_pack_used_up");
}

#[test]
fn u41_a_paid_variant_ends_the_trial_and_a_trial_does_not_run_beside_one() {
    let mut story = on_plan("2022-11-01", DataSite::China, Plan::Pro, 6);
    story.on("2022-11-01 10:00").try_pack(CHAT).accepted();
    story.on("2022-11-03").pack(CHAT, BASIC, 1).then(&["AddOnEnded", "AddOnStarted", "OrderPaid"]);
    assert_eq!(story.pack_terms_of(CHAT), ["2022-11-01..2022-11-07 on trial", "2022-11-03..2022-12-02 500.00"]);
    story.on("2022-11-04").try_pack(CHAT).refused("add_on_already_active");
    story.on("2022-11-04").pack(CHAT, ADVANCED, 1).refused("add_on_already_active");
    // Ended for the paid one, the trial does not end again.
    story.on("2022-11-09").settle().after(&[]);
    // A purchase that cannot be paid leaves the trial.
    let mut story = on_plan("2022-11-01", DataSite::China, Plan::Pro, 6);
    story.on("2022-11-01 10:00").try_pack(CHAT).and().pack(beside_chat(1), BASIC, 1).refused("not_found");
    let all = story.payer().cash.amount().to_string();
    assert_eq!(all, "494006.00");
    story.on("2022-11-02").renew(CHAT, 24).and().renew(CHAT, 24).and().renew(CHAT, 24).accepted();
    let mut poor = Story::begin("2022-11-01");
    poor.on("2022-11-01").deposit("1498.99").and().buy(CHAT, Plan::Pro, 1).and().try_pack(CHAT).accepted();
    poor.on("2022-11-03").pack(CHAT, BASIC, 1).refused("insufficient_balance");
    poor.on("2022-11-08").settle().after(&["2022-11-08 AddOnEnded"]);
}

#[test]
fn u41_the_trial_is_not_renewed_and_nothing_else_is_tried() {
    let mut story = on_plan("2022-11-01", DataSite::China, Plan::Pro, 6);
    story.on("2022-11-01").try_pack(CHAT).accepted();
    story.on("2022-11-02").renew_pack(CHAT, BASIC, 1).refused("plan_mismatch");
    for add_on in [BASIC, GroupMembers, AvchatroomUnlimited] {
        story.ask(instant("2022-11-02"), try_add_on(CHAT, add_on)).refused("invalid_request");
    }
}
