//! `coronet evaluate`: what restrains its numbers is said, from wherever it is known.

use crate::support::{coronet, run};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// 60 records of one vessel, with more columns.
fn table(columns: &str, cells: impl Fn(usize) -> String) -> String {
    let mut table = format!("record_id,patient_id,RCA_grade,RCA_prob{columns}\n");
    for index in 0..60 {
        let grade = if index % 4 == 0 { 3 } else { index % 3 };
        let probability = 0.1 + 0.015 * (index % 20) as f64 + if grade == 3 { 0.12 } else { 0.0 };
        let more = cells(index);
        table.push_str(&format!(
            "R{index:02},P{index:02},{grade},{probability:.4}{more}\n"
        ));
    }
    table
}

fn plain() -> String {
    table("", |_| String::new())
}

/// The scores of a run that was trained by `config`, in `folder/run`.
fn run_folder(folder: &Path, config: &str) {
    fs::create_dir(folder.join("run")).unwrap();
    fs::write(folder.join("run/config.toml"), config).unwrap();
    fs::write(folder.join("run/scores.csv"), plain()).unwrap();
}

/// What `coronet evaluate scores.csv` says on stderr, and its `evaluation.json`.
fn evaluate(folder: &Path, scores: &str, more: &[&str]) -> (String, Value) {
    let mut command = coronet(folder);
    command.args(["evaluate", scores, "--out", "out", "--bootstrap", "0"]);
    let said = run(command.args(more), 0);
    let bytes = fs::read(folder.join("out/evaluation.json")).unwrap();
    (said.stderr, serde_json::from_slice(&bytes).unwrap())
}

fn holds(evaluation: &Value, text: &str) -> bool {
    evaluation["warnings"].to_string().contains(text)
}

#[test]
fn caveats_of_a_run_are_said_before_its_numbers() {
    let cases = [
        ("label_source = 'simulated'\n", "simulated data"),
        ("label_source = 'surrogate'\n", "surrogate labels"),
        ("shuffle_labels = 3\n", "shuffled labels"),
        (
            "[training]\nselection = 'test-fold'\n",
            "epochs were chosen",
        ),
    ];
    for (config, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        run_folder(folder.path(), config);
        let (said, _) = evaluate(folder.path(), "run/scores.csv", &[]);
        assert!(said.contains(words), "{words}: {said}");
    }
    let folder = tempfile::tempdir().unwrap();
    run_folder(folder.path(), "label_source = 'ccta'\n");
    let (said, _) = evaluate(folder.path(), "run/scores.csv", &[]);
    for (_, words) in cases {
        assert!(!said.contains(words), "{words}: {said}");
    }
}

#[test]
fn caveats_follow_frozen_thresholds_to_scores_that_lie_elsewhere() {
    let config = "label_source = 'surrogate'\nshuffle_labels = 3\n\
                  [training]\nselection = 'test-fold'\n";
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run_folder(at, config);
    fs::write(at.join("p.csv"), plain().replace(",0.1", ",0.2")).unwrap();
    let check = |frozen: &str| {
        let (said, evaluation) = evaluate(at, "p.csv", &["--frozen", frozen]);
        let report = &evaluation["report"];
        assert_eq!(report["surrogate"], true, "{frozen}");
        assert_eq!(report["shuffled_labels"], true, "{frozen}");
        assert_eq!(report["simulated"], false, "{frozen}");
        let here = &report["selection_on_test_data"];
        assert_eq!(
            *here, false,
            "{frozen}: no epoch was chosen on these records"
        );
        assert!(holds(&evaluation, "whose epochs were chosen on the same"));
        assert!(said.contains("surrogate labels"), "{frozen}: {said}");
    };
    check("run");
    run(
        coronet(at).args(["evaluate", "run/scores.csv", "--out", "first"]),
        0,
    );
    check("first");
}

