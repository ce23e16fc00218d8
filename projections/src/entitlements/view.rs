//! Owns rights in force as readers get them: the rows of the plan, of add-ons and of history storage, and the state of the
//! service put together.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use subledger_domain::ids::{AccountId, ApplicationId, EventId};
use subledger_domain::plan::{Feature, Grant, Limit, Plan, Quota};
use subledger_eventlog::store::{RowQuery, Store, StoreFault};

use super::table::{
    ADD_ONS_IN_FORCE, APPLICATION_STOPS, APPLICATIONS_IN_FORCE, AddOnRow, ApplicationRow, ApprovalRow, ENTITLEMENTS,
    FEATURE_APPROVALS, HISTORY_SETTINGS, HistoryRow, RightRow, StopRow,
};
use super::{ADD_ON_SOURCE, APPROVAL_SOURCE, PLAN_INCLUDES, SETTING, SUSPENSION_SOURCE};
use crate::row::{damaged, read, read_nullable, serialize_some_instant, unreadable};

/// How often the tables are read again because an event of the application was folded between them.
const ATTEMPTS: u32 = 8;

/// More add-ons, or settings of history storage, than one application ever has at once.
const ROWS_MAX: u32 = 10_000;

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
    /// `plan`, `add_on`, `approval`, or `suspension` while the service is stopped.
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
    /// When it opens, while it is approved and not open yet.
    #[serde(serialize_with = "serialize_some_instant", skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<Timestamp>,
    /// `plan`, `approval`, or `suspension` while the service is stopped.
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
    let query = RowQuery { equals: vec![("application_id", application.to_string())], after: None, limit: 1 };
    let mut before = store.rows(&APPLICATIONS_IN_FORCE, &query).await?.pop();
    for _ in 0..ATTEMPTS {
        let Some(row) = before else { return Ok(None) };
        let rows = Rows::of(store, ApplicationRow::read(row.clone())?).await?;
        let now = store.rows(&APPLICATIONS_IN_FORCE, &query).await?.pop();
        // Whatever changes one of the tables changes this row too: while it stands, they are of one moment.
        if now.as_ref() == Some(&row) {
            return rows.together(application).map(Some);
        }
        before = now;
    }
    Err(damaged(format!("the rights of application {application} do not stand still")))
}

/// Everything the rights of an application rest on.
struct Rows {
    state: ApplicationRow,
    rights: Vec<RightRow>,
    add_ons: Vec<AddOnRow>,
    history: Vec<HistoryRow>,
    stops: Vec<StopRow>,
    approvals: Vec<ApprovalRow>,
}

impl Rows {
    async fn of(store: &dyn Store, state: ApplicationRow) -> Result<Self, StoreFault> {
        let table = &APPLICATIONS_IN_FORCE;
        let id: String = read(table, "application_id", state.application_id.clone())?;
        let of_it = RowQuery { equals: vec![("application_id", id)], after: None, limit: ROWS_MAX };
        let rights = store.rows(&ENTITLEMENTS, &of_it).await?;
        let add_ons = store.rows(&ADD_ONS_IN_FORCE, &of_it).await?;
        let history = store.rows(&HISTORY_SETTINGS, &of_it).await?;
        let stops = store.rows(&APPLICATION_STOPS, &of_it).await?;
        let approvals = store.rows(&FEATURE_APPROVALS, &of_it).await?;
        Ok(Self {
            state,
            rights: rights.into_iter().map(RightRow::read).collect::<Result<_, _>>()?,
            add_ons: add_ons.into_iter().map(AddOnRow::read).collect::<Result<_, _>>()?,
            history: history.into_iter().map(HistoryRow::read).collect::<Result<_, _>>()?,
            stops: stops.into_iter().map(StopRow::read).collect::<Result<_, _>>()?,
            approvals: approvals.into_iter().map(ApprovalRow::read).collect::<Result<_, _>>()?,
        })
    }

