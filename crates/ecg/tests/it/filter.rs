//! Filters against SciPy (`tests/fixtures/scipy.json`) and their own laws.

use coronet_ecg::filter::{
    Coefficients, DesignError, butterworth_band_pass, filtfilt, filtfilt_each, notch,
    running_median,
};
use proptest::prelude::*;
use serde_json::Value;

pub(crate) fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/scipy.json")).unwrap()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter().map(|number| number.as_f64().unwrap()).collect()
}

pub(crate) fn check_close(what: &str, got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        let error = (got - expected).abs();
        assert!(error <= tolerance, "{what}, {at}: {got} {expected}");
    }
}

#[test]
fn coefficients_and_notch_filtering_equal_scipy() {
    let fixture = fixture();
    let signal = numbers(&fixture["signal"]);
    for case in fixture["filtered"].as_array().unwrap() {
        let rate = case["rate"].as_f64().unwrap();
        let notch = notch(case["notch"].as_f64().unwrap(), 30.0, rate).unwrap();
        let band = butterworth_band_pass(4, 0.67, 40.0, rate).unwrap();
        let what = format!("{rate} Hz");
        check_close(&what, &notch.numerator, &numbers(&case["notch_b"]), 1e-14);
        check_close(&what, &notch.denominator, &numbers(&case["notch_a"]), 1e-14);
        check_close(&what, &band.numerator, &numbers(&case["band_b"]), 1e-13);
        check_close(&what, &band.denominator, &numbers(&case["band_a"]), 1e-12);
        let filtered = filtfilt(&notch, &signal).unwrap();
        check_close(&what, &filtered, &numbers(&case["after_notch"]), 1e-11);
    }
}

#[test]
fn running_median_equals_scipy() {
    let fixture = fixture();
    let signal = numbers(&fixture["signal"]);
    for case in fixture["medians"].as_array().unwrap() {
        let width = case["width"].as_u64().unwrap() as usize;
        let medians = running_median(&signal, width);
        check_close(
            &format!("width {width}"),
            &medians,
            &numbers(&case["samples"]),
            0.0,
        );
    }
}

#[test]
fn a_constant_passes_the_notch_unchanged_and_not_the_band() {
    let signal = vec![3.5; 400];
    let kept = filtfilt(&notch(50.0, 30.0, 500.0).unwrap(), &signal).unwrap();
    check_close("notch", &kept, &signal, 1e-9);
    let gone = filtfilt(
        &butterworth_band_pass(4, 0.67, 40.0, 500.0).unwrap(),
        &signal,
    )
    .unwrap();
    check_close("band", &gone, &vec![0.0; 400], 1e-6);
}

#[test]
fn a_signal_not_longer_than_the_padding_is_refused() {
    let filter = Coefficients {
        numerator: vec![1.0, 0.0, 0.0],
        denominator: vec![1.0, 0.0, 0.0],
    };
    let error = filtfilt(&filter, &[0.0; 9]).unwrap_err();
    assert_eq!((error.padding, error.got), (9, 9));
    assert!(filtfilt(&filter, &[0.0; 10]).is_ok());
}

#[test]
fn filters_that_do_not_exist_are_refused() {
    let above = DesignError::Frequency {
        frequency: 60.0,
        rate: 100.0,
    };
    assert_eq!(notch(60.0, 30.0, 100.0), Err(above));
    assert!(notch(50.0, 0.0, 500.0).is_err());
    assert!(notch(f64::NAN, 30.0, 500.0).is_err());
    assert!(butterworth_band_pass(4, 0.67, 40.0, 80.0).is_err());
    assert!(butterworth_band_pass(4, 40.0, 0.67, 500.0).is_err());
    assert!(butterworth_band_pass(0, 0.67, 40.0, 500.0).is_err());
}

/// The signal between mirror images of its ends.
fn extended(signal: &[f64], padding: usize) -> Vec<f64> {
    let last = signal.len() - 1;
    (0..signal.len() + 2 * padding)
        .map(|at| match at.checked_sub(padding) {
            None => 2.0 * signal[0] - signal[padding - at],
            Some(at) if at > last => 2.0 * signal[last] - signal[2 * last - at],
            Some(at) => signal[at],
        })
        .collect()
}

fn recur(filter: &Coefficients, samples: &mut [f64]) {
    let (b, a) = (&filter.numerator, &filter.denominator);
    let gain = (b[0] + b[1] + b[2]) / (a[0] + a[1] + a[2]);
    let first = samples[0];
    let mut late = (b[2] - a[2] * gain) * first;
    let mut early = (gain - b[0]) * first;
    for sample in samples {
        let output = early + b[0] * *sample;
        early = late + b[1] * *sample - a[1] * output;
        late = b[2] * *sample - a[2] * output;
        *sample = output;
    }
}

