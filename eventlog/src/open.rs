//! Owns which store a URL names.
//!
//! Does not own opening it (`sqlite`, `postgres`).

use std::path::Path;
use std::sync::Arc;

use crate::sqlite::SqliteStore;
use crate::store::{Store, StoreFault};

/// What to open, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// Only read: takes no lock, refuses every write.
    pub read_only: bool,
    /// Bring the schema up to this release. An SQLite file that is opened for writing is always brought up.
    pub migrate: bool,
    /// Allow a store that may lose commits. For benches.
    pub allow_unsafe: bool,
}

/// Opens a ledger's store.
///
/// # Errors
/// [`StoreFault::Unusable`] when the URL names no store or the store cannot be used as it is; it says what to do.
pub async fn open(options: OpenOptions) -> Result<Arc<dyn Store>, StoreFault> {
    match options.url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => {
            let path = Path::new(path.strip_prefix("//").unwrap_or(path));
            if options.read_only {
                Ok(Arc::new(SqliteStore::open_read_only(path).await?))
            } else {
                Ok(Arc::new(SqliteStore::open(path, options.allow_unsafe).await?))
            }
        }
        Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => Err(StoreFault::Unusable {
            what: "this release cannot open a ledger on PostgreSQL yet".to_owned(),
            remedy: "use sqlite:PATH".to_owned(),
        }),
        // Not repeated in the text: it may hold a password.
        _ => Err(StoreFault::Unusable {
            what: "the store's URL has neither of the two known forms".to_owned(),
            remedy: "write sqlite:PATH (sqlite:ledger.db) or postgres://USER@HOST/DATABASE".to_owned(),
        }),
    }
}
