//! Owns what readers of rows get, held against the oracle: documents, bills, rights, and what is due against the Books.
//!
//! Does not own the books of account (`journal`) nor how rows come about (`kept`).

use subledger_domain::books::{Books, Working};
use subledger_domain::calendar::{Month as Billed, day_of};
use subledger_domain::charge;
use subledger_domain::ids::AccountId;
use subledger_oracle::Oracle;
use subledger_oracle::calendar::{Day, Month};
use subledger_oracle::document::{self, Document, Kind};
use subledger_oracle::prices::Item;
use subledger_oracle::rounding::Fen;
use subledger_oracle::view::ApplicationState;
use subledger_projections::invoices::{Invoice, Line};
use subledger_projections::{due, entitlements, invoices, receivables};

use crate::both::Held;
use crate::compare::{same, same_rights};
use crate::documents::Documents;
use crate::kept::{Kept, at_once};
use crate::words;

/// Everything that is read of a payer; of documents those that changed, or all.
pub(crate) fn full(
    kept: &Kept,
    payer: &AccountId,
    books: &Books,
    oracle: &Oracle,
    documents: &mut Documents,
    all: bool,
) -> Held {
    for (index, id) in documents.take_changed().into_iter().filter(|_| !all) {
        let read = at_once(invoices::get(kept.store(), &id.to_string()));
        let read = read.map_err(|fault| format!("invoice {id} cannot be read: {fault}"))?;
        let read = read.ok_or_else(|| format!("invoice {id} is not there"))?;
        same("a document that is read", as_read(read)?, of_oracle(&oracle.issued()[index]))?;
    }
    listed(kept, payer, oracle, if all { 0 } else { oracle.issued().len() })?;
    bills(kept, payer, oracle)?;
    rights(kept, books, oracle)?;
    whats_due(kept, books)
}

/// A document as it is read, in the oracle's words.
#[derive(Debug, PartialEq, Eq)]
struct Read {
    number: Option<u64>,
    kind: Kind,
    is_draft: bool,
    month: Option<Month>,
    issued_on: Day,
    total: Fen,
    amount_due: Fen,
    /// By voucher, gift, cash and credit notes.
    paid: (Fen, Fen, Fen, Fen),
    lines: Vec<ReadLine>,
}

/// Sorted alike on both sides: corrections behind, then by application and item.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ReadLine {
    adjusts: Option<Month>,
    application: u64,
    item: Item,
    amount: Fen,
    /// Of an order's line.
    period: Option<(Day, Day)>,
}

/// The list as finance pages through it, after the document of a number.
fn listed(kept: &Kept, payer: &AccountId, oracle: &Oracle, from: usize) -> Held {
    let after = (from > 0).then(|| from.to_string());
    let listed = at_once(invoices::list(kept.store(), payer.as_str(), after.as_deref(), u32::MAX));
    let listed = listed.map_err(|fault| format!("the invoices cannot be read: {fault}"))?;
    // A draft without a line is nothing to show.
    let draft = oracle.draft().filter(|draft| !draft.lines.is_empty());
    let told: Vec<&Document> = oracle.issued().iter().skip(from).chain(draft).collect();
    same("how many documents are read", listed.len(), told.len())?;
    for (invoice, told) in listed.into_iter().zip(told) {
        same("a document that is read", as_read(invoice)?, of_oracle(told))?;
    }
    Ok(())
}

fn as_read(invoice: Invoice) -> Result<Read, String> {
    let kind = match invoice.kind.as_str() {
        "order" => Kind::Order,
        "statement" => Kind::Statement,
        "credit_note" => Kind::CreditNote,
        other => return Err(format!("`{other}` is no kind of invoice")),
    };
    let credit = |paid: &invoices::Paid| paid.credit.as_ref().map_or(0, |credit| words::fen(credit.amount));
    let sum = |part: &dyn Fn(&invoices::Paid) -> Fen| invoice.paid.iter().map(part).sum();
    let lines: Result<Vec<ReadLine>, String> = invoice.lines.iter().map(|line| as_read_line(kind, line)).collect();
    let mut lines = lines?;
    lines.sort();
    Ok(Read {
        number: invoice.number,
        kind,
        is_draft: invoice.state == "draft",
        month: invoice.month.as_deref().map(month).transpose()?,
        issued_on: words::day(invoice.issued_on),
        total: words::fen(invoice.total),
        amount_due: words::fen(invoice.amount_due),
        paid: (
            sum(&|paid| words::fen(paid.voucher)),
            sum(&|paid| words::fen(paid.gift)),
            sum(&|paid| words::fen(paid.cash)),
            sum(&credit),
        ),
        lines,
    })
}

