//! Owns vouchers and promotions as a caller sees them: given, shown, used, refused.
//!
//! Does not own each condition's rule (`domain`'s own tests).

use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Answer, Served, StoreKind};

on_both_stores! {
    u20_a_voucher_is_given_shown_used_and_shown_on_the_invoice
    u19_a_voucher_is_refused_the_day_after_its_last_and_leaves_no_trace
    u20_add_ons_and_renewals_take_the_voucher_they_name
    b7_a_statement_takes_the_voucher_that_ends_first
    a2_1_and_a2_2_a_first_purchase_costs_a_tenth_once
    what_vouchers_and_promotions_are_not_for_is_refused_and_leaves_no_trace
}

const BEGINS: &str = "2022-11-01T00:00:00+08:00";

fn cny(amount: &str) -> Value {
    json!({"amount": amount, "currency": "CNY"})
}

/// A new, verified customer with an application on Trial.
async fn customer(served: &Served, account: &str, cash: &str) -> u64 {
    let body = json!({"account_id": account, "name": account, "enterprise_verified": true, "new_customer": true});
    served.post("/v1/accounts", &body).await.is(201);
    if cash != "0.00" {
        served.deposit(account, cash, "cash").await.is(200);
    }
    served.create(account, "china").await
}

async fn grant(served: &Served, body: Value) -> Answer {
    served.post("/v1/accounts/acme/vouchers", &body).await
}

async fn subscribe(served: &Served, application: u64, body: Value) -> Answer {
    served.post(&format!("/v1/applications/{application}/subscription"), &body).await
}

async fn account(served: &Served) -> Value {
    served.read("/v1/accounts/acme").await
}

async fn last_invoice(served: &Served) -> Value {
    let invoices = served.list("/v1/accounts/acme/invoices?limit=200").await;
    invoices.last().expect("something was bought").clone()
}

async fn u20_a_voucher_is_given_shown_used_and_shown_on_the_invoice(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    let application = customer(&served, "acme", "1000.00").await;
    let body = json!({
        "voucher_id": "spring-22", "face": cny("1500.00"), "expires_on": "2022-12-31", "minimum": cny("100.00"),
        "applies_to": ["pro", "flagship"], "months_min": 1, "months_max": 12, "pay_mode": "prepaid",
    });
    let given = grant(&served, body.clone()).await.is(200).json();
    let mut shown = body.clone();
    shown["remaining"] = cny("1500.00");
    assert_eq!(given["vouchers"], json!([shown]));
    assert_eq!(given["receipt"]["events"][0]["type"], "VoucherGranted");
    // A voucher is not money of the balance.
    assert_eq!((&given["available"], &given["balance"]["cash"]), (&cny("1000.00"), &cny("1000.00")));
    grant(&served, body).await.is_problem(409, "already_exists");
    let buy = json!({"plan": "pro", "months": 1, "voucher_id": "spring-22"});
    subscribe(&served, application, buy).await.is(200);
    let after = account(&served).await;
    assert_eq!((&after["vouchers"][0]["remaining"], &after["balance"]["cash"]), (&cny("501.00"), &cny("1000.00")));
    let invoice = last_invoice(&served).await;
    let paid = json!([{
        "at": BEGINS, "voucher": cny("999.00"), "voucher_id": "spring-22", "gift": cny("0.00"), "cash": cny("0.00"),
    }]);
    assert_eq!((&invoice["paid"], &invoice["total"], &invoice["amount_due"]), (&paid, &cny("999.00"), &cny("0.00")));
    let path = format!("/v1/invoices/{}", invoice["invoice_id"].as_str().expect("an id"));
    let page = served.client.send(hyper::Method::GET, &path, &[("accept", "text/html")], "").await.is(200).text();
    assert!(page.contains("Paid from voucher spring-22 on 2022-11-01"), "{page}");
    assert!(!page.contains("Paid from cash balance"), "{page}");
}

