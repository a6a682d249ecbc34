//! Evaluations to report on, made by the evaluation itself from small tables.

use coronet_evaluate::{Evaluation, EvaluationConfig, ScoreTable, compare, evaluate};
use coronet_report::{Comparison, Context, Exclusion, FlowStep, FoldTraining, RunFact};
use std::fmt::Write as _;

/// Four vessels, two sites of which one has a hostile name, follow-up, and no positive LM.
pub(crate) fn evaluation() -> Evaluation {
    evaluate_csv(&scores("<script>alert(1)</script>"))
}

/// The evaluation of a table with few bootstrap replicates.
pub(crate) fn evaluate_csv(csv: &str) -> Evaluation {
    let config = EvaluationConfig {
        score_origin: "out-of-fold".to_owned(),
        bootstrap_replicates: 50,
        ..EvaluationConfig::default()
    };
    let table = ScoreTable::from_csv(csv.as_bytes()).unwrap();
    evaluate(&table, &config).unwrap()
}

/// A table of 240 records whose scores rise with the grade; the second site is called `site`.
pub(crate) fn scores(site: &str) -> String {
    let mut csv = String::from(
        "record_id,patient_id,site,age,sex,normal_ecg,interval_days,RCA_grade,RCA_prob,LM_grade,LM_prob,LAD_grade,LAD_prob,LCX_grade,LCX_prob,ptp,follow_up_days,event\n",
    );
    for index in 0..240_u32 {
        let noise = |salt: u32| f64::from((index * 7919 + salt * 104_729) % 997) / 997.0;
        let grade = |salt: u32, of: u32| {
            if (index + salt).is_multiple_of(of) {
                3
            } else {
                (index / 3) % 3
            }
        };
        let score = |grade: u32, salt: u32| 0.02 + 0.1 * f64::from(grade) + 0.5 * noise(salt);
        let (rca, lad, lcx) = (grade(0, 7), grade(2, 5), grade(1, 11));
        let site = if index.is_multiple_of(3) {
            site
        } else {
            "Nord"
        };
        let _ = writeln!(
            csv,
            "R{index},P{index},{site},{},{},{},{},{rca},{:.4},0,{:.4},{lad},{:.4},{lcx},{:.4},{:.3},{},{}",
            40 + index % 50,
            if index.is_multiple_of(2) { "M" } else { "F" },
            u8::from(index.is_multiple_of(4)),
            index % 90,
            score(rca, 1),
            score(0, 2),
            score(lad, 3),
            score(lcx, 4),
            0.3 * noise(5),
            30 + index * 3,
            match index % 6 {
                0 => 1,
                3 if index.is_multiple_of(9) => 2,
                _ => 0,
            },
        );
    }
    csv
}

/// Every tag of a well-formed document; panics with the place of the first error.
pub(crate) fn parse(xml: &str) -> roxmltree::Document<'_> {
    match roxmltree::Document::parse(xml) {
        Ok(document) => document,
        Err(error) => panic!("{error}: {}", &xml[..xml.len().min(400)]),
    }
}

/// A page as a tree: the doctype is left out and void elements are closed, all else must be
/// well-formed as it stands.
pub(crate) fn parse_html(html: &str) -> roxmltree::Document<'_> {
    let body = html.strip_prefix("<!DOCTYPE html>\n").unwrap();
    let text = body.replace("<meta charset=\"utf-8\">", "");
    let text: String = text
        .lines()
        .filter(|line| !line.starts_with("<meta "))
        .map(|line| format!("{line}\n"))
        .collect();
    // The tree borrows its text, and a test ends soon.
    parse(Box::leak(text.into_boxed_str()))
}

/// A context with everything a run may know.
pub(crate) fn full_context(evaluation: &Evaluation) -> Context {
    let table = ScoreTable::from_csv(scores("Süd").as_bytes()).unwrap();
    let other = ScoreTable::from_csv(scores("Süd").replace("0.0", "0.1").as_bytes()).unwrap();
    let result = compare(&table, &other, &evaluation.config).unwrap();
    Context {
        title: "Evaluation of a simulated table".to_owned(),
        cohort: "two sites".to_owned(),
        simulated: true,
        best_achievable_auc: std::collections::BTreeMap::from([("RCA".to_owned(), 0.8766)]),
        run_facts: vec![RunFact {
            name: "Evaluated with".to_owned(),
            value: "coronet 0.1.0".to_owned(),
        }],
        flow: vec![
            FlowStep {
                label: "records in the manifest".to_owned(),
                n: 250,
                excluded: vec![Exclusion {
                    reason: "no ECG in the window of 90 days".to_owned(),
                    n: 10,
                }],
            },
            FlowStep {
                label: "records scored".to_owned(),
                n: 240,
                excluded: Vec::new(),
            },
        ],
        training: vec![FoldTraining {
            fold: 0,
            inner_auc: vec![Some(0.5), None, Some(0.75)],
            chosen_epoch: Some(3),
        }],
        configuration: "seed = 0\n".to_owned(),
        comparison: Some(Comparison {
            first: "scores.csv".to_owned(),
            second: "other.csv".to_owned(),
            result,
        }),
        frozen_from: "evaluation.json, SHA-256 0123abcd".to_owned(),
        next_commands: vec!["coronet predict --model run ECG_FILES".to_owned()],
        ..Context::default()
    }
}
