//! What a year brings, as readers find it: statements drafted and final, debt paid in parts, add-ons and history storage
//! through a stop.

use serde_json::{Value, json};
use subledger_domain::account::DepositKind;
use subledger_domain::catalog::{AddOn, CallVariant};
use subledger_domain::decide::Order;
use subledger_domain::plan::{PaidPlan, Quota};
use subledger_eventlog::store::{RowQuery, Store};
use subledger_memory::MemoryStore;

use super::live;
use crate::entitlements::{self, QuotaRow};
use crate::fixture::{Ledger, application_id, at};
use crate::invoices::{self, INVOICE_LINES, Invoice, STATEMENT_DRAFTS};
use crate::receivables;

const FIRST: u64 = 1_400_000_001;
const SECOND: u64 = 1_400_000_002;

fn cny(amount: &str) -> Value {
    json!({"amount": amount, "currency": "CNY"})
}

fn payer(cash: &str) -> Ledger {
    Ledger::of_payer(cash, FIRST, "2022-10-12")
}

/// Pro for some months from that day.
fn subscriber(cash: &str, months: u32) -> Ledger {
    Ledger::of_subscriber(cash, FIRST, "2022-10-12", months)
}

async fn statements(store: &MemoryStore) -> Vec<Invoice> {
    let mut all = invoices::list(store, "acme", None, 200).await.expect("rows");
    all.retain(|invoice| invoice.kind == "statement");
    all
}

async fn quota(ledger: &Ledger, quota: Quota) -> QuotaRow {
    let store = live(&ledger.log).await;
    let rights = entitlements::get(&store, application_id(FIRST)).await.expect("rows").expect("created");
    rights.quotas[&quota].clone()
}

fn told(row: &QuotaRow) -> (Option<u64>, &str, u64) {
    (row.limit, &row.source, row.cause.position)
}

#[tokio::test]
async fn u18_a_statement_of_zero_is_an_invoice_without_payment() {
    let mut ledger = subscriber("999.00", 1);
    ledger.use_up("acme", FIRST, 8_000, 10, at("2022-10-31T12:00:00+08:00"));
    ledger.run_due(at("2022-11-03T00:00:00+08:00"));
    let store = live(&ledger.log).await;
    let [statement] = statements(&store).await.try_into().expect("one");
    let shown = serde_json::to_value(&statement).expect("plain data");
    assert_eq!(shown["number"], 2);
    assert_eq!(
        (&shown["state"], &shown["month"], &shown["issued_on"]),
        (&"final".into(), &"2022-10".into(), &"2022-11-03".into())
    );
    assert_eq!((&shown["total"], &shown["amount_due"]), (&cny("0.00"), &cny("0.00")));
    assert_eq!(shown["paid"], json!([]));
    assert_eq!(
        shown["lines"][0]["formula"],
        "peak 8000 on 2022-10-31, 10000 included, 0 blocks of 10000 begun × 1000.00 = 0.00; 19 days without reading"
    );
    assert_eq!(receivables::list(&store, "acme").await.expect("rows"), []);
}

