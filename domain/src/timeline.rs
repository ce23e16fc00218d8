//! Owns what holds from which instant on.
//!
//! Does not own what the values are: terms in force, or the events that brought them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Values, each from an instant on until the next; in order, never empty once begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline<V> {
    entries: Vec<(Timestamp, V)>,
}

impl<V> Default for Timeline<V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<V> Timeline<V> {
    /// A first value.
    pub fn beginning(from: Timestamp, value: V) -> Self {
        Self { entries: vec![(from, value)] }
    }

    /// From an instant on this holds, whatever was to hold later. What began at the very same instant stays known: an
    /// upgrade and a downgrade within one moment still make that day one of the dearer plan.
    pub fn set(&mut self, from: Timestamp, value: V) {
        self.entries.retain(|(at, _)| *at <= from);
        self.entries.push((from, value));
    }

    /// From an instant on this holds. What begins just there is kept before it: it held for no time, but it did begin.
    pub fn change(&mut self, from: Timestamp, value: V) {
        self.entries.retain(|(at, _)| *at <= from);
        self.entries.push((from, value));
    }

    /// From an instant on this holds, unless something begins just there.
    pub fn set_unless_begun(&mut self, from: Timestamp, value: V) {
        if !self.entries.iter().any(|(at, _)| *at == from) {
            self.set(from, value);
        }
    }

    /// What was to hold later does not.
    pub fn end(&mut self, at: Timestamp) {
        self.entries.retain(|(from, _)| *from <= at);
    }

    /// Every value with the instant it holds from, in order.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (Timestamp, &V)> {
        self.entries.iter().map(|(from, value)| (*from, value))
    }

    /// What holds at an instant; before the first value the first.
    ///
    /// # Panics
    /// Of a timeline without values, which only its default is.
    pub fn at(&self, at: Timestamp) -> &V {
        let begun = self.entries.iter().rfind(|(from, _)| *from <= at).or(self.entries.first());
        begun.map(|(_, value)| value).expect("a timeline begins with a value")
    }

    /// The value that holds last.
    pub fn last(&self) -> Option<&V> {
        self.entries.last().map(|(_, value)| value)
    }
}
