//! Owns what operators ask: alive, ready, which version.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde::Serialize;
use subledger_projections::ProgressHandle;

use super::problem::Problem;
use super::query::Parameters;
use super::{App, answer};
use crate::views::{self, Instant, Position};

/// A store that takes longer than a node may be silent (2 s) is as good as none.
const STORE_PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn routes() -> Router<App> {
    Router::new().route("/livez", get(alive)).route("/readyz", get(ready)).route("/version", get(version))
}

async fn alive(parameters: Parameters) -> Result<Response, Problem> {
    parameters.finish()?;
    Ok(answer::json(r#"{"status":"alive"}"#.to_owned()))
}

#[derive(Debug, Serialize)]
struct Ready<'a> {
    status: &'static str,
    store: &'static str,
    position: Position,
    head: Position,
    /// How far each projection has come.
    projections: BTreeMap<&'static str, Lag>,
    clock: Clock,
    warnings: &'a [String],
}

#[derive(Debug, Serialize)]
struct Lag {
    position: Position,
    events_behind: u64,
}

#[derive(Debug, Serialize)]
struct Clock {
    kind: &'static str,
    now: Instant,
}

async fn ready(State(app): State<App>, parameters: Parameters) -> Result<Response, Problem> {
    parameters.finish()?;
    let heard = tokio::time::timeout(STORE_PATIENCE, app.store.head()).await;
    let head = heard.map_err(|_| Problem::not_ready("the store did not answer within 2 seconds".to_owned()))?;
    let head = head
        .map_err(|fault| Problem::not_ready(format!("the {} store cannot be read", app.store.kind())).because(fault))?;
    if !app.engine.is_current() {
        return Err(Problem::not_ready("this node has not followed the log for too long".to_owned()));
    }
    let view = views::text(&Ready {
        status: "ready",
        store: app.store.kind(),
        position: Position(app.engine.position()),
        head: Position(head.position),
        projections: app.projections.iter().map(|(name, progress)| (*name, lag(progress, head.position))).collect(),
        clock: Clock {
            kind: if app.engine.clock_is_manual() { "manual" } else { "system" },
            now: Instant(app.engine.now()),
        },
        warnings: &app.warnings,
    });
    Ok(answer::json(view))
}

fn lag(progress: &ProgressHandle, head: u64) -> Lag {
    let position = progress.position();
    Lag { position: Position(position), events_behind: head.saturating_sub(position) }
}

#[derive(Debug, Serialize)]
struct Version {
    name: &'static str,
    version: &'static str,
    schema_version: u32,
    price_list_in_force: String,
    price_lists: Vec<String>,
}

async fn version(State(app): State<App>, parameters: Parameters) -> Result<Response, Problem> {
    parameters.finish()?;
    let catalog = app.engine.catalog();
    let view = views::text(&Version {
        name: "subledger",
        version: env!("CARGO_PKG_VERSION"),
        schema_version: app.schema_version,
        price_list_in_force: catalog.in_force(app.engine.now()).id().to_owned(),
        price_lists: catalog.lists().iter().map(|list| list.id().to_owned()).collect(),
    });
    Ok(answer::json(view))
}
