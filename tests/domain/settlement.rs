//! Owns what a natural month comes to: overage by started blocks (C1, C2, A3.3, A3.4, A4), the share of a month of stopping
//! and coming back (C7, U8 to U13, U18), the sites (U37), the prices agreed (U39), the amounts of a statement.
//!
//! Does not own how a statement is paid (`arrears`) nor history storage (`storage`).

use proptest::prelude::*;
use subledger_domain::catalog::Catalog;
use subledger_domain::charge::{Formula, Item};
use subledger_domain::decide::{Command, Order};
use subledger_domain::ids::CommandId;
use subledger_domain::plan::{DataSite, Plan};
use subledger_domain::proration::MonthShare;
use subledger_tests::fixtures::{
    CHAT, beside_chat, catalog, catalog_with, civil_day, cny, instant, open_account, payer,
};

use crate::timeline::Story;

use Item::{DauOverage, GroupOverage};

/// On a plan from 10:00 of a day, with more money than any of these lives takes.
#[track_caller]
fn on_plan(when: &str, site: DataSite, plan: Plan, months: u32) -> Story {
    on_plan_under(catalog(), when, site, plan, months)
}

#[track_caller]
fn on_plan_under(catalog: Catalog, when: &str, site: DataSite, plan: Plan, months: u32) -> Story {
    let mut story = Story::nobody(catalog);
    story.ask(instant(when), open_account());
    let bought = format!("{when} 10:00");
    story.on(when).deposit("500000.00").and().create(CHAT, site);
    story.on(&bought).buy(CHAT, plan, months).accepted();
    story
}

/// November's fee for one reading of its 20th.
fn november(site: DataSite, plan: Plan, dau: u64, groups: u64) -> (String, String) {
    let mut story = on_plan("2022-10-12", site, plan, 6);
    story.on("2022-11-21").measure(CHAT, "2022-11-20", dau, groups).accepted();
    story.on("2022-12-03").settle().accepted();
    let statement = story.statement("2022-11");
    (statement.fee(CHAT, DauOverage), statement.fee(CHAT, GroupOverage))
}

/// C1: peak, China, abroad.
const C1: [(&str, u64, &str, &str); 9] = [
    ("C1.1", 0, "0.00", "0.00"),
    ("C1.2", 9_999, "0.00", "0.00"),
    ("C1.3", 10_000, "0.00", "0.00"),
    ("C1.4", 10_001, "1000.00", "3000.00"),
    ("C1.6", 20_000, "1000.00", "3000.00"),
    ("C1.7", 20_001, "2000.00", "6000.00"),
    ("C1.9", 100_000, "9000.00", "27000.00"),
    ("C1.9 and one", 100_001, "10000.00", "30000.00"),
    ("A4.5", 200_001, "20000.00", "60000.00"),
];

#[test]
fn c1_1_to_c1_9_daily_actives_beyond_10000_are_billed_by_started_blocks() {
    for (case, peak, china, abroad) in C1 {
        for plan in [Plan::Pro, Plan::Flagship] {
            assert_eq!(november(DataSite::China, plan, peak, 0).0, china, "{case} {plan}");
        }
        assert_eq!(november(DataSite::India, Plan::Pro, peak, 0).0, abroad, "{case} abroad");
    }
}

/// C2: peak, China, abroad.
const C2: [(&str, u64, &str, &str); 6] = [
    ("C2.1", 100_000, "0.00", "0.00"),
    ("C2.2", 100_001, "1000.00", "3000.00"),
    ("A4.2", 130_000, "1000.00", "3000.00"),
    ("C2.4", 200_000, "1000.00", "3000.00"),
    ("C2.5", 200_001, "2000.00", "6000.00"),
    ("C2.5 and more", 300_001, "3000.00", "9000.00"),
];

#[test]
fn c2_1_to_c2_5_groups_beyond_100000_are_billed_by_started_blocks() {
    for (case, peak, china, abroad) in C2 {
        for plan in [Plan::Pro, Plan::Flagship] {
            assert_eq!(november(DataSite::China, plan, 0, peak).1, china, "{case} {plan}");
        }
        assert_eq!(november(DataSite::Germany, Plan::Flagship, 0, peak).1, abroad, "{case} abroad");
    }
}

