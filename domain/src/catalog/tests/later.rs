//! What the lists after the first must say, written out by hand from the documents; and that none is in force until the
//! ledger publishes it.

use super::super::*;
use super::{cny, later_list};
use crate::calendar::midnight;
use crate::plan::{DataSite, PaidPlan, Plan};
use jiff::civil::date;

fn built_in(id: &str) -> PriceList {
    let (file, text) = BUILTIN.into_iter().find(|(file, _)| file.starts_with(id)).expect("built in");
    PriceList::parse(file, text).unwrap_or_else(|faults| panic!("{faults}"))
}

fn ids(lists: &[Arc<PriceList>]) -> Vec<&str> {
    lists.iter().map(|list| list.id()).collect()
}

#[test]
fn a_release_brings_lists_and_puts_none_but_the_first_into_force() {
    let catalog = Catalog::builtin().unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(ids(catalog.lists()), ["2022-07"]);
    assert_eq!(ids(catalog.unpublished()), ["2023-03", "2024-01"]);
    assert_eq!(catalog.in_force(midnight(date(2026, 11, 26))).id(), "2022-07", "no list comes into force by its date");
    for list in catalog.unpublished() {
        assert_eq!(list.check_examples(), []);
        assert!(list.examples().len() > 40);
    }
    let files = |id: &str| vec![(format!("{id}.toml"), built_in(id).text().to_owned())];
    let outside = Catalog::from_lists(files("2023-03")).and_then(Catalog::beside_the_releases).expect("good lists");
    assert_eq!((ids(outside.lists()), ids(outside.unpublished())), (vec!["2023-03"], vec!["2022-07", "2024-01"]));
}

#[test]
fn pro_in_china_is_dearer_from_2024_and_no_other_plan_ever_changes() {
    let rows = [("2023-03", date(2023, 3, 7), "999.00"), ("2024-01", date(2024, 1, 1), "1499.00")];
    for (id, from, pro) in rows {
        let list = built_in(id);
        assert_eq!(list.effective_from(), from);
        for site in DataSite::ALL {
            let abroad = site != DataSite::China;
            let price = |plan| list.plan_terms(site, plan).monthly_price;
            assert_eq!(price(PaidPlan::Pro), cny(if abroad { "2999.00" } else { pro }), "{id}, {site:?}");
            assert_eq!(price(PaidPlan::Flagship), cny(if abroad { "5999.00" } else { "2999.00" }), "{id}, {site:?}");
            let block = cny(if abroad { "3000.00" } else { "1000.00" });
            let terms = list.plan_terms(site, PaidPlan::Pro);
            assert_eq!([terms.dau_overage.block_price, terms.group_overage.block_price], [block, block]);
        }
    }
}

#[test]
fn c4_2_from_2023_what_is_added_abroad_costs_what_it_costs_in_china() {
    for id in ["2023-03", "2024-01"] {
        let list = built_in(id);
        let rows = [
            (AddOn::AvchatroomUnlimited, [None, Some("1000.00"), None]),
            (AddOn::GroupMembers, [None, Some("500.00"), Some("500.00")]),
            (AddOn::GroupsPerUser, [None, Some("1100.00"), Some("900.00")]),
            (AddOn::AvCall(CallVariant::Trial), [Some("0.00"), Some("0.00"), Some("0.00")]),
            (AddOn::AvCall(CallVariant::Basic), [None, Some("500.00"), Some("500.00")]),
            (AddOn::AvCall(CallVariant::Advanced), [None, Some("1000.00"), Some("1000.00")]),
            (AddOn::AvCall(CallVariant::Premium), [None, Some("1500.00"), Some("1500.00")]),
        ];
        for (add_on, prices) in rows {
            for site in DataSite::ALL {
                let sold = [Plan::Trial, Plan::Pro, Plan::Flagship].map(|plan| list.add_on(add_on, site, plan).ok());
                assert_eq!(sold.map(|terms| terms.map(|terms| terms.price)), prices.map(|price| price.map(cny)));
            }
        }
        for plan in [PaidPlan::Pro, PaidPlan::Flagship] {
            let steps = |site| list.plan_terms(site, plan).history_storage;
            assert_eq!(steps(DataSite::India), steps(DataSite::China));
        }
    }
}

#[test]
fn the_advanced_call_package_is_renewed_and_not_sold() {
    let list = built_in("2023-03");
    for variant in [CallVariant::Basic, CallVariant::Advanced, CallVariant::Premium] {
        let terms = list.add_on(AddOn::AvCall(variant), DataSite::Korea, Plan::Pro).expect("renewed at least");
        let anew = if variant == CallVariant::Advanced { Err(NotSold::Anew) } else { Ok(()) };
        assert_eq!(list.sold_anew(&terms), anew, "{variant:?}");
    }
    assert_eq!(NotSold::Anew.code(), "add_on_not_sold_here");
}

#[test]
fn c9_6_from_2023_a_plan_is_usable_for_a_day_after_its_last() {
    for id in ["2023-03", "2024-01"] {
        let policies = built_in(id).policies();
        assert_eq!((policies.expiry_grace_days, policies.reminder_days_after), (1, 1));
        let before = crate::terms::Policies { expiry_grace_days: 7, reminder_days_after: 7, ..policies };
        assert_eq!(before, built_in("2022-07").policies(), "{id} changes nothing else");
    }
}

#[test]
fn a_list_that_joins_takes_effect_on_its_day_and_never_before() {
    let alone = |id: &str, from: &str| {
        Catalog::from_lists(vec![(format!("{id}.toml"), later_list(id, from, "999.00"))]).expect("a good list")
    };
    let catalog = alone("2030-01", "2030-01-01").beside_the_releases().expect("good lists");
    let joined = catalog.with(built_in("2024-01")).expect("it clashes with none");
    assert_eq!(
        (ids(joined.lists()), ids(joined.unpublished())),
        (vec!["2024-01", "2030-01"], vec!["2022-07", "2023-03"])
    );
    let id_on = |day| joined.in_force(midnight(day)).id().to_owned();
    // What the ledger was started with holds before its date; a list that came later does not.
    assert_eq!(
        [id_on(date(2023, 12, 31)), id_on(date(2024, 1, 1)), id_on(date(2030, 1, 1))],
        ["2030-01", "2024-01", "2030-01"]
    );
    assert_eq!(ids(joined.with(built_in("2024-01")).expect("there already").lists()), ["2024-01", "2030-01"]);
}

#[test]
fn a_list_that_joins_has_its_id_and_its_day_to_itself() {
    let catalog = Catalog::builtin().expect("good lists").with(built_in("2023-03")).expect("it clashes with none");
    let rules = |id: &str, from: &str| {
        let list = PriceList::parse("b.toml", &later_list(id, from, "1.00")).expect("a good list");
        let faults = catalog.with(list).expect_err("it clashes").faults;
        faults.into_iter().map(|fault| fault.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules("2023-03", "2030-01-01"), ["duplicate_id"]);
    assert_eq!(rules("other", "2023-03-07"), ["duplicate_effective_from"]);
}
