//! Owns the states and steps of a payer.

use subledger_domain::account::{Account, Command, DepositKind, Error, Event, VoucherConditions};
use subledger_domain::calendar::Month;
use subledger_domain::charge::{Adjusts, Credit, CreditReason, Formula, Item, PaidBy, StatementLine};
use subledger_domain::decide::Refusal;
use subledger_domain::plan::PaidPlan;
use subledger_domain::proration::MonthShare;
use subledger_tests::fixtures::{CHAT, cny, day, instant, invoice, line, payer, voucher};

use super::table::{Driven, One, each};

fn driven() -> Driven<Account, Command, Event, Error> {
    Driven {
        title: "Account",
        decide: Account::decide,
        evolve: Account::evolve,
        code: |refusal| Refusal::from(refusal.clone()).code().to_owned(),
    }
}

fn open() -> Command {
    Command::Open {
        account_id: payer(),
        name: "Acme".to_owned(),
        enterprise_verified: true,
        new_customer: true,
        at: instant("2022-10-12"),
    }
}

fn deposit(amount: &str) -> Command {
    let (amount, kind, reference) = (cny(amount), DepositKind::Cash, "wire 17".to_owned());
    Command::Deposit { amount, kind, reference, at: instant("2022-10-12 10:00") }
}

fn grant() -> Command {
    let (face, expires_on) = (cny("50.00"), day("2022-12-31"));
    let conditions = VoucherConditions::default();
    Command::GrantVoucher { voucher_id: voucher("v"), face, expires_on, conditions, at: instant("2022-10-12") }
}

fn pay(total: &str) -> Command {
    Command::PayOrder {
        invoice_id: invoice(1),
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

fn storage(n: u64, adjusts: Option<Adjusts>) -> StatementLine {
    let amount = cny("1000.00");
    let share = MonthShare { service_days: 20, days: 31, whole: true };
    StatementLine {
        line_id: line(n),
        application_id: CHAT,
        item: Item::HistoryStorage,
        period: october().period(),
        quantity: 1,
        unit_price: amount,
        amount,
        price_list: "2022-07".to_owned(),
        formula: Formula::Storage { kept_days: 90, plan: PaidPlan::Pro, monthly_price: amount, share, amount },
        causes: vec![],
        adjusts,
    }
}

fn draft(lines: Vec<StatementLine>) -> Command {
    Command::DraftStatement { month: october(), invoice_id: invoice(7), lines, at: instant("2022-11-01") }
}

fn finalise(lines: Vec<StatementLine>, at: &str) -> Command {
    Command::FinaliseStatement { month: october(), lines, suspend_at: instant("2022-11-10"), at: instant(at) }
}

fn adjustment() -> StatementLine {
    storage(8, Some(Adjusts { invoice_id: invoice(6), month: "2022-09".parse().expect("a month") }))
}

fn defer() -> Command {
    Command::DeferAdjustment { line: adjustment(), at: instant("2022-10-20") }
}

fn credit(total: &str) -> Command {
    let paid = PaidBy { gift: cny("0.00"), cash: cny("1000.00") };
    let credit = Credit {
        invoice_id: invoice(9),
        reason: CreditReason::Refund,
        of: vec![invoice(1)],
        lines: vec![storage(9, None)],
        total: cny(total),
        paid,
    };
    Command::IssueCreditNote { application_id: CHAT, credit, at: instant("2022-11-15") }
}

fn suspend(at: &str) -> Command {
    Command::SuspendForArrears { recycle_at: instant("2023-02-08"), at: instant(at) }
}

fn park() -> Command {
    Command::Park { invariant: "each due date fires exactly once".to_owned(), at: instant("2022-11-20") }
}

/// Open with 800.00, and then this.
fn opened(more: &[Command]) -> Vec<Command> {
    [vec![open(), deposit("800.00")], more.to_vec()].concat()
}

/// It owes 200.00 of a bill over 1,000.00.
fn owing(more: &[Command]) -> Vec<Command> {
    let bill = [open_month(), draft(vec![storage(7, None)]), finalise(vec![storage(7, None)], "2022-11-03")];
    [opened(&bill), more.to_vec()].concat()
}

fn states() -> Vec<(&'static str, Account)> {
    let lives = each!(Account {
        Account::NotOpen => { "not open": vec![] }
        Account::Open(_) => {
            "open": opened(&[]),
            "has a voucher": opened(&[grant()]),
            "a correction waits": opened(&[defer()]),
            "a month is open": opened(&[open_month()]),
            "the month is drafted": opened(&[open_month(), draft(vec![storage(7, None)])]),
            "owes": owing(&[]),
            "owes, has money": owing(&[deposit("300.00")]),
            "stopped": owing(&[suspend("2022-11-10")]),
            "parked": opened(&[park()]),
        }
    });
    driven().states(lives, Clone::clone).collect()
}

fn steps() -> Vec<One<Command, Command>> {
    each!(Command {
        Command::Open { .. } => { "open": open() }
        Command::Deposit { .. } => { "deposit": deposit("1.00"), "deposit nothing": deposit("0.00") }
        Command::GrantVoucher { .. } => { "grant a voucher": grant() }
        Command::PayOrder { .. } => { "pay 800.00": pay("800.00"), "pay 10,000.00": pay("10000.00") }
        Command::OpenBillingMonth { .. } => { "open a month": open_month() }
        Command::DraftStatement { .. } => {
            "draft its statement": draft(vec![storage(7, None)]),
            "draft one of nothing": draft(vec![]),
        }
        Command::FinaliseStatement { .. } => {
            "settle it": finalise(vec![storage(7, None)], "2022-11-03"),
            "settle it too early": finalise(vec![storage(7, None)], "2022-11-02 23:59:59"),
            "settle one of nothing": finalise(vec![], "2022-11-03"),
        }
        Command::IssueCreditNote { .. } => { "give back 100.00": credit("100.00"), "give back 200.00": credit("200.00") }
        Command::DeferAdjustment { .. } => { "bill a correction later": defer() }
        Command::WithdrawAdjustment { .. } => {
            "withdraw the correction": Command::WithdrawAdjustment {
                application_id: CHAT,
                item: Item::HistoryStorage,
                month: "2022-09".parse().expect("a month"),
                at: instant("2022-10-21"),
            },
        }
        Command::SettleDebt { .. } => { "pay debts": Command::SettleDebt { at: instant("2022-11-09 10:00") } }
        Command::SuspendForArrears { .. } => {
            "stop for arrears": suspend("2022-11-10"),
            "stop too early": suspend("2022-11-09 23:59:59"),
        }
        Command::Park { .. } => { "park": park() }
        Command::Unpark { .. } => { "unpark": Command::Unpark { ticket: None, at: instant("2022-11-21") } }
    })
}

pub(super) fn written() -> String {
    driven().written(&states(), &steps())
}
