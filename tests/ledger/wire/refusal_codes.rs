//! Owns that every code a client may meet is reached through HTTP, and that whoever meets it left no trace: not in the
//! log, not in a read, not under the key.
//!
//! Does not own what each form of bad input points at (`refusals`) nor which refusal comes first (`domain`).

use std::collections::BTreeSet;

use futures::future::join_all;
use hyper::Method;
use serde_json::{Value, json};
use subledger_eventlog::store::{ClockKind, StoredClock};
use subledger_tests::codes;
use subledger_tests::on_both_stores;
use subledger_tests::postgres::{reopen, shut};
use subledger_tests::served::{Answer, Place, Served, StoreKind};

use subledger_api::server::ServerOptions;

use super::life::{at, cny, keep, measure, pack, text};
use super::parked;
use super::untouched::Untouched;

on_both_stores! {
    every_code_is_reached_and_stores_nothing
}

const NOW: &str = "2022-11-09 12:00:00";
/// The one key of all that is refused: had any of it been kept, the next would be another request under its key.
const KEY: &str = "refused";
const SCOPES: [&str; 8] = ["acme", "owes", "stopped", "poor", "crowded", "/accounts", "/clock", "/price-lists"];

/// A write, or a read, that is refused, and its code.
pub(super) struct Refused {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    code: &'static str,
}

impl Refused {
    pub(super) fn of(method: Method, path: impl Into<String>, body: &Value, code: &'static str) -> Self {
        let headers = [("content-type", "application/json"), ("idempotency-key", KEY)];
        let headers = headers.map(|(name, value)| (name, value.to_owned())).to_vec();
        // What the path says is asked without a body.
        let (headers, body) =
            if body.is_null() { (headers[1..].to_vec(), String::new()) } else { (headers, body.to_string()) };
        Self { method, path: path.into(), headers, body, code }
    }

