//! CSV tables: units, time columns, separators, round trips.

use crate::made::{codes, ecg, scratch};
use coronet_ecg::{Channel, Ecg, Hertz, Lead};
use coronet_formats::{ReadErrorKind, ReadOptions, Unit, csv, read};

fn open(text: &str, options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    let folder = scratch();
    let path = folder.path().join("t.txt");
    std::fs::write(&path, text).unwrap();
    read(&path, options)
        .map(|mut records| records.remove(0).ecg)
        .map_err(|error| error.kind)
}

#[test]
fn what_is_written_is_read() {
    let folder = scratch();
    for rate in [100.0, 257.0, 360.0, 500.0, 976.5625, 1000.0] {
        let path = folder.path().join("t.csv");
        let mut made = ecg(200, rate);
        made.signals[2].millivolts[5] = f64::NAN;
        csv::write(&path, &made).unwrap();
        let record = read(&path, &ReadOptions::default()).unwrap().remove(0);
        assert_eq!(record.record_id, "t");
        assert!((record.ecg.rate.get() - rate).abs() < 1e-9, "{rate}");
        assert_eq!(codes(&record.ecg), Vec::<&str>::new());
        for (one, two) in record.ecg.signals.iter().zip(&made.signals) {
            assert_eq!(one.channel, two.channel);
            for (one, two) in one.millivolts.iter().zip(&two.millivolts) {
                assert!(one == two || (one.is_nan() && two.is_nan()));
            }
        }
    }
}

#[test]
fn units_and_time_in_the_header() {
    let cases = [
        ("time (s),II (mV)\n0,1\n0.002,2\n", 500.0, 2.0),
        ("t_ms,ii_uV\n0,1000\n4,2000\n", 250.0, 2.0),
        ("Time [ms];aVR;II [µV]\n0;0;1000\n2;0;2000\n", 500.0, 2.0),
        ("time\tII/mV\n0\t1\n0.01\t2\n", 100.0, 2.0),
        (
            "# a remark\nII (V),time (s)\n0.001,0\n0.002,0.001\n",
            1000.0,
            2.0,
        ),
        (
            "\u{feff}\"time (s)\",\"Lead II (mV)\"\r\n0,1\r\n0.002,2\r\n",
            500.0,
            2.0,
        ),
        ("time (s);II (mV)\n0,000;1,0\n0,002;2,0\n", 500.0, 2.0),
    ];
    for (text, rate, last) in cases {
        let ecg = open(text, &ReadOptions::default()).unwrap();
        assert!(
            (ecg.rate.get() - rate).abs() < 1e-9,
            "{text}: {:?}",
            ecg.rate
        );
        assert!(
            (ecg.lead(Lead::II).unwrap()[1] - last).abs() < 1e-12,
            "{text}"
        );
    }
}

#[test]
fn what_is_not_stated_is_a_finding() {
    let text = "I,II,extra\n1,2,3\n4,,nan\n";
    let ecg = open(text, &ReadOptions::default()).unwrap();
    assert_eq!(codes(&ecg), ["unit-not-stated", "rate-not-stated"]);
    assert!(ecg.findings[0].message.contains("I, II"));
    assert!(ecg.lead(Lead::II).unwrap()[1].is_nan());
    assert_eq!(ecg.signals[2].channel, Channel::Other("extra".to_string()));
    let options = ReadOptions {
        rate: Hertz::new(360.0),
        unit: Some(Unit::Microvolt),
        ..ReadOptions::default()
    };
    let ecg = open(text, &options).unwrap();
    assert_eq!(codes(&ecg), Vec::<&str>::new());
    assert_eq!(
        (ecg.rate.get(), ecg.lead(Lead::I).unwrap()[0]),
        (360.0, 0.001)
    );
}

#[test]
fn a_quoted_separator_shifts_no_lead() {
    let text = "\"time, s\",\"I (mV)\",\"II, mV\"\n0,1,10\n0.002,2,20\n";
    let ecg = open(text, &ReadOptions::default()).unwrap();
    assert_eq!(codes(&ecg), Vec::<&str>::new());
    assert_eq!(ecg.rate.get(), 500.0);
    assert_eq!(ecg.lead(Lead::I).unwrap(), [1.0, 2.0]);
    assert_eq!(ecg.lead(Lead::II).unwrap(), [10.0, 20.0]);
}

