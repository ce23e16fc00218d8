//! Owns what a question about one right is answered: whether it is allowed, what is left, why, and by which event.
//!
//! Does not own the rights (`super`) nor what a client or group must be (`requirement`).

use serde::{Deserialize, Serialize};

use super::context::{Context, GroupType};
use super::requirement::{recent_contacts_need, unmet};
use super::{Entitlements, QuotaRight, requirements};
use crate::books::Ground;
use crate::plan::{Feature, Grant, Limit, Plan, Quota};

/// Members of one community (facts §6). Not in the matrix: the same for everybody who has communities.
const COMMUNITY_MEMBERS_MAX: u64 = 100_000;

/// Recent contacts that a client older than facts §6 names can pull, whatever the plan.
const RECENT_CONTACTS_OF_OLD_SDKS: u64 = 100;

/// Why a check is answered as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Allowed.
    Granted,
    /// The plan does not have it.
    Plan,
    /// The plan may have it, once asked for and approved.
    NotApproved,
    /// It is approved and opens later.
    NotOpenYet,
    /// The client does not have it: too old, or another SDK, edition or platform than those that do.
    SdkTooOld,
    /// Groups of this type do not have it.
    GroupType,
    /// Groups of this capacity do not have it.
    GroupTooLarge,
    /// The group's own maximum is below what is in force; updating it makes room (S17).
    GroupOwnMaximum,
    /// No room is left.
    LimitReached,
    /// Trial's own caps on usage (U14).
    TrialQuotaExceeded,
    /// The service is stopped.
    NotInService,
}

/// The answer to "may this application do that?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it may.
    pub allowed: bool,
    /// The limit asked about; only for quotas.
    pub limit: Limit,
    /// What is left of it before this; none where there is no limit.
    pub remaining: Limit,
    /// Why.
    pub reason: Reason,
    /// The event that gave or took the right.
    pub cause: Option<Ground>,
}

/// A limit for what was told, and what is said when it does not fit.
#[derive(Debug, Clone, Copy)]
struct Bound {
    right: QuotaRight,
    refusal: Reason,
}

impl Entitlements<'_> {
    /// Whether `requested` more fit beside `current`, for the client and group told of.
    pub fn check_quota(&self, quota: Quota, current: u64, requested: u64, context: &Context) -> Verdict {
        let Bound { right, refusal } = self.bound(quota, context);
        let remaining = right.limit.map(|limit| limit.saturating_sub(current));
        let fits = remaining.is_none_or(|left| requested <= left);
        let billed = metered(quota) && self.plan() != Plan::Trial;
        let reason = match (self.in_service(), fits || billed) {
            (false, _) => Reason::NotInService,
            // Beyond what a paid plan includes, usage is billed, not refused (269/81908).
            (true, true) => Reason::Granted,
            (true, false) => refusal,
        };
        Verdict { allowed: reason == Reason::Granted, limit: right.limit, remaining, reason, cause: right.cause }
    }

    /// Whether a feature can be used by the client and group told of.
    pub fn check_feature(&self, feature: Feature, context: &Context) -> Verdict {
        let right = self.feature(feature);
        let reason = match (self.in_service(), right.granted, right.grant, right.opens_at) {
            (false, ..) => Reason::NotInService,
            (true, true, ..) => unmet(requirements(feature), context).unwrap_or(Reason::Granted),
            (true, false, Grant::OnApplication, Some(_)) => Reason::NotOpenYet,
            (true, false, Grant::OnApplication, None) => Reason::NotApproved,
            (true, false, Grant::No | Grant::Yes, _) => Reason::Plan,
        };
        Verdict { allowed: reason == Reason::Granted, limit: None, remaining: None, reason, cause: right.cause }
    }

    fn bound(&self, quota: Quota, context: &Context) -> Bound {
        let right = self.quota(quota);
        let reached = if metered(quota) { Reason::TrialQuotaExceeded } else { Reason::LimitReached };
        match quota {
            _ if !self.in_service() => Bound { right, refusal: Reason::NotInService },
            Quota::GroupMembersMax => self.members(right, context),
            Quota::CommunitiesMax => self.of_communities(right, right.limit, Reason::LimitReached, context),
            Quota::RecentContactsMax => match unmet(recent_contacts_need(), context) {
                Some(refusal) if right.limit.is_none_or(|limit| limit > RECENT_CONTACTS_OF_OLD_SDKS) => {
                    let limit = Some(RECENT_CONTACTS_OF_OLD_SDKS);
                    Bound { right: QuotaRight { limit, ..right }, refusal }
                }
                Some(_) | None => Bound { right, refusal: reached },
            },
            Quota::UsersMax
            | Quota::FriendsPerUserMax
            | Quota::GroupsPerUserMax
            | Quota::GroupsMax
            | Quota::AvchatroomsMax
            | Quota::GroupsDailyNetNewMax
            | Quota::HistoryRetentionDays
            | Quota::DauIncluded
            | Quota::PeakGroupsIncluded => Bound { right, refusal: reached },
        }
    }

    /// S17: the row is that of ordinary groups, and a group that is there keeps its own maximum, more or less, until it is
    /// updated. AVChatRooms have none; a community has its own below that of all communities.
    fn members(&self, right: QuotaRight, context: &Context) -> Bound {
        match context.group_type {
            Some(GroupType::Avchatroom) => {
                let limit = None;
                Bound { right: QuotaRight { limit, ..right }, refusal: Reason::LimitReached }
            }
            Some(GroupType::Community) => {
                let own = context.group_max.filter(|own| *own < COMMUNITY_MEMBERS_MAX);
                let refusal = if own.is_some() { Reason::GroupOwnMaximum } else { Reason::LimitReached };
                self.of_communities(right, own.or(Some(COMMUNITY_MEMBERS_MAX)), refusal, context)
            }
            Some(GroupType::Work | GroupType::Public | GroupType::Meeting) | None => {
                let limit = context.group_max.or(right.limit);
                let below = limit.is_some_and(|own| right.limit.is_none_or(|in_force| own < in_force));
                let refusal = if below { Reason::GroupOwnMaximum } else { Reason::LimitReached };
                Bound { right: QuotaRight { limit, ..right }, refusal }
            }
        }
    }

    /// What communities may be or have, once the feature can be used; until then nothing.
    fn of_communities(&self, right: QuotaRight, limit: Limit, refusal: Reason, context: &Context) -> Bound {
        let feature = self.feature(Feature::Community);
        let (source, cause) = (feature.source, feature.cause);
        match self.check_feature(Feature::Community, context).reason {
            Reason::Granted => Bound { right: QuotaRight { limit, source, cause }, refusal },
            refusal => Bound { right: QuotaRight { limit: Some(0), ..right }, refusal },
        }
    }
}

fn metered(quota: Quota) -> bool {
    matches!(quota, Quota::DauIncluded | Quota::PeakGroupsIncluded)
}
