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
    // Nobody can owe anything or hold a voucher yet; the fields stand so that clients need not learn them later.
    arrears: Option<()>,
    vouchers: [(); 0],
    opened_at: Instant,
}

#[derive(Debug, Serialize)]
struct Balance {
    cash: Money,
    gift: Money,
}

impl<'a> AccountView<'a> {
    pub(super) fn of(account: &'a OpenAccount) -> Self {
        Self {
            account_id: &account.id,
            name: &account.name,
            enterprise_verified: account.enterprise_verified,
            new_customer: account.new_customer,
            state: if account.parked.is_some() { "parked" } else { "active" },
            balance: Balance { cash: account.cash, gift: account.gift },
            available: account.available(),
            arrears: None,
            vouchers: [],
            opened_at: Instant(account.opened_at),
        }
    }
}
