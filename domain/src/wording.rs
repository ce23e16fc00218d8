//! Owns how the ledger's figures and rules are told to a payer, in English and in Chinese: every sentence is written in
//! both at once, so that none is missing in one.
//!
//! Does not own a figure: each stands in the formula or the policy that is told.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::calendar::{MonthEnd, ValidityEnd};
use crate::charge::{Formula, Item, RefundKind, UsedPart, as_price};
use crate::money::Money;
use crate::plan::PaidPlan;
use crate::proration::MonthShare;
use crate::terms::{
    DowngradeTiming, PaymentOrder, Policies, RefundUsed, RenewalInGrace, Rounding, StopMonthShare, StorageMonth,
    UpgradePricing,
};

/// The languages a payer can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

/// The same said in both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl Told {
    pub(crate) fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// In one of them.
    pub fn r#in(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
        }
    }
}

/// What a line is for.
pub fn item(item: Item) -> Told {
    let zh = match item {
        Item::Pro => "专业版套餐包（预付费）",
        Item::Flagship => "旗舰版套餐包（预付费）",
        Item::AvchatroomUnlimited => "直播群数量上限扩展至无限（预付费）",
        Item::GroupMembers => "单群成员数上限扩展（预付费）",
        Item::GroupsPerUser => "单用户可加入群组数上限扩展（预付费）",
        Item::AvCallBasic => "音视频通话能力包基础版（预付费）",
        Item::AvCallAdvanced => "音视频通话能力包进阶版（预付费）",
        Item::AvCallPremium => "音视频通话能力包尊享版（预付费）",
        Item::DauOverage => "日活跃用户数超量（后付费）",
        Item::GroupOverage => "峰值群组数超量（后付费）",
        Item::HistoryStorage => "历史消息存储时长延长（后付费）",
    };
    Told::new(item.description(), zh)
}

/// A plan's name.
pub fn plan(plan: PaidPlan) -> Told {
    match plan {
        PaidPlan::Pro => Told::new("Pro", "专业版"),
        PaidPlan::Flagship => Told::new("Flagship", "旗舰版"),
    }
}

/// An amount with its currency.
pub fn amount(amount: Money) -> Told {
    Told::new(yuan_en(amount), yuan_zh(amount))
}

/// How an amount came about, one step a sentence; the last one is the calculation with its result.
pub fn steps(item: Item, formula: &Formula) -> Vec<Told> {
    match formula {
        Formula::MonthlyPrice { monthly_price, months, amount } => vec![
            Told::new(
                format!("One month costs {}.", yuan_en(*monthly_price)),
                format!("每月价格为 {}。", yuan_zh(*monthly_price)),
            ),
            calculated(&format!("{} × {months}", monthly_price.amount()), *amount),
        ],
        Formula::Overage { peak, included, block, blocks, block_price, share, amount, .. } => {
            let mut told = measured(item, formula);
            let beyond = peak.saturating_sub(*included);
            told.extend([
                Told::new(
                    format!("The plan includes {included}; {beyond} are beyond that."),
                    format!("套餐包含 {included}，超出 {beyond}。"),
                ),
                Told::new(
                    format!("They are billed in blocks of {block}, a started block counts whole: {blocks}."),
                    format!("按每 {block} 为一档计费，不足一档按一档计：{blocks} 档。"),
                ),
                Told::new(
                    format!("A block costs {} a month.", yuan_en(*block_price)),
                    format!("每档每月 {}。", yuan_zh(*block_price)),
                ),
            ]);
            told.extend(part_of_the_month(*share));
            told.push(calculated(&format!("{blocks} × {}{}", block_price.amount(), times(*share)), *amount));
            told
        }
        Formula::Promotional { promotion, monthly_price, months, price_percent, amount } => vec![
            Told::new(
                format!("One month costs {}.", yuan_en(*monthly_price)),
                format!("每月价格为 {}。", yuan_zh(*monthly_price)),
            ),
            Told::new(
                format!("Under the promotion `{promotion}`, {price_percent} % of it is paid."),
                format!("享受优惠 `{promotion}`，按 {price_percent}% 支付。"),
            ),
            calculated(&format!("{} × {months} × {price_percent} ÷ 100", monthly_price.amount()), *amount),
        ],
        Formula::Upgrade { new_monthly_price, old_monthly_price, days_left, months_left, amount } => {
            upgraded(*new_monthly_price, *old_monthly_price, (*days_left, *months_left), *amount)
        }
        Formula::Downgrade { .. } => downgraded(formula),
        Formula::Refund { kind, paid, used, used_amount, amount } => {
            refunded(*kind, *paid, (used, *used_amount), *amount)
        }
        Formula::Correction { now, billed, amount } => corrected(item, now, *billed, *amount),
        Formula::Storage { kept_days, plan: of, monthly_price, share, amount } => {
            let of = plan(*of);
            let mut told = vec![
                Told::new(
                    format!("History was kept for {kept_days} days; the highest setting of the month counts."),
                    format!("历史消息存储 {kept_days} 天；按当月最高档计费。"),
                ),
                Told::new(
                    format!("On {} that costs {} a month.", of.en, yuan_en(*monthly_price)),
                    format!("{}该档每月 {}。", of.zh, yuan_zh(*monthly_price)),
                ),
            ];
            told.extend(part_of_the_month(*share));
            told.push(calculated(&format!("{}{}", monthly_price.amount(), times(*share)), *amount));
            told
        }
    }
}

