//! Owns the ladder of refusals of orders on an application (U45), as far as these orders reach: months → parked →
//! recycled → plan and state → balance. Where several fit, the earlier one is told.
//!
//! Does not own each rung's own rule (`account`, `application`, `subscription`).

use std::collections::BTreeSet;

use cqrs_es::DomainEvent;
use subledger_domain::Folded;
use subledger_domain::account::{self, DepositKind};
use subledger_domain::books::{Books, Working};
use subledger_domain::calendar::Month;
use subledger_domain::decide::{self, Command, Decision, Order, RefusalKind};
use subledger_domain::ids::CommandId;
use subledger_domain::plan::{DataSite, Plan};
use subledger_tests::fixtures::{
    CHAT, beside_chat, catalog, create, day, deposit, instant, of_account, open_account, purchase, renewal,
};

use crate::timeline::Story;

/// How far the application has come when the order arrives.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Trial,
    Running,
    Grace,
    Stopped,
    Recycled,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Asked {
    Buy(Plan),
    Renew,
}

#[derive(Debug, Clone, Copy)]
struct Situation {
    months: u32,
    parked: bool,
    state: State,
    asked: Asked,
    money: bool,
}

impl Situation {
    fn every() -> Vec<Self> {
        let mut all = Vec::new();
        for months in [0, 1, 24, 25, u32::MAX] {
            for parked in [false, true] {
                for state in [State::Trial, State::Running, State::Grace, State::Stopped, State::Recycled] {
                    for plan in [Plan::Trial, Plan::Pro, Plan::Flagship] {
                        for money in [false, true] {
                            all.push(Self { months, parked, state, asked: Asked::Buy(plan), money });
                        }
                    }
                    for money in [false, true] {
                        all.push(Self { months, parked, state, asked: Asked::Renew, money });
                    }
                }
            }
        }
        all
    }

    /// U45, read downwards.
    fn refusal(self) -> Option<&'static str> {
        let rungs = [
            (!(1..=24).contains(&self.months), "months_out_of_range"),
            (self.parked, "account_parked"),
            (self.state == State::Recycled, "application_recycled"),
            (self.asked == Asked::Buy(Plan::Trial), "trial_not_reenterable"),
            (self.asked != Asked::Renew && matches!(self.state, State::Running | State::Grace), "already_subscribed"),
            (self.asked == Asked::Renew && self.state == State::Trial, "not_subscribed"),
            (!self.money, "insufficient_balance"),
        ];
        rungs.into_iter().find(|(fits, _)| *fits).map(|(_, code)| code)
    }

    fn order(self) -> Order {
        match self.asked {
            Asked::Buy(plan) => purchase(CHAT, plan, self.months),
            Asked::Renew => renewal(CHAT, self.months),
        }
    }

    /// The story up to the order, with exactly the money the dearest order of these costs, or a fen less than the
    /// cheapest.
    fn story(self) -> Story {
        let mut story = Story::begin("2022-10-12");
        if self.state != State::Trial {
            story.on("2022-10-12 10:00").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
        }
        let last = match self.state {
            State::Trial | State::Running => "2022-11-11",
            State::Grace => "2022-11-18",
            State::Stopped => "2022-11-19",
            State::Recycled => "2023-02-17",
        };
        let money = if self.money { "71976.00" } else { "998.99" };
        story.on(last).deposit(money).accepted();
        if self.parked {
            story.park(last);
        }
        story
    }
}

