//! "Any vessel positive", and what the ECG adds to a pre-test probability.

use super::records::few_events;
use super::{HighestVessel, added_value};
use crate::config::EvaluationConfig;
use crate::discrimination::{auc_of, clustered_area, several_records};
use crate::evaluation::{
    AnyVessel, GrayZone, NetReclassification, Reclassification, RuleOut, RuleOuts,
};
use crate::operating::{RiskStratum, stratum_rates};
use crate::proportion::{mcnemar, mcnemar_exact, paired_difference, wilson};
use crate::reclassification::net_reclassification;
use crate::score_table::ScoreTable;
use crate::statistic::{Estimate, Statistic};

/// Fewer discordant pairs than this take McNemar's exact test.
const FEW_DISCORDANT: usize = 25;

/// Low, gray or high by pre-test probability or by the combined rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Category {
    Low,
    Gray,
    High,
}

/// Records with every grade and every probability.
pub(super) struct Records {
    pub(super) rows: Vec<usize>,
    pub(super) positive: Vec<bool>,
    /// The highest probability of the vessels.
    pub(super) highest: Vec<f64>,
    /// Patient number of each record.
    pub(super) patients: Vec<u32>,
}

/// Evaluates records with every grade and probability.
pub(super) fn evaluate(
    table: &ScoreTable,
    highest: &[Option<HighestVessel>],
    config: &EvaluationConfig,
) -> Statistic<AnyVessel> {
    let records = Records::new(table, config);
    if records.rows.is_empty() {
        return Statistic::undefined("no record has every grade and every probability");
    }
    let combined = Combined::new(table, &records, highest, config);
    let known: Statistic<Vec<RiskStratum>> = records
        .rows
        .iter()
        .map(|&row| highest[row].map(|highest| highest.stratum))
        .collect::<Option<_>>()
        .map_or_else(
            || Statistic::undefined("no vessel has thresholds"),
            Statistic::Defined,
        );
    let rates = known.map(|strata| stratum_rates(&strata, &records.positive, config.confidence));
    let level = config.confidence;
    Statistic::Defined(AnyVessel {
        n: records.rows.len(),
        events: records.positive.iter().filter(|class| **class).count(),
        auc: area(
            &records.highest,
            &records.positive,
            &records.patients,
            level,
        ),
        auc_pretest: pretest_auc(table, &records, config),
        strata: rates,
        gray_zone: combined
            .clone()
            .and_then(|combined| combined.gray_zone(level)),
        nri: combined.clone().and_then(|combined| combined.nri(level)),
        reclassification: combined.clone().map(|combined| combined.tables()),
        rule_out: combined.map(|combined| combined.rule_outs(level)),
        added_value: added_value::evaluate(table, &records, config),
        warnings: few_events(&records.positive, config.few_events)
            .into_iter()
            .collect(),
    })
}

impl Records {
    fn new(table: &ScoreTable, config: &EvaluationConfig) -> Self {
        let mut records = Self {
            rows: Vec::new(),
            positive: Vec::new(),
            highest: Vec::new(),
            patients: Vec::new(),
        };
        let (patients, _) = table.patient_numbers();
        for (row, patient) in patients.into_iter().enumerate() {
            let cells = table.vessels.iter().map(|(name, columns)| {
                let positive = columns.grades[row]? >= config.label_rule.positive_from(name);
                Some((positive, columns.probabilities[row]?))
            });
            if let Some(cells) = cells.collect::<Option<Vec<(bool, f64)>>>() {
                records.rows.push(row);
                records.patients.push(patient);
                records
                    .positive
                    .push(cells.iter().any(|(positive, _)| *positive));
                records
                    .highest
                    .push(cells.iter().map(|(_, p)| *p).fold(0.0, f64::max));
            }
        }
        records
    }
}

fn pretest_auc(
    table: &ScoreTable,
    records: &Records,
    config: &EvaluationConfig,
) -> Statistic<Estimate> {
    let Some(column) = &table.pretest_probabilities else {
        return Statistic::undefined("no record has ptp");
    };
    let (mut scores, mut positive, mut patients) = (Vec::new(), Vec::new(), Vec::new());
    for (place, &row) in records.rows.iter().enumerate() {
        if let Some(ptp) = column[row] {
            scores.push(ptp);
            positive.push(records.positive[place]);
            patients.push(records.patients[place]);
        }
    }
    area(&scores, &positive, &patients, config.confidence)
}

/// The area, patients as units where one has several records.
fn area(scores: &[f64], positive: &[bool], patients: &[u32], level: f64) -> Statistic<Estimate> {
    match several_records(patients) {
        true => clustered_area(scores, positive, patients).map(|area| area.estimate(level)),
        false => auc_of(scores, positive, level),
    }
}

