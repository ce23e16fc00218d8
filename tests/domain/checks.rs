//! Owns what a question is answered that tells of a client and a group (S9, S10, S17, facts §6).
//!
//! Does not own the rights themselves (`entitlements`) nor how a feature is opened (`features`).

use subledger_domain::books::Working;
use subledger_domain::catalog::AddOn;
use subledger_domain::decide::as_at;
use subledger_domain::entitlement::{Context, Entitlements, GroupType, Reason, Sdk};
use subledger_domain::plan::{Feature, Plan, Quota};
use subledger_tests::fixtures::{CHAT, instant};

use crate::timeline::Story;

const WHEN: &str = "2022-11-20";

/// On a plan from 2022-11-01; on Flagship with communities open.
fn on(plan: Plan) -> Story {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("500000.00");
    if plan != Plan::Trial {
        story.on("2022-11-01").buy(CHAT, plan, 1).accepted();
    }
    if plan == Plan::Flagship {
        story.on("2022-11-02").request(CHAT, Feature::Community).and().approve(CHAT, Feature::Community).accepted();
    }
    story
}

#[track_caller]
fn feature(story: &Story, feature: Feature, context: &Context) -> Reason {
    let books = as_at(Working::over(&story.books), instant(WHEN), &story.catalog);
    let verdict = Entitlements::of(&books, CHAT).expect("created").check_feature(feature, context);
    assert_eq!(verdict.allowed, verdict.reason == Reason::Granted);
    verdict.reason
}

/// The limit and the reason for so many members, or whatever is counted, and one more.
#[track_caller]
fn one_more(story: &Story, quota: Quota, current: u64, context: &Context) -> (Option<u64>, Reason) {
    let books = as_at(Working::over(&story.books), instant(WHEN), &story.catalog);
    let verdict = Entitlements::of(&books, CHAT).expect("created").check_quota(quota, current, 1, context);
    assert_eq!(verdict.allowed, verdict.reason == Reason::Granted);
    (verdict.limit, verdict.reason)
}

fn client(version: &str) -> Context {
    Context { sdk: Some(Sdk::Client), sdk_version: Some(version.parse().expect(version)), ..Context::default() }
}

fn web(version: &str) -> Context {
    Context { sdk: Some(Sdk::Web), ..client(version) }
}

fn group(group_type: GroupType) -> Context {
    Context { group_type: Some(group_type), ..Context::default() }
}

#[test]
fn s9_s10_facts_6_a_client_before_the_first_version_does_not_have_it() {
    let story = on(Plan::Flagship);
    let old = Reason::SdkTooOld;
    let enhanced = |edition: &str| Context { edition: Some(edition.parse().expect("a word")), ..client("5.8.1668") };
    for (asked, context, expected) in [
        (Feature::Community, client("5.8.1667"), old),
        (Feature::Community, client("5.8.1668"), Reason::Granted),
        (Feature::Community, client("5.10"), Reason::Granted),
        (Feature::Community, client("5.8"), old),
        (Feature::Community, enhanced("enhanced"), Reason::Granted),
        (Feature::Community, enhanced("standard"), old),
        (Feature::Community, web("2.16.9"), old),
        (Feature::Community, web("2.17.0"), Reason::Granted),
        // The web's editions are one.
        (Feature::Community, Context { sdk: Some(Sdk::Web), ..enhanced("standard") }, Reason::Granted),
        (Feature::GroupReadReceipts, client("6.1.2154"), old),
        (Feature::GroupReadReceipts, client("6.1.2155"), Reason::Granted),
        // No Web SDK is named that has it.
        (Feature::GroupReadReceipts, web("9.0"), old),
        (Feature::AvchatroomHistoryForNewMembers, client("5.8.9999"), old),
        (Feature::AvchatroomHistoryForNewMembers, client("5.9.0"), Reason::Granted),
        (Feature::AvchatroomHistoryForNewMembers, web("2.16.0"), Reason::Granted),
        // Nothing is required.
        (Feature::UserStatus, client("0.1"), Reason::Granted),
        (Feature::UserStatus, web("0.1"), Reason::Granted),
    ] {
        assert_eq!(feature(&story, asked, &context), expected, "{asked:?} {context:?}");
    }
}

#[test]
fn s11_local_search_is_for_android_and_ios() {
    let story = on(Plan::Flagship);
    let platform = |name: &str| Context { platform: Some(name.parse().expect("a word")), ..Context::default() };
    for (name, expected) in [
        ("android", Reason::Granted),
        ("ios", Reason::Granted),
        ("web", Reason::SdkTooOld),
        ("windows", Reason::SdkTooOld),
    ] {
        assert_eq!(feature(&story, Feature::LocalMessageSearch, &platform(name)), expected, "{name}");
        assert_eq!(feature(&story, Feature::UserStatus, &platform(name)), Reason::Granted, "{name}");
    }
}

