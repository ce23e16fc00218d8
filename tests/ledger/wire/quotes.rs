//! Owns quotes through HTTP: what an order would come to, nothing kept of it, and an order held to what was quoted.

use hyper::Method;
use serde_json::{Value, json};
use subledger_api::server::ServerOptions;
use subledger_domain::catalog::Catalog;
use subledger_tests::on_both_stores;
use subledger_tests::served::{Answer, Place, Served, StoreKind};

on_both_stores! {
    a_dry_run_of_every_write_answers_what_it_would_and_keeps_nothing
    a_purchase_is_quoted_with_its_line_and_every_right_it_changes
    u15_the_purchase_quote_shows_the_storage_fee_that_comes_with_it
    a_dry_run_is_refused_as_the_write_would_be
    an_order_under_its_token_comes_to_what_was_quoted
    u42_over_midnight_a_quote_is_stale_where_a_line_changed_and_only_there
    a_quote_is_stale_when_another_price_list_has_taken_effect
    a_quote_is_stale_when_the_rights_it_changed_stand_otherwise
    a_token_belongs_to_one_request_of_one_payer_and_to_nobody_who_touched_it
    a_quote_and_a_precondition_work_together
}

const BEGINS: &str = "2022-10-12T10:00:00+08:00";

fn cny(amount: &str) -> Value {
    json!({"amount": amount, "currency": "CNY"})
}

/// Everything a dry run could have touched, to the byte.
async fn seen(served: &Served) -> Vec<String> {
    let mut seen = vec![served.head().await, format!("{:?}", served.log().await)];
    for path in ["/v1/accounts?limit=200", "/v1/applications?limit=200", "/v1/accounts/acme/invoices", "/v1/clock"] {
        seen.push(served.get(path).await.text());
    }
    seen
}

/// Asks without a key.
async fn dry(served: &Served, method: Method, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json")];
    served.client.send(method, &format!("{path}?dry_run=true"), &headers, &body.to_string()).await
}

async fn quote(served: &Served, path: &str, body: &Value) -> Value {
    dry(served, Method::POST, path, body).await.is(200).json()
}

/// Sends a write under a key and a token.
async fn under(served: &Served, path: &str, key: &str, token: &str, body: &Value) -> Answer {
    served.client.write(path, key, &[("quote-token", token)], body).await
}

fn token(quoted: &Value) -> String {
    quoted["quote"]["token"].as_str().expect("a quote has a token").to_owned()
}

fn change<'q>(quoted: &'q Value, name: &str) -> Option<(&'q Value, &'q Value)> {
    let rights = quoted["quote"]["rights"].as_array().expect("changes");
    rights.iter().find(|change| change["name"] == name).map(|change| (&change["from"], &change["to"]))
}

fn subscription(application: u64, tail: &str) -> String {
    format!("/v1/applications/{application}/subscription{tail}")
}

