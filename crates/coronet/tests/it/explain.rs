//! `coronet explain`: one ECG and a cohort, and ECGs that get a reason in place of a picture.

use crate::support::{coronet, run};
use coronet::ecg::Profile;
use coronet::model::checkpoint::{self, Thresholds, WeightsHeader};
use coronet::model::{Architecture, StateDict};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A network of random weights that says what a trained one would, and simulated patients.
fn prepare(folder: &Path, patients: usize) {
    let architecture = Architecture::from_toml(
        "in_channels = 12\nbase_filters = 4\nfilter_list = [4, 8]\nm_blocks_list = [1, 1]\n\
         kernel_size = 8\ngroups_width = 4\nn_classes = 4\nnorm = true\n",
    )
    .unwrap();
    let profile = Profile::named("ecgfounder-eval").unwrap();
    let limits = Thresholds {
        rule_out: 0.5,
        rule_in: 0.5,
    };
    let labels = ["RCA", "LM", "LAD", "LCX"].map(str::to_owned);
    let header = WeightsHeader {
        format: 1,
        architecture: architecture.clone(),
        labels: labels.to_vec(),
        profile: profile.to_toml(),
        profile_hash: profile.hash(),
        label_rule: "severe".to_owned(),
        thresholds: labels.into_iter().map(|label| (label, limits)).collect(),
        provenance: BTreeMap::new(),
    };
    let state = StateDict::initial(&architecture, 5);
    checkpoint::write(&folder.join("w.safetensors"), &state, Some(&header)).unwrap();
    let patients = patients.to_string();
    run(
        coronet(folder).args([
            "simulate",
            "--out",
            "cohort",
            "--joined",
            "--patients",
            &patients,
        ]),
        0,
    );
}

