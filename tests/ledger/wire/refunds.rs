//! Owns refunds and corrections as a caller sees them: what an order gave back, the credit note as an invoice and a page,
//! its explanation in two languages, and the days after (C6, U29–U34, U38, B2).
//!
//! Does not own each rule of an amount (`domain`).

use std::collections::BTreeSet;

use hyper::Method;
use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Answer, Served, StoreKind};

use super::life::{amount, at, cny, invoices, measure, pack, statement, text};
use super::untouched::Untouched;

on_both_stores! {
    c6_1_b2_an_ordinary_refund_goes_back_as_it_was_paid_and_leaves_seven_days
    c6_8_u31_within_five_days_all_comes_back_once_per_account
    c6_4_c6_5_a_pack_is_given_back_and_a_refund_of_nothing_is_done_all_the_same
    c6_6_of_a_promotional_order_nothing_is_left_after_five_days
    c6_10_months_not_begun_come_back_whole
    u33_in_arrears_a_refund_pays_the_debt_first
    u38_a_correction_up_is_a_line_on_the_next_statement
    u38_a_correction_down_is_a_credit_note_at_once
}

fn of(application: u64, tail: &str) -> String {
    format!("/v1/applications/{application}{tail}")
}

/// A payer with exactly what a plan of November costs, and the plan.
async fn november(kind: StoreKind, plan: &str, cash: &str, gift: &str) -> (Served, u64) {
    let served = Served::start(kind, &at("2022-11-01 09:00:00")).await;
    served.open("acme", cash, gift).await;
    let application = served.create("acme", "china").await;
    served.buy(application, plan, 1).await.is(200);
    (served, application)
}

async fn refund(served: &Served, application: u64, body: Value) -> Answer {
    served.post(&of(application, "/subscription/refund"), &body).await
}

async fn balances(served: &Served) -> (Value, Value) {
    let balance = served.read("/v1/accounts/acme").await["balance"].clone();
    (balance["cash"].clone(), balance["gift"].clone())
}

/// `kind paid used cash gift`
fn given_back(answer: &Value) -> String {
    let refund = &answer["refund"];
    let parts = ["paid", "used", "cash", "gift"].map(|part| amount(&refund[part]));
    format!("{} {}", text(&refund["kind"]), parts.join(" "))
}

fn types(answer: &Value) -> Vec<&str> {
    answer["receipt"]["events"].as_array().expect("events").iter().map(|one| text(&one["type"])).collect()
}

async fn credit_notes(served: &Served) -> Vec<Value> {
    let mut all = invoices(served, "acme").await;
    all.retain(|invoice| invoice["kind"] == "credit_note");
    all
}

fn explanation(invoice: &Value, line: &Value) -> String {
    format!("/v1/invoices/{}/lines/{}/explanation", text(&invoice["invoice_id"]), text(&line["line_id"]))
}

/// The calculation that an explanation ends with, in English and in Chinese; and both texts lead to it.
async fn calculated(served: &Served, invoice: &Value, line: &Value) -> (String, String) {
    let path = explanation(invoice, line);
    let explained = served.read(&path).await;
    assert_eq!((&explained["invoice_id"], &explained["amount"]), (&invoice["invoice_id"], &line["amount"]));
    // The line names first what it comes from; the explanation has the events as the log has them.
    let ids = |list: &Value| -> BTreeSet<String> {
        list.as_array().expect("a list").iter().map(|one| text(&one["event_id"]).to_owned()).collect()
    };
    let cited = ids(&line["causes"]);
    assert_eq!((ids(&explained["events"]), cited.is_empty()), (cited, false));
    let last = explained["steps"].as_array().and_then(|steps| steps.last()).expect("a calculation");
    for language in ["en", "zh"] {
        let headers = [("accept", "text/plain")];
        let page = served.client.send(Method::GET, &format!("{path}?lang={language}"), &headers, "").await.is(200);
        assert!(page.text().contains(text(&last[language])), "{}", page.text());
    }
    (text(&last["en"]).to_owned(), text(&last["zh"]).to_owned())
}

async fn page(served: &Served, invoice: &Value) -> String {
    let path = format!("/v1/invoices/{}", text(&invoice["invoice_id"]));
    served.client.send(Method::GET, &path, &[("accept", "text/html")], "").await.is(200).text()
}