/// Months with two decimals are part of the platform's formula; unrounded ones are told as the quotient they are.
fn upgraded(new: Money, old: Decimal, (days, months): (u32, Decimal), amount: Money) -> Vec<Told> {
    let old = as_price(old);
    let rounded = months.scale() <= 2;
    let left = if rounded { months.to_string() } else { format!("{days} × 12 ÷ 365") };
    let months = if rounded {
        Told::new(
            format!("In months of 365 ÷ 12 days, to two decimals, that is {left}."),
            format!("按每月 365 ÷ 12 天折算，保留两位小数，为 {left} 个月。"),
        )
    } else {
        Told::new(
            format!("In months of 365 ÷ 12 days that is {left}."),
            format!("按每月 365 ÷ 12 天折算，为 {left} 个月。"),
        )
    };
    vec![
        Told::new(
            format!("{days} days are left of what is paid, today counted."),
            format!("已付费期限剩余 {days} 天（含当天）。"),
        ),
        months,
        Told::new(
            format!("A month of the new plan costs {}; a month of what is left was bought for {old}.", yuan_en(new)),
            format!("新套餐每月 {}；剩余部分的购买价格为每月 {old}。", yuan_zh(new)),
        ),
        calculated(&format!("{} × {left} − {old} × {left}", new.amount()), amount),
    ]
}

/// Only of a downgrade; every other formula has words of its own.
fn downgraded(formula: &Formula) -> Vec<Told> {
    let Formula::Downgrade {
        old_monthly_price,
        new_monthly_price,
        unused_days,
        month_days,
        whole_months,
        unused_value,
        amount,
    } = formula
    else {
        return Vec::new();
    };
    let (old, new) = (old_monthly_price.amount(), new_monthly_price.amount());
    let days = format!("{old} × {unused_days} ÷ {month_days} − {new} × {unused_days} ÷ {month_days}");
    let product = match whole_months {
        0 => days,
        months => format!("{days} + {old} × {months} − {new} × {months}"),
    };
    let mut told = vec![
        Told::new(
            format!("A month of the old plan costs {old}, of the new one {new}."),
            format!("原套餐每月 {old}，新套餐每月 {new}。"),
        ),
        Told::new(
            format!(
                "{unused_days} of {month_days} days of the running month come after today, and {whole_months} whole \
                 months have not begun."
            ),
            format!(
                "当前计费月共 {month_days} 天，今天之后还有 {unused_days} 天；另有 {whole_months} 个整月尚未开始。"
            ),
        ),
        Told::new(
            format!("No more goes back than was paid and not used: {}.", yuan_en(*unused_value)),
            format!("退还金额不超过已付未用的金额：{}。", yuan_zh(*unused_value)),
        ),
    ];
    if amount == unused_value {
        told.push(Told::new(format!("By days it would be {product}."), format!("按天数计算为 {product}。")));
        told.push(calculated(&unused_value.amount().to_string(), *amount));
    } else {
        told.push(calculated(&product, *amount));
    }
    told
}

