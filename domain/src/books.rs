//! Owns one payer's Books: the account with its applications and agreements, what they wait for, and which events gave
//! the rights in force. The consistency boundary: a purchase is a subscription, a deduction and a plan, or nothing.
//!
//! Does not own the rules (aggregates) nor where a fact is stored. [`Working`] lays what a decision touches over Books
//! that it does not copy, so a decision costs the same for a payer of one application and of three hundred.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cqrs_es::Aggregate;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::{Account, OpenAccount};
use crate::aggregate::Folded;
use crate::application::{self, Application, CreatedApplication};
use crate::catalog::Catalog;
use crate::decide::{self, Command, Refusal};
use crate::fact::{Event, Fact, Stream};
use crate::ids::{ApplicationId, EventId, SubscriptionId};
use crate::subscription::{Agreement, Subscription};
use crate::timer::{self, Timer};

/// An aggregate and how many events made it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept<A> {
    /// The fold of its stream.
    pub state: A,
    /// Sequence of its last event.
    pub sequence: u64,
}

/// The event that explains a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// The event.
    pub event_id: EventId,
    /// Its place in the log; none while it is only decided.
    pub position: Option<u64>,
}

/// Which events gave an application its present rights.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// Gave the rights of the plan.
    pub plan: Option<Ground>,
    /// Stopped the service; kept until it is lifted.
    pub stop: Option<Ground>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct KeptApplication {
    kept: Kept<Application>,
    grounds: Grounds,
}

/// The fold of one payer's events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    account: Arc<Kept<Account>>,
    applications: BTreeMap<ApplicationId, Arc<KeptApplication>>,
    subscriptions: BTreeMap<SubscriptionId, Arc<Kept<Subscription>>>,
    timers: BTreeSet<Timer>,
    latest: Option<Timestamp>,
    as_of_position: u64,
}

impl Books {
    /// The payer, once opened.
    pub fn account(&self) -> Option<&OpenAccount> {
        self.account.state.open()
    }

    /// The earliest thing due, unless the payer is parked: then nothing happens by itself.
    pub fn next_timer(&self) -> Option<&Timer> {
        if self.is_parked() { None } else { self.timers.first() }
    }

    /// Everything due, in order.
    pub fn timers(&self) -> impl Iterator<Item = &Timer> {
        self.timers.iter()
    }

    /// The latest instant anything was true at. No later command is decided before it.
    pub fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// Position of the last event folded.
    pub fn as_of_position(&self) -> u64 {
        self.as_of_position
    }

    /// How many events of a stream are folded.
    pub fn sequence(&self, stream: &Stream) -> u64 {
        match stream {
            Stream::Account(_) => self.account.sequence,
            Stream::Application(id) => self.applications.get(id).map_or(0, |entry| entry.kept.sequence),
            Stream::Subscription(id) => self.subscriptions.get(id).map_or(0, |kept| kept.sequence),
        }
    }

    /// Folds an event as the log holds it. What is at or below [`Books::as_of_position`] was folded before.
    pub fn evolve_recorded(&mut self, fact: &Fact, position: u64) -> Folded {
        if position <= self.as_of_position {
            return Folded::InPlace;
        }
        self.as_of_position = position;
        self.evolve(fact, Some(position))
    }

    fn evolve(&mut self, fact: &Fact, position: Option<u64>) -> Folded {
        for timer in self.timers_of(&fact.stream) {
            self.timers.remove(&timer);
        }
        let folded = match (&fact.stream, &fact.event) {
            (Stream::Account(_), Event::Account(event)) => {
                let kept = Arc::make_mut(&mut self.account);
                kept.sequence += 1;
                kept.state.evolve(event)
            }
            (Stream::Application(id), Event::Application(event)) => {
                let entry = Arc::make_mut(self.applications.entry(*id).or_default());
                entry.kept.sequence += 1;
                entry.grounds.note(event, Ground { event_id: fact.id, position });
                entry.kept.state.evolve(event)
            }
            (Stream::Subscription(id), Event::Subscription(event)) => {
                let kept = Arc::make_mut(self.subscriptions.entry(*id).or_default());
                kept.sequence += 1;
                kept.state.evolve(event)
            }
            (
                Stream::Account(_) | Stream::Application(_) | Stream::Subscription(_),
                Event::Account(_) | Event::Application(_) | Event::Subscription(_),
            ) => Folded::OutOfPlace,
        };
        self.timers.extend(self.timers_of(&fact.stream));
        self.latest = self.latest.max(Some(fact.event.at()));
        folded
    }

