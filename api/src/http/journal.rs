//! Owns the routes of the books: a payer's journal, the trial balance, what a month earned.
//!
//! Does not own their form: the projection gives it as the wire has it. Books are kept by the day: of a day, all of it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use subledger_domain::calendar::day_of;
use subledger_domain::ids::AccountId;
use subledger_projections::journal::{self, Cursor, Journal};

use super::extract::Id;
use super::problem::Problem;
use super::query::Parameters;
use super::{App, answer, cursor};
use crate::views;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/accounts/{account_id}/journal", get(of_account))
        .route("/v1/reports/trial-balance", get(trial_balance))
        .route("/v1/reports/revenue", get(revenue))
}

/// Events in order, and behind those of each month what it earned, to today.
async fn of_account(
    State(app): State<App>,
    Id(account): Id<AccountId>,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let after: Option<Cursor> = parameters.cursor();
    let limit = parameters.limit();
    let min_position = parameters.position("min_position");
    parameters.finish()?;
    app.payer(&account).await?;
    let position = app.projected(&Journal, min_position).await?;
    let known = (day_of(app.engine.now()), position);
    let (page, next) = journal::list(app.store.as_ref(), account.as_str(), after, limit, known).await?;
    let entries: Vec<String> = page.iter().map(views::text).collect();
    Ok(answer::page(position, &entries, next.as_ref().map(cursor::behind)))
}

/// At the end of today, or of the day of an instant behind us, as it is known now.
async fn trial_balance(State(app): State<App>, mut parameters: Parameters) -> Result<Response, Problem> {
    let as_of = parameters.instant("as_of");
    let min_position = parameters.position("min_position");
    let today = day_of(app.engine.now());
    let through = as_of.map_or(today, day_of);
    if through > today {
        parameters.fault("as_of", "must not be after today: the books hold what has happened");
    }
    parameters.finish()?;
    let position = app.projected(&Journal, min_position).await?;
    let balance = journal::trial_balance(app.store.as_ref(), through, position).await?;
    answer::resource(position, views::text(&balance))
}

/// To the end of the month, or to today while it runs.
async fn revenue(State(app): State<App>, mut parameters: Parameters) -> Result<Response, Problem> {
    let month = parameters.month("month");
    let min_position = parameters.position("min_position");
    parameters.finish()?;
    let month = month.ok_or_else(|| Problem::internal("a month that is missing was let through"))?;
    let position = app.projected(&Journal, min_position).await?;
    let today = day_of(app.engine.now());
    let revenue = journal::revenue(app.store.as_ref(), month, today, position).await?;
    answer::resource(position, views::text(&revenue))
}
