//! The evidence of a cohort as a folder: page, JSON and tables.

use super::beat::short_name;
use super::cohort::{Beats, Changed, Evidence, Trust, VesselEvidence};
use super::reading;
use crate::output;
use anyhow::Result;
use coronet_ecg::Lead;
use coronet_evaluate::{Estimate, Statistic};
use coronet_evidence::{FeatureDifference, LeadWaveShare};
use coronet_explain::trust::Disturbance;
use coronet_report::{Cell, Column, Explanation, Kind, Table, VesselExplanation, explanation_page};
use std::path::Path;

/// Rows of the measurements that the page shows; the CSV file has them all.
const SHOWN: usize = 10;
/// Cells of lead and wave that the page shows.
const CELLS: usize = 12;

/// Writes `explanation.html`, `explanation.json` and `tables/`.
pub(super) fn write(out: &Path, evidence: &Evidence) -> Result<()> {
    fs_err::create_dir_all(out.join("tables"))?;
    for vessel in &evidence.vessels {
        for table in tables(vessel, usize::MAX) {
            let path = out.join("tables").join(format!("{}.csv", table.name));
            output::write(&path, table.csv().as_bytes())?;
        }
    }
    let mut json = serde_json::to_vec_pretty(evidence)?;
    json.push(b'\n');
    output::write(&out.join("explanation.json"), &json)?;
    let page = explanation_page(&page(evidence));
    output::write(&out.join("explanation.html"), page.as_bytes())
}

fn page(evidence: &Evidence) -> Explanation {
    let simulated = (
        "Simulated data".to_owned(),
        "Patients, ECGs and findings were made by a program. No number on this page says anything about real patients.".to_owned(),
    );
    Explanation {
        title: "What moves the network in this cohort".to_owned(),
        stamps: if evidence.simulated {
            vec![simulated]
        } else {
            Vec::new()
        },
        facts: vec![
            (
                "ECGs".to_owned(),
                format!(
                    "{} of {} in the manifest",
                    evidence.explained, evidence.manifest_records
                ),
            ),
            (
                "Method".to_owned(),
                evidence.method.name().replace('-', " "),
            ),
            ("Seed".to_owned(), evidence.seed.to_string()),
        ],
        findings: evidence
            .left_out
            .iter()
            .map(|(reason, count)| format!("{count} left out: {reason}."))
            .collect(),
        vessels: evidence
            .vessels
            .iter()
            .map(|vessel| VesselExplanation {
                vessel: vessel.vessel.clone(),
                reading: sentences(vessel),
                picture: None,
                tables: tables(vessel, SHOWN),
            })
            .collect(),
        reading_aid: reading::aid(&evidence.method),
    }
}

fn sentences(vessel: &VesselEvidence) -> String {
    let mut sentences = Vec::new();
    if let Statistic::Defined(shares) = &vessel.shares
        && let Some(first) = most_learnt(shares, &vessel.shuffled).first()
        && let Some(ratio) = over_shuffled(first, &vessel.shuffled)
    {
        sentences.push(format!(
            "Of the cells with at least 1 % of the attribution, {} in {} stands out most: {ratio:.1} times the share that a network of shuffled weights puts there.",
            short_name(first.wave),
            Lead::ALL[first.lead].name(),
        ));
    }
    sentences.extend(vessel.changed.as_ref().map(on_changed));
    sentences.extend(on_trust(&vessel.trust));
    sentences.push(match &vessel.beats {
        Statistic::Defined(beats) => on_beats(beats),
        Statistic::Undefined(reason) => format!(
            "Beats of high and low were not compared: {}.",
            reason.reason
        ),
    });
    sentences.join(" ")
}

fn on_changed(changed: &Changed) -> String {
    let share = |statistic: &Statistic<Estimate>| shown(statistic, 100.0, 0);
    format!(
        "The simulator changes ST and T mainly in {}: {} % of the attribution fall there, on {:.0} % of the samples; with shuffled weights {} %.",
        changed.leads.join(", "),
        share(&changed.attribution),
        100.0 * changed.area,
        share(&changed.randomised)
    )
}

