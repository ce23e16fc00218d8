//! Owns how a payer looks.

use serde::Serialize;
use subledger_domain::account::OpenAccount;
use subledger_domain::ids::{AccountId, InvoiceId};
use subledger_domain::money::Money;

use super::wire::Instant;

#[derive(Debug, Serialize)]
pub(super) struct AccountView<'a> {
    account_id: &'a AccountId,
    name: &'a str,
    enterprise_verified: bool,
    new_customer: bool,
    state: &'static str,
    balance: Balance,
    available: Money,
    arrears: Option<ArrearsView>,
    // Nobody can hold a voucher yet; the field stands so that clients need not learn it later.
    vouchers: [(); 0],
    opened_at: Instant,
}

#[derive(Debug, Serialize)]
struct Balance {
    cash: Money,
    gift: Money,
}

#[derive(Debug, Serialize)]
struct ArrearsView {
    since: Instant,
    amount: Money,
    suspend_at: Instant,
}

impl<'a> AccountView<'a> {
    pub(super) fn of(account: &'a OpenAccount) -> Self {
        Self {
            account_id: &account.id,
            name: &account.name,
            enterprise_verified: account.enterprise_verified,
            new_customer: account.new_customer,
            state: state(account),
            balance: Balance { cash: account.cash, gift: account.gift },
            available: account.available(),
            arrears: account.arrears.map(|arrears| ArrearsView {
                since: Instant(arrears.since),
                amount: account.debt(),
                suspend_at: Instant(arrears.suspend_at),
            }),
            vouchers: [],
            opened_at: Instant(account.opened_at),
        }
    }
}

/// The gravest that holds.
fn state(account: &OpenAccount) -> &'static str {
    if account.parked.is_some() {
        "parked"
    } else if account.is_suspended() {
        "suspended"
    } else if account.arrears.is_some() {
        "in_arrears"
    } else {
        "active"
    }
}

/// What a payer owes: the sum, since when, when or since when everything stops, and each open bill, oldest first.
#[derive(Debug, Serialize)]
pub struct ReceivablesView<'a> {
    account_id: &'a AccountId,
    total: Money,
    since: Option<Instant>,
    suspend_at: Option<Instant>,
    suspended_at: Option<Instant>,
    receivables: Vec<ReceivableView>,
}

#[derive(Debug, Serialize)]
struct ReceivableView {
    invoice_id: InvoiceId,
    number: u64,
    since: Instant,
    amount_due: Money,
}

impl<'a> ReceivablesView<'a> {
    /// Of a payer.
    pub fn of(account: &'a OpenAccount) -> Self {
        let arrears = account.arrears;
        let bills = account.receivables.iter().map(|bill| ReceivableView {
            invoice_id: bill.invoice_id,
            number: bill.number,
            since: Instant(bill.since),
            amount_due: bill.due,
        });
        Self {
            account_id: &account.id,
            total: account.debt(),
            since: arrears.map(|arrears| Instant(arrears.since)),
            suspend_at: arrears.map(|arrears| Instant(arrears.suspend_at)),
            suspended_at: arrears.and_then(|arrears| arrears.suspended_at).map(Instant),
            receivables: bills.collect(),
        }
    }
}
