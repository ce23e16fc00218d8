//! Owns what goes wrong on request: transactions that fail or do not say that they succeeded, and another node that
//! writes in between.

use std::collections::VecDeque;

use subledger_eventlog::rows::Change;
use subledger_eventlog::store::Checkpoint;

/// What goes wrong with one step of a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepFault {
    /// It is not written.
    NotWritten,
    /// It is written and the store does not say so.
    WrittenUnsaid,
    /// Another node writes the same before.
    AnotherWasFaster,
}

/// A step of a projection that another node writes while somebody reads.
#[derive(Debug, Clone)]
pub struct Move {
    /// The projection's name.
    pub name: &'static str,
    /// Where it leads.
    pub to: Checkpoint,
    /// What changes.
    pub changes: Vec<Change>,
}

/// What is still to go wrong.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// With the next steps of projections.
    pub(crate) steps: VecDeque<Option<StepFault>>,
    /// Before the next reads and replacements of rows.
    pub(crate) moves: VecDeque<Move>,
}
