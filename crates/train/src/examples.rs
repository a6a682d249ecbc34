//! What a network learns from: windows with labels.

use coronet_ecg::augment;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Windows of one shape with labels, by index.
pub trait Examples: Sync {
    /// Leads and samples of every window.
    fn shape(&self) -> (usize, usize);
    /// Window `index`, lead-major.
    fn window(&self, index: usize) -> &[f32];
    /// One label a task; `None` where it is not known.
    fn labels(&self, index: usize) -> &[Option<bool>];
}

/// A batch of a training step: ECGs, followed by their augmented copies.
#[derive(Debug)]
pub struct Batch {
    /// Windows, `[batch, leads, samples]`.
    pub windows: Vec<f32>,
    /// Leads and samples of every window.
    pub shape: (usize, usize),
    /// Labels per window.
    pub labels: Vec<Vec<Option<bool>>>,
}

/// How copies are changed in one epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augmentation {
    /// Copies of each ECG.
    pub copies: usize,
    /// Strength, from 0 to 1.
    pub strength: f64,
    /// Seed of the epoch; each copy draws from its own stream.
    pub seed: u64,
}

impl Batch {
    /// Windows `indices` with their copies.
    pub fn augmented(
        examples: &dyn Examples,
        indices: &[usize],
        augmentation: Augmentation,
    ) -> Batch {
        let (leads, samples) = examples.shape();
        let size = leads * samples;
        let sets = 1 + augmentation.copies;
        let mut values = vec![0.0f32; sets * indices.len() * size];
        values
            .par_chunks_mut(size.max(1))
            .enumerate()
            .for_each(|(place, window)| {
                let index = indices[place % indices.len()];
                window.copy_from_slice(examples.window(index));
                let copy = place / indices.len();
                if copy > 0 {
                    let mut random = ChaCha8Rng::seed_from_u64(augmentation.seed);
                    random.set_stream((index * sets + copy) as u64);
                    augment::augment(window, leads, samples, augmentation.strength, &mut random);
                }
            });
        let labels = (0..sets)
            .flat_map(|_| indices.iter().map(|&index| examples.labels(index).to_vec()))
            .collect();
        Batch {
            windows: values,
            shape: (leads, samples),
            labels,
        }
    }
}