#[test]
fn s15_c2_8_groups_are_settled_on_the_months_highest_value_and_not_on_its_last() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 6);
    story.on("2022-11-13").measure(CHAT, "2022-11-12", 0, 150_000).accepted();
    story.on("2022-12-01 08:00").measure(CHAT, "2022-11-30", 0, 80_000).accepted();
    // What stands at 00:00 of the next 1st is December's, and below its allowance.
    story.on("2022-12-02").measure(CHAT, "2022-12-01", 0, 80_000).accepted();
    story.on("2023-01-03").settle().accepted();
    assert_eq!(story.statement("2022-11").fee(CHAT, GroupOverage), "1000.00");
    assert_eq!(story.statement("2022-12").fee(CHAT, GroupOverage), "0.00");
}

#[test]
fn a3_3_every_day_below_10000_costs_nothing() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 6);
    for day in 1..=30 {
        let day = format!("2022-11-{day:02}");
        story.on(&format!("{day} 23:00")).measure(CHAT, &day, 9_999, 99_999).accepted();
    }
    story.on("2022-12-03").settle().accepted();
    let statement = story.statement("2022-11");
    assert_eq!((statement.total.as_str(), statement.lines.len()), ("0.00", 2));
}

#[test]
fn a3_4_one_day_above_10000_is_billed_on_that_days_value_and_named() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 6);
    for day in 1..=30 {
        let dau = if day == 17 { 31_000 } else { 9_000 + day };
        let day = format!("2022-11-{day:02}");
        story.on(&format!("{day} 23:00")).measure(CHAT, &day, dau, 0).accepted();
    }
    story.on("2022-12-03").settle().accepted();
    let statement = story.statement("2022-11");
    let line = statement.line(CHAT, DauOverage).expect("a line for daily actives");
    assert_eq!((line.amount, line.quantity, line.unit_price), (cny("3000.00"), 3, cny("1000.00")));
    let told = "peak 31000 on 2022-11-17, 10000 included, 3 blocks of 10000 begun × 1000.00 = 3000.00";
    assert_eq!(line.formula.to_string(), told);
    let causes: Vec<&str> = line.causes.iter().map(|cause| cause.aggregate_type.as_str()).collect();
    assert_eq!(causes, ["usage_month", "subscription"]);
    let known: Vec<_> = story.facts().map(|fact| fact.id).collect();
    assert!(line.causes.iter().all(|cause| known.contains(&cause.event_id)), "each cause is in the log");
}

#[test]
fn of_several_days_with_the_peak_the_first_is_named() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 6);
    for day in ["2022-11-21", "2022-11-09", "2022-11-10"] {
        story.on("2022-11-30").measure(CHAT, day, 12_000, 0).accepted();
    }
    story.on("2022-12-03").settle().accepted();
    let statement = story.statement("2022-11");
    let line = statement.line(CHAT, DauOverage).expect("a line");
    assert!(line.formula.to_string().starts_with("peak 12000 on 2022-11-09, "), "{}", line.formula);
}

#[test]
fn a_reading_is_corrected_until_the_settlement_and_the_draft_shows_what_was_known() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 6);
    story.on("2022-11-20").measure(CHAT, "2022-11-20", 35_000, 0).accepted();
    story.on("2022-11-21").measure(CHAT, "2022-11-20", 15_000, 0).then(&["UsageRecorded"]);
    story.on("2022-11-21").measure(CHAT, "2022-11-20", 15_000, 0).then(&[]);
    story
        .on("2022-12-02 23:59:59")
        .measure(CHAT, "2022-11-20", 25_000, 0)
        .after_months(&["2022-12-01 StatementDrafted", "2022-12-01 BillingMonthOpened"]);
    story.on("2022-12-03").measure(CHAT, "2022-11-20", 9_000, 0).refused("usage_month_closed");
    assert_eq!(story.drafts(), ["2022-10 0.00", "2022-11 1000.00"]);
    assert_eq!(story.totals(), ["2022-10 0.00", "2022-11 2000.00"]);
}

