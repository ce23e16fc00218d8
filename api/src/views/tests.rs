//! Views of Books made by folding facts. The rights and terms are written by hand: which figures a plan has is the
//! catalogue's.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use subledger_domain::account::VoucherConditions;
use subledger_domain::books::{Books, Working};
use subledger_domain::catalog::{Catalog, PromotionName};
use subledger_domain::charge::{Item, Payment};
use subledger_domain::decide;
use subledger_domain::entitlement::{Context, Entitlements};
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::{
    AccountId, ApplicationId, CommandId, EventId, IdSeries, InvoiceId, LineId, SubscriptionId, UsageMonthId,
};
use subledger_domain::money::Money;
use subledger_domain::plan::{DataSite, Feature, PaidPlan, Plan, Quota, Rights};
use subledger_domain::subscription::Subscription;
use subledger_domain::terms::PlanTerms;
use subledger_domain::{account, application, subscription, usage};
use subledger_eventlog::record::{Answer, AnsweredCommand, CommandKey, Hash, Recorded};
use subledger_projections::invoices::{self, Invoice};
use uuid::Uuid;

use super::*;

const BOUGHT: &str = "2022-10-12T00:00:00+08:00";
const APPLICATION: ApplicationId = ApplicationId::FIRST_ALLOCATED;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn money(text: &str) -> Money {
    Money::cny(text).expect("an amount")
}

fn acme() -> AccountId {
    "acme".parse().expect("an id")
}

fn rights(days: u64, community: &str) -> Rights {
    let mut quotas: Map<String, Value> = Quota::ALL.iter().map(|row| (row.name().to_owned(), json!(100))).collect();
    quotas.insert("history_retention_days".to_owned(), json!(days));
    quotas.insert("users_max".to_owned(), Value::Null);
    let mut features: Map<String, Value> =
        Feature::ALL.iter().map(|row| (row.name().to_owned(), json!("yes"))).collect();
    features.insert("community".to_owned(), json!(community));
    let rights = json!({"price_list": "2022-07", "quotas": quotas, "features": features});
    serde_json::from_value(rights).expect("rights of every row")
}

fn terms() -> PlanTerms {
    let overage = json!({"included": 100, "block": 10, "block_price": {"amount": "1.00", "currency": "CNY"}});
    let policies = json!({
        "month_end": "clamp", "validity_end": "end_of_day", "expiry_grace_days": 7, "arrears_grace_days": 7,
        "retention_days": 90, "refund_grace_days": 7, "reminder_days_before": 7, "reminder_days_after": 7,
        "settlement_draft_day": 1, "settlement_final_day": 3, "stop_month_share": "service_days",
        "storage_month": "whole_on_activation", "upgrade": "platform_formula", "downgrade": "period_end",
        "downgrade_needs_approval": true, "refund_used": "days_of_purchased_month",
        "renewal_in_grace": "from_old_end", "payment_order": "voucher_gift_cash",
        "rounding": "half_away_from_zero_per_line",
    });
    let terms = json!({
        "price_list": "2022-07", "data_site": "china", "plan": "pro",
        "monthly_price": {"amount": "999.00", "currency": "CNY"}, "dau_overage": overage, "group_overage": overage,
        "history_storage": [], "policies": policies,
    });
    serde_json::from_value(terms).expect("whole terms")
}

/// Draws ids and folds facts the way the log would bring them.
struct Log {
    ids: IdSeries,
    books: Books,
}

impl Log {
    fn new() -> Self {
        let start = at(BOUGHT);
        Self { ids: IdSeries::new(CommandId::keyed(start, "test", "k"), start), books: Books::default() }
    }

    fn fold(&mut self, stream: Stream, event: Event) {
        let id = EventId::from_uuid(self.ids.draw());
        let fact = Fact { id, caused_by: String::new(), stream, event };
        let position = self.books.as_of_position() + 1;
        assert_eq!(self.books.evolve_recorded(&fact, position), subledger_domain::Folded::InPlace, "{fact:?}");
    }

