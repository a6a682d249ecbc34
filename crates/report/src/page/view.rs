//! What the template loops over: sections of blocks, already worded and rounded.

use crate::context::FlowStep;
use crate::figure::Figure;
use crate::number::CAVEAT;
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
    Code {
        text: String,
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
    /// What a reader opens to see it; empty where it is shown at once.
    folded: String,
    heads: Vec<Head>,
    rows: Vec<RowView>,
    href: String,
}

#[derive(Debug, Serialize)]
struct Head {
    text: String,
    class: &'static str,
}

/// A row; one whose first cell differs from the row above starts a group.
#[derive(Debug, Serialize)]
struct RowView {
    cells: Vec<CellView>,
    starts_group: bool,
}

#[derive(Debug, Serialize)]
struct CellView {
    text: String,
    class: &'static str,
}

impl Block {
    /// Is a number marked in its text?
    pub(super) fn is_marked(&self) -> bool {
        match self {
            Block::Paragraph { text } => text.contains(CAVEAT),
            Block::List { items } => items.iter().any(|item| item.contains(CAVEAT)),
            _ => false,
        }
    }

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
        let grouped = table
            .rows
            .windows(2)
            .any(|pair| pair[0].first() == pair[1].first());
        let rows = table
            .rows
            .iter()
            .enumerate()
            .map(|(index, row)| {
                let above = index.checked_sub(1).and_then(|above| table.rows.get(above));
                let starts_group =
                    grouped && above.is_some_and(|above| above.first() != row.first());
                let cells = table.columns.iter().zip(row);
                RowView {
                    cells: cells
                        .map(|(column, cell)| cell_view(column.kind, cell))
                        .collect(),
                    starts_group,
                }
            })
            .collect();
        Block::Table(TableView {
            folded: folded(table),
            name: table.name.clone(),
            caption: match table.caveats()[..] {
                [] => table.caption.clone(),
                ref caveats => format!("{} † {}.", table.caption, caveats.join("; ")),
            },
            heads,
            rows,
            href: data_link(&table.csv()),
        })
    }
}

/// Tables behind others, which a reader opens at will; they are printed with the rest.
const SECONDARY: [&str; 7] = [
    "auc-intervals",
    "calibration-tests",
    "confusion",
    "subgroup-comparisons",
    "subgroup-performance",
    "threshold-targets",
    "tripod-ai",
];

fn folded(table: &Table) -> String {
    if !SECONDARY.contains(&table.name.as_str()) {
        return String::new();
    }
    let first = table.caption.split_once(['.', ':', ';']);
    format!(
        "Table: {}",
        first.map_or(&*table.caption, |(first, _)| first)
    )
}

/// Characters above which a cell may break into lines.
const LONG: usize = 32;

fn alignment(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Number | Kind::Interval => "number",
    }
}

fn cell_view(kind: Kind, cell: &Cell) -> CellView {
    let (text, class) = match cell {
        Cell::WithCaveat(cell, _) => return cell_view(kind, cell),
        Cell::Text(text) if text.chars().count() > LONG => (text.clone(), "text long"),
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
