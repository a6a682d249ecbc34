//! `coronet explain`: one ECG and a cohort, and ECGs that get a reason in place of a picture.

mod obstacles;
mod unusable;

use crate::support::{NETWORK, coronet, run};
use coronet::ecg::Profile;
use coronet::model::checkpoint::{self, Thresholds, WeightsHeader};
use coronet::model::{Architecture, StateDict};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A network of random weights that says what a trained one would, and simulated patients.
fn prepare(folder: &Path, patients: usize) {
    let network = NETWORK.strip_prefix("[network]\n").unwrap();
    let architecture = Architecture::from_toml(network).unwrap();
    let profile = Profile::named("ecgfounder-eval").unwrap();
    let labels = ["RCA", "LM", "LAD", "LCX"].map(str::to_owned);
    let mut header = WeightsHeader {
        format: 1,
        architecture: architecture.clone(),
        labels: labels.to_vec(),
        profile: profile.to_toml(),
        profile_hash: profile.hash(),
        label_rule: "severe".to_owned(),
        thresholds: BTreeMap::new(),
        provenance: BTreeMap::new(),
    };
    let state = StateDict::initial(&architecture, 5);
    let weights = folder.join("w.safetensors");
    checkpoint::write(&weights, &state, Some(&header)).unwrap();
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
    header.thresholds = medians(folder, labels);
    checkpoint::write(&weights, &state, Some(&header)).unwrap();
}

