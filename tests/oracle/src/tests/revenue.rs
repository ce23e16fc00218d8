//! Owns what U48 comes to, worked out by hand: by which day how much is earned of what, and what the books come to.

use super::life::{
    Life, add_on, buy, buy_auto, buy_for, buy_with, correct, create, day, deposit, downgrade, gift, keep_history,
    ordinary_refund, promote, refund, refund_add_on, renew, renew_add_on, suspend, upgrade, usage, voucher,
};
use crate::books::Books;
use crate::order::{Order, RefundKind, Timing};
use crate::prices::{AddOnKind, Item, Plan, Promotion, Site};
use crate::rounding::Fen;
use crate::view::ApplicationState;

/// Long after everything that is sold in these lives.
const FAR: &str = "2040-01-01";

impl Life {
    /// What is earned by the end of a day, by item.
    fn earned(&self, through: &str) -> Vec<(Item, Fen)> {
        self.0.earned_by(day(through)).into_iter().collect()
    }

    /// What is earned of an item by the end of each of these days.
    fn earned_of<const N: usize>(&self, item: Item, days: [&str; N]) -> [Fen; N] {
        days.map(|through| self.0.earned_by(day(through)).get(&item).copied().unwrap_or(0))
    }

    #[track_caller]
    fn all_is_earned(&self) {
        let Books { charged, credited, .. } = self.0.books();
        assert_eq!(self.0.earned_by(day(FAR)).values().sum::<Fen>(), charged - credited);
    }
}

#[test]
fn u48_999_over_31_days() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01 15:00", buy(Plan::Pro, 1));
    let mut before = 0;
    let mut days = Vec::new();
    for number in 1..=31 {
        let [by] = life.earned_of(Item::Pro, [&format!("2022-10-{number}")]);
        days.push(by - before);
        before = by;
    }
    // 32.2258 a day: 32.23, 64.45, 96.68, 128.90, 161.13.
    assert_eq!(days[..5], [32_23, 32_22, 32_23, 32_22, 32_23]);
    assert!(days.iter().all(|earned| (32_22..=32_23).contains(earned)), "{days:?}");
    assert_eq!(days.iter().sum::<Fen>(), 999_00);
    assert_eq!(life.earned("2022-09-30"), []);
    assert_eq!(life.earned(FAR), [(Item::Pro, 999_00)]);
}

#[test]
fn u48_a_promotion_is_earned_as_it_was_paid() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", promote(1, Plan::Pro, 1, Promotion::FirstPurchase));
    // 99.90 over 30 days.
    assert_eq!(life.earned_of(Item::Pro, ["2022-11-01", "2022-11-10", FAR]), [3_33, 33_30, 99_90]);
}

#[test]
fn u48_a_renewal_ahead_is_earned_in_its_own_days() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-10", renew(1));
    let days = ["2022-11-10", "2022-11-30", "2022-12-01", "2022-12-31"];
    assert_eq!(life.earned_of(Item::Pro, days), [333_00, 999_00, 1_031_23, 1_998_00]);
}

#[test]
fn u48_a_renewal_in_grace_earns_the_days_that_have_passed_when_it_is_booked() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 1));
    life.run("2022-11-05");
    assert_eq!(life.earned("2022-11-05"), [(Item::Pro, 999_00)], "the grace earns nothing");
    life.ok("2022-11-05 12:00", renew(1));
    // 33.30 a day from 11-01 on, five of them on 11-05.
    let days = ["2022-10-31", "2022-11-04", "2022-11-05", "2022-11-06", "2022-11-30"];
    assert_eq!(life.earned_of(Item::Pro, days), [999_00, 999_00, 1_165_50, 1_198_80, 1_998_00]);
}

#[test]
fn u48_a_five_day_refund_leaves_nothing_on_its_day() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    assert_eq!(life.refund("2022-11-03 12:00").kind, RefundKind::FiveDay);
    assert_eq!(life.earned("2022-11-02"), [(Item::Pro, 66_60)], "what was earned stays where it was");
    assert_eq!((life.earned("2022-11-03"), life.earned(FAR)), (vec![], vec![]));
}

