//! Owns quotes: an order decided for its price alone, and an order that is held to what was quoted.
//!
//! Does not own what an order comes to (`domain::quote`) nor how a quote looks (`views`).

use jiff::Timestamp;
use serde_json::Value;
use subledger_domain::books::Working;
use subledger_domain::catalog::Catalog;
use subledger_domain::decide::{self, Decision, Refusal};
use subledger_domain::quote;

use super::batch::nothing_to_show;
use super::{Accepted, StaleQuote, Write, WriteFault};
use crate::views::{self, QuoteAnswer, QuoteToken};

/// Decides an order that is only asked about, on Books that may have something due.
pub(super) fn asked(
    books: &Working<'_>,
    write: &Write,
    at: Timestamp,
    position: u64,
    catalog: &Catalog,
) -> Result<Accepted, WriteFault> {
    let standing = decide::as_at(books.clone(), at, catalog);
    if !write.is_expected(&standing, at) {
        return Err(WriteFault::PreconditionFailed);
    }
    let outcome = decide::decide(standing.clone(), &write.command(at), catalog);
    let decision = outcome.order.map_err(|refusal| refused(write.quoted.as_ref(), refusal))?;
    if let Some(quoted) = &write.quoted {
        agrees(quoted, &standing, &outcome.books, &decision)?;
    }
    let quote = quote::of(&standing, &outcome.books, &decision).map_err(internal)?;
    // Of a payer that was parked, more is due behind the order; the write would show that too.
    let after = decide::as_at(outcome.books, at, catalog);
    let resource = views::resource(&write.subject, &after, at).ok_or_else(|| nothing_to_show(write))?;
    let (scope, request) = (write.key.scope.clone(), write.fingerprint.to_string());
    let token = QuoteToken { scope, request, held_to: views::held_to(&quote) };
    let answer = QuoteAnswer { resource: &resource, facts: &decision.facts, quote: &quote, token: &token, position };
    Ok(Accepted { status: 200, body: answer.text(), etag: None, replayed: false, position })
}

/// Refuses an order that would come to something else than what was quoted.
pub(super) fn agrees(
    quoted: &Value,
    before: &Working<'_>,
    after: &Working<'_>,
    decision: &Decision,
) -> Result<(), WriteFault> {
    let quote = quote::of(before, after, decision).map_err(internal)?;
    let now = views::held_to(&quote);
    if now == *quoted {
        return Ok(());
    }
    let mut differs = Vec::new();
    differences("", quoted, &now, &mut differs);
    Err(WriteFault::QuoteStale(Box::new(StaleQuote { quoted: quoted.clone(), now: Some(now), differs })))
}

/// A refusal, which under a quote may mean that a means it counted on is gone (U19).
pub(super) fn refused(quoted: Option<&Value>, refusal: Refusal) -> WriteFault {
    match quoted {
        Some(quoted) if quote::is_lapse(&refusal) => {
            let differs = lapsed_lines(quoted).into_iter().map(|line| (line, refusal.to_string())).collect();
            WriteFault::QuoteStale(Box::new(StaleQuote { quoted: quoted.clone(), now: None, differs }))
        }
        Some(_) | None => refusal.into(),
    }
}

/// The lines that a means was to pay; all of them when none says so.
fn lapsed_lines(quoted: &Value) -> Vec<String> {
    let lines = quoted["lines"].as_array().map_or(&[][..], Vec::as_slice);
    let named = |only_with_voucher: bool| {
        let with_means = move |line: &Value| !only_with_voucher || !line["voucher"].is_null();
        let lines = lines.iter().enumerate().filter(move |(_, line)| with_means(line));
        lines.map(|(index, _)| format!("/lines/{index}")).collect::<Vec<_>>()
    };
    let with_voucher = named(true);
    if with_voucher.is_empty() { named(false) } else { with_voucher }
}

