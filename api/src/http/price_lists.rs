//! Owns the routes of price lists, and what the server holds of them.

use std::fmt;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;

use super::extract::Id;
use super::problem::Problem;
use super::query::Parameters;
use super::{App, answer};
use crate::views::PriceListView;

/// Every price list rendered, oldest first, and the catalogue's word on which is in force.
pub struct PriceLists {
    views: Vec<PriceListView>,
    in_force: Box<dyn Fn(Timestamp) -> String + Send + Sync>,
}

impl PriceLists {
    /// `in_force` answers the id of the list that orders are priced by at an instant.
    pub fn new(views: Vec<PriceListView>, in_force: impl Fn(Timestamp) -> String + Send + Sync + 'static) -> Self {
        Self { views, in_force: Box::new(in_force) }
    }

    /// The ids of all lists, oldest first.
    pub(super) fn ids(&self) -> Vec<String> {
        self.views.iter().map(|list| list.id().to_owned()).collect()
    }

    /// The id of the list in force.
    pub(super) fn in_force(&self, at: Timestamp) -> String {
        (self.in_force)(at)
    }
}

impl fmt::Debug for PriceLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.views.iter().map(PriceListView::id)).finish()
    }
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/price-lists", get(list)).route("/v1/price-lists/{price_list}", get(one))
}

/// There are a few lists, one a year; they stand on one page.
async fn list(State(app): State<App>, parameters: Parameters) -> Result<Response, Problem> {
    parameters.finish()?;
    let in_force = app.price_lists.in_force(app.engine.now());
    let entries: Vec<String> = app.price_lists.views.iter().map(|list| list.summary(&in_force)).collect();
    Ok(answer::page(app.engine.position(), &entries, None))
}

async fn one(State(app): State<App>, Id(id): Id<String>, parameters: Parameters) -> Result<Response, Problem> {
    parameters.finish()?;
    let list = app.price_lists.views.iter().find(|list| list.id() == id).ok_or_else(Problem::not_found)?;
    answer::resource(app.engine.position(), list.document().to_owned())
}
