//! Owns the routes of invoices, and the seam to the projection that holds them.

use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use subledger_domain::ids::{AccountId, InvoiceId};
use subledger_eventlog::store::StoreFault;

use super::extract::Id;
use super::problem::Problem;
use super::query::Parameters;
use super::{App, answer, cursor};

/// An invoice as the projection gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadInvoice {
    /// Its id, the key of the list.
    pub invoice_id: InvoiceId,
    /// Text of a JSON object, in the wire's form.
    pub document: String,
}

/// What HTTP asks of the invoices' projection.
#[async_trait]
pub trait InvoiceReads: Send + Sync {
    /// A payer's invoices by id, behind one.
    ///
    /// # Errors
    /// [`StoreFault`], when the store cannot be read.
    async fn list(
        &self,
        account: &AccountId,
        after: Option<InvoiceId>,
        limit: u32,
    ) -> Result<Vec<ReadInvoice>, StoreFault>;

    /// One invoice, if there is such.
    ///
    /// # Errors
    /// [`StoreFault`], when the store cannot be read.
    async fn get(&self, invoice: InvoiceId) -> Result<Option<ReadInvoice>, StoreFault>;

    /// Position of the last event the projection has folded.
    ///
    /// # Errors
    /// [`StoreFault`], when the store cannot be read.
    async fn position(&self) -> Result<u64, StoreFault>;
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/accounts/{account_id}/invoices", get(of_account))
        .route("/v1/invoices/{invoice_id}", get(one))
}

async fn of_account(
    State(app): State<App>,
    Id(account): Id<AccountId>,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let after: Option<InvoiceId> = parameters.cursor();
    let limit = parameters.limit();
    let min_position = parameters.position("min_position");
    parameters.finish()?;
    app.reached(min_position).await?;
    app.engine.with_books(&account, |_| ()).ok_or_else(Problem::not_found)?;
    let position = app.projected(min_position).await?;
    let mut invoices = app.invoices.list(&account, after, limit + 1).await?;
    let has_more = invoices.len() > limit as usize;
    invoices.truncate(limit as usize);
    let next = invoices.last().filter(|_| has_more).map(|invoice| cursor::behind(&invoice.invoice_id));
    let entries: Vec<String> = invoices.into_iter().map(|invoice| invoice.document).collect();
    Ok(answer::page(position, &entries, next))
}

async fn one(
    State(app): State<App>,
    Id(invoice): Id<InvoiceId>,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let min_position = parameters.position("min_position");
    parameters.finish()?;
    let position = app.projected(min_position).await?;
    let found = app.invoices.get(invoice).await?.ok_or_else(Problem::not_found)?;
    answer::resource(position, found.document)
}
