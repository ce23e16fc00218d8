//! Owns the SQL of the log: one batch in one transaction, and reading heads, answers and events back.
//!
//! Does not own connections (`file`, `writer`, `readers`).

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, Row, ToSql, Transaction, ffi, params};
use uuid::Uuid;

use super::fault::{reading, writing};
use super::file::LOG_ID;
use super::writer::{Verdict, transact};
use crate::chain::instant_text;
use crate::record::{Answer, AnsweredCommand, Batch, CommandKey, Hash, Head, Recorded};
use crate::store::{Appended, StoreFault};

/// A bound of a search. No stored number is above the largest the file can hold, so there it is no bound at all.
fn bound(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Writes a batch, all of it or nothing.
pub(super) fn append(connection: &mut Connection, batch: &Batch) -> Result<Appended, StoreFault> {
    if batch.log_id != LOG_ID {
        return Err(StoreFault::NotWritten {
            reason: format!("the batch is for log {}, this is {LOG_ID}", batch.log_id),
        });
    }
    transact(connection, |transaction| {
        if !move_head(transaction, batch)? {
            return Ok(Verdict::Discard(Appended::Stale));
        }
        for command in &batch.commands {
            if !insert_command(transaction, command)? {
                return Ok(Verdict::Discard(Appended::Stale));
            }
        }
        for event in &batch.events {
            if !insert_event(transaction, event)? {
                return Ok(Verdict::Discard(Appended::Stale));
            }
        }
        if let Some(now) = batch.clock {
            set_clock(transaction, now)?;
        }
        Ok(Verdict::Keep(Appended::Written))
    })
}

fn move_head(transaction: &Transaction<'_>, batch: &Batch) -> Result<bool, StoreFault> {
    let (before, after) = (&batch.before, &batch.after);
    let mut update = transaction
        .prepare_cached(
            "UPDATE log_head SET position = ?4, hash = ?5, recorded_at = ?6
             WHERE log_id = ?1 AND position = ?2 AND hash = ?3",
        )
        .map_err(writing)?;
    let moved = update
        .execute(params![
            LOG_ID,
            before.position,
            before.hash.0,
            after.position,
            after.hash.0,
            instant_text(after.recorded_at)
        ])
        .map_err(writing)?;
    Ok(moved == 1)
}

/// `false` when the key is already answered.
fn insert_command(transaction: &Transaction<'_>, command: &AnsweredCommand) -> Result<bool, StoreFault> {
    let answer = &command.answer;
    let mut insert = transaction
        .prepare_cached(
            "INSERT INTO commands (log_id, scope, key, fingerprint, command_id, first_position, last_position,
                                   recorded_at, status, resource)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (log_id, scope, key) DO NOTHING",
        )
        .map_err(writing)?;
    let inserted = insert
        .execute(params![
            LOG_ID,
            answer.key.scope,
            answer.key.key,
            answer.fingerprint.0,
            answer.command_id.to_string(),
            command.first_position,
            command.last_position,
            instant_text(command.recorded_at),
            answer.status,
            answer.resource
        ])
        .map_err(writing)?;
    Ok(inserted == 1)
}

/// `false` when the stream already holds the sequence.
fn insert_event(transaction: &Transaction<'_>, event: &Recorded) -> Result<bool, StoreFault> {
    let mut insert = transaction
        .prepare_cached(
            "INSERT INTO events (log_id, position, account_id, aggregate_type, aggregate_id, sequence, event_type,
                                 event_version, payload, metadata, event_id, command_id, effective_at, recorded_at, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (aggregate_type, aggregate_id, sequence, log_id) DO NOTHING",
        )
        .map_err(writing)?;
    let inserted = insert.execute(params![
        LOG_ID,
        event.position,
        event.account_id,
        event.aggregate_type,
        event.aggregate_id,
        event.sequence,
        event.event_type,
        event.event_version,
        event.payload,
        event.metadata,
        event.event_id.to_string(),
        event.command_id.to_string(),
        instant_text(event.effective_at),
        instant_text(event.recorded_at),
        event.hash.0
    ]);
    match inserted {
        Ok(rows) => Ok(rows == 1),
        Err(error) if is_taken_key(&error) => Err(StoreFault::Damaged {
            position: event.position,
            reason: "the log holds an event above its head".to_owned(),
        }),
        Err(error) => Err(writing(error)),
    }
}

fn is_taken_key(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error(),
        Some(ffi::Error { code: ErrorCode::ConstraintViolation, extended_code: ffi::SQLITE_CONSTRAINT_PRIMARYKEY })
    )
}

fn set_clock(transaction: &Transaction<'_>, now: Timestamp) -> Result<(), StoreFault> {
    let moved = transaction
        .execute("UPDATE clock SET now = ?2 WHERE log_id = ?1 AND kind = 'manual'", params![LOG_ID, instant_text(now)])
        .map_err(writing)?;
    if moved == 1 {
        return Ok(());
    }
    Err(StoreFault::NotWritten { reason: "the ledger was not born under a manual clock".to_owned() })
}

