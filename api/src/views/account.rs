//! Owns how a payer looks.

use jiff::civil::Date;
use serde::Serialize;
use subledger_domain::account::{OpenAccount, PayMode, Voucher};
use subledger_domain::charge::Item;
use subledger_domain::ids::{AccountId, VoucherId};
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
    vouchers: Vec<VoucherView<'a>>,
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

/// A voucher with its conditions; null is no condition. One that is used up or expired stays in sight.
#[derive(Debug, Serialize)]
struct VoucherView<'a> {
    voucher_id: &'a VoucherId,
    face: Money,
    remaining: Money,
    expires_on: Date,
    minimum: Option<Money>,
    applies_to: Option<&'a [Item]>,
    months_min: Option<u32>,
    months_max: Option<u32>,
    pay_mode: Option<PayMode>,
}

impl<'a> VoucherView<'a> {
    fn of(voucher_id: &'a VoucherId, voucher: &'a Voucher) -> Self {
        let conditions = &voucher.conditions;
        Self {
            voucher_id,
            face: voucher.face,
            remaining: voucher.remaining,
            expires_on: voucher.expires_on,
            minimum: conditions.minimum,
            applies_to: conditions.applies_to.as_deref(),
            months_min: conditions.months_min,
            months_max: conditions.months_max,
            pay_mode: conditions.pay_mode,
        }
    }
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
            vouchers: account.vouchers.iter().map(|(id, voucher)| VoucherView::of(id, voucher)).collect(),
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
