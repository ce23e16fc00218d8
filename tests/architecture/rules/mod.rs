//! Owns the map from each rule to the tests that show it, `docs/rules.md`: it is written from the tests' names and the
//! price lists' worked examples, and no rule may be without one.
//!
//! Does not own whether a test shows what its name says. The oracle's own tests are left out: they show the oracle.

mod names;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use crate::assert_none;
use crate::workspace::{Source, read, root, sources};
use names::{ids_of_case, ids_of_name, tests_of};
use table::{GOLDEN, HOUSE, Rule, SERVICE, Shown};

const MAP: &str = "docs/rules.md";
/// Set, it writes the map anew.
const UPDATE: &str = "SUBLEDGER_UPDATE_DOCS";

/// What shows a rule: the place, and the name of the test or case in it.
type Shows = BTreeSet<(String, String)>;

/// Everything that names a rule, by the number it names; `C1` stands for all of C1.
fn shows() -> BTreeMap<String, Shows> {
    let mut found: BTreeMap<String, Shows> = BTreeMap::new();
    for source in sources(&["domain", "projections", "api", "eventlog", "tests"]) {
        if source.path.starts_with("oracle/") {
            continue;
        }
        for name in tests_of(&source.text) {
            for id in ids_of_name(&name) {
                found.entry(id).or_default().insert((path_of(&source), name.clone()));
            }
        }
    }
    let lists = fs::read_dir(root().join("domain/price_lists")).expect("the lists ship with the domain");
    for list in lists {
        let name = list.expect("a folder that opened lists its entries").file_name().to_string_lossy().into_owned();
        let path = format!("domain/price_lists/{name}");
        let text = read(&path);
        let cases = text.lines().filter_map(|line| line.split_once("{ case = \"")?.1.split_once('"'));
        for (case, _) in cases {
            for id in ids_of_case(case) {
                found.entry(id).or_default().insert((path.clone(), format!("\"{case}\"")));
            }
        }
    }
    found
}

fn path_of(source: &Source) -> String {
    let folder = if source.room == "tests" { "tests" } else { &format!("{}/src", source.room) };
    format!("{folder}/{}", source.path)
}

/// What shows one rule; of a golden case also what shows its whole family.
fn of_rule(rule: &Rule, shows: &BTreeMap<String, Shows>) -> Shows {
    let family = rule.id.split_once('.').map(|(family, _)| family);
    let ids = [Some(rule.id), family];
    ids.into_iter().flatten().filter_map(|id| shows.get(id)).flatten().cloned().collect()
}

/// What is wrong with how a rule is shown.
fn fault(rule: &Rule, shown: &Shows) -> Option<String> {
    match rule.shown {
        Shown::ByTest | Shown::InDomain | Shown::OverHttp if shown.is_empty() => {
            Some(format!("{} has no test: {}", rule.id, rule.says))
        }
        Shown::InDomain if !is_in_domain(shown) => {
            Some(format!("{} has no test of the domain: {}", rule.id, rule.says))
        }
        Shown::OverHttp if !is_over_http(shown) => Some(format!("{} has no test over HTTP: {}", rule.id, rule.says)),
        Shown::Not(why) if !shown.is_empty() => {
            Some(format!("{} has a test, so it is no exception any more ({why})", rule.id))
        }
        Shown::ByTest | Shown::InDomain | Shown::OverHttp | Shown::Soon(_) | Shown::Not(_) => None,
    }
}

fn is_in_domain(shown: &Shows) -> bool {
    shown.iter().any(|(place, _)| place.starts_with("tests/domain/") || place.starts_with("domain/src/"))
}

fn is_over_http(shown: &Shows) -> bool {
    shown.iter().any(|(place, _)| place.starts_with("tests/ledger/wire/"))
}

/// Numbers that tests name and no rule has. The golden cases of a family have holes on purpose.
fn unknown(shows: &BTreeMap<String, Shows>) -> Vec<String> {
    let family = |id: &str| id.split_once('.').map_or(id.to_owned(), |(family, _)| family.to_owned());
    let known = |id: &str| every_rule().any(|rule| family(rule.id) == family(id));
    let unknown = shows.iter().filter(|(id, _)| !known(id));
    unknown.map(|(id, shown)| format!("no rule is {id}, which {shown:?} names")).collect()
}

