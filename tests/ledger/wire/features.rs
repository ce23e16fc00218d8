//! Owns the routes of features that are opened on application (S8, S9, U44) and of checks that tell of a client and a group
//! (S10, S17), each with every refusal it has, through HTTP.

use hyper::Method;
use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Answer, Served, StoreKind};

on_both_stores! {
    s8_s9_u44_features_are_asked_for_approved_opened_and_lost
    u44_a_request_is_withdrawn_or_rejected_and_made_again
    u45_orders_about_features_are_refused_and_leave_no_trace
    a_request_needs_no_body_and_is_answered_again_to_the_byte
    s9_s10_s17_a_check_tells_of_the_client_and_the_group
    a_context_of_a_wrong_form_is_named
}

const BEGINS: &str = "2022-11-01T00:00:00+08:00";

fn feature_path(application: u64, feature: &str, what: &str) -> String {
    format!("/v1/applications/{application}/features/{feature}/{what}")
}

async fn ask(served: &Served, application: u64, feature: &str, what: &str, body: Value) -> Answer {
    served.post(&feature_path(application, feature, what), &body).await
}

/// A payer with money and an application on a plan.
async fn on(kind: StoreKind, plan: &str) -> (Served, u64) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "50000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    if plan != "trial" {
        served.buy(application, plan, 1).await.is(200);
    }
    (served, application)
}

/// What a feature's row and a check of it say.
async fn right(served: &Served, application: u64, feature: &str) -> (Value, String) {
    let rights = served.read(&format!("/v1/applications/{application}/entitlements")).await;
    let row = rights["features"][feature].clone();
    let verdict = served.check(application, &json!({"feature": feature})).await;
    assert_eq!((&verdict["allowed"], &verdict["cause"]), (&row["granted"], &row["cause"]));
    assert_eq!(served.application(application).await["features"][feature], row["granted"]);
    (row, verdict["reason"].as_str().expect("a reason").to_owned())
}

async fn s8_s9_u44_features_are_asked_for_approved_opened_and_lost(kind: StoreKind) {
    let (served, application) = on(kind, "flagship").await;
    served.advance("2022-11-10T15:00:00+08:00").await;
    let asked = ask(&served, application, "push_all", "requests", json!({})).await.is(200).json();
    assert_eq!(asked["receipt"]["events"][0]["type"], "FeatureRequested");
    assert_eq!(
        asked["feature_requests"],
        json!([{"feature": "push_all", "state": "requested", "since": "2022-11-10T15:00:00+08:00"}])
    );
    let approved = ask(&served, application, "push_all", "approvals", json!({"ticket": "OP-1"})).await.ok();
    let opens_at = "2022-11-12T15:00:00+08:00";
    assert_eq!(
        approved["feature_requests"],
        json!([{"feature": "push_all", "state": "approved", "opens_at": opens_at}])
    );
    let opening = json!({"kind": "feature_opening", "at": opens_at, "feature": "push_all"});
    assert!(approved["upcoming"].as_array().expect("a list").contains(&opening), "{approved}");
    let (row, reason) = right(&served, application, "push_all").await;
    assert_eq!(
        (&row["granted"], &row["source"], &row["opens_at"]),
        (&json!(false), &json!("approval"), &json!(opens_at))
    );
    assert_eq!(reason, "not_open_yet");
    served.advance("2022-11-12T14:59:59+08:00").await;
    assert_eq!(right(&served, application, "push_all").await.1, "not_open_yet");
    served.advance(opens_at).await;
    let (row, reason) = right(&served, application, "push_all").await;
    assert_eq!((reason.as_str(), &row["source"], row.get("opens_at")), ("granted", &json!("approval"), None));
    let opened = served.log().await.into_iter().find(|event| event["type"] == "FeatureOpened").expect("it opened");
    assert_eq!((&row["cause"]["event_id"], &opened["effective_at"]), (&opened["event_id"], &json!(opens_at)));

    let communities = |rights: &Value| rights["quotas"]["communities_max"].clone();
    let entitlements = format!("/v1/applications/{application}/entitlements");
    ask(&served, application, "community", "requests", json!({})).await.is(200);
    assert_eq!(communities(&served.read(&entitlements).await)["limit"], 0);
    let opened = ask(&served, application, "community", "approvals", json!({"ticket": "OP-2"})).await.ok();
    let types: Vec<_> =
        opened["receipt"]["events"].as_array().expect("events").iter().map(|one| &one["type"]).collect();
    assert_eq!(types, ["FeatureApproved", "FeatureOpened"]);
    let room = communities(&served.read(&entitlements).await);
    assert_eq!((&room["limit"], &room["source"]), (&json!(100_000), &json!("approval")));
    assert_eq!(room["cause"]["event_id"], opened["receipt"]["events"][1]["event_id"]);

    // Flagship to 11-30, stopped on 12-08: back on Pro both are lost; on Flagship again one asks again.
    served.advance("2022-12-08T00:00:00+08:00").await;
    assert_eq!(right(&served, application, "community").await.1, "not_in_service");
    let left = served.buy(application, "pro", 1).await.ok();
    assert_eq!(left["feature_requests"], json!([]));
    for feature in ["push_all", "community"] {
        assert_eq!(right(&served, application, feature).await.1, "plan");
    }
    served.advance("2023-01-20T00:00:00+08:00").await;
    served.buy(application, "flagship", 1).await.is(200);
    for feature in ["push_all", "community"] {
        assert_eq!(right(&served, application, feature).await.1, "not_approved");
        ask(&served, application, feature, "requests", json!({})).await.is(200);
    }
}

