//! `coronet inspect` and `coronet convert` on made ECGs.

use coronet_ecg::{Channel, Device, Ecg, Hertz, Lead, Sex, Signal, Subject};
use coronet_formats::{npy, wfdb};
use std::path::Path;
use std::process::{Command, Output};

#[test]
fn one_ecg_is_shown_in_full() {
    let folder = tempfile::tempdir().unwrap();
    let header = record(folder.path(), "one", &beating(500.0));
    let output = coronet(&[&"inspect", &header]);
    check(&output, 0, &[], &[]);
    for expected in [
        "one.hea\n",
        "  verdict        good\n",
        "  leads          12 stored\n",
        "  sampling rate  500 Hz\n",
        "  duration       10 s, 5000 samples a lead\n",
        "  start          2021-03-04 05:06:07\n",
        "  patient        61 years, female, identifier P 17\n",
        "  heart rate     75/min\n",
        "  lead  min mV  max mV  SD mV  invalid  quality\n",
        "  no findings\n",
    ] {
        assert!(
            stdout(&output).contains(expected),
            "{expected:?} in {output:?}"
        );
    }
}

#[test]
fn a_lead_line_gives_range_and_spread() {
    let folder = tempfile::tempdir().unwrap();
    let mut ecg = beating(500.0);
    // Half the samples −1 mV and half 2 mV: mean 0.5, standard deviation 1.5.
    let square = (0..ecg.len()).map(|at| if at / 5 % 2 == 0 { -1.0 } else { 2.0 });
    ecg.signals[11].millivolts = square.collect();
    let header = record(folder.path(), "square", &ecg);
    let output = coronet(&[&"inspect", &header]);
    let text = stdout(&output);
    let line = text.lines().find(|line| line.starts_with("  V6")).unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(cells[..6], ["V6", "-1.000", "2.000", "1.500", "0", "%"]);
}

#[test]
fn a_record_name_without_extension_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), "one", &beating(500.0));
    let output = coronet(&[&"inspect", &folder.path().join("one")]);
    check(&output, 0, &["verdict        good"], &[]);
}

#[test]
fn derived_and_missing_leads_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut ecg = beating(500.0);
    ecg.signals.retain(|signal| {
        ![Lead::III, Lead::AVF, Lead::V3]
            .map(Channel::Lead)
            .contains(&signal.channel)
    });
    let header = record(folder.path(), "nine", &ecg);
    let output = coronet(&[&"inspect", &header]);
    let leads = "leads          9 stored; derived from I and II: III, aVF; missing: V3";
    check(&output, 0, &[leads, "leads-absent"], &[]);
}

#[test]
fn faults_are_named_with_their_codes_and_verdicts() {
    let folder = tempfile::tempdir().unwrap();
    cohort_with_faults(folder.path());
    let output = coronet(&[&"inspect", &folder.path()]);
    check(&output, 1, &[], &["warning: 2 inputs could not be read"]);
    let text = stdout(&output);
    let line = |name: &str| text.lines().find(|line| line.contains(name)).unwrap();
    assert!(line("good.hea").contains("  good"), "{text}");
    assert!(
        line("zero.hea").contains("unusable  all-zero, flat-lead ×12"),
        "{text}"
    );
    assert!(line("slow.hea").contains("implausible-rate"), "{text}");
    assert!(
        line("changed.hea").contains("refused   ") && line("changed.hea").contains("checksum"),
        "{text}"
    );
    assert!(line("short.hea").contains("refused   "), "{text}");
    assert!(
        line("short.hea").contains("truncated: expected 120000 bytes, got 100"),
        "{text}"
    );
    assert!(
        text.contains("3 ECGs in 3 files: 1 good, 0 doubtful, 2 unusable; 2 inputs refused"),
        "{text}"
    );
    assert!(text.contains("\nECGs by finding\n"), "{text}");
    let text = stdout(&coronet(&[&"inspect", &"--lenient", &folder.path()]));
    let changed = text.lines().find(|line| line.contains("changed.hea"));
    assert!(
        changed.unwrap().contains("doubtful  checksum-mismatch"),
        "{text}"
    );
}

