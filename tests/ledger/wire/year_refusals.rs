//! Owns the bad input of a year: each with its code, nothing stored, nothing answered otherwise after it.
//!
//! Does not own the form of problems nor the keys of refused orders (`refusals`).

use hyper::Method;
use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};

use super::life::{amount, at, keep, measure, pack, text, usage};

on_both_stores! {
    bad_input_of_a_year_has_its_code_and_stores_nothing
    a_month_of_usage_is_asked_for_by_its_name
}

/// Three applications on the 10th of December at noon: Pro in China with a pack and a change of storage this month, Pro
/// abroad, Trial. The first two are of October, the last of December; everything up to November is settled.
struct Scene {
    served: Served,
    china: u64,
    abroad: u64,
    trial: u64,
    add_on: String,
}

impl Scene {
    async fn set(kind: StoreKind) -> Self {
        let served = Served::start(kind, &at("2022-10-12")).await;
        served.open("acme", "50000.00", "0.00").await;
        let (china, abroad) = (served.create("acme", "china").await, served.create("acme", "india").await);
        for application in [china, abroad] {
            served.buy(application, "pro", 6).await.is(200);
        }
        served.advance(&at("2022-12-05")).await;
        let bought = pack(&served, china, json!({"kind": "group_members", "months": 1})).await.ok();
        keep(&served, china, 90).await.is(200);
        let trial = served.create("acme", "china").await;
        served.advance(&at("2022-12-10 12:00:00")).await;
        Self { china, abroad, trial, add_on: text(&bought["add_on_id"]).to_owned(), served }
    }

    /// Everything a refusal could have touched, to the byte.
    async fn seen(&self) -> Vec<String> {
        let mut paths = vec!["/v1/accounts/acme".to_owned(), "/v1/accounts/acme/invoices?limit=200".to_owned()];
        paths.push("/v1/clock".to_owned());
        for application in [self.china, self.abroad, self.trial] {
            paths.push(format!("/v1/applications/{application}"));
            paths.push(format!("/v1/applications/{application}/entitlements"));
            paths.push(format!("/v1/applications/{application}/usage?month=2022-12"));
        }
        let mut seen = vec![self.served.head().await];
        for path in paths {
            seen.push(self.served.get(&path).await.is(200).text());
        }
        seen
    }

    /// The order is refused like this, and everything is as before.
    async fn refuses(&self, before: &[String], refused: &Refused) {
        let key = self.served.key();
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        let body = refused.body.to_string();
        let answer = self.served.client.send(refused.method.clone(), &refused.path, &headers, &body).await;
        let (status, code, pointers) = answer.problem();
        let told = format!("{} {body}: {}", refused.path, answer.text());
        assert_eq!((status, code.as_str()), (refused.status, refused.code), "{told}");
        assert_eq!(pointers, refused.pointer.into_iter().collect::<Vec<_>>(), "{told}");
        assert_eq!(self.seen().await, before, "{told}");
    }
}

struct Refused {
    method: Method,
    path: String,
    body: Value,
    status: u16,
    code: &'static str,
    pointer: Option<&'static str>,
}

impl Refused {
    fn because(path: impl Into<String>, body: Value, code: &'static str) -> Self {
        let status = if code == "not_found" { 404 } else { 422 };
        Self { method: Method::POST, path: path.into(), body, status, code, pointer: None }
    }

    fn invalid(path: impl Into<String>, body: Value, pointer: &'static str) -> Self {
        Self { pointer: Some(pointer), ..Self::because(path, body, "invalid_request") }
    }

    fn put(self) -> Self {
        Self { method: Method::PUT, ..self }
    }
}

fn bad_storage(scene: &Scene) -> Vec<Refused> {
    let path = |application: u64| format!("/v1/applications/{application}/history-retention");
    let mut cases = Vec::new();
    for (application, days, code) in [
        (scene.abroad, 60, "retention_step_unknown"),
        (scene.abroad, 361, "retention_step_unknown"),
        (scene.abroad, 0, "retention_step_unknown"),
        (scene.china, 180, "retention_changed_this_month"),
        (scene.china, 7, "retention_changed_this_month"),
        (scene.trial, 90, "add_on_needs_paid_plan"),
        (7, 90, "not_found"),
    ] {
        cases.push(Refused::because(path(application), json!({"days": days}), code).put());
    }
    for days in [json!(-1), json!(1.5), json!("90"), json!(null), json!(4_294_967_296_u64)] {
        cases.push(Refused::invalid(path(scene.abroad), json!({"days": days}), "/days").put());
    }
    cases.push(Refused::invalid(path(scene.abroad), json!({}), "/days").put());
    cases.push(Refused::invalid(path(scene.abroad), json!({"days": 90, "from": "2022-12-10"}), "/from").put());
    cases
}

