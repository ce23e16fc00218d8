//! Owns history storage (S18, C8): steps by plan and site, one change a month, the month of activation whole, the highest
//! step of the month, the stop-month share, and what a plan includes (U15 to U17).
//!
//! Does not own the setting as a state (`application`).

use subledger_domain::charge::{Formula, Item};
use subledger_domain::plan::{DataSite, Plan, Quota};
use subledger_tests::fixtures::{CHAT, cny, instant, open_account};

use crate::timeline::Story;

#[track_caller]
fn on_plan(when: &str, site: DataSite, plan: Plan, months: u32) -> Story {
    let mut story = Story::nobody(subledger_tests::fixtures::catalog());
    story.ask(instant(when), open_account());
    story.on(when).deposit("500000.00").and().create(CHAT, site).and().buy(CHAT, plan, months).accepted();
    story
}

/// What storage costs in each month that has a line for it, as `month amount`.
fn fees(story: &Story) -> Vec<String> {
    let fee = |statement: &crate::timeline::Statement| {
        let line = statement.line(CHAT, Item::HistoryStorage)?;
        Some(format!("{} {}", statement.month, line.amount.amount()))
    };
    story.statements().iter().filter_map(fee).collect()
}

#[test]
fn s18_c8_1_switched_on_on_the_28th_the_whole_month_is_due() {
    for (day, fee) in [("2022-11-28", "1000.00"), ("2022-11-30 23:59:59", "1000.00"), ("2022-11-01", "1000.00")] {
        let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 3);
        story.on(day).keep(CHAT, 90).then(&["HistoryRetentionSet"]);
        story.on("2022-12-03").settle().accepted();
        assert_eq!(fees(&story), [format!("2022-11 {fee}")], "{day}");
    }
    // Also when the plan was bought that day.
    let mut story = on_plan("2022-11-28", DataSite::China, Plan::Pro, 1);
    story.on("2022-11-28").keep(CHAT, 90).accepted();
    story.on("2022-12-03").settle().accepted();
    assert_eq!(fees(&story), ["2022-11 1000.00"]);
}

#[test]
fn s18_c8_1_every_step_has_its_price_by_plan_and_site() {
    for (site, plan, days, fee) in [
        (DataSite::China, Plan::Pro, 30, "500.00"),
        (DataSite::China, Plan::Pro, 90, "1000.00"),
        (DataSite::China, Plan::Pro, 180, "1500.00"),
        (DataSite::China, Plan::Pro, 360, "2500.00"),
        (DataSite::China, Plan::Flagship, 90, "500.00"),
        (DataSite::China, Plan::Flagship, 180, "1000.00"),
        (DataSite::China, Plan::Flagship, 360, "2000.00"),
        (DataSite::India, Plan::Pro, 30, "700.00"),
        (DataSite::Korea, Plan::Pro, 90, "1280.00"),
        (DataSite::Germany, Plan::Pro, 180, "1920.00"),
        (DataSite::Singapore, Plan::Pro, 360, "2850.00"),
        (DataSite::Singapore, Plan::Flagship, 90, "700.00"),
        (DataSite::Singapore, Plan::Flagship, 180, "1280.00"),
        (DataSite::Singapore, Plan::Flagship, 360, "2280.00"),
    ] {
        let mut story = on_plan("2022-11-02", site, plan, 3);
        story.on("2022-11-02").keep(CHAT, days).accepted();
        assert_eq!(story.limit_at(CHAT, Quota::HistoryRetentionDays, "2022-11-02"), Some(days.into()));
        story.on("2022-12-03").settle().accepted();
        assert_eq!(fees(&story), [format!("2022-11 {fee}")], "{plan} {days} {site:?}");
        let statement = story.statement("2022-11");
        let line = statement.line(CHAT, Item::HistoryStorage).expect("a line");
        assert_eq!((line.quantity, line.unit_price), (1, cny(fee)));
        assert_eq!(line.formula.to_string(), format!("{days} days kept, {fee} per month = {fee}"));
        let causes: Vec<&str> = line.causes.iter().map(|cause| cause.aggregate_type.as_str()).collect();
        assert_eq!(causes, ["application", "subscription"]);
    }
}

#[test]
fn c8_2_a_second_change_in_the_same_natural_month_is_refused() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 6);
    story.on("2022-11-05").keep(CHAT, 90).accepted();
    story.on("2022-11-30 23:59:59").keep(CHAT, 180).refused("retention_changed_this_month");
    story.on("2022-11-30 23:59:59").keep(CHAT, 7).refused("retention_changed_this_month");
    story.on("2022-11-30 23:59:59").keep(CHAT, 90).then(&[]);
    story.on("2022-12-01").keep(CHAT, 180).then(&["HistoryRetentionSet"]);
    story.on("2023-01-03").settle().accepted();
    assert_eq!(fees(&story), ["2022-11 1000.00", "2022-12 1500.00"]);
}

