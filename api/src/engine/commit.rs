//! Owns group commit: what waits is decided, appended as one batch, folded, and only then answered.
//!
//! Does not own SQL. Design §3 items 3 to 5: a refusal is an answer too and leaves the node only when the head it was
//! decided at is confirmed; an append without an answer is looked up before anybody is told anything.

use std::time::Duration;

use subledger_eventlog::record::{AnsweredCommand, Batch, CommandKey, Hash, Head, Recorded};
use subledger_eventlog::store::{Appended, HeldHead, StoreFault};

use super::batch::{self, Asked, Decided, Verdict};
use super::node::{BATCH_MAX, Message, Node};
use super::{Accepted, WriteFault};
use crate::views;

/// How often a batch is tried before the callers are told.
pub(super) const TRIES_MAX: u32 = 5;
/// Pause between look-ups of an append without an answer.
const LOOK_UP_EVERY: Duration = Duration::from_millis(100);

impl Node {
    /// Decides and appends until everything asked is answered. The first try takes the head as it is known; after a
    /// failure the head is held first, and what has come in meanwhile is taken along.
    pub(super) async fn settle(&mut self, mut asked: Vec<Asked>) -> Result<(), StoreFault> {
        let mut tries = 0;
        while !asked.is_empty() {
            let held = if tries == 0 { None } else { self.hold(&mut asked, tries).await? };
            let decided = batch::decide(&self.shared, self.head.position, &asked);
            asked = if decided.jobs.is_empty() {
                if let Some(held) = held {
                    held.release().await?;
                }
                self.confirm_and_answer(asked, decided.verdicts).await?
            } else {
                self.append_and_answer(asked, decided, held, tries).await?
            };
            tries += 1;
        }
        Ok(())
    }

    /// Holds the head, catches up to it, and drains the queue under the lock.
    async fn hold(&mut self, asked: &mut Vec<Asked>, tries: u32) -> Result<Option<Box<dyn HeldHead>>, StoreFault> {
        let held = match self.store.hold_head().await {
            Ok(held) => held,
            Err(StoreFault::Unavailable { reason } | StoreFault::NotWritten { reason }) if tries <= TRIES_MAX => {
                tracing::warn!(%reason, "the head cannot be held; going on without");
                return Ok(None);
            }
            Err(fault) => return Err(fault),
        };
        if held.head() != self.head {
            self.catch_up().await?;
        }
        while asked.len() < BATCH_MAX {
            match self.inbox.try_recv() {
                Ok(Message::Write { write, in_flight, reply }) => asked.push(Asked::Write { write, in_flight, reply }),
                Ok(Message::Quote { write, reply }) => asked.push(Asked::Quote { write, reply }),
                Ok(alone @ (Message::Advance { .. } | Message::Publish { .. })) => {
                    // A move of the clock and a new price list end a batch: they are taken when this one is through.
                    self.later.push(alone);
                    break;
                }
                Err(_) => break,
            }
        }
        Ok(Some(held))
    }

    /// Nothing to append: refusals and quotes leave the node only if the head they were decided at is still the log's.
    async fn confirm_and_answer(
        &mut self,
        asked: Vec<Asked>,
        verdicts: Vec<Verdict>,
    ) -> Result<Vec<Asked>, StoreFault> {
        if !asked.iter().any(Asked::has_a_caller) {
            return Ok(Vec::new());
        }
        let (head, answered) = match self.confirmed(&asked).await {
            Ok(confirmed) => confirmed,
            Err(StoreFault::Unavailable { reason }) => {
                refuse_all(asked, &reason);
                return Ok(Vec::new());
            }
            Err(fault) => return Err(fault),
        };
        if head != self.head {
            self.catch_up().await?;
            return Ok(asked);
        }
        self.answer(asked, verdicts, &answered, None).await?;
        Ok(Vec::new())
    }

    /// Appends a batch; what could not be settled comes back to be decided again.
    async fn append_and_answer(
        &mut self,
        asked: Vec<Asked>,
        decided: Decided,
        held: Option<Box<dyn HeldHead>>,
        tries: u32,
    ) -> Result<Vec<Asked>, StoreFault> {
        let batch = Batch::seal(self.store.log_id(), self.head, decided.jobs);
        let appended = match held {
            Some(held) => held.append(&batch).await,
            None => self.store.append(&batch).await,
        };
        let written = match appended {
            Ok(Appended::Written) => true,
            Ok(Appended::Stale) => false,
            Err(StoreFault::Unknown { reason }) => self.look_up(&batch, &reason).await?,
            Err(StoreFault::NotWritten { reason } | StoreFault::Unavailable { reason }) => {
                if tries >= TRIES_MAX {
                    refuse_all(asked, &reason);
                    return Ok(Vec::new());
                }
                tracing::warn!(%reason, "a batch was not taken; trying again");
                tokio::time::sleep(Duration::from_millis(10 << tries)).await;
                return Ok(asked);
            }
            Err(fault) => {
                refuse_all(asked, &fault.to_string());
                return Err(fault);
            }
        };
        if !written {
            return self.after_stale(asked, tries).await;
        }
        self.head = batch.after;
        self.shared.heard();
        self.shared.fold_own(&batch.events, &decided.facts);
        let refused = decided.verdicts.iter().any(|verdict| matches!(verdict, Verdict::Refused(_)));
        let answered = if refused { self.confirmed(&asked).await?.1 } else { Vec::new() };
        self.answer(asked, decided.verdicts, &answered, Some(&batch)).await?;
        Ok(Vec::new())
    }

