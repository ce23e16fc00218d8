//! Owns the orders about features that are opened on application (S8, S9, U44): asked for, withdrawn, approved, rejected.
//!
//! A payer who asks climbs every rung of U45, as for anything new (U1). Withdrawing gives something back, and an operator
//! is not held up by what the payer owes: these climb parked → recycled → the ticket → plan and state.

use jiff::{SignedDuration, Timestamp};

use super::OrderError;
use super::admission::{admitted, alive, in_service};
use crate::application::{Command, CreatedApplication};
use crate::catalog::PriceList;
use crate::decide::Refusal;
use crate::decide::cascade::Cascade;
use crate::ids::ApplicationId;
use crate::plan::{Feature, Grant, Plan};
use crate::step::Step;

/// S8: push to all members opens 48 hours after its approval, to the second.
const PUSH_OPENS_AFTER: SignedDuration = SignedDuration::from_hours(48);

pub(super) fn request(
    cascade: &Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    feature: Feature,
) -> Result<Vec<Step>, Refusal> {
    let application = admitted(&cascade.books, application_id)?;
    in_service(application)?;
    on_application(application, list, feature)?;
    Ok(vec![Step::Application(application_id, Command::RequestFeature { feature, at: cascade.at })])
}

pub(super) fn withdraw(
    cascade: &Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    feature: Feature,
) -> Result<Vec<Step>, Refusal> {
    on_application(alive(&cascade.books, application_id)?, list, feature)?;
    Ok(vec![Step::Application(application_id, Command::WithdrawFeature { feature, at: cascade.at })])
}

pub(super) fn approve(
    cascade: &Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    feature: Feature,
    ticket: Option<&str>,
) -> Result<Vec<Step>, Refusal> {
    let application = alive(&cascade.books, application_id)?;
    let ticket = ticket.ok_or(OrderError::OperatorApprovalRequired)?.to_owned();
    on_application(application, list, feature)?;
    let (opens_at, at) = (opens_at(feature, cascade.at), cascade.at);
    Ok(vec![Step::Application(application_id, Command::ApproveFeature { feature, opens_at, ticket, at })])
}

pub(super) fn reject(
    cascade: &Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    feature: Feature,
    (reason, ticket): (Option<&str>, Option<&str>),
) -> Result<Vec<Step>, Refusal> {
    on_application(alive(&cascade.books, application_id)?, list, feature)?;
    let (reason, ticket, at) = (reason.map(str::to_owned), ticket.map(str::to_owned), cascade.at);
    Ok(vec![Step::Application(application_id, Command::RejectFeature { feature, reason, ticket, at })])
}

/// What no plan opens on application is not asked for, whatever plan the application is on.
fn on_application(application: &CreatedApplication, list: &PriceList, feature: Feature) -> Result<(), OrderError> {
    let agreed = application.rights.features.get(feature);
    let on_flagship = list.rights(Plan::Flagship).features.get(feature);
    if [agreed, on_flagship].contains(&Grant::OnApplication) {
        Ok(())
    } else {
        Err(OrderError::FeatureNotOnApplication { feature })
    }
}

fn opens_at(feature: Feature, approved: Timestamp) -> Timestamp {
    match feature {
        // At the far end of the calendar it opens with the calendar's last instant.
        Feature::PushAll => approved.checked_add(PUSH_OPENS_AFTER).unwrap_or(Timestamp::MAX),
        Feature::GlobalAccess
        | Feature::SamePlatformMultiDevice
        | Feature::LocalMessageSearch
        | Feature::AvchatroomHistoryForNewMembers
        | Feature::Community
        | Feature::GroupReadReceipts
        | Feature::GroupTargetedMessages
        | Feature::AvchatroomOnlineMembers
        | Feature::AvchatroomBroadcast
        | Feature::UserStatus
        | Feature::ConversationMark
        | Feature::ConversationGroup
        | Feature::AvchatroomBanMembers => approved,
    }
}
