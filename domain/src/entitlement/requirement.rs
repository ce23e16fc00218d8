//! Owns what a client or group must be for a feature to work (S9, S10, facts §6), and what is said of a client or group that
//! was told of. Technical facts, not part of any agreement.

use serde::Serialize;

use super::check::Reason;
use super::context::{Context, Sdk, SdkVersion};
use crate::plan::Feature;

/// What a client or group must be for a feature to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Requirement {
    /// At least this client SDK.
    ClientSdk {
        /// First version that has it.
        version_min: &'static str,
        /// The edition it must be, if only one has it.
        #[serde(skip_serializing_if = "Option::is_none")]
        edition: Option<&'static str>,
    },
    /// At least this Web SDK.
    WebSdk {
        /// First version that has it.
        version_min: &'static str,
    },
    /// Only these platforms.
    Platforms {
        /// Their names.
        names: &'static [&'static str],
    },
    /// Only groups of these types.
    GroupTypes {
        /// Their names.
        names: &'static [&'static str],
    },
    /// Only groups with a capacity up to this.
    GroupSize {
        /// Largest capacity.
        members_max: u32,
    },
}

/// What a feature requires (S9, S10, facts §6).
pub fn requirements(feature: Feature) -> &'static [Requirement] {
    const fn client(version_min: &'static str) -> Requirement {
        Requirement::ClientSdk { version_min, edition: None }
    }
    match feature {
        Feature::Community => &[
            Requirement::ClientSdk { version_min: "5.8.1668", edition: Some("enhanced") },
            Requirement::WebSdk { version_min: "2.17.0" },
        ],
        Feature::GroupReadReceipts => &[
            const { client("6.1.2155") },
            Requirement::GroupTypes { names: &["work", "public", "meeting"] },
            Requirement::GroupSize { members_max: 200 },
        ],
        Feature::AvchatroomHistoryForNewMembers => {
            &[const { client("5.9.0") }, Requirement::WebSdk { version_min: "2.16.0" }]
        }
        Feature::LocalMessageSearch => &[Requirement::Platforms { names: &["android", "ios"] }],
        Feature::GlobalAccess
        | Feature::PushAll
        | Feature::SamePlatformMultiDevice
        | Feature::GroupTargetedMessages
        | Feature::AvchatroomOnlineMembers
        | Feature::AvchatroomBroadcast
        | Feature::UserStatus
        | Feature::ConversationMark
        | Feature::ConversationGroup
        | Feature::AvchatroomBanMembers => &[],
    }
}

/// The 500 recent contacts of Flagship need newer clients than the 100 of every plan (facts §6).
pub(super) fn recent_contacts_need() -> &'static [Requirement] {
    const NEED: &[Requirement] =
        &[Requirement::ClientSdk { version_min: "5.1.1", edition: None }, Requirement::WebSdk { version_min: "2.0" }];
    NEED
}

/// The first requirement that what was told of does not meet, client before group. What was not told is not judged.
pub(super) fn unmet(requirements: &[Requirement], context: &Context) -> Option<Reason> {
    let needs_sdk = requirements.iter().any(|one| sdk_of(one).is_some());
    let has_sdk = context.sdk.is_none() || requirements.iter().any(|one| sdk_of(one) == context.sdk);
    if needs_sdk && !has_sdk {
        return Some(Reason::SdkTooOld);
    }
    requirements.iter().find_map(|requirement| refusal(requirement, context))
}

fn sdk_of(requirement: &Requirement) -> Option<Sdk> {
    match requirement {
        Requirement::ClientSdk { .. } => Some(Sdk::Client),
        Requirement::WebSdk { .. } => Some(Sdk::Web),
        Requirement::Platforms { .. } | Requirement::GroupTypes { .. } | Requirement::GroupSize { .. } => None,
    }
}

fn refusal(requirement: &Requirement, context: &Context) -> Option<Reason> {
    match requirement {
        Requirement::ClientSdk { version_min, edition } => {
            let another =
                edition.is_some_and(|edition| context.edition.as_ref().is_some_and(|told| told.as_str() != edition));
            let fails = context.sdk != Some(Sdk::Web) && another || is_older(context, Sdk::Client, version_min);
            fails.then_some(Reason::SdkTooOld)
        }
        Requirement::WebSdk { version_min } => is_older(context, Sdk::Web, version_min).then_some(Reason::SdkTooOld),
        Requirement::Platforms { names } => {
            let another = context.platform.as_ref().is_some_and(|told| !names.contains(&told.as_str()));
            another.then_some(Reason::SdkTooOld)
        }
        Requirement::GroupTypes { names } => {
            let another = context.group_type.is_some_and(|told| !names.contains(&told.name()));
            another.then_some(Reason::GroupType)
        }
        // Its capacity is its own maximum (S10); a group that is larger than that of today is too large all the same.
        Requirement::GroupSize { members_max } => {
            let told = context.group_size.max(context.group_max);
            told.is_some_and(|told| told > u64::from(*members_max)).then_some(Reason::GroupTooLarge)
        }
    }
}

/// A version is of the SDK that is told; without one it is of none.
fn is_older(context: &Context, sdk: Sdk, version_min: &str) -> bool {
    let told = context.sdk_version.filter(|_| context.sdk == Some(sdk));
    let least: Option<SdkVersion> = version_min.parse().ok();
    told.zip(least).is_some_and(|(told, least)| told < least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_named_here_is_one() {
        let named = Feature::ALL.iter().flat_map(|feature| requirements(*feature)).chain(recent_contacts_need());
        let mut versions = 0;
        for requirement in named {
            if let Requirement::ClientSdk { version_min, .. } | Requirement::WebSdk { version_min } = requirement {
                assert!(version_min.parse::<SdkVersion>().is_ok(), "{version_min}");
                versions += 1;
            }
        }
        assert_eq!(versions, 7);
    }
}
