//! Owns what the log needs to know of a fact, and nothing more: its stream, its instant, its stored form.
//!
//! Lives in the domain because of Rust's orphan rule: the log's `EventStore<A>` asks for `A::Event: Routed`, and only
//! facts know their stream. So a single aggregate can never be committed past its payer; the type system says so.

use std::borrow::Cow;

use cqrs_es::DomainEvent;
use jiff::Timestamp;

use crate::ids::EventId;

/// A fact that knows where it belongs.
pub trait Routed: DomainEvent {
    /// The kind of aggregate, e.g. `subscription`.
    fn aggregate_type(&self) -> &'static str;
    /// The stream's id among its kind.
    fn aggregate_id(&self) -> Cow<'_, str>;
    /// The fact's own id.
    fn event_id(&self) -> EventId;
    /// When it is true.
    fn effective_at(&self) -> Timestamp;
    /// What brought it about: a command's or another fact's id, in text form.
    fn caused_by(&self) -> String;
    /// The stored payload.
    ///
    /// # Errors
    /// When the payload is no JSON, which plain data never is.
    fn encode(&self) -> Result<String, serde_json::Error>;
    /// Reads a stored fact. Decides by (aggregate type, event type) what it is, never by trying.
    ///
    /// # Errors
    /// [`DecodeFault`], which names what could not be read. An unknown type stops the reader, it is never skipped.
    fn decode(stored: &StoredFact<'_>) -> Result<Self, DecodeFault>;
}

/// The columns of a stored event that say what it is.
#[derive(Debug, Clone, Copy)]
pub struct StoredFact<'a> {
    /// `aggregate_type`
    pub aggregate_type: &'a str,
    /// `aggregate_id`
    pub aggregate_id: &'a str,
    /// `event_type`
    pub event_type: &'a str,
    /// `event_version`
    pub event_version: &'a str,
    /// `event_id`
    pub event_id: EventId,
    /// `payload`
    pub payload: &'a str,
    /// `causation_id` of the metadata
    pub caused_by: &'a str,
}

/// A stored event that this release cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeFault {
    /// No such (aggregate type, event type, version) is known here.
    #[error("this release does not know event {aggregate_type}/{event_type} version {event_version}; run a newer one")]
    UnknownEvent {
        /// Kind of aggregate.
        aggregate_type: String,
        /// Kind of event.
        event_type: String,
        /// Its version.
        event_version: String,
    },
    /// The payload does not have its type's form.
    #[error("{aggregate_type}/{event_type} version {event_version} cannot be read: {reason}")]
    Malformed {
        /// Kind of aggregate.
        aggregate_type: String,
        /// Kind of event.
        event_type: String,
        /// Its version.
        event_version: String,
        /// What is wrong.
        reason: String,
    },
    /// The stream's id does not have its kind's form.
    #[error("`{aggregate_id}` is no id of a stream of {aggregate_type}")]
    UnknownStream {
        /// Kind of aggregate.
        aggregate_type: String,
        /// The id.
        aggregate_id: String,
    },
}
