//! Owns the edges of the rules about use: service days, stops, storage, statements and their corrections.

use super::life::{
    Life, add_on, buy, buy_for, correct, create, day, deposit, downgrade, gift, keep_history, lift, month,
    owing_a_thousand, refund, refund_add_on, renew, suspend, upgrade, usage, voucher,
};
use crate::Cause;
use crate::order::{Order, Timing};
use crate::prices::{AddOnKind, Plan, Site};
use crate::view::{AccountState, AddOnState, ApplicationState};

#[test]
fn u40_a_moment_of_service_makes_a_service_day() {
    let billed = |stop: &str, lifted: &str| {
        let mut life = Life::rich("2022-11-01");
        life.ok("2022-11-01", buy(Plan::Pro, 2));
        life.ok("2022-11-10", usage("2022-11-09", 15_000, 0));
        life.ok(stop, suspend());
        life.ok(lifted, lift());
        life.run("2022-12-03");
        life.billed("2022-11")
    };
    assert_eq!(billed("2022-11-26", "2022-11-27"), 966_67);
    assert_eq!(billed("2022-11-26 00:00:01", "2022-11-27"), 1_000_00);
    assert_eq!(billed("2022-11-26", "2022-11-26 23:59:59"), 1_000_00);
    assert_eq!(billed("2022-11-26", "2022-11-28 23:59:59"), 933_33);
}

#[test]
fn u3_paid_at_the_instant_of_the_stop() {
    let mut life = owing_a_thousand(3);
    life.ok("2022-11-05", usage("2022-11-05", 20_001, 0));
    life.ok("2022-11-10", deposit(3_000_00));
    assert_eq!((life.causes(), life.0.account().state), (vec![], AccountState::Active));
    life.run("2022-12-03");
    assert_eq!(life.billed("2022-11"), 2_000_00, "the day had service, no whole day was lost");
}

#[test]
fn u34_three_causes_at_once_and_each_leaves_alone() {
    let mut life = owing_a_thousand(1);
    life.run("2022-11-12 12:00");
    life.ok("2022-11-12 12:00", suspend());
    life.run("2022-11-19");
    assert_eq!(life.causes(), [Cause::Expired, Cause::Arrears, Cause::Operator]);
    life.ok("2022-11-20", deposit(2_000_00));
    assert_eq!(life.causes(), [Cause::Expired, Cause::Operator]);
    life.ok("2022-11-20", renew(1));
    assert_eq!(life.causes(), [Cause::Operator], "a plan may be bought under an operator's stop, which stays");
    life.ok("2022-11-21", lift());
    assert_eq!((life.state(), life.paid_through()), (ApplicationState::Active, day("2022-12-19")));
}

#[test]
fn u34_the_clock_starts_anew_after_a_cure_even_under_an_operators_stop() {
    let mut life = owing_a_thousand(2);
    life.run("2022-11-12");
    life.ok("2022-11-12", suspend());
    life.ok("2022-11-20", deposit(1_000_00));
    assert_eq!(life.application(1).recycles_at, None);
    life.run("2022-12-19");
    assert_eq!(life.causes(), [Cause::Expired, Cause::Operator]);
    assert_eq!(life.application(1).recycles_at, Some(day("2023-03-19").midnight()));
}

#[test]
fn u34_what_is_recycled_takes_no_order_and_its_add_ons_are_gone() {
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.ok("2022-10-12", add_on(1, AddOnKind::GroupMembers, 12));
    life.ok("2023-02-16 23:59:59", refund_add_on(1));
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.ok("2022-10-12", add_on(1, AddOnKind::GroupMembers, 12));
    life.run("2023-02-17");
    assert_eq!(life.application(1).add_ons[0].state, AddOnState::Ended);
    for order in [refund_add_on(1), renew(1), lift(), usage("2023-02-17", 1, 1), keep_history(90), upgrade(), refund()]
    {
        life.refused("2023-02-17", order, "application_recycled");
    }
    life.ok("2023-02-17", create(2, Site::China));
}

#[test]
fn u38_a_correction_after_the_stop_takes_the_share_of_its_month() {
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.ok("2022-12-05", correct("2022-11-10", 20_001));
    life.ok("2022-12-05", correct("2022-11-25", 90_000));
    life.run("2023-01-03");
    let statement = life.statement("2022-12").expect("issued for the correction alone");
    assert_eq!((statement.total, statement.lines.len()), (1_200_00, 1));
}

