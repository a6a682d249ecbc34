//! The records of one vessel that can be analysed, as plain columns.

use crate::config::EvaluationConfig;
use crate::discrimination::{class_problem, several_records};
use crate::score_table::ScoreTable;
use crate::statistic::Statistic;

/// Records with both grade and probability of one vessel.
pub(super) struct VesselRecords {
    pub(super) name: String,
    /// Row of each record in the table.
    pub(super) rows: Vec<usize>,
    pub(super) scores: Vec<f64>,
    pub(super) grades: Vec<u8>,
    pub(super) positive: Vec<bool>,
    /// Patient number of each record.
    pub(super) patients: Vec<u32>,
    pub(super) events: usize,
    /// Why statistics of two classes are not defined, if they are not.
    pub(super) problem: Option<String>,
    /// A caveat where events are few.
    pub(super) few_events: Option<String>,
    rule: &'static str,
}

impl VesselRecords {
    /// Takes the usable records of a vessel.
    pub(super) fn new(
        table: &ScoreTable,
        name: &str,
        patients: &[u32],
        config: &EvaluationConfig,
    ) -> Self {
        let columns = &table.vessels[name];
        let pairs = columns
            .grades
            .iter()
            .zip(&columns.probabilities)
            .enumerate();
        let usable: Vec<(usize, u8, f64)> = pairs
            .filter_map(|(row, (grade, p))| Some((row, (*grade)?, (*p)?)))
            .collect();
        let least = config.label_rule.positive_from(name);
        let rule = config.label_rule.name();
        let positive: Vec<bool> = usable.iter().map(|(_, grade, _)| *grade >= least).collect();
        Self {
            name: name.to_owned(),
            rows: usable.iter().map(|(row, _, _)| *row).collect(),
            scores: usable.iter().map(|(_, _, p)| *p).collect(),
            grades: usable.iter().map(|(_, grade, _)| *grade).collect(),
            patients: usable.iter().map(|(row, _, _)| patients[*row]).collect(),
            events: positive.iter().filter(|class| **class).count(),
            problem: problem(&positive, rule),
            few_events: few_events(&positive, config.few_events),
            positive,
            rule,
        }
    }

    /// The same for those records whose row is in a subgroup.
    pub(super) fn within(&self, member: &[bool], few: usize) -> Self {
        let places: Vec<usize> = (0..self.rows.len())
            .filter(|place| member[self.rows[*place]])
            .collect();
        let positive: Vec<bool> = places.iter().map(|&place| self.positive[place]).collect();
        Self {
            name: self.name.clone(),
            rows: places.iter().map(|&place| self.rows[place]).collect(),
            scores: places.iter().map(|&place| self.scores[place]).collect(),
            grades: places.iter().map(|&place| self.grades[place]).collect(),
            patients: places.iter().map(|&place| self.patients[place]).collect(),
            events: positive.iter().filter(|class| **class).count(),
            problem: problem(&positive, self.rule),
            few_events: few_events(&positive, few),
            positive,
            rule: self.rule,
        }
    }

    /// Has any patient more than one of these records?
    pub(super) fn clustered(&self) -> bool {
        several_records(&self.patients)
    }

    /// Replaces the reason of an undefined statistic by the more telling one of these records.
    pub(super) fn explain<T>(&self, statistic: Statistic<T>) -> Statistic<T> {
        match (statistic, &self.problem) {
            (Statistic::Undefined(_), Some(problem)) => Statistic::undefined(problem.clone()),
            (statistic, _) => statistic,
        }
    }
}

fn problem(positive: &[bool], rule: &str) -> Option<String> {
    let problem = class_problem(positive)?;
    Some(if positive.is_empty() {
        "no records with grade and probability".to_owned()
    } else {
        format!("{problem} under rule `{rule}`")
    })
}

/// A caveat where the smaller class has fewer than `few` records.
pub(crate) fn few_events(positive: &[bool], few: usize) -> Option<String> {
    let events = positive.iter().filter(|class| **class).count();
    let others = positive.len() - events;
    let (n, class) = match (events < few, others < few) {
        (true, _) => (events, "positive"),
        (_, true) => (others, "negative"),
        _ => return None,
    };
    let noun = if n == 1 { "record" } else { "records" };
    Some(format!(
        "only {n} {class} {noun} (fewer than {few}): read with care"
    ))
}
