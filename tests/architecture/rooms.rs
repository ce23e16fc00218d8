//! Owns the arrows between rooms: which package may depend on which, ours and others'.
//!
//! Does not own the arrows inside the domain (`modules`).

use serde_json::{Value, json};

use crate::assert_none;
use crate::rust_text::{first_names, scan, without_tests};
use crate::workspace::{Source, packages, sources};

/// A room and what it may use. A room that is not in the table fails the test: it has no place yet.
struct Room {
    package: &'static str,
    may_use: &'static [&'static str],
    outside: Outside,
}

/// Which of other people's packages a room may depend on.
enum Outside {
    /// These in its code; for its tests any that are not among the second.
    Only { code: &'static [&'static str], never: &'static [&'static str] },
    /// Any but these.
    AllBut(&'static [&'static str]),
}

const ROOMS: [Room; 8] = [
    Room {
        package: "subledger-domain",
        may_use: &[],
        outside: Outside::Only {
            code: &["cqrs-es", "jiff", "rust_decimal", "serde", "serde_json", "sha2", "thiserror", "toml", "uuid"],
            never: &[
                "axum",
                "clap",
                "hyper",
                "postgres-es",
                "reqwest",
                "rusqlite",
                "sqlx",
                "tempfile",
                "tokio",
                "tracing",
            ],
        },
    },
    Room {
        package: "subledger-eventlog",
        may_use: &["subledger-domain"],
        outside: Outside::AllBut(&["axum", "clap", "hyper", "postgres-es", "reqwest", "tower-http"]),
    },
    Room {
        package: "subledger-projections",
        may_use: &["subledger-domain", "subledger-eventlog"],
        outside: Outside::AllBut(&[
            "axum",
            "clap",
            "hyper",
            "postgres-es",
            "reqwest",
            "rusqlite",
            "sqlx",
            "tower-http",
        ]),
    },
    Room {
        package: "subledger-api",
        may_use: &["subledger-domain", "subledger-eventlog", "subledger-projections"],
        // A second HTTP client or a store's driver here would be a second way to the same place.
        outside: Outside::AllBut(&["postgres-es", "reqwest", "rusqlite", "sqlx"]),
    },
    Room {
        package: "subledger-tests",
        may_use: &[
            "subledger-domain",
            "subledger-eventlog",
            "subledger-projections",
            "subledger-api",
            "subledger-memory",
            "subledger-simulation",
        ],
        outside: Outside::AllBut(&["reqwest"]),
    },
    // Behind the trait of the real stores, without a driver of either; nothing that is released holds it.
    Room {
        package: "subledger-memory",
        may_use: &["subledger-eventlog"],
        outside: Outside::Only { code: &["async-trait", "tokio"], never: &[] },
    },
    // The one place that sees both the ledger and the oracle.
    Room {
        package: "subledger-simulation",
        may_use: &[
            "subledger-domain",
            "subledger-eventlog",
            "subledger-projections",
            "subledger-memory",
            "subledger-oracle",
        ],
        outside: Outside::Only { code: &["cqrs-es", "futures", "jiff", "rust_decimal", "uuid"], never: &["tokio"] },
    },
    // Nothing, not even for its tests: see `oracle`.
    Room { package: "subledger-oracle", may_use: &[], outside: Outside::Only { code: &[], never: &[] } },
];

/// Features of others' packages that would let chance or the host's time zone into the domain.
const DOMAIN_BANNED_FEATURES: [(&str, &[&str]); 2] =
    [("uuid", &["v1", "v4", "v6", "v7", "fast-rng"]), ("jiff", &["tz-system", "tzdb-zoneinfo", "default"])];

/// What a room that is served from may use in its tests only.
const FOR_TESTS: [(&str, &str); 1] = [("subledger-projections", "subledger-memory")];

/// What the log may know of the domain: the seam through which it gets facts, and the ids in it.
const EVENTLOG_SEES_OF_DOMAIN: [&str; 2] = ["envelope", "ids"];

fn arrow_violations(packages: &[Value]) -> Vec<String> {
    let mut violations = Vec::new();
    for package in packages {
        let name = text(package, "name");
        let Some(room) = ROOMS.iter().find(|room| room.package == name) else {
            violations.push(format!("{name} is a room without a place in the table"));
            continue;
        };
        for dependency in package["dependencies"].as_array().expect("every package lists its dependencies") {
            let used = text(dependency, "name");
            let is_for_tests = dependency["kind"] == "dev";
            let allowed = if ROOMS.iter().any(|other| other.package == used) {
                room.may_use.contains(&used) || (is_for_tests && FOR_TESTS.contains(&(name, used)))
            } else {
                outside_allowed(&room.outside, used, is_for_tests)
            };
            if !allowed {
                violations.push(format!("{name} may not depend on {used}"));
            }
        }
    }
    violations
}

