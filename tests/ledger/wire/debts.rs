//! Owns arrears over the wire (C9.3, U1, U3, U4, U34): a bill that cannot be paid, what is read of it, the stop of
//! everything, and the cure.

use serde_json::{Value, json};
use subledger_tests::on_both_stores;
use subledger_tests::served::{Served, StoreKind};

use super::life::{amount, at, cny, keep, measure, pack, statement, text};

on_both_stores! {
    c9_3_billed_on_the_3rd_everything_stops_on_the_10th
    u1_u3_a_part_changes_no_date_and_the_last_fen_brings_everything_back
    u34_stopped_90_days_for_arrears_it_is_recycled_and_the_debt_stays
}

/// On Pro for three months with nothing left, beside an application on Trial; October is billed at 1,000.00 on 11-03.
async fn owing(kind: StoreKind) -> (Served, u64, u64) {
    let served = Served::start(kind, &at("2022-10-12")).await;
    served.open("acme", "2697.00", "300.00").await;
    let (pro, trial) = (served.create("acme", "china").await, served.create("acme", "korea").await);
    served.buy(pro, "pro", 3).await.is(200);
    served.advance(&at("2022-10-21")).await;
    measure(&served, pro, "2022-10-20", 10_001, 0).await.is(200);
    (served, pro, trial)
}

async fn account(served: &Served) -> Value {
    served.read("/v1/accounts/acme").await
}

async fn receivables(served: &Served) -> Value {
    served.read("/v1/accounts/acme/receivables").await["data"].clone()
}

async fn c9_3_billed_on_the_3rd_everything_stops_on_the_10th(kind: StoreKind) {
    let (served, pro, trial) = owing(kind).await;
    assert_eq!((&account(&served).await["arrears"], &receivables(&served).await), (&Value::Null, &json!([])));
    served.advance(&at("2022-11-03")).await;
    let bill = statement(&served, "acme", "2022-10").await;
    let owed = json!([{
        "invoice_id": bill["invoice_id"], "number": 2, "month": "2022-10", "since": at("2022-11-03"),
        "amount_due": cny("1000.00"),
    }]);
    assert_eq!(receivables(&served).await, owed);
    let payer = account(&served).await;
    let arrears = json!({"since": at("2022-11-03"), "amount": cny("1000.00"), "suspend_at": at("2022-11-10")});
    assert_eq!((&payer["state"], &payer["arrears"]), (&json!("in_arrears"), &arrears));
    // U4: nothing goes below zero; what is owed is told apart.
    assert_eq!(payer["balance"], json!({"cash": cny("0.00"), "gift": cny("0.00")}));
    assert_eq!(amount(&payer["available"]), "-1000.00");
    // Nothing new is sold (U1), and nothing is stored of what was asked.
    let head = served.head().await;
    served.renew(pro, 1).await.is_problem(422, "account_in_arrears");
    served.buy(trial, "pro", 1).await.is_problem(422, "account_in_arrears");
    keep(&served, pro, 90).await.is_problem(422, "account_in_arrears");
    pack(&served, pro, json!({"kind": "group_members", "months": 1})).await.is_problem(422, "account_in_arrears");
    assert_eq!(served.head().await, head);

    served.advance(&at("2022-11-09 23:59:59")).await;
    for application in [pro, trial] {
        assert_eq!(served.application(application).await["state"], "active");
    }
    served.advance(&at("2022-11-10")).await;
    assert_eq!(account(&served).await["state"], "suspended");
    for application in [pro, trial] {
        let seen = served.application(application).await;
        assert_eq!(seen["state"], "suspended");
        assert_eq!(seen["suspensions"], json!([{"cause": "arrears", "since": at("2022-11-10")}]));
    }
    let asked = served.check(pro, &json!({"quota": "groups_per_user_max", "current": 1})).await;
    assert_eq!(asked["reason"], "not_in_service");
    served.renew(pro, 1).await.is_problem(422, "account_suspended");
}

async fn u1_u3_a_part_changes_no_date_and_the_last_fen_brings_everything_back(kind: StoreKind) {
    let (served, pro, trial) = owing(kind).await;
    served.advance(&at("2022-11-08")).await;
    served.deposit("acme", "400.00", "cash").await.is(200);
    let payer = account(&served).await;
    assert_eq!(
        (amount(&payer["arrears"]["amount"]), text(&payer["arrears"]["suspend_at"])),
        ("600.00", at("2022-11-10").as_str())
    );
    assert_eq!(amount(&receivables(&served).await[0]["amount_due"]), "600.00");
    served.advance(&at("2022-11-12")).await;
    served.deposit("acme", "599.99", "gift").await.is(200);
    assert_eq!(served.application(pro).await["state"], "suspended");
    let cured = served.deposit("acme", "500.01", "cash").await.ok();
    let events = cured["receipt"]["events"].as_array().expect("events");
    let types: Vec<&str> = events.iter().map(|event| text(&event["type"])).collect();
    assert_eq!(types, ["MoneyDeposited", "ReceivablePaid", "ArrearsCleared", "SuspensionLifted", "SuspensionLifted"]);
    let payer = account(&served).await;
    assert_eq!(
        (&payer["state"], &payer["arrears"], amount(&payer["available"])),
        (&json!("active"), &Value::Null, "500.00")
    );
    assert_eq!(receivables(&served).await, json!([]));
    for application in [pro, trial] {
        let seen = served.application(application).await;
        assert_eq!((&seen["state"], &seen["suspensions"]), (&json!("active"), &json!([])));
    }
    let bill = statement(&served, "acme", "2022-10").await;
    let paid = |when: &str, gift: &str, cash: &str| json!({"at": at(when), "voucher": cny("0.00"), "gift": cny(gift), "cash": cny(cash)});
    let payments = json!([
        paid("2022-11-08", "0.00", "400.00"),
        paid("2022-11-12", "599.99", "0.00"),
        paid("2022-11-12", "0.00", "0.01"),
    ]);
    assert_eq!((&bill["paid"], &bill["amount_due"]), (&payments, &cny("0.00")));
    // U1's tail: the plan goes on, and what is left is too little for a renewal.
    served.renew(pro, 1).await.is_problem(422, "insufficient_balance");
}

async fn u34_stopped_90_days_for_arrears_it_is_recycled_and_the_debt_stays(kind: StoreKind) {
    let (served, pro, trial) = owing(kind).await;
    served.advance(&at("2023-02-07 23:59:59")).await;
    assert_eq!(served.application(pro).await["state"], "suspended");
    served.advance(&at("2023-02-08")).await;
    for application in [pro, trial] {
        assert_eq!(served.application(application).await["state"], "recycled");
    }
    assert_eq!(amount(&account(&served).await["arrears"]["amount"]), "1000.00");
    served.deposit("acme", "1000.00", "cash").await.is(200);
    assert_eq!(account(&served).await["state"], "active");
    served.buy(pro, "pro", 1).await.is_problem(422, "application_recycled");
}