async fn c6_1_b2_an_ordinary_refund_goes_back_as_it_was_paid_and_leaves_seven_days(kind: StoreKind) {
    let (served, application) = november(kind, "pro", "399.60", "599.40").await;
    let auto = of(application, "/subscription/auto-renew");
    served.put(&auto, &json!({"enabled": true})).await.is(200);
    served.advance(&at("2022-11-15 20:00:00")).await;
    let untouched = Untouched::beside(&served).await;
    let before = untouched.seen(&served).await;
    let (path, body) =
        (of(application, "/subscription/refund"), json!({"kind": "ordinary", "reason": "the project ended"}));
    let would = served.dry(Method::POST, &path, &body).await.ok();
    assert_eq!((&would["quote"]["lines"][0]["amount"], &would["quote"]["total"]), (&cny("-499.50"), &cny("-499.50")));
    assert_eq!(given_back(&would), "ordinary 999.00 499.50 199.80 299.70");
    assert_eq!(untouched.seen(&served).await, before);
    let token = text(&would["quote"]["token"]).to_owned();
    let refunded = served.client.write(&path, "refund", &[("quote-token", &token)], &body).await.ok();
    assert_eq!(given_back(&refunded), "ordinary 999.00 499.50 199.80 299.70");
    assert_eq!(types(&refunded), ["PlanRefunded", "CreditNoteIssued"]);
    assert_eq!(balances(&served).await, (cny("199.80"), cny("299.70")));
    let grace = json!({"cause": "refunded", "until": at("2022-11-23")});
    let subscription = &refunded["subscription"];
    assert_eq!((&refunded["state"], &subscription["grace"]), (&json!("grace"), &grace));
    assert_eq!(subscription["auto_renew"], false, "a refund switches it off");
    refund(&served, application, json!({})).await.is_problem(422, "not_subscribed");
    the_note_is_an_invoice(&served, &refunded["refund"]["credit_note"]).await;
    served.advance(&at("2022-11-22 23:59:59")).await;
    assert_eq!(served.application(application).await["state"], "grace");
    served.advance(&at("2022-11-23")).await;
    let stopped = served.application(application).await;
    let causes = json!([{"cause": "refunded", "since": at("2022-11-23")}]);
    assert_eq!((&stopped["state"], &stopped["suspensions"]), (&json!("suspended"), &causes));
    assert_eq!(served.check(application, &json!({"feature": "global_access"})).await["reason"], "not_in_service");
    // The way back is a purchase, never Trial.
    served.buy(application, "trial", 1).await.is_problem(422, "trial_not_reenterable");
    served.deposit("acme", "999.00", "cash").await.is(200);
    let back = served.buy(application, "pro", 1).await.ok();
    assert_eq!((&back["state"], &back["suspensions"]), (&json!("active"), &json!([])));
}

async fn the_note_is_an_invoice(served: &Served, id: &Value) {
    let all = invoices(served, "acme").await;
    let [order, note] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((&note["invoice_id"], &note["kind"], &note["state"]), (id, &json!("credit_note"), &json!("final")));
    assert_eq!((&order["number"], &note["number"], &note["of"]), (&json!(1), &json!(2), &json!([order["invoice_id"]])));
    assert_eq!((&note["total"], &note["amount_due"], &note["paid"]), (&cny("499.50"), &cny("0.00"), &json!([])));
    assert_eq!((&note["issued_on"], &note["month"]), (&json!("2022-11-15"), &Value::Null));
    let line = &note["lines"][0];
    assert_eq!(
        (&line["item"], &line["amount"], &line["price_list"]),
        (&json!("pro"), &cny("499.50"), &json!("2022-07"))
    );
    assert_eq!(
        (&line["period"]["start"], &line["period"]["last_day"]),
        (&json!(at("2022-11-16")), &json!("2022-11-30"))
    );
    assert_eq!(&served.read(&format!("/v1/invoices/{}", text(id))).await, note, "read by its id as in the list");
    let told = calculated(served, note, line).await;
    assert_eq!(told, ("999.00 − 499.50 = 499.50 CNY".to_owned(), "999.00 − 499.50 = 499.50 元".to_owned()));
    let shown = page(served, note).await;
    for told in ["Credit note no. 2", "Gives back of", text(&order["invoice_id"]), "499.50", &explanation(note, line)] {
        assert!(shown.contains(told), "no {told} in {shown}");
    }
    assert!(!shown.contains("to be paid"), "{shown}");
}

