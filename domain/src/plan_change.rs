//! Owns what a change of the plan within its term comes to: what an upgrade costs (facts §3.2, U25, U26), what a
//! downgrade at once gives back (U28).
//!
//! Does not own whether a change is allowed (`subscription`) nor what a refund comes to (`refund`).

use jiff::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::calendar::{Period, day_of, days_between, midnight, plus_days};
use crate::charge::{Charge, CreditReason, Formula, Item, Refund, RefundKind};
use crate::ids::{IdSeries, InvoiceId, LineId, VoucherId};
use crate::money::{Money, MoneyFault};
use crate::refund::{Prepaid, at_least_nothing, length};
use crate::term::Terms;
use crate::terms::{PlanTerms, UpgradePricing};

/// A platform month has 365/12 days (facts §3.2).
const DAYS_OF_A_YEAR: u32 = 365;
const MONTHS_OF_A_YEAR: u32 = 12;
/// Decimals of the months left, where the policy rounds them: part of the platform's own example (B5).
const MONTHS_DECIMALS: u32 = 2;

/// What an upgrade costs: to the end of everything paid, today counted (U25).
///
/// # Errors
/// [`MoneyFault::TooLarge`].
pub(crate) fn upgrade_charge(
    terms: &Terms<PlanTerms>,
    new: &PlanTerms,
    voucher_id: Option<VoucherId>,
    (at, ids): (Timestamp, &mut IdSeries),
) -> Result<Charge, MoneyFault> {
    let days_left = u32::try_from(days_between(day_of(at), terms.last_day())).map_or(0, |days| days.saturating_add(1));
    let months_left = months(days_left, new.policies.upgrade)?;
    let old_monthly_price = old_monthly_price(terms, at)?;
    let difference = new.monthly_price.amount().checked_sub(old_monthly_price).ok_or(MoneyFault::TooLarge)?;
    let exact = difference.checked_mul(months_left).ok_or(MoneyFault::TooLarge)?;
    let amount = at_least_nothing(Money::rounded(exact, new.monthly_price.currency())?);
    Ok(Charge {
        invoice_id: InvoiceId::from_uuid(ids.draw()),
        line_id: LineId::from_uuid(ids.draw()),
        item: Item::from(new.plan),
        period: Period { start: at, end: terms.paid_until() },
        quantity: 1,
        unit_price: amount,
        amount,
        price_list: new.price_list.clone(),
        formula: Formula::Upgrade {
            new_monthly_price: new.monthly_price,
            old_monthly_price,
            days_left,
            months_left,
            amount,
        },
        voucher_id,
    })
}

/// Days as months of 365/12 days.
///
/// ```
/// # use subledger_domain::plan_change::months;
/// # use subledger_domain::terms::UpgradePricing;
/// assert_eq!(months(92, UpgradePricing::PlatformFormula)?.to_string(), "3.02"); // B5
/// # Ok::<(), subledger_domain::money::MoneyFault>(())
/// ```
///
/// # Errors
/// [`MoneyFault::TooLarge`], which no term is long enough for.
pub fn months(days: u32, pricing: UpgradePricing) -> Result<Decimal, MoneyFault> {
    let exact = Decimal::from(days)
        .checked_mul(Decimal::from(MONTHS_OF_A_YEAR))
        .and_then(|product| product.checked_div(Decimal::from(DAYS_OF_A_YEAR)))
        .ok_or(MoneyFault::TooLarge)?;
    Ok(match pricing {
        UpgradePricing::PlatformFormula => {
            exact.round_dp_with_strategy(MONTHS_DECIMALS, RoundingStrategy::MidpointAwayFromZero)
        }
        UpgradePricing::Exact | UpgradePricing::RefundAndRepurchase => exact,
    })
}

