//! Owns settling what is due: each timer as a command of its own, at its own instant, in the order of R0.
//!
//! A timer that is refused, or that is still due after it was settled, is a broken invariant: the payer is parked, never
//! the process.

use jiff::Timestamp;

use super::cascade::Cascade;
use super::{Decision, Refusal, RefusalKind, orders};
use crate::account::{self, BillingMonth};
use crate::add_on::{self, EndCause};
use crate::application;
use crate::books::Working;
use crate::calendar::{Month, day_of, midnight, plus_days};
use crate::catalog::Catalog;
use crate::fact::Stream;
use crate::ids::{AccountId, CommandId, InvoiceId};
use crate::settlement;
use crate::step::Step;
use crate::subscription;
use crate::term;
use crate::terms::Policies;
use crate::timer::{Timer, TimerKind};

/// Settles everything due up to an instant.
pub(super) fn settle(books: &mut Working<'_>, until: Timestamp, catalog: &Catalog) -> Vec<Decision> {
    let mut decisions = Vec::new();
    while let Some(timer) = books.next_timer().filter(|timer| timer.at <= until).cloned() {
        let Some(account_id) = books.account().map(|account| account.id.clone()) else { break };
        let command_id = timer.command_id(&account_id);
        let (command_id, (facts, after)) = match settle_one(books.clone(), &timer, command_id, catalog) {
            Ok(cascade) => (command_id, cascade.finish()),
            Err(refusal) => {
                // The timer fires again once the payer is unparked; then its own id must still be free.
                let command_id = parking_id(books, &timer, &account_id);
                (command_id, park(books.clone(), &timer, command_id, &refusal).finish())
            }
        };
        *books = after;
        decisions.push(Decision { command_id, asked: timer.kind.name(), at: timer.at, facts });
    }
    decisions
}

fn settle_one<'a>(
    books: Working<'a>,
    timer: &Timer,
    command_id: CommandId,
    catalog: &Catalog,
) -> Result<Cascade<'a>, Refusal> {
    let cascade = match timer.kind {
        TimerKind::AutoRenewal => renew_by_itself(books, timer, command_id, catalog)?,
        TimerKind::PeriodEnd
        | TimerKind::StatementDraft
        | TimerKind::Settlement
        | TimerKind::Stop
        | TimerKind::Recycle
        | TimerKind::FeatureOpening
        | TimerKind::Reminder => {
            let mut cascade = Cascade::new(books, command_id, timer.at);
            let step = step(&mut cascade, timer)?;
            cascade.run(vec![step])?;
            cascade
        }
    };
    if cascade.books.next_timer().is_some_and(|next| next <= timer) {
        return Err(Refusal::BrokenInvariant { invariant: "each due date fires exactly once" });
    }
    Ok(cascade)
}

/// All or nothing (U7). What is refused is noted with its reason and tried again the next day.
fn renew_by_itself<'a>(
    books: Working<'a>,
    timer: &Timer,
    command_id: CommandId,
    catalog: &Catalog,
) -> Result<Cascade<'a>, Refusal> {
    let at = timer.at;
    let mut cascade = Cascade::new(books.clone(), command_id, at);
    let renewed = orders::auto_renewal(&mut cascade, &timer.subject, catalog).and_then(|steps| cascade.run(steps));
    let refusal = match renewed {
        Ok(()) => return Ok(cascade),
        Err(refusal) if refusal.kind() == RefusalKind::Refused => refusal,
        Err(refusal) => return Err(refusal),
    };
    let reason = refusal.code().to_owned();
    let failed = match &timer.subject {
        Stream::Subscription(id) => Step::Subscription(*id, subscription::Command::NoteFailedRenewal { reason, at }),
        Stream::AddOn(id) => Step::AddOn(*id, add_on::Command::NoteFailedRenewal { reason, at }),
        Stream::Account(_) | Stream::Application(_) | Stream::Usage(_) | Stream::PriceList(_) => return Err(refusal),
    };
    let mut cascade = Cascade::new(books, command_id, at);
    cascade.run(vec![failed])?;
    Ok(cascade)
}

