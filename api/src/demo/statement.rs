//! Owns how a statement reads on the terminal: what is charged, how it came about, how it was paid.

use serde_json::Value;

use super::timeline::{day, money, text};

/// A statement as lines for its payer. Lines of nothing are counted, not shown.
pub(super) fn told(statement: &Value) -> Vec<String> {
    let (number, month) = (&statement["number"], text(&statement["month"]));
    let head = format!("statement no. {number} of {} for {month}, issued {}", payer(statement), issued(statement));
    let mut told = vec![head];
    let lines = statement["lines"].as_array().map_or(&[][..], Vec::as_slice);
    let (free, charged): (Vec<&Value>, Vec<&Value>) = lines.iter().partition(|line| is_nothing(&line["amount"]));
    for line in charged {
        let (description, amount) = (text(&line["description"]), text(&line["amount"]["amount"]));
        told.push(format!("  {}  {description:<54}{amount:>12}", line["application_id"]));
        told.push(format!("              {}", text(&line["formula"])));
    }
    if !free.is_empty() {
        told.push(format!("  {:<66}{:>12}", format!("{} lines within what the plans include", free.len()), "0.00"));
    }
    told.push(format!("  {:<66}{:>12}", "total", text(&statement["total"]["amount"])));
    for payment in statement["paid"].as_array().into_iter().flatten() {
        told.extend(paid(payment));
    }
    told.push(format!("  still to be paid: {}", money(&statement["amount_due"])));
    told
}

fn payer(statement: &Value) -> &str {
    text(&statement["account_id"])
}

fn issued(statement: &Value) -> &str {
    text(&statement["issued_on"])
}

fn paid(payment: &Value) -> Option<String> {
    let sources = [("a voucher", "voucher"), ("gift", "gift"), ("cash", "cash")];
    let parts: Vec<String> = sources
        .iter()
        .filter(|(_, field)| !is_nothing(&payment[field]))
        .map(|(name, field)| format!("{} from {name}", text(&payment[field]["amount"])))
        .collect();
    (!parts.is_empty()).then(|| format!("  paid on {}: {}", day(&payment["at"]), parts.join(", ")))
}

fn is_nothing(amount: &Value) -> bool {
    text(&amount["amount"]).bytes().all(|byte| matches!(byte, b'0' | b'.'))
}