fn on_trust(trust: &Trust) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(last) = trust.cascade.last() {
        let drawn = match last.similarity.defined() {
            Some(found) if found.value > 0.5 => {
                "; most of its shape is the signal's own, so that only differences to shuffled weights tell of the network"
            }
            _ => "; the nearer to 0, the more it is about the network",
        };
        sentences.push(format!(
            "With all layers randomised the picture keeps a rank correlation of {} to itself ({} ECGs){drawn}.",
            shown(&last.similarity, 1.0, 2),
            trust.windows
        ));
    }
    sentences.push(format!(
        "Flattening what is marked first lowers the logit by {} more, on average over the curve, than a random order.",
        shown(&trust.perturbation.deletion, 1.0, 2)
    ));
    sentences
}

fn on_beats(beats: &Beats) -> String {
    match &beats.test {
        Statistic::Defined(test) => format!(
            "Median beats of the high ({}) and the low stratum ({}), {}: cluster permutation test p = {:.3}.",
            test.n.0, test.n.1, beats.design, test.p
        ),
        Statistic::Undefined(reason) => {
            format!(
                "Beats of high and low were not compared: {}.",
                reason.reason
            )
        }
    }
}

fn tables(vessel: &VesselEvidence, most: usize) -> Vec<Table> {
    let mut tables = Vec::new();
    if let Statistic::Defined(shares) = &vessel.shares {
        tables.push(share_table(&vessel.vessel, shares, &vessel.shuffled, most));
    }
    tables.push(trust_table(&vessel.vessel, &vessel.trust));
    if let Statistic::Defined(features) = &vessel.features {
        tables.push(feature_table(&vessel.vessel, features, most));
    }
    tables
}

/// Least share of the attribution of a cell that is shown first.
const NOTABLE: f64 = 0.01;

/// How much more of the attribution a cell gets than by a network of shuffled weights.
fn over_shuffled(share: &LeadWaveShare, shuffled: &[[f64; 6]]) -> Option<f64> {
    let chance = shuffled[share.lead][share.wave as usize];
    (chance > 0.0).then(|| share.attribution.value / chance)
}

