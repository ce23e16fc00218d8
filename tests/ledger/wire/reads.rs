//! Owns what is read: rights against the plan matrix, at every instant; checks; the log, invoices and lists page by
//! page; price lists, clock and health.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use subledger_tests::fixtures::QUOTAS;
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind, instant};

on_both_stores! {
    rights_are_the_matrix_of_the_document_in_every_row
    rights_are_read_as_of_any_instant
    a_check_is_answered_with_its_reason_and_cause
    the_log_is_fed_in_order_and_by_application
    invoices_come_to_the_cent_with_causes_that_the_log_holds
    lists_page_through_everything_once
    price_lists_clock_and_health_are_told
}

const BEGINS: &str = "2022-10-12T00:00:00+08:00";

/// What a check of a feature answers on Trial, Pro and Flagship.
const FEATURES: [(&str, [&str; 3]); 14] = [
    ("global_access", ["granted", "granted", "granted"]),
    ("push_all", ["plan", "plan", "not_approved"]),
    ("same_platform_multi_device", ["plan", "plan", "granted"]),
    ("local_message_search", ["plan", "plan", "granted"]),
    ("avchatroom_history_for_new_members", ["plan", "plan", "granted"]),
    ("community", ["plan", "plan", "not_approved"]),
    ("group_read_receipts", ["plan", "plan", "granted"]),
    ("group_targeted_messages", ["plan", "plan", "granted"]),
    ("avchatroom_online_members", ["plan", "plan", "granted"]),
    ("avchatroom_broadcast", ["plan", "plan", "granted"]),
    ("user_status", ["plan", "plan", "granted"]),
    ("conversation_mark", ["plan", "plan", "granted"]),
    ("conversation_group", ["plan", "plan", "granted"]),
    ("avchatroom_ban_members", ["plan", "plan", "granted"]),
];

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("rows by name").keys().map(String::as_str).collect()
}

async fn rights_are_the_matrix_of_the_document_in_every_row(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "5000.00", "0.00").await;
    for (column, plan) in ["trial", "pro", "flagship"].into_iter().enumerate() {
        let application = served.create("acme", "china").await;
        if plan != "trial" {
            served.buy(application, plan, 1).await.is(200);
        }
        let giver = served.head().await;
        let path = format!("/v1/applications/{application}/entitlements");
        let rights = served.read(&path).await;
        assert_eq!((&rights["plan"], &rights["in_service"]), (&json!(plan), &json!(true)));
        assert_eq!(names(&rights["quotas"]), QUOTAS.iter().map(|(name, _)| *name).collect());
        assert_eq!(names(&rights["features"]), FEATURES.iter().map(|(name, _)| *name).collect());
        let application_view = served.application(application).await;
        for (name, limits) in QUOTAS {
            let row = &rights["quotas"][name];
            assert_eq!((&row["limit"], &row["source"]), (&json!(limits[column]), &json!("plan")), "{plan} {name}");
            let position: u64 =
                row["cause"]["position"].as_str().and_then(|text| text.parse().ok()).expect("a position");
            assert!(position <= giver.parse().expect("a position") && position > 0, "{plan} {name}");
        }
        for (name, reasons) in FEATURES {
            let granted = reasons[column] == "granted";
            let row = &rights["features"][name];
            assert_eq!(
                (&row["granted"], &application_view["features"][name]),
                (&json!(granted), &json!(granted)),
                "{plan} {name}"
            );
            let verdict = served.check(application, &json!({"feature": name})).await;
            assert_eq!(
                (&verdict["allowed"], &verdict["reason"]),
                (&json!(granted), &json!(reasons[column])),
                "{plan} {name}"
            );
            assert_eq!(verdict["cause"], row["cause"], "{plan} {name}");
        }
        assert_eq!(application_view["history_retention"]["days"], rights["quotas"]["history_retention_days"]["limit"]);
    }
    let rights = served.read("/v1/applications/1400000003/entitlements").await;
    assert_eq!(
        rights["features"]["community"]["requires"],
        json!([
            {"kind": "client_sdk", "version_min": "5.8.1668", "edition": "enhanced"},
            {"kind": "web_sdk", "version_min": "2.17.0"}
        ])
    );
    assert_eq!(
        rights["features"]["group_read_receipts"]["requires"],
        json!([
            {"kind": "client_sdk", "version_min": "6.1.2155"},
            {"kind": "group_types", "names": ["work", "public", "meeting"]},
            {"kind": "group_size", "members_max": 200}
        ])
    );
}

