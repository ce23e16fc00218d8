//! Owns what each event means for the rights in force.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;
use subledger_domain::add_on::{self, AddOnDeal};
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::{AddOnId, ApplicationId};
use subledger_domain::plan::{Feature, Grant, Limit, PaidPlan, Plan, Quota, Rights};
use subledger_domain::{application, publication};
use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::{Change, Row, Table};

use super::table::{
    ADD_ONS_IN_FORCE, APPLICATION_STOPS, APPLICATIONS_IN_FORCE, AddOnRow, ApplicationRow, ApprovalRow, ENTITLEMENTS,
    FEATURE_APPROVALS, HISTORY_SETTINGS, HistoryRow, RightRow, StopRow,
};
use super::{PLAN_INCLUDES, PLAN_SOURCE, SETTING};
use crate::projection::{FoldFault, Projection};
use crate::row::{column, instant, text};

/// The rights in force.
#[derive(Debug, Clone, Copy)]
pub struct RightsInForce;

const PLAN: usize = column(APPLICATIONS_IN_FORCE.columns, "plan");
const PLAN_EVENT_ID: usize = column(APPLICATIONS_IN_FORCE.columns, "plan_event_id");
const PLAN_POSITION: usize = column(APPLICATIONS_IN_FORCE.columns, "plan_position");
const IN_SERVICE: usize = column(APPLICATIONS_IN_FORCE.columns, "in_service");
const RECYCLED_EVENT_ID: usize = column(APPLICATIONS_IN_FORCE.columns, "recycled_event_id");
const RECYCLED_POSITION: usize = column(APPLICATIONS_IN_FORCE.columns, "recycled_position");
const CHANGED_POSITION: usize = column(APPLICATIONS_IN_FORCE.columns, "changed_position");
const IS_OPEN: usize = column(FEATURE_APPROVALS.columns, "is_open");
const OPENING_POSITION: usize = column(FEATURE_APPROVALS.columns, "position");
const OPENING_EVENT_ID: usize = column(FEATURE_APPROVALS.columns, "event_id");
const QUOTA: usize = column(ADD_ONS_IN_FORCE.columns, "quota");
const RAISED_TO: usize = column(ADD_ONS_IN_FORCE.columns, "raised_to");
const EVENT_ID: usize = column(ADD_ONS_IN_FORCE.columns, "event_id");
const POSITION: usize = column(ADD_ONS_IN_FORCE.columns, "position");

impl Projection for RightsInForce {
    fn name(&self) -> &'static str {
        "entitlements"
    }

    fn version(&self) -> u32 {
        3
    }

    fn tables(&self) -> &'static [&'static Table] {
        const {
            &[
                &APPLICATIONS_IN_FORCE,
                &ENTITLEMENTS,
                &ADD_ONS_IN_FORCE,
                &HISTORY_SETTINGS,
                &APPLICATION_STOPS,
                &FEATURE_APPROVALS,
            ]
        }
    }

    fn fold(&self, recorded: &Recorded, fact: &Fact, changes: &mut Vec<Change>) -> Result<(), FoldFault> {
        match (&fact.stream, &fact.event) {
            (Stream::Application(id), Event::Application(event)) => {
                let application = Application { id: *id, recorded, fact };
                application.of_its_payer(event)?;
                application.after(event, changes);
            }
            (Stream::AddOn(id), Event::AddOn(event)) => after_add_on(*id, recorded, fact, event, changes),
            (
                _,
                Event::Account(_)
                | Event::Subscription(_)
                | Event::Usage(_)
                | Event::PriceList(publication::Event::PriceListPublished { .. }),
            )
            // An event stands in a stream of its own kind: `fact` decodes no other pair.
            | (
                Stream::Account(_)
                | Stream::Subscription(_)
                | Stream::AddOn(_)
                | Stream::Usage(_)
                | Stream::PriceList(_),
                Event::Application(_),
            )
            | (
                Stream::Account(_)
                | Stream::Subscription(_)
                | Stream::Application(_)
                | Stream::Usage(_)
                | Stream::PriceList(_),
                Event::AddOn(_),
            ) => {}
        }
        Ok(())
    }
}

struct Application<'a> {
    id: ApplicationId,
    recorded: &'a Recorded,
    fact: &'a Fact,
}

