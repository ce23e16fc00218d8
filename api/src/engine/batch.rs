//! Owns deciding what waits: each order against its payer's Books as the orders before it in the same batch leave them.
//!
//! Does not own the append. Books are only read here; what is decided is laid over them and becomes true when the log
//! has it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use subledger_domain::books::{Books, Working};
use subledger_domain::catalog::Catalog;
use subledger_domain::decide::{self, Command, Decision, Order};
use subledger_domain::fact::Fact;
use subledger_domain::ids::{AccountId, CommandId};
use subledger_eventlog::record::{Answer, CommandKey, Draft, Hash, Job};

use super::node::Reply;
use super::shared::{InFlight, Shared};
use super::{Accepted, Write, WriteFault, quote};
use crate::views;

/// Something that waits for a decision.
pub(super) enum Asked {
    /// An order with a caller.
    Write {
        /// What is asked.
        write: Box<Write>,
        /// Keeps the key reserved until it is answered.
        in_flight: InFlight,
        /// Where the answer goes.
        reply: Reply,
    },
    /// An order that is only asked about: nothing of it is appended, and it has no key.
    Quote {
        /// What is asked.
        write: Box<Write>,
        /// Where the answer goes.
        reply: Reply,
    },
    /// A payer with something due; nobody waits for an answer.
    Due {
        /// The payer.
        account: AccountId,
        /// Up to when.
        until: Timestamp,
    },
}

impl Asked {
    pub(super) fn key(&self) -> Option<&CommandKey> {
        match self {
            Self::Write { write, .. } => Some(&write.key),
            Self::Quote { .. } | Self::Due { .. } => None,
        }
    }

    pub(super) fn fingerprint(&self) -> Option<Hash> {
        match self {
            Self::Write { write, .. } => Some(write.fingerprint),
            Self::Quote { .. } | Self::Due { .. } => None,
        }
    }

    /// Whether somebody waits for what becomes of it.
    pub(super) fn has_a_caller(&self) -> bool {
        match self {
            Self::Write { .. } | Self::Quote { .. } => true,
            Self::Due { .. } => false,
        }
    }

    pub(super) fn reply(self, answer: Result<Accepted, WriteFault>) {
        match self {
            Self::Write { in_flight, reply, .. } => {
                drop(in_flight);
                // A caller that has gone finds the answer under its key.
                let _ = reply.send(answer);
            }
            Self::Quote { reply, .. } => {
                // Who has gone asks again; nothing was done.
                let _ = reply.send(answer);
            }
            Self::Due { .. } => {}
        }
    }

    fn account(&self) -> &AccountId {
        match self {
            Self::Write { write, .. } | Self::Quote { write, .. } => &write.account,
            Self::Due { account, .. } => account,
        }
    }
}

/// What was decided of one thing asked.
pub(super) enum Verdict {
    /// A job with an answer is in the batch.
    Accepted,
    /// Nothing of the order is in the batch.
    Refused(WriteFault),
    /// Nothing of the order was meant to be.
    Quoted(Accepted),
    /// A payer's due things are in the batch, if any were left.
    Settled,
}

/// A batch in the making.
#[derive(Default)]
pub(super) struct Decided {
    /// In the log's order.
    pub(super) jobs: Vec<Job>,
    /// The facts of all jobs, in the log's order.
    pub(super) facts: Vec<(AccountId, Fact)>,
    /// One for each thing asked.
    pub(super) verdicts: Vec<Verdict>,
}

/// A payer nobody has opened.
static NO_BOOKS: LazyLock<Books> = LazyLock::new(Books::default);

/// Decides what waits, on a log that ends at `head`.
pub(super) fn decide(shared: &Shared, head: u64, asked: &[Asked]) -> Decided {
    let residents = shared.residents();
    let mut under_way: BTreeMap<&AccountId, Working<'_>> = BTreeMap::new();
    let mut decided = Decided::default();
    for one in asked {
        let account = one.account();
        let books =
            under_way.remove(account).unwrap_or_else(|| Working::over(residents.books(account).unwrap_or(&NO_BOOKS)));
        let books = match one {
            Asked::Write { write, .. } => decided.write(shared, books, write),
            Asked::Quote { write, .. } => decided.quote(shared, head, books, write),
            Asked::Due { account, until } => decided.due(shared, books, account, *until),
        };
        under_way.insert(account, books);
    }
    decided
}

