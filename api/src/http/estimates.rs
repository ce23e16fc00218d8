//! Owns the route of the price calculator. It writes nothing, knows no payer and takes no key.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use subledger_domain::catalog::PromotionName;
use subledger_domain::estimate::{self, Question};
use subledger_domain::plan::{DataSite, Plan};

use super::add_ons::SentAddOn;
use super::extract::Asked;
use super::fields::{Measured, Months, Object, optional_word, word};
use super::problem::Problem;
use super::{App, answer};
use crate::views::{self, EstimateView};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/estimates", post(estimate))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SentQuestion {
    #[serde(deserialize_with = "word")]
    data_site: DataSite,
    #[serde(deserialize_with = "word")]
    plan: Plan,
    months: Months,
    #[serde(default)]
    add_ons: Vec<Object<SentAddOn>>,
    history_retention_days: Option<u32>,
    #[serde(default)]
    peak_dau: Measured,
    #[serde(default)]
    peak_groups: Measured,
    #[serde(default, deserialize_with = "optional_word")]
    promotion: Option<PromotionName>,
}

impl SentQuestion {
    pub(super) fn question(&self) -> Result<Question, Problem> {
        let sent = self.add_ons.iter().enumerate();
        let add_ons: Result<Vec<_>, Problem> =
            sent.map(|(index, one)| one.0.add_on(&format!("/add_ons/{index}"))).collect();
        Ok(Question {
            data_site: self.data_site,
            plan: self.plan,
            months: self.months.count()?,
            add_ons: add_ons?,
            history_retention_days: self.history_retention_days,
            peak_dau: self.peak_dau.0,
            peak_groups: self.peak_groups.0,
            promotion: self.promotion,
        })
    }
}

async fn estimate(State(app): State<App>, Asked(sent): Asked<SentQuestion>) -> Result<Response, Problem> {
    let question = sent.question()?;
    let catalog = app.engine.catalog();
    let estimate = estimate::estimate(catalog.in_force(app.engine.now()), &question)?;
    Ok(answer::json(views::text(&EstimateView::of(&question, &estimate))))
}
