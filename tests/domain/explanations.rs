//! Owns that a number explains itself: the steps told of a formula, in both languages, hold the numbers that give the
//! amount when somebody works them out again.
//!
//! The working out here is the reader's: exact products and quotients of what stands in the text, rounded once.

use std::collections::BTreeSet;

use rust_decimal::{Decimal, RoundingStrategy};
use subledger_domain::catalog::{AddOn, CallVariant, PromotionName};
use subledger_domain::charge::{Formula, Item, RefundKind, UsedPart};
use subledger_domain::explain::{explain, line_in};
use subledger_domain::fact::{Event, Fact};
use subledger_domain::ids::LineId;
use subledger_domain::plan::{DataSite, PaidPlan, Plan};
use subledger_domain::proration::MonthShare;
use subledger_domain::wording::{self, Language, Policy};
use subledger_domain::{account, add_on, subscription};
use subledger_tests::fixtures::{CHAT, catalog, catalog_with, cny, day, instant, open_account, terms};

use crate::timeline::Story;

const BOTH: [Language; 2] = [Language::En, Language::Zh];

fn share(service_days: u32, days: u32) -> MonthShare {
    MonthShare { service_days, days, whole: service_days == days }
}

fn overage(peak: u64, blocks: u64, share: MonthShare, amount: &str) -> Formula {
    Formula::Overage {
        peak,
        peak_on: (peak > 0).then(|| day("2022-11-03")),
        included: 10_000,
        block: 10_000,
        blocks,
        block_price: cny("1000.00"),
        share,
        days_without_reading: vec![day("2022-11-04"), day("2022-11-05")],
        amount: cny(amount),
    }
}

fn promotional() -> Formula {
    let (promotion, price_percent) = (PromotionName::Yearly, 75);
    let (monthly_price, amount) = (cny("2999.00"), cny("26991.00"));
    Formula::Promotional { promotion, monthly_price, months: 12, price_percent, amount }
}

fn upgrade(months_left: &str, amount: &str) -> Formula {
    Formula::Upgrade {
        new_monthly_price: cny("2999.00"),
        old_monthly_price: Decimal::from(999),
        days_left: 15,
        months_left: months_left.parse().expect("a decimal"),
        amount: cny(amount),
    }
}

fn downgrade(whole_months: u32, unused_value: &str, amount: &str) -> Formula {
    Formula::Downgrade {
        old_monthly_price: cny("2999.00"),
        new_monthly_price: cny("999.00"),
        unused_days: 14,
        month_days: 30,
        whole_months,
        unused_value: cny(unused_value),
        amount: cny(amount),
    }
}

fn used() -> Vec<UsedPart> {
    let days = |days, price| UsedPart::Days { days, month_days: 30, monthly_price: cny(price) };
    vec![days(15, "999.00"), days(10, "2999.00")]
}

fn refund(kind: RefundKind, used: Vec<UsedPart>, used_amount: &str, amount: &str) -> Formula {
    Formula::Refund { kind, paid: cny("1979.00"), used, used_amount: cny(used_amount), amount: cny(amount) }
}

fn correction(billed: &str, amount: &str) -> Formula {
    let now = Box::new(overage(25_000, 2, share(7, 30), "466.67"));
    Formula::Correction { now, billed: cny(billed), amount: cny(amount) }
}

