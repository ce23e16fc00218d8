//! Owns how a quote looks: beside the resource as the order would leave it, and as the part of it an order is held to.
//!
//! Does not own the token's form (`quote_token`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};
use subledger_domain::charge::{Item, SourceLine};
use subledger_domain::decide::Placed;
use subledger_domain::fact::Stream;
use subledger_domain::ids::ApplicationId;
use subledger_domain::money::{Currency, Money};
use subledger_domain::quote::{Quote, QuotedLine, RightChange, Standing};

use super::quote_token::{QuoteToken, hex};
use super::refund::RefundView;
use super::text;
use super::wire::{PeriodView, Position};

/// An application that only comes to be with the order.
const NEW: &str = "new";
/// A token goes back in a header, which has bounds; changes of rights beyond this are held to by their hash alone.
const RIGHTS_MAX: usize = 16 * 1024;

/// What the answer to a dry run is made of.
pub struct QuoteAnswer<'a> {
    /// The resource as the order would leave it.
    pub resource: &'a str,
    /// What the order would bring about.
    pub facts: &'a [Placed],
    /// What it would come to.
    pub quote: &'a Quote,
    /// What holds an order to it.
    pub token: &'a QuoteToken,
    /// The position it was decided at.
    pub position: u64,
}

#[derive(Debug, Serialize)]
struct QuoteView<'a> {
    token: String,
    lines: Vec<LineView<'a>>,
    total: Money,
    rights: Vec<RightView>,
    coming: Vec<LineView<'a>>,
    valid_at_position: Position,
}

#[derive(Debug, Serialize)]
struct LineView<'a> {
    application_id: ApplicationId,
    item: Item,
    description: String,
    period: PeriodView,
    quantity: u64,
    unit_price: Money,
    amount: Money,
    price_list: &'a str,
    formula: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    voucher: Option<Voucher>,
}

#[derive(Debug, Serialize)]
struct Voucher {
    amount: Money,
}

#[derive(Debug, Serialize)]
struct RightView {
    application_id: ApplicationId,
    name: &'static str,
    from: Standing,
    to: Standing,
}

impl QuoteAnswer<'_> {
    /// The whole body: the same as of an accepted write, with a quote in the receipt's place.
    pub fn text(&self) -> String {
        let quote = QuoteView {
            token: self.token.to_string(),
            lines: self.quote.lines.iter().map(|quoted| LineView::of(&quoted.line, quoted.voucher)).collect(),
            total: self.quote.total,
            rights: self.quote.rights.iter().map(RightView::of).collect(),
            coming: self.quote.coming.iter().map(|line| LineView::of(line, None)).collect(),
            valid_at_position: Position(self.position),
        };
        let fields = self.resource.strip_suffix('}').unwrap_or(self.resource);
        let comma = if fields == "{" { "" } else { "," };
        let begun = self.begun_add_on().map_or_else(String::new, |id| format!("\"add_on_id\":{},", text(&id)));
        let refund = RefundView::of(self.facts.iter().map(|placed| &placed.fact));
        let refund = refund.map_or_else(String::new, |refund| format!("\"refund\":{},", text(&refund)));
        format!("{fields}{comma}{begun}{refund}\"receipt\":null,\"quote\":{}}}", text(&quote))
    }

    /// The add-on that would begin; the order itself gives it another id.
    fn begun_add_on(&self) -> Option<String> {
        self.facts.iter().find_map(|placed| match placed.fact.stream {
            Stream::AddOn(id) if placed.sequence == 1 => Some(id.to_string()),
            Stream::Account(_)
            | Stream::Application(_)
            | Stream::Subscription(_)
            | Stream::AddOn(_)
            | Stream::Usage(_)
            | Stream::PriceList(_) => None,
        })
    }
}

/// The answer to a dry run of a write that no payer is charged for.
pub fn quote_of_nothing(resource: &str, scope: &str, request: String, position: u64) -> String {
    let (total, created) = (Money::zero(Currency::default()), BTreeSet::new());
    let quote = Quote { lines: Vec::new(), total, rights: Vec::new(), coming: Vec::new(), created };
    let token = QuoteToken { scope: scope.to_owned(), request, held_to: held_to(&quote) };
    QuoteAnswer { resource, facts: &[], quote: &quote, token: &token, position }.text()
}

