//! Owns the route that answers why a line comes to its amount: from the events of the log, not from rows.
//!
//! Does not own the reasons (`domain::explain`) nor their form (`views`).

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HeaderValue, VARY};
use axum::response::Response;
use axum::routing::get;
use subledger_domain::explain;
use subledger_domain::fact::Fact;
use subledger_domain::ids::{InvoiceId, LineId};
use subledger_eventlog::record::Recorded;

use super::extract::Ids;
use super::problem::Problem;
use super::query::Parameters;
use super::reading::Reading;
use super::{App, accept, answer, invoices};
use crate::views::ExplainedLine;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/invoices/{invoice_id}/lines/{line_id}/explanation", get(one))
}

/// Of a line as it stands, or stood at two times: a draft's lines are not those of the statement that it becomes. JSON
/// holds both languages; a text, which a browser is given too, is in the one asked for.
async fn one(
    State(app): State<App>,
    Ids(invoice, line_id): Ids<InvoiceId, LineId>,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let language = parameters.language("lang");
    let reading = Reading::of_documents(parameters, app.engine.now())?;
    let (position, invoice) = invoices::read(&app, invoice, reading).await?;
    let cited = invoice.lines.iter().find(|line| line.line_id == line_id).ok_or_else(Problem::not_found)?;
    let mut positions: Vec<u64> = cited.causes.iter().map(|cause| cause.position).collect();
    positions.sort_unstable();
    let (mut events, mut causes) = (Vec::new(), Vec::new());
    for position in positions {
        let (event, fact) = app.event_at(position).await?;
        events.push(event);
        causes.push(fact);
    }
    // An order's line stands in an event that it cites, a statement's in the event of the statement.
    let own = app.event_at(invoice.position).await?.1;
    let line = causes.iter().chain([&own]).find_map(|fact| explain::line_in(fact, line_id));
    let line = line.ok_or_else(|| Problem::internal(format!("no event of {} holds {line_id}", invoice.invoice_id)))?;
    let catalog = app.engine.catalog();
    let why = explain::explain(&line, &causes, &catalog);
    let list = catalog.list(&line.price_list);
    let explained = ExplainedLine { invoice: &invoice, line_id, line: &line, why: &why, list, events: &events };
    let mut response = if accept::prefers(&headers, &["text/plain", "text/html"]) {
        let language = language.unwrap_or_else(|| accept::language(&headers));
        text(answer::at(position, explained.text(language)))
    } else {
        let json = explained.json().map_err(|fault| Problem::internal(format!("an event is no JSON: {fault}")))?;
        answer::resource(position, json)?
    };
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept, accept-language"));
    Ok(response)
}

fn text(mut response: Response) -> Response {
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

impl App {
    async fn event_at(&self, position: u64) -> Result<(Recorded, Fact), Problem> {
        let event = self.store.read_after(position.saturating_sub(1), 1).await?.pop();
        let event = event.filter(|event| event.position == position);
        let event = event.ok_or_else(|| Problem::internal(format!("the log has no event at position {position}")))?;
        let fact = event.fact().map_err(|fault| Problem::internal(format!("position {position}: {fault}")))?;
        Ok((event, fact))
    }
}
