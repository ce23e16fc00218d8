//! Owns the laws of months billed after use: each line of a stop month is one product, rounded once.
//!
//! Does not own the share alone (`amounts`) nor which days count (`settlement`).

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use subledger_domain::charge::Item;
use subledger_domain::decide::Order;
use subledger_domain::plan::Plan;
use subledger_tests::fixtures::{CHAT, keep_history, purchase, usage};

use super::bought::{days, on};
use super::by_hand::{half_away, written};
use crate::properties::boundary;
use crate::timeline::Story;

/// A started block of either overage, and 90 days of history on Pro, a month in China, in fen.
const BLOCK: i128 = 100_000;
const KEPT_90_DAYS: i128 = 100_000;

/// Blocks begun beyond what is included, which is as large as a block of either.
fn begun(peak: u64, block: u64) -> i128 {
    if peak <= block { 0 } else { i128::from((peak - 1) / block) }
}

/// Pro for a month and its seven days of grace, then stopped: the month of the last day, measured on that day.
fn stopped(first: Date, dau: u64, groups: u64) -> (Story, Date) {
    let mut story = Story::begin("2022-10-01");
    story.on("2022-10-01").deposit("9000000.00").accepted();
    story.ask(on(first, 0, "10:00"), purchase(CHAT, Plan::Pro, 1)).accepted();
    story.ask(on(first, 0, "10:00"), keep_history(CHAT, 90)).accepted();
    let last = boundary(first, 1).saturating_add(6.days());
    story.ask(on(last, 0, "12:00"), usage(CHAT, last, dau, groups)).accepted();
    story.ask(on(last.last_of_month(), 3, "00:00"), Order::RunDue).accepted();
    (story, last)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Laws 4 and 14, of statements: blocks are added up before they are shared, and rounded once.
    #[test]
    fn a_line_of_a_stop_month_is_its_blocks_times_its_days_rounded_once(
        first in 0..1_200_i32,
        dau in prop_oneof![0..40_000_u64, 0..4_000_000_u64],
        groups in prop_oneof![0..400_000_u64, 0..40_000_000_u64],
    ) {
        let first = date(2022, 11, 1).saturating_add(first.days());
        let (story, last) = stopped(first, dau, groups);
        let month = days(last.first_of_month(), last.last_of_month()) + 1;
        let served = days(last.first_of_month().max(first), last) + 1;
        let shared = |fee: i128| written(half_away(fee * served, month));
        let statement = story.statement(&last.to_string()[..7]);
        prop_assert_eq!(statement.fee(CHAT, Item::DauOverage), shared(BLOCK * begun(dau, 10_000)));
        prop_assert_eq!(statement.fee(CHAT, Item::GroupOverage), shared(BLOCK * begun(groups, 100_000)));
        prop_assert_eq!(statement.fee(CHAT, Item::HistoryStorage), shared(KEPT_90_DAYS));
    }
}
