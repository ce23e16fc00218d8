//! Owns the books over the wire (U48): what a day earns, what a refund takes, and that debits are credits on every day.

use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};

use super::life::{amount, at, cny, measure, on_plan};

on_both_stores! {
    u48_a_term_is_earned_by_its_days_and_use_on_the_last_of_its_month
    u48_a_refund_takes_the_rest_of_what_was_paid
    u48_what_a_voucher_pays_is_taken_off_revenue
    a_payers_journal_is_read_in_pages_and_adds_up_to_the_trial_balance
    what_is_no_question_about_the_books_is_refused
}

async fn trial_balance(served: &Served, day: &str) -> Value {
    let balance = served.read(&format!("/v1/reports/trial-balance?as_of={day}T00:00:00%2B08:00")).await;
    assert_eq!((&balance["through"], &balance["balance"]), (&json!(day), &cny("0.00")));
    assert_eq!(balance["debit"], balance["credit"]);
    balance
}

/// A heading's balance, as debits less credits.
fn under(balance: &Value, heading: &str) -> String {
    let lines = balance["ledger_accounts"].as_array().expect("a list");
    let Some(line) = lines.iter().find(|line| line["ledger_account"] == heading) else { return "0.00".to_owned() };
    match amount(&line["debit"]) {
        "0.00" => format!("-{}", amount(&line["credit"])),
        debit => debit.to_owned(),
    }
}

async fn revenue(served: &Served, month: &str) -> Value {
    served.read(&format!("/v1/reports/revenue?month={month}")).await
}

async fn u48_a_term_is_earned_by_its_days_and_use_on_the_last_of_its_month(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-10-01", "china", "pro", 1).await;
    measure(&served, application, "2022-10-01", 15_000, 0).await.is(200);
    served.advance(&at("2022-11-03")).await;
    // 999.00 over 31 days: 32.23, 32.22, 32.23, …
    for (day, earned) in [("2022-10-01", "-32.23"), ("2022-10-02", "-64.45"), ("2022-10-03", "-96.68")] {
        let balance = trial_balance(&served, day).await;
        assert_eq!(under(&balance, "income:revenue:pro"), earned, "{day}");
    }
    let second = trial_balance(&served, "2022-10-02").await;
    assert_eq!(under(&second, "liabilities:deferred_revenue"), "-934.55");
    assert_eq!(under(&second, "liabilities:wallet_cash"), "-499001.00");
    // Used in October, billed on 3 November.
    let last = trial_balance(&served, "2022-10-31").await;
    assert_eq!(under(&last, "assets:accrued_revenue"), "1000.00");
    assert_eq!(under(&last, "income:revenue:dau_overage"), "-1000.00");
    assert_eq!(under(&trial_balance(&served, "2022-11-03").await, "assets:accrued_revenue"), "0.00");
    let october = revenue(&served, "2022-10").await;
    let expected = json!({
        "month": "2022-10", "through": "2022-10-31",
        "lines": [
            {"item": "pro", "pay_mode": "prepaid", "amount": cny("999.00")},
            {"item": "dau_overage", "pay_mode": "postpaid", "amount": cny("1000.00")},
        ],
        "prepaid": cny("999.00"), "postpaid": cny("1000.00"), "vouchers_used": cny("0.00"),
        "credits_not_returned": cny("0.00"), "total": cny("1999.00"),
    });
    assert_eq!(october, expected);
    // A month that runs is told to today, and one to come has earned nothing.
    assert_eq!(revenue(&served, "2022-11").await["through"], "2022-11-03");
    assert_eq!(revenue(&served, "2023-05").await["total"], cny("0.00"));
}

async fn u48_a_refund_takes_the_rest_of_what_was_paid(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-10-01", "china", "pro", 2).await;
    served.advance(&at("2022-10-16")).await;
    let path = format!("/v1/applications/{application}/subscription/refund");
    let refunded = served.post(&path, &json!({})).await.ok();
    assert_eq!(amount(&refunded["refund"]["cash"]), "1482.39");
    let balance = trial_balance(&served, "2022-10-16").await;
    assert_eq!(under(&balance, "liabilities:deferred_revenue"), "0.00");
    assert_eq!(under(&balance, "liabilities:wallet_cash"), "-499484.39");
    assert_eq!(amount(&revenue(&served, "2022-10").await["total"]), "515.61");
    served.advance(&at("2022-12-01")).await;
    assert_eq!(amount(&revenue(&served, "2022-11").await["prepaid"]), "0.00");
}