#[tokio::test]
async fn a_draft_is_read_and_listed_behind_the_numbered_ones_and_its_final_takes_its_place() {
    let mut ledger = subscriber("9999.00", 3);
    ledger.use_up("acme", FIRST, 25_000, 10, at("2022-10-31T12:00:00+08:00"));
    ledger.run_due(at("2022-11-01T00:00:00+08:00"));
    let store = live(&ledger.log).await;
    let page = invoices::list(&store, "acme", None, 200).await.expect("rows");
    let [order, draft] = page.as_slice() else { panic!("{page:?}") };
    assert_eq!((order.number, order.state.as_str()), (Some(1), "final"));
    assert_eq!((draft.number, draft.state.as_str(), draft.month.as_deref()), (None, "draft", Some("2022-10")));
    assert_eq!((draft.issued_on.to_string(), draft.lines.len()), ("2022-11-01".to_owned(), 2));
    assert_eq!(
        (draft.total.to_string(), draft.amount_due.to_string()),
        ("2000.00 CNY".to_owned(), "2000.00 CNY".to_owned())
    );
    let id = draft.invoice_id.to_string();
    assert_eq!(invoices::get(&store, &id).await.expect("rows").as_ref(), Some(draft));
    for (after, numbers) in [("1", vec![None]), ("2022-09", vec![None]), ("2022-10", vec![])] {
        assert!(invoices::is_cursor(after));
        let page = invoices::list(&store, "acme", Some(after), 200).await.expect("rows");
        assert_eq!(page.iter().map(|one| one.number).collect::<Vec<_>>(), numbers, "{after}");
    }
    assert_eq!(draft.cursor().as_deref(), Some("2022-10"));

    // A reading told on the 2nd still counts.
    let order = Order::RecordUsage {
        application_id: application_id(FIRST),
        date: "2022-10-20".parse().expect("a day"),
        dau: 45_000,
        peak_groups: 10,
    };
    ledger.order("acme", order, at("2022-11-02T12:00:00+08:00")).expect("still open");
    ledger.run_due(at("2022-11-03T00:00:00+08:00"));
    let store = live(&ledger.log).await;
    let [statement] = statements(&store).await.try_into().expect("one");
    assert_eq!((statement.invoice_id.to_string(), statement.number, statement.state.as_str()), (id, Some(2), "final"));
    assert_eq!((statement.total.to_string(), statement.lines.len()), ("4000.00 CNY".to_owned(), 2));
    let tables = store.contents("invoices");
    assert_eq!(tables.rows(&STATEMENT_DRAFTS).expect("its table").len(), 0);
    assert_eq!(tables.rows(&INVOICE_LINES).expect("its table").len(), 3);
}

#[tokio::test]
async fn two_applications_stand_on_one_statement_each_line_with_its_causes() {
    let mut ledger = subscriber("99999.00", 3);
    ledger.create("acme", SECOND, at("2022-10-12T11:00:00+08:00"));
    ledger.buy("acme", SECOND, PaidPlan::Flagship, 3, at("2022-10-12T11:00:00+08:00")).expect("paid for");
    let order = Order::SetHistoryRetention { application_id: application_id(SECOND), days: 90 };
    ledger.order("acme", order, at("2022-10-12T11:30:00+08:00")).expect("a step of Flagship");
    ledger.use_up("acme", FIRST, 25_000, 10, at("2022-10-30T12:00:00+08:00"));
    ledger.use_up("acme", SECOND, 8_000, 120_001, at("2022-10-31T12:00:00+08:00"));
    ledger.run_due(at("2022-11-03T00:00:00+08:00"));
    let store = live(&ledger.log).await;
    let [statement] = statements(&store).await.try_into().expect("one");
    let lines: Vec<_> = statement.lines.iter().map(|line| (line.application_id.number(), line.item.as_str())).collect();
    let both = |id| [(id, "dau_overage"), (id, "group_overage")];
    assert_eq!(lines, [&both(FIRST)[..], &both(SECOND)[..], &[(SECOND, "history_storage")]].concat());
    let descriptions: Vec<&str> = statement.lines.iter().map(|line| line.description.as_str()).collect();
    assert_eq!(descriptions[0], "Daily active users beyond the plan, postpaid, 2022-10");
    assert_eq!(descriptions[4], "Longer history storage, postpaid, 2022-10");
    let causes: Vec<Vec<u64>> =
        statement.lines.iter().map(|line| line.causes.iter().map(|cause| cause.position).collect()).collect();
    let (pro, flagship) = (ledger.position("SubscriptionStarted", 1), ledger.position("SubscriptionStarted", 2));
    let (used_first, used_second) = (ledger.position("UsageRecorded", 1), ledger.position("UsageRecorded", 2));
    let kept = ledger.position("HistoryRetentionSet", 1);
    let expected =
        [[used_first, pro], [used_first, pro], [used_second, flagship], [used_second, flagship], [kept, flagship]];
    assert_eq!(causes, expected.map(Vec::from));
    for cause in statement.lines.iter().flat_map(|line| &line.causes) {
        assert_eq!(cause.event_id.uuid(), ledger.log[cause.position as usize - 1].event_id);
    }
}

