//! Owns what each event means for invoices.

use subledger_domain::charge::Charge;
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::ApplicationId;
use subledger_domain::money::Money;
use subledger_domain::subscription;
use subledger_domain::{account, add_on};
use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::{Change, Table};

use super::table::{INVOICE_LINES, INVOICE_NUMBERS, INVOICES, InvoiceRow, LineRow, NumberRow};
use super::view::Cause;
use crate::memory_tables::MemoryTables;
use crate::projection::{FoldFault, Projection};
use crate::row::{amount, column, instant, text};

/// Invoices and their lines.
#[derive(Debug, Clone, Copy)]
pub struct Invoices;

const NUMBER: usize = column(INVOICES.columns, "number");
const ACCOUNT_ID: usize = column(INVOICES.columns, "account_id");

impl Projection for Invoices {
    fn name(&self) -> &'static str {
        "invoices"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static Table] {
        const { &[&INVOICES, &INVOICE_LINES, &INVOICE_NUMBERS] }
    }

    fn fold(&self, recorded: &Recorded, fact: &Fact, changes: &mut Vec<Change>) -> Result<(), FoldFault> {
        match &fact.event {
            Event::Subscription(
                subscription::Event::SubscriptionStarted { application_id, charge, .. }
                | subscription::Event::SubscriptionRenewed { application_id, charge, .. },
            )
            | Event::AddOn(
                add_on::Event::AddOnStarted { application_id, charge, .. }
                | add_on::Event::AddOnRenewed { application_id, charge, .. },
            ) => changes.push(line(recorded, fact, *application_id, charge)),
            Event::Account(event @ account::Event::OrderPaid { .. }) => {
                of_its_payer(recorded, fact)?;
                changes.extend(order(recorded, fact, event));
            }
            Event::Subscription(
                subscription::Event::RenewalReminded { .. }
                | subscription::Event::GraceBegan { .. }
                | subscription::Event::SubscriptionStopped { .. }
                | subscription::Event::SubscriptionEnded { .. },
            )
            | Event::AddOn(
                add_on::Event::AddOnTrialStarted { .. }
                | add_on::Event::AddOnReminded { .. }
                | add_on::Event::AddOnGraceBegan { .. }
                | add_on::Event::AddOnEnded { .. },
            )
            | Event::Usage(_)
            | Event::Account(
                account::Event::AccountOpened { .. }
                | account::Event::MoneyDeposited { .. }
                | account::Event::BillingMonthOpened { .. }
                | account::Event::StatementDrafted { .. }
                | account::Event::StatementFinalised { .. }
                | account::Event::BillingMonthPassed { .. }
                | account::Event::FellIntoArrears { .. }
                | account::Event::ReceivablePaid { .. }
                | account::Event::ArrearsCleared { .. }
                | account::Event::AccountSuspended { .. }
                | account::Event::AccountParked { .. },
            )
            | Event::Application(_) => {}
        }
        Ok(())
    }

    fn describe(&self, _table: &'static Table, key: &[String], rows: &MemoryTables) -> Option<String> {
        // An invoice's and a line's key begin with the invoice's id; a number's says it all.
        let invoice = rows.get(&INVOICES, &key[..1])?;
        let called = format!("invoice {} of {}", invoice[NUMBER].as_deref()?, invoice[ACCOUNT_ID].as_deref()?);
        Some(match key.get(1) {
            Some(line) => format!("{called}, line {line}"),
            None => called,
        })
    }
}

/// A payer's invoice is paid on the payer's own stream.
fn of_its_payer(recorded: &Recorded, fact: &Fact) -> Result<(), FoldFault> {
    match &fact.stream {
        Stream::Account(id) if id.as_str() == recorded.account_id => Ok(()),
        stream => Err(FoldFault::Contradiction {
            what: "the payer",
            in_event: stream.aggregate_id().into_owned(),
            in_row: recorded.account_id.clone(),
        }),
    }
}

fn line(recorded: &Recorded, fact: &Fact, application_id: ApplicationId, charge: &Charge) -> Change {
    let Charge { invoice_id, line_id, item, period, quantity, unit_price, price_list, formula, .. } = charge;
    let (first_day, last_day) = (period.first_day(), period.last_day());
    LineRow {
        invoice_id: text(invoice_id),
        line_id: text(line_id),
        application_id: text(application_id),
        item: text(item.name()),
        description: Some(format!("{}, {first_day} to {last_day}", item.description())),
        period_start: instant(period.start),
        period_end: instant(period.end),
        last_day: text(last_day),
        quantity: text(quantity),
        unit_price_amount: amount(*unit_price),
        amount: amount(charge.amount),
        currency: text(charge.amount.currency().code()),
        price_list: text(price_list),
        causes: Some(Cause::json(&[Cause { event_id: fact.id, position: recorded.position }])),
        formula: text(formula),
    }
    .upsert()
}

fn order(recorded: &Recorded, fact: &Fact, event: &account::Event) -> Vec<Change> {
    let account::Event::OrderPaid { invoice_id, number, application_id, total, paid, issued_on, at } = event else {
        return Vec::new();
    };
    let invoice = InvoiceRow {
        invoice_id: text(invoice_id),
        account_id: text(&recorded.account_id),
        number: text(number),
        kind: text("order"),
        state: text("final"),
        month: None,
        issued_on: text(issued_on),
        total_amount: amount(*total),
        currency: text(total.currency().code()),
        // An order is paid in full or refused.
        amount_due: amount(Money::zero(total.currency())),
        application_id: text(application_id),
        paid_at: instant(*at),
        paid_voucher_amount: amount(paid.voucher),
        paid_gift_amount: amount(paid.gift),
        paid_cash_amount: amount(paid.cash),
        event_id: text(fact.id),
        position: text(recorded.position),
    };
    let number =
        NumberRow { account_id: text(&recorded.account_id), number: text(number), invoice_id: text(invoice_id) };
    vec![invoice.upsert(), number.upsert()]
}
