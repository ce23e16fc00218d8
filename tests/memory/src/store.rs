//! Owns the store's door: its contract, and what tests do behind its back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use subledger_eventlog::memory_tables::{MemoryFault, MemoryTables};
use subledger_eventlog::record::{AnsweredCommand, Batch, CommandKey, Head, Recorded};
use subledger_eventlog::rows::{Change, Row, Table};
use subledger_eventlog::store::{
    Appended, Checkpoint, HeldHead, ProjectionStep, Reservation, RowQuery, Store, StoreFault, StoredClock,
};
use tokio::sync::OwnedMutexGuard;

use crate::directory::Directory;
use crate::fault::{Faults, Move, StepFault};
use crate::log::Log;
use crate::projected::Projections;

#[derive(Debug, Default)]
struct Inside {
    log: Log,
    directory: Directory,
    projections: Projections,
    faults: Faults,
    steps: u32,
}

/// A store in memory.
#[derive(Debug)]
pub struct MemoryStore {
    kind: &'static str,
    inside: Arc<Mutex<Inside>>,
    /// Held by who appends, or holds the head.
    appending: Arc<tokio::sync::Mutex<()>>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::of_kind("memory", &[])
    }
}

impl MemoryStore {
    /// With a log that other stores of that kind might have: some take smaller steps than others.
    pub fn of_kind(kind: &'static str, log: &[Recorded]) -> Self {
        let inside = Inside { log: Log::holding(log.to_vec()), ..Inside::default() };
        Self { kind, inside: Arc::new(Mutex::new(inside)), appending: Arc::default() }
    }

    /// With a log.
    pub fn holding(log: &[Recorded]) -> Self {
        Self::of_kind("memory", log)
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        locked(&self.inside)
    }

    /// Somebody changes the log behind the ledger's back.
    pub fn spoil(&self, spoil: impl FnOnce(&mut Vec<Recorded>)) {
        self.inside().log.spoil(spoil);
    }

    /// Somebody changes a row behind the ledger's back.
    ///
    /// # Panics
    /// When there is no such table, or the change does not fit it.
    pub fn tamper(&self, change: &Change) {
        let (Change::Upsert { table, .. } | Change::Patch { table, .. } | Change::Delete { table, .. }) = change;
        let mut inside = self.inside();
        let tables = inside.projections.holding_mut(table).expect("a prepared table");
        tables.apply(change).expect("a change that fits");
    }

    /// Somebody moves a projection's checkpoint behind the ledger's back.
    ///
    /// # Panics
    /// When there is no such projection.
    pub fn spoil_checkpoint(&self, name: &str, position: u64) {
        self.inside().projections.newest_mut(name).expect("a prepared projection").at.position = position;
    }

    /// What becomes of the next steps of projections.
    pub fn fail_steps(&self, faults: impl IntoIterator<Item = Option<StepFault>>) {
        self.inside().faults.steps.extend(faults);
    }

    /// Nothing more goes wrong with steps.
    pub fn succeed(&self) {
        self.inside().faults.steps.clear();
    }

    /// What another node writes, one of it before each read of rows.
    pub fn write_beside(&self, moves: impl IntoIterator<Item = Move>) {
        self.inside().faults.moves.extend(moves);
    }

    /// How many steps of projections were written.
    pub fn steps(&self) -> u32 {
        self.inside().steps
    }

    /// How far each projection has come.
    pub fn checkpoints(&self) -> BTreeMap<String, Checkpoint> {
        self.inside().projections.checkpoints()
    }

    /// Every row of a projection's newest version.
    ///
    /// # Panics
    /// When there is no such projection.
    pub fn contents(&self, name: &str) -> MemoryTables {
        self.inside().projections.newest(name).expect("a prepared projection").tables.clone()
    }
}

fn locked(inside: &Mutex<Inside>) -> MutexGuard<'_, Inside> {
    inside.lock().expect("no test panics while it holds the store")
}

impl Inside {
    fn move_beside(&mut self) {
        let Some(Move { name, to, changes }) = self.faults.moves.pop_front() else { return };
        let projected = self.projections.newest_mut(name).expect("a prepared projection");
        projected.write(to, &changes).expect("changes that fit");
    }
}

fn not_written(fault: &MemoryFault) -> StoreFault {
    StoreFault::NotWritten { reason: fault.to_string() }
}

fn not_prepared(name: &str) -> StoreFault {
    StoreFault::Unusable { what: format!("there is no {name} here"), remedy: "prepare it first".to_owned() }
}

struct Held {
    head: Head,
    inside: Arc<Mutex<Inside>>,
    /// Let go of with it.
    _appending: OwnedMutexGuard<()>,
}

#[async_trait]
impl HeldHead for Held {
    fn head(&self) -> Head {
        self.head
    }
    async fn append(self: Box<Self>, batch: &Batch) -> Result<Appended, StoreFault> {
        Ok(locked(&self.inside).log.append(batch))
    }
    async fn release(self: Box<Self>) -> Result<(), StoreFault> {
        Ok(())
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn kind(&self) -> &'static str {
        self.kind
    }
    fn is_sole_writer(&self) -> bool {
        false
    }
    fn log_id(&self) -> i16 {
        1
    }

