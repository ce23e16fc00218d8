//! Owns projections' tables in PostgreSQL: creating them, one transaction of rows and checkpoint, reading in key order,
//! replacing a whole table beside the old one.
//!
//! Does not own what the rows mean (`projections`).
//!
//! Rows travel as arrays of texts and are cast by the server, so one path serves every column kind.

mod coalesce;
mod sql;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row as _};

use self::coalesce::Coalesced;
use super::append::signed;
use super::read::{decode_hash, unsigned};
use super::{LOG_ID, connect, fault};
use crate::record::Hash;
use crate::rows::{Row, Table};
use crate::store::{Checkpoint, ProjectionStep, RowQuery, StoreFault};

/// Rows in one statement: bounds the size of a message, far above what 5,000 events change.
const ROWS_PER_STATEMENT: usize = 10_000;

pub(super) async fn prepare(
    pool: &PgPool,
    name: &str,
    version: u32,
    tables: &[&'static Table],
) -> Result<(), StoreFault> {
    let mut transaction = pool.begin().await.map_err(fault::reading)?;
    // Of two nodes that start at once the second waits here and then finds everything.
    run(&mut transaction, "LOCK TABLE projections IN SHARE ROW EXCLUSIVE MODE").await?;
    for table in tables {
        if !exists(&mut transaction, &sql::table_name(table)).await? {
            run(&mut transaction, &sql::create(table, &sql::table_name(table))).await?;
        }
        if !exists(&mut transaction, table.name).await? {
            run(&mut transaction, &sql::view(table)).await?;
        }
    }
    sqlx::query(
        "INSERT INTO projections (name, version, log_id, position, log_hash, status)
         VALUES ($1, $2, $3, 0, $4, 'live') ON CONFLICT DO NOTHING",
    )
    .bind(name)
    .bind(i64::from(version))
    .bind(LOG_ID)
    .bind(&Hash::GENESIS.0[..])
    .execute(&mut *transaction)
    .await
    .map_err(fault::projecting)?;
    transaction.commit().await.map_err(|error| fault::finishing(&error))
}

pub(super) async fn checkpoint(pool: &PgPool, name: &str, version: u32) -> Result<Option<Checkpoint>, StoreFault> {
    let row =
        sqlx::query("SELECT position, log_hash FROM projections WHERE name = $1 AND version = $2 AND log_id = $3")
            .bind(name)
            .bind(i64::from(version))
            .bind(LOG_ID)
            .fetch_optional(pool)
            .await
            .map_err(fault::reading)?;
    row.as_ref().map(decode_checkpoint).transpose()
}

pub(super) async fn project(pool: &PgPool, step: &ProjectionStep<'_>) -> Result<bool, StoreFault> {
    let changes = coalesce::by_table(step.changes)?;
    let mut transaction = pool.begin().await.map_err(fault::reading)?;
    // First of all: its row lock lets one worker pass, the others find another position and leave.
    let moved = sqlx::query(
        "UPDATE projections SET position = $4, log_hash = $5
         WHERE name = $1 AND version = $2 AND log_id = $3 AND position = $6 AND log_hash = $7",
    )
    .bind(step.name)
    .bind(i64::from(step.version))
    .bind(LOG_ID)
    .bind(signed(step.to.position)?)
    .bind(&step.to.log_hash.0[..])
    .bind(signed(step.from.position)?)
    .bind(&step.from.log_hash.0[..])
    .execute(&mut *transaction)
    .await
    .map_err(fault::projecting)?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    for (table, coalesced) in &changes {
        write(&mut transaction, table, coalesced).await?;
    }
    transaction.commit().await.map_err(|error| fault::finishing(&error))?;
    Ok(true)
}

pub(super) async fn rows(pool: &PgPool, table: &'static Table, query: &RowQuery) -> Result<Vec<Row>, StoreFault> {
    let text = sql::select(table, query)?;
    let mut select = sqlx::query(&text).bind(LOG_ID);
    for (_, value) in &query.equals {
        select = select.bind(value);
    }
    for value in query.after.iter().flatten() {
        select = select.bind(value);
    }
    let rows = select.bind(i64::from(query.limit)).fetch_all(pool).await.map_err(fault::reading)?;
    rows.iter()
        .map(|row| (0..table.columns.len()).map(|column| row.try_get(column).map_err(fault::reading)).collect())
        .collect()
}

pub(super) async fn replace(
    pool: &PgPool,
    name: &str,
    version: u32,
    at: Checkpoint,
    tables: &[(&'static Table, Vec<Row>)],
) -> Result<bool, StoreFault> {
    let mut transaction = pool.begin().await.map_err(fault::reading)?;
    let held = sqlx::query(
        "SELECT position, log_hash FROM projections WHERE name = $1 AND version = $2 AND log_id = $3 FOR UPDATE",
    )
    .bind(name)
    .bind(i64::from(version))
    .bind(LOG_ID)
    .fetch_optional(&mut *transaction)
    .await
    .map_err(fault::projecting)?;
    if held.as_ref().map(decode_checkpoint).transpose()? != Some(at) {
        return Ok(false);
    }
    for (table, rows) in tables {
        replace_table(&mut transaction, table, rows).await?;
    }
    transaction.commit().await.map_err(|error| fault::finishing(&error))?;
    Ok(true)
}

/// Readers go on with the old table until the names change places.
async fn replace_table(connection: &mut PgConnection, table: &'static Table, rows: &[Row]) -> Result<(), StoreFault> {
    let next = sql::next_name(table);
    run(connection, &sql::drop_table(&next)).await?;
    run(connection, &sql::create(table, &next)).await?;
    run(connection, &sql::keep_other_logs(table, &next, LOG_ID)).await?;
    let rows = coalesce::replacement(table, rows)?;
    put(connection, &sql::insert(table, &next), table.columns.len(), &rows).await?;
    run(connection, &sql::swap(table)).await
}

async fn write(
    connection: &mut PgConnection,
    table: &'static Table,
    changes: &Coalesced<'_>,
) -> Result<(), StoreFault> {
    for keys in changes.deletes.chunks(ROWS_PER_STATEMENT) {
        execute(connection, &sql::delete(table), &coalesce::columns(keys, table.key)).await?;
    }
    for (set, patches) in &changes.patches {
        let text = sql::patch(table, set);
        for patches in patches.chunks(ROWS_PER_STATEMENT) {
            let patched = execute(connection, &text, &coalesce::columns(patches, table.key + set.len())).await?;
            if patched != patches.len() as u64 {
                let missing = patches.len() as u64 - patched;
                let reason = format!("{missing} of the rows of {} that are to change do not exist", table.name);
                return Err(StoreFault::NotWritten { reason });
            }
        }
    }
    put(connection, &sql::upsert(table), table.columns.len(), &changes.upserts).await
}

async fn put(
    connection: &mut PgConnection,
    text: &str,
    width: usize,
    rows: &[Vec<Option<&str>>],
) -> Result<(), StoreFault> {
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        execute(connection, text, &coalesce::columns(rows, width)).await?;
    }
    Ok(())
}

/// Runs a statement whose parameters are the log and one array of texts per column; says how many rows it touched.
async fn execute(connection: &mut PgConnection, text: &str, columns: &[Vec<Option<&str>>]) -> Result<u64, StoreFault> {
    let mut statement = sqlx::query(text).bind(LOG_ID);
    for column in columns {
        statement = statement.bind(column);
    }
    Ok(statement.execute(connection).await.map_err(fault::projecting)?.rows_affected())
}

async fn run(connection: &mut PgConnection, text: &str) -> Result<(), StoreFault> {
    connect::run(connection, text).await.map_err(fault::projecting)
}

async fn exists(connection: &mut PgConnection, relation: &str) -> Result<bool, StoreFault> {
    sqlx::query_scalar("SELECT to_regclass(quote_ident($1)) IS NOT NULL")
        .bind(relation)
        .fetch_one(connection)
        .await
        .map_err(fault::projecting)
}

fn decode_checkpoint(row: &PgRow) -> Result<Checkpoint, StoreFault> {
    let position = unsigned(row, 0)?;
    Ok(Checkpoint { position, log_hash: decode_hash(row, 1, position)? })
}
