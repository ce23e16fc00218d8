//! Owns vouchers: the order of B7, what pays what (U20), the last usable day (U19), each condition and its refusal,
//! statements, and what must not touch one.
//!
//! Does not own quotes (U19 with a token).

use cqrs_es::test::TestFramework;
use subledger_domain::account::{self, Account, Bill, PayMode, VoucherConditions};
use subledger_domain::catalog::{AddOn, PromotionName};
use subledger_domain::charge::{Item, Payment};
use subledger_domain::decide::{Order, RefusalKind};
use subledger_domain::fact::Event;
use subledger_domain::plan::Plan;
use subledger_tests::fixtures::{
    CHAT, beside_chat, buy_add_on, cny, day, grant, grant_for, instant, promoted, purchase, renew_add_on, renewal,
    voucher, with_voucher,
};

use crate::steps::assert_table;
use crate::timeline::Story;

fn everything() -> VoucherConditions {
    VoucherConditions::default()
}

/// What was paid last, as `voucher (which) gift cash`.
fn paid_last(story: &Story) -> String {
    let paid = |event: &Event| match event {
        Event::Account(account::Event::OrderPaid { paid, .. } | account::Event::StatementFinalised { paid, .. }) => {
            Some(paid.clone())
        }
        _ => None,
    };
    let Payment { voucher, voucher_id, gift, cash } =
        story.facts().filter_map(|fact| paid(&fact.event)).last().expect("something was paid");
    let which = voucher_id.map_or_else(|| "none".to_owned(), |id| id.to_string());
    format!("{} ({which}) {} {}", voucher.amount(), gift.amount(), cash.amount())
}

fn left(story: &Story, id: &str) -> String {
    story.payer().vouchers[&voucher(id)].remaining.amount().to_string()
}

/// B7: balances left and last days; D covers 2 of the 4 that are due.
fn b7() -> Story {
    let mut story = Story::begin("2017-02-01");
    for (id, balance, last_day) in [
        ("A", "10.00", "2017-03-09"),
        ("B", "8.00", "2017-03-09"),
        ("C", "5.00", "2017-03-09"),
        ("D", "2.00", "2017-03-09"),
        ("E", "4.00", "2017-03-10"),
    ] {
        story.on("2017-02-01").grant(id, balance, last_day).then(&["VoucherGranted"]);
    }
    story
}

#[test]
fn b7_the_order_of_use_is_c_b_a_d_e() {
    let story = b7();
    let bill = Bill { pay_mode: PayMode::Postpaid, months: 1, lines: vec![(Item::DauOverage, cny("4.00"))] };
    let mut payer = story.payer().clone();
    let mut order = Vec::new();
    while let Some(best) = payer.best_voucher(&bill, day("2017-03-01")).cloned() {
        payer.vouchers.remove(&best);
        order.push(best.to_string());
    }
    assert_eq!(order.join(" "), "C B A D E");
    // At midnight behind the 9th only E is left.
    assert_eq!(story.payer().best_voucher(&bill, day("2017-03-10")), Some(&voucher("E")));
    assert_eq!(story.payer().best_voucher(&bill, day("2017-03-11")), None);
}

#[test]
fn b7_where_all_else_is_equal_the_id_decides() {
    let mut story = Story::begin("2022-10-12");
    for id in ["b", "a", "c"] {
        story.on("2022-10-12").grant(id, "10.00", "2022-10-31").accepted();
    }
    let bill = Bill::order(Item::Pro, 1, cny("999.00"));
    assert_eq!(story.payer().best_voucher(&bill, day("2022-10-31")), Some(&voucher("a")));
}

#[test]
fn u20_a_voucher_of_1500_pays_pro_and_keeps_501() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").grant("v", "1500.00", "2022-12-31").and().gift("300.00").and().deposit("700.00");
    let order = with_voucher(purchase(CHAT, Plan::Pro, 1), "v");
    story.on("2022-10-12 10:00").order(order).accepted().balance("700.00", "300.00");
    assert_eq!((paid_last(&story), left(&story, "v")), ("999.00 (v) 0.00 0.00".to_owned(), "501.00".to_owned()));
    // What is left is usable until it expires; gift comes behind it, cash last.
    let order = with_voucher(renewal(CHAT, 1), "v");
    story.on("2022-11-01").order(order).accepted().balance("502.00", "0.00");
    assert_eq!((paid_last(&story), left(&story, "v")), ("501.00 (v) 300.00 198.00".to_owned(), "0.00".to_owned()));
    let order = with_voucher(renewal(CHAT, 1), "v");
    story.on("2022-11-02").deposit("999.00").and().order(order).refused("voucher_not_applicable");
}

