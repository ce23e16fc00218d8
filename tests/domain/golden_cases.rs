//! Owns the golden cases these orders reach, by their ids: validity (A1), sites (C4), orders of several months (C5),
//! the timetable of expiry (C9), ends of months (C10).
//! Where a case is of 2023, under that list.
//!
//! Does not own cases of arithmetic alone (the price list's own examples) nor the house rules (`house_rules`).

use subledger_domain::catalog::{AddOn, CallVariant, Catalog};
use subledger_domain::fact::Event;
use subledger_domain::plan::{DataSite, Plan};
use subledger_domain::subscription;
use subledger_tests::fixtures::{CHAT, catalog, catalog_with};

use crate::timeline::Story;

/// An application on its first term.
#[track_caller]
fn bought_under(catalog: Catalog, when: &str, site: DataSite, plan: Plan, months: u32) -> Story {
    let mut story = Story::nobody(catalog);
    story.ask(subledger_tests::fixtures::instant(when), subledger_tests::fixtures::open_account());
    story.on(when).deposit("100000.00").and().create(CHAT, site).and().buy(CHAT, plan, months).accepted();
    story
}

#[track_caller]
fn bought(when: &str, plan: Plan, months: u32) -> Story {
    bought_under(catalog(), when, DataSite::China, plan, months)
}

/// A ledger that was started with list `2023-03`, which so holds before its date too.
fn of_2023() -> Catalog {
    let text = include_str!("../../domain/price_lists/2023-03.toml");
    Catalog::from_lists(vec![("2023-03.toml".to_owned(), text.to_owned())]).unwrap_or_else(|fault| panic!("{fault}"))
}

#[test]
fn a1_1_bought_on_the_12th_is_valid_to_the_11th_of_the_next_month() {
    for time in ["2019-02-12", "2019-02-12 10:10:52", "2019-02-12 23:59:59"] {
        let story = bought(time, Plan::Pro, 1);
        assert_eq!(story.terms_of(CHAT), ["2019-02-12..2019-03-11 999.00"]);
        assert_eq!(story.state_at(CHAT, "2019-03-11 23:59:59"), "active");
        assert_eq!(story.state_at(CHAT, "2019-03-12"), "grace");
    }
}

#[test]
fn a1_2_by_clock_time_a_month_ends_at_the_time_of_day_it_was_bought() {
    let under = catalog_with("validity_end", "\"clock_time\"");
    let story = bought_under(under, "2023-03-09 10:10:52", DataSite::China, Plan::Pro, 1);
    assert_eq!(story.terms_of(CHAT), ["2023-03-09..2023-04-08 999.00"]);
    assert_eq!(story.state_at(CHAT, "2023-04-08 10:10:51"), "active");
    assert_eq!(story.state_at(CHAT, "2023-04-08 10:10:52"), "grace");
}

#[test]
fn a1_3_bought_on_the_1st_is_valid_to_the_last_day_of_the_month() {
    assert_eq!(bought("2022-11-01 09:30", Plan::Pro, 1).terms_of(CHAT), ["2022-11-01..2022-11-30 999.00"]);
}

#[test]
fn c4_1_a_month_of_pro_abroad_costs_2999_on_all_four_sites() {
    for site in [DataSite::Singapore, DataSite::Germany, DataSite::Korea, DataSite::India] {
        let story = bought_under(catalog(), "2022-10-12", site, Plan::Pro, 1);
        assert_eq!(story.terms_of(CHAT), ["2022-10-12..2022-11-11 2999.00"], "{site:?}");
        let story = bought_under(catalog(), "2022-10-12", site, Plan::Flagship, 1);
        assert_eq!(story.terms_of(CHAT), ["2022-10-12..2022-11-11 5999.00"], "{site:?}");
    }
}

#[test]
fn c5_1_twelve_months_of_pro_cost_11988() {
    assert_eq!(bought("2022-10-12", Plan::Pro, 12).terms_of(CHAT), ["2022-10-12..2023-10-11 11988.00"]);
}

#[test]
fn c5_2_twelve_months_of_flagship_cost_35988() {
    assert_eq!(bought("2022-10-12", Plan::Flagship, 12).terms_of(CHAT), ["2022-10-12..2023-10-11 35988.00"]);
}

#[test]
fn c5_5_twenty_four_months_of_flagship_cost_71976() {
    assert_eq!(bought("2022-10-12", Plan::Flagship, 24).terms_of(CHAT), ["2022-10-12..2024-10-11 71976.00"]);
}

#[test]
fn c5_6_an_order_of_0_or_25_months_is_refused() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("200000.00");
    for months in [0, 25] {
        story.on("2022-10-12").buy(CHAT, Plan::Flagship, months).refused("months_out_of_range");
    }
    story.on("2022-10-12").buy(CHAT, Plan::Flagship, 1).accepted();
    for months in [0, 25] {
        story.on("2022-10-12").renew(CHAT, months).refused("months_out_of_range").balance("197001.00", "0.00");
    }
}

#[test]
fn c9_1_not_renewed_it_is_reminded_14_times_usable_7_days_and_stopped_on_the_8th() {
    let mut story = bought("2022-10-12", Plan::Pro, 1);
    story.on("2023-12-31").settle().after(&[
        "2022-11-05..2022-11-11 RenewalReminded",
        "2022-11-12 GraceBegan",
        "2022-11-12..2022-11-18 RenewalReminded",
        "2022-11-19 SubscriptionStopped",
        "2022-11-19 ApplicationSuspended",
        "2023-02-17 ApplicationRecycled",
    ]);
    for (state, first, last) in [
        ("active", "2022-10-12", "2022-11-11 23:59:59"),
        ("grace", "2022-11-12", "2022-11-18 23:59:59"),
        ("suspended", "2022-11-19", "2023-02-16 23:59:59"),
        ("recycled", "2023-02-17", "2023-12-31"),
    ] {
        let story = bought("2022-10-12", Plan::Pro, 1);
        assert_eq!((story.state_at(CHAT, first), story.state_at(CHAT, last)), (state, state));
    }
}

