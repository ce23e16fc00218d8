//! Owns the stored form of every event: one golden file per (type, version), added once and never changed.
//!
//! Does not own the columns around a payload (the log). `UPDATE_GOLDEN=1` writes files that are missing; a file that is
//! there is a promise to every ledger in the world, and nothing here rewrites it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;

use cqrs_es::{Aggregate, DomainEvent};
use subledger_domain::account::{self, Account};
use subledger_domain::add_on::{self, AddOnPurchase};
use subledger_domain::application::{self, Application};
use subledger_domain::calendar::Month;
use subledger_domain::catalog::{AddOn, PromotionName};
use subledger_domain::charge::Item;
use subledger_domain::decide::{Wanted, publish};
use subledger_domain::envelope::{DecodeFault, Routed, StoredFact};
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::{AddOnId, CommandId, EventId, UsageMonthId};
use subledger_domain::plan::{Feature, Plan};
use subledger_domain::publication::{self, NO_PAYER, Publication};
use subledger_domain::subscription::{self, Subscription};
use subledger_domain::terms::DowngradeTiming::{Immediate, PeriodEnd};
use subledger_domain::usage::{self, UsageMonth};
use subledger_tests::fixtures::{
    CHAT, agreement, catalog, cny, day, instant, of_account, parked, payer, promoted, purchase, renewal, unparked,
    uuid, with_voucher,
};

use crate::timeline::Story;

type Stored = (&'static str, &'static str);

/// Every (type, version) a release writes, with the stream an example stands on.
pub(crate) fn written() -> Vec<(Stored, Stream)> {
    let of = |stored: &'static [Stored], stream: Stream| stored.iter().map(move |entry| (*entry, stream.clone()));
    of(account::Event::STORED, Stream::Account(payer()))
        .chain(of(application::Event::STORED, Stream::Application(CHAT)))
        .chain(of(subscription::Event::STORED, Stream::Subscription(agreement(1))))
        .chain(of(add_on::Event::STORED, Stream::AddOn(AddOnId::from_uuid(uuid(1)))))
        .chain(of(usage::Event::STORED, Stream::Usage(october())))
        .chain(of(publication::Event::STORED, Stream::PriceList("2023-03".parse().expect("an id"))))
        .collect()
}

fn october() -> UsageMonthId {
    UsageMonthId { application_id: CHAT, month: Month::of(day("2022-10-20")) }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/events")
}

fn file_name((event_type, version): Stored) -> String {
    format!("{event_type}.v{version}.json")
}

/// Events that learnt an optional field after their first file, which stays; a further file, called after the field, has
/// it. The last one of an event is how it is written today.
const LEARNT: [(&str, &str, &str); 2] =
    [("AddOnStarted", "1", "raises_by_plan"), ("AddOnRenewed", "1", "raises_by_plan")];

/// Every file of an event, the oldest first.
fn file_names(stored: Stored) -> Vec<String> {
    let (event_type, version) = stored;
    let of_it = LEARNT.iter().filter(|learnt| (learnt.0, learnt.1) == stored);
    let learnt = of_it.map(|(.., field)| format!("{event_type}.v{version}.{field}.json"));
    std::iter::once(file_name(stored)).chain(learnt).collect()
}

/// The exact payload: the file without the line end that makes it a text file.
fn golden(stored: Stored) -> String {
    golden_file(&file_name(stored))
}

fn golden_file(name: &str) -> String {
    static ADDED: Once = Once::new();
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        ADDED.call_once(add_missing);
    }
    let path = folder().join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|fault| {
        panic!("{}: {fault}; a new event needs its file: UPDATE_GOLDEN=1 adds those that are missing", path.display())
    });
    text.strip_suffix('\n').expect("a golden file ends with a line end").to_owned()
}

fn decoded((event_type, event_version): Stored, stream: &Stream, payload: &str) -> Result<Fact, DecodeFault> {
    Fact::decode(&StoredFact {
        aggregate_type: stream.aggregate_type(),
        aggregate_id: &stream.aggregate_id(),
        event_type,
        event_version,
        event_id: EventId::from_uuid(uuid(1)),
        payload,
        caused_by: "cmd_0183c8a1-0000-7000-8000-000000000001",
    })
}

