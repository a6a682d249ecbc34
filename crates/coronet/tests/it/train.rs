//! `coronet train`: what it refuses, what it leaves alone, and what it says.

use crate::support::{NETWORK, Said, coronet, run};
use std::path::Path;

/// Training of a moment.
const TRAINING: &str = "\
[training]
epochs = 2
batch_size = 32
learning_rate = 0.005
task_weighting = 'equal'
gradient_surgery = 'off'
folds = 2
seed = 3
";

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A store of simulated patients, called `name`.
fn store(folder: &Path, name: &str, seed: &str, profile: &str) {
    let cohort = format!("cohort-{name}");
    let patients = ["--patients", "40", "--seed", seed, "--joined"];
    let simulate = ["simulate", "--out", &cohort];
    run(coronet(folder).args(simulate).args(patients), 0);
    let manifest = format!("{cohort}/manifest.csv");
    let prepare = ["prepare", &manifest, "--out", name, "--profile", profile];
    run(coronet(folder).args(prepare), 0);
}

fn train(folder: &Path, arguments: &[&str], code: i32) -> Said {
    run(coronet(folder).arg("train").args(arguments), code)
}

/// A finished run of the store `store` in `run`.
fn finished(folder: &Path) -> Said {
    store(folder, "store", "1", "ecgfounder-eval");
    write(folder, "t.toml", &format!("{NETWORK}{TRAINING}"));
    train(folder, &["store", "--out", "run", "--config", "t.toml"], 0)
}

#[test]
fn a_finished_run_says_what_it_is_and_no_refused_call_changes_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let said = finished(at);
    folds_and_epochs_are_counted_as_in_files(at, &said);
    weights_say_what_they_learnt_from(at);
    weights_that_were_exchanged_are_trained_anew(at);
    another_store_changes_nothing(at);
}

fn folds_and_epochs_are_counted_as_in_files(at: &Path, said: &Said) {
    for fold in ["fold 0", "fold 1"] {
        assert!(said.stderr.contains(&format!("{fold}: kept epoch")));
    }
    assert!(!said.stderr.contains("fold 2"), "{}", said.stderr);
    let card = String::from_utf8(read(at, "run/model-card.md")).unwrap();
    for words in [
        "- fold 0: ",
        "- fold 1: ",
        "- device: cpu",
        "- epoch kept: the best on an inner part",
    ] {
        assert!(card.contains(words), "{words}: {card}");
    }
    assert!(!card.contains("fold 2"), "{card}");
    let arguments = ["predict", "--model", "run", "store", "--format", "json"];
    let predicted = run(coronet(at).args(arguments), 0);
    let answers: serde_json::Value = serde_json::from_str(&predicted.stdout).unwrap();
    let scores = String::from_utf8(read(at, "run/scores.csv")).unwrap();
    for (answer, row) in answers
        .as_array()
        .unwrap()
        .iter()
        .zip(scores.lines().skip(1))
    {
        let fold = row.split(',').nth(2).unwrap();
        let expected = format!("scored by fold {fold} alone");
        assert!(answer["findings"].to_string().contains(&expected), "{row}");
        assert_eq!(answer["research_use_only"], true);
        assert_eq!(
            answer["model_caveats"],
            serde_json::json!(["simulated patients"])
        );
    }
}

fn weights_say_what_they_learnt_from(at: &Path) {
    let weights = "run/fold-0/weights.safetensors";
    let inspected = run(coronet(at).args(["weights", "inspect", weights]), 0);
    let words = "label_source: simulated";
    assert!(inspected.stderr.contains(words), "{}", inspected.stderr);
    let arguments = ["predict", "--weights", weights, "cohort-store/records"];
    let predicted = run(coronet(at).args(arguments), 0);
    let words = "trained on simulated patients";
    assert!(predicted.stderr.contains(words), "{}", predicted.stderr);
    store(at, "later", "2", "ecgfounder-eval");
    let arguments = ["later", "--out", "tuned", "--config", "t.toml"];
    let tuned = run(
        coronet(at)
            .arg("train")
            .args(arguments)
            .args(["--weights", weights]),
        0,
    );
    assert!(tuned.stderr.contains(words), "{}", tuned.stderr);
    let card = String::from_utf8(read(at, "tuned/model-card.md")).unwrap();
    assert!(card.contains(words), "{card}");
}

fn weights_that_were_exchanged_are_trained_anew(at: &Path) {
    let [first, second] = [0, 1].map(|fold| format!("run/fold-{fold}/weights.safetensors"));
    let (own, other) = (read(at, &first), read(at, &second));
    std::fs::write(at.join(&first), &other).unwrap();
    let arguments = ["store", "--out", "run", "--config", "t.toml", "--resume"];
    let said = train(at, &arguments, 0);
    assert!(said.stderr.contains("trained anew"), "{}", said.stderr);
    assert!(
        read(at, &first) == own,
        "the weights are those of the fold again"
    );
    let said = train(at, &arguments, 0);
    assert!(!said.stderr.contains("trained anew"), "{}", said.stderr);
    write(at, "run/fold-1/result.json", "{");
    let said = train(at, &arguments, 0);
    assert!(said.stderr.contains("trained anew"), "{}", said.stderr);
    assert!(read(at, &second) == other);
}

