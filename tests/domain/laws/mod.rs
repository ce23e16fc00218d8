//! Owns the fifteen laws of proration and money, each held against arithmetic by hand: whole fen and whole days.
//!
//! Does not own the figures of single cases (`golden_cases`, `house_rules`) nor whole lives (`properties`, `year`).
//!
//! | law | what it says | the test that holds it |
//! |---|---|---|
//! | 1 | parts add up | `the_parts_of_an_amount_add_up_to_it_into_however_many_it_is_split` |
//! | | | `what_goes_back_is_split_as_it_was_paid_and_no_fen_is_lost` |
//! | | by days (U48) | `u48_days_add_up_whatever_the_amount_the_term_and_its_end` |
//! | 2 | no part below nothing or above the whole | `no_part_is_negative_and_none_exceeds_the_whole` |
//! | | | `what_goes_back_is_split_as_it_was_paid_and_no_fen_is_lost` |
//! | 3 | more use, no less money | `a_month_costs_no_less_for_more_days_a_higher_peak_or_a_higher_price` |
//! | | | `the_later_a_plan_is_given_back_the_less_goes_back` |
//! | | | `months_left_are_of_365_12_days_and_to_two_decimals` |
//! | 4 | pieces cost what the stretch does | `what_a_stretch_earns_is_what_its_pieces_earn` |
//! | | | `months_bought_one_by_one_cost_and_give_back_what_they_do_at_once` |
//! | | blocks as one | `a_line_of_a_stop_month_is_its_blocks_times_its_days_rounded_once` |
//! | 5 | undone is net nothing, of a wish | `a_downgrade_scheduled_and_cancelled_is_as_if_never_asked` |
//! | | not of an upgrade (U26, U28) | `an_upgrade_undone_at_once_leaves_the_days_used` |
//! | 6 | no credit above what was paid for | `what_goes_back_is_what_was_paid_less_the_days_used` |
//! | | at its price, not its days (U26) | `an_upgrade_credits_the_old_plan_at_the_price_it_was_bought_for` |
//! | 7 | one instant, one outcome | `orders_of_one_instant_come_to_the_same_in_any_order_while_the_money_lasts` |
//! | | | `money_for_one_of_two_orders_of_an_instant_is_the_first_ones` |
//! | | | `at_one_instant_what_is_due_goes_by_its_class_and_orders_come_last` |
//! | | | `r0_any_life_is_decided_the_same_whenever_the_worker_comes_by` |
//! | 8 | no zone of a server's | `the_zone_of_the_server_changes_no_amount_and_no_date` |
//! | | | `every_midnight_from_2020_to_2060_is_eight_hours_before_utc` |
//! | 9 | no time costs nothing | `no_days_no_blocks_and_no_price_cost_nothing` |
//! | | | `no_months_are_not_sold_and_cost_nothing` |
//! | 10 | all of it costs the list price | `all_days_of_a_month_cost_its_price_to_the_fen` |
//! | | | `full_months_cost_their_list_price_and_used_up_leave_nothing` |
//! | 11 | currencies never mix | `no_currency_but_one_is_an_amounts` |
//! | 12 | overflow is an error | `an_amount_beyond_the_range_is_an_error_and_no_panic` |
//! | | | `a_balance_beyond_the_range_is_refused` |
//! | 13 | the day T, or the month's last | `a_boundary_returns_to_the_anchors_day_behind_a_short_month` |
//! | | tiled, for 40 years | `boundaries_tile_for_every_anchor_day_from_2020_to_2060` |
//! | | in lives | `the_terms_of_an_agreement_tile_and_end_on_days_counted_from_its_anchor` |
//! | 14 | a fraction until its one rounding | `the_share_of_a_month_is_its_days_over_the_months_rounded_once` |
//! | | in a statement | `a_line_of_a_stop_month_is_its_blocks_times_its_days_rounded_once` |
//! | | two decimals in an upgrade (B5) | `months_left_are_of_365_12_days_and_to_two_decimals` |
//! | 15 | written and read is the same | `an_amount_is_written_in_one_way_and_read_back_as_it_was` |
//! | | facts, Books | `every_fact_reads_back_from_its_stored_form` |
//! | | | `books_taken_from_a_snapshot_decide_the_same` |
//!
//! Where the house rules part from a law they say so. An upgrade is paid for months of 365/12 days with today counted,
//! to two decimals and without a cap (U25, U26), so the old plan is credited for 1.02 months of a month of 31 days. Its
//! undoing gives back days of the month behind today (U28): less than it cost in most terms, more where a February lies
//! ahead, never more than is left of what was paid. A day that is begun is used, however short (R0, U30).
//!
//! `PROPTEST_CASES=1000000` goes further than the build does.

