//! ECGs of files that hold several: prepared, scored, named and counted one by one.

use crate::support::{coronet, output, run};
use coronet::ecg::{Channel, Device, Ecg, Hertz, Lead, Sex, Signal, Subject};
use coronet::formats::{Recording, fhir, npy, parquet};
use std::path::Path;

/// Twelve leads of 10 s at 500 Hz that differ from seed to seed.
fn samples(seed: usize) -> Vec<Vec<f64>> {
    let lead = |lead: usize| {
        let sample = |at: usize| {
            let beat = (at + 37 * seed) % 400;
            let wave = if beat < 12 { 1.0 } else { 0.05 };
            let noise = ((at * (7 + seed) + lead * 13) % 97) as f64 / 2000.0;
            wave * (1.0 + lead as f64 / 20.0) + noise
        };
        (0..5000).map(sample).collect()
    };
    (0..12).map(lead).collect()
}

fn ecg(seed: usize, subject: Subject) -> Ecg {
    let signals = Lead::ALL.iter().zip(samples(seed));
    let signals = signals.map(|(lead, millivolts)| Signal {
        channel: Channel::Lead(*lead),
        millivolts,
    });
    Ecg {
        rate: Hertz::new(500.0).unwrap(),
        signals: signals.collect(),
        start: Some(
            format!("2020-01-0{}T10:00:00", 1 + seed % 9)
                .parse()
                .unwrap(),
        ),
        subject,
        device: Device::default(),
        findings: Vec::new(),
    }
}

fn subject(seed: usize) -> Subject {
    Subject {
        patient_id: Some(format!("P{seed}")),
        age: Some(50.0 + seed as f64),
        sex: Some(if seed.is_multiple_of(2) {
            Sex::Female
        } else {
            Sex::Male
        }),
        ..Subject::default()
    }
}

fn batch(path: &Path, seeds: std::ops::Range<usize>) {
    let shape = [seeds.len(), 12, 5000];
    let values = seeds.flat_map(|seed| samples(seed).into_iter().flatten());
    let values: Vec<f32> = values.map(|value| value as f32).collect();
    npy::write(path, &shape, &values).unwrap();
}

fn table(path: &Path, seeds: std::ops::Range<usize>) {
    let recording = |seed| Recording {
        record_id: format!("e{seed}"),
        format: "made",
        ecg: ecg(seed, subject(seed)),
    };
    let recordings: Vec<Recording> = seeds.map(recording).collect();
    parquet::write_recordings(path, &recordings).unwrap();
}

/// Observations one a line, as a bulk export has them; the second is broken.
fn lines(path: &Path, seeds: std::ops::Range<usize>) {
    let folder = path.parent().unwrap();
    let one = folder.join("one.json");
    let mut text = String::new();
    for seed in seeds {
        fhir::write(
            &one,
            &ecg(seed, subject(seed)),
            &fhir::WriteOptions::default(),
        )
        .unwrap();
        let value: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&one).unwrap()).unwrap();
        text += &format!("{value}\n");
        if text.lines().count() == 1 {
            text += "{\"resourceType\": \"Observation\", \"component\": 7}\n";
        }
    }
    std::fs::remove_file(one).unwrap();
    std::fs::write(path, text).unwrap();
}

const PROFILE: [&str; 2] = ["--profile", "ecgfounder-eval"];

fn prepare(folder: &Path, manifest: &str, out: &str, more: &[&str], code: i32) -> String {
    let arguments = ["prepare", manifest, "--out", out];
    let mut command = coronet(folder);
    command.args(arguments).args(PROFILE).args(more);
    run(&mut command, code).stderr
}

