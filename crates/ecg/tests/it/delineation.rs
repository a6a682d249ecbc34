//! Waves of a made ECG lie where they were put; anything else is a reason, never a panic.

use crate::synthetic::{ecg, lead_mut};
use coronet_ecg::beats::Unmeasured;
use coronet_ecg::delineation::{Exclusion, Wave, Waves, delineate};
use coronet_ecg::{Channel, Device, Ecg, Hertz, Lead, Signal, Subject};
use proptest::prelude::*;

/// Centres of the made waves in seconds from the start of each beat.
const P: f64 = 0.10;
const R: f64 = 0.26;
const T: f64 = 0.50;

#[test]
fn peaks_lie_where_they_were_put_at_every_rate() {
    for (rate, beats) in [
        (100.0, 70.0),
        (250.0, 55.0),
        (257.0, 62.0),
        (500.0, 80.0),
        (1000.0, 60.0),
    ] {
        let found = delineate(&ecg(10.0, rate, beats)).unwrap();
        let period = 60.0 / beats;
        let lead = found
            .leads
            .iter()
            .find(|lead| lead.lead == Lead::II)
            .unwrap();
        assert_eq!(found.beats.len(), lead.beats.len());
        assert!(found.beats.len() as f64 >= 10.0 / period - 1.5, "{rate}");
        let mut seen = 0;
        for waves in &lead.beats {
            for (wave, centre) in [(waves.p, P), (waves.qrs, R), (waves.t, T)] {
                let Ok(wave) = wave else {
                    assert_eq!(wave, Err(Unmeasured::NotVisible));
                    continue;
                };
                seen += 1;
                let phase = (wave.peak as f64 / rate) % period;
                assert!((phase - centre).abs() < 0.012, "{rate}: {phase} {centre}");
                assert!(wave.onset < wave.peak && wave.peak < wave.offset);
            }
        }
        // At most the first beat's P and the last beat's T reach beyond the record.
        assert!(seen + 2 >= 3 * lead.beats.len(), "{rate}: {seen}");
    }
}

#[test]
fn a_beat_of_another_shape_stays_out_of_the_median() {
    let mut record = ecg(10.0, 500.0, 60.0);
    for lead in Lead::ALL {
        let scale = if lead.index() % 2 == 0 { -1.4 } else { 0.9 };
        let samples = lead_mut(&mut record, lead);
        for at in 0..100 {
            let bump = (std::f64::consts::PI * at as f64 / 100.0).sin();
            samples[4090 + at] = scale * bump;
        }
    }
    let found = delineate(&record).unwrap();
    let others: Vec<_> = found.median.excluded.iter().map(|(_, why)| *why).collect();
    assert_eq!(others, [Exclusion::OtherShape]);
    assert_eq!(found.median.beats + 1, found.beats.len());
}

/// Replaces a lead by a function of the seconds since the start of each beat of a second.
fn with_lead(lead: Lead, value: impl Fn(f64) -> f64) -> Ecg {
    let mut record = ecg(10.0, 500.0, 60.0);
    for (at, sample) in lead_mut(&mut record, lead).iter_mut().enumerate() {
        *sample = value((at % 500) as f64 / 500.0);
    }
    record
}

fn hat(seconds: f64, centre: f64, width: f64) -> f64 {
    (-0.5 * ((seconds - centre) / width).powi(2)).exp()
}

/// Waves of a lead in the third beat, in seconds since the start of that beat.
fn third_beat(record: &Ecg, lead: Lead, wave: impl Fn(&Waves) -> Wave) -> [f64; 3] {
    let found = delineate(record).unwrap();
    let of_lead = found.leads.iter().find(|one| one.lead == lead).unwrap();
    let wave = wave(&of_lead.beats[2]);
    [wave.onset, wave.peak, wave.offset].map(|at| at as f64 / 500.0 - 2.0)
}

#[test]
fn a_p_wave_of_two_phases_is_its_upward_phase_in_its_lead() {
    let two_phases = |seconds: f64| {
        0.05 * hat(seconds, 0.085, 0.014)
            - 0.08 * hat(seconds, 0.125, 0.016)
            - 0.9 * hat(seconds, R, 0.012)
            - 0.15 * hat(seconds, T, 0.05)
    };
    let record = with_lead(Lead::V1, two_phases);
    let [onset, peak, offset] = third_beat(&record, Lead::V1, |waves| waves.p.unwrap());
    assert!((0.04..0.07).contains(&onset), "{onset}");
    assert!((peak - 0.083).abs() < 0.008, "{peak}");
    assert!(offset > 0.095 && offset <= 0.128, "{offset}");
}