    fn account(&mut self, event: account::Event) {
        self.fold(Stream::Account(acme()), Event::Account(event));
    }

    fn application(&mut self, event: application::Event) {
        self.fold(Stream::Application(APPLICATION), Event::Application(event));
    }

    /// Opened, paid into, and an application on Trial.
    fn on_trial() -> Self {
        let mut log = Self::new();
        let start = at(BOUGHT);
        log.account(account::Event::AccountOpened {
            account_id: acme(),
            name: "Acme".to_owned(),
            enterprise_verified: true,
            new_customer: false,
            at: start,
        });
        for (amount, kind) in [("1500.00", account::DepositKind::Cash), ("150.00", account::DepositKind::Gift)] {
            let (amount, reference) = (money(amount), "r-1".to_owned());
            log.account(account::Event::MoneyDeposited { amount, kind, reference, at: start });
        }
        log.application(application::Event::ApplicationCreated {
            application_id: APPLICATION,
            account_id: acme(),
            name: "Chat".to_owned(),
            data_site: DataSite::China,
            rights: rights(7, "no"),
            at: start,
        });
        log
    }

    /// On Pro for one month from 12 October 2022.
    fn on_pro() -> Self {
        let mut log = Self::on_trial();
        let start = at(BOUGHT);
        let subscription_id = SubscriptionId::from_uuid(log.ids.draw());
        let (invoice_id, line_id) = (InvoiceId::from_uuid(log.ids.draw()), LineId::from_uuid(log.ids.draw()));
        let order = subscription::Command::Start {
            application_id: APPLICATION,
            months: 1,
            terms: terms(),
            discount: None,
            voucher_id: None,
            invoice_id,
            line_id,
            at: start,
        };
        for event in Subscription::NotStarted.decide(&order).expect("a first term") {
            log.fold(Stream::Subscription(subscription_id), Event::Subscription(event));
        }
        let paid = Payment { voucher: money("0.00"), voucher_id: None, gift: money("100.00"), cash: money("899.00") };
        log.account(account::Event::OrderPaid {
            invoice_id,
            number: 1,
            application_id: APPLICATION,
            total: money("999.00"),
            paid,
            promotion: None,
            issued_on: jiff::civil::date(2022, 10, 12),
            at: start,
        });
        let rights = rights(30, "on_application");
        let (plan, from) = (PaidPlan::Pro, Plan::Trial);
        log.application(application::Event::PlanEntered { plan, from, subscription_id, rights, at: start });
        log
    }

    fn view(&self, subject: &Subject, instant: &str) -> Option<Value> {
        let books = decide::as_at(Working::over(&self.books), at(instant), &catalog());
        resource(subject, &books, at(instant)).map(|text| serde_json::from_str(&text).expect("a view is JSON"))
    }

    fn application_at(&self, instant: &str) -> Value {
        self.view(&Subject::Application(APPLICATION), instant).expect("the application")
    }
}

#[test]
fn an_account_shows_its_balances_and_what_it_can_spend() {
    let view = Log::on_pro().view(&Subject::Account(acme()), BOUGHT).expect("the account");
    let cny = |amount: &str| json!({"amount": amount, "currency": "CNY"});
    let expected = json!({
        "account_id": "acme", "name": "Acme", "enterprise_verified": true, "new_customer": false, "state": "active",
        "balance": {"cash": cny("601.00"), "gift": cny("50.00")}, "available": cny("651.00"), "arrears": null,
        "vouchers": [], "opened_at": BOUGHT,
    });
    assert_eq!(view, expected);
}

