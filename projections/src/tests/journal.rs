//! The books: what a day earns, what ends it early, and that nothing is ever left over.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use subledger_domain::account::DepositKind;
use subledger_domain::books::{Books, Working};
use subledger_domain::calendar::{Month, day_of, plus_days};
use subledger_domain::charge::Item;
use subledger_domain::decide::Order;
use subledger_domain::money::Money;
use subledger_domain::plan::{PaidPlan, Plan};
use subledger_domain::terms::DowngradeTiming;
use subledger_memory::MemoryStore;

use super::live;
use crate::fixture::{Ledger, application_id, at};
use crate::journal::{
    Booking, Earning, Endings, EntryKind, LedgerAccount, Revenue, Sums, booking, list, revenue, trial_balance,
};
use crate::read;

/// Seeds whose ledgers use every heading that generated ledgers can use.
const SEEDS: [u64; 12] = [13, 22, 27, 44, 45, 46, 47, 48, 49, 50, 155, 241];
const ORDERS: u32 = 120;
const FIRST: u64 = 1_400_000_001;
const EVERYTHING: u64 = i64::MAX as u64;
const FAR: Date = date(2060, 1, 1);

fn cny(text: &str) -> Money {
    Money::cny(text).expect("an amount")
}

fn payer(cash: &str) -> Ledger {
    Ledger::of_payer(cash, FIRST, "2022-10-01")
}

/// Pro for some months from that day.
fn subscriber(cash: &str, months: u32) -> Ledger {
    Ledger::of_subscriber(cash, FIRST, "2022-10-01", months)
}

fn refund(ledger: &mut Ledger, on: &str) {
    let order = Order::RefundPlan { application_id: application_id(FIRST), kind: None, reason: None };
    ledger.order("acme", order, at(on)).expect("something is left");
}

async fn balance(store: &MemoryStore, heading: LedgerAccount, through: Date) -> Money {
    let balance = trial_balance(store, through, EVERYTHING).await.expect("rows");
    assert!(balance.balance.is_zero() && balance.debit == balance.credit, "{balance:?}");
    let found = balance.ledger_accounts.iter().find(|line| line.ledger_account == heading);
    found.map_or(cny("0.00"), |line| line.debit.minus(line.credit).expect("small"))
}

async fn earned(store: &MemoryStore, on: Date, item: Item) -> Money {
    let heading = LedgerAccount::Revenue(item);
    let before = balance(store, heading, plus_days(on, -1)).await;
    // What is earned is a credit.
    before.minus(balance(store, heading, on).await).expect("small")
}

async fn of_month(store: &MemoryStore, month: &str) -> Revenue {
    revenue(store, month.parse().expect("a month"), FAR, EVERYTHING).await.expect("rows")
}

#[tokio::test]
async fn u48_a_term_is_earned_day_by_day() {
    let store = live(&subscriber("5000.00", 1).log).await;
    let days = [date(2022, 9, 30), date(2022, 10, 1), date(2022, 10, 2), date(2022, 10, 3), date(2022, 11, 1)];
    let mut each = Vec::new();
    for day in days {
        each.push(earned(&store, day, Item::Pro).await);
    }
    assert_eq!(each, ["0.00", "32.23", "32.22", "32.23", "0.00"].map(cny));
    assert_eq!(balance(&store, LedgerAccount::DeferredRevenue, date(2022, 10, 2)).await, cny("-934.55"));
    assert_eq!(balance(&store, LedgerAccount::DeferredRevenue, date(2022, 10, 31)).await, cny("0.00"));
    assert_eq!(balance(&store, LedgerAccount::WalletCash, FAR).await, cny("-4001.00"));
    assert_eq!(of_month(&store, "2022-10").await.total, cny("999.00"));
}

