//! Owns the list of the second half of 2022 once more, in fen, as 269/81908 and 269/81907 print it, and S11's numbers.

use subledger_domain::catalog::{AddOn, CallVariant};
use subledger_domain::plan::{DataSite, Plan, Quota};

/// Hundredths of a yuan.
pub(super) type Fen = i64;

const fn yuan(yuan: i64) -> Fen {
    yuan * 100
}

/// One month of a plan.
pub(super) fn plan(site: DataSite, plan: Plan) -> Fen {
    match (site == DataSite::China, plan) {
        (_, Plan::Trial) => 0,
        (true, Plan::Pro) => yuan(999),
        (true, Plan::Flagship) | (false, Plan::Pro) => yuan(2_999),
        (false, Plan::Flagship) => yuan(5_999),
    }
}

/// A block of 10,000 daily actives, or of 100,000 groups.
pub(super) fn block(site: DataSite) -> Fen {
    yuan(if site == DataSite::China { 1_000 } else { 3_000 })
}

/// A month of history kept for so many days; none where the plan has no such step.
pub(super) fn storage(site: DataSite, plan: Plan, days: u32) -> Option<Fen> {
    let china = site == DataSite::China;
    let steps: [(u32, i64, i64); 4] = match plan {
        Plan::Trial => return None,
        Plan::Pro => [(30, 500, 700), (90, 1_000, 1_280), (180, 1_500, 1_920), (360, 2_500, 2_850)],
        Plan::Flagship => [(30, 0, 0), (90, 500, 700), (180, 1_000, 1_280), (360, 2_000, 2_280)],
    };
    let step = steps.iter().find(|(step, price, _)| *step == days && *price > 0)?;
    Some(yuan(if china { step.1 } else { step.2 }))
}

/// Days of history a plan includes.
pub(super) fn included_days(plan: Plan) -> u32 {
    if plan == Plan::Flagship { 30 } else { 7 }
}

/// One month of an add-on; none where it is not sold, and for the trial, which is free.
pub(super) fn add_on(site: DataSite, plan: Plan, add_on: AddOn) -> Option<Fen> {
    let china = site == DataSite::China;
    let here = |in_china, abroad| Some(yuan(if china { in_china } else { abroad }));
    match (add_on, plan) {
        (AddOn::AvchatroomUnlimited, Plan::Pro) => here(1_000, 3_200),
        (AddOn::GroupMembers, Plan::Pro | Plan::Flagship) => here(500, 1_700),
        (AddOn::GroupsPerUser, Plan::Pro) => here(1_100, 3_200),
        (AddOn::GroupsPerUser, Plan::Flagship) => here(900, 3_200),
        (AddOn::AvCall(CallVariant::Basic), Plan::Pro) if china => Some(yuan(500)),
        (AddOn::AvCall(CallVariant::Advanced), Plan::Pro) if china => Some(yuan(1_000)),
        (AddOn::AvCall(CallVariant::Premium), Plan::Flagship) if china => Some(yuan(1_500)),
        _ => None,
    }
}

/// The row an add-on raises and to what on a plan, whichever it was sold on (U22, U23). No figure is without limit.
pub(super) fn raise(add_on: AddOn, plan: Plan) -> Option<(Quota, Option<u64>)> {
    match (add_on, plan) {
        (AddOn::AvchatroomUnlimited, _) => Some((Quota::AvchatroomsMax, None)),
        (AddOn::GroupMembers, Plan::Flagship) => Some((Quota::GroupMembersMax, Some(6_000))),
        (AddOn::GroupMembers, _) => Some((Quota::GroupMembersMax, Some(2_000))),
        (AddOn::GroupsPerUser, Plan::Flagship) => Some((Quota::GroupsPerUserMax, Some(3_000))),
        (AddOn::GroupsPerUser, _) => Some((Quota::GroupsPerUserMax, Some(1_000))),
        (AddOn::AvCall(_), _) => None,
    }
}

/// S11: Trial, Pro, Flagship. Communities are none before an approval (U44).
pub(super) fn limit(quota: Quota, plan: Plan) -> Option<u64> {
    let by_plan: [Option<u64>; 3] = match quota {
        Quota::UsersMax | Quota::GroupsMax => [Some(100), None, None],
        Quota::FriendsPerUserMax => [Some(20), Some(3_000), Some(3_000)],
        Quota::GroupsPerUserMax => [Some(50), Some(500), Some(1_000)],
        Quota::GroupMembersMax => [Some(20), Some(200), Some(2_000)],
        Quota::AvchatroomsMax => [Some(10), Some(50), None],
        Quota::GroupsDailyNetNewMax => [Some(100), Some(10_000), Some(10_000)],
        Quota::HistoryRetentionDays => [Some(7), Some(7), Some(30)],
        Quota::DauIncluded => [Some(100), Some(10_000), Some(10_000)],
        Quota::PeakGroupsIncluded => [Some(100), Some(100_000), Some(100_000)],
        Quota::RecentContactsMax => [Some(100), Some(100), Some(500)],
        Quota::CommunitiesMax => [Some(0); 3],
    };
    by_plan[plan as usize]
}
