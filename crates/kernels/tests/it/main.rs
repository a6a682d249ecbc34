//! Every kernel against a plain loop written from its definition.

mod activation;
mod blocks;
mod conv;
mod inference;
mod residual;

/// Runs `test` with each instruction set that this machine has.
fn on_every_instruction_set(test: impl Fn()) {
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _guard = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    for set in coronet_kernels::InstructionSet::available() {
        coronet_kernels::choose_instruction_set(Some(set));
        test();
    }
    coronet_kernels::choose_instruction_set(None);
}

/// Values in about [−1, 1] that anyone can make again.
fn values(count: usize, seed: u64) -> Vec<f32> {
    (0..count)
        .map(|i| ((i as f64 + 1.0) * 0.7 + seed as f64 * 1.3).sin() as f32)
        .collect()
}

/// Asserts that two slices agree within `tolerance` of the largest magnitude expected.
fn assert_close(got: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_close_to(got, expected, tolerance, 1e-6, what);
}

/// The same, with the magnitude of the terms that were added up as the least scale: a sum
/// whose terms cancel is as exact as its terms, not as its value.
fn assert_close_to(got: &[f32], expected: &[f32], tolerance: f32, terms: f32, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}: elements");
    let largest = expected
        .iter()
        .fold(terms, |largest, value| largest.max(value.abs()));
    for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
        let difference = (got - expected).abs() / largest;
        assert!(
            difference <= tolerance,
            "{what}[{index}]: got {got}, expected {expected}"
        );
    }
}