#[test]
fn a_day_is_measured_from_its_first_second_to_its_settlement_and_not_before_there_was_anything() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 6);
    story.on("2022-10-20").measure(CHAT, "2022-10-21", 1, 1).refused("usage_in_future");
    story.on("2022-10-20 23:59:59").measure(CHAT, "2022-10-21", 1, 1).refused("usage_in_future");
    story.on("2022-10-21").measure(CHAT, "2022-10-21", 1, 1).then(&["UsageRecorded"]);
    story.on("2022-10-21").measure(CHAT, "2022-10-11", 1, 1).refused("usage_before_creation");
    story.on("2022-10-21").measure(CHAT, "2022-10-12", 1, 1).accepted();
    story.on("2022-10-21").measure(beside_chat(1), "2022-10-21", 1, 1).refused("not_found");
    story.on("2023-01-02 23:59:59").measure(CHAT, "2022-12-31", 1, 1).accepted();
    story.on("2023-01-03").measure(CHAT, "2022-12-31", 2, 1).refused("usage_month_closed");
    story.on("2023-01-03").measure(CHAT, "2022-10-21", 2, 1).refused("usage_month_closed");
}

#[test]
fn a_reading_that_no_settlement_could_price_is_refused_and_the_largest_is_settled() {
    let mut story = on_plan("2022-10-12", DataSite::Korea, Plan::Pro, 1);
    for (dau, groups) in [(u64::MAX, 0), (0, u64::MAX), (4_000_000_001, 0)] {
        story.on("2022-10-20").measure(CHAT, "2022-10-20", dau, groups).refused("invalid_request");
    }
    story.on("2022-10-20").measure(CHAT, "2022-10-20", 4_000_000_000, 4_000_000_000).accepted();
    story.on("2022-11-03").settle().accepted();
    assert_eq!(story.totals(), ["2022-10 1319994000.00"]);
    assert_eq!(story.payer().parked, None);
}

/// Stopped at 00:00 of a day: bought so that its seven days of grace end there.
fn stopped_on(stop: &str, dau: u64) -> Story {
    let bought =
        civil_day(instant(stop)).saturating_add(jiff::ToSpan::days(-7)).saturating_add(jiff::ToSpan::months(-1));
    let mut story = on_plan(&bought.to_string(), DataSite::China, Plan::Pro, 1);
    let last = civil_day(instant(stop)).yesterday().expect("in range").to_string();
    story.on(stop).measure(CHAT, &last, dau, 0).accepted();
    story.on("2023-12-31").settle().accepted();
    assert_eq!(story.state_at(CHAT, &format!("{last} 23:59:59")), "recycled", "settled past everything");
    story
}

#[test]
fn s4_c7_1_a_fee_of_1000_is_due_for_15_of_31_days() {
    let story = stopped_on("2023-08-16", 10_001);
    assert_eq!(story.statement("2023-08").fee(CHAT, DauOverage), "483.87");
}

#[test]
fn c7_6_without_a_lost_day_the_fee_is_due_whole() {
    let mut story = on_plan("2023-01-12", DataSite::China, Plan::Pro, 6);
    story.on("2023-02-10").measure(CHAT, "2023-02-10", 40_000, 0).accepted();
    story.on("2023-03-03").settle().accepted();
    assert_eq!(story.statement("2023-02").fee(CHAT, DauOverage), "3000.00");
    // Stopped at 00:00 of March 1st: all 28 days were served.
    let story = stopped_on("2023-03-01", 40_000);
    assert_eq!(story.statement("2023-02").fee(CHAT, DauOverage), "3000.00");
}

#[test]
fn c7_7_the_month_after_the_stop_month_costs_nothing_and_has_no_statement() {
    let story = stopped_on("2023-08-16", 10_001);
    assert_eq!(story.totals(), ["2023-07 0.00", "2023-08 483.87"]);
    // Neither has one that was only opened by an instant of its first day.
    let story = stopped_on("2023-03-01", 40_000);
    assert_eq!(story.totals(), ["2023-01 0.00", "2023-02 3000.00"]);
    // The last day's reading came after the draft. March is not even drafted.
    assert_eq!(story.drafts(), ["2023-01 0.00", "2023-02 0.00"]);
}