/// The median probability of each label as both thresholds, so that either stratum has patients.
fn medians(folder: &Path, labels: [String; 4]) -> BTreeMap<String, Thresholds> {
    let arguments = [
        "predict",
        "--weights",
        "w.safetensors",
        "cohort/manifest.csv",
    ];
    let output = coronet(folder).args(arguments).output().unwrap();
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    let median = |label: &str| {
        let column = format!("{label}_prob");
        let at = header.iter().position(|name| *name == *column).unwrap();
        let mut values: Vec<f64> = rows.iter().map(|row| row[at].parse().unwrap()).collect();
        values.sort_by(f64::total_cmp);
        let median = values[values.len() / 2];
        Thresholds {
            rule_out: median,
            rule_in: median,
        }
    };
    labels
        .map(|label| (label.clone(), median(&label)))
        .into_iter()
        .collect()
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
    let direction = |vessel: &Value| {
        let reading = vessel["reading"].as_str().unwrap();
        reading.contains("raises the answer") || reading.contains("lowers the answer")
    };
    assert!(direction(&vessels[0]));
    let more = ["--vessel", "lad", "--method", "gradient"];
    run(&mut explain(folder, &ecg, "slope.json", &more), 0);
    let slope = fs::read(folder.join("slope.json")).unwrap();
    let slope: Value = serde_json::from_slice(&slope).unwrap();
    assert!(
        !direction(&slope["vessels"][0]),
        "the sign of a derivative says nothing of the answer"
    );
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
    assert!(picture.contains(": probability 0."), "no answer");
    assert!(
        picture.contains("weak to strong: ") && picture.contains(", grad cam<"),
        "no scale"
    );
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

/// Rewrites the samples of an ECG: `change(row, column, value)` for every row that it returns.
fn rewritten(folder: &Path, name: &str, rows: usize, change: impl Fn(usize, usize, f64) -> f64) {
    let text = fs::read_to_string(folder.join("ecg.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut writer = csv::Writer::from_path(folder.join(name)).unwrap();
    writer.write_record(reader.headers().unwrap()).unwrap();
    for (number, row) in reader.records().take(rows).enumerate() {
        let row = row.unwrap();
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            0 => cell.to_owned(),
            _ => change(number, column, cell.parse().unwrap()).to_string(),
        });
        writer.write_record(cells).unwrap();
    }
}

#[test]
fn what_is_still_or_too_short_gets_a_reason_in_place_of_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 2);
    run(
        coronet(folder).args(["convert", &first_ecg(folder), "ecg.csv"]),
        0,
    );
    rewritten(
        folder,
        "still.csv",
        5_000,
        |_, column, value| match column {
            1 => 0.0,
            _ => value,
        },
    );
    rewritten(folder, "short.csv", 1_000, |_, _, value| value);
    for (input, reason) in [
        ("still.csv", "lead I cannot be used: flat lead"),
        ("short.csv", "is too short"),
    ] {
        let more = ["--vessel", "LAD", "--method", "gradient"];
        let said = run(&mut explain(folder, input, "why.svg", &more), 1);
        assert!(said.stderr.contains("no picture: "), "{}", said.stderr);
        let picture = fs::read_to_string(folder.join("why.svg")).unwrap();
        let words = picture.replace("</text>", " ");
        assert!(words.contains(reason), "{input}: {}", said.stderr);
        assert!(!picture.contains("class=\"trace\""));
        run(&mut explain(folder, input, "why.html", &more), 1);
        let page = fs::read_to_string(folder.join("why.html")).unwrap();
        assert!(page.contains(reason) && !page.contains("<figure"));
    }
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
    let drivers = lad["drivers"]["cells"].as_array().unwrap();
    let sum: f64 = drivers
        .iter()
        .map(|cell| cell["share"]["value"].as_f64().unwrap())
        .sum();
    assert!(drivers.len() == 72 && (sum - 1.0).abs() < 1e-6, "{sum}");
    let cascade = &lad["trust"]["cascade"];
    assert_eq!(cascade["steps"].as_array().unwrap().len(), 4);
    assert!(cascade["chance"]["signed"]["value"].is_f64());
    for share in ["attribution", "randomised", "magnitude"] {
        assert!(lad["changed"][share]["value"].is_f64(), "{share}");
    }
    assert!(
        lad["changed"]["leads"]
            .as_array()
            .unwrap()
            .iter()
            .any(|lead| lead == "V2")
    );
    let page = fs::read_to_string(folder.join("evidence/explanation.html")).unwrap();
    assert!(page.contains("Simulated data") && page.contains("Research use only"));
    for table in ["drivers-LAD", "magnitude-LAD", "territory-LAD", "trust-LAD"] {
        assert!(
            folder
                .join(format!("evidence/tables/{table}.csv"))
                .is_file(),
            "{table}"
        );
    }
    assert!(page.contains("id=\"figure-drivers\"") && page.contains("id=\"figure-beats-LAD\""));
    assert!(folder.join("evidence/figures/drivers.png").is_file());
    what_leaves_the_page_is_stamped(&folder.join("evidence"));
    explain(folder, "cohort/manifest.csv", "again", &more)
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .unwrap();
    assert_eq!(
        json,
        fs::read(folder.join("again/explanation.json")).unwrap()
    );
}

/// Every figure and table of an explanation of simulated patients says so by itself.
fn what_leaves_the_page_is_stamped(folder: &Path) {
    let (mut figures, mut tables) = (0, 0);
    for entry in fs::read_dir(folder.join("figures")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "svg") {
            let picture = fs::read_to_string(&path).unwrap();
            assert!(
                picture.contains(">Simulated data · Research use only"),
                "{path:?}"
            );
            figures += 1;
        }
    }
    for entry in fs::read_dir(folder.join("tables")).unwrap() {
        let path = entry.unwrap().path();
        let table = fs::read_to_string(&path).unwrap();
        let mut lines = table.lines();
        assert!(lines.next().unwrap().ends_with(",data"), "{path:?}");
        assert!(
            lines.all(|line| line.ends_with(",Simulated data")),
            "{path:?}"
        );
        tables += 1;
    }
    assert!(figures == 2 && tables >= 4, "{figures} {tables}");
    let page = fs::read_to_string(folder.join("explanation.html")).unwrap();
    let downloads = page.matches("<a download=").count();
    let stamped = page.matches("%2CSimulated%20data%0A").count();
    assert!(
        downloads > 0 && stamped >= downloads,
        "{downloads} {stamped}"
    );
}