#[test]
fn c8_4_flagship_asking_for_30_days_has_them_already() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Flagship, 3);
    story.on("2022-10-20").keep(CHAT, 30).then(&[]);
    // It was no change either.
    story.on("2022-10-20").keep(CHAT, 90).then(&["HistoryRetentionSet"]);
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 3);
    story.on("2022-10-20").keep(CHAT, 7).then(&[]);
    story.on("2022-12-03").settle().accepted();
    assert_eq!(fees(&story), Vec::<String>::new());
}

#[test]
fn c8_5_u17_there_is_no_step_of_60_or_361_days_nor_of_7_on_flagship() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 3);
    for days in [0, 1, 8, 60, 361, 365, u32::MAX] {
        story.on("2022-10-20").keep(CHAT, days).refused("retention_step_unknown");
    }
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Flagship, 3);
    for days in [7, 29, 31] {
        story.on("2022-10-20").keep(CHAT, days).refused("retention_step_unknown");
    }
}

#[test]
fn c8_6_on_trial_no_step_is_sold() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("10000.00");
    for days in [7, 30, 90, 180, 360, 60] {
        story.on("2022-10-12").keep(CHAT, days).refused("add_on_needs_paid_plan");
    }
}

#[test]
fn c7_4_storage_in_a_stop_month_is_due_for_the_days_in_service() {
    // Pro to 11-03, stopped 11-11: ten days of November.
    let mut story = on_plan("2022-10-04", DataSite::China, Plan::Pro, 1);
    story.on("2022-10-04").keep(CHAT, 360).accepted();
    story.on("2023-03-31").settle().accepted();
    assert_eq!(fees(&story), ["2022-10 2500.00", "2022-11 833.33"]);
    let statement = story.statement("2022-11");
    let line = statement.line(CHAT, Item::HistoryStorage).expect("a line");
    assert_eq!(line.formula.to_string(), "360 days kept, 2500.00 per month × 10/30 days = 833.33");
}

#[test]
fn c7_5_in_the_month_of_activation_the_whole_fee_is_due_whatever_stops() {
    let mut story = on_plan("2022-10-04", DataSite::China, Plan::Pro, 1);
    story.on("2022-11-02").keep(CHAT, 360).accepted();
    story.on("2022-11-10").measure(CHAT, "2022-11-05", 10_001, 0).accepted();
    story.on("2023-03-31").settle().accepted();
    assert_eq!(fees(&story), ["2022-11 2500.00"]);
    // The stop's share is each item's own.
    assert_eq!(story.statement("2022-11").fee(CHAT, Item::DauOverage), "333.33");
}

#[test]
fn u15_the_setting_is_kept_through_a_stop_and_coming_back_is_no_activation() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 1);
    story.on("2022-10-12").keep(CHAT, 360).accepted();
    assert_eq!(story.limit_at(CHAT, Quota::HistoryRetentionDays, "2022-11-18 23:59:59"), Some(360));
    assert_eq!(story.limit_at(CHAT, Quota::HistoryRetentionDays, "2022-11-19"), Some(0));
    story.on("2023-01-11 09:00").buy(CHAT, Plan::Pro, 2).accepted();
    assert_eq!(story.limit_at(CHAT, Quota::HistoryRetentionDays, "2023-01-11 09:00"), Some(360));
    story.on("2023-03-03").settle().accepted();
    assert_eq!(fees(&story), ["2022-10 2500.00", "2022-11 1500.00", "2023-01 1693.55", "2023-02 2500.00"]);
}

/// A plan with storage, stopped on 11-16 and bought again as another plan on that day, so that no day is lost.
fn from_one_plan_to_another(before: Plan, days: u32, after: Plan) -> Story {
    let mut story = on_plan("2022-10-09", DataSite::China, before, 1);
    story.on("2022-10-09").keep(CHAT, days).accepted();
    story.on("2022-11-16 10:00").buy(CHAT, after, 3).accepted();
    story
}