#[test]
fn u48_an_ordinary_refund_takes_the_rest() {
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12", buy(Plan::Pro, 12));
    life.refund("2022-12-20");
    // 11,988.00 over 365 days, 69 of them over; then all of it, less 9,699.97.
    let days = ["2022-12-19", "2022-12-20", "2022-12-21", FAR];
    assert_eq!(life.earned_of(Item::Pro, days), [2_266_22, 2_288_03, 2_288_03, 2_288_03]);
}

#[test]
fn u48_a_refund_takes_what_has_not_begun_too() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-10", renew(1));
    assert_eq!(life.refund("2022-11-16").total, 1_465_20);
    let days = ["2022-11-15", "2022-11-16", "2022-12-15", FAR];
    assert_eq!(life.earned_of(Item::Pro, days), [499_50, 532_80, 532_80, 532_80]);
}

#[test]
fn u48_a_refund_takes_what_was_renewed_by_itself_and_by_hand() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy_auto(1, Plan::Pro));
    life.ok("2022-11-01", add_on(1, AddOnKind::GroupMembers, 1));
    life.ok("2022-11-20", renew_add_on(1, 1));
    life.ok("2022-11-25", refund_add_on(1));
    assert_eq!(life.credit_notes(), [583_33], "of 1,000.00 are 416.67 used");
    assert_eq!(life.earned_of(Item::GroupMembers, ["2022-11-24", "2022-11-25", FAR]), [400_00, 416_67, 416_67]);
    assert_eq!(life.refund("2022-12-10").total, 676_74);
    // The second month: 999.00 × 9 ÷ 31 = 290.03, then 10 days used.
    let days = ["2022-11-30", "2022-12-09", "2022-12-10", FAR];
    assert_eq!(life.earned_of(Item::Pro, days), [999_00, 1_289_03, 1_321_26, 1_321_26]);
}

#[test]
fn u48_a_new_term_on_the_day_of_a_refund_is_earned_by_its_own_days() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.refund("2022-11-02 10:00");
    life.ok("2022-11-02 11:00", buy(Plan::Pro, 1));
    assert_eq!(life.earned_of(Item::Pro, ["2022-11-01", "2022-11-02", "2022-11-11"]), [33_30, 33_30, 333_00]);
    // Used 20 days: 666.00 of 999.00.
    life.ok("2022-11-21", ordinary_refund());
    assert_eq!(life.earned_of(Item::Pro, ["2022-11-20", "2022-11-21", FAR]), [632_70, 666_00, 666_00]);
}

#[test]
fn u48_an_upgrade_is_earned_over_what_is_left() {
    let upgraded = || {
        let mut life = Life::rich("2022-11-01");
        life.ok("2022-11-01", buy(Plan::Pro, 1));
        life.ok("2022-11-16", upgrade());
        life
    };
    let life = upgraded();
    // 980.00 over 15 days: 65.3333 a day.
    let days = ["2022-11-15", "2022-11-16", "2022-11-17", "2022-11-18", "2022-11-30", FAR];
    assert_eq!(life.earned_of(Item::Flagship, days), [0, 65_33, 130_67, 196_00, 980_00, 980_00]);
    assert_eq!(life.earned_of(Item::Pro, ["2022-11-15", "2022-11-16", FAR]), [499_50, 532_80, 999_00]);
    let mut life = upgraded();
    assert_eq!(life.refund("2022-11-25").total, 479_83);
    assert_eq!(life.earned("2022-11-24"), [(Item::Pro, 799_20), (Item::Flagship, 588_00)]);
    assert_eq!(life.earned("2022-11-25"), [(Item::Pro, 999_00), (Item::Flagship, 500_17)]);
    assert_eq!(life.earned(FAR), [(Item::Pro, 999_00), (Item::Flagship, 500_17)]);
}

