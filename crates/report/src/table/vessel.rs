//! Tables with one or more rows for every vessel.

use super::{Cell, Kind, Table, columns};
use crate::wording::{self, level, operating_point_name, subgroup_name};
use coronet_evaluate::{DecisionPoint, Evaluation, OperatingPoint, Statistic, VesselEvaluation};

const VESSEL: (&str, &str, Kind) = ("vessel", "Vessel", Kind::Text);
const N: (&str, &str, Kind) = ("n", "n", Kind::Number);
const EVENTS: (&str, &str, Kind) = ("events", "Events", Kind::Number);

pub(super) fn discrimination(evaluation: &Evaluation) -> Table {
    let rows = evaluation
        .vessels
        .iter()
        .map(|(name, vessel)| {
            vec![
                Cell::text(name),
                Cell::count(vessel.n),
                Cell::count(vessel.events),
                Cell::estimate(&vessel.auc, 3),
                Cell::estimate(&vessel.auc_bootstrap, 3),
                Cell::estimate(&vessel.average_precision, 3),
            ]
        })
        .collect();
    Table {
        name: "discrimination".to_owned(),
        caption: format!(
            "Discrimination by vessel, with {} intervals. AUC: DeLong, and the percentile bootstrap of the same area; average precision: step rule, percentile bootstrap.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            VESSEL,
            N,
            EVENTS,
            ("auc", "AUC (DeLong)", Kind::Interval),
            ("auc_bootstrap", "AUC (bootstrap)", Kind::Interval),
            ("average_precision", "Average precision", Kind::Interval),
        ]),
        rows,
    }
}

pub(super) fn operating_points(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        for (key, point) in &vessel.operating_points {
            rows.push(operating_point_row(name, key, point));
        }
    }
    Table {
        name: "operating-points".to_owned(),
        caption: format!(
            "Operating points by vessel; positive means p at or above the threshold. Sensitivity, specificity and predictive values with {} Wilson intervals; \
             predictive values hold for the event rate of this cohort only.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            VESSEL,
            ("point", "Point", Kind::Text),
            ("threshold", "Threshold", Kind::Number),
            ("sensitivity", "Sensitivity", Kind::Interval),
            ("specificity", "Specificity", Kind::Interval),
            ("ppv", "PPV", Kind::Interval),
            ("npv", "NPV", Kind::Interval),
        ]),
        rows,
    }
}

fn operating_point_row(vessel: &str, key: &str, point: &Statistic<OperatingPoint>) -> Vec<Cell> {
    let mut row = vec![Cell::text(vessel), Cell::Text(operating_point_name(key))];
    match point {
        Statistic::Defined(point) => row.extend([
            Cell::number(point.threshold, 3),
            Cell::percentage(&point.sensitivity, 1),
            Cell::percentage(&point.specificity, 1),
            Cell::percentage(&point.ppv, 1),
            Cell::percentage(&point.npv, 1),
        ]),
        Statistic::Undefined(undefined) => {
            row.push(Cell::Undefined(undefined.reason.clone()));
            row.resize(7, Cell::Empty);
        }
    }
    row
}

pub(super) fn confusion(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        for (key, point) in &vessel.operating_points {
            let Some(point) = point.defined() else {
                continue;
            };
            rows.push(vec![
                Cell::text(name),
                Cell::Text(operating_point_name(key)),
                Cell::number(point.threshold, 3),
                Cell::count(point.tp),
                Cell::count(point.fp),
                Cell::count(point.tn),
                Cell::count(point.false_negative),
            ]);
        }
    }
    Table {
        name: "confusion".to_owned(),
        caption: "Counts behind the operating points: true and false positives, true and false negatives.".to_owned(),
        columns: columns(&[
            VESSEL,
            ("point", "Point", Kind::Text),
            ("threshold", "Threshold", Kind::Number),
            ("tp", "TP", Kind::Number),
            ("fp", "FP", Kind::Number),
            ("tn", "TN", Kind::Number),
            ("fn", "FN", Kind::Number),
        ]),
        rows,
    }
}

pub(super) fn strata(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        match &vessel.strata {
            Statistic::Undefined(undefined) => rows.push(vec![
                Cell::text(name),
                Cell::text("all"),
                Cell::count(vessel.n),
                Cell::count(vessel.events),
                Cell::Undefined(undefined.reason.clone()),
            ]),
            Statistic::Defined(strata) => {
                for (stratum, found) in strata {
                    rows.push(vec![
                        Cell::text(name),
                        Cell::text(stratum),
                        Cell::count(found.n),
                        Cell::count(found.events),
                        Cell::percentage(&found.rate, 1),
                    ]);
                }
            }
        }
    }
    Table {
        name: "strata".to_owned(),
        caption: format!(
            "Observed rate of events by stratum and vessel, with {} Wilson intervals.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            VESSEL,
            ("stratum", "Stratum", Kind::Text),
            N,
            EVENTS,
            ("rate", "Observed rate", Kind::Interval),
        ]),
        rows,
    }
}