async fn a_dry_run_of_every_write_answers_what_it_would_and_keeps_nothing(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "20000.00", "5.00").await;
    let (running, trial) = (served.create("acme", "china").await, served.create("acme", "china").await);
    served.buy(running, "pro", 1).await.is(200);
    let of = |tail: &str| format!("/v1/applications/{running}{tail}");
    let pack = json!({"kind": "group_members", "months": 1});
    let pack_id = served.post(&of("/add-ons"), &pack).await.ok()["add_on_id"].as_str().expect("an id").to_owned();
    let deposit = json!({"amount": cny("1.00"), "kind": "gift", "reference": "r"});
    let writes: Vec<(Method, String, Value, &[&str])> = vec![
        (Method::POST, "/v1/accounts".into(), json!({"name": "Unnamed"}), &[]),
        (Method::POST, "/v1/accounts".into(), json!({"account_id": "other", "name": "Other"}), &[]),
        (Method::POST, "/v1/accounts/acme/deposits".into(), deposit, &[]),
        (
            Method::POST,
            "/v1/applications".into(),
            json!({"account_id": "acme", "name": "n", "data_site": "india"}),
            &[],
        ),
        (Method::POST, subscription(trial, ""), json!({"plan": "flagship", "months": 2}), &["5998.00"]),
        (Method::POST, subscription(running, "/renewals"), json!({"months": 3}), &["2997.00"]),
        (Method::POST, of("/add-ons"), json!({"kind": "avchatroom_unlimited", "months": 2}), &["2000.00"]),
        (Method::POST, of("/add-ons"), json!({"kind": "av_call", "variant": "trial"}), &[]),
        (Method::POST, of(&format!("/add-ons/{pack_id}/renewals")), json!({"months": 1}), &["500.00"]),
        (Method::PUT, of("/history-retention"), json!({"days": 90}), &[]),
        (Method::POST, of("/usage/daily"), json!({"date": "2022-10-12", "dau": 5, "peak_groups": 6}), &[]),
        (Method::POST, "/v1/clock/advance".into(), json!({"to": "2022-11-20T00:00:00+08:00"}), &[]),
    ];
    let mut before = seen(&served).await;
    for (method, path, body, amounts) in &writes {
        // A key that comes along is not looked at and stays free.
        let key = served.key();
        let asked = format!("{path}?dry_run=true");
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        let quoted = served.client.send(method.clone(), &asked, &headers, &body.to_string()).await.is(200);
        assert_eq!((quoted.header("etag"), quoted.header("idempotency-replayed")), (None, None), "{path}");
        assert_eq!(quoted.header("ledger-position"), Some(before[0].as_str()), "{path}");
        let without_key = dry(&served, method.clone(), path, body).await.is(200);
        assert_eq!(without_key.body, quoted.body, "{path}");
        let quoted = quoted.json();
        assert_eq!((&quoted["receipt"], &quoted["quote"]["valid_at_position"]), (&Value::Null, &json!(before[0])));
        let lines = quoted["quote"]["lines"].as_array().expect("lines");
        let told: Vec<&str> = lines.iter().filter_map(|line| line["amount"]["amount"].as_str()).collect();
        assert_eq!(&told, amounts, "{path}");
        assert_eq!(quoted["quote"]["total"], cny(amounts.first().unwrap_or(&"0.00")), "{path}");
        assert_eq!(seen(&served).await, before, "{path}");
        // The order itself, held to the quote: the same members and the same figures.
        let bound = [headers[0], headers[1], ("quote-token", &token(&quoted))];
        let done = served.client.send(method.clone(), path, &bound, &body.to_string()).await;
        assert_eq!(done.header("idempotency-replayed"), None, "{path}");
        let done = done.ok();
        assert_eq!(members(&quoted), members(&done), "{path}");
        for same in ["application_id", "plan", "balance", "name", "dau", "now", "history_retention", "features"] {
            assert_eq!(quoted[same], done[same], "{path}: {same}");
        }
        before = seen(&served).await;
    }
}

fn members(answer: &Value) -> Vec<&String> {
    answer.as_object().expect("an object").keys().filter(|name| *name != "quote").collect()
}

async fn a_purchase_is_quoted_with_its_line_and_every_right_it_changes(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "20000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    let quoted = quote(&served, &subscription(application, ""), &json!({"plan": "pro", "months": 2})).await;
    let line = json!({
        "application_id": application, "item": "pro", "description": "Pro package, prepaid, 2022-10-12 to 2022-12-11",
        "period": {"start": BEGINS, "end": "2022-12-12T00:00:00+08:00", "last_day": "2022-12-11"},
        "quantity": 2, "unit_price": cny("999.00"), "amount": cny("1998.00"), "price_list": "2022-07",
        "formula": "999.00 per month × 2 months = 1998.00",
    });
    assert_eq!(quoted["quote"]["lines"], json!([line]));
    assert_eq!((&quoted["quote"]["total"], &quoted["quote"]["coming"]), (&cny("1998.00"), &json!([])));
    for (name, from, to) in [
        ("plan", json!("trial"), json!("pro")),
        ("paid_through", Value::Null, json!("2022-12-11")),
        ("users_max", json!(100), Value::Null),
        ("avchatrooms_max", json!(10), json!(50)),
        ("dau_included", json!(100), json!(10_000)),
    ] {
        assert_eq!(change(&quoted, name), Some((&from, &to)), "{name}");
    }
    // What stays as it is is not told: Pro keeps 7 days of history and has no feature that Trial lacks.
    for name in ["in_service", "history_retention_days", "recent_contacts_max", "push_all", "global_access"] {
        assert_eq!(change(&quoted, name), None, "{name}");
    }
    let rights = served.read(&format!("/v1/applications/{application}/entitlements")).await;
    served.buy(application, "pro", 2).await.is(200);
    let now = served.read(&format!("/v1/applications/{application}/entitlements")).await;
    let rows = |rights: &Value| rights["quotas"].as_object().expect("rows").clone();
    for (name, row) in rows(&rights) {
        let (from, to) = (&row["limit"], &rows(&now)[&name]["limit"]);
        assert_eq!(change(&quoted, &name), (from != to).then_some((from, to)), "{name}");
    }
}

