//! Owns driving a node without HTTP: orders as the engine takes them, one key each.

use std::sync::Arc;

use jiff::Timestamp;
use subledger_api::engine::{Accepted, Engine, EngineOptions, Subject, Write, WriteFault};
use subledger_domain::account::DepositKind;
use subledger_domain::catalog::Catalog;
use subledger_domain::decide::Order;
use subledger_domain::ids::{AccountId, ApplicationId};
use subledger_domain::money::Money;
use subledger_domain::plan::{DataSite, Plan};
use subledger_eventlog::record::{CommandKey, Hash};
use subledger_eventlog::store::{ClockKind, Store, StoreFault, StoredClock};

use super::process::BIRTH;

/// Who asks, as HTTP names it.
pub(super) const ACTOR: &str = "local";

pub(super) fn birth() -> Timestamp {
    BIRTH.parse().expect("an instant")
}

/// A node on a manual clock.
pub(super) async fn on_manual_clock(store: Arc<dyn Store>, due_worker: bool) -> Engine {
    start(store, StoredClock { kind: ClockKind::Manual, now: birth() }, due_worker).await
}

/// A node on a manual clock, with price lists of the test's own.
pub(super) async fn on_manual_clock_under(store: Arc<dyn Store>, catalog: Catalog) -> Result<Engine, StoreFault> {
    let options = EngineOptions { clock: StoredClock { kind: ClockKind::Manual, now: birth() }, due_worker: true };
    Engine::start(store, catalog, options, |_, _| ()).await
}

/// A node on the system's clock, which several nodes may share a log under.
pub(super) async fn on_system_clock(store: Arc<dyn Store>) -> Engine {
    start(store, StoredClock { kind: ClockKind::System, now: birth() }, true).await
}

async fn start(store: Arc<dyn Store>, clock: StoredClock, due_worker: bool) -> Engine {
    let catalog = Catalog::builtin().expect("the built-in lists are valid");
    let started = Engine::start(store, catalog, EngineOptions { clock, due_worker }, |_, _| ()).await;
    started.expect("the log folds")
}

pub(super) fn account(id: &str) -> AccountId {
    id.parse().expect("an account id")
}

pub(super) fn application(number: u64) -> ApplicationId {
    ApplicationId::try_new(1_400_000_000 + number).expect("an application id")
}

/// An order of a payer.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) account: AccountId,
    pub(super) order: Order,
}

impl Asked {
    pub(super) fn open(payer: &AccountId) -> Self {
        let order = Order::OpenAccount {
            account_id: payer.clone(),
            name: payer.to_string(),
            enterprise_verified: true,
            new_customer: false,
        };
        Self { account: payer.clone(), order }
    }

    pub(super) fn deposit(payer: &AccountId, amount: &str, kind: DepositKind) -> Self {
        let amount = Money::cny(amount).expect("an amount");
        Self { account: payer.clone(), order: Order::Deposit { amount, kind, reference: "bank".to_owned() } }
    }

    pub(super) fn create(payer: &AccountId, application_id: ApplicationId, data_site: DataSite) -> Self {
        let name = format!("app {application_id}");
        Self { account: payer.clone(), order: Order::CreateApplication { application_id, name, data_site } }
    }

    pub(super) fn buy(payer: &AccountId, application_id: ApplicationId, plan: Plan, months: u32) -> Self {
        let (auto_renew, promotion, voucher_id) = (false, None, None);
        let order = Order::PurchasePlan { application_id, plan, months, auto_renew, promotion, voucher_id };
        Self { account: payer.clone(), order }
    }

    pub(super) fn renew(payer: &AccountId, application_id: ApplicationId, months: u32) -> Self {
        Self { account: payer.clone(), order: Order::RenewPlan { application_id, months, voucher_id: None } }
    }

    fn subject(&self) -> Subject {
        match &self.order {
            Order::OpenAccount { .. }
            | Order::Deposit { .. }
            | Order::GrantVoucher { .. }
            | Order::UnparkAccount { .. }
            | Order::RunDue => Subject::Account(self.account.clone()),
            Order::CreateApplication { application_id, .. }
            | Order::PurchasePlan { application_id, .. }
            | Order::RenewPlan { application_id, .. }
            | Order::SetHistoryRetention { application_id, .. }
            | Order::BuyAddOn { application_id, .. }
            | Order::TryAddOn { application_id, .. }
            | Order::RenewAddOn { application_id, .. }
            | Order::UpgradePlan { application_id, .. }
            | Order::DowngradePlan { application_id, .. }
            | Order::CancelDowngrade { application_id }
            | Order::RefundPlan { application_id, .. }
            | Order::SetAutoRenew { application_id, .. }
            | Order::RefundAddOn { application_id, .. }
            | Order::SetAddOnAutoRenew { application_id, .. }
            | Order::CorrectUsage { application_id, .. }
            | Order::RecordUsage { application_id, .. }
            | Order::RequestFeature { application_id, .. }
            | Order::WithdrawFeature { application_id, .. }
            | Order::ApproveFeature { application_id, .. }
            | Order::RejectFeature { application_id, .. }
            | Order::SuspendApplication { application_id, .. }
            | Order::LiftSuspension { application_id } => Subject::Application(*application_id),
        }
    }

    /// As the node takes it. In these proofs a key has one body, so one fingerprint does for all.
    pub(super) fn under(&self, key: &str) -> Write {
        Write {
            key: CommandKey { scope: self.account.to_string(), key: key.to_owned() },
            fingerprint: Hash::GENESIS,
            account: self.account.clone(),
            order: self.order.clone(),
            subject: self.subject(),
            status: 200,
            if_match: None,
            quoted: None,
            actor: ACTOR.to_owned(),
        }
    }
}

/// Moves the manual clock; the key is the instant's own.
pub(super) async fn advance(engine: &Engine, to: Timestamp) -> Result<Accepted, WriteFault> {
    let key = CommandKey { scope: "/clock".to_owned(), key: to.to_string() };
    engine.advance(key, Hash::GENESIS, to).await
}