    fn together(self, application_id: ApplicationId) -> Result<Entitlements, StoreFault> {
        let table = &APPLICATIONS_IN_FORCE;
        let all = Quota::ALL.len() + Feature::ALL.len();
        if self.rights.len() != all {
            return Err(damaged(format!("application {application_id} does not have the {all} rights of its plan")));
        }
        let in_service: bool = read(table, "in_service", self.state.in_service.clone())?;
        let plan = plan_named(self.state.plan.as_deref())?;
        let stop = if in_service { None } else { Some(self.stop_ground()?) };
        let raises = if in_service && plan != Plan::Trial { self.raises(plan)? } else { Vec::new() };
        let approvals = self.approvals.iter().map(read_approval).collect::<Result<BTreeMap<_, _>, _>>()?;
        let mut entitlements = Entitlements {
            application_id,
            account_id: read(table, "account_id", self.state.account_id)?,
            plan,
            in_service,
            quotas: BTreeMap::new(),
            features: BTreeMap::new(),
        };
        for right in self.rights {
            entitlements.add(right, stop, &raises, &approvals)?;
        }
        Ok(entitlements)
    }

    /// What stopped it: being recycled, else the earliest of what stops it.
    fn stop_ground(&self) -> Result<Ground, StoreFault> {
        let state = &self.state;
        if state.recycled_event_id.is_some() {
            let table = &APPLICATIONS_IN_FORCE;
            let event_id = read(table, "recycled_event_id", state.recycled_event_id.clone())?;
            return Ok(Ground {
                event_id,
                position: read(table, "recycled_position", state.recycled_position.clone())?,
            });
        }
        let table = &APPLICATION_STOPS;
        let ground = |stop: &StopRow| {
            let event_id = read(table, "event_id", stop.event_id.clone())?;
            Ok(Ground { event_id, position: read(table, "position", stop.position.clone())? })
        };
        let grounds = self.stops.iter().map(ground).collect::<Result<Vec<_>, StoreFault>>()?;
        let id = state.application_id.as_deref().unwrap_or("NULL");
        let earliest = grounds.into_iter().min_by_key(|ground| ground.position);
        earliest.ok_or_else(|| damaged(format!("nothing stopped application {id}")))
    }

    /// What add-ons lift on a plan, in the order they were bought, then history storage.
    fn raises(&self, plan: Plan) -> Result<Vec<Raise>, StoreFault> {
        let mut raises = Vec::new();
        for row in &self.add_ons {
            raises.extend(read_raise(row, plan)?);
        }
        raises.sort_by_key(|(bought, _)| *bought);
        let mut raises: Vec<Raise> = raises.into_iter().map(|(_, raise)| raise).collect();
        let mut kept: Option<Raise> = None;
        for row in &self.history {
            kept = after_history(kept, row)?;
        }
        raises.extend(kept);
        Ok(raises)
    }
}

/// A quota lifted over the plan's.
#[derive(Debug, Clone, Copy)]
struct Raise {
    quota: Quota,
    to: Limit,
    cause: Ground,
}

/// What an add-on raises on a plan, with the position it was bought at.
fn read_raise(row: &AddOnRow, plan: Plan) -> Result<Option<(u64, Raise)>, StoreFault> {
    let table = &ADD_ONS_IN_FORCE;
    let Some(name) = row.quota.as_deref() else { return Ok(None) };
    let quota = Quota::named(name).ok_or_else(|| unreadable(table, "quota", Some(name)))?;
    let by_plan = row.raised_to.as_deref().and_then(|json| serde_json::from_str::<BTreeMap<String, Limit>>(json).ok());
    let by_plan = by_plan.ok_or_else(|| unreadable(table, "raised_to", row.raised_to.as_deref()))?;
    let Some(to) = by_plan.get(plan.name()).copied() else { return Ok(None) };
    let event_id = read(table, "event_id", row.event_id.clone())?;
    let cause = Ground { event_id, position: read(table, "position", row.position.clone())? };
    Ok(Some((read(table, "bought_position", row.bought_position.clone())?, Raise { quota, to, cause })))
}

/// What an operator said yes to: when it opens while it has not, and the event.
type Approval = (Option<Timestamp>, Ground);

