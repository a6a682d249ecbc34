//! The tables of a simulated cohort, in the forms that are read back.

use super::{Oracle, Recording, SimulatedPatient};
use crate::{LabelRule, Vessel};
use coronet_ecg::Sex;

/// `manifest.csv`: a row for each ECG; `path` says where an ECG will lie.
pub fn manifest_csv(
    patients: &[SimulatedPatient],
    path: &dyn Fn(&SimulatedPatient, &Recording) -> String,
) -> String {
    let header = "record_id,path,patient_id,recorded_at,age,sex,normal_ecg,site";
    let rows = patients.iter().flat_map(|patient| {
        patient.recordings.iter().map(move |recording| {
            vec![
                recording.record_id.clone(),
                path(patient, recording),
                patient.patient_id.clone(),
                recording.recorded_at.to_string(),
                patient.age.to_string(),
                match patient.sex {
                    Sex::Male => "M".to_owned(),
                    Sex::Female => "F".to_owned(),
                },
                flag(patient.normal_ecg),
                patient.site_name.clone(),
            ]
        })
    });
    table(header, rows)
}

/// `ccta.csv`: a row for each CCTA, in the wording of its report; with a column `report` where any
/// is a free text.
pub fn ccta_csv(patients: &[SimulatedPatient]) -> String {
    let free = patients.iter().any(|patient| !patient.report.is_empty());
    let rows = patients.iter().map(|patient| {
        let mut cells = vec![patient.patient_id.clone(), patient.ccta_at.to_string()];
        cells.extend(patient.wording.iter().cloned());
        cells.extend(free.then(|| patient.report.clone()));
        cells
    });
    let header = "patient_id,performed_at,RCA,LM,LAD,LCX";
    table(
        &format!("{header}{}", if free { ",report" } else { "" }),
        rows,
    )
}

/// `clinical.csv`: symptoms, risk factors and pre-test probability.
pub fn clinical_csv(patients: &[SimulatedPatient]) -> String {
    let header =
        "patient_id,symptom,family_history,smoking,dyslipidaemia,hypertension,diabetes,ptp";
    let rows = patients.iter().map(|patient| {
        let factors = patient.risk_factors;
        vec![
            patient.patient_id.clone(),
            patient.symptom.name().to_owned(),
            flag(factors.family_history),
            flag(factors.smoking),
            flag(factors.dyslipidaemia),
            flag(factors.hypertension),
            flag(factors.diabetes),
            patient.ptp.to_string(),
        ]
    });
    table(header, rows)
}

/// `followup.csv`: days after the CCTA and how they ended.
pub fn followup_csv(patients: &[SimulatedPatient]) -> String {
    let rows = patients.iter().map(|patient| {
        vec![
            patient.patient_id.clone(),
            patient.follow_up_days.to_string(),
            patient.event.number().to_string(),
        ]
    });
    table("patient_id,follow_up_days,event", rows)
}

/// `truth.csv`: what a real cohort hides: true grades, effects, and the optimal score under `rule`.
pub fn truth_csv(patients: &[SimulatedPatient], oracle: &Oracle, rule: LabelRule) -> String {
    let mut header = "patient_id".to_owned();
    for vessel in Vessel::ALL {
        header.push_str(&format!(",{vessel}_grade,{vessel}_effect,{vessel}_oracle"));
    }
    let rows = patients.iter().map(|patient| {
        let best = oracle.probabilities(patient.site, &patient.effects, rule);
        let mut cells = vec![patient.patient_id.clone()];
        for (vessel, best) in best.into_iter().enumerate() {
            cells.push(patient.grades[vessel].number().to_string());
            cells.push(format!("{:.6}", patient.effects[vessel]));
            cells.push(format!("{best:.6}"));
        }
        cells
    });
    table(&header, rows)
}

fn flag(value: bool) -> String {
    u8::from(value).to_string()
}

fn table(header: &str, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = format!("{header}\n");
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// Quoted where RFC 4180 asks for it.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
