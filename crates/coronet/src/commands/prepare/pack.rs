//! All ECGs of a cohort into a store, in parallel and in order.

use super::PrepareSettings;
use super::ecg::{self, Job, Left, Outcome, Step};
use super::shelf::Shelf;
use super::summary::print_flow;
use super::tables::Cohort;
use crate::interrupt;
use crate::place::Place;
use crate::printer::{Hint, Printer, counted};
use crate::progress;
use anyhow::Result;
use coronet_cohort::store::{Store, StoreError, StoreMeta, StoreRow, StoreWriter};
use coronet_cohort::{Flow, ManifestRow};
use indicatif::ProgressBar;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

/// ECGs in memory at a time.
const CHUNK: usize = 64;

/// A store that was made, and how many ECGs an interrupted run had left.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) store: Store,
    pub(super) resumed: usize,
}

/// Reads, preprocesses and appends every ECG that is not in the store yet.
///
/// # Errors
///
/// No ECG is left, the place or the disk refuses, or the user asked to stop.
pub(super) fn pack(
    settings: &PrepareSettings,
    cohort: &Cohort,
    meta: StoreMeta,
    printer: &Printer,
) -> Result<Packed> {
    let place = &settings.out;
    let writer = StoreWriter::create(place, meta).map_err(|error| advise(error, place))?;
    let present = Present::of(writer.resumed());
    let resumed = present.complete.len();
    if resumed > 0 {
        printer.note(&format!(
            "continuing: {} done already",
            counted(resumed, "ECG is", "ECGs are")
        ));
    }
    let bar = progress::bar(printer, "preparing", cohort.rows.len(), "ECGs");
    let mut packing = Packing {
        settings,
        cohort,
        present,
        writer,
        shelf: Shelf::default(),
        left: Vec::new(),
        printer,
        bar,
    };
    for chunk in cohort.rows.chunks(CHUNK) {
        packing.add(chunk)?;
    }
    packing.bar.finish_and_clear();
    let store = packing.finish()?;
    Ok(Packed { store, resumed })
}

/// What an interrupted run has left.
#[derive(Debug, Default)]
struct Present {
    /// ECGs of which every window is there.
    complete: BTreeSet<String>,
    /// Windows of the last ECG, which may lack some.
    last: BTreeSet<(String, usize)>,
}

impl Present {
    fn of(rows: &[StoreRow]) -> Present {
        let Some(last) = rows.last() else {
            return Present::default();
        };
        let id = |row: &StoreRow| row.record_id.clone();
        let (partial, complete): (Vec<&StoreRow>, Vec<&StoreRow>) =
            rows.iter().partition(|row| row.record_id == last.record_id);
        Present {
            complete: complete.into_iter().map(id).collect(),
            last: partial.iter().map(|row| (id(row), row.window)).collect(),
        }
    }
}

struct Packing<'a> {
    settings: &'a PrepareSettings,
    cohort: &'a Cohort,
    present: Present,
    writer: StoreWriter,
    shelf: Shelf,
    left: Vec<Left>,
    printer: &'a Printer,
    bar: ProgressBar,
}