impl Application<'_> {
    fn of_its_payer(&self, event: &application::Event) -> Result<(), FoldFault> {
        match event {
            application::Event::ApplicationCreated { account_id, .. }
                if account_id.as_str() != self.recorded.account_id =>
            {
                Err(FoldFault::Contradiction {
                    what: "the payer",
                    in_event: account_id.to_string(),
                    in_row: self.recorded.account_id.clone(),
                })
            }
            application::Event::ApplicationCreated { .. }
            | application::Event::PlanEntered { .. }
            | application::Event::ApplicationSuspended { .. }
            | application::Event::SuspensionLifted { .. }
            | application::Event::HistoryRetentionSet { .. }
            | application::Event::FeatureRequested { .. }
            | application::Event::FeatureWithdrawn { .. }
            | application::Event::FeatureApproved { .. }
            | application::Event::FeatureRejected { .. }
            | application::Event::FeatureOpened { .. }
            | application::Event::FeatureLost { .. }
            | application::Event::ApplicationRecycled { .. } => Ok(()),
        }
    }

    fn after(&self, event: &application::Event, changes: &mut Vec<Change>) {
        match event {
            application::Event::ApplicationCreated { rights, .. } => {
                changes.push(self.created());
                self.rights(rights, changes);
            }
            application::Event::PlanEntered { plan, rights, .. } => {
                changes.push(self.patch(vec![
                    (PLAN, text(Plan::from(*plan))),
                    (PLAN_EVENT_ID, text(self.fact.id)),
                    (PLAN_POSITION, text(self.recorded.position)),
                ]));
                changes.push(self.history(PLAN_INCLUDES, rights.quotas.history_retention_days));
                self.rights(rights, changes);
            }
            application::Event::ApplicationSuspended { cause, .. } => {
                changes.extend([self.patch(vec![(IN_SERVICE, text(false))]), self.stop(cause.name())]);
            }
            application::Event::SuspensionLifted { cause, .. } => {
                let lifted = if event.ends_the_stop() { vec![(IN_SERVICE, text(true))] } else { Vec::new() };
                changes.extend([self.patch(lifted), self.lifted(cause.name())]);
            }
            application::Event::FeatureApproved { feature, opens_at, .. } => {
                changes.extend([self.patch(Vec::new()), self.approved(*feature, *opens_at)]);
            }
            application::Event::FeatureOpened { feature, .. } => {
                changes.extend([self.patch(Vec::new()), self.opened(*feature)]);
            }
            application::Event::FeatureLost { feature, .. } => {
                changes.extend([self.patch(Vec::new()), self.lost(*feature)]);
            }
            // What waits for an answer, or had none, gives no right.
            application::Event::FeatureRequested { .. }
            | application::Event::FeatureWithdrawn { .. }
            | application::Event::FeatureRejected { .. } => {}
            application::Event::HistoryRetentionSet { days, included, .. } => {
                let days = (days > included).then_some(u64::from(*days));
                changes.extend([self.patch(Vec::new()), self.history(SETTING, days)]);
            }
            application::Event::ApplicationRecycled { .. } => changes.push(self.patch(vec![
                (IN_SERVICE, text(false)),
                (RECYCLED_EVENT_ID, text(self.fact.id)),
                (RECYCLED_POSITION, text(self.recorded.position)),
            ])),
        }
    }

    fn created(&self) -> Change {
        ApplicationRow {
            application_id: text(self.id),
            account_id: text(&self.recorded.account_id),
            plan: text(Plan::Trial),
            plan_event_id: text(self.fact.id),
            plan_position: text(self.recorded.position),
            in_service: text(true),
            recycled_event_id: None,
            recycled_position: None,
            changed_position: text(self.recorded.position),
        }
        .upsert()
    }

    fn patch(&self, set: Vec<(usize, Option<String>)>) -> Change {
        changed(self.id, self.recorded, set)
    }

    fn stop(&self, cause: &str) -> Change {
        StopRow {
            application_id: text(self.id),
            cause: text(cause),
            position: text(self.recorded.position),
            event_id: text(self.fact.id),
        }
        .upsert()
    }

    fn lifted(&self, cause: &str) -> Change {
        Change::Delete { table: &APPLICATION_STOPS, key: vec![text(self.id), text(cause)] }
    }

    fn approved(&self, feature: Feature, opens_at: Timestamp) -> Change {
        ApprovalRow {
            application_id: text(self.id),
            feature: text(feature.name()),
            is_open: text(false),
            opens_at: instant(opens_at),
            position: text(self.recorded.position),
            event_id: text(self.fact.id),
        }
        .upsert()
    }

    fn opened(&self, feature: Feature) -> Change {
        let set = vec![
            (IS_OPEN, text(true)),
            (OPENING_POSITION, text(self.recorded.position)),
            (OPENING_EVENT_ID, text(self.fact.id)),
        ];
        Change::Patch { table: &FEATURE_APPROVALS, key: self.approval(feature), set }
    }

    fn lost(&self, feature: Feature) -> Change {
        Change::Delete { table: &FEATURE_APPROVALS, key: self.approval(feature) }
    }

    fn approval(&self, feature: Feature) -> Row {
        vec![text(self.id), text(feature.name())]
    }

    fn history(&self, kind: &str, days: Option<u64>) -> Change {
        HistoryRow {
            application_id: text(self.id),
            position: text(self.recorded.position),
            kind: text(kind),
            days: days.and_then(text),
            event_id: text(self.fact.id),
        }
        .upsert()
    }

    fn rights(&self, rights: &Rights, changes: &mut Vec<Change>) {
        let row = |name, kind| RightRow {
            application_id: text(self.id),
            name: text(name),
            kind: text(kind),
            quota_limit: None,
            opened_limit: None,
            granted: None,
            feature_grant: None,
            source: text(PLAN_SOURCE),
            event_id: text(self.fact.id),
            position: text(self.recorded.position),
        };
        for quota in Quota::ALL {
            let quota_limit = rights.limit_in_force(*quota).and_then(text);
            let opened_limit = rights.quotas.get(*quota).and_then(text);
            changes.push(RightRow { quota_limit, opened_limit, ..row(quota.name(), "quota") }.upsert());
        }
        for feature in Feature::ALL {
            let grant = rights.features.get(*feature);
            let (granted, feature_grant) = (text(grant == Grant::Yes), text(super::view::grant_name(grant)));
            changes.push(RightRow { granted, feature_grant, ..row(feature.name(), "feature") }.upsert());
        }
    }
}

