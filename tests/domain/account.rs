//! Owns the rules of a payer: balances, payment, the invoice series, months on their way to a statement, debts, parking.
//!
//! Does not own what is charged; a price is a given amount here.

use cqrs_es::test::TestFramework;
use subledger_domain::Folded;
use subledger_domain::account::{Account, Command, DepositKind, Error, Event, OpenAccount};
use subledger_domain::calendar::Month;
use subledger_domain::charge::{Formula, Item, Payment, StatementLine};
use subledger_domain::money::MoneyFault;
use subledger_domain::plan::PaidPlan;
use subledger_domain::proration::MonthShare;
use subledger_tests::fixtures::{CHAT, cny, day, deposited, instant, invoice, line, opened, parked, payer, unparked};

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
        item: Item::Pro,
        months: 1,
        total: cny(total),
        voucher_id: None,
        promotion: None,
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
        paid: Payment { voucher: cny("0.00"), voucher_id: None, gift: cny(gift), cash: cny(cash) },
        promotion: None,
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

fn october() -> Month {
    "2022-10".parse().expect("a month")
}

fn open_month() -> Command {
    Command::OpenBillingMonth {
        month: october(),
        draft_at: instant("2022-11-01"),
        final_at: instant("2022-11-03"),
        at: instant("2022-10-12 10:00"),
    }
}

fn month_opened() -> Event {
    Event::BillingMonthOpened {
        month: october(),
        draft_at: instant("2022-11-01"),
        final_at: instant("2022-11-03"),
        at: instant("2022-10-12 10:00"),
    }
}

/// One line of this amount.
fn lines(amount: &str) -> Vec<StatementLine> {
    let (amount, price) = (cny(amount), cny("2500.00"));
    let share = MonthShare { service_days: 20, days: 31, whole: true };
    vec![StatementLine {
        line_id: line(7),
        application_id: CHAT,
        item: Item::HistoryStorage,
        period: october().period(),
        quantity: 1,
        unit_price: price,
        amount,
        price_list: "2022-07".to_owned(),
        formula: Formula::Storage { kept_days: 360, plan: PaidPlan::Pro, monthly_price: price, share, amount },
        causes: vec![],
        adjusts: None,
    }]
}

fn draft(amount: &str) -> Command {
    Command::DraftStatement {
        month: october(),
        invoice_id: invoice(7),
        lines: lines(amount),
        at: instant("2022-11-01"),
    }
}

fn drafted(amount: &str) -> Event {
    Event::StatementDrafted {
        invoice_id: invoice(7),
        month: october(),
        lines: lines(amount),
        total: cny(amount),
        at: instant("2022-11-01"),
    }
}

fn finalise(amount: &str) -> Command {
    Command::FinaliseStatement {
        month: october(),
        lines: lines(amount),
        suspend_at: instant("2022-11-10"),
        at: instant("2022-11-03"),
    }
}

fn finalised(amount: &str, gift: &str, cash: &str, due: &str) -> Event {
    Event::StatementFinalised {
        invoice_id: invoice(7),
        number: 1,
        month: october(),
        lines: lines(amount),
        total: cny(amount),
        paid: Payment { voucher: cny("0.00"), voucher_id: None, gift: cny(gift), cash: cny(cash) },
        due: cny(due),
        issued_on: day("2022-11-03"),
        at: instant("2022-11-03"),
    }
}

fn fell_into_arrears(amount: &str) -> Event {
    Event::FellIntoArrears {
        invoice_id: invoice(7),
        amount: cny(amount),
        suspend_at: instant("2022-11-10"),
        at: instant("2022-11-03"),
    }
}

fn suspend(at: &str) -> Command {
    Command::SuspendForArrears { recycle_at: instant("2023-02-08"), at: instant(at) }
}

fn suspended(debt: &str) -> Event {
    Event::AccountSuspended { debt: cny(debt), recycle_at: instant("2023-02-08"), at: instant("2022-11-10") }
}

fn settle_debt() -> Command {
    Command::SettleDebt { at: instant("2022-11-09 10:00") }
}

fn receivable_paid(gift: &str, cash: &str, remaining: &str) -> Event {
    Event::ReceivablePaid {
        invoice_id: invoice(7),
        paid: Payment { voucher: cny("0.00"), voucher_id: None, gift: cny(gift), cash: cny(cash) },
        remaining: cny(remaining),
        at: instant("2022-11-09 10:00"),
    }
}

/// October drafted at 1,000.00.
fn drafted_october(cash: &str, gift: &str) -> Vec<Event> {
    [with(cash, gift), vec![month_opened(), drafted("1000.00")]].concat()
}

