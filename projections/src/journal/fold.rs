//! Owns how what an event means to the books becomes rows.

use subledger_domain::calendar::day_of;
use subledger_domain::fact::{Event, Fact};
use subledger_domain::publication;
use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::{Change, Table};

use super::booking::{Booking, Earning, Ending, Posting, booking};
use super::table::{EndingRow, JOURNAL_ENDINGS, JOURNAL_POSTINGS, JOURNAL_SCHEDULES, PostingRow, ScheduleRow};
use crate::projection::{FoldFault, Projection, of_its_payer};
use crate::row::{amount, text};
use subledger_eventlog::memory_tables::MemoryTables;

/// Double entry.
#[derive(Debug, Clone, Copy)]
pub struct Journal;

impl Projection for Journal {
    fn name(&self) -> &'static str {
        "journal"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static Table] {
        const { &[&JOURNAL_POSTINGS, &JOURNAL_SCHEDULES, &JOURNAL_ENDINGS] }
    }

    fn fold(&self, recorded: &Recorded, fact: &Fact, changes: &mut Vec<Change>) -> Result<(), FoldFault> {
        match &fact.event {
            Event::Account(_) => of_its_payer(recorded, fact)?,
            Event::Application(_)
            | Event::Subscription(_)
            | Event::AddOn(_)
            | Event::Usage(_)
            | Event::PriceList(publication::Event::PriceListPublished { .. }) => {}
        }
        let Booking { postings, earnings, ending } = booking(fact)?;
        changes.extend((1..).zip(&postings).map(|(number, posting)| posting_row(recorded, fact, number, posting)));
        changes.extend((1..).zip(&earnings).map(|(number, earning)| schedule_row(recorded, fact, number, earning)));
        changes.extend(ending.map(|ending| ending_row(recorded, fact, &ending)));
        Ok(())
    }

    fn describe(&self, table: &'static Table, key: &[String], _: &MemoryTables) -> Option<String> {
        let [account_id, position, number] = key else { return None };
        if table.name == JOURNAL_ENDINGS.name {
            return Some(format!("the end of {position}, an agreement of {account_id}"));
        }
        let what = if table.name == JOURNAL_POSTINGS.name { "posting" } else { "schedule" };
        Some(format!("{what} {number} of the event at position {position}, of {account_id}"))
    }
}

fn posting_row(recorded: &Recorded, fact: &Fact, number: u32, posting: &Posting) -> Change {
    PostingRow {
        account_id: text(&recorded.account_id),
        position: text(recorded.position),
        posting_number: text(number),
        event_id: text(fact.id),
        event_type: text(&recorded.event_type),
        booked_on: text(day_of(fact.event.at())),
        ledger_account: text(posting.ledger_account),
        amount: amount(posting.amount),
        currency: text(posting.amount.currency().code()),
    }
    .upsert()
}

fn schedule_row(recorded: &Recorded, fact: &Fact, number: u32, earning: &Earning) -> Change {
    let schedule = earning.schedule;
    ScheduleRow {
        account_id: text(&recorded.account_id),
        position: text(recorded.position),
        schedule_number: text(number),
        event_id: text(fact.id),
        booked_on: text(schedule.booked_on),
        first_day: text(schedule.first_day),
        last_day: text(schedule.last_day),
        amount: amount(schedule.amount),
        currency: text(schedule.amount.currency().code()),
        pay_mode: text(earning.mode.name()),
        item: text(earning.item.name()),
        application_id: text(earning.application_id),
        invoice_id: text(earning.invoice_id),
        agreement: earning.agreement.as_ref().and_then(text),
        adjusts_month: earning.adjusts.and_then(text),
    }
    .upsert()
}

fn ending_row(recorded: &Recorded, fact: &Fact, ending: &Ending) -> Change {
    EndingRow {
        account_id: text(&recorded.account_id),
        agreement: text(&ending.agreement),
        position: text(recorded.position),
        event_id: text(fact.id),
        ended_on: text(ending.on),
    }
    .upsert()
}
