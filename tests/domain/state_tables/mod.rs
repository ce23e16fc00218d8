//! Owns `docs/state-tables.md`: what each aggregate answers to each step in each state, written by driving it.
//!
//! Does not own what the answers should be (each aggregate's own tests). A state or step that the tables do not know does
//! not compile; an answer that changed makes the document out of date.

mod account;
mod add_on;
mod application;
mod publication;
mod subscription;
mod table;
mod usage;

use std::fs;
use std::path::PathBuf;

const DOCUMENT: &str = "docs/state-tables.md";
/// Set, it writes the document anew.
const UPDATE: &str = "SUBLEDGER_UPDATE_DOCS";

fn written() -> String {
    let tables = [
        account::written(),
        application::written(),
        application::written_of_features(),
        subscription::written(),
        add_on::written(),
        usage::written(),
        publication::written(),
    ];
    let head = format!(
        "# State by step\n\n\
         Written by a test that drives each aggregate; do not edit. After changing a decision:\n\n\
         ```sh\n{UPDATE}=1 cargo test -p subledger-tests --test domain state_tables\n```\n\n\
         A cell has the events that a step brings about, `–` where it is true already and nothing happens, or ✗ and the \
         refusal's\nname; its code and text stand under the table. A refusal of code `internal` is of a timer that \
         came before its time:\nno order leads there. Steps are one aggregate's; what an order must pass before it is \
         the ladder of U45.\n"
    );
    [vec![head], tables.to_vec()].concat().join("\n")
}

#[test]
fn the_state_tables_are_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(DOCUMENT);
    let expected = written();
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, &expected).expect("the document can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let differs = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    assert!(found == expected, "{DOCUMENT} is out of date ({differs:?}); write it anew with {UPDATE}=1");
}
