//! Owns what can be asked of the oracle and what it answers.
//!
//! Does not own the decisions.

use crate::calendar::Day;
use crate::prices::{AddOnKind, Item, Plan, Promotion, Site};
use crate::rounding::Fen;

/// Why an order was refused: the code of the wire.
pub type Refusal = &'static str;
/// An SDKAppID.
pub type ApplicationId = u64;
/// The caller's, because add-ons due at one instant go by id: a UUID as its number sorts as its text does.
pub type AddOnId = u128;
/// The caller's. Ties between vouchers go by it.
pub type VoucherId = u64;

/// An order. Money is in fen.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields are those of the wire")]
pub enum Order {
    /// The first order of a payer; each payer is an oracle of its own.
    OpenAccount {
        enterprise_verified: bool,
        new_customer: bool,
    },
    Deposit {
        amount: Fen,
        into: Wallet,
    },
    GrantVoucher(Voucher),
    CreateApplication {
        application: ApplicationId,
        site: Site,
    },
    PurchasePlan {
        application: ApplicationId,
        plan: Plan,
        months: u32,
        auto_renew: bool,
        voucher: Option<VoucherId>,
        promotion: Option<Promotion>,
    },
    RenewPlan {
        application: ApplicationId,
        months: u32,
        voucher: Option<VoucherId>,
    },
    SetPlanAutoRenew {
        application: ApplicationId,
        enabled: bool,
        months: Option<u32>,
    },
    /// To Flagship, by the platform's formula: months are refused.
    UpgradePlan {
        application: ApplicationId,
        voucher: Option<VoucherId>,
        months: Option<u32>,
    },
    /// To Pro.
    DowngradePlan {
        application: ApplicationId,
        timing: Timing,
        has_ticket: bool,
    },
    CancelDowngrade {
        application: ApplicationId,
    },
    RefundPlan {
        application: ApplicationId,
        kind: Option<RefundKind>,
    },
    /// Months are not looked at for the call trial.
    BuyAddOn {
        application: ApplicationId,
        add_on: AddOnId,
        kind: AddOnKind,
        months: u32,
        auto_renew: bool,
        voucher: Option<VoucherId>,
    },
    RenewAddOn {
        application: ApplicationId,
        add_on: AddOnId,
        months: u32,
        voucher: Option<VoucherId>,
    },
    SetAddOnAutoRenew {
        application: ApplicationId,
        add_on: AddOnId,
        enabled: bool,
        months: Option<u32>,
    },
    RefundAddOn {
        application: ApplicationId,
        add_on: AddOnId,
        kind: Option<RefundKind>,
    },
    SetHistoryRetention {
        application: ApplicationId,
        days: u32,
    },
    RequestFeature {
        application: ApplicationId,
        feature: Feature,
    },
    WithdrawFeature {
        application: ApplicationId,
        feature: Feature,
    },
    ApproveFeature {
        application: ApplicationId,
        feature: Feature,
        has_ticket: bool,
    },
    RejectFeature {
        application: ApplicationId,
        feature: Feature,
    },
    /// The operator's stop.
    Suspend {
        application: ApplicationId,
        has_ticket: bool,
    },
    LiftSuspension {
        application: ApplicationId,
    },
    RecordUsage {
        application: ApplicationId,
        date: Day,
        dau: u64,
        peak_groups: u64,
    },
    CorrectUsage {
        application: ApplicationId,
        date: Day,
        dau: Option<u64>,
        peak_groups: Option<u64>,
    },
    /// Settle what is due, nothing more.
    RunDue,
}

/// Which balance a deposit goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wallet {
    /// Money.
    Cash,
    /// A gift.
    Gift,
}

/// When a downgrade takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// At the end of everything paid.
    PeriodEnd,
    /// Now; what is unused comes back.
    Immediate,
}

/// Which refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundKind {
    /// Everything paid, once for each account.
    FiveDay,
    /// Paid less used.
    Ordinary,
}

/// A feature that is open on application only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Push to all members; opens 48 hours after approval.
    PushAll,
    /// Communities; open at approval.
    Community,
}

/// How a voucher may be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayMode {
    /// On orders.
    Prepaid,
    /// On statements.
    Postpaid,
}

/// A voucher with its conditions.
#[derive(Clone, Debug)]
pub struct Voucher {
    /// The caller's.
    pub id: VoucherId,
    /// What it is worth.
    pub face: Fen,
    /// Its last usable day.
    pub expires_on: Day,
    /// Least price it goes with.
    pub minimum: Option<Fen>,
    /// Items it pays for; empty: all.
    pub applies_to: Vec<Item>,
    /// Shortest order it goes with.
    pub months_min: Option<u32>,
    /// Longest order it goes with.
    pub months_max: Option<u32>,
    /// Orders or statements only.
    pub pay_mode: Option<PayMode>,
}

/// What an accepted order brought about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Indices of the documents that the order itself issued, in [`crate::Oracle::documents`].
    pub documents: Vec<usize>,
    /// Of a refund.
    pub refund: Option<Refund>,
}

/// How a refund was made up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Which rule was applied.
    pub kind: RefundKind,
    /// Cash and gift paid for what is given back, less what came back before.
    pub paid: Fen,
    /// Value used.
    pub used: Fen,
    /// What comes back in all.
    pub total: Fen,
    /// Of this, what went to pay debts.
    pub to_debt: Fen,
    /// Of this, to cash.
    pub cash: Fen,
    /// Of this, to gift.
    pub gift: Fen,
}
