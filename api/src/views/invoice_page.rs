//! Owns an invoice as a page for its payer: one self-contained document, readable on a screen and on paper.
//!
//! Does not own an amount or a word of a line: both stand in the invoice. Whatever came from outside is escaped on its
//! one way into the page, [`Page::text`].

use std::fmt::{Display, Write as _};

use jiff::Timestamp;
use subledger_domain::calendar::{BILLING_ZONE, day_of};
use subledger_domain::ids::ApplicationId;
use subledger_domain::money::Money;
use subledger_projections::invoices::{Invoice, Line};

/// Whose invoice it is, and how what it is for is called.
pub struct Parties<'a> {
    /// The payer's name.
    pub payer: &'a str,
    /// The name of an application of the payer.
    pub application: &'a dyn Fn(ApplicationId) -> Option<&'a str>,
    /// The two times it is read at; none when it is read as it stands.
    pub past: Option<Past>,
}

/// A page that is read as it once stood.
pub struct Past {
    /// As of when.
    pub as_of: Timestamp,
    /// As it was known when; none: now.
    pub known_at: Option<Timestamp>,
}

impl Past {
    /// The two times as a query has them, for what is read beside it.
    fn query(&self) -> String {
        let known = self.known_at.map(|at| format!("&known_at={at}"));
        format!("as_of={}{}", self.as_of, known.unwrap_or_default())
    }
}

/// An invoice as an HTML document.
pub fn invoice_page(invoice: &Invoice, parties: &Parties<'_>) -> String {
    let mut page = Page { html: String::new() };
    let title = title(invoice);
    page.raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>").text(&title);
    page.raw("</title><style>").raw(include_str!("invoice_page.css")).raw("</style></head><body><main>");
    head(&mut page, invoice, parties, &title);
    lines(&mut page, invoice, parties);
    sums(&mut page, invoice);
    foot(&mut page, invoice);
    page.raw("</main></body></html>\n");
    page.html
}

/// A document in the making.
struct Page {
    html: String,
}

impl Page {
    /// Markup of ours.
    fn raw(&mut self, markup: &str) -> &mut Self {
        self.html.push_str(markup);
        self
    }

    /// Anything else, escaped.
    fn text(&mut self, shown: impl Display) -> &mut Self {
        for letter in shown.to_string().chars() {
            match letter {
                '&' => self.html.push_str("&amp;"),
                '<' => self.html.push_str("&lt;"),
                '>' => self.html.push_str("&gt;"),
                '"' => self.html.push_str("&quot;"),
                '\'' => self.html.push_str("&#39;"),
                letter => self.html.push(letter),
            }
        }
        self
    }

    fn amount(&mut self, amount: Money) -> &mut Self {
        let text = grouped(amount);
        self.text(text)
    }
}

/// `12,345.00`
fn grouped(amount: Money) -> String {
    let text = amount.amount().to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut out = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    write!(out, ".{fraction}").expect("a String takes all that is written to it");
    out
}

fn title(invoice: &Invoice) -> String {
    match (invoice.number, &invoice.month) {
        (Some(number), None) if gives_back(invoice) => format!("Credit note no. {number}"),
        (Some(number), Some(month)) => format!("Statement no. {number} for {month}"),
        (Some(number), None) => format!("Invoice no. {number}"),
        (None, Some(month)) => format!("Draft of the statement for {month}"),
        (None, None) => "Draft".to_owned(),
    }
}

/// A credit note asks for nothing: it says what went back.
fn gives_back(invoice: &Invoice) -> bool {
    invoice.kind == "credit_note"
}

