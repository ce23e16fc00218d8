//! Owns what a log is made of: heads, drafts, recorded events, answered commands, and the batch that turns drafts into
//! records.
//!
//! Does not own SQL (`sqlite`, `postgres`) nor what an event means (`domain`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use subledger_domain::envelope::{DecodeFault, Routed, StoredFact};
use subledger_domain::ids::{CommandId, EventId};
use uuid::Uuid;

use crate::chain;

/// A SHA-256 in the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What the first event is chained to.
    pub const GENESIS: Self = Self([0; 32]);
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a log ends. Equal heads are equal histories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Position of the last event; 0 when there is none. Dense from 1, in commit order.
    pub position: u64,
    /// Hash of the last event.
    pub hash: Hash,
    /// When the last event was recorded; never decreases.
    pub recorded_at: Timestamp,
}

impl Head {
    /// The head of an empty log.
    pub const EMPTY: Self = Self { position: 0, hash: Hash::GENESIS, recorded_at: Timestamp::UNIX_EPOCH };
}

/// An event that has been decided but has no position yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The payer whose Books it belongs to.
    pub account_id: String,
    /// Kind of aggregate.
    pub aggregate_type: &'static str,
    /// Stream's id among its kind.
    pub aggregate_id: String,
    /// Place in its stream, from 1 without a gap.
    pub sequence: u64,
    /// Kind of event.
    pub event_type: String,
    /// Version of its payload.
    pub event_version: String,
    /// JSON text, stored and hashed to the byte.
    pub payload: String,
    /// JSON text of a flat object of strings.
    pub metadata: String,
    /// Its own id.
    pub event_id: Uuid,
    /// The command that brought it about.
    pub command_id: Uuid,
    /// When it is true; microseconds at the finest.
    pub effective_at: Timestamp,
}

impl Draft {
    /// A fact on its way into the log. `notes` are kept beside its cause, for people, in the order of their names: the same
    /// facts give the same bytes, and so the same hash.
    ///
    /// # Errors
    /// When the fact is no JSON, which plain data never is.
    pub fn of<E: Routed>(
        fact: &E,
        account_id: impl Into<String>,
        sequence: u64,
        command_id: CommandId,
        notes: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
    ) -> Result<Self, serde_json::Error> {
        let notes = notes.into_iter().map(|(name, note)| (name.as_ref().to_owned(), note.as_ref().to_owned()));
        let cause = [("causation_id".to_owned(), fact.caused_by())];
        let metadata: BTreeMap<String, String> = notes.chain(cause).collect();
        Ok(Self {
            account_id: account_id.into(),
            aggregate_type: fact.aggregate_type(),
            aggregate_id: fact.aggregate_id().into_owned(),
            sequence,
            event_type: fact.event_type(),
            event_version: fact.event_version(),
            payload: fact.encode()?,
            metadata: serde_json::to_string(&metadata)?,
            event_id: fact.event_id().uuid(),
            command_id: command_id.uuid(),
            effective_at: fact.effective_at(),
        })
    }
}

/// An event as the log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Place in the whole log.
    pub position: u64,
    /// The payer.
    pub account_id: String,
    /// Kind of aggregate.
    pub aggregate_type: String,
    /// Stream's id among its kind.
    pub aggregate_id: String,
    /// Place in its stream.
    pub sequence: u64,
    /// Kind of event.
    pub event_type: String,
    /// Version of its payload.
    pub event_version: String,
    /// JSON text.
    pub payload: String,
    /// JSON text of a flat object of strings.
    pub metadata: String,
    /// Its own id.
    pub event_id: Uuid,
    /// The command that brought it about.
    pub command_id: Uuid,
    /// When it is true.
    pub effective_at: Timestamp,
    /// When we knew.
    pub recorded_at: Timestamp,
    /// SHA-256 over the hash before it and every column.
    pub hash: Hash,
}

