//! Equations.

use super::{PretestPatient, Symptom, flag, known};

/// Typical angina and non-anginal pain or none, against atypical angina and dyspnoea.
fn winther_symptoms(patient: &PretestPatient) -> Result<(f64, f64), String> {
    let symptom = patient.symptom()?;
    let non_anginal = matches!(symptom, Symptom::NonAnginal | Symptom::None);
    Ok((flag(symptom == Symptom::Typical), flag(non_anginal)))
}

pub(super) fn basic(patient: &PretestPatient) -> Result<f64, String> {
    let (age, male) = (patient.age()?, patient.male()?);
    let (typical, non_anginal) = winther_symptoms(patient)?;
    Ok(sigmoid(
        -7.0753 + 1.2308 * male + 0.0642 * age + 2.2501 * typical
            - 0.5095 * non_anginal
            - 0.0191 * age * typical,
    ))
}

pub(super) fn rf_cl(patient: &PretestPatient) -> Result<f64, String> {
    let (age, male) = (patient.age()?, patient.male()?);
    let (typical, non_anginal) = winther_symptoms(patient)?;
    let step = match patient.risk_factors()? {
        0 | 1 => 1.0,
        2 | 3 => 2.0,
        _ => 3.0,
    };
    Ok(sigmoid(
        -9.5260 + 1.6128 * male + 0.0844 * age + 2.7112 * typical - 0.4675 * non_anginal
            + 1.4940 * step
            - 0.0187 * age * typical
            - 0.0131 * age * step
            - 0.2799 * typical * step
            - 0.2091 * male * step,
    ))
}

/// Linear in RF-CL within each class of calcium.
pub(super) fn cacs_cl(patient: &PretestPatient) -> Result<f64, String> {
    let (likelihood, calcium) = (rf_cl(patient)?, score(patient)?);
    let (shift, slope) = match calcium {
        c if c < 1.0 => (0.0, 0.0),
        c if c < 10.0 => (0.0082, 0.1311),
        c if c < 100.0 => (0.0238, 0.2909),
        c if c < 400.0 => (0.1131, 0.4077),
        c if c < 1000.0 => (0.2306, 0.4658),
        _ => (0.4040, 0.4489),
    };
    Ok(0.0013 + 0.2021 * likelihood + shift + slope * likelihood)
}

/// Atypical and typical angina against non-anginal pain; the models know no other symptom.
fn genders_symptoms(patient: &PretestPatient) -> Result<(f64, f64), String> {
    match patient.symptom()? {
        Symptom::Typical => Ok((0.0, 1.0)),
        Symptom::Atypical => Ok((1.0, 0.0)),
        Symptom::NonAnginal | Symptom::NonAnginalDyspnoea => Ok((0.0, 0.0)),
        other => Err(format!(
            "the model is of chest pain, not of `{}`",
            other.name()
        )),
    }
}

pub(super) fn cad2_basic(patient: &PretestPatient) -> Result<f64, String> {
    let (age, male) = (patient.age()?, patient.male()?);
    let (atypical, typical) = genders_symptoms(patient)?;
    Ok(sigmoid(
        -6.917 + 0.063 * age + 1.358 * male + 0.658 * atypical + 1.975 * typical,
    ))
}

pub(super) fn cad2_clinical(patient: &PretestPatient) -> Result<f64, String> {
    let (age, male) = (patient.age()?, patient.male()?);
    let (atypical, typical) = genders_symptoms(patient)?;
    let [diabetes, hypertension, lipids, smoking] = factors(patient)?;
    Ok(sigmoid(
        -7.539
            + 0.062 * age
            + 1.332 * male
            + 0.633 * atypical
            + 1.998 * typical
            + 0.828 * diabetes
            + 0.338 * hypertension
            + 0.422 * lipids
            + 0.461 * smoking
            - 0.402 * diabetes * typical,
    ))
}

pub(super) fn cad2_clinical_cacs(patient: &PretestPatient) -> Result<f64, String> {
    let (age, male) = (patient.age()?, patient.male()?);
    let (atypical, typical) = genders_symptoms(patient)?;
    let [diabetes, hypertension, lipids, smoking] = factors(patient)?;
    Ok(sigmoid(
        -5.975
            + 0.011 * age
            + 0.786 * male
            + 0.718 * atypical
            + 2.024 * typical
            + 0.658 * diabetes
            + 0.235 * hypertension
            + 0.185 * lipids
            + 0.207 * smoking
            + 0.577 * score(patient)?.ln_1p()
            - 0.780 * diabetes * typical,
    ))
}

fn factors(patient: &PretestPatient) -> Result<[f64; 4], String> {
    Ok([
        known("diabetes", patient.diabetes)?,
        known("hypertension", patient.hypertension)?,
        known("dyslipidaemia", patient.dyslipidaemia)?,
        known("smoking", patient.smoking)?,
    ])
}

fn score(patient: &PretestPatient) -> Result<f64, String> {
    let calcium = patient.calcium()?;
    if calcium >= 0.0 && calcium.is_finite() {
        Ok(calcium)
    } else {
        Err(format!("calcium score {calcium} is below 0"))
    }
}

fn sigmoid(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}
