//! Owns agreed terms: what a payer agreed to when paying, copied whole into the event, so that no audit ever consults
//! today's price list (U39).
//!
//! Does not own the price lists themselves (`catalog`).

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::{MonthEnd, ValidityEnd};
use crate::money::{Money, MoneyFault};
use crate::plan::{DataSite, PaidPlan};
use crate::term::Agreed;

/// What a payer agrees to with a term of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanTerms {
    /// The list in force at payment.
    pub price_list: String,
    /// Where the application's data lives.
    pub data_site: DataSite,
    /// The plan.
    pub plan: PaidPlan,
    /// List price of one month.
    pub monthly_price: Money,
    /// Overage on peak daily actives (S5, S14).
    pub dau_overage: OverageTerms,
    /// Overage on peak groups (S5, S15).
    pub group_overage: OverageTerms,
    /// Steps of longer history storage and their monthly prices (S18); a step the plan includes is not listed.
    pub history_storage: Vec<StorageStep>,
    /// House rules in force for this term.
    pub policies: Policies,
}

impl Agreed for PlanTerms {
    fn policies(&self) -> &Policies {
        &self.policies
    }

    fn monthly_price(&self) -> Money {
        self.monthly_price
    }

    fn price_list(&self) -> &str {
        &self.price_list
    }
}

/// Overage by started blocks: `ceil(max(0, peak − included) / block)` × price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverageTerms {
    /// What the plan includes.
    pub included: u64,
    /// Size of one block; a started one counts whole.
    pub block: u64,
    /// Price of one block and month.
    pub block_price: Money,
}

/// One step of history storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageStep {
    /// Days kept.
    pub days: u32,
    /// Price of one natural month.
    pub monthly_price: Money,
}

/// The promotions that can be asked for, as the wire names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromotionName {
    /// The first month of a new customer.
    FirstPurchase,
    /// Whole years of Flagship.
    Yearly,
}

impl fmt::Display for PromotionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstPurchase => "first_purchase",
            Self::Yearly => "yearly",
        })
    }
}

/// What a promotion leaves of a list price (U47).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discount {
    /// The promotion.
    pub promotion: PromotionName,
    /// What is paid, in percent of the list price; 0 to 100.
    pub price_percent: u32,
}

impl Discount {
    /// What is paid instead of `list_total`, rounded once.
    ///
    /// # Errors
    /// [`MoneyFault::TooLarge`].
    pub fn price(self, list_total: Money) -> Result<Money, MoneyFault> {
        let share = Decimal::new(i64::from(self.price_percent), 2);
        let exact = list_total.amount().checked_mul(share).ok_or(MoneyFault::TooLarge)?;
        Money::rounded(exact, list_total.currency())
    }
}

/// One switch for every point that the documents leave open. The defaults are `rules.md`'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policies {
    /// Boundaries in short months.
    pub month_end: MonthEnd,
    /// When on its last day a term ends.
    pub validity_end: ValidityEnd,
    /// Usable days after the last day; the last day is not counted.
    pub expiry_grace_days: u32,
    /// Days an unpaid bill may stand before the stop; the bill's day is counted.
    pub arrears_grace_days: u32,
    /// Days a stopped application is kept; the day of the stop is counted.
    pub retention_days: u32,
    /// Usable days after a plan refund; the refund's day is not counted.
    pub refund_grace_days: u32,
    /// Reminders are sent on this many days up to and including the last day.
    pub reminder_days_before: u32,
    /// Reminders are sent on this many days after the last day.
    pub reminder_days_after: u32,
    /// Day of the month a statement is drafted.
    pub settlement_draft_day: u32,
    /// Day of the month a statement becomes final and is deducted.
    pub settlement_final_day: u32,
    /// What a stop leaves of a month's postpaid fee (S4).
    pub stop_month_share: StopMonthShare,
    /// How a month of history storage is priced (S18).
    pub storage_month: StorageMonth,
    /// How an upgrade is priced.
    pub upgrade: UpgradePricing,
    /// When a downgrade takes effect unless said.
    pub downgrade: DowngradeTiming,
    /// Whether a downgrade needs an operator's ticket.
    pub downgrade_needs_approval: bool,
    /// What counts as used in a refund.
    pub refund_used: RefundUsed,
    /// Where a renewal inside the grace starts.
    pub renewal_in_grace: RenewalInGrace,
    /// Order in which a payer's means are used.
    pub payment_order: PaymentOrder,
    /// How amounts are rounded.
    pub rounding: Rounding,
}

macro_rules! policy {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }
    };
}

policy!(
    /// Stop-month proportion (#7 of the facts).
    StopMonthShare {
        /// Service days ÷ days of the month, per item.
        ServiceDays,
    }
);
policy!(
    /// Month of history storage (#8 of the facts).
    StorageMonth {
        /// Whole month on activation, highest step of the month, activation beats the stop-month share.
        WholeOnActivation,
    }
);
policy!(
    /// Pro → Flagship (#9 of the facts).
    UpgradePricing {
        /// Platform formula, months to two decimals.
        PlatformFormula,
        /// Platform formula, months unrounded.
        Exact,
        /// Ordinary refund of the old plan, purchase of the new.
        RefundAndRepurchase,
    }
);
policy!(
    /// Flagship → Pro.
    DowngradeTiming {
        /// At the end of everything paid.
        PeriodEnd,
        /// At once, with its refund.
        Immediate,
    }
);
policy!(
    /// Used value of a refund (#4 of the facts).
    RefundUsed {
        /// Used days over days of the purchased month, today counted.
        DaysOfPurchasedMonth,
    }
);
policy!(
    /// Renewal inside the grace (#15 of the facts).
    RenewalInGrace {
        /// The new term follows the old end.
        FromOldEnd,
    }
);
policy!(
    /// Order of payment.
    PaymentOrder {
        /// Voucher, then gift, then cash.
        VoucherGiftCash,
    }
);
policy!(
    /// Rounding (#18 of the facts).
    Rounding {
        /// Half away from zero to the currency's smallest unit, once per line.
        HalfAwayFromZeroPerLine,
    }
);
