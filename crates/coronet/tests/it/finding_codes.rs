//! The lists of finding codes name every code that the sources make, and no other.

use coronet_cohort::FileFact;
use std::collections::BTreeSet;
use std::path::Path;

/// Words with a hyphen in the sources that are no codes of findings of an ECG.
const OTHERS: [&str; 14] = [
    "anyecg-ccta",
    "ecgfounder-eval",
    "high-pass",
    "iso-8859-1",
    "kebab-case",
    "latin-1",
    "low-pass",
    "no-end-mark",
    "not-held",
    "out-of-order",
    "unusable-ecg",
    "us-ascii",
    "utf-8",
    "windows-1252",
];

/// Quoted words with a hyphen in the sources of a crate, but for the list itself.
fn words(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            words(&path, found);
        } else if !["codes.rs", "finding_codes.rs"].contains(&name.as_str()) {
            let text = std::fs::read_to_string(&path).unwrap();
            found.extend(
                text.split('"')
                    .filter(|word| is_code(word))
                    .map(str::to_owned),
            );
        }
    }
}

fn is_code(word: &str) -> bool {
    let plain = |part: &str| {
        let mut letters = part.chars();
        !part.is_empty() && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    let starts = word.starts_with(|c: char| c.is_ascii_lowercase());
    starts && word.contains('-') && word.split('-').all(plain)
}

fn check(krate: &str, listed: &[&str]) {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(krate)
        .join("src");
    let mut made = BTreeSet::new();
    words(&sources, &mut made);
    made.retain(|word| !OTHERS.contains(&word.as_str()));
    let listed: BTreeSet<String> = listed.iter().map(|code| (*code).to_owned()).collect();
    let unlisted: Vec<&String> = made.difference(&listed).collect();
    assert!(
        unlisted.is_empty(),
        "{krate} makes and does not list {unlisted:?}"
    );
    let idle: Vec<&String> = listed.difference(&made).collect();
    assert!(idle.is_empty(), "{krate} lists and does not make {idle:?}");
}

#[test]
fn every_code_is_listed() {
    check("ecg", coronet_ecg::FINDING_CODES);
    check("formats", coronet_formats::FINDING_CODES);
}

#[test]
fn codes_of_contradictions_are_of_all_facts() {
    let codes: BTreeSet<&str> = FileFact::ALL.map(FileFact::contradicted).into();
    assert_eq!(codes.len(), 4);
    assert!(codes.iter().all(|code| is_code(code)), "{codes:?}");
}