    fn post(path: impl Into<String>, body: &Value, code: &'static str) -> Self {
        Self::of(Method::POST, path, body, code)
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    fn without(mut self, name: &'static str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    fn status(&self) -> u16 {
        match self.code {
            "malformed_json" | "idempotency_key_missing" => 400,
            "clock_not_manual" => 403,
            "not_found" => 404,
            "method_not_allowed" => 405,
            "already_exists" | "quote_stale" | "idempotency_in_flight" => 409,
            "precondition_failed" => 412,
            "payload_too_large" => 413,
            "unsupported_media_type" => 415,
            "store_unavailable" => 503,
            "projection_behind" => 504,
            _ => 422,
        }
    }

    async fn sent(&self, served: &Served) -> Answer {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        served.client.send(self.method.clone(), &self.path, &headers, &self.body).await
    }

    /// It is refused, and refused again under the same key; nothing is seen of it, and nothing is kept.
    pub(super) async fn leaves_no_trace(&self, served: &Served, untouched: &Untouched, before: &[String]) {
        let (first, again) = (self.sent(served).await, self.sent(served).await);
        for answer in [&first, &again] {
            answer.is_problem(self.status(), self.code);
            assert_eq!(answer.header("idempotency-replayed"), None, "{} {}", self.path, self.body);
        }
        assert_eq!(first.json()["detail"], again.json()["detail"], "{} {}", self.path, self.body);
        assert_eq!(untouched.seen(served).await, before, "{} {}", self.path, self.body);
        assert!(!untouched.keeps(&SCOPES, KEY).await, "{} {} is kept under its key", self.path, self.body);
    }
}

/// A ledger at noon of 2022-11-09 with a payer of much money and applications in every state, one in arrears, one stopped
/// for arrears, one without money and one with as many applications as there may be.
struct Scene {
    served: Served,
    recycled: u64,
    trial: u64,
    pro: u64,
    abroad: u64,
    flagship: u64,
    lowered: u64,
    grace: u64,
    barred: u64,
    owing: u64,
    stopped: u64,
    poor: u64,
    /// A quote that is of yesterday.
    stale: String,
}

impl Scene {
    async fn set(kind: StoreKind) -> Self {
        let served = Served::start(kind, &at("2022-07-01 10:00:00")).await;
        for (account, cash) in
            [("acme", "200000.00"), ("owes", "2997.00"), ("stopped", "2997.00"), ("poor", "0.00"), ("crowded", "0.00")]
        {
            served.open(account, cash, "0.00").await;
        }
        let (recycled, trial) = (served.create("acme", "china").await, served.create("acme", "china").await);
        let tried = json!({"kind": "av_call", "variant": "trial"});
        served.buy(recycled, "pro", 1).await.is(200);
        pack(&served, trial, tried.clone()).await.is(200);
        served.advance(&at("2022-07-20")).await;
        pack(&served, trial, tried).await.is(200);
        let stopped = Self::in_debt(&served, "stopped", "2022-09-01").await;
        let owing = Self::in_debt(&served, "owes", "2022-10-01").await;
        served.advance(&at("2022-10-05 10:00:00")).await;
        let grace = Self::on(&served, "china", "pro", 1).await;
        served.advance(&at("2022-10-20 10:00:00")).await;
        let (pro, abroad) = (Self::on(&served, "china", "pro", 3).await, Self::on(&served, "korea", "pro", 3).await);
        let flagship = Self::on(&served, "china", "flagship", 2).await;
        let lowered = Self::on(&served, "china", "flagship", 2).await;
        let barred = Self::on(&served, "china", "pro", 3).await;
        let voucher = json!({"voucher_id": "autumn", "face": cny("999.00"), "expires_on": "2022-10-31"});
        served.post("/v1/accounts/acme/vouchers", &voucher).await.is(200);
        served.advance(&at("2022-11-05 10:00:00")).await;
        let of = |application: u64, tail: &str| format!("/v1/applications/{application}{tail}");
        pack(&served, pro, json!({"kind": "group_members", "months": 1})).await.is(200);
        keep(&served, pro, 90).await.is(200);
        served.post(&of(flagship, "/features/push_all/requests"), &json!({})).await.is(200);
        let lower = json!({"plan": "pro", "timing": "period_end", "ticket": "OP-1"});
        served.post(&of(lowered, "/subscription/downgrade"), &lower).await.is(200);
        served.post(&of(barred, "/suspensions"), &json!({"reason": "spam", "ticket": "OP-2"})).await.is(200);
        let poor = served.create("poor", "china").await;
        let more = (0..300).map(|_| served.create("crowded", "china"));
        join_all(more).await;
        let quoted =
            served.dry(Method::POST, &of(trial, "/subscription"), &json!({"plan": "pro", "months": 1})).await.ok();
        let stale = text(&quoted["quote"]["token"]).to_owned();
        let stored = json!({"amount": cny("1.00"), "kind": "gift", "reference": "r"});
        served.client.post("/v1/accounts/acme/deposits", "stored", &stored).await.is(200);
        served.advance(&at(NOW)).await;
        Self { served, recycled, trial, pro, abroad, flagship, lowered, grace, barred, owing, stopped, poor, stale }
    }

    async fn on(served: &Served, site: &str, plan: &str, months: u32) -> u64 {
        let application = served.create("acme", site).await;
        served.buy(application, plan, months).await.is(200);
        application
    }

    /// Pro for three months, and a peak in the first that nobody can pay for.
    async fn in_debt(served: &Served, account: &str, day: &str) -> u64 {
        served.advance(&at(day)).await;
        let application = served.create(account, "china").await;
        served.buy(application, "pro", 3).await.is(200);
        measure(served, application, day, 20_001, 0).await.is(200);
        application
    }

