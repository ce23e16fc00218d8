//! Owns publishing a price list through HTTP: what is refused and where the fault is shown, what is sold by it from its
//! day on, and that what was agreed before stays agreed (U39).

use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Answer, Served, StoreKind};

on_both_stores! {
    u39_the_list_in_force_at_payment_holds_whenever_the_term_begins
    a_published_list_is_shown_kept_over_a_restart_and_in_force_from_its_day
    a_list_is_refused_by_field_and_line_and_nothing_is_written
    c4_2_c4_5_packs_abroad_cost_what_they_cost_in_china_once_2023_is_published
    c9_6_a_plan_bought_by_the_list_of_2023_stops_24_hours_after_its_last_day
}

const LISTS: &str = "/v1/price-lists";
const OF_2024: &str = include_str!("../../../domain/price_lists/2024-01.toml");

async fn publish(served: &Served, list: &str) -> Answer {
    served.post(LISTS, &json!({"price_list": list})).await
}

/// What each paid order of the account cost, oldest first.
async fn paid(served: &Served) -> Vec<String> {
    let mut invoices = served.list("/v1/accounts/acme/invoices?limit=200").await;
    invoices.retain(|invoice| invoice["kind"] == "order");
    invoices.sort_by_key(|invoice| invoice["number"].as_u64());
    let total = |invoice: &Value| invoice["total"]["amount"].as_str().expect("an amount").to_owned();
    invoices.iter().map(total).collect()
}

