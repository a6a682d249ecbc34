//! Gradient surgery: what to do where gradients of tasks oppose each other.
//!
//! Every rule only ever adds multiples of the tasks' gradients to each other, so what comes
//! out is a combination of them, and which one follows from their inner products alone. The
//! gradients themselves, of tens of millions of numbers, are read once for the products and
//! once for the step, and never copied.

use crate::config::GradientSurgery;
use coronet_model::Vector;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Elements whose products are summed in single precision.
const BLOCK: usize = 1024;
/// Elements of one job; fixed, so that the number of threads changes nothing.
const CHUNK: usize = 64 * BLOCK;

/// The gradient to step with, as a combination of the tasks' gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct Combination {
    /// Factor of each task's gradient.
    pub factors: Vec<f32>,
    /// Pairs of gradients that opposed each other.
    pub conflicts: usize,
    /// Euclidean norm of the combined gradient.
    pub norm: f64,
}

/// Combines the gradients of the tasks' weighted losses, given their inner products.
///
/// `random` orders the tasks of the canonical rule and is not used otherwise.
///
/// # Panics
///
/// If there is no gradient.
pub fn combine(
    products: &[Vec<f64>],
    rule: GradientSurgery,
    random: &mut ChaCha8Rng,
) -> Combination {
    let tasks = products.len();
    assert!(tasks > 0, "a step needs at least one task");
    let unit = |i| (0..tasks).map(|j| f64::from(u8::from(i == j))).collect();
    let mut rows: Vec<Vec<f64>> = (0..tasks).map(unit).collect();
    let (conflicts, scale) = match rule {
        GradientSurgery::Off => (0, 1.0),
        GradientSurgery::Published => (project_in_order(products, &mut rows), 1.0 / tasks as f64),
        GradientSurgery::Canonical => (project_at_random(products, &mut rows, random), 1.0),
    };
    let factors: Vec<f64> = (0..tasks)
        .map(|task| scale * rows.iter().map(|row| row[task]).sum::<f64>())
        .collect();
    Combination {
        norm: product(products, &factors, &factors).max(0.0).sqrt(),
        factors: factors.into_iter().map(|factor| factor as f32).collect(),
        conflicts,
    }
}

/// Each gradient in turn is projected onto those after it, as they stand.
fn project_in_order(products: &[Vec<f64>], rows: &mut [Vec<f64>]) -> usize {
    let mut conflicts = 0;
    for i in 0..rows.len() {
        for j in i + 1..rows.len() {
            let onto = rows[j].clone();
            conflicts += usize::from(project(products, &mut rows[i], &onto));
        }
    }
    conflicts
}

/// Each gradient is projected onto all others' originals in random order.
fn project_at_random(
    products: &[Vec<f64>],
    rows: &mut [Vec<f64>],
    random: &mut ChaCha8Rng,
) -> usize {
    let (originals, mut conflicts) = (rows.to_vec(), 0);
    for (i, row) in rows.iter_mut().enumerate() {
        let mut others: Vec<usize> = (0..originals.len()).filter(|&j| j != i).collect();
        others.shuffle(random);
        for j in others {
            conflicts += usize::from(project(products, row, &originals[j]));
        }
    }
    conflicts
}

/// Takes from `row` its part along `onto`, if the two oppose each other; says whether.
fn project(products: &[Vec<f64>], row: &mut [f64], onto: &[f64]) -> bool {
    let along = product(products, row, onto);
    if along < 0.0 {
        let factor = along / (product(products, onto, onto) + 1e-12);
        for (value, onto) in row.iter_mut().zip(onto) {
            *value -= factor * onto;
        }
    }
    along < 0.0
}

/// Inner product of two combinations.
fn product(products: &[Vec<f64>], a: &[f64], b: &[f64]) -> f64 {
    let rows = products.iter().zip(a);
    rows.flat_map(|(row, a)| row.iter().zip(b).map(move |(product, b)| a * product * b))
        .sum()
}

/// Inner products of all gradients with each other, each gradient read once.
///
/// # Panics
///
/// If the gradients do not lie in one place.
pub fn inner_products(gradients: &[Vector]) -> Vec<Vec<f64>> {
    let slices: Option<Vec<&[f32]>> = gradients.iter().map(in_memory).collect();
    let pairs = pairs(gradients.len());
    let sums = match slices {
        Some(slices) => in_blocks(&slices, &pairs),
        None => pairs
            .iter()
            .map(|&(i, j)| on_device(&gradients[i], &gradients[j]))
            .collect(),
    };
    let mut products = vec![vec![0.0; gradients.len()]; gradients.len()];
    for ((i, j), sum) in pairs.into_iter().zip(sums) {
        products[i][j] = sum;
        products[j][i] = sum;
    }
    products
}

fn pairs(count: usize) -> Vec<(usize, usize)> {
    (0..count)
        .flat_map(|i| (i..count).map(move |j| (i, j)))
        .collect()
}

fn in_memory(vector: &Vector) -> Option<&[f32]> {
    match vector {
        Vector::Memory(values) => Some(values),
        Vector::Device(_) => None,
    }
}

fn on_device(a: &Vector, b: &Vector) -> f64 {
    match (a, b) {
        (Vector::Device(a), Vector::Device(b)) => {
            f64::from((*a.clone() * *b.clone()).sum().into_scalar::<f32>())
        }
        _ => unreachable!("gradients of one network lie in one place, this is a bug"),
    }
}

fn in_blocks(gradients: &[&[f32]], pairs: &[(usize, usize)]) -> Vec<f64> {
    let len = gradients.first().map_or(0, |gradient| gradient.len());
    let chunks: Vec<Vec<f64>> = (0..len.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let mut sums = vec![0.0; pairs.len()];
            let end = len.min((chunk + 1) * CHUNK);
            for start in (chunk * CHUNK..end).step_by(BLOCK) {
                let block = start..end.min(start + BLOCK);
                for (sum, &(i, j)) in sums.iter_mut().zip(pairs) {
                    let (a, b) = (&gradients[i][block.clone()], &gradients[j][block.clone()]);
                    *sum += f64::from(dot(a, b));
                }
            }
            sums
        })
        .collect();
    (0..pairs.len())
        .map(|pair| chunks.iter().map(|sums| sums[pair]).sum())
        .collect()
}

/// In sixteen interleaved partial sums, which the compiler keeps in vectors.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 16];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}
