//! Owns add-ons over the wire: bought, renewed, expired, longer than the plan, tried; where they are sold (C4.2, C4.5).

use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};

use super::life::{amount, at, invoices, limit, on_plan, pack, renew_pack, text};

on_both_stores! {
    u36_a_pack_is_bought_renewed_and_expires_like_a_plan
    u35_a_pack_longer_than_its_plan_acts_only_with_it
    u22_u23_the_limit_of_a_running_pack_follows_the_plan
    u41_the_call_package_is_tried_for_seven_days_and_twice
    u41_a_paid_variant_ends_the_trial
    c4_2_c4_5_abroad_three_packs_are_sold_and_the_call_package_is_not
}

fn of_months(kind: &str, months: u32) -> Value {
    json!({"kind": kind, "months": months})
}

/// The only add-on that runs, as (state, last day of what is paid).
async fn running(served: &Served, application: u64) -> Option<(String, String)> {
    let add_ons = served.application(application).await["add_ons"].clone();
    let add_ons = add_ons.as_array().expect("a list");
    assert!(add_ons.len() < 2, "{add_ons:?}");
    add_ons.first().map(|one| (text(&one["state"]).to_owned(), text(&one["paid_through"]).to_owned()))
}

fn seen(state: &str, paid_through: &str) -> Option<(String, String)> {
    Some((state.to_owned(), paid_through.to_owned()))
}

async fn u36_a_pack_is_bought_renewed_and_expires_like_a_plan(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-11-01", "china", "pro", 12).await;
    let bought = pack(&served, application, of_months("group_members", 1)).await.ok();
    let add_on = text(&bought["add_on_id"]).to_owned();
    let period = json!({"start": at("2022-11-01"), "end": at("2022-12-01"), "last_day": "2022-11-30"});
    let expected = json!([{
        "add_on_id": add_on, "kind": "group_members", "variant": null, "state": "active", "period": period,
        "paid_through": "2022-11-30", "auto_renew": false,
    }]);
    assert_eq!(bought["add_ons"], expected);
    let types: Vec<&str> =
        bought["receipt"]["events"].as_array().expect("events").iter().map(|event| text(&event["type"])).collect();
    assert_eq!(types, ["AddOnStarted", "OrderPaid"]);
    // S16: it raises its own application alone, and says where the right comes from.
    let other = served.create("acme", "china").await;
    served.buy(other, "pro", 1).await.is(200);
    assert_eq!(limit(&served, other, "group_members_max").await, 200);
    let rights = served.read(&format!("/v1/applications/{application}/entitlements")).await;
    let right = &rights["quotas"]["group_members_max"];
    assert_eq!((&right["limit"], &right["source"]), (&json!(2_000), &json!("add_on")));
    let cause = &bought["receipt"]["events"][0]["event_id"];
    assert_eq!(&right["cause"]["event_id"], cause);

    let told = bought["upcoming"].as_array().expect("a list");
    let of_pack: Vec<_> = told.iter().filter(|due| due["add_on_id"] == bought["add_on_id"]).collect();
    let due = |kind: &str, when: &str| json!({"kind": kind, "at": at(when), "add_on_id": add_on});
    assert_eq!(of_pack, [&due("reminder", "2022-11-24 09:00:00"), &due("period_end", "2022-12-01")]);

    // In its grace a renewal follows the old end; it is not bought beside itself.
    served.advance(&at("2022-12-05")).await;
    assert_eq!(running(&served, application).await, seen("grace", "2022-11-30"));
    pack(&served, application, of_months("group_members", 1)).await.is_problem(422, "add_on_already_active");
    let renewed = renew_pack(&served, application, &add_on, 1).await.ok();
    assert_eq!(renewed["add_ons"][0]["period"]["last_day"], "2022-12-31");
    assert_eq!(running(&served, application).await, seen("active", "2022-12-31"));
    // Usable for seven days behind its end, and not a second longer.
    served.advance(&at("2023-01-07 23:59:59")).await;
    assert_eq!(running(&served, application).await, seen("grace", "2022-12-31"));
    assert_eq!(limit(&served, application, "group_members_max").await, 2_000);
    served.advance(&at("2023-01-08")).await;
    assert_eq!(running(&served, application).await, None);
    assert_eq!(limit(&served, application, "group_members_max").await, 200);
    renew_pack(&served, application, &add_on, 1).await.is_problem(422, "not_subscribed");
    let again = pack(&served, application, of_months("group_members", 1)).await.ok();
    assert_ne!(again["add_on_id"], bought["add_on_id"]);
    let packs = invoices(&served, "acme").await;
    let packs: Vec<&str> = packs
        .iter()
        .filter(|one| one["lines"][0]["item"] == "group_members")
        .map(|one| amount(&one["total"]))
        .collect();
    assert_eq!(packs, ["500.00"; 3]);
}

async fn u35_a_pack_longer_than_its_plan_acts_only_with_it(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-11-01", "china", "pro", 1).await;
    served.advance(&at("2022-11-20")).await;
    pack(&served, application, of_months("group_members", 12)).await.is(200);
    served.advance(&at("2022-12-08")).await;
    assert_eq!(served.application(application).await["state"], "suspended");
    assert_eq!(running(&served, application).await, seen("active", "2023-11-19"));
    assert_eq!(limit(&served, application, "group_members_max").await, 0);
    served.advance(&at("2023-01-15")).await;
    served.buy(application, "pro", 24).await.is(200);
    assert_eq!(limit(&served, application, "group_members_max").await, 2_000);
}

