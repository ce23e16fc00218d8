//! Owns the rows of projections and how far each has come.

use std::collections::BTreeMap;

use subledger_eventlog::memory_tables::{MemoryFault, MemoryTables};
use subledger_eventlog::record::Hash;
use subledger_eventlog::rows::{Change, Row, Table};
use subledger_eventlog::store::Checkpoint;

/// One version of a projection.
#[derive(Debug)]
pub(crate) struct Projected {
    pub(crate) at: Checkpoint,
    pub(crate) tables: MemoryTables,
}

/// Projections by name and version.
#[derive(Debug, Default)]
pub(crate) struct Projections {
    of: BTreeMap<(String, u32), Projected>,
}

impl Projections {
    /// Empty tables at the start of the log, unless they are there.
    pub(crate) fn prepare(&mut self, name: &str, version: u32, tables: &[&'static Table]) {
        let at = Checkpoint { position: 0, log_hash: Hash::GENESIS };
        let empty = || Projected { at, tables: MemoryTables::new(tables) };
        self.of.entry((name.to_owned(), version)).or_insert_with(empty);
    }

    pub(crate) fn get(&self, name: &str, version: u32) -> Option<&Projected> {
        self.of.get(&(name.to_owned(), version))
    }

    pub(crate) fn get_mut(&mut self, name: &str, version: u32) -> Option<&mut Projected> {
        self.of.get_mut(&(name.to_owned(), version))
    }

    /// The newest version of a projection.
    pub(crate) fn newest(&self, name: &str) -> Option<&Projected> {
        self.of.iter().rev().find(|((of, _), _)| of == name).map(|(_, projected)| projected)
    }

    pub(crate) fn newest_mut(&mut self, name: &str) -> Option<&mut Projected> {
        self.of.iter_mut().rev().find(|((of, _), _)| of == name).map(|(_, projected)| projected)
    }

    pub(crate) fn checkpoints(&self) -> BTreeMap<String, Checkpoint> {
        self.of.iter().map(|((name, _), projected)| (name.clone(), projected.at)).collect()
    }

    /// The tables among which one is, in its very version.
    pub(crate) fn holding(&self, table: &Table) -> Option<&MemoryTables> {
        self.of.values().map(|projected| &projected.tables).find(|tables| holds(tables, table))
    }

    pub(crate) fn holding_mut(&mut self, table: &Table) -> Option<&mut MemoryTables> {
        self.of.values_mut().map(|projected| &mut projected.tables).find(|tables| holds(tables, table))
    }
}

fn holds(tables: &MemoryTables, table: &Table) -> bool {
    tables.tables().any(|(held, _)| (held.name, held.version) == (table.name, table.version))
}

impl Projected {
    /// All of the changes, or none and the fault.
    pub(crate) fn write(&mut self, to: Checkpoint, changes: &[Change]) -> Result<(), MemoryFault> {
        let mut before: Vec<(&'static Table, Vec<String>, Option<Row>)> = Vec::new();
        for change in changes {
            let held = place(change).map(|(table, key)| {
                let row = self.tables.get(table, &key).cloned();
                (table, key, row)
            });
            if let Err(fault) = self.tables.apply(change) {
                let mut undone = before.into_iter().rev();
                undone.try_for_each(|(table, key, row)| self.put_back(table, &key, row))?;
                return Err(fault);
            }
            before.extend(held);
        }
        self.at = to;
        Ok(())
    }

    fn put_back(&mut self, table: &'static Table, key: &[String], row: Option<Row>) -> Result<(), MemoryFault> {
        match row {
            Some(row) => self.tables.put(table, row).map(|_| ()),
            None => self.tables.remove(table, key),
        }
    }
}

/// Which row a change is about; none if it does not say so.
fn place(change: &Change) -> Option<(&'static Table, Vec<String>)> {
    let (table, cells) = match change {
        Change::Upsert { table, row } => (*table, row.get(..table.key)?),
        Change::Patch { table, key, .. } | Change::Delete { table, key } => (*table, &key[..]),
    };
    Some((table, cells.iter().cloned().collect::<Option<_>>()?))
}
