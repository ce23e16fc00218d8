//! Owns the routes of the ledger's clock: read, and moved where it is a manual one.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::Deserialize;
use subledger_eventlog::record::{CommandKey, Hash};

use super::extract::Keyed;
use super::fields::SentInstant;
use super::problem::{FieldFault, Problem};
use super::query::Parameters;
use super::writing::SCOPE_CLOCK;
use super::{App, answer};
use crate::views;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/clock", get(read)).route("/v1/clock/advance", post(advance))
}

async fn read(State(app): State<App>, parameters: Parameters) -> Result<Response, Problem> {
    parameters.finish()?;
    let position = app.engine.position();
    answer::resource(position, views::clock(app.engine.now(), app.engine.clock_is_manual()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    to: SentInstant,
}

async fn advance(State(app): State<App>, mut request: Keyed<Advance>) -> Result<Response, Problem> {
    if request.conditions.if_match.is_some() {
        let rule = "the clock takes no precondition; say where it shall stand";
        return Err(Problem::invalid(vec![FieldFault::new("/If-Match", rule)]));
    }
    // A move of the clock is no order: it comes to nothing, whenever it is made, so no quote of it is ever stale.
    request.conditions.quoted(SCOPE_CLOCK, request.fingerprint)?;
    let to = request.asked.to.0;
    if request.conditions.dry_run {
        return app.quote_advance(to, request.fingerprint);
    }
    let key = CommandKey { scope: SCOPE_CLOCK.to_owned(), key: request.key };
    answer::accepted(app.engine.advance(key, request.fingerprint, to).await?)
}

impl App {
    /// Where the clock would stand. What falls due on the way is every payer's own and not quoted.
    fn quote_advance(&self, to: Timestamp, fingerprint: Hash) -> Result<Response, Problem> {
        self.engine.may_advance(to)?;
        let position = self.engine.position();
        let request = fingerprint.to_string();
        let clock = views::clock(to, true);
        Ok(answer::at(position, views::quote_of_nothing(&clock, SCOPE_CLOCK, request, position)))
    }
}