/// Cells of the store's table by record: of some columns.
fn cells(folder: &Path, store: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(folder.join(store).join("table.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &&str| header.iter().position(|column| column == *name).unwrap();
    let places: Vec<usize> = columns.iter().map(at).collect();
    let row = |row: Result<csv::StringRecord, csv::Error>| {
        let row = row.unwrap();
        places.iter().map(|&at| row[at].to_owned()).collect()
    };
    reader.records().map(row).collect()
}

fn ids(folder: &Path, store: &str) -> Vec<String> {
    cells(folder, store, &["record_id"]).concat()
}

fn flow(folder: &Path, store: &str) -> serde_json::Value {
    let bytes = std::fs::read(folder.join(store).join("flow.json")).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn bytes(folder: &Path, store: &str) -> Vec<Vec<u8>> {
    let files = ["windows.f32", "table.csv", "flow.json"];
    let read = |file| std::fs::read(folder.join(store).join(file)).unwrap();
    files.map(read).into()
}

#[test]
fn a_row_names_one_ecg_of_a_file_or_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    batch(&folder.join("batch.npy"), 0..5);
    let manifest = "record_id,path,patient_id,LAD_grade\n\
                    a,batch.npy#3,A,3\nb,batch.npy#batch#1,B,0\nc,batch.npy,C,2\n\
                    d,batch.npy#7,D,1\n";
    std::fs::write(folder.join("m.csv"), manifest).unwrap();
    let said = prepare(folder, "m.csv", "store", &[], 1);
    assert!(said.contains("the file has no ECG of this name"), "{said}");
    assert!(said.contains("d: batch.npy: no ECG `7` among 5"), "{said}");
    let expected = ["a", "b", "c#0", "c#1", "c#2", "c#3", "c#4"];
    assert_eq!(ids(folder, "store"), expected);
    assert_eq!(flow(folder, "store")["start"], 8);
    let facts = cells(folder, "store", &["patient_id", "LAD_grade", "fingerprint"]);
    assert_eq!(facts[4][..2], ["C", "2"]);
    assert_eq!(
        facts[0][2], facts[5][2],
        "the fourth of the batch under both names"
    );
    assert_ne!(facts[0][2], facts[1][2]);
}

#[test]
fn a_file_of_that_name_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    batch(&folder.join("batch.npy"), 0..2);
    batch(&folder.join("batch.npy#1"), 7..8);
    std::fs::write(
        folder.join("m.csv"),
        "record_id,path,patient_id\na,batch.npy#1,A\n",
    )
    .unwrap();
    prepare(folder, "m.csv", "store", &[], 0);
    batch(&folder.join("other.npy"), 7..8);
    std::fs::write(
        folder.join("o.csv"),
        "record_id,path,patient_id\na,other.npy,A\n",
    )
    .unwrap();
    prepare(folder, "o.csv", "other", &[], 0);
    assert_eq!(
        cells(folder, "store", &["fingerprint"]),
        cells(folder, "other", &["fingerprint"])
    );
}

#[test]
fn a_folder_tree_gives_every_ecg_of_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let tree = folder.join("tree/sub");
    std::fs::create_dir_all(&tree).unwrap();
    batch(&tree.join("batch.npy"), 0..3);
    table(&folder.join("tree/rows.parquet"), 3..6);
    lines(&tree.join("bulk.ndjson"), 6..8);
    let said = prepare(folder, "tree", "store", &[], 1);
    let expected = [
        "e3",
        "e4",
        "e5",
        "sub/batch#0",
        "sub/batch#1",
        "sub/batch#2",
        "sub/bulk#0",
        "sub/bulk#1",
    ];
    assert_eq!(ids(folder, "store"), expected);
    assert!(
        said.contains("1 resources cannot be read: line 2"),
        "{said}"
    );
    assert!(said.contains("3 of 8 ECGs name no patient"), "{said}");
    let facts = cells(
        folder,
        "store",
        &["patient_id", "recorded_at", "age", "sex", "from_file"],
    );
    let all = "patient_id;recorded_at;age;sex";
    assert_eq!(facts[0], ["P3", "2020-01-04T10:00:00", "53", "M", all]);
    assert_eq!(facts[3], ["sub/batch#0", "", "", "", ""]);
    // Without its offset from universal time, FHIR holds the date alone.
    assert_eq!(facts[7], ["P7", "2020-01-08T00:00:00", "57", "M", all]);
    assert_eq!(flow(folder, "store")["start"], 8);
}

