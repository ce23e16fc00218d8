//! Owns the journal as readers get it: a payer's entries in the order of their days, what was earned of a month at its
//! end; and how its rows are read.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Serialize, Serializer};
use subledger_domain::calendar::Month;
use subledger_domain::ids::EventId;
use subledger_domain::money::{Currency, MoneyFault};
use subledger_domain::recognition::Schedule;
use subledger_eventlog::rows::{Row, Table};
use subledger_eventlog::store::{RowQuery, Store, StoreFault};

use super::booking::{Earning, Ending, Posting};
use super::earned::{Endings, Sums, recognised};
use super::ledger_account::LedgerAccount;
use super::table::{EndingRow, JOURNAL_ENDINGS, JOURNAL_POSTINGS, JOURNAL_SCHEDULES, PostingRow, ScheduleRow};
use crate::row::{damaged, read, read_amount, read_nullable, unreadable};

/// Rows read at a time.
const PAGE: u32 = 5_000;
/// An event debits and credits at most so many headings.
const POSTINGS_OF_AN_EVENT: u32 = 6;

/// One entry; its postings sum to zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its day.
    pub date: Date,
    /// What it comes from.
    #[serde(flatten)]
    pub kind: EntryKind,
    /// What it debits and credits.
    pub postings: Vec<Posting>,
}

/// What an entry comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EntryKind {
    /// An event.
    Event(Source),
    /// What a month earned.
    Recognition {
        /// The month.
        #[serde(serialize_with = "as_text")]
        month: Month,
    },
}

/// The event behind an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The event.
    pub event_id: EventId,
    /// Its type.
    #[serde(rename = "type")]
    pub event_type: String,
    /// Its place in the log; on the wire an opaque string.
    #[serde(serialize_with = "as_text")]
    pub position: u64,
}

fn as_text<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Where a page of a payer's journal ended: behind an event and behind a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    position: u64,
    month: Option<Month>,
}

impl Cursor {
    fn behind(self, entry: &Entry) -> Self {
        match &entry.kind {
            EntryKind::Event(source) => Self { position: source.position, ..self },
            EntryKind::Recognition { month } => Self { month: Some(*month), ..self },
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.month {
            Some(month) => write!(f, "{}/{month}", self.position),
            None => write!(f, "{}", self.position),
        }
    }
}

/// A text that is no cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be the next_cursor of an earlier answer")]
pub struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;
    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (position, month) = match text.split_once('/') {
            Some((position, month)) => (position, Some(month.parse().map_err(|_| NoCursor)?)),
            None => (text, None),
        };
        let cursor = Self { position: position.parse().map_err(|_| NoCursor)?, month };
        // One spelling, and no position that no store counts to.
        let counted = i64::try_from(cursor.position).is_ok();
        if counted && cursor.to_string() == text { Ok(cursor) } else { Err(NoCursor) }
    }
}

/// A payer's entries to the end of a day, of events up to a position, at most `limit`; and where the next page begins, if
/// there is more. What a month earned follows the events of its last day.
///
/// # Errors
/// [`StoreFault`], also when a row holds what no fold writes.
pub async fn list(
    store: &dyn Store,
    account: &str,
    after: Option<Cursor>,
    limit: u32,
    (through, position): (Date, u64),
) -> Result<(Vec<Entry>, Option<Cursor>), StoreFault> {
    let mut cursor = after.unwrap_or_default();
    let events = events(store, account, cursor.position, limit, position).await?;
    let held = Held::read(store, Of::Payer(account), position).await?;
    let months = recognised(held.earnings.iter(), &held.endings, through).map_err(beyond)?;
    let months = months.into_iter().filter(|(month, _)| cursor.month.is_none_or(|last| *month > last));
    let mut months = months.filter_map(|(month, sums)| recognition(month, &sums, through)).peekable();
    let mut events = events.into_iter().peekable();
    let mut entries = Vec::new();
    while entries.len() <= limit as usize {
        let month_first = match (events.peek(), months.peek()) {
            (Some(event), Some(month)) => month.date < event.date,
            (event, _) => event.is_none(),
        };
        let Some(next) = (if month_first { months.next() } else { events.next() }) else { break };
        entries.push(next);
    }
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    cursor = entries.iter().fold(cursor, |cursor, entry| cursor.behind(entry));
    Ok((entries, more.then_some(cursor)))
}

fn recognition(month: Month, sums: &Sums, through: Date) -> Option<Entry> {
    let postings: Vec<Posting> = sums.postings().collect();
    let (date, kind) = (month.last_day().min(through), EntryKind::Recognition { month });
    (!postings.is_empty()).then_some(Entry { date, kind, postings })
}

