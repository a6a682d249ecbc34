//! Tables of an evaluation: shown with rounded numbers, saved as CSV with all digits.

mod any_vessel;
mod calibration;
mod centres;
mod cohort;
mod comparison;
mod decision;
mod explanation;
mod follow_up;
mod groups;
mod rows;
mod subgroups;
mod thresholds;
mod vessel;

pub use rows::Rows;

use crate::explanation::CohortExplanation;
use crate::{Context, checklist, number, stamp};
use coronet_evaluate::{Band, Estimate, Evaluation, Statistic};

/// A table with a caption that can be read alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// File stem, such as `discrimination`.
    pub name: String,
    /// What the table shows, of whom, with which intervals.
    pub caption: String,
    /// The columns from left to right.
    pub columns: Vec<Column>,
    /// Rows of as many cells as there are columns.
    pub rows: Vec<Vec<Cell>>,
    /// What restrains every number, such as `Simulated data`: the last column, `data`, of the CSV, which may leave
    /// the folder; empty where nothing does.
    pub data: String,
}

/// Head of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name in the CSV file; an interval adds `<key>_low` and `<key>_high`.
    pub key: String,
    /// Head in the page.
    pub head: String,
    /// What the cells hold.
    pub kind: Kind,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words, set left.
    Text,
    /// Numbers, aligned at the decimal point.
    Number,
    /// Numbers with an interval, aligned at the decimal point.
    Interval,
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number, as shown.
    Number {
        /// With all digits.
        value: f64,
        /// As shown.
        shown: String,
    },
    /// A number with its interval, as shown.
    Interval {
        /// With all digits.
        value: f64,
        /// Lower and upper limit, where there are any.
        limits: Option<(f64, f64)>,
        /// As shown.
        shown: String,
    },
    /// A cell whose number has a caveat of its own, such as few events; marked where it is shown.
    WithCaveat(Box<Cell>, String),
    /// The reason why there is no number.
    Undefined(String),
    /// Nothing belongs here.
    Empty,
}

/// Every table the evaluation and its context hold data for, in the order of the page.
///
/// Some are for files alone: those that hold every digit or every row of a table of the page.
pub fn tables(evaluation: &Evaluation, context: &Context) -> Vec<Table> {
    let mut tables = vec![
        answer(evaluation, context),
        cohort::flow(context),
        groups::table_one(evaluation),
        groups::table_one_digits(evaluation),
        cohort::baseline(evaluation),
        cohort::grades(evaluation),
    ];
    if !evaluation.vessels.is_empty() {
        tables.extend(vessel_tables(evaluation));
    }
    tables.push(any_vessel::pretest_models(evaluation));
    if let Some(any) = evaluation.any_vessel.defined() {
        tables.extend(any_vessel::tables(evaluation, any));
        tables.extend(comparison::added_value(evaluation, any));
    }
    if let Some(comparison) = &context.comparison {
        tables.extend(comparison::models(evaluation, comparison));
    }
    if let Some(survival) = evaluation.quoted_survival().defined() {
        tables.extend(follow_up::tables(evaluation, survival));
    }
    if let Some(explanation) = &context.explanation {
        tables.extend(explanation_tables(explanation));
    }
    tables.push(cohort::findings(evaluation));
    tables.push(checklist::table(evaluation, context));
    tables.retain(|table| !table.rows.is_empty());
    tables
        .into_iter()
        .map(|table| table.stamped(context))
        .collect()
}

fn vessel_tables(evaluation: &Evaluation) -> [Table; 21] {
    [
        vessel::discrimination(evaluation),
        vessel::intervals(evaluation),
        vessel::sample_size(evaluation),
        vessel::operating_points(evaluation),
        vessel::confusion(evaluation),
        thresholds::shown(evaluation),
        thresholds::all(evaluation),
        thresholds::targets(evaluation),
        vessel::strata(evaluation),
        calibration::lines(evaluation),
        calibration::errors(evaluation),
        calibration::tests(evaluation),
        calibration::recalibrated(evaluation),
        vessel::trend(evaluation),
        subgroups::discrimination(evaluation),
        subgroups::performance(evaluation),
        subgroups::comparisons(evaluation),
        decision::decision_curves(evaluation),
        centres::performance(evaluation),
        centres::calibration(evaluation),
        centres::pooled(evaluation),
    ]
}

impl Table {
    /// The caveats of its cells, each once, in order.
    pub(crate) fn caveats(&self) -> Vec<&str> {
        let mut caveats = Vec::new();
        for cell in self.rows.iter().flatten() {
            if let Cell::WithCaveat(_, caveat) = cell
                && !caveats.contains(&caveat.as_str())
            {
                caveats.push(caveat.as_str());
            }
        }
        caveats
    }

    /// The table whose CSV says what restrains every number: simulated data, surrogate labels and the like.
    pub fn stamped(self, context: &Context) -> Table {
        Table {
            data: stamp::names(context).join("; "),
            ..self
        }
    }

    /// The table as CSV with a header; the last columns hold the caveats of cells, the reasons of undefined ones,
    /// and, where something restrains every number, what does.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut records = vec![self.csv_header()];
        records.extend(self.rows.iter().map(|row| self.csv_row(row)));
        for record in records {
            writer
                .write_record(&record)
                .expect("records of equal length go to memory; this is a bug");
        }
        let bytes = writer
            .into_inner()
            .expect("memory can be flushed; this is a bug");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn csv_header(&self) -> Vec<String> {
        let mut header = Vec::new();
        for column in &self.columns {
            header.push(column.key.clone());
            if column.kind == Kind::Interval {
                header.push(format!("{}_low", column.key));
                header.push(format!("{}_high", column.key));
            }
        }
        header.extend(["caveats".to_owned(), "undefined".to_owned()]);
        header.extend((!self.data.is_empty()).then(|| "data".to_owned()));
        header
    }

