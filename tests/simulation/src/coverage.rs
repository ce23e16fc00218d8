//! Owns which facts were met in which state of their aggregate, counted from the aggregates' own lists of events, and why
//! the pairs that are never met cannot be.
//!
//! Does not own whether a pair is right: the tables of (state, step) in the domain's tests do.

use std::collections::BTreeMap;
use std::fmt;

use cqrs_es::DomainEvent;
use subledger_domain::application::CreatedApplication;
use subledger_domain::books::{Books, Working};
use subledger_domain::fact::{Fact, Stream};
use subledger_domain::plan::Plan;
use subledger_domain::{account, add_on, application, subscription, usage};

/// A state and an event of an aggregate.
type Pair = (&'static str, &'static str, String);

/// How often each pair was met: aggregate, state, event.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    pairs: BTreeMap<Pair, u64>,
}

/// An aggregate, its states, its events.
type Aggregate = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const AGGREGATES: [Aggregate; 5] = [
    ("account", &["not open", "active", "in arrears", "suspended"], account::Event::STORED),
    ("application", &["not created", "trial", "pro", "flagship", "suspended", "recycled"], application::Event::STORED),
    (
        "subscription",
        &["not started", "active", "going down", "grace", "refunded", "stopped", "ended"],
        subscription::Event::STORED,
    ),
    ("add_on", &["not started", "trial", "active", "grace", "ended"], add_on::Event::STORED),
    ("usage_month", &["nothing told", "open", "closed"], usage::Event::STORED),
];

/// Why a pair cannot be: for an aggregate in these states (all of them if none is named), these events.
type WhyNot = (&'static str, &'static [&'static str], &'static [&'static str], &'static str);

/// The first that fits is told. Where no events are named, it is all that were not named before for that state.
const WHY_NOT: &[WhyNot] = &[
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

fn why_not(aggregate: &str, state: &str, event: &str) -> Option<&'static str> {
    let begins = state.starts_with("not ") && BEGINNINGS.contains(&event);
    let fits = |(of, states, events, _): &&WhyNot| {
        *of == aggregate
            && (states.is_empty() || states.contains(&state))
            && (events.contains(&event) || (events.is_empty() && !begins))
    };
    WHY_NOT.iter().find(fits).map(|(.., why)| *why)
}

impl Coverage {
    pub(crate) fn fact(&mut self, books: &Books, fact: &Fact) {
        let state = state(&Working::over(books), &fact.stream);
        *self.pairs.entry((fact.stream.aggregate_type(), state, fact.event_type())).or_default() += 1;
    }

    /// Takes over what another world met.
    pub fn add(&mut self, other: &Self) {
        for (pair, count) in &other.pairs {
            *self.pairs.entry(pair.clone()).or_default() += count;
        }
    }

    fn all() -> impl Iterator<Item = Pair> {
        AGGREGATES.iter().flat_map(|(aggregate, states, events)| {
            let pairs = states.iter().flat_map(|state| events.iter().map(move |(event, _)| (*state, *event)));
            pairs.map(|(state, event)| (*aggregate, state, event.to_owned()))
        })
    }

    /// Pairs that can be and were not met.
    pub fn missing(&self) -> Vec<(&'static str, &'static str, String)> {
        Self::all()
            .filter(|pair| why_not(pair.0, pair.1, &pair.2).is_none() && !self.pairs.contains_key(pair))
            .collect()
    }

    /// Pairs that were met although they cannot be.
    pub fn impossible(&self) -> Vec<(&'static str, &'static str, String)> {
        self.pairs.keys().filter(|pair| why_not(pair.0, pair.1, &pair.2).is_some()).cloned().collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = Self::all().count();
        let possible = Self::all().filter(|pair| why_not(pair.0, pair.1, &pair.2).is_none()).count();
        let (missing, impossible) = (self.missing(), self.impossible());
        writeln!(
            f,
            "(state × event) pairs: {} of {possible} that can be were met, {all} in all",
            possible - missing.len()
        )?;
        for (aggregate, state, event) in &missing {
            writeln!(f, "  not met: {aggregate}, {state} × {event}")?;
        }
        for (aggregate, state, event) in &impossible {
            writeln!(f, "  met, and cannot be: {aggregate}, {state} × {event}")?;
        }
        let mut reasons: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for (aggregate, state, event) in Self::all() {
            if let Some(why) = why_not(aggregate, state, &event) {
                *reasons.entry((aggregate, why)).or_default() += 1;
            }
        }
        for ((aggregate, why), count) in reasons {
            writeln!(f, "  {count} of {aggregate} cannot be: {why}")?;
        }
        Ok(())
    }
}

fn state(books: &Working<'_>, stream: &Stream) -> &'static str {
    match stream {
        Stream::Account(_) => match books.account() {
            None => "not open",
            Some(payer) if payer.is_suspended() => "suspended",
            Some(payer) if payer.arrears.is_some() => "in arrears",
            Some(_) => "active",
        },
        Stream::Application(id) => books.application(*id).map_or("not created", of_application),
        Stream::Subscription(id) => books.agreement(*id).map_or("not started", of_agreement),
        Stream::AddOn(id) => books.add_on(*id).map_or("not started", |bought| match bought.stage {
            add_on::Stage::Active if bought.is_trial() => "trial",
            add_on::Stage::Active => "active",
            add_on::Stage::Grace { .. } => "grace",
            add_on::Stage::Ended { .. } => "ended",
        }),
        Stream::Usage(id) => match books.usage(*id) {
            None => "nothing told",
            Some(month) if month.is_closed() => "closed",
            Some(_) => "open",
        },
        Stream::PriceList(_) => "not published",
    }
}

fn of_application(application: &CreatedApplication) -> &'static str {
    match (application.recycled_at.is_some(), application.suspensions.is_empty(), application.plan) {
        (true, _, _) => "recycled",
        (false, false, _) => "suspended",
        (false, true, Plan::Trial) => "trial",
        (false, true, Plan::Pro) => "pro",
        (false, true, Plan::Flagship) => "flagship",
    }
}

fn of_agreement(agreement: &subscription::Agreement) -> &'static str {
    match agreement.stage {
        subscription::Stage::Active if agreement.scheduled.is_some() => "going down",
        subscription::Stage::Active => "active",
        subscription::Stage::Grace { .. } => "grace",
        subscription::Stage::Refunded { .. } => "refunded",
        subscription::Stage::Stopped { .. } => "stopped",
        subscription::Stage::Ended { .. } => "ended",
    }
}
