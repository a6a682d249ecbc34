//! Findings in plain sentences, each with its interval and its caveat.

use crate::number::{self, count, counted, estimate, estimate_percent, fixed, percent};
use crate::wording::{level, subgroup_name};
use coronet_evaluate::{AnyVessel, Evaluation, SurvivalEvaluation, VesselEvaluation};

/// What the AUC of a vessel says.
pub(crate) fn discrimination(
    evaluation: &Evaluation,
    name: &str,
    vessel: &VesselEvaluation,
) -> String {
    let events = counted(vessel.events, "event", "events");
    match vessel.auc.defined() {
        Some(auc) => format!(
            "{name}: a record with the finding was ranked above one without it with probability {} ({} interval; {} records, {events}).",
            estimate(auc, 3),
            level(&evaluation.config),
            count(vessel.n),
        ),
        None => format!(
            "{name}: the AUC is undefined, because {} ({} records, {events}).",
            vessel.auc.reason().unwrap_or("no reason was given"),
            count(vessel.n)
        ),
    }
}

/// What the AUC in ECGs read as normal says; nothing where there is no such subgroup.
pub(crate) fn normal_ecg(name: &str, vessel: &VesselEvaluation) -> Option<String> {
    let normal = vessel.subgroups.get("normal_ecg")?;
    let sample = format!(
        "{} records, {}",
        count(normal.n),
        counted(normal.events, "event", "events")
    );
    let auc = match normal.auc.defined() {
        Some(auc) => format!("AUC {}", estimate(auc, 3)),
        None => format!(
            "AUC undefined, because {}",
            normal.auc.reason().unwrap_or("no reason was given")
        ),
    };
    Some(format!("{name}: {auc} ({sample})."))
}

/// What the rule-out and rule-in thresholds achieve.
pub(crate) fn operating_points(name: &str, vessel: &VesselEvaluation) -> Option<String> {
    let out = vessel.operating_points.get("rule_out")?.defined()?;
    let into = vessel.operating_points.get("rule_in")?.defined()?;
    let show = |value| number::or_reason(value, |e| estimate_percent(e, 1));
    Some(format!(
        "{name}: below the rule-out threshold of {} the finding was absent in {} of records (negative predictive value; sensitivity {}); \
         at or above the rule-in threshold of {} it was present in {} (positive predictive value; specificity {}).",
        fixed(out.threshold, 3),
        show(&out.npv),
        show(&out.sensitivity),
        fixed(into.threshold, 3),
        show(&into.ppv),
        show(&into.specificity),
    ))
}

/// What slope and calibration-in-the-large say.
pub(crate) fn calibration(name: &str, vessel: &VesselEvaluation) -> String {
    let calibration = &vessel.calibration;
    let (Some(slope), Some(large)) = (
        calibration.slope_interval.defined(),
        calibration.in_the_large_interval.defined(),
    ) else {
        let reason = calibration
            .slope_interval
            .reason()
            .or_else(|| calibration.in_the_large_interval.reason());
        return format!(
            "{name}: calibration is undefined, because {}.",
            reason.unwrap_or("no reason was given")
        );
    };
    let spread = match (slope.low, slope.high) {
        (Some(low), _) if low > 1.0 => "the probabilities are too moderate",
        (_, Some(high)) if high < 1.0 => "the probabilities are too extreme",
        _ => "the interval holds the ideal 1",
    };
    let mean = match (large.low, large.high) {
        (Some(low), _) if low > 0.0 => "risk is underestimated on average",
        (_, Some(high)) if high < 0.0 => "risk is overestimated on average",
        _ => "the interval holds the ideal 0",
    };
    format!(
        "{name}: slope {}: {spread}; calibration-in-the-large {}: {mean}.",
        estimate(slope, 2),
        estimate(large, 2)
    )
}

/// Which subgroup differences remain after correction.
pub(crate) fn subgroups(evaluation: &Evaluation) -> Vec<String> {
    let alpha = 1.0 - evaluation.config.confidence;
    let mut found = Vec::new();
    let mut tested = false;
    for (name, vessel) in &evaluation.vessels {
        for comparison in &vessel.subgroup_comparisons {
            let (Some(difference), Some(p)) =
                (comparison.difference.defined(), comparison.p_holm.defined())
            else {
                continue;
            };
            tested = true;
            if *p < alpha {
                found.push(format!(
                    "{name}, {} against {}: difference in AUC {} ({} after Holm’s correction).",
                    subgroup_name(&comparison.first),
                    subgroup_name(&comparison.second),
                    estimate(difference, 3),
                    number::p_equals(*p)
                ));
            }
        }
    }
    if found.is_empty() && tested {
        found.push("No difference between subgroups stands out after Holm’s correction. With the numbers of events in the table this is no evidence that performance is equal.".to_owned());
    }
    found
}

