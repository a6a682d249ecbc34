//! Pre-test probabilities as pretestcad prints them (`tests/testthat/test-winther_ptp.R`, README).

use coronet_evaluate::pretest::{PretestModel, PretestPatient, Symptom};
use coronet_evaluate::{EvaluationConfig, ScoreTable, Sex, evaluate};

use crate::support::{close, get};

/// A patient with the first `count` of the five risk factors.
fn patient(age: f64, sex: Sex, symptom: Symptom, count: u8) -> PretestPatient {
    PretestPatient {
        age: Some(age),
        sex: Some(sex),
        symptom: Some(symptom),
        family_history: Some(count > 0),
        smoking: Some(count > 1),
        dyslipidaemia: Some(count > 2),
        hypertension: Some(count > 3),
        diabetes: Some(count > 4),
        calcium: None,
    }
}

#[track_caller]
fn check(model: PretestModel, patient: PretestPatient, expected: f64) {
    close(
        model.name(),
        get(&model.probability(&patient)),
        expected,
        1e-6,
    );
}

use Sex::{Female as F, Male as M};
use Symptom::{Atypical, Dyspnoea, NonAnginal, NonAnginalDyspnoea, None as NoSymptom, Typical};

#[test]
fn golden_pretest_basic_and_rf_cl() {
    check(
        PretestModel::Basic,
        patient(40.0, M, Typical, 0),
        0.14302369,
    );
    check(
        PretestModel::Basic,
        patient(40.0, F, Atypical, 0),
        0.01090790,
    );
    check(
        PretestModel::Basic,
        patient(40.0, M, NonAnginal, 0),
        0.02218292,
    );
    check(
        PretestModel::Basic,
        patient(79.0, F, Typical, 0),
        0.22057821,
    );
    check(
        PretestModel::RfCl,
        patient(30.0, F, NonAnginal, 0),
        0.00172552,
    );
    check(
        PretestModel::RfCl,
        patient(39.0, F, NonAnginal, 5),
        0.02291907,
    );
    check(
        PretestModel::RfCl,
        patient(39.0, M, NoSymptom, 3),
        0.02816516,
    );
    check(
        PretestModel::RfCl,
        patient(39.0, M, Atypical, 5),
        0.09115609,
    );
    check(PretestModel::RfCl, patient(30.0, F, Typical, 0), 0.01758962);
    check(PretestModel::RfCl, patient(39.0, M, Typical, 5), 0.23914);
    check(PretestModel::RfCl, patient(49.0, M, Dyspnoea, 5), 0.1360374);
}

#[test]
fn golden_pretest_cacs_cl() {
    for (age, count, calcium, expected) in [
        (30.0, 0, 0.0, 0.001648728),
        (39.0, 1, 10.0, 0.02671354),
        (30.0, 2, 100.0, 0.1175533),
        (39.0, 3, 400.0, 0.2377107),
        (30.0, 4, 1000.0, 0.4153192),
        (39.0, 5, 9.0, 0.01713664),
    ] {
        let patient = PretestPatient {
            calcium: Some(calcium),
            ..patient(age, F, NonAnginal, count)
        };
        check(PretestModel::CacsCl, patient, expected);
    }
}

/// The tables of `clinical-reference`, D.3 and D.4.
#[test]
fn golden_pretest_tables() {
    check(PretestModel::Esc2024, patient(45.0, M, Typical, 2), 0.20);
    check(PretestModel::Esc2024, patient(70.0, F, Dyspnoea, 2), 0.10);
    check(PretestModel::Esc2024, patient(80.0, M, Typical, 5), 0.45);
    check(PretestModel::Esc2024, patient(30.0, F, NoSymptom, 0), 0.0);
    check(
        PretestModel::Esc2024,
        patient(55.0, M, NonAnginalDyspnoea, 4),
        0.17,
    );
    check(PretestModel::Esc2019, patient(69.9, M, Atypical, 0), 0.26);
    check(PretestModel::Esc2019, patient(90.0, F, Dyspnoea, 0), 0.12);
    check(
        PretestModel::AhaAcc2021,
        patient(35.0, M, NonAnginal, 0),
        0.04,
    );
    check(PretestModel::AhaAcc2021, patient(35.0, M, Dyspnoea, 0), 0.0);
}

/// RF-CL at mid-decade ages rounds to the table in 85 of 90 cells and differs by 1 in the others.
#[test]
fn the_esc_table_is_not_rf_cl() {
    let mut different = 0;
    for symptom in [NonAnginal, Atypical, Typical] {
        for sex in [F, M] {
            for count in [0, 2, 4] {
                for age in [35.0, 45.0, 55.0, 65.0, 75.0] {
                    let patient = patient(age, sex, symptom, count);
                    let table = get(&PretestModel::Esc2024.probability(&patient)) * 100.0;
                    let model = (get(&PretestModel::RfCl.probability(&patient)) * 100.0).round();
                    assert!(
                        (table - model).abs() < 1.5,
                        "{patient:?}: {table} and {model}"
                    );
                    different += usize::from((table - model).abs() > 0.5);
                }
            }
        }
    }
    assert_eq!(different, 5);
}

