//! Owns the steps a payer can be asked to take.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{DepositKind, VoucherConditions};
use crate::calendar::Month;
use crate::charge::{Credit, Item, StatementLine};
use crate::ids::{AccountId, ApplicationId, InvoiceId, VoucherId};
use crate::money::Money;
use crate::terms::PromotionName;

/// A step of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin keeping a payer.
    Open {
        /// The payer.
        account_id: AccountId,
        /// As the payer is called.
        name: String,
        /// Whether the enterprise is verified (promotions ask, facts §4.3).
        enterprise_verified: bool,
        /// Whether the payer is new to the service (promotions ask).
        new_customer: bool,
        /// When.
        at: Timestamp,
    },
    /// Add to a balance.
    Deposit {
        /// How much; more than nothing.
        amount: Money,
        /// To which balance.
        kind: DepositKind,
        /// The caller's own reference.
        reference: String,
        /// When.
        at: Timestamp,
    },
    /// Give a voucher.
    GrantVoucher {
        /// The caller's own id.
        voucher_id: VoucherId,
        /// What it is worth; more than nothing.
        face: Money,
        /// The last day it can be used on.
        expires_on: Date,
        /// What it may be used for.
        conditions: VoucherConditions,
        /// When.
        at: Timestamp,
    },
    /// Take the price of an order, all of it or nothing, and number its invoice.
    PayOrder {
        /// The invoice.
        invoice_id: InvoiceId,
        /// The application the order is for.
        application_id: ApplicationId,
        /// What is bought.
        item: Item,
        /// Whole months ordered.
        months: u32,
        /// How much.
        total: Money,
        /// The voucher that is to pay first.
        voucher_id: Option<VoucherId>,
        /// The promotion that made the price.
        promotion: Option<PromotionName>,
        /// The invoice's civil date.
        issued_on: Date,
        /// When.
        at: Timestamp,
    },
    /// Begin to settle a natural month: an application is in paid service in it.
    OpenBillingMonth {
        /// The month.
        month: Month,
        /// When its statement is drafted.
        draft_at: Timestamp,
        /// When its statement becomes final and is deducted.
        final_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// Show what a month comes to so far, or pass it.
    DraftStatement {
        /// The month.
        month: Month,
        /// The statement.
        invoice_id: InvoiceId,
        /// Its lines; none in a month without a service day, which gets no statement.
        lines: Vec<StatementLine>,
        /// When.
        at: Timestamp,
    },
    /// Settle a month: number its statement and deduct it.
    FinaliseStatement {
        /// The month.
        month: Month,
        /// Its lines.
        lines: Vec<StatementLine>,
        /// When everything stops if this leaves a debt.
        suspend_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// Give money back: number the credit note, pay open bills with it first, return the rest as it was paid.
    IssueCreditNote {
        /// The application it is for.
        application_id: ApplicationId,
        /// What goes back.
        credit: Credit,
        /// When.
        at: Timestamp,
    },
    /// Bill a correction of a settled month with the next statement; it takes the place of one of the same line.
    DeferAdjustment {
        /// The line to come.
        line: StatementLine,
        /// When.
        at: Timestamp,
    },
    /// A correction that was to be billed is none any more.
    WithdrawAdjustment {
        /// The application.
        application_id: ApplicationId,
        /// What the line is for.
        item: Item,
        /// The settled month.
        month: Month,
        /// When.
        at: Timestamp,
    },
    /// Pay open bills from what has come in, the oldest first.
    SettleDebt {
        /// When.
        at: Timestamp,
    },
    /// Stop everything of a payer whose debt stood too long.
    SuspendForArrears {
        /// When its applications are recycled if this is what stops them.
        recycle_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// Take the payer out of service after a broken invariant: orders are refused, reads go on.
    Park {
        /// The invariant's name.
        invariant: String,
        /// When.
        at: Timestamp,
    },
    /// An operator has looked: the payer is in service again.
    Unpark {
        /// The operator's ticket.
        ticket: Option<String>,
        /// When.
        at: Timestamp,
    },
}
