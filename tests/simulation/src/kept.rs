//! Owns one payer's log and rows: what is decided is appended to a store in memory, and the projections run over it with
//! their own runner, with everything that goes wrong between the two: a crash, a store that does not say that it wrote,
//! another node that was faster, a rebuild in the middle.
//!
//! Does not own what the rows are held against (`readers`).

use std::sync::Arc;

use futures::FutureExt;
use subledger_domain::decide::Decision;
use subledger_domain::fact::Fact;
use subledger_domain::ids::AccountId;
use subledger_eventlog::record::{Batch, Draft, Hash, Head, Job};
use subledger_eventlog::store::{Appended, Store};
use subledger_memory::{MemoryStore, StepFault};
use subledger_projections::rebuild::rebuild;
use subledger_projections::{Projection, runner};

use crate::both::Held;

/// A longer log is not read anew in the middle of a life, and its rows are not rebuilt.
const READ_ANEW: u64 = 1_500;

/// A log and its rows.
pub(crate) struct Kept {
    store: MemoryStore,
    projections: Vec<Arc<dyn Projection>>,
    head: Head,
}

/// What a store in memory answers is there at once.
pub(crate) fn at_once<T>(answer: impl Future<Output = T>) -> T {
    answer.now_or_never().expect("memory does not wait")
}

impl Kept {
    pub(crate) fn new() -> Self {
        let (store, projections) = (MemoryStore::default(), subledger_projections::all());
        at_once(runner::prepare(&store, &projections)).expect("an empty store takes tables");
        Self { store, projections, head: Head::EMPTY }
    }

    pub(crate) fn store(&self) -> &MemoryStore {
        &self.store
    }

    pub(crate) fn position(&self) -> u64 {
        self.head.position
    }

    /// Over all events so far.
    pub(crate) fn hash(&self) -> Hash {
        self.head.hash
    }

    /// Appends a decision as one job, as a server does.
    pub(crate) fn append(&mut self, payer: &AccountId, decision: &Decision) -> Held {
        let notes = [("actor", "simulation"), ("asked", decision.asked)];
        let drafts = decision.facts.iter().map(|placed| {
            Draft::of(&placed.fact, payer.as_str(), placed.sequence, decision.command_id, notes)
                .expect("an event is plain data")
        });
        let job = Job { drafts: drafts.collect(), recorded_at: decision.at, answer: None, clock: None };
        let batch = Batch::seal(self.store.log_id(), self.head, vec![job]);
        match at_once(self.store.append(&batch)) {
            Ok(Appended::Written) => self.head = batch.after,
            refused => return Err(format!("the log does not take {decision:?}: {refused:?}")),
        }
        Ok(())
    }

    /// Runs every projection to the end of the log, whatever goes wrong with their first steps.
    pub(crate) fn catch_up(&self, wrong: &[Option<StepFault>]) -> Held {
        for projection in &self.projections {
            self.store.fail_steps(wrong.iter().copied());
            let mut tries = wrong.len() + 1;
            loop {
                match at_once(runner::catch_up(&self.store, &**projection, &mut |_| ())) {
                    Ok(_) => break,
                    // As a follower does: what passes by itself is tried again.
                    Err(fault) if fault.is_transient() && tries > 0 => tries -= 1,
                    Err(fault) => return Err(format!("{} cannot be folded: {fault}", projection.name())),
                }
            }
            self.store.succeed();
        }
        Ok(())
    }

    /// Every row from nothing: the same rows.
    pub(crate) fn rebuild(&self) -> Held {
        if self.position() > READ_ANEW {
            return Ok(());
        }
        let report = at_once(rebuild(&self.store, &self.projections, &mut |_| ()));
        let report = report.map_err(|fault| format!("the rows cannot be rebuilt: {fault}"))?;
        if report.was_equal() { Ok(()) } else { Err(format!("rebuilt they are other rows: {report}")) }
    }

    /// The facts as the log gives them back, with their positions; none of a longer log.
    pub(crate) fn facts(&self) -> Vec<(u64, Fact)> {
        if self.position() > READ_ANEW {
            return Vec::new();
        }
        let events = at_once(self.store.read_after(0, u32::MAX)).expect("memory can be read");
        events.iter().map(|event| (event.position, event.fact().expect("it was encoded by this release"))).collect()
    }
}
