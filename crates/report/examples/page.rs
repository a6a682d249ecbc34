//! Writes page, figures, tables and model card into a directory, to be looked at.
//!
//! `cargo run -p coronet-report --example page -- SCORES.csv OUT [CONTEXT.json]`
//! A first argument that ends in `.json` is read as an `evaluation.json`.

use coronet_evaluate::{Evaluation, EvaluationConfig, ScoreTable, evaluate};
use coronet_report::{Context, figures, model_card, render_html, tables};
use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, out, context @ ..] = arguments.as_slice() else {
        return Err("usage: page SCORES.csv|EVALUATION.json OUT [CONTEXT.json]".into());
    };
    let evaluation = read(input)?;
    let context: Context = match context.first() {
        Some(path) => serde_json::from_slice(&fs::read(path)?)?,
        None => Context::default(),
    };
    let out = Path::new(out);
    fs::create_dir_all(out.join("figures"))?;
    fs::create_dir_all(out.join("tables"))?;
    fs::write(out.join("report.html"), render_html(&evaluation, &context))?;
    fs::write(out.join("model-card.md"), model_card(&evaluation, &context))?;
    for figure in figures(&evaluation, &context) {
        fs::write(
            out.join(format!("figures/{}.png", figure.name)),
            figure.png(),
        )?;
        fs::write(out.join(format!("figures/{}.svg", figure.name)), figure.svg)?;
    }
    for table in tables(&evaluation, &context) {
        fs::write(out.join(format!("tables/{}.csv", table.name)), table.csv())?;
    }
    Ok(())
}

fn read(input: &str) -> Result<Evaluation, Box<dyn Error>> {
    let bytes = fs::read(input)?;
    if input.ends_with(".json") {
        return Ok(serde_json::from_slice(&bytes)?);
    }
    let table = ScoreTable::from_csv(&bytes)?;
    let config = EvaluationConfig {
        score_origin: "out-of-fold".to_owned(),
        ..EvaluationConfig::default()
    };
    Ok(evaluate(&table, &config)?)
}
