//! Owns random lives: what must hold of the oracle's money whatever is asked, and that it does not matter how often time
//! is told to pass.

use std::collections::BTreeMap;

use crate::calendar::{Day, HOUR, Instant, SECOND};
use crate::document::Kind;
use crate::oracle::Oracle;
use crate::order::{Feature, Order, RefundKind, Timing, Wallet};
use crate::prices::{AddOnKind, CallPack, Item, Plan, Promotion, Site};
use crate::rounding::Fen;

use super::life::{day, voucher};

/// A small generator: lives must not depend on a package, nor on chance.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).expect("a small number")]
    }

    fn half(&mut self) -> bool {
        self.below(2) == 0
    }
}

const KINDS: [AddOnKind; 7] = [
    AddOnKind::AvchatroomUnlimited,
    AddOnKind::GroupMembers,
    AddOnKind::GroupsPerUser,
    AddOnKind::AvCall(CallPack::Trial),
    AddOnKind::AvCall(CallPack::Basic),
    AddOnKind::AvCall(CallPack::Advanced),
    AddOnKind::AvCall(CallPack::Premium),
];

fn about_a_plan(dice: &mut Dice, application: u64, named: Option<u64>) -> Order {
    let months = dice.pick(&[1, 1, 1, 2, 3, 12]);
    let voucher = named.filter(|_| dice.below(4) == 0);
    match dice.below(9) {
        0 | 1 => {
            let plan = dice.pick(&[Plan::Pro, Plan::Flagship]);
            let promotion = dice.pick(&[None, None, Some(Promotion::FirstPurchase), Some(Promotion::Yearly)]);
            Order::PurchasePlan { application, plan, months, auto_renew: dice.half(), voucher, promotion }
        }
        2 => Order::RenewPlan { application, months, voucher },
        3 => Order::UpgradePlan { application, voucher, months: None },
        4 => Order::DowngradePlan {
            application,
            timing: dice.pick(&[Timing::PeriodEnd, Timing::Immediate]),
            has_ticket: dice.below(9) > 0,
        },
        5 => Order::CancelDowngrade { application },
        6 => Order::RefundPlan {
            application,
            kind: dice.pick(&[None, Some(RefundKind::FiveDay), Some(RefundKind::Ordinary)]),
        },
        _ => Order::SetPlanAutoRenew { application, enabled: dice.half(), months: dice.pick(&[None, Some(2)]) },
    }
}

fn about_an_add_on(dice: &mut Dice, application: u64, fresh: u128) -> Order {
    let add_on = u128::from(dice.below(u64::try_from(fresh).expect("few add-ons") + 1));
    match dice.below(6) {
        0 => Order::RefundAddOn { application, add_on, kind: None },
        1 => Order::RenewAddOn { application, add_on, months: 1, voucher: None },
        2 => Order::SetAddOnAutoRenew { application, add_on, enabled: dice.half(), months: None },
        _ => {
            let (kind, months) = (dice.pick(&KINDS), dice.pick(&[1, 1, 2, 6]));
            Order::BuyAddOn { application, add_on: fresh, kind, months, auto_renew: dice.half(), voucher: None }
        }
    }
}

fn about_usage(dice: &mut Dice, application: u64, today: Day) -> Order {
    let (dau, peak_groups) = (dice.pick(&[90, 9_000, 10_001, 25_000]), dice.pick(&[10, 90_000, 250_000]));
    if dice.below(5) == 0 {
        let date = today.plus(-i32::try_from(dice.below(80)).expect("days"));
        return Order::CorrectUsage { application, date, dau: Some(dau), peak_groups: dice.pick(&[None, Some(1)]) };
    }
    Order::RecordUsage { application, date: today.plus(-i32::try_from(dice.below(3)).expect("days")), dau, peak_groups }
}