    async fn head(&self) -> Result<Head, StoreFault> {
        Ok(self.inside().log.head())
    }
    async fn confirm(&self, keys: &[CommandKey]) -> Result<(Head, Vec<AnsweredCommand>), StoreFault> {
        let inside = self.inside();
        Ok((inside.log.head(), inside.log.answers(keys)))
    }
    async fn append(&self, batch: &Batch) -> Result<Appended, StoreFault> {
        let _appending = self.appending.lock().await;
        Ok(self.inside().log.append(batch))
    }
    async fn hold_head(&self) -> Result<Box<dyn HeldHead>, StoreFault> {
        let appending = Arc::clone(&self.appending).lock_owned().await;
        let head = self.inside().log.head();
        Ok(Box::new(Held { head, inside: Arc::clone(&self.inside), _appending: appending }))
    }

    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<Recorded>, StoreFault> {
        Ok(self.inside().log.after(position).take(limit as usize).cloned().collect())
    }
    async fn read_account(
        &self,
        account: &str,
        after: u64,
        up_to: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreFault> {
        let inside = self.inside();
        let until = inside.log.after(after).take_while(|event| event.position <= up_to);
        Ok(until.filter(|event| event.account_id == account).take(limit as usize).cloned().collect())
    }
    async fn read_stream(&self, kind: &str, id: &str, after: u64) -> Result<Vec<Recorded>, StoreFault> {
        Ok(self.inside().log.of_stream(kind, id, after).cloned().collect())
    }

    async fn reserve_account(&self, _: &str) -> Result<(), StoreFault> {
        // There is one log here, so every account lives in it.
        Ok(())
    }
    async fn reserve_application(
        &self,
        account: &str,
        wanted: Option<u64>,
        first: u64,
    ) -> Result<Reservation, StoreFault> {
        let Inside { log, directory, .. } = &mut *self.inside();
        Ok(directory.reserve(account, wanted, first, log))
    }
    async fn application_holder(&self, application: u64) -> Result<Option<String>, StoreFault> {
        Ok(self.inside().directory.holder(application))
    }

    async fn clock(&self) -> Result<Option<StoredClock>, StoreFault> {
        Ok(self.inside().log.clock)
    }
    async fn birth(&self, clock: StoredClock) -> Result<StoredClock, StoreFault> {
        Ok(*self.inside().log.clock.get_or_insert(clock))
    }

    async fn prepare_projection(&self, name: &str, version: u32, tables: &[&'static Table]) -> Result<(), StoreFault> {
        self.inside().projections.prepare(name, version, tables);
        Ok(())
    }
    async fn checkpoint(&self, name: &str, version: u32) -> Result<Option<Checkpoint>, StoreFault> {
        Ok(self.inside().projections.get(name, version).map(|projected| projected.at))
    }
    async fn project(&self, step: ProjectionStep<'_>) -> Result<bool, StoreFault> {
        let mut inside = self.inside();
        let fault = inside.faults.steps.pop_front().flatten();
        if fault == Some(StepFault::NotWritten) {
            return Err(StoreFault::NotWritten { reason: "as the test asked".to_owned() });
        }
        let Some(projected) = inside.projections.get_mut(step.name, step.version).filter(|at| at.at == step.from)
        else {
            return Ok(false);
        };
        projected.write(step.to, step.changes).map_err(|fault| not_written(&fault))?;
        inside.steps += 1;
        match fault {
            Some(StepFault::WrittenUnsaid) => Err(StoreFault::Unknown { reason: "as the test asked".to_owned() }),
            Some(StepFault::AnotherWasFaster) => Ok(false),
            Some(StepFault::NotWritten) | None => Ok(true),
        }
    }
    async fn rows(&self, table: &'static Table, query: &RowQuery) -> Result<Vec<Row>, StoreFault> {
        let mut inside = self.inside();
        let tables = inside.projections.holding(table).ok_or_else(|| not_prepared(table.name))?;
        let page = tables.page(table, query);
        // What the reader gets is older than what it finds at the next look at the checkpoint.
        inside.move_beside();
        page.map_err(|fault| StoreFault::Unavailable { reason: fault.to_string() })
    }
    async fn replace_projection(
        &self,
        name: &str,
        version: u32,
        at: Checkpoint,
        tables: &[(&'static Table, Vec<Row>)],
    ) -> Result<bool, StoreFault> {
        let mut inside = self.inside();
        inside.move_beside();
        let projected = inside.projections.get_mut(name, version).ok_or_else(|| not_prepared(name))?;
        if projected.at != at {
            return Ok(false);
        }
        let names: Vec<&'static Table> = tables.iter().map(|(table, _)| *table).collect();
        let mut fresh = MemoryTables::new(&names);
        for (table, rows) in tables {
            for row in rows {
                fresh.put(table, row.clone()).map_err(|fault| not_written(&fault))?;
            }
        }
        projected.tables = fresh;
        Ok(true)
    }
}
