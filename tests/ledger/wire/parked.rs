//! Owns a parked payer through HTTP: every order is refused, reads are served, an operator lifts it, and what fell due
//! meanwhile has happened at its own instants.
//!
//! Nothing that is asked parks anybody, so the event is put into the log past the server, as the node would write it.

use hyper::Method;
use serde_json::{Value, json};
use subledger_domain::account;
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::{AccountId, CommandId, EventId};
use subledger_eventlog::open::{OpenOptions, open};
use subledger_eventlog::record::{Batch, Draft, Job, Recorded};
use subledger_eventlog::store::Appended;
use subledger_eventlog::verify::verify;
use subledger_projections::audit::audit;
use subledger_tests::on_both_stores;
use subledger_tests::served::{Place, Served, StoreKind};

use super::life::{at, cny, pack, text};
use super::refusal_codes::Refused;
use super::untouched::Untouched;

on_both_stores! {
    an_operator_unparks_and_what_fell_due_meanwhile_happens_at_its_own_instants
    unparking_is_refused_for_its_form_and_true_already_for_who_is_not_parked
}

/// Writes the event that the node writes when a timer of the payer is refused.
async fn park(place: &Place, account: &str, when: &str) {
    let options = OpenOptions { url: place.url.clone(), read_only: false, migrate: false, allow_unsafe: true };
    let store = open(options).await.expect("the server has let go of its store");
    let head = store.head().await.expect("the log ends somewhere");
    let own = store.read_stream("account", account, 0).await.expect("the payer's own events");
    let at: jiff::Timestamp = at(when).parse().expect("an instant");
    let id: AccountId = account.parse().expect("an id");
    let command = CommandId::timer(at, &id, "park", "by hand");
    let fact = Fact {
        id: EventId::from_uuid(command.uuid()),
        caused_by: command.to_string(),
        stream: Stream::Account(id),
        event: Event::Account(account::Event::AccountParked {
            invariant: "each due date fires exactly once".to_owned(),
            at,
        }),
    };
    let draft = draft(account, own.len() as u64 + 1, command, &fact);
    let batch = Batch::seal(
        store.log_id(),
        head,
        vec![Job { drafts: vec![draft], recorded_at: at, answer: None, clock: None }],
    );
    assert!(matches!(store.append(&batch).await, Ok(Appended::Written)));
}

fn draft(account: &str, sequence: u64, command: CommandId, fact: &Fact) -> Draft {
    Draft::of(fact, account, sequence, command, [("actor", "timer"), ("asked", "period_end")]).expect("plain data")
}

/// A payer with Pro from 2022-10-12 for a month and a pack, parked at noon of the 20th.
async fn scene(kind: StoreKind) -> (Served, u64, String) {
    let served = Served::start(kind, &at("2022-10-12")).await;
    served.open("acme", "50000.00", "0.00").await;
    let application = served.create("acme", "china").await;
    served.buy(application, "pro", 1).await.is(200);
    let bought = pack(&served, application, json!({"kind": "group_members", "months": 1})).await.ok();
    served.advance(&at("2022-10-20 12:00:00")).await;
    let place = served.stop().await;
    park(&place, "acme", "2022-10-20 12:00:00").await;
    let parked = Served::on(place, &at("2022-10-20")).await;
    // Its keys begin anew, and those of the days before are taken.
    (0..10).for_each(|_| drop(parked.key()));
    (parked, application, text(&bought["add_on_id"]).to_owned())
}