async fn rights_are_read_as_of_any_instant(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "5000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.advance("2022-10-20T12:00:00+08:00").await;
    served.buy(application, "pro", 1).await.is(200);
    let timeline = [
        ("2022-10-11T23:59:59%2B08:00", None),
        ("2022-10-12T00:00:00%2B08:00", Some(("trial", 50, true, "active"))),
        ("2022-10-20T11:59:59%2B08:00", Some(("trial", 50, true, "active"))),
        ("2022-10-20T12:00:00%2B08:00", Some(("pro", 500, true, "active"))),
        ("2022-10-20T04:00:00Z", Some(("pro", 500, true, "active"))),
        ("2022-11-19T23:59:59%2B08:00", Some(("pro", 500, true, "active"))),
        ("2022-11-20T00:00:00+08:00", Some(("pro", 500, true, "grace"))),
        ("2022-11-26T23:59:59%2B08:00", Some(("pro", 500, true, "grace"))),
        ("2022-11-27T00:00:00%2B08:00", Some(("pro", 0, false, "suspended"))),
        ("2023-02-24T23:59:59%2B08:00", Some(("pro", 0, false, "suspended"))),
        ("2023-02-25T00:00:00%2B08:00", Some(("pro", 0, false, "recycled"))),
    ];
    // The same answers from before, in the middle and behind: the past is folded, the future follows from it.
    for now in [
        "2022-10-20T12:00:00+08:00",
        "2022-11-22T08:00:00+08:00",
        "2022-12-01T00:00:00+08:00",
        "2024-01-01T00:00:00+08:00",
    ] {
        served.advance(now).await;
        let head = served.head().await;
        for (as_of, expected) in &timeline {
            let rights = served.get(&format!("/v1/applications/{application}/entitlements?as_of={as_of}")).await;
            let view = served.get(&format!("/v1/applications/{application}?as_of={as_of}")).await;
            let Some((plan, groups, in_service, state)) = expected else {
                rights.is_problem(404, "not_found");
                view.is_problem(404, "not_found");
                continue;
            };
            let (rights, view) = (rights.ok(), view.ok());
            let read = (
                &rights["plan"],
                &rights["quotas"]["groups_per_user_max"]["limit"],
                &rights["in_service"],
                &view["state"],
            );
            assert_eq!(
                read,
                (&json!(plan), &json!(groups), &json!(in_service), &json!(state)),
                "{as_of} read at {now}"
            );
            assert_eq!(instant(&rights["as_of"]), as_of.replace("%2B", "+").parse().expect("an instant"));
        }
        assert_eq!(served.head().await, head, "a read writes nothing");
    }
    let account = served.read(&format!("/v1/accounts/acme?as_of={}", "2022-10-20T11:59:59%2B08:00")).await;
    assert_eq!(account["balance"]["cash"]["amount"], "5000.00");
    assert_eq!(served.read("/v1/accounts/acme").await["balance"]["cash"]["amount"], "4001.00");
}