#[test]
fn u48_an_upgrade_with_renewals_ahead_is_earned_over_all_of_it() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 2));
    life.ok("2022-11-16", upgrade());
    // 3,020.00 over 46 days.
    let days = ["2022-11-16", "2022-12-08", "2022-12-31"];
    assert_eq!(life.earned_of(Item::Flagship, days), [65_65, 1_510_00, 3_020_00]);
}

#[test]
fn u48_an_immediate_downgrade_is_taken_back_over_the_days_after_it() {
    let downgraded = || {
        let mut life = Life::rich("2022-11-01");
        life.ok("2022-11-01", buy(Plan::Flagship, 1));
        life.ok("2022-11-16 12:00", downgrade(Timing::Immediate));
        life
    };
    let life = downgraded();
    // 2,999.00 over 30 days; from 11-17 on less 933.33 over 14.
    let days = ["2022-11-15", "2022-11-16", "2022-11-17", "2022-11-18", "2022-11-30", FAR];
    let earned = [1_499_50, 1_599_47, 1_632_76, 1_666_07, 2_065_67, 2_065_67];
    assert_eq!(life.earned_of(Item::Flagship, days), earned);
    let mut life = downgraded();
    assert_eq!(life.refund("2022-11-20").total, 333_00);
    // 2,999.00 × 19 ÷ 30 = 1,899.37 less 933.33 × 3 ÷ 14 = 200.00; then the rest of both.
    assert_eq!(life.earned("2022-11-19"), [(Item::Flagship, 1_699_37)]);
    assert_eq!(life.earned("2022-11-20"), [(Item::Pro, -333_00), (Item::Flagship, 2_065_67)]);
    assert_eq!(life.earned(FAR), life.earned("2022-11-20"));
}

#[test]
fn u48_a_downgrade_at_the_end_takes_nothing_back() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Flagship, 1));
    life.ok("2022-11-16", downgrade(Timing::PeriodEnd));
    life.ok("2022-11-16", renew(1));
    assert_eq!(life.earned("2022-11-30"), [(Item::Flagship, 2_999_00)]);
    assert_eq!(life.earned("2022-12-31"), [(Item::Pro, 999_00), (Item::Flagship, 2_999_00)]);
}

#[test]
fn u48_a_refund_of_an_add_on_takes_its_rest_and_leaves_the_plan() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-01", add_on(1, AddOnKind::GroupMembers, 1));
    life.ok("2022-11-01", add_on(2, AddOnKind::GroupsPerUser, 1));
    life.ok("2022-11-16", refund_add_on(1));
    // 500.00 over 30 days; used 16: 266.67.
    assert_eq!(life.earned_of(Item::GroupMembers, ["2022-11-15", "2022-11-16", FAR]), [250_00, 266_67, 266_67]);
    assert_eq!(life.earned_of(Item::Pro, ["2022-11-15", "2022-11-16", FAR]), [499_50, 532_80, 999_00]);
    assert_eq!(life.earned_of(Item::GroupsPerUser, ["2022-11-15", "2022-11-16", FAR]), [550_00, 586_67, 1_100_00]);
}

#[test]
fn u48_a_refund_of_the_plan_leaves_its_add_ons() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-01", add_on(1, AddOnKind::GroupMembers, 2));
    life.ok("2022-11-16", refund());
    // 1,000.00 over 61 days.
    assert_eq!(life.earned_of(Item::GroupMembers, ["2022-11-16", "2022-12-31"]), [262_30, 1_000_00]);
}

