//! What the template loops over: sections of blocks, already worded and rounded.

use crate::context::FlowStep;
use crate::figure::Figure;
use crate::table::{Cell, Kind, Table};
use serde::Serialize;
use std::fmt::Write as _;

/// A section with its anchor.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) blocks: Vec<Block>,
}

/// One piece of a section.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Block {
    Paragraph {
        text: String,
    },
    Warning {
        text: String,
    },
    Heading {
        text: String,
    },
    List {
        items: Vec<String>,
    },
    Facts {
        facts: Vec<(String, String)>,
    },
    Commands {
        commands: Vec<String>,
    },
    Flow {
        steps: Vec<FlowStep>,
    },
    Figure {
        name: String,
        caption: String,
        title: String,
        panels: Vec<String>,
        columns: usize,
    },
    Table(TableView),
}

/// A table as the template shows it.
#[derive(Debug, Serialize)]
pub(super) struct TableView {
    name: String,
    caption: String,
    heads: Vec<Head>,
    rows: Vec<Vec<CellView>>,
    href: String,
}

#[derive(Debug, Serialize)]
struct Head {
    text: String,
    class: &'static str,
}

#[derive(Debug, Serialize)]
struct CellView {
    text: String,
    class: &'static str,
}

impl Block {
    pub(super) fn paragraph(text: impl Into<String>) -> Block {
        Block::Paragraph { text: text.into() }
    }

    pub(super) fn figure(figure: &Figure) -> Block {
        Block::Figure {
            name: figure.name.clone(),
            caption: figure.caption.clone(),
            title: figure.title.clone(),
            panels: figure.panels.clone(),
            columns: figure.columns,
        }
    }

    pub(super) fn table(table: &Table) -> Block {
        let heads = table
            .columns
            .iter()
            .map(|column| Head {
                text: column.head.clone(),
                class: alignment(column.kind),
            })
            .collect();
        let rows = table
            .rows
            .iter()
            .map(|row| {
                let cells = table.columns.iter().zip(row);
                cells
                    .map(|(column, cell)| cell_view(column.kind, cell))
                    .collect()
            })
            .collect();
        Block::Table(TableView {
            name: table.name.clone(),
            caption: table.caption.clone(),
            heads,
            rows,
            href: data_link(&table.csv()),
        })
    }
}

fn alignment(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Number | Kind::Interval => "number",
    }
}

fn cell_view(kind: Kind, cell: &Cell) -> CellView {
    let (text, class) = match cell {
        Cell::Text(text) => (text.clone(), alignment(kind)),
        Cell::Number { shown, .. } | Cell::Interval { shown, .. } => {
            (shown.clone(), alignment(kind))
        }
        Cell::Undefined(reason) => (format!("undefined: {reason}"), "reason"),
        Cell::Empty => (String::new(), "text"),
    };
    CellView { text, class }
}

/// The CSV as a link that works without a network.
fn data_link(csv: &str) -> String {
    let mut link = String::from("data:text/csv;charset=utf-8,");
    for byte in csv.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            link.push(char::from(byte));
        } else {
            let _ = write!(link, "%{byte:02X}");
        }
    }
    link
}
