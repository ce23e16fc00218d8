//! Owns which rights are in force: 25 rows, each with a limit or a grant, where it comes from, what it requires, and
//! the event that gave it; and what a question about one of them is answered. A pure function of the Books.
//!
//! Does not own the figures (agreed with the plan) nor time: evaluate on [`crate::decide::as_at`] for another instant.

mod check;
mod context;
mod requirement;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::application::{CreatedApplication, FeatureStage};
use crate::books::{ApplicationGrounds, Ground, TermGrounds, Working};
use crate::ids::ApplicationId;
use crate::plan::{Feature, Grant, Limit, Plan, Quota};

pub use check::{Reason, Verdict};
pub use context::{Context, ContextFault, GroupType, Sdk, SdkVersion, Word};
pub use requirement::{Requirement, requirements};

/// Where a right comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The plan in force.
    Plan,
    /// A value-added service, bought or billed after use.
    AddOn,
    /// An operator's approval (S8, S9).
    Approval,
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
    /// When it opens, while it is approved and not open yet. The hours run through a stop (U44).
    pub opens_at: Option<Timestamp>,
    /// Where it comes from.
    pub source: Source,
    /// The event that gave it.
    pub cause: Option<Ground>,
}

/// The rights of one application.
#[derive(Debug, Clone)]
pub struct Entitlements<'a> {
    application: &'a CreatedApplication,
    grounds: &'a ApplicationGrounds,
    /// What add-ons in force, history storage and approvals lift, over the plan.
    raised: Vec<Raised>,
}

/// One number lifted over the plan's.
#[derive(Debug, Clone, Copy)]
struct Raised {
    quota: Quota,
    to: Limit,
    source: Source,
    cause: Option<Ground>,
}

impl<'a> Entitlements<'a> {
    /// Of an application of these Books.
    pub fn of(books: &'a Working<'_>, application: ApplicationId) -> Option<Self> {
        let grounds = books.grounds(application)?;
        let application = books.application(application)?;
        let raised = raised(books, application, grounds);
        Some(Self { application, grounds, raised })
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
            return QuotaRight { limit: Some(0), source: Source::Suspension, cause: self.grounds.stop() };
        }
        let limit = self.application.rights.limit_in_force(quota);
        match self.raised.iter().find(|raised| raised.quota == quota && is_more(raised.to, limit)) {
            Some(raised) => QuotaRight { limit: raised.to, source: raised.source, cause: raised.cause },
            None => QuotaRight { limit, source: Source::Plan, cause: self.grounds.plan },
        }
    }

    /// One feature. A stopped service grants nothing (I22).
    pub fn feature(&self, feature: Feature) -> FeatureRight {
        let grant = self.application.rights.features.get(feature);
        let opens_at = self.application.opens_at(feature);
        if !self.in_service() {
            let (source, cause) = (Source::Suspension, self.grounds.stop());
            return FeatureRight { granted: false, grant, opens_at, source, cause };
        }
        match self.application.features.get(&feature) {
            Some(FeatureStage::Approved { .. } | FeatureStage::Open { .. }) => {
                let cause = self.grounds.features.get(&feature).copied();
                FeatureRight { granted: opens_at.is_none(), grant, opens_at, source: Source::Approval, cause }
            }
            Some(FeatureStage::Requested { .. }) | None => {
                let (source, cause) = (Source::Plan, self.grounds.plan);
                FeatureRight { granted: grant == Grant::Yes, grant, opens_at, source, cause }
            }
        }
    }
}

/// An add-on acts while its application is in paid service and its own term, or grace, runs (U35, U36), as far as the plan
/// in force takes it (U22, U23); communities have room once they are open (S9).
fn raised(books: &Working<'_>, application: &CreatedApplication, grounds: &ApplicationGrounds) -> Vec<Raised> {
    if !application.paid_service.is_running() {
        return Vec::new();
    }
    let running = books.add_ons_of(application.id).filter(|(_, bought)| bought.is_running());
    let by_add_on = running.filter_map(|(id, bought)| {
        let raise = bought.terms.last().terms.terms.raise_on(application.plan)?;
        let cause = books.add_on_grounds(id).and_then(TermGrounds::last);
        Some(Raised { quota: raise.quota, to: raise.to, source: Source::AddOn, cause })
    });
    let storage = application.retention.days().map(|days| {
        let (quota, to) = (Quota::HistoryRetentionDays, Some(u64::from(days)));
        Raised { quota, to, source: Source::AddOn, cause: grounds.retention.last().map(|(_, ground)| *ground) }
    });
    let open = matches!(application.features.get(&Feature::Community), Some(FeatureStage::Open { .. }));
    let communities = open.then(|| Raised {
        quota: Quota::CommunitiesMax,
        to: application.rights.quotas.communities_max,
        source: Source::Approval,
        cause: grounds.features.get(&Feature::Community).copied(),
    });
    by_add_on.chain(storage).chain(communities).collect()
}

fn is_more(to: Limit, than: Limit) -> bool {
    match (to, than) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(to), Some(than)) => to > than,
    }
}