#[test]
fn json_holds_every_ecg_and_every_refusal() {
    let folder = tempfile::tempdir().unwrap();
    cohort_with_faults(folder.path());
    let output = coronet(&[&"inspect", &"--json", &folder.path()]);
    check(
        &output,
        1,
        &[],
        &["short.hea: ", "truncated: expected 120000 bytes, got 100"],
    );
    let entries = json(&output);
    let by_name = |name: &str| {
        let ends = |entry: &&serde_json::Value| entry["path"].as_str().unwrap().ends_with(name);
        entries.iter().find(ends).unwrap().clone()
    };
    assert_eq!(entries.len(), 5);
    assert!(
        by_name("short.hea")["error"]
            .as_str()
            .unwrap()
            .contains("truncated")
    );
    let good = by_name("good.hea");
    assert_eq!(good["record_id"], "good");
    assert_eq!(good["verdict"], "good");
    assert_eq!(good["rate_hertz"], 500.0);
    assert_eq!(good["samples"], 5000);
    assert_eq!(good["sex"], "F");
    assert_eq!(good["leads"].as_array().unwrap().len(), 12);
    assert_eq!(good["leads"][3]["lead"], "aVR");
    assert_eq!(good["leads"][3]["source"], "stored");
    let first = &by_name("zero.hea")["signal_findings"][0];
    assert_eq!(first["code"], "all-zero");
}

#[test]
fn equal_signals_under_two_names_are_named() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), "one", &beating(500.0));
    record(folder.path(), "two", &beating(500.0));
    record(folder.path(), "other", &beating(400.0));
    let output = coronet(&[&"inspect", &folder.path()]);
    let same = format!(
        "{} = {}",
        folder.path().join("one.hea").display(),
        folder.path().join("two.hea").display()
    );
    check(&output, 0, &[&same], &[]);
    assert!(!stdout(&output).contains("= other"));
}

#[test]
fn header_and_signal_file_named_together_are_one_ecg() {
    let folder = tempfile::tempdir().unwrap();
    let header = record(folder.path(), "one", &beating(500.0));
    let output = coronet(&[
        &"inspect",
        &"--json",
        &header,
        &header.with_extension("dat"),
    ]);
    check(&output, 0, &[], &["1 signal file read through the headers"]);
    assert_eq!(json(&output).len(), 1);
}

#[test]
fn what_is_not_there_or_no_ecg_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.txt");
    std::fs::write(&notes, "nothing of an ECG").unwrap();
    let absent = folder.path().join("absent.hea");
    let output = coronet(&[&"inspect", &notes, &absent]);
    let warning = "warning: 2 inputs could not be read";
    check(
        &output,
        1,
        &[
            "refused: expected WFDB",
            "absent.hea\n  refused: no such file",
        ],
        &[warning],
    );
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let output = coronet(&[&"inspect", &empty]);
    check(
        &output,
        1,
        &["refused: no ECG file of a known format in it"],
        &[],
    );
}

#[test]
fn each_ecg_of_a_batch_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let batch = batch(folder.path(), 5);
    let output = coronet(&[&"inspect", &batch, &"--rate", &"500"]);
    check(
        &output,
        0,
        &["batch.npy#0", "batch.npy#4", "5 ECGs in 1 file:"],
        &[],
    );
}

#[test]
fn a_drawing_is_made_of_one_ecg_only() {
    let folder = tempfile::tempdir().unwrap();
    let header = record(folder.path(), "one", &beating(500.0));
    let svg = folder.path().join("one.svg");
    let output = coronet(&[&"inspect", &header, &"--svg", &svg]);
    check(&output, 0, &["verdict"], &["wrote"]);
    let drawing = std::fs::read_to_string(&svg).unwrap();
    assert!(drawing.starts_with("<svg") && drawing.contains("25 mm/s"));

    let png = folder.path().join("one.png");
    for layout in ["3x4", "6x2", "12x1"] {
        coronet(&[&"inspect", &header, &"--png", &png, &"--layout", &layout]);
        let bytes = std::fs::read(&png).unwrap();
        assert!(bytes.starts_with(b"\x89PNG"), "{layout}");
    }
    for from in ["10", "100"] {
        std::fs::remove_file(&png).unwrap_or_default();
        let output = coronet(&[&"inspect", &header, &"--png", &png, &"--from", &from]);
        let words = "expected a time within the ECG, which lasts 10 s";
        check(&output, 2, &[], &[words, "hint: "]);
        assert!(!png.exists(), "no empty paper");
    }
    let output = coronet(&[&"inspect", &header, &header, &"--svg", &svg]);
    check(&output, 2, &[], &["--svg and --png draw one ECG", "hint: "]);
    let output = coronet(&[&"inspect", &header, &"--svg", &header]);
    check(&output, 2, &[], &["expected a name that ends in .svg"]);
    assert!(
        std::fs::read_to_string(&header)
            .unwrap()
            .starts_with("one 12 500")
    );
}

