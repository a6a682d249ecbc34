//! Too few events for a number, or for a sure one.

use coronet_evaluate::calibration::{Fitted, hosmer_lemeshow, spiegelhalter};
use coronet_evaluate::pooling::{Scale, pool};
use coronet_evaluate::pretest::{PretestModel, PretestPatient, Symptom};
use coronet_evaluate::proportion::{mcnemar_exact, paired_difference};
use coronet_evaluate::reclassification::net_reclassification;
use coronet_evaluate::survival::{AtHorizon, Ties, cox, fine_gray, harrell_c, uno_c};
use coronet_evaluate::{EvaluationConfig, ScoreTable, Sex, evaluate};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::{close, get};

const INFINITE: &str = "a coefficient is infinite: events do not occur in every group";

fn uniforms(seed: u64) -> impl FnMut() -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    move || (f64::from(random.next_u32()) + 0.5) / 4_294_967_296.0
}

/// A small group without events: the maximum lies at infinity, however the steps may stop.
#[test]
fn a_group_without_events_has_no_hazard_ratio() {
    for seed in 0..120 {
        let mut uniform = uniforms(seed);
        let n = 100 + 100 * (seed as usize % 3);
        let share = 0.08 + 0.05 * (seed % 4) as f64;
        let mut rows = Vec::new();
        for place in 0..n {
            let group = f64::from(u8::from(place == 0 || uniform() < share));
            let event = group == 0.0 && uniform() < 0.3;
            rows.push((-uniform().ln(), event, group, uniform()));
        }
        let times: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let events: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let codes: Vec<u8> = events.iter().map(|event| u8::from(*event)).collect();
        let group: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let age: Vec<f64> = rows.iter().map(|row| row.3).collect();
        let columns = [group, age];
        for terms in [&columns[..1], &columns[..]] {
            assert_eq!(
                cox(&times, &events, terms, Ties::Efron).reason(),
                Some(INFINITE)
            );
            assert_eq!(fine_gray(&times, &codes, terms).reason(), Some(INFINITE));
        }
    }
}

/// No events in the reference: no single column shows it, both coefficients run away together.
#[test]
fn a_reference_without_events_has_no_hazard_ratios() {
    for seed in 0..60 {
        let mut uniform = uniforms(1000 + seed);
        let (mut times, mut events) = (Vec::new(), Vec::new());
        let mut columns = [Vec::new(), Vec::new()];
        for place in 0..300 {
            let stratum = if uniform() < 0.15 { 0 } else { 1 + place % 2 };
            times.push(-uniform().ln());
            events.push(stratum > 0 && uniform() < 0.3);
            for (own, column) in columns.iter_mut().enumerate() {
                column.push(f64::from(u8::from(stratum == own + 1)));
            }
        }
        let fit = cox(&times, &events, &columns, Ties::Efron);
        assert!(
            fit.defined().is_none(),
            "seed {seed}: {:?}",
            fit.defined().unwrap().coefficients
        );
    }
}

#[test]
fn one_event_has_no_concordance_and_no_area() {
    let times: Vec<f64> = (1..=40).map(f64::from).collect();
    let with = |events: &[usize]| -> (Vec<u8>, Vec<bool>) {
        let codes: Vec<u8> = (0..40).map(|i| u8::from(events.contains(&i))).collect();
        (codes.clone(), codes.iter().map(|code| *code == 1).collect())
    };
    let risks: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 40)).collect();
    let (codes, events) = with(&[3]);
    let at = get(&AtHorizon::new(&times, &codes, 20.0));
    assert_eq!(
        at.auc(&risks).reason(),
        Some("only one event by the horizon")
    );
    assert_eq!(
        harrell_c(&times, &events, &risks, 0.95).reason(),
        Some("only one event")
    );
    assert!(
        uno_c(&times, &events, &risks, 20.0, 0.95)
            .defined()
            .is_none()
    );
    let (codes, events) = with(&[3, 5]);
    let at = get(&AtHorizon::new(&times, &codes, 20.0));
    assert!(at.auc(&risks).defined().is_some());
    assert!(harrell_c(&times, &events, &risks, 0.95).defined().is_some());
}

#[test]
fn one_event_has_no_net_reclassification() {
    let classes = [true, false, false, false];
    let found = net_reclassification(&[1, 0, -1, 0], &classes, 0.95);
    assert_eq!(found.reason(), Some("only one positive record"));
}