fn every_rule() -> impl Iterator<Item = &'static Rule> {
    SERVICE.iter().chain(&HOUSE).chain(&GOLDEN)
}

fn map(shows: &BTreeMap<String, Shows>) -> String {
    let mut text = format!(
        "# Rules and the tests that show them\n\n\
         Written by a test from the names of tests; do not edit. After adding or renaming one:\n\n\
         ```sh\n{UPDATE}=1 cargo test -p subledger-tests --test architecture rules\n```\n\n\
         A test whose name begins with a rule's number shows that rule; a worked example in a price list shows the case \
         it is called\nafter. The oracle's own tests are left out: they show the oracle.\n"
    );
    for (title, rules) in [
        ("The service's rules", &SERVICE[..]),
        ("The house's rules, where the documents are silent", &HOUSE[..]),
        ("Golden cases", &GOLDEN[..]),
    ] {
        write!(text, "\n## {title}\n\n").expect("text takes text");
        for rule in rules {
            let shown = of_rule(rule, shows);
            writeln!(text, "- **{}** {}{}", rule.id, rule.says, exception(rule, &shown)).expect("text takes text");
            let mut by_place: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (place, name) in shown {
                by_place.entry(place).or_default().push(name);
            }
            for (place, names) in by_place {
                writeln!(text, "  - `{place}`: {}", names.join(", ")).expect("text takes text");
            }
        }
    }
    text
}

fn exception(rule: &Rule, shown: &Shows) -> String {
    match rule.shown {
        Shown::Soon(why) if shown.is_empty() => format!(" *Not yet: {why}.*"),
        Shown::Not(why) => format!(" *No test: {why}.*"),
        Shown::ByTest | Shown::InDomain | Shown::OverHttp | Shown::Soon(_) => String::new(),
    }
}

#[test]
fn every_rule_has_a_test() {
    let shows = shows();
    let faults = every_rule().filter_map(|rule| fault(rule, &of_rule(rule, &shows)));
    assert_none(&faults.chain(unknown(&shows)).collect::<Vec<_>>());
}

#[test]
fn the_map_of_rules_is_up_to_date() {
    let expected = map(&shows());
    if std::env::var_os(UPDATE).is_some() {
        fs::write(root().join(MAP), &expected).expect("the map can be written");
    }
    let found = fs::read_to_string(root().join(MAP)).unwrap_or_default();
    let differs = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    assert!(found == expected, "{MAP} is out of date ({differs:?}); write it anew with {UPDATE}=1");
}

#[test]
fn every_number_is_in_the_table_once() {
    let mut ids = BTreeSet::new();
    for rule in every_rule() {
        assert!(ids.insert(rule.id), "{} is there twice", rule.id);
    }
    for n in 1..=19 {
        assert!(ids.contains(format!("S{n}").as_str()), "S{n} is gone");
    }
    for n in 1..=48 {
        assert!(ids.contains(format!("U{n}").as_str()), "U{n} is gone");
    }
}

#[test]
fn a_rule_without_a_test_and_a_stale_exception_are_found() {
    let rule = |shown| Rule { id: "C9.1", says: "it stops", shown };
    let some = Shows::from([("a.rs".to_owned(), "c9_1_it_stops".to_owned())]);
    assert!(fault(&rule(Shown::ByTest), &Shows::new()).is_some());
    assert!(fault(&rule(Shown::OverHttp), &Shows::new()).is_some());
    for shown in [Shown::InDomain, Shown::OverHttp] {
        assert!(fault(&rule(shown), &some).is_some(), "somewhere is neither the domain nor HTTP");
    }
    assert!(fault(&rule(Shown::Not("not ours")), &some).is_some());
    assert_eq!(fault(&rule(Shown::Soon("later")), &Shows::new()), None);
    assert_eq!(fault(&rule(Shown::ByTest), &some), None);
    let family = BTreeMap::from([("C9".to_owned(), some.clone())]);
    assert_eq!(of_rule(&rule(Shown::ByTest), &family), some);
    assert_eq!(unknown(&BTreeMap::from([("U99".to_owned(), some)])).len(), 1);
}
