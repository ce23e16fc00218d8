//! Owns which facts an aggregate can meet in which of its states, counted from the aggregates' own lists of events, and why
//! the others cannot be.
//!
//! Does not own whether a pair is right: the tables of (state, step) in the domain's tests do.

use subledger_domain::{account, add_on, application, subscription, usage};

use super::{Pair, Reasons, reason};

fn stored(aggregate: &str) -> &'static [(&'static str, &'static str)] {
    match aggregate {
        "account" => account::Event::STORED,
        "application" => application::Event::STORED,
        "subscription" => subscription::Event::STORED,
        "add_on" => add_on::Event::STORED,
        "usage_month" => usage::Event::STORED,
        other => unreachable!("{other} is no aggregate of a payer"),
    }
}

/// What is stored of an aggregate.
pub(super) fn of(aggregate: &str) -> Vec<&'static str> {
    stored(aggregate).iter().map(|(event, _)| *event).collect()
}

/// An event's name as the aggregate's list has it.
pub(super) fn named(aggregate: &str, event: &str) -> Option<&'static str> {
    stored(aggregate).iter().map(|(known, _)| *known).find(|known| *known == event)
}

/// The first that fits is told.
pub(super) const WHY_NOT: Reasons = &[
    ("account", &[], &["AccountParked", "AccountUnparked"], "no invariant is broken"),
    ("account", &["active", "in arrears", "suspended"], &["AccountOpened"], "an account opens once"),
    (
        "account",
        &["active"],
        &["ReceivablePaid", "ReceivableCredited", "ArrearsCleared", "AccountSuspended"],
        "nothing is owed",
    ),
    ("account", &["in arrears", "suspended"], &["OrderPaid"], "nothing is sold in arrears (U1)"),
    ("account", &["in arrears", "suspended"], &["FellIntoArrears"], "a further debt joins the one that stands (U5)"),
    (
        "account",
        &["in arrears"],
        &["StatementDrafted", "StatementFinalised", "BillingMonthPassed"],
        "who falls into arrears on the 3rd is stopped by the 10th, before the next statement",
    ),
    ("account", &["suspended"], &["AccountSuspended"], "one uninterrupted stop (U5)"),
    ("application", &["recycled"], &[], "what is recycled is gone (U34)"),
    ("application", &["trial", "pro", "flagship", "suspended"], &["ApplicationCreated"], "it is created once"),
    ("application", &["trial", "pro", "flagship"], &["SuspensionLifted", "ApplicationRecycled"], "it is not stopped"),
    ("application", &["trial", "suspended"], &["HistoryRetentionSet"], "refused on Trial and in a stop (S18, U1)"),
    ("application", &["suspended"], &["FeatureRequested"], "refused in a stop (U45)"),
    (
        "application",
        &["trial", "pro"],
        &["FeatureRequested", "FeatureWithdrawn", "FeatureApproved", "FeatureRejected", "FeatureOpened"],
        "features on application are Flagship's (S8, S9)",
    ),
    ("application", &["trial"], &["FeatureLost"], "there is none to lose"),
    ("application", &["pro"], &["FeatureLost"], "they are lost on leaving Flagship (U44)"),
    ("subscription", &["stopped", "ended"], &[], "it is over; what is bought is another agreement (U21)"),
    ("subscription", &["active", "going down", "grace", "refunded"], &["SubscriptionStarted"], "it starts once"),
    ("subscription", &["active", "going down"], &["SubscriptionStopped"], "its grace comes first"),
    ("subscription", &["active"], &["DowngradeCancelled"], "none is scheduled (U27)"),
    ("subscription", &["going down"], &["DowngradeScheduled"], "one is scheduled (U27)"),
    ("subscription", &["going down"], &["PlanUpgraded"], "it is on Flagship"),
    ("subscription", &["going down"], &["GraceBegan"], "at the end it goes down first (U27)"),
    ("subscription", &["grace"], &["GraceBegan"], "it began"),
    (
        "subscription",
        &["grace"],
        &["PlanUpgraded", "DowngradeScheduled", "DowngradeCancelled", "PlanDowngraded", "PlanRefunded"],
        "nothing paid is left to change or give back (U24, U33)",
    ),
    (
        "subscription",
        &["refunded"],
        &[
            "SubscriptionRenewed",
            "RenewalReminded",
            "GraceBegan",
            "PlanUpgraded",
            "DowngradeScheduled",
            "DowngradeCancelled",
            "PlanDowngraded",
            "PlanRefunded",
            "AutoRenewSet",
            "AutoRenewalFailed",
        ],
        "it was given back (U32)",
    ),
    ("add_on", &["ended"], &[], "it is over; what is bought is another one (U36)"),
    ("add_on", &["trial", "active", "grace"], &["AddOnStarted", "AddOnTrialStarted"], "it starts once"),
    (
        "add_on",
        &["trial"],
        &[
            "AddOnRenewed",
            "AddOnReminded",
            "AddOnGraceBegan",
            "AddOnRefunded",
            "AddOnAutoRenewSet",
            "AddOnAutoRenewalFailed",
        ],
        "a trial only ends (U41)",
    ),
    ("add_on", &["grace"], &["AddOnGraceBegan"], "it began"),
    ("add_on", &["grace"], &["AddOnRefunded"], "nothing paid is left (U33)"),
    ("usage_month", &["nothing told"], &["UsageMonthClosed"], "a month without a reading has no event that closes it"),
    (
        "usage_month",
        &["closed"],
        &["UsageRecorded", "UsageMonthClosed"],
        "it is closed; what follows corrects it (U38)",
    ),
    ("account", &["not open"], &[], "an account opens first"),
    ("application", &["not created"], &[], "it is created first"),
    ("subscription", &["not started"], &[], "it starts first"),
    ("add_on", &["not started"], &[], "it starts first"),
];

/// What begins an aggregate.
const BEGINNINGS: [&str; 5] =
    ["AccountOpened", "ApplicationCreated", "SubscriptionStarted", "AddOnStarted", "AddOnTrialStarted"];

pub(super) fn why_not(pair: &Pair) -> Option<&'static str> {
    if pair.state.starts_with("not ") && BEGINNINGS.contains(&pair.step) {
        return None;
    }
    reason(WHY_NOT, pair)
}
