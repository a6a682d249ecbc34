//! The tables of a cohort: read, checked, joined, with the flow so far.

use super::parts::{self, Expanded};
use super::source::{self, Source};
use super::{PrepareSettings, PriorRevascularisation};
use crate::commands::simulate::is_simulation;
use crate::output;
use crate::place::Place;
use crate::printer::{Hint, Printer, counted};
use anyhow::{Context, Result};
use coronet_cohort::{
    CctaTable, Flow, GradeTally, ManifestRow, Problem, TableError, Vessel, join_ccta,
    join_clinical, join_follow_up, parse_ccta, parse_clinical, parse_follow_up,
    parse_open_manifest,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name of the step that leaves out rows with impossible cells.
pub(super) const ROW_STEP: &str = "a row of the manifest that can be true";

/// The rows that are to be read, and where they come from.
#[derive(Debug)]
pub(super) struct Cohort {
    /// The ECGs that are left after the tables.
    pub(super) rows: Vec<ManifestRow>,
    /// What the tables excluded.
    pub(super) flow: Flow,
    /// Rows of the other tables that could not be used.
    pub(super) problems: usize,
    /// Where the grades come from.
    pub(super) label_source: String,
    /// The bytes of each table, by its role.
    pub(super) tables: BTreeMap<&'static str, Vec<u8>>,
    /// How the texts of the CCTA table were understood, by vessel in the order of
    /// [`Vessel::ALL`].
    pub(super) texts: Option<[GradeTally; 4]>,
    /// What became of the CCTAs.
    pub(super) cctas: Option<Flow>,
    /// The folder to which paths are relative.
    folder: PathBuf,
}

impl Cohort {
    /// Where the ECG of a row lies.
    pub(super) fn place(&self, row: &ManifestRow) -> Place {
        Place::of(&self.folder.join(&row.path))
    }
}

/// Reads and joins the tables; rows and texts that cannot be used are named.
///
/// # Errors
///
/// A table cannot be read or is refused as a whole; grades are in two places.
pub(super) fn read(settings: &PrepareSettings, printer: &Printer) -> Result<Cohort> {
    let path = &settings.manifest;
    let Source {
        bytes,
        folder,
        naming,
    } = source::load(settings)?;
    let manifest = parse_open_manifest(&name(path), &bytes).map_err(refused)?;
    let has_grades = manifest.has_grades();
    check_grades_once(settings, has_grades)?;
    let mut expanded = parts::expand(manifest.rows, (&folder, naming), settings, printer)?;
    expanded.problems.extend(manifest.problems);
    expanded.problems.sort_by_key(|problem| problem.line);
    let mut flow = Flow::new("ECGs", expanded.rows.len() + expanded.problems.len());
    name_problems(&expanded, &mut flow, printer);
    tell_unread(&manifest.unread, &mut flow, printer);
    let mut cohort = Cohort {
        rows: expanded.rows,
        flow,
        problems: expanded.lost.len(),
        label_source: "none".to_owned(),
        tables: BTreeMap::from([("manifest", bytes)]),
        folder,
        texts: None,
        cctas: None,
    };
    if let Some(ccta) = &settings.ccta {
        add_ccta(&mut cohort, ccta, settings, printer)?;
    } else if has_grades {
        cohort.label_source = file_name(path);
        leave_out_ungraded(&mut cohort);
    } else {
        let hint = "give the CCTA findings with --ccta to train on the store";
        printer.warn(&format!("{} has no grades; {hint}", name(path)));
    }
    add_patient_tables(&mut cohort, settings, printer)?;
    leave_out_revascularised(&mut cohort, settings, printer);
    if is_simulation(&cohort.folder)? {
        cohort.label_source = "simulated".to_owned();
    }
    Ok(cohort)
}

fn read_table(path: &Path, what: &str) -> Result<Vec<u8>> {
    output::read(path).with_context(|| format!("the {what} cannot be read"))
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The refusal of a table, with advice.
fn refused(error: TableError) -> anyhow::Error {
    let hint = match &error {
        TableError::UnknownColumns { .. } => {
            "rename or remove the column; `coronet prepare --help` names the columns"
        }
        TableError::MissingColumns { .. } => {
            "add or rename the column; `coronet prepare --help` names the columns"
        }
        TableError::DuplicateIds { .. } => "give every row an identifier of its own",
        TableError::RepeatedColumn { .. } => "remove one of the columns",
        _ => "save the table as comma-separated UTF-8 text with one header line",
    };
    Hint::error(error.to_string(), hint)
}

fn check_grades_once(settings: &PrepareSettings, has_grades: bool) -> Result<()> {
    match &settings.ccta {
        Some(ccta) if has_grades => Err(Hint::error(
            format!(
                "grades are in both {} and {}",
                settings.manifest.display(),
                ccta.display()
            ),
            "leave out --ccta, or remove the grade columns from the manifest",
        )),
        _ => Ok(()),
    }
}

/// Names and counts the rows that cannot be used.
fn name_problems(expanded: &Expanded, flow: &mut Flow, printer: &Printer) {
    flow.step(ROW_STEP);
    for problem in &expanded.problems {
        printer.warn(&problem.to_string());
        flow.exclude(&format!("{} cannot be used", problem.field));
    }
    for lost in &expanded.lost {
        printer.warn(lost);
    }
    if expanded.anonymous > 0 {
        let (anonymous, all) = (expanded.anonymous, expanded.rows.len());
        printer.warn(&format!(
            "{anonymous} of {} no patient; each counts as a patient of its own",
            counted(all, "ECG names", "ECGs name")
        ));
    }
}

/// Tells which texts of cells are not understood; they count as empty cells.
fn tell_unread(unread: &[Problem], flow: &mut Flow, printer: &Printer) {
    const SHOWN: usize = 20;
    let mut of_text: BTreeMap<(&str, &str), Vec<&Problem>> = BTreeMap::new();
    for problem in unread {
        flow.keep(&format!("{} of the manifest cannot be read", problem.field));
        let text = (problem.field.as_str(), problem.got.as_str());
        of_text.entry(text).or_default().push(problem);
    }
    for problems in of_text.values().take(SHOWN) {
        let more = match problems.len() - 1 {
            0 => String::new(),
            more => format!(" (and {} alike)", counted(more, "cell", "cells")),
        };
        printer.warn(&format!("{}; counted as empty{more}", problems[0]));
    }
    if let Some(more @ 1..) = of_text.len().checked_sub(SHOWN) {
        let more = counted(more, "more text", "more texts");
        printer.warn(&format!(
            "and {more} that cannot be read and count as empty"
        ));
    }
}

fn add_ccta(
    cohort: &mut Cohort,
    path: &Path,
    settings: &PrepareSettings,
    printer: &Printer,
) -> Result<()> {
    let bytes = read_table(path, "CCTA table")?;
    let table = parse_ccta(&name(path), &bytes).map_err(refused)?;
    cohort.problems += warn_all(&table.problems, printer);
    warn_of_texts(path, &table, printer);
    warn_of_columns(path, &table.passed_over, printer);
    let rows = std::mem::take(&mut cohort.rows);
    let joined = join_ccta(rows, &table.rows, settings.pairing, &mut cohort.flow);
    cohort.rows = joined.rows;
    cohort.cctas = Some(joined.cctas);
    cohort.tables.insert("ccta", bytes);
    cohort.texts = Some(table.tally);
    cohort.label_source = file_name(path);
    Ok(())
}

/// Names the columns of a table that say nothing here.
fn warn_of_columns(path: &Path, columns: &[String], printer: &Printer) {
    if !columns.is_empty() {
        let columns = columns.join(", ");
        printer.warn(&format!("{}: columns passed over: {columns}", name(path)));
    }
}

/// Names the rows that are left out and returns how many there are.
fn warn_all(problems: &[Problem], printer: &Printer) -> usize {
    for problem in problems {
        printer.warn(&problem.to_string());
    }
    problems.len()
}

/// Names the texts that are not understood; their grades are missing.
fn warn_of_texts(path: &Path, table: &CctaTable, printer: &Printer) {
    for (vessel, tally) in Vessel::ALL.iter().zip(&table.tally) {
        for (text, count) in &tally.not_understood {
            let times = match count {
                1 => "once".to_owned(),
                _ => format!("{count} times"),
            };
            printer.warn(&format!(
                "{}: {vessel}: {text:?} is not understood as a grade ({times}); counted as missing",
                name(path)
            ));
        }
    }
}

fn leave_out_ungraded(cohort: &mut Cohort) {
    let flow = &mut cohort.flow;
    flow.step("a grade of at least one vessel");
    cohort.rows.retain(|row| {
        let graded = !row.facts.grades.is_empty();
        if !graded {
            flow.exclude("no vessel is graded");
        }
        graded
    });
}

/// Leaves out, or counts, the ECGs of patients who have had a stent or a bypass, where a table says
/// so of anybody.
fn leave_out_revascularised(cohort: &mut Cohort, settings: &PrepareSettings, printer: &Printer) {
    let treated = |row: &ManifestRow| row.prior_revascularisation == Some(true);
    let known = cohort.rows.iter();
    if !known
        .clone()
        .any(|row| row.prior_revascularisation.is_some())
    {
        return;
    }
    if settings.prior_revascularisation == PriorRevascularisation::Keep {
        let count = known.filter(|row| treated(row)).count();
        printer.note(&format!(
            "{} of patients with prior revascularisation {} kept",
            counted(count, "ECG", "ECGs"),
            if count == 1 { "is" } else { "are" }
        ));
        return;
    }
    let flow = &mut cohort.flow;
    flow.step("no prior revascularisation");
    cohort.rows.retain(|row| {
        if treated(row) {
            flow.exclude("prior revascularisation");
        }
        !treated(row)
    });
}

fn add_patient_tables(
    cohort: &mut Cohort,
    settings: &PrepareSettings,
    printer: &Printer,
) -> Result<()> {
    if let Some(path) = &settings.clinical {
        let bytes = read_table(path, "clinical table")?;
        let table = parse_clinical(&name(path), &bytes).map_err(refused)?;
        cohort.problems += warn_all(&table.problems, printer);
        warn_of_columns(path, &table.passed_over, printer);
        let joined = join_clinical(&mut cohort.rows, &table);
        warn_if_none(joined, path, printer);
        cohort.tables.insert("clinical", bytes);
    }
    if let Some(path) = &settings.followup {
        let bytes = read_table(path, "follow-up table")?;
        let table = parse_follow_up(&name(path), &bytes).map_err(refused)?;
        cohort.problems += warn_all(&table.problems, printer);
        warn_of_columns(path, &table.passed_over, printer);
        let joined = join_follow_up(&mut cohort.rows, &table);
        warn_if_none(joined, path, printer);
        cohort.tables.insert("followup", bytes);
    }
    Ok(())
}

fn warn_if_none(joined: usize, path: &Path, printer: &Printer) {
    if joined == 0 {
        let path = path.display();
        printer.warn(&format!(
            "{path}: tells nothing of any patient of the cohort"
        ));
    }
}
