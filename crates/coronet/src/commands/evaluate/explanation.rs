//! What drives the predictions: the explanation of a cohort, if it is one of the same networks.

use super::EvaluateSettings;
use super::plan::Run;
use crate::output;
use crate::printer::{Hint, Printer};
use anyhow::Result;
use coronet_report::CohortExplanation;
use std::path::Path;

/// How such a folder is made.
const HINT: &str = "`coronet explain --model RUN STORE --out DIR` writes such a folder";

/// The explanation of the folder that was named, or of the run where it is there.
///
/// # Errors
///
/// If the folder that was named holds none, or one of other networks than the run's.
pub(super) fn read(
    settings: &EvaluateSettings,
    run: Option<&Run>,
    printer: &Printer,
) -> Result<Option<CohortExplanation>> {
    let of_run = run.map(|run| run.directory.path.join("explanation"));
    let of_run = of_run.filter(|folder| folder.join("section.json").is_file());
    let Some(folder) = settings.explanation.clone().or(of_run) else {
        return Ok(None);
    };
    let path = folder.join("section.json");
    let bytes = output::read(&path)
        .map_err(|error| Hint::error(format!("--explanation: {error:#}"), HINT))?;
    let found: CohortExplanation = serde_json::from_slice(&bytes).map_err(|error| {
        let message = format!("{}: not a cohort's explanation: {error}", path.display());
        Hint::error(message, HINT)
    })?;
    match foreign(&found, run, &path, printer) {
        None => Ok(Some(found)),
        Some(why) if settings.explanation.is_none() => {
            printer.warn(&format!("{why}; it is left out"));
            Ok(None)
        }
        Some(why) => Err(Hint::error(why, HINT)),
    }
}

/// Why the explanation is not one of the run's networks; says so where that cannot be told, and
/// where the ECGs are others.
fn foreign(
    found: &CohortExplanation,
    run: Option<&Run>,
    path: &Path,
    printer: &Printer,
) -> Option<String> {
    let facts = run.and_then(|run| run.facts.as_ref());
    let path = path.display();
    let (false, Some(facts)) = (found.weights.is_empty(), facts) else {
        printer.warn(&format!(
            "{path}: whether this explains the networks of these scores cannot be told"
        ));
        return None;
    };
    let is_own = |weights: &String| facts.folds.iter().any(|fold| fold.weights == *weights);
    if let Some(other) = found.weights.iter().find(|weights| !is_own(weights)) {
        let short = other.get(..12).unwrap_or(other);
        return Some(format!(
            "{path}: expected an explanation of this run's networks, got one of weights {short}"
        ));
    }
    if found.store != facts.store_hash {
        printer.warn(&format!(
            "{path}: explains these networks on other ECGs than those of the store they were trained on"
        ));
    }
    None
}
