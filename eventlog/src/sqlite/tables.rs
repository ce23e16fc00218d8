//! Owns the SQL of projections, made from their table descriptions: DDL, row changes, checkpoints, pages of rows, and
//! replacing all rows at once.
//!
//! Does not own the descriptions (`rows`) nor what they mean (`projections`). Names in SQL come from `&'static str` in
//! descriptions and from nowhere else; every value is bound.

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Transaction, params, params_from_iter};

use super::fault::{reading, writing};
use super::file::LOG_ID;
use super::writer::{Verdict, transact};
use crate::record::Hash;
use crate::rows::{Change, Column, ColumnKind, Row, Table};
use crate::store::{Checkpoint, RowQuery, StoreFault};

/// The table of a version, the one that holds the rows.
fn versioned(table: &Table) -> String {
    format!("{}_v{}", table.name, table.version)
}

fn key(table: &Table) -> &'static [Column] {
    &table.columns[..table.key]
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
}

/// `?2, ?3, …`: parameter 1 is the log everywhere.
fn parameters(from: usize, count: usize) -> String {
    (from..from + count).map(|place| format!("?{place}")).collect::<Vec<_>>().join(", ")
}

fn create_sql(table: &Table, name: &str) -> String {
    let columns: String = table
        .columns
        .iter()
        .map(|column| match column.kind {
            ColumnKind::Integer => format!(", {} INTEGER", column.name),
            _ => format!(", {} TEXT", column.name),
        })
        .collect();
    // Without a rowid the rows lie in key order, which is the order they are read in.
    format!(
        "CREATE TABLE IF NOT EXISTS {name} (log_id INTEGER NOT NULL{columns}, PRIMARY KEY (log_id, {})) STRICT, WITHOUT ROWID",
        names(key(table))
    )
}

fn create_indexes(transaction: &Transaction<'_>, table: &Table) -> rusqlite::Result<()> {
    let name = versioned(table);
    table.indexes.iter().try_for_each(|columns| {
        transaction.execute_batch(&format!(
            "CREATE INDEX IF NOT EXISTS {name}_{} ON {name} (log_id, {})",
            columns.join("_"),
            columns.join(", ")
        ))
    })
}

fn create_view_sql(table: &Table) -> String {
    format!(
        "CREATE VIEW IF NOT EXISTS {} AS SELECT log_id, {} FROM {}",
        table.name,
        names(table.columns),
        versioned(table)
    )
}

/// Creates tables, views and the checkpoint row where they are missing.
pub(super) fn prepare(
    connection: &mut Connection,
    name: &str,
    version: u32,
    tables: &[&'static Table],
) -> Result<(), StoreFault> {
    transact(connection, |transaction| {
        for table in tables {
            transaction.execute_batch(&create_sql(table, &versioned(table))).map_err(writing)?;
            create_indexes(transaction, table).map_err(writing)?;
            transaction.execute_batch(&create_view_sql(table)).map_err(writing)?;
        }
        transaction
            .execute(
                "INSERT INTO projections (name, version, log_id, position, log_hash, status)
                 VALUES (?2, ?3, ?1, 0, ?4, 'live') ON CONFLICT (log_id, name, version) DO NOTHING",
                params![LOG_ID, name, version, Hash::GENESIS.0],
            )
            .map_err(writing)?;
        Ok(Verdict::Keep(()))
    })
}

/// How far a projection has come.
pub(super) fn checkpoint(connection: &Connection, name: &str, version: u32) -> Result<Option<Checkpoint>, StoreFault> {
    connection
        .prepare_cached("SELECT position, log_hash FROM projections WHERE log_id = ?1 AND name = ?2 AND version = ?3")
        .map_err(reading)?
        .query_row(params![LOG_ID, name, version], |row| {
            Ok(Checkpoint { position: row.get(0)?, log_hash: Hash(row.get(1)?) })
        })
        .optional()
        .map_err(reading)
}

/// Moves a checkpoint if it stands where it must.
fn move_checkpoint(
    transaction: &Transaction<'_>,
    name: &str,
    version: u32,
    from: Checkpoint,
    to: Checkpoint,
) -> Result<bool, StoreFault> {
    let moved = transaction
        .prepare_cached(
            "UPDATE projections SET position = ?6, log_hash = ?7
             WHERE log_id = ?1 AND name = ?2 AND version = ?3 AND position = ?4 AND log_hash = ?5",
        )
        .map_err(writing)?
        .execute(params![LOG_ID, name, version, from.position, from.log_hash.0, to.position, to.log_hash.0])
        .map_err(writing)?;
    Ok(moved == 1)
}

/// A projection's step, with what it holds by its own.
pub(super) struct OwnedStep {
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) from: Checkpoint,
    pub(super) to: Checkpoint,
    pub(super) changes: Vec<Change>,
}

