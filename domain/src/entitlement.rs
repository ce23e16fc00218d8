//! Owns which rights are in force: 25 rows, each with a limit or a grant, where it comes from, what it requires, and
//! the event that gave it. A pure function of the Books.
//!
//! Does not own the figures (agreed with the plan) nor time: evaluate on [`crate::decide::as_at`] for another instant.

use serde::{Deserialize, Serialize};

use crate::application::CreatedApplication;
use crate::books::{ApplicationGrounds, Ground, TermGrounds, Working};
use crate::ids::ApplicationId;
use crate::plan::{Feature, Grant, Limit, Plan, Quota};

/// Where a right comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The plan in force.
    Plan,
    /// A value-added service, bought or billed after use.
    AddOn,
    /// The service is stopped, and with it the right.
    Suspension,
}

/// One number in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaRight {
    /// How much; `None` is without limit.
    pub limit: Limit,
    /// Where it comes from.
    pub source: Source,
    /// The event that gave it.
    pub cause: Option<Ground>,
}

/// One feature in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeatureRight {
    /// Whether it can be used.
    pub granted: bool,
    /// What the plan says, for telling "not in this plan" from "not approved".
    pub grant: Grant,
    /// Where it comes from.
    pub source: Source,
    /// The event that gave it.
    pub cause: Option<Ground>,
}

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

/// The rights of one application.
#[derive(Debug, Clone)]
pub struct Entitlements<'a> {
    application: &'a CreatedApplication,
    plan_ground: Option<Ground>,
    stop_ground: Option<Ground>,
    /// What add-ons in force and history storage lift, over the plan.
    raised: Vec<(Quota, Limit, Option<Ground>)>,
}

impl<'a> Entitlements<'a> {
    /// Of an application of these Books.
    pub fn of(books: &'a Working<'_>, application: ApplicationId) -> Option<Self> {
        let grounds = books.grounds(application)?;
        let application = books.application(application)?;
        let raised = raised(books, application, grounds);
        Some(Self { application, plan_ground: grounds.plan, stop_ground: grounds.stop, raised })
    }

    /// The plan it is on.
    pub fn plan(&self) -> Plan {
        self.application.plan
    }

    /// Whether it can be used at all.
    pub fn in_service(&self) -> bool {
        self.application.in_service()
    }

    /// One number. A stopped service grants nothing (I22).
    pub fn quota(&self, quota: Quota) -> QuotaRight {
        if !self.in_service() {
            return QuotaRight { limit: Some(0), source: Source::Suspension, cause: self.stop_ground };
        }
        let limit = self.application.rights.limit_in_force(quota);
        match self.raised.iter().find(|(row, to, _)| *row == quota && is_more(*to, limit)) {
            Some((_, to, cause)) => QuotaRight { limit: *to, source: Source::AddOn, cause: *cause },
            None => QuotaRight { limit, source: Source::Plan, cause: self.plan_ground },
        }
    }

    /// One feature. A stopped service grants nothing (I22).
    pub fn feature(&self, feature: Feature) -> FeatureRight {
        let grant = self.application.rights.features.get(feature);
        if !self.in_service() {
            return FeatureRight { granted: false, grant, source: Source::Suspension, cause: self.stop_ground };
        }
        FeatureRight { granted: grant == Grant::Yes, grant, source: Source::Plan, cause: self.plan_ground }
    }

    /// Whether `requested` more fit beside `current`.
    pub fn check_quota(&self, quota: Quota, current: u64, requested: u64) -> Verdict {
        let right = self.quota(quota);
        let remaining = right.limit.map(|limit| limit.saturating_sub(current));
        let fits = remaining.is_none_or(|left| requested <= left);
        let reason = match (self.in_service(), fits, self.metered(quota), self.plan()) {
            (false, ..) => Reason::NotInService,
            // Beyond what a paid plan includes, usage is billed, not refused (269/81908).
            (true, _, true, Plan::Pro | Plan::Flagship) | (true, true, ..) => Reason::Granted,
            (true, false, true, Plan::Trial) => Reason::TrialQuotaExceeded,
            (true, false, false, _) => Reason::LimitReached,
        };
        Verdict { allowed: reason == Reason::Granted, limit: right.limit, remaining, reason, cause: right.cause }
    }

    /// Whether a feature can be used.
    pub fn check_feature(&self, feature: Feature) -> Verdict {
        let right = self.feature(feature);
        let reason = match (self.in_service(), right.grant) {
            (false, _) => Reason::NotInService,
            (true, Grant::Yes) => Reason::Granted,
            (true, Grant::No) => Reason::Plan,
            (true, Grant::OnApplication) => Reason::NotApproved,
        };
        Verdict { allowed: reason == Reason::Granted, limit: None, remaining: None, reason, cause: right.cause }
    }

    fn metered(&self, quota: Quota) -> bool {
        matches!(quota, Quota::DauIncluded | Quota::PeakGroupsIncluded)
    }
}

/// An add-on acts while its application is in paid service and its own term, or grace, runs (U35, U36), as far as the plan
/// in force takes it (U22, U23).
fn raised(
    books: &Working<'_>,
    application: &CreatedApplication,
    grounds: &ApplicationGrounds,
) -> Vec<(Quota, Limit, Option<Ground>)> {
    if !application.paid_service.is_running() {
        return Vec::new();
    }
    let running = books.add_ons_of(application.id).filter(|(_, bought)| bought.is_running());
    let by_add_on = running.filter_map(|(id, bought)| {
        let raise = bought.terms.last().terms.terms.raise_on(application.plan)?;
        Some((raise.quota, raise.to, books.add_on_grounds(id).and_then(TermGrounds::last)))
    });
    let storage = application.retention.days().map(|days| {
        let ground = grounds.retention.last().map(|(_, ground)| *ground);
        (Quota::HistoryRetentionDays, Some(u64::from(days)), ground)
    });
    by_add_on.chain(storage).collect()
}

fn is_more(to: Limit, than: Limit) -> bool {
    match (to, than) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(to), Some(than)) => to > than,
    }
}

/// What a client or group must be for a feature to work. Technical facts, not part of any agreement.
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
