//! Owns the reports over all payers: the trial balance, and what a month earned.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use subledger_domain::account::PayMode;
use subledger_domain::calendar::{Month, plus_days};
use subledger_domain::charge::Item;
use subledger_domain::money::{Currency, Money, MoneyFault};
use subledger_eventlog::store::{Store, StoreFault};

use super::earned::Sums;
use super::ledger_account::LedgerAccount;
use super::view::{Held, Of, beyond, each_posting};

/// The books at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrialBalance {
    /// The day.
    pub through: Date,
    /// Each heading that is not at zero.
    pub ledger_accounts: Vec<TrialLine>,
    /// All debits.
    pub debit: Money,
    /// All credits.
    pub credit: Money,
    /// Debits less credits: zero, or something is wrong.
    pub balance: Money,
}

/// What stands under a heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrialLine {
    /// The heading.
    pub ledger_account: LedgerAccount,
    /// If it is a debit.
    pub debit: Money,
    /// If it is a credit.
    pub credit: Money,
}

/// What a month earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Revenue {
    /// The month.
    pub month: String,
    /// The last day that is counted: the month's, or today.
    pub through: Date,
    /// By item, mode, and settled month that is corrected.
    pub lines: Vec<RevenueLine>,
    /// Earned of what was paid in advance.
    pub prepaid: Money,
    /// Earned by use, corrections included.
    pub postpaid: Money,
    /// What vouchers paid in the month: it is taken off.
    pub vouchers_used: Money,
    /// What credit notes of the month could not give back: it stays.
    pub credits_not_returned: Money,
    /// Prepaid and postpaid, less vouchers, and what stayed.
    pub total: Money,
}

/// What was earned with an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevenueLine {
    /// What for.
    pub item: Item,
    /// `prepaid` or `postpaid`.
    pub pay_mode: &'static str,
    /// The settled month that it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjusts_month: Option<String>,
    /// How much; less than nothing where more was given back.
    pub amount: Money,
}

fn nothing() -> Money {
    Money::zero(Currency::default())
}

/// The books at the end of a day, of events up to a position.
///
/// # Errors
/// [`StoreFault`], also when a row holds what no fold writes.
pub async fn trial_balance(store: &dyn Store, through: Date, position: u64) -> Result<TrialBalance, StoreFault> {
    let mut sums = Sums::default();
    each_posting(store, Of::Everybody, position, |booked_on, posting| {
        if booked_on > through { Ok(()) } else { sums.add(posting.ledger_account, posting.amount).map_err(beyond) }
    })
    .await?;
    let held = Held::read(store, Of::Everybody, position).await?;
    for earning in &held.earnings {
        let earned = earning.schedule.through(through, held.endings.of(earning)).map_err(beyond)?;
        sums.earn(earning, earned).map_err(beyond)?;
    }
    balance(&sums, through).map_err(beyond)
}

fn balance(sums: &Sums, through: Date) -> Result<TrialBalance, MoneyFault> {
    let (mut ledger_accounts, mut all) = (Vec::new(), (nothing(), nothing()));
    for posting in sums.postings() {
        let (debit, credit) = match posting.amount.is_negative() {
            true => (nothing(), posting.amount.negated()),
            false => (posting.amount, nothing()),
        };
        all = (all.0.plus(debit)?, all.1.plus(credit)?);
        ledger_accounts.push(TrialLine { ledger_account: posting.ledger_account, debit, credit });
    }
    let (debit, credit) = all;
    Ok(TrialBalance { through, ledger_accounts, debit, credit, balance: debit.minus(credit)? })
}

/// What a month earned to the end of a day, of events up to a position.
///
/// # Errors
/// [`StoreFault`], also when a row holds what no fold writes.
pub async fn revenue(store: &dyn Store, month: Month, today: Date, position: u64) -> Result<Revenue, StoreFault> {
    let first = month.first_day();
    // A month to come has earned nothing.
    let through = month.last_day().min(today.max(plus_days(first, -1)));
    let held = Held::read(store, Of::Everybody, position).await?;
    let mut by: BTreeMap<(PayMode, Item, Option<Month>), Money> = BTreeMap::new();
    for earning in &held.earnings {
        let earned = earning.schedule.within(first, through, held.endings.of(earning)).map_err(beyond)?;
        if !earned.is_zero() {
            let sum = by.entry((earning.mode, earning.item, earning.adjusts)).or_insert(nothing());
            *sum = sum.plus(earned).map_err(beyond)?;
        }
    }
    let mut contra = Sums::default();
    for heading in [LedgerAccount::VouchersUsed, LedgerAccount::CreditsNotReturned] {
        each_posting(store, Of::Heading(heading), position, |booked_on, posting| {
            if booked_on < first || booked_on > through {
                return Ok(());
            }
            contra.add(posting.ledger_account, posting.amount).map_err(beyond)
        })
        .await?;
    }
    told(month, through, by, &contra).map_err(beyond)
}

fn told(
    month: Month,
    through: Date,
    by: BTreeMap<(PayMode, Item, Option<Month>), Money>,
    contra: &Sums,
) -> Result<Revenue, MoneyFault> {
    let vouchers_used = contra.of(LedgerAccount::VouchersUsed);
    let credits_not_returned = contra.of(LedgerAccount::CreditsNotReturned).negated();
    let (mut prepaid, mut postpaid) = (nothing(), nothing());
    let mut lines = Vec::new();
    for ((mode, item, adjusts), amount) in by {
        match mode {
            PayMode::Prepaid => prepaid = prepaid.plus(amount)?,
            PayMode::Postpaid => postpaid = postpaid.plus(amount)?,
        }
        let adjusts_month = adjusts.map(|month| month.to_string());
        lines.push(RevenueLine { item, pay_mode: mode.name(), adjusts_month, amount });
    }
    let total = prepaid.plus(postpaid)?.minus(vouchers_used)?.plus(credits_not_returned)?;
    Ok(Revenue {
        month: month.to_string(),
        through,
        lines,
        prepaid,
        postpaid,
        vouchers_used,
        credits_not_returned,
        total,
    })
}
