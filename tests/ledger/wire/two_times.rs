//! Owns the past as it was known: what was read at an instant is read of that instant ever after, whatever was paid, told
//! or corrected since; and what was true is told apart from what was known.
//!
//! Does not own what the figures come to (the tests beside this file).

use std::sync::Arc;

use hyper::Method;
use hyper::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use subledger_domain::calendar::day_of;
use subledger_eventlog::open::{OpenOptions, open};
use subledger_eventlog::record::{Batch, Draft, Head, Job, Recorded};
use subledger_eventlog::store::{Appended, ClockKind, Store, StoredClock};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Place, Served, StoreKind, instant};

use super::life::{amount, at, cny, measure, text};

on_both_stores! {
    the_march_statement_as_we_knew_it_on_2_april_is_one_get_for_ever
    what_was_read_then_is_read_of_then_to_the_byte
    a_balance_and_a_debt_are_told_as_they_were
    rights_before_an_upgrade_and_what_was_then_expected
    what_was_expected_has_the_prices_that_were_known
    a_list_of_then_is_paged_as_a_list_of_now
    times_that_cannot_be_asked_for_are_refused_by_name
    a_reading_that_came_late_is_true_of_its_day_and_was_not_known_before
    a_document_that_a_late_worker_issued_is_known_from_when_it_was_recorded
}

const LIST: &str = "/v1/accounts/acme/invoices?limit=200";
/// After these instants something was known that was not before.
const STEPS: [&str; 8] = [
    "2023-03-01",
    "2023-03-21",
    "2023-04-01",
    "2023-04-02 12:00:00",
    "2023-04-03",
    "2023-04-05",
    "2023-04-10",
    "2023-05-10",
];

/// A busy March on Pro: drafted at 3,000.00, told better on 2 April, final at 2,000.00 of which 6.00 could be paid, paid
/// on the 5th, given back on the 10th. The story stands at the n-th step after it.
async fn step(served: &Served, number: usize) {
    served.advance(&at(STEPS[number])).await;
    match number {
        0 => {
            served.open("acme", "6000.00", "0.00").await;
            let application = served.create("acme", "china").await;
            assert_eq!(application, CHAT);
            served.buy(CHAT, "pro", 6).await.is(200);
        }
        1 => drop(measure(served, CHAT, "2023-03-20", 35_000, 0).await.is(200)),
        3 => drop(measure(served, CHAT, "2023-03-20", 25_000, 0).await.is(200)),
        5 => drop(served.deposit("acme", "3000.00", "cash").await.is(200)),
        6 => {
            let corrected = json!({"date": "2023-03-20", "dau": 10_000, "reason": "counted twice"});
            served.post(&format!("/v1/applications/{CHAT}/usage/corrections"), &corrected).await.is(200);
        }
        _ => {}
    }
}

const CHAT: u64 = 1_400_000_001;

async fn told(kind: StoreKind) -> Served {
    let served = Served::start(kind, &at(STEPS[0])).await;
    for number in 0..STEPS.len() {
        step(&served, number).await;
    }
    served
}

fn of_march(list: &Value) -> &Value {
    let mut entries = list["data"].as_array().expect("a page has data").iter();
    entries.find(|invoice| invoice["month"] == "2023-03").unwrap_or_else(|| panic!("no statement of March in {list}"))
}

