//! Owns the ledger's documents, read from its facts alone and told in the oracle's words.
//!
//! Does not own any figure: every one of them stands in an event.

use std::collections::BTreeMap;

use subledger_domain::calendar::Period;
use subledger_domain::charge::{Charge, Formula, Payment, StatementLine};
use subledger_domain::fact::{Event, Fact};
use subledger_domain::ids::InvoiceId;
use subledger_domain::proration::MonthShare;
use subledger_domain::{account, add_on, subscription};
use subledger_oracle::calendar::{Day, Month};
use subledger_oracle::document::{Document, Kind, Line};

use crate::words;

/// Everything that was issued to a payer, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Documents {
    /// Final ones.
    pub(crate) issued: Vec<Document>,
    /// A statement that is not final.
    pub(crate) draft: Option<Document>,
    by_id: BTreeMap<InvoiceId, usize>,
    /// Those that changed since they were last asked for.
    changed: BTreeMap<usize, InvoiceId>,
    /// Lines of orders whose payment comes in the same breath.
    ordered: BTreeMap<InvoiceId, Line>,
}

impl Documents {
    pub(crate) fn read(&mut self, fact: &Fact) {
        match &fact.event {
            Event::Subscription(
                subscription::Event::SubscriptionStarted { application_id, charge, .. }
                | subscription::Event::SubscriptionRenewed { application_id, charge, .. }
                | subscription::Event::PlanUpgraded { application_id, charge, .. },
            )
            | Event::AddOn(
                add_on::Event::AddOnStarted { application_id, charge, .. }
                | add_on::Event::AddOnRenewed { application_id, charge, .. },
            ) => {
                self.ordered.insert(charge.invoice_id, order_line(application_id.number(), charge));
            }
            Event::Account(event) => self.read_account(event),
            Event::Application(_)
            | Event::Subscription(_)
            | Event::AddOn(_)
            | Event::Usage(_)
            | Event::PriceList(_) => {}
        }
    }

    fn read_account(&mut self, event: &account::Event) {
        match event {
            account::Event::OrderPaid { invoice_id, number, total, paid, issued_on, at, .. } => {
                let lines = self.ordered.remove(invoice_id).into_iter().collect();
                let mut document = blank(Kind::Order, words::day(*issued_on), words::instant(*at), lines);
                (document.number, document.total) = (Some(small(*number)), words::fen(*total));
                pay(&mut document, paid);
                self.issue(*invoice_id, document);
            }
            account::Event::StatementDrafted { month, lines, total, at, .. } => {
                let month = words::month(month.first_day());
                let mut document = statement(month, lines, words::instant(*at));
                document.total = words::fen(*total);
                (document.is_draft, document.amount_due) = (true, document.total);
                self.draft = Some(document);
            }
            account::Event::BillingMonthPassed { .. } => self.draft = None,
            account::Event::StatementFinalised {
                invoice_id,
                number,
                month,
                lines,
                total,
                paid,
                due,
                issued_on,
                at,
            } => {
                self.draft = None;
                let mut document = statement(words::month(month.first_day()), lines, words::instant(*at));
                (document.number, document.total) = (Some(small(*number)), words::fen(*total));
                (document.issued_on, document.amount_due) = (words::day(*issued_on), words::fen(*due));
                pay(&mut document, paid);
                self.issue(*invoice_id, document);
            }
            account::Event::CreditNoteIssued {
                invoice_id,
                number,
                lines,
                total,
                to_debt,
                returned,
                issued_on,
                at,
                ..
            } => {
                let lines = lines.iter().map(|line| plain(line, None)).collect();
                let mut document = blank(Kind::CreditNote, words::day(*issued_on), words::instant(*at), lines);
                (document.number, document.total) = (Some(small(*number)), words::fen(*total));
                (document.credit, document.gift) = (words::fen(*to_debt), words::fen(returned.gift));
                document.cash = words::fen(returned.cash);
                document.voucher = document.total - document.credit - document.gift - document.cash;
                self.issue(*invoice_id, document);
            }
            account::Event::ReceivablePaid { invoice_id, paid, remaining, .. } => {
                let document = self.known(*invoice_id);
                pay(document, paid);
                document.amount_due = words::fen(*remaining);
            }
            account::Event::ReceivableCredited { invoice_id, amount, remaining, .. } => {
                let document = self.known(*invoice_id);
                document.credit += words::fen(*amount);
                document.amount_due = words::fen(*remaining);
            }
            account::Event::AccountOpened { .. }
            | account::Event::MoneyDeposited { .. }
            | account::Event::VoucherGranted { .. }
            | account::Event::BillingMonthOpened { .. }
            | account::Event::FellIntoArrears { .. }
            | account::Event::AdjustmentDeferred { .. }
            | account::Event::AdjustmentWithdrawn { .. }
            | account::Event::ArrearsCleared { .. }
            | account::Event::AccountSuspended { .. }
            | account::Event::AccountParked { .. }
            | account::Event::AccountUnparked { .. } => {}
        }
    }

