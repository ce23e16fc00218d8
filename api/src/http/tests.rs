//! The form of requests and problems, through the shell and the extractors but without an engine behind them.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use axum::response::Response as Answer;
use axum::routing::{get, post};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use subledger_domain::account;
use subledger_domain::decide::Refusal;
use subledger_domain::entitlement::Context;
use subledger_domain::ids::{AccountId, AddOnId, ApplicationId};
use subledger_domain::money::Money;
use subledger_eventlog::store::StoreFault;
use tower::ServiceExt;

use super::accounts::{Deposit, Grant, OpenAccount};
use super::add_ons::{Buy, HistoryRetention};
use super::applications::CreateApplication;
use super::clock::Advance;
use super::entitlements::{Check, Question};
use super::estimates::SentQuestion;
use super::extract::{Asked, Id, Ids, Keyed};
use super::fields::instant;
use super::invoices::wants_a_page;
use super::problem::Problem;
use super::query::Parameters;
use super::reading::Reading;
use super::subscriptions::{Purchase, Renewal};
use super::usage::DailyUsage;
use super::{answer, shell};
use crate::engine::WriteFault;

const APPLICATION: &str = "1400000001";

async fn accepts<T>(request: Keyed<T>) -> String {
    request.fingerprint.to_string()
}

async fn deposits(request: Keyed<Deposit>) -> Result<String, Problem> {
    request.asked.order().map(|order| format!("{order:?}"))
}

async fn grants(request: Keyed<Grant>) -> Result<String, Problem> {
    request.asked.order().map(|order| format!("{order:?}"))
}

async fn purchases(Id(id): Id<ApplicationId>, request: Keyed<Purchase>) -> Result<String, Problem> {
    request.asked.order(id).map(|order| format!("{order:?}"))
}

async fn renews(Id(id): Id<ApplicationId>, request: Keyed<Renewal>) -> Result<String, Problem> {
    request.asked.order(id).map(|order| format!("{order:?}"))
}

async fn buys(Id(id): Id<ApplicationId>, request: Keyed<Buy>) -> Result<String, Problem> {
    request.asked.order(id).map(|order| format!("{order:?}"))
}

async fn renews_add_on(Ids(_, id): Ids<ApplicationId, AddOnId>, request: Keyed<Renewal>) -> Result<String, Problem> {
    request.asked.months().map(|months| format!("{id} {months}"))
}

async fn measures(Id(id): Id<ApplicationId>, request: Keyed<DailyUsage>) -> String {
    format!("{:?}", request.asked.order(id))
}

async fn estimates(Asked(sent): Asked<SentQuestion>) -> Result<String, Problem> {
    sent.question().map(|question| format!("{question:?}"))
}

async fn months(mut parameters: Parameters) -> Result<String, Problem> {
    let month = parameters.month("month");
    parameters.finish()?;
    Ok(format!("{month:?}"))
}

async fn checks(Asked(question): Asked<Question>) -> Result<String, Problem> {
    question.check().map(|check| format!("{check:?}"))
}

async fn reads(Id(_): Id<AccountId>, parameters: Parameters) -> Result<String, Problem> {
    let now = "2022-10-12T00:00:00+08:00".parse().expect("an instant");
    Reading::of(parameters, now).map(|reading| format!("{reading:?}"))
}

async fn lists(mut parameters: Parameters) -> Result<String, Problem> {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<AccountId>());
    parameters.finish()?;
    Ok(format!("{limit} {cursor:?}"))
}

async fn panics() -> Answer {
    panic!("the secret of the stack")
}

fn routes() -> Router {
    let routes = Router::new()
        .route("/v1/accounts", post(accepts::<OpenAccount>).get(lists))
        .route("/v1/accounts/{account_id}", get(reads))
        .route("/v1/accounts/{account_id}/deposits", post(deposits))
        .route("/v1/accounts/{account_id}/vouchers", post(grants))
        .route("/v1/applications", post(accepts::<CreateApplication>))
        .route("/v1/applications/{application_id}/subscription", post(purchases))
        .route("/v1/applications/{application_id}/subscription/renewals", post(renews))
        .route("/v1/applications/{application_id}/add-ons", post(buys))
        .route("/v1/applications/{application_id}/add-ons/{add_on_id}/renewals", post(renews_add_on))
        .route("/v1/applications/{application_id}/history-retention", post(accepts::<HistoryRetention>))
        .route("/v1/applications/{application_id}/usage/daily", post(measures))
        .route("/v1/applications/{application_id}/usage", get(months))
        .route("/v1/estimates", post(estimates))
        .route("/v1/check", post(checks))
        .route("/v1/clock/advance", post(accepts::<Advance>))
        .route("/panic", get(panics));
    shell::around(routes)
}

