//! Files of which a part contradicts itself or the file: the part is refused or left out by name,
//! what asks for more than it brings is refused before memory is.

use crate::made::{codes, ecg, scratch};
use crate::memory::peak;
use coronet_ecg::{Channel, Ecg, Hertz, Lead};
use coronet_formats::{
    Leniency, ReadOptions, Recording, csv, dicom, edf, fhir, parquet, read, read_bytes, wfdb,
};
use std::path::Path;

fn strict(text: &str) -> Result<Vec<Recording>, coronet_formats::ReadErrorKind> {
    read_bytes("x", text.as_bytes(), &ReadOptions::default())
}

fn lenient() -> ReadOptions {
    ReadOptions {
        leniency: Leniency::Lenient,
        ..ReadOptions::default()
    }
}

fn cardiosoft(rate: &str) -> String {
    let values: Vec<String> = (0..4096).map(|at| (at % 100).to_string()).collect();
    format!(
        "<CardiologyXML><FullDisclosure><SampleRate units=\"Hz\">{rate}</SampleRate>\
         <Resolution units=\"uVperLsb\">4.88</Resolution><LeadOrder>I,II</LeadOrder>\
         <FullDisclosureData>{}</FullDisclosureData></FullDisclosure></CardiologyXML>",
        values.join(",")
    )
}

#[test]
fn a_rate_of_cardiosoft_that_no_samples_stand_for_is_refused() {
    for rate in ["9223372036854777856", "1e300", "500.5", "0.5", "4097"] {
        let message = strict(&cardiosoft(rate)).unwrap_err().to_string();
        assert!(message.contains("FullDisclosure"), "{rate}: {message}");
    }
    let read = strict(&cardiosoft("512")).unwrap();
    assert_eq!(read[0].ecg.signals[1].millivolts.len(), 2048);
}

fn aecg(scale: &str) -> String {
    format!(
        "<AnnotatedECG xmlns=\"urn:hl7-org:v3\"><component><series><component><sequenceSet>\
         <component><sequence><code code=\"TIME_ABSOLUTE\"/><value><head value=\"20200102\"/>\
         <increment value=\"0.002\" unit=\"s\"/></value></sequence></component>\
         <component><sequence><code code=\"MDC_ECG_LEAD_II\"/><value>{scale}\
         <digits>1 2 300</digits></value></sequence></component>\
         </sequenceSet></component></series></component></AnnotatedECG>"
    )
}

#[test]
fn digits_of_aecg_without_a_scale_are_no_millivolts() {
    let message = strict(&aecg("")).unwrap_err().to_string();
    assert!(message.contains("value/scale"), "{message}");
    let read = read_bytes("x", aecg("").as_bytes(), &lenient()).unwrap();
    assert_eq!(read[0].ecg.signals[0].millivolts, [0.001, 0.002, 0.3]);
    let found = codes(&read[0].ecg);
    assert!(found.contains(&"scale-not-stated") && found.contains(&"unit-not-stated"));
    assert!(found.contains(&"time-of-day-not-stated"), "{found:?}");
    let stated = strict(&aecg("<scale value=\"1\" unit=\"uV\"/>")).unwrap();
    assert_eq!(stated[0].ecg.signals[0].millivolts, [0.001, 0.002, 0.3]);
}

fn record(folder: &Path, header: &str, bytes: &[u8]) -> Result<Recording, String> {
    std::fs::write(folder.join("r.hea"), header).unwrap();
    std::fs::write(folder.join("r.dat"), bytes).unwrap();
    let read = read(&folder.join("r.hea"), &ReadOptions::default());
    read.map(|mut read| read.remove(0))
        .map_err(|error| error.to_string())
}

#[test]
fn a_time_of_wfdb_that_cannot_be_is_a_finding() {
    let folder = scratch();
    let line = |start: &str| format!("r 1 500 2 {start}\nr.dat 16 200/mV 16 0 1 3 0 II\n");
    for start in [
        "10:61:00 01/02/1995",
        "10:00:00 00/00/0000",
        "MM",
        "10:00:00 01/02/95",
    ] {
        let read = record(folder.path(), &line(start), &[1, 0, 2, 0]).unwrap();
        assert_eq!(read.ecg.start, None, "{start}");
        assert!(codes(&read.ecg).contains(&"time-not-understood"), "{start}");
    }
    let read = record(folder.path(), &line("10:00:00 01/02/1995"), &[1, 0, 2, 0]).unwrap();
    assert_eq!(read.ecg.start.unwrap().to_string(), "1995-02-01T10:00:00");
}

