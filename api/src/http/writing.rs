//! Owns how a keyed request becomes a write of one payer.

use axum::response::Response;
use subledger_domain::decide::Order;
use subledger_domain::ids::{AccountId, ApplicationId};
use subledger_eventlog::record::CommandKey;

use super::App;
use super::answer;
use super::extract::Keyed;
use super::problem::Problem;
use crate::engine::{Subject, Write};

/// Who asks while there are no keys: `serve` without keys listens on loopback only.
pub(super) const ACTOR_WITHOUT_KEYS: &str = "local";

/// Scope of keys that open accounts. No account id holds a slash, so no payer's keys can meet these.
pub(super) const SCOPE_ACCOUNTS: &str = "/accounts";
/// Scope of keys that move the clock.
pub(super) const SCOPE_CLOCK: &str = "/clock";
/// Scope of keys that publish price lists.
pub(super) const SCOPE_PRICE_LISTS: &str = "/price-lists";

/// What a write is about.
#[derive(Debug)]
pub(super) struct Target {
    /// Scope of its key.
    pub(super) scope: String,
    /// Whose Books.
    pub(super) account: AccountId,
    /// What the answer shows.
    pub(super) subject: Subject,
    /// Status when accepted.
    pub(super) status: u16,
}

impl Target {
    /// A write to a payer that exists, or to what belongs to it.
    pub(super) fn of(account: AccountId, subject: Subject) -> Self {
        Self { scope: account.to_string(), account, subject, status: 200 }
    }
}

impl App {
    /// Sends a write to the engine and answers what became of it, or what would.
    pub(super) async fn submit<T>(
        &self,
        mut request: Keyed<T>,
        target: Target,
        order: Order,
    ) -> Result<Response, Problem> {
        let quoted = request.conditions.quoted(&target.scope, request.fingerprint)?;
        let write = Write {
            key: CommandKey { scope: target.scope, key: request.key },
            fingerprint: request.fingerprint,
            account: target.account,
            order,
            subject: target.subject,
            status: target.status,
            if_match: request.conditions.if_match,
            quoted,
            actor: ACTOR_WITHOUT_KEYS.to_owned(),
        };
        let answered =
            if request.conditions.dry_run { self.engine.quote(write).await } else { self.engine.submit(write).await };
        answer::accepted(answered?)
    }

    /// A write to an application, which answers the application.
    pub(super) async fn submit_for<T>(
        &self,
        application: ApplicationId,
        request: Keyed<T>,
        order: Order,
    ) -> Result<Response, Problem> {
        let target = Target::of(self.payer_of(application).await?, Subject::Application(application));
        self.submit(request, target, order).await
    }
}
