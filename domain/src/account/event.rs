//! Owns the facts of a payer as they are stored. These types are the stored format: a change is a new version.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::VoucherConditions;
use crate::aggregate::stored_events;
use crate::calendar::Month;
use crate::charge::{CreditReason, Item, PaidBy, Payment, StatementLine};
use crate::ids::{AccountId, ApplicationId, InvoiceId, VoucherId};
use crate::money::Money;
use crate::terms::PromotionName;

/// Which balance money goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepositKind {
    /// Paid in by the payer.
    Cash,
    /// Given; cannot be withdrawn (facts §10).
    Gift,
}

/// A fact of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The ledger keeps this payer from now on.
    AccountOpened {
        /// The payer.
        account_id: AccountId,
        /// As the payer is called.
        name: String,
        /// Whether the enterprise is verified.
        enterprise_verified: bool,
        /// Whether the payer is new to the service.
        new_customer: bool,
        /// When.
        at: Timestamp,
    },
    /// A balance grew.
    MoneyDeposited {
        /// By how much.
        amount: Money,
        /// Which one.
        kind: DepositKind,
        /// The caller's own reference.
        reference: String,
        /// When.
        at: Timestamp,
    },
    /// A voucher was given.
    VoucherGranted {
        /// The caller's own id.
        voucher_id: VoucherId,
        /// What it is worth.
        face: Money,
        /// The last day it can be used on.
        expires_on: Date,
        /// What it may be used for.
        conditions: VoucherConditions,
        /// When.
        at: Timestamp,
    },
    /// An order was paid in full and its invoice numbered.
    OrderPaid {
        /// The invoice.
        invoice_id: InvoiceId,
        /// Its number in the payer's own gapless series, from 1.
        number: u64,
        /// The application the order is for.
        application_id: ApplicationId,
        /// How much.
        total: Money,
        /// From where.
        paid: Payment,
        /// The promotion that made the price; once for ever where the list says so (U31, U47).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promotion: Option<PromotionName>,
        /// The invoice's civil date.
        issued_on: Date,
        /// When.
        at: Timestamp,
    },
    /// A natural month will be settled.
    BillingMonthOpened {
        /// The month.
        month: Month,
        /// When its statement is drafted.
        draft_at: Timestamp,
        /// When its statement becomes final and is deducted.
        final_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// What a month comes to, not yet final.
    StatementDrafted {
        /// The statement.
        invoice_id: InvoiceId,
        /// The month.
        month: Month,
        /// Its lines.
        lines: Vec<StatementLine>,
        /// Their sum.
        total: Money,
        /// When.
        at: Timestamp,
    },
    /// A month was settled: its statement is numbered, never changes, and was deducted as far as there was money.
    StatementFinalised {
        /// The statement.
        invoice_id: InvoiceId,
        /// Its number in the payer's own gapless series.
        number: u64,
        /// The month.
        month: Month,
        /// Its lines.
        lines: Vec<StatementLine>,
        /// Their sum.
        total: Money,
        /// What was deducted from where.
        paid: Payment,
        /// What stays owed (U4).
        due: Money,
        /// The statement's civil date.
        issued_on: Date,
        /// When.
        at: Timestamp,
    },
    /// A month that was to be settled had no service day after all, or its draft lost the correction that it was of (U18).
    BillingMonthPassed {
        /// The month.
        month: Month,
        /// When.
        at: Timestamp,
    },
    /// A bill could not be paid in full; the payer's first that is open.
    FellIntoArrears {
        /// The bill.
        invoice_id: InvoiceId,
        /// What is owed.
        amount: Money,
        /// When everything stops unless all debt is paid.
        suspend_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// Something was paid of an open bill.
    ReceivablePaid {
        /// The bill.
        invoice_id: InvoiceId,
        /// From where.
        paid: Payment,
        /// What stays owed.
        remaining: Money,
        /// When.
        at: Timestamp,
    },
    /// Money goes back; the note is numbered and never changes.
    CreditNoteIssued {
        /// The credit note.
        invoice_id: InvoiceId,
        /// Its number in the payer's own gapless series.
        number: u64,
        /// The application it is for.
        application_id: ApplicationId,
        /// Why.
        reason: CreditReason,
        /// The invoices whose money it is.
        of: Vec<InvoiceId>,
        /// What each part is for; amounts without a sign.
        lines: Vec<StatementLine>,
        /// Their sum.
        total: Money,
        /// What of it paid open bills.
        to_debt: Money,
        /// What of it went back to the balances. Vouchers are never returned (facts §3.3), so it may be less than the rest.
        returned: PaidBy,
        /// The note's civil date.
        issued_on: Date,
        /// When.
        at: Timestamp,
    },
    /// Something of an open bill was paid by a credit note.
    ReceivableCredited {
        /// The bill.
        invoice_id: InvoiceId,
        /// The credit note.
        credit_note: InvoiceId,
        /// How much.
        amount: Money,
        /// What stays owed.
        remaining: Money,
        /// When.
        at: Timestamp,
    },
    /// A correction of a settled month will be billed with the next statement (U38).
    AdjustmentDeferred {
        /// The line to come.
        line: StatementLine,
        /// When.
        at: Timestamp,
    },
    /// A correction that was to be billed is none any more.
    AdjustmentWithdrawn {
        /// The application.
        application_id: ApplicationId,
        /// What the line was for.
        item: Item,
        /// The settled month.
        month: Month,
        /// When.
        at: Timestamp,
    },
    /// Every bill is paid.
    ArrearsCleared {
        /// When.
        at: Timestamp,
    },
    /// The debt stood too long: everything of the payer stops.
    AccountSuspended {
        /// What is owed.
        debt: Money,
        /// When its applications are recycled if this is what stops them.
        recycle_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// An invariant was found broken; an operator must look.
    AccountParked {
        /// The invariant's name.
        invariant: String,
        /// When.
        at: Timestamp,
    },
    /// An operator has looked; what fell due meanwhile happens, each thing at its own instant.
    AccountUnparked {
        /// The operator's ticket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<String>,
        /// When.
        at: Timestamp,
    },
}

impl Event {
    /// The lines of the document it is, drafted or issued; none that is no document.
    pub fn lines(&self) -> &[StatementLine] {
        match self {
            Self::StatementDrafted { lines, .. }
            | Self::StatementFinalised { lines, .. }
            | Self::CreditNoteIssued { lines, .. } => lines,
            Self::AccountOpened { .. }
            | Self::MoneyDeposited { .. }
            | Self::VoucherGranted { .. }
            | Self::OrderPaid { .. }
            | Self::BillingMonthOpened { .. }
            | Self::BillingMonthPassed { .. }
            | Self::FellIntoArrears { .. }
            | Self::ReceivablePaid { .. }
            | Self::ReceivableCredited { .. }
            | Self::AdjustmentDeferred { .. }
            | Self::AdjustmentWithdrawn { .. }
            | Self::ArrearsCleared { .. }
            | Self::AccountSuspended { .. }
            | Self::AccountParked { .. }
            | Self::AccountUnparked { .. } => &[],
        }
    }
}

stored_events!(Event {
    AccountOpened => "1",
    MoneyDeposited => "1",
    VoucherGranted => "1",
    OrderPaid => "1",
    AccountParked => "1",
    BillingMonthOpened => "1",
    StatementDrafted => "1",
    StatementFinalised => "1",
    BillingMonthPassed => "1",
    FellIntoArrears => "1",
    ReceivablePaid => "1",
    CreditNoteIssued => "1",
    ReceivableCredited => "1",
    AdjustmentDeferred => "1",
    AdjustmentWithdrawn => "1",
    ArrearsCleared => "1",
    AccountSuspended => "1",
    AccountUnparked => "1",
});
