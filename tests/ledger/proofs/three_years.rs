//! Owns the proof of the same log for one payer's three years, in which every kind of thing happens that comes by itself:
//! packs and a trial, storage, readings and corrections, statements, a debt paid and one that is not, stops, returns,
//! recycling. Told in jumps, by the day, with nobody looking after what is due, and by nodes that come and go.
//!
//! Does not own random lives (`story`) nor the ways of time (`same_log`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use subledger_api::engine::WriteFault;
use subledger_domain::account::DepositKind;
use subledger_domain::calendar::Month;
use subledger_domain::catalog::{AddOn, CallVariant};
use subledger_domain::decide::Order;
use subledger_domain::ids::{AddOnId, ApplicationId};
use subledger_domain::plan::{DataSite, Plan};
use subledger_memory::MemoryStore;
use subledger_projections::runner;
use subledger_tests::fixtures::{
    buy_add_on, civil_day, create, deposit, instant, keep_history, open_account, payer, purchase, renew_add_on,
    renewal, try_add_on, usage,
};

use super::node::{Asked, application};
use super::place::{Keeps, Place, whole_log};
use super::process;
use super::same_log::{Outcome, Way, assert_same, pass, start};

const LAB: u64 = 1;
const CHAT: u64 = 2;
const ABROAD: u64 = 3;
const EVENTS: u64 = 4;
const PILOT: u64 = 5;
const FRESH: u64 = 6;

/// What is asked. A renewal of a pack names what was bought, whose id the answer to its purchase told.
enum Wish {
    Order(Order),
    RenewPack(ApplicationId, AddOn, u32),
}

/// Wishes with their instants; sorted before they are told.
#[derive(Default)]
struct Script(Vec<(Timestamp, Wish)>);

impl Script {
    fn on(&mut self, when: &str, orders: impl IntoIterator<Item = Order>) {
        self.0.extend(orders.into_iter().map(|order| (instant(when), Wish::Order(order))));
    }

    /// Three days of a month, told on the 26th, and one of them corrected when the draft has gone out.
    fn measure(&mut self, month: Month, busiest: u64) {
        for id in [LAB, CHAT, ABROAD, EVENTS] {
            for (day, dau) in [(11, 9_000), (18, busiest), (25, 10_001)] {
                let date = nth(month, day);
                let dau = if id == LAB { dau / 100 } else { dau };
                self.on(&told_on(month), [usage(application(id), date, dau, dau * 9)]);
            }
        }
        let corrected = nth(month, 18);
        let next = month.last_day().saturating_add(jiff::ToSpan::days(2));
        self.on(&format!("{next} 12:00"), [usage(application(CHAT), corrected, busiest - 1_000, 1)]);
    }
}

/// A day that every month has.
fn nth(month: Month, day: i64) -> Date {
    month.first_day().saturating_add(jiff::ToSpan::days(day - 1))
}

fn told_on(month: Month) -> String {
    format!("{} 12:00", nth(month, 26))
}

fn months(first: &str, count: usize) -> impl Iterator<Item = Month> {
    let first: Month = first.parse().expect("a month");
    std::iter::successors(Some(first), |month| Some(month.next())).take(count)
}

fn cash(amount: &str) -> Order {
    deposit(amount, DepositKind::Cash)
}

fn three_years() -> Vec<(Timestamp, Wish)> {
    let mut script = Script::default();
    begin(&mut script);
    first_year(&mut script);
    debts(&mut script);
    script.0.sort_by_key(|(at, _)| *at);
    script.0
}

fn begin(script: &mut Script) {
    let ids = [LAB, CHAT, EVENTS, PILOT].map(application);
    script.on("2022-10-12 10:00", [open_account(), cash("600000.00"), deposit("500.00", DepositKind::Gift)]);
    script.on("2022-10-12 10:00", ids.map(|id| create(id, DataSite::China)));
    script.on("2022-10-12 10:00", [create(application(ABROAD), DataSite::Singapore)]);
}