async fn u48_what_a_voucher_pays_is_taken_off_revenue(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-10-01")).await;
    served.open("acme", "499.00", "0.00").await;
    let application = served.create("acme", "china").await;
    let voucher = json!({"voucher_id": "v-1", "face": cny("500.00"), "expires_on": "2022-12-31"});
    served.post("/v1/accounts/acme/vouchers", &voucher).await.is(200);
    let asked = json!({"plan": "pro", "months": 1, "voucher_id": "v-1"});
    served.post(&format!("/v1/applications/{application}/subscription"), &asked).await.is(200);
    served.advance(&at("2022-11-01")).await;
    let october = revenue(&served, "2022-10").await;
    let told = ["prepaid", "vouchers_used", "total"].map(|name| amount(&october[name]));
    assert_eq!(told, ["999.00", "500.00", "499.00"]);
}

async fn a_payers_journal_is_read_in_pages_and_adds_up_to_the_trial_balance(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-10-01", "china", "pro", 3).await;
    measure(&served, application, "2022-10-01", 15_000, 0).await.is(200);
    served.advance(&at("2022-12-05")).await;
    let whole = served.list("/v1/accounts/acme/journal?limit=200").await;
    let told: Vec<String> = whole
        .iter()
        .map(|entry| {
            format!("{} {}", entry["date"].as_str().expect("a day"), entry["type"].as_str().unwrap_or("recognition"))
        })
        .collect();
    let expected = [
        "2022-10-01 MoneyDeposited",
        "2022-10-01 OrderPaid",
        "2022-10-31 recognition",
        "2022-11-03 StatementFinalised",
        "2022-11-30 recognition",
        "2022-12-05 recognition",
    ];
    assert_eq!(told, expected);
    assert_eq!(served.list("/v1/accounts/acme/journal?limit=1").await, whole);
    let order = &whole[1];
    let posting = |heading: &str, money: &str| json!({"ledger_account": heading, "amount": cny(money)});
    let postings =
        json!([posting("liabilities:wallet_cash", "2997.00"), posting("liabilities:deferred_revenue", "-2997.00")]);
    assert_eq!((&order["kind"], &order["postings"]), (&json!("event"), &postings));
    let log = served.log().await;
    let paid = log.iter().find(|event| event["type"] == "OrderPaid").expect("it was paid");
    assert_eq!((&order["event_id"], &order["position"]), (&paid["event_id"], &paid["position"]));
    // One payer's journal is all books of this ledger.
    let balance = trial_balance(&served, "2022-12-05").await;
    let fen = |text: &str| text.replace('.', "").parse::<i64>().expect("an amount");
    for line in balance["ledger_accounts"].as_array().expect("a list") {
        let postings = whole.iter().flat_map(|entry| entry["postings"].as_array().expect("a list"));
        let of_heading = postings.filter(|posting| posting["ledger_account"] == line["ledger_account"]);
        let sum: i64 = of_heading.map(|posting| fen(amount(&posting["amount"]))).sum();
        assert_eq!(sum, fen(amount(&line["debit"])) - fen(amount(&line["credit"])), "{line}");
    }
}

async fn what_is_no_question_about_the_books_is_refused(kind: StoreKind) {
    let (served, _) = on_plan(kind, "2022-10-01", "china", "pro", 1).await;
    let told = served.client.get("/v1/reports/trial-balance").await.is(200);
    assert!(told.header("etag").is_some() && told.header("ledger-position") == Some(served.head().await.as_str()));
    for (path, pointer) in [
        ("/v1/reports/revenue", "/month"),
        ("/v1/reports/revenue?month=2022-13", "/month"),
        ("/v1/reports/revenue?month=2022-10&as_of=2022-10-01T00:00:00Z", "/as_of"),
        ("/v1/reports/trial-balance?as_of=2022-10-02T00:00:00%2B08:00", "/as_of"),
        ("/v1/reports/trial-balance?month=2022-10", "/month"),
        ("/v1/accounts/acme/journal?limit=0", "/limit"),
        ("/v1/accounts/acme/journal?cursor=2f", "/cursor"),
    ] {
        let (status, code, pointers) = served.client.get(path).await.problem();
        assert_eq!((status, code.as_str(), pointers), (422, "invalid_request", vec![pointer.to_owned()]), "{path}");
    }
    served.client.get("/v1/accounts/nobody/journal").await.is_problem(404, "not_found");
}
