//! Owns renewing by itself: the orders that switch it on and off, and the renewal that is due (U6, U7, U46).
//!
//! Does not own when it is due (`term`) nor what a refusal means (`decide::due` notes it).

use super::admission::{admitted, alive, months_in_range};
use super::plan::further_term;
use super::refund::bought_by;
use super::{OrderError, Refusal, add_on as add_on_orders};
use crate::account::Bill;
use crate::add_on;
use crate::application::{self, CreatedApplication};
use crate::calendar::day_of;
use crate::catalog::{Catalog, PriceList};
use crate::charge::Item;
use crate::decide::cascade::Cascade;
use crate::fact::Stream;
use crate::ids::{AddOnId, ApplicationId, SubscriptionId, VoucherId};
use crate::step::Step;
use crate::subscription;

/// Months of a renewal by itself, unless said (U46).
pub(super) const MONTHS_UNLESS_SAID: u32 = 1;

pub(super) fn set_plan(
    cascade: &Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    wish: (bool, Option<u32>),
) -> Result<Vec<Step>, Refusal> {
    let months = wished(list, wish)?;
    let application = alive(&cascade.books, application_id)?;
    let (id, _) = cascade.books.running_agreement(application).ok_or(subscription::Error::NotSubscribed)?;
    Ok(vec![Step::Subscription(id, subscription::Command::SetAutoRenew { months, at: cascade.at })])
}

pub(super) fn set_add_on(
    cascade: &Cascade<'_>,
    list: &PriceList,
    (application_id, add_on_id): (ApplicationId, AddOnId),
    wish: (bool, Option<u32>),
) -> Result<Vec<Step>, Refusal> {
    let months = wished(list, wish)?;
    alive(&cascade.books, application_id)?;
    bought_by(&cascade.books, application_id, add_on_id)?;
    Ok(vec![Step::AddOn(add_on_id, add_on::Command::SetAutoRenew { months, at: cascade.at })])
}

/// Months, or none to switch it off.
fn wished(list: &PriceList, (enabled, months): (bool, Option<u32>)) -> Result<Option<u32>, OrderError> {
    let months = months.unwrap_or(MONTHS_UNLESS_SAID);
    months_in_range(list, months)?;
    Ok(enabled.then_some(months))
}

/// The steps of a renewal that is due, at the list price of its day; refused as an order would be.
pub(in crate::decide) fn auto_renewal(
    cascade: &mut Cascade<'_>,
    subject: &Stream,
    catalog: &Catalog,
) -> Result<Vec<Step>, Refusal> {
    let list = catalog.in_force(cascade.at);
    match subject {
        Stream::Subscription(id) => renew_plan(cascade, list, *id),
        Stream::AddOn(id) => renew_add_on(cascade, list, *id),
        Stream::Account(_) | Stream::Application(_) | Stream::Usage(_) | Stream::PriceList(_) => {
            Err(Refusal::BrokenInvariant { invariant: "a timer belongs to the kind of stream that acts on it" })
        }
    }
}

fn renew_plan(cascade: &mut Cascade<'_>, list: &PriceList, id: SubscriptionId) -> Result<Vec<Step>, Refusal> {
    let agreement = cascade.books.agreement(id).ok_or(subscription::Error::NotSubscribed)?;
    let auto_renew = agreement.terms.auto_renew.ok_or(subscription::Error::NotSubscribed)?;
    let (application_id, plan) = (agreement.application_id, agreement.renewal_plan());
    let application = admitted(&cascade.books, application_id)?;
    let terms = list.plan_terms(application.data_site, plan);
    let bill = Bill::order(
        Item::from(plan),
        auto_renew.months,
        terms.monthly_price.times(u64::from(auto_renew.months)).map_err(subscription::Error::from)?,
    );
    let voucher_id = fitting_voucher(cascade, &bill);
    let at = cascade.at;
    Ok(vec![further_term(cascade, id, terms, (auto_renew.months, voucher_id), at)])
}

/// Skipped while its plan is not renewed (U7).
fn renew_add_on(cascade: &mut Cascade<'_>, list: &PriceList, id: AddOnId) -> Result<Vec<Step>, Refusal> {
    let bought = cascade.books.add_on(id).ok_or(add_on::Error::NotStarted)?;
    let auto_renew = bought.terms.auto_renew.ok_or(add_on::Error::Ended)?;
    let application_id = bought.application_id;
    let application = cascade.books.application(application_id).ok_or(application::Error::NotCreated)?;
    plan_goes_on(cascade, application)?;
    let (add_on, site, plan) = (bought.add_on(), application.data_site, application.plan);
    let voucher_id = match (Item::of_add_on(add_on), list.add_on(add_on, site, plan)) {
        (Some(item), Ok(terms)) => {
            let amount = terms.price.times(u64::from(auto_renew.months)).map_err(add_on::Error::from)?;
            fitting_voucher(cascade, &Bill::order(item, auto_renew.months, amount))
        }
        // What is not sold is refused below, in the order of U45.
        (None, _) | (_, Err(_)) => None,
    };
    add_on_orders::renew(cascade, list, application_id, id, auto_renew.months, voucher_id)
}

/// A suitable voucher first, then the balance (facts §3.4, U20).
fn fitting_voucher(cascade: &Cascade<'_>, bill: &Bill) -> Option<VoucherId> {
    cascade.books.account()?.best_voucher(bill, day_of(cascade.at)).cloned()
}

fn plan_goes_on(cascade: &Cascade<'_>, application: &CreatedApplication) -> Result<(), subscription::Error> {
    match cascade.books.running_agreement(application) {
        Some((_, agreement)) if agreement.terms.last_day() <= day_of(cascade.at) => {
            Err(subscription::Error::RenewalRequired { last_day: agreement.terms.last_day() })
        }
        Some(_) | None => Ok(()),
    }
}
