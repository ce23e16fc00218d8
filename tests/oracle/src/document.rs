//! Owns what is issued: orders, statements, credit notes and their lines.
//!
//! Does not own amounts; it is told them.

use crate::calendar::{Day, Instant, Month};
use crate::order::ApplicationId;
use crate::prices::Item;
use crate::rounding::Fen;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A prepaid order.
    Order,
    /// A month's postpaid fees.
    Statement,
    /// Money given back.
    CreditNote,
}

/// A document of the payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// From the payer's own series; none on a draft.
    pub number: Option<u32>,
    /// What it is.
    pub kind: Kind,
    /// Only a statement is ever a draft.
    pub is_draft: bool,
    /// The month of a statement.
    pub month: Option<Month>,
    /// The day of issue.
    pub issued_on: Day,
    /// The instant of issue.
    pub issued_at: Instant,
    /// What it charges, or gives back.
    pub lines: Vec<Line>,
    /// Their sum; of a credit note what is given back.
    pub total: Fen,
    /// Paid by voucher; of a credit note what comes back to nobody, because a voucher paid it.
    pub voucher: Fen,
    /// Paid by gift so far; of a credit note given back to gift.
    pub gift: Fen,
    /// Paid by cash so far; of a credit note given back to cash.
    pub cash: Fen,
    /// Paid by credit notes so far; of a credit note spent on debts.
    pub credit: Fen,
    /// Not paid yet.
    pub amount_due: Fen,
    /// Of `credit`, what was money of the notes, by cash and gift.
    pub credited: (Fen, Fen),
    /// Of a statement, what credit notes of corrections took off it, by cash and gift.
    pub returned: (Fen, Fen),
}

/// A line of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// For which application.
    pub application: ApplicationId,
    /// For what.
    pub item: Item,
    /// How much.
    pub amount: Fen,
    /// Prepaid: first day and first day after.
    pub period: Option<(Day, Day)>,
    /// Overage: the month's peak of its service days.
    pub peak: Option<u64>,
    /// Postpaid: service days over days of the month, or 1 over 1.
    pub share: Option<(i32, i32)>,
    /// Overage: service days without a reading.
    pub days_without_reading: u32,
    /// A correction: the month it corrects.
    pub adjusts: Option<Month>,
}

impl Line {
    /// A line with an amount only.
    pub(crate) fn new(application: ApplicationId, item: Item, amount: Fen) -> Self {
        Self {
            application,
            item,
            amount,
            period: None,
            peak: None,
            share: None,
            days_without_reading: 0,
            adjusts: None,
        }
    }
}

impl Document {
    /// Cash and gift that are still in it.
    pub(crate) fn left(&self) -> (Fen, Fen) {
        (self.cash + self.credited.0 - self.returned.0, self.gift + self.credited.1 - self.returned.1)
    }

    /// Takes off it what goes back, as far as it has it, and answers what is left to take elsewhere.
    pub(crate) fn take_off(&mut self, (cash, gift): (Fen, Fen)) -> (Fen, Fen) {
        let left = self.left();
        let here = (cash.min(left.0), gift.min(left.1));
        self.returned = (self.returned.0 + here.0, self.returned.1 + here.1);
        (cash - here.0, gift - here.1)
    }

    /// A final document without a number, nothing paid.
    pub(crate) fn new(kind: Kind, issued_at: Instant, lines: Vec<Line>) -> Self {
        let total = lines.iter().map(|line| line.amount).sum();
        Self {
            number: None,
            kind,
            is_draft: false,
            month: None,
            issued_on: Day::of(issued_at),
            issued_at,
            lines,
            total,
            voucher: 0,
            gift: 0,
            cash: 0,
            credit: 0,
            amount_due: 0,
            credited: (0, 0),
            returned: (0, 0),
        }
    }
}
