//! Tables with one ECG a row, of which some rows are read at a time.

use super::columns::{self, Cells, Column, Lists, Table, Wanted};
use super::pages::Allowance;
use super::reader;
use super::source::Source;
use crate::part::Part;
use crate::{ReadError, ReadErrorKind, ReadOptions, Recording, csv};
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Most values of a run of rows in one column.
const MOST_VALUES: u64 = 1 << 27;

/// Rows that are read at once.
const RUN: usize = 16;

/// Places that are kept.
const PLACES: usize = 4;

/// An open table with one ECG a row; the file may be larger than memory.
///
/// Rows that follow each other are read at the cost of themselves, others at that of all rows of
/// their row group before them. Several threads may each read rows that follow each other.
pub(crate) struct Rows {
    path: PathBuf,
    file: Source,
    reader: SerializedFileReader<Source>,
    /// All columns but lists.
    facts: Table,
    /// Number of rows.
    rows: usize,
    /// How far row groups were read, the place used last in the end.
    places: Mutex<Vec<Place>>,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Rows")
            .field("path", &self.path)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// How far the columns of a row group were read.
struct Place {
    group: usize,
    /// The next row of the group.
    next: usize,
    columns: Vec<Lists>,
}

impl Rows {
    /// Opens a table and reads what it says of its ECGs; `None` where it has no column of lists
    /// that is named as a lead.
    ///
    /// # Errors
    ///
    /// When the file contradicts itself.
    pub(crate) fn open(path: &Path) -> Result<Option<Rows>, ReadError> {
        let opened =
            std::panic::catch_unwind(|| Rows::opened(path)).unwrap_or_else(|_| Err(broken()));
        opened.map_err(|kind| kind.at(path))
    }

    fn opened(path: &Path) -> Result<Option<Rows>, ReadErrorKind> {
        let file = Source::open(path).map_err(ReadErrorKind::Io)?;
        let reader = columns::open(&file)?;
        let schema = reader.metadata().file_metadata().schema_descr();
        let has_leads = schema.columns().iter().any(|descriptor| {
            descriptor.max_rep_level() == 1 && csv::column(&columns::name(descriptor)).is_lead()
        });
        if !has_leads {
            return Ok(None);
        }
        let count = |rows: i64| usize::try_from(rows).unwrap_or(0);
        let groups = reader.metadata().row_groups().iter();
        let rows = groups.map(|group| count(group.num_rows())).sum();
        let facts = Table::read(&file, Wanted::Facts)?;
        if rows > MOST_ROWS {
            let expected = MOST_ROWS as u64;
            let got = rows as u64;
            return Err(ReadErrorKind::TooLarge { expected, got });
        }
        Ok(Some(Rows {
            path: path.to_path_buf(),
            file,
            reader,
            facts,
            rows,
            places: Mutex::default(),
        }))
    }

    /// What the table says of each row.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let name = crate::stem(&self.path);
        let part = |row| reader::part(&self.facts, row, &name);
        (0..self.rows).map(part).collect()
    }

