//! Owns a month over the wire: told day by day, corrected while it is open, read, drafted, final, paid; and its statement
//! as its payer reads it, as JSON and as a page.

use hyper::Method;
use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};

use super::life::{amount, at, cny, fee, keep, line, measure, on_plan, statement, text, usage};

on_both_stores! {
    u12_u13_days_are_told_corrected_while_open_and_read_by_month
    u14_a_reading_above_trials_cap_is_kept_and_growth_is_refused
    a_statement_is_drafted_on_the_1st_final_on_the_3rd_and_each_line_names_its_causes
    s4_two_applications_at_two_sites_stand_on_one_statement
    what_comes_next_is_told_before_it_comes
}

async fn u12_u13_days_are_told_corrected_while_open_and_read_by_month(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-11-01", "china", "pro", 6).await;
    served.advance(&at("2022-11-20 12:00:00")).await;
    let told = measure(&served, application, "2022-11-20", 35_000, 90_000).await.ok();
    let expected = [("dau", json!(35_000)), ("counted", json!(true)), ("provisional", json!(true))];
    for (field, value) in expected {
        assert_eq!(told[field], value, "{told}");
    }
    assert_eq!(told["receipt"]["events"][0]["type"], "UsageRecorded");
    let seen = usage(&served, application, "2022-11").await;
    assert_eq!((amount(&seen["fee_so_far"]), &seen["closed"]), ("3000.00", &json!(false)));
    served.advance(&at("2022-11-21")).await;
    measure(&served, application, "2022-11-20", 15_000, 90_000).await.is(200);
    measure(&served, application, "2022-11-03", 8_000, 120_000).await.is(200);
    // The same again is known already: nothing happens.
    let again = measure(&served, application, "2022-11-03", 8_000, 120_000).await.ok();
    assert_eq!(again["receipt"]["events"], json!([]));
    let seen = usage(&served, application, "2022-11").await;
    assert_eq!(amount(&seen["fee_so_far"]), "2000.00");
    let peak = |name: &str| (seen[name]["peak"].clone(), seen[name]["peak_on"].clone(), seen[name]["blocks"].clone());
    assert_eq!(peak("dau"), (json!(15_000), json!("2022-11-20"), json!(1)));
    assert_eq!(peak("peak_groups"), (json!(120_000), json!("2022-11-03"), json!(1)));
    let days = seen["days"].as_array().expect("days");
    let dates: Vec<&str> = days.iter().map(|day| text(&day["date"])).collect();
    assert_eq!(dates, ["2022-11-03", "2022-11-20"]);
    let missing = seen["days_without_reading"].as_array().expect("days");
    assert!(missing.contains(&json!("2022-11-04")) && !missing.contains(&json!("2022-11-03")), "{seen}");

    served.advance(&at("2022-12-02 23:59:59")).await;
    measure(&served, application, "2022-11-20", 25_000, 90_000).await.is(200);
    served.advance(&at("2022-12-03")).await;
    let head = served.head().await;
    measure(&served, application, "2022-11-20", 9_000, 0).await.is_problem(422, "usage_month_closed");
    assert_eq!(served.head().await, head);
    let closed = usage(&served, application, "2022-11").await;
    assert_eq!((&closed["closed"], amount(&closed["fee_so_far"])), (&json!(true), "3000.00"));
    let billed = statement(&served, "acme", "2022-11").await;
    assert_eq!(billed["total"], closed["fee_so_far"], "what the month was said to come to is what is billed");
    let formula = text(&line(&billed, application, "dau_overage").expect("a line")["formula"]).to_owned();
    assert!(formula.contains("28 days without reading"), "{formula}");
}

async fn u14_a_reading_above_trials_cap_is_kept_and_growth_is_refused(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-11-01", "china", "trial", 0).await;
    let told = measure(&served, application, "2022-11-01", 101, 0).await.ok();
    let flags = ["over_cap", "counted", "service_day"].map(|flag| told[flag].clone());
    assert_eq!(flags, [json!(true), json!(false), json!(false)]);
    let asked = served.check(application, &json!({"quota": "dau_included", "current": 100, "requested": 1})).await;
    assert_eq!((&asked["allowed"], &asked["reason"]), (&json!(false), &json!("trial_quota_exceeded")));
    served.advance(&at("2022-12-03")).await;
    assert_eq!(served.read("/v1/accounts/acme/invoices").await["data"], json!([]), "Trial has no statement");
}