#[test]
fn an_ecg_keeps_its_samples_through_all_formats() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let header = record(folder.path(), "one", &beating(500.0));
    let table = coronet(&[&"convert", &header, &path("one.csv")]);
    let lost = "a table does not hold: start, patient identifier, age, sex";
    check(&table, 0, &[], &[lost, "samples differ by at most 0 µV"]);
    let array = coronet(&[&"convert", &path("one.csv"), &path("one.npy")]);
    check(
        &array,
        0,
        &[],
        &["an array states no rate: read it with --rate 500"],
    );
    let back = coronet(&[
        &"convert",
        &path("one.npy"),
        &path("new/back"),
        &"--rate",
        &"500",
    ]);
    check(&back, 0, &[], &["samples differ by at most 0"]);

    let files = [
        header,
        path("one.csv"),
        path("one.npy"),
        path("new/back.hea"),
    ];
    let mut arguments: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"inspect", &"--json"];
    arguments.extend(files.iter().map(|file| file as &dyn AsRef<std::ffi::OsStr>));
    let entries = json(&coronet(&arguments));
    assert_eq!(entries.len(), 4);
    for entry in &entries {
        assert_eq!(
            entry["fingerprint"], entries[0]["fingerprint"],
            "{}",
            entry["path"]
        );
        assert_eq!(entry["rate_hertz"], 500.0);
    }
}

#[test]
fn nothing_is_replaced_unless_forced() {
    let folder = tempfile::tempdir().unwrap();
    let header = record(folder.path(), "one", &beating(500.0));
    for name in ["there.csv", "there.npy", "there.hea", "there.dat"] {
        let there = folder.path().join(name);
        std::fs::write(&there, "mine").unwrap();
        let asked = match name {
            "there.dat" => folder.path().join("there"),
            _ => there.clone(),
        };
        let output = coronet(&[&"convert", &header, &asked]);
        check(
            &output,
            2,
            &[],
            &[name, "is there already", "hint: --force"],
        );
        assert_eq!(std::fs::read_to_string(&there).unwrap(), "mine");
        let output = coronet(&[&"convert", &header, &asked, &"--force"]);
        check(&output, 0, &[], &["wrote "]);
        assert_ne!(std::fs::read(&there).unwrap(), b"mine");
        for extension in ["hea", "dat"] {
            std::fs::remove_file(folder.path().join("there").with_extension(extension)).ok();
        }
    }
}

#[test]
fn what_a_format_cannot_hold_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut ecg = beating(500.0);
    ecg.signals[7].millivolts[40..45].fill(f64::NAN);
    ecg.signals
        .retain(|signal| signal.channel != Channel::Lead(Lead::III));
    ecg.signals.push(Signal {
        channel: Channel::Other("respiration".to_owned()),
        millivolts: vec![0.5; ecg.len()],
    });
    let header = record(folder.path(), "one", &ecg);
    let output = coronet(&[&"convert", &header, &folder.path().join("one.npy")]);
    let said = [
        "left out: respiration",
        "derived from I and II: III",
        "5 invalid samples are written as not a number",
        "an array does not hold: start",
    ];
    check(&output, 0, &[], &said);
    let output = coronet(&[&"convert", &header, &folder.path().join("one.csv")]);
    check(
        &output,
        0,
        &[],
        &["5 invalid samples are written as empty cells"],
    );
}

#[test]
fn an_array_needs_all_twelve_leads() {
    let folder = tempfile::tempdir().unwrap();
    let mut ecg = beating(500.0);
    ecg.signals.truncate(6);
    let header = record(folder.path(), "six", &ecg);
    let array = folder.path().join("six.npy");
    let output = coronet(&[&"convert", &header, &array]);
    check(
        &output,
        2,
        &[],
        &["missing: V1, V2, V3, V4, V5, V6", "hint: "],
    );
    assert!(!array.exists());
}