/// Every order there is, each of a good form.
fn orders(application: u64, add_on: &str) -> Vec<Refused> {
    let (payer, of) = ("/v1/accounts/acme", |tail: &str| format!("/v1/applications/{application}{tail}"));
    let (money, none) = (cny("1.00"), Value::Null);
    let writes = [
        (Method::POST, format!("{payer}/deposits"), json!({"amount": money, "kind": "cash", "reference": "r"})),
        (
            Method::POST,
            format!("{payer}/vouchers"),
            json!({"voucher_id": "v", "face": money, "expires_on": "2022-12-31"}),
        ),
        (Method::POST, "/v1/applications".to_owned(), json!({"account_id": "acme", "name": "n", "data_site": "china"})),
        (Method::POST, of("/subscription"), json!({"plan": "pro", "months": 1})),
        (Method::POST, of("/subscription/renewals"), json!({"months": 1})),
        (Method::PUT, of("/subscription/auto-renew"), json!({"enabled": true})),
        (Method::POST, of("/subscription/upgrade"), json!({"plan": "flagship"})),
        (Method::POST, of("/subscription/downgrade"), json!({"plan": "pro", "timing": "immediate", "ticket": "OP-1"})),
        (Method::DELETE, of("/subscription/downgrade"), none.clone()),
        (Method::POST, of("/subscription/refund"), json!({})),
        (Method::POST, of("/add-ons"), json!({"kind": "groups_per_user", "months": 1})),
        (Method::POST, of("/add-ons"), json!({"kind": "av_call", "variant": "trial"})),
        (Method::POST, of(&format!("/add-ons/{add_on}/renewals")), json!({"months": 1})),
        (Method::POST, of(&format!("/add-ons/{add_on}/refund")), json!({})),
        (Method::PUT, of(&format!("/add-ons/{add_on}/auto-renew")), json!({"enabled": true})),
        (Method::PUT, of("/history-retention"), json!({"days": 90})),
        (Method::POST, of("/features/push_all/requests"), none.clone()),
        (Method::DELETE, of("/features/push_all/requests"), none.clone()),
        (Method::POST, of("/features/push_all/approvals"), json!({"ticket": "OP-1"})),
        (Method::POST, of("/features/push_all/rejections"), json!({"ticket": "OP-1"})),
        (Method::POST, of("/suspensions"), json!({"reason": "spam", "ticket": "OP-1"})),
        (Method::DELETE, of("/suspensions/operator"), none),
        (Method::POST, of("/usage/daily"), json!({"date": "2022-10-20", "dau": 1, "peak_groups": 1})),
        (Method::POST, of("/usage/corrections"), json!({"date": "2022-10-12", "dau": 1, "reason": "r"})),
    ];
    writes.into_iter().map(|(method, path, body)| Refused::of(method, path, &body, "account_parked")).collect()
}

/// Refuses every order of a parked payer, and answers with which code.
pub(super) async fn reached(kind: StoreKind) -> Vec<&'static str> {
    let (served, application, add_on) = scene(kind).await;
    let untouched = Untouched::beside(&served).await;
    let before = untouched.seen(&served).await;
    assert_eq!(served.read("/v1/accounts/acme").await["state"], "parked");
    for refused in orders(application, &add_on) {
        refused.leaves_no_trace(&served, &untouched, &before).await;
    }
    vec!["account_parked"]
}