#[test]
fn u38_up_and_down_before_the_next_statement() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 2));
    life.ok("2022-10-20", usage("2022-10-19", 10_001, 0));
    life.ok("2022-11-05", correct("2022-10-19", 30_001));
    life.ok("2022-11-06", correct("2022-10-19", 20_001));
    assert!(life.credit_notes().is_empty());
    life.ok("2022-11-07", correct("2022-10-20", 15_000));
    life.run("2022-12-03");
    assert_eq!((life.billed("2022-10"), life.billed("2022-11")), (1_000_00, 1_000_00));
    life.ok("2022-12-05", correct("2022-10-19", 0));
    life.ok("2022-12-05", correct("2022-10-20", 0));
    assert_eq!(life.credit_notes(), [1_000_00, 1_000_00]);
}

#[test]
fn u38_what_a_voucher_paid_stays_paid() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 1));
    life.ok("2022-10-02", Order::GrantVoucher(voucher(7, 1_500_00, "2022-12-31")));
    life.ok("2022-10-20", usage("2022-10-19", 20_001, 0));
    life.run("2022-11-03");
    life.ok("2022-11-05", correct("2022-10-19", 0));
    assert_eq!((life.credit_notes(), life.0.account().vouchers), (vec![2_000_00], vec![(7, 0)]));
    let note = life.0.documents().last().map(|note| (note.voucher, note.cash));
    assert_eq!(note, Some((1_500_00, 500_00)));
}

#[test]
fn u38_as_the_statement_was_paid_in_the_end() {
    let mut life = Life::with_cash("2022-10-01", 1_998_00);
    life.ok("2022-10-01", buy(Plan::Pro, 2));
    life.ok("2022-10-02", gift(500_00));
    life.ok("2022-10-20", usage("2022-10-19", 20_001, 0));
    life.ok("2022-11-04", deposit(1_500_00));
    life.ok("2022-11-05", correct("2022-10-19", 10_001));
    assert_eq!((life.cash(), life.0.account().gift), (750_00, 250_00));
}

#[test]
fn u12_which_readings_are_refused() {
    let mut life = Life::rich("2022-11-10");
    life.ok("2022-11-10", buy(Plan::Pro, 3));
    life.refused("2022-11-11", usage("2022-11-12", 1, 1), "usage_in_future");
    life.refused("2022-11-11", usage("2022-11-09", 1, 1), "usage_before_creation");
    life.ok("2022-11-11", usage("2022-11-11", 1, 1));
    life.ok("2022-12-02 23:59:59", usage("2022-11-30", 10_001, 1));
    life.refused("2022-12-03", usage("2022-11-30", 1, 1), "usage_month_closed");
    assert_eq!(life.billed("2022-11"), 1_000_00);
}

#[test]
fn u38_in_an_open_month_nothing_is_corrected_but_read_again() {
    let mut life = Life::rich("2022-11-10");
    life.ok("2022-11-10", buy(Plan::Pro, 3));
    life.ok("2022-11-11", usage("2022-11-11", 50_000, 1));
    life.refused("2022-11-12", correct("2022-11-11", 10_001), "invalid_request");
    life.ok("2022-11-12", usage("2022-11-11", 10_001, 1));
    life.run("2022-12-03");
    assert_eq!(life.billed("2022-11"), 1_000_00);
}

#[test]
fn u17_storage_is_in_force_for_moments_not_for_dates() {
    let december = |off: &str| {
        let mut life = Life::rich("2022-11-01");
        life.ok("2022-11-01", buy(Plan::Pro, 3));
        life.ok("2022-11-30 23:59:59", keep_history(90));
        life.ok(off, keep_history(7));
        life.run("2023-01-03");
        (life.billed("2022-11"), life.billed("2022-12"))
    };
    assert_eq!(december("2022-12-01"), (1_000_00, 0));
    assert_eq!(december("2022-12-01 00:00:01"), (1_000_00, 1_000_00));
}

#[test]
fn u16_a_downgrade_raises_the_fee_of_a_step() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Flagship, 3));
    life.ok("2022-10-01", keep_history(90));
    life.ok("2022-11-30 23:59:58", downgrade(Timing::Immediate));
    assert_eq!(life.rights().limit("history_retention_days"), Some(90));
    life.run("2023-01-03");
    let billed = ["2022-10", "2022-11", "2022-12"].map(|month| life.billed(month));
    assert_eq!(billed, [500_00, 1_000_00, 1_000_00]);
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Flagship, 3));
    life.ok("2022-10-02", downgrade(Timing::Immediate));
    assert_eq!(life.rights().limit("history_retention_days"), Some(7));
}

#[test]
fn u17_lowering_is_free_in_grace_and_in_arrears() {
    let mut life = owing_a_thousand(1);
    life.refused("2022-11-04", keep_history(30), "account_in_arrears");
    let mut life = Life::rich("2022-10-12");
    life.ok("2022-10-12", buy(Plan::Pro, 1));
    life.ok("2022-10-12", keep_history(90));
    life.refused("2022-11-13", keep_history(180), "renewal_required");
    life.ok("2022-11-13", keep_history(30));
    assert_eq!(life.rights().limit("history_retention_days"), Some(30));
}

