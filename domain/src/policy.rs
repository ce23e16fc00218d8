//! Owns what follows from a fact: the steps it makes for other aggregates of the same payer.
//!
//! Does not own whether they can be taken: each is decided by its own aggregate, and a refusal refuses the whole order.

use jiff::Timestamp;

use crate::account;
use crate::add_on::{self, EndCause};
use crate::application::{self, SuspensionCause};
use crate::books::Working;
use crate::calendar::{Month, day_of};
use crate::charge::{Charge, Refund};
use crate::correction;
use crate::fact::{Event, Fact, Stream};
use crate::ids::{ApplicationId, IdSeries, SubscriptionId, UsageMonthId};
use crate::money::MoneyFault;
use crate::publication;
use crate::step::Step;
use crate::subscription::{self, StopCause};
use crate::terms::Policies;
use crate::usage;

/// The steps that follow from a fact, in Books that hold it already.
///
/// # Errors
/// [`MoneyFault`], where an amount follows that cannot be held.
pub(crate) fn react(books: &Working<'_>, fact: &Fact, ids: &mut IdSeries) -> Result<Vec<Step>, MoneyFault> {
    Ok(match (&fact.event, &fact.stream) {
        (Event::Account(event), _) => after_account(books, event),
        (Event::Application(event), Stream::Application(id)) => after_application(books, *id, event),
        (Event::Subscription(event), Stream::Subscription(id)) => after_subscription(*id, event),
        (Event::AddOn(event), _) => after_add_on(event),
        (Event::Usage(usage::Event::UsageCorrected { at, .. }), Stream::Usage(id)) => {
            correction::after(books, *id, *at, ids)?
        }
        (
            Event::Usage(
                usage::Event::UsageRecorded { .. }
                | usage::Event::UsageMonthClosed { .. }
                | usage::Event::UsageCorrected { .. },
            ),
            _,
        ) => vec![],
        // A price list is no payer's: what was agreed stays agreed (U39).
        (Event::PriceList(publication::Event::PriceListPublished { .. }), _) => vec![],
        // An event stands in a stream of its own kind: `fact` decodes and `cascade` writes no other pair.
        (
            Event::Application(_),
            Stream::Account(_) | Stream::Subscription(_) | Stream::AddOn(_) | Stream::Usage(_) | Stream::PriceList(_),
        )
        | (
            Event::Subscription(_),
            Stream::Account(_) | Stream::Application(_) | Stream::AddOn(_) | Stream::Usage(_) | Stream::PriceList(_),
        ) => vec![],
    })
}

fn after_account(books: &Working<'_>, event: &account::Event) -> Vec<Step> {
    match event {
        account::Event::MoneyDeposited { at, .. } if books.account().is_some_and(|payer| payer.arrears.is_some()) => {
            vec![Step::Account(account::Command::SettleDebt { at: *at })]
        }
        account::Event::StatementDrafted { at, .. } | account::Event::BillingMonthPassed { at, .. } => {
            still_in_service(books, *at)
        }
        account::Event::StatementFinalised { month, at, .. } => close_usage(books, *month, *at),
        account::Event::AccountSuspended { recycle_at, at, .. } => {
            let (cause, recycle_at, at) = (SuspensionCause::Arrears, *recycle_at, *at);
            for_each_application(books, || application::Command::Suspend { cause, recycle_at, at })
        }
        account::Event::ArrearsCleared { at } => {
            let (cause, at) = (SuspensionCause::Arrears, *at);
            for_each_application(books, || application::Command::Lift { cause, at })
        }
        account::Event::AdjustmentDeferred { line, at } => statement_to_come(books, line.application_id, *at),
        account::Event::AccountOpened { .. }
        | account::Event::CreditNoteIssued { .. }
        | account::Event::ReceivableCredited { .. }
        | account::Event::AdjustmentWithdrawn { .. }
        | account::Event::MoneyDeposited { .. }
        | account::Event::VoucherGranted { .. }
        | account::Event::OrderPaid { .. }
        | account::Event::BillingMonthOpened { .. }
        | account::Event::FellIntoArrears { .. }
        | account::Event::ReceivablePaid { .. }
        | account::Event::AccountParked { .. }
        | account::Event::AccountUnparked { .. } => vec![],
    }
}

fn after_application(books: &Working<'_>, id: ApplicationId, event: &application::Event) -> Vec<Step> {
    match event {
        application::Event::PlanEntered { at, .. } | application::Event::SuspensionLifted { at, .. } => {
            let served = books.application(id).filter(|application| application.paid_service.is_running());
            served.and_then(|application| open_month(books, application, *at)).into_iter().collect()
        }
        application::Event::ApplicationRecycled { at } => end_everything(books, id, *at),
        application::Event::ApplicationCreated { .. }
        | application::Event::ApplicationSuspended { .. }
        | application::Event::HistoryRetentionSet { .. }
        | application::Event::FeatureRequested { .. }
        | application::Event::FeatureWithdrawn { .. }
        | application::Event::FeatureApproved { .. }
        | application::Event::FeatureRejected { .. }
        | application::Event::FeatureOpened { .. }
        | application::Event::FeatureLost { .. } => vec![],
    }
}

