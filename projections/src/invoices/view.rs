//! Owns invoices as readers get them: in the form of the wire.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize, Serializer};
use subledger_domain::ids::{AccountId, ApplicationId, EventId, InvoiceId, LineId};
use subledger_domain::money::{Currency, Money};
use subledger_eventlog::rows::Table;
use subledger_eventlog::store::{RowQuery, Store, StoreFault};

use super::table::{INVOICE_LINES, INVOICE_NUMBERS, INVOICES, InvoiceRow, LineRow, NumberRow};
use crate::row::{damaged, read, read_amount, read_nullable, serialize_instant, unreadable};

/// More lines than one order or statement has: 300 applications with every item of a month.
const LINES_MAX: u32 = 10_000;

/// An invoice with its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// Its id.
    pub invoice_id: InvoiceId,
    /// Its place in the payer's series; none before it is final.
    pub number: Option<u64>,
    /// The payer.
    pub account_id: AccountId,
    /// `order`.
    pub kind: String,
    /// `final`.
    pub state: String,
    /// The natural month of a statement.
    pub month: Option<String>,
    /// Its civil date.
    pub issued_on: Date,
    /// What it comes to.
    pub total: Money,
    /// What is still to be paid.
    pub amount_due: Money,
    /// Its payments.
    pub paid: Vec<Paid>,
    /// Its lines, by id.
    pub lines: Vec<Line>,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paid {
    /// When.
    #[serde(serialize_with = "serialize_instant")]
    pub at: Timestamp,
    /// From vouchers.
    pub voucher: Money,
    /// From the gift balance.
    pub gift: Money,
    /// From the cash balance.
    pub cash: Money,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its id.
    pub line_id: LineId,
    /// The application it is for.
    pub application_id: ApplicationId,
    /// What it is for.
    pub item: String,
    /// The same for people.
    pub description: String,
    /// The stretch of time it pays.
    pub period: LinePeriod,
    /// How many units.
    pub quantity: u64,
    /// Price of one.
    pub unit_price: Money,
    /// What it comes to.
    pub amount: Money,
    /// The price list agreed to.
    pub price_list: String,
    /// The events it comes from.
    pub causes: Vec<Cause>,
    /// How the amount came about, with its numbers.
    pub formula: String,
}

/// A half-open period with its last civil day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinePeriod {
    /// First instant inside.
    #[serde(serialize_with = "serialize_instant")]
    pub start: Timestamp,
    /// First instant outside.
    #[serde(serialize_with = "serialize_instant")]
    pub end: Timestamp,
    /// Last civil day, inclusive.
    pub last_day: Date,
}

/// An event that explains something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The event.
    pub event_id: EventId,
    /// Its place in the log; on the wire an opaque string.
    #[serde(serialize_with = "as_text", deserialize_with = "from_text")]
    pub position: u64,
}

fn as_text<S: Serializer>(position: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(position)
}

fn from_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

impl Cause {
    /// The JSON of a cell.
    pub(super) fn json(causes: &[Self]) -> String {
        serde_json::to_string(causes).expect("ids and numbers are plain JSON")
    }
}

impl Invoice {
    /// Where a list goes on after this one.
    pub fn cursor(&self) -> Option<String> {
        self.number.map(|number| number.to_string())
    }
}

/// Whether a text is a cursor that [`list`] may have given; check what came over the wire before asking.
pub fn is_cursor(text: &str) -> bool {
    text.parse::<u64>().is_ok_and(|number| number.to_string() == text)
}

/// An invoice by its id.
///
/// # Errors
/// [`StoreFault`], also when a row holds what no fold writes.
pub async fn get(store: &dyn Store, invoice_id: &str) -> Result<Option<Invoice>, StoreFault> {
    let query = RowQuery { equals: vec![("invoice_id", invoice_id.to_owned())], after: None, limit: 1 };
    match store.rows(&INVOICES, &query).await?.pop() {
        None => Ok(None),
        // The row is read before its lines: they came no later than it and never change.
        Some(row) => read_invoice(InvoiceRow::read(row)?, lines(store, invoice_id).await?).map(Some),
    }
}