/// Writes a step's rows and its checkpoint; `false` when it does not begin where the projection stands.
pub(super) fn project(connection: &mut Connection, step: &OwnedStep) -> Result<bool, StoreFault> {
    transact(connection, |transaction| {
        if !move_checkpoint(transaction, &step.name, step.version, step.from, step.to)? {
            return Ok(Verdict::Discard(false));
        }
        for change in &step.changes {
            apply(transaction, change)?;
        }
        Ok(Verdict::Keep(true))
    })
}

fn apply(transaction: &Transaction<'_>, change: &Change) -> Result<(), StoreFault> {
    match change {
        Change::Upsert { table, row } => upsert(transaction, table, row),
        Change::Patch { table, key, set } => patch(transaction, table, key, set),
        Change::Delete { table, key } => delete(transaction, table, key),
    }
}

fn upsert(transaction: &Transaction<'_>, table: &Table, row: &Row) -> Result<(), StoreFault> {
    let rest: Vec<String> =
        table.columns[table.key..].iter().map(|column| format!("{0} = excluded.{0}", column.name)).collect();
    let action = if rest.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", rest.join(", ")) };
    let sql =
        format!("{} ON CONFLICT (log_id, {}) DO {action}", insert_sql(table, &versioned(table)), names(key(table)));
    execute(transaction, &sql, bound(table, table.columns, row)?).map(|_| ())
}

fn insert_sql(table: &Table, name: &str) -> String {
    let columns = table.columns;
    format!("INSERT INTO {name} (log_id, {}) VALUES (?1, {})", names(columns), parameters(2, columns.len()))
}

fn patch(
    transaction: &Transaction<'_>,
    table: &Table,
    at: &Row,
    set: &[(usize, Option<String>)],
) -> Result<(), StoreFault> {
    let mut values = bound(table, key(table), at)?;
    let mut assignments = Vec::with_capacity(set.len());
    for (index, text) in set {
        let column = table
            .columns
            .get(*index)
            .filter(|_| *index >= table.key)
            .ok_or_else(|| malformed(table, format!("column {index} is none, or part of the key")))?;
        values.push(value(table, column, text.as_deref())?);
        assignments.push(format!("{} = ?{}", column.name, values.len()));
    }
    if assignments.is_empty() {
        return Ok(());
    }
    let sql = format!("UPDATE {} SET {} WHERE {}", versioned(table), assignments.join(", "), key_equals(table));
    match execute(transaction, &sql, values)? {
        1 => Ok(()),
        _ => Err(malformed(table, format!("there is no row {at:?} to change"))),
    }
}

fn delete(transaction: &Transaction<'_>, table: &Table, at: &Row) -> Result<(), StoreFault> {
    let sql = format!("DELETE FROM {} WHERE {}", versioned(table), key_equals(table));
    execute(transaction, &sql, bound(table, key(table), at)?).map(|_| ())
}

fn key_equals(table: &Table) -> String {
    format!("(log_id, {}) = (?1, {})", names(key(table)), parameters(2, table.key))
}

fn execute(transaction: &Transaction<'_>, sql: &str, values: Vec<Value>) -> Result<usize, StoreFault> {
    transaction
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(params_from_iter(values)))
        .map_err(writing)
}

fn malformed(table: &Table, reason: String) -> StoreFault {
    StoreFault::NotWritten { reason: format!("table {}: {reason}", versioned(table)) }
}

/// The log and the cells of a row or of a key, as they are bound.
fn bound(table: &Table, columns: &[Column], row: &Row) -> Result<Vec<Value>, StoreFault> {
    if row.len() != columns.len() {
        return Err(malformed(table, format!("{} values for {} columns", row.len(), columns.len())));
    }
    if row[..table.key].contains(&None) {
        return Err(malformed(table, format!("the key of {row:?} has a hole")));
    }
    let mut values = Vec::with_capacity(row.len() + 1);
    values.push(Value::from(LOG_ID));
    for (column, text) in columns.iter().zip(row) {
        values.push(value(table, column, text.as_deref())?);
    }
    Ok(values)
}

