//! Owns the routes of invoices.
//!
//! Does not own an invoice's form: the projection gives it as the wire has it, `views` as a page.

use std::str::FromStr;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, VARY};
use axum::response::Response;
use axum::routing::get;
use subledger_domain::books::Working;
use subledger_domain::ids::{AccountId, ApplicationId, InvoiceId};
use subledger_projections::Source;
use subledger_projections::invoices::{self, Invoice, Invoices};

use super::extract::Id;
use super::problem::Problem;
use super::query::Parameters;
use super::reading::Reading;
use super::{App, accept, answer, cursor};
use crate::engine::Times;
use crate::views::{self, Parties, Past};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/accounts/{account_id}/invoices", get(of_account))
        .route("/v1/invoices/{invoice_id}", get(one))
}

/// Where a page of the list ended, as the projection says it.
struct Behind(String);

impl FromStr for Behind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        if invoices::is_cursor(text) { Ok(Self(text.to_owned())) } else { Err(()) }
    }
}

/// In the order of the payer's own numbers, drafts behind them; as they stand, or stood at two times.
async fn of_account(
    State(app): State<App>,
    Id(account): Id<AccountId>,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let after: Option<Behind> = parameters.cursor();
    let limit = parameters.limit();
    let reading = Reading::of_documents(parameters, app.engine.now())?;
    app.payer(&account).await?;
    let after = after.as_ref().map(|behind| behind.0.as_str());
    let (position, mut page) = match reading.times {
        None => {
            let position = app.projected(&Invoices, reading.min_position).await?;
            (position, invoices::list(app.store.as_ref(), account.as_str(), after, limit + 1).await?)
        }
        Some(times) => {
            let position = app.reached(reading.min_position).await?;
            let rows = app.rows_then(&Invoices, &account, times).await?;
            let past = Source::past(&rows, app.store.as_ref());
            (position, invoices::list(past, account.as_str(), after, limit + 1).await?)
        }
    };
    let has_more = page.len() > limit as usize;
    page.truncate(limit as usize);
    let next = page.last().filter(|_| has_more).and_then(Invoice::cursor).map(|number| cursor::behind(&number));
    let entries: Vec<String> = page.iter().map(views::text).collect();
    Ok(answer::page(position, &entries, next))
}

/// As JSON, or as a page for whoever asks for one.
async fn one(
    State(app): State<App>,
    Id(invoice): Id<InvoiceId>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let reading = Reading::of_documents(parameters, app.engine.now())?;
    let (position, found) = read(&app, invoice, reading).await?;
    let mut response = if wants_a_page(&headers) {
        let page =
            app.now(&found.account_id, |books, _| page(books, &found, reading)).ok_or_else(Problem::not_found)?;
        html(answer::at(position, page))
    } else {
        answer::resource(position, views::text(&found))?
    };
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// An invoice as it stands, or stood at two times, and the position it is read at.
pub(super) async fn read(app: &App, invoice: InvoiceId, reading: Reading) -> Result<(u64, Invoice), Problem> {
    let position = app.projected(&Invoices, reading.min_position).await?;
    let id = invoice.to_string();
    let today = invoices::get(app.store.as_ref(), &id).await?.ok_or_else(Problem::not_found)?;
    let Some(times) = reading.times else { return Ok((position, today)) };
    // What was a document once is one today, because a draft becomes final under its own id: so today's names the payer.
    // Only a draft that was withdrawn is not found any more, at no time (ADR 17).
    let rows = app.rows_then(&Invoices, &today.account_id, times).await?;
    let then = invoices::get(Source::past(&rows, app.store.as_ref()), &id).await?;
    Ok((position, then.ok_or_else(Problem::not_found)?))
}

fn page(books: &Working<'_>, invoice: &Invoice, reading: Reading) -> String {
    let payer = books.account().map_or("", |account| account.name.as_str());
    let application = |id: ApplicationId| books.application(id).map(|application| application.name.as_str());
    let past = reading.times.map(|Times { as_of, known_at }| Past { as_of, known_at });
    views::invoice_page(invoice, &Parties { payer, application: &application, past })
}

/// Nothing in the page needs more than its own style, so nothing more is allowed, whatever a name may hold.
fn html(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

/// Whether a page is asked for, and rather than JSON.
pub(super) fn wants_a_page(headers: &HeaderMap) -> bool {
    accept::prefers(headers, &["text/html"])
}