/// Cells by what was learnt: those with a notable share first, by falling ratio to shuffled weights.
fn most_learnt<'a>(shares: &'a [LeadWaveShare], shuffled: &[[f64; 6]]) -> Vec<&'a LeadWaveShare> {
    let rank = |share: &LeadWaveShare| {
        let notable = share.attribution.value >= NOTABLE;
        (notable, over_shuffled(share, shuffled).unwrap_or(0.0))
    };
    let mut cells: Vec<&LeadWaveShare> = shares.iter().collect();
    cells.sort_by(|a, b| {
        let (a, b) = (rank(a), rank(b));
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    cells
}

fn share_table(
    vessel: &str,
    shares: &[LeadWaveShare],
    shuffled: &[[f64; 6]],
    most: usize,
) -> Table {
    let cells = most_learnt(shares, shuffled);
    let count = cells.len().min(most.max(CELLS));
    let row = |share: &&LeadWaveShare| {
        vec![
            Cell::Text(Lead::ALL[share.lead].name().to_owned()),
            Cell::Text(short_name(share.wave).to_owned()),
            interval(&Statistic::Defined(share.attribution.clone()), 100.0, 1),
            number(100.0 * share.area, 1),
            interval(&share.ratio, 1.0, 2),
            number(100.0 * shuffled[share.lead][share.wave as usize], 1),
            match over_shuffled(share, shuffled) {
                Some(ratio) => number(ratio, 2),
                None => Cell::Undefined("shuffled weights put nothing there".to_owned()),
            },
        ]
    };
    Table {
        name: format!("attribution-{vessel}"),
        caption: format!(
            "Attribution of {vessel} by lead and wave: means over patients with percentile bootstrap intervals by patient; beside it the share that a network of shuffled weights puts there, which is what the signal's own shape draws. Cells with at least 1 % first, by the ratio of the two."
        ),
        columns: vec![
            column("lead", "Lead", Kind::Text),
            column("wave", "Wave", Kind::Text),
            column("attribution_percent", "Attribution, %", Kind::Interval),
            column("samples_percent", "Samples, %", Kind::Number),
            column("density", "Density", Kind::Interval),
            column("shuffled_percent", "Shuffled, %", Kind::Number),
            column("over_shuffled", "Ratio", Kind::Number),
        ],
        rows: cells[..count].iter().map(row).collect(),
    }
}

fn trust_table(vessel: &str, trust: &Trust) -> Table {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut row = |check: String, value: &Statistic<Estimate>| {
        rows.push(vec![Cell::Text(check), interval(value, 1.0, 2)]);
    };
    for step in &trust.cascade {
        row(
            format!("randomised down to {}", step.down_to),
            &step.similarity,
        );
    }
    row(
        "deletion against random order, logits".to_owned(),
        &trust.perturbation.deletion,
    );
    row(
        "insertion against random order, logits".to_owned(),
        &trust.perturbation.insertion,
    );
    for pair in &trust.agreement {
        row(
            format!("{} and {}", pair.first, pair.second),
            &pair.similarity,
        );
    }
    for found in &trust.stability {
        let what = match found.disturbance {
            Disturbance::Shift(samples) => format!("shifted by {} ms", 2 * samples),
            Disturbance::Noise(share) => format!("{} % noise", 100.0 * share),
        };
        row(what, &found.similarity);
    }
    Table {
        name: format!("trust-{vessel}"),
        caption: format!(
            "Trust checks of {vessel} on {} ECGs: rank correlations of pictures unless logits are named, with t intervals over ECGs.",
            trust.windows
        ),
        columns: vec![
            column("check", "Check", Kind::Text),
            column("value", "Value", Kind::Interval),
        ],
        rows,
    }
}

fn feature_table(vessel: &str, features: &[FeatureDifference], most: usize) -> Table {
    let p = |feature: &FeatureDifference| feature.p.defined().copied().unwrap_or(f64::INFINITY);
    let mut sorted: Vec<&FeatureDifference> = features.iter().collect();
    sorted.sort_by(|a, b| p(a).total_cmp(&p(b)));
    let row = |feature: &&FeatureDifference| {
        vec![
            Cell::Text(feature.name.clone()),
            Cell::Text(format!("{} / {}", feature.n.0, feature.n.1)),
            interval(&feature.standardised, 1.0, 2),
            interval(&feature.adjusted, 1.0, 2),
            match &feature.p_holm {
                Statistic::Defined(p) => Cell::Number {
                    value: *p,
                    shown: if *p < 0.001 {
                        "<0.001".to_owned()
                    } else {
                        format!("{p:.3}")
                    },
                },
                Statistic::Undefined(reason) => Cell::Undefined(reason.reason.clone()),
            },
        ]
    };
    Table {
        name: format!("measurements-{vessel}"),
        caption: format!(
            "Measurements of the high against the low stratum of {vessel}: standardised differences, adjusted for age and sex, Holm's correction over all measurements."
        ),
        columns: vec![
            column("measurement", "Measurement", Kind::Text),
            column("n", "n high / low", Kind::Text),
            column("standardised", "Difference, SD", Kind::Interval),
            column("adjusted", "Adjusted, SD", Kind::Interval),
            column("p_holm", "p (Holm)", Kind::Number),
        ],
        rows: sorted.iter().take(most).map(row).collect(),
    }
}

fn column(key: &str, head: &str, kind: Kind) -> Column {
    Column {
        key: key.to_owned(),
        head: head.to_owned(),
        kind,
    }
}

fn number(value: f64, decimals: usize) -> Cell {
    Cell::Number {
        value,
        shown: format!("{value:.decimals$}"),
    }
}

fn interval(statistic: &Statistic<Estimate>, scale: f64, decimals: usize) -> Cell {
    match statistic {
        Statistic::Undefined(reason) => Cell::Undefined(reason.reason.clone()),
        Statistic::Defined(estimate) => Cell::Interval {
            value: scale * estimate.value,
            limits: estimate
                .low
                .zip(estimate.high)
                .map(|(low, high)| (scale * low, scale * high)),
            shown: shown(statistic, scale, decimals),
        },
    }
}

/// A number with its interval in words, or its reason.
fn shown(statistic: &Statistic<Estimate>, scale: f64, decimals: usize) -> String {
    match statistic {
        Statistic::Undefined(reason) => reason.reason.clone(),
        Statistic::Defined(estimate) => {
            let value = scale * estimate.value;
            match estimate.low.zip(estimate.high) {
                None => format!("{value:.decimals$}"),
                Some((low, high)) => format!(
                    "{value:.decimals$} ({:.decimals$} to {:.decimals$})",
                    scale * low,
                    scale * high
                ),
            }
        }
    }
}
