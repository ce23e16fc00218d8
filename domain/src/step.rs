//! Owns the sum of all aggregates' commands.
//!
//! Does not own which step an order or a fact leads to (`decide`, `policy`).

use crate::account;
use crate::add_on;
use crate::application;
use crate::ids::{AddOnId, ApplicationId, SubscriptionId, UsageMonthId};
use crate::subscription;
use crate::usage;

/// One aggregate's command, with everything it needs inside.
#[expect(clippy::large_enum_variant, reason = "a decision takes a handful of steps, each once")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Of the payer.
    Account(account::Command),
    /// Of an application.
    Application(ApplicationId, application::Command),
    /// Of an agreement.
    Subscription(SubscriptionId, subscription::Command),
    /// Of an add-on.
    AddOn(AddOnId, add_on::Command),
    /// Of a usage month.
    Usage(UsageMonthId, usage::Command),
}
