//! Look-up tables of guidelines, in per cent by decade of age.

use super::{PretestPatient, Symptom};

type Row = [u8; 5];

/// ESC 2024, figure 4: [symptom score class][female, male][risk factors 0–1, 2–3, 4–5][age 30–39 … 70–80].
const ESC_2024: [[[Row; 3]; 2]; 3] = [
    [
        [[0, 1, 1, 2, 4], [1, 1, 2, 4, 7], [2, 3, 5, 7, 11]],
        [[1, 2, 4, 8, 15], [2, 4, 7, 12, 19], [5, 8, 12, 17, 24]],
    ],
    [
        [[0, 1, 2, 3, 6], [1, 2, 3, 6, 10], [3, 5, 7, 11, 16]],
        [[2, 3, 6, 12, 22], [4, 6, 11, 17, 27], [8, 12, 17, 25, 34]],
    ],
    [
        [[2, 4, 6, 10, 16], [5, 7, 10, 14, 19], [10, 12, 15, 19, 23]],
        [
            [9, 14, 21, 32, 44],
            [14, 20, 27, 35, 44],
            [22, 27, 33, 39, 45],
        ],
    ],
];

/// ESC 2019: [typical, atypical, non-anginal, dyspnoea][female, male][age 30–39 … 70 and more].
const ESC_2019: [[Row; 2]; 4] = [
    [[5, 10, 13, 16, 27], [3, 22, 32, 44, 52]],
    [[3, 6, 6, 11, 19], [4, 10, 17, 26, 34]],
    [[1, 2, 3, 6, 10], [1, 3, 11, 22, 24]],
    [[3, 3, 9, 14, 12], [0, 12, 20, 27, 32]],
];

/// AHA/ACC 2021, chest pain: [female, male][age 30–39 … 70 and more].
const AHA_ACC_2021: [Row; 2] = [[5, 10, 13, 16, 27], [4, 22, 32, 44, 52]];

pub(super) fn esc_2024(patient: &PretestPatient) -> Result<f64, String> {
    let age = decade(patient.age()?, 80.0)?;
    let class = match patient.symptom()? {
        Symptom::None | Symptom::NonAnginal => 0,
        Symptom::Dyspnoea | Symptom::NonAnginalDyspnoea | Symptom::Atypical => 1,
        Symptom::Typical => 2,
    };
    let step = usize::from(patient.risk_factors()? / 2).min(2);
    Ok(percent(ESC_2024[class][sex(patient)?][step][age]))
}

pub(super) fn esc_2019(patient: &PretestPatient) -> Result<f64, String> {
    let age = decade(patient.age()?, f64::INFINITY)?;
    let class = match patient.symptom()? {
        Symptom::Typical => 0,
        Symptom::Atypical => 1,
        Symptom::NonAnginal | Symptom::NonAnginalDyspnoea => 2,
        Symptom::Dyspnoea => 3,
        Symptom::None => return Err("the table has no patients without symptoms".to_owned()),
    };
    Ok(percent(ESC_2019[class][sex(patient)?][age]))
}

pub(super) fn aha_acc_2021(patient: &PretestPatient) -> Result<f64, String> {
    let age = decade(patient.age()?, f64::INFINITY)?;
    match patient.symptom()? {
        Symptom::None => Err("the table has no patients without symptoms".to_owned()),
        Symptom::Dyspnoea => Ok(percent(ESC_2019[3][sex(patient)?][age])),
        _ => Ok(percent(AHA_ACC_2021[sex(patient)?][age])),
    }
}

fn sex(patient: &PretestPatient) -> Result<usize, String> {
    Ok(if patient.male()? > 0.0 { 1 } else { 0 })
}

/// The row of an age in completed years.
fn decade(age: f64, oldest: f64) -> Result<usize, String> {
    if !(age.floor() >= 30.0 && age.floor() <= oldest) {
        return Err(format!("age {age} is outside the table"));
    }
    Ok((((age - 30.0) / 10.0) as usize).min(4))
}

fn percent(whole: u8) -> f64 {
    f64::from(whole) / 100.0
}
