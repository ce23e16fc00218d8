//! Owns what each event means for what is due: the instants stand in the events, nothing is counted here.

use jiff::Timestamp;
use subledger_domain::application::{self, SuspensionCause};
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::ApplicationId;
use subledger_domain::subscription;
use subledger_domain::timer::TimerKind;
use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::{Change, Table};

use super::table::{DUE, DueRow};
use crate::projection::{FoldFault, Projection};
use crate::row::{instant, text};

/// What is due when.
#[derive(Debug, Clone, Copy)]
pub struct DueDates;

impl Projection for DueDates {
    fn name(&self) -> &'static str {
        "due"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static Table] {
        const { &[&DUE] }
    }

    fn fold(&self, recorded: &Recorded, fact: &Fact, changes: &mut Vec<Change>) -> Result<(), FoldFault> {
        match (&fact.stream, &fact.event) {
            (_, Event::Subscription(event)) => Subject { recorded, fact }.after_subscription(event, changes),
            (Stream::Application(id), Event::Application(event)) => {
                Subject { recorded, fact }.after_application(*id, event, changes);
            }
            (_, Event::Account(_)) | (Stream::Account(_) | Stream::Subscription(_), Event::Application(_)) => {}
        }
        Ok(())
    }
}

/// The stream that waits.
struct Subject<'a> {
    recorded: &'a Recorded,
    fact: &'a Fact,
}

impl Subject<'_> {
    fn after_subscription(&self, event: &subscription::Event, changes: &mut Vec<Change>) {
        match event {
            subscription::Event::SubscriptionStarted { application_id, period, first_reminder_at, .. }
            | subscription::Event::SubscriptionRenewed { application_id, period, first_reminder_at, .. } => {
                changes.extend([
                    self.waits_for(TimerKind::PeriodEnd, *application_id, Some(period.end)),
                    self.waits_for(TimerKind::Stop, *application_id, None),
                    self.waits_for(TimerKind::Reminder, *application_id, *first_reminder_at),
                ]);
            }
            subscription::Event::RenewalReminded { application_id, next_at, .. } => {
                changes.push(self.waits_for(TimerKind::Reminder, *application_id, *next_at));
            }
            subscription::Event::GraceBegan { application_id, until, .. } => changes.extend([
                self.waits_for(TimerKind::PeriodEnd, *application_id, None),
                self.waits_for(TimerKind::Stop, *application_id, Some(*until)),
            ]),
            subscription::Event::SubscriptionStopped { application_id, .. } => {
                let all = [TimerKind::PeriodEnd, TimerKind::Stop, TimerKind::Reminder];
                changes.extend(all.map(|kind| self.waits_for(kind, *application_id, None)));
            }
        }
    }

    fn after_application(&self, id: ApplicationId, event: &application::Event, changes: &mut Vec<Change>) {
        let recycle_at = match event {
            application::Event::ApplicationCreated { .. } | application::Event::PlanEntered { .. } => return,
            // A second cause joins a stop that runs already; the event carries the date that stands (U34).
            application::Event::ApplicationSuspended { recycle_at, .. } => Some(*recycle_at),
            // The only cause there is: with it lifted, nothing stops the service. A second cause must say in the event
            // whether another one stands, and this match makes whoever adds it look here.
            application::Event::SuspensionLifted { cause: SuspensionCause::Expired, .. }
            | application::Event::ApplicationRecycled { .. } => None,
        };
        changes.push(self.waits_for(TimerKind::Recycle, id, recycle_at));
    }

    fn waits_for(&self, kind: TimerKind, application_id: ApplicationId, at: Option<Timestamp>) -> Change {
        let (subject, kind) = (text(&self.fact.stream), text(kind.name()));
        match at {
            None => Change::Delete { table: &DUE, key: vec![subject, kind] },
            Some(at) => DueRow {
                subject,
                kind,
                application_id: text(application_id),
                account_id: text(&self.recorded.account_id),
                at: instant(at),
            }
            .upsert(),
        }
    }
}
