//! Owns how an explanation of a line looks: as JSON with both languages, and as a text in one of them.
//!
//! Does not own a figure or a rule: steps, clauses and policies come from the domain, events as the log has them.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use subledger_domain::calendar::day_of;
use subledger_domain::catalog::PriceList;
use subledger_domain::charge::{Formula, Item, SourceLine};
use subledger_domain::explain::Explanation;
use subledger_domain::ids::{ApplicationId, EventId, InvoiceId, LineId};
use subledger_domain::money::Money;
use subledger_domain::wording::{self, Language, Told};
use subledger_eventlog::record::Recorded;
use subledger_projections::invoices::Invoice;

use super::event::{event, stream};
use super::wire::{Instant, PeriodView};

/// Everything that explains one line of an invoice.
pub struct ExplainedLine<'a> {
    /// The invoice it stands on.
    pub invoice: &'a Invoice,
    /// Its id.
    pub line_id: LineId,
    /// The line as its event has it.
    pub line: &'a SourceLine,
    /// Why it comes to its amount.
    pub why: &'a Explanation,
    /// The price list it was agreed by, while the catalogue has it.
    pub list: Option<&'a PriceList>,
    /// The events it comes from, in the log's order.
    pub events: &'a [Recorded],
}

#[derive(Debug, Serialize)]
struct View<'a> {
    invoice_id: InvoiceId,
    line_id: LineId,
    state: &'a str,
    application_id: ApplicationId,
    item: Item,
    description: Told,
    period: PeriodView,
    quantity: u64,
    unit_price: Money,
    amount: Money,
    formula: &'a Formula,
    steps: &'a [Told],
    price_list: ListView<'a>,
    clauses: Vec<ClauseView<'a>>,
    policies: Vec<PolicyView<'a>>,
    events: Vec<Box<RawValue>>,
}

#[derive(Debug, Serialize)]
struct ListView<'a> {
    id: &'a str,
    name: Option<&'a str>,
    content_hash: Option<String>,
}

#[derive(Debug, Serialize)]
struct ClauseView<'a> {
    clause: &'a str,
    source: Option<&'a str>,
    #[serde(flatten)]
    told: &'a Told,
}

#[derive(Debug, Serialize)]
struct PolicyView<'a> {
    policy: &'a str,
    setting: &'a Value,
    source: Option<&'a str>,
    #[serde(flatten)]
    told: &'a Told,
}

impl ExplainedLine<'_> {
    /// As JSON.
    ///
    /// # Errors
    /// When a stored event is no JSON: the log is damaged there.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        let events = self.events.iter().map(|recorded| RawValue::from_string(event(recorded)?));
        let clauses = self.why.clauses.iter();
        let policies = self.why.policies.iter();
        serde_json::to_string(&View {
            invoice_id: self.invoice.invoice_id,
            line_id: self.line_id,
            state: &self.invoice.state,
            application_id: self.line.application_id,
            item: self.line.item,
            description: wording::item(self.line.item),
            period: self.line.period.into(),
            quantity: self.line.quantity,
            unit_price: self.line.unit_price,
            amount: self.line.amount,
            formula: &self.line.formula,
            steps: &self.why.steps,
            price_list: ListView {
                id: &self.line.price_list,
                name: self.list.map(PriceList::name),
                content_hash: self.list.map(PriceList::content_hash),
            },
            clauses: clauses
                .map(|cited| ClauseView { clause: &cited.name, source: cited.source.as_deref(), told: &cited.told })
                .collect(),
            policies: policies
                .map(|cited| PolicyView {
                    policy: cited.name,
                    setting: &cited.setting,
                    source: cited.source.as_deref(),
                    told: &cited.told,
                })
                .collect(),
            events: events.collect::<Result<_, _>>()?,
        })
    }

    /// As a text for a payer.
    pub fn text(&self, language: Language) -> String {
        let mut text = Text { out: String::new(), language };
        self.head(&mut text);
        text.section("How the amount came about", "金额如何得出");
        for (number, step) in (1..).zip(&self.why.steps) {
            text.line(&format!("{number}. {}", step.r#in(language)));
        }
        text.section("Prices it was agreed by", "所依据的价格");
        let list = self.list.map_or_else(String::new, |list| format!(" ({})", list.name()));
        text.told("Price list", "价格表", &format!("{}{list}", self.line.price_list));
        for cited in &self.why.clauses {
            text.line(&format!(
                "- {}: {}{}",
                cited.name,
                cited.told.r#in(language),
                text.source(cited.source.as_deref())
            ));
        }
        text.section("Rules that were agreed", "所依据的规则");
        for cited in &self.why.policies {
            let setting = cited.setting.as_str().map_or_else(|| cited.setting.to_string(), str::to_owned);
            let source = text.source(cited.source.as_deref());
            text.line(&format!("- {} = {setting}: {}{source}", cited.name, cited.told.r#in(language)));
        }
        text.section("Events of the ledger it comes from", "所依据的账本事件");
        for recorded in self.events {
            text.event(recorded);
        }
        text.out
    }

    fn head(&self, text: &mut Text) {
        let line = self.line;
        text.line(wording::item(line.item).r#in(text.language));
        let document = match (self.invoice.number, &self.invoice.month) {
            (Some(number), _) => format!("{number} ({})", self.invoice.invoice_id),
            (None, _) => format!("{} ({})", text.say("draft, not final", "草稿，未定稿"), self.invoice.invoice_id),
        };
        text.told("Invoice", "账单", &document);
        text.told("Application", "应用", &line.application_id.to_string());
        let days = (day_of(line.period.start), line.period.last_day());
        text.told("Period", "计费周期", &format!("{} – {}", days.0, days.1));
        text.told("Amount", "金额", wording::amount(line.amount).r#in(text.language));
    }
}

/// A text in the making.
struct Text {
    out: String,
    language: Language,
}

impl Text {
    fn say(&self, en: &'static str, zh: &'static str) -> &'static str {
        match self.language {
            Language::En => en,
            Language::Zh => zh,
        }
    }

    fn line(&mut self, line: &str) {
        writeln!(self.out, "{line}").expect("a String takes all that is written to it");
    }

    fn told(&mut self, en: &'static str, zh: &'static str, shown: &str) {
        let (name, colon) = (self.say(en, zh), self.say(": ", "："));
        self.line(&format!("{name}{colon}{shown}"));
    }

    fn section(&mut self, en: &'static str, zh: &'static str) {
        let heading = self.say(en, zh);
        self.line("");
        self.line(heading);
    }

    /// Where a clause was taken from.
    fn source(&self, source: Option<&str>) -> String {
        let named = self.say("source", "来源");
        source.map_or_else(String::new, |source| format!(" [{named} {source}]"))
    }

    fn event(&mut self, recorded: &Recorded) {
        let id = EventId::from_uuid(recorded.event_id);
        let (at, named) = (self.say("at position", "位置"), &recorded.event_type);
        self.line(&format!("- {named} {id}, {at} {}, {}/{}", recorded.position, stream(recorded), recorded.sequence));
        let (effective, known) = (Instant(recorded.effective_at), Instant(recorded.recorded_at));
        let (holds, noted) = (self.say("in effect", "生效"), self.say("recorded", "记录"));
        self.line(&format!("  {holds} {effective}, {noted} {known}"));
        self.line(&format!("  {}", recorded.payload));
    }
}
