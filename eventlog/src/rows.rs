//! Owns tables as data: what a projection's table looks like and what can happen to its rows. DDL, upsert, load and
//! digest for both stores are written once from this.
//!
//! Does not own what the rows mean (`projections`).

/// How a column's text form is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text, compared byte by byte.
    Text,
    /// 64-bit integer.
    Integer,
    /// Exact decimal with its scale: `999.00`. Columns of money are named `amount` or end in `_amount`.
    Amount,
    /// RFC 3339 instant in UTC with six decimals.
    Instant,
    /// Civil date.
    Date,
    /// JSON text.
    Json,
    /// `true` or `false`.
    Boolean,
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// How it is stored.
    pub kind: ColumnKind,
}

/// One table of a projection. `log_id` is added in front of every table and key.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Name of the view on the version in force; the table itself is `{name}_v{version}`.
    pub name: &'static str,
    /// Version of its shape and meaning.
    pub version: u32,
    /// How many leading columns are the key.
    pub key: usize,
    /// All columns, the key first.
    pub columns: &'static [Column],
    /// Further indexes, each a list of column names.
    pub indexes: &'static [&'static [&'static str]],
}

/// A row in text form, in the order of the table's columns; `None` is SQL's NULL.
pub type Row = Vec<Option<String>>;

/// What happens to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The row stands as given, new or not.
    Upsert {
        /// Its table.
        table: &'static Table,
        /// All its columns.
        row: Row,
    },
    /// Some columns of an existing row change.
    Patch {
        /// Its table.
        table: &'static Table,
        /// Its key.
        key: Row,
        /// Column index and new value.
        set: Vec<(usize, Option<String>)>,
    },
    /// The row goes.
    Delete {
        /// Its table.
        table: &'static Table,
        /// Its key.
        key: Row,
    },
}
