//! WFDB: grammar, formats, findings, round trips.

use crate::data::data;
use crate::made::{codes, ecg, scratch};
use coronet_ecg::{Channel, Ecg, Lead, Sex};
use coronet_formats::wfdb::{Header, WriteOptions, write};
use coronet_formats::{Leniency, ReadErrorKind, ReadOptions, list, read};
use std::path::Path;

fn one(path: &Path) -> Ecg {
    read(path, &ReadOptions::default()).unwrap().remove(0).ecg
}

/// Reads a record of one header text and one signal file `r.dat`.
fn record(header: &str, bytes: &[u8]) -> Result<Ecg, ReadErrorKind> {
    record_by(header, bytes, Leniency::Strict)
}

fn lenient(header: &str, bytes: &[u8]) -> Ecg {
    record_by(header, bytes, Leniency::Lenient).unwrap()
}

fn record_by(header: &str, bytes: &[u8], leniency: Leniency) -> Result<Ecg, ReadErrorKind> {
    let options = ReadOptions {
        leniency,
        ..ReadOptions::default()
    };
    let folder = scratch();
    std::fs::write(folder.path().join("r.hea"), header).unwrap();
    std::fs::write(folder.path().join("r.dat"), bytes).unwrap();
    read(&folder.path().join("r.hea"), &options)
        .map(|mut records| records.remove(0).ecg)
        .map_err(|error| error.kind)
}

fn bytes(samples: &[i16]) -> Vec<u8> {
    samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect()
}

#[test]
fn what_is_written_is_read() {
    let folder = scratch();
    let mut made = ecg(700, 500.0);
    made.signals[3].millivolts[9] = f64::NAN;
    made.signals.push(coronet_ecg::Signal {
        channel: Channel::Other("resp 1".to_string()),
        millivolts: vec![12.5; 700],
    });
    let header = write(folder.path(), "x_1-a", &made, &WriteOptions::default()).unwrap();
    for name in ["x_1-a.hea", "x_1-a.dat", "x_1-a"] {
        let records = read(&folder.path().join(name), &ReadOptions::default()).unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].record_id, "x_1-a");
        let ecg = &records[0].ecg;
        assert_eq!((ecg.rate, ecg.start), (made.rate, made.start));
        assert_eq!(ecg.subject, made.subject);
        assert_eq!(codes(ecg), Vec::<&str>::new());
        for (one, two) in ecg.signals.iter().zip(&made.signals) {
            assert_eq!(one.channel, two.channel);
            for (one, two) in one.millivolts.iter().zip(&two.millivolts) {
                assert!((one - two).abs() < 1e-12 || (one.is_nan() && two.is_nan()));
            }
        }
    }
    let mut names: Vec<_> = std::fs::read_dir(header.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["x_1-a.dat", "x_1-a.hea"]);
}

#[test]
fn the_gain_is_chosen_so_that_the_signal_fits() {
    let folder = scratch();
    let mut made = ecg(10, 500.0);
    made.signals[0].millivolts[0] = 40.0;
    write(folder.path(), "big", &made, &WriteOptions::default()).unwrap();
    assert!((one(&folder.path().join("big")).signals[0].millivolts[0] - 40.0).abs() < 1e-3);
    let fixed = WriteOptions {
        gain: Some(1000.0),
        ..WriteOptions::default()
    };
    let error = write(folder.path(), "bad", &made, &fixed).unwrap_err();
    assert!(
        error.to_string().starts_with("gain: expected at most"),
        "{error}"
    );
    assert!(!folder.path().join("bad.dat").exists());
    for name in ["", "a/b", "..", "a b"] {
        assert!(write(folder.path(), name, &made, &WriteOptions::default()).is_err());
    }
}