async fn send(request: Request<Body>) -> Response<Body> {
    routes().oneshot(request).await.expect("the router answers everything")
}

async fn read(response: Response<Body>) -> Vec<u8> {
    axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a whole body").to_vec()
}

async fn problem(response: Response<Body>) -> Value {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    serde_json::from_slice(&read(response).await).expect("a problem is JSON")
}

fn a_post(path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(path).header("content-type", "application/json").header("idempotency-key", "k1");
    request.body(body.into()).expect("a request")
}

fn a_get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

/// Status, code and pointers of an answer; an accepted one has neither code nor pointers.
async fn verdict(request: Request<Body>) -> (u16, String, Vec<String>) {
    let response = send(request).await;
    let status = response.status();
    if status.is_success() {
        return (status.as_u16(), String::new(), Vec::new());
    }
    let problem = problem(response).await;
    let pointers = problem["errors"].as_array().into_iter().flatten();
    let pointers = pointers.map(|error| error["pointer"].as_str().expect("a pointer").to_owned()).collect();
    (status.as_u16(), problem["code"].as_str().expect("a code").to_owned(), pointers)
}

async fn each_is(path: &str, cases: &[(&str, u16, &str, &[&str])]) {
    for (body, status, code, pointers) in cases {
        let expected = (*status, (*code).to_owned(), pointers.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>());
        assert_eq!(verdict(a_post(path, (*body).to_owned())).await, expected, "{path} {body}");
    }
}