fn head(page: &mut Page, invoice: &Invoice, parties: &Parties<'_>, title: &str) {
    page.raw("<header><h1>").text(title).raw("</h1>");
    let state = match (invoice.number, invoice.amount_due.is_positive()) {
        (None, _) => ("draft", "draft, not final"),
        (Some(_), _) if gives_back(invoice) => ("paid", "given back"),
        (Some(_), true) => ("owed", "to be paid"),
        (Some(_), false) => ("paid", "paid"),
    };
    page.raw("<p class=\"state ").raw(state.0).raw("\">").text(state.1).raw("</p><dl>");
    let account = format!("{} ({})", parties.payer, invoice.account_id);
    let mut facts = vec![("Payer", account), ("Issued on", invoice.issued_on.to_string())];
    facts.extend(invoice.month.clone().map(|month| ("Month of use", month)));
    if !invoice.of.is_empty() {
        facts.push(("Gives back of", invoice.of.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")));
    }
    if let Some(Past { as_of, known_at }) = parties.past {
        facts.push(("As of", shown_at(as_of)));
        facts.extend(known_at.map(|at| ("As known at", shown_at(at))));
    }
    facts.push(("All amounts in", invoice.total.currency().code().to_owned()));
    for (name, shown) in facts {
        page.raw("<div><dt>").text(name).raw("</dt><dd>").text(shown).raw("</dd></div>");
    }
    page.raw("</dl></header>");
}

/// `2023-04-02 09:00:00`, in Asia/Shanghai as all days of the page are.
fn shown_at(at: Timestamp) -> String {
    let civil = BILLING_ZONE.to_datetime(at);
    format!("{} {}", civil.date(), civil.time())
}

fn lines(page: &mut Page, invoice: &Invoice, parties: &Parties<'_>) {
    page.raw("<table class=\"lines\"><thead><tr><th>What for</th><th>Period</th><th class=\"n\">Quantity</th>");
    page.raw("<th class=\"n\">Price</th><th class=\"n\">Amount</th></tr></thead>");
    let mut shown = None;
    let query = parties.past.as_ref().map(Past::query).unwrap_or_default();
    page.raw("<tbody>");
    for line in &invoice.lines {
        if shown != Some(line.application_id) {
            shown = Some(line.application_id);
            page.raw("</tbody><tbody><tr class=\"of\"><th colspan=\"5\">Application ").text(line.application_id);
            if let Some(name) = (parties.application)(line.application_id) {
                page.raw(" · ").text(name);
            }
            page.raw("</th></tr>");
        }
        row(page, invoice, &query, line);
    }
    page.raw("</tbody></table>");
}

/// A line, below it how its amount came about, the way to its explanation, and which events it comes from.
fn row(page: &mut Page, invoice: &Invoice, past: &str, line: &Line) {
    page.raw("<tr class=\"line\"><td>").text(&line.description).raw("</td><td class=\"d\">");
    page.text(day_of(line.period.start)).raw(" to ").text(line.period.last_day);
    page.raw("</td><td class=\"n\">").text(line.quantity).raw("</td><td class=\"n\">").amount(line.unit_price);
    page.raw("</td><td class=\"n\">").amount(line.amount).raw("</td></tr><tr class=\"why\"><td colspan=\"5\"><p>");
    page.text(&line.formula).raw("</p><p class=\"ask\">");
    for (language, asked) in [("", "Why?"), ("lang=zh", "为什么？")] {
        let query: Vec<&str> = [past, language].into_iter().filter(|part| !part.is_empty()).collect();
        page.raw("<a href=\"/v1/invoices/").text(invoice.invoice_id).raw("/lines/").text(line.line_id);
        page.raw("/explanation").raw(if query.is_empty() { "" } else { "?" }).text(query.join("&"));
        page.raw("\">").text(asked).raw("</a> ");
    }
    page.raw("</p><p class=\"causes\">price list ").text(&line.price_list).raw("; from ");
    for (index, cause) in line.causes.iter().enumerate() {
        page.raw(if index == 0 { "" } else { ", " }).text(cause.event_id).raw(" at ").text(cause.position);
    }
    page.raw("</p></td></tr>");
}

fn sums(page: &mut Page, invoice: &Invoice) {
    page.raw("<table class=\"sums\"><tbody>");
    sum(page, "total", if gives_back(invoice) { "Given back" } else { "Total" }, invoice.total);
    for payment in &invoice.paid {
        let on = day_of(payment.at);
        let voucher = payment.voucher_id.as_ref().map_or_else(|| "voucher".to_owned(), |id| format!("voucher {id}"));
        for (from, amount) in
            [(voucher.as_str(), payment.voucher), ("gift balance", payment.gift), ("cash balance", payment.cash)]
        {
            if !amount.is_zero() {
                sum(page, "", &format!("Paid from {from} on {on}"), amount);
            }
        }
        if let Some(credit) = &payment.credit {
            sum(page, "", &format!("Paid by credit note {} on {on}", credit.invoice_id), credit.amount);
        }
    }
    if !gives_back(invoice) {
        sum(page, "due", "Still to be paid", invoice.amount_due);
    }
    page.raw("</tbody></table>");
}

fn sum(page: &mut Page, class: &str, name: &str, amount: Money) {
    page.raw("<tr class=\"").raw(class).raw("\"><th>").text(name).raw("</th><td class=\"n\">").amount(amount);
    page.raw(" ").text(amount.currency().code()).raw("</td></tr>");
}

fn foot(page: &mut Page, invoice: &Invoice) {
    page.raw("<footer><p>").text(invoice.invoice_id).raw("</p>");
    page.raw(
        "<p>All days are civil days in Asia/Shanghai; the last day of a period belongs to it. Each line names the ",
    );
    page.raw(
        "events of the ledger that it comes from and their places in it, and leads to its explanation.</p></footer>",
    );
}