#[tokio::test]
async fn u48_a_grace_earns_nothing_until_it_is_renewed() {
    let mut ledger = subscriber("5000.00", 1);
    // The term is over on 31 October; three days of November are paid for on the 3rd.
    ledger.buy("acme", FIRST, PaidPlan::Pro, 1, at("2022-11-03T12:00:00+08:00")).expect("in grace");
    let store = live(&ledger.log).await;
    assert_eq!(earned(&store, date(2022, 11, 2), Item::Pro).await, cny("0.00"));
    assert_eq!(earned(&store, date(2022, 11, 3), Item::Pro).await, cny("99.90"));
    assert_eq!(earned(&store, date(2022, 11, 4), Item::Pro).await, cny("33.30"));
    assert_eq!(of_month(&store, "2022-11").await.prepaid, cny("999.00"));
}

#[tokio::test]
async fn u48_a_refund_takes_the_rest() {
    let mut ledger = subscriber("5000.00", 2);
    refund(&mut ledger, "2022-10-16T12:00:00+08:00");
    let store = live(&ledger.log).await;
    // 16 of 31 days of a month at 999.00 are used: 515.61 stays, whatever 61 days of 1,998.00 had earned by then.
    assert_eq!(of_month(&store, "2022-10").await.total, cny("515.61"));
    assert_eq!(balance(&store, LedgerAccount::DeferredRevenue, date(2022, 10, 16)).await, cny("0.00"));
    assert_eq!(balance(&store, LedgerAccount::WalletCash, date(2022, 10, 16)).await, cny("-4484.39"));
    for quiet in [date(2022, 10, 17), date(2022, 11, 30)] {
        assert_eq!(earned(&store, quiet, Item::Pro).await, cny("0.00"));
    }
}

#[tokio::test]
async fn u31_all_given_back_within_five_days_leaves_no_revenue() {
    let mut ledger = subscriber("5000.00", 1);
    refund(&mut ledger, "2022-10-04T12:00:00+08:00");
    let store = live(&ledger.log).await;
    assert_eq!(earned(&store, date(2022, 10, 2), Item::Pro).await, cny("32.22"));
    assert_eq!(earned(&store, date(2022, 10, 4), Item::Pro).await, cny("-96.68"));
    assert_eq!(of_month(&store, "2022-10").await.total, cny("0.00"));
    assert_eq!(balance(&store, LedgerAccount::WalletCash, FAR).await, cny("-5000.00"));
}

#[tokio::test]
async fn u48_a_voucher_is_contra_revenue_when_it_is_used_and_is_not_given_back() {
    let mut ledger = payer("499.00");
    let now = at("2022-10-01T10:30:00+08:00");
    ledger.grant("acme", "v1", "500.00", now);
    assert_eq!(balance(&live(&ledger.log).await, LedgerAccount::VouchersUsed, FAR).await, cny("0.00"));
    let (application_id, voucher_id) = (application_id(FIRST), Some("v1".parse().expect("an id")));
    let (plan, auto_renew, promotion) = (Plan::Pro, false, None);
    let buy = Order::PurchasePlan { application_id, plan, months: 1, auto_renew, promotion, voucher_id };
    ledger.order("acme", buy, now).expect("paid for");
    // 499.00 of money was paid and 515.61 used: nothing goes back, and the rest is earned that day all the same.
    refund(&mut ledger, "2022-10-16T12:00:00+08:00");
    let store = live(&ledger.log).await;
    let month = of_month(&store, "2022-10").await;
    assert_eq!((month.prepaid, month.vouchers_used, month.total), (cny("999.00"), cny("500.00"), cny("499.00")));
    assert_eq!(balance(&store, LedgerAccount::DeferredRevenue, date(2022, 10, 16)).await, cny("0.00"));
}