/// Names are those of `predict`, of a folder, of a file, and of a manifest.
#[test]
fn predict_calls_the_same_ecgs_by_the_same_names() {
    use coronet::model::{Architecture, StateDict, checkpoint};
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let tree = folder.join("tree/sub");
    std::fs::create_dir_all(&tree).unwrap();
    batch(&tree.join("batch.npy"), 0..3);
    table(&folder.join("tree/rows.parquet"), 3..6);
    let manifest = "record_id,path,patient_id\nx,tree/sub/batch.npy,A\ny,tree/rows.parquet#e4,B\n\
                    z,tree/rows.parquet#e3,C\nw,tree/rows.parquet#e9,D\n";
    std::fs::write(folder.join("m.csv"), manifest).unwrap();
    let architecture = Architecture::named("small").unwrap();
    let weights = folder.join("w.safetensors");
    checkpoint::write(&weights, &StateDict::initial(&architecture, 1), None).unwrap();
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/small.toml");
    let scored = |input: &str, code: i32| -> Vec<(String, String)> {
        let mut command = coronet(folder);
        command.args(["predict", "--weights", "w.safetensors", "--architecture"]);
        command.arg(&small).args(PROFILE).arg(input);
        let said = run(&mut command, code);
        let mut reader = csv::Reader::from_reader(said.stdout.as_bytes());
        let row = |row: Result<csv::StringRecord, csv::Error>| {
            let row = row.unwrap();
            (row[0].to_owned(), row[1].to_owned())
        };
        reader.records().map(row).collect()
    };
    let names = |rows: &[(String, String)]| -> Vec<String> {
        rows.iter().map(|(name, _)| name.clone()).collect()
    };
    let column = |at: usize| {
        let cells = manifest
            .lines()
            .skip(1)
            .map(move |line| line.split(',').nth(at));
        manifest::Column::Words(cells.collect())
    };
    let columns = [
        ("record_id", column(0)),
        ("path", column(1)),
        ("patient_id", column(2)),
    ];
    manifest::write(&folder.join("m.parquet"), &columns);
    for (input, store, code) in [
        ("tree", "t", 0),
        ("tree/rows.parquet", "p", 0),
        ("m.csv", "m", 1),
        ("m.parquet", "mp", 1),
    ] {
        prepare(folder, input, store, &[], code);
        let of_files = scored(input, code);
        assert_eq!(ids(folder, store), names(&of_files), "{input}");
        assert_eq!(scored(store, 0), of_files, "{input}");
    }
    assert_eq!(ids(folder, "m"), ["x#0", "x#1", "x#2", "y", "z"]);
}

#[test]
fn files_of_several_give_the_same_bytes_on_any_threads_and_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    batch(&folder.join("batch.npy"), 0..150);
    table(&folder.join("rows.parquet"), 150..300);
    let mut manifest = "record_id,path,patient_id\n".to_owned();
    // The batch from its end, every other row of the table, turn by turn.
    for at in 0..150 {
        let (last, row) = (149 - at, 150 + at);
        manifest += &format!("b{last},batch.npy#{last},p{last}\n");
        if at % 2 == 0 {
            manifest += &format!("r{row},rows.parquet#e{row},\n");
        }
    }
    std::fs::write(folder.join("m.csv"), manifest).unwrap();
    prepare(folder, "m.csv", "store", &[], 0);
    let mut single = coronet(folder);
    single.env("RAYON_NUM_THREADS", "1");
    single
        .args(["prepare", "m.csv", "--out", "single"])
        .args(PROFILE);
    run(&mut single, 0);
    assert_eq!(bytes(folder, "store"), bytes(folder, "single"));
    let mut child = coronet(folder)
        .args(["prepare", "m.csv", "--out", "killed"])
        .args(PROFILE)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let journal = folder.join("killed.partial/journal.jsonl");
    while child.try_wait().unwrap().is_none() {
        if std::fs::metadata(&journal).is_ok_and(|file| file.len() > 3000) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    // Fails only where the child has ended by itself, which is as good.
    let _ = child.kill();
    child.wait().unwrap();
    prepare(folder, "m.csv", "killed", &[], 0);
    assert_eq!(bytes(folder, "store"), bytes(folder, "killed"));
    let again = prepare(folder, "m.csv", "killed", &[], 0);
    assert!(again.contains("unchanged"), "{again}");
}

