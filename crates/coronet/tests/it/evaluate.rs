//! `coronet evaluate`: what it writes, what it refuses, and how it ends.

use crate::support::{golden, output as coronet};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const HEADER: &str = "record_id,patient_id,RCA_grade,RCA_prob";

/// Fewest files an evaluation consists of.
const FILES: [&str; 10] = [
    "evaluation.json",
    "evaluation.toml",
    "figures/roc.png",
    "tables/tripod-ai.csv",
    "report.html",
    "model-card.md",
    "figures/roc.svg",
    "figures/calibration.svg",
    "tables/discrimination.csv",
    "tables/operating-points.csv",
];

/// `coronet evaluate scores.csv --out out --bootstrap 50` on `table`, and more arguments.
fn evaluate(folder: &Path, table: &str, more: &[&str]) -> Output {
    fs::write(folder.join("scores.csv"), table).unwrap();
    let mut arguments = vec![
        "evaluate",
        "scores.csv",
        "--out",
        "out",
        "--bootstrap",
        "50",
    ];
    arguments.extend(more);
    coronet(folder, &arguments)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// 40 records of one vessel; positives (every fourth) score higher, with some overlap.
fn table() -> String {
    let mut table = format!("{HEADER}\n");
    for index in 0..40 {
        let grade = if index % 4 == 0 { 3 } else { index % 3 };
        let probability = 0.1 + 0.015 * f64::from(index % 20) + if grade == 3 { 0.12 } else { 0.0 };
        table.push_str(&format!(
            "R{index:02},P{index:02},{grade},{probability:.4}\n"
        ));
    }
    table
}

/// The table with one more row.
fn table_and(row: &str) -> String {
    format!("{}{row}\n", table())
}

/// `table` must be refused with exit code 2, each of `expected` on stderr, nothing written.
fn check_refused(table: &[u8], more: &[&str], expected: &[&str]) {
    let folder = folder();
    fs::write(folder.path().join("scores.csv"), table).unwrap();
    let mut arguments = vec!["evaluate", "scores.csv", "--out", "out"];
    arguments.extend(more);
    let output = coronet(folder.path(), &arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(stdout(&output), "");
    for text in expected {
        assert!(said.contains(text), "{text:?} in {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().starts_with("out")),
        "{left:?}"
    );
}

/// `row` added to a good table must be named with exit code 1, the rest evaluated.
fn check_named(row: &str, expected: &[&str]) {
    let folder = folder();
    let output = evaluate(folder.path(), &table_and(row), &[]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for text in expected {
        assert!(said.contains(text), "{text:?} in {said}");
    }
    assert!(folder.path().join("out/report.html").is_file());
}

/// `table` must be evaluated with exit code 0 although its AUC is undefined for `reason`.
fn check_undefined(table: &str, reason: &str) {
    let folder = folder();
    let output = evaluate(folder.path(), table, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines = stdout(&output);
    assert!(
        lines.contains("undefined: ") && lines.contains(reason),
        "{reason:?} in {lines}"
    );
    let auc = &json(&folder.path().join("out/evaluation.json"))["vessels"]["RCA"]["auc"];
    assert!(
        auc["value"].is_null() && auc["reason"].as_str().unwrap().contains(reason),
        "{auc}"
    );
}

#[test]
fn a_table_becomes_a_folder_and_a_line_per_vessel() {
    let folder = folder();
    let output = evaluate(folder.path(), &table(), &["--title", "Forty records"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for file in FILES {
        assert!(folder.path().join("out").join(file).is_file(), "{file}");
    }
    let lines = stdout(&output);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("vessel") && lines[0].contains("AUC (95 % interval)"));
    let cells: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(cells[..3], ["RCA", "40", "10"]);
    let auc = json(&folder.path().join("out/evaluation.json"))["vessels"]["RCA"]["auc"]["value"]
        .as_f64()
        .unwrap();
    assert_eq!(cells[3], format!("{auc:.3}"));
    let page = fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert!(page.contains("Forty records"));
    let said = stderr(&output);
    assert!(
        said.contains("out/report.html") && said.contains("--frozen out"),
        "{said}"
    );
}

#[test]
fn two_calls_write_the_same_bytes() {
    let folder = folder();
    let mut seen = Vec::new();
    for threads in ["1", "3"] {
        fs::write(folder.path().join("scores.csv"), table()).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_coronet"))
            .current_dir(folder.path())
            .env("RAYON_NUM_THREADS", threads)
            .args([
                "evaluate",
                "scores.csv",
                "--out",
                "out",
                "--bootstrap",
                "200",
                "--seed",
                "7",
            ])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        seen.push(FILES.map(|file| fs::read(folder.path().join("out").join(file)).unwrap()));
    }
    assert!(seen[0] == seen[1]);
}

#[test]
fn the_label_rule_is_of_the_argument_then_of_the_configuration() {
    let folder = folder();
    let events = |arguments: &[&str]| {
        let output = evaluate(folder.path(), &table(), arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let vessel = &json(&folder.path().join("out/evaluation.json"))["vessels"]["RCA"];
        vessel["events"].as_u64().unwrap()
    };
    let least = |grade: u32| {
        table()
            .lines()
            .skip(1)
            .filter(|line| line.split(',').nth(2).unwrap().parse::<u32>().unwrap() >= grade)
            .count() as u64
    };
    fs::write(
        folder.path().join("settings.toml"),
        "label_rule = \"obstructive\"\n",
    )
    .unwrap();
    assert_eq!(events(&[]), least(3));
    assert_eq!(events(&["--config", "settings.toml"]), least(2));
    assert_eq!(
        events(&["--config", "settings.toml", "--rule", "any"]),
        least(1)
    );
}

#[test]
fn frozen_thresholds_are_used_unchanged() {
    let folder = folder();
    assert_eq!(
        evaluate(folder.path(), &table(), &[]).status.code(),
        Some(0)
    );
    let first = json(&folder.path().join("out/evaluation.json"));
    let shifted = table().replace(",0.1", ",0.2");
    fs::write(folder.path().join("other.csv"), shifted).unwrap();
    let output = coronet(
        folder.path(),
        &[
            "evaluate",
            "other.csv",
            "--frozen",
            "out",
            "--out",
            "external",
            "--bootstrap",
            "0",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let second = json(&folder.path().join("external/evaluation.json"));
    for threshold in ["rule_out", "rule_in"] {
        let of = |evaluation: &Value| evaluation["vessels"]["RCA"]["thresholds"][threshold].clone();
        assert!(of(&first).is_number());
        assert_eq!(of(&first), of(&second));
    }
    assert_eq!(second["vessels"]["RCA"]["thresholds"]["source"], "frozen");
}

#[test]
fn frozen_thresholds_on_the_scores_they_were_chosen_on_are_called_so() {
    let folder = folder();
    assert_eq!(
        evaluate(folder.path(), &table(), &[]).status.code(),
        Some(0)
    );
    let arguments = [
        "evaluate",
        "scores.csv",
        "--frozen",
        "out/evaluation.json",
        "--out",
        "again",
        "--bootstrap",
        "0",
    ];
    let output = coronet(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stderr(&output).contains("chosen on these same scores"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn frozen_thresholds_of_other_vessels_are_refused() {
    let folder = folder();
    assert_eq!(
        evaluate(folder.path(), &table(), &[]).status.code(),
        Some(0)
    );
    let other = table().replace("RCA", "LAD");
    fs::write(folder.path().join("other.csv"), other).unwrap();
    let output = coronet(
        folder.path(),
        &[
            "evaluate",
            "other.csv",
            "--frozen",
            "out",
            "--out",
            "external",
        ],
    );
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("has RCA, the table has LAD") && said.contains("hint: "),
        "{said}"
    );
    assert!(!folder.path().join("external").exists());
}

#[test]
fn the_truth_of_a_simulation_stamps_the_report() {
    for best in [
        r#"{"RCA": 0.8765, "LM": null}"#,
        r#"{"label_rule": "severe", "RCA": {"value": 0.8765}, "LM": {"value": null, "reason": "rare"}}"#,
    ] {
        let page = page_with_truth(best, "severe");
        assert!(
            page.contains("Simulated data") && page.contains("Best achievable AUC"),
            "{best}"
        );
    }
    let other = page_with_truth(
        r#"{"label_rule": "severe", "RCA": {"value": 0.8765}}"#,
        "any",
    );
    assert!(other.contains("Simulated data") && !other.contains("Best achievable AUC"));
}

fn page_with_truth(best: &str, rule: &str) -> String {
    let folder = folder();
    let truth = format!(r#"{{"simulated": true, "seed": 1, "best_achievable_auc": {best}}}"#);
    fs::write(folder.path().join("simulation.json"), truth).unwrap();
    let more = ["--truth", "simulation.json", "--rule", rule];
    let output = evaluate(folder.path(), &table(), &more);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    fs::read_to_string(folder.path().join("out/report.html")).unwrap()
}

#[test]
fn an_earlier_evaluation_is_replaced_and_anything_else_is_not() {
    let folder = folder();
    assert_eq!(
        evaluate(folder.path(), &table(), &[]).status.code(),
        Some(0)
    );
    fs::write(folder.path().join("out/figures/old.svg"), "").unwrap();
    assert_eq!(
        evaluate(folder.path(), &table(), &[]).status.code(),
        Some(0)
    );
    assert!(!folder.path().join("out/figures/old.svg").exists());
    fs::write(folder.path().join("out/notes.txt"), "mine").unwrap();
    let output = evaluate(folder.path(), &table(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("notes.txt"), "{}", stderr(&output));
    assert_eq!(
        fs::read_to_string(folder.path().join("out/notes.txt")).unwrap(),
        "mine"
    );
    let entries: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(entries.len(), 2, "{entries:?}");
}

#[test]
fn tables_that_cannot_be_understood_are_refused() {
    check_refused(b"", &[], &["score table is empty", "hint: "]);
    check_refused(
        b"id,RCA_prob\n1,0.5\n",
        &[],
        &["no column `record_id`", "id, RCA_prob"],
    );
    check_refused(b"R1,0,0.5\nR2,0,0.4\n", &[], &["is the header missing?"]);
    check_refused(b"record_id,RCA_prob\n1,0.5\n", &[], &["no vessel"]);
    check_refused(
        b"record_id,RCA_grade,RCA_prob,RCA_prob\n",
        &[],
        &["`RCA_prob` twice"],
    );
    check_refused(
        b"record_id,RCA_grade,RCA_prob\nJ\xfcrgen,0,0.5\n",
        &[],
        &["line 2", "UTF-8"],
    );
    check_refused(format!("{HEADER}\n").as_bytes(), &[], &["no usable record"]);
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let table = table();
    let refused =
        |more: &[&str], expected: &[&str]| check_refused(table.as_bytes(), more, expected);
    refused(&["--config", "absent.toml"], &["absent.toml"]);
    refused(&["--frozen", "absent"], &["absent", "hint: "]);
    refused(
        &["--truth", "scores.csv"],
        &["scores.csv is not the truth of a simulation"],
    );
    refused(&["--rule", "mild"], &["severe", "cad-rads-4b"]);
}

#[test]
fn a_configuration_with_unknown_or_impossible_keys_is_refused() {
    for (text, expected) in [
        ("colour = 1\n", "colour"),
        ("confidence = 2.0\n", "confidence"),
        ("horizons = \"long\"\n", "horizons"),
    ] {
        let folder = folder();
        fs::write(folder.path().join("settings.toml"), text).unwrap();
        let output = evaluate(folder.path(), &table(), &["--config", "settings.toml"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
        assert!(!folder.path().join("out").exists());
    }
}

#[test]
fn rows_in_error_are_named_and_the_rest_is_evaluated() {
    check_named("X,PX,0,1.2", &["column RCA_prob", "line 42 (X): got `1.2`"]);
    check_named("X,PX,0,", &["column RCA_prob", "line 42 (X): got nothing"]);
    check_named("X,PX,7,0.5", &["column RCA_grade", "line 42 (X): got `7`"]);
    check_named("R00,P00,0,0.5", &["conflicting record", "(R00)"]);
    check_named("X,PX,0", &["ragged row", "3 fields"]);
    check_named(",PX,0,0.5", &["missing identifier", "line 42"]);
}

#[test]
fn missing_grades_and_unknown_columns_are_no_failure() {
    let folder = folder();
    let output = evaluate(folder.path(), &table_and("X,PX,,0.5"), &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stderr(&output).contains("missing grade in 1 row"),
        "{}",
        stderr(&output)
    );
    let wide: String = table()
        .lines()
        .enumerate()
        .map(|(line, text)| {
            if line == 0 {
                format!("{text},shoe_size\n")
            } else {
                format!("{text},42\n")
            }
        })
        .collect();
    let output = evaluate(folder.path(), &wide, &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stderr(&output).contains("column shoe_size: unknown column"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn undefined_areas_have_their_reason() {
    check_undefined(&format!("{HEADER}\nA,P,3,0.5\n"), "no negative records");
    let negatives: String = table()
        .lines()
        .map(|line| format!("{}\n", line.replace(",3,", ",0,")))
        .collect();
    check_undefined(&negatives, "no positive records");
}

#[test]
fn equal_scores_everywhere_are_chance() {
    let folder = folder();
    let ties: String = table()
        .lines()
        .enumerate()
        .map(|(line, text)| match text.rsplit_once(',') {
            Some((rest, _)) if line > 0 => format!("{rest},0.25\n"),
            _ => format!("{text}\n"),
        })
        .collect();
    let output = evaluate(folder.path(), &ties, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("0.500"), "{}", stdout(&output));
}

#[test]
fn the_configuration_that_was_used_is_written_and_does_the_same_again() {
    let folder = folder();
    let first = evaluate(
        folder.path(),
        &table(),
        &["--rule", "obstructive", "--seed", "3"],
    );
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    fs::copy(
        folder.path().join("out/evaluation.toml"),
        folder.path().join("used.toml"),
    )
    .unwrap();
    let page = fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert!(page.contains("label_rule = &quot;obstructive&quot;"));
    let vessels = || json(&folder.path().join("out/evaluation.json"))["vessels"].clone();
    let before = vessels();
    let again = coronet(
        folder.path(),
        &[
            "evaluate",
            "scores.csv",
            "--out",
            "out",
            "--config",
            "used.toml",
        ],
    );
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert_eq!(before, vessels());
}

#[test]
fn the_example_configuration_says_the_defaults() {
    let example = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/evaluation.toml"
    ));
    let text = fs::read_to_string(example).unwrap();
    let mut config: coronet::evaluate::EvaluationConfig = toml::from_str(&text).unwrap();
    assert_eq!(config.endpoints, ["RCA", "LM", "LAD", "LCX"]);
    config.endpoints.clear();
    assert_eq!(config, coronet::evaluate::EvaluationConfig::default());
}

#[test]
fn everything_the_page_shows_beside_the_statistics_is_in_the_json() {
    let folder = folder();
    let output = evaluate(folder.path(), &table(), &["--title", "Forty records"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = &json(&folder.path().join("out/evaluation.json"))["report"];
    assert_eq!(report["title"], "Forty records");
    assert!(report["run_facts"].as_array().unwrap().len() >= 5);
    assert!(
        report["configuration"]
            .as_str()
            .unwrap()
            .contains("label_rule")
    );
}

#[test]
fn apparent_performance_is_stamped_and_external_scores_are_called_so() {
    let folder = folder();
    fs::write(
        folder.path().join("same.toml"),
        "score_origin = \"apparent\"\n",
    )
    .unwrap();
    let page = || fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    let output = evaluate(folder.path(), &table(), &["--config", "same.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(page().contains("<strong>Apparent performance.</strong>"));
    assert_eq!(
        evaluate(folder.path(), &table(), &[]).status.code(),
        Some(0)
    );
    assert!(!page().contains("<strong>Apparent performance.</strong>"));
    fs::rename(folder.path().join("out"), folder.path().join("first")).unwrap();
    let shifted = table().replace(",0.1", ",0.2");
    let output = evaluate(folder.path(), &shifted, &["--frozen", "first"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(page().contains("scores of origin “external”"));
}

#[test]
fn two_models_are_compared_on_the_records_of_both() {
    let folder = folder();
    let worse: String = table()
        .lines()
        .enumerate()
        .map(|(line, text)| match text.rsplit_once(',') {
            _ if line == 0 => "record_id,RCA_prob\n".to_owned(),
            Some((rest, _)) => {
                let id = rest.split(',').next().unwrap();
                format!("{id},0.{}\n", 10 + line * 37 % 80)
            }
            None => String::new(),
        })
        .take(31)
        .collect();
    fs::write(folder.path().join("other.csv"), worse).unwrap();
    let output = evaluate(folder.path(), &table(), &["--compare", "other.csv"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let result =
        &json(&folder.path().join("out/evaluation.json"))["report"]["comparison"]["result"];
    assert_eq!(
        (&result["matched"], &result["first_only"]),
        (&30.into(), &10.into())
    );
    let scores = &result["vessels"]["RCA"]["scores"];
    let area = |key: &str| scores[key]["value"].as_f64().unwrap();
    let difference = area("auc_second") - area("auc_first");
    assert!((area("auc_difference") - difference).abs() < 1e-12);
    assert!(difference < 0.0, "the second table is noise");
    let page = fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert!(page.contains("Two models compared") && page.contains("other.csv"));
    assert!(folder.path().join("out/figures/comparison.png").is_file());
    assert!(folder.path().join("out/tables/comparison.csv").is_file());
}

#[test]
fn scores_without_grades_are_told_where_grades_come_from() {
    let scores = "record_id,RCA_prob,RCA_stratum,findings\na,0.1,low,\n";
    check_refused(scores.as_bytes(), &[], &["no vessel", "--labels"]);
}

#[test]
fn a_semicolon_table_is_evaluated_with_labels_of_either_kind() {
    let folder = folder();
    let no_grades: String = table()
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{};{}\n", cells[0], cells[3].replace('.', ","))
        })
        .collect();
    let labels = |line: &str| line.rsplit_once(',').unwrap().0.to_owned() + ",63.5\n";
    let labels: String = table().lines().map(labels).collect();
    let labels = labels.replacen(",63.5", ",age", 1);
    let semicolons = labels.replace(',', ";").replace('.', ",");
    let mut found = Vec::new();
    for text in [labels, semicolons] {
        fs::write(folder.path().join("labels.csv"), text).unwrap();
        let output = evaluate(folder.path(), &no_grades, &["--labels", "labels.csv"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let evaluation = json(&folder.path().join("out/evaluation.json"));
        assert_eq!(evaluation["baseline"]["age"]["median"], 63.5);
        found.push(evaluation["vessels"]["RCA"]["auc"]["value"].clone());
    }
    let output = evaluate(folder.path(), &table(), &[]);
    assert_eq!(output.status.code(), Some(0));
    found.push(
        json(&folder.path().join("out/evaluation.json"))["vessels"]["RCA"]["auc"]["value"].clone(),
    );
    assert!(
        found[0].is_number() && found.iter().all(|auc| *auc == found[0]),
        "{found:?}"
    );
}

#[test]
fn labels_of_other_patients_are_not_taken_though_their_records_are_called_alike() {
    let folder = folder();
    let scores: String = table()
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{},{},{}\n", cells[0], cells[1], cells[3])
        })
        .collect();
    let labels = |rename: &dyn Fn(&str) -> String| {
        let labels: String = table().lines().map(|line| rename(line) + "\n").collect();
        fs::write(folder.path().join("labels.csv"), labels).unwrap();
    };
    labels(&|line| line.replace(",P07", ",Q07"));
    let output = evaluate(folder.path(), &scores, &["--labels", "labels.csv"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("R07 has patient_id P07 in the scores and Q07 in the labels"),
        "{said}"
    );
    assert!(
        said.contains("labels of 39 of 40 records (RCA_grade)"),
        "{said}"
    );
    assert_eq!(
        json(&folder.path().join("out/evaluation.json"))["vessels"]["RCA"]["n"],
        39
    );

    labels(&|line| line.replace(",P", ",Q"));
    check_refused_in(folder.path(), &scores, "but not the ECGs");

    let without = without_second_column(&scores);
    let output = evaluate(folder.path(), &without, &["--labels", "labels.csv"]);
    assert!(
        stderr(&output).contains("joined by record_id alone"),
        "{}",
        stderr(&output)
    );

    let output = evaluate(folder.path(), &table(), &["--labels", "scores.csv"]);
    assert!(
        stderr(&output).contains("nothing of it is used"),
        "{}",
        stderr(&output)
    );
}

/// Where both tables have the fingerprint of the samples it decides, whatever patients are called.
#[test]
fn equal_samples_are_equal_ecgs_whatever_patients_are_called() {
    let folder = folder();
    let print = |index: usize| format!("f{index:02}");
    let lines = || {
        table()
            .lines()
            .map(str::to_owned)
            .collect::<Vec<String>>()
            .into_iter()
    };
    let scores: String = lines()
        .enumerate()
        .map(|(at, line)| {
            let cells: Vec<&str> = line.split(',').collect();
            let (patient, print) = match at {
                0 => (cells[1].to_owned(), "fingerprint".to_owned()),
                1..=5 => (String::new(), String::new()),
                _ => (cells[1].to_owned(), print(at)),
            };
            format!("{},{patient},{},{print}\n", cells[0], cells[3])
        })
        .collect();
    let labels: String = lines()
        .enumerate()
        .map(|(at, line)| match at {
            0 => format!("{line},fingerprint\n"),
            // One signal is another one.
            9 => format!("{line},other\n").replace(",P", ",pseudonym"),
            _ => format!("{line},{}\n", print(at)).replace(",P", ",pseudonym"),
        })
        .collect();
    fs::write(folder.path().join("labels.csv"), labels).unwrap();
    let output = evaluate(folder.path(), &scores, &["--labels", "labels.csv"]);
    let said = stderr(&output);
    assert!(said.contains("labels of 39 of 40 records"), "{said}");
    assert!(
        said.contains("fingerprint f09 in the scores and other in the labels"),
        "{said}"
    );
    assert!(
        said.contains("5 records joined by record_id alone"),
        "{said}"
    );
    let evaluation = json(&folder.path().join("out/evaluation.json"));
    assert_eq!(evaluation["vessels"]["RCA"]["n"], 39);
    assert!(
        !said.contains("no patient_id"),
        "filled from the labels: {said}"
    );
}

/// A table without its second column, that of the patients.
fn without_second_column(table: &str) -> String {
    let line = |line: &str| {
        let cells = line.split(',').enumerate().filter(|(at, _)| *at != 1);
        cells.map(|(_, cell)| cell).collect::<Vec<_>>().join(",") + "\n"
    };
    table.lines().map(line).collect()
}

fn check_refused_in(folder: &Path, scores: &str, expected: &str) {
    let output = evaluate(folder, scores, &["--labels", "labels.csv"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(expected), "{said}");
}

#[test]
fn patients_that_are_not_named_are_not_counted_on_the_page() {
    let folder = folder();
    let nameless = without_second_column(&table());
    let output = evaluate(folder.path(), &nameless, &[]);
    let said = stderr(&output);
    assert!(
        said.contains("evaluating 40 records, ") && said.contains("patient of its own"),
        "{said}"
    );
    for file in ["report.html", "model-card.md"] {
        let text = fs::read_to_string(folder.path().join("out").join(file)).unwrap();
        assert!(text.contains("of how many patients is not known"), "{file}");
        assert!(!text.contains("40 patients"), "{file}");
    }
}

#[test]
fn tables_that_disagree_on_grades_are_compared_without_those_records_and_it_is_said() {
    let folder = folder();
    let other: String = table()
        .lines()
        .map(|line| match line.split(',').collect::<Vec<_>>()[..] {
            [id @ ("R01" | "R02"), patient, _, p] => format!("{id},{patient},4,{p}\n"),
            ["R03", _, grade, _] => format!("R03,P03,{grade},1.5\n"),
            ["R05", _, grade, p] => format!("R05,somebody,{grade},{p}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    fs::write(folder.path().join("other.csv"), other).unwrap();
    let output = evaluate(folder.path(), &table(), &["--compare", "other.csv"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let page = fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    for text in ["R01", "in the second", "somebody", "comparison of RCA"] {
        assert!(said.contains(text), "{text}: {said}");
    }
    assert!(said.contains("scores.csv and other.csv: column RCA_grade: grades differ in 2 rows"));
    assert!(
        said.contains("other.csv: column RCA_prob: impossible probability"),
        "{said}"
    );
    for text in [
        "2 records",
        "in the second",
        "other.csv, is imperfect in column RCA_prob",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn the_terminal_quotes_the_area_as_the_report_does() {
    let folder = folder();
    let twice: String = table()
        .lines()
        .enumerate()
        .map(|(line, text)| match line {
            0 => format!("{text}\n"),
            _ => format!("{text}\ns{text}\n"),
        })
        .collect();
    let output = evaluate(folder.path(), &twice, &[]);
    let vessel = &json(&folder.path().join("out/evaluation.json"))["vessels"]["RCA"];
    let shown = |area: &Value| {
        let [value, low, high] = ["value", "low", "high"].map(|key| area[key].as_f64().unwrap());
        format!("{value:.3} ({low:.3}–{high:.3})")
    };
    let (records, patients) = (shown(&vessel["auc"]), shown(&vessel["auc_by_patient"]));
    assert_ne!(records, patients);
    assert!(stdout(&output).contains(&patients), "{}", stdout(&output));
}

#[test]
fn an_area_with_a_caveat_is_marked_on_the_terminal() {
    let folder = folder();
    let mut table = format!("{HEADER}\n");
    for index in 0..40 {
        let grade = 3 * u32::from(index < 4);
        table.push_str(&format!(
            "R{index:02},P{index:02},{grade},{:.2}\n",
            0.9 - 0.02 * f64::from(index)
        ));
    }
    let output = evaluate(folder.path(), &table, &[]);
    assert!(
        stdout(&output).contains("1.000 (1.000–1.000)†"),
        "{}",
        stdout(&output)
    );
    assert!(stderr(&output).contains("† RCA: "), "{}", stderr(&output));
}

#[test]
fn labels_are_joined_by_record_and_may_not_contradict_themselves() {
    let folder = folder();
    let probabilities: String = table()
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{},{}\n", cells[0], cells[3])
        })
        .collect();
    let labels: String = table()
        .lines()
        .map(|line| format!("{}\n", line.rsplit_once(',').unwrap().0))
        .collect();
    fs::write(folder.path().join("labels.csv"), &labels).unwrap();
    let output = evaluate(folder.path(), &probabilities, &["--labels", "labels.csv"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let joined = json(&folder.path().join("out/evaluation.json"))["vessels"].clone();
    let whole = evaluate(folder.path(), &table(), &[]);
    assert_eq!(whole.status.code(), Some(0));
    assert_eq!(
        joined,
        json(&folder.path().join("out/evaluation.json"))["vessels"]
    );
    let padded = labels.replace(',', " , ");
    fs::write(folder.path().join("labels.csv"), padded).unwrap();
    let emptied: String = probabilities
        .lines()
        .map(|line| match line.starts_with("record_id") {
            true => format!("{line},patient_id\n"),
            false => format!("{line},\n"),
        })
        .collect();
    let output = evaluate(folder.path(), &emptied, &["--labels", "labels.csv"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        joined,
        json(&folder.path().join("out/evaluation.json"))["vessels"],
        "blanks around cells and empty columns change nothing"
    );
    let strangers = labels.replace("R0", "S0").replace("R1", "S1");
    let strangers = strangers.replace("R2", "S2").replace("R3", "S3");
    fs::write(folder.path().join("labels.csv"), strangers).unwrap();
    let output = evaluate(folder.path(), &probabilities, &["--labels", "labels.csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("got none of them"),
        "{}",
        stderr(&output)
    );
    fs::write(
        folder.path().join("labels.csv"),
        format!("{labels}R00,P00,0\n"),
    )
    .unwrap();
    let output = evaluate(folder.path(), &probabilities, &["--labels", "labels.csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("record R00 has two rows that differ"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn endpoints_of_the_configuration_are_evaluated_and_unknown_ones_refused() {
    let folder = folder();
    let two: String = table()
        .lines()
        .map(
            |line| match line.split(',').collect::<Vec<_>>().as_slice() {
                [.., grade, p] if *grade != "RCA_grade" => format!("{line},{grade},{p}\n"),
                _ => format!("{line},LAD_grade,LAD_prob\n"),
            },
        )
        .collect();
    fs::write(folder.path().join("one.toml"), "endpoints = [\"LAD\"]\n").unwrap();
    let output = evaluate(folder.path(), &two, &["--config", "one.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let vessels = json(&folder.path().join("out/evaluation.json"))["vessels"].clone();
    assert_eq!(
        vessels.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["LAD"]
    );
    fs::write(folder.path().join("none.toml"), "endpoints = [\"LCX\"]\n").unwrap();
    let output = evaluate(folder.path(), &two, &["--config", "none.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("endpoints"), "{}", stderr(&output));
}

#[test]
fn a_clinical_table_brings_pre_test_models_by_patient() {
    let folder = folder();
    let mut clinical = String::from(
        "patient_id,symptom,family_history,smoking,dyslipidaemia,hypertension,diabetes\n",
    );
    let mut with_age = String::new();
    for (line, text) in table().lines().enumerate() {
        let more = match line {
            0 => "age,sex".to_owned(),
            _ => format!("{},{}", 40 + line, if line % 2 == 0 { "M" } else { "F" }),
        };
        with_age.push_str(&format!("{text},{more}\n"));
        if line > 0 {
            let symptom = ["typical", "atypical", "non-anginal"][line % 3];
            clinical.push_str(&format!(
                "P{:02},{symptom},0,1,{},1,0\n",
                line - 1,
                line % 2
            ));
        }
    }
    fs::write(folder.path().join("clinical.csv"), clinical).unwrap();
    let output = evaluate(folder.path(), &with_age, &["--clinical", "clinical.csv"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let found = json(&folder.path().join("out/evaluation.json"));
    let models = found["pretest"]["models"].as_object().unwrap();
    assert!(
        models.contains_key("rf-cl") && models.contains_key("esc2024"),
        "{models:?}"
    );
    assert!(!found["any_vessel"]["nri"]["events"].is_null());
    let page = fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert!(page.contains("RF-CL (Winther 2020)") && page.contains("Pre-test probability models"));
    fs::write(
        folder.path().join("clinical.csv"),
        "id,symptom\n1,typical\n",
    )
    .unwrap();
    let output = evaluate(folder.path(), &with_age, &["--clinical", "clinical.csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("patient_id"),
        "{}",
        stderr(&output)
    );
}

/// Simulated scores of a hospital: a logistic truth whose intercept is `shift` below the
/// model's, so that the same score means fewer events where `shift` is large.
fn hospital(name: &str, records: u32, shift: f64) -> String {
    let mut table = String::new();
    let mut state = u64::from(name.bytes().map(u32::from).sum::<u32>()) * 7919 + 17;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    for index in 0..records {
        let logit = -1.6 + 3.0 * (uniform() + uniform() + uniform() - 1.5) * 1.6;
        let truth = 1.0 / (1.0 + (shift - logit).exp());
        let grade = if uniform() < truth { 3 } else { 0 };
        let p = 1.0 / (1.0 + (-logit).exp());
        table.push_str(&format!(
            "{name}{index},{name}{index},{name},{grade},{p:.6}\n"
        ));
    }
    table
}

#[test]
fn a_site_of_other_prevalence_is_shifted_and_recalibration_repairs_it() {
    let folder = folder();
    let head = "record_id,patient_id,site,RCA_grade,RCA_prob\n";
    let development = format!("{head}{}", hospital("A", 1200, 0.0));
    assert_eq!(
        evaluate(folder.path(), &development, &[]).status.code(),
        Some(0)
    );
    let (equal, low) = (hospital("B", 1200, 0.0), hospital("C", 1200, 1.2));
    fs::write(
        folder.path().join("external.csv"),
        format!("{head}{equal}{low}"),
    )
    .unwrap();
    let output = coronet(
        folder.path(),
        &[
            "evaluate",
            "external.csv",
            "--frozen",
            "out",
            "--out",
            "external",
            "--bootstrap",
            "0",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let found = json(&folder.path().join("external/evaluation.json"));
    let frozen = &found["config"]["frozen_recalibration"]["RCA"];
    assert_eq!(frozen["method"], "platt");
    let centre = |site: &str| &found["vessels"]["RCA"]["centres"]["centres"][site];
    let number = |site: &str, path: &str| centre(site).pointer(path).unwrap().as_f64().unwrap();
    // Thresholds transfer where patients are alike: sensitivity near its target of 0.90.
    let sensitivity = "/operating_points/rule_out/sensitivity";
    assert!(number("B", &format!("{sensitivity}/high")) >= 0.90);
    assert!(number("B", &format!("{sensitivity}/value")) >= 0.85);
    // The other site has far fewer events than predicted, and its predictive value suffers.
    assert!(number("B", "/calibration/observed_expected/low") < 1.0);
    assert!(number("B", "/calibration/observed_expected/high") > 1.0);
    assert!(number("C", "/calibration/observed_expected/high") < 0.8);
    let ppv = "/operating_points/rule_in/ppv/value";
    assert!(number("C", ppv) < number("B", ppv) - 0.1);
    // The frozen map knows nothing of the site; the site's own intercept repairs it.
    assert!(number("C", "/after_frozen/observed_expected/high") < 0.8);
    assert!(number("C", "/after_intercept/observed_expected/low") < 1.0);
    assert!(number("C", "/after_intercept/observed_expected/high") > 1.0);
    assert!(number("C", "/after_intercept/brier") < number("C", "/calibration/brier"));
    let page = fs::read_to_string(folder.path().join("external/report.html")).unwrap();
    assert!(page.contains("External validation. Thresholds"));
    assert!(page.contains("RCA at centre C") && page.contains("risk is overestimated"));
    assert!(
        !page.contains("RCA at centre B ("),
        "no shift where there is none"
    );
    assert!(
        folder
            .path()
            .join("external/figures/centres-calibration.png")
            .is_file()
    );
}

#[test]
fn the_help_of_evaluate_is_as_it_was_agreed() {
    let output = coronet(Path::new("."), &["evaluate", "--help"]);
    assert_eq!(output.status.code(), Some(0));
    let agreed = include_str!("evaluate_help.txt");
    assert_eq!(
        stdout(&output),
        agreed,
        "evaluate_help.txt holds the text agreed on"
    );
}

#[test]
fn golden_clinical_values_are_in_the_evaluation() {
    let Some(clinical) = golden("clinical") else {
        return;
    };
    let scores = clinical.join("predictions.csv");
    let expected = clinical.join("expected.json");
    let folder = folder();
    let output = coronet(
        folder.path(),
        &["evaluate", scores.to_str().unwrap(), "--out", "out"],
    );
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        stderr(&output)
    );
    let evaluation = json(&folder.path().join("out/evaluation.json"));
    let mut leaves = 0;
    compare(&json(&expected), &evaluation, "", &mut leaves);
    assert!(leaves > 100, "{leaves} values compared");
}

/// Every leaf of `expected` in `got`, numbers to 1e-6 of their size, as iterative fits are among
/// them; 1e-5 for Cox, whose expected fit (lifelines' default) stops short of the maximum.
fn compare(expected: &Value, got: &Value, path: &str, leaves: &mut usize) {
    match expected {
        Value::Object(fields) => {
            for (key, value) in fields {
                compare(value, &got[key], &format!("{path}/{key}"), leaves);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                compare(value, &got[index], &format!("{path}/{index}"), leaves);
            }
        }
        Value::Number(number) => {
            *leaves += 1;
            let number = number.as_f64().unwrap();
            let tolerance = if path.starts_with("/survival/cox") {
                1e-5
            } else {
                1e-6
            };
            let other = got.as_f64().unwrap_or(f64::NAN);
            assert!(
                (number - other).abs() <= tolerance * number.abs().max(1.0),
                "{path}: expected {number}, got {got}"
            );
        }
        other => {
            *leaves += 1;
            assert_eq!(other, got, "{path}");
        }
    }
}
