//! Owns a payer: the balances and vouchers, what is taken from them, what is owed and since when, the payer's own series of invoice
//! numbers.
//!
//! Does not own what is charged (subscriptions) nor applications; it never asks what the money is for.

mod command;
mod decide;
mod error;
mod event;
mod state;
mod voucher;

pub use command::Command;
pub use error::Error;
pub use event::{DepositKind, Event};
pub use state::{Account, Arrears, BillingMonth, OpenAccount, Receivable};
pub use voucher::{Bill, NoPayMode, PayMode, Unfit, Voucher, VoucherConditions, VoucherFault};

crate::aggregate::aggregate!(Account, "account");