#[test]
fn u45_where_several_refusals_fit_the_first_of_the_ladder_is_told() {
    let mut wrong = Vec::new();
    for situation in Situation::every() {
        let mut story = situation.story();
        let at = story.books.latest().expect("it has begun");
        let answer = story.ask(at, situation.order());
        let got = answer.order.as_ref().err().map(|refusal| refusal.code());
        if got != situation.refusal() {
            wrong.push(format!("{situation:?}: expected {:?}, got {got:?}", situation.refusal()));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_refused_order_leaves_the_books_as_they_were() {
    for situation in Situation::every().into_iter().filter(|situation| situation.refusal().is_some()) {
        let mut story = situation.story();
        let (at, before) = (story.books.latest().expect("it has begun"), story.books.clone());
        let refused = story.ask(at, situation.order());
        assert!(refused.due.is_empty() && refused.order.is_err(), "{situation:?}");
        assert_eq!(story.books, before, "{situation:?}");
    }
}

#[test]
fn what_does_not_exist_is_not_found_and_what_exists_is_not_made_again() {
    let mut nobody = Story::nobody(subledger_tests::fixtures::catalog());
    for order in [
        deposit("1.00", DepositKind::Cash),
        create(CHAT, DataSite::China),
        purchase(CHAT, Plan::Pro, 1),
        renewal(CHAT, 1),
    ] {
        nobody.ask(instant("2022-10-12"), order).refused("not_found");
    }
    let mut story = Story::begin("2022-10-12");
    for (order, code, kind) in [
        (open_account(), "already_exists", RefusalKind::Conflict),
        (create(CHAT, DataSite::Korea), "already_exists", RefusalKind::Conflict),
        (purchase(beside_chat(1), Plan::Pro, 1), "not_found", RefusalKind::NotFound),
        (renewal(beside_chat(1), 1), "not_found", RefusalKind::NotFound),
        (deposit("0.00", DepositKind::Gift), "invalid_request", RefusalKind::Invalid),
    ] {
        let refused = story.ask(instant("2022-10-13"), order).refused(code);
        assert_eq!(refused.order.as_ref().map(|_| ()).map_err(|refusal| refusal.kind()), Err(kind));
    }
}

#[test]
fn a_parked_payer_takes_no_order_and_nothing_happens_by_itself() {
    let situation = Situation { months: 1, parked: true, state: State::Running, asked: Asked::Renew, money: true };
    let mut story = situation.story();
    let before = story.books.clone();
    for order in [
        deposit("1.00", DepositKind::Cash),
        create(beside_chat(1), DataSite::China),
        purchase(CHAT, Plan::Flagship, 1),
        renewal(CHAT, 1),
    ] {
        story.ask(instant("2023-06-01"), order).refused("account_parked").after(&[]);
    }
    story.ask(instant("2023-06-01"), Order::RunDue).then(&[]).after(&[]);
    assert_eq!(story.books, before);
    assert_eq!(story.state_at(CHAT, "2023-06-01"), "active");
}

/// The Books once an order is in the log, with what was due before it; and the types of its own events.
fn ordered(books: &Books, when: &str, order: Order) -> (Books, Vec<String>) {
    let command = Command { id: CommandId::keyed(instant(when), "acme", "k"), at: instant(when), order };
    let outcome = decide::decide(Working::over(books), &command, &catalog());
    let own = outcome.order.expect("accepted");
    let types = own.facts.iter().map(|placed| placed.fact.event_type()).collect();
    let mut after = books.clone();
    for Decision { at, facts, .. } in outcome.due.iter().chain([&own]) {
        for placed in facts {
            assert_eq!(placed.fact.event.at(), *at, "each at its own instant");
            let next = after.as_of_position() + 1;
            assert_eq!(after.evolve_recorded(&placed.fact, next), Folded::InPlace, "{:?}", placed.fact);
        }
    }
    (after, types)
}

#[test]
fn an_unparked_payer_is_kept_again_and_what_fell_due_meanwhile_happens_at_its_own_instants() {
    let situation = Situation { months: 1, parked: true, state: State::Running, asked: Asked::Renew, money: true };
    let (parked, kept) = (situation.story().books, Situation { parked: false, ..situation }.story().books);
    let (later, unpark) = ("2023-06-01", || Order::UnparkAccount { ticket: Some("OPS-7".to_owned()) });
    let (unparked, types) = ordered(&parked, later, unpark());
    assert_eq!(types, ["AccountUnparked"]);
    assert!(unparked.next_timer().is_some_and(|timer| timer.at < instant(later)), "it was parked for months");
    let (unparked, _) = ordered(&unparked, later, Order::RunDue);
    // Lifting what does not stand is true already.
    let (kept, types) = ordered(&kept, later, unpark());
    assert_eq!(types, [""; 0]);
    let shown = |books: &Books| {
        let payer = books.account().expect("opened");
        let application = Working::over(books).application(CHAT).cloned().expect("created");
        let months: Vec<_> = payer.billing.keys().copied().collect();
        ((payer.parked.clone(), payer.cash, payer.invoices_issued, months), application)
    };
    assert_eq!(shown(&unparked), shown(&kept));
    assert_eq!(unparked.next_timer(), kept.next_timer());
}

/// Drafted after it is final: what no order brings about.
fn month_upside_down() -> account::Event {
    let (draft_at, final_at, at) = (instant("2022-11-01"), instant("2022-10-31"), instant("2022-10-12"));
    account::Event::BillingMonthOpened { month: Month::of(day("2022-10-12")), draft_at, final_at, at }
}

#[test]
fn a_payer_whose_invariant_is_still_broken_is_parked_again_under_ids_of_their_own() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12 10:00").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    let mut books = story.books;
    let broken = of_account(9, month_upside_down());
    assert_eq!(books.evolve_recorded(&broken, books.as_of_position() + 1), Folded::InPlace);
    let mut parkings = Vec::new();
    for _ in 0..3 {
        let run_due = Command { id: CommandId::default(), at: instant("2022-12-01"), order: Order::RunDue };
        let due = decide::decide(Working::over(&books), &run_due, &catalog()).due;
        let parked = due.last().cloned().expect("the month is due");
        assert_eq!((parked.facts[0].fact.event_type().as_str(), parked.at), ("AccountParked", instant("2022-11-01")));
        (books, _) = ordered(&books, "2022-12-01", Order::RunDue);
        assert!(books.account().is_some_and(|payer| payer.parked.is_some()) && books.next_timer().is_none());
        (books, _) = ordered(&books, "2022-12-01", Order::UnparkAccount { ticket: None });
        parkings.push((parked.command_id, parked.facts[0].fact.id));
    }
    let commands: BTreeSet<_> = parkings.iter().map(|(command, _)| *command).collect();
    let events: BTreeSet<_> = parkings.iter().map(|(_, event)| *event).collect();
    assert_eq!((commands.len(), events.len()), (3, 3), "no store takes an id twice: {parkings:?}");
}
