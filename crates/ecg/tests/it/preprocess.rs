//! Windows, gaps, padding, refusals.

use crate::synthetic::{ecg, lead_mut};
use coronet_ecg::{
    Channel, Ecg, Lead, Normalisation, PreprocessError, Preprocessed, Profile, Resampling,
    WindowRule, preprocess,
};
use proptest::prelude::*;

fn done(ecg: &Ecg, name: &str) -> Preprocessed {
    preprocess(ecg, &Profile::named(name).unwrap()).unwrap()
}

fn codes(done: &Preprocessed) -> Vec<&str> {
    done.findings
        .iter()
        .map(|finding| finding.code.as_str())
        .collect()
}

#[test]
fn the_first_ten_seconds_are_the_window() {
    for (seconds, rate) in [(10.0, 500.0), (15.0, 500.0), (10.0, 400.0), (30.0, 1000.0)] {
        for name in ["ecgfounder", "anyecg-ccta", "ecgfounder-eval"] {
            let done = done(&ecg(seconds, rate, 70.0), name);
            assert_eq!(done.windows.len(), 1);
            let window = &done.windows[0];
            assert_eq!((window.leads, window.samples), (12, 5000));
            assert_eq!(window.data.len(), 60_000);
            assert_eq!(window.start_seconds, 0.0);
            let cut: &[&str] = if seconds > 10.0 { &["record-cut"] } else { &[] };
            assert_eq!(codes(&done), cut, "{name} {seconds} {rate}");
        }
    }
}

