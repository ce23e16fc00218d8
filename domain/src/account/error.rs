//! Owns the refusals of a payer.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Unfit, VoucherFault};
use crate::calendar::{Month, day_of};
use crate::ids::VoucherId;
use crate::money::{Money, MoneyFault};

/// Why an account does not take a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody opened it.
    #[error("there is no such account")]
    NotOpen,
    /// It is open already.
    #[error("the account is open already")]
    AlreadyOpen,
    /// An operator must look first.
    #[error("the account is parked because `{invariant}` was found broken; an operator has to lift it")]
    Parked {
        /// The invariant's name.
        invariant: String,
    },
    /// A deposit adds.
    #[error("a deposit must be more than 0.00")]
    NotPositive,
    /// The voucher makes no sense.
    #[error(transparent)]
    Voucher(#[from] VoucherFault),
    /// Ids of vouchers are given once.
    #[error("the account has a voucher `{voucher_id}` already")]
    VoucherAlreadyGranted {
        /// Its id.
        voucher_id: VoucherId,
    },
    /// Its last usable day is over (U19).
    #[error("voucher `{voucher_id}` could be used to the end of {expires_on}")]
    VoucherExpired {
        /// The one asked for.
        voucher_id: VoucherId,
        /// Its last usable day.
        expires_on: Date,
    },
    /// It is not for this (U20).
    #[error("voucher `{voucher_id}` cannot be used here: {why}")]
    VoucherNotApplicable {
        /// The one asked for.
        voucher_id: VoucherId,
        /// Which of its conditions does not hold.
        why: Unfit,
    },
    /// Gift and cash together are too little.
    #[error("{needed} is needed, {available} is available")]
    InsufficientBalance {
        /// The order's price, less what a voucher pays.
        needed: Money,
        /// Gift and cash together.
        available: Money,
    },
    /// A debt is open; nothing new until it is paid (U1).
    #[error("{debt} is owed since {}; pay it first", day_of(*since))]
    InArrears {
        /// What is owed.
        debt: Money,
        /// Since when.
        since: Timestamp,
    },
    /// Stopped for arrears (U1).
    #[error("the account is stopped because {debt} is owed since {}; pay it first", day_of(*since))]
    Suspended {
        /// What is owed.
        debt: Money,
        /// Since when.
        since: Timestamp,
    },
    /// A timer came before its instant, or twice.
    #[error("nothing of {month} is due")]
    NotDue {
        /// The month it was about.
        month: Month,
    },
    /// The payer is not in arrears.
    #[error("there is no debt to stop for")]
    NoArrears,
    /// Amounts cannot be combined.
    #[error(transparent)]
    Money(#[from] MoneyFault),
}
