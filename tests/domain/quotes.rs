//! Owns that a quote is exact: what it says an order comes to is what the order brings about, line by line and right by
//! right; and what it says comes after is what is billed.
//!
//! Does not own how an order is held to it (`ledger/wire`).

use subledger_domain::account;
use subledger_domain::account::DepositKind;
use subledger_domain::books::Working;
use subledger_domain::catalog::{AddOn, CallVariant};
use subledger_domain::charge::Item;
use subledger_domain::decide::{Command, Order, as_at, decide};
use subledger_domain::entitlement::Entitlements;
use subledger_domain::fact::Event;
use subledger_domain::ids::CommandId;
use subledger_domain::plan::{DataSite, Feature, Plan, Quota};
use subledger_domain::quote::{self, Quote, QuotedLine, Standing};
use subledger_tests::fixtures::{
    CHAT, beside_chat, buy_add_on, catalog, cny, instant, payer, purchase, renew_add_on, renewal,
};

use crate::timeline::Story;

/// What an order would come to in a story, which goes on as if it had not been asked.
#[track_caller]
fn quoted(story: &Story, when: &str, order: Order) -> Quote {
    let at = instant(when);
    let before = as_at(Working::over(&story.books), at, &story.catalog);
    let command = Command { id: CommandId::keyed(at, payer().as_str(), "quote"), at, order };
    let outcome = decide(Working::over(&story.books), &command, &catalog());
    let decision = outcome.order.unwrap_or_else(|refusal| panic!("{when}: {refusal}"));
    let quote = quote::of(&before, &outcome.books, &decision).expect("small amounts");
    let paid = decision.facts.iter().filter_map(|placed| match &placed.fact.event {
        Event::Account(account::Event::OrderPaid { total, .. }) => Some(*total),
        _ => None,
    });
    let paid = paid.fold(cny("0.00"), |sum, total| sum.plus(total).expect("small amounts"));
    assert_eq!(quote.total, paid, "the total is what is paid");
    for change in &quote.rights {
        let standing = |books: &Working<'_>| standing(books, change.application_id, change.name);
        assert_eq!((standing(&before), standing(&outcome.books)), (Some(change.from), Some(change.to)), "{change:?}");
    }
    quote
}

/// A row of the matrix as a check would find it; nothing for the states beside it.
fn standing(books: &Working<'_>, id: subledger_domain::ids::ApplicationId, name: &str) -> Option<Standing> {
    let rights = Entitlements::of(books, id);
    let rights = rights.as_ref();
    match (Quota::named(name), Feature::named(name), name) {
        (Some(row), ..) => Some(Standing::Limit(rights.map_or(Some(0), |rights| rights.quota(row).limit))),
        (_, Some(row), _) => Some(Standing::Granted(rights.is_some_and(|rights| rights.feature(row).granted))),
        (_, _, "plan") => Some(Standing::Plan(rights.map(Entitlements::plan))),
        (_, _, "in_service") => Some(Standing::Granted(rights.is_some_and(Entitlements::in_service))),
        (_, _, "paid_through") => {
            let application = books.application(id);
            let agreement = application.and_then(|application| books.running_agreement(application));
            Some(Standing::Day(agreement.map(|(_, agreement)| agreement.terms.last_day())))
        }
        _ => None,
    }
}

fn amounts(quote: &Quote) -> Vec<(Item, String)> {
    quote.lines.iter().map(|QuotedLine { line, .. }| (line.item, line.amount.amount().to_string())).collect()
}

fn coming(quote: &Quote) -> Vec<(Item, String)> {
    quote.coming.iter().map(|line| (line.item, line.amount.amount().to_string())).collect()
}

fn changed(quote: &Quote) -> Vec<&'static str> {
    quote.rights.iter().map(|change| change.name).collect()
}

fn on_pro() -> Story {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("90000.00").accepted();
    story.on("2022-10-12 10:00").buy(CHAT, Plan::Pro, 1).accepted();
    story
}

#[test]
fn every_order_that_is_paid_is_quoted_with_its_line() {
    let mut story = on_pro();
    story.on("2022-10-12 11:00").pack(CHAT, AddOn::GroupMembers, 1).accepted();
    let other = beside_chat(1);
    story.on("2022-10-12 11:00").create(other, DataSite::Singapore).accepted();
    let pack = story.pack_of(CHAT, AddOn::GroupMembers);
    let cases = [
        (purchase(other, Plan::Flagship, 2), Item::Flagship, "11998.00"),
        (renewal(CHAT, 3), Item::Pro, "2997.00"),
        (buy_add_on(CHAT, AddOn::AvCall(CallVariant::Basic), 2), Item::AvCallBasic, "1000.00"),
        (renew_add_on(CHAT, pack, 1), Item::GroupMembers, "500.00"),
    ];
    for (order, item, amount) in cases {
        let quote = quoted(&story, "2022-10-13", order);
        assert_eq!(amounts(&quote), [(item, amount.to_owned())]);
        assert!(quote.lines[0].voucher.is_none() && quote.coming.is_empty());
    }
}

