//! Tables told column by column, so that a head and its cells cannot part.

use super::{Cell, Column, Kind, Table};

/// The rows of a table to come, and the columns read off them so far.
#[derive(Debug)]
pub struct Rows<R> {
    rows: Vec<R>,
    columns: Vec<Column>,
    cells: Vec<Vec<Cell>>,
}

impl<R> Rows<R> {
    /// Rows that no column has been read off yet.
    pub fn of(rows: impl IntoIterator<Item = R>) -> Rows<R> {
        let rows: Vec<R> = rows.into_iter().collect();
        let cells = rows.iter().map(|_| Vec::new()).collect();
        Rows {
            rows,
            columns: Vec::new(),
            cells,
        }
    }

    /// A column of words.
    pub fn text<T: Into<String>>(self, key: &str, head: &str, read: impl Fn(&R) -> T) -> Rows<R> {
        self.column(key, head, Kind::Text, |row| Cell::Text(read(row).into()))
    }

    /// A column of counts.
    pub fn count(self, key: &str, head: &str, read: impl Fn(&R) -> usize) -> Rows<R> {
        self.column(key, head, Kind::Number, |row| Cell::count(read(row)))
    }

    /// A column of numbers, or of reasons why there are none.
    pub fn number(self, key: &str, head: &str, read: impl Fn(&R) -> Cell) -> Rows<R> {
        self.column(key, head, Kind::Number, read)
    }

    /// A column of numbers with intervals, or of reasons why there are none.
    pub fn interval(self, key: &str, head: &str, read: impl Fn(&R) -> Cell) -> Rows<R> {
        self.column(key, head, Kind::Interval, read)
    }

    /// A column of any kind.
    pub fn column(
        mut self,
        key: &str,
        head: &str,
        kind: Kind,
        read: impl Fn(&R) -> Cell,
    ) -> Rows<R> {
        self.columns.push(Column {
            key: key.to_owned(),
            head: head.to_owned(),
            kind,
        });
        for (row, cells) in self.rows.iter().zip(&mut self.cells) {
            cells.push(read(row));
        }
        self
    }

    /// The table of these columns.
    pub fn table(self, name: &str, caption: impl Into<String>) -> Table {
        Table {
            name: name.to_owned(),
            caption: caption.into(),
            columns: self.columns,
            rows: self.cells,
            data: String::new(),
        }
    }
}