/// Runs `explain` of a cohort, of which some ECGs may be left out.
fn explain_cohort(folder: &Path, input: &str, out: &str, more: &[&str]) -> Value {
    let output = explain(folder, input, out, more).output().unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let json = fs::read(folder.join(out).join("explanation.json")).unwrap();
    serde_json::from_slice(&json).unwrap()
}

/// Prepares a store of the simulated cohort.
fn store(folder: &Path) {
    let mut command = coronet(folder);
    command.args(["prepare", "cohort/manifest.csv", "--out", "store"]);
    let output = command
        .args(["--profile", "ecgfounder-eval"])
        .output()
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
}

#[test]
fn a_store_is_explained_like_its_manifest_and_replaces_an_earlier_explanation() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 14);
    store(folder);
    let more = ["--vessel", "LCX", "--method", "occlusion-waves"];
    let found = explain_cohort(folder, "store", "evidence", &more);
    let lcx = &found["vessels"][0];
    assert_eq!(found["method"]["method"], "occlusion-waves");
    assert_eq!(found["simulated"], true);
    assert_eq!(lcx["drivers"]["cells"].as_array().unwrap().len(), 72);
    let reason = lcx["trust"]["reason"].as_str().unwrap();
    assert!(reason.contains("occlusion"), "{reason}");

    let more = ["--vessel", "RCA", "--method", "gradient"];
    let found = explain_cohort(folder, "store", "evidence", &more);
    let reason = found["vessels"][0]["drivers"]["reason"].as_str().unwrap();
    assert!(reason.contains("do not add up"), "{reason}");
    assert!(!folder.join("evidence/tables/trust-LCX.csv").exists());
    assert!(folder.join("evidence/tables/trust-RCA.csv").is_file());
    fs::write(folder.join("evidence/notes.txt"), "mine").unwrap();
    let said = run(&mut explain(folder, "store", "evidence", &more), 2);
    assert!(said.stderr.contains("got `notes.txt`"), "{}", said.stderr);
}

#[test]
fn every_occlusion_adds_up_to_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 2);
    let ecg = first_ecg(folder);
    for (method, expected) in [
        ("occlusion-leads", "by the leads"),
        ("occlusion-time", "at the time of"),
        ("occlusion-waves", "moved most by the"),
    ] {
        let more = ["--vessel", "LAD", "--method", method];
        run(&mut explain(folder, &ecg, "why.json", &more), 0);
        let json = fs::read(folder.join("why.json")).unwrap();
        let found: Value = serde_json::from_slice(&json).unwrap();
        let shares = found["vessels"][0]["shares"].as_array().unwrap();
        let sum: f64 = shares
            .iter()
            .flat_map(|lead| lead.as_array().unwrap())
            .map(|cell| cell["attribution"].as_f64().unwrap())
            .sum();
        assert!((sum - 1.0).abs() < 1e-6, "{method}: {sum}");
        let reading = found["vessels"][0]["reading"].as_str().unwrap();
        assert!(reading.contains(expected), "{method}: {reading}");
    }
    let more = ["--label-randomised", "run"];
    let said = run(&mut explain(folder, &ecg, "why.html", &more), 2);
    let expected = "expected a manifest or a store";
    assert!(said.stderr.contains(expected), "{}", said.stderr);
    let more = ["--record", "1"];
    let said = run(&mut explain(folder, "cohort/manifest.csv", "why", &more), 2);
    let expected = "--record: expected one file";
    assert!(said.stderr.contains(expected), "{}", said.stderr);
}

/// A network that is trained in seconds.
const TINY: &str = r#"
label_source = "simulated"
[network]
in_channels = 12
base_filters = 8
filter_list = [8, 16]
m_blocks_list = [1, 1]
kernel_size = 16
stride = 2
groups_width = 8
n_classes = 4
norm = true
dropout = 0.0
[training]
epochs = 1
batch_size = 16
augmented_copies = 0
learning_rate = 4e-3
task_weighting = "equal"
gradient_surgery = "off"
selection = "last-epoch"
folds = 2
"#;

