//! Grouped, stratified folds and inner splits, seeded.
//!
//! The greedy rule is that of scikit-learn's `StratifiedGroupKFold` (1.9): groups are taken in order of
//! decreasing spread of their class counts (a seeded shuffle decides among equals), each goes to the
//! fold that keeps the class distribution over folds most even (least mean standard deviation), and
//! among equally even folds to the one with fewest samples, then the first.

mod cover;
mod greedy;

use greedy::{Group, Target};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Why folds could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FoldError {
    /// One value a sample is expected in every column.
    #[error("expected {expected} groups, one a sample, got {got}")]
    Lengths {
        /// Samples.
        expected: usize,
        /// Groups given.
        got: usize,
    },
    /// Cross-validation needs two folds.
    #[error("expected at least 2 folds, got {got}")]
    TooFewFolds {
        /// Folds asked for.
        got: usize,
    },
    /// Each fold needs a group of its own.
    #[error("expected at least {expected} independent groups of patients, got {got}")]
    TooFewGroups {
        /// Folds asked for.
        expected: usize,
        /// Groups there are.
        got: usize,
    },
    /// The share of the inner validation set.
    #[error("expected a validation fraction above 0 and below 1, got {got}")]
    Fraction {
        /// The fraction asked for.
        got: f64,
    },
    /// A position outside the samples.
    #[error("expected positions below {expected}, got {got}")]
    Position {
        /// Samples there are.
        expected: usize,
        /// The position given.
        got: usize,
    },
}

/// A training part divided in two; positions refer to the whole cohort and are increasing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InnerSplit {
    /// What is trained on.
    pub train: Vec<usize>,
    /// What chooses the epoch and fits the calibration.
    pub validation: Vec<usize>,
}

/// The stratum of each sample: the combination of its four labels in base three.
///
/// Negative counts 0, positive 1 and missing 2, so that a missing grade is a level of its own and
/// is spread evenly over the folds like the others.
pub fn strata(labels: &[[Option<bool>; 4]]) -> Vec<usize> {
    let level = |label: Option<bool>| label.map_or(2, usize::from);
    labels
        .iter()
        .map(|labels| {
            labels
                .iter()
                .fold(0, |code, &label| code * 3 + level(label))
        })
        .collect()
}

/// The fold 0…k−1 of each sample, stratified by `strata`; no group is in two folds.
///
/// # Errors
/// Unequal lengths, `k` below 2, fewer groups than folds.
pub fn stratified_group_folds(
    strata: &[usize],
    groups: &[usize],
    k: usize,
    seed: u64,
) -> Result<Vec<usize>, FoldError> {
    check(strata.len(), groups, k)?;
    let all: Vec<usize> = (0..strata.len()).collect();
    let classes = |sample: usize| vec![strata[sample]];
    Ok(divide(&all, groups, &classes, &Target::even(k), seed).fold_of)
}

/// Folds stratified on the combination of the four labels that also spread each vessel's positives.
///
/// Rare combinations carry most of the positives of a rare vessel, and stratifying on combinations
/// alone may leave a fold with none. So each vessel's positives count as a class beside the
/// combinations, and at the end single groups are exchanged until every fold holds a positive group of
/// each vessel, wherever a vessel has at least `k` positive groups that can be told apart.
///
/// # Errors
/// As [`stratified_group_folds`].
pub fn vessel_folds(
    labels: &[[Option<bool>; 4]],
    groups: &[usize],
    k: usize,
    seed: u64,
) -> Result<Vec<usize>, FoldError> {
    check(labels.len(), groups, k)?;
    let all: Vec<usize> = (0..labels.len()).collect();
    Ok(divide_labels(labels, groups, &all, &Target::even(k), seed))
}

/// Divides the samples of `subset` into training and about `fraction` validation, as
/// [`stratified_group_folds`] does with two parts of unequal size.
///
/// # Errors
/// Unequal lengths, a fraction not between 0 and 1, a position that is no sample, one group only.
pub fn inner_split(
    strata: &[usize],
    groups: &[usize],
    subset: &[usize],
    fraction: f64,
    seed: u64,
) -> Result<InnerSplit, FoldError> {
    let target = check_inner(strata.len(), groups, subset, fraction)?;
    let classes = |sample: usize| vec![strata[sample]];
    let parts = divide(subset, groups, &classes, &target, seed).fold_of;
    Ok(inner(subset, &parts))
}

