//! Owns the laws of changes: what an upgrade credits, and what is left once a change is undone.
//!
//! Does not own a plan given back as a whole (`orders`).

use jiff::civil::date;
use proptest::prelude::*;
use subledger_domain::books::Working;
use subledger_domain::catalog::PromotionName;
use subledger_domain::decide::Order;
use subledger_domain::plan::Plan;
use subledger_domain::terms::DowngradeTiming;
use subledger_tests::fixtures::{CHAT, promoted, purchase};

use super::bought::{Bought, FLAGSHIP, PRO, Term, bought, came_back, on, upgrade};
use super::by_hand::{half_away, hundredths_of_months, written};
use crate::timeline::Story;

fn downgrade(timing: DowngradeTiming) -> Order {
    let ticket = Some("T-17".to_owned());
    Order::DowngradePlan { application_id: CHAT, plan: Plan::Pro, timing: Some(timing), ticket }
}

/// What U28 gives back of an upgrade that is undone on the day it was made, in fen.
fn undone(bought: &Bought, today: i32) -> i128 {
    let term = bought.term;
    let days: Vec<(i128, i32)> = term.each_day().collect();
    let month_days = days[usize::try_from(today).expect("a day of the term")].0;
    let month_end = (0..term.months).map(|n| days_before(&term, n + 1)).find(|end| *end > today).expect("it runs");
    let whole_months = (1..=term.months).filter(|n| days_before(&term, *n) > month_end).count();
    let unused = i128::from(month_end - today - 1) + month_days * i128::try_from(whole_months).expect("few");
    let not_used = (bought.paid() - term.used_through(today)).max(0);
    half_away((FLAGSHIP - PRO) * unused, month_days).min(not_used)
}

/// Days of the first months of a term.
fn days_before(term: &Term, months: u32) -> i32 {
    Term { months, ..*term }.length()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Law 5, as far as it goes here: a wish is undone without a trace.
    #[test]
    fn a_downgrade_scheduled_and_cancelled_is_as_if_never_asked((bought, _) in bought(), day in 0..28_i32) {
        let term = Term { monthly_price: FLAGSHIP, upgraded: None, ..bought.term };
        let mut story = Bought { plan: Plan::Flagship, term, ..bought }.lived();
        let at = on(term.first, day, "12:00");
        story.ask(at, Order::RunDue).accepted();
        let seen = |story: &Story| {
            let books = Working::over(&story.books);
            let application = books.application(CHAT).expect("created");
            let agreement = books.usable_agreement(application).map(|(_, agreement)| agreement.clone());
            (agreement, application.clone(), story.payer().clone())
        };
        let before = seen(&story);
        story.ask(at, downgrade(DowngradeTiming::PeriodEnd)).accepted();
        prop_assert_ne!(&seen(&story), &before);
        story.ask(at, Order::CancelDowngrade { application_id: CHAT }).accepted();
        prop_assert_eq!(seen(&story), before);
    }

    /// What the rules say instead of law 5: an upgrade is paid for months of 365/12 days with today (U26), its undoing
    /// gives back days of the month without today (U28). What was used stays, today as Flagship.
    #[test]
    fn an_upgrade_undone_at_once_leaves_the_days_used(
        (bought, _) in bought(),
        (day, same_instant) in (0..1_000_i32, any::<bool>()),
    ) {
        let today = bought.term.length() * day / 1_000;
        let term = Term { monthly_price: PRO, upgraded: Some((today, FLAGSHIP)), ..bought.term };
        let bought = Bought { plan: Plan::Pro, term, month_by_month: false, ..bought };
        let mut story = bought.lived();
        let at = on(term.first, today, if same_instant { "11:00" } else { "23:00" });
        let back = came_back(&mut story, at, downgrade(DowngradeTiming::Immediate));
        let back = back.gift + back.cash;
        prop_assert_eq!(back, undone(&bought, today));
        prop_assert!(bought.paid() - back >= term.used_through(today).min(bought.paid()));
        prop_assert_eq!(story.plan_of(CHAT), Plan::Pro);
    }
}

/// Law 6, of upgrades: the old plan is credited at what it was bought for and not at its list price (U26); for the same
/// days as the new one is charged, which in a month of 31 are 1.02 months, without a cap.
#[test]
fn an_upgrade_credits_the_old_plan_at_the_price_it_was_bought_for() {
    for day in 0..31 {
        let first = date(2023, 1, 1);
        let mut story = Story::begin("2022-10-01");
        let order = promoted(purchase(CHAT, Plan::Pro, 1), PromotionName::FirstPurchase);
        story.on("2023-01-01 10:00").deposit("9000.00").and().order(order).accepted();
        story.ask(on(first, day, "11:00"), upgrade()).accepted();
        let left = hundredths_of_months(i128::from(31 - day));
        let cost = half_away((FLAGSHIP - PRO / 10) * left, 100);
        assert_eq!(story.charges_of(CHAT), ["99.90".to_owned(), written(cost)], "on day {day}");
    }
}