async fn u15_the_purchase_quote_shows_the_storage_fee_that_comes_with_it(kind: StoreKind) {
    let served = Served::start(kind, "2022-10-20T10:00:00+08:00").await;
    served.open("acme", "20000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    let path = format!("/v1/applications/{application}/history-retention");
    // Switched on, the month is charged whole (S18).
    let set = dry(&served, Method::PUT, &path, &json!({"days": 360})).await.is(200).json();
    assert_eq!((&set["quote"]["lines"], &set["quote"]["total"]), (&json!([]), &cny("0.00")));
    assert_eq!(set["quote"]["coming"][0]["amount"], cny("2500.00"));
    assert_eq!(change(&set, "history_retention_days"), Some((&json!(7), &json!(360))));
    let headers = [("content-type", "application/json"), ("idempotency-key", "storage")];
    served.client.send(Method::PUT, &path, &headers, r#"{"days":360}"#).await.is(200);
    // Stopped on 11-27; bought again on 01-11.
    served.advance("2023-01-11T09:00:00+08:00").await;
    let back = quote(&served, &subscription(application, ""), &json!({"plan": "pro", "months": 1})).await;
    let coming = back["quote"]["coming"].as_array().expect("what comes");
    assert_eq!(coming.len(), 1, "{back}");
    assert_eq!((&coming[0]["item"], &coming[0]["amount"]), (&json!("history_storage"), &cny("1693.55")));
    assert_eq!(coming[0]["formula"], "360 days kept, 2500.00 per month × 21/31 days = 1693.55");
    assert_eq!(back["quote"]["total"], cny("999.00"), "what comes is not part of the price");
    assert_eq!(change(&back, "in_service"), Some((&json!(false), &json!(true))));
    served.buy(application, "pro", 1).await.is(200);
    served.advance("2023-02-03T00:00:00+08:00").await;
    let invoices = served.list("/v1/accounts/acme/invoices?limit=200").await;
    let january = invoices.iter().find(|invoice| invoice["month"] == "2023-01").expect("a statement");
    assert_eq!(january["total"], cny("1693.55"), "as it was told");
}

async fn a_dry_run_is_refused_as_the_write_would_be(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "999.00", "0.00").await;
    served.open("other", "0.00", "0.00").await;
    let application = served.create("acme", "korea").await;
    let buy = subscription(application, "");
    let refusals = [
        (buy.clone(), json!({"plan": "flagship", "months": 1}), 422, "insufficient_balance"),
        (buy.clone(), json!({"plan": "trial", "months": 1}), 422, "trial_not_reenterable"),
        (buy.clone(), json!({"plan": "pro", "months": 25}), 422, "months_out_of_range"),
        (buy.clone(), json!({"plan": "pro"}), 422, "invalid_request"),
        (subscription(application, "/renewals"), json!({"months": 1}), 422, "not_subscribed"),
        (
            format!("/v1/applications/{application}/add-ons"),
            json!({"kind": "av_call", "variant": "basic", "months": 1}),
            422,
            "add_on_not_sold_here",
        ),
        ("/v1/applications/7/subscription".into(), json!({"plan": "pro", "months": 1}), 404, "not_found"),
        (
            "/v1/accounts/nobody/deposits".into(),
            json!({"amount": cny("1.00"), "kind": "cash", "reference": "r"}),
            404,
            "not_found",
        ),
        ("/v1/accounts".into(), json!({"account_id": "acme", "name": "n"}), 409, "already_exists"),
        (
            "/v1/applications".into(),
            json!({"account_id": "other", "application_id": application, "name": "n", "data_site": "china"}),
            409,
            "already_exists",
        ),
        ("/v1/clock/advance".into(), json!({"to": "2022-10-12T09:59:59+08:00"}), 422, "clock_backwards"),
    ];
    let before = seen(&served).await;
    for (path, body, status, code) in refusals {
        let written = served.post(&path, &body).await;
        let asked = dry(&served, Method::POST, &path, &body).await;
        asked.is_problem(status, code);
        written.is_problem(status, code);
        assert_eq!(asked.json()["detail"], written.json()["detail"], "{path}");
        assert_eq!(seen(&served).await, before, "{path}");
    }
}

async fn an_order_under_its_token_comes_to_what_was_quoted(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "5000.00", "300.00").await;
    let application = served.create("acme", "china").await;
    let (path, body) = (subscription(application, ""), json!({"plan": "pro", "months": 1}));
    let quoted = quote(&served, &path, &body).await;
    // Time passes within the day, and money comes: neither is part of what was quoted.
    served.advance("2022-10-12T23:59:59+08:00").await;
    served.deposit("acme", "1.00", "gift").await.is(200);
    let bought = under(&served, &path, "buy", &token(&quoted), &body).await.is(200);
    let invoices = served.list("/v1/accounts/acme/invoices?limit=200").await;
    assert_eq!(invoices[0]["total"], quoted["quote"]["total"]);
    for same in ["item", "quantity", "unit_price", "amount", "formula", "price_list", "description"] {
        assert_eq!(invoices[0]["lines"][0][same], quoted["quote"]["lines"][0][same], "{same}");
    }
    // The line of a change of the plan reads as its invoice will, too.
    served.deposit("acme", "3000.00", "cash").await.is(200);
    let (path_up, up) = (subscription(application, "/upgrade"), json!({"plan": "flagship"}));
    let quoted_up = quote(&served, &path_up, &up).await;
    under(&served, &path_up, "up", &token(&quoted_up), &up).await.is(200);
    let invoices = served.list("/v1/accounts/acme/invoices?limit=200").await;
    let upgraded = &invoices.last().expect("the upgrade's")["lines"][0];
    assert_eq!(upgraded["description"], quoted_up["quote"]["lines"][0]["description"]);
    assert!(upgraded["description"].as_str().is_some_and(|told| told.starts_with("Upgrade to")), "{upgraded}");
    // The token is no part of the request: a replay needs it no more, and is the first answer.
    for again in
        [served.client.post(&path, "buy", &body).await, under(&served, &path, "buy", &token(&quoted), &body).await]
    {
        assert_eq!((again.header("idempotency-replayed"), &again.body), (Some("true"), &bought.body));
    }
}

