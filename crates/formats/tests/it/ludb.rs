//! Delineation against the annotations of LUDB, records 1–40.
//!
//! Within 150 ms, one to one, nearest first. LUDB leaves the first and last cycles unannotated,
//! so a detection is false only between the first and the last annotation of its lead.
//! `benches/peers/delineation.py` gives the same numbers beside those of NeuroKit2.

use crate::data::data;
use coronet_ecg::delineation::{Wave, delineate};
use coronet_ecg::{Ecg, Hertz, Lead, resample};
use coronet_formats::{ReadOptions, read, wfdb::annotations};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const FIDUCIALS: [&str; 9] = [
    "P onset",
    "P peak",
    "P offset",
    "QRS onset",
    "R peak",
    "QRS offset",
    "T onset",
    "T peak",
    "T offset",
];

const TOLERANCE: f64 = 0.150;

/// Seconds of every fiducial, in the order of [`FIDUCIALS`].
type Places = [Vec<f64>; 9];

/// Counts and errors of one fiducial.
#[derive(Default)]
struct Score {
    expected: usize,
    found: usize,
    false_positive: usize,
    errors: Vec<f64>,
}

impl Score {
    fn sensitivity(&self) -> f64 {
        100.0 * self.found as f64 / self.expected as f64
    }

    fn predictive_value(&self) -> f64 {
        100.0 * self.found as f64 / (self.found + self.false_positive) as f64
    }

    /// Mean and standard deviation of the error in milliseconds.
    fn error(&self) -> (f64, f64) {
        let count = self.errors.len() as f64;
        let mean = self.errors.iter().sum::<f64>() / count;
        let squares: f64 = self.errors.iter().map(|error| (error - mean).powi(2)).sum();
        (1000.0 * mean, 1000.0 * (squares / (count - 1.0)).sqrt())
    }
}

/// Annotated fiducials of one lead, and the first and last annotation, in seconds.
fn annotated(path: &Path, rate: f64) -> (Places, f64, f64) {
    let read = annotations::read(path).unwrap().annotations;
    let seconds = |at: usize| read[at].sample as f64 / rate;
    let mut places = Places::default();
    for (at, annotation) in read.iter().enumerate() {
        let wave = match annotation.symbol.as_str() {
            "p" => 0,
            "N" => 3,
            "t" => 6,
            _ => continue,
        };
        places[wave + 1].push(seconds(at));
        if at > 0 && read[at - 1].symbol == "(" {
            places[wave].push(seconds(at - 1));
        }
        if read.get(at + 1).is_some_and(|next| next.symbol == ")") {
            places[wave + 2].push(seconds(at + 1));
        }
    }
    (places, seconds(0), seconds(read.len() - 1))
}

fn delineated(ecg: &Ecg) -> BTreeMap<Lead, Places> {
    let found = delineate(ecg).unwrap();
    let mut all = BTreeMap::new();
    for lead in &found.leads {
        let places: &mut Places = all.entry(lead.lead).or_default();
        for beat in &lead.beats {
            for (first, wave) in [(0, beat.p), (3, beat.qrs), (6, beat.t)] {
                let Ok(Wave {
                    onset,
                    peak,
                    offset,
                }) = wave
                else {
                    continue;
                };
                for (fiducial, at) in [onset, peak, offset].into_iter().enumerate() {
                    places[first + fiducial].push(at as f64 / found.rate.get());
                }
            }
        }
    }
    all
}

fn add(score: &mut Score, expected: &[f64], found: &[f64], (first, last): (f64, f64)) {
    let mut near: Vec<(f64, usize, usize)> = Vec::new();
    for (i, one) in expected.iter().enumerate() {
        for (j, two) in found.iter().enumerate() {
            if (one - two).abs() <= TOLERANCE {
                near.push(((one - two).abs(), i, j));
            }
        }
    }
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut left, mut right) = (BTreeSet::new(), BTreeSet::new());
    for (_, i, j) in near {
        if !left.contains(&i) && !right.contains(&j) {
            left.insert(i);
            right.insert(j);
            score.errors.push(found[j] - expected[i]);
        }
    }
    score.expected += expected.len();
    score.found += left.len();
    let inside = |(j, at): &(usize, &f64)| !right.contains(j) && (first..=last).contains(*at);
    score.false_positive += found.iter().enumerate().filter(inside).count();
}

