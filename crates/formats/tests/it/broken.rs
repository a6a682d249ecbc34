//! Cut, lengthened and flipped files: an answer or an error, never a panic, in bounded time.

use crate::contract::{every_format, options};
use crate::made::{ecg, scratch};
use coronet_formats::{ReadOptions, read};
use proptest::prelude::*;
use std::path::Path;

/// Every file of a record in every format, changed, and read again.
fn check(change: impl Fn(&mut Vec<u8>)) {
    let made = ecg(20, 400.0);
    let names = [
        "a.npy",
        "d.dcm",
        "e.edf",
        "o.json",
        "p.parquet",
        "r.hea",
        "r.dat",
        "t.csv",
    ];
    for broken in names {
        let folder = scratch();
        every_format(folder.path(), &made);
        let path = folder.path().join(broken);
        let mut bytes = std::fs::read(&path).unwrap();
        change(&mut bytes);
        std::fs::write(&path, &bytes).unwrap();
        look(&path, &options(&made));
    }
}

/// Whatever is returned is well-formed.
fn look(path: &Path, options: &ReadOptions) {
    match read(path, options) {
        Ok(records) => {
            for record in records {
                let length = record.ecg.len();
                for signal in &record.ecg.signals {
                    assert_eq!(signal.millivolts.len(), length);
                    assert!(signal.millivolts.iter().all(|sample| !sample.is_infinite()));
                }
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

#[test]
fn every_truncation_of_a_header() {
    let folder = scratch();
    let made = ecg(20, 400.0);
    every_format(folder.path(), &made);
    let path = folder.path().join("r.hea");
    let whole = std::fs::read(&path).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        look(&path, &options(&made));
    }
}

#[test]
fn every_bit_of_a_header_flipped() {
    let folder = scratch();
    let made = ecg(20, 400.0);
    for name in ["r.hea", "a.npy"] {
        every_format(folder.path(), &made);
        let path = folder.path().join(name);
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len().min(160) {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                std::fs::write(&path, &bytes).unwrap();
                look(&path, &options(&made));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn cut_anywhere(share in 0.0..1.0_f64) {
        check(|bytes| bytes.truncate((share * bytes.len() as f64) as usize));
    }

    #[test]
    fn bits_flipped(places in prop::collection::vec((0.0..1.0_f64, 0_u8..8), 1..8)) {
        check(|bytes| {
            for (share, bit) in &places {
                let at = (share * bytes.len() as f64) as usize;
                bytes[at] ^= 1 << bit;
            }
        });
    }

    #[test]
    fn lengthened(tail in prop::collection::vec(any::<u8>(), 1..200)) {
        check(|bytes| bytes.extend_from_slice(&tail));
    }

    #[test]
    fn anything_at_all(bytes in prop::collection::vec(any::<u8>(), 0..400), magic in 0_usize..4) {
        let folder = scratch();
        let start: [&[u8]; 4] = [b"", b"\x93NUMPY\x01\x00", b"r 2 500 ", b"I,II\n"];
        let mut all = start[magic].to_vec();
        all.extend_from_slice(&bytes);
        let path = folder.path().join("r.hea");
        std::fs::write(&path, &all).unwrap();
        look(&path, &ReadOptions::default());
    }

    #[test]
    fn any_words_as_a_header(
        words in prop::collection::vec("[0-9a-z/+:x()._-]{1,6}|[0-9]{1,20}", 0..40),
        breaks in prop::collection::vec(any::<bool>(), 40),
    ) {
        let folder = scratch();
        let mut text = String::from("r 2 500");
        for (word, line) in words.iter().zip(&breaks) {
            text.push(if *line { '\n' } else { ' ' });
            text += word;
        }
        let path = folder.path().join("r.hea");
        std::fs::write(&path, &text).unwrap();
        std::fs::write(folder.path().join("r.dat"), [0; 64]).unwrap();
        look(&path, &ReadOptions::default());
    }
}