#[tokio::test]
async fn u48_use_is_earned_on_the_last_day_of_its_month() {
    let mut ledger = subscriber("2997.00", 3);
    ledger.deposit("acme", "1500.00", DepositKind::Gift, at("2022-10-02T10:00:00+08:00"));
    ledger.use_up("acme", FIRST, 25_000, 10, at("2022-10-20T12:00:00+08:00"));
    ledger.run_due(at("2022-11-03T00:00:00+08:00"));
    let store = live(&ledger.log).await;
    assert_eq!(earned(&store, date(2022, 10, 31), Item::DauOverage).await, cny("2000.00"));
    assert_eq!(balance(&store, LedgerAccount::AccruedRevenue, date(2022, 11, 2)).await, cny("2000.00"));
    assert_eq!(balance(&store, LedgerAccount::AccruedRevenue, date(2022, 11, 3)).await, cny("0.00"));
    // The gift is used up; the rest is owed.
    let owed = balance(&store, LedgerAccount::Receivables, date(2022, 11, 3)).await;
    assert_eq!(owed, cny("500.00"));
    ledger.deposit("acme", "5000.00", DepositKind::Cash, at("2022-11-04T00:00:00+08:00"));
    let store = live(&ledger.log).await;
    assert_eq!(balance(&store, LedgerAccount::Receivables, date(2022, 11, 4)).await, cny("0.00"));
    assert_eq!(balance(&store, LedgerAccount::Receivables, date(2022, 11, 3)).await, owed);
}

/// The reading of 20 October, found to be another.
fn correct(ledger: &mut Ledger, dau: u64, on: &str) {
    let (application_id, date) = (application_id(FIRST), date(2022, 10, 20));
    let reason = "a meter was late".to_owned();
    let order = Order::CorrectUsage { application_id, date, dau: Some(dau), peak_groups: None, reason };
    ledger.order("acme", order, at(on)).expect("a closed month");
}

#[tokio::test]
async fn u38_what_a_voucher_paid_of_a_corrected_bill_stays() {
    let mut ledger = subscriber("5000.00", 1);
    ledger.grant("acme", "v1", "500.00", at("2022-10-20T10:00:00+08:00"));
    ledger.use_up("acme", FIRST, 25_000, 10, at("2022-10-20T12:00:00+08:00"));
    ledger.run_due(at("2022-11-03T00:00:00+08:00"));
    correct(&mut ledger, 10_000, "2022-11-05T12:00:00+08:00");
    let store = live(&ledger.log).await;
    let (october, november) = (of_month(&store, "2022-10").await, of_month(&store, "2022-11").await);
    assert_eq!((october.prepaid, october.postpaid, october.total), (cny("999.00"), cny("2000.00"), cny("2999.00")));
    let contra = (november.vouchers_used, november.credits_not_returned);
    assert_eq!(
        (november.postpaid, contra, november.total),
        (cny("-2000.00"), (cny("500.00"), cny("500.00")), cny("-2000.00"))
    );
    assert_eq!(balance(&store, LedgerAccount::WalletCash, FAR).await, cny("-4001.00"));
}

#[tokio::test]
async fn u38_a_correction_is_earned_on_the_day_it_is_issued_and_names_its_month() {
    let mut ledger = subscriber("99999.00", 4);
    ledger.use_up("acme", FIRST, 10_000, 10, at("2022-10-20T12:00:00+08:00"));
    ledger.run_due(at("2022-11-03T00:00:00+08:00"));
    correct(&mut ledger, 20_001, "2022-11-05T12:00:00+08:00");
    ledger.run_due(at("2022-12-03T00:00:00+08:00"));
    correct(&mut ledger, 10_000, "2023-01-05T12:00:00+08:00");
    let store = live(&ledger.log).await;
    let told = |month: Revenue| {
        let lines = month.lines.into_iter().filter(|line| line.item == Item::DauOverage);
        lines.map(|line| (line.adjusts_month, line.amount)).collect::<Vec<_>>()
    };
    assert_eq!(told(of_month(&store, "2022-10").await), []);
    assert_eq!(told(of_month(&store, "2022-11").await), []);
    let october = Some("2022-10".to_owned());
    assert_eq!(told(of_month(&store, "2022-12").await), [(october.clone(), cny("2000.00"))]);
    assert_eq!(told(of_month(&store, "2023-01").await), [(october, cny("-2000.00"))]);
    assert_eq!(earned(&store, date(2022, 12, 3), Item::DauOverage).await, cny("2000.00"));
    assert_eq!(earned(&store, date(2023, 1, 5), Item::DauOverage).await, cny("-2000.00"));
}