fn refunded(kind: RefundKind, paid: Money, (used, used_amount): (&[UsedPart], Money), amount: Money) -> Vec<Told> {
    let paid_told = Told::new(
        format!("{} were paid from cash and gift; vouchers are not returned.", yuan_en(paid)),
        format!("现金与赠送金共支付 {}；代金券不退还。", yuan_zh(paid)),
    );
    match kind {
        RefundKind::FiveDay => vec![
            paid_told,
            Told::new(
                "Within five days of a first purchase all of it goes back, once per account.",
                "首次购买五天内可全额退款，每个账号限一次。",
            ),
            calculated(&paid.amount().to_string(), amount),
        ],
        RefundKind::Ordinary => {
            let parts = used.iter().map(used_part).collect::<Vec<_>>().join(" + ");
            let mut told = vec![paid_told];
            told.push(Told::new(
                format!("Used, today counted: {parts} = {}.", yuan_en(used_amount)),
                format!("已使用（含当天）：{parts} = {}。", yuan_zh(used_amount)),
            ));
            told.push(calculated(&format!("{} − {}", paid.amount(), used_amount.amount()), amount));
            told
        }
    }
}

fn used_part(part: &UsedPart) -> String {
    match part {
        UsedPart::Months { months, monthly_price } => format!("{} × {months}", monthly_price.amount()),
        UsedPart::Days { days, month_days, monthly_price } => {
            format!("{} × {days} ÷ {month_days}", monthly_price.amount())
        }
    }
}

/// What the month comes to now, told as any month; then the difference to what was billed.
fn corrected(item: Item, now: &Formula, billed: Money, amount: Money) -> Vec<Told> {
    let fee = now.amount();
    let (larger, smaller) = if fee > billed { (fee, billed) } else { (billed, fee) };
    let mut told = steps(item, now);
    told.push(Told::new(
        format!("Before the correction {} were billed for the month.", yuan_en(billed)),
        format!("更正前该月已计费 {}。", yuan_zh(billed)),
    ));
    told.push(calculated(&format!("{} − {}", larger.amount(), smaller.amount()), amount));
    told
}

/// The month's peak and its day, and which days have no reading (U13); only overage is measured.
fn measured(item: Item, formula: &Formula) -> Vec<Told> {
    let Formula::Overage { peak, peak_on, days_without_reading, .. } = formula else { return Vec::new() };
    let metered = metered(item);
    let mut told = vec![match (peak_on, peak) {
        (Some(day), _) => Told::new(
            format!("The month's highest number of {} was {peak}, on {day}.", metered.en),
            format!("当月{}的最高值为 {peak}（{day}）。", metered.zh),
        ),
        (None, 0) => Told::new(
            format!("No {} were measured in the month.", metered.en),
            format!("当月没有{}的计量数据。", metered.zh),
        ),
        // An estimate's peak has no day.
        (None, _) => Told::new(
            format!("The month's highest number of {} is {peak}.", metered.en),
            format!("当月{}的最高值为 {peak}。", metered.zh),
        ),
    }];
    if !days_without_reading.is_empty() {
        let days = days_without_reading.iter().map(ToString::to_string).collect::<Vec<_>>();
        let count = days.len();
        told.push(Told::new(
            format!("Days without a reading count as none ({count}): {}.", days.join(", ")),
            format!("没有计量数据的日期按 0 计（{count} 天）：{}。", days.join("、")),
        ));
    }
    told
}

fn metered(item: Item) -> Told {
    match item {
        Item::DauOverage => Told::new("daily active users", "日活跃用户数"),
        Item::GroupOverage => Told::new("groups", "群组数"),
        Item::Pro
        | Item::Flagship
        | Item::AvchatroomUnlimited
        | Item::GroupMembers
        | Item::GroupsPerUser
        | Item::AvCallBasic
        | Item::AvCallAdvanced
        | Item::AvCallPremium
        | Item::HistoryStorage => Told::new("units", "用量"),
    }
}