#[test]
fn a_wfdb_record_has_samples_and_each_lead_once() {
    let folder = scratch();
    let header = "r 1 500\nr.dat 16 200/mV 16 0 1 3 0 II\n";
    let message = record(folder.path(), header, &[]).unwrap_err();
    assert!(
        message.contains("at least one signal with samples"),
        "{message}"
    );
    let header = "r 2 500 1\nr.dat 16 200/mV 16 0 1 1 0 II\nr.dat 16 200/mV 16 0 2 2 0 II\n";
    let read = record(folder.path(), header, &[1, 0, 2, 0]).unwrap();
    assert!(codes(&read.ecg).contains(&"lead-repeated"));
}

#[test]
fn samples_that_stand_in_no_file_are_bounded_by_those_that_do() {
    let folder = scratch();
    let nulls = "r 2 500 100000000\nr.dat 16 200/mV 16 0 1 3 0 II\n~ 0 200/mV 16 0 0 0 0 V1\n";
    let alone = "r 1 500 200000000\n~ 0 200/mV 16 0 0 0 0 V1\n";
    for header in [nulls, alone] {
        let held = peak(|| {
            let message = record(folder.path(), header, &[1, 0, 2, 0]).unwrap_err();
            assert!(message.contains("not stored"), "{message}");
        });
        assert!(held < 1 << 24, "{held}");
    }
    std::fs::write(
        folder.path().join("m.hea"),
        "m/2 1 500 200000001\nr 1\n~ 200000000\n",
    )
    .unwrap();
    record(
        folder.path(),
        "r 1 500 1\nr.dat 16 200/mV 16 0 1 1 0 II\n",
        &[1, 0],
    )
    .unwrap();
    let held = peak(|| {
        let error = read(&folder.path().join("m.hea"), &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().contains("not stored"), "{error}");
    });
    assert!(held < 1 << 24, "{held}");
}

#[test]
fn one_ragged_row_of_parquet_is_left_out_by_name() {
    let folder = scratch();
    let path = folder.path().join("p.parquet");
    let mut recordings: Vec<Recording> = (0..4)
        .map(|index| Recording {
            record_id: format!("r{index}"),
            format: "Parquet",
            ecg: ecg(100, 250.0),
        })
        .collect();
    parquet::write_recordings(&path, &recordings).unwrap();
    let whole = read(&path, &ReadOptions::default()).unwrap();
    assert_eq!(whole.len(), 4);
    // The writer refuses ragged signals, so that the table is made of columns of its own.
    recordings[2].ecg.signals[3].millivolts.truncate(90);
    ragged(&path, &recordings);
    let read = read(&path, &ReadOptions::default()).unwrap();
    let names: Vec<&str> = read.iter().map(|read| read.record_id.as_str()).collect();
    assert_eq!(names, ["r0", "r1", "r3"]);
    let finding = &read[0].ecg.findings;
    let finding = finding.iter().find(|found| found.code == "parts-left-out");
    let message = &finding.unwrap().message;
    assert!(
        message.contains("r2") && message.contains("90 to 100"),
        "{message}"
    );
}

/// A table of lists, one ECG a row, as its recordings are.
fn ragged(path: &Path, recordings: &[Recording]) {
    crate::parquet::write_lists(path, recordings);
}

#[test]
fn one_faulty_observation_of_a_bundle_is_left_out_by_name() {
    let observation = |id: &str, data: &str| {
        format!(
            r#"{{"resource":{{"resourceType":"Observation","id":"{id}","component":[{{"code":{{"text":"II"}},
            "valueSampledData":{{"origin":{{"value":0,"unit":"mV"}},"period":2,"dimensions":1,"data":"{data}"}}}}]}}}}"#
        )
    };
    let mistyped = observation("c", "1 2").replace("\"period\":2", "\"period\":\"soon\"");
    let bundle = format!(
        r#"{{"resourceType":"Bundle","entry":[{},{},{mistyped},{}]}}"#,
        observation("a", "1 2 3"),
        observation("b", "1 two 3"),
        observation("d", "4 5")
    );
    let read = strict(&bundle).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[1].ecg.signals[0].millivolts, [4.0, 5.0]);
    let messages: Vec<&str> = read[0]
        .ecg
        .findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    let all = messages.join("\n");
    assert!(
        all.contains("Observation/b") && all.contains("two"),
        "{all}"
    );
    assert!(all.contains("entry 2"), "{all}");
    let alone = format!(
        r#"{{"resourceType":"Bundle","entry":[{}]}}"#,
        observation("b", "x")
    );
    assert!(strict(&alone).unwrap_err().to_string().contains("data"));
}