#[test]
fn u48_u22_an_upgrade_takes_the_rest_of_an_avchatroom_pack() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 3));
    life.ok("2022-11-01", add_on(1, AddOnKind::AvchatroomUnlimited, 1));
    life.ok("2022-11-16", upgrade());
    assert_eq!(life.credit_notes(), [466_67]);
    let days = ["2022-11-15", "2022-11-16", FAR];
    assert_eq!(life.earned_of(Item::AvchatroomUnlimited, days), [500_00, 533_33, 533_33]);
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 3));
    life.ok("2022-11-01", add_on(1, AddOnKind::AvchatroomUnlimited, 1));
    life.ok("2022-12-05", upgrade());
    assert_eq!(life.earned_of(Item::AvchatroomUnlimited, ["2022-11-30", FAR]), [1_000_00, 1_000_00]);
}

#[test]
fn u48_u22_an_upgrade_that_is_not_paid_leaves_the_pack_to_its_days() {
    let mut life = Life::with_cash("2022-11-01", 1_999_00);
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-01", add_on(1, AddOnKind::AvchatroomUnlimited, 1));
    life.refused("2022-11-16", upgrade(), "insufficient_balance");
    assert_eq!(life.earned_of(Item::AvchatroomUnlimited, ["2022-11-15", "2022-11-18"]), [500_00, 600_00]);
}

#[test]
fn u48_use_is_earned_on_the_last_day_of_its_month() {
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.ok("2022-10-12", keep_history(30));
    life.ok("2022-10-20", usage("2022-10-19", 10_001, 0));
    life.run("2022-11-02");
    let items =
        |life: &Life, through| [Item::DauOverage, Item::HistoryStorage].map(|item| life.earned_of(item, [through])[0]);
    assert_eq!(items(&life, FAR), [0, 0], "a draft is not issued");
    life.run("2022-11-03");
    assert_eq!(items(&life, "2022-10-30"), [0, 0]);
    assert_eq!(items(&life, "2022-10-31"), [1_000_00, 500_00]);
    assert_eq!(items(&life, FAR), [1_000_00, 500_00]);
}

/// Pro for a year from 10-01 on; October is settled at so many daily users.
fn october(dau: u64) -> Life {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 12));
    life.ok("2022-10-20", usage("2022-10-19", dau, 0));
    life
}

#[test]
fn u48_u38_a_correction_up_is_earned_when_it_is_issued() {
    let mut life = october(10_000);
    life.ok("2022-11-05", correct("2022-10-19", 20_001));
    assert_eq!(life.earned_of(Item::DauOverage, [FAR]), [0]);
    life.run("2022-12-03");
    let days = ["2022-10-31", "2022-11-30", "2022-12-02", "2022-12-03", FAR];
    assert_eq!(life.earned_of(Item::DauOverage, days), [0, 0, 0, 2_000_00, 2_000_00]);
}

#[test]
fn u48_u38_a_correction_down_takes_back_when_it_is_issued() {
    let mut life = october(20_001);
    life.ok("2022-11-05 12:00", correct("2022-10-19", 10_001));
    assert_eq!(life.credit_notes(), [1_000_00]);
    let days = ["2022-10-30", "2022-10-31", "2022-11-04", "2022-11-05", FAR];
    assert_eq!(life.earned_of(Item::DauOverage, days), [0, 2_000_00, 2_000_00, 1_000_00, 1_000_00]);
}

#[test]
fn u48_u34_what_is_left_of_a_recycled_application_is_earned_that_day() {
    let mut life = Life::with_cash("2022-10-12", 25_188_00);
    life.ok("2022-10-12", buy(Plan::Pro, 12));
    life.ok("2022-10-12", add_on(1, AddOnKind::GroupsPerUser, 12));
    life.ok("2022-10-20", usage("2022-10-19", 10_001, 0));
    life.run("2023-02-08");
    // 119 of 365 days of 11,988.00 and of 13,200.00.
    assert_eq!(life.earned_of(Item::Pro, ["2023-02-07", "2023-02-08", FAR]), [3_908_42, 11_988_00, 11_988_00]);
    assert_eq!(
        life.earned_of(Item::GroupsPerUser, ["2023-02-07", "2023-02-08", FAR]),
        [4_303_56, 13_200_00, 13_200_00]
    );
}

