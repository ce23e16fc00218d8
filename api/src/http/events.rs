//! Owns the routes of the log: all of it in order, and what concerns one application.
//!
//! Reads the store, not the node's memory: what is shown is durable.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use subledger_domain::fact::Fact;
use subledger_domain::ids::ApplicationId;
use subledger_eventlog::record::Recorded;

use super::extract::Id;
use super::problem::Problem;
use super::query::Parameters;
use super::{App, answer, cursor};
use crate::views;

/// Events of a payer looked at for one page of one of its applications. A page may so be short, or empty, and still
/// have a next one.
const LOOKED_AT_MAX: u32 = 2_000;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/events", get(all)).route("/v1/applications/{application_id}/events", get(of_application))
}

/// Where a page of the log begins, and how long it may be.
struct Page {
    after: u64,
    limit: u32,
    min_position: Option<u64>,
}

impl Page {
    fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let (after, cursor) = (parameters.position("after"), parameters.cursor::<u64>());
        let (limit, min_position) = (parameters.limit(), parameters.position("min_position"));
        parameters.finish()?;
        // Who pages adds the cursor to the query it began with; the cursor is further on.
        Ok(Self { after: cursor.or(after).unwrap_or(0), limit, min_position })
    }
}

async fn all(State(app): State<App>, parameters: Parameters) -> Result<Response, Problem> {
    let page = Page::of(parameters)?;
    let position = app.reached(page.min_position).await?;
    // No store counts beyond this; nothing stands behind it.
    if i64::try_from(page.after).is_err() {
        return Ok(answer::page(position, &[], None));
    }
    let mut events = app.store.read_after(page.after, page.limit + 1).await?;
    let has_more = events.len() > page.limit as usize;
    events.truncate(page.limit as usize);
    let next = events.last().filter(|_| has_more).map(|event| cursor::behind(&event.position));
    let position = events.last().map_or(position, |event| position.max(event.position));
    Ok(answer::page(position, &render(&events)?, next))
}

async fn of_application(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let page = Page::of(parameters)?;
    let account = app.payer_of(application).await?;
    let position = app.reached(page.min_position).await?;
    if page.after >= position {
        return Ok(answer::page(position, &[], None));
    }
    let seen = app.store.read_account(account.as_str(), page.after, position, LOOKED_AT_MAX).await?;
    let mut last = seen.last().filter(|_| seen.len() >= LOOKED_AT_MAX as usize).map(|event| event.position);
    let mut events = Vec::new();
    for event in seen {
        if events.len() == page.limit as usize {
            last = events.last().map(|event: &Recorded| event.position);
            break;
        }
        if concerns(&event, application)? {
            events.push(event);
        }
    }
    Ok(answer::page(position, &render(&events)?, last.map(|position| cursor::behind(&position))))
}

fn render(events: &[Recorded]) -> Result<Vec<String>, Problem> {
    let rendered = events.iter().map(|event| views::event(event).map_err(|fault| damaged(event, &fault)));
    rendered.collect()
}

fn damaged(event: &Recorded, fault: &dyn std::error::Error) -> Problem {
    Problem::internal(format!("the event at position {} cannot be read: {fault}", event.position))
}

/// Whether it stands in the application's stream, in one of its subscriptions' or add-ons', or in a month of its usage.
fn concerns(recorded: &Recorded, application: ApplicationId) -> Result<bool, Problem> {
    let fact: Fact = recorded.fact().map_err(|fault| damaged(recorded, &fault))?;
    Ok(fact.application_id() == Some(application))
}
