//! Tables with one or more rows for every vessel.

use super::{Cell, Rows, Table};
use crate::wording::{self, level, operating_point_name};
use coronet_evaluate::{
    Estimate, Evaluation, OperatingPoint, Statistic, Subgroup, Test, VesselEvaluation,
};

/// One row a vessel.
pub(super) fn vessels(evaluation: &Evaluation) -> Rows<(&str, &VesselEvaluation)> {
    let rows = evaluation.vessels.iter();
    Rows::of(rows.map(|(name, vessel)| (name.as_str(), vessel)))
        .text("vessel", "Vessel", |row| row.0)
}

/// One row a vessel, with its records and events.
pub(super) fn counted_vessels(evaluation: &Evaluation) -> Rows<(&str, &VesselEvaluation)> {
    vessels(evaluation)
        .count("n", "n", |row| row.1.n)
        .count("events", "Events", |row| row.1.events)
}

/// One row for each thing that `pick` finds in a vessel.
pub(super) fn within_vessels<'a, T, I: IntoIterator<Item = T>>(
    evaluation: &'a Evaluation,
    pick: impl Fn(&'a VesselEvaluation) -> I,
) -> Rows<(&'a str, T)> {
    let mut rows = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        rows.extend(pick(vessel).into_iter().map(|found| (name.as_str(), found)));
    }
    Rows::of(rows).text("vessel", "Vessel", |row| row.0)
}

/// The compact table of the first screen.
pub(super) fn answer(evaluation: &Evaluation, context: &crate::Context) -> Table {
    let normal = |vessel: &VesselEvaluation, cell: fn(&Subgroup) -> Cell| {
        vessel.subgroups.get("normal_ecg").map_or(Cell::Empty, cell)
    };
    let mut rows = counted_vessels(evaluation)
        .interval("auc", "AUC", |row| Cell::estimate(row.1.quoted_auc(), 3))
        .interval("auc_normal_ecg", "AUC in normal ECGs", |row| {
            normal(row.1, |group| Cell::estimate(&group.auc, 3))
        })
        .number("events_normal_ecg", "Events in normal ECGs", |row| {
            normal(row.1, |group| Cell::count(group.events))
        });
    let best = &context.best_achievable_auc;
    if !best.is_empty() {
        let head = "Best achievable AUC (simulation)";
        rows = rows.number("best_achievable_auc", head, |row| {
            best.get(row.0)
                .map_or(Cell::Empty, |auc| Cell::number(*auc, 3))
        });
    }
    rows.table(
        "answer",
        format!(
            "Records, events – {} – and AUC with {} DeLong interval{} by vessel.",
            wording::event_definition(evaluation.config.label_rule),
            level(&evaluation.config),
            wording::units(evaluation)
        ),
    )
}

pub(super) fn discrimination(evaluation: &Evaluation) -> Table {
    counted_vessels(evaluation)
        .interval("auc", "AUC (DeLong)", |row| {
            Cell::estimate(row.1.quoted_auc(), 3)
        })
        .interval("auc_bootstrap", "AUC (bootstrap)", |row| {
            Cell::estimate(&row.1.auc_bootstrap, 3)
        })
        .interval("average_precision", "Average precision", |row| {
            Cell::estimate(&row.1.average_precision, 3)
        })
        .table(
            "discrimination",
            format!(
                "Discrimination by vessel, with {} intervals. AUC: DeLong{}, and the percentile bootstrap of the same area{}; average precision: step rule, {}.",
                level(&evaluation.config),
                wording::units(evaluation),
                wording::auc_bootstrap(evaluation).map_or_else(String::new, |method| format!(" ({method})")),
                wording::decision_limits(evaluation).unwrap_or("no interval asked for")
            ),
        )
}

/// The same area with other intervals, for those who ask how much the method matters.
pub(super) fn intervals(evaluation: &Evaluation) -> Table {
    vessels(evaluation)
        .interval("delong", "DeLong", |row| Cell::estimate(&row.1.auc, 3))
        .interval("by_patient", "DeLong, by patient", |row| {
            Cell::estimate(&row.1.auc_by_patient, 3)
        })
        .interval("logit", "Logit", |row| Cell::estimate(&row.1.auc_logit, 3))
        .interval("hanley_mcneil", "Hanley–McNeil", |row| {
            Cell::estimate(&row.1.auc_hanley_mcneil, 3)
        })
        .interval("bootstrap", "Bootstrap", |row| {
            Cell::estimate(&row.1.auc_bootstrap, 3)
        })
        .number("mann_whitney_p", "p (Mann–Whitney)", |row| {
            Cell::of(&row.1.mann_whitney, |test| Cell::p(test.p))
        })
        .table(
            "auc-intervals",
            format!(
                "The same AUC with {} intervals by several methods: DeLong with records as units, with patients as units where one has several records, DeLong on the logit scale (better with few events), Hanley and McNeil, percentile bootstrap; and the Mann–Whitney test of chance.",
                level(&evaluation.config)
            ),
        )
}