#[test]
fn a_rate_without_a_small_ratio_is_resampled_in_time_and_said() {
    let profile = Profile {
        resampling: Resampling::Polyphase,
        ..Profile::named("ecgfounder-eval").unwrap()
    };
    let checked = |rate: f64| {
        let done = preprocess(&ecg(10.0, rate, 70.0), &profile).unwrap();
        assert_eq!(done.windows[0].data.len(), 60_000);
        codes(&done)
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let started = std::time::Instant::now();
    assert_eq!(checked(499.9999), ["zero-padded"]);
    assert_eq!(checked(501.234), ["resampled-linearly", "zero-padded"]);
    assert!(started.elapsed().as_secs() < 10);
    assert_eq!(checked(1000.0), Vec::<String>::new());
    assert_eq!(checked(257.0), Vec::<String>::new());
}

#[test]
fn every_window_tiles_the_record() {
    let profile = Profile {
        window: WindowRule::Every,
        ..Profile::named("ecgfounder").unwrap()
    };
    let starts = |seconds: f64| -> Vec<f64> {
        let done = preprocess(&ecg(seconds, 500.0, 70.0), &profile).unwrap();
        done.windows
            .iter()
            .map(|window| window.start_seconds)
            .collect()
    };
    assert_eq!(starts(35.0), [0.0, 10.0, 20.0]);
    assert_eq!(starts(7.0), [0.0]);
    let said = |seconds: f64| preprocess(&ecg(seconds, 500.0, 70.0), &profile).unwrap();
    let rest = "0 to 30 s are used, the rest of the 35.00 s recorded is not";
    assert_eq!(said(35.0).findings[0].message, rest);
    assert_eq!(codes(&said(20.0)), Vec::<&str>::new());
}

#[test]
fn windows_without_a_signal_are_left_out_where_every_window_counts() {
    let profile = Profile::named("ecgfounder-eval").unwrap();
    let profile = profile.with_windows(WindowRule::Every);
    assert_ne!(
        profile.hash(),
        Profile::named("ecgfounder-eval").unwrap().hash()
    );
    let mut ecg = ecg(30.0, 500.0, 70.0);
    for signal in &mut ecg.signals {
        signal.millivolts[5000..10_000].fill(0.25);
    }
    let done = preprocess(&ecg, &profile).unwrap();
    let starts: Vec<f64> = done.windows.iter().map(|w| w.start_seconds).collect();
    assert_eq!(starts, [0.0, 20.0]);
    assert_eq!(codes(&done), ["constant-signal", "windows-left-out"]);
    for signal in &mut ecg.signals {
        signal.millivolts.fill(0.25);
    }
    let none = preprocess(&ecg, &profile).unwrap();
    assert_eq!(none.windows.len(), 3, "for the caller to refuse");
    let raw = Profile::named("raw")
        .unwrap()
        .with_windows(WindowRule::Every);
    assert_eq!(raw, Profile::named("raw").unwrap(), "records stay whole");
}

#[test]
fn short_records_are_padded_with_zeros_after_normalisation() {
    let done = done(&ecg(6.0, 500.0, 70.0), "anyecg-ccta");
    assert_eq!(codes(&done), ["zero-padded"]);
    for lead in done.windows[0].data.chunks_exact(5000) {
        assert!(lead[3000..].iter().all(|&sample| sample == 0.0));
        let mean: f32 = lead[..3000].iter().sum::<f32>() / 3000.0;
        let square: f32 = lead[..3000]
            .iter()
            .map(|sample| sample * sample)
            .sum::<f32>()
            / 3000.0;
        assert!(mean.abs() < 1e-3 && (square - 1.0).abs() < 1e-3);
    }
}

#[test]
fn records_below_five_seconds_are_refused() {
    let profile = Profile::named("ecgfounder").unwrap();
    let error = preprocess(&ecg(4.9, 500.0, 70.0), &profile).unwrap_err();
    assert_eq!(
        error.to_string(),
        "recording of 4.90 s is too short, expected at least 5 s"
    );
    assert!(preprocess(&ecg(5.0, 500.0, 70.0), &profile).is_ok());
}

#[test]
fn raw_takes_any_length_and_any_leads_as_they_are() {
    let mut one = ecg(2.5, 333.0, 70.0);
    one.signals.truncate(3);
    one.signals[2].channel = Channel::Other("row 2".to_string());
    let done = done(&one, "raw");
    let window = &done.windows[0];
    assert_eq!((window.leads, window.samples), (3, 832));
    let expected: Vec<f32> = one
        .signals
        .iter()
        .flat_map(|signal| signal.millivolts.iter().map(|&sample| sample as f32))
        .collect();
    assert_eq!(window.data, expected);
    assert_eq!(codes(&done), Vec::<&str>::new());
}

#[test]
fn leads_come_by_name() {
    let straight = ecg(10.0, 500.0, 70.0);
    let mut turned = straight.clone();
    turned.signals.reverse();
    for name in Profile::NAMES {
        assert_eq!(done(&straight, name), done(&turned, name), "{name}");
    }
}

#[test]
fn missing_leads_are_named() {
    let mut short = ecg(10.0, 500.0, 70.0);
    short.signals.truncate(11);
    let error = preprocess(&short, &Profile::named("ecgfounder").unwrap()).unwrap_err();
    assert!(matches!(&error, PreprocessError::Leads(missing) if missing.leads == [Lead::V6]));
}

#[test]
fn short_gaps_are_bridged_and_long_ones_refused() {
    let mut gap = ecg(10.0, 500.0, 70.0);
    lead_mut(&mut gap, Lead::V2)[100..150].fill(f64::NAN);
    lead_mut(&mut gap, Lead::V3)[..3].fill(f64::INFINITY);
    let bridged = done(&gap, "raw");
    assert_eq!(codes(&bridged), ["gap-bridged", "gap-bridged"]);
    assert!(
        bridged.windows[0]
            .data
            .iter()
            .all(|sample| sample.is_finite())
    );
    lead_mut(&mut gap, Lead::V2)[100..201].fill(f64::NAN);
    for name in Profile::NAMES {
        let error = preprocess(&gap, &Profile::named(name).unwrap()).unwrap_err();
        let PreprocessError::Missing { lead, samples, .. } = error else {
            panic!("{error}");
        };
        assert_eq!((lead.as_str(), samples), ("V2", 101));
    }
}

#[test]
fn a_lead_without_any_valid_sample_is_refused_whatever_the_limits() {
    let mut gone = ecg(10.0, 500.0, 70.0);
    lead_mut(&mut gone, Lead::V2).fill(f64::NAN);
    let profile = Profile {
        maximum_missing: 0.5,
        maximum_gap_seconds: 10.0,
        ..Profile::named("raw").unwrap()
    };
    assert!(preprocess(&gone, &profile).is_err());
}

#[test]
fn constant_leads_become_zeros_with_a_finding() {
    let mut flat = ecg(10.0, 500.0, 70.0);
    lead_mut(&mut flat, Lead::V1).fill(0.125);
    let done = done(&flat, "anyecg-ccta");
    assert_eq!(codes(&done), ["constant-signal"]);
    assert!(done.findings[0].message.contains("V1"));
    assert!(
        done.windows[0].data[30_000..35_000]
            .iter()
            .all(|&sample| sample == 0.0)
    );
}

#[test]
fn low_and_absurd_rates_are_refused_by_name() {
    let profile = Profile::named("ecgfounder").unwrap();
    for rate in [1.0, 79.0, 30_000.0] {
        let record = ecg(10.0, rate, 70.0);
        assert!(preprocess(&record, &profile).is_err(), "{rate}");
    }
    let slow = preprocess(&ecg(10.0, 90.0, 70.0), &profile).unwrap();
    assert_eq!(codes(&slow), ["notch-skipped"]);
}

#[test]
fn numbers_too_large_for_32_bits_are_refused() {
    let mut huge = ecg(10.0, 500.0, 70.0);
    lead_mut(&mut huge, Lead::V1)[7] = 1e300;
    for name in Profile::NAMES {
        let error = preprocess(&huge, &Profile::named(name).unwrap()).unwrap_err();
        assert!(
            matches!(error, PreprocessError::Magnitude { .. }),
            "{error}"
        );
    }
}

#[test]
fn empty_and_uneven_recordings_are_refused() {
    let raw = Profile::named("raw").unwrap();
    let mut uneven = ecg(10.0, 500.0, 70.0);
    lead_mut(&mut uneven, Lead::V1).pop();
    assert!(preprocess(&uneven, &raw).is_err());
    let mut none = ecg(10.0, 500.0, 70.0);
    none.signals.clear();
    assert!(preprocess(&none, &raw).is_err());
    assert_eq!(
        preprocess(&ecg(0.0, 500.0, 70.0), &raw),
        Err(PreprocessError::Empty)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_output_is_finite(
        seconds in 0.0..14.0_f64,
        rate in 40.0..1100.0_f64,
        scale in -3.0..6.0_f64,
        gap in 0_usize..200,
        profile in 0_usize..4,
        resampling in 0_usize..3,
        normalisation in 0_usize..3,
    ) {
        let mut record = ecg(seconds, rate.round(), 70.0);
        for signal in &mut record.signals {
            signal.millivolts.iter_mut().for_each(|sample| *sample *= 10.0_f64.powf(scale));
        }
        lead_mut(&mut record, Lead::II).iter_mut().take(gap).for_each(|sample| *sample = f64::NAN);
        let profile = Profile {
            resampling: [Resampling::None, Resampling::Linear, Resampling::Polyphase][resampling],
            normalisation: [Normalisation::None, Normalisation::Record, Normalisation::Lead]
                [normalisation],
            ..Profile::named(Profile::NAMES[profile]).unwrap()
        };
        if let Ok(done) = preprocess(&record, &profile) {
            for window in &done.windows {
                prop_assert_eq!(window.data.len(), window.leads * window.samples);
                prop_assert!(window.data.iter().all(|sample| sample.is_finite()));
            }
        }
    }
}
