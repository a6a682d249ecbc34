//! Measurements of a made ECG are what was made; the rest says why it is undefined.

use crate::synthetic::{ecg, lead_mut};
use coronet_ecg::Lead;
use coronet_ecg::beats::Unmeasured;
use coronet_ecg::delineation::delineate;
use coronet_ecg::measurements::{Measurements, Transition, measure};

fn measured(record: &coronet_ecg::Ecg) -> Measurements {
    measure(&delineate(record).unwrap())
}

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance,
        "got {got}, expected {expected}"
    );
}

#[test]
fn rate_and_intervals() {
    for (rate, beats) in [(500.0, 60.0), (100.0, 75.0), (1000.0, 90.0), (257.0, 50.0)] {
        let found = measured(&ecg(10.0, rate, beats)).intervals;
        close(found.rate.unwrap(), beats, 1.0);
        let (rr, qt) = (found.rr.unwrap() / 1000.0, found.qt.unwrap());
        // P from 0.10 − 2.5 · 0.02 s; the complex from 0.24 − 2.5 · 0.008 s; T ends at
        // 0.50 + 2.5 · 0.05 s.
        close(found.pr.unwrap(), 170.0, 20.0);
        close(found.qt.unwrap(), 405.0, 30.0);
        close(found.qrs.unwrap(), 85.0, 20.0);
        close(found.qtc_bazett.unwrap(), qt / rr.sqrt(), 1e-9);
        close(found.qtc_fridericia.unwrap(), qt / rr.cbrt(), 1e-9);
        close(found.qtc_framingham.unwrap(), qt + 154.0 * (1.0 - rr), 1e-9);
    }
}

#[test]
fn amplitudes_by_lead() {
    let found = measured(&ecg(10.0, 500.0, 60.0));
    let lead = found.lead(Lead::II);
    close(lead.r_amplitude.unwrap(), 1.17, 0.06);
    close(lead.s_amplitude.unwrap(), -0.18, 0.12);
    close(lead.q_amplitude.unwrap(), -0.05, 0.05);
    close(lead.t_amplitude.unwrap(), 0.25, 0.02);
    close(lead.p_amplitude.unwrap(), 0.1, 0.02);
    close(lead.st_60.unwrap(), 0.0, 0.03);
    close(found.lead(Lead::AVR).t_amplitude.unwrap(), -0.2125, 0.02);
    let progression = found.r_progression.unwrap();
    assert_eq!(progression.transition, Transition::At(Lead::V3));
    close(progression.r[3], 1.3 * 1.17, 0.08);
}

#[test]
fn a_raised_st_segment_is_measured() {
    let mut record = ecg(10.0, 500.0, 60.0);
    for (at, sample) in lead_mut(&mut record, Lead::V2).iter_mut().enumerate() {
        let phase = (at as f64 / 500.0) % 1.0;
        let rise = (phase - 0.285).clamp(0.0, 0.02) / 0.02;
        let fall = (0.62 - phase).clamp(0.0, 0.12) / 0.12;
        *sample += 0.2 * rise * fall;
    }
    let found = measured(&record);
    close(found.lead(Lead::V2).st_60.unwrap(), 0.2, 0.03);
    close(found.lead(Lead::V2).st_80.unwrap(), 0.2, 0.04);
    close(found.lead(Lead::V2).st_slope_60.unwrap(), 0.0, 0.7);
    close(found.lead(Lead::II).st_60.unwrap(), 0.0, 0.03);
}

