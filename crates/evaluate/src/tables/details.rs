//! Tables over thresholds, recalibrations, centres, pre-test models and horizons.

use super::{Table, cell, reason, text};
use crate::evaluation::{CalibrationSummary, Evaluation, TargetGoal};
use crate::statistic::{Estimate, Statistic};

pub(super) fn thresholds(evaluation: &Evaluation) -> Table {
    let mut table = Table::new(
        "thresholds",
        "vessel threshold tp fp tn fn sensitivity specificity ppv npv called reason",
    );
    for (name, vessel) in &evaluation.vessels {
        for row in &vessel.threshold_table {
            let counts = [row.tp, row.fp, row.tn, row.false_negative].map(text);
            let shares = [
                &row.sensitivity,
                &row.specificity,
                &row.ppv,
                &row.npv,
                &row.called,
            ];
            let mut cells = vec![name.clone(), text(row.threshold)];
            cells.extend(counts);
            cells.extend(shares.map(|share| cell(&share.clone().map(|share| share.value))));
            cells.push(
                shares
                    .into_iter()
                    .find_map(Statistic::reason)
                    .unwrap_or_default()
                    .to_owned(),
            );
            table.rows.push(cells);
        }
    }
    table
}

pub(super) fn targets(evaluation: &Evaluation) -> Table {
    let header = "vessel goal target threshold sensitivity specificity ppv npv reason";
    let mut table = Table::new("targets", header);
    for (name, vessel) in &evaluation.vessels {
        for row in &vessel.target_table {
            let goal = match row.goal {
                TargetGoal::Sensitivity => "sensitivity",
                TargetGoal::Specificity => "specificity",
            };
            let part = |of: fn(&crate::evaluation::OperatingPoint) -> Statistic<Estimate>| {
                let estimate = row.point.clone().and_then(|point| of(&point));
                cell(&estimate.map(|estimate| estimate.value))
            };
            table.rows.push(vec![
                name.clone(),
                goal.to_owned(),
                text(row.target),
                cell(&row.point.clone().map(|point| point.threshold)),
                part(|point| point.sensitivity.clone()),
                part(|point| point.specificity.clone()),
                part(|point| point.ppv.clone()),
                part(|point| point.npv.clone()),
                reason(&row.point).to_owned(),
            ]);
        }
    }
    table
}

const SUMMARY: &str = "n events brier slope slope_low slope_high in_the_large in_the_large_low in_the_large_high \
                       observed_expected observed_expected_low observed_expected_high ici reason";

/// The cells under [`SUMMARY`].
fn summary(summary: &Statistic<CalibrationSummary>) -> Vec<String> {
    let Statistic::Defined(summary) = summary else {
        let mut cells = vec![String::new(); 13];
        cells.push(reason(summary).to_owned());
        return cells;
    };
    let mut cells = vec![text(summary.n), text(summary.events), cell(&summary.brier)];
    for estimate in [
        &summary.slope,
        &summary.in_the_large,
        &summary.observed_expected,
    ] {
        cells.extend(interval(estimate));
    }
    cells.push(cell(&summary.ici));
    cells.push(reason(&summary.slope).to_owned());
    cells
}

/// Value and limits.
fn interval(estimate: &Statistic<Estimate>) -> [String; 3] {
    let part = |of: fn(&Estimate) -> Option<f64>| {
        estimate
            .defined()
            .and_then(of)
            .map(text)
            .unwrap_or_default()
    };
    [
        part(|estimate| Some(estimate.value)),
        part(|estimate| estimate.low),
        part(|estimate| estimate.high),
    ]
}

pub(super) fn recalibration(evaluation: &Evaluation) -> Table {
    let mut table = Table::new("recalibration", &format!("vessel map fitted_on {SUMMARY}"));
    for (name, vessel) in &evaluation.vessels {
        let mut push = |map: &str, on: &str, of: &Statistic<CalibrationSummary>| {
            let mut cells = vec![name.clone(), map.to_owned(), on.to_owned()];
            cells.extend(summary(of));
            table.rows.push(cells);
        };
        for (method, result) in &vessel.recalibration.cross_fitted {
            push(method, &vessel.recalibration.parts, result);
        }
        let frozen = vessel.recalibration.frozen.clone();
        push(
            "frozen",
            "other data",
            &frozen.map(|frozen| frozen.calibration),
        );
    }
    table
}

