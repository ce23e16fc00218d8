//! Owns the two languages: what the oracle calls something and what the ledger does.
//!
//! Does not own any rule.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use subledger_domain::account::{DepositKind, PayMode, VoucherConditions};
use subledger_domain::application::SuspensionCause;
use subledger_domain::catalog::{AddOn, CallVariant, PromotionName};
use subledger_domain::charge::{self, RefundKind};
use subledger_domain::ids::{ApplicationId, VoucherId};
use subledger_domain::money::{Currency, Money};
use subledger_domain::plan::{DataSite, Feature, Plan};
use subledger_domain::terms::DowngradeTiming;
use subledger_oracle::Cause;
use subledger_oracle::calendar::{Day, Instant, Month};
use subledger_oracle::order as ours;
use subledger_oracle::prices::{self, AddOnKind, CallPack, Item, Promotion, Site};

pub(crate) fn timestamp(at: Instant) -> Timestamp {
    Timestamp::from_microsecond(at).expect("an instant of these centuries")
}

pub(crate) fn instant(at: Timestamp) -> Instant {
    at.as_microsecond()
}

/// Read with the oracle's calendar, so that the ledger's is checked against something.
pub(crate) fn civil(day: Day) -> Date {
    let (month, number) = day.civil();
    let year = i16::try_from(month.0.div_euclid(12)).expect("four digits");
    date(year, small(month.0.rem_euclid(12) + 1), small(number))
}

fn small(number: i32) -> i8 {
    i8::try_from(number).expect("a day or a month")
}

pub(crate) fn day(date: Date) -> Day {
    Day::new(i32::from(date.year()), i32::from(date.month()), i32::from(date.day()))
}

/// The month a day of it lies in.
pub(crate) fn month(first: Date) -> Month {
    day(first).month()
}

pub(crate) fn money(fen: i64) -> Money {
    Money::rounded(Decimal::new(fen, 2), Currency::CNY).expect("a small amount")
}

pub(crate) fn fen(money: Money) -> i64 {
    i64::try_from(money.amount().mantissa()).expect("two decimals of a bounded amount")
}

pub(crate) fn application(id: u64) -> ApplicationId {
    ApplicationId::try_new(id).expect("a small id")
}

/// With leading zeros, so that ids sort as their numbers do.
pub(crate) fn voucher(id: u64) -> VoucherId {
    format!("v{id:09}").parse().expect("a voucher id")
}

pub(crate) fn plan(plan: prices::Plan) -> Plan {
    match plan {
        prices::Plan::Trial => Plan::Trial,
        prices::Plan::Pro => Plan::Pro,
        prices::Plan::Flagship => Plan::Flagship,
    }
}

pub(crate) fn site(site: Site) -> DataSite {
    match site {
        Site::China => DataSite::China,
        Site::Singapore => DataSite::Singapore,
        Site::Germany => DataSite::Germany,
        Site::Korea => DataSite::Korea,
        Site::India => DataSite::India,
    }
}

pub(crate) fn promotion(name: Promotion) -> PromotionName {
    match name {
        Promotion::FirstPurchase => PromotionName::FirstPurchase,
        Promotion::Yearly => PromotionName::Yearly,
    }
}

pub(crate) fn add_on(kind: AddOnKind) -> AddOn {
    match kind {
        AddOnKind::AvchatroomUnlimited => AddOn::AvchatroomUnlimited,
        AddOnKind::GroupMembers => AddOn::GroupMembers,
        AddOnKind::GroupsPerUser => AddOn::GroupsPerUser,
        AddOnKind::AvCall(CallPack::Trial) => AddOn::AvCall(CallVariant::Trial),
        AddOnKind::AvCall(CallPack::Basic) => AddOn::AvCall(CallVariant::Basic),
        AddOnKind::AvCall(CallPack::Advanced) => AddOn::AvCall(CallVariant::Advanced),
        AddOnKind::AvCall(CallPack::Premium) => AddOn::AvCall(CallVariant::Premium),
    }
}

