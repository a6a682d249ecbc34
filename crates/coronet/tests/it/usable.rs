//! `coronet predict` of ECGs that cannot carry a stratum, and of those that were cut.

mod weights;

use crate::support::{Said, coronet, run};
use coronet::ecg::Lead;
use serde_json::Value;
use std::fs;
use std::path::Path;
pub(crate) use weights::{HEADED, bare, headed};

/// Samples of a lead.
const SAMPLES: usize = 5000;

/// A sound ECG of twelve leads at 500 Hz, lead-major, in millivolts: 75 beats a minute.
pub(crate) fn sound(samples: usize) -> Vec<f32> {
    let bump = |at: f64, centre: f64, width: f64| (-((at - centre) / width).powi(2)).exp();
    let sample = |lead: usize, sample: usize| {
        let at = (sample % 400) as f64;
        let height = 0.4 + 0.1 * lead as f64;
        let noise = ((sample * 7919 + lead * 104_729) % 97) as f64 / 97.0 - 0.5;
        let beat = bump(at, 200.0, 6.0) + 0.3 * bump(at, 330.0, 20.0) + 0.1 * bump(at, 120.0, 14.0);
        (height * beat + 0.004 * noise) as f32
    };
    let leads = 0..Lead::ALL.len();
    leads
        .flat_map(|lead| (0..samples).map(move |at| sample(lead, at)))
        .collect()
}

/// A lead of an array.
fn lead(values: &mut [f32], lead: usize) -> &mut [f32] {
    &mut values[lead * SAMPLES..(lead + 1) * SAMPLES]
}

pub(crate) fn write(path: &Path, values: &[f32]) {
    let leads = Lead::ALL.len();
    coronet::formats::npy::write(path, &[leads, values.len() / leads], values).unwrap();
}

/// Writes `sound.npy`, three that `inspect` calls unusable, and two without any signal.
pub(crate) fn arrays(folder: &Path) {
    let changed = |name: &str, change: &dyn Fn(&mut [f32])| {
        let mut values = sound(SAMPLES);
        change(&mut values);
        write(&folder.join(name), &values);
    };
    changed("sound.npy", &|_| {});
    changed("hundredfold.npy", &|values| {
        values.iter_mut().for_each(|value| *value *= 100.0);
    });
    changed("flat-v2.npy", &|values| lead(values, 7).fill(0.0));
    changed("lost-v5.npy", &|values| {
        lead(values, 10)[1000..2000].fill(0.02);
    });
    changed("zero.npy", &|values| values.fill(0.0));
    changed("flat.npy", &|values| values.fill(0.7));
}

fn predict(folder: &Path, more: &[&str], code: i32) -> Said {
    let mut command = coronet(folder);
    command.args(["predict", "--weights", HEADED]);
    run(command.args(more), code)
}

/// Rows of a table by record, each with its cells by column.
fn rows(table: &str) -> Vec<Value> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let header = reader.headers().unwrap().clone();
    let row = |row: csv::StringRecord| {
        let cells = header.iter().zip(&row);
        let cells = cells.map(|(name, cell)| (name.to_owned(), Value::from(cell)));
        Value::Object(cells.collect())
    };
    reader.records().map(|found| row(found.unwrap())).collect()
}

const VESSELS: [&str; 4] = ["RCA", "LM", "LAD", "LCX"];

#[test]
fn an_ecg_without_any_signal_is_refused_and_the_others_are_scored() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    arrays(at);
    let said = predict(at, &["zero.npy", "sound.npy", "flat.npy"], 1);
    let rows = rows(&said.stdout);
    assert_eq!(rows.len(), 1, "{}", said.stdout);
    assert_eq!(rows[0]["record_id"], "sound");
    for words in [
        "zero.npy: record zero: every sample of every lead is zero",
        "flat.npy: record flat: every lead is flat",
        "2 inputs failed, 1 record scored",
    ] {
        assert!(said.stderr.contains(words), "{words}: {}", said.stderr);
    }
    let said = predict(at, &["zero.npy"], 2);
    assert!(said.stderr.contains("(1 input failed)"), "{}", said.stderr);
    assert_eq!(said.stdout, "");
    let said = predict(at, &["--profile", "raw", "zero.npy"], 2);
    assert!(said.stderr.contains("is zero"), "{}", said.stderr);
}