/// What a month of what is left was bought for: the price in force, less the discount of the order it was bought by, so
/// that never more is credited than was paid (U26). Over orders that differ, each counts by its days left.
fn old_monthly_price(terms: &Terms<PlanTerms>, at: Timestamp) -> Result<Decimal, MoneyFault> {
    let today = day_of(at);
    let (mut weighed, mut days_of_all) = (Decimal::ZERO, Decimal::ZERO);
    let mut prices = Vec::new();
    for term in terms.all().filter(|term| term.period.last_day() >= today) {
        let first = term.period.first_day().max(today);
        let days = Decimal::from(days_between(first, term.period.last_day()).saturating_add(1));
        let in_force = terms.in_force_at(at.max(term.period.start)).monthly_price.amount();
        let listed = term.terms.monthly_price.times(u64::from(term.months))?.amount();
        let paid = term.order.map_or(listed, |order| order.amount.amount());
        let product = in_force.checked_mul(paid).ok_or(MoneyFault::TooLarge)?;
        let price = product.checked_div(listed).ok_or(MoneyFault::TooLarge)?;
        prices.push(price);
        let value = price.checked_mul(days).ok_or(MoneyFault::TooLarge)?;
        weighed = weighed.checked_add(value).ok_or(MoneyFault::TooLarge)?;
        days_of_all = days_of_all.checked_add(days).ok_or(MoneyFault::TooLarge)?;
    }
    match prices.as_slice() {
        [] => Ok(Decimal::ZERO),
        // Weighing equal prices would only put a division into what is exact.
        [first, rest @ ..] if rest.iter().all(|price| price == first) => Ok(first.normalize()),
        _ => weighed.checked_div(days_of_all).ok_or(MoneyFault::TooLarge),
    }
}

/// What a downgrade at once gives back: the difference of the prices for the days of the running month after today and
/// for each whole month not begun, no more than is left of what was paid, to where it was paid from (U28).
///
/// # Errors
/// [`MoneyFault::TooLarge`].
pub(crate) fn downgrade_refund(
    prepaid: &Prepaid<'_, PlanTerms>,
    new: &PlanTerms,
    ids: &mut IdSeries,
) -> Result<Refund, MoneyFault> {
    let (terms, at) = (prepaid.terms, prepaid.at);
    let today = day_of(at);
    let old_monthly_price = terms.in_force_at(at).monthly_price;
    let difference = at_least_nothing(old_monthly_price.minus(new.monthly_price)?);
    let (mut unused_days, mut month_days, mut whole_months) = (0, 1, 0_u32);
    for month in terms.each_month().filter(|month| month.last_day() >= today) {
        if month.first_day() > today {
            whole_months = whole_months.saturating_add(1);
        } else {
            month_days = length(month);
            unused_days = u32::try_from(days_between(today, month.last_day())).unwrap_or(0);
        }
    }
    let of_days = difference.amount().checked_mul(Decimal::from(unused_days)).ok_or(MoneyFault::TooLarge)?;
    let of_days = of_days.checked_div(Decimal::from(month_days)).ok_or(MoneyFault::TooLarge)?;
    let of_months = difference.times(u64::from(whole_months))?.amount();
    let exact = of_days.checked_add(of_months).ok_or(MoneyFault::TooLarge)?;
    let (from, invoices) = prepaid.standing();
    let paid_by = prepaid.books.left_of(&invoices);
    let used = prepaid.used_since(from)?;
    let paid = paid_by.sum();
    let unused_value = at_least_nothing(paid.minus(used.amount)?);
    let amount = Money::rounded(exact, old_monthly_price.currency())?.min(unused_value);
    let new_monthly_price = new.monthly_price;
    let formula = Formula::Downgrade {
        old_monthly_price,
        new_monthly_price,
        unused_days,
        month_days,
        whole_months,
        unused_value,
        amount,
    };
    let end = terms.paid_until();
    let period = Period { start: midnight(plus_days(today, 1)).min(end), end };
    let credit = prepaid.credit(CreditReason::Downgrade, (invoices, paid_by), (amount, period), formula, ids);
    Ok(Refund { kind: RefundKind::Ordinary, paid, used: used.amount, credit })
}