#[test]
fn an_account_shows_its_vouchers_with_their_conditions_also_those_that_are_used_up() {
    let mut log = Log::on_trial();
    let conditions = VoucherConditions { applies_to: Some(vec![Item::Pro]), months_max: Some(3), ..Default::default() };
    for (id, face, conditions) in [("b", "500.00", VoucherConditions::default()), ("a", "99.90", conditions)] {
        let (voucher_id, face, at) = (id.parse().expect("an id"), money(face), at(BOUGHT));
        let expires_on = jiff::civil::date(2022, 11, 30);
        log.account(account::Event::VoucherGranted { voucher_id, face, expires_on, conditions, at });
    }
    let paid = Payment {
        voucher: money("99.90"),
        voucher_id: Some("a".parse().expect("an id")),
        gift: money("0.00"),
        cash: money("0.00"),
    };
    let (invoice_id, total) = (InvoiceId::from_uuid(log.ids.draw()), money("99.90"));
    log.account(account::Event::OrderPaid {
        invoice_id,
        number: 1,
        application_id: APPLICATION,
        total,
        paid,
        promotion: Some(PromotionName::FirstPurchase),
        issued_on: jiff::civil::date(2022, 10, 12),
        at: at(BOUGHT),
    });
    let view = log.view(&Subject::Account(acme()), BOUGHT).expect("the account");
    let cny = |amount: &str| json!({"amount": amount, "currency": "CNY"});
    let expected = json!([
        {
            "voucher_id": "a", "face": cny("99.90"), "remaining": cny("0.00"), "expires_on": "2022-11-30",
            "minimum": null, "applies_to": ["pro"], "months_min": null, "months_max": 3, "pay_mode": null,
        },
        {
            "voucher_id": "b", "face": cny("500.00"), "remaining": cny("500.00"), "expires_on": "2022-11-30",
            "minimum": null, "applies_to": null, "months_min": null, "months_max": null, "pay_mode": null,
        },
    ]);
    assert_eq!(view["vouchers"], expected);
}

#[test]
fn a_parked_account_says_so() {
    let mut log = Log::on_trial();
    log.account(account::Event::AccountParked { invariant: "x".to_owned(), at: at(BOUGHT) });
    assert_eq!(log.view(&Subject::Account(acme()), BOUGHT).expect("the account")["state"], "parked");
}

#[test]
fn what_is_not_in_these_books_has_no_view() {
    let log = Log::on_trial();
    assert_eq!(log.view(&Subject::Account("other".parse().expect("an id")), BOUGHT), None);
    assert_eq!(log.view(&Subject::Application(ApplicationId::try_new(7).expect("an id")), BOUGHT), None);
}

#[test]
fn an_application_on_trial_rests_on_no_subscription() {
    let view = Log::on_trial().application_at("2023-10-12T00:00:00+08:00");
    assert_eq!((&view["plan"], &view["state"]), (&json!("trial"), &json!("active")));
    assert_eq!(view["subscription"], Value::Null);
    let retention = json!({"days": 7, "included": 7, "activated_on": null, "changed_on": null});
    assert_eq!(view["history_retention"], retention);
    assert_eq!((&view["features"]["community"], &view["features"]["push_all"]), (&json!(false), &json!(true)));
    assert_eq!((&view["upcoming"], &view["add_ons"], &view["suspensions"]), (&json!([]), &json!([]), &json!([])));
}

#[test]
fn a_term_shows_its_period_and_the_last_day_paid_for() {
    let view = Log::on_pro().application_at("2022-11-11T23:59:59+08:00");
    assert_eq!(view["state"], "active");
    assert_eq!(view["application_id"], json!(1_400_000_001_u64));
    let subscription = &view["subscription"];
    let period = json!({"start": BOUGHT, "end": "2022-11-12T00:00:00+08:00", "last_day": "2022-11-11"});
    assert_eq!(subscription["period"], period);
    assert_eq!((&subscription["paid_through"], &subscription["grace"]), (&json!("2022-11-11"), &Value::Null));
    assert_eq!((&subscription["auto_renew"], &subscription["scheduled"]), (&json!(false), &Value::Null));
    assert_eq!(view["upcoming"][0], json!({"kind": "period_end", "at": "2022-11-12T00:00:00+08:00"}));
}

