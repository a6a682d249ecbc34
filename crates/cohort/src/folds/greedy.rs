//! The greedy rule: each group goes where the class distribution stays most even.

use std::collections::BTreeMap;

/// What share of every class each fold should hold.
pub(super) struct Target {
    shares: Vec<f64>,
}

impl Target {
    pub(super) fn even(folds: usize) -> Target {
        Target {
            shares: vec![1.0 / folds as f64; folds],
        }
    }

    /// Part 0 takes `1 − fraction`, part 1 takes `fraction`.
    pub(super) fn two_parts(fraction: f64) -> Target {
        Target {
            shares: vec![1.0 - fraction, fraction],
        }
    }

    pub(super) fn folds(&self) -> usize {
        self.shares.len()
    }

    /// A count of fold `fold` scaled so that all folds are equal when each holds its share.
    fn scaled(&self, fold: usize, count: f64) -> f64 {
        count / (self.shares[fold] * self.shares.len() as f64)
    }
}

/// How many samples of each class a group holds; a sample may count in several classes.
#[derive(Default)]
pub(super) struct Group {
    samples: f64,
    classes: BTreeMap<usize, f64>,
}

impl Group {
    pub(super) fn add(&mut self, classes: &[usize]) {
        self.samples += 1.0;
        for &class in classes {
            *self.classes.entry(class).or_insert(0.0) += 1.0;
        }
    }

    /// Variance of the counts over all `classes` classes, those it does not hold included.
    fn spread(&self, classes: usize) -> f64 {
        let n = classes as f64;
        let mean = self.classes.values().sum::<f64>() / n;
        let square = self
            .classes
            .values()
            .map(|count| count * count)
            .sum::<f64>()
            / n;
        square - mean * mean
    }
}

/// The folds as they fill up.
struct Filling<'a> {
    target: &'a Target,
    /// Samples of each class in the whole cohort.
    totals: BTreeMap<usize, f64>,
    /// For each class, the count in each fold.
    counts: BTreeMap<usize, Vec<f64>>,
    /// Samples in each fold.
    samples: Vec<f64>,
}

/// The fold of each group; `order` decides among groups of equal spread.
pub(super) fn assign(groups: &[Group], order: &[usize], target: &Target) -> Vec<usize> {
    let mut totals: BTreeMap<usize, f64> = BTreeMap::new();
    for (class, count) in groups.iter().flat_map(|group| &group.classes) {
        *totals.entry(*class).or_insert(0.0) += count;
    }
    let classes = totals.len();
    let mut order = order.to_vec();
    order.sort_by(|&a, &b| {
        let (a, b) = (groups[a].spread(classes), groups[b].spread(classes));
        b.total_cmp(&a)
    });
    let mut filling = Filling {
        target,
        counts: totals
            .keys()
            .map(|&class| (class, vec![0.0; target.folds()]))
            .collect(),
        totals,
        samples: vec![0.0; target.folds()],
    };
    let mut folds = vec![0; groups.len()];
    for group in order {
        folds[group] = filling.place(&groups[group]);
    }
    folds
}

impl Filling<'_> {
    fn place(&mut self, group: &Group) -> usize {
        let fold = self.best_fold(group);
        for (class, count) in &group.classes {
            if let Some(counts) = self.counts.get_mut(class) {
                counts[fold] += count;
            }
        }
        self.samples[fold] += group.samples;
        fold
    }

    /// Only the classes of the group change with the choice, so only their deviations are summed.
    fn best_fold(&self, group: &Group) -> usize {
        let mut best = (0, f64::INFINITY, f64::INFINITY);
        for fold in 0..self.target.folds() {
            let unevenness: f64 = group
                .classes
                .iter()
                .map(|(class, count)| self.deviation(*class, fold, *count))
                .sum();
            let samples = self.target.scaled(fold, self.samples[fold]);
            let equal = (unevenness - best.1).abs() <= 1e-9 * (1.0 + unevenness);
            if (equal && samples < best.2) || (!equal && unevenness < best.1) {
                best = (fold, unevenness, samples);
            }
        }
        best.0
    }

    /// Standard deviation over the folds of a class's share, once `fold` has gained `count`.
    fn deviation(&self, class: usize, fold: usize, count: f64) -> f64 {
        let (Some(counts), Some(total)) = (self.counts.get(&class), self.totals.get(&class)) else {
            return 0.0;
        };
        let share = |index: usize| {
            let more = if index == fold { count } else { 0.0 };
            self.target.scaled(index, (counts[index] + more) / total)
        };
        let n = counts.len() as f64;
        let mean = (0..counts.len()).map(share).sum::<f64>() / n;
        let square = |value: f64| (value - mean) * (value - mean);
        let variance = (0..counts.len())
            .map(|index| square(share(index)))
            .sum::<f64>()
            / n;
        variance.sqrt()
    }
}