/// A run `run` of a store of simulated patients, and `control` of the same with shuffled labels.
fn train_with_control(folder: &Path) {
    prepare(folder, 60);
    fs::write(folder.join("train.toml"), TINY).unwrap();
    store(folder);
    let train = |out: &str, more: &[&str]| {
        let mut command = coronet(folder);
        command.args(["train", "store", "--out", out, "--config", "train.toml"]);
        run(command.args(more), 0)
    };
    train("run", &[]);
    let said = train("control", &["--shuffle-labels", "3"]);
    let expected = "labels are shuffled among patients";
    assert!(said.stderr.contains(expected), "{}", said.stderr);
}

/// An ECG that the run has learnt from is asked of the fold that has not, and the page says that
/// its network was trained on simulated patients.
fn one_ecg_of_the_run(folder: &Path) {
    let mut command = coronet(folder);
    command.args(["explain", "--model", "run", &first_ecg(folder)]);
    command.args(["--out", "one.html", "--method", "gradient"]);
    command.output().unwrap();
    let page = fs::read_to_string(folder.join("one.html")).unwrap();
    assert!(page.contains("Simulated data"), "no stamp");
    let known = [
        "The run has seen this signal",
        "The run knows a patient of this identifier",
    ];
    assert!(known.iter().any(|words| page.contains(words)), "no finding");
}

#[test]
fn a_run_of_shuffled_labels_says_so_and_is_what_a_model_is_compared_with() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    train_with_control(folder);
    let facts = fs::read(folder.join("control/run.json")).unwrap();
    let facts: Value = serde_json::from_slice(&facts).unwrap();
    assert_eq!(facts["shuffled_labels"], 3);
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert!(read("control/model-card.md").contains("A control, not a model"));
    assert!(read("control/config.toml").contains("shuffle_labels = 3"));
    let of = |run: &str| fs::read(folder.join(run).join("fold-0/weights.safetensors")).unwrap();
    assert_ne!(of("run"), of("control"), "the labels were not shuffled");
    let mut predict = coronet(folder);
    let said = run(predict.args(["predict", "--model", "control", "store"]), 0);
    let expected = "trained on shuffled labels";
    assert!(said.stderr.contains(expected), "{}", said.stderr);

    let explain = |control: &str| {
        let mut command = coronet(folder);
        command.args(["explain", "--model", "run", "store"]);
        command.args(["--out", "run/explanation", "--vessel", "LAD"]);
        command.args(["--method", "gradient-times-input"]);
        command.args(["--label-randomised", control]);
        command
    };
    let said = run(&mut explain("run"), 2);
    let expected = "was not trained on shuffled labels";
    assert!(said.stderr.contains(expected), "{}", said.stderr);
    explain("control").output().unwrap();
    let found: Value = serde_json::from_str(&read("run/explanation/explanation.json")).unwrap();
    let lad = &found["vessels"][0];
    assert!(lad["trust"]["label_randomised"]["signed"]["value"].is_f64());
    assert!(lad["label_randomised_correlation"]["value"].is_f64());
    assert!(lad["changed"]["label_randomised"]["value"].is_f64());
    let facts: Value = serde_json::from_str(&read("run/run.json")).unwrap();
    assert_eq!(found["weights"].as_array().unwrap().len(), 2);
    assert!(
        found["profile"]
            .as_str()
            .is_some_and(|hash| !hash.is_empty())
    );
    let section: Value = serde_json::from_str(&read("run/explanation/section.json")).unwrap();
    for key in ["weights", "profile", "store"] {
        assert_eq!(section[key], found[key], "{key}");
    }
    assert!(
        facts["store"]
            .as_str()
            .is_none_or(|hash| found["store"] == hash)
    );
    one_ecg_of_the_run(folder);

    let evaluate = |run: &str, out: &str| {
        let mut command = coronet(folder);
        let scores = format!("{run}/scores.csv");
        command.args(["evaluate", &scores, "--out", out, "--bootstrap", "50"]);
        command.output().unwrap();
        read(&format!("{out}/report.html"))
    };
    let page = evaluate("run", "evaluation");
    for part in [
        "What drives the predictions",
        "id=\"figure-drivers\"",
        "id=\"table-trust-LAD\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(folder.join("evaluation/figures/drivers.svg").is_file());
    assert!(evaluate("control", "of-control").contains("Shuffled labels"));
}

