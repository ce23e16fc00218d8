//! Owns the steps an agreement can be asked to take.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::ids::{ApplicationId, InvoiceId, LineId, VoucherId};
use crate::terms::{Discount, PlanTerms};

/// A step of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin an agreement: the first term runs from payment.
    Start {
        /// The application.
        application_id: ApplicationId,
        /// Whole months bought.
        months: u32,
        /// What is agreed.
        terms: PlanTerms,
        /// What a promotion leaves of the price.
        discount: Option<Discount>,
        /// The voucher that is to pay first.
        voucher_id: Option<VoucherId>,
        /// The order's invoice.
        invoice_id: InvoiceId,
        /// Its line.
        line_id: LineId,
        /// When it is paid.
        at: Timestamp,
    },
    /// Add months behind everything paid.
    Renew {
        /// Whole months bought.
        months: u32,
        /// What is agreed.
        terms: PlanTerms,
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
    /// Everything paid has ended: usable for the days of grace.
    BeginGrace {
        /// When.
        at: Timestamp,
    },
    /// The grace has ended unpaid.
    Stop {
        /// When.
        at: Timestamp,
    },
    /// The application is gone.
    End {
        /// When.
        at: Timestamp,
    },
}
