//! The fuzz targets for a short bounded time on a stable compiler: the same bodies, real files and
//! made ones as seeds, changed by bytes and by structure. The same inputs every time, unless
//! `CORONET_FUZZ_SECONDS` gives each target a time of its own; inputs that once broke a promise lie in
//! `fuzz/found` and are tried first. `CORONET_FUZZ_SEEDS` names a folder to which the seeds are written, one
//! folder a target, for `cargo fuzz run TARGET FOLDER/TARGET`.

use crate::data::data;
use crate::made::{ecg, scratch};
use crate::memory::peak;
use crate::mutated::{Random, made};
use coronet_formats::{csv, fhir, npy, parquet, wfdb};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[path = "../../../../fuzz/bodies.rs"]
mod bodies;

/// Most bytes that reading (and writing) a file of less than a megabyte may hold.
const MOST_BYTES: usize = 1 << 29;

/// Longest time for one input.
const MOST_TIME: Duration = Duration::from_secs(120);

/// Changed inputs of one target where no time is set.
const INPUTS: usize = 150;

fn time() -> Option<Duration> {
    let set = std::env::var("CORONET_FUZZ_SECONDS").ok()?;
    Some(Duration::from_secs_f64(set.parse().ok()?))
}

fn tried(name: &str, body: fn(&[u8]), bytes: &[u8]) {
    let started = Instant::now();
    let held = peak(|| body(bytes));
    let kept = || {
        let path = std::env::temp_dir().join(format!("coronet-{name}-{}", bytes.len()));
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let took = started.elapsed();
    assert!(took < MOST_TIME, "{name}: {took:?}: {}", kept().display());
    assert!(
        held < MOST_BYTES,
        "{name}: {held} bytes: {}",
        kept().display()
    );
}

/// Runs a body and keeps the input where it panics, so that it can be put into `fuzz/found`.
fn guarded(name: &str, body: fn(&[u8]), bytes: &[u8]) {
    let outcome = std::panic::catch_unwind(|| tried(name, body, bytes));
    if outcome.is_err() {
        let path = std::env::temp_dir().join(format!("coronet-{name}-{}", bytes.len()));
        std::fs::write(&path, bytes).unwrap();
        panic!("{name}: the input is kept in {}", path.display());
    }
}

#[test]
fn found_cases_stay_mended() {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/found");
    let mut cases = 0;
    for &(name, body) in bodies::TARGETS {
        let Ok(folder) = std::fs::read_dir(found.join(name)) else {
            continue;
        };
        for file in folder {
            guarded(name, body, &std::fs::read(file.unwrap().path()).unwrap());
            cases += 1;
        }
    }
    eprintln!("{cases} found cases");
}

#[test]
fn every_target_has_seeds() {
    let folder = std::env::var("CORONET_FUZZ_SEEDS").ok().map(PathBuf::from);
    for &(name, _) in bodies::TARGETS {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name} has no seed");
        let Some(folder) = folder.as_ref().map(|folder| folder.join(name)) else {
            continue;
        };
        std::fs::create_dir_all(&folder).unwrap();
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number}")), seed).unwrap();
        }
    }
}

#[test]
fn every_target_for_a_bounded_time() {
    let time = time();
    for &(name, body) in bodies::TARGETS {
        let seeds = seeds(name);
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let started = Instant::now();
        for seed in &seeds {
            guarded(name, body, seed);
        }
        let mut tried = 0;
        while time.map_or(tried < INPUTS, |time| started.elapsed() < time) {
            let seed = &seeds[random.below(seeds.len())];
            let other = &seeds[random.below(seeds.len())];
            guarded(name, body, &changed(seed, other, &mut random));
            tried += 1;
        }
        let took = started.elapsed().as_secs_f64();
        eprintln!(
            "{name}: {} seeds, {tried} changed, {took:.1} s",
            seeds.len()
        );
    }
}

