//! Owns changes of a plan within its term as a caller sees them: upgrades quoted and paid, downgrades at the end of what is
//! paid and at once, renewals by themselves (C11, C9.7, U22, U25–U28, U42).
//!
//! Does not own refunds (`refunds`) nor each rule of a price (`domain`).

use hyper::Method;
use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};

use super::life::{amount, at, cny, invoices, limit, pack, text};
use super::untouched::Untouched;

on_both_stores! {
    c11_u42_an_upgrade_is_quoted_and_stale_after_midnight_and_then_costs_what_the_new_quote_says
    c11_3_an_upgrade_on_the_first_day_counts_every_day
    u22_an_upgrade_gives_the_pack_back_that_flagship_includes
    u27_a_downgrade_waits_for_the_end_of_what_is_paid_and_can_be_taken_back
    u28_a_downgrade_at_once_gives_back_the_difference_and_is_quoted_so
    c9_7_a_plan_renews_itself_on_the_evening_there_is_money
    u46_an_add_on_renews_itself_for_the_months_that_were_said
}

fn of(application: u64, tail: &str) -> String {
    format!("/v1/applications/{application}/subscription{tail}")
}

/// A plan for November, bought at nine in the morning of the first, with this much left.
async fn november(kind: StoreKind, plan: &str, left: &str) -> (Served, u64) {
    let served = Served::start(kind, &at("2022-11-01 09:00:00")).await;
    served.open("acme", if plan == "pro" { "999.00" } else { "2999.00" }, "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, plan, 1).await.is(200);
    if left != "0.00" {
        served.deposit("acme", left, "cash").await.is(200);
    }
    (served, application)
}

async fn balance(served: &Served) -> Value {
    served.read("/v1/accounts/acme").await["balance"]["cash"].clone()
}

fn change<'q>(quoted: &'q Value, name: &str) -> Option<(&'q Value, &'q Value)> {
    let rights = quoted["quote"]["rights"].as_array().expect("changes");
    rights.iter().find(|change| change["name"] == name).map(|change| (&change["from"], &change["to"]))
}

async fn c11_u42_an_upgrade_is_quoted_and_stale_after_midnight_and_then_costs_what_the_new_quote_says(kind: StoreKind) {
    let (served, application) = november(kind, "pro", "1060.00").await;
    served.advance(&at("2022-11-15 23:58:00")).await;
    let untouched = Untouched::beside(&served).await;
    let before = untouched.seen(&served).await;
    let (path, body) = (of(application, "/upgrade"), json!({"plan": "flagship"}));
    let first = served.dry(Method::POST, &path, &body).await.ok();
    let line = &first["quote"]["lines"][0];
    assert_eq!(
        (&line["item"], &line["amount"], &first["quote"]["total"]),
        (&json!("flagship"), &cny("1060.00"), &cny("1060.00"))
    );
    assert_eq!((&line["period"]["last_day"], &first["plan"]), (&json!("2022-11-30"), &json!("flagship")));
    assert_eq!(change(&first, "plan"), Some((&json!("pro"), &json!("flagship"))));
    assert_eq!(change(&first, "avchatrooms_max"), Some((&json!(50), &Value::Null)));
    assert_eq!(change(&first, "paid_through"), None);
    assert_eq!(untouched.seen(&served).await, before);
    served.advance(&at("2022-11-16 00:01:00")).await;
    let before = untouched.seen(&served).await;
    let token = |quoted: &Value| text(&quoted["quote"]["token"]).to_owned();
    let stale = served.client.write(&path, "upgrade", &[("quote-token", &token(&first))], &body).await;
    let (status, code, pointers) = stale.problem();
    assert_eq!((status, code.as_str()), (409, "quote_stale"), "{}", stale.text());
    assert!(["/lines/0/amount", "/total"].iter().all(|one| pointers.iter().any(|told| told == one)), "{pointers:?}");
    let told = stale.json();
    assert_eq!((&told["quoted"]["total"], &told["now"]["total"]), (&cny("1060.00"), &cny("980.00")));
    assert_eq!(untouched.seen(&served).await, before, "nothing is stored");
    assert!(!untouched.keeps(&["acme"], "upgrade").await, "nor under the key");
    let second = served.dry(Method::POST, &path, &body).await.ok();
    let upgraded = served.client.write(&path, "upgrade", &[("quote-token", &token(&second))], &body).await.ok();
    let types: Vec<_> =
        upgraded["receipt"]["events"].as_array().expect("events").iter().map(|one| text(&one["type"])).collect();
    assert_eq!(types, ["PlanUpgraded", "PlanEntered", "OrderPaid"]);
    assert_eq!((&upgraded["plan"], &upgraded["subscription"]["plan"]), (&json!("flagship"), &json!("flagship")));
    assert_eq!(upgraded["subscription"]["paid_through"], "2022-11-30");
    assert_eq!(
        (balance(&served).await, limit(&served, application, "avchatrooms_max").await),
        (cny("80.00"), Value::Null)
    );
    let all = invoices(&served, "acme").await;
    let invoice = &all[1];
    assert_eq!((&invoice["kind"], &invoice["number"], &invoice["total"]), (&json!("order"), &json!(2), &cny("980.00")));
    let (invoice_id, line_id) = (text(&invoice["invoice_id"]), text(&invoice["lines"][0]["line_id"]));
    let path = format!("/v1/invoices/{invoice_id}/lines/{line_id}/explanation");
    let explained = served.read(&path).await;
    let last = explained["steps"].as_array().and_then(|steps| steps.last()).expect("a calculation");
    assert_eq!(last["en"], "2999.00 × 0.49 − 999.00 × 0.49 = 980.00 CNY");
    assert_eq!(last["zh"], "2999.00 × 0.49 − 999.00 × 0.49 = 980.00 元");
    for (query, told) in [("?lang=en", "= 980.00 CNY"), ("?lang=zh", "= 980.00 元")] {
        let headers = [("accept", "text/plain")];
        let page = served.client.send(Method::GET, &format!("{path}{query}"), &headers, "").await.is(200).text();
        assert!(page.contains(told) && page.contains("PlanUpgraded evt_"), "{page}");
    }
}

