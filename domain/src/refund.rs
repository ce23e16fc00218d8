//! Owns what a payer gets back of a prepaid item: which orders stand or fall together, what was paid for them, what of it
//! was used, day by day at the price of the plan of that day (U29–U31, facts §3.3).
//!
//! Does not own whether a refund is allowed (aggregates) nor how it is paid out (`account`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::books::{TermGrounds, Working};
use crate::calendar::{Period, day_of, days_between, midnight, plus_days};
use crate::charge::{
    CauseRef, Credit, CreditReason, Formula, Item, PaidBy, Refund, RefundKind, StatementLine, UsedPart,
};
use crate::fact::Stream;
use crate::ids::{ApplicationId, IdSeries, InvoiceId, LineId};
use crate::money::{Currency, Money, MoneyFault};
use crate::term::{Agreed, ChangeMoney, Terms};

/// Days after the day of purchase on which the five-day refund is still open, to the end of the last (U31).
const FIVE_DAYS: i32 = 5;

/// A prepaid item, seen at an instant as something to give back.
pub(crate) struct Prepaid<'b, T> {
    pub(crate) books: &'b Working<'b>,
    pub(crate) application_id: ApplicationId,
    pub(crate) item: Item,
    pub(crate) terms: &'b Terms<T>,
    pub(crate) stream: Stream,
    pub(crate) grounds: Option<&'b TermGrounds>,
    pub(crate) at: Timestamp,
}

/// What was used, and how it adds up.
pub(crate) struct Used {
    parts: Vec<UsedPart>,
    /// Rounded once, over all parts.
    pub(crate) amount: Money,
}

/// Why the five-day refund cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FiveDayClosed {
    /// An account gets one, for one item.
    #[error("the account has had its one refund within five days")]
    Taken,
    /// Only for a first purchase, unchanged, within its days.
    #[error("the refund within five days is for a first purchase, and open to the end of {until}")]
    Over {
        /// The last day it was open.
        until: Date,
    },
}