/// A table of Parquet whose rows are ECGs brings grades of its own.
#[test]
fn a_parquet_table_of_ecgs_is_a_cohort() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    table(&folder.join("rows.parquet"), 0..4);
    let said = prepare(folder, "rows.parquet", "store", &[], 0);
    assert_eq!(ids(folder, "store"), ["e0", "e1", "e2", "e3"]);
    assert!(!said.contains("name no patient"), "{said}");
    let ages = cells(folder, "store", &["age", "sex"]);
    assert_eq!(ages[1], ["51", "M"]);
}

/// The layout of CODE-15 %: exams by identifier, facts in a table of other columns.
#[test]
fn exams_of_hdf5_are_found_by_their_identifiers() {
    let Some(folder) = crate::support::data("formats/hdf5") else {
        return;
    };
    let path = folder.join("code15_style_6.hdf5");
    let exams: Vec<String> = coronet::formats::read(&path, &Default::default())
        .unwrap()
        .iter()
        .map(|recording| recording.record_id.rsplit_once('#').unwrap().1.to_owned())
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::copy(&path, folder.join("exams_part0.hdf5")).unwrap();
    let mut table =
        "exam_id,age,is_male,nn_predicted_age,1dAVb,patient_id,death,timey,normal_ecg,trace_file\n"
            .to_owned();
    for (row, exam) in exams.iter().rev().enumerate() {
        let male = if row % 2 == 0 { "True" } else { "False" };
        table += &format!(
            "{exam},{},{male},40.1,False,7{row},,,True,exams_part0.hdf5\n",
            40 + row
        );
    }
    table += "4711,61,True,40.1,False,9,,,True,exams_part0.hdf5\n12,61,True,40.1,False,9,,,True,exams_part1.hdf5\n";
    std::fs::write(folder.join("exams.csv"), table).unwrap();
    let mapped = [
        "--column",
        "record_id=exam_id",
        "--column",
        "sex=is_male",
        "--path",
        "{trace_file}#{exam_id}",
    ];
    let said = prepare(folder, "exams.csv", "store", &mapped, 1);
    let mut expected: Vec<String> = exams.clone();
    expected.reverse();
    let kept = ids(folder, "store");
    assert!(kept.len() > 3, "{said}");
    assert!(kept.iter().all(|id| expected.contains(id)));
    assert!(
        said.contains("4711: exams_part0.hdf5: no ECG `4711` among"),
        "{said}"
    );
    assert!(said.contains("left out 1: file not found"), "{said}");
    let facts = cells(
        folder,
        "store",
        &["record_id", "patient_id", "age", "sex", "normal_ecg"],
    );
    let row = expected.iter().position(|id| *id == facts[0][0]).unwrap();
    let sex = if row.is_multiple_of(2) { "M" } else { "F" };
    assert_eq!(
        facts[0][1..],
        [
            format!("7{row}"),
            format!("{}", 40 + row),
            sex.to_owned(),
            "1".to_owned()
        ]
    );
    assert_eq!(flow(folder, "store")["start"], exams.len() + 2);
}

