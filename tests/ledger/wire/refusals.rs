//! Owns bad input on every route: answered with a complete problem and its code, nothing stored, the key free, the next
//! order unaffected.

use hyper::Method;
use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Answer, Served, StoreKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

on_both_stores! {
    bad_input_is_named_and_leaves_no_trace
    orders_that_the_business_refuses_leave_no_trace
    hostile_paths_and_queries_are_not_found_or_invalid
    bytes_that_are_no_request_disturb_nobody
    the_far_ends_of_the_calendar_are_no_fault
}

const BEGINS: &str = "2022-10-12T00:00:00+08:00";
/// Where the clock of a [`Scene`] stands: a plan bought at the beginning was recycled just now.
const NOW: &str = "2023-02-17T00:00:00+08:00";
const DEPOSITS: &str = "/v1/accounts/acme/deposits";
const GOOD: &str = r#"{"amount":{"amount":"0.01","currency":"CNY"},"kind":"cash","reference":"r"}"#;

/// A ledger with a payer of some money, an application on Pro, one on Trial and a recycled one; and what may not change.
struct Scene {
    served: Served,
    running: u64,
    trial: u64,
    recycled: u64,
}

impl Scene {
    async fn set(kind: StoreKind) -> Self {
        let served = Served::start(kind, BEGINS).await;
        served.open("acme", "2000.00", "10.00").await;
        served.open("other", "0.00", "0.00").await;
        let (recycled, trial) = (served.create("acme", "china").await, served.create("acme", "china").await);
        served.buy(recycled, "pro", 1).await.is(200);
        served.advance(NOW).await;
        let running = served.create("acme", "china").await;
        served.buy(running, "pro", 1).await.is(200);
        Self { served, running, trial, recycled }
    }

    /// Everything a refusal could have touched, to the byte.
    async fn seen(&self) -> Vec<String> {
        let mut seen = vec![self.served.head().await];
        for path in ["/v1/accounts?limit=200", "/v1/applications?limit=200", "/v1/accounts/acme/invoices", "/v1/clock"]
        {
            seen.push(self.served.get(path).await.is(200).text());
        }
        seen
    }

    /// The request is refused like this and changes nothing; then its key, if it sent one, serves a good request of the
    /// same scope.
    async fn refuses(&self, before: &mut Vec<String>, refused: &Refused) {
        let headers: Vec<_> = refused.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = self.served.client.send(Method::POST, &refused.path, &headers, &refused.body).await;
        let (status, code, pointers) = answer.problem();
        let told = format!("{} {}: {}", refused.path, refused.body, answer.text());
        assert_eq!((status, code.as_str()), (refused.status, refused.code), "{told}");
        if let Some(pointer) = refused.pointer {
            assert!(pointers.iter().any(|found| found == pointer), "no {pointer} in {told}");
        }
        assert_eq!(&self.seen().await, before, "{told}");
        let key = refused.headers.iter().find(|(name, value)| *name == "idempotency-key" && is_key(value));
        let key = key.map_or_else(|| self.served.key(), |(_, key)| key.clone());
        let next = self.served.client.post(refused.neighbour(), &key, &refused.good()).await;
        assert!(next.status < 300 && next.header("idempotency-replayed").is_none(), "{told} {}", next.text());
        *before = self.seen().await;
    }

    fn subscription(&self, application: u64, tail: &str) -> String {
        format!("/v1/applications/{application}/subscription{tail}")
    }
}