    /// Reads some rows, given in rising order.
    pub(crate) fn read(
        &self,
        rows: &[usize],
        options: &ReadOptions,
    ) -> Vec<Result<Recording, ReadError>> {
        let mut read = Vec::with_capacity(rows.len());
        for run in runs(rows) {
            let tables = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                self.tables(run[0], run.len())
            }));
            let tables = tables.unwrap_or_else(|_| Err(broken()));
            match tables {
                Ok(table) => read.extend((0..run.len()).map(|at| {
                    let id = reader::part(&self.facts, run[at], &crate::stem(&self.path)).record_id;
                    let recording = reader::of_row(&table, at, id, options);
                    recording.map_err(|kind| kind.at(&self.path))
                })),
                Err(kind) => {
                    let message = kind.to_string();
                    read.extend(run.iter().map(|_| Err(again(&message).at(&self.path))));
                }
            }
        }
        read
    }

    /// The table of `count` rows of one row group from `first` on.
    fn tables(&self, first: usize, count: usize) -> Result<Table, ReadErrorKind> {
        let mut table = self.facts_of(first, count);
        let (mut first, mut left) = (first, count);
        while left > 0 {
            let (group, row, rest) = self.place_of(first);
            // A place at which anything fails or panics below is not put back.
            let mut at = match self.reached(group, row) {
                Some(at) => at,
                None => self.begin(group)?,
            };
            let taken = left.min(rest);
            for column in &mut at.columns {
                column.skip(row - at.next)?;
                let Some(mut lists) = column.next(taken)? else {
                    continue;
                };
                lists.resize(taken, Vec::new());
                add(&mut table, column.name(), lists, count - left);
            }
            at.next = row + taken;
            (first, left) = (first + taken, left - taken);
            self.keep(at);
        }
        Ok(table)
    }

    /// The nearest place before a row of a group, which nobody else then has.
    fn reached(&self, group: usize, row: usize) -> Option<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |place: &Place| place.group == group && place.next <= row;
        let near = places.iter().enumerate().filter(|(_, place)| fits(place));
        let (at, _) = near.max_by_key(|(_, place)| place.next)?;
        Some(places.remove(at))
    }

    fn keep(&self, place: Place) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= PLACES {
            places.remove(0);
        }
        places.push(place);
    }

    /// The row group of a row, its place in it, and how many rows of the group begin there.
    fn place_of(&self, row: usize) -> (usize, usize, usize) {
        let mut before = 0;
        for (at, group) in self.reader.metadata().row_groups().iter().enumerate() {
            let rows = usize::try_from(group.num_rows()).unwrap_or(0);
            if row < before + rows {
                return (at, row - before, before + rows - row);
            }
            before += rows;
        }
        unreachable!("a row of the table is in a row group, this is a bug")
    }

    fn begin(&self, group: usize) -> Result<Place, ReadErrorKind> {
        let allowance = Allowance::new(MOST_VALUES);
        let count = self.reader.metadata().row_group(group).columns().len();
        let mut columns = Vec::new();
        for index in 0..count {
            columns.extend(Lists::of(
                &self.file,
                &self.reader,
                (group, index),
                &allowance,
            )?);
        }
        Ok(Place {
            group,
            next: 0,
            columns,
        })
    }

    /// The facts of some rows.
    fn facts_of(&self, first: usize, count: usize) -> Table {
        let rows = first..first + count;
        let column = |column: &Column| Column {
            name: column.name.clone(),
            cells: match &column.cells {
                Cells::Numbers(cells) => Cells::Numbers(part_of(cells, rows.clone())),
                Cells::Words(cells) => Cells::Words(part_of(cells, rows.clone())),
                Cells::Lists(cells) => Cells::Lists(part_of(cells, rows.clone())),
            },
        };
        Table {
            columns: self.facts.columns.iter().map(column).collect(),
            metadata: self.facts.metadata.clone(),
        }
    }
}

/// Most rows of a table.
const MOST_ROWS: usize = 1 << 24;

fn part_of<T: Clone>(cells: &[T], rows: std::ops::Range<usize>) -> Vec<T> {
    let end = rows.end.min(cells.len());
    cells[rows.start.min(end)..end].to_vec()
}

/// Adds rows of a column of lists behind the `before` that may be there.
fn add(table: &mut Table, name: String, lists: Vec<Vec<f64>>, before: usize) {
    let mut columns = table.columns.iter_mut();
    let there = columns.find(|column| column.name == name);
    if let Some(Column {
        cells: Cells::Lists(rows),
        ..
    }) = there
    {
        rows.resize(before, Vec::new());
        rows.extend(lists);
        return;
    }
    let mut rows = vec![Vec::new(); before];
    rows.extend(lists);
    let cells = Cells::Lists(rows);
    table.columns.push(Column { name, cells });
}

/// Rows that follow each other, at most [`RUN`] at a time.
fn runs(rows: &[usize]) -> impl Iterator<Item = &[usize]> {
    rows.chunk_by(|a, b| a + 1 == *b)
        .flat_map(|run| run.chunks(RUN))
}

fn broken() -> ReadErrorKind {
    ReadErrorKind::Element {
        element: "Parquet".to_string(),
        expected: "pages that agree with themselves".to_string(),
        got: "a page that does not".to_string(),
    }
}

fn again(message: &str) -> ReadErrorKind {
    ReadErrorKind::Element {
        element: "Parquet".to_string(),
        expected: "rows that can be decoded".to_string(),
        got: message.to_string(),
    }
}