impl<T: Agreed> Prepaid<'_, T> {
    /// What goes back, and by which rule: the five-day refund by itself where it is open and worth more; `wanted` overrides
    /// (U31).
    ///
    /// # Errors
    /// [`FiveDayClosed`] inside the outer `Ok`, when that is what was wanted; [`MoneyFault`].
    pub(crate) fn refund(
        &self,
        wanted: Option<RefundKind>,
        ids: &mut IdSeries,
    ) -> Result<Result<Refund, FiveDayClosed>, MoneyFault> {
        let (from, invoices) = self.standing();
        let paid_by = self.books.left_of(&invoices);
        let paid = paid_by.sum();
        let used = self.used_since(from)?;
        let ordinary = at_least_nothing(paid.minus(used.amount)?);
        let five_day = self.five_day_open();
        let kind = match (wanted, &five_day) {
            (Some(RefundKind::FiveDay), Err(closed)) => return Ok(Err(closed.clone())),
            (Some(kind), _) => kind,
            (None, Ok(())) if paid > ordinary => RefundKind::FiveDay,
            (None, Ok(()) | Err(_)) => RefundKind::Ordinary,
        };
        let nothing = Money::zero(paid.currency());
        let (used, amount) = match kind {
            RefundKind::FiveDay => (Used { parts: Vec::new(), amount: nothing }, paid),
            RefundKind::Ordinary => (used, ordinary),
        };
        let formula = Formula::Refund { kind, paid, used: used.parts, used_amount: used.amount, amount };
        let given_back = self.given_back(kind);
        let credit = self.credit(kind.into(), (invoices, paid_by), (amount, given_back), formula, ids);
        Ok(Ok(Refund { kind, paid, used: used.amount, credit }))
    }

    /// The credit note over an amount; none over nothing.
    pub(crate) fn credit(
        &self,
        reason: CreditReason,
        (of, paid): (Vec<InvoiceId>, PaidBy),
        (amount, period): (Money, Period),
        formula: Formula,
        ids: &mut IdSeries,
    ) -> Option<Credit> {
        if !amount.is_positive() {
            return None;
        }
        let line = StatementLine {
            line_id: LineId::from_uuid(ids.draw()),
            application_id: self.application_id,
            item: self.item,
            period,
            quantity: 1,
            unit_price: amount,
            amount,
            price_list: self.terms.in_force_at(self.at).price_list().to_owned(),
            formula,
            causes: self.causes(),
            adjusts: None,
        };
        let invoice_id = InvoiceId::from_uuid(ids.draw());
        Some(Credit { invoice_id, reason, of, lines: vec![line], total: amount, paid })
    }

    /// The orders that stand or fall together now, and where the first began: those not over, and, where one of them
    /// changed an earlier one in its course, that one too (U30).
    pub(crate) fn standing(&self) -> (Timestamp, Vec<InvoiceId>) {
        let mut from = self.at;
        loop {
            let bought = self.terms.all().map(|term| term.period);
            let changed = self.terms.changes().iter().map(|change| change.period);
            let first = bought.chain(changed).filter(|period| period.end > from).map(|period| period.start).min();
            match first {
                Some(first) if first < from => from = first,
                Some(_) | None => break,
            }
        }
        let bought = self.terms.all().filter(|term| term.period.end > from).filter_map(|term| term.order);
        let changes = self.terms.changes().iter().filter(|change| change.period.end > from);
        let paid = changes.filter_map(|change| match change.money {
            ChangeMoney::Paid(order) => Some(order),
            ChangeMoney::Returned(_) => None,
        });
        (from, bought.chain(paid).map(|order| order.invoice_id).collect())
    }

    /// What was used from an instant through today, today counted: whole months at their price, days of a month as its
    /// days go into the price of each day's plan. All parts are added before the one rounding.
    ///
    /// # Errors
    /// [`MoneyFault::TooLarge`].
    pub(crate) fn used_since(&self, from: Timestamp) -> Result<Used, MoneyFault> {
        let today = day_of(self.at);
        let mut whole: BTreeMap<Money, u32> = BTreeMap::new();
        let mut days: Vec<UsedPart> = Vec::new();
        // Of months equally long the exact sums share a denominator, so that what adds up to whole fen does so exactly.
        let mut by_length: BTreeMap<u32, Decimal> = BTreeMap::new();
        for month in self.terms.each_month().filter(|month| month.start >= from) {
            let month_days = length(month);
            let mut priced: BTreeMap<Money, u32> = BTreeMap::new();
            let through = month.last_day().min(today);
            let mut day = month.first_day();
            while day <= through {
                *priced.entry(self.terms.price_on(day)).or_default() += 1;
                day = plus_days(day, 1);
            }
            for (monthly_price, count) in priced {
                if count == month_days {
                    *whole.entry(monthly_price).or_default() += 1;
                    continue;
                }
                let value = monthly_price.amount().checked_mul(Decimal::from(count)).ok_or(MoneyFault::TooLarge)?;
                let sum = by_length.entry(month_days).or_default();
                *sum = sum.checked_add(value).ok_or(MoneyFault::TooLarge)?;
                days.push(UsedPart::Days { days: count, month_days, monthly_price });
            }
        }
        let mut exact = Decimal::ZERO;
        for (monthly_price, months) in &whole {
            exact = exact.checked_add(monthly_price.times(u64::from(*months))?.amount()).ok_or(MoneyFault::TooLarge)?;
        }
        for (month_days, sum) in by_length {
            let part = sum.checked_div(Decimal::from(month_days)).ok_or(MoneyFault::TooLarge)?;
            exact = exact.checked_add(part).ok_or(MoneyFault::TooLarge)?;
        }
        let months = whole.into_iter().map(|(monthly_price, months)| UsedPart::Months { months, monthly_price });
        let parts = months.chain(days).collect();
        Ok(Used { parts, amount: Money::rounded(exact, Currency::default())? })
    }

    /// The stretch that is given back: from tomorrow, or all of it.
    fn given_back(&self, kind: RefundKind) -> Period {
        let end = self.terms.paid_until();
        let start = match kind {
            RefundKind::FiveDay => self.terms.at(self.at).period.start,
            RefundKind::Ordinary => midnight(plus_days(day_of(self.at), 1)).min(end),
        };
        Period { start, end }
    }

    fn five_day_open(&self) -> Result<(), FiveDayClosed> {
        if self.books.account().is_some_and(|payer| payer.five_day_refund_taken) {
            return Err(FiveDayClosed::Taken);
        }
        let bought = day_of(self.terms.anchor.at);
        let until = plus_days(bought, FIVE_DAYS);
        let unchanged = self.terms.changes().is_empty();
        if unchanged && day_of(self.at) <= until { Ok(()) } else { Err(FiveDayClosed::Over { until }) }
    }

    /// The events that brought the terms that end.
    fn causes(&self) -> Vec<CauseRef> {
        let Some(grounds) = self.grounds else { return Vec::new() };
        let (from, _) = self.standing();
        let in_force = self.terms.in_force().filter(|(at, _)| *at >= from);
        let mut causes: Vec<CauseRef> =
            in_force.filter_map(|(at, _)| grounds.in_force_from(at)).map(|ground| ground.cause(&self.stream)).collect();
        causes.dedup();
        causes
    }
}

/// Civil days of a bought month.
pub(crate) fn length(month: Period) -> u32 {
    u32::try_from(days_between(month.first_day(), month.last_day())).map_or(1, |days| days.saturating_add(1))
}

pub(crate) fn at_least_nothing(amount: Money) -> Money {
    amount.max(Money::zero(amount.currency()))
}
