//! Owns what an order would come to: the lines it would charge or credit, the rights it would change, and the fees after
//! use that it makes come. A function of what was decided, so that a quote and the order it is for cannot differ.
//!
//! Does not own the decision (`decide`) nor how a quote is bound to its order (the wire).

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::books::Working;
use crate::calendar::Month;
use crate::charge::{Charge, Item, Payment, SourceLine, StatementLine};
use crate::decide::{Decision, Refusal};
use crate::entitlement::Entitlements;
use crate::fact::{Event, Fact};
use crate::ids::{ApplicationId, InvoiceId};
use crate::money::{Currency, Money, MoneyFault};
use crate::plan::{Feature, Limit, Plan, Quota};
use crate::{account, settlement, subscription};

/// What an order would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What it would charge (positive) and credit (negative), in order.
    pub lines: Vec<QuotedLine>,
    /// Their sum.
    pub total: Money,
    /// What it would change, by application, in the order of the matrix.
    pub rights: Vec<RightChange>,
    /// What its month would be billed for after use because of it; never part of the total (U15).
    pub coming: Vec<SourceLine>,
    /// The applications that only come to be with it; until then nobody can rely on their ids.
    pub created: BTreeSet<ApplicationId>,
}

/// One line of an order that was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedLine {
    /// The line; its amount is negative if it is given back.
    pub line: SourceLine,
    /// What a voucher would pay of it.
    pub voucher: Option<Money>,
}

/// One right, or a state that decides over rights, before and after an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightChange {
    /// Whose.
    pub application_id: ApplicationId,
    /// The row of the matrix, `plan`, `in_service`, `paid_through`, `auto_renew` or `scheduled_plan`.
    pub name: &'static str,
    /// As it stands.
    pub from: Standing,
    /// As it would stand.
    pub to: Standing,
}

/// How a right stands. On the wire the value alone; a limit that is null is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Standing {
    /// A number of the matrix.
    Limit(Limit),
    /// A yes or no.
    Granted(bool),
    /// The plan; none before there is an application.
    Plan(Option<Plan>),
    /// The last day paid for, if any is.
    Day(Option<Date>),
}

/// What a decision would come to, from the Books before it (with everything due settled) to those after it.
///
/// # Errors
/// [`MoneyFault`]; a decision that was accepted brings none about.
pub fn of(before: &Working<'_>, after: &Working<'_>, decision: &Decision) -> Result<Quote, MoneyFault> {
    let facts = || decision.facts.iter().map(|placed| &placed.fact);
    let concerned: BTreeSet<ApplicationId> = facts().filter_map(Fact::application_id).collect();
    let created = concerned.iter().copied().filter(|id| before.application(*id).is_none()).collect();
    let lines = lines(facts());
    let total =
        lines.iter().try_fold(Money::zero(Currency::default()), |total, quoted| total.plus(quoted.line.amount))?;
    let rights = concerned.iter().flat_map(|id| changes(before, after, *id)).collect();
    let deferred = facts().filter_map(|fact| match said(fact) {
        Said::Coming(line) => Some(line.into()),
        Said::Line(..) | Said::Paid(..) | Said::Credited(..) | Said::Nothing => None,
    });
    let mut coming: Vec<SourceLine> = deferred.collect();
    for id in &concerned {
        let bought = lines.iter().any(|quoted| quoted.line.application_id == *id && quoted.is_term_of_a_plan());
        coming.extend(fees_to_come(before, after, *id, bought, decision.at)?);
    }
    Ok(Quote { lines, total, rights, coming, created })
}

/// Whether a refusal says that a means a quote counted on is gone (U19): then the quote is stale, and not the order wrong.
pub fn is_lapse(refusal: &Refusal) -> bool {
    matches!(refusal.code(), "voucher_expired" | "voucher_not_applicable" | "promotion_not_applicable")
}

impl QuotedLine {
    fn of_charge(application_id: ApplicationId, charge: &Charge) -> Self {
        Self { line: SourceLine::of_charge(application_id, charge), voucher: None }
    }

    /// What goes back is told without a sign on a note, and as less than nothing beside what is charged.
    fn of_credit(credited: &StatementLine) -> Self {
        let line = SourceLine { amount: credited.amount.negated(), ..credited.into() };
        Self { line, voucher: None }
    }

    fn is_term_of_a_plan(&self) -> bool {
        matches!(self.line.item, Item::Pro | Item::Flagship) && self.line.amount.is_positive()
    }
}

