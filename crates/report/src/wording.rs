//! Names of keys as a clinician would write them.

use crate::number::counted;
use coronet_evaluate::{Baseline, Cox, Evaluation, EvaluationConfig, LabelRule};

/// A subgroup's key in words: `sex=F` becomes `Women`, `age<65` becomes `Age < 65 years`.
pub(crate) fn subgroup_name(key: &str) -> String {
    match key {
        "normal_ecg" => return "Normal ECG".to_owned(),
        "abnormal_ecg" => return "Abnormal ECG".to_owned(),
        "sex=M" => return "Men".to_owned(),
        "sex=F" => return "Women".to_owned(),
        _ => {}
    }
    let Some(at) = key.find(['<', '>', '=']) else {
        return capitalised(&key.replace('_', " "));
    };
    let (factor, rest) = key.split_at(at);
    let value = rest.trim_start_matches(['<', '>', '=']);
    let between = match &rest[..rest.len() - value.len()] {
        "<=" => " ≤ ",
        ">=" => " ≥ ",
        "<" => " < ",
        ">" => " > ",
        _ => " ",
    };
    let unit = match factor {
        "age" => " years",
        "interval" | "interval_days" => " days",
        _ => "",
    };
    format!("{}{between}{value}{unit}", factor_name(factor))
}

/// What divides two subgroups, in words.
pub(crate) fn factor_name(factor: &str) -> String {
    match factor {
        "interval" | "interval_days" => "ECG–CCTA".to_owned(),
        "normal_ecg" => "ECG reading".to_owned(),
        other => capitalised(&other.replace('_', " ")),
    }
}

/// An operating point's key in words: `rule_out` becomes `Rule-out`.
pub(crate) fn operating_point_name(key: &str) -> String {
    match key {
        "rule_out" => "Rule-out".to_owned(),
        "rule_in" => "Rule-in".to_owned(),
        "youden" => "Youden".to_owned(),
        other => match other.strip_prefix("fixed_") {
            Some(threshold) => format!("Fixed {threshold}"),
            None => capitalised(&other.replace('_', " ")),
        },
    }
}

/// A characteristic of the baseline table in words.
pub(crate) fn characteristic_name(key: &str) -> String {
    match key {
        "age" => "Age, years".to_owned(),
        "interval_days" => "ECG–CCTA interval, days".to_owned(),
        "ptp" => "Pre-test probability, %".to_owned(),
        "follow_up_days" => "Follow-up, days".to_owned(),
        "male" => "Men".to_owned(),
        "normal_ecg" => "ECG read as normal".to_owned(),
        other => match other.strip_suffix(" positive") {
            Some(vessel) => format!("Event in {vessel}"),
            None => capitalised(&other.replace('_', " ")),
        },
    }
}

/// A group of the baseline table in words.
pub(crate) fn group_name(key: &str) -> String {
    match key {
        "all" => "All".to_owned(),
        "event" => "Event, any vessel".to_owned(),
        "no event" => "No event".to_owned(),
        other => subgroup_name(other),
    }
}

/// A method of recalibration in words.
pub(crate) fn recalibration_name(key: &str) -> String {
    match key {
        "intercept" => "Intercept updated".to_owned(),
        "platt" => "Intercept and slope (Platt)".to_owned(),
        "temperature" => "Temperature".to_owned(),
        "isotonic" => "Isotonic".to_owned(),
        other => capitalised(&other.replace('_', " ")),
    }
}

/// A pre-test model in words.
pub(crate) fn pretest_name(key: &str) -> String {
    let name = match key {
        "ptp" => "Column ptp",
        "basic" => "Basic (Winther 2020)",
        "rf-cl" => "RF-CL (Winther 2020)",
        "cacs-cl" => "CACS-CL (Winther 2020)",
        "esc2024" => "ESC 2024 table",
        "esc2019" => "ESC 2019 table",
        "aha-acc2021" => "AHA/ACC 2021 table",
        "cad2-basic" => "CAD2, basic",
        "cad2-clinical" => "CAD2, clinical",
        "cad2-clinical-cacs" => "CAD2, clinical and calcium score",
        other => return capitalised(other),
    };
    name.to_owned()
}