#[test]
fn gain_baseline_and_unit_make_millivolts() {
    let cases = [
        ("200", 2.0, vec!["unit-not-stated"]),
        ("200/mV", 2.0, vec![]),
        ("200(100)/mV", 1.5, vec![]),
        ("200(-100)/mV", 2.5, vec![]),
        ("2e2/mv", 2.0, vec![]),
        ("0.2/uV", 2.0, vec![]),
        ("0.2/µV", 2.0, vec![]),
        ("200000/V", 2.0, vec![]),
        ("0/mV", 2.0, vec!["gain-not-stated"]),
        ("-200/mV", -2.0, vec![]),
    ];
    for (gain, expected, findings) in cases {
        let header = format!("r 1 500 1\nr.dat 16 {gain} 16 0 400 400 0 II\n");
        let ecg = record(&header, &bytes(&[400])).unwrap();
        let got = ecg.lead(Lead::II).unwrap()[0];
        assert!((got - expected).abs() < 1e-9, "{gain}: {got}");
        assert_eq!(codes(&ecg), findings, "{gain}");
    }
}

#[test]
fn adc_zero_is_the_baseline_where_none_is_written() {
    let ecg = record(
        "r 1 500 1\nr.dat 16 200 16 1024 1224 1224 0 V1\n",
        &bytes(&[1224]),
    );
    assert_eq!(ecg.unwrap().lead(Lead::V1).unwrap(), [1.0]);
}

#[test]
fn a_bare_signal_line_takes_the_defaults() {
    let ecg = record("r 1\nr.dat 16\n", &bytes(&[200, -200])).unwrap();
    assert_eq!(ecg.rate.get(), 250.0);
    assert_eq!(ecg.signals[0].millivolts, [1.0, -1.0]);
    let expected = ["rate-not-stated", "unit-not-stated", "gain-not-stated"];
    assert_eq!(codes(&ecg), expected);
}

#[test]
fn a_lead_in_another_unit_than_volts_is_refused_and_another_channel_named() {
    let error = record("r 1 500 1\nr.dat 16 1/NU 16 0 1 1 0 II\n", &bytes(&[1])).unwrap_err();
    assert!(matches!(error, ReadErrorKind::Field { field: "units", .. }));
    let ecg = record("r 1 500 1\nr.dat 16 1/NU 16 0 1 1 0 PLETH\n", &bytes(&[1])).unwrap();
    assert_eq!(codes(&ecg), ["not-a-voltage"]);
}

#[test]
fn dates_and_times_in_every_order() {
    let start = |words: &str| {
        Header::parse(&format!("r 0 500 10 {words}\n"))
            .unwrap()
            .start
    };
    let expected = Some("2020-05-05T14:50:55".parse().unwrap());
    assert_eq!(start("05-May-2020 14:50:55"), expected);
    assert_eq!(start("14:50:55 05/05/2020"), expected);
    assert_eq!(start("05/05/2020 14:50:55"), expected);
    assert_eq!(start("2020-05-05 14:50:55"), expected);
    assert_eq!(start("14:50:55"), None);
    assert_eq!(start("05-May-2020"), None);
    for words in ["25:00:00", "14:50:55 31/02/2020", "x"] {
        let header = Header::parse(&format!("r 0 500 10 {words}\n")).unwrap();
        assert_eq!(header.start, None, "{words}");
        assert_eq!(header.start_not_understood.as_deref(), Some(words));
    }
}

#[test]
fn facts_in_comments_of_every_kind() {
    let cases = [
        ("#Age: 74\n#Sex: Male", Some(74.0), Some(Sex::Male)),
        ("# age: 81\n# sex: female", Some(81.0), Some(Sex::Female)),
        ("#<age>: 51\n#<sex>: F", Some(51.0), Some(Sex::Female)),
        (
            "# <age>: 25  <sex>: M  <diagnoses>: x",
            Some(25.0),
            Some(Sex::Male),
        ),
        ("# 69 M 1085 1629 x1", Some(69.0), Some(Sex::Male)),
        ("#Age: NaN\n#Sex: Unknown", None, None),
        ("#Dosage: 30 mg\n#Stage: 3", None, None),
    ];
    for (comments, age, sex) in cases {
        let header = format!("{comments}\nr 1 500 1\nr.dat 16 200/mV\n{comments}\n");
        let subject = record(&header, &bytes(&[1])).unwrap().subject;
        assert_eq!((subject.age, subject.sex), (age, sex), "{comments}");
    }
    let header = "r 1 500 1\nr.dat 16 200/mV\n# Patient ID: 48705\n";
    let subject = record(header, &bytes(&[1])).unwrap().subject;
    assert_eq!(subject.patient_id.as_deref(), Some("48705"));
    let cases = [
        ("Patient: 55 year old man", None),
        ("Patient: male", None),
        ("Patient: 48705", Some("48705")),
        ("Patient ID: P 17", Some("P 17")),
    ];
    for (comment, expected) in cases {
        let header = format!("r 1 500 1\nr.dat 16 200/mV\n# {comment}\n");
        let subject = record(&header, &bytes(&[1])).unwrap().subject;
        assert_eq!(subject.patient_id.as_deref(), expected, "{comment}");
    }
}

