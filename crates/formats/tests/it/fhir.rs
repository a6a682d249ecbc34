//! FHIR Observations: round trips in both versions, units, marks of invalid samples, patients.

use crate::data::data;
use crate::made::{codes, ecg, scratch};
use coronet_ecg::{Channel, Ecg, Lead, Sex};
use coronet_formats::fhir::{Version, WriteOptions, write};
use coronet_formats::{ReadErrorKind, ReadOptions, read, read_bytes};

fn open(json: &str) -> Result<Vec<Ecg>, ReadErrorKind> {
    let records = read_bytes("o", json.as_bytes(), &ReadOptions::default())?;
    Ok(records.into_iter().map(|record| record.ecg).collect())
}

/// One component with the given members beside its data.
fn observation(origin: &str, members: &str, data: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","component":[{{"code":{{"text":"II"}},
        "valueSampledData":{{"origin":{origin},{members}"data":"{data}"}}}}]}}"#
    )
}

#[test]
fn what_is_written_is_read() {
    let folder = scratch();
    for rate in [100.0, 257.0, 360.0, 500.0, 976.5625, 1000.0] {
        for version in [Version::R4, Version::R5] {
            let mut made = ecg(200, rate);
            made.signals[2].millivolts[5] = f64::NAN;
            made.signals[3].millivolts[6] = 0.1 + 0.2;
            made.signals[4].channel = Channel::Other("vx".to_string());
            made.subject.name = Some("Ada \"X\" B".to_string());
            made.subject.birth_date = Some("1960-01-02".parse().unwrap());
            made.device.model = Some("M 1".to_string());
            made.device.software = Some("7.1".to_string());
            let path = folder.path().join("o.json");
            write(&path, &made, &WriteOptions { version }).unwrap();
            let mut got = read(&path, &ReadOptions::default()).unwrap().remove(0);
            assert_eq!(got.format, "FHIR Observation");
            assert_eq!(codes(&got.ecg), ["invalid-samples"]);
            got.ecg.findings.clear();
            assert!(got.ecg.signals[2].millivolts[5].is_nan());
            got.ecg.signals[2].millivolts[5] = 0.0;
            made.signals[2].millivolts[5] = 0.0;
            assert!((got.ecg.rate.get() - rate).abs() < 1e-9);
            got.ecg.rate = made.rate;
            assert_eq!(got.ecg, made);
        }
    }
}

