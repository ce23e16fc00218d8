//! Owns the SQL text made from a table's description. Names in it are `&'static str` from `rows::Table`, quoted;
//! values are always bound.

use std::fmt::Write as _;

use crate::rows::{Column, ColumnKind, Table};
use crate::store::{RowQuery, StoreFault};

pub(super) fn table_name(table: &Table) -> String {
    format!("{}_v{}", table.name, table.version)
}

/// Where the rows that replace a table's are gathered.
pub(super) fn next_name(table: &Table) -> String {
    format!("{}_v{}_next", table.name, table.version)
}

/// The table under a name of our choice, with key and indexes. Their names are the server's to choose: they would clash
/// while an old and a new table stand side by side.
pub(super) fn create(table: &Table, name: &str) -> String {
    let mut text = format!("CREATE TABLE {} (log_id smallint NOT NULL", quoted(name));
    for (index, column) in table.columns.iter().enumerate() {
        let hole = if index < table.key { " NOT NULL" } else { "" };
        let _infallible = write!(text, ", {} {}{hole}", quoted(column.name), stored_as(column.kind));
    }
    let _infallible = write!(text, ", PRIMARY KEY (log_id{}));", each(key(table), |c| format!(", {}", quoted(c.name))));
    for columns in table.indexes {
        let list: String = columns.iter().map(|column| format!(", {}", quoted(column))).collect();
        let _infallible = write!(text, " CREATE INDEX ON {} (log_id{list});", quoted(name));
    }
    text
}

/// The view by which people and reports read the version in force.
pub(super) fn view(table: &Table) -> String {
    format!("CREATE VIEW {} AS SELECT * FROM {}", quoted(table.name), quoted(&table_name(table)))
}

pub(super) fn drop_table(name: &str) -> String {
    format!("DROP TABLE IF EXISTS {}", quoted(name))
}

/// A table holds the rows of all logs; those of the others must outlive the replacement of one. Whoever projects them
/// waits until the names have changed places.
pub(super) fn keep_other_logs(table: &Table, next: &str, log_id: i16) -> String {
    let old = quoted(&table_name(table));
    format!(
        "LOCK TABLE {old} IN SHARE ROW EXCLUSIVE MODE; INSERT INTO {} SELECT * FROM {old} WHERE log_id <> {log_id}",
        quoted(next)
    )
}

/// Puts the new table in the old one's place.
pub(super) fn swap(table: &Table) -> String {
    let name = table_name(table);
    format!(
        "DROP VIEW IF EXISTS {}; DROP TABLE {}; ALTER TABLE {} RENAME TO {}; {}",
        quoted(table.name),
        quoted(&name),
        quoted(&next_name(table)),
        quoted(&name),
        view(table)
    )
}

/// `$1` is the log, then one array per column.
pub(super) fn insert(table: &Table, into: &str) -> String {
    let columns = each(table.columns, |c| format!(", {}", quoted(c.name)));
    let values: String =
        table.columns.iter().enumerate().map(|(index, column)| format!(", {}", cast(index, column.kind))).collect();
    format!(
        "INSERT INTO {} (log_id{columns}) SELECT $1::smallint{values} FROM {}",
        quoted(into),
        unnest(table.columns.len())
    )
}

/// As `insert`, for rows that may be there already.
pub(super) fn upsert(table: &Table) -> String {
    let conflict = each(key(table), |c| format!(", {}", quoted(c.name)));
    let rest = &table.columns[table.key..];
    let action = if rest.is_empty() {
        "NOTHING".to_owned()
    } else {
        let set: Vec<String> = rest.iter().map(|c| format!("{0} = EXCLUDED.{0}", quoted(c.name))).collect();
        format!("UPDATE SET {}", set.join(", "))
    };
    format!("{} ON CONFLICT (log_id{conflict}) DO {action}", insert(table, &table_name(table)))
}

/// `$1` is the log, then one array per key column, then one per changed column.
pub(super) fn patch(table: &Table, set: &[usize]) -> String {
    let assignments: Vec<String> = set
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let Column { name, kind } = table.columns[*column];
            format!("{} = {}", quoted(name), cast(table.key + index, kind))
        })
        .collect();
    format!(
        "UPDATE {} AS t SET {} FROM {} WHERE t.log_id = $1::smallint{}",
        quoted(&table_name(table)),
        assignments.join(", "),
        unnest(table.key + set.len()),
        same_key(table)
    )
}