/// What this number of events can show.
pub(super) fn sample_size(evaluation: &Evaluation) -> Table {
    let needed = |records: &Statistic<usize>| Cell::of(records, |n| Cell::count(*n));
    let mut vessels_found = evaluation.vessels.values();
    let targets = vessels_found.next().map_or_else(String::new, |vessel| {
        let target = &vessel.sample_size;
        format!(
            " The targets: an AUC within ± {}, O:E within a factor of {}, a slope within ± {}.",
            crate::number::fixed(target.auc_half_width_target, 2),
            crate::number::fixed(target.observed_expected_factor, 1),
            crate::number::fixed(target.slope_half_width_target, 1)
        )
    });
    vessels(evaluation)
        .count("events", "Events", |row| row.1.sample_size.events)
        .count("nonevents", "Without", |row| row.1.sample_size.nonevents)
        .number("auc_half_width", "AUC ±", |row| {
            Cell::statistic(&row.1.sample_size.auc_half_width, 3)
        })
        .number("records_for_auc", "Records for AUC", |row| {
            needed(&row.1.sample_size.records_for_auc)
        })
        .number("records_for_observed_expected", "for O:E", |row| {
            needed(&row.1.sample_size.records_for_observed_expected)
        })
        .number("records_for_slope", "for slope", |row| {
            needed(&row.1.sample_size.records_for_slope)
        })
        .table(
            "sample-size",
            format!(
                "What this number of events can show: half the width of the AUC’s interval to be expected, and the records needed for a validation of stated precision at this rate of events (Riley et al. 2021).{targets}"
            ),
        )
}

pub(super) fn operating_points(evaluation: &Evaluation) -> Table {
    let rows = within_vessels(evaluation, |vessel| &vessel.operating_points).text(
        "point",
        "Point",
        |row| operating_point_name(row.1.0),
    );
    point_columns(rows, |row| row.1.1).table(
        "operating-points",
        format!(
            "Operating points by vessel; positive means p at or above the threshold. Sensitivity, specificity and predictive values with {} Wilson intervals; \
             predictive values hold for the event rate of this cohort only.",
            level(&evaluation.config)
        ),
    )
}

/// Threshold, sensitivity, specificity and predictive values of the point in each row.
pub(super) fn point_columns<'a, R>(
    rows: Rows<R>,
    point: impl Fn(&R) -> &'a Statistic<OperatingPoint>,
) -> Rows<R> {
    let share = |row: &R, pick: fn(&OperatingPoint) -> &Statistic<Estimate>| {
        Cell::only(point(row), |found| Cell::percentage(pick(found), 1))
    };
    rows.number("threshold", "Threshold", |row| {
        Cell::of(point(row), |found| Cell::number(found.threshold, 3))
    })
    .interval("sensitivity", "Sensitivity", |row| {
        share(row, |found| &found.sensitivity)
    })
    .interval("specificity", "Specificity", |row| {
        share(row, |found| &found.specificity)
    })
    .interval("ppv", "PPV", |row| share(row, |found| &found.ppv))
    .interval("npv", "NPV", |row| share(row, |found| &found.npv))
}

pub(super) fn confusion(evaluation: &Evaluation) -> Table {
    within_vessels(evaluation, |vessel| {
        let points = vessel.operating_points.iter();
        points.filter_map(|(key, point)| Some((key, point.defined()?)))
    })
    .text("point", "Point", |row| operating_point_name(row.1.0))
    .number("threshold", "Threshold", |row| {
        Cell::number(row.1.1.threshold, 3)
    })
    .count("tp", "TP", |row| row.1.1.tp)
    .count("fp", "FP", |row| row.1.1.fp)
    .count("tn", "TN", |row| row.1.1.tn)
    .count("fn", "FN", |row| row.1.1.false_negative)
    .table(
        "confusion",
        "Counts behind the operating points: true and false positives, true and false negatives.",
    )
}

pub(super) fn strata(evaluation: &Evaluation) -> Table {
    within_vessels(evaluation, |vessel| match &vessel.strata {
        Statistic::Defined(strata) => strata
            .iter()
            .map(|(name, found)| (name.as_str(), found.n, found.events, found.rate.clone()))
            .collect(),
        Statistic::Undefined(reason) => {
            let rate = Statistic::Undefined(reason.clone());
            vec![("all", vessel.n, vessel.events, rate)]
        }
    })
    .text("stratum", "Stratum", |row| row.1.0)
    .count("n", "n", |row| row.1.1)
    .count("events", "Events", |row| row.1.2)
    .interval("rate", "Observed rate", |row| Cell::percentage(&row.1.3, 1))
    .table(
        "strata",
        format!(
            "Observed rate of events by stratum and vessel, with {} Wilson intervals.",
            level(&evaluation.config)
        ),
    )
}

pub(super) fn trend(evaluation: &Evaluation) -> Table {
    let p = |test: &Statistic<Test>| Cell::of(test, |test| Cell::p(test.p));
    vessels(evaluation)
        .number("n", "Pairs", |row| {
            Cell::of(&row.1.trend.spearman, |found| Cell::count(found.n))
        })
        .number("spearman", "Spearman ρ", |row| {
            Cell::of(&row.1.trend.spearman, |found| Cell::number(found.value, 3))
        })
        .number("spearman_p", "p (Spearman)", |row| {
            Cell::of(&row.1.trend.spearman, |found| Cell::p(found.p))
        })
        .number("jonckheere_p", "p (Jonckheere–Terpstra)", |row| {
            p(&row.1.trend.jonckheere)
        })
        .number("kruskal_wallis_p", "p (Kruskal–Wallis)", |row| {
            p(&row.1.trend.kruskal_wallis)
        })
        .number("kendall", "Kendall τ", |row| {
            Cell::of(&row.1.trend.kendall, |found| Cell::number(found.value, 3))
        })
        .number("cochran_armitage_p", "p (strata)", |row| {
            p(&row.1.trend.cochran_armitage)
        })
        .table(
            "trend",
            "Rise of the predicted probability with the grade of stenosis, by vessel: Spearman’s rank correlation, and the p-values of Spearman’s, the Jonckheere–Terpstra (ordered) and the Kruskal–Wallis (any difference) tests; Kendall’s τ; and Cochran and Armitage’s test of the event rate over the strata.",
        )
}
