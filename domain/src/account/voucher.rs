//! Owns vouchers: how one is given, what it may pay, how much of it is left, and which is used where nobody names one
//! (facts §4.4).
//!
//! Does not own whether an order is admitted, nor gift and cash (`decide`). A voucher that expires needs no event: its
//! last day is in it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Error, Event, OpenAccount};
use crate::calendar::day_of;
use crate::charge::{Item, StatementLine};
use crate::ids::VoucherId;
use crate::money::{Currency, Money, MoneyFault};

/// When something is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayMode {
    /// In advance, with the order.
    Prepaid,
    /// After use, with the month's statement.
    Postpaid,
}

/// A text that names no such time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be `prepaid` or `postpaid`")]
pub struct NoPayMode;

impl PayMode {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prepaid => "prepaid",
            Self::Postpaid => "postpaid",
        }
    }
}

impl FromStr for PayMode {
    type Err = NoPayMode;
    fn from_str(name: &str) -> Result<Self, NoPayMode> {
        [Self::Prepaid, Self::Postpaid].into_iter().find(|mode| mode.name() == name).ok_or(NoPayMode)
    }
}

/// What a voucher may be used for; what is not said is not restricted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoucherConditions {
    /// The least that must be due of what it applies to, after any promotion.
    pub minimum: Option<Money>,
    /// The items it applies to.
    pub applies_to: Option<Vec<Item>>,
    /// The shortest order it applies to; a statement is for one month.
    pub months_min: Option<u32>,
    /// The longest order it applies to.
    pub months_max: Option<u32>,
    /// Orders only, or statements only.
    pub pay_mode: Option<PayMode>,
}

/// A voucher of a payer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    /// What it was worth.
    pub face: Money,
    /// What is left of it; usable until it expires (U20).
    pub remaining: Money,
    /// The last day it can be used on.
    pub expires_on: Date,
    /// What it may be used for.
    pub conditions: VoucherConditions,
}

/// What a voucher is to pay: the lines of one order or one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Whether it is an order or a statement.
    pub pay_mode: PayMode,
    /// Whole months ordered; one of a statement.
    pub months: u32,
    /// What is due for what, after any promotion.
    pub lines: Vec<(Item, Money)>,
}

impl Bill {
    /// An order has one line.
    pub fn order(item: Item, months: u32, amount: Money) -> Self {
        Self { pay_mode: PayMode::Prepaid, months, lines: vec![(item, amount)] }
    }

    /// A statement is for one natural month.
    pub(super) fn statement(lines: &[StatementLine]) -> Self {
        let lines = lines.iter().map(|line| (line.item, line.amount)).collect();
        Self { pay_mode: PayMode::Postpaid, months: 1, lines }
    }
}

/// Why a voucher cannot pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// The payer has none of that id.
    Unknown,
    /// Nothing is left of it.
    UsedUp,
    /// It is for the other mode.
    OtherPayMode(PayMode),
    /// It is for other items.
    OtherItems(Vec<Item>),
    /// The order is too short for it.
    TooShort {
        /// Fewest months.
        least: u32,
    },
    /// The order is too long for it.
    TooLong {
        /// Most months.
        most: u32,
    },
    /// Too little is due.
    BelowMinimum {
        /// The least that must be due.
        minimum: Money,
    },
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("the account has no such voucher"),
            Self::UsedUp => f.write_str("nothing is left of it"),
            Self::OtherPayMode(PayMode::Prepaid) => f.write_str("it is for what is paid in advance"),
            Self::OtherPayMode(PayMode::Postpaid) => f.write_str("it is for what is billed after use"),
            Self::OtherItems(items) => {
                write!(f, "it is for {}", items.iter().map(|item| item.name()).collect::<Vec<_>>().join(", "))
            }
            Self::TooShort { least } => write!(f, "it is for orders of {least} months or more"),
            Self::TooLong { most } => write!(f, "it is for orders of {most} months or less"),
            Self::BelowMinimum { minimum } => write!(f, "it is for {minimum} or more"),
        }
    }
}

/// What is wrong with a voucher that is to be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VoucherFault {
    /// It would pay nothing.
    #[error("a voucher must be worth more than 0.00")]
    Worthless,
    /// Its last day is over.
    #[error("the last usable day is before today, {today}")]
    Over {
        /// The civil day.
        today: Date,
    },
    /// No amount is less than nothing.
    #[error("must not be negative")]
    NegativeMinimum,
    /// It would apply to nothing.
    #[error("must name at least one item")]
    NoItems,
    /// No order is that short.
    #[error("must be at least 1, and not less than `months_min`")]
    NoMonths,
}

impl VoucherConditions {
    fn check(&self) -> Result<(), VoucherFault> {
        if self.minimum.is_some_and(Money::is_negative) {
            return Err(VoucherFault::NegativeMinimum);
        }
        if self.applies_to.as_ref().is_some_and(Vec::is_empty) {
            return Err(VoucherFault::NoItems);
        }
        let least = self.months_min.unwrap_or(1).max(1);
        if self.months_max.is_some_and(|most| most < least) {
            return Err(VoucherFault::NoMonths);
        }
        Ok(())
    }