    fn of_plans(&self) -> Vec<Refused> {
        let of = |application: u64, tail: &str| format!("/v1/applications/{application}/subscription{tail}");
        let buy = |plan: &str, months: u32| json!({"plan": plan, "months": months});
        let with = |member: &str, value: &str| json!({"plan": "pro", "months": 1, member: value});
        let (up, month) = (json!({"plan": "flagship"}), json!({"months": 1}));
        let lower = |ticket: Option<&str>| json!({"plan": "pro", "timing": "immediate", "ticket": ticket});
        let yearly = json!({"plan": "pro", "months": 12, "promotion": "yearly"});
        vec![
            Refused::post(of(self.trial, ""), &buy("trial", 1), "trial_not_reenterable"),
            Refused::of(Method::DELETE, of(self.flagship, "/downgrade"), &Value::Null, "downgrade_not_allowed"),
            Refused::post(
                of(self.pro, "/downgrade"),
                &json!({"plan": "flagship", "timing": "period_end", "ticket": "OP-3"}),
                "downgrade_not_allowed",
            ),
            Refused::post(
                of(self.lowered, "/downgrade"),
                &json!({"plan": "pro", "timing": "period_end", "ticket": "OP-3"}),
                "downgrade_already_scheduled",
            ),
            Refused::post(of(self.flagship, "/downgrade"), &lower(None), "operator_approval_required"),
            Refused::post(of(self.flagship, "/upgrade"), &up, "already_on_plan"),
            Refused::post(of(self.pro, ""), &buy("flagship", 1), "already_subscribed"),
            Refused::post(of(self.trial, "/renewals"), &month, "not_subscribed"),
            Refused::post(of(self.trial, "/refund"), &json!({}), "not_subscribed"),
            Refused::of(Method::PUT, of(self.trial, "/auto-renew"), &json!({"enabled": true}), "not_subscribed"),
            Refused::post(of(self.grace, "/upgrade"), &up, "renewal_required"),
            Refused::post(of(self.poor, ""), &buy("pro", 1), "insufficient_balance"),
            Refused::post(of(self.owing, "/renewals"), &month, "account_in_arrears"),
            Refused::post(of(self.stopped, "/renewals"), &month, "account_suspended"),
            Refused::post(of(self.recycled, "/renewals"), &month, "application_recycled"),
            Refused::post(of(self.pro, "/renewals"), &json!({"months": 25}), "months_out_of_range"),
            Refused::post(of(self.pro, "/renewals"), &json!({"months": -1}), "months_out_of_range"),
            Refused::post(of(self.flagship, "/refund"), &json!({"kind": "five_day"}), "refund_already_taken"),
            Refused::post(of(self.trial, ""), &with("voucher_id", "nobodys"), "voucher_not_applicable"),
            Refused::post(of(self.trial, ""), &with("voucher_id", "autumn"), "voucher_expired"),
            Refused::post(of(self.trial, ""), &yearly, "promotion_not_applicable"),
            Refused::post(of(self.trial, ""), &buy("pro", 1), "quote_stale").with("quote-token", &self.stale),
        ]
    }