async fn c6_8_u31_within_five_days_all_comes_back_once_per_account(kind: StoreKind) {
    let (served, first) = november(kind, "pro", "1998.00", "0.00").await;
    served.advance(&at("2022-11-06 23:59:59")).await;
    let refunded = refund(&served, first, json!({})).await.ok();
    assert_eq!(given_back(&refunded), "five_day 999.00 0.00 999.00 0.00");
    let note = credit_notes(&served).await.remove(0);
    let told = calculated(&served, &note, &note["lines"][0]).await;
    assert_eq!(told, ("999.00 = 999.00 CNY".to_owned(), "999.00 = 999.00 元".to_owned()));
    assert_eq!(note["lines"][0]["period"]["start"], at("2022-11-01 09:00:00"), "all of it");
    // Seven days are left of it all the same.
    assert_eq!(refunded["subscription"]["grace"]["until"], at("2022-11-14"));
    let second = served.create("acme", "china").await;
    served.buy(second, "pro", 1).await.is(200);
    refund(&served, second, json!({"kind": "five_day"})).await.is_problem(422, "refund_already_taken");
    // 1 of 30 days is used.
    assert_eq!(given_back(&refund(&served, second, json!({})).await.ok()), "ordinary 999.00 33.30 965.70 0.00");
}

async fn c6_4_c6_5_a_pack_is_given_back_and_a_refund_of_nothing_is_done_all_the_same(kind: StoreKind) {
    let (served, application) = november(kind, "pro", "1999.00", "0.00").await;
    let bought = pack(&served, application, json!({"kind": "avchatroom_unlimited", "months": 1})).await.ok();
    let path = of(application, &format!("/add-ons/{}/refund", text(&bought["add_on_id"])));
    served.advance(&at("2022-11-03 10:00:00")).await;
    let would = served.dry(Method::POST, &path, &json!({"kind": "ordinary"})).await.ok();
    assert_eq!(
        (given_back(&would).as_str(), &would["quote"]["total"]),
        ("ordinary 1000.00 100.00 900.00 0.00", &cny("-900.00"))
    );
    let refunded = served.post(&path, &json!({"kind": "ordinary"})).await.ok();
    assert_eq!(given_back(&refunded), "ordinary 1000.00 100.00 900.00 0.00");
    assert_eq!((types(&refunded), &refunded["add_ons"]), (vec!["AddOnRefunded", "CreditNoteIssued"], &json!([])));
    assert_eq!(refunded["state"], "active", "the plan stays");
    let note = credit_notes(&served).await.remove(0);
    assert_eq!((&note["number"], &note["lines"][0]["item"]), (&json!(3), &json!("avchatroom_unlimited")));
    assert_eq!(calculated(&served, &note, &note["lines"][0]).await.0, "1000.00 − 100.00 = 900.00 CNY");
    served.post(&path, &json!({})).await.is_problem(422, "not_subscribed");
    let other = served.create("acme", "china").await;
    served
        .post(&path.replace(&application.to_string(), &other.to_string()), &json!({}))
        .await
        .is_problem(404, "not_found");
    // On its last day nothing is left of the plan: it is cleared, and no note says nothing.
    served.advance(&at("2022-11-30 23:00:00")).await;
    let cleared = refund(&served, application, json!({})).await.ok();
    assert_eq!(
        (given_back(&cleared).as_str(), types(&cleared)),
        ("ordinary 999.00 999.00 0.00 0.00", vec!["PlanRefunded"])
    );
    assert_eq!((&cleared["refund"]["credit_note"], &cleared["state"]), (&Value::Null, &json!("grace")));
    assert_eq!(credit_notes(&served).await.len(), 1);
}

