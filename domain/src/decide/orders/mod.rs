//! Owns how an order becomes steps, one file a family of orders.
//!
//! Does not own what follows from a fact (`policy`).

mod add_on;
mod admission;
mod application;
mod error;
mod feature;
mod plan;
mod suspension;
mod usage;

use super::cascade::Cascade;
use super::{Order, Refusal};
use crate::account;
use crate::catalog::Catalog;
use crate::ids::{InvoiceId, LineId};
use crate::step::Step;

pub use error::OrderError;

pub(super) fn steps(cascade: &mut Cascade<'_>, order: &Order, catalog: &Catalog) -> Result<Vec<Step>, Refusal> {
    let list = catalog.in_force(cascade.at);
    match order {
        Order::OpenAccount { account_id, name, enterprise_verified, new_customer } => {
            Ok(vec![Step::Account(account::Command::Open {
                account_id: account_id.clone(),
                name: name.clone(),
                enterprise_verified: *enterprise_verified,
                new_customer: *new_customer,
                at: cascade.at,
            })])
        }
        Order::Deposit { amount, kind, reference } => {
            let (amount, kind, reference, at) = (*amount, *kind, reference.clone(), cascade.at);
            Ok(vec![Step::Account(account::Command::Deposit { amount, kind, reference, at })])
        }
        Order::CreateApplication { application_id, name, data_site } => {
            application::create(cascade, list, *application_id, name, *data_site)
        }
        Order::SetHistoryRetention { application_id, days } => {
            application::set_history_retention(cascade, *application_id, *days)
        }
        Order::PurchasePlan { application_id, plan, months } => {
            plan::purchase(cascade, list, *application_id, *plan, *months)
        }
        Order::RenewPlan { application_id, months } => plan::renew(cascade, list, *application_id, *months),
        Order::BuyAddOn { application_id, add_on, months } => {
            add_on::buy(cascade, list, *application_id, *add_on, *months)
        }
        Order::TryAddOn { application_id, add_on } => add_on::try_out(cascade, list, *application_id, *add_on),
        Order::RenewAddOn { application_id, add_on_id, months } => {
            add_on::renew(cascade, list, *application_id, *add_on_id, *months)
        }
        Order::RecordUsage { application_id, date, dau, peak_groups } => {
            usage::record(cascade, list, *application_id, *date, (*dau, *peak_groups))
        }
        Order::RequestFeature { application_id, feature } => feature::request(cascade, list, *application_id, *feature),
        Order::WithdrawFeature { application_id, feature } => {
            feature::withdraw(cascade, list, *application_id, *feature)
        }
        Order::ApproveFeature { application_id, feature, ticket } => {
            feature::approve(cascade, list, *application_id, *feature, ticket.as_deref())
        }
        Order::RejectFeature { application_id, feature, reason, ticket } => {
            feature::reject(cascade, list, *application_id, *feature, (reason.as_deref(), ticket.as_deref()))
        }
        Order::SuspendApplication { application_id, reason, ticket } => {
            suspension::suspend(cascade, *application_id, reason, ticket.as_deref())
        }
        Order::LiftSuspension { application_id } => suspension::lift(cascade, *application_id),
        Order::RunDue => Ok(vec![]),
    }
}

fn drawn_invoice(cascade: &mut Cascade<'_>) -> (InvoiceId, LineId) {
    (InvoiceId::from_uuid(cascade.ids.draw()), LineId::from_uuid(cascade.ids.draw()))
}
