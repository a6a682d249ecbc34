//! Real files, read where they lie.

use crate::made::codes;
use coronet_ecg::quality::{Verdict, assess};
use coronet_ecg::{Lead, fingerprint};
use coronet_formats::{ReadOptions, list, read};
use std::path::PathBuf;

/// A part of the real data: where `CORONET_DATA` points, and then it must be there, else beside
/// the project; says so if absent.
pub(crate) fn data(part: &str) -> Option<PathBuf> {
    let stated = std::env::var_os("CORONET_DATA").map(PathBuf::from);
    let is_stated = stated.is_some();
    let root = stated
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    let path = root.join(part);
    if !path.exists() {
        assert!(!is_stated, "CORONET_DATA is set: no {}", path.display());
        eprintln!("SKIPPED: no {}", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn every_12_lead_record_of_the_wild_is_read() {
    for part in ["physionet", "ludb/data"] {
        let Some(folder) = data(part) else { continue };
        let records = list(&folder).unwrap();
        assert!(!records.is_empty());
        for path in records {
            let mut records = read(&path, &ReadOptions::default()).unwrap();
            let record = records.remove(0);
            record.ecg.standard_leads().unwrap();
            let known = [
                "record-name-mismatch",
                "signal-file-mismatch",
                "rate-contradicted",
            ];
            // What no HDF5 file of its data set states.
            let silent = ["unit-not-stated", "lead-not-stated", "rate-not-stated"];
            for code in codes(&record.ecg) {
                if path.extension().is_some_and(|end| end == "h5") && silent.contains(&code) {
                    continue;
                }
                let lies = path.ends_with("9190_low_sample_rate.hea") && known.contains(&code);
                assert!(lies, "{}: {code} {:?}", path.display(), record.ecg.findings);
            }
        }
    }
}

#[test]
fn the_deliberate_faults_are_named() {
    let Some(folder) = data("physionet/code15") else {
        return;
    };
    let open = |name: &str| {
        read(&folder.join(name), &ReadOptions::default())
            .unwrap()
            .remove(0)
    };
    let zero = assess(&open("9190_all_data_is_zero").ecg);
    assert_eq!(zero.verdict, Verdict::Unusable);
    assert_eq!(zero.findings[0].code, "all-zero");
    let lying = open("9190_low_sample_rate");
    let expected = [
        "record-name-mismatch",
        "rate-contradicted",
        "signal-file-mismatch",
    ];
    assert_eq!(codes(&lying.ecg), expected);
    let report = assess(&lying.ecg);
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.code == "unusual-rate")
    );
    assert_eq!(fingerprint(&lying.ecg), fingerprint(&open("9190").ecg));
}

#[test]
fn equal_signals_have_equal_fingerprints_across_formats() {
    let (Some(ptbxl), Some(challenge)) = (data("ptbxl/records"), data("physionet")) else {
        return;
    };
    let print = |path: PathBuf| {
        let record = read(&path, &ReadOptions::default()).unwrap().remove(0);
        fingerprint(&record.ecg)
    };
    let hour = |number: u32| print(ptbxl.join(format!("{number:05}_hr")));
    assert_eq!(hour(137), hour(138));
    assert_eq!(hour(143), hour(144));
    assert_ne!(hour(137), hour(143));
    for number in [1, 2] {
        assert_eq!(
            hour(number),
            print(challenge.join(format!("HR{number:05}.mat")))
        );
    }
}

#[test]
fn all_storage_formats_hold_the_checksum_of_their_header() {
    let Some(folder) = data("formats/wfdb") else {
        return;
    };
    let open = |name: &str| read(&folder.join(name), &ReadOptions::default());
    let record = open("binformats").unwrap().remove(0);
    assert_eq!(record.ecg.signals.len(), 10);
    assert_eq!(codes(&record.ecg), Vec::<&str>::new());
    for name in [
        "100",
        "3000003_0003",
        "s0010_re",
        "test01_00s",
        "a103l",
        "a103l-no-len",
    ] {
        let record = open(name).unwrap().remove(0);
        let wrong = ["checksum-mismatch", "initial-value-mismatch"];
        let findings = codes(&record.ecg);
        assert!(
            !wrong.iter().any(|code| findings.contains(code)),
            "{name}: {findings:?}"
        );
    }
    let frank = open("s0010_re").unwrap().remove(0).ecg;
    assert_eq!((frank.signals.len(), frank.subject.age), (15, Some(81.0)));
    assert!(frank.lead(Lead::V6).is_some());
    let flac = open("flacformats").unwrap().remove(0);
    assert_eq!(codes(&flac.ecg), Vec::<&str>::new());
}

/// No alarm for the many normal records; the faults that are found are of few kinds.
#[test]
fn quality_does_not_cry_wolf() {
    let Some(folder) = data("ptbxl/records") else {
        return;
    };
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    let (mut total, mut unusable, mut good) = (0, 0, 0);
    for path in list(&folder).unwrap() {
        if !path.to_string_lossy().ends_with("_hr.hea") {
            continue;
        }
        let record = read(&path, &ReadOptions::default()).unwrap().remove(0);
        let report = assess(&record.ecg);
        total += 1;
        unusable += usize::from(report.verdict == Verdict::Unusable);
        good += usize::from(report.verdict == Verdict::Good);
        let kinds: std::collections::BTreeSet<String> = report
            .findings
            .into_iter()
            .map(|finding| finding.code)
            .collect();
        for kind in kinds {
            *counts.entry(kind).or_default() += 1;
        }
    }
    eprintln!("{total} records, {good} good, {unusable} unusable; {counts:?}");
    assert!(unusable * 50 <= total, "{unusable} of {total} unusable");
    assert!(good * 10 >= total * 8, "{good} of {total} good");
}