/// Three centres that happen to agree are no surer than one true value with all their patients.
#[test]
fn centres_that_agree_by_chance_do_not_narrow_the_interval() {
    let centres = [(1.380, 0.01), (1.386, 0.01), (1.392, 0.01)];
    let pooled = get(&pool(&centres, Scale::Logit, 0.95));
    let spread = |of: &coronet_evaluate::Estimate| of.high.unwrap() - of.low.unwrap();
    assert!(spread(&pooled.random) >= spread(&pooled.fixed));
    // logit 1.386 ± t(2) √(0.01/3), t(2) = 4.302652729911275.
    let back = |logit: f64| 1.0 / (1.0 + (-logit).exp());
    let half = 4.302652729911275 * (0.01_f64 / 3.0).sqrt();
    close("low", pooled.random.low.unwrap(), back(1.386 - half), 1e-9);
    close(
        "high",
        pooled.random.high.unwrap(),
        back(1.386 + half),
        1e-9,
    );
}

#[test]
fn hosmer_and_lemeshow_of_a_model_fitted_elsewhere_has_as_many_degrees_as_groups() {
    let p: Vec<f64> = (1..=200).map(|i| f64::from(i) / 201.0).collect();
    let y: Vec<bool> = (0..200).map(|i| i * 37 % 200 < i).collect();
    let test = |fitted| get(&hosmer_lemeshow(&p, &y, 10, fitted)).test;
    let (here, elsewhere) = (test(Fitted::Here), test(Fitted::Elsewhere));
    assert_eq!((here.df, elsewhere.df), (Some(8.0), Some(10.0)));
    assert_eq!(here.statistic, elsewhere.statistic);
    assert!(elsewhere.p > here.p);
}

#[test]
fn no_records_are_named_as_the_reason() {
    assert_eq!(spiegelhalter(&[], &[]).reason(), Some("no records"));
}

#[test]
fn a_fraction_of_a_year_does_not_leave_the_table() {
    let of = |age: f64| {
        let patient = PretestPatient {
            age: Some(age),
            sex: Some(Sex::Male),
            symptom: Some(Symptom::Typical),
            family_history: Some(false),
            smoking: Some(false),
            dyslipidaemia: Some(false),
            hypertension: Some(false),
            diabetes: Some(false),
            ..PretestPatient::default()
        };
        PretestModel::Esc2024
            .probability(&patient)
            .defined()
            .copied()
    };
    assert_eq!(of(80.4), of(80.0));
    assert!(of(80.4).is_some() && of(81.0).is_none() && of(29.9).is_none());
}

/// Constant hazards of the event, 0.1 a year, and of competing death, 0.3, followed for seven years.
fn competing() -> ScoreTable {
    let mut uniform = uniforms(5);
    let mut csv = "record_id,LAD_grade,LAD_prob,follow_up_days,event\n".to_owned();
    for place in 0..3000 {
        let (event, death) = (-uniform().ln() / 0.1, -uniform().ln() / 0.3);
        let years = event.min(death).min(7.0);
        let code = match years {
            _ if years == event => 1,
            _ if years == death => 2,
            _ => 0,
        };
        let (p, grade) = (0.05 + 0.9 * uniform(), 3 * (place % 2));
        csv.push_str(&format!(
            "r{place},{grade},{p:.4},{:.1},{code}\n",
            years * 365.25
        ));
    }
    ScoreTable::from_csv(csv.as_bytes()).unwrap()
}

/// By five years 0.393 would have the event if nobody died of anything else, and 0.216 do have it.
#[test]
fn the_predicted_risk_is_of_what_it_is_judged_by() {
    let config = EvaluationConfig {
        bootstrap_replicates: 0,
        horizons: vec![5.0 * 365.25],
        decision_thresholds: vec![0.15, 0.3, 0.5],
        ..EvaluationConfig::default()
    };
    let survival = get(&evaluate(&competing(), &config).unwrap().survival);
    assert!(
        survival.risk_source.contains("competing death"),
        "{}",
        survival.risk_source
    );
    let decision = get(&survival.decision);
    let called = |curve: &[coronet_evaluate::SurvivalDecisionPoint]| -> Vec<usize> {
        curve.iter().map(|point| point.called).collect()
    };
    assert_eq!(called(&decision.aalen_johansen), [3000, 0, 0]);
    assert_eq!(called(&decision.kaplan_meier), [3000, 3000, 0]);
    let scaled = get(&survival.horizons[0].scaled_brier);
    assert!(
        scaled.abs() < 0.01,
        "a score that says nothing is as good as the mean: {scaled}"
    );
}