fn any_order(dice: &mut Dice, at: Instant, count: u64) -> Order {
    let application = 1 + dice.below(3);
    match dice.below(20) {
        0..=4 => about_a_plan(dice, application, Some(dice.0 % 40)),
        5..=7 => about_an_add_on(dice, application, u128::from(count)),
        8..=12 => about_usage(dice, application, Day::of(at)),
        13 | 14 => Order::Deposit {
            amount: dice.pick(&[1, 99_900, 333_33, 1_000_000]),
            into: dice.pick(&[Wallet::Cash, Wallet::Cash, Wallet::Gift]),
        },
        15 => Order::SetHistoryRetention { application, days: dice.pick(&[7, 30, 90, 180, 360]) },
        16 => Order::Suspend { application, has_ticket: dice.below(4) == 0 },
        17 => Order::LiftSuspension { application },
        18 => {
            let mut terms = voucher(count, dice.pick(&[50_00, 500_00, 3_000_00]), "2020-01-01");
            terms.expires_on = Day::of(at).plus(60);
            Order::GrantVoucher(terms)
        }
        _ => Order::RequestFeature { application, feature: dice.pick(&[Feature::PushAll, Feature::Community]) },
    }
}

/// Three applications, a first deposit, then orders for so many days.
fn a_life(seed: u64, days: i32) -> Vec<(Instant, Order)> {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ (seed + 1).wrapping_mul(0xD129_0F2B_3CAA_1357));
    let mut at = day("2022-08-01").midnight();
    let end = at + Instant::from(days) * 24 * HOUR;
    let mut orders = vec![(at, Order::OpenAccount { enterprise_verified: true, new_customer: true })];
    for (application, site) in [(1, Site::China), (2, Site::China), (3, Site::Korea)] {
        orders.push((at, Order::CreateApplication { application, site }));
    }
    orders.push((at, Order::Deposit { amount: 5_000_00, into: Wallet::Cash }));
    while at < end {
        let step = dice.pick(&[0, 60, 3_600, 43_200, 86_400, 172_800]);
        at += step * SECOND;
        if dice.below(5) == 0 {
            at = Day::of(at).plus(1).midnight();
        }
        let count = orders.len() as u64;
        orders.push((at, any_order(&mut dice, at, count)));
    }
    orders.push((end, Order::RunDue));
    orders
}

fn live(orders: &[(Instant, Order)]) -> (Oracle, Fen) {
    let mut oracle = Oracle::new();
    let mut deposited = 0;
    for (at, order) in orders {
        let answer = oracle.submit(*at, order);
        if let (Order::Deposit { amount, .. }, Ok(_)) = (order, answer) {
            deposited += amount;
        }
    }
    (oracle, deposited)
}

#[test]
fn money_is_neither_made_nor_lost() {
    for seed in 0..60 {
        let (oracle, deposited) = live(&a_life(seed, 730));
        let account = oracle.account();
        assert!(account.cash >= 0 && account.gift >= 0 && account.debt >= 0, "{seed}");
        assert!(account.debt == 0 || account.cash + account.gift == 0, "{seed}: owing with money in hand");
        let (mut spent, mut settled_by_credit, mut debt) = (0, 0, 0);
        for document in oracle.documents().into_iter().filter(|document| !document.is_draft) {
            let sign = if document.kind == Kind::CreditNote { -1 } else { 1 };
            spent += sign * (document.cash + document.gift);
            settled_by_credit += sign * document.credit;
            debt += document.amount_due;
            let parts = document.voucher + document.gift + document.cash + document.credit + document.amount_due;
            assert_eq!(parts, document.total, "{seed}: {document:?}");
            assert_eq!(document.lines.iter().map(|line| line.amount).sum::<Fen>(), document.total, "{seed}");
            assert!(document.lines.iter().all(|line| line.amount >= 0), "{seed}: {document:?}");
        }
        assert_eq!((settled_by_credit, debt), (0, account.debt), "{seed}");
        assert_eq!(deposited, account.cash + account.gift + spent, "{seed}");
    }
}

