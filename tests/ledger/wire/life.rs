//! Owns how a life of months is told over the wire: what is bought beside a plan, what is measured, and the bills.
//!
//! Does not own what is expected of it (the tests beside this file).

use hyper::Method;
use serde_json::{Value, json};
use subledger_tests::served::{Answer, Served, StoreKind};

/// An amount as the wire has it.
pub(super) fn cny(amount: &str) -> Value {
    json!({"amount": amount, "currency": "CNY"})
}

/// 00:00 of a day by Beijing's clock, or a time of it: `2022-11-01`, `2022-11-01 10:00:00`.
pub(super) fn at(when: &str) -> String {
    match when.split_once(' ') {
        Some((day, time)) => format!("{day}T{time}+08:00"),
        None => format!("{when}T00:00:00+08:00"),
    }
}

/// A ledger from 00:00 of a day, with a payer of much money and one application, on a plan if that is not Trial.
pub(super) async fn on_plan(kind: StoreKind, day: &str, site: &str, plan: &str, months: u32) -> (Served, u64) {
    let served = Served::start(kind, &at(day)).await;
    served.open("acme", "500000.00", "0.00").await;
    let application = served.create("acme", site).await;
    if plan != "trial" {
        served.buy(application, plan, months).await.is(200);
    }
    (served, application)
}

/// Buys or tries an add-on.
pub(super) async fn pack(served: &Served, application: u64, asked: Value) -> Answer {
    served.post(&format!("/v1/applications/{application}/add-ons"), &asked).await
}

/// Renews one.
pub(super) async fn renew_pack(served: &Served, application: u64, add_on: &str, months: u32) -> Answer {
    let path = format!("/v1/applications/{application}/add-ons/{add_on}/renewals");
    served.post(&path, &json!({"months": months})).await
}

/// Sets how long history is kept.
pub(super) async fn keep(served: &Served, application: u64, days: u32) -> Answer {
    let (path, key) = (format!("/v1/applications/{application}/history-retention"), served.key());
    let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
    served.client.send(Method::PUT, &path, &headers, &json!({"days": days}).to_string()).await
}

/// Tells a day.
pub(super) async fn measure(served: &Served, application: u64, date: &str, dau: u64, peak_groups: u64) -> Answer {
    let reading = json!({"date": date, "dau": dau, "peak_groups": peak_groups});
    served.post(&format!("/v1/applications/{application}/usage/daily"), &reading).await
}

/// A month of usage.
pub(super) async fn usage(served: &Served, application: u64, month: &str) -> Value {
    served.read(&format!("/v1/applications/{application}/usage?month={month}")).await
}

/// One number in force.
pub(super) async fn limit(served: &Served, application: u64, quota: &str) -> Value {
    let rights = served.read(&format!("/v1/applications/{application}/entitlements")).await;
    rights["quotas"][quota]["limit"].clone()
}

/// Every invoice of a payer, drafts behind the numbered ones.
pub(super) async fn invoices(served: &Served, account: &str) -> Vec<Value> {
    served.list(&format!("/v1/accounts/{account}/invoices?limit=200")).await
}

/// The statements of a payer as `month total`, those that are final.
pub(super) async fn statements(served: &Served, account: &str) -> Vec<String> {
    let invoices = invoices(served, account).await;
    let is_final = |invoice: &&Value| invoice["kind"] == "statement" && invoice["state"] == "final";
    invoices.iter().filter(is_final).map(|one| format!("{} {}", text(&one["month"]), amount(&one["total"]))).collect()
}

/// The statement of a month, drafted or final.
pub(super) async fn statement(served: &Served, account: &str, month: &str) -> Value {
    let invoices = invoices(served, account).await;
    let found = invoices.iter().find(|invoice| invoice["kind"] == "statement" && invoice["month"] == month);
    found.unwrap_or_else(|| panic!("no statement of {account} for {month} in {invoices:?}")).clone()
}

/// The line of an application for an item, if the invoice has one.
pub(super) fn line<'i>(invoice: &'i Value, application: u64, item: &str) -> Option<&'i Value> {
    let mut lines = invoice["lines"].as_array().expect("an invoice has lines").iter();
    lines.find(|line| line["application_id"] == application && line["item"] == item)
}

/// What that line comes to.
pub(super) fn fee<'i>(invoice: &'i Value, application: u64, item: &str) -> &'i str {
    amount(&line(invoice, application, item).unwrap_or_else(|| panic!("no {item} in {invoice}"))["amount"])
}

/// The decimal of an amount.
pub(super) fn amount(money: &Value) -> &str {
    text(&money["amount"])
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// The smallest units of an amount that is not negative.
pub(super) fn fen(money: &Value) -> u64 {
    amount(money).replace('.', "").parse().unwrap_or_else(|_| panic!("{money} is no amount"))
}