fn as_read_line(kind: Kind, line: &Line) -> Result<ReadLine, String> {
    let item: charge::Item = line.item.parse().map_err(|_| format!("`{}` is no item", line.item))?;
    let period = (words::day(day_of(line.period.start)), words::day(line.period.last_day).plus(1));
    Ok(ReadLine {
        adjusts: line.adjusts.as_ref().map(|adjusts| month(&adjusts.month)).transpose()?,
        application: line.application_id.number(),
        item: words::item(item),
        amount: words::fen(line.amount),
        period: (kind == Kind::Order).then_some(period),
    })
}

fn month(text: &str) -> Result<Month, String> {
    let month: Billed = text.parse().map_err(|_| format!("`{text}` is no month"))?;
    Ok(words::month(month.first_day()))
}

fn of_oracle(told: &Document) -> Read {
    let line = |line: &document::Line| ReadLine {
        adjusts: line.adjusts,
        application: line.application,
        item: line.item,
        amount: line.amount,
        period: line.period,
    };
    let mut lines: Vec<ReadLine> = told.lines.iter().map(line).collect();
    lines.sort();
    Read {
        number: told.number.map(u64::from),
        kind: told.kind,
        is_draft: told.is_draft,
        month: told.month,
        issued_on: told.issued_on,
        total: told.total,
        amount_due: told.amount_due,
        // A note is never paid.
        paid: match told.kind {
            Kind::CreditNote => (0, 0, 0, 0),
            Kind::Order | Kind::Statement => (told.voucher, told.gift, told.cash, told.credit),
        },
        lines,
    }
}

fn bills(kept: &Kept, payer: &AccountId, oracle: &Oracle) -> Held {
    let open = at_once(receivables::list(kept.store(), payer.as_str()));
    let open = open.map_err(|fault| format!("the bills cannot be read: {fault}"))?;
    let read: Vec<(u64, Fen)> = open.iter().map(|bill| (bill.number, words::fen(bill.amount_due))).collect();
    let told = oracle.issued().iter().filter(|document| document.amount_due > 0);
    let told = told.map(|document| (document.number.map_or(0, u64::from), document.amount_due)).collect();
    same("the open bills that are read", read, told)
}

fn rights(kept: &Kept, books: &Books, oracle: &Oracle) -> Held {
    for application in Working::over(books).applications() {
        let (id, number) = (application.id, application.id.number());
        let Some(told) = oracle.rights(number).filter(|_| oracle.state_of(number) != Some(ApplicationState::Recycled))
        else {
            continue;
        };
        let held = at_once(entitlements::get(kept.store(), id));
        let held = held.map_err(|fault| format!("the rights of {id} cannot be read: {fault}"))?;
        let held = held.ok_or_else(|| format!("{id} has no rights to read"))?;
        let granted = |feature| held.features[&feature].granted;
        same_rights("by rows", &told, held.in_service, |quota| held.quotas[&quota].limit, granted)?;
    }
    Ok(())
}

fn whats_due(kept: &Kept, books: &Books) -> Held {
    let read = at_once(due::until(kept.store(), jiff::Timestamp::MAX));
    let read = read.map_err(|fault| format!("what is due cannot be read: {fault}"))?;
    let mut read: Vec<_> = read.into_iter().map(|due| (due.at, due.subject, due.kind)).collect();
    let timers = books.timers();
    let mut held: Vec<_> =
        timers.map(|timer| (timer.at, timer.subject.to_string(), timer.kind.name().to_owned())).collect();
    read.sort();
    held.sort();
    same("what is due, by rows and by Books", read, held)
}
