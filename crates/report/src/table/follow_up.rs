//! Survival at the horizons and the Cox model.

use super::{Cell, Kind, Table, columns};
use crate::wording::level;
use coronet_evaluate::{Evaluation, Statistic, SurvivalEvaluation};

pub(super) fn tables(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Vec<Table> {
    vec![horizons(evaluation, survival), cox(evaluation, survival)]
}

fn horizons(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Table {
    let mut rows = Vec::new();
    for (name, group) in &survival.groups {
        for at in &group.at {
            rows.push(vec![
                Cell::text(name),
                Cell::count(group.n),
                Cell::count(group.events),
                Cell::number(at.days, 0),
                Cell::count(at.at_risk),
                Cell::percentage(&at.survival, 1),
                share(&at.cumulative_incidence),
                share(&at.competing_incidence),
            ]);
        }
    }
    Table {
        name: "follow-up".to_owned(),
        caption: format!(
            "Follow-up by ECG stratum: Kaplan–Meier event-free survival with {} interval, and Aalen–Johansen cumulative incidence of the event and of competing death.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            ("stratum", "Stratum", Kind::Text),
            ("n", "n", Kind::Number),
            ("events", "Events", Kind::Number),
            ("days", "Day", Kind::Number),
            ("at_risk", "At risk", Kind::Number),
            ("survival", "Event-free survival", Kind::Interval),
            ("cumulative_incidence", "Cumulative incidence", Kind::Number),
            ("competing_incidence", "Competing death", Kind::Number),
        ]),
        rows,
    }
}

fn share(statistic: &Statistic<f64>) -> Cell {
    Cell::of(statistic, |value| Cell::Number {
        value: *value,
        shown: crate::number::percent(*value, 1),
    })
}

fn cox(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Table {
    let rows = match survival.cox.defined() {
        None => Vec::new(),
        Some(cox) => cox
            .terms
            .iter()
            .map(|(name, term)| {
                vec![
                    Cell::Text(term_name(name)),
                    Cell::interval(&term.hr, crate::number::estimate(&term.hr, 2)),
                    Cell::number(term.coef, 4),
                    Cell::number(term.se, 4),
                    Cell::p(term.p),
                ]
            })
            .collect(),
    };
    Table {
        name: "cox".to_owned(),
        caption: format!(
            "Cox regression of the event on ECG stratum, age and sex ({}’s ties): hazard ratios with {} Wald intervals.",
            survival.cox.defined().map_or_else(String::new, |cox| {
                crate::wording::capitalised(&cox.ties)
            }),
            level(&evaluation.config)
        ),
        columns: columns(&[
            ("term", "Term", Kind::Text),
            ("hr", "Hazard ratio", Kind::Interval),
            ("coef", "Coefficient", Kind::Number),
            ("se", "Standard error", Kind::Number),
            ("p", "p", Kind::Number),
        ]),
        rows,
    }
}

fn term_name(name: &str) -> String {
    match name {
        "intermediate" => "Stratum intermediate, against low".to_owned(),
        "high" => "Stratum high, against low".to_owned(),
        "age" => "Age, each year".to_owned(),
        "male" => "Male sex".to_owned(),
        other => crate::wording::capitalised(&other.replace('_', " ")),
    }
}