#[test]
fn s10_read_receipts_are_for_ordinary_groups_of_up_to_200() {
    let story = on(Plan::Flagship);
    let sized = |size: u64| Context { group_size: Some(size), ..group(GroupType::Public) };
    let own = |max: u64| Context { group_max: Some(max), ..sized(10) };
    for (context, expected) in [
        (group(GroupType::Work), Reason::Granted),
        (group(GroupType::Public), Reason::Granted),
        (group(GroupType::Meeting), Reason::Granted),
        (group(GroupType::Avchatroom), Reason::GroupType),
        (group(GroupType::Community), Reason::GroupType),
        (sized(200), Reason::Granted),
        (sized(201), Reason::GroupTooLarge),
        // The capacity counts, not who has joined so far.
        (own(200), Reason::Granted),
        (own(201), Reason::GroupTooLarge),
        // The client is looked at first, then the type, then the size.
        (
            Context { sdk_version: Some("6.0".parse().expect("a version")), sdk: Some(Sdk::Client), ..sized(201) },
            Reason::SdkTooOld,
        ),
        (Context { group_type: Some(GroupType::Community), ..sized(201) }, Reason::GroupType),
    ] {
        assert_eq!(feature(&story, Feature::GroupReadReceipts, &context), expected, "{context:?}");
    }
}

#[test]
fn what_is_not_told_is_not_judged() {
    let story = on(Plan::Flagship);
    let nothing = Context::default();
    let no_sdk = Context { sdk: None, ..client("0.1") };
    let no_version = Context { sdk_version: None, ..client("0.1") };
    for asked in [Feature::Community, Feature::GroupReadReceipts, Feature::LocalMessageSearch] {
        for context in [&nothing, &no_sdk, &no_version] {
            assert_eq!(feature(&story, asked, context), Reason::Granted, "{asked:?} {context:?}");
        }
    }
}

#[test]
fn the_right_comes_before_the_client_and_the_group() {
    let worst = Context { group_type: Some(GroupType::Avchatroom), group_size: Some(9_999), ..client("0.1") };
    assert_eq!(feature(&on(Plan::Pro), Feature::GroupReadReceipts, &worst), Reason::Plan);
    assert_eq!(feature(&on(Plan::Flagship), Feature::PushAll, &worst), Reason::NotApproved);
    let mut stopped = on(Plan::Flagship);
    stopped.on("2022-11-10").stop(CHAT).accepted();
    assert_eq!(feature(&stopped, Feature::GroupReadReceipts, &worst), Reason::NotInService);
    assert_eq!(one_more(&stopped, Quota::GroupMembersMax, 0, &worst), (Some(0), Reason::NotInService));
}

/// Members per group by type (facts §6): Trial, Pro, Pro with the pack, Flagship, Flagship with the pack.
const MEMBERS: [(GroupType, [Option<u64>; 5]); 5] = {
    const ORDINARY: [Option<u64>; 5] = [Some(20), Some(200), Some(2_000), Some(2_000), Some(6_000)];
    [
        (GroupType::Work, ORDINARY),
        (GroupType::Public, ORDINARY),
        (GroupType::Meeting, ORDINARY),
        (GroupType::Avchatroom, [None; 5]),
        (GroupType::Community, [Some(0), Some(0), Some(0), Some(100_000), Some(100_000)]),
    ]
};

#[test]
fn s17_facts_6_members_per_group_follow_the_type_the_plan_and_the_pack() {
    let plans =
        [(Plan::Trial, false), (Plan::Pro, false), (Plan::Pro, true), (Plan::Flagship, false), (Plan::Flagship, true)];
    for (column, (plan, packed)) in plans.into_iter().enumerate() {
        let mut story = on(plan);
        if packed {
            story.on("2022-11-03").pack(CHAT, AddOn::GroupMembers, 1).accepted();
        }
        for (group_type, limits) in MEMBERS {
            let (context, limit) = (group(group_type), limits[column]);
            let told = format!("{group_type:?} on {plan}, packed {packed}");
            match limit {
                None => {
                    assert_eq!(
                        one_more(&story, Quota::GroupMembersMax, 1_000_000, &context),
                        (None, Reason::Granted),
                        "{told}"
                    );
                }
                Some(0) => {
                    assert_eq!(
                        one_more(&story, Quota::GroupMembersMax, 0, &context),
                        (Some(0), Reason::Plan),
                        "{told}"
                    );
                }
                Some(most) => {
                    let asked = |current| one_more(&story, Quota::GroupMembersMax, current, &context);
                    assert_eq!(asked(most - 1), (limit, Reason::Granted), "{told}");
                    assert_eq!(asked(most), (limit, Reason::LimitReached), "{told}");
                }
            }
        }
    }
}