impl Decided {
    fn write<'b>(&mut self, shared: &Shared, books: Working<'b>, write: &Write) -> Working<'b> {
        let at = instant(shared, &books);
        let catalog = shared.catalog();
        let (expects, quoted) = (write.if_match.is_some(), write.quoted.as_ref());
        // Both look at what stands before the order; most orders ask for neither.
        let standing = (expects || quoted.is_some()).then(|| decide::as_at(books.clone(), at, &catalog));
        if standing.as_ref().is_some_and(|standing| !write.is_expected(standing, at)) {
            self.verdicts.push(Verdict::Refused(WriteFault::PreconditionFailed));
            return books;
        }
        let command = write.command(at);
        let outcome = decide::decide(books, &command, &catalog);
        for decision in outcome.due {
            self.take(shared, &write.account, "timer", decision, None);
        }
        let decision = match outcome.order {
            Ok(decision) => decision,
            Err(refusal) => {
                self.verdicts.push(Verdict::Refused(quote::refused(quoted, refusal)));
                return outcome.books;
            }
        };
        if let (Some(quoted), Some(standing)) = (quoted, standing)
            && let Err(fault) = quote::agrees(quoted, &standing, &outcome.books, &decision)
        {
            self.verdicts.push(Verdict::Refused(fault));
            // What was due is in the batch, the order is not.
            return standing;
        }
        let (overdue, books) = overdue(outcome.books, at, &catalog);
        let Some(resource) = views::resource(&write.subject, &books, at) else {
            self.verdicts.push(Verdict::Refused(nothing_to_show(write)));
            return books;
        };
        let answer = Answer {
            key: write.key.clone(),
            fingerprint: write.fingerprint,
            command_id: command.id.uuid(),
            status: write.status,
            resource,
        };
        self.take(shared, &write.account, &write.actor, decision, Some(answer));
        for decision in overdue {
            self.take(shared, &write.account, "timer", decision, None);
        }
        self.verdicts.push(Verdict::Accepted);
        books
    }

    /// Decides like [`Decided::write`] and keeps nothing, not even what was due: the next order decides that again.
    fn quote<'b>(&mut self, shared: &Shared, head: u64, books: Working<'b>, write: &Write) -> Working<'b> {
        let at = instant(shared, &books);
        // Positions are dense, so what is decided before it in the batch says where it is valid.
        let position = head + self.facts.len() as u64;
        let quoted = quote::asked(&books, write, at, position, &shared.catalog());
        self.verdicts.push(quoted.map_or_else(Verdict::Refused, Verdict::Quoted));
        books
    }

    fn due<'b>(&mut self, shared: &Shared, books: Working<'b>, account: &AccountId, until: Timestamp) -> Working<'b> {
        let outcome = decide::decide(books, &run_due(until), &shared.catalog());
        for decision in outcome.due {
            self.take(shared, account, "timer", decision, None);
        }
        self.verdicts.push(Verdict::Settled);
        outcome.books
    }

    /// Turns a decision into a job of the batch.
    fn take(&mut self, shared: &Shared, account: &AccountId, actor: &str, decision: Decision, answer: Option<Answer>) {
        let Decision { command_id, asked, at, facts } = decision;
        let mut drafts = Vec::with_capacity(facts.len());
        for placed in facts {
            drafts.push(draft(account.as_str(), actor, asked, command_id, &placed.fact, placed.sequence));
            self.facts.push((account.clone(), placed.fact));
        }
        // On a manual clock an event is recorded at its command's own instant, so that a jump, daily steps and a late
        // worker give the same log; a system clock records when we knew (ADR 7).
        let (recorded_at, clock) = match shared.clock.is_manual() {
            true => (at, Some(shared.clock.now())),
            false => (shared.clock.now(), None),
        };
        self.jobs.push(Job { drafts, recorded_at, answer, clock });
    }
}

/// What an order leaves due behind it. Only of a payer that was parked until now there is anything: all else that is due
/// comes before the order.
fn overdue<'b>(books: Working<'b>, at: Timestamp, catalog: &Catalog) -> (Vec<Decision>, Working<'b>) {
    if books.next_timer().is_none_or(|timer| timer.at > at) {
        return (Vec::new(), books);
    }
    let outcome = decide::decide(books, &run_due(at), catalog);
    (outcome.due, outcome.books)
}

/// Nothing of the order itself is kept, so its id is never seen.
fn run_due(at: Timestamp) -> Command {
    Command { id: CommandId::default(), at, order: Order::RunDue }
}

/// Nodes' clocks differ: a payer's time never runs backwards.
fn instant(shared: &Shared, books: &Working<'_>) -> Timestamp {
    let now = shared.clock.now();
    books.latest().map_or(now, |latest| latest.max(now))
}

pub(super) fn nothing_to_show(write: &Write) -> WriteFault {
    WriteFault::Internal { reason: format!("an accepted {} leaves nothing to show", write.order.name()) }
}

pub(super) fn draft(
    account: &str,
    actor: &str,
    asked: &str,
    command_id: CommandId,
    fact: &Fact,
    sequence: u64,
) -> Draft {
    Draft::of(fact, account, sequence, command_id, [("actor", actor), ("asked", asked)])
        .expect("an event is plain data, which JSON always holds")
}