/// One to five changes: of bits and bytes, of numbers in either form, of pieces moved, doubled or
/// taken from another seed.
fn changed(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(5) {
        let reach = match random.below(3) {
            0 => bytes.len().min(512),
            1 => bytes.len().min(4096),
            _ => bytes.len(),
        };
        let at = random.below(reach);
        match random.below(9) {
            0 | 1 => flip(&mut bytes, at, random),
            2 => binary_number(&mut bytes, at, random),
            3 | 4 => written_number(&mut bytes, at, random),
            5 => bytes.truncate(at),
            6 => {
                let from = random.below(other.len());
                let piece = &other[from..other.len().min(from + random.below(400))];
                bytes.splice(at..at, piece.iter().copied());
            }
            7 => element(&mut bytes, at, random),
            _ => {
                let end = (at + random.below(200)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
    bytes.truncate(1 << 20);
    bytes
}

fn flip(bytes: &mut [u8], at: usize, random: &mut Random) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte = match random.below(3) {
            0 => *byte ^ 1 << random.below(8),
            1 => [0, 0xff, 0x7f, 0x80, 1, b' ', b'<', b'"'][random.below(8)],
            _ => byte.wrapping_add(1),
        };
    }
}

/// A number of two, four or eight bytes becomes one at a border.
fn binary_number(bytes: &mut [u8], at: usize, random: &mut Random) {
    const BORDERS: [u64; 10] = [
        0,
        1,
        0x7f,
        0xff,
        0x7fff,
        0xffff,
        0x7fff_ffff,
        0xffff_ffff,
        u64::MAX / 2,
        u64::MAX,
    ];
    let width = [1, 2, 4, 8][random.below(4)];
    let border = BORDERS[random.below(10)];
    let number = match random.below(2) {
        0 => border.to_le_bytes()[..width].to_vec(),
        _ => border.to_be_bytes()[8 - width..].to_vec(),
    };
    if let Some(place) = bytes.get_mut(at..at + width) {
        place.copy_from_slice(&number);
    }
}

/// The next number in text becomes another.
fn written_number(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    const NUMBERS: [&str; 12] = [
        "0",
        "-1",
        "1e308",
        "4294967296",
        "99999999999999999999",
        "0.0",
        "NaN",
        "inf",
        "1,5",
        "",
        "1e-320",
        "18446744073709551615",
    ];
    let Some(from) = bytes[at.min(bytes.len())..]
        .iter()
        .position(u8::is_ascii_digit)
    else {
        return;
    };
    let from = at + from;
    let length = bytes[from..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let number = NUMBERS[random.below(12)].bytes();
    bytes.splice(from..from + length, number);
}

/// An element of XML, or a line of text, is doubled or taken away.
fn element(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let edge = |byte: &u8| matches!(byte, b'<' | b'\n' | b'{' | b',');
    let place = |from: usize| {
        let rest = bytes.get(from..)?;
        rest.iter().position(edge).map(|skip| from + skip)
    };
    let Some((start, end)) = place(at).and_then(|start| Some((start, place(start + 1)?))) else {
        return;
    };
    match random.below(2) {
        0 => {
            bytes.drain(start..end);
        }
        _ => {
            let piece = bytes[start..end].to_vec();
            bytes.splice(start..start, piece);
        }
    }
}

/// Real files and made ones.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let mut seeds = made_seeds(name);
    let (folder, ends): (&str, &[&str]) = match name {
        "annotations" => ("formats/wfdb", &["atr", "qrs"]),
        "cardiosoft" => ("formats/cardiosoft", &["xml"]),
        "dicom" => ("formats/dicom", &["dcm"]),
        "edf" => ("formats/edf", &["edf"]),
        "fhir" => ("formats/fhir", &["json"]),
        "hdf5" => ("formats/hdf5", &["hdf5"]),
        "hl7" => ("formats/hl7-aecg", &["xml", "hl7"]),
        "ishne" => ("formats/ishne", &["ishne"]),
        "matlab" => ("formats/text", &["mat"]),
        "muse" => ("formats/muse", &["xml"]),
        "philips" => ("formats/philips-sierra", &["xml", "XML"]),
        "schiller" => ("formats/schiller", &["xml"]),
        "scp" => ("formats/scp-ecg", &["scp", "SCP"]),
        "text" => ("formats/text", &["txt"]),
        "wfdb" => ("formats/wfdb", &["hea"]),
        _ => return seeds,
    };
    let Some(folder) = data(folder) else {
        return seeds;
    };
    for path in files(&folder, ends) {
        let bytes = std::fs::read(&path).unwrap();
        let bytes = match name {
            "wfdb" => record(&path, &bytes),
            _ => bytes,
        };
        if bytes.len() < 1 << 20 {
            seeds.push(bytes);
        }
    }
    seeds
}

fn files(folder: &Path, ends: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| {
            ends.iter()
                .any(|end| path.extension().is_some_and(|of| of == *end))
        })
        .collect();
    paths.sort();
    paths
}

/// A header that names its signal file `r.dat`, a zero byte, and the start of that file.
fn record(path: &Path, header: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(header).into_owned();
    let mut bytes = Vec::new();
    let mut signals = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let beside = path.with_file_name(first);
        let is_file = number > 0 && beside.is_file();
        if is_file && signals.is_empty() {
            signals = std::fs::read(&beside).unwrap();
            signals.truncate(1 << 14);
        }
        let first = match is_file {
            true => "r.dat",
            false if number == 0 => "r",
            false => first,
        };
        bytes.extend(format!("{first} {rest}\n").bytes());
    }
    bytes.push(0);
    bytes.extend(signals);
    bytes
}

