//! Owns what is wrong with a price list: file, line, rule.
//!
//! Does not own the rules (`check`).

use std::fmt;
use std::ops::Range;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message} ({rule})")]
pub struct Fault {
    /// The file's name, as it was given.
    pub file: String,
    /// Line in it, from 1.
    pub line: usize,
    /// The rule's stable name; `docs/price-lists.md` lists them.
    pub rule: &'static str,
    /// What is wrong, for people.
    pub message: String,
}

impl Fault {
    pub(super) fn without_lists() -> Self {
        let message = "there is no price list, so nothing could be sold".to_owned();
        Self { file: "price_lists".to_owned(), line: 1, rule: "no_lists", message }
    }
}

/// Why a catalogue cannot be used: everything that is wrong, not just the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogFault {
    /// Never empty.
    pub faults: Vec<Fault>,
}

impl std::error::Error for CatalogFault {}

/// One fault a line.
impl fmt::Display for CatalogFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

/// Collects what is wrong with one file.
pub(super) struct Faults<'a> {
    pub(super) file: &'a str,
    text: &'a str,
    pub(super) found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start).unwrap_or(self.text.as_bytes());
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }

    pub(super) fn add(&mut self, span: Range<usize>, rule: &'static str, message: impl Into<String>) {
        let line = self.line(&span);
        self.found.push(Fault { file: self.file.to_owned(), line, rule, message: message.into() });
    }

    /// In the order of the file, as a reader would meet them.
    pub(super) fn into_fault(mut self) -> CatalogFault {
        self.found.sort_by_key(|fault| fault.line);
        CatalogFault { faults: self.found }
    }
}
