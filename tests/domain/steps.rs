//! Owns reading a table of (state, step): what an aggregate answers, in a word.
//!
//! Does not own the tables; each aggregate's file has its own.

use std::fmt::Debug;

use cqrs_es::test::TestFramework;
use cqrs_es::{Aggregate, DomainEvent};

/// One aggregate's state, by how it came about, and the answers in the order of the table's steps.
pub(crate) type Row<'t, E> = (&'t str, Vec<E>, &'t [&'t str]);

/// What a step brings about: event types joined by `+`, `nothing`, or the refusal's variant after `✗`.
pub(crate) fn answer<A>(given: &[A::Event], step: A::Command) -> String
where
    A: Aggregate<Services = ()>,
    A::Event: Clone,
    A::Error: Debug,
{
    match TestFramework::<A>::with(()).given(given.to_vec()).when(step).inspect_result() {
        Ok(events) if events.is_empty() => "nothing".to_owned(),
        Ok(events) => events.iter().map(DomainEvent::event_type).collect::<Vec<_>>().join(" + "),
        Err(refusal) => format!("✗ {}", variant(&refusal)),
    }
}

/// Drives every step in every state, and tells all that differ at once.
#[track_caller]
pub(crate) fn assert_table<A>(steps: &[(&str, A::Command)], rows: &[Row<'_, A::Event>])
where
    A: Aggregate<Services = ()>,
    A::Command: Clone,
    A::Event: Clone,
    A::Error: Debug,
{
    let mut wrong = Vec::new();
    for (state, given, expected) in rows {
        assert_eq!(expected.len(), steps.len(), "the row of {state} has an answer for each step");
        for ((name, step), expected) in steps.iter().zip(*expected) {
            let got = answer::<A>(given, step.clone());
            if got != *expected {
                wrong.push(format!("{state}, {name}: expected {expected}, got {got}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn variant(refusal: &impl Debug) -> String {
    format!("{refusal:?}").chars().take_while(|c| c.is_alphanumeric()).collect()
}