fn outside_allowed(outside: &Outside, used: &str, is_for_tests: bool) -> bool {
    match outside {
        Outside::Only { code, never } => code.contains(&used) || (is_for_tests && !never.contains(&used)),
        Outside::AllBut(never) => !never.contains(&used),
    }
}

fn feature_violations(packages: &[Value]) -> Vec<String> {
    let domain = packages.iter().filter(|package| package["name"] == "subledger-domain");
    let dependencies = domain.flat_map(|package| package["dependencies"].as_array().into_iter().flatten());
    let mut violations = Vec::new();
    for dependency in dependencies {
        let name = text(dependency, "name");
        let Some((_, banned)) = DOMAIN_BANNED_FEATURES.iter().find(|(package, _)| *package == name) else { continue };
        if dependency["uses_default_features"] != json!(false) {
            violations.push(format!("domain takes the default features of {name}"));
        }
        let features = dependency["features"].as_array().into_iter().flatten().filter_map(Value::as_str);
        violations.extend(
            features.filter(|f| banned.contains(f)).map(|feature| format!("domain takes feature {feature} of {name}")),
        );
    }
    violations
}

fn seam_violations(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        let code = without_tests(&scan(&source.text).code);
        for name in first_names(&code, "subledger_domain::") {
            if !EVENTLOG_SEES_OF_DOMAIN.contains(&name.as_str()) {
                violations.push(format!(
                    "{} uses the domain's {name}; the log does not know what an event means",
                    source.name()
                ));
            }
        }
    }
    violations
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("cargo metadata has no text `{key}` here: {value}"))
}

#[test]
fn rooms_use_only_what_the_table_allows() {
    assert_none(&arrow_violations(&packages()));
}

#[test]
fn every_room_of_the_table_exists() {
    let found = packages();
    for room in &ROOMS {
        assert!(found.iter().any(|package| package["name"] == room.package), "{} is gone", room.package);
    }
}

#[test]
fn the_domain_takes_no_chance_and_no_host_time_zone() {
    assert_none(&feature_violations(&packages()));
}

#[test]
fn the_log_knows_only_the_envelope_of_a_fact() {
    assert_none(&seam_violations(&sources(&["eventlog"])));
}

#[test]
fn a_forbidden_arrow_is_found() {
    let package =
        |name: &str, uses: &str, kind: Value| json!({ "name": name, "dependencies": [{ "name": uses, "kind": kind }] });
    for (from, to, kind) in [
        ("subledger-domain", "subledger-eventlog", Value::Null),
        ("subledger-domain", "subledger-eventlog", json!("dev")),
        ("subledger-domain", "tokio", json!("dev")),
        ("subledger-domain", "rand", Value::Null),
        ("subledger-eventlog", "subledger-projections", Value::Null),
        ("subledger-eventlog", "axum", Value::Null),
        ("subledger-projections", "sqlx", Value::Null),
        ("subledger-projections", "subledger-api", Value::Null),
        ("subledger-projections", "subledger-memory", Value::Null),
        ("subledger-api", "subledger-memory", json!("dev")),
        ("subledger-api", "postgres-es", Value::Null),
        ("subledger-api", "subledger-tests", json!("dev")),
        ("subledger-console", "serde", Value::Null),
    ] {
        assert_eq!(arrow_violations(&[package(from, to, kind)]).len(), 1, "{from} → {to} was let through");
    }
    for (from, to) in [
        ("subledger-domain", "proptest"),
        ("subledger-projections", "subledger-memory"),
        ("subledger-tests", "postgres-es"),
    ] {
        assert_none(&arrow_violations(&[package(from, to, json!("dev"))]));
    }
}

#[test]
fn a_random_id_in_the_domain_is_found() {
    let dependency = json!({ "name": "uuid", "features": ["std", "v4"], "uses_default_features": false });
    let package = json!({ "name": "subledger-domain", "dependencies": [dependency] });
    assert_eq!(feature_violations(&[package]), ["domain takes feature v4 of uuid"]);
    let dependency = json!({ "name": "jiff", "features": [], "uses_default_features": true });
    let package = json!({ "name": "subledger-domain", "dependencies": [dependency] });
    assert_eq!(feature_violations(&[package]), ["domain takes the default features of jiff"]);
}

#[test]
fn a_log_that_looks_into_an_event_is_found() {
    let source = |text: &str| Source { room: "eventlog".into(), path: "a.rs".into(), text: text.into() };
    assert_eq!(seam_violations(&[source("use subledger_domain::account::Account;")]).len(), 1);
    assert_none(&seam_violations(&[source(
        "use subledger_domain::envelope::Routed;\n#[cfg(test)]\nmod tests { use subledger_domain::money::Money; }",
    )]));
}
