//! Findings in plain sentences, each with its interval and its caveat.

use crate::context::Comparison;
use crate::number::{self, count, counted, estimate, estimate_percent, fixed, percent, setting};
use crate::wording::{level, subgroup_name};
use coronet_evaluate::{
    AnyVessel, Cox, Estimate, Evaluation, Finding, Statistic, SurvivalEvaluation, VesselEvaluation,
};

/// What the AUC of a vessel says.
pub(crate) fn discrimination(
    evaluation: &Evaluation,
    name: &str,
    vessel: &VesselEvaluation,
) -> String {
    let events = counted(vessel.events, "event", "events");
    match vessel.quoted_auc().defined() {
        Some(auc) => format!(
            "{name}: a record with the finding was ranked above one without it with probability {} ({} interval; {} records, {events}).",
            estimate(auc, 3),
            level(&evaluation.config),
            count(vessel.n),
        ),
        None => format!(
            "{name}: the AUC is undefined, because {} ({} records, {events}).",
            vessel
                .quoted_auc()
                .reason()
                .unwrap_or("no reason was given"),
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
        "{name}: below the rule-out threshold of {} the negative predictive value is {}, at a sensitivity of {}; \
         from the rule-in threshold of {} on the positive predictive value is {}, at a specificity of {}.",
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
    let spread = |slope: &Estimate| match (slope.low, slope.high) {
        (Some(low), _) if low > 1.0 => "the probabilities are too moderate",
        (_, Some(high)) if high < 1.0 => "the probabilities are too extreme",
        _ => "the interval holds the ideal 1",
    };
    let mean = |large: &Estimate| match (large.low, large.high) {
        (Some(low), _) if low > 0.0 => "risk is underestimated on average",
        (_, Some(high)) if high < 0.0 => "risk is overestimated on average",
        _ => "the interval holds the ideal 0",
    };
    let calibration = &vessel.calibration;
    let slope = match &calibration.slope_interval {
        Statistic::Defined(slope) => format!("slope {}: {}", estimate(slope, 2), spread(slope)),
        Statistic::Undefined(why) => format!("slope undefined, because {}", why.reason),
    };
    let large = match &calibration.in_the_large_interval {
        Statistic::Defined(large) => format!("{}: {}", estimate(large, 2), mean(large)),
        Statistic::Undefined(why) => format!("undefined, because {}", why.reason),
    };
    format!("{name}: {slope}; calibration-in-the-large {large}.")
}

/// Whether scores rise with the grade.
pub(crate) fn grades(evaluation: &Evaluation) -> Vec<String> {
    evaluation
        .vessels
        .iter()
        .map(|(name, vessel)| {
            let spearman = match vessel.trend.spearman.defined() {
                Some(found) => format!("Spearman’s ρ {}", fixed(found.value, 2)),
                None => return undefined_trend(name, vessel),
            };
            let trend =
                number::or_reason(&vessel.trend.jonckheere, |test| number::p_equals(test.p));
            format!(
                "{name}: {spearman}; test of a rise with the grade (Jonckheere–Terpstra): {trend}."
            )
        })
        .collect()
}

fn undefined_trend(name: &str, vessel: &VesselEvaluation) -> String {
    format!(
        "{name}: the trend over grades is undefined, because {}.",
        vessel
            .trend
            .spearman
            .reason()
            .unwrap_or("no reason was given")
    )
}

/// What the frozen recalibration does to these records.
pub(crate) fn frozen(evaluation: &Evaluation) -> Vec<String> {
    let sentence = |(name, vessel): (&String, &VesselEvaluation)| {
        let frozen = vessel.recalibration.frozen.defined()?;
        let before = &vessel.calibration.in_the_large_interval;
        let show = |value: &_| number::or_reason(value, |e| estimate(e, 2));
        Some(format!(
            "{name}: calibration-in-the-large {} as given, {} after the frozen map; slope {} and {} (ideal 0 and 1).",
            show(before),
            show(&frozen.calibration.in_the_large),
            show(&vessel.calibration.slope_interval),
            show(&frozen.calibration.slope)
        ))
    };
    evaluation.vessels.iter().filter_map(sentence).collect()
}

/// How far centres differ, and what an update of their own repairs.
pub(crate) fn centres(evaluation: &Evaluation) -> Vec<String> {
    let mut sentences = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        let Some(centres) = vessel.centres.defined() else {
            continue;
        };
        if centres.centres.len() < 2 {
            continue;
        }
        if let Some(pooled) = centres.pooled.get("auc").and_then(|found| found.defined()) {
            sentences.push(format!(
                "{name}: AUC pooled over {} {} (random effects); test of one AUC at all centres {}, I² {}.",
                counted(pooled.centres, "centre", "centres"),
                estimate(&pooled.random, 3),
                number::p_equals(pooled.heterogeneity.p),
                percent(pooled.i_squared, 0)
            ));
        }
        for (site, centre) in &centres.centres {
            sentences.extend(shift(name, site, centre));
        }
    }
    sentences
}

/// A centre whose calibration-in-the-large interval leaves 0, and what its own intercept does.
fn shift(name: &str, site: &str, centre: &coronet_evaluate::CentreEvaluation) -> Option<String> {
    let large = centre.calibration.in_the_large.defined()?;
    let what = match (large.low?, large.high?) {
        (low, _) if low > 0.0 => "underestimated",
        (_, high) if high < 0.0 => "overestimated",
        _ => return None,
    };
    let ratio = number::or_reason(&centre.calibration.observed_expected, |e| estimate(e, 2));
    let after = match centre.after_intercept.defined() {
        Some(after) => format!(
            "after an update of its intercept, judged on other records than those it was fitted on, {}",
            number::or_reason(&after.observed_expected, |e| estimate(e, 2))
        ),
        None => format!(
            "an update of its intercept is undefined, because {}",
            centre
                .after_intercept
                .reason()
                .unwrap_or("no reason was given")
        ),
    };
    Some(format!(
        "{name} at centre {site} (observed rate {}): risk is {what}, observed over expected events {ratio}; {after}.",
        number::or_reason(&centre.rate, |e| estimate_percent(e, 1))
    ))
}

/// What two models on the same records show.
pub(crate) fn comparison(comparison: &Comparison) -> Vec<String> {
    let result = &comparison.result;
    let mut sentences = vec![format!(
        "First: {}; second: {}. {} are in both tables, {} in the first alone and {} in the second alone; only those in both are compared.",
        comparison.first,
        comparison.second,
        counted(result.matched, "record", "records"),
        count(result.first_only),
        count(result.second_only)
    )];
    for (name, found) in &result.vessels {
        let scores = &found.scores;
        let sample = format!(
            "{} records, {}",
            count(scores.n),
            counted(scores.events, "event", "events")
        );
        sentences.push(match scores.auc_difference.defined() {
            Some(difference) => format!(
                "{name}: AUC {} for the first and {} for the second, difference {} ({}; {sample}).{}",
                number::or_reason(&scores.auc_first, |e| estimate(e, 3)),
                number::or_reason(&scores.auc_second, |e| estimate(e, 3)),
                estimate(difference, 3),
                number::or_reason(&scores.auc_test, |test| number::p_equals(test.p)),
                open_question(difference)
            ),
            None => format!(
                "{name}: the difference is undefined, because {} ({sample}).",
                scores.auc_difference.reason().unwrap_or("no reason was given")
            ),
        });
    }
    sentences
}

/// What two tables say differently, and what was imperfect in the second, without a full stop.
pub(crate) fn disagreements(comparison: &Comparison) -> Vec<String> {
    let both = "the tables disagree".to_owned();
    let second = format!("the second table, {}, is imperfect", comparison.second);
    let of_both = comparison.result.disagreements.iter();
    let of_second = comparison.result.second_findings.iter();
    of_both
        .map(|finding| (&both, finding))
        .chain(of_second.map(|finding| (&second, finding)))
        .map(|(source, finding)| found(source, finding))
        .collect()
}

fn found(source: &str, finding: &Finding) -> String {
    let column = match finding.column.as_str() {
        "" => String::new(),
        column => format!(" in column {column}"),
    };
    let records = match finding.count {
        0 => String::new(),
        n => format!(" of {}", counted(n, "record", "records")),
    };
    let example = finding
        .examples
        .first()
        .map_or_else(String::new, |example| {
            format!(" (such as {}: {})", example.record_id, example.got)
        });
    format!(
        "{source}{column}{records}{example}: expected {}; {}",
        finding.expected, finding.consequence
    )
}

fn open_question(difference: &coronet_evaluate::Estimate) -> &'static str {
    match (difference.low, difference.high) {
        (Some(low), Some(high)) if low <= 0.0 && high >= 0.0 => {
            " The interval holds 0: which one is better stays open."
        }
        _ => "",
    }
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
        .map(|threshold| setting(*threshold))
        .collect();
    format!(
        "Net benefit weighs true positives against false positives at the odds of a threshold probability. At {}, acting on the model did more good than acting on everybody and than acting on nobody as follows; “surely” means that the pointwise interval of the advantage lies above 0.",
        number::sentence_list(&thresholds)
    )
}

