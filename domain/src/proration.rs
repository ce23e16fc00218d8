//! Owns shares and blocks: what a part of a month costs, how many started blocks a peak makes.
//!
//! Does not own which days count (`service`) nor prices (agreed terms). Everything is exact until the one rounding of
//! the line (R0).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::money::{Money, MoneyFault};

/// The part of a natural month a postpaid fee is due for (S4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonthShare {
    /// Days on which the application was in paid service.
    pub service_days: u32,
    /// Days of the month.
    pub days: u32,
    /// Whether the fee is due whole whatever the days: no day was lost to a stop, or the service was opened this month.
    pub whole: bool,
}

impl MonthShare {
    /// That part of a month's fee, rounded once.
    ///
    /// ```
    /// use subledger_domain::{money::Money, proration::MonthShare};
    /// let share = MonthShare { service_days: 15, days: 31, whole: false };
    /// assert_eq!(share.of(Money::cny("1000.00")?)?, Money::cny("483.87")?); // C7.1
    /// # Ok::<(), subledger_domain::money::MoneyFault>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyFault::TooLarge`].
    pub fn of(self, fee: Money) -> Result<Money, MoneyFault> {
        if self.whole {
            return Ok(fee);
        }
        let part = fee.amount().checked_mul(Decimal::from(self.service_days)).ok_or(MoneyFault::TooLarge)?;
        let part = part.checked_div(Decimal::from(self.days)).ok_or(MoneyFault::TooLarge)?;
        Money::rounded(part, fee.currency())
    }
}

/// Started blocks beyond what is included: `ceil(max(0, peak − included) / block)`.
///
/// ```
/// use subledger_domain::proration::started_blocks;
/// assert_eq!([9_999, 10_000, 10_001, 20_000, 20_001].map(|peak| started_blocks(peak, 10_000, 10_000)), [0, 0, 1, 1, 2]);
/// ```
pub fn started_blocks(peak: u64, included: u64, block: u64) -> u64 {
    // A list with blocks of nothing is refused when it is loaded.
    peak.saturating_sub(included).div_ceil(block.max(1))
}