/// U4: gift 300, cash 500, bill 1,000.
fn in_arrears() -> Vec<Event> {
    let bill = finalised("1000.00", "300.00", "500.00", "200.00");
    [drafted_october("500.00", "300.00"), vec![bill, fell_into_arrears("200.00")]].concat()
}

fn state(events: Vec<Event>) -> OpenAccount {
    let mut account = Account::default();
    for event in events {
        assert_eq!(account.evolve(&event), Folded::InPlace, "{event:?}");
    }
    account.open().expect("opened").clone()
}

#[test]
fn u4_a_bill_takes_gift_then_cash_down_to_zero_and_the_rest_is_owed() {
    for (cash, gift, from_gift, from_cash, due) in [
        ("500.00", "300.00", "300.00", "500.00", "200.00"),
        ("700.01", "300.00", "300.00", "700.00", "0.00"),
        ("700.00", "300.00", "300.00", "700.00", "0.00"),
        ("0.01", "1000.00", "1000.00", "0.00", "0.00"),
        ("699.99", "300.00", "300.00", "699.99", "0.01"),
    ] {
        let mut expected = vec![finalised("1000.00", from_gift, from_cash, due)];
        if due != "0.00" {
            expected.push(fell_into_arrears(due));
        }
        account().given(drafted_october(cash, gift)).when(finalise("1000.00")).then_expect_events(expected);
    }
    let payer = state(in_arrears());
    let told = [payer.cash, payer.gift, payer.debt(), payer.available()].map(|money| money.amount().to_string());
    assert_eq!(told, ["0.00", "0.00", "200.00", "-200.00"]);
}

#[test]
fn u18_a_statement_of_nothing_is_final_and_takes_nothing() {
    let drafted = [with("0.01", "0.01"), vec![month_opened(), drafted("0.00")]].concat();
    let bill = finalised("0.00", "0.00", "0.00", "0.00");
    account().given(drafted).when(finalise("0.00")).then_expect_events(vec![bill]);
}

#[test]
fn u3_what_comes_in_pays_the_oldest_bill_first_and_the_last_one_clears_the_arrears() {
    let paid_in = |amount| [in_arrears(), vec![deposited("2022-11-09", amount, DepositKind::Cash)]].concat();
    let part = vec![receivable_paid("0.00", "199.99", "0.01")];
    account().given(paid_in("199.99")).when(settle_debt()).then_expect_events(part);
    let cleared = Event::ArrearsCleared { at: instant("2022-11-09 10:00") };
    let all = vec![receivable_paid("0.00", "200.00", "0.00"), cleared];
    account().given(paid_in("200.00")).when(settle_debt()).then_expect_events(all);
    let more = state([paid_in("200.01"), vec![receivable_paid("0.00", "200.00", "0.00")]].concat());
    assert_eq!(more.cash, cny("0.01"));
}

#[test]
fn u5_a_second_unpaid_bill_joins_the_debt_that_stands() {
    let november: Month = "2022-11".parse().expect("a month");
    let open = Event::BillingMonthOpened {
        month: november,
        draft_at: instant("2022-12-01"),
        final_at: instant("2022-12-03"),
        at: instant("2022-11-01"),
    };
    let draft = Event::StatementDrafted {
        invoice_id: invoice(8),
        month: november,
        lines: lines("600.00"),
        total: cny("600.00"),
        at: instant("2022-12-01"),
    };
    let given = [in_arrears(), vec![open, suspended("200.00"), draft]].concat();
    let finalise = Command::FinaliseStatement {
        month: november,
        lines: lines("600.00"),
        suspend_at: instant("2022-12-10"),
        at: instant("2022-12-03"),
    };
    let facts = account().given(given.clone()).when(finalise).inspect_result().expect("a bill is never refused");
    assert_eq!(facts.len(), 1, "{facts:?}");
    let payer = state([given, facts].concat());
    let arrears = payer.arrears.expect("it owes");
    assert_eq!((arrears.since, arrears.suspend_at), (instant("2022-11-03"), instant("2022-11-10")));
    assert_eq!(payer.debt(), cny("800.00"));
    let owed: Vec<_> = payer.receivables.iter().map(|bill| (bill.number, bill.due)).collect();
    assert_eq!(owed, [(1, cny("200.00")), (2, cny("600.00"))]);
}