#[test]
fn a_batch_needs_a_name_and_an_output_a_known_extension() {
    let folder = tempfile::tempdir().unwrap();
    let batch = batch(folder.path(), 3);
    let table = folder.path().join("one.csv");
    let output = coronet(&[&"convert", &batch, &table]);
    check(&output, 2, &[], &["holds 3 ECGs", "--record 'batch#2'"]);
    let output = coronet(&[&"convert", &batch, &table, &"--record", &"batch#7"]);
    check(&output, 2, &[], &["holds no ECG `batch#7`"]);
    let output = coronet(&[&"convert", &batch, &table, &"--record", &"batch#1"]);
    check(&output, 0, &[], &["rate-not-stated"]);
    let output = coronet(&[&"convert", &table, &folder.path().join("one.xlsx")]);
    check(&output, 2, &[], &["cannot write `.xlsx`", "hint: "]);
}

/// A good ECG, one of zeros, one that says 40 Hz, one changed after it was written, one cut off.
fn cohort_with_faults(folder: &Path) {
    record(folder, "good", &beating(500.0));
    let mut zero = beating(500.0);
    for signal in &mut zero.signals {
        signal.millivolts.fill(0.0);
    }
    record(folder, "zero", &zero);
    let mut slow = beating(500.0);
    slow.rate = Hertz::new(40.0).unwrap();
    record(folder, "slow", &slow);
    let changed = record(folder, "changed", &beating(400.0)).with_extension("dat");
    let mut bytes = std::fs::read(&changed).unwrap();
    bytes[48_000] ^= 8;
    std::fs::write(&changed, bytes).unwrap();
    let short = record(folder, "short", &beating(500.0)).with_extension("dat");
    let bytes = std::fs::read(&short).unwrap();
    std::fs::write(&short, &bytes[..100]).unwrap();
}

fn record(folder: &Path, name: &str, ecg: &Ecg) -> std::path::PathBuf {
    wfdb::write(folder, name, ecg, &wfdb::WriteOptions::default()).unwrap()
}

/// An array of several different ECGs.
fn batch(folder: &Path, records: usize) -> std::path::PathBuf {
    let path = folder.join("batch.npy");
    let mut data = Vec::new();
    for record in 0..records {
        for signal in beating(500.0).signals {
            let scale = 1.0 + 0.1 * record as f64;
            data.extend(
                signal
                    .millivolts
                    .iter()
                    .map(|sample| (sample * scale) as f32),
            );
        }
    }
    npy::write(&path, &[records, 12, 5000], &data).unwrap();
    path
}

/// Ten seconds of twelve leads at 75 beats a minute over a slow drift; limb leads agree.
fn beating(rate: f64) -> Ecg {
    let wave = |qrs: f64, t: f64| -> Vec<f64> {
        (0..(10.0 * rate) as usize)
            .map(|at| {
                let seconds = at as f64 / rate;
                let phase = seconds % 0.8;
                let bump = |centre: f64, width: f64| (-((phase - centre) / width).powi(2)).exp();
                let drift = 0.05 * (2.0 * std::f64::consts::PI * 0.3 * seconds).sin();
                let value =
                    qrs * (bump(0.3, 0.012) - 0.2 * bump(0.33, 0.01)) + t * bump(0.55, 0.05);
                ((value + qrs * drift) * 1000.0).round() / 1000.0
            })
            .collect()
    };
    let (one, two) = (wave(0.7, 0.2), wave(1.1, 0.3));
    let limb = |a: f64, b: f64| {
        one.iter()
            .zip(&two)
            .map(|(one, two)| a * one + b * two)
            .collect()
    };
    let leads = [
        one.clone(),
        two.clone(),
        limb(-1.0, 1.0),
        limb(-0.5, -0.5),
        limb(1.0, -0.5),
        limb(-0.5, 1.0),
        wave(-0.6, 0.1),
        wave(-0.9, 0.5),
        wave(0.4, 0.6),
        wave(1.3, 0.5),
        wave(1.4, 0.4),
        wave(1.1, 0.3),
    ];
    let signals = Lead::ALL.into_iter().zip(leads);
    Ecg {
        rate: Hertz::new(rate).unwrap(),
        signals: signals
            .map(|(lead, millivolts)| Signal {
                channel: Channel::Lead(lead),
                millivolts,
            })
            .collect(),
        start: Some("2021-03-04T05:06:07".parse().unwrap()),
        subject: Subject {
            patient_id: Some("P 17".to_owned()),
            age: Some(61.0),
            sex: Some(Sex::Female),
            ..Subject::default()
        },
        device: Device::default(),
        findings: Vec::new(),
    }
}

