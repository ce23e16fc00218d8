//! Owns dry runs of what comes after a purchase, and of operators' acts: each answers what it would do and keeps nothing;
//! and a quote whose voucher is over by the time it is used (U19).
//!
//! Does not own the token's own rules (`quotes`).

use hyper::Method;
use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};

use super::life::{at, cny, measure, pack, text};
use super::untouched::Untouched;

on_both_stores! {
    u19_a_quote_whose_voucher_is_over_is_stale_and_names_the_line
    a_dry_run_of_every_later_order_keeps_nothing_and_is_what_then_happens
}

async fn u19_a_quote_whose_voucher_is_over_is_stale_and_names_the_line(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-11-30 23:58:00")).await;
    served.open("acme", "5000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    let voucher = json!({"voucher_id": "autumn", "face": cny("600.00"), "expires_on": "2022-11-30"});
    served.post("/v1/accounts/acme/vouchers", &voucher).await.is(200);
    let path = format!("/v1/applications/{application}/subscription");
    let body = json!({"plan": "pro", "months": 1, "voucher_id": "autumn"});
    let quoted = served.dry(Method::POST, &path, &body).await.ok();
    assert_eq!(quoted["quote"]["lines"][0]["voucher"], json!({"amount": cny("600.00")}));
    served.advance(&at("2022-12-01 00:01:00")).await;
    let untouched = Untouched::beside(&served).await;
    let before = untouched.seen(&served).await;
    let token = text(&quoted["quote"]["token"]).to_owned();
    let stale = served.client.write(&path, "late", &[("quote-token", &token)], &body).await;
    assert_eq!(stale.problem(), (409, "quote_stale".to_owned(), vec!["/lines/0".to_owned()]), "{}", stale.text());
    let told = stale.json();
    assert_eq!((&told["quoted"]["lines"][0]["voucher"]["amount"], &told["now"]), (&cny("600.00"), &Value::Null));
    assert!(text(&told["errors"][0]["message"]).contains("autumn"), "{told}");
    served.client.post(&path, "late", &body).await.is_problem(422, "voucher_expired");
    served.dry(Method::POST, &path, &body).await.is_problem(422, "voucher_expired");
    assert_eq!(untouched.seen(&served).await, before, "nothing is stored, and no cash is taken silently");
    assert!(!untouched.keeps(&["acme"], "late").await);
    // The key is free for the order without the voucher.
    let plain = json!({"plan": "pro", "months": 1});
    let bought = served.client.post(&path, "late", &plain).await.is(200);
    assert_eq!(bought.header("idempotency-replayed"), None);
}

/// A write, its body, what its quote's total is, and what of its answer changes.
type Later = (Method, String, Value, &'static str);

async fn a_dry_run_of_every_later_order_keeps_nothing_and_is_what_then_happens(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-10-01")).await;
    served.open("acme", "50000.00", "0.00").await;
    let (pro, flagship) = (served.create("acme", "china").await, served.create("acme", "china").await);
    served.buy(pro, "pro", 6).await.is(200);
    measure(&served, pro, "2022-10-01", 20_001, 0).await.is(200);
    served.advance(&at("2022-11-01 09:00:00")).await;
    served.buy(flagship, "flagship", 1).await.is(200);
    let bought = pack(&served, pro, json!({"kind": "group_members", "months": 1})).await.ok();
    let add_on = text(&bought["add_on_id"]).to_owned();
    served.advance(&at("2022-11-16 15:00:00")).await;
    let of = |application: u64, tail: &str| format!("/v1/applications/{application}{tail}");
    let lower = |timing: &str| json!({"plan": "pro", "timing": timing, "ticket": "OP-1"});
    let ticket = json!({"ticket": "OP-2"});
    let later: Vec<Later> = vec![
        (Method::PUT, of(pro, "/subscription/auto-renew"), json!({"enabled": true, "months": 3}), "0.00"),
        (Method::PUT, of(pro, &format!("/add-ons/{add_on}/auto-renew")), json!({"enabled": true}), "0.00"),
        (Method::POST, of(pro, &format!("/add-ons/{add_on}/refund")), json!({"kind": "ordinary"}), "-233.33"),
        (
            Method::POST,
            of(pro, "/usage/corrections"),
            json!({"date": "2022-10-01", "dau": 10_001, "reason": "r"}),
            "-1000.00",
        ),
        (Method::POST, of(flagship, "/features/push_all/requests"), json!({}), "0.00"),
        (Method::POST, of(flagship, "/features/push_all/approvals"), ticket.clone(), "0.00"),
        (Method::POST, of(flagship, "/features/community/requests"), json!({}), "0.00"),
        (Method::POST, of(flagship, "/features/community/rejections"), ticket, "0.00"),
        (Method::POST, of(flagship, "/subscription/downgrade"), lower("period_end"), "0.00"),
        (Method::DELETE, of(flagship, "/subscription/downgrade"), json!({}), "0.00"),
        (Method::POST, of(flagship, "/suspensions"), json!({"reason": "spam", "ticket": "OP-3"}), "0.00"),
        (Method::DELETE, of(flagship, "/suspensions/operator"), json!({}), "0.00"),
        (Method::POST, of(flagship, "/subscription/downgrade"), lower("immediate"), "-933.33"),
        (Method::POST, of(flagship, "/subscription/upgrade"), json!({"plan": "flagship"}), "980.00"),
        (Method::POST, of(pro, "/subscription/refund"), json!({}), "-4462.20"),
        (Method::POST, "/v1/accounts/acme/unpark".to_owned(), json!({"ticket": "OP-4"}), "0.00"),
        (Method::POST, "/v1/price-lists".to_owned(), json!({"price_list": "2023-03"}), "0.00"),
    ];
    let untouched = Untouched::beside(&served).await;
    for (index, (method, path, body, total)) in later.into_iter().enumerate() {
        let (before, key) = (untouched.seen(&served).await, format!("later-{index}"));
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        let asked = format!("{path}?dry_run=true");
        let quoted = served.client.send(method.clone(), &asked, &headers, &body.to_string()).await.ok();
        assert_eq!((&quoted["quote"]["total"], &quoted["receipt"]), (&cny(total), &Value::Null), "{path} {body}");
        assert_eq!(untouched.seen(&served).await, before, "{path} {body}");
        assert!(!untouched.keeps(&["acme", "/price-lists"], &key).await, "{path} {body}");
        let token = text(&quoted["quote"]["token"]).to_owned();
        let bound = [headers[0], headers[1], ("quote-token", token.as_str())];
        let done = served.client.send(method, &path, &bound, &body.to_string()).await;
        assert_eq!((done.status, done.header("idempotency-replayed")), (200, None), "{path} {body}: {}", done.text());
        let done = done.json();
        for same in ["plan", "state", "balance", "feature_requests", "suspensions", "history_retention", "dau", "id"] {
            assert_eq!(quoted[same], done[same], "{path} {body}: {same}");
        }
        assert!(untouched.keeps(&["acme", "/price-lists"], &key).await, "{path} {body}");
    }
}
