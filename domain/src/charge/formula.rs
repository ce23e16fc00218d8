//! Owns how an amount came about, with its numbers, as data and as a short line of text.
//!
//! Does not own the arithmetic (`proration`, `plan_change`, `refund`) nor the text for a payer (`wording`).

use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Item, RefundKind};
use crate::money::Money;
use crate::plan::PaidPlan;
use crate::proration::MonthShare;
use crate::terms::PromotionName;

/// How an amount came about, with its numbers. Kept as data, so that it can be told in any language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Formula {
    /// Monthly price × months.
    MonthlyPrice {
        /// Price of one month.
        monthly_price: Money,
        /// Whole months.
        months: u32,
        /// The product.
        amount: Money,
    },
    /// Monthly price × months × what a promotion leaves of it (U47).
    Promotional {
        /// Asked for by name.
        promotion: PromotionName,
        /// List price of one month.
        monthly_price: Money,
        /// Whole months.
        months: u32,
        /// What is paid, in percent.
        price_percent: u32,
        /// The product, rounded once.
        amount: Money,
    },
    /// Started blocks beyond what the plan includes × price of a block × the month's share.
    Overage {
        /// The month's highest counted reading.
        peak: u64,
        /// Its day; none when nothing was measured.
        peak_on: Option<Date>,
        /// What the plan includes.
        included: u64,
        /// Size of a block.
        block: u64,
        /// Blocks begun beyond it.
        blocks: u64,
        /// Price of a block and month.
        block_price: Money,
        /// What part of the month is due.
        share: MonthShare,
        /// Service days without a reading; they count as none (U13).
        days_without_reading: Vec<Date>,
        /// The product, rounded once.
        amount: Money,
    },
    /// Price of the month's highest step × the month's share.
    Storage {
        /// Days kept.
        kept_days: u32,
        /// The plan whose price it is.
        plan: PaidPlan,
        /// Price of the step and month.
        monthly_price: Money,
        /// What part of the month is due; the whole of it in the month it was switched on (S18).
        share: MonthShare,
        /// The product, rounded once.
        amount: Money,
    },
    /// (Monthly price of the new plan − of the old one) × months left, the days left counted as months of 365/12 days.
    Upgrade {
        /// List price of a month of the new plan.
        new_monthly_price: Money,
        /// What a month of the old plan was bought for, with its own discount; weighed by days where orders differ (U26).
        old_monthly_price: Decimal,
        /// Days left, today counted, to the end of everything paid (U25).
        days_left: u32,
        /// The same in months: to two decimals, or exact, as the policy says.
        months_left: Decimal,
        /// The difference, rounded once.
        amount: Money,
    },
    /// (Monthly price of the old plan − of the new one) × unused days ÷ days of the running month, and as much for each
    /// whole month not begun; never more than is left of what was paid (U28).
    Downgrade {
        /// List price of a month of the old plan.
        old_monthly_price: Money,
        /// List price of a month of the new plan.
        new_monthly_price: Money,
        /// Days of the running month after today.
        unused_days: u32,
        /// Days of the running month.
        month_days: u32,
        /// Whole months not begun.
        whole_months: u32,
        /// What was paid less what was used.
        unused_value: Money,
        /// The refund, rounded once.
        amount: Money,
    },
    /// What was paid − what was used, never less than nothing (U29–U31).
    Refund {
        /// Five-day or ordinary.
        kind: RefundKind,
        /// Paid in cash and gift by the orders that end; what was given back before is taken off. Vouchers are not
        /// returned, so they do not count.
        paid: Money,
        /// What was used, part by part; nothing in a five-day refund.
        used: Vec<UsedPart>,
        /// Their sum, rounded once.
        used_amount: Money,
        /// The refund.
        amount: Money,
    },
    /// What a closed month comes to once its readings are corrected − what was billed of it (U38).
    Correction {
        /// How the month's fee comes about now.
        now: Box<Formula>,
        /// What was billed before.
        billed: Money,
        /// The difference, without its sign: to be paid, or given back.
        amount: Money,
    },
}

impl Formula {
    /// As a payer reads what a line that came about so is for; its days or month are told beside.
    pub fn description(&self, item: Item) -> String {
        match self {
            Self::Upgrade { .. } => format!("Upgrade to the {}", item.description()),
            Self::Downgrade { .. } => format!("Downgrade from the {}", item.description()),
            Self::Refund { .. } => format!("Refund of the {}", item.description()),
            Self::Correction { .. } => format!("Correction: {}", item.description()),
            Self::MonthlyPrice { .. } | Self::Promotional { .. } | Self::Overage { .. } | Self::Storage { .. } => {
                item.description().to_owned()
            }
        }
    }