fn another_store_changes_nothing(at: &Path) {
    let names = ["config.toml", "preprocess.toml", "run.json", "scores.csv"];
    let before = names.map(|name| read(at, &format!("run/{name}")));
    store(at, "other", "1", "ecgfounder");
    for (store, words) in [
        ("other", "begun with the profile"),
        ("later", "trained with store"),
    ] {
        let arguments = [store, "--out", "run", "--config", "t.toml", "--resume"];
        let refused = train(at, &arguments, 2);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
        assert!(
            refused.stderr.contains("another folder"),
            "{}",
            refused.stderr
        );
        for (name, before) in names.iter().zip(&before) {
            assert!(read(at, &format!("run/{name}")) == *before, "{name}");
        }
    }
    run(
        coronet(at).args(["predict", "--model", "run", "cohort-store/records"]),
        0,
    );
}

#[test]
fn what_cannot_be_begun_leaves_no_run_and_what_diverges_ends() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    store(at, "store", "1", "ecgfounder-eval");
    let many = format!("{NETWORK}{TRAINING}").replace("folds = 2", "folds = 90");
    write(at, "t.toml", &many);
    let arguments = ["store", "--out", "run", "--config", "t.toml"];
    let refused = train(at, &arguments, 2);
    assert!(refused.stderr.contains("at least 90"), "{}", refused.stderr);
    assert!(!at.join("run").exists());
    diverged_training_ends_with_an_error(at);
    write(
        at,
        "t.toml",
        &format!("label_source = 'simulated'\n{NETWORK}{TRAINING}selection = 'test-fold'\n"),
    );
    let said = train(at, &arguments, 0);
    assert!(
        said.stderr.contains("AUC on the test fold"),
        "{}",
        said.stderr
    );
    assert!(!said.stderr.contains("inner AUC"), "{}", said.stderr);
    let card = String::from_utf8(read(at, "run/model-card.md")).unwrap();
    assert!(card.contains("too favourable"), "{card}");
}

/// One step, at a rate that throws the weights away: no loss sees it.
const TOO_FAST: &str = "\
[network]
in_channels = 12
base_filters = 16
filter_list = [16, 16, 16, 32, 32, 32, 32]
m_blocks_list = [1, 1, 1, 1, 1, 1, 1]
groups_width = 16
n_classes = 4
norm = false
dropout = 0.0

[training]
epochs = 1
batch_size = 64
learning_rate = 10.0
warm_up = 0.0
task_weighting = 'equal'
gradient_surgery = 'off'
folds = 2
seed = 3
";

fn diverged_training_ends_with_an_error(at: &Path) {
    for selection in ["inner", "last-epoch", "test-fold"] {
        let text = format!("{TOO_FAST}selection = '{selection}'\n");
        write(at, "fast.toml", &text);
        let out = format!("fast-{selection}");
        let arguments = ["store", "--out", &out, "--config", "fast.toml"];
        let said = train(at, &arguments, 2);
        let words = "not finite; expected a smaller learning rate";
        assert!(said.stderr.contains(words), "{selection}: {}", said.stderr);
        assert!(!at.join(&out).join("scores.csv").exists());
        assert!(!at.join(&out).join("fold-0/weights.safetensors").exists());
    }
}

#[test]
fn mistakes_in_the_network_are_named_by_their_key() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let cases = [
        (NETWORK.replace("kernel_size", "kernel_sise"), "kernel_sise"),
        (NETWORK.replace("base_filters = 4\n", ""), "base_filters"),
        (NETWORK.replace("norm = true", "norm = 'no'"), "norm = 'no'"),
        ("network = 'nanoo'\n".to_owned(), "network = 'nanoo'"),
        ("network = 3\n".to_owned(), "the name of a network"),
        (
            NETWORK.replace("groups_width = 4", "groups_width = 3"),
            "network",
        ),
    ];
    for (text, words) in cases {
        write(at, "bad.toml", &text);
        let arguments = ["nowhere", "--out", "run", "--config", "bad.toml"];
        let said = train(at, &arguments, 2).stderr;
        assert!(
            said.contains("bad.toml") && said.contains(words),
            "{words}: {said}"
        );
        assert!(!said.contains("untagged"), "{said}");
    }
}

#[test]
fn a_demonstration_replaces_only_demonstrations() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::create_dir_all(at.join("study/run")).unwrap();
    run(
        coronet(at).args(["simulate", "--out", "study/cohort", "--patients", "3"]),
        0,
    );
    write(at, "study/run/notes.txt", "years of work");
    let refused = run(coronet(at).args(["demo", "--out", "study"]), 2);
    assert!(
        refused.stderr.contains("earlier demonstration"),
        "{}",
        refused.stderr
    );
    assert_eq!(read(at, "study/run/notes.txt"), b"years of work");
}