#[test]
fn a_complex_without_r_has_its_peak_at_the_bend_before_its_nadir() {
    let without_r = |seconds: f64| {
        0.08 * hat(seconds, P, 0.02) - 0.8 * hat(seconds, 0.28, 0.018)
            + 0.1 * hat(seconds, 0.252, 0.006)
            + 0.15 * hat(seconds, T, 0.05)
    };
    let mut record = with_lead(Lead::V2, without_r);
    let complex = |record: &Ecg| third_beat(record, Lead::V2, |waves| waves.qrs.unwrap())[1];
    let peak = complex(&record);
    assert!((peak - 0.252).abs() < 0.012, "{peak}");
    for lead in [Lead::II, Lead::V3, Lead::V4, Lead::V5] {
        for beat in 0..10 {
            lead_mut(&mut record, lead)[beat * 500 + 112] += 0.8;
        }
    }
    let paced = complex(&record);
    assert!((paced - 0.28).abs() < 0.012, "{paced}");
}

#[test]
fn a_complex_ends_where_a_steep_segment_begins() {
    let mut record = ecg(10.0, 500.0, 60.0);
    for lead in Lead::ALL {
        let size = if lead == Lead::AVR { -1.0 } else { 1.0 };
        for (at, sample) in lead_mut(&mut record, lead).iter_mut().enumerate() {
            let seconds = (at % 500) as f64 / 500.0;
            let rise = ((seconds - 0.312) / 0.2).clamp(0.0, 1.0);
            let fall = ((0.62 - seconds) / 0.12).clamp(0.0, 1.0);
            *sample = size * (hat(seconds, R, 0.011) + 0.9 * rise * fall);
        }
    }
    let found = delineate(&record).unwrap();
    let qrs = found.beats[2].waves.qrs.unwrap();
    let offset = qrs.offset as f64 / 500.0 - 2.0;
    assert!((0.28..0.33).contains(&offset), "{offset}");
}

/// Adds a smooth bump of standard deviation 35 ms to some leads, each half way between two beats.
fn with_bumps(leads: &[Lead], period: f64) -> Ecg {
    let mut record = ecg(16.0, 500.0, 60.0 / period);
    for &lead in leads {
        let samples = lead_mut(&mut record, lead);
        let height = -1.05 * samples[(500.0 * R) as usize];
        for (at, sample) in samples.iter_mut().enumerate() {
            let phase = (at as f64 / 500.0) % period - R - 0.5 * period;
            *sample += height * (-0.5 * (phase / 0.035).powi(2)).exp();
        }
    }
    record
}

#[test]
fn broad_ventricular_beats_between_all_others_are_found() {
    let beats = delineate(&with_bumps(&Lead::ALL, 1.6)).unwrap().beats;
    assert_eq!(beats.len(), 19, "10 beats, and 9 between them");
    for (number, beat) in beats.iter().enumerate() {
        let expected = R + 0.8 * number as f64;
        let place = beat.place as f64 / 500.0;
        assert!((place - expected).abs() < 0.06, "{place} {expected}");
        assert_eq!(beat.shape, number % 2);
    }
}

#[test]
fn bumps_of_a_few_leads_are_no_beats() {
    let leads = [Lead::II, Lead::V1, Lead::V2];
    let beats = delineate(&with_bumps(&leads, 1.6)).unwrap().beats;
    assert_eq!(beats.len(), 10);
}

/// Complexes and T waves at these intervals, in turn, over waves of the atria that go their own way.
fn dissociated(intervals: &[f64]) -> Ecg {
    let mut record = ecg(10.0, 500.0, 60.0);
    let mut intervals = intervals.iter().cycle();
    let one = record.clone();
    let mut at = 0.1;
    for lead in Lead::ALL {
        let flutter = if lead == Lead::V1 { 0.1 } else { 0.03 };
        for (index, sample) in lead_mut(&mut record, lead).iter_mut().enumerate() {
            let seconds = index as f64 / 500.0;
            *sample = flutter * (2.0 * std::f64::consts::PI * 6.3 * seconds).sin();
        }
    }
    while at < 9.2 {
        for lead in Lead::ALL {
            let beat = &one.lead(lead).unwrap()[90..330];
            for (sample, value) in lead_mut(&mut record, lead)[(at * 500.0) as usize..]
                .iter_mut()
                .zip(beat)
            {
                *sample += value;
            }
        }
        at += intervals.next().unwrap();
    }
    record
}

#[test]
fn waves_that_do_not_repeat_are_not_called_p() {
    let record = dissociated(&[
        0.62, 0.95, 0.71, 1.1, 0.66, 0.83, 1.02, 0.7, 0.9, 0.64, 0.88, 0.75, 1.0,
    ]);
    let found = delineate(&record).unwrap();
    assert!(found.rhythm.atrial_fibrillation, "{:?}", found.rhythm);
    assert!(
        found
            .beats
            .iter()
            .all(|beat| beat.waves.p == Err(Unmeasured::AtrialFibrillation))
    );
}

