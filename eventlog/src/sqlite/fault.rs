//! Owns what an error of SQLite means to the ledger: not written, unknown, unreadable, or a disk that broke its word.
//!
//! Does not own what happens then: the writer closes the store for good (`writer`).

use rusqlite::{Error, ErrorCode};

use crate::store::StoreFault;

fn code(error: &Error) -> Option<ErrorCode> {
    error.sqlite_error_code()
}

/// A statement of a transaction that has not been asked to commit: nothing of it is in the log. An I/O error is another
/// matter even here, because it may be a sync that failed, and what the disk holds after that is anybody's guess.
pub(super) fn writing(error: Error) -> StoreFault {
    match code(&error) {
        Some(ErrorCode::SystemIoFailure) => StoreFault::Poisoned { reason: error.to_string() },
        _ => StoreFault::NotWritten { reason: error.to_string() },
    }
}

/// COMMIT itself, or a checkpoint.
pub(super) fn committing(error: Error) -> StoreFault {
    match code(&error) {
        Some(ErrorCode::SystemIoFailure | ErrorCode::DiskFull) => StoreFault::Poisoned { reason: error.to_string() },
        _ => StoreFault::Unknown { reason: error.to_string() },
    }
}

/// A read.
pub(super) fn reading(error: Error) -> StoreFault {
    StoreFault::Unavailable { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn sqlite(code: i32) -> Error {
        Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn a_failed_sync_or_a_full_disk_at_commit_poisons_the_store() {
        for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_FULL] {
            assert!(matches!(committing(sqlite(code)), StoreFault::Poisoned { .. }), "{code}");
        }
    }

    #[test]
    fn any_other_answer_to_commit_leaves_the_outcome_open() {
        for code in [ffi::SQLITE_BUSY, ffi::SQLITE_NOMEM, ffi::SQLITE_INTERRUPT] {
            assert!(matches!(committing(sqlite(code)), StoreFault::Unknown { .. }), "{code}");
        }
    }

    #[test]
    fn a_full_disk_before_commit_is_certainly_not_written() {
        assert!(matches!(writing(sqlite(ffi::SQLITE_FULL)), StoreFault::NotWritten { .. }));
        assert!(matches!(writing(sqlite(ffi::SQLITE_IOERR_FSYNC)), StoreFault::Poisoned { .. }));
    }
}