#[tokio::test]
async fn u48_changes_of_the_plan_are_spread_over_what_is_left() {
    let mut ledger = payer("99999.00");
    ledger.buy("acme", FIRST, PaidPlan::Pro, 1, at("2022-11-01T10:00:00+08:00")).expect("paid for");
    let application_id = application_id(FIRST);
    let up = Order::UpgradePlan { application_id, plan: Plan::Flagship, months: None, voucher_id: None };
    ledger.order("acme", up, at("2022-11-16T10:00:00+08:00")).expect("runs");
    let (timing, ticket) = (Some(DowngradeTiming::Immediate), Some("T-1".to_owned()));
    let down = Order::DowngradePlan { application_id, plan: Plan::Pro, timing, ticket };
    ledger.order("acme", down, at("2022-11-20T10:00:00+08:00")).expect("runs");
    let store = live(&ledger.log).await;
    // 980.00 over the 15 days from the 16th (U30); 2,000 × 10/30 = 666.67 back over the ten from the 21st (U28).
    assert_eq!(earned(&store, date(2022, 11, 15), Item::Flagship).await, cny("0.00"));
    assert_eq!(earned(&store, date(2022, 11, 16), Item::Flagship).await, cny("65.33"));
    assert_eq!(earned(&store, date(2022, 11, 20), Item::Flagship).await, cny("65.34"));
    assert_eq!(earned(&store, date(2022, 11, 21), Item::Flagship).await, cny("-1.34"));
    assert_eq!(earned(&store, date(2022, 11, 21), Item::Pro).await, cny("33.30"));
    let month = of_month(&store, "2022-11").await;
    assert_eq!(month.total, cny("1312.33"));
    assert_eq!(balance(&store, LedgerAccount::DeferredRevenue, date(2022, 11, 30)).await, cny("0.00"));
}

#[tokio::test]
async fn u34_what_is_left_of_a_recycled_application_is_revenue_of_that_day() {
    let mut ledger = subscriber("11988.00", 12);
    ledger.use_up("acme", FIRST, 25_000, 10, at("2022-10-20T12:00:00+08:00"));
    ledger.run_due(at("2023-03-01T00:00:00+08:00"));
    let recycled = ledger.position("SubscriptionEnded", 1);
    let on = day_of(ledger.log[recycled as usize - 1].effective_at);
    assert_eq!(on, date(2023, 2, 8));
    let store = live(&ledger.log).await;
    let through = |day| balance(&store, LedgerAccount::DeferredRevenue, day);
    // 130 of 365 days were earned before it: 4,269.70 of 11,988.00.
    assert_eq!(through(plus_days(on, -1)).await, cny("-7718.30"));
    assert_eq!(through(on).await, cny("0.00"));
    assert_eq!(earned(&store, on, Item::Pro).await, cny("7718.30"));
}

/// The books of a log, event by event.
#[derive(Default)]
struct Walk {
    sums: Sums,
    earnings: Vec<Earning>,
    endings: Endings,
    payers: BTreeMap<String, Books>,
}

impl Walk {
    fn step(&mut self, event: &subledger_eventlog::record::Recorded) {
        let fact = read::fact(event).expect("a sound event");
        let Booking { postings, earnings, ending } = booking(&fact).expect("it balances");
        for posting in postings {
            self.sums.add(posting.ledger_account, posting.amount).expect("small");
        }
        self.earnings.extend(earnings);
        ending.into_iter().for_each(|ending| self.endings.note(ending));
        self.payers.entry(event.account_id.clone()).or_default().evolve_recorded(&fact, event.position);
    }

    /// With what was earned to the end of a day.
    fn through(&self, day: Date) -> BTreeMap<LedgerAccount, Money> {
        let mut sums = self.sums.clone();
        for earning in &self.earnings {
            let earned = earning.schedule.through(day, self.endings.of(earning)).expect("small");
            sums.earn(earning, earned).expect("small");
        }
        sums.postings().map(|posting| (posting.ledger_account, posting.amount)).collect()
    }

