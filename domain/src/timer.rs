//! Owns what is due when: every state yields its next instants, in one total order (R0).
//!
//! Does not own what happens then (decisions) nor what time it is. Timers are derived, not ticked: late, twice, never
//! or by two nodes gives the same events.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::application::CreatedApplication;
use crate::fact::Stream;
use crate::ids::{AccountId, ApplicationId, CommandId, SubscriptionId};
use crate::subscription::{Agreement, Stage};

/// What comes first at one instant (R0). Between these lie classes that later features fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TimerKind {
    /// Everything paid has ended.
    PeriodEnd,
    /// The grace has ended.
    Stop,
    /// Retention has ended.
    Recycle,
    /// The payer is to be reminded.
    Reminder,
}

impl TimerKind {
    /// The name in derived ids, projections and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::PeriodEnd => "period_end",
            Self::Stop => "stop",
            Self::Recycle => "recycle",
            Self::Reminder => "reminder",
        }
    }
}

/// Something due at an instant. The order of the fields is the order of R0: instant, class, earlier end, application,
/// id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timer {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: TimerKind,
    /// End of what it is about; earlier ends first.
    pub end: Timestamp,
    /// The application it is about.
    pub application_id: ApplicationId,
    /// The stream that acts.
    pub subject: Stream,
}

impl Timer {
    /// Its command's id: the same on every node, however late.
    pub fn command_id(&self, account: &AccountId) -> CommandId {
        CommandId::timer(self.at, account, self.kind.name(), &self.subject.to_string())
    }
}

/// What an agreement waits for.
pub(crate) fn of_agreement(id: SubscriptionId, agreement: &Agreement) -> Vec<Timer> {
    let timer = |at, kind| Timer {
        at,
        kind,
        end: agreement.terms.paid_until(),
        application_id: agreement.application_id,
        subject: Stream::Subscription(id),
    };
    let next = match agreement.stage {
        Stage::Active => Some(timer(agreement.terms.paid_until(), TimerKind::PeriodEnd)),
        Stage::Grace { until } => Some(timer(until, TimerKind::Stop)),
        Stage::Stopped { .. } | Stage::Ended { .. } => None,
    };
    let reminder = agreement.next_reminder().map(|(_, at)| timer(at, TimerKind::Reminder));
    next.into_iter().chain(reminder).collect()
}

/// What an application waits for.
pub(crate) fn of_application(application: &CreatedApplication) -> Vec<Timer> {
    let timer = |at| Timer {
        at,
        kind: TimerKind::Recycle,
        end: at,
        application_id: application.id,
        subject: Stream::Application(application.id),
    };
    application.recycle_at.map(timer).into_iter().collect()
}
