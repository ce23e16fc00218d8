//! Owns what a caller says when it opens a store.
//!
//! Does not own the stores.

/// How to open a store.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// `sqlite:<path>` or `postgres://…`.
    pub url: String,
    /// Only read.
    pub read_only: bool,
    /// Apply pending migrations.
    pub migrate: bool,
    /// Accept a store that may lose acknowledged writes.
    pub allow_unsafe: bool,
}
