//! Resampling against SciPy and NumPy's published form.

use crate::filter::{check_close, fixture, numbers};
use coronet_ecg::resample::{linear, polyphase, ratio};

#[test]
fn polyphase_equals_scipy() {
    let fixture = fixture();
    let signal = numbers(&fixture["signal"]);
    for case in fixture["resampled"].as_array().unwrap() {
        let up = case["up"].as_u64().unwrap() as usize;
        let down = case["down"].as_u64().unwrap() as usize;
        let got = polyphase(&signal, up, down);
        check_close(
            &format!("{up}/{down}"),
            &got,
            &numbers(&case["samples"]),
            1e-12,
        );
    }
}

#[test]
fn linear_shares_both_end_points() {
    // numpy.interp of sin(2 pi t) from 4000 at 400 Hz to 5000 samples (ecgfounder_filter.out).
    let wave = |at: usize| (2.0 * std::f64::consts::PI * at as f64 / 400.0).sin();
    let signal: Vec<f64> = (0..4000).map(wave).collect();
    let got = linear(&signal, 400.0, 500.0);
    assert_eq!(got.len(), 5000);
    assert!((got[1] - 0.012565225431080393).abs() < 1e-12);
    assert!((got[1250] - 0.000785522970187193).abs() < 1e-12);
    assert_eq!((got[0], got[4999]), (signal[0], signal[3999]));
}

#[test]
fn odd_lengths_round_down() {
    assert_eq!(linear(&vec![0.0; 2934], 400.0, 500.0).len(), 3667);
    assert_eq!(linear(&vec![0.0; 4096], 400.0, 500.0).len(), 5120);
    assert_eq!(linear(&vec![0.0; 2570], 257.0, 500.0).len(), 5000);
    assert_eq!(linear(&[], 400.0, 500.0).len(), 0);
    assert_eq!(linear(&[1.0], 100.0, 500.0), vec![1.0; 5]);
}

#[test]
fn polyphase_keeps_a_slow_wave_and_removes_a_fast_one() {
    let wave = |frequency: f64, rate: f64| -> Vec<f64> {
        (0..4000)
            .map(|at| (2.0 * std::f64::consts::PI * frequency * at as f64 / rate).sin())
            .collect()
    };
    let slow = polyphase(&wave(5.0, 1000.0), 1, 2);
    let expected = wave(5.0, 500.0);
    check_close("5 Hz", &slow[200..1800], &expected[200..1800], 2e-3);
    let fast = polyphase(&wave(400.0, 1000.0), 1, 2);
    let largest = fast[200..1800]
        .iter()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    assert!(largest < 1e-2, "{largest}");
}

#[test]
fn ratios_are_exact_to_a_millihertz() {
    assert_eq!(ratio(400.0, 500.0), Some((5, 4)));
    assert_eq!(ratio(257.0, 500.0), Some((500, 257)));
    assert_eq!(ratio(976.5625, 500.0), Some((500_000, 976_563)));
    assert_eq!(ratio(1e300, 500.0), None);
    assert_eq!(ratio(1e-9, 500.0), None);
}
