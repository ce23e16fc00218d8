//! Owns the routes of an operator's stop and its lift. They answer the application.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{delete, post};
use serde::Deserialize;
use subledger_domain::decide::Order;
use subledger_domain::ids::ApplicationId;

use super::App;
use super::extract::{Id, Keyed, Unspoken};
use super::fields::Reference;
use super::problem::Problem;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/applications/{application_id}/suspensions", post(suspend))
        .route("/v1/applications/{application_id}/suspensions/operator", delete(lift))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suspension {
    reason: Reference,
    /// That it may not be missing is a rule of the business, with a code of its own.
    ticket: Option<Reference>,
}

async fn suspend(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    request: Keyed<Suspension>,
) -> Result<Response, Problem> {
    let Suspension { reason, ticket } = &request.asked;
    let (reason, ticket) = (reason.0.clone(), Reference::text(ticket.as_ref()));
    let order = Order::SuspendApplication { application_id: application, reason, ticket };
    app.submit_for(application, request, order).await
}

async fn lift(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    Unspoken(request): Unspoken,
) -> Result<Response, Problem> {
    app.submit_for(application, request, Order::LiftSuspension { application_id: application }).await
}