#[tokio::test]
async fn a_line_that_cites_an_event_which_is_not_there_is_an_error_to_its_reader() {
    let mut ledger = subscriber("9999.00", 1);
    ledger.run_due(at("2022-11-03T00:00:00+08:00"));
    let store = live(&ledger.log).await;
    let id = statements(&store).await[0].invoice_id.to_string();
    let purchase = ledger.position("SubscriptionStarted", 1) as usize;
    store.spoil(|log| log[purchase - 1].event_id = uuid::Uuid::nil());
    let fault = invoices::get(&store, &id).await.expect_err("no such event");
    assert!(fault.to_string().contains("which is not event 1 of subscription/"), "{fault}");
}

#[tokio::test]
async fn u4_what_is_owed_is_paid_in_parts_and_each_part_is_a_payment() {
    let mut ledger = subscriber("1499.00", 1);
    ledger.deposit("acme", "300.00", DepositKind::Gift, at("2022-10-13T10:00:00+08:00"));
    ledger.use_up("acme", FIRST, 11_000, 10, at("2022-10-31T12:00:00+08:00"));
    ledger.run_due(at("2022-11-03T00:00:00+08:00"));
    let store = live(&ledger.log).await;
    let [statement] = statements(&store).await.try_into().expect("one");
    let owed = serde_json::to_value(receivables::list(&store, "acme").await.expect("rows")).expect("plain data");
    let row = |due| {
        json!([{
            "invoice_id": statement.invoice_id, "number": 2, "month": "2022-10",
            "since": "2022-11-03T00:00:00+08:00", "amount_due": cny(due),
        }])
    };
    assert_eq!(owed, row("200.00"));
    let payment = |at, gift, cash| json!({"at": at, "voucher": cny("0.00"), "gift": cny(gift), "cash": cny(cash)});
    let mut payments = vec![payment("2022-11-03T00:00:00+08:00", "300.00", "500.00")];
    let parts = [
        ("150.00", DepositKind::Gift, "2022-11-04T10:00:00+08:00", "50.00", ("150.00", "0.00")),
        ("100.00", DepositKind::Cash, "2022-11-05T10:00:00+08:00", "0.00", ("0.00", "50.00")),
    ];
    for (amount, kind, paid_at, due, (gift, cash)) in parts {
        ledger.deposit("acme", amount, kind, at(paid_at));
        payments.push(payment(paid_at, gift, cash));
        let store = live(&ledger.log).await;
        let [statement] = statements(&store).await.try_into().expect("one");
        assert_eq!(serde_json::to_value(&statement.paid).expect("plain data"), json!(payments));
        assert_eq!(serde_json::to_value(statement.amount_due).expect("plain data"), cny(due));
        assert_eq!(statement.total.to_string(), "1000.00 CNY");
        let owed = serde_json::to_value(receivables::list(&store, "acme").await.expect("rows")).expect("plain data");
        assert_eq!(owed, if due == "0.00" { json!([]) } else { row(due) });
    }
}

#[tokio::test]
async fn u20_a_payment_says_which_voucher_paid_and_how_much() {
    let mut ledger = subscriber("1499.00", 1);
    ledger.grant("acme", "v1", "600.00", at("2022-10-13T10:00:00+08:00"));
    ledger.use_up("acme", FIRST, 11_000, 10, at("2022-10-31T12:00:00+08:00"));
    ledger.run_due(at("2022-11-03T00:00:00+08:00"));
    let [statement] = statements(&live(&ledger.log).await).await.try_into().expect("one");
    let payment = json!([{
        "at": "2022-11-03T00:00:00+08:00", "voucher": cny("600.00"), "voucher_id": "v1", "gift": cny("0.00"),
        "cash": cny("400.00"),
    }]);
    assert_eq!(serde_json::to_value(&statement.paid).expect("plain data"), payment);
    assert_eq!(serde_json::to_value(statement.amount_due).expect("plain data"), cny("0.00"));
}