async fn c6_6_of_a_promotional_order_nothing_is_left_after_five_days(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-11-01 09:00:00")).await;
    let new = json!({"account_id": "acme", "name": "acme", "enterprise_verified": true, "new_customer": true});
    served.post("/v1/accounts", &new).await.is(201);
    served.deposit("acme", "299.90", "cash").await.is(200);
    let application = served.create("acme", "china").await;
    let order = json!({"plan": "flagship", "months": 1, "promotion": "first_purchase"});
    served.post(&of(application, "/subscription"), &order).await.is(200);
    served.advance(&at("2022-11-05 10:00:00")).await;
    let refunded = refund(&served, application, json!({"kind": "ordinary"})).await.ok();
    assert_eq!(given_back(&refunded), "ordinary 299.90 499.83 0.00 0.00");
    assert_eq!((types(&refunded), credit_notes(&served).await.len()), (vec!["PlanRefunded"], 0));
}

async fn c6_10_months_not_begun_come_back_whole(kind: StoreKind) {
    let (served, application) = november(kind, "pro", "1998.00", "0.00").await;
    served.advance(&at("2022-11-08 09:00:00")).await;
    served.renew(application, 1).await.is(200);
    served.advance(&at("2022-11-10 09:00:00")).await;
    let refunded = refund(&served, application, json!({})).await.ok();
    assert_eq!(given_back(&refunded), "ordinary 1998.00 333.00 1665.00 0.00");
    let all = invoices(&served, "acme").await;
    assert_eq!(all[2]["of"], json!([all[0]["invoice_id"], all[1]["invoice_id"]]));
    assert_eq!((&all[2]["number"], &all[2]["total"]), (&json!(3), &cny("1665.00")));
    assert_eq!(all[2]["lines"][0]["period"]["last_day"], "2022-12-31");
}