#[test]
fn one_early_beat_among_regular_ones_is_no_fibrillation() {
    let regular = [0.83; 5];
    let record = dissociated(&[&regular[..], &[0.55, 1.11], &regular].concat());
    let rhythm = delineate(&record).unwrap().rhythm;
    assert!(rhythm.irregularity.unwrap() > 0.1, "{rhythm:?}");
    assert!(!rhythm.atrial_fibrillation, "{rhythm:?}");
}

#[test]
fn spikes_before_every_complex_are_pacing() {
    let mut record = ecg(10.0, 500.0, 60.0);
    assert!(!delineate(&record).unwrap().rhythm.paced);
    for lead in [Lead::II, Lead::V2, Lead::V3, Lead::V4, Lead::V5] {
        for beat in 0..10 {
            lead_mut(&mut record, lead)[beat * 500 + 106] += 0.8;
        }
    }
    assert!(delineate(&record).unwrap().rhythm.paced);
}

#[test]
fn spikes_of_one_sample_well_before_the_complex_are_pacing() {
    let mut record = ecg(10.0, 500.0, 60.0);
    for lead in Lead::ALL {
        for (at, sample) in lead_mut(&mut record, lead).iter_mut().enumerate() {
            let seconds = (at % 500) as f64 / 500.0;
            let spike = if at % 500 == 182 { 1.0 } else { 0.0 };
            *sample = hat(seconds, 0.4, 0.012) + 0.3 * hat(seconds, 0.68, 0.05) + spike;
        }
    }
    assert!(delineate(&record).unwrap().rhythm.paced);
}

#[test]
fn a_bad_lead_is_named_and_the_others_are_measured() {
    let mut record = ecg(10.0, 500.0, 70.0);
    lead_mut(&mut record, Lead::V3).fill(0.4);
    lead_mut(&mut record, Lead::V1)[..1000].fill(f64::NAN);
    lead_mut(&mut record, Lead::I)[5] = 1e9;
    record
        .signals
        .retain(|signal| signal.channel != Channel::Lead(Lead::V6));
    let found = delineate(&record).unwrap();
    let expected = [
        (Lead::I, Unmeasured::Magnitude),
        (Lead::V1, Unmeasured::MissingSamples),
        (Lead::V3, Unmeasured::FlatLead),
        (Lead::V6, Unmeasured::LeadAbsent),
    ];
    assert_eq!(found.unusable, expected);
    assert_eq!(found.leads.len(), 8);
}

#[test]
fn what_cannot_be_delineated_says_why() {
    let check = |record: &Ecg, expected: Unmeasured| assert_eq!(delineate(record), Err(expected));
    let short = Unmeasured::TooShort {
        seconds: 1.0,
        least: 1.5,
    };
    check(&ecg(1.0, 500.0, 70.0), short);
    check(&ecg(10.0, 50.0, 70.0), Unmeasured::Rate { hertz: 50.0 });
    let mut flat = ecg(10.0, 500.0, 70.0);
    for signal in &mut flat.signals {
        signal.millivolts.fill(0.0);
    }
    check(&flat, Unmeasured::FlatLead);
    flat.signals.clear();
    let nothing = Unmeasured::TooShort {
        seconds: 0.0,
        least: 1.5,
    };
    check(&flat, nothing);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_samples_are_survived(
        seed in any::<u64>(),
        rate in prop_oneof![Just(100.0), Just(257.0), Just(500.0), Just(1000.0), 80.0..2000.0],
        kind in 0..6_u8,
        leads in 1..12_usize,
        samples in 0..4000_usize,
    ) {
        let mut state = seed | 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        let mut signal = || -> Vec<f64> {
            (0..samples)
                .map(|at| match kind {
                    0 => next(),
                    1 => if next() > 0.49 { 5.0 } else { 0.0 },
                    2 => if next() > 0.45 { f64::NAN } else { next() },
                    3 => 500.0 * next(),
                    4 => if at == samples / 2 { f64::INFINITY } else { 0.1 * (at % 3) as f64 },
                    _ => if at % 211 < 9 { 1.0 } else { 0.0 },
                })
                .collect()
        };
        let record = Ecg {
            rate: Hertz::new(rate).unwrap(),
            signals: Lead::ALL[..leads]
                .iter()
                .map(|&lead| Signal { channel: Channel::Lead(lead), millivolts: signal() })
                .collect(),
            start: None,
            subject: Subject::default(),
            device: Device::default(),
            findings: Vec::new(),
        };
        if let Ok(found) = delineate(&record) {
            for waves in found.leads.iter().flat_map(|lead| &lead.beats) {
                for wave in [waves.p, waves.qrs, waves.t].into_iter().flatten() {
                    prop_assert!(wave.onset <= wave.peak && wave.peak <= wave.offset);
                    prop_assert!(wave.offset < samples);
                }
            }
        }
    }
}
