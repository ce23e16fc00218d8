//! Owns the journal: double entry from the events, what is earned on which day, and the reports over both.
//!
//! Does not own the arithmetic of a day (`domain::recognition`) nor documents (`invoices`).
//!
//! An event's postings sum to zero and never change. Revenue is not posted by events but earned by the days of schedules;
//! a reader evaluates them up to a day it names, so nothing has to be entered every midnight.

mod booking;
mod earned;
mod fold;
mod ledger_account;
mod report;
mod table;
mod view;

pub use booking::{Booking, Earning, Ending, Posting, booking};
pub use earned::{Endings, Sums, recognised};
pub use fold::Journal;
pub use ledger_account::LedgerAccount;
pub use report::{Revenue, RevenueLine, TrialBalance, TrialLine, revenue, trial_balance};
pub use table::{JOURNAL_ENDINGS, JOURNAL_POSTINGS, JOURNAL_SCHEDULES};
pub use view::{Cursor, Entry, EntryKind, Source, list};
