//! Owns promotions on purchases: who may have one (U47), what it leaves to pay (A2.1, A2.2, U26), what it never touches.
//!
//! Does not own estimates (`estimates`) nor what an upgrade gives back of one.

use subledger_domain::catalog::{AddOn, PromotionName};
use subledger_domain::charge::{Charge, Formula};
use subledger_domain::decide::Order;
use subledger_domain::fact::Event;
use subledger_domain::plan::{DataSite, Plan};
use subledger_domain::subscription;
use subledger_tests::fixtures::{
    CHAT, beside_chat, cny, create, instant, open_account, promoted, purchase, with_voucher,
};

use crate::timeline::Story;

use PromotionName::{FirstPurchase, Yearly};

/// A payer with money, an application on Trial, and these marks.
fn payer(new_customer: bool, enterprise_verified: bool) -> Story {
    let mut story = Story::nobody(subledger_tests::fixtures::catalog());
    let Order::OpenAccount { account_id, name, .. } = open_account() else { unreachable!("it opens") };
    let at = instant("2022-11-01");
    story.ask(at, Order::OpenAccount { account_id, name, enterprise_verified, new_customer }).accepted();
    story.on("2022-11-01").deposit("100000.00").and().create(CHAT, DataSite::China).accepted();
    story
}

fn charged(story: &Story) -> Charge {
    let charge = |event: &Event| match event {
        Event::Subscription(
            subscription::Event::SubscriptionStarted { charge, .. }
            | subscription::Event::SubscriptionRenewed { charge, .. },
        ) => Some(charge.clone()),
        _ => None,
    };
    story.facts().filter_map(|fact| charge(&fact.event)).last().expect("something was bought")
}

#[test]
fn a2_1_and_a2_2_the_first_month_costs_a_tenth() {
    for (case, plan, price, left) in
        [("A2.1", Plan::Flagship, "299.90", "99700.10"), ("A2.2", Plan::Pro, "99.90", "99900.10")]
    {
        let mut story = payer(true, true);
        let order = promoted(purchase(CHAT, plan, 1), FirstPurchase);
        story.on("2022-11-01").order(order).accepted().balance(left, "0.00");
        let charge = charged(&story);
        assert_eq!((charge.amount, charge.promotion()), (cny(price), Some(FirstPurchase)), "{case}");
    }
}

#[test]
fn u26_a_promotional_order_says_its_price_and_the_list_price_it_came_from() {
    let mut story = payer(true, true);
    story.on("2022-11-01").order(promoted(purchase(CHAT, Plan::Pro, 1), FirstPurchase)).accepted();
    let charge = charged(&story);
    let formula = Formula::Promotional {
        promotion: FirstPurchase,
        monthly_price: cny("999.00"),
        months: 1,
        price_percent: 10,
        amount: cny("99.90"),
    };
    assert_eq!((charge.unit_price, &charge.formula), (cny("999.00"), &formula));
    assert_eq!(formula.to_string(), "999.00 per month × 1 month × 10% (first_purchase) = 99.90");
    // The terms agreed are those of the list: overage, storage and every later term are at their full price.
    assert_eq!(story.terms_of(CHAT), ["2022-11-01..2022-11-30 99.90"]);
    story.on("2022-11-02").renew(CHAT, 1).accepted();
    assert_eq!(charged(&story).amount, cny("999.00"));
}

#[test]
fn a_year_of_flagship_costs_three_quarters_as_often_as_it_is_bought() {
    let mut story = payer(false, false);
    for (n, months, price) in [(1, 12, "26991.00"), (2, 24, "53982.00"), (3, 12, "26991.00")] {
        let order = promoted(purchase(beside_chat(n), Plan::Flagship, months), Yearly);
        story.on("2022-11-01").order(create(beside_chat(n), DataSite::China)).accepted();
        story.on("2022-11-01").deposit(price).and().order(order).accepted();
        assert_eq!(charged(&story).amount, cny(price));
    }
}

