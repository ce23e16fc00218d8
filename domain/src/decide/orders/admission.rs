//! Owns the rungs that orders on an application share, in the order of U45: shape and months → parked → recycled →
//! account suspended, in arrears → application suspended → site → plan and state → voucher, promotion → balance.
//!
//! The balance comes last by itself: the account's own step refuses.

use super::OrderError;
use crate::account;
use crate::application::{self, CreatedApplication};
use crate::books::Working;
use crate::catalog::PriceList;
use crate::decide::Refusal;
use crate::ids::ApplicationId;
use crate::subscription;

/// Terms are sold in whole months within bounds.
pub(super) fn months_in_range(list: &PriceList, months: u32) -> Result<(), OrderError> {
    if list.months().contains(&months) {
        return Ok(());
    }
    let (least, most) = (*list.months().start(), *list.months().end());
    Err(OrderError::MonthsOutOfRange { months, least, most })
}

/// The application, if it exists, its payer is not parked, and it is not gone.
pub(super) fn alive<'b>(
    books: &'b Working<'_>,
    application_id: ApplicationId,
) -> Result<&'b CreatedApplication, Refusal> {
    let application = books.application(application_id).ok_or(application::Error::NotCreated)?;
    books.account().ok_or(account::Error::NotOpen)?.not_parked()?;
    application.not_recycled()?;
    Ok(application)
}

/// As [`alive`], and nothing is owed.
pub(super) fn admitted<'b>(
    books: &'b Working<'_>,
    application_id: ApplicationId,
) -> Result<&'b CreatedApplication, Refusal> {
    let application = alive(books, application_id)?;
    books.account().ok_or(account::Error::NotOpen)?.admits_orders()?;
    Ok(application)
}

/// Nothing is stopped.
pub(super) fn in_service(application: &CreatedApplication) -> Result<(), OrderError> {
    match application.suspensions.keys().next() {
        Some(cause) => Err(OrderError::ApplicationSuspended { cause: *cause }),
        None => Ok(()),
    }
}

/// The plan is paid for: not in its grace, not refunded (U24, U32). Trial has no end to renew before.
pub(super) fn not_in_grace(books: &Working<'_>, application: &CreatedApplication) -> Result<(), subscription::Error> {
    books.usable_agreement(application).map_or(Ok(()), |(_, agreement)| agreement.paid_for())
}
