//! Owns the routes of usage: a day told, a day of a settled month corrected, a month read.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use subledger_domain::calendar::Month;
use subledger_domain::decide::Order;
use subledger_domain::ids::ApplicationId;
use subledger_domain::settlement;

use super::extract::{Id, Keyed};
use super::fields::{Measured, Reference, SentDate};
use super::problem::Problem;
use super::query::Parameters;
use super::reading::Reading;
use super::writing::Target;
use super::{App, answer};
use crate::engine::{Subject, Times};
use crate::views::{self, UsageMonthView};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/applications/{application_id}/usage/daily", post(record))
        .route("/v1/applications/{application_id}/usage/corrections", post(correct))
        .route("/v1/applications/{application_id}/usage", get(month))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DailyUsage {
    date: SentDate,
    dau: Measured,
    peak_groups: Measured,
}

impl DailyUsage {
    pub(super) fn order(&self, application_id: ApplicationId) -> Order {
        let (date, dau, peak_groups) = (self.date.0, self.dau.0, self.peak_groups.0);
        Order::RecordUsage { application_id, date, dau, peak_groups }
    }
}

async fn record(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    request: Keyed<DailyUsage>,
) -> Result<Response, Problem> {
    let order = request.asked.order(application);
    let subject = Subject::UsageDay { application_id: application, date: request.asked.date.0 };
    let target = Target::of(app.payer_of(application).await?, subject);
    app.submit(request, target, order).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Correction {
    date: SentDate,
    dau: Option<Measured>,
    peak_groups: Option<Measured>,
    reason: Reference,
}

async fn correct(
    State(app): State<App>,
    Id(application_id): Id<ApplicationId>,
    request: Keyed<Correction>,
) -> Result<Response, Problem> {
    let Correction { date, dau, peak_groups, reason } = &request.asked;
    let date = date.0;
    let (dau, peak_groups) = (dau.as_ref().map(|dau| dau.0), peak_groups.as_ref().map(|groups| groups.0));
    let order = Order::CorrectUsage { application_id, date, dau, peak_groups, reason: reason.0.clone() };
    let target = Target::of(app.payer_of(application_id).await?, Subject::UsageDay { application_id, date });
    app.submit(request, target, order).await
}

/// A month that is settled is read as it stood when its readings closed, from the log; of what is known, or was known
/// at an instant.
async fn month(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let month: Option<Month> = parameters.month("month");
    let reading = Reading::of(parameters, app.engine.now())?;
    let month = month.ok_or_else(|| Problem::internal("a month that is missing was let through"))?;
    let account = app.payer_of(application).await?;
    let position = app.reached(reading.min_position).await?;
    let times = reading.times.unwrap_or(Times { as_of: app.engine.now(), known_at: None });
    let catalog = app.engine.catalog_at(times).await?;
    let closes_at = settlement::closes_at(catalog.in_force(times.as_of), month);
    let closed = closes_at <= times.as_of;
    let last_open = Times { as_of: if closed { just_before(closes_at) } else { times.as_of }, ..times };
    let seen = app.then(&account, last_open, |books, at| settlement::preview(books, application, month, at)).await?;
    let preview = seen.ok_or_else(Problem::not_found)?.map_err(|fault| Problem::internal(fault.to_string()))?;
    let preview = preview.ok_or_else(Problem::not_found)?;
    answer::resource(position, views::text(&UsageMonthView::of(application, month, closed, preview)))
}

/// The finest instant the log keeps before this one.
fn just_before(at: jiff::Timestamp) -> jiff::Timestamp {
    at.checked_sub(jiff::SignedDuration::from_micros(1)).unwrap_or(at)
}