async fn a_check_is_answered_with_its_reason_and_cause(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "5000.00", "0.00").await;
    let (trial, pro) = (served.create("acme", "china").await, served.create("acme", "china").await);
    served.buy(pro, "pro", 1).await.is(200);
    let quota =
        |name: &str, current: u64, requested: u64| json!({"quota": name, "current": current, "requested": requested});
    let cases = [
        (trial, quota("avchatrooms_max", 9, 1), true, "granted", json!(10), json!(1)),
        (trial, quota("avchatrooms_max", 10, 1), false, "limit_reached", json!(10), json!(0)),
        (trial, quota("avchatrooms_max", 8, 3), false, "limit_reached", json!(10), json!(2)),
        (trial, quota("avchatrooms_max", 11, 0), true, "granted", json!(10), json!(0)),
        (trial, quota("dau_included", 99, 1), true, "granted", json!(100), json!(1)),
        (trial, quota("dau_included", 100, 1), false, "trial_quota_exceeded", json!(100), json!(0)),
        (trial, quota("peak_groups_included", 100, 1), false, "trial_quota_exceeded", json!(100), json!(0)),
        (pro, quota("avchatrooms_max", 50, 1), false, "limit_reached", json!(50), json!(0)),
        (pro, quota("users_max", u64::MAX, u64::MAX), true, "granted", Value::Null, Value::Null),
        (pro, quota("group_members_max", u64::MAX, u64::MAX), false, "limit_reached", json!(200), json!(0)),
        // Beyond what Pro includes, usage is billed and not refused.
        (pro, quota("dau_included", 10_000, 1), true, "granted", json!(10_000), json!(0)),
        (pro, quota("communities_max", 0, 1), false, "plan", json!(0), json!(0)),
    ];
    let log = served.log().await;
    for (application, question, allowed, reason, limit, remaining) in cases {
        let verdict = served.check(application, &question).await;
        let read = (&verdict["allowed"], &verdict["reason"], &verdict["limit"], &verdict["remaining"]);
        assert_eq!(read, (&json!(allowed), &json!(reason), &limit, &remaining), "{question}");
        assert_eq!(verdict["position"], served.head().await);
        let cause = log
            .iter()
            .find(|event| event["event_id"] == verdict["cause"]["event_id"])
            .expect("the cause is in the log");
        let giver = if application == trial { "ApplicationCreated" } else { "PlanEntered" };
        assert_eq!((&cause["type"], &cause["position"]), (&json!(giver), &verdict["cause"]["position"]));
    }
    // Room for one more is asked for unless a number is given.
    let one_more = served.check(trial, &json!({"quota": "avchatrooms_max", "current": 10})).await;
    assert_eq!(one_more["allowed"], false);
    let path = format!("/v1/applications/{trial}/entitlements/check");
    for (body, pointer) in [
        (json!({}), "/quota"),
        (json!({"quota": "users"}), "/quota"),
        (json!({"feature": "magic"}), "/feature"),
        (json!({"quota": "users_max", "feature": "push_all"}), "/feature"),
        (json!({"quota": "users_max", "current": -1}), "/current"),
        (json!({"quota": "users_max", "context": {"os": "ios"}}), "/context/os"),
    ] {
        let (status, code, pointers) = served.client.ask(&path, &body).await.problem();
        assert_eq!((status, code.as_str(), pointers), (422, "invalid_request", vec![pointer.to_owned()]), "{body}");
    }
    served
        .client
        .ask("/v1/applications/5/entitlements/check", &json!({"feature": "push_all"}))
        .await
        .is_problem(404, "not_found");
    served.advance("2022-11-19T00:00:00+08:00").await;
    for question in [json!({"feature": "global_access"}), quota("users_max", 0, 1), quota("dau_included", 0, 1)] {
        let verdict = served.check(pro, &question).await;
        assert_eq!((&verdict["allowed"], &verdict["reason"]), (&json!(false), &json!("not_in_service")));
    }
}

