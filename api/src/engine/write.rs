//! Owns what goes into the engine and what comes out.

use jiff::civil::Date;
use subledger_domain::decide::{NotPublished, Order, Refusal, Wanted};
use subledger_domain::ids::{AccountId, ApplicationId};
use subledger_domain::plan::DataSite;
use subledger_eventlog::record::{CommandKey, Hash};

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
    /// Who asks, for the events' metadata.
    pub actor: String,
}

/// An accepted write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// HTTP status.
    pub status: u16,
    /// The whole JSON body: resource fields and receipt.
    pub body: String,
    /// The ETag of the resource as answered.
    pub etag: String,
    /// Whether it was answered before.
    pub replayed: bool,
    /// Position of its last event.
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
