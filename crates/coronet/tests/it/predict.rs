//! Prediction with weights, on arrays and on files that are not what they should be.

use crate::support::{coronet, golden, run};
use std::path::Path;

fn small() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/small.toml")
        .display()
        .to_string()
}

/// Weights of a new small network.
fn weights(folder: &Path) -> String {
    use coronet::model::{Architecture, StateDict, checkpoint};
    let architecture = Architecture::named("small").unwrap();
    let path = folder.join("w.safetensors");
    checkpoint::write(&path, &StateDict::initial(&architecture, 1), None).unwrap();
    path.display().to_string()
}

fn waves(count: usize) -> Vec<f32> {
    (0..count).map(|i| (0.05 * i as f64).sin() as f32).collect()
}

#[test]
fn golden_logits_of_arrays_and_batches() {
    let Some(golden) = golden("net1d") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(golden.join("io.safetensors")).unwrap();
    let io = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let values = |name: &str| -> Vec<f32> {
        let data = io.tensor(name).unwrap().data().to_vec();
        data.as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect()
    };
    for entry in std::fs::read_dir(&golden).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let network = path
            .extension()
            .is_some_and(|kind| kind == "pth" || kind == "safetensors");
        if !network || name == "io.safetensors" {
            continue;
        }
        let prefix = if name.contains("plain") {
            "plain"
        } else {
            "norm"
        };
        for input in io.names().into_iter().filter(|name| name.starts_with('x')) {
            let shape = io.tensor(input).unwrap().shape().to_vec();
            let array = folder.path().join(format!("{input}.npy"));
            coronet::formats::npy::write(&array, &shape, &values(input)).unwrap();
            let mut command = coronet(folder.path());
            command.args(["predict", "--weights", &path.display().to_string()]);
            command.args([
                "--architecture",
                &small(),
                "--profile",
                "raw",
                "--format",
                "json",
            ]);
            let output = run(command.arg(&array), 0);
            let answers: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
            let logits = answers.as_array().unwrap().iter().flat_map(|answer| {
                answer["logits"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|logit| logit.as_f64().unwrap() as f32)
            });
            let logits: Vec<f32> = logits.collect();
            let expected = values(&format!("{prefix}_{input}_logits"));
            let largest = expected
                .iter()
                .fold(0.0f32, |largest, value| largest.max(value.abs()));
            assert_eq!(logits.len(), expected.len(), "{name} {input}");
            for (got, expected) in logits.iter().zip(&expected) {
                assert!(
                    (got - expected).abs() < 1e-4 * largest,
                    "{name} {input}: {got}, {expected}"
                );
            }
        }
    }
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let weights = weights(at);
    std::fs::create_dir(at.join("ecgs")).unwrap();
    coronet::formats::npy::write(&at.join("ecgs/good.npy"), &[12, 5000], &waves(60_000)).unwrap();
    coronet::formats::npy::write(&at.join("ecgs/few.npy"), &[3, 5000], &waves(15_000)).unwrap();
    let whole = std::fs::read(at.join("ecgs/good.npy")).unwrap();
    std::fs::write(at.join("ecgs/short.npy"), &whole[..whole.len() / 2]).unwrap();
    let model = ["predict", "--weights", &weights, "--architecture", "small"];
    let output = run(
        coronet(at)
            .args(model)
            .args(["--profile", "raw", "ecgs", "absent.npy"]),
        1,
    );
    let rows: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(rows.len(), 2, "{}", output.stdout);
    assert!(
        rows[0].starts_with("record_id,RCA_logit,RCA_prob,RCA_stratum,LM_logit"),
        "{}",
        rows[0]
    );
    assert!(rows[1].starts_with("good,"), "{}", rows[1]);
    for name in ["few", "short.npy", "absent.npy"] {
        assert!(output.stderr.contains(name), "{name}: {}", output.stderr);
    }
}

#[test]
fn records_of_a_folder_are_called_as_prepare_calls_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let weights = weights(at);
    let path = |name: &str| at.join(name);
    for nest in ["nest/a", "nest/b", "nest/c"] {
        std::fs::create_dir_all(path(nest)).unwrap();
    }
    for name in ["nest/a/one.npy", "nest/b/one.npy"] {
        coronet::formats::npy::write(&path(name), &[12, 5000], &waves(60_000)).unwrap();
    }
    let two = waves(120_000);
    coronet::formats::npy::write(&path("nest/c/two.npy"), &[2, 12, 5000], &two).unwrap();
    let model = ["predict", "--weights", &weights, "--architecture", "small"];
    let names = |output: &str| -> Vec<String> {
        let rows = output.lines().skip(1);
        rows.map(|row| row.split(',').next().unwrap().to_owned())
            .collect()
    };
    let output = run(coronet(at).args(model).arg("nest"), 0);
    let called = names(&output.stdout);
    assert_eq!(called[..2], ["a/one", "b/one"]);
    assert!(
        called[2..].iter().all(|name| name.starts_with("c/two")),
        "{called:?}"
    );
    assert!(!output.stderr.contains("record_id of one before"));

    let files = ["nest/a/one.npy", "nest/b/one.npy"];
    let output = run(coronet(at).args(model).args(files), 0);
    assert_eq!(names(&output.stdout), ["one", "one"]);
    assert!(
        output.stderr.contains("record_id of one before"),
        "{}",
        output.stderr
    );
}

