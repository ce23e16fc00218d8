//! Owns the one pure function behind every order: what is due first, then the order's steps, then what follows from
//! each fact, until quiet.
//!
//! Does not own a store or a clock: a preview, an estimate, the simulator and the engine all call [`decide`].

mod cascade;
mod due;
mod orders;
mod publish;
mod refusal;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::account;
use crate::books::Working;
use crate::catalog::{AddOn, Catalog, PromotionName};
use crate::charge::RefundKind;
use crate::fact::Fact;
use crate::ids::{AccountId, AddOnId, ApplicationId, CommandId, VoucherId};
use crate::money::Money;
use crate::plan::{DataSite, Feature, Plan};
use crate::terms::DowngradeTiming;

use cascade::Cascade;
pub(crate) use orders::promoted;
pub use orders::{NotPromoted, OrderError};
pub use publish::{NotPublished, Wanted, publish};
pub use refusal::{Refusal, RefusalKind};

/// What the wire asks of one payer's Books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Keep a payer.
    OpenAccount {
        /// The payer.
        account_id: AccountId,
        /// As the payer is called.
        name: String,
        /// Whether the enterprise is verified.
        enterprise_verified: bool,
        /// Whether the payer is new to the service.
        new_customer: bool,
    },
    /// Add to a balance.
    Deposit {
        /// How much.
        amount: Money,
        /// To which balance.
        kind: account::DepositKind,
        /// The caller's own reference.
        reference: String,
    },
    /// Give a voucher.
    GrantVoucher {
        /// The caller's own id.
        voucher_id: VoucherId,
        /// What it is worth.
        face: Money,
        /// The last day it can be used on.
        expires_on: Date,
        /// What it may be used for.
        conditions: account::VoucherConditions,
    },
    /// Create an application on Trial.
    CreateApplication {
        /// SDKAppID.
        application_id: ApplicationId,
        /// As it is called.
        name: String,
        /// Where its data lives.
        data_site: DataSite,
    },
    /// Buy a plan: from Trial, or after a stop.
    PurchasePlan {
        /// The application.
        application_id: ApplicationId,
        /// The plan asked for; Trial is refused by rule, not by form.
        plan: Plan,
        /// Whole months.
        months: u32,
        /// Whether it renews itself from then on.
        auto_renew: bool,
        /// The promotion asked for.
        promotion: Option<PromotionName>,
        /// The voucher that is to pay first.
        voucher_id: Option<VoucherId>,
    },
    /// Buy a further term of the same plan.
    RenewPlan {
        /// The application.
        application_id: ApplicationId,
        /// Whole months.
        months: u32,
        /// The voucher that is to pay first.
        voucher_id: Option<VoucherId>,
    },
    /// Change how many days of history are kept.
    SetHistoryRetention {
        /// The application.
        application_id: ApplicationId,
        /// Days wanted; the plan's own figure switches it off.
        days: u32,
    },
    /// Buy a value-added service.
    BuyAddOn {
        /// The application.
        application_id: ApplicationId,
        /// Which one.
        add_on: AddOn,
        /// Whole months.
        months: u32,
        /// Whether it renews itself from then on.
        auto_renew: bool,
        /// The voucher that is to pay first.
        voucher_id: Option<VoucherId>,
    },
    /// Try a value-added service, free.
    TryAddOn {
        /// The application.
        application_id: ApplicationId,
        /// Which one; a trial.
        add_on: AddOn,
    },
    /// Buy a further term of a value-added service.
    RenewAddOn {
        /// The application.
        application_id: ApplicationId,
        /// The bought one.
        add_on_id: AddOnId,
        /// Whole months.
        months: u32,
        /// The voucher that is to pay first.
        voucher_id: Option<VoucherId>,
    },
    /// Note a day's usage, or correct it while its month is open.
    RecordUsage {
        /// The application.
        application_id: ApplicationId,
        /// The civil day.
        date: Date,
        /// Distinct users who logged in.
        dau: u64,
        /// Highest number of groups.
        peak_groups: u64,
    },
    /// Go up to a higher plan at once.
    UpgradePlan {
        /// The application.
        application_id: ApplicationId,
        /// The plan asked for.
        plan: Plan,
        /// Whole months of the new term; only where an upgrade is a refund and a purchase.
        months: Option<u32>,
        /// The voucher that is to pay first.
        voucher_id: Option<VoucherId>,
    },
    /// Go down to a lower plan.
    DowngradePlan {
        /// The application.
        application_id: ApplicationId,
        /// The plan asked for.
        plan: Plan,
        /// When; as the policy says, if none.
        timing: Option<DowngradeTiming>,
        /// The operator's approval.
        ticket: Option<String>,
    },
    /// Take a scheduled downgrade back.
    CancelDowngrade {
        /// The application.
        application_id: ApplicationId,
    },
    /// Give the plan back.
    RefundPlan {
        /// The application.
        application_id: ApplicationId,
        /// By which rule; the better one, if none.
        kind: Option<RefundKind>,
        /// Why, in the caller's words.
        reason: Option<String>,
    },
    /// Renew the plan by itself, or no longer.
    SetAutoRenew {
        /// The application.
        application_id: ApplicationId,
        /// Whether.
        enabled: bool,
        /// Whole months of each renewal; one, if none.
        months: Option<u32>,
    },
    /// Give a value-added service back.
    RefundAddOn {
        /// The application.
        application_id: ApplicationId,
        /// The bought one.
        add_on_id: AddOnId,
        /// By which rule; the better one, if none.
        kind: Option<RefundKind>,
        /// Why, in the caller's words.
        reason: Option<String>,
    },
    /// Renew a value-added service by itself, or no longer.
    SetAddOnAutoRenew {
        /// The application.
        application_id: ApplicationId,
        /// The bought one.
        add_on_id: AddOnId,
        /// Whether.
        enabled: bool,
        /// Whole months of each renewal; one, if none.
        months: Option<u32>,
    },
    /// Correct a day of a month that is settled.
    CorrectUsage {
        /// The application.
        application_id: ApplicationId,
        /// The civil day.
        date: Date,
        /// Distinct users who logged in; as it was, if none.
        dau: Option<u64>,
        /// Highest number of groups; as it was, if none.
        peak_groups: Option<u64>,
        /// Why, in the caller's words.
        reason: String,
    },
    /// Ask for a feature that is opened on application.
    RequestFeature {
        /// The application.
        application_id: ApplicationId,
        /// The feature.
        feature: Feature,
    },
    /// No longer ask for it.
    WithdrawFeature {
        /// The application.
        application_id: ApplicationId,
        /// The feature.
        feature: Feature,
    },
    /// Say yes to a request; an operator's.
    ApproveFeature {
        /// The application.
        application_id: ApplicationId,
        /// The feature.
        feature: Feature,
        /// The operator's ticket; without it nothing is approved.
        ticket: Option<String>,
    },
    /// Say no to a request; an operator's.
    RejectFeature {
        /// The application.
        application_id: ApplicationId,
        /// The feature.
        feature: Feature,
        /// As it is told to the payer.
        reason: Option<String>,
        /// The operator's ticket.
        ticket: Option<String>,
    },
    /// Stop the service; an operator's (U40).
    SuspendApplication {
        /// The application.
        application_id: ApplicationId,
        /// As it is told to the payer.
        reason: String,
        /// The operator's ticket; without it nothing is stopped.
        ticket: Option<String>,
    },
    /// Lift an operator's stop; other causes stay.
    LiftSuspension {
        /// The application.
        application_id: ApplicationId,
    },
    /// Keep a payer again that was parked; an operator's.
    UnparkAccount {
        /// The operator's ticket.
        ticket: Option<String>,
    },
    /// Nothing but what is due.
    RunDue,
}