impl<'a> LineView<'a> {
    fn of(line: &'a SourceLine, voucher: Option<Money>) -> Self {
        let (first_day, last_day) = (line.period.first_day(), line.period.last_day());
        Self {
            application_id: line.application_id,
            item: line.item,
            description: format!("{}, {first_day} to {last_day}", line.formula.description(line.item)),
            period: line.period.into(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            amount: line.amount,
            price_list: &line.price_list,
            formula: line.formula.to_string(),
            voucher: voucher.map(|amount| Voucher { amount }),
        }
    }
}

impl RightView {
    fn of(change: &RightChange) -> Self {
        let RightChange { application_id, name, from, to } = *change;
        Self { application_id, name, from, to }
    }
}

/// What an order is held to: lines, total and rights, without what derives from the order's own id. Periods are told by
/// their civil days, which is what terms are counted by (R0); a term that starts at payment has another first instant
/// each time it is asked about.
pub fn held_to(quote: &Quote) -> Value {
    let lines: Vec<Value> = quote.lines.iter().map(|line| held_to_line(quote, line)).collect();
    let mut rights: BTreeMap<String, BTreeMap<&str, (Standing, Standing)>> = BTreeMap::new();
    for change in &quote.rights {
        let of = rights.entry(called(quote, change.application_id)).or_default();
        of.insert(change.name, (change.from, change.to));
    }
    let rights = json!(rights);
    let told = rights.to_string();
    let rights = if told.len() > RIGHTS_MAX { json!({ "sha256": hex(told.as_bytes()) }) } else { rights };
    json!({ "lines": lines, "total": quote.total, "rights": rights })
}

fn held_to_line(quote: &Quote, QuotedLine { line, voucher }: &QuotedLine) -> Value {
    let created = quote.created.contains(&line.application_id);
    let application_id = if created { json!(NEW) } else { json!(line.application_id) };
    let mut held = json!({
        "application_id": application_id,
        "item": line.item,
        "first_day": line.period.first_day(),
        "last_day": line.period.last_day(),
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "amount": line.amount,
        "price_list": line.price_list,
        "formula": line.formula.to_string(),
    });
    if let Some(amount) = voucher {
        held["voucher"] = json!(Voucher { amount: *amount });
    }
    held
}

/// The id of an application that is yet to be created may go to somebody else first.
fn called(quote: &Quote, id: ApplicationId) -> String {
    if quote.created.contains(&id) { NEW.to_owned() } else { id.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A quote that brings so many applications back into service.
    fn of(applications: u64, to: u64) -> Quote {
        let change = |id: u64| RightChange {
            application_id: ApplicationId::try_new(id).expect("a small id"),
            name: "users_max",
            from: Standing::Limit(Some(0)),
            to: Standing::Limit(Some(to)),
        };
        let (total, rights) = (Money::zero(Currency::default()), (1..=applications).map(change).collect());
        Quote { lines: Vec::new(), total, rights, coming: Vec::new(), created: BTreeSet::new() }
    }

    #[test]
    fn rights_of_a_few_are_held_to_one_by_one() {
        assert_eq!(held_to(&of(1, 5))["rights"], json!({"1": {"users_max": [0, 5]}}));
    }

    #[test]
    fn rights_that_no_header_can_carry_are_held_to_by_their_hash() {
        let many = held_to(&of(1_000, 5));
        assert!(many["rights"]["sha256"].is_string() && many.to_string().len() < 1_000, "{many}");
        assert_eq!(many, held_to(&of(1_000, 5)));
        assert_ne!(many, held_to(&of(1_000, 6)), "the last right counts too");
    }

    #[test]
    fn an_application_that_is_yet_to_be_created_has_no_id_to_be_held_to() {
        let created = |id: u64| {
            let id = ApplicationId::try_new(id).expect("a small id");
            let mut quote = of(1, 5);
            quote.rights[0].application_id = id;
            Quote { created: BTreeSet::from([id]), ..quote }
        };
        assert_eq!(held_to(&created(7)), held_to(&created(8)));
        assert_eq!(held_to(&created(7))["rights"], json!({"new": {"users_max": [0, 5]}}));
    }
}