#[test]
fn u18_one_statement_for_all_applications_of_the_payer() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-01", create(2, Site::China));
    life.ok("2022-11-01", create(3, Site::China));
    life.ok("2022-11-01", buy(Plan::Pro, 1));
    life.ok("2022-11-02", buy_for(2, Plan::Flagship, 1));
    life.run("2022-12-03");
    let statement = life.statement("2022-11").expect("issued");
    let of: Vec<u64> = statement.lines.iter().map(|line| line.application).collect();
    assert_eq!((of, statement.month), (vec![1, 1, 2, 2], Some(month("2022-11"))));
}

#[test]
fn u5_a_suspended_account_is_cured_by_one_deposit_for_all_bills() {
    let mut life = owing_a_thousand(6);
    life.ok("2022-11-04", usage("2022-11-04", 20_001, 0));
    life.run("2022-12-03");
    life.ok("2022-12-05", deposit(1_000_00));
    assert_eq!(
        (life.debt(), life.causes()),
        (600_00, vec![Cause::Arrears]),
        "the oldest bill is paid, the stop goes on"
    );
    assert_eq!(life.0.documents()[1].amount_due, 0);
    life.ok("2022-12-06", deposit(600_00));
    assert_eq!((life.debt(), life.causes()), (0, vec![]));
}

#[test]
fn u9_hours_of_a_stop_make_no_stop_month() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-10 15:00", buy(Plan::Pro, 1));
    life.ok("2022-11-20 12:00", suspend());
    life.ok("2022-11-20 13:00", lift());
    life.ok("2022-11-21", usage("2022-11-20", 10_001, 0));
    life.run("2022-12-03");
    assert_eq!(life.billed("2022-11"), 1_000_00);
}

#[test]
fn u38_a_correction_is_billed_once() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 6));
    life.ok("2022-11-05", correct("2022-10-19", 20_001));
    life.run("2023-01-03");
    assert_eq!((life.billed("2022-11"), life.billed("2022-12")), (2_000_00, 0));
    life.ok("2023-01-05", correct("2022-10-20", 10_001));
    life.ok("2023-01-06", correct("2022-11-20", 10_001));
    life.ok("2023-01-07", correct("2022-11-20", 10_000));
    life.run("2023-02-03");
    assert_eq!(life.billed("2023-01"), 0, "the peak is another day's; what was taken back is not billed");
}

#[test]
fn u38_each_fen_is_given_back_once() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 1));
    life.ok("2022-10-20", usage("2022-10-19", 20_001, 0));
    life.run("2022-11-03");
    life.ok("2022-11-05", correct("2022-10-19", 10_001));
    life.ok("2022-11-06", correct("2022-10-19", 10_001));
    assert_eq!(life.credit_notes(), [1_000_00]);
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 1));
    life.ok("2022-10-02", Order::GrantVoucher(voucher(7, 1_500_00, "2022-12-31")));
    life.ok("2022-10-20", usage("2022-10-19", 20_001, 100_001));
    life.run("2022-11-03");
    life.ok("2022-11-05", correct("2022-10-19", 0));
    let groups = Order::CorrectUsage { application: 1, date: day("2022-10-19"), dau: None, peak_groups: Some(0) };
    life.ok("2022-11-06", groups);
    assert_eq!(life.credit_notes(), [2_000_00, 1_000_00]);
    let back: Vec<_> = life.0.documents().iter().rev().take(2).map(|note| note.cash).collect();
    assert_eq!(back, [0, 1_500_00], "3,000 less the voucher's 1,500");
}

#[test]
fn u16_a_step_that_flagship_includes_does_not_come_back() {
    let mut life = Life::rich("2022-10-01");
    life.ok("2022-10-01", buy(Plan::Pro, 4));
    life.ok("2022-10-01", keep_history(30));
    life.ok("2022-11-16", upgrade());
    life.ok("2022-11-30", downgrade(Timing::Immediate));
    assert_eq!(life.rights().limit("history_retention_days"), Some(7));
    life.run("2023-01-03");
    assert_eq!((life.billed("2022-11"), life.billed("2022-12")), (500_00, 0));
}

#[test]
fn r0_what_was_never_sold_is_not_lost_to_a_stop() {
    let mut life = Life::rich("2022-11-01");
    life.ok("2022-11-02", suspend());
    life.ok("2022-11-20", lift());
    life.ok("2022-11-20", buy(Plan::Pro, 1));
    life.ok("2022-11-21", usage("2022-11-21", 10_001, 0));
    life.run("2022-12-03");
    assert_eq!(life.billed("2022-11"), 1_000_00);
}
