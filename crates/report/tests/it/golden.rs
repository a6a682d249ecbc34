//! The page of the golden score tables: the expected values are found where a reader looks.

use coronet_evaluate::{EvaluationConfig, ScoreTable, evaluate};
use coronet_report::{Context, figures, render_html};
use std::path::PathBuf;

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn golden_page_shows_the_expected_areas() {
    let golden = std::env::var_os("CORONET_GOLDEN").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/golden"),
        PathBuf::from,
    );
    let folder = golden.join("clinical");
    let Ok(csv) = std::fs::read(folder.join("predictions.csv")) else {
        eprintln!("SKIPPED: no golden scores in {}", folder.display());
        return;
    };
    let expected = std::fs::read(folder.join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    let config = EvaluationConfig {
        bootstrap_replicates: 0,
        ..EvaluationConfig::default()
    };
    let evaluation = evaluate(&ScoreTable::from_csv(&csv).unwrap(), &config).unwrap();
    let html = render_html(&evaluation, &Context::default());
    let figures = figures(&evaluation, &Context::default());
    let roc = figures.iter().find(|figure| figure.name == "roc").unwrap();
    for (name, vessel) in expected["vessels"].as_object().unwrap() {
        let auc = &vessel["auc"];
        let [Some(value), Some(low), Some(high)] =
            ["value", "low", "high"].map(|key| auc[key].as_f64())
        else {
            continue;
        };
        let shown = format!("{value:.3} ({low:.3}–{high:.3})");
        assert!(html.contains(&shown), "{name} {shown} in the page");
        // Patients of this table have several records, so the figure quotes the interval of patients.
        let quoted = evaluation.vessels[name].auc_by_patient.defined().unwrap();
        let limits = (quoted.low.unwrap(), quoted.high.unwrap());
        let shown = format!("AUC {value:.3} ({:.3}–{:.3})", limits.0, limits.1);
        assert!(roc.svg.contains(&shown), "{name} {shown} in the figure");
    }
}
