//! Owns the conventions of writes and reads that hold on every route: keys and replays, preconditions and ETags,
//! positions, headers.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use subledger_api::server::ServerOptions;
use subledger_eventlog::store::{ClockKind, StoredClock};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Answer, Place, Served, StoreKind, instant};

on_both_stores! {
    every_kind_of_write_is_replayed_to_the_byte_also_after_a_restart
    a_key_belongs_to_one_request_of_one_payer
    of_one_key_sent_many_times_at_once_exactly_one_takes_effect
    a_write_names_the_resource_it_expects_and_only_then_is_done
    a_write_is_answered_with_the_resource_as_it_is_read
    a_read_waits_for_its_position_and_gives_up_after_five_seconds
    a_receipt_names_the_events_as_the_log_has_them
    names_come_back_as_they_were_sent
    a_system_clock_cannot_be_moved_and_an_order_is_dated_by_it
}

const BEGINS: &str = "2022-10-12T00:00:00+08:00";

fn cny(amount: &str) -> Value {
    json!({"amount": amount, "currency": "CNY"})
}

/// One of each write, in an order in which all of them are accepted.
fn one_of_each() -> Vec<(&'static str, &'static str, Value, u16)> {
    let deposit = |amount: &str, kind: &str| json!({"amount": cny(amount), "kind": kind, "reference": "transfer 17"});
    vec![
        ("/v1/accounts", "open", json!({"account_id": "acme", "name": "极光 Ltd."}), 201),
        ("/v1/accounts", "open-unnamed", json!({"name": "Unnamed"}), 201),
        ("/v1/accounts/acme/deposits", "deposit", deposit("5000.00", "cash"), 200),
        ("/v1/accounts/acme/deposits", "deposit-gift", deposit("0.01", "gift"), 200),
        ("/v1/applications", "create", json!({"account_id": "acme", "name": "a", "data_site": "china"}), 201),
        (
            "/v1/applications",
            "create-named",
            json!({"account_id": "acme", "application_id": 77, "name": "a", "data_site": "india"}),
            201,
        ),
        ("/v1/applications/1400000001/subscription", "buy", json!({"plan": "pro", "months": 1}), 200),
        ("/v1/applications/1400000001/subscription/renewals", "renew", json!({"months": 2}), 200),
        ("/v1/price-lists", "publish", json!({"price_list": "2023-03"}), 200),
        ("/v1/clock/advance", "advance", json!({"to": "2022-10-20T00:00:00+08:00"}), 200),
    ]
}

fn assert_replayed(first: &Answer, again: &Answer, key: &str) {
    assert_eq!((again.status, &again.body), (first.status, &first.body), "{key}: {}", again.text());
    for header in ["etag", "ledger-position", "content-type"] {
        assert_eq!(again.header(header), first.header(header), "{key}: {header}");
    }
    assert_eq!(first.header("idempotency-replayed"), None, "{key}");
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "{key}");
}

async fn every_kind_of_write_is_replayed_to_the_byte_also_after_a_restart(kind: StoreKind) {
    let mut served = Served::start(kind, BEGINS).await;
    let mut firsts = Vec::new();
    for (path, key, body, status) in one_of_each() {
        let first = served.client.post(path, key, &body).await.is(status);
        assert_replayed(&first, &served.client.post(path, key, &body).await, key);
        firsts.push((path, key, body, first));
    }
    // Past the stop and the recycling nearly all of these would be refused, were they new.
    served.advance("2023-06-01T00:00:00+08:00").await;
    let (head, account) = (served.head().await, served.get("/v1/accounts/acme").await.body);
    for round in 0..2 {
        for (path, key, body, first) in &firsts {
            assert_replayed(first, &served.client.post(path, key, body).await, key);
            // A precondition is not part of the request: the first answer stands.
            let conditional = served.client.write(path, key, &[("if-match", "\"other\"")], body).await;
            if *path == "/v1/clock/advance" {
                conditional.is_problem(422, "invalid_request");
            } else {
                assert_replayed(first, &conditional, key);
            }
        }
        if round == 0 {
            served.restart().await;
        }
    }
    assert_eq!(served.head().await, head);
    assert_eq!(served.get("/v1/accounts/acme").await.body, account);
    assert_eq!(served.read("/v1/clock").await["now"], "2023-06-01T00:00:00+08:00");
}