#[test]
fn u8_a_month_with_trial_and_pro_days_counts_the_days_of_pro_with_the_whole_allowance() {
    let life = |on_trial: u64, on_pro: u64, on_the_day: u64| {
        let mut story = Story::begin("2022-10-20");
        story.on("2022-11-09 23:00").measure(CHAT, "2022-11-09", on_trial, 0).accepted();
        story.on("2022-11-10 15:00").deposit("20000.00").and().buy(CHAT, Plan::Pro, 3).accepted();
        story.on("2022-11-21").measure(CHAT, "2022-11-10", on_the_day, 0).accepted();
        story.on("2022-11-21").measure(CHAT, "2022-11-20", on_pro, 0).accepted();
        story.on("2022-12-03").settle().accepted();
        story.statement("2022-11").total
    };
    assert_eq!(life(100, 12_000, 0), "1000.00");
    // The day of the purchase is a day of Pro, the day before is not.
    assert_eq!(life(0, 0, 12_000), "1000.00");
    assert_eq!(life(50_000, 0, 0), "0.00");
}

/// The rule's own case is stopped by a refund (`worked_examples`). This stop comes from a debt of 11-03 with 14 days to
/// pay it, so that as many days are served: the 2nd to the 16th instead of the 10th to the 24th.
#[test]
fn u9_trial_days_do_not_count_in_the_share_of_a_stop_month() {
    let other = beside_chat(1);
    let mut story = Story::begin_under(catalog_with("arrears_grace_days", "14"), "2022-10-12");
    story.on("2022-10-12").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-10-31").measure(CHAT, "2022-10-31", 10_001, 0).and().create(other, DataSite::China);
    story.on("2022-11-01 23:00").measure(other, "2022-11-01", 100_000, 0).accepted();
    story.on("2022-11-02 15:00").deposit("999.00").and().buy(other, Plan::Pro, 1).accepted();
    story.on("2022-11-16 20:00").measure(other, "2022-11-15", 12_000, 0).accepted();
    assert_eq!(story.state_at(other, "2022-11-16 23:59:59"), "active");
    assert_eq!(story.state_at(other, "2022-11-17"), "suspended");
    story.on("2022-12-03").settle().accepted();
    let statement = story.statement("2022-11");
    let line = statement.line(other, DauOverage).expect("it served");
    let Formula::Overage { share, .. } = &line.formula else { panic!("{:?}", line.formula) };
    assert_eq!(*share, MonthShare { service_days: 15, days: 30, whole: false });
    assert_eq!(line.amount, cny("500.00"));
    assert!(line.formula.to_string().contains(" × 15/30 days = 500.00"), "{}", line.formula);
}

#[test]
fn u10_days_of_grace_are_days_in_service() {
    let mut story = on_plan("2022-10-01", DataSite::China, Plan::Pro, 1);
    assert_eq!(story.terms_of(CHAT), ["2022-10-01..2022-10-31 999.00"]);
    story.on("2022-11-04").measure(CHAT, "2022-11-03", 25_000, 0).accepted();
    story.on("2022-12-03").settle().accepted();
    assert_eq!(story.totals(), ["2022-10 0.00", "2022-11 466.67"]);
}

#[test]
fn u11_the_month_of_coming_back_has_the_same_share() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 1);
    story.on("2022-12-10 17:00").buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-12-20").measure(CHAT, "2022-12-20", 15_000, 0).accepted();
    story.on("2023-01-03").settle().accepted();
    assert_eq!(story.statement("2022-12").total, "709.68");
    assert_eq!(story.totals().len(), 3, "October, November, December");
}

#[test]
fn u11_bought_again_on_the_day_of_the_stop_no_day_is_lost() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 1);
    story.on("2022-11-19 23:59:59").buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-11-25").measure(CHAT, "2022-11-25", 15_000, 0).accepted();
    story.on("2022-12-03").settle().accepted();
    assert_eq!(story.statement("2022-11").total, "1000.00");
}

