//! Owns what follows from a fact: the steps it makes for other aggregates of the same payer.
//!
//! Does not own whether they can be taken: each is decided by its own aggregate, and a refusal refuses the whole order.

use crate::account;
use crate::application::{self, SuspensionCause};
use crate::calendar::day_of;
use crate::charge::Charge;
use crate::fact::{Event, Fact};
use crate::ids::ApplicationId;
use crate::step::Step;
use crate::subscription::{self, StopCause};

/// The steps that follow from a fact.
pub(crate) fn react(fact: &Fact) -> Vec<Step> {
    match &fact.event {
        Event::Subscription(event) => after_subscription(event),
        Event::Account(
            account::Event::AccountOpened { .. }
            | account::Event::MoneyDeposited { .. }
            | account::Event::OrderPaid { .. }
            | account::Event::AccountParked { .. },
        )
        | Event::Application(
            application::Event::ApplicationCreated { .. }
            | application::Event::PlanEntered { .. }
            | application::Event::ApplicationSuspended { .. }
            | application::Event::SuspensionLifted { .. }
            | application::Event::ApplicationRecycled { .. },
        ) => vec![],
    }
}

fn after_subscription(event: &subscription::Event) -> Vec<Step> {
    match event {
        subscription::Event::SubscriptionStarted { application_id, charge, at, .. }
        | subscription::Event::SubscriptionRenewed { application_id, charge, at, .. } => {
            vec![pay(*application_id, charge, *at)]
        }
        subscription::Event::SubscriptionStopped { application_id, cause, recycle_at, at } => {
            let cause = match cause {
                StopCause::Expired => SuspensionCause::Expired,
            };
            let suspend = application::Command::Suspend { cause, recycle_at: *recycle_at, at: *at };
            vec![Step::Application(*application_id, suspend)]
        }
        subscription::Event::RenewalReminded { .. }
        | subscription::Event::GraceBegan { .. }
        | subscription::Event::SubscriptionEnded { .. } => vec![],
    }
}

/// A prepaid charge is paid in the same breath, or the order is refused (S1).
fn pay(application_id: ApplicationId, charge: &Charge, at: jiff::Timestamp) -> Step {
    Step::Account(account::Command::PayOrder {
        invoice_id: charge.invoice_id,
        application_id,
        total: charge.amount,
        issued_on: day_of(at),
        at,
    })
}
