//! Owns the policies of price list 2022-07: every switch that the rules name, once.
//!
//! Does not own prices. What is written out as code elsewhere (share by service days, days left counting today, highest
//! step of a month) is named there by its rule.

use crate::calendar::{MonthEnd, ValidityEnd};
use crate::prices::List;

/// Facts §11 #10.
pub const MONTH_END: MonthEnd = MonthEnd::ClampTheEnd;
/// Facts §11 #11.
pub const VALIDITY_END: ValidityEnd = ValidityEnd::EndOfDay;
/// Days of use after a plan refund, the day of the refund not counted (U32).
pub const REFUND_GRACE_DAYS: i32 = 7;
/// Days from the bill to the stop, the day of the bill counted (facts §11 #2).
pub const ARREARS_GRACE_DAYS: i32 = 7;
/// Days from the stop to recycling, the day of the stop counted.
pub const RETENTION_DAYS: i32 = 90;
/// The day of the month on which a statement is drafted.
pub const DRAFT_DAY: i32 = 1;
/// The day of the month on which it is final and deducted.
pub const SETTLEMENT_DAY: i32 = 3;
/// Hour of the automatic renewals.
pub const AUTO_RENEWAL_HOUR: i64 = 23;
/// On the last day, and once a day on so many days after it.
pub const AUTO_RENEWAL_RETRIES: i32 = 6;
/// Reminders before the end, the last day counted.
pub const REMINDERS_BEFORE: i32 = 7;
/// Reminders after it.
pub const REMINDERS_AFTER: i32 = 7;
/// Days after the purchase in which the five-day refund is open, to the end of the last.
pub const FIVE_DAY_REFUND_DAYS: i32 = 5;
/// Longest order.
pub const MONTHS_MAX: u32 = 24;
/// Applications of one account.
pub const APPLICATIONS_MAX: usize = 300;
/// Days of a call trial, the first counted.
pub const CALL_TRIAL_DAYS: i32 = 7;
/// Call trials of one application.
pub const CALL_TRIALS_PER_APPLICATION: u32 = 2;
/// Call trials of one account.
pub const CALL_TRIALS_PER_ACCOUNT: u32 = 10;
/// Hours from approval to the opening of push to all members.
pub const PUSH_OPENS_AFTER_HOURS: i64 = 48;
/// Months of an upgrade: hundredths, from days left × 12 ÷ 365 (B5).
pub const UPGRADE_MONTHS: UpgradeMonths = UpgradeMonths::Hundredths;

/// How the months of an upgrade are counted (facts §11 #9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpgradeMonths {
    /// Rounded to two decimals before multiplying.
    Hundredths,
    /// Not rounded.
    Exact,
}

/// Days of use after the end of a paid term, the last day not counted (facts §11 #1; 24 hours from E3 on).
pub fn expiry_grace_days(list: List) -> i32 {
    match list {
        List::E2 => 7,
        List::E3 | List::E4 => 1,
    }
}
