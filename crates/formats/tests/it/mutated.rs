//! Bytes changed at random, seeded by real files and by files encoded here: an answer or an error,
//! never a panic, within a bounded time. The same functions are the fuzz targets.

use crate::data::data;
use crate::encoded::{CODES, Scp, default_codes, ishne, little, mfer, scp_data, scp_leads};
use crate::made::{ecg, scratch};
use coronet_formats::{Leniency, ReadOptions, dicom, edf, read, read_bytes};
use std::path::Path;
use std::time::{Duration, Instant};

/// Numbers that look random and are the same in every run (xorshift, Marsaglia 2003).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// Flips, overwrites, repeats, cuts or lengthens; half of the time near the start, where headers
/// are.
fn mutate(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..1 + random.below(4) {
        let reach = match random.below(2) {
            0 => bytes.len().min(2048),
            _ => bytes.len(),
        };
        let at = random.below(reach);
        match (random.below(8), bytes.get_mut(at)) {
            (0..=2, Some(byte)) => *byte ^= 1 << random.below(8),
            (3 | 4, Some(byte)) => *byte = [0, 0xff, 0x7f, 0x80, 1][random.below(5)],
            (5, _) => bytes.truncate(at),
            (6, _) => bytes.extend(vec![random.below(256) as u8; random.below(64)]),
            _ => {
                let end = (at + random.below(16)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
        }
    }
    bytes
}

fn check(name: &str, bytes: &[u8], scratch: &Path) {
    let begin = Instant::now();
    let by_path = bytes.starts_with(b"\x89HDF") || name == "parquet";
    for leniency in [Leniency::Strict, Leniency::Lenient] {
        let options = ReadOptions {
            leniency,
            ..ReadOptions::default()
        };
        let read = match by_path {
            true => {
                std::fs::write(scratch, bytes).unwrap();
                read(scratch, &options).map_err(|error| error.to_string())
            }
            false => read_bytes("x", bytes, &options).map_err(|error| error.to_string()),
        };
        match read {
            Ok(records) => {
                for record in records {
                    let length = record.ecg.len();
                    assert!(length > 0 || record.ecg.signals.is_empty());
                    for signal in &record.ecg.signals {
                        assert_eq!(signal.millivolts.len(), length, "{name}");
                        assert!(!signal.millivolts.iter().any(|sample| sample.is_infinite()));
                    }
                }
            }
            Err(error) => assert!(!error.is_empty()),
        }
        if by_path {
            break;
        }
    }
    assert!(begin.elapsed() < Duration::from_secs(120), "{name} hangs");
}

/// Small files of each format, always at hand.
pub(crate) fn made() -> Vec<(&'static str, Vec<u8>)> {
    let folder = scratch();
    let made = ecg(60, 500.0);
    let path = folder.path().join("x");
    dicom::write(&path, &made, &dicom::WriteOptions::default()).unwrap();
    let dicom = std::fs::read(&path).unwrap();
    edf::write(&path, &made).unwrap();
    let edf = std::fs::read(&path).unwrap();
    let samples: Vec<Vec<i16>> = (0..12)
        .map(|lead| (0..60).map(|at| (at * 7 + lead * 31) as i16 % 90).collect())
        .collect();
    let coded: Vec<Vec<u8>> = samples
        .iter()
        .map(|lead| {
            let wide: Vec<i64> = lead.iter().map(|sample| i64::from(*sample)).collect();
            default_codes(&wide)
        })
        .collect();
    let scp = Scp {
        sections: vec![
            (2, little(19_999, 2)),
            (3, scp_leads(&CODES, 60, false)),
            (6, scp_data([2500, 2000, 0, 0], &coded)),
        ],
    };
    vec![
        ("dicom", dicom),
        ("edf", edf),
        ("ishne", ishne(&[5, 6, 7], 1000, 500, &samples[..3])),
        ("mfer", mfer(true, &samples)),
        ("scp", scp.record()),
        #[cfg(feature = "parquet")]
        ("parquet", {
            coronet_formats::parquet::write(&path, &made).unwrap();
            std::fs::read(&path).unwrap()
        }),
    ]
}

#[test]
fn made_files_changed_at_random() {
    let folder = scratch();
    let path = folder.path().join("x");
    for (name, seed) in made() {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        check(name, &seed, &path);
        for _ in 0..1500 {
            check(name, &mutate(&seed, &mut random), &path);
        }
    }
}

#[test]
fn made_files_cut_anywhere() {
    let folder = scratch();
    let path = folder.path().join("x");
    for (name, seed) in made() {
        for length in (0..seed.len()).step_by(7) {
            check(name, &seed[..length], &path);
        }
    }
}

#[test]
fn real_files_changed_at_random() {
    let Some(folder) = data("") else {
        return;
    };
    let scratch = scratch();
    let path = scratch.path().join("x");
    let mut files = 0;
    for (name, times) in [
        ("formats/dicom/waveform_ecg.dcm", 40),
        ("formats/dicom/example-DICOM1.dcm", 40),
        ("formats/scp-ecg/Example.scp", 60),
        ("formats/scp-ecg/test.scp", 60),
        ("formats/scp-ecg/62.SCP", 60),
        ("formats/edf/ptbxl_00001.edf", 60),
        ("formats/ishne/ptbxl_00001.ishne", 60),
        ("formats/text/MI.mat", 40),
        ("formats/hdf5/code15_style_6.hdf5", 40),
        ("physionet/SPH00001.h5", 60),
    ] {
        let Ok(seed) = std::fs::read(folder.join(name)) else {
            continue;
        };
        files += 1;
        let mut random = Random(0x2545_f491_4f6c_dd1d);
        for _ in 0..times {
            check(name, &mutate(&seed, &mut random), &path);
        }
    }
    assert!(files > 0, "none of the files is in {}", folder.display());
}
