//! Owns what is due when: every state yields its next instants, in one total order (R0).
//!
//! Does not own what happens then (decisions) nor what time it is. Timers are derived, not ticked: late, twice, never
//! or by two nodes gives the same events.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::OpenAccount;
use crate::add_on::{self, AddOnBought};
use crate::application::{CreatedApplication, FeatureStage};
use crate::fact::Stream;
use crate::ids::{AccountId, AddOnId, ApplicationId, CommandId, SubscriptionId};
use crate::plan::Feature;
use crate::subscription::{Agreement, Stage};

/// What comes first at one instant (R0). Between these lie classes that later features fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TimerKind {
    /// Everything paid has ended.
    PeriodEnd,
    /// A month's statement is drafted.
    StatementDraft,
    /// A month's statement becomes final and is deducted.
    Settlement,
    /// A term renews itself.
    AutoRenewal,
    /// The grace has ended, a payer's or a term's.
    Stop,
    /// Retention has ended.
    Recycle,
    /// A feature that was approved opens.
    FeatureOpening,
    /// The payer is to be reminded.
    Reminder,
}

impl TimerKind {
    /// The name in derived ids, projections and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::PeriodEnd => "period_end",
            Self::StatementDraft => "statement_draft",
            Self::Settlement => "settlement",
            Self::AutoRenewal => "auto_renewal",
            Self::Stop => "stop",
            Self::Recycle => "recycle",
            Self::FeatureOpening => "feature_opening",
            Self::Reminder => "reminder",
        }
    }
}

/// Which stream acts first inside a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Precedence {
    /// The payer.
    Account,
    /// An application or its plan.
    Plan,
    /// An add-on.
    AddOn,
}

/// Something due at an instant. The order of the fields is the order of R0: instant, class, earlier end, plan before
/// add-ons, application, id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timer {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: TimerKind,
    /// End of what it is about; earlier ends first.
    pub end: Timestamp,
    /// Who acts first.
    pub precedence: Precedence,
    /// The application it is about; none when it is about the payer.
    pub application_id: Option<ApplicationId>,
    /// The stream that acts.
    pub subject: Stream,
    /// The feature that opens; an application may wait for several.
    pub feature: Option<Feature>,
}

impl Timer {
    /// Its command's id: the same on every node, however late.
    pub fn command_id(&self, account: &AccountId) -> CommandId {
        let subject = match self.feature {
            None => self.subject.to_string(),
            Some(feature) => format!("{}/{}", self.subject, feature.name()),
        };
        CommandId::timer(self.at, account, self.kind.name(), &subject)
    }
}

/// What a payer waits for: its statements, and the stop when it is in arrears.
pub(crate) fn of_account(id: &AccountId, account: &OpenAccount) -> Vec<Timer> {
    let timer = |at, kind, end| Timer {
        at,
        kind,
        end,
        precedence: Precedence::Account,
        application_id: None,
        subject: Stream::Account(id.clone()),
        feature: None,
    };
    let statements = account.billing.iter().map(|(month, billing)| match billing.drafted {
        None => timer(billing.draft_at, TimerKind::StatementDraft, month.period().end),
        Some(_) => timer(billing.final_at, TimerKind::Settlement, month.period().end),
    });
    let unstopped = account.arrears.filter(|arrears| arrears.suspended_at.is_none());
    let stop = unstopped.map(|arrears| timer(arrears.suspend_at, TimerKind::Stop, arrears.suspend_at));
    statements.chain(stop).collect()
}

/// What an agreement waits for.
pub(crate) fn of_agreement(id: SubscriptionId, agreement: &Agreement) -> Vec<Timer> {
    let timer = |at, kind| Timer {
        at,
        kind,
        end: agreement.terms.paid_until(),
        precedence: Precedence::Plan,
        application_id: Some(agreement.application_id),
        subject: Stream::Subscription(id),
        feature: None,
    };
    let next = match agreement.stage {
        Stage::Active => Some(timer(agreement.terms.paid_until(), TimerKind::PeriodEnd)),
        Stage::Grace { until } | Stage::Refunded { until } => Some(timer(until, TimerKind::Stop)),
        Stage::Stopped { .. } | Stage::Ended { .. } => None,
    };
    // Behind it a term of the lower plan may be paid for (U27); at the same instant both are one.
    let downgrade = agreement
        .scheduled
        .as_ref()
        .map(|scheduled| Timer { end: scheduled.at, ..timer(scheduled.at, TimerKind::PeriodEnd) });
    let renewal = agreement.next_auto_renewal().map(|at| timer(at, TimerKind::AutoRenewal));
    let reminder = agreement.next_reminder().map(|(_, at)| timer(at, TimerKind::Reminder));
    next.into_iter().chain(downgrade).chain(renewal).chain(reminder).collect()
}

/// What an add-on waits for.
pub(crate) fn of_add_on(id: AddOnId, bought: &AddOnBought) -> Vec<Timer> {
    let timer = |at, kind| Timer {
        at,
        kind,
        end: bought.terms.paid_until(),
        precedence: Precedence::AddOn,
        application_id: Some(bought.application_id),
        subject: Stream::AddOn(id),
        feature: None,
    };
    let next = match bought.stage {
        add_on::Stage::Active => Some(timer(bought.terms.paid_until(), TimerKind::PeriodEnd)),
        add_on::Stage::Grace { until } => Some(timer(until, TimerKind::Stop)),
        add_on::Stage::Ended { .. } => None,
    };
    let renewal = bought.next_auto_renewal().map(|at| timer(at, TimerKind::AutoRenewal));
    let reminder = bought.next_reminder().map(|(_, at)| timer(at, TimerKind::Reminder));
    next.into_iter().chain(renewal).chain(reminder).collect()
}

/// What an application waits for.
pub(crate) fn of_application(application: &CreatedApplication) -> Vec<Timer> {
    let timer = |at, kind, feature| Timer {
        at,
        kind,
        end: at,
        precedence: Precedence::Plan,
        application_id: Some(application.id),
        subject: Stream::Application(application.id),
        feature,
    };
    let recycling = application.recycle_at.map(|at| timer(at, TimerKind::Recycle, None));
    let openings = application.features.iter().filter_map(|(feature, stage)| match stage {
        FeatureStage::Approved { opens_at } => Some(timer(*opens_at, TimerKind::FeatureOpening, Some(*feature))),
        FeatureStage::Requested { .. } | FeatureStage::Open { .. } => None,
    });
    recycling.into_iter().chain(openings).collect()
}
