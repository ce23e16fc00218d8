//! Owns what each event means for the rights in force.

use subledger_domain::application;
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::ApplicationId;
use subledger_domain::plan::{Feature, Grant, Plan, Quota, Rights};
use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::{Change, Table};

use super::table::{APPLICATIONS_IN_FORCE, ApplicationRow, ENTITLEMENTS, RightRow};
use crate::projection::{FoldFault, Projection};
use crate::row::{column, text};

/// The rights in force.
#[derive(Debug, Clone, Copy)]
pub struct RightsInForce;

const PLAN: usize = column(APPLICATIONS_IN_FORCE.columns, "plan");
const PLAN_EVENT_ID: usize = column(APPLICATIONS_IN_FORCE.columns, "plan_event_id");
const PLAN_POSITION: usize = column(APPLICATIONS_IN_FORCE.columns, "plan_position");
const IN_SERVICE: usize = column(APPLICATIONS_IN_FORCE.columns, "in_service");
const STOP_CAUSE: usize = column(APPLICATIONS_IN_FORCE.columns, "stop_cause");
const STOP_EVENT_ID: usize = column(APPLICATIONS_IN_FORCE.columns, "stop_event_id");
const STOP_POSITION: usize = column(APPLICATIONS_IN_FORCE.columns, "stop_position");

/// What stopped an application for good.
const RECYCLED: &str = "recycled";

impl Projection for RightsInForce {
    fn name(&self) -> &'static str {
        "entitlements"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static Table] {
        const { &[&APPLICATIONS_IN_FORCE, &ENTITLEMENTS] }
    }

    fn fold(&self, recorded: &Recorded, fact: &Fact, changes: &mut Vec<Change>) -> Result<(), FoldFault> {
        match (&fact.stream, &fact.event) {
            (Stream::Application(id), Event::Application(event)) => {
                let application = Application { id: *id, recorded, fact };
                application.of_its_payer(event)?;
                application.after(event, changes);
            }
            (_, Event::Account(_) | Event::Subscription(_) | Event::AddOn(_) | Event::Usage(_))
            | (
                Stream::Account(_) | Stream::Subscription(_) | Stream::AddOn(_) | Stream::Usage(_),
                Event::Application(_),
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
                self.rights(rights, changes);
            }
            application::Event::ApplicationSuspended { cause, .. } => changes.push(self.stopped(cause.name())),
            application::Event::SuspensionLifted { recycle_at: None, .. } => {
                changes.push(self.patch(vec![
                    (IN_SERVICE, text(true)),
                    (STOP_CAUSE, None),
                    (STOP_EVENT_ID, None),
                    (STOP_POSITION, None),
                ]));
            }
            // Another cause still stands.
            application::Event::SuspensionLifted { recycle_at: Some(_), .. }
            | application::Event::HistoryRetentionSet { .. } => {}
            application::Event::ApplicationRecycled { .. } => changes.push(self.stopped(RECYCLED)),
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
            stop_cause: None,
            stop_event_id: None,
            stop_position: None,
        }
        .upsert()
    }

    fn stopped(&self, cause: &str) -> Change {
        self.patch(vec![
            (IN_SERVICE, text(false)),
            (STOP_CAUSE, text(cause)),
            (STOP_EVENT_ID, text(self.fact.id)),
            (STOP_POSITION, text(self.recorded.position)),
        ])
    }

    fn patch(&self, set: Vec<(usize, Option<String>)>) -> Change {
        Change::Patch { table: &APPLICATIONS_IN_FORCE, key: vec![text(self.id)], set }
    }

    fn rights(&self, rights: &Rights, changes: &mut Vec<Change>) {
        let row = |name, kind| RightRow {
            application_id: text(self.id),
            name: text(name),
            kind: text(kind),
            quota_limit: None,
            granted: None,
            feature_grant: None,
            source: text("plan"),
            event_id: text(self.fact.id),
            position: text(self.recorded.position),
        };
        for quota in Quota::ALL {
            let quota_limit = rights.limit_in_force(*quota).and_then(text);
            changes.push(RightRow { quota_limit, ..row(quota.name(), "quota") }.upsert());
        }
        for feature in Feature::ALL {
            let grant = rights.features.get(*feature);
            let (granted, feature_grant) = (text(grant == Grant::Yes), text(super::view::grant_name(grant)));
            changes.push(RightRow { granted, feature_grant, ..row(feature.name(), "feature") }.upsert());
        }
    }
}