/// Patches the application's row and notes that something of its rights has changed.
fn changed(id: ApplicationId, recorded: &Recorded, mut set: Vec<(usize, Option<String>)>) -> Change {
    set.push((CHANGED_POSITION, text(recorded.position)));
    Change::Patch { table: &APPLICATIONS_IN_FORCE, key: vec![text(id)], set }
}

fn after_add_on(id: AddOnId, recorded: &Recorded, fact: &Fact, event: &add_on::Event, changes: &mut Vec<Change>) {
    let key = |application_id: &ApplicationId| vec![text(application_id), text(id)];
    let (application_id, change) = match event {
        add_on::Event::AddOnStarted { application_id, deal, .. }
        | add_on::Event::AddOnTrialStarted { application_id, deal, .. } => {
            (application_id, begun(id, *application_id, recorded, fact, deal))
        }
        add_on::Event::AddOnRenewed { application_id, deal, .. } => {
            let (quota, raised_to) = raise(deal);
            let (event_id, position) = (text(fact.id), text(recorded.position));
            let set = vec![(QUOTA, quota), (RAISED_TO, raised_to), (EVENT_ID, event_id), (POSITION, position)];
            (application_id, Change::Patch { table: &ADD_ONS_IN_FORCE, key: key(application_id), set })
        }
        add_on::Event::AddOnEnded { application_id, .. } | add_on::Event::AddOnRefunded { application_id, .. } => {
            (application_id, Change::Delete { table: &ADD_ONS_IN_FORCE, key: key(application_id) })
        }
        // In its grace it is as good as before (U36).
        add_on::Event::AddOnReminded { .. }
        | add_on::Event::AddOnGraceBegan { .. }
        | add_on::Event::AddOnAutoRenewSet { .. }
        | add_on::Event::AddOnAutoRenewalFailed { .. } => return,
    };
    changes.extend([change, changed(*application_id, recorded, Vec::new())]);
}

fn begun(id: AddOnId, application_id: ApplicationId, recorded: &Recorded, fact: &Fact, deal: &AddOnDeal) -> Change {
    let (quota, raised_to) = raise(deal);
    AddOnRow {
        application_id: text(application_id),
        add_on_id: text(id),
        add_on: text(deal.terms.add_on),
        quota,
        raised_to,
        bought_position: text(recorded.position),
        event_id: text(fact.id),
        position: text(recorded.position),
    }
    .upsert()
}

fn raise(deal: &AddOnDeal) -> (Option<String>, Option<String>) {
    let Some(raise) = deal.terms.raises else { return (None, None) };
    let on_plan = |plan: PaidPlan| Some((Plan::from(plan).name(), deal.terms.raise_on(plan.into())?.to));
    let by_plan: BTreeMap<&str, Limit> = PaidPlan::ALL.into_iter().filter_map(on_plan).collect();
    (text(raise.quota.name()), text(json!(by_plan)))
}