#[test]
fn u20_an_order_uses_the_voucher_it_names_and_no_other() {
    let members = AddOn::GroupMembers;
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").grant("early", "5000.00", "2022-10-31").and().grant("late", "5000.00", "2022-12-31");
    story.on("2022-10-12").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted().balance("0.00", "0.00");
    assert_eq!(paid_last(&story), "0.00 (none) 0.00 999.00");
    story.on("2022-10-12").renew(CHAT, 1).refused("insufficient_balance");
    let late = |order| with_voucher(order, "late");
    story.on("2022-10-12").order(late(renewal(CHAT, 1))).accepted();
    story.on("2022-10-12").order(late(buy_add_on(CHAT, members, 1))).accepted();
    let pack = story.pack_of(CHAT, members);
    story.on("2022-10-12").order(late(renew_add_on(CHAT, pack, 2))).accepted().balance("0.00", "0.00");
    assert_eq!((left(&story, "early"), left(&story, "late")), ("5000.00".to_owned(), "2501.00".to_owned()));
    // After a stop the same plan starts anew, and takes a voucher as well (U21).
    story.on("2022-12-31").order(late(renewal(CHAT, 2))).accepted().balance("0.00", "0.00");
    assert_eq!(left(&story, "late"), "503.00");
}

#[test]
fn u19_the_last_usable_day_is_usable_to_its_last_second() {
    let bought = |when: &str| {
        let mut story = Story::begin("2022-11-01");
        story.on("2022-11-01").deposit("999.00").and().grant("v", "999.00", "2022-11-30").accepted();
        let order = with_voucher(purchase(CHAT, Plan::Pro, 1), "v");
        let refused = story.on(when).order(order).order.map_err(|refusal| (refusal.code(), refusal.to_string()));
        (refused.map(|_| paid_last(&story)), left(&story, "v"))
    };
    let whole = (Ok("999.00 (v) 0.00 0.00".to_owned()), "0.00".to_owned());
    assert_eq!(bought("2022-11-01"), whole);
    assert_eq!(bought("2022-11-30 23:59:59"), whole);
    let message = "voucher `v` could be used to the end of 2022-11-30".to_owned();
    let expired = (Err(("voucher_expired", message)), "999.00".to_owned());
    assert_eq!(bought("2022-12-01"), expired);
    assert_eq!(bought("2022-12-01 00:00:01"), expired);
    assert_eq!(bought("2023-06-01"), expired);
}

#[test]
fn u20_each_condition_refuses_what_it_is_not_for_and_leaves_the_books_as_they_were() {
    let pro = |months| with_voucher(purchase(CHAT, Plan::Pro, months), "v");
    let first = |order| promoted(order, PromotionName::FirstPurchase);
    let flagship = || with_voucher(purchase(CHAT, Plan::Flagship, 1), "v");
    let months = |months_min, months_max| VoucherConditions { months_min, months_max, ..everything() };
    let at_least = |amount| VoucherConditions { minimum: Some(cny(amount)), ..everything() };
    let for_pro = || VoucherConditions { applies_to: Some(vec![Item::Pro, Item::GroupMembers]), ..everything() };
    let mode = |pay_mode| VoucherConditions { pay_mode: Some(pay_mode), ..everything() };
    let unfit = Some("voucher_not_applicable");
    for (case, conditions, order, refused) in [
        ("no condition", everything(), pro(1), None),
        ("another id", everything(), with_voucher(purchase(CHAT, Plan::Pro, 1), "w"), unfit),
        ("its item", for_pro(), pro(1), None),
        ("another item", for_pro(), flagship(), unfit),
        ("a month too short", months(Some(3), None), pro(2), unfit),
        ("just long enough", months(Some(3), None), pro(3), None),
        ("just short enough", months(None, Some(3)), pro(3), None),
        ("a month too long", months(None, Some(3)), pro(4), unfit),
        ("exactly", months(Some(2), Some(2)), pro(2), None),
        ("exactly less", months(Some(2), Some(2)), pro(1), unfit),
        ("in advance", mode(PayMode::Prepaid), pro(1), None),
        ("after use", mode(PayMode::Postpaid), pro(1), unfit),
        ("the minimum", at_least("999.00"), pro(1), None),
        ("a fen less than the minimum", at_least("999.01"), pro(1), unfit),
        // Tested on the price after the promotion.
        ("the minimum, promoted", at_least("99.90"), first(pro(1)), None),
        ("less than the minimum, promoted", at_least("99.91"), first(pro(1)), unfit),
    ] {
        let mut story = Story::begin("2022-10-12");
        story.on("2022-10-12").deposit("10000.00").and().grant_for("v", "50.00", "2022-12-31", conditions).accepted();
        let before = story.books.clone();
        let answer = story.on("2022-10-12").order(order);
        assert_eq!(answer.order.as_ref().err().map(|refusal| refusal.code()), refused, "{case}");
        match refused {
            Some(_) => assert_eq!(story.books, before, "{case}"),
            None => assert_eq!(left(&story, "v"), "0.00", "{case}"),
        }
    }
}