async fn an_operator_unparks_and_what_fell_due_meanwhile_happens_at_its_own_instants(kind: StoreKind) {
    let (mut served, application, _) = scene(kind).await;
    // Nothing happens by itself, however long it takes; what was is read as ever.
    served.advance(&at("2022-12-05 09:00:00")).await;
    let parked = served.application(application).await;
    assert_eq!((&parked["state"], &parked["subscription"]["paid_through"]), (&json!("active"), &json!("2022-11-11")));
    assert_eq!(served.check(application, &json!({"feature": "global_access"})).await["allowed"], true);
    let untouched = Untouched::beside(&served).await;
    let before = untouched.seen(&served).await;
    let path = "/v1/accounts/acme/unpark";
    let would = served.dry(Method::POST, path, &json!({"ticket": "OP-9"})).await.ok();
    assert_eq!((&would["state"], &would["receipt"]), (&json!("active"), &Value::Null));
    assert_eq!((&would["quote"]["lines"], untouched.seen(&served).await), (&json!([]), before));
    let unparked = served.client.post(path, "unpark", &json!({"ticket": "OP-9"})).await.is(200);
    let told = unparked.json();
    let event = &told["receipt"]["events"];
    assert_eq!(event.as_array().map(Vec::len), Some(1));
    assert_eq!((&told["state"], &event[0]["type"]), (&json!("active"), &json!("AccountUnparked")));
    assert_eq!(event[0]["effective_at"], at("2022-12-05 09:00:00"));
    assert_eq!(served.client.post(path, "unpark", &json!({"ticket": "OP-9"})).await.body, unparked.body);
    // Behind it stands what the days brought: the end of the term, the stop a week later, the month's statement.
    let log = served.log().await;
    let lifted = log.iter().position(|one| one["type"] == "AccountUnparked").expect("it is in the log");
    assert_eq!(log[lifted]["data"]["AccountUnparked"]["ticket"], "OP-9");
    let after: Vec<_> =
        log[lifted + 1..].iter().map(|one| format!("{} {}", text(&one["effective_at"]), text(&one["type"]))).collect();
    for happened in [
        "2022-11-12T00:00:00+08:00 GraceBegan",
        "2022-11-19T00:00:00+08:00 SubscriptionStopped",
        "2022-12-03T00:00:00+08:00 StatementFinalised",
    ] {
        assert!(after.iter().any(|one| one == happened), "no {happened} in {after:?}");
    }
    let now = served.application(application).await;
    let expired = json!([{"cause": "expired", "since": at("2022-11-19")}]);
    assert_eq!((&now["state"], &now["suspensions"]), (&json!("suspended"), &expired));
    // It is kept as any payer: orders are taken, time goes on, and a restart finds the same.
    served.renew(application, 1).await.is(200);
    served.restart().await;
    assert_eq!(served.read("/v1/accounts/acme").await["state"], "active");
    assert_eq!(served.application(application).await["subscription"]["paid_through"], "2023-01-04");
    served.advance(&at("2023-01-12")).await;
    assert_eq!(served.application(application).await["state"], "suspended");
    assert_sound(&served.stop().await).await;
}

/// The log is whole, and every row is what it says.
async fn assert_sound(place: &Place) {
    let options = OpenOptions { url: place.url.clone(), read_only: true, migrate: false, allow_unsafe: true };
    let store = open(options).await.expect("the ledger opens for reading");
    let decode = |event: &Recorded| event.fact::<Fact>().map(|_| ()).map_err(|fault| fault.to_string());
    verify(store.as_ref(), decode, |_, _| ()).await.expect("the log is whole");
    let report = audit(store.as_ref(), &subledger_projections::all(), &mut |_| ()).await.expect("audits");
    assert!(report.is_clean(), "{report}");
}

async fn unparking_is_refused_for_its_form_and_true_already_for_who_is_not_parked(kind: StoreKind) {
    let (served, ..) = scene(kind).await;
    let (path, head) = ("/v1/accounts/acme/unpark", served.head().await);
    for (body, pointer) in
        [(json!({"ticket": ""}), "/ticket"), (json!({"ticket": 1}), "/ticket"), (json!({"reason": "r"}), "/reason")]
    {
        let refused = served.post(path, &body).await;
        assert_eq!(refused.problem(), (422, "invalid_request".to_owned(), vec![pointer.to_owned()]), "{body}");
    }
    served.get(path).await.is_problem(405, "method_not_allowed");
    served.post("/v1/accounts/nobody/unpark", &json!({})).await.is_problem(404, "not_found");
    assert_eq!(served.head().await, head);
    // A ticket is noted if there is one; the path says everything.
    let headers = [("idempotency-key", "no-body")];
    let unparked = served.client.send(Method::POST, path, &headers, "").await.ok();
    assert_eq!(unparked["receipt"]["events"][0]["type"], "AccountUnparked");
    let again = served.post(path, &json!({})).await.ok();
    assert_eq!((&again["receipt"]["events"], &again["state"]), (&json!([]), &json!("active")));
}
