//! Owns the answer to "why?" through HTTP: each line of each invoice, orders, drafts and statements, explained from the
//! log, as JSON and as a text, in English and in Chinese.

use hyper::Method;
use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Answer, Served, StoreKind};

on_both_stores! {
    an_orders_line_is_explained_with_its_event_in_full
    each_kind_of_statement_line_is_explained_as_draft_and_as_final
    an_explanation_is_a_text_in_the_language_asked_for
    the_page_of_an_invoice_leads_to_the_explanation_of_each_line
    what_is_not_a_line_of_that_invoice_is_not_explained
    a_line_is_explained_as_it_was_known
}

fn cny(amount: &str) -> Value {
    json!({"amount": amount, "currency": "CNY"})
}

/// A payer whose Pro ran from 10-20 to 11-19 and was stopped on 11-27, with overage on both and storage.
async fn life(kind: StoreKind) -> (Served, u64) {
    let served = Served::start(kind, "2022-10-20T10:00:00+08:00").await;
    served.open("acme", "20000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    let headers = [("content-type", "application/json"), ("idempotency-key", "storage")];
    let path = format!("/v1/applications/{application}/history-retention");
    served.client.send(Method::PUT, &path, &headers, r#"{"days":360}"#).await.is(200);
    served.advance("2022-11-05T12:00:00+08:00").await;
    let usage = format!("/v1/applications/{application}/usage/daily");
    for (date, dau, groups) in [("2022-11-03", 25_000, 150_000), ("2022-11-04", 9_000, 0)] {
        served.post(&usage, &json!({"date": date, "dau": dau, "peak_groups": groups})).await.is(200);
    }
    (served, application)
}

async fn invoices(served: &Served) -> Vec<Value> {
    served.list("/v1/accounts/acme/invoices?limit=200").await
}

fn path_of(invoice: &Value, line: &Value) -> String {
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    format!("/v1/invoices/{}/lines/{}/explanation", text(&invoice["invoice_id"]), text(&line["line_id"]))
}

fn line<'i>(invoice: &'i Value, item: &str) -> &'i Value {
    let lines = invoice["lines"].as_array().expect("lines");
    lines.iter().find(|line| line["item"] == item).unwrap_or_else(|| panic!("no {item} in {invoice}"))
}

fn steps(explained: &Value, language: &str) -> Vec<String> {
    let steps = explained["steps"].as_array().expect("steps");
    steps.iter().map(|step| step[language].as_str().expect("a sentence").to_owned()).collect()
}

fn names(explained: &Value, list: &str, member: &str) -> Vec<String> {
    let cited = explained[list].as_array().expect("a list").iter();
    cited.map(|cited| cited[member].as_str().expect("a name").to_owned()).collect()
}

/// The events are those the line cites, each as the log has it.
async fn assert_cited(served: &Served, line: &Value, explained: &Value) {
    let log = served.log().await;
    let events = explained["events"].as_array().expect("events");
    assert!(!events.is_empty(), "{explained}");
    let cited = line["causes"].as_array().expect("causes");
    assert_eq!(events.len(), cited.len());
    for event in events {
        let known = log.iter().find(|known| known["position"] == event["position"]);
        assert_eq!(known, Some(event), "to the member, payload and both times included");
        assert!(
            cited.iter().any(|cause| cause["event_id"] == event["event_id"] && cause["position"] == event["position"])
        );
    }
}

async fn an_orders_line_is_explained_with_its_event_in_full(kind: StoreKind) {
    let (served, application) = life(kind).await;
    let invoice = &invoices(&served).await[0];
    let line = line(invoice, "pro");
    let explained = served.read(&path_of(invoice, line)).await;
    for same in ["line_id", "application_id", "item", "period", "quantity", "unit_price", "amount"] {
        assert_eq!(explained[same], line[same], "{same}");
    }
    assert_eq!((&explained["invoice_id"], &explained["state"]), (&invoice["invoice_id"], &json!("final")));
    assert_eq!(explained["application_id"], application);
    assert_eq!(explained["description"], json!({"en": "Pro package, prepaid", "zh": "专业版套餐包（预付费）"}));
    assert_eq!(steps(&explained, "en"), ["One month costs 999.00 CNY.", "999.00 × 1 = 999.00 CNY"]);
    assert_eq!(steps(&explained, "zh"), ["每月价格为 999.00 元。", "999.00 × 1 = 999.00 元"]);
    assert_eq!(explained["formula"]["monthly_price"]["months"], 1);
    assert_eq!(names(&explained, "clauses", "clause"), ["plans.pro", "sites"]);
    assert_eq!(explained["clauses"][0]["source"], "269/81908; 269/81907");
    assert_eq!(names(&explained, "policies", "policy"), ["month_end", "validity_end", "payment_order"]);
    assert_eq!(explained["policies"][1]["setting"], "end_of_day");
    let list = served.read("/v1/price-lists/2022-07").await;
    assert_eq!(
        (&explained["price_list"]["id"], &explained["price_list"]["content_hash"]),
        (&json!("2022-07"), &list["content_hash"])
    );
    assert_eq!(names(&explained, "events", "type"), ["SubscriptionStarted"]);
    assert_cited(&served, line, &explained).await;
}