/// Scores of the records at a rate, after a change to the recording; `None` without the data.
fn measure(rate: f64, change: impl Fn(&mut Ecg)) -> Option<[Score; 9]> {
    let folder = data("ludb/data")?;
    let mut scores = <[Score; 9]>::default();
    for number in 1..=40 {
        let path = folder.join(format!("{number}.hea"));
        let mut ecg = read(&path, &ReadOptions::default()).unwrap().remove(0).ecg;
        let recorded = ecg.rate.get();
        at_rate(&mut ecg, rate);
        change(&mut ecg);
        let found = delineated(&ecg);
        for lead in Lead::ALL {
            let path = folder.join(format!("{number}.{}", lead.name().to_lowercase()));
            if !path.exists() {
                continue;
            }
            let (expected, first, last) = annotated(&path, recorded);
            let empty = Places::default();
            let found = found.get(&lead).unwrap_or(&empty);
            for (index, score) in scores.iter_mut().enumerate() {
                add(score, &expected[index], &found[index], (first, last));
            }
        }
    }
    Some(scores)
}

fn at_rate(ecg: &mut Ecg, rate: f64) {
    let (up, down) = resample::ratio(ecg.rate.get(), rate).unwrap();
    for signal in &mut ecg.signals {
        signal.millivolts = resample::polyphase(&signal.millivolts, up, down);
    }
    ecg.rate = Hertz::new(rate).unwrap();
}

/// Floors by fiducial: sensitivity and predictive value in per cent, the largest standard
/// deviation and mean of the error in milliseconds.
fn check(scores: &[Score; 9], floors: [(f64, f64, f64, f64); 9]) {
    for ((name, score), floor) in FIDUCIALS.iter().zip(scores).zip(floors) {
        let (mean, deviation) = score.error();
        let got = (
            score.sensitivity(),
            score.predictive_value(),
            deviation,
            mean,
        );
        assert!(
            got.0 >= floor.0 && got.1 >= floor.1 && got.2 <= floor.2 && got.3.abs() <= floor.3,
            "{name}: got {got:.2?}, expected {floor:?}"
        );
    }
}

#[test]
fn waves_of_ludb_are_found() {
    let Some(scores) = measure(500.0, |_| ()) else {
        return;
    };
    check(
        &scores,
        [
            (99.8, 93.0, 16.8, 1.5),
            (99.8, 93.0, 13.8, 1.0),
            (99.8, 93.0, 15.0, 1.5),
            (99.9, 98.5, 9.0, 1.67),
            (99.9, 99.8, 12.6, 2.0),
            (99.9, 99.4, 11.3, 1.0),
            (99.9, 98.0, 30.5, 1.0),
            (99.8, 98.0, 24.3, 1.2),
            (99.9, 98.0, 23.5, 0.49),
        ],
    );
}

#[test]
fn a_low_rate_and_noise_cost_little() {
    let Some(scores) = measure(100.0, |_| ()) else {
        return;
    };
    let floor = (99.0, 92.0, 40.0, 9.0);
    check(&scores, [floor; 9]);
    let noise = |ecg: &mut Ecg| {
        let mut state = 7_u32;
        for signal in &mut ecg.signals {
            for sample in &mut signal.millivolts {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *sample += 0.18 * (f64::from(state) / f64::from(u32::MAX) - 0.5);
            }
        }
    };
    let Some(scores) = measure(500.0, noise) else {
        return;
    };
    check(&scores, [(94.0, 90.0, 40.0, 11.0); 9]);
}

/// Share of the beats of a record to which a P wave is given, over all leads.
fn with_p(folder: &Path, record: &str) -> f64 {
    let path = folder.join(record).with_extension("hea");
    let recordings = read(&path, &ReadOptions::default()).expect("a record");
    let found = delineate(&recordings[0].ecg).expect("waves");
    let given = found.beats.iter().filter(|beat| beat.waves.p.is_ok());
    given.count() as f64 / found.beats.len() as f64
}

/// What the table of the database says of these: 60 sinus rhythm with atrial extrasystoles; 74
/// ventricular pacing, whose spikes lie where a P wave could; 95 fibrillation under pacing.
#[test]
fn neither_early_beats_nor_pacing_mislead_the_p_wave() {
    let Some(folder) = data("ludb/data") else {
        return;
    };
    assert!(with_p(&folder, "60") > 0.8);
    assert_eq!(with_p(&folder, "74"), 0.0);
    assert_eq!(with_p(&folder, "95"), 0.0);
}
