//! Tables where something is there by name only: empty columns, one value everywhere, sites without cases.

use coronet_evaluate::survival::{Ties, cox};
use coronet_evaluate::{Evaluation, EvaluationConfig, ScoreTable, Targets, compare, evaluate};

/// `header` and 90 rows of it, after `record_id`, a grade and a probability of LAD that go together.
fn table(header: &str, row: impl Fn(u32, bool) -> String) -> ScoreTable {
    let mut csv = format!("record_id,LAD_grade,LAD_prob,{header}\n");
    for index in 0..90_u32 {
        let event = index.is_multiple_of(3);
        let grade = if event { 3 } else { 0 };
        let p = 0.05 + f64::from(index % 7) / 10.0 + if event { 0.2 } else { 0.0 };
        csv.push_str(&format!("r{index},{grade},{p:.3},{}\n", row(index, event)));
    }
    ScoreTable::from_csv(csv.as_bytes()).unwrap()
}

fn config() -> EvaluationConfig {
    EvaluationConfig {
        bootstrap_replicates: 0,
        ..EvaluationConfig::default()
    }
}

fn run(table: &ScoreTable) -> Evaluation {
    evaluate(table, &config()).unwrap()
}

#[test]
fn an_empty_column_is_no_column() {
    let empty = table(
        "patient_id,age,sex,site,normal_ecg,ptp,follow_up_days,event",
        |_, _| ",,,,,,,".to_owned(),
    );
    let evaluation = run(&empty);
    assert_eq!(
        evaluation.baseline.normal_ecg.reason(),
        Some("no record has normal_ecg"),
        "nobody was read as abnormal either"
    );
    let off = &evaluation.switched_off;
    for analysis in ["patient clusters", "pre-test probability", "follow-up"] {
        assert!(off.contains_key(analysis), "{analysis}: {off:?}");
    }
    let plain = table("note", |_, _| String::new());
    assert_eq!(evaluation.vessels, run(&plain).vessels);
}

#[test]
fn an_empty_column_of_pretest_probabilities_gives_way() {
    let mut scores = table("patient_id,age,sex,ptp", |index, _| {
        format!("p{index},{},M,", 40 + index % 40)
    });
    let clinical = (0..90).fold("patient_id,ptp\n".to_owned(), |csv, index| {
        format!("{csv}p{index},0.{}\n", 10 + index)
    });
    scores.join_clinical(clinical.as_bytes()).unwrap();
    let found = run(&scores).baseline.pretest_probability;
    assert_eq!(found.defined().map(|found| found.n), Some(90));
    let modelled = table(
        "age,sex,ptp,symptom,family_history,smoking,dyslipidaemia,hypertension,diabetes",
        |index, _| format!("{},M,,typical,0,1,0,1,0", 40 + index % 40),
    );
    assert_eq!(run(&modelled).pretest.source, "model rf-cl");
}

#[test]
fn a_centre_without_cases_says_nothing_of_sensitivity() {
    let pooled = |sites: [&'static str; 3]| {
        let scores = table("site", |index, event| {
            let site = match (event, index % 4) {
                (false, 0) => sites[2],
                _ => sites[(index % 2) as usize],
            };
            site.to_owned()
        });
        let evaluation = run(&scores);
        let centres = evaluation.vessels["LAD"].centres.defined().unwrap().clone();
        centres.pooled["sensitivity_rule_out"]
            .defined()
            .unwrap()
            .clone()
    };
    let with_empty_centre = pooled(["A", "B", "no cases"]);
    assert_eq!(with_empty_centre.centres, 2);
    assert_eq!(with_empty_centre.random, pooled(["A", "B", "A"]).random);
}