async fn a_key_belongs_to_one_request_of_one_payer(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("one", "0.00", "0.00").await;
    served.open("two", "0.00", "0.00").await;
    let deposit = |amount: &str| json!({"amount": cny(amount), "kind": "cash", "reference": "r"});
    served.client.post("/v1/accounts/one/deposits", "k", &deposit("1.00")).await.is(200);
    let head = served.head().await;
    // Another amount, another path of the same payer, a precondition that would hold or not.
    served
        .client
        .post("/v1/accounts/one/deposits", "k", &deposit("2.00"))
        .await
        .is_problem(422, "idempotency_mismatch");
    let create = json!({"account_id": "one", "name": "a", "data_site": "china"});
    served.client.post("/v1/applications", "k", &create).await.is_problem(422, "idempotency_mismatch");
    assert_eq!(served.head().await, head);
    assert_eq!(served.read("/v1/applications").await["data"], json!([]));
    // Another payer's keys, those that open accounts and those of the clock are others.
    served.client.post("/v1/accounts/two/deposits", "k", &deposit("3.00")).await.is(200);
    served.client.post("/v1/accounts", "k", &json!({"account_id": "three", "name": "n"})).await.is(201);
    served.client.post("/v1/clock/advance", "k", &json!({"to": "2022-10-12T00:00:01+08:00"})).await.is(200);
    let later = json!({"to": "2022-10-12T00:00:02+08:00"});
    served.client.post("/v1/clock/advance", "k", &later).await.is_problem(422, "idempotency_mismatch");
    // A refused request leaves its key free for anything.
    let too_dear = json!({"plan": "pro", "months": 1});
    let application = served.create("two", "china").await;
    let path = format!("/v1/applications/{application}/subscription");
    served.client.post(&path, "k2", &too_dear).await.is_problem(422, "insufficient_balance");
    served.client.post("/v1/accounts/two/deposits", "k2", &deposit("999.00")).await.is(200);
    // White space and the order of fields are not another request; the same amount written otherwise would be.
    let shuffled = r#" { "reference":"r", "kind" : "cash",  "amount":{"currency":"CNY","amount":"999.00"} }"#;
    let headers = [("content-type", "application/json"), ("idempotency-key", "k2")];
    let replay = served.client.send(hyper::Method::POST, "/v1/accounts/two/deposits", &headers, shuffled).await;
    assert_eq!(replay.is(200).header("idempotency-replayed"), Some("true"));
}

async fn of_one_key_sent_many_times_at_once_exactly_one_takes_effect(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "0.00", "0.00").await;
    let deposit = json!({"amount": cny("1.00"), "kind": "cash", "reference": "r"});
    let create = json!({"account_id": "acme", "name": "a", "data_site": "china"});
    let open = json!({"name": "Unnamed"});
    let mut expected = 0;
    for round in 0..5 {
        for (path, body) in
            [("/v1/accounts/acme/deposits", &deposit), ("/v1/applications", &create), ("/v1/accounts", &open)]
        {
            // Deposits and applications of one payer share their keys.
            let key = format!("{path}-{round}");
            let answers = join_all((0..8).map(|_| served.client.post(path, &key, body))).await;
            let (done, waiting): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status < 300);
            waiting.iter().for_each(|answer| answer.is_problem(409, "idempotency_in_flight"));
            let firsts = done.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).count();
            assert_eq!(firsts, 1, "{path} {key}");
            assert_eq!(done.iter().map(|answer| answer.body.clone()).collect::<BTreeSet<_>>().len(), 1, "{path} {key}");
        }
        expected += 1;
        let account = served.read("/v1/accounts/acme").await;
        assert_eq!(account["balance"]["cash"]["amount"], format!("{expected}.00"));
        assert_eq!(served.list("/v1/applications?limit=200").await.len(), expected);
        assert_eq!(served.list("/v1/accounts?limit=200").await.len(), expected + 1);
    }
}

