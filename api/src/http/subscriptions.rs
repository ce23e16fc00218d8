//! Owns the routes of a subscription: bought, renewed, raised, lowered, given back. They answer the application.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{post, put};
use serde::Deserialize;
use subledger_domain::catalog::PromotionName;
use subledger_domain::charge::RefundKind;
use subledger_domain::decide::Order;
use subledger_domain::ids::{ApplicationId, VoucherId};
use subledger_domain::plan::Plan;
use subledger_domain::terms::DowngradeTiming;

use super::App;
use super::extract::{Id, Keyed, Unspoken};
use super::fields::{Months, Reference, optional_word, word};
use super::problem::Problem;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/applications/{application_id}/subscription", post(purchase))
        .route("/v1/applications/{application_id}/subscription/renewals", post(renew))
        .route("/v1/applications/{application_id}/subscription/auto-renew", put(set_auto_renew))
        .route("/v1/applications/{application_id}/subscription/upgrade", post(upgrade))
        .route("/v1/applications/{application_id}/subscription/downgrade", post(downgrade).delete(cancel_downgrade))
        .route("/v1/applications/{application_id}/subscription/refund", post(refund))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Purchase {
    /// Trial has the right form; that nobody returns to it is a rule of the business.
    #[serde(deserialize_with = "word")]
    plan: Plan,
    months: Months,
    auto_renew: Option<bool>,
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
            auto_renew: self.auto_renew.unwrap_or(false),
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

/// Whether and how it renews itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AutoRenewal {
    enabled: bool,
    months: Option<Months>,
}

impl AutoRenewal {
    pub(super) fn parts(&self) -> Result<(bool, Option<u32>), Problem> {
        let months = self.months.as_ref().map(Months::count).transpose()?;
        Ok((self.enabled, months))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Upgrade {
    #[serde(deserialize_with = "word")]
    plan: Plan,
    months: Option<Months>,
    voucher_id: Option<VoucherId>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Downgrade {
    #[serde(deserialize_with = "word")]
    plan: Plan,
    #[serde(default, deserialize_with = "optional_word")]
    timing: Option<DowngradeTiming>,
    /// Whether it is needed is a rule of the business.
    ticket: Option<Reference>,
}

/// Which refund is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundAsked {
    #[serde(default, deserialize_with = "optional_word")]
    kind: Option<RefundKind>,
    reason: Option<Reference>,
}

impl RefundAsked {
    pub(super) fn parts(&self) -> (Option<RefundKind>, Option<String>) {
        (self.kind, Reference::text(self.reason.as_ref()))
    }
}

async fn set_auto_renew(
    State(app): State<App>,
    Id(application_id): Id<ApplicationId>,
    request: Keyed<AutoRenewal>,
) -> Result<Response, Problem> {
    let (enabled, months) = request.asked.parts()?;
    app.submit_for(application_id, request, Order::SetAutoRenew { application_id, enabled, months }).await
}

async fn upgrade(
    State(app): State<App>,
    Id(application_id): Id<ApplicationId>,
    request: Keyed<Upgrade>,
) -> Result<Response, Problem> {
    let plan = request.asked.plan;
    let months = request.asked.months.as_ref().map(Months::count).transpose()?;
    let voucher_id = request.asked.voucher_id.clone();
    app.submit_for(application_id, request, Order::UpgradePlan { application_id, plan, months, voucher_id }).await
}

async fn downgrade(
    State(app): State<App>,
    Id(application_id): Id<ApplicationId>,
    request: Keyed<Downgrade>,
) -> Result<Response, Problem> {
    let Downgrade { plan, timing, ticket } = &request.asked;
    let (plan, timing, ticket) = (*plan, *timing, Reference::text(ticket.as_ref()));
    app.submit_for(application_id, request, Order::DowngradePlan { application_id, plan, timing, ticket }).await
}

async fn cancel_downgrade(
    State(app): State<App>,
    Id(application_id): Id<ApplicationId>,
    Unspoken(request): Unspoken,
) -> Result<Response, Problem> {
    app.submit_for(application_id, request, Order::CancelDowngrade { application_id }).await
}

async fn refund(
    State(app): State<App>,
    Id(application_id): Id<ApplicationId>,
    request: Keyed<RefundAsked>,
) -> Result<Response, Problem> {
    let (kind, reason) = request.asked.parts();
    app.submit_for(application_id, request, Order::RefundPlan { application_id, kind, reason }).await
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
