//! Owns the routes of a subscription: bought, renewed. They answer the application.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use subledger_domain::catalog::PromotionName;
use subledger_domain::decide::Order;
use subledger_domain::ids::{ApplicationId, VoucherId};
use subledger_domain::plan::Plan;

use super::App;
use super::extract::{Id, Keyed};
use super::fields::{Months, optional_word, word};
use super::problem::Problem;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/applications/{application_id}/subscription", post(purchase))
        .route("/v1/applications/{application_id}/subscription/renewals", post(renew))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Purchase {
    /// Trial has the right form; that nobody returns to it is a rule of the business.
    #[serde(deserialize_with = "word")]
    plan: Plan,
    months: Months,
    #[serde(default, deserialize_with = "optional_word")]
    promotion: Option<PromotionName>,
    voucher_id: Option<VoucherId>,
}

impl Purchase {
    pub(super) fn order(&self, application_id: ApplicationId) -> Result<Order, Problem> {
        Ok(Order::PurchasePlan {
            application_id,
            plan: self.plan,
            months: self.months.count()?,
            promotion: self.promotion,
            voucher_id: self.voucher_id.clone(),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Renewal {
    months: Months,
    voucher_id: Option<VoucherId>,
}

impl Renewal {
    pub(super) fn months(&self) -> Result<u32, Problem> {
        self.months.count()
    }

    pub(super) fn voucher_id(&self) -> Option<VoucherId> {
        self.voucher_id.clone()
    }

    pub(super) fn order(&self, application_id: ApplicationId) -> Result<Order, Problem> {
        Ok(Order::RenewPlan { application_id, months: self.months()?, voucher_id: self.voucher_id() })
    }
}

async fn purchase(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    request: Keyed<Purchase>,
) -> Result<Response, Problem> {
    let order = request.asked.order(application)?;
    app.submit_for(application, request, order).await
}

async fn renew(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    request: Keyed<Renewal>,
) -> Result<Response, Problem> {
    let order = request.asked.order(application)?;
    app.submit_for(application, request, order).await
}