async fn c11_3_an_upgrade_on_the_first_day_counts_every_day(kind: StoreKind) {
    let (served, application) = november(kind, "pro", "1980.00").await;
    served.post(&of(application, "/upgrade"), &json!({"plan": "flagship"})).await.is(200);
    assert_eq!(amount(&invoices(&served, "acme").await[1]["total"]), "1980.00");
    assert_eq!(balance(&served).await, cny("0.00"));
    // An upgrade runs to the end of what is paid: it has no months of its own.
    let (other, months) = (served.create("acme", "china").await, json!({"plan": "flagship", "months": 2}));
    served.deposit("acme", "999.00", "cash").await.is(200);
    served.buy(other, "pro", 1).await.is(200);
    served.post(&of(other, "/upgrade"), &months).await.is_problem(422, "invalid_request");
}

async fn u22_an_upgrade_gives_the_pack_back_that_flagship_includes(kind: StoreKind) {
    let (served, application) = november(kind, "pro", "1513.33").await;
    pack(&served, application, json!({"kind": "avchatroom_unlimited", "months": 1})).await.is(200);
    served.advance(&at("2022-11-16 10:00:00")).await;
    let upgraded = served.post(&of(application, "/upgrade"), &json!({"plan": "flagship"})).await.ok();
    assert_eq!(upgraded["add_ons"], json!([]));
    let refund = &upgraded["refund"];
    assert_eq!(
        (&refund["kind"], &refund["paid"], &refund["used"], &refund["cash"]),
        (&json!("ordinary"), &cny("1000.00"), &cny("533.33"), &cny("466.67"))
    );
    assert_eq!(balance(&served).await, cny("0.00"));
    let all = invoices(&served, "acme").await;
    let notes: Vec<_> = all.iter().filter(|one| one["kind"] == "credit_note").collect();
    assert_eq!((notes.len(), &notes[0]["lines"][0]["item"]), (1, &json!("avchatroom_unlimited")));
}