/// On Pro with 90 days kept since October, and a busy 17th of November.
async fn busy_november(kind: StoreKind) -> (Served, u64) {
    let served = Served::start(kind, &at("2022-10-12")).await;
    served.open("acme", "5997.00", "500.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 3).await.is(200);
    keep(&served, application, 90).await.is(200);
    served.advance(&at("2022-11-18")).await;
    measure(&served, application, "2022-11-17", 31_000, 150_000).await.is(200);
    (served, application)
}

async fn page(served: &Served, invoice: &Value) -> String {
    let path = format!("/v1/invoices/{}", text(&invoice["invoice_id"]));
    let answer = served.client.send(Method::GET, &path, &[("accept", "text/html")], "").await.is(200);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    answer.text()
}

async fn a_statement_is_drafted_on_the_1st_final_on_the_3rd_and_each_line_names_its_causes(kind: StoreKind) {
    let (served, application) = busy_november(kind).await;
    served.advance(&at("2022-12-01")).await;
    let draft = statement(&served, "acme", "2022-11").await;
    assert_eq!((&draft["state"], &draft["number"], &draft["paid"]), (&json!("draft"), &Value::Null, &json!([])));
    assert_eq!((text(&draft["issued_on"]), amount(&draft["total"])), ("2022-12-01", "5000.00"));
    assert!(page(&served, &draft).await.contains("Draft of the statement for 2022-11"));
    // Corrected while the month is open: the draft stays as it was, the final one knows.
    measure(&served, application, "2022-11-17", 25_000, 150_000).await.is(200);
    assert_eq!(statement(&served, "acme", "2022-11").await, draft);
    served.advance(&at("2022-12-03")).await;
    let bill = statement(&served, "acme", "2022-11").await;
    assert_eq!(bill, served.read(&format!("/v1/invoices/{}", text(&draft["invoice_id"]))).await);
    assert_eq!((&bill["state"], &bill["number"], text(&bill["issued_on"])), (&json!("final"), &json!(3), "2022-12-03"));
    let items = ["dau_overage", "group_overage", "history_storage"].map(|item| fee(&bill, application, item));
    assert_eq!((items, amount(&bill["total"])), (["2000.00", "1000.00", "1000.00"], "4000.00"));
    // 6,497.00 less 2,997.00 for Pro and 1,000.00 for October leaves 2,500.00, all of it cash: 1,500.00 stay owed.
    let paid = json!([{"at": at("2022-12-03"), "voucher": cny("0.00"), "gift": cny("0.00"), "cash": cny("2500.00")}]);
    assert_eq!((&bill["paid"], &bill["amount_due"]), (&paid, &cny("1500.00")));

    let log = served.log().await;
    let kinds = |item: &str| -> Vec<String> {
        let causes = line(&bill, application, item).expect("a line")["causes"].as_array().expect("causes");
        causes.iter().map(|cause| type_at(&log, cause)).collect()
    };
    assert_eq!(kinds("dau_overage"), ["UsageRecorded", "SubscriptionStarted"]);
    assert_eq!(kinds("history_storage"), ["HistoryRetentionSet", "SubscriptionStarted"]);
    let daily = line(&bill, application, "dau_overage").expect("a line");
    let period = json!({"start": at("2022-11-01"), "end": at("2022-12-01"), "last_day": "2022-11-30"});
    assert_eq!((&daily["period"], &daily["price_list"]), (&period, &json!("2022-07")));

    let page = page(&served, &bill).await;
    let formulas = bill["lines"].as_array().expect("lines").iter().map(|line| text(&line["formula"]).to_owned());
    let mut shown: Vec<String> = formulas.collect();
    shown.extend(
        ["Statement no. 3 for 2022-11", "4,000.00", "Paid from cash balance on 2022-12-03", "1,500.00 CNY"]
            .map(str::to_owned),
    );
    for words in shown {
        assert!(page.contains(&words), "{words}: {page}");
    }
}

/// The type of the event a cause names, which stands where it says.
fn type_at(log: &[Value], cause: &Value) -> String {
    let event = log.iter().find(|event| event["event_id"] == cause["event_id"]);
    let event = event.unwrap_or_else(|| panic!("{cause} is not in the log"));
    assert_eq!(event["position"], cause["position"]);
    text(&event["type"]).to_owned()
}

async fn s4_two_applications_at_two_sites_stand_on_one_statement(kind: StoreKind) {
    let (served, china) = on_plan(kind, "2022-11-01", "china", "pro", 3).await;
    let abroad = served.create("acme", "singapore").await;
    served.buy(abroad, "pro", 1).await.is(200);
    served.advance(&at("2022-12-08")).await;
    // Abroad it stopped on 12-08: seven days of December.
    for application in [china, abroad] {
        measure(&served, application, "2022-12-07", 10_001, 0).await.is(200);
    }
    served.advance(&at("2023-01-03")).await;
    let december = statement(&served, "acme", "2022-12").await;
    let fees = [china, abroad].map(|application| fee(&december, application, "dau_overage"));
    assert_eq!((fees, amount(&december["total"])), (["1000.00", "677.42"], "1677.42"));
}

async fn what_comes_next_is_told_before_it_comes(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-10-12", "china", "pro", 1).await;
    let upcoming = async || served.application(application).await["upcoming"].clone();
    let due = |kind: &str, when: &str| json!({"kind": kind, "at": at(when)});
    let (october, november) = (due("statement_draft", "2022-11-01"), due("statement_draft", "2022-12-01"));
    let (reminder, end) = (due("reminder", "2022-11-05 09:00:00"), due("period_end", "2022-11-12"));
    assert_eq!(upcoming().await, json!([october, reminder, end]));
    served.advance(&at("2022-11-01")).await;
    assert_eq!(upcoming().await, json!([due("settlement", "2022-11-03"), reminder, end, november]));
    served.advance(&at("2022-11-12")).await;
    let (reminder, stop) = (due("reminder", "2022-11-12 09:00:00"), due("stop", "2022-11-19"));
    assert_eq!(upcoming().await, json!([reminder, stop, november]));
    served.advance(&at("2022-11-19")).await;
    assert_eq!(upcoming().await, json!([november, due("recycle", "2023-02-17")]));
    served.advance(&at("2023-02-17")).await;
    assert_eq!(upcoming().await, json!([]));
}
