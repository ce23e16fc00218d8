//! Owns how an order becomes steps: the ladder of refusals that spans aggregates, in the order of U45, ending in one
//! `Ok`.
//!
//! U45: shape and months → parked → recycled → account suspended, in arrears → application suspended → site → plan and
//! state → voucher, promotion → balance. The balance comes last by itself: the account's own step refuses.

use super::cascade::Cascade;
use super::{Order, Refusal};
use crate::account;
use crate::application::{self, CreatedApplication};
use crate::books::Working;
use crate::catalog::{Catalog, PriceList};
use crate::ids::{ApplicationId, InvoiceId, LineId, SubscriptionId};
use crate::plan::{PaidPlan, Plan};
use crate::step::Step;
use crate::subscription;

/// Why an order is refused before any aggregate is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Terms are sold in whole months within bounds (269/32458).
    #[error("{months} months are outside {least} to {most}")]
    MonthsOutOfRange {
        /// What was asked.
        months: u32,
        /// Fewest.
        least: u32,
        /// Most.
        most: u32,
    },
    /// S7.
    #[error("Trial is never entered again; buy Pro or Flagship, or create a new application")]
    TrialNotReenterable,
    /// Facts §4.1.
    #[error("an account has at most {most} applications")]
    TooManyApplications {
        /// The cap.
        most: u32,
    },
}

pub(super) fn steps(cascade: &mut Cascade<'_>, order: &Order, catalog: &Catalog) -> Result<Vec<Step>, Refusal> {
    let list = catalog.in_force(cascade.at);
    match order {
        Order::OpenAccount { account_id, name, enterprise_verified, new_customer } => {
            Ok(vec![Step::Account(account::Command::Open {
                account_id: account_id.clone(),
                name: name.clone(),
                enterprise_verified: *enterprise_verified,
                new_customer: *new_customer,
                at: cascade.at,
            })])
        }
        Order::Deposit { amount, kind, reference } => {
            let (amount, kind, reference, at) = (*amount, *kind, reference.clone(), cascade.at);
            Ok(vec![Step::Account(account::Command::Deposit { amount, kind, reference, at })])
        }
        Order::CreateApplication { application_id, name, data_site } => {
            let account = cascade.books.account().ok_or(account::Error::NotOpen)?;
            account.in_service()?;
            let account_id = account.id.clone();
            room_for_one_more(&cascade.books, list)?;
            Ok(vec![Step::Application(
                *application_id,
                application::Command::Create {
                    application_id: *application_id,
                    account_id,
                    name: name.clone(),
                    data_site: *data_site,
                    rights: list.rights(Plan::Trial),
                    at: cascade.at,
                },
            )])
        }
        Order::PurchasePlan { application_id, plan, months } => {
            purchase(cascade, list, *application_id, *plan, *months)
        }
        Order::RenewPlan { application_id, months } => renew(cascade, list, *application_id, *months),
        Order::RunDue => Ok(vec![]),
    }
}

fn purchase(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    plan: Plan,
    months: u32,
) -> Result<Vec<Step>, Refusal> {
    let application = admitted(&cascade.books, application_id, list, months)?;
    let plan = match plan {
        Plan::Trial => return Err(OrderError::TrialNotReenterable.into()),
        Plan::Pro => PaidPlan::Pro,
        Plan::Flagship => PaidPlan::Flagship,
    };
    if let Some((_, agreement)) = cascade.books.running_agreement(application) {
        return Err(
            subscription::Error::AlreadySubscribed { plan: agreement.plan(), until: agreement.terms.paid_until() }.into()
        );
    }
    let data_site = application.data_site;
    Ok(start(cascade, list, application_id, list.plan_terms(data_site, plan), months))
}

/// Inside the term or its grace the agreement goes on; after a stop the same plan starts anew at payment (U21).
fn renew(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    months: u32,
) -> Result<Vec<Step>, Refusal> {
    let application = admitted(&cascade.books, application_id, list, months)?;
    let data_site = application.data_site;
    let plan = match application.plan {
        Plan::Trial => return Err(subscription::Error::NotSubscribed.into()),
        Plan::Pro => PaidPlan::Pro,
        Plan::Flagship => PaidPlan::Flagship,
    };
    let terms = list.plan_terms(data_site, plan);
    let Some((id, _)) = cascade.books.running_agreement(application) else {
        return Ok(start(cascade, list, application_id, terms, months));
    };
    let (invoice_id, line_id) = drawn_invoice(cascade);
    Ok(vec![Step::Subscription(
        id,
        subscription::Command::Renew { months, terms, invoice_id, line_id, at: cascade.at },
    )])
}

fn start(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    terms: crate::terms::PlanTerms,
    months: u32,
) -> Vec<Step> {
    let subscription_id = SubscriptionId::from_uuid(cascade.ids.draw());
    let (invoice_id, line_id) = drawn_invoice(cascade);
    let at = cascade.at;
    let plan = terms.plan;
    vec![
        Step::Subscription(
            subscription_id,
            subscription::Command::Start { application_id, months, terms, invoice_id, line_id, at },
        ),
        Step::Application(
            application_id,
            application::Command::EnterPlan { plan, subscription_id, rights: list.rights(plan.into()), at },
        ),
    ]
}

/// The rungs every order on an application shares, down to "application suspended".
fn admitted<'b>(
    books: &'b Working<'_>,
    application_id: ApplicationId,
    list: &PriceList,
    months: u32,
) -> Result<&'b CreatedApplication, Refusal> {
    if !list.months().contains(&months) {
        let (least, most) = (*list.months().start(), *list.months().end());
        return Err(OrderError::MonthsOutOfRange { months, least, most }.into());
    }
    let application = books.application(application_id).ok_or(application::Error::NotCreated)?;
    books.account().ok_or(account::Error::NotOpen)?.in_service()?;
    application.not_recycled()?;
    Ok(application)
}

fn room_for_one_more(books: &Working<'_>, list: &PriceList) -> Result<(), Refusal> {
    let most = list.applications_max();
    if books.applications_count() < most as usize {
        Ok(())
    } else {
        Err(OrderError::TooManyApplications { most }.into())
    }
}

fn drawn_invoice(cascade: &mut Cascade<'_>) -> (InvoiceId, LineId) {
    (InvoiceId::from_uuid(cascade.ids.draw()), LineId::from_uuid(cascade.ids.draw()))
}