#[test]
fn a_bulk_export_of_fhir_is_one_resource_a_line() {
    let folder = scratch();
    let path = folder.path().join("o.json");
    let mut lines = vec![r#"{"resourceType":"Patient","id":"p","gender":"female"}"#.to_string()];
    for samples in [20, 30] {
        fhir::write(&path, &ecg(samples, 500.0), &fhir::WriteOptions::default()).unwrap();
        lines.push(std::fs::read_to_string(&path).unwrap());
    }
    lines.insert(2, "{broken".to_string());
    let bulk = folder.path().join("bulk.ndjson");
    std::fs::write(&bulk, lines.join("\r\n") + "\n").unwrap();
    let read = read(&bulk, &ReadOptions::default()).unwrap();
    let names: Vec<&str> = read.iter().map(|read| read.record_id.as_str()).collect();
    assert_eq!(names, ["bulk#0", "bulk#1"]);
    assert_eq!(read[1].ecg.len(), 30);
    let found = read[0].ecg.findings.iter();
    let mut found = found.filter(|finding| finding.code == "parts-left-out");
    assert!(found.next().unwrap().message.contains("line 3"));
}

#[test]
fn fhir_as_xml_is_the_same_as_json() {
    let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>
<entry><fullUrl value="urn:uuid:1"/><resource><Patient><id value="p"/>
<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">Ada</div></text>
<identifier><value value="00017"/></identifier>
<name><family value="Lovelace"/><given value="Ada"/><given value="King"/></name>
<gender value="female"/><birthDate value="1960-01-02"/></Patient></resource></entry>
<entry><resource><Observation><id value="o"/><status value="final"/>
<subject><reference value="urn:uuid:1"/></subject>
<effectiveDateTime value="2020-01-02T03:04:05+01:00"/>
<component><code><coding><system value="urn:oid:2.16.840.1.113883.6.24"/><code value="131330"/></coding></code>
<valueSampledData><origin><value value="0"/><unit value="uV"/></origin><period value="2"/><factor value="5"/>
<dimensions value="1"/><data value="10 -20 E"/></valueSampledData></component>
</Observation></resource></entry></Bundle>"#;
    let read = strict(xml).unwrap();
    assert_eq!((read.len(), read[0].format), (1, "FHIR Observation"));
    let ecg = &read[0].ecg;
    assert_eq!(ecg.rate, Hertz::new(500.0).unwrap());
    assert_eq!(ecg.signals[0].channel, Channel::Lead(Lead::II));
    assert_eq!(ecg.signals[0].millivolts[..2], [0.05, -0.1]);
    assert!(ecg.signals[0].millivolts[2].is_nan());
    assert_eq!(ecg.subject.patient_id.as_deref(), Some("00017"));
    assert_eq!(ecg.subject.name.as_deref(), Some("Ada King Lovelace"));
    assert_eq!(ecg.start.unwrap().to_string(), "2020-01-02T03:04:05");
    let wrong = xml.replace("<period value=\"2\"/>", "<period value=\"soon\"/>");
    let message = strict(&wrong).unwrap_err().to_string();
    assert!(
        message.contains("period") && message.contains("soon"),
        "{message}"
    );
}

#[test]
fn rates_far_from_those_of_an_ecg_are_refused_by_edf() {
    let folder = scratch();
    let path = folder.path().join("x.edf");
    for rate in [1e300, 123_456_789_012.0, 5e9] {
        let held = peak(|| {
            let error = edf::write(&path, &ecg(5000, rate)).unwrap_err();
            assert!(error.to_string().contains("rate"), "{error}");
        });
        assert!(held < 1 << 26, "{rate}: {held}");
        assert!(!path.exists());
    }
    // Records of a whole second would be longer than the format allows.
    edf::write(&path, &ecg(8000, 4000.0)).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let number = |at: usize| -> usize {
        let text = std::str::from_utf8(&bytes[at..at + 8]).unwrap();
        text.trim().parse().unwrap()
    };
    let record = (bytes.len() - number(184)) / number(236);
    assert!(record <= 61_440, "{record}");
    let read = read(&path, &ReadOptions::default()).unwrap();
    assert_eq!(read[0].ecg.len(), 8000);
}

#[test]
fn an_identifier_of_edf_keeps_its_underscores() {
    let folder = scratch();
    let path = folder.path().join("x.edf");
    let mut made = ecg(500, 500.0);
    made.subject.patient_id = Some("PAT_001".to_string());
    made.subject.age = None;
    assert_eq!(edf::write(&path, &made).unwrap(), []);
    let read = read(&path, &ReadOptions::default()).unwrap();
    assert_eq!(read[0].ecg.subject.patient_id.as_deref(), Some("PAT_001"));
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[192..197].copy_from_slice(b"     ");
    bytes[8..88].copy_from_slice(format!("{:80}", "PAT_001").as_bytes());
    let plain = read_bytes("x", &bytes, &ReadOptions::default()).unwrap();
    assert_eq!(plain[0].ecg.subject.patient_id.as_deref(), Some("PAT_001"));
}

#[test]
fn a_column_that_counts_the_rows_is_no_signal() {
    for header in [
        ",I (mV),II (mV)",
        "sample,I (mV),II (mV)",
        "Unnamed: 0,I (mV),II (mV)",
    ] {
        let table = format!("{header}\n0,0.1,0.2\n1,0.3,0.4\n2,0.5,0.6\n");
        let read = strict(&table).unwrap();
        assert_eq!(read[0].ecg.signals.len(), 2, "{header}");
        assert!(codes(&read[0].ecg).contains(&"row-counter-left-out"));
    }
    // What does not count rows is a signal, and its unit is asked for.
    let table = "sample,I (mV)\n0.5,0.1\n0.7,0.2\n";
    let read = strict(table).unwrap();
    assert_eq!(read[0].ecg.signals.len(), 2);
    let finding = &read[0].ecg.findings[0];
    assert!(finding.code == "unit-not-stated" && finding.message.contains("sample"));
}

#[test]
fn ages_of_dicom_below_two_years_are_months_or_days() {
    let folder = scratch();
    let path = folder.path().join("x.dcm");
    for (age, expected, fraction) in [
        (0.1, 36.0 / 365.25, true),
        (0.5, 0.5, false),
        (1.25, 1.25, false),
        (61.0, 61.0, false),
        (61.5, 61.0, true),
    ] {
        let made = Ecg {
            subject: coronet_ecg::Subject {
                age: Some(age),
                ..coronet_ecg::Subject::default()
            },
            ..ecg(100, 500.0)
        };
        let lost = dicom::write(&path, &made, &dicom::WriteOptions::default()).unwrap();
        let read = read(&path, &ReadOptions::default()).unwrap();
        assert!(
            (read[0].ecg.subject.age.unwrap() - expected).abs() < 1e-9,
            "{age}"
        );
        assert_eq!(!lost.is_empty(), fraction, "{age}: {lost:?}");
    }
}

#[test]
fn files_of_any_encoding_and_name_are_read() {
    let folder = scratch();
    let made = ecg(20, 500.0);
    let plain = folder.path().join("plain.csv");
    csv::write(&plain, &made).unwrap();
    let text = std::fs::read_to_string(&plain).unwrap();
    let named = folder.path().join("Ärztin 心电图.txt");
    let wide: Vec<u8> = std::iter::once(0xfeff_u16)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [
        text.replace('\n', "\r\n").into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        wide,
    ] {
        std::fs::write(&named, &bytes).unwrap();
        let read = read(&named, &ReadOptions::default()).unwrap();
        assert_eq!(read[0].ecg.signals, made.signals);
        assert_eq!(read[0].record_id, "Ärztin 心电图");
    }
    let header = wfdb::write(folder.path(), "心", &made, &wfdb::WriteOptions::default());
    assert!(header.is_ok() || header.unwrap_err().to_string().contains("name"));
}
