//! Owns what each event means for invoices.

use jiff::civil::Date;
use subledger_domain::account;
use subledger_domain::calendar::{Month, day_of};
use subledger_domain::charge::{Charge, Payment, StatementLine};
use subledger_domain::fact::{Event, Fact};
use subledger_domain::ids::{ApplicationId, InvoiceId};
use subledger_domain::money::Money;
use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::{Change, Table};

use super::cause::{self, StoredCause};
use super::table::{
    DraftRow, INVOICE_LINES, INVOICE_NUMBERS, INVOICE_PAYMENTS, INVOICES, InvoiceRow, LineRow, NumberRow, PaymentRow,
    STATEMENT_DRAFTS,
};
use crate::projection::{FoldFault, Projection, of_its_payer};
use crate::row::{amount, column, instant, text};
use subledger_eventlog::memory_tables::MemoryTables;

/// Invoices, their lines and payments, and drafts.
#[derive(Debug, Clone, Copy)]
pub struct Invoices;

const NUMBER: usize = column(INVOICES.columns, "number");
const ACCOUNT_ID: usize = column(INVOICES.columns, "account_id");
const AMOUNT_DUE: usize = column(INVOICES.columns, "amount_due");

impl Projection for Invoices {
    fn name(&self) -> &'static str {
        "invoices"
    }

    fn version(&self) -> u32 {
        3
    }

    fn tables(&self) -> &'static [&'static Table] {
        const { &[&INVOICES, &INVOICE_LINES, &INVOICE_PAYMENTS, &INVOICE_NUMBERS, &STATEMENT_DRAFTS] }
    }

    fn fold(&self, recorded: &Recorded, fact: &Fact, changes: &mut Vec<Change>) -> Result<(), FoldFault> {
        match &fact.event {
            Event::Account(event) => {
                of_its_payer(recorded, fact)?;
                Payer { recorded, fact }.after(event, changes);
            }
            Event::Subscription(_) | Event::AddOn(_) => {
                let charged = fact.charge();
                changes.extend(charged.map(|(application_id, charge)| line(recorded, fact, application_id, charge)));
            }
            Event::Application(_) | Event::Usage(_) | Event::PriceList(_) => {}
        }
        Ok(())
    }

    fn describe(&self, table: &'static Table, key: &[String], rows: &MemoryTables) -> Option<String> {
        if table.name == STATEMENT_DRAFTS.name {
            return Some(format!("draft of {} for {}", key.get(1)?, key.first()?));
        }
        // An invoice's, a line's and a payment's key begin with the invoice's id; a number's says it all.
        let invoice = rows.get(&INVOICES, key.get(..1)?)?;
        let called = format!("invoice {} of {}", invoice[NUMBER].as_deref()?, invoice[ACCOUNT_ID].as_deref()?);
        Some(match key.get(1) {
            Some(position) if table.name == INVOICE_PAYMENTS.name => format!("{called}, payment at {position}"),
            Some(line) => format!("{called}, line {line}"),
            None => called,
        })
    }
}

fn line(recorded: &Recorded, fact: &Fact, application_id: ApplicationId, charge: &Charge) -> Change {
    let Charge { invoice_id, line_id, item, period, quantity, unit_price, price_list, formula, .. } = charge;
    let (first_day, last_day) = (period.first_day(), period.last_day());
    LineRow {
        invoice_id: text(invoice_id),
        line_id: text(line_id),
        // An order has one line.
        line_number: text(1),
        application_id: text(application_id),
        item: text(item.name()),
        description: Some(format!("{}, {first_day} to {last_day}", formula.description(*item))),
        period_start: instant(period.start),
        period_end: instant(period.end),
        last_day: text(last_day),
        quantity: text(quantity),
        unit_price_amount: amount(*unit_price),
        amount: amount(charge.amount),
        currency: text(charge.amount.currency().code()),
        price_list: text(price_list),
        causes: cause::json(&[StoredCause::InLog { event_id: fact.id, position: recorded.position }]),
        formula: text(formula),
        adjusts_invoice_id: None,
        adjusts_month: None,
    }
    .upsert()
}

/// The row of the n-th line of a statement, counted from 1. A draft's are made of its cell by the same function when it
/// is read. A line that corrects an earlier month says which.
pub(super) fn statement_line(invoice_id: InvoiceId, month: Month, number: usize, line: &StatementLine) -> LineRow {
    let month = line.adjusts.map_or(month, |adjusts| adjusts.month);
    let description = format!("{}, {month}", line.formula.description(line.item));
    stored_line(invoice_id, number, line, description)
}