#[test]
fn restricted_means_run_to_the_same_day_in_every_stratum() {
    let mut csv = "record_id,LAD_grade,LAD_prob,follow_up_days,event\n".to_owned();
    for place in 0..300_u32 {
        let p = f64::from(place) / 300.0;
        let grade = if place * 7 % 300 < place { 3 } else { 0 };
        // Those of the highest probability are followed for less than 365 days.
        let days = if p > 0.6 {
            200 + place % 100
        } else {
            300 + place * 3
        };
        csv.push_str(&format!("r{place},{grade},{p:.4},{days},0\n"));
    }
    let table = ScoreTable::from_csv(csv.as_bytes()).unwrap();
    let config = EvaluationConfig {
        bootstrap_replicates: 0,
        ..EvaluationConfig::default()
    };
    let survival = get(&evaluate(&table, &config).unwrap().survival);
    assert!(survival.groups.len() > 1);
    for (name, group) in &survival.groups {
        assert_eq!(get(&group.restricted_mean).value, 180.0, "{name}");
    }
}

#[test]
fn a_single_site_is_compared_with_nobody() {
    let mut csv = "record_id,LAD_grade,LAD_prob,site\n".to_owned();
    (0..60).for_each(|i| csv.push_str(&format!("r{i},{},0.{:02},A\n", 3 * (i % 2), 10 + i)));
    let table = ScoreTable::from_csv(csv.as_bytes()).unwrap();
    let vessel = evaluate(&table, &EvaluationConfig::default())
        .unwrap()
        .vessels["LAD"]
        .clone();
    assert!(vessel.subgroup_comparisons.is_empty());
    assert!(!vessel.subgroups.contains_key("site=A"));
}

/// Exact p by statsmodels 0.15; intervals by Newcombe's method 10 (the first is his published example).
#[test]
fn golden_paired_proportions() {
    for (b, c, p) in [(7, 2, 0.1796875), (4, 0, 0.125), (5, 5, 1.0)] {
        close("exact p", get(&mcnemar_exact(b, c)).p, p, 1e-12);
    }
    for (pairs, value, low, high) in [
        ([36, 12, 2, 0], 0.2, 0.05692958400323875, 0.3404276029749407),
        (
            [20, 12, 2, 16],
            0.2,
            0.05615642484174824,
            0.32920699540014053,
        ),
        (
            [100, 375, 0, 964],
            0.26059763724808893,
            0.23804401993079352,
            0.28353182878244504,
        ),
    ] {
        let found = get(&paired_difference(pairs, 0.95));
        close("difference", found.value, value, 1e-12);
        close("low", found.low.unwrap(), low, 1e-9);
        close("high", found.high.unwrap(), high, 1e-9);
    }
    assert_eq!(paired_difference([0; 4], 0.95).reason(), Some("no pairs"));
}

/// Of a column in per cent only the values up to 1 could be read, as 80 % and 100 %.
#[test]
fn pretest_probabilities_in_per_cent_are_refused_as_a_column() {
    let table = |ptp: fn(u32) -> f64| {
        let mut csv = "record_id,LAD_grade,LAD_prob,ptp\n".to_owned();
        (0..40).for_each(|i| {
            csv.push_str(&format!(
                "r{i},{},0.{:02},{}\n",
                3 * (i % 2),
                10 + i,
                ptp(i)
            ))
        });
        ScoreTable::from_csv(csv.as_bytes()).unwrap()
    };
    let per_cent = table(|i| 0.8 * f64::from(1 + i % 20));
    assert_eq!(per_cent.pretest_probabilities, None);
    let finding = per_cent
        .findings
        .iter()
        .find(|found| found.column == "ptp")
        .unwrap();
    assert!(finding.expected.contains("looks like per cent") && finding.count == 40);
    // A single slip is a cell's, not the column's.
    let slip = table(|i| if i == 3 { 12.0 } else { 0.12 });
    assert_eq!(
        slip.pretest_probabilities.unwrap().iter().flatten().count(),
        39
    );
}

#[test]
fn a_cumulative_incidence_goes_on_to_the_end_of_follow_up() {
    let mut csv = "record_id,LAD_grade,LAD_prob,follow_up_days,event\n".to_owned();
    for i in 0..80_u32 {
        let event = u32::from(i % 9 == 0 && i > 40);
        csv.push_str(&format!(
            "r{i},{},0.{:02},{},{event}\n",
            3 * (i % 2),
            10 + i,
            100 + i * 5 * (1 - event)
        ));
    }
    let table = ScoreTable::from_csv(csv.as_bytes()).unwrap();
    let survival = get(&evaluate(&table, &EvaluationConfig::default())
        .unwrap()
        .survival);
    for (name, group) in &survival.groups {
        let ends = (
            group.curve.last().unwrap().days,
            group.incidence_curve.last().unwrap().days,
        );
        assert_eq!(ends.0, ends.1, "{name}");
    }
}
