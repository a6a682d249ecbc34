//! What must not change a result: order of rows, monotone transforms, number of threads.

use coronet_evaluate::calibration::{
    fit_isotonic, fit_platt, fit_temperature, isotonic_regression, lowess,
};
use coronet_evaluate::decision::decision_curve;
use coronet_evaluate::discrimination::{Bootstrap, average_precision, bootstrap, delong, weighted};
use coronet_evaluate::operating::{operating_point, rule_in_threshold, rule_out_threshold};
use coronet_evaluate::survival::AtHorizon;
use coronet_evaluate::trend::{jonckheere_terpstra, kendall, mann_whitney, spearman};
use coronet_evaluate::{EvaluationConfig, ScoreTable, evaluate};
use proptest::prelude::*;

/// Scores with ties, and classes with two of each at least.
fn scored() -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
    prop::collection::vec((0_u32..30, any::<bool>()), 0..60).prop_map(|rows| {
        let fixed = [(5, true), (20, true), (5, false), (9, false)];
        fixed
            .into_iter()
            .chain(rows)
            .map(|(score, class)| (f64::from(score) / 30.0, class))
            .unzip()
    })
}

/// P(X > Y) + ½ P(X = Y) from its definition.
fn auc_by_pairs(scores: &[f64], classes: &[bool]) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for (x, positive) in scores.iter().zip(classes) {
        for (y, other) in scores.iter().zip(classes) {
            if *positive && !other {
                pairs += 1.0;
                sum += if x > y {
                    1.0
                } else if x == y {
                    0.5
                } else {
                    0.0
                };
            }
        }
    }
    sum / pairs
}