async fn each_kind_of_statement_line_is_explained_as_draft_and_as_final(kind: StoreKind) {
    let (served, _) = life(kind).await;
    for (instant, state) in [("2022-12-01T00:00:00+08:00", "draft"), ("2022-12-03T00:00:00+08:00", "final")] {
        served.advance(instant).await;
        let invoices = invoices(&served).await;
        let november = invoices.iter().find(|invoice| invoice["month"] == "2022-11").expect("a statement");
        assert_eq!(november["state"], state);
        let cases = [
            ("dau_overage", "2 × 1000.00 × 26 ÷ 30 = 1733.33 CNY", "2 × 1000.00 × 26 ÷ 30 = 1733.33 元"),
            ("group_overage", "1 × 1000.00 × 26 ÷ 30 = 866.67 CNY", "1 × 1000.00 × 26 ÷ 30 = 866.67 元"),
            ("history_storage", "2500.00 × 26 ÷ 30 = 2166.67 CNY", "2500.00 × 26 ÷ 30 = 2166.67 元"),
        ];
        for (item, en, zh) in cases {
            let line = line(november, item);
            let explained = served.read(&path_of(november, line)).await;
            assert_eq!((&explained["state"], &explained["amount"]), (&json!(state), &line["amount"]), "{item}");
            assert_eq!(steps(&explained, "en").last().map(String::as_str), Some(en));
            assert_eq!(steps(&explained, "zh").last().map(String::as_str), Some(zh));
            assert!(names(&explained, "policies", "policy").contains(&"stop_month_share".to_owned()), "{explained}");
            assert_cited(&served, line, &explained).await;
        }
        let dau = served.read(&path_of(november, line(november, "dau_overage"))).await;
        assert_eq!(names(&dau, "events", "type"), ["SubscriptionStarted", "UsageRecorded"]);
        assert_eq!(dau["events"][1]["data"]["UsageRecorded"]["dau"], 25_000);
        assert_eq!(names(&dau, "clauses", "clause"), ["overage.dau", "matrix", "sites"]);
        assert!(steps(&dau, "en")[0].contains("daily active users was 25000, on 2022-11-03"), "{dau}");
        let storage = served.read(&path_of(november, line(november, "history_storage"))).await;
        assert_eq!(names(&storage, "events", "type"), ["SubscriptionStarted", "HistoryRetentionSet"]);
    }
    // October: storage was switched on in it, so it is due whole, and its days out of service were never sold.
    let invoices = invoices(&served).await;
    let october = invoices.iter().find(|invoice| invoice["month"] == "2022-10").expect("a statement");
    let storage = served.read(&path_of(october, line(october, "history_storage"))).await;
    assert_eq!(
        (&storage["amount"], steps(&storage, "en").last().map(String::as_str)),
        (&cny("2500.00"), Some("2500.00 = 2500.00 CNY"))
    );
    let nothing = served.read(&path_of(october, line(october, "dau_overage"))).await;
    assert_eq!(
        (&nothing["amount"], names(&nothing, "events", "type")),
        (&cny("0.00"), vec!["SubscriptionStarted".to_owned()])
    );
}

async fn ask(served: &Served, path: &str, headers: &[(&str, &str)]) -> Answer {
    served.client.send(Method::GET, path, headers, "").await
}

/// What is sent behind the path and as headers, and how the text begins.
type Wanted<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

