//! Quantiles and midranks.

/// Quantile of type 7 (linear interpolation between order statistics; Hyndman & Fan 1996)
/// of sorted values; `None` of no values.
pub fn quantile(sorted: &[f64], probability: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = probability.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    let fraction = position - below as f64;
    Some(sorted[below] + fraction * (sorted[above] - sorted[below]))
}

/// The values in ascending order.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// Ranks from 1, tied values sharing the mean of their ranks.
pub fn midranks(values: &[f64]) -> Vec<f64> {
    let order = ascending(values);
    let mut ranks = vec![0.0; values.len()];
    for run in runs(&order, values) {
        let rank = (run.start + run.end + 1) as f64 / 2.0;
        for &record in &order[run] {
            ranks[record as usize] = rank;
        }
    }
    ranks
}

/// Positions of the values in ascending order; equal values stay in their order.
pub fn ascending(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..).take(values.len()).collect();
    order.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
    order
}

/// Runs of equal values within an ascending order; a value that is not a number equals itself.
pub fn runs<'a>(
    order: &'a [u32],
    values: &'a [f64],
) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = values[*order.get(start)? as usize];
        let length = order[start..]
            .iter()
            .take_while(|&&record| {
                let value = values[record as usize];
                value == first || value.total_cmp(&first).is_eq()
            })
            .count();
        let run = start..start + length;
        start = run.end;
        Some(run)
    })
}

/// Sum over runs of ties of t³ − t, the term of every tie correction.
pub fn tie_term(values: &[f64]) -> f64 {
    let order = ascending(values);
    runs(&order, values)
        .map(|run| {
            let t = run.len() as f64;
            t * t * t - t
        })
        .sum()
}

/// For each value its place among the distinct values, from 0.
pub(crate) fn distinct_places(values: &[f64]) -> Vec<usize> {
    let order = ascending(values);
    let mut places = vec![0; values.len()];
    for (place, run) in runs(&order, values).enumerate() {
        order[run]
            .iter()
            .for_each(|&record| places[record as usize] = place);
    }
    places
}

/// Weights at places, with fast sums below a place (Fenwick, Softw. Pract. Exper. 24 (1994) 327).
///
/// Sums are exact for whole weights below 2⁵³.
pub(crate) struct RankCounter {
    tree: Vec<f64>,
    weights: Vec<f64>,
    total: f64,
}

impl RankCounter {
    /// No weight at any of the places.
    pub(crate) fn new(places: usize) -> Self {
        Self {
            tree: vec![0.0; places + 1],
            weights: vec![0.0; places],
            total: 0.0,
        }
    }

    /// Adds weight to a place.
    pub(crate) fn add(&mut self, place: usize, weight: f64) {
        self.weights[place] += weight;
        self.total += weight;
        let mut node = place + 1;
        while node < self.tree.len() {
            self.tree[node] += weight;
            node += node & node.wrapping_neg();
        }
    }

    /// The weight of all places below.
    pub(crate) fn below(&self, place: usize) -> f64 {
        let (mut node, mut sum) = (place, 0.0);
        while node > 0 {
            sum += self.tree[node];
            node -= node & node.wrapping_neg();
        }
        sum
    }

    /// The weight of one place.
    pub(crate) fn at(&self, place: usize) -> f64 {
        self.weights[place]
    }

    /// All weight.
    pub(crate) fn total(&self) -> f64 {
        self.total
    }
}
