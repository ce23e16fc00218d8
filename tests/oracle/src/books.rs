//! Owns what a payer's books come to whatever the day: money that came in, what vouchers paid, what is charged and owed.
//!
//! Does not own when it is earned (`revenue`).

use crate::document::{Document, Kind};
use crate::oracle::Oracle;
use crate::rounding::Fen;

/// Sums over all that was issued and paid so far; a draft is in none of them.
///
/// What came in is where it went: `deposited_cash + deposited_gift + vouchers - not_returned + owed` is
/// `cash + gift + charged - credited`, and by a far day all of `charged - credited` is earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Books {
    /// All cash that was ever deposited, what paid debts at once too.
    pub deposited_cash: Fen,
    /// The same of gifts.
    pub deposited_gift: Fen,
    /// What is left of cash.
    pub cash: Fen,
    /// What is left of gifts.
    pub gift: Fen,
    /// What vouchers paid of orders and statements: contra revenue.
    pub vouchers: Fen,
    /// What credit notes could give back to nobody, because a voucher had paid it (U38).
    pub not_returned: Fen,
    /// What orders and statements charge.
    pub charged: Fen,
    /// What credit notes take back of it.
    pub credited: Fen,
    /// What is not paid yet of statements.
    pub owed: Fen,
}

impl Oracle {
    /// The books now.
    pub fn books(&self) -> Books {
        let (mut vouchers, mut not_returned, mut charged, mut credited, mut owed) = (0, 0, 0, 0, 0);
        for Document { kind, total, voucher, amount_due, .. } in &self.documents {
            match kind {
                Kind::Order | Kind::Statement => {
                    vouchers += voucher;
                    charged += total;
                    owed += amount_due;
                }
                Kind::CreditNote => {
                    not_returned += voucher;
                    credited += total;
                }
            }
        }
        let (deposited_cash, deposited_gift) = self.money.deposited;
        let (cash, gift) = (self.money.cash, self.money.gift);
        Books { deposited_cash, deposited_gift, cash, gift, vouchers, not_returned, charged, credited, owed }
    }
}
