//! Owns the append: one autocommitted statement on a connection of its own, or the same statement under a held head.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgConnection, Postgres};
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

use super::instant::PgInstant;
use super::{LOG_ID, connect, fault, read};
use crate::record::{Batch, Head};
use crate::store::{Appended, HeldHead, StoreFault};

/// How long an append waits for another one of the same handle; as long as for another process's.
const TURN_WAIT: Duration = Duration::from_secs(10);

/// All of the batch or nothing. The update of `log_head` is the guard: it waits for a writer before it, then finds
/// another position or hash and touches nothing, and everything else selects from it. A key answered since this
/// statement's snapshot runs into the primary key of `commands` instead.
///
/// Known keys are looked up one by one (`LIMIT` keeps the planner from joining instead): this plan is made once, most
/// often while `commands` is empty, and a join that is best then reads every command of the log ever after.
///
/// The final select says whether the head was ours. Counting inserted events would not: a batch may hold answers only.
const APPEND: &str = r#"
WITH dup AS (
    SELECT 1 FROM UNNEST($8::text[], $9::text[]) AS q (scope, key),
    LATERAL (SELECT 1 FROM commands c
             WHERE c.log_id = $1 AND c.scope = q.scope COLLATE "C" AND c.key = q.key COLLATE "C" LIMIT 1) AS known
), head AS (
    UPDATE log_head SET position = $4, hash = $5, recorded_at = $6
    WHERE log_id = $1 AND position = $2 AND hash = $3 AND NOT EXISTS (SELECT 1 FROM dup)
      AND ($7 IS NULL OR EXISTS (SELECT 1 FROM clock WHERE log_id = $1 AND kind = 'manual'))
    RETURNING 1
), tick AS (
    UPDATE clock SET now = $7 FROM head WHERE clock.log_id = $1 AND $7 IS NOT NULL
), answered AS (
    INSERT INTO commands (log_id, scope, key, fingerprint, command_id, first_position, last_position, recorded_at,
                          status, resource)
    SELECT $1, a.* FROM head, UNNEST($8::text[], $9::text[], $10::bytea[], $11::uuid[], $12::bigint[], $13::bigint[],
                                     $14::timestamptz[], $15::smallint[], $16::text[]) AS a
), appended AS (
    INSERT INTO events (log_id, position, account_id, aggregate_type, aggregate_id, sequence, event_type,
                        event_version, payload, metadata, event_id, command_id, effective_at, recorded_at, hash)
    SELECT $1, e.position, e.account_id, e.aggregate_type, e.aggregate_id, e.sequence, e.event_type,
           e.event_version, e.payload::json, e.metadata::json, e.event_id, e.command_id, e.effective_at,
           e.recorded_at, e.hash
    FROM head, UNNEST($17::bigint[], $18::text[], $19::text[], $20::text[], $21::bigint[], $22::text[], $23::text[],
                      $24::text[], $25::text[], $26::uuid[], $27::uuid[], $28::timestamptz[], $29::timestamptz[],
                      $30::bytea[])
         AS e (position, account_id, aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
               metadata, event_id, command_id, effective_at, recorded_at, hash)
)
SELECT count(*) FROM head"#;

/// The one connection that appends. Not of the pool: a pool's signs of life would be further round trips.
#[derive(Debug)]
pub(super) struct Writer {
    options: PgConnectOptions,
    slot: Arc<Mutex<Option<PgConnection>>>,
}

/// The connection while it is in use. It goes back only by `keep`: after an error, or when the caller stops waiting,
/// it is dropped, and the server rolls an open transaction back. An autocommitted append that is still waiting for the
/// head may commit all the same, so whoever looks for it holds the head first.
#[derive(Debug)]
struct Lease {
    slot: OwnedMutexGuard<Option<PgConnection>>,
    connection: PgConnection,
}

impl Lease {
    fn keep(mut self) {
        *self.slot = Some(self.connection);
    }
}

