//! Owns the proof that the books leave the ledger whole: the demonstration's year, exported beside its server, is accepted
//! by the real `bean-check`, says what the reports say, and is refused when a fen is missing.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use serde_json::Value;
use subledger_api::client::Client;
use subledger_api::demo;
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};
use tokio::process::Command;

on_both_stores! {
    the_demos_year_is_books_that_bean_check_accepts
    the_log_is_exported_as_lines_and_as_values
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_subledger-under-test");

async fn export(served: &Served, format: &str) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(["--allow-unsafe-store", "--store", served.store(), "export", "--format", format]);
    command.env("SUBLEDGER_LOG", "error").stdin(Stdio::null()).kill_on_drop(true);
    command.output().await.expect("the program runs")
}

/// What was exported, and the summary beside it.
async fn exported(served: &Served, format: &str) -> (String, String) {
    let output = export(served, format).await;
    let words = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{words}");
    (String::from_utf8(output.stdout).expect("text"), words)
}

/// The real one: named, or on the path, where `scripts/install-test-needs` puts it.
fn bean_check() -> PathBuf {
    std::env::var_os("SUBLEDGER_TEST_BEAN_CHECK").map_or_else(|| PathBuf::from("bean-check"), PathBuf::from)
}

/// Whether it accepts a text, and what it says.
async fn checked(text: &str) -> (bool, String) {
    let folder = tempfile::tempdir().expect("the temporary folder is writable");
    let file = folder.path().join("books.beancount");
    std::fs::write(&file, text).expect("the temporary folder is writable");
    let output = Command::new(bean_check())
        .arg("--no-cache")
        .arg(&file)
        .output()
        .await
        .expect("bean-check runs: scripts/install-test-needs installs it");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// A ledger that has lived the demonstration's year.
async fn year(kind: StoreKind) -> Served {
    let served = Served::start(kind, demo::BEGINS).await;
    let client = Client::new(format!("http://{}", served.client.address()));
    demo::play(&client, |_| Ok(())).await.expect("the demonstration plays");
    served
}

fn fen(text: &str) -> i64 {
    text.replace('.', "").parse().expect("an amount")
}

async fn the_demos_year_is_books_that_bean_check_accepts(kind: StoreKind) {
    let served = year(kind).await;
    let (books, words) = exported(&served, "beancount").await;
    let (accepted, said) = checked(&books).await;
    assert!(accepted && said.is_empty(), "{said}");
    assert!(words.contains("events as beancount, to the head"), "{words}");
    // It bites: a fen less in one posting, and the transaction and the balances are refused.
    let line = books.lines().find(|line| line.starts_with("  Liabilities:DeferredRevenue  -")).expect("an order");
    let (refused, said) = checked(&books.replacen(line, &line.replacen("  -", "  -1", 1), 1)).await;
    assert!(!refused && said.contains("does not balance"), "{said}");

    // Every event that has postings is there once, with its place.
    let log = served.log().await;
    for event in log.iter().filter(|event| event["type"] == "OrderPaid" || event["type"] == "StatementFinalised") {
        let id = event["event_id"].as_str().expect("an id");
        let position = event["position"].as_str().expect("a position");
        let said = format!("  event_id: \"{id}\"\n  position: \"{position}\"\n");
        let nothing_owed = event["data"].to_string().contains(r#""total":{"amount":"0.00""#);
        assert_eq!(books.matches(&said).count(), usize::from(!nothing_owed), "{event}");
    }
    months_add_up(&served, &books, &log).await;
}

/// At the end of each month debits are credits; the months' revenue and what is deferred are what was paid in advance.
async fn months_add_up(served: &Served, books: &str, log: &[Value]) {
    let mut prepaid = 0;
    let (mut year, mut month) = (2022, 10);
    while (year, month) <= (2023, 12) {
        let name = format!("{year}-{month:02}");
        let revenue = served.read(&format!("/v1/reports/revenue?month={name}")).await;
        let amount = |value: &Value| fen(value["amount"].as_str().expect("an amount"));
        let lines: i64 = revenue["lines"].as_array().expect("a list").iter().map(|line| amount(&line["amount"])).sum();
        assert_eq!(lines, amount(&revenue["prepaid"]) + amount(&revenue["postpaid"]), "{name}");
        prepaid += amount(&revenue["prepaid"]);
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
    let balance = served.read("/v1/reports/trial-balance").await;
    assert_eq!(balance["balance"]["amount"], "0.00");
    let lines = balance["ledger_accounts"].as_array().expect("a list");
    let credit = |heading: &str| {
        let line = lines.iter().find(|line| line["ledger_account"] == heading);
        line.map_or(0, |line| fen(line["credit"]["amount"].as_str().expect("an amount")))
    };
    let sum_of = |event_type: &str, prepaid_only: bool| -> i64 {
        let of_type = log.iter().filter(|event| event["type"] == event_type);
        let counted = of_type.filter(|event| !prepaid_only || event["data"].to_string().contains(r#""reason":"#));
        let bodies =
            counted.map(|event| event["data"].as_object().expect("an object").values().next().expect("a body"));
        let billed = bodies.filter(|body| body.get("reason").is_none_or(|reason| reason != "correction"));
        billed.map(|body| fen(body["total"]["amount"].as_str().expect("an amount"))).sum()
    };
    let paid = sum_of("OrderPaid", false) - sum_of("CreditNoteIssued", true);
    assert!(paid > 0);
    assert_eq!(prepaid + credit("liabilities:deferred_revenue"), paid);
    // The text ends with what the report says, on the log's last day.
    for line in lines.iter().filter(|line| line["ledger_account"] == "assets:bank") {
        let debit = line["debit"]["amount"].as_str().expect("an amount");
        assert!(books.contains(&format!(" balance Assets:Bank  {debit} ~ 0.00 CNY")), "{line}");
    }
}

async fn the_log_is_exported_as_lines_and_as_values(kind: StoreKind) {
    let served = Served::start(kind, "2022-10-12T00:00:00+08:00").await;
    served.open("acme", "2000.00", "300.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    let log = served.log().await;
    let (lines, words) = exported(&served, "ndjson").await;
    let read: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(read, log);
    assert!(words.contains(&format!("exported {} events as ndjson", log.len())), "{words}");
    let (values, _) = exported(&served, "csv").await;
    let rows: Vec<&str> = values.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), log.len() + 1);
    assert!(rows[0].starts_with("position,event_id,account_id,"));
    let first = &log[0];
    let begins = format!("1,{},acme,account,acme,1,AccountOpened,1,", first["event_id"].as_str().expect("an id"));
    assert!(rows[1].starts_with(&begins) && rows[1].ends_with(first["hash"].as_str().expect("a hash")), "{}", rows[1]);
    // What is not written is said, and nothing is.
    let refused = export(&served, "parquet").await;
    assert!(!refused.status.success() && refused.stdout.is_empty());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("does not write parquet"));
    let empty = Served::start(kind, "2022-10-12T00:00:00+08:00").await;
    assert_eq!(exported(&empty, "ndjson").await.0, "");
    assert!(checked(&exported(&empty, "beancount").await.0).await.0);
}