async fn the_march_statement_as_we_knew_it_on_2_april_is_one_get_for_ever(kind: StoreKind) {
    let served = Served::start(kind, &at(STEPS[0])).await;
    for number in 0..=4 {
        step(&served, number).await;
    }
    let known = |day: &str| format!("{LIST}&known_at={}", at(day));
    let second = served.get(&known("2023-04-02")).await.is(200);
    let draft = of_march(&second.json()).clone();
    assert_eq!(
        (&draft["state"], &draft["number"], amount(&draft["total"])),
        (&json!("draft"), &Value::Null, "3000.00")
    );
    let third = served.get(&known("2023-04-03")).await.is(200);
    let bill = of_march(&third.json()).clone();
    assert_eq!((&bill["state"], &bill["number"], amount(&bill["total"])), (&json!("final"), &json!(2), "2000.00"));
    assert_eq!((amount(&bill["amount_due"]), bill["paid"].as_array().map(Vec::len)), ("1994.00", Some(1)));
    assert_eq!(bill["invoice_id"], draft["invoice_id"]);

    for number in 5..STEPS.len() {
        step(&served, number).await;
        assert_eq!(served.get(&known("2023-04-02")).await.is(200).body, second.body, "after step {number}");
        assert_eq!(served.get(&known("2023-04-03")).await.is(200).body, third.body, "after step {number}");
    }
    let path = format!("/v1/invoices/{}", text(&bill["invoice_id"]));
    for (day, known) in [("2023-04-02", &draft), ("2023-04-03", &bill), ("2023-04-04", &bill)] {
        assert_eq!(&served.read(&format!("{path}?known_at={}", at(day))).await, known, "{day}");
    }
    served.get(&format!("{path}?known_at={}", at("2023-03-31 23:59:59"))).await.is_problem(404, "not_found");
    let page = format!("{path}?known_at={}", at("2023-04-02"));
    let page = served.client.send(Method::GET, &page, &[("accept", "text/html")], "").await.is(200);
    assert!(page.text().contains("Draft of the statement for 2023-03"), "{}", page.text());

    let now = served.read(&path).await;
    assert_eq!((amount(&now["amount_due"]), now["paid"].as_array().map(Vec::len)), ("0.00", Some(2)));
    let kinds = async |path: &str| -> Vec<String> {
        let entries = served.list(path).await;
        entries.iter().map(|invoice| text(&invoice["kind"]).to_owned()).collect()
    };
    assert_eq!(kinds(LIST).await, ["order", "statement", "credit_note", "statement"]);
    assert_eq!(kinds(&known("2023-04-09 23:59:59")).await, ["order", "statement"]);
    assert_eq!(kinds(&known("2023-04-10")).await, ["order", "statement", "credit_note"]);
    assert_eq!(kinds(&known("2023-03-31")).await, ["order"]);
}

/// Everything that is read of a payer.
async fn paths(served: &Served) -> Vec<String> {
    let application = format!("/v1/applications/{CHAT}");
    let mut paths = vec![
        "/v1/accounts/acme?".to_owned(),
        "/v1/accounts/acme/receivables?".to_owned(),
        format!("{LIST}&"),
        format!("{application}?"),
        format!("{application}/entitlements?"),
        format!("{application}/usage?month=2023-03&"),
        format!("{application}/usage?month=2023-04&"),
    ];
    let invoices = served.list(LIST).await;
    paths.extend(invoices.iter().map(|invoice| format!("/v1/invoices/{}?", text(&invoice["invoice_id"]))));
    paths
}

async fn what_was_read_then_is_read_of_then_to_the_byte(kind: StoreKind) {
    let mut served = Served::start(kind, &at(STEPS[0])).await;
    let mut seen: Vec<(String, String, Bytes)> = Vec::new();
    for (number, when) in STEPS.into_iter().enumerate() {
        step(&served, number).await;
        for path in paths(&served).await {
            let answer = served.get(path.trim_end_matches(['?', '&'])).await.is(200);
            seen.push((path, at(when), answer.body));
        }
    }
    served.advance(&at("2024-01-01")).await;
    served.restart().await;
    assert!(seen.len() > 60, "{} answers", seen.len());
    for (path, when, body) in &seen {
        let known = served.get(&format!("{path}known_at={when}")).await.is(200);
        assert_eq!(known.text(), String::from_utf8_lossy(body), "{path}known_at={when}");
        // On a manual clock everything was known when it came true.
        let both = served.get(&format!("{path}as_of={when}&known_at={when}")).await.is(200);
        let true_then = served.get(&format!("{path}as_of={when}")).await.is(200);
        assert_eq!((&both.body, &true_then.body), (body, body), "{path} {when}");
        assert_eq!(known.header("etag"), both.header("etag"));
    }
}

async fn a_balance_and_a_debt_are_told_as_they_were(kind: StoreKind) {
    let served = told(kind).await;
    let account = async |known: &str| served.read(&format!("/v1/accounts/acme?known_at={}", at(known))).await;
    let owed = async |query: &str| served.read(&format!("/v1/accounts/acme/receivables{query}")).await["data"].clone();
    let before = account("2023-04-04 23:59:59").await;
    assert_eq!((&before["state"], amount(&before["balance"]["cash"])), (&json!("in_arrears"), "0.00"));
    assert_eq!((amount(&before["arrears"]["amount"]), amount(&before["available"])), ("1994.00", "-1994.00"));
    let after = account("2023-04-05").await;
    assert_eq!((&after["arrears"], amount(&after["balance"]["cash"])), (&Value::Null, "1006.00"));
    assert_eq!(amount(&account("2023-04-02").await["balance"]["cash"]), "6.00");

    let debts = owed(&format!("?known_at={}", at("2023-04-04"))).await;
    assert_eq!(
        (&debts[0]["month"], &debts[0]["amount_due"], &debts[0]["since"], &debts[1]),
        (&json!("2023-03"), &cny("1994.00"), &json!(at("2023-04-03")), &Value::Null)
    );
    assert_eq!(owed("").await, json!([]));
    assert_eq!(owed(&format!("?as_of={}", at("2023-04-02 23:59:59"))).await, json!([]));
}

