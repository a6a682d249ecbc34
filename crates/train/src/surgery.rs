//! Gradient surgery: what to do where gradients of tasks oppose each other.

use crate::config::GradientSurgery;
use burn::tensor::Tensor;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// A merged gradient, and how many projections were made for it.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The gradient to step with, `[parameters]`.
    pub gradient: Tensor<1>,
    /// Pairs of gradients that opposed each other.
    pub conflicts: usize,
}

/// Merges the gradients of the tasks' weighted losses, each `[parameters]`.
///
/// `random` orders the tasks of the canonical rule and is not used otherwise.
///
/// # Panics
///
/// If there is no gradient.
pub fn merge(gradients: Vec<Tensor<1>>, rule: GradientSurgery, random: &mut ChaCha8Rng) -> Merged {
    let tasks = gradients.len();
    assert!(tasks > 0, "a step needs at least one task");
    match rule {
        GradientSurgery::Off => Merged {
            gradient: total(gradients),
            conflicts: 0,
        },
        GradientSurgery::Published => {
            let (projected, conflicts) = project_in_order(gradients);
            Merged {
                gradient: total(projected) / tasks as f32,
                conflicts,
            }
        }
        GradientSurgery::Canonical => {
            let (projected, conflicts) = project_at_random(gradients, random);
            Merged {
                gradient: total(projected),
                conflicts,
            }
        }
    }
}

/// Each gradient in turn is projected onto those after it, as they stand.
fn project_in_order(mut gradients: Vec<Tensor<1>>) -> (Vec<Tensor<1>>, usize) {
    let mut conflicts = 0;
    for i in 0..gradients.len() {
        for j in i + 1..gradients.len() {
            if let Some(projected) = project(&gradients[i], &gradients[j]) {
                gradients[i] = projected;
                conflicts += 1;
            }
        }
    }
    (gradients, conflicts)
}

/// Each gradient is projected onto all others' originals in random order.
fn project_at_random(
    originals: Vec<Tensor<1>>,
    random: &mut ChaCha8Rng,
) -> (Vec<Tensor<1>>, usize) {
    let mut conflicts = 0;
    let mut projected = Vec::with_capacity(originals.len());
    for (i, original) in originals.iter().enumerate() {
        let mut others: Vec<usize> = (0..originals.len()).filter(|&j| j != i).collect();
        others.shuffle(random);
        let mut gradient = original.clone();
        for j in others {
            if let Some(changed) = project(&gradient, &originals[j]) {
                gradient = changed;
                conflicts += 1;
            }
        }
        projected.push(gradient);
    }
    (projected, conflicts)
}

/// `a` without its part along `b`, if the two oppose each other.
fn project(a: &Tensor<1>, b: &Tensor<1>) -> Option<Tensor<1>> {
    let product = dot(a, b);
    (product < 0.0).then(|| {
        let factor = product / (dot(b, b) + 1e-12);
        a.clone() - b.clone() * factor
    })
}

fn dot(a: &Tensor<1>, b: &Tensor<1>) -> f32 {
    (a.clone() * b.clone()).sum().into_scalar::<f32>()
}

fn total(gradients: Vec<Tensor<1>>) -> Tensor<1> {
    gradients
        .into_iter()
        .reduce(|sum, gradient| sum + gradient)
        .expect("checked by merge, this is a bug")
}