async fn a_write_names_the_resource_it_expects_and_only_then_is_done(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "5000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    let etag = |answer: &Answer| answer.header("etag").expect("a resource has an ETag").to_owned();
    let resource = format!("/v1/applications/{application}");
    let buy = format!("{resource}/subscription");
    let body = json!({"plan": "pro", "months": 1});
    let fresh = etag(&served.get(&resource).await);
    let head = served.head().await;
    for wrong in ["\"0123456789abcdef0123456789abcdef\"", &etag(&served.get("/v1/accounts/acme").await)] {
        let refused = served.client.write(&buy, "k", &[("if-match", wrong)], &body).await;
        refused.is_problem(412, "precondition_failed");
    }
    assert_eq!(served.head().await, head);
    let bought = served.client.write(&buy, "k", &[("if-match", &fresh)], &body).await.is(200);
    assert_eq!(bought.header("idempotency-replayed"), None, "a failed precondition leaves the key free");
    // The ETag is the past's now; the answer's own is the present's.
    let renew = format!("{resource}/subscription/renewals");
    let months = json!({"months": 1});
    served.client.write(&renew, "k3", &[("if-match", &fresh)], &months).await.is_problem(412, "precondition_failed");
    served.client.write(&renew, "k3", &[("if-match", &etag(&bought))], &months).await.is(200);
    // Time alone changes a resource too.
    let active = etag(&served.get(&resource).await);
    served.advance("2022-12-12T00:00:00+08:00").await;
    assert_ne!(etag(&served.get(&resource).await), active);
    served.client.write(&renew, "k4", &[("if-match", &active)], &months).await.is_problem(412, "precondition_failed");
    // A resource that does not exist yet has no ETag to expect.
    let create = json!({"account_id": "acme", "name": "a", "data_site": "china"});
    let refused = served.client.write("/v1/applications", "k5", &[("if-match", &active)], &create).await;
    refused.is_problem(412, "precondition_failed");
    served.client.post("/v1/applications", "k5", &create).await.is(201);
}

async fn a_write_is_answered_with_the_resource_as_it_is_read(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    for (path, key, body, status) in one_of_each() {
        let written = served.client.post(path, key, &body).await.is(status);
        let mut resource = written.json();
        let receipt = resource.as_object_mut().and_then(|fields| fields.remove("receipt")).expect("a receipt");
        let id = |field: &str| {
            resource[field].as_str().map(str::to_owned).or(resource[field].as_u64().map(|id| id.to_string()))
        };
        let read_at = match (id("application_id"), id("account_id"), id("id")) {
            (Some(application), _, _) => format!("/v1/applications/{application}"),
            (None, Some(account), _) => format!("/v1/accounts/{account}"),
            (None, None, Some(list)) => format!("/v1/price-lists/{list}"),
            (None, None, None) => "/v1/clock".to_owned(),
        };
        let read = served.get(&read_at).await.is(200);
        assert_eq!(read.header("etag"), written.header("etag"), "{path}");
        assert_eq!(read.json(), resource, "{path}");
        assert_eq!(written.header("ledger-position"), receipt["position"].as_str(), "{path}");
        assert_eq!(read.header("ledger-position"), receipt["position"].as_str(), "{path}");
        assert_eq!(read.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(read.header("content-type"), Some("application/json"), "{path}");
    }
}

async fn a_read_waits_for_its_position_and_gives_up_after_five_seconds(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "0.00", "0.00").await;
    let head: u64 = served.head().await.parse().expect("our positions count");
    let next = head + 1;
    let paths = ["/v1/accounts/acme?", "/v1/accounts?", "/v1/events?", "/v1/accounts/acme/invoices?"];
    // What is asked for comes while the read waits.
    let waiting = join_all(paths.map(|path| async move { format!("{path}min_position={next}") }).map(|path| async {
        let path = path.await;
        served.get(&path).await.is(200)
    }));
    let writing = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        served.deposit("acme", "1.00", "cash").await.is(200)
    };
    let (answers, _) = tokio::join!(waiting, writing);
    for answer in answers {
        assert_eq!(answer.header("ledger-position"), Some(next.to_string().as_str()), "{}", answer.text());
    }
    let never = paths.map(|path| format!("{path}min_position=1000000"));
    for answer in join_all(never.iter().map(|path| served.get(path))).await {
        answer.is_problem(504, "projection_behind");
    }
    served.deposit("acme", "1.00", "cash").await.is(200);
}

async fn a_receipt_names_the_events_as_the_log_has_them(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "999.00", "0.00").await;
    let application = served.create("acme", "china").await;
    let answer = served
        .client
        .write(&format!("/v1/applications/{application}/subscription"), "k", &[], &json!({"plan": "pro", "months": 1}))
        .await
        .is(200)
        .json();
    let receipt = &answer["receipt"];
    let log = served.log().await;
    let own: Vec<&Value> = log.iter().filter(|event| event["command_id"] == receipt["command_id"]).collect();
    let types: Vec<_> = own.iter().map(|event| event["type"].as_str().expect("text")).collect();
    assert_eq!(types, ["SubscriptionStarted", "PlanEntered", "OrderPaid", "BillingMonthOpened"]);
    let named = receipt["events"].as_array().expect("events");
    assert_eq!(named.len(), own.len());
    for (named, event) in named.iter().zip(&own) {
        for field in ["event_id", "type", "stream", "sequence", "effective_at"] {
            assert_eq!(named[field], event[field], "{field}");
        }
        assert_eq!(receipt["recorded_at"], event["recorded_at"]);
    }
    assert_eq!(receipt["position"], own[own.len() - 1]["position"]);
    assert_eq!(receipt["position"], log[log.len() - 1]["position"]);
}