/// One more than asked for, so that it shows whether there are more.
async fn events(
    store: &dyn Store,
    account: &str,
    after: u64,
    limit: u32,
    up_to: u64,
) -> Result<Vec<Entry>, StoreFault> {
    let one_more = limit.saturating_add(1);
    let query = RowQuery {
        equals: vec![("account_id", account.to_owned())],
        after: Some(vec![account.to_owned(), after.to_string(), POSTINGS_OF_AN_EVENT.to_string()]),
        limit: (0..POSTINGS_OF_AN_EVENT).fold(0, |rows: u32, _| rows.saturating_add(one_more)),
    };
    let mut entries: BTreeMap<u64, Entry> = BTreeMap::new();
    for row in store.rows(&JOURNAL_POSTINGS, &query).await? {
        let row = PostingRow::read(row)?;
        let position = read(&JOURNAL_POSTINGS, "position", row.position.clone())?;
        if position > up_to {
            break;
        }
        let (date, posting) = read_posting(&row)?;
        let entry = match entries.remove(&position) {
            None => Entry {
                date,
                kind: EntryKind::Event(Source {
                    event_id: read(&JOURNAL_POSTINGS, "event_id", row.event_id)?,
                    event_type: read(&JOURNAL_POSTINGS, "event_type", row.event_type)?,
                    position,
                }),
                postings: vec![posting],
            },
            Some(mut entry) => {
                entry.postings.push(posting);
                entry
            }
        };
        entries.insert(position, entry);
    }
    // So many rows hold so many entries whole; where there are more, the last that is shown is not the one that was cut.
    Ok(entries.into_values().take(one_more as usize).collect())
}

/// Whose rows are read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of<'a> {
    Everybody,
    Payer(&'a str),
    Heading(LedgerAccount),
}

impl Of<'_> {
    fn equals(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Everybody => vec![],
            Self::Payer(account) => vec![("account_id", account.to_owned())],
            Self::Heading(heading) => vec![("ledger_account", heading.to_string())],
        }
    }
}

/// Schedules and ends, of events up to a position.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) earnings: Vec<Earning>,
    pub(super) endings: Endings,
}

impl Held {
    pub(super) async fn read(store: &dyn Store, of: Of<'_>, up_to: u64) -> Result<Self, StoreFault> {
        let mut held = Self::default();
        each_row(store, &JOURNAL_SCHEDULES, of, |row| {
            let row = ScheduleRow::read(row)?;
            if read::<u64>(&JOURNAL_SCHEDULES, "position", row.position.clone())? <= up_to {
                held.earnings.push(read_earning(row)?);
            }
            Ok(())
        })
        .await?;
        each_row(store, &JOURNAL_ENDINGS, of, |row| {
            let row = EndingRow::read(row)?;
            if read::<u64>(&JOURNAL_ENDINGS, "position", row.position)? <= up_to {
                let agreement = read(&JOURNAL_ENDINGS, "agreement", row.agreement)?;
                held.endings.note(Ending { agreement, on: read(&JOURNAL_ENDINGS, "ended_on", row.ended_on)? });
            }
            Ok(())
        })
        .await?;
        Ok(held)
    }
}

/// Amounts that are too large together are no fold's.
pub(super) fn beyond(fault: MoneyFault) -> StoreFault {
    damaged(format!("the journal's amounts cannot be added: {fault}"))
}

/// Shows every posting with its day, of events up to a position.
pub(super) async fn each_posting(
    store: &dyn Store,
    of: Of<'_>,
    up_to: u64,
    mut show: impl FnMut(Date, Posting) -> Result<(), StoreFault>,
) -> Result<(), StoreFault> {
    each_row(store, &JOURNAL_POSTINGS, of, |row| {
        let row = PostingRow::read(row)?;
        if read::<u64>(&JOURNAL_POSTINGS, "position", row.position.clone())? > up_to {
            return Ok(());
        }
        let (booked_on, posting) = read_posting(&row)?;
        show(booked_on, posting)
    })
    .await
}

/// Rows never change and come in the order of the log within a payer, so pages read one after another hold every row of
/// the events that were folded before the first.
async fn each_row(
    store: &dyn Store,
    table: &'static Table,
    of: Of<'_>,
    mut show: impl FnMut(Row) -> Result<(), StoreFault>,
) -> Result<(), StoreFault> {
    let mut query = RowQuery { equals: of.equals(), after: None, limit: PAGE };
    loop {
        let page = store.rows(table, &query).await?;
        let ended = page.len() < PAGE as usize;
        if let Some(last) = page.last() {
            let key: Option<Vec<String>> = last.iter().take(table.key).cloned().collect();
            query.after = Some(key.ok_or_else(|| unreadable(table, table.columns[0].name, None))?);
        }
        for row in page {
            show(row)?;
        }
        if ended {
            return Ok(());
        }
    }
}

fn read_posting(row: &PostingRow) -> Result<(Date, Posting), StoreFault> {
    let table: &Table = &JOURNAL_POSTINGS;
    let currency: Currency = read(table, "currency", row.currency.clone())?;
    let ledger_account = read(table, "ledger_account", row.ledger_account.clone())?;
    let amount = read_amount(table, "amount", row.amount.clone(), currency)?;
    Ok((read(table, "booked_on", row.booked_on.clone())?, Posting { ledger_account, amount }))
}

fn read_earning(row: ScheduleRow) -> Result<Earning, StoreFault> {
    let table: &Table = &JOURNAL_SCHEDULES;
    let currency: Currency = read(table, "currency", row.currency)?;
    Ok(Earning {
        schedule: Schedule {
            amount: read_amount(table, "amount", row.amount, currency)?,
            first_day: read(table, "first_day", row.first_day)?,
            last_day: read(table, "last_day", row.last_day)?,
            booked_on: read(table, "booked_on", row.booked_on)?,
        },
        mode: read(table, "pay_mode", row.pay_mode)?,
        item: read(table, "item", row.item)?,
        application_id: read(table, "application_id", row.application_id)?,
        invoice_id: read(table, "invoice_id", row.invoice_id)?,
        agreement: row.agreement,
        adjusts: read_nullable(table, "adjusts_month", row.adjusts_month)?,
    })
}
