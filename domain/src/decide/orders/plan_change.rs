//! Owns the orders that change the plan of an agreement: up at once, down at the end of what is paid or at once.
//!
//! Does not own what a change costs or gives back (`plan_change`, `refund`).

use super::admission::{admitted, alive, in_service, months_in_range};
use super::plan::{Bought, sold, start};
use super::refund::{of_agreement, of_pack};
use super::{OrderError, Refusal};
use crate::account::{self, Bill};
use crate::add_on::{self, EndCause};
use crate::application::{self, CreatedApplication};
use crate::books::Working;
use crate::calendar::day_of;
use crate::catalog::{AddOn, PriceList};
use crate::charge::{Item, RefundKind};
use crate::decide::cascade::Cascade;
use crate::ids::{AddOnId, ApplicationId, SubscriptionId, VoucherId};
use crate::plan::{PaidPlan, Plan};
use crate::plan_change::{downgrade_refund, upgrade_charge};
use crate::step::Step;
use crate::subscription::{self, Agreement};
use crate::terms::{DowngradeTiming, UpgradePricing};

/// Packs that the higher plan includes end with their refund first, so that it can pay for the upgrade (U22).
pub(super) fn upgrade(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    (plan, months): (Plan, Option<u32>),
    voucher_id: Option<VoucherId>,
) -> Result<Vec<Step>, Refusal> {
    let pricing = list.policies().upgrade;
    let months = months_of_upgrade(list, pricing, months)?;
    let application = admitted(&cascade.books, application_id)?;
    in_service(application)?;
    let plan = sold(plan)?;
    let (id, agreement) = subscribed(&cascade.books, application)?;
    match (plan, agreement.plan) {
        (PaidPlan::Flagship, PaidPlan::Pro) => {}
        (PaidPlan::Pro, PaidPlan::Flagship) => {
            let why = "an upgrade does not lead to a lower plan; ask for a downgrade";
            return Err(subscription::Error::DowngradeNotAllowed { why }.into());
        }
        (plan, _) => return Err(subscription::Error::AlreadyOnPlan { plan }.into()),
    }
    agreement.paid_for()?;
    let terms = list.plan_terms(application.data_site, plan);
    if let Some(id) = &voucher_id {
        let payer = cascade.books.account().ok_or(account::Error::NotOpen)?;
        let bill = Bill::order(Item::from(plan), months.max(1), terms.monthly_price);
        payer.admits_voucher(id, &bill, day_of(cascade.at))?;
    }
    let mut steps = refunds_of_included_packs(cascade, application_id)?;
    if pricing == UpgradePricing::RefundAndRepurchase {
        let refund = of_agreement(cascade, id, Some(RefundKind::Ordinary))?;
        let refund = subscription::Command::Refund { refund, reason: Some("upgrade".to_owned()), at: cascade.at };
        steps.push(Step::Subscription(id, refund));
        let bought = Bought { terms, months, discount: None, voucher_id };
        steps.extend(start(cascade, list, application_id, bought, Some(id)).1);
        return Ok(steps);
    }
    let (books, ids, at) = (&cascade.books, &mut cascade.ids, cascade.at);
    let agreement = books.agreement(id).ok_or(subscription::Error::NotSubscribed)?;
    let charge = upgrade_charge(&agreement.terms, &terms, voucher_id, (at, ids)).map_err(subscription::Error::from)?;
    let rights = list.rights(plan.into());
    steps.push(Step::Subscription(id, subscription::Command::Upgrade { terms, charge, at }));
    let enter = application::Command::EnterPlan { plan, subscription_id: id, rights, at };
    steps.push(Step::Application(application_id, enter));
    Ok(steps)
}

/// An upgrade runs to the end of what is paid, so it has no months of its own unless it is a purchase.
fn months_of_upgrade(list: &PriceList, pricing: UpgradePricing, months: Option<u32>) -> Result<u32, OrderError> {
    match (pricing, months) {
        (UpgradePricing::RefundAndRepurchase, months) => {
            let months = months.unwrap_or(1);
            months_in_range(list, months)?;
            Ok(months)
        }
        (UpgradePricing::PlatformFormula | UpgradePricing::Exact, None) => Ok(0),
        (UpgradePricing::PlatformFormula | UpgradePricing::Exact, Some(_)) => Err(OrderError::UpgradeHasNoMonths),
    }
}

