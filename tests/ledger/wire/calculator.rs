//! Owns the price calculator over the wire (S3): the golden cases C3 and C4 as estimates, and the same lives lived; both
//! come to the same.

use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};

use super::life::{amount, at, fen, invoices, keep, measure, pack};

on_both_stores! {
    c3_c4_an_estimate_equals_the_invoices_of_the_same_life
    u43_several_months_are_for_the_whole_of_them
    an_estimate_is_refused_as_the_purchase_would_be_and_stores_nothing
}

/// A question with everything it may say.
fn question(site: &str, plan: &str, add_ons: &[Value]) -> Value {
    json!({"data_site": site, "plan": plan, "months": 1, "add_ons": add_ons, "history_retention_days": null,
        "peak_dau": 0, "peak_groups": 0})
}

fn three_packs() -> Vec<Value> {
    ["avchatroom_unlimited", "group_members", "groups_per_user"].map(|kind| json!({"kind": kind})).to_vec()
}

/// A case: what is asked, prepaid, postpaid, together.
fn cases() -> [(&'static str, Value, [&'static str; 3]); 6] {
    let call = |variant: &str| json!({"kind": "av_call", "variant": variant});
    let mut everything = question("china", "pro", &three_packs());
    everything["history_retention_days"] = json!(360);
    everything["peak_dau"] = json!(25_000);
    everything["peak_groups"] = json!(150_000);
    [
        ("C3.1", question("china", "pro", &[]), ["999.00", "0.00", "999.00"]),
        ("C3.3", everything, ["3599.00", "5500.00", "9099.00"]),
        ("C3.6", question("china", "pro", &[call("basic")]), ["1499.00", "0.00", "1499.00"]),
        ("C3.7", question("china", "flagship", &[call("premium")]), ["4499.00", "0.00", "4499.00"]),
        ("C4.1", question("germany", "pro", &[]), ["2999.00", "0.00", "2999.00"]),
        ("C4.2", question("singapore", "pro", &three_packs()), ["11099.00", "0.00", "11099.00"]),
    ]
}

async fn estimate(served: &Served, asked: &Value) -> Value {
    served.client.ask("/v1/estimates", asked).await.ok()
}

/// Buys and measures in November what was asked about, for a payer named by the case.
async fn live(served: &Served, case: &str, asked: &Value) {
    served.open(case, "50000.00", "0.00").await;
    let application = served.create(case, asked["data_site"].as_str().expect("a site")).await;
    served.buy(application, asked["plan"].as_str().expect("a plan"), 1).await.is(200);
    for add_on in asked["add_ons"].as_array().expect("a list") {
        let mut add_on = add_on.clone();
        add_on["months"] = json!(1);
        pack(served, application, add_on).await.is(200);
    }
    if let Some(days) = asked["history_retention_days"].as_u64() {
        keep(served, application, u32::try_from(days).expect("small")).await.is(200);
    }
    let peak = |name: &str| asked[name].as_u64().expect("a number");
    measure(served, application, "2022-11-01", peak("peak_dau"), peak("peak_groups")).await.is(200);
}

async fn c3_c4_an_estimate_equals_the_invoices_of_the_same_life(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-11-01")).await;
    let head = served.head().await;
    for (case, asked, expected) in cases() {
        let told = estimate(&served, &asked).await;
        assert_eq!(["prepaid", "postpaid", "total"].map(|sum| amount(&told[sum])), expected, "{case}");
        let lines: u64 = told["lines"].as_array().expect("lines").iter().map(|line| fen(&line["amount"])).sum();
        assert_eq!(lines, fen(&told["total"]), "{case}: {told}");
    }
    assert_eq!(served.head().await, head, "an estimate is no order");
    for (case, asked, _) in cases() {
        live(&served, case, &asked).await;
    }
    served.advance(&at("2022-12-03")).await;
    for (case, _, [prepaid, postpaid, _]) in cases() {
        let bills = invoices(&served, case).await;
        let sum = |kind: &str| -> u64 {
            bills.iter().filter(|bill| bill["kind"] == kind).map(|bill| fen(&bill["total"])).sum()
        };
        let as_fen = |text: &str| text.replace('.', "").parse::<u64>().expect("an amount");
        assert_eq!((sum("order"), sum("statement")), (as_fen(prepaid), as_fen(postpaid)), "{case}: {bills:?}");
    }
}

async fn u43_several_months_are_for_the_whole_of_them(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-11-01")).await;
    let asked = json!({"data_site": "china", "plan": "pro", "months": 3, "peak_dau": 25_000});
    let told = estimate(&served, &asked).await;
    assert_eq!(["prepaid", "postpaid", "total"].map(|sum| amount(&told[sum])), ["2997.00", "6000.00", "8997.00"]);
    let line = |item: &str| told["lines"].as_array().expect("lines").iter().find(|line| line["item"] == item).cloned();
    let overage = line("dau_overage").expect("usage beyond the allowance");
    assert_eq!(
        (&overage["months"], amount(&overage["monthly"]), amount(&overage["amount"])),
        (&json!(3), "2000.00", "6000.00")
    );
}

async fn an_estimate_is_refused_as_the_purchase_would_be_and_stores_nothing(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-11-01")).await;
    let head = served.head().await;
    let with = |field: &str, value: Value| {
        let mut asked = question("china", "pro", &[]);
        asked[field] = value;
        asked
    };
    for (asked, code) in [
        (with("months", json!(0)), "months_out_of_range"),
        (with("months", json!(25)), "months_out_of_range"),
        (with("plan", json!("trial")), "trial_not_reenterable"),
        (with("history_retention_days", json!(60)), "retention_step_unknown"),
        (question("korea", "pro", &[json!({"kind": "av_call", "variant": "basic"})]), "add_on_not_sold_here"),
        (question("china", "flagship", &[json!({"kind": "avchatroom_unlimited"})]), "plan_mismatch"),
        (
            question("china", "pro", &[json!({"kind": "group_members"}), json!({"kind": "group_members"})]),
            "add_on_already_active",
        ),
    ] {
        served.client.ask("/v1/estimates", &asked).await.is_problem(422, code);
    }
    for (asked, pointer) in [
        (with("add_ons", json!([{"kind": "live_streaming"}])), "/add_ons/0/kind"),
        (with("add_ons", json!([{"kind": "group_members"}, {"kind": "av_call"}])), "/add_ons/1/variant"),
        (with("add_ons", json!([{"kind": "group_members", "variant": "basic"}])), "/add_ons/0/variant"),
        (with("add_ons", json!([{"kind": "group_members", "months": 1}])), "/add_ons/0/months"),
        (with("plan", json!("gold")), "/plan"),
        (with("data_site", json!("mars")), "/data_site"),
        (with("peak_dau", json!(-1)), "/peak_dau"),
        (with("peak_groups", json!(1.5)), "/peak_groups"),
        (with("voucher_id", json!("v")), "/voucher_id"),
    ] {
        let (status, code, pointers) = served.client.ask("/v1/estimates", &asked).await.problem();
        assert_eq!((status, code.as_str(), pointers), (422, "invalid_request", vec![pointer.to_owned()]), "{asked}");
    }
    assert_eq!(served.head().await, head);
}