/// Where the log ends.
pub(super) fn head(connection: &Connection) -> Result<Head, StoreFault> {
    let mut select = connection
        .prepare_cached("SELECT position, hash, recorded_at FROM log_head WHERE log_id = ?1")
        .map_err(reading)?;
    let mut rows = select.query([LOG_ID]).map_err(reading)?;
    let Some(row) = rows.next().map_err(reading)? else {
        return Err(StoreFault::Damaged { position: 0, reason: "the log has no head".to_owned() });
    };
    let position = row.get(0).map_err(reading)?;
    let cells = Cells { row, position, of: "the head" };
    Ok(Head { position, hash: Hash(cells.plain(1)?), recorded_at: cells.parsed(2)? })
}

/// The head and the answers kept for some keys, as of one instant.
pub(super) fn confirm(
    connection: &Connection,
    keys: &[CommandKey],
) -> Result<(Head, Vec<AnsweredCommand>), StoreFault> {
    let snapshot = connection.unchecked_transaction().map_err(reading)?;
    let head = head(&snapshot)?;
    let mut answers = Vec::new();
    let mut select = snapshot
        .prepare_cached(
            "SELECT fingerprint, command_id, first_position, last_position, recorded_at, status, resource
             FROM commands WHERE log_id = ?1 AND scope = ?2 AND key = ?3",
        )
        .map_err(reading)?;
    for key in keys {
        let mut rows = select.query(params![LOG_ID, key.scope, key.key]).map_err(reading)?;
        if let Some(row) = rows.next().map_err(reading)? {
            answers.push(answered(row, key)?);
        }
    }
    Ok((head, answers))
}

fn answered(row: &Row<'_>, key: &CommandKey) -> Result<AnsweredCommand, StoreFault> {
    let last_position = row.get(3).map_err(reading)?;
    let cells = Cells { row, position: last_position, of: "an answer kept here" };
    Ok(AnsweredCommand {
        answer: Answer {
            key: key.clone(),
            fingerprint: Hash(cells.plain(0)?),
            command_id: cells.parsed(1)?,
            status: cells.plain(5)?,
            resource: cells.plain(6)?,
        },
        first_position: cells.plain(2)?,
        last_position,
        recorded_at: cells.parsed(4)?,
    })
}

/// Events after a position.
pub(super) fn read_after(connection: &Connection, position: u64, limit: u32) -> Result<Vec<Recorded>, StoreFault> {
    events(connection, "log_id = ?1 AND position > ?2 ORDER BY position LIMIT ?3", &[&LOG_ID, &bound(position), &limit])
}

/// One payer's events after a position and up to another.
pub(super) fn read_account(
    connection: &Connection,
    account: &str,
    after: u64,
    up_to: u64,
    limit: u32,
) -> Result<Vec<Recorded>, StoreFault> {
    events(
        connection,
        "log_id = ?1 AND account_id = ?2 AND position > ?3 AND position <= ?4 ORDER BY position LIMIT ?5",
        &[&LOG_ID, &account, &bound(after), &bound(up_to), &limit],
    )
}

/// One stream's events after a sequence.
pub(super) fn read_stream(
    connection: &Connection,
    aggregate_type: &str,
    aggregate_id: &str,
    after: u64,
) -> Result<Vec<Recorded>, StoreFault> {
    events(
        connection,
        "aggregate_type = ?2 AND aggregate_id = ?3 AND sequence > ?4 AND log_id = ?1 ORDER BY sequence",
        &[&LOG_ID, &aggregate_type, &aggregate_id, &bound(after)],
    )
}

fn events(connection: &Connection, which: &'static str, values: &[&dyn ToSql]) -> Result<Vec<Recorded>, StoreFault> {
    let sql = format!(
        "SELECT position, account_id, aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
                metadata, event_id, command_id, effective_at, recorded_at, hash
         FROM events WHERE {which}"
    );
    let mut select = connection.prepare_cached(&sql).map_err(reading)?;
    let mut rows = select.query(values).map_err(reading)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next().map_err(reading)? {
        events.push(recorded(row)?);
    }
    Ok(events)
}

fn recorded(row: &Row<'_>) -> Result<Recorded, StoreFault> {
    let position = row.get(0).map_err(reading)?;
    let cells = Cells { row, position, of: "the event" };
    Ok(Recorded {
        position,
        account_id: cells.plain(1)?,
        aggregate_type: cells.plain(2)?,
        aggregate_id: cells.plain(3)?,
        sequence: cells.plain(4)?,
        event_type: cells.plain(5)?,
        event_version: cells.plain(6)?,
        payload: cells.plain(7)?,
        metadata: cells.plain(8)?,
        event_id: cells.parsed::<Uuid>(9)?,
        command_id: cells.parsed::<Uuid>(10)?,
        effective_at: cells.parsed(11)?,
        recorded_at: cells.parsed(12)?,
        hash: Hash(cells.plain(13)?),
    })
}

/// The cells of a row that belongs to a position of the log: what cannot be read there is damage there.
struct Cells<'a, 'statement> {
    row: &'a Row<'statement>,
    position: u64,
    of: &'static str,
}

impl Cells<'_, '_> {
    fn plain<T: rusqlite::types::FromSql>(&self, column: usize) -> Result<T, StoreFault> {
        self.row.get(column).map_err(|error| self.damaged(&error))
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(&self, column: usize) -> Result<T, StoreFault> {
        let text: String = self.plain(column)?;
        text.parse().map_err(|error: T::Err| self.damaged(&format!("`{text}`: {error}")))
    }

    fn damaged(&self, error: &dyn std::fmt::Display) -> StoreFault {
        StoreFault::Damaged { position: self.position, reason: format!("{} cannot be read: {error}", self.of) }
    }
}