#[test]
fn u12_a_reading_counts_by_its_date_and_not_by_when_it_was_sent() {
    let stopped = |readings: &[(&str, u64)]| {
        let mut story = on_plan("2022-10-01", DataSite::China, Plan::Pro, 1);
        for (day, dau) in readings {
            story.on("2022-11-08 10:00").measure(CHAT, day, *dau, 0).then(&["UsageRecorded"]);
        }
        assert_eq!(story.state_at(CHAT, "2022-11-08"), "suspended");
        story.on("2022-12-03").settle().accepted();
        story.statement("2022-11").total
    };
    // 1,000 × 7/30.
    assert_eq!(stopped(&[("2022-11-07", 10_001)]), "233.33");
    assert_eq!(stopped(&[("2022-11-07", 10_001), ("2022-11-08", 50_000)]), "233.33");
    assert_eq!(stopped(&[("2022-11-08", 50_000)]), "0.00");
}

#[test]
fn u13_a_month_without_a_reading_costs_nothing_and_names_its_days() {
    let mut story = on_plan("2022-10-01", DataSite::China, Plan::Pro, 6);
    story.on("2022-10-31").measure(CHAT, "2022-10-31", 0, 120_000).accepted();
    story.on("2022-12-03").settle().accepted();
    assert_eq!(story.totals(), ["2022-10 1000.00", "2022-11 0.00"]);
    let statement = story.statement("2022-11");
    let line = statement.line(CHAT, GroupOverage).expect("a line of nothing");
    let told = "nothing measured, 100000 included, 0 blocks of 100000 begun × 1000.00 = 0.00; 30 days without reading";
    assert_eq!(line.formula.to_string(), told);
    assert!(!line.causes.is_empty(), "the term explains it");
}

#[test]
fn u13_only_service_days_can_lack_a_reading() {
    let mut story = Story::begin("2022-11-01");
    story.on("2022-11-28 10:00").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-11-29").measure(CHAT, "2022-11-29", 1, 1).accepted();
    story.on("2022-12-03").settle().accepted();
    let statement = story.statement("2022-11");
    let line = statement.line(CHAT, DauOverage).expect("a line");
    assert!(line.formula.to_string().ends_with("; 2 days without reading"), "{}", line.formula);
}

#[test]
fn u14_a_reading_above_trials_cap_is_kept_marked_and_costs_nothing() {
    let mut story = Story::begin("2022-11-01");
    for (day, dau, groups, over) in [
        ("2022-11-02", 100, 100, false),
        ("2022-11-03", 101, 0, true),
        ("2022-11-04", 0, 101, true),
        ("2022-11-05", 1_000_000, 1_000_000, true),
    ] {
        let answer = story.on("2022-11-06").measure(CHAT, day, dau, groups).then(&["UsageRecorded"]);
        let decision = answer.order.as_ref().expect("accepted");
        let told = serde_json::to_value(&decision.facts[0].fact.event).expect("plain data");
        assert_eq!(told["Usage"]["UsageRecorded"]["over_cap"], over, "{day}");
    }
    story.on("2023-01-31").settle().after(&[]).after_months(&[]);
    assert_eq!(story.totals(), Vec::<String>::new());
    let paid = {
        story.on("2023-02-01 10:00").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
        let answer = story.on("2023-02-02").measure(CHAT, "2023-02-01", 101, 0).accepted();
        serde_json::to_value(&answer.order.as_ref().expect("accepted").facts[0].fact.event).expect("plain data")
    };
    assert_eq!(paid["Usage"]["UsageRecorded"]["over_cap"], false, "a paid plan has no cap");
}

#[test]
fn u18_a_month_below_its_allowance_has_a_final_statement_of_nothing() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 2);
    let left = story.payer().cash;
    story.on("2022-11-08").measure(CHAT, "2022-11-08", 8_000, 0).accepted();
    story.on("2022-12-03").settle().accepted();
    let statement = story.statement("2022-11");
    assert_eq!((statement.total.as_str(), statement.due.as_str(), statement.number), ("0.00", "0.00", 3));
    assert_eq!(statement.at, instant("2022-12-03"));
    assert_eq!(story.payer().cash, left);
    let line = statement.line(CHAT, DauOverage).expect("a line of nothing");
    assert!(line.formula.to_string().contains(", 0 blocks of 10000 begun × "), "{}", line.formula);
}

