//! `coronet simulate`: the files of a cohort, the same for equal seeds, never over something else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn simulate(out: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_coronet"))
        .args(["simulate", "--out"])
        .arg(out)
        .args(arguments)
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn writes_the_files_of_a_cohort() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("cohort");
    let output = simulate(&out, &["--patients", "5", "--seed", "3"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
    for line in stderr(&output).lines() {
        assert!(
            line.starts_with("simulated: ") || line.starts_with("next: "),
            "{line}"
        );
    }
    let files = files(&out);
    for name in [
        "manifest.csv",
        "ccta.csv",
        "clinical.csv",
        "followup.csv",
        "truth.csv",
    ] {
        assert!(files.contains_key(name), "{name}");
    }
    let mark: serde_json::Value = serde_json::from_slice(&files["simulation.json"]).unwrap();
    assert_eq!(mark["simulated"], true);
    assert_eq!(mark["seed"], 3);
    assert_eq!(mark["patients"], 5);
    assert_eq!(mark["best_achievable_auc"]["label_rule"], "severe");
    let best = mark["best_achievable_auc"]["LAD"]["value"]
        .as_f64()
        .unwrap();
    assert!(0.5 < best && best < 1.0, "{best}");
    let manifest = String::from_utf8(files["manifest.csv"].clone()).unwrap();
    let mut ecgs = 0;
    for line in manifest.lines().skip(1) {
        let path = line.split(',').nth(1).unwrap();
        assert!(files.contains_key(&format!("{path}.hea")), "{path}");
        assert!(files.contains_key(&format!("{path}.dat")), "{path}");
        ecgs += 1;
    }
    assert!(ecgs >= 5);
    assert!(!folder.path().join("cohort.partial").exists());
}

#[test]
fn equal_seeds_give_equal_bytes_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a"), folder.path().join("b"));
    simulate(&first, &["--patients", "6", "--sites", "3"]);
    let single = Command::new(env!("CARGO_BIN_EXE_coronet"))
        .env("RAYON_NUM_THREADS", "1")
        .args(["simulate", "--patients", "6", "--sites", "3", "--out"])
        .arg(&second)
        .output()
        .unwrap();
    assert_eq!(single.status.code(), Some(0));
    assert_eq!(files(&first), files(&second));
    let other = folder.path().join("c");
    simulate(&other, &["--patients", "6", "--sites", "3", "--seed", "2"]);
    assert_ne!(files(&first), files(&other));
}

#[test]
fn replaces_a_simulation() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("cohort");
    simulate(&out, &["--patients", "4"]);
    let output = simulate(&out, &["--patients", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let ccta = fs::read_to_string(out.join("ccta.csv")).unwrap();
    assert_eq!(ccta.lines().count(), 3);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn refuses_a_folder_that_holds_something_else() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "mine").unwrap();
    let output = simulate(folder.path(), &["--patients", "2"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("thesis.txt"), "{said}");
    assert!(said.contains("hint: "), "{said}");
    assert_eq!(files(folder.path()).len(), 1);
}

#[test]
fn refuses_a_cohort_without_patients() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("cohort");
    let output = simulate(&out, &["--patients", "0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("at least 1 patient"));
    assert!(!out.exists());
}

#[test]
fn a_joined_manifest_prepares_as_the_separate_tables_do() {
    let folder = tempfile::tempdir().unwrap();
    let (tables, joined) = (folder.path().join("tables"), folder.path().join("joined"));
    simulate(&tables, &["--patients", "8"]);
    let output = simulate(&joined, &["--patients", "8", "--joined"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!joined.join("ccta.csv").exists());
    let prepare = |cohort: &Path, store: &Path, more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_coronet"))
            .current_dir(cohort)
            .args(["prepare", "manifest.csv", "--profile", "ecgfounder-eval"])
            .args(more)
            .arg("--out")
            .arg(store)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        fs::read_to_string(store.join("table.csv")).unwrap()
    };
    let more = [
        "--ccta",
        "ccta.csv",
        "--clinical",
        "clinical.csv",
        "--followup",
        "followup.csv",
    ];
    let one = prepare(&tables, &folder.path().join("store-1"), &more);
    let other = prepare(&joined, &folder.path().join("store-2"), &[]);
    assert_eq!(one, other);
}
