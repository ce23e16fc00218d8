//! Owns the routes of applications: created, listed, read.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use subledger_domain::ids::{AccountId, ApplicationId};
use subledger_domain::plan::DataSite;
use subledger_eventlog::record::CommandKey;

use super::extract::{Id, Keyed};
use super::fields::{Name, application_id, word};
use super::problem::Problem;
use super::query::Parameters;
use super::reading::Reading;
use super::writing::ACTOR_WITHOUT_KEYS;
use super::{App, answer, cursor};
use crate::engine::{NewApplication, Subject};
use crate::views;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/applications", post(create).get(list)).route("/v1/applications/{application_id}", get(one))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateApplication {
    account_id: AccountId,
    #[serde(default, deserialize_with = "application_id")]
    application_id: Option<ApplicationId>,
    name: Name,
    #[serde(deserialize_with = "word")]
    data_site: DataSite,
}

async fn create(State(app): State<App>, mut request: Keyed<CreateApplication>) -> Result<Response, Problem> {
    let account = request.asked.account_id;
    app.payer(&account).await?;
    let quoted = request.conditions.quoted(account.as_str(), request.fingerprint)?;
    let new = NewApplication {
        key: CommandKey { scope: account.to_string(), key: request.key },
        fingerprint: request.fingerprint,
        account,
        wanted: request.asked.application_id,
        name: request.asked.name.0,
        data_site: request.asked.data_site,
        if_match: request.conditions.if_match,
        quoted,
        actor: ACTOR_WITHOUT_KEYS.to_owned(),
    };
    let answered = if request.conditions.dry_run {
        app.engine.quote_application(new).await
    } else {
        app.engine.create_application(new).await
    };
    answer::accepted(answered?)
}

async fn list(State(app): State<App>, mut parameters: Parameters) -> Result<Response, Problem> {
    let after: Option<ApplicationId> = parameters.cursor();
    let limit = parameters.limit() as usize;
    let min_position = parameters.position("min_position");
    parameters.finish()?;
    let position = app.reached(min_position).await?;
    let mut ids = app.engine.applications(after, limit + 1);
    let has_more = ids.len() > limit;
    ids.truncate(limit);
    let view = |(id, account): &(ApplicationId, AccountId)| {
        app.now(account, |books, at| views::resource(&Subject::Application(*id), books, at)).flatten()
    };
    let entries: Vec<String> = ids.iter().filter_map(view).collect();
    let next = ids.last().filter(|_| has_more).map(|(id, _)| cursor::behind(id));
    Ok(answer::page(position, &entries, next))
}

async fn one(
    State(app): State<App>,
    Id(application): Id<ApplicationId>,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let reading = Reading::of(parameters, app.engine.now())?;
    let account = app.payer_of(application).await?;
    app.read_resource(&account, &Subject::Application(application), reading).await
}
