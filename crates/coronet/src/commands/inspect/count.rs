//! How often each finding occurs, and which ECGs are the same signal.

use super::entry::Entry;
use super::facts::Inspection;
use coronet_ecg::Finding;
use coronet_ecg::quality::Verdict;
use std::collections::BTreeMap;

/// Findings of one ECG by code, in order of first occurrence, with how often each occurs.
pub(super) fn codes(inspection: &Inspection) -> Vec<(&str, Vec<&Finding>)> {
    let mut codes: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in inspection.findings() {
        match codes.iter_mut().find(|(code, _)| *code == finding.code) {
            Some((_, findings)) => findings.push(finding),
            None => codes.push((&finding.code, vec![finding])),
        }
    }
    codes
}

/// Number of ECGs with each code, the most frequent first, equal ones by name.
pub(super) fn by_code(entries: &[Entry]) -> Vec<(&str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for inspection in entries.iter().filter_map(Entry::inspection) {
        for (code, _) in codes(inspection) {
            *counts.entry(code).or_default() += 1;
        }
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// Number of ECGs with a verdict.
pub(super) fn of_verdict(entries: &[Entry], verdict: Verdict) -> usize {
    let inspections = entries.iter().filter_map(Entry::inspection);
    inspections
        .filter(|inspection| inspection.verdict == verdict)
        .count()
}

/// ECGs with equal signals, in order of the first of each group.
pub(super) fn same_signal(entries: &[Entry]) -> Vec<Vec<&Inspection>> {
    let mut groups: Vec<Vec<&Inspection>> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for inspection in entries.iter().filter_map(Entry::inspection) {
        let place = *places
            .entry(&inspection.fingerprint)
            .or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(inspection);
    }
    groups.retain(|group| group.len() > 1);
    groups
}
