//! Owns which schema a store must have: the migrations of both stores, in order, and the rule of what may be applied on
//! top of what.
//!
//! Does not own applying them: each store does that in its own transaction (`sqlite`, `postgres`).

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::store::StoreFault;

/// One step of a schema. Released ones are never edited: their hash is kept in every ledger they touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Its place in the order, from 1 without a gap.
    pub version: u32,
    /// What it is called in messages.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

impl Migration {
    /// SHA-256 of its statements in lower-case hex, as `schema_migrations` keeps it.
    pub fn sha256(&self) -> String {
        Sha256::digest(self.sql.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
            hex
        })
    }
}

/// A migration as a store remembers it: a row of `schema_migrations(version, name, sha256, applied_at)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its version.
    pub version: u32,
    /// Its name when it was applied.
    pub name: String,
    /// SHA-256 of its statements when it was applied, in lower-case hex.
    pub sha256: String,
}

/// The schema of an SQLite ledger.
pub const SQLITE: &[Migration] =
    &[Migration { version: 1, name: "log", sql: include_str!("../../migrations/sqlite/0001_log.sql") }];

/// The schema of a PostgreSQL ledger.
pub const POSTGRES: &[Migration] =
    &[Migration { version: 1, name: "log", sql: include_str!("../../migrations/postgres/0001_log.sql") }];

/// Version of the schema that this release reads and writes; both lists end here.
pub const CURRENT: u32 = 1;

/// What is still to be applied, in order.
///
/// # Errors
/// [`StoreFault::Unusable`] when what was applied is not a prefix of what this release knows: a newer schema, one that
/// is missing in between, or one whose statements have changed since.
pub fn pending<'a>(known: &'a [Migration], applied: &[Applied]) -> Result<&'a [Migration], StoreFault> {
    for row in applied {
        let Some(migration) = known.iter().find(|migration| migration.version == row.version) else {
            return Err(newer(known, row));
        };
        if migration.sha256() != row.sha256 {
            return Err(changed(row));
        }
    }
    let (done, rest) = known.split_at(applied.len().min(known.len()));
    match done.iter().find(|migration| !applied.iter().any(|row| row.version == migration.version)) {
        Some(migration) => Err(missing(migration)),
        None => Ok(rest),
    }
}

fn newer(known: &[Migration], row: &Applied) -> StoreFault {
    let last = known.last().map_or(0, |migration| migration.version);
    StoreFault::Unusable {
        what: format!(
            "the schema is newer than this release: migration {} ({}) is applied, this release knows {last}",
            row.version, row.name
        ),
        remedy: "run the release that applied it, or a later one".to_owned(),
    }
}

fn changed(row: &Applied) -> StoreFault {
    StoreFault::Unusable {
        what: format!(
            "migration {} ({}) is not what was applied here: its statements have changed",
            row.version, row.name
        ),
        remedy: "run an unaltered release; released migrations are never edited".to_owned(),
    }
}

fn missing(migration: &Migration) -> StoreFault {
    StoreFault::Unusable {
        what: format!(
            "migration {} ({}) is missing although later ones are applied",
            migration.version, migration.name
        ),
        remedy: "restore the ledger from a backup; its table schema_migrations has been altered".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Migration] = &[
        Migration { version: 1, name: "log", sql: "CREATE TABLE a (b)" },
        Migration { version: 2, name: "more", sql: "CREATE TABLE c (d)" },
    ];

    fn applied(versions: &[usize]) -> Vec<Applied> {
        versions
            .iter()
            .map(|version| KNOWN[version - 1])
            .map(|known| Applied { version: known.version, name: known.name.to_owned(), sha256: known.sha256() })
            .collect()
    }

    fn refusal(applied: &[Applied]) -> String {
        pending(KNOWN, applied).expect_err("this history must be refused").to_string()
    }

    #[test]
    fn an_empty_store_needs_every_migration() -> Result<(), StoreFault> {
        assert_eq!(pending(KNOWN, &[])?, KNOWN);
        Ok(())
    }

    #[test]
    fn what_is_applied_is_not_applied_again() -> Result<(), StoreFault> {
        assert_eq!(pending(KNOWN, &applied(&[1]))?, &KNOWN[1..]);
        assert_eq!(pending(KNOWN, &applied(&[1, 2]))?, &[]);
        Ok(())
    }

    #[test]
    fn a_newer_schema_is_refused() {
        let mut rows = applied(&[1, 2]);
        rows.push(Applied { version: 3, name: "later".to_owned(), sha256: String::new() });
        assert!(refusal(&rows).starts_with("the schema is newer than this release: migration 3 (later)"));
    }

    #[test]
    fn a_changed_migration_is_refused() {
        let mut rows = applied(&[1]);
        rows[0].sha256 = "00".repeat(32);
        assert!(refusal(&rows).starts_with("migration 1 (log) is not what was applied here"));
    }

    #[test]
    fn both_stores_end_at_the_current_version() {
        for known in [SQLITE, POSTGRES] {
            assert_eq!(known.last().map(|migration| migration.version), Some(CURRENT));
        }
    }

    #[test]
    fn a_gap_is_refused() {
        assert!(refusal(&applied(&[2])).starts_with("migration 1 (log) is missing"));
    }
}
