//! Owns the routes of an operator's stop and its lift (U40), with what the payer sees of it, through HTTP.

use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Answer, Served, StoreKind};

on_both_stores! {
    u40_an_operator_stops_and_lifts_and_the_stopped_days_cost_nothing
    u2_u40_causes_stand_side_by_side_on_the_application
    u45_an_operators_stop_is_refused_without_a_ticket_and_for_what_is_gone
}

const BEGINS: &str = "2022-11-01T00:00:00+08:00";

async fn stop(served: &Served, application: u64, body: Value) -> Answer {
    served.post(&format!("/v1/applications/{application}/suspensions"), &body).await
}

async fn lift(served: &Served, application: u64) -> Answer {
    served.delete(&format!("/v1/applications/{application}/suspensions/operator")).await
}

fn spam() -> Value {
    json!({"reason": "spam was sent", "ticket": "OP-3"})
}

async fn pro(kind: StoreKind, months: u32) -> (Served, u64) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "50000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", months).await.is(200);
    (served, application)
}

async fn u40_an_operator_stops_and_lifts_and_the_stopped_days_cost_nothing(kind: StoreKind) {
    let (served, application) = pro(kind, 6).await;
    served.advance("2022-11-20T12:00:00+08:00").await;
    let reading = json!({"date": "2022-11-20", "dau": 15_000, "peak_groups": 0});
    served.post(&format!("/v1/applications/{application}/usage/daily"), &reading).await.is(200);
    served.advance("2022-11-26T00:00:00+08:00").await;
    let stopped = stop(&served, application, spam()).await.ok();
    let since = json!([{"cause": "operator", "since": "2022-11-26T00:00:00+08:00"}]);
    assert_eq!((&stopped["state"], &stopped["suspensions"]), (&json!("suspended"), &since));
    assert!(stopped["upcoming"].as_array().expect("a list").iter().all(|due| due["kind"] != "recycle"), "{stopped}");
    let cause = &stopped["receipt"]["events"][0]["event_id"];
    let verdict = served.check(application, &json!({"feature": "global_access"})).await;
    assert_eq!((&verdict["reason"], &verdict["cause"]["event_id"]), (&json!("not_in_service"), cause));
    served
        .post(&format!("/v1/applications/{application}/add-ons"), &json!({"kind": "group_members", "months": 1}))
        .await
        .is_problem(422, "application_suspended");
    // Stopped already: nothing happens.
    assert_eq!(stop(&served, application, spam()).await.ok()["receipt"]["events"], json!([]));
    served.advance("2022-12-01T00:00:00+08:00").await;
    let lifted = lift(&served, application).await.ok();
    assert_eq!((&lifted["state"], &lifted["suspensions"]), (&json!("active"), &json!([])));
    assert_eq!(lifted["subscription"]["paid_through"], "2023-04-30");
    assert_eq!(lift(&served, application).await.ok()["receipt"]["events"], json!([]));
    served.advance("2022-12-03T00:00:00+08:00").await;
    let invoices = served.list("/v1/accounts/acme/invoices?limit=200").await;
    let november = invoices.iter().find(|one| one["month"] == "2022-11").expect("November's statement");
    assert_eq!(november["total"]["amount"], "833.33");
}

async fn u2_u40_causes_stand_side_by_side_on_the_application(kind: StoreKind) {
    let (served, application) = pro(kind, 1).await;
    served.advance("2022-11-20T00:00:00+08:00").await;
    stop(&served, application, spam()).await.is(200);
    // Pro to 11-30: stopped for its expiry on 12-08, recycled on 2023-03-08.
    served.advance("2022-12-08T00:00:00+08:00").await;
    let both = served.application(application).await;
    let causes: Vec<_> = both["suspensions"].as_array().expect("a list").iter().map(|one| &one["cause"]).collect();
    assert_eq!(causes, ["expired", "operator"]);
    let recycle = json!({"kind": "recycle", "at": "2023-03-08T00:00:00+08:00"});
    assert!(both["upcoming"].as_array().expect("a list").contains(&recycle), "{both}");
    let bought = served.buy(application, "pro", 1).await.ok();
    assert_eq!((&bought["state"], &bought["suspensions"][0]["cause"]), (&json!("suspended"), &json!("operator")));
    assert!(!bought["upcoming"].as_array().expect("a list").contains(&recycle), "{bought}");
    let back = lift(&served, application).await.ok();
    assert_eq!((&back["state"], &back["plan"]), (&json!("active"), &json!("pro")));
}

async fn u45_an_operators_stop_is_refused_without_a_ticket_and_for_what_is_gone(kind: StoreKind) {
    let (served, gone) = pro(kind, 1).await;
    served.advance("2023-03-08T00:00:00+08:00").await;
    let application = served.create("acme", "china").await;
    let head = served.head().await;
    for (id, body, status, code) in [
        (application, json!({"reason": "spam"}), 422, "operator_approval_required"),
        (application, json!({"reason": "spam", "ticket": null}), 422, "operator_approval_required"),
        (application, json!({"ticket": "OP-3"}), 422, "invalid_request"),
        (application, json!({"reason": "", "ticket": "OP-3"}), 422, "invalid_request"),
        (application, json!({"reason": "spam", "ticket": "OP-3", "days": 5}), 422, "invalid_request"),
        (gone, json!({"reason": "spam"}), 422, "application_recycled"),
        (gone, spam(), 422, "application_recycled"),
        (7, spam(), 404, "not_found"),
    ] {
        stop(&served, id, body).await.is_problem(status, code);
        assert_eq!(served.head().await, head);
    }
    lift(&served, gone).await.is_problem(422, "application_recycled");
    lift(&served, 7).await.is_problem(404, "not_found");
    served.delete(&format!("/v1/applications/{application}/suspensions/expired")).await.is_problem(404, "not_found");
    assert_eq!(served.head().await, head);
}
