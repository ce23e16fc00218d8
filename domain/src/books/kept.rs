//! Owns how Books keep an aggregate: its state, how many events made it, and which events explain what holds now.
//!
//! Does not own what an event does to a state (aggregates).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::account;
use crate::add_on;
use crate::aggregate::{Folded, Folds};
use crate::application::{self, SuspensionCause};
use crate::charge::CauseRef;
use crate::fact::Stream;
use crate::ids::EventId;
use crate::plan::Feature;
use crate::subscription;
use crate::terms::DowngradeTiming;
use crate::timeline::Timeline;
use crate::usage;

/// The event that explains something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// The event.
    pub event_id: EventId,
    /// Its place in its stream.
    pub sequence: u64,
    /// Its place in the log; none while it is only decided.
    pub position: Option<u64>,
}

impl Ground {
    /// The event as a line cites it.
    pub(crate) fn cause(self, stream: &Stream) -> CauseRef {
        CauseRef {
            event_id: self.event_id,
            aggregate_type: stream.aggregate_type().to_owned(),
            aggregate_id: stream.aggregate_id().into_owned(),
            sequence: self.sequence,
        }
    }
}

/// An aggregate as Books keep it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept<A, G> {
    /// The fold of its stream.
    pub state: A,
    /// Sequence of its last event.
    pub sequence: u64,
    /// Which events explain what holds now.
    pub grounds: G,
}

/// Notes which events explain what holds.
pub(super) trait Notes<E> {
    fn note(&mut self, event: &E, ground: Ground);
}

/// Folds an event into what is kept.
pub(super) fn fold<A, G>(
    kept: &mut Arc<Kept<A, G>>,
    event: &A::Event,
    event_id: EventId,
    position: Option<u64>,
) -> Folded
where
    A: Folds + Clone,
    G: Notes<A::Event> + Clone,
{
    let kept = Arc::make_mut(kept);
    kept.sequence += 1;
    kept.grounds.note(event, Ground { event_id, sequence: kept.sequence, position });
    kept.state.fold(event)
}

/// Nobody asks why an account stands as it does: every change of it is a document of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountGrounds;

impl Notes<account::Event> for AccountGrounds {
    fn note(&mut self, _: &account::Event, _: Ground) {}
}

/// Which events gave an application its present rights.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationGrounds {
    /// Gave the rights of the plan.
    pub plan: Option<Ground>,
    /// Stopped the service, for each cause that stands.
    pub stops: BTreeMap<SuspensionCause, Ground>,
    /// Ended it for good.
    pub recycled: Option<Ground>,
    /// Approved or opened a feature that is opened on application; the last of these.
    pub features: BTreeMap<Feature, Ground>,
    /// Set how long history is kept, each time.
    pub retention: Vec<(Timestamp, Ground)>,
}

impl ApplicationGrounds {
    /// Why it is out of service: being recycled, else the earliest stop of those that stand.
    pub fn stop(&self) -> Option<Ground> {
        self.recycled.or_else(|| self.stops.values().copied().min_by_key(|ground| ground.sequence))
    }
}

impl Notes<application::Event> for ApplicationGrounds {
    fn note(&mut self, event: &application::Event, ground: Ground) {
        match event {
            application::Event::ApplicationCreated { .. } | application::Event::PlanEntered { .. } => {
                self.plan = Some(ground);
            }
            application::Event::ApplicationSuspended { cause, .. } => {
                self.stops.insert(*cause, ground);
            }
            application::Event::SuspensionLifted { cause, .. } => {
                self.stops.remove(cause);
            }
            application::Event::ApplicationRecycled { .. } => {
                self.recycled = Some(ground);
                self.features.clear();
            }
            application::Event::FeatureApproved { feature, .. } | application::Event::FeatureOpened { feature, .. } => {
                self.features.insert(*feature, ground);
            }
            application::Event::FeatureLost { feature, .. } => {
                self.features.remove(feature);
            }
            // What waits for an answer, or had none, gives nothing.
            application::Event::FeatureRequested { .. }
            | application::Event::FeatureWithdrawn { .. }
            | application::Event::FeatureRejected { .. } => {}
            application::Event::HistoryRetentionSet { at, .. } => self.retention.push((*at, ground)),
        }
    }
}

/// Which events brought the terms of an agreement or add-on, each from the instant it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermGrounds {
    terms: Timeline<Ground>,
}

impl TermGrounds {
    /// The event that brought the terms in force from an instant on.
    pub fn in_force_from(&self, from: Timestamp) -> Option<Ground> {
        self.terms.entries().rfind(|(at, _)| *at == from).map(|(_, ground)| *ground)
    }

    /// The event that brought the last terms.
    pub fn last(&self) -> Option<Ground> {
        self.terms.last().copied()
    }
}

impl Notes<subscription::Event> for TermGrounds {
    fn note(&mut self, event: &subscription::Event, ground: Ground) {
        match event {
            subscription::Event::SubscriptionStarted { period, .. }
            | subscription::Event::SubscriptionRenewed { period, .. } => self.terms.set(period.start, ground),
            subscription::Event::PlanUpgraded { at, .. }
            | subscription::Event::PlanDowngraded { timing: DowngradeTiming::Immediate, at, .. } => {
                self.terms.set(*at, ground);
            }
            subscription::Event::PlanDowngraded { timing: DowngradeTiming::PeriodEnd, at, .. } => {
                self.terms.set_unless_begun(*at, ground);
            }
            subscription::Event::RenewalReminded { .. }
            | subscription::Event::GraceBegan { .. }
            | subscription::Event::DowngradeScheduled { .. }
            | subscription::Event::DowngradeCancelled { .. }
            | subscription::Event::PlanRefunded { .. }
            | subscription::Event::AutoRenewSet { .. }
            | subscription::Event::AutoRenewalFailed { .. }
            | subscription::Event::SubscriptionStopped { .. }
            | subscription::Event::SubscriptionEnded { .. } => {}
        }
    }
}

impl Notes<add_on::Event> for TermGrounds {
    fn note(&mut self, event: &add_on::Event, ground: Ground) {
        match event {
            add_on::Event::AddOnStarted { period, .. }
            | add_on::Event::AddOnTrialStarted { period, .. }
            | add_on::Event::AddOnRenewed { period, .. } => self.terms.set(period.start, ground),
            add_on::Event::AddOnReminded { .. }
            | add_on::Event::AddOnGraceBegan { .. }
            | add_on::Event::AddOnRefunded { .. }
            | add_on::Event::AddOnAutoRenewSet { .. }
            | add_on::Event::AddOnAutoRenewalFailed { .. }
            | add_on::Event::AddOnEnded { .. } => {}
        }
    }
}

/// Which events brought a month's readings, by day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageGrounds {
    /// The reading that counts for each day.
    pub readings: BTreeMap<Date, Ground>,
}

impl Notes<usage::Event> for UsageGrounds {
    fn note(&mut self, event: &usage::Event, ground: Ground) {
        match event {
            usage::Event::UsageRecorded { date, .. } | usage::Event::UsageCorrected { date, .. } => {
                self.readings.insert(*date, ground);
            }
            usage::Event::UsageMonthClosed { .. } => {}
        }
    }
}