#[test]
fn u18_trial_alone_has_no_statement_and_one_day_of_service_has_one() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-12-31 23:59:59").deposit("999.00").after_months(&[]).and().buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2023-01-03").settle().accepted();
    assert_eq!(story.totals(), ["2022-12 0.00"]);
}

#[test]
fn s2_u37_one_list_abroad_and_one_statement_for_all_sites() {
    let [second, third] = [1, 2].map(beside_chat);
    let mut story = on_plan("2022-10-12", DataSite::Singapore, Plan::Pro, 3);
    story.on("2022-10-12 10:00").create(second, DataSite::China).and().create(third, DataSite::India);
    story.on("2022-10-12 10:00").buy(second, Plan::Pro, 3).and().buy(third, Plan::Flagship, 3).accepted();
    assert_eq!(story.terms_of(CHAT), ["2022-10-12..2023-01-11 8997.00"]);
    for application in [CHAT, second, third] {
        story.on("2022-10-21").measure(application, "2022-10-20", 10_001, 0).accepted();
    }
    story.on("2022-11-03").settle().accepted();
    assert_eq!(story.totals(), ["2022-10 7000.00"]);
    let statement = story.statement("2022-10");
    let fees = [CHAT, second, third].map(|application| statement.fee(application, DauOverage));
    assert_eq!(fees, ["3000.00", "1000.00", "3000.00"]);
    assert!(statement.lines.iter().all(|line| line.period.last_day().to_string() == "2022-10-31"));
}

/// A second list from 2023-01-01: a block of daily actives costs 1,500.00 in China.
fn dearer_next_year() -> Catalog {
    let now = include_str!("../../domain/price_lists/2022-07.toml");
    let (head, _) = now.split_once("\n[examples]\n").expect("the list has examples");
    let next = head
        .replace("id = \"2022-07\"", "id = \"2023-01\"")
        .replace("effective_from = 2022-07-01", "effective_from = 2023-01-01")
        .replacen("block_price = { china = \"1000.00\"", "block_price = { china = \"1500.00\"", 1);
    let example = "{ case = \"C1.4\", site = \"china\", plan = \"pro\", peak_dau = 10001, postpaid = \"1500.00\" }";
    let next = format!("{next}\n[examples]\ncases = [{example}]\n");
    Catalog::from_lists(vec![("2022-07.toml".to_owned(), now.to_owned()), ("2023-01.toml".to_owned(), next)])
        .unwrap_or_else(|fault| panic!("{fault}"))
}

#[test]
fn u39_a_month_with_two_terms_takes_the_prices_of_the_peaks_day() {
    for (peak_on, fee, list) in [
        ("2023-01-11", "1000.00", "2022-07"),
        ("2023-01-12", "1500.00", "2023-01"),
        ("2023-01-31", "1500.00", "2023-01"),
    ] {
        // October to 2023-01-11 by the list of the time; renewed in January for what follows.
        let mut story = on_plan_under(dearer_next_year(), "2022-10-12", DataSite::China, Plan::Pro, 3);
        story.on("2023-01-05").renew(CHAT, 1).accepted();
        story.on("2023-01-31 22:00").measure(CHAT, peak_on, 10_001, 0).accepted();
        story.on("2023-02-03").settle().accepted();
        let statement = story.statement("2023-01");
        let line = statement.line(CHAT, DauOverage).expect("a line");
        assert_eq!((line.amount, line.price_list.as_str()), (cny(fee), list), "{peak_on}");
    }
}

#[test]
fn u39_a_term_keeps_the_prices_it_was_sold_at() {
    let mut story = on_plan_under(dearer_next_year(), "2022-10-12", DataSite::China, Plan::Pro, 12);
    story.on("2023-06-20").measure(CHAT, "2023-06-20", 10_001, 0).accepted();
    story.on("2023-07-03").settle().accepted();
    assert_eq!(story.statement("2023-06").total, "1000.00");
}

