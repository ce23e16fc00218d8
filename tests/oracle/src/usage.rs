//! Owns daily readings and their corrections after the month was closed (U12–U14, U38).
//!
//! Does not own the fee of a month (`settlement`).

use std::collections::BTreeSet;

use crate::calendar::{Day, Month};
use crate::document::{Document, Kind, Line};
use crate::oracle::Oracle;
use crate::order::{Answer, ApplicationId, Refusal};
use crate::policies;
use crate::prices::Item;

impl Oracle {
    fn is_closed(&self, month: Month) -> bool {
        self.now >= month.next().day(policies::SETTLEMENT_DAY).midnight()
    }

    fn check_reading(&mut self, id: ApplicationId, date: Day) -> Result<(), Refusal> {
        let today = self.today();
        let created_on = self.application(id)?.created_on;
        if date > today {
            return Err("usage_in_future");
        }
        if date < created_on { Err("usage_before_creation") } else { Ok(()) }
    }

    fn reading(&mut self, id: ApplicationId, date: Day) -> Result<&mut Option<(u64, u64)>, Refusal> {
        let (month, number) = date.civil();
        let index = usize::try_from(number - 1).expect("a day of a month");
        Ok(&mut self.application(id)?.month(month).readings[index])
    }

    pub(crate) fn record_usage(
        &mut self,
        id: ApplicationId,
        date: Day,
        dau: u64,
        peak_groups: u64,
    ) -> Result<Answer, Refusal> {
        self.check_reading(id, date)?;
        if self.is_closed(date.month()) {
            return Err("usage_month_closed");
        }
        *self.reading(id, date)? = Some((dau, peak_groups));
        Ok(Answer::default())
    }

    pub(crate) fn correct_usage(
        &mut self,
        id: ApplicationId,
        date: Day,
        dau: Option<u64>,
        peak_groups: Option<u64>,
    ) -> Result<Answer, Refusal> {
        if dau.is_none() && peak_groups.is_none() {
            return Err("invalid_request");
        }
        self.check_reading(id, date)?;
        if !self.is_closed(date.month()) {
            return Err("invalid_request");
        }
        let reading = self.reading(id, date)?;
        let (old_dau, old_groups) = reading.unwrap_or((0, 0));
        *reading = Some((dau.unwrap_or(old_dau), peak_groups.unwrap_or(old_groups)));
        self.bill_again(id, date.month())
    }

    /// More than was billed: for the next statement. Less: a credit note at once, in money what the statements that
    /// charged it took, or are owed.
    fn bill_again(&mut self, id: ApplicationId, month: Month) -> Result<Answer, Refusal> {
        let site = self.application(id)?.site;
        let (mut credits, mut statements) = (Vec::new(), BTreeSet::new());
        for item in [Item::DauOverage, Item::GroupOverage] {
            let target = self.application(id)?.month(month).overage(id, site, month, item).amount;
            let usage = (id, item, month);
            let billed = self.billed.entry(usage).or_default();
            self.to_bill.remove(&usage);
            if target > billed.net {
                self.to_bill.insert(usage, target - billed.net);
            } else if target < billed.net {
                let mut line = Line::new(id, item, billed.net - target);
                line.adjusts = Some(month);
                credits.push(line);
                statements.extend(billed.statements.iter().copied());
                billed.net = target;
            }
        }
        let today = self.today();
        for line in &credits {
            self.revenue.earn_on(today, line.item, -line.amount);
        }
        let (mut cash, mut gift, mut due) = (0, 0, 0);
        for statement in statements.iter().map(|index| &self.documents[*index]) {
            let left = statement.left();
            (cash, gift, due) = (cash + left.0, gift + left.1, due + statement.amount_due);
        }
        let mut note = Document::new(Kind::CreditNote, self.now, credits);
        let money = note.total.min(cash + gift + due);
        let returned = self.money.give_back(&mut self.documents, money, (cash, gift));
        let mut gone = returned.gone;
        for index in statements {
            gone = self.documents[index].take_off(gone);
        }
        (note.credit, note.cash, note.gift) = (returned.to_debt, returned.cash, returned.gift);
        note.voucher = note.total - note.credit - note.cash - note.gift;
        let issued = (note.total > 0).then(|| self.issue(note));
        self.cure_arrears();
        Ok(Answer { documents: issued.into_iter().collect(), refund: None })
    }
}