#[tokio::test]
async fn a_month_that_passes_without_a_service_day_shows_no_draft() {
    // Bought so that the stop falls on 00:00 of 1 December: December is opened before it and has no service day.
    let mut ledger = payer("999.00");
    ledger.buy("acme", FIRST, PaidPlan::Pro, 1, at("2022-10-24T10:30:00+08:00")).expect("paid for");
    ledger.run_due(at("2023-01-01T00:00:00+08:00"));
    assert_eq!(ledger.log.iter().filter(|event| event.event_type == "StatementDrafted").count(), 2);
    let months = |page: Vec<Invoice>| page.into_iter().filter_map(|one| one.month).collect::<Vec<_>>();
    assert_eq!(ledger.position("BillingMonthPassed", 1), ledger.log.len() as u64);
    assert_eq!(months(statements(&live(&ledger.log).await).await), ["2022-10", "2022-11"]);
}

#[tokio::test]
async fn an_add_on_is_an_order_with_an_invoice_and_a_trial_is_none() {
    let mut ledger = subscriber("99999.00", 12);
    let application_id = application_id(FIRST);
    let now = at("2022-10-13T10:00:00+08:00");
    let trial = Order::TryAddOn { application_id, add_on: AddOn::AvCall(CallVariant::Trial) };
    ledger.order("acme", trial, now).expect("the first");
    let (auto_renew, voucher_id) = (false, None);
    let buy = Order::BuyAddOn { application_id, add_on: AddOn::GroupMembers, months: 2, auto_renew, voucher_id };
    ledger.order("acme", buy, now).expect("sold on Pro");
    let add_on_id = ledger.some_add_on("acme", FIRST).expect("bought");
    ledger
        .order("acme", Order::RenewAddOn { application_id, add_on_id, months: 1, voucher_id: None }, now)
        .expect("runs");
    let store = live(&ledger.log).await;
    let page = invoices::list(&store, "acme", Some("1"), 200).await.expect("rows");
    let shown: Vec<_> = page
        .iter()
        .map(|one| (one.number, one.kind.as_str(), one.lines[0].item.as_str(), one.lines[0].description.as_str()))
        .collect();
    let expected = [
        (Some(2), "order", "group_members", "More members per group, prepaid, 2022-10-13 to 2022-12-12"),
        (Some(3), "order", "group_members", "More members per group, prepaid, 2022-12-13 to 2023-01-12"),
    ];
    assert_eq!(shown, expected);
    assert_eq!(page[0].total, page[0].lines[0].amount);
    assert_eq!(page[0].lines[0].causes[0].position, ledger.position("AddOnStarted", 1));
}

#[tokio::test]
async fn u35_an_add_on_longer_than_the_plan_acts_again_when_the_plan_does() {
    let mut ledger = subscriber("99999.00", 1);
    let plans = quota(&ledger, Quota::GroupMembersMax).await;
    let buy = Order::BuyAddOn {
        application_id: application_id(FIRST),
        add_on: AddOn::GroupMembers,
        months: 12,
        auto_renew: false,
        voucher_id: None,
    };
    ledger.order("acme", buy, at("2022-10-20T10:00:00+08:00")).expect("sold on Pro");
    let raised = quota(&ledger, Quota::GroupMembersMax).await;
    assert_eq!((raised.source.as_str(), raised.cause.position), ("add_on", ledger.position("AddOnStarted", 1)));
    assert!(raised.limit > plans.limit);
    ledger.run_due(at("2022-11-18T23:59:59+08:00"));
    assert_eq!(quota(&ledger, Quota::GroupMembersMax).await, raised);
    ledger.run_due(at("2022-11-19T00:00:00+08:00"));
    let stopped = ledger.position("ApplicationSuspended", 1);
    assert_eq!(told(&quota(&ledger, Quota::GroupMembersMax).await), (Some(0), "suspension", stopped));
    ledger.buy("acme", FIRST, PaidPlan::Pro, 1, at("2022-12-01T10:00:00+08:00")).expect("paid for");
    assert_eq!(quota(&ledger, Quota::GroupMembersMax).await, raised);
}

