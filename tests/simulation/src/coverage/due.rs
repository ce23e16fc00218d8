//! Owns what falls due for an aggregate in which of its states, counted from the kinds of timers, and why the others
//! cannot be.
//!
//! Does not own when it does (`timer`).

use subledger_domain::timer::TimerKind;

use super::{Pair, Reasons, reason};

/// The kinds of timers and whose they are. A kind that is not named does not compile.
macro_rules! timers {
    ($($kind:ident => [$($aggregate:literal),+];)+) => {
        const TIMERS: &[TimerKind] = &[$(TimerKind::$kind),+];

        fn aggregates(kind: TimerKind) -> &'static [&'static str] {
            match kind { $(TimerKind::$kind => &[$($aggregate),+],)+ }
        }
    };
}

timers! {
    PeriodEnd => ["subscription", "add_on"];
    StatementDraft => ["account"];
    Settlement => ["account"];
    AutoRenewal => ["subscription", "add_on"];
    Stop => ["account", "subscription", "add_on"];
    Recycle => ["application"];
    FeatureOpening => ["application"];
    Reminder => ["subscription", "add_on"];
}

/// What falls due for an aggregate.
pub(super) fn of(aggregate: &str) -> Vec<&'static str> {
    TIMERS.iter().filter(|kind| aggregates(**kind).contains(&aggregate)).map(|kind| kind.name()).collect()
}

/// The first that fits is told.
pub(super) const WHY_NOT: Reasons = &[
    ("account", &["not open"], &[], "an account opens first"),
    ("account", &["active"], &["stop"], "nothing is owed"),
    (
        "account",
        &["in arrears"],
        &["statement_draft", "settlement"],
        "who falls into arrears on the 3rd is stopped by the 10th, before the next statement",
    ),
    ("account", &["suspended"], &["stop"], "one uninterrupted stop (U5)"),
    ("application", &["not created"], &[], "it is created first"),
    ("application", &["recycled"], &[], "what is recycled is gone (U34)"),
    ("application", &["trial", "pro", "flagship"], &["recycle"], "it is not stopped"),
    ("application", &["trial", "pro"], &["feature_opening"], "features on application are Flagship's (S8, S9)"),
    ("subscription", &["not started"], &[], "it starts first"),
    ("subscription", &["stopped", "ended"], &[], "it is over; what is bought is another agreement (U21)"),
    ("subscription", &["active", "going down"], &["stop"], "its grace comes first"),
    ("subscription", &["grace"], &["period_end"], "its end was what began it"),
    ("subscription", &["refunded"], &["period_end", "auto_renewal", "reminder"], "it was given back (U32)"),
    ("add_on", &["not started"], &[], "it starts first"),
    ("add_on", &["ended"], &[], "it is over; what is bought is another one (U36)"),
    ("add_on", &["trial"], &["auto_renewal", "stop", "reminder"], "a trial only ends (U41)"),
    ("add_on", &["active"], &["stop"], "its grace comes first"),
    ("add_on", &["grace"], &["period_end"], "its end was what began it"),
];

pub(super) fn why_not(pair: &Pair) -> Option<&'static str> {
    reason(WHY_NOT, pair)
}