fn bad_usage(scene: &Scene) -> Vec<Refused> {
    let path = |application: u64| format!("/v1/applications/{application}/usage/daily");
    let reading = |date: &str| json!({"date": date, "dau": 1, "peak_groups": 1});
    let mut cases = Vec::new();
    for (application, date, code) in [
        (scene.china, "2022-12-11", "usage_in_future"),
        (scene.china, "9999-12-31", "usage_in_future"),
        (scene.trial, "2022-12-04", "usage_before_creation"),
        (scene.china, "2022-11-30", "usage_month_closed"),
        (scene.china, "2022-10-12", "usage_month_closed"),
        (7, "2022-12-10", "not_found"),
    ] {
        cases.push(Refused::because(path(application), reading(date), code));
    }
    for date in ["2022-12-32", "2022-02-29", "20221210", "2022-12-10T00:00:00+08:00", "today", ""] {
        cases.push(Refused::invalid(path(scene.china), reading(date), "/date"));
    }
    for measured in [json!(-1), json!(1.0), json!("1"), json!(null), json!(10_000_000_001_u64)] {
        for field in ["dau", "peak_groups"] {
            let mut body = reading("2022-12-10");
            body[field] = measured.clone();
            cases.push(Refused::invalid(path(scene.china), body, if field == "dau" { "/dau" } else { "/peak_groups" }));
        }
    }
    cases.push(Refused::invalid(path(scene.china), json!({"date": "2022-12-10", "dau": 1}), "/peak_groups"));
    let mut more = reading("2022-12-10");
    more["reason"] = json!("late");
    cases.push(Refused::invalid(path(scene.china), more, "/reason"));
    cases
}

fn bad_add_ons(scene: &Scene) -> Vec<Refused> {
    let path = |application: u64| format!("/v1/applications/{application}/add-ons");
    let months = |kind: &str, months: u64| json!({"kind": kind, "months": months});
    let call = |variant: &str, months: u64| json!({"kind": "av_call", "variant": variant, "months": months});
    let mut cases = Vec::new();
    for (application, body, code) in [
        (scene.abroad, call("basic", 1), "add_on_not_sold_here"),
        (scene.abroad, json!({"kind": "av_call", "variant": "trial"}), "add_on_not_sold_here"),
        (scene.trial, months("group_members", 1), "add_on_needs_paid_plan"),
        (scene.trial, call("premium", 1), "add_on_needs_paid_plan"),
        (scene.china, call("premium", 1), "plan_mismatch"),
        (scene.china, months("group_members", 1), "add_on_already_active"),
        (scene.china, months("groups_per_user", 0), "months_out_of_range"),
        (scene.china, months("groups_per_user", 25), "months_out_of_range"),
        (scene.trial, months("group_members", 25), "months_out_of_range"),
        (scene.abroad, months("avchatroom_unlimited", 24), "insufficient_balance"),
        (7, months("group_members", 1), "not_found"),
    ] {
        cases.push(Refused::because(path(application), body, code));
    }
    for (body, pointer) in [
        (call("trial", 1), "/months"),
        (json!({"kind": "groups_per_user"}), "/months"),
        (json!({"kind": "av_call", "months": 1}), "/variant"),
        (json!({"kind": "group_members", "variant": "basic", "months": 1}), "/variant"),
        (call("gold", 1), "/variant"),
        (months("live_streaming", 1), "/kind"),
        (json!({"kind": "groups_per_user", "months": 1, "colour": "red"}), "/colour"),
    ] {
        cases.push(Refused::invalid(path(scene.china), body, pointer));
    }
    let renewals = |application: u64, add_on: &str| format!("{}/{add_on}/renewals", path(application));
    for (application, months, code) in [
        (scene.china, 0, "months_out_of_range"),
        (scene.china, 25, "months_out_of_range"),
        // It is another application's.
        (scene.abroad, 1, "not_found"),
    ] {
        let body = json!({"months": months});
        cases.push(Refused::because(renewals(application, &scene.add_on), body, code));
    }
    let nobodys = renewals(scene.china, "addon_0183c8a1-0000-7000-8000-000000000001");
    cases.push(Refused::because(nobodys, json!({"months": 1}), "not_found"));
    cases
}

async fn bad_input_of_a_year_has_its_code_and_stores_nothing(kind: StoreKind) {
    let scene = Scene::set(kind).await;
    let before = scene.seen().await;
    let backwards = json!({"to": at("2022-12-10 11:59:59")});
    let clock = vec![Refused::because("/v1/clock/advance", backwards, "clock_backwards")];
    for refused in [bad_storage(&scene), bad_usage(&scene), bad_add_ons(&scene), clock].iter().flatten() {
        scene.refuses(&before, refused).await;
    }
    // What was asked wrongly can be asked rightly.
    pack(&scene.served, scene.china, json!({"kind": "groups_per_user", "months": 1})).await.is(200);
    measure(&scene.served, scene.china, "2022-12-10", 1, 1).await.is(200);
    keep(&scene.served, scene.abroad, 360).await.is(200);
}

async fn a_month_of_usage_is_asked_for_by_its_name(kind: StoreKind) {
    let scene = Scene::set(kind).await;
    let path = format!("/v1/applications/{}/usage", scene.china);
    for query in ["", "?month=", "?month=2022-13", "?month=2022-1", "?month=2022-12-01", "?month=December"] {
        let (status, code, pointers) = scene.served.get(&format!("{path}{query}")).await.problem();
        assert_eq!((status, code.as_str(), pointers), (422, "invalid_request", vec!["/month".to_owned()]), "{query}");
    }
    // There is nothing to read of a month that was over before the application came.
    scene.served.get(&format!("{path}?month=2022-09")).await.is_problem(404, "not_found");
    // A month to come costs what is set already: 90 days kept.
    let next = usage(&scene.served, scene.china, "2023-01").await;
    assert_eq!((&next["days"], &next["days_without_reading"]), (&json!([]), &json!([])));
    assert_eq!((amount(&next["fee_so_far"]), &next["closed"]), ("1000.00", &json!(false)));
}
