//! ARCHITECTURE.md says what the manifests say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Crates of ours that each crate depends on, by the manifests.
fn manifests() -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
        let ours = dependencies.into_iter().flat_map(|table| table.keys());
        let ours = ours
            .filter_map(|name| name.strip_prefix("coronet-"))
            .map(str::to_owned);
        found.insert(
            folder.file_name().unwrap().to_string_lossy().into_owned(),
            ours.collect(),
        );
    }
    found
}

/// The same by the table of ARCHITECTURE.md.
fn table(crates: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let words = |cell: &str| -> BTreeSet<String> {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    let mut found = BTreeMap::new();
    let is_crate = |line: &&str| line.starts_with("| `") && line.matches('|').count() == 4;
    for line in text.lines().filter(is_crate) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let name = words(cells[0]).pop_first().unwrap();
        let all = || {
            crates
                .iter()
                .filter(|other| **other != name)
                .cloned()
                .collect()
        };
        let on = if cells[2] == "all" {
            all()
        } else {
            words(cells[2])
        };
        found.insert(name, on);
    }
    found
}

#[test]
fn table_of_crates_matches_the_manifests() {
    let manifests = manifests();
    let crates = manifests.keys().cloned().collect();
    assert_eq!(table(&crates), manifests);
}

#[test]
fn every_crate_has_a_section() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for name in manifests().keys() {
        assert!(text.contains(&format!("\n## `{name}`\n")), "{name}");
    }
}
