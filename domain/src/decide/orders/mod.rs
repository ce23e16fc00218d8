//! Owns how an order becomes steps, one file a family of orders.
//!
//! Does not own what follows from a fact (`policy`).

mod add_on;
mod admission;
mod application;
mod error;
mod plan;
mod promotion;
mod usage;

use super::cascade::Cascade;
use super::{Order, Refusal};
use crate::account;
use crate::catalog::Catalog;
use crate::ids::{InvoiceId, LineId};
use crate::step::Step;

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
        Order::PurchasePlan { application_id, plan, months, promotion, voucher_id } => {
            plan::purchase(cascade, list, *application_id, (*plan, *months), *promotion, voucher_id.clone())
        }
        Order::RenewPlan { application_id, months, voucher_id } => {
            plan::renew(cascade, list, *application_id, *months, voucher_id.clone())
        }
        Order::BuyAddOn { application_id, add_on, months, voucher_id } => {
            add_on::buy(cascade, list, *application_id, *add_on, *months, voucher_id.clone())
        }
        Order::TryAddOn { application_id, add_on } => add_on::try_out(cascade, list, *application_id, *add_on),
        Order::RenewAddOn { application_id, add_on_id, months, voucher_id } => {
            add_on::renew(cascade, list, *application_id, *add_on_id, *months, voucher_id.clone())
        }
        Order::RecordUsage { application_id, date, dau, peak_groups } => {
            usage::record(cascade, list, *application_id, *date, (*dau, *peak_groups))
        }
        Order::RunDue => Ok(vec![]),
    }
}

fn drawn_invoice(cascade: &mut Cascade<'_>) -> (InvoiceId, LineId) {
    (InvoiceId::from_uuid(cascade.ids.draw()), LineId::from_uuid(cascade.ids.draw()))
}
