//! Owns random lives of one payer: orders that make sense and orders that do not, at instants where something happens.
//!
//! Does not own what must hold of them (`properties`, `late_worker`).

use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use subledger_domain::account::DepositKind;
use subledger_domain::catalog::{AddOn, CallVariant, Catalog};
use subledger_domain::decide::Order;
use subledger_domain::ids::ApplicationId;
use subledger_domain::plan::{DataSite, Feature, Plan};
use subledger_tests::fixtures::{self, beside_chat, instant};

use crate::timeline::Story;

/// Orders at their instants, never backwards.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) orders: Vec<(Timestamp, Order)>,
}

impl Life {
    /// Lived without a worker: what is due waits for the next order.
    pub(crate) fn lived(&self) -> Story {
        self.lived_under(fixtures::catalog())
    }

    /// The same under another catalogue.
    pub(crate) fn lived_under(&self, catalog: Catalog) -> Story {
        let mut story = Story::nobody(catalog);
        for (at, order) in &self.orders {
            story.ask(*at, order.clone());
        }
        story
    }
}

/// Times of day at which something may be due, the seconds around them, and any other.
fn second_of_day() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => Just(0),
        1 => Just(1),
        1 => Just(9 * 3_600),
        1 => Just(9 * 3_600 - 1),
        2 => Just(86_399),
        2 => 0..86_400_i64,
    ]
}

/// Days until the next order: mostly few, sometimes a grace, a month or past recycling.
fn days() -> impl Strategy<Value = i64> {
    prop_oneof![4 => Just(0), 3 => 1..6_i64, 2 => 7..9_i64, 3 => 27..40_i64, 1 => 85..130_i64]
}

fn application() -> impl Strategy<Value = ApplicationId> {
    (0..3_u64).prop_map(beside_chat)
}

fn site() -> impl Strategy<Value = DataSite> {
    prop::sample::select(DataSite::ALL.to_vec())
}

fn plan() -> impl Strategy<Value = Plan> {
    prop_oneof![1 => Just(Plan::Trial), 6 => Just(Plan::Pro), 3 => Just(Plan::Flagship)]
}

fn months() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 1..4_u32, 1 => 0..27_u32]
}

fn amount() -> impl Strategy<Value = String> {
    (0..9_000_u64, 0..100_u64).prop_map(|(yuan, fen)| format!("{yuan}.{fen:02}"))
}

fn order() -> impl Strategy<Value = Order> {
    let kind = prop_oneof![Just(DepositKind::Cash), Just(DepositKind::Gift)];
    prop_oneof![
        4 => (amount(), kind).prop_map(|(amount, kind)| fixtures::deposit(&amount, kind)),
        2 => (application(), site()).prop_map(|(id, site)| fixtures::create(id, site)),
        5 => (application(), plan(), months()).prop_map(|(id, plan, months)| fixtures::purchase(id, plan, months)),
        4 => (application(), months()).prop_map(|(id, months)| fixtures::renewal(id, months)),
        1 => Just(Order::RunDue),
        1 => Just(fixtures::open_account()),
    ]
}

/// A life of up to forty orders, from a day near the end of a month.
pub(crate) fn life() -> impl Strategy<Value = Life> {
    let orders = prop::collection::vec((days(), second_of_day(), order().prop_map(Asked::Order)), 1..40);
    (0..70_i64, orders).prop_map(|(first, orders)| told(first, &[], orders))
}

/// What is asked: an order, or one that is about the day it is asked on.
#[derive(Debug, Clone)]
enum Asked {
    Order(Order),
    /// Usage of so many days before.
    Usage(ApplicationId, i64, u64, u64),
}

fn told(first: i64, beginning: &[Order], orders: Vec<(i64, i64, Asked)>) -> Life {
    let mut day = instant("2022-12-25").checked_add((24 * first).hours()).expect("in range");
    let mut latest = day;
    let mut told = vec![(day, fixtures::open_account())];
    told.extend(beginning.iter().map(|order| (day, order.clone())));
    for (days, seconds, asked) in orders {
        day = day.checked_add((24 * days).hours()).expect("in range");
        latest = latest.max(day.checked_add(seconds.seconds()).expect("in range"));
        let order = match asked {
            Asked::Order(order) => order,
            Asked::Usage(application, before, dau, groups) => {
                let date = fixtures::civil_day(latest).saturating_add((-before).days());
                fixtures::usage(application, date, dau, groups)
            }
        };
        told.push((latest, order));
    }
    Life { orders: told }
}

fn add_on() -> impl Strategy<Value = AddOn> {
    let sold = [AddOn::AvchatroomUnlimited, AddOn::GroupMembers, AddOn::GroupsPerUser];
    let call = [CallVariant::Basic, CallVariant::Advanced, CallVariant::Premium].map(AddOn::AvCall);
    prop::sample::select([sold, call].concat())
}

fn feature() -> impl Strategy<Value = Feature> {
    prop::sample::select(vec![Feature::PushAll, Feature::Community])
}

fn asked() -> impl Strategy<Value = Asked> {
    let days = prop::sample::select(vec![7_u32, 30, 90, 180, 360, 60]);
    let dau = prop::sample::select(vec![0_u64, 9_999, 10_000, 10_001, 20_001, 57_000]);
    let groups = prop::sample::select(vec![0_u64, 100_000, 100_001, 320_000]);
    let order = prop_oneof![
        6 => order(),
        2 => (application(), add_on(), months()).prop_map(|(id, add_on, months)| fixtures::buy_add_on(id, add_on, months)),
        1 => application().prop_map(|id| fixtures::try_add_on(id, AddOn::AvCall(CallVariant::Trial))),
        2 => (application(), days).prop_map(|(id, days)| fixtures::keep_history(id, days)),
        1 => (application(), any::<bool>()).prop_map(|(id, stops)| {
            if stops { fixtures::operator_stop(id) } else { fixtures::lift(id) }
        }),
        2 => (application(), 0..4_u8, feature()).prop_map(|(id, what, feature)| match what {
            0 => fixtures::request(id, feature),
            1 => fixtures::approve(id, feature),
            2 => fixtures::reject(id, feature),
            _ => fixtures::withdraw(id, feature),
        }),
    ];
    let usage = (application(), -1..12_i64, dau, groups);
    prop_oneof![
        3 => order.prop_map(Asked::Order),
        2 => usage.prop_map(|(id, before, dau, groups)| Asked::Usage(id, before, dau, groups)),
    ]
}

/// A life with add-ons, usage, history storage and debts: two applications on plans with some money to begin with.
pub(crate) fn busy_life() -> impl Strategy<Value = Life> {
    let orders = prop::collection::vec((days(), second_of_day(), asked()), 1..50);
    (0..70_i64, 1..4_u32, orders).prop_map(|(first, months, orders)| {
        let [home, abroad] = [0, 1].map(beside_chat);
        let beginning = [
            fixtures::deposit("16000.00", DepositKind::Cash),
            fixtures::create(home, DataSite::China),
            fixtures::create(abroad, DataSite::India),
            fixtures::purchase(home, Plan::Pro, months),
            fixtures::purchase(abroad, Plan::Pro, 1),
        ];
        told(first, &beginning, orders)
    })
}