impl Writer {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self { options, slot: Arc::default() }
    }

    pub(super) async fn append(&self, batch: &Batch) -> Result<Appended, StoreFault> {
        let statement = bind(batch)?;
        let mut lease = self.lease().await?;
        let outcome = match connect::answered(statement.fetch_one(&mut lease.connection)).await {
            Ok(moved) => appended(&mut lease.connection, batch, moved).await,
            Err(error) => fault::at_commit(&error),
        };
        if !matches!(outcome, Err(StoreFault::Unknown { .. })) {
            lease.keep();
        }
        outcome
    }

    pub(super) async fn hold_head(&self) -> Result<Box<dyn HeldHead>, StoreFault> {
        let mut lease = self.lease().await?;
        let not_held = |error: sqlx::Error| StoreFault::NotWritten { reason: error.to_string() };
        connect::run(&mut lease.connection, "BEGIN").await.map_err(not_held)?;
        let lock =
            sqlx::query("SELECT position, hash, recorded_at FROM log_head WHERE log_id = $1 FOR UPDATE").bind(LOG_ID);
        let row = connect::answered(lock.fetch_one(&mut lease.connection)).await.map_err(not_held)?;
        let head = read::decode_head(&row)?;
        Ok(Box::new(Held { lease, head }))
    }

    async fn lease(&self) -> Result<Lease, StoreFault> {
        let not_sent = |reason: String| StoreFault::NotWritten { reason };
        let mut slot = tokio::time::timeout(TURN_WAIT, Arc::clone(&self.slot).lock_owned()).await.map_err(|_| {
            not_sent(format!("another append of this process took more than {} s", TURN_WAIT.as_secs()))
        })?;
        let connection = match slot.take() {
            Some(connection) => connection,
            None => connect::connect(&self.options).await.map_err(|fault| not_sent(fault.to_string()))?,
        };
        Ok(Lease { slot, connection })
    }
}

/// The head's row, locked in an open transaction.
#[derive(Debug)]
struct Held {
    lease: Lease,
    head: Head,
}

#[async_trait]
impl HeldHead for Held {
    fn head(&self) -> Head {
        self.head
    }

    async fn append(mut self: Box<Self>, batch: &Batch) -> Result<Appended, StoreFault> {
        let written = match connect::answered(bind(batch)?.fetch_one(&mut self.lease.connection)).await {
            Ok(moved) => appended(&mut self.lease.connection, batch, moved).await?,
            // Dropped without COMMIT: whatever went wrong, nothing is written.
            Err(error) => return fault::before_commit(&error),
        };
        if written == Appended::Stale {
            self.release().await?;
            return Ok(Appended::Stale);
        }
        match connect::answered(connect::run(&mut self.lease.connection, "COMMIT")).await {
            Ok(_) => {
                self.lease.keep();
                Ok(Appended::Written)
            }
            Err(error) => fault::at_commit(&error),
        }
    }

    async fn release(mut self: Box<Self>) -> Result<(), StoreFault> {
        connect::run(&mut self.lease.connection, "ROLLBACK").await.map_err(fault::reading)?;
        self.lease.keep();
        Ok(())
    }
}

/// What the statement's count says. A batch that moves a clock which is not there to be moved touches nothing either,
/// and would for ever.
async fn appended(connection: &mut PgConnection, batch: &Batch, heads_moved: i64) -> Result<Appended, StoreFault> {
    if heads_moved == 1 {
        return Ok(Appended::Written);
    }
    if batch.clock.is_some() && !is_manual(connection).await? {
        return Err(StoreFault::NotWritten { reason: "the ledger was not born under a manual clock".to_owned() });
    }
    Ok(Appended::Stale)
}

async fn is_manual(connection: &mut PgConnection) -> Result<bool, StoreFault> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM clock WHERE log_id = $1 AND kind = 'manual')")
        .bind(LOG_ID)
        .fetch_one(connection)
        .await
        .map_err(|error| StoreFault::NotWritten { reason: error.to_string() })
}