/// A payer who measures, packs, owes, is stopped, pays, and is recycled at last with a plan that still runs.
fn in_arrears() -> Story {
    let members = AddOn::GroupMembers;
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-12 10:00").deposit("20000.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-10-12 10:00").pack(CHAT, members, 1).and().try_pack(CHAT).and().keep(CHAT, 90).accepted();
    story.on("2022-10-21 08:30").measure(CHAT, "2022-10-20", 25_000, 120_000).accepted();
    story.on("2022-10-25").renew(CHAT, 12).accepted();
    story.on("2022-11-13").renew_pack(CHAT, members, 1).accepted();
    story.on("2022-11-21 08:30").measure(CHAT, "2022-11-20", 30_000, 0).accepted();
    story.on("2022-12-08").deposit("500.00").accepted();
    story.on("2022-12-12").deposit("487.00").accepted();
    story.on("2023-12-31").settle().accepted();
    story
}

/// A payer whose only plan stops on the first of a month, so that the month has no service day after all.
fn stopped_on_the_first() -> Story {
    let mut story = Story::begin("2022-10-24");
    story.on("2022-10-24").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2023-01-31").settle().accepted();
    story
}

/// A payer who asks for push, is refused, asks again and gets it, is stopped by an operator, and leaves Flagship under that
/// stop.
fn asks_for_features() -> Story {
    let push = Feature::PushAll;
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12 10:00").deposit("20000.00").and().buy(CHAT, Plan::Flagship, 1).accepted();
    story.on("2022-10-13 09:00").request(CHAT, push).and().withdraw(CHAT, push).and().request(CHAT, push).accepted();
    story.on("2022-10-14 11:30").reject(CHAT, push).and().request(CHAT, push).accepted();
    story.on("2022-10-17 15:00").approve(CHAT, push).accepted();
    story.on("2022-11-01 08:00").stop(CHAT).accepted();
    story.on("2022-11-25").buy(CHAT, Plan::Pro, 1).accepted();
    story
}

/// A payer who goes up and down, renews by itself in vain, gives back, and whose settled months are corrected, in arrears
/// and out of them.
fn changes_and_gives_back() -> Story {
    let members = AddOn::GroupMembers;
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-12 10:00").deposit("6000.00").and().buy(CHAT, Plan::Pro, 1).and().auto_renew(CHAT, Some(1));
    story.on("2022-10-12 10:00").pack(CHAT, members, 1).and().auto_renew_pack(CHAT, members).accepted();
    story.on("2022-10-20 11:00").upgrade(CHAT).accepted();
    story.on("2022-10-20 12:00").downgrade(CHAT, Plan::Pro, PeriodEnd).and().cancel_downgrade(CHAT).accepted();
    story.on("2022-10-21 08:30").measure(CHAT, "2022-10-20", 25_000, 120_000).accepted();
    story.on("2022-10-25 12:00").downgrade(CHAT, Plan::Pro, Immediate).accepted();
    story.on("2022-11-04 09:00").correct(CHAT, "2022-10-20", 55_000).accepted();
    story.on("2022-11-05 09:00").correct(CHAT, "2022-10-20", 25_000).accepted();
    story.on("2022-11-13 09:00").refund_pack(CHAT, members, None);
    story.on("2022-12-20 09:00").settle().accepted();
    story
}

/// A payer in arrears who gives an add-on and the plan back.
fn gives_back_in_arrears() -> Story {
    let members = AddOn::GroupMembers;
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-12 10:00").deposit("2498.00").and().buy(CHAT, Plan::Pro, 2).accepted();
    story.on("2022-10-12 10:00").pack(CHAT, members, 1).accepted();
    story.on("2022-10-21 08:30").measure(CHAT, "2022-10-20", 15_000, 0).accepted();
    story.on("2022-11-03 10:00").refund_pack(CHAT, members, None).accepted();
    story.on("2022-11-03 11:00").refund(CHAT).accepted();
    story
}

/// A voucher with everything one can say of it.
fn every_condition() -> account::VoucherConditions {
    account::VoucherConditions {
        minimum: Some(cny("999.00")),
        applies_to: Some(vec![Item::Pro, Item::GroupMembers]),
        months_min: Some(1),
        months_max: Some(12),
        pay_mode: Some(account::PayMode::Prepaid),
    }
}