#[test]
fn a_file_that_cannot_be_opened_is_one_ecg_that_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    batch(&folder.join("batch.npy"), 0..2);
    let bytes = std::fs::read(folder.join("batch.npy")).unwrap();
    std::fs::write(folder.join("cut.npy"), &bytes[..bytes.len() - 9]).unwrap();
    let manifest = "record_id,path,patient_id\na,batch.npy,A\nb,cut.npy,B\nc,cut.npy#1,C\n";
    std::fs::write(folder.join("m.csv"), manifest).unwrap();
    let said = prepare(folder, "m.csv", "store", &[], 1);
    assert_eq!(ids(folder, "store"), ["a#0", "a#1"]);
    assert!(said.contains("left out 2: file is truncated"), "{said}");
}

#[test]
fn names_that_are_taken_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    batch(&folder.join("batch.npy"), 0..2);
    let manifest = "record_id,path,patient_id\na,batch.npy,A\na#1,batch.npy#0,B\n";
    std::fs::write(folder.join("m.csv"), manifest).unwrap();
    let said = prepare(folder, "m.csv", "store", &[], 1);
    assert!(
        said.contains("expected an ECG of another name, got \"a#1\""),
        "{said}"
    );
}

#[test]
fn inspect_takes_a_name_in_the_path_too() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    batch(&folder.join("batch.npy"), 0..3);
    table(&folder.join("rows.parquet"), 0..4);
    let arguments = ["inspect", "batch.npy#1", "rows.parquet#e2", "--json"];
    let said = output(folder, &arguments);
    assert_eq!(said.status.code(), Some(0));
    let found: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let paths: Vec<&str> = (0..2)
        .map(|at| found[at]["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        (paths, found.as_array().unwrap().len()),
        (vec![arguments[1], arguments[2]], 2)
    );
    let drawn = output(folder, &["inspect", "rows.parquet#e2", "--svg", "e2.svg"]);
    assert_eq!(drawn.status.code(), Some(0));
    let refused = output(folder, &["inspect", "batch.npy#9"]);
    assert_eq!(refused.status.code(), Some(1));
    let words = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(
        words.contains("refused: ") && words.contains('9'),
        "{words}"
    );
}

#[test]
fn convert_takes_a_name_in_the_path_too() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    batch(&folder.join("batch.npy"), 0..3);
    for (input, record) in [
        ("batch.npy#1", ""),
        ("batch.npy", "batch#1"),
        ("batch.npy", "1"),
    ] {
        let mut arguments = vec!["convert", input, "one.npy", "--force"];
        if !record.is_empty() {
            arguments.extend(["--record", record]);
        }
        assert_eq!(
            output(folder, &arguments).status.code(),
            Some(0),
            "{input} {record}"
        );
        let one = coronet::formats::read(&folder.join("one.npy"), &Default::default()).unwrap();
        let expected: Vec<f64> = samples(1)[0]
            .iter()
            .map(|value| f64::from(*value as f32))
            .collect();
        assert_eq!(one[0].ecg.signals[0].millivolts, expected);
    }
    let refused = output(folder, &["convert", "batch.npy#9", "two.npy"]);
    assert_eq!(refused.status.code(), Some(2));
    let columns = ["prepare", "batch.npy", "--column", "age=x", "--out", "s"];
    let refused = output(folder, &columns);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is no table of ECGs"));
}