/// Said only where not the whole month is due, or where that needs a reason.
fn part_of_the_month(share: MonthShare) -> Option<Told> {
    let MonthShare { service_days, days, whole } = share;
    match whole {
        false => Some(Told::new(
            format!(
                "The service was stopped for whole days of the month; it was usable on {service_days} of {days} days."
            ),
            format!("当月有整日停服；{days} 天中可用 {service_days} 天。"),
        )),
        true if service_days < days => Some(Told::new(
            format!(
                "The month is due whole: it was usable on {service_days} of {days} days, but the fee began in this month \
                 or no day was lost to a stop."
            ),
            format!("按整月计费：{days} 天中可用 {service_days} 天，但该费用自当月开始，或没有因停服而损失的整日。"),
        )),
        true => None,
    }
}

/// ` × 15 ÷ 31`, or nothing for a whole month.
fn times(share: MonthShare) -> String {
    if share.whole { String::new() } else { format!(" × {} ÷ {}", share.service_days, share.days) }
}

fn calculated(product: &str, amount: Money) -> Told {
    Told::new(format!("{product} = {}", yuan_en(amount)), format!("{product} = {}", yuan_zh(amount)))
}

fn yuan_en(amount: Money) -> String {
    amount.to_string()
}

fn yuan_zh(amount: Money) -> String {
    match amount.currency() {
        crate::money::Currency::CNY => format!("{} 元", amount.amount()),
    }
}

/// A house rule by its key in the price lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// `month_end`.
    MonthEnd,
    /// `validity_end`.
    ValidityEnd,
    /// `refund_grace_days`.
    RefundGraceDays,
    /// `settlement_final_day`.
    SettlementFinalDay,
    /// `stop_month_share`.
    StopMonthShare,
    /// `storage_month`.
    StorageMonth,
    /// `upgrade`.
    Upgrade,
    /// `downgrade`.
    Downgrade,
    /// `refund_used`.
    RefundUsed,
    /// `renewal_in_grace`.
    RenewalInGrace,
    /// `payment_order`.
    PaymentOrder,
    /// `rounding`.
    Rounding,
}

impl Policy {
    /// Every policy that an amount or a period can rest on.
    pub const ALL: [Self; 12] = [
        Self::MonthEnd,
        Self::ValidityEnd,
        Self::RefundGraceDays,
        Self::SettlementFinalDay,
        Self::StopMonthShare,
        Self::StorageMonth,
        Self::Upgrade,
        Self::Downgrade,
        Self::RefundUsed,
        Self::RenewalInGrace,
        Self::PaymentOrder,
        Self::Rounding,
    ];

