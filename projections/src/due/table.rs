//! Owns the table of what is due.

use crate::row::table;

/// The part of a period's end that is a scheduled downgrade.
pub(super) const DOWNGRADE: &str = "downgrade";

table! {
    /// One row for each thing a stream waits for. What is due up to an instant is a prefix of the index. `part` is the
    /// month of a statement, the feature of an opening, `downgrade`, or empty for what a stream waits for only once;
    /// `application_id` is NULL for what is about the payer. A row that is not `armed` waits for another one first: a month
    /// is settled only once it is drafted.
    DueRow in DUE = "due", version 3, key 3, indexes &[&["at"]];
    subject: Text,
    kind: Text,
    part: Text,
    application_id: Integer,
    account_id: Text,
    at: Instant,
    armed: Boolean,
}
