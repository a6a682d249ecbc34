//! The cluster test keeps its level, finds what was planted, and does not depend on threads.

use crate::made::{LEADS, SAMPLES, cohort};
use coronet_evidence::{
    ClusterSettings, ClusterTest, Design, Patients, Waveforms, cluster_test, neighbours_of_12_leads,
};

fn test(
    patients: &Patients<'_>,
    design: Design<'_>,
    permutations: usize,
    seed: u64,
) -> ClusterTest {
    let settings = ClusterSettings {
        joining: 0.05,
        permutations,
        seed,
    };
    let found = cluster_test(patients, design, &neighbours_of_12_leads(), &settings);
    found.defined().unwrap().clone()
}

/// Of `cohorts` without any difference, how many are below 5 %.
fn false_positives(cohorts: u64, design: Design<'_>) -> usize {
    (0..cohorts)
        .filter(|&seed| {
            let made = cohort(seed, 30, 12, |_, _| 0.0);
            test(&made.patients(), design, 199, seed).p <= 0.05
        })
        .count()
}

/// With 400 cohorts the count is binomial: mean 20, standard deviation 4.36; the bounds are 3.4
/// of these away, so that the seeds do not decide.
#[test]
fn without_a_difference_one_in_twenty_is_below_five_per_cent() {
    let found = false_positives(400, Design::Groups);
    assert!((5..=35).contains(&found), "{found}");
    let pairs: Vec<(usize, usize)> = (0..12).map(|pair| (pair, pair + 12)).collect();
    let found = false_positives(400, Design::Pairs(&pairs));
    assert!((5..=35).contains(&found), "{found}");
}

/// An ST segment lowered by 1.2 standard deviations in V4–V6.
fn st_change(lead: usize, at: usize) -> f64 {
    if (9..12).contains(&lead) && (25..40).contains(&at) {
        -1.2 * 1.41
    } else {
        0.0
    }
}

#[test]
fn a_planted_st_change_is_found_where_it_is() {
    for (count, high) in [(60, 25), (60, 35)] {
        let made = cohort(7, count, high, st_change);
        let found = test(&made.patients(), Design::Groups, 999, 1);
        let first = &found.clusters[0];
        assert!(
            first.p <= 0.005 && first.mass < 0.0,
            "{} {}",
            first.p,
            first.mass
        );
        let planted = |lead: usize, at: usize| st_change(lead, at) != 0.0;
        let mut inside = 0;
        for stretch in &first.stretches {
            inside += (stretch.first..=stretch.last)
                .filter(|&at| planted(stretch.lead, at))
                .count();
        }
        assert!(inside >= 35, "{inside} of 45 planted points");
        assert!(2 * inside >= first.points, "{inside} of {}", first.points);
    }
}

#[test]
fn pairs_take_out_what_they_share() {
    let made = cohort(3, 40, 20, st_change);
    let patients = made.patients();
    let pairs: Vec<(usize, usize)> = (0..20).map(|pair| (pair, pair + 20)).collect();
    let found = test(&patients, Design::Pairs(&pairs), 499, 1);
    assert!(
        found.p <= 0.01 && found.clusters[0].mass < 0.0,
        "{}",
        found.p
    );
    assert_eq!(found.n, (20, 20));
}

#[test]
fn threads_and_seeds() {
    let made = cohort(5, 30, 12, st_change);
    let patients = made.patients();
    let run = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| test(&patients, Design::Groups, 299, seed))
    };
    assert_eq!(run(1, 4), run(3, 4));
    let (one, two) = (run(1, 4), run(1, 5));
    assert_eq!(one.t, two.t);
}

/// t of three and four values worked by hand: means 2 and 5, pooled variance 1.4667…
#[test]
fn t_is_that_of_the_book() {
    let values = [1.0, 2.0, 3.0, 4.0, 6.0, 4.0, 6.0_f32];
    let groups = [true, true, true, false, false, false, false].map(Some);
    let waveforms = Waveforms::new(&values, 7, 1, 1).unwrap();
    let patients = Patients::new(waveforms, &[0, 1, 2, 3, 4, 5, 6], &groups).unwrap();
    let settings = ClusterSettings {
        joining: 0.05,
        permutations: 99,
        seed: 1,
    };
    let found = cluster_test(&patients, Design::Groups, &[Vec::new()], &settings);
    let t = found.defined().unwrap().t[0];
    let expected = -3.0 / ((2.0 + 4.0) / 5.0 * (1.0 / 3.0 + 1.0 / 4.0_f64)).sqrt();
    assert!((t - expected).abs() < 1e-6, "{t} {expected}");
}

#[test]
fn what_cannot_be_tested_says_why() {
    let made = cohort(1, 6, 2, |_, _| 0.0);
    let patients = made.patients();
    let settings = ClusterSettings {
        joining: 0.05,
        permutations: 9,
        seed: 1,
    };
    let few = cluster_test(
        &patients,
        Design::Groups,
        &neighbours_of_12_leads(),
        &settings,
    );
    assert!(
        few.reason().unwrap().contains("expected at least 3"),
        "{few:?}"
    );
    let made = cohort(1, 8, 4, |_, _| 0.0);
    let patients = made.patients();
    let unfit = cluster_test(&patients, Design::Groups, &[Vec::new()], &settings);
    assert!(unfit.reason().unwrap().contains("neighbours"));
    let stranger = cluster_test(
        &patients,
        Design::Pairs(&[(0, 4), (1, 5), (2, 99)]),
        &neighbours_of_12_leads(),
        &settings,
    );
    assert!(stranger.reason().unwrap().contains("not there"));
    let flat = vec![0.25_f32; 8 * LEADS * SAMPLES];
    let groups: Vec<Option<bool>> = (0..8).map(|patient| Some(patient < 4)).collect();
    let waveforms = Waveforms::new(&flat, 8, LEADS, SAMPLES).unwrap();
    let flat = Patients::new(waveforms, &[0, 1, 2, 3, 4, 5, 6, 7], &groups).unwrap();
    assert_eq!(test(&flat, Design::Groups, 9, 1).p, 1.0);
}
