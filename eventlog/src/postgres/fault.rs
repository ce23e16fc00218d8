//! Owns what PostgreSQL's errors mean for a write: not written, written by another, or unknown.

use crate::store::{Appended, StoreFault};

/// Classes of SQLSTATE after which a statement has certainly left nothing behind: data, integrity, syntax and rights,
/// resources, lock not available.
const NOT_WRITTEN_CLASSES: [&str; 5] = ["22", "23", "42", "53", "55"];
/// The same for single codes: serialisation failure and deadlock.
const NOT_WRITTEN_CODES: [&str; 2] = ["40001", "40P01"];
/// A key or a stream's sequence is taken. Which one is found by looking, never by the constraint's name.
const UNIQUE_VIOLATION: &str = "23505";
/// The role may not do this.
const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// A table that does not exist.
const UNDEFINED_TABLE: &str = "42P01";

/// An error in answer to COMMIT or to an autocommitted write. Whatever is not known to mean "not written" is unknown.
pub(super) fn at_commit(error: &sqlx::Error) -> Result<Appended, StoreFault> {
    let reason = error.to_string();
    match error {
        // Our own encoding failed, or no connection was to be had: nothing was sent.
        sqlx::Error::Encode(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Configuration(_) => {
            Err(StoreFault::NotWritten { reason })
        }
        sqlx::Error::Database(_) => match sqlstate(error).as_deref() {
            Some(UNIQUE_VIOLATION) => Ok(Appended::Stale),
            Some(code) if certainly_not_written(code) => Err(StoreFault::NotWritten { reason }),
            _ => Err(StoreFault::Unknown { reason }),
        },
        _ => Err(StoreFault::Unknown { reason }),
    }
}

/// An error inside an explicit transaction whose COMMIT was never sent: whatever it is, nothing is written.
pub(super) fn before_commit(error: &sqlx::Error) -> Result<Appended, StoreFault> {
    if sqlstate(error).as_deref() == Some(UNIQUE_VIOLATION) {
        return Ok(Appended::Stale);
    }
    Err(StoreFault::NotWritten { reason: error.to_string() })
}

/// An error of a read.
pub(super) fn reading(error: sqlx::Error) -> StoreFault {
    StoreFault::Unavailable { reason: error.to_string() }
}

/// An error of a projection's transaction before its COMMIT: missing rights and tables have a remedy.
pub(super) fn projecting(error: sqlx::Error) -> StoreFault {
    match sqlstate(&error).as_deref() {
        Some(INSUFFICIENT_PRIVILEGE) => StoreFault::Unusable {
            what: format!("this role may not create or change the projection's tables: {error}"),
            remedy: "as the owner, run `subledger migrate --app-role` with this role and drop the projection tables \
                     that belong to another role; they are rebuilt from the log"
                .to_owned(),
        },
        Some(UNDEFINED_TABLE) => StoreFault::Unusable {
            what: format!("a projection's table is missing: {error}"),
            remedy: "start `subledger serve` once, or as the owner run `subledger migrate --app-role` with this role"
                .to_owned(),
        },
        _ => StoreFault::NotWritten { reason: error.to_string() },
    }
}

/// An error in answer to the COMMIT of anything that is not an append.
pub(super) fn finishing(error: &sqlx::Error) -> StoreFault {
    match at_commit(error) {
        Err(fault) => fault,
        Ok(_) => StoreFault::NotWritten { reason: error.to_string() },
    }
}

fn sqlstate(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

fn certainly_not_written(code: &str) -> bool {
    NOT_WRITTEN_CODES.contains(&code) || NOT_WRITTEN_CLASSES.iter().any(|class| code.starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::certainly_not_written;

    #[test]
    fn only_a_short_list_of_codes_means_not_written() {
        for code in ["22P02", "23514", "42501", "53300", "55P03", "40001", "40P01"] {
            assert!(certainly_not_written(code), "{code}");
        }
        for code in ["08006", "57014", "57P01", "57P02", "57P03", "XX000", "40003", "25006", "25P03", "58030", "P0001"]
        {
            assert!(!certainly_not_written(code), "{code}");
        }
    }
}
