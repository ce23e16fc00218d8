//! Owns the price calculator's promise (S3, U43): an estimate equals the invoices of the life it describes.
//!
//! Does not own the prices (the list's own examples).

use subledger_domain::account;
use subledger_domain::catalog::{AddOn, CallVariant, PromotionName};
use subledger_domain::charge::Item;
use subledger_domain::estimate::{Question, estimate};
use subledger_domain::fact::Event;
use subledger_domain::money::Money;
use subledger_domain::plan::{DataSite, Plan};
use subledger_tests::fixtures::{CHAT, catalog, cny, instant, open_account};

use crate::timeline::Story;

use PromotionName::{FirstPurchase, Yearly};

const PACKS: [AddOn; 3] = [AddOn::AvchatroomUnlimited, AddOn::GroupMembers, AddOn::GroupsPerUser];

fn asked(data_site: DataSite, plan: Plan, months: u32) -> Question {
    Question {
        data_site,
        plan,
        months,
        add_ons: Vec::new(),
        history_retention_days: None,
        peak_dau: 0,
        peak_groups: 0,
        promotion: None,
    }
}

/// Everything the question says, bought on the 1st of November 2022 and used in each of its natural months.
fn lived(question: &Question) -> Story {
    let mut story = Story::nobody(catalog());
    let start = "2022-11-01";
    story.ask(instant(start), open_account());
    story.on(start).deposit("900000.00").and().create(CHAT, question.data_site);
    story.on(start).buy(CHAT, question.plan, question.months).accepted();
    for add_on in &question.add_ons {
        story.on(start).pack(CHAT, *add_on, question.months).accepted();
    }
    if let Some(days) = question.history_retention_days {
        story.on(start).keep(CHAT, days).accepted();
    }
    for month in ["2022-11", "2022-12", "2023-01"].iter().take(question.months as usize) {
        let day = format!("{month}-17");
        story.on(&day).measure(CHAT, &day, question.peak_dau, question.peak_groups).accepted();
    }
    story.on("2023-03-03").settle().accepted();
    story
}

fn sum(amounts: impl Iterator<Item = Money>) -> Money {
    amounts.fold(cny("0.00"), |sum, amount| sum.plus(amount).expect("in range"))
}

/// What was paid for orders, and what the statements of the first `months` months come to.
fn invoiced(story: &Story, months: u32) -> (Money, Money) {
    let order = |event: &Event| match event {
        Event::Account(account::Event::OrderPaid { total, .. }) => Some(*total),
        _ => None,
    };
    let statements = story.statements();
    let billed = statements.iter().take(months as usize).flat_map(|statement| &statement.lines);
    (sum(story.facts().filter_map(|fact| order(&fact.event))), sum(billed.map(|line| line.amount)))
}

#[track_caller]
fn assert_estimated(case: &str, question: &Question, prepaid: &str, postpaid: &str, total: &str) {
    let catalog = catalog();
    let told = estimate(catalog.in_force(instant("2022-11-01")), question)
        .unwrap_or_else(|refusal| panic!("{case}: {refusal}"));
    let amounts = [told.prepaid, told.postpaid, told.total].map(|amount| amount.amount().to_string());
    assert_eq!(amounts, [prepaid, postpaid, total], "{case}");
    assert_eq!((told.prepaid, told.postpaid), invoiced(&lived(question), question.months), "{case}, lived");
    assert_eq!(sum(told.lines.iter().map(|line| line.amount)), told.total, "{case}, its lines");
}

#[test]
fn s3_c3_an_estimate_equals_the_invoices_of_the_same_life() {
    let pro = || asked(DataSite::China, Plan::Pro, 1);
    assert_estimated("C3.1", &pro(), "999.00", "0.00", "999.00");
    let everything = Question {
        add_ons: PACKS.to_vec(),
        history_retention_days: Some(360),
        peak_dau: 25_000,
        peak_groups: 150_000,
        ..pro()
    };
    assert_estimated("C3.3", &everything, "3599.00", "5500.00", "9099.00");
    let basic = Question { add_ons: vec![AddOn::AvCall(CallVariant::Basic)], ..pro() };
    assert_estimated("C3.6", &basic, "1499.00", "0.00", "1499.00");
    let premium =
        Question { add_ons: vec![AddOn::AvCall(CallVariant::Premium)], ..asked(DataSite::China, Plan::Flagship, 1) };
    assert_estimated("C3.7", &premium, "4499.00", "0.00", "4499.00");
}

#[test]
fn s3_c4_an_estimate_abroad_equals_the_invoices_of_the_same_life() {
    assert_estimated("C4.1", &asked(DataSite::Germany, Plan::Pro, 1), "2999.00", "0.00", "2999.00");
    let packs = Question { add_ons: PACKS.to_vec(), ..asked(DataSite::Singapore, Plan::Pro, 1) };
    assert_estimated("C4.2", &packs, "11099.00", "0.00", "11099.00");
    let used =
        Question { peak_dau: 10_001, history_retention_days: Some(90), ..asked(DataSite::India, Plan::Flagship, 2) };
    assert_estimated("Flagship abroad", &used, "11998.00", "7400.00", "19398.00");
}