/// The first ECG of the manifest.
fn first_ecg(folder: &Path) -> String {
    let manifest = fs::read_to_string(folder.join("cohort/manifest.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(manifest.as_bytes());
    let column = reader
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "path")
        .unwrap();
    let row = reader.records().next().unwrap().unwrap();
    format!("cohort/{}", &row[column])
}

fn explain(folder: &Path, input: &str, out: &str, more: &[&str]) -> std::process::Command {
    let mut command = coronet(folder);
    command
        .args(["explain", "--weights", "w.safetensors", input, "--out", out])
        .args(more);
    command
}

#[test]
fn one_ecg_gets_words_picture_and_shares() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 2);
    let ecg = first_ecg(folder);

    let said = run(&mut explain(folder, &ecg, "why.html", &[]), 0);
    assert!(said.stderr.contains("not a diagnosis"), "{}", said.stderr);
    let page = fs::read_to_string(folder.join("why.html")).unwrap();
    for part in ["RCA", "LM", "LAD", "LCX"] {
        assert!(
            page.contains(&format!("id=\"figure-{part}\"")),
            "no picture of {part}"
        );
        assert!(
            page.contains(&format!("id=\"table-attribution-{part}\"")),
            "no table of {part}"
        );
    }
    assert!(page.contains("Research use only"), "no label of use");
    assert!(
        !page.contains("http://")
            || page.matches("http://").count() == page.matches("http://www.w3.org").count()
    );

    run(
        &mut explain(folder, &ecg, "why.json", &["--vessel", "lad"]),
        0,
    );
    let found: Value = serde_json::from_slice(&fs::read(folder.join("why.json")).unwrap()).unwrap();
    let vessels = found["vessels"].as_array().unwrap();
    assert_eq!(vessels.len(), 1);
    assert_eq!(vessels[0]["name"], "LAD");
    let cells = vessels[0]["shares"].as_array().unwrap().iter();
    let cells = cells.flat_map(|lead| lead.as_array().unwrap());
    let (mut attribution, mut area) = (0.0, 0.0);
    for cell in cells {
        attribution += cell["attribution"].as_f64().unwrap();
        area += cell["area"].as_f64().unwrap();
    }
    assert!((attribution - 1.0).abs() < 1e-9 && (area - 1.0).abs() < 1e-9);
    let error = vessels[0]["sureness"]["completeness_error"]
        .as_f64()
        .unwrap();
    assert!(
        error <= 0.01,
        "integrated gradients miss the logit by {error}"
    );

    let said = run(
        &mut explain(folder, &ecg, "why.svg", &["--method", "grad-cam"]),
        0,
    );
    assert!(
        said.stderr
            .contains("the vessel with the highest probability")
    );
    let picture = fs::read_to_string(folder.join("why.svg")).unwrap();
    assert!(picture.contains("fill-opacity"), "no wash");
    run(
        &mut explain(
            folder,
            &ecg,
            "why.png",
            &["--vessel", "RCA", "--method", "gradient"],
        ),
        0,
    );
    assert!(
        fs::read(folder.join("why.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
}

#[test]
fn a_flat_lead_gets_a_reason_in_place_of_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 2);
    run(
        coronet(folder).args(["convert", &first_ecg(folder), "ecg.csv"]),
        0,
    );
    let text = fs::read_to_string(folder.join("ecg.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let flat = headers
        .iter()
        .position(|name| name.starts_with("V2"))
        .unwrap();
    let mut writer = csv::Writer::from_path(folder.join("flat.csv")).unwrap();
    writer.write_record(&headers).unwrap();
    for row in reader.records() {
        let row = row.unwrap();
        let cells = row.iter().enumerate();
        let cells = cells.map(|(column, cell)| if column == flat { "0" } else { cell });
        writer.write_record(cells).unwrap();
    }
    drop(writer);

    let said = run(
        &mut explain(folder, "flat.csv", "why.svg", &["--vessel", "LAD"]),
        1,
    );
    assert!(
        said.stderr.contains("no picture: lead V2 cannot be used"),
        "{}",
        said.stderr
    );
    let picture = fs::read_to_string(folder.join("why.svg")).unwrap();
    assert!(picture.contains("lead V2 cannot be used") && !picture.contains("class=\"trace\""));
    run(&mut explain(folder, "flat.csv", "why.html", &[]), 1);
    let page = fs::read_to_string(folder.join("why.html")).unwrap();
    assert!(page.contains("lead V2 cannot be used") && !page.contains("<figure"));
}

#[test]
fn a_cohort_gets_shares_trust_checks_and_groups_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 24);
    let more = [
        "--records",
        "20",
        "--vessel",
        "LAD",
        "--method",
        "gradient-times-input",
    ];
    let mut command = explain(folder, "cohort/manifest.csv", "evidence", &more);
    let output = command.output().unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let json = fs::read(folder.join("evidence/explanation.json")).unwrap();
    let found: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(found["simulated"], true);
    let left_out: u64 = found["left_out"]
        .as_object()
        .unwrap()
        .values()
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert_eq!(found["explained"].as_u64().unwrap() + left_out, 20);
    let lad = &found["vessels"][0];
    assert_eq!(lad["shares"].as_array().unwrap().len(), 72);
    assert_eq!(lad["trust"]["cascade"].as_array().unwrap().len(), 4);
    assert!(
        lad["changed"]["leads"]
            .as_array()
            .unwrap()
            .iter()
            .any(|lead| lead == "V2")
    );
    let page = fs::read_to_string(folder.join("evidence/explanation.html")).unwrap();
    assert!(page.contains("Simulated data") && page.contains("Research use only"));
    for table in ["attribution-LAD", "trust-LAD"] {
        assert!(
            folder
                .join(format!("evidence/tables/{table}.csv"))
                .is_file(),
            "{table}"
        );
    }
    explain(folder, "cohort/manifest.csv", "again", &more)
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .unwrap();
    assert_eq!(
        json,
        fs::read(folder.join("again/explanation.json")).unwrap()
    );
}

#[test]
fn what_cannot_be_explained_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 2);
    let ecg = first_ecg(folder);
    let cases: [(&str, &[&str], &str); 3] = [
        ("why.pdf", &[], "expected FILE.html, .svg, .png or .json"),
        (
            "why.svg",
            &["--vessel", "PDA"],
            "the model has no output PDA",
        ),
        (
            "why.svg",
            &["--method", "guess"],
            "--method: expected one of integrated-gradients",
        ),
    ];
    for (out, more, expected) in cases {
        let said = run(&mut explain(folder, &ecg, out, more), 2);
        assert!(said.stderr.contains(expected), "{}", said.stderr);
        assert!(!folder.join(out).exists());
    }
}
