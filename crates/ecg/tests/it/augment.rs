//! Augmentation: seeded, bounded, and with the stated probabilities.

use coronet_ecg::augment::{annealing_factor, augment};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const LEADS: usize = 3;
const SAMPLES: usize = 1000;

fn window() -> Vec<f32> {
    (0..LEADS * SAMPLES)
        .map(|at| 1.0 + (at % SAMPLES) as f32 / 1000.0)
        .collect()
}

fn changed(seed: u64, factor: f64) -> Vec<f32> {
    let mut window = window();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    augment(&mut window, LEADS, SAMPLES, factor, &mut rng);
    window
}

#[test]
fn equal_seeds_give_equal_windows() {
    assert_eq!(changed(7, 1.0), changed(7, 1.0));
    assert_ne!(changed(7, 1.0), changed(8, 1.0));
}

#[test]
fn strength_zero_changes_nothing() {
    for seed in 0..50 {
        assert_eq!(changed(seed, 0.0), window());
    }
}

#[test]
fn a_window_of_another_size_is_left_alone() {
    let mut window = window();
    augment(
        &mut window,
        5,
        SAMPLES,
        1.0,
        &mut ChaCha8Rng::seed_from_u64(1),
    );
    assert_eq!(window, self::window());
}

#[test]
fn zeroed_spans_have_the_stated_size_and_frequency() {
    for (factor, share) in [(1.0, 0.3), (0.5, 0.15)] {
        let mut zeroed = 0;
        for seed in 0..2000 {
            let window = changed(seed, factor);
            let zeros = |lead: &[f32]| lead.iter().filter(|&&sample| sample == 0.0).count();
            let count = zeros(&window[..SAMPLES]);
            assert!(
                window
                    .chunks_exact(SAMPLES)
                    .all(|lead| zeros(lead) == count)
            );
            if count > 0 {
                zeroed += 1;
                let bounds = (0.02 * factor * 1000.0 - 1.0, 0.1 * factor * 1000.0 + 1.0);
                assert!(
                    count as f64 >= bounds.0 && count as f64 <= bounds.1,
                    "{count}"
                );
            }
        }
        let got = f64::from(zeroed) / 2000.0;
        assert!((got - share).abs() < 0.04, "{got} {share}");
    }
}

#[test]
fn amplitudes_stay_within_scale_and_noise() {
    for seed in 0..500 {
        for &sample in &changed(seed, 1.0) {
            assert!(sample == 0.0 || (0.8..=2.3).contains(&sample), "{sample}");
        }
    }
}

#[test]
fn a_shift_turns_all_leads_by_the_same_places() {
    let mut shifted = 0;
    for seed in 0..2000 {
        let window = changed(seed, 1.0);
        let place = |lead: &[f32]| {
            let least = lead.iter().copied().fold(f32::INFINITY, f32::min);
            lead.iter().position(|&sample| sample == least).unwrap()
        };
        // A ramp without noise or zeros falls by its whole height in one place.
        let ratio = window[1] / window[0];
        let noiseless = window.iter().all(|&sample| sample != 0.0)
            && window[..SAMPLES]
                .windows(2)
                .filter(|pair| pair[1] < pair[0])
                .count()
                <= 1;
        if noiseless && ratio.is_finite() {
            let first = place(&window[..SAMPLES]);
            assert!(first <= 100 || first >= 900, "{first}");
            assert!(
                window
                    .chunks_exact(SAMPLES)
                    .all(|lead| place(lead) == first)
            );
            shifted += usize::from(first != 0);
        }
    }
    assert!(shifted > 300, "{shifted}");
}

#[test]
fn annealing_goes_from_one_to_a_half() {
    assert_eq!(annealing_factor(0, 100), 1.0);
    assert!((annealing_factor(99, 100) - 0.5).abs() < 1e-12);
    assert!((annealing_factor(50, 101) - 0.75).abs() < 1e-12);
    assert_eq!(annealing_factor(0, 1), 1.0);
    assert_eq!(annealing_factor(0, 0), 1.0);
    assert!((annealing_factor(500, 100) - 0.5).abs() < 1e-12);
    let falls =
        (0..99).all(|epoch| annealing_factor(epoch + 1, 100) < annealing_factor(epoch, 100));
    assert!(falls);
}