pub(super) fn calibration(evaluation: &Evaluation) -> Table {
    let row = |(name, vessel): (&String, &VesselEvaluation)| {
        let calibration = &vessel.calibration;
        vec![
            Cell::text(name),
            Cell::count(vessel.n),
            Cell::count(vessel.events),
            Cell::estimate(&calibration.slope_interval, 2),
            Cell::estimate(&calibration.intercept_interval, 2),
            Cell::estimate(&calibration.in_the_large_interval, 2),
            Cell::statistic(&calibration.observed_expected, 2),
        ]
    };
    Table {
        name: "calibration".to_owned(),
        caption: format!(
            "Calibration by vessel. Slope and intercept of the logistic recalibration model and calibration-in-the-large, with {} Wald intervals (ideal 1, 0 and 0); O:E, observed over expected events (ideal 1).",
            level(&evaluation.config)
        ),
        columns: columns(&[
            VESSEL,
            N,
            EVENTS,
            ("slope", "Slope", Kind::Interval),
            ("intercept", "Intercept", Kind::Interval),
            ("in_the_large", "In the large", Kind::Interval),
            ("observed_expected", "O:E", Kind::Number),
        ]),
        rows: evaluation.vessels.iter().map(row).collect(),
    }
}

pub(super) fn calibration_errors(evaluation: &Evaluation) -> Table {
    let row = |(name, vessel): (&String, &VesselEvaluation)| {
        let calibration = &vessel.calibration;
        let errors = [
            &calibration.brier,
            &calibration.scaled_brier,
            &calibration.ici,
            &calibration.e50,
            &calibration.e90,
            &calibration.e_max,
            &calibration.ece,
        ];
        let mut row = vec![
            Cell::text(name),
            Cell::count(vessel.n),
            Cell::count(vessel.events),
        ];
        row.extend(errors.map(|error| Cell::statistic(error, 3)));
        row
    };
    Table {
        name: "calibration-errors".to_owned(),
        caption: "Errors of the probabilities by vessel: Brier score and its share of the score of the observed rate (scaled); ICI, E50, E90 and Emax, the mean, median, 90th percentile and greatest distance of the smoother from the predicted probability; ECE over ten groups of equal size."
            .to_owned(),
        columns: columns(&[
            VESSEL,
            N,
            EVENTS,
            ("brier", "Brier", Kind::Number),
            ("scaled_brier", "Scaled Brier", Kind::Number),
            ("ici", "ICI", Kind::Number),
            ("e50", "E50", Kind::Number),
            ("e90", "E90", Kind::Number),
            ("e_max", "Emax", Kind::Number),
            ("ece", "ECE", Kind::Number),
        ]),
        rows: evaluation.vessels.iter().map(row).collect(),
    }
}

pub(super) fn trend(evaluation: &Evaluation) -> Table {
    let rows = evaluation
        .vessels
        .iter()
        .map(|(name, vessel)| {
            let trend = &vessel.trend;
            vec![
                Cell::text(name),
                Cell::of(&trend.spearman, |s| Cell::count(s.n)),
                Cell::of(&trend.spearman, |s| Cell::number(s.value, 3)),
                Cell::of(&trend.spearman, |s| Cell::p(s.p)),
                Cell::of(&trend.jonckheere, |test| Cell::p(test.p)),
                Cell::of(&trend.kruskal_wallis, |test| Cell::p(test.p)),
            ]
        })
        .collect();
    Table {
        name: "trend".to_owned(),
        caption: "Rise of the predicted probability with the grade of stenosis, by vessel: Spearman’s rank correlation, and the p-values of Spearman’s, the Jonckheere–Terpstra (ordered) and the Kruskal–Wallis (any difference) tests."
            .to_owned(),
        columns: columns(&[
            VESSEL,
            ("n", "Pairs", Kind::Number),
            ("spearman", "Spearman ρ", Kind::Number),
            ("spearman_p", "p (Spearman)", Kind::Number),
            ("jonckheere_p", "p (Jonckheere–Terpstra)", Kind::Number),
            ("kruskal_wallis_p", "p (Kruskal–Wallis)", Kind::Number),
        ]),
        rows,
    }
}

