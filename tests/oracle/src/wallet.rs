//! Owns the payer's money: cash, gift, vouchers, and what is owed for which statement.
//!
//! Does not own prices, nor what an unpaid bill does to applications.

use crate::calendar::Day;
use crate::document::Document;
use crate::order::{PayMode, Refusal, Voucher, VoucherId, Wallet};
use crate::prices::Item;
use crate::rounding::{Fen, round};

/// A voucher and what is left of it.
#[derive(Clone, Debug)]
pub(crate) struct HeldVoucher {
    pub(crate) terms: Voucher,
    pub(crate) remaining: Fen,
}

/// What something to be paid looks like to a voucher.
pub(crate) struct Charge<'a> {
    /// Items with amounts.
    pub(crate) lines: &'a [(Item, Fen)],
    /// Months of an order; a statement and an upgrade have none of their own.
    pub(crate) months: Option<u32>,
    pub(crate) mode: PayMode,
    pub(crate) today: Day,
}

impl Charge<'_> {
    fn total(&self) -> Fen {
        self.lines.iter().map(|(_, amount)| amount).sum()
    }
}

/// How something was paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Paid {
    pub(crate) voucher: Fen,
    pub(crate) gift: Fen,
    pub(crate) cash: Fen,
}

/// Where returned money went.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Returned {
    pub(crate) to_debt: Fen,
    pub(crate) cash: Fen,
    pub(crate) gift: Fen,
    /// What is no longer paid, by cash and gift: what went to debts and what went back.
    pub(crate) gone: (Fen, Fen),
}

/// The payer's balances.
#[derive(Clone, Debug, Default)]
pub(crate) struct Money {
    pub(crate) cash: Fen,
    pub(crate) gift: Fen,
    /// All that was ever deposited, as cash and as gift.
    pub(crate) deposited: (Fen, Fen),
    pub(crate) vouchers: Vec<HeldVoucher>,
    /// Statements not fully paid, oldest first, by their index.
    pub(crate) unpaid: Vec<usize>,
}

/// A fraction of an amount as cash, rounded; gift takes the rest.
pub(crate) fn split(amount: Fen, cash_part: (i128, i128)) -> (Fen, Fen) {
    if amount == 0 || cash_part.1 == 0 {
        return (amount, 0);
    }
    let cash = round(i128::from(amount) * cash_part.0, cash_part.1);
    (cash, amount - cash)
}

impl Money {
    /// What is owed.
    pub(crate) fn debt(&self, documents: &[Document]) -> Fen {
        self.unpaid.iter().map(|index| documents[*index].amount_due).sum()
    }

    /// How much of a charge this voucher would pay; nothing when it does not fit (U20).
    fn covers(&self, voucher: &HeldVoucher, charge: &Charge) -> Option<Fen> {
        let terms = &voucher.terms;
        let fits = |item: &Item| terms.applies_to.is_empty() || terms.applies_to.contains(item);
        let covered: Fen = charge.lines.iter().filter(|(item, _)| fits(item)).map(|(_, amount)| amount).sum();
        // A statement is for one month, and so is what has no months of its own.
        let months = charge.months.unwrap_or(1);
        let months_fit =
            terms.months_min.is_none_or(|least| months >= least) && terms.months_max.is_none_or(|most| months <= most);
        let mode_fits = terms.pay_mode.is_none_or(|mode| mode == charge.mode);
        let usable = voucher.remaining > 0 && charge.today <= terms.expires_on;
        let large_enough = covered > 0 && terms.minimum.is_none_or(|minimum| covered >= minimum);
        (months_fit && mode_fits && usable && large_enough).then_some(covered.min(voucher.remaining))
    }

    /// Whether the voucher named by an order fits it, its minimum aside.
    pub(crate) fn admits_named(&self, named: Option<VoucherId>, charge: &Charge) -> Result<(), Refusal> {
        let mut held = self.vouchers.clone();
        held.iter_mut().for_each(|voucher| voucher.terms.minimum = None);
        let without = Self { vouchers: held, ..Self::default() };
        without.named_voucher(named, charge).map(|_| ())
    }

