//! Owns one thing that is asked of both sides: an instant, an order in the oracle's words, and the same in the ledger's.
//!
//! Does not own the answers.

use std::collections::BTreeMap;

use subledger_domain::decide::{Command, Order as Asked};
use subledger_domain::ids::{AccountId, AddOnId, CommandId};
use subledger_oracle::Order;
use subledger_oracle::calendar::Instant;
use subledger_oracle::prices::{AddOnKind, CallPack, Plan};
use uuid::Uuid;

use crate::words;

/// An order at an instant. Its add-ons are named by the number of the step that bought them: a story that is shrunk keeps
/// its numbers.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Its own number; the order's key.
    pub(crate) number: u64,
    /// When.
    pub(crate) at: Instant,
    /// What.
    pub(crate) order: Order,
}

/// Which add-on came of which step.
pub(crate) type Bought = BTreeMap<u64, AddOnId>;

/// An add-on nobody has.
const NOBODYS: Uuid = Uuid::from_u128(0x0183_c8a1_0000_7000_8000_0000_0000_0000);

fn known(bought: &Bought, step: u128) -> AddOnId {
    let step = u64::try_from(step).expect("a step's number");
    bought.get(&step).copied().unwrap_or(AddOnId::from_uuid(NOBODYS))
}

impl Step {
    /// The ledger's command.
    pub(crate) fn command(&self, payer: &AccountId, bought: &Bought) -> Command {
        let at = words::timestamp(self.at);
        let id = CommandId::keyed(at, payer.as_str(), &self.number.to_string());
        Command { id, at, order: asked(&self.order, payer, bought) }
    }

    /// The oracle's order, with the ids that the ledger drew.
    pub(crate) fn told(&self, bought: &Bought) -> Order {
        let mut order = self.order.clone();
        match &mut order {
            Order::BuyAddOn { add_on, .. } => *add_on = known(bought, u128::from(self.number)).uuid().as_u128(),
            Order::RenewAddOn { add_on, .. }
            | Order::SetAddOnAutoRenew { add_on, .. }
            | Order::RefundAddOn { add_on, .. } => *add_on = known(bought, *add_on).uuid().as_u128(),
            _ => {}
        }
        order
    }
}

fn ticket(has_ticket: bool) -> Option<String> {
    has_ticket.then(|| "OP-1".to_owned())
}

fn asked(order: &Order, payer: &AccountId, bought: &Bought) -> Asked {
    let named = |voucher: Option<u64>| voucher.map(words::voucher);
    match order.clone() {
        Order::OpenAccount { enterprise_verified, new_customer } => Asked::OpenAccount {
            account_id: payer.clone(),
            name: "payer".to_owned(),
            enterprise_verified,
            new_customer,
        },
        Order::Deposit { amount, into } => {
            Asked::Deposit { amount: words::money(amount), kind: words::wallet(into), reference: "wire".to_owned() }
        }
        Order::GrantVoucher(voucher) => Asked::GrantVoucher {
            voucher_id: words::voucher(voucher.id),
            face: words::money(voucher.face),
            expires_on: words::civil(voucher.expires_on),
            conditions: words::conditions(&voucher),
        },
        Order::CreateApplication { application, site } => Asked::CreateApplication {
            application_id: words::application(application),
            name: "chat".to_owned(),
            data_site: words::site(site),
        },
        Order::PurchasePlan { application, plan, months, auto_renew, voucher, promotion } => Asked::PurchasePlan {
            application_id: words::application(application),
            plan: words::plan(plan),
            months,
            auto_renew,
            promotion: promotion.map(words::promotion),
            voucher_id: named(voucher),
        },
        Order::RenewPlan { application, months, voucher } => {
            Asked::RenewPlan { application_id: words::application(application), months, voucher_id: named(voucher) }
        }
        Order::SetPlanAutoRenew { application, enabled, months } => {
            Asked::SetAutoRenew { application_id: words::application(application), enabled, months }
        }
        Order::UpgradePlan { application, voucher, months } => Asked::UpgradePlan {
            application_id: words::application(application),
            plan: words::plan(Plan::Flagship),
            months,
            voucher_id: named(voucher),
        },
        Order::DowngradePlan { application, timing, has_ticket } => Asked::DowngradePlan {
            application_id: words::application(application),
            plan: words::plan(Plan::Pro),
            timing: Some(words::timing(timing)),
            ticket: ticket(has_ticket),
        },
        Order::CancelDowngrade { application } => {
            Asked::CancelDowngrade { application_id: words::application(application) }
        }
        Order::RefundPlan { application, kind } => Asked::RefundPlan {
            application_id: words::application(application),
            kind: kind.map(words::refund_kind),
            reason: None,
        },
        order => asked_of_an_application(order, bought),
    }
}

