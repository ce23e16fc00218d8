//! Owns what each event means for what is owed.

use subledger_domain::fact::{Event, Fact};
use subledger_domain::{account, publication};
use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::{Change, Table};

use super::table::{RECEIVABLES, ReceivableRow};
use crate::projection::{FoldFault, Projection, of_its_payer};
use crate::row::{amount, column, instant, text};
use subledger_eventlog::memory_tables::MemoryTables;

/// What is owed.
#[derive(Debug, Clone, Copy)]
pub struct Receivables;

const NUMBER: usize = column(RECEIVABLES.columns, "number");
const AMOUNT_DUE: usize = column(RECEIVABLES.columns, "amount_due");

impl Projection for Receivables {
    fn name(&self) -> &'static str {
        "receivables"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [&'static Table] {
        const { &[&RECEIVABLES] }
    }

    fn fold(&self, recorded: &Recorded, fact: &Fact, changes: &mut Vec<Change>) -> Result<(), FoldFault> {
        match &fact.event {
            Event::Account(event) => {
                of_its_payer(recorded, fact)?;
                changes.extend(after(recorded, fact, event));
            }
            Event::Application(_)
            | Event::Subscription(_)
            | Event::AddOn(_)
            | Event::Usage(_)
            | Event::PriceList(publication::Event::PriceListPublished { .. }) => {}
        }
        Ok(())
    }

    fn describe(&self, _table: &'static Table, key: &[String], rows: &MemoryTables) -> Option<String> {
        let row = rows.get(&RECEIVABLES, key)?;
        Some(format!("what {} owes of invoice {}", key.first()?, row[NUMBER].as_deref()?))
    }
}

fn after(recorded: &Recorded, fact: &Fact, event: &account::Event) -> Option<Change> {
    match event {
        account::Event::StatementFinalised { invoice_id, number, month, due, at, .. } => {
            let bill = ReceivableRow {
                account_id: text(&recorded.account_id),
                invoice_id: text(invoice_id),
                number: text(number),
                month: text(month),
                since: instant(*at),
                amount_due: amount(*due),
                currency: text(due.currency().code()),
                event_id: text(fact.id),
                position: text(recorded.position),
            };
            due.is_positive().then(|| bill.upsert())
        }
        account::Event::ReceivablePaid { invoice_id, remaining, .. }
        | account::Event::ReceivableCredited { invoice_id, remaining, .. } => {
            let key = vec![text(&recorded.account_id), text(invoice_id)];
            Some(if remaining.is_zero() {
                Change::Delete { table: &RECEIVABLES, key }
            } else {
                Change::Patch { table: &RECEIVABLES, key, set: vec![(AMOUNT_DUE, amount(*remaining))] }
            })
        }
        account::Event::AccountOpened { .. }
        | account::Event::MoneyDeposited { .. }
        | account::Event::VoucherGranted { .. }
        | account::Event::OrderPaid { .. }
        | account::Event::BillingMonthOpened { .. }
        | account::Event::StatementDrafted { .. }
        | account::Event::BillingMonthPassed { .. }
        | account::Event::CreditNoteIssued { .. }
        | account::Event::AdjustmentDeferred { .. }
        | account::Event::AdjustmentWithdrawn { .. }
        | account::Event::FellIntoArrears { .. }
        | account::Event::ArrearsCleared { .. }
        | account::Event::AccountSuspended { .. }
        | account::Event::AccountParked { .. }
        | account::Event::AccountUnparked { .. } => None,
    }
}