/// What a fact says about money.
enum Said<'a> {
    /// A line of an invoice, for an application.
    Line(ApplicationId, &'a Charge),
    /// How an invoice is paid.
    Paid(InvoiceId, &'a Payment),
    /// Lines of a credit note.
    Credited(InvoiceId, &'a [StatementLine]),
    /// A line that the next statement will bill.
    Coming(&'a StatementLine),
    /// Nothing that an order is quoted for.
    Nothing,
}

fn lines<'f>(facts: impl Iterator<Item = &'f Fact>) -> Vec<QuotedLine> {
    let mut lines: Vec<(InvoiceId, QuotedLine)> = Vec::new();
    for fact in facts {
        match said(fact) {
            Said::Line(id, charge) => lines.push((charge.invoice_id, QuotedLine::of_charge(id, charge))),
            // One voucher an order (U20), and an order has one line to spend it on.
            Said::Paid(invoice, paid) if paid.voucher.is_positive() => {
                if let Some((_, quoted)) = lines.iter_mut().find(|(of, _)| *of == invoice) {
                    quoted.voucher = Some(paid.voucher);
                }
            }
            Said::Credited(note, credited) => {
                lines.extend(credited.iter().map(|line| (note, QuotedLine::of_credit(line))));
            }
            Said::Paid(..) | Said::Coming(_) | Said::Nothing => {}
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

fn said(fact: &Fact) -> Said<'_> {
    if let Some((application_id, charge)) = fact.charge() {
        return Said::Line(application_id, charge);
    }
    match &fact.event {
        Event::Account(account::Event::OrderPaid { invoice_id, paid, .. }) => Said::Paid(*invoice_id, paid),
        Event::Account(account::Event::CreditNoteIssued { invoice_id, lines, .. }) => {
            Said::Credited(*invoice_id, lines)
        }
        Event::Account(account::Event::AdjustmentDeferred { line, .. }) => Said::Coming(line),
        // A month is settled by its own timer, never by an order; paying a debt changes no price.
        Event::Account(
            account::Event::AccountOpened { .. }
            | account::Event::MoneyDeposited { .. }
            | account::Event::VoucherGranted { .. }
            | account::Event::BillingMonthOpened { .. }
            | account::Event::StatementDrafted { .. }
            | account::Event::StatementFinalised { .. }
            | account::Event::BillingMonthPassed { .. }
            | account::Event::FellIntoArrears { .. }
            | account::Event::ReceivablePaid { .. }
            | account::Event::ReceivableCredited { .. }
            | account::Event::AdjustmentWithdrawn { .. }
            | account::Event::ArrearsCleared { .. }
            | account::Event::AccountSuspended { .. }
            | account::Event::AccountParked { .. }
            | account::Event::AccountUnparked { .. },
        )
        // What is charged was told above; what is given back is credited by the payer's note beside.
        | Event::Subscription(_)
        | Event::AddOn(_)
        | Event::Application(_)
        | Event::Usage(_)
        | Event::PriceList(_) => Said::Nothing,
    }
}

fn changes(before: &Working<'_>, after: &Working<'_>, id: ApplicationId) -> Vec<RightChange> {
    let (from, to) = (standings(before, id), standings(after, id));
    let pairs = from.into_iter().zip(to).filter(|((_, from), (_, to))| from != to);
    pairs.map(|((name, from), (_, to))| RightChange { application_id: id, name, from, to }).collect()
}

/// Everything of an application that an order can change for its users, always in the same order. One that does not
/// exist grants nothing.
fn standings(books: &Working<'_>, id: ApplicationId) -> Vec<(&'static str, Standing)> {
    let rights = Entitlements::of(books, id);
    let rights = rights.as_ref();
    let application = books.application(id);
    let paid_through = application.and_then(|application| books.running_agreement(application));
    let mut rows = vec![
        ("plan", Standing::Plan(rights.map(Entitlements::plan))),
        ("in_service", Standing::Granted(rights.is_some_and(Entitlements::in_service))),
        ("paid_through", Standing::Day(paid_through.map(|(_, agreement)| agreement.terms.last_day()))),
        ("auto_renew", Standing::Granted(paid_through.is_some_and(|(_, it)| it.terms.auto_renew.is_some()))),
        ("scheduled_plan", Standing::Plan(paid_through.and_then(|(_, it)| it.scheduled.as_ref()).map(scheduled_plan))),
    ];
    let limit = |row: Quota| rights.map_or(Some(0), |rights| rights.quota(row).limit);
    let granted = |row: Feature| rights.is_some_and(|rights| rights.feature(row).granted);
    rows.extend(Quota::ALL.iter().map(|row| (row.name(), Standing::Limit(limit(*row)))));
    rows.extend(Feature::ALL.iter().map(|row| (row.name(), Standing::Granted(granted(*row)))));
    rows
}

fn scheduled_plan(scheduled: &subscription::ScheduledDowngrade) -> Plan {
    scheduled.terms.plan.into()
}

/// The fees after use of the order's month that the order makes come: those it changes, and history storage that goes on
/// with a term of a plan (U15). By the arithmetic of the settlement, as if nothing more happened in the month.
fn fees_to_come(
    before: &Working<'_>,
    after: &Working<'_>,
    id: ApplicationId,
    bought_a_plan: bool,
    at: Timestamp,
) -> Result<Vec<SourceLine>, MoneyFault> {
    let month = |books: &Working<'_>| settlement::preview(books, id, Month::at(at), at);
    let standing = month(before)?.map_or_else(Vec::new, |month| month.lines);
    let would_be = month(after)?.map_or_else(Vec::new, |month| month.lines);
    let stands = |line: &StatementLine| standing.iter().any(|one| one.item == line.item && one.amount == line.amount);
    let goes_on = |line: &StatementLine| bought_a_plan && line.item == Item::HistoryStorage;
    let comes = would_be.into_iter().filter(|line| line.amount.is_positive() && (!stands(line) || goes_on(line)));
    Ok(comes.map(|line| SourceLine::from(&line)).collect())
}