/// Packs and trials, storage, one application left alone for good and one bought again.
fn first_year(script: &mut Script) {
    use AddOn::{AvchatroomUnlimited, GroupMembers, GroupsPerUser};
    let call = AddOn::AvCall;
    let [lab, chat, abroad, events, pilot] = [LAB, CHAT, ABROAD, EVENTS, PILOT].map(application);
    script.on("2022-10-12 10:10:52", [purchase(chat, Plan::Pro, 12), keep_history(chat, 90)]);
    script.on("2022-10-12 10:10:52", [buy_add_on(chat, GroupsPerUser, 24), buy_add_on(chat, GroupMembers, 1)]);
    script.on("2022-10-12 10:10:52", [buy_add_on(chat, AvchatroomUnlimited, 3)]);
    script.on("2022-10-12 10:10:52", [purchase(events, Plan::Pro, 1), purchase(pilot, Plan::Pro, 1)]);
    script.on("2022-10-13", [try_add_on(chat, call(CallVariant::Trial))]);
    script.on("2022-10-15", [buy_add_on(chat, call(CallVariant::Basic), 2)]);
    script.on("2022-10-20", [purchase(abroad, Plan::Flagship, 6), buy_add_on(abroad, GroupMembers, 12)]);
    script.on("2022-10-20", [buy_add_on(abroad, call(CallVariant::Premium), 1)]);
    for day in ["2022-10-12 12:00", "2022-10-25", "2022-11-05"] {
        script.on(day, [try_add_on(lab, call(CallVariant::Trial))]);
    }
    script.0.push((instant("2022-11-14 12:00"), Wish::RenewPack(chat, GroupMembers, 1)));
    script.on("2022-12-05", [keep_history(chat, 360), keep_history(chat, 30)]);
    script.on("2022-12-10 09:00", [purchase(events, Plan::Flagship, 10), keep_history(events, 90)]);
    script.on("2023-02-10", [keep_history(chat, 7)]);
    script.on("2023-03-01", [purchase(pilot, Plan::Pro, 1)]);
    script.on("2023-04-25 23:59:59", [renewal(abroad, 6)]);
    for month in months("2022-10", 8) {
        script.measure(month, 25_000);
    }
}

/// A debt of which a part is paid before everything stops, and the rest after it; and nine months at once, at whose end
/// a bill comes that nobody pays before everything is recycled.
fn debts(script: &mut Script) {
    let [chat, events, fresh] = [CHAT, EVENTS, FRESH].map(application);
    script.measure("2023-06".parse().expect("a month"), 3_000_000);
    script.on("2023-07-05", [cash("10000.00"), renewal(chat, 1)]);
    script.on("2023-07-12", [renewal(chat, 1), create(fresh, DataSite::China)]);
    script.on("2023-07-20 18:30", [cash("3000000.00"), keep_history(chat, 180)]);
    for month in months("2023-07", 9) {
        script.measure(month, 25_000);
    }
    script.on("2023-10-15", [renewal(chat, 24)]);
    script.on("2023-11-05", [purchase(events, Plan::Pro, 24), buy_add_on(events, AddOn::GroupMembers, 24)]);
    script.measure("2024-12".parse().expect("a month"), 9_000_000);
    script.on("2025-05-20", [cash("90000000.00"), create(fresh, DataSite::Korea), purchase(chat, Plan::Pro, 1)]);
    // Stopped on the first of a month, which then has no service day after all.
    script.on("2025-05-24", [purchase(fresh, Plan::Pro, 1), buy_add_on(fresh, AddOn::GroupMembers, 12)]);
    script.on("2025-06-30 12:00", [usage(fresh, civil_day(instant("2025-06-30")), 10_001, 0)]);
    script.on("2025-10-15", [cash("0.01")]);
}

