//! Preprocessing of one ECG, 12 leads of 5000 samples at 500 Hz, on one thread, and its parts.

use coronet_ecg::filter::{butterworth_band_pass, filtfilt_each, notch, running_median};
use coronet_ecg::quality::assess;
use coronet_ecg::{
    Channel, Device, Ecg, Hertz, Lead, Profile, Signal, Subject, fingerprint, preprocess,
};
use divan::{Bencher, black_box};

/// The allocator of the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// Waves of several frequencies, different in each lead.
fn ecg() -> Ecg {
    let sample = |at: usize, lead: usize| {
        let seconds = at as f64 / 500.0;
        let beat = (-((seconds % 0.85 - 0.3) / 0.012).powi(2)).exp();
        let hum = (314.159 * seconds).sin() * 0.03;
        let wander = (1.3 * seconds + lead as f64).sin() * 0.2;
        let noise = ((at * 7919 + lead * 104_729) % 1009) as f64 / 50_000.0;
        beat * (lead as f64 - 5.5) / 4.0 + hum + wander + noise
    };
    let signals = Lead::ALL.iter().enumerate().map(|(index, &lead)| Signal {
        channel: Channel::Lead(lead),
        millivolts: (0..5000).map(|at| sample(at, index)).collect(),
    });
    Ecg {
        rate: Hertz::new(500.0).expect("500 Hz is a rate, this is a bug"),
        signals: signals.collect(),
        start: None,
        subject: Subject::default(),
        device: Device::default(),
        findings: Vec::new(),
    }
}

fn leads() -> Vec<Vec<f64>> {
    ecg()
        .signals
        .into_iter()
        .map(|signal| signal.millivolts)
        .collect()
}

#[divan::bench(args = ["ecgfounder", "anyecg-ccta"])]
fn one_ecg(bencher: Bencher<'_, '_>, profile: &str) {
    let profile = Profile::named(profile).expect("the profile is known, this is a bug");
    let ecg = ecg();
    bencher.bench(|| preprocess(black_box(&ecg), &profile));
}

#[divan::bench]
fn notch_of_twelve_leads(bencher: Bencher<'_, '_>) {
    let filter = notch(50.0, 30.0, 500.0).expect("the notch exists, this is a bug");
    bencher.with_inputs(leads).bench_values(|mut leads| {
        filtfilt_each(std::slice::from_ref(&filter), &mut leads).map(|()| leads)
    });
}

#[divan::bench]
fn band_pass_of_twelve_leads(bencher: Bencher<'_, '_>) {
    let filter = butterworth_band_pass(4, 0.67, 40.0, 500.0);
    let filter = filter.expect("the band exists, this is a bug");
    bencher.with_inputs(leads).bench_values(|mut leads| {
        filtfilt_each(std::slice::from_ref(&filter), &mut leads).map(|()| leads)
    });
}

#[divan::bench]
fn running_median_of_one_lead(bencher: Bencher<'_, '_>) {
    let lead = leads().swap_remove(1);
    bencher.bench(|| running_median(black_box(&lead), 201));
}

#[divan::bench]
fn quality_of_one_ecg(bencher: Bencher<'_, '_>) {
    let ecg = ecg();
    bencher.bench(|| assess(black_box(&ecg)));
}

#[divan::bench]
fn fingerprint_of_one_ecg(bencher: Bencher<'_, '_>) {
    let ecg = ecg();
    bencher.bench(|| fingerprint(black_box(&ecg)));
}
