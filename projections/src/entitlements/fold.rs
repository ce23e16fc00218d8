//! Owns what each event means for the rights in force.

use subledger_domain::add_on::{self, AddOnDeal};
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::{AddOnId, ApplicationId};
use subledger_domain::plan::{Feature, Grant, Plan, Quota, Rights};
use subledger_domain::{application, publication};
use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::{Change, Table};

use super::table::{
    ADD_ONS_IN_FORCE, APPLICATION_STOPS, APPLICATIONS_IN_FORCE, AddOnRow, ApplicationRow, ENTITLEMENTS,
    HISTORY_SETTINGS, HistoryRow, RightRow, StopRow,
};
use super::{PLAN_INCLUDES, PLAN_SOURCE, SETTING};
use crate::projection::{FoldFault, Projection};
use crate::row::{column, text};

/// The rights in force.
#[derive(Debug, Clone, Copy)]
pub struct RightsInForce;

const PLAN: usize = column(APPLICATIONS_IN_FORCE.columns, "plan");
const PLAN_EVENT_ID: usize = column(APPLICATIONS_IN_FORCE.columns, "plan_event_id");
const PLAN_POSITION: usize = column(APPLICATIONS_IN_FORCE.columns, "plan_position");
const IN_SERVICE: usize = column(APPLICATIONS_IN_FORCE.columns, "in_service");
const SERVICE_POSITION: usize = column(APPLICATIONS_IN_FORCE.columns, "service_position");
const RECYCLED_EVENT_ID: usize = column(APPLICATIONS_IN_FORCE.columns, "recycled_event_id");
const RECYCLED_POSITION: usize = column(APPLICATIONS_IN_FORCE.columns, "recycled_position");
const CHANGED_POSITION: usize = column(APPLICATIONS_IN_FORCE.columns, "changed_position");
const QUOTA: usize = column(ADD_ONS_IN_FORCE.columns, "quota");
const RAISED_TO: usize = column(ADD_ONS_IN_FORCE.columns, "raised_to");
const EVENT_ID: usize = column(ADD_ONS_IN_FORCE.columns, "event_id");
const POSITION: usize = column(ADD_ONS_IN_FORCE.columns, "position");

impl Projection for RightsInForce {
    fn name(&self) -> &'static str {
        "entitlements"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [&'static Table] {
        const { &[&APPLICATIONS_IN_FORCE, &ENTITLEMENTS, &ADD_ONS_IN_FORCE, &HISTORY_SETTINGS, &APPLICATION_STOPS] }
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
            application::Event::SuspensionLifted { recycle_at: None, .. } => changes
                .push(self.patch(vec![(IN_SERVICE, text(true)), (SERVICE_POSITION, text(self.recorded.position))])),
            // Another cause still stands.
            application::Event::SuspensionLifted { recycle_at: Some(_), .. } => {}
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
            service_position: text(self.recorded.position),
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
            position: text(self.recorded.position),
            cause: text(cause),
            event_id: text(self.fact.id),
        }
        .upsert()
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
            granted: None,
            feature_grant: None,
            source: text(PLAN_SOURCE),
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
        add_on::Event::AddOnEnded { application_id, .. } => {
            (application_id, Change::Delete { table: &ADD_ONS_IN_FORCE, key: key(application_id) })
        }
        // In its grace it is as good as before (U36).
        add_on::Event::AddOnReminded { .. } | add_on::Event::AddOnGraceBegan { .. } => return,
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
    match deal.terms.raises {
        None => (None, None),
        Some(raise) => (text(raise.quota.name()), raise.to.and_then(text)),
    }
}