fn is_key(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A write and how it is to be refused.
#[derive(Debug, Clone)]
struct Refused {
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    status: u16,
    code: &'static str,
    pointer: Option<&'static str>,
}

impl Refused {
    fn because(path: &str, body: impl Into<String>, status: u16, code: &'static str) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { path: path.to_owned(), headers, body: body.into(), status, code, pointer: None }
    }

    /// For its form, at a place of the body.
    fn invalid(path: &str, body: impl Into<String>, pointer: &'static str) -> Self {
        Self { pointer: Some(pointer), ..Self::because(path, body, 422, "invalid_request") }
    }

    fn under(mut self, key: &str) -> Self {
        self.headers.push(("idempotency-key", key.to_owned()));
        self
    }

    /// Where keys have the same scope as on this path.
    fn neighbour(&self) -> &str {
        match self.path.as_str() {
            "/v1/accounts" | "/v1/clock/advance" => &self.path,
            _ if self.body.contains("\"other\"") => "/v1/accounts/other/deposits",
            _ => DEPOSITS,
        }
    }

    fn good(&self) -> Value {
        match self.neighbour() {
            "/v1/accounts" => json!({"name": "Good Ltd."}),
            "/v1/clock/advance" => json!({"to": NOW}),
            _ => serde_json::from_str(GOOD).expect("JSON"),
        }
    }
}

async fn bad_input_is_named_and_leaves_no_trace(kind: StoreKind) {
    let scene = Scene::set(kind).await;
    let mut before = scene.seen().await;
    let cases = [
        bad_amounts(),
        bad_deposits(),
        bad_purchases(&scene),
        bad_applications(&scene),
        bad_payers_and_clocks(),
        no_json(),
    ];
    for (index, refused) in cases.concat().into_iter().enumerate() {
        scene.refuses(&mut before, &refused.under(&format!("bad-{index}"))).await;
    }
    for refused in bad_headers() {
        scene.refuses(&mut before, &refused).await;
    }
}

fn bad_amounts() -> Vec<Refused> {
    let texts = [
        "-0.01",
        "-0.00",
        "0.00",
        "0.001",
        "1",
        "1.0",
        "1e3",
        "+1.00",
        " 1.00",
        "01.00",
        "1,000.00",
        "",
        "NaN",
        "١.٠٠",
        "1000000000000.01",
        "99999999999999999999999999999999.00",
        // Fits alone; with what is there it is more than an amount can hold.
        "1000000000000.00",
    ];
    let texts = texts.map(|text| format!("\"{text}\""));
    let others = ["1.00", "1", "null", "true", "[\"1.00\"]"].map(str::to_owned);
    let amount = |amount: String| Refused::invalid(DEPOSITS, GOOD.replace("\"0.01\"", &amount), "/amount/amount");
    let mut cases: Vec<_> = texts.into_iter().chain(others).map(amount).collect();
    let currency = |currency: &str| GOOD.replace("\"CNY\"", currency);
    for foreign in ["\"USD\"", "\"EUR\"", "\"XXX\""] {
        cases.push(Refused::because(DEPOSITS, currency(foreign), 422, "currency_mismatch"));
    }
    for none in ["\"cny\"", "\"\"", "\"YUAN\"", "5", "null"] {
        cases.push(Refused::invalid(DEPOSITS, currency(none), "/amount/currency"));
    }
    cases
}

fn bad_deposits() -> Vec<Refused> {
    let with = |what: &str, instead: &str| GOOD.replace(what, instead);
    let long = format!("\"{}\"", "r".repeat(201));
    [
        (with("\"r\"", "\"a\\u0000b\""), "/reference"),
        (with("\"r\"", &long), "/reference"),
        (with("\"r\"", "\"\""), "/reference"),
        (with(",\"reference\":\"r\"", ""), "/reference"),
        (with("\"kind\"", "\"voucher\":1,\"kind\""), "/voucher"),
        (with("\"currency\"", "\"scale\":2,\"currency\""), "/amount/scale"),
        (with("\"kind\"", "\"kind\":\"gift\",\"kind\""), "/kind"),
        (with("\"cash\"", "\"loan\""), "/kind"),
        (with("\"cash\"", "{\"cash\":null}"), "/kind"),
        (with("{\"amount\":\"0.01\",\"currency\":\"CNY\"}", "[\"0.01\",\"CNY\"]"), "/amount"),
        (with("{\"amount\":\"0.01\",\"currency\":\"CNY\"}", "\"0.01\""), "/amount"),
        ("{}".to_owned(), "/amount"),
        ("[]".to_owned(), ""),
        ("null".to_owned(), ""),
        ("\"x\"".to_owned(), ""),
        ("7".to_owned(), ""),
    ]
    .map(|(body, pointer)| Refused::invalid(DEPOSITS, body, pointer))
    .to_vec()
}

fn bad_purchases(scene: &Scene) -> Vec<Refused> {
    let (buy, renew) = (scene.subscription(scene.trial, ""), scene.subscription(scene.running, "/renewals"));
    let forms = [
        (r#"{"plan":"gold","months":1}"#, "/plan"),
        (r#"{"plan":"PRO","months":1}"#, "/plan"),
        (r#"{"plan":1,"months":1}"#, "/plan"),
        (r#"{"plan":"pro"}"#, "/months"),
        (r#"{"plan":"pro","months":"1"}"#, "/months"),
        (r#"{"plan":"pro","months":1.5}"#, "/months"),
        (r#"{"plan":"pro","months":null}"#, "/months"),
        (r#"{"plan":"pro","months":true}"#, "/months"),
        // What is not built yet is refused, never ignored.
        (r#"{"plan":"pro","months":1,"auto_renew":"yes"}"#, "/auto_renew"),
        (r#"{"plan":"pro","months":1,"promotion":"half_price"}"#, "/promotion"),
        (r#"{"plan":"pro","months":1,"voucher_id":"v w"}"#, "/voucher_id"),
    ];
    let mut cases = forms.map(|(body, pointer)| Refused::invalid(&buy, body, pointer)).to_vec();
    for months in ["0", "25", "-1", "4294967296", "18446744073709551616", "-9223372036854775809"] {
        let bought = format!(r#"{{"plan":"pro","months":{months}}}"#);
        cases.push(Refused::because(&buy, bought, 422, "months_out_of_range"));
        let renewed = format!(r#"{{"months":{months}}}"#);
        cases.push(Refused::because(&renew, renewed, 422, "months_out_of_range"));
    }
    for unclear in ["maybe", "", "TRUE", "1"] {
        cases.push(Refused::invalid(&format!("{DEPOSITS}?dry_run={unclear}"), GOOD, "/dry_run"));
    }
    cases
}

fn bad_applications(scene: &Scene) -> Vec<Refused> {
    const GOOD: &str = r#"{"account_id":"acme","name":"n","data_site":"china"}"#;
    const PATH: &str = "/v1/applications";
    let beside = |field: &str| GOOD.replace('}', &format!(",{field}}}"));
    let mut cases = [
        (beside(r#""application_id":0"#), "/application_id"),
        (beside(r#""application_id":-1"#), "/application_id"),
        (beside(r#""application_id":9007199254740992"#), "/application_id"),
        (beside(r#""application_id":"1400000009""#), "/application_id"),
        (beside(r#""plan":"pro""#), "/plan"),
        (GOOD.replace("china", "mars"), "/data_site"),
        (GOOD.replace("acme", "../acme"), "/account_id"),
        (GOOD.replace("acme", "acme'; DROP TABLE events; --"), "/account_id"),
        (GOOD.replace("\"n\"", "\"\""), "/name"),
    ]
    .map(|(body, pointer)| Refused::invalid(PATH, body, pointer))
    .to_vec();
    cases.push(Refused::because(PATH, GOOD.replace("acme", "nobody"), 404, "not_found"));
    let taken = beside(&format!("\"application_id\":{}", scene.running));
    cases.push(Refused::because(PATH, taken.replace("acme", "other"), 409, "already_exists"));
    cases.push(Refused::because(PATH, taken, 409, "already_exists"));
    cases
}

fn bad_payers_and_clocks() -> Vec<Refused> {
    const CLOCK: &str = "/v1/clock/advance";
    let mut cases = [
        (r#"{"account_id":"a/b","name":"n"}"#, "/account_id"),
        (r#"{"account_id":"é","name":"n"}"#, "/account_id"),
        (r#"{"account_id":".","name":"n"}"#, "/account_id"),
        (r#"{"name":"n","balance":1}"#, "/balance"),
        (r#"{"name":"n","enterprise_verified":1}"#, "/enterprise_verified"),
    ]
    .map(|(body, pointer)| Refused::invalid("/v1/accounts", body, pointer))
    .to_vec();
    cases.push(Refused::because("/v1/accounts", r#"{"account_id":"acme","name":"n"}"#, 409, "already_exists"));
    cases.push(Refused::because(CLOCK, r#"{"to":"2022-10-11T23:59:59+08:00"}"#, 422, "clock_backwards"));
    let instants =
        ["\"2023-02-30T00:00:00+08:00\"", "\"2024-01-01\"", "1700000000", "\"2024-01-01T00:00:00.0000001Z\""];
    cases.extend(instants.map(|to| Refused::invalid(CLOCK, format!("{{\"to\":{to}}}"), "/to")));
    cases.push(Refused::invalid(CLOCK, r#"{"to":"2024-01-01T00:00:00Z","by":"1 day"}"#, "/by"));
    cases
}

fn no_json() -> Vec<Refused> {
    let (deep, surrogate) = ("[".repeat(30_000), GOOD.replace("\"r\"", "\"\\ud800\""));
    let broken = ["", "{", "{\"a\":", "not json", "{'a':1}", "{}{}", "\u{feff}{}", "NaN", &deep, &surrogate];
    let mut cases = broken.map(|body| Refused::because(DEPOSITS, body, 400, "malformed_json")).to_vec();
    // The caller hears why, however much it still wants to send.
    for size in [65_536, 70_000, 900_000] {
        let large = GOOD.replace("\"r\"", &format!("\"{}\"", "r".repeat(size)));
        cases.push(Refused::because(DEPOSITS, large, 413, "payload_too_large"));
    }
    cases
}

fn bad_headers() -> Vec<Refused> {
    let write = |status, code, pointer| Refused { pointer, ..Refused::because(DEPOSITS, GOOD, status, code) };
    let mut cases = vec![write(400, "idempotency_key_missing", None)];
    let bad_key = write(422, "invalid_request", Some("/Idempotency-Key"));
    for key in ["", "a b", "é", &"k".repeat(256)] {
        cases.push(bad_key.clone().under(key));
    }
    cases.push(bad_key.under("one").under("two"));
    for media_type in ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
        let headers = vec![("content-type", media_type.to_owned())];
        let untyped = Refused { headers, ..write(415, "unsupported_media_type", None) };
        cases.push(untyped.under(&format!("type:{media_type}")));
    }
    let expecting = |case: Refused, etag: &str| {
        let mut case = case.under(&format!("tag:{}", etag.escape_debug().to_string().replace(' ', "")));
        case.headers.push(("if-match", etag.to_owned()));
        case
    };
    for etag in ["*", "W/\"a\"", "unquoted", "\"a\", \"b\""] {
        cases.push(expecting(write(422, "invalid_request", Some("/If-Match")), etag));
    }
    cases.push(expecting(write(412, "precondition_failed", None), "\"0\""));
    cases
}

async fn orders_that_the_business_refuses_leave_no_trace(kind: StoreKind) {
    let scene = Scene::set(kind).await;
    let mut before = scene.seen().await;
    let (recycled, trial, running) = (scene.recycled, scene.trial, scene.running);
    let pro = r#"{"plan":"pro","months":1}"#;
    for (index, (application, tail, body, status, code)) in [
        (recycled, "", pro, 422, "application_recycled"),
        (recycled, "/renewals", r#"{"months":1}"#, 422, "application_recycled"),
        (trial, "", pro, 422, "insufficient_balance"),
        (trial, "", r#"{"plan":"flagship","months":24}"#, 422, "insufficient_balance"),
        (trial, "/renewals", r#"{"months":1}"#, 422, "not_subscribed"),
        (running, "", pro, 422, "already_subscribed"),
        (running, "", r#"{"plan":"trial","months":1}"#, 422, "trial_not_reenterable"),
        (running, "/renewals", r#"{"months":24}"#, 422, "insufficient_balance"),
        (1_399_999_999, "", pro, 404, "not_found"),
    ]
    .into_iter()
    .enumerate()
    {
        let refused = Refused::because(&scene.subscription(application, tail), body, status, code);
        scene.refuses(&mut before, &refused.under(&format!("refused-{index}"))).await;
    }
    // With the money there, a refused key buys.
    scene.served.deposit("acme", "5000.00", "cash").await.is(200);
    let buy = scene.subscription(trial, "");
    let plan = json!({"plan": "flagship", "months": 2});
    scene.served.client.post(&buy, "free", &plan).await.is_problem(422, "insufficient_balance");
    scene.served.deposit("acme", "5000.00", "cash").await.is(200);
    let bought = scene.served.client.post(&buy, "free", &plan).await.is(200);
    assert_eq!(bought.header("idempotency-replayed"), None);
    assert_eq!(bought.json()["plan"], "flagship");
}

async fn hostile_paths_and_queries_are_not_found_or_invalid(kind: StoreKind) {
    let scene = Scene::set(kind).await;
    let before = scene.seen().await;
    let long = "a".repeat(7_000);
    let ids = [
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "%ff",
        "%F0%9F%92%A3",
        "a%27%20OR%201=1--",
        "-1",
        "0",
        "1e9",
        "01400000001",
        "1400000001%20",
        "9007199254740992",
        "18446744073709551616",
        "inv_",
        "inv_00000000-0000-0000-0000-00000000000G",
        "%2e%2e",
        "{account_id}",
        &long,
    ];
    for id in ids {
        for path in [
            "/v1/accounts/X",
            "/v1/accounts/X/invoices",
            "/v1/applications/X",
            "/v1/applications/X/entitlements",
            "/v1/applications/X/events",
            "/v1/invoices/X",
            "/v1/price-lists/X",
            "/v1/X",
            "/X",
        ] {
            scene.served.get(&path.replace('X', id)).await.is_problem(404, "not_found");
        }
        for (path, body) in
            [("/v1/accounts/X/deposits", GOOD), ("/v1/applications/X/subscription", r#"{"plan":"pro","months":1}"#)]
        {
            let body: Value = serde_json::from_str(body).expect("JSON");
            scene.served.client.post(&path.replace('X', id), "hostile", &body).await.is_problem(404, "not_found");
        }
    }
    let running = format!("/v1/applications/{}", scene.running);
    for path in [
        "/v1/accounts/acme",
        "/v1/accounts",
        "/v1/events",
        "/v1/clock",
        "/v1/price-lists",
        "/livez",
        "/readyz",
        "/version",
        "/v1/accounts/acme/invoices",
        &running,
        &format!("{running}/entitlements"),
        &format!("{running}/events"),
    ] {
        for query in [
            "x=1",
            "limit=50&limit=50",
            "known_at=2022-10-12T00:00:00Z",
            "%ff=1",
            "=",
            "as_of=now",
            "min_position=-1",
            "limit=0",
            "cursor=zz",
        ] {
            let answer = scene.served.get(&format!("{path}?{query}")).await;
            let (status, code, pointers) = answer.problem();
            assert_eq!((status, code.as_str()), (422, "invalid_request"), "{path}?{query}");
            assert!(!pointers.is_empty(), "{path}?{query}: {}", answer.text());
        }
    }
    for (method, path, allow) in [
        (Method::DELETE, "/v1/accounts/acme", "GET,HEAD"),
        (Method::PUT, "/v1/accounts", "GET,HEAD,POST"),
        (Method::GET, "/v1/accounts/acme/deposits", "POST"),
        (Method::PATCH, &running, "GET,HEAD"),
        (Method::POST, "/v1/events", "GET,HEAD"),
        (Method::GET, "/v1/clock/advance", "POST"),
        (Method::OPTIONS, "/v1/clock", "GET,HEAD"),
    ] {
        let answer = scene.served.client.send(method, path, &[], "").await;
        answer.is_problem(405, "method_not_allowed");
        let allowed = |text: &str| {
            text.split(',').map(|method| method.trim().to_owned()).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(allowed(answer.header("allow").expect("405 says what is allowed")), allowed(allow), "{path}");
    }
    assert_eq!(scene.seen().await, before);
}

/// Sends bytes over TCP, closes that side, and reads what comes until the server closes.
async fn sent_raw(served: &Served, bytes: &[u8]) -> String {
    let mut stream = tokio::net::TcpStream::connect(served.client.address()).await.expect("the server listens");
    // A server that has heard enough may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), read).await;
    assert!(ended.is_ok(), "the server keeps a broken connection open");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn bytes_that_are_no_request_disturb_nobody(kind: StoreKind) {
    let scene = Scene::set(kind).await;
    let before = scene.seen().await;
    let bomb = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(20_000));
    let line = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(200_000));
    let deposit = "POST /v1/accounts/acme/deposits HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nidempotency-key: raw\r\n";
    let cut = format!("{deposit}content-length: 500\r\n\r\n{GOOD}");
    let chunk = format!("{deposit}transfer-encoding: chunked\r\n\r\nzz\r\n{GOOD}\r\n0\r\n\r\n");
    let both = format!("{deposit}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n");
    let two = format!("{deposit}content-length: 5\r\ncontent-length: 6\r\n\r\n{{}}");
    for bytes in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".as_slice(),
        b"GARBAGE\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        bomb.as_bytes(),
        line.as_bytes(),
        cut.as_bytes(),
        chunk.as_bytes(),
        both.as_bytes(),
        two.as_bytes(),
    ] {
        let answer = sent_raw(&scene.served, bytes).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        assert_eq!(
            scene.seen().await,
            before,
            "{:?}",
            String::from_utf8_lossy(bytes).chars().take(60).collect::<String>()
        );
    }
    let good: Value = serde_json::from_str(GOOD).expect("JSON");
    let next: Answer = scene.served.client.post("/v1/accounts/acme/deposits", "raw", &good).await.is(200);
    assert_eq!(next.header("idempotency-replayed"), None);
}

async fn the_far_ends_of_the_calendar_are_no_fault(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "100000000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "flagship", 24).await.is(200);
    for instant in [
        "0001-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "9999-12-30T22:00:00Z",
        "9999-12-31T23:59:59Z",
    ] {
        for path in [
            format!("/v1/applications/{application}"),
            "/v1/accounts/acme".to_owned(),
            format!("/v1/applications/{application}/entitlements"),
        ] {
            let status = served.get(&format!("{path}?as_of={instant}")).await.status;
            assert!([200, 404, 422].contains(&status), "{path} {instant}: {status}");
        }
    }
    let last = "9999-12-30T00:00:00+08:00";
    served.advance(last).await;
    assert_eq!(served.application(application).await["state"], "recycled");
    let late = served.create("acme", "china").await;
    for months in [1, 24] {
        let answer = served.buy(late, "pro", months).await;
        assert!(answer.status == 200 || answer.status == 422, "{}", answer.text());
    }
    served.deposit("acme", "1.00", "cash").await.is(200);
    for to in ["9999-12-30T22:00:00Z", "9999-12-31T23:59:59+08:00", "9999-12-31T23:59:59Z"] {
        let answer = served.post("/v1/clock/advance", &json!({"to": to})).await;
        assert!(answer.status == 200 || answer.status == 422, "{}", answer.text());
    }
    served.deposit("acme", "1.00", "cash").await.is(200);
    assert_eq!(served.read("/readyz").await["status"], "ready");
}