/// Where the model's net benefit is above both references.
pub(crate) fn decision(name: &str, vessel: &VesselEvaluation) -> Option<String> {
    if vessel.decision_curve.is_empty() || vessel.events == 0 {
        return None;
    }
    let list = |keep: &dyn Fn(&&coronet_evaluate::DecisionPoint) -> bool| -> Vec<String> {
        let points = vessel.decision_curve.iter().filter(keep);
        points.map(|point| setting(point.threshold)).collect()
    };
    let better = list(&|point| point.model > point.treat_all && point.model > 0.0);
    let surely = list(&|point| point.advantage.low.is_some_and(|low| low > 0.0));
    let sure = match (surely.is_empty(), vessel.decision_curve[0].advantage.low) {
        (false, _) => format!(", surely at {}", number::sentence_list(&surely)),
        (true, Some(_)) => ", surely at none".to_owned(),
        (true, None) => String::new(),
    };
    Some(if better.is_empty() {
        format!("{name}: at none of them.")
    } else if better.len() == vessel.decision_curve.len() {
        format!("{name}: at all of them{sure}.")
    } else {
        format!("{name}: at {}{sure}.", number::sentence_list(&better))
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
    if let Some(difference) = any
        .gray_zone
        .defined()
        .and_then(|gray| gray.difference.defined())
    {
        sentences.push(format!(
            "The first share less the second, in the same records: {}. The rule takes records out of the gray zone and puts none in, so that a test of equal shares would only count them; what leaving is worth, the predictive value and net reclassification below say.",
            estimate_percent(difference, 1)
        ));
    }
    sentences.extend(added_value(any));
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

/// Gray's test, time-dependent AUC, the check of the Cox model and net reclassification.
fn survival_extras(survival: &SurvivalEvaluation) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(test) = survival.gray.event.defined() {
        sentences.push(format!(
            "Cumulative incidence of the event between the strata, deaths competing: Gray’s test {}.",
            number::p_equals(test.p)
        ));
    }
    let areas: Vec<String> = survival
        .horizons
        .iter()
        .filter_map(|at| {
            let auc = at.auc.defined()?;
            Some(format!("{} by day {}", estimate(auc, 3), fixed(at.days, 0)))
        })
        .collect();
    if !areas.is_empty() {
        sentences.push(format!(
            "Time-dependent AUC of the highest probability: {}.",
            number::sentence_list(&areas)
        ));
    }
    if let Some(test) = survival
        .cox
        .defined()
        .and_then(|cox| cox.proportional_hazards.defined())
    {
        sentences.push(format!(
            "Test of constant hazard ratios: {}; a small p means that one number does not describe the whole of follow-up.",
            number::p_equals(test.p)
        ));
    }
    if let Some(found) = survival.reclassification.defined()
        && let Some(nri) = found.kaplan_meier.defined()
    {
        sentences.push(format!(
            "Net reclassification for the event by day {} from pre-test to combined categories, by Kaplan–Meier with competing deaths censored: {} among those with and {} among those without it; no interval or test is given.",
            fixed(found.days, 0),
            fixed(nri.events, 3),
            fixed(nri.nonevents, 3)
        ));
    }
    sentences
}

/// What the ECG adds to the pre-test probability as a probability.
fn added_value(any: &AnyVessel) -> Option<String> {
    let combined = any.added_value.defined()?.combined.defined()?;
    Some(format!(
        "AUC for any vessel: {} by pre-test probability alone, {} by a cross-fitted model of both; difference {}.",
        number::or_reason(&combined.auc_first, |e| estimate(e, 3)),
        number::or_reason(&combined.auc_second, |e| estimate(e, 3)),
        number::or_reason(&combined.auc_difference, |e| estimate(e, 3))
    ))
}

/// What follow-up shows.
pub(crate) fn follow_up(survival: &SurvivalEvaluation) -> Vec<String> {
    let mut sentences = vec![format!(
        "{} records were followed{}; {} had the event and {} died of another cause before it. The event curves of the strata: log-rank {}.",
        count(survival.n),
        match &survival.median_follow_up {
            Statistic::Defined(days) => format!(" for a median of {} days", estimate(days, 0)),
            Statistic::Undefined(why) =>
                format!(" (median follow-up undefined, because {})", why.reason),
        },
        count(survival.events),
        count(survival.competing),
        number::or_reason(&survival.log_rank, |test| number::p_equals(test.p))
    )];
    match survival.cox.defined() {
        Some(cox) => sentences.extend(hazard_ratios(cox, survival)),
        None => sentences.push(format!(
            "The Cox model is undefined, because {}.",
            survival.cox.reason().unwrap_or("no reason was given")
        )),
    }
    let concordance = number::or_reason(&survival.c_index, |c| {
        format!("{} ({})", estimate(c, 3), c.method)
    });
    sentences.extend(survival_extras(survival));
    sentences.push(format!("Concordance: {concordance}. Association with later events is not evidence that acting on the score would prevent them."));
    sentences
}

/// Hazard ratios of the strata: against which, and adjusted for what.
fn hazard_ratios(cox: &Cox, survival: &SurvivalEvaluation) -> Vec<String> {
    let is_stratum = |name: &str| survival.groups.contains_key(name);
    let reference = cox.reference.as_deref().unwrap_or("the reference");
    let (strata, others): (Vec<_>, Vec<_>) =
        cox.terms.iter().partition(|(name, _)| is_stratum(name));
    let ratios: Vec<String> = strata
        .iter()
        .map(|(name, term)| format!("{} for {name} against {reference}", estimate(&term.hr, 2)))
        .collect();
    let covariates: Vec<String> = others
        .iter()
        .map(|(name, _)| match name.as_str() {
            "male" => "sex".to_owned(),
            other => other.replace('_', " "),
        })
        .collect();
    let adjusted = match covariates.is_empty() {
        true => "not adjusted".to_owned(),
        false => format!("adjusted for {}", number::sentence_list(&covariates)),
    };
    let mut sentences = Vec::new();
    if !ratios.is_empty() {
        let ratios = number::sentence_list(&ratios);
        let left_out = match survival.n.saturating_sub(cox.n) {
            0 => String::new(),
            without => format!("; {} without age or sex left out", count(without)),
        };
        sentences.push(format!(
            "Hazard ratio, {adjusted}: {ratios} ({} records, {}{left_out}).",
            count(cox.n),
            counted(cox.events, "event", "events")
        ));
    }
    if !cox.constant.is_empty() {
        sentences.push(format!(
            "Left out of the model, since the same in every record: {}.",
            number::sentence_list(&cox.constant)
        ));
    }
    sentences
}