    fn issue(&mut self, id: InvoiceId, document: Document) {
        self.by_id.insert(id, self.issued.len());
        self.changed.insert(self.issued.len(), id);
        self.issued.push(document);
    }

    fn known(&mut self, id: InvoiceId) -> &mut Document {
        let index = self.by_id[&id];
        self.changed.insert(index, id);
        &mut self.issued[index]
    }

    /// What was issued or paid since this was last asked.
    pub(crate) fn take_changed(&mut self) -> BTreeMap<usize, InvoiceId> {
        std::mem::take(&mut self.changed)
    }
}

fn small(number: u64) -> u32 {
    u32::try_from(number).expect("documents of one payer")
}

fn blank(kind: Kind, issued_on: Day, issued_at: i64, lines: Vec<Line>) -> Document {
    Document {
        number: None,
        kind,
        is_draft: false,
        month: None,
        issued_on,
        issued_at,
        lines,
        total: 0,
        voucher: 0,
        gift: 0,
        cash: 0,
        credit: 0,
        amount_due: 0,
        credited: (0, 0),
        returned: (0, 0),
    }
}

fn pay(document: &mut Document, paid: &Payment) {
    document.voucher += words::fen(paid.voucher);
    document.gift += words::fen(paid.gift);
    document.cash += words::fen(paid.cash);
}

fn days_of(period: Period) -> (Day, Day) {
    (words::day(period.first_day()), words::day(period.last_day()).plus(1))
}

fn order_line(application: u64, charge: &Charge) -> Line {
    Line {
        application,
        item: words::item(charge.item),
        amount: words::fen(charge.amount),
        period: Some(days_of(charge.period)),
        peak: None,
        share: None,
        days_without_reading: 0,
        adjusts: None,
    }
}

fn plain(line: &StatementLine, peak: Option<u64>) -> Line {
    Line {
        application: line.application_id.number(),
        item: words::item(line.item),
        amount: words::fen(line.amount),
        period: None,
        peak,
        share: None,
        days_without_reading: 0,
        adjusts: line.adjusts.map(|adjusts| words::month(adjusts.month.first_day())),
    }
}

fn share_of(share: MonthShare) -> (i32, i32) {
    let small = |days: u32| i32::try_from(days).expect("days of a month");
    if share.whole { (1, 1) } else { (small(share.service_days), small(share.days)) }
}

fn statement(month: Month, lines: &[StatementLine], at: i64) -> Document {
    let told = lines.iter().map(|line| match &line.formula {
        Formula::Overage { peak, share, days_without_reading, .. } => Line {
            share: Some(share_of(*share)),
            days_without_reading: small(days_without_reading.len() as u64),
            ..plain(line, Some(*peak))
        },
        Formula::Storage { share, .. } => Line { share: Some(share_of(*share)), ..plain(line, None) },
        Formula::MonthlyPrice { .. }
        | Formula::Promotional { .. }
        | Formula::Upgrade { .. }
        | Formula::Downgrade { .. }
        | Formula::Refund { .. }
        | Formula::Correction { .. } => plain(line, None),
    });
    let mut lines: Vec<Line> = told.collect();
    // The oracle tells corrections by application, item and month; the ledger in the order in which they came.
    lines.sort_by_key(sorted);
    let mut document = blank(Kind::Statement, Day::of(at), at, lines);
    document.month = Some(month);
    document
}

/// The order in which the lines of a statement are compared.
pub(crate) fn sorted(line: &Line) -> (bool, u64, subledger_oracle::prices::Item, Option<Month>) {
    (line.adjusts.is_some(), line.application, line.item, line.adjusts)
}
