//! Owns the golden cases of terms and prices, as a caller sees them: the period that was bought, and the invoice.

use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};

on_both_stores! {
    a1_1_a_month_bought_on_the_12th_is_valid_to_the_11th
    a1_3_a_month_bought_on_the_1st_is_valid_to_the_last_day
    c4_1_pro_costs_the_overseas_price_on_every_site_abroad
    c5_orders_of_many_months_cost_that_many_months
    c10_a_month_end_is_clamped_and_the_anchor_kept
}

/// What a purchase must look like: its period, its total, and the one invoice line behind it.
struct Bought {
    start: &'static str,
    end: &'static str,
    last_day: &'static str,
    total: &'static str,
}

impl Bought {
    async fn is_seen(&self, served: &Served, account: &str, application: u64) {
        let subscription = served.application(application).await["subscription"].clone();
        let period = json!({"start": self.start, "end": self.end, "last_day": self.last_day});
        assert_eq!((&subscription["period"], &subscription["paid_through"]), (&period, &json!(self.last_day)));
        let invoice = last_invoice(served, account).await;
        assert_eq!(invoice["total"], json!({"amount": self.total, "currency": "CNY"}), "{invoice}");
        assert_eq!(invoice["lines"][0]["amount"]["amount"], self.total);
        assert_eq!(
            (&invoice["lines"][0]["period"], &invoice["lines"][0]["application_id"]),
            (&period, &json!(application))
        );
    }
}

async fn last_invoice(served: &Served, account: &str) -> Value {
    let invoices = served.list(&format!("/v1/accounts/{account}/invoices?limit=200")).await;
    invoices.last().expect("an order has an invoice").clone()
}

async fn a1_1_a_month_bought_on_the_12th_is_valid_to_the_11th(kind: StoreKind) {
    let served = Served::start(kind, "2019-02-12T10:10:52+08:00").await;
    served.open("acme", "999.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    let bought = Bought {
        start: "2019-02-12T10:10:52+08:00",
        end: "2019-03-12T00:00:00+08:00",
        last_day: "2019-03-11",
        total: "999.00",
    };
    bought.is_seen(&served, "acme", application).await;
}

async fn a1_3_a_month_bought_on_the_1st_is_valid_to_the_last_day(kind: StoreKind) {
    let served = Served::start(kind, "2022-11-01T00:00:00+08:00").await;
    served.open("acme", "2999.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "flagship", 1).await.is(200);
    let bought = Bought {
        start: "2022-11-01T00:00:00+08:00",
        end: "2022-12-01T00:00:00+08:00",
        last_day: "2022-11-30",
        total: "2999.00",
    };
    bought.is_seen(&served, "acme", application).await;
}

async fn c4_1_pro_costs_the_overseas_price_on_every_site_abroad(kind: StoreKind) {
    let served = Served::start(kind, "2022-10-12T00:00:00+08:00").await;
    served.open("acme", "100000.00", "0.00").await;
    for (site, pro, flagship) in [
        ("china", "999.00", "2999.00"),
        ("singapore", "2999.00", "5999.00"),
        ("germany", "2999.00", "5999.00"),
        ("korea", "2999.00", "5999.00"),
        ("india", "2999.00", "5999.00"),
    ] {
        for (plan, price) in [("pro", pro), ("flagship", flagship)] {
            let application = served.create("acme", site).await;
            served.buy(application, plan, 1).await.is(200);
            let invoice = last_invoice(&served, "acme").await;
            assert_eq!(invoice["total"]["amount"], price, "{plan} in {site}");
            assert_eq!(invoice["lines"][0]["item"], plan);
        }
    }
}

async fn c5_orders_of_many_months_cost_that_many_months(kind: StoreKind) {
    let served = Served::start(kind, "2022-10-12T09:30:00+08:00").await;
    served.open("acme", "200000.00", "0.00").await;
    for (case, plan, months, total, last_day) in [
        ("C5.1", "pro", 12, "11988.00", "2023-10-11"),
        ("C5.2", "flagship", 12, "35988.00", "2023-10-11"),
        ("C5.5", "flagship", 24, "71976.00", "2024-10-11"),
    ] {
        let application = served.create("acme", "china").await;
        // C5.6, on the same application: a refusal leaves it free to buy.
        for months in [0, 25] {
            served.buy(application, plan, months).await.is_problem(422, "months_out_of_range");
        }
        let bought = served.buy(application, plan, months).await.ok();
        assert_eq!(bought["subscription"]["period"]["last_day"], last_day, "{case}");
        for months in [0, 25] {
            served.renew(application, months).await.is_problem(422, "months_out_of_range");
        }
        let invoice = last_invoice(&served, "acme").await;
        let line = &invoice["lines"][0];
        assert_eq!((&invoice["total"]["amount"], &line["quantity"]), (&json!(total), &json!(months)), "{case}");
        assert_eq!(line["price_list"], "2022-07", "{case}");
    }
    let account = served.read("/v1/accounts/acme").await;
    assert_eq!(account["balance"]["cash"]["amount"], "80048.00");
}

async fn c10_a_month_end_is_clamped_and_the_anchor_kept(kind: StoreKind) {
    let served = Served::start(kind, "2022-12-01T00:00:00+08:00").await;
    served.open("acme", "100000.00", "0.00").await;
    for (case, on, first_end, then_end) in [
        ("C10.7", "2022-12-01", "2022-12-31", "2023-01-31"),
        ("C10.6", "2022-12-15", "2023-01-14", "2023-02-14"),
        ("C10.3", "2023-01-29", "2023-02-27", "2023-03-28"),
        ("C10.1", "2023-01-31", "2023-02-27", "2023-03-30"),
    ] {
        served.advance(&format!("{on}T15:00:00+08:00")).await;
        let application = served.create("acme", "china").await;
        let bought = served.buy(application, "pro", 1).await.ok();
        assert_eq!(bought["subscription"]["period"]["last_day"], first_end, "{case}");
        let renewed = served.renew(application, 1).await.ok();
        assert_eq!(renewed["subscription"]["paid_through"], then_end, "{case}");
        // The running term is the first one still.
        assert_eq!(renewed["subscription"]["period"]["last_day"], first_end, "{case}");
    }
}
