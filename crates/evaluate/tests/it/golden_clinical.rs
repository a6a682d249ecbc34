//! Every leaf of the expected tree, for the table beside it.

use coronet_evaluate::{EvaluationConfig, ScoreTable, evaluate};
use serde_json::Value;

use crate::support::golden;

/// Keys whose values come from iterative fits, with their tolerance.
///
/// The expected Cox terms are those of lifelines with its default stopping rule (damped
/// steps, Newton decrement 1e-7), which ends some 2e-6 before the maximum; with a tighter
/// rule lifelines agrees with ours to 1e-11, as R does (`golden_r`).
const ITERATIVE: [(&str, f64); 5] = [
    ("slope", 1e-6),
    ("intercept", 1e-6),
    ("in_the_large", 1e-6),
    ("log_likelihood", 1e-9),
    ("terms", 1e-5),
];

#[test]
fn golden_clinical_tree() {
    let Some(folder) = golden("clinical") else {
        return;
    };
    let table =
        ScoreTable::from_csv(&std::fs::read(folder.join("predictions.csv")).unwrap()).unwrap();
    let config = EvaluationConfig {
        bootstrap_replicates: 50,
        ..EvaluationConfig::default()
    };
    let evaluation = evaluate(&table, &config).unwrap();
    let text = serde_json::to_string(&evaluation).unwrap();
    let got: Value = serde_json::from_str(&text).unwrap();
    let expected: Value =
        serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let (mut leaves, mut wrong) = (0, Vec::new());
    compare("", &got, &expected, 1e-9, &mut leaves, &mut wrong);
    assert!(
        wrong.is_empty(),
        "{} of {leaves} leaves differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(leaves > 0);
    let back: coronet_evaluate::Evaluation = serde_json::from_str(&text).unwrap();
    assert_eq!(back, evaluation);
}

fn compare(
    path: &str,
    got: &Value,
    expected: &Value,
    tolerance: f64,
    leaves: &mut usize,
    wrong: &mut Vec<String>,
) {
    match expected {
        Value::Object(fields) => {
            for (key, value) in fields {
                let iterative = ITERATIVE.iter().find(|(name, _)| name == key);
                let tolerance = iterative.map_or(tolerance, |(_, tolerance)| *tolerance);
                let got = got.get(key).unwrap_or(&Value::Null);
                compare(
                    &format!("{path}/{key}"),
                    got,
                    value,
                    tolerance,
                    leaves,
                    wrong,
                );
            }
        }
        Value::Array(items) => {
            if got.as_array().map(Vec::len) != Some(items.len()) {
                wrong.push(format!("{path}: expected {} items", items.len()));
            }
            for (place, value) in items.iter().enumerate() {
                let got = got.get(place).unwrap_or(&Value::Null);
                compare(
                    &format!("{path}/{place}"),
                    got,
                    value,
                    tolerance,
                    leaves,
                    wrong,
                );
            }
        }
        leaf => {
            *leaves += 1;
            if !equal(got, leaf, tolerance) {
                wrong.push(format!("{path}: got {got}, expected {leaf}"));
            }
        }
    }
}

fn equal(got: &Value, expected: &Value, tolerance: f64) -> bool {
    let (Some(got_number), Some(number)) = (got.as_f64(), expected.as_f64()) else {
        return got == expected;
    };
    // A Wald p-value far out moves more than its coefficient does, by about z² relative.
    let tolerance = if tolerance > 1e-6 && number.abs() < 1e-3 {
        50.0 * tolerance
    } else {
        tolerance
    };
    // A Wald p-value far out moves relatively more than its coefficient does, about z² times.
    let far = tolerance > 1e-6 && number.abs() < 1e-3;
    let tolerance = if far { 50.0 * tolerance } else { tolerance };
    // A p-value far out in the tail must still be right in its leading digits.
    let scale = if number != 0.0 && number.abs() < 1e-3 {
        number.abs()
    } else {
        number.abs().max(1.0)
    };
    (got_number - number).abs() <= tolerance * scale
}
