//! Owns the steps an agreement can be asked to take.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::charge::{Charge, Refund};
use crate::ids::{ApplicationId, InvoiceId, LineId, VoucherId};
use crate::plan::Rights;
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
    /// Everything paid has ended: usable for the days of grace. Or a scheduled downgrade takes effect; or both.
    EndPeriod {
        /// When.
        at: Timestamp,
    },
    /// Put a higher plan in force, at once and to the end of everything paid (U25).
    Upgrade {
        /// What is agreed.
        terms: PlanTerms,
        /// What it costs.
        charge: Charge,
        /// When it is paid.
        at: Timestamp,
    },
    /// Go on with a lower plan at the end of everything paid (U27).
    ScheduleDowngrade {
        /// What is agreed.
        terms: PlanTerms,
        /// The plan's rights, as agreed.
        rights: Rights,
        /// An operator's approval; empty where the policy asks for none.
        ticket: String,
        /// When.
        at: Timestamp,
    },
    /// Take a scheduled downgrade back.
    CancelDowngrade {
        /// When.
        at: Timestamp,
    },
    /// Put a lower plan in force, at once and to the end of everything paid (U28).
    DowngradeNow {
        /// What is agreed.
        terms: PlanTerms,
        /// The plan's rights, as agreed.
        rights: Rights,
        /// An operator's approval; empty where the policy asks for none.
        ticket: String,
        /// What is given back.
        refund: Refund,
        /// When.
        at: Timestamp,
    },
    /// Give back what is not used; usable for some days more (U32).
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
