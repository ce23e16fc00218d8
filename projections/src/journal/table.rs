//! Owns the tables of the journal. No row of them ever changes.

use crate::row::table;

table! {
    /// One row for each heading that an event debits or credits.
    PostingRow in JOURNAL_POSTINGS = "journal_postings", version 1, key 3, indexes &[&["ledger_account"]];
    account_id: Text,
    position: Integer,
    posting_number: Integer,
    event_id: Text,
    event_type: Text,
    booked_on: Date,
    ledger_account: Text,
    amount: Amount,
    currency: Text,
}

table! {
    /// One row for each amount that is earned by days.
    ScheduleRow in JOURNAL_SCHEDULES = "journal_schedules", version 1, key 3, indexes &[];
    account_id: Text,
    position: Integer,
    schedule_number: Integer,
    event_id: Text,
    booked_on: Date,
    first_day: Date,
    last_day: Date,
    amount: Amount,
    currency: Text,
    pay_mode: Text,
    item: Text,
    application_id: Integer,
    invoice_id: Text,
    agreement: Text,
    adjusts_month: Text,
}

table! {
    /// One row for each event that ends the schedules of an agreement or add-on; the earliest of them counts.
    EndingRow in JOURNAL_ENDINGS = "journal_endings", version 1, key 3, indexes &[];
    account_id: Text,
    agreement: Text,
    position: Integer,
    event_id: Text,
    ended_on: Date,
}