async fn the_log_is_fed_in_order_and_by_application(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "5000.00", "0.00").await;
    let (one, two) = (served.create("acme", "china").await, served.create("acme", "china").await);
    for application in [one, two] {
        served.buy(application, "pro", 1).await.is(200);
    }
    served.advance("2023-03-01T00:00:00+08:00").await;
    let log = served.log().await;
    let positions: Vec<u64> = log
        .iter()
        .map(|event| event["position"].as_str().and_then(|text| text.parse().ok()).expect("a position"))
        .collect();
    assert_eq!(positions, (1..=log.len() as u64).collect::<Vec<_>>());
    assert!(log.is_sorted_by_key(|event| instant(&event["recorded_at"])));
    assert_eq!(
        log.iter().map(|event| event["event_id"].as_str().expect("an id")).collect::<BTreeSet<_>>().len(),
        log.len()
    );
    let mut sequences: BTreeMap<String, u64> = BTreeMap::new();
    for event in &log {
        let last = sequences.entry(event["stream"].as_str().expect("a stream").to_owned()).or_default();
        *last += 1;
        assert_eq!(event["sequence"], *last, "{event}");
        assert_eq!(event["account_id"], "acme");
    }
    // In pages of any length, from any place, by position or by cursor.
    for limit in [1, 7, 200] {
        assert_eq!(served.list(&format!("/v1/events?limit={limit}")).await, log, "pages of {limit}");
    }
    let page = served.read("/v1/events?after=5&limit=3").await;
    assert_eq!(page["data"].as_array().expect("data").as_slice(), &log[5..8]);
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let page = served.read(&format!("/v1/events?cursor={cursor}&limit=3")).await;
    assert_eq!(page["data"].as_array().expect("data").as_slice(), &log[8..11]);
    for behind in [log.len().to_string(), "1000000".to_owned(), u64::MAX.to_string()] {
        let page = served.read(&format!("/v1/events?after={behind}")).await;
        assert_eq!(page, json!({"data": [], "next_cursor": null}));
    }
    let mut of_applications = 0;
    for application in [one, two] {
        let own: Vec<Value> = log.iter().filter(|event| concerns(event, application)).cloned().collect();
        for limit in [2, 200] {
            assert_eq!(served.list(&format!("/v1/applications/{application}/events?limit={limit}")).await, own);
        }
        of_applications += own.len();
    }
    let of_the_account = log.iter().filter(|event| event["stream"] == "account/acme").count();
    assert_eq!(of_applications + of_the_account, log.len());
}

fn concerns(event: &Value, application: u64) -> bool {
    let kind = event["type"].as_str().expect("a type");
    event["stream"] == format!("application/{application}")
        || (event["stream"] != "account/acme" && event["data"][kind]["application_id"] == application)
}

async fn invoices_come_to_the_cent_with_causes_that_the_log_holds(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "20000.00", "1000.50").await;
    let (home, abroad) = (served.create("acme", "china").await, served.create("acme", "germany").await);
    served.buy(home, "pro", 3).await.is(200);
    served.advance("2022-10-31T23:30:00+08:00").await;
    served.buy(abroad, "flagship", 2).await.is(200);
    served.renew(home, 1).await.is(200);
    let log = served.log().await;
    let invoices = served.list("/v1/accounts/acme/invoices?limit=1").await;
    let expected = [
        (
            home,
            "pro",
            "2022-10-12",
            3,
            "999.00",
            "2997.00",
            "1000.50",
            "1996.50",
            "999.00 per month × 3 months = 2997.00",
        ),
        (
            abroad,
            "flagship",
            "2022-10-31",
            2,
            "5999.00",
            "11998.00",
            "0.00",
            "11998.00",
            "5999.00 per month × 2 months = 11998.00",
        ),
        (home, "pro", "2022-10-31", 1, "999.00", "999.00", "0.00", "999.00", "999.00 per month × 1 month = 999.00"),
    ];
    assert_eq!(invoices.len(), expected.len());
    for (index, (invoice, expected)) in invoices.iter().zip(expected).enumerate() {
        let (application, item, issued_on, quantity, unit_price, total, gift, cash, formula) = expected;
        assert_eq!(
            (&invoice["number"], &invoice["kind"], &invoice["state"]),
            (&json!(index + 1), &json!("order"), &json!("final"))
        );
        assert_eq!((&invoice["issued_on"], &invoice["total"]["amount"]), (&json!(issued_on), &json!(total)));
        let paid = &invoice["paid"][0];
        assert_eq!((&paid["gift"]["amount"], &paid["cash"]["amount"]), (&json!(gift), &json!(cash)));
        let line = &invoice["lines"][0];
        assert_eq!((&line["application_id"], &line["item"]), (&json!(application), &json!(item)));
        assert_eq!((&line["quantity"], &line["unit_price"]["amount"]), (&json!(quantity), &json!(unit_price)));
        assert_eq!((&line["amount"]["amount"], &line["formula"]), (&json!(total), &json!(formula)));
        let causes = line["causes"].as_array().expect("causes");
        assert!(!causes.is_empty());
        for cause in causes {
            let event =
                log.iter().find(|event| event["event_id"] == cause["event_id"]).expect("the cause is in the log");
            assert_eq!(event["position"], cause["position"]);
        }
        let id = invoice["invoice_id"].as_str().expect("an id");
        assert_eq!(&served.read(&format!("/v1/invoices/{id}")).await, invoice);
    }
    served.get("/v1/accounts/nobody/invoices").await.is_problem(404, "not_found");
    served.get("/v1/invoices/inv_01851cf0-0000-7000-8000-000000000000").await.is_problem(404, "not_found");
}

