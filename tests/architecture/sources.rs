//! Owns what a source file may hold: its opening words, its length, its name, and what is banned in which room.
//!
//! Does not own formatting and lints (`cargo fmt`, clippy, `domain/clippy.toml`).

use crate::assert_none;
use crate::rust_text::{scan, without_tests, words};
use crate::workspace::{Source, packages, read, root, sources};

/// A rule: what is wrong with a file, if anything is.
type Rule = fn(&Source) -> Option<String>;

const ROOMS: [&str; 5] = ["domain", "eventlog", "projections", "api", "tests"];

/// Past this a file holds a second room; its test items do not count.
const LINES_MAX: usize = 600;

/// They say where a thing was put, not what it is.
const NAMES_OF_NOTHING: [&str; 8] = ["util", "utils", "common", "helper", "helpers", "manager", "managers", "misc"];

/// How a statement in SQL begins.
const SQL_OPENINGS: [&str; 10] = [
    "SELECT ",
    "INSERT INTO ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "CREATE VIEW ",
    "ALTER TABLE ",
    "DROP TABLE ",
    "WITH ",
];

fn opening_fault(source: &Source) -> Option<String> {
    (!source.text.starts_with("//! ")).then(|| format!("{} does not open with what it owns (`//! `)", source.name()))
}

fn length_fault(source: &Source) -> Option<String> {
    let lines = if source.is_test() { 0 } else { without_tests(&scan(&source.text).code).lines().count() };
    (lines > LINES_MAX).then(|| format!("{} has {lines} lines without its tests, more than {LINES_MAX}", source.name()))
}

fn name_fault(source: &Source) -> Option<String> {
    let code = scan(&source.text).code;
    let path = source.path.strip_suffix(".rs").unwrap_or(&source.path);
    let inline = words(&code).zip(words(&code).skip(1)).filter(|(word, _)| *word == "mod").map(|(_, name)| name);
    let empty = path.split('/').chain(inline).find(|name| NAMES_OF_NOTHING.contains(name))?;
    Some(format!("{}: `{empty}` names no thing of the field", source.name()))
}

fn float_fault(source: &Source) -> Option<String> {
    let code = scan(&source.text).code;
    let float = words(&code).find(|word| matches!(*word, "f32" | "f64"))?;
    Some(format!("{} uses {float}; amounts and shares are exact", source.name()))
}

/// Every amount of every line is in an event: a projection that multiplies has begun to price.
fn multiplication_fault(source: &Source) -> Option<String> {
    if source.is_test() {
        return None;
    }
    // In formatted code a binary operator has a space on both sides, and nothing else with an asterisk has.
    let code = without_tests(&scan(&source.text).code);
    let marks = [".times(", "checked_mul(", "saturating_mul(", "wrapping_mul(", " * ", " *= "];
    let found = marks.into_iter().find(|mark| code.contains(mark))?;
    Some(format!("{} multiplies (`{}`); amounts come from events", source.name(), found.trim()))
}

fn sql_fault(source: &Source) -> Option<String> {
    let scanned = scan(&source.text);
    let statement = scanned.strings.iter().find(|text| {
        let text = text.trim_start();
        SQL_OPENINGS.iter().any(|opening| text.starts_with(opening))
    })?;
    let opening: String = statement.trim_start().chars().take(40).collect();
    Some(format!("{} holds SQL (`{opening}…`); only the log talks to a store", source.name()))
}

/// Whether a manifest takes the workspace's lints.
fn takes_workspace_lints(manifest: &str) -> bool {
    let section = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    section.take_while(|line| !line.starts_with('[')).any(|line| line == "workspace = true")
}

fn faults(rooms: &[&str], rule: Rule) -> Vec<String> {
    sources(rooms).iter().filter_map(rule).collect()
}

#[test]
fn every_file_opens_with_what_it_owns() {
    assert_none(&faults(&ROOMS, opening_fault));
}

#[test]
fn no_file_is_longer_than_a_room() {
    assert_none(&faults(&ROOMS, length_fault));
}

#[test]
fn every_module_is_named_after_a_thing_of_the_field() {
    assert_none(&faults(&ROOMS, name_fault));
}

#[test]
fn no_amount_passes_through_a_float() {
    assert_none(&faults(&["domain", "projections"], float_fault));
}

#[test]
fn projections_never_multiply() {
    assert_none(&faults(&["projections"], multiplication_fault));
}

#[test]
fn only_the_log_holds_sql() {
    assert_none(&faults(&["domain", "projections", "api"], sql_fault));
}

#[test]
fn every_room_takes_the_workspaces_lints() {
    let refused =
        |manifest: &str| (!takes_workspace_lints(&read(manifest))).then(|| format!("{manifest} has its own lints"));
    let manifests = packages().into_iter().map(|package| {
        let path = package["manifest_path"].as_str().expect("cargo metadata gives a manifest's path").to_owned();
        path.strip_prefix(&format!("{}/", root().display())).expect("rooms lie in the workspace").to_owned()
    });
    assert_none(&manifests.filter_map(|manifest| refused(&manifest)).collect::<Vec<_>>());
}

#[test]
fn each_rule_about_sources_finds_a_violation() {
    let source = |path: &str, text: &str| Source { room: "projections".into(), path: path.into(), text: text.into() };
    let long = "fn f() {}\n".repeat(LINES_MAX + 1);
    let violations: [(&str, Rule, Source); 11] = [
        ("opening", opening_fault, source("a.rs", "use b;\n//! Owns a.")),
        ("length", length_fault, source("a.rs", &long)),
        ("name of a file", name_fault, source("utils.rs", "")),
        ("name of a folder", name_fault, source("common/money.rs", "")),
        ("name inside a file", name_fault, source("a.rs", "mod helper { }")),
        ("float", float_fault, source("a.rs", "fn f(a: f64) {}")),
        ("times", multiplication_fault, source("a.rs", "let a = price.times(3)?;")),
        ("product", multiplication_fault, source("a.rs", "let a = price * count;")),
        ("product in place", multiplication_fault, source("a.rs", "a *= count;")),
        ("SQL", sql_fault, source("a.rs", "let q = \"SELECT 1\";")),
        ("SQL over lines", sql_fault, source("a.rs", "let q = r#\"\n  UPDATE a SET b = 1\"#;")),
    ];
    for (rule, fault, source) in violations {
        assert!(fault(&source).is_some(), "the rule on {rule} found nothing");
    }
}

#[test]
fn the_rules_about_sources_let_good_code_pass() {
    let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "fn f() {}\n".repeat(LINES_MAX));
    let text = format!(
        "//! Owns lines: f64, SELECT 1, a * b.\nuse super::*;\nfn f(a: &u64) -> u64 {{ *a }}\nconst A: &str = \"choose * one\";\n{tests}"
    );
    let source = Source { room: "projections".into(), path: "invoices/fold.rs".into(), text };
    for fault in [opening_fault, length_fault, name_fault, float_fault, multiplication_fault, sql_fault] {
        assert_eq!(fault(&source), None);
    }
}

#[test]
fn a_room_with_its_own_lints_is_found() {
    assert!(takes_workspace_lints("[package]\n\n[lints]\nworkspace = true\n\n[dependencies]"));
    assert!(!takes_workspace_lints("[package]\nworkspace = true\n[lints.rust]\nunsafe_code = \"allow\""));
    assert!(!takes_workspace_lints("[lints]\n[dependencies]\nworkspace = true"));
}
