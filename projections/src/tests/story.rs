//! One application from purchase to recycling, with the rows a reader must find on the way.

use serde_json::json;
use subledger_domain::account::DepositKind;
use subledger_domain::fact::Event;
use subledger_domain::plan::{Feature, PaidPlan, Plan, Quota};
use subledger_domain::subscription;
use subledger_eventlog::store::RowQuery;
use subledger_memory::MemoryStore;

use super::live;
use crate::due;
use crate::entitlements;
use crate::fixture::{Ledger, at};
use crate::invoices::{self, INVOICE_LINES, INVOICE_PAYMENTS, INVOICES};
use crate::read;
use crate::row::column;

const APPLICATION: u64 = 1_400_000_001;

/// Bought on 12 October for a month, renewed once, then forgotten.
fn forgotten(until: &str) -> Ledger {
    let mut ledger = Ledger::new();
    let opened = at("2022-10-12T10:00:00+08:00");
    ledger.open("acme", opened);
    ledger.deposit("acme", "300.00", DepositKind::Gift, opened);
    ledger.deposit("acme", "2000.00", DepositKind::Cash, opened);
    ledger.create("acme", APPLICATION, opened);
    for purchase in ["2022-10-12T10:30:00+08:00", "2022-11-06T12:00:00+08:00"] {
        if at(purchase) <= at(until) {
            ledger.buy("acme", APPLICATION, PaidPlan::Pro, 1, at(purchase)).expect("paid for");
        }
    }
    ledger.run_due(at(until));
    ledger
}

/// Ids of the first purchase, as the log has them.
struct FirstPurchase {
    invoice: String,
    line: String,
    purchase: String,
    payment: String,
}

fn first_purchase(ledger: &Ledger) -> FirstPurchase {
    let event = |event_type| {
        let position = ledger.position(event_type, 1);
        read::fact(&ledger.log[position as usize - 1]).expect("a sound event")
    };
    let purchase = event("SubscriptionStarted");
    let Event::Subscription(subscription::Event::SubscriptionStarted { charge, .. }) = &purchase.event else {
        panic!("{purchase:?}")
    };
    FirstPurchase {
        invoice: charge.invoice_id.to_string(),
        line: charge.line_id.to_string(),
        purchase: purchase.id.to_string(),
        payment: event("OrderPaid").id.to_string(),
    }
}

async fn waits_for(store: &MemoryStore) -> Vec<(String, String)> {
    let due = due::until(store, jiff::Timestamp::MAX).await.expect("rows");
    due.into_iter().map(|due| (due.kind, due.at.to_string())).collect()
}

fn timers(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(kind, at)| ((*kind).to_owned(), (*at).to_owned())).collect()
}

