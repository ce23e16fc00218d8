//! Owns the headings of the books: the accounts that are debited and credited. They are the service's own; whose money it
//! is stands beside each posting.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use subledger_domain::account::PayMode;
use subledger_domain::charge::Item;

/// A heading of the books. Called so, because an account alone is a payer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LedgerAccount {
    /// What payers paid in.
    Bank,
    /// Bills that are not paid.
    Receivables,
    /// Earned by use and not billed yet.
    AccruedRevenue,
    /// Payers' cash that is not spent.
    WalletCash,
    /// Payers' gift money that is not spent.
    WalletGift,
    /// Paid in advance and not earned yet.
    DeferredRevenue,
    /// Earned, by what it was for.
    Revenue(Item),
    /// What vouchers paid: contra revenue, taken off what was earned when it is used.
    VouchersUsed,
    /// What a credit note could not give back: vouchers are never returned (facts §3.3).
    CreditsNotReturned,
    /// Gift money given.
    GiftsGiven,
}

impl LedgerAccount {
    /// All that are not of one item, in the order of the books.
    pub const OF_NO_ITEM: [Self; 9] = [
        Self::Bank,
        Self::Receivables,
        Self::AccruedRevenue,
        Self::WalletCash,
        Self::WalletGift,
        Self::DeferredRevenue,
        Self::VouchersUsed,
        Self::CreditsNotReturned,
        Self::GiftsGiven,
    ];

    /// Where what is earned in a mode comes from.
    pub fn earned_from(mode: PayMode) -> Self {
        match mode {
            PayMode::Prepaid => Self::DeferredRevenue,
            PayMode::Postpaid => Self::AccruedRevenue,
        }
    }
}

/// `liabilities:deferred_revenue`, `income:revenue:pro`
impl fmt::Display for LedgerAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bank => "assets:bank",
            Self::Receivables => "assets:receivables",
            Self::AccruedRevenue => "assets:accrued_revenue",
            Self::WalletCash => "liabilities:wallet_cash",
            Self::WalletGift => "liabilities:wallet_gift",
            Self::DeferredRevenue => "liabilities:deferred_revenue",
            Self::Revenue(item) => return write!(f, "income:revenue:{}", item.name()),
            Self::VouchersUsed => "income:vouchers_used",
            Self::CreditsNotReturned => "income:credits_not_returned",
            Self::GiftsGiven => "expenses:gifts_given",
        })
    }
}

/// A text that names no heading.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the books have no such heading")]
pub struct NoLedgerAccount;

impl FromStr for LedgerAccount {
    type Err = NoLedgerAccount;
    fn from_str(text: &str) -> Result<Self, NoLedgerAccount> {
        if let Some(name) = text.strip_prefix("income:revenue:") {
            return name.parse().map(Self::Revenue).map_err(|_| NoLedgerAccount);
        }
        Self::OF_NO_ITEM.into_iter().find(|heading| heading.to_string() == text).ok_or(NoLedgerAccount)
    }
}

impl Serialize for LedgerAccount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_is_read_as_it_is_written() {
        let items = [LedgerAccount::Revenue(Item::Pro), LedgerAccount::Revenue(Item::HistoryStorage)];
        for heading in LedgerAccount::OF_NO_ITEM.into_iter().chain(items) {
            assert_eq!(heading.to_string().parse(), Ok(heading));
        }
        for none in ["", "assets", "income:revenue:", "income:revenue:trial", "Assets:Bank"] {
            assert_eq!(none.parse::<LedgerAccount>(), Err(NoLedgerAccount), "{none}");
        }
    }
}