    fn of_books(&self, look: impl Fn(&Working<'_>) -> Money) -> Money {
        self.payers.values().fold(cny("0.00"), |sum, books| sum.plus(look(&Working::over(books))).expect("small"))
    }
}

fn under(balance: &BTreeMap<LedgerAccount, Money>, heading: LedgerAccount) -> Money {
    balance.get(&heading).copied().unwrap_or(cny("0.00"))
}

fn less(one: Money, other: Money) -> Money {
    one.minus(other).expect("small")
}

#[test]
fn after_every_event_the_books_balance_and_hold_what_the_payers_have_and_owe() {
    let mut seen = BTreeSet::new();
    for seed in SEEDS {
        let log = Ledger::generated(seed, ORDERS).log;
        let mut walk = Walk::default();
        for (index, event) in log.iter().enumerate() {
            walk.step(event);
            let balance = walk.through(day_of(event.effective_at));
            let sum = balance.values().fold(cny("0.00"), |sum, amount| sum.plus(*amount).expect("small"));
            assert!(sum.is_zero(), "seed {seed}, {}: {balance:?}", event.position);
            seen.extend(balance.keys().copied());
            let account = |books: &Working<'_>, look: fn(&subledger_domain::account::OpenAccount) -> Money| {
                books.account().map_or(cny("0.00"), look)
            };
            let (cash, gift) = (walk.of_books(|b| account(b, |a| a.cash)), walk.of_books(|b| account(b, |a| a.gift)));
            assert_eq!(
                under(&balance, LedgerAccount::WalletCash),
                less(cny("0.00"), cash),
                "{seed}, {}",
                event.position
            );
            assert_eq!(
                under(&balance, LedgerAccount::WalletGift),
                less(cny("0.00"), gift),
                "{seed}, {}",
                event.position
            );
            // A note says at once what it pays of bills; the bills follow.
            if log.get(index + 1).is_none_or(|next| next.event_type != "ReceivableCredited") {
                let debt = walk.of_books(|b| account(b, |a| a.debt()));
                assert_eq!(under(&balance, LedgerAccount::Receivables), debt, "{seed}, {}", event.position);
            }
        }
        // Everything that was paid for is earned in the end, nothing twice.
        let end = walk.through(FAR);
        assert!(under(&end, LedgerAccount::DeferredRevenue).is_zero(), "seed {seed}: {end:?}");
        assert!(under(&end, LedgerAccount::AccruedRevenue).is_zero(), "seed {seed}: {end:?}");
    }
    // A corrected bill that a voucher paid is told by hand above.
    let rare = LedgerAccount::CreditsNotReturned;
    for heading in LedgerAccount::OF_NO_ITEM.into_iter().filter(|heading| *heading != rare) {
        assert!(seen.contains(&heading), "the generated ledgers reach {heading}");
    }
}

#[tokio::test]
async fn reports_and_entries_say_what_the_events_say() {
    for seed in &SEEDS[..4] {
        let log = Ledger::generated(*seed, ORDERS).log;
        let mut walk = Walk::default();
        log.iter().for_each(|event| walk.step(event));
        let last = log.iter().map(|event| day_of(event.effective_at)).max().expect("events");
        let store = live(&log).await;
        for day in [plus_days(last, -200), last] {
            let balance = trial_balance(&store, day, EVERYTHING).await.expect("rows");
            assert!(balance.balance.is_zero());
        }
        let balance = trial_balance(&store, last, EVERYTHING).await.expect("rows");
        let told: BTreeMap<_, _> =
            balance.ledger_accounts.iter().map(|line| (line.ledger_account, less(line.debit, line.credit))).collect();
        assert_eq!(told, walk.through(last));
        // The payers' journals together are the same books.
        let mut sums = Sums::default();
        for payer in walk.payers.keys() {
            for posting in entries(&store, payer, last, 7).await.iter().flat_map(|entry| &entry.postings) {
                sums.add(posting.ledger_account, posting.amount).expect("small");
            }
        }
        assert_eq!(sums.postings().map(|one| (one.ledger_account, one.amount)).collect::<BTreeMap<_, _>>(), told);
        // The months together too, and each month is the sum of its days.
        let mut month = Month::of(date(2022, 10, 1));
        let (mut total, mut days) = (cny("0.00"), 0);
        while month <= Month::of(last) {
            let report = revenue(&store, month, last, EVERYTHING).await.expect("rows");
            total = total.plus(report.prepaid).and_then(|sum| sum.plus(report.postpaid)).expect("small");
            if month.first_day().month() == 5 {
                let each = month.each_day().map(|day| less(all(&walk, plus_days(day, -1)), all(&walk, day)));
                let sum = each.fold(cny("0.00"), |sum, day| sum.plus(day).expect("small"));
                assert_eq!(sum, report.prepaid.plus(report.postpaid).expect("small"), "{month}");
                days += 1;
            }
            month = month.next();
        }
        assert_eq!(total, less(cny("0.00"), all(&walk, last)));
        assert!(days > 0, "some May");
    }
}

