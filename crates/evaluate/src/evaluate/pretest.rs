//! Pre-test probabilities from a column or a model.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::any_vessel::category;
use super::groups::any_positive;
use crate::calibration::{brier, observed_expected_interval};
use crate::config::EvaluationConfig;
use crate::discrimination::auc_of;
use crate::evaluation::{Pretest, PretestEvaluation, Stratum};
use crate::pretest::PretestModel;
use crate::proportion::wilson;
use crate::score_table::ScoreTable;
use crate::statistic::Statistic;

const CATEGORIES: [&str; 3] = ["low", "gray", "high"];

/// The pre-test probabilities an evaluation uses, and where they come from.
///
/// The configured model, else the column, else RF-CL; none where no record has an answer.
pub(super) fn resolve(
    table: &ScoreTable,
    config: &EvaluationConfig,
) -> (Option<Vec<Option<f64>>>, String) {
    let model = match (config.pretest_model, &table.pretest_probabilities) {
        (None, Some(column)) => return (Some(column.clone()), "column ptp".to_owned()),
        (Some(model), _) => model,
        (None, None) => PretestModel::RfCl,
    };
    let answers: Vec<Option<f64>> = (0..table.len())
        .map(|row| {
            model
                .probability(&table.pretest_patient(row))
                .defined()
                .copied()
        })
        .collect();
    if answers.iter().any(Option::is_some) {
        (Some(answers), format!("model {}", model.name()))
    } else {
        let reason = match &table.pretest_probabilities {
            Some(_) => {
                "none: the model asked for answers for no record, and column ptp was not asked for"
            }
            None => "none: no record has ptp or what the model needs",
        };
        (None, format!("{reason} ({})", model.name()))
    }
}

/// Every model that answers for some record with all grades.
pub(super) fn evaluate(table: &ScoreTable, source: String, config: &EvaluationConfig) -> Pretest {
    let event = any_positive(table, config);
    let mut models = IndexMap::new();
    if let Some(column) = &table.pretest_probabilities {
        let answers = column.iter().map(|ptp| match ptp {
            Some(ptp) => Statistic::Defined(*ptp),
            None => Statistic::undefined("ptp is missing"),
        });
        models.insert(
            "ptp".to_owned(),
            model(&answers.collect::<Vec<_>>(), &event, config),
        );
    }
    if table.clinical.symptoms.is_some() {
        for of in PretestModel::ALL {
            let answers: Vec<Statistic<f64>> = (0..table.len())
                .map(|row| of.probability(&table.pretest_patient(row)))
                .collect();
            if answers.iter().any(|answer| answer.defined().is_some()) {
                models.insert(of.name().to_owned(), model(&answers, &event, config));
            }
        }
    }
    Pretest { source, models }
}

fn model(
    answers: &[Statistic<f64>],
    event: &[Option<bool>],
    config: &EvaluationConfig,
) -> PretestEvaluation {
    let (mut scores, mut positive) = (Vec::new(), Vec::new());
    let mut unanswered: BTreeMap<String, usize> = BTreeMap::new();
    for (answer, event) in answers.iter().zip(event) {
        let Some(event) = event else { continue };
        match answer {
            Statistic::Defined(probability) => {
                scores.push(*probability);
                positive.push(*event);
            }
            Statistic::Undefined(undefined) => {
                *unanswered
                    .entry(without_numbers(&undefined.reason))
                    .or_default() += 1;
            }
        }
    }
    let level = config.confidence;
    let stratum = |place: usize| {
        let members: Vec<bool> = scores
            .iter()
            .zip(&positive)
            .filter(|(p, _)| category(**p, config) as usize == place)
            .map(|(_, event)| *event)
            .collect();
        let events = members.iter().filter(|event| **event).count();
        Stratum {
            n: members.len(),
            events,
            rate: wilson(events, members.len(), level),
        }
    };
    PretestEvaluation {
        n: scores.len(),
        events: positive.iter().filter(|event| **event).count(),
        unanswered: unanswered.into_iter().collect(),
        auc: auc_of(&scores, &positive, level),
        observed_expected: observed_expected_interval(&scores, &positive, level),
        brier: brier(&scores, &positive),
        categories: CATEGORIES
            .iter()
            .enumerate()
            .map(|(place, name)| ((*name).to_owned(), stratum(place)))
            .collect(),
    }
}

/// One reason for all ages outside a table, so that reasons can be counted.
fn without_numbers(reason: &str) -> String {
    let words = reason
        .split(' ')
        .filter(|word| word.parse::<f64>().is_err());
    words.collect::<Vec<_>>().join(" ")
}