#[test]
fn a_store_of_simulated_patients_makes_a_simulated_report() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run_folder(at, "label_source = 'simulated'\n");
    fs::create_dir(at.join("store")).unwrap();
    fs::write(at.join("store/table.csv"), plain()).unwrap();
    let scores: String = plain()
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{},{}\n", cells[0], cells[3].replace("0.1", "0.2"))
        })
        .collect();
    fs::write(at.join("p.csv"), scores).unwrap();
    for (source, simulated) in [("simulated", true), ("manifest.csv", false)] {
        let description = format!("{{\"label_source\": \"{source}\"}}");
        fs::write(at.join("store/store.json"), description).unwrap();
        let more = ["--labels", "store", "--frozen", "run"];
        let (said, evaluation) = evaluate(at, "p.csv", &more);
        assert_eq!(evaluation["report"]["simulated"], simulated);
        assert_eq!(said.contains("simulated data"), simulated, "{said}");
        let page = fs::read_to_string(at.join("out/report.html")).unwrap();
        assert_eq!(page.contains("<strong>Simulated data.</strong>"), simulated);
        let of_thresholds = "thresholds were chosen on simulated patients";
        assert!(holds(&evaluation, of_thresholds) && page.contains(of_thresholds));
    }
}

/// The columns of `predict` for one vessel.
const PREDICTED: &str = ",RCA_logit,RCA_stratum,findings";

#[test]
fn records_that_the_model_knows_are_counted_and_not_called_external() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run_folder(at, "label_source = 'ccta'\n");
    let shifted = |table: String| table.replace(",0.1", ",0.2");
    let known = |index: usize| match index {
        0..=3 => ",0,low,baseline-wander;in-training-data".to_owned(),
        4..=6 => ",0,low,patient-in-training-data".to_owned(),
        _ => ",0,low,".to_owned(),
    };
    fs::write(at.join("p.csv"), shifted(table(PREDICTED, known))).unwrap();
    let (said, evaluation) = evaluate(at, "p.csv", &["--frozen", "run"]);
    assert!(!said.contains("unknown column"), "{said}");
    let findings = evaluation["findings"].as_array().unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(
        evaluation["score_origin"],
        "partly of patients in the training data"
    );
    assert!(said.contains("4 of 60 records are signals"), "{said}");
    assert!(
        said.contains("3 records of 60 have patient identifiers of the training data"),
        "{said}"
    );
    assert!(holds(&evaluation, "no external validation"));

    fs::write(at.join("c.toml"), "score_origin = 'external'\n").unwrap();
    let arguments = ["evaluate", "p.csv", "--out", "o", "--config", "c.toml"];
    let refused = run(coronet(at).args(arguments), 2);
    assert!(
        refused.stderr.contains("score_origin"),
        "{}",
        refused.stderr
    );

    let own = |_| ",0,low,in-training-data".to_owned();
    fs::write(at.join("p.csv"), shifted(table(PREDICTED, own))).unwrap();
    let (_, evaluation) = evaluate(at, "p.csv", &["--frozen", "run"]);
    assert_eq!(evaluation["score_origin"], "out-of-fold");
    let none = |_| ",0,low,".to_owned();
    fs::write(at.join("p.csv"), shifted(table(PREDICTED, none))).unwrap();
    let (_, evaluation) = evaluate(at, "p.csv", &["--frozen", "run"]);
    assert_eq!(evaluation["score_origin"], "external");
}

/// Two hospitals may both number their patients from 1.
#[test]
fn equal_patient_identifiers_alone_are_no_proof_against_an_external_validation() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run_folder(at, "label_source = 'ccta'\n");
    let known = |_| ",0,low,patient-in-training-data".to_owned();
    let scores = table(PREDICTED, known).replace(",0.1", ",0.2");
    fs::write(at.join("p.csv"), scores).unwrap();
    let (said, evaluation) = evaluate(at, "p.csv", &["--frozen", "run"]);
    assert!(said.contains("If they are the same persons"), "{said}");
    assert!(
        !said.contains("are of patients in the training data"),
        "{said}"
    );
    assert_eq!(
        evaluation["score_origin"],
        "external, unless equal patient identifiers are the same persons"
    );
    fs::write(at.join("c.toml"), "score_origin = 'external'\n").unwrap();
    let stated = ["--frozen", "run", "--config", "c.toml"];
    let (said, evaluation) = evaluate(at, "p.csv", &stated);
    assert_eq!(evaluation["score_origin"], "external");
    assert!(
        said.contains("states that they are other persons"),
        "{said}"
    );
}