fn read_approval(row: &ApprovalRow) -> Result<(Feature, Approval), StoreFault> {
    let table = &FEATURE_APPROVALS;
    let name = row.feature.as_deref();
    let feature = name.and_then(Feature::named).ok_or_else(|| unreadable(table, "feature", name))?;
    let is_open: bool = read(table, "is_open", row.is_open.clone())?;
    let opens_at: Timestamp = read(table, "opens_at", row.opens_at.clone())?;
    let event_id = read(table, "event_id", row.event_id.clone())?;
    let cause = Ground { event_id, position: read(table, "position", row.position.clone())? };
    Ok((feature, ((!is_open).then_some(opens_at), cause)))
}

/// A setting takes the place of the one before; a plan ends the one it includes.
fn after_history(kept: Option<Raise>, row: &HistoryRow) -> Result<Option<Raise>, StoreFault> {
    let table = &HISTORY_SETTINGS;
    let days: Limit = read_nullable(table, "days", row.days.clone())?;
    match row.kind.as_deref() {
        Some(PLAN_INCLUDES) => Ok(kept.filter(|kept| is_more(kept.to, days))),
        Some(SETTING) => {
            let event_id = read(table, "event_id", row.event_id.clone())?;
            let cause = Ground { event_id, position: read(table, "position", row.position.clone())? };
            Ok(days.map(|days| Raise { quota: Quota::HistoryRetentionDays, to: Some(days), cause }))
        }
        kind => Err(unreadable(table, "kind", kind)),
    }
}

fn is_more(to: Limit, than: Limit) -> bool {
    match (to, than) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(to), Some(than)) => to > than,
    }
}

impl Entitlements {
    fn add(
        &mut self,
        right: RightRow,
        stop: Option<Ground>,
        raises: &[Raise],
        approvals: &BTreeMap<Feature, Approval>,
    ) -> Result<(), StoreFault> {
        let table = &ENTITLEMENTS;
        let name: String = read(table, "name", right.name)?;
        let event_id = read(table, "event_id", right.event_id)?;
        let given = Ground { event_id, position: read(table, "position", right.position)? };
        let source: String = read(table, "source", right.source)?;
        if let Some(quota) = Quota::named(&name) {
            let limit = read_nullable(table, "quota_limit", right.quota_limit)?;
            let raise = raises.iter().find(|raise| raise.quota == quota && is_more(raise.to, limit));
            let row = match (stop, raise, opened(quota, approvals)) {
                (Some(stop), ..) => QuotaRow { limit: Some(0), source: SUSPENSION_SOURCE.to_owned(), cause: stop },
                (None, Some(raise), _) => {
                    QuotaRow { limit: raise.to, source: ADD_ON_SOURCE.to_owned(), cause: raise.cause }
                }
                (None, None, Some(cause)) => {
                    let limit = read_nullable(table, "opened_limit", right.opened_limit)?;
                    QuotaRow { limit, source: APPROVAL_SOURCE.to_owned(), cause }
                }
                (None, None, None) => QuotaRow { limit, source, cause: given },
            };
            self.quotas.insert(quota, row);
            return Ok(());
        }
        let feature = Feature::named(&name).ok_or_else(|| unreadable(table, "name", Some(&name)))?;
        let grant = grant_named(right.feature_grant.as_deref())?;
        let granted: bool = read(table, "granted", right.granted)?;
        let approval = approvals.get(&feature);
        let opens_at = approval.and_then(|(opens_at, _)| *opens_at);
        let (granted, source, cause) = match (stop, approval) {
            (Some(stop), _) => (false, SUSPENSION_SOURCE.to_owned(), stop),
            (None, Some((opens_at, cause))) => (opens_at.is_none(), APPROVAL_SOURCE.to_owned(), *cause),
            (None, None) => (granted, source, given),
        };
        self.features.insert(feature, FeatureRow { granted, grant, opens_at, source, cause });
        Ok(())
    }
}

/// Communities have room once they are open (S9).
fn opened(quota: Quota, approvals: &BTreeMap<Feature, Approval>) -> Option<Ground> {
    let (opens_at, cause) = approvals.get(&Feature::Community).filter(|_| quota == Quota::CommunitiesMax)?;
    opens_at.is_none().then_some(*cause)
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
