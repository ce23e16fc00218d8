//! Owns the oracle's independence: it is written without a line of ours and without a package of anybody's.
//!
//! Does not own what it knows; its own tests do.

use serde_json::{Value, json};

use crate::assert_none;
use crate::rust_text::{scan, words};
use crate::workspace::{Source, packages, sources};

const ORACLE: &str = "subledger-oracle";
const FOLDER: &str = "oracle/src/";

/// A package of ours would bring our mistakes, a package of anybody's its idea of a date or of rounding.
fn dependency_faults(packages: &[Value]) -> Vec<String> {
    let oracle = packages.iter().filter(|package| package["name"] == ORACLE);
    let dependencies = oracle.flat_map(|package| package["dependencies"].as_array().into_iter().flatten());
    dependencies.map(|used| format!("the oracle depends on {}", used["name"])).collect()
}

/// Names of ours, other people's decimals, floats, and the ways in which a file takes in another one's text.
fn source_fault(source: &Source) -> Option<String> {
    let code = scan(&source.text).code;
    let is_foreign = |word: &&str| {
        word.starts_with("subledger_")
            || ["rust_decimal", "jiff", "f32", "f64", "include", "include_str"].contains(word)
            || is_float_literal(word)
    };
    // A float's digits around the point are words of their own; glued, they show.
    let glued = code.replace('.', "_point_");
    let found = words(&code).chain(words(&glued)).find(is_foreign);
    let found = found.or(code.contains("#[path").then_some("#[path"))?;
    Some(format!("{} has `{found}`; the oracle shares nothing and counts in whole numbers", source.name()))
}

fn is_float_literal(word: &str) -> bool {
    let is_number = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    // `pair.0.1` begins with a name, `1.5` with a digit.
    word.split_once("_point_").is_some_and(|(whole, part)| {
        whole.chars().all(|c| c.is_ascii_digit() || c == '_') && is_number(whole) && is_number(part)
    })
}

fn oracle_sources() -> Vec<Source> {
    let found: Vec<Source> = sources(&["tests"]).into_iter().filter(|source| source.path.starts_with(FOLDER)).collect();
    assert!(!found.is_empty(), "the oracle has no sources in {FOLDER}");
    found
}

#[test]
fn the_oracle_depends_on_nothing() {
    let packages = packages();
    assert!(packages.iter().any(|package| package["name"] == ORACLE), "{ORACLE} is gone");
    assert_none(&dependency_faults(&packages));
}

#[test]
fn the_oracle_names_nothing_of_ours_and_no_float() {
    assert_none(&oracle_sources().iter().filter_map(source_fault).collect::<Vec<_>>());
}

#[test]
fn a_dependent_oracle_is_found() {
    for used in ["subledger-domain", "rust_decimal", "serde"] {
        let package = json!({ "name": ORACLE, "dependencies": [{ "name": used, "kind": "dev" }] });
        assert_eq!(dependency_faults(&[package]).len(), 1, "{used} was let through");
    }
    let source = |text: &str| Source { room: "tests".into(), path: "oracle/src/a.rs".into(), text: text.into() };
    for text in [
        "use subledger_domain::money::Money;",
        "let a = rust_decimal::Decimal::ONE;",
        "fn f(a: f64) {}",
        "let a = 0.5;",
        "let a = 1_000.25;",
        "include!(\"a.rs\");",
        "#[path = \"a.rs\"]\nmod a;",
    ] {
        assert!(source_fault(&source(text)).is_some(), "`{text}` was let through");
    }
    let good =
        "//! Not subledger_domain, not 1.5.\nlet (a, b) = (pair.0.1, one.0); let c = 1..=2; let d = list[0].len();";
    assert_eq!(source_fault(&source(good)), None);
}
