//! Owns the golden cases of overage and of the stop-month share (A3.3, A3.4, C1, C2, C7), as a payer sees them: the lines
//! of a month's statement.
//!
//! Does not own the arithmetic in full (`domain`'s own tables).

use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};

use super::life::{amount, at, fee, fen, keep, line, measure, on_plan, statement, statements, usage};

on_both_stores! {
    c1_c2_usage_beyond_the_allowance_is_billed_by_started_blocks
    c2_8_groups_are_settled_on_the_months_highest_value
    a3_3_every_day_below_10000_costs_nothing
    a3_4_one_day_above_10000_is_billed_on_that_days_value
    c7_a_stop_month_is_due_for_the_days_in_service
}

/// Peak, China, abroad.
const C1: [(&str, u64, &str, &str); 7] = [
    ("C1.1", 0, "0.00", "0.00"),
    ("C1.2", 9_999, "0.00", "0.00"),
    ("C1.3", 10_000, "0.00", "0.00"),
    ("C1.4", 10_001, "1000.00", "3000.00"),
    ("C1.6", 20_000, "1000.00", "3000.00"),
    ("C1.7", 20_001, "2000.00", "6000.00"),
    ("C1.9", 100_000, "9000.00", "27000.00"),
];

/// Peak, China, abroad.
const C2: [(&str, u64, &str, &str); 4] = [
    ("C2.1", 100_000, "0.00", "0.00"),
    ("C2.2", 100_001, "1000.00", "3000.00"),
    ("C2.4", 200_000, "1000.00", "3000.00"),
    ("C2.5", 200_001, "2000.00", "6000.00"),
];

/// One application for each case and site, all of one payer: one statement has them all (U37).
async fn c1_c2_usage_beyond_the_allowance_is_billed_by_started_blocks(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-11-01")).await;
    served.open("acme", "900000.00", "0.00").await;
    let daily_actives = C1.map(|(case, peak, china, abroad)| (case, "dau_overage", (peak, 0), china, abroad));
    let groups = C2.map(|(case, peak, china, abroad)| (case, "group_overage", (0, peak), china, abroad));
    let mut expected = Vec::new();
    for (case, item, peaks, china, abroad) in daily_actives.into_iter().chain(groups) {
        for (site, plan, fee) in [("china", "pro", china), ("china", "flagship", china), ("india", "pro", abroad)] {
            let application = served.create("acme", site).await;
            served.buy(application, plan, 2).await.is(200);
            expected.push((case, application, item, peaks, fee));
        }
    }
    served.advance(&at("2022-11-21")).await;
    for (_, application, _, (dau, groups), _) in &expected {
        measure(&served, *application, "2022-11-20", *dau, *groups).await.is(200);
    }
    served.advance(&at("2022-12-03")).await;
    let statement = statement(&served, "acme", "2022-11").await;
    for (case, application, item, _, due) in expected {
        assert_eq!(fee(&statement, application, item), due, "{case}, application {application}");
    }
    let lines = statement["lines"].as_array().expect("lines");
    let sum: u64 = lines.iter().map(|line| fen(&line["amount"])).sum();
    assert_eq!(sum, fen(&statement["total"]), "the lines make the total");
}

async fn c2_8_groups_are_settled_on_the_months_highest_value(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-10-12", "china", "pro", 6).await;
    served.advance(&at("2022-11-13")).await;
    measure(&served, application, "2022-11-12", 0, 150_000).await.is(200);
    served.advance(&at("2022-12-02")).await;
    for day in ["2022-11-30", "2022-12-01"] {
        measure(&served, application, day, 0, 80_000).await.is(200);
    }
    served.advance(&at("2023-01-03")).await;
    let (november, december) =
        (statement(&served, "acme", "2022-11").await, statement(&served, "acme", "2022-12").await);
    assert_eq!(fee(&november, application, "group_overage"), "1000.00");
    // Counted once, at 00:00 of the next 1st, it would have been this.
    assert_eq!(fee(&december, application, "group_overage"), "0.00");
}

/// November of an application on Pro that had these daily active users.
async fn november(kind: StoreKind, dau: impl Fn(u64) -> u64) -> (Served, u64) {
    let (served, application) = on_plan(kind, "2022-10-12", "china", "pro", 6).await;
    served.advance(&at("2022-11-30 23:00:00")).await;
    for day in 1..=30 {
        measure(&served, application, &format!("2022-11-{day:02}"), dau(day), 99_999).await.is(200);
    }
    served.advance(&at("2022-12-03")).await;
    (served, application)
}