#[test]
fn columns_like_those_of_predict_but_of_no_vessel_are_still_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let scores = table(",XYZ_logit", |_| ",0".to_owned());
    fs::write(folder.path().join("p.csv"), scores).unwrap();
    let (said, _) = evaluate(folder.path(), "p.csv", &[]);
    assert!(said.contains("XYZ_logit"), "{said}");
}

/// The facts of a finished run with one fold of these weights.
fn facts(weights: &str) -> String {
    use coronet::run_directory::{FoldFacts, RunFacts};
    let fold = FoldFacts {
        fold: 0,
        train: 40,
        inner: 0,
        test: 20,
        best_epoch: 1,
        weights: weights.to_owned(),
    };
    let facts = RunFacts {
        coronet_version: String::new(),
        store_hash: String::new(),
        label_source: String::new(),
        shuffled_labels: None,
        profile_name: String::new(),
        profile_hash: String::new(),
        initial_weights: String::new(),
        device: String::new(),
        norm: true,
        parameters: 1,
        windows: 60,
        flow: coronet::cohort::Flow::default(),
        leakage: coronet::cohort::leakage::LeakageReport::default(),
        folds: vec![fold],
    };
    serde_json::to_string(&facts).unwrap()
}

fn section(folder: &Path, weights: &str) {
    fs::create_dir_all(folder).unwrap();
    let section = format!(
        "{{\"records\": 5, \"facts\": [], \"findings\": [], \"waves\": [], \"vessels\": []{weights}}}"
    );
    fs::write(folder.join("section.json"), section).unwrap();
}

#[test]
fn an_explanation_of_other_networks_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run_folder(at, "label_source = 'ccta'\n");
    fs::write(at.join("run/run.json"), facts("aaaa")).unwrap();
    let shown = |evaluation: &Value| !evaluation["report"]["explanation"].is_null();

    section(&at.join("run/explanation"), ", \"weights\": [\"bbbb\"]");
    let (said, evaluation) = evaluate(at, "run/scores.csv", &[]);
    assert!(
        said.contains("got one of weights bbbb; it is left out"),
        "{said}"
    );
    assert!(!shown(&evaluation));
    let arguments = ["evaluate", "run/scores.csv", "--out", "o"];
    let named = ["--explanation", "run/explanation"];
    let refused = run(coronet(at).args(arguments).args(named), 2);
    assert!(
        refused.stderr.contains("weights bbbb"),
        "{}",
        refused.stderr
    );

    section(&at.join("run/explanation"), ", \"weights\": [\"aaaa\"]");
    let (said, evaluation) = evaluate(at, "run/scores.csv", &[]);
    assert!(
        shown(&evaluation) && !said.contains("section.json"),
        "{said}"
    );

    let elsewhere = ", \"weights\": [\"aaaa\"], \"store\": \"cccc\"";
    section(&at.join("run/explanation"), elsewhere);
    let (said, evaluation) = evaluate(at, "run/scores.csv", &[]);
    assert!(said.contains("on other ECGs"), "{said}");
    assert!(shown(&evaluation));

    section(&at.join("run/explanation"), "");
    let (said, evaluation) = evaluate(at, "run/scores.csv", &[]);
    assert!(said.contains("cannot be told"), "{said}");
    assert!(shown(&evaluation));
}

#[test]
fn a_record_that_contradicts_itself_is_a_finding_in_a_comparison_too() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let scores = format!("{}R00,P00,0,0.5\n", plain());
    fs::write(at.join("a.csv"), scores).unwrap();
    fs::write(at.join("b.csv"), plain()).unwrap();
    let arguments = ["evaluate", "a.csv", "--compare", "b.csv", "--out", "out"];
    let said = run(coronet(at).args(arguments).args(["--bootstrap", "0"]), 1);
    assert!(said.stderr.contains("R00"), "{}", said.stderr);
}
