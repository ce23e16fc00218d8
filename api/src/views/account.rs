//! Owns how a payer looks.

use serde::Serialize;
use subledger_domain::account::OpenAccount;
use subledger_domain::ids::AccountId;
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