#[test]
fn a_lead_that_comes_twice_is_a_finding() {
    let ecg = open("t_s,I_mV,I_mV\n0,1,2\n1,3,4\n", &ReadOptions::default()).unwrap();
    assert_eq!(codes(&ecg), ["lead-repeated"]);
}

#[test]
fn units_that_are_not_known_are_refused() {
    let cases = [
        (
            "I (adu)\n1\n",
            "unit: expected V, mV, µV or nV for a lead, got `adu`",
        ),
        ("II,aVR (inverted)\n1,2\n", "got `inverted`"),
        (
            "time (samples),I (mV)\n0,1\n",
            "unit: expected min, s, ms or µs for a time, got `samples`",
        ),
    ];
    for (text, expected) in cases {
        let error = open(text, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains(expected), "{text:?}: {error}");
    }
}

#[test]
fn a_time_without_unit_is_a_finding() {
    let ecg = open("time,I (mV)\n0,1\n2,1\n4,1\n", &ReadOptions::default()).unwrap();
    assert_eq!(codes(&ecg), ["time-unit-not-stated"]);
    assert_eq!(ecg.rate.get(), 0.5);
    let minutes = "time [min],I (mV)\n0,1\n0.0001,1\n0.0002,1\n";
    let ecg = open(minutes, &ReadOptions::default()).unwrap();
    assert!(
        (ecg.rate.get() - 1.0 / 0.006).abs() < 0.01,
        "{:?}",
        ecg.rate
    );
    assert_eq!(codes(&ecg), Vec::<&str>::new());
}

#[test]
fn a_time_column_counts_more_than_a_stated_rate() {
    let options = ReadOptions {
        rate: Hertz::new(500.0),
        ..ReadOptions::default()
    };
    let ecg = open("time (s),I (mV)\n0,1\n0.004,2\n", &options).unwrap();
    assert_eq!(ecg.rate.get(), 250.0);
    assert_eq!(codes(&ecg), ["rate-contradicted"]);
}

#[test]
fn faulty_tables_name_line_and_field() {
    let cases = [
        ("I,II\n1,2\n3,x\n", 3, "sample"),
        ("I,II\n1,2\n3\n", 3, "row"),
        ("I,II\n1,inf\n", 2, "sample"),
        ("I,II\n", 2, "rows"),
        ("time (s),I\n0,1\n0,2\n", 3, "time"),
        ("time (s),I\n0,1\n1,2\n9,2\n", 4, "time"),
        ("# made\n\ntime (s),I\n0,1\n1,2\n9,2\n", 6, "time"),
        ("time (s),I\n0,1\n,2\n2,2\n", 3, "time"),
    ];
    for (text, expected_line, expected_field) in cases {
        let error = open(text, &ReadOptions::default()).unwrap_err();
        let ReadErrorKind::Field { line, field, .. } = error else {
            panic!("{text:?}: {error}");
        };
        assert_eq!((line, field), (expected_line, expected_field), "{text:?}");
    }
}

#[test]
fn one_gap_in_the_times_is_named_where_it_is() {
    let mut text = "time (s),I (mV)\n".to_owned();
    for row in 0..5000 {
        let gap = if row >= 2000 { 0.5 } else { 0.0 };
        text += &format!("{},0.1\n", f64::from(row) / 500.0 + gap);
    }
    let error = open(&text, &ReadOptions::default()).unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("line 2002: time: "), "{said}");
    assert!(said.contains("got `4.5 after 3.998`"), "{said}");
}

#[test]
fn a_table_without_leads_is_not_an_ecg() {
    for text in [
        "a,b\n1,2\n",
        "1,2\n3,4\n",
        "hello",
        "patient_id,LAD,RCA\n1,2,3\n",
    ] {
        let error = open(text, &ReadOptions::default()).unwrap_err();
        assert!(
            matches!(error, ReadErrorKind::Content { .. }),
            "{text:?}: {error}"
        );
    }
}
