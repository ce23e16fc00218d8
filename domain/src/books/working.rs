//! Owns Books with what a decision has touched laid over them. Nothing that is not touched is copied, so a decision costs
//! the same for a payer of one application and of three hundred.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::{ApplicationGrounds, BilledMonth, Books, PaidInvoice, TermGrounds, UsageGrounds, documents};
use crate::account::{Account, OpenAccount};
use crate::add_on::{AddOnBought, AddOnPurchase};
use crate::application::{Application, CreatedApplication};
use crate::charge::PaidBy;
use crate::fact::{Fact, Stream};
use crate::ids::{AddOnId, ApplicationId, InvoiceId, SubscriptionId, UsageMonthId};
use crate::subscription::{Agreement, Subscription};
use crate::timer::Timer;
use crate::usage::UsageMonth;

/// Books with what a decision has touched laid over them.
#[derive(Debug, Clone)]
pub struct Working<'a> {
    base: &'a Books,
    own: Books,
    touched: BTreeSet<Stream>,
}

/// Looks into the overlay first.
macro_rules! kept {
    ($working:expr, $map:ident, $id:expr) => {
        $working.own.$map.get($id).or_else(|| $working.base.$map.get($id))
    };
}

impl<'a> Working<'a> {
    /// Nothing touched yet.
    pub fn over(base: &'a Books) -> Self {
        let own = Books { account: Arc::clone(&base.account), latest: base.latest, ..Books::default() };
        Self { base, own, touched: BTreeSet::new() }
    }

    /// The payer, once opened.
    pub fn account(&self) -> Option<&OpenAccount> {
        self.own.account()
    }

    /// An application of the payer.
    pub fn application(&self, id: ApplicationId) -> Option<&CreatedApplication> {
        kept!(self, applications, &id).and_then(|kept| kept.state.created())
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
        kept!(self, subscriptions, &id).and_then(|kept| kept.state.started())
    }

    /// The agreement an application's plan rests on, while it runs.
    pub fn running_agreement(&self, application: &CreatedApplication) -> Option<(SubscriptionId, &Agreement)> {
        let id = application.subscription?;
        self.agreement(id).filter(|agreement| agreement.is_running()).map(|agreement| (id, agreement))
    }

    /// The agreement that keeps an application in service: it runs, or it is refunded and still usable.
    pub fn usable_agreement(&self, application: &CreatedApplication) -> Option<(SubscriptionId, &Agreement)> {
        let id = application.subscription?;
        self.agreement(id).filter(|agreement| agreement.is_usable()).map(|agreement| (id, agreement))
    }

    /// How an invoice was paid.
    pub fn payment(&self, id: InvoiceId) -> PaidInvoice {
        kept!(self, payments, &id).copied().unwrap_or_default()
    }

    /// What was paid for these invoices together and did not go back, by the balance it came from.
    pub fn left_of(&self, invoices: &[InvoiceId]) -> PaidBy {
        let left = invoices.iter().map(|id| self.payment(*id).left());
        left.fold(PaidInvoice::default().paid, documents::sum)
    }

    /// What a settled month was billed; none that no statement has a line of.
    pub fn billed(&self, id: UsageMonthId) -> Option<&BilledMonth> {
        kept!(self, billed, &id).map(Arc::as_ref)
    }

    /// An add-on of the payer.
    pub fn add_on(&self, id: AddOnId) -> Option<&AddOnBought> {
        kept!(self, add_ons, &id).and_then(|kept| kept.state.started())
    }

    /// Every add-on an application ever had, in the order they were bought.
    pub fn add_ons_of(&self, application: ApplicationId) -> impl Iterator<Item = (AddOnId, &AddOnBought)> {
        let before = self.base.add_ons_of.get(&application).into_iter().flatten();
        let bought = |id: &&AddOnId| !self.base.add_ons.contains_key(*id);
        let new = self.own.add_ons_of.get(&application).into_iter().flatten().filter(bought);
        before.chain(new).filter_map(|id| self.add_on(*id).map(|bought| (*id, bought)))
    }

    /// A month of an application's usage.
    pub fn usage(&self, id: UsageMonthId) -> Option<&UsageMonth> {
        kept!(self, usage, &id).map(|kept| &kept.state)
    }

