//! What the built-in list must say, written out by hand from the documents and not from the list; and how the catalogue
//! chooses among lists.

use jiff::civil::date;

use super::*;
use crate::calendar::{MonthEnd, ValidityEnd, midnight};
use crate::money::Money;
use crate::plan::{DataSite, Feature, Grant, PaidPlan, Plan, PriceRegion, Quota};
use crate::terms::{
    DowngradeTiming, OverageTerms, PaymentOrder, Policies, RefundUsed, RenewalInGrace, Rounding, StopMonthShare,
    StorageMonth, UpgradePricing,
};

mod later;
mod refusals;

pub(super) const TEXT: &str = BUILTIN[0].1;

fn list() -> PriceList {
    PriceList::parse("2022-07.toml", TEXT).expect("the built-in list is valid")
}

fn cny(text: &str) -> Money {
    Money::cny(text).expect("an amount written by hand")
}

#[test]
fn the_built_in_list_is_valid_and_its_examples_hold() {
    let catalog = Catalog::builtin().unwrap_or_else(|faults| panic!("{faults}"));
    let list = catalog.list("2022-07").expect("built in");
    assert_eq!(list.check_examples(), []);
    assert!(list.examples().len() > 40);
    assert_eq!(list.effective_from(), date(2022, 7, 1));
    assert_eq!(list.months(), 1..=24);
    assert_eq!(list.applications_max(), 300);
    assert_eq!(list.content_hash().len(), 64);
}

#[test]
fn every_number_of_the_plan_matrix_is_the_documents() {
    let unlimited = None;
    let rows = [
        (Quota::UsersMax, [Some(100), unlimited, unlimited]),
        (Quota::FriendsPerUserMax, [Some(20), Some(3_000), Some(3_000)]),
        (Quota::GroupsPerUserMax, [Some(50), Some(500), Some(1_000)]),
        (Quota::GroupMembersMax, [Some(20), Some(200), Some(2_000)]),
        (Quota::GroupsMax, [Some(100), unlimited, unlimited]),
        (Quota::AvchatroomsMax, [Some(10), Some(50), unlimited]),
        (Quota::GroupsDailyNetNewMax, [Some(100), Some(10_000), Some(10_000)]),
        (Quota::HistoryRetentionDays, [Some(7), Some(7), Some(30)]),
        (Quota::DauIncluded, [Some(100), Some(10_000), Some(10_000)]),
        (Quota::PeakGroupsIncluded, [Some(100), Some(100_000), Some(100_000)]),
        (Quota::RecentContactsMax, [Some(100), Some(100), Some(500)]),
        (Quota::CommunitiesMax, [Some(0), Some(0), Some(100_000)]),
    ];
    assert_eq!(rows.map(|(row, _)| row).as_slice(), Quota::ALL);
    for (row, cells) in rows {
        let found = [Plan::Trial, Plan::Pro, Plan::Flagship].map(|plan| list().rights(plan).quotas.get(row));
        assert_eq!(found, cells, "{}", row.name());
    }
}

#[test]
fn every_feature_of_the_plan_matrix_is_the_documents() {
    let flagship_only = [Grant::No, Grant::No, Grant::Yes];
    let on_application = [Grant::No, Grant::No, Grant::OnApplication];
    let rows = [
        (Feature::GlobalAccess, [Grant::Yes, Grant::Yes, Grant::Yes]),
        (Feature::PushAll, on_application),
        (Feature::SamePlatformMultiDevice, flagship_only),
        (Feature::LocalMessageSearch, flagship_only),
        (Feature::AvchatroomHistoryForNewMembers, flagship_only),
        (Feature::Community, on_application),
        (Feature::GroupReadReceipts, flagship_only),
        (Feature::GroupTargetedMessages, flagship_only),
        (Feature::AvchatroomOnlineMembers, flagship_only),
        (Feature::AvchatroomBroadcast, flagship_only),
        (Feature::UserStatus, flagship_only),
        (Feature::ConversationMark, flagship_only),
        (Feature::ConversationGroup, flagship_only),
        (Feature::AvchatroomBanMembers, flagship_only),
    ];
    assert_eq!(rows.map(|(row, _)| row).as_slice(), Feature::ALL);
    for (row, cells) in rows {
        let found = [Plan::Trial, Plan::Pro, Plan::Flagship].map(|plan| list().rights(plan).features.get(row));
        assert_eq!(found, cells, "{}", row.name());
    }
    // The row of communities is counted once in the documents; here it is a number and a feature.
    assert_eq!(Quota::ALL.len() + Feature::ALL.len() - 1, 25);
}

