//! Owns what is reserved before an append: accounts' logs, application ids; and the ledger's clock.

use std::sync::{Mutex, PoisonError};

use sqlx::{PgPool, Row};

use super::append::signed;
use super::instant::PgInstant;
use super::read::decode_instant;
use super::{LOG_ID, fault};
use crate::store::{ClockKind, Reservation, StoreFault, StoredClock};

/// A reservation is in use once a stream of this kind carries its number.
const USED_BY: &str = "application";

/// The smallest id from `$1` up that nobody holds.
const NEXT_FREE: &str = "
SELECT free FROM (
    SELECT $1::bigint AS free WHERE NOT EXISTS (SELECT 1 FROM directory_applications WHERE application_id = $1)
    UNION ALL
    (SELECT d.application_id + 1 FROM directory_applications d
     WHERE d.application_id >= $1
       AND NOT EXISTS (SELECT 1 FROM directory_applications n WHERE n.application_id = d.application_id + 1)
     ORDER BY d.application_id LIMIT 1)
) AS candidates ORDER BY free LIMIT 1";

pub(super) async fn reserve_account(pool: &PgPool, account: &str) -> Result<(), StoreFault> {
    sqlx::query("INSERT INTO directory (account_id, log_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(account)
        .bind(LOG_ID)
        .execute(pool)
        .await
        .map_err(|error| fault::finishing(&error))?;
    Ok(())
}

pub(super) async fn reserve_wanted(pool: &PgPool, account: &str, id: u64) -> Result<Reservation, StoreFault> {
    if insert(pool, account, signed(id)?).await? {
        return Ok(Reservation::Held(id));
    }
    let holder = application_holder(pool, id).await?;
    Ok(if holder.as_deref() == Some(account) { Reservation::Held(id) } else { Reservation::HeldByAnother })
}

pub(super) async fn application_holder(pool: &PgPool, id: u64) -> Result<Option<String>, StoreFault> {
    sqlx::query_scalar("SELECT account_id FROM directory_applications WHERE application_id = $1")
        .bind(signed(id)?)
        .fetch_optional(pool)
        .await
        .map_err(fault::reading)
}

pub(super) async fn reserve_next(
    pool: &PgPool,
    reserved: &Mutex<(u64, u64)>,
    account: &str,
    first: u64,
) -> Result<Reservation, StoreFault> {
    if let Some(id) = unused(pool, account).await? {
        return Ok(Reservation::Held(id));
    }
    let known = *reserved.lock().unwrap_or_else(PoisonError::into_inner);
    let mut from = if known.0 == first { known.1 } else { first };
    loop {
        let id: i64 =
            sqlx::query_scalar(NEXT_FREE).bind(signed(from)?).fetch_one(pool).await.map_err(fault::reading)?;
        let won = insert(pool, account, id).await?;
        from = u64::try_from(id).map_err(|_| StoreFault::Unavailable { reason: format!("application id {id}") })?;
        if won {
            *reserved.lock().unwrap_or_else(PoisonError::into_inner) = (first, from + 1);
            return Ok(Reservation::Held(from));
        }
        // Another node took it between our look and our insert; the next look starts there.
    }
}

pub(super) async fn clock(pool: &PgPool) -> Result<Option<StoredClock>, StoreFault> {
    let row = sqlx::query("SELECT kind, now FROM clock WHERE log_id = $1")
        .bind(LOG_ID)
        .fetch_optional(pool)
        .await
        .map_err(fault::reading)?;
    let Some(row) = row else { return Ok(None) };
    let kind = match row.try_get::<String, _>(0).map_err(fault::reading)?.as_str() {
        "system" => ClockKind::System,
        "manual" => ClockKind::Manual,
        other => return Err(StoreFault::Damaged { position: 0, reason: format!("`{other}` is no kind of clock") }),
    };
    Ok(Some(StoredClock { kind, now: decode_instant(&row, 1)? }))
}

pub(super) async fn birth(pool: &PgPool, born: StoredClock) -> Result<StoredClock, StoreFault> {
    let kind = match born.kind {
        ClockKind::System => "system",
        ClockKind::Manual => "manual",
    };
    sqlx::query("INSERT INTO clock (log_id, kind, now) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(LOG_ID)
        .bind(kind)
        .bind(PgInstant(born.now))
        .execute(pool)
        .await
        .map_err(|error| fault::finishing(&error))?;
    clock(pool).await?.ok_or_else(|| fault::reading(sqlx::Error::RowNotFound))
}

async fn insert(pool: &PgPool, account: &str, id: i64) -> Result<bool, StoreFault> {
    let done = sqlx::query(
        "INSERT INTO directory_applications (application_id, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(account)
    .execute(pool)
    .await
    .map_err(|error| fault::finishing(&error))?;
    Ok(done.rows_affected() == 1)
}

/// This account's smallest reservation that no application has followed.
async fn unused(pool: &PgPool, account: &str) -> Result<Option<u64>, StoreFault> {
    let id: Option<i64> = sqlx::query_scalar(
        "SELECT d.application_id FROM directory_applications d
         WHERE d.account_id = $1 AND NOT EXISTS (
             SELECT 1 FROM events e WHERE e.aggregate_type = $2 AND e.aggregate_id = d.application_id::text)
         ORDER BY d.application_id LIMIT 1",
    )
    .bind(account)
    .bind(USED_BY)
    .fetch_optional(pool)
    .await
    .map_err(fault::reading)?;
    Ok(id.and_then(|id| u64::try_from(id).ok()))
}