async fn u42_over_midnight_a_quote_is_stale_where_a_line_changed_and_only_there(kind: StoreKind) {
    let served = Served::start(kind, "2022-10-12T23:58:00+08:00").await;
    served.open("acme", "9000.00", "0.00").await;
    let (running, trial) = (served.create("acme", "china").await, served.create("acme", "china").await);
    served.buy(running, "pro", 1).await.is(200);
    let (purchase, bought) = (subscription(trial, ""), json!({"plan": "flagship", "months": 1}));
    let (renewal, renewed) = (subscription(running, "/renewals"), json!({"months": 1}));
    let first = quote(&served, &purchase, &bought).await;
    let second = quote(&served, &renewal, &renewed).await;
    served.advance("2022-10-13T00:01:00+08:00").await;
    let before = seen(&served).await;
    let stale = under(&served, &purchase, "late", &token(&first), &bought).await;
    let (status, code, pointers) = stale.problem();
    assert_eq!((status, code.as_str()), (409, "quote_stale"), "{}", stale.text());
    let rights = format!("/rights/{trial}/paid_through");
    assert_eq!(pointers, ["/lines/0/first_day", "/lines/0/last_day", rights.as_str()]);
    let problem = stale.json();
    assert_eq!(problem["quoted"]["lines"][0]["application_id"], json!(trial));
    assert_eq!(problem["quoted"]["lines"][0]["last_day"], "2022-11-11");
    assert_eq!(problem["now"]["lines"][0]["last_day"], "2022-11-12");
    assert_eq!(problem["now"]["total"], cny("2999.00"));
    assert_eq!(seen(&served).await, before, "nothing is stored");
    // A renewal follows the old end whenever it is paid.
    under(&served, &renewal, "renewal", &token(&second), &renewed).await.is(200);
    // The key is free: for the new quote of the same order, or for the order without any.
    let again = quote(&served, &purchase, &bought).await;
    under(&served, &purchase, "late", &token(&again), &bought).await.is(200);
}