pub(crate) fn kind_of(add_on: AddOn) -> AddOnKind {
    match add_on {
        AddOn::AvchatroomUnlimited => AddOnKind::AvchatroomUnlimited,
        AddOn::GroupMembers => AddOnKind::GroupMembers,
        AddOn::GroupsPerUser => AddOnKind::GroupsPerUser,
        AddOn::AvCall(CallVariant::Trial) => AddOnKind::AvCall(CallPack::Trial),
        AddOn::AvCall(CallVariant::Basic) => AddOnKind::AvCall(CallPack::Basic),
        AddOn::AvCall(CallVariant::Advanced) => AddOnKind::AvCall(CallPack::Advanced),
        AddOn::AvCall(CallVariant::Premium) => AddOnKind::AvCall(CallPack::Premium),
    }
}

const ITEMS: [Item; 9] = [
    Item::Pro,
    Item::Flagship,
    Item::AvchatroomUnlimited,
    Item::GroupMembers,
    Item::GroupsPerUser,
    Item::AvCall,
    Item::DauOverage,
    Item::GroupOverage,
    Item::HistoryStorage,
];

/// A call pack has a name of its own for each version.
fn named(item: Item) -> Vec<charge::Item> {
    match item {
        Item::Pro => vec![charge::Item::Pro],
        Item::Flagship => vec![charge::Item::Flagship],
        Item::AvchatroomUnlimited => vec![charge::Item::AvchatroomUnlimited],
        Item::GroupMembers => vec![charge::Item::GroupMembers],
        Item::GroupsPerUser => vec![charge::Item::GroupsPerUser],
        Item::AvCall => vec![charge::Item::AvCallBasic, charge::Item::AvCallAdvanced, charge::Item::AvCallPremium],
        Item::DauOverage => vec![charge::Item::DauOverage],
        Item::GroupOverage => vec![charge::Item::GroupOverage],
        Item::HistoryStorage => vec![charge::Item::HistoryStorage],
    }
}

/// What the ledger's line is for, in the oracle's words.
pub(crate) fn item(item: charge::Item) -> Item {
    ITEMS.into_iter().find(|known| named(*known).contains(&item)).expect("every item of a line has a name")
}

pub(crate) fn refund_kind(kind: ours::RefundKind) -> RefundKind {
    match kind {
        ours::RefundKind::FiveDay => RefundKind::FiveDay,
        ours::RefundKind::Ordinary => RefundKind::Ordinary,
    }
}

pub(crate) fn timing(timing: ours::Timing) -> DowngradeTiming {
    match timing {
        ours::Timing::PeriodEnd => DowngradeTiming::PeriodEnd,
        ours::Timing::Immediate => DowngradeTiming::Immediate,
    }
}

pub(crate) fn feature(feature: ours::Feature) -> Feature {
    match feature {
        ours::Feature::PushAll => Feature::PushAll,
        ours::Feature::Community => Feature::Community,
    }
}

pub(crate) fn wallet(into: ours::Wallet) -> DepositKind {
    match into {
        ours::Wallet::Cash => DepositKind::Cash,
        ours::Wallet::Gift => DepositKind::Gift,
    }
}

pub(crate) fn conditions(voucher: &ours::Voucher) -> VoucherConditions {
    let items = || voucher.applies_to.iter().flat_map(|item| named(*item)).collect();
    VoucherConditions {
        minimum: voucher.minimum.map(money),
        applies_to: (!voucher.applies_to.is_empty()).then(items),
        months_min: voucher.months_min,
        months_max: voucher.months_max,
        pay_mode: voucher.pay_mode.map(|mode| match mode {
            ours::PayMode::Prepaid => PayMode::Prepaid,
            ours::PayMode::Postpaid => PayMode::Postpaid,
        }),
    }
}

pub(crate) fn cause(cause: SuspensionCause) -> Cause {
    match cause {
        SuspensionCause::Expired => Cause::Expired,
        SuspensionCause::Arrears => Cause::Arrears,
        SuspensionCause::Refunded => Cause::Refunded,
        SuspensionCause::Operator => Cause::Operator,
    }
}
