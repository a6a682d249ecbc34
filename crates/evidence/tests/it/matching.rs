//! Pairs are alike, used once, and as many as there can be.

use coronet_evidence::{Candidate, pairs_by_age_and_sex};
use proptest::prelude::*;

fn candidate() -> impl Strategy<Value = Candidate> {
    (
        any::<bool>(),
        prop::option::of(40.0..80.0_f64),
        prop::option::of(any::<bool>()),
    )
        .prop_map(|(high, age, male)| Candidate { high, age, male })
}

/// Most pairs by augmenting paths (Kuhn).
fn most(candidates: &[Candidate], caliper: f64) -> usize {
    let fits = |a: &Candidate, b: &Candidate| {
        a.male.is_some()
            && a.male == b.male
            && matches!((a.age, b.age), (Some(one), Some(two)) if (one - two).abs() <= caliper)
    };
    fn augment(
        edges: &[Vec<usize>],
        from: usize,
        seen: &mut [bool],
        owner: &mut [Option<usize>],
    ) -> bool {
        for &to in &edges[from] {
            if std::mem::replace(&mut seen[to], true) {
                continue;
            }
            if owner[to].is_none_or(|other| augment(edges, other, seen, owner)) {
                owner[to] = Some(from);
                return true;
            }
        }
        false
    }
    let low: Vec<&Candidate> = candidates.iter().filter(|one| !one.high).collect();
    let high = candidates.iter().filter(|one| one.high);
    let edges: Vec<Vec<usize>> = high
        .map(|one| (0..low.len()).filter(|&at| fits(one, low[at])).collect())
        .collect();
    let mut owner = vec![None; low.len()];
    (0..edges.len())
        .filter(|&from| augment(&edges, from, &mut vec![false; low.len()], &mut owner))
        .count()
}

proptest! {
    #[test]
    fn pairs_are_as_promised(candidates in prop::collection::vec(candidate(), 0..40), caliper in 0.0..8.0_f64) {
        let found = pairs_by_age_and_sex(&candidates, caliper);
        let mut used = vec![false; candidates.len()];
        for &(high, low) in &found.pairs {
            let (one, two) = (candidates[high], candidates[low]);
            prop_assert!(one.high && !two.high);
            prop_assert_eq!(one.male, two.male);
            prop_assert!((one.age.unwrap() - two.age.unwrap()).abs() <= caliper);
            for index in [high, low] {
                prop_assert!(!std::mem::replace(&mut used[index], true));
            }
        }
        prop_assert_eq!(found.pairs.len(), most(&candidates, caliper));
        let all = 2 * found.pairs.len() + found.unmatched_high + found.unmatched_low;
        prop_assert_eq!(all, candidates.len());
    }
}
