//! Records of several segments, made by hand after header(5).

use crate::made::{codes, scratch};
use coronet_ecg::{Ecg, Lead};
use coronet_formats::{ReadErrorKind, ReadOptions, list, read};
use proptest::prelude::*;

/// Files of text by name, with a signal file for each, then the record `m`.
fn record(headers: &[(&str, &str)], signals: &[(&str, &[i16])]) -> Result<Ecg, ReadErrorKind> {
    let folder = scratch();
    for (name, text) in headers {
        std::fs::write(folder.path().join(format!("{name}.hea")), text).unwrap();
    }
    for (name, samples) in signals {
        let bytes: Vec<u8> = samples.iter().flat_map(|each| each.to_le_bytes()).collect();
        std::fs::write(folder.path().join(format!("{name}.dat")), bytes).unwrap();
    }
    read(&folder.path().join("m"), &ReadOptions::default())
        .map(|mut records| records.remove(0).ecg)
        .map_err(|error| error.kind)
}

const A: (&str, &str) = (
    "a",
    "a 2 500 2\na.dat 16 1/mV 16 0 1 4 0 I\na.dat 16 1/mV 16 0 2 6 0 II\n",
);
const B: (&str, &str) = ("b", "b 1 500 3\nb.dat 16 10/mV 16 0 10 60 0 II\n");
const LAYOUT: (&str, &str) = (
    "l",
    "l 2 500 0\n~ 0 1/mV 16 0 0 0 0 I\n~ 0 1/mV 16 0 0 0 0 II\n",
);
const SAMPLES: [(&str, &[i16]); 2] = [("a", &[1, 2, 3, 4]), ("b", &[10, 20, 30])];

#[test]
fn the_segments_of_a_record_are_no_records_of_their_own() {
    let folder = scratch();
    let master = ("m", "m/3 2 500 5\nl 0\na 2\nb 3\n");
    for (name, text) in [master, LAYOUT, A, B] {
        std::fs::write(folder.path().join(format!("{name}.hea")), text).unwrap();
    }
    let other = "z 1 500 3\nb.dat 16 10/mV\n";
    std::fs::write(folder.path().join("z.hea"), other).unwrap();
    let records = list(folder.path()).unwrap();
    assert_eq!(
        records,
        [folder.path().join("m.hea"), folder.path().join("z.hea")]
    );
}

#[test]
fn a_variable_layout_leaves_gaps_and_keeps_each_gain() {
    let master = ("m", "m/4 2 500 7 10:00:00 01/02/2020\nl 0\na 2\n~ 2\nb 3\n");
    let ecg = record(&[master, LAYOUT, A, B], &SAMPLES).unwrap();
    let (one, two) = (ecg.lead(Lead::I).unwrap(), ecg.lead(Lead::II).unwrap());
    assert_eq!(one[..2], [1.0, 3.0]);
    assert!(one[2..].iter().all(|sample| sample.is_nan()) && one.len() == 7);
    assert_eq!(
        (&two[..2], &two[4..]),
        (&[2.0, 4.0][..], &[1.0, 2.0, 3.0][..])
    );
    assert!(two[2..4].iter().all(|sample| sample.is_nan()));
    assert_eq!(codes(&ecg), ["gaps-between-segments"]);
    assert_eq!(ecg.start.unwrap().to_string(), "2020-02-01T10:00:00");
}

#[test]
fn a_fixed_layout_is_one_after_the_other() {
    let second = (
        "b",
        "b 2 500 1\nb.dat 16 2/mV 16 0 10 10 0 I\nb.dat 16 2/mV 16 0 20 20 0 II\n",
    );
    let master = ("m", "m/2 2 500 3\na 2\nb 1\n");
    let ecg = record(&[master, A, second], &SAMPLES).unwrap();
    assert_eq!(ecg.lead(Lead::I).unwrap(), [1.0, 3.0, 5.0]);
    assert_eq!(ecg.lead(Lead::II).unwrap(), [2.0, 4.0, 10.0]);
    assert_eq!(codes(&ecg), ["extra-bytes"]);
}

#[test]
fn contradictions_between_record_and_segments_are_named() {
    let other_rate = (
        "b",
        "b 2 250 3\nb.dat 16 1 16 0 0 0 0 I\nb.dat 16 1 16 0 0 0 0 II\n",
    );
    let nested = ("b", "b/1 2 500 3\na 3\n");
    let cases = [
        ("m/2 2 500 9\na 2\nb 3\n", B, "number of samples per signal"),
        ("m/2 3 500 5\na 2\nb 3\n", B, "number of signals"),
        ("m/2 2 500 5\na 2\nb 3\n", B, "signals of a segment"),
        ("m/2 2 500 5\na 2\nb 3\n", other_rate, "sampling frequency"),
        ("m/2 2 500 5\na 2\nb 3\n", nested, "segment name"),
        ("m/2 2 500 6\na 3\nb 3\n", B, "samples of a segment"),
        ("m/1 2 500 6\n~ 6\n", B, "segments"),
    ];
    for (master, second, expected) in cases {
        let error = record(&[("m", master), A, second], &SAMPLES).unwrap_err();
        let ReadErrorKind::Field { field, .. } = error else {
            panic!("{master}: {error}");
        };
        assert_eq!(field, expected, "{master}");
    }
    let absent = record(&[("m", "m/2 2 500 5\na 2\nc 3\n"), A], &SAMPLES).unwrap_err();
    assert!(matches!(absent, ReadErrorKind::Io(_)), "{absent}");
    let huge = "m/2 2 500 4000000000\na 2\n~ 3999999998\n";
    let error = record(&[("m", huge), A], &SAMPLES).unwrap_err();
    assert!(matches!(error, ReadErrorKind::TooLarge { .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However a recording is cut into segments, it is read as if it were whole.
    #[test]
    fn cuts_change_nothing(
        samples in prop::collection::vec(-2000_i16..2000, 3..60),
        cut in 0.1..0.9_f64,
    ) {
        let at = ((samples.len() as f64 * cut) as usize).clamp(1, samples.len() - 1);
        let (left, right) = samples.split_at(at);
        let header = |name: &str, length: usize| {
            format!("{name} 1 500 {length}\n{name}.dat 16 200/mV 16 0 0 0 0 V1\n")
        };
        let sum = |samples: &[i16]| samples.iter().map(|&each| i64::from(each)).sum::<i64>() as i16;
        let header = |name: &str, samples: &[i16]| {
            header(name, samples.len())
                .replace("16 0 0 0 0", &format!("16 0 {} {} 0", samples[0], sum(samples)))
        };
        let (a, b) = (header("a", left), header("b", right));
        let master = format!("m/2 1 500 {}\na {}\nb {}\n", samples.len(), left.len(), right.len());
        let cut = record(
            &[("m", &master), ("a", &a), ("b", &b)],
            &[("a", left), ("b", right)],
        ).unwrap();
        let whole = header("m", &samples).replace("m.dat", "a.dat");
        let whole = record(&[("m", &whole)], &[("a", &samples)]).unwrap();
        prop_assert_eq!(cut, whole);
    }
}
