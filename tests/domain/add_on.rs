//! Owns the rules of a bought add-on: terms, renewals, reminders, grace, its end; a trial has none of the last three.
//!
//! Does not own which add-on is sold to whom (`add_ons`) nor what it raises (`entitlements`).

use cqrs_es::test::TestFramework;
use subledger_domain::Folded;
use subledger_domain::add_on::{AddOnDeal, AddOnPurchase, Command, EndCause, Error, Event};
use subledger_domain::calendar::Period;
use subledger_domain::catalog::{AddOn, CallVariant};
use subledger_domain::charge::{Charge, Formula, Item};
use subledger_domain::plan::{DataSite, Plan};
use subledger_tests::fixtures::{CHAT, catalog, cny, day, instant, invoice, line};

use crate::steps::assert_table;

const TRIAL: AddOn = AddOn::AvCall(CallVariant::Trial);

fn pack() -> TestFramework<AddOnPurchase> {
    TestFramework::with(())
}

fn deal(add_on: AddOn) -> AddOnDeal {
    let catalog = catalog();
    let list = catalog.in_force(instant("2022-11-01"));
    let terms = list.add_on(add_on, DataSite::China, Plan::Pro).expect("it is sold");
    AddOnDeal { terms, policies: list.policies() }
}

/// A month of more members per group, with every figure given here.
#[derive(Clone, Copy)]
struct Month {
    paid: &'static str,
    start: &'static str,
    end: &'static str,
    reminded: &'static str,
    n: u64,
}

/// U36.
const NOVEMBER: Month = Month {
    paid: "2022-11-01 10:00",
    start: "2022-11-01 10:00",
    end: "2022-12-01",
    reminded: "2022-11-24 09:00",
    n: 1,
};

const DECEMBER: Month =
    Month { paid: "2022-12-05 10:00", start: "2022-12-01", end: "2023-01-01", reminded: "2022-12-25 09:00", n: 2 };

impl Month {
    fn period(self) -> Period {
        Period { start: instant(self.start), end: instant(self.end) }
    }

    fn charge(self) -> Charge {
        let price = cny("500.00");
        Charge {
            invoice_id: invoice(self.n),
            line_id: line(self.n),
            item: Item::GroupMembers,
            period: self.period(),
            quantity: 1,
            unit_price: price,
            amount: price,
            price_list: "2022-07".to_owned(),
            formula: Formula::MonthlyPrice { monthly_price: price, months: 1, amount: price },
            voucher_id: None,
        }
    }

    fn start(self) -> Command {
        let (deal, at) = (deal(AddOn::GroupMembers), instant(self.paid));
        let (invoice_id, line_id) = (invoice(self.n), line(self.n));
        Command::Start { application_id: CHAT, months: 1, deal, voucher_id: None, invoice_id, line_id, at }
    }

    fn started(self) -> Event {
        Event::AddOnStarted {
            application_id: CHAT,
            months: 1,
            period: self.period(),
            deal: deal(AddOn::GroupMembers),
            charge: self.charge(),
            first_reminder_at: Some(instant(self.reminded)),
            at: instant(self.paid),
        }
    }

    fn renew(self) -> Command {
        let (deal, at) = (deal(AddOn::GroupMembers), instant(self.paid));
        Command::Renew { months: 1, deal, voucher_id: None, invoice_id: invoice(self.n), line_id: line(self.n), at }
    }

    fn renewed(self) -> Event {
        Event::AddOnRenewed {
            application_id: CHAT,
            months: 1,
            period: self.period(),
            deal: deal(AddOn::GroupMembers),
            charge: self.charge(),
            first_reminder_at: Some(instant(self.reminded)),
            next_auto_renewal_at: None,
            at: instant(self.paid),
        }
    }
}

fn try_out(days: u32) -> Command {
    Command::StartTrial { application_id: CHAT, deal: deal(TRIAL), days, at: instant("2022-11-01 10:00") }
}

fn tried() -> Event {
    let period = Period { start: instant("2022-11-01 10:00"), end: instant("2022-11-08") };
    Event::AddOnTrialStarted { application_id: CHAT, period, deal: deal(TRIAL), at: instant("2022-11-01 10:00") }
}

fn grace_began() -> Event {
    Event::AddOnGraceBegan {
        application_id: CHAT,
        last_day: day("2022-11-30"),
        until: instant("2022-12-08"),
        at: instant("2022-12-01"),
    }
}

fn ended(cause: EndCause, at: &str) -> Event {
    Event::AddOnEnded { application_id: CHAT, cause, at: instant(at) }
}

fn end(cause: EndCause, at: &str) -> Command {
    Command::End { cause, at: instant(at) }
}

#[test]
fn u36_a_month_runs_from_payment_and_its_renewal_follows_the_old_end() {
    pack().given_no_previous_events().when(NOVEMBER.start()).then_expect_events(vec![NOVEMBER.started()]);
    let in_grace = vec![NOVEMBER.started(), grace_began()];
    pack().given(in_grace).when(DECEMBER.renew()).then_expect_events(vec![DECEMBER.renewed()]);
    let in_term = Month { paid: "2022-11-15 10:00", ..DECEMBER };
    pack().given(vec![NOVEMBER.started()]).when(in_term.renew()).then_expect_events(vec![in_term.renewed()]);
}