async fn told(place: &impl Keeps, way: Way) -> Outcome {
    let mut engine = start(place, way).await;
    let (mut answers, mut packs) = (Vec::new(), BTreeMap::new());
    for (number, (at, wish)) in three_years().into_iter().enumerate() {
        if way == Way::Restarted && number % 29 == 28 {
            drop(engine);
            engine = start(place, way).await;
        }
        pass(&engine, way, at).await;
        let order = match wish {
            Wish::Order(order) => order,
            Wish::RenewPack(application, add_on, months) => {
                renew_add_on(application, packs[&(application, add_on.to_string())], months)
            }
        };
        let bought = match &order {
            Order::BuyAddOn { application_id, add_on, .. } => Some((*application_id, add_on.to_string())),
            _ => None,
        };
        let asked = Asked { account: payer(), order };
        let answer = match engine.submit(asked.under(&format!("order-{number}"))).await {
            Ok(accepted) => Ok(accepted.body),
            Err(WriteFault::Refused(refusal)) => Err(refusal.to_string()),
            Err(fault) => panic!("{way:?}, order {number}: {fault}"),
        };
        if let (Some(bought), Ok(body)) = (bought, &answer) {
            packs.insert(bought, add_on_id(body));
        }
        answers.push(answer);
    }
    let log = whole_log(place.open_to_read().await.as_ref()).await;
    Outcome { hashes: log.iter().map(|event| event.hash).collect(), answers }
}

fn add_on_id(body: &str) -> AddOnId {
    let body: serde_json::Value = serde_json::from_str(body).expect("an answer is JSON");
    body["add_on_id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no add_on_id in {body}"))
}

/// The life must go everywhere that it says.
const HAPPENS: [&str; 31] = [
    "AccountOpened",
    "AccountSuspended",
    "AddOnEnded",
    "AddOnGraceBegan",
    "AddOnReminded",
    "AddOnRenewed",
    "AddOnStarted",
    "AddOnTrialStarted",
    "ApplicationCreated",
    "ApplicationRecycled",
    "ApplicationSuspended",
    "ArrearsCleared",
    "BillingMonthOpened",
    "BillingMonthPassed",
    "FellIntoArrears",
    "GraceBegan",
    "HistoryRetentionSet",
    "MoneyDeposited",
    "OrderPaid",
    "PlanEntered",
    "ReceivablePaid",
    "RenewalReminded",
    "StatementDrafted",
    "StatementFinalised",
    "SubscriptionEnded",
    "SubscriptionRenewed",
    "SubscriptionStarted",
    "SubscriptionStopped",
    "SuspensionLifted",
    "UsageMonthClosed",
    "UsageRecorded",
];

async fn assert_everything_happened(place: &Place, outcome: &Outcome) {
    let log = whole_log(place.open_to_read().await.as_ref()).await;
    let happened: BTreeSet<&str> = log.iter().map(|event| event.event_type.as_str()).collect();
    let missing: Vec<&str> = HAPPENS.into_iter().filter(|event| !happened.contains(event)).collect();
    assert_eq!(missing, [] as [&str; 0], "of {} events", log.len());
    let refused: Vec<&String> = outcome.answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(refused.len() > 5 && refused.len() < outcome.answers.len() / 2, "{refused:#?}");
}

/// Its projections folded, the binary's own `audit` and `verify` find nothing.
async fn assert_whole(place: &Place) {
    let store = place.open().await;
    let projections = subledger_projections::all();
    runner::prepare(store.as_ref(), &projections).await.expect("the tables are made");
    for projection in &projections {
        while !runner::run_once(store.as_ref(), projection.as_ref()).await.expect("folds").caught_up {}
    }
    drop(store);
    drop(place.open().await);
    for command in ["audit", "verify"] {
        let ran = process::run(place, &[command]).await;
        assert!(ran.succeeded, "{command}: {ran:?}");
    }
}

#[tokio::test]
async fn three_years_are_the_same_log_by_every_way_of_time_and_are_whole() {
    let reference = Place::sqlite();
    let expected = told(&reference, Way::Jump).await;
    assert_everything_happened(&reference, &expected).await;
    assert_whole(&reference).await;
    for way in [Way::Daily, Way::Unattended, Way::Restarted] {
        assert_same(&format!("sqlite, {way:?}"), &expected, &told(&Place::sqlite(), way).await);
    }
    for way in [Way::Jump, Way::Daily, Way::Unattended] {
        let place = Place::postgres("three_years");
        assert_same(&format!("postgres, {way:?}"), &expected, &told(&place, way).await);
        assert_whole(&place).await;
    }
    assert_same("memory", &expected, &told(&Arc::<MemoryStore>::default(), Way::Jump).await);
}