fn step(cascade: &mut Cascade<'_>, timer: &Timer) -> Result<Step, Refusal> {
    let at = timer.at;
    match (timer.kind, &timer.subject) {
        (TimerKind::PeriodEnd, Stream::Subscription(id)) => {
            Ok(Step::Subscription(*id, subscription::Command::EndPeriod { at }))
        }
        (TimerKind::PeriodEnd, Stream::AddOn(id)) => Ok(Step::AddOn(*id, add_on::Command::Expire { at })),
        (TimerKind::StatementDraft, Stream::Account(_)) => draft(cascade, at),
        (TimerKind::Settlement, Stream::Account(_)) => settlement(cascade, at),
        (TimerKind::Stop, Stream::Account(_)) => arrears_stop(&cascade.books, at),
        (TimerKind::Stop, Stream::Subscription(id)) => Ok(Step::Subscription(*id, subscription::Command::Stop { at })),
        (TimerKind::Stop, Stream::AddOn(id)) => {
            Ok(Step::AddOn(*id, add_on::Command::End { cause: EndCause::Expired, at }))
        }
        (TimerKind::Reminder, Stream::Subscription(id)) => {
            Ok(Step::Subscription(*id, subscription::Command::Remind { on: day_of(at), at }))
        }
        (TimerKind::Reminder, Stream::AddOn(id)) => {
            Ok(Step::AddOn(*id, add_on::Command::Remind { on: day_of(at), at }))
        }
        (TimerKind::Recycle, Stream::Application(id)) => {
            Ok(Step::Application(*id, application::Command::Recycle { at }))
        }
        (TimerKind::FeatureOpening, Stream::Application(id)) => {
            let feature =
                timer.feature.ok_or(Refusal::BrokenInvariant { invariant: "an opening names its feature" })?;
            Ok(Step::Application(*id, application::Command::OpenFeature { feature, at }))
        }
        (
            TimerKind::PeriodEnd
            | TimerKind::StatementDraft
            | TimerKind::Settlement
            | TimerKind::AutoRenewal
            | TimerKind::Stop
            | TimerKind::Recycle
            | TimerKind::FeatureOpening
            | TimerKind::Reminder,
            Stream::Account(_)
            | Stream::Application(_)
            | Stream::Subscription(_)
            | Stream::AddOn(_)
            | Stream::Usage(_)
            | Stream::PriceList(_),
        ) => Err(Refusal::BrokenInvariant { invariant: "a timer belongs to the kind of stream that acts on it" }),
    }
}

/// The month whose statement an instant is about.
fn billed(books: &Working<'_>, is_due: impl Fn(&BillingMonth) -> bool) -> Result<(Month, BillingMonth), Refusal> {
    let billing = books.account().into_iter().flat_map(|payer| &payer.billing);
    let due = billing.into_iter().find(|(_, billing)| is_due(billing));
    due.map(|(month, billing)| (*month, *billing))
        .ok_or(Refusal::BrokenInvariant { invariant: "a timer names a month" })
}

fn draft(cascade: &mut Cascade<'_>, at: Timestamp) -> Result<Step, Refusal> {
    let (month, _) = billed(&cascade.books, |billing| billing.drafted.is_none() && billing.draft_at == at)?;
    let invoice_id = InvoiceId::from_uuid(cascade.ids.draw());
    let lines = settlement::lines(&cascade.books, month, &mut cascade.ids).map_err(account::Error::from)?;
    Ok(Step::Account(account::Command::DraftStatement { month, invoice_id, lines, at }))
}

/// 7 days counting the bill's day: billed on day D, everything stops at 00:00 of D + 7 (facts §2.2).
fn settlement(cascade: &mut Cascade<'_>, at: Timestamp) -> Result<Step, Refusal> {
    let (month, _) = billed(&cascade.books, |billing| billing.drafted.is_some() && billing.final_at == at)?;
    let lines = settlement::lines(&cascade.books, month, &mut cascade.ids).map_err(account::Error::from)?;
    let grace = account_policies(&cascade.books).map_or(0, |policies| policies.arrears_grace_days);
    let suspend_at = midnight(plus_days(day_of(at), term::days(grace)));
    Ok(Step::Account(account::Command::FinaliseStatement { month, lines, suspend_at, at }))
}

fn arrears_stop(books: &Working<'_>, at: Timestamp) -> Result<Step, Refusal> {
    let retention = account_policies(books).map_or(0, |policies| policies.retention_days);
    let recycle_at = midnight(plus_days(day_of(at), term::days(retention)));
    Ok(Step::Account(account::Command::SuspendForArrears { recycle_at, at }))
}

/// A payer's own deadlines follow the policies last agreed to: those of the term that was bought last.
fn account_policies<'b>(books: &'b Working<'_>) -> Option<&'b Policies> {
    let agreements = books.applications().filter_map(|application| books.agreement(application.subscription?));
    let last = agreements.max_by_key(|agreement| agreement.terms.last().period.start);
    last.map(|agreement| &agreement.terms.last().terms.policies)
}

/// Each parking is a command of its own: the payer may be unparked and parked at the same timer again.
fn parking_id(books: &Working<'_>, timer: &Timer, account_id: &AccountId) -> CommandId {
    let before = books.payer_sequence();
    CommandId::timer(timer.at, account_id, "park", &format!("{}/{}/{before}", timer.kind.name(), timer.subject))
}

fn park<'a>(books: Working<'a>, timer: &Timer, command_id: CommandId, refusal: &Refusal) -> Cascade<'a> {
    let invariant = format!("{} of {} was refused: {refusal}", timer.kind.name(), timer.subject);
    let mut cascade = Cascade::new(books, command_id, timer.at);
    // Parking an open account is never refused, and only an open account has timers.
    let _ = cascade.run(vec![Step::Account(account::Command::Park { invariant, at: timer.at })]);
    cascade
}