proptest! {
    #[test]
    fn auc_is_its_definition((scores, classes) in scored()) {
        let delong = delong(&scores, &classes);
        prop_assert!((delong.defined().unwrap().auc - auc_by_pairs(&scores, &classes)).abs() < 1e-12);
    }

    #[test]
    fn ranking_statistics_ignore_monotone_transforms((scores, classes) in scored()) {
        let moved: Vec<f64> = scores.iter().map(|score| (3.0 * score).exp() - 7.0).collect();
        prop_assert_eq!(delong(&scores, &classes), delong(&moved, &classes));
        prop_assert_eq!(average_precision(&scores, &classes), average_precision(&moved, &classes));
        let grades: Vec<u8> = classes.iter().enumerate().map(|(i, class)| u8::from(*class) + (i % 2) as u8).collect();
        prop_assert_eq!(jonckheere_terpstra(&grades, &scores), jonckheere_terpstra(&grades, &moved));
        let grades: Vec<f64> = grades.into_iter().map(f64::from).collect();
        prop_assert_eq!(spearman(&grades, &scores), spearman(&grades, &moved));
    }

    #[test]
    fn repetition_changes_no_point_estimate((scores, classes) in scored()) {
        let twice = |n: usize| (0..2 * n).map(move |place| place % n);
        let scores2: Vec<f64> = twice(scores.len()).map(|place| scores[place]).collect();
        let classes2: Vec<bool> = twice(scores.len()).map(|place| classes[place]).collect();
        let auc = |scores: &[f64], classes: &[bool]| delong(scores, classes).defined().unwrap().auc;
        prop_assert!((auc(&scores, &classes) - auc(&scores2, &classes2)).abs() < 1e-12);
        let ap = |scores: &[f64], classes: &[bool]| *average_precision(scores, classes).defined().unwrap();
        prop_assert!((ap(&scores, &classes) - ap(&scores2, &classes2)).abs() < 1e-12);
        prop_assert_eq!(rule_out_threshold(&scores, &classes, 0.9), rule_out_threshold(&scores2, &classes2, 0.9));
    }

    #[test]
    fn weights_are_repetitions((scores, classes) in scored(), seed in 0_u64..1000) {
        let weight = |place: usize| (seed.wrapping_mul(31).wrapping_add(place as u64 * 17) % 4) as u16;
        let weights: Vec<u16> = (0..scores.len()).map(weight).collect();
        let repeated: Vec<usize> = (0..scores.len())
            .flat_map(|place| std::iter::repeat_n(place, usize::from(weights[place])))
            .collect();
        let scores2: Vec<f64> = repeated.iter().map(|&place| scores[place]).collect();
        let classes2: Vec<bool> = repeated.iter().map(|&place| classes[place]).collect();
        let thresholds = [0.1, 0.3, 0.5];
        let got = weighted(&scores, &classes, &weights, &thresholds);
        if let Some(delong) = delong(&scores2, &classes2).defined() {
            let got = got.defined().unwrap();
            prop_assert!((got.auc - delong.auc).abs() < 1e-12);
            let precision = average_precision(&scores2, &classes2);
            prop_assert!((got.average_precision - precision.defined().unwrap()).abs() < 1e-12);
            let curve = decision_curve(&scores2, &classes2, &thresholds);
            for (got, point) in got.net_benefit.iter().zip(&curve) {
                prop_assert!((got - point.model).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn rank_tests_ignore_monotone_transforms_and_agree((scores, classes) in scored()) {
        let moved: Vec<f64> = scores.iter().map(|score| (3.0 * score).exp() - 7.0).collect();
        let numbers: Vec<f64> = classes.iter().map(|class| f64::from(u8::from(*class))).collect();
        prop_assert_eq!(kendall(&numbers, &scores), kendall(&numbers, &moved));
        prop_assert_eq!(mann_whitney(&scores, &classes), mann_whitney(&moved, &classes));
        if let (Some(test), Some(area)) =
            (mann_whitney(&scores, &classes).defined(), delong(&scores, &classes).defined())
        {
            let pairs = (area.positive_placements.len() * area.negative_placements.len()) as f64;
            prop_assert!((test.statistic - area.auc * pairs).abs() < 1e-9);
        }
    }

    #[test]
    fn isotonic_regression_rises_and_keeps_the_mean(values in prop::collection::vec(0.0_f64..1.0, 1..50)) {
        let weights: Vec<f64> = (0..values.len()).map(|place| 1.0 + (place % 3) as f64).collect();
        let fitted = isotonic_regression(&values, &weights);
        prop_assert!(fitted.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
        let mean = |of: &[f64]| of.iter().zip(&weights).map(|(v, w)| v * w).sum::<f64>();
        prop_assert!((mean(&fitted) - mean(&values)).abs() < 1e-9);
    }

    #[test]
    fn a_recalibrated_probability_is_one((scores, classes) in scored()) {
        for map in [fit_platt(&scores, &classes), fit_temperature(&scores, &classes), fit_isotonic(&scores, &classes)] {
            if let Some(map) = map.defined() {
                prop_assert_eq!(map.problem(), None);
                let mapped: Vec<f64> = [0.0, 1e-9, 0.2, 0.5, 1.0].map(|p| map.apply(p)).into();
                prop_assert!(mapped.iter().all(|p| (0.0..=1.0).contains(p)));
            }
        }
    }

    #[test]
    fn the_time_dependent_area_without_censoring_is_the_area((scores, classes) in scored()) {
        let times: Vec<f64> = classes.iter().map(|class| if *class { 1.0 } else { 3.0 }).collect();
        let codes: Vec<u8> = classes.iter().map(|class| u8::from(*class)).collect();
        let at = AtHorizon::new(&times, &codes, 2.0);
        let area = at.defined().unwrap().auc(&scores);
        prop_assert!((area.defined().unwrap().value - auc_by_pairs(&scores, &classes)).abs() < 1e-12);
    }

    #[test]
    fn thresholds_reach_their_targets((scores, classes) in scored(), target in 0.5_f64..1.0) {
        let rule_out = *rule_out_threshold(&scores, &classes, target).defined().unwrap();
        let at = |t: f64| operating_point(&scores, &classes, t, 0.95);
        prop_assert!(at(rule_out).sensitivity.defined().unwrap().value >= target);
        for score in scores.iter().filter(|score| **score > rule_out) {
            prop_assert!(at(*score).sensitivity.defined().unwrap().value < target);
        }
        if let Some(rule_in) = rule_in_threshold(&scores, &classes, target).defined() {
            prop_assert!(at(*rule_in).specificity.defined().unwrap().value >= target);
        }
    }

    #[test]
    fn lowess_keeps_straight_lines(slope in -5.0_f64..5.0, n in 5_usize..50) {
        let x: Vec<f64> = (0..n).map(|i| (i * i % 17) as f64).collect();
        let y: Vec<f64> = x.iter().map(|x| 2.0 + slope * x).collect();
        for (fit, y) in lowess(&x, &y, 0.8, 0.0).iter().zip(&y) {
            prop_assert!((fit - y).abs() < 1e-8);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = ScoreTable::from_csv(&bytes);
        let mut table = b"record_id,A_grade,A_prob\n".to_vec();
        table.extend(bytes);
        if let Ok(table) = ScoreTable::from_csv(&table) {
            let config = EvaluationConfig { bootstrap_replicates: 3, ..EvaluationConfig::default() };
            evaluate(&table, &config).unwrap();
        }
    }
}

/// Rows of a small cohort in which patients have one to three records.
fn cohort() -> Vec<String> {
    let row = |i: usize| {
        let grade = if i.is_multiple_of(11) {
            String::new()
        } else {
            (i * 7 % 5).to_string()
        };
        let p = ((i * 7 % 5) as f64 * 0.1 + (i * 37 % 100) as f64 * 0.005).min(0.99);
        let sex = if i.is_multiple_of(2) { "M" } else { "F" };
        let days = i * 53 % 900;
        format!(
            "r{i:03},p{},{},{sex},{},{grade},{p:.3},0.{:02},{days},{},s{},{},{},1,0,1,{}",
            i / 2,
            40 + i % 45,
            i % 2,
            i % 30,
            i % 3,
            i % 3,
            ["typical", "atypical", "none"][i / 2 % 3],
            i / 2 % 2,
            i / 4 % 2
        )
    };
    (0..200).map(row).collect()
}

fn json(rows: &[String]) -> String {
    let header = "record_id,patient_id,age,sex,normal_ecg,LAD_grade,LAD_prob,ptp,follow_up_days,event,site,symptom,\
         family_history,smoking,dyslipidaemia,hypertension,diabetes";
    let csv = format!("{header}\n{}\n", rows.join("\n"));
    let config = EvaluationConfig {
        bootstrap_replicates: 100,
        ..EvaluationConfig::default()
    };
    let table = ScoreTable::from_csv(csv.as_bytes()).unwrap();
    let mut evaluation = evaluate(&table, &config).unwrap();
    // Findings name lines of the file, which do move.
    evaluation
        .findings
        .iter_mut()
        .for_each(|finding| finding.examples.clear());
    serde_json::to_string(&evaluation).unwrap()
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let mut rows = cohort();
    let expected = json(&rows);
    rows.reverse();
    assert_eq!(json(&rows), expected);
    rows.rotate_left(71);
    assert_eq!(json(&rows), expected);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let on = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
    };
    let rows = cohort();
    assert_eq!(on(1).install(|| json(&rows)), on(3).install(|| json(&rows)));
}

#[test]
fn bootstrap_spread_agrees_with_delong() {
    let scores: Vec<f64> = (0..400)
        .map(|i| f64::from(i * 7919 % 1000) / 1000.0)
        .collect();
    let classes: Vec<bool> = scores
        .iter()
        .enumerate()
        .map(|(i, s)| s + (i * 31 % 100) as f64 / 100.0 > 1.2)
        .collect();
    let patients: Vec<u32> = (0..400).collect();
    let settings = Bootstrap {
        replicates: 4000,
        seed: 3,
        confidence: 0.95,
    };
    let intervals = bootstrap(&scores, &classes, &patients, &[0.2], &settings);
    let (low, high) = intervals.defined().unwrap().auc;
    let delong = delong(&scores, &classes).defined().unwrap().estimate(0.95);
    assert!(
        (low - delong.low.unwrap()).abs() < 0.006 && (high - delong.high.unwrap()).abs() < 0.006
    );
    // With every record twice under one patient the interval must not shrink.
    let twice: Vec<usize> = (0..800).map(|place| place % 400).collect();
    let scores2: Vec<f64> = twice.iter().map(|&place| scores[place]).collect();
    let classes2: Vec<bool> = twice.iter().map(|&place| classes[place]).collect();
    let patients2: Vec<u32> = twice.iter().map(|&place| patients[place]).collect();
    let clustered = bootstrap(&scores2, &classes2, &patients2, &[0.2], &settings);
    let (low2, high2) = clustered.defined().unwrap().auc;
    assert!(((high2 - low2) - (high - low)).abs() < 0.006);
    let repeated = bootstrap(
        &scores2,
        &classes2,
        &(0..800).collect::<Vec<u32>>(),
        &[0.2],
        &settings,
    );
    let (low3, high3) = repeated.defined().unwrap().auc;
    assert!(high3 - low3 < 0.8 * (high - low));
}
