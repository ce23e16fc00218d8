//! Owns the orders of an operator's stop and its lift (U40).
//!
//! An operator is not held up by what the payer owes: these climb only the rungs parked → recycled, then the ticket. A
//! second stop, and a lift of what is not stopped, are true already and bring about nothing.

use super::OrderError;
use super::admission::alive;
use crate::application::{Command, OperatorNote, SuspensionCause};
use crate::decide::Refusal;
use crate::decide::cascade::Cascade;
use crate::ids::ApplicationId;
use crate::step::Step;

pub(super) fn suspend(
    cascade: &Cascade<'_>,
    application_id: ApplicationId,
    reason: &str,
    ticket: Option<&str>,
) -> Result<Vec<Step>, Refusal> {
    alive(&cascade.books, application_id)?;
    let ticket = ticket.ok_or(OrderError::OperatorApprovalRequired)?;
    let note = OperatorNote { reason: reason.to_owned(), ticket: ticket.to_owned() };
    Ok(vec![Step::Application(application_id, Command::SuspendByOperator { note, at: cascade.at })])
}

pub(super) fn lift(cascade: &Cascade<'_>, application_id: ApplicationId) -> Result<Vec<Step>, Refusal> {
    alive(&cascade.books, application_id)?;
    let lift = Command::Lift { cause: SuspensionCause::Operator, at: cascade.at };
    Ok(vec![Step::Application(application_id, lift)])
}
