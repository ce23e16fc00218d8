//! Owns the orders that buy and renew a plan.

use jiff::Timestamp;

use super::admission::{admitted, months_in_range};
use super::auto_renew::MONTHS_UNLESS_SAID;
use super::promotion::of_purchase;
use super::{OrderError, drawn_invoice};
use crate::account::{self, Bill};
use crate::application::{self, CreatedApplication};
use crate::books::Working;
use crate::calendar::day_of;
use crate::catalog::{PriceList, PromotionName};
use crate::charge::Item;
use crate::decide::Refusal;
use crate::decide::cascade::Cascade;
use crate::ids::{ApplicationId, SubscriptionId, VoucherId};
use crate::plan::{PaidPlan, Plan};
use crate::step::Step;
use crate::subscription::{self, Agreement};
use crate::terms::{Discount, PlanTerms};

/// Also inside the days a refunded plan stays usable (U32): a new term starts at payment.
pub(super) fn purchase(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    (plan, months): (Plan, u32),
    auto_renew: bool,
    (promotion, voucher_id): (Option<PromotionName>, Option<VoucherId>),
) -> Result<Vec<Step>, Refusal> {
    months_in_range(list, months)?;
    let application = admitted(&cascade.books, application_id)?;
    let plan = sold(plan)?;
    if let Some((_, agreement)) = cascade.books.running_agreement(application) {
        let (plan, until) = (agreement.plan, agreement.terms.paid_until());
        return Err(subscription::Error::AlreadySubscribed { plan, until }.into());
    }
    let payer = cascade.books.account().ok_or(account::Error::NotOpen)?;
    let terms = list.plan_terms(application.data_site, plan);
    // The voucher's rung stands before the promotion's (U45); only its minimum waits for the price.
    if let Some(id) = &voucher_id {
        payer.admits_voucher(id, &Bill::order(Item::from(plan), months, terms.monthly_price), day_of(cascade.at))?;
    }
    let discount = promotion.map(|name| of_purchase(list, payer, name, plan, months)).transpose()?;
    let replaced = refunded(&cascade.books, application);
    let bought = Bought { terms, months, discount, voucher_id };
    let (id, mut steps) = start(cascade, list, application_id, bought, replaced);
    if auto_renew {
        let set = subscription::Command::SetAutoRenew { months: Some(MONTHS_UNLESS_SAID), at: cascade.at };
        steps.push(Step::Subscription(id, set));
    }
    Ok(steps)
}

/// Inside the term or its grace the agreement goes on; after a stop or a refund the same plan starts anew at payment
/// (U21, U32).
pub(super) fn renew(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    months: u32,
    voucher_id: Option<VoucherId>,
) -> Result<Vec<Step>, Refusal> {
    months_in_range(list, months)?;
    let application = admitted(&cascade.books, application_id)?;
    let plan = match application.plan {
        Plan::Trial => return Err(subscription::Error::NotSubscribed.into()),
        Plan::Pro => PaidPlan::Pro,
        Plan::Flagship => PaidPlan::Flagship,
    };
    let data_site = application.data_site;
    let Some((id, agreement)) = cascade.books.running_agreement(application) else {
        let replaced = refunded(&cascade.books, application);
        let bought = Bought { terms: list.plan_terms(data_site, plan), months, discount: None, voucher_id };
        return Ok(start(cascade, list, application_id, bought, replaced).1);
    };
    let terms = list.plan_terms(data_site, agreement.renewal_plan());
    let at = cascade.at;
    Ok(vec![further_term(cascade, id, terms, (months, voucher_id), at)])
}

/// A term behind everything paid, at today's list price.
pub(super) fn further_term(
    cascade: &mut Cascade<'_>,
    id: SubscriptionId,
    terms: PlanTerms,
    (months, voucher_id): (u32, Option<VoucherId>),
    at: Timestamp,
) -> Step {
    let (invoice_id, line_id) = drawn_invoice(cascade);
    Step::Subscription(id, subscription::Command::Renew { months, terms, voucher_id, invoice_id, line_id, at })
}

/// The plan asked for, as one that is sold.
pub(super) fn sold(plan: Plan) -> Result<PaidPlan, OrderError> {
    match plan {
        Plan::Trial => Err(OrderError::TrialNotReenterable),
        Plan::Pro => Ok(PaidPlan::Pro),
        Plan::Flagship => Ok(PaidPlan::Flagship),
    }
}

/// The agreement that was given back and that a new one takes the place of.
fn refunded(books: &Working<'_>, application: &CreatedApplication) -> Option<SubscriptionId> {
    books.usable_agreement(application).filter(|(_, agreement)| !Agreement::is_running(agreement)).map(|(id, _)| id)
}

/// A first term as it is bought.
pub(super) struct Bought {
    pub(super) terms: PlanTerms,
    pub(super) months: u32,
    pub(super) discount: Option<Discount>,
    pub(super) voucher_id: Option<VoucherId>,
}

pub(super) fn start(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    bought: Bought,
    replaced: Option<SubscriptionId>,
) -> (SubscriptionId, Vec<Step>) {
    let Bought { terms, months, discount, voucher_id } = bought;
    let subscription_id = SubscriptionId::from_uuid(cascade.ids.draw());
    let (invoice_id, line_id) = drawn_invoice(cascade);
    let (at, plan) = (cascade.at, terms.plan);
    let rights = list.rights(plan.into());
    let end = replaced.map(|id| Step::Subscription(id, subscription::Command::End { at }));
    let start =
        subscription::Command::Start { application_id, months, terms, discount, voucher_id, invoice_id, line_id, at };
    let enter = application::Command::EnterPlan { plan, subscription_id, rights, at };
    let begun = [Step::Subscription(subscription_id, start), Step::Application(application_id, enter)];
    (subscription_id, end.into_iter().chain(begun).collect())
}