#[test]
fn s17_an_existing_group_keeps_its_own_maximum_until_it_is_updated() {
    let own = |group_type, max: u64| Context { group_max: Some(max), ..group(group_type) };
    let pro = on(Plan::Pro);
    let mut packed = on(Plan::Pro);
    packed.on("2022-11-03").pack(CHAT, AddOn::GroupMembers, 1).accepted();
    let members = Quota::GroupMembersMax;
    // The pack is bought, the group is not updated yet: updating it would make room.
    let old = own(GroupType::Work, 200);
    assert_eq!(one_more(&packed, members, 199, &old), (Some(200), Reason::Granted));
    assert_eq!(one_more(&packed, members, 200, &old), (Some(200), Reason::GroupOwnMaximum));
    assert_eq!(one_more(&packed, members, 200, &group(GroupType::Work)), (Some(2_000), Reason::Granted));
    // A group made under a larger limit keeps it; updating would not help.
    let large = own(GroupType::Meeting, 2_000);
    assert_eq!(one_more(&pro, members, 1_999, &large), (Some(2_000), Reason::Granted));
    assert_eq!(one_more(&pro, members, 2_000, &large), (Some(2_000), Reason::LimitReached));
    // Without a type it is an ordinary group; AVChatRooms have no maximum, a community its own below that of all.
    assert_eq!(
        one_more(&packed, members, 200, &Context { group_type: None, ..old }),
        (Some(200), Reason::GroupOwnMaximum)
    );
    assert_eq!(one_more(&pro, members, 9_999, &own(GroupType::Avchatroom, 200)), (None, Reason::Granted));
    let flagship = on(Plan::Flagship);
    assert_eq!(
        one_more(&flagship, members, 500, &own(GroupType::Community, 500)),
        (Some(500), Reason::GroupOwnMaximum)
    );
    let more = own(GroupType::Community, 200_000);
    assert_eq!(one_more(&flagship, members, 100_000, &more), (Some(100_000), Reason::LimitReached));
}

#[test]
fn s9_room_for_communities_is_told_by_the_feature_until_it_is_open() {
    let communities = Quota::CommunitiesMax;
    let none = Context::default();
    assert_eq!(one_more(&on(Plan::Pro), communities, 0, &none), (Some(0), Reason::Plan));
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("500000.00").and().buy(CHAT, Plan::Flagship, 3).accepted();
    assert_eq!(one_more(&story, communities, 0, &none), (Some(0), Reason::NotApproved));
    assert_eq!(
        one_more(&story, Quota::GroupMembersMax, 0, &group(GroupType::Community)),
        (Some(0), Reason::NotApproved)
    );
    let open = on(Plan::Flagship);
    assert_eq!(one_more(&open, communities, 99_999, &none), (Some(100_000), Reason::Granted));
    assert_eq!(one_more(&open, communities, 100_000, &none), (Some(100_000), Reason::LimitReached));
    assert_eq!(one_more(&open, communities, 0, &client("5.8.1667")), (Some(0), Reason::SdkTooOld));
}

#[test]
fn facts_6_five_hundred_recent_contacts_need_a_newer_client() {
    let contacts = Quota::RecentContactsMax;
    let (flagship, pro) = (on(Plan::Flagship), on(Plan::Pro));
    for (context, expected) in [
        (client("5.1.0"), (Some(100), Reason::SdkTooOld)),
        (client("5.1.1"), (Some(500), Reason::Granted)),
        (web("1.9"), (Some(100), Reason::SdkTooOld)),
        (web("2.0"), (Some(500), Reason::Granted)),
        (Context::default(), (Some(500), Reason::Granted)),
    ] {
        assert_eq!(one_more(&flagship, contacts, 100, &context), expected, "{context:?}");
    }
    assert_eq!(one_more(&flagship, contacts, 99, &client("5.1.0")), (Some(100), Reason::Granted));
    // Every client pulls the 100 of Pro; more is refused by the plan's number.
    assert_eq!(one_more(&pro, contacts, 100, &client("5.1.0")), (Some(100), Reason::LimitReached));
}

#[test]
fn s12_s13_the_numbers_of_rooms_and_new_groups_do_not_depend_on_the_client() {
    let pro = on(Plan::Pro);
    let context = Context { group_type: Some(GroupType::Avchatroom), group_max: Some(1), ..client("0.1") };
    assert_eq!(one_more(&pro, Quota::AvchatroomsMax, 50, &context), (Some(50), Reason::LimitReached));
    assert_eq!(one_more(&pro, Quota::AvchatroomsMax, 49, &context), (Some(50), Reason::Granted));
    assert_eq!(one_more(&pro, Quota::GroupsDailyNetNewMax, 10_000, &context), (Some(10_000), Reason::LimitReached));
    assert_eq!(
        one_more(&on(Plan::Trial), Quota::GroupsDailyNetNewMax, 100, &context),
        (Some(100), Reason::LimitReached)
    );
}
