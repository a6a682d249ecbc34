//! Simulated multi-site cohorts, over and over: a model and thresholds frozen at the first site meet
//! sites of other prevalence, and intervals hold the truth as often as they say.
//!
//! The model is the optimal score of site A. The truth of each site is that of a cohort so large that
//! its own error is a tenth of the intervals' width.

use coronet::cohort::LabelRule;
use coronet::cohort::simulate::{Oracle, Simulation, SimulationConfig};
use coronet::evaluate::calibration::{
    Recalibration, calibration_in_the_large, fit_intercept, logistic_calibration,
};
use coronet::evaluate::discrimination::delong;
use coronet::evaluate::operating::rule_out_threshold;
use coronet::evaluate::proportion::wilson;
use coronet::evaluate::{Estimate, Statistic};

const COHORTS: u64 = 150;
const PATIENTS: usize = 1200;
const LARGE: usize = 90_000;
const LAD: usize = 2;

/// Frozen scores and true classes of one site.
#[derive(Clone, Debug, Default)]
struct Site {
    scores: Vec<f64>,
    positive: Vec<bool>,
}

fn simulation(seed: u64, patients: usize) -> Simulation {
    let config = SimulationConfig {
        seed,
        patients,
        ..SimulationConfig::three_sites()
    };
    Simulation::new(config).unwrap()
}

/// The three sites of one cohort, scored by the model of site A.
fn sites(seed: u64, patients: usize, model: &Oracle) -> [Site; 3] {
    let simulation = simulation(seed, patients);
    let mut sites: [Site; 3] = Default::default();
    for index in 0..patients {
        let patient = simulation.patient(index);
        let site = &mut sites[patient.site];
        let probability = model.probabilities(0, &patient.effects, LabelRule::Severe)[LAD];
        site.scores.push(probability);
        site.positive
            .push(patient.grades[LAD] >= LabelRule::Severe.threshold(coronet::cohort::Vessel::Lad));
    }
    sites
}

fn sensitivity(site: &Site, threshold: f64) -> Statistic<Estimate> {
    let called = |at: &&usize| site.scores[**at] >= threshold;
    let events: Vec<usize> = (0..site.scores.len())
        .filter(|&at| site.positive[at])
        .collect();
    wilson(events.iter().filter(called).count(), events.len(), 0.95)
}

fn repaired(site: &Site, map: &Recalibration) -> Vec<f64> {
    site.scores.iter().map(|&score| map.apply(score)).collect()
}

fn value(statistic: &Statistic<Estimate>) -> f64 {
    statistic.defined().unwrap().value
}

#[expect(
    clippy::print_stderr,
    reason = "the coverage that was observed must be seen"
)]
#[test]
fn frozen_models_meet_other_sites_and_intervals_cover() {
    let model = Oracle::new(&simulation(1, 1));
    let large = sites(1, LARGE, &model);
    let threshold = rule_out_threshold(&large[0].scores, &large[0].positive, 0.9);
    let threshold = *threshold.defined().unwrap();
    let shift: Vec<f64> = large
        .iter()
        .map(|site| {
            value(&calibration_in_the_large(
                &site.scores,
                &site.positive,
                0.95,
            ))
        })
        .collect();
    // Site A is the model's own; B has fewer events than it expects, C more.
    assert!(
        shift[0].abs() < 0.06 && shift[1] < -0.15 && shift[2] > 0.1,
        "{shift:?}"
    );
    let maps: Vec<Recalibration> = large
        .iter()
        .map(|site| {
            fit_intercept(&site.scores, &site.positive)
                .defined()
                .unwrap()
                .clone()
        })
        .collect();
    for (site, map) in large.iter().zip(&maps) {
        let left = calibration_in_the_large(&repaired(site, map), &site.positive, 0.95);
        assert!(value(&left).abs() < 1e-6, "recalibration leaves {left:?}");
    }

    type Measure<'a> = Box<dyn Fn(&Site, usize) -> Statistic<Estimate> + 'a>;
    let measures: [(&str, Measure<'_>); 5] = [
        (
            "AUC, DeLong",
            Box::new(|site, _| {
                delong(&site.scores, &site.positive).map(|found| found.estimate(0.95))
            }),
        ),
        (
            "sensitivity at the frozen threshold, Wilson",
            Box::new(|site, _| sensitivity(site, threshold)),
        ),
        (
            "calibration-in-the-large of the frozen model",
            Box::new(|site, _| calibration_in_the_large(&site.scores, &site.positive, 0.95)),
        ),
        (
            "calibration-in-the-large after recalibration",
            Box::new(|site, number| {
                calibration_in_the_large(&repaired(site, &maps[number]), &site.positive, 0.95)
            }),
        ),
        (
            "calibration slope of the frozen model",
            Box::new(|site, _| {
                logistic_calibration(&site.scores, &site.positive, 0.95).map(|line| line.slope)
            }),
        ),
    ];
    let truths: Vec<Vec<f64>> = measures
        .iter()
        .map(|(_, measure)| {
            (0..3)
                .map(|number| value(&measure(&large[number], number)))
                .collect()
        })
        .collect();
    let mut inside = [[0_u32; 3]; 5];
    for seed in 100..100 + COHORTS {
        let cohort = sites(seed, PATIENTS, &model);
        for (which, (_, measure)) in measures.iter().enumerate() {
            for (number, site) in cohort.iter().enumerate() {
                let found = measure(site, number);
                let found = found.defined().unwrap();
                let truth = truths[which][number];
                let covers = found.low.unwrap() <= truth && truth <= found.high.unwrap();
                inside[which][number] += u32::from(covers);
            }
        }
    }
    for ((name, _), inside) in measures.iter().zip(inside) {
        let shares = inside.map(|count| 100.0 * f64::from(count) / COHORTS as f64);
        let mean = shares.iter().sum::<f64>() / 3.0;
        eprintln!(
            "coverage of {name}: A {:.1}, B {:.1}, C {:.1} %",
            shares[0], shares[1], shares[2]
        );
        // 450 intervals: a standard error of 1.03 points; three of them, and half a point.
        assert!((mean - 95.0).abs() < 3.6, "{name}: {shares:?}");
    }
}
