//! Owns the HTTP face: paths, the form of requests, problems, and the headers of answers.
//!
//! Does not own decisions (`engine`, `domain`), how a resource looks (`views`), nor the socket. A handler that branches
//! on a subscription's state is in the wrong room.

mod accept;
mod accounts;
mod add_ons;
mod answer;
mod applications;
mod clock;
mod cursor;
mod entitlements;
mod estimates;
mod events;
mod explanations;
mod extract;
mod features;
mod fields;
mod fingerprint;
mod health;
mod invoices;
mod journal;
mod price_lists;
mod problem;
mod query;
mod reading;
mod shell;
mod subscriptions;
mod suspensions;
mod usage;
mod writing;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use subledger_eventlog::store::Store;
use subledger_projections::ProgressHandle;

use crate::engine::Engine;

/// The largest number of users or groups that is taken.
pub(crate) const MEASURED_MAX: u64 = fields::Measured::MAX;

pub use problem::Problem;

/// What the handlers work with; clones share it.
#[derive(Clone)]
pub struct App {
    /// The node.
    pub engine: Engine,
    /// The log, for reading events.
    pub store: Arc<dyn Store>,
    /// How far each projection has come, by name.
    pub projections: Arc<[(&'static str, ProgressHandle)]>,
    /// What an operator should know about how this server was started, for `/readyz`.
    pub warnings: Arc<[String]>,
    /// Version of the store's schema, for `/version`.
    pub schema_version: u32,
}

/// Every route, in its shell.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .merge(accounts::routes())
        .merge(applications::routes())
        .merge(subscriptions::routes())
        .merge(add_ons::routes())
        .merge(features::routes())
        .merge(suspensions::routes())
        .merge(usage::routes())
        .merge(estimates::routes())
        .merge(entitlements::routes())
        .merge(events::routes())
        .merge(invoices::routes())
        .merge(explanations::routes())
        .merge(journal::routes())
        .merge(price_lists::routes())
        .merge(clock::routes())
        .merge(health::routes());
    shell::around(routes).with_state(app)
}
