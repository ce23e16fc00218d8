//! Owns the table of what is due.

use crate::row::table;

table! {
    /// One row for each thing a stream waits for. What is due up to an instant is a prefix of the index. `month` is that
    /// of a statement, `feature` that of an opening, and both are empty for what a stream waits for only once; `application_id` is NULL for what is about the
    /// payer. A row that is not `armed` waits for another one first: a month is settled only once it is drafted.
    DueRow in DUE = "due", version 3, key 4, indexes &[&["at"]];
    subject: Text,
    kind: Text,
    month: Text,
    feature: Text,
    application_id: Integer,
    account_id: Text,
    at: Instant,
    armed: Boolean,
}