#[test]
fn u43_several_months_are_for_the_whole_of_them() {
    let question = Question { peak_dau: 25_000, ..asked(DataSite::China, Plan::Pro, 3) };
    assert_estimated("U43", &question, "2997.00", "6000.00", "8997.00");
    let catalog = catalog();
    let told = estimate(catalog.in_force(instant("2022-11-01")), &question).expect("it is sold");
    let lines: Vec<_> = told.lines.iter().map(|line| (line.item, line.months, line.monthly, line.amount)).collect();
    let expected =
        [(Item::Pro, 3, cny("999.00"), cny("2997.00")), (Item::DauOverage, 3, cny("2000.00"), cny("6000.00"))];
    assert_eq!(lines, expected);
    assert_eq!(told.price_list, "2022-07");
}

#[test]
fn an_estimate_is_refused_as_the_purchase_would_be() {
    let catalog = catalog();
    let list = catalog.in_force(instant("2022-11-01"));
    let refused = |question: &Question| estimate(list, question).map_err(|refusal| refusal.code()).err();
    let pro = || asked(DataSite::China, Plan::Pro, 1);
    let with = |add_ons: &[AddOn], question: Question| Question { add_ons: add_ons.to_vec(), ..question };
    let basic = AddOn::AvCall(CallVariant::Basic);
    for (question, code) in [
        (asked(DataSite::China, Plan::Pro, 0), "months_out_of_range"),
        (asked(DataSite::China, Plan::Pro, 25), "months_out_of_range"),
        (asked(DataSite::China, Plan::Trial, 1), "trial_not_reenterable"),
        (with(&[basic], asked(DataSite::Korea, Plan::Pro, 1)), "add_on_not_sold_here"),
        (with(&[basic], asked(DataSite::Korea, Plan::Trial, 1)), "add_on_not_sold_here"),
        (with(&[AddOn::GroupMembers], asked(DataSite::China, Plan::Trial, 1)), "add_on_needs_paid_plan"),
        (with(&[AddOn::AvchatroomUnlimited], asked(DataSite::China, Plan::Flagship, 1)), "plan_mismatch"),
        (with(&[AddOn::GroupMembers, AddOn::GroupMembers], pro()), "add_on_already_active"),
        (with(&[basic, AddOn::AvCall(CallVariant::Advanced)], pro()), "add_on_already_active"),
        (Question { history_retention_days: Some(60), ..pro() }, "retention_step_unknown"),
        (Question { history_retention_days: Some(361), ..pro() }, "retention_step_unknown"),
        (Question { peak_dau: u64::MAX, ..pro() }, "invalid_request"),
    ] {
        assert_eq!(refused(&question), Some(code), "{question:?}");
    }
}

#[test]
fn a2_1_a2_2_and_a_year_are_estimated_as_they_are_sold() {
    let catalog = catalog();
    let list = catalog.in_force(instant("2022-11-01"));
    let promoted = |name, plan, months| Question { promotion: Some(name), ..asked(DataSite::China, plan, months) };
    for (case, question, total) in [
        ("A2.1", promoted(FirstPurchase, Plan::Flagship, 1), "299.90"),
        ("A2.2", promoted(FirstPurchase, Plan::Pro, 1), "99.90"),
        ("a year", promoted(Yearly, Plan::Flagship, 12), "26991.00"),
    ] {
        let mut story = Story::begin("2022-11-01");
        let order = subledger_tests::fixtures::purchase(CHAT, question.plan, question.months);
        let order = subledger_tests::fixtures::promoted(order, question.promotion.expect("asked for"));
        story.on("2022-11-01").deposit(total).and().order(order).accepted();
        let told = estimate(list, &question).expect("it is sold");
        assert_eq!((told.total, told.prepaid), (cny(total), invoiced(&story, 0).0), "{case}");
    }
    let used =
        Question { add_ons: vec![AddOn::GroupMembers], peak_dau: 10_001, ..promoted(FirstPurchase, Plan::Pro, 1) };
    let told = estimate(list, &used).expect("it is sold");
    assert_eq!([told.prepaid, told.postpaid], [cny("599.90"), cny("1000.00")], "add-ons and use stay at their price");
    let line = &told.lines[0];
    assert_eq!((line.monthly, line.amount), (cny("999.00"), cny("99.90")));
    assert_eq!(line.formula, "999.00 per month × 1 month × 10% (first_purchase) = 99.90");
}

#[test]
fn u47_an_estimate_refuses_a_promotion_as_the_purchase_would_where_no_payer_is_needed_to_tell() {
    let catalog = catalog();
    let list = catalog.in_force(instant("2022-11-01"));
    for (plan, months, name, code) in [
        (Plan::Pro, 2, FirstPurchase, "promotion_not_applicable"),
        (Plan::Pro, 12, Yearly, "promotion_not_applicable"),
        (Plan::Flagship, 1, Yearly, "promotion_not_applicable"),
        (Plan::Trial, 1, FirstPurchase, "trial_not_reenterable"),
        (Plan::Flagship, 25, Yearly, "months_out_of_range"),
    ] {
        let question = Question { promotion: Some(name), ..asked(DataSite::China, plan, months) };
        let refused = estimate(list, &question).map_err(|refusal| refusal.code()).err();
        assert_eq!(refused, Some(code), "{question:?}");
    }
}

#[test]
fn c8_4_what_a_plan_includes_is_estimated_at_nothing() {
    for (plan, days) in [(Plan::Pro, 7), (Plan::Flagship, 30)] {
        let question = Question { history_retention_days: Some(days), ..asked(DataSite::China, plan, 1) };
        let price = if plan == Plan::Pro { "999.00" } else { "2999.00" };
        assert_estimated("C8.4", &question, price, "0.00", price);
    }
}
