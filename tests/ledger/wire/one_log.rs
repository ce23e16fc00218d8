//! Owns golden case C9.1 from the first day to recycling, and the proof that the log does not depend on how time passes
//! or on the store: same orders, keys and clock, same hashes.

use jiff::civil::DateTime;
use serde_json::{Value, json};
use subledger_tests::fixtures::catalog_with;
use subledger_tests::on_both_stores;
use subledger_tests::served::{Place, Served, StoreKind};

on_both_stores! {
    c9_1_reminders_grace_stop_and_recycling_come_at_their_instants
    c9_1_rights_end_at_the_stop_and_not_a_second_before
    c9_6_with_one_day_of_grace_it_is_stopped_24_hours_after_the_last_day
}

const BEGINS: &str = "2022-10-12T00:00:00+08:00";
const ENDS: &str = "2023-02-18T00:00:00+08:00";

/// An application on Pro, valid 2022-10-12 to 2022-11-11, that nobody renews.
async fn bought_once(kind: StoreKind) -> (Served, u64) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "1000.00", "300.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    (served, application)
}

/// How a test lets time pass.
#[derive(Debug, Clone, Copy)]
enum Passing {
    /// From the first day to the last at once.
    InOneJump,
    /// Noon after noon.
    ByTheDay,
}

async fn pass(served: &Served, passing: Passing, from: &str, to: &str) {
    if let Passing::ByTheDay = passing {
        let civil = |instant: &str| instant.trim_end_matches("+08:00").parse().expect("a civil instant");
        let (mut noon, last): (DateTime, DateTime) = (civil(from), civil(to));
        noon = noon.with().hour(12).build().expect("noon is on every day");
        while noon < last {
            served.advance(&format!("{noon}+08:00")).await;
            noon = noon.tomorrow().expect("a next day");
        }
    }
    served.advance(to).await;
}