#[test]
fn grace_stop_and_recycling_show_at_their_very_instants() {
    let log = Log::on_pro();
    let grace = log.application_at("2022-11-12T00:00:00+08:00");
    assert_eq!(grace["state"], "grace");
    assert_eq!(grace["subscription"]["grace"], json!({"cause": "expired", "until": "2022-11-19T00:00:00+08:00"}));
    assert_eq!(log.application_at("2022-11-18T23:59:59.999999+08:00")["state"], "grace");
    let stopped = log.application_at("2022-11-19T00:00:00+08:00");
    assert_eq!((&stopped["state"], &stopped["subscription"]), (&json!("suspended"), &Value::Null));
    assert_eq!(stopped["suspensions"], json!([{"cause": "expired", "since": "2022-11-19T00:00:00+08:00"}]));
    assert_eq!(stopped["features"]["push_all"], json!(false));
    assert_eq!(stopped["upcoming"], json!([{"kind": "recycle", "at": "2023-02-17T00:00:00+08:00"}]));
    assert_eq!(log.application_at("2023-02-17T00:00:00+08:00")["state"], "recycled");
}

#[test]
fn an_etag_is_the_same_until_the_resource_changes() {
    let log = Log::on_pro();
    let tag = |instant: &str| {
        let books = decide::as_at(Working::over(&log.books), at(instant), &catalog());
        etag(&resource(&Subject::Application(APPLICATION), &books, at(instant)).expect("the application"))
    };
    assert_eq!(tag(BOUGHT), tag("2022-10-20T00:00:00+08:00"));
    assert_ne!(tag(BOUGHT), tag("2022-11-12T00:00:00+08:00"));
    assert_eq!(tag(BOUGHT).len(), 34);
}

#[test]
fn every_right_has_its_source_and_the_event_that_gave_it() {
    let log = Log::on_pro();
    let shown = |instant: &str| -> Value {
        let books = decide::as_at(Working::over(&log.books), at(instant), &catalog());
        let rights = Entitlements::of(&books, APPLICATION).expect("the application");
        serde_json::from_str(&text(&EntitlementsView::of(APPLICATION, at(instant), &rights))).expect("JSON")
    };
    let view = shown(BOUGHT);
    assert_eq!((&view["plan"], &view["in_service"], &view["as_of"]), (&json!("pro"), &json!(true), &json!(BOUGHT)));
    assert_eq!(view["quotas"].as_object().map(Map::len), Some(12));
    assert_eq!(view["features"].as_object().map(Map::len), Some(14));
    assert_eq!(view["quotas"]["users_max"]["limit"], Value::Null);
    assert_eq!(view["quotas"]["history_retention_days"]["limit"], json!(30));
    // The seventh event entered the plan.
    assert_eq!(view["quotas"]["groups_max"]["cause"]["position"], json!("7"));
    assert_eq!(view["features"]["community"]["granted"], json!(false));
    assert_eq!(view["features"]["community"]["requires"][0]["kind"], "client_sdk");
    assert_eq!(view["features"]["push_all"]["requires"], json!([]));
    let stopped = shown("2022-11-19T00:00:00+08:00");
    assert_eq!(stopped["in_service"], json!(false));
    assert_eq!(stopped["quotas"]["users_max"]["limit"], json!(0));
    assert_eq!(stopped["quotas"]["users_max"]["source"], "suspension");
    assert_eq!(stopped["quotas"]["users_max"]["cause"]["position"], Value::Null);
}

#[test]
fn a_verdict_on_a_number_tells_limit_and_rest() {
    let log = Log::on_pro();
    let books = Working::over(&log.books);
    let rights = Entitlements::of(&books, APPLICATION).expect("the application");
    let none = Context::default();
    let full = serde_json::to_value(VerdictView::of_quota(rights.check_quota(Quota::GroupsMax, 100, 1, &none), 7));
    let full = full.expect("plain data");
    assert_eq!((&full["allowed"], &full["reason"]), (&json!(false), &json!("limit_reached")));
    assert_eq!((&full["limit"], &full["remaining"], &full["position"]), (&json!(100), &json!(0), &json!("7")));
    let free = serde_json::to_value(VerdictView::of_quota(rights.check_quota(Quota::UsersMax, 1, 1, &none), 7));
    let free = free.expect("plain data");
    assert_eq!(free.get("limit"), Some(&Value::Null));
    let feature = serde_json::to_value(VerdictView::of_feature(rights.check_feature(Feature::Community, &none), 7));
    let feature = feature.expect("plain data");
    assert_eq!((feature.get("limit"), &feature["reason"]), (None, &json!("not_approved")));
}

