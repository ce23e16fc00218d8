//! Owns the orders that buy and renew a plan.

use super::admission::{admitted, months_in_range};
use super::{OrderError, drawn_invoice};
use crate::application;
use crate::catalog::PriceList;
use crate::decide::Refusal;
use crate::decide::cascade::Cascade;
use crate::ids::{ApplicationId, SubscriptionId};
use crate::plan::{PaidPlan, Plan};
use crate::step::Step;
use crate::subscription;
use crate::terms::PlanTerms;

pub(super) fn purchase(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    plan: Plan,
    months: u32,
) -> Result<Vec<Step>, Refusal> {
    months_in_range(list, months)?;
    let application = admitted(&cascade.books, application_id)?;
    let plan = match plan {
        Plan::Trial => return Err(OrderError::TrialNotReenterable.into()),
        Plan::Pro => PaidPlan::Pro,
        Plan::Flagship => PaidPlan::Flagship,
    };
    if let Some((_, agreement)) = cascade.books.running_agreement(application) {
        let (plan, until) = (agreement.plan(), agreement.terms.paid_until());
        return Err(subscription::Error::AlreadySubscribed { plan, until }.into());
    }
    let data_site = application.data_site;
    Ok(start(cascade, list, application_id, list.plan_terms(data_site, plan), months))
}

/// Inside the term or its grace the agreement goes on; after a stop the same plan starts anew at payment (U21).
pub(super) fn renew(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    months: u32,
) -> Result<Vec<Step>, Refusal> {
    months_in_range(list, months)?;
    let application = admitted(&cascade.books, application_id)?;
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
    let renew = subscription::Command::Renew { months, terms, invoice_id, line_id, at: cascade.at };
    Ok(vec![Step::Subscription(id, renew)])
}

fn start(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    terms: PlanTerms,
    months: u32,
) -> Vec<Step> {
    let subscription_id = SubscriptionId::from_uuid(cascade.ids.draw());
    let (invoice_id, line_id) = drawn_invoice(cascade);
    let (at, plan) = (cascade.at, terms.plan);
    let rights = list.rights(plan.into());
    let start = subscription::Command::Start { application_id, months, terms, invoice_id, line_id, at };
    let enter = application::Command::EnterPlan { plan, subscription_id, rights, at };
    vec![Step::Subscription(subscription_id, start), Step::Application(application_id, enter)]
}
