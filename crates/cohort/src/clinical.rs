//! Symptoms, risk factors, and the pre-test probability that follows from them.

use coronet_ecg::Sex;
use serde::{Deserialize, Serialize};

/// What brought the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symptom {
    /// Typical angina.
    Typical,
    /// Atypical angina.
    Atypical,
    /// Chest pain that is not angina, or no pain.
    NonAnginal,
    /// Shortness of breath only.
    Dyspnoea,
}

impl Symptom {
    /// All symptoms.
    pub const ALL: [Symptom; 4] = [
        Symptom::Typical,
        Symptom::Atypical,
        Symptom::NonAnginal,
        Symptom::Dyspnoea,
    ];

    /// The word used in tables: `typical`, `atypical`, `non-anginal`, `dyspnoea`.
    pub fn name(self) -> &'static str {
        match self {
            Symptom::Typical => "typical",
            Symptom::Atypical => "atypical",
            Symptom::NonAnginal => "non-anginal",
            Symptom::Dyspnoea => "dyspnoea",
        }
    }
}

/// The five risk factors that pre-test probability counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RiskFactors {
    /// Coronary disease in the family.
    pub family_history: bool,
    /// Smoking, current or past.
    pub smoking: bool,
    /// Dyslipidaemia.
    pub dyslipidaemia: bool,
    /// Hypertension.
    pub hypertension: bool,
    /// Diabetes.
    pub diabetes: bool,
}

impl RiskFactors {
    /// How many there are, 0–5.
    pub fn count(self) -> u8 {
        [
            self.family_history,
            self.smoking,
            self.dyslipidaemia,
            self.hypertension,
            self.diabetes,
        ]
        .into_iter()
        .map(u8::from)
        .sum()
    }
}

/// Pre-test probability of obstructive disease by the risk-factor-weighted clinical likelihood, 0–1.
///
/// Winther et al., J Am Coll Cardiol 2020;76:2421. Logistic in sex, age in years, symptom (typical;
/// non-anginal; atypical and dyspnoea as reference) and the number of risk factors in three steps
/// (0–1, 2–3, 4–5).
pub fn risk_factor_clinical_likelihood(
    age: f64,
    sex: Sex,
    symptom: Symptom,
    risk_factors: RiskFactors,
) -> f64 {
    let male = f64::from(u8::from(sex == Sex::Male));
    let typical = f64::from(u8::from(symptom == Symptom::Typical));
    let non_anginal = f64::from(u8::from(symptom == Symptom::NonAnginal));
    let step = match risk_factors.count() {
        0 | 1 => 1.0,
        2 | 3 => 2.0,
        _ => 3.0,
    };
    let logit = -9.5260 + 1.6128 * male + 0.0844 * age + 2.7112 * typical - 0.4675 * non_anginal
        + 1.4940 * step
        - 0.0187 * age * typical
        - 0.0131 * age * step
        - 0.2799 * typical * step
        - 0.2091 * male * step;
    1.0 / (1.0 + (-logit).exp())
}