/// List `2022-07`, and from the 13th of October one in which a month of Pro in China costs 1,099.
fn two_lists() -> Catalog {
    const LIST: &str = include_str!("../../../domain/price_lists/2022-07.toml");
    let (dearer, _) = LIST.split_once("\n[examples]\n").expect("the list has examples");
    let changes = [
        ("id = \"2022-07\"", "id = \"2022-10\""),
        ("effective_from = 2022-07-01", "effective_from = 2022-10-13"),
        ("china = \"999.00\"", "china = \"1099.00\""),
    ];
    let dearer = changes.iter().fold(dearer.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the list has no {from}");
        text.replacen(from, to, 1)
    });
    let example =
        "[examples]\ncases = [{ case = \"a month\", site = \"china\", plan = \"pro\", total = \"1099.00\" }]\n";
    let lists = [("2022-07.toml", LIST.to_owned()), ("2022-10.toml", format!("{dearer}\n{example}"))];
    Catalog::from_lists(lists.map(|(file, text)| (file.to_owned(), text)).to_vec()).expect("both lists are good")
}

async fn a_quote_is_stale_when_another_price_list_has_taken_effect(kind: StoreKind) {
    let place = Place::fresh(kind);
    let options = ServerOptions { catalog: two_lists(), ..place.options(BEGINS) };
    let served = Served::with(place, options).await;
    served.open("acme", "9000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    // A renewal has the same days whenever it is paid; only its price differs.
    let (path, body) = (subscription(application, "/renewals"), json!({"months": 2}));
    let quoted = quote(&served, &path, &body).await;
    served.advance("2022-10-13T00:00:00+08:00").await;
    let before = seen(&served).await;
    let stale = under(&served, &path, "k", &token(&quoted), &body).await;
    let (status, code, pointers) = stale.problem();
    assert_eq!((status, code.as_str()), (409, "quote_stale"), "{}", stale.text());
    let members = ["amount", "formula", "price_list", "unit_price"].map(|member| format!("/lines/0/{member}"));
    assert_eq!(pointers, [&members[..], &["/total".to_owned()]].concat());
    let problem = stale.json();
    assert_eq!(problem["errors"][0]["message"], "quoted `1998.00`, now `2198.00`");
    assert_eq!((&problem["quoted"]["total"], &problem["now"]["total"]), (&cny("1998.00"), &cny("2198.00")));
    assert_eq!(seen(&served).await, before);
    let again = quote(&served, &path, &body).await;
    under(&served, &path, "k", &token(&again), &body).await.is(200);
}

async fn a_quote_is_stale_when_the_rights_it_changed_stand_otherwise(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "9000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    let (path, body) = (subscription(application, "/renewals"), json!({"months": 1}));
    let quoted = quote(&served, &path, &body).await;
    let pack = (format!("/v1/applications/{application}/add-ons"), json!({"kind": "group_members", "months": 1}));
    let pack_quoted = quote(&served, &pack.0, &pack.1).await;
    assert_eq!(change(&pack_quoted, "group_members_max"), Some((&json!(200), &json!(2000))));
    // Somebody else renews first: the same price buys another month.
    served.renew(application, 1).await.is(200);
    let stale = under(&served, &path, "mine", &token(&quoted), &body).await;
    let (status, code, pointers) = stale.problem();
    assert_eq!((status, code.as_str()), (409, "quote_stale"));
    assert!(pointers.contains(&format!("/rights/{application}/paid_through")), "{pointers:?}");
    let told = stale.json()["errors"][0]["message"].as_str().expect("a message").to_owned();
    assert_eq!(told, "quoted `2022-11-12`, now `2022-12-12`");
    // What the renewal did not touch is as it was quoted.
    under(&served, &pack.0, "pack", &token(&pack_quoted), &pack.1).await.is(200);
    // A refusal that has nothing to do with the quote stays itself.
    let dear = json!({"months": 24});
    served.deposit("acme", "20000.00", "cash").await.is(200);
    let quoted = quote(&served, &path, &dear).await;
    for _ in 0..3 {
        served.renew(application, 5).await.is(200);
    }
    under(&served, &path, "dear", &token(&quoted), &dear).await.is_problem(422, "insufficient_balance");
}

async fn a_token_belongs_to_one_request_of_one_payer_and_to_nobody_who_touched_it(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "9000.00", "0.00").await;
    let (one, two) = (served.create("acme", "china").await, served.create("acme", "china").await);
    let body = json!({"plan": "pro", "months": 1});
    let quoted = token(&quote(&served, &subscription(one, ""), &body).await);
    let before = seen(&served).await;
    let mut touched = quoted.clone();
    touched.replace_range(40..41, if &quoted[40..41] == "x" { "y" } else { "x" });
    for bad in
        ["", "x", ".", "e30.e30", touched.as_str(), &quoted[1..], &format!("{quoted}="), &quoted.replace('.', "")]
    {
        let refused = under(&served, &subscription(one, ""), "k", bad, &body).await;
        assert_eq!(refused.problem(), (422, "invalid_request".to_owned(), vec!["/Quote-Token".to_owned()]), "{bad}");
    }
    // Another path, another body; on a dry run too.
    let others = [(subscription(two, ""), body.clone()), (subscription(one, ""), json!({"plan": "pro", "months": 2}))];
    for (path, body) in &others {
        let refused = under(&served, path, "k", &quoted, body).await;
        assert_eq!(refused.problem(), (422, "invalid_request".to_owned(), vec!["/Quote-Token".to_owned()]), "{path}");
    }
    assert_eq!(seen(&served).await, before);
    // The same body in another order of fields is the same request.
    let headers = [("content-type", "application/json"), ("idempotency-key", "k"), ("quote-token", quoted.as_str())];
    let shuffled = r#" {"months":1, "plan":"pro"} "#;
    served.client.send(Method::POST, &subscription(one, ""), &headers, shuffled).await.is(200);
    // An application that is not created yet has no id to hold anybody to.
    let create = json!({"account_id": "acme", "name": "n", "data_site": "china"});
    let created = quote(&served, "/v1/applications", &create).await;
    let elsewhere = served.create("acme", "china").await;
    assert_eq!(created["application_id"], json!(elsewhere), "the next free id is shown");
    under(&served, "/v1/applications", "create", &token(&created), &create).await.is(201);
    // An id that somebody was refused with is still held; a dry run says so and holds none itself.
    served.open("other", "0.00", "0.00").await;
    let named = |account: &str, id: u64| json!({"account_id": account, "application_id": id, "name": "n", "data_site": "china"});
    dry(&served, Method::POST, "/v1/applications", &named("other", 77)).await.is(200);
    dry(&served, Method::POST, "/v1/applications", &named("acme", 77)).await.is(200);
    let expects = [("if-match", "\"none\"")];
    let refused = served.client.write("/v1/applications", "held", &expects, &named("other", 77)).await;
    refused.is_problem(412, "precondition_failed");
    dry(&served, Method::POST, "/v1/applications", &named("acme", 77)).await.is_problem(409, "already_exists");
    served.post("/v1/applications", &named("acme", 77)).await.is_problem(409, "already_exists");
}

