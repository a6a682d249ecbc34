//! SCP-ECG: independent decodes, and records made here with every encoding.

use crate::data::data;
use crate::made::codes;
use coronet_ecg::{Channel, Ecg, Lead, Sex};
use coronet_formats::{ArrayOrder, ReadOptions, Unit, read};
use std::collections::BTreeMap;
use std::path::Path;

fn one(path: &Path) -> Ecg {
    read(path, &ReadOptions::default()).unwrap().remove(0).ecg
}

/// The leads of an independent decode, in microvolts, `[leads, samples]`.
fn decoded(path: &Path) -> Vec<Vec<f64>> {
    let options = ReadOptions {
        unit: Some(Unit::Microvolt),
        array_order: ArrayOrder::LeadsFirst,
        ..ReadOptions::default()
    };
    let ecg = read(path, &options).unwrap().remove(0).ecg;
    ecg.signals
        .into_iter()
        .map(|signal| signal.millivolts)
        .collect()
}

fn worst(one: &[f64], other: &[f64]) -> f64 {
    assert_eq!(one.len(), other.len());
    one.iter()
        .zip(other)
        .map(|(one, other)| (one - other).abs())
        .fold(0.0, f64::max)
}

#[test]
fn a_record_of_second_differences_equals_an_independent_decode() {
    let Some(folder) = data("formats") else {
        return;
    };
    let ecg = one(&folder.join("scp-ecg/Example.scp"));
    let expected = decoded(&folder.join("oracle/scp_Example_uV.npy"));
    assert_eq!((ecg.signals.len(), ecg.len()), (12, 5000));
    assert_eq!(ecg.rate.get(), 500.0);
    for (signal, expected) in ecg.signals.iter().zip(&expected) {
        assert!(worst(&signal.millivolts, expected) < 1e-9);
    }
    assert_eq!(ecg.start, Some("2002-11-22T09:10:00".parse().unwrap()));
    assert_eq!(ecg.subject.patient_id.as_deref(), Some("SBJ-123"));
    assert_eq!(ecg.age(), Some(49.0));
    assert_eq!(ecg.subject.sex, Some(Sex::Male));
    assert_eq!(ecg.device.model.as_deref(), Some("ELI250"));
    assert_eq!(codes(&ecg), Vec::<&str>::new());
}

/// The independent decode of this record holds the residual of section 6 at the scale of section
/// 5 (5 µV instead of 20 µV) and no reference beat. So outside the beats from which the reference
/// was subtracted ours is four times that.
///
/// EN 1064 gives each of the two sections an amplitude value multiplier of its own (5.8.3, 5.9.3:
/// here 5000 and 20,000 nV), and has the reader add the reference beat of section 5 to the residual
/// of section 6 where section 4 says that it was subtracted (5.7, 5.9). The decoder that made the
/// other (BioSig) says in its source that reference beats do not work yet. The record itself decides,
/// in the two tests that follow.
#[test]
fn a_subtracted_reference_beat_is_added_back() {
    let Some(folder) = data("formats") else {
        return;
    };
    let ecg = one(&folder.join("scp-ecg/test.scp"));
    let residual = decoded(&folder.join("oracle/scp_test_uV.npy"));
    assert_eq!((ecg.signals.len(), ecg.len()), (8, 5000));
    let end = 5000..5000;
    let subtracted = [108..457, 972..1321, 2294..2643, 3706..4055, end];
    for (signal, residual) in ecg.signals.iter().zip(&residual) {
        let mut from = 0;
        for zone in subtracted.iter().cloned() {
            let scaled: Vec<f64> = residual[from..zone.start].iter().map(|v| v * 4.0).collect();
            assert!(worst(&signal.millivolts[from..zone.start], &scaled) < 1e-9);
            from = zone.end;
        }
    }
    // Beats of every type, those from which nothing was subtracted too, are of one height.
    let lead = ecg.lead(Lead::I).unwrap();
    for fiducial in [254, 706, 1118, 1618, 2066, 2440, 2956, 3427, 3852, 4341] {
        let beat = &lead[fiducial - 60..fiducial + 60];
        let top = beat.iter().copied().fold(f64::MIN, f64::max);
        let bottom = beat.iter().copied().fold(f64::MAX, f64::min);
        assert!(
            (1.2..1.5).contains(&(top - bottom)),
            "{fiducial}: {top} {bottom}"
        );
    }
    assert_eq!(ecg.standard_leads().unwrap().derived.len(), 4);
    assert_eq!(codes(&ecg), ["filters-stated"]);
}

