//! XML files of real devices: leads, rate, length, units, facts, and independent decodes.

use crate::data::data;
use crate::made::codes;
use coronet_ecg::{Channel, Ecg, Hertz, Lead, Sex, fingerprint};
use coronet_formats::{ReadOptions, Recording, Unit, read};
use std::path::Path;

fn one(path: &Path) -> Recording {
    let mut records = read(path, &ReadOptions::default()).unwrap();
    assert_eq!(records.len(), 1, "{}", path.display());
    records.remove(0)
}

fn leads(ecg: &Ecg) -> Vec<String> {
    ecg.signals
        .iter()
        .map(|signal| match &signal.channel {
            Channel::Lead(lead) => lead.name().to_string(),
            Channel::Other(name) | Channel::Quantity { name, .. } => format!("other {name}"),
        })
        .collect()
}

const TWELVE: &str = "I II III aVR aVL aVF V1 V2 V3 V4 V5 V6";
const EIGHT: &str = "I II V1 V2 V3 V4 V5 V6";
const MORTARA: &str = "I II V1 V2 V3 V4 V5 V6 III aVR aVL aVF";

/// What a file is known to hold.
struct Expected {
    path: &'static str,
    format: &'static str,
    leads: &'static str,
    rate: f64,
    samples: usize,
    start: &'static str,
    patient: Option<&'static str>,
    age: Option<f64>,
    sex: Option<Sex>,
    findings: &'static [&'static str],
}

const fn file(
    path: &'static str,
    format: &'static str,
    leads: &'static str,
    rate: f64,
    samples: usize,
    start: &'static str,
) -> Expected {
    Expected {
        path,
        format,
        leads,
        rate,
        samples,
        start,
        patient: None,
        age: None,
        sex: None,
        findings: &[],
    }
}

const AECG: &str = "HL7 aECG";
const PHILIPS: &str = "Philips XML";
const MUSE: &str = "GE MUSE XML";

#[rustfmt::skip]
const FILES: [Expected; 15] = [
    Expected { patient: Some("SBJ-123"), age: Some(46.0), sex: Some(Sex::Male),
        ..file("hl7-aecg/Example_aECG.xml", AECG, MORTARA, 500.0, 5000, "2002-11-22T09:10:00") },
    Expected { patient: Some("106_ABC"),
        ..file("hl7-aecg/TemplateExample1.xml", AECG, "I II III", 1000.0, 10000, "2004-01-15T10:20:10") },
    Expected { patient: Some("106_ABC"), age: Some(32.0),
        ..file("hl7-aecg/hl7aecg-Example2.xml", AECG, TWELVE, 1000.0, 10000, "2004-01-15T11:20:04") },
    file("hl7-aecg/hl7aecg_example.xml", AECG, TWELVE, 100.0, 1000, "2025-09-23T10:35:50"),
    Expected { patient: Some("subject1"), age: Some(46.0), sex: Some(Sex::Male),
        ..file("hl7-aecg/subject1_0.xml", AECG, MORTARA, 500.0, 5000, "2002-11-22T09:10:00") },
    Expected { patient: Some("X X X X"),
        ..file("hl7-aecg/ptbxl_00001.hl7", AECG, TWELVE, 500.0, 5000, "2000-01-01T00:00:00") },
    Expected { patient: Some("X X X X"),
        ..file("hl7-aecg/ptbxl_00008_mi.hl7", AECG, TWELVE, 500.0, 5000, "2000-01-01T00:00:00") },
    Expected { patient: Some("159357456"), age: Some(58.0), sex: Some(Sex::Male),
        ..file("muse/MUSE_20080710_165457_96000.xml", MUSE, EIGHT, 250.0, 2500, "1996-03-25T11:18:00") },
    file("muse/example1.xml", MUSE, EIGHT, 500.0, 5000, ""),
    Expected { patient: Some("1532006361"), age: Some(53.0), sex: Some(Sex::Male),
        ..file("cardiosoft/example-XML1.xml", "GE CardioSoft XML", TWELVE, 500.0, 5000, "2018-07-19T14:19:39") },
    Expected { patient: Some("0000000"), sex: Some(Sex::Male),
        ..file("schiller/schiller.xml", "Schiller XML", TWELVE, 500.0, 4998, "2006-05-02T14:06:10") },
    Expected { patient: Some("1112010721168bdc"), age: Some(50.0), sex: Some(Sex::Male),
        findings: &["lead-names-by-acquisition", "calibration-cut"],
        ..file("philips-sierra/129DYPRG.XML", PHILIPS, TWELVE, 500.0, 5264, "2011-12-01T07:27:34") },
    Expected { patient: Some("2"), age: Some(22.0), sex: Some(Sex::Male),
        findings: &["lead-names-by-acquisition", "calibration-cut"],
        ..file("philips-sierra/Philips103Example01.xml", PHILIPS, TWELVE, 500.0, 5050, "2003-06-09T15:12:38") },
    Expected { patient: Some("xxxxxx"), age: Some(69.0), findings: &["calibration-cut"],
        ..file("philips-sierra/2020-5-18_15-48-11.xml", PHILIPS, TWELVE, 500.0, 5300, "2020-05-18T15:48:11") },
    Expected { patient: Some("9999"), age: Some(32.0), sex: Some(Sex::Female), findings: &["calibration-cut"],
        ..file("philips-sierra/ad4d3d80-d165_1-04_orig.xml", PHILIPS, TWELVE, 500.0, 5300, "2008-12-23T19:44:46") },
];

