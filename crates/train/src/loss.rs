//! Binary cross-entropy per task, over the records whose grade is known.

use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};

/// Labels of a batch, with their masks, on a device.
#[derive(Clone, Debug)]
pub struct Targets {
    positive: Tensor<2>,
    weight: Tensor<2>,
    known: Vec<usize>,
}

impl Targets {
    /// `labels[record][task]`; a missing label has no part in its task's loss.
    pub fn new(labels: &[Vec<Option<bool>>], tasks: usize, device: &Device) -> Targets {
        let shape = [labels.len(), tasks];
        let each = || labels.iter().flatten();
        let known: Vec<usize> = (0..tasks)
            .map(|task| {
                labels
                    .iter()
                    .filter(|labels| labels[task].is_some())
                    .count()
            })
            .collect();
        let positive: Vec<f32> = each()
            .map(|&label| f32::from(label == Some(true)))
            .collect();
        let weight: Vec<f32> = each()
            .enumerate()
            .map(|(i, label)| label.map_or(0.0, |_| 1.0 / known[i % tasks] as f32))
            .collect();
        Targets {
            positive: Tensor::from_data(TensorData::new(positive, shape), device),
            weight: Tensor::from_data(TensorData::new(weight, shape), device),
            known,
        }
    }

    /// Tasks with at least one known label.
    pub fn known_tasks(&self) -> Vec<usize> {
        (0..self.known.len())
            .filter(|&task| self.known[task] > 0)
            .collect()
    }

    /// Mean loss of every task over its known records, `[tasks]`; 0 where none is known.
    pub fn losses(&self, logits: Tensor<2>) -> Tensor<1> {
        let magnitude = logits.clone().abs();
        let softplus = (magnitude.neg().exp() + 1.0).log();
        let each = relu(logits.clone()) - logits * self.positive.clone() + softplus; // [batch, tasks]
        (each * self.weight.clone()).sum_dim(0).squeeze_dim::<1>(0) // [tasks]
    }
}
