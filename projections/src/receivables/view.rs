//! Owns what is owed as readers get it: in the form of the wire.

use jiff::Timestamp;
use serde::Serialize;
use subledger_domain::ids::InvoiceId;
use subledger_domain::money::{Currency, Money};
use subledger_eventlog::store::{RowQuery, StoreFault};

use super::table::{RECEIVABLES, ReceivableRow};
use crate::row::{read, read_amount, serialize_instant};
use crate::source::Source;

/// More open bills than there are months before everything of a payer is long recycled.
const ROWS_MAX: u32 = 10_000;

/// A bill that is not paid in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receivable {
    /// The statement.
    pub invoice_id: InvoiceId,
    /// Its place in the payer's series.
    pub number: u64,
    /// Its natural month.
    pub month: String,
    /// Since when it is owed.
    #[serde(serialize_with = "serialize_instant")]
    pub since: Timestamp,
    /// What is still to be paid.
    pub amount_due: Money,
}

/// What a payer owes, the oldest bill first.
///
/// # Errors
/// [`StoreFault`], also when a row holds what no fold writes.
pub async fn list(source: impl Into<Source<'_>>, account: &str) -> Result<Vec<Receivable>, StoreFault> {
    let source = source.into();
    let query = RowQuery { equals: vec![("account_id", account.to_owned())], after: None, limit: ROWS_MAX };
    let rows = source.rows(&RECEIVABLES, &query).await?;
    let bills: Result<Vec<Receivable>, StoreFault> =
        rows.into_iter().map(|row| read_bill(ReceivableRow::read(row)?)).collect();
    let mut bills = bills?;
    bills.sort_by_key(|bill| bill.number);
    Ok(bills)
}

fn read_bill(row: ReceivableRow) -> Result<Receivable, StoreFault> {
    let currency: Currency = read(&RECEIVABLES, "currency", row.currency)?;
    Ok(Receivable {
        invoice_id: read(&RECEIVABLES, "invoice_id", row.invoice_id)?,
        number: read(&RECEIVABLES, "number", row.number)?,
        month: read(&RECEIVABLES, "month", row.month)?,
        since: read(&RECEIVABLES, "since", row.since)?,
        amount_due: read_amount(&RECEIVABLES, "amount_due", row.amount_due, currency)?,
    })
}
