//! Owns the table of what is due.

use crate::row::table;

table! {
    /// One row for each thing a stream waits for. What is due up to an instant is a prefix of the index.
    DueRow in DUE = "due", version 1, key 2, indexes &[&["at"]];
    subject: Text,
    kind: Text,
    application_id: Integer,
    account_id: Text,
    at: Instant,
}