/// The agreement a plan change is about, usable ones included: what is left of it decides.
fn subscribed<'b>(
    books: &'b Working<'_>,
    application: &CreatedApplication,
) -> Result<(SubscriptionId, &'b Agreement), subscription::Error> {
    books.usable_agreement(application).ok_or(subscription::Error::NotSubscribed)
}

/// AVChatRooms without limit are part of Flagship: a pack ends with its refund, in its grace without one (U22).
fn refunds_of_included_packs(cascade: &mut Cascade<'_>, application_id: ApplicationId) -> Result<Vec<Step>, Refusal> {
    let included = |add_on: AddOn| add_on == AddOn::AvchatroomUnlimited;
    let packs: Vec<(AddOnId, bool)> = cascade
        .books
        .add_ons_of(application_id)
        .filter(|(_, bought)| included(bought.add_on()) && bought.is_running())
        .map(|(id, bought)| (id, bought.refundable().is_ok()))
        .collect();
    let mut steps = Vec::new();
    for (id, is_refundable) in packs {
        let at = cascade.at;
        steps.push(if is_refundable {
            let refund = of_pack(cascade, id, Some(RefundKind::Ordinary))?;
            Step::AddOn(id, add_on::Command::Refund { refund, reason: Some("upgrade".to_owned()), at })
        } else {
            Step::AddOn(id, add_on::Command::End { cause: EndCause::Superseded, at })
        });
    }
    Ok(steps)
}

/// Nothing new is sold, so a payer in arrears may; a stopped application has nothing to change.
pub(super) fn downgrade(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    (plan, timing): (Plan, Option<DowngradeTiming>),
    ticket: Option<&str>,
) -> Result<Vec<Step>, Refusal> {
    let application = alive(&cascade.books, application_id)?;
    cascade.books.account().ok_or(account::Error::NotOpen)?.not_suspended()?;
    in_service(application)?;
    let plan = sold(plan)?;
    let (id, agreement) = subscribed(&cascade.books, application)?;
    if plan > agreement.plan {
        let why = "a downgrade does not lead to a higher plan; ask for an upgrade";
        return Err(subscription::Error::DowngradeNotAllowed { why }.into());
    }
    agreement.may_downgrade_to(plan)?;
    let ticket = approved(list, ticket)?;
    let terms = list.plan_terms(application.data_site, plan);
    let rights = list.rights(plan.into());
    let at = cascade.at;
    let step = match timing.unwrap_or(list.policies().downgrade) {
        DowngradeTiming::PeriodEnd => subscription::Command::ScheduleDowngrade { terms, rights, ticket, at },
        DowngradeTiming::Immediate => {
            let (books, ids) = (&cascade.books, &mut cascade.ids);
            let prepaid = super::refund::prepaid_plan(books, id, at)?;
            let refund = downgrade_refund(&prepaid, &terms, ids).map_err(subscription::Error::from)?;
            subscription::Command::DowngradeNow { terms, rights, ticket, refund, at }
        }
    };
    Ok(vec![Step::Subscription(id, step)])
}

/// A downgrade takes rights from users, so an operator signs for it (U27).
fn approved(list: &PriceList, ticket: Option<&str>) -> Result<String, OrderError> {
    let ticket = ticket.map(str::trim).unwrap_or_default();
    if ticket.is_empty() && list.policies().downgrade_needs_approval {
        return Err(OrderError::OperatorApprovalRequired);
    }
    Ok(ticket.to_owned())
}

pub(super) fn cancel_downgrade(cascade: &Cascade<'_>, application_id: ApplicationId) -> Result<Vec<Step>, Refusal> {
    let application = alive(&cascade.books, application_id)?;
    let why = "no downgrade is scheduled";
    let running = cascade.books.running_agreement(application);
    let (id, _) = running.ok_or(subscription::Error::DowngradeNotAllowed { why })?;
    Ok(vec![Step::Subscription(id, subscription::Command::CancelDowngrade { at: cascade.at })])
}
