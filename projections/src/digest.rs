//! Owns the digest of a table's content: SHA-256 over its rows in key order, each cell behind its length.
//!
//! Does not own where the rows come from: a digest is over text forms, so it does not depend on the store.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use subledger_eventlog::record::Hash;
use subledger_eventlog::rows::Row;

use subledger_eventlog::memory_tables::Key;

/// Stands where a cell's length would, so that NULL is not the empty text. No cell is 4 GiB long.
const NULL: [u8; 4] = u32::MAX.to_be_bytes();

/// The digest of rows in the order of their keys. Every row of a table has the same number of cells, so lengths alone
/// tell where one ends.
pub fn of_rows(rows: &BTreeMap<Key, Row>) -> Hash {
    let mut hasher = Sha256::new();
    for cell in rows.values().flatten() {
        match cell {
            None => hasher.update(NULL),
            Some(text) => {
                hasher.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
                hasher.update(text.as_bytes());
            }
        }
    }
    Hash(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(rows: &[&[Option<&str>]]) -> Hash {
        let row = |cells: &&[Option<&str>]| -> Row { cells.iter().map(|cell| cell.map(str::to_owned)).collect() };
        of_rows(&rows.iter().enumerate().map(|(place, cells)| (vec![place.to_string()], row(cells))).collect())
    }

    #[test]
    fn null_is_not_the_empty_text() {
        assert_ne!(digest(&[&[None]]), digest(&[&[Some("")]]));
    }

    #[test]
    fn a_cell_cannot_flow_into_its_neighbour() {
        assert_ne!(digest(&[&[Some("ab"), Some("c")]]), digest(&[&[Some("a"), Some("bc")]]));
        assert_ne!(digest(&[&[Some("1.00")]]), digest(&[&[Some("1.0")]]));
    }

    #[test]
    fn the_layout_is_length_then_text() {
        let expected = Sha256::digest(b"\x00\x00\x00\x02ab\xff\xff\xff\xff\x00\x00\x00\x00");
        assert_eq!(digest(&[&[Some("ab"), None, Some("")]]), Hash(expected.into()));
    }
}
