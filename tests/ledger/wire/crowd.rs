//! Owns many callers at once.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::json;
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};

on_both_stores! {
    sixty_four_applications_created_at_once_get_ids_of_their_own_and_the_301st_is_refused
    orders_at_once_never_spend_more_than_there_is
}

const BEGINS: &str = "2022-10-12T00:00:00+08:00";

async fn sixty_four_applications_created_at_once_get_ids_of_their_own_and_the_301st_is_refused(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "0.00", "0.00").await;
    served.open("other", "0.00", "0.00").await;
    let created = join_all((0..64).map(|_| served.create("acme", "china"))).await;
    let ids: BTreeSet<u64> = created.into_iter().collect();
    assert_eq!(ids.len(), 64);
    let named = |id: u64| json!({"account_id": "acme", "application_id": id, "name": "n", "data_site": "china"});
    let rest = join_all((1..=236).map(|id| {
        let body = named(id);
        let served = &served;
        async move { served.post("/v1/applications", &body).await }
    }))
    .await;
    for answer in rest {
        answer.is(201);
    }
    let listed = served.list("/v1/applications?limit=200").await;
    assert_eq!(listed.len(), 300);
    let head = served.head().await;
    let unnamed = json!({"account_id": "acme", "name": "n", "data_site": "china"});
    for body in [named(9_999), unnamed.clone()] {
        served.client.post("/v1/applications", "one-more", &body).await.is_problem(422, "too_many_applications");
    }
    assert_eq!(served.head().await, head);
    // Nobody else is held up by a full account.
    let other = served.create("other", "china").await;
    assert!(!ids.contains(&other));
    let other = json!({"account_id": "other", "application_id": 5_000, "name": "n", "data_site": "china"});
    served.post("/v1/applications", &other).await.is(201);
    let taken = json!({"account_id": "other", "application_id": 17, "name": "n", "data_site": "china"});
    served.post("/v1/applications", &taken).await.is_problem(409, "already_exists");
    served.post("/v1/applications", &named(17)).await.is_problem(422, "too_many_applications");
}

async fn orders_at_once_never_spend_more_than_there_is(kind: StoreKind) {
    let served = Served::start(kind, BEGINS).await;
    served.open("acme", "3000.00", "0.00").await;
    let mut applications = Vec::new();
    for _ in 0..12 {
        applications.push(served.create("acme", "china").await);
    }
    let orders = join_all(applications.iter().map(|application| served.buy(*application, "pro", 1))).await;
    let (paid, refused): (Vec<_>, Vec<_>) = orders.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(paid.len(), 3);
    refused.iter().for_each(|answer| answer.is_problem(422, "insufficient_balance"));
    let account = served.read("/v1/accounts/acme").await;
    assert_eq!(account["balance"]["cash"]["amount"], "3.00");
    let invoices = served.list("/v1/accounts/acme/invoices?limit=200").await;
    let numbers: Vec<_> = invoices.iter().map(|invoice| invoice["number"].as_u64().expect("a number")).collect();
    assert_eq!(numbers, [1, 2, 3]);
}