#[test]
fn c9_1_reminders_are_sent_at_nine() {
    let mut story = bought("2022-10-12", Plan::Pro, 1);
    story.on("2022-11-05 08:59:59").settle().after(&[]);
    story.on("2022-11-05 09:00").settle().after(&["2022-11-05 RenewalReminded"]);
    story.on("2022-11-18 08:59:59").settle().accepted();
    story.on("2022-11-18 09:00").settle().after(&["2022-11-18 RenewalReminded"]);
}

#[test]
fn c9_6_by_the_list_of_2023_it_is_stopped_24_hours_after_the_last_day() {
    let mut story = bought_under(of_2023(), "2022-10-12", DataSite::China, Plan::Pro, 1);
    assert_eq!(story.terms_of(CHAT), ["2022-10-12..2022-11-11 999.00"]);
    story.on("2022-12-31").settle().after(&[
        "2022-11-05..2022-11-11 RenewalReminded",
        "2022-11-12 GraceBegan",
        "2022-11-12 RenewalReminded",
        "2022-11-13 SubscriptionStopped",
        "2022-11-13 ApplicationSuspended",
    ]);
}

#[test]
fn c4_2_by_the_list_of_2023_pro_abroad_with_three_packs_costs_5599() {
    let mut story = bought_under(of_2023(), "2023-03-07", DataSite::Singapore, Plan::Pro, 1);
    for pack in [AddOn::AvchatroomUnlimited, AddOn::GroupMembers, AddOn::GroupsPerUser] {
        story.on("2023-03-07").pack(CHAT, pack, 1).accepted();
    }
    let left = story.books.account().expect("opened").cash.amount();
    assert_eq!((100_000 - 5_599).to_string() + ".00", left.to_string());
}

#[test]
fn c4_5_by_the_list_of_2023_a_call_package_is_sold_abroad_at_the_price_in_china() {
    let basic = AddOn::AvCall(CallVariant::Basic);
    let mut before = bought_under(catalog(), "2023-03-06", DataSite::Korea, Plan::Pro, 1);
    before.on("2023-03-06").pack(CHAT, basic, 1).refused("add_on_not_sold_here");
    let mut story = bought_under(of_2023(), "2023-03-07", DataSite::Korea, Plan::Pro, 1);
    story.on("2023-03-07").pack(CHAT, basic, 1).accepted();
    assert_eq!(story.books.account().expect("opened").cash.amount().to_string(), "96501.00");
}

#[test]
fn c9_6_with_one_day_of_grace_it_is_stopped_24_hours_after_the_last_day() {
    let under = catalog_with("expiry_grace_days", "1");
    let mut story = bought_under(under, "2022-10-12", DataSite::China, Plan::Pro, 1);
    assert_eq!(story.state_at(CHAT, "2022-11-12 23:59:59"), "grace");
    assert_eq!(story.state_at(CHAT, "2022-11-13"), "suspended");
    // A stopped payer is not reminded any more, whatever days of reminders are left.
    story.on("2022-12-31").settle().after(&[
        "2022-11-05..2022-11-11 RenewalReminded",
        "2022-11-12 GraceBegan",
        "2022-11-12 RenewalReminded",
        "2022-11-13 SubscriptionStopped",
        "2022-11-13 ApplicationSuspended",
    ]);
    let next = story.facts().filter_map(|fact| match &fact.event {
        Event::Subscription(subscription::Event::RenewalReminded { next_at, .. }) => Some(*next_at),
        Event::Subscription(_)
        | Event::Account(_)
        | Event::Application(_)
        | Event::AddOn(_)
        | Event::Usage(_)
        | Event::PriceList(_) => None,
    });
    assert_eq!(next.last(), Some(None), "the last reminder promises another");
}

/// C10: bought, last day by the default, last day by the alternative.
const MONTH_ENDS: [(&str, &str, &str, &str); 4] = [
    ("C10.1", "2023-01-31", "2023-02-27", "2023-02-28"),
    ("C10.3", "2023-01-29", "2023-02-27", "2023-02-28"),
    ("C10.6", "2022-12-15", "2023-01-14", "2023-01-14"),
    ("C10.7", "2022-12-01", "2022-12-31", "2022-12-31"),
];

#[test]
fn c10_1_c10_3_c10_6_c10_7_a_month_ends_the_day_before_its_clamped_anchor() {
    for (case, bought_on, last_day, _) in MONTH_ENDS {
        let expected = format!("{bought_on}..{last_day} 999.00");
        assert_eq!(bought(bought_on, Plan::Pro, 1).terms_of(CHAT), [expected], "{case}");
    }
}

#[test]
fn c10_1_c10_3_c10_6_c10_7_by_the_alternative_a_short_month_is_valid_to_its_last_day() {
    for (case, bought_on, _, last_day) in MONTH_ENDS {
        let under = catalog_with("month_end", "\"include_last_day\"");
        let story = bought_under(under, bought_on, DataSite::China, Plan::Pro, 1);
        assert_eq!(story.terms_of(CHAT), [format!("{bought_on}..{last_day} 999.00")], "{case}");
    }
}
