//! Tables with one or more rows for every vessel.

use super::{Cell, Kind, Table, columns};
use crate::wording::{self, level, operating_point_name, subgroup_name};
use coronet_evaluate::{
    Band, DecisionPoint, Evaluation, OperatingPoint, Statistic, VesselEvaluation,
};

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

/// Tests and further errors, which depend on choices of grouping.
pub(super) fn calibration_tests(evaluation: &Evaluation) -> Table {
    let row = |(name, vessel): (&String, &VesselEvaluation)| {
        let found = &vessel.calibration;
        vec![
            Cell::text(name),
            Cell::of(&found.spiegelhalter, |test| match test.z {
                Some(z) => Cell::number(z, 2),
                None => Cell::number(test.statistic, 2),
            }),
            Cell::of(&found.spiegelhalter, |test| Cell::p(test.p)),
            Cell::of(&found.hosmer_lemeshow, |found| {
                Cell::number(found.test.statistic, 2)
            }),
            Cell::of(&found.hosmer_lemeshow, |found| Cell::count(found.groups)),
            Cell::of(&found.hosmer_lemeshow, |found| Cell::p(found.test.p)),
            Cell::of(&found.loess, |loess| Cell::number(loess.ici, 3)),
            Cell::of(&found.loess, |loess| Cell::number(loess.e90, 3)),
            Cell::statistic(&found.ece_equal_width, 3),
            Cell::statistic(&found.mce_equal_width, 3),
        ]
    };
    Table {
        name: "calibration-tests".to_owned(),
        caption: "Further measures of calibration by vessel: Spiegelhalter’s z; Hosmer and Lemeshow’s test, which changes with its groups and is not for headlines; ICI and E90 by LOESS of degree 2;                   expected and maximum calibration error over ten bins of equal width."
            .to_owned(),
        columns: columns(&[
            VESSEL,
            ("spiegelhalter_z", "Spiegelhalter z", Kind::Number),
            ("spiegelhalter_p", "p", Kind::Number),
            ("hosmer_lemeshow", "Hosmer–Lemeshow χ²", Kind::Number),
            ("hosmer_lemeshow_groups", "Groups", Kind::Number),
            ("hosmer_lemeshow_p", "p", Kind::Number),
            ("loess_ici", "ICI (LOESS)", Kind::Number),
            ("loess_e90", "E90 (LOESS)", Kind::Number),
            ("ece_equal_width", "ECE, equal width", Kind::Number),
            ("mce_equal_width", "MCE", Kind::Number),
        ]),
        rows: evaluation.vessels.iter().map(row).collect(),
    }
}

/// The same area with other intervals, for those who ask how much the method matters.
pub(super) fn intervals(evaluation: &Evaluation) -> Table {
    let row = |(name, vessel): (&String, &VesselEvaluation)| {
        vec![
            Cell::text(name),
            Cell::estimate(&vessel.auc, 3),
            Cell::estimate(&vessel.auc_logit, 3),
            Cell::estimate(&vessel.auc_hanley_mcneil, 3),
            Cell::estimate(&vessel.auc_bootstrap, 3),
            Cell::of(&vessel.mann_whitney, |test| Cell::p(test.p)),
        ]
    };
    Table {
        name: "auc-intervals".to_owned(),
        caption: format!(
            "The same AUC with {} intervals by four methods: DeLong, DeLong on the logit scale (better with few events), Hanley and McNeil, percentile bootstrap; and the Mann–Whitney test of chance.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            VESSEL,
            ("delong", "DeLong", Kind::Interval),
            ("logit", "Logit", Kind::Interval),
            ("hanley_mcneil", "Hanley–McNeil", Kind::Interval),
            ("bootstrap", "Bootstrap", Kind::Interval),
            ("mann_whitney_p", "p (Mann–Whitney)", Kind::Number),
        ]),
        rows: evaluation.vessels.iter().map(row).collect(),
    }
}