/// The row of the n-th line of a credit note.
fn credit_line(invoice_id: InvoiceId, number: usize, line: &StatementLine) -> LineRow {
    let described = line.formula.description(line.item);
    let description = match line.adjusts {
        Some(adjusts) => format!("{described}, {}", adjusts.month),
        None => format!("{described}, {} to {}", line.period.first_day(), line.period.last_day()),
    };
    stored_line(invoice_id, number, line, description)
}

fn stored_line(invoice_id: InvoiceId, number: usize, line: &StatementLine, description: String) -> LineRow {
    let causes: Vec<_> = line.causes.iter().cloned().map(StoredCause::InStream).collect();
    LineRow {
        invoice_id: text(invoice_id),
        line_id: text(line.line_id),
        line_number: text(number),
        application_id: text(line.application_id),
        item: text(line.item.name()),
        description: Some(description),
        period_start: instant(line.period.start),
        period_end: instant(line.period.end),
        last_day: text(line.period.last_day()),
        quantity: text(line.quantity),
        unit_price_amount: amount(line.unit_price),
        amount: amount(line.amount),
        currency: text(line.amount.currency().code()),
        price_list: text(&line.price_list),
        causes: cause::json(&causes),
        formula: text(&line.formula),
        adjusts_invoice_id: line.adjusts.and_then(|adjusts| text(adjusts.invoice_id)),
        adjusts_month: line.adjusts.and_then(|adjusts| text(adjusts.month)),
    }
}

/// What an event of the payer's own stream writes.
struct Payer<'a> {
    recorded: &'a Recorded,
    fact: &'a Fact,
}