/// Files that say otherwise than the manifest are told of; the manifest counts, and by rule they
/// are left out.
#[test]
fn files_that_contradict_the_manifest_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    table(&folder.join("rows.parquet"), 0..4);
    let manifest = "record_id,path,patient_id,recorded_at,age,sex\n\
                    a,rows.parquet#e0,P0,2020-01-01,50,F\n\
                    b,rows.parquet#e1,P7,2020-01-03,61,F\n\
                    c,rows.parquet#e2,,,,\n\
                    d,rows.parquet#e3,P3,,20,\n";
    std::fs::write(folder.join("m.csv"), manifest).unwrap();
    let said = prepare(folder, "m.csv", "store", &[], 0);
    for expected in [
        "patient_id: 1 ECG file contradicts the manifest, which counts: b (manifest P7, file P1)",
        "recorded_at: 1 ECG file contradicts the manifest, which counts: b (manifest 2020-01-03, file 2020-01-02)",
        "age: 2 ECG files contradict the manifest, which counts: b (manifest 61, file 51), d (manifest 20, file 53)",
        "sex: 1 ECG file contradicts the manifest, which counts: b (manifest F, file M)",
        "taken from the ECG files: age of 1, patient_id of 1, recorded_at of 2, sex of 2",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    let columns = ["patient_id", "age", "sex", "from_file", "contradictions"];
    let table = cells(folder, "store", &columns);
    assert_eq!(table[0], ["P0", "50", "F", "", ""]);
    assert_eq!(table[1][..3], ["P7", "61", "F"]);
    assert_eq!(
        table[2],
        ["P2", "52", "F", "patient_id;recorded_at;age;sex", ""]
    );
    assert_eq!(
        table[3],
        [
            "P3",
            "20",
            "M",
            "recorded_at;sex",
            "age: manifest 20, file 53"
        ]
    );
    let again = prepare(folder, "m.csv", "store", &[], 0);
    assert!(
        again.contains("unchanged") && again.contains("age: 2 ECG files"),
        "{again}"
    );
    let rule = [
        "--exclude-findings",
        "patient-contradicted,age-contradicted",
    ];
    let said = prepare(folder, "m.csv", "store", &rule, 0);
    assert_eq!(ids(folder, "store"), ["a", "c"], "{said}");
    // Nothing of what a file says stays without its identifiers.
    std::fs::write(folder.join("key.txt"), "0123456789abcdef0123\n").unwrap();
    let key = ["--de-identify", "--key-file", "key.txt"];
    prepare(folder, "m.csv", "hidden", &key, 0);
    let table = cells(
        folder,
        "hidden",
        &["patient_id", "recorded_at", "contradictions"],
    );
    assert_eq!(table[1][2], "patient_id; recorded_at; age; sex");
    let text = std::fs::read_to_string(folder.join("hidden/table.csv")).unwrap();
    assert!(
        !text.contains("P1") && !text.contains("2020-01-02"),
        "{text}"
    );
    let key = coronet::cohort::Key::new(b"0123456789abcdef0123").unwrap();
    assert_eq!(table[2][0], key.patient("P2"));
    assert!(!table[2][1].is_empty() && !table[2][1].starts_with("2020-01-03"));
}

/// Dates of files pair ECGs with CCTAs where the manifest has none.
#[test]
fn dates_of_files_pair_them_with_their_ccta() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    table(&folder.join("rows.parquet"), 0..3);
    let manifest = "record_id,path,patient_id\na,rows.parquet,\n";
    std::fs::write(folder.join("m.csv"), manifest).unwrap();
    let ccta = "patient_id,performed_at,RCA,LM,LAD,LCX\nP0,2020-01-11,0,0,80,0\n\
                P1,2020-09-01,0,0,0,0\nP2,2020-01-03,0,0,0,100\n";
    std::fs::write(folder.join("ccta.csv"), ccta).unwrap();
    prepare(folder, "m.csv", "store", &["--ccta", "ccta.csv"], 0);
    let columns = ["record_id", "interval_days", "LAD_grade", "from_file"];
    let table = cells(folder, "store", &columns);
    assert_eq!(table.len(), 2);
    assert_eq!(table[0][..3], ["a#e0", "-10", "3"]);
    assert_eq!(table[1][..3], ["a#e2", "0", "0"]);
    assert_eq!(flow(folder, "store")["start"], 3);
}

/// A Parquet file of cells: texts, whole numbers, numbers and moments, each of which may be null.
mod manifest {
    use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
    use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
    use parquet::schema::types::Type;
    use std::path::Path;
    use std::sync::Arc;

    pub(super) enum Column {
        Words(Vec<Option<&'static str>>),
        Whole(Vec<Option<i64>>),
        Numbers(Vec<Option<f64>>),
        /// Milliseconds since 1970.
        Moments(Vec<Option<i64>>),
    }

