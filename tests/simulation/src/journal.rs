//! Owns the books of account, held against the oracle: every heading after each month, and once a year and at the end what
//! was earned by then.
//!
//! Does not own what is earned on which day: the oracle counts it by days.

use std::collections::BTreeMap;

use subledger_domain::ids::AccountId;
use subledger_domain::money::{Currency, Money};
use subledger_eventlog::rows::{Row, Table};
use subledger_eventlog::store::{RowQuery, Store};
use subledger_oracle::Oracle;
use subledger_oracle::calendar::{Day, Month};
use subledger_oracle::document::{Document, Kind};
use subledger_oracle::prices::Item;
use subledger_oracle::rounding::Fen;
use subledger_projections::journal::{JOURNAL_POSTINGS, LedgerAccount, trial_balance};

use crate::both::Held;
use crate::compare::same;
use crate::kept::{Kept, at_once};
use crate::words;

/// More postings than one event has.
const POSTINGS: u32 = 100;

/// The trial balance reads everything, so it is read once in so many months.
const MONTHS: i32 = 12;

/// Days by chance that are looked back to each time, at the end of a life, and how far back.
const DAYS: u64 = 1;
const DAYS_AT_THE_END: u64 = 8;
const LOOKED_BACK: u64 = 500;

/// What the journal's rows come to, read on from event to event.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    read_to: u64,
    sums: BTreeMap<LedgerAccount, Fen>,
    /// The month up to whose end it was held against what is earned.
    earned_to: Option<Month>,
}

impl Journal {
    /// Reads on to the end of the log and holds every heading against the oracle's money and documents; once a year, or when
    /// `all` is asked for, the trial balance of the day too.
    pub(crate) fn compare(&mut self, kept: &Kept, payer: &AccountId, oracle: &Oracle, all: bool) -> Held {
        if kept.position() == 0 {
            return Ok(());
        }
        while self.read_to < kept.position() {
            self.read_to += 1;
            self.read(kept, payer)?;
        }
        let mut told = headings(oracle);
        for (heading, sum) in &self.sums {
            same(&heading.to_string(), *sum, told.remove(heading).unwrap_or(0))?;
        }
        let unread: Vec<_> = told.into_iter().filter(|(_, sum)| *sum != 0).collect();
        same("what no posting says", unread, Vec::new())?;
        let today = Day::of(oracle.settled_to());
        let is_due = self.earned_to.is_none_or(|month| month.0 + MONTHS <= today.month().0);
        if !all && !is_due {
            return Ok(());
        }
        self.earned_to = Some(today.month());
        balance(kept, oracle, today)?;
        looked_back_to(today, kept.position(), all).into_iter().try_for_each(|day| earned(kept, oracle, day))
    }

    /// The postings of one event: their sum is nothing.
    fn read(&mut self, kept: &Kept, payer: &AccountId) -> Held {
        let position = self.read_to.to_string();
        let equals = vec![("account_id", payer.to_string()), ("position", position)];
        let query = RowQuery { equals, after: None, limit: POSTINGS };
        let rows = at_once(kept.store().rows(&JOURNAL_POSTINGS, &query));
        let mut rest = 0;
        for row in rows.map_err(|fault| format!("the journal cannot be read: {fault}"))? {
            let heading = cell(&JOURNAL_POSTINGS, &row, "ledger_account")?;
            let heading: LedgerAccount = heading.parse().map_err(|_| format!("`{heading}` is no heading"))?;
            let amount = cell(&JOURNAL_POSTINGS, &row, "amount")?;
            let amount = Money::parse(amount, Currency::CNY).map_err(|fault| format!("{amount}: {fault}"))?;
            *self.sums.entry(heading).or_default() += words::fen(amount);
            rest += words::fen(amount);
        }
        same("the sum of an event's postings", rest, 0)
    }
}

fn cell<'r>(table: &Table, row: &'r Row, name: &str) -> Result<&'r str, String> {
    let place = table.columns.iter().position(|column| column.name == name);
    place.and_then(|place| row[place].as_deref()).ok_or_else(|| format!("{} has no {name}", table.name))
}