async fn lists_page_through_everything_once(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    let names: Vec<String> = (0..7).map(|index| format!("payer-{index}")).collect();
    let mut applications = Vec::new();
    for name in names.iter().rev() {
        served.open(name, "0.00", "0.00").await;
        applications.push(served.create(name, "china").await);
    }
    for limit in [1, 2, 7, 200] {
        let accounts = served.list(&format!("/v1/accounts?limit={limit}")).await;
        let ids: Vec<_> = accounts.iter().map(|account| account["account_id"].as_str().expect("an id")).collect();
        assert_eq!(ids, names, "pages of {limit}");
        let listed = served.list(&format!("/v1/applications?limit={limit}")).await;
        let ids: Vec<_> =
            listed.iter().map(|application| application["application_id"].as_u64().expect("an id")).collect();
        assert_eq!(ids, applications, "pages of {limit}");
    }
    for (list, one) in [
        ("/v1/accounts", "/v1/accounts/payer-3".to_owned()),
        ("/v1/applications", format!("/v1/applications/{}", applications[3])),
    ] {
        let listed = served.read(list).await;
        assert_eq!(listed["data"][3], served.read(&one).await, "a list shows what one read shows");
        assert_eq!(listed["next_cursor"], Value::Null);
    }
}

async fn price_lists_clock_and_health_are_told(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    let lists = served.read("/v1/price-lists").await;
    let summary = &lists["data"][0];
    assert_eq!(
        (&summary["price_list"], &summary["in_force"], &summary["effective_from"]),
        (&json!("2022-07"), &json!(true), &json!("2022-07-01"))
    );
    let list = served.read("/v1/price-lists/2022-07").await;
    let text = list.to_string();
    for price in ["999.00", "2999.00", "5999.00"] {
        assert!(text.contains(price), "{price} is in no place of the list");
    }
    assert_eq!(served.read("/v1/clock").await, json!({"kind": "manual", "now": BEGINS}));
    served.open("acme", "0.00", "0.00").await;
    served.advance("2022-10-12T12:34:56.789012Z").await;
    assert_eq!(served.read("/v1/clock").await["now"], "2022-10-12T20:34:56.789012+08:00");
    assert_eq!(served.read("/livez").await["status"], "alive");
    // Projections are a moment behind.
    served.get("/v1/accounts/acme/invoices").await.is(200);
    let ready = served.read("/readyz").await;
    assert_eq!((&ready["status"], &ready["position"], &ready["head"]), (&json!("ready"), &json!("1"), &json!("1")));
    assert_eq!(ready["projections"]["invoices"]["events_behind"], 0);
    let warned = ready["warnings"]
        .as_array()
        .expect("warnings")
        .iter()
        .any(|warning| warning.as_str().is_some_and(|text| text.contains("fsync")));
    assert_eq!(warned, kind == StoreKind::Postgres, "an unsafe store is told: {ready}");
    let version = served.read("/version").await;
    assert_eq!(
        (&version["name"], &version["price_list_in_force"], &version["schema_version"]),
        (&json!("subledger"), &json!("2022-07"), &json!(1))
    );
}
