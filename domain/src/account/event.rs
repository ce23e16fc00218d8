//! Owns the facts of a payer as they are stored. These types are the stored format: a change is a new version.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::aggregate::stored_events;
use crate::charge::Payment;
use crate::ids::{AccountId, ApplicationId, InvoiceId};
use crate::money::Money;

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
        /// The invoice's civil date.
        issued_on: Date,
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
}

stored_events!(Event {
    AccountOpened => "1",
    MoneyDeposited => "1",
    OrderPaid => "1",
    AccountParked => "1",
});