    /// The voucher named by an order.
    pub(crate) fn named_voucher(
        &self,
        named: Option<VoucherId>,
        charge: &Charge,
    ) -> Result<Option<(usize, Fen)>, Refusal> {
        let Some(id) = named else { return Ok(None) };
        let found = self.vouchers.iter().position(|voucher| voucher.terms.id == id);
        let index = found.ok_or("voucher_not_applicable")?;
        if charge.today > self.vouchers[index].terms.expires_on {
            return Err("voucher_expired");
        }
        let covered = self.covers(&self.vouchers[index], charge).ok_or("voucher_not_applicable")?;
        Ok(Some((index, covered)))
    }

    /// B7: earliest expiry, then largest deductible amount, then smallest remainder.
    pub(crate) fn chosen_voucher(&self, charge: &Charge) -> Option<(usize, Fen)> {
        let fitting = self.vouchers.iter().enumerate().filter_map(|(index, voucher)| {
            let covered = self.covers(voucher, charge)?;
            Some((voucher.terms.expires_on, -covered, voucher.remaining, voucher.terms.id, index, covered))
        });
        fitting.min().map(|(.., index, covered)| (index, covered))
    }

    /// Pays all of it, voucher then gift then cash, or nothing.
    pub(crate) fn pay_all(&mut self, charge: &Charge, voucher: Option<(usize, Fen)>) -> Result<Paid, Refusal> {
        let covered = voucher.map_or(0, |(_, covered)| covered);
        if covered + self.gift + self.cash < charge.total() {
            return Err("insufficient_balance");
        }
        Ok(self.pay_what_there_is(charge, voucher))
    }

    /// Pays as far as it reaches (U4).
    pub(crate) fn pay_what_there_is(&mut self, charge: &Charge, voucher: Option<(usize, Fen)>) -> Paid {
        let mut rest = charge.total();
        let mut paid = Paid::default();
        if let Some((index, covered)) = voucher {
            paid.voucher = covered.min(rest);
            self.vouchers[index].remaining -= paid.voucher;
            rest -= paid.voucher;
        }
        paid.gift = self.gift.min(rest);
        self.gift -= paid.gift;
        rest -= paid.gift;
        paid.cash = self.cash.min(rest);
        self.cash -= paid.cash;
        paid
    }

    /// Pays the oldest debt first; which debts, and what is left over.
    fn pay_debts(&mut self, documents: &mut [Document], amount: Fen) -> (Vec<(usize, Fen)>, Fen) {
        let (mut parts, mut rest) = (Vec::new(), amount);
        for index in &self.unpaid {
            let statement = &mut documents[*index];
            let part = rest.min(statement.amount_due);
            statement.amount_due -= part;
            rest -= part;
            parts.push((*index, part));
        }
        self.unpaid.retain(|index| documents[*index].amount_due > 0);
        (parts, rest)
    }

    /// U3: debts first, the rest to the balance it was paid into.
    pub(crate) fn deposit(&mut self, documents: &mut [Document], amount: Fen, into: Wallet) {
        let (parts, rest) = self.pay_debts(documents, amount);
        for (index, part) in parts {
            match into {
                Wallet::Cash => documents[index].cash += part,
                Wallet::Gift => documents[index].gift += part,
            }
        }
        match into {
            Wallet::Cash => (self.cash, self.deposited.0) = (self.cash + rest, self.deposited.0 + amount),
            Wallet::Gift => (self.gift, self.deposited.1) = (self.gift + rest, self.deposited.1 + amount),
        }
    }

    /// U33, U38: debts first, then as it was paid; what paid debts is money of the note there, as it was paid here.
    pub(crate) fn give_back(&mut self, documents: &mut [Document], amount: Fen, paid: (Fen, Fen)) -> Returned {
        let all = paid.0 + paid.1;
        let cash_part = (i128::from(paid.0), i128::from(all));
        let (parts, rest) = self.pay_debts(documents, amount);
        let (cash, gift) = split(rest.min(all), cash_part);
        self.cash += cash;
        self.gift += gift;
        let gone = split(amount.min(all), cash_part);
        let source = (gone.0 - cash, gone.1 - gift);
        let money = source.0 + source.1;
        for (index, part) in parts {
            let (cash, gift) = split(part.min(money), (i128::from(source.0), i128::from(money)));
            let bill = &mut documents[index];
            bill.credit += part;
            bill.credited = (bill.credited.0 + cash, bill.credited.1 + gift);
        }
        Returned { to_debt: amount - rest, cash, gift, gone }
    }
}
