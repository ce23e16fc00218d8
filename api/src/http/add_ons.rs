//! Owns the routes of value-added services: bought, tried, renewed, given back, and how long history is kept. They answer
//! the application.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{post, put};
use serde::Deserialize;
use subledger_domain::catalog::{AddOn, AddOnKind, CallVariant};
use subledger_domain::decide::Order;
use subledger_domain::ids::{AddOnId, ApplicationId, VoucherId};

use super::App;
use super::extract::{Id, Ids, Keyed};
use super::fields::{Months, optional_word, word};
use super::problem::{FieldFault, Problem};
use super::subscriptions::{AutoRenewal, RefundAsked, Renewal};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/applications/{application_id}/add-ons", post(buy))
        .route("/v1/applications/{application_id}/add-ons/{add_on_id}/renewals", post(renew))
        .route("/v1/applications/{application_id}/add-ons/{add_on_id}/refund", post(refund))
        .route("/v1/applications/{application_id}/add-ons/{add_on_id}/auto-renew", put(set_auto_renew))
        .route("/v1/applications/{application_id}/history-retention", put(set_history_retention))
}

/// A value-added service as it is named in bodies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SentAddOn {
    #[serde(deserialize_with = "word")]
    kind: AddOnKind,
    #[serde(default, deserialize_with = "optional_word")]
    variant: Option<CallVariant>,
}

impl SentAddOn {
    /// The service of that kind and variant; `pointer` is where it stands in the body.
    pub(super) fn add_on(&self, pointer: &str) -> Result<AddOn, Problem> {
        AddOn::of(self.kind, self.variant).ok_or_else(|| {
            let rule = match self.variant {
                None => "is missing: this kind comes in variants",
                Some(_) => "this kind has no variants",
            };
            Problem::invalid(vec![FieldFault::new(format!("{pointer}/variant"), rule)])
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Buy {
    #[serde(deserialize_with = "word")]
    kind: AddOnKind,
    #[serde(default, deserialize_with = "optional_word")]
    variant: Option<CallVariant>,
    months: Option<Months>,
    auto_renew: Option<bool>,
    voucher_id: Option<VoucherId>,
}

impl Buy {
    /// A trial has its own length; everything else is bought by months.
    pub(super) fn order(&self, application_id: ApplicationId) -> Result<Order, Problem> {
        let add_on = SentAddOn { kind: self.kind, variant: self.variant }.add_on("")?;
        let fault = |pointer: &str, rule| Err(Problem::invalid(vec![FieldFault::new(pointer, rule)]));
        match (add_on, &self.months) {
            (AddOn::AvCall(CallVariant::Trial), _) if self.voucher_id.is_some() => {
                fault("/voucher_id", "a trial costs nothing")
            }
            (AddOn::AvCall(CallVariant::Trial), _) if self.auto_renew == Some(true) => {
                fault("/auto_renew", "a trial does not renew itself")
            }
            (AddOn::AvCall(CallVariant::Trial), None) => Ok(Order::TryAddOn { application_id, add_on }),
            (AddOn::AvCall(CallVariant::Trial), Some(_)) => fault("/months", "a trial has its own length"),
            (_, Some(months)) => {
                let (months, auto_renew) = (months.count()?, self.auto_renew.unwrap_or(false));
                let voucher_id = self.voucher_id.clone();
                Ok(Order::BuyAddOn { application_id, add_on, months, auto_renew, voucher_id })
            }
            (_, None) => fault("/months", "missing field `months`"),
        }
    }
}

async fn buy(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    request: Keyed<Buy>,
) -> Result<Response, Problem> {
    let order = request.asked.order(application)?;
    app.submit_for(application, request, order).await
}

async fn renew(
    State(app): State<App>,
    Ids(application, add_on_id): Ids<ApplicationId, AddOnId>,
    request: Keyed<Renewal>,
) -> Result<Response, Problem> {
    let (months, voucher_id) = (request.asked.months()?, request.asked.voucher_id());
    let order = Order::RenewAddOn { application_id: application, add_on_id, months, voucher_id };
    app.submit_for(application, request, order).await
}

async fn refund(
    State(app): State<App>,
    Ids(application_id, add_on_id): Ids<ApplicationId, AddOnId>,
    request: Keyed<RefundAsked>,
) -> Result<Response, Problem> {
    let (kind, reason) = request.asked.parts();
    app.submit_for(application_id, request, Order::RefundAddOn { application_id, add_on_id, kind, reason }).await
}

async fn set_auto_renew(
    State(app): State<App>,
    Ids(application_id, add_on_id): Ids<ApplicationId, AddOnId>,
    request: Keyed<AutoRenewal>,
) -> Result<Response, Problem> {
    let (enabled, months) = request.asked.parts()?;
    let order = Order::SetAddOnAutoRenew { application_id, add_on_id, enabled, months };
    app.submit_for(application_id, request, order).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryRetention {
    /// Any number has the right form; which are steps of the plan is a rule of the business.
    days: u32,
}

async fn set_history_retention(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    request: Keyed<HistoryRetention>,
) -> Result<Response, Problem> {
    let order = Order::SetHistoryRetention { application_id: application, days: request.asked.days };
    app.submit_for(application, request, order).await
}