async fn a_quote_and_a_precondition_work_together(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "9000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    let etag = served.get(&format!("/v1/applications/{application}")).await.header("etag").expect("an ETag").to_owned();
    let (path, body) = (subscription(application, ""), json!({"plan": "pro", "months": 1}));
    let asked = format!("{path}?dry_run=true");
    served.client.write(&asked, "k", &[("if-match", "\"other\"")], &body).await.is_problem(412, "precondition_failed");
    let quoted = served.client.write(&asked, "k", &[("if-match", &etag)], &body).await.is(200).json();
    let token = token(&quoted);
    let wrong = [("if-match", "\"other\""), ("quote-token", token.as_str())];
    served.client.write(&path, "k", &wrong, &body).await.is_problem(412, "precondition_failed");
    let right = [("if-match", etag.as_str()), ("quote-token", token.as_str())];
    served.client.write(&path, "k", &right, &body).await.is(200);
    // A dry run can be held to a quote too: it tells beforehand whether the order would be.
    served.advance("2022-10-20T00:00:00+08:00").await;
    let renewal = subscription(application, "/renewals");
    let month = json!({"months": 1});
    let quoted = self::token(&quote(&served, &renewal, &month).await);
    let asked = format!("{renewal}?dry_run=true");
    served.client.write(&asked, "", &[("quote-token", &quoted)], &month).await.is(200);
    served.renew(application, 1).await.is(200);
    served.client.write(&asked, "", &[("quote-token", &quoted)], &month).await.is_problem(409, "quote_stale");
}
