//! Owns how usage looks: a day as it was measured, and a month with its peaks, blocks and fee so far.
//!
//! Does not own a figure: what a month comes to is the settlement's, tried out.

use jiff::civil::Date;
use serde::Serialize;
use subledger_domain::calendar::Month;
use subledger_domain::charge::{Formula, Item, StatementLine};
use subledger_domain::ids::ApplicationId;
use subledger_domain::money::Money;
use subledger_domain::proration::MonthShare;
use subledger_domain::settlement::{MeteredDay, MonthSoFar};

/// A day of an application.
#[derive(Debug, Serialize)]
pub(super) struct UsageDayView {
    application_id: ApplicationId,
    #[serde(flatten)]
    day: DayView,
}

impl UsageDayView {
    pub(super) fn of(application_id: ApplicationId, day: MeteredDay) -> Self {
        Self { application_id, day: DayView::from(day) }
    }
}

#[derive(Debug, Serialize)]
struct DayView {
    date: Date,
    dau: u64,
    peak_groups: u64,
    /// Whether it can be a peak.
    counted: bool,
    /// Whether the application was in paid service on it.
    service_day: bool,
    over_cap: bool,
    provisional: bool,
}

impl From<MeteredDay> for DayView {
    fn from(day: MeteredDay) -> Self {
        Self {
            date: day.date,
            dau: day.reading.dau,
            peak_groups: day.reading.peak_groups,
            counted: day.is_service_day,
            service_day: day.is_service_day,
            over_cap: day.reading.over_cap,
            provisional: day.is_provisional,
        }
    }
}

/// A month of an application.
#[derive(Debug, Serialize)]
pub struct UsageMonthView {
    application_id: ApplicationId,
    month: Month,
    closed: bool,
    days: Vec<DayView>,
    days_without_reading: Vec<Date>,
    dau: Option<PeakView>,
    peak_groups: Option<PeakView>,
    history_storage: Option<StorageView>,
    fee_so_far: Money,
}

#[derive(Debug, Serialize)]
struct PeakView {
    peak: u64,
    peak_on: Option<Date>,
    allowance: u64,
    block: u64,
    blocks: u64,
    block_price: Money,
    share: MonthShare,
    fee: Money,
    formula: String,
}

#[derive(Debug, Serialize)]
struct StorageView {
    days: u32,
    monthly_price: Money,
    share: MonthShare,
    fee: Money,
    formula: String,
}

impl UsageMonthView {
    /// Of a month seen at an instant; `closed` says that no reading changes it any more.
    pub fn of(application_id: ApplicationId, month: Month, closed: bool, seen: MonthSoFar) -> Self {
        let peak = |item| seen.lines.iter().find(|line| line.item == item).and_then(PeakView::of);
        Self {
            application_id,
            month,
            closed,
            dau: peak(Item::DauOverage),
            peak_groups: peak(Item::GroupOverage),
            history_storage: seen.lines.iter().find_map(StorageView::of),
            fee_so_far: seen.fee,
            days: seen.days.into_iter().map(DayView::from).collect(),
            days_without_reading: seen.days_without_reading,
        }
    }
}

impl PeakView {
    fn of(line: &StatementLine) -> Option<Self> {
        match line.formula {
            Formula::Overage { peak, peak_on, included, block, blocks, block_price, share, amount, .. } => Some(Self {
                peak,
                peak_on,
                allowance: included,
                block,
                blocks,
                block_price,
                share,
                fee: amount,
                formula: line.formula.to_string(),
            }),
            Formula::MonthlyPrice { .. }
            | Formula::Promotional { .. }
            | Formula::Storage { .. }
            | Formula::Upgrade { .. }
            | Formula::Downgrade { .. }
            | Formula::Refund { .. }
            | Formula::Correction { .. } => None,
        }
    }
}

impl StorageView {
    fn of(line: &StatementLine) -> Option<Self> {
        match line.formula {
            Formula::Storage { kept_days, monthly_price, share, amount, .. } => {
                Some(Self { days: kept_days, monthly_price, share, fee: amount, formula: line.formula.to_string() })
            }
            Formula::MonthlyPrice { .. }
            | Formula::Promotional { .. }
            | Formula::Overage { .. }
            | Formula::Upgrade { .. }
            | Formula::Downgrade { .. }
            | Formula::Refund { .. }
            | Formula::Correction { .. } => None,
        }
    }
}
