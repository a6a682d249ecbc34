//! De-identification: over every writer, nothing that says who the patient is survives.

use crate::support::output as coronet;
use coronet::cohort::{Key, deidentify_ecg};
use coronet::ecg::{Channel, Device, Ecg, Finding, Hertz, Lead, Sex, Signal, Subject};
use coronet::formats::{Recording, csv, dicom, edf, fhir, npy, parquet, wfdb};
use std::path::Path;

/// Everything that must not be found, as bytes in several encodings.
const SECRETS: [&str; 9] = [
    "MRN-4711",
    "Roe^Jane",
    "Jane",
    "1931",
    "SN-998877",
    "Elsewhere General",
    "2024-03-05",
    "20240305",
    "05/03/2024",
];

fn ecg() -> Ecg {
    let signal = |(at, lead): (usize, &Lead)| Signal {
        channel: Channel::Lead(*lead),
        millivolts: (0..600)
            .map(|n| ((n * 7 + at) % 400) as f64 / 1000.0)
            .collect(),
    };
    Ecg {
        rate: Hertz::new(500.0).unwrap(),
        signals: Lead::ALL.iter().enumerate().map(signal).collect(),
        start: Some("2024-03-05T10:30:00".parse().unwrap()),
        subject: Subject {
            patient_id: Some("MRN-4711".to_owned()),
            age: None,
            sex: Some(Sex::Female),
            name: Some("Roe^Jane".to_owned()),
            birth_date: Some("1931-07-09".parse().unwrap()),
            ..Subject::default()
        },
        device: Device {
            manufacturer: Some("Maker".to_owned()),
            serial: Some("SN-998877".to_owned()),
            institution: Some("Elsewhere General".to_owned()),
            ..Device::default()
        },
        findings: vec![Finding {
            code: "record-name-mismatch".to_owned(),
            message: "the header of `MRN-4711` says otherwise".to_owned(),
        }],
    }
}

/// Writes the ECG in every format that can be written.
fn write_all(folder: &Path, ecg: &Ecg) {
    wfdb::write(folder, "r", ecg, &wfdb::WriteOptions::default()).unwrap();
    csv::write(&folder.join("r.csv"), ecg).unwrap();
    npy::write_ecg(&folder.join("r.npy"), ecg).unwrap();
    dicom::write(&folder.join("r.dcm"), ecg, &dicom::WriteOptions::default()).unwrap();
    edf::write(&folder.join("r.edf"), ecg).unwrap();
    parquet::write(&folder.join("r.parquet"), ecg).unwrap();
    let recording = Recording {
        record_id: "r".to_owned(),
        format: "made",
        ecg: ecg.clone(),
    };
    parquet::write_recordings(&folder.join("many.parquet"), &[recording]).unwrap();
    for (name, version) in [("4.json", fhir::Version::R4), ("5.json", fhir::Version::R5)] {
        fhir::write(
            &folder.join(name),
            ecg,
            &fhir::WriteOptions {
                version,
                ..fhir::WriteOptions::default()
            },
        )
        .unwrap();
    }
}

/// Names of files with the secrets that their bytes or names hold.
fn found(folder: &Path) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        for secret in SECRETS {
            let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let has = |needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
            if has(secret.as_bytes()) || has(&wide) || name.contains(secret) {
                found.push((name.clone(), secret));
            }
        }
    }
    found
}

#[test]
fn nothing_direct_survives_any_writer() {
    let key = Key::new(b"a key of 16 bytes or more").unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_all(folder.path(), &deidentify_ecg(&ecg(), "r", &key));
    assert_eq!(found(folder.path()), []);
    // The same search finds what is there when it is not removed.
    let control = tempfile::tempdir().unwrap();
    write_all(control.path(), &ecg());
    let told: Vec<String> = found(control.path())
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    for name in ["r.hea", "4.json", "5.json", "r.dcm", "r.edf", "r.parquet"] {
        assert!(told.iter().any(|told| told == name), "{name} {told:?}");
    }
}

#[test]
fn convert_removes_identifiers_and_keeps_the_signal() {
    let folder = tempfile::tempdir().unwrap();
    wfdb::write(folder.path(), "in", &ecg(), &wfdb::WriteOptions::default()).unwrap();
    std::fs::write(folder.path().join("key.txt"), "0123456789abcdef0123\n").unwrap();
    let run = |more: &[&str]| coronet(folder.path(), &[&["convert", "in.hea"], more].concat());
    let key = ["--de-identify", "--key-file", "key.txt"];
    let output = run(&[&["out.hea"], &key[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let header = std::fs::read_to_string(folder.path().join("out.hea")).unwrap();
    assert!(
        !header.contains("4711") && !header.contains("05/03/2024"),
        "{header}"
    );
    assert!(
        header.contains("# Patient ID: P") && header.contains("# Sex: Female"),
        "{header}"
    );
    let data = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(data("in.dat"), data("out.dat"));
    // A name that gives the patient away, a key that is none, and a switch without a key.
    assert_eq!(
        run(&[&["mrn-4711.hea"], &key[..]].concat()).status.code(),
        Some(2)
    );
    // DICOM holds the name too; a part of it tells.
    let named = folder.path().join("in.dcm");
    dicom::write(&named, &ecg(), &dicom::WriteOptions::default()).unwrap();
    for name in ["jane.hea", "x/roe_1.hea", "pat-mrn_4711.hea", "Mrn4711.csv"] {
        let arguments = [&["convert", "in.dcm", name], &key[..]].concat();
        let output = coronet(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
    std::fs::write(folder.path().join("key.txt"), "short").unwrap();
    assert_eq!(
        run(&[&["other.hea"], &key[..]].concat()).status.code(),
        Some(2)
    );
    assert_eq!(run(&["other.hea", "--de-identify"]).status.code(), Some(2));
}

#[test]
fn prepare_stores_pseudonyms_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = ecg();
    for signal in &mut one.signals {
        signal.millivolts = (0..5000).map(|n| ((n * 7) % 900) as f64 / 1000.0).collect();
    }
    wfdb::write(folder.path(), "r", &one, &wfdb::WriteOptions::default()).unwrap();
    let manifest = "record_id,path,patient_id,recorded_at,age,site,LAD_grade\n\
                    MRN-4711-1,r,MRN-4711,2024-03-05T10:30:00,93,Elsewhere General,3\n";
    std::fs::write(folder.path().join("m.csv"), manifest).unwrap();
    std::fs::write(folder.path().join("key.txt"), "0123456789abcdef0123\n").unwrap();
    let arguments = [
        "prepare",
        "m.csv",
        "--profile",
        "ecgfounder-eval",
        "--out",
        "store",
        "--de-identify",
        "--key-file",
        "key.txt",
    ];
    let output = coronet(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(found(&folder.path().join("store")), []);
    let table = std::fs::read_to_string(folder.path().join("store/table.csv")).unwrap();
    let key = Key::new(b"0123456789abcdef0123").unwrap();
    assert!(table.contains(&key.patient("MRN-4711")), "{table}");
    assert!(table.contains(&key.record("MRN-4711-1")), "{table}");
    assert!(table.contains(&key.site("Elsewhere General")), "{table}");
}
