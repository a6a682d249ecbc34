//! The network against expected outputs, and checkpoints against every layout.

mod attribution;
mod checkpoints;
mod device;
mod golden;
mod trainable;

use burn::tensor::Device;
use coronet_model::DeviceChoice;
use std::io::Write;
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

/// The devices to test by name: those that `CORONET_DEVICES` lists, which must be there, else
/// those built in, of which one that the machine does not have is said to be skipped.
fn devices() -> Vec<(DeviceChoice, Device)> {
    if let Ok(list) = std::env::var("CORONET_DEVICES") {
        let choices = list.split(',').map(str::parse::<DeviceChoice>);
        let open = |choice: DeviceChoice| choice.open().map(|device| (choice, device));
        return choices
            .map(|choice| {
                choice
                    .and_then(open)
                    .unwrap_or_else(|error| panic!("{error}"))
            })
            .collect();
    }
    let built_in = DeviceChoice::ALL.into_iter();
    let built_in = built_in.filter(|choice| choice.is_built_in());
    let opened = built_in.filter_map(|choice| match choice.open() {
        Ok(device) => Some((choice, device)),
        Err(error) => {
            // Not by a macro: the test runner would keep that to itself.
            let _ = writeln!(std::io::stderr(), "SKIPPED: {error}");
            None
        }
    });
    opened.collect()
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