#[test]
fn a_refusal_says_which_condition_does_not_hold() {
    let conditions = VoucherConditions {
        minimum: Some(cny("1000.00")),
        applies_to: Some(vec![Item::Pro]),
        months_min: Some(1),
        months_max: Some(2),
        pay_mode: Some(PayMode::Prepaid),
    };
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").grant_for("v", "50.00", "2022-12-31", conditions).accepted();
    for (order, why) in [
        (purchase(CHAT, Plan::Flagship, 1), "it is for pro"),
        (purchase(CHAT, Plan::Pro, 3), "it is for orders of 2 months or less"),
        (purchase(CHAT, Plan::Pro, 1), "it is for 1000.00 CNY or more"),
    ] {
        let answer = story.on("2022-10-12").order(with_voucher(order, "v"));
        let told = answer.order.expect_err("it does not fit").to_string();
        assert_eq!(told, format!("voucher `v` cannot be used here: {why}"));
    }
}

#[test]
fn u45_the_vouchers_rung_stands_behind_plan_and_state_and_before_promotion_and_balance() {
    let other = VoucherConditions { applies_to: Some(vec![Item::GroupMembers]), ..everything() };
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").grant("over", "9.00", "2022-10-12").and().grant_for("other", "9.00", "2022-12-31", other);
    let yearly = |order| promoted(order, PromotionName::Yearly);
    for (order, code) in [
        (with_voucher(purchase(CHAT, Plan::Pro, 25), "over"), "months_out_of_range"),
        (with_voucher(purchase(CHAT, Plan::Trial, 1), "over"), "trial_not_reenterable"),
        (with_voucher(renewal(CHAT, 1), "over"), "not_subscribed"),
        (with_voucher(buy_add_on(CHAT, AddOn::GroupMembers, 1), "over"), "add_on_needs_paid_plan"),
        (with_voucher(yearly(purchase(CHAT, Plan::Pro, 1)), "over"), "voucher_expired"),
        (with_voucher(yearly(purchase(CHAT, Plan::Pro, 1)), "other"), "voucher_not_applicable"),
        (yearly(purchase(CHAT, Plan::Pro, 1)), "promotion_not_applicable"),
        (purchase(CHAT, Plan::Pro, 1), "insufficient_balance"),
    ] {
        story.on("2022-10-13").order(order).refused(code);
    }
}

#[test]
fn what_a_voucher_leaves_must_be_in_gift_and_cash() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").grant("v", "500.00", "2022-12-31").and().deposit("498.99").accepted();
    let order = || with_voucher(purchase(CHAT, Plan::Pro, 1), "v");
    let refused = story.on("2022-10-12").order(order()).refused("insufficient_balance");
    let told = refused.order.expect_err("a fen is missing").to_string();
    assert_eq!(told, "499.00 CNY is needed, 498.99 CNY is available");
    story.on("2022-10-12").deposit("0.01").and().order(order()).accepted().balance("0.00", "0.00");
}

/// On Pro, with October's peak at 10,001: 1,000.00 are billed on 2022-11-03.
fn billed_in_november(cash: &str) -> Story {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").deposit("2997.00").and().buy(CHAT, Plan::Pro, 3).balance("0.00", "0.00");
    story.on("2022-10-21").measure(CHAT, "2022-10-20", 10_001, 0).accepted();
    if cash != "0.00" {
        story.on("2022-10-21").deposit(cash).accepted();
    }
    story
}

#[test]
fn u20_a_statement_takes_the_best_voucher_then_gift_then_cash_and_its_draft_shows_nothing_of_it() {
    let mut story = billed_in_november("900.00");
    story.on("2022-10-22").grant("late", "700.00", "2022-12-31").and().grant("soon", "150.00", "2022-11-03");
    story.on("2022-10-22").gift("100.00").accepted();
    story.on("2022-11-02 23:59:59").settle().accepted();
    assert_eq!((story.drafts(), left(&story, "soon").as_str()), (vec!["2022-10 1000.00".to_owned()], "150.00"));
    story.on("2022-11-03").settle().accepted().balance("150.00", "0.00");
    assert_eq!(paid_last(&story), "150.00 (soon) 100.00 750.00");
    assert_eq!(story.statement("2022-10").due, "0.00");
    assert_eq!((left(&story, "soon").as_str(), left(&story, "late").as_str()), ("0.00", "700.00"));
}