/// Section 10 of the record states the waves of every lead as the device measured them. The beats
/// of type 2, from which nothing was subtracted, are that high in ours, within 60 µV and a
/// twentieth; at the scale of the other decode they are a quarter of it.
#[test]
fn the_waves_are_as_high_as_the_record_says() {
    let Some(folder) = data("formats") else {
        return;
    };
    let path = folder.join("scp-ecg/test.scp");
    let ecg = one(&path);
    let residual = decoded(&folder.join("oracle/scp_test_uV.npy"));
    // Against the sample of the QRS onset, 36 samples before the R wave (section 7: 210 ms; the
    // fiducial point of the reference beat lies at 292 ms).
    let waves = |lead: &[f64]| {
        let mean = |offset: usize| {
            let beats = [1618, 2066, 3427, 4341];
            let of = beats
                .iter()
                .map(|beat| lead[beat - 44 + offset] - lead[beat - 39]);
            1000.0 * of.sum::<f64>() / 4.0
        };
        let low = (0..65).map(mean).fold(0.0, f64::min);
        (low, (0..65).map(mean).fold(0.0, f64::max))
    };
    let near = |got: f64, stated: f64| (got - stated).abs() < 60.0 + stated.abs() / 20.0;
    let stated = stated_waves(&std::fs::read(&path).unwrap());
    for (signal, residual) in ecg.signals.iter().zip(&residual) {
        let Channel::Lead(lead) = signal.channel else {
            panic!("a lead")
        };
        let (low, high) = stated[&lead];
        let (got_low, got_high) = waves(&signal.millivolts);
        let got = format!("{lead:?}: {got_low} to {got_high}, stated {low} to {high}");
        assert!(near(got_low, low), "{got}");
        assert!(high == 0.0 || near(got_high, high), "{got}");
        let quarter = waves(residual);
        assert!(!near(quarter.0, low) || !near(quarter.1, high), "{lead:?}");
    }
}

/// Where a beat was subtracted and is added back in its place, the signal is smooth, and there is no
/// step at the edges: less so with the beat a sample or more beside it, or without it.
#[test]
fn the_reference_beat_is_added_in_its_place() {
    let Some(folder) = data("formats") else {
        return;
    };
    let ecg = one(&folder.join("scp-ecg/test.scp"));
    let residual = decoded(&folder.join("oracle/scp_test_uV.npy"));
    let zones = [108..457, 972..1321, 2294..2643, 3706..4055];
    let roughness = |shift: Option<isize>| -> f64 {
        let mut total = 0.0;
        for (signal, residual) in ecg.signals.iter().zip(&residual) {
            for zone in &zones {
                let mut lead: Vec<f64> = residual.iter().map(|sample| sample * 4.0).collect();
                for at in zone.clone() {
                    let from = (at as isize + shift.unwrap_or(0)) as usize;
                    if zone.contains(&from) && shift.is_some() {
                        // The reference beat is what ours has over the residual.
                        lead[at] += signal.millivolts[from] - residual[from] * 4.0;
                    }
                }
                let near = &lead[zone.start - 10..zone.end + 10];
                total += near
                    .windows(4)
                    .map(|four| four[3] - 3.0 * four[2] + 3.0 * four[1] - four[0])
                    .map(|jerk| jerk * jerk)
                    .sum::<f64>();
            }
        }
        total
    };
    let ours = roughness(Some(0));
    assert!(ours < roughness(None));
    for shift in (-6..=6).filter(|shift| *shift != 0) {
        assert!(ours < roughness(Some(shift)), "{shift}");
    }
}

/// Lowest and highest of Q, R and S in microvolts by lead, from section 10 (EN 1064, 5.13).
fn stated_waves(record: &[u8]) -> BTreeMap<Lead, (f64, f64)> {
    let number = |at: usize| i16::from_le_bytes([record[at], record[at + 1]]);
    // Section 10 begins at byte 15,754 with a head of 16 bytes, the number of leads and a reserved
    // word; a lead has its code, its length, nine durations, then amplitudes.
    let mut at = 15_754 + 20;
    let mut stated = BTreeMap::new();
    for _ in 0..12 {
        let lead = match number(at) {
            1 => Lead::I,
            2 => Lead::II,
            61 => Lead::III,
            62 => Lead::AVR,
            63 => Lead::AVL,
            64 => Lead::AVF,
            code => Lead::ALL[3 + code as usize],
        };
        let waves = (0..3).map(|wave| f64::from(number(at + 4 + 2 * (9 + wave))));
        let waves: Vec<f64> = waves.filter(|wave| wave.abs() < 29_999.0).collect();
        let low = waves.iter().copied().fold(0.0, f64::min);
        stated.insert(lead, (low, waves.into_iter().fold(0.0, f64::max)));
        at += 4 + number(at + 2) as usize;
    }
    stated
}
