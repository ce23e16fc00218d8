//! Owns the routes of applications: created, listed, read.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use subledger_domain::decide::Order;
use subledger_domain::ids::{AccountId, ApplicationId};
use subledger_domain::plan::DataSite;
use subledger_eventlog::record::CommandKey;

use super::extract::{Id, Keyed};
use super::fields::{Name, application_id, word};
use super::problem::Problem;
use super::query::Parameters;
use super::reading::Reading;
use super::writing::Target;
use super::{App, answer, cursor};
use crate::engine::{Reserved, Subject};
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

async fn create(State(app): State<App>, request: Keyed<CreateApplication>) -> Result<Response, Problem> {
    let account = request.asked.account_id.clone();
    let key = CommandKey { scope: account.to_string(), key: request.key.clone() };
    let wanted = request.asked.application_id;
    let application = match app.engine.reserve_application(&key, request.fingerprint, &account, wanted).await? {
        Reserved::Id(application) => application,
        Reserved::Answered(accepted) => return answer::accepted(accepted),
    };
    let (name, data_site) = (request.asked.name.0.clone(), request.asked.data_site);
    let order = Order::CreateApplication { application_id: application, name, data_site };
    let target = Target { status: 201, ..Target::of(account, Subject::Application(application)) };
    app.submit(request, target, order).await
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
    let reading = Reading::of(parameters)?;
    let account = app.payer_of(application)?;
    app.read_resource(&account, &Subject::Application(application), reading).await
}

impl App {
    /// The payer of an application.
    pub(super) fn payer_of(&self, application: ApplicationId) -> Result<AccountId, Problem> {
        self.engine.account_of(application).ok_or_else(Problem::not_found)
    }
}