async fn rights_before_an_upgrade_and_what_was_then_expected(kind: StoreKind) {
    let served = Served::start(kind, &at("2023-03-01")).await;
    served.open("acme", "20000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    served.advance(&at("2023-03-10")).await;
    let path = format!("/v1/applications/{application}");
    served.post(&format!("{path}/subscription/upgrade"), &json!({"plan": "flagship"})).await.is(200);
    served.advance(&at("2023-03-20")).await;
    served.renew(application, 2).await.is(200);
    served.advance(&at("2023-03-25")).await;
    let cases = [
        // True before the upgrade, whatever is known.
        ("2023-03-05", "2023-03-20", "pro", true, "plan"),
        ("2023-03-09 23:59:59", "2023-03-25", "pro", true, "plan"),
        ("2023-03-15", "2023-03-20", "flagship", true, "granted"),
        // Nobody knew on the 5th: then Pro was expected, and to run out.
        ("2023-03-15", "2023-03-05", "pro", true, "plan"),
        ("2023-04-20", "2023-03-05", "pro", false, "not_in_service"),
        // The renewal of the 20th changed what was expected of April.
        ("2023-04-20", "2023-03-19", "flagship", false, "not_in_service"),
        ("2023-04-20", "2023-03-20", "flagship", true, "granted"),
    ];
    for (as_of, known_at, plan, in_service, reason) in cases {
        let query = format!("?as_of={}&known_at={}", at(as_of), at(known_at));
        let rights = served.read(&format!("{path}/entitlements{query}")).await;
        assert_eq!((&rights["plan"], &rights["in_service"]), (&json!(plan), &json!(in_service)), "{query}");
        assert_eq!(instant(&rights["as_of"]), at(as_of).parse().expect("an instant"));
        let asked = json!({"feature": "local_message_search"});
        let verdict = served.client.ask(&format!("{path}/entitlements/check{query}"), &asked).await.ok();
        assert_eq!(verdict["reason"], reason, "{query}");
    }
}

async fn what_was_expected_has_the_prices_that_were_known(kind: StoreKind) {
    let served = Served::start(kind, &at("2023-12-05")).await;
    served.open("acme", "5000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    let renewing = json!({"plan": "pro", "months": 1, "auto_renew": true});
    served.post(&format!("/v1/applications/{application}/subscription"), &renewing).await.is(200);
    served.advance(&at("2023-12-10")).await;
    served.post("/v1/price-lists", &json!({"price_list": "2024-01"})).await.is(200);
    // It renews itself on 5 January: at 999.00 for all that was known on the 9th, at 1,499.00 for all that is known now.
    for (known_at, cash) in [("2023-12-09", "3002.00"), ("2023-12-10", "2502.00")] {
        let times = format!("as_of={}&known_at={}", at("2024-01-20"), at(known_at));
        let payer = served.read(&format!("/v1/accounts/acme?{times}")).await;
        assert_eq!(amount(&payer["balance"]["cash"]), cash, "{known_at}");
    }
    let expected = served.read(&format!("/v1/accounts/acme?as_of={}", at("2024-01-20"))).await;
    assert_eq!(amount(&expected["balance"]["cash"]), "2502.00");
}

async fn a_list_of_then_is_paged_as_a_list_of_now(kind: StoreKind) {
    let served = told(kind).await;
    for day in ["2023-04-02", "2023-04-03", "2023-04-30", "2023-05-10"] {
        let all = served.list(&format!("{LIST}&known_at={}", at(day))).await;
        let paged = served.list(&format!("/v1/accounts/acme/invoices?limit=1&known_at={}", at(day))).await;
        assert!(all.len() > 1 && all == paged, "{day}: {paged:?}");
    }
    // A page of the list of then goes on in that list, whatever stands in today's.
    let first = served.read(&format!("/v1/accounts/acme/invoices?limit=1&known_at={}", at("2023-04-02"))).await;
    let cursor = text(&first["next_cursor"]).to_owned();
    let next = |known: &str| format!("/v1/accounts/acme/invoices?limit=1&cursor={cursor}{known}");
    let then = served.read(&next(&format!("&known_at={}", at("2023-04-02")))).await;
    let now = served.read(&next("")).await;
    assert_eq!((&then["data"][0]["state"], &now["data"][0]["state"]), (&json!("draft"), &json!("final")));
}

async fn times_that_cannot_be_asked_for_are_refused_by_name(kind: StoreKind) {
    let served = told(kind).await;
    let invoice = text(&served.list(LIST).await[1]["invoice_id"]).to_owned();
    let application = format!("/v1/applications/{CHAT}");
    let documents =
        [LIST.to_owned(), format!("/v1/invoices/{invoice}?a=b"), "/v1/accounts/acme/receivables?a=b".to_owned()];
    let documents = documents.map(|path| path.replace("?a=b", "?min_position=1"));
    let others = [
        "/v1/accounts/acme?min_position=1".to_owned(),
        format!("{application}?min_position=1"),
        format!("{application}/entitlements?min_position=1"),
        format!("{application}/usage?month=2023-03"),
    ];
    let (now, soon) = (at("2023-05-10"), at("2023-05-10 00:00:01"));
    let refused = async |path: &str, pointers: &[&str]| {
        let (status, code, found) = served.get(path).await.problem();
        assert_eq!(
            (status, code.as_str(), found),
            (422, "invalid_request", pointers.iter().map(|&at| at.into()).collect()),
            "{path}"
        );
    };
    for path in documents.iter().chain(&others) {
        served.get(&format!("{path}&known_at={now}")).await.is(200);
        refused(&format!("{path}&known_at={soon}"), &["/known_at"]).await;
        for bad in ["2023-04-02", "yesterday", "", "2023-04-31T00:00:00Z"] {
            refused(&format!("{path}&known_at={bad}"), &["/known_at"]).await;
            refused(&format!("{path}&as_of={bad}&known_at={bad}"), &["/as_of", "/known_at"]).await;
        }
        refused(&format!("{path}&known_at={now}&known_at={now}"), &["/known_at"]).await;
        // There was no such payer.
        let before = at("2023-02-28");
        served.get(&format!("{path}&known_at={before}")).await.is_problem(404, "not_found");
    }
    for path in &documents {
        refused(&format!("{path}&as_of={soon}"), &["/as_of"]).await;
        let (day, next) = (at("2023-04-02"), at("2023-04-03"));
        refused(&format!("{path}&as_of={next}&known_at={day}"), &["/as_of"]).await;
        served.get(&format!("{path}&as_of={day}&known_at={next}")).await.is(200);
    }
    for path in &others {
        served.get(&format!("{path}&as_of={soon}&known_at={now}")).await.is(200);
    }
    refused(&format!("{LIST}&cursor=zz&known_at={soon}"), &["/cursor", "/known_at"]).await;
    // All payers at once are read as they stand.
    for path in ["/v1/accounts", "/v1/applications", "/v1/events"] {
        refused(&format!("{path}?known_at={now}"), &["/known_at"]).await;
    }
    let check = format!("{application}/entitlements/check?known_at={soon}&x=1");
    let problem = served.client.ask(&check, &json!({"quota": "dau_included"})).await.problem();
    assert_eq!(problem, (422, "invalid_request".to_owned(), vec!["/known_at".to_owned(), "/x".to_owned()]));
}

async fn a_reading_that_came_late_is_true_of_its_day_and_was_not_known_before(kind: StoreKind) {
    let place = Place::fresh(kind);
    let mut options = place.options("1970-01-01T00:00:00Z");
    options.clock = StoredClock { kind: ClockKind::System, now: Timestamp::now() };
    let served = Served::with(place, options).await;
    served.open("acme", "5000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    let bought = served.buy(application, "pro", 1).await.ok();
    let before = text(&bought["receipt"]["recorded_at"]).to_owned();
    let told = async |reading| {
        // The civil day of Beijing on which it was bought: a day in service, also if it is midnight meanwhile.
        let day = day_of(instant(&bought["receipt"]["recorded_at"]));
        let told = measure(&served, application, &day.to_string(), reading, 0).await.ok();
        (day, text(&told["receipt"]["recorded_at"]).to_owned())
    };
    let (day, first) = told(15_000).await;
    let (_, second) = told(25_000).await;
    let fee = async |known: &str| {
        let month = &day.to_string()[..7];
        let usage = served.read(&format!("/v1/applications/{application}/usage?month={month}{known}")).await;
        let readings = usage["days"].as_array().expect("days").iter().map(|day| day["dau"].clone()).collect();
        (Value::Array(readings), amount(&usage["fee_so_far"]).to_owned())
    };
    let expected =
        [(&before, json!([]), "0.00"), (&first, json!([15_000]), "1000.00"), (&second, json!([25_000]), "2000.00")];
    for (known_at, readings, due) in expected {
        let seen = fee(&format!("&known_at={known_at}")).await;
        assert_eq!(seen, (readings, due.to_owned()), "known at {known_at}");
    }
    assert_eq!(fee("").await, (json!([25_000]), "2000.00".to_owned()));
    // What the day comes to now, of what was known before it was told.
    let seen = fee(&format!("&as_of={second}&known_at={first}")).await;
    assert_eq!(seen, (json!([15_000]), "1000.00".to_owned()));
    let future = served.get(&format!("/v1/accounts/acme?known_at={}", "9999-12-30T00:00:00Z")).await;
    assert_eq!(future.problem().2, ["/known_at"]);
}

/// The story up to the correction as a system's clock would have recorded it that was six hours late with everything.
async fn six_hours_late(kind: StoreKind) -> Served {
    let served = Served::start(kind, &at(STEPS[0])).await;
    for number in 0..=6 {
        step(&served, number).await;
    }
    let told = opened(&served.stop().await, true).await.read_after(0, 5_000).await.expect("the log is read");
    let place = Place::fresh(kind);
    let store = opened(&place, false).await;
    let system = StoredClock { kind: ClockKind::System, now: told[0].effective_at };
    store.birth(system).await.expect("a ledger is born");
    let jobs = told.into_iter().map(|event| Job {
        recorded_at: event.effective_at + SignedDuration::from_hours(6),
        drafts: vec![draft_of(event)],
        answer: None,
        clock: None,
    });
    let batch = Batch::seal(store.log_id(), Head::EMPTY, jobs.collect());
    assert_eq!(store.append(&batch).await.expect("a batch is taken"), Appended::Written);
    drop(store);
    let mut options = place.options("1970-01-01T00:00:00Z");
    options.clock = system;
    Served::with(place, options).await
}

async fn opened(place: &Place, read_only: bool) -> Arc<dyn Store> {
    let options = OpenOptions { url: place.url.clone(), read_only, migrate: !read_only, allow_unsafe: true };
    open(options).await.expect("the store opens")
}

fn draft_of(event: Recorded) -> Draft {
    Draft {
        account_id: event.account_id,
        aggregate_type: String::leak(event.aggregate_type),
        aggregate_id: event.aggregate_id,
        sequence: event.sequence,
        event_type: event.event_type,
        event_version: event.event_version,
        payload: event.payload,
        metadata: event.metadata,
        event_id: event.event_id,
        command_id: event.command_id,
        effective_at: event.effective_at,
    }
}

async fn a_document_that_a_late_worker_issued_is_known_from_when_it_was_recorded(kind: StoreKind) {
    let served = six_hours_late(kind).await;
    let cases = [
        (("", "2023-04-01 05:59:59"), vec!["order final"]),
        (("", "2023-04-01 06:00:00"), vec!["order final", "statement draft"]),
        (("", "2023-04-03 05:59:59"), vec!["order final", "statement draft"]),
        // It was true at midnight and known at six: then it is told as of midnight, too.
        (("2023-04-03", "2023-04-03 05:59:59"), vec!["order final", "statement draft"]),
        (("2023-04-03", "2023-04-03 06:00:00"), vec!["order final", "statement final"]),
        (("2023-04-02 23:59:59", "2023-04-03 06:00:00"), vec!["order final", "statement draft"]),
        (("", "2023-04-10 05:59:59"), vec!["order final", "statement final"]),
        (("", "2023-04-10 06:00:00"), vec!["order final", "statement final", "credit_note final"]),
    ];
    for ((as_of, known_at), expected) in cases {
        let mut path = format!("{LIST}&known_at={}", at(known_at));
        if !as_of.is_empty() {
            path += &format!("&as_of={}", at(as_of));
        }
        let seen = served.list(&path).await;
        let seen: Vec<String> =
            seen.iter().map(|invoice| format!("{} {}", text(&invoice["kind"]), text(&invoice["state"]))).collect();
        assert_eq!(seen, expected, "{path}");
    }
    for (known_at, owed) in [("2023-04-05 05:59:59", json!("1994.00")), ("2023-04-05 06:00:00", Value::Null)] {
        let receivables = format!("/v1/accounts/acme/receivables?known_at={}", at(known_at));
        assert_eq!(served.read(&receivables).await["data"][0]["amount_due"]["amount"], owed, "{known_at}");
    }
    // What is known of the past once it is over does not wait for anybody: true by midnight of the 3rd, known since.
    let later = served.read(&format!("{LIST}&as_of={}", at("2023-04-03"))).await;
    assert_eq!(of_march(&later)["state"], "final");
}