#[test]
fn u48_what_came_in_is_where_it_went_and_all_that_stays_charged_is_earned() {
    for seed in 0..60 {
        let (oracle, deposited) = live(&a_life(seed, 730));
        let books = oracle.books();
        assert_eq!(books.deposited_cash + books.deposited_gift, deposited, "{seed}");
        let came_in = deposited + books.vouchers - books.not_returned + books.owed;
        assert_eq!(came_in, books.cash + books.gift + books.charged - books.credited, "{seed}");
        let far = oracle.earned_by(Day::of(oracle.settled_to()).plus(10 * 366));
        assert_eq!(far.values().sum::<Fen>(), books.charged - books.credited, "{seed}");
    }
}

/// What nothing but orders and their refunds earns.
fn prepaid(mut earned: BTreeMap<Item, Fen>) -> BTreeMap<Item, Fen> {
    earned.retain(|item, _| !matches!(item, Item::DauOverage | Item::GroupOverage | Item::HistoryStorage));
    earned
}

#[test]
fn u48_what_orders_earned_by_a_day_that_is_over_is_not_changed_later() {
    let mut credited = 0;
    for seed in 0..12 {
        let mut oracle = Oracle::new();
        let mut told = Vec::new();
        for (at, order) in a_life(seed, 500) {
            while oracle.settled_to() != Instant::MIN && Day::of(oracle.settled_to()) < Day::of(at) {
                let over = Day::of(oracle.settled_to());
                oracle.submit(over.plus(1).midnight(), &Order::RunDue).expect("time passes");
                told.push((over, prepaid(oracle.earned_by(over))));
            }
            // Refused or not.
            let _ = oracle.submit(at, &order);
        }
        assert!(told.len() >= 499, "{seed}: days go by");
        for (over, earned) in told {
            assert_eq!(prepaid(oracle.earned_by(over)), earned, "{seed}: {over:?}");
        }
        credited += oracle.books().credited;
    }
    assert!(credited > 0, "something is given back in these lives");
}

#[test]
fn one_jump_is_the_same_as_many_steps() {
    for seed in 100..130 {
        let orders = a_life(seed, 400);
        let mut steps = Vec::new();
        for pair in orders.windows(2) {
            steps.push(pair[0].clone());
            let mut at = pair[0].0 + 7 * HOUR + 1;
            while at < pair[1].0 {
                steps.push((at, Order::RunDue));
                at += 7 * HOUR + 1;
            }
        }
        steps.extend(orders.last().cloned());
        let (jumped, walked) = (live(&orders).0, live(&steps).0);
        assert_eq!(format!("{jumped:?}"), format!("{walked:?}"), "{seed}");
    }
}

#[test]
fn lives_reach_what_they_are_about() {
    let mut reached = [false; 8];
    for seed in 0..60 {
        let (oracle, _) = live(&a_life(seed, 730));
        let documents = oracle.documents();
        let is_corrected =
            |document: &&&crate::document::Document| document.lines.iter().any(|line| line.adjusts.is_some());
        reached[0] |= documents.iter().any(|document| document.kind == Kind::CreditNote && document.credit > 0);
        reached[1] |= documents.iter().filter(is_corrected).any(|document| document.kind == Kind::CreditNote);
        reached[2] |= documents.iter().filter(is_corrected).any(|document| document.kind == Kind::Statement);
        reached[3] |= documents.iter().any(|document| document.kind == Kind::Statement && document.voucher > 0);
        reached[4] |= oracle.tried_renewals().iter().any(|tried| tried.renewed && tried.add_on.is_some());
        reached[5] |= oracle.tried_renewals().iter().any(|tried| !tried.renewed);
        reached[6] |= oracle.application_ids().iter().any(|id| {
            oracle.application_view(*id).is_some_and(|view| view.state == crate::view::ApplicationState::Recycled)
        });
        reached[7] |= documents.iter().any(|document| {
            document.lines.iter().any(|line| line.share.is_some_and(|(part, whole)| part != whole && line.amount > 0))
        });
    }
    assert_eq!(reached, [true; 8]);
}