impl Payer<'_> {
    fn after(&self, event: &account::Event, changes: &mut Vec<Change>) {
        match event {
            account::Event::OrderPaid { .. } => self.order(event, changes),
            account::Event::StatementDrafted { .. } => self.draft(event, changes),
            account::Event::StatementFinalised { .. } => self.statement(event, changes),
            account::Event::BillingMonthPassed { month, .. } => changes.push(self.no_draft(*month)),
            account::Event::ReceivablePaid { invoice_id, paid, remaining, .. } => {
                changes.push(Change::Patch {
                    table: &INVOICES,
                    key: vec![text(invoice_id)],
                    set: vec![(AMOUNT_DUE, amount(*remaining))],
                });
                changes.extend(self.payment(*invoice_id, paid));
            }
            account::Event::CreditNoteIssued { .. } => self.credit_note(event, changes),
            account::Event::ReceivableCredited { invoice_id, credit_note, amount: credited, remaining, .. } => {
                changes.push(Change::Patch {
                    table: &INVOICES,
                    key: vec![text(invoice_id)],
                    set: vec![(AMOUNT_DUE, amount(*remaining))],
                });
                changes.push(self.credited(*invoice_id, *credit_note, *credited));
            }
            account::Event::AccountOpened { .. }
            | account::Event::MoneyDeposited { .. }
            | account::Event::VoucherGranted { .. }
            | account::Event::BillingMonthOpened { .. }
            | account::Event::AdjustmentDeferred { .. }
            | account::Event::AdjustmentWithdrawn { .. }
            | account::Event::FellIntoArrears { .. }
            | account::Event::ArrearsCleared { .. }
            | account::Event::AccountSuspended { .. }
            | account::Event::AccountParked { .. }
            | account::Event::AccountUnparked { .. } => {}
        }
    }

    fn order(&self, event: &account::Event, changes: &mut Vec<Change>) {
        let account::Event::OrderPaid { invoice_id, number, application_id, total, paid, issued_on, .. } = event else {
            return;
        };
        // An order is paid in full or refused.
        let order = InvoiceRow {
            application_id: text(application_id),
            ..self.invoice("order", *invoice_id, *number, *total, *issued_on)
        };
        changes.extend([order.upsert(), self.number(*invoice_id, *number)]);
        changes.extend(self.payment(*invoice_id, paid));
    }

    /// An issued document on which nothing is due.
    fn invoice(&self, kind: &str, id: InvoiceId, number: u64, total: Money, issued_on: Date) -> InvoiceRow {
        InvoiceRow {
            invoice_id: text(id),
            account_id: text(&self.recorded.account_id),
            number: text(number),
            kind: text(kind),
            month: None,
            issued_on: text(issued_on),
            total_amount: amount(total),
            currency: text(total.currency().code()),
            amount_due: amount(Money::zero(total.currency())),
            application_id: None,
            credits: None,
            event_id: text(self.fact.id),
            position: text(self.recorded.position),
        }
    }

    fn draft(&self, event: &account::Event, changes: &mut Vec<Change>) {
        let account::Event::StatementDrafted { invoice_id, month, lines, total, at } = event else { return };
        let draft = DraftRow {
            account_id: text(&self.recorded.account_id),
            month: text(month),
            invoice_id: text(invoice_id),
            drafted_on: text(day_of(*at)),
            total_amount: amount(*total),
            currency: text(total.currency().code()),
            lines: Some(serde_json::to_string(lines).expect("an event's own lines are plain JSON")),
            event_id: text(self.fact.id),
            position: text(self.recorded.position),
        };
        // Nothing to show and nothing to settle: such a month will pass (U18).
        if !lines.is_empty() {
            changes.push(draft.upsert());
        }
    }

    fn statement(&self, event: &account::Event, changes: &mut Vec<Change>) {
        let account::Event::StatementFinalised {
            invoice_id, number, month, lines, total, paid, due, issued_on, ..
        } = event
        else {
            return;
        };
        let statement = InvoiceRow {
            month: text(month),
            amount_due: amount(*due),
            ..self.invoice("statement", *invoice_id, *number, *total, *issued_on)
        };
        changes.extend([self.no_draft(*month), statement.upsert(), self.number(*invoice_id, *number)]);
        let numbered = (1..).zip(lines);
        changes.extend(numbered.map(|(number, line)| statement_line(*invoice_id, *month, number, line).upsert()));
        changes.extend(self.payment(*invoice_id, paid));
    }

    /// It is never paid: what it says went back with it.
    fn credit_note(&self, event: &account::Event, changes: &mut Vec<Change>) {
        let account::Event::CreditNoteIssued {
            invoice_id, number, application_id, of, lines, total, issued_on, ..
        } = event
        else {
            return;
        };
        let note = InvoiceRow {
            application_id: text(application_id),
            credits: Some(serde_json::to_string(of).expect("ids are plain JSON")),
            ..self.invoice("credit_note", *invoice_id, *number, *total, *issued_on)
        };
        changes.extend([note.upsert(), self.number(*invoice_id, *number)]);
        changes.extend((1..).zip(lines).map(|(number, line)| credit_line(*invoice_id, number, line).upsert()));
    }

    /// A bill, or a part of it, that a credit note paid.
    fn credited(&self, invoice_id: InvoiceId, credit_note: InvoiceId, credit: Money) -> Change {
        let nothing = amount(Money::zero(credit.currency()));
        PaymentRow {
            invoice_id: text(invoice_id),
            position: text(self.recorded.position),
            event_id: text(self.fact.id),
            paid_at: instant(self.fact.event.at()),
            voucher_id: None,
            voucher_amount: nothing.clone(),
            gift_amount: nothing.clone(),
            cash_amount: nothing,
            credit_amount: amount(credit),
            credit_note: text(credit_note),
            currency: text(credit.currency().code()),
        }
        .upsert()
    }

    fn no_draft(&self, month: Month) -> Change {
        Change::Delete { table: &STATEMENT_DRAFTS, key: vec![text(&self.recorded.account_id), text(month)] }
    }

    fn number(&self, invoice_id: InvoiceId, number: u64) -> Change {
        let account_id = text(&self.recorded.account_id);
        NumberRow { account_id, number: text(number), invoice_id: text(invoice_id) }.upsert()
    }

    /// From nowhere is no payment: a statement of zero takes none (U18), nor does one that finds no money.
    fn payment(&self, invoice_id: InvoiceId, paid: &Payment) -> Option<Change> {
        let Payment { voucher, ref voucher_id, gift, cash } = *paid;
        let row = PaymentRow {
            invoice_id: text(invoice_id),
            position: text(self.recorded.position),
            event_id: text(self.fact.id),
            paid_at: instant(self.fact.event.at()),
            voucher_amount: amount(voucher),
            voucher_id: voucher_id.as_ref().and_then(text),
            gift_amount: amount(gift),
            cash_amount: amount(cash),
            credit_amount: None,
            credit_note: None,
            currency: text(cash.currency().code()),
        };
        [voucher, gift, cash].into_iter().any(|part| !part.is_zero()).then(|| row.upsert())
    }
}