/// [`inner_split`] by the four labels, spreading each vessel's positives as [`vessel_folds`] does.
///
/// # Errors
/// As [`inner_split`].
pub fn vessel_inner_split(
    labels: &[[Option<bool>; 4]],
    groups: &[usize],
    subset: &[usize],
    fraction: f64,
    seed: u64,
) -> Result<InnerSplit, FoldError> {
    let target = check_inner(labels.len(), groups, subset, fraction)?;
    let parts = divide_labels(labels, groups, subset, &target, seed);
    Ok(inner(subset, &parts))
}

fn inner(subset: &[usize], parts: &[usize]) -> InnerSplit {
    let of_part = |wanted: usize| {
        let mut positions: Vec<usize> = subset
            .iter()
            .zip(parts)
            .filter(|&(_, &part)| part == wanted)
            .map(|(&position, _)| position)
            .collect();
        positions.sort_unstable();
        positions
    };
    InnerSplit {
        train: of_part(0),
        validation: of_part(1),
    }
}

struct Division {
    /// The fold of each sample, in the order of the subset.
    fold_of: Vec<usize>,
    /// The group of each sample, numbered in order of appearance in the subset.
    group_of: Vec<usize>,
    /// The fold of each group.
    group_folds: Vec<usize>,
}

fn divide_labels(
    labels: &[[Option<bool>; 4]],
    groups: &[usize],
    subset: &[usize],
    target: &Target,
    seed: u64,
) -> Vec<usize> {
    const COMBINATIONS: usize = 81;
    let strata = strata(labels);
    let classes = |sample: usize| {
        let positives = (0..4).filter(|&vessel| labels[sample][vessel] == Some(true));
        let mut classes: Vec<usize> = positives.map(|vessel| COMBINATIONS + vessel).collect();
        classes.push(strata[sample]);
        classes
    };
    let mut division = divide(subset, groups, &classes, target, seed);
    let mut held = vec![cover::Held::default(); division.group_folds.len()];
    for (&sample, &group) in subset.iter().zip(&division.group_of) {
        held[group].samples += 1;
        for (vessel, &label) in labels[sample].iter().enumerate() {
            held[group].positive[vessel] |= label == Some(true);
        }
    }
    cover::every_fold(&held, &mut division.group_folds, target.folds());
    division
        .group_of
        .iter()
        .map(|&group| division.group_folds[group])
        .collect()
}

fn divide(
    subset: &[usize],
    groups: &[usize],
    classes: &dyn Fn(usize) -> Vec<usize>,
    target: &Target,
    seed: u64,
) -> Division {
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    let mut counts: Vec<Group> = Vec::new();
    let mut group_of = Vec::with_capacity(subset.len());
    for &sample in subset {
        let next = counts.len();
        let number = *numbers.entry(groups[sample]).or_insert(next);
        if number == next {
            counts.push(Group::default());
        }
        counts[number].add(&classes(sample));
        group_of.push(number);
    }
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let group_folds = greedy::assign(&counts, &order, target);
    Division {
        fold_of: group_of.iter().map(|&group| group_folds[group]).collect(),
        group_of,
        group_folds,
    }
}

fn check(samples: usize, groups: &[usize], k: usize) -> Result<(), FoldError> {
    if groups.len() != samples {
        return Err(FoldError::Lengths {
            expected: samples,
            got: groups.len(),
        });
    }
    if k < 2 {
        return Err(FoldError::TooFewFolds { got: k });
    }
    check_groups(groups.iter().copied(), k)
}

fn check_groups(groups: impl Iterator<Item = usize>, k: usize) -> Result<(), FoldError> {
    let distinct: std::collections::BTreeSet<usize> = groups.collect();
    if distinct.len() < k {
        return Err(FoldError::TooFewGroups {
            expected: k,
            got: distinct.len(),
        });
    }
    Ok(())
}

fn check_inner(
    samples: usize,
    groups: &[usize],
    subset: &[usize],
    fraction: f64,
) -> Result<Target, FoldError> {
    if groups.len() != samples {
        return Err(FoldError::Lengths {
            expected: samples,
            got: groups.len(),
        });
    }
    if !(fraction > 0.0 && fraction < 1.0) {
        return Err(FoldError::Fraction { got: fraction });
    }
    if let Some(&outside) = subset.iter().find(|&&position| position >= samples) {
        return Err(FoldError::Position {
            expected: samples,
            got: outside,
        });
    }
    check_groups(subset.iter().map(|&position| groups[position]), 2)?;
    Ok(Target::two_parts(fraction))
}