#[test]
fn u16_in_the_month_of_a_plan_change_the_dearer_fee_is_due() {
    // The rule's own case is an upgrade; a stop and a purchase on one day change the plan on the same day.
    let mut story = from_one_plan_to_another(Plan::Pro, 90, Plan::Flagship);
    story.on("2023-01-03").settle().accepted();
    assert_eq!(fees(&story), ["2022-10 1000.00", "2022-11 1000.00", "2022-12 500.00"]);
    let plan_of = |month: &str| {
        let statement = story.statement(month);
        match &statement.line(CHAT, Item::HistoryStorage).expect("a line").formula {
            Formula::Storage { plan, .. } => plan.name(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((plan_of("2022-11"), plan_of("2022-12")), ("pro", "flagship"));
    let mut story = from_one_plan_to_another(Plan::Flagship, 90, Plan::Pro);
    story.on("2023-01-03").settle().accepted();
    assert_eq!(fees(&story), ["2022-10 500.00", "2022-11 1000.00", "2022-12 1000.00"]);
}

#[test]
fn u16_a_step_that_the_new_plan_includes_ends_and_is_not_the_payers_one_change() {
    let mut story = from_one_plan_to_another(Plan::Pro, 30, Plan::Flagship);
    assert_eq!(story.limit_at(CHAT, Quota::HistoryRetentionDays, "2022-11-16 10:00"), Some(30));
    story.on("2023-01-03").settle().accepted();
    assert_eq!(fees(&story), ["2022-10 500.00", "2022-11 500.00"]);
    let mut story = from_one_plan_to_another(Plan::Pro, 30, Plan::Flagship);
    story.on("2022-11-17").keep(CHAT, 90).then(&["HistoryRetentionSet"]);
}

#[test]
fn u16_down_to_pro_the_included_30_days_fall_to_7_and_nothing_is_bought_by_itself() {
    let mut story = on_plan("2022-10-09", DataSite::China, Plan::Flagship, 1);
    assert_eq!(story.limit_at(CHAT, Quota::HistoryRetentionDays, "2022-11-15"), Some(30));
    story.on("2022-11-16 10:00").buy(CHAT, Plan::Pro, 3).accepted();
    assert_eq!(story.limit_at(CHAT, Quota::HistoryRetentionDays, "2022-11-16 10:00"), Some(7));
    story.on("2023-01-03").settle().accepted();
    assert_eq!(fees(&story), Vec::<String>::new());
}

#[test]
fn u17_off_in_a_later_month_on_again_in_the_next() {
    let mut story = on_plan("2022-09-01", DataSite::China, Plan::Pro, 12);
    story.on("2022-09-10").keep(CHAT, 90).accepted();
    story.on("2022-11-20").keep(CHAT, 7).then(&["HistoryRetentionSet"]);
    story.on("2022-12-05").keep(CHAT, 90).then(&["HistoryRetentionSet"]);
    story.on("2023-01-03").settle().accepted();
    assert_eq!(fees(&story), ["2022-09 1000.00", "2022-10 1000.00", "2022-11 1000.00", "2022-12 1000.00"]);
    // Off and left off: that month's fee, and nothing after it.
    let mut story = on_plan("2022-09-01", DataSite::China, Plan::Pro, 12);
    story.on("2022-09-10").keep(CHAT, 90).accepted();
    story.on("2022-11-20").keep(CHAT, 7).accepted();
    story.on("2023-01-03").settle().accepted();
    assert_eq!(fees(&story), ["2022-09 1000.00", "2022-10 1000.00", "2022-11 1000.00"]);
}

#[test]
fn u17_a_raise_in_a_later_month_is_no_activation() {
    // Pro to 11-13, stopped 11-21.
    let mut story = on_plan("2022-09-14", DataSite::China, Plan::Pro, 2);
    story.on("2022-09-14").keep(CHAT, 90).accepted();
    story.on("2022-11-05").keep(CHAT, 360).accepted();
    story.on("2023-01-03").settle().accepted();
    assert_eq!(fees(&story), ["2022-09 1000.00", "2022-10 1000.00", "2022-11 1666.67"]);
}

#[test]
fn u17_the_highest_step_of_the_month_is_due_also_after_it_was_lowered() {
    let mut story = on_plan("2022-09-01", DataSite::China, Plan::Pro, 12);
    story.on("2022-09-10").keep(CHAT, 360).accepted();
    story.on("2022-11-01 00:00:01").keep(CHAT, 30).accepted();
    story.on("2022-12-01").keep(CHAT, 90).accepted();
    story.on("2023-01-03").settle().accepted();
    assert_eq!(fees(&story), ["2022-09 2500.00", "2022-10 2500.00", "2022-11 2500.00", "2022-12 1000.00"]);
    // Lowered at the first instant of a month, the dearer step was not kept in it.
    let mut story = on_plan("2022-09-01", DataSite::China, Plan::Pro, 12);
    story.on("2022-09-10").keep(CHAT, 360).accepted();
    story.on("2022-11-01").keep(CHAT, 30).accepted();
    story.on("2022-12-03").settle().accepted();
    assert_eq!(fees(&story), ["2022-09 2500.00", "2022-10 2500.00", "2022-11 500.00"]);
}

#[test]
fn u24_in_the_plans_grace_history_is_not_raised_but_may_be_shortened() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 1);
    story.on("2022-10-12").keep(CHAT, 90).accepted();
    story.on("2022-11-14").keep(CHAT, 180).refused("renewal_required");
    story.on("2022-11-14").keep(CHAT, 60).refused("retention_step_unknown");
    story.on("2022-11-14").keep(CHAT, 30).then(&["HistoryRetentionSet"]);
    story.on("2022-11-20").keep(CHAT, 7).refused("application_suspended");
}