#[test]
fn u19_a_statement_does_not_take_what_ended_the_day_before() {
    let mut story = billed_in_november("1000.00");
    story.on("2022-10-22").grant("v", "1000.00", "2022-11-02").accepted();
    story.on("2022-11-03").settle().accepted().balance("0.00", "0.00");
    assert_eq!((paid_last(&story).as_str(), left(&story, "v").as_str()), ("0.00 (none) 0.00 1000.00", "1000.00"));
}

#[test]
fn u4_a_voucher_that_covers_the_bill_keeps_the_payer_out_of_arrears() {
    let mut story = billed_in_november("0.00");
    story.on("2022-10-22").grant("v", "1000.00", "2022-11-30").accepted();
    story.on("2022-11-03").settle().accepted();
    assert_eq!(paid_last(&story), "1000.00 (v) 0.00 0.00");
    assert!(story.payer().arrears.is_none());
    let mut less = billed_in_november("0.00");
    less.on("2022-10-22").grant("v", "999.99", "2022-11-30").accepted();
    less.on("2022-11-03").settle().accepted();
    assert_eq!(less.payer().debt(), cny("0.01"));
}

#[test]
fn u20_a_statements_voucher_pays_no_more_than_the_lines_it_applies_to() {
    let storage = |minimum: Option<&str>| VoucherConditions {
        applies_to: Some(vec![Item::HistoryStorage]),
        minimum: minimum.map(cny),
        pay_mode: Some(PayMode::Postpaid),
        ..everything()
    };
    let paid = |conditions: VoucherConditions| {
        let mut story = billed_in_november("5000.00");
        story.on("2022-10-22").keep(CHAT, 30).accepted();
        story.on("2022-10-22").grant_for("v", "2000.00", "2022-12-31", conditions).accepted();
        story.on("2022-11-03").settle().accepted();
        paid_last(&story)
    };
    // 1,000.00 for daily actives, 500.00 for storage.
    assert_eq!(paid(everything()), "1500.00 (v) 0.00 0.00");
    assert_eq!(paid(storage(None)), "500.00 (v) 0.00 1000.00");
    assert_eq!(paid(storage(Some("500.00"))), "500.00 (v) 0.00 1000.00");
    assert_eq!(paid(storage(Some("500.01"))), "0.00 (none) 0.00 1500.00");
    // A statement is for one month, and for what is billed after use.
    let two_months = VoucherConditions { months_min: Some(2), ..everything() };
    assert_eq!(paid(two_months), "0.00 (none) 0.00 1500.00");
    let in_advance = VoucherConditions { pay_mode: Some(PayMode::Prepaid), ..everything() };
    assert_eq!(paid(in_advance), "0.00 (none) 0.00 1500.00");
    // It applies to no line that costs anything.
    let groups = VoucherConditions { applies_to: Some(vec![Item::GroupOverage]), ..everything() };
    assert_eq!(paid(groups), "0.00 (none) 0.00 1500.00");
}

#[test]
fn u20_in_arrears_no_voucher_pays_neither_the_debt_nor_the_next_statement() {
    let mut story = billed_in_november("0.00");
    story.on("2022-11-03").settle().accepted();
    story.on("2022-11-04").grant("v", "5000.00", "2022-12-31").then(&["VoucherGranted"]);
    story.on("2022-11-05").measure(CHAT, "2022-11-04", 20_001, 0).accepted();
    story.on("2022-11-05").order(with_voucher(renewal(CHAT, 1), "v")).refused("account_in_arrears");
    story.on("2022-11-10").order(with_voucher(renewal(CHAT, 1), "v")).refused("account_suspended");
    story.on("2022-12-03").settle().accepted();
    assert_eq!((paid_last(&story).as_str(), left(&story, "v").as_str()), ("0.00 (none) 0.00 0.00", "5000.00"));
    assert_eq!(story.payer().debt(), cny("1600.00"));
    // Money alone cures it; then it is usable again.
    story.on("2022-12-04").deposit("1600.00").accepted().balance("0.00", "0.00");
    story.on("2022-12-04").order(with_voucher(renewal(CHAT, 1), "v")).accepted();
    assert_eq!(left(&story, "v"), "4001.00");
}

