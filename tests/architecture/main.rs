//! Owns the rules about the code itself: which room may use which, what a source file may hold, and that the documents
//! agree with each other and with the code, and that every rule has a test.
//!
//! Does not own the behaviour of the ledger. Each rule is a function over data with two kinds of test: one on the
//! workspace as it is, and one on a small violation, so that no rule can pass by never looking.

mod codes;
mod documents;
mod hash_chain;
mod modules;
mod oracle;
mod rooms;
mod rules;
mod rust_text;
mod sources;
mod workspace;

/// Fails with all violations at once, one a line.
#[track_caller]
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "{} violation(s):\n{}", violations.len(), violations.join("\n"));
}
