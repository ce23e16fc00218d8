//! Owns one payer's Books: the account with its applications, agreements, add-ons and usage, what they wait for, and which
//! events explain what holds. The consistency boundary: a purchase is a subscription, a deduction and a plan, or nothing.
//!
//! Does not own the rules (aggregates) nor where a fact is stored.

pub(crate) mod documents;
mod kept;
mod working;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cqrs_es::Aggregate;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::{Account, OpenAccount};
use crate::add_on::{AddOnBought, AddOnPurchase};
use crate::aggregate::Folded;
use crate::application::{Application, CreatedApplication};
use crate::catalog::Catalog;
use crate::decide::{self, Command, Refusal};
use crate::fact::{Event, Fact, Stream};
use crate::ids::{AddOnId, ApplicationId, InvoiceId, SubscriptionId, UsageMonthId};
use crate::subscription::{Agreement, Subscription};
use crate::timer::{self, Timer};
use crate::usage::UsageMonth;

pub use documents::{BilledMonth, PaidInvoice};
pub use kept::{AccountGrounds, ApplicationGrounds, Ground, Kept, TermGrounds, UsageGrounds};
pub use working::Working;

/// The fold of one payer's events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    account: Arc<Kept<Account, AccountGrounds>>,
    applications: BTreeMap<ApplicationId, Arc<Kept<Application, ApplicationGrounds>>>,
    subscriptions: BTreeMap<SubscriptionId, Arc<Kept<Subscription, TermGrounds>>>,
    add_ons: BTreeMap<AddOnId, Arc<Kept<AddOnPurchase, TermGrounds>>>,
    usage: BTreeMap<UsageMonthId, Arc<Kept<UsageMonth, UsageGrounds>>>,
    /// Add-ons of each application, in the order they were bought.
    add_ons_of: BTreeMap<ApplicationId, Vec<AddOnId>>,
    /// How each invoice was paid.
    payments: BTreeMap<InvoiceId, PaidInvoice>,
    /// What each settled month was billed.
    billed: BTreeMap<UsageMonthId, Arc<BilledMonth>>,
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
            Stream::Application(id) => self.applications.get(id).map_or(0, |kept| kept.sequence),
            Stream::Subscription(id) => self.subscriptions.get(id).map_or(0, |kept| kept.sequence),
            Stream::AddOn(id) => self.add_ons.get(id).map_or(0, |kept| kept.sequence),
            Stream::Usage(id) => self.usage.get(id).map_or(0, |kept| kept.sequence),
            // Price lists are no payer's.
            Stream::PriceList(_) => 0,
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
            (Stream::Account(_), Event::Account(event)) => kept::fold(&mut self.account, event, fact.id, position),
            (Stream::Application(id), Event::Application(event)) => {
                kept::fold(self.applications.entry(*id).or_default(), event, fact.id, position)
            }
            (Stream::Subscription(id), Event::Subscription(event)) => {
                kept::fold(self.subscriptions.entry(*id).or_default(), event, fact.id, position)
            }
            (Stream::AddOn(id), Event::AddOn(event)) => {
                let folded = kept::fold(self.add_ons.entry(*id).or_default(), event, fact.id, position);
                self.index_add_on(*id);
                folded
            }
            (Stream::Usage(id), Event::Usage(event)) => {
                kept::fold(self.usage.entry(*id).or_default(), event, fact.id, position)
            }
            (
                Stream::Account(_)
                | Stream::Application(_)
                | Stream::Subscription(_)
                | Stream::AddOn(_)
                | Stream::Usage(_)
                | Stream::PriceList(_),
                Event::Account(_)
                | Event::Application(_)
                | Event::Subscription(_)
                | Event::AddOn(_)
                | Event::Usage(_)
                | Event::PriceList(_),
            ) => Folded::OutOfPlace,
        };
        self.remember(fact);
        self.timers.extend(self.timers_of(&fact.stream));
        self.latest = self.latest.max(Some(fact.event.at()));
        folded
    }

    fn index_add_on(&mut self, id: AddOnId) {
        if let Some(application) = self.add_on(id).map(|bought| bought.application_id) {
            let bought = self.add_ons_of.entry(application).or_default();
            if !bought.contains(&id) {
                bought.push(id);
            }
        }
    }

    fn timers_of(&self, stream: &Stream) -> Vec<Timer> {
        let timers = match stream {
            Stream::Account(id) => self.account().map(|account| timer::of_account(id, account)),
            Stream::Application(id) => self.application(*id).map(timer::of_application),
            Stream::Subscription(id) => self.agreement(*id).map(|agreement| timer::of_agreement(*id, agreement)),
            Stream::AddOn(id) => self.add_on(*id).map(|bought| timer::of_add_on(*id, bought)),
            Stream::Usage(_) | Stream::PriceList(_) => None,
        };
        timers.unwrap_or_default()
    }

    fn is_parked(&self) -> bool {
        self.account().is_some_and(|account| account.parked.is_some())
    }

    fn application(&self, id: ApplicationId) -> Option<&CreatedApplication> {
        self.applications.get(&id).and_then(|kept| kept.state.created())
    }

    fn agreement(&self, id: SubscriptionId) -> Option<&Agreement> {
        self.subscriptions.get(&id).and_then(|kept| kept.state.started())
    }

    fn add_on(&self, id: AddOnId) -> Option<&AddOnBought> {
        self.add_ons.get(&id).and_then(|kept| kept.state.started())
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
