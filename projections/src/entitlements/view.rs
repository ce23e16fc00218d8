//! Owns rights in force as readers get them: the rows of the plan and the state of the service put together.

use std::collections::BTreeMap;

use serde::Serialize;
use subledger_domain::ids::{AccountId, ApplicationId, EventId};
use subledger_domain::plan::{Feature, Grant, Limit, Plan, Quota};
use subledger_eventlog::rows::Row;
use subledger_eventlog::store::{RowQuery, Store, StoreFault};

use super::table::{APPLICATIONS_IN_FORCE, ApplicationRow, ENTITLEMENTS, RightRow};
use crate::row::{damaged, read, read_nullable, unreadable};

/// How often the two tables are read again because a plan was entered between them.
const ATTEMPTS: u32 = 8;

/// The event that gave or took a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ground {
    /// The event.
    pub event_id: EventId,
    /// Its place in the log.
    pub position: u64,
}

/// One number in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuotaRow {
    /// How much; `None` is without limit.
    pub limit: Limit,
    /// `plan`, or `suspension` while the service is stopped.
    pub source: String,
    /// The event that gave or took it.
    pub cause: Ground,
}

/// One feature in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeatureRow {
    /// Whether it can be used.
    pub granted: bool,
    /// What the plan says of it.
    pub grant: Grant,
    /// `plan`, or `suspension` while the service is stopped.
    pub source: String,
    /// The event that gave or took it.
    pub cause: Ground,
}

/// The rights of one application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entitlements {
    /// The application.
    pub application_id: ApplicationId,
    /// Its payer.
    pub account_id: AccountId,
    /// The plan it is on.
    pub plan: Plan,
    /// Whether it can be used at all.
    pub in_service: bool,
    /// Every number, in the order of the matrix.
    pub quotas: BTreeMap<Quota, QuotaRow>,
    /// Every feature, in the order of the matrix.
    pub features: BTreeMap<Feature, FeatureRow>,
}

/// The rights of an application as the rows have them: those of the last event folded, not of this instant.
///
/// # Errors
/// [`StoreFault`], also when rows are missing or hold what no fold writes.
pub async fn get(store: &dyn Store, application: ApplicationId) -> Result<Option<Entitlements>, StoreFault> {
    let query = |limit| RowQuery { equals: vec![("application_id", application.to_string())], after: None, limit };
    let all = Quota::ALL.len() + Feature::ALL.len();
    for _ in 0..ATTEMPTS {
        let Some(row) = store.rows(&APPLICATIONS_IN_FORCE, &query(1)).await?.pop() else { return Ok(None) };
        let state = ApplicationRow::read(row)?;
        let limit = u32::try_from(all).unwrap_or(u32::MAX);
        let rights = read_rights(store.rows(&ENTITLEMENTS, &query(limit)).await?)?;
        // A plan's rights all come with its event: rows of another event were written between the two reads.
        if rights.len() == all && rights.iter().all(|right| right.event_id == state.plan_event_id) {
            return together(application, state, rights).map(Some);
        }
    }
    Err(damaged(format!("application {application} does not have the {all} rights of its plan")))
}

fn read_rights(rows: Vec<Row>) -> Result<Vec<RightRow>, StoreFault> {
    rows.into_iter().map(RightRow::read).collect()
}

fn together(
    application_id: ApplicationId,
    state: ApplicationRow,
    rights: Vec<RightRow>,
) -> Result<Entitlements, StoreFault> {
    let table = &APPLICATIONS_IN_FORCE;
    let in_service: bool = read(table, "in_service", state.in_service)?;
    let stop = if in_service {
        None
    } else {
        let event_id = read(table, "stop_event_id", state.stop_event_id)?;
        Some(Ground { event_id, position: read(table, "stop_position", state.stop_position)? })
    };
    let mut entitlements = Entitlements {
        application_id,
        account_id: read(table, "account_id", state.account_id)?,
        plan: plan_named(state.plan.as_deref())?,
        in_service,
        quotas: BTreeMap::new(),
        features: BTreeMap::new(),
    };
    for right in rights {
        entitlements.add(right, stop)?;
    }
    Ok(entitlements)
}

impl Entitlements {
    fn add(&mut self, right: RightRow, stop: Option<Ground>) -> Result<(), StoreFault> {
        let table = &ENTITLEMENTS;
        let name: String = read(table, "name", right.name)?;
        let event_id = read(table, "event_id", right.event_id)?;
        let given = Ground { event_id, position: read(table, "position", right.position)? };
        let source: String = read(table, "source", right.source)?;
        let (source, cause) = match stop {
            None => (source, given),
            Some(stop) => ("suspension".to_owned(), stop),
        };
        if let Some(quota) = Quota::named(&name) {
            let given = read_nullable(table, "quota_limit", right.quota_limit)?;
            let limit = if stop.is_some() { Some(0) } else { given };
            self.quotas.insert(quota, QuotaRow { limit, source, cause });
            return Ok(());
        }
        let feature = Feature::named(&name).ok_or_else(|| unreadable(table, "name", Some(&name)))?;
        let grant = grant_named(right.feature_grant.as_deref())?;
        let given: bool = read(table, "granted", right.granted)?;
        let granted = given && stop.is_none();
        self.features.insert(feature, FeatureRow { granted, grant, source, cause });
        Ok(())
    }
}

fn plan_named(cell: Option<&str>) -> Result<Plan, StoreFault> {
    let plans = [Plan::Trial, Plan::Pro, Plan::Flagship];
    let plan = plans.into_iter().find(|plan| Some(plan.name()) == cell);
    plan.ok_or_else(|| unreadable(&APPLICATIONS_IN_FORCE, "plan", cell))
}

/// As it stands in a row.
pub(super) fn grant_name(grant: Grant) -> &'static str {
    match grant {
        Grant::No => "no",
        Grant::Yes => "yes",
        Grant::OnApplication => "on_application",
    }
}

fn grant_named(cell: Option<&str>) -> Result<Grant, StoreFault> {
    let grants = [Grant::No, Grant::Yes, Grant::OnApplication];
    let grant = grants.into_iter().find(|grant| Some(grant_name(*grant)) == cell);
    grant.ok_or_else(|| unreadable(&ENTITLEMENTS, "feature_grant", cell))
}