    fn timers_of(&self, stream: &Stream) -> Vec<Timer> {
        match stream {
            Stream::Account(_) => Vec::new(),
            Stream::Application(id) => self.application(*id).map_or_else(Vec::new, timer::of_application),
            Stream::Subscription(id) => {
                self.agreement(*id).map_or_else(Vec::new, |agreement| timer::of_agreement(*id, agreement))
            }
        }
    }

    fn is_parked(&self) -> bool {
        self.account().is_some_and(|account| account.parked.is_some())
    }

    fn application(&self, id: ApplicationId) -> Option<&CreatedApplication> {
        self.applications.get(&id).and_then(|entry| entry.kept.state.created())
    }

    fn agreement(&self, id: SubscriptionId) -> Option<&Agreement> {
        self.subscriptions.get(&id).and_then(|kept| kept.state.started())
    }
}

impl Grounds {
    fn note(&mut self, event: &application::Event, ground: Ground) {
        match event {
            application::Event::ApplicationCreated { .. } | application::Event::PlanEntered { .. } => {
                self.plan = Some(ground);
            }
            application::Event::ApplicationSuspended { .. } | application::Event::ApplicationRecycled { .. } => {
                self.stop = Some(ground);
            }
            application::Event::SuspensionLifted { .. } => self.stop = None,
        }
    }
}

/// Books with what a decision has touched laid over them.
#[derive(Debug, Clone)]
pub struct Working<'a> {
    base: &'a Books,
    own: Books,
    touched: BTreeSet<Stream>,
}

impl<'a> Working<'a> {
    /// Nothing touched yet.
    pub fn over(base: &'a Books) -> Self {
        let own = Books { account: Arc::clone(&base.account), latest: base.latest, ..Books::default() };
        Self { base, own, touched: BTreeSet::new() }
    }

    /// The payer's aggregate.
    pub fn payer(&self) -> &Account {
        &self.own.account.state
    }

    /// The payer, once opened.
    pub fn account(&self) -> Option<&OpenAccount> {
        self.own.account()
    }

    /// An application of the payer.
    pub fn application(&self, id: ApplicationId) -> Option<&CreatedApplication> {
        self.own.application(id).or_else(|| self.base.application(id))
    }

    /// Every application of the payer, by id.
    pub fn applications(&self) -> impl Iterator<Item = &CreatedApplication> {
        let ids: BTreeSet<&ApplicationId> = self.base.applications.keys().chain(self.own.applications.keys()).collect();
        ids.into_iter().filter_map(|id| self.application(*id))
    }

    /// How many applications the payer has, recycled ones included.
    pub fn applications_count(&self) -> usize {
        let new = self.own.applications.keys().filter(|id| !self.base.applications.contains_key(id));
        self.base.applications.len() + new.count()
    }

    /// An agreement of the payer.
    pub fn agreement(&self, id: SubscriptionId) -> Option<&Agreement> {
        self.own.agreement(id).or_else(|| self.base.agreement(id))
    }

    /// The agreement an application's plan rests on, while it runs.
    pub fn running_agreement(&self, application: &CreatedApplication) -> Option<(SubscriptionId, &Agreement)> {
        let id = application.subscription?;
        self.agreement(id).filter(|agreement| agreement.is_running()).map(|agreement| (id, agreement))
    }

