//! Owns the rule that a payer's other applications do not change what is decided for one: their number changes neither
//! the decision nor what it touches.
//!
//! Does not own the cost in time; a bench measures that.

use proptest::prelude::*;
use subledger_domain::decide::{Decision, Order};
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::ApplicationId;
use subledger_domain::plan::{DataSite, Plan};
use subledger_domain::timer::Timer;
use subledger_domain::{account, calendar};
use subledger_tests::fixtures::{CHAT, application_of, beside_chat, instant, purchase, renewal};

use crate::timeline::Story;

/// One application's orders, as (days later, order).
fn orders() -> impl Strategy<Value = Vec<(i64, Order)>> {
    let plan = prop::sample::select(vec![Plan::Trial, Plan::Pro, Plan::Flagship]);
    let order = prop_oneof![
        (plan, 1..3_u32).prop_map(|(plan, months)| purchase(CHAT, plan, months)),
        (1..3_u32).prop_map(|months| renewal(CHAT, months)),
        Just(Order::RunDue),
    ];
    prop::collection::vec((0..45_i64, order), 1..12)
}

/// A rich payer whose other applications are there, some of them on plans of two years.
fn begun(others: u64, subscribed: u64) -> Story {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("9000000.00");
    for n in 1..=others {
        story.on("2022-10-12").create(beside_chat(n), DataSite::ALL[n as usize % 5]);
        if n <= subscribed {
            story.on("2022-10-12").buy(beside_chat(n), Plan::Pro, 24).accepted();
        }
    }
    story
}

/// What was decided, without what must differ: the invoice series is the payer's.
fn about(application: ApplicationId, decisions: &[Decision]) -> Vec<Fact> {
    let facts = decisions.iter().flat_map(|decision| &decision.facts).map(|placed| placed.fact.clone());
    facts
        .filter(|fact| application_of(fact) == Some(application))
        .map(|mut fact| {
            if let Event::Account(account::Event::OrderPaid { number, .. }) = &mut fact.event {
                *number = 0;
            }
            fact
        })
        .collect()
}

fn timers(story: &Story, application: ApplicationId) -> Vec<Timer> {
    story.books.timers().filter(|timer| timer.application_id == Some(application)).cloned().collect()
}

/// Lives the orders, and gives back what came of them and what only `CHAT` waits for afterwards.
fn lived(mut story: Story, orders: &[(i64, Order)]) -> (Vec<Decision>, Vec<Result<(), &'static str>>, Vec<Timer>) {
    let so_far = story.decisions.len();
    let mut day = calendar::day_of(instant("2022-10-13"));
    let mut answers = Vec::new();
    for (n, (days, order)) in orders.iter().enumerate() {
        day = day.saturating_add(jiff::ToSpan::days(*days));
        let at = instant(&format!("{day} 10:00"));
        let id = subledger_domain::ids::CommandId::keyed(at, "acme", &format!("order {n}"));
        let answer = story.send(&subledger_domain::decide::Command { id, at, order: order.clone() });
        answers.push(answer.order.as_ref().map(|_| ()).map_err(|refusal| refusal.code()));
    }
    (story.decisions.split_off(so_far), answers, timers(&story, CHAT))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn trial_applications_beside_it_change_no_decision_at_all(orders in orders()) {
        prop_assert_eq!(lived(begun(40, 0), &orders), lived(begun(0, 0), &orders));
    }

    #[test]
    fn running_applications_beside_it_change_nothing_but_the_invoices_number(orders in orders()) {
        let (alone, answers_alone, timers_alone) = lived(begun(0, 0), &orders);
        let (beside, answers, timers) = lived(begun(20, 12), &orders);
        prop_assert_eq!(about(CHAT, &beside), about(CHAT, &alone));
        prop_assert_eq!((answers, timers), (answers_alone, timers_alone));
    }

    #[test]
    fn a_decision_touches_only_the_payer_and_the_application_it_is_about(orders in orders()) {
        let (decisions, _, _) = lived(begun(20, 12), &orders);
        for placed in decisions.iter().flat_map(|decision| &decision.facts) {
            let fact = &placed.fact;
            prop_assert!(application_of(fact) == Some(CHAT) || matches!(fact.stream, Stream::Account(_)), "{:?}", fact);
        }
    }
}
