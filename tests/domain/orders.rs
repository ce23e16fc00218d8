//! Owns orders on whole Books through cqrs-es: given facts, when a command, then facts, to the id.
//!
//! Does not own the ladder of refusals (`refusals`) nor lives over time (`stories`).

use cqrs_es::test::TestFramework;
use subledger_domain::account::{self, DepositKind};
use subledger_domain::application;
use subledger_domain::books::Books;
use subledger_domain::charge::Payment;
use subledger_domain::decide::{Command, Order, Refusal};
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::{EventId, IdSeries, InvoiceId, LineId, SubscriptionId};
use subledger_domain::plan::{DataSite, PaidPlan, Plan};
use subledger_domain::subscription;
use subledger_tests::fixtures::{
    CHAT, ProTerm, agreement, beside_chat, catalog, civil_day, cny, command, created, day, deposit, deposited, entered,
    instant, invoice, of_account, of_agreement, of_chat, open_account, opened, payer, purchase, renewal, rights,
};

use crate::timeline::{Story, told};

fn books() -> TestFramework<Books> {
    TestFramework::with(catalog())
}

/// The payer with money, and the application on Trial.
fn on_trial(cash: &str) -> Vec<Fact> {
    vec![
        of_account(1, opened("2022-10-12")),
        of_account(2, deposited("2022-10-12", cash, DepositKind::Cash)),
        of_chat(3, created("2022-10-12")),
    ]
}

fn paid(n: u64, at: &str) -> account::Event {
    account::Event::OrderPaid {
        invoice_id: invoice(n),
        number: n,
        application_id: CHAT,
        total: cny("999.00"),
        paid: Payment { voucher: cny("0.00"), voucher_id: None, gift: cny("0.00"), cash: cny("999.00") },
        promotion: None,
        issued_on: civil_day(instant(at)),
        at: instant(at),
    }
}

/// The same on Pro to 2022-11-11.
fn on_pro(cash: &str) -> Vec<Fact> {
    [
        on_trial(cash),
        vec![
            of_agreement(4, ProTerm::C9_1.started()),
            of_chat(5, entered("2022-10-12 10:00", Plan::Trial, PaidPlan::Pro, 1)),
            of_account(6, paid(1, "2022-10-12 10:00")),
        ],
    ]
    .concat()
}

fn events(result: Result<Vec<Fact>, Refusal>) -> Vec<Event> {
    result.expect("accepted").into_iter().map(|fact| fact.event).collect()
}

#[test]
fn opening_an_account_is_one_fact_whose_id_comes_from_the_command() {
    let command = command("2022-10-12", "k1", open_account());
    let id = EventId::from_uuid(IdSeries::new(command.id, command.at).draw());
    let expected = Fact {
        id,
        caused_by: command.id.to_string(),
        stream: Stream::Account(payer()),
        event: Event::Account(opened("2022-10-12")),
    };
    books().given_no_previous_events().when(command).then_expect_events(vec![expected]);
}

#[test]
fn a_deposit_is_one_fact() {
    let order = command("2022-10-13", "k", deposit("2000.00", DepositKind::Gift));
    let facts = books().given(on_trial("1.00")).when(order).inspect_result();
    assert_eq!(events(facts), [Event::Account(deposited("2022-10-13", "2000.00", DepositKind::Gift))]);
}

#[test]
fn a_new_application_has_its_site_and_the_rights_of_trial() {
    let order = command("2022-10-13", "k", subledger_tests::fixtures::create(beside_chat(1), DataSite::Korea));
    let facts = books().given(on_trial("1.00")).when(order).inspect_result();
    let expected = Event::Application(application::Event::ApplicationCreated {
        application_id: beside_chat(1),
        account_id: payer(),
        name: format!("chat {}", beside_chat(1)),
        data_site: DataSite::Korea,
        rights: rights(Plan::Trial),
        at: instant("2022-10-13"),
    });
    assert_eq!(events(facts), [expected]);
}