async fn u27_a_downgrade_waits_for_the_end_of_what_is_paid_and_can_be_taken_back(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-11-12 09:00:00")).await;
    served.open("acme", "3998.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "flagship", 1).await.is(200);
    served.advance(&at("2022-11-20")).await;
    let (path, body) =
        (of(application, "/downgrade"), json!({"plan": "pro", "timing": "period_end", "ticket": "OP-1"}));
    let without = json!({"plan": "pro", "timing": "period_end"});
    served.post(&path, &without).await.is_problem(422, "operator_approval_required");
    served.delete(&path).await.is_problem(422, "downgrade_not_allowed");
    let would = served.dry(Method::POST, &path, &body).await.ok();
    assert_eq!((&would["quote"]["total"], would.get("refund")), (&cny("0.00"), None));
    let scheduled = json!({"plan": "pro", "at": at("2022-12-12")});
    let asked = served.post(&path, &body).await.ok();
    assert_eq!((&asked["subscription"]["scheduled"], &asked["plan"]), (&scheduled, &json!("flagship")));
    served.post(&path, &body).await.is_problem(422, "downgrade_already_scheduled");
    let back = served.delete(&path).await.ok();
    assert_eq!(back["subscription"]["scheduled"], Value::Null);
    served.post(&path, &body).await.is(200);
    // What is paid behind it is of Pro, and then nothing is taken back.
    served.renew(application, 1).await.is(200);
    let invoice = invoices(&served, "acme").await.pop().expect("an order has an invoice");
    assert_eq!((&invoice["total"], &invoice["lines"][0]["item"]), (&cny("999.00"), &json!("pro")));
    served.delete(&path).await.is_problem(422, "downgrade_not_allowed");
    served.advance(&at("2022-12-11 23:59:59")).await;
    assert_eq!(limit(&served, application, "avchatrooms_max").await, Value::Null);
    served.advance(&at("2022-12-12")).await;
    let lowered = served.application(application).await;
    assert_eq!((&lowered["plan"], &lowered["state"]), (&json!("pro"), &json!("active")));
    assert_eq!(
        (&lowered["subscription"]["plan"], &lowered["subscription"]["scheduled"]),
        (&json!("pro"), &Value::Null)
    );
    assert_eq!(lowered["subscription"]["paid_through"], "2023-01-11");
    assert_eq!(limit(&served, application, "avchatrooms_max").await, 50);
}

async fn u28_a_downgrade_at_once_gives_back_the_difference_and_is_quoted_so(kind: StoreKind) {
    let (served, application) = november(kind, "flagship", "0.00").await;
    served.advance(&at("2022-11-16 15:00:00")).await;
    let untouched = Untouched::beside(&served).await;
    let before = untouched.seen(&served).await;
    let (path, body) = (of(application, "/downgrade"), json!({"plan": "pro", "timing": "immediate", "ticket": "OP-1"}));
    let would = served.dry(Method::POST, &path, &body).await.ok();
    assert_eq!((&would["quote"]["lines"][0]["amount"], &would["quote"]["total"]), (&cny("-933.33"), &cny("-933.33")));
    assert_eq!(change(&would, "plan"), Some((&json!("flagship"), &json!("pro"))));
    assert_eq!(untouched.seen(&served).await, before);
    let token = text(&would["quote"]["token"]).to_owned();
    let lowered = served.client.write(&path, "lower", &[("quote-token", &token)], &body).await.ok();
    let refund = &lowered["refund"];
    assert_eq!((&refund["paid"], &refund["cash"], &refund["gift"]), (&cny("2999.00"), &cny("933.33"), &cny("0.00")));
    assert_eq!((&lowered["plan"], &lowered["state"]), (&json!("pro"), &json!("active")));
    assert_eq!(lowered["subscription"]["paid_through"], "2022-11-30", "the expiry is kept");
    assert_eq!(
        (balance(&served).await, limit(&served, application, "avchatrooms_max").await),
        (cny("933.33"), json!(50))
    );
    let all = invoices(&served, "acme").await;
    let (order, note) = (&all[0], &all[1]);
    assert_eq!((&note["kind"], &note["number"], &note["total"]), (&json!("credit_note"), &json!(2), &cny("933.33")));
    assert_eq!((&note["of"], &note["invoice_id"]), (&json!([order["invoice_id"]]), &refund["credit_note"]));
    let path =
        format!("/v1/invoices/{}/lines/{}/explanation", text(&note["invoice_id"]), text(&note["lines"][0]["line_id"]));
    let explained = served.read(&path).await;
    let steps = explained["steps"].as_array().expect("steps");
    let last = steps.last().expect("a calculation");
    assert_eq!(last["en"], "2999.00 × 14 ÷ 30 − 999.00 × 14 ÷ 30 = 933.33 CNY");
    assert_eq!(last["zh"], "2999.00 × 14 ÷ 30 − 999.00 × 14 ÷ 30 = 933.33 元");
    assert!(steps.iter().all(|step| !text(&step["en"]).is_empty() && !text(&step["zh"]).is_empty()));
}

fn upcoming<'a>(application: &'a Value, kind: &str) -> Option<&'a Value> {
    let list = application["upcoming"].as_array().expect("a list");
    list.iter().find(|due| due["kind"] == kind).map(|due| &due["at"])
}

