//! Owns finding the workspace's files: packages from `cargo metadata`, sources from the rooms' folders.
//!
//! Does not own any rule.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A Rust source file of a room.
pub(crate) struct Source {
    /// The room's folder, e.g. `domain`.
    pub(crate) room: String,
    /// The path inside the room's source folder, e.g. `account/decide.rs`.
    pub(crate) path: String,
    /// The text.
    pub(crate) text: String,
}

impl Source {
    /// What a violation is reported under.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.room, self.path)
    }

    /// Whether the whole file is test code.
    pub(crate) fn is_test(&self) -> bool {
        let stem = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        self.room == "tests"
            || stem.split('/').any(|part| matches!(part, "tests" | "fixture") || part.ends_with("_tests"))
    }
}

/// The folder that holds all rooms.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests room lies in the workspace").to_owned()
}

/// A file of the workspace.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|fault| panic!("{path} cannot be read: {fault}"))
}

/// The workspace's packages as cargo sees them.
pub(crate) fn packages() -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root())
        .output()
        .expect("cargo runs, it has started this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    metadata["packages"].as_array().expect("format version 1 lists packages").clone()
}

/// All sources of these rooms, in a stable order.
pub(crate) fn sources(rooms: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for room in rooms {
        // The tests room keeps its test programs beside `src`.
        let folder = root().join(room);
        let base = if *room == "tests" { folder } else { folder.join("src") };
        collect(room, &base, &base, &mut found);
    }
    assert!(!found.is_empty(), "no sources found in {rooms:?}");
    found.sort_by_key(Source::name);
    found
}

fn collect(room: &str, base: &Path, folder: &Path, found: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|fault| panic!("{} cannot be read: {fault}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder that opened lists its entries").path();
        if path.is_dir() {
            collect(room, base, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let inside = path.strip_prefix(base).expect("found below its base").to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
            found.push(Source { room: (*room).to_owned(), path: inside, text });
        }
    }
}
