//! What the measurements have in common: networks by formula, windows and labels.

use coronet_model::{Architecture, StateDict};
use coronet_train::{Batch, GradientSurgery, TaskWeighting, TrainConfig};

/// Leads and samples of the windows.
pub const SHAPE: (usize, usize) = (12, 5000);

/// The full network with its norms in use.
pub fn architecture() -> Architecture {
    let mut architecture =
        Architecture::named("ecgfounder-12").expect("a known variant, this is a bug");
    architecture.norm = Some(true);
    architecture
}

/// The full network as it is before training.
pub fn network() -> (Architecture, StateDict) {
    let architecture = architecture();
    let state = StateDict::initial(&architecture, 1);
    (architecture, state)
}

/// Windows of waves, one of its own frequency per window and lead.
pub fn windows(count: usize) -> Vec<f32> {
    let (leads, samples) = SHAPE;
    let rows = (0..count * leads).flat_map(|row| {
        let frequency = 0.01 + 0.003 * (row % 97) as f64;
        (0..samples).map(move |t| (frequency * t as f64 + row as f64).sin() as f32)
    });
    rows.collect()
}

/// A batch with four labels a window.
pub fn batch(size: usize) -> Batch {
    let labels = (0..size).map(|i| (0..4).map(|task| Some((i + task) % 3 == 0)).collect());
    Batch {
        windows: windows(size),
        shape: SHAPE,
        labels: labels.collect(),
    }
}

/// The published rule of learning, with or without surgery between the tasks.
pub fn config(surgery: GradientSurgery) -> TrainConfig {
    TrainConfig {
        learning_rate: 3e-5,
        weight_decay: 5e-4,
        task_weighting: TaskWeighting::Equal,
        gradient_surgery: surgery,
        ..TrainConfig::default()
    }
}
