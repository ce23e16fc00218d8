//! Owns invoices as readers get them: in the form of the wire.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use subledger_domain::calendar::Month;
use subledger_domain::charge::StatementLine;
use subledger_domain::ids::{AccountId, ApplicationId, InvoiceId, LineId, VoucherId};
use subledger_domain::money::{Currency, Money};
use subledger_eventlog::rows::Table;
use subledger_eventlog::store::{RowQuery, StoreFault};

use super::cause::{Cause, Places, StoredCause};
use super::fold::statement_line;
use super::table::{
    DraftRow, INVOICE_LINES, INVOICE_NUMBERS, INVOICE_PAYMENTS, INVOICES, InvoiceRow, LineRow, NumberRow, PaymentRow,
    STATEMENT_DRAFTS,
};
use crate::row::{damaged, read, read_amount, serialize_instant, unreadable};
use crate::source::Source;

/// More lines than one order or statement has: 300 applications with every item of a month; and more payments.
const ROWS_MAX: u32 = 10_000;

/// How often an invoice is read again because it was paid, or became final, while it was read.
const ATTEMPTS: u32 = 8;

/// An invoice with its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// Its id.
    pub invoice_id: InvoiceId,
    /// Its place in the payer's series; none before it is final.
    pub number: Option<u64>,
    /// The payer.
    pub account_id: AccountId,
    /// `order`, `statement` or `credit_note`.
    pub kind: String,
    /// `draft` or `final`.
    pub state: String,
    /// The natural month of a statement.
    pub month: Option<String>,
    /// The invoices whose money a credit note gives back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<InvoiceId>,
    /// Its civil date; a draft's is the day it was drafted.
    pub issued_on: Date,
    /// What it comes to.
    pub total: Money,
    /// What is still to be paid; of a draft, all of it.
    pub amount_due: Money,
    /// Its payments, in order.
    pub paid: Vec<Paid>,
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// Where the event lies in the log that brought it about, for who explains it.
    #[serde(skip)]
    pub position: u64,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paid {
    /// When.
    #[serde(serialize_with = "serialize_instant")]
    pub at: Timestamp,
    /// From a voucher.
    pub voucher: Money,
    /// Which one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher_id: Option<VoucherId>,
    /// From the gift balance.
    pub gift: Money,
    /// From the cash balance.
    pub cash: Money,
    /// From a credit note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<PaidByNote>,
}

/// What a credit note paid of a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaidByNote {
    /// The note.
    pub invoice_id: InvoiceId,
    /// How much.
    pub amount: Money,
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
    /// The line of an issued statement that this one corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjusts: Option<Adjusts>,
}

/// What a correction is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Adjusts {
    /// The statement.
    pub invoice_id: InvoiceId,
    /// Its month.
    pub month: String,
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

impl Invoice {
    /// Where a list goes on after this one: behind its number, or behind the month of a draft.
    pub fn cursor(&self) -> Option<String> {
        self.number.map(|number| number.to_string()).or_else(|| self.month.clone())
    }
}

/// Where a list goes on.
enum Cursor {
    AfterNumber(u64),
    AfterDraft(Month),
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let number = text.parse().ok().filter(|number: &u64| number.to_string() == text).map(Self::AfterNumber);
        number.or_else(|| text.parse().ok().map(Self::AfterDraft))
    }
}

/// Whether a text is a cursor that [`list`] may have given; check what came over the wire before asking.
pub fn is_cursor(text: &str) -> bool {
    Cursor::parse(text).is_some()
}

/// An invoice by its id, final or drafted.
///
/// # Errors
/// [`StoreFault`], also when a row holds what no fold writes or a line cites an event that is not there.
pub async fn get(source: impl Into<Source<'_>>, invoice_id: &str) -> Result<Option<Invoice>, StoreFault> {
    let source = source.into();
    // Neither may also mean that it became final between the two looks: then the second round finds it.
    for _ in 0..2 {
        if let Some(invoice) = get_final(source, invoice_id).await? {
            return Ok(Some(invoice));
        }
        let query = RowQuery { equals: vec![("invoice_id", invoice_id.to_owned())], after: None, limit: 1 };
        if let Some(row) = source.rows(&STATEMENT_DRAFTS, &query).await?.pop() {
            return read_draft(source, DraftRow::read(row)?).await.map(Some);
        }
    }
    Ok(None)
}