/// Each place where two quotes differ, at the smallest part that can be named: an amount, a row, a whole line that has
/// no counterpart.
fn differences(pointer: &str, quoted: &Value, now: &Value, found: &mut Vec<(String, String)>) {
    match (quoted, now) {
        (Value::Object(before), Value::Object(after)) if !is_money(quoted) && !is_money(now) => {
            let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for name in names {
                differences(&format!("{pointer}/{name}"), &quoted[name.as_str()], &now[name.as_str()], found);
            }
        }
        // A pair of a right's two standings is one thing; only lists of lines are walked.
        (Value::Array(before), Value::Array(after)) if before.iter().chain(after).all(Value::is_object) => {
            for index in 0..before.len().max(after.len()) {
                let side = |lines: &[Value]| lines.get(index).cloned().unwrap_or(Value::Null);
                differences(&format!("{pointer}/{index}"), &side(before), &side(after), found);
            }
        }
        _ if quoted == now => {}
        _ => found.push((pointer.to_owned(), format!("quoted {}, now {}", told(quoted), told(now)))),
    }
}

fn is_money(value: &Value) -> bool {
    value.get("currency").is_some()
}

fn told(value: &Value) -> String {
    match (value, value["amount"].as_str()) {
        (Value::Null, _) => "nothing".to_owned(),
        (Value::Object(_), Some(amount)) if is_money(value) => format!("`{amount}`"),
        (Value::String(text), _) => format!("`{text}`"),
        // How a right stands before and after.
        (Value::Array(standings), _) if standings.len() == 2 => format!("`{}` to `{}`", standings[0], standings[1]),
        (other, _) => format!("`{other}`"),
    }
}

fn internal(fault: subledger_domain::money::MoneyFault) -> WriteFault {
    WriteFault::Internal { reason: format!("an accepted order cannot be quoted: {fault}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(quoted: &Value, now: &Value) -> Vec<(String, String)> {
        let mut found = Vec::new();
        differences("", quoted, now, &mut found);
        found
    }

    #[test]
    fn u42_what_differs_is_named_by_line_and_member() {
        let cny = |amount: &str| json!({"amount": amount, "currency": "CNY"});
        let quote = |amount: &str, plan: &str| {
            json!({"lines": [{"item": "pro", "amount": cny(amount)}], "total": cny(amount),
                   "rights": {"1": {"plan": ["trial", plan]}}})
        };
        assert_eq!(found(&quote("1.00", "pro"), &quote("1.00", "pro")), []);
        let told: Vec<_> = found(&quote("1060.00", "pro"), &quote("980.00", "flagship"));
        let pointers: Vec<&str> = told.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/lines/0/amount", "/rights/1/plan", "/total"]);
        assert_eq!(told[0].1, "quoted `1060.00`, now `980.00`");
        assert_eq!(told[1].1, "quoted `\"trial\"` to `\"pro\"`, now `\"trial\"` to `\"flagship\"`");
    }

    #[test]
    fn a_line_without_counterpart_is_named_whole() {
        let lines =
            |items: &[&str]| json!({"lines": items.iter().map(|item| json!({"item": item})).collect::<Vec<_>>()});
        assert_eq!(
            found(&lines(&["pro"]), &lines(&["pro", "flagship"])),
            [("/lines/1".to_owned(), "quoted nothing, now `{\"item\":\"flagship\"}`".to_owned())]
        );
    }

    #[test]
    fn u19_the_line_a_voucher_was_to_pay_is_the_one_that_lapsed() {
        let quote =
            json!({"lines": [{"item": "pro"}, {"item": "pro", "voucher": {"amount": "1.00", "currency": "CNY"}}]});
        assert_eq!(lapsed_lines(&quote), ["/lines/1"]);
        assert_eq!(lapsed_lines(&json!({"lines": [{"item": "pro"}]})), ["/lines/0"]);
        assert_eq!(lapsed_lines(&json!({})), Vec::<String>::new());
    }
}