mod amounts;
mod bought;
mod by_hand;
mod changes;
mod instants;
mod months;
mod orders;

use std::collections::BTreeSet;

/// Where the tests of the table are.
const SOURCES: [&str; 9] = [
    include_str!("amounts.rs"),
    include_str!("changes.rs"),
    include_str!("instants.rs"),
    include_str!("months.rs"),
    include_str!("orders.rs"),
    include_str!("../late_worker.rs"),
    include_str!("../properties.rs"),
    include_str!("../../../domain/src/calendar.rs"),
    include_str!("../../../domain/src/recognition.rs"),
];

/// What is wrong with a table of laws: a number that is missing, strange or there twice, a test that is in no source.
fn faults(page: &str, sources: &[&str]) -> Vec<String> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("//! | "));
    let cells = rows.skip(1).map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    let (mut numbers, mut found) = (Vec::new(), Vec::new());
    for cells in cells {
        numbers.extend(cells.first().filter(|number| !number.is_empty()).map(|number| (*number).to_owned()));
        let named = cells.get(2).unwrap_or(&"").trim_matches('`');
        if named.is_empty() || !sources.iter().any(|source| source.contains(&format!("fn {named}("))) {
            found.push(format!("no test is called `{named}`"));
        }
    }
    let laws: Vec<String> = (1..=15).map(|law| law.to_string()).collect();
    if numbers != laws {
        found.push(format!("the laws are {laws:?}, the table has {numbers:?}"));
    }
    found
}

#[test]
fn each_of_the_fifteen_laws_is_in_the_table_once_with_tests_that_exist() {
    assert_eq!(faults(include_str!("mod.rs"), &SOURCES), Vec::<String>::new());
}

#[test]
fn a_law_left_out_told_twice_or_held_by_no_test_is_found() {
    let row = |law: &str, test: &str| format!("//! | {law} | says | `{test}` |\n");
    let whole: Vec<String> = (1..=15).map(|law| row(&law.to_string(), "held")).collect();
    let page = |rows: &[String]| format!("//! | law | what it says | the test that holds it |\n{}", rows.concat());
    let of = |rows: &[String]| faults(&page(rows), &["fn held() {}"]).len();
    assert_eq!(of(&whole), 0);
    assert_eq!(of(&[whole.clone(), vec![row("", "held")]].concat()), 0);
    assert_eq!(of(&whole[1..]), 1);
    assert_eq!(of(&[whole.clone(), vec![row("15", "held")]].concat()), 1);
    assert_eq!(of(&[whole, vec![row("", "hel")]].concat()), 1);
}

/// Each test of the laws is in the table, so that none is forgotten there.
#[test]
fn each_test_of_a_law_is_in_the_table() {
    let page = include_str!("mod.rs");
    let tested: BTreeSet<&str> = SOURCES[..5].iter().flat_map(|source| tests_of(source)).collect();
    let untold: Vec<&str> = tested.into_iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert_eq!(untold, [""; 0]);
}

/// The names of the functions behind `#[test]`.
fn tests_of(source: &str) -> impl Iterator<Item = &str> {
    let behind = source.split("#[test]\n").skip(1);
    behind.filter_map(|rest| rest.trim_start().strip_prefix("fn ")?.split('(').next())
}
