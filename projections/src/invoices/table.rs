//! Owns the tables of invoices.

use crate::row::table;

table! {
    /// One row for each invoice that is final. Of an issued one only what is still to be paid changes. `credits` are the
    /// invoices whose money a credit note gives back.
    InvoiceRow in INVOICES = "invoices", version 3, key 1, indexes &[&["account_id"]];
    invoice_id: Text,
    account_id: Text,
    number: Integer,
    kind: Text,
    month: Text,
    issued_on: Date,
    total_amount: Amount,
    currency: Text,
    amount_due: Amount,
    application_id: Integer,
    credits: Json,
    event_id: Text,
    position: Integer,
}

table! {
    /// One row for each line of a final invoice. An order's comes with the event that charges, its invoice's own row with
    /// the payment, which is part of the same decision; a statement's come with the statement. `line_number` counts from
    /// 1 in the order in which they are read.
    LineRow in INVOICE_LINES = "invoice_lines", version 3, key 2, indexes &[];
    invoice_id: Text,
    line_id: Text,
    line_number: Integer,
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
    adjusts_invoice_id: Text,
    adjusts_month: Text,
}

table! {
    /// One row for each payment of an invoice, by the position of the event that made it. An order is paid at once, a
    /// statement in as many parts as money comes in.
    PaymentRow in INVOICE_PAYMENTS = "invoice_payments", version 3, key 2, indexes &[];
    invoice_id: Text,
    position: Integer,
    event_id: Text,
    paid_at: Instant,
    voucher_amount: Amount,
    voucher_id: Text,
    gift_amount: Amount,
    cash_amount: Amount,
    credit_amount: Amount,
    credit_note: Text,
    currency: Text,
}

table! {
    /// The payer's series: which invoice has which number. A list in number order is a walk along this key.
    NumberRow in INVOICE_NUMBERS = "invoice_numbers", version 3, key 2, indexes &[];
    account_id: Text,
    number: Integer,
    invoice_id: Text,
}

table! {
    /// One row for each month that is drafted and not yet final. It is keyed by what the event that ends it names, and
    /// holds its lines as the event has them: those of the final statement have ids of their own, so that rows could not
    /// be replaced without reading them first.
    DraftRow in STATEMENT_DRAFTS = "statement_drafts", version 3, key 2, indexes &[&["invoice_id"]];
    account_id: Text,
    month: Text,
    invoice_id: Text,
    drafted_on: Date,
    total_amount: Amount,
    currency: Text,
    lines: Json,
    event_id: Text,
    position: Integer,
}