    /// Which events gave an application its present rights.
    pub fn grounds(&self, id: ApplicationId) -> Option<&Grounds> {
        let entry = self.own.applications.get(&id).or_else(|| self.base.applications.get(&id));
        entry.map(|entry| &entry.grounds)
    }

    /// The latest instant anything was true at.
    pub fn latest(&self) -> Option<Timestamp> {
        self.own.latest
    }

    /// The earliest thing due, unless the payer is parked: then nothing happens by itself.
    pub fn next_timer(&self) -> Option<&Timer> {
        if self.own.is_parked() {
            return None;
        }
        let untouched = self.base.timers.iter().find(|timer| !self.touched.contains(&timer.subject));
        match (untouched, self.own.timers.first()) {
            (Some(base), Some(own)) => Some(base.min(own)),
            (base, own) => base.or(own),
        }
    }

    /// What one application waits for, in order.
    pub fn timers_of(&self, application: ApplicationId) -> Vec<&Timer> {
        let untouched = self.base.timers.iter().filter(|timer| !self.touched.contains(&timer.subject));
        let mut timers: Vec<&Timer> =
            untouched.chain(&self.own.timers).filter(|timer| timer.application_id == application).collect();
        timers.sort();
        timers
    }

    pub(crate) fn application_aggregate(&self, id: ApplicationId) -> &Application {
        const NOT_CREATED: &Application = &Application::NotCreated;
        let entry = self.own.applications.get(&id).or_else(|| self.base.applications.get(&id));
        entry.map_or(NOT_CREATED, |entry| &entry.kept.state)
    }

    pub(crate) fn subscription_aggregate(&self, id: SubscriptionId) -> &Subscription {
        const NOT_STARTED: &Subscription = &Subscription::NotStarted;
        let kept = self.own.subscriptions.get(&id).or_else(|| self.base.subscriptions.get(&id));
        kept.map_or(NOT_STARTED, |kept| &kept.state)
    }

    /// Folds a decided fact and answers its sequence in its stream.
    pub(crate) fn evolve(&mut self, fact: &Fact) -> u64 {
        self.touch(&fact.stream);
        // `decide` emits only facts that fold in the state they were decided in; a test drives every pair.
        let _ = self.own.evolve(fact, None);
        self.own.sequence(&fact.stream)
    }

    /// Takes over an aggregate the first time it changes: its state is shared, its timers now stand in the overlay.
    fn touch(&mut self, stream: &Stream) {
        if !self.touched.insert(stream.clone()) {
            return;
        }
        match stream {
            Stream::Account(_) => {}
            Stream::Application(id) => {
                if let Some(entry) = self.base.applications.get(id) {
                    self.own.applications.insert(*id, Arc::clone(entry));
                }
            }
            Stream::Subscription(id) => {
                if let Some(kept) = self.base.subscriptions.get(id) {
                    self.own.subscriptions.insert(*id, Arc::clone(kept));
                }
            }
        }
    }
}

impl Aggregate for Books {
    const TYPE: &'static str = "books";
    type Command = Command;
    type Event = Fact;
    type Error = Refusal;
    type Services = Catalog;

    async fn handle(
        &mut self,
        command: Command,
        catalog: &Catalog,
        sink: &cqrs_es::event_sink::EventSink<Self>,
    ) -> Result<(), Refusal> {
        let outcome = decide::decide(Working::over(self), &command, catalog);
        // The framework takes all of a command or nothing: a refusal also leaves what was due undone. Nothing is lost
        // by that, timers are derived and come again with the next command.
        let order = outcome.order?;
        for decision in outcome.due.into_iter().chain([order]) {
            for placed in decision.facts {
                sink.write(placed.fact, self).await;
            }
        }
        Ok(())
    }

    fn apply(&mut self, fact: Fact) {
        // Positions are the log's; the framework's way has none. `verify` reports what is out of place.
        let _ = self.evolve(&fact, None);
    }
}