#[test]
fn manifests_with_other_separators_are_manifests() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let weights = weights(at);
    coronet::formats::npy::write(&at.join("x.npy"), &[12, 5000], &waves(60_000)).unwrap();
    let model = ["predict", "--weights", &weights, "--architecture", "small"];
    for separator in [",", ";", "\t"] {
        let text = "record_id,patient_id,path\nR1,P1,x.npy\n".replace(',', separator);
        std::fs::write(at.join("manifest.csv"), text).unwrap();
        let output = run(coronet(at).args(model).arg("manifest.csv"), 0);
        let row = output.stdout.lines().nth(1).unwrap();
        assert!(row.starts_with("R1,"), "{separator:?}: {row}");
    }
}

/// Patient and fingerprint stand behind the other columns, and keep labels of another hospital that
/// numbers its ECGs alike from being joined.
#[test]
fn predictions_say_of_which_ecg_they_are() {
    use crate::usable::{HEADED, headed, sound, write};
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    let hospital = |name: &str, louder: f32, patient: &str| {
        let header = "record_id,path,patient_id,RCA_grade,LM_grade,LAD_grade,LCX_grade";
        let mut table = format!("{header}\n");
        for ecg in 0..6 {
            let mut values = sound(5000);
            values
                .iter_mut()
                .for_each(|value| *value *= louder + ecg as f32 / 10.0);
            write(&at.join(format!("{name}{ecg}.npy")), &values);
            table += &format!(
                "r{ecg},{name}{ecg}.npy,{patient}{ecg},{},0,0,3\n",
                ecg % 2 * 3
            );
        }
        std::fs::write(at.join(format!("{name}.csv")), table).unwrap();
        let manifest = format!("{name}.csv");
        let prepare = [
            "prepare",
            &manifest,
            "--profile",
            "ecgfounder-eval",
            "--out",
            name,
        ];
        run(coronet(at).args(prepare), 0);
    };
    hospital("ours", 1.0, "p");
    hospital("theirs", 2.0, "q");
    hospital("alike", 2.0, "p");
    let predict = |input: &str| {
        let said = run(coronet(at).args(["predict", "--weights", HEADED, input]), 0);
        std::fs::write(at.join("scores.csv"), &said.stdout).unwrap();
        said.stdout
    };
    let of_files = predict("ours.csv");
    let end = |line: &str| -> Vec<String> {
        let cells: Vec<&str> = line.split(',').collect();
        cells[cells.len() - 4..]
            .iter()
            .map(|cell| (*cell).to_owned())
            .collect()
    };
    let lines: Vec<&str> = of_files.lines().collect();
    let header = ["stratum_reason", "findings", "patient_id", "fingerprint"];
    assert_eq!(end(lines[0]), header);
    assert_eq!(
        end(lines[1])[2..],
        ["p0", ""],
        "weights have seen nothing to compare it with"
    );
    let evaluate = |labels: &str, code: i32| {
        let arguments = ["evaluate", "scores.csv", "--labels", labels, "--out", "out"];
        run(coronet(at).args(arguments).args(["--bootstrap", "0"]), code).stderr
    };
    let said = evaluate("ours", 0);
    assert!(said.contains("labels of 6 of 6 records"), "{said}");
    assert!(!said.contains("record_id alone"), "{said}");
    let said = evaluate("theirs", 2);
    assert!(
        said.contains("record_ids are equal, but not the ECGs"),
        "{said}"
    );

    let of_store = predict("ours");
    assert_ne!(end(of_store.lines().nth(1).unwrap())[3], "");
    let said = evaluate("alike", 2);
    assert!(
        said.contains("fingerprint "),
        "equal patients, other signals: {said}"
    );
}

