//! From a simulated cohort to scores, and what happens on the way when it is cut short.

use crate::support::{NETWORK, coronet, run};
use std::path::Path;
use std::process::Stdio;

/// What follows the network.
const CONFIG: &str = "\
dropout = 0.1

[training]
epochs = 3
batch_size = 16
learning_rate = 0.005
task_weighting = 'uncertainty'
gradient_surgery = 'published'
folds = 2
seed = 3
";

/// A store of simulated patients and a small configuration.
fn prepare(folder: &Path) {
    run(
        coronet(folder).args([
            "simulate",
            "--out",
            "cohort",
            "--patients",
            "150",
            "--joined",
        ]),
        0,
    );
    let profile = ["--profile", "ecgfounder-eval"];
    run(
        coronet(folder)
            .args(["prepare", "cohort/manifest.csv", "--out", "store"])
            .args(profile),
        0,
    );
    std::fs::write(folder.join("train.toml"), format!("{NETWORK}{CONFIG}")).unwrap();
}

fn train(folder: &Path, out: &str) -> std::process::Command {
    let mut command = coronet(folder);
    command.args(["train", "store", "--out", out, "--config", "train.toml"]);
    command
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn killed_and_resumed_equals_a_run_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder);
    run(&mut train(folder, "whole"), 0);

    let mut killed = train(folder, "broken")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let checkpoint = folder.join("broken/fold-0/checkpoint.safetensors");
    let weights = folder.join("broken/fold-0/weights.safetensors");
    for _ in 0..6000 {
        if checkpoint.exists() || weights.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(
        !folder.join("broken/scores.csv").exists(),
        "killed before it was done"
    );

    let refused = run(&mut train(folder, "broken"), 2);
    assert!(refused.stderr.contains("--resume"), "{}", refused.stderr);
    run(train(folder, "broken").arg("--resume"), 0);
    for name in [
        "scores.csv",
        "fold-0/weights.safetensors",
        "fold-1/weights.safetensors",
    ] {
        let (whole, broken) = (format!("whole/{name}"), format!("broken/{name}"));
        assert!(
            bytes(folder, &whole) == bytes(folder, &broken),
            "{name} differs"
        );
    }

    scores_hold_every_record_once(folder);
    prediction_knows_what_it_has_seen(folder);
    evaluation_takes_the_rule_of_the_run(folder);
    another_ecg_of_a_known_patient_is_named(folder);
    stores_weights_and_profiles_are_not_mixed(folder);
}

/// Identifiers of simulated patients start over with another seed; their ECGs do not repeat.
fn another_ecg_of_a_known_patient_is_named(folder: &Path) {
    let arguments = ["--out", "later", "--patients", "3", "--seed", "2"];
    run(coronet(folder).arg("simulate").args(arguments), 0);
    let predicted = run(
        coronet(folder)
            .args(["predict", "--model", "whole", "later/manifest.csv"])
            .args(["--format", "json"]),
        0,
    );
    let answers: serde_json::Value = serde_json::from_str(&predicted.stdout).unwrap();
    let answers = answers.as_array().unwrap();
    assert!(!answers.is_empty());
    for answer in answers {
        let codes: Vec<&str> = answer["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|finding| finding["code"].as_str())
            .collect();
        assert!(codes.contains(&"patient-in-training-data"), "{codes:?}");
        assert!(!codes.contains(&"in-training-data"), "{codes:?}");
    }
}

fn stores_weights_and_profiles_are_not_mixed(folder: &Path) {
    let own = "whole/fold-0/weights.safetensors";
    let refused = run(train(folder, "again").args(["--weights", own]), 2);
    assert!(
        refused.stderr.contains("that have not seen this store"),
        "{}",
        refused.stderr
    );
    let arguments = ["prepare", "cohort/manifest.csv", "--out", "other"];
    run(
        coronet(folder)
            .args(arguments)
            .args(["--profile", "ecgfounder"]),
        0,
    );
    let arguments = [
        "other",
        "--out",
        "whole",
        "--config",
        "train.toml",
        "--resume",
    ];
    let refused = run(coronet(folder).arg("train").args(arguments), 2);
    assert!(
        refused.stderr.contains("begun with the profile"),
        "{}",
        refused.stderr
    );
    let path = folder.join("whole/preprocess.toml");
    let other = std::fs::read_to_string(folder.join("other/preprocess.toml"))
        .or_else(|_| std::fs::read_to_string(&path).map(|text| text.replace("50", "60")))
        .unwrap();
    std::fs::write(&path, other).unwrap();
    let refused = run(
        coronet(folder).args(["predict", "--model", "whole", "cohort/records"]),
        2,
    );
    assert!(
        refused.stderr.contains("profile of the weights"),
        "{}",
        refused.stderr
    );
}

#[cfg(target_os = "linux")]
#[test]
fn data_that_cannot_be_written_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    std::fs::write(
        folder.path().join("ecg.csv"),
        "time,I,II\n0,0.1,0.2\n0.002,0.1,0.2\n",
    )
    .unwrap();
    let mut command = coronet(folder.path());
    let output = command
        .args(["inspect", "--json", "ecg.csv"])
        .stdout(full)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("standard output"), "{stderr}");
}

