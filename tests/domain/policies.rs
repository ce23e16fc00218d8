//! Owns what holds whatever the switches say: a list may set any policy to any value that it is allowed to have, and
//! nobody is parked, nothing goes back in time and nothing stays due.
//!
//! Does not own what each switch means (`golden_cases`).

use proptest::prelude::*;
use subledger_domain::plan::Plan;
use subledger_tests::fixtures::{CHAT, catalog_with, try_catalog_with};

use crate::lives::{busy_life, life};
use crate::timeline::Story;

const SWITCHES: [(&str, &str); 18] = [
    ("month_end", "\"include_last_day\""),
    ("validity_end", "\"clock_time\""),
    ("expiry_grace_days", "0"),
    ("expiry_grace_days", "1"),
    ("expiry_grace_days", "20"),
    ("retention_days", "1"),
    ("retention_days", "400"),
    ("reminder_days_before", "0"),
    ("reminder_days_before", "1"),
    ("reminder_days_after", "0"),
    ("reminder_days_after", "1"),
    ("reminder_days_after", "45"),
    ("arrears_grace_days", "1"),
    ("arrears_grace_days", "60"),
    ("settlement_draft_day", "3"),
    ("settlement_final_day", "1"),
    ("settlement_final_day", "20"),
    ("settlement_final_day", "28"),
];

#[test]
fn without_grace_the_stop_comes_at_the_end() {
    let mut story = Story::begin_under(catalog_with("expiry_grace_days", "0"), "2022-10-12");
    story.on("2022-10-12").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    assert_eq!(story.state_at(CHAT, "2022-11-11 23:59:59"), "active");
    assert_eq!(story.state_at(CHAT, "2022-11-12"), "suspended");
    story.on("2022-12-31").settle().after(&[
        "2022-11-05..2022-11-11 RenewalReminded",
        "2022-11-12 GraceBegan",
        "2022-11-12 SubscriptionStopped",
        "2022-11-12 ApplicationSuspended",
    ]);
}

/// Not so yet: both values are accepted, and then a term's reminders, or all of a renewed term, lie before its payment.
#[test]
fn a_switch_that_would_date_something_before_its_cause_is_refused_or_without_harm() {
    if let Ok(catalog) = try_catalog_with("reminder_days_before", "45") {
        let mut story = Story::begin_under(catalog, "2022-10-12");
        story.on("2022-10-12 10:00").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
        story.on("2022-10-12 10:00").settle().after(&[]);
    }
    if let Ok(catalog) = try_catalog_with("expiry_grace_days", "20") {
        let mut story = Story::begin_under(catalog, "2022-10-12");
        story.on("2022-10-12").deposit("1998.00").and().buy(CHAT, Plan::Pro, 1).accepted();
        story.on("2022-12-20").renew(CHAT, 1).accepted();
        story.on("2022-12-20").settle().after(&[]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_a_switch_says_nobody_is_parked(
        life in prop_oneof![life(), busy_life()],
        (policy, value) in prop::sample::select(SWITCHES.to_vec()),
    ) {
        let story = life.lived_under(catalog_with(policy, value));
        prop_assert_eq!(&story.books.account().expect("every life opens it").parked, &None);
    }
}
