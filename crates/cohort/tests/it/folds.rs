//! Folds partition the cohort, keep groups together, and spread positives.

use coronet_cohort::{folds, groups, leakage};
use proptest::prelude::*;

/// 400 patients with the territory labels' marginals: 33, 0, 37 and 16 positives.
fn rare_labels(seed: u64) -> Vec<[Option<bool>; 4]> {
    let mut state = seed;
    let mut next = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as usize
    };
    let mut labels = vec![[Some(false); 4]; 400];
    for (vessel, positives) in [(0, 33), (2, 37), (3, 16)] {
        let mut left = positives;
        while left > 0 {
            let label = &mut labels[next() % 400][vessel];
            left -= usize::from(*label == Some(false));
            *label = Some(true);
        }
    }
    labels
}

#[test]
fn every_fold_and_every_inner_split_has_positives_of_each_vessel() {
    for seed in 0..50 {
        let labels = rare_labels(seed);
        let alone: Vec<usize> = (0..400).collect();
        let folds = folds::vessel_folds(&labels, &alone, 5, seed).unwrap();
        for fold in 0..5 {
            let inside: Vec<usize> = (0..400).filter(|&i| folds[i] == fold).collect();
            assert!((70..=90).contains(&inside.len()), "{}", inside.len());
            for (vessel, total) in [(0, 33.0), (2, 37.0), (3, 16.0f64)] {
                let count = inside
                    .iter()
                    .filter(|&&i| labels[i][vessel] == Some(true))
                    .count();
                let fair = total / 5.0;
                assert!(
                    (count as f64 - fair).abs() <= 2.0,
                    "vessel {vessel}: {count} of {fair}"
                );
            }
            let training: Vec<usize> = (0..400).filter(|&i| folds[i] != fold).collect();
            let split = folds::vessel_inner_split(&labels, &alone, &training, 0.2, seed).unwrap();
            for vessel in [0, 2, 3] {
                for part in [&split.train, &split.validation] {
                    assert!(part.iter().any(|&i| labels[i][vessel] == Some(true)));
                }
            }
        }
    }
}

#[test]
fn equal_signals_and_equal_patients_share_a_group() {
    let patients = ["a", "b", "a", "c", "d", ""];
    let signals = ["1", "2", "3", "3", "", ""];
    assert_eq!(groups(&patients, &signals), [0, 1, 0, 0, 2, 3]);
}

#[test]
fn the_audit_names_leaks() {
    let report = leakage::audit(&[0, 1, 1, 0], &["a", "a", "b", "c"], &["1", "2", "3", "3"]);
    assert!(!report.is_clean());
    assert_eq!(report.patients_in_several_folds[0].key, "a");
    assert_eq!(report.signals_in_several_folds[0].samples, [2, 3]);
    assert_eq!(
        report.signals_of_several_patients[0].patient_ids,
        ["b", "c"]
    );
}

#[test]
fn impossible_requests_are_errors() {
    assert!(folds::stratified_group_folds(&[0, 1], &[0, 0], 2, 0).is_err());
    assert!(folds::stratified_group_folds(&[0, 1], &[0], 2, 0).is_err());
    assert!(folds::stratified_group_folds(&[0, 1], &[0, 1], 1, 0).is_err());
    assert!(folds::inner_split(&[0, 1], &[0, 1], &[0, 1], 1.0, 0).is_err());
    assert!(folds::inner_split(&[0, 1], &[0, 1], &[0, 2], 0.5, 0).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folds_partition_and_keep_groups(
        samples in proptest::collection::vec((0usize..40, 0usize..30, 0usize..4), 60..200),
        k in 2usize..6,
        seed in 0u64..1000,
    ) {
        let patients: Vec<String> = samples.iter().map(|s| format!("p{}", s.0)).collect();
        let patients: Vec<&str> = patients.iter().map(String::as_str).collect();
        let signals: Vec<String> = samples.iter().enumerate()
            .map(|(i, s)| if s.1 < 2 { format!("same{}", s.1) } else { format!("own{i}") }).collect();
        let signals: Vec<&str> = signals.iter().map(String::as_str).collect();
        let strata: Vec<usize> = samples.iter().map(|s| s.2).collect();
        let groups = groups(&patients, &signals);
        let folds = folds::stratified_group_folds(&strata, &groups, k, seed).unwrap();
        prop_assert_eq!(folds.len(), samples.len());
        prop_assert!(folds.iter().all(|&fold| fold < k));
        prop_assert!(leakage::audit(&folds, &patients, &signals).is_clean());
        prop_assert_eq!(&folds, &folds::stratified_group_folds(&strata, &groups, k, seed).unwrap());

        let subset: Vec<usize> = (0..samples.len()).filter(|&i| folds[i] != 0).collect();
        let split = folds::inner_split(&strata, &groups, &subset, 0.2, seed).unwrap();
        let mut both = [split.train.clone(), split.validation.clone()].concat();
        both.sort_unstable();
        prop_assert_eq!(both, subset);
        for &i in &split.train {
            prop_assert!(split.validation.iter().all(|&j| groups[i] != groups[j]));
        }
    }
}

/// Class counts of 24 groups with distinct spread, so that no shuffle matters, and the folds that
/// scikit-learn 1.9.1 gives them: `StratifiedGroupKFold(k).split(y, y, groups)`.
#[test]
fn the_greedy_rule_is_that_of_scikit_learn() {
    let counts = [
        [28, 18, 20],
        [26, 17, 23],
        [25, 6, 1],
        [9, 8, 26],
        [27, 0, 14],
        [24, 3, 23],
        [3, 14, 24],
        [9, 10, 8],
        [21, 7, 29],
        [29, 24, 23],
        [21, 18, 10],
        [29, 13, 6],
        [25, 4, 25],
        [18, 3, 1],
        [13, 1, 4],
        [15, 29, 13],
        [24, 27, 24],
        [18, 13, 15],
        [7, 14, 11],
        [7, 29, 0],
        [2, 5, 29],
        [20, 26, 6],
        [21, 11, 14],
        [0, 18, 24],
    ];
    let expected: [(usize, [usize; 24]); 3] = [
        (
            2,
            [
                1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1,
            ],
        ),
        (
            3,
            [
                2, 2, 1, 0, 2, 1, 1, 0, 0, 1, 0, 2, 0, 1, 0, 1, 2, 0, 0, 0, 1, 2, 1, 2,
            ],
        ),
        (
            5,
            [
                3, 0, 3, 0, 2, 3, 3, 3, 2, 1, 2, 1, 0, 4, 4, 1, 2, 4, 2, 0, 1, 4, 4, 4,
            ],
        ),
    ];
    let mut strata = Vec::new();
    let mut members = Vec::new();
    for (group, counts) in counts.iter().enumerate() {
        for (class, &count) in counts.iter().enumerate() {
            strata.extend(std::iter::repeat_n(class, count));
            members.extend(std::iter::repeat_n(group, count));
        }
    }
    for (k, expected) in expected {
        for seed in 0..3 {
            let folds = folds::stratified_group_folds(&strata, &members, k, seed).unwrap();
            for (sample, fold) in folds.into_iter().enumerate() {
                assert_eq!(
                    fold, expected[members[sample]],
                    "k {k}, group {}",
                    members[sample]
                );
            }
        }
    }
}