fn cells(expected: &[Option<&str>]) -> Vec<Option<String>> {
    expected.iter().map(|cell| cell.map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_purchase_is_an_invoice_row_and_a_line_row() {
    let ledger = forgotten("2022-10-12T10:30:00+08:00");
    let ids = first_purchase(&ledger);
    let store = live(&ledger.log).await;
    let invoices = store.contents("invoices");
    let invoice = cells(&[
        Some(&ids.invoice),
        Some("acme"),
        Some("1"),
        Some("order"),
        None,
        Some("2022-10-12"),
        Some("999.00"),
        Some("CNY"),
        Some("0.00"),
        Some("1400000001"),
        None,
        Some(&ids.payment),
        Some("7"),
    ]);
    assert_eq!(invoices.rows(&INVOICES).expect("its table").values().collect::<Vec<_>>(), [&invoice]);
    let causes = format!(r#"[{{"event_id":"{}","position":"5"}}]"#, ids.purchase);
    let line = cells(&[
        Some(&ids.invoice),
        Some(&ids.line),
        Some("1"),
        Some("1400000001"),
        Some("pro"),
        Some("Pro package, prepaid, 2022-10-12 to 2022-11-11"),
        Some("2022-10-12T02:30:00.000000Z"),
        Some("2022-11-11T16:00:00.000000Z"),
        Some("2022-11-11"),
        Some("1"),
        Some("999.00"),
        Some("999.00"),
        Some("CNY"),
        Some("2022-07"),
        Some(&causes),
        Some("999.00 per month × 1 month = 999.00"),
        None,
        None,
    ]);
    assert_eq!(invoices.rows(&INVOICE_LINES).expect("its table").values().collect::<Vec<_>>(), [&line]);
    let payment = cells(&[
        Some(&ids.invoice),
        Some("7"),
        Some(&ids.payment),
        Some("2022-10-12T02:30:00.000000Z"),
        Some("0.00"),
        None,
        Some("300.00"),
        Some("699.00"),
        None,
        None,
        Some("CNY"),
    ]);
    assert_eq!(invoices.rows(&INVOICE_PAYMENTS).expect("its table").values().collect::<Vec<_>>(), [&payment]);
}

#[tokio::test]
async fn a_payer_reads_invoices_in_number_order_in_the_wire_form() {
    let mut ledger = forgotten("2022-10-31T00:00:00+08:00");
    let ids = first_purchase(&ledger);
    ledger.buy("acme", APPLICATION, PaidPlan::Pro, 1, at("2022-10-31T12:00:00+08:00")).expect("paid for");
    let store = live(&ledger.log).await;
    let page = invoices::list(&store, "acme", None, 1).await.expect("rows");
    let cny = |amount| json!({"amount": amount, "currency": "CNY"});
    let first = json!({
        "invoice_id": ids.invoice, "number": 1, "account_id": "acme",
        "kind": "order", "state": "final", "month": null, "issued_on": "2022-10-12",
        "total": cny("999.00"), "amount_due": cny("0.00"),
        "paid": [{"at": "2022-10-12T10:30:00+08:00", "voucher": cny("0.00"), "gift": cny("300.00"), "cash": cny("699.00")}],
        "lines": [{
            "line_id": ids.line, "application_id": 1_400_000_001, "item": "pro",
            "description": "Pro package, prepaid, 2022-10-12 to 2022-11-11",
            "period": {"start": "2022-10-12T10:30:00+08:00", "end": "2022-11-12T00:00:00+08:00", "last_day": "2022-11-11"},
            "quantity": 1, "unit_price": cny("999.00"), "amount": cny("999.00"), "price_list": "2022-07",
            "causes": [{"event_id": ids.purchase, "position": "5"}],
            "formula": "999.00 per month × 1 month = 999.00",
        }],
    });
    assert_eq!(serde_json::to_value(&page).expect("plain data"), json!([first]));
    let cursor = page[0].cursor().expect("final");
    let rest = invoices::list(&store, "acme", Some(&cursor), 50).await.expect("rows");
    let [second] = rest.as_slice() else { panic!("{rest:?}") };
    assert_eq!(second.number, Some(2));
    assert_eq!(second.lines[0].description, "Pro package, prepaid, 2022-11-12 to 2022-12-11");
    let same = invoices::get(&store, &second.invoice_id.to_string()).await.expect("rows");
    assert_eq!(same.as_ref(), Some(second));
    assert_eq!(invoices::list(&store, "beta", None, 50).await.expect("rows"), []);
    assert_eq!(invoices::get(&store, "inv_none").await.expect("rows"), None);
}

#[tokio::test]
async fn the_tenth_invoice_follows_the_ninth() {
    let mut ledger = forgotten("2022-10-12T10:00:00+08:00");
    let now = at("2022-10-12T11:00:00+08:00");
    ledger.deposit("acme", "99999.00", DepositKind::Cash, now);
    for _ in 0..12 {
        ledger.buy("acme", APPLICATION, PaidPlan::Pro, 1, now).expect("paid for");
    }
    let store = live(&ledger.log).await;
    let numbers = |page: Vec<invoices::Invoice>| page.into_iter().filter_map(|one| one.number).collect::<Vec<_>>();
    let page = invoices::list(&store, "acme", Some("8"), 3).await.expect("rows");
    assert_eq!(numbers(page), [9, 10, 11]);
    assert!(invoices::list(&store, "acme", Some("08"), 3).await.is_err());
}

#[tokio::test]
async fn what_is_due_follows_the_agreement_to_its_end() {
    const REMINDED: (&str, &str) = ("reminder", "2022-11-05T01:00:00Z");
    const ENDS: (&str, &str) = ("period_end", "2022-11-11T16:00:00Z");
    const NOVEMBER: (&str, &str) = ("statement_draft", "2022-11-30T16:00:00Z");
    const DECEMBER: (&str, &str) = ("statement_draft", "2022-12-31T16:00:00Z");
    let expected: [(&str, &[(&str, &str)]); 7] = [
        ("2022-10-12T10:30:00+08:00", &[("statement_draft", "2022-10-31T16:00:00Z"), REMINDED, ENDS]),
        ("2022-11-02T00:00:00+08:00", &[("settlement", "2022-11-02T16:00:00Z"), REMINDED, ENDS, NOVEMBER]),
        ("2022-11-05T09:00:00+08:00", &[("reminder", "2022-11-06T01:00:00Z"), ENDS, NOVEMBER]),
        (
            "2022-11-06T12:00:00+08:00",
            &[NOVEMBER, ("reminder", "2022-12-05T01:00:00Z"), ("period_end", "2022-12-11T16:00:00Z")],
        ),
        (
            "2022-12-12T00:00:00+08:00",
            &[("reminder", "2022-12-12T01:00:00Z"), ("stop", "2022-12-18T16:00:00Z"), DECEMBER],
        ),
        ("2022-12-19T00:00:00+08:00", &[DECEMBER, ("recycle", "2023-03-18T16:00:00Z")]),
        ("2023-03-19T00:00:00+08:00", &[]),
    ];
    for (until, due) in expected {
        let store = live(&forgotten(until).log).await;
        assert_eq!(waits_for(&store).await, timers(due), "{until}");
    }
}

#[tokio::test]
async fn rights_fall_with_the_stop_and_cite_it() {
    let id = subledger_domain::ids::ApplicationId::try_new(APPLICATION).expect("an id");
    let store = live(&forgotten("2022-12-18T23:59:59+08:00").log).await;
    let rights = entitlements::get(&store, id).await.expect("rows").expect("created");
    assert_eq!((rights.plan, rights.in_service), (Plan::Pro, true));
    let friends = &rights.quotas[&Quota::FriendsPerUserMax];
    assert_eq!((friends.limit, friends.source.as_str(), friends.cause.position), (Some(3_000), "plan", 6));
    assert_eq!(rights.quotas[&Quota::UsersMax].limit, None);

    let ledger = forgotten("2022-12-19T00:00:00+08:00");
    let store = live(&ledger.log).await;
    let rights = entitlements::get(&store, id).await.expect("rows").expect("created");
    assert_eq!((rights.plan, rights.in_service), (Plan::Pro, false));
    let friends = &rights.quotas[&Quota::FriendsPerUserMax];
    assert_eq!(
        (friends.limit, friends.source.as_str(), friends.cause.position),
        (Some(0), "suspension", ledger.position("ApplicationSuspended", 1))
    );
    assert!(!rights.features[&Feature::GlobalAccess].granted);

    let none = subledger_domain::ids::ApplicationId::try_new(7).expect("an id");
    assert_eq!(entitlements::get(&store, none).await.expect("rows"), None);
}

#[tokio::test]
async fn a_row_that_no_fold_writes_is_an_error_to_its_reader() {
    let store = live(&forgotten("2022-10-12T10:30:00+08:00").log).await;
    let query = RowQuery { equals: Vec::new(), after: None, limit: 1 };
    let mut row = subledger_eventlog::store::Store::rows(&store, &INVOICES, &query).await.expect("rows").remove(0);
    let id = row[0].clone().expect("a key");
    row[column(INVOICES.columns, "total_amount")] = Some("999".to_owned());
    store.tamper(&subledger_eventlog::rows::Change::Upsert { table: &INVOICES, row });
    let fault = invoices::get(&store, &id).await.expect_err("no amount");
    assert!(fault.to_string().contains("invoices.total_amount holds `999`"), "{fault}");
}