#[tokio::test]
async fn u2_a_stop_with_two_causes_goes_on_while_one_of_them_stands() {
    // Arrears stop it on 10 November, the plan's own end on the 19th.
    let mut ledger = subscriber("999.00", 1);
    ledger.use_up("acme", FIRST, 25_000, 10, at("2022-10-31T12:00:00+08:00"));
    ledger.run_due(at("2022-11-19T00:00:00+08:00"));
    let recycle = |store: MemoryStore| async move {
        let due = crate::due::until(&store, jiff::Timestamp::MAX).await.expect("rows");
        due.into_iter().find(|due| due.kind == "recycle").map(|due| due.at.to_string())
    };
    let before = recycle(live(&ledger.log).await).await;
    assert!(before.is_some());
    ledger.deposit("acme", "5000.00", DepositKind::Cash, at("2022-11-25T10:00:00+08:00"));
    assert_eq!(ledger.position("SuspensionLifted", 1), ledger.log.len() as u64);
    assert_eq!(quota(&ledger, Quota::GroupMembersMax).await.source, "suspension");
    assert_eq!(recycle(live(&ledger.log).await).await, before);
    ledger.buy("acme", FIRST, PaidPlan::Pro, 1, at("2022-11-26T10:00:00+08:00")).expect("paid for");
    assert_eq!(quota(&ledger, Quota::GroupMembersMax).await.source, "plan");
    assert_eq!(recycle(live(&ledger.log).await).await, None);
}

#[tokio::test]
async fn u16_a_setting_that_a_plan_included_does_not_come_back_with_a_smaller_plan() {
    let mut ledger = subscriber("99999.00", 1);
    let keep = Order::SetHistoryRetention { application_id: application_id(FIRST), days: 30 };
    ledger.order("acme", keep, at("2022-10-20T10:00:00+08:00")).expect("a step of Pro");
    let kept = (Some(30), "add_on", ledger.position("HistoryRetentionSet", 1));
    assert_eq!(told(&quota(&ledger, Quota::HistoryRetentionDays).await), kept);
    // U15: a stop and a return with the same plan keep the setting.
    ledger.buy("acme", FIRST, PaidPlan::Pro, 1, at("2022-12-01T10:00:00+08:00")).expect("paid for");
    assert_eq!(told(&quota(&ledger, Quota::HistoryRetentionDays).await), kept);
    ledger.buy("acme", FIRST, PaidPlan::Flagship, 1, at("2023-02-01T10:00:00+08:00")).expect("paid for");
    let entered = ledger.position("PlanEntered", 3);
    assert_eq!(told(&quota(&ledger, Quota::HistoryRetentionDays).await), (Some(30), "plan", entered));
    ledger.buy("acme", FIRST, PaidPlan::Pro, 1, at("2023-04-01T10:00:00+08:00")).expect("paid for");
    let entered = ledger.position("PlanEntered", 4);
    assert_eq!(told(&quota(&ledger, Quota::HistoryRetentionDays).await), (Some(7), "plan", entered));
}

#[tokio::test]
async fn rows_of_one_moment_are_read_even_while_events_are_folded() {
    let mut ledger = subscriber("99999.00", 1);
    let before = ledger.log.len();
    let buy = Order::BuyAddOn {
        application_id: application_id(FIRST),
        add_on: AddOn::GroupMembers,
        months: 12,
        auto_renew: false,
        voucher_id: None,
    };
    ledger.order("acme", buy, at("2022-10-20T10:00:00+08:00")).expect("sold on Pro");
    let store = live(&ledger.log[..before]).await;
    store.spoil(|held| *held = ledger.log.clone());
    store.write_beside(super::audits::moves("entitlements", &ledger.log[before..]));
    let rights = entitlements::get(&store, application_id(FIRST)).await.expect("rows").expect("created");
    assert_eq!(rights.quotas[&Quota::GroupMembersMax].source, "add_on");
    let query = RowQuery { equals: Vec::new(), after: None, limit: 1 };
    assert_eq!(store.rows(&entitlements::ADD_ONS_IN_FORCE, &query).await.expect("rows").len(), 1);
}
