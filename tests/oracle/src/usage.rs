//! Owns daily readings and their corrections after the month was closed (U12–U14, U38).
//!
//! Does not own the fee of a month (`settlement`).

use crate::calendar::{Day, Month};
use crate::document::Line;
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

    /// More than was billed: for the next statement. Less: a credit note at once.
    fn bill_again(&mut self, id: ApplicationId, month: Month) -> Result<Answer, Refusal> {
        let site = self.application(id)?.site;
        let mut credits = Vec::new();
        let (mut cash, mut money) = (0, 0);
        for item in [Item::DauOverage, Item::GroupOverage] {
            let target = self.application(id)?.month(month).overage(id, site, month, item).amount;
            let usage = (id, item, month);
            let billed = self.billed.get(&usage).cloned().unwrap_or_default();
            self.to_bill.remove(&usage);
            if target > billed.net {
                self.to_bill.insert(usage, target - billed.net);
            }
            let mut excess = billed.net - target;
            for index in billed.statements.iter().rev().filter(|_| target < billed.net) {
                let statement = &mut self.documents[*index];
                // Vouchers never come back; nor does more than the statement took.
                let part = excess.min(statement.total - statement.voucher - statement.corrected);
                statement.corrected += part;
                excess -= part;
                cash += i128::from(statement.cash + statement.credit_cash);
                money += i128::from(statement.cash + statement.credit + statement.gift);
            }
            let credit = (billed.net - target).max(0) - excess.max(0);
            if credit > 0 {
                self.billed.entry(usage).or_default().net -= credit;
                let mut line = Line::new(id, item, credit);
                line.adjusts = Some(month);
                credits.push(line);
            }
        }
        let (issued, _) = self.credit(credits, (cash, money));
        Ok(Answer { documents: issued.into_iter().collect(), refund: None })
    }
}
