//! Endpoints and subgroups that the configuration names.

use coronet_evaluate::{Evaluation, EvaluationConfig, ScoreTable, SubgroupFactor, evaluate};

fn table() -> ScoreTable {
    let mut csv = String::from("record_id,site,age,sex,RCA_grade,RCA_prob,LAD_grade,LAD_prob\n");
    for index in 0..60_u32 {
        let grade = if index.is_multiple_of(3) { 3 } else { 0 };
        let (site, sex) = (index % 2, if index.is_multiple_of(5) { "F" } else { "M" });
        let p = 0.1 + f64::from(index % 7) / 10.0;
        csv.push_str(&format!(
            "r{index},{site},{},{sex},{grade},{p},{grade},{p}\n",
            40 + index
        ));
    }
    ScoreTable::from_csv(csv.as_bytes()).unwrap()
}

fn run(change: impl FnOnce(&mut EvaluationConfig)) -> Evaluation {
    let mut config = EvaluationConfig {
        bootstrap_replicates: 0,
        ..EvaluationConfig::default()
    };
    change(&mut config);
    evaluate(&table(), &config).unwrap()
}

#[test]
fn endpoints_choose_the_vessels_and_leave_their_numbers_alone() {
    let all = run(|_| {});
    let chosen = run(|config| config.endpoints = vec!["LAD".to_owned()]);
    assert_eq!(chosen.vessels.keys().collect::<Vec<_>>(), ["LAD"]);
    assert_eq!(chosen.vessels["LAD"], all.vessels["LAD"]);
    assert_eq!(
        chosen.baseline.grades.keys().collect::<Vec<_>>(),
        ["LAD"],
        "the baseline speaks of what is evaluated"
    );
}

#[test]
fn an_endpoint_the_table_does_not_have_is_refused_by_name() {
    let config = EvaluationConfig {
        endpoints: vec!["LM".to_owned()],
        ..EvaluationConfig::default()
    };
    let error = evaluate(&table(), &config).unwrap_err().to_string();
    assert!(
        error.contains("LM") && error.contains("RCA, LAD"),
        "{error}"
    );
}

#[test]
fn subgroups_are_those_asked_for_and_fewer_tests_are_corrected_less() {
    let names = |evaluation: &Evaluation| -> Vec<String> {
        evaluation.vessels["RCA"]
            .subgroups
            .keys()
            .cloned()
            .collect()
    };
    let all = run(|_| {});
    assert_eq!(
        names(&all),
        ["sex=M", "sex=F", "age<65", "age>=65", "site=0", "site=1"]
    );
    let sex = run(|config| config.subgroups = vec![SubgroupFactor::Sex]);
    assert_eq!(names(&sex), ["sex=M", "sex=F"]);
    let comparison = &sex.vessels["RCA"].subgroup_comparisons;
    assert_eq!(comparison.len(), 1);
    let (plain, corrected) = (&comparison[0].test, &comparison[0].p_holm);
    assert_eq!(plain.defined().unwrap().p, *corrected.defined().unwrap());
}