async fn names_come_back_as_they_were_sent(kind: StoreKind) {
    let mut served = Served::start(kind, BEGINS).await;
    let names = ["极光", "O'Neil \"& Sons\" </script>", "back\\slash {} %s", "\u{2028}\u{feff}\u{1f4a9}", "null", " "];
    for (index, name) in names.iter().enumerate() {
        let body = json!({"account_id": format!("a{index}"), "name": name});
        assert_eq!(served.post("/v1/accounts", &body).await.is(201).json()["name"], *name);
        let body = json!({"account_id": format!("a{index}"), "name": name, "data_site": "china"});
        assert_eq!(served.post("/v1/applications", &body).await.is(201).json()["name"], *name);
    }
    served.restart().await;
    for list in ["/v1/accounts", "/v1/applications"] {
        let read = served.list(&format!("{list}?limit=200")).await;
        let read: Vec<_> = read.iter().map(|entry| entry["name"].as_str().expect("a name")).collect();
        assert_eq!(read, names);
    }
}

fn on_the_system_clock(place: &Place) -> ServerOptions {
    let now = BEGINS.parse().expect("an instant");
    ServerOptions { clock: StoredClock { kind: ClockKind::System, now }, ..place.options(BEGINS) }
}

async fn a_system_clock_cannot_be_moved_and_an_order_is_dated_by_it(kind: StoreKind) {
    let place = Place::fresh(kind);
    let options = on_the_system_clock(&place);
    let served = Served::with(place, options).await;
    let advance = json!({"to": "2999-01-01T00:00:00Z"});
    served.client.post("/v1/clock/advance", "k", &advance).await.is_problem(403, "clock_not_manual");
    let before = jiff::Timestamp::now();
    served.open("acme", "999.00", "0.00").await;
    let application = served.create("acme", "china").await;
    let bought = served.buy(application, "pro", 1).await.ok();
    let (start, after) = (instant(&bought["subscription"]["period"]["start"]), jiff::Timestamp::now());
    // Kept to the microsecond.
    assert!(before.as_microsecond() <= start.as_microsecond() && start <= after, "{before} {start} {after}");
    assert_eq!(served.read("/v1/clock").await["kind"], "system");
    let log = served.log().await;
    assert!(log.is_sorted_by_key(|event| instant(&event["recorded_at"])));
    assert!(log.iter().all(|event| instant(&event["recorded_at"]) >= instant(&event["effective_at"])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_of_one_ledger_answer_as_one() {
    let place = Place::fresh(StoreKind::Postgres);
    let again = Place { url: place.url.clone(), folder: None };
    let (options, more) = (on_the_system_clock(&place), on_the_system_clock(&again));
    let (one, two) = (Served::with(place, options).await, Served::with(again, more).await);
    one.client.post("/v1/accounts", "open", &json!({"account_id": "acme", "name": "n"})).await.is(201);
    let deposit = json!({"amount": cny("999.00"), "kind": "cash", "reference": "r"});
    let create = json!({"account_id": "acme", "name": "a", "data_site": "china"});
    for round in 0..10 {
        let (first, second) = if round % 2 == 0 { (&one, &two) } else { (&two, &one) };
        let key = format!("deposit-{round}");
        let paid = first.client.post("/v1/accounts/acme/deposits", &key, &deposit).await.is(200);
        assert_replayed(&paid, &second.client.post("/v1/accounts/acme/deposits", &key, &deposit).await, &key);
        // The other server knows at once what it is asked about, though it has only just been written.
        let created = second.client.post("/v1/applications", &format!("create-{round}"), &create).await.is(201).json();
        let path = format!("/v1/applications/{}/subscription", created["application_id"]);
        let body = json!({"plan": "pro", "months": 1});
        let bought = first.client.post(&path, &format!("buy-{round}"), &body).await.is(200);
        let position = bought.header("ledger-position").expect("a position").to_owned();
        let read = second.get(&format!("/v1/applications/{}?min_position={position}", created["application_id"])).await;
        assert_eq!(read.header("etag"), bought.header("etag"));
        second.client.post(&path, &format!("again-{round}"), &body).await.is_problem(422, "already_subscribed");
    }
    assert_eq!(one.log().await, two.log().await);
    assert_eq!(one.list("/v1/accounts/acme/invoices?limit=3").await.len(), 10);
}
