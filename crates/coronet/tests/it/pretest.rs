//! The simulator's clinical likelihood is the one the evaluation computes.

use coronet_cohort::{RiskFactors, Symptom, risk_factor_clinical_likelihood};
use coronet_ecg::Sex;
use coronet_evaluate::pretest::{self, PretestModel, PretestPatient};

#[test]
fn the_simulator_and_the_evaluation_agree_on_the_clinical_likelihood() {
    for symptom in Symptom::ALL {
        for (sex, other_sex) in [
            (Sex::Female, coronet_evaluate::Sex::Female),
            (Sex::Male, coronet_evaluate::Sex::Male),
        ] {
            for bits in 0_u8..32 {
                let has = |bit: u8| bits & (1 << bit) != 0;
                for age in [30.0, 47.5, 62.0, 80.0] {
                    let factors = RiskFactors {
                        family_history: has(0),
                        smoking: has(1),
                        dyslipidaemia: has(2),
                        hypertension: has(3),
                        diabetes: has(4),
                    };
                    let patient = PretestPatient {
                        age: Some(age),
                        sex: Some(other_sex),
                        symptom: pretest::Symptom::parse(symptom.name()),
                        family_history: Some(has(0)),
                        smoking: Some(has(1)),
                        dyslipidaemia: Some(has(2)),
                        hypertension: Some(has(3)),
                        diabetes: Some(has(4)),
                        calcium: None,
                    };
                    let simulated = risk_factor_clinical_likelihood(age, sex, symptom, factors);
                    let evaluated = PretestModel::RfCl.probability(&patient);
                    let evaluated = *evaluated.defined().unwrap();
                    assert!(
                        (simulated - evaluated).abs() < 1e-15,
                        "{symptom:?}, {age}: {simulated} and {evaluated}"
                    );
                }
            }
        }
    }
}