#[test]
fn a_statement_is_drafted_on_the_1st_final_and_deducted_on_the_3rd() {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 3);
    let before = story.payer().cash;
    story.on("2022-10-31").measure(CHAT, "2022-10-31", 10_001, 0).accepted();
    story.on("2022-10-31 23:59:59").settle().after_months(&[]);
    let drafted = ["2022-11-01 StatementDrafted", "2022-11-01 BillingMonthOpened"];
    story.on("2022-11-01").settle().after_months(&drafted);
    story.on("2022-11-02 23:59:59").settle().after_months(&[]);
    assert_eq!(story.payer().cash, before);
    story.on("2022-11-03").settle().after_months(&["2022-11-03 StatementFinalised", "2022-11-03 UsageMonthClosed"]);
    assert_eq!(story.payer().cash, before.minus(cny("1000.00")).expect("in range"));
    assert_eq!(story.statement("2022-10").number, 2);
}

/// A month's readings in any order, each day's figure told again and again.
fn readings_in_any_order() -> impl Strategy<Value = Vec<(u8, u64, u64)>> {
    let figures = prop::collection::vec((0..60_000_u64, 0..400_000_u64), 30);
    figures.prop_flat_map(|figures| {
        let days = prop::collection::vec(0..30_usize, 10_000 - 30);
        days.prop_map(move |repeats| {
            let of = |day: usize| (u8::try_from(day + 1).expect("30 days"), figures[day].0, figures[day].1);
            repeats.into_iter().chain(0..30).map(of).collect::<Vec<_>>()
        })
        .prop_shuffle()
    })
}

fn told_all(readings: &[(u8, u64, u64)]) -> (Story, usize) {
    let mut story = on_plan("2022-10-12", DataSite::China, Plan::Pro, 6);
    story.on("2022-12-01 08:00").settle().accepted();
    let mut books = story.books.clone();
    let mut stored = 0;
    // The timeline checks every order of a story; ten thousand of one month go the short way.
    for (n, (day, dau, groups)) in readings.iter().enumerate() {
        let at = instant("2022-12-01 09:00");
        let date = format!("2022-11-{day:02}");
        let order = subledger_tests::fixtures::usage(CHAT, subledger_tests::fixtures::day(&date), *dau, *groups);
        let command = Command { id: CommandId::keyed(at, payer().as_str(), &format!("reading {n}")), at, order };
        let working = subledger_domain::books::Working::over(&books);
        let decision = subledger_domain::decide::decide(working, &command, &catalog()).order.expect("accepted");
        stored += decision.facts.len();
        let mut position = books.as_of_position();
        for placed in &decision.facts {
            position += 1;
            books.evolve_recorded(&placed.fact, position);
        }
    }
    story.books = books;
    (story, stored)
}

fn november_of(story: &Story) -> (String, String) {
    let at = instant("2022-12-03");
    let command = Command { id: CommandId::keyed(at, payer().as_str(), "last"), at, order: Order::RunDue };
    let working = subledger_domain::books::Working::over(&story.books);
    let outcome = subledger_domain::decide::decide(working, &command, &catalog());
    let facts = outcome.due.iter().flat_map(|decision| &decision.facts).map(|placed| &placed.fact);
    let statement = crate::timeline::final_statements(facts).pop().expect("November is settled");
    (statement.fee(CHAT, DauOverage), statement.fee(CHAT, GroupOverage))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn ten_thousand_readings_in_any_order_with_repeats_give_the_same_month(readings in readings_in_any_order()) {
        let mut in_order = readings.clone();
        in_order.sort_unstable();
        in_order.dedup();
        let ((any, stored), (ordered, of_each_day)) = (told_all(&readings), told_all(&in_order));
        prop_assert_eq!((stored, of_each_day), (30, 30), "a repeat is no news");
        let month = |story: &Story| {
            let books = subledger_domain::books::Working::over(&story.books);
            let id = "1400000001.2022-11".parse().expect("a month of usage");
            books.usage(id).map(|month| month.readings().collect::<Vec<_>>())
        };
        prop_assert_eq!(month(&any), month(&ordered));
        prop_assert_eq!(november_of(&any), november_of(&ordered));
    }
}