pub(super) fn subgroups(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        for (key, subgroup) in &vessel.subgroups {
            rows.push(vec![
                Cell::text(name),
                Cell::Text(subgroup_name(key)),
                Cell::count(subgroup.n),
                Cell::count(subgroup.events),
                Cell::estimate(&subgroup.auc, 3),
            ]);
        }
    }
    Table {
        name: "subgroups".to_owned(),
        caption: format!(
            "AUC by vessel and subgroup with {} DeLong intervals.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            VESSEL,
            ("subgroup", "Subgroup", Kind::Text),
            N,
            EVENTS,
            ("auc", "AUC", Kind::Interval),
        ]),
        rows,
    }
}

pub(super) fn subgroup_comparisons(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        for comparison in &vessel.subgroup_comparisons {
            rows.push(vec![
                Cell::text(name),
                Cell::Text(subgroup_name(&comparison.first)),
                Cell::Text(subgroup_name(&comparison.second)),
                Cell::estimate(&comparison.difference, 3),
                Cell::of(&comparison.test, |test| Cell::p(test.p)),
                Cell::of(&comparison.p_holm, |p| Cell::p(*p)),
            ]);
        }
    }
    Table {
        name: "subgroup-comparisons".to_owned(),
        caption: format!(
            "Difference in AUC between subgroups (first minus second) with {} interval, unpaired DeLong test, and the p-value after Holm’s correction over the comparisons of a vessel. A large p-value is no evidence of equality.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            VESSEL,
            ("first", "First", Kind::Text),
            ("second", "Second", Kind::Text),
            ("difference", "Difference in AUC", Kind::Interval),
            ("p", "p", Kind::Number),
            ("p_holm", "p (Holm)", Kind::Number),
        ]),
        rows,
    }
}

pub(super) fn decision_curves(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        for point in &vessel.decision_curve {
            rows.push(decision_row(name, point));
        }
    }
    Table {
        name: "decision-curves".to_owned(),
        caption: "Net benefit by vessel at the configured threshold probabilities: acting on the model and acting on everybody (acting on nobody is 0); \
                  interventions avoided per patient at equal true positives, against acting on everybody."
            .to_owned(),
        columns: columns(&[
            VESSEL,
            ("threshold", "Threshold", Kind::Number),
            ("model", "Model", Kind::Number),
            ("treat_all", "Treat all", Kind::Number),
            ("interventions_avoided", "Interventions avoided", Kind::Number),
        ]),
        rows,
    }
}

fn decision_row(vessel: &str, point: &DecisionPoint) -> Vec<Cell> {
    vec![
        Cell::text(vessel),
        Cell::Number {
            value: point.threshold,
            shown: crate::number::percent(point.threshold, 0),
        },
        Cell::number(point.model, 4),
        Cell::number(point.treat_all, 4),
        Cell::number(point.interventions_avoided, 3),
    ]
}

/// The compact table of the first screen.
pub(super) fn answer(evaluation: &Evaluation, context: &crate::Context) -> Table {
    let best_known = !context.best_achievable_auc.is_empty();
    let mut heads = vec![
        VESSEL,
        N,
        EVENTS,
        ("auc", "AUC", Kind::Interval),
        ("auc_normal_ecg", "AUC in normal ECGs", Kind::Interval),
        ("events_normal_ecg", "Events in normal ECGs", Kind::Number),
    ];
    if best_known {
        heads.push((
            "best_achievable_auc",
            "Best achievable AUC (simulation)",
            Kind::Number,
        ));
    }
    let rows = evaluation
        .vessels
        .iter()
        .map(|(name, vessel)| {
            let normal = vessel.subgroups.get("normal_ecg");
            let mut row = vec![
                Cell::text(name),
                Cell::count(vessel.n),
                Cell::count(vessel.events),
                Cell::estimate(&vessel.auc, 3),
                normal.map_or(Cell::Empty, |normal| Cell::estimate(&normal.auc, 3)),
                normal.map_or(Cell::Empty, |normal| Cell::count(normal.events)),
            ];
            if best_known {
                let best = context.best_achievable_auc.get(name);
                row.push(best.map_or(Cell::Empty, |auc| Cell::number(*auc, 3)));
            }
            row
        })
        .collect();
    Table {
        name: "answer".to_owned(),
        caption: format!(
            "Records, events ({}) and AUC with {} DeLong interval by vessel.",
            wording::event_definition(evaluation.config.label_rule),
            level(&evaluation.config)
        ),
        columns: columns(&heads),
        rows,
    }
}
