//! Writes the page, figures, tables and model card of an `evaluation.json` into a directory.
//!
//! `cargo run -p coronet-report --example page -- evaluation.json OUT [context.json]`

use coronet_evaluate::Evaluation;
use coronet_report::{Context, figures, model_card, render_html, tables};
use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [evaluation, out, context @ ..] = arguments.as_slice() else {
        return Err("usage: page evaluation.json OUT [context.json]".into());
    };
    let evaluation: Evaluation = serde_json::from_str(&fs::read_to_string(evaluation)?)?;
    let context: Context = match context.first() {
        Some(path) => serde_json::from_str(&fs::read_to_string(path)?)?,
        None => Context::default(),
    };
    let out = Path::new(out);
    fs::create_dir_all(out.join("figures"))?;
    fs::create_dir_all(out.join("tables"))?;
    fs::write(out.join("report.html"), render_html(&evaluation, &context))?;
    fs::write(out.join("model-card.md"), model_card(&evaluation, &context))?;
    for figure in figures(&evaluation) {
        fs::write(out.join(format!("figures/{}.svg", figure.name)), figure.svg)?;
    }
    for table in tables(&evaluation) {
        fs::write(out.join(format!("tables/{}.csv", table.name)), table.csv())?;
    }
    Ok(())
}
