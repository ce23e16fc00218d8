//! Owns the items of the service that a line can be for, and their names.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::plan::PaidPlan;

/// A text that names no item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no line is for that")]
pub struct NoItem;

macro_rules! items {
    ($($(#[$doc:meta])* $variant:ident => $name:literal, $description:literal;)+) => {
        /// What a line is for (S5).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Item { $($(#[$doc])* $variant,)+ }

        impl Item {
            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// As a payer reads it.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)+ }
            }
        }

        impl FromStr for Item {
            type Err = NoItem;
            fn from_str(name: &str) -> Result<Self, NoItem> {
                [$(Self::$variant),+].into_iter().find(|item| item.name() == name).ok_or(NoItem)
            }
        }
    };
}

items!(
    /// A term of the Pro package.
    Pro => "pro", "Pro package, prepaid";
    /// A term of the Flagship package.
    Flagship => "flagship", "Flagship package, prepaid";
    /// A term of unlimited AVChatRooms.
    AvchatroomUnlimited => "avchatroom_unlimited", "AVChatRooms without limit, prepaid";
    /// A term of more members in a group.
    GroupMembers => "group_members", "More members per group, prepaid";
    /// A term of more groups for a user.
    GroupsPerUser => "groups_per_user", "More groups per user, prepaid";
    /// A term of the call package, basic.
    AvCallBasic => "av_call_basic", "Audio/video call package Basic, prepaid";
    /// A term of the call package, advanced.
    AvCallAdvanced => "av_call_advanced", "Audio/video call package Advanced, prepaid";
    /// A term of the call package, premium.
    AvCallPremium => "av_call_premium", "Audio/video call package Premium, prepaid";
    /// A month's overage on peak daily actives.
    DauOverage => "dau_overage", "Daily active users beyond the plan, postpaid";
    /// A month's overage on peak groups.
    GroupOverage => "group_overage", "Groups beyond the plan, postpaid";
    /// A month of longer history storage.
    HistoryStorage => "history_storage", "Longer history storage, postpaid";
);

impl From<PaidPlan> for Item {
    fn from(plan: PaidPlan) -> Self {
        match plan {
            PaidPlan::Pro => Self::Pro,
            PaidPlan::Flagship => Self::Flagship,
        }
    }
}