#[test]
fn every_file_holds_what_it_is_known_to_hold() {
    let Some(formats) = data("formats") else {
        return;
    };
    for expected in FILES {
        let Recording { format, ecg, .. } = one(&formats.join(expected.path));
        let path = expected.path;
        assert_eq!(format, expected.format, "{path}");
        assert_eq!(leads(&ecg).join(" "), expected.leads, "{path}");
        assert_eq!(ecg.rate.get(), expected.rate, "{path}");
        assert_eq!(ecg.len(), expected.samples, "{path}");
        let start = ecg.start.map(|start| start.to_string()).unwrap_or_default();
        assert_eq!(start, expected.start, "{path}");
        assert_eq!(
            ecg.subject.patient_id.as_deref(),
            expected.patient,
            "{path}"
        );
        assert_eq!(ecg.age(), expected.age, "{path}");
        assert_eq!(ecg.subject.sex, expected.sex, "{path}");
        assert_eq!(codes(&ecg), expected.findings, "{path}");
        for signal in &ecg.signals {
            let largest = signal.millivolts.iter().fold(0.0, |most: f64, sample| {
                assert!(sample.is_finite(), "{path}");
                most.max(sample.abs())
            });
            assert!((0.05..20.0).contains(&largest), "{path}: {largest} mV");
        }
    }
}

/// Limb leads of one ECG, in millivolts: III = II − I and aVF = II − I/2 within rounding.
#[test]
fn limb_leads_agree_with_each_other() {
    let Some(formats) = data("formats") else {
        return;
    };
    for expected in FILES {
        // A made example whose limb leads are not of one heart.
        if expected.path.ends_with("hl7aecg_example.xml") {
            continue;
        }
        let ecg = one(&formats.join(expected.path)).ecg;
        let (Some(first), Some(second)) = (ecg.lead(Lead::I), ecg.lead(Lead::II)) else {
            panic!("{}: no lead I or II", expected.path);
        };
        let Some(third) = ecg.lead(Lead::III) else {
            continue;
        };
        let worst = (0..ecg.len())
            .map(|at| (second[at] - first[at] - third[at]).abs())
            .fold(0.0, f64::max);
        assert!(worst <= 0.012, "{}: {worst} mV", expected.path);
    }
}

#[test]
fn philips_samples_equal_an_independent_decode() {
    let Some(formats) = data("formats") else {
        return;
    };
    for name in [
        "129DYPRG",
        "2020-5-18_15-48-11",
        "Philips103Example01",
        "ad4d3d80-d165_1-04_orig",
    ] {
        let options = ReadOptions {
            unit: Some(Unit::Microvolt),
            rate: Hertz::new(500.0),
            ..ReadOptions::default()
        };
        let oracle = formats.join(format!("oracle/philips_{name}.npy"));
        let oracle = read(&oracle, &options).unwrap().remove(0).ecg;
        assert_eq!(oracle.len(), 5500);
        let extension = if name == "129DYPRG" { "XML" } else { "xml" };
        let ecg = one(&formats.join(format!("philips-sierra/{name}.{extension}"))).ecg;
        for (signal, counts) in ecg.signals.iter().zip(&oracle.signals) {
            assert_eq!(signal.channel, counts.channel);
            for (sample, count) in signal.millivolts.iter().zip(&counts.millivolts) {
                // A count is 5 µV; the oracle was read as if it were one.
                assert!((sample - 5.0 * count).abs() < 1e-9, "{name}");
            }
            let cut = &counts.millivolts[ecg.len()..];
            let first = &oracle.signals[0].millivolts[ecg.len()..];
            assert_eq!(cut, first, "{name}: what was cut is equal in all leads");
        }
    }
}