async fn u22_u23_the_limit_of_a_running_pack_follows_the_plan(kind: StoreKind) {
    for (first, before, second, after) in [("pro", 2_000, "flagship", 6_000), ("flagship", 6_000, "pro", 2_000)] {
        let (served, application) = on_plan(kind, "2022-11-01", "china", first, 1).await;
        pack(&served, application, of_months("group_members", 12)).await.is(200);
        assert_eq!(limit(&served, application, "group_members_max").await, before, "{first}");
        served.advance(&at("2022-12-20")).await;
        served.buy(application, second, 1).await.is(200);
        assert_eq!(limit(&served, application, "group_members_max").await, after, "{first}, then {second}");
        assert_eq!(running(&served, application).await, seen("active", "2023-10-31"), "it stays to its end");
    }
}

async fn u41_the_call_package_is_tried_for_seven_days_and_twice(kind: StoreKind) {
    let trial = || json!({"kind": "av_call", "variant": "trial"});
    let (served, application) = on_plan(kind, "2022-11-01", "china", "trial", 0).await;
    served.advance(&at("2022-11-01 15:00:00")).await;
    let tried = pack(&served, application, trial()).await.ok();
    let period = json!({"start": at("2022-11-01 15:00:00"), "end": at("2022-11-08"), "last_day": "2022-11-07"});
    assert_eq!((&tried["add_ons"][0]["period"], &tried["add_ons"][0]["variant"]), (&period, &json!("trial")));
    assert_eq!(invoices(&served, "acme").await, [] as [Value; 0], "it is free");
    served.advance(&at("2022-11-07 23:59:59")).await;
    pack(&served, application, trial()).await.is_problem(422, "add_on_already_active");
    let add_on = text(&tried["add_on_id"]).to_owned();
    served.advance(&at("2022-11-08")).await;
    assert_eq!(running(&served, application).await, None, "a trial has no grace");
    renew_pack(&served, application, &add_on, 1).await.is_problem(422, "plan_mismatch");
    pack(&served, application, trial()).await.is(200);
    served.advance(&at("2022-11-15")).await;
    let head = served.head().await;
    pack(&served, application, trial()).await.is_problem(422, "trial_pack_used_up");
    let with_months = json!({"kind": "av_call", "variant": "trial", "months": 1});
    let (status, code, pointers) = pack(&served, application, with_months).await.problem();
    assert_eq!((status, code.as_str(), pointers), (422, "invalid_request", vec!["/months".to_owned()]));
    assert_eq!(served.head().await, head);
}

async fn u41_a_paid_variant_ends_the_trial(kind: StoreKind) {
    let (served, application) = on_plan(kind, "2022-11-01", "china", "pro", 3).await;
    let tried = pack(&served, application, json!({"kind": "av_call", "variant": "trial"})).await.ok();
    let add_on = text(&tried["add_on_id"]);
    renew_pack(&served, application, add_on, 1).await.is_problem(422, "plan_mismatch");
    served.advance(&at("2022-11-03")).await;
    let basic = pack(&served, application, json!({"kind": "av_call", "variant": "basic", "months": 1})).await.ok();
    let events = basic["receipt"]["events"].as_array().expect("events");
    let types: Vec<&str> = events.iter().map(|event| text(&event["type"])).collect();
    assert_eq!(types, ["AddOnEnded", "AddOnStarted", "OrderPaid"]);
    assert_eq!(running(&served, application).await, seen("active", "2022-12-02"));
    assert_eq!(basic["add_ons"][0]["variant"], "basic");
    for variant in ["basic", "advanced"] {
        let asked = json!({"kind": "av_call", "variant": variant, "months": 1});
        pack(&served, application, asked).await.is_problem(422, "add_on_already_active");
    }
}

async fn c4_2_c4_5_abroad_three_packs_are_sold_and_the_call_package_is_not(kind: StoreKind) {
    for site in ["singapore", "korea"] {
        let (served, application) = on_plan(kind, "2022-10-12", site, "pro", 1).await;
        for kind in ["avchatroom_unlimited", "group_members", "groups_per_user"] {
            pack(&served, application, of_months(kind, 1)).await.is(200);
        }
        let account = served.read("/v1/accounts/acme").await;
        assert_eq!(amount(&account["balance"]["cash"]), "488901.00", "500,000.00 less 11,099.00");
        let head = served.head().await;
        let trial = served.create("acme", site).await;
        for (application, variant) in [(application, "basic"), (application, "premium"), (trial, "basic")] {
            let asked = json!({"kind": "av_call", "variant": variant, "months": 1});
            pack(&served, application, asked).await.is_problem(422, "add_on_not_sold_here");
        }
        let asked = json!({"kind": "av_call", "variant": "trial"});
        pack(&served, trial, asked).await.is_problem(422, "add_on_not_sold_here");
        assert_eq!(served.log().await.last().expect("a log")["type"], "ApplicationCreated", "after {head}");
    }
}