    /// Which events gave an application its present rights.
    pub fn grounds(&self, id: ApplicationId) -> Option<&ApplicationGrounds> {
        kept!(self, applications, &id).map(|kept| &kept.grounds)
    }

    /// Which events brought an agreement's terms.
    pub fn agreement_grounds(&self, id: SubscriptionId) -> Option<&TermGrounds> {
        kept!(self, subscriptions, &id).map(|kept| &kept.grounds)
    }

    /// Which events brought an add-on's terms.
    pub fn add_on_grounds(&self, id: AddOnId) -> Option<&TermGrounds> {
        kept!(self, add_ons, &id).map(|kept| &kept.grounds)
    }

    /// Which events brought a month's readings.
    pub fn usage_grounds(&self, id: UsageMonthId) -> Option<&UsageGrounds> {
        kept!(self, usage, &id).map(|kept| &kept.grounds)
    }

    /// How many events of the payer's own stream are folded.
    pub(crate) fn payer_sequence(&self) -> u64 {
        self.own.account.sequence
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

    /// What one application waits for, in order: its own timers, its agreement's and add-ons', and its payer's.
    pub fn timers_of(&self, application: ApplicationId) -> Vec<&Timer> {
        let concerns = |timer: &&Timer| timer.application_id.is_none_or(|id| id == application);
        let untouched = self.base.timers.iter().filter(|timer| !self.touched.contains(&timer.subject));
        let mut timers: Vec<&Timer> = untouched.chain(&self.own.timers).filter(concerns).collect();
        timers.sort();
        timers
    }

    /// The payer's aggregate.
    pub fn payer(&self) -> &Account {
        &self.own.account.state
    }

    pub(crate) fn application_aggregate(&self, id: ApplicationId) -> &Application {
        const NOT_CREATED: &Application = &Application::NotCreated;
        kept!(self, applications, &id).map_or(NOT_CREATED, |kept| &kept.state)
    }

    pub(crate) fn subscription_aggregate(&self, id: SubscriptionId) -> &Subscription {
        const NOT_STARTED: &Subscription = &Subscription::NotStarted;
        kept!(self, subscriptions, &id).map_or(NOT_STARTED, |kept| &kept.state)
    }

    pub(crate) fn add_on_aggregate(&self, id: AddOnId) -> &AddOnPurchase {
        const NOT_STARTED: &AddOnPurchase = &AddOnPurchase::NotStarted;
        kept!(self, add_ons, &id).map_or(NOT_STARTED, |kept| &kept.state)
    }

    /// Folds a decided fact and answers its sequence in its stream.
    pub(crate) fn evolve(&mut self, fact: &Fact) -> u64 {
        self.touch(&fact.stream);
        self.touch_documents(fact);
        // `decide` emits only facts that fold in the state they were decided in; a test drives every pair.
        let _ = self.own.evolve(fact, None);
        self.own.sequence(&fact.stream)
    }

    /// Takes over what is remembered of the documents a fact speaks of.
    fn touch_documents(&mut self, fact: &Fact) {
        let (invoices, months) = documents::touched(fact);
        for id in invoices {
            let base = self.base.payments.get(&id).copied();
            self.own.payments.entry(id).or_insert(base.unwrap_or_default());
        }
        for id in months {
            let base = self.base.billed.get(&id).cloned();
            self.own.billed.entry(id).or_insert(base.unwrap_or_default());
        }
    }

    /// Takes over an aggregate the first time it changes: its state is shared, its timers now stand in the overlay.
    fn touch(&mut self, stream: &Stream) {
        if !self.touched.insert(stream.clone()) {
            return;
        }
        macro_rules! take_over {
            ($map:ident, $id:expr) => {
                if let Some(kept) = self.base.$map.get($id) {
                    self.own.$map.insert(*$id, Arc::clone(kept));
                }
            };
        }
        match stream {
            Stream::Account(_) | Stream::PriceList(_) => {}
            Stream::Application(id) => take_over!(applications, id),
            Stream::Subscription(id) => take_over!(subscriptions, id),
            Stream::AddOn(id) => take_over!(add_ons, id),
            Stream::Usage(id) => take_over!(usage, id),
        }
    }
}
