//! Many ECGs: a line each, then counts.

use super::count;
use super::entry::{Entry, Refusal};
use super::facts::{Inspection, LeadSource};
use super::text::{self, Align, NONE};
use coronet_ecg::quality::Verdict;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The table and the counts.
pub(super) fn render(entries: &[Entry]) -> String {
    let heads = [
        "file",
        "Hz",
        "seconds",
        "leads",
        "beats/min",
        "verdict",
        "findings",
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(entries.iter().map(|entry| match entry {
        Entry::Read(inspection) => row(inspection),
        Entry::Refused(refusal) => refused(refusal),
    }));
    let align = [
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Left,
        Align::Right,
        Align::Left,
        Align::Left,
    ];
    let mut text = text::columns(&rows, &align, "");
    text.push('\n');
    text += &closing(entries);
    text
}

fn row(inspection: &Inspection) -> Vec<String> {
    let findings: Vec<String> = count::codes(inspection)
        .into_iter()
        .map(|(code, findings)| match findings.len() {
            1 => code.to_owned(),
            count => format!("{code} ×{count}"),
        })
        .collect();
    vec![
        inspection.label(),
        text::number(inspection.rate_hertz, 3),
        format!("{:.2}", inspection.seconds),
        leads(inspection),
        heart_rate(inspection),
        text::verdict(inspection.verdict).to_owned(),
        findings.join(", "),
    ]
}

fn refused(refusal: &Refusal) -> Vec<String> {
    let none = || NONE.to_owned();
    vec![
        refusal.path.clone(),
        none(),
        none(),
        none(),
        none(),
        "refused".to_owned(),
        refusal.error.clone(),
    ]
}

/// `12`, `8 + 4 derived`, `3 of 12`.
fn leads(inspection: &Inspection) -> String {
    let stored = inspection.count(LeadSource::Stored);
    let derived = inspection.count(LeadSource::Derived);
    let missing = inspection.count(LeadSource::Missing);
    match (derived, missing) {
        (0, 0) => stored.to_string(),
        (derived, 0) => format!("{stored} + {derived} derived"),
        _ => format!("{} of 12", stored + derived),
    }
}

fn heart_rate(inspection: &Inspection) -> String {
    inspection
        .heart_rate
        .map_or(NONE.to_owned(), |beats| format!("{beats:.0}"))
}

fn closing(entries: &[Entry]) -> String {
    let inspections: Vec<&Inspection> = entries.iter().filter_map(Entry::inspection).collect();
    let files: BTreeSet<&str> = inspections.iter().map(|each| each.path.as_str()).collect();
    let refused = entries.len() - inspections.len();
    let mut text = format!(
        "{} in {}: {} good, {} doubtful, {} unusable; {} refused\n",
        text::plural(inspections.len(), "ECG"),
        text::plural(files.len(), "file"),
        count::of_verdict(entries, Verdict::Good),
        count::of_verdict(entries, Verdict::Doubtful),
        count::of_verdict(entries, Verdict::Unusable),
        text::plural(refused, "input"),
    );
    let codes: Vec<Vec<String>> = count::by_code(entries)
        .into_iter()
        .map(|(code, count)| vec![code.to_owned(), count.to_string()])
        .collect();
    if !codes.is_empty() {
        text += "\nECGs by finding\n";
        text += &text::columns(&codes, &[Align::Left, Align::Right], "  ");
    }
    text + &same_signal(entries)
}

/// Which ECGs are the same signal; empty where none is.
pub(super) fn same_signal(entries: &[Entry]) -> String {
    let groups = count::same_signal(entries);
    let mut text = String::new();
    if !groups.is_empty() {
        text += "\nThe same signal under several names\n";
    }
    for group in groups {
        let names: Vec<String> = group.iter().map(|each| each.label()).collect();
        writeln!(text, "  {}", names.join(" = "))
            .expect("writing to a string cannot fail, this is a bug");
    }
    text
}
