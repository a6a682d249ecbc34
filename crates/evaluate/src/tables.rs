//! An evaluation as flat tables, for CSV files.

mod details;

use std::fmt::Display;

use crate::evaluation::{Evaluation, OperatingPoint};
use crate::statistic::{Estimate, Statistic};

/// A table of text cells. Numbers are written in full; what is undefined is empty,
/// with its reason in the last column `reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// File name without extension.
    pub name: String,
    /// Column names.
    pub header: Vec<String>,
    /// Rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// The one row of what could not be computed: `reason`, the last column.
    fn only_reason(&mut self, reason: &str) {
        let mut row = vec![String::new(); self.header.len()];
        if let Some(last) = row.last_mut() {
            *last = reason.to_owned();
        }
        self.rows.push(row);
    }

    fn new(name: &str, header: &str) -> Self {
        let header = header.split(' ').map(ToOwned::to_owned).collect();
        Self {
            name: name.to_owned(),
            header,
            rows: Vec::new(),
        }
    }
}

/// Every table of an evaluation: `baseline`, `discrimination`, `operating_points`,
/// `strata`, `calibration`, `decision_curve`, `trend`, `subgroups`,
/// `subgroup_comparisons`, `thresholds`, `targets`, `recalibration`, `centres`, `pooled`, `pretest`,
/// `any_vessel`, `survival`, `horizons`, `cox`, `findings`.
pub fn tables(evaluation: &Evaluation) -> Vec<Table> {
    vec![
        baseline(evaluation),
        discrimination(evaluation),
        operating_points(evaluation),
        strata(evaluation),
        calibration(evaluation),
        decision_curve(evaluation),
        trend(evaluation),
        subgroups(evaluation),
        comparisons(evaluation),
        details::thresholds(evaluation),
        details::targets(evaluation),
        details::recalibration(evaluation),
        details::centres(evaluation),
        details::pooled(evaluation),
        details::pretest(evaluation),
        any_vessel(evaluation),
        survival(evaluation),
        details::horizons(evaluation),
        cox(evaluation),
        findings(evaluation),
    ]
}

fn baseline(evaluation: &Evaluation) -> Table {
    let mut table = Table::new("baseline", "item value reason");
    let base = &evaluation.baseline;
    let mut row = |item: String, value: String, reason: &str| {
        table.rows.push(vec![item, value, reason.to_owned()])
    };
    for (item, count) in [
        ("records", base.records),
        ("female", base.sex.female),
        ("male", base.sex.male),
        ("sex missing", base.sex.missing),
    ] {
        row(item.to_owned(), text(count), "");
    }
    for (item, count) in [
        ("patients", &base.patients),
        ("normal ECGs", &base.normal_ecg),
    ] {
        row(item.to_owned(), cell(count), reason(count));
    }
    for (item, column) in [
        ("age", &base.age),
        ("interval_days", &base.interval_days),
        ("pretest_probability", &base.pretest_probability),
        ("follow_up_days", &base.follow_up_days),
    ] {
        for (part, value) in [
            ("mean", column.clone().map(|d| d.mean)),
            ("sd", column.clone().and_then(|d| d.sd)),
            ("median", column.clone().map(|d| d.median)),
            ("first quartile", column.clone().map(|d| d.first_quartile)),
            ("third quartile", column.clone().map(|d| d.third_quartile)),
        ] {
            row(format!("{item}, {part}"), cell(&value), reason(&value));
        }
    }
    for (vessel, grades) in &base.grades {
        let counts = [
            grades.none,
            grades.mild,
            grades.moderate,
            grades.severe,
            grades.occluded,
            grades.missing,
        ];
        for (grade, count) in ["none", "mild", "moderate", "severe", "occluded", "missing"]
            .into_iter()
            .zip(counts)
        {
            row(format!("{vessel}, {grade}"), text(count), "");
        }
    }
    table
}

