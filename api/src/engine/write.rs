//! Owns what goes into the engine and what comes out.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use subledger_domain::books::Working;
use subledger_domain::decide::{Command, NotPublished, Order, Refusal, Wanted};
use subledger_domain::ids::{AccountId, ApplicationId, CommandId};
use subledger_domain::plan::DataSite;
use subledger_eventlog::record::{CommandKey, Hash};

use crate::views;

/// Which resource an answer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The payer.
    Account(AccountId),
    /// An application.
    Application(ApplicationId),
    /// A day of an application's usage.
    UsageDay {
        /// The application.
        application_id: ApplicationId,
        /// The civil day.
        date: Date,
    },
}

/// A write on its way to be decided.
#[derive(Debug, Clone)]
pub struct Write {
    /// The caller's key in its scope.
    pub key: CommandKey,
    /// SHA-256 of method, path and canonical body.
    pub fingerprint: Hash,
    /// Whose Books it is about.
    pub account: AccountId,
    /// What is asked.
    pub order: Order,
    /// What the answer shows.
    pub subject: Subject,
    /// HTTP status when accepted.
    pub status: u16,
    /// The ETag the caller expects the subject to have.
    pub if_match: Option<String>,
    /// What the caller was quoted and holds the order to.
    pub quoted: Option<Value>,
    /// Who asks, for the events' metadata.
    pub actor: String,
}

impl Write {
    /// What is decided when it is decided at `at`.
    pub(super) fn command(&self, at: Timestamp) -> Command {
        Command { id: CommandId::keyed(at, &self.key.scope, &self.key.key), at, order: self.order.clone() }
    }

    /// Whether its subject is the one the caller expects, if it expects any. `standing` was taken to `at`.
    pub(super) fn is_expected(&self, standing: &Working<'_>, at: Timestamp) -> bool {
        let Some(expected) = &self.if_match else { return true };
        views::resource(&self.subject, standing, at).is_some_and(|resource| views::etag(&resource) == *expected)
    }
}

/// An accepted write, or a quote of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// HTTP status.
    pub status: u16,
    /// The whole JSON body: resource fields and receipt.
    pub body: String,
    /// The ETag of the resource as answered; none of a quote, whose resource is not there.
    pub etag: Option<String>,
    /// Whether it was answered before.
    pub replayed: bool,
    /// Position of its last event; of a quote, the one it was decided at.
    pub position: u64,
}

/// An application on its way to be created, before it has an id.
#[derive(Debug, Clone)]
pub struct NewApplication {
    /// The caller's key; its scope is the account.
    pub key: CommandKey,
    /// SHA-256 of method, path and canonical body.
    pub fingerprint: Hash,
    /// The payer.
    pub account: AccountId,
    /// The SDKAppID asked for, if any.
    pub wanted: Option<ApplicationId>,
    /// As it is called.
    pub name: String,
    /// Where its data lives.
    pub data_site: DataSite,
    /// The ETag the caller expects; a new application has none, so any is refused.
    pub if_match: Option<String>,
    /// What the caller was quoted and holds the order to.
    pub quoted: Option<Value>,
    /// Who asks, for the events' metadata.
    pub actor: String,
}

impl NewApplication {
    pub(super) fn into_write(self, application_id: ApplicationId) -> Write {
        let (name, data_site) = (self.name, self.data_site);
        Write {
            key: self.key,
            fingerprint: self.fingerprint,
            account: self.account,
            order: Order::CreateApplication { application_id, name, data_site },
            subject: Subject::Application(application_id),
            status: 201,
            if_match: self.if_match,
            quoted: self.quoted,
            actor: self.actor,
        }
    }
}

/// A price list on its way to be published.
#[derive(Debug, Clone)]
pub struct Publish {
    /// The caller's key; its scope is no payer's.
    pub key: CommandKey,
    /// SHA-256 of method, path and canonical body.
    pub fingerprint: Hash,
    /// Which list.
    pub wanted: Wanted,
    /// The ETag the caller expects the list to have as it waits.
    pub if_match: Option<String>,
    /// Who asks, for the event's metadata.
    pub actor: String,
}

/// A quote and what the order comes to instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleQuote {
    /// What was quoted.
    pub quoted: Value,
    /// What it would come to now; none when it would be refused.
    pub now: Option<Value>,
    /// Where they differ, as (pointer into both, what differs); never empty.
    pub differs: Vec<(String, String)>,
}

/// Why a write is not accepted. Nothing is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteFault {
    /// A rule of the business.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The key was used for another request.
    #[error("this idempotency key was used for another request")]
    IdempotencyMismatch,
    /// The first request with this key has no answer yet.
    #[error("the first request with this idempotency key is still running")]
    IdempotencyInFlight,
    /// The order would no longer come to what was quoted.
    #[error("the order no longer comes to what was quoted; ask for a new quote")]
    QuoteStale(Box<StaleQuote>),
    /// The resource has changed.
    #[error("the resource is no longer the one the If-Match header names")]
    PreconditionFailed,
    /// A price list that is not published.
    #[error(transparent)]
    NotPublished(#[from] NotPublished),
    /// Another account holds the id.
    #[error("the application id is taken")]
    AlreadyExists,
    /// Only a manual clock can be moved.
    #[error("the ledger runs on the system's clock, which nobody can move")]
    ClockNotManual,
    /// Time does not run backwards.
    #[error("the clock stands at {now} already")]
    ClockBackwards {
        /// Where it stands.
        now: jiff::Timestamp,
    },
    /// The store does not answer; trying again with the same key is safe.
    #[error("the store is unavailable: {reason}")]
    Unavailable {
        /// What it said.
        reason: String,
    },
    /// The ledger's own fault.
    #[error("internal fault: {reason}")]
    Internal {
        /// For the log, never for the wire.
        reason: String,
    },
}