async fn u19_a_voucher_is_refused_the_day_after_its_last_and_leaves_no_trace(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    let application = customer(&served, "acme", "5000.00").await;
    for id in ["first", "second"] {
        grant(&served, json!({"voucher_id": id, "face": cny("999.00"), "expires_on": "2022-11-30"})).await.is(200);
    }
    served.advance("2022-11-30T23:59:59+08:00").await;
    subscribe(&served, application, json!({"plan": "pro", "months": 1, "voucher_id": "first"})).await.is(200);
    served.advance("2022-12-01T00:00:00+08:00").await;
    let renewals = format!("/v1/applications/{application}/subscription/renewals");
    let (head, before) = (served.head().await, account(&served).await);
    let late = served.post(&renewals, &json!({"months": 1, "voucher_id": "second"})).await;
    late.is_problem(422, "voucher_expired");
    // Nothing is stored, and no cash is taken silently.
    assert_eq!((served.head().await, account(&served).await), (head, before));
}

async fn u20_add_ons_and_renewals_take_the_voucher_they_name(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    let application = customer(&served, "acme", "999.00").await;
    grant(&served, json!({"voucher_id": "v", "face": cny("5000.00"), "expires_on": "2022-11-30"})).await.is(200);
    served.buy(application, "pro", 1).await.is(200);
    let path = |tail: &str| format!("/v1/applications/{application}{tail}");
    let order = json!({"months": 1, "voucher_id": "v"});
    served.post(&path("/subscription/renewals"), &order).await.is(200);
    let pack = json!({"kind": "group_members", "months": 1, "voucher_id": "v"});
    let bought = served.post(&path("/add-ons"), &pack).await.is(200).json();
    let add_on = bought["add_on_id"].as_str().expect("a new add-on has an id").to_owned();
    served.post(&path(&format!("/add-ons/{add_on}/renewals")), &order).await.is(200);
    assert_eq!(account(&served).await["vouchers"][0]["remaining"], cny("3001.00"));
    assert_eq!(account(&served).await["balance"]["cash"], cny("0.00"));
}

async fn b7_a_statement_takes_the_voucher_that_ends_first(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    let application = customer(&served, "acme", "2997.00").await;
    served.buy(application, "pro", 3).await.is(200);
    for (id, face, last_day) in [("late", "5000.00", "2022-12-31"), ("soon", "400.00", "2022-12-03")] {
        grant(&served, json!({"voucher_id": id, "face": cny(face), "expires_on": last_day})).await.is(200);
    }
    served.deposit("acme", "600.00", "cash").await.is(200);
    let reading = json!({"date": "2022-11-01", "dau": 10_001, "peak_groups": 0});
    served.post(&format!("/v1/applications/{application}/usage/daily"), &reading).await.is(200);
    served.advance("2022-12-01T00:00:00+08:00").await;
    let draft = last_invoice(&served).await;
    assert_eq!((&draft["state"], &draft["paid"], &draft["amount_due"]), (&json!("draft"), &json!([]), &cny("1000.00")));
    served.advance("2022-12-03T00:00:00+08:00").await;
    let paid = json!([{
        "at": "2022-12-03T00:00:00+08:00", "voucher": cny("400.00"), "voucher_id": "soon", "gift": cny("0.00"),
        "cash": cny("600.00"),
    }]);
    assert_eq!(last_invoice(&served).await["paid"], paid);
    assert_eq!(account(&served).await["state"], "active");
}