#[test]
fn two_sites_are_compared_once_and_three_each_with_the_others() {
    let comparisons = |sites: u32| {
        let scores = table("site", |index, _| format!("S{}", (index / 3) % sites));
        let vessel = run(&scores).vessels["LAD"].clone();
        let names = vessel.subgroup_comparisons.iter();
        names
            .map(|found| (found.first.clone(), found.second.clone()))
            .collect::<Vec<_>>()
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(comparisons(2), [pair("site=S0", "site=S1")]);
    assert_eq!(comparisons(3).len(), 3);
    assert_eq!(comparisons(3)[0], pair("site=S0", "other sites"));
}

#[test]
fn a_model_of_follow_up_leaves_out_what_is_the_same_in_every_record() {
    let follow_up = |sex: fn(u32) -> &'static str| {
        let scores = table("age,sex,follow_up_days,event", |index, event| {
            let died = event && index.is_multiple_of(2) || index.is_multiple_of(11);
            let (age, days) = (40 + index % 37, 20 + 7 * (index % 41));
            format!("{age},{},{days},{}", sex(index), u8::from(died))
        });
        run(&scores).survival.defined().unwrap().clone()
    };
    let both = follow_up(|index| if index % 5 < 2 { "F" } else { "M" });
    let fit = both.cox.defined().unwrap();
    assert!(fit.terms.contains_key("male") && fit.constant.is_empty());
    let men = follow_up(|_| "M");
    let fit = men.cox.defined().unwrap();
    assert_eq!(fit.constant, ["male"]);
    assert!(fit.terms.contains_key("age") && !fit.terms.contains_key("male"));
    assert_eq!(men.fine_gray.defined().unwrap().constant, ["male"]);
}

#[test]
fn the_lowest_stratum_that_occurs_is_named_as_reference() {
    let scores = table("follow_up_days,event", |index, event| {
        let died = event && index.is_multiple_of(2) || index.is_multiple_of(11);
        format!("{},{}", 20 + 7 * (index % 41), u8::from(died))
    });
    let survival = run(&scores).survival.defined().unwrap().clone();
    let lowest = survival.groups.keys().next().cloned();
    assert_eq!(survival.cox.defined().unwrap().reference, lowest);
}

#[test]
fn one_time_of_events_has_no_test_of_constant_hazards() {
    let times = [5.0, 5.0, 5.0, 9.0, 9.0, 9.0, 9.0, 9.0];
    let events = [true, true, true, false, false, false, false, false];
    let covariate = vec![1.0, 0.0, 2.0, 1.0, 0.5, 0.0, 2.0, 1.5];
    let fit = cox(&times, &events, &[covariate], Ties::Efron);
    let fit = fit.defined().unwrap();
    let reason = fit.proportional_hazards[0].reason();
    assert_eq!(reason, Some("too few event times for the test"));
}

#[test]
fn targets_of_an_unknown_vessel_are_refused() {
    let mut config = config();
    let targets = Targets {
        rule_out_sensitivity: 0.95,
        ..config.targets
    };
    config.vessel_targets.insert("lad".to_owned(), targets);
    let scores = table("note", |_, _| String::new());
    let error = evaluate(&scores, &config).unwrap_err().to_string();
    assert!(
        error.contains("vessel_targets") && error.contains("(LAD), got lad"),
        "{error}"
    );
}

#[test]
fn endpoints_bind_a_comparison_too() {
    let csv = "record_id,RCA_grade,RCA_prob,LAD_grade,LAD_prob\na,0,0.1,3,0.2\nb,3,0.6,0,0.4\n";
    let scores = ScoreTable::from_csv(csv.as_bytes()).unwrap();
    let mut config = config();
    config.endpoints = vec!["LAD".to_owned()];
    let found = compare(&scores, &scores, &config).unwrap();
    assert_eq!(found.vessels.keys().collect::<Vec<_>>(), ["LAD"]);
    assert!(found.vessels_of_one.is_empty());
}

#[test]
fn ranks_of_values_that_are_no_numbers_come_to_an_end() {
    use coronet_evaluate::quantile::{midranks, tie_term};
    let values = [f64::NAN, 0.0, 1.0, -0.0, f64::NAN, -f64::NAN];
    assert_eq!(midranks(&values), [5.5, 2.5, 4.0, 2.5, 5.5, 1.0]);
    assert_eq!(tie_term(&values), 12.0);
}
