//! Owns the orders that create an application and set how long its history is kept.

use jiff::Timestamp;

use super::OrderError;
use super::admission::{alive, in_service, not_in_grace};
use crate::account;
use crate::application::{self, CreatedApplication};
use crate::books::Working;
use crate::catalog::{NotSold, PriceList};
use crate::decide::Refusal;
use crate::decide::cascade::Cascade;
use crate::ids::ApplicationId;
use crate::money::Money;
use crate::plan::{DataSite, Plan};
use crate::step::Step;

pub(super) fn create(
    cascade: &Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    name: &str,
    data_site: DataSite,
) -> Result<Vec<Step>, Refusal> {
    let account = cascade.books.account().ok_or(account::Error::NotOpen)?;
    account.admits_orders()?;
    let most = list.applications_max();
    if cascade.books.applications_count() >= most as usize {
        return Err(OrderError::TooManyApplications { most }.into());
    }
    let account_id = account.id.clone();
    let rights = list.rights(Plan::Trial);
    let (name, at) = (name.to_owned(), cascade.at);
    let create = application::Command::Create { application_id, account_id, name, data_site, rights, at };
    Ok(vec![Step::Application(application_id, create)])
}

/// Raising it needs a payer without debt and a plan that is not about to stop; lowering does not (U1, U24).
pub(super) fn set_history_retention(
    cascade: &Cascade<'_>,
    application_id: ApplicationId,
    days: u32,
) -> Result<Vec<Step>, Refusal> {
    let books = &cascade.books;
    let application = alive(books, application_id)?;
    let account = books.account().ok_or(account::Error::NotOpen)?;
    account.not_suspended()?;
    let raises = days > application.retention.days().unwrap_or(application.included_days());
    if raises {
        account.not_in_arrears()?;
    }
    in_service(application)?;
    let monthly_price = step_price(books, application, days, cascade.at)?;
    if raises {
        not_in_grace(books, application)?;
    }
    let set = application::Command::SetHistoryRetention { days, monthly_price, at: cascade.at };
    Ok(vec![Step::Application(application_id, set)])
}

/// The price agreed with the plan; none for the plan's own figure.
fn step_price(
    books: &Working<'_>,
    application: &CreatedApplication,
    days: u32,
    at: Timestamp,
) -> Result<Option<Money>, Refusal> {
    let Some((_, agreement)) = books.usable_agreement(application) else {
        return Err(OrderError::NotSold(NotSold::OnTrial).into());
    };
    let steps = &agreement.terms.in_force_at(at).history_storage;
    if days == application.included_days() {
        return Ok(None);
    }
    match steps.iter().find(|step| step.days == days) {
        Some(step) => Ok(Some(step.monthly_price)),
        None => {
            let steps = [application.included_days()].into_iter().chain(steps.iter().map(|step| step.days)).collect();
            Err(OrderError::RetentionStepUnknown { days, steps }.into())
        }
    }
}