#[test]
fn a_seed_decides_the_noise_of_one_ecg() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 2);
    let ecg = first_ecg(folder);
    let ask = |seed: &str| -> Value {
        let out = format!("{seed}.json");
        let more = ["--method", "smooth-gradient", "--seed", seed];
        run(&mut explain(folder, &ecg, &out, &more), 0);
        serde_json::from_slice(&fs::read(folder.join(out)).unwrap()).unwrap()
    };
    let (one, two) = (ask("1"), ask("2"));
    assert_eq!((&one["seed"], &two["seed"]), (&1.into(), &2.into()));
    let shares = |found: &Value| found["vessels"][0]["shares"].clone();
    assert_ne!(shares(&one), shares(&two));
    assert_eq!(shares(&one), shares(&ask("1")));
}

#[cfg(unix)]
#[test]
fn an_interrupted_explanation_is_continued_by_the_same_command() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 12);
    let more = ["--vessel", "LAD"];
    let whole = {
        explain(folder, "cohort/manifest.csv", "whole", &more)
            .output()
            .unwrap();
        files_below(&folder.join("whole"))
    };
    let before = names(folder);
    let mut beside = before.clone();
    beside.push("out.partial".into());
    beside.sort();
    let mut stopped = 0;
    // Some of these meet the explanation of single ECGs, some the trust checks.
    for wait in [200, 700, 1500, 2500] {
        let mut explaining = explain(folder, "cohort/manifest.csv", "out", &more);
        let explaining = explaining
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let id = explaining.id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-INT", &id])
            .status();
        assert!(sent.unwrap().success());
        let said = explaining.wait_with_output().unwrap();
        if said.status.code() == Some(2) {
            let stderr = String::from_utf8_lossy(&said.stderr);
            assert!(stderr.contains("nothing is lost"), "{stderr}");
            assert_eq!(names(folder), beside);
            stopped += 1;
        } else {
            // The machine was quicker than the signal.
            assert_eq!(files_below(&folder.join("out")), whole);
            fs::remove_dir_all(folder.join("out")).unwrap();
        }
    }
    assert!(stopped > 0, "no signal came in time");
    explain(folder, "cohort/manifest.csv", "out", &more)
        .output()
        .unwrap();
    assert_eq!(files_below(&folder.join("out")), whole);
    assert!(!folder.join("out.partial").exists());
}

/// Kills an explanation when its journal has so many bytes, and returns what the journal holds
/// then; tries again where the machine was too slow to notice before the end.
fn killed(folder: &Path, input: &str, more: &[&str], bytes: u64) -> String {
    let journal = folder.join("out.partial/journal.jsonl");
    for _ in 0..5 {
        let mut child = explain(folder, input, "out", more)
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        while child.try_wait().unwrap().is_none() {
            if fs::metadata(&journal).is_ok_and(|file| file.len() > bytes) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        // Fails only where the child has ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
        if let Ok(left) = fs::read_to_string(&journal) {
            return left;
        }
        fs::remove_dir_all(folder.join("out")).unwrap();
    }
    panic!("no kill came in time");
}

/// Whatever the moment of the kill, what is continued equals what was made in one go.
#[test]
fn a_killed_explanation_is_continued() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 16);
    store(folder);
    let more = ["--vessel", "LCX", "--method", "gradient-times-input"];
    for input in ["store", "cohort/manifest.csv"] {
        explain(folder, input, "whole", &more).output().unwrap();
        let whole = files_below(&folder.join("whole"));
        let journal = folder.join("out.partial/journal.jsonl");
        let moment = u64::from(std::process::id()) * 97 % 2500;
        let left = killed(folder, input, &more, moment);
        assert!(!left.is_empty() && !folder.join("out").exists());
        // A line that was torn, and rows that were spoilt, are made anew.
        fs::write(&journal, &left[..left.len() - 5]).unwrap();
        let said = explain(folder, input, "out", &more).output().unwrap();
        let stderr = String::from_utf8_lossy(&said.stderr);
        let lines = left.lines().count();
        let expected = format!("continuing: {} ECGs are done already", lines - 1);
        assert!(lines < 2 || stderr.contains(&expected), "{stderr}");
        assert_eq!(
            files_below(&folder.join("out")),
            whole,
            "{input} at {moment}"
        );
        assert!(!folder.join("out.partial").exists());
        for made in ["whole", "out"] {
            fs::remove_dir_all(folder.join(made)).unwrap();
        }
    }
}