impl Packing<'_> {
    /// Adds the ECGs of some rows, up to the first that the user did not wait for.
    fn add(&mut self, rows: &[ManifestRow]) -> Result<()> {
        let places: Vec<Option<Place>> = rows.iter().map(|row| self.place(row)).collect();
        let taken = self.shelf.read(&places, &self.settings.reading);
        let outcomes: Vec<Option<Outcome>> = rows
            .par_iter()
            .zip(places)
            .zip(taken)
            .map(|((row, place), taken)| {
                if interrupt::asked() {
                    return None;
                }
                let outcome = match &place {
                    Some(Place { file, .. }) => {
                        ecg::process(Job { row, file, taken }, self.settings)
                    }
                    None => Outcome::Kept(Vec::new()),
                };
                self.bar.inc(1);
                Some(outcome)
            })
            .collect();
        for outcome in outcomes {
            match outcome {
                Some(Outcome::Kept(windows)) => self.append(windows)?,
                Some(Outcome::Left(left)) => {
                    self.bar.suspend(|| self.printer.warn(&left.message));
                    self.left.push(left);
                }
                None => return Err(self.stopped()),
            }
        }
        Ok(())
    }

    /// Where the ECG of a row lies; `None` where all its windows are there already.
    fn place(&self, row: &ManifestRow) -> Option<Place> {
        let name = ecg::public(row, self.settings).record_id;
        let is_complete = self.present.complete.contains(&name);
        (!is_complete).then(|| self.cohort.place(row))
    }

    fn append(&mut self, windows: Vec<(StoreRow, Vec<f32>)>) -> Result<()> {
        for (row, window) in windows {
            let key = (row.record_id.clone(), row.window);
            if !self.present.last.contains(&key) {
                let appended = self.writer.append(row, &window);
                appended.map_err(|error| advise(error, &self.settings.out))?;
            }
        }
        Ok(())
    }

    fn stopped(&self) -> anyhow::Error {
        self.bar.finish_and_clear();
        let (done, all) = (self.writer.len(), self.cohort.rows.len());
        Hint::error(
            format!(
                "stopped as asked; {} done of {}",
                counted(done, "window is", "windows are"),
                counted(all, "ECG", "ECGs")
            ),
            "nothing is lost: the same command continues where this one stopped",
        )
    }

    fn finish(self) -> Result<Store> {
        let excluding = &self.settings.exclude_findings;
        let mut flow = flow(self.cohort.flow.clone(), &self.left, excluding);
        let ecgs = self.writer.rows().iter().filter(|row| row.window == 0);
        ecgs.filter_map(ecg::reservation)
            .for_each(|reservation| flow.keep(&reservation));
        tell_of_idle_codes(excluding, &flow, self.printer);
        if self.writer.is_empty() {
            self.writer.discard()?;
            print_flow(&flow, "", self.printer);
            return Err(nothing_left(&flow, &self.settings.out));
        }
        let place = &self.settings.out;
        self.writer
            .finish(&flow)
            .map_err(|error| advise(error, place))
    }
}

/// The flow of the tables with the steps of the ECGs.
fn flow(mut flow: Flow, left: &[Left], excluding: &BTreeSet<String>) -> Flow {
    for step in Step::all(excluding) {
        flow.step(&step.name(excluding));
        for left in left.iter().filter(|left| left.step == step) {
            flow.exclude(&left.reason);
        }
    }
    flow
}

/// Names the codes that excluded nothing.
fn tell_of_idle_codes(codes: &BTreeSet<String>, flow: &Flow, printer: &Printer) {
    for code in codes {
        let reason = ecg::excluded_by(code);
        let mut steps = flow.steps.iter();
        if !steps.any(|step| step.excluded.contains_key(&reason)) {
            printer.note(&format!("--exclude-findings {code} excluded no ECG"));
        }
    }
}

fn nothing_left(flow: &Flow, place: &Path) -> anyhow::Error {
    let has = |reason: &str| {
        flow.steps
            .iter()
            .any(|step| step.excluded.contains_key(reason))
    };
    let hint = match has(ecg::NOT_FOUND) {
        true => "paths in the manifest are relative to the folder of the manifest",
        false => "the reasons are above",
    };
    Hint::error(
        format!("no ECG is left, so {} is not made", place.display()),
        hint,
    )
}

/// What to do about a store that cannot be written.
fn advise(error: StoreError, place: &Path) -> anyhow::Error {
    let hint = match &error {
        StoreError::NotAStore { .. } => "choose another place with --out; nothing was changed",
        StoreError::Io(_) => "make room or choose another place; the same command continues",
        _ => return anyhow::Error::from(error).context(format!("{} is not made", place.display())),
    };
    Hint::error(error.to_string(), hint)
}