fn discrimination(evaluation: &Evaluation) -> Table {
    let mut table = Table::new(
        "discrimination",
        "vessel statistic n events value low high method warning reason",
    );
    for (name, vessel) in &evaluation.vessels {
        for (statistic, estimate) in [
            ("auc", &vessel.auc),
            ("auc_bootstrap", &vessel.auc_bootstrap),
            ("average_precision", &vessel.average_precision),
        ] {
            let start = vec![
                name.clone(),
                statistic.to_owned(),
                text(vessel.n),
                text(vessel.events),
            ];
            table.rows.push([start, with_method(estimate)].concat());
        }
    }
    table
}

fn operating_points(evaluation: &Evaluation) -> Table {
    let proportions = ["sensitivity", "specificity", "ppv", "npv", "accuracy"];
    let columns: String = proportions
        .map(|name| format!(" {name} {name}_low {name}_high"))
        .concat();
    let mut table = Table::new(
        "operating_points",
        &format!("vessel point threshold tp fp tn fn{columns} f1 youden reason"),
    );
    for (name, vessel) in &evaluation.vessels {
        for (point, values) in &vessel.operating_points {
            let start = vec![name.clone(), point.clone()];
            let rest = match values {
                Statistic::Defined(values) => operating_point(values),
                Statistic::Undefined(undefined) => {
                    let mut cells = vec![String::new(); table.header.len() - 3];
                    cells.push(undefined.reason.clone());
                    cells
                }
            };
            table.rows.push([start, rest].concat());
        }
    }
    table
}

fn operating_point(point: &OperatingPoint) -> Vec<String> {
    let mut cells = vec![text(point.threshold)];
    cells.extend([point.tp, point.fp, point.tn, point.false_negative].map(text));
    for estimate in [
        &point.sensitivity,
        &point.specificity,
        &point.ppv,
        &point.npv,
        &point.accuracy,
    ] {
        cells.extend(limits(estimate));
    }
    cells.extend([cell(&point.f1), cell(&point.youden), String::new()]);
    cells
}

fn strata(evaluation: &Evaluation) -> Table {
    let mut table = Table::new("strata", "vessel stratum n events rate low high reason");
    for (name, vessel) in &evaluation.vessels {
        match &vessel.strata {
            Statistic::Defined(strata) => {
                table.rows.extend(strata.iter().map(|(stratum, values)| {
                    let start = vec![
                        name.clone(),
                        stratum.clone(),
                        text(values.n),
                        text(values.events),
                    ];
                    [
                        start,
                        limits(&values.rate),
                        vec![reason(&values.rate).to_owned()],
                    ]
                    .concat()
                }))
            }
            Statistic::Undefined(undefined) => {
                let mut row = vec![name.clone()];
                row.resize(7, String::new());
                row.push(undefined.reason.clone());
                table.rows.push(row);
            }
        }
    }
    table
}

fn calibration(evaluation: &Evaluation) -> Table {
    let mut table = Table::new("calibration", "vessel statistic value low high reason");
    for (name, vessel) in &evaluation.vessels {
        let calibration = &vessel.calibration;
        let mut row = |statistic: &str, cells: Vec<String>, reason: &str| {
            let start = vec![name.clone(), statistic.to_owned()];
            table
                .rows
                .push([start, cells, vec![reason.to_owned()]].concat());
        };
        for (statistic, estimate) in [
            ("slope", &calibration.slope_interval),
            ("intercept", &calibration.intercept_interval),
            ("in_the_large", &calibration.in_the_large_interval),
        ] {
            row(statistic, limits(estimate), reason(estimate));
        }
        for (statistic, value) in [
            ("brier", &calibration.brier),
            ("scaled_brier", &calibration.scaled_brier),
            ("ici", &calibration.ici),
            ("e50", &calibration.e50),
            ("e90", &calibration.e90),
            ("e_max", &calibration.e_max),
            ("ece", &calibration.ece),
            ("observed_expected", &calibration.observed_expected),
        ] {
            row(
                statistic,
                vec![cell(value), String::new(), String::new()],
                reason(value),
            );
        }
    }
    table
}