    fn csv_row(&self, row: &[Cell]) -> Vec<String> {
        let mut fields = Vec::new();
        let (mut caveats, mut reasons) = (Vec::new(), Vec::new());
        for (column, cell) in self.columns.iter().zip(row) {
            let cell = match cell {
                Cell::WithCaveat(cell, caveat) => {
                    caveats.push(format!("{}: {caveat}", column.key));
                    cell
                }
                cell => cell,
            };
            let (value, limits) = match cell {
                Cell::Text(text) => (plain_text(text), None),
                Cell::Number { value, .. } => (digits(*value), None),
                Cell::Interval { value, limits, .. } => (digits(*value), *limits),
                Cell::Undefined(reason) => {
                    reasons.push(format!("{}: {reason}", column.key));
                    (String::new(), None)
                }
                Cell::Empty | Cell::WithCaveat(..) => (String::new(), None),
            };
            fields.push(value);
            if column.kind == Kind::Interval {
                let limit = |pick: fn((f64, f64)) -> f64| {
                    limits
                        .map(|limits| digits(pick(limits)))
                        .unwrap_or_default()
                };
                fields.push(limit(|limits| limits.0));
                fields.push(limit(|limits| limits.1));
            }
        }
        fields.extend([caveats.join("; "), reasons.join("; ")]);
        fields.extend((!self.data.is_empty()).then(|| self.data.clone()));
        fields
    }
}

/// `drivers-VESSEL` and `trust-VESSEL` of every vessel.
pub fn explanation_tables(explanation: &CohortExplanation) -> Vec<Table> {
    let vessels = explanation.vessels.iter();
    vessels
        .flat_map(|vessel| {
            let drivers = explanation::drivers(vessel, &explanation.waves);
            drivers.into_iter().chain([explanation::trust(vessel)])
        })
        .collect()
}

/// All digits; nothing for what is no number.
fn digits(value: f64) -> String {
    match value.is_finite() {
        true => value.to_string(),
        false => String::new(),
    }
}

/// The words; an apostrophe first where a spreadsheet would take them for a formula.
fn plain_text(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

impl Cell {
    fn count(n: usize) -> Cell {
        Cell::Number {
            value: n as f64,
            shown: number::count(n),
        }
    }

    /// A number with fixed decimals.
    pub fn number(value: f64, decimals: usize) -> Cell {
        Cell::Number {
            value,
            shown: number::fixed(value, decimals),
        }
    }

    /// A p-value.
    pub fn p(value: f64) -> Cell {
        Cell::Number {
            value,
            shown: number::p_value(value),
        }
    }

    fn statistic(statistic: &Statistic<f64>, decimals: usize) -> Cell {
        Cell::of(statistic, |value| Cell::number(*value, decimals))
    }

    /// An estimate with its interval, or the reason why there is none.
    pub fn estimate(statistic: &Statistic<Estimate>, decimals: usize) -> Cell {
        Cell::of(statistic, |estimate| {
            Cell::interval(estimate, number::estimate(estimate, decimals))
        })
    }

    fn shown_estimate(estimate: &Estimate, decimals: usize) -> Cell {
        Cell::interval(estimate, number::estimate(estimate, decimals))
    }

    /// The same of a share, as per cent.
    pub fn percentage(statistic: &Statistic<Estimate>, decimals: usize) -> Cell {
        Cell::of(statistic, |estimate| {
            Cell::interval(estimate, number::estimate_percent(estimate, decimals))
        })
    }

    fn interval(estimate: &Estimate, shown: String) -> Cell {
        let cell = Cell::Interval {
            value: estimate.value,
            limits: estimate.low.zip(estimate.high),
            shown,
        };
        match &estimate.warning {
            Some(caveat) => Cell::WithCaveat(Box::new(cell), caveat.clone()),
            None => cell,
        }
    }

    /// A setting that is a share, as per cent.
    fn setting(value: f64) -> Cell {
        Cell::Number {
            value,
            shown: number::setting(value),
        }
    }

    /// A share as per cent.
    fn share(value: f64, decimals: usize) -> Cell {
        Cell::Number {
            value,
            shown: number::percent(value, decimals),
        }
    }

    /// A number with its limits, where there are any.
    fn range(value: f64, limits: Option<(f64, f64)>, decimals: usize) -> Cell {
        Cell::Interval {
            value,
            limits,
            shown: match limits {
                Some(limits) => number::range(value, limits, decimals),
                None => number::fixed(value, decimals),
            },
        }
    }

    fn band(band: &Band, decimals: usize) -> Cell {
        Cell::range(band.value, band.low.zip(band.high), decimals)
    }

    /// Of what is defined; empty otherwise, where another cell of the row says why.
    fn only<T>(statistic: &Statistic<T>, cell: impl FnOnce(&T) -> Cell) -> Cell {
        statistic.defined().map_or(Cell::Empty, cell)
    }

    /// Of what is defined; the reason otherwise.
    fn of<T>(statistic: &Statistic<T>, cell: impl FnOnce(&T) -> Cell) -> Cell {
        match statistic {
            Statistic::Defined(value) => cell(value),
            Statistic::Undefined(undefined) => Cell::Undefined(undefined.reason.clone()),
        }
    }
}

/// The compact table of the first screen.
pub(crate) fn answer(evaluation: &Evaluation, context: &crate::Context) -> Table {
    vessel::answer(evaluation, context)
}