async fn a3_3_every_day_below_10000_costs_nothing(kind: StoreKind) {
    let (served, application) = november(kind, |_| 9_999).await;
    // U18: measured and free is said, not left out.
    assert_eq!(statements(&served, "acme").await, ["2022-10 0.00", "2022-11 0.00"]);
    let statement = statement(&served, "acme", "2022-11").await;
    for item in ["dau_overage", "group_overage"] {
        assert_eq!(fee(&statement, application, item), "0.00");
    }
}

async fn a3_4_one_day_above_10000_is_billed_on_that_days_value(kind: StoreKind) {
    let (served, application) = november(kind, |day| if day == 17 { 31_000 } else { 9_000 + day }).await;
    let statement = statement(&served, "acme", "2022-11").await;
    let billed = line(&statement, application, "dau_overage").expect("a line for daily actives");
    assert_eq!((amount(&billed["amount"]), &billed["quantity"]), ("3000.00", &3.into()));
    let told = "peak 31000 on 2022-11-17, 10000 included, 3 blocks of 10000 begun × 1000.00 = 3000.00";
    assert_eq!(billed["formula"], told);
    let read = usage(&served, application, "2022-11").await;
    assert_eq!((&read["dau"]["formula"], &read["closed"]), (&told.into(), &true.into()));
}

/// Each case is a payer of its own, so that its statements are its application's.
async fn c7_a_stop_month_is_due_for_the_days_in_service(kind: StoreKind) {
    let served = Served::start(kind, &at("2022-10-04")).await;
    let bought = async |case: &str| {
        served.open(case, "20000.00", "0.00").await;
        let application = served.create(case, "china").await;
        served.buy(application, "pro", 1).await.is(200);
        application
    };
    // Pro to 11-03, stopped 11-11: ten days of November.
    let (kept, activated) = (bought("C7.4").await, bought("C7.5").await);
    keep(&served, kept, 360).await.is(200);
    served.advance(&at("2022-11-02")).await;
    keep(&served, activated, 360).await.is(200);
    served.advance(&at("2022-11-10")).await;
    measure(&served, activated, "2022-11-05", 10_001, 0).await.is(200);
    served.advance(&at("2023-01-22")).await;
    assert_eq!(statements(&served, "C7.4").await, ["2022-10 2500.00", "2022-11 833.33"]);
    assert_eq!(statements(&served, "C7.5").await, ["2022-10 0.00", "2022-11 2833.33"]);
    let november = statement(&served, "C7.5", "2022-11").await;
    let fees = ["history_storage", "dau_overage"].map(|item| fee(&november, activated, item));
    assert_eq!(fees, ["2500.00", "333.33"], "the share is each item's own");

    // Pro to 02-21, stopped 03-01: all 28 days.
    let whole = bought("C7.6").await;
    served.advance(&at("2023-03-01")).await;
    measure(&served, whole, "2023-02-28", 40_000, 0).await.is(200);
    // Pro to 08-08, stopped 08-16: fifteen of 31 days.
    served.advance(&at("2023-07-09")).await;
    let half = bought("C7.1").await;
    served.advance(&at("2023-08-16")).await;
    measure(&served, half, "2023-08-15", 10_001, 0).await.is(200);
    // A day after the stop is kept and not counted (U12).
    let after = measure(&served, half, "2023-08-16", 50_000, 0).await.ok();
    assert_eq!((&after["counted"], &after["service_day"]), (&false.into(), &false.into()));
    // C7.7: nothing comes behind the month of the stop.
    served.advance(&at("2023-12-31")).await;
    assert_eq!(statements(&served, "C7.6").await, ["2023-01 0.00", "2023-02 3000.00"]);
    assert_eq!(statements(&served, "C7.1").await, ["2023-07 0.00", "2023-08 483.87"]);
    let august = statement(&served, "C7.1", "2023-08").await;
    let formula = line(&august, half, "dau_overage").expect("a line")["formula"].clone();
    let told = "peak 10001 on 2023-08-15, 10000 included, 1 block of 10000 begun × 1000.00 × 15/31 days = 483.87; \
                14 days without reading";
    assert_eq!(formula, told);
}
