//! Owns the routes of rights: all of them at an instant, and one question. Both are answered from memory.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use subledger_domain::books::Working;
use subledger_domain::entitlement::{Context, Entitlements, GroupType, Sdk, SdkVersion, Word};
use subledger_domain::ids::ApplicationId;
use subledger_domain::plan::{Feature, Quota};

use super::extract::{AskedThen, Id};
use super::fields::{Measured, optional_text, optional_word};
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
    let reading = Reading::of(parameters, app.engine.now())?;
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
    context: Option<SentContext>,
}

/// What is told of a client and a group; what is missing is not judged.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SentContext {
    #[serde(default, deserialize_with = "optional_word")]
    sdk: Option<Sdk>,
    #[serde(default, deserialize_with = "optional_text")]
    sdk_version: Option<SdkVersion>,
    #[serde(default, deserialize_with = "optional_text")]
    edition: Option<Word>,
    #[serde(default, deserialize_with = "optional_text")]
    platform: Option<Word>,
    #[serde(default, deserialize_with = "optional_word")]
    group_type: Option<GroupType>,
    group_size: Option<Measured>,
    group_max: Option<Measured>,
}

impl SentContext {
    /// A version says nothing without the SDK it is of.
    fn told(self) -> Result<Context, Problem> {
        if self.sdk.is_none() && self.sdk_version.is_some() {
            let rule = "is missing: `sdk_version` is a version of `client` or of `web`";
            return Err(Problem::invalid(vec![FieldFault::new("/context/sdk", rule)]));
        }
        Ok(Context {
            sdk: self.sdk,
            sdk_version: self.sdk_version,
            edition: self.edition,
            platform: self.platform,
            group_type: self.group_type,
            group_size: self.group_size.map(|number| number.0),
            group_max: self.group_max.map(|number| number.0),
        })
    }
}

/// What is asked, in the plan matrix's own rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Check {
    Quota { quota: Quota, current: u64, requested: u64, context: Context },
    Feature { feature: Feature, context: Context },
}

impl Question {
    /// Room for one more is asked for unless a number is given; a group's members may be told as its size.
    pub(super) fn check(self) -> Result<Check, Problem> {
        let fault = |pointer: &str, rule: &str| Problem::invalid(vec![FieldFault::new(pointer, rule)]);
        let context = self.context.unwrap_or_default().told()?;
        match (self.quota.as_deref(), self.feature.as_deref()) {
            (Some(name), None) => {
                let quota = Quota::named(name).ok_or_else(|| fault("/quota", "is no quota of the plan matrix"))?;
                let size = context.group_size.filter(|_| quota == Quota::GroupMembersMax);
                let (current, requested) = (self.current.or(size).unwrap_or(0), self.requested.unwrap_or(1));
                Ok(Check::Quota { quota, current, requested, context })
            }
            (None, Some(name)) if self.current.is_none() && self.requested.is_none() => {
                let feature =
                    Feature::named(name).ok_or_else(|| fault("/feature", "is no feature of the plan matrix"))?;
                Ok(Check::Feature { feature, context })
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

impl Check {
    fn verdict(&self, rights: &Entitlements, position: u64) -> VerdictView {
        match self {
            Self::Quota { quota, current, requested, context } => {
                VerdictView::of_quota(rights.check_quota(*quota, *current, *requested, context), position)
            }
            Self::Feature { feature, context } => {
                VerdictView::of_feature(rights.check_feature(*feature, context), position)
            }
        }
    }
}

async fn check(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    AskedThen(question, parameters): AskedThen<Question>,
) -> Result<Response, Problem> {
    let reading = Reading::of(parameters, app.engine.now())?;
    let check = question.check()?;
    app.current()?;
    let account = app.payer_of(application).await?;
    let position = app.reached(reading.min_position).await?;
    let look = |books: &Working<'_>, _| Some(check.verdict(&Entitlements::of(books, application)?, position));
    let verdict = match reading.times {
        None => app.now(&account, look),
        Some(times) => app.then(&account, times, look).await?,
    };
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
