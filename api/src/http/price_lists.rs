//! Owns the routes of price lists: listed, read, published.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use subledger_domain::decide::{NotPublished, Wanted};
use subledger_eventlog::record::CommandKey;

use super::extract::{Id, Keyed};
use super::problem::{FieldFault, Problem};
use super::query::Parameters;
use super::writing::{ACTOR_WITHOUT_KEYS, SCOPE_PRICE_LISTS};
use super::{App, answer};
use crate::engine::{Publish, WriteFault};
use crate::views;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/price-lists", get(list).post(publish)).route("/v1/price-lists/{price_list}", get(one))
}

/// There are a few lists, one a year; they stand on one page.
async fn list(State(app): State<App>, mut parameters: Parameters) -> Result<Response, Problem> {
    let min_position = parameters.position("min_position");
    parameters.finish()?;
    let position = app.reached(min_position).await?;
    let catalog = app.engine.catalog();
    let in_force = catalog.in_force(app.engine.now()).id();
    Ok(answer::page(position, &views::price_lists(&catalog, in_force), None))
}

async fn one(State(app): State<App>, Id(id): Id<String>, mut parameters: Parameters) -> Result<Response, Problem> {
    let min_position = parameters.position("min_position");
    parameters.finish()?;
    let position = app.reached(min_position).await?;
    let list = views::price_list(&app.engine.catalog(), &id).ok_or_else(Problem::not_found)?;
    answer::resource(position, list)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PublishPriceList {
    price_list: Option<String>,
    text: Option<String>,
}

impl PublishPriceList {
    /// Which list, and the field that names it.
    fn wanted(self) -> Result<(Wanted, &'static str), Problem> {
        match (self.price_list, self.text) {
            (Some(id), None) => Ok((Wanted::OfTheRelease(id), "/price_list")),
            (None, Some(text)) => Ok((Wanted::Text(text), "/text")),
            (Some(_), Some(_)) => Err(one_of("/text")),
            (None, None) => Err(one_of("/price_list")),
        }
    }
}

fn one_of(pointer: &str) -> Problem {
    let rule = "name a list of the release as `price_list`, or send one as `text`, not both";
    Problem::invalid(vec![FieldFault::new(pointer, rule)])
}

async fn publish(State(app): State<App>, mut request: Keyed<PublishPriceList>) -> Result<Response, Problem> {
    // A list costs nobody anything, whenever it is published, so no quote of it is ever stale.
    request.conditions.quoted(SCOPE_PRICE_LISTS, request.fingerprint)?;
    let (wanted, pointer) = request.asked.wanted()?;
    let publish = Publish {
        key: CommandKey { scope: SCOPE_PRICE_LISTS.to_owned(), key: request.key },
        fingerprint: request.fingerprint,
        wanted,
        if_match: request.conditions.if_match,
        actor: ACTOR_WITHOUT_KEYS.to_owned(),
    };
    if request.conditions.dry_run {
        app.engine.confirm_head().await?;
        let position = app.engine.position();
        let list = app.engine.would_publish(&publish).map_err(|fault| told(fault, pointer))?;
        let quoted = views::quote_of_nothing(&list, SCOPE_PRICE_LISTS, request.fingerprint.to_string(), position);
        return Ok(answer::at(position, quoted));
    }
    answer::accepted(app.engine.publish(publish).await.map_err(|fault| told(fault, pointer))?)
}

fn told(fault: WriteFault, pointer: &'static str) -> Problem {
    match fault {
        WriteFault::NotPublished(refusal) => refused(refusal, pointer),
        fault => fault.into(),
    }
}

/// Where in the request it stands, and where in the text.
fn refused(refusal: NotPublished, pointer: &'static str) -> Problem {
    let whole = refusal.to_string();
    match refusal {
        NotPublished::IdTaken { .. } | NotPublished::DayTaken { .. } => WriteFault::NotPublished(refusal).into(),
        NotPublished::Unknown { .. } => Problem::invalid(vec![FieldFault::new(pointer, whole)]),
        NotPublished::Refused { line, .. } => Problem::invalid(vec![FieldFault::new(pointer, at_line(line, &whole))]),
        NotPublished::Faulty(faulty) => {
            let errors = faulty.faults.iter().map(|fault| {
                FieldFault::new(pointer, at_line(fault.line, &format!("{} ({})", fault.message, fault.rule)))
            });
            Problem::invalid(errors.collect())
        }
    }
}

fn at_line(line: usize, message: &str) -> String {
    format!("line {line}: {message}")
}