#[test]
fn a_message_names_its_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let weights = weights(at);
    std::fs::write(at.join("text.csv"), "no ECG\n").unwrap();
    let model = ["predict", "--weights", &weights, "--architecture", "small"];
    let output = run(coronet(at).args(model).args(["absent.hea", "text.csv"]), 2);
    for name in ["absent.hea", "text.csv"] {
        let line = output.stderr.lines().find(|line| line.contains(name));
        let line = line.unwrap_or_else(|| panic!("{name}: {}", output.stderr));
        assert_eq!(line.matches(name).count(), 1, "{line}");
    }
}

#[test]
fn one_bad_record_of_an_array_does_not_take_the_others_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let weights = weights(at);
    let mut values = waves(3 * 60_000);
    values[60_000..65_000].fill(f32::NAN);
    coronet::formats::npy::write(&at.join("three.npy"), &[3, 12, 5000], &values).unwrap();
    let model = ["predict", "--weights", &weights, "--architecture", "small"];
    let output = run(coronet(at).args(model).arg("three.npy"), 1);
    assert_eq!(output.stdout.lines().count(), 3, "{}", output.stdout);
    assert!(
        output.stderr.contains("invalid samples"),
        "{}",
        output.stderr
    );
    let rows = |values: &[f32]| {
        coronet::formats::npy::write(&at.join("one.npy"), &[12, 5000], values).unwrap();
        let output = run(coronet(at).args(model).arg("one.npy"), 0);
        let row = output.stdout.lines().nth(1).unwrap().to_owned();
        row.split_once(',').unwrap().1.to_owned()
    };
    let alone = [rows(&values[..60_000]), rows(&values[120_000..])];
    for (row, alone) in output.stdout.lines().skip(1).zip(alone) {
        assert_eq!(row.split_once(',').unwrap().1, alone);
    }
}

#[test]
fn neither_the_threads_nor_a_bad_file_change_the_scores_of_others_or_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let weights = weights(at);
    std::fs::create_dir(at.join("ecgs")).unwrap();
    for number in 0..25 {
        let mut values = waves(60_000 + number);
        values.drain(..number);
        let path = at.join(format!("ecgs/{number:02}.npy"));
        coronet::formats::npy::write(&path, &[12, 5000], &values).unwrap();
    }
    let whole = std::fs::read(at.join("ecgs/07.npy")).unwrap();
    std::fs::write(at.join("ecgs/07.npy"), &whole[..whole.len() / 2]).unwrap();
    let model = [
        "predict",
        "--weights",
        &weights,
        "--architecture",
        "small",
        "ecgs",
    ];
    let said = ["1", "2", "3"].map(|threads| {
        let mut command = coronet(at);
        command.args(model).env("RAYON_NUM_THREADS", threads);
        let output = run(&mut command, 1);
        (output.stdout, output.stderr)
    });
    assert_eq!(said[0].0.lines().count(), 25);
    let names = said[0]
        .0
        .lines()
        .skip(1)
        .map(|row| row.split_once(',').unwrap().0);
    assert!(names.is_sorted(), "{}", said[0].0);
    assert!(said[0].1.contains("07.npy"), "{}", said[0].1);
    assert_eq!(said[0], said[1]);
    assert_eq!(said[0], said[2]);
}

#[test]
fn weights_of_another_shape_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let weights = weights(at);
    coronet::formats::npy::write(&at.join("x.npy"), &[12, 5000], &waves(60_000)).unwrap();
    let output = run(
        coronet(at).args([
            "predict",
            "--weights",
            &weights,
            "--architecture",
            "ecgfounder-12",
            "x.npy",
        ]),
        2,
    );
    for word in ["w.safetensors", "missing", "of another shape"] {
        assert!(output.stderr.contains(word), "{word}: {}", output.stderr);
    }
    assert_eq!(output.stdout, "");
    let output = run(
        coronet(at).args(["predict", "--weights", &weights, "x.npy"]),
        2,
    );
    assert!(
        output.stderr.contains("--architecture"),
        "{}",
        output.stderr
    );
}

#[test]
fn weights_are_inspected_and_converted() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let weights = weights(at);
    let output = run(
        coronet(at).args(["weights", "inspect", &weights, "--architecture", "small"]),
        0,
    );
    assert!(
        output.stdout.contains("dense.weight\tf32\t[4, 64]"),
        "{}",
        output.stdout
    );
    run(
        coronet(at).args(["weights", "inspect", &weights, "--architecture", "nano"]),
        2,
    );
    run(
        coronet(at).args(["weights", "convert", &weights, "copy.safetensors"]),
        0,
    );
    let read = |name: &str| {
        coronet::model::checkpoint::read(&at.join(name))
            .unwrap()
            .state
    };
    assert_eq!(read("copy.safetensors"), read("w.safetensors"));
}