/// Days of the past on which what is earned by then is compared: what is billed after a month is earned in it, what ends
/// early is earned on that very day. The last day of a month, and days by chance.
fn looked_back_to(today: Day, position: u64, all: bool) -> Vec<Day> {
    let mut days = vec![today.plus(-today.number())];
    let wanted = if all { DAYS_AT_THE_END } else { DAYS };
    // By the log's length: the same life is looked back at on the same days.
    days.extend((1..=wanted).map(|n| today.plus(-((position.wrapping_mul(n * n * 7_919) % LOOKED_BACK) as i32))));
    days
}

/// What is earned by the end of a day, by item.
fn earned(kept: &Kept, oracle: &Oracle, day: Day) -> Held {
    let revenue = |line: &Line| matches!(line, Line::Revenue(_));
    let mut sums = read_balance(kept, day)?;
    sums.retain(|line, _| revenue(line));
    let told = oracle.earned_by(day).into_iter().filter(|(_, sum)| *sum != 0);
    same("what is earned by a day", sums, told.map(|(item, sum)| (Line::Revenue(item), -sum)).collect())
}

/// The report that finance reads, of the end of a day.
fn read_balance(kept: &Kept, day: Day) -> Result<BTreeMap<Line, Fen>, String> {
    let read = at_once(trial_balance(kept.store(), words::civil(day), kept.position()));
    let read = read.map_err(|fault| format!("the trial balance cannot be read: {fault}"))?;
    same("debits less credits", words::fen(read.balance), 0)?;
    let mut sums: BTreeMap<Line, Fen> = BTreeMap::new();
    for line in &read.ledger_accounts {
        let of = match line.ledger_account {
            LedgerAccount::Revenue(item) => Line::Revenue(words::item(item)),
            other => Line::Heading(other),
        };
        *sums.entry(of).or_default() += words::fen(line.debit) - words::fen(line.credit);
    }
    sums.retain(|_, sum| *sum != 0);
    Ok(sums)
}

fn balance(kept: &Kept, oracle: &Oracle, today: Day) -> Held {
    let sums = read_balance(kept, today)?;
    let mut told: BTreeMap<Line, Fen> =
        headings(oracle).into_iter().map(|(heading, sum)| (Line::Heading(heading), sum)).collect();
    for (item, earned) in oracle.earned_by(today) {
        let from = match item {
            Item::DauOverage | Item::GroupOverage | Item::HistoryStorage => LedgerAccount::AccruedRevenue,
            Item::Pro
            | Item::Flagship
            | Item::AvchatroomUnlimited
            | Item::GroupMembers
            | Item::GroupsPerUser
            | Item::AvCall => LedgerAccount::DeferredRevenue,
        };
        *told.entry(Line::Heading(from)).or_default() += earned;
        *told.entry(Line::Revenue(item)).or_default() -= earned;
    }
    told.retain(|_, sum| *sum != 0);
    same("the trial balance", sums, told)
}

/// A line of the trial balance: revenue by the oracle's items, which are fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    Heading(LedgerAccount),
    Revenue(Item),
}

/// What stands under each heading before anything is earned: debits, and credits below nothing.
fn headings(oracle: &Oracle) -> BTreeMap<LedgerAccount, Fen> {
    let books = oracle.books();
    let sum = |of: &dyn Fn(&Document) -> Fen| oracle.issued().iter().map(of).sum::<Fen>();
    let is_correction = |one: &Document| one.lines.iter().any(|line| line.adjusts.is_some());
    let prepaid = |one: &Document| match one.kind {
        Kind::Order => one.total,
        Kind::CreditNote if !is_correction(one) => -one.total,
        Kind::CreditNote | Kind::Statement => 0,
    };
    let billed = |one: &Document| match one.kind {
        Kind::Statement => one.total,
        Kind::CreditNote if is_correction(one) => -one.total,
        Kind::CreditNote | Kind::Order => 0,
    };
    BTreeMap::from([
        (LedgerAccount::Bank, books.deposited_cash),
        (LedgerAccount::GiftsGiven, books.deposited_gift),
        (LedgerAccount::WalletCash, -books.cash),
        (LedgerAccount::WalletGift, -books.gift),
        (LedgerAccount::Receivables, books.owed),
        (LedgerAccount::VouchersUsed, books.vouchers),
        (LedgerAccount::CreditsNotReturned, -books.not_returned),
        (LedgerAccount::DeferredRevenue, -sum(&prepaid)),
        (LedgerAccount::AccruedRevenue, -sum(&billed)),
    ])
}
