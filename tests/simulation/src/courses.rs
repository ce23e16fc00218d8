//! Owns courses: orders that belong together, and that chance alone would seldom put in a row. A reading is corrected up
//! and down again before it is billed; a pack lapses; a payer uses more than it can pay, and goes on ordering, or leaves.
//!
//! Does not own when a life takes one (`life`).

use subledger_oracle::Order;
use subledger_oracle::calendar::{Day, HOUR, Instant};
use subledger_oracle::order::{Feature, RefundKind, Timing, Wallet};
use subledger_oracle::prices::{AddOnKind, CallPack, Plan};

use crate::dice::Dice;

/// Orders to come, each at its instant.
pub(crate) type Course = Vec<(Instant, Order)>;

/// More than anybody's balance pays for.
const OVERUSED: u64 = 4_000_000;

/// An application that no payer has.
const NOBODYS: u64 = 1_399_999_999;

/// Up, and down again before it is billed (U38).
pub(crate) fn there_and_back(dice: &mut Dice, now: Instant, application: u64) -> Course {
    let date = Day::of(now).plus(-i32::try_from(dice.between(8, 70)).expect("days"));
    let up = (Some(20_001), dice.in_hundred(50).then_some(250_000));
    let (higher, down) = ((Some(OVERUSED + 1), up.1), (Some(0), Some(0)));
    let told = if dice.in_hundred(50) { vec![up, down] } else { vec![higher, down] };
    let correct = |(dau, peak_groups)| (now, Order::CorrectUsage { application, date, dau, peak_groups });
    told.into_iter().map(correct).collect()
}

/// Buys a pack, and thinks of it again when it is in its grace (U36).
pub(crate) fn lapses(dice: &mut Dice, now: Instant, application: u64, number: u64) -> Course {
    // Behind the step that took this course: a deposit, the pack.
    let add_on = u128::from(number + 2);
    let kind = dice.one_of(&[AddOnKind::AvCall(CallPack::Basic), AddOnKind::GroupMembers]);
    let buy = Order::BuyAddOn { application, add_on: 0, kind, months: 1, auto_renew: false, voucher: None };
    let deposit = Order::Deposit { amount: 1_000_000, into: Wallet::Cash };
    let late = Day::of(now).plus(i32::try_from(dice.between(32, 36)).expect("days")).midnight() + 12 * HOUR;
    let calls = AddOnKind::AvCall(CallPack::Trial);
    let wish = |enabled, months| Order::SetAddOnAutoRenew { application, add_on, enabled, months };
    let thoughts = [
        wish(true, Some(0)),
        wish(true, None),
        Order::RefundAddOn { application, add_on, kind: None },
        Order::BuyAddOn { application, add_on: 0, kind: calls, months: 1, auto_renew: false, voucher: None },
        buy.clone(),
        Order::RenewAddOn { application, add_on, months: 1, voucher: None },
    ];
    let thoughts = thoughts.into_iter().filter(|_| dice.in_hundred(60)).map(|order| (late, order));
    [(now, deposit), (now, buy)].into_iter().chain(thoughts).collect()
}

/// Buys, and uses more than it can pay; what the next month brings finds it in arrears, then stopped (U4, U5).
pub(crate) fn overreaches(dice: &mut Dice, now: Instant, application: u64, (number, debt): (u64, i64)) -> Course {
    let today = Day::of(now);
    let leaves = dice.in_hundred(60);
    let begins = if leaves { first(today, dice.between(2, 8)).midnight() + 15 * HOUR } else { now };
    let mut course = bought(dice, begins, application, debt);
    // Behind the step that took this course: a deposit, the plan, the pack.
    let add_on = u128::from(number + 3);
    if leaves {
        course.push((begins, Order::DowngradePlan { application, timing: Timing::PeriodEnd, has_ticket: true }));
        if dice.in_hundred(30) {
            course.push((begins, Order::RenewPlan { application, months: 1, voucher: None }));
        }
    } else {
        course.push((begins, Order::RefundPlan { application, kind: Some(RefundKind::Ordinary) }));
    }
    let billed = first(first(Day::of(begins).plus(1), 1), dice.between(4, 9));
    course.extend(owing(dice, billed.midnight() + 12 * HOUR, application, add_on));
    let stopped = first(billed, dice.between(11, 28)).midnight() + 12 * HOUR;
    course.extend(owing(dice, stopped, application, add_on));
    if leaves && dice.in_hundred(70) {
        // Back when everything is recycled (U34).
        let back = Day::of(stopped).plus(110).midnight();
        let asked = [
            Order::CancelDowngrade { application },
            Order::SetPlanAutoRenew { application, enabled: false, months: None },
            Order::RefundPlan { application, kind: None },
            Order::UpgradePlan { application, voucher: None, months: None },
        ];
        course.push((back, Order::RunDue));
        course.extend(asked.into_iter().filter(|_| dice.in_hundred(30)).map(|order| (back, order)));
    }
    course
}

/// A plan, a pack and requests, and more readings than the balance can bear.
fn bought(dice: &mut Dice, at: Instant, application: u64, debt: i64) -> Course {
    let plan = if dice.in_hundred(70) { Plan::Flagship } else { Plan::Pro };
    let months = dice.one_of(&[4, 4, 6]);
    let auto_renew = false;
    let (kind, date) = (AddOnKind::GroupMembers, Day::of(at));
    let orders = [
        Order::Deposit { amount: debt + 4_000_000, into: Wallet::Cash },
        Order::PurchasePlan { application, plan, months, auto_renew, voucher: None, promotion: None },
        Order::BuyAddOn { application, add_on: 0, kind, months, auto_renew, voucher: None },
        Order::RequestFeature { application, feature: Feature::PushAll },
        Order::RequestFeature { application, feature: Feature::Community },
        Order::RecordUsage { application, date, dau: OVERUSED, peak_groups: 0 },
    ];
    orders.into_iter().map(|order| (at, order)).collect()
}

/// What somebody in arrears still may, and tries.
fn owing(dice: &mut Dice, at: Instant, application: u64, add_on: u128) -> Course {
    let (has_ticket, enabled) = (true, true);
    let feature = dice.one_of(&[Feature::PushAll, Feature::Community]);
    let answer = match dice.below(3) {
        0 => Order::ApproveFeature { application, feature, has_ticket },
        1 => Order::RejectFeature { application, feature },
        _ => Order::WithdrawFeature { application, feature },
    };
    let months = dice.one_of(&[None, Some(0)]);
    let change = if dice.in_hundred(50) {
        Order::CancelDowngrade { application }
    } else {
        Order::DowngradePlan { application, timing: Timing::Immediate, has_ticket }
    };
    let pack = if dice.in_hundred(50) {
        Order::SetAddOnAutoRenew { application, add_on, enabled, months }
    } else {
        Order::RefundAddOn { application, add_on, kind: None }
    };
    let renewal = Order::SetPlanAutoRenew { application, enabled, months };
    let stop = Order::Suspend { application, has_ticket };
    let lift = Order::LiftSuspension { application: if dice.in_hundred(30) { NOBODYS } else { application } };
    let orders = [answer, renewal, change, pack, stop, lift].into_iter().filter(|_| dice.in_hundred(60));
    let orders: Course = orders.map(|order| (at, order)).collect();
    [there_and_back(dice, at, application), orders].concat()
}

/// The first day from here on with this number in its month.
fn first(from: Day, number: i64) -> Day {
    let days = (0..62).map(|days| from.plus(days));
    days.into_iter().find(|day| i64::from(day.number()) == number).expect("each number up to 28 comes every month")
}