async fn u39_the_list_in_force_at_payment_holds_whenever_the_term_begins(kind: StoreKind) {
    let served = Served::start(kind, "2023-12-05T10:00:00+08:00").await;
    served.open("acme", "10000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    publish(&served, "2024-01").await.is(200);
    served.advance("2023-12-20T10:00:00+08:00").await;
    let renewed = served.renew(application, 1).await.ok();
    assert_eq!(renewed["subscription"]["paid_through"], "2024-02-04");
    served.advance("2024-01-02T10:00:00+08:00").await;
    served.renew(application, 1).await.is(200);
    assert_eq!(paid(&served).await, ["999.00", "999.00", "1499.00"]);
    let estimate = json!({
        "data_site": "china", "plan": "pro", "months": 1, "add_ons": [], "history_retention_days": null,
        "peak_dau": 0, "peak_groups": 0
    });
    let estimated = served.client.ask("/v1/estimates", &estimate).await.ok();
    assert_eq!((&estimated["total"]["amount"], &estimated["price_list"]), (&json!("1499.00"), &json!("2024-01")));
}

/// (id, in force, from when) of every list.
async fn shown(served: &Served) -> Vec<(String, bool, Value)> {
    let lists = served.read(LISTS).await;
    let one = |list: &Value| {
        let id = list["price_list"].as_str().expect("an id").to_owned();
        assert!(list["policies"]["expiry_grace_days"].is_u64() && list["content_hash"].is_string(), "{list}");
        (id, list["in_force"] == true, list["in_force_from"].clone())
    };
    lists["data"].as_array().expect("a page has data").iter().map(one).collect()
}

async fn a_published_list_is_shown_kept_over_a_restart_and_in_force_from_its_day(kind: StoreKind) {
    let mut served = Served::start(kind, "2023-12-31T23:59:58+08:00").await;
    let list = |id: &str, in_force, from: &str| {
        let from = if from.is_empty() { Value::Null } else { json!(format!("{from}T00:00:00+08:00")) };
        (id.to_owned(), in_force, from)
    };
    let before = [list("2022-07", true, "2022-07-01"), list("2023-03", false, ""), list("2024-01", false, "")];
    assert_eq!(shown(&served).await, before);
    assert_eq!(served.read("/v1/price-lists/2024-01").await["in_force_from"], Value::Null);
    let waits = served.get("/v1/price-lists/2024-01").await;
    let as_read = [("if-match", waits.header("etag").expect("a resource has an ETag"))];
    let answer = served.client.write(LISTS, "k", &as_read, &json!({"price_list": "2024-01"})).await.is(200);
    let told = answer.json();
    let (hash, receipt) = (&told["content_hash"], &told["receipt"]);
    let other = served.client.post(LISTS, "k", &json!({"price_list": "2023-03"})).await;
    other.is_problem(422, "idempotency_mismatch");
    assert_eq!((&told["id"], &told["in_force_from"]), (&json!("2024-01"), &json!("2024-01-01T00:00:00+08:00")));
    let event = &receipt["events"][0];
    assert_eq!((&event["type"], &event["stream"]), (&json!("PriceListPublished"), &json!("price_list/2024-01")));
    let read = served.get("/v1/price-lists/2024-01").await.is(200);
    assert_eq!(read.header("etag"), answer.header("etag"), "answered as it is read");
    let after = [list("2022-07", true, "2022-07-01"), list("2024-01", false, "2024-01-01"), list("2023-03", false, "")];
    assert_eq!(shown(&served).await, after);
    let log = served.log().await;
    let [logged] = log.as_slice() else { panic!("{log:?}") };
    assert_eq!((&logged["type"], &logged["account_id"]), (&json!("PriceListPublished"), &json!("/price-lists")));
    assert_eq!(
        (&logged["data"]["PriceListPublished"]["text"], hash),
        (&json!(OF_2024), &logged["data"]["PriceListPublished"]["content_hash"])
    );
    assert_eq!(served.read("/version").await["price_list_in_force"], "2022-07");
    served.restart().await;
    assert_eq!(shown(&served).await, after);
    served.advance("2024-01-01T00:00:00+08:00").await;
    assert_eq!(served.read("/version").await["price_list_in_force"], "2024-01");
    let begun = [list("2022-07", false, "2022-07-01"), list("2024-01", true, "2024-01-01"), list("2023-03", false, "")];
    assert_eq!(shown(&served).await, begun);
    assert_eq!(served.get("/v1/price-lists/2024-01").await.header("etag"), answer.header("etag"));
}

/// The message of each error of a refused list, after its pointer.
fn errors(answer: &Answer) -> Vec<String> {
    answer.is_problem(422, "invalid_request");
    let errors = answer.json()["errors"].as_array().cloned().expect("errors");
    let text = |error: &Value, member: &str| error[member].as_str().expect("text").to_owned();
    errors.iter().map(|error| format!("{} {}", text(error, "pointer"), text(error, "message"))).collect()
}

fn line_of(text: &str, start: &str) -> usize {
    1 + text.lines().position(|line| line.starts_with(start)).expect("the line is there")
}

async fn a_list_is_refused_by_field_and_line_and_nothing_is_written(kind: StoreKind) {
    let served = Served::start(kind, "2024-01-01T00:00:00+08:00").await;
    let head = served.head().await;
    let told = errors(&publish(&served, "2024-01").await);
    let day = line_of(OF_2024, "effective_from =");
    let early = "`effective_from` is 2024-01-01; a list is published for the future only, from 2024-01-02 on";
    assert_eq!(told, [format!("/price_list line {day}: {early}")]);
    let told = errors(&served.post(LISTS, &json!({"text": OF_2024})).await);
    assert_eq!(told, [format!("/text line {day}: {early}")]);
    let told = errors(&publish(&served, "1999-01").await);
    assert!(told[0].starts_with("/price_list no price list `1999-01`"), "{told:?}");
    // Everything that is wrong with a text is told at once, by its lines.
    let faulty = OF_2024.replace("block = 10000\n", "block = 0\n").replace("korea = \"overseas\"\n", "");
    let told = errors(&served.post(LISTS, &json!({"text": faulty})).await);
    let (site, block) = (line_of(&faulty, "[sites.region]"), line_of(&faulty, "block = 0"));
    assert!(
        told[0].starts_with(&format!("/text line {site}: ")) && told[0].ends_with("(site_without_region)"),
        "{told:?}"
    );
    assert!(told[1].starts_with(&format!("/text line {block}: ")) && told[1].ends_with("(overage_block)"), "{told:?}");
    assert_eq!(told.len(), 2);
    for (body, pointer) in [
        (json!({}), "/price_list"),
        (json!({"price_list": "2024-01", "text": OF_2024}), "/text"),
        (json!({"price_list": 7}), "/price_list"),
        (json!({"price_list": "2024-01", "effective_from": "2030-01-01"}), "/effective_from"),
    ] {
        let (_, code, pointers) = served.post(LISTS, &body).await.problem();
        assert_eq!((code.as_str(), pointers), ("invalid_request", vec![pointer.to_owned()]), "{body}");
    }
    for body in [json!({"price_list": "2024-01"}), json!({"text": OF_2024})] {
        let conditional = served.client.write(LISTS, "k", &[("if-match", "\"other\"")], &body).await;
        conditional.is_problem(412, "precondition_failed");
    }
    publish(&served, "2022-07").await.is_problem(409, "already_exists");
    assert_eq!(served.head().await, head, "a refusal wrote");
    // Under a name and a day of its own the same text is a new list; then both are taken.
    let mine =
        OF_2024.replace("id = \"2024-01\"\n", "id = \"mine\"\n").replace("from = 2024-01-01", "from = 2024-01-02");
    served.post(LISTS, &json!({"text": mine})).await.is(200);
    served.post(LISTS, &json!({"text": mine})).await.is_problem(409, "already_exists");
    let yours = mine.replace("id = \"mine\"\n", "id = \"yours\"\n");
    served.post(LISTS, &json!({"text": yours})).await.is_problem(409, "already_exists");
    let later = mine.replace("from = 2024-01-02", "from = 2024-01-03");
    served.post(LISTS, &json!({"text": later})).await.is_problem(409, "already_exists");
    assert_eq!(served.log().await.len(), 1);
}

async fn c4_2_c4_5_packs_abroad_cost_what_they_cost_in_china_once_2023_is_published(kind: StoreKind) {
    let served = Served::start(kind, "2023-03-06T10:00:00+08:00").await;
    served.open("acme", "20000.00", "0.00").await;
    publish(&served, "2023-03").await.is(200);
    let (singapore, korea) = (served.create("acme", "singapore").await, served.create("acme", "korea").await);
    for application in [singapore, korea] {
        served.buy(application, "pro", 1).await.is(200);
    }
    let pack = async |application: u64, kind: &str, variant: Option<&str>| {
        let mut body = json!({"kind": kind, "months": 1});
        if let Some(variant) = variant {
            body["variant"] = json!(variant);
        }
        served.post(&format!("/v1/applications/{application}/add-ons"), &body).await
    };
    pack(korea, "av_call", Some("basic")).await.is_problem(422, "add_on_not_sold_here");
    served.advance("2023-03-07T00:00:00+08:00").await;
    for kind in ["avchatroom_unlimited", "group_members", "groups_per_user"] {
        pack(singapore, kind, None).await.is(200);
    }
    pack(korea, "av_call", Some("advanced")).await.is_problem(422, "add_on_not_sold_here");
    pack(korea, "av_call", Some("basic")).await.is(200);
    assert_eq!(paid(&served).await, ["2999.00", "2999.00", "1000.00", "500.00", "1100.00", "500.00"]);
}

async fn c9_6_a_plan_bought_by_the_list_of_2023_stops_24_hours_after_its_last_day(kind: StoreKind) {
    let served = Served::start(kind, "2023-03-06T10:00:00+08:00").await;
    served.open("acme", "999.00", "0.00").await;
    publish(&served, "2023-03").await.is(200);
    served.advance("2023-03-12T10:00:00+08:00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    served.advance("2023-04-12T23:59:59+08:00").await;
    assert_eq!(served.application(application).await["state"], "grace");
    served.advance("2023-04-13T00:00:00+08:00").await;
    assert_eq!(served.application(application).await["state"], "suspended");
}