    fn applies_to(&self, item: Item) -> bool {
        self.applies_to.as_ref().is_none_or(|items| items.contains(&item))
    }

    /// What is due of what it applies to.
    fn covered(&self, bill: &Bill) -> Result<Money, MoneyFault> {
        let covered = bill.lines.iter().filter(|(item, _)| self.applies_to(*item));
        covered.map(|(_, amount)| *amount).try_fold(Money::zero(Currency::default()), Money::plus)
    }

    /// Everything but the amount.
    fn fits(&self, bill: &Bill) -> Result<(), Unfit> {
        match self.pay_mode {
            Some(mode) if mode != bill.pay_mode => return Err(Unfit::OtherPayMode(mode)),
            Some(_) | None => {}
        }
        if let Some(items) = &self.applies_to
            && !bill.lines.iter().any(|(item, _)| items.contains(item))
        {
            return Err(Unfit::OtherItems(items.clone()));
        }
        match (self.months_min, self.months_max) {
            (Some(least), _) if bill.months < least => Err(Unfit::TooShort { least }),
            (_, Some(most)) if bill.months > most => Err(Unfit::TooLong { most }),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }
}

impl Voucher {
    /// Whether its last usable day is over.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires_on < today
    }

    /// Whether it may pay of a bill, whatever it comes to.
    fn admits(&self, id: &VoucherId, bill: &Bill, today: Date) -> Result<(), Error> {
        if self.is_expired(today) {
            return Err(Error::VoucherExpired { voucher_id: id.clone(), expires_on: self.expires_on });
        }
        if self.remaining.is_zero() {
            return Err(unfit(id, Unfit::UsedUp));
        }
        self.conditions.fits(bill).map_err(|why| unfit(id, why))
    }

    /// What it pays of a bill: no more than is left of it, nor than is due of what it applies to.
    pub(super) fn pays(&self, id: &VoucherId, bill: &Bill, today: Date) -> Result<Money, Error> {
        self.admits(id, bill, today)?;
        let covered = self.conditions.covered(bill)?;
        match self.conditions.minimum {
            Some(minimum) if covered < minimum => Err(unfit(id, Unfit::BelowMinimum { minimum })),
            Some(_) | None => Ok(self.remaining.min(covered)),
        }
    }
}

impl OpenAccount {
    pub(super) fn grant(
        &self,
        voucher_id: &VoucherId,
        face: Money,
        expires_on: Date,
        conditions: &VoucherConditions,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        self.not_parked()?;
        if self.vouchers.contains_key(voucher_id) {
            return Err(Error::VoucherAlreadyGranted { voucher_id: voucher_id.clone() });
        }
        if !face.is_positive() {
            return Err(VoucherFault::Worthless.into());
        }
        let today = day_of(at);
        if expires_on < today {
            return Err(VoucherFault::Over { today }.into());
        }
        conditions.check()?;
        let (voucher_id, conditions) = (voucher_id.clone(), conditions.clone());
        Ok(vec![Event::VoucherGranted { voucher_id, face, expires_on, conditions, at }])
    }

    /// Whether a voucher may pay of a bill on a day, whatever the bill comes to.
    ///
    /// # Errors
    /// [`Error::VoucherExpired`], [`Error::VoucherNotApplicable`].
    pub fn admits_voucher(&self, id: &VoucherId, bill: &Bill, today: Date) -> Result<(), Error> {
        self.voucher(id)?.admits(id, bill, today)
    }

    /// The voucher that pays of a bill where nobody names one, by the order of B7; none in arrears (U20).
    pub fn best_voucher(&self, bill: &Bill, today: Date) -> Option<&VoucherId> {
        self.best(bill, today).map(|(id, _)| id)
    }

    pub(super) fn best(&self, bill: &Bill, today: Date) -> Option<(&VoucherId, Money)> {
        if self.arrears.is_some() { None } else { best(self.vouchers.iter(), bill, today) }
    }

    pub(super) fn voucher(&self, id: &VoucherId) -> Result<&Voucher, Error> {
        self.vouchers.get(id).ok_or_else(|| unfit(id, Unfit::Unknown))
    }
}

fn unfit(id: &VoucherId, why: Unfit) -> Error {
    Error::VoucherNotApplicable { voucher_id: id.clone(), why }
}

/// The one to use where nobody names one, and what it pays (B7): of those that can pay, the earliest expiry, then the
/// largest deductible amount, then the smallest remaining balance, then the id.
fn best<'v>(
    vouchers: impl Iterator<Item = (&'v VoucherId, &'v Voucher)>,
    bill: &Bill,
    today: Date,
) -> Option<(&'v VoucherId, Money)> {
    // A sum beyond what an amount can hold refuses the bill before a voucher is looked for.
    let able = vouchers.filter_map(|(id, voucher)| {
        let pays = voucher.pays(id, bill, today).ok().filter(|pays| pays.is_positive())?;
        Some((voucher.expires_on, std::cmp::Reverse(pays), voucher.remaining, id))
    });
    able.min().map(|(_, pays, _, id)| (id, pays.0))
}