    /// The head moved, or a key is answered already: catch up, answer what is known, give back the rest.
    async fn after_stale(&mut self, asked: Vec<Asked>, tries: u32) -> Result<Vec<Asked>, StoreFault> {
        let (head, answered) = self.confirmed(&asked).await?;
        if head != self.head {
            self.catch_up().await?;
        } else if answered.is_empty() && tries >= TRIES_MAX {
            refuse_all(asked, "the store refuses a batch that fits its head");
            return Ok(Vec::new());
        }
        let mut rest = Vec::with_capacity(asked.len());
        for one in asked {
            match known(&one, &answered) {
                Some(answer) => self.replay(one, answer).await?,
                None => rest.push(one),
            }
        }
        Ok(rest)
    }

    /// Finds out whether a batch whose append gave no answer is written. Holding the head waits for whatever of ours
    /// the store is still busy with; the callers wait until the store can say.
    pub(super) async fn look_up(&mut self, batch: &Batch, reason: &str) -> Result<bool, StoreFault> {
        tracing::warn!(%reason, "an append has no answer; looking it up");
        loop {
            match self.looked_up(batch).await {
                Ok(written) => return Ok(written),
                Err(StoreFault::Unavailable { .. } | StoreFault::Unknown { .. } | StoreFault::NotWritten { .. }) => {
                    tokio::time::sleep(LOOK_UP_EVERY).await;
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    async fn looked_up(&self, batch: &Batch) -> Result<bool, StoreFault> {
        self.store.hold_head().await?.release().await?;
        match (batch.events.last(), batch.commands.first()) {
            (Some(last), _) => {
                let stored = self.store.read_after(last.position - 1, 1).await?;
                Ok(stored.first().is_some_and(|event| event.hash == last.hash))
            }
            (None, Some(command)) => {
                let (_, answered) = self.store.confirm(std::slice::from_ref(&command.answer.key)).await?;
                Ok(answered.iter().any(|known| known.answer == command.answer))
            }
            (None, None) => Ok(true),
        }
    }

    async fn confirmed(&self, asked: &[Asked]) -> Result<(Head, Vec<AnsweredCommand>), StoreFault> {
        let keys: Vec<CommandKey> = asked.iter().filter_map(|one| one.key().cloned()).collect();
        let confirmed = self.store.confirm(&keys).await?;
        self.shared.heard();
        Ok(confirmed)
    }

    /// Answers every verdict; a refused one whose key turns out to be answered gets that answer.
    async fn answer(
        &self,
        asked: Vec<Asked>,
        verdicts: Vec<Verdict>,
        answered: &[AnsweredCommand],
        batch: Option<&Batch>,
    ) -> Result<(), StoreFault> {
        let mut accepted = batch.map(|batch| batch.commands.iter()).into_iter().flatten();
        for (one, verdict) in asked.into_iter().zip(verdicts) {
            match (verdict, known(&one, answered)) {
                (Verdict::Settled, _) => {}
                (Verdict::Quoted(quoted), _) => one.reply(Ok(quoted)),
                (Verdict::Refused(_), Some(answer)) => self.replay(one, answer).await?,
                (Verdict::Refused(fault), None) => one.reply(Err(fault)),
                (Verdict::Accepted, _) => one.reply(match (accepted.next(), batch) {
                    (Some(command), Some(batch)) => Ok(rendered(command, own_events(batch, command), false)),
                    (_, None) | (None, _) => {
                        Err(WriteFault::Internal { reason: "an accepted command has no answer".to_owned() })
                    }
                }),
            }
        }
        Ok(())
    }

    async fn replay(&self, one: Asked, answer: &AnsweredCommand) -> Result<(), StoreFault> {
        if let Some(fingerprint) = one.fingerprint() {
            let answer = self.replayed(answer, fingerprint).await?;
            one.reply(answer);
        }
        Ok(())
    }

    /// The answer a key was given, from the log.
    pub(super) async fn replayed(
        &self,
        answer: &AnsweredCommand,
        fingerprint: Hash,
    ) -> Result<Result<Accepted, WriteFault>, StoreFault> {
        if answer.answer.fingerprint != fingerprint {
            return Ok(Err(WriteFault::IdempotencyMismatch));
        }
        super::replay::from_log(self.store.as_ref(), answer).await
    }
}

/// Positions are dense, so a command's events are a slice of its batch.
fn own_events<'b>(batch: &'b Batch, command: &AnsweredCommand) -> &'b [Recorded] {
    let index = |position: u64| usize::try_from(position - batch.before.position - 1);
    match (index(command.first_position), index(command.last_position + 1)) {
        (Ok(first), Ok(end)) => batch.events.get(first..end).unwrap_or(&[]),
        (Err(_), _) | (_, Err(_)) => &[],
    }
}

fn known<'k>(one: &Asked, answered: &'k [AnsweredCommand]) -> Option<&'k AnsweredCommand> {
    one.key().and_then(|key| answered.iter().find(|answer| answer.answer.key == *key))
}

/// An accepted command's answer, the same bytes whenever it is asked for.
pub(super) fn rendered(command: &AnsweredCommand, events: &[Recorded], replayed: bool) -> Accepted {
    Accepted {
        status: command.answer.status,
        body: views::answer(command, events),
        etag: Some(views::etag(&command.answer.resource)),
        replayed,
        position: command.last_position,
    }
}

fn refuse_all(asked: Vec<Asked>, reason: &str) {
    for one in asked {
        one.reply(Err(WriteFault::Unavailable { reason: reason.to_owned() }));
    }
}