#[test]
fn a_voucher_is_given_once_is_worth_something_and_is_for_something() {
    let conditions = |change: fn(&mut VoucherConditions)| {
        let mut conditions = everything();
        change(&mut conditions);
        grant_for("w", "1.00", "2022-12-31", conditions)
    };
    let (conflict, invalid) = (RefusalKind::Conflict, RefusalKind::Invalid);
    for (order, kind, code) in [
        (grant("v", "1.00", "2022-12-31"), conflict, "already_exists"),
        (grant("v", "10.00", "2022-12-30"), conflict, "already_exists"),
        (grant("w", "0.00", "2022-12-31"), invalid, "invalid_request"),
        (grant("w", "-1.00", "2022-12-31"), invalid, "invalid_request"),
        (grant("w", "1.00", "2022-10-12"), invalid, "invalid_request"),
        (conditions(|of| of.minimum = Some(cny("-0.01"))), invalid, "invalid_request"),
        (conditions(|of| of.applies_to = Some(vec![])), invalid, "invalid_request"),
        (conditions(|of| of.months_max = Some(0)), invalid, "invalid_request"),
        (conditions(|of| (of.months_min, of.months_max) = (Some(3), Some(2))), invalid, "invalid_request"),
    ] {
        let mut story = Story::begin("2022-10-12");
        story.on("2022-10-12").grant("v", "10.00", "2022-10-13").accepted();
        story.on("2022-10-13").deposit("1.00").accepted();
        let before = story.books.clone();
        let refused = story.on("2022-10-13").order(order.clone()).refused(code);
        assert_eq!(refused.order.map_err(|refusal| refusal.kind()).err(), Some(kind), "{order:?}");
        assert_eq!(story.books, before);
    }
    // Its last day may be today, and an id that is over is still given.
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").grant("v", "0.01", "2022-10-12").then(&["VoucherGranted"]);
    story.on("2023-10-12").grant("v", "0.01", "2023-10-12").refused("already_exists");
    let nobody = &mut Story::nobody(subledger_tests::fixtures::catalog());
    nobody.ask(instant("2022-10-12"), grant("v", "1.00", "2022-12-31")).refused("not_found");
}

#[test]
fn a_parked_payer_is_given_no_voucher() {
    let mut story = Story::begin("2022-10-12");
    story.park("2022-10-12");
    story.on("2022-10-12").grant("v", "1.00", "2022-12-31").refused("account_parked");
}

#[test]
fn vouchers_are_not_money_they_are_in_no_balance() {
    let mut story = Story::begin("2022-10-12");
    story.on("2022-10-12").grant("v", "1000000000000.00", "2022-12-31").accepted().balance("0.00", "0.00");
    story.on("2022-10-12").grant("w", "1000000000000.00", "2022-12-31").accepted();
    assert_eq!(story.payer().available(), cny("0.00"));
    story.on("2022-10-12").deposit("1000000000000.00").accepted();
    story.on("2022-10-12").create(beside_chat(1), subledger_domain::plan::DataSite::China).accepted();
    story.on("2022-10-12").order(with_voucher(purchase(beside_chat(1), Plan::Flagship, 24), "v")).accepted();
    assert_eq!(left(&story, "v"), "999999928024.00");
}

#[test]
fn a_payer_answers_a_grant_in_every_state() {
    let grant = |face: &str| {
        let Order::GrantVoucher { voucher_id, face, expires_on, conditions } = grant("v", face, "2022-12-31") else {
            unreachable!("a grant")
        };
        account::Command::GrantVoucher { voucher_id, face, expires_on, conditions, at: instant("2022-10-12") }
    };
    let steps = [("grant", grant("1.00")), ("grant nothing", grant("0.00"))];
    let open = || vec![subledger_tests::fixtures::opened("2022-10-12")];
    let given = TestFramework::<Account>::with(()).given(open()).when(grant("1.00")).inspect_result();
    let given = [open(), given.expect("given")].concat();
    let parked = [open(), vec![subledger_tests::fixtures::parked("2022-10-12")]].concat();
    assert_table::<Account>(
        &steps,
        &[
            ("not open", vec![], &["✗ NotOpen", "✗ NotOpen"]),
            ("open", open(), &["VoucherGranted", "✗ Voucher"]),
            ("given", given, &["✗ VoucherAlreadyGranted", "✗ VoucherAlreadyGranted"]),
            ("parked", parked, &["✗ Parked", "✗ Parked"]),
        ],
    );
}
