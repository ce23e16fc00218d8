//! Owns which store a URL names.
//!
//! Does not own opening it (`sqlite`, `postgres`).

use std::path::Path;
use std::sync::Arc;

use crate::postgres::{self, PostgresStore};
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
        Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
            Ok(Arc::new(PostgresStore::open(&options).await?))
        }
        // Not repeated in the text: it may hold a password.
        _ => Err(StoreFault::Unusable {
            what: "the store's URL has neither of the two known forms".to_owned(),
            remedy: "write sqlite:PATH (sqlite:ledger.db) or postgres://USER@HOST/DATABASE".to_owned(),
        }),
    }
}

/// Brings a store's schema up to this release and answers what was applied. `app_role` is the role that `serve` will run
/// as on PostgreSQL; it gets what it needs and no more.
///
/// # Errors
/// [`StoreFault::Unusable`]; nothing is changed then.
pub async fn migrate(options: &OpenOptions, app_role: Option<&str>) -> Result<Vec<String>, StoreFault> {
    if options.url.starts_with("sqlite:") {
        if app_role.is_some() {
            return Err(StoreFault::Unusable {
                what: "an SQLite file has no roles".to_owned(),
                remedy: "leave --app-role out".to_owned(),
            });
        }
        // Opening for writing brings it up.
        open(OpenOptions { read_only: false, ..options.clone() }).await?;
        return Ok(Vec::new());
    }
    postgres::migrate(&options.url, app_role).await
}
