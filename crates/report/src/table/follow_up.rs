//! Survival at the horizons and the Cox model.

use super::{Cell, Kind, Table, columns};
use crate::wording::level;
use coronet_evaluate::{Evaluation, Statistic, SurvivalEvaluation};

pub(super) fn tables(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Vec<Table> {
    vec![
        horizons(evaluation, survival),
        tests(survival),
        cox(evaluation, survival),
        fine_gray(evaluation, survival),
        time_dependent(evaluation, survival),
        decision(evaluation, survival),
        landmark(evaluation, survival),
    ]
}

/// Tests between the strata, each with its method in words.
fn tests(survival: &SurvivalEvaluation) -> Table {
    let named = [
        ("Log-rank", &survival.log_rank),
        ("Log-rank, trend over the strata", &survival.log_rank_trend),
        ("Peto and Peto", &survival.peto),
        ("Gray, event", &survival.gray.event),
        ("Gray, competing death", &survival.gray.competing),
    ];
    let rows = named.into_iter().map(|(name, test)| {
        let mut row = vec![Cell::text(name)];
        match test {
            Statistic::Defined(test) => row.extend([
                Cell::number(test.statistic, 2),
                test.df.map_or(Cell::Empty, |df| Cell::number(df, 0)),
                Cell::p(test.p),
            ]),
            Statistic::Undefined(undefined) => {
                row.push(Cell::Undefined(undefined.reason.clone()));
                row.resize(4, Cell::Empty);
            }
        }
        row
    });
    Table {
        name: "follow-up-tests".to_owned(),
        caption: "Tests between the strata: of event-free survival (log-rank; Peto and Peto, which weighs early differences more) and of cumulative incidence (Gray).".to_owned(),
        columns: columns(&[
            ("test", "Test", Kind::Text),
            ("statistic", "Statistic", Kind::Number),
            ("df", "df", Kind::Number),
            ("p", "p", Kind::Number),
        ]),
        rows: rows.collect(),
    }
}

fn fine_gray(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Table {
    let rows = survival.fine_gray.defined().map_or_else(Vec::new, |fit| {
        let row = |(name, term): (&String, &coronet_evaluate::FineGrayTerm)| {
            vec![
                Cell::Text(term_name(name)),
                Cell::shown_estimate(&term.shr, 2),
                Cell::number(term.coef, 4),
                Cell::number(term.se, 4),
                Cell::p(term.p),
            ]
        };
        fit.terms.iter().map(row).collect()
    });
    Table {
        name: "fine-gray".to_owned(),
        caption: format!(
            "Fine–Gray regression of the event with death as competing, on the same covariates: subdistribution hazard ratios with {} Wald intervals (sandwich). They describe incidence, not cause.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            ("term", "Term", Kind::Text),
            ("shr", "Subdistribution HR", Kind::Interval),
            ("coef", "Coefficient", Kind::Number),
            ("se", "Standard error", Kind::Number),
            ("p", "p", Kind::Number),
        ]),
        rows,
    }
}

/// Discrimination and accuracy of the risk by each horizon.
fn time_dependent(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Table {
    let row = |at: &coronet_evaluate::HorizonEvaluation| {
        vec![
            Cell::number(at.days, 0),
            Cell::count(at.events),
            Cell::estimate(&at.auc, 3),
            Cell::estimate(&at.brier, 4),
            Cell::estimate(&at.brier_null, 4),
            Cell::statistic(&at.scaled_brier, 3),
        ]
    };
    Table {
        name: "time-dependent".to_owned(),
        caption: format!(
            "Discrimination and accuracy by horizon, weighted by the inverse probability of not being censored, with {} intervals: time-dependent AUC of the highest probability; Brier score of the predicted risk, of the cohort’s own incidence (null), and scaled. Risk: {}.",
            level(&evaluation.config),
            survival.risk_source
        ),
        columns: columns(&[
            ("days", "Day", Kind::Number),
            ("events", "Events by then", Kind::Number),
            ("auc", "AUC(t)", Kind::Interval),
            ("brier", "Brier", Kind::Interval),
            ("brier_null", "Brier, null", Kind::Interval),
            ("scaled_brier", "Scaled", Kind::Number),
        ]),
        rows: survival.horizons.iter().map(row).collect(),
    }
}

/// Net benefit for the event at the configured thresholds.
fn decision(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Table {
    let mut rows = Vec::new();
    if let Some(found) = survival.decision.defined() {
        let estimators = [
            ("Kaplan–Meier", &found.kaplan_meier),
            ("Aalen–Johansen", &found.aalen_johansen),
        ];
        for (name, points) in estimators {
            let wanted = |t: f64| {
                let mut asked = evaluation.config.decision_thresholds.iter();
                asked.any(|asked| (asked - t).abs() < 1e-9)
            };
            for point in points.iter().filter(|point| wanted(point.threshold)) {
                rows.push(vec![
                    Cell::text(name),
                    Cell::Number {
                        value: point.threshold,
                        shown: crate::number::percent(point.threshold, 0),
                    },
                    Cell::count(point.called),
                    Cell::estimate(&point.model, 4),
                    Cell::statistic(&point.treat_all, 4),
                    Cell::statistic(&point.interventions_avoided, 3),
                ]);
            }
        }
    }
    let days = survival
        .decision
        .defined()
        .map_or_else(String::new, |found| {
            format!(" by day {}", crate::number::fixed(found.days, 0))
        });
    Table {
        name: "survival-decision".to_owned(),
        caption: format!(
            "Net benefit for the event{days} at the configured threshold probabilities, competing deaths censored (Kaplan–Meier) or as such (Aalen–Johansen)."
        ),
        columns: columns(&[
            ("estimator", "Estimator", Kind::Text),
            ("threshold", "Threshold", Kind::Number),
            ("called", "Called", Kind::Number),
            ("model", "Model", Kind::Interval),
            ("treat_all", "Treat all", Kind::Number),
            (
                "interventions_avoided",
                "Interventions avoided",
                Kind::Number,
            ),
        ]),
        rows,
    }
}

fn landmark(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Table {
    let mut rows = Vec::new();
    if let Some(found) = survival.landmark.defined() {
        for (name, group) in &found.groups {
            for at in &group.at {
                rows.push(vec![
                    Cell::text(name),
                    Cell::count(group.n),
                    Cell::count(group.events),
                    Cell::number(at.days, 0),
                    Cell::count(at.at_risk),
                    Cell::percentage(&at.survival, 1),
                ]);
            }
        }
    }
    let (day, p) = survival
        .landmark
        .defined()
        .map_or_else(Default::default, |found| {
            let p =
                crate::number::or_reason(&found.log_rank, |test| crate::number::p_equals(test.p));
            (crate::number::fixed(found.days, 0), p)
        });
    Table {
        name: "landmark".to_owned(),
        caption: format!(
            "Follow-up from day {day} on, for those without event by then, with {} intervals; log-rank test between the strata {p}. Days are counted from the landmark.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            ("stratum", "Stratum", Kind::Text),
            ("n", "n", Kind::Number),
            ("events", "Events", Kind::Number),
            ("days", "Day", Kind::Number),
            ("at_risk", "At risk", Kind::Number),
            ("survival", "Event-free survival", Kind::Interval),
        ]),
        rows,
    }
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
                Cell::percentage(&at.cumulative_incidence_interval, 1),
                Cell::percentage(&at.competing_incidence_interval, 1),
            ]);
        }
    }
    Table {
        name: "follow-up".to_owned(),
        caption: format!(
            "Follow-up by ECG stratum: Kaplan–Meier event-free survival with {} interval, and Aalen–Johansen cumulative incidence of the event and of competing death with log–log intervals.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            ("stratum", "Stratum", Kind::Text),
            ("n", "n", Kind::Number),
            ("events", "Events", Kind::Number),
            ("days", "Day", Kind::Number),
            ("at_risk", "At risk", Kind::Number),
            ("survival", "Event-free survival", Kind::Interval),
            (
                "cumulative_incidence",
                "Cumulative incidence",
                Kind::Interval,
            ),
            ("competing_incidence", "Competing death", Kind::Interval),
        ]),
        rows,
    }
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
                    Cell::p(term.proportional_hazards.p),
                ]
            })
            .collect(),
    };
    Table {
        name: "cox".to_owned(),
        caption: format!(
            "Cox regression of the event on ECG stratum, age and sex ({}’s ties): hazard ratios with {} Wald intervals; the last column tests whether a hazard ratio is constant in time (a small p speaks against it).",
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
            (
                "proportional_hazards_p",
                "p, constant in time",
                Kind::Number,
            ),
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
