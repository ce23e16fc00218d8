//! Owns renewing by itself: seven tries, all or nothing, in the order of R0 (U6, U7, U46, C9.7).

use subledger_domain::catalog::AddOn;
use subledger_domain::plan::{DataSite, Plan};
use subledger_tests::fixtures::{CHAT, beside_chat};

use crate::timeline::Story;

/// Pro to 2022-11-11, renewing itself, with nothing left.
fn to_november_11() -> Story {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).and().auto_renew(CHAT, Some(1)).accepted();
    story
}

#[test]
fn u6_it_is_renewed_at_23_00_of_its_last_day() {
    let mut story = to_november_11();
    story.on("2022-11-10").deposit("999.00").accepted();
    story.on("2022-11-11 22:59:59").settle().balance("999.00", "0.00");
    story.on("2022-11-11 23:00").settle().balance("0.00", "0.00");
    assert_eq!(story.terms_of(CHAT), ["2022-10-12..2022-11-11 999.00", "2022-11-12..2022-12-11 999.00"]);
}

#[test]
fn c9_7_a_top_up_within_the_days_of_grace_renews_it_that_evening() {
    let mut story = to_november_11();
    story.on("2022-11-16 12:00").deposit("999.00").accepted();
    story.on("2022-11-16 22:59:59").settle().balance("999.00", "0.00");
    story.on("2022-11-16 23:00").settle().balance("0.00", "0.00");
    assert_eq!(story.terms_of(CHAT).last().expect("renewed"), "2022-11-12..2022-12-11 999.00");
    assert_eq!(story.state_at(CHAT, "2022-11-17"), "active");
}

#[test]
fn c9_7_it_is_tried_seven_times_and_no_more() {
    let mut story = to_november_11();
    story.on("2022-11-17 23:30").deposit("999.00").accepted();
    story.on("2022-11-19").settle();
    let failed = story.told_of(CHAT).into_iter().filter(|line| line.contains("AutoRenewalFailed")).collect::<Vec<_>>();
    assert_eq!(
        failed,
        [
            "2022-11-11 AutoRenewalFailed",
            "2022-11-12 AutoRenewalFailed",
            "2022-11-13 AutoRenewalFailed",
            "2022-11-14 AutoRenewalFailed",
            "2022-11-15 AutoRenewalFailed",
            "2022-11-16 AutoRenewalFailed",
            "2022-11-17 AutoRenewalFailed",
        ]
    );
    assert_eq!(story.state_at(CHAT, "2022-11-19"), "suspended");
}

#[test]
fn u6_settlement_comes_before_the_renewal_of_the_same_day() {
    let mut story = Story::begin("2022-11-01");
    story.on("2022-11-04").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-11-05").keep(CHAT, 30).and().auto_renew(CHAT, Some(1)).accepted();
    story.on("2022-12-01").deposit("1000.00").accepted();
    story.on("2022-12-03 23:00").settle().balance("500.00", "0.00");
    story.on("2022-12-04 12:00").deposit("499.00").accepted();
    story.on("2022-12-04 23:00").settle().balance("0.00", "0.00");
    assert_eq!(story.terms_of(CHAT).last().expect("renewed"), "2022-12-04..2023-01-03 999.00");
}

#[test]
fn u7_of_several_the_lower_application_is_renewed_first() {
    let other = beside_chat(1);
    let mut story = to_november_11();
    story.on("2022-10-12 01:00").create(other, DataSite::China).and().deposit("999.00").accepted();
    story.on("2022-10-12 01:00").buy(other, Plan::Pro, 1).and().auto_renew(other, Some(1)).accepted();
    story.on("2022-11-11").deposit("1000.00").accepted();
    story.on("2022-11-11 23:00").settle().balance("1.00", "0.00");
    assert_eq!((story.terms_of(CHAT).len(), story.terms_of(other).len()), (2, 1));
    story.on("2022-11-12 12:00").deposit("998.00").accepted();
    story.on("2022-11-12 23:00").settle().balance("0.00", "0.00");
    assert_eq!(story.terms_of(other).len(), 2);
}

#[test]
fn u7_an_add_on_is_skipped_while_its_plan_is_not_renewed() {
    let mut story = to_november_11();
    story.on("2022-10-12").deposit("500.00").and().pack(CHAT, AddOn::GroupMembers, 1).accepted();
    story.on("2022-10-12").auto_renew_pack(CHAT, AddOn::GroupMembers).accepted();
    story.on("2022-11-11").deposit("500.00").accepted();
    story.on("2022-11-11 23:00").settle().balance("500.00", "0.00");
    assert_eq!(story.pack_terms_of(CHAT).len(), 1);
    story.on("2022-11-12 12:00").deposit("999.00").accepted();
    story.on("2022-11-12 23:00").settle().balance("0.00", "0.00");
    assert_eq!(story.pack_terms_of(CHAT).last().expect("renewed"), "2022-11-12..2022-12-11 500.00");
}

#[test]
fn u46_the_months_can_be_said_and_it_can_be_switched_off() {
    let mut story = to_november_11();
    story.on("2022-10-13").auto_renew(CHAT, Some(25)).refused("months_out_of_range");
    story.on("2022-10-13").auto_renew(CHAT, Some(3)).accepted();
    story.on("2022-10-14").auto_renew(CHAT, Some(3)).then(&[]);
    story.on("2022-11-01").deposit("2997.00").accepted();
    story.on("2022-11-11 23:00").settle().balance("0.00", "0.00");
    story.on("2023-01-01").auto_renew(CHAT, None).and().deposit("9000.00").accepted();
    story.on("2023-02-12").settle();
    assert_eq!(story.terms_of(CHAT).len(), 2);
    let mut trial = Story::begin("2022-10-12");
    trial.on("2022-10-12").auto_renew(CHAT, Some(1)).refused("not_subscribed");
}

#[test]
fn u27_a_renewal_behind_a_scheduled_downgrade_is_of_pro() {
    let mut story = Story::begin("2022-11-01");
    story
        .on("2022-11-01")
        .deposit("3998.00")
        .and()
        .buy(CHAT, Plan::Flagship, 1)
        .and()
        .auto_renew(CHAT, Some(1))
        .accepted();
    story.on("2022-11-02").downgrade(CHAT, Plan::Pro, subledger_domain::terms::DowngradeTiming::PeriodEnd).accepted();
    story.on("2022-12-01").settle().balance("0.00", "0.00");
    assert_eq!((story.plan_of(CHAT), story.state_at(CHAT, "2022-12-31 12:00")), (Plan::Pro, "active"));
}
