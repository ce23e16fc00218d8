//! Owns the orders that note a day's usage, and correct it once its month is settled. Meters must not break: a reading is taken whatever state the application is
//! in, as long as its day exists and its month is open (U12, U14).

use jiff::civil::Date;

use super::OrderError;
use super::admission::alive;
use crate::application::CreatedApplication;
use crate::calendar::{Month, day_of, midnight, plus_days};
use crate::catalog::PriceList;
use crate::decide::Refusal;
use crate::decide::cascade::Cascade;
use crate::ids::{ApplicationId, UsageMonthId};
use crate::plan::Plan;
use crate::settlement;
use crate::step::Step;
use crate::usage;

/// More daily actives or groups than any service has. It keeps every statement far below the largest amount, so that no
/// reading, however wrong, can make a month impossible to settle.
const READING_MAX: u64 = 4_000_000_000;

pub(super) fn record(
    cascade: &Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    date: Date,
    (dau, peak_groups): (u64, u64),
) -> Result<Vec<Step>, Refusal> {
    let (application, month) = measured(cascade, application_id, date, dau.max(peak_groups))?;
    if cascade.at >= settlement::closes_at(list, month) {
        return Err(OrderError::UsageMonthClosed { month }.into());
    }
    let over_cap = is_over_cap(application, list, date, (dau, peak_groups));
    let record = usage::Command::Record { application_id, date, dau, peak_groups, over_cap, at: cascade.at };
    Ok(vec![Step::Usage(UsageMonthId { application_id, month }, record)])
}

/// For a month whose statement is final (U38); until then a later reading corrects an earlier one.
pub(super) fn correct(
    cascade: &Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    date: Date,
    (dau, peak_groups): (Option<u64>, Option<u64>),
    reason: &str,
) -> Result<Vec<Step>, Refusal> {
    let highest = dau.max(peak_groups).ok_or(OrderError::NothingToCorrect)?;
    let (application, month) = measured(cascade, application_id, date, highest)?;
    if cascade.at < settlement::closes_at(list, month) {
        return Err(OrderError::UsageMonthOpen { month }.into());
    }
    let id = UsageMonthId { application_id, month };
    let known = cascade.books.usage(id).and_then(|usage| usage.reading(date));
    let told = (dau.or(known.map(|known| known.dau)), peak_groups.or(known.map(|known| known.peak_groups)));
    let over_cap = is_over_cap(application, list, date, (told.0.unwrap_or(0), told.1.unwrap_or(0)));
    let (reason, at) = (reason.to_owned(), cascade.at);
    let correct = usage::Command::Correct { application_id, date, dau, peak_groups, over_cap, reason, at };
    Ok(vec![Step::Usage(id, correct)])
}

/// A day that has begun, of an application that existed, with a figure that can be.
fn measured<'b>(
    cascade: &'b Cascade<'_>,
    application_id: ApplicationId,
    date: Date,
    highest: u64,
) -> Result<(&'b CreatedApplication, Month), Refusal> {
    if highest > READING_MAX {
        return Err(OrderError::UsageTooLarge { most: READING_MAX }.into());
    }
    let application = alive(&cascade.books, application_id)?;
    let (today, created, month) = (day_of(cascade.at), day_of(application.created_at), Month::of(date));
    if date > today {
        return Err(OrderError::UsageInFuture { date, today }.into());
    }
    if date < created {
        return Err(OrderError::UsageBeforeCreation { date, created }.into());
    }
    Ok((application, month))
}

/// Above what Trial allows, on a day spent on Trial (U14). A plan that is bought and stopped is no Trial.
fn is_over_cap(application: &CreatedApplication, list: &PriceList, date: Date, (dau, peak_groups): (u64, u64)) -> bool {
    let caps = list.rights(Plan::Trial).quotas;
    let above = |measured: u64, cap: Option<u64>| cap.is_some_and(|cap| measured > cap);
    let over = above(dau, caps.dau_included) || above(peak_groups, caps.peak_groups_included);
    let left_trial = application.left_trial_at.is_some_and(|at| at < midnight(plus_days(date, 1)));
    over && !left_trial
}
