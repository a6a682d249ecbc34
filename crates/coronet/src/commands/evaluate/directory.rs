//! The folder of an evaluation: written aside, renamed when whole.

use crate::interrupt;
use crate::output;
use crate::printer::Hint;
use anyhow::{Context as _, Result, bail};
use coronet_evaluate::Evaluation;
use coronet_report::{Context, Figure, figures, model_card, render_html, tables};
use fs_err as fs;
use rayon::prelude::*;
use serde::Serialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What the folder holds, and nothing else.
const ENTRIES: [&str; 6] = [
    "evaluation.json",
    "evaluation.toml",
    "report.html",
    "model-card.md",
    "figures",
    "tables",
];

/// A folder that may be written: absent, empty, or an earlier evaluation.
#[derive(Debug)]
pub(super) struct OutputDirectory {
    path: PathBuf,
    partial: PathBuf,
    replaced: PathBuf,
}

impl OutputDirectory {
    /// Refuses a folder that holds anything else than an earlier evaluation.
    pub(super) fn check(path: &Path) -> Result<OutputDirectory> {
        let path = match path.exists() {
            true => fs::canonicalize(path)?,
            false => path.to_owned(),
        };
        let (Some(partial), Some(replaced)) = (beside(&path, "partial"), beside(&path, "replaced"))
        else {
            bail!("{} cannot be a folder of results", path.display());
        };
        for place in [&path, &partial, &replaced] {
            refuse_foreign(place)?;
        }
        if path.is_dir() && !is_empty(&path)? && !path.join("evaluation.json").is_file() {
            return Err(foreign(&path, "no evaluation.json"));
        }
        Ok(OutputDirectory {
            path,
            partial,
            replaced,
        })
    }

    /// Writes every file of the evaluation, then puts the folder in its place.
    pub(super) fn write(&self, evaluation: &Evaluation, context: &Context) -> Result<()> {
        remove(&self.partial)?;
        let written = write_files(&self.partial, evaluation, context).and_then(|()| self.replace());
        if written.is_err() {
            // What failed is reported; that its remains cannot be removed adds nothing.
            let _ = remove(&self.partial);
        }
        written
    }

    fn replace(&self) -> Result<()> {
        if interrupt::asked() {
            bail!("interrupted; nothing was written");
        }
        remove(&self.replaced)?;
        let earlier = self.path.exists();
        if earlier {
            fs::rename(&self.path, &self.replaced)?;
        }
        if let Err(error) = fs::rename(&self.partial, &self.path) {
            if earlier {
                fs::rename(&self.replaced, &self.path)?;
            }
            return Err(error.into());
        }
        remove(&self.replaced)
    }
}

/// What `evaluation.json` holds: every number of the page, and where it comes from.
#[derive(Serialize)]
struct EvaluationFile<'a> {
    #[serde(flatten)]
    evaluation: &'a Evaluation,
    /// What the page shows beside the statistics.
    report: &'a Context,
}

fn write_files(folder: &Path, evaluation: &Evaluation, context: &Context) -> Result<()> {
    let file = EvaluationFile {
        evaluation,
        report: context,
    };
    let mut json =
        serde_json::to_string_pretty(&file).context("the evaluation has no JSON form")?;
    json.push('\n');
    let write = |name: &str, bytes: &[u8]| output::write(&folder.join(name), bytes);
    write("evaluation.json", json.as_bytes())?;
    write("evaluation.toml", context.configuration.as_bytes())?;
    write("report.html", render_html(evaluation, context).as_bytes())?;
    write("model-card.md", model_card(evaluation, context).as_bytes())?;
    let figures = figures(evaluation, context);
    let images: Vec<Vec<u8>> = figures.par_iter().map(Figure::png).collect();
    for (figure, image) in figures.iter().zip(&images) {
        write(
            &format!("figures/{}.svg", figure.name),
            figure.svg.as_bytes(),
        )?;
        write(&format!("figures/{}.png", figure.name), image)?;
    }
    for table in tables(evaluation, context) {
        let name = format!("tables/{}.csv", table.name);
        write(&name, table.csv().as_bytes())?;
    }
    Ok(())
}

/// `path` with `.suffix` appended; `None` where it has no last name.
fn beside(path: &Path, suffix: &str) -> Option<PathBuf> {
    let mut name = OsString::from(path.file_name()?);
    name.push(".");
    name.push(suffix);
    Some(path.with_file_name(name))
}

fn refuse_foreign(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    if !path.is_dir() {
        let hint = "name a folder that is not there yet";
        return Err(Hint::error(
            format!("{} is a file, expected a folder", path.display()),
            hint,
        ));
    }
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        if !ENTRIES.iter().any(|known| name == *known) {
            return Err(foreign(path, &format!("it holds {}", name.display())));
        }
    }
    Ok(())
}

fn foreign(path: &Path, why: &str) -> anyhow::Error {
    let message = format!(
        "{} is not an evaluation and is not replaced: {why}",
        path.display()
    );
    Hint::error(
        message,
        "name another folder with --out, or move this one away",
    )
}

fn is_empty(path: &Path) -> Result<bool> {
    Ok(fs::read_dir(path)?.next().is_none())
}

fn remove(path: &Path) -> Result<()> {
    match path.exists() {
        true => Ok(fs::remove_dir_all(path)?),
        false => Ok(()),
    }
}