fn asked_of_an_application(order: Order, bought: &Bought) -> Asked {
    let named = |voucher: Option<u64>| voucher.map(words::voucher);
    match order {
        Order::BuyAddOn { application, kind: kind @ AddOnKind::AvCall(CallPack::Trial), .. } => {
            Asked::TryAddOn { application_id: words::application(application), add_on: words::add_on(kind) }
        }
        Order::BuyAddOn { application, kind, months, auto_renew, voucher, .. } => Asked::BuyAddOn {
            application_id: words::application(application),
            add_on: words::add_on(kind),
            months,
            auto_renew,
            voucher_id: named(voucher),
        },
        Order::RenewAddOn { application, add_on, months, voucher } => Asked::RenewAddOn {
            application_id: words::application(application),
            add_on_id: known(bought, add_on),
            months,
            voucher_id: named(voucher),
        },
        Order::SetAddOnAutoRenew { application, add_on, enabled, months } => Asked::SetAddOnAutoRenew {
            application_id: words::application(application),
            add_on_id: known(bought, add_on),
            enabled,
            months,
        },
        Order::RefundAddOn { application, add_on, kind } => Asked::RefundAddOn {
            application_id: words::application(application),
            add_on_id: known(bought, add_on),
            kind: kind.map(words::refund_kind),
            reason: None,
        },
        Order::SetHistoryRetention { application, days } => {
            Asked::SetHistoryRetention { application_id: words::application(application), days }
        }
        Order::RequestFeature { application, feature } => {
            Asked::RequestFeature { application_id: words::application(application), feature: words::feature(feature) }
        }
        Order::WithdrawFeature { application, feature } => {
            Asked::WithdrawFeature { application_id: words::application(application), feature: words::feature(feature) }
        }
        Order::ApproveFeature { application, feature, has_ticket } => Asked::ApproveFeature {
            application_id: words::application(application),
            feature: words::feature(feature),
            ticket: ticket(has_ticket),
        },
        Order::RejectFeature { application, feature } => Asked::RejectFeature {
            application_id: words::application(application),
            feature: words::feature(feature),
            reason: None,
            ticket: None,
        },
        Order::Suspend { application, has_ticket } => Asked::SuspendApplication {
            application_id: words::application(application),
            reason: "spam".to_owned(),
            ticket: ticket(has_ticket),
        },
        Order::LiftSuspension { application } => {
            Asked::LiftSuspension { application_id: words::application(application) }
        }
        Order::RecordUsage { application, date, dau, peak_groups } => Asked::RecordUsage {
            application_id: words::application(application),
            date: words::civil(date),
            dau,
            peak_groups,
        },
        Order::CorrectUsage { application, date, dau, peak_groups } => Asked::CorrectUsage {
            application_id: words::application(application),
            date: words::civil(date),
            dau,
            peak_groups,
            reason: "metered twice".to_owned(),
        },
        Order::RunDue => Asked::RunDue,
        Order::OpenAccount { .. }
        | Order::Deposit { .. }
        | Order::GrantVoucher(_)
        | Order::CreateApplication { .. }
        | Order::PurchasePlan { .. }
        | Order::RenewPlan { .. }
        | Order::SetPlanAutoRenew { .. }
        | Order::UpgradePlan { .. }
        | Order::DowngradePlan { .. }
        | Order::CancelDowngrade { .. }
        | Order::RefundPlan { .. } => unreachable!("told before"),
    }
}

/// The application an order is about.
pub(crate) fn application_of(order: &Order) -> Option<u64> {
    match order {
        Order::OpenAccount { .. } | Order::Deposit { .. } | Order::GrantVoucher(_) | Order::RunDue => None,
        Order::CreateApplication { application, .. }
        | Order::PurchasePlan { application, .. }
        | Order::RenewPlan { application, .. }
        | Order::SetPlanAutoRenew { application, .. }
        | Order::UpgradePlan { application, .. }
        | Order::DowngradePlan { application, .. }
        | Order::CancelDowngrade { application }
        | Order::RefundPlan { application, .. }
        | Order::BuyAddOn { application, .. }
        | Order::RenewAddOn { application, .. }
        | Order::SetAddOnAutoRenew { application, .. }
        | Order::RefundAddOn { application, .. }
        | Order::SetHistoryRetention { application, .. }
        | Order::RequestFeature { application, .. }
        | Order::WithdrawFeature { application, .. }
        | Order::ApproveFeature { application, .. }
        | Order::RejectFeature { application, .. }
        | Order::Suspend { application, .. }
        | Order::LiftSuspension { application }
        | Order::RecordUsage { application, .. }
        | Order::CorrectUsage { application, .. } => Some(*application),
    }
}
