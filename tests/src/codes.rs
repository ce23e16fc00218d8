//! Owns the list of codes that clients are written against, as the golden file has it.
//!
//! Does not own what a code means (`domain`, `api`).

use std::collections::BTreeSet;

const LIST: &str = include_str!("../golden/refusal_codes.txt");

/// The codes of a section: `refusals`, `errors` or `statuses`.
///
/// # Panics
/// When there is no such section.
pub fn of(section: &str) -> BTreeSet<&'static str> {
    let begins = format!("[{section}]");
    let lines = LIST.lines().skip_while(|line| **line != begins).skip(1);
    let codes: BTreeSet<_> = lines
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    assert!(!codes.is_empty(), "no codes under {begins}");
    codes
}

/// Every code there is.
pub fn all() -> BTreeSet<&'static str> {
    ["refusals", "errors", "statuses"].into_iter().flat_map(of).collect()
}