proptest! {
    #[test]
    fn running_median_is_the_median_of_each_window(
        signal in prop::collection::vec(-5.0..5.0_f64, 1..80),
        half in 0_usize..20,
    ) {
        let width = 2 * half + 1;
        let medians = running_median(&signal, width);
        for (at, got) in medians.iter().enumerate() {
            let mut window: Vec<f64> = (at as isize - half as isize..=(at + half) as isize)
                .map(|place| usize::try_from(place).ok()
                    .and_then(|place| signal.get(place).copied())
                    .unwrap_or(0.0))
                .collect();
            window.sort_by(f64::total_cmp);
            prop_assert_eq!(*got, window[half]);
        }
    }

    /// Samples that differ in their last bits alone keep their exact order.
    #[test]
    fn running_median_of_nearly_equal_values(
        steps in prop::collection::vec(-40..40_i64, 1..300),
        half in 0_usize..120,
        negative in any::<bool>(),
    ) {
        let sign = if negative { -1.0 } else { 1.0 };
        let near = |step: &i64| sign * f64::from_bits((1.0_f64.to_bits() as i64 + step) as u64);
        let signal: Vec<f64> = steps.iter().map(near).collect();
        let medians = running_median(&signal, 2 * half + 1);
        let padded: Vec<f64> = [vec![0.0; half], signal.clone(), vec![0.0; half]].concat();
        for (window, got) in padded.windows(2 * half + 1).zip(&medians) {
            let mut window = window.to_vec();
            window.sort_by(f64::total_cmp);
            prop_assert_eq!(got.to_bits(), window[half].to_bits());
        }
    }

    /// Equal samples, infinities and signed zeros are ordered like any other.
    #[test]
    fn running_median_of_repeated_values(
        signal in prop::collection::vec(
            prop::sample::select(vec![-1.0, -0.0, 0.0, 1.0, f64::INFINITY, f64::NEG_INFINITY]),
            1..70,
        ),
        half in 0_usize..12,
    ) {
        let medians = running_median(&signal, 2 * half + 1);
        let padded: Vec<f64> = [vec![0.0; half], signal.clone(), vec![0.0; half]].concat();
        for (window, got) in padded.windows(2 * half + 1).zip(&medians) {
            let mut window = window.to_vec();
            window.sort_by(f64::total_cmp);
            prop_assert_eq!(got.to_bits(), window[half].to_bits());
        }
        prop_assert_eq!(medians.len(), signal.len());
    }

    /// Side by side or alone, in registers or not.
    #[test]
    fn filtering_side_by_side_changes_no_bit(
        lengths in prop::collection::vec(40_usize..60, 1..11),
        seed in 0_u64..1000,
        order in 1_i32..5,
    ) {
        let sample = |at: usize, signal: usize| {
            ((at * 7919 + signal * 104_729 + seed as usize) % 10_007) as f64 / 5000.0 - 1.0
        };
        let signals: Vec<Vec<f64>> = lengths
            .iter()
            .enumerate()
            .map(|(signal, &length)| (0..length).map(|at| sample(at, signal)).collect())
            .collect();
        let filters = [
            notch(50.0, 30.0, 500.0).unwrap(),
            butterworth_band_pass(order as usize, 0.67, 40.0, 500.0).unwrap(),
        ];
        for filter in &filters {
            let mut together = signals.clone();
            filtfilt_each(std::slice::from_ref(filter), &mut together).unwrap();
            for (got, signal) in together.iter().zip(&signals) {
                let alone = filtfilt(filter, signal).unwrap();
                prop_assert_eq!(&alone, got);
            }
        }
        let mut chained = signals.clone();
        filtfilt_each(&filters, &mut chained).unwrap();
        for (got, signal) in chained.iter().zip(&signals) {
            let one = filtfilt(&filters[0], signal).unwrap();
            prop_assert_eq!(&filtfilt(&filters[1], &one).unwrap(), got);
        }
    }

    /// A notch against the recurrence written out, with the steady state of a second-order filter
    /// in closed form.
    #[test]
    fn a_notch_is_its_recurrence(signal in prop::collection::vec(-1.0..1.0_f64, 10..90)) {
        let filter = notch(50.0, 30.0, 500.0).unwrap();
        let mut expected = extended(&signal, 9);
        for _ in 0..2 {
            recur(&filter, &mut expected);
            expected.reverse();
        }
        let got = filtfilt(&filter, &signal).unwrap();
        for (got, expected) in got.iter().zip(&expected[9..]) {
            prop_assert!((got - expected).abs() < 1e-11, "{} {}", got, expected);
        }
    }

    #[test]
    fn filtfilt_is_linear_and_has_no_delay(
        signal in prop::collection::vec(-1.0..1.0_f64, 30..120),
        scale in -3.0..3.0_f64,
    ) {
        let filter = notch(50.0, 30.0, 500.0).unwrap();
        let once = filtfilt(&filter, &signal).unwrap();
        let scaled: Vec<f64> = signal.iter().map(|sample| sample * scale).collect();
        let other = filtfilt(&filter, &scaled).unwrap();
        for (one, two) in once.iter().zip(&other) {
            prop_assert!((one * scale - two).abs() < 1e-10);
        }
    }
}