#[test]
fn an_unusable_ecg_gets_no_stratum_and_the_reason_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    arrays(at);
    let unusable = [
        ("hundredfold", "implausible-amplitude", "unit or the gain"),
        ("flat-v2", "flat-lead", "V2: peak-to-peak"),
        ("lost-v5", "lost-contact", "V5: no change for 2.0 s"),
    ];
    let files = unusable.map(|(name, _, _)| format!("{name}.npy"));
    let mut inputs: Vec<&str> = files.iter().map(String::as_str).collect();
    inputs.push("sound.npy");
    let said = predict(at, &inputs, 0);
    let table = rows(&said.stdout);
    for ((name, code, words), row) in unusable.iter().zip(&table) {
        assert_eq!(row["record_id"], *name);
        for vessel in VESSELS {
            assert_eq!(row[format!("{vessel}_stratum")], "", "{row}");
            assert_ne!(row[format!("{vessel}_prob")], "", "{row}");
        }
        let reason = row["stratum_reason"].as_str().unwrap();
        assert!(reason.starts_with("unusable ECG: "), "{reason}");
        assert!(reason.contains(code) && reason.contains(words), "{reason}");
        let codes: Vec<&str> = row["findings"].as_str().unwrap().split(';').collect();
        assert!(codes.contains(code) && codes.contains(&"unusable-ecg"));
        let mut once = codes.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), codes.len(), "{codes:?}");
        let warning = format!("warning: {name}: no stratum: unusable ECG: {code}");
        assert!(said.stderr.contains(&warning), "{}", said.stderr);
    }
    let words = "3 of 4 records scored without a stratum";
    assert!(said.stderr.contains(words), "{}", said.stderr);
    let sound = &table[3];
    assert_eq!(sound["stratum_reason"], "", "{sound}");
    assert_ne!(sound["RCA_stratum"], "", "{sound}");

    inputs.extend(["--format", "json"]);
    let said = predict(at, &inputs, 0);
    let answers: Value = serde_json::from_str(&said.stdout).unwrap();
    for ((name, code, words), answer) in unusable.iter().zip(answers.as_array().unwrap()) {
        assert_eq!(answer["record_id"], *name);
        let strata = answer["strata"].as_array().unwrap();
        assert!(strata.len() == 4 && strata.iter().all(Value::is_null));
        let reason = answer["stratum_reason"].as_str().unwrap();
        assert!(reason.contains(code) && reason.contains(words), "{reason}");
    }
    assert!(answers[3]["stratum_reason"].is_null());
    assert!(answers[3]["strata"][0].is_string());
}

#[test]
fn a_model_without_thresholds_says_why_there_is_no_stratum() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    bare(at);
    arrays(at);
    let arguments = ["predict", "--weights", "bare.safetensors"];
    let mut command = coronet(at);
    command.args(arguments).args(["--architecture", "net.toml"]);
    let said = run(command.arg("sound.npy"), 0);
    let reason = rows(&said.stdout)[0]["stratum_reason"].clone();
    let words = "the model has no thresholds of RCA";
    assert!(reason.as_str().unwrap().contains(words), "{reason}");
    assert!(!said.stderr.contains("no stratum"), "{}", said.stderr);
}

/// A store of `sound.npy` and `flat-v2.npy`.
fn store(at: &Path, out: &str, profile: &str) {
    let manifest = "record_id,path,patient_id,RCA_grade,LM_grade,LAD_grade,LCX_grade\n\
                    R1,sound.npy,P1,0,0,0,0\nR2,flat-v2.npy,P2,3,0,0,0\n";
    fs::write(at.join("manifest.csv"), manifest).unwrap();
    let arguments = ["prepare", "manifest.csv", "--out", out];
    run(coronet(at).args(arguments).args(["--profile", profile]), 0);
}

#[test]
fn what_prepare_found_is_known_when_its_store_is_scored() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    arrays(at);
    store(at, "store", "ecgfounder-eval");
    let said = predict(at, &["store", "--format", "json"], 0);
    let answers: Value = serde_json::from_str(&said.stdout).unwrap();
    let codes = |answer: &Value| -> Vec<String> {
        let findings = answer["findings"].as_array().unwrap().iter();
        findings
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect()
    };
    let stated = "rate-not-stated".to_owned();
    assert!(codes(&answers[0]).contains(&stated), "{answers}");
    assert!(answers[0]["strata"][0].is_string());
    let flat = codes(&answers[1]);
    assert!(flat.contains(&"flat-lead".to_owned()), "{flat:?}");
    assert!(answers[1]["strata"][0].is_null());
    let reason = answers[1]["stratum_reason"].as_str().unwrap();
    assert!(reason.contains("flat-lead (noted by `coronet prepare`"));
    assert!(said.stderr.contains("R2: no stratum"), "{}", said.stderr);
}