type Statement<'q> = sqlx::query::QueryScalar<'q, Postgres, i64, sqlx::postgres::PgArguments>;

fn bind(batch: &Batch) -> Result<Statement<'_>, StoreFault> {
    if batch.log_id != LOG_ID {
        return Err(StoreFault::NotWritten {
            reason: format!("the batch is for log {}, this is {LOG_ID}", batch.log_id),
        });
    }
    let statement = sqlx::query_scalar(APPEND)
        .bind(batch.log_id)
        .bind(signed(batch.before.position)?)
        .bind(&batch.before.hash.0[..])
        .bind(signed(batch.after.position)?)
        .bind(&batch.after.hash.0[..])
        .bind(PgInstant(batch.after.recorded_at))
        .bind(batch.clock.map(PgInstant));
    bind_events(bind_commands(statement, batch)?, batch)
}

fn bind_commands<'q>(statement: Statement<'q>, batch: &'q Batch) -> Result<Statement<'q>, StoreFault> {
    let commands = &batch.commands;
    let answers = || commands.iter().map(|command| &command.answer);
    let first: Vec<i64> = commands.iter().map(|c| signed(c.first_position)).collect::<Result<_, _>>()?;
    let last: Vec<i64> = commands.iter().map(|c| signed(c.last_position)).collect::<Result<_, _>>()?;
    let status: Vec<i16> = answers()
        .map(|answer| i16::try_from(answer.status).map_err(|_| out_of_range("status", answer.status.into())))
        .collect::<Result<_, _>>()?;
    Ok(statement
        .bind(answers().map(|answer| answer.key.scope.as_str()).collect::<Vec<_>>())
        .bind(answers().map(|answer| answer.key.key.as_str()).collect::<Vec<_>>())
        .bind(answers().map(|answer| &answer.fingerprint.0[..]).collect::<Vec<_>>())
        .bind(answers().map(|answer| answer.command_id).collect::<Vec<_>>())
        .bind(first)
        .bind(last)
        .bind(commands.iter().map(|command| PgInstant(command.recorded_at)).collect::<Vec<_>>())
        .bind(status)
        .bind(answers().map(|answer| answer.resource.as_str()).collect::<Vec<_>>()))
}

fn bind_events<'q>(statement: Statement<'q>, batch: &'q Batch) -> Result<Statement<'q>, StoreFault> {
    let events = &batch.events;
    let positions: Vec<i64> = events.iter().map(|event| signed(event.position)).collect::<Result<_, _>>()?;
    let sequences: Vec<i64> = events.iter().map(|event| signed(event.sequence)).collect::<Result<_, _>>()?;
    Ok(statement
        .bind(positions)
        .bind(events.iter().map(|event| event.account_id.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.aggregate_type.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.aggregate_id.as_str()).collect::<Vec<_>>())
        .bind(sequences)
        .bind(events.iter().map(|event| event.event_type.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.event_version.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.payload.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.metadata.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.event_id).collect::<Vec<Uuid>>())
        .bind(events.iter().map(|event| event.command_id).collect::<Vec<Uuid>>())
        .bind(events.iter().map(|event| PgInstant(event.effective_at)).collect::<Vec<_>>())
        .bind(events.iter().map(|event| PgInstant(event.recorded_at)).collect::<Vec<_>>())
        .bind(events.iter().map(|event| &event.hash.0[..]).collect::<Vec<_>>()))
}

/// A position or sequence as PostgreSQL's bigint.
pub(super) fn signed(number: u64) -> Result<i64, StoreFault> {
    i64::try_from(number).map_err(|_| out_of_range("number", number))
}

fn out_of_range(what: &str, number: u64) -> StoreFault {
    StoreFault::NotWritten { reason: format!("{what} {number} is out of range") }
}
