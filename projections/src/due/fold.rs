//! Owns what each event means for what is due: the instants stand in the events, nothing is counted here.

use jiff::Timestamp;
use subledger_domain::calendar::Month;
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::ApplicationId;
use subledger_domain::plan::Feature;
use subledger_domain::timer::TimerKind;
use subledger_domain::{account, add_on, application, publication, subscription, usage};
use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::{Change, Row, Table};

use super::table::{DOWNGRADE, DUE, DueRow};
use crate::projection::{FoldFault, Projection};
use crate::row::{column, instant, text};

/// What is due when.
#[derive(Debug, Clone, Copy)]
pub struct DueDates;

const ARMED: usize = column(DUE.columns, "armed");

impl Projection for DueDates {
    fn name(&self) -> &'static str {
        "due"
    }

    fn version(&self) -> u32 {
        3
    }

    fn tables(&self) -> &'static [&'static Table] {
        const { &[&DUE] }
    }

    fn fold(&self, recorded: &Recorded, fact: &Fact, changes: &mut Vec<Change>) -> Result<(), FoldFault> {
        let subject = Subject { recorded, fact };
        match (&fact.stream, &fact.event) {
            (_, Event::Account(event)) => subject.after_account(event, changes),
            (_, Event::Subscription(event)) => subject.after_subscription(event, changes),
            (_, Event::AddOn(event)) => subject.after_add_on(event, changes),
            (Stream::Application(id), Event::Application(event)) => subject.after_application(*id, event, changes),
            (
                _,
                Event::Usage(
                    usage::Event::UsageRecorded { .. }
                    | usage::Event::UsageMonthClosed { .. }
                    | usage::Event::UsageCorrected { .. },
                )
                | Event::PriceList(publication::Event::PriceListPublished { .. }),
            )
            // An application's event stands in its own stream: `fact` decodes no other pair.
            | (
                Stream::Account(_)
                | Stream::Subscription(_)
                | Stream::AddOn(_)
                | Stream::Usage(_)
                | Stream::PriceList(_),
                Event::Application(_),
            ) => {}
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
    fn after_account(&self, event: &account::Event, changes: &mut Vec<Change>) {
        match event {
            account::Event::BillingMonthOpened { month, draft_at, final_at, .. } => changes.extend([
                self.month_waits_for(TimerKind::StatementDraft, *month, *draft_at, true),
                self.month_waits_for(TimerKind::Settlement, *month, *final_at, false),
            ]),
            account::Event::StatementDrafted { month, .. } => changes.extend([
                Change::Delete { table: &DUE, key: self.key(TimerKind::StatementDraft, Some(month.to_string())) },
                Change::Patch {
                    table: &DUE,
                    key: self.key(TimerKind::Settlement, Some(month.to_string())),
                    set: vec![(ARMED, text(true))],
                },
            ]),
            // A month without a service day passes where it would have been drafted, or settled once its draft has lost the
            // correction it was of (U18).
            account::Event::BillingMonthPassed { month, .. } => {
                let kinds = [TimerKind::StatementDraft, TimerKind::Settlement];
                changes.extend(
                    kinds.map(|kind| Change::Delete { table: &DUE, key: self.key(kind, Some(month.to_string())) }),
                );
            }
            account::Event::StatementFinalised { month, .. } => {
                changes.push(Change::Delete {
                    table: &DUE,
                    key: self.key(TimerKind::Settlement, Some(month.to_string())),
                });
            }
            account::Event::FellIntoArrears { suspend_at, .. } => {
                changes.push(self.waits_for(TimerKind::Stop, None, Some(*suspend_at)));
            }
            account::Event::AccountSuspended { .. } | account::Event::ArrearsCleared { .. } => {
                changes.push(self.waits_for(TimerKind::Stop, None, None));
            }
            account::Event::AccountOpened { .. }
            | account::Event::MoneyDeposited { .. }
            | account::Event::VoucherGranted { .. }
            | account::Event::OrderPaid { .. }
            | account::Event::ReceivablePaid { .. }
            | account::Event::CreditNoteIssued { .. }
            | account::Event::ReceivableCredited { .. }
            | account::Event::AdjustmentDeferred { .. }
            | account::Event::AdjustmentWithdrawn { .. }
            | account::Event::AccountParked { .. }
            | account::Event::AccountUnparked { .. } => {}
        }
    }

    fn after_subscription(&self, event: &subscription::Event, changes: &mut Vec<Change>) {
        match event {
            subscription::Event::SubscriptionStarted { application_id, period, first_reminder_at, .. } => {
                changes.extend(self.term(*application_id, period.end, *first_reminder_at));
            }
            subscription::Event::SubscriptionRenewed {
                application_id,
                period,
                first_reminder_at,
                next_auto_renewal_at,
                ..
            } => {
                changes.extend(self.term(*application_id, period.end, *first_reminder_at));
                changes.push(self.waits_for(TimerKind::AutoRenewal, Some(*application_id), *next_auto_renewal_at));
            }
            subscription::Event::AutoRenewSet { application_id, next_auto_renewal_at, .. }
            | subscription::Event::AutoRenewalFailed { application_id, next_auto_renewal_at, .. } => {
                changes.push(self.waits_for(TimerKind::AutoRenewal, Some(*application_id), *next_auto_renewal_at));
            }
            subscription::Event::DowngradeScheduled { application_id, takes_effect_at, .. } => {
                changes.push(self.downgrade_waits_until(*application_id, *takes_effect_at));
            }
            subscription::Event::DowngradeCancelled { .. } | subscription::Event::PlanDowngraded { .. } => {
                changes.push(self.no_downgrade());
            }
            subscription::Event::PlanUpgraded { .. } => {}
            subscription::Event::PlanRefunded { application_id, usable_until, .. } => {
                changes.extend(self.over(*application_id));
                changes.push(self.waits_for(TimerKind::Stop, Some(*application_id), Some(*usable_until)));
            }
            subscription::Event::RenewalReminded { application_id, next_at, .. } => {
                changes.push(self.waits_for(TimerKind::Reminder, Some(*application_id), *next_at));
            }
            subscription::Event::GraceBegan { application_id, until, .. } => {
                changes.extend(self.grace(*application_id, *until));
            }
            subscription::Event::SubscriptionStopped { application_id, .. }
            | subscription::Event::SubscriptionEnded { application_id, .. } => {
                changes.extend(self.over(*application_id));
            }
        }
    }

    fn after_add_on(&self, event: &add_on::Event, changes: &mut Vec<Change>) {
        match event {
            add_on::Event::AddOnStarted { application_id, period, first_reminder_at, .. } => {
                changes.extend(self.term(*application_id, period.end, *first_reminder_at));
            }
            add_on::Event::AddOnRenewed { application_id, period, first_reminder_at, next_auto_renewal_at, .. } => {
                changes.extend(self.term(*application_id, period.end, *first_reminder_at));
                changes.push(self.waits_for(TimerKind::AutoRenewal, Some(*application_id), *next_auto_renewal_at));
            }
            add_on::Event::AddOnAutoRenewSet { application_id, next_auto_renewal_at, .. }
            | add_on::Event::AddOnAutoRenewalFailed { application_id, next_auto_renewal_at, .. } => {
                changes.push(self.waits_for(TimerKind::AutoRenewal, Some(*application_id), *next_auto_renewal_at));
            }
            add_on::Event::AddOnTrialStarted { application_id, period, .. } => {
                changes.extend(self.term(*application_id, period.end, None));
            }
            add_on::Event::AddOnReminded { application_id, next_at, .. } => {
                changes.push(self.waits_for(TimerKind::Reminder, Some(*application_id), *next_at));
            }
            add_on::Event::AddOnGraceBegan { application_id, until, .. } => {
                changes.extend(self.grace(*application_id, *until));
            }
            add_on::Event::AddOnEnded { application_id, .. } | add_on::Event::AddOnRefunded { application_id, .. } => {
                changes.extend(self.over(*application_id));
            }
        }
    }

    fn after_application(&self, id: ApplicationId, event: &application::Event, changes: &mut Vec<Change>) {
        match event {
            application::Event::ApplicationCreated { .. }
            | application::Event::PlanEntered { .. }
            | application::Event::HistoryRetentionSet { .. }
            | application::Event::FeatureRequested { .. }
            | application::Event::FeatureWithdrawn { .. }
            | application::Event::FeatureRejected { .. } => {}
            // A further cause joins a stop that runs already; the event carries the date that stands (U34).
            application::Event::ApplicationSuspended { recycle_at, .. }
            | application::Event::SuspensionLifted { recycle_at, .. } => {
                changes.push(self.waits_for(TimerKind::Recycle, Some(id), *recycle_at));
            }
            application::Event::FeatureApproved { feature, opens_at, .. } => {
                changes.push(self.opening(id, *feature, *opens_at));
            }
            application::Event::FeatureOpened { feature, .. } | application::Event::FeatureLost { feature, .. } => {
                changes.push(self.no_opening(*feature));
            }
            // A fold reads no rows: whatever might open there will not.
            application::Event::ApplicationRecycled { .. } => {
                changes.push(self.waits_for(TimerKind::Recycle, Some(id), None));
                changes.extend(Feature::ALL.iter().map(|feature| self.no_opening(*feature)));
            }
        }
    }

    /// A term that is paid for ends, and no stop is due any more.
    fn term(&self, id: ApplicationId, end: Timestamp, first_reminder_at: Option<Timestamp>) -> [Change; 3] {
        [
            self.waits_for(TimerKind::PeriodEnd, Some(id), Some(end)),
            self.waits_for(TimerKind::Stop, Some(id), None),
            self.waits_for(TimerKind::Reminder, Some(id), first_reminder_at),
        ]
    }

    /// Reminders go on inside the grace.
    fn grace(&self, id: ApplicationId, until: Timestamp) -> [Change; 2] {
        [self.waits_for(TimerKind::PeriodEnd, Some(id), None), self.waits_for(TimerKind::Stop, Some(id), Some(until))]
    }

    fn over(&self, id: ApplicationId) -> impl Iterator<Item = Change> {
        let kinds = [TimerKind::PeriodEnd, TimerKind::Stop, TimerKind::Reminder, TimerKind::AutoRenewal];
        let waits = kinds.map(|kind| self.waits_for(kind, Some(id), None));
        waits.into_iter().chain([self.no_downgrade()])
    }

    fn waits_for(&self, kind: TimerKind, application_id: Option<ApplicationId>, at: Option<Timestamp>) -> Change {
        match at {
            None => Change::Delete { table: &DUE, key: self.key(kind, None) },
            Some(at) => self.row(kind, application_id, at).upsert(),
        }
    }

    fn month_waits_for(&self, kind: TimerKind, month: Month, at: Timestamp, armed: bool) -> Change {
        DueRow { part: text(month), armed: text(armed), ..self.row(kind, None, at) }.upsert()
    }

    /// Beside the end of everything paid: a term of the lower plan may be paid for behind it (U27).
    fn downgrade_waits_until(&self, id: ApplicationId, at: Timestamp) -> Change {
        DueRow { part: text(DOWNGRADE), ..self.row(TimerKind::PeriodEnd, Some(id), at) }.upsert()
    }

    fn no_downgrade(&self) -> Change {
        Change::Delete { table: &DUE, key: self.key(TimerKind::PeriodEnd, Some(DOWNGRADE.to_owned())) }
    }

    fn opening(&self, id: ApplicationId, feature: Feature, at: Timestamp) -> Change {
        DueRow { part: text(feature.name()), ..self.row(TimerKind::FeatureOpening, Some(id), at) }.upsert()
    }

    fn no_opening(&self, feature: Feature) -> Change {
        Change::Delete { table: &DUE, key: self.key(TimerKind::FeatureOpening, Some(feature.name().to_owned())) }
    }

    fn row(&self, kind: TimerKind, application_id: Option<ApplicationId>, at: Timestamp) -> DueRow {
        DueRow {
            subject: text(&self.fact.stream),
            kind: text(kind.name()),
            part: text(""),
            application_id: application_id.and_then(text),
            account_id: text(&self.recorded.account_id),
            at: instant(at),
            armed: text(true),
        }
    }

    /// A key has no NULL.
    fn key(&self, kind: TimerKind, part: Option<String>) -> Row {
        vec![text(&self.fact.stream), text(kind.name()), Some(part.unwrap_or_default())]
    }
}
