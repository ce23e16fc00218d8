//! Owns the rule that the codes in the code are those of the list that clients are written against, both ways; and that
//! the list is the contract's, where the contract lies beside the workspace.
//!
//! Does not own reaching them (`ledger/wire/refusal_codes`).

use std::collections::BTreeSet;

use subledger_tests::codes;

use crate::assert_none;
use crate::rust_text::scan;
use crate::workspace::root;

fn is_code(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// The literals that stand where a code stands: behind one of these, as rustfmt writes them.
fn literals_behind(text: &str, places: &[&str]) -> BTreeSet<String> {
    let scanned = scan(text);
    // The scan leaves each literal's quotes in the code, in the order of their insides.
    let opened = scanned.code.match_indices("\"\"").zip(&scanned.strings);
    let stands_behind = |at: usize| {
        let before = scanned.code[..at].trim_end();
        places.iter().any(|place| before.ends_with(place))
    };
    opened.filter(|((at, _), _)| stands_behind(*at)).map(|(_, inside)| inside.clone()).collect()
}

/// Every literal of the domain's table of refusals: whatever variant is added has to name its code there.
fn of_refusals(text: &str) -> BTreeSet<String> {
    scan(text).strings.into_iter().filter(|literal| is_code(literal)).collect()
}

fn source(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|fault| panic!("{path}: {fault}"))
}

fn in_the_code() -> BTreeSet<String> {
    let mut found = of_refusals(&source("domain/src/decide/refusal.rs"));
    let not_sold = source("domain/src/catalog/add_on.rs");
    let code_of_not_sold = not_sold.split_once("impl NotSold {").expect("why an add-on is not sold has codes").1;
    found.extend(literals_behind(code_of_not_sold, &["=>"]));
    for entry in std::fs::read_dir(root().join("api/src/http")).expect("the routes are there") {
        let path = entry.expect("a folder that opened lists its entries").path();
        if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_name().is_some_and(|name| name != "tests.rs")
        {
            let text = std::fs::read_to_string(&path).expect("a source can be read");
            found.extend(literals_behind(&text, &["Problem::refused(", "Self::refused("]));
        }
    }
    let problem = source("api/src/http/problem.rs");
    let (_, of_problem) = problem.split_once("impl Problem {").expect("problems are made there");
    let statuses = scan(of_problem).code;
    let statuses: BTreeSet<&str> =
        statuses.split("StatusCode::").skip(1).filter_map(|rest| rest.split([',', ' ', ')']).next()).collect();
    let behind: Vec<String> = statuses.iter().map(|status| format!("Self::new(StatusCode::{status},")).collect();
    let mut places: Vec<&str> = behind.iter().map(String::as_str).collect();
    places.push("=> (");
    found.extend(literals_behind(of_problem, &places));
    found
}

/// What one side has and the other has not.
fn differences(in_the_code: &BTreeSet<String>, listed: &BTreeSet<&str>) -> Vec<String> {
    let unlisted = in_the_code.iter().filter(|code| !listed.contains(code.as_str()));
    let unlisted = unlisted.map(|code| format!("`{code}` is in the code and not in tests/golden/refusal_codes.txt"));
    let unused = listed.iter().filter(|code| !in_the_code.contains(**code));
    unlisted.chain(unused.map(|code| format!("`{code}` is listed and nothing in the code says it"))).collect()
}

#[test]
fn the_codes_in_the_code_are_the_listed_ones() {
    assert_none(&differences(&in_the_code(), &codes::all()));
}

#[test]
fn a_code_on_one_side_only_is_found() {
    let found = of_refusals(r#"match self { Self::A => (Refused, "new_code"), Self::B => (NotFound, "not_found") }"#);
    let told = differences(&found, &BTreeSet::from(["not_found", "gone"]));
    assert_eq!(told.len(), 2, "{told:?}");
    let made = literals_behind(
        r#"x(); Self::new(StatusCode::GONE, "gone_for_good", "a detail")"#,
        &["Self::new(StatusCode::GONE,"],
    );
    assert_eq!(made, BTreeSet::from(["gone_for_good".to_owned()]));
    assert_eq!(
        literals_behind(r#"Problem::refused("a_code", "why")"#, &["Problem::refused("]),
        BTreeSet::from(["a_code".to_owned()])
    );
}

/// What stands in backticks in a paragraph and has the form of a code.
fn quoted(paragraph: &str) -> BTreeSet<&str> {
    paragraph.split('`').skip(1).step_by(2).flat_map(|span| span.split(' ')).filter(|word| is_code(word)).collect()
}

/// The contract does not travel with the sources; where it is, the list is its list.
#[test]
fn the_list_is_the_contracts() {
    let beside = root().parent().map(|parent| parent.join("shared/api.md")).filter(|path| path.exists());
    let Some(path) = beside else { return };
    let contract = std::fs::read_to_string(path).expect("it can be read");
    let paragraph = |begins: &str| {
        contract
            .lines()
            .find(|line| line.starts_with(begins))
            .unwrap_or_else(|| panic!("no `{begins}` in the contract"))
    };
    let refusals = quoted(paragraph("Refusal codes"));
    assert_eq!(refusals, codes::of("refusals"));
    let mut errors = quoted(paragraph("- Errors:"));
    errors.remove("errors");
    let everywhere = quoted(&contract);
    let listed = codes::of("errors");
    assert!(errors.is_subset(&listed), "{:?}", errors.difference(&listed).collect::<Vec<_>>());
    assert!(listed.is_subset(&everywhere), "{:?}", listed.difference(&everywhere).collect::<Vec<_>>());
}
