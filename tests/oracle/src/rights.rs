//! Owns the plan matrix (S11): the twelve limits and fourteen features of an application at the present instant.
//!
//! Does not own SDK versions and group types, which a check needs from its caller.

use crate::application::{Application, FeatureState};
use crate::calendar::Instant;
use crate::oracle::Oracle;
use crate::order::ApplicationId;
use crate::prices::{AddOnKind, Plan, included_history};

/// What an application may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Whether it may do anything at all: not stopped, not recycled. What follows is the plan's in any case.
    pub in_service: bool,
    /// By the wire's names; nothing is unlimited.
    pub quotas: Vec<(&'static str, Option<u64>)>,
    /// By the wire's names.
    pub features: Vec<(&'static str, bool)>,
}

impl Rights {
    /// A limit by its name; nothing is unlimited.
    pub fn limit(&self, name: &str) -> Option<u64> {
        let found = self.quotas.iter().find(|(known, _)| *known == name);
        found.expect("a quota of the matrix").1
    }

    /// A feature by its name.
    pub fn has(&self, name: &str) -> bool {
        self.features.iter().any(|(known, granted)| *known == name && *granted)
    }
}

impl Application {
    /// Days of history kept.
    pub(crate) fn history_days(&self) -> u32 {
        self.storage.unwrap_or_else(|| included_history(self.plan))
    }

    fn has(&self, kind: AddOnKind) -> bool {
        self.add_ons.iter().any(|add_on| !add_on.is_ended && add_on.kind == kind)
    }

    fn is_open(&self, state: FeatureState, now: Instant) -> bool {
        let is_opened = matches!(state, FeatureState::Opens(at) if at <= now);
        self.plan == Plan::Flagship && is_opened
    }

    fn quotas(&self, now: Instant) -> Vec<(&'static str, Option<u64>)> {
        let by_plan = |trial: u64, pro: u64, flagship: u64| match self.plan {
            Plan::Trial => Some(trial),
            Plan::Pro => Some(pro),
            Plan::Flagship => Some(flagship),
        };
        let only_trial = |trial: u64| (self.plan == Plan::Trial).then_some(trial);
        let groups_per_user =
            if self.has(AddOnKind::GroupsPerUser) { by_plan(50, 1_000, 3_000) } else { by_plan(50, 500, 1_000) };
        let members =
            if self.has(AddOnKind::GroupMembers) { by_plan(20, 2_000, 6_000) } else { by_plan(20, 200, 2_000) };
        let avchatrooms = match self.plan {
            Plan::Trial => Some(10),
            Plan::Pro if !self.has(AddOnKind::AvchatroomUnlimited) => Some(50),
            Plan::Pro | Plan::Flagship => None,
        };
        let communities = if self.is_open(self.community, now) { 100_000 } else { 0 };
        vec![
            ("users_max", only_trial(100)),
            ("friends_per_user_max", by_plan(20, 3_000, 3_000)),
            ("groups_per_user_max", groups_per_user),
            ("group_members_max", members),
            ("groups_max", only_trial(100)),
            ("avchatrooms_max", avchatrooms),
            ("groups_daily_net_new_max", by_plan(100, 10_000, 10_000)),
            ("history_retention_days", Some(u64::from(self.history_days()))),
            ("dau_included", by_plan(100, 10_000, 10_000)),
            ("peak_groups_included", by_plan(100, 100_000, 100_000)),
            ("recent_contacts_max", by_plan(100, 100, 500)),
            ("communities_max", Some(communities)),
        ]
    }

    fn features(&self, now: Instant) -> Vec<(&'static str, bool)> {
        let flagship = self.plan == Plan::Flagship;
        let with_flagship = [
            "same_platform_multi_device",
            "local_message_search",
            "avchatroom_history_for_new_members",
            "group_read_receipts",
            "group_targeted_messages",
            "avchatroom_online_members",
            "avchatroom_broadcast",
            "user_status",
            "conversation_mark",
            "conversation_group",
            "avchatroom_ban_members",
        ];
        let mut features = vec![
            ("global_access", true),
            ("push_all", self.is_open(self.push_all, now)),
            ("community", self.is_open(self.community, now)),
        ];
        features.extend(with_flagship.map(|name| (name, flagship)));
        features
    }
}

impl Oracle {
    /// The rights of an application now.
    pub fn rights(&self, id: ApplicationId) -> Option<Rights> {
        let application = self.applications.get(&id)?;
        Some(Rights {
            in_service: !application.is_stopped() && application.recycled_at.is_none(),
            quotas: application.quotas(self.now),
            features: application.features(self.now),
        })
    }
}
