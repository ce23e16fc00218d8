//! Owns the orders that buy and renew a plan.

use super::admission::{admitted, months_in_range};
use super::promotion::of_purchase;
use super::{OrderError, drawn_invoice};
use crate::account::{self, Bill};
use crate::application;
use crate::calendar::day_of;
use crate::catalog::{PriceList, PromotionName};
use crate::charge::Item;
use crate::decide::Refusal;
use crate::decide::cascade::Cascade;
use crate::ids::{ApplicationId, SubscriptionId, VoucherId};
use crate::plan::{PaidPlan, Plan};
use crate::step::Step;
use crate::subscription;
use crate::terms::{Discount, PlanTerms};

pub(super) fn purchase(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    (plan, months): (Plan, u32),
    promotion: Option<PromotionName>,
    voucher_id: Option<VoucherId>,
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
    let payer = cascade.books.account().ok_or(account::Error::NotOpen)?;
    let terms = list.plan_terms(application.data_site, plan);
    // The voucher's rung stands before the promotion's (U45); only its minimum waits for the price.
    if let Some(id) = &voucher_id {
        payer.admits_voucher(id, &Bill::order(Item::from(plan), months, terms.monthly_price), day_of(cascade.at))?;
    }
    let discount = promotion.map(|name| of_purchase(list, payer, name, plan, months)).transpose()?;
    Ok(start(cascade, list, application_id, (terms, months), discount, voucher_id))
}

/// Inside the term or its grace the agreement goes on; after a stop the same plan starts anew at payment (U21).
pub(super) fn renew(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    months: u32,
    voucher_id: Option<VoucherId>,
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
        return Ok(start(cascade, list, application_id, (terms, months), None, voucher_id));
    };
    let (invoice_id, line_id) = drawn_invoice(cascade);
    let renew = subscription::Command::Renew { months, terms, voucher_id, invoice_id, line_id, at: cascade.at };
    Ok(vec![Step::Subscription(id, renew)])
}

fn start(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    (terms, months): (PlanTerms, u32),
    discount: Option<Discount>,
    voucher_id: Option<VoucherId>,
) -> Vec<Step> {
    let subscription_id = SubscriptionId::from_uuid(cascade.ids.draw());
    let (invoice_id, line_id) = drawn_invoice(cascade);
    let (at, plan) = (cascade.at, terms.plan);
    let rights = list.rights(plan.into());
    let start =
        subscription::Command::Start { application_id, months, terms, discount, voucher_id, invoice_id, line_id, at };
    let enter = application::Command::EnterPlan { plan, subscription_id, rights, at };
    vec![Step::Subscription(subscription_id, start), Step::Application(application_id, enter)]
}
