//! Owns how an order becomes steps, one file a family of orders.
//!
//! Does not own what follows from a fact (`policy`).

mod add_on;
mod admission;
mod application;
mod auto_renew;
mod error;
mod feature;
mod plan;
mod plan_change;
mod promotion;
mod refund;
mod suspension;
mod usage;

use super::cascade::Cascade;
use super::{Order, Refusal};
use crate::account;
use crate::catalog::Catalog;
use crate::ids::{InvoiceId, LineId};
use crate::step::Step;

pub(super) use auto_renew::auto_renewal;
pub use error::OrderError;
pub use promotion::NotPromoted;
pub(crate) use promotion::of_order as promoted;

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
        Order::GrantVoucher { voucher_id, face, expires_on, conditions } => {
            let (voucher_id, conditions) = (voucher_id.clone(), conditions.clone());
            let (face, expires_on, at) = (*face, *expires_on, cascade.at);
            Ok(vec![Step::Account(account::Command::GrantVoucher { voucher_id, face, expires_on, conditions, at })])
        }
        Order::CreateApplication { application_id, name, data_site } => {
            application::create(cascade, list, *application_id, name, *data_site)
        }
        Order::SetHistoryRetention { application_id, days } => {
            application::set_history_retention(cascade, *application_id, *days)
        }
        Order::PurchasePlan { application_id, plan, months, auto_renew, promotion, voucher_id } => {
            let asked = (*promotion, voucher_id.clone());
            plan::purchase(cascade, list, *application_id, (*plan, *months), *auto_renew, asked)
        }
        Order::RenewPlan { application_id, months, voucher_id } => {
            plan::renew(cascade, list, *application_id, *months, voucher_id.clone())
        }
        Order::BuyAddOn { application_id, add_on, months, auto_renew, voucher_id } => {
            add_on::buy(cascade, list, *application_id, (*add_on, *months), *auto_renew, voucher_id.clone())
        }
        Order::TryAddOn { application_id, add_on } => add_on::try_out(cascade, list, *application_id, *add_on),
        Order::RenewAddOn { application_id, add_on_id, months, voucher_id } => {
            add_on::renew(cascade, list, *application_id, *add_on_id, *months, voucher_id.clone())
        }
        Order::RecordUsage { application_id, date, dau, peak_groups } => {
            usage::record(cascade, list, *application_id, *date, (*dau, *peak_groups))
        }
        Order::UpgradePlan { application_id, plan, months, voucher_id } => {
            plan_change::upgrade(cascade, list, *application_id, (*plan, *months), voucher_id.clone())
        }
        Order::DowngradePlan { application_id, plan, timing, ticket } => {
            plan_change::downgrade(cascade, list, *application_id, (*plan, *timing), ticket.as_deref())
        }
        Order::CancelDowngrade { application_id } => plan_change::cancel_downgrade(cascade, *application_id),
        Order::RefundPlan { application_id, kind, reason } => {
            refund::plan(cascade, *application_id, *kind, reason.as_ref())
        }
        Order::RefundAddOn { application_id, add_on_id, kind, reason } => {
            refund::add_on(cascade, (*application_id, *add_on_id), *kind, reason.as_ref())
        }
        Order::SetAutoRenew { application_id, enabled, months } => {
            auto_renew::set_plan(cascade, list, *application_id, (*enabled, *months))
        }
        Order::SetAddOnAutoRenew { application_id, add_on_id, enabled, months } => {
            auto_renew::set_add_on(cascade, list, (*application_id, *add_on_id), (*enabled, *months))
        }
        Order::CorrectUsage { application_id, date, dau, peak_groups, reason } => {
            usage::correct(cascade, list, *application_id, *date, (*dau, *peak_groups), reason)
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
        Order::UnparkAccount { ticket } => {
            Ok(vec![Step::Account(account::Command::Unpark { ticket: ticket.clone(), at: cascade.at })])
        }
        Order::RunDue => Ok(vec![]),
    }
}

fn drawn_invoice(cascade: &mut Cascade<'_>) -> (InvoiceId, LineId) {
    (InvoiceId::from_uuid(cascade.ids.draw()), LineId::from_uuid(cascade.ids.draw()))
}