/// Small files of this format that the crate writes or the tests encode.
fn made_seeds(name: &str) -> Vec<Vec<u8>> {
    let made = made().into_iter().filter(|(of, _)| *of == name);
    let mut seeds: Vec<Vec<u8>> = made.map(|(_, bytes)| bytes).collect();
    let folder = scratch();
    let ecg = ecg(60, 500.0);
    let path = folder.path().join("x");
    match name {
        "csv" => csv::write(&path, &ecg).unwrap(),
        "fhir" => drop(fhir::write(&path, &ecg, &fhir::WriteOptions::default()).unwrap()),
        "npy" => npy::write_ecg(&path, &ecg).unwrap(),
        "parquet" => parquet::write(&path, &ecg).unwrap(),
        "annotations" => return vec![vec![0x12, 0x04, 0x12, 0x08, 0x00, 0x00]],
        "wfdb" => {
            let options = wfdb::WriteOptions::default();
            let header = wfdb::write(folder.path(), "r", &ecg, &options).unwrap();
            seeds.push(record(&header, &std::fs::read(&header).unwrap()));
            return seeds;
        }
        "text" => std::fs::write(&path, "I\tII\tV1\n0.1\t0.2\t0.3\n0.2\t0.1\t0.4\n").unwrap(),
        "muse" | "hl7" | "philips" | "cardiosoft" | "schiller" => {
            std::fs::write(&path, "<a><b>1</b><b>2</b></a>").unwrap();
        }
        "matlab" => {
            let part = crate::encoded::mat_element(3, &[1, 2, 3, 4]);
            let array = crate::encoded::mat_array(10, &[2, 1], "val", &[part]);
            std::fs::write(&path, crate::encoded::mat_file(&[array])).unwrap();
            let numbers = [0_u8; 8 * 48];
            seeds.push(crate::encoded::mat4_matrix(0, [3, 16], "ecg", &numbers));
            seeds.push(crate::encoded::mat4_matrix(1030, [3, 64], "x", &numbers));
        }
        "hdf5" => std::fs::write(&path, b"\x89HDF\r\n\x1a\n\0\0\0\0").unwrap(),
        _ => return seeds,
    }
    seeds.push(std::fs::read(&path).unwrap());
    seeds
}
