//! Owns the arrows between the domain's modules: right uses left, aggregates never import each other.
//!
//! Does not own the arrows between rooms (`rooms`).

use crate::assert_none;
use crate::rust_text::{first_names, scan, without_tests};
use crate::workspace::{Source, sources};

/// Modules that stand at the same place.
struct Layer {
    modules: &'static [&'static str],
    /// Whether they may use each other.
    together: bool,
}

/// From left to right; a layer uses those before it. A new top-level module gets its place here, or the test fails.
const LAYERS: [Layer; 5] = [
    Layer {
        modules: &[
            "aggregate",
            "ids",
            "money",
            "calendar",
            "plan",
            "term",
            "terms",
            "timeline",
            "proration",
            "service",
            "recognition",
            "charge",
            "wording",
            "envelope",
        ],
        together: true,
    },
    Layer { modules: &["catalog"], together: true },
    Layer { modules: &["account", "application", "subscription", "add_on", "usage", "publication"], together: false },
    Layer { modules: &["fact", "step", "timer", "upcast"], together: true },
    Layer {
        modules: &[
            "policy",
            "settlement",
            "correction",
            "refund",
            "plan_change",
            "books",
            "decide",
            "entitlement",
            "estimate",
            "quote",
            "explain",
        ],
        together: true,
    },
];

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.modules.contains(&module))
}

fn violations(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| source.path != "lib.rs" && !source.is_test()) {
        let from = top_module(&source.path);
        let Some(from_layer) = layer_of(from) else {
            violations.push(format!("{}: module `{from}` has no place in the table of layers", source.name()));
            continue;
        };
        for to in uses(source) {
            if let Some(fault) = fault(from, from_layer, &to) {
                violations.push(format!("{}: {fault}", source.name()));
            }
        }
    }
    violations
}

fn fault(from: &str, from_layer: usize, to: &str) -> Option<String> {
    // A macro is written out before names are looked up; what it writes is checked where its text stands.
    if to == from || to.ends_with('!') {
        return None;
    }
    let Some(to_layer) = layer_of(to) else {
        return Some(format!("`crate::{to}` names no module; write the path through the module that owns it"));
    };
    let allowed = to_layer < from_layer || (to_layer == from_layer && LAYERS[from_layer].together);
    (!allowed).then(|| format!("`{from}` may not use `{to}`"))
}

/// Top-level modules that a file names, by `crate::…` or by enough `super::`.
fn uses(source: &Source) -> Vec<String> {
    let code = without_tests(&scan(&source.text).code);
    let mut names = first_names(&code, "crate::");
    names.extend(first_names(&code, &"super::".repeat(depth(&source.path))));
    names.retain(|name| name != "super" && name != "self");
    names.sort();
    names.dedup();
    names
}

fn top_module(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// How many modules lie between a file and the crate's root: `money.rs` 1, `account/mod.rs` 1, `account/decide.rs` 2.
fn depth(path: &str) -> usize {
    let parts = path.split('/').count();
    if path.ends_with("/mod.rs") { parts - 1 } else { parts }
}

#[test]
fn the_domains_modules_use_only_what_stands_left_of_them() {
    assert_none(&violations(&sources(&["domain"])));
}

#[test]
fn a_forbidden_module_arrow_is_found() {
    let source = |path: &str, text: &str| Source { room: "domain".into(), path: path.into(), text: text.into() };
    for (path, text) in [
        ("money.rs", "use crate::catalog::PriceList;"),
        ("account.rs", "use crate::{money::Money, subscription::Subscription};"),
        ("account/decide.rs", "fn f(s: &crate::application::Application) {}"),
        ("account/decide.rs", "use super::super::usage::UsageMonth;"),
        ("account/mod.rs", "use super::usage::UsageMonth;"),
        ("catalog.rs", "use super::books::Books;"),
        ("timer.rs", "use crate::decide::decide;"),
        ("policy.rs", "use crate::Fact;"),
        ("wallet.rs", ""),
    ] {
        assert_eq!(violations(&[source(path, text)]).len(), 1, "{path}: {text} was let through");
    }
    for (path, text) in [
        ("account/decide.rs", "use super::event::Event; use crate::account::Account; use crate::money::Money;"),
        ("decide.rs", "use crate::books::Books; use crate::policy; crate::aggregate!(Account);"),
        ("ids.rs", "//! See `crate::books`.\n#[cfg(test)]\nmod tests { use crate::decide::decide; }"),
        ("lib.rs", "pub use crate::decide::decide;"),
    ] {
        assert_none(&violations(&[source(path, text)]));
    }
}
