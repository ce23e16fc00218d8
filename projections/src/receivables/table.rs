//! Owns the table of what is owed.

use crate::row::table;

table! {
    /// One row for each bill that is not paid in full; it goes with its last payment.
    ReceivableRow in RECEIVABLES = "receivables", version 2, key 2, indexes &[];
    account_id: Text,
    invoice_id: Text,
    number: Integer,
    month: Text,
    since: Instant,
    amount_due: Amount,
    currency: Text,
    event_id: Text,
    position: Integer,
}