    fn kind(column: &Column) -> (Physical, Option<LogicalType>) {
        match column {
            Column::Words(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Column::Whole(_) => (Physical::INT64, None),
            Column::Numbers(_) => (Physical::DOUBLE, None),
            Column::Moments(_) => (
                Physical::INT64,
                Some(LogicalType::timestamp(false, TimeUnit::MILLIS)),
            ),
        }
    }

    pub(super) fn write(path: &Path, columns: &[(&str, Column)]) {
        let fields = columns.iter().map(|(name, column)| {
            let (physical, logical) = kind(column);
            let field = Type::primitive_type_builder(name, physical)
                .with_logical_type(logical)
                .with_repetition(Repetition::OPTIONAL);
            Arc::new(field.build().unwrap())
        });
        let schema = Type::group_type_builder("table").with_fields(fields.collect());
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let file = std::fs::File::create(path).unwrap();
        let (schema, properties) = (schema.build().unwrap(), properties.build());
        let mut writer =
            SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).unwrap();
        let mut group = writer.next_row_group().unwrap();
        for (_, column) in columns {
            match column {
                Column::Words(cells) => {
                    let cells: Vec<Option<ByteArray>> =
                        cells.iter().map(|cell| cell.map(ByteArray::from)).collect();
                    add::<ByteArrayType>(&mut group, &cells);
                }
                Column::Whole(cells) | Column::Moments(cells) => {
                    add::<Int64Type>(&mut group, cells);
                }
                Column::Numbers(cells) => add::<DoubleType>(&mut group, cells),
            }
        }
        group.close().unwrap();
        writer.close().unwrap();
    }

    fn add<T: DataType>(
        group: &mut SerializedRowGroupWriter<'_, std::fs::File>,
        cells: &[Option<T::T>],
    ) {
        let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
        let values: Vec<T::T> = cells.iter().flatten().cloned().collect();
        let mut column = group.next_column().unwrap().unwrap();
        let typed = column.typed::<T>();
        typed.write_batch(&values, Some(&levels), None).unwrap();
        column.close().unwrap();
    }
}

#[test]
fn a_manifest_may_be_a_parquet_table() {
    use manifest::Column;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    batch(&folder.join("batch.npy"), 0..3);
    let paths = ["batch.npy#0", "batch.npy#1", "batch.npy#2"];
    let columns = |first: &'static str, sex: &'static str| {
        [
            (first, Column::Whole(vec![Some(7), Some(8), Some(9)])),
            ("path", Column::Words(paths.map(Some).into())),
            (
                "patient_id",
                Column::Words(vec![Some("A"), Some("B"), None]),
            ),
            (
                "recorded_at",
                Column::Moments(vec![Some(1_577_872_800_000), None, None]),
            ),
            ("age", Column::Numbers(vec![Some(61.5), None, Some(70.0)])),
            (sex, Column::Words(vec![Some("M"), Some("F"), None])),
            ("LAD_grade", Column::Whole(vec![Some(3), Some(0), None])),
        ]
    };
    manifest::write(&folder.join("m.parquet"), &columns("record_id", "sex"));
    let said = prepare(folder, "m.parquet", "store", &[], 1);
    assert!(said.contains("patient_id: expected a value"), "{said}");
    let names = ["record_id", "recorded_at", "age", "sex", "LAD_grade"];
    let expected = [
        ["7", "2020-01-01T10:00:00", "61.5", "M", "3"],
        ["8", "", "", "F", "0"],
    ];
    assert_eq!(cells(folder, "store", &names), expected);
    manifest::write(&folder.join("own.parquet"), &columns("ID", "gender"));
    let more = ["--column", "record_id=ID", "--column", "sex=gender"];
    prepare(folder, "own.parquet", "own", &more, 1);
    assert_eq!(cells(folder, "own", &names), expected);
}

/// Arrays state neither rate nor unit: what is told of them changes the windows, and the store.
#[test]
fn rate_and_unit_of_arrays_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // 10 s at 250 Hz, in microvolts.
    let values: Vec<f32> = samples(3)
        .iter()
        .flat_map(|lead| lead.iter().step_by(2).map(|value| (value * 1000.0) as f32))
        .collect();
    npy::write(&folder.join("slow.npy"), &[12, 2500], &values).unwrap();
    std::fs::write(
        folder.join("m.csv"),
        "record_id,path,patient_id\na,slow.npy,A\n",
    )
    .unwrap();
    let profile = ["--profile", "anyecg-ccta"];
    let prepare = |out: &str, more: &[&str], code| {
        let mut command = coronet(folder);
        command
            .args(["prepare", "m.csv", "--out", out])
            .args(profile)
            .args(more);
        run(&mut command, code).stderr
    };
    let said = prepare("plain", &[], 0);
    assert!(said.contains("1 ECG without a stated rate"), "{said}");
    let told = prepare("told", &["--rate", "250", "--unit", "uV"], 0);
    assert!(!told.contains("without a stated"), "{told}");
    let findings = |store| cells(folder, store, &["findings"]).concat().concat();
    assert!(
        findings("plain").contains("padded"),
        "{}",
        findings("plain")
    );
    assert!(!findings("told").contains("padded"), "{}", findings("told"));
    let again = prepare("told", &["--rate", "250", "--unit", "mV"], 0);
    assert!(again.contains("changed: settings"), "{again}");
    let refused = prepare("other", &["--rate", "0"], 2);
    assert!(refused.contains("expected a number of hertz"), "{refused}");
}

