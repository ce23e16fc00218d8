//! Owns the house rules U1 to U46 that these commands reach, through HTTP.

use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};

on_both_stores! {
    u2_a_deposit_does_not_lift_an_expiry_stop_and_a_renewal_does
    u4_gift_is_taken_before_cash_and_neither_goes_below_zero
    u21_before_the_stop_a_purchase_is_refused_and_after_it_any_plan_starts_anew
    u45_of_several_refusals_the_first_of_the_ladder_is_answered
    u46_at_the_stop_instant_the_stop_comes_first
}

const BEGINS: &str = "2022-10-12T00:00:00+08:00";

async fn balance(served: &Served, account: &str) -> (String, String, String) {
    let account = served.read(&format!("/v1/accounts/{account}")).await;
    let text = |value: &Value| value["amount"].as_str().expect("an amount").to_owned();
    (text(&account["balance"]["gift"]), text(&account["balance"]["cash"]), text(&account["available"]))
}

fn amounts(gift: &str, cash: &str, available: &str) -> (String, String, String) {
    (gift.to_owned(), cash.to_owned(), available.to_owned())
}

async fn u2_a_deposit_does_not_lift_an_expiry_stop_and_a_renewal_does(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "999.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    served.advance("2022-11-25T09:00:00+08:00").await;
    // U1's tail: what is left of a deposit is too little for a renewal.
    served.deposit("acme", "500.00", "cash").await.is(200);
    served.renew(application, 1).await.is_problem(422, "insufficient_balance");
    served.deposit("acme", "499.00", "cash").await.is(200);
    let stopped = served.application(application).await;
    assert_eq!((&stopped["state"], &stopped["suspensions"][0]["cause"]), (&json!("suspended"), &json!("expired")));
    let back = served.renew(application, 1).await.ok();
    assert_eq!((&back["state"], &back["suspensions"]), (&json!("active"), &json!([])));
    assert_eq!(back["subscription"]["period"]["last_day"], "2022-12-24");
    assert_eq!(balance(&served, "acme").await, amounts("0.00", "0.00", "0.00"));
}

async fn u4_gift_is_taken_before_cash_and_neither_goes_below_zero(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "500.00", "300.00").await;
    let application = served.create("acme", "china").await;
    // 800.00 is less than 999.00: the whole order is refused and nothing is taken.
    served.buy(application, "pro", 1).await.is_problem(422, "insufficient_balance");
    assert_eq!(balance(&served, "acme").await, amounts("300.00", "500.00", "800.00"));
    served.deposit("acme", "198.99", "cash").await.is(200);
    served.buy(application, "pro", 1).await.is_problem(422, "insufficient_balance");
    served.deposit("acme", "0.01", "gift").await.is(200);
    served.buy(application, "pro", 1).await.is(200);
    assert_eq!(balance(&served, "acme").await, amounts("0.00", "0.00", "0.00"));
    let invoices = served.list("/v1/accounts/acme/invoices?limit=200").await;
    let cny = |amount: &str| json!({"amount": amount, "currency": "CNY"});
    let paid = json!([{"at": BEGINS, "voucher": cny("0.00"), "gift": cny("300.01"), "cash": cny("698.99")}]);
    assert_eq!((&invoices[0]["paid"], &invoices[0]["amount_due"]), (&paid, &cny("0.00")));
    assert_eq!(invoices.len(), 1, "a refused order has no invoice");
}