/// C9.1, and beside it a payer whose things fall due at the same instants and who renews inside the grace.
async fn life(kind: StoreKind, passing: Passing) -> Vec<Value> {
    let (served, application) = bought_once(kind).await;
    served.open("aaa", "9000.00", "0.00").await;
    let others = [served.create("aaa", "india").await, served.create("aaa", "china").await];
    for other in others {
        served.buy(other, "flagship", 1).await.is(200);
    }
    let renewed_at = "2022-11-15T10:00:00+08:00";
    pass(&served, passing, BEGINS, renewed_at).await;
    served.deposit("aaa", "5999.00", "cash").await.is(200);
    served.renew(others[0], 1).await.is(200);
    served.renew(others[1], 24).await.is_problem(422, "insufficient_balance");
    pass(&served, passing, renewed_at, ENDS).await;
    for one in [application, others[1]] {
        assert_eq!(served.application(one).await["state"], "recycled");
    }
    served.log().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c9_1_one_jump_and_daily_steps_give_one_log_on_both_stores() {
    let reference = life(StoreKind::Sqlite, Passing::InOneJump).await;
    for (index, event) in reference.iter().enumerate() {
        assert_eq!(event["position"], (index + 1).to_string());
        assert_eq!(event["hash"].as_str().map(str::len), Some(64), "{event}");
    }
    for (kind, passing) in [
        (StoreKind::Sqlite, Passing::ByTheDay),
        (StoreKind::Postgres, Passing::InOneJump),
        (StoreKind::Postgres, Passing::ByTheDay),
    ] {
        let other = life(kind, passing).await;
        for (one, two) in reference.iter().zip(&other) {
            assert_eq!(one, two, "{kind:?} {passing:?}");
        }
        assert_eq!(reference.len(), other.len(), "{kind:?} {passing:?}");
    }
}

/// Kind and instant of what the log holds behind a position.
async fn happened(served: &Served, after: &str) -> Vec<(String, String)> {
    let events = served.list(&format!("/v1/events?after={after}&limit=200")).await;
    let told = |event: &Value| {
        let text = |field: &str| event[field].as_str().expect("text").to_owned();
        assert_eq!(event["recorded_at"], event["effective_at"], "a manual clock records at the instant itself");
        (text("type"), text("effective_at"))
    };
    events.iter().map(told).collect()
}

async fn c9_1_reminders_grace_stop_and_recycling_come_at_their_instants(kind: StoreKind) {
    let (served, application) = bought_once(kind).await;
    let bought = served.head().await;
    served.advance("2022-11-11T23:59:59+08:00").await;
    let state = served.application(application).await;
    assert_eq!((&state["state"], &state["subscription"]["grace"]), (&json!("active"), &Value::Null));
    served.advance("2022-11-12T00:00:00+08:00").await;
    let state = served.application(application).await;
    let grace = json!({"cause": "expired", "until": "2022-11-19T00:00:00+08:00"});
    assert_eq!((&state["state"], &state["subscription"]["grace"]), (&json!("grace"), &grace));
    served.advance("2022-11-19T00:00:00+08:00").await;
    let state = served.application(application).await;
    let causes = json!([{"cause": "expired", "since": "2022-11-19T00:00:00+08:00"}]);
    assert_eq!((&state["state"], &state["suspensions"]), (&json!("suspended"), &causes));
    assert_eq!((&state["plan"], &state["subscription"]), (&json!("pro"), &Value::Null));
    let upcoming = json!([
        {"kind": "statement_draft", "at": "2022-12-01T00:00:00+08:00"},
        {"kind": "recycle", "at": "2023-02-17T00:00:00+08:00"},
    ]);
    assert_eq!(state["upcoming"], upcoming);
    served.advance("2023-02-16T23:59:59+08:00").await;
    assert_eq!(served.application(application).await["state"], "suspended");
    served.advance("2023-02-17T00:00:00+08:00").await;
    let state = served.application(application).await;
    assert_eq!((&state["state"], &state["upcoming"]), (&json!("recycled"), &json!([])));

    let at = |kind: &str, instant: &str| (kind.to_owned(), format!("{instant}+08:00"));
    let mut expected = vec![
        at("StatementDrafted", "2022-11-01T00:00:00"),
        at("BillingMonthOpened", "2022-11-01T00:00:00"),
        at("StatementFinalised", "2022-11-03T00:00:00"),
    ];
    expected.extend((5..=11).map(|day| at("RenewalReminded", &format!("2022-11-{day:02}T09:00:00"))));
    expected.push(at("GraceBegan", "2022-11-12T00:00:00"));
    expected.extend((12..=18).map(|day| at("RenewalReminded", &format!("2022-11-{day}T09:00:00"))));
    expected.push(at("SubscriptionStopped", "2022-11-19T00:00:00"));
    expected.push(at("ApplicationSuspended", "2022-11-19T00:00:00"));
    expected.push(at("StatementDrafted", "2022-12-01T00:00:00"));
    expected.push(at("StatementFinalised", "2022-12-03T00:00:00"));
    expected.push(at("ApplicationRecycled", "2023-02-17T00:00:00"));
    assert_eq!(happened(&served, &bought).await, expected);
}

async fn c9_1_rights_end_at_the_stop_and_not_a_second_before(kind: StoreKind) {
    let (served, application) = bought_once(kind).await;
    let question = json!({"quota": "avchatrooms_max", "current": 49, "requested": 1});
    let entitlements = format!("/v1/applications/{application}/entitlements");
    // What will be read after the stop is known before it, down to the id of the event that will stop it.
    let ahead = served.read(&format!("{entitlements}?as_of=2022-11-19T00:00:00%2B08:00")).await;
    let usable = served.read(&format!("{entitlements}?as_of=2022-11-18T23:59:59.999999%2B08:00")).await;
    assert_eq!((&ahead["in_service"], &usable["in_service"]), (&json!(false), &json!(true)));

    served.advance("2022-11-18T23:59:59+08:00").await;
    let before = served.check(application, &question).await;
    assert_eq!((&before["allowed"], &before["reason"]), (&json!(true), &json!("granted")));
    assert_eq!((&before["limit"], &before["remaining"]), (&json!(50), &json!(1)));
    let log = served.log().await;
    let entered = log.iter().find(|event| event["type"] == "PlanEntered").expect("Pro was entered");
    assert_eq!(before["cause"], json!({"event_id": entered["event_id"], "position": entered["position"]}));

    served.advance("2022-11-19T00:00:00+08:00").await;
    let after = served.check(application, &question).await;
    assert_eq!((&after["allowed"], &after["reason"]), (&json!(false), &json!("not_in_service")));
    assert_eq!((&after["limit"], &after["remaining"]), (&json!(0), &json!(0)));
    let log = served.log().await;
    let stopped = log.last().expect("a log");
    assert_eq!(stopped["type"], "ApplicationSuspended");
    assert_eq!(after["cause"], json!({"event_id": stopped["event_id"], "position": stopped["position"]}));
    assert_eq!(ahead["quotas"]["avchatrooms_max"]["cause"]["event_id"], stopped["event_id"]);
    assert_eq!(ahead["quotas"]["avchatrooms_max"]["cause"]["position"], Value::Null);
    // And what was true before the stop can still be read.
    let past = served.read(&format!("{entitlements}?as_of=2022-11-18T23:59:59.999999%2B08:00")).await;
    assert_eq!(past, usable);
}

async fn c9_6_with_one_day_of_grace_it_is_stopped_24_hours_after_the_last_day(kind: StoreKind) {
    let place = Place::fresh(kind);
    let mut options = place.options(BEGINS);
    options.catalog = catalog_with("expiry_grace_days", "1");
    let served = Served::with(place, options).await;
    served.open("acme", "999.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    served.advance("2022-11-12T23:59:59+08:00").await;
    let last = served.application(application).await;
    let grace = json!({"cause": "expired", "until": "2022-11-13T00:00:00+08:00"});
    assert_eq!((&last["state"], &last["subscription"]["grace"]), (&json!("grace"), &grace));
    served.advance("2022-11-13T00:00:00+08:00").await;
    assert_eq!(served.application(application).await["state"], "suspended");
}