fn decision_curve(evaluation: &Evaluation) -> Table {
    let mut table = Table::new(
        "decision_curve",
        "vessel threshold model low high treat_all standardized interventions_avoided",
    );
    for (name, vessel) in &evaluation.vessels {
        for point in vessel
            .decision_curve
            .iter()
            .chain(&vessel.decision_curve_fine)
        {
            let numbers = [
                Some(point.threshold),
                Some(point.model),
                point.low,
                point.high,
                Some(point.treat_all),
            ];
            let mut row = vec![name.clone()];
            row.extend(numbers.map(|number| number.map(text).unwrap_or_default()));
            row.extend([cell(&point.standardized), text(point.interventions_avoided)]);
            table.rows.push(row);
        }
    }
    table
}

fn trend(evaluation: &Evaluation) -> Table {
    let mut table = Table::new("trend", "vessel test statistic df z p reason");
    for (name, vessel) in &evaluation.vessels {
        let spearman = &vessel.trend.spearman;
        table.rows.push(vec![
            name.clone(),
            "spearman".to_owned(),
            cell(&spearman.clone().map(|rho| rho.value)),
            String::new(),
            String::new(),
            cell(&spearman.clone().map(|rho| rho.p)),
            reason(spearman).to_owned(),
        ]);
        for (test, result) in [
            ("jonckheere", &vessel.trend.jonckheere),
            ("kruskal_wallis", &vessel.trend.kruskal_wallis),
            ("cochran_armitage", &vessel.trend.cochran_armitage),
        ] {
            let numbers = result
                .defined()
                .map(|test| [Some(test.statistic), test.df, test.z, Some(test.p)]);
            let cells = numbers
                .unwrap_or_default()
                .map(|number| number.map(text).unwrap_or_default());
            let start = vec![name.clone(), test.to_owned()];
            table
                .rows
                .push([start, cells.to_vec(), vec![reason(result).to_owned()]].concat());
        }
    }
    table
}

fn subgroups(evaluation: &Evaluation) -> Table {
    let mut table = Table::new(
        "subgroups",
        "vessel subgroup n events value low high method warning reason",
    );
    for (name, vessel) in &evaluation.vessels {
        for (subgroup, values) in &vessel.subgroups {
            let start = vec![
                name.clone(),
                subgroup.clone(),
                text(values.n),
                text(values.events),
            ];
            table.rows.push([start, with_method(&values.auc)].concat());
        }
    }
    table
}

fn comparisons(evaluation: &Evaluation) -> Table {
    let mut table = Table::new(
        "subgroup_comparisons",
        "vessel factor first second difference low high p p_holm reason",
    );
    for (name, vessel) in &evaluation.vessels {
        for comparison in &vessel.subgroup_comparisons {
            let start = [
                name,
                &comparison.factor,
                &comparison.first,
                &comparison.second,
            ]
            .map(Clone::clone);
            let end = [
                cell(&comparison.test.clone().map(|test| test.p)),
                cell(&comparison.p_holm),
                reason(&comparison.difference).to_owned(),
            ];
            table
                .rows
                .push([start.to_vec(), limits(&comparison.difference), end.to_vec()].concat());
        }
    }
    table
}

fn any_vessel(evaluation: &Evaluation) -> Table {
    let mut table = Table::new("any_vessel", "statistic value low high reason");
    let any = &evaluation.any_vessel;
    let part = |of: fn(&crate::evaluation::AnyVessel) -> Statistic<Estimate>| {
        any.clone().and_then(|any| of(&any))
    };
    for (statistic, estimate) in [
        ("auc", part(|any| any.auc.clone())),
        ("auc_pretest", part(|any| any.auc_pretest.clone())),
        (
            "gray_zone_ptp",
            part(|any| any.gray_zone.clone().map(|zone| zone.ptp)),
        ),
        (
            "gray_zone_combined",
            part(|any| any.gray_zone.clone().map(|zone| zone.combined)),
        ),
        (
            "rule_out_ptp_npv",
            part(|any| any.rule_out.clone().and_then(|out| out.ptp.npv)),
        ),
        (
            "rule_out_ptp_sensitivity",
            part(|any| any.rule_out.clone().and_then(|out| out.ptp.sensitivity)),
        ),
        (
            "rule_out_combined_npv",
            part(|any| any.rule_out.clone().and_then(|out| out.combined.npv)),
        ),
        (
            "rule_out_combined_sensitivity",
            part(|any| {
                any.rule_out
                    .clone()
                    .and_then(|out| out.combined.sensitivity)
            }),
        ),
    ] {
        let start = vec![statistic.to_owned()];
        table
            .rows
            .push([start, limits(&estimate), vec![reason(&estimate).to_owned()]].concat());
    }
    let nri = any.clone().and_then(|any| any.nri);
    for (statistic, value) in [
        ("nri_events", nri.clone().map(|nri| nri.events)),
        ("nri_nonevents", nri.clone().map(|nri| nri.nonevents)),
        ("nri_se", nri.clone().map(|nri| nri.se)),
    ] {
        let blank = [String::new(), String::new()];
        let row = [
            vec![statistic.to_owned(), cell(&value)],
            blank.to_vec(),
            vec![reason(&value).to_owned()],
        ];
        table.rows.push(row.concat());
    }
    table
}

