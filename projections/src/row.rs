//! Owns how rows are written down: a macro that declares a table and its row as one list of columns, and the text form
//! of each kind of cell, both ways.
//!
//! Does not own which tables there are. Text forms are the canonical ones of the log (`eventlog::rows`), so a row, and
//! with it a digest, is the same on every store.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serializer;
use subledger_domain::calendar::BILLING_ZONE;
use subledger_domain::money::{Currency, Money};
use subledger_eventlog::chain::instant_text;
use subledger_eventlog::rows::{Column, Table};
use subledger_eventlog::store::StoreFault;

/// Declares a table and a struct with one field per column, so that no value can slip into a neighbour's place.
macro_rules! table {
    (
        $(#[$doc:meta])*
        $row:ident in $table:ident = $name:literal, version $version:literal, key $key:literal, indexes $indexes:expr;
        $($column:ident: $kind:ident,)+
    ) => {
        $(#[$doc])*
        pub static $table: subledger_eventlog::rows::Table = subledger_eventlog::rows::Table {
            name: $name,
            version: $version,
            key: $key,
            columns: &[$(subledger_eventlog::rows::Column {
                name: stringify!($column),
                kind: subledger_eventlog::rows::ColumnKind::$kind,
            }),+],
            indexes: $indexes,
        };

        #[derive(Debug, Clone)]
        pub(super) struct $row {
            $(pub(super) $column: Option<String>,)+
        }

        impl $row {
            pub(super) fn upsert(self) -> subledger_eventlog::rows::Change {
                subledger_eventlog::rows::Change::Upsert { table: &$table, row: vec![$(self.$column),+] }
            }

            pub(super) fn read(
                row: subledger_eventlog::rows::Row,
            ) -> Result<Self, subledger_eventlog::store::StoreFault> {
                const COLUMNS: usize = [$(stringify!($column)),+].len();
                let [$($column),+] = <[Option<String>; COLUMNS]>::try_from(row)
                    .map_err(|row| $crate::row::misshapen(&$table, row.len()))?;
                Ok(Self { $($column),+ })
            }
        }
    };
}
pub(crate) use table;

/// Index of a column, found at compile time; a name that is no column does not compile.
pub(crate) const fn column(columns: &[Column], name: &str) -> usize {
    let mut index = 0;
    while index < columns.len() {
        if same(columns[index].name.as_bytes(), name.as_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("no such column")
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// A cell of anything whose display form is canonical: ids, names, integers, civil dates, booleans.
pub(crate) fn text(value: impl Display) -> Option<String> {
    Some(value.to_string())
}

/// A cell of an instant.
pub(crate) fn instant(at: Timestamp) -> Option<String> {
    Some(instant_text(at))
}

/// A cell of an amount; its currency stands in a column of its own.
pub(crate) fn amount(money: Money) -> Option<String> {
    text(money.amount())
}

/// Reads a cell that is never NULL.
pub(crate) fn read<T: FromStr>(table: &Table, column: &str, cell: Option<String>) -> Result<T, StoreFault> {
    let parsed = cell.as_deref().map(str::parse::<T>);
    match parsed {
        Some(Ok(value)) => Ok(value),
        Some(Err(_)) | None => Err(unreadable(table, column, cell.as_deref())),
    }
}

/// Reads a cell that may be NULL.
pub(crate) fn read_nullable<T: FromStr>(
    table: &Table,
    column: &str,
    cell: Option<String>,
) -> Result<Option<T>, StoreFault> {
    match cell {
        None => Ok(None),
        some => read(table, column, some).map(Some),
    }
}

/// Reads an amount of a currency.
pub(crate) fn read_amount(
    table: &Table,
    column: &str,
    cell: Option<String>,
    currency: Currency,
) -> Result<Money, StoreFault> {
    let parsed = cell.as_deref().and_then(|text| Money::parse(text, currency).ok());
    parsed.ok_or_else(|| unreadable(table, column, cell.as_deref()))
}

/// A cell that no fold has written.
pub(crate) fn unreadable(table: &Table, column: &str, cell: Option<&str>) -> StoreFault {
    let found = cell.unwrap_or("NULL");
    damaged(format!("{}.{column} holds `{found}`, which its projection never writes", table.name))
}

/// A row with more or fewer cells than its table has columns.
pub(crate) fn misshapen(table: &Table, cells: usize) -> StoreFault {
    damaged(format!("a row of {} has {cells} cells for {} columns", table.name, table.columns.len()))
}

pub(crate) fn damaged(what: String) -> StoreFault {
    StoreFault::Unusable { what, remedy: "`audit` names every such row, `rebuild` mends them".to_owned() }
}

/// The wire form of an instant: RFC 3339 in the zone of every bill.
pub(crate) fn serialize_instant<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&at.display_with_offset(BILLING_ZONE.to_offset(*at)))
}

/// The same where there may be none.
pub(crate) fn serialize_some_instant<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serialize_instant(at, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_with_the_billing_zones_offset() {
        let at: Timestamp = "2022-10-11T16:00:00Z".parse().expect("an instant");
        let mut json = Vec::new();
        serialize_instant(&at, &mut serde_json::Serializer::new(&mut json)).expect("plain text");
        assert_eq!(String::from_utf8(json).expect("text"), "\"2022-10-12T00:00:00+08:00\"");
    }
}