fn coronet(arguments: &[&dyn AsRef<std::ffi::OsStr>]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coronet"));
    for argument in arguments {
        command.arg(argument.as_ref());
    }
    command.output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> Vec<serde_json::Value> {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Exit code, and texts that stdout and stderr contain.
fn check(output: &Output, code: i32, out: &[&str], err: &[&str]) {
    let (stdout, stderr) = (stdout(output), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
    for text in out {
        assert!(stdout.contains(text), "{text:?} in {stdout}");
    }
    for text in err {
        assert!(stderr.contains(text), "{text:?} in {stderr}");
    }
}

#[test]
fn the_device_is_shown_and_what_identifies_the_patient_by_kind() {
    let folder = tempfile::tempdir().unwrap();
    let mut ecg = beating(500.0);
    ecg.subject.name = Some("Roe Jane".to_owned());
    ecg.subject.birth_date = Some("1931-07-09".parse().unwrap());
    ecg.device = Device {
        manufacturer: Some("Maker".to_owned()),
        model: Some("M 1".to_owned()),
        software: Some("2.0".to_owned()),
        ..Device::default()
    };
    let path = folder.path().join("one.dcm");
    coronet_formats::dicom::write(&path, &ecg, &Default::default()).unwrap();
    let output = coronet(&[&"inspect", &path]);
    for expected in [
        "  device         Maker M 1, software 2.0\n",
        "  identifies by  name, date of birth, patient identifier\n",
    ] {
        assert!(
            stdout(&output).contains(expected),
            "{expected:?} in {output:?}"
        );
    }
    assert!(!stdout(&output).contains("Roe") && !stdout(&output).contains("1931"));
}

#[test]
fn a_file_of_which_a_part_cannot_be_read_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.json");
    let resource = |data: &str| {
        format!(
            r#"{{"resource":{{"resourceType":"Observation","component":[{{"code":{{"text":"II"}},
            "valueSampledData":{{"origin":{{"value":0,"unit":"mV"}},"period":2,"data":"{data}"}}}}]}}}}"#
        )
    };
    let bundle = format!(
        r#"{{"resourceType":"Bundle","entry":[{},{}]}}"#,
        resource("1 2"),
        resource("1 two")
    );
    std::fs::write(&path, bundle).unwrap();
    let output = coronet(&[&"inspect", &path]);
    check(
        &output,
        1,
        &["1 Observations cannot be read"],
        &["parts of it could not be read"],
    );
}

#[test]
fn a_start_that_the_file_does_not_state_can_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let mut ecg = beating(500.0);
    ecg.start = None;
    let header = record(folder.path(), "one", &ecg);
    let dicom = folder.path().join("one.dcm");
    let output = coronet(&[&"convert", &header, &dicom]);
    check(&output, 2, &[], &["--start"]);
    let start = "2020-01-02T03:04:05";
    let output = coronet(&[&"convert", &header, &dicom, &"--start", &start]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let read = coronet_formats::read(&dicom, &Default::default()).unwrap();
    assert_eq!(read[0].ecg.start.unwrap().to_string(), start);
    let json = folder.path().join("one.json");
    let offset: [&dyn AsRef<std::ffi::OsStr>; 7] = [
        &"convert",
        &header,
        &json,
        &"--start",
        &start,
        &"--offset",
        &"-03:30",
    ];
    let output = coronet(&offset);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = std::fs::read_to_string(&json).unwrap();
    assert!(text.contains("2020-01-02T03:04:05-03:30"), "{text}");
    let output = coronet(&[&"convert", &header, &json, &"--offset", &"8"]);
    check(&output, 2, &[], &["expected an offset"]);
}
