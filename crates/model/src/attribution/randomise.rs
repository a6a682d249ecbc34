//! Networks whose learnt weights are destroyed from the output down to the input.
//!
//! The test of Adebayo et al. (Sanity checks for saliency maps, 2018): an attribution that stays
//! the same while layer after layer is randomised draws edges of the signal, not the network.

use crate::architecture::Architecture;
use crate::state_dict::{StateDict, Values};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Layers that are randomised together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerGroup {
    /// What to call it: `dense`, `stage 7`, …, `first convolution`.
    pub name: String,
    prefix: String,
}

/// The groups of a network from the output to the input.
pub fn layer_groups(architecture: &Architecture) -> Vec<LayerGroup> {
    let group = |name: String, prefix: String| LayerGroup { name, prefix };
    let mut groups = vec![group("dense".to_owned(), "dense.".to_owned())];
    let stages = (0..architecture.filter_list.len()).rev();
    groups.extend(stages.map(|stage| {
        group(
            format!("stage {}", stage + 1),
            format!("stage_list.{stage}."),
        )
    }));
    groups.push(group("first convolution".to_owned(), "first_".to_owned()));
    groups
}

/// The tensors with the elements of every floating-point tensor of `groups` shuffled.
///
/// Shuffling keeps each tensor's distribution, so that activations keep their size and only what
/// was learnt is lost.
pub fn randomise(state: &StateDict, groups: &[LayerGroup], seed: u64) -> StateDict {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut state = state.clone();
    for (name, tensor) in &mut state.tensors {
        if !groups.iter().any(|group| name.starts_with(&group.prefix)) {
            continue;
        }
        if let Values::F32(values) = &mut tensor.values {
            values.shuffle(&mut random);
        }
    }
    state
}
