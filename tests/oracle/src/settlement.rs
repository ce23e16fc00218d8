//! Owns what a month cost afterwards: peaks, shares, storage; the statement, its draft and its deduction.
//!
//! Does not own orders; corrections are `usage`'s.

use crate::application::{Application, MonthOfDays, bit};
use crate::calendar::Month;
use crate::document::{Document, Kind, Line};
use crate::oracle::Oracle;
use crate::order::PayMode;
use crate::prices::{
    DAU_BLOCK, DAU_INCLUDED, GROUPS_BLOCK, GROUPS_INCLUDED, Item, Site, block_price, blocks, storage_price,
};
use crate::rounding::{Fen, round};
use crate::wallet::{Charge, Paid};

impl MonthOfDays {
    /// Service days over days of the month when a whole day was out of service after a stop, else 1 over 1.
    pub(crate) fn share(&self, month: Month) -> (i32, i32) {
        let mut service_days = 0;
        let mut has_stopped_day = false;
        for number in 1..=month.days() {
            let day = bit(number);
            if self.service & day != 0 {
                service_days += 1;
            }
            if self.stopped & day != 0 && self.running & day == 0 {
                has_stopped_day = true;
            }
        }
        if has_stopped_day { (service_days, month.days()) } else { (1, 1) }
    }

    /// The highest reading of the service days, and how many of them have none.
    fn peak(&self, month: Month, reading: impl Fn(&(u64, u64)) -> u64) -> (u64, u32) {
        let (mut peak, mut missing) = (0, 0);
        for number in 1..=month.days() {
            if self.service & bit(number) == 0 {
                continue;
            }
            match &self.readings[usize::try_from(number - 1).expect("a day of a month")] {
                Some(found) => peak = peak.max(reading(found)),
                None => missing += 1,
            }
        }
        (peak, missing)
    }

    /// The line of an overage.
    pub(crate) fn overage(&self, application: u64, site: Site, month: Month, item: Item) -> Line {
        let ((peak, missing), count) = if item == Item::DauOverage {
            let found = self.peak(month, |(dau, _)| *dau);
            (found, blocks(found.0, DAU_INCLUDED, DAU_BLOCK))
        } else {
            let found = self.peak(month, |(_, groups)| *groups);
            (found, blocks(found.0, GROUPS_INCLUDED, GROUPS_BLOCK))
        };
        let share = self.share(month);
        let amount = share_of(block_price(site) * count, share);
        let mut line = Line::new(application, item, amount);
        (line.peak, line.share, line.days_without_reading) = (Some(peak), Some(share), missing);
        line
    }
}

/// A part of a month's fee, rounded once.
pub(crate) fn share_of(fee: Fen, (part, whole): (i32, i32)) -> Fen {
    round(i128::from(fee) * i128::from(part), i128::from(whole))
}

/// What an application's month costs; nothing at all without a service day (U18).
fn month_lines(application: &Application, month: Month) -> Vec<Line> {
    let Some(record) = application.months.get(&month).filter(|record| record.service != 0) else {
        return Vec::new();
    };
    let mut lines: Vec<Line> = [Item::DauOverage, Item::GroupOverage]
        .map(|item| record.overage(application.id, application.site, month, item))
        .into();
    let fees =
        record.storage.iter().filter_map(|(_, plan, step, list)| storage_price(*list, application.site, *plan, *step));
    let storage_fee = fees.max().unwrap_or(0);
    if storage_fee > 0 {
        // The rule of the activation month is stronger than that of the stop month (C7.5).
        let share = if record.storage_activated { (1, 1) } else { record.share(month) };
        let mut line = Line::new(application.id, Item::HistoryStorage, share_of(storage_fee, share));
        line.share = Some(share);
        lines.push(line);
    }
    lines
}

impl Oracle {
    fn statement(&self, month: Month) -> Option<Document> {
        let mut lines: Vec<Line> =
            self.applications.values().flat_map(|application| month_lines(application, month)).collect();
        for ((application, item, corrected), amount) in &self.to_bill {
            let mut line = Line::new(*application, *item, *amount);
            line.adjusts = Some(*corrected);
            lines.push(line);
        }
        if lines.is_empty() {
            return None;
        }
        let mut document = Document::new(Kind::Statement, self.now, lines);
        document.month = Some(month);
        document.amount_due = document.total;
        Some(document)
    }

    pub(crate) fn draft_statement(&mut self, month: Month) {
        self.draft = self.statement(month).map(|document| Document { is_draft: true, ..document });
    }

    /// The 3rd, 00:00: final and deducted as far as the balances reach (U4–U6, U18).
    pub(crate) fn settle(&mut self, month: Month) {
        // What was not drafted is not issued: a correction of the 1st or 2nd waits then.
        let Some(_) = self.draft.take() else { return };
        let Some(mut document) = self.statement(month) else { return };
        self.to_bill.clear();
        let paid = self.deduct(&document);
        (document.voucher, document.gift, document.cash) = (paid.voucher, paid.gift, paid.cash);
        document.amount_due = document.total - paid.voucher - paid.gift - paid.cash;
        let owed = document.amount_due;
        let lines = document.lines.clone();
        let index = self.issue(document);
        for line in lines.iter().filter(|line| line.amount > 0) {
            // A correction is revenue of the day on which it is issued; what was used, of its month's last (U48).
            let earned_on = if line.adjusts.is_some() { self.today() } else { month.last_day() };
            self.revenue.earn_on(earned_on, line.item, line.amount);
            let usage = (line.application, line.item, line.adjusts.unwrap_or(month));
            let billed = self.billed.entry(usage).or_default();
            billed.net += line.amount;
            billed.statements.push(index);
        }
        if owed > 0 {
            self.money.unpaid.push(index);
            self.arrears_since = self.arrears_since.or(Some(self.today()));
        }
    }

    fn deduct(&mut self, document: &Document) -> Paid {
        let lines: Vec<_> = document.lines.iter().map(|line| (line.item, line.amount)).collect();
        let charge = Charge { lines: &lines, months: None, mode: PayMode::Postpaid, today: self.today() };
        // No voucher for an account in arrears (U20).
        let voucher = if self.arrears_since.is_none() { self.money.chosen_voucher(&charge) } else { None };
        self.money.pay_what_there_is(&charge, voucher)
    }
}
