//! Owns how rights look: all 25 rows with where each comes from, and the answer to one question.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use subledger_domain::entitlement::{
    Entitlements, FeatureRight, QuotaRight, Reason, Requirement, Source, Verdict, requirements,
};
use subledger_domain::ids::ApplicationId;
use subledger_domain::plan::{Feature, Limit, Plan, Quota};

use super::wire::{Cause, Instant, Position};

/// All rights of an application at an instant.
#[derive(Debug, Serialize)]
pub struct EntitlementsView<'a> {
    application_id: ApplicationId,
    as_of: Instant,
    plan: Plan,
    in_service: bool,
    #[serde(serialize_with = "quotas")]
    quotas: &'a Entitlements<'a>,
    #[serde(serialize_with = "features")]
    features: &'a Entitlements<'a>,
}

impl<'a> EntitlementsView<'a> {
    /// Of an application whose Books were taken to `at`.
    pub fn of(application_id: ApplicationId, at: Timestamp, rights: &'a Entitlements<'a>) -> Self {
        Self {
            application_id,
            as_of: Instant(at),
            plan: rights.plan(),
            in_service: rights.in_service(),
            quotas: rights,
            features: rights,
        }
    }
}

fn quotas<S: Serializer>(rights: &Entitlements<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(Quota::ALL.iter().map(|row| (row.name(), QuotaView::from(rights.quota(*row)))))
}

fn features<S: Serializer>(rights: &Entitlements<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let view = |row: Feature| FeatureView::of(rights.feature(row), requirements(row));
    serializer.collect_map(Feature::ALL.iter().map(|row| (row.name(), view(*row))))
}

#[derive(Debug, Serialize)]
struct QuotaView {
    limit: Limit,
    source: Source,
    cause: Option<Cause>,
}

impl From<QuotaRight> for QuotaView {
    fn from(right: QuotaRight) -> Self {
        Self { limit: right.limit, source: right.source, cause: right.cause.map(Cause::from) }
    }
}

#[derive(Debug, Serialize)]
struct FeatureView {
    granted: bool,
    source: Source,
    requires: &'static [Requirement],
    #[serde(skip_serializing_if = "Option::is_none")]
    opens_at: Option<Instant>,
    cause: Option<Cause>,
}

impl FeatureView {
    fn of(right: FeatureRight, requires: &'static [Requirement]) -> Self {
        Self {
            granted: right.granted,
            source: right.source,
            requires,
            opens_at: right.opens_at.map(Instant),
            cause: right.cause.map(Cause::from),
        }
    }
}

/// The answer to "may this application do that?", and the position it was answered at.
#[derive(Debug, Serialize)]
pub struct VerdictView {
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Limit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<Limit>,
    reason: Reason,
    cause: Option<Cause>,
    position: Position,
}

impl VerdictView {
    /// About a number: `limit` and `remaining` stand, null where there is no limit.
    pub fn of_quota(verdict: Verdict, position: u64) -> Self {
        Self { limit: Some(verdict.limit), remaining: Some(verdict.remaining), ..Self::of_feature(verdict, position) }
    }

    /// About a yes or no.
    pub fn of_feature(verdict: Verdict, position: u64) -> Self {
        Self {
            allowed: verdict.allowed,
            limit: None,
            remaining: None,
            reason: verdict.reason,
            cause: verdict.cause.map(Cause::from),
            position: Position(position),
        }
    }
}