async fn an_explanation_is_a_text_in_the_language_asked_for(kind: StoreKind) {
    let (served, application) = life(kind).await;
    served.advance("2022-12-03T00:00:00+08:00").await;
    let invoices = invoices(&served).await;
    let november = invoices.iter().find(|invoice| invoice["month"] == "2022-11").expect("a statement");
    let path = path_of(november, line(november, "dau_overage"));
    let plain = ("accept", "text/plain");
    let (english, chinese) = ("Daily active users beyond the plan, postpaid\n", "日活跃用户数超量（后付费）\n");
    let cases: [Wanted<'_>; 8] = [
        ("", &[plain], english),
        ("", &[plain, ("accept-language", "zh-CN,zh;q=0.9,en;q=0.5")], chinese),
        ("", &[plain, ("accept-language", "fr, en;q=0.5")], english),
        ("?lang=zh", &[plain], chinese),
        ("?lang=en", &[plain, ("accept-language", "zh")], english),
        // What a browser sends when somebody follows the link of a page.
        ("", &[("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")], english),
        ("", &[("accept", "application/json;q=0.5, text/plain"), ("accept-language", "zh")], chinese),
        ("?lang=zh", &[("accept", "text/plain;q=0.9")], chinese),
    ];
    for (query, headers, begins) in cases {
        let text = ask(&served, &format!("{path}{query}"), headers).await.is(200);
        assert_eq!(text.header("content-type"), Some("text/plain; charset=utf-8"), "{headers:?}");
        assert_eq!(text.header("vary"), Some("accept, accept-language"));
        assert!(text.text().starts_with(begins), "{headers:?}: {}", text.text());
        for told in
            ["2 × 1000.00 × 26 ÷ 30 = 1733.33", "overage.dau", "269/81908", "UsageRecorded evt_", "\"dau\":25000"]
        {
            assert!(text.text().contains(told), "{told} is not in {}", text.text());
        }
        assert!(text.text().contains(&application.to_string()));
    }
    for headers in [
        &[][..],
        &[("accept", "application/json")],
        &[("accept", "*/*")],
        &[("accept", "text/plain;q=0.5, application/json")],
    ] {
        let json = ask(&served, &path, headers).await.is(200);
        assert_eq!(json.header("content-type"), Some("application/json"), "{headers:?}");
        assert!(json.header("etag").is_some() && json.header("ledger-position").is_some());
    }
    let refused = ask(&served, &format!("{path}?lang=fr"), &[]).await;
    assert_eq!(refused.problem(), (422, "invalid_request".to_owned(), vec!["/lang".to_owned()]));
    let refused = ask(&served, &format!("{path}?as_of=2022-12-03"), &[]).await;
    assert_eq!(refused.problem(), (422, "invalid_request".to_owned(), vec!["/as_of".to_owned()]));
}

async fn the_page_of_an_invoice_leads_to_the_explanation_of_each_line(kind: StoreKind) {
    let (served, _) = life(kind).await;
    served.advance("2022-12-03T00:00:00+08:00").await;
    for invoice in invoices(&served).await {
        let page = format!("/v1/invoices/{}", invoice["invoice_id"].as_str().expect("an id"));
        let page = ask(&served, &page, &[("accept", "text/html")]).await.is(200).text();
        for line in invoice["lines"].as_array().expect("lines") {
            for query in ["", "?lang=zh"] {
                assert!(page.contains(&format!("<a href=\"{}{query}\">", path_of(&invoice, line))), "{page}");
            }
            assert!(page.contains(line["formula"].as_str().expect("a formula")));
        }
    }
}

async fn what_is_not_a_line_of_that_invoice_is_not_explained(kind: StoreKind) {
    let (served, _) = life(kind).await;
    served.advance("2022-12-01T00:00:00+08:00").await;
    let invoices = invoices(&served).await;
    let (order, draft) = (&invoices[0], invoices.last().expect("a draft"));
    let of_the_draft = path_of(draft, line(draft, "dau_overage"));
    ask(&served, &path_of(order, line(draft, "dau_overage")), &[]).await.is_problem(404, "not_found");
    for tail in ["lines/line_1/explanation", "lines/x/explanation", "lines//explanation"] {
        let path = format!("/v1/invoices/{}/{tail}", order["invoice_id"].as_str().expect("an id"));
        ask(&served, &path, &[]).await.is_problem(404, "not_found");
    }
    ask(&served, &of_the_draft, &[]).await.is(200);
    // The final statement has lines of its own; those of the draft are gone with it.
    served.advance("2022-12-03T00:00:00+08:00").await;
    ask(&served, &of_the_draft, &[]).await.is_problem(404, "not_found");
}

/// A draft as it was known is a page, and its lines are explained though none of them is in the final statement.
async fn a_line_is_explained_as_it_was_known(kind: StoreKind) {
    let (served, _) = life(kind).await;
    served.advance("2022-12-01T00:00:00+08:00").await;
    let invoices = invoices(&served).await;
    let draft = invoices.last().expect("a draft");
    let path = path_of(draft, line(draft, "dau_overage"));
    let today = ask(&served, &path, &[]).await.is(200).json();
    served.advance("2022-12-03T00:00:00+08:00").await;
    let (then, told) =
        ("known_at=2022-12-02T00:00:00%2B08:00", "as_of=2022-12-01T16:00:00Z&known_at=2022-12-01T16:00:00Z");
    assert_eq!(ask(&served, &format!("{path}?{then}"), &[]).await.is(200).json(), today);
    let page = format!("/v1/invoices/{}?{then}", draft["invoice_id"].as_str().expect("an id"));
    let page = ask(&served, &page, &[("accept", "text/html")]).await.is(200).text();
    assert!(page.contains("<dt>As known at</dt><dd>2022-12-02 00:00:00</dd>"), "{page}");
    let link = format!("{path}?{told}");
    assert!(page.contains(&format!("<a href=\"{}\">", link.replace('&', "&amp;"))), "{page}");
    assert_eq!(ask(&served, &link, &[]).await.is(200).json(), today);
    let early = ask(&served, &format!("{path}?known_at=2022-11-30T00:00:00%2B08:00"), &[]).await;
    early.is_problem(404, "not_found");
}