/// One payer's invoices after a cursor, at most `limit`: those with a number in its order, then drafts by month.
///
/// # Errors
/// [`StoreFault`], also when a row holds what no fold writes or the cursor is none.
pub async fn list(
    source: impl Into<Source<'_>>,
    account: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Invoice>, StoreFault> {
    let source = source.into();
    let cursor = match after {
        None => None,
        Some(text) => Some(Cursor::parse(text).ok_or_else(|| no_cursor(text))?),
    };
    let (mut invoices, month) = match cursor {
        None => (numbered(source, account, None, limit).await?, None),
        Some(Cursor::AfterNumber(number)) => (numbered(source, account, Some(number), limit).await?, None),
        Some(Cursor::AfterDraft(month)) => (Vec::new(), Some(month)),
    };
    let room = limit.saturating_sub(u32::try_from(invoices.len()).unwrap_or(u32::MAX));
    if room > 0 {
        let drafts = drafts(source, account, month, room).await?;
        // One that became final between the two looks is listed once, with its number.
        let listed: BTreeSet<InvoiceId> = invoices.iter().map(|invoice| invoice.invoice_id).collect();
        invoices.extend(drafts.into_iter().filter(|draft| !listed.contains(&draft.invoice_id)));
    }
    Ok(invoices)
}

fn no_cursor(text: &str) -> StoreFault {
    let what = format!("`{text}` is no cursor of this list");
    StoreFault::Unusable { what, remedy: "send the one that came with the page before".to_owned() }
}

async fn numbered(
    source: Source<'_>,
    account: &str,
    after: Option<u64>,
    limit: u32,
) -> Result<Vec<Invoice>, StoreFault> {
    let query = RowQuery {
        equals: vec![("account_id", account.to_owned())],
        after: after.map(|number| vec![account.to_owned(), number.to_string()]),
        limit,
    };
    let mut invoices = Vec::new();
    for row in source.rows(&INVOICE_NUMBERS, &query).await? {
        let invoice_id = NumberRow::read(row)?.invoice_id;
        let id = invoice_id.ok_or_else(|| unreadable(&INVOICE_NUMBERS, "invoice_id", None))?;
        let invoice = get_final(source, &id).await?;
        invoices.push(invoice.ok_or_else(|| damaged(format!("invoice {id} has a number and no row")))?);
    }
    Ok(invoices)
}

async fn drafts(
    source: Source<'_>,
    account: &str,
    after: Option<Month>,
    limit: u32,
) -> Result<Vec<Invoice>, StoreFault> {
    let query = RowQuery {
        equals: vec![("account_id", account.to_owned())],
        after: after.map(|month| vec![account.to_owned(), month.to_string()]),
        limit,
    };
    let mut drafts = Vec::new();
    for row in source.rows(&STATEMENT_DRAFTS, &query).await? {
        drafts.push(read_draft(source, DraftRow::read(row)?).await?);
    }
    Ok(drafts)
}

/// The row is read before its lines, which came no later than it and never change, and again after its payments: what
/// is due and what was paid are of one moment.
async fn get_final(source: Source<'_>, invoice_id: &str) -> Result<Option<Invoice>, StoreFault> {
    let query = |limit| RowQuery { equals: vec![("invoice_id", invoice_id.to_owned())], after: None, limit };
    let mut before = source.rows(&INVOICES, &query(1)).await?.pop();
    for _ in 0..ATTEMPTS {
        let Some(row) = before else { return Ok(None) };
        let payments = source.rows(&INVOICE_PAYMENTS, &query(ROWS_MAX)).await?;
        let now = source.rows(&INVOICES, &query(1)).await?.pop();
        if now.as_ref() == Some(&row) {
            let lines = source.rows(&INVOICE_LINES, &query(ROWS_MAX)).await?;
            let lines = lines.into_iter().map(LineRow::read).collect::<Result<_, _>>()?;
            let paid =
                payments.into_iter().map(|row| read_payment(PaymentRow::read(row)?)).collect::<Result<_, _>>()?;
            return read_invoice(InvoiceRow::read(row)?, paid, read_lines(source, lines).await?).map(Some);
        }
        before = now;
    }
    Err(damaged(format!("invoice {invoice_id} does not stand still")))
}

fn read_invoice(row: InvoiceRow, paid: Vec<Paid>, lines: Vec<Line>) -> Result<Invoice, StoreFault> {
    let table: &Table = &INVOICES;
    let currency: Currency = read(table, "currency", row.currency)?;
    Ok(Invoice {
        invoice_id: read(table, "invoice_id", row.invoice_id)?,
        number: Some(read(table, "number", row.number)?),
        account_id: read(table, "account_id", row.account_id)?,
        kind: read(table, "kind", row.kind)?,
        state: "final".to_owned(),
        month: row.month,
        of: read_credits(row.credits)?,
        issued_on: read(table, "issued_on", row.issued_on)?,
        total: read_amount(table, "total_amount", row.total_amount, currency)?,
        amount_due: read_amount(table, "amount_due", row.amount_due, currency)?,
        paid,
        lines,
        position: read(table, "position", row.position)?,
    })
}

async fn read_draft(source: Source<'_>, row: DraftRow) -> Result<Invoice, StoreFault> {
    let table: &Table = &STATEMENT_DRAFTS;
    let currency: Currency = read(table, "currency", row.currency)?;
    let invoice_id: InvoiceId = read(table, "invoice_id", row.invoice_id)?;
    let month: Month = read(table, "month", row.month)?;
    let lines = row.lines.as_deref().and_then(|json| serde_json::from_str::<Vec<StatementLine>>(json).ok());
    let lines = lines.ok_or_else(|| unreadable(table, "lines", row.lines.as_deref()))?;
    let lines = (1..).zip(&lines).map(|(number, line)| statement_line(invoice_id, month, number, line)).collect();
    let total = read_amount(table, "total_amount", row.total_amount, currency)?;
    Ok(Invoice {
        invoice_id,
        number: None,
        account_id: read(table, "account_id", row.account_id)?,
        kind: "statement".to_owned(),
        state: "draft".to_owned(),
        month: Some(month.to_string()),
        of: Vec::new(),
        issued_on: read(table, "drafted_on", row.drafted_on)?,
        total,
        amount_due: total,
        paid: Vec::new(),
        lines: read_lines(source, lines).await?,
        position: read(table, "position", row.position)?,
    })
}

fn read_payment(row: PaymentRow) -> Result<Paid, StoreFault> {
    let table: &Table = &INVOICE_PAYMENTS;
    let currency: Currency = read(table, "currency", row.currency)?;
    Ok(Paid {
        at: read(table, "paid_at", row.paid_at)?,
        voucher: read_amount(table, "voucher_amount", row.voucher_amount, currency)?,
        voucher_id: row.voucher_id.map(|id| read(table, "voucher_id", Some(id))).transpose()?,
        gift: read_amount(table, "gift_amount", row.gift_amount, currency)?,
        cash: read_amount(table, "cash_amount", row.cash_amount, currency)?,
        credit: match row.credit_note {
            None => None,
            note => Some(PaidByNote {
                invoice_id: read(table, "credit_note", note)?,
                amount: read_amount(table, "credit_amount", row.credit_amount, currency)?,
            }),
        },
    })
}

fn read_credits(cell: Option<String>) -> Result<Vec<InvoiceId>, StoreFault> {
    match cell {
        None => Ok(Vec::new()),
        Some(json) => serde_json::from_str(&json).map_err(|_| unreadable(&INVOICES, "credits", Some(&json))),
    }
}

async fn read_lines(source: Source<'_>, rows: Vec<LineRow>) -> Result<Vec<Line>, StoreFault> {
    let mut lines = Vec::new();
    for mut row in rows {
        let number: u64 = read(&INVOICE_LINES, "line_number", row.line_number.take())?;
        let causes = row.causes.as_deref().and_then(|json| serde_json::from_str::<Vec<StoredCause>>(json).ok());
        let causes = causes.ok_or_else(|| unreadable(&INVOICE_LINES, "causes", row.causes.as_deref()))?;
        lines.push((number, row, causes));
    }
    lines.sort_by_key(|(number, ..)| *number);
    let places = Places::of(source, lines.iter().flat_map(|(.., causes)| causes)).await?;
    let placed = lines.into_iter().map(|(_, row, causes)| {
        let causes = causes.into_iter().map(|cause| places.place(cause)).collect::<Result<_, _>>()?;
        read_line(row, causes)
    });
    placed.collect()
}

fn read_line(row: LineRow, causes: Vec<Cause>) -> Result<Line, StoreFault> {
    let table: &Table = &INVOICE_LINES;
    let currency: Currency = read(table, "currency", row.currency)?;
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
        causes,
        formula: read(table, "formula", row.formula)?,
        adjusts: match row.adjusts_invoice_id {
            None => None,
            statement => Some(Adjusts {
                invoice_id: read(table, "adjusts_invoice_id", statement)?,
                month: read(table, "adjusts_month", row.adjusts_month)?,
            }),
        },
    })
}