impl Order {
    /// The name in an event's metadata.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OpenAccount { .. } => "open_account",
            Self::Deposit { .. } => "deposit",
            Self::GrantVoucher { .. } => "grant_voucher",
            Self::CreateApplication { .. } => "create_application",
            Self::PurchasePlan { .. } => "purchase_plan",
            Self::RenewPlan { .. } => "renew_plan",
            Self::SetHistoryRetention { .. } => "set_history_retention",
            Self::BuyAddOn { .. } => "buy_add_on",
            Self::TryAddOn { .. } => "try_add_on",
            Self::RenewAddOn { .. } => "renew_add_on",
            Self::RecordUsage { .. } => "record_usage",
            Self::UpgradePlan { .. } => "upgrade_plan",
            Self::DowngradePlan { .. } => "downgrade_plan",
            Self::CancelDowngrade { .. } => "cancel_downgrade",
            Self::RefundPlan { .. } => "refund_plan",
            Self::SetAutoRenew { .. } => "set_auto_renew",
            Self::RefundAddOn { .. } => "refund_add_on",
            Self::SetAddOnAutoRenew { .. } => "set_add_on_auto_renew",
            Self::CorrectUsage { .. } => "correct_usage",
            Self::RequestFeature { .. } => "request_feature",
            Self::WithdrawFeature { .. } => "withdraw_feature",
            Self::ApproveFeature { .. } => "approve_feature",
            Self::RejectFeature { .. } => "reject_feature",
            Self::SuspendApplication { .. } => "suspend_application",
            Self::LiftSuspension { .. } => "lift_suspension",
            Self::UnparkAccount { .. } => "unpark_account",
            Self::RunDue => "run_due",
        }
    }
}