    fn of_applications(&self) -> Vec<Refused> {
        let of = |application: u64, tail: &str| format!("/v1/applications/{application}{tail}");
        let months = |kind: &str| json!({"kind": kind, "months": 1});
        let call = |variant: &str| json!({"kind": "av_call", "variant": variant, "months": 1});
        let tried = json!({"kind": "av_call", "variant": "trial"});
        let reading = |date: &str| json!({"date": date, "dau": 1, "peak_groups": 1});
        let days = |application: u64, days: u32, code| {
            Refused::of(Method::PUT, of(application, "/history-retention"), &json!({"days": days}), code)
        };
        let create = json!({"account_id": "crowded", "name": "n", "data_site": "china"});
        vec![
            Refused::post("/v1/applications", &create, "too_many_applications"),
            Refused::post(of(self.barred, "/add-ons"), &months("group_members"), "application_suspended"),
            Refused::post(of(self.abroad, "/add-ons"), &call("basic"), "add_on_not_sold_here"),
            Refused::post(of(self.trial, "/add-ons"), &months("group_members"), "add_on_needs_paid_plan"),
            Refused::post(of(self.pro, "/add-ons"), &months("group_members"), "add_on_already_active"),
            Refused::post(of(self.trial, "/add-ons"), &tried, "trial_pack_used_up"),
            Refused::post(of(self.pro, "/add-ons"), &call("premium"), "plan_mismatch"),
            days(self.abroad, 60, "retention_step_unknown"),
            days(self.pro, 180, "retention_changed_this_month"),
            Refused::post(of(self.pro, "/features/push_all/requests"), &json!({}), "feature_needs_flagship"),
            Refused::post(
                of(self.flagship, "/features/community/approvals"),
                &json!({"ticket": "OP-4"}),
                "feature_not_requested",
            ),
            Refused::of(
                Method::DELETE,
                of(self.flagship, "/features/community/requests"),
                &Value::Null,
                "feature_not_requested",
            ),
            Refused::post(of(self.flagship, "/features/push_all/requests"), &json!({}), "feature_already_requested"),
            Refused::post(of(self.flagship, "/features/push_all/approvals"), &json!({}), "operator_approval_required"),
            Refused::post(of(self.pro, "/suspensions"), &json!({"reason": "spam"}), "operator_approval_required"),
            Refused::post(of(self.flagship, "/usage/daily"), &reading("2022-10-25"), "usage_month_closed"),
            Refused::post(of(self.flagship, "/usage/daily"), &reading("2022-11-10"), "usage_in_future"),
            Refused::post(of(self.flagship, "/usage/daily"), &reading("2022-10-19"), "usage_before_creation"),
            Refused::post(of(7, "/usage/daily"), &reading("2022-11-09"), "not_found"),
            Refused::post(
                of(self.pro, "/usage/corrections"),
                &json!({"date": "2022-11-08", "dau": 1, "reason": "r"}),
                "invalid_request",
            ),
        ]
    }

    fn of_any_write(&self) -> Vec<Refused> {
        const DEPOSITS: &str = "/v1/accounts/acme/deposits";
        let deposit = |amount: &str| json!({"amount": cny(amount), "kind": "gift", "reference": "r"});
        let foreign = json!({"amount": {"amount": "1.00", "currency": "USD"}, "kind": "gift", "reference": "r"});
        let large = json!({"amount": cny("1.00"), "kind": "gift", "reference": "r".repeat(70_000)});
        let broken = Refused { body: "{".to_owned(), ..Refused::post(DEPOSITS, &json!({}), "malformed_json") };
        vec![
            Refused::post(DEPOSITS, &foreign, "currency_mismatch"),
            Refused::post(DEPOSITS, &deposit("0.00"), "invalid_request"),
            Refused::post("/v1/accounts/nobody/deposits", &deposit("1.00"), "not_found"),
            Refused::post("/v1/accounts/nobody/unpark", &Value::Null, "not_found"),
            Refused::post("/v1/accounts", &json!({"account_id": "acme", "name": "n"}), "already_exists"),
            Refused::post("/v1/clock/advance", &json!({"to": at("2022-11-09 11:59:59")}), "clock_backwards"),
            Refused::post(DEPOSITS, &deposit("2.00"), "idempotency_mismatch").with("idempotency-key", "stored"),
            broken,
            Refused::post(DEPOSITS, &deposit("1.00"), "idempotency_key_missing").without("idempotency-key"),
            Refused::post(DEPOSITS, &deposit("1.00"), "precondition_failed").with("if-match", "\"another\""),
            Refused::post(DEPOSITS, &large, "payload_too_large"),
            Refused::post(DEPOSITS, &deposit("1.00"), "unsupported_media_type").with("content-type", "text/plain"),
            Refused::of(Method::PUT, DEPOSITS, &deposit("1.00"), "method_not_allowed"),
            Refused::of(Method::GET, "/v1/accounts/acme?min_position=1000000", &Value::Null, "projection_behind"),
            Refused::post("/v1/price-lists", &json!({"price_list": "2019-01"}), "invalid_request"),
        ]
    }
}

async fn every_code_is_reached_and_stores_nothing(kind: StoreKind) {
    let scene = Scene::set(kind).await;
    let untouched = Untouched::beside(&scene.served).await;
    let before = untouched.seen(&scene.served).await;
    let mut reached = BTreeSet::new();
    for refused in [scene.of_plans(), scene.of_applications(), scene.of_any_write()].iter().flatten() {
        refused.leaves_no_trace(&scene.served, &untouched, &before).await;
        reached.insert(refused.code);
    }
    // The key of all of them is free.
    for (path, body, status) in [
        ("/v1/accounts/acme/deposits", json!({"amount": cny("1.00"), "kind": "cash", "reference": "r"}), 200),
        ("/v1/accounts", json!({"account_id": "new", "name": "n"}), 201),
        ("/v1/clock/advance", json!({"to": at(NOW)}), 200),
    ] {
        let done = scene.served.client.post(path, KEY, &body).await.is(status);
        assert_eq!(done.header("idempotency-replayed"), None, "{path}");
    }
    reached.extend(parked::reached(kind).await);
    reached.insert(a_key_under_way(&scene.served).await);
    reached.insert(a_clock_of_the_system(kind).await);
    reached.extend(a_store_that_is_gone(scene.served, kind).await);
    // Nobody's request brings these about: a fault of ours, and a status that no layer of ours gives without a code.
    reached.extend(["internal", "bad_request"]);
    if kind == StoreKind::Sqlite {
        // A file does not go away under its server.
        reached.insert("store_unavailable");
    }
    assert_eq!(reached, codes::all());
}

/// One key many times at once: whoever comes while the first is under way is told so, and one deposit is made.
async fn a_key_under_way(served: &Served) -> &'static str {
    let deposit = json!({"amount": cny("1.00"), "kind": "cash", "reference": "r"});
    let cash = || async { served.read("/v1/accounts/poor").await["balance"]["cash"].clone() };
    assert_eq!(cash().await, cny("0.00"));
    for round in 1..=50 {
        let key = format!("at-once-{round}");
        let sent = (0..16).map(|_| served.client.post("/v1/accounts/poor/deposits", &key, &deposit));
        let answers = join_all(sent).await;
        assert_eq!(cash().await, cny(&format!("{round}.00")));
        let waiting: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
        waiting.iter().for_each(|answer| answer.is_problem(409, "idempotency_in_flight"));
        if !waiting.is_empty() {
            return "idempotency_in_flight";
        }
    }
    panic!("no key was ever found under way");
}