#[test]
fn a_store_of_another_profile_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    arrays(at);
    store(at, "store", "anyecg-ccta");
    let explain = ["explain", "--weights", HEADED, "store", "--out", "why"];
    for said in [
        predict(at, &["store"], 2),
        run(coronet(at).args(explain), 2),
    ] {
        for words in [
            "store: expected windows of profile ecgfounder-eval, got anyecg-ccta",
            "hint: `coronet prepare … --profile ecgfounder-eval`",
        ] {
            assert!(said.stderr.contains(words), "{words}: {}", said.stderr);
        }
    }
    let said = predict(at, &["--profile", "raw", "store"], 2);
    let words = "leave --profile out";
    assert!(said.stderr.contains(words), "{}", said.stderr);
}

#[test]
fn raw_is_for_arrays_and_always_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    bare(at);
    arrays(at);
    run(coronet(at).args(["convert", "sound.npy", "ecg.csv"]), 0);
    let raw = ["--profile", "raw"];
    let said = predict(at, &[raw[0], raw[1], "ecg.csv"], 2);
    for words in ["preprocessed by ecgfounder-eval", "leave --profile out"] {
        assert!(said.stderr.contains(words), "{words}: {}", said.stderr);
    }
    let inputs = [raw[0], raw[1], "ecg.csv", "sound.npy", "flat-v2.npy"];
    let said = predict(at, &inputs, 1);
    let table = rows(&said.stdout);
    assert_eq!(table.len(), 2, "{}", said.stdout);
    for row in &table {
        let findings = row["findings"].as_str().unwrap();
        assert!(findings.contains("preprocessing-skipped"), "{row}");
    }
    assert_ne!(table[0]["LAD_stratum"], "", "{}", table[0]);
    assert_eq!(table[1]["LAD_stratum"], "", "{}", table[1]);

    let explain = ["explain", "--weights", HEADED, "ecg.csv", "--out"];
    let said = run(coronet(at).args(explain).arg("why.html").args(raw), 2);
    let words = "leave --profile out";
    assert!(said.stderr.contains(words), "{}", said.stderr);

    let arguments = ["predict", "--weights", "bare.safetensors"];
    let mut command = coronet(at);
    command.args(arguments).args(["--architecture", "net.toml"]);
    let said = run(command.args(raw).arg("ecg.csv"), 0);
    let words = "preprocessing-skipped";
    assert!(said.stdout.contains(words), "{}", said.stdout);
}

#[test]
fn a_recording_that_is_cut_says_which_times_were_used() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    write(&at.join("long.npy"), &sound(10_700));
    write(&at.join("ten.npy"), &sound(SAMPLES));
    let said = predict(at, &["long.npy", "ten.npy", "--format", "json"], 0);
    let answers: Value = serde_json::from_str(&said.stdout).unwrap();
    let cut = |answer: &Value| -> Option<String> {
        let findings = answer["findings"].as_array().unwrap().iter();
        let mut cut = findings.filter(|finding| finding["code"] == "record-cut");
        Some(cut.next()?["message"].as_str().unwrap().to_owned())
    };
    let words = "0 to 10 s are used, the rest of the 21.40 s recorded is not";
    assert_eq!(cut(&answers[0]).as_deref(), Some(words));
    assert_eq!(cut(&answers[1]), None);
    assert!(answers[0]["strata"][0].is_string());
}

#[test]
fn a_command_without_a_network_names_both_ways_to_give_one() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        vec!["predict", "ecg.hea"],
        vec!["explain", "ecg.hea", "--out", "why.html"],
    ] {
        let said = run(coronet(folder.path()).args(command), 2);
        for words in ["--model <RUN>", "--weights <FILE>"] {
            assert!(said.stderr.contains(words), "{words}: {}", said.stderr);
        }
    }
}

#[test]
fn a_cohort_is_not_explained_into_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    arrays(at);
    store(at, "store", "ecgfounder-eval");
    for input in ["store", "manifest.csv"] {
        let explain = ["explain", "--weights", HEADED, input, "--out", "why.html"];
        let said = run(coronet(at).args(explain), 2);
        let words = "expected a folder for a manifest or a store";
        assert!(said.stderr.contains(words), "{}", said.stderr);
        assert!(!at.join("why.html").exists());
    }
}
