//! Owns the routes of rights: all of them at an instant, and one question. Both are answered from memory.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use subledger_domain::entitlement::Entitlements;
use subledger_domain::ids::ApplicationId;
use subledger_domain::plan::{Feature, Quota};

use super::extract::{Asked, Id};
use super::problem::{FieldFault, Problem};
use super::query::Parameters;
use super::reading::Reading;
use super::{App, answer};
use crate::views::{self, EntitlementsView, VerdictView};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/applications/{application_id}/entitlements", get(all))
        .route("/v1/applications/{application_id}/entitlements/check", post(check))
}

async fn all(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let reading = Reading::of(parameters)?;
    app.current()?;
    let account = app.payer_of(application).await?;
    app.read(&account, reading, |books, at| {
        let rights = Entitlements::of(books, application)?;
        Some(views::text(&EntitlementsView::of(application, at, &rights)))
    })
    .await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    quota: Option<String>,
    current: Option<u64>,
    requested: Option<u64>,
    feature: Option<String>,
}

/// What is asked, in the plan matrix's own rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Check {
    Quota { quota: Quota, current: u64, requested: u64 },
    Feature(Feature),
}

impl Question {
    /// Room for one more is asked for unless a number is given.
    pub(super) fn check(&self) -> Result<Check, Problem> {
        let fault = |pointer: &str, rule: &str| Problem::invalid(vec![FieldFault::new(pointer, rule)]);
        match (self.quota.as_deref(), self.feature.as_deref()) {
            (Some(name), None) => {
                let quota = Quota::named(name).ok_or_else(|| fault("/quota", "is no quota of the plan matrix"))?;
                let (current, requested) = (self.current.unwrap_or(0), self.requested.unwrap_or(1));
                Ok(Check::Quota { quota, current, requested })
            }
            (None, Some(name)) if self.current.is_none() && self.requested.is_none() => {
                let feature = Feature::named(name);
                feature.map(Check::Feature).ok_or_else(|| fault("/feature", "is no feature of the plan matrix"))
            }
            (None, Some(_)) => {
                let pointer = if self.current.is_some() { "/current" } else { "/requested" };
                Err(fault(pointer, "only a quota is counted"))
            }
            (Some(_), Some(_)) => Err(fault("/feature", "ask for a quota or a feature, not both")),
            (None, None) => Err(fault("/quota", "name a quota or a feature")),
        }
    }
}

async fn check(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    Asked(question): Asked<Question>,
) -> Result<Response, Problem> {
    let check = question.check()?;
    app.current()?;
    let account = app.payer_of(application).await?;
    let position = app.engine.position();
    let verdict = app.now(&account, |books, _| {
        let rights = Entitlements::of(books, application)?;
        Some(match check {
            Check::Quota { quota, current, requested } => {
                VerdictView::of_quota(rights.check_quota(quota, current, requested), position)
            }
            Check::Feature(feature) => VerdictView::of_feature(rights.check_feature(feature), position),
        })
    });
    let verdict = verdict.flatten().ok_or_else(Problem::not_found)?;
    Ok(answer::at(position, views::text(&verdict)))
}

impl App {
    /// No right is better than an old right.
    fn current(&self) -> Result<(), Problem> {
        if self.engine.is_current() {
            Ok(())
        } else {
            Err(Problem::store_unavailable("this node has not heard from the store lately"))
        }
    }
}
