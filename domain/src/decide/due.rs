//! Owns settling what is due: each timer as a command of its own, at its own instant, in the order of R0.
//!
//! A timer that is refused, or that is still due after it was settled, is a broken invariant: the payer is parked, never
//! the process.

use jiff::Timestamp;

use super::cascade::Cascade;
use super::{Decision, Refusal};
use crate::account;
use crate::application;
use crate::books::Working;
use crate::calendar::day_of;
use crate::fact::Stream;
use crate::ids::CommandId;
use crate::step::Step;
use crate::subscription;
use crate::timer::{Timer, TimerKind};

/// Settles everything due up to an instant.
pub(super) fn settle(books: &mut Working<'_>, until: Timestamp) -> Vec<Decision> {
    let mut decisions = Vec::new();
    while let Some(timer) = books.next_timer().filter(|timer| timer.at <= until).cloned() {
        let Some(account_id) = books.account().map(|account| account.id.clone()) else { break };
        let command_id = timer.command_id(&account_id);
        let settled = settle_one(books.clone(), &timer, command_id);
        let (facts, after) = match settled {
            Ok(cascade) => cascade.finish(),
            Err(refusal) => park(books.clone(), &timer, command_id, &refusal).finish(),
        };
        *books = after;
        decisions.push(Decision { command_id, asked: timer.kind.name(), at: timer.at, facts });
    }
    decisions
}

fn settle_one<'a>(books: Working<'a>, timer: &Timer, command_id: CommandId) -> Result<Cascade<'a>, Refusal> {
    let mut cascade = Cascade::new(books, command_id, timer.at);
    cascade.run(vec![step(timer)?])?;
    if cascade.books.next_timer().is_some_and(|next| next <= timer) {
        return Err(Refusal::BrokenInvariant { invariant: "each due date fires exactly once" });
    }
    Ok(cascade)
}

fn step(timer: &Timer) -> Result<Step, Refusal> {
    let at = timer.at;
    match (timer.kind, &timer.subject) {
        (TimerKind::PeriodEnd, Stream::Subscription(id)) => {
            Ok(Step::Subscription(*id, subscription::Command::BeginGrace { at }))
        }
        (TimerKind::Stop, Stream::Subscription(id)) => Ok(Step::Subscription(*id, subscription::Command::Stop { at })),
        (TimerKind::Reminder, Stream::Subscription(id)) => {
            Ok(Step::Subscription(*id, subscription::Command::Remind { on: day_of(at), at }))
        }
        (TimerKind::Recycle, Stream::Application(id)) => {
            Ok(Step::Application(*id, application::Command::Recycle { at }))
        }
        (TimerKind::PeriodEnd | TimerKind::Stop | TimerKind::Reminder, Stream::Account(_) | Stream::Application(_))
        | (TimerKind::Recycle, Stream::Account(_) | Stream::Subscription(_)) => {
            Err(Refusal::BrokenInvariant { invariant: "a timer belongs to the kind of stream that acts on it" })
        }
    }
}

fn park<'a>(books: Working<'a>, timer: &Timer, command_id: CommandId, refusal: &Refusal) -> Cascade<'a> {
    let invariant = format!("{} of {} was refused: {refusal}", timer.kind.name(), timer.subject);
    let mut cascade = Cascade::new(books, command_id, timer.at);
    // Parking an open account is never refused, and only an open account has timers.
    let _ = cascade.run(vec![Step::Account(account::Command::Park { invariant, at: timer.at })]);
    cascade
}