async fn a2_1_and_a2_2_a_first_purchase_costs_a_tenth_once(kind: StoreKind) {
    for (plan, price, list_price) in [("flagship", "299.90", "2999.00"), ("pro", "99.90", "999.00")] {
        let served = Served::start(kind, BEGINS).await;
        let application = customer(&served, "acme", price).await;
        let order = json!({"plan": plan, "months": 1, "promotion": "first_purchase"});
        subscribe(&served, application, order.clone()).await.is(200);
        assert_eq!(account(&served).await["balance"]["cash"], cny("0.00"));
        let line = last_invoice(&served).await["lines"][0].clone();
        assert_eq!((&line["amount"], &line["unit_price"]), (&cny(price), &cny(list_price)));
        let formula = format!("{list_price} per month × 1 month × 10% (first_purchase) = {price}");
        assert_eq!(line["formula"], formula.as_str());
        // Once for the account, whatever the application and the plan.
        served.deposit("acme", "5000.00", "cash").await.is(200);
        let second = served.create("acme", "china").await;
        for plan in ["pro", "flagship"] {
            let again = json!({"plan": plan, "months": 1, "promotion": "first_purchase"});
            subscribe(&served, second, again).await.is_problem(422, "promotion_not_applicable");
        }
        subscribe(&served, second, json!({"plan": "pro", "months": 1})).await.is(200);
        assert_eq!(account(&served).await["balance"]["cash"], cny("4001.00"));
        // A renewal is at the full price.
        served.renew(application, 1).await.is(200);
        assert_eq!(last_invoice(&served).await["total"], cny(list_price));
    }
    let served = Served::start(kind, BEGINS).await;
    let question = |plan: &str, months: u32, promotion: &str| {
        let question = json!({"data_site": "china", "plan": plan, "months": months, "promotion": promotion});
        let client = served.client.clone();
        async move { client.ask("/v1/estimates", &question).await }
    };
    let year = question("flagship", 12, "yearly").await.ok();
    assert_eq!((&year["total"], &year["promotion"]), (&cny("26991.00"), &json!("yearly")));
    question("pro", 12, "yearly").await.is_problem(422, "promotion_not_applicable");
    question("pro", 2, "first_purchase").await.is_problem(422, "promotion_not_applicable");
}

async fn what_vouchers_and_promotions_are_not_for_is_refused_and_leaves_no_trace(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    let application = customer(&served, "acme", "100000.00").await;
    let postpaid = json!({
        "voucher_id": "usage", "face": cny("9.00"), "expires_on": "2022-12-31", "pay_mode": "postpaid",
    });
    grant(&served, postpaid).await.is(200);
    let (head, before) = (served.head().await, account(&served).await);
    let buy = format!("/v1/applications/{application}/subscription");
    let vouchers = "/v1/accounts/acme/vouchers".to_owned();
    let voucher = |change: Value| {
        let mut body = json!({"voucher_id": "new", "face": cny("9.00"), "expires_on": "2022-12-31"});
        for (field, value) in change.as_object().expect("fields") {
            body[field] = value.clone();
        }
        body
    };
    let (unfit, unpromoted, invalid) = ("voucher_not_applicable", "promotion_not_applicable", "invalid_request");
    for (path, body, code, pointer) in [
        (&buy, json!({"plan": "pro", "months": 1, "voucher_id": "nobodys"}), unfit, ""),
        (&buy, json!({"plan": "pro", "months": 1, "voucher_id": "usage"}), unfit, ""),
        (&buy, json!({"plan": "pro", "months": 12, "promotion": "yearly"}), unpromoted, ""),
        (&buy, json!({"plan": "flagship", "months": 2, "promotion": "first_purchase"}), unpromoted, ""),
        (&vouchers, voucher(json!({"face": cny("0.00")})), invalid, "/face/amount"),
        (&vouchers, voucher(json!({"face": {"amount": "9.00", "currency": "USD"}})), "currency_mismatch", ""),
        (&vouchers, voucher(json!({"expires_on": "2022-10-31"})), invalid, "/expires_on"),
        (&vouchers, voucher(json!({"minimum": cny("-1.00")})), invalid, "/minimum/amount"),
        (&vouchers, voucher(json!({"applies_to": []})), invalid, "/applies_to"),
        (&vouchers, voucher(json!({"months_min": 3, "months_max": 2})), invalid, "/months_max"),
        (&vouchers, voucher(json!({"voucher_id": "a b"})), invalid, "/voucher_id"),
        (&vouchers, voucher(json!({"batch": 1})), invalid, "/batch"),
    ] {
        let answer = served.post(path, &body).await;
        let (status, found, pointers) = answer.problem();
        assert_eq!((status, found.as_str()), (422, code), "{body}");
        assert!(pointer.is_empty() || pointers == [pointer], "{body}: {pointers:?}");
        assert_eq!((served.head().await, account(&served).await), (head.clone(), before.clone()), "{body}");
    }
    let elsewhere = served.post("/v1/accounts/nobody/vouchers", &voucher(json!({}))).await;
    elsewhere.is_problem(404, "not_found");
}
