//! Survival at the horizons and the Cox model.

use super::{Cell, Rows, Table};
use crate::number::{count, counted, fixed, or_reason, p_equals};
use crate::wording::{capitalised, level};
use coronet_evaluate::{Evaluation, SurvivalAt, SurvivalEvaluation, SurvivalGroup};

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
    Rows::of(named)
        .text("test", "Test", |row| row.0)
        .number("statistic", "Statistic", |row| {
            Cell::of(row.1, |test| Cell::number(test.statistic, 2))
        })
        .number("df", "df", |row| {
            Cell::only(row.1, |test| {
                test.df.map_or(Cell::Empty, |df| Cell::number(df, 0))
            })
        })
        .number("p", "p", |row| Cell::only(row.1, |test| Cell::p(test.p)))
        .table(
            "follow-up-tests",
            format!(
                "Tests between the strata ({}): of event-free survival (log-rank; Peto and Peto, which weighs early differences more) and of cumulative incidence (Gray).{}",
                sample(survival.n, survival.events, survival),
                match survival.competing {
                    0 => "",
                    _ => " Competing deaths are censored in the former and compete in the latter.",
                }
            ),
        )
}

fn fine_gray(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Table {
    let fit = survival.fine_gray.defined();
    let reference = fit.and_then(|fit| fit.reference.clone());
    Rows::of(fit.into_iter().flat_map(|fit| &fit.terms))
        .text("term", "Term", |row| term_name(row.0, reference.as_deref()))
        .interval("shr", "Subdistribution HR", |row| {
            Cell::shown_estimate(&row.1.shr, 2)
        })
        .number("coef", "Coefficient", |row| Cell::number(row.1.coef, 4))
        .number("se", "Standard error", |row| Cell::number(row.1.se, 4))
        .number("p", "p", |row| Cell::p(row.1.p))
        .table(
            "fine-gray",
            format!(
                "Fine–Gray regression of the event with death as competing, on the same covariates: subdistribution hazard ratios with {} Wald intervals (sandwich). They describe incidence, not cause.{}",
                level(&evaluation.config),
                fit.map_or_else(String::new, |fit| format!(" {}.", sample(fit.n, fit.events, survival)))
            ),
        )
}

/// Discrimination and accuracy of the risk by each horizon.
fn time_dependent(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Table {
    Rows::of(&survival.horizons)
        .number("days", "Day", |at| Cell::number(at.days, 0))
        .count("events", "Events by then", |at| at.events)
        .interval("auc", "AUC(t)", |at| Cell::estimate(&at.auc, 3))
        .interval("brier", "Brier", |at| Cell::estimate(&at.brier, 4))
        .interval("brier_null", "Brier, null", |at| {
            Cell::estimate(&at.brier_null, 4)
        })
        .number("scaled_brier", "Scaled", |at| {
            Cell::statistic(&at.scaled_brier, 3)
        })
        .table(
            "time-dependent",
            format!(
                "Discrimination and accuracy by horizon, weighted by the inverse probability of not being censored, with {} intervals: time-dependent AUC of the highest probability; Brier score of the predicted risk, of the cohort’s own incidence (null), and scaled; deaths by then count as free of the event. {}. Risk: {}.",
                level(&evaluation.config),
                sample(survival.n, survival.events, survival),
                survival.risk_source
            ),
        )
}

/// Net benefit for the event at the configured thresholds.
fn decision(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Table {
    let asked = &evaluation.config.decision_thresholds;
    let is_asked = |threshold: f64| asked.iter().any(|t| (t - threshold).abs() < 1e-9);
    let mut rows = Vec::new();
    let mut by_day = String::new();
    if let Some(found) = survival.decision.defined() {
        by_day = format!(" by day {}", fixed(found.days, 0));
        let estimators = [
            ("Kaplan–Meier", &found.kaplan_meier),
            ("Aalen–Johansen", &found.aalen_johansen),
        ];
        for (name, points) in estimators {
            let shown = points.iter().filter(|point| is_asked(point.threshold));
            rows.extend(shown.map(|point| (name, point)));
        }
    }
    Rows::of(rows)
        .text("estimator", "Estimator", |row| row.0)
        .number("threshold", "Threshold", |row| {
            Cell::setting(row.1.threshold)
        })
        .count("called", "Called", |row| row.1.called)
        .interval("model", "Model", |row| Cell::estimate(&row.1.model, 4))
        .number("treat_all", "Treat all", |row| {
            Cell::statistic(&row.1.treat_all, 4)
        })
        .number("interventions_avoided", "Interventions avoided", |row| {
            Cell::statistic(&row.1.interventions_avoided, 3)
        })
        .table(
            "survival-decision",
            format!(
                "Net benefit for the event{by_day} at the configured threshold probabilities, competing deaths censored (Kaplan–Meier) or as such (Aalen–Johansen)."
            ),
        )
}

/// One row a stratum and a horizon.
fn strata<'a>(
    groups: impl IntoIterator<Item = (&'a String, &'a SurvivalGroup)>,
) -> Rows<(&'a str, &'a SurvivalGroup, &'a SurvivalAt)> {
    let mut rows = Vec::new();
    for (name, group) in groups {
        rows.extend(group.at.iter().map(|at| (name.as_str(), group, at)));
    }
    Rows::of(rows)
        .text("stratum", "Stratum", |row| row.0)
        .count("n", "n", |row| row.1.n)
        .count("events", "Events", |row| row.1.events)
        .number("days", "Day", |row| Cell::number(row.2.days, 0))
        .count("at_risk", "At risk", |row| row.2.at_risk)
        .interval("survival", "Event-free survival", |row| {
            Cell::percentage(&row.2.survival, 1)
        })
}

fn landmark(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Table {
    let found = survival.landmark.defined();
    let (day, p) = found.map_or_else(Default::default, |found| {
        let p = or_reason(&found.log_rank, |test| p_equals(test.p));
        (fixed(found.days, 0), p)
    });
    strata(found.into_iter().flat_map(|found| &found.groups)).table(
        "landmark",
        format!(
            "Follow-up from day {day} on, for those without event by then, with {} intervals; log-rank test between the strata {p}. Days are counted from the landmark.",
            level(&evaluation.config)
        ),
    )
}

fn horizons(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Table {
    strata(&survival.groups)
        .interval("cumulative_incidence", "Cumulative incidence", |row| {
            Cell::percentage(&row.2.cumulative_incidence_interval, 1)
        })
        .interval("competing_incidence", "Competing death", |row| {
            Cell::percentage(&row.2.competing_incidence_interval, 1)
        })
        .table(
            "follow-up",
            format!(
                "Follow-up by ECG stratum: Kaplan–Meier event-free survival with {} interval, and Aalen–Johansen cumulative incidence of the event and of competing death with log–log intervals.{}",
                level(&evaluation.config),
                match survival.competing {
                    0 => "",
                    _ => " Kaplan–Meier takes competing deaths as censored.",
                }
            ),
        )
}

fn cox(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Table {
    let fit = survival.cox.defined();
    let ties = fit.map_or_else(String::new, |cox| capitalised(&cox.ties));
    let reference = fit.and_then(|cox| cox.reference.clone());
    Rows::of(fit.into_iter().flat_map(|cox| &cox.terms))
        .text("term", "Term", |row| term_name(row.0, reference.as_deref()))
        .interval("hr", "Hazard ratio", |row| {
            Cell::shown_estimate(&row.1.hr, 2)
        })
        .number("coef", "Coefficient", |row| Cell::number(row.1.coef, 4))
        .number("se", "Standard error", |row| Cell::number(row.1.se, 4))
        .number("p", "p", |row| Cell::p(row.1.p))
        .number("proportional_hazards_p", "p, constant in time", |row| {
            Cell::of(&row.1.proportional_hazards, |test| Cell::p(test.p))
        })
        .table(
            "cox",
            format!(
                "Cox regression of the event ({ties}’s ties): hazard ratios with {} Wald intervals; the last column tests whether a hazard ratio is constant in time (a small p speaks against it).{}{}",
                level(&evaluation.config),
                fit.map_or_else(String::new, |fit| format!(" {}.", sample(fit.n, fit.events, survival))),
                censored(survival)
            ),
        )
}

/// Records and events of a model, and how many lacked a covariate.
fn sample(n: usize, events: usize, survival: &SurvivalEvaluation) -> String {
    let text = format!(
        "{} records, {}",
        count(n),
        counted(events, "event", "events")
    );
    match survival.n.saturating_sub(n) {
        0 => text,
        without => format!(
            "{text}; {} without age or sex left out",
            counted(without, "record", "records")
        ),
    }
}

/// That deaths were censored, where there were any.
fn censored(survival: &SurvivalEvaluation) -> &'static str {
    match survival.competing {
        0 => "",
        _ => " Competing deaths are censored: the event if nobody died otherwise.",
    }
}

/// A covariate in words; strata are compared to the reference.
fn term_name(name: &str, reference: Option<&str>) -> String {
    match name {
        "intermediate" | "high" => match reference {
            Some(reference) => format!("Stratum {name}, against {reference}"),
            None => format!("Stratum {name}"),
        },
        "age" => "Age, each year".to_owned(),
        "male" => "Male sex".to_owned(),
        other => capitalised(&other.replace('_', " ")),
    }
}