fn after_subscription(id: SubscriptionId, event: &subscription::Event) -> Vec<Step> {
    match event {
        subscription::Event::SubscriptionStarted { application_id, charge, at, .. }
        | subscription::Event::SubscriptionRenewed { application_id, charge, at, .. }
        | subscription::Event::PlanUpgraded { application_id, charge, at, .. } => {
            vec![pay(*application_id, charge, *at)]
        }
        subscription::Event::PlanDowngraded { application_id, terms, rights, refund, at, .. } => {
            let (plan, rights, at) = (terms.plan, rights.clone(), *at);
            let enter = application::Command::EnterPlan { plan, subscription_id: id, rights, at };
            let returned = refund.as_ref().and_then(|refund| give_back(*application_id, refund, at));
            [Step::Application(*application_id, enter)].into_iter().chain(returned).collect()
        }
        subscription::Event::PlanRefunded { application_id, refund, at, .. } => {
            give_back(*application_id, refund, *at).into_iter().collect()
        }
        subscription::Event::SubscriptionStopped { application_id, cause, recycle_at, at } => {
            let cause = match cause {
                StopCause::Expired => SuspensionCause::Expired,
                StopCause::Refunded => SuspensionCause::Refunded,
            };
            let suspend = application::Command::Suspend { cause, recycle_at: *recycle_at, at: *at };
            vec![Step::Application(*application_id, suspend)]
        }
        subscription::Event::RenewalReminded { .. }
        | subscription::Event::DowngradeScheduled { .. }
        | subscription::Event::DowngradeCancelled { .. }
        | subscription::Event::AutoRenewSet { .. }
        | subscription::Event::AutoRenewalFailed { .. }
        | subscription::Event::GraceBegan { .. }
        | subscription::Event::SubscriptionEnded { .. } => vec![],
    }
}

fn after_add_on(event: &add_on::Event) -> Vec<Step> {
    match event {
        add_on::Event::AddOnStarted { application_id, charge, at, .. }
        | add_on::Event::AddOnRenewed { application_id, charge, at, .. } => vec![pay(*application_id, charge, *at)],
        add_on::Event::AddOnRefunded { application_id, refund, at, .. } => {
            give_back(*application_id, refund, *at).into_iter().collect()
        }
        add_on::Event::AddOnTrialStarted { .. }
        | add_on::Event::AddOnAutoRenewSet { .. }
        | add_on::Event::AddOnAutoRenewalFailed { .. }
        | add_on::Event::AddOnReminded { .. }
        | add_on::Event::AddOnGraceBegan { .. }
        | add_on::Event::AddOnEnded { .. } => vec![],
    }
}

/// A prepaid charge is paid in the same breath, or the order is refused (S1).
fn pay(application_id: ApplicationId, charge: &Charge, at: Timestamp) -> Step {
    Step::Account(account::Command::PayOrder {
        invoice_id: charge.invoice_id,
        application_id,
        item: charge.item,
        months: charge.quantity,
        total: charge.amount,
        voucher_id: charge.voucher_id.clone(),
        promotion: charge.promotion(),
        issued_on: day_of(at),
        at,
    })
}

/// Money that goes back is credited in the same breath.
fn give_back(application_id: ApplicationId, refund: &Refund, at: Timestamp) -> Option<Step> {
    let credit = refund.credit.clone()?;
    Some(Step::Account(account::Command::IssueCreditNote { application_id, credit, at }))
}

/// A correction is billed with the next statement, which is issued even if empty otherwise (U38).
fn statement_to_come(books: &Working<'_>, id: ApplicationId, at: Timestamp) -> Vec<Step> {
    if books.account().is_some_and(|payer| !payer.billing.is_empty()) {
        return vec![];
    }
    let application = books.application(id);
    application.and_then(|application| open_month(books, application, at)).into_iter().collect()
}

/// A month is settled once an application is in paid service in it (S1), by the policies of that application's term.
fn open_month(books: &Working<'_>, application: &application::CreatedApplication, at: Timestamp) -> Option<Step> {
    let month = Month::at(at);
    let policies = policies_of(books, application)?;
    Some(Step::Account(account::Command::OpenBillingMonth {
        month,
        draft_at: month.settled_on(policies.settlement_draft_day),
        final_at: month.settled_on(policies.settlement_final_day),
        at,
    }))
}

/// The next month is settled too if any application has served in it so far.
fn still_in_service(books: &Working<'_>, at: Timestamp) -> Vec<Step> {
    let serves = |application: &&application::CreatedApplication| application.paid_service.touches(Month::at(at), at);
    books.applications().find(serves).and_then(|application| open_month(books, application, at)).into_iter().collect()
}

fn policies_of<'b>(books: &'b Working<'_>, application: &application::CreatedApplication) -> Option<&'b Policies> {
    books.agreement(application.subscription?).map(|agreement| &agreement.terms.last().terms.policies)
}

fn close_usage(books: &Working<'_>, month: Month, at: Timestamp) -> Vec<Step> {
    let id = |application: &application::CreatedApplication| UsageMonthId { application_id: application.id, month };
    let measured = books.applications().map(id).filter(|id| books.usage(*id).is_some());
    measured.map(|id| Step::Usage(id, usage::Command::Close { at })).collect()
}

fn for_each_application(books: &Working<'_>, command: impl Fn() -> application::Command) -> Vec<Step> {
    let alive = books.applications().filter(|application| application.recycled_at.is_none());
    alive.map(|application| Step::Application(application.id, command())).collect()
}

/// What is left of its terms has no use any more (U34).
fn end_everything(books: &Working<'_>, id: ApplicationId, at: Timestamp) -> Vec<Step> {
    let agreement = books.application(id).and_then(|application| books.usable_agreement(application));
    let agreement = agreement.map(|(id, _)| Step::Subscription(id, subscription::Command::End { at }));
    let running = books.add_ons_of(id).filter(|(_, bought)| bought.is_running());
    let end = |(id, _)| Step::AddOn(id, add_on::Command::End { cause: EndCause::Recycled, at });
    agreement.into_iter().chain(running.map(end)).collect()
}
