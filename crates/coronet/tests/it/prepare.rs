//! `coronet prepare`: what goes in, what is left out and why, and that nothing changes the bytes.

use crate::support::output as coronet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A simulated cohort with a joined manifest, in `cohort/` of a fresh folder.
fn cohort(patients: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let patients = patients.to_string();
    let arguments = ["simulate", "--joined", "--out", "cohort", "--patients"];
    let output = coronet(folder.path(), &[&arguments[..], &[&patients]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    folder
}

const PREPARE: [&str; 6] = [
    "prepare",
    "cohort/manifest.csv",
    "--profile",
    "ecgfounder-eval",
    "--out",
    "store",
];

fn prepare(folder: &TempDir, more: &[&str]) -> Output {
    coronet(folder.path(), &[&PREPARE[..], more].concat())
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn manifest(folder: &TempDir) -> PathBuf {
    folder.path().join("cohort/manifest.csv")
}

/// Rewrites the manifest line by line; line 0 is the header.
fn edit(folder: &TempDir, change: impl Fn(usize, &str) -> String) {
    let text = fs::read_to_string(manifest(folder)).unwrap();
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(n, line)| change(n, line))
        .collect();
    fs::write(manifest(folder), lines.join("\n")).unwrap();
}

/// Replaces cell `column` of line `number`.
fn edit_cell(folder: &TempDir, number: usize, column: usize, value: &str) {
    edit(folder, |n, line| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if n == number {
            cells[column] = value;
        }
        cells.join(",")
    });
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn store_files(folder: &TempDir, name: &str) -> Vec<Vec<u8>> {
    let files = [
        "windows.f32",
        "table.csv",
        "preprocess.toml",
        "flow.json",
        "store.json",
    ];
    files
        .map(|file| fs::read(folder.path().join(name).join(file)).unwrap())
        .into()
}

/// The path of the ECG of line `number` of the manifest, without extension.
fn record(folder: &TempDir, number: usize) -> PathBuf {
    let text = fs::read_to_string(manifest(folder)).unwrap();
    let path = text.lines().nth(number).unwrap().split(',').nth(1).unwrap();
    folder.path().join("cohort").join(path)
}

#[test]
fn makes_a_store_and_leaves_an_unchanged_one_alone() {
    let folder = cohort(8);
    let output = prepare(&folder, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("next: coronet train store --out run"));
    let description = json(&folder.path().join("store/store.json"));
    assert_eq!(description["label_source"], "simulated");
    assert_eq!(description["profile"]["name"], "ecgfounder-eval");
    let before = fs::metadata(folder.path().join("store/windows.f32")).unwrap();
    let again = prepare(&folder, &[]);
    assert_eq!(again.status.code(), Some(0));
    assert!(said(&again).contains("unchanged"), "{}", said(&again));
    let after = fs::metadata(folder.path().join("store/windows.f32")).unwrap();
    assert_eq!(before.modified().unwrap(), after.modified().unwrap());
}

#[test]
fn a_changed_ecg_makes_the_store_anew() {
    let folder = cohort(6);
    prepare(&folder, &[]);
    let before = json(&folder.path().join("store/store.json"));
    let data = record(&folder, 1).with_extension("dat");
    let mut bytes = fs::read(&data).unwrap();
    bytes[0] ^= 0x40;
    fs::write(&data, bytes).unwrap();
    let output = prepare(&folder, &[]);
    assert!(said(&output).contains("changed: ecgs"), "{}", said(&output));
    let after = json(&folder.path().join("store/store.json"));
    assert_ne!(before["content"], after["content"]);
}

#[test]
fn threads_do_not_change_a_byte() {
    let folder = cohort(10);
    prepare(&folder, &[]);
    let single = Command::new(env!("CARGO_BIN_EXE_coronet"))
        .current_dir(folder.path())
        .env("RAYON_NUM_THREADS", "1")
        .args(&PREPARE[..5])
        .arg("single")
        .output()
        .unwrap();
    assert_eq!(single.status.code(), Some(0));
    assert_eq!(
        store_files(&folder, "store"),
        store_files(&folder, "single")
    );
}

/// Whatever the moment of the kill, the store that is continued equals one made in one go.
#[test]
fn a_killed_run_is_continued() {
    let folder = cohort(120);
    prepare(&folder, &[]);
    let whole = store_files(&folder, "store");
    fs::remove_dir_all(folder.path().join("store")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_coronet"))
        .current_dir(folder.path())
        .args(PREPARE)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let journal = folder.path().join("store.partial/journal.jsonl");
    while child.try_wait().unwrap().is_none() {
        if fs::metadata(&journal).is_ok_and(|file| file.len() > 2000) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    // Fails only where the child has ended by itself, which is as good.
    let _ = child.kill();
    child.wait().unwrap();
    let output = prepare(&folder, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(store_files(&folder, "store"), whole);
    assert!(!folder.path().join("store.partial").exists());
}

#[test]
fn records_that_cannot_be_used_are_named_counted_and_left_out() {
    let folder = cohort(10);
    let total = fs::read_to_string(manifest(&folder))
        .unwrap()
        .lines()
        .count()
        - 1;
    fs::remove_file(record(&folder, 1).with_extension("dat")).unwrap();
    let cut = record(&folder, 2).with_extension("dat");
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let zero = record(&folder, 3).with_extension("dat");
    let size = fs::read(&zero).unwrap().len();
    fs::write(&zero, vec![0; size]).unwrap();
    zero_checksums(&record(&folder, 3), |_| true);
    let output = prepare(&folder, &[]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("left out 1: file not found"), "{said}");
    assert!(said.contains("left out 1: file is truncated"), "{said}");
    assert!(said.contains("left out 1: all samples are zero"), "{said}");
    for number in 1..=3 {
        let name = record(&folder, number);
        let name = name.file_name().unwrap().to_str().unwrap();
        assert!(
            said.contains(&format!("warning: {name}: ")),
            "{name}: {said}"
        );
        let table = fs::read_to_string(folder.path().join("store/table.csv")).unwrap();
        assert!(!table.contains(name), "{name}");
    }
    let description = json(&folder.path().join("store/store.json"));
    assert_eq!(description["count"], total - 3);
    let again = prepare(&folder, &[]);
    assert_eq!(
        again.status.code(),
        Some(1),
        "the failures of an unchanged store stay known"
    );
}

#[test]
fn impossible_rows_are_named_and_left_out() {
    for (column, value, field) in [(11, "9", "LAD_grade"), (3, "yesterday", "recorded_at")] {
        let folder = cohort(4);
        edit_cell(&folder, 1, column, value);
        let output = prepare(&folder, &[]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let expected = format!(
            "line 2 ({})",
            record(&folder, 1).file_name().unwrap().display()
        );
        assert!(said.contains(&expected), "{expected}: {said}");
        assert!(said.contains(&format!("{field}: expected ")), "{said}");
        assert!(said.contains(&format!("got {value:?}")), "{said}");
        assert!(
            said.contains(&format!("left out 1: {field} cannot be used")),
            "{said}"
        );
    }
}

#[test]
fn unreadable_age_or_sex_is_missing_counted_and_told() {
    let folder = cohort(8);
    for (line, column, value) in [
        (1, 4, "sixty"),
        (1, 5, "divers"),
        (2, 5, "divers"),
        (3, 4, "150"),
    ] {
        edit_cell(&folder, line, column, value);
    }
    let output = prepare(&folder, &[]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "every ECG is kept: {said}");
    for told in [
        "age: expected an age of 0–120 years or empty, got \"sixty\"; counted as empty",
        "sex: expected M, F or empty, got \"divers\"; counted as empty (and 1 cell alike)",
        "kept 2: age of the manifest cannot be read",
        "kept 2: sex of the manifest cannot be read",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let flow = json(&folder.path().join("store/flow.json"));
    let kept = &flow["steps"][0]["kept"];
    assert_eq!(kept["age of the manifest cannot be read"], 2, "{flow}");
    let table = fs::read_to_string(folder.path().join("store/table.csv")).unwrap();
    let rows = fs::read_to_string(manifest(&folder)).unwrap();
    assert_eq!(table.lines().count(), rows.lines().count());
    let first: Vec<&str> = table.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(
        first[18], "age;sex",
        "what the ECG file says counts: {first:?}"
    );
}

/// Prepares an edited manifest that must be refused, and returns what was said.
fn refused(change: impl Fn(usize, &str) -> String) -> String {
    let folder = cohort(3);
    edit(&folder, change);
    let output = prepare(&folder, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!folder.path().join("store").exists());
    assert!(!folder.path().join("store.partial").exists());
    said(&output)
}

#[test]
fn an_unknown_column_refuses_the_manifest() {
    let said = refused(|n, line| match n {
        0 => line.replace("patient_id", "patientid"),
        _ => line.to_owned(),
    });
    assert!(
        said.contains("patientid (did you mean patient_id?)"),
        "{said}"
    );
    assert!(said.contains("hint: "), "{said}");
}

#[test]
fn a_repeated_identifier_refuses_the_manifest() {
    let said = refused(|n, line| match n {
        1 | 2 => format!("twice,{}", line.split_once(',').unwrap().1),
        _ => line.to_owned(),
    });
    assert!(
        said.contains("record_id is not unique: twice on lines 2, 3"),
        "{said}"
    );
}

#[test]
fn equal_signals_under_two_patients_are_named() {
    let folder = cohort(5);
    let (first, second) = (record(&folder, 1), record(&folder, 2));
    let path = fs::read_to_string(manifest(&folder)).unwrap();
    let path = path
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .nth(1)
        .unwrap()
        .to_owned();
    edit_cell(&folder, 2, 1, &path);
    let said = said(&prepare(&folder, &[]));
    let names = [first, second].map(|path| path.file_name().unwrap().display().to_string());
    assert!(
        said.contains(&format!("equal signals: {}", names.join(" = "))),
        "{said}"
    );
    assert!(
        said.contains("equal signals: 1, of which across patients: 1"),
        "{said}"
    );
}

#[test]
fn nothing_left_is_an_error_that_leaves_nothing_behind() {
    let folder = cohort(3);
    fs::remove_dir_all(folder.path().join("cohort/records")).unwrap();
    let output = prepare(&folder, &[]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("no ECG is left"), "{said}");
    assert!(said.contains("file not found"), "{said}");
    assert!(!folder.path().join("store").exists());
    assert!(!folder.path().join("store.partial").exists());
}

#[test]
fn a_folder_that_is_not_a_store_is_not_touched() {
    let folder = cohort(3);
    fs::create_dir(folder.path().join("store")).unwrap();
    fs::write(folder.path().join("store/thesis.txt"), "mine").unwrap();
    let output = prepare(&folder, &[]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("hint: "), "{}", said(&output));
    let text = fs::read_to_string(folder.path().join("store/thesis.txt")).unwrap();
    assert_eq!(text, "mine");
}

#[test]
fn profiles_that_cannot_make_a_store_are_refused_with_advice() {
    let folder = cohort(2);
    let run = |more: &[&str]| {
        let start = ["prepare", "cohort/manifest.csv", "--out", "store"];
        let output = coronet(folder.path(), &[&start[..], more].concat());
        assert_eq!(output.status.code(), Some(2));
        said(&output)
    };
    let raw = run(&["--profile", "raw"]);
    assert!(raw.contains("hint: use --profile ecgfounder"), "{raw}");
    let unknown = run(&["--profile", "ecgfinder"]);
    assert!(unknown.contains("ecgfounder"), "{unknown}");
    let notch = run(&["--profile", "anyecg-ccta", "--notch", "60"]);
    assert!(notch.contains("no filter"), "{notch}");
}

#[test]
fn grades_in_two_places_are_refused() {
    let folder = cohort(2);
    let ccta = "patient_id,performed_at,RCA,LM,LAD,LCX\n";
    fs::write(folder.path().join("ccta.csv"), ccta).unwrap();
    let output = prepare(&folder, &["--ccta", "ccta.csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("grades are in both"),
        "{}",
        said(&output)
    );
}

#[test]
fn words_that_are_not_grades_are_missing_and_rows_without_a_date_are_failures() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["simulate", "--out", "cohort", "--patients", "6"];
    coronet(folder.path(), &arguments);
    let path = folder.path().join("cohort/ccta.csv");
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let cells: Vec<String> = lines[1].split(',').map(str::to_owned).collect();
    let (patient, date) = (&cells[0], &cells[1]);
    lines[1] = format!("{patient},{date},who knows,0%,0%,0%");
    lines.push("P00003,soon,0%,0%,0%,0%".to_owned());
    fs::write(&path, lines.join("\n")).unwrap();
    let output = prepare(&folder, &["--ccta", "cohort/ccta.csv"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("RCA: \"who knows\" is not understood as a grade (once)"),
        "{said}"
    );
    assert!(said.contains("performed_at: expected a date"), "{said}");
    let table = fs::read_to_string(folder.path().join("store/table.csv")).unwrap();
    let row = table
        .lines()
        .find(|line| line.contains(&format!(",{patient},")));
    assert_eq!(
        row.unwrap().split(',').nth(9),
        Some(""),
        "missing, not negative"
    );
}

/// First values and checksums in the header of a record for signals that are all zero.
fn zero_checksums(record: &Path, of: impl Fn(&str) -> bool) {
    let path = record.with_extension("hea");
    let text = fs::read_to_string(&path).unwrap();
    let settled = text.lines().map(|line| {
        let mut fields: Vec<&str> = line.split(' ').collect();
        if fields.len() == 9 && of(fields[8]) {
            fields[5] = "0";
            fields[6] = "0";
        }
        fields.join(" ")
    });
    let settled: Vec<String> = settled.collect();
    fs::write(path, settled.join("\n") + "\n").unwrap();
}

#[test]
fn findings_exclude_by_rule() {
    let folder = with_a_flat_lead();
    let output = prepare(&folder, &["--exclude-findings", "flat-lead,record-cut"]);
    let said = said(&output);
    assert_eq!(
        output.status.code(),
        Some(0),
        "an exclusion by rule is no failure: {said}"
    );
    assert!(said.contains("finding flat-lead"), "{said}");
    assert!(said.contains("record-cut excluded no ECG"), "{said}");
    let flow = json(&folder.path().join("store/flow.json"));
    let last = flow["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["name"], "an ECG without flat-lead, record-cut");
    assert_eq!(last["excluded"]["finding flat-lead"], 1);
}

/// A cohort of which one ECG has a lead of zeros.
fn with_a_flat_lead() -> TempDir {
    let folder = cohort(4);
    let path = record(&folder, 1).with_extension("dat");
    let mut bytes = fs::read(&path).unwrap();
    // V6 is the last of twelve signals of two bytes each.
    for frame in bytes.chunks_exact_mut(24) {
        frame[22..].fill(0);
    }
    fs::write(&path, bytes).unwrap();
    zero_checksums(&record(&folder, 1), |name| name == "V6");
    folder
}

#[test]
fn unusable_ecgs_that_no_rule_excludes_are_counted_and_named() {
    let folder = with_a_flat_lead();
    let kept = prepare(&folder, &[]);
    let told = said(&kept);
    assert_eq!(kept.status.code(), Some(0), "{told}");
    assert!(told.contains("kept 1: unusable (flat-lead)"), "{told}");
    assert!(
        told.contains(
            "1 ECG is kept though `coronet inspect` calls such unusable: R00000-0; --exclude"
        ),
        "{told}"
    );
    let flow = json(&folder.path().join("store/flow.json"));
    let last = flow["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["name"], "an ECG that carries a signal", "what it did");
    assert_eq!(last["kept"]["unusable (flat-lead)"], 1);
    let again = said(&prepare(&folder, &[]));
    assert!(
        again.contains("unchanged") && again.contains("unusable (flat-lead)"),
        "{again}"
    );
    let left = said(&prepare(&folder, &["--exclude-findings", "unusable-ecg"]));
    assert!(left.contains("is unusable (flat-lead)"), "{left}");
    assert!(left.contains("left out 1: finding unusable-ecg"), "{left}");
    assert!(!left.contains("calls such unusable"), "{left}");
}

#[test]
fn a_code_that_no_finding_has_is_refused_with_the_codes() {
    let folder = cohort(2);
    let output = prepare(&folder, &["--exclude-findings", "flat-lead,foo"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("expected codes of findings, got foo"),
        "{said}"
    );
    for code in [
        "flat-lead",
        "unit-not-stated",
        "sex-contradicted",
        "unusable-ecg",
    ] {
        assert!(said.contains(code), "{code}: {said}");
    }
}

/// A checksum that does not fit leaves a record out; `--lenient` reads it with a finding, and makes
/// another store.
#[test]
fn files_that_depart_from_their_standard_are_read_on_request() {
    let folder = cohort(4);
    zero_checksums(&record(&folder, 1), |name| name == "V6");
    let strict = prepare(&folder, &[]);
    assert_eq!(strict.status.code(), Some(1), "{}", said(&strict));
    let rows = || fs::read_to_string(folder.path().join("store/table.csv")).unwrap();
    let kept = rows().lines().count();
    let lenient = prepare(&folder, &["--lenient"]);
    assert_eq!(lenient.status.code(), Some(0), "{}", said(&lenient));
    assert_eq!(rows().lines().count(), kept + 1);
}

/// WFDB headers in a folder and the folders in it.
fn headers_below(folder: &Path) -> usize {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path.extension() {
            _ if path.is_dir() => headers_below(&path),
            Some(extension) => usize::from(extension == "hea"),
            None => 0,
        })
        .sum()
}

#[test]
fn a_folder_tree_is_a_manifest() {
    let folder = cohort(5);
    let output = coronet(
        folder.path(),
        &[
            "prepare",
            "cohort/records",
            "--profile",
            "ecgfounder-eval",
            "--out",
            "store",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let table = fs::read_to_string(folder.path().join("store/table.csv")).unwrap();
    let files = headers_below(&folder.path().join("cohort/records"));
    assert!(files > 0);
    assert_eq!(table.lines().count(), 1 + files, "{table}");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let output = coronet(folder.path(), &["prepare", "empty", "--out", "none"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("holds no ECG file"));
}

#[test]
fn columns_of_another_table_are_named() {
    let folder = cohort(5);
    let text = fs::read_to_string(manifest(&folder)).unwrap();
    let mut rows = vec!["ID,Sex,Years,Other".to_owned()];
    let ids = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap());
    rows.extend(ids.map(|id| format!("{id},\"F\n\",\"51\n\",x")));
    fs::write(folder.path().join("cohort/own.csv"), rows.join("\n")).unwrap();
    let path = record(&folder, 1);
    let kind = path
        .parent()
        .unwrap()
        .strip_prefix(folder.path().join("cohort"))
        .unwrap();
    let template = format!("{}/{{ID}}", kind.display());
    let run = |column: &str| {
        let arguments = [
            "prepare",
            "cohort/own.csv",
            "--column",
            "record_id=ID",
            "--column",
            "patient_id=ID",
            "--column",
            "age=Years",
            "--column",
            column,
            "--path",
            &template,
            "--profile",
            "ecgfounder-eval",
            "--out",
            "store",
        ];
        coronet(folder.path(), &arguments)
    };
    let output = run("sex=Sex");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let table = fs::read_to_string(folder.path().join("store/table.csv")).unwrap();
    assert!(table.lines().nth(1).unwrap().contains(",51,F,"), "{table}");
    let output = run("sex=Gender");
    assert!(
        said(&output).contains("expected the column Gender, got ID, Sex"),
        "{}",
        said(&output)
    );
    let output = run("gender=Sex");
    assert!(
        said(&output).contains("NAME is one of record_id"),
        "{}",
        said(&output)
    );
}

#[test]
fn reports_are_read_and_what_was_understood_is_listed() {
    let folder = cohort(6);
    let text = fs::read_to_string(manifest(&folder)).unwrap();
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let place = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let (id, patient, time) = (
        place("record_id"),
        place("patient_id"),
        place("recorded_at"),
    );
    let path = place("path");
    let mut manifest = vec!["record_id,path,patient_id,recorded_at".to_owned()];
    let mut ccta = vec!["patient_id,performed_at,report".to_owned()];
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        manifest.push(format!(
            "{},{},{},{}",
            cells[id], cells[path], cells[patient], cells[time]
        ));
        ccta.push(format!(
            "{},{},\"Severe stenosis of the LAD. 右冠状动脉未见明显狭窄。LCX: mild to moderate\"",
            cells[patient], cells[time]
        ));
    }
    ccta.dedup();
    fs::write(folder.path().join("cohort/plain.csv"), manifest.join("\n")).unwrap();
    fs::write(folder.path().join("ccta.csv"), ccta.join("\n")).unwrap();
    let arguments = [
        "prepare",
        "cohort/plain.csv",
        "--ccta",
        "ccta.csv",
        "--profile",
        "ecgfounder-eval",
        "--out",
        "store",
    ];
    let output = coronet(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let said = said(&output);
    assert!(said.contains("CCTA texts, LAD: english "), "{said}");
    assert!(said.contains("CCTA texts, LCX: not-understood "), "{said}");
    let texts = fs::read_to_string(folder.path().join("store/ccta-texts.csv")).unwrap();
    assert!(
        texts.starts_with("vessel,text,understood_as,grade,count\n"),
        "{texts}"
    );
    assert!(
        texts.contains("RCA,右冠状动脉未见明显狭窄,chinese,0,"),
        "{texts}"
    );
    assert!(
        texts.contains("LCX,LCX: mild to moderate,not-understood,,"),
        "{texts}"
    );
    assert!(said.contains(" CCTAs in the table"), "{said}");
    let flow = json(&folder.path().join("store/ccta-flow.json"));
    assert_eq!(flow["unit"], "CCTAs", "{flow}");
    assert!(texts.contains("LM,,missing,,"), "{texts}");
}