fn recorded() -> Recorded {
    Recorded {
        position: 3,
        account_id: "acme".to_owned(),
        aggregate_type: "account".to_owned(),
        aggregate_id: "acme".to_owned(),
        sequence: 2,
        event_type: "MoneyDeposited".to_owned(),
        event_version: "1".to_owned(),
        payload: r#"{"b": 1,"a":{"x":"1.00"}}"#.to_owned(),
        metadata: r#"{"actor":"local"}"#.to_owned(),
        event_id: Uuid::nil(),
        command_id: Uuid::nil(),
        effective_at: at(BOUGHT),
        recorded_at: at("2022-10-12T00:00:00.25+08:00"),
        hash: Hash::GENESIS,
    }
}

#[test]
fn an_event_shows_its_payload_to_the_byte() {
    let text = event(&recorded()).expect("JSON");
    let nil = "00000000-0000-0000-0000-000000000000";
    let expected = format!(
        r#"{{"position":"3","event_id":"evt_{nil}","type":"MoneyDeposited","version":"1","stream":"account/acme","sequence":2,"effective_at":"{BOUGHT}","recorded_at":"2022-10-12T00:00:00.25+08:00","command_id":"cmd_{nil}","account_id":"acme","data":{{"b": 1,"a":{{"x":"1.00"}}}},"metadata":{{"actor":"local"}},"hash":"{}"}}"#,
        "0".repeat(64)
    );
    assert_eq!(text, expected);
    assert!(event(&Recorded { payload: "{".to_owned(), ..recorded() }).is_err());
}

