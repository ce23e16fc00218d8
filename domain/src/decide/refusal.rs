//! Owns the sum of all refusals and their stable codes, which clients are written against.

use super::OrderError;
use crate::account;
use crate::add_on;
use crate::application;
use crate::money::MoneyFault;
use crate::subscription;
use crate::usage;

/// Why an order is refused. A refusal stores nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// By the payer.
    #[error(transparent)]
    Account(#[from] account::Error),
    /// By the application.
    #[error(transparent)]
    Application(#[from] application::Error),
    /// By the agreement.
    #[error(transparent)]
    Subscription(#[from] subscription::Error),
    /// By the add-on.
    #[error(transparent)]
    AddOn(#[from] add_on::Error),
    /// By the month of usage.
    #[error(transparent)]
    Usage(#[from] usage::Error),
    /// By the order's own rules.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The ledger contradicts itself; nobody's order should cause it.
    #[error("a broken invariant: {invariant}")]
    BrokenInvariant {
        /// Its name.
        invariant: &'static str,
    },
}

/// What sort of answer a refusal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// What it is about does not exist.
    NotFound,
    /// It exists already.
    Conflict,
    /// An amount or figure that makes no sense.
    Invalid,
    /// A rule of the business forbids it.
    Refused,
    /// The ledger's own fault.
    Broken,
}

impl Refusal {
    /// The code on the wire.
    pub fn code(&self) -> &'static str {
        self.classified().1
    }

    /// What sort of answer it is.
    pub fn kind(&self) -> RefusalKind {
        self.classified().0
    }

    fn classified(&self) -> (RefusalKind, &'static str) {
        use RefusalKind::{Broken, Conflict, NotFound, Refused};
        match self {
            Self::Account(account::Error::NotOpen) | Self::Application(application::Error::NotCreated) => {
                (NotFound, "not_found")
            }
            Self::Account(account::Error::AlreadyOpen) | Self::Application(application::Error::AlreadyCreated) => {
                (Conflict, "already_exists")
            }
            Self::Account(account::Error::Parked { .. }) => (Refused, "account_parked"),
            Self::Account(account::Error::VoucherAlreadyGranted { .. }) => (Conflict, "already_exists"),
            Self::Account(account::Error::VoucherExpired { .. }) => (Refused, "voucher_expired"),
            Self::Account(account::Error::VoucherNotApplicable { .. }) => (Refused, "voucher_not_applicable"),
            Self::Account(account::Error::NotPositive | account::Error::Voucher(_)) => {
                (RefusalKind::Invalid, "invalid_request")
            }
            Self::Account(account::Error::InsufficientBalance { .. }) => (Refused, "insufficient_balance"),
            Self::Account(account::Error::InArrears { .. }) => (Refused, "account_in_arrears"),
            Self::Account(account::Error::Suspended { .. }) => (Refused, "account_suspended"),
            Self::Account(account::Error::Money(fault))
            | Self::Subscription(subscription::Error::Money(fault))
            | Self::AddOn(add_on::Error::Money(fault)) => money(fault),
            Self::AddOn(add_on::Error::NotStarted) => (NotFound, "not_found"),
            Self::AddOn(add_on::Error::AlreadyStarted) => (Conflict, "already_exists"),
            Self::AddOn(add_on::Error::Ended | add_on::Error::TrialNotRefundable { .. }) => (Refused, "not_subscribed"),
            Self::AddOn(add_on::Error::TrialNotRenewable { .. }) => (Refused, "plan_mismatch"),
            Self::Usage(usage::Error::MonthClosed) => (Refused, "usage_month_closed"),
            Self::Application(application::Error::RetentionChangedThisMonth { .. }) => {
                (Refused, "retention_changed_this_month")
            }
            Self::Application(application::Error::Recycled { .. }) => (Refused, "application_recycled"),
            Self::Application(application::Error::FeatureNeedsFlagship { .. }) => (Refused, "feature_needs_flagship"),
            Self::Application(application::Error::FeatureNotRequested { .. }) => (Refused, "feature_not_requested"),
            Self::Application(application::Error::FeatureAlreadyRequested { .. }) => {
                (Refused, "feature_already_requested")
            }
            Self::Subscription(subscription::Error::NotSubscribed) => (Refused, "not_subscribed"),
            Self::Subscription(subscription::Error::AlreadySubscribed { .. }) => (Refused, "already_subscribed"),
            Self::Subscription(subscription::Error::PlanMismatch { .. }) => (Refused, "plan_mismatch"),
            Self::Subscription(subscription::Error::AlreadyOnPlan { .. }) => (Refused, "already_on_plan"),
            Self::Subscription(subscription::Error::DowngradeAlreadyScheduled { .. }) => {
                (Refused, "downgrade_already_scheduled")
            }
            Self::Subscription(subscription::Error::DowngradeNotAllowed { .. }) => (Refused, "downgrade_not_allowed"),
            Self::Subscription(subscription::Error::RenewalRequired { .. } | subscription::Error::GivenBack) => {
                (Refused, "renewal_required")
            }
            Self::Order(OrderError::OperatorApprovalRequired) => (Refused, "operator_approval_required"),
            Self::Order(OrderError::FiveDayRefundClosed(_)) => (Refused, "refund_already_taken"),
            Self::Order(OrderError::MonthsOutOfRange { .. }) => (Refused, "months_out_of_range"),
            Self::Order(OrderError::TrialNotReenterable) => (Refused, "trial_not_reenterable"),
            Self::Order(OrderError::PromotionNotApplicable { .. }) => (Refused, "promotion_not_applicable"),
            Self::Order(OrderError::TooManyApplications { .. }) => (Refused, "too_many_applications"),
            Self::Order(OrderError::ApplicationSuspended { .. }) => (Refused, "application_suspended"),
            Self::Order(OrderError::NotSold(fault)) => (Refused, fault.code()),
            Self::Order(OrderError::AddOnAlreadyActive { .. } | OrderError::AddOnAskedTwice { .. }) => {
                (Refused, "add_on_already_active")
            }
            Self::Order(
                OrderError::NoTrial { .. }
                | OrderError::UsageTooLarge { .. }
                | OrderError::UpgradeHasNoMonths
                | OrderError::NothingToCorrect
                | OrderError::UsageMonthOpen { .. }
                | OrderError::FeatureNotOnApplication { .. },
            ) => (RefusalKind::Invalid, "invalid_request"),
            Self::Order(OrderError::TrialPackUsedUp { .. }) => (Refused, "trial_pack_used_up"),
            Self::Order(OrderError::RetentionStepUnknown { .. }) => (Refused, "retention_step_unknown"),
            Self::Order(OrderError::UsageInFuture { .. }) => (Refused, "usage_in_future"),
            Self::Order(OrderError::UsageBeforeCreation { .. }) => (Refused, "usage_before_creation"),
            Self::Order(OrderError::UsageMonthClosed { .. }) => (Refused, "usage_month_closed"),
            Self::Account(account::Error::NotDue { .. } | account::Error::NoArrears)
            | Self::Application(application::Error::NotDueForRecycling | application::Error::FeatureNotDue { .. })
            | Self::AddOn(add_on::Error::NotDue { .. })
            | Self::Subscription(subscription::Error::NotDue { .. })
            | Self::BrokenInvariant { .. } => (Broken, "internal"),
        }
    }
}

fn money(fault: &MoneyFault) -> (RefusalKind, &'static str) {
    match fault {
        MoneyFault::MixedCurrencies { .. } | MoneyFault::UnknownCurrency { .. } => {
            (RefusalKind::Refused, "currency_mismatch")
        }
        MoneyFault::Form { .. } | MoneyFault::TooLarge => (RefusalKind::Invalid, "invalid_request"),
    }
}
