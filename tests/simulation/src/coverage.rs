//! Owns which facts were met in which state of their aggregate.

use std::collections::BTreeMap;

use cqrs_es::DomainEvent;
use subledger_domain::books::{Books, Working};
use subledger_domain::fact::{Fact, Stream};
use subledger_domain::{add_on, subscription};

/// How often each pair was met: aggregate, state, event.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    pairs: BTreeMap<(&'static str, &'static str, String), u64>,
}

impl Coverage {
    pub(crate) fn fact(&mut self, books: &Books, fact: &Fact) {
        let books = Working::over(books);
        let state = match &fact.stream {
            Stream::Account(_) => account(&books),
            Stream::Application(id) => books.application(*id).map_or("not created", application),
            Stream::Subscription(id) => books.agreement(*id).map_or("not started", |agreement| match agreement.stage {
                subscription::Stage::Active if agreement.scheduled.is_some() => "active, going down",
                subscription::Stage::Active => "active",
                subscription::Stage::Grace { .. } => "grace",
                subscription::Stage::Refunded { .. } => "refunded",
                subscription::Stage::Stopped { .. } => "stopped",
                subscription::Stage::Ended { .. } => "ended",
            }),
            Stream::AddOn(id) => books.add_on(*id).map_or("not started", |bought| match bought.stage {
                add_on::Stage::Active if bought.is_trial() => "trial",
                add_on::Stage::Active => "active",
                add_on::Stage::Grace { .. } => "grace",
                add_on::Stage::Ended { .. } => "ended",
            }),
            Stream::Usage(id) => books.usage(*id).map_or("nothing told", |usage| if usage.is_closed() { "closed" } else { "open" }),
            Stream::PriceList(_) => "not published",
        };
        *self.pairs.entry((fact.stream.aggregate_type(), state, fact.event_type())).or_default() += 1;
    }

    /// Takes over what another world met.
    pub fn add(&mut self, other: &Self) {
        for (pair, count) in &other.pairs {
            *self.pairs.entry(pair.clone()).or_default() += count;
        }
    }

    /// Every pair with its count.
    pub fn pairs(&self) -> impl Iterator<Item = (&(&'static str, &'static str, String), &u64)> {
        self.pairs.iter()
    }
}

fn account(books: &Working<'_>) -> &'static str {
    match books.account() {
        None => "not open",
        Some(payer) if payer.is_suspended() => "suspended",
        Some(payer) if payer.arrears.is_some() => "in arrears",
        Some(_) => "active",
    }
}

fn application(application: &subledger_domain::application::CreatedApplication) -> &'static str {
    use subledger_domain::plan::Plan;
    match (application.recycled_at.is_some(), application.suspensions.is_empty(), application.plan) {
        (true, _, _) => "recycled",
        (false, false, _) => "suspended",
        (false, true, Plan::Trial) => "trial",
        (false, true, Plan::Pro) => "pro",
        (false, true, Plan::Flagship) => "flagship",
    }
}
