//! Owns the rules of a payer: balances, payment, the invoice series, parking.
//!
//! Does not own what is charged; a price is a given amount here.

use cqrs_es::test::TestFramework;
use subledger_domain::Folded;
use subledger_domain::account::{Account, Command, DepositKind, Error, Event};
use subledger_domain::charge::Payment;
use subledger_domain::money::MoneyFault;
use subledger_tests::fixtures::{CHAT, cny, day, deposited, instant, invoice, opened, parked, payer};

use crate::steps::assert_table;

fn account() -> TestFramework<Account> {
    TestFramework::with(())
}

fn open() -> Command {
    Command::Open {
        account_id: payer(),
        name: "示例科技 Acme".to_owned(),
        enterprise_verified: true,
        new_customer: true,
        at: instant("2022-10-12"),
    }
}

fn deposit(amount: &str, kind: DepositKind) -> Command {
    let reference = format!("bank transfer of {amount}");
    Command::Deposit { amount: cny(amount), kind, reference, at: instant("2022-10-12 10:00") }
}

fn pay(n: u64, total: &str) -> Command {
    Command::PayOrder {
        invoice_id: invoice(n),
        application_id: CHAT,
        total: cny(total),
        issued_on: day("2022-10-12"),
        at: instant("2022-10-12 10:00"),
    }
}

fn paid(n: u64, total: &str, gift: &str, cash: &str) -> Event {
    Event::OrderPaid {
        invoice_id: invoice(n),
        number: n,
        application_id: CHAT,
        total: cny(total),
        paid: Payment { voucher: cny("0.00"), gift: cny(gift), cash: cny(cash) },
        issued_on: day("2022-10-12"),
        at: instant("2022-10-12 10:00"),
    }
}

fn park() -> Command {
    Command::Park { invariant: "each due date fires exactly once".to_owned(), at: instant("2022-10-13") }
}

/// Open, with these balances.
fn with(cash: &str, gift: &str) -> Vec<Event> {
    vec![
        opened("2022-10-12"),
        deposited("2022-10-12", cash, DepositKind::Cash),
        deposited("2022-10-12", gift, DepositKind::Gift),
    ]
}

#[test]
fn an_account_is_opened_once() {
    account().given_no_previous_events().when(open()).then_expect_events(vec![opened("2022-10-12")]);
    account().given(vec![opened("2022-10-12")]).when(open()).then_expect_error(Error::AlreadyOpen);
}

#[test]
fn a_deposit_goes_to_the_balance_it_names() {
    for kind in [DepositKind::Cash, DepositKind::Gift] {
        account().given(vec![opened("2022-10-12")]).when(deposit("2000.00", kind)).then_expect_events(vec![deposited(
            "2022-10-12 10:00",
            "2000.00",
            kind,
        )]);
    }
}

#[test]
fn a_deposit_adds_more_than_nothing() {
    for amount in ["0.00", "-0.01", "-2000.00"] {
        account()
            .given(vec![opened("2022-10-12")])
            .when(deposit(amount, DepositKind::Cash))
            .then_expect_error(Error::NotPositive);
    }
}

#[test]
fn both_balances_together_stay_within_what_an_amount_can_hold() {
    let full = || with("999999999999.00", "0.99");
    account().given(full()).when(deposit("0.01", DepositKind::Gift)).then_expect_events(vec![deposited(
        "2022-10-12 10:00",
        "0.01",
        DepositKind::Gift,
    )]);
    for kind in [DepositKind::Cash, DepositKind::Gift] {
        account().given(full()).when(deposit("0.02", kind)).then_expect_error(Error::Money(MoneyFault::TooLarge));
    }
}

#[test]
fn an_order_is_paid_from_gift_first_then_from_cash() {
    for (total, gift, cash) in [
        ("0.01", "0.01", "0.00"),
        ("300.00", "300.00", "0.00"),
        ("300.01", "300.00", "0.01"),
        ("999.00", "300.00", "699.00"),
        ("1000.00", "300.00", "700.00"),
    ] {
        account()
            .given(with("700.00", "300.00"))
            .when(pay(1, total))
            .then_expect_events(vec![paid(1, total, gift, cash)]);
    }
}

#[test]
fn an_order_is_paid_in_full_or_not_at_all() {
    account()
        .given(with("700.00", "300.00"))
        .when(pay(1, "1000.01"))
        .then_expect_error(Error::InsufficientBalance { needed: cny("1000.01"), available: cny("1000.00") });
}