fn value(table: &Table, column: &Column, text: Option<&str>) -> Result<Value, StoreFault> {
    match (text, column.kind) {
        (None, _) => Ok(Value::Null),
        (Some(text), ColumnKind::Integer) => text
            .parse()
            .map(Value::Integer)
            .map_err(|error| malformed(table, format!("`{text}` in column {}: {error}", column.name))),
        (Some(text), _) => Ok(Value::Text(text.to_owned())),
    }
}

/// A page of rows in key order.
pub(super) fn rows(connection: &Connection, table: &'static Table, query: &RowQuery) -> Result<Vec<Row>, StoreFault> {
    let unavailable = |reason: String| StoreFault::Unavailable { reason };
    let mut values = vec![Value::from(LOG_ID)];
    let mut conditions = String::new();
    for (name, text) in &query.equals {
        let column = table
            .columns
            .iter()
            .find(|column| column.name == *name)
            .ok_or_else(|| unavailable(format!("table {} has no column {name}", table.name)))?;
        values.push(value(table, column, Some(text))?);
        conditions.push_str(&format!(" AND {} = ?{}", column.name, values.len()));
    }
    if let Some(after) = &query.after {
        if after.len() != table.key {
            return Err(unavailable(format!("a key of {} has {} columns, not {}", table.name, table.key, after.len())));
        }
        let places = parameters(values.len() + 1, table.key);
        conditions.push_str(&format!(" AND ({}) > ({places})", names(key(table))));
        for (column, text) in key(table).iter().zip(after) {
            values.push(value(table, column, Some(text))?);
        }
    }
    values.push(Value::from(query.limit));
    let sql = format!(
        "SELECT {} FROM {} WHERE log_id = ?1{conditions} ORDER BY {} LIMIT ?{}",
        names(table.columns),
        versioned(table),
        names(key(table)),
        values.len()
    );
    fetch(connection, &sql, values, table.columns.len()).map_err(reading)
}

fn fetch(connection: &Connection, sql: &str, values: Vec<Value>, columns: usize) -> rusqlite::Result<Vec<Row>> {
    let mut select = connection.prepare_cached(sql)?;
    let rows = select.query_map(params_from_iter(values), |row| {
        (0..columns)
            .map(|column| match row.get_ref(column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Integer(number) => Ok(Some(number.to_string())),
                other => Ok(Some(other.as_str()?.to_owned())),
            })
            .collect()
    })?;
    rows.collect()
}

/// All rows of a projection's tables, put in the place of those it has.
pub(super) fn replace(
    connection: &mut Connection,
    name: &str,
    version: u32,
    at: Checkpoint,
    tables: &[(&'static Table, Vec<Row>)],
) -> Result<bool, StoreFault> {
    transact(connection, |transaction| {
        if !move_checkpoint(transaction, name, version, at, at)? {
            return Ok(Verdict::Discard(false));
        }
        for (table, rows) in tables {
            replace_table(transaction, table, rows)?;
        }
        Ok(Verdict::Keep(true))
    })
}

fn replace_table(transaction: &Transaction<'_>, table: &Table, rows: &[Row]) -> Result<(), StoreFault> {
    let name = versioned(table);
    let next = format!("{name}_next");
    transaction.execute_batch(&format!("DROP TABLE IF EXISTS {next}")).map_err(writing)?;
    transaction.execute_batch(&create_sql(table, &next)).map_err(writing)?;
    {
        let mut insert = transaction.prepare(&insert_sql(table, &next)).map_err(writing)?;
        for row in rows {
            insert.execute(params_from_iter(bound(table, table.columns, row)?)).map_err(writing)?;
        }
    }
    // The view goes first: renaming a table is refused while a view names one that is gone.
    transaction
        .execute_batch(&format!(
            "DROP VIEW IF EXISTS {view}; DROP TABLE IF EXISTS {name}; ALTER TABLE {next} RENAME TO {name};",
            view = table.name
        ))
        .map_err(writing)?;
    create_indexes(transaction, table).map_err(writing)?;
    transaction.execute_batch(&create_view_sql(table)).map_err(writing)
}