/// A part of a file that cannot be read is a failure of its own, and the others are scored.
#[test]
fn predict_names_parts_that_are_left_out() {
    use coronet::model::{Architecture, StateDict, checkpoint};
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    lines(&folder.join("bulk.ndjson"), 0..3);
    let architecture = Architecture::named("small").unwrap();
    let weights = folder.join("w.safetensors");
    checkpoint::write(&weights, &StateDict::initial(&architecture, 1), None).unwrap();
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/small.toml");
    let mut command = coronet(folder);
    command.args(["predict", "--weights", "w.safetensors", "--architecture"]);
    command.arg(&small).args(PROFILE).arg("bulk.ndjson");
    let said = run(&mut command, 1);
    let names: Vec<&str> = said
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .collect();
    assert_eq!(names, ["bulk#0", "bulk#1", "bulk#2"]);
    assert!(
        said.stderr.contains("1 resources cannot be read: line 2"),
        "{}",
        said.stderr
    );
}

#[test]
fn patients_with_a_stent_are_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    table(&folder.join("rows.parquet"), 0..4);
    let ccta = "patient_id,performed_at,RCA,LM,LAD,LCX\nP0,2020-01-01,0,0,patent stent,0\n\
                P1,2020-01-01,0,0,80,0\nP2,2020-01-03,0,0,0,100\nP3,2020-01-03,0,0,0,0\n";
    std::fs::write(folder.join("ccta.csv"), ccta).unwrap();
    let clinical = "patient_id,prior_revascularisation\nP1,0\nP2,1\n";
    std::fs::write(folder.join("clinical.csv"), clinical).unwrap();
    let tables = ["--ccta", "ccta.csv", "--clinical", "clinical.csv"];
    let said = prepare(folder, "rows.parquet", "store", &tables, 0);
    assert_eq!(ids(folder, "store"), ["e1", "e3"]);
    assert!(
        said.contains("left out 2: prior revascularisation"),
        "{said}"
    );
    let keep = ["--prior-revascularisation", "keep"];
    let said = prepare(
        folder,
        "rows.parquet",
        "kept",
        &[&tables[..], &keep].concat(),
        0,
    );
    assert_eq!(ids(folder, "kept"), ["e0", "e1", "e2", "e3"]);
    assert!(
        said.contains("2 ECGs of patients with prior revascularisation are kept"),
        "{said}"
    );
}