/// What is pooled over centres, in words.
pub(crate) fn pooled_name(key: &str) -> String {
    match key {
        "auc" => "AUC".to_owned(),
        "sensitivity_rule_out" => "Sensitivity at rule-out".to_owned(),
        "specificity_rule_in" => "Specificity at rule-in".to_owned(),
        "observed_expected" => "O:E".to_owned(),
        "in_the_large" => "Calibration-in-the-large".to_owned(),
        "slope" => "Calibration slope".to_owned(),
        other => capitalised(&other.replace('_', " ")),
    }
}

/// What counts as an event under the label rule, as the end of a sentence.
pub(crate) fn event_definition(rule: LabelRule) -> &'static str {
    match rule {
        LabelRule::Severe => "grade 3 or more (a narrowing of 70% and more)",
        LabelRule::Obstructive => "grade 2 or more (a narrowing of 50% and more)",
        LabelRule::Any => "grade 1 or more (any narrowing)",
        LabelRule::CadRads4b => {
            "grade 3 or more (70% and more), in LM grade 2 or more (50% and more)"
        }
    }
}

/// A stenosis grade in words.
pub(crate) fn grade_name(grade: u8) -> &'static str {
    match grade {
        0 => "none",
        1 => "mild",
        2 => "moderate",
        3 => "severe",
        4 => "occluded",
        _ => "other",
    }
}

/// `95%` and the like.
pub(crate) fn level(config: &EvaluationConfig) -> String {
    crate::number::setting(config.confidence)
}

/// The text with its first letter in upper case.
pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// The text as a sentence: first letter in upper case, a full stop at its end.
pub(crate) fn sentence(text: &str) -> String {
    let text = capitalised(text.trim());
    if text.is_empty() || text.ends_with(['.', '!', '?']) {
        text
    } else {
        format!("{text}.")
    }
}

/// A name that can be part of a file's name and of an identifier: letters, digits, `-` and `_` of ASCII; every other
/// character as its code in hexadecimal after `_`.
pub(crate) fn file_stem(name: &str) -> String {
    let mut stem = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => stem.push(character),
            other => stem.push_str(&format!("_{:x}", u32::from(other))),
        }
    }
    stem
}

/// What the intervals of areas take as independent, where it is not records.
pub(crate) fn units(evaluation: &Evaluation) -> &'static str {
    match evaluation.clustered() {
        true => " (patients as units)",
        false => "",
    }
}

/// How the bootstrap of the areas drew; nothing where there is none.
pub(crate) fn auc_bootstrap(evaluation: &Evaluation) -> Option<&str> {
    let mut vessels = evaluation.vessels.values();
    let found = vessels.find_map(|vessel| vessel.auc_bootstrap.defined());
    found.map(|auc| auc.method.as_str())
}

/// How the limits of net benefit were made; nothing where there are none.
pub(crate) fn decision_limits(evaluation: &Evaluation) -> Option<&str> {
    let mut vessels = evaluation.vessels.values();
    vessels.find_map(|vessel| vessel.decision_limits.defined().map(String::as_str))
}

/// The covariates of the model in words.
pub(crate) fn covariates(cox: &Cox) -> String {
    let (strata, others): (Vec<&String>, Vec<&String>) = cox
        .terms
        .keys()
        .partition(|name| ["low", "intermediate", "high"].contains(&name.as_str()));
    let stratum = (!strata.is_empty()).then(|| {
        let reference = cox.reference.as_deref().unwrap_or("the lowest that occurs");
        format!("stratum (against {reference})")
    });
    let others = others.into_iter().map(|name| match name.as_str() {
        "male" => "sex".to_owned(),
        other => other.replace('_', " "),
    });
    crate::number::sentence_list(&stratum.into_iter().chain(others).collect::<Vec<_>>())
}

/// `3 records of 2 patients`, as far as patients are known.
pub(crate) fn records_of_patients(baseline: &Baseline) -> String {
    let records = counted(baseline.records, "record", "records");
    match baseline.patients.defined() {
        Some(patients) => format!("{records} of {}", counted(*patients, "patient", "patients")),
        None => format!("{records}; of how many patients is not known"),
    }
}
