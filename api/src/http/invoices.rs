//! Owns the routes of invoices.
//!
//! Does not own an invoice's form: the projection gives it as the wire has it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use subledger_domain::ids::{AccountId, InvoiceId};
use subledger_projections::invoices::{self, Invoice};

use super::extract::Id;
use super::problem::Problem;
use super::query::Parameters;
use super::{App, answer, cursor};
use crate::views;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/accounts/{account_id}/invoices", get(of_account))
        .route("/v1/invoices/{invoice_id}", get(one))
}

/// In the order of the payer's own numbers.
async fn of_account(
    State(app): State<App>,
    Id(account): Id<AccountId>,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let after: Option<u64> = parameters.cursor();
    let limit = parameters.limit();
    let min_position = parameters.position("min_position");
    parameters.finish()?;
    app.payer(&account).await?;
    let position = app.projected(min_position).await?;
    let after = after.map(|number| number.to_string());
    let mut page = invoices::list(app.store.as_ref(), account.as_str(), after.as_deref(), limit + 1).await?;
    let has_more = page.len() > limit as usize;
    page.truncate(limit as usize);
    let next = page.last().filter(|_| has_more).and_then(Invoice::cursor).map(|number| cursor::behind(&number));
    let entries: Vec<String> = page.iter().map(views::text).collect();
    Ok(answer::page(position, &entries, next))
}

async fn one(
    State(app): State<App>,
    Id(invoice): Id<InvoiceId>,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let min_position = parameters.position("min_position");
    parameters.finish()?;
    let position = app.projected(min_position).await?;
    let found = invoices::get(app.store.as_ref(), &invoice.to_string()).await?.ok_or_else(Problem::not_found)?;
    answer::resource(position, views::text(&found))
}