#[test]
fn u36_it_is_usable_seven_days_more_and_then_ends() {
    let expire = Command::Expire { at: instant("2022-12-01") };
    pack().given(vec![NOVEMBER.started()]).when(expire).then_expect_events(vec![grace_began()]);
    let in_grace = || vec![NOVEMBER.started(), grace_began()];
    let not_before = || Error::NotDue { due: instant("2022-12-08") };
    pack().given(in_grace()).when(end(EndCause::Expired, "2022-12-07 23:59:59")).then_expect_error(not_before());
    let over = vec![ended(EndCause::Expired, "2022-12-08")];
    pack().given(in_grace()).when(end(EndCause::Expired, "2022-12-08")).then_expect_events(over);
}

#[test]
fn u41_a_trial_is_seven_days_counting_the_first_and_ends_without_grace() {
    pack().given_no_previous_events().when(try_out(7)).then_expect_events(vec![tried()]);
    let expire = |at| Command::Expire { at: instant(at) };
    let not_before = Error::NotDue { due: instant("2022-11-08") };
    pack().given(vec![tried()]).when(expire("2022-11-07 23:59:59")).then_expect_error(not_before);
    let over = vec![ended(EndCause::Expired, "2022-11-08")];
    pack().given(vec![tried()]).when(expire("2022-11-08")).then_expect_events(over);
}

#[test]
fn u41_the_trial_has_no_price_for_months() {
    let start = Command::Start {
        application_id: CHAT,
        months: 1,
        deal: deal(TRIAL),
        voucher_id: None,
        invoice_id: invoice(1),
        line_id: line(1),
        at: instant("2022-11-01"),
    };
    let refusal = Error::TrialNotRenewable { add_on: TRIAL };
    pack().given_no_previous_events().when(start).then_expect_error(refusal.clone());
    pack().given(vec![tried()]).when(NOVEMBER.renew()).then_expect_error(refusal);
}

#[test]
fn an_add_on_answers_every_step_in_every_state() {
    let remind = |on: &str, at: &str| Command::Remind { on: day(on), at: instant(at) };
    let steps = [
        ("start", NOVEMBER.start()),
        ("try", try_out(7)),
        ("renew", DECEMBER.renew()),
        ("remind", remind("2022-11-24", "2022-11-24 09:00")),
        ("remind too early", remind("2022-11-24", "2022-11-24 08:59:59")),
        ("expire", Command::Expire { at: instant("2022-12-01") }),
        ("expire too early", Command::Expire { at: instant("2022-11-07") }),
        ("end", end(EndCause::Expired, "2022-12-08")),
        ("supersede", end(EndCause::Superseded, "2022-11-05")),
        ("recycle", end(EndCause::Recycled, "2023-02-08")),
    ];
    let none = "✗ NotStarted";
    let (runs, early, over) = ("✗ AlreadyStarted", "✗ NotDue", "✗ Ended");
    let (begun, tries, more, told) = ("AddOnStarted", "AddOnTrialStarted", "AddOnRenewed", "AddOnReminded");
    let (grace, ends) = ("AddOnGraceBegan", "AddOnEnded");
    let active = vec![NOVEMBER.started()];
    let in_grace = vec![NOVEMBER.started(), grace_began()];
    let gone = [in_grace.clone(), vec![ended(EndCause::Expired, "2022-12-08")]].concat();
    assert_table::<AddOnPurchase>(
        &steps,
        &[
            ("not started", vec![], &[begun, tries, none, none, none, none, none, none, none, none]),
            // Its own end comes after its grace, however late it is asked for.
            ("active", active, &[runs, runs, more, told, early, grace, early, early, ends, ends]),
            ("grace", in_grace, &[runs, runs, more, told, early, "nothing", "nothing", ends, ends, ends]),
            // A trial tells its end when it begins, so nobody is reminded of it.
            ("trial", vec![tried()], &[runs, runs, "✗ TrialNotRenewable", over, over, ends, early, early, ends, ends]),
            ("ended", gone, &[runs, runs, over, over, over, over, over, "nothing", "nothing", "nothing"]),
        ],
    );
}

#[test]
fn a_fact_out_of_place_leaves_the_add_on_as_it_was() {
    for event in [DECEMBER.renewed(), grace_began(), ended(EndCause::Expired, "2022-12-08")] {
        let mut pack = AddOnPurchase::default();
        assert_eq!(pack.evolve(&event), Folded::OutOfPlace, "{event:?}");
        assert_eq!(pack, AddOnPurchase::default());
    }
    let mut pack = AddOnPurchase::default();
    assert_eq!(pack.evolve(&NOVEMBER.started()), Folded::InPlace);
    let before = pack.clone();
    for again in [NOVEMBER.started(), tried()] {
        assert_eq!(pack.evolve(&again), Folded::OutOfPlace);
        assert_eq!(pack, before);
    }
}