async fn u21_before_the_stop_a_purchase_is_refused_and_after_it_any_plan_starts_anew(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "10000.00", "0.00").await;
    let (one, two) = (served.create("acme", "china").await, served.create("acme", "china").await);
    served.buy(one, "pro", 1).await.is(200);
    served.buy(two, "flagship", 1).await.is(200);
    for instant in ["2022-10-12T00:00:00+08:00", "2022-11-18T23:59:59+08:00"] {
        served.advance(instant).await;
        for plan in ["pro", "flagship"] {
            served.buy(one, plan, 1).await.is_problem(422, "already_subscribed");
        }
    }
    served.advance("2022-11-25T09:00:00+08:00").await;
    let renewed = served.renew(one, 2).await.ok();
    let period = json!({
        "start": "2022-11-25T09:00:00+08:00", "end": "2023-01-25T00:00:00+08:00", "last_day": "2023-01-24"
    });
    assert_eq!((&renewed["plan"], &renewed["subscription"]["period"]), (&json!("pro"), &period));
    let invoices = served.list("/v1/accounts/acme/invoices?limit=200").await;
    assert_eq!(invoices.last().expect("an invoice")["total"]["amount"], "1998.00");
    // Leaving Flagship this way needs no ticket.
    let smaller = served.buy(two, "pro", 1).await.ok();
    assert_eq!((&smaller["plan"], &smaller["state"]), (&json!("pro"), &json!("active")));
    assert_eq!(smaller["features"]["group_read_receipts"], false);
    assert_eq!(smaller["subscription"]["period"]["last_day"], "2022-12-24");
}

async fn u45_of_several_refusals_the_first_of_the_ladder_is_answered(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("poor", "999.00", "0.00").await;
    let (gone, trial, running) = (
        served.create("poor", "china").await,
        served.create("poor", "korea").await,
        served.create("poor", "china").await,
    );
    served.buy(gone, "pro", 1).await.is(200);
    served.advance("2023-02-17T00:00:00+08:00").await;
    served.deposit("poor", "999.00", "cash").await.is(200);
    served.buy(running, "pro", 1).await.is(200);
    // Nobody has any money left.
    let ladder = [
        (gone, "pro", 0, "months_out_of_range"),
        (gone, "trial", 25, "months_out_of_range"),
        (gone, "trial", 1, "application_recycled"),
        (gone, "pro", 1, "application_recycled"),
        (trial, "trial", 25, "months_out_of_range"),
        (trial, "trial", 1, "trial_not_reenterable"),
        (trial, "flagship", 24, "insufficient_balance"),
        (running, "trial", 1, "trial_not_reenterable"),
        (running, "flagship", 25, "months_out_of_range"),
        (running, "flagship", 1, "already_subscribed"),
    ];
    for (application, plan, months, code) in ladder {
        served.buy(application, plan, months).await.is_problem(422, code);
    }
    let renewals = [
        (gone, 25, "months_out_of_range"),
        (gone, 1, "application_recycled"),
        (trial, 0, "months_out_of_range"),
        (trial, 1, "not_subscribed"),
        (running, 25, "months_out_of_range"),
        (running, 1, "insufficient_balance"),
    ];
    for (application, months, code) in renewals {
        served.renew(application, months).await.is_problem(422, code);
    }
    // The shape comes before everything, what is asked about before the rest.
    let body = json!({"plan": "gold", "months": 0});
    served.post(&format!("/v1/applications/{gone}/subscription"), &body).await.is_problem(422, "invalid_request");
    served.buy(7, "pro", 1).await.is_problem(404, "not_found");
}

async fn u46_at_the_stop_instant_the_stop_comes_first(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "100000.00", "0.00").await;
    let (inside, at_the_stop) = (served.create("acme", "china").await, served.create("acme", "china").await);
    for application in [inside, at_the_stop] {
        served.buy(application, "pro", 1).await.is(200);
    }
    served.advance("2022-11-18T23:59:59+08:00").await;
    let renewed = served.renew(inside, 1).await.ok();
    let period = |start: &str, end: &str, last_day: &str| json!({"start": start, "end": end, "last_day": last_day});
    let follows = period("2022-11-12T00:00:00+08:00", "2022-12-12T00:00:00+08:00", "2022-12-11");
    assert_eq!((&renewed["state"], &renewed["subscription"]["period"]), (&json!("active"), &follows));
    served.advance("2022-11-19T00:00:00+08:00").await;
    let renewed = served.renew(at_the_stop, 1).await.ok();
    let anew = period("2022-11-19T00:00:00+08:00", "2022-12-19T00:00:00+08:00", "2022-12-18");
    assert_eq!((&renewed["state"], &renewed["subscription"]["period"]), (&json!("active"), &anew));
    // 24 months an order, no cap on the sum.
    for _ in 0..2 {
        served.renew(inside, 24).await.is(200);
    }
    assert_eq!(served.application(inside).await["subscription"]["paid_through"], "2026-12-11");
}