/// Every kind of formula, with amounts worked out by hand.
fn formulas() -> Vec<(Item, Formula)> {
    let storage = |share, amount| Formula::Storage {
        kept_days: 360,
        plan: PaidPlan::Pro,
        monthly_price: cny("2500.00"),
        share,
        amount: cny(amount),
    };
    let monthly = |months, amount| Formula::MonthlyPrice { monthly_price: cny("999.00"), months, amount: cny(amount) };
    vec![
        (Item::Pro, monthly(1, "999.00")),
        (Item::Pro, monthly(24, "23976.00")),
        (Item::DauOverage, overage(0, 0, share(30, 30), "0.00")),
        (Item::DauOverage, overage(25_000, 2, share(30, 30), "2000.00")),
        (Item::DauOverage, overage(25_000, 2, share(7, 30), "466.67")),
        (Item::GroupOverage, overage(10_001, 1, share(22, 31), "709.68")),
        (Item::HistoryStorage, storage(share(30, 30), "2500.00")),
        (Item::HistoryStorage, storage(share(21, 31), "1693.55")),
        (Item::HistoryStorage, storage(MonthShare { service_days: 12, days: 30, whole: true }, "2500.00")),
        (Item::Flagship, promotional()),
        (Item::Flagship, upgrade("0.49", "980.00")),
        (Item::Flagship, upgrade("0.4931506849315068493150684932", "986.30")),
        (Item::Flagship, downgrade(0, "1466.13", "933.33")),
        (Item::Flagship, downgrade(2, "9000.00", "4933.33")),
        (Item::Flagship, downgrade(0, "500.00", "500.00")),
        (Item::Pro, refund(RefundKind::FiveDay, vec![], "0.00", "1979.00")),
        (Item::Pro, refund(RefundKind::Ordinary, used(), "1499.17", "479.83")),
        (Item::DauOverage, correction("0.00", "466.67")),
        (Item::DauOverage, correction("1000.00", "533.33")),
    ]
}

/// Works out `a × b ÷ c + d − e = f …` as one is taught to, and answers both sides.
fn worked_out(calculation: &str) -> (Decimal, Decimal) {
    let (sum, result) = calculation.split_once(" = ").expect("a calculation has a result");
    let number = |text: &str| text.parse::<Decimal>().unwrap_or_else(|_| panic!("`{text}` in `{calculation}`"));
    let mut words = sum.split(' ');
    let (mut exact, mut product) = (Decimal::ZERO, number(words.next().expect("a first number")));
    while let (Some(sign), Some(next)) = (words.next(), words.next()) {
        match sign {
            "×" => product *= number(next),
            "÷" => product /= number(next),
            "+" => (exact, product) = (exact + product, number(next)),
            "−" => (exact, product) = (exact + product, -number(next)),
            other => panic!("`{other}` in `{calculation}`"),
        }
    }
    exact += product;
    let rounded = exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    (rounded, number(result.split(' ').next().expect("an amount")))
}

/// The figures of a formula that a reader needs.
fn figures(formula: &Formula) -> Vec<String> {
    match formula {
        Formula::MonthlyPrice { monthly_price, months, amount } => {
            vec![monthly_price.amount().to_string(), months.to_string(), amount.amount().to_string()]
        }
        Formula::Overage {
            peak, included, block, blocks, block_price, share, days_without_reading, amount, ..
        } => {
            let mut figures = vec![included.to_string(), block.to_string(), blocks.to_string()];
            figures.extend((*peak > 0).then(|| peak.to_string()));
            figures.extend([block_price.amount().to_string(), amount.amount().to_string()]);
            figures.extend(days_without_reading.iter().map(ToString::to_string));
            figures.extend(parts(*share));
            figures
        }
        Formula::Storage { kept_days, monthly_price, share, amount, .. } => {
            let mut figures = vec![kept_days.to_string(), monthly_price.amount().to_string()];
            figures.push(amount.amount().to_string());
            figures.extend(parts(*share));
            figures
        }
        Formula::Promotional { monthly_price, months, price_percent, amount, .. } => {
            let mut figures = vec![monthly_price.amount().to_string(), months.to_string(), price_percent.to_string()];
            figures.push(amount.amount().to_string());
            figures
        }
        Formula::Upgrade { new_monthly_price, old_monthly_price, days_left, amount, .. } => {
            let prices = [new_monthly_price.amount().to_string(), old_monthly_price.to_string()];
            prices.into_iter().chain([days_left.to_string(), amount.amount().to_string()]).collect()
        }
        Formula::Downgrade {
            old_monthly_price,
            new_monthly_price,
            unused_days,
            month_days,
            unused_value,
            amount,
            ..
        } => {
            let money = [old_monthly_price, new_monthly_price, unused_value, amount].map(|it| it.amount().to_string());
            money.into_iter().chain([unused_days.to_string(), month_days.to_string()]).collect()
        }
        Formula::Refund { paid, used_amount, amount, used, .. } => {
            let mut figures: Vec<String> = [paid, amount].map(|it| it.amount().to_string()).into();
            figures.extend((!used.is_empty()).then(|| used_amount.amount().to_string()));
            figures
        }
        Formula::Correction { now, billed, amount } => {
            let mut all = figures(now);
            all.extend([billed.amount().to_string(), amount.amount().to_string()]);
            all
        }
    }
}

