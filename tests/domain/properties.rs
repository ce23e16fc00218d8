//! Owns what holds of every life: money adds up, terms tile, Books are the fold of their facts, Trial stays behind.
//!
//! Does not own how a term's end or a price is computed: both are counted here a second time, by other means.

use std::collections::{BTreeMap, BTreeSet};

use cqrs_es::{Aggregate, DomainEvent};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use rust_decimal::Decimal;
use subledger_domain::account::{self, DepositKind};
use subledger_domain::application;
use subledger_domain::books::{Books, Working};
use subledger_domain::calendar::Period;
use subledger_domain::decide::{Command, decide};
use subledger_domain::entitlement::Entitlements;
use subledger_domain::envelope::{Routed, StoredFact};
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::{ApplicationId, CommandId};
use subledger_domain::plan::{DataSite, Feature, PaidPlan, Plan, Quota};
use subledger_domain::subscription;
use subledger_tests::fixtures::{application_of, beside_chat, catalog, civil_day, payer, rights};

use crate::lives::{busy_life, life};
use crate::timeline::Story;

/// The day of the month of `anchor`, `months` later, or the month's last: by counting months, without the calendar.
pub(crate) fn boundary(anchor: Date, months: u32) -> Date {
    let counted = i32::from(anchor.year()) * 12 + i32::from(anchor.month()) - 1 + i32::try_from(months).expect("few");
    let (year, month) = (counted.div_euclid(12), counted.rem_euclid(12) + 1);
    let first = Date::new(year.try_into().expect("a year"), month.try_into().expect("1 to 12"), 1).expect("a first");
    Date::new(first.year(), first.month(), anchor.day().min(first.days_in_month())).expect("within its month")
}

/// 269/81908 and 269/81907.
fn list_price(site: DataSite, plan: PaidPlan) -> Decimal {
    match (site == DataSite::China, plan) {
        (true, PaidPlan::Pro) => Decimal::from(999),
        (true, PaidPlan::Flagship) | (false, PaidPlan::Pro) => Decimal::from(2_999),
        (false, PaidPlan::Flagship) => Decimal::from(5_999),
    }
}

fn sites(story: &Story) -> BTreeMap<ApplicationId, DataSite> {
    let site = |fact: &Fact| match &fact.event {
        Event::Application(application::Event::ApplicationCreated { application_id, data_site, .. }) => {
            Some((*application_id, *data_site))
        }
        _ => None,
    };
    story.facts().filter_map(site).collect()
}

/// A term as it was sold.
struct Sold {
    paid: Timestamp,
    months: u32,
    period: Period,
}