/// One payer's invoices in number order, after a cursor, at most `limit`.
///
/// # Errors
/// [`StoreFault`], also when a row holds what no fold writes or the cursor is none.
pub async fn list(
    store: &dyn Store,
    account: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Invoice>, StoreFault> {
    if let Some(cursor) = after.filter(|cursor| !is_cursor(cursor)) {
        let what = format!("`{cursor}` is no cursor of this list");
        return Err(StoreFault::Unusable { what, remedy: "send the one that came with the page before".to_owned() });
    }
    let query = RowQuery {
        equals: vec![("account_id", account.to_owned())],
        after: after.map(|number| vec![account.to_owned(), number.to_owned()]),
        limit,
    };
    let mut invoices = Vec::new();
    for row in store.rows(&INVOICE_NUMBERS, &query).await? {
        let invoice_id = NumberRow::read(row)?.invoice_id;
        let id = invoice_id.ok_or_else(|| unreadable(&INVOICE_NUMBERS, "invoice_id", None))?;
        let invoice = get(store, &id).await?;
        invoices.push(invoice.ok_or_else(|| damaged(format!("invoice {id} has a number and no row")))?);
    }
    Ok(invoices)
}

async fn lines(store: &dyn Store, invoice_id: &str) -> Result<Vec<Line>, StoreFault> {
    let query = RowQuery { equals: vec![("invoice_id", invoice_id.to_owned())], after: None, limit: LINES_MAX };
    let rows = store.rows(&INVOICE_LINES, &query).await?;
    rows.into_iter().map(|row| read_line(LineRow::read(row)?)).collect()
}

fn read_invoice(row: InvoiceRow, lines: Vec<Line>) -> Result<Invoice, StoreFault> {
    let table: &Table = &INVOICES;
    let currency: Currency = read(table, "currency", row.currency)?;
    let paid = match read_nullable(table, "paid_at", row.paid_at)? {
        None => Vec::new(),
        Some(at) => vec![Paid {
            at,
            voucher: read_amount(table, "paid_voucher_amount", row.paid_voucher_amount, currency)?,
            gift: read_amount(table, "paid_gift_amount", row.paid_gift_amount, currency)?,
            cash: read_amount(table, "paid_cash_amount", row.paid_cash_amount, currency)?,
        }],
    };
    Ok(Invoice {
        invoice_id: read(table, "invoice_id", row.invoice_id)?,
        number: read_nullable(table, "number", row.number)?,
        account_id: read(table, "account_id", row.account_id)?,
        kind: read(table, "kind", row.kind)?,
        state: read(table, "state", row.state)?,
        month: row.month,
        issued_on: read(table, "issued_on", row.issued_on)?,
        total: read_amount(table, "total_amount", row.total_amount, currency)?,
        amount_due: read_amount(table, "amount_due", row.amount_due, currency)?,
        paid,
        lines,
    })
}

fn read_line(row: LineRow) -> Result<Line, StoreFault> {
    let table: &Table = &INVOICE_LINES;
    let currency: Currency = read(table, "currency", row.currency)?;
    let causes = row.causes.as_deref().and_then(|json| serde_json::from_str(json).ok());
    Ok(Line {
        line_id: read(table, "line_id", row.line_id)?,
        application_id: read(table, "application_id", row.application_id)?,
        item: read(table, "item", row.item)?,
        description: read(table, "description", row.description)?,
        period: LinePeriod {
            start: read(table, "period_start", row.period_start)?,
            end: read(table, "period_end", row.period_end)?,
            last_day: read(table, "last_day", row.last_day)?,
        },
        quantity: read(table, "quantity", row.quantity)?,
        unit_price: read_amount(table, "unit_price_amount", row.unit_price_amount, currency)?,
        amount: read_amount(table, "amount", row.amount, currency)?,
        price_list: read(table, "price_list", row.price_list)?,
        causes: causes.ok_or_else(|| unreadable(table, "causes", row.causes.as_deref()))?,
        formula: read(table, "formula", row.formula)?,
    })
}