/// What this number of events can show.
pub(super) fn sample_size(evaluation: &Evaluation) -> Table {
    let row = |(name, vessel): (&String, &VesselEvaluation)| {
        let found = &vessel.sample_size;
        vec![
            Cell::text(name),
            Cell::count(found.events),
            Cell::count(found.nonevents),
            Cell::statistic(&found.auc_half_width, 3),
            Cell::of(&found.records_for_auc, |n| Cell::count(*n)),
            Cell::of(&found.records_for_observed_expected, |n| Cell::count(*n)),
            Cell::of(&found.records_for_slope, |n| Cell::count(*n)),
        ]
    };
    let target = evaluation
        .vessels
        .values()
        .next()
        .map(|vessel| &vessel.sample_size);
    let targets = target.map_or_else(String::new, |target| {
        format!(
            " The targets: an AUC within ± {}, O:E within a factor of {}, a slope within ± {}.",
            crate::number::fixed(target.auc_half_width_target, 2),
            crate::number::fixed(target.observed_expected_factor, 1),
            crate::number::fixed(target.slope_half_width_target, 1)
        )
    });
    Table {
        name: "sample-size".to_owned(),
        caption: format!(
            "What this number of events can show: half the width of the AUC’s interval to be expected, and the records needed for a validation of stated precision at this rate of events (Riley et al. 2021).{targets}"
        ),
        columns: columns(&[
            VESSEL,
            EVENTS,
            ("nonevents", "Without", Kind::Number),
            ("auc_half_width", "AUC ±", Kind::Number),
            ("records_for_auc", "Records for AUC", Kind::Number),
            ("records_for_observed_expected", "for O:E", Kind::Number),
            ("records_for_slope", "for slope", Kind::Number),
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
                Cell::of(&trend.kendall, |k| Cell::number(k.value, 3)),
                Cell::of(&trend.cochran_armitage, |test| Cell::p(test.p)),
            ]
        })
        .collect();
    Table {
        name: "trend".to_owned(),
        caption: "Rise of the predicted probability with the grade of stenosis, by vessel: Spearman’s rank correlation, and the p-values of Spearman’s, the Jonckheere–Terpstra (ordered) and the Kruskal–Wallis (any difference) tests; Kendall’s τ; and Cochran and Armitage’s test of the event rate over the strata."
            .to_owned(),
        columns: columns(&[
            VESSEL,
            ("n", "Pairs", Kind::Number),
            ("spearman", "Spearman ρ", Kind::Number),
            ("spearman_p", "p (Spearman)", Kind::Number),
            ("jonckheere_p", "p (Jonckheere–Terpstra)", Kind::Number),
            ("kruskal_wallis_p", "p (Kruskal–Wallis)", Kind::Number),
            ("kendall", "Kendall τ", Kind::Number),
            ("cochran_armitage_p", "p (strata)", Kind::Number),
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

/// Calibration and what the thresholds do in each subgroup.
pub(super) fn subgroup_performance(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        for (key, subgroup) in &vessel.subgroups {
            rows.push(vec![
                Cell::text(name),
                Cell::Text(subgroup_name(key)),
                Cell::percentage(&subgroup.rate, 1),
                Cell::estimate(&subgroup.observed_expected, 2),
                Cell::estimate(&subgroup.slope, 2),
                Cell::percentage(&subgroup.sensitivity_rule_out, 1),
                Cell::percentage(&subgroup.specificity_rule_in, 1),
            ]);
        }
    }
    Table {
        name: "subgroup-performance".to_owned(),
        caption: format!(
            "Observed rate, calibration, and sensitivity and specificity at the thresholds of all records, by subgroup, with {} intervals.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            VESSEL,
            ("subgroup", "Subgroup", Kind::Text),
            ("rate", "Observed rate", Kind::Interval),
            ("observed_expected", "O:E", Kind::Interval),
            ("slope", "Slope", Kind::Interval),
            ("sensitivity", "Rule-out sensitivity", Kind::Interval),
            ("specificity", "Rule-in specificity", Kind::Interval),
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
                Cell::of(&comparison.p_benjamini_hochberg, |p| Cell::p(*p)),
                Cell::of(&comparison.calibration_interaction, |test| Cell::p(test.p)),
            ]);
        }
    }
    Table {
        name: "subgroup-comparisons".to_owned(),
        caption: format!(
            "Difference in AUC between subgroups (first minus second) with {} interval, unpaired DeLong test of the interaction, and its p-value after Holm’s correction and after Benjamini and Hochberg’s (false discovery rate) over the comparisons of a vessel. \
             The last column tests whether calibration differs, uncorrected. A large p-value is no evidence of equality.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            VESSEL,
            ("first", "First", Kind::Text),
            ("second", "Second", Kind::Text),
            ("difference", "Difference in AUC", Kind::Interval),
            ("p", "p", Kind::Number),
            ("p_holm", "p (Holm)", Kind::Number),
            ("p_benjamini_hochberg", "p (BH)", Kind::Number),
            ("calibration_p", "p, calibration", Kind::Number),
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
                  “advantage” is the model less the better of the two. Interventions avoided per patient at equal true positives, against acting on everybody. \
                  Pointwise bootstrap limits where they were asked for."
            .to_owned(),
        columns: columns(&[
            VESSEL,
            ("threshold", "Threshold", Kind::Number),
            ("model", "Model", Kind::Interval),
            ("treat_all", "Treat all", Kind::Number),
            ("advantage", "Advantage", Kind::Interval),
            ("interventions_avoided", "Interventions avoided", Kind::Interval),
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
        band(
            &Band {
                value: point.model,
                low: point.low,
                high: point.high,
            },
            4,
        ),
        Cell::number(point.treat_all, 4),
        band(&point.advantage, 4),
        band(&point.interventions_avoided_band, 3),
    ]
}

fn band(band: &Band, decimals: usize) -> Cell {
    let limits = band.low.zip(band.high);
    Cell::Interval {
        value: band.value,
        limits,
        shown: match limits {
            Some(limits) => crate::number::range(band.value, limits, decimals),
            None => crate::number::fixed(band.value, decimals),
        },
    }
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
            "Records, events – {} – and AUC with {} DeLong interval by vessel.",
            wording::event_definition(evaluation.config.label_rule),
            level(&evaluation.config)
        ),
        columns: columns(&heads),
        rows,
    }
}
