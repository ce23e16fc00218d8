//! Owns the routes of the ledger's clock: read, and moved where it is a manual one.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use subledger_eventlog::record::CommandKey;

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

async fn advance(State(app): State<App>, request: Keyed<Advance>) -> Result<Response, Problem> {
    if request.if_match.is_some() {
        let rule = "the clock takes no precondition; say where it shall stand";
        return Err(Problem::invalid(vec![FieldFault::new("/If-Match", rule)]));
    }
    let key = CommandKey { scope: SCOPE_CLOCK.to_owned(), key: request.key };
    answer::accepted(app.engine.advance(key, request.fingerprint, request.asked.to.0).await?)
}