/// An order at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Everything it brings about carries it.
    pub id: CommandId,
    /// When it is decided: never before the payer's latest instant.
    pub at: Timestamp,
    /// What is asked.
    pub order: Order,
}

/// A fact and its sequence in its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The fact.
    pub fact: Fact,
    /// Its sequence, from 1.
    pub sequence: u64,
}

/// What one command brought about; all of it is appended, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The order's command, or a timer's.
    pub command_id: CommandId,
    /// What asked for it, for the events' metadata.
    pub asked: &'static str,
    /// When it was decided.
    pub at: Timestamp,
    /// Its facts, in the log's order.
    pub facts: Vec<Placed>,
}

/// What became of a command.
#[derive(Debug, Clone)]
pub struct Outcome<'a> {
    /// What was due before it. Stays accepted even if the order is refused.
    pub due: Vec<Decision>,
    /// The order's own part.
    pub order: Result<Decision, Refusal>,
    /// The Books afterwards: with what was due, and with the order if it was accepted.
    pub books: Working<'a>,
}

/// Decides a command: first everything due for that payer up to its instant, each at its own instant, then the order.
pub fn decide<'a>(mut books: Working<'a>, command: &Command, catalog: &Catalog) -> Outcome<'a> {
    let due = due::settle(&mut books, command.at, catalog);
    let mut cascade = Cascade::new(books.clone(), command.id, command.at);
    let order = orders::steps(&mut cascade, &command.order, catalog).and_then(|steps| cascade.run(steps));
    match order {
        Ok(()) => {
            let (facts, books) = cascade.finish();
            let decision = Decision { command_id: command.id, asked: command.order.name(), at: command.at, facts };
            Outcome { due, order: Ok(decision), books }
        }
        Err(refusal) => Outcome { due, order: Err(refusal), books },
    }
}

/// The Books as they stand at an instant: the same due list, applied to a copy. How reads are right at 00:00:00
/// whether or not a worker has run.
pub fn as_at<'a>(mut books: Working<'a>, at: Timestamp, catalog: &Catalog) -> Working<'a> {
    // What falls due on the way is only looked at; the log learns of it from the next command or the worker.
    let _ = due::settle(&mut books, at, catalog);
    books
}