#[tokio::test]
async fn a_deposit_is_refused_at_the_field_that_is_wrong() {
    let sent = |amount: &str| format!(r#"{{"amount":{amount},"kind":"cash","reference":"r-1"}}"#);
    let path = "/v1/accounts/acme/deposits";
    let amounts = [
        (r#"{"amount":"10.00","currency":"CNY"}"#, 200, "", vec![]),
        (r#"{"amount":"-10.00","currency":"CNY"}"#, 200, "", vec![]), // a rule of the business, not of form
        (r#"{"amount":"10.001","currency":"CNY"}"#, 422, "invalid_request", vec!["/amount/amount"]),
        (r#"{"amount":"1e3","currency":"CNY"}"#, 422, "invalid_request", vec!["/amount/amount"]),
        (r#"{"amount":"2000000000000.00","currency":"CNY"}"#, 422, "invalid_request", vec!["/amount/amount"]),
        (r#"{"amount":10.00,"currency":"CNY"}"#, 422, "invalid_request", vec!["/amount/amount"]),
        (r#"{"amount":"10.00","currency":"USD"}"#, 422, "currency_mismatch", vec![]),
        (r#"{"amount":"10.00","currency":"cny"}"#, 422, "invalid_request", vec!["/amount/currency"]),
        (r#"{"amount":"10.00"}"#, 422, "invalid_request", vec!["/amount/currency"]),
        (r#"{"amount":"10.00","currency":"CNY","x/y":1}"#, 422, "invalid_request", vec!["/amount/x~1y"]),
        (r#"["10.00","CNY"]"#, 422, "invalid_request", vec!["/amount"]),
        (r#""10.00""#, 422, "invalid_request", vec!["/amount"]),
        ("null", 422, "invalid_request", vec!["/amount"]),
    ];
    for (amount, status, code, pointers) in amounts {
        each_is(path, &[(&sent(amount), status, code, &pointers)]).await;
    }
    let money = r#""amount":{"amount":"10.00","currency":"CNY"}"#;
    let rest = [
        (r#""kind":"cash""#, "/reference"),
        (r#""kind":"gold","reference":"r""#, "/kind"),
        (r#""kind":{"cash":null},"reference":"r""#, "/kind"),
        (r#""kind":"cash","reference":"""#, "/reference"),
        (r#""kind":"cash","reference":"a\u0000b""#, "/reference"),
        (r#""kind":"cash","reference":"r","promotion":"x""#, "/promotion"),
        (r#""kind":"cash","kind":"gift","reference":"r""#, "/kind"),
    ];
    for (fields, pointer) in rest {
        each_is(path, &[(&format!("{{{money},{fields}}}"), 422, "invalid_request", &[pointer])]).await;
    }
}

#[tokio::test]
async fn a_voucher_is_refused_at_the_field_that_is_wrong() {
    let path = "/v1/accounts/acme/vouchers";
    let face = r#""face":{"amount":"100.00","currency":"CNY"}"#;
    let with = |fields: &str| format!(r#"{{"voucher_id":"v",{face},"expires_on":"2022-11-30"{fields}}}"#);
    let every = r#","minimum":{"amount":"1.00","currency":"CNY"},"applies_to":["pro","dau_overage"],"months_min":1,
        "months_max":12,"pay_mode":"prepaid""#;
    let none = r#","minimum":null,"applies_to":null,"months_min":null,"months_max":null,"pay_mode":null"#;
    for good in ["", every, none, r#","applies_to":[],"months_max":0"#] {
        each_is(path, &[(&with(good), 200, "", &[])]).await;
    }
    for (fields, pointer) in [
        (r#","minimum":"1.00""#, "/minimum"),
        (r#","minimum":{"amount":"1","currency":"CNY"}"#, "/minimum/amount"),
        (r#","applies_to":"pro""#, "/applies_to"),
        (r#","applies_to":["pro","gold"]"#, "/applies_to/1"),
        (r#","applies_to":[{"pro":null}]"#, "/applies_to/0"),
        (r#","months_min":-1"#, "/months_min"),
        (r#","months_max":"2""#, "/months_max"),
        (r#","pay_mode":"later""#, "/pay_mode"),
        (r#","kind":"cash""#, "/kind"),
    ] {
        each_is(path, &[(&with(fields), 422, "invalid_request", &[pointer])]).await;
    }
    for (body, pointer) in [
        (format!(r#"{{{face},"expires_on":"2022-11-30"}}"#), "/voucher_id"),
        (format!(r#"{{"voucher_id":"-v",{face},"expires_on":"2022-11-30"}}"#), "/voucher_id"),
        (format!(r#"{{"voucher_id":"v",{face}}}"#), "/expires_on"),
        (format!(r#"{{"voucher_id":"v",{face},"expires_on":"2022-11-31"}}"#), "/expires_on"),
        (r#"{"voucher_id":"v","face":"100.00","expires_on":"2022-11-30"}"#.to_owned(), "/face"),
        (r#"{"voucher_id":"v","expires_on":"2022-11-30"}"#.to_owned(), "/face"),
    ] {
        each_is(path, &[(&body, 422, "invalid_request", &[pointer])]).await;
    }
    let dollars = r#"{"voucher_id":"v","face":{"amount":"1.00","currency":"USD"},"expires_on":"2022-11-30"}"#;
    each_is(path, &[(dollars, 422, "currency_mismatch", &[])]).await;
}

#[tokio::test]
async fn any_integer_of_months_is_well_formed_and_nothing_else_is() {
    let refused: (u16, &str, &[&str]) = (422, "months_out_of_range", &[]);
    let invalid: (u16, &str, &[&str]) = (422, "invalid_request", &["/months"]);
    let cases = [
        ("1", (200, "", &[][..])),
        ("0", (200, "", &[])), // refused by the domain, which knows the bounds
        ("25", (200, "", &[])),
        ("-1", refused),
        ("4294967296", refused),
        ("99999999999999999999999", refused),
        ("-99999999999999999999999", refused),
        ("\"1\"", invalid),
        ("1.5", invalid),
        ("1.0", invalid),
        ("null", invalid),
        ("[1]", invalid),
        ("true", invalid),
    ];
    for (months, (status, code, pointers)) in cases {
        let path = format!("/v1/applications/{APPLICATION}/subscription/renewals");
        each_is(&path, &[(&format!(r#"{{"months":{months}}}"#), status, code, pointers)]).await;
    }
}

#[tokio::test]
async fn a_purchase_takes_the_three_plans_and_no_field_of_a_feature_not_built() {
    let path = format!("/v1/applications/{APPLICATION}/subscription");
    each_is(
        &path,
        &[
            (r#"{"plan":"pro","months":1}"#, 200, "", &[]),
            (r#"{"plan":"trial","months":1}"#, 200, "", &[]), // `trial_not_reenterable` is the domain's
            (r#"{"plan":"gold","months":1}"#, 422, "invalid_request", &["/plan"]),
            (r#"{"plan":"Pro","months":1}"#, 422, "invalid_request", &["/plan"]),
            (r#"{"plan":{"pro":null},"months":1}"#, 422, "invalid_request", &["/plan"]),
            (r#"{"plan":"pro"}"#, 422, "invalid_request", &["/months"]),
            (r#"{"plan":"pro","months":1,"auto_renew":"no"}"#, 422, "invalid_request", &["/auto_renew"]),
            (r#"{"plan":"pro","months":1,"voucher_id":"v","promotion":"yearly"}"#, 200, "", &[]),
            (r#"{"plan":"pro","months":1,"voucher_id":null,"promotion":null}"#, 200, "", &[]),
            (r#"{"plan":"pro","months":1,"voucher_id":""}"#, 422, "invalid_request", &["/voucher_id"]),
            (r#"{"plan":"pro","months":1,"voucher_id":["v","w"]}"#, 422, "invalid_request", &["/voucher_id"]),
            (r#"{"plan":"pro","months":1,"promotion":"half_price"}"#, 422, "invalid_request", &["/promotion"]),
            (r#"{"plan":"pro","months":1,"promotion":{"yearly":null}}"#, 422, "invalid_request", &["/promotion"]),
            (r#"["pro",1]"#, 422, "invalid_request", &[""]),
            (r#""pro""#, 422, "invalid_request", &[""]),
            ("null", 422, "invalid_request", &[""]),
        ],
    )
    .await;
    for hostile in ["0", "01", "-1", "9007199254740992", "1%2f2", "%ff", "%00", "abc", "1'--"] {
        let request = a_post(&format!("/v1/applications/{hostile}/subscription"), r#"{"plan":"pro","months":1}"#);
        assert_eq!(verdict(request).await, (404, "not_found".to_owned(), vec![]), "{hostile}");
    }
}

#[tokio::test]
async fn an_add_on_is_bought_by_months_and_a_trial_has_none() {
    let path = format!("/v1/applications/{APPLICATION}/add-ons");
    each_is(
        &path,
        &[
            (r#"{"kind":"group_members","months":1}"#, 200, "", &[]),
            (r#"{"kind":"group_members","variant":null,"months":0}"#, 200, "", &[]), // the domain counts months
            (r#"{"kind":"av_call","variant":"basic","months":24}"#, 200, "", &[]),
            (r#"{"kind":"av_call","variant":"trial"}"#, 200, "", &[]),
            (r#"{"kind":"av_call","variant":"trial","months":1}"#, 422, "invalid_request", &["/months"]),
            (r#"{"kind":"av_call","variant":"basic"}"#, 422, "invalid_request", &["/months"]),
            (r#"{"kind":"av_call","months":1}"#, 422, "invalid_request", &["/variant"]),
            (r#"{"kind":"av_call","variant":"gold","months":1}"#, 422, "invalid_request", &["/variant"]),
            (r#"{"kind":"groups_per_user","variant":"basic","months":1}"#, 422, "invalid_request", &["/variant"]),
            (r#"{"kind":"history_storage","months":1}"#, 422, "invalid_request", &["/kind"]),
            (r#"{"kind":"group_members","months":-1}"#, 422, "months_out_of_range", &[]),
            (r#"{"kind":"group_members","months":"1"}"#, 422, "invalid_request", &["/months"]),
            (r#"{"kind":"av_call","variant":"trial","auto_renew":true}"#, 422, "invalid_request", &["/auto_renew"]),
            (r#"{"kind":"group_members","months":1,"voucher_id":"v"}"#, 200, "", &[]),
            (r#"{"kind":"av_call","variant":"trial","voucher_id":"v"}"#, 422, "invalid_request", &["/voucher_id"]),
            (r#"{"months":1}"#, 422, "invalid_request", &["/kind"]),
        ],
    )
    .await;
    let add_on = "addon_0183c7d4-0000-7000-8000-000000000000";
    let renewal = |ids: &str| a_post(&format!("/v1/applications/{ids}/renewals"), r#"{"months":1}"#);
    assert_eq!(verdict(renewal(&format!("{APPLICATION}/add-ons/{add_on}"))).await.0, 200);
    for hostile in
        [format!("0/add-ons/{add_on}"), format!("{APPLICATION}/add-ons/sub_1"), format!("%ff/add-ons/{add_on}")]
    {
        assert_eq!(verdict(renewal(&hostile)).await.0, 404, "{hostile}");
    }
}

#[tokio::test]
async fn a_reading_is_a_civil_day_and_two_counts_that_a_planet_can_have() {
    let path = format!("/v1/applications/{APPLICATION}/usage/daily");
    let day = |date: &str| format!(r#"{{"date":{date},"dau":1,"peak_groups":0}}"#);
    for good in [r#"{"date":"2022-11-05","dau":0,"peak_groups":10000000000}"#, &day("\"2024-02-29\"")] {
        each_is(&path, &[(good, 200, "", &[])]).await;
    }
    for bad in ["\"2022-11-5\"", "\"20221105\"", "\"2022-11-05T00:00\"", "\"2023-02-29\"", "\"\"", "20221105", "null"] {
        each_is(&path, &[(&day(bad), 422, "invalid_request", &["/date"])]).await;
    }
    for bad in ["-1", "1.5", "10000000001", "18446744073709551616", "\"1\"", "null"] {
        let body = format!(r#"{{"date":"2022-11-05","dau":{bad},"peak_groups":1}}"#);
        each_is(&path, &[(&body, 422, "invalid_request", &["/dau"])]).await;
    }
    each_is(&path, &[(r#"{"date":"2022-11-05","dau":1}"#, 422, "invalid_request", &["/peak_groups"])]).await;
    let usage = format!("/v1/applications/{APPLICATION}/usage");
    for (query, pointers) in [
        ("month=2022-11", vec![]),
        ("", vec!["/month"]),
        ("month=2022-1", vec!["/month"]),
        ("month=2022-11-01", vec!["/month"]),
        ("month=2022-11&day=1", vec!["/day"]),
    ] {
        assert_eq!(verdict(a_get(&format!("{usage}?{query}"))).await.2, pointers, "{query}");
    }
    let retention = format!("/v1/applications/{APPLICATION}/history-retention");
    each_is(&retention, &[(r#"{"days":61}"#, 200, "", &[]), (r#"{"days":-1}"#, 422, "invalid_request", &["/days"])])
        .await;
}

#[tokio::test]
async fn an_estimate_points_at_the_add_on_that_is_wrong() {
    let with = |add_ons: &str| format!(r#"{{"data_site":"china","plan":"pro","months":3,"add_ons":{add_ons}}}"#);
    let cases: [(&str, &[&str]); 6] = [
        ("[]", &[]),
        (r#"[{"kind":"group_members"},{"kind":"av_call","variant":"basic"}]"#, &[]),
        (r#"[{"kind":"group_members"},{"kind":"av_call"}]"#, &["/add_ons/1/variant"]),
        (r#"[{"kind":"gold"}]"#, &["/add_ons/0/kind"]),
        (r#"[["group_members"]]"#, &["/add_ons/0"]),
        (r#"[{"kind":"group_members","months":1}]"#, &["/add_ons/0/months"]),
    ];
    for (add_ons, pointers) in cases {
        assert_eq!(verdict(a_post("/v1/estimates", with(add_ons))).await.2, pointers, "{add_ons}");
    }
    let promoted = |name: &str| format!(r#"{{"data_site":"china","plan":"pro","months":3,"promotion":{name}}}"#);
    // Whether it applies is the domain's.
    each_is("/v1/estimates", &[(&promoted("\"yearly\""), 200, "", &[]), (&promoted("null"), 200, "", &[])]).await;
    each_is("/v1/estimates", &[(&promoted("\"weekly\""), 422, "invalid_request", &["/promotion"])]).await;
}

#[test]
fn a_page_is_for_whoever_asks_for_one_rather_than_json() {
    let asks = |accept: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("accept", accept.parse().expect("a header"));
        wants_a_page(&headers)
    };
    for page in
        ["text/html", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "application/json;q=0.5, TEXT/HTML;q=0.51"]
    {
        assert!(asks(page), "{page}");
    }
    for json in
        ["*/*", "application/json", "text/html;q=0", "text/html;q=0.5,application/json", "text/html;q=é", "text/*", ""]
    {
        assert!(!asks(json), "{json}");
    }
    assert!(!wants_a_page(&HeaderMap::new()));
}

#[tokio::test]
async fn hostile_ids_and_names_in_bodies_are_named_by_pointer() {
    each_is(
        "/v1/accounts",
        &[
            (r#"{"name":"Acme"}"#, 200, "", &[]),
            (r#"{"account_id":"acme","name":"极光","new_customer":true}"#, 200, "", &[]),
            (r#"{"account_id":"a/b","name":"Acme"}"#, 422, "invalid_request", &["/account_id"]),
            (r#"{"account_id":"","name":"Acme"}"#, 422, "invalid_request", &["/account_id"]),
            (r#"{"account_id":7,"name":"Acme"}"#, 422, "invalid_request", &["/account_id"]),
            (r#"{"name":""}"#, 422, "invalid_request", &["/name"]),
            (r#"{"name":"a\nb"}"#, 422, "invalid_request", &["/name"]),
            (r#"{"name":"Acme","new_customer":"yes"}"#, 422, "invalid_request", &["/new_customer"]),
        ],
    )
    .await;
    let long = format!(r#"{{"name":"{}"}}"#, "é".repeat(201));
    each_is("/v1/accounts", &[(&long, 422, "invalid_request", &["/name"])]).await;
    let with_id = |id: &str| format!(r#"{{"account_id":"a","application_id":{id},"name":"n","data_site":"china"}}"#);
    for bad in ["0", "-1", "9007199254740992", "1.5", "\"1400000001\"", "1e9"] {
        each_is("/v1/applications", &[(&with_id(bad), 422, "invalid_request", &["/application_id"])]).await;
    }
    each_is("/v1/applications", &[(&with_id("1400000001"), 200, "", &[])]).await;
    let mars = r#"{"account_id":"a","name":"n","data_site":"mars"}"#;
    each_is("/v1/applications", &[(mars, 422, "invalid_request", &["/data_site"])]).await;
}

#[tokio::test]
async fn a_check_asks_for_exactly_one_thing() {
    each_is(
        "/v1/check",
        &[
            (r#"{"quota":"users_max","current":5,"requested":2}"#, 200, "", &[]),
            (r#"{"feature":"community"}"#, 200, "", &[]),
            (r#"{"quota":"users"}"#, 422, "invalid_request", &["/quota"]),
            (r#"{"feature":"users_max"}"#, 422, "invalid_request", &["/feature"]),
            (r#"{"quota":"users_max","feature":"community"}"#, 422, "invalid_request", &["/feature"]),
            (r#"{"feature":"community","current":1}"#, 422, "invalid_request", &["/current"]),
            (r#"{"quota":"users_max","current":-1}"#, 422, "invalid_request", &["/current"]),
            (r#"{"feature":"community","context":{}}"#, 200, "", &[]),
            (r#"{"feature":"community","context":{"sdk_version":"5.8"}}"#, 422, "invalid_request", &["/context/sdk"]),
            (r#"{"feature":"community","context":{"os":"ios"}}"#, 422, "invalid_request", &["/context/os"]),
            ("{}", 422, "invalid_request", &["/quota"]),
            (r#"{"quota":"users_max"} x"#, 400, "malformed_json", &[]),
            (r#"{"quota":5,]"#, 400, "malformed_json", &[]),
        ],
    )
    .await;
    let question: Question = serde_json::from_value(json!({"quota": "groups_max", "current": 50})).expect("a question");
    let (quota, context) = (subledger_domain::plan::Quota::GroupsMax, Context::default());
    let expected = Check::Quota { quota, current: 50, requested: 1, context };
    assert_eq!(question.check(), Ok(expected));
}

#[tokio::test]
async fn broken_json_is_told_from_broken_rules_and_nesting_is_harmless() {
    let bombs = ["[".repeat(60_000), "{\"a\":".repeat(10_000), format!("{{\"name\":{}", "[".repeat(60_000))];
    for bomb in &bombs {
        each_is("/v1/accounts", &[(bomb, 400, "malformed_json", &[])]).await;
        assert!(matches!(verdict(a_post("/v1/check", bomb.clone())).await.0, 400 | 422));
    }
    for bad in ["", "{", "{\"name\":\"a\"}}", "\u{feff}{}", "{'name':'a'}", "{\"name\":\"\\ud800\"}", "NaN"] {
        each_is("/v1/accounts", &[(bad, 400, "malformed_json", &[])]).await;
    }
    let invalid_utf8 = a_post("/v1/accounts", vec![b'"', 0xff, b'"']);
    assert_eq!(verdict(invalid_utf8).await.1, "malformed_json");
}

#[tokio::test]
async fn type_size_and_key_are_looked_at_before_the_body() {
    let body = r#"{"name":"Acme"}"#;
    let with = |name: &str, value: &str| {
        let request = Request::post("/v1/accounts").header("content-type", "application/json");
        request.header(name, value).body(Body::from(body)).expect("a request")
    };
    let untyped = Request::post("/v1/accounts").header("idempotency-key", "k").body(Body::from(body));
    assert_eq!(verdict(untyped.expect("a request")).await, (415, "unsupported_media_type".to_owned(), vec![]));
    let large = a_post("/v1/accounts", format!("{{\"name\":\"{}\"}}", "a".repeat(65_536)));
    assert_eq!(verdict(large).await, (413, "payload_too_large".to_owned(), vec![]));
    let chunks = unannounced("a".repeat(65_537));
    assert_eq!(verdict(a_post("/v1/accounts", chunks)).await.0, 413);
    assert_eq!(verdict(with("x-nothing", "1")).await, (400, "idempotency_key_missing".to_owned(), vec![]));
    let pointer = vec!["/Idempotency-Key".to_owned()];
    for bad in ["", "a b", &"k".repeat(256)] {
        let expected = (422, "invalid_request".to_owned(), pointer.clone());
        assert_eq!(verdict(with("idempotency-key", bad)).await, expected, "{bad:?}");
    }
    assert_eq!(verdict(with("idempotency-key", &"k".repeat(255))).await.0, 200);
    let mut twice = a_post("/v1/accounts", body);
    twice.headers_mut().append("idempotency-key", "k2".parse().expect("a header"));
    assert_eq!(verdict(twice).await.2, pointer);
    for bad in ["*", "abc", "W/\"abc\"", "\"a\", \"b\"", "\"a"] {
        let mut request = a_post("/v1/accounts", body);
        request.headers_mut().insert("if-match", bad.parse().expect("a header"));
        assert_eq!(verdict(request).await.2, vec!["/If-Match".to_owned()], "{bad}");
    }
}

/// A body that does not announce its length.
fn unannounced(text: String) -> Body {
    Body::new(text.map_frame(|frame| frame))
}

#[tokio::test]
async fn query_parameters_not_built_are_refused_all_at_once() {
    let body = r#"{"name":"Acme"}"#;
    let expected = (422, "invalid_request".to_owned(), vec!["/dry_run".to_owned()]);
    for query in ["dry_run=maybe", "dry_run=", "dry_run=TRUE", "dry_run=1", "dry_run=false&dry_run=false"] {
        assert_eq!(verdict(a_post(&format!("/v1/accounts?{query}"), body)).await, expected, "{query}");
    }
    let mut keyless = a_post("/v1/accounts?dry_run=maybe", body);
    keyless.headers_mut().remove("idempotency-key");
    assert_eq!(verdict(keyless).await, expected);
    let reads = [
        ("as_of=2022-10-12T00:00:00%2B08:00&min_position=7", vec![]),
        ("as_of=2022-10-12T00:00:00+08:00", vec![]),
        ("as_of=2022-10-11T16:00:00.000001Z", vec![]),
        ("as_of=2022-10-12T00:00:00", vec!["/as_of"]),
        ("as_of=2022-10-12", vec!["/as_of"]),
        ("as_of=&min_position=-1&x=1", vec!["/as_of", "/min_position", "/x"]),
        ("min_position=07", vec!["/min_position"]),
        ("known_at=2022-10-12T00:00:00%2B08:00&as_of=2023-10-12T00:00:00%2B08:00", vec![]),
        ("known_at=2022-10-12T00:00:00.000001%2B08:00", vec!["/known_at"]),
        ("known_at=yesterday&as_of=today", vec!["/as_of", "/known_at"]),
        ("min_position=1&min_position=1", vec!["/min_position"]),
        ("a%2Fb=%ff", vec!["/a~1b"]),
    ];
    for (query, pointers) in reads {
        let (_, _, found) = verdict(a_get(&format!("/v1/accounts/acme?{query}"))).await;
        assert_eq!(found, pointers, "{query}");
    }
    let lists = [
        ("limit=200&cursor=61", vec![]),
        ("limit=0", vec!["/limit"]),
        ("limit=201&cursor=zz", vec!["/limit", "/cursor"]),
    ];
    for (query, pointers) in lists {
        assert_eq!(verdict(a_get(&format!("/v1/accounts?{query}"))).await.2, pointers, "{query}");
    }
}

#[tokio::test]
async fn unknown_paths_wrong_methods_and_panics_are_problems_too() {
    let missing = problem(send(a_get("/v1/nothing?x=1")).await).await;
    assert_eq!((&missing["status"], &missing["code"]), (&json!(404), &json!("not_found")));
    assert_eq!(missing["instance"], "/v1/nothing");
    let response = send(a_get("/v1/accounts/acme/deposits")).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "POST");
    assert_eq!(problem(response).await["code"], "method_not_allowed");
    let response = send(a_get("/panic")).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let told = problem(response).await;
    assert_eq!(told["code"], "internal");
    assert!(!told.to_string().contains("secret"), "{told}");
}

#[tokio::test]
async fn every_answer_carries_the_request_id_and_the_standing_headers() {
    for path in ["/v1/accounts", "/v1/nothing"] {
        let mut request = a_get(path);
        request.headers_mut().insert("x-request-id", "caller-7".parse().expect("a header"));
        let response = send(request).await;
        assert_eq!(response.headers()["x-request-id"], "caller-7");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    let mut request = a_get("/v1/nothing");
    request.headers_mut().insert("x-request-id", "a b".parse().expect("a header"));
    let response = send(request).await;
    let id = response.headers()["x-request-id"].to_str().expect("text").to_owned();
    assert!(id.starts_with("req_"), "{id}");
    assert_eq!(problem(response).await["request_id"], id);
}

#[tokio::test]
async fn faults_of_the_engine_become_problems_with_their_codes() {
    let now = "2022-10-12T00:00:00+08:00".parse().expect("an instant");
    let needed = Money::cny("999.00").expect("an amount");
    let poor = account::Error::InsufficientBalance { needed, available: Money::cny("1.00").expect("an amount") };
    let broken = Refusal::BrokenInvariant { invariant: "the secret" };
    let cases = [
        (WriteFault::Refused(Refusal::Account(poor)), 422, "insufficient_balance"),
        (WriteFault::Refused(Refusal::Account(account::Error::NotOpen)), 404, "not_found"),
        (WriteFault::Refused(Refusal::Account(account::Error::AlreadyOpen)), 409, "already_exists"),
        (WriteFault::Refused(Refusal::Account(account::Error::NotPositive)), 422, "invalid_request"),
        (WriteFault::Refused(broken), 500, "internal"),
        (WriteFault::IdempotencyMismatch, 422, "idempotency_mismatch"),
        (WriteFault::IdempotencyInFlight, 409, "idempotency_in_flight"),
        (WriteFault::PreconditionFailed, 412, "precondition_failed"),
        (WriteFault::AlreadyExists, 409, "already_exists"),
        (WriteFault::ClockNotManual, 403, "clock_not_manual"),
        (WriteFault::ClockBackwards { now }, 422, "clock_backwards"),
        (WriteFault::Unavailable { reason: "the secret".to_owned() }, 503, "store_unavailable"),
        (WriteFault::Internal { reason: "the secret".to_owned() }, 500, "internal"),
    ];
    for (fault, status, code) in cases {
        let found = told(Problem::from(fault.clone())).await;
        assert_eq!((&found["status"], &found["code"]), (&json!(status), &json!(code)), "{fault:?}");
        assert!(!found.to_string().contains("secret"), "{found}");
    }
    let damaged = StoreFault::Damaged { position: 7, reason: "the secret".to_owned() };
    assert_eq!(told(Problem::from(damaged)).await["code"], "internal");
    let gone = StoreFault::Unavailable { reason: "the secret".to_owned() };
    assert_eq!(told(Problem::from(gone)).await["code"], "store_unavailable");
}

/// A problem as a caller sees it, through the shell.
async fn told(told: Problem) -> Value {
    let is_unavailable = told == Problem::store_unavailable("the secret");
    let routes: Router = Router::new().route("/", get(move || async move { Err::<String, Problem>(told) }));
    let response = shell::around(routes).oneshot(a_get("/")).await.expect("an answer");
    assert_eq!(response.headers().contains_key("retry-after"), is_unavailable || response.status() == 503);
    problem(response).await
}

#[tokio::test]
async fn a_deposit_that_adds_nothing_points_at_its_amount() {
    let refused = WriteFault::Refused(Refusal::Account(account::Error::NotPositive));
    let found = told(Problem::from(refused).pointing_at("/amount/amount")).await;
    assert_eq!(found["errors"][0]["pointer"], "/amount/amount");
}

#[tokio::test]
async fn a_page_is_one_json_document() {
    let page = answer::page(7, &[r#"{"a":1}"#.to_owned(), r#"{"a":2}"#.to_owned()], Some("61".to_owned()));
    assert_eq!(page.headers()["ledger-position"], "7");
    assert_eq!(read(page).await, br#"{"data":[{"a":1},{"a":2}],"next_cursor":"61"}"#);
    assert_eq!(read(answer::page(0, &[], None)).await, br#"{"data":[],"next_cursor":null}"#);
}

#[test]
fn an_instant_has_one_form() {
    for good in ["2022-10-12T00:00:00+08:00", "2022-10-12t00:00:00z", "2022-10-12T00:00:00.123456-01:30"] {
        assert!(instant(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "now",
        "20221012T000000Z",
        "2022-10-12T00:00Z",
        "2022-10-12T00:00:00",
        "2022-10-12T00:00:00.1234567Z",
        "2022-10-12T00:00:00+08:00[Asia/Shanghai]",
        "2022-10-12T00:00:00+08",
        "2022-13-12T00:00:00Z",
        "99999-10-12T00:00:00Z",
        "２０２２-10-12T00:00:00Z",
    ] {
        assert!(instant(bad).is_err(), "{bad} was accepted");
    }
}

#[tokio::test]
async fn the_fingerprint_of_a_write_is_that_of_its_meaning() {
    let print = async |path: &str, body: &str| read(send(a_post(path, body.to_owned())).await).await;
    let one = print("/v1/accounts", r#"{"account_id":"acme","name":"Acme"}"#).await;
    assert_eq!(one, print("/v1/accounts", "{ \"name\":\"Acme\",\n\"account_id\":\"acme\"}").await);
    assert_ne!(one, print("/v1/accounts", r#"{"account_id":"acme","name":"Acme","new_customer":false}"#).await);
}
