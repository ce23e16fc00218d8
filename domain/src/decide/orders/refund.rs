//! Owns the orders that give a plan or an add-on back. Nothing is sold by them, so a payer in arrears may: what goes back
//! pays the debt first (U33).
//!
//! Does not own what goes back (`refund`).

use jiff::Timestamp;

use super::admission::alive;
use super::{OrderError, Refusal};
use crate::add_on::{self, AddOnBought, AddOnDeal};
use crate::books::Working;
use crate::charge::{Item, Refund, RefundKind};
use crate::decide::cascade::Cascade;
use crate::fact::Stream;
use crate::ids::{AddOnId, ApplicationId, SubscriptionId};
use crate::refund::Prepaid;
use crate::step::Step;
use crate::subscription::{self, Stage};
use crate::terms::PlanTerms;

pub(super) fn plan(
    cascade: &mut Cascade<'_>,
    application_id: ApplicationId,
    kind: Option<RefundKind>,
    reason: Option<&String>,
) -> Result<Vec<Step>, Refusal> {
    let application = alive(&cascade.books, application_id)?;
    let running = cascade.books.running_agreement(application);
    // In grace all is used, and a refund must not lengthen it (U33).
    let paid = running.filter(|(_, agreement)| agreement.stage == Stage::Active);
    let (id, _) = paid.ok_or(subscription::Error::NotSubscribed)?;
    let refund = of_agreement(cascade, id, kind)?;
    let refund = subscription::Command::Refund { refund, reason: reason.cloned(), at: cascade.at };
    Ok(vec![Step::Subscription(id, refund)])
}

pub(super) fn add_on(
    cascade: &mut Cascade<'_>,
    (application_id, add_on_id): (ApplicationId, AddOnId),
    kind: Option<RefundKind>,
    reason: Option<&String>,
) -> Result<Vec<Step>, Refusal> {
    alive(&cascade.books, application_id)?;
    bought_by(&cascade.books, application_id, add_on_id)?.refundable()?;
    let refund = of_pack(cascade, add_on_id, kind)?;
    let refund = add_on::Command::Refund { refund, reason: reason.cloned(), at: cascade.at };
    Ok(vec![Step::AddOn(add_on_id, refund)])
}

/// An add-on of that application.
pub(super) fn bought_by<'b>(
    books: &'b Working<'_>,
    application_id: ApplicationId,
    add_on_id: AddOnId,
) -> Result<&'b AddOnBought, add_on::Error> {
    let bought = books.add_on(add_on_id).filter(|bought| bought.application_id == application_id);
    bought.ok_or(add_on::Error::NotStarted)
}

/// An agreement, seen as something to give back.
pub(super) fn prepaid_plan<'b>(
    books: &'b Working<'_>,
    id: SubscriptionId,
    at: Timestamp,
) -> Result<Prepaid<'b, PlanTerms>, Refusal> {
    let agreement = books.agreement(id).ok_or(subscription::Error::NotSubscribed)?;
    Ok(Prepaid {
        books,
        application_id: agreement.application_id,
        item: Item::from(agreement.plan),
        terms: &agreement.terms,
        stream: Stream::Subscription(id),
        grounds: books.agreement_grounds(id),
        at,
    })
}

/// What goes back of an agreement.
pub(super) fn of_agreement(
    cascade: &mut Cascade<'_>,
    id: SubscriptionId,
    kind: Option<RefundKind>,
) -> Result<Refund, Refusal> {
    let (books, ids) = (&cascade.books, &mut cascade.ids);
    let prepaid = prepaid_plan(books, id, cascade.at)?;
    let refund = prepaid.refund(kind, ids).map_err(subscription::Error::from)?;
    Ok(refund.map_err(OrderError::from)?)
}

/// What goes back of an add-on.
pub(super) fn of_pack(cascade: &mut Cascade<'_>, id: AddOnId, kind: Option<RefundKind>) -> Result<Refund, Refusal> {
    let (books, ids) = (&cascade.books, &mut cascade.ids);
    let bought = books.add_on(id).ok_or(add_on::Error::NotStarted)?;
    let add_on = bought.add_on();
    let prepaid: Prepaid<'_, AddOnDeal> = Prepaid {
        books,
        application_id: bought.application_id,
        item: Item::of_add_on(add_on).ok_or(add_on::Error::TrialNotRefundable { add_on })?,
        terms: &bought.terms,
        stream: Stream::AddOn(id),
        grounds: books.add_on_grounds(id),
        at: cascade.at,
    };
    let refund = prepaid.refund(kind, ids).map_err(add_on::Error::from)?;
    Ok(refund.map_err(OrderError::from)?)
}
