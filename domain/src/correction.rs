//! Owns what a corrected reading of a settled month means in money: up, a line on the next statement; down, a credit note
//! at once, never above what was billed (U38). The issued statement never changes.
//!
//! Does not own what a month comes to (`settlement`).

use jiff::Timestamp;

use crate::account;
use crate::books::{BilledMonth, Working};
use crate::charge::{Adjusts, Credit, CreditReason, Formula, Item, StatementLine};
use crate::ids::{IdSeries, InvoiceId, UsageMonthId};
use crate::money::{Currency, Money, MoneyFault};
use crate::settlement;
use crate::step::Step;

/// What readings are billed as; history storage is not measured.
const MEASURED: [Item; 2] = [Item::DauOverage, Item::GroupOverage];

/// The steps that follow from a correction, in Books that hold it already. A month that was never billed, because it had
/// no service day, brings none.
pub(crate) fn after(
    books: &Working<'_>,
    id: UsageMonthId,
    at: Timestamp,
    ids: &mut IdSeries,
) -> Result<Vec<Step>, MoneyFault> {
    let Some(billed) = books.billed(id) else { return Ok(Vec::new()) };
    let Some(statement) = billed.invoices.first().copied() else { return Ok(Vec::new()) };
    let mut steps = Vec::new();
    let mut credited = Vec::new();
    for now in settlement::recalculated(books, id, ids)? {
        if !MEASURED.contains(&now.item) {
            continue;
        }
        let (item, before) = (now.item, billed.amount(now.item));
        let line = corrected(now, before, Adjusts { invoice_id: statement, month: id.month })?;
        match line {
            // The peak may stand where it stood: then nothing more is to be billed than was.
            Difference::Up(line) if pending(books, id, item).is_some_and(|known| known.amount == line.amount) => {}
            Difference::Up(line) => steps.push(Step::Account(account::Command::DeferAdjustment { line, at })),
            Difference::None => steps.extend(withdraw(books, id, item, at)),
            Difference::Down(line) => {
                steps.extend(withdraw(books, id, item, at));
                credited.push(line);
            }
        }
    }
    steps.extend(credit(books, id, billed, credited, at, ids)?);
    Ok(steps)
}

enum Difference {
    Up(StatementLine),
    None,
    Down(StatementLine),
}

fn corrected(now: StatementLine, billed: Money, adjusts: Adjusts) -> Result<Difference, MoneyFault> {
    let difference = now.amount.minus(billed)?;
    let amount = if difference.is_negative() { billed.minus(now.amount)? } else { difference };
    let formula = Formula::Correction { now: Box::new(now.formula.clone()), billed, amount };
    let line = StatementLine { amount, formula, adjusts: Some(adjusts), ..now };
    Ok(match (difference.is_negative(), difference.is_zero()) {
        (_, true) => Difference::None,
        (true, false) => Difference::Down(line),
        (false, false) => Difference::Up(line),
    })
}

/// The line of an earlier correction that is not billed yet.
fn pending<'b>(books: &'b Working<'_>, id: UsageMonthId, item: Item) -> Option<&'b StatementLine> {
    books.account()?.adjustment(id.application_id, item, id.month)
}

/// What was corrected upwards before and not billed yet is not billed any more.
fn withdraw(books: &Working<'_>, id: UsageMonthId, item: Item, at: Timestamp) -> Option<Step> {
    pending(books, id, item)?;
    let (application_id, month) = (id.application_id, id.month);
    Some(Step::Account(account::Command::WithdrawAdjustment { application_id, item, month, at }))
}

fn credit(
    books: &Working<'_>,
    id: UsageMonthId,
    billed: &BilledMonth,
    lines: Vec<StatementLine>,
    at: Timestamp,
    ids: &mut IdSeries,
) -> Result<Option<Step>, MoneyFault> {
    if lines.is_empty() {
        return Ok(None);
    }
    let nothing = Money::zero(Currency::default());
    let total = lines.iter().try_fold(nothing, |total, line| total.plus(line.amount))?;
    let items: Vec<Item> = lines.iter().map(|line| line.item).collect();
    let of = billed.charged_by(&items);
    let paid = books.left_of(&of);
    let (invoice_id, reason) = (InvoiceId::from_uuid(ids.draw()), CreditReason::Correction);
    let credit = Credit { invoice_id, reason, of, lines, total, paid };
    let application_id = id.application_id;
    Ok(Some(Step::Account(account::Command::IssueCreditNote { application_id, credit, at })))
}
