//! Owns publishing a price list: decided under the held head against the catalogue as the log has it, appended by itself,
//! folded, and only then answered.
//!
//! Does not own which lists may be published (`domain::decide::publish`). Every node folds the event where it stands in
//! the log. An append whose head has moved is decided again, so no job is ever decided under an older catalogue than the
//! log's.

use jiff::Timestamp;
use subledger_domain::catalog::Catalog;
use subledger_domain::decide::{self, Decision, Wanted};
use subledger_domain::ids::CommandId;
use subledger_domain::publication::NO_PAYER;
use subledger_eventlog::record::{Answer, Batch, Job};
use subledger_eventlog::store::{Appended, StoreFault};

use super::batch::draft;
use super::commit::{TRIES_MAX, rendered};
use super::node::Node;
use super::{Accepted, Publish, WriteFault};
use crate::views;

impl Node {
    /// Publishes a list, or says why not. It touches every payer, so what is due for any of them comes first, each at its
    /// own instant, as before any command. It is rare, so it holds the head from the first try.
    pub(super) async fn publish(&mut self, asked: &Publish) -> Result<Result<Accepted, WriteFault>, StoreFault> {
        let now = self.shared.clock.now();
        while let Some(due) = self.next_due(now) {
            self.settle_due(due).await?;
        }
        for _ in 0..=TRIES_MAX {
            let held = self.store.hold_head().await?;
            if held.head() != self.head {
                self.catch_up().await?;
            }
            // Under the held head, so that neither an answer nor a refusal can be overtaken.
            let (_, answered) = self.store.confirm(std::slice::from_ref(&asked.key)).await?;
            if let Some(answer) = answered.first() {
                held.release().await?;
                return self.replayed(answer, asked.fingerprint).await;
            }
            let job = match self.job(asked) {
                Ok(job) => job,
                Err(fault) => {
                    held.release().await?;
                    return Ok(Err(fault));
                }
            };
            let batch = Batch::seal(self.store.log_id(), self.head, vec![job]);
            let written = match held.append(&batch).await {
                Ok(Appended::Written) => true,
                Ok(Appended::Stale) => false,
                Err(StoreFault::Unknown { reason }) => self.look_up(&batch, &reason).await?,
                Err(StoreFault::NotWritten { reason } | StoreFault::Unavailable { reason }) => {
                    return Ok(Err(WriteFault::Unavailable { reason }));
                }
                Err(fault) => return Err(fault),
            };
            if written {
                return self.published(&batch);
            }
        }
        Ok(Err(WriteFault::Unavailable { reason: "the head does not stand still".to_owned() }))
    }

    /// The publication as a job of its own, with the answer it will give.
    fn job(&self, asked: &Publish) -> Result<Job, WriteFault> {
        // Nothing that was sold by an older list may stand before the event that supersedes it, whatever a clock says.
        let at = self.shared.clock.now().max(self.head.recorded_at);
        let (decision, resource) = decided(&self.shared.catalog(), asked, at)?;
        let Decision { command_id, asked: name, facts, .. } = decision;
        let drafts = facts.iter().map(|one| draft(NO_PAYER, &asked.actor, name, command_id, &one.fact, one.sequence));
        let drafts = drafts.collect();
        let answer = Answer {
            key: asked.key.clone(),
            fingerprint: asked.fingerprint,
            command_id: command_id.uuid(),
            status: 200,
            resource,
        };
        let clock = self.shared.clock.is_manual().then_some(at);
        Ok(Job { drafts, recorded_at: at, answer: Some(answer), clock })
    }

    /// Folds what was appended, as every other node will.
    fn published(&mut self, batch: &Batch) -> Result<Result<Accepted, WriteFault>, StoreFault> {
        self.head = batch.after;
        self.shared.heard();
        for event in &batch.events {
            self.shared.fold_recorded(event)?;
        }
        Ok(batch.commands.first().map_or_else(
            || Err(WriteFault::Internal { reason: "a sealed answer is missing".to_owned() }),
            |command| Ok(rendered(command, &batch.events, false)),
        ))
    }
}

/// The publication and the list as it would be shown.
pub(super) fn decided(catalog: &Catalog, asked: &Publish, at: Timestamp) -> Result<(Decision, String), WriteFault> {
    as_expected(asked, catalog)?;
    let id = CommandId::keyed(at, &asked.key.scope, &asked.key.key);
    let decision = decide::publish(catalog, &asked.wanted, id, at)?;
    let published = decision.facts.iter().find_map(|one| views::published_list(&one.fact));
    let missing = || WriteFault::Internal { reason: "a publication without a list".to_owned() };
    Ok((decision, published.ok_or_else(missing)?))
}

/// A list of the release can be read before it is published, and the precondition names what was read. One from outside
/// is not there yet, so no precondition can hold.
fn as_expected(asked: &Publish, catalog: &Catalog) -> Result<(), WriteFault> {
    let Some(expected) = &asked.if_match else { return Ok(()) };
    let standing = match &asked.wanted {
        Wanted::OfTheRelease(id) => views::price_list(catalog, id),
        Wanted::Text(_) => None,
    };
    match standing.map(|list| views::etag(&list)) {
        Some(etag) if etag == *expected => Ok(()),
        Some(_) | None => Err(WriteFault::PreconditionFailed),
    }
}