#[test]
fn u47_each_rule_of_a_promotion_refuses_what_it_is_not_for() {
    let buy = |plan, months, name| promoted(purchase(CHAT, plan, months), name);
    let (new, old) = ((true, true), (false, true));
    for (case, (new_customer, verified), order, why) in [
        (
            "two months",
            new,
            buy(Plan::Pro, 2, FirstPurchase),
            "first_purchase cannot be had here: it is for orders of 1 month",
        ),
        (
            "no new customer",
            old,
            buy(Plan::Pro, 1, FirstPurchase),
            "first_purchase cannot be had here: it is for new customers",
        ),
        (
            "not verified",
            (true, false),
            buy(Plan::Flagship, 1, FirstPurchase),
            "first_purchase cannot be had here: it is for verified enterprises",
        ),
        ("Pro by the year", new, buy(Plan::Pro, 12, Yearly), "yearly cannot be had here: it is for flagship"),
        (
            "no year",
            new,
            buy(Plan::Flagship, 13, Yearly),
            "yearly cannot be had here: it is for orders of 12 or 24 months",
        ),
    ] {
        let mut story = payer(new_customer, verified);
        let before = story.books.clone();
        let refused = story.on("2022-11-01").order(order).refused("promotion_not_applicable");
        assert_eq!(refused.order.expect_err("refused").to_string(), why, "{case}");
        assert_eq!(story.books, before, "{case}");
    }
}

#[test]
fn u47_first_purchase_is_once_for_the_account_over_both_plans_and_all_applications() {
    let second = beside_chat(1);
    let first = |application, plan| promoted(purchase(application, plan, 1), FirstPurchase);
    let mut story = payer(true, true);
    story.on("2022-11-01").create(second, DataSite::China).accepted();
    // What was refused has not used it up.
    story
        .on("2022-11-01")
        .order(promoted(purchase(CHAT, Plan::Pro, 2), FirstPurchase))
        .refused("promotion_not_applicable");
    story.on("2022-11-01").order(first(CHAT, Plan::Pro)).accepted();
    for plan in [Plan::Pro, Plan::Flagship] {
        story.on("2022-11-01").order(first(second, plan)).refused("promotion_not_applicable");
    }
    // Not in another year either, nor where it was had.
    story.on("2024-01-01").order(first(second, Plan::Pro)).refused("promotion_not_applicable");
}

#[test]
fn u47_first_purchase_stays_used_after_the_stop() {
    let mut story = payer(true, true);
    story.on("2022-11-01").order(promoted(purchase(CHAT, Plan::Pro, 1), FirstPurchase)).accepted();
    assert_eq!(story.state_at(CHAT, "2022-12-08"), "suspended");
    let again = promoted(purchase(CHAT, Plan::Pro, 1), FirstPurchase);
    story.on("2022-12-08").order(again).refused("promotion_not_applicable");
    // A renewal after the stop starts anew, at the full price.
    story.on("2022-12-08").renew(CHAT, 1).accepted();
    assert_eq!(story.terms_of(CHAT), ["2022-11-01..2022-11-30 99.90", "2022-12-08..2023-01-07 999.00"]);
}

#[test]
fn u47_the_voucher_comes_after_the_promotion() {
    let mut story = payer(true, true);
    story.on("2022-11-01").grant("v", "100.00", "2022-12-31").accepted();
    let order = with_voucher(promoted(purchase(CHAT, Plan::Pro, 1), FirstPurchase), "v");
    story.on("2022-11-01").order(order).accepted().balance("100000.00", "0.00");
    assert_eq!(story.payer().vouchers[&"v".parse().expect("an id")].remaining, cny("0.10"));
}

#[test]
fn a2_2_a_promotion_touches_neither_add_ons_nor_what_is_used() {
    let mut story = payer(true, true);
    story.on("2022-11-01").order(promoted(purchase(CHAT, Plan::Pro, 1), FirstPurchase)).accepted();
    story.on("2022-11-01").pack(CHAT, AddOn::GroupMembers, 1).accepted().balance("99400.10", "0.00");
    story.on("2022-11-21").measure(CHAT, "2022-11-20", 10_001, 0).accepted();
    story.on("2022-12-03").settle().accepted();
    assert_eq!(story.totals(), ["2022-11 1000.00"]);
}