async fn c9_7_a_plan_renews_itself_on_the_evening_there_is_money(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-10-12")).await;
    served.open("acme", "999.00", "0.00").await;
    let application = served.create("acme", "china").await;
    let bought = served.buy(application, "pro", 1).await.ok();
    assert_eq!((&bought["subscription"]["auto_renew"], upcoming(&bought, "auto_renewal")), (&json!(false), None));
    let path = of(application, "/auto-renew");
    let untouched = Untouched::beside(&served).await;
    let before = untouched.seen(&served).await;
    let would = served.dry(Method::PUT, &path, &json!({"enabled": true})).await.ok();
    assert_eq!(change(&would, "auto_renew"), Some((&json!(false), &json!(true))));
    assert_eq!(untouched.seen(&served).await, before);
    served.put(&path, &json!({"enabled": true, "months": 25})).await.is_problem(422, "months_out_of_range");
    let on = served.put(&path, &json!({"enabled": true})).await.ok();
    assert_eq!(on["subscription"]["auto_renew"], true);
    assert_eq!(upcoming(&on, "auto_renewal"), Some(&json!(at("2022-11-11 23:00:00"))));
    served.advance(&at("2022-11-12 12:00:00")).await;
    let waiting = served.application(application).await;
    let grace = json!({"cause": "expired", "until": at("2022-11-19")});
    assert_eq!((&waiting["state"], &waiting["subscription"]["grace"]), (&json!("grace"), &grace));
    assert_eq!(upcoming(&waiting, "auto_renewal"), Some(&json!(at("2022-11-12 23:00:00"))));
    served.advance(&at("2022-11-16 12:00:00")).await;
    served.deposit("acme", "999.00", "cash").await.is(200);
    served.advance(&at("2022-11-16 22:59:59")).await;
    assert_eq!(balance(&served).await, cny("999.00"));
    served.advance(&at("2022-11-16 23:00:00")).await;
    let renewed = served.application(application).await;
    assert_eq!((balance(&served).await, &renewed["state"]), (cny("0.00"), &json!("active")));
    let subscription = &renewed["subscription"];
    assert_eq!((&subscription["paid_through"], &subscription["grace"]), (&json!("2022-12-11"), &Value::Null));
    assert_eq!(upcoming(&renewed, "auto_renewal"), Some(&json!(at("2022-12-11 23:00:00"))));
    let log = served.log().await;
    let told = |kind: &str| {
        log.iter()
            .filter(|one| one["type"] == kind)
            .map(|one| text(&one["effective_at"]).to_owned())
            .collect::<Vec<_>>()
    };
    let tries: Vec<_> = (11..=15).map(|day| at(&format!("2022-11-{day} 23:00:00"))).collect();
    assert_eq!((told("AutoRenewalFailed"), told("SubscriptionRenewed")), (tries, vec![at("2022-11-16 23:00:00")]));
    let off = served.put(&path, &json!({"enabled": false})).await.ok();
    assert_eq!((&off["subscription"]["auto_renew"], upcoming(&off, "auto_renewal")), (&json!(false), None));
}

async fn u46_an_add_on_renews_itself_for_the_months_that_were_said(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-11-01")).await;
    served.open("acme", "4997.00", "0.00").await;
    let application = served.create("acme", "china").await;
    let year = json!({"plan": "pro", "months": 3, "auto_renew": true});
    let bought = served.post(&of(application, ""), &year).await.ok();
    assert_eq!(bought["subscription"]["auto_renew"], true);
    let packed = pack(&served, application, json!({"kind": "group_members", "months": 1})).await.ok();
    let add_on = text(&packed["add_on_id"]).to_owned();
    let path = format!("/v1/applications/{application}/add-ons/{add_on}/auto-renew");
    let on = served.put(&path, &json!({"enabled": true, "months": 2})).await.ok();
    assert_eq!((&on["add_ons"][0]["add_on_id"], &on["add_ons"][0]["auto_renew"]), (&json!(add_on), &json!(true)));
    let due = json!({"kind": "auto_renewal", "at": at("2022-11-30 23:00:00"), "add_on_id": add_on});
    assert!(on["upcoming"].as_array().expect("a list").contains(&due), "{on}");
    served.advance(&at("2022-12-01")).await;
    let renewed = served.application(application).await;
    assert_eq!(renewed["add_ons"][0]["paid_through"], "2023-01-31");
    assert_eq!(balance(&served).await, cny("500.00"));
    let nobodys =
        format!("/v1/applications/{application}/add-ons/addon_0183c8a1-0000-7000-8000-000000000001/auto-renew");
    served.put(&nobodys, &json!({"enabled": true})).await.is_problem(404, "not_found");
}