#[test]
fn an_age_of_zero_is_not_stated() {
    let header = "r 1 500 1\nr.dat 16 200/mV\n# Age: 0\n";
    let ecg = record(header, &bytes(&[1])).unwrap();
    assert_eq!((ecg.subject.age, codes(&ecg)), (None, vec!["age-zero"]));
}

#[test]
fn invalid_samples_are_marked() {
    let ecg = record("r 1 500 3\nr.dat 16 200/mV\n", &bytes(&[1, i16::MIN, 3])).unwrap();
    let samples = &ecg.signals[0].millivolts;
    assert!(samples[1].is_nan() && samples[0].is_finite() && samples[2].is_finite());
}

#[test]
fn checksums_and_initial_values_are_verified() {
    let header = "r 1 500 2\nr.dat 16 200/mV 16 0 1 9 0 II\n";
    assert_eq!(
        codes(&record(header, &bytes(&[1, 8])).unwrap()),
        Vec::<&str>::new()
    );
    let error = record(header, &bytes(&[1, 9])).unwrap_err().to_string();
    assert_eq!(
        error,
        "line 2: checksum: expected 10, which the samples of II give, got `9`"
    );
    assert_eq!(
        codes(&lenient(header, &bytes(&[1, 9]))),
        ["checksum-mismatch"]
    );
    assert_eq!(
        codes(&record(header, &bytes(&[2, 7])).unwrap()),
        ["initial-value-mismatch"]
    );
    let both = ["initial-value-mismatch", "checksum-mismatch"];
    assert_eq!(codes(&lenient(header, &bytes(&[2, 9]))), both);
    // Sums are modulo 65536, written signed or unsigned.
    for sum in [64_536, -1000] {
        let header = format!("r 1 500 1\nr.dat 16 200/mV 16 0 -1000 {sum} 0 II\n");
        assert_eq!(
            codes(&record(&header, &bytes(&[-1000])).unwrap()),
            Vec::<&str>::new()
        );
    }
}

#[test]
fn truncated_files_name_expected_and_got() {
    let header = "r 2 500 10\nr.dat 16+24 200/mV\nr.dat 16+24 200/mV\n";
    let error = record(header, &[0; 63]).unwrap_err();
    assert_eq!(error.to_string(), "truncated: expected 64 bytes, got 63");
    assert_eq!(
        codes(&record(header, &[0; 64]).unwrap()),
        Vec::<&str>::new()
    );
    assert_eq!(codes(&record(header, &[0; 80]).unwrap()), ["extra-bytes"]);
}

#[test]
fn absurd_sizes_are_refused_before_memory_is_asked_for() {
    for frames in [u64::MAX, u64::MAX / 2, 1 << 60, 1 << 40] {
        let header = format!("r 1 500 {frames}\nr.dat 16 200/mV\n");
        let error = record(&header, &[0; 8]).unwrap_err();
        assert!(
            matches!(error, ReadErrorKind::Truncated { got: 8, .. }),
            "{error}"
        );
    }
    let header = format!("r {} 500 1\nr.dat 16 200/mV\n", u32::MAX);
    assert!(matches!(
        record(&header, &[0; 8]),
        Err(ReadErrorKind::Field { .. })
    ));
}