/// Records with a pre-test probability and a stratum, in both sets of categories.
#[derive(Clone)]
struct Combined {
    pretest: Vec<Category>,
    combined: Vec<Category>,
    positive: Vec<bool>,
}

impl Combined {
    fn new(
        table: &ScoreTable,
        records: &Records,
        highest: &[Option<HighestVessel>],
        config: &EvaluationConfig,
    ) -> Statistic<Self> {
        let Some(column) = &table.pretest_probabilities else {
            return Statistic::undefined("no record has ptp");
        };
        let mut result = Self {
            pretest: Vec::new(),
            combined: Vec::new(),
            positive: Vec::new(),
        };
        for (&row, &class) in records.rows.iter().zip(&records.positive) {
            let (Some(ptp), Some(vessel)) = (column[row], highest[row]) else {
                continue;
            };
            let pretest = category(ptp, config);
            result.pretest.push(pretest);
            result.combined.push(combine(pretest, vessel.stratum));
            result.positive.push(class);
        }
        if result.positive.is_empty() {
            return Statistic::undefined("no record has both a pre-test probability and a stratum");
        }
        Statistic::Defined(result)
    }

    fn gray_zone(&self, confidence: f64) -> Statistic<GrayZone> {
        let share = |categories: &[Category]| {
            wilson(
                categories.iter().filter(|c| **c == Category::Gray).count(),
                categories.len(),
                confidence,
            )
        };
        let pairs = || self.pretest.iter().zip(&self.combined);
        let left = pairs()
            .filter(|(old, new)| **old == Category::Gray && **new != Category::Gray)
            .count();
        let entered = pairs()
            .filter(|(old, new)| **old != Category::Gray && **new == Category::Gray)
            .count();
        let stayed = pairs()
            .filter(|(old, new)| **old == Category::Gray && **new == Category::Gray)
            .count();
        let outside = self.pretest.len() - stayed - left - entered;
        share(&self.pretest).and_then(|ptp| {
            share(&self.combined).map(|combined| GrayZone {
                ptp,
                combined,
                difference: paired_difference([stayed, left, entered, outside], confidence),
                mcnemar: match left + entered < FEW_DISCORDANT {
                    true => mcnemar_exact(left, entered),
                    false => mcnemar(left, entered),
                },
            })
        })
    }

    fn nri(&self, confidence: f64) -> Statistic<NetReclassification> {
        let moves: Vec<i8> = self
            .pretest
            .iter()
            .zip(&self.combined)
            .map(|(old, new)| new.cmp(old) as i8)
            .collect();
        net_reclassification(&moves, &self.positive, confidence)
    }

    fn tables(&self) -> Reclassification {
        let mut tables = Reclassification {
            events: [[0; 3]; 3],
            nonevents: [[0; 3]; 3],
        };
        for ((old, new), class) in self.pretest.iter().zip(&self.combined).zip(&self.positive) {
            let table = if *class {
                &mut tables.events
            } else {
                &mut tables.nonevents
            };
            table[*old as usize][*new as usize] += 1;
        }
        tables
    }

    fn rule_outs(&self, confidence: f64) -> RuleOuts {
        let rule_out = |categories: &[Category]| {
            let count = |low: bool, class: bool| {
                let pairs = categories.iter().zip(&self.positive);
                pairs
                    .filter(|(c, y)| (**c == Category::Low) == low && **y == class)
                    .count()
            };
            let (safe, missed, found) = (count(true, false), count(true, true), count(false, true));
            RuleOut {
                n: safe + missed,
                npv: wilson(safe, safe + missed, confidence),
                sensitivity: wilson(found, found + missed, confidence),
            }
        };
        RuleOuts {
            ptp: rule_out(&self.pretest),
            combined: rule_out(&self.combined),
        }
    }
}

/// Right-closed: up to `pretest_low` low, up to `pretest_high` gray.
pub(super) fn category(ptp: f64, config: &EvaluationConfig) -> Category {
    if ptp <= config.pretest_low {
        Category::Low
    } else if ptp <= config.pretest_high {
        Category::Gray
    } else {
        Category::High
    }
}

/// Inside the gray zone the ECG stratum decides; intermediate leaves it gray.
pub(super) fn combine(pretest: Category, stratum: RiskStratum) -> Category {
    match (pretest, stratum) {
        (Category::Gray, RiskStratum::Low) => Category::Low,
        (Category::Gray, RiskStratum::High) => Category::High,
        (decided, _) => decided,
    }
}