    /// Its key.
    pub fn key(self) -> &'static str {
        match self {
            Self::MonthEnd => "month_end",
            Self::ValidityEnd => "validity_end",
            Self::RefundGraceDays => "refund_grace_days",
            Self::SettlementFinalDay => "settlement_final_day",
            Self::StopMonthShare => "stop_month_share",
            Self::StorageMonth => "storage_month",
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::RefundUsed => "refund_used",
            Self::RenewalInGrace => "renewal_in_grace",
            Self::PaymentOrder => "payment_order",
            Self::Rounding => "rounding",
        }
    }

    /// What it says as it was agreed.
    pub fn told(self, agreed: &Policies) -> Told {
        match self {
            Self::MonthEnd => month_end(agreed.month_end),
            Self::ValidityEnd => match agreed.validity_end {
                ValidityEnd::EndOfDay => Told::new(
                    "The last day paid for belongs to the term to its end.",
                    "有效期至最后一天结束（24:00）。",
                ),
                ValidityEnd::ClockTime => Told::new(
                    "The term ends on its last day at the time of day of the purchase.",
                    "有效期至最后一天购买时刻为止。",
                ),
            },
            Self::RefundGraceDays => {
                let days = agreed.refund_grace_days;
                Told::new(
                    format!(
                        "After a refund of the plan the service stays usable for {days} days, that day not counted."
                    ),
                    format!("套餐退费后服务仍可用 {days} 天（退费当天不计）。"),
                )
            }
            Self::SettlementFinalDay => {
                let day = agreed.settlement_final_day;
                Told::new(
                    format!("Fees after use are settled and deducted on day {day} of the next month."),
                    format!("后付费项目于次月 {day} 日结算并扣费。"),
                )
            }
            Self::StopMonthShare => match agreed.stop_month_share {
                StopMonthShare::ServiceDays => Told::new(
                    "In a month with whole days out of service after a stop, the fee is due for the days of service: \
                     service days ÷ days of the month.",
                    "当月有整日停服的，按服务天数比例计费：服务天数 ÷ 当月天数。",
                ),
            },
            Self::StorageMonth => match agreed.storage_month {
                StorageMonth::WholeOnActivation => Told::new(
                    "Longer history storage is charged for the whole month in which it is switched on, by the highest \
                     setting of each month.",
                    "历史消息存储在开通当月按整月计费，每月按最高档计。",
                ),
            },
            Self::Upgrade => upgrade(agreed.upgrade),
            Self::Downgrade => match agreed.downgrade {
                DowngradeTiming::PeriodEnd => Told::new(
                    "A downgrade takes effect at the end of everything paid unless asked for at once.",
                    "降级默认在已付费期限结束时生效，另行申请可立即生效。",
                ),
                DowngradeTiming::Immediate => {
                    Told::new("A downgrade takes effect at once unless asked otherwise.", "降级默认立即生效。")
                }
            },
            Self::RefundUsed => match agreed.refund_used {
                RefundUsed::DaysOfPurchasedMonth => Told::new(
                    "What was used is counted by days of the purchased month, today included.",
                    "已使用部分按所购月份的天数计算，当天计入。",
                ),
            },
            Self::RenewalInGrace => match agreed.renewal_in_grace {
                RenewalInGrace::FromOldEnd => Told::new(
                    "A renewal follows the end of what was paid before, also in the days of grace.",
                    "续费期限自原到期日起接续，宽限期内续费亦同。",
                ),
            },
            Self::PaymentOrder => match agreed.payment_order {
                PaymentOrder::VoucherGiftCash => Told::new(
                    "A voucher pays first, then the gift balance, then the cash balance.",
                    "依次使用代金券、赠送余额、现金余额支付。",
                ),
            },
            Self::Rounding => match agreed.rounding {
                Rounding::HalfAwayFromZeroPerLine => Told::new(
                    "Each line is rounded once, to 0.01, half up.",
                    "每行金额只舍入一次，四舍五入到 0.01 元。",
                ),
            },
        }
    }
}

fn month_end(agreed: MonthEnd) -> Told {
    match agreed {
        MonthEnd::Clamp => Told::new(
            "Months are counted from the day of the first payment; a month that lacks that day ends on its last day.",
            "月份自首次付费之日起算；当月没有对应日的，以当月最后一天为界。",
        ),
        MonthEnd::IncludeLastDay => Told::new(
            "Months are counted from the day of the first payment; of a month that lacks that day the last day is \
             included.",
            "月份自首次付费之日起算；当月没有对应日的，包含当月最后一天。",
        ),
    }
}

fn upgrade(agreed: UpgradePricing) -> Told {
    match agreed {
        UpgradePricing::PlatformFormula => Told::new(
            "An upgrade costs the difference of the monthly prices for the months left, which are counted by days and \
             rounded to two decimals.",
            "升级按两档月价差额乘以剩余月数计费，剩余月数按天折算，保留两位小数。",
        ),
        UpgradePricing::Exact => Told::new(
            "An upgrade costs the difference of the monthly prices for the months left, which are counted by days and \
             not rounded.",
            "升级按两档月价差额乘以剩余月数计费，剩余月数按天折算，不舍入。",
        ),
        UpgradePricing::RefundAndRepurchase => Told::new(
            "An upgrade is an ordinary refund of the old plan and a purchase of the new one.",
            "升级视为原套餐普通退费并重新购买新套餐。",
        ),
    }
}