async fn u44_a_request_is_withdrawn_or_rejected_and_made_again(kind: StoreKind) {
    let (served, application) = on(kind, "flagship").await;
    ask(&served, application, "community", "requests", json!({})).await.is(200);
    let withdrawn = served.delete(&feature_path(application, "community", "requests")).await.ok();
    assert_eq!(
        (&withdrawn["feature_requests"], &withdrawn["receipt"]["events"][0]["type"]),
        (&json!([]), &json!("FeatureWithdrawn"))
    );
    ask(&served, application, "community", "requests", json!({})).await.is(200);
    let rejected = json!({"reason": "no use was described", "ticket": "OP-1"});
    let rejected = ask(&served, application, "community", "rejections", rejected).await.ok();
    assert_eq!(rejected["receipt"]["events"][0]["type"], "FeatureRejected");
    let last = served.log().await.pop().expect("an event");
    let told = &last["data"]["FeatureRejected"];
    let said = (&told["feature"], &told["reason"], &told["ticket"]);
    assert_eq!(said, (&json!("community"), &json!("no use was described"), &json!("OP-1")));
    ask(&served, application, "community", "requests", json!({})).await.is(200);
    ask(&served, application, "community", "rejections", json!({})).await.is(200);
    assert_eq!(right(&served, application, "community").await.1, "not_approved");
}

async fn u45_orders_about_features_are_refused_and_leave_no_trace(kind: StoreKind) {
    let (served, flagship) = on(kind, "flagship").await;
    let (pro, stopped) = (served.create("acme", "china").await, served.create("acme", "china").await);
    served.buy(pro, "pro", 1).await.is(200);
    let stop = json!({"reason": "spam", "ticket": "OP-9"});
    served.post(&format!("/v1/applications/{stopped}/suspensions"), &stop).await.is(200);
    ask(&served, flagship, "community", "requests", json!({})).await.is(200);
    ask(&served, flagship, "community", "approvals", json!({"ticket": "OP-1"})).await.is(200);
    let head = served.head().await;
    let ticket = || json!({"ticket": "OP-1"});
    for (application, feature, what, body, status, code) in [
        (flagship, "community", "requests", json!({}), 422, "feature_already_requested"),
        (flagship, "community", "rejections", json!({}), 422, "feature_not_requested"),
        (flagship, "push_all", "approvals", ticket(), 422, "feature_not_requested"),
        (flagship, "push_all", "approvals", json!({}), 422, "operator_approval_required"),
        (flagship, "push_all", "approvals", json!({"ticket": null}), 422, "operator_approval_required"),
        (flagship, "push_all", "rejections", json!({}), 422, "feature_not_requested"),
        (pro, "push_all", "requests", json!({}), 422, "feature_needs_flagship"),
        (pro, "community", "approvals", ticket(), 422, "feature_needs_flagship"),
        (stopped, "community", "requests", json!({}), 422, "application_suspended"),
        // A row of the matrix that nobody asks for, a name that is no row, an application that is not there.
        (flagship, "user_status", "requests", json!({}), 422, "invalid_request"),
        (flagship, "users_max", "requests", json!({}), 404, "not_found"),
        (flagship, "PushAll", "approvals", ticket(), 404, "not_found"),
        (7, "push_all", "requests", json!({}), 404, "not_found"),
        // Forms.
        (flagship, "push_all", "approvals", json!({"ticket": ""}), 422, "invalid_request"),
        (flagship, "push_all", "approvals", json!({"ticket": "t", "hours": 48}), 422, "invalid_request"),
        (flagship, "push_all", "rejections", json!({"reason": 5}), 422, "invalid_request"),
        (flagship, "push_all", "requests", json!({"ticket": "t"}), 422, "invalid_request"),
    ] {
        ask(&served, application, feature, what, body).await.is_problem(status, code);
        assert_eq!(served.head().await, head, "{feature} {what}");
    }
    for (application, feature, code) in [
        (flagship, "push_all", "feature_not_requested"),
        (flagship, "community", "feature_not_requested"),
        (pro, "push_all", "feature_needs_flagship"),
    ] {
        served.delete(&feature_path(application, feature, "requests")).await.is_problem(422, code);
        assert_eq!(served.head().await, head, "{feature}");
    }
    // Approved is approved: nothing happens a second time.
    let again = ask(&served, flagship, "community", "approvals", ticket()).await.ok();
    assert_eq!((&again["receipt"]["events"], served.head().await), (&json!([]), head));
}