#[test]
fn origin_factor_period_and_interval() {
    let mv = r#"{"value":0.5,"unit":"mV"}"#;
    let cases = [
        (
            mv,
            r#""period":2,"factor":0.25,"dimensions":1,"#,
            500.0,
            1.0,
        ),
        (
            mv,
            r#""interval":0.004,"intervalUnit":"s","factor":0.25,"#,
            250.0,
            1.0,
        ),
        (
            r#"{"value":500,"code":"uV"}"#,
            r#""interval":10,"intervalUnit":"ms","factor":250,"#,
            100.0,
            1.0,
        ),
        (r#"{"code":"uV"}"#, r#""period":1,"#, 1000.0, 0.002),
    ];
    for (origin, members, rate, second) in cases {
        let ecg = open(&observation(origin, members, "1 2 E U L"))
            .unwrap()
            .remove(0);
        let lead = ecg.lead(Lead::II).unwrap();
        assert_eq!((ecg.rate.get(), lead[1]), (rate, second), "{members}");
        assert!(lead[2..].iter().all(|sample| sample.is_nan()));
        assert_eq!(codes(&ecg), ["invalid-samples"]);
    }
}

#[test]
fn a_number_is_a_lead_by_its_system_alone() {
    let mdc = "urn:oid:2.16.840.1.113883.6.24";
    let cases: [(&str, &str, &str, Channel, &[&str]); 8] = [
        ("http://local", "3", "III", Channel::Lead(Lead::III), &[]),
        ("http://local", "3", "pulse", Channel::Lead(Lead::II), &[]),
        (
            mdc,
            "131331",
            "MDC_ECG_ELEC_POTL_V1",
            Channel::Lead(Lead::V1),
            &[],
        ),
        ("", "131331", "", Channel::Lead(Lead::V1), &[]),
        (mdc, "3", "", Channel::Lead(Lead::V1), &[]),
        ("", "5.6.3-9-3", "", Channel::Lead(Lead::V1), &[]),
        (
            mdc,
            "131331",
            "III",
            Channel::Lead(Lead::V1),
            &["lead-contradicted"],
        ),
        (
            mdc,
            "131137",
            "aVR",
            Channel::Other("lead 131137".to_string()),
            &["lead-contradicted"],
        ),
    ];
    for (system, code, display, expected, found) in cases {
        let text = if display == "pulse" { "II" } else { "" };
        let json = observation(r#"{"unit":"mV"}"#, r#""period":2,"#, "1 2").replace(
            r#"{"text":"II"}"#,
            &format!(r#"{{"coding":[{{"system":"{system}","code":"{code}","display":"{display}"}}],"text":"{text}"}}"#),
        );
        let ecg = open(&json).unwrap().remove(0);
        assert_eq!(ecg.signals[0].channel, expected, "{json}");
        assert_eq!(codes(&ecg), found, "{json}");
    }
}

#[test]
fn several_points_at_a_time_are_several_signals() {
    let members = r#""period":2,"dimensions":3,"#;
    let ecg = open(&observation(r#"{"unit":"mV"}"#, members, "1 2 3 4 5 6"))
        .unwrap()
        .remove(0);
    let names: Vec<&Channel> = ecg.signals.iter().map(|signal| &signal.channel).collect();
    assert_eq!(*names[2], Channel::Other("II 3".to_string()));
    assert_eq!(ecg.signals[1].millivolts, [2.0, 5.0]);
}

#[test]
fn faults_name_their_element() {
    let mv = r#"{"unit":"mV"}"#;
    let cases = [
        (
            mv,
            "",
            "1 2",
            "valueSampledData: expected period or interval",
        ),
        (mv, r#""period":0,"#, "1 2", "expected a positive interval"),
        (
            mv,
            r#""period":2,"#,
            "1 x",
            "data: expected decimals, E, U or L, got `x`",
        ),
        (
            mv,
            r#""period":2,"#,
            "",
            "expected at least one signal with samples",
        ),
        (
            mv,
            r#""period":2,"dimensions":3,"#,
            "1 2",
            "dimensions: expected a divisor of 2",
        ),
        (
            mv,
            r#""interval":2,"#,
            "1 2",
            "intervalUnit: expected s, ms or us",
        ),
        (
            r#"{"unit":"kg"}"#,
            r#""period":2,"#,
            "1 2",
            "origin.unit: expected a unit of voltage",
        ),
    ];
    for (origin, members, data, expected) in cases {
        let error = open(&observation(origin, members, data))
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
    for json in [
        r#"{"resourceType":"Patient"}"#,
        r#"{"resourceType":"Observation""#,
        r#"{"resourceType":[1]}"#,
    ] {
        let error = open(json).unwrap_err();
        let known = matches!(
            error,
            ReadErrorKind::Element { .. } | ReadErrorKind::Field { .. }
        );
        assert!(known, "{error}");
    }
}

#[test]
fn a_bundle_gives_its_observations_with_their_patient() {
    let part = observation(r#"{"unit":"mV"}"#, r#""period":2,"#, "1 2");
    let part = part.replacen(
        r#""component""#,
        r#""subject":{"reference":"Patient/7"},"effectiveDateTime":"2020-01-02T03:04:05+08:00","component""#,
        1,
    );
    let bundle = format!(
        r#"{{"resourceType":"Bundle","entry":[
        {{"resource":{{"resourceType":"Patient","id":"7","gender":"female","birthDate":"1950-06-01",
        "name":[{{"given":["Ada","B"],"family":"C"}}]}}}},
        {{"resource":{part}}},{{"resource":{part}}}]}}"#
    );
    let ecgs = open(&bundle).unwrap();
    assert_eq!(ecgs.len(), 2);
    let ecg = &ecgs[1];
    assert_eq!(ecg.start.unwrap().to_string(), "2020-01-02T03:04:05");
    assert_eq!(ecg.subject.name.as_deref(), Some("Ada B C"));
    assert_eq!(ecg.subject.patient_id.as_deref(), Some("7"));
    assert_eq!(
        (ecg.subject.sex, ecg.age()),
        (Some(Sex::Female), Some(69.0))
    );
}

#[test]
fn an_observation_of_no_voltage_does_not_refuse_the_ecgs_beside_it() {
    let ecg = observation(r#"{"unit":"mV"}"#, r#""period":2,"#, "1 2");
    let other = observation(r#"{"unit":"%"}"#, r#""period":1000,"#, "97 98");
    let other = other.replace(r#"{"text":"II"}"#, r#"{"text":"SpO2"}"#);
    let bundle = format!(
        r#"{{"resourceType":"Bundle","entry":[{{"resource":{other}}},{{"resource":{ecg}}}]}}"#
    );
    let ecgs = open(&bundle).unwrap();
    assert_eq!(ecgs.len(), 1);
    assert_eq!(codes(&ecgs[0]), ["observations-left-out"]);
    let error = open(&other).unwrap_err().to_string();
    assert!(error.contains("valueSampledData of voltages"), "{error}");
}

#[test]
fn the_example_of_the_standard_is_read() {
    let Some(folder) = data("formats/fhir") else {
        return;
    };
    let path = folder.join("observation-example-sample-data.json");
    let ecg = read(&path, &ReadOptions::default()).unwrap().remove(0).ecg;
    let names: Vec<&Channel> = ecg.signals.iter().map(|signal| &signal.channel).collect();
    let leads = [Lead::I, Lead::II, Lead::III].map(Channel::Lead);
    assert_eq!(names, leads.iter().collect::<Vec<&Channel>>());
    assert_eq!((ecg.rate.get(), ecg.len()), (100.0, 116));
    assert_eq!(ecg.start.unwrap().to_string(), "2015-02-19T09:30:35");
    assert_eq!(ecg.subject.patient_id.as_deref(), Some("f001"));
    assert_eq!(codes(&ecg), ["unit-not-stated"; 3]);
    // 2041 points at 1.612 µV above an origin of 2048 µV.
    assert!((ecg.lead(Lead::I).unwrap()[0] - (2048.0 + 1.612 * 2041.0) / 1000.0).abs() < 1e-12);
}
