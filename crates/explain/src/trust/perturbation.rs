//! Insertion and deletion against random order.

use super::similarity::mean_with_interval;
use super::{MethodError, Question};
use coronet_evaluate::{Estimate, Statistic};
use coronet_model::attribution::{Attribution, Change, Region};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// The random stream of the orders, apart from those of noise and weights under equal seeds.
const STREAM: u64 = 2;

/// Steps of every curve.
const STEPS: usize = 20;

/// How much faster marked cells move the logit than cells in random order.
///
/// Both advantages are positive where the picture is right: mean logit of the random curves
/// minus that of the attribution's for deletion, and the other way for insertion.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Perturbation {
    /// Advantage in logits when cells are flattened.
    pub deletion: Statistic<Estimate>,
    /// Advantage in logits when cells are put back.
    pub insertion: Statistic<Estimate>,
    /// Random orders a window was compared with.
    pub random_orders: usize,
    /// Cells that were ordered.
    pub cells: usize,
}

/// Compares the order of `found`, the attribution asked for, with `random_orders` random ones in
/// every window.
///
/// Cells are ordered by the sum of their signed values where the method tells direction, so that
/// what speaks for the class goes first.
///
/// # Errors
///
/// If a window, the class or the method is not the network's.
pub fn perturbation(
    question: &Question<'_>,
    found: &[Attribution],
    random_orders: usize,
    seed: u64,
) -> Result<Perturbation, MethodError> {
    let cells = question.grid.cells();
    let (mut deletion, mut insertion) = (Vec::new(), Vec::new());
    for (number, (window, attribution)) in question.windows.iter().zip(found).enumerate() {
        let own = ordered(question, &cells, window, &attribution.values);
        let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_add(number as u64));
        random.set_stream(STREAM);
        let mean = |cells: &[Region], change| -> Result<f64, MethodError> {
            let curve = question
                .explainer
                .curve(window, question.class, cells, change, STEPS)?;
            Ok(f64::from(curve.mean()))
        };
        let own = [
            mean(&own, Change::Deletion)?,
            mean(&own, Change::Insertion)?,
        ];
        let mut chance = [0.0; 2];
        for _ in 0..random_orders {
            let mut shuffled = cells.clone();
            shuffled.shuffle(&mut random);
            chance[0] += mean(&shuffled, Change::Deletion)? / random_orders as f64;
            chance[1] += mean(&shuffled, Change::Insertion)? / random_orders as f64;
        }
        deletion.push(chance[0] - own[0]);
        insertion.push(own[1] - chance[1]);
    }
    let method = "mean logit along the curve against random orders, t interval over windows";
    Ok(Perturbation {
        deletion: mean_with_interval(&deletion, method),
        insertion: mean_with_interval(&insertion, method),
        random_orders,
        cells: cells.len(),
    })
}

/// The cells, the one that speaks most for the class first.
fn ordered(
    question: &Question<'_>,
    cells: &[Region],
    window: &[f32],
    values: &[f32],
) -> Vec<Region> {
    let samples = question.grid.samples;
    let gradient = question.method.is_derivative();
    let weight = |cell: &Region| -> f64 {
        let (lead, range) = &cell.spans[0];
        let range = lead * samples + range.start..lead * samples + range.end;
        let pairs = values[range.clone()].iter().zip(&window[range]);
        pairs
            .map(|(&value, &sample)| {
                let share = if gradient { value * sample } else { value };
                f64::from(share)
            })
            .sum()
    };
    let mut weighted: Vec<(f64, &Region)> = cells.iter().map(|cell| (weight(cell), cell)).collect();
    weighted.sort_by(|a, b| b.0.total_cmp(&a.0));
    weighted.into_iter().map(|(_, cell)| cell.clone()).collect()
}
