//! Owns what is agreed before an append: which log an account lives in, whom an application id belongs to, and the clock
//! a ledger is born under.
//!
//! Does not own moving the clock, which travels with a batch (`log`).

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::fault::{reading, writing};
use super::file::LOG_ID;
use super::writer::{Verdict, transact};
use crate::chain::instant_text;
use crate::store::{ClockKind, Reservation, StoreFault, StoredClock};

/// Notes which log an account lives in.
pub(super) fn reserve_account(connection: &mut Connection, account: &str) -> Result<(), StoreFault> {
    transact(connection, |transaction| {
        transaction
            .execute(
                "INSERT INTO directory (account_id, log_id) VALUES (?1, ?2) ON CONFLICT (account_id) DO NOTHING",
                params![account, LOG_ID],
            )
            .map_err(writing)?;
        Ok(Verdict::Keep(()))
    })
}

/// The account that holds an application id.
pub(super) fn application_holder(connection: &Connection, application: u64) -> Result<Option<String>, StoreFault> {
    connection
        .query_row("SELECT account_id FROM directory_applications WHERE application_id = ?1", [application], |row| {
            row.get(0)
        })
        .optional()
        .map_err(reading)
}

/// Reserves one application id, the one asked for and no other.
pub(super) fn reserve_wanted(
    connection: &mut Connection,
    account: &str,
    wanted: u64,
) -> Result<Reservation, StoreFault> {
    transact(connection, |transaction| {
        insert(transaction, wanted, account)?;
        let holder: String = transaction
            .query_row("SELECT account_id FROM directory_applications WHERE application_id = ?1", [wanted], |row| {
                row.get(0)
            })
            .map_err(writing)?;
        let outcome = if holder == account { Reservation::Held(wanted) } else { Reservation::HeldByAnother };
        Ok(Verdict::Keep(outcome))
    })
}

/// Reserves an application id of our choice: the account's smallest that no application has come to use, else the
/// smallest free one from `first` up. `taken` remembers a run of ids that are known to be taken; none is ever given
/// back, so the search need not begin at `first` each time.
pub(super) fn reserve_any(
    connection: &mut Connection,
    account: &str,
    first: u64,
    taken: &mut Range<u64>,
) -> Result<Reservation, StoreFault> {
    let from = if taken.contains(&first) { taken.end } else { first };
    transact(connection, |transaction| {
        if let Some(id) = unused(transaction, account)? {
            return Ok(Verdict::Discard(id));
        }
        let id = smallest_free(transaction, from)?;
        insert(transaction, id, account)?;
        // Up to this id and without it: its own reservation may still fail to commit.
        let start = if taken.contains(&first) { taken.start } else { first };
        *taken = start..id;
        Ok(Verdict::Keep(id))
    })
    .map(Reservation::Held)
}

fn insert(transaction: &Transaction<'_>, id: u64, account: &str) -> Result<(), StoreFault> {
    transaction
        .execute(
            "INSERT INTO directory_applications (application_id, account_id) VALUES (?1, ?2)
             ON CONFLICT (application_id) DO NOTHING",
            params![id, account],
        )
        .map_err(writing)?;
    Ok(())
}

/// An application has come to use an id when the log holds a stream of that name.
fn unused(transaction: &Transaction<'_>, account: &str) -> Result<Option<u64>, StoreFault> {
    transaction
        .query_row(
            "SELECT application_id FROM directory_applications
             WHERE account_id = ?1 AND NOT EXISTS (
                 SELECT 1 FROM events
                 WHERE aggregate_type = 'application' AND aggregate_id = CAST(application_id AS TEXT))
             ORDER BY application_id LIMIT 1",
            [account],
            |row| row.get(0),
        )
        .optional()
        .map_err(writing)
}

fn smallest_free(transaction: &Transaction<'_>, from: u64) -> Result<u64, StoreFault> {
    let mut select = transaction
        .prepare_cached(
            "SELECT application_id FROM directory_applications WHERE application_id >= ?1 ORDER BY application_id",
        )
        .map_err(writing)?;
    let mut rows = select.query([from]).map_err(writing)?;
    let mut free = from;
    while let Some(row) = rows.next().map_err(writing)? {
        if row.get::<_, u64>(0).map_err(writing)? != free {
            break;
        }
        free += 1;
    }
    Ok(free)
}

/// The ledger's clock, if it has been born.
pub(super) fn clock(connection: &Connection) -> Result<Option<StoredClock>, StoreFault> {
    let stored: Option<(String, String)> = connection
        .query_row("SELECT kind, now FROM clock WHERE log_id = ?1", [LOG_ID], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(reading)?;
    let Some((kind, now)) = stored else { return Ok(None) };
    let damaged = |reason: String| StoreFault::Damaged { position: 0, reason };
    let kind = match kind.as_str() {
        "system" => ClockKind::System,
        "manual" => ClockKind::Manual,
        other => return Err(damaged(format!("`{other}` is no kind of clock"))),
    };
    let now = now.parse().map_err(|error| damaged(format!("the clock stands at `{now}`: {error}")))?;
    Ok(Some(StoredClock { kind, now }))
}

/// Gives an unborn ledger its clock; answers the one it has afterwards.
pub(super) fn birth(connection: &mut Connection, born: StoredClock) -> Result<StoredClock, StoreFault> {
    let kind = match born.kind {
        ClockKind::System => "system",
        ClockKind::Manual => "manual",
    };
    transact(connection, |transaction| {
        transaction
            .execute(
                "INSERT INTO clock (log_id, kind, now) VALUES (?1, ?2, ?3) ON CONFLICT (log_id) DO NOTHING",
                params![LOG_ID, kind, instant_text(born.now)],
            )
            .map_err(writing)?;
        let stored = clock(transaction)?.expect("a row was there or has just been written");
        Ok(Verdict::Keep(stored))
    })
}
