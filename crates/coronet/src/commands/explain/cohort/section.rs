//! Evidence as the plain values that reports show.

use super::Evidence;
use super::groups::Beats;
use super::record::{AFTER, BEFORE, SAMPLE, STEP, samples, steps};
use super::trust::Trust;
use super::vessel::VesselEvidence;
use crate::commands::explain::beat::short_name;
use coronet_ecg::Lead;
use coronet_evaluate::{Estimate, Statistic};
use coronet_evidence::{Band, Drivers, Wave};
use coronet_explain::trust::{Disturbance, Likeness};
use coronet_report::{
    CohortExplanation, Curve, Difference, GroupBeats, LeadWave, VesselCohort, number,
};

/// The whole of it; `readings` has one paragraph a vessel.
pub(super) fn section(evidence: &Evidence, readings: &[String]) -> CohortExplanation {
    let vessels = evidence.vessels.iter().zip(readings);
    CohortExplanation {
        records: evidence.explained,
        limit: evidence.limits.words(),
        weights: evidence.origin.weights.clone(),
        profile: evidence.origin.profile.clone(),
        store: evidence.origin.store.clone(),
        facts: vec![
            (
                "ECGs explained".to_owned(),
                format!(
                    "{} of {}",
                    number::count(evidence.explained),
                    number::count(evidence.manifest_records)
                ),
            ),
            (
                "Method".to_owned(),
                evidence.method.name().replace('-', " "),
            ),
            ("Seed".to_owned(), evidence.seed.to_string()),
        ],
        findings: findings(evidence),
        waves: Wave::ALL.map(|wave| short_name(wave).to_owned()).to_vec(),
        vessels: vessels
            .map(|(vessel, reading)| of_vessel(evidence, vessel, reading))
            .collect(),
    }
}

/// What limits the evidence, one sentence each.
pub(super) fn findings(evidence: &Evidence) -> Vec<String> {
    let mut findings: Vec<String> = evidence
        .left_out
        .iter()
        .map(|(reason, count)| format!("{count} left out: {reason}."))
        .collect();
    let most = |pick: fn(&Beats) -> usize| {
        let beats = evidence.vessels.iter();
        let counts = beats.filter_map(|vessel| vessel.beats.defined().map(pick));
        counts.max().unwrap_or(0)
    };
    let incomplete = most(|beats| beats.incomplete);
    if incomplete > 0 {
        findings.push(format!(
            "Up to {incomplete} ECGs of a vessel's strata are left out of the comparison of beats: their median beat does not reach from {BEFORE} ms before to {AFTER} ms after its alignment point, as above 133 beats a minute."
        ));
    }
    let mixed = most(|beats| beats.mixed);
    if mixed > 0 {
        findings.push(format!(
            "Up to {mixed} patients with ECGs in both strata of a vessel are left out of the comparison of beats."
        ));
    }
    let unmatched = most(|beats| beats.unmatched.map_or(0, |(high, low)| high + low));
    if unmatched > 0 {
        findings.push(format!(
            "Up to {unmatched} patients of a vessel's strata found no partner of like age and sex, and are left out of the comparison of beats; measurements are compared in all patients."
        ));
    }
    findings
}

fn of_vessel(evidence: &Evidence, vessel: &VesselEvidence, reading: &str) -> VesselCohort {
    VesselCohort {
        vessel: vessel.vessel.clone(),
        reading: reading.to_owned(),
        drivers: vessel.drivers.clone().map(|found| lead_waves(&found)),
        shuffled: vessel.drivers_shuffled.clone().map(|found| {
            let rows = lead_waves(&found);
            let values = |row: &Vec<LeadWave>| row.iter().map(|cell| cell.share.value).collect();
            rows.iter().map(values).collect()
        }),
        beats: match &vessel.beats {
            Statistic::Undefined(reason) => Statistic::Undefined(reason.clone()),
            Statistic::Defined(beats) => group_beats(evidence, vessel, beats),
        },
        trust: match &vessel.trust {
            Statistic::Undefined(reason) => vec![(
                "trust checks".to_owned(),
                Statistic::Undefined(reason.clone()),
            )],
            Statistic::Defined(trust) => checks(vessel, trust),
        },
    }
}

