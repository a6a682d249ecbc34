//! Patients with several records: they, not their records, are the independent units.
//!
//! Numbers by Obuchowski's definition, pair by pair, in NumPy 2; Brier difference and IDI agree with the cluster-robust
//! covariance of statsmodels 0.15.

use coronet_evaluate::discrimination::{
    Bootstrap, bootstrap, clustered_area, clustered_paired_difference,
    clustered_unpaired_difference, delong, paired_bootstrap, paired_difference,
    unpaired_difference,
};
use coronet_evaluate::{EvaluationConfig, ScoreTable, compare_scores, evaluate};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::{close, get};

struct Sample {
    first: Vec<f64>,
    second: Vec<f64>,
    positive: Vec<bool>,
    patients: Vec<u32>,
}

/// 60 records of 25 patients.
fn sample() -> Sample {
    let patients: Vec<u32> = (0..60).map(|i| i * 7 % 25).collect();
    let first: Vec<f64> = (0..60)
        .map(|i| f64::from(i * 7919 % 1000) / 1000.0)
        .collect();
    let second = (0..60_u64).map(|i| (i * 104_729 % 997) as f64 / 997.0);
    let class = |(i, score): (u32, &f64)| {
        score * 0.6 + f64::from(i * 31 % 100) / 100.0 + f64::from(patients[i as usize] % 3) * 0.2
            > 0.85
    };
    Sample {
        positive: (0..).zip(&first).map(class).collect(),
        second: second.collect(),
        first,
        patients,
    }
}

#[test]
fn golden_clustered_areas_and_their_difference() {
    let of = sample();
    let first = get(&clustered_area(&of.first, &of.positive, &of.patients));
    let second = get(&clustered_area(&of.second, &of.positive, &of.patients));
    close("area", first.auc, 0.7141148325358851, 1e-12);
    close("variance", first.variance, 0.005340929283917813, 1e-12);
    close("variance", second.variance, 0.006657308943053669, 1e-12);
    let found = get(&clustered_paired_difference(&first, &second, 0.95));
    close("covariance", found.covariance, 0.0012949430324808572, 1e-12);
    close("z", found.test.statistic, 1.6771652227915184, 1e-10);
    close("p", found.test.p, 0.09351017754436479, 1e-10);
}

#[test]
fn golden_differences_of_two_scores_with_patients_as_units() {
    let of = sample();
    let config = EvaluationConfig {
        bootstrap_replicates: 0,
        ..EvaluationConfig::default()
    };
    let found = compare_scores([&of.first, &of.second], &of.positive, &of.patients, &config);
    let (brier, idi) = (get(&found.brier_difference), get(&found.idi));
    close("brier", brier.value, 0.08570464945002175, 1e-12);
    close(
        "brier variance",
        brier.variance.unwrap(),
        0.0027043639205571886,
        1e-12,
    );
    close("idi", idi.value, -0.1615587192198605, 1e-12);
    close(
        "idi variance",
        idi.variance.unwrap(),
        0.010307435116646998,
        1e-12,
    );
    close(
        "nri se",
        get(&found.nri_continuous).se,
        0.2775615660562407,
        1e-12,
    );
    close(
        "auc difference",
        get(&found.auc_test).p,
        0.09351017754436479,
        1e-10,
    );
}

#[test]
fn with_one_record_a_patient_every_number_is_delongs() {
    let of = sample();
    let alone: Vec<u32> = (0..60).rev().collect();
    let clustered = |scores: &[f64]| get(&clustered_area(scores, &of.positive, &alone));
    let plain = |scores: &[f64]| get(&delong(scores, &of.positive));
    let (a, b) = (clustered(&of.first), clustered(&of.second));
    let (c, d) = (plain(&of.first), plain(&of.second));
    close("variance", a.variance, c.variance, 1e-12);
    let pairs = [(
        clustered_paired_difference(&a, &b, 0.95),
        paired_difference(&c, &d, 0.95),
    )];
    for (ours, theirs) in pairs {
        close("p", get(&ours).test.p, get(&theirs).test.p, 1e-10);
    }
    // Different records of different patients have no covariance.
    let half = |from: usize| {
        let (scores, classes) = (&of.first[from..from + 30], &of.positive[from..from + 30]);
        let patients = &alone[from..from + 30];
        (
            get(&clustered_area(scores, classes, patients)),
            get(&delong(scores, classes)),
        )
    };
    let ((a, c), (b, d)) = (half(0), half(30));
    let (ours, theirs) = (
        get(&clustered_unpaired_difference(&a, &b, 0.95)),
        get(&unpaired_difference(&c, &d, 0.95)),
    );
    close("unpaired p", ours.test.p, theirs.test.p, 1e-10);
    close("df", ours.test.df.unwrap(), theirs.test.df.unwrap(), 1e-10);
}