#[test]
fn an_order_that_costs_nothing_is_quoted_with_what_it_changes() {
    let story = on_pro();
    let new = beside_chat(1);
    let create = Order::CreateApplication { application_id: new, name: "n".into(), data_site: DataSite::China };
    let quote = quoted(&story, "2022-10-13", create);
    assert!(quote.lines.is_empty() && quote.created.contains(&new));
    assert!(changed(&quote).starts_with(&["plan", "in_service", "users_max"]), "{:?}", changed(&quote));
    assert_eq!(quote.rights[0].to, Standing::Plan(Some(Plan::Trial)));
    let trial = Order::TryAddOn { application_id: CHAT, add_on: AddOn::AvCall(CallVariant::Trial) };
    let measured =
        Order::RecordUsage { application_id: CHAT, date: "2022-10-13".parse().expect("a day"), dau: 5, peak_groups: 5 };
    let deposit = Order::Deposit { amount: cny("5.00"), kind: DepositKind::Cash, reference: "r".into() };
    for order in [trial, measured, deposit] {
        let quote = quoted(&story, "2022-10-13", order);
        assert!(quote.lines.is_empty() && quote.rights.is_empty() && quote.coming.is_empty(), "{quote:?}");
    }
}

#[test]
fn paying_a_debt_is_quoted_with_the_service_it_brings_back() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("999.00").accepted();
    story.on("2022-10-12").buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-10-20").measure(CHAT, "2022-10-20", 15_000, 0).accepted();
    // Billed on 11-03, stopped on 11-10.
    let part = Order::Deposit { amount: cny("999.99"), kind: DepositKind::Cash, reference: "r".into() };
    assert!(quoted(&story, "2022-11-10 09:00", part).rights.is_empty());
    let all = Order::Deposit { amount: cny("1000.00"), kind: DepositKind::Gift, reference: "r".into() };
    let quote = quoted(&story, "2022-11-10 09:00", all);
    assert!(changed(&quote).contains(&"in_service") && changed(&quote).contains(&"users_max"));
    assert_eq!((quote.total, quote.lines.len()), (cny("0.00"), 0), "a bill was charged when it was issued");
}

#[test]
fn u15_a_purchase_shows_the_storage_fee_that_comes_back_with_it() {
    let mut story = on_pro();
    story.on("2022-10-12 10:00").keep(CHAT, 360).accepted();
    // Stopped on 11-19.
    let back = quoted(&story, "2023-01-11", purchase(CHAT, Plan::Pro, 1));
    assert_eq!(amounts(&back), [(Item::Pro, "999.00".to_owned())]);
    assert_eq!(coming(&back), [(Item::HistoryStorage, "1693.55".to_owned())]);
    story.on("2023-01-11").renew(CHAT, 1).accepted();
    story.on("2023-02-03").settle().accepted();
    assert_eq!(story.statement("2023-01").fee(CHAT, Item::HistoryStorage), "1693.55");
}

#[test]
fn u15_storage_goes_on_with_a_renewal_and_begins_with_its_setting() {
    let mut story = on_pro();
    let set = quoted(&story, "2022-10-20", Order::SetHistoryRetention { application_id: CHAT, days: 90 });
    assert_eq!((amounts(&set), coming(&set)), (vec![], vec![(Item::HistoryStorage, "1000.00".to_owned())]));
    assert_eq!(changed(&set), ["history_retention_days"]);
    story.on("2022-10-20").keep(CHAT, 90).accepted();
    let renewal = quoted(&story, "2022-10-20", renewal(CHAT, 1));
    assert_eq!(coming(&renewal), [(Item::HistoryStorage, "1000.00".to_owned())]);
    assert_eq!(renewal.total, cny("999.00"));
    // What an order has nothing to do with does not come because of it.
    let pack = quoted(&story, "2022-10-20", buy_add_on(CHAT, AddOn::GroupMembers, 1));
    assert_eq!(coming(&pack), []);
    assert_eq!(changed(&pack), ["group_members_max"]);
}