/// A rectangular Q wave with ramps of 4 ms, in leads whose own Q is taken out, followed by the
/// R wave, or not (QS).
fn with_q(leads: &[Lead], depth: f64, milliseconds: f64, has_r: bool) -> Measurements {
    let mut record = ecg(10.0, 500.0, 60.0);
    let hat = |x: f64, width: f64| (-0.5 * (x / width).powi(2)).exp();
    for &lead in leads {
        for (at, sample) in lead_mut(&mut record, lead).iter_mut().enumerate() {
            let phase = (at as f64 / 500.0) % 1.0;
            let ends = 0.222 + milliseconds / 1000.0;
            let rise = ((phase - 0.222) / 0.004 + 1.0).clamp(0.0, 1.0);
            let fall = ((ends - phase) / 0.004 + 1.0).clamp(0.0, 1.0);
            let r = if has_r {
                0.9 * hat(phase - ends - 0.017, 0.007)
            } else {
                0.0
            };
            *sample = 0.08 * hat(phase - 0.1, 0.02) + r - depth * rise.min(fall)
                + 0.2 * hat(phase - 0.5, 0.05);
        }
    }
    measured(&record)
}

#[test]
fn q_waves_are_judged_by_width_depth_and_neighbours() {
    let inferior = [Lead::II, Lead::AVF];
    assert_eq!(measured(&ecg(10.0, 500.0, 60.0)).q_pathological, Ok(false));
    let wide = with_q(&inferior, 0.2, 45.0, true);
    assert_eq!(
        wide.lead(Lead::II).q_criterion,
        Ok(true),
        "{:?}",
        wide.lead(Lead::II)
    );
    assert_eq!(wide.q_pathological, Ok(true));
    let narrow = with_q(&inferior, 0.2, 16.0, true);
    assert_eq!(
        narrow.lead(Lead::II).q_criterion,
        Ok(false),
        "{:?}",
        narrow.lead(Lead::II)
    );
    assert_eq!(narrow.q_pathological, Ok(false));
    let shallow = with_q(&inferior, 0.05, 45.0, true);
    assert_eq!(
        shallow.lead(Lead::AVF).q_criterion,
        Ok(false),
        "{:?}",
        shallow.lead(Lead::AVF)
    );
    let single = with_q(&[Lead::III], 0.2, 45.0, true);
    assert_eq!(single.lead(Lead::III).q_criterion, Ok(true));
    assert_eq!(single.q_pathological, Ok(false));
    let anterior = with_q(&[Lead::V3], 0.15, 28.0, true);
    assert_eq!(
        anterior.lead(Lead::V3).q_criterion,
        Ok(true),
        "{:?}",
        anterior.lead(Lead::V3)
    );
    assert_eq!(anterior.q_pathological, Ok(true));
    let lateral = with_q(&[Lead::V5, Lead::V6], 0.8, 40.0, false);
    assert_eq!(lateral.lead(Lead::V6).r_amplitude, Ok(0.0));
    assert_eq!(lateral.q_pathological, Ok(true));
}

#[test]
fn undefined_says_why() {
    let mut record = ecg(10.0, 500.0, 60.0);
    lead_mut(&mut record, Lead::V3).fill(0.0);
    let found = measured(&record);
    assert_eq!(found.lead(Lead::V3).st_60, Err(Unmeasured::FlatLead));
    assert_eq!(found.lead(Lead::V1).q_criterion, Err(Unmeasured::NotJudged));
    assert_eq!(found.lead(Lead::V3).q_criterion, Err(Unmeasured::FlatLead));
    assert_eq!(found.q_pathological, Err(Unmeasured::FlatLead));
    assert_eq!(found.r_progression, Err(Unmeasured::FlatLead));
    let mut paced = ecg(10.0, 500.0, 60.0);
    for lead in [Lead::II, Lead::V2, Lead::V3, Lead::V4, Lead::V5] {
        for beat in 0..10 {
            lead_mut(&mut paced, lead)[beat * 500 + 106] += 0.8;
        }
    }
    let found = measured(&paced);
    assert_eq!(found.intervals.qt, Err(Unmeasured::PacedRhythm));
    assert_eq!(found.lead(Lead::V5).st_80, Err(Unmeasured::PacedRhythm));
    assert!(found.intervals.rate.is_ok());
    let short = measured(&ecg(1.8, 500.0, 60.0));
    let few = Err(Unmeasured::TooFewBeats { beats: 2, least: 3 });
    assert_eq!(short.intervals.rate, few);
}