/// Both CAD Consortium equations at a patient worked by hand: 60 − year-old man, typical angina, diabetes.
#[test]
fn cad2_by_hand() {
    let logistic = |eta: f64| 1.0 / (1.0 + (-eta).exp());
    let diabetic = PretestPatient {
        diabetes: Some(true),
        calcium: Some(100.0),
        ..patient(60.0, M, Typical, 0)
    };
    check(
        PretestModel::Cad2Basic,
        diabetic,
        logistic(-6.917 + 3.78 + 1.358 + 1.975),
    );
    let clinical = -7.539 + 3.72 + 1.332 + 1.998 + 0.828 - 0.402;
    check(PretestModel::Cad2Clinical, diabetic, logistic(clinical));
    let calcium = -5.975 + 0.66 + 0.786 + 2.024 + 0.658 + 0.577 * 101.0_f64.ln() - 0.780;
    check(PretestModel::Cad2ClinicalCacs, diabetic, logistic(calcium));
}

#[test]
fn what_a_model_lacks_is_a_reason() {
    let whole = patient(50.0, F, Typical, 1);
    let reason = |model: PretestModel, patient: PretestPatient| {
        model.probability(&patient).reason().map(ToOwned::to_owned)
    };
    let without = PretestPatient {
        smoking: None,
        ..whole
    };
    assert_eq!(
        reason(PretestModel::RfCl, without).as_deref(),
        Some("smoking is missing")
    );
    assert_eq!(reason(PretestModel::Basic, without), None);
    assert_eq!(
        reason(PretestModel::CacsCl, whole).as_deref(),
        Some("calcium score is missing")
    );
    let old = patient(81.0, F, Typical, 1);
    assert_eq!(
        reason(PretestModel::Esc2024, old).as_deref(),
        Some("age 81 is outside the table")
    );
    assert!(reason(PretestModel::Esc2019, patient(50.0, F, NoSymptom, 1)).is_some());
    let negative = PretestPatient {
        calcium: Some(-1.0),
        ..whole
    };
    assert!(reason(PretestModel::CacsCl, negative).is_some());
}

/// A clinical table joined by patient feeds the models, and the model feeds gray zone and reclassification.
#[test]
fn a_clinical_table_is_joined_and_used() {
    let mut scores = "record_id,patient_id,age,sex,LAD_grade,LAD_prob\n".to_owned();
    let mut clinical =
        "patient_id,symptom,family_history,smoking,dyslipidaemia,hypertension,diabetes\n"
            .to_owned();
    for i in 0..60 {
        scores += &format!(
            "r{i:02},p{i:02},{},M,{},0.{:02}\n",
            35 + i % 40,
            i * 7 % 5,
            5 + i
        );
        if i % 10 != 3 {
            let symptom = ["typical", "atypical", "non-anginal", "chest?"][i % 4];
            clinical += &format!("p{i:02},{symptom},{},{},0,1,0\n", i % 2, i % 3 / 2);
        }
    }
    clinical += "p99,typical,0,0,0,0,0\n";
    let mut table = ScoreTable::from_csv(scores.as_bytes()).unwrap();
    let join = table.join_clinical(clinical.as_bytes()).unwrap();
    assert_eq!(
        (join.joined, join.without, join.unused_patients),
        (54, 6, 1)
    );
    assert!(
        table
            .findings
            .iter()
            .any(|f| f.kind.name() == "unknown-symptom" && f.column == "symptom")
    );
    let config = EvaluationConfig {
        bootstrap_replicates: 0,
        ..EvaluationConfig::default()
    };
    let evaluation = evaluate(&table, &config).unwrap();
    assert_eq!(evaluation.pretest.source, "model rf-cl");
    let rf_cl = &evaluation.pretest.models["rf-cl"];
    assert!(rf_cl.n > 30 && rf_cl.unanswered["symptom is missing"] > 0);
    assert!(!evaluation.pretest.models.contains_key("cacs-cl"));
    let any = evaluation.any_vessel.defined().unwrap();
    assert!(any.gray_zone.defined().is_some() && any.nri.defined().is_some());
    let wrong = table
        .join_clinical(b"symptom\ntypical\n")
        .unwrap_err()
        .to_string();
    assert!(wrong.contains("patient_id"), "{wrong}");
}
