//! Owns driving one aggregate through every state and step, and the Markdown of what it answered.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display, Write as _};

use cqrs_es::DomainEvent;
use subledger_domain::Folded;

/// One state or step of a table: how it is called, what brings it about, and whether something is of it.
pub(super) struct One<T, V> {
    pub(super) name: &'static str,
    pub(super) value: V,
    pub(super) is: fn(&T) -> bool,
}

/// Every variant of a type with samples of it. A variant without one does not compile.
macro_rules! each {
    ($of:ty { $($pattern:pat => { $($name:literal: $value:expr),+ $(,)? })+ }) => {{
        fn _every_variant_is_here(one: &$of) {
            match one { $($pattern => {})+ }
        }
        #[allow(clippy::redundant_pattern_matching, reason = "the pattern is the caller's; some are of a yes or no")]
        let all = vec![$($($crate::state_tables::table::One::<$of, _> {
            name: $name,
            value: $value,
            is: |one| matches!(one, $pattern),
        }),+),+];
        all
    }};
}
pub(super) use each;

/// What an aggregate can do, as functions, so that one driver fits all.
pub(super) struct Driven<A, C, E, R> {
    pub(super) title: &'static str,
    pub(super) decide: fn(&A, &C) -> Result<Vec<E>, R>,
    pub(super) evolve: fn(&mut A, &E) -> Folded,
    pub(super) code: fn(&R) -> String,
}

impl<A: Default, C: Debug, E: DomainEvent, R: Debug + Display> Driven<A, C, E, R> {
    /// The state that these steps lead to.
    #[track_caller]
    pub(super) fn lived(&self, steps: &[C]) -> A {
        let mut state = A::default();
        for step in steps {
            let events = (self.decide)(&state, step).unwrap_or_else(|refusal| panic!("{step:?}: {refusal}"));
            for event in events {
                assert_eq!((self.evolve)(&mut state, &event), Folded::InPlace, "{event:?}");
            }
        }
        state
    }

    /// The states these lives lead to. `part` is what their variants are of: every one of them is there.
    #[track_caller]
    pub(super) fn states<T>(
        &self,
        lives: Vec<One<T, Vec<C>>>,
        part: impl Fn(&A) -> T,
    ) -> impl Iterator<Item = (&'static str, A)> {
        let state = |One { name, value, is }: One<T, Vec<C>>| {
            let state = self.lived(&value);
            assert!(is(&part(&state)), "{name} is another state");
            (name, state)
        };
        lives.into_iter().map(state).collect::<Vec<_>>().into_iter()
    }

    /// The table of these states, each with its name, and these steps.
    pub(super) fn written(&self, states: &[(&str, A)], steps: &[One<C, C>]) -> String {
        let mut text = format!("## {}\n\n| step |", self.title);
        let mut refusals: BTreeMap<String, String> = BTreeMap::new();
        for (name, _) in states {
            write!(text, " {name} |").expect("text takes text");
        }
        write!(text, "\n|---|{}\n", "---|".repeat(states.len())).expect("text takes text");
        for step in steps {
            assert!((step.is)(&step.value), "{} is of another step", step.name);
            write!(text, "| {} |", step.name).expect("text takes text");
            for (_, state) in states {
                let answer = match (self.decide)(state, &step.value) {
                    Ok(events) if events.is_empty() => "–".to_owned(),
                    Ok(events) => events.iter().map(DomainEvent::event_type).collect::<Vec<_>>().join(" + "),
                    Err(refusal) => {
                        let name = variant(&refusal);
                        let told = || format!("- `{name}`: code `{}`, \"{refusal}\"", (self.code)(&refusal));
                        refusals.entry(name.clone()).or_insert_with(told);
                        format!("✗ {name}")
                    }
                };
                write!(text, " {answer} |").expect("text takes text");
            }
            text.push('\n');
        }
        text.push('\n');
        for told in refusals.values() {
            writeln!(text, "{told}").expect("text takes text");
        }
        text
    }
}

fn variant(refusal: &impl Debug) -> String {
    format!("{refusal:?}").chars().take_while(|c| c.is_alphanumeric()).collect()
}
