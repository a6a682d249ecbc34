//! Randomising a network from the output down (Adebayo et al. 2018).

use super::similarity::similarity;
use super::{MethodError, Question};
use burn::tensor::Device;
use coronet_evaluate::{Estimate, Statistic};
use coronet_model::attribution::{Explainer, layer_groups, randomise};
use coronet_model::{Architecture, StateDict};
use serde::Serialize;

/// One step of the cascade.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CascadeStep {
    /// Everything from the output down to this layer is randomised.
    pub down_to: String,
    /// Likeness to the picture of the trained network.
    pub similarity: Statistic<Estimate>,
}

/// Likeness of the attribution to that of ever more randomised networks.
///
/// # Errors
///
/// If a window, the class or the method is not the network's.
pub fn cascade(
    question: &Question<'_>,
    (architecture, state): (&Architecture, &StateDict),
    device: &Device,
    seed: u64,
) -> Result<Vec<CascadeStep>, MethodError> {
    let trained = question.cells_of(question.explainer)?;
    let groups = layer_groups(architecture);
    (1..=groups.len())
        .map(|count| {
            let random = randomise(state, &groups[..count], seed);
            let explainer = Explainer::new(architecture, &random, device);
            Ok(CascadeStep {
                down_to: groups[count - 1].name.clone(),
                similarity: similarity(&trained, &question.cells_of(&explainer)?),
            })
        })
        .collect()
}
