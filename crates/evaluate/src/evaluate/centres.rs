//! One vessel centre by centre, and pooled.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::records::VesselRecords;
use super::{recalibrate, vessel};
use crate::calibration::{fit_intercept, fit_platt};
use crate::config::EvaluationConfig;
use crate::decision::decision_curve;
use crate::evaluation::{CentreEvaluation, Centres, OperatingPoint, Thresholds};
use crate::pooling::{Pooled, Scale, pool};
use crate::proportion::wilson;
use crate::score_table::ScoreTable;
use crate::statistic::{Estimate, Statistic};

/// Every centre at the thresholds of the whole.
pub(super) fn evaluate(
    table: &ScoreTable,
    records: &VesselRecords,
    thresholds: &Thresholds,
    config: &EvaluationConfig,
) -> Statistic<Centres> {
    let Some(column) = &table.sites else {
        return Statistic::undefined("no record has site");
    };
    let names: BTreeSet<&String> = column.iter().flatten().collect();
    if names.is_empty() {
        return Statistic::undefined("column site has no values");
    }
    let centres: IndexMap<String, CentreEvaluation> = names
        .into_iter()
        .map(|site| {
            let member: Vec<bool> = column.iter().map(|of| of.as_ref() == Some(site)).collect();
            let within = records.within(&member, config.few_events);
            (site.clone(), centre(&within, thresholds, config))
        })
        .collect();
    Statistic::Defined(Centres {
        pooled: pooled(&centres, config.confidence),
        centres,
    })
}

fn centre(
    records: &VesselRecords,
    thresholds: &Thresholds,
    config: &EvaluationConfig,
) -> CentreEvaluation {
    let level = config.confidence;
    CentreEvaluation {
        n: records.rows.len(),
        events: records.events,
        rate: wilson(records.events, records.rows.len(), level),
        auc: vessel::auc(records, config),
        calibration: recalibrate::summary(&records.scores, records, level),
        after_frozen: recalibrate::frozen(records, config).map(|frozen| frozen.calibration),
        after_intercept: recalibrate::local(records, fit_intercept, level),
        after_platt: recalibrate::local(records, fit_platt, level),
        operating_points: vessel::operating_points(records, thresholds, config),
        decision_curve: decision_curve(
            &records.scores,
            &records.positive,
            &config.decision_thresholds,
        ),
        warnings: records.few_events.iter().cloned().collect(),
    }
}

fn pooled(
    centres: &IndexMap<String, CentreEvaluation>,
    level: f64,
) -> IndexMap<String, Statistic<Pooled>> {
    let each = |of: &dyn Fn(&CentreEvaluation) -> Option<(f64, f64)>, scale| {
        let points: Vec<(f64, f64)> = centres.values().filter_map(of).collect();
        pool(&points, scale, level)
    };
    let point = |centre: &CentreEvaluation, name: &str| -> Option<OperatingPoint> {
        centre.operating_points.get(name)?.defined().cloned()
    };
    let sensitivity = |centre: &CentreEvaluation| {
        let point = point(centre, "rule_out")?;
        logit_of_counts(point.tp, point.false_negative)
    };
    let specificity = |centre: &CentreEvaluation| {
        let point = point(centre, "rule_in")?;
        logit_of_counts(point.tn, point.fp)
    };
    let entries = [
        (
            "auc",
            each(&|c| logit_of_area(c.auc.defined()?), Scale::Logit),
        ),
        ("sensitivity_rule_out", each(&sensitivity, Scale::Logit)),
        ("specificity_rule_in", each(&specificity, Scale::Logit)),
        (
            "observed_expected",
            each(
                &|c| log_of_ratio(c.calibration.observed_expected.defined()?),
                Scale::Log,
            ),
        ),
        (
            "in_the_large",
            each(
                &|c| plain(c.calibration.in_the_large.defined()?),
                Scale::Identity,
            ),
        ),
        (
            "slope",
            each(&|c| plain(c.calibration.slope.defined()?), Scale::Identity),
        ),
    ];
    entries
        .into_iter()
        .map(|(name, pooled)| (name.to_owned(), pooled))
        .collect()
}

/// Delta method: Var(logit A) = V / (A (1 − A))² (Snell, Ensor, Debray, Moons & Riley, Statistical Methods in
/// Medical Research 27 (2018) 3505).
fn logit_of_area(area: &Estimate) -> Option<(f64, f64)> {
    let spread = area.value * (1.0 - area.value);
    Some((
        Scale::Logit.forward(area.value),
        area.variance? / (spread * spread),
    ))
}

/// The ratio's variance is that of its logarithm already.
fn log_of_ratio(ratio: &Estimate) -> Option<(f64, f64)> {
    Some((ratio.value.ln(), ratio.variance?))
}

fn plain(estimate: &Estimate) -> Option<(f64, f64)> {
    Some((estimate.value, estimate.variance?))
}

/// The logit of a proportion with its variance, ½ added to both counts; nothing of nobody.
fn logit_of_counts(yes: usize, no: usize) -> Option<(f64, f64)> {
    if yes + no == 0 {
        return None;
    }
    let (yes, no) = (yes as f64 + 0.5, no as f64 + 0.5);
    Some(((yes / no).ln(), 1.0 / yes + 1.0 / no))
}
