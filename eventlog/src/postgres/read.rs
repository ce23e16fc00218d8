//! Owns reads of the log: the head, kept answers, events in position order.

use std::ops::RangeInclusive;

use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};

use super::append::signed;
use super::instant::PgInstant;
use super::{LOG_ID, connect, fault};
use crate::record::{Answer, AnsweredCommand, CommandKey, Hash, Head, Recorded};
use crate::store::StoreFault;

macro_rules! select_events {
    ($rest:literal) => {
        concat!(
            "SELECT position, account_id, aggregate_type, aggregate_id, sequence, event_type, event_version, \
             payload::text, metadata::text, event_id, command_id, effective_at, recorded_at, hash FROM events ",
            $rest
        )
    };
}

/// Keys are looked up one by one, for the reason that appends have.
const CONFIRM: &str = r#"
SELECT h.position, h.hash, h.recorded_at, c.scope, c.key, c.fingerprint, c.command_id, c.first_position,
       c.last_position, c.recorded_at, c.status, c.resource
FROM log_head h
LEFT JOIN (UNNEST($2::text[], $3::text[]) AS q (scope, key) CROSS JOIN LATERAL (
    SELECT * FROM commands known
    WHERE known.log_id = $1 AND known.scope = q.scope COLLATE "C" AND known.key = q.key COLLATE "C" LIMIT 1
) AS c) ON true
WHERE h.log_id = $1"#;

pub(super) async fn head(pool: &PgPool) -> Result<Head, StoreFault> {
    let query = sqlx::query("SELECT position, hash, recorded_at FROM log_head WHERE log_id = $1").bind(LOG_ID);
    let row = connect::answered(query.fetch_one(pool)).await.map_err(fault::reading)?;
    decode_head(&row)
}

/// Head and answers from one snapshot in one round trip.
pub(super) async fn confirm(pool: &PgPool, keys: &[CommandKey]) -> Result<(Head, Vec<AnsweredCommand>), StoreFault> {
    let query = sqlx::query(CONFIRM)
        .bind(LOG_ID)
        .bind(keys.iter().map(|key| key.scope.as_str()).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.key.as_str()).collect::<Vec<_>>());
    let rows = connect::answered(query.fetch_all(pool)).await.map_err(fault::reading)?;
    let first = rows.first().ok_or_else(|| fault::reading(sqlx::Error::RowNotFound))?;
    let head = decode_head(first)?;
    let mut answers = Vec::new();
    for row in &rows {
        if let Some(scope) = row.try_get::<Option<String>, _>(3).map_err(fault::reading)? {
            answers.push(decode_answer(row, scope)?);
        }
    }
    Ok((head, answers))
}

pub(super) async fn after(pool: &PgPool, position: u64, limit: u32) -> Result<Vec<Recorded>, StoreFault> {
    let query = sqlx::query(select_events!("WHERE log_id = $1 AND position > $2 ORDER BY position LIMIT $3"))
        .bind(LOG_ID)
        .bind(bounded(position))
        .bind(i64::from(limit));
    let rows = connect::answered(query.fetch_all(pool)).await.map_err(fault::reading)?;
    rows.iter().map(decode_event).collect()
}

/// `range` starts at the position *after* which to read and includes its end.
pub(super) async fn account(
    pool: &PgPool,
    account: &str,
    range: RangeInclusive<u64>,
    limit: u32,
) -> Result<Vec<Recorded>, StoreFault> {
    let query = sqlx::query(select_events!(
        "WHERE log_id = $1 AND account_id = $2 AND position > $3 AND position <= $4 ORDER BY position LIMIT $5"
    ))
    .bind(LOG_ID)
    .bind(account)
    .bind(bounded(*range.start()))
    .bind(bounded(*range.end()))
    .bind(i64::from(limit));
    let rows = connect::answered(query.fetch_all(pool)).await.map_err(fault::reading)?;
    rows.iter().map(decode_event).collect()
}