/// All revenue to the end of a day, as a debit.
fn all(walk: &Walk, day: Date) -> Money {
    let revenue = walk.through(day).into_iter().filter(|(heading, _)| matches!(heading, LedgerAccount::Revenue(_)));
    revenue.fold(cny("0.00"), |sum, (_, amount)| sum.plus(amount).expect("small"))
}

/// A payer's whole journal, a page at a time.
async fn entries(store: &MemoryStore, payer: &str, through: Date, limit: u32) -> Vec<crate::journal::Entry> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = list(store, payer, after, limit, (through, EVERYTHING)).await.expect("rows");
        assert!(page.len() <= limit as usize);
        all.extend(page);
        let Some(next) = next else { break };
        assert_eq!(next.to_string().parse(), Ok(next));
        after = Some(next);
    }
    assert!(all.is_sorted_by_key(|entry| entry.date), "in the order of their days");
    assert!(all.iter().all(|entry| {
        let sum = entry.postings.iter().fold(cny("0.00"), |sum, one| sum.plus(one.amount).expect("small"));
        sum.is_zero() && !entry.postings.is_empty()
    }));
    all
}

#[tokio::test]
async fn a_payers_journal_is_events_and_what_each_month_earned() {
    let mut ledger = subscriber("5000.00", 2);
    ledger.use_up("acme", FIRST, 15_000, 10, at("2022-10-20T12:00:00+08:00"));
    ledger.run_due(at("2022-11-20T00:00:00+08:00"));
    let store = live(&ledger.log).await;
    let told = |entry: &crate::journal::Entry| match &entry.kind {
        EntryKind::Event(source) => (entry.date.to_string(), source.event_type.clone()),
        EntryKind::Recognition { month } => (entry.date.to_string(), month.to_string()),
    };
    let whole = entries(&store, "acme", date(2022, 11, 20), 200).await;
    let expected = [
        ("2022-10-01", "MoneyDeposited"),
        ("2022-10-01", "OrderPaid"),
        ("2022-10-31", "2022-10"),
        ("2022-11-03", "StatementFinalised"),
        ("2022-11-20", "2022-11"),
    ];
    let expected = expected.map(|(date, what)| (date.to_owned(), what.to_owned()));
    assert_eq!(whole.iter().map(told).collect::<Vec<_>>(), expected);
    for limit in 1..5 {
        assert_eq!(entries(&store, "acme", date(2022, 11, 20), limit).await, whole);
    }
    let shown = serde_json::to_value(&whole[2]).expect("plain data");
    let posting = |heading: &str, amount: &str| serde_json::json!({"ledger_account": heading, "amount": {"amount": amount, "currency": "CNY"}});
    assert_eq!(
        shown,
        serde_json::json!({
            "date": "2022-10-31", "kind": "recognition", "month": "2022-10",
            "postings": [
                posting("assets:accrued_revenue", "1000.00"), posting("liabilities:deferred_revenue", "1015.38"),
                posting("income:revenue:pro", "-1015.38"), posting("income:revenue:dau_overage", "-1000.00"),
            ],
        })
    );
    assert_eq!(entries(&store, "beta", date(2022, 11, 20), 200).await, []);
    for none in ["", "x", "1/", "01", "1/2022-13", "99999999999999999999"] {
        assert!(none.parse::<crate::journal::Cursor>().is_err(), "{none}");
    }
}