#[test]
fn plans_and_overage_cost_what_the_documents_say_on_every_site() {
    let list = list();
    assert_eq!(list.region(DataSite::China), PriceRegion::China);
    for site in DataSite::ALL {
        let (pro, flagship, block) = match site {
            DataSite::China => ("999.00", "2999.00", "1000.00"),
            DataSite::Singapore | DataSite::Germany | DataSite::Korea | DataSite::India => {
                ("2999.00", "5999.00", "3000.00")
            }
        };
        for (plan, price) in [(PaidPlan::Pro, pro), (PaidPlan::Flagship, flagship)] {
            let terms = list.plan_terms(site, plan);
            assert_eq!((terms.data_site, terms.plan, terms.price_list.as_str()), (site, plan, "2022-07"));
            assert_eq!(terms.monthly_price, cny(price));
            let dau = OverageTerms { included: 10_000, block: 10_000, block_price: cny(block) };
            let groups = OverageTerms { included: 100_000, block: 100_000, block_price: cny(block) };
            assert_eq!((terms.dau_overage, terms.group_overage), (dau, groups));
        }
    }
}

#[test]
fn history_storage_costs_what_the_documents_say() {
    let steps = |site, plan| {
        let terms = list().plan_terms(site, plan);
        terms
            .history_storage
            .iter()
            .map(|step| (step.days, step.monthly_price.amount().to_string()))
            .collect::<Vec<_>>()
    };
    let expected =
        |steps: &[(u32, &str)]| steps.iter().map(|(days, price)| (*days, (*price).to_owned())).collect::<Vec<_>>();
    let pro = expected(&[(30, "500.00"), (90, "1000.00"), (180, "1500.00"), (360, "2500.00")]);
    assert_eq!(steps(DataSite::China, PaidPlan::Pro), pro);
    let flagship = expected(&[(90, "500.00"), (180, "1000.00"), (360, "2000.00")]);
    assert_eq!(steps(DataSite::China, PaidPlan::Flagship), flagship);
    let pro_abroad = expected(&[(30, "700.00"), (90, "1280.00"), (180, "1920.00"), (360, "2850.00")]);
    assert_eq!(steps(DataSite::Korea, PaidPlan::Pro), pro_abroad);
    let flagship_abroad = expected(&[(90, "700.00"), (180, "1280.00"), (360, "2280.00")]);
    assert_eq!(steps(DataSite::India, PaidPlan::Flagship), flagship_abroad);
}