fn parts(share: MonthShare) -> Vec<String> {
    if share.service_days == share.days { vec![] } else { vec![share.service_days.to_string(), share.days.to_string()] }
}

#[test]
fn the_numbers_told_give_the_amount_in_both_languages() {
    for (item, formula) in formulas() {
        let steps = wording::steps(item, &formula);
        for language in BOTH {
            let told: Vec<&str> = steps.iter().map(|step| step.r#in(language)).collect();
            let (exact, amount) = worked_out(told.last().expect("a calculation"));
            assert_eq!(exact, amount, "{told:?}");
            for figure in figures(&formula) {
                assert!(told.iter().any(|step| step.contains(&figure)), "{figure} is not told in {told:?}");
            }
        }
    }
}

#[test]
fn a_calculation_that_does_not_hold_is_found() {
    let (exact, amount) = worked_out("2 × 1000.00 × 7 ÷ 30 = 466.66 CNY");
    assert_ne!(exact, amount);
}

#[test]
fn every_item_and_policy_is_told_in_two_languages() {
    let chinese = |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    let agreed = terms(PaidPlan::Pro).policies;
    let told = Policy::ALL.map(|policy| policy.told(&agreed)).into_iter();
    let steps = formulas().into_iter().map(|(item, formula)| wording::steps(item, &formula)[0].clone());
    let items = formulas().into_iter().map(|(item, _)| wording::item(item));
    for told in told.chain(steps).chain(items) {
        assert!(!told.en.is_empty() && !chinese(&told.en) && chinese(&told.zh), "{told:?}");
    }
    let settings = serde_json::to_value(agreed).expect("plain data");
    for policy in Policy::ALL {
        assert!(!settings[policy.key()].is_null(), "{} is no policy", policy.key());
    }
    let keys: BTreeSet<&str> = Policy::ALL.iter().map(|policy| policy.key()).collect();
    assert_eq!(keys.len(), Policy::ALL.len());
}

/// A life with a line of every kind: a plan, its renewal, a pack, overage on both, storage, and a stop.
fn life() -> Story {
    life_under(catalog())
}

fn life_under(catalog: subledger_domain::catalog::Catalog) -> Story {
    let mut story = Story::nobody(catalog);
    story.ask(instant("2022-10-01"), open_account());
    story.on("2022-10-01").deposit("90000.00").and().create(CHAT, DataSite::China);
    story.on("2022-10-01").buy(CHAT, Plan::Pro, 1).accepted();
    story.on("2022-10-02").renew(CHAT, 1).accepted();
    story.on("2022-10-02").pack(CHAT, AddOn::AvCall(CallVariant::Basic), 1).accepted();
    story.on("2022-10-02").keep(CHAT, 360).accepted();
    story.on("2022-10-20").measure(CHAT, "2022-10-20", 25_000, 150_000).accepted();
    story.on("2022-12-03").measure(CHAT, "2022-12-03", 25_000, 0).accepted();
    story.on("2023-01-03").settle().accepted();
    story
}

/// Every line of every event, with the id it is asked for by.
fn lines(story: &Story) -> Vec<(LineId, &Fact)> {
    let found = story.facts().flat_map(|fact| {
        let ids: Vec<LineId> = match &fact.event {
            Event::Subscription(
                subscription::Event::SubscriptionStarted { charge, .. }
                | subscription::Event::SubscriptionRenewed { charge, .. },
            )
            | Event::AddOn(add_on::Event::AddOnStarted { charge, .. }) => vec![charge.line_id],
            Event::Account(
                account::Event::StatementDrafted { lines, .. } | account::Event::StatementFinalised { lines, .. },
            ) => lines.iter().map(|line| line.line_id).collect(),
            _ => vec![],
        };
        ids.into_iter().map(move |id| (id, fact))
    });
    found.collect()
}

/// The events a line cites: its own, or those a statement names.
fn causes(story: &Story, id: LineId, fact: &Fact) -> Vec<Fact> {
    let cited = match &fact.event {
        Event::Account(
            account::Event::StatementDrafted { lines, .. } | account::Event::StatementFinalised { lines, .. },
        ) => {
            lines.iter().find(|line| line.line_id == id).expect("its line").causes.iter().map(|c| c.event_id).collect()
        }
        _ => vec![fact.id],
    };
    story.facts().filter(|fact| cited.contains(&fact.id)).cloned().collect()
}

#[test]
fn each_line_of_a_life_names_its_clause_and_the_rules_that_decided_it() {
    let story = life();
    let mut seen: BTreeSet<(Item, Vec<String>, Vec<&str>)> = BTreeSet::new();
    for (id, fact) in lines(&story) {
        let line = line_in(fact, id).expect("the line is in its event");
        let why = explain(&line, &causes(&story, id, fact), &catalog());
        let (exact, amount) = worked_out(&why.steps.last().expect("a calculation").en);
        assert_eq!((exact, amount), (line.amount.amount(), line.amount.amount()), "{line:?}");
        for clause in &why.clauses {
            assert!(
                clause.source.as_ref().is_some_and(|source| source.contains("269/") || source.contains("docs:")),
                "{clause:?}"
            );
        }
        for policy in &why.policies {
            assert!(policy.source.is_some() && !policy.setting.is_null(), "{policy:?}");
        }
        let clauses = why.clauses.into_iter().map(|clause| clause.name).collect();
        seen.insert((line.item, clauses, why.policies.into_iter().map(|policy| policy.name).collect()));
    }
    let expected = [
        (Item::Pro, &["plans.pro", "sites"][..], &["month_end", "validity_end", "payment_order"][..]),
        (Item::Pro, &["plans.pro", "sites"], &["renewal_in_grace", "month_end", "validity_end", "payment_order"]),
        (
            Item::AvCallBasic,
            &["add_ons.av_call basic on pro", "sites"],
            &["month_end", "validity_end", "payment_order"],
        ),
        (Item::DauOverage, &["overage.dau", "matrix", "sites"], &["settlement_final_day"]),
        (
            Item::DauOverage,
            &["overage.dau", "matrix", "sites"],
            &["settlement_final_day", "stop_month_share", "rounding"],
        ),
        (Item::GroupOverage, &["overage.groups", "matrix", "sites"], &["settlement_final_day"]),
        (
            Item::GroupOverage,
            &["overage.groups", "matrix", "sites"],
            &["settlement_final_day", "stop_month_share", "rounding"],
        ),
        (Item::HistoryStorage, &["history_storage", "sites"], &["settlement_final_day", "storage_month"]),
        (
            Item::HistoryStorage,
            &["history_storage", "sites"],
            &["settlement_final_day", "storage_month", "stop_month_share", "rounding"],
        ),
    ];
    let expected = expected.map(|(item, clauses, policies)| {
        (item, clauses.iter().map(|clause| (*clause).to_owned()).collect::<Vec<_>>(), policies.to_vec())
    });
    assert_eq!(seen, BTreeSet::from(expected));
}

#[test]
fn a_rule_is_told_as_it_was_agreed_not_as_it_is() {
    let story = life_under(catalog_with("validity_end", "\"clock_time\""));
    let (id, fact) = lines(&story)[0];
    let line = line_in(fact, id).expect("the line");
    let why = explain(&line, &causes(&story, id, fact), &catalog());
    let policy = why.policies.iter().find(|policy| policy.name == "validity_end").expect("it decided the period");
    assert_eq!(policy.setting, "clock_time");
    assert!(policy.told.en.contains("time of day of the purchase"), "{}", policy.told.en);
}

#[test]
fn a_line_is_looked_for_by_its_id() {
    let story = life();
    let (id, fact) = lines(&story)[0];
    let elsewhere = lines(&story).into_iter().find(|(other, _)| *other != id).expect("another line");
    assert!(line_in(fact, id).is_some() && line_in(elsewhere.1, id).is_none());
}
