//! Owns one command's cascade: steps first in, first out; each fact may add steps for other aggregates; until quiet.

use std::collections::VecDeque;
use std::sync::LazyLock;

use jiff::Timestamp;

use super::{Placed, Refusal};
use crate::account;
use crate::books::Working;
use crate::fact::{Event, Fact, Stream};
use crate::ids::{CommandId, EventId, IdSeries};
use crate::policy;
use crate::step::Step;
use crate::usage::UsageMonth;

/// More facts than any order can rightly bring about.
const FACTS_MAX: usize = 10_000;

/// A month nobody has told a reading of.
static NO_USAGE: LazyLock<UsageMonth> = LazyLock::new(UsageMonth::default);

pub(super) struct Cascade<'a> {
    pub(super) books: Working<'a>,
    pub(super) at: Timestamp,
    pub(super) ids: IdSeries,
    command: CommandId,
    facts: Vec<Placed>,
}

impl<'a> Cascade<'a> {
    pub(super) fn new(books: Working<'a>, command: CommandId, at: Timestamp) -> Self {
        Self { books, at, ids: IdSeries::new(command, at), command, facts: Vec::new() }
    }

    pub(super) fn run(&mut self, steps: Vec<Step>) -> Result<(), Refusal> {
        let cause = self.command.to_string();
        let mut queue: VecDeque<(Step, String)> = steps.into_iter().map(|step| (step, cause.clone())).collect();
        while let Some((step, cause)) = queue.pop_front() {
            let (stream, events) = self.decide_step(&step)?;
            for event in events {
                let id = EventId::from_uuid(self.ids.draw());
                let fact = Fact { id, caused_by: cause.clone(), stream: stream.clone(), event };
                let sequence = self.books.evolve(&fact);
                let next = policy::react(&self.books, &fact, &mut self.ids).map_err(account::Error::from)?;
                queue.extend(next.into_iter().map(|next| (next, id.to_string())));
                self.facts.push(Placed { fact, sequence });
            }
            if self.facts.len() > FACTS_MAX {
                return Err(Refusal::BrokenInvariant { invariant: "a decision brings about at most 10,000 facts" });
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> (Vec<Placed>, Working<'a>) {
        (self.facts, self.books)
    }

    fn decide_step(&self, step: &Step) -> Result<(Stream, Vec<Event>), Refusal> {
        match step {
            Step::Account(command) => {
                let events = self.books.payer().decide(command)?;
                let id = match (self.books.account(), command) {
                    (_, crate::account::Command::Open { account_id, .. }) => account_id.clone(),
                    (Some(account), _) => account.id.clone(),
                    (None, _) => return Err(crate::account::Error::NotOpen.into()),
                };
                Ok((Stream::Account(id), events.into_iter().map(Event::Account).collect()))
            }
            Step::Application(id, command) => {
                let events = self.books.application_aggregate(*id).decide(command)?;
                Ok((Stream::Application(*id), events.into_iter().map(Event::Application).collect()))
            }
            Step::Subscription(id, command) => {
                let events = self.books.subscription_aggregate(*id).decide(command)?;
                Ok((Stream::Subscription(*id), events.into_iter().map(Event::Subscription).collect()))
            }
            Step::AddOn(id, command) => {
                let events = self.books.add_on_aggregate(*id).decide(command)?;
                Ok((Stream::AddOn(*id), events.into_iter().map(Event::AddOn).collect()))
            }
            Step::Usage(id, command) => {
                let events =
                    self.books.usage(*id).map_or_else(|| NO_USAGE.decide(command), |usage| usage.decide(command))?;
                Ok((Stream::Usage(*id), events.into_iter().map(Event::Usage).collect()))
            }
        }
    }
}