fn survival(evaluation: &Evaluation) -> Table {
    let mut table = Table::new(
        "survival",
        "stratum days at_risk survival low high cumulative_incidence competing_incidence reason",
    );
    let Some(survival) = evaluation.survival.defined() else {
        table.only_reason(reason(&evaluation.survival));
        return table;
    };
    for (stratum, group) in &survival.groups {
        for at in &group.at {
            let start = vec![stratum.clone(), text(at.days), text(at.at_risk)];
            let incidence = vec![
                cell(&at.cumulative_incidence),
                cell(&at.competing_incidence),
            ];
            let end = vec![reason(&at.survival).to_owned()];
            table
                .rows
                .push([start, limits(&at.survival), incidence, end].concat());
        }
    }
    table
}

fn cox(evaluation: &Evaluation) -> Table {
    let mut table = Table::new("cox", "term coef se p hazard_ratio low high reason");
    let survival = evaluation.survival.clone();
    let model = survival.and_then(|survival| survival.cox);
    let Some(fit) = model.defined() else {
        table.only_reason(reason(&model));
        return table;
    };
    for (name, term) in &fit.terms {
        let start = vec![name.clone(), text(term.coef), text(term.se), text(term.p)];
        let ratio = limits(&Statistic::Defined(term.hr.clone()));
        table
            .rows
            .push([start, ratio, vec![String::new()]].concat());
    }
    table
}

fn findings(evaluation: &Evaluation) -> Table {
    let mut table = Table::new(
        "findings",
        "kind column count expected consequence examples",
    );
    for finding in &evaluation.findings {
        let examples: Vec<String> = finding
            .examples
            .iter()
            .map(|example| {
                format!(
                    "{} (line {}: {})",
                    example.record_id, example.line, example.got
                )
            })
            .collect();
        table.rows.push(vec![
            finding.kind.name().to_owned(),
            finding.column.clone(),
            text(finding.count),
            finding.expected.clone(),
            finding.consequence.clone(),
            examples.join("; "),
        ]);
    }
    table
}

fn text(value: impl Display) -> String {
    value.to_string()
}

fn cell<T: Display>(statistic: &Statistic<T>) -> String {
    statistic.defined().map(text).unwrap_or_default()
}

fn reason<T>(statistic: &Statistic<T>) -> &str {
    statistic.reason().unwrap_or_default()
}

/// value, low, high
fn limits(statistic: &Statistic<Estimate>) -> Vec<String> {
    let numbers = statistic
        .defined()
        .map(|estimate| [Some(estimate.value), estimate.low, estimate.high]);
    numbers
        .unwrap_or_default()
        .map(|number| number.map(text).unwrap_or_default())
        .to_vec()
}

/// value, low, high, method, warning, reason
fn with_method(statistic: &Statistic<Estimate>) -> Vec<String> {
    let method = statistic
        .defined()
        .map(|estimate| estimate.method.clone())
        .unwrap_or_default();
    let warning = statistic
        .defined()
        .and_then(|estimate| estimate.warning.clone())
        .unwrap_or_default();
    [
        limits(statistic),
        vec![method, warning, reason(statistic).to_owned()],
    ]
    .concat()
}
