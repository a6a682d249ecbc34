//! Randomising a network from the output down (Adebayo et al. 2018).

use super::similarity::Likeness;
use super::{MethodError, Question};
use burn::tensor::Device;
use coronet_model::attribution::{Attribution, Explainer, layer_groups, randomise};
use coronet_model::{Architecture, StateDict};
use serde::Serialize;

/// The cascade, and what it would come to by chance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cascade {
    /// From the output down.
    pub steps: Vec<CascadeStep>,
    /// Likeness of two networks whose every layer is randomised, each in its own way: what the
    /// signal alone gives.
    pub chance: Likeness,
}

/// Added to the seed, so that the cascade does not end in a network of shuffled weights that is
/// asked elsewhere under a small seed.
const FIRST_SEED: u64 = 1 << 40;

/// One step of the cascade.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CascadeStep {
    /// Everything from the output down to this layer is randomised.
    pub down_to: String,
    /// Likeness to the picture of the trained network.
    #[serde(flatten)]
    pub likeness: Likeness,
}

/// Likeness of `found`, the attribution asked for, to that of ever more randomised networks.
///
/// # Errors
///
/// If a window, the class or the method is not the network's.
pub fn cascade(
    question: &Question<'_>,
    found: &[Attribution],
    (architecture, state): (&Architecture, &StateDict),
    device: &Device,
    seed: u64,
) -> Result<Cascade, MethodError> {
    let groups = layer_groups(architecture);
    let seed = seed.wrapping_add(FIRST_SEED);
    let random = |count: usize, seed: u64| {
        let state = randomise(state, &groups[..count], seed);
        question
            .to(&Explainer::new(architecture, &state, device))
            .attribute()
    };
    let mut steps = Vec::with_capacity(groups.len());
    let mut last = Vec::new();
    for count in 1..=groups.len() {
        last = random(count, seed)?;
        steps.push(CascadeStep {
            down_to: groups[count - 1].name.clone(),
            likeness: question.likeness(found, &last),
        });
    }
    let other = random(groups.len(), seed.wrapping_add(1))?;
    Ok(Cascade {
        steps,
        chance: question.likeness(&last, &other),
    })
}