/// Every term sold, by application and agreement, in order.
fn terms(story: &Story) -> BTreeMap<(ApplicationId, Stream), Vec<Sold>> {
    let mut terms: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for fact in story.facts() {
        if let Event::Subscription(
            subscription::Event::SubscriptionStarted { application_id, months, period, at, .. }
            | subscription::Event::SubscriptionRenewed { application_id, months, period, at, .. },
        ) = &fact.event
        {
            let sold = Sold { paid: *at, months: *months, period: *period };
            terms.entry((*application_id, fact.stream.clone())).or_default().push(sold);
        }
    }
    terms
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_came_in_less_what_was_ordered_is_what_is_left_gift_spent_first(life in life()) {
        let story = life.lived();
        let sites = sites(&story);
        let (mut cash, mut gift, mut invoices) = (Decimal::ZERO, Decimal::ZERO, 0_u64);
        for fact in story.facts() {
            match &fact.event {
                Event::Account(account::Event::MoneyDeposited { amount, kind, .. }) => match kind {
                    DepositKind::Cash => cash += amount.amount(),
                    DepositKind::Gift => gift += amount.amount(),
                },
                Event::Account(account::Event::OrderPaid { number, total, paid, .. }) => {
                    invoices += 1;
                    prop_assert_eq!(*number, invoices);
                    let from_gift = total.amount().min(gift);
                    gift -= from_gift;
                    cash -= total.amount() - from_gift;
                    prop_assert_eq!(paid.gift.amount(), from_gift);
                    prop_assert_eq!(paid.cash.amount(), total.amount() - from_gift);
                    prop_assert!(paid.voucher.is_zero() && cash >= Decimal::ZERO);
                }
                // Nothing is measured in these lives: their months cost nothing, and are numbered in the same series.
                Event::Account(account::Event::StatementFinalised { number, total, paid, due, .. }) => {
                    invoices += 1;
                    prop_assert_eq!(*number, invoices);
                    let nothing = [*total, paid.voucher, paid.gift, paid.cash, *due];
                    prop_assert!(nothing.iter().all(|amount| amount.is_zero()));
                }
                Event::Subscription(
                    subscription::Event::SubscriptionStarted { months, terms, charge, application_id, .. }
                    | subscription::Event::SubscriptionRenewed { months, terms, charge, application_id, .. },
                ) => {
                    let price = list_price(sites[application_id], terms.plan);
                    prop_assert_eq!(charge.amount.amount(), price * Decimal::from(*months));
                }
                Event::Account(_)
                | Event::Application(_)
                | Event::Subscription(_)
                | Event::AddOn(_)
                | Event::Usage(_)
                | Event::PriceList(_) => {}
            }
        }
        let account = story.books.account().expect("every life opens it");
        prop_assert_eq!((account.cash.amount(), account.gift.amount()), (cash, gift));
    }

    #[test]
    fn each_charge_is_paid_by_exactly_one_invoice(life in life()) {
        let story = life.lived();
        let (mut charged, mut paid) = (BTreeMap::new(), BTreeMap::new());
        for fact in story.facts() {
            match &fact.event {
                Event::Account(account::Event::OrderPaid { invoice_id, total, issued_on, at, .. }) => {
                    prop_assert_eq!(*issued_on, civil_day(*at));
                    prop_assert_eq!(paid.insert(*invoice_id, *total), None);
                }
                Event::Subscription(
                    subscription::Event::SubscriptionStarted { charge, .. }
                    | subscription::Event::SubscriptionRenewed { charge, .. },
                ) => prop_assert_eq!(charged.insert(charge.invoice_id, charge.amount), None),
                Event::Account(_)
                | Event::Application(_)
                | Event::Subscription(_)
                | Event::AddOn(_)
                | Event::Usage(_)
                | Event::PriceList(_) => {}
            }
        }
        prop_assert_eq!(charged, paid);
    }

    #[test]
    fn the_terms_of_an_agreement_tile_and_end_on_days_counted_from_its_anchor(life in life()) {
        for ((_, stream), sold) in terms(&life.lived()) {
            let first = &sold[0];
            prop_assert_eq!(first.period.start, first.paid);
            let mut months = 0;
            for (n, term) in sold.iter().enumerate() {
                months += term.months;
                let end = jiff::tz::offset(8).to_timestamp(boundary(civil_day(first.paid), months).at(0, 0, 0, 0));
                prop_assert_eq!(term.period.end, end.expect("in range"), "term {} of {}", n, &stream);
                prop_assert!(n == 0 || term.period.start == sold[n - 1].period.end, "term {} of {}", n, &stream);
            }
        }
    }

    #[test]
    fn the_agreements_of_an_application_never_overlap(life in life()) {
        let mut ends: BTreeMap<ApplicationId, Vec<(Timestamp, Timestamp)>> = BTreeMap::new();
        for ((application, _), sold) in terms(&life.lived()) {
            ends.entry(application).or_default().push((sold[0].period.start, sold[sold.len() - 1].period.end));
        }
        for agreements in ends.values_mut() {
            agreements.sort_unstable();
            for pair in agreements.windows(2) {
                // Seven usable days lie between an end and the next beginning.
                let (end, next) = (civil_day(pair[0].1), civil_day(pair[1].0));
                prop_assert!(next >= end.saturating_add(7.days()), "{} then {}", end, next);
            }
        }
    }

    #[test]
    fn books_are_the_fold_of_their_facts_however_often_each_arrives(life in prop_oneof![life(), busy_life()]) {
        let story = life.lived();
        let mut again = Books::default();
        for (position, fact) in (1..).zip(story.facts()) {
            again.evolve_recorded(fact, position);
            again.evolve_recorded(fact, position);
            again.evolve_recorded(fact, position / 2);
        }
        prop_assert_eq!(&again, &story.books);
        prop_assert_eq!(again.as_of_position(), story.facts().count() as u64);
    }

    #[test]
    fn books_taken_from_a_snapshot_decide_the_same(life in prop_oneof![life(), busy_life()]) {
        let story = life.lived();
        let text = serde_json::to_string(&story.books).expect("plain data");
        let restored: Books = serde_json::from_str(&text).expect("its own form");
        prop_assert_eq!(&restored, &story.books);
        prop_assert_eq!(serde_json::to_string(&restored).expect("plain data"), text);
        let value = serde_json::to_value(&story.books).expect("plain data");
        prop_assert_eq!(&serde_json::from_value::<Books>(value).expect("its own form"), &story.books);
        let at = story.books.latest().expect("it has begun").checked_add((24 * 200).hours()).expect("in range");
        let command = Command {
            id: CommandId::keyed(at, payer().as_str(), "next"),
            at,
            order: subledger_tests::fixtures::renewal(beside_chat(0), 1),
        };
        let of = |books: &Books| {
            let outcome = decide(Working::over(books), &command, &catalog());
            (outcome.due, outcome.order)
        };
        prop_assert_eq!(of(&restored), of(&story.books));
    }

    #[test]
    fn every_fact_reads_back_from_its_stored_form(life in prop_oneof![life(), busy_life()]) {
        for fact in life.lived().facts() {
            let (payload, id) = (fact.encode().expect("plain data"), fact.aggregate_id());
            let (event_type, event_version) = (fact.event_type(), fact.event_version());
            let stored = StoredFact {
                aggregate_type: fact.aggregate_type(),
                aggregate_id: &id,
                event_type: &event_type,
                event_version: &event_version,
                event_id: fact.id,
                payload: &payload,
                caused_by: &fact.caused_by,
            };
            prop_assert_eq!(&Fact::decode(&stored).expect("its own form"), fact);
        }
    }

    #[test]
    fn at_every_step_every_row_is_defined_by_the_plan_or_by_the_stop(life in life()) {
        let of_plan = [Plan::Trial, Plan::Pro, Plan::Flagship].map(rights);
        let mut story = Story::nobody(catalog());
        for (at, order) in &life.orders {
            story.ask(*at, order.clone());
            let books = Working::over(&story.books);
            for application in books.applications() {
                let held = Entitlements::of(&books, application.id).expect("it exists");
                let plan = &of_plan[application.plan as usize];
                for row in Quota::ALL {
                    let right = held.quota(*row);
                    let by_plan = if *row == Quota::CommunitiesMax { Some(0) } else { plan.quotas.get(*row) };
                    prop_assert_eq!(right.limit, if held.in_service() { by_plan } else { Some(0) });
                    prop_assert!(right.cause.is_some_and(|ground| ground.position.is_some()));
                }
                for row in Feature::ALL {
                    let right = held.feature(*row);
                    prop_assert_eq!(right.grant, plan.features.get(*row));
                    prop_assert!(held.in_service() || !right.granted);
                    prop_assert!(right.cause.is_some_and(|ground| ground.position.is_some()));
                }
            }
        }
    }

    #[test]
    fn every_refusal_has_a_code_of_a_rule_and_nobody_is_ever_parked(life in life()) {
        let known: BTreeSet<&str> = [
            "already_exists", "not_found", "invalid_request", "months_out_of_range", "application_recycled",
            "trial_not_reenterable", "already_subscribed", "not_subscribed", "insufficient_balance",
        ].into();
        let mut story = Story::nobody(catalog());
        for (at, order) in &life.orders {
            let answer = story.ask(*at, order.clone());
            if let Err(refusal) = &answer.order {
                prop_assert!(known.contains(refusal.code()), "{:?}", refusal);
            }
        }
        prop_assert_eq!(&story.books.account().expect("every life opens it").parked, &None);
    }

    #[test]
    fn s7_no_life_leads_back_to_trial(life in life()) {
        let mut left = BTreeSet::new();
        let mut story = Story::nobody(catalog());
        for (at, order) in &life.orders {
            story.ask(*at, order.clone());
            for application in Working::over(&story.books).applications() {
                if application.plan != Plan::Trial {
                    left.insert(application.id);
                }
                prop_assert!(application.plan != Plan::Trial || !left.contains(&application.id));
            }
        }
    }

    #[test]
    fn s7_no_facts_in_any_order_lead_back_to_trial(
        facts in life().prop_map(|life| life.lived().facts().cloned().collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut books = Books::default();
        let (mut left, mut latest) = (BTreeSet::new(), None);
        for fact in facts {
            let about = application_of(&fact);
            latest = latest.max(Some(fact.event.at()));
            books.apply(fact);
            prop_assert_eq!(books.latest(), latest);
            let working = Working::over(&books);
            if let Some(application) = about.and_then(|id| working.application(id)) {
                if application.plan != Plan::Trial {
                    left.insert(application.id);
                }
                prop_assert!(application.plan != Plan::Trial || !left.contains(&application.id));
            }
        }
    }
}