async fn a_clock_of_the_system(kind: StoreKind) -> &'static str {
    let place = Place::fresh(kind);
    let clock = StoredClock { kind: ClockKind::System, now: at(NOW).parse().expect("an instant") };
    let options = ServerOptions { clock, ..place.options(&at(NOW)) };
    let served = Served::with(place, options).await;
    let untouched = Untouched::beside(&served).await;
    let advance = Refused::post("/v1/clock/advance", &json!({"to": "2999-01-01T00:00:00Z"}), "clock_not_manual");
    let head = served.head().await;
    for answer in [advance.sent(&served).await, advance.sent(&served).await] {
        answer.is_problem(403, advance.code);
    }
    assert_eq!(served.head().await, head);
    assert!(!untouched.keeps(&SCOPES, KEY).await);
    advance.code
}

/// A database that lets nobody in: what is read from it is not there for a while, and nothing is lost.
async fn a_store_that_is_gone(served: Served, kind: StoreKind) -> Option<&'static str> {
    if kind == StoreKind::Sqlite {
        return None;
    }
    let (path, before) = ("/v1/accounts/acme/invoices", served.list("/v1/accounts/acme/invoices?limit=200").await);
    shut(served.store());
    let refused = tokio::time::timeout(std::time::Duration::from_secs(60), served.get(path)).await;
    reopen(served.store());
    let refused = refused.expect("an answer while the store is gone");
    refused.is_problem(503, "store_unavailable");
    assert_eq!(refused.header("retry-after"), Some("1"));
    let again = std::time::Instant::now();
    while served.get(path).await.status != 200 {
        assert!(again.elapsed().as_secs() < 30, "the store is back and the server is not");
    }
    assert_eq!(served.list("/v1/accounts/acme/invoices?limit=200").await, before);
    Some("store_unavailable")
}
