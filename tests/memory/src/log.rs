//! Owns the events, the answers to commands and where a manual clock stands: what one append writes.

use std::collections::BTreeMap;

use subledger_eventlog::record::{AnsweredCommand, Batch, CommandKey, Head, Recorded};
use subledger_eventlog::store::{Appended, StoredClock};

/// One log.
#[derive(Debug, Default)]
pub(crate) struct Log {
    events: Vec<Recorded>,
    /// Where in `events` the sequences of each stream lie.
    streams: BTreeMap<(String, String), BTreeMap<u64, usize>>,
    answers: BTreeMap<CommandKey, AnsweredCommand>,
    pub(crate) clock: Option<StoredClock>,
}

impl Log {
    pub(crate) fn holding(events: Vec<Recorded>) -> Self {
        let mut log = Self::default();
        events.into_iter().for_each(|event| log.push(event));
        log
    }

    fn push(&mut self, event: Recorded) {
        let stream = (event.aggregate_type.clone(), event.aggregate_id.clone());
        self.streams.entry(stream).or_default().insert(event.sequence, self.events.len());
        self.events.push(event);
    }

    /// Puts the events into another state than appends would leave them in.
    pub(crate) fn spoil(&mut self, spoil: impl FnOnce(&mut Vec<Recorded>)) {
        let mut events = std::mem::take(&mut self.events);
        spoil(&mut events);
        self.streams.clear();
        events.into_iter().for_each(|event| self.push(event));
    }

    pub(crate) fn head(&self) -> Head {
        let at = |last: &Recorded| Head { position: last.position, hash: last.hash, recorded_at: last.recorded_at };
        self.events.last().map_or(Head::EMPTY, at)
    }

    pub(crate) fn append(&mut self, batch: &Batch) -> Appended {
        let is_answered = batch.commands.iter().any(|command| self.answers.contains_key(&command.answer.key));
        let is_taken = batch.events.iter().any(|event| self.has(event));
        if batch.before != self.head() || is_answered || is_taken {
            return Appended::Stale;
        }
        batch.events.iter().cloned().for_each(|event| self.push(event));
        let answers = batch.commands.iter().map(|command| (command.answer.key.clone(), command.clone()));
        self.answers.extend(answers);
        if let (Some(clock), Some(now)) = (&mut self.clock, batch.clock) {
            clock.now = now;
        }
        Appended::Written
    }

    fn has(&self, event: &Recorded) -> bool {
        let sequences = self.streams.get(&(event.aggregate_type.clone(), event.aggregate_id.clone()));
        sequences.is_some_and(|sequences| sequences.contains_key(&event.sequence))
    }

    pub(crate) fn answers(&self, keys: &[CommandKey]) -> Vec<AnsweredCommand> {
        keys.iter().filter_map(|key| self.answers.get(key)).cloned().collect()
    }

    /// Those after a position, in order.
    pub(crate) fn after(&self, position: u64) -> impl Iterator<Item = &Recorded> {
        let from = self.events.partition_point(|event| event.position <= position);
        self.events[from..].iter()
    }

    /// Those of a stream after a sequence, in order.
    pub(crate) fn of_stream(&self, kind: &str, id: &str, after: u64) -> impl Iterator<Item = &Recorded> {
        let sequences = self.streams.get(&(kind.to_owned(), id.to_owned()));
        let places = sequences.into_iter().flat_map(move |sequences| sequences.range(after + 1..));
        places.map(|(_, place)| &self.events[*place])
    }

    pub(crate) fn has_stream(&self, kind: &str, id: &str) -> bool {
        self.of_stream(kind, id, 0).next().is_some()
    }
}
