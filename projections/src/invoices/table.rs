//! Owns the tables of invoices.

use crate::row::table;

table! {
    /// One row for each invoice. Issued ones never change.
    InvoiceRow in INVOICES = "invoices", version 1, key 1, indexes &[&["account_id"]];
    invoice_id: Text,
    account_id: Text,
    number: Integer,
    kind: Text,
    state: Text,
    month: Text,
    issued_on: Date,
    total_amount: Amount,
    currency: Text,
    amount_due: Amount,
    application_id: Integer,
    paid_at: Instant,
    paid_voucher_amount: Amount,
    paid_gift_amount: Amount,
    paid_cash_amount: Amount,
    event_id: Text,
    position: Integer,
}

table! {
    /// One row for each charge. It comes with the event that charges; the invoice's own row with the payment, which is
    /// part of the same decision.
    LineRow in INVOICE_LINES = "invoice_lines", version 1, key 2, indexes &[];
    invoice_id: Text,
    line_id: Text,
    application_id: Integer,
    item: Text,
    description: Text,
    period_start: Instant,
    period_end: Instant,
    last_day: Date,
    quantity: Integer,
    unit_price_amount: Amount,
    amount: Amount,
    currency: Text,
    price_list: Text,
    causes: Json,
    formula: Text,
}

table! {
    /// The payer's series: which invoice has which number. A list in number order is a walk along this key.
    NumberRow in INVOICE_NUMBERS = "invoice_numbers", version 1, key 2, indexes &[];
    account_id: Text,
    number: Integer,
    invoice_id: Text,
}