fn scores_hold_every_record_once(folder: &Path) {
    let text = String::from_utf8(bytes(folder, "whole/scores.csv")).unwrap();
    let mut scored: Vec<&str> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .collect();
    let table = String::from_utf8(bytes(folder, "store/table.csv")).unwrap();
    let mut stored: Vec<&str> = table
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .collect();
    scored.sort_unstable();
    stored.sort_unstable();
    assert_eq!(scored, stored);
}

fn prediction_knows_what_it_has_seen(folder: &Path) {
    let predicted = run(
        coronet(folder).args(["predict", "--model", "whole", "store", "--format", "json"]),
        0,
    );
    let answers: serde_json::Value = serde_json::from_str(&predicted.stdout).unwrap();
    let scores = String::from_utf8(bytes(folder, "whole/scores.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(scores.as_bytes());
    let column = reader
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "RCA_prob")
        .unwrap();
    for (answer, row) in answers.as_array().unwrap().iter().zip(reader.records()) {
        let row = row.unwrap();
        assert_eq!(answer["record_id"], row[0]);
        let expected: f64 = row[column].parse().unwrap();
        let got = answer["probabilities"][0].as_f64().unwrap();
        assert!(
            (got - expected).abs() < 1e-6,
            "{}: {got} for {expected}",
            &row[0]
        );
        assert_eq!(
            answer["findings"].as_array().unwrap().last().unwrap()["code"],
            "in-training-data"
        );
    }
    let other = ["--profile", "ecgfounder"];
    let refused = run(
        coronet(folder)
            .args(["predict", "--model", "whole", "store"])
            .args(other),
        2,
    );
    assert!(
        refused.stderr.contains("expected ecgfounder-eval"),
        "{}",
        refused.stderr
    );
}

fn evaluation_takes_the_rule_of_the_run(folder: &Path) {
    run(
        coronet(folder).args([
            "evaluate",
            "whole/scores.csv",
            "--out",
            "out",
            "--bootstrap",
            "50",
        ]),
        0,
    );
    let page = String::from_utf8(bytes(folder, "out/report.html")).unwrap();
    for text in ["Research use only", "Simulated"] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let refused = run(
        coronet(folder).args(["train", "nowhere", "--out", "run"]),
        2,
    );
    assert!(refused.stderr.contains("nowhere"), "{}", refused.stderr);
    for (text, word) in [
        ("[training]\nepoch = 3\n", "epoch"),
        ("[training]\nepochs = 0\n", "epochs"),
    ] {
        std::fs::write(folder.join("bad.toml"), text).unwrap();
        let arguments = ["train", "nowhere", "--out", "run", "--config", "bad.toml"];
        let refused = run(coronet(folder).args(arguments), 2);
        assert!(
            refused.stderr.contains("bad.toml") && refused.stderr.contains(word),
            "{}",
            refused.stderr
        );
    }
    assert!(!folder.join("run").exists());
}

#[test]
fn there_must_be_a_run_to_go_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder);
    let refused = run(train(folder, "new").arg("--resume"), 2);
    assert!(
        refused.stderr.contains("expected a run to go on with"),
        "{}",
        refused.stderr
    );
    assert!(!folder.join("new").exists());
}
