//! Owns what is earned by when: schedules evaluated, month by month or up to a day.
//!
//! Does not own the arithmetic of one schedule (`domain::recognition`).

use std::collections::BTreeMap;

use jiff::civil::Date;
use subledger_domain::calendar::Month;
use subledger_domain::money::{Currency, Money, MoneyFault};

use super::booking::{Earning, Ending, Posting};
use super::ledger_account::LedgerAccount;

/// On which day each agreement or add-on was over: the first that said so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endings {
    of: BTreeMap<String, Date>,
}

impl Endings {
    /// Notes an end.
    pub fn note(&mut self, ending: Ending) {
        let on = self.of.entry(ending.agreement).or_insert(ending.on);
        *on = ending.on.min(*on);
    }

    /// When what it is for ended before its time, if it did.
    pub fn of(&self, earning: &Earning) -> Option<Date> {
        earning.agreement.as_ref().and_then(|agreement| self.of.get(agreement)).copied()
    }
}

/// Sums by heading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    by: BTreeMap<LedgerAccount, Money>,
}

impl Sums {
    /// Adds one posting.
    ///
    /// # Errors
    /// [`MoneyFault::TooLarge`].
    pub fn add(&mut self, ledger_account: LedgerAccount, amount: Money) -> Result<(), MoneyFault> {
        let sum = self.by.entry(ledger_account).or_insert(Money::zero(amount.currency()));
        *sum = sum.plus(amount)?;
        Ok(())
    }

    /// Adds what was earned: from where it stood, to revenue.
    ///
    /// # Errors
    /// [`MoneyFault::TooLarge`].
    pub fn earn(&mut self, earning: &Earning, amount: Money) -> Result<(), MoneyFault> {
        self.add(LedgerAccount::earned_from(earning.mode), amount)?;
        self.add(LedgerAccount::Revenue(earning.item), amount.negated())
    }

    /// What stands under a heading.
    pub fn of(&self, ledger_account: LedgerAccount) -> Money {
        self.by.get(&ledger_account).copied().unwrap_or(Money::zero(Currency::default()))
    }

    /// Each heading that is not at zero.
    pub fn postings(&self) -> impl Iterator<Item = Posting> {
        let open = self.by.iter().filter(|(_, amount)| !amount.is_zero());
        open.map(|(ledger_account, amount)| Posting { ledger_account: *ledger_account, amount: *amount })
    }
}

/// What is earned in each month to the end of a day.
///
/// # Errors
/// [`MoneyFault::TooLarge`].
pub fn recognised<'e>(
    earnings: impl Iterator<Item = &'e Earning>,
    endings: &Endings,
    through: Date,
) -> Result<BTreeMap<Month, Sums>, MoneyFault> {
    let mut months: BTreeMap<Month, Sums> = BTreeMap::new();
    for earning in earnings {
        let (schedule, ended_on) = (&earning.schedule, endings.of(earning));
        let last = Month::of(schedule.done_on(ended_on).min(through));
        let mut month = Month::of(schedule.begins_on(ended_on));
        while month <= last {
            let until = month.last_day().min(through);
            let amount = schedule.within(month.first_day(), until, ended_on)?;
            months.entry(month).or_default().earn(earning, amount)?;
            month = month.next();
        }
    }
    Ok(months)
}