#[test]
fn u48_u34_recycling_takes_the_rest_of_one_application_alone() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", create(2, Site::China));
    life.ok("2022-11-01", buy_for(2, Plan::Pro, 12));
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-01", add_on(1, AddOnKind::GroupMembers, 12));
    assert_eq!(life.refund("2022-11-07").used, 233_10);
    life.run("2023-02-13");
    assert_eq!(life.state(), ApplicationState::Recycled);
    // 6,000.00 × 104 ÷ 365, then the rest; of the other 11,988.00 × 105 ÷ 365 = 3,448.60.
    assert_eq!(life.earned_of(Item::GroupMembers, ["2023-02-12", "2023-02-13"]), [1_709_59, 6_000_00]);
    assert_eq!(life.earned_of(Item::Pro, ["2023-02-13", FAR]), [3_681_70, 12_221_10]);
}

#[test]
fn u48_a_stop_earns_on() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-05", suspend());
    life.run("2023-06-01");
    assert_eq!(life.earned_of(Item::Pro, ["2022-11-05", "2022-11-20", FAR]), [166_50, 666_00, 999_00]);
}

#[test]
fn u48_a_voucher_takes_nothing_off_what_is_earned() {
    let mut life = Life::with_cash("2022-11-01", 899_00);
    life.ok("2022-11-01", Order::GrantVoucher(voucher(7, 100_00, "2022-12-31")));
    life.ok("2022-11-01", buy_with(Plan::Pro, 1, 7));
    assert_eq!(life.earned_of(Item::Pro, ["2022-11-10", FAR]), [333_00, 999_00]);
    assert_eq!(life.0.books().vouchers, 100_00);
}

#[test]
fn u48_books_of_vouchers_debts_and_notes() {
    let mut life = Life::with_cash("2022-10-12", 999_00);
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.ok("2022-10-12", Order::GrantVoucher(voucher(7, 600_00, "2022-12-31")));
    life.ok("2022-10-12", gift(300_00));
    life.ok("2022-10-20", usage("2022-10-19", 20_001, 0));
    life.run("2022-11-03");
    let books = life.0.books();
    // 2,000.00: 600.00 by voucher, 300.00 by gift, the rest is owed.
    assert_eq!((books.vouchers, books.gift, books.owed, books.charged), (600_00, 0, 1_100_00, 2_999_00));
    life.ok("2022-11-04", deposit(1_200_00));
    life.ok("2022-11-05", correct("2022-10-19", 10_000));
    // Of 2,000.00 the voucher's 600.00 come back to nobody.
    let expected = Books {
        deposited_cash: 2_199_00,
        deposited_gift: 300_00,
        cash: 1_200_00,
        gift: 300_00,
        vouchers: 600_00,
        not_returned: 600_00,
        charged: 2_999_00,
        credited: 2_000_00,
        owed: 0,
    };
    assert_eq!(life.0.books(), expected);
    life.all_is_earned();
}

#[test]
fn u48_by_a_far_day_all_that_is_charged_and_not_given_back_is_earned() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 3));
    life.ok("2022-10-03", add_on(1, AddOnKind::AvchatroomUnlimited, 2));
    life.ok("2022-10-03", keep_history(90));
    life.ok("2022-10-20", usage("2022-10-19", 25_000, 0));
    life.ok("2022-10-25", upgrade());
    life.ok("2022-11-05", correct("2022-10-19", 15_000));
    life.ok("2022-11-11", downgrade(Timing::Immediate));
    life.ok("2022-11-17", renew(2));
    life.ok("2022-11-27", refund());
    life.ok("2022-12-02", buy(Plan::Flagship, 1));
    life.run("2023-06-01");
    let Books { charged, credited, .. } = life.0.books();
    assert!(credited > 0 && charged > credited, "the life reaches what it is about");
    life.all_is_earned();
}