async fn a_request_needs_no_body_and_is_answered_again_to_the_byte(kind: StoreKind) {
    let (served, application) = on(kind, "flagship").await;
    let path = feature_path(application, "push_all", "requests");
    let key = [("idempotency-key", "ask-1")];
    let first = served.client.send(Method::POST, &path, &key, "").await.is(200);
    let again = served.client.send(Method::POST, &path, &key, "").await.is(200);
    assert_eq!((&first.body, again.header("idempotency-replayed")), (&again.body, Some("true")));
    // An empty object is the same request; the other method is another.
    let object = [("idempotency-key", "ask-1"), ("content-type", "application/json")];
    assert_eq!(served.client.send(Method::POST, &path, &object, "{}").await.is(200).body, first.body);
    served.client.send(Method::DELETE, &path, &key, "").await.is_problem(422, "idempotency_mismatch");
    served.client.send(Method::DELETE, &path, &[], "").await.is_problem(400, "idempotency_key_missing");
    let fields = [("idempotency-key", "take-1"), ("content-type", "application/json")];
    served.client.send(Method::DELETE, &path, &fields, r#"{"reason":"x"}"#).await.is_problem(422, "invalid_request");
    served.client.send(Method::DELETE, &path, &fields, "{").await.is_problem(400, "malformed_json");
    served.client.send(Method::DELETE, &path, &[("idempotency-key", "take-1")], "{}").await.is(415);
    let tag = [("idempotency-key", "take-1"), ("if-match", "\"stale\"")];
    assert_eq!(served.client.send(Method::DELETE, &path, &tag, "").await.status, 412);
    served.client.send(Method::DELETE, &path, &[("idempotency-key", "take-1")], "").await.is(200);
    served.client.get(&path).await.is(405);
}

async fn s9_s10_s17_a_check_tells_of_the_client_and_the_group(kind: StoreKind) {
    let (served, flagship) = on(kind, "flagship").await;
    let pro = served.create("acme", "china").await;
    served.buy(pro, "pro", 1).await.is(200);
    let trial = served.create("acme", "china").await;
    ask(&served, flagship, "community", "requests", json!({})).await.is(200);
    ask(&served, flagship, "community", "approvals", json!({"ticket": "OP-1"})).await.is(200);
    ask(&served, flagship, "push_all", "requests", json!({})).await.is(200);
    ask(&served, flagship, "push_all", "approvals", json!({"ticket": "OP-1"})).await.is(200);
    let client =
        |version: &str| json!({"sdk": "client", "sdk_version": version, "edition": "enhanced", "platform": "ios"});
    for (application, asked, context, reason) in [
        (flagship, "community", client("5.8.1668"), "granted"),
        (flagship, "community", client("5.10"), "granted"),
        (flagship, "community", client("5.8.1667"), "sdk_too_old"),
        (flagship, "community", json!({"sdk": "web", "sdk_version": "2.9.9"}), "sdk_too_old"),
        (flagship, "push_all", client("9.9"), "not_open_yet"),
        (flagship, "group_read_receipts", json!({"group_type": "meeting", "group_size": 200}), "granted"),
        (flagship, "group_read_receipts", json!({"group_type": "community"}), "group_type"),
        (flagship, "group_read_receipts", json!({"group_type": "work", "group_size": 201}), "group_too_large"),
        (flagship, "group_read_receipts", json!({}), "granted"),
        (pro, "group_read_receipts", client("0.1"), "plan"),
    ] {
        let verdict = served.check(application, &json!({"feature": asked, "context": context})).await;
        let expected = (json!(reason == "granted"), json!(reason));
        assert_eq!((&verdict["allowed"], &verdict["reason"]), (&expected.0, &expected.1), "{asked} {context}");
    }
    for (application, question, limit, remaining, reason) in [
        (pro, json!({"current": 199, "context": {"group_type": "work"}}), json!(200), json!(1), "granted"),
        (pro, json!({"context": {"group_type": "work", "group_size": 200}}), json!(200), json!(0), "limit_reached"),
        (
            pro,
            json!({"current": 100, "context": {"group_type": "work", "group_max": 100}}),
            json!(100),
            json!(0),
            "group_own_maximum",
        ),
        (pro, json!({"current": 200, "context": {"group_max": 2_000}}), json!(2_000), json!(1_800), "granted"),
        (
            trial,
            json!({"current": 9_999, "context": {"group_type": "avchatroom"}}),
            json!(null),
            json!(null),
            "granted",
        ),
        (pro, json!({"context": {"group_type": "community"}}), json!(0), json!(0), "plan"),
        (
            flagship,
            json!({"current": 99_999, "context": {"group_type": "community"}}),
            json!(100_000),
            json!(1),
            "granted",
        ),
    ] {
        let mut asked = question.clone();
        asked["quota"] = json!("group_members_max");
        let verdict = served.check(application, &asked).await;
        assert_eq!(
            (&verdict["limit"], &verdict["remaining"], &verdict["reason"]),
            (&limit, &remaining, &json!(reason)),
            "{question}"
        );
    }
    let cap = json!({"quota": "dau_included", "current": 100});
    assert_eq!(served.check(trial, &cap).await["reason"], "trial_quota_exceeded");
    served.advance("2022-12-08T00:00:00+08:00").await;
    let stopped =
        served.check(pro, &json!({"quota": "group_members_max", "context": {"group_type": "avchatroom"}})).await;
    assert_eq!((&stopped["limit"], &stopped["reason"]), (&json!(0), &json!("not_in_service")));
}

async fn a_context_of_a_wrong_form_is_named(kind: StoreKind) {
    let (served, application) = on(kind, "trial").await;
    let path = format!("/v1/applications/{application}/entitlements/check");
    for (context, pointer) in [
        (json!({"sdk": "client", "sdk_version": "5.8-beta"}), "/context/sdk_version"),
        (json!({"sdk": "client", "sdk_version": 5.8}), "/context/sdk_version"),
        (json!({"sdk": "client", "sdk_version": ""}), "/context/sdk_version"),
        (json!({"sdk_version": "5.8"}), "/context/sdk"),
        (json!({"sdk": "phone"}), "/context/sdk"),
        (json!({"edition": "Enhanced!"}), "/context/edition"),
        (json!({"platform": ""}), "/context/platform"),
        (json!({"group_type": "party"}), "/context/group_type"),
        (json!({"group_size": -1}), "/context/group_size"),
        (json!({"group_size": "10"}), "/context/group_size"),
        (json!({"group_max": 1.5}), "/context/group_max"),
        (json!({"color": "red"}), "/context/color"),
        (json!([]), "/context"),
        (json!("client"), "/context"),
    ] {
        for about in [json!({"feature": "community"}), json!({"quota": "group_members_max"})] {
            let mut question = about;
            question["context"] = context.clone();
            let answer = served.client.ask(&path, &question).await;
            let (status, code, pointers) = answer.problem();
            assert_eq!((status, code.as_str()), (422, "invalid_request"), "{context}");
            assert_eq!(pointers, [pointer], "{context}");
        }
    }
    let nothing = json!({"feature": "community", "context": null});
    assert_eq!(served.check(application, &nothing).await["reason"], "plan");
}