#[test]
fn a_payer_answers_every_step_of_its_months_and_debts_in_every_state() {
    let pass =
        Command::DraftStatement { month: october(), invoice_id: invoice(7), lines: vec![], at: instant("2022-11-01") };
    let early = Command::FinaliseStatement {
        month: october(),
        lines: lines("1000.00"),
        suspend_at: instant("2022-11-10"),
        at: instant("2022-11-02 23:59:59"),
    };
    let nothing_left = Command::FinaliseStatement {
        month: october(),
        lines: vec![],
        suspend_at: instant("2022-11-10"),
        at: instant("2022-11-03"),
    };
    let steps = [
        ("open a month", open_month()),
        ("draft", draft("1000.00")),
        ("draft nothing", pass),
        ("finalise too early", early),
        ("finalise", finalise("1000.00")),
        ("finalise nothing", nothing_left),
        ("settle debt", settle_debt()),
        ("stop too early", suspend("2022-11-09 23:59:59")),
        ("stop", suspend("2022-11-10")),
    ];
    let (none, not_due, no_debt) = ("✗ NotOpen", "✗ NotDue", "✗ NoArrears");
    let (opens, drafts, passes) = ("BillingMonthOpened", "StatementDrafted", "BillingMonthPassed");
    let (owes, stops) = ("StatementFinalised + FellIntoArrears", "AccountSuspended");
    let open = with("500.00", "300.00");
    let month = [open.clone(), vec![month_opened()]].concat();
    let stopped = [in_arrears(), vec![suspended("200.00")]].concat();
    let paid_in = [in_arrears(), vec![deposited("2022-11-09", "200.00", DepositKind::Gift)]].concat();
    let cures = "ReceivablePaid + ArrearsCleared";
    assert_table::<Account>(
        &steps,
        &[
            ("not open", vec![], &[none; 9]),
            ("open", open, &[opens, not_due, not_due, not_due, not_due, not_due, "nothing", no_debt, no_debt]),
            ("a month", month, &["nothing", drafts, passes, not_due, not_due, not_due, "nothing", no_debt, no_debt]),
            (
                "drafted",
                drafted_october("500.00", "300.00"),
                &["nothing", not_due, not_due, not_due, owes, passes, "nothing", no_debt, no_debt],
            ),
            ("owes", in_arrears(), &[opens, not_due, not_due, not_due, not_due, not_due, "nothing", "nothing", stops]),
            (
                "owes, has money",
                paid_in,
                &[opens, not_due, not_due, not_due, not_due, not_due, cures, "nothing", stops],
            ),
            (
                "stopped",
                stopped,
                &[opens, not_due, not_due, not_due, not_due, not_due, "nothing", "nothing", "nothing"],
            ),
        ],
    );
}

#[test]
fn u1_a_payer_who_owes_orders_nothing_and_is_told_whether_it_is_stopped() {
    let owes =
        |more: Vec<Event>| [in_arrears(), vec![deposited("2022-11-09", "9.00", DepositKind::Cash)], more].concat();
    let (debt, since) = (cny("200.00"), instant("2022-11-03"));
    account().given(owes(vec![])).when(pay(2, "1.00")).then_expect_error(Error::InArrears { debt, since });
    let stopped = owes(vec![suspended("200.00")]);
    account().given(stopped).when(pay(2, "1.00")).then_expect_error(Error::Suspended { debt, since });
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
        ("unpark", Command::Unpark { ticket: Some("OPS-7".to_owned()), at: instant("2022-10-14") }),
    ];
    let open = with("700.00", "300.00");
    let parked = [open.clone(), vec![parked("2022-10-13")]].concat();
    assert_table::<Account>(
        &steps,
        &[
            (
                "not open",
                vec![],
                &["AccountOpened", "✗ NotOpen", "✗ NotOpen", "✗ NotOpen", "✗ NotOpen", "✗ NotOpen", "✗ NotOpen"],
            ),
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
                    "nothing",
                ],
            ),
            // Parked comes before any look at the amount (U45); parking twice changes nothing.
            (
                "parked",
                parked.clone(),
                &["✗ AlreadyOpen", "✗ Parked", "✗ Parked", "✗ Parked", "✗ Parked", "nothing", "AccountUnparked"],
            ),
            (
                "unparked",
                [parked, vec![unparked("2022-10-14")]].concat(),
                &[
                    "✗ AlreadyOpen",
                    "MoneyDeposited",
                    "✗ NotPositive",
                    "OrderPaid",
                    "✗ InsufficientBalance",
                    "AccountParked",
                    "nothing",
                ],
            ),
        ],
    );
}

#[test]
fn a_fact_out_of_place_leaves_the_payer_as_it_was() {
    let later = [
        deposited("2022-10-12", "1.00", DepositKind::Cash),
        paid(1, "1.00", "0.00", "1.00"),
        parked("2022-10-13"),
        month_opened(),
        drafted("1.00"),
        finalised("1.00", "0.00", "1.00", "0.00"),
        Event::BillingMonthPassed { month: october(), at: instant("2022-11-01") },
        fell_into_arrears("1.00"),
        receivable_paid("0.00", "1.00", "0.00"),
        Event::ArrearsCleared { at: instant("2022-11-09") },
        suspended("1.00"),
        unparked("2022-10-14"),
    ];
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