#[test]
fn a_purchase_is_the_agreement_the_plan_and_the_payment_in_one() {
    let command = command("2022-10-12 10:00", "k", purchase(CHAT, Plan::Pro, 1));
    let mut ids = IdSeries::new(command.id, command.at);
    let subscription_id = SubscriptionId::from_uuid(ids.draw());
    let (invoice_id, line_id) = (InvoiceId::from_uuid(ids.draw()), LineId::from_uuid(ids.draw()));
    let [started, entered_id, paid_id, month_id] = [(); 4].map(|()| EventId::from_uuid(ids.draw()));
    let charge = subledger_domain::charge::Charge { invoice_id, line_id, ..ProTerm::C9_1.charge() };
    let cause = command.id.to_string();
    let expected = vec![
        Fact {
            id: started,
            caused_by: cause.clone(),
            stream: Stream::Subscription(subscription_id),
            event: Event::Subscription(subscription::Event::SubscriptionStarted {
                application_id: CHAT,
                months: 1,
                period: ProTerm::C9_1.period(),
                terms: subledger_tests::fixtures::terms(PaidPlan::Pro),
                charge,
                first_reminder_at: Some(instant("2022-11-05 09:00")),
                at: instant("2022-10-12 10:00"),
            }),
        },
        Fact {
            id: entered_id,
            caused_by: cause,
            stream: Stream::Application(CHAT),
            event: Event::Application(application::Event::PlanEntered {
                plan: PaidPlan::Pro,
                from: Plan::Trial,
                subscription_id,
                rights: rights(Plan::Pro),
                at: instant("2022-10-12 10:00"),
            }),
        },
        // What is paid follows from what was agreed, so its cause is that fact.
        Fact {
            id: paid_id,
            caused_by: started.to_string(),
            stream: Stream::Account(payer()),
            event: Event::Account(account::Event::OrderPaid {
                invoice_id,
                number: 1,
                application_id: CHAT,
                total: cny("999.00"),
                paid: Payment { voucher: cny("0.00"), voucher_id: None, gift: cny("0.00"), cash: cny("999.00") },
                promotion: None,
                issued_on: day("2022-10-12"),
                at: instant("2022-10-12 10:00"),
            }),
        },
        // In paid service, so what is used from now on will be settled.
        Fact {
            id: month_id,
            caused_by: entered_id.to_string(),
            stream: Stream::Account(payer()),
            event: Event::Account(account::Event::BillingMonthOpened {
                month: "2022-10".parse().expect("a month"),
                draft_at: instant("2022-11-01"),
                final_at: instant("2022-11-03"),
                at: instant("2022-10-12 10:00"),
            }),
        },
    ];
    books().given(on_trial("2000.00")).when(command).then_expect_events(expected);
}

#[test]
fn a_renewal_is_a_term_behind_the_last_and_its_payment() {
    let order = command("2022-10-20", "k", renewal(CHAT, 1));
    let facts = events(books().given(on_pro("2000.00")).when(order).inspect_result());
    let [Event::Subscription(subscription::Event::SubscriptionRenewed { period, charge, .. }), payment] = &facts[..]
    else {
        panic!("{facts:#?}")
    };
    assert_eq!(*period, ProTerm::BEHIND_C9_1.period());
    let Event::Account(account::Event::OrderPaid { number, total, invoice_id, .. }) = payment else {
        panic!("{payment:#?}")
    };
    assert_eq!((*number, *total, *invoice_id), (2, cny("999.00"), charge.invoice_id));
}

#[test]
fn what_was_due_comes_before_the_order_and_has_timers_for_causes() {
    let order = command("2022-11-13", "k", deposit("1.00", DepositKind::Cash));
    let facts = books().given(on_pro("999.00")).when(order).inspect_result().expect("accepted");
    let expected = [
        "2022-11-05..2022-11-11 RenewalReminded",
        "2022-11-12 GraceBegan",
        "2022-11-12 RenewalReminded",
        "2022-11-13 MoneyDeposited",
    ];
    assert_eq!(told(facts.iter()), expected);
    let subject = format!("subscription/{}", agreement(1));
    for fact in facts.iter().filter(|fact| fact.stream == Stream::Subscription(agreement(1))) {
        let kind = if fact.event.at() == instant("2022-11-12") { "period_end" } else { "reminder" };
        let timer = subledger_domain::ids::CommandId::timer(fact.event.at(), &payer(), kind, &subject);
        assert_eq!(fact.caused_by, timer.to_string(), "{fact:?}");
    }
}

#[test]
fn an_order_that_cannot_be_paid_brings_nothing_about() {
    let order = command("2022-10-12 10:00", "k", purchase(CHAT, Plan::Pro, 1));
    books().given(on_trial("998.99")).when(order).then_expect_error(Refusal::Account(
        account::Error::InsufficientBalance { needed: cny("999.00"), available: cny("998.99") },
    ));
}

#[test]
fn the_framework_and_the_timeline_decide_the_same() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12 10:00").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    let given: Vec<Fact> = story.facts().cloned().collect();
    let order = command("2023-03-01", "k", Order::RunDue);
    story.send(&Command { ..order.clone() }).accepted();
    let expected: Vec<Fact> = story.facts().skip(given.len()).cloned().collect();
    assert_eq!(told(expected.iter()).last().map(String::as_str), Some("2023-02-17 ApplicationRecycled"));
    books().given(given).when(order).then_expect_events(expected);
}

#[test]
fn an_account_has_at_most_300_applications() {
    let mut story = Story::begin("2022-10-12");
    for n in 1..300 {
        story.on("2022-10-13").create(beside_chat(n), DataSite::China).then(&["ApplicationCreated"]);
    }
    story.on("2022-10-13").create(beside_chat(300), DataSite::China).refused("too_many_applications");
    story.on("2022-10-13").deposit("999.00").and().buy(beside_chat(299), Plan::Pro, 1).accepted();
}
