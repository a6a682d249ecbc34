//! The network against expected outputs, and checkpoints against every layout.

mod attribution;
mod checkpoints;
mod device;
mod devices;
mod golden;
mod trainable;

use devices::devices;
use std::path::PathBuf;

/// A folder of golden values: `CORONET_GOLDEN`, else beside the project; says so if absent.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn golden_folder(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CORONET_GOLDEN").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/golden"),
        PathBuf::from,
    );
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "SKIPPED: no golden values at {} (set CORONET_GOLDEN)",
        folder.display()
    );
    None
}

/// Largest difference, relative to the largest magnitude expected.
fn relative_difference(got: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(got.len(), expected.len(), "elements");
    let largest = expected
        .iter()
        .fold(f32::MIN_POSITIVE, |largest, v| largest.max(v.abs()));
    got.iter()
        .zip(expected)
        .fold(0.0, |worst: f32, (g, e)| worst.max((g - e).abs() / largest))
}
