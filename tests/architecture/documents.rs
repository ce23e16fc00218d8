//! Owns what the documents promise each other: both READMEs show the same commands, and the commands exist.
//!
//! Does not own whether the commands work; what a change must pass runs them.

use std::fs;

use crate::assert_none;
use crate::workspace::{read, root};

/// The fenced blocks of a Markdown text, each with its language in the first line.
pub(crate) fn fenced_blocks(markdown: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in markdown.lines() {
        match (line.starts_with("```"), open.take()) {
            (true, None) => open = Some(format!("{}\n", &line[3..])),
            (true, Some(block)) => blocks.push(block),
            (false, Some(block)) => open = Some(format!("{block}{line}\n")),
            (false, None) => {}
        }
    }
    blocks.extend(open.map(|block| format!("{block}(never closed)\n")));
    blocks
}

fn differences(one: &str, other: &str) -> Vec<String> {
    let (one, other) = (fenced_blocks(one), fenced_blocks(other));
    let mut found = Vec::new();
    if one.len() != other.len() {
        found.push(format!("{} code blocks against {}", one.len(), other.len()));
    }
    found.extend(one.iter().zip(&other).filter(|(a, b)| a != b).map(|(a, b)| format!("{a}differs from\n{b}")));
    found
}

/// A decision record must say these four things.
fn record_faults(name: &str, text: &str) -> Vec<String> {
    let sections = ["## Context", "## Options", "## Decision", "## Consequences"];
    let missing = sections.iter().filter(|section| !text.lines().any(|line| line == **section));
    missing.map(|section| format!("{name} has no `{section}`")).collect()
}

#[test]
fn both_readmes_show_the_same_commands() {
    assert_none(&differences(&read("README.md"), &read("README.zh-CN.md")));
}

#[test]
fn the_readme_shows_the_two_commands() {
    let shown = fenced_blocks(&read("README.md")).concat();
    for command in ["cargo run --release -- demo", "scripts/test"] {
        assert!(shown.lines().any(|line| line == command), "README.md does not show `{command}`");
    }
    assert!(root().join("scripts/test").is_file(), "scripts/test is gone");
}

#[test]
fn every_decision_record_is_complete_and_listed() {
    let index = read("docs/adr/README.md");
    let mut faults = Vec::new();
    for entry in fs::read_dir(root().join("docs/adr")).expect("decisions are recorded in docs/adr") {
        let name = entry.expect("a folder that opened lists its entries").file_name().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        faults.extend(record_faults(&name, &read(&format!("docs/adr/{name}"))));
        if !index.contains(&format!("]({name})")) {
            faults.push(format!("docs/adr/README.md does not list {name}"));
        }
    }
    assert_none(&faults);
}

#[test]
fn a_command_changed_in_one_language_is_found() {
    let one = "a\n```sh\nx\n```\nb\n```\ny\n```\n";
    assert_none(&differences(one, "甲\n```sh\nx\n```\n```\ny\n```\n"));
    for other in
        ["```sh\nx\n```\n", "```sh\nx \n```\n```\ny\n```\n", "```\nx\n```\n```\ny\n```\n", "```sh\nx\n```\n```\ny\n"]
    {
        assert!(!differences(one, other).is_empty(), "{other} was taken for the same");
    }
}

#[test]
fn a_decision_record_without_its_consequences_is_found() {
    assert_eq!(record_faults("a", "## Context\n## Options\n## Decision\n"), ["a has no `## Consequences`"]);
}
