//! Evaluations to report on, made by the evaluation itself from small tables.

use coronet_evaluate::{Evaluation, EvaluationConfig, ScoreTable, evaluate};
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