pub(super) fn centres(evaluation: &Evaluation) -> Table {
    let header = format!("vessel site map auc auc_low auc_high {SUMMARY}");
    let mut table = Table::new("centres", &header);
    for (name, vessel) in &evaluation.vessels {
        let Some(centres) = vessel.centres.defined() else {
            continue;
        };
        for (site, centre) in &centres.centres {
            for (map, of) in [
                ("as given", &Statistic::Defined(centre.calibration.clone())),
                ("frozen", &centre.after_frozen),
                ("intercept, own data cross-fitted", &centre.after_intercept),
                ("platt, own data cross-fitted", &centre.after_platt),
            ] {
                let mut cells = vec![name.clone(), site.clone(), map.to_owned()];
                cells.extend(interval(&centre.auc));
                cells.extend(summary(of));
                table.rows.push(cells);
            }
        }
    }
    table
}

pub(super) fn pooled(evaluation: &Evaluation) -> Table {
    let header = "vessel statistic centres fixed fixed_low fixed_high random random_low random_high \
                  tau_squared i_squared q q_p prediction_low prediction_high reason";
    let mut table = Table::new("pooled", header);
    for (name, vessel) in &evaluation.vessels {
        let Some(centres) = vessel.centres.defined() else {
            continue;
        };
        for (statistic, pooled) in &centres.pooled {
            let mut cells = vec![name.clone(), statistic.clone()];
            match pooled {
                Statistic::Defined(pooled) => {
                    cells.push(text(pooled.centres));
                    cells.extend(interval(&Statistic::Defined(pooled.fixed.clone())));
                    cells.extend(interval(&Statistic::Defined(pooled.random.clone())));
                    cells.extend([pooled.tau_squared, pooled.i_squared].map(text));
                    let test = &pooled.heterogeneity;
                    cells.extend([test.statistic, test.p].map(text));
                    let [_, low, high] = interval(&pooled.prediction);
                    cells.extend([low, high]);
                    cells.push(reason(&pooled.prediction).to_owned());
                }
                Statistic::Undefined(undefined) => {
                    cells.resize(15, String::new());
                    cells.push(undefined.reason.clone());
                }
            }
            table.rows.push(cells);
        }
    }
    table
}

pub(super) fn pretest(evaluation: &Evaluation) -> Table {
    let header = "model n events auc auc_low auc_high observed_expected observed_expected_low \
                  observed_expected_high brier low gray high reason";
    let mut table = Table::new("pretest", header);
    for (name, model) in &evaluation.pretest.models {
        let mut cells = vec![name.clone(), text(model.n), text(model.events)];
        cells.extend(interval(&model.auc));
        cells.extend(interval(&model.observed_expected));
        cells.push(cell(&model.brier));
        cells.extend(model.categories.values().map(|category| text(category.n)));
        cells.push(reason(&model.auc).to_owned());
        table.rows.push(cells);
    }
    table
}

pub(super) fn horizons(evaluation: &Evaluation) -> Table {
    let header = "days events auc auc_low auc_high brier brier_low brier_high brier_null scaled_brier reason";
    let mut table = Table::new("horizons", header);
    for row in evaluation
        .survival
        .defined()
        .iter()
        .flat_map(|survival| &survival.horizons)
    {
        let mut cells = vec![text(row.days), text(row.events)];
        cells.extend(interval(&row.auc));
        cells.extend(interval(&row.brier));
        cells.push(cell(&row.brier_null.clone().map(|brier| brier.value)));
        cells.push(cell(&row.scaled_brier));
        cells.push(
            row.auc
                .reason()
                .or(row.brier.reason())
                .unwrap_or_default()
                .to_owned(),
        );
        table.rows.push(cells);
    }
    table
}
