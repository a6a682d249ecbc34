//! Every window of an ECG that is longer than one: labels, folds, predictions.

use crate::support::{NETWORK, coronet, run};
use crate::usable::{HEADED, headed, sound, write};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Eight patients with an ECG of 21.4 s each, the last with a second one of 10 s.
fn cohort(folder: &Path) {
    let mut table = "record_id,path,patient_id,RCA_grade,LM_grade,LAD_grade,LCX_grade\n".to_owned();
    for patient in 0..8 {
        let grade = if patient % 2 == 0 { 3 } else { 0 };
        let mut values = sound(10_700);
        let louder = 1.0 + patient as f32 / 10.0;
        values.iter_mut().for_each(|value| *value *= louder);
        write(&folder.join(format!("long{patient}.npy")), &values);
        table += &format!("r{patient},long{patient}.npy,p{patient},{grade},0,{grade},0\n");
    }
    write(&folder.join("short.npy"), &sound(5000));
    table += "short,short.npy,p7,0,0,0,0\n";
    fs::write(folder.join("manifest.csv"), table).unwrap();
}

fn prepare(folder: &Path, out: &str, more: &[&str]) -> String {
    let mut command = coronet(folder);
    command.args(["prepare", "manifest.csv", "--profile", "ecgfounder-eval"]);
    run(command.args(["--out", out]).args(more), 0).stderr
}

/// Rows of a CSV table by column.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

fn answers(folder: &Path, network: [&str; 2], more: &[&str]) -> Vec<Value> {
    let mut command = coronet(folder);
    command
        .arg("predict")
        .args(network)
        .args(["--format", "json"]);
    let said = run(command.args(more), 0);
    serde_json::from_str(&said.stdout).unwrap()
}

fn logit(value: &Value) -> f64 {
    value["logits"][2].as_f64().unwrap()
}

#[test]
fn every_window_is_learnt_from_and_a_patient_stays_in_one_fold() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    cohort(at);
    let first = prepare(at, "first", &[]);
    assert!(
        first.contains("8 ECGs are longer than what is used"),
        "{first}"
    );
    assert!(first.contains("--windows every takes"), "{first}");
    let every = prepare(at, "store", &["--windows", "every"]);
    assert!(
        every.contains("kept 9 ECGs of 8 patients, 17 windows"),
        "{every}"
    );
    let table = rows(&fs::read_to_string(at.join("store/table.csv")).unwrap());
    let of_r0: Vec<(&str, &str)> = table[..2]
        .iter()
        .map(|row| (row["window"].as_str(), row["RCA_grade"].as_str()))
        .collect();
    assert_eq!(of_r0, [("0", "3"), ("1", "3")], "labels of their ECG");

    let config = format!("{NETWORK}[training]\nepochs = 1\nfolds = 2\nbatch_size = 4\n");
    fs::write(at.join("train.toml"), config).unwrap();
    let train = ["train", "store", "--out", "run", "--config", "train.toml"];
    run(coronet(at).args(train), 0);
    let scores = rows(&fs::read_to_string(at.join("run/scores.csv")).unwrap());
    assert_eq!(scores.len(), 9, "one score an ECG");
    let mut folds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &scores {
        let of_patient = folds.entry(row["patient_id"].as_str()).or_default();
        of_patient.insert(row["fold"].as_str());
    }
    assert!(folds.values().all(|folds| folds.len() == 1), "{folds:?}");

    // Out-of-fold scores are the same mean that `predict` gives of a signal it has seen.
    let model = ["--model", "run"];
    let of_file = answers(at, model, &["manifest.csv"]);
    let of_store = answers(at, model, &["store"]);
    for ((file, stored), score) in of_file.iter().zip(&of_store).zip(&scores) {
        assert_eq!(file["logits"], stored["logits"]);
        let out_of_fold: f64 = score["LAD_prob"].parse().unwrap();
        let predicted = file["probabilities"][2].as_f64().unwrap();
        assert!((out_of_fold - predicted).abs() < 1e-6, "{file}");
    }
    let mixed = run(coronet(at).args(["predict", "--model", "run", "first"]), 2);
    assert!(mixed.stderr.contains("--windows every"), "{}", mixed.stderr);
}

#[test]
fn predict_gives_a_score_a_window_and_their_mean() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    let mut values = sound(15_700);
    // The second window differs from the first, the third has no signal.
    for lead in values.chunks_exact_mut(15_700) {
        lead[5000..10_000]
            .iter_mut()
            .enumerate()
            .for_each(|(n, value)| {
                *value += (n as f32 / 40.0).sin();
            });
        lead[10_000..].fill(0.1);
    }
    write(&at.join("long.npy"), &values);
    write(&at.join("short.npy"), &sound(5000));
    let network = ["--weights", HEADED];
    let first = answers(at, network, &["long.npy", "short.npy"]);
    assert!(first.iter().all(|answer| answer.get("windows").is_none()));
    let every = answers(
        at,
        network,
        &["--windows", "every", "long.npy", "short.npy"],
    );
    assert!(every[1].get("windows").is_none());
    assert_eq!(every[1]["logits"], first[1]["logits"]);
    let windows = every[0]["windows"].as_array().unwrap();
    let starts: Vec<f64> = windows
        .iter()
        .map(|w| w["start_seconds"].as_f64().unwrap())
        .collect();
    assert_eq!(starts, [0.0, 10.0]);
    assert_eq!(
        logit(&windows[0]),
        logit(&first[0]),
        "the first window alone"
    );
    assert!((logit(&windows[0]) - logit(&windows[1])).abs() > 1e-4);
    let mean = (logit(&windows[0]) + logit(&windows[1])) / 2.0;
    assert!((logit(&every[0]) - mean).abs() < 1e-5);
    let findings = every[0]["findings"].to_string();
    for code in ["windows-averaged", "windows-left-out", "record-cut"] {
        assert!(findings.contains(code), "{code}: {findings}");
    }
    let raw = [
        "predict",
        "--weights",
        HEADED,
        "--profile",
        "raw",
        "--windows",
        "every",
    ];
    let refused = run(coronet(at).args(raw).arg("short.npy"), 2);
    assert!(
        refused.stderr.contains("leave --windows out"),
        "{}",
        refused.stderr
    );
}