async fn u33_in_arrears_a_refund_pays_the_debt_first(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-10-12")).await;
    served.open("acme", "1998.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 2).await.is(200);
    served.advance(&at("2022-10-20 12:00:00")).await;
    measure(&served, application, "2022-10-20", 12_000, 0).await.is(200);
    served.advance(&at("2022-11-26 12:00:00")).await;
    let refunded = refund(&served, application, json!({"kind": "ordinary"})).await.ok();
    assert_eq!(given_back(&refunded), "ordinary 1998.00 1498.50 0.00 0.00");
    assert_eq!(refunded["refund"]["to_debt"], cny("499.50"));
    let account = served.read("/v1/accounts/acme").await;
    assert_eq!((&account["state"], &account["arrears"]["amount"]), (&json!("suspended"), &cny("500.50")));
    let bill = statement(&served, "acme", "2022-10").await;
    assert_eq!((&bill["total"], &bill["amount_due"]), (&cny("1000.00"), &cny("500.50")));
    let credit = json!({"invoice_id": refunded["refund"]["credit_note"], "amount": cny("499.50")});
    assert_eq!(bill["paid"].as_array().and_then(|paid| paid.last()).expect("a payment")["credit"], credit);
    let shown = page(&served, &bill).await;
    let paid = format!("Paid by credit note {} on 2022-11-26", text(&credit["invoice_id"]));
    assert!(shown.contains(&paid) && shown.contains("500.50"), "{shown}");
}

/// Pro from October on with enough money; October was billed for this peak, and it is the 5th of November.
async fn october_of(kind: StoreKind, dau: u64) -> (Served, u64) {
    let served = Served::start(kind, &at("2022-10-01")).await;
    served.open("acme", "20000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 6).await.is(200);
    served.advance(&at("2022-10-10 12:00:00")).await;
    measure(&served, application, "2022-10-10", dau, 0).await.is(200);
    served.advance(&at("2022-11-05 09:00:00")).await;
    (served, application)
}

fn correction(dau: u64) -> Value {
    json!({"date": "2022-10-10", "dau": dau, "reason": "a meter was wrong"})
}

async fn u38_a_correction_up_is_a_line_on_the_next_statement(kind: StoreKind) {
    let (served, application) = october_of(kind, 10_000).await;
    let path = of(application, "/usage/corrections");
    let untouched = Untouched::beside(&served).await;
    let before = untouched.seen(&served).await;
    let would = served.dry(Method::POST, &path, &correction(20_001)).await.ok();
    assert_eq!((&would["quote"]["lines"], &would["quote"]["total"]), (&json!([]), &cny("0.00")));
    assert_eq!(would["quote"]["coming"][0]["amount"], cny("2000.00"), "{would}");
    assert_eq!(untouched.seen(&served).await, before);
    let corrected = served.post(&path, &correction(20_001)).await.ok();
    assert_eq!((&corrected["date"], &corrected["dau"]), (&json!("2022-10-10"), &json!(20_001)));
    assert_eq!(types(&corrected), ["UsageCorrected", "AdjustmentDeferred"]);
    let october = statement(&served, "acme", "2022-10").await;
    assert_eq!(october["total"], cny("0.00"), "the issued one never changes");
    served.advance(&at("2022-12-03")).await;
    assert_eq!(statement(&served, "acme", "2022-10").await, october);
    let november = statement(&served, "acme", "2022-11").await;
    assert_eq!((&november["total"], balances(&served).await.0), (&cny("2000.00"), cny("12006.00")));
    let lines = november["lines"].as_array().expect("lines");
    let line = lines.iter().find(|line| !line["adjusts"].is_null()).expect("the correction");
    assert_eq!(line["adjusts"], json!({"invoice_id": october["invoice_id"], "month": "2022-10"}));
    assert_eq!((&line["item"], &line["amount"]), (&json!("dau_overage"), &cny("2000.00")));
    let told = calculated(&served, &november, line).await;
    assert_eq!(told, ("2000.00 − 0.00 = 2000.00 CNY".to_owned(), "2000.00 − 0.00 = 2000.00 元".to_owned()));
    let explained = served.read(&explanation(&november, line)).await;
    let events: Vec<_> = explained["events"].as_array().expect("events").iter().map(|one| text(&one["type"])).collect();
    assert!(events.contains(&"UsageCorrected"), "{events:?}");
}

async fn u38_a_correction_down_is_a_credit_note_at_once(kind: StoreKind) {
    let (served, application) = october_of(kind, 20_001).await;
    let path = of(application, "/usage/corrections");
    let untouched = Untouched::beside(&served).await;
    let before = untouched.seen(&served).await;
    let would = served.dry(Method::POST, &path, &correction(10_000)).await.ok();
    assert_eq!((&would["quote"]["lines"][0]["amount"], &would["quote"]["total"]), (&cny("-2000.00"), &cny("-2000.00")));
    assert_eq!(untouched.seen(&served).await, before);
    let corrected = served.post(&path, &correction(10_000)).await.ok();
    assert_eq!(types(&corrected), ["UsageCorrected", "CreditNoteIssued"]);
    assert_eq!(balances(&served).await.0, cny("14006.00"));
    let october = statement(&served, "acme", "2022-10").await;
    let note = credit_notes(&served).await.remove(0);
    assert_eq!(
        (&note["of"], &note["total"], &note["number"]),
        (&json!([october["invoice_id"]]), &cny("2000.00"), &json!(3))
    );
    let line = &note["lines"][0];
    assert_eq!(line["adjusts"], json!({"invoice_id": october["invoice_id"], "month": "2022-10"}));
    let told = calculated(&served, &note, line).await;
    assert_eq!(told, ("2000.00 − 0.00 = 2000.00 CNY".to_owned(), "2000.00 − 0.00 = 2000.00 元".to_owned()));
    assert_eq!(statement(&served, "acme", "2022-10").await["total"], cny("2000.00"), "the issued one never changes");
    // Never more than was billed goes back.
    assert_eq!(types(&served.post(&path, &correction(1)).await.ok()), ["UsageCorrected"]);
    // Only a settled month is corrected, by something, and with a reason.
    for (body, code) in [
        (json!({"date": "2022-11-04", "dau": 1, "reason": "r"}), "invalid_request"),
        (json!({"date": "2022-10-10", "reason": "r"}), "invalid_request"),
        (json!({"date": "2022-10-10", "dau": 1}), "invalid_request"),
        (json!({"date": "2022-11-06", "dau": 1, "reason": "r"}), "usage_in_future"),
        (json!({"date": "2022-09-30", "dau": 1, "reason": "r"}), "usage_before_creation"),
    ] {
        served.post(&path, &body).await.is_problem(422, code);
    }
}