#[test]
fn every_add_on_is_sold_where_at_what_price_and_to_what_effect_the_documents_say() {
    use CallVariant::{Advanced, Basic, Premium, Trial};
    let not_sold = [None, None];
    let no_raise = (not_sold, None);
    // For each plan: price in China and abroad, and what the limit becomes (0 = without limit).
    type Cell = ([Option<&'static str>; 2], Option<u64>);
    let rows: [(AddOn, [Cell; 3]); 7] = [
        (AddOn::AvchatroomUnlimited, [no_raise, ([Some("1000.00"), Some("3200.00")], Some(0)), no_raise]),
        (
            AddOn::GroupMembers,
            [
                no_raise,
                ([Some("500.00"), Some("1700.00")], Some(2_000)),
                ([Some("500.00"), Some("1700.00")], Some(6_000)),
            ],
        ),
        (
            AddOn::GroupsPerUser,
            [
                no_raise,
                ([Some("1100.00"), Some("3200.00")], Some(1_000)),
                ([Some("900.00"), Some("3200.00")], Some(3_000)),
            ],
        ),
        (
            AddOn::AvCall(Trial),
            [([Some("0.00"), None], None), ([Some("0.00"), None], None), ([Some("0.00"), None], None)],
        ),
        (AddOn::AvCall(Basic), [no_raise, ([Some("500.00"), None], None), no_raise]),
        (AddOn::AvCall(Advanced), [no_raise, ([Some("1000.00"), None], None), no_raise]),
        (AddOn::AvCall(Premium), [no_raise, no_raise, ([Some("1500.00"), None], None)]),
    ];
    let list = list();
    for (add_on, cells) in rows {
        for (plan, (prices, raised)) in [Plan::Trial, Plan::Pro, Plan::Flagship].into_iter().zip(cells) {
            for (site, price) in [DataSite::China, DataSite::Germany].into_iter().zip(prices) {
                let terms = list.add_on(add_on, site, plan);
                let found = terms.as_ref().ok().map(|terms| terms.price.amount().to_string());
                assert_eq!(found.as_deref(), price, "{add_on} on {plan}, {site:?}");
                if let Ok(terms) = terms {
                    let to = terms.raises.map(|raise| raise.to.unwrap_or(0));
                    assert_eq!(to, raised, "{add_on} on {plan}");
                    assert_eq!(terms.raises.map(|raise| raise.quota), add_on.raises());
                }
            }
        }
    }
}

#[test]
fn the_call_package_has_list_prices_minutes_and_a_trial() {
    let list = list();
    let terms = |variant, plan| list.add_on(AddOn::AvCall(variant), DataSite::China, plan).expect("sold in China");
    let paid = [
        (CallVariant::Basic, Plan::Pro, "625.00", 110_000),
        (CallVariant::Advanced, Plan::Pro, "1250.00", 235_000),
        (CallVariant::Premium, Plan::Flagship, "1875.00", 380_000),
    ];
    for (variant, plan, list_price, minutes) in paid {
        let terms = terms(variant, plan);
        assert_eq!((terms.list_price, terms.gift_minutes, terms.trial), (Some(cny(list_price)), Some(minutes), None));
        // A2.10: four fifths of the list price.
        assert_eq!(terms.price.times(5), cny(list_price).times(4));
    }
    let trial = terms(CallVariant::Trial, Plan::Trial);
    assert_eq!(trial.trial, Some(TrialUse { days: 7, uses_per_application: 2, uses_per_account: 10 }));
    assert_eq!(trial.gift_minutes, None);
}

#[test]
fn the_site_is_looked_at_before_the_plan() {
    let list = list();
    let call = AddOn::AvCall(CallVariant::Basic);
    let refusals = [
        (call, DataSite::Korea, Plan::Trial, NotSold::Here),
        (call, DataSite::Korea, Plan::Pro, NotSold::Here),
        (call, DataSite::China, Plan::Trial, NotSold::OnTrial),
        (call, DataSite::China, Plan::Flagship, NotSold::OnThisPlan),
        (AddOn::AvchatroomUnlimited, DataSite::India, Plan::Flagship, NotSold::OnThisPlan),
        (AddOn::GroupMembers, DataSite::China, Plan::Trial, NotSold::OnTrial),
    ];
    for (add_on, site, plan, refusal) in refusals {
        assert_eq!(list.add_on(add_on, site, plan), Err(refusal), "{add_on} on {plan}, {site:?}");
    }
}

#[test]
fn promotions_are_the_documents() {
    let list = list();
    let first = list.promotion(PromotionName::FirstPurchase).expect("on the list");
    assert_eq!(first.price(cny("2999.00")), Ok(cny("299.90")));
    assert_eq!(first.price(cny("999.00")), Ok(cny("99.90")));
    assert!(first.covers(PaidPlan::Pro, 1) && first.covers(PaidPlan::Flagship, 1) && !first.covers(PaidPlan::Pro, 2));
    assert!(first.once_per_account && first.new_customers_only && first.enterprise_verified_only && !first.renewals);
    let yearly = list.promotion(PromotionName::Yearly).expect("on the list");
    assert_eq!(yearly.price(cny("35988.00")), Ok(cny("26991.00")));
    assert!(yearly.covers(PaidPlan::Flagship, 12) && yearly.covers(PaidPlan::Flagship, 24));
    assert!(!yearly.covers(PaidPlan::Pro, 12) && !yearly.covers(PaidPlan::Flagship, 13) && !yearly.renewals);
}

#[test]
fn policies_are_the_house_rules() {
    let expected = Policies {
        month_end: MonthEnd::Clamp,
        validity_end: ValidityEnd::EndOfDay,
        expiry_grace_days: 7,
        arrears_grace_days: 7,
        retention_days: 90,
        refund_grace_days: 7,
        reminder_days_before: 7,
        reminder_days_after: 7,
        settlement_draft_day: 1,
        settlement_final_day: 3,
        stop_month_share: StopMonthShare::ServiceDays,
        storage_month: StorageMonth::WholeOnActivation,
        upgrade: UpgradePricing::PlatformFormula,
        downgrade: DowngradeTiming::PeriodEnd,
        downgrade_needs_approval: true,
        refund_used: RefundUsed::DaysOfPurchasedMonth,
        renewal_in_grace: RenewalInGrace::FromOldEnd,
        payment_order: PaymentOrder::VoucherGiftCash,
        rounding: Rounding::HalfAwayFromZeroPerLine,
    };
    assert_eq!(list().policies(), expected);
}

#[test]
fn every_clause_names_its_documents() {
    let list = list();
    assert_eq!(list.source(Clause::Plan(PaidPlan::Pro)), Some("269/81908; 269/81907"));
    assert_eq!(list.source(Clause::Policy("rounding")), Some("house R0"));
    assert_eq!(list.source(Clause::Policy("colour")), None);
    assert_eq!(list.source(Clause::AddOn(AddOn::AvchatroomUnlimited, Plan::Flagship)), None);
    for clause in [
        Clause::List,
        Clause::Sites,
        Clause::Matrix,
        Clause::Limits,
        Clause::Overage(Metered::Dau),
        Clause::HistoryStorage,
        Clause::Promotion(PromotionName::Yearly),
        Clause::AddOn(AddOn::AvCall(CallVariant::Basic), Plan::Pro),
    ] {
        assert!(list.source(clause).is_some_and(|source| !source.is_empty()), "{clause}");
    }
}

#[test]
fn the_view_shows_everything() {
    let view = serde_json::to_value(list()).expect("plain data");
    assert_eq!(view["plans"]["pro"]["monthly_price"]["china"]["amount"], "999.00");
    assert_eq!(view["matrix"]["quotas"]["pro"]["users_max"], serde_json::Value::Null);
    assert_eq!(view["matrix"]["features"]["flagship"]["push_all"], "on_application");
    assert_eq!(view["add_ons"][6]["kind"], "av_call");
    assert_eq!(view["add_ons"][6]["variant"], "basic");
    assert_eq!(view["add_ons"][0]["raises"]["quota"], "avchatrooms_max");
    assert_eq!(view["history_storage"]["overseas"]["flagship"][2]["monthly_price"]["amount"], "2280.00");
    assert_eq!(view["policies"]["validity_end"], "end_of_day");
    assert_eq!(view["effective_from"], "2022-07-01");
    assert!(view.get("place").is_none(), "where the file lay is nobody's business");
}

#[test]
fn terms_of_an_add_on_come_back_from_their_stored_form() {
    let terms = list().add_on(AddOn::GroupMembers, DataSite::China, Plan::Pro).expect("sold");
    let stored = serde_json::to_string(&terms).expect("plain data");
    assert_eq!(serde_json::from_str::<AddOnTerms>(&stored).expect("its own form"), terms);
    let without = stored.replace(",\"to\":2000", "");
    assert_ne!(without, stored);
    assert!(serde_json::from_str::<AddOnTerms>(&without).is_err(), "a forgotten limit was read as no limit");
}

fn later_list(id: &str, from: &str, pro: &str) -> String {
    let text = TEXT.replace("id = \"2022-07\"", &format!("id = \"{id}\""));
    let text = text.replace("effective_from = 2022-07-01", &format!("effective_from = {from}"));
    let text = text.split("[examples]").next().expect("the part before").to_owned();
    let text = text.replace("monthly_price = { china = \"999.00\"", &format!("monthly_price = {{ china = \"{pro}\""));
    text + &format!("[examples]\ncases = [{{ case = \"Pro\", site = \"china\", plan = \"pro\", total = \"{pro}\" }}]\n")
}

#[test]
fn the_newest_list_that_has_begun_is_in_force_from_midnight_in_shanghai() {
    let files = vec![
        ("2024-01.toml".to_owned(), later_list("2024-01", "2024-01-01", "1499.00")),
        ("2022-07.toml".to_owned(), TEXT.to_owned()),
    ];
    let catalog = Catalog::from_lists(files).unwrap_or_else(|faults| panic!("{faults}"));
    let id_at = |at: &str| catalog.in_force(at.parse().expect("an instant")).id().to_owned();
    assert_eq!(id_at("2023-12-31T15:59:59Z"), "2022-07");
    assert_eq!(id_at("2023-12-31T16:00:00Z"), "2024-01");
    assert_eq!(id_at("2019-02-12T00:00:00Z"), "2022-07", "the earliest list also holds before its date");
    assert_eq!(catalog.in_force(midnight(date(9999, 1, 1))).id(), "2024-01");
    assert_eq!(catalog.lists().iter().map(|list| list.id()).collect::<Vec<_>>(), ["2022-07", "2024-01"]);
    let pro = |id| catalog.list(id).expect("loaded").plan_terms(DataSite::China, PaidPlan::Pro).monthly_price;
    assert_eq!((pro("2022-07"), pro("2024-01")), (cny("999.00"), cny("1499.00")));
    assert!(catalog.list("2030-01").is_none());
    assert_ne!(catalog.lists()[0].content_hash(), catalog.lists()[1].content_hash());
}

#[test]
fn two_lists_cannot_share_an_id_or_a_day() {
    let load = |second: String| {
        let files = vec![("a.toml".to_owned(), TEXT.to_owned()), ("b.toml".to_owned(), second)];
        let faults = Catalog::from_lists(files).expect_err("clashing lists were accepted").faults;
        faults.into_iter().map(|fault| (fault.file, fault.line, fault.rule)).collect::<Vec<_>>()
    };
    let line = |start: &str| 1 + TEXT.lines().position(|line| line.starts_with(start)).expect("a line of the list");
    let (id, from) = (line("id ="), line("effective_from ="));
    let b = || "b.toml".to_owned();
    assert_eq!(load(later_list("2022-07", "2024-01-01", "999.00")), [(b(), id, "duplicate_id")]);
    assert_eq!(load(later_list("other", "2022-07-01", "999.00")), [(b(), from, "duplicate_effective_from")]);
    assert_eq!(load(TEXT.to_owned()), [(b(), id, "duplicate_id"), (b(), from, "duplicate_effective_from")]);
    let none = Catalog::from_lists(Vec::new()).expect_err("an empty catalogue was accepted");
    assert_eq!(none.faults[0].rule, "no_lists");
}