/// Three alike ECGs a patient: records as units are far too sure, patients are not.
#[test]
fn coverage_of_the_area_of_patients_with_several_records() {
    let mut inside = [0; 2];
    for seed in 0..400 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut uniform = move || (f64::from(random.next_u32()) + 0.5) / 4_294_967_296.0;
        let mut normal =
            || (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
        let (mut scores, mut positive, mut patients) = (Vec::new(), Vec::new(), Vec::new());
        for patient in 0..200 {
            let class = patient % 4 == 0;
            let own = normal() * 0.8_f64.sqrt() + if class { 1.5 } else { 0.0 };
            for _ in 0..3 {
                scores.push(own + normal() * 0.2_f64.sqrt());
                positive.push(class);
                patients.push(patient);
            }
        }
        let estimates = [
            get(&delong(&scores, &positive)).estimate(0.95),
            get(&clustered_area(&scores, &positive, &patients)).estimate(0.95),
        ];
        for (count, estimate) in inside.iter_mut().zip(estimates) {
            let (low, high) = (estimate.low.unwrap(), estimate.high.unwrap());
            *count += u32::from(low <= 0.855_577_8 && 0.855_577_8 <= high);
        }
    }
    let [records, patients] = inside.map(|count| f64::from(count) / 400.0);
    eprintln!("coverage: records {records}, patients {patients}");
    assert!(records < 0.85 && (0.91..=0.98).contains(&patients));
}

/// `each` records a patient, with follow-up; later records are followed for less long.
fn cohort(each: u32) -> ScoreTable {
    let mut csv = "record_id,patient_id,LAD_grade,LAD_prob,follow_up_days,event\n".to_owned();
    for patient in 0..120_u32 {
        for visit in 0..each {
            let p = f64::from(patient * 37 % 101) / 101.0;
            let grade = if p + f64::from(patient * 13 % 7) / 7.0 > 1.1 {
                3
            } else {
                0
            };
            let days = 100 + patient * 29 % 700 - visit * 10;
            let event = u32::from((patient * 11 % 5) < 2);
            csv.push_str(&format!(
                "r{patient}-{visit},p{patient},{grade},{p:.4},{days},{event}\n"
            ));
        }
    }
    ScoreTable::from_csv(csv.as_bytes()).unwrap()
}

#[test]
fn follow_up_counts_an_event_once_a_patient() {
    let config = EvaluationConfig {
        bootstrap_replicates: 0,
        ..EvaluationConfig::default()
    };
    let (one, three) = (
        evaluate(&cohort(1), &config).unwrap(),
        evaluate(&cohort(3), &config).unwrap(),
    );
    assert_eq!(
        one.survival_by_patient.reason(),
        Some("every patient has one record")
    );
    assert_eq!(one.quoted_survival(), &one.survival);
    let (records, patients) = (get(&three.survival), get(three.quoted_survival()));
    assert_eq!((records.n, patients.n), (360, 120));
    // The first record is the one followed longest, so the follow-up is that of the first records.
    assert_eq!(patients.log_rank, get(&one.survival).log_rank);
    let vessel = &three.vessels["LAD"];
    let spread = |of: &coronet_evaluate::Estimate| of.high.unwrap() - of.low.unwrap();
    assert!(spread(&get(vessel.quoted_auc())) > 1.5 * spread(&get(&vessel.auc)));
    let caveat = &three.warnings.last().unwrap();
    assert!(
        caveat.contains("120 patients have 360 records") && caveat.contains("Wilson's"),
        "{caveat}"
    );
}

const ONE_PATIENT: &str = "all records of a class are of one patient";

/// Where the patients are too few for an interval, one that takes records as independent is the last to be quoted.
#[test]
fn an_area_without_an_interval_by_patient_is_not_quoted_by_record() {
    let mut csv = "record_id,patient_id,LM_grade,LM_prob\n".to_owned();
    for record in 0..60 {
        let (patient, grade) = match record % 12 {
            0 => (0, 3),
            _ => (1 + record / 2, record % 3),
        };
        let p = 0.1 + f64::from(record * 37 % 59) / 100.0;
        csv.push_str(&format!("r{record},p{patient},{grade},{p:.3}\n"));
    }
    let config = EvaluationConfig {
        bootstrap_replicates: 50,
        ..EvaluationConfig::default()
    };
    let table = ScoreTable::from_csv(csv.as_bytes()).unwrap();
    let vessel = &evaluate(&table, &config).unwrap().vessels["LM"];
    assert!(vessel.auc.defined().is_some());
    assert_eq!(vessel.quoted_auc().reason(), Some(ONE_PATIENT));
    assert_eq!(vessel.auc_bootstrap.reason(), Some(ONE_PATIENT));
    assert_eq!(vessel.decision_limits.reason(), Some(ONE_PATIENT));
    let precision = get(&vessel.average_precision);
    assert!(precision.low.is_none() && precision.high.is_none());
    assert!(
        vessel
            .decision_curve
            .iter()
            .all(|point| point.low.is_none())
    );
}

#[test]
fn a_bootstrap_of_patients_needs_two_in_each_class() {
    let (scores, positive) = ([0.1, 0.2, 0.3, 0.4], [true, true, false, false]);
    let settings = Bootstrap {
        replicates: 20,
        seed: 1,
        confidence: 0.95,
    };
    let of = |patients: &[u32]| bootstrap(&scores, &positive, patients, &[0.2], &settings);
    for patients in [[0, 0, 0, 0], [0, 0, 1, 2], [0, 1, 2, 2]] {
        assert_eq!(of(&patients).reason(), Some(ONE_PATIENT), "{patients:?}");
    }
    let pair = paired_bootstrap([&scores, &scores], &positive, &[0; 4], &[0.2], &settings);
    assert_eq!(pair.reason(), Some(ONE_PATIENT));
    assert!(of(&[0, 1, 0, 1]).defined().is_some());
}
