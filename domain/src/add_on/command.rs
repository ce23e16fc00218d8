//! Owns the steps a bought add-on can be asked to take.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{AddOnDeal, EndCause};
use crate::charge::Refund;
use crate::ids::{ApplicationId, InvoiceId, LineId, VoucherId};

/// A step of an add-on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin: the first term runs from payment.
    Start {
        /// The application.
        application_id: ApplicationId,
        /// Whole months bought.
        months: u32,
        /// What is agreed.
        deal: AddOnDeal,
        /// The voucher that is to pay first.
        voucher_id: Option<VoucherId>,
        /// The order's invoice.
        invoice_id: InvoiceId,
        /// Its line.
        line_id: LineId,
        /// When it is paid.
        at: Timestamp,
    },
    /// Begin a trial: free, for the days the deal says, without grace.
    StartTrial {
        /// The application.
        application_id: ApplicationId,
        /// What is agreed.
        deal: AddOnDeal,
        /// How many days, the first one counted.
        days: u32,
        /// When.
        at: Timestamp,
    },
    /// Add months behind everything paid.
    Renew {
        /// Whole months bought.
        months: u32,
        /// What is agreed.
        deal: AddOnDeal,
        /// The voucher that is to pay first.
        voucher_id: Option<VoucherId>,
        /// The order's invoice.
        invoice_id: InvoiceId,
        /// Its line.
        line_id: LineId,
        /// When it is paid.
        at: Timestamp,
    },
    /// Remind the payer of the end.
    Remind {
        /// The civil day of the reminder.
        on: Date,
        /// When.
        at: Timestamp,
    },
    /// Everything paid has ended: usable for the days of grace, a trial not at all.
    Expire {
        /// When.
        at: Timestamp,
    },
    /// Give back what is not used, and end it.
    Refund {
        /// What is given back.
        refund: Refund,
        /// Why, in the caller's words.
        reason: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// Renew by itself from now on, or no longer.
    SetAutoRenew {
        /// Whole months of each renewal; none switches it off.
        months: Option<u32>,
        /// When.
        at: Timestamp,
    },
    /// A renewal by itself was tried in vain.
    NoteFailedRenewal {
        /// The code of the refusal.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// End it for good.
    End {
        /// Why.
        cause: EndCause,
        /// When.
        at: Timestamp,
    },
}