pub(super) async fn stream(
    pool: &PgPool,
    aggregate_type: &str,
    aggregate_id: &str,
    after: u64,
) -> Result<Vec<Recorded>, StoreFault> {
    let query = sqlx::query(select_events!(
        "WHERE aggregate_type = $2 AND aggregate_id = $3 AND sequence > $4 AND log_id = $1 ORDER BY sequence"
    ))
    .bind(LOG_ID)
    .bind(aggregate_type)
    .bind(aggregate_id)
    .bind(bounded(after));
    let rows = connect::answered(query.fetch_all(pool)).await.map_err(fault::reading)?;
    rows.iter().map(decode_event).collect()
}

/// Reads `position, hash, recorded_at` from the first three columns.
pub(super) fn decode_head(row: &PgRow) -> Result<Head, StoreFault> {
    let position = unsigned(row, 0)?;
    Ok(Head { position, hash: decode_hash(row, 1, position)?, recorded_at: decode_instant(row, 2)? })
}

/// Reads a hash; `position` is where a log with a hash of another length is damaged.
pub(super) fn decode_hash(row: &PgRow, column: usize, position: u64) -> Result<Hash, StoreFault> {
    let bytes: &[u8] = row.try_get(column).map_err(fault::reading)?;
    let exact = bytes.try_into().map_err(|_| StoreFault::Damaged {
        position,
        reason: format!("a hash of {} bytes instead of 32", bytes.len()),
    })?;
    Ok(Hash(exact))
}

pub(super) fn unsigned(row: &PgRow, column: usize) -> Result<u64, StoreFault> {
    let number: i64 = row.try_get(column).map_err(fault::reading)?;
    u64::try_from(number).map_err(|_| StoreFault::Unavailable { reason: format!("{number} is not counted from 0") })
}

pub(super) fn decode_instant(row: &PgRow, column: usize) -> Result<jiff::Timestamp, StoreFault> {
    row.try_get::<PgInstant, _>(column).map(|instant| instant.0).map_err(fault::reading)
}

/// The end of a range that no stored position can reach is as good as the largest one.
fn bounded(position: u64) -> i64 {
    signed(position).unwrap_or(i64::MAX)
}

fn decode_event(row: &PgRow) -> Result<Recorded, StoreFault> {
    let position = unsigned(row, 0)?;
    let text = |column: usize| row.try_get::<String, _>(column).map_err(fault::reading);
    Ok(Recorded {
        position,
        account_id: text(1)?,
        aggregate_type: text(2)?,
        aggregate_id: text(3)?,
        sequence: unsigned(row, 4)?,
        event_type: text(5)?,
        event_version: text(6)?,
        payload: text(7)?,
        metadata: text(8)?,
        event_id: row.try_get(9).map_err(fault::reading)?,
        command_id: row.try_get(10).map_err(fault::reading)?,
        effective_at: decode_instant(row, 11)?,
        recorded_at: decode_instant(row, 12)?,
        hash: decode_hash(row, 13, position)?,
    })
}

fn decode_answer(row: &PgRow, scope: String) -> Result<AnsweredCommand, StoreFault> {
    let last_position = unsigned(row, 8)?;
    let status: i16 = row.try_get(10).map_err(fault::reading)?;
    let status = u16::try_from(status).map_err(|_| StoreFault::Damaged {
        position: last_position,
        reason: format!("an answer's status is {status}"),
    })?;
    let answer = Answer {
        key: CommandKey { scope, key: row.try_get(4).map_err(fault::reading)? },
        fingerprint: decode_hash(row, 5, last_position)?,
        command_id: row.try_get(6).map_err(fault::reading)?,
        status,
        resource: row.try_get(11).map_err(fault::reading)?,
    };
    Ok(AnsweredCommand {
        answer,
        first_position: unsigned(row, 7)?,
        last_position,
        recorded_at: decode_instant(row, 9)?,
    })
}