    /// What it comes to.
    pub fn amount(&self) -> Money {
        match self {
            Self::MonthlyPrice { amount, .. }
            | Self::Promotional { amount, .. }
            | Self::Overage { amount, .. }
            | Self::Storage { amount, .. }
            | Self::Upgrade { amount, .. }
            | Self::Downgrade { amount, .. }
            | Self::Refund { amount, .. }
            | Self::Correction { amount, .. } => *amount,
        }
    }
}

/// A price that was worked out, told with as many decimals as it has and no fewer than an amount.
pub(crate) fn as_price(exact: Decimal) -> Decimal {
    let mut told = exact.normalize();
    if told.scale() < 2 {
        told.rescale(2);
    }
    told
}

/// A part of what was used: whole months, or days of a month, at one price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum UsedPart {
    /// Months used to the end.
    Months {
        /// How many.
        months: u32,
        /// List price of one.
        monthly_price: Money,
    },
    /// Days of a month.
    Days {
        /// How many, today counted.
        days: u32,
        /// Days of that month.
        month_days: u32,
        /// List price of the month.
        monthly_price: Money,
    },
}

impl fmt::Display for UsedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Months { months, monthly_price } => {
                let unit = if *months == 1 { "month" } else { "months" };
                write!(f, "{months} {unit} × {}", monthly_price.amount())
            }
            Self::Days { days, month_days, monthly_price } => {
                write!(f, "{days}/{month_days} days × {}", monthly_price.amount())
            }
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MonthlyPrice { monthly_price, months, amount } => {
                let unit = if *months == 1 { "month" } else { "months" };
                write!(f, "{} per month × {months} {unit} = {}", monthly_price.amount(), amount.amount())
            }
            Self::Promotional { promotion, monthly_price, months, price_percent, amount } => {
                let unit = if *months == 1 { "month" } else { "months" };
                let (price, paid) = (monthly_price.amount(), amount.amount());
                write!(f, "{price} per month × {months} {unit} × {price_percent}% ({promotion}) = {paid}")
            }
            Self::Overage {
                peak,
                peak_on,
                included,
                block,
                blocks,
                block_price,
                share,
                days_without_reading,
                amount,
            } => {
                match (peak_on, peak) {
                    (Some(day), _) => write!(f, "peak {peak} on {day}")?,
                    (None, 0) => f.write_str("nothing measured")?,
                    // An estimate's peak has no day.
                    (None, _) => write!(f, "peak {peak}")?,
                }
                let unit = if *blocks == 1 { "block" } else { "blocks" };
                write!(f, ", {included} included, {blocks} {unit} of {block} begun")?;
                write!(f, " × {}{} = {}", block_price.amount(), Part(*share), amount.amount())?;
                match days_without_reading.len() {
                    0 => Ok(()),
                    1 => f.write_str("; 1 day without reading"),
                    days => write!(f, "; {days} days without reading"),
                }
            }
            Self::Storage { kept_days, monthly_price, share, amount, .. } => {
                write!(
                    f,
                    "{kept_days} days kept, {} per month{} = {}",
                    monthly_price.amount(),
                    Part(*share),
                    amount.amount()
                )
            }
            Self::Upgrade { new_monthly_price, old_monthly_price, days_left, months_left, amount } => {
                let (new, left, amount) = (new_monthly_price.amount(), months_left.normalize(), amount.amount());
                let days = if *days_left == 1 { "day" } else { "days" };
                write!(f, "{days_left} {days} left ÷ (365/12) = {left} months; ")?;
                write!(f, "{new} × {left} − {} × {left} = {amount}", as_price(*old_monthly_price))
            }
            Self::Downgrade {
                old_monthly_price,
                new_monthly_price,
                unused_days,
                month_days,
                whole_months,
                unused_value,
                amount,
            } => {
                let (old, new) = (old_monthly_price.amount(), new_monthly_price.amount());
                write!(f, "({old} − {new}) × {unused_days}/{month_days} days")?;
                if *whole_months > 0 {
                    write!(f, " + ({old} − {new}) × {whole_months} whole months")?;
                }
                write!(f, ", at most the {} paid and not used = {}", unused_value.amount(), amount.amount())
            }
            Self::Refund { kind: RefundKind::FiveDay, amount, .. } => {
                write!(f, "refund within five days: all that was paid = {}", amount.amount())
            }
            Self::Refund { kind: RefundKind::Ordinary, paid, used, used_amount, amount } => {
                let parts = used.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
                let (paid, used, amount) = (paid.amount(), used_amount.amount(), amount.amount());
                write!(f, "paid {paid} − used {used} ({parts}) = {amount}")
            }
            Self::Correction { now, billed, amount } => {
                write!(f, "corrected: {now}; billed before {}; difference {}", billed.amount(), amount.amount())
            }
        }
    }
}

/// ` × 15/31 days`, or nothing for a whole month.
struct Part(MonthShare);

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.whole { Ok(()) } else { write!(f, " × {}/{} days", self.0.service_days, self.0.days) }
    }
}
