//! Owns which pairs of a state and a step were met: facts, things that fell due, and orders, accepted and refused; and of
//! those that were never met, why they cannot be.
//!
//! Does not own whether a pair is right: the tables of (state, step) in the domain's tests do, and the oracle.

mod due;
mod events;
mod orders;
mod states;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cqrs_es::DomainEvent;
use subledger_domain::books::{Books, Working};
use subledger_domain::decide::{Decision, Order};
use subledger_domain::fact::Fact;

/// A state of an aggregate, and what was met in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    aggregate: &'static str,
    state: &'static str,
    step: &'static str,
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} × {}", self.aggregate, self.state, self.step)
    }
}

/// Why pairs cannot be: for an aggregate in these states (all of them if none is named), these steps (all of them if none
/// is named).
type Reasons = &'static [(&'static str, &'static [&'static str], &'static [&'static str], &'static str)];

/// The first that fits.
fn reason(reasons: Reasons, pair: &Pair) -> Option<&'static str> {
    let fits = |(of, states, steps, _): &&(&str, &[&str], &[&str], _)| {
        *of == pair.aggregate
            && (states.is_empty() || states.contains(&pair.state))
            && (steps.is_empty() || steps.contains(&pair.step))
    };
    reasons.iter().find(fits).map(|(.., why)| *why)
}

/// How a pair was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Met {
    /// A fact came to be.
    Fact,
    /// Something fell due.
    Due,
    /// An order was accepted.
    Accepted,
    /// An order was refused.
    Refused,
}

/// One way to look at what was met.
struct View {
    title: &'static str,
    met: &'static [Met],
    steps: fn(&str) -> Vec<&'static str>,
    why_not: fn(&Pair) -> Option<&'static str>,
}

const VIEWS: [View; 5] = [
    View { title: "(state × event)", met: &[Met::Fact], steps: events::of, why_not: events::why_not },
    View { title: "(state × due)", met: &[Met::Due], steps: due::of, why_not: due::why_not },
    View {
        title: "(state × order)",
        met: &[Met::Accepted, Met::Refused],
        steps: orders::of,
        why_not: orders::why_never_sent,
    },
    View {
        title: "(state × order accepted)",
        met: &[Met::Accepted],
        steps: orders::of,
        why_not: orders::why_never_accepted,
    },
    View {
        title: "(state × order refused)",
        met: &[Met::Refused],
        steps: orders::of,
        why_not: orders::why_never_refused,
    },
];

impl View {
    fn all(&self) -> impl Iterator<Item = Pair> {
        states::AGGREGATES.iter().flat_map(|(aggregate, states)| {
            let steps = (self.steps)(aggregate);
            states.iter().flat_map(move |state| {
                let pair = |step| Pair { aggregate, state, step };
                steps.clone().into_iter().map(pair)
            })
        })
    }
}

/// How often each pair was met.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    pairs: BTreeMap<(Met, Pair), u64>,
}

impl Coverage {
    pub(crate) fn fact(&mut self, books: &Books, fact: &Fact) {
        let (aggregate, event) = (fact.stream.aggregate_type(), fact.event_type());
        let state = states::of_stream(&Working::over(books), &fact.stream);
        if let Some(step) = events::named(aggregate, &event) {
            self.count(Met::Fact, Pair { aggregate, state, step });
        }
    }

    /// In Books that do not hold it yet.
    pub(crate) fn due(&mut self, books: &Books, decision: &Decision) {
        // What falls due acts on its own aggregate first.
        if let Some(first) = decision.facts.first() {
            let state = states::of_stream(&Working::over(books), &first.fact.stream);
            self.count(Met::Due, Pair { aggregate: first.fact.stream.aggregate_type(), state, step: decision.asked });
        }
    }

    /// In Books that hold what was due before it, and not yet what it brings about.
    pub(crate) fn order(&mut self, books: &Books, order: &Order, is_accepted: bool) {
        let met = if is_accepted { Met::Accepted } else { Met::Refused };
        for pair in orders::pairs(&Working::over(books), order) {
            self.count(met, pair);
        }
    }

    fn count(&mut self, met: Met, pair: Pair) {
        *self.pairs.entry((met, pair)).or_default() += 1;
    }

    /// Takes over what another world met.
    pub fn add(&mut self, other: &Self) {
        for (pair, count) in &other.pairs {
            *self.pairs.entry(*pair).or_default() += count;
        }
    }

    fn was_met(&self, view: &View, pair: &Pair) -> bool {
        view.met.iter().any(|met| self.pairs.contains_key(&(*met, *pair)))
    }

    fn missing_in(&self, view: &View) -> Vec<Pair> {
        view.all().filter(|pair| (view.why_not)(pair).is_none() && !self.was_met(view, pair)).collect()
    }

    fn impossible_in(&self, view: &View) -> Vec<Pair> {
        let possible: BTreeSet<Pair> = view.all().filter(|pair| (view.why_not)(pair).is_none()).collect();
        let met = self.pairs.keys().filter(|(met, _)| view.met.contains(met)).map(|(_, pair)| *pair);
        met.collect::<BTreeSet<Pair>>().difference(&possible).copied().collect()
    }

    fn named(listed: impl Fn(&View) -> Vec<Pair>) -> Vec<String> {
        let of =
            |view: &View| listed(view).into_iter().map(|pair| format!("{}: {pair}", view.title)).collect::<Vec<_>>();
        VIEWS.iter().flat_map(of).collect()
    }

    /// Pairs that can be and were not met, each with the view it is missing in.
    pub fn missing(&self) -> Vec<String> {
        Self::named(|view| self.missing_in(view))
    }

    /// Pairs that were met although they cannot be.
    pub fn impossible(&self) -> Vec<String> {
        Self::named(|view| self.impossible_in(view))
    }

    fn tell(&self, view: &View, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reasons: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for pair in view.all() {
            if let Some(why) = (view.why_not)(&pair) {
                *reasons.entry((pair.aggregate, why)).or_default() += 1;
            }
        }
        let (all, missing) = (view.all().count(), self.missing_in(view));
        let possible = all - reasons.values().sum::<u32>() as usize;
        let (title, met) = (view.title, possible - missing.len());
        writeln!(f, "{title} pairs: {met} of {possible} that can be were met, {all} in all")?;
        missing.iter().try_for_each(|pair| writeln!(f, "  not met: {pair}"))?;
        self.impossible_in(view).iter().try_for_each(|pair| writeln!(f, "  met, and cannot be: {pair}"))?;
        let mut reasons = reasons.into_iter();
        reasons.try_for_each(|((aggregate, why), count)| writeln!(f, "  {count} of {aggregate} cannot be: {why}"))
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        VIEWS.iter().try_for_each(|view| self.tell(view, f))
    }
}