/// The converter filtered the signals: they agree to 20 µV.
#[test]
fn a_philips_file_agrees_with_its_annotated_twin() {
    let Some(folder) = data("formats/philips-sierra") else {
        return;
    };
    let philips = one(&folder.join("ad4d3d80-d165_1-04_orig.xml")).ecg;
    let twin = one(&folder.join("ad4d3d80-d165_1-04_converted.xml")).ecg;
    assert_eq!(codes(&twin), ["calibration-cut"]);
    assert!(philips.len().abs_diff(twin.len()) <= 2, "{}", twin.len());
    assert_eq!(
        (philips.rate, philips.start, philips.age()),
        (twin.rate, twin.start, twin.age())
    );
    assert_eq!(philips.subject.sex, twin.subject.sex);
    assert_eq!(philips.subject.birth_date, twin.subject.birth_date);
    assert_eq!(philips.subject.race, twin.subject.race);
    assert_eq!(philips.device.serial, twin.device.serial);
    for lead in Lead::ALL {
        let (one, two) = (philips.lead(lead).unwrap(), twin.lead(lead).unwrap());
        let worst = one
            .iter()
            .zip(two)
            .map(|(one, two)| (one - two).abs())
            .fold(0.0, f64::max);
        assert!(worst < 0.0201, "{}: {worst} mV", lead.name());
    }
}

#[test]
fn annotated_copies_equal_their_source() {
    let (Some(formats), Some(records)) = (data("formats/hl7-aecg"), data("ptbxl/records")) else {
        return;
    };
    for (copy, source) in [
        ("ptbxl_00001.hl7", "00001_hr"),
        ("ptbxl_00008_mi.hl7", "00008_hr"),
    ] {
        let copy = one(&formats.join(copy)).ecg;
        let source = one(&records.join(source)).ecg;
        assert_eq!((copy.rate, copy.len()), (source.rate, source.len()));
        let mut rounded = 0;
        for lead in Lead::ALL {
            let pairs = copy.lead(lead).unwrap().iter();
            for (one, two) in pairs.zip(source.lead(lead).unwrap()) {
                // The writer of the copies kept three digits of some numbers above 999 µV.
                let apart = (one - two).abs();
                let most = if two.abs() < 0.999 { 1e-9 } else { 0.005_001 };
                assert!(apart < most, "{}: {one} and {two}", lead.name());
                rounded += usize::from(apart > 1e-9);
            }
        }
        eprintln!("{rounded} of {} samples were rounded", 12 * copy.len());
        assert!(rounded < 100, "{rounded} samples differ");
    }
}

#[test]
fn what_must_be_refused_is_refused_with_a_reason() {
    let Some(formats) = data("formats") else {
        return;
    };
    let cases = [
        (
            "philips-sierra/invalid-doc-type.xml",
            "restingecgdata/documentinfo/documenttype: expected SierraECG or PhilipsECG, got `MortaraECG`",
        ),
        (
            "philips-sierra/invalid-doc-version.xml",
            "restingecgdata/documentinfo/documentversion: expected 1.03, 1.04 or 1.04.01, got `1.05`",
        ),
        (
            "hl7-aecg/fda-examples/empty.xml",
            "AnnotatedECG/component/series: expected a series of code RHYTHM with a sequence set, got `nothing`",
        ),
        (
            "hl7-aecg/fda-examples/badschema.xsd",
            "an XML file with root element `schema`",
        ),
    ];
    for (path, reason) in cases {
        let error = read(&formats.join(path), &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().ends_with(reason), "{error}");
    }
    let lenient = ReadOptions {
        leniency: coronet_formats::Leniency::Lenient,
        ..ReadOptions::default()
    };
    let path = formats.join("philips-sierra/invalid-doc-version.xml");
    let ecg = read(&path, &lenient).unwrap().remove(0).ecg;
    assert_eq!(codes(&ecg)[0], "version-not-known");
    let known = one(&formats.join("philips-sierra/129DYPRG.XML")).ecg;
    assert_eq!(fingerprint(&ecg), fingerprint(&known));
}

/// As far as they hold signals: thirteen samples of lead II.
#[test]
fn minimal_documents_are_read() {
    let Some(folder) = data("formats/hl7-aecg/fda-examples") else {
        return;
    };
    for name in [
        "minimum_aecg",
        "minimum_aecg_effectiveTime_high",
        "minimum_aecg_effectiveTime_interval",
        "minimum_aecg_effectiveTime_low",
        "minimum_aecg_nouuid",
    ] {
        let ecg = one(&folder.join(format!("{name}.xml"))).ecg;
        assert_eq!(
            (leads(&ecg).join(" ").as_str(), ecg.len()),
            ("II", 13),
            "{name}"
        );
        assert_eq!(ecg.start.unwrap().to_string(), "2002-11-22T09:10:00");
    }
}
