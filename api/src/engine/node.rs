//! Owns the node's one task: what it waits for, and in which order it takes what comes.
//!
//! Does not own how a batch is committed (`commit`) nor rules. A node is a fold of the log: nothing else writes its head
//! or its Books (design §3.3).

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use subledger_domain::ids::CommandId;
use subledger_eventlog::chain;
use subledger_eventlog::record::{Answer, Batch, CommandKey, Hash, Head, Job, Recorded};
use subledger_eventlog::store::{Appended, Store, StoreFault};
use tokio::sync::{mpsc, oneshot};

use super::batch::Asked;
use super::shared::{InFlight, Shared};
use super::{Accepted, Publish, Write, WriteFault};
use crate::views;

/// Most jobs in one append.
pub(super) const BATCH_MAX: usize = 1_024;
/// How often a node that is not the sole writer asks for the head.
const FOLLOW_EVERY: Duration = Duration::from_millis(50);
/// Events read at a time when catching up.
pub(super) const PAGE: u32 = 5_000;

/// Pause before a node turns to a store again that could not be reached.
const RECOVER: Duration = Duration::from_millis(20);

/// Where an answer goes.
pub(super) type Reply = oneshot::Sender<Result<Accepted, WriteFault>>;

/// What reaches the node.
pub(super) enum Message {
    /// An order.
    Write {
        /// What is asked.
        write: Box<Write>,
        /// Keeps the key reserved until it is answered.
        in_flight: InFlight,
        /// Where the answer goes.
        reply: Reply,
    },
    /// An order that is only asked about.
    Quote {
        /// What is asked.
        write: Box<Write>,
        /// Where the answer goes.
        reply: Reply,
    },
    /// A move of the manual clock.
    Advance {
        /// What is asked.
        advance: Advance,
        /// Keeps the key reserved until it is answered.
        in_flight: InFlight,
        /// Where the answer goes.
        reply: Reply,
    },
    /// A price list to be published.
    Publish {
        /// What is asked.
        publish: Box<Publish>,
        /// Keeps the key reserved until it is answered.
        in_flight: InFlight,
        /// Where the answer goes.
        reply: Reply,
    },
}

/// A move of the manual clock.
#[derive(Debug, Clone)]
pub(super) struct Advance {
    pub(super) key: CommandKey,
    pub(super) fingerprint: Hash,
    pub(super) to: Timestamp,
}

pub(super) struct Node {
    pub(super) store: Arc<dyn Store>,
    pub(super) shared: Arc<Shared>,
    pub(super) inbox: mpsc::Receiver<Message>,
    pub(super) head: Head,
    /// Moves of the clock, and price lists, that came in while a batch was under way.
    pub(super) later: Vec<Message>,
    /// Whether things due are decided by themselves. Off only where somebody wants them late.
    pub(super) due_worker: bool,
}

impl Node {
    /// Runs until every handle is gone or the store is closed for good.
    pub(super) async fn run(mut self) {
        if let Err(fault) = self.serve().await {
            tracing::error!(%fault, "the node stops");
            self.shared.stop(&fault);
        }
    }

