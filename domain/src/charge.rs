//! Owns what a payer is charged for: one line of an invoice with its period, quantity, price and formula, and how it
//! was paid.
//!
//! Does not own which line is due when (aggregates) nor the invoice as a document (a projection).

use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::{Month, Period};
use crate::ids::{ApplicationId, EventId, InvoiceId, LineId, VoucherId};
use crate::money::Money;
use crate::plan::PaidPlan;
use crate::proration::MonthShare;
use crate::terms::PromotionName;

macro_rules! items {
    ($($(#[$doc:meta])* $variant:ident => $name:literal, $description:literal;)+) => {
        /// What a line is for (S5).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Item { $($(#[$doc])* $variant,)+ }

        impl Item {
            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// As a payer reads it.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)+ }
            }
        }
    };
}

items!(
    /// A term of the Pro package.
    Pro => "pro", "Pro package, prepaid";
    /// A term of the Flagship package.
    Flagship => "flagship", "Flagship package, prepaid";
    /// A term of unlimited AVChatRooms.
    AvchatroomUnlimited => "avchatroom_unlimited", "AVChatRooms without limit, prepaid";
    /// A term of more members in a group.
    GroupMembers => "group_members", "More members per group, prepaid";
    /// A term of more groups for a user.
    GroupsPerUser => "groups_per_user", "More groups per user, prepaid";
    /// A term of the call package, basic.
    AvCallBasic => "av_call_basic", "Audio/video call package Basic, prepaid";
    /// A term of the call package, advanced.
    AvCallAdvanced => "av_call_advanced", "Audio/video call package Advanced, prepaid";
    /// A term of the call package, premium.
    AvCallPremium => "av_call_premium", "Audio/video call package Premium, prepaid";
    /// A month's overage on peak daily actives.
    DauOverage => "dau_overage", "Daily active users beyond the plan, postpaid";
    /// A month's overage on peak groups.
    GroupOverage => "group_overage", "Groups beyond the plan, postpaid";
    /// A month of longer history storage.
    HistoryStorage => "history_storage", "Longer history storage, postpaid";
);

impl From<PaidPlan> for Item {
    fn from(plan: PaidPlan) -> Self {
        match plan {
            PaidPlan::Pro => Self::Pro,
            PaidPlan::Flagship => Self::Flagship,
        }
    }
}

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

/// Which refund a payer gets (facts §3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundKind {
    /// All that was paid, within five days of the first purchase of an item, once per account.
    FiveDay,
    /// What was paid less what was used, at any time.
    Ordinary,
}

impl RefundKind {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::FiveDay => "five_day",
            Self::Ordinary => "ordinary",
        }
    }
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

/// An event that a line comes from, by its id and its place in its stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseRef {
    /// The event.
    pub event_id: EventId,
    /// Kind of its aggregate.
    pub aggregate_type: String,
    /// Its stream among its kind.
    pub aggregate_id: String,
    /// Its sequence there.
    pub sequence: u64,
}

/// One line of a monthly statement, whole inside the event that brings it about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementLine {
    /// The line.
    pub line_id: LineId,
    /// The application it is for.
    pub application_id: ApplicationId,
    /// What it is for.
    pub item: Item,
    /// The natural month.
    pub period: Period,
    /// How many units: blocks begun, or months of storage.
    pub quantity: u64,
    /// Price of one unit and month.
    pub unit_price: Money,
    /// What is owed; rounded once, here.
    pub amount: Money,
    /// The price list agreed to.
    pub price_list: String,
    /// How `amount` came about.
    pub formula: Formula,
    /// The events it comes from.
    pub causes: Vec<CauseRef>,
    /// The line of an issued statement that this one corrects (U38).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjusts: Option<Adjusts>,
}

/// What a correction is of. The issued statement itself never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjusts {
    /// The statement.
    pub invoice_id: InvoiceId,
    /// Its month.
    pub month: Month,
}

/// What a payer gets back of a prepaid item, with the sums behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// Five-day or ordinary.
    pub kind: RefundKind,
    /// Paid in cash and gift by the orders that end, less what went back before.
    pub paid: Money,
    /// What of it was used.
    pub used: Money,
    /// The credit note; none when nothing is left to give back (C6.5).
    pub credit: Option<Credit>,
}

/// Money that goes back to a payer: a credit note in the making.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// The credit note.
    pub invoice_id: InvoiceId,
    /// What it is for.
    pub reason: CreditReason,
    /// The invoices whose money goes back.
    pub of: Vec<InvoiceId>,
    /// What each part is for; amounts without a sign.
    pub lines: Vec<StatementLine>,
    /// Their sum; more than nothing.
    pub total: Money,
    /// How those invoices were paid, less what went back before: it returns in the same proportion, and no more of it.
    pub paid: PaidBy,
}

/// Money by the balance it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaidBy {
    /// From the gift balance.
    pub gift: Money,
    /// From the cash balance.
    pub cash: Money,
}

impl PaidBy {
    /// Both together; bounded, as each balance is.
    pub fn sum(&self) -> Money {
        self.gift.plus(self.cash).unwrap_or(self.cash)
    }
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditReason {
    /// A prepaid item was refunded within its first five days; an account gets that once.
    FiveDayRefund,
    /// A prepaid item was refunded.
    Refund,
    /// The plan was lowered within its term.
    Downgrade,
    /// A closed month was corrected downwards.
    Correction,
}

impl From<RefundKind> for CreditReason {
    fn from(kind: RefundKind) -> Self {
        match kind {
            RefundKind::FiveDay => Self::FiveDayRefund,
            RefundKind::Ordinary => Self::Refund,
        }
    }
}

/// One charge: an invoice line in the making, whole inside the event that brings it about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// The invoice it belongs to.
    pub invoice_id: InvoiceId,
    /// The line.
    pub line_id: LineId,
    /// What it is for.
    pub item: Item,
    /// The stretch of time it pays.
    pub period: Period,
    /// How many units.
    pub quantity: u32,
    /// Price of one unit.
    pub unit_price: Money,
    /// What is owed; rounded once, here.
    pub amount: Money,
    /// The price list agreed to.
    pub price_list: String,
    /// How `amount` came about.
    pub formula: Formula,
    /// The voucher that is to pay of it first (U20).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher_id: Option<VoucherId>,
}

impl Charge {
    /// The promotion it was priced by.
    pub fn promotion(&self) -> Option<PromotionName> {
        let Formula::Promotional { promotion, .. } = &self.formula else { return None };
        Some(*promotion)
    }
}

/// What a payment took from where. Voucher first, then gift, then cash (facts §10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// From a voucher.
    pub voucher: Money,
    /// Which one: one for each order or statement (U20).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher_id: Option<VoucherId>,
    /// From the gift balance.
    pub gift: Money,
    /// From the cash balance.
    pub cash: Money,
}