/// Lives in which every event happens, and the first payload of each.
fn examples() -> BTreeMap<String, String> {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12 10:00").gift("300.00").and().deposit("4000.00");
    story.on("2022-10-12 10:00").grant_for("welcome", "500.00", "2022-10-13", every_condition()).accepted();
    story.on("2022-10-12 10:10:52").buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-11-14 12:00").renew(CHAT, 1).accepted();
    story.on("2023-01-05 16:20").renew(CHAT, 1).accepted();
    story.on("2024-01-01").settle().accepted();
    let (parked, unparked) = (of_account(1, parked("2024-01-01")), of_account(2, unparked("2024-01-02")));
    let mut examples = BTreeMap::new();
    let (wanted, at) = (Wanted::OfTheRelease("2023-03".to_owned()), instant("2022-10-12 10:00"));
    let published = publish(&catalog(), &wanted, CommandId::keyed(at, NO_PAYER, "1"), at).expect("a later list");
    let published = published.facts.iter().map(|placed| &placed.fact);
    let lives = [
        in_arrears(),
        story,
        stopped_on_the_first(),
        changes_and_gives_back(),
        gives_back_in_arrears(),
        asks_for_features(),
    ];
    for fact in lives.iter().flat_map(Story::facts).chain([&parked, &unparked]).chain(published) {
        let name = format!("{}.v{}.json", fact.event_type(), fact.event_version());
        examples.entry(name).or_insert_with(|| fact.encode().expect("plain data"));
    }
    examples
}

/// What an event may have beside what every one of its kind has, with a golden file of its own: how it shows in a payload.
const MEMBERS: [(Stored, &str, &str); 6] = [
    (("ApplicationSuspended", "1"), "operator", "\"cause\":\"operator\""),
    (("SuspensionLifted", "1"), "operator_stays", "\"operator_stays\":"),
    (("OrderPaid", "1"), "promotion", "\"promotion\":"),
    (("OrderPaid", "1"), "voucher", "\"voucher_id\":"),
    (("StatementFinalised", "1"), "voucher", "\"voucher_id\":"),
    (("SubscriptionStarted", "1"), "promotion", "\"promotional\":"),
];

/// A first purchase, a renewal and a statement, each with a voucher.
fn reduced() -> Story {
    let mut story = Story::begin("2022-10-12");
    for id in ["welcome", "spring"] {
        story.on("2022-10-12").grant(id, "500.00", "2022-11-30").accepted();
    }
    let first = promoted(purchase(CHAT, Plan::Pro, 1), PromotionName::FirstPurchase);
    story.on("2022-10-12 10:10:52").deposit("1000.00").and().order(first).accepted();
    story.on("2022-10-13").order(with_voucher(renewal(CHAT, 1), "welcome")).accepted();
    story.on("2022-10-14").measure(CHAT, "2022-10-13", 12_000, 0).accepted();
    story.on("2022-11-03").settle().accepted();
    story
}

#[test]
fn what_an_event_may_have_beside_reads_and_writes_its_golden_bytes() {
    let stories = [reduced(), asks_for_features()];
    for (stored, member, sign) in MEMBERS {
        let path = folder().join(format!("{}.v{}.{member}.json", stored.0, stored.1));
        let has_it = |fact: &&Fact| fact.event_type() == stored.0 && fact.encode().expect("plain data").contains(sign);
        let example =
            stories.iter().flat_map(Story::facts).find(has_it).unwrap_or_else(|| panic!("no {member} in {}", stored.0));
        if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") && !path.exists() {
            fs::write(&path, format!("{}\n", example.encode().expect("plain data")))
                .expect("the folder can be written");
        }
        let text = fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        let payload = text.strip_suffix('\n').expect("a golden file ends with a line end");
        let fact = decoded(stored, &example.stream, payload).unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(fact.encode().expect("plain data"), payload, "{}", path.display());
        let shape = |text: &str| fields("", &serde_json::from_str(text).expect("a payload is JSON"));
        assert_eq!(shape(&example.encode().expect("plain data")), shape(payload), "{}", path.display());
    }
}

#[test]
fn every_stored_event_reads_and_writes_its_golden_bytes() {
    for (stored, stream) in written() {
        for name in file_names(stored) {
            let payload = golden_file(&name);
            let fact = decoded(stored, &stream, &payload).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert_eq!((fact.event_type().as_str(), fact.event_version().as_str()), stored);
            assert_eq!(fact.encode().expect("plain data"), payload, "{name}");
            assert_eq!(fact.stream, stream);
        }
    }
}

fn add_missing() {
    let examples = examples();
    for (stored, _) in written() {
        let last = file_names(stored).pop().expect("an event has a file");
        let path = folder().join(last);
        if !path.exists() {
            let payload = examples.get(&file_name(stored)).expect("the life of the examples has every event");
            fs::write(&path, format!("{payload}\n")).expect("the golden folder can be written");
        }
    }
}

