//! Owns the plan matrix (S11): plans, data sites, the 25 rows as typed quotas and features.
//!
//! Does not own the figures in the matrix (price lists, copied into events as agreed) nor which rights are in force
//! (`entitlement`).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// What an application runs on (S6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Free; where every application starts and none returns to (S7).
    #[default]
    Trial,
    /// 专业版.
    Pro,
    /// 旗舰版.
    Flagship,
}

impl Plan {
    /// The name on the wire and in events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Pro => "pro",
            Self::Flagship => "flagship",
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A plan that is sold. A type of its own, so that no term of Trial can be written down (S7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaidPlan {
    /// 专业版.
    Pro,
    /// 旗舰版.
    Flagship,
}

impl PaidPlan {
    /// Every plan that is sold.
    pub const ALL: [Self; 2] = [Self::Pro, Self::Flagship];

    /// The name on the wire and in events.
    pub fn name(self) -> &'static str {
        Plan::from(self).name()
    }
}

impl fmt::Display for PaidPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<PaidPlan> for Plan {
    fn from(plan: PaidPlan) -> Self {
        match plan {
            PaidPlan::Pro => Self::Pro,
            PaidPlan::Flagship => Self::Flagship,
        }
    }
}

/// Where an application's data lives; it cannot be changed (S2, facts §1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSite {
    /// Mainland China.
    China,
    /// Singapore.
    Singapore,
    /// Frankfurt.
    Germany,
    /// Seoul.
    Korea,
    /// India.
    India,
}

impl DataSite {
    /// Every site of list `2022-07`.
    pub const ALL: [Self; 5] = [Self::China, Self::Singapore, Self::Germany, Self::Korea, Self::India];
}

/// A column of the price list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceRegion {
    /// The site in China.
    China,
    /// All sites abroad.
    Overseas,
}

/// How much of something is allowed; `None` is without limit.
pub type Limit = Option<u64>;

/// Whether a plan has a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// The plan does not have it.
    No,
    /// The plan has it.
    Yes,
    /// The plan may have it: asked for, approved, opened (S8, S9).
    OnApplication,
}

/// A row must be stated: serde alone would read an absent limit as "without limit".
fn stated<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize(deserializer)
}

macro_rules! matrix_rows {
    ($(#[$enum_doc:meta])* $key:ident, $(#[$table_doc:meta])* $table:ident, $cell:ty, { $($(#[$doc:meta])* $variant:ident => $field:ident,)+ }) => {
        $(#[$enum_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $key { $($(#[$doc])* $variant,)+ }

        impl $key {
            /// Every row, in the order of the matrix.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($field),)+ }
            }

            /// The row of that name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|row| row.name() == name)
            }
        }

        $(#[$table_doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $table {
            $($(#[$doc])* #[serde(deserialize_with = "stated")] pub $field: $cell,)+
        }

        impl $table {
            /// The cell of a row.
            pub fn get(&self, row: $key) -> $cell {
                match row { $($key::$variant => self.$field,)+ }
            }
        }
    };
}

matrix_rows!(
    /// A row of the plan matrix that is a number.
    Quota,
    /// The numbers of one plan. A row that is missing is refused, so no right can be forgotten.
    Quotas, Limit, {
        /// Users of the application.
        UsersMax => users_max,
        /// Friends of one user.
        FriendsPerUserMax => friends_per_user_max,
        /// Groups one user may join.
        GroupsPerUserMax => groups_per_user_max,
        /// Members of one group that is no AVChatRoom.
        GroupMembersMax => group_members_max,
        /// Groups that exist; dissolved ones do not count.
        GroupsMax => groups_max,
        /// AVChatRooms that all users may create (S12).
        AvchatroomsMax => avchatrooms_max,
        /// Net growth of all groups in one natural day (S13).
        GroupsDailyNetNewMax => groups_daily_net_new_max,
        /// Days of history kept.
        HistoryRetentionDays => history_retention_days,
        /// Daily active users without overage; on Trial a cap.
        DauIncluded => dau_included,
        /// Peak groups of a month without overage; on Trial a cap.
        PeakGroupsIncluded => peak_groups_included,
        /// Recent contacts pulled from the cloud.
        RecentContactsMax => recent_contacts_max,
        /// Communities (S9).
        CommunitiesMax => communities_max,
    }
);

matrix_rows!(
    /// A row of the plan matrix that is a yes or no.
    Feature,
    /// The features of one plan. A row that is missing is refused.
    Features, Grant, {
        /// Usable worldwide (S2).
        GlobalAccess => global_access,
        /// Push to all members (S8).
        PushAll => push_all,
        /// Several devices of one platform online.
        SamePlatformMultiDevice => same_platform_multi_device,
        /// Local message search on Android and iOS.
        LocalMessageSearch => local_message_search,
        /// New AVChatRoom members see earlier messages.
        AvchatroomHistoryForNewMembers => avchatroom_history_for_new_members,
        /// Communities (S9).
        Community => community,
        /// Group read receipts (S10).
        GroupReadReceipts => group_read_receipts,
        /// Messages to chosen group members.
        GroupTargetedMessages => group_targeted_messages,
        /// AVChatRoom online member list.
        AvchatroomOnlineMembers => avchatroom_online_members,
        /// AVChatRoom broadcast.
        AvchatroomBroadcast => avchatroom_broadcast,
        /// User status.
        UserStatus => user_status,
        /// Conversation marks.
        ConversationMark => conversation_mark,
        /// Conversation groups.
        ConversationGroup => conversation_group,
        /// Banning AVChatRoom members.
        AvchatroomBanMembers => avchatroom_ban_members,
    }
);

/// All rows of one plan, as agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rights {
    /// The list they were taken from.
    pub price_list: String,
    /// Its numbers.
    pub quotas: Quotas,
    /// Its features.
    pub features: Features,
}

impl Rights {
    /// A number as the plan alone grants it. Communities are opened by approval; before it there is room for none (U44).
    pub fn limit_in_force(&self, quota: Quota) -> Limit {
        match (quota, self.features.community) {
            (Quota::CommunitiesMax, Grant::OnApplication) => Some(0),
            (row, _) => self.quotas.get(row),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_missing_is_refused_not_read_as_unlimited() {
        let all: serde_json::Map<String, serde_json::Value> =
            Quota::ALL.iter().map(|row| (row.name().to_owned(), serde_json::Value::Null)).collect();
        assert!(serde_json::from_value::<Quotas>(all.clone().into()).is_ok());
        for row in Quota::ALL {
            let mut without = all.clone();
            without.remove(row.name());
            assert!(serde_json::from_value::<Quotas>(without.into()).is_err(), "{} may be left out", row.name());
        }
    }
}