#[test]
fn what_was_begun_otherwise_or_spoilt_is_not_continued() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 12);
    store(folder);
    let more = ["--vessel", "LAD", "--method", "gradient-times-input"];
    let other = ["--vessel", "RCA", "--method", "gradient-times-input"];
    explain(folder, "store", "whole", &more).output().unwrap();
    let whole = files_below(&folder.join("whole"));
    killed(folder, "store", &other, 300);
    let left = killed(folder, "store", &more, 600);
    let lines = left.lines().count();
    assert!(lines >= 2, "{left}");
    let begun = fs::read_to_string(folder.join("out.partial/begun.json")).unwrap();
    assert!(begun.contains("\"--vessel\": \"LAD\""), "{begun}");
    // One byte of the second ECG's beat.
    let rows = folder.join("out.partial/beats.rows");
    let mut bytes = fs::read(&rows).unwrap();
    let row = 12 * 160 * size_of::<f32>();
    bytes[row + 100] ^= 1;
    fs::write(&rows, bytes).unwrap();
    let said = explain(folder, "store", "out", &more).output().unwrap();
    let stderr = String::from_utf8_lossy(&said.stderr);
    assert!(stderr.contains("continuing: 1 ECGs"), "{stderr}");
    assert_eq!(files_below(&folder.join("out")), whole);

    killed(folder, "store", &other, 300);
    let said = explain(folder, "store", "out", &more).output().unwrap();
    let stderr = String::from_utf8_lossy(&said.stderr);
    assert!(
        stderr.contains("out.partial was begun with another --vessel, and is begun anew"),
        "{stderr}"
    );
    assert_eq!(files_below(&folder.join("out")), whole);

    fs::create_dir(folder.join("out.partial")).unwrap();
    fs::write(folder.join("out.partial/notes.txt"), "mine").unwrap();
    let said = run(&mut explain(folder, "store", "out", &more), 2);
    assert!(said.stderr.contains("got `notes.txt`"), "{}", said.stderr);
    assert_eq!(files_below(&folder.join("out")), whole);
}

/// Every file below a folder, by its path, with its bytes.
fn files_below(folder: &Path) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[cfg(unix)]
fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    names
}

#[test]
fn what_cannot_be_explained_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 2);
    let ecg = first_ecg(folder);
    let cases: [(&str, &[&str], &str); 6] = [
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
        ("why.svg", &["--matched"], "--matched: expected a manifest"),
        (
            "why.svg",
            &["--records", "5"],
            "--records: expected a manifest",
        ),
        ("why.svg", &["--records", "0"], "expected at least 1"),
    ];
    let said = run(&mut explain(folder, "cohort", "why.svg", &[]), 2);
    let expected = "expected an ECG, a manifest or a store, got a folder";
    assert!(said.stderr.contains(expected), "{}", said.stderr);
    for (out, more, expected) in cases {
        let said = run(&mut explain(folder, &ecg, out, more), 2);
        assert!(said.stderr.contains(expected), "{}", said.stderr);
        assert!(!folder.join(out).exists());
    }
}