#[test]
fn every_golden_file_is_of_an_event_that_can_still_be_read() {
    let mut known: BTreeSet<String> = written().into_iter().flat_map(|(stored, _)| file_names(stored)).collect();
    known.extend(MEMBERS.map(|((event, version), member, _)| format!("{event}.v{version}.{member}.json")));
    for entry in fs::read_dir(folder()).expect("the golden folder is there") {
        let name = entry.expect("a folder that opened lists its entries").file_name().into_string().expect("ASCII");
        // An older version belongs here too, once an upcaster leads from it; then this list learns of it.
        assert!(known.contains(&name), "{name} belongs to no event that is written");
    }
}

#[test]
fn what_is_written_today_has_the_fields_of_its_golden_file() {
    let examples = examples();
    for (stored, _) in written() {
        let shape = |text: &str| fields("", &serde_json::from_str(text).expect("a payload is JSON"));
        let last = file_names(stored).pop().expect("an event has a file");
        assert_eq!(shape(&examples[&file_name(stored)]), shape(&golden_file(&last)), "{last}");
    }
}

/// Paths of all members, with array places left out.
fn fields(path: &str, value: &serde_json::Value) -> BTreeSet<String> {
    match value {
        serde_json::Value::Object(members) => {
            members.iter().flat_map(|(name, value)| fields(&format!("{path}/{name}"), value)).collect()
        }
        serde_json::Value::Array(items) => items.iter().flat_map(|item| fields(path, item)).collect(),
        _ => BTreeSet::from([path.to_owned()]),
    }
}

#[test]
fn the_golden_events_still_fold_into_what_they_meant() {
    let read = |event_type: &'static str, stream: &Stream| {
        decoded((event_type, "1"), stream, &golden((event_type, "1"))).expect("read above").event
    };
    let (mut payer_state, mut application, mut agreement_state) =
        (Account::default(), Application::default(), Subscription::default());
    let (mut pack, mut month, mut published) =
        (AddOnPurchase::default(), UsageMonth::default(), Publication::default());
    for ((event_type, _), stream) in written() {
        match read(event_type, &stream) {
            Event::Account(event) => payer_state.apply(event),
            Event::Application(event) => application.apply(event),
            Event::Subscription(event) => agreement_state.apply(event),
            Event::AddOn(event) => pack.apply(event),
            Event::Usage(event) => month.apply(event),
            Event::PriceList(event) => {
                // The form of a list's file is a stored form too: what was published is read for ever.
                assert_eq!(event.list().map(|list| list.id().to_owned()).as_deref(), Ok("2023-03"));
                published.apply(event);
            }
        }
    }
    let payer_state = payer_state.open().expect("opened").clone();
    assert_eq!((payer_state.gift.to_string().as_str(), payer_state.invoices_issued), ("0.00 CNY", 4));
    assert!(payer_state.receivables.is_empty() && payer_state.billing.is_empty() && payer_state.arrears.is_none());
    assert_eq!(payer_state.parked, None);
    let application = application.created().expect("created");
    assert_eq!((application.plan, application.suspensions.is_empty()), (Plan::Pro, true));
    assert!(application.recycled_at.is_some());
    let running = agreement_state.started().expect("started");
    assert_eq!((running.terms.months(), running.is_running()), (2, false));
    let pack = pack.started().expect("started");
    assert_eq!((pack.terms.months(), pack.add_on(), pack.is_running()), (2, AddOn::GroupMembers, false));
    let read = month.reading(day("2022-10-20")).map(|reading| (reading.dau, reading.peak_groups, reading.over_cap));
    assert_eq!((read, month.is_closed()), (Some((55_000, 120_000, false)), true));
    assert_eq!(published.published().map(|list| list.effective_from), Some(day("2023-03-07")));
}

#[test]
fn an_unknown_event_a_false_name_and_a_field_too_few_are_told_apart() {
    let (account, opened) = (Stream::Account(payer()), golden(("AccountOpened", "1")));
    let unknown = |stored| matches!(decoded(stored, &account, &opened), Err(DecodeFault::UnknownEvent { .. }));
    assert!(unknown(("AccountOpened", "2")));
    assert!(unknown(("AccountClosed", "1")));
    assert!(unknown(("PlanEntered", "1")));
    let malformed = |payload: &str| {
        matches!(decoded(("AccountOpened", "1"), &account, payload), Err(DecodeFault::Malformed { .. }))
    };
    assert!(malformed(&golden(("MoneyDeposited", "1"))));
    assert!(malformed(&opened.replace("\"new_customer\":true,", "")));
    assert!(malformed(&opened[1..]));
    assert!(malformed(""));
}