#[test]
fn frames_and_skews() {
    let header = "r 1 500 3\nr.dat 16x2 1/mV\n";
    let ecg = record(header, &bytes(&[1, 2, 3, 4, 5, 6])).unwrap();
    assert_eq!(ecg.rate.get(), 1000.0);
    assert_eq!(ecg.signals[0].millivolts, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let header = "r 2 500 2\nr.dat 16x2 1/mV\nr.dat 16 1/mV\n";
    let ecg = record(header, &bytes(&[1, 3, 9, 5, 7, 8])).unwrap();
    assert_eq!(codes(&ecg), ["samples-repeated"]);
    assert_eq!(ecg.rate.get(), 1000.0);
    assert_eq!(ecg.signals[0].millivolts, [1.0, 3.0, 5.0, 7.0]);
    assert_eq!(ecg.signals[1].millivolts, [9.0, 9.0, 8.0, 8.0]);
    // A lead sets the rate: what is faster is averaged, what is invalid does not count.
    let header = "r 2 500 2\nr.dat 16x2 1/mV\nr.dat 16 1/mV 16 0 9 17 0 II\n";
    let ecg = record(header, &bytes(&[1, 3, 9, -32768, 7, 8])).unwrap();
    assert_eq!(codes(&ecg), ["samples-averaged"]);
    assert_eq!(ecg.rate.get(), 500.0);
    assert_eq!(ecg.signals[0].millivolts, [2.0, 7.0]);
    assert_eq!(ecg.signals[1].millivolts, [9.0, 8.0]);
    let ecg = record("r 1 500 3\nr.dat 16:1 1/mV\n", &bytes(&[1, 2, 3])).unwrap();
    assert_eq!(codes(&ecg), ["skew-corrected"]);
    assert_eq!(ecg.signals[0].millivolts[..2], [2.0, 3.0]);
    assert!(ecg.signals[0].millivolts[2].is_nan());
    // Frames behind those of the header fill what the skew leaves.
    let ecg = record("r 1 500 2\nr.dat 16:1 1/mV\n", &bytes(&[1, 2, 3])).unwrap();
    assert_eq!(ecg.signals[0].millivolts, [2.0, 3.0]);
}

#[test]
fn a_null_signal_is_all_invalid() {
    let header = "r 2 500 2\nr.dat 16 1/mV 16 0 1 3 0 I\n~ 0 1/mV 16 0 0 0 0 II\n";
    let ecg = record(header, &bytes(&[1, 2])).unwrap();
    assert_eq!(ecg.lead(Lead::I).unwrap(), [1.0, 2.0]);
    assert!(
        ecg.lead(Lead::II)
            .unwrap()
            .iter()
            .all(|sample| sample.is_nan())
    );
    assert_eq!(ecg.lead(Lead::II).unwrap().len(), 2);
    assert_eq!(codes(&ecg), Vec::<&str>::new());
}

/// One record of every storage format, bytes packed by hand from signal(5).
#[test]
fn storage_formats() {
    let cases: [(&str, &[u8], &[f64]); 10] = [
        ("8", &[0, 1, 0xfe], &[5.0, 6.0, 4.0]),
        ("16", &[1, 0, 0xff, 0xff], &[1.0, -1.0]),
        ("61", &[0, 1, 0xff, 0xff], &[1.0, -1.0]),
        ("24", &[1, 0, 0, 0xff, 0xff, 0xff], &[1.0, -1.0]),
        ("32", &[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], &[1.0, -1.0]),
        ("80", &[129, 127], &[1.0, -1.0]),
        ("160", &[1, 0x80, 0xff, 0x7f], &[1.0, -1.0]),
        ("212", &[0x01, 0xf0, 0xff], &[1.0, -1.0]),
        ("310", &[0x02, 0x08, 0xfe, 0x07], &[1.0, -1.0, 1.0]),
        ("311", &[0x01, 0xfc, 0x2f, 0x00], &[1.0, -1.0, 2.0]),
    ];
    for (format, bytes, expected) in cases {
        let frames = expected.len();
        let header = format!("r 1 500 {frames}\nr.dat {format} 1/mV 0 0 5\n");
        let ecg = record(&header, bytes).unwrap();
        assert_eq!(ecg.signals[0].millivolts, expected, "format {format}");
    }
}

#[test]
fn what_is_not_read_is_refused_by_name() {
    let cases = [
        ("r 1 500 1\nr.dat 17 200/mV\n", "WFDB signal format"),
        ("r 1 500 1\nr.dat 512 200/mV\n", "WFDB signal format"),
    ];
    for (header, expected) in cases {
        let Err(ReadErrorKind::NotSupported { what, .. }) = record(header, &[0; 8]) else {
            panic!("{header}");
        };
        assert_eq!(what, expected);
    }
}

#[test]
fn faulty_headers_name_line_and_field() {
    let cases = [
        ("", "record line"),
        ("# only a comment\n", "record line"),
        ("r x 500 1\n", "number of signals"),
        ("r 0 500 1\n", "number of signals"),
        ("r 2 500 1\nr.dat 16 200\n", "number of signals"),
        ("r 1 -5 1\nr.dat 16 200\n", "sampling frequency"),
        ("r 1 nan 1\nr.dat 16 200\n", "sampling frequency"),
        ("r 1 500 -1\nr.dat 16 200\n", "number of samples per signal"),
        ("r 1 500 1\nr.dat 16y 200\n", "format"),
        ("r 1 500 1\nr.dat\n", "format"),
        ("r 1 500 1\nr.dat 16 gain\n", "gain"),
        ("r 1 500 1\nr.dat 16 200 16 0 x\n", "initial value"),
        ("r 1 500 1\n../r.dat 16 200\n", "file name"),
        ("r 1 500 1\n- 16 200\n", "file name"),
        ("r 2 500 1\nr.dat 16 200\nr.dat 61 200\n", "format"),
        ("r 2 500 1\nr.dat 0 200\nr.dat 16 200\n", "format"),
        ("r 1 500\n~ 0 200\n", "format"),
        ("r/0 1 500 1\n", "number of segments"),
        ("r/x 1 500 1\n", "number of segments"),
        ("r/2 1 500 2\nr1 1\n", "number of segments"),
        ("r/1 1 500 1\n../r1 1\n", "segment name"),
        ("r/1 1 500 1\nr1 x\n", "samples of a segment"),
    ];
    for (header, expected) in cases {
        let parsed = Header::parse(header)
            .err()
            .or_else(|| record(header, &[0; 8]).err());
        let Some(ReadErrorKind::Field { field, .. }) = parsed else {
            panic!("{header:?}: {parsed:?}");
        };
        assert_eq!(field, expected, "{header:?}");
    }
}

#[test]
fn leads_of_any_case_and_order() {
    let header = "r 3 500 1\nr.dat 16 1/mV 0 0 1 1 0 avf\n\
                  r.dat 16 1/mV 0 0 2 2 0 MDC_ECG_LEAD_V1\nr.dat 16 1/mV 0 0 3 3 0 i\n";
    let ecg = record(header, &bytes(&[1, 2, 3])).unwrap();
    assert_eq!(ecg.lead(Lead::AVF).unwrap(), [1.0]);
    assert_eq!(ecg.lead(Lead::V1).unwrap(), [2.0]);
    assert_eq!(ecg.lead(Lead::I).unwrap(), [3.0]);
}

#[test]
fn an_annotation_file_is_not_read_as_its_record() {
    let folder = scratch();
    let made = ecg(500, 500.0);
    write(folder.path(), "r", &made, &WriteOptions::default()).unwrap();
    // A normal beat at sample 18 and one at 388, then the end mark.
    let bytes = [0x12, 0x04, 0x72, 0x05, 0, 0];
    for (name, give) in [
        ("r.atr", "r.hea"),
        ("r.i", "r.hea"),
        ("alone.qrs", "the header of its record (.hea)"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = read(&path, &ReadOptions::default())
            .unwrap_err()
            .to_string();
        let got = format!("got a WFDB annotation file, not a recording; give {give}");
        assert!(error.ends_with(&got), "{error}");
    }
    assert_eq!(list(folder.path()).unwrap(), [folder.path().join("r.hea")]);
    for name in [
        "ludb/data/1.i",
        "formats/wfdb/100.atr",
        "formats/wfdb/100.qrs",
    ] {
        let Some(path) = data(name) else { continue };
        let error = read(&path, &ReadOptions::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains("a WFDB annotation file"), "{error}");
    }
}
