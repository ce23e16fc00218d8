//! Owns the golden cases of history storage (C8), as its payer sees them: the setting, the right, the line of the bill.

use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::StoreKind;

use super::life::{at, fee, keep, limit, line, on_plan, statement};

on_both_stores! {
    c8_1_switched_on_on_the_28th_the_whole_month_is_due
    c8_2_a_second_change_in_the_same_natural_month_is_refused
    c8_4_flagship_asking_for_30_days_has_them_already
    c8_5_c8_6_there_is_no_step_of_60_or_361_days_and_none_on_trial
    u17_off_in_a_later_month_costs_that_month_and_nothing_after_it
}

fn kept(application: &Value) -> Value {
    application["history_retention"].clone()
}

async fn c8_1_switched_on_on_the_28th_the_whole_month_is_due(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-10-12", "china", "pro", 3).await;
    served.advance(&at("2022-11-28 09:00:00")).await;
    assert_eq!(limit(&served, application, "history_retention_days").await, 7);
    let set = keep(&served, application, 90).await.ok();
    let expected = json!({"days": 90, "included": 7, "activated_on": "2022-11-28", "changed_on": "2022-11-28"});
    assert_eq!(kept(&set), expected);
    assert_eq!(set["receipt"]["events"][0]["type"], "HistoryRetentionSet");
    assert_eq!(limit(&served, application, "history_retention_days").await, 90);
    served.advance(&at("2022-12-03")).await;
    let november = statement(&served, "acme", "2022-11").await;
    assert_eq!(fee(&november, application, "history_storage"), "1000.00");
    let october = statement(&served, "acme", "2022-10").await;
    assert_eq!(line(&october, application, "history_storage"), None, "nothing before it was switched on");
}

async fn c8_2_a_second_change_in_the_same_natural_month_is_refused(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-10-12", "china", "pro", 3).await;
    keep(&served, application, 90).await.is(200);
    served.advance(&at("2022-10-31 23:59:59")).await;
    for days in [7, 30, 180, 360] {
        keep(&served, application, days).await.is_problem(422, "retention_changed_this_month");
    }
    // The figure it has is no change.
    let same = keep(&served, application, 90).await.ok();
    assert_eq!((&same["receipt"]["events"], &kept(&same)["days"]), (&json!([]), &json!(90)));
    served.advance(&at("2022-11-01")).await;
    assert_eq!(kept(&keep(&served, application, 360).await.ok())["days"], 360);
}

async fn c8_4_flagship_asking_for_30_days_has_them_already(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-10-12", "china", "flagship", 3).await;
    assert_eq!(limit(&served, application, "history_retention_days").await, 30);
    let asked = keep(&served, application, 30).await.ok();
    assert_eq!(asked["receipt"]["events"], json!([]));
    served.advance(&at("2022-11-03")).await;
    let october = statement(&served, "acme", "2022-10").await;
    assert_eq!(line(&october, application, "history_storage"), None);
    assert_eq!(october["total"]["amount"], "0.00");
}

async fn c8_5_c8_6_there_is_no_step_of_60_or_361_days_and_none_on_trial(kind: StoreKind) {
    let (served, pro) = on_plan(kind, "2022-10-12", "china", "pro", 3).await;
    let (trial, flagship) = (served.create("acme", "china").await, served.create("acme", "china").await);
    served.buy(flagship, "flagship", 1).await.is(200);
    let head = served.head().await;
    for (application, days, code) in [
        (pro, 60, "retention_step_unknown"),
        (pro, 361, "retention_step_unknown"),
        (pro, 0, "retention_step_unknown"),
        (flagship, 60, "retention_step_unknown"),
        (flagship, 7, "retention_step_unknown"),
        (trial, 7, "add_on_needs_paid_plan"),
        (trial, 90, "add_on_needs_paid_plan"),
        (trial, 360, "add_on_needs_paid_plan"),
    ] {
        keep(&served, application, days).await.is_problem(422, code);
    }
    assert_eq!(served.head().await, head, "nothing is stored");
}

async fn u17_off_in_a_later_month_costs_that_month_and_nothing_after_it(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-09-05", "china", "pro", 12).await;
    keep(&served, application, 90).await.is(200);
    served.advance(&at("2022-11-20")).await;
    let off = keep(&served, application, 7).await.ok();
    assert_eq!((&kept(&off)["days"], &kept(&off)["activated_on"]), (&json!(7), &Value::Null));
    served.advance(&at("2023-01-03")).await;
    let november = statement(&served, "acme", "2022-11").await;
    assert_eq!(fee(&november, application, "history_storage"), "1000.00");
    let december = statement(&served, "acme", "2022-12").await;
    assert_eq!(line(&december, application, "history_storage"), None);
}
