//! Owns the routes of features that are opened on application: asked for, withdrawn, approved, rejected. They answer the
//! application. A name that is no row of the plan matrix is not found; which rows are opened on application is the
//! business's to say.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use subledger_domain::decide::Order;
use subledger_domain::ids::ApplicationId;

use super::App;
use super::extract::{Ids, Keyed, Unspoken};
use super::fields::{FeatureName, Reference};
use super::problem::Problem;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/applications/{application_id}/features/{feature}/requests", post(request).delete(withdraw))
        .route("/v1/applications/{application_id}/features/{feature}/approvals", post(approve))
        .route("/v1/applications/{application_id}/features/{feature}/rejections", post(reject))
}

async fn request(
    State(app): State<App>,
    Ids(application_id, feature): Ids<ApplicationId, FeatureName>,
    Unspoken(request): Unspoken,
) -> Result<Response, Problem> {
    let order = Order::RequestFeature { application_id, feature: feature.0 };
    app.submit_for(application_id, request, order).await
}

async fn withdraw(
    State(app): State<App>,
    Ids(application_id, feature): Ids<ApplicationId, FeatureName>,
    Unspoken(request): Unspoken,
) -> Result<Response, Problem> {
    let order = Order::WithdrawFeature { application_id, feature: feature.0 };
    app.submit_for(application_id, request, order).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    /// That it may not be missing is a rule of the business, with a code of its own.
    ticket: Option<Reference>,
}

async fn approve(
    State(app): State<App>,
    Ids(application_id, feature): Ids<ApplicationId, FeatureName>,
    request: Keyed<Approval>,
) -> Result<Response, Problem> {
    let ticket = Reference::text(request.asked.ticket.as_ref());
    let order = Order::ApproveFeature { application_id, feature: feature.0, ticket };
    app.submit_for(application_id, request, order).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rejection {
    reason: Option<Reference>,
    ticket: Option<Reference>,
}

async fn reject(
    State(app): State<App>,
    Ids(application_id, feature): Ids<ApplicationId, FeatureName>,
    request: Keyed<Rejection>,
) -> Result<Response, Problem> {
    let Rejection { reason, ticket } = &request.asked;
    let (reason, ticket) = (Reference::text(reason.as_ref()), Reference::text(ticket.as_ref()));
    let order = Order::RejectFeature { application_id, feature: feature.0, reason, ticket };
    app.submit_for(application_id, request, order).await
}