#[test]
fn what_was_paid_is_gone_from_the_balance_it_came_from() {
    let spent = || [with("700.00", "300.00"), vec![paid(1, "400.00", "300.00", "100.00")]].concat();
    account().given(spent()).when(pay(2, "600.00")).then_expect_events(vec![paid(2, "600.00", "0.00", "600.00")]);
    account()
        .given(spent())
        .when(pay(2, "600.01"))
        .then_expect_error(Error::InsufficientBalance { needed: cny("600.01"), available: cny("600.00") });
}

#[test]
fn a_balance_that_is_used_up_and_used_again_is_nothing_and_not_less() {
    let gone = [
        with("9.00", "1.00"),
        vec![paid(1, "10.00", "1.00", "9.00"), deposited("2022-10-12", "5.00", DepositKind::Cash)],
    ]
    .concat();
    let facts = account().given(gone).when(pay(2, "5.00")).inspect_result().expect("5.00 are there");
    assert_eq!(facts, [paid(2, "5.00", "0.00", "5.00")]);
    // The log keeps text, and one amount has one spelling: `-0.00` would be written and never read again.
    let stored = serde_json::to_string(&facts).expect("plain data");
    assert!(!stored.contains("\"-"), "{stored}");
    assert_eq!(serde_json::from_str::<Vec<Event>>(&stored).expect("its own form"), facts);
    let mut spent = Account::default();
    for event in [with("5.00", "1.00"), vec![paid(1, "1.00", "1.00", "0.00")], facts].concat() {
        assert_eq!(spent.evolve(&event), Folded::InPlace);
    }
    let spent = spent.open().expect("opened");
    assert_eq!((spent.cash.to_string().as_str(), spent.gift.to_string().as_str()), ("0.00 CNY", "0.00 CNY"));
}

#[test]
fn invoices_are_numbered_from_one_without_a_gap() {
    let mut so_far = with("10.00", "0.01");
    for n in 1..=9 {
        let (gift, cash) = if n == 1 { ("0.01", "0.99") } else { ("0.00", "1.00") };
        account().given(so_far.clone()).when(pay(n, "1.00")).then_expect_events(vec![paid(n, "1.00", gift, cash)]);
        so_far.push(paid(n, "1.00", gift, cash));
    }
}

#[test]
fn a_parked_account_says_which_invariant_was_broken() {
    let given = vec![opened("2022-10-12"), parked("2022-10-13")];
    let message = "the account is parked because `each due date fires exactly once` was found broken; an operator has \
                   to lift it";
    account().given(given).when(pay(1, "1.00")).then_expect_error_message(message);
}

#[test]
fn a_payer_answers_every_step_in_every_state() {
    let steps = [
        ("open", open()),
        ("deposit", deposit("1.00", DepositKind::Cash)),
        ("deposit nothing", deposit("0.00", DepositKind::Cash)),
        ("pay", pay(1, "1000.00")),
        ("pay too much", pay(1, "1000.01")),
        ("park", park()),
    ];
    let open = with("700.00", "300.00");
    let parked = [open.clone(), vec![parked("2022-10-13")]].concat();
    assert_table::<Account>(
        &steps,
        &[
            ("not open", vec![], &["AccountOpened", "✗ NotOpen", "✗ NotOpen", "✗ NotOpen", "✗ NotOpen", "✗ NotOpen"]),
            (
                "open",
                open,
                &[
                    "✗ AlreadyOpen",
                    "MoneyDeposited",
                    "✗ NotPositive",
                    "OrderPaid",
                    "✗ InsufficientBalance",
                    "AccountParked",
                ],
            ),
            // Parked comes before any look at the amount (U45); parking twice changes nothing.
            ("parked", parked, &["✗ AlreadyOpen", "✗ Parked", "✗ Parked", "✗ Parked", "✗ Parked", "nothing"]),
        ],
    );
}

#[test]
fn a_fact_out_of_place_leaves_the_payer_as_it_was() {
    let later =
        [deposited("2022-10-12", "1.00", DepositKind::Cash), paid(1, "1.00", "0.00", "1.00"), parked("2022-10-13")];
    for event in later {
        let mut account = Account::default();
        assert_eq!(account.evolve(&event), Folded::OutOfPlace, "{event:?}");
        assert_eq!(account, Account::default());
    }
    let mut account = Account::default();
    assert_eq!(account.evolve(&opened("2022-10-12")), Folded::InPlace);
    let before = account.clone();
    assert_eq!(account.evolve(&opened("2022-10-13")), Folded::OutOfPlace);
    assert_eq!(account, before);
}