impl Recorded {
    /// Reads the fact out of its columns.
    ///
    /// # Errors
    /// [`DecodeFault`]: an event this release does not know, or one that does not have its type's form.
    pub fn fact<E: Routed>(&self) -> Result<E, DecodeFault> {
        let metadata: Metadata<'_> = serde_json::from_str(&self.metadata).map_err(|fault| DecodeFault::Malformed {
            aggregate_type: self.aggregate_type.clone(),
            event_type: self.event_type.clone(),
            event_version: self.event_version.clone(),
            reason: format!("its metadata: {fault}"),
        })?;
        E::decode(&StoredFact {
            aggregate_type: &self.aggregate_type,
            aggregate_id: &self.aggregate_id,
            event_type: &self.event_type,
            event_version: &self.event_version,
            event_id: EventId::from_uuid(self.event_id),
            payload: &self.payload,
            caused_by: &metadata.causation_id,
        })
    }
}

/// What every event's metadata names; other members are for people.
#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    causation_id: Cow<'a, str>,
}

/// Names one write for ever: the caller's idempotency key within its scope.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandKey {
    /// The payer's account id, `/accounts` when one is opened, `/clock` for the clock.
    pub scope: String,
    /// The caller's key.
    pub key: String,
}

/// The answer to an accepted command, written in the same statement as its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Which write it answers.
    pub key: CommandKey,
    /// SHA-256 of method, path and canonical body.
    pub fingerprint: Hash,
    /// The command.
    pub command_id: Uuid,
    /// HTTP status of the answer.
    pub status: u16,
    /// The resource part of the answer: text of a JSON object.
    pub resource: String,
}

/// An answered command as the log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredCommand {
    /// What was answered.
    pub answer: Answer,
    /// Position of its first event; one above `last_position` when it has none.
    pub first_position: u64,
    /// Position of its last event, or of the head it was accepted at.
    pub last_position: u64,
    /// When it was accepted.
    pub recorded_at: Timestamp,
}

/// One decided command on its way into the log. All of it is written, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its events, in order.
    pub drafts: Vec<Draft>,
    /// The committer's time; the log records `max(this, head.recorded_at)`.
    pub recorded_at: Timestamp,
    /// The answer to keep, for commands that came with a key.
    pub answer: Option<Answer>,
    /// Where the manual clock stands after this command.
    pub clock: Option<Timestamp>,
}

/// Jobs with positions, times and hashes: what one statement writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The log.
    pub log_id: i16,
    /// The head it was made for; the statement writes nothing at any other.
    pub before: Head,
    /// The head it leaves.
    pub after: Head,
    /// All events of all jobs.
    pub events: Vec<Recorded>,
    /// All answers of all jobs.
    pub commands: Vec<AnsweredCommand>,
    /// Where the manual clock stands afterwards.
    pub clock: Option<Timestamp>,
}

impl Batch {
    /// Gives jobs their positions, record times and hashes on top of a head. Made anew whenever the head moves.
    pub fn seal(log_id: i16, before: Head, jobs: Vec<Job>) -> Self {
        let mut batch = Self { log_id, before, after: before, events: Vec::new(), commands: Vec::new(), clock: None };
        for job in jobs {
            batch.seal_job(job);
        }
        batch
    }

    fn seal_job(&mut self, job: Job) {
        let recorded_at = job.recorded_at.max(self.after.recorded_at);
        let first_position = self.after.position + 1;
        for draft in job.drafts {
            self.seal_event(draft, recorded_at);
        }
        if let Some(answer) = job.answer {
            let last_position = self.after.position;
            self.commands.push(AnsweredCommand { answer, first_position, last_position, recorded_at });
        }
        self.clock = job.clock.or(self.clock);
    }

    fn seal_event(&mut self, draft: Draft, recorded_at: Timestamp) {
        let mut event = Recorded {
            position: self.after.position + 1,
            account_id: draft.account_id,
            aggregate_type: draft.aggregate_type.to_owned(),
            aggregate_id: draft.aggregate_id,
            sequence: draft.sequence,
            event_type: draft.event_type,
            event_version: draft.event_version,
            payload: draft.payload,
            metadata: draft.metadata,
            event_id: draft.event_id,
            command_id: draft.command_id,
            effective_at: draft.effective_at,
            recorded_at,
            hash: Hash::GENESIS,
        };
        event.hash = chain::link(self.log_id, self.after.hash, &event);
        self.after = Head { position: event.position, hash: event.hash, recorded_at };
        self.events.push(event);
    }
}