    async fn serve(&mut self) -> Result<(), StoreFault> {
        let mut messages = Vec::new();
        let mut follow = tokio::time::interval(FOLLOW_EVERY);
        follow.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let due_in = self.due_in();
            let done = tokio::select! {
                biased;
                received = self.inbox.recv_many(&mut messages, BATCH_MAX) => {
                    if received == 0 {
                        return Ok(());
                    }
                    self.take_all(std::mem::take(&mut messages)).await
                }
                () = tokio::time::sleep(due_in) => {
                    let now = self.shared.clock.now();
                    self.settle_due(now).await
                }
                _ = follow.tick(), if !self.store.is_sole_writer() => self.follow().await,
            };
            outlast(done).await?;
        }
    }

    /// Takes messages, then what came in and ended a batch while those were under way.
    async fn take_all(&mut self, messages: Vec<Message>) -> Result<(), StoreFault> {
        self.take(messages).await?;
        while !self.later.is_empty() {
            let later = std::mem::take(&mut self.later);
            self.take(later).await?;
        }
        Ok(())
    }

    /// How long until something is due. On a manual clock only `advance` brings that about.
    fn due_in(&self) -> Duration {
        const LONG: Duration = Duration::from_secs(3_600);
        if !self.due_worker || self.shared.clock.is_manual() {
            return LONG;
        }
        match self.shared.residents().next_due() {
            // Already past gives a negative duration: at once.
            Some(at) => {
                Duration::try_from(at.duration_since(self.shared.clock.now())).unwrap_or(Duration::ZERO).min(LONG)
            }
            None => LONG,
        }
    }

    /// Takes messages in the order they came; a move of the clock and a new price list each end a batch.
    async fn take(&mut self, messages: Vec<Message>) -> Result<(), StoreFault> {
        let mut asked = Vec::with_capacity(messages.len());
        for message in messages {
            match message {
                Message::Write { write, in_flight, reply } => asked.push(Asked::Write { write, in_flight, reply }),
                Message::Quote { write, reply } => asked.push(Asked::Quote { write, reply }),
                Message::Advance { advance, in_flight, reply } => {
                    self.settle(std::mem::take(&mut asked)).await?;
                    let answer = self.advance(advance).await?;
                    drop(in_flight);
                    // A caller that has gone finds the answer under its key.
                    let _ = reply.send(answer);
                }
                Message::Publish { publish, in_flight, reply } => {
                    self.settle(std::mem::take(&mut asked)).await?;
                    let answer = self.publish(&publish).await?;
                    drop(in_flight);
                    let _ = reply.send(answer);
                }
            }
        }
        self.settle(asked).await
    }

    /// Decides everything due up to an instant, payer by payer, a batch at a time.
    pub(super) async fn settle_due(&mut self, until: Timestamp) -> Result<(), StoreFault> {
        loop {
            let accounts = self.shared.residents().due_until(until, BATCH_MAX);
            if accounts.is_empty() {
                return Ok(());
            }
            let asked = accounts.into_iter().map(|account| Asked::Due { account, until }).collect();
            self.settle(asked).await?;
        }
    }

    /// Asks how far the log has come when others may write it, and folds what is new.
    async fn follow(&mut self) -> Result<(), StoreFault> {
        match self.store.head().await {
            Ok(head) => {
                self.shared.heard();
                if head == self.head { Ok(()) } else { self.catch_up().await }
            }
            // Reads answer 503 once this has lasted; writing finds out for itself.
            Err(StoreFault::Unavailable { .. }) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Folds what other nodes have written. Each event must continue the chain from our head, or the store holds
    /// another history.
    pub(super) async fn catch_up(&mut self) -> Result<(), StoreFault> {
        loop {
            let events = self.store.read_after(self.head.position, PAGE).await?;
            let last_page = events.len() < PAGE as usize;
            for event in &events {
                self.fold_foreign(event)?;
            }
            self.shared.heard();
            if last_page {
                break;
            }
        }
        let head = self.store.head().await?;
        let another_history =
            head.position < self.head.position || (head.position == self.head.position && head.hash != self.head.hash);
        if another_history {
            return Err(StoreFault::Unusable {
                what: format!("the store ends at {} with another history than this node folded", head.position),
                remedy: "restart the node; if the store was restored from a backup, audit it first".to_owned(),
            });
        }
        Ok(())
    }

    fn fold_foreign(&mut self, event: &Recorded) -> Result<(), StoreFault> {
        let position = event.position;
        if position != self.head.position + 1 || chain::link(self.store.log_id(), self.head.hash, event) != event.hash {
            return Err(StoreFault::Damaged { position, reason: "it does not continue the chain".to_owned() });
        }
        self.shared.fold_recorded(event)?;
        self.head = Head { position, hash: event.hash, recorded_at: event.recorded_at };
        Ok(())
    }

    /// Walks a manual clock to each due instant in turn, so one jump and daily steps give the same log (design §4).
    async fn advance(&mut self, advance: Advance) -> Result<Result<Accepted, WriteFault>, StoreFault> {
        if !self.shared.clock.is_manual() {
            return Ok(Err(WriteFault::ClockNotManual));
        }
        let (_, answered) = self.store.confirm(std::slice::from_ref(&advance.key)).await?;
        if let Some(answer) = answered.first() {
            return self.replayed(answer, advance.fingerprint).await;
        }
        if let Err(fault) = self.shared.may_advance(advance.to) {
            return Ok(Err(fault));
        }
        while let Some(due) = self.due_by(advance.to) {
            self.shared.clock.put_forward(due);
            self.settle_due(due).await?;
        }
        self.arrive(&advance).await
    }

    /// The next instant something is due, if the worker is to settle it and it comes by then.
    fn due_by(&self, until: Timestamp) -> Option<Timestamp> {
        if self.due_worker { self.next_due(until) } else { None }
    }

    /// The next instant something is due, if it comes by then.
    pub(super) fn next_due(&self, until: Timestamp) -> Option<Timestamp> {
        self.shared.residents().next_due().filter(|due| *due <= until)
    }

    /// Keeps where the clock stands, and the answer.
    async fn arrive(&mut self, advance: &Advance) -> Result<Result<Accepted, WriteFault>, StoreFault> {
        self.shared.clock.put_forward(advance.to);
        let answer = Answer {
            key: advance.key.clone(),
            fingerprint: advance.fingerprint,
            command_id: CommandId::keyed(advance.to, &advance.key.scope, &advance.key.key).uuid(),
            status: 200,
            resource: views::clock(self.shared.clock.now(), true),
        };
        let job = Job { drafts: Vec::new(), recorded_at: advance.to, answer: Some(answer), clock: Some(advance.to) };
        let batch = Batch::seal(self.store.log_id(), self.head, vec![job]);
        match self.store.append(&batch).await {
            Ok(Appended::Written) => Ok(batch.commands.first().map_or_else(
                || Err(WriteFault::Internal { reason: "a sealed answer is missing".to_owned() }),
                |command| Ok(super::commit::rendered(command, &[], false)),
            )),
            Ok(Appended::Stale) => {
                Ok(Err(WriteFault::Unavailable { reason: "another process moved the head".to_owned() }))
            }
            Err(
                StoreFault::NotWritten { reason } | StoreFault::Unknown { reason } | StoreFault::Unavailable { reason },
            ) => {
                // The same key asks again and finds whichever it was.
                Ok(Err(WriteFault::Unavailable { reason }))
            }
            Err(fault) => Err(fault),
        }
    }
}

/// A store that cannot be reached is no reason to end. What was asked is let go of without an answer and its callers ask
/// again under their keys; head and Books are still a fold of the log, because nothing is folded before the log has it.
async fn outlast(done: Result<(), StoreFault>) -> Result<(), StoreFault> {
    match done {
        Err(
            StoreFault::Unavailable { reason } | StoreFault::NotWritten { reason } | StoreFault::Unknown { reason },
        ) => {
            tracing::warn!(%reason, "the store cannot be reached; going on");
            tokio::time::sleep(RECOVER).await;
            Ok(())
        }
        done => done,
    }
}