/// Which thresholds the net benefit was looked at.
pub(crate) fn decision_thresholds(evaluation: &Evaluation) -> String {
    let thresholds: Vec<String> = evaluation
        .config
        .decision_thresholds
        .iter()
        .map(|threshold| percent(*threshold, 0))
        .collect();
    format!(
        "Net benefit weighs true positives against false positives at the odds of a threshold probability. At {}, acting on the model did more good than acting on everybody and than acting on nobody as follows; no interval is given for this comparison.",
        number::sentence_list(&thresholds)
    )
}

/// Where the model's net benefit is above both references.
pub(crate) fn decision(name: &str, vessel: &VesselEvaluation) -> Option<String> {
    if vessel.decision_curve.is_empty() || vessel.events == 0 {
        return None;
    }
    let better: Vec<String> = vessel
        .decision_curve
        .iter()
        .filter(|point| point.model > point.treat_all && point.model > 0.0)
        .map(|point| percent(point.threshold, 0))
        .collect();
    Some(if better.is_empty() {
        format!("{name}: at none of them.")
    } else if better.len() == vessel.decision_curve.len() {
        format!("{name}: at all of them.")
    } else {
        format!("{name}: at {}.", number::sentence_list(&better))
    })
}

/// What the ECG adds to the pre-test probability.
pub(crate) fn pretest(any: &AnyVessel) -> Vec<String> {
    let mut sentences = Vec::new();
    let sample = format!(
        "{} records, {}",
        count(any.n),
        counted(any.events, "event", "events")
    );
    sentences.push(match any.gray_zone.defined() {
        Some(gray) => format!(
            "The share of records left in the gray zone was {} by pre-test probability alone and {} after the ECG had decided inside it ({sample}).",
            estimate_percent(&gray.ptp, 1),
            estimate_percent(&gray.combined, 1)
        ),
        None => format!("The gray zone is undefined, because {} ({sample}).", any.gray_zone.reason().unwrap_or("no reason was given")),
    });
    if let Some(nri) = any.nri.defined() {
        sentences.push(format!(
            "Net reclassification in its components: {} among records with an event and {} among those without; their sum, {} ({} to {}), is not a share of patients. \
             No p-value is given: tests of the net reclassification are known to be too favourable.",
            fixed(nri.events, 3),
            fixed(nri.nonevents, 3),
            fixed(nri.value, 3),
            fixed(nri.low, 3),
            fixed(nri.high, 3)
        ));
    }
    sentences
}

/// What follow-up shows.
pub(crate) fn follow_up(survival: &SurvivalEvaluation) -> Vec<String> {
    let mut sentences = vec![format!(
        "{} records were followed; {} had the event and {} died of another cause before it. The event curves of the strata: log-rank {}.",
        count(survival.n),
        count(survival.events),
        count(survival.competing),
        number::or_reason(&survival.log_rank, |test| number::p_equals(test.p))
    )];
    match survival.cox.defined() {
        Some(cox) => {
            let ratios: Vec<String> = cox
                .terms
                .iter()
                .filter(|(name, _)| survival.groups.contains_key(*name))
                .map(|(name, term)| format!("{} for {name} against low", estimate(&term.hr, 2)))
                .collect();
            if !ratios.is_empty() {
                sentences.push(format!(
                    "Hazard ratio, adjusted for age and sex: {}.",
                    number::sentence_list(&ratios)
                ));
            }
        }
        None => sentences.push(format!(
            "The Cox model is undefined, because {}.",
            survival.cox.reason().unwrap_or("no reason was given")
        )),
    }
    let concordance = number::or_reason(&survival.c_index, |c| {
        format!("{} ({})", estimate(c, 3), c.method)
    });
    sentences.push(format!("Concordance: {concordance}. Association with later events is not evidence that acting on the score would prevent them."));
    sentences
}