#[test]
fn a_receipt_stands_beside_the_fields_and_leaves_them_as_they_are() {
    let answer_to = |resource: &str| AnsweredCommand {
        answer: Answer {
            key: CommandKey { scope: "acme".to_owned(), key: "k".to_owned() },
            fingerprint: Hash::GENESIS,
            command_id: Uuid::nil(),
            status: 200,
            resource: resource.to_owned(),
        },
        first_position: 3,
        last_position: 3,
        recorded_at: at(BOUGHT),
    };
    let body = answer(&answer_to(r#"{"z":{"b":1}}"#), &[recorded()]);
    assert!(body.starts_with(r#"{"z":{"b":1},"receipt":{"command_id":"cmd_"#), "{body}");
    let parsed: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(parsed["receipt"]["position"], "3");
    assert_eq!(parsed["receipt"]["events"][0]["stream"], "account/acme");
    let empty: Value = serde_json::from_str(&answer(&answer_to("{}"), &[])).expect("JSON");
    assert_eq!(empty["receipt"]["events"], json!([]));
}

#[test]
fn a_price_list_is_shown_whole_and_in_short() {
    let catalog = Catalog::builtin().expect("the built-in lists");
    let read = |text: String| serde_json::from_str::<Value>(&text).expect("JSON");
    let whole = read(price_list(&catalog, "2022-07").expect("there is one"));
    assert_eq!((&whole["id"], &whole["in_force_from"]), (&json!("2022-07"), &json!("2022-07-01T00:00:00+08:00")));
    assert_eq!(whole["plans"]["pro"]["monthly_price"]["china"]["amount"], "999.00");
    assert_eq!(whole["policies"]["expiry_grace_days"], 7);
    let waits = read(price_list(&catalog, "2023-03").expect("it comes with the release"));
    assert_eq!((&waits["effective_from"], &waits["in_force_from"]), (&json!("2023-03-07"), &Value::Null));
    assert_eq!(price_list(&catalog, "2023"), None);
    let short: Vec<Value> = price_lists(&catalog, "2022-07").into_iter().map(read).collect();
    let told = |list: &Value| (list["price_list"].clone(), list["in_force"].clone(), list["in_force_from"].clone());
    assert_eq!(told(&short[0]), (json!("2022-07"), json!(true), json!("2022-07-01T00:00:00+08:00")));
    assert_eq!(told(&short[2]), (json!("2024-01"), json!(false), Value::Null));
    assert_eq!((&short[0]["policies"], &short[0]["content_hash"]), (&whole["policies"], &whole["content_hash"]));
}

#[test]
fn the_id_of_an_add_on_that_began_stands_beside_the_receipt() {
    let began = |aggregate_type: &str, sequence: u64| {
        let (aggregate_type, aggregate_id) = (aggregate_type.to_owned(), "addon_1".to_owned());
        let event = Recorded { aggregate_type, aggregate_id, sequence, ..recorded() };
        let command = AnsweredCommand {
            answer: Answer {
                key: CommandKey { scope: "acme".to_owned(), key: "k".to_owned() },
                fingerprint: Hash::GENESIS,
                command_id: Uuid::nil(),
                status: 200,
                resource: "{}".to_owned(),
            },
            first_position: 3,
            last_position: 3,
            recorded_at: at(BOUGHT),
        };
        serde_json::from_str::<Value>(&answer(&command, &[event])).expect("JSON")["add_on_id"].clone()
    };
    assert_eq!(began("add_on", 1), "addon_1");
    assert_eq!((began("add_on", 2), began("subscription", 1)), (Value::Null, Value::Null));
}

#[test]
fn a_payer_in_arrears_shows_what_it_owes_and_when_it_stops() {
    let mut log = Log::on_trial();
    let (invoice_id, month) = (InvoiceId::from_uuid(log.ids.draw()), "2022-10".parse().expect("a month"));
    let (draft_at, final_at) = (at("2022-11-01T00:00:00+08:00"), at("2022-11-03T00:00:00+08:00"));
    log.account(account::Event::BillingMonthOpened { month, draft_at, final_at, at: at(BOUGHT) });
    let (lines, total) = (vec![], money("2000.00"));
    log.account(account::Event::StatementDrafted { invoice_id, month, lines: lines.clone(), total, at: draft_at });
    log.account(account::Event::StatementFinalised {
        invoice_id,
        number: 1,
        month,
        lines,
        total,
        paid: Payment { voucher: money("0.00"), voucher_id: None, gift: money("150.00"), cash: money("1500.00") },
        due: money("350.00"),
        issued_on: jiff::civil::date(2022, 11, 3),
        at: final_at,
    });
    let suspend_at = at("2022-11-10T00:00:00+08:00");
    log.account(account::Event::FellIntoArrears { invoice_id, amount: money("350.00"), suspend_at, at: final_at });
    let view = log.view(&Subject::Account(acme()), "2022-11-03T00:00:00+08:00").expect("the account");
    let cny = |amount: &str| json!({"amount": amount, "currency": "CNY"});
    let arrears = json!({
        "since": "2022-11-03T00:00:00+08:00", "amount": cny("350.00"), "suspend_at": "2022-11-10T00:00:00+08:00",
    });
    assert_eq!((&view["state"], &view["arrears"]), (&json!("in_arrears"), &arrears));
    assert_eq!((&view["available"], &view["balance"]["cash"]), (&cny("-350.00"), &cny("0.00")));
    let stopped = log.view(&Subject::Account(acme()), "2022-11-10T00:00:00+08:00").expect("the account");
    assert_eq!(stopped["state"], "suspended");
}

#[test]
fn a_day_shows_whether_it_counts_and_whether_it_is_over() {
    let mut log = Log::on_pro();
    let (application_id, date) = (APPLICATION, jiff::civil::date(2022, 10, 12));
    let id = UsageMonthId { application_id, month: "2022-10".parse().expect("a month") };
    let told =
        usage::Event::UsageRecorded { application_id, date, dau: 101, peak_groups: 7, over_cap: false, at: at(BOUGHT) };
    log.fold(Stream::Usage(id), Event::Usage(told));
    let day = Subject::UsageDay { application_id, date };
    let view = log.view(&day, BOUGHT).expect("the day");
    let expected = json!({
        "application_id": 1_400_000_001_u64, "date": "2022-10-12", "dau": 101, "peak_groups": 7, "counted": true,
        "service_day": true, "over_cap": false, "provisional": true,
    });
    assert_eq!(view, expected);
    assert_eq!(log.view(&day, "2022-10-13T00:00:00+08:00").expect("the day")["provisional"], false);
    let unmeasured = Subject::UsageDay { application_id, date: jiff::civil::date(2022, 10, 13) };
    assert_eq!(log.view(&unmeasured, "2022-10-13T00:00:00+08:00"), None);
}

fn catalog() -> Catalog {
    Catalog::builtin().expect("the built-in lists")
}

fn a_statement() -> Invoice {
    let line = invoices::Line {
        line_id: LineId::default(),
        application_id: APPLICATION,
        item: "dau_overage".to_owned(),
        description: "Daily active users beyond the plan, postpaid, 2022-11".to_owned(),
        period: invoices::LinePeriod {
            start: at("2022-11-01T00:00:00+08:00"),
            end: at("2022-12-01T00:00:00+08:00"),
            last_day: jiff::civil::date(2022, 11, 30),
        },
        quantity: 1,
        unit_price: money("1000.00"),
        amount: money("600.00"),
        price_list: "2022-07".to_owned(),
        causes: vec![invoices::Cause { event_id: EventId::default(), position: 54 }],
        formula: "peak 15000 on 2022-11-05 × 18/30 days = 600.00".to_owned(),
        adjusts: None,
    };
    Invoice {
        invoice_id: InvoiceId::default(),
        number: Some(7),
        account_id: acme(),
        kind: "statement".to_owned(),
        state: "final".to_owned(),
        month: Some("2022-11".to_owned()),
        of: Vec::new(),
        issued_on: jiff::civil::date(2022, 12, 3),
        total: money("1234600.00"),
        amount_due: money("600.00"),
        paid: vec![],
        lines: vec![line],
        position: 12,
    }
}

#[test]
fn a_page_tells_its_payer_what_is_charged_and_why() {
    let parties = Parties { payer: "Acme Live Ltd.", application: &|_| Some("Chat"), past: None };
    let page = invoice_page(&a_statement(), &parties);
    let told = [
        "Statement no. 7 for 2022-11",
        "Acme Live Ltd. (acme)",
        "2022-12-03",
        "1400000001 · Chat",
        "2022-11-01 to 2022-11-30",
        "1,000.00",
        "peak 15000 on 2022-11-05 × 18/30 days = 600.00",
        "<a href=\"/v1/invoices/inv_00000000-0000-0000-0000-000000000000/lines/line_",
        "1,234,600.00 CNY",
        "to be paid",
        "price list 2022-07; from evt_00000000-0000-0000-0000-000000000000 at 54",
    ];
    for text in told {
        assert!(page.contains(text), "{text} is not in {page}");
    }
}

#[test]
fn a_credit_note_as_a_page_asks_for_nothing() {
    let of = vec![InvoiceId::default()];
    let note = Invoice { kind: "credit_note".to_owned(), month: None, amount_due: money("0.00"), of, ..a_statement() };
    let page = invoice_page(&note, &Parties { payer: "Acme", application: &|_| None, past: None });
    for shown in ["Credit note no. 7", "given back", "Gives back of", "1,234,600.00 CNY"] {
        assert!(page.contains(shown), "{shown} is missing");
    }
    assert!(!page.contains("Still to be paid"));
}

#[test]
fn no_name_on_a_page_is_ever_markup() {
    let hostile = r#"</title><script>alert('1')</script>"onload=x&"#;
    let page = invoice_page(&a_statement(), &Parties { payer: hostile, application: &|_| Some(hostile), past: None });
    assert!(!page.contains("<script") && !page.contains("alert('"), "{page}");
    let escaped = "&lt;/title&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;onload=x&amp;";
    assert_eq!(page.matches(escaped).count(), 2, "{page}");
}
