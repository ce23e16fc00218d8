//! Owns the routes of payers: opened, listed, read, paid into, given vouchers, kept again after being parked, and what
//! they owe.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use subledger_domain::account::{DepositKind, PayMode, VoucherConditions};
use subledger_domain::charge::Item;
use subledger_domain::decide::Order;
use subledger_domain::ids::{AccountId, VoucherId};
use subledger_projections::Source;
use subledger_projections::receivables::{self, Receivables};

use super::extract::{Id, Keyed, Unspoken};
use super::fields::{Name, Object, Reference, SentDate, SentMoney, Word, optional_word, word};
use super::problem::Problem;
use super::query::Parameters;
use super::reading::Reading;
use super::writing::{SCOPE_ACCOUNTS, Target};
use super::{App, answer, cursor};
use crate::engine::Subject;
use crate::views;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/accounts", post(open).get(list))
        .route("/v1/accounts/{account_id}", get(one))
        .route("/v1/accounts/{account_id}/deposits", post(deposit))
        .route("/v1/accounts/{account_id}/vouchers", post(grant))
        .route("/v1/accounts/{account_id}/unpark", post(unpark))
        .route("/v1/accounts/{account_id}/receivables", get(receivables))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenAccount {
    account_id: Option<AccountId>,
    name: Name,
    #[serde(default)]
    enterprise_verified: bool,
    #[serde(default)]
    new_customer: bool,
}

async fn open(State(app): State<App>, request: Keyed<OpenAccount>) -> Result<Response, Problem> {
    let asked = &request.asked;
    // From the key alone, so that a retry opens no second account.
    let account = asked.account_id.clone().unwrap_or_else(|| AccountId::allocated(&request.key));
    let order = Order::OpenAccount {
        account_id: account.clone(),
        name: asked.name.0.clone(),
        enterprise_verified: asked.enterprise_verified,
        new_customer: asked.new_customer,
    };
    let subject = Subject::Account(account.clone());
    let target = Target { scope: SCOPE_ACCOUNTS.to_owned(), account, subject, status: 201 };
    app.submit(request, target, order).await
}

async fn list(State(app): State<App>, mut parameters: Parameters) -> Result<Response, Problem> {
    let after: Option<AccountId> = parameters.cursor();
    let limit = parameters.limit() as usize;
    let min_position = parameters.position("min_position");
    parameters.finish()?;
    let position = app.reached(min_position).await?;
    let mut ids = app.engine.accounts(after.as_ref(), limit + 1);
    let has_more = ids.len() > limit;
    ids.truncate(limit);
    let view =
        |id: &AccountId| app.now(id, |books, at| views::resource(&Subject::Account(id.clone()), books, at)).flatten();
    let entries: Vec<String> = ids.iter().filter_map(view).collect();
    Ok(answer::page(position, &entries, ids.last().filter(|_| has_more).map(cursor::behind)))
}

async fn one(State(app): State<App>, Id(account): Id<AccountId>, parameters: Parameters) -> Result<Response, Problem> {
    let reading = Reading::of(parameters, app.engine.now())?;
    app.read_resource(&account, &Subject::Account(account.clone()), reading).await
}

/// The bills that are not paid in full, or were not, oldest first.
async fn receivables(
    State(app): State<App>,
    Id(account): Id<AccountId>,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let after: Option<u64> = parameters.cursor();
    let limit = parameters.limit() as usize;
    let reading = Reading::of_documents(parameters, app.engine.now())?;
    app.payer(&account).await?;
    let (position, mut bills) = match reading.times {
        None => {
            let position = app.projected(&Receivables, reading.min_position).await?;
            (position, receivables::list(app.store.as_ref(), account.as_str()).await?)
        }
        Some(times) => {
            let position = app.reached(reading.min_position).await?;
            let rows = app.rows_then(&Receivables, &account, times).await?;
            (position, receivables::list(Source::past(&rows, app.store.as_ref()), account.as_str()).await?)
        }
    };
    bills.retain(|bill| after.is_none_or(|number| bill.number > number));
    let has_more = bills.len() > limit;
    bills.truncate(limit);
    let next = bills.last().filter(|_| has_more).map(|bill| cursor::behind(&bill.number));
    let entries: Vec<String> = bills.iter().map(views::text).collect();
    Ok(answer::page(position, &entries, next))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deposit {
    amount: Object<SentMoney>,
    #[serde(deserialize_with = "word")]
    kind: DepositKind,
    reference: Reference,
}

impl Deposit {
    pub(super) fn order(&self) -> Result<Order, Problem> {
        let amount = self.amount.0.money("/amount")?;
        Ok(Order::Deposit { amount, kind: self.kind, reference: self.reference.0.clone() })
    }
}

async fn deposit(
    State(app): State<App>,
    Id(account): Id<AccountId>,
    request: Keyed<Deposit>,
) -> Result<Response, Problem> {
    let order = request.asked.order()?;
    let subject = Subject::Account(account.clone());
    // The amount is the only figure of a deposit that the domain can find fault with.
    let answered = app.submit(request, Target::of(account, subject), order).await;
    answered.map_err(|problem| problem.pointing_at("/amount/amount"))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    voucher_id: VoucherId,
    face: Object<SentMoney>,
    expires_on: SentDate,
    minimum: Option<Object<SentMoney>>,
    applies_to: Option<Vec<Word<Item>>>,
    months_min: Option<u32>,
    months_max: Option<u32>,
    #[serde(default, deserialize_with = "optional_word")]
    pay_mode: Option<PayMode>,
}

impl Grant {
    pub(super) fn order(&self) -> Result<Order, Problem> {
        let conditions = VoucherConditions {
            minimum: self.minimum.as_ref().map(|sent| sent.0.money("/minimum")).transpose()?,
            applies_to: self.applies_to.as_ref().map(|items| items.iter().map(|item| item.0).collect()),
            months_min: self.months_min,
            months_max: self.months_max,
            pay_mode: self.pay_mode,
        };
        let (voucher_id, face) = (self.voucher_id.clone(), self.face.0.money("/face")?);
        Ok(Order::GrantVoucher { voucher_id, face, expires_on: self.expires_on.0, conditions })
    }
}

async fn grant(State(app): State<App>, Id(account): Id<AccountId>, request: Keyed<Grant>) -> Result<Response, Problem> {
    let order = request.asked.order()?;
    let subject = Subject::Account(account.clone());
    app.submit(request, Target::of(account, subject), order).await
}

/// An operator's lift; a ticket is kept if there is one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unparking {
    ticket: Option<Reference>,
}

async fn unpark(
    State(app): State<App>,
    Id(account): Id<AccountId>,
    Unspoken(request): Unspoken<Unparking>,
) -> Result<Response, Problem> {
    let ticket = Reference::text(request.asked.ticket.as_ref());
    let subject = Subject::Account(account.clone());
    app.submit(request, Target::of(account, subject), Order::UnparkAccount { ticket }).await
}
