//! Groups of samples that must stay together: same patient, or the same signal.

use std::collections::BTreeMap;

/// The group of each sample, numbered from 0 in order of first appearance.
///
/// Two samples are in one group if they share a patient or a signal fingerprint, directly or through
/// others. An empty identifier or fingerprint is not known and joins nothing. Fingerprints beyond
/// the number of patient ids are not looked at; missing ones count as unknown.
pub fn groups(patient_ids: &[&str], fingerprints: &[&str]) -> Vec<usize> {
    let mut parents: Vec<usize> = (0..patient_ids.len()).collect();
    for keys in [patient_ids, fingerprints] {
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (sample, &key) in keys.iter().enumerate().take(patient_ids.len()) {
            if !key.is_empty() {
                let other = *first.entry(key).or_insert(sample);
                join(&mut parents, other, sample);
            }
        }
    }
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    (0..patient_ids.len())
        .map(|sample| {
            let next = numbers.len();
            let root = root(&mut parents, sample);
            *numbers.entry(root).or_insert(next)
        })
        .collect()
}

fn join(parents: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b)] = a.min(b);
}

fn root(parents: &mut [usize], mut sample: usize) -> usize {
    while parents[sample] != sample {
        parents[sample] = parents[parents[sample]];
        sample = parents[sample];
    }
    sample
}