fn lead_waves(drivers: &Drivers) -> Vec<Vec<LeadWave>> {
    let cell = |cell: &coronet_evidence::LeadWaveDriver| LeadWave {
        share: cell.share.clone(),
        area: cell.area,
    };
    let rows = drivers.cells.chunks(Wave::ALL.len());
    rows.map(|row| row.iter().map(cell).collect()).collect()
}

fn group_beats(
    evidence: &Evidence,
    vessel: &VesselEvidence,
    beats: &Beats,
) -> Statistic<GroupBeats> {
    let bands = match &beats.bands {
        Statistic::Undefined(reason) => return Statistic::Undefined(reason.clone()),
        Statistic::Defined(bands) => bands,
    };
    let at = |sample: usize| sample as f64 * SAMPLE - BEFORE;
    let clusters = beats.test.defined().map_or(&[][..], |test| &test.clusters);
    let differences = clusters.iter().flat_map(|cluster| {
        let p = beats.over_vessels(cluster.p);
        let stretches = cluster.stretches.iter().filter(move |_| p < 0.05);
        stretches.map(move |stretch| Difference {
            lead: stretch.lead,
            milliseconds: (at(stretch.first), at(stretch.last + 1)),
            p,
        })
    });
    Statistic::Defined(GroupBeats {
        milliseconds: (0..samples())
            .map(|sample| at(sample) + SAMPLE / 2.0)
            .collect(),
        unit: evidence.unit.to_owned(),
        design: beats.design.to_owned(),
        high: curves(&bands.high),
        low: curves(&bands.low),
        n: (bands.high.n, bands.low.n),
        differences: differences.collect(),
        edges: (0..=steps())
            .map(|step| step as f64 * STEP - BEFORE)
            .collect(),
        drivers: vessel
            .drivers_along_beat
            .defined()
            .map(|values| values.chunks(steps()).map(<[f64]>::to_vec).collect()),
    })
}

fn curves(band: &Band) -> Vec<Curve> {
    let part = |values: &[f64], lead: usize| {
        let range = lead * samples()..(lead + 1) * samples();
        // A ten-thousandth of a unit is below what a reader sees.
        let rounded = values[range]
            .iter()
            .map(|value| (value * 1e4).round() / 1e4);
        rounded.collect::<Vec<f64>>()
    };
    (0..Lead::ALL.len())
        .map(|lead| Curve {
            mean: part(&band.mean, lead),
            low: part(&band.low, lead),
            high: part(&band.high, lead),
        })
        .collect()
}

/// Every check by its name.
fn checks(vessel: &VesselEvidence, trust: &Trust) -> Vec<(String, Statistic<Estimate>)> {
    let mut checks: Vec<(String, Statistic<Estimate>)> = Vec::new();
    let mut likeness = |name: &str, found: &Likeness| {
        checks.push((format!("{name}: sizes"), found.similarity.clone()));
        checks.push((format!("{name}: with signs"), found.signed.clone()));
        checks.push((
            format!("{name}: sizes at equal signal"),
            found.beyond_signal.clone(),
        ));
    };
    for step in &trust.cascade.steps {
        likeness(
            &format!("weights shuffled down to {}", step.down_to),
            &step.likeness,
        );
    }
    likeness("by chance", &trust.cascade.chance);
    if let Some(found) = &trust.label_randomised {
        likeness("trained on shuffled labels", found);
    }
    if let Some(found) = &vessel.label_randomised_correlation {
        checks.push((
            "drivers, with those of shuffled labels".to_owned(),
            found.clone(),
        ));
    }
    checks.push((
        "deletion against random order, logits".to_owned(),
        trust.perturbation.deletion.clone(),
    ));
    checks.push((
        "insertion against random order, logits".to_owned(),
        trust.perturbation.insertion.clone(),
    ));
    for pair in &trust.agreement {
        let name = format!("{} and {}", pair.first, pair.second);
        checks.push((name, pair.similarity.clone()));
    }
    for found in &trust.stability {
        let what = match found.disturbance {
            Disturbance::Shift(samples) if samples < 0 => "10 ms earlier".to_owned(),
            Disturbance::Shift(_) => "10 ms later".to_owned(),
            Disturbance::Noise(share) => format!("{} % noise", 100.0 * share),
        };
        checks.push((what, found.similarity.clone()));
    }
    checks
}