/// `$1` is the log, then one array per key column.
pub(super) fn delete(table: &Table) -> String {
    format!(
        "DELETE FROM {} AS t USING {} WHERE t.log_id = $1::smallint{}",
        quoted(&table_name(table)),
        unnest(table.key),
        same_key(table)
    )
}

/// `$1` is the log, then the values of `equals`, then those of `after`, then the limit.
pub(super) fn select(table: &Table, query: &RowQuery) -> Result<String, StoreFault> {
    let shown: Vec<String> = table.columns.iter().map(shown_as).collect();
    let mut text =
        format!("SELECT {} FROM {} AS t WHERE t.log_id = $1::smallint", shown.join(", "), quoted(&table_name(table)));
    let mut parameter = 1;
    for (name, _) in &query.equals {
        let column = table.columns.iter().find(|column| column.name == *name).ok_or_else(|| {
            StoreFault::Unavailable { reason: format!("{} v{} has no column {name}", table.name, table.version) }
        })?;
        parameter += 1;
        let _infallible = write!(text, " AND {} = {}", compared_as(column), given(parameter, column.kind));
    }
    if let Some(after) = &query.after {
        if after.len() != table.key {
            let reason = format!("a key of {} has {} columns, not {}", table.name, table.key, after.len());
            return Err(StoreFault::Unavailable { reason });
        }
        let given: Vec<String> =
            key(table).iter().zip(parameter + 1..).map(|(c, number)| given(number, c.kind)).collect();
        let stored: Vec<String> = key(table).iter().map(compared_as).collect();
        let _infallible = write!(text, " AND ({}) > ({})", stored.join(", "), given.join(", "));
        parameter += after.len();
    }
    let order: Vec<String> = key(table).iter().map(compared_as).collect();
    let _infallible = write!(text, " ORDER BY {} LIMIT ${}", order.join(", "), parameter + 1);
    Ok(text)
}

fn key(table: &Table) -> &[Column] {
    &table.columns[..table.key]
}

fn each(columns: &[Column], form: impl Fn(&Column) -> String) -> String {
    columns.iter().map(form).collect()
}

/// `UNNEST($2::text[], …) AS r (c0, …)`
fn unnest(width: usize) -> String {
    let arrays: Vec<String> = (0..width).map(|index| format!("${}::text[]", index + 2)).collect();
    let names: Vec<String> = (0..width).map(|index| format!("c{index}")).collect();
    format!("UNNEST({}) AS r ({})", arrays.join(", "), names.join(", "))
}

fn same_key(table: &Table) -> String {
    key(table)
        .iter()
        .enumerate()
        .map(|(index, column)| format!(" AND {} = {}", compared_as(column), cast(index, column.kind)))
        .collect()
}

fn cast(index: usize, kind: ColumnKind) -> String {
    typed(&format!("r.c{index}"), kind)
}

/// A bound text as the column's type.
fn given(parameter: usize, kind: ColumnKind) -> String {
    let text = format!("${parameter}::text");
    // json has no equality; its stored text has.
    if kind == ColumnKind::Json { text } else { typed(&format!("({text})"), kind) }
}

fn typed(text: &str, kind: ColumnKind) -> String {
    format!("{text}::{}", stored_as(kind))
}

fn stored_as(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "text COLLATE \"C\"",
        ColumnKind::Integer => "bigint",
        ColumnKind::Amount => "numeric",
        ColumnKind::Instant => "timestamptz",
        ColumnKind::Date => "date",
        ColumnKind::Json => "json",
        ColumnKind::Boolean => "boolean",
    }
}

fn compared_as(column: &Column) -> String {
    let name = format!("t.{}", quoted(column.name));
    if column.kind == ColumnKind::Json { format!("{name}::text") } else { name }
}

/// The column's one text form, the same on every store.
fn shown_as(column: &Column) -> String {
    let name = format!("t.{}", quoted(column.name));
    match column.kind {
        ColumnKind::Text => name,
        ColumnKind::Instant => format!(r#"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#),
        ColumnKind::Date => format!("to_char({name}, 'YYYY-MM-DD')"),
        ColumnKind::Integer | ColumnKind::Amount | ColumnKind::Json | ColumnKind::Boolean => format!("{name}::text"),
    }
}

/// A name that may be one of SQL's own words.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
